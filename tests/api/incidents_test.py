"""Incidents on a real node: an alert becomes an incident by hand, is worked on over the API and the command line, and closed.
Every answer has the shape that openapi.yaml writes down for it."""
import hashlib
import os
import pathlib
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "serve"))
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from client import PASSWORD, confirm, make_user, quoted, set_up, sign_in  # noqa: E402
from command_line_test import EVENT  # noqa: E402
from conformance_test import Recorder  # noqa: E402
from contract import Contract  # noqa: E402
from node import Node  # noqa: E402

RULE = """title: Evil tool
id: 9f3c2b0e-1111-4222-8333-444455557777
status: experimental
description: A tool
logsource: {category: process_creation, product: windows}
detection: {s: {Image|endswith: '\\evil.exe'}, condition: s}
level: high
tags: [attack.execution, attack.t1059.001]
"""


def push_rule(run, folder, node):
    rules = folder / "rules"
    rules.mkdir()
    (rules / "a.yml").write_text(RULE)
    run("rules", "push", str(rules), "--activate")
    assert not node.bulk([" ".join((EVENT % "evil.exe").split())])[1]["errors"]


def work(admin, bob, incident, event_id):
    path = "/incidents/" + incident
    etag = admin.call("GET", path).header("ETag")
    changed = admin.expect(200, "PATCH", path, {"status": "triaged", "owner": "bob", "tags": ["phishing"], "summary": "It *ran*."},
                           headers={"If-Match": etag})
    assert changed.json["owner"] == "bob"
    admin.expect(412, "PATCH", path, {"status": "contained"}, headers={"If-Match": etag})
    admin.expect(428, "PATCH", path, {"status": "contained"})
    bob.expect(200, "PATCH", path, {"owner": "root"}, headers={"If-Match": "*"})
    bob.expect(422, "PATCH", path, {"owner": "nobody-of-this-name"}, headers={"If-Match": "*"})
    bob.expect(200, "PATCH", path, {"owner": "bob"}, headers={"If-Match": "*"})
    note = bob.expect(201, "POST", path + "/entries", {"text": "@root look"}).json
    assert note["mentions"] == ["root"]
    admin.expect(422, "PATCH", f"{path}/entries/{note['id']}", {"text": "mine"}, headers={"If-Match": '"1"'})
    bob.expect(200, "PATCH", f"{path}/entries/{note['id']}", {"text": "looked"}, headers={"If-Match": '"1"'})
    assert bob.expect(201, "POST", path + "/evidence/event", {"event": event_id, "text": "this"}).json["event"]
    blob = bytes(range(256)) * 40_000  # 10 MB
    kept = bob.expect(201, "POST", path + "/evidence/file", blob, query={"name": "mem.dmp"},
                      content_type="application/octet-stream").json
    assert kept["file"]["sha256"] == hashlib.sha256(blob).hexdigest()
    taken = admin.expect(200, "GET", f"{path}/entries/{kept['id']}/file")
    assert taken.body == blob and "attachment" in taken.header("Content-Disposition")
    bob.expect(413, "POST", path + "/evidence/file", b"x" * (16 * 1024 * 1024 + 1), query={"name": "big"},
               content_type="application/octet-stream")
    template = admin.expect(201, "POST", "/task-templates", {"name": "Malware", "tasks": [{"title": "Isolate"}]}).json
    tasks = bob.expect(201, "POST", path + "/task-template", {"template": template["id"]}).json["tasks"]
    bob.expect(200, "PATCH", f"{path}/tasks/{tasks[0]['id']}", {"state": "done"})
    admin.expect(201, "POST", "/sla-policies", {"severity": "critical", "name": "Critical", "acknowledge_seconds": 60, "pausing": True})
    etag = admin.call("GET", path).header("ETag")
    late = admin.expect(200, "PATCH", path, {"severity": "critical"}, headers={"If-Match": etag}).json
    assert late["severity"] == "critical"
    bob.expect(200, "POST", path + "/pause", {"reason": "waits for the owner"})
    bob.expect(200, "POST", path + "/resume")
    bob.expect(403, "POST", "/sla-policies", {"severity": "low", "name": "Low"})
    bob.expect(403, "DELETE", "/task-templates/" + template["id"], headers={"If-Match": "*"})
    admin.expect(201, "POST", "/criticality", {"kind": "host", "pattern": "dc*", "factor": 2})
    for part in ("/members", "/alerts", "/graph", "/timeline", "/history", "/related"):
        bob.expect(200, "GET", path + part)
    bob.expect(200, "GET", "/incidents/summary")
    bob.expect(200, "GET", "/entities")
    bob.expect(200, "GET", "/criticality")
    assert [one["id"] for one in bob.items("/incidents", tag="phishing", entity="user:CORP\\mara")] == [incident]
    done = bob.expect(200, "POST", "/incidents/bulk", {"ids": [incident], "change": {"tlp": "red"}}).json
    assert done["changed"] == 1
    assert bob.expect(200, "POST", "/incidents/undo", {"undo_token": done["undo_token"]}).json == {"restored": 1, "skipped": 0}


