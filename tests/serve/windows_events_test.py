#!/usr/bin/env python3
"""The stream's alerts are those of a scan and of a hunt: tests/serve/windows_events_test.py VEDETTE

Recorded attacks (EVTX files) with the public Sigma rules, if the reference data is there; else the shipped sample with
the shipped rules.
"""
import collections
import json
import os
import pathlib
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from node import Node  # noqa: E402


def alerts_of(vedette, command, target, rules):
    done = subprocess.run([vedette, command, *target, *rules, "--output", "ndjson"], capture_output=True, text=True)
    assert done.returncode in (0, 1), done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def plain(alerts):
    return collections.Counter(a["vedette.alert.id"] for a in alerts if not a.get("vedette.correlation"))


def main():
    vedette = sys.argv[1]
    shared = pathlib.Path(os.environ.get("VEDETTE_SHARED", "../shared")) / "data"
    events, sigma = shared / "windows-events", shared / "sigma-rules"
    if not (events.is_dir() and sigma.is_dir()):
        print("[  SKIPPED ] WindowsEvents.StreamScanAndHuntAgree (no reference data)")
        return
    events, sigma = events.resolve(), sigma.resolve()
    rules = ["--rules", str(sigma)]
    with tempfile.TemporaryDirectory() as folder:
        config = (f"rules:\n  shipped: false\n  folders: [{sigma}]\n"
                  f"  files:\n    enabled: true\n    inputs:\n      - paths: ['{events}/**/*.evtx']\n")
        config = config[config.index("  files:"):] + config[:config.index("  files:")]
        node = Node(vedette, folder, (), config)
        scan = alerts_of(vedette, "scan", [str(p) for p in sorted(events.rglob("*.evtx"))], rules)
        parsed = subprocess.run([vedette, "parse", *[str(p) for p in sorted(events.rglob("*.evtx"))]],
                                capture_output=True, text=True).stdout.count("\n")
        node.wait_for("all events", lambda: node.count() >= parsed, 120)
        node.stop()
        stream = [json.loads(a["document"]) for a in node.alerts()]
        hunt = alerts_of(vedette, "hunt", ["--data", str(node.data)], rules)
        assert node.count() == parsed, f"{node.count()} events stored, {parsed} parsed"
        for name, other in (("scan", plain(scan)), ("hunt", plain(hunt))):
            missing, extra = other - plain(stream), plain(stream) - other
            assert not missing and not extra, (
                f"against {name}: {sum(missing.values())} alerts missing, {sum(extra.values())} more")
        print(f"{parsed} events, {sum(plain(stream).values())} alerts: the same in stream, scan and hunt")


if __name__ == "__main__":
    main()
