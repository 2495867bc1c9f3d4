"""docs/api.md, run from top to bottom by a shell as a reader would type it, against a node with events and alerts."""
import os
import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/serve"))
from node import Node  # noqa: E402


def main(vedette):
    blocks = re.findall(r"^```sh\n(.*?)^```", (ROOT / "docs/api.md").read_text(), re.S | re.M)
    assert len(blocks) > 8, "docs/api.md has lost its examples"
    with tempfile.TemporaryDirectory() as folder:
        node = Node(vedette, folder)
        try:
            whoami = {"@timestamp": "2026-03-01T10:00:00Z", "event": {"code": "1", "provider": "Microsoft-Windows-Sysmon"},
                      "winlog": {"channel": "Microsoft-Windows-Sysmon/Operational", "event_id": "1"}, "host": {"name": "h1"},
                      "process": {"executable": "C:\\Windows\\System32\\vssadmin.exe", "name": "vssadmin.exe",
                                  "command_line": "vssadmin.exe delete shadows /all /quiet"}}
            status, answer = node.bulk([whoami] * 3)
            assert status == 200 and not answer["errors"], answer
            node.wait_for("an alert", lambda: node.alerts())
            environment = {**os.environ, "U": f"http://127.0.0.1:{node.ports['operations']}/api/v1", "DATA": str(node.data)}
            script = "set -euo pipefail\n" + "".join(f"echo '## {place}'\n{block}" for place, block in enumerate(blocks))
            done = subprocess.run(["bash", "-c", script], env=environment, capture_output=True, text=True, timeout=120)
            print(done.stdout)
            assert done.returncode == 0, f"the last block above failed: {done.stderr[-2000:]}"
            for expected in ('["ada",["administrator"]]', "bob", "closed", "active", '["succeeded",', "[]"):
                assert expected in done.stdout, f"{expected} is missing"
            node.stop()
        finally:
            node.kill()


if __name__ == "__main__":
    main(sys.argv[1])