def main(vedette):
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        node = Node(vedette, folder)
        try:
            admin = confirm(set_up(node))
            make_user(admin, "bob", ["analyst"])
            make_user(admin, "vic", ["viewer"])
            (folder / "password").write_text(PASSWORD + "\n")
            (folder / "password").chmod(0o600)
            environment = {**os.environ, "XDG_CONFIG_HOME": str(folder / "config"), "TZ": "UTC",
                           "VEDETTE_PASSWORD_FILE": str(folder / "password")}

            def run(*arguments, code=0):
                done = subprocess.run([vedette, *arguments], env=environment, capture_output=True, text=True, timeout=60,
                                      stdin=subprocess.DEVNULL)
                assert done.returncode == code, f"{arguments}: {done.returncode}: {done.stdout}{done.stderr}"
                return done.stdout + done.stderr

            run("login", f"http://127.0.0.1:{node.ports['operations']}", "--user", "root")
            push_rule(run, folder, node)
            node.wait_for("the alert", lambda: admin.items("/alerts"))
            contract = Contract(admin.get("/openapi.json"))
            recorder = Recorder(contract)
            recorder.watch(admin)
            bob = recorder.watch(sign_in(node.ports["operations"], "bob"))
            vic = recorder.watch(sign_in(node.ports["operations"], "vic"))
            alert = admin.items("/alerts")[0]["id"]
            where = bob.expect(200, "GET", f"/alerts/{quoted(alert)}/incident").json
            if where["incident"]:
                incident = where["incident"]["id"]
            else:
                incident = bob.expect(201, "POST", "/incidents", {"title": "Evil tool on h1", "alerts": [alert]}).json["id"]
                bob.expect(409, "POST", "/incidents", {"title": "Again", "alerts": [alert]})
            event_id = bob.get(f"/alerts/{quoted(alert)}")["event_ids"][0]
            work(admin, bob, incident, event_id)
            vic.expect(200, "GET", "/incidents/" + incident)
            vic.expect(403, "POST", f"/incidents/{incident}/entries", {"text": "x"})

            shown = run("incidents", "show", incident)
            for text in ("phishing", "It *ran*.", "[x] Isolate", "CORP\\mara", "Evil tool"):
                assert text in shown, shown
            assert incident in run("incidents", "--owner", "bob")
            run("incidents", "assign", incident)
            run("incidents", "status", "contained", incident)
            run("incidents", "status", "triaged", incident, code=2)
            run("incidents", "comment", incident, "from the command line")
            run("incidents", "task", "add", incident, "Call the owner")
            (folder / "note.txt").write_text("a note\n")
            run("incidents", "evidence", "add", incident, str(folder / "note.txt"))
            assert "from the command line" in run("incidents", "timeline", incident)
            assert "note.txt (7 bytes" in run("incidents", "timeline", incident, "--kind", "file")
            run("incidents", "close", incident, "--as", "true_positive", "--note", "cleaned")
            assert "closed (true_positive)" in run("incidents", "show", incident)
            entries = [entry["action"] for entry in admin.items("/audit") if entry["target"] == "incidents/" + incident]
            for action in ("updateIncident", "addFileEvidence", "getIncidentFile", "pauseIncident"):
                assert action in entries, entries
            assert " 0 faults" in run("audit", "verify", "--data", str(node.data))
            node.stop()
        finally:
            node.kill()
    assert not recorder.faults, "\n".join(recorder.faults[:20])


if __name__ == "__main__":
    main(sys.argv[1])
