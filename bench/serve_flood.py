#!/usr/bin/env python3
"""Every listener flooded at once, with far more than the node can take: ./dev bench flood [--seconds N]

Memory stays bounded, what was acknowledged is stored, what UDP drops is counted, and the node recovers.
"""
import argparse
import http.client
import json
import pathlib
import socket
import sys
import tempfile
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from serve_bench import BUILD, Node, memory_mb  # noqa: E402

FILL = "x" * 700
BATCH = 500


class Flood(threading.Thread):
    """Sends until the time is over; `sent` and, where the protocol acknowledges, `acknowledged` count events."""
    acknowledges = True

    def __init__(self, node, until):
        super().__init__(daemon=True)
        self.node, self.until, self.sent, self.acknowledged, self.pushed_back = node, until, 0, 0, 0

    @property
    def name_of_events(self):
        return type(self).__name__.lower()

    def document(self):
        return json.dumps({"flood": self.name_of_events, "message": FILL})

    def run(self):
        try:
            self.flood()
        except OSError as error:
            if time.monotonic() < self.until:
                print(f"{self.name_of_events}: {error}", file=sys.stderr)


class Http(Flood):
    listener, path, content_type, headers = "", "", "application/x-ndjson", {}

    def flood(self):
        body = self.body().encode()
        connection = http.client.HTTPConnection("127.0.0.1", self.node.ports[self.listener], timeout=60)
        while time.monotonic() < self.until:
            connection.request("POST", self.path, body, {"Content-Type": self.content_type, **self.headers})
            answer = connection.getresponse()
            answer.read()
            self.sent += BATCH
            if answer.status == 200:
                self.acknowledged += BATCH
            else:
                assert answer.status in (429, 503), answer.status
                self.pushed_back += 1


class Bulk(Http):
    listener, path = "elasticsearch", "/logs-flood/_bulk?filter_path=errors"

    def body(self):
        return ('{"create":{}}\n' + self.document() + "\n") * BATCH


class Hec(Http):
    listener, path, content_type = "splunk_hec", "/services/collector/event", "application/json"

    def body(self):
        return ('{"event":' + self.document() + "}") * BATCH


class Lines(Http):
    listener, path = "ndjson", "/ingest"

    def body(self):
        return (self.document() + "\n") * BATCH


class Otlp(Http):
    listener, path, content_type = "otlp_http", "/v1/logs", "application/json"

    def body(self):
        record = {"timeUnixNano": str(time.time_ns()), "body": {"stringValue": self.document()}}
        return json.dumps({"resourceLogs": [{"scopeLogs": [{"logRecords": [record] * BATCH}]}]})


class Stream(Flood):
    """TCP acknowledges nothing: what was sent in order and closed in order arrives, as the node reads it all."""
    acknowledges = False

    def flood(self):
        block = (self.line() + "\n").encode() * 200
        with socket.create_connection(("127.0.0.1", self.port())) as connection:
            while time.monotonic() < self.until:
                connection.sendall(block)
                self.sent += 200
            connection.shutdown(socket.SHUT_WR)
            connection.settimeout(300)
            connection.recv(1)  # the node has read everything


class Syslog(Stream):
    def port(self):
        return self.node.ports["syslog.tcp"]

    def line(self):
        return f"<38>1 2026-03-04T05:06:07Z flood app 1 - - {self.document()}"


class Tcp(Stream):
    def port(self):
        return self.node.ports["ndjson_tcp"]

    def line(self):
        return self.document()


class Udp(Flood):
    acknowledges = False

    def flood(self):
        message = f"<38>1 2026-03-04T05:06:07Z flood app 1 - - {self.document()}".encode()
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as datagrams:
            datagrams.connect(("127.0.0.1", self.node.ports["syslog.udp"]))
            while time.monotonic() < self.until:
                datagrams.send(message)
                self.sent += 1


def main():
    parser = argparse.ArgumentParser(prog="./dev bench flood", description=__doc__)
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--dir", default=None)
    options = parser.parse_args()
    kinds = [Bulk, Bulk, Hec, Lines, Otlp, Syslog, Tcp, Udp, Udp]
    with tempfile.TemporaryDirectory(dir=options.dir) as folder:
        node = Node(str(BUILD / "vedette"), folder,
                    ("elasticsearch", "splunk_hec", "otlp_http", "ndjson", "syslog", "ndjson_tcp"))
        until = time.monotonic() + options.seconds
        floods = [kind(node, until) for kind in kinds]
        for flood in floods:
            flood.start()
        for flood in floods:
            flood.join(options.seconds + 300)
        time.sleep(0.5)
        # The kernel tells what it dropped with the next datagram that gets through.
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as last:
            last.sendto(b"<38>1 2026-03-04T05:06:07Z flood app 1 - - the last", ("127.0.0.1", node.ports["syslog.udp"]))
        time.sleep(0.5)
        began = time.monotonic()
        node.wait_for("the rules", lambda: node.metrics()["vedette_detect_lag_events"] == 0, 900)
        recovery = time.monotonic() - began
        node.wait_for("ready", lambda: node.http("operations", "GET", "/readyz")[0] == 200, 60)
        metrics, memory = node.metrics(), memory_mb(node.process.pid)
        node.stop()
        stored = {row["flood"]: row["n"] for row in node.rows("flood: * | stats n = count() by flood")}
        drops = {key: value for key, value in metrics.items() if key.startswith("vedette_listener_dropped")}
        dropped = sum(value for key, value in metrics.items() if key.startswith("vedette_listener_dropped"))
        failed = False
        print("| flood | sent | acknowledged | pushed back | stored |\n|---|---|---|---|---|")
        for name in dict.fromkeys(flood.name_of_events for flood in floods):
            group = [flood for flood in floods if flood.name_of_events == name]
            sent, acknowledged = sum(f.sent for f in group), sum(f.acknowledged for f in group)
            kept = stored.get(name, 0)
            print(f"| {name} | {sent:,} | {acknowledged if group[0].acknowledges else '-'} | "
                  f"{sum(f.pushed_back for f in group)} | {kept:,} |")
            if group[0].acknowledges and kept != acknowledged or isinstance(group[0], Stream) and kept != sent:
                failed = True
            if isinstance(group[0], Udp) and kept + dropped != sent:
                print(f"  of {sent:,} datagrams {kept:,} are stored and {dropped:,.0f} counted as dropped")
                failed = True
        print("\n" + "\n".join(f"{key} {value:,.0f}" for key, value in drops.items()))
        print(f"memory {memory} MB at most; {dropped:,.0f} datagrams dropped and counted; the rules caught up "
              f"{recovery:.0f} s after the flood; {sum(stored.values()) / options.seconds:,.0f} events/s were taken")
        sys.exit("LOST OR UNCOUNTED" if failed else 0)


if __name__ == "__main__":
    main()
