#!/usr/bin/env python3
"""The commands about the audit log, on a chain made by nothing but docs/formats/audit.md:
tests/audit_commands_test.py VEDETTE"""
import hashlib
import json
import os
import pathlib
import re
import sqlite3
import subprocess
import sys
import tempfile
import unittest

VEDETTE = os.path.abspath(sys.argv.pop(1))
SOURCE = pathlib.Path.cwd()
ORIGIN = "0" * 64
SECOND = 10**9
BEGIN = 1_772_600_000 * SECOND


def text(value):
    """JSON without blanks, as the documentation says."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def make_chain(count):
    entries, previous = [], ORIGIN
    for number in range(1, count + 1):
        entry = {"sequence": number, "time": f"2026-03-04T04:53:{20 + number:02}.000Z", "tenant": "",
                 "actor_id": f"u{number % 2}", "actor_name": "Ada\t\"\u00fc\"", "actor_kind": "user", "session_id": "s",
                 "key_id": "", "address": "192.0.2.7", "action": "rules.update", "target": f"rules/{number}",
                 "outcome": "denied" if number == 3 else "success", "reason": "\u0001\\/", "request_id": "r",
                 "details": [["before", '{"a":1}']], "previous_hash": previous}
        entry["hash"] = previous = hashlib.sha256(text(entry).encode()).hexdigest()
        entries.append(entry)
    return entries


class Audit(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.folder = pathlib.Path(scratch.name)
        self.chain = make_chain(7)
        self.database(lambda db: self.fill(db))
        self.anchors = self.folder / "audit.anchors"
        first = f"2026-03-04T04:53:00.000Z 0 {ORIGIN}\n"
        self.anchors.write_text(first + self.anchor(5) + "\n")

    def anchor(self, number):
        entry = self.chain[number - 1]
        return f"{entry['time']} {number} {entry['hash']}"

    def database(self, change):
        db = sqlite3.connect(self.folder / "records.db")
        change(db)
        db.commit()
        db.close()

    def sql(self, statement, *values):
        self.database(lambda db: db.execute(statement, values))

    def fill(self, db):
        db.executescript("""
            PRAGMA application_id=1447318610; PRAGMA user_version=1; PRAGMA journal_mode=WAL;
            CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
            INSERT INTO meta VALUES ('made_by_version', '1');
            CREATE TABLE r_audit_head (id TEXT PRIMARY KEY NOT NULL, version INTEGER NOT NULL, document TEXT NOT NULL)
                STRICT;
            CREATE TABLE r_audit (id TEXT PRIMARY KEY NOT NULL, version INTEGER NOT NULL, document TEXT NOT NULL,
                c_time INTEGER, c_tenant TEXT, c_actor_id TEXT, c_action TEXT, c_target TEXT, c_outcome TEXT) STRICT;
            """)
        for entry in self.chain:
            db.execute("INSERT INTO r_audit VALUES (?, 1, ?, ?, ?, ?, ?, ?, ?)",
                       (f"{entry['sequence']:020}", text(entry), BEGIN + entry["sequence"] * SECOND, entry["tenant"],
                        entry["actor_id"], entry["action"], entry["target"], entry["outcome"]))
        last = self.chain[-1]
        head = {"time": last["time"], "sequence": last["sequence"], "hash": last["hash"]}
        db.execute("INSERT INTO r_audit_head VALUES ('head', 7, ?)", (text(head),))

    def run_audit(self, *arguments, code=0):
        variables = {name: value for name, value in os.environ.items() if not name.startswith("VEDETTE")}
        done = subprocess.run([VEDETTE, "audit", *map(str, arguments), "--data", str(self.folder)], capture_output=True,
                              text=True, timeout=60, env=variables)
        self.assertEqual(done.returncode, code, f"{arguments}\n{done.stdout}\n{done.stderr}")
        return done

    def test_an_intact_chain(self):
        done = self.run_audit("verify")
        self.assertEqual(done.stdout, f"7 entries checked, 0 faults; the newest has the hash {self.chain[-1]['hash']}\n")
        for anchor in (self.anchor(6), text(self.chain[6]), self.chain[0]["hash"]):
            self.run_audit("verify", "--anchor", anchor)
        self.assertIn("not in the chain", self.run_audit("verify", "--anchor", "1" * 64, code=1).stdout)
        self.run_audit("verify", "--anchor", "nonsense", code=2)
        self.run_audit("verify", "more", code=2)

    def test_faults(self):
        self.sql("UPDATE r_audit SET document = replace(document, 'Ada', 'Bob') WHERE id LIKE '%3'")
        self.assertIn("entry 3 was changed", self.run_audit("verify", code=1).stdout)
        self.sql("DELETE FROM r_audit WHERE id LIKE '%3'")
        self.assertIn("entry 3 is missing\n", self.run_audit("verify", code=1).stdout)

    def test_a_cut_end(self):
        self.sql("DELETE FROM r_audit WHERE id > ?", f"{4:020}")
        fourth = self.chain[3]
        self.sql("UPDATE r_audit_head SET document = ?",
                 text({"time": fourth["time"], "sequence": 4, "hash": fourth["hash"]}))
        self.assertIn("the end is missing", self.run_audit("verify", code=1).stdout)
        self.assertIn("not in the chain",
                      self.run_audit("verify", "--anchors", "/dev/null", "--anchor", self.anchor(6), code=1).stdout)

    def test_list(self):
        lines = self.run_audit("list").stdout.splitlines()
        self.assertEqual(len(lines), 7)
        self.assertRegex(lines[0], r"^ +7  2026-03-04T04:53:27  success  Ada.*  rules\.update  rules/7  \(")
        self.assertNotIn("\t", lines[0])
        self.assertNotIn("\u0001", lines[0])
        self.assertEqual(len(self.run_audit("list", "--limit", "2").stdout.splitlines()), 2)
        self.assertEqual(len(self.run_audit("list", "--actor", "u0").stdout.splitlines()), 3)
        shown = self.run_audit("list", "--outcome", "denied", "--json").stdout
        self.assertEqual(json.loads(shown), self.chain[2])
        self.assertEqual(len(self.run_audit("list", "--from", "2026-03-04T04:53:25Z").stdout.splitlines()), 3)
        self.assertEqual(self.run_audit("list", "--tenant", "other").stdout, "")
        self.sql("UPDATE r_audit SET document = 'garbage' WHERE id LIKE '%3'")
        self.assertIn("cannot be read", self.run_audit("list").stdout)

    def test_an_export_is_checked_as_the_documentation_does(self):
        lines = self.run_audit("export").stdout
        self.assertEqual(lines, "".join(text(entry) + "\n" for entry in self.chain))
        out = self.folder / "audit.ndjson"
        self.assertIn("7 entries", self.run_audit("export", out).stderr)
        self.assertEqual(out.read_text(), lines)
        page = (SOURCE / "docs/formats/audit.md").read_text()
        program = re.search(r"```python\n(.*?)```", page, re.S).group(1)
        check = lambda: subprocess.run([sys.executable, "-c", program], cwd=self.folder, capture_output=True).returncode
        self.assertEqual(check(), 0)
        out.write_text(lines.replace("Ada", "Bob", 1))
        self.assertNotEqual(check(), 0)
        out.write_text("".join(lines.splitlines(keepends=True)[1:]))
        self.assertNotEqual(check(), 0)
        self.run_audit("export", self.folder / "no" / "where", code=2)

    def test_no_records(self):
        (self.folder / "records.db").unlink()
        for command in ("verify", "list", "export"):
            self.assertIn("no records", self.run_audit(command, code=2).stderr)


if __name__ == "__main__":
    unittest.main()
