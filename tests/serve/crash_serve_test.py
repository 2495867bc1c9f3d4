#!/usr/bin/env python3
"""kill -9 under load: tests/serve/crash_serve_test.py VEDETTE [ROUNDS]

Senders post bulks with ids and send again what was not acknowledged, as shippers do, while the node is killed at
random moments and started again. At the end every event is there once, and its alerts are those of a node that
nobody disturbed.
"""
import json
import os
import pathlib
import random
import sys
import tempfile
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from node import Node  # noqa: E402

SENDERS = 3
SEED = int(os.environ.get("VEDETTE_SEED", time.time_ns() % 1_000_000))


def event(number):
    """Every tenth is an attack that a shipped rule knows; logons that fail count towards a correlation."""
    if number % 10:
        return {"@timestamp": f"2026-03-04T{number // 3600 % 24:02}:{number // 60 % 60:02}:{number % 60:02}Z",
                "host.name": f"host-{number % 7}", "message": f"event {number}", "n": number}
    return {"@timestamp": f"2026-03-04T{number // 3600 % 24:02}:{number // 60 % 60:02}:{number % 60:02}Z", "n": number,
            "winlog.channel": "Security", "winlog.provider_name": "Microsoft-Windows-Security-Auditing",
            "winlog.event_id": 4688, "event.code": "4688", "host.name": f"host-{number % 7}",
            "winlog.event_data": {"NewProcessName": "C:\\Windows\\System32\\vssadmin.exe",
                                  "CommandLine": f"vssadmin delete shadows /all /quiet {number}"}}


class Sender(threading.Thread):
    """Posts consecutive bulks until told to stop; the last one, too, is acknowledged."""

    def __init__(self, node, number, stop):
        super().__init__(daemon=True)
        self.node, self.number, self.stop = node, number, stop
        self.acknowledged, self.fault = [], None

    def run(self):
        generator = random.Random(SEED * 31 + self.number)
        next_number = self.number
        while not self.stop.is_set():
            numbers = [next_number + SENDERS * i for i in range(generator.randint(1, 150))]
            next_number = numbers[-1] + SENDERS
            if not self.send(numbers):
                return
            self.acknowledged += numbers

    def send(self, numbers):
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline:
            try:
                status, answer = self.node.bulk([event(n) for n in numbers], action="index",
                                                ids=[f"id-{n}" for n in numbers], timeout=20)
            except (OSError, ValueError, __import__("http").client.HTTPException):
                time.sleep(0.02)
                continue
            if status == 200 and not answer["errors"]:
                return True
            if status not in (429, 503):
                self.fault = f"answer {status}: {json.dumps(answer)[:500]}"
                return False
            time.sleep(0.05)
        self.fault = "not acknowledged in 120 s"
        return False


def alert_keys(node):
    return sorted((a["rule_id"], a.get("correlation_type", ""), json.loads(a["document"]).get("_id", ""))
                  for a in node.alerts())


def check(condition, message):
    if not condition:
        sys.exit(f"FAILED (VEDETTE_SEED={SEED}): {message}")


def disturbed(vedette, folder, rounds):
    node = Node(vedette, folder)
    stop = threading.Event()
    senders = [Sender(node, number, stop) for number in range(SENDERS)]
    for sender in senders:
        sender.start()
    generator = random.Random(SEED)
    for _ in range(rounds):
        time.sleep(generator.uniform(0.02, 0.5))
        node.kill()
        node.start()
    time.sleep(0.5)
    stop.set()
    for sender in senders:
        sender.join()
        check(sender.fault is None, sender.fault)
    node.stop()
    return node, sorted(n for sender in senders for n in sender.acknowledged)


def main():
    vedette, rounds = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 100
    with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as other:
        node, acknowledged = disturbed(vedette, one, rounds)
        stored = [row["n"] for row in node.rows("n >= 0 | keep n")]
        check(len(stored) == len(set(stored)), f"{len(stored) - len(set(stored))} events are there twice")
        lost = set(acknowledged) - set(stored)
        check(not lost, f"{len(lost)} acknowledged events were lost, e.g. {sorted(lost)[:5]}")
        alerts = alert_keys(node)
        calm = Node(vedette, other)
        for at in range(0, len(acknowledged), 500):
            numbers = acknowledged[at:at + 500]
            calm.bulk([event(n) for n in numbers], action="index", ids=[f"id-{n}" for n in numbers])
        calm.stop()
        expected = alert_keys(calm)
        plain = [a for a in alerts if not a[1]]
        check(len(plain) == len(set(plain)), "alerts are there twice")
        check(plain == [a for a in expected if not a[1]],
              f"{len(plain)} alerts, but {len([a for a in expected if not a[1]])} without disturbance")
        attacks = sum(n % 10 == 0 for n in acknowledged)
        check(attacks > 0 and len(plain) >= attacks, f"{attacks} attacks, {len(plain)} alerts")
        print(f"{rounds} kills, {len(acknowledged)} events acknowledged, all there once; {len(alerts)} alerts as "
              f"without disturbance (VEDETTE_SEED={SEED})")


if __name__ == "__main__":
    main()
