#!/usr/bin/env python3
"""The commands on a data folder, as a person would use them: tests/data_commands_test.py VEDETTE"""
import json
import os
import pathlib
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest

VEDETTE = sys.argv.pop(1)
SAMPLE = "content/samples/attack"


def run(*arguments, data=None, code=0, stdin=None):
    command = [VEDETTE, *arguments] + (["--data", str(data)] if data else [])
    done = subprocess.run(command, input=stdin, capture_output=True, text=True, timeout=120)
    assert done.returncode == code, f"{command}: exit code {done.returncode}, not {code}\n{done.stdout}\n{done.stderr}"
    return done


class DataFolder(unittest.TestCase):
    def setUp(self):
        self.scratch = tempfile.TemporaryDirectory()
        self.folder = pathlib.Path(self.scratch.name)
        self.data = self.folder / "data"

    def tearDown(self):
        self.scratch.cleanup()

    def rows(self, query, *options, code=0):
        out = run("search", query, "--output", "ndjson", "--limit", "0", *options, data=self.data, code=code).stdout
        return [json.loads(line) for line in out.splitlines()]

    def count(self, query="", *options):
        return self.rows(f"{query} | stats n = count()", *options)[0]["n"]


class LostFiles(DataFolder):
    def lines(self, count, dataset="lost"):
        return "".join(
            json.dumps({"@timestamp": "2026-11-03T10:00:00Z", "message": f"line {i}", "event": {"dataset": dataset}}) + "\n"
            for i in range(count)
        )

    def ingest(self, text):
        run("ingest", "-", "--format", "json", "--quiet", data=self.data, stdin=text)

    def test_events_after_the_loss_of_log_and_manifest_are_kept(self):
        self.ingest(self.lines(40))
        shutil.rmtree(self.data / "log")
        self.assertEqual(self.count(), 40)
        for name in ("manifest", "manifest.old"):
            (self.data / "store" / name).unlink(missing_ok=True)
        self.ingest(self.lines(10))
        self.assertEqual(self.count(), 50)

    def test_a_log_that_begins_after_what_the_manifest_knows(self):
        self.ingest(self.lines(40))
        self.ingest(self.lines(20))
        manifest = self.data / "store" / "manifest"
        manifest.write_bytes(manifest.read_bytes().replace(b"sealed_to", b"sealed-to"))
        shutil.rmtree(self.data / "log")
        self.assertEqual(self.count(), 60)
        self.assertIn("the log no longer has", run("store", "compact", data=self.data).stderr)
        self.ingest(self.lines(10))
        self.assertEqual(self.count(), 70)

    def test_more_parts_than_the_soft_limit_of_open_files(self):
        self.ingest("".join(self.lines(1, f"set{i}") for i in range(100)))
        hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        counted = subprocess.run(
            [VEDETTE, "search", "| stats n = count()", "--output", "ndjson", "--data", str(self.data)],
            capture_output=True, text=True, timeout=60,
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (64, hard)))
        self.assertEqual((counted.returncode, counted.stderr), (0, ""))
        self.assertEqual(json.loads(counted.stdout)["n"], 100)

    def test_too_few_open_files_is_no_damage(self):
        self.ingest("".join(self.lines(1, f"set{i}") for i in range(100)))
        counted = subprocess.run(
            [VEDETTE, "search", "", "--data", str(self.data)], capture_output=True, text=True, timeout=60,
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64)))
        self.assertEqual(counted.returncode, 2)
        self.assertIn("Too many open files", counted.stderr)
        self.assertNotIn("cannot be read", counted.stderr)


