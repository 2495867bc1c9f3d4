#!/usr/bin/env python3
"""`vedette serve` as its users and operators meet it: tests/serve/serve_test.py VEDETTE"""
import gzip
import json
import os
import pathlib
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from node import Node  # noqa: E402

VEDETTE = sys.argv.pop(1)
SAMPLE = "content/samples/attack"
FAILED_LOGIN = "<38>1 2026-03-04T05:06:0{}Z web1 sshd 1 - - Failed password for invalid user admin from 203.0.113.9 port 22 ssh2"


class Served(unittest.TestCase):
    listeners = ("elasticsearch",)
    config = ""

    def setUp(self):
        self.scratch = tempfile.TemporaryDirectory()
        self.folder = pathlib.Path(self.scratch.name)
        self.node = Node(VEDETTE, self.folder, self.listeners, self.config)

    def tearDown(self):
        self.node.kill()
        self.scratch.cleanup()


class Bulk(Served):
    def test_items_are_answered_one_by_one(self):
        status, answer = self.node.bulk([{"message": "one"}, '{"message": "cut', {"message": "three"}])
        self.assertEqual(status, 200)
        self.assertTrue(answer["errors"])
        statuses = [item["create"]["status"] for item in answer["items"]]
        self.assertEqual(statuses, [201, 400, 201])
        self.assertEqual(answer["items"][1]["create"]["error"]["type"], "mapper_parsing_exception")
        rows = self.node.wait_for_rows("message: (one or three)", 2)
        self.assertEqual({row["message"] for row in rows}, {"one", "three"})
        (dead,) = self.node.rows("event.dataset: vedette.dead_letter")
        self.assertEqual(dead["event.original"], '{"message": "cut')
        self.assertTrue(dead["error.message"])

    def test_ids_make_a_retry_store_nothing_twice(self):
        documents, ids = [{"n": n} for n in range(100)], [f"id-{n}" for n in range(100)]
        for _ in range(3):
            _, answer = self.node.bulk(documents, ids=ids, action="index")
            self.assertFalse(answer["errors"])
        _, answer = self.node.bulk(documents[:1], ids=ids[:1])
        self.assertEqual(answer["items"][0]["create"]["status"], 409)
        self.node.wait_for_rows("n >= 0", 100)
        self.assertEqual(self.node.count("n >= 0"), 100)
        # Also after a kill.
        self.node.kill()
        self.node.start()
        _, answer = self.node.bulk(documents, ids=ids, action="index")
        self.assertFalse(answer["errors"])
        time.sleep(0.5)
        self.assertEqual(self.node.count("n >= 0"), 100)

    def test_compressed_bodies(self):
        body = gzip.compress(b'{"create":{"_index":"logs-gz"}}\n{"message":"packed"}\n')
        status, _, _ = self.node.http("elasticsearch", "POST", "/_bulk", body,
                                      {"Content-Type": "application/x-ndjson", "Content-Encoding": "gzip"})
        self.assertEqual(status, 200)
        self.assertEqual(self.node.wait_for_rows("message: packed", 1)[0]["message"], "packed")

    def test_searchable_within_a_second(self):
        for n in range(5):
            began = time.monotonic()
            self.node.bulk([{"n": n}])
            self.node.wait_for("the event", lambda: self.node.count(f"n: {n}") == 1)
            self.assertLess(time.monotonic() - began, 5)  # processes included


class Alerts(Served):
    listeners = ("elasticsearch", "ndjson")

    def test_the_sample_raises_the_alerts_of_a_scan(self):
        """Files posted one after the other: rules that fire on the stream fire in a scan; besides, what Suricata alerted."""
        scan = subprocess.run([VEDETTE, "scan", SAMPLE, "--output", "ndjson"], capture_output=True, text=True)
        expected = {json.loads(line)["rule.id"] for line in scan.stdout.splitlines()}
        for path in sorted(pathlib.Path(SAMPLE).rglob("*")):
            if path.is_file() and path.suffix != ".evtx":
                self.node.http("ndjson", "POST", f"/ingest?source={path.name}", path.read_bytes())
        def fired():
            return {alert["rule_id"] for alert in self.node.alerts()}
        self.node.wait_for("alerts of rules and of Suricata", lambda: len(fired()) >= 20 and any(
            rule.startswith("suricata:") for rule in fired()))
        found = fired()
        foreign = {rule for rule in found if rule.startswith("suricata:")}
        self.assertTrue(found - foreign <= expected, found - foreign - expected)

    def test_an_alert_carries_its_reasons(self):
        event = {"@timestamp": "2026-03-04T05:06:07Z", "event.code": "4688", "winlog.channel": "Security",
                 "winlog.provider_name": "Microsoft-Windows-Security-Auditing", "winlog.event_id": 4688,
                 "host.name": "wks07", "user.name": "eve",
                 "winlog.event_data": {"NewProcessName": "C:\\Windows\\System32\\vssadmin.exe",
                                       "CommandLine": "vssadmin delete shadows /all /quiet"}}
        self.node.bulk([event])
        (alert, *_) = self.node.wait_for("an alert", self.node.alerts)
        self.assertTrue(alert["matches"])
        self.assertIn({"kind": "host", "value": "wks07"}, alert["entities"])
        self.assertTrue(any(t.startswith("T1490") for t in alert["techniques"]), alert["techniques"])
        self.assertGreater(alert["event_sequence"], 0)
        (stored,) = self.node.rows(f"_id: {alert['event_sequence']:016x}")
        self.assertEqual(stored["host.name"], "wks07")


