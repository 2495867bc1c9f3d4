#!/usr/bin/env python3
"""The commands about the service and its configuration: tests/config_commands_test.py VEDETTE"""
import http.server
import json
import os
import pathlib
import re
import socket
import subprocess
import sys
import tarfile
import tempfile
import threading
import time
import unittest

VEDETTE = os.path.abspath(sys.argv.pop(1))
SOURCE = pathlib.Path.cwd()


def run(*arguments, code=0, environment=None, folder=None):
    variables = {name: value for name, value in os.environ.items() if not name.startswith("VEDETTE")}
    variables.update(environment or {})
    done = subprocess.run([VEDETTE, *map(str, arguments)], capture_output=True, text=True, timeout=60, env=variables,
                          cwd=folder)
    assert done.returncode == code, f"{arguments}: exit code {done.returncode}, not {code}\n{done.stdout}\n{done.stderr}"
    return done


class Scratch(unittest.TestCase):
    def setUp(self):
        self.scratch = tempfile.TemporaryDirectory()
        self.addCleanup(self.scratch.cleanup)
        self.folder = pathlib.Path(self.scratch.name)
        # Not that of the machine.
        self.file = self.put("vedette.yaml", "")

    def put(self, name, text, mode=0o600):
        path = self.folder / name
        path.write_text(text)
        path.chmod(mode)
        return path


class Config(Scratch):
    def test_the_documentation_is_that_of_the_schema(self):
        committed = (SOURCE / "docs/configuration.md").read_text()
        self.assertEqual(committed, run("config", "docs").stdout,
                         "make it anew: vedette config docs > docs/configuration.md")

    def test_every_key_has_a_sentence(self):
        rows = [line for line in run("config", "docs").stdout.splitlines() if line.startswith("| `")]
        self.assertGreater(len(rows), 50)
        for row in rows:
            self.assertRegex(row, r"\| [A-Z0-9a-z\"\[].*[.)] \|$")

    def test_the_example_is_right(self):
        done = run("config", "check", "--config", SOURCE / "deploy/vedette.yaml")
        self.assertIn(": 0 errors, 0 warnings", done.stdout)
        self.assertEqual(done.stderr, "")

    def test_the_example_is_right_with_its_comments(self):
        text = (SOURCE / "deploy/vedette.yaml").read_text()
        # "#key: value" is a commented setting, "# Text" a comment.
        whole, settings = re.subn(r"^( *)#(?=[^ #])", r"\1", text, flags=re.MULTILINE)
        self.assertGreater(settings, 20)
        done = run("config", "check", "--config", self.put("whole.yaml", whole))
        self.assertIn(": 0 errors, 0 warnings", done.stdout)

    def test_the_variables_of_the_container_are_keys(self):
        pattern = r"^ *#?(VEDETTE__\w+)[:=] *\"?([^\"\n]+)"
        variables = dict(re.findall(pattern, (SOURCE / "deploy/compose.yaml").read_text(), re.MULTILINE))
        self.assertGreater(len(variables), 2)
        token = next(name for name in variables if name.endswith("TOKEN_FILE"))
        variables[token] = str(self.put("token", "x"))
        variables[token.replace("TOKEN_FILE", "NAME")] = "x"
        self.assertEqual(run("config", "check", "--config", self.file, environment=variables).stderr, "")

    def test_mistakes(self):
        bad = self.put("bad.yaml", "data:\n  foldr: x\ndetection: {threads: many}\nthreads: 3\n")
        done = run("config", "check", "--config", bad, code=1)
        self.assertIn(f"{bad}:2:3: error: there is no key data.foldr", done.stderr)
        self.assertIn("did you mean data.folder?", done.stderr)
        self.assertIn(f"{bad}:3:22: error: ", done.stderr)
        self.assertIn("did you mean detection.threads?", done.stderr)
        self.assertIn(": 3 errors, 0 warnings", done.stdout)
        run("config", "print", "--config", bad, code=1)
        run("config", "check", "--config", self.folder / "absent.yaml", code=2)
        run("config", "check", "x", code=2)
        done = run("config", "check", "--config", self.file, environment={"VEDETTE__DATA__SYNK": "no"}, code=1)
        self.assertIn("did you mean VEDETTE__DATA__SYNC?", done.stderr)

    def test_which_file(self):
        self.put("vedette.yaml", "log: {level: debug}\n")
        other = self.put("other.yaml", "log: {level: error}\n")
        last = self.put("last.yaml", "log: {level: warning}\n")
        named = {"VEDETTE_CONFIG": str(other)}
        self.assertIn("level: debug", run("config", "print", folder=self.folder).stdout)
        self.assertIn("level: error", run("config", "print", folder=self.folder, environment=named).stdout)
        printed = run("config", "print", "--config", last, folder=self.folder, environment=named).stdout
        self.assertIn("level: warning", printed)

    def test_print_loads_again(self):
        settings = {"VEDETTE__DATA__RETENTION__MAX_AGE": "36h", "VEDETTE__INTAKE__QUEUE_BYTES": "10MB",
                    "VEDETTE__RULES__FOLDERS": "/a b,/c", "VEDETTE__DATA__RETENTION__DATASETS__0__DATASET": "x",
                    "VEDETTE__DATA__RETENTION__DATASETS__0__MAX_AGE": "2d"}
        first = run("config", "print", "--config", self.file, environment=settings).stdout
        self.assertIn("max_age: 36h", first)
        second = run("config", "print", "--config", self.put("again.yaml", first))
        self.assertEqual(second.stderr, "")
        self.assertEqual(second.stdout, first)

    def test_secrets_of_the_file_are_for_few(self):
        text = 'enrichment: {feeds: [{name: a, token: s3cr3t-t0ken}]}\n'
        done = run("config", "print", "--config", self.put("a.yaml", text, 0o640))
        self.assertEqual(done.stderr, "")
        self.assertNotIn("s3cr3t", done.stdout)
        self.assertIn("can be read by all users", run("config", "check", "--config", self.put("a.yaml", text, 0o644)).stderr)

    def test_schema(self):
        schema = json.loads(run("config", "schema").stdout)
        self.assertEqual(schema["$schema"], "https://json-schema.org/draft/2020-12/schema")
        data = schema["properties"]["data"]["properties"]
        self.assertEqual(data["sync"]["type"], "boolean")
        self.assertEqual(data["retention"]["properties"]["datasets"]["items"]["required"], ["dataset", "max_age"])


