#!/usr/bin/env python3
"""Speed, delays, memory and losses of `vedette serve`: ./dev bench serve [options]

Events of the store bench (about 1.2 KB each) are posted to /_bulk by several senders on the same machine, as fast as
they are acknowledged or at a fixed rate. Prints a Markdown table row for docs/benchmarks.md.
"""
import argparse
import http.client
import json
import math
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time

WARM_SECONDS = 5
ROOT = pathlib.Path(__file__).resolve().parent.parent
BUILD = ROOT / "build" / "release"
sys.path.insert(0, str(ROOT / "tests" / "serve"))
from node import Node  # noqa: E402


def bodies(folder, rows, batch):
    """Bulk bodies of the generated events."""
    path = pathlib.Path(folder) / "events.ndjson"
    subprocess.run([BUILD / "vedette_bench", "store", "--rows", str(rows), "--ndjson", path], check=True,
                   stdout=subprocess.DEVNULL)
    out, lines = [], []
    with open(path, "rb") as file:
        for line in file:
            lines.append(b'{"create":{}}\n' + line)
            if len(lines) == batch:
                out.append(b"".join(lines))
                lines = []
    path.unlink()
    return out


class Sender(threading.Thread):
    def __init__(self, port, bodies, batch, rate, until, first):
        super().__init__(daemon=True)
        self.port, self.bodies, self.batch, self.rate, self.until = port, bodies, batch, rate, until
        self.at, self.acknowledged, self.pushed_back, self.times = first, 0, 0, []

    def run(self):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        due = time.monotonic()
        while time.monotonic() < self.until:
            if self.rate:
                due += self.batch / self.rate
                time.sleep(max(0.0, due - time.monotonic()))
            body = self.bodies[self.at % len(self.bodies)]
            self.at += 1
            while True:
                began = time.monotonic()
                connection.request("POST", "/logs-bench/_bulk?filter_path=errors", body,
                                   {"Content-Type": "application/x-ndjson"})
                answer = connection.getresponse()
                text = answer.read()
                if answer.status == 200:
                    assert b'"errors":false' in text, text[:300]
                    self.times.append(time.monotonic() - began)
                    self.acknowledged += self.batch
                    break
                assert answer.status in (429, 503), (answer.status, text[:300])
                self.pushed_back += 1
                time.sleep(0.05)


def quantile(values, share):
    values = sorted(values)
    return values[min(len(values) - 1, math.ceil(len(values) * share) - 1)] if values else 0


def histogram_quantile(metrics, name, share, before=None):
    """An upper bound, as the buckets give it; of what came after `before`."""
    buckets = []
    for key, count in metrics.items():
        found = re.match(rf'{name}_bucket{{le="([^"]+)"}}', key)
        if found:
            count -= (before or {}).get(key, 0)
            buckets.append((math.inf if found[1] == "+Inf" else float(found[1]), count))
    buckets.sort()
    total = buckets[-1][1] if buckets else 0
    return next((bound for bound, count in buckets if total and count >= share * total), 0)


def memory_mb(pid, key="VmHWM"):
    text = pathlib.Path(f"/proc/{pid}/status").read_text()
    return int(re.search(rf"{key}:\s+(\d+)", text)[1]) // 1024