class Operation(Served):
    listeners = ("elasticsearch", "syslog")

    def test_probes_and_metrics(self):
        for path, text in (("/livez", b"alive\n"), ("/readyz", b"ready\n")):
            status, _, body = self.node.http("operations", "GET", path)
            self.assertEqual((status, body), (200, text))
        self.assertEqual(self.node.http("operations", "POST", "/livez")[0], 405)
        self.assertEqual(self.node.http("operations", "GET", "/nothing")[0], 404)
        self.node.bulk([{"n": 1}, {"n": 2}])
        metrics = self.node.wait_for("the counter", lambda: self.counted(2))
        self.assertEqual(metrics['vedette_intake_events_total{listener="elasticsearch"}'], 2)
        self.assertIn("vedette_detect_lag_events", metrics)

    def counted(self, events):
        metrics = self.node.metrics()
        return metrics if metrics.get('vedette_intake_events_total{listener="elasticsearch"}') == events else None

    def test_sigterm_works_everything_off(self):
        for _ in range(20):
            self.node.bulk([{"n": n} for n in range(1000)])
        self.node.stop()
        self.assertEqual(self.node.count("n >= 0"), 20_000)

    def test_reloads_lose_nothing(self):
        stored = 0
        for round_number in range(10):
            self.node.process.send_signal(signal.SIGHUP)
            for _ in range(5):
                _, answer = self.node.bulk([{"n": n} for n in range(100)])
                self.assertFalse(answer["errors"])
                stored += 100
        self.node.wait_for("all events", lambda: self.node.count("n >= 0") == stored)

    def test_syslog_over_tcp_and_udp(self):
        with socket.create_connection(("127.0.0.1", self.node.ports["syslog.tcp"])) as connection:
            message = FAILED_LOGIN.format(1).encode()
            connection.sendall(str(len(message)).encode() + b" " + message)
            connection.sendall(FAILED_LOGIN.format(2).encode() + b"\n")
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as datagrams:
            datagrams.sendto(FAILED_LOGIN.format(3).encode(), ("127.0.0.1", self.node.ports["syslog.udp"]))
        rows = self.node.wait_for_rows("host.name: web1", 3)
        self.assertEqual({row["source.ip"] for row in rows}, {"203.0.113.9"})
        self.assertEqual({row["user.name"] for row in rows}, {"admin"})

    def test_two_nodes_do_not_share_a_folder(self):
        other = subprocess.run([VEDETTE, "serve", "--config", str(self.folder / "vedette.yaml")], capture_output=True,
                               text=True, timeout=60)
        self.assertEqual(other.returncode, 2)
        self.assertIn("another process", other.stderr)


class Files(unittest.TestCase):
    """Files that are followed, across a kill."""

    def setUp(self):
        self.scratch = tempfile.TemporaryDirectory()
        self.folder = pathlib.Path(self.scratch.name)
        self.logs = self.folder / "logs"
        self.logs.mkdir()
        config = f"  files:\n    enabled: true\n    inputs:\n      - paths: ['{self.logs}/**']\n"
        self.node = Node(VEDETTE, self.folder, (), config)

    def tearDown(self):
        self.node.kill()
        self.scratch.cleanup()

    def append(self, name, lines):
        with open(self.logs / name, "a") as file:
            file.writelines(line + "\n" for line in lines)

    def test_a_header_counts_after_a_restart(self):
        lines = pathlib.Path(SAMPLE, "sensor/conn.log").read_text().splitlines()
        header = sum(line.startswith("#") for line in lines)
        records = sum(not line.startswith("#") for line in lines)
        self.append("conn.log", lines[:200])
        self.node.wait_for_rows("event.dataset: zeek.conn", 200 - header)
        self.node.kill()
        self.node.start()
        self.append("conn.log", lines[200:])
        rows = self.node.wait_for_rows("event.dataset: zeek.conn", records)
        self.assertEqual(len(rows), records)
        self.assertTrue(all("source.ip" in row for row in rows))
        self.assertEqual(self.node.count(), records)

    def test_audit_records_are_joined(self):
        sample = pathlib.Path(SAMPLE, "web01/audit.log").read_text().splitlines()
        self.append("audit.log", sample)
        parsed = subprocess.run([VEDETTE, "parse", SAMPLE + "/web01/audit.log"], capture_output=True, text=True)
        expected = parsed.stdout.count("\n")
        self.node.wait_for_rows("*", expected)
        self.assertAlmostEqual(self.node.count(), expected, delta=3)  # a batch may end between two records

    def test_every_line_once_across_kills(self):
        for part in range(5):
            self.append("app.log", [f"line {part} {n}" for n in range(400)])
            time.sleep(0.1 * part)
            self.node.kill()
            self.node.start()
        rows = self.node.wait_for_rows("line", 2000)
        messages = [row["message"] for row in rows]
        self.assertEqual(len(messages), 2000)
        self.assertEqual(len(set(messages)), 2000)


class Configuration(unittest.TestCase):
    def serve(self, text):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "vedette.yaml"
            path.write_text(text)
            return subprocess.run([VEDETTE, "serve", "--config", str(path)], capture_output=True, text=True, timeout=60)

    def test_a_wrong_key_is_refused_with_its_place(self):
        done = self.serve("dta:\n  folder: x\n")
        self.assertEqual(done.returncode, 2)
        self.assertIn("vedette.yaml:1:1", done.stderr)
        self.assertIn("data", done.stderr)

    def test_an_address_in_use_is_named(self):
        with socket.socket() as taken, tempfile.TemporaryDirectory() as folder:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            port = taken.getsockname()[1]
            done = self.serve(f"data:\n  folder: {folder}/d\napi:\n  listen: 127.0.0.1:{port}\n")
            self.assertEqual(done.returncode, 2)
            self.assertIn(f"127.0.0.1:{port}", done.stderr)


if __name__ == "__main__":
    os.environ["TZ"] = "UTC"
    unittest.main()