class Server:
    """Answers every GET by `pages` (path -> status, body); 404 for others."""

    def __init__(self, pages, family=socket.AF_INET):
        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                status, body = pages.get(self.path, (404, "no such page"))
                self.send_response(status)
                self.end_headers()
                self.wfile.write(body.encode())

            def log_message(self, *_):
                pass

        class Listening(http.server.HTTPServer):
            address_family = family

        self.server = Listening(("::1" if family == socket.AF_INET6 else "127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()


class Health(Scratch):
    def ask(self, pages, code, address="127.0.0.1:{}", family=socket.AF_INET):
        server = Server(pages, family)
        self.addCleanup(server.close)
        return run("health", "--address", address.format(server.port), code=code)

    def test_ready_and_not(self):
        self.assertIn("all is well", self.ask({"/readyz": (200, "all is well\n")}, 0).stdout)
        done = self.ask({"/readyz": (503, "recovering\x1b[31m: 3 of 7\n")}, 1)
        self.assertIn("recovering\\x1b[31m: 3 of 7", done.stderr)
        self.assertIn("no such page", self.ask({}, 1).stderr)
        self.ask({"/readyz": (200, "")}, 0, "localhost:{}")
        self.ask({"/readyz": (200, "")}, 0, ":{}")
        self.ask({"/readyz": (200, "")}, 0, "0.0.0.0:{}")

    def test_ipv6(self):
        try:
            with socket.socket(socket.AF_INET6) as probe:
                probe.bind(("::1", 0))
        except OSError:
            self.skipTest("no IPv6 here")
        self.ask({"/readyz": (200, "")}, 0, "[::1]:{}", socket.AF_INET6)

    def test_the_address_of_the_configuration(self):
        server = Server({"/readyz": (200, "")})
        self.addCleanup(server.close)
        run("health", "--config", self.file, environment={"VEDETTE__API__LISTEN": f"0.0.0.0:{server.port}"})

    def test_nobody_and_silence(self):
        with socket.socket() as listener:
            listener.bind(("127.0.0.1", 0))
            address = "127.0.0.1:{}".format(listener.getsockname()[1])
            run("health", "--address", address, code=1)
            listener.listen()
            begin = time.monotonic()
            self.assertIn("no answer in time", run("health", "--address", address, "--timeout", "200ms", code=1).stderr)
            self.assertLess(time.monotonic() - begin, 5)
        run("health", "--address", "nowhere", code=1)
        run("health", "--timeout", "x", code=2)

    def test_garbage(self):
        with socket.socket() as listener:
            listener.bind(("127.0.0.1", 0))
            listener.listen()

            def answer():
                connection = listener.accept()[0]
                connection.recv(1000)
                connection.sendall(b"SSH-2.0-x\r\n\r\n")
                connection.close()

            threading.Thread(target=answer, daemon=True).start()
            done = run("health", "--address", "127.0.0.1:{}".format(listener.getsockname()[1]), code=1)
            self.assertIn("not HTTP", done.stderr)


class SupportBundle(Scratch):
    SECRETS = ["feed-T0ken-in-file", "env-T0ken-xyz", "pass\"w0rd\\x", "file-Secret-1", "url-Passw0rd", "query-K3y",
               "log-T0ken-abc", "Bearer-Value-123", "aws-S3cret", "wrong-place-S3cret", "quoted-Passw0rd-tail",
               "cookie-S3cret", "cHJpdmF0ZQ", "hec-T0ken-1", "hec-T0ken-2", "login-Passw0rd",
               "a2V5LWlkOmxvZ2luLVBhc3N3MHJk"]

    def setUp(self):
        super().setUp()
        pages = {"/metrics": (200, 'vedette_up 1\nx{url="http://u:url-Passw0rd@h/",t="feed-T0ken-in-file"} 1\n'),
                 "/readyz": (200, "ready\n")}
        self.server = Server(pages)
        self.addCleanup(self.server.close)
        log = ["x" * 200 + " line %d" % i for i in range(8000)]
        log += ["the feed was refused token=log-T0ken-abc", 'header Authorization: Bearer Bearer-Value-123',
                '{"message":"sent","password":"quoted-Passw0rd-tail with blanks quoted-Passw0rd-tail"}',
                "polled https://u:url-Passw0rd@h/x?key=query-K3y&b=query-K3y", "Cookie: a=cookie-S3cret; b=cookie-S3cret",
                '{"x":"pass\\"w0rd\\\\x"}', "env-T0ken-xyz", "from hec-T0ken-2 and hec-T0ken-1",
                "x login-Passw0rd", "k a2V5LWlkOmxvZ2luLVBhc3N3MHJk", "-----BEGIN PRIVATE KEY-----", "cHJpdmF0ZQ",
                "-----END PRIVATE KEY-----", "the last line"]
        self.put("vedette.log", "\n".join(log) + "\n")
        secret = self.put("secret", "file-Secret-1\n")
        self.config = self.put("with_secrets.yaml", f"""
api: {{listen: "127.0.0.1:{self.server.port}"}}
log: {{file: {self.folder}/vedette.log}}
detection: {{threads: wrong-place-S3cret}}
listeners:
  splunk_hec: {{tokens: "hec-T0ken-1, hec-T0ken-2"}}
  elasticsearch: {{api_keys: "key-id:login-Passw0rd"}}
enrichment:
  feeds:
    - {{name: a, token: feed-T0ken-in-file, url: "https://u:url-Passw0rd@h/p?key=query-K3y"}}
    - {{name: b, password: 'pass"w0rd\\x'}}
    - {{name: c}}
""")
        self.environment = {"VEDETTE__ENRICHMENT__FEEDS__1__TOKEN": "env-T0ken-xyz",
                            "VEDETTE__ENRICHMENT__FEEDS__2__TOKEN_FILE": str(secret),
                            "AWS_SECRET_ACCESS_KEY": "aws-S3cret"}
        self.data = self.folder / "data"
        run("ingest", SOURCE / "content/samples/attack/web01", "--data", self.data)

    def bundle(self):
        path = self.folder / "b.tar.gz"
        run("support-bundle", "--config", self.config, "--data", self.data, "--output", path,
            environment=self.environment)
        self.assertEqual(path.stat().st_mode & 0o777, 0o600)
        with tarfile.open(path) as archive:
            return {member.name.split("/", 1)[1]: archive.extractfile(member).read().decode()
                    for member in archive.getmembers()}

    def test_what_is_in_it(self):
        files = self.bundle()
        self.assertEqual(sorted(files), ["README.txt", "config.txt", "config.yaml", "files.txt", "log.txt", "metrics.txt",
                                         "ready.txt", "store.json", "system.txt", "version.txt"])
        self.assertIn("kernel: Linux", files["system.txt"])
        self.assertIn("MemTotal", files["system.txt"])
        self.assertIn("vedette_up 1", files["metrics.txt"])
        self.assertGreater(sum(d["rows"] for d in json.loads(files["store.json"])["datasets"]), 10)
        self.assertIn("store/", files["files.txt"])
        self.assertTrue(files["log.txt"].endswith("the last line\n"))
        self.assertLess(len(files["log.txt"]), 1_100_000)
        self.assertRegex(files["log.txt"], r"^x{200} line \d+\n")
        self.assertIn('token: "********"', files["config.yaml"])
        self.assertIn("config-type", files["config.txt"])
        self.assertIn(f"127.0.0.1:{self.server.port}", files["config.yaml"])

    def test_no_secret_is_in_it(self):
        for name, text in self.bundle().items():
            for secret in self.SECRETS + ['pass\\"w0rd\\\\x']:
                self.assertNotIn(secret, text, name)

    def test_it_writes_over_nothing(self):
        kept = self.put("kept", "kept")
        run("support-bundle", "--config", self.config, "--output", kept, code=2, environment=self.environment)
        self.assertEqual(kept.read_text(), "kept")

    def test_nothing_runs_and_nothing_is_stored(self):
        run("support-bundle", "--config", self.file, "--data", self.folder / "absent", folder=self.folder,
            environment={"VEDETTE__API__LISTEN": "127.0.0.1:1"})
        bundles = list(self.folder.glob("vedette-support-*.tar.gz"))
        self.assertEqual(len(bundles), 1)
        with tarfile.open(bundles[0]) as archive:
            texts = b"".join(archive.extractfile(member).read() for member in archive.getmembers())
        self.assertIn(b"no answer", texts)
        self.assertIn(b"no data folder", texts)


if __name__ == "__main__":
    unittest.main()