class Commands(DataFolder):
    def setUp(self):
        super().setUp()
        self.summary = run("ingest", SAMPLE, data=self.data).stderr

    def test_what_is_parsed_is_stored(self):
        parsed = run("parse", SAMPLE).stdout.splitlines()
        self.assertEqual(self.count(), len(parsed))
        self.assertIn(f"{len(parsed)} events stored", self.summary)
        # Field for field.
        self.assertEqual(sorted(parsed), sorted(run("store", "export", data=self.data).stdout.splitlines()))

    def test_search_formats(self):
        query = "| stats n = count() by event.dataset | sort n desc, event.dataset"
        rows = self.rows(query)
        self.assertGreater(len(rows), 3)
        table = run("search", query, data=self.data).stdout.splitlines()
        self.assertEqual(table[0].split(), ["event.dataset", "n"])
        self.assertEqual(len(table), len(rows) + 1)
        csv = run("search", query, "--output", "csv", data=self.data).stdout.splitlines()
        self.assertEqual(csv[0], "event.dataset,n")
        self.assertEqual(json.loads(run("search", query, "--output", "json", data=self.data).stdout), rows)

    def test_no_rows_and_wrong_queries(self):
        run("search", "user.name: nobody-of-that-name", data=self.data, code=1)
        wrong = run("search", "user.name: (alice or", data=self.data, code=2).stderr
        self.assertIn("^", wrong)
        self.assertIn("column", wrong)
        self.assertIn("did you mean", run("search", "| stat count()", data=self.data, code=2).stderr)
        run("search", "a", "b", data=self.data, code=2)
        self.assertIn("no data folder", run("search", "", data=self.folder / "absent", code=2).stderr)

    def test_time_ranges_and_limits(self):
        whole = self.count()
        before = self.count("", "--to", "2026-11-03T09:00:00Z")
        after = self.count("", "--from", "2026-11-03T09:00:00.000000001Z")
        self.assertEqual(before + after, whole)
        out = run("search", "", "--limit", "7", "--output", "ndjson", data=self.data).stdout.splitlines()
        self.assertEqual(len(out), 7)
        times = [json.loads(line)["@timestamp"] for line in out]
        self.assertEqual(times, sorted(times, reverse=True))

    def test_explain_tells_what_was_read(self):
        told = run("search", "process.command_line ~ whoami", "--explain", data=self.data).stderr
        self.assertIn("blocks:", told)
        self.assertIn("read:", told)

    def test_fields_and_stats(self):
        fields = run("fields", "process.*", "--json", data=self.data).stdout.splitlines()
        names = [json.loads(line)["name"] for line in fields]
        self.assertIn("process.command_line", names)
        self.assertTrue(all(name.startswith("process.") for name in names))
        self.assertIn("OF JSON", run("stats", data=self.data).stdout)

    def test_hunt_gives_the_alerts_of_a_scan(self):
        scanned = run("scan", SAMPLE, "--output", "ndjson", "--quiet", code=1).stdout.splitlines()
        hunted = run("hunt", "--output", "ndjson", "--quiet", data=self.data, code=1).stdout.splitlines()
        self.assertEqual(sorted(hunted), sorted(scanned))

    def test_backup_is_incremental_and_restores(self):
        backup, copy = self.folder / "backup", self.folder / "copy"
        self.assertNotIn("0 parts copied", run("store", "backup", str(backup), data=self.data).stdout)
        self.assertIn("0 parts copied", run("store", "backup", str(backup), data=self.data).stdout)
        run("store", "restore", str(backup), data=copy)
        exported = run("store", "export", data=self.data).stdout
        self.assertEqual(run("store", "export", data=copy).stdout, exported)
        # What comes after a restore is kept beside it.
        run("ingest", SAMPLE + "/web01", data=copy) if pathlib.Path(SAMPLE, "web01").is_dir() else run("ingest", SAMPLE, data=copy)
        self.assertGreater(len(run("store", "export", data=copy).stdout), len(exported))
        self.assertIn("not empty", run("store", "restore", str(backup), data=copy, code=2).stderr)

    def test_an_interrupted_restore_is_done_again(self):
        backup, copy = self.folder / "backup", self.folder / "copy"
        run("store", "backup", str(backup), data=self.data)
        (copy / "store" / "parts").mkdir(parents=True)
        (copy / "store" / "RESTORING").touch()
        self.assertIn("restore again", run("search", "", data=copy, code=2).stderr)
        run("store", "restore", str(backup), data=copy)
        self.assertEqual(run("store", "export", data=copy).stdout, run("store", "export", data=self.data).stdout)
        shutil.rmtree(copy / "log")
        self.assertIn("not empty", run("store", "restore", str(backup), data=copy, code=2).stderr)

    def test_verify_finds_damage_and_repair_puts_it_aside(self):
        self.assertIn(" 0 faults", run("store", "verify", data=self.data).stdout)
        part = max(self.data.rglob("*.vpart"), key=lambda path: path.stat().st_size)
        with open(part, "r+b") as file:
            file.seek(part.stat().st_size // 2)
            byte = file.read(1)
            file.seek(part.stat().st_size // 2)
            file.write(bytes([byte[0] ^ 0x40]))
        self.assertIn("damaged", run("store", "verify", data=self.data, code=1).stdout)
        self.assertIn("put aside", run("store", "repair", data=self.data, code=1).stdout)
        self.assertIn(" 0 faults", run("store", "verify", data=self.data).stdout)
        self.assertIn("put aside", run("stats", data=self.data, code=1).stdout)
        # The rest is found, but nobody is told that this is all.
        found = run("search", "| stats n = count()", "--output", "ndjson", data=self.data, code=2)
        self.assertGreater(json.loads(found.stdout)["n"], 0)
        self.assertIn("quarantine", found.stderr)

    def test_verify_changes_nothing_and_runs_beside_a_writer(self):
        part = max(self.data.rglob("*.vpart"), key=lambda path: path.stat().st_size)
        part.write_bytes(part.read_bytes()[:-9])
        manifest = self.data / "store" / "manifest"
        manifest.write_bytes(manifest.read_bytes().replace(b"sealed_to", b"sealed-to"))
        before = {path: path.read_bytes() for path in self.data.rglob("*") if path.is_file()}
        writer = subprocess.Popen([VEDETTE, "ingest", "-", "--data", str(self.folder / "other"), "--quiet"], stdin=subprocess.PIPE)
        while not (self.folder / "other" / "store" / "LOCK").exists():
            time.sleep(0.02)
        run("store", "verify", data=self.folder / "other")
        writer.communicate(b"")
        told = run("store", "verify", data=self.data, code=1).stdout
        self.assertIn("manifest", told)
        self.assertIn(part.name, told)
        self.assertEqual(before, {path: path.read_bytes() for path in self.data.rglob("*") if path.is_file()})
        self.assertIn(part.name, run("store", "repair", data=self.data, code=1).stdout)
        self.assertIn(" 0 faults", run("store", "verify", data=self.data).stdout)

    def test_a_full_output_is_trouble(self):
        for command in (["fields"], ["stats"], ["store", "verify"], ["search", "", "--limit", "0"], ["store", "export"]):
            with open("/dev/full", "w") as full:
                done = subprocess.run([VEDETTE, *command, "--data", str(self.data)], stdout=full, stderr=subprocess.PIPE, text=True, timeout=60)
            self.assertEqual((command, done.returncode), (command, 2))
            self.assertEqual(done.stderr.count("cannot write"), 1, done.stderr)

    def test_tail_ends_after_as_many_rows(self):
        # As long as the log still has them.
        self.assertEqual(len(run("tail", "", "--from-start", "--limit", "5", data=self.data).stdout.splitlines()), 5)

    def test_verify_looks_at_the_head_of_the_log(self):
        (self.data / "log" / "log").write_bytes(b"damaged")
        self.assertIn("log/log", run("store", "verify", data=self.data, code=1).stdout)
        self.assertIn("log/log", run("store", "repair", data=self.data, code=1).stdout)
        self.assertIn(" 0 faults", run("store", "verify", data=self.data).stdout)

    def test_retain_drops_old_events(self):
        whole = self.count()
        for wrong in ([], ["--max-age", "soon"], ["--max-bytes", "0"], ["--max-bytes", "99999999T"], ["--dataset", "x"], ["--max-age", "0"]):
            run("store", "retain", *wrong, data=self.data, code=2)
        self.assertIn("would be dropped: 0 parts", run("store", "retain", "--max-age", "36500d", "--dry-run", data=self.data).stdout)
        self.assertIn("would be dropped", run("store", "retain", "--max-bytes", "1K", "--dry-run", data=self.data).stdout)
        self.assertEqual(self.count(), whole)
        self.assertIn("dropped: ", run("store", "retain", "--max-bytes", "1K", data=self.data).stdout)
        self.assertEqual(self.count(), 0)
        run("store", "retain", "--max-age", "1d", data=self.folder / "absent", code=2)
        self.assertFalse((self.folder / "absent").exists())

    def test_compact_keeps_everything(self):
        before = self.count()
        run("ingest", SAMPLE, data=self.data)
        run("store", "compact", data=self.data)
        self.assertEqual(self.count(), 2 * before)


class Live(DataFolder):
    def test_search_and_tail_beside_an_ingest(self):
        writer = subprocess.Popen([VEDETTE, "ingest", "-", "--format", "json", "--data", str(self.data), "--quiet"],
                                  stdin=subprocess.PIPE)
        tail = None
        try:
            def write(first, count):
                for n in range(first, first + count):
                    # Padded: the reader hands on chunks of a megabyte, or what has come after a moment.
                    event = {"@timestamp": "2026-11-03T10:00:00Z", "n": n, "host": {"name": "h"}, "pad": "x" * 1500}
                    writer.stdin.write(json.dumps(event).encode() + b"\n")
                writer.stdin.flush()

            write(0, 2000)
            deadline = time.time() + 20
            while time.time() < deadline and not (self.data / "store").exists():
                time.sleep(0.05)
            seen = 0
            while time.time() < deadline and seen == 0:
                done = subprocess.run([VEDETTE, "search", "| stats n = count()", "--output", "ndjson", "--data",
                                       str(self.data)], capture_output=True, text=True)
                seen = json.loads(done.stdout)["n"] if done.stdout else 0
            self.assertGreater(seen, 0, "nothing was to be seen while the ingest ran")
            tail = subprocess.Popen([VEDETTE, "tail", "n >= 2000 | keep n", "--data", str(self.data), "--limit", "100"],
                                    stdout=subprocess.PIPE, text=True)
            time.sleep(0.5)
            write(2000, 4000)
            self.assertIn("n", json.loads(tail.stdout.readline()))
            self.assertIn("another process", run("ingest", SAMPLE, data=self.data, code=2).stderr)
        finally:
            if tail:
                tail.kill()
                tail.wait()
                tail.stdout.close()
            writer.stdin.close()
            writer.wait(60)
        self.assertEqual(self.count(), 6000)
        self.assertEqual(self.rows("| stats d = count_distinct_exact(n)")[0]["d"], 6000)

    def test_an_interrupted_ingest_keeps_what_it_acknowledged(self):
        lines = "".join(json.dumps({"@timestamp": "2026-11-03T10:00:00Z", "n": n, "pad": "y" * 300}) + "\n"
                        for n in range(20000))
        source = self.folder / "events.ndjson"
        source.write_text(lines * 5)
        writer = subprocess.Popen([VEDETTE, "ingest", str(source), "--data", str(self.data), "--quiet"],
                                  stderr=subprocess.PIPE)
        time.sleep(0.3)
        writer.send_signal(signal.SIGTERM)
        writer.communicate(timeout=60)
        self.assertIn(writer.returncode, (0, 2))
        if (self.data / "store").exists():
            self.assertIn(" 0 faults", run("store", "verify", data=self.data).stdout)


class FullDisk(DataFolder):
    def setUp(self):
        super().setUp()
        if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", str(self.folder)],
                          capture_output=True).returncode != 0:
            self.skipTest("a small file system cannot be mounted here")

    def tearDown(self):
        subprocess.run(["umount", str(self.folder)], capture_output=True)
        super().tearDown()

    def resize(self, size):
        subprocess.run(["mount", "-o", f"remount,size={size}", str(self.folder)], check=True)

    def test_refuses_reads_on_and_recovers(self):
        self.assertIn("less free space", run("ingest", SAMPLE, data=self.data, code=2).stderr)
        self.resize("400m")  # the log has room, the store wants more before it writes parts
        self.assertIn("in the log", run("ingest", SAMPLE, data=self.data, code=2).stderr)
        events = self.count()
        self.assertGreater(events, 0)
        self.resize("2g")
        run("ingest", SAMPLE, data=self.data)
        self.assertEqual(self.count(), 2 * events)
        self.assertIn(" 0 faults", run("store", "verify", data=self.data).stdout)


os.chdir(pathlib.Path(__file__).resolve().parent.parent)
unittest.main(verbosity=1)