def measure(options, posts, rules, rate):
    with tempfile.TemporaryDirectory(dir=options.dir) as folder:
        config = {"none": "rules:\n  shipped: false\n", "shipped": ""}.get(
            rules, f"rules:\n  shipped: false\n  folders: [{rules}]\n")
        node = Node(str(BUILD / "vedette"), folder, ("elasticsearch",), config)
        pid = node.process.pid
        until = time.monotonic() + options.seconds
        senders = [Sender(node.ports["elasticsearch"], posts, options.batch, rate / options.senders, until, i * 7)
                   for i in range(options.senders)]
        began = time.monotonic()
        for sender in senders:
            sender.start()
        warm = None  # the first events compile the programs of their log sources
        lag, reloads, reload_at = 0, 0, began + options.reload_every
        while any(sender.is_alive() for sender in senders):
            time.sleep(1)
            if warm is None and time.monotonic() - began > WARM_SECONDS:
                warm = node.metrics()
            if options.reload_every and time.monotonic() >= reload_at:
                node.process.send_signal(signal.SIGHUP)
                reloads, reload_at = reloads + 1, time.monotonic() + options.reload_every
            lag = max(lag, node.metrics().get("vedette_detect_lag_events", 0))
        seconds = time.monotonic() - began
        acknowledged = sum(sender.acknowledged for sender in senders)
        times = [t for sender in senders for t in sender.times]
        drain = time.monotonic()
        node.wait_for("the rules", lambda: node.metrics()["vedette_detect_lag_events"] == 0, 600)
        drain = time.monotonic() - drain
        metrics, memory = node.metrics(), memory_mb(pid)
        node.stop()
        stored = node.count()
        result = {
            "rules": rules if rules in ("none", "shipped") else "all SigmaHQ", "rate": rate or "as fast as it goes",
            "events": acknowledged, "events/s": round(acknowledged / seconds),
            "until the rules have seen all, events/s": round(acknowledged / (seconds + drain)),
            "ack p50 ms": round(quantile(times, 0.5) * 1000, 1), "ack p99 ms": round(quantile(times, 0.99) * 1000, 1),
            "event to alert p50 ms <=": round(histogram_quantile(metrics, "vedette_alert_delay_seconds", 0.5) * 1000, 1),
            "p99 ms <=": round(histogram_quantile(metrics, "vedette_alert_delay_seconds", 0.99) * 1000, 1),
            "reloads": reloads, "ack longest ms": round(max(times, default=0) * 1000, 1),
            "event to rules longest ms <=": round(
                histogram_quantile(metrics, "vedette_detect_delay_seconds", 1, warm) * 1000, 1),
            "alerts": round(metrics.get("vedette_alerts_total", 0)), "largest lag": round(lag),
            "memory MB": memory, "pushed back": sum(sender.pushed_back for sender in senders),
            "lost": acknowledged - stored}
        assert stored == acknowledged, f"{acknowledged} acknowledged, {stored} stored"
        return result


def main():
    parser = argparse.ArgumentParser(prog="./dev bench serve", description=__doc__)
    parser.add_argument("--seconds", type=int, default=600)
    parser.add_argument("--senders", type=int, default=2)
    parser.add_argument("--batch", type=int, default=500)
    parser.add_argument("--rows", type=int, default=200_000, help="different events, sent again and again")
    parser.add_argument("--rules", action="append", help="none, shipped or a folder; repeatable (default: all three)")
    parser.add_argument("--rate", type=int, action="append", help="events/s; 0: as fast as it goes; repeatable")
    parser.add_argument("--reload-every", type=int, default=0, help="seconds between SIGHUPs")
    parser.add_argument("--dir", default=None, help="where the data folder is made")
    options = parser.parse_args()
    sigma = (ROOT / ".." / "shared" / "data" / "sigma-rules").resolve()
    sets = options.rules or ["none", "shipped"] + ([str(sigma)] if sigma.is_dir() else [])
    with tempfile.TemporaryDirectory(dir=options.dir) as folder:
        posts = bodies(folder, options.rows, options.batch)
    results = []
    for rules in sets:
        for rate in options.rate or [0]:
            results.append(measure(options, posts, rules, rate))
            print(json.dumps(results[-1]), file=sys.stderr, flush=True)
    print("| " + " | ".join(results[0]) + " |\n" + "|---" * len(results[0]) + "|")
    for result in results:
        print("| " + " | ".join(f"{value:,}" if isinstance(value, int) else str(value)
                                for value in result.values()) + " |")


if __name__ == "__main__":
    main()
