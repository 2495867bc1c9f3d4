"""A node of the tests: starts `vedette serve` on free ports, talks to it, stops or kills it."""
import http.client
import json
import os
import pathlib
import re
import signal
import subprocess
import time

# For tests that ask more than a person would; the limits themselves have their own.
PATIENT_API = "  limits: {requests_per_second: 100000, burst: 1000000}\n"
LISTENERS = ("elasticsearch", "splunk_hec", "otlp_http", "otlp_grpc", "ndjson", "syslog", "relp", "gelf", "fluent_forward",
             "ndjson_tcp")
TITLES = {"Elasticsearch bulk": "elasticsearch", "Splunk HTTP Event Collector": "splunk_hec",
          "OpenTelemetry logs over HTTP": "otlp_http", "OpenTelemetry logs over gRPC": "otlp_grpc",
          "Lines over HTTP": "ndjson", "Syslog": "syslog", "RELP": "relp", "GELF": "gelf",
          "Fluent Forward": "fluent_forward", "Lines over TCP": "ndjson_tcp", "operations": "operations"}


class Node:
    """One data folder, and the process that serves it while it runs."""

    def __init__(self, vedette, folder, listeners=("elasticsearch",), config="", environment=None, listener_config=None,
                 api_config=""):
        self.vedette = vedette
        self.folder = pathlib.Path(folder)
        self.data = self.folder / "data"
        self.listeners = listeners
        self.config = config
        self.api_config = api_config  # more lines of yaml below `api`
        self.environment = environment or {}
        self.listener_config = listener_config or {}  # name -> more lines of yaml
        self.fixed_ports = {}  # name -> the port to listen on, where not any will do
        self.process = None
        self.ports = {}
        self.start()

    def yaml(self):
        text = f"data:\n  folder: {self.data}\n  reserve_bytes: 64MiB\napi:\n  listen: 127.0.0.1:0\n"
        text += self.api_config + "listeners:\n"
        for name in LISTENERS:
            text += f"  {name}:\n    enabled: {'true' if name in self.listeners else 'false'}\n"
            if name in self.listeners:
                text += f"    listen: 127.0.0.1:{self.fixed_ports.get(name, 0)}\n"
                text += self.listener_config.get(name, "")
        return text + self.config

    def start(self, seconds=60):
        path = self.folder / "vedette.yaml"
        path.write_text(self.yaml())
        self.log = open(self.folder / "log.txt", "ab")
        environment = {**os.environ, "TZ": "UTC", **self.environment}
        self.process = subprocess.Popen([self.vedette, "serve", "--config", str(path)], stdout=subprocess.PIPE,
                                        stderr=self.log, env=environment)
        self.facts = {}
        deadline = time.monotonic() + seconds
        for raw in self.process.stdout:
            line = raw.decode()
            fact = re.match(r"  (\S.*?)  +(\S.*)$", line)
            if fact:
                self.facts[fact[1]] = fact[2]
            if line.startswith("  data ") or time.monotonic() > deadline:
                break
        if "data" not in self.facts:
            raise AssertionError("the node did not start:\n" + self.log_text()[-3000:])
        for title, where in self.facts.items():
            if title in TITLES:
                name = TITLES[title]
                self.ports[name] = int(re.findall(r":(\d+)", where)[-1])
                # "udp 127.0.0.1:1, tcp 127.0.0.1:2"
                for transport, port in re.findall(r"(udp|tcp|tls) \S*:(\d+)", where):
                    self.ports[f"{name}.{transport}"] = int(port)

    def log_text(self):
        return (self.folder / "log.txt").read_text(errors="replace")

    def stop(self, code=0):
        if self.process is None:
            return
        self.process.send_signal(signal.SIGTERM)
        got = self.process.wait(timeout=90)
        self._ended()
        assert got == code, f"exit code {got}, not {code}:\n{self.log_text()[-3000:]}"

    def kill(self):
        if self.process is None:
            return
        self.process.kill()
        self.process.wait()
        self._ended()

    def _ended(self):
        self.process.stdout.close()
        self.log.close()
        self.process = None

    # Requests.
    def http(self, listener, method, path, body=None, headers=None, timeout=30):
        """(status, headers, body) of one request."""
        connection = http.client.HTTPConnection("127.0.0.1", self.ports[listener], timeout=timeout)
        try:
            connection.request(method, path, body, headers or {})
            answer = connection.getresponse()
            return answer.status, dict(answer.getheaders()), answer.read()
        finally:
            connection.close()

    def bulk(self, documents, index="logs-test", action="create", ids=None, timeout=30):
        """Sends documents (dicts or raw texts) as one bulk; the answer as an object."""
        lines = []
        for place, document in enumerate(documents):
            meta = {"_index": index}
            if ids:
                meta["_id"] = ids[place]
            lines.append(json.dumps({action: meta}))
            lines.append(document if isinstance(document, str) else json.dumps(document))
        status, _, body = self.http("elasticsearch", "POST", "/_bulk", "\n".join(lines) + "\n",
                                    {"Content-Type": "application/x-ndjson"}, timeout)
        return status, json.loads(body)

    def metrics(self):
        """name{labels} -> value."""
        _, _, body = self.http("operations", "GET", "/metrics")
        out = {}
        for line in body.decode().splitlines():
            if line and not line.startswith("#"):
                name, _, value = line.rpartition(" ")
                out[name] = float(value)
        return out

    # What is kept, read beside the running process.
    def _lines(self, *arguments):
        done = subprocess.run([self.vedette, *arguments, "--data", str(self.data)], capture_output=True, text=True,
                              timeout=120)
        assert done.returncode == 0, f"{arguments}: {done.stderr}"
        return [json.loads(line) for line in done.stdout.splitlines()]

    def rows(self, query="*"):
        return self._lines("search", query, "--output", "ndjson", "--limit", "0")

    def count(self, query="*"):
        return self.rows(f"{query} | stats n = count()")[0]["n"]

    def alerts(self):
        return self._lines("alerts", "--json", "--limit", "1000000")

    def wait_for(self, what, condition, seconds=30):
        """Polls until condition() is true; returns its value."""
        deadline = time.monotonic() + seconds
        while True:
            value = condition()
            if value:
                return value
            if time.monotonic() > deadline:
                raise AssertionError(f"waited {seconds} s for {what}\n{self.log_text()[-2000:]}")
            time.sleep(0.05)

    def wait_for_rows(self, query, count, seconds=30):
        self.wait_for(f"{count} rows of {query}", lambda: self.count(query) >= count, seconds)
        return self.rows(query)
