"""The command line against a real server: what remote_cli_test.py shows of a double, from sign-in to a rule that fires."""
import os
import pathlib
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "serve"))
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from client import PASSWORD, set_up  # noqa: E402
from node import Node  # noqa: E402

RULE = """title: Rule of the pipeline
id: 9f3c2b0e-1111-4222-8333-444455556666
status: experimental
description: A rule of a pipeline
logsource: {category: process_creation, product: windows}
detection:
  s: {Image|endswith: '%s'}
  condition: s
level: high
"""
EVENT = """{"Event": {"System": {"Provider": {"#attributes": {"Name": "Microsoft-Windows-Sysmon"}}, "EventID": 1,
             "Channel": "Microsoft-Windows-Sysmon/Operational", "Computer": "h1",
             "TimeCreated": {"#attributes": {"SystemTime": "2026-11-03T12:40:46.722Z"}}},
             "EventData": {"Image": "C:\\\\temp\\\\%s", "CommandLine": "x", "User": "CORP\\\\mara"}}}"""
CASES = f"""match:
  - name: fires
    event: {EVENT % "evil.exe"}
no_match:
  - name: does not
    event: {EVENT % "good.exe"}
"""


def main(vedette):
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        node = Node(vedette, folder)
        try:
            set_up(node, "ada")
            (folder / "password").write_text(PASSWORD + "\n")
            (folder / "password").chmod(0o600)
            environment = {**os.environ, "XDG_CONFIG_HOME": str(folder / "config"), "TZ": "UTC",
                           "VEDETTE_PASSWORD_FILE": str(folder / "password")}

            def run(*arguments, code=0):
                done = subprocess.run([vedette, *arguments], env=environment, capture_output=True, text=True, timeout=60,
                                      stdin=subprocess.DEVNULL)
                assert done.returncode == code, f"{arguments}: {done.returncode}: {done.stdout}{done.stderr}"
                assert PASSWORD not in done.stdout + done.stderr
                return done.stdout + done.stderr

            run("login", f"http://127.0.0.1:{node.ports['operations']}", "--user", "ada")
            assert "administrator" in run("whoami")
            assert "vrt_" in run("user", "add", "bob", "--role", "analyst")
            assert "bob" in run("user", "list") and "analyst" in run("role", "list")
            assert "vdk_" in run("key", "add", "ci", "--permission", "rules.read", "--expires", "30d")
            assert "ci" in run("key", "list")
            assert not node.bulk([{"message": "hello", "host": {"name": "h1"}}])[1]["errors"]
            node.wait_for("the event", lambda: "hello" in run("search", "message:hello", "--from", "1h"))
            assert "^" in run("search", "message:(", code=2)

            rules = folder / "rules"
            rules.mkdir()
            (rules / "a.yml").write_text(RULE % "\\good.exe")
            (rules / "a.cases.yml").write_text(CASES)
            run("rules", "push", str(rules), "--activate", code=1)
            listed = [line for line in run("rules", "list").splitlines() if "Rule of the pipeline" in line]
            assert not listed, f"a rule whose cases fail was pushed: {listed}"
            (rules / "a.yml").write_text(RULE % "\\evil.exe")
            assert "activated" in run("rules", "push", str(rules), "--activate", "--back-test", "7d")
            assert "unchanged" in run("rules", "push", str(rules), "--activate")
            (rules / "a.cases.yml").write_text("- name: no list of match or no_match\n")
            run("rules", "push", str(rules), "--activate", code=1)
            event = " ".join((EVENT % "evil.exe").split())
            assert not node.bulk([event])[1]["errors"]
            node.wait_for("the alert", lambda: "Rule of the pipeline" in run("alerts", "list"))
            assert " 0 faults" in run("audit", "verify", "--data", str(node.data))
            run("logout")
            run("whoami", code=2)
            node.stop()
        finally:
            node.kill()


if __name__ == "__main__":
    main(sys.argv[1])
