#!/usr/bin/env python3
"""Real shippers and clients against a real node: tests/serve/peers_test.py VEDETTE PEERS_FOLDER

PEERS_FOLDER holds what `./dev test` puts there: npm/node_modules, and debian with rsyslog and syslog-ng. What is not at hand
is skipped by name."""
import json
import os
import pathlib
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from node import Node  # noqa: E402

VEDETTE = sys.argv.pop(1)
PEERS = pathlib.Path(sys.argv.pop(1))
CLIENTS = pathlib.Path(__file__).parent / "peers" / "clients.js"
DEBIAN = (PEERS / "debian").resolve()  # Debian packages, unpacked
TRACE_ID, SPAN_ID = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"


def free_port():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


def first_folder(pattern):
    """The first folder of that pattern below the unpacked packages, else below /."""
    for root in (DEBIAN, pathlib.Path("/")):
        for folder in sorted(root.glob(pattern)):
            if folder.is_dir():
                return folder
    return None


def with_libraries():
    """The environment for an unpacked program."""
    folders = [str(folder) for pattern in ("usr/lib/*-linux-gnu", "lib/*-linux-gnu", "usr/lib/syslog-ng")
               for folder in DEBIAN.glob(pattern)]
    return {**os.environ, "LD_LIBRARY_PATH": ":".join(folders)} if folders else dict(os.environ)


def stamp(n):
    return f"2026-03-04T05:06:07.{n:05}1Z"


def certificates(folder):
    """A CA, and certificates of a server (vedette.example) and a client (web-1) below it; all PEM."""
    def openssl(*arguments):
        subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True)

    new = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    openssl("req", "-x509", *new, "-keyout", "ca.key", "-out", "ca.pem", "-days", "2", "-subj", "/CN=test CA",
            "-addext", "keyUsage=critical,keyCertSign,cRLSign")
    for name in ("vedette.example", "web-1"):
        (folder / "ext").write_text(f"subjectAltName=DNS:{name},IP:127.0.0.1\nkeyUsage=digitalSignature\n")
        openssl("req", "-new", *new, "-keyout", f"{name}.key", "-out", "request.pem", "-subj", f"/CN={name}")
        openssl("x509", "-req", "-in", "request.pem", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "2",
                "-extfile", "ext", "-out", f"{name}.pem")


def server_tls(folder, require_client=False):
    text = f"certificate_file: {folder}/vedette.example.pem, key_file: {folder}/vedette.example.key"
    if require_client:
        text += f", client_ca_file: {folder}/ca.pem, require_client_certificate: true"
    return f"    tls: {{{text}}}\n"


class Peer(unittest.TestCase):
    """A node with the listeners that a test names, and the processes that send to it."""

    def setUp(self):
        self.scratch = tempfile.TemporaryDirectory()
        self.folder = pathlib.Path(self.scratch.name)
        self.processes = []
        self.node = None

    def tearDown(self):
        for process in self.processes:
            process.kill()
            process.wait()
        if self.node:
            self.node.kill()
        self.scratch.cleanup()

    def serve(self, *listeners, **more):
        self.node = Node(VEDETTE, self.folder, listeners, listener_config=more)
        return self.node.ports

    def restart_after_kill(self, down=1.0):
        self.node.fixed_ports = dict(self.node.ports)
        self.node.kill()
        time.sleep(down)
        self.node.start()

    def background(self, *command, **more):
        with open(self.folder / "peer.txt", "ab") as log:
            self.processes.append(subprocess.Popen(command, stdout=log, stderr=log, **more))
        return self.processes[-1]

    def connect(self, program):
        """A connection to self.port, once the program listens there."""
        deadline = time.monotonic() + 10
        while True:
            try:
                connection = socket.create_connection(("127.0.0.1", self.port))
                self.addCleanup(connection.close)
                return connection
            except OSError:
                said = (self.folder / "peer.txt").read_text()
                self.assertLess(time.monotonic(), deadline, f"{program} did not start: {said}")
                time.sleep(0.05)

    def stored(self, count, query="*", seconds=60):
        """All rows, once there are `count` of them and no more come."""
        try:
            self.node.wait_for_rows(query, count, seconds)
        except AssertionError as error:
            peer = self.folder / "peer.txt"
            raise AssertionError(f"{self.node.count(query)} of {count}: {error}\n"
                                 f"{peer.read_text()[-2000:] if peer.exists() else ''}") from None
        time.sleep(0.3)
        return self.node.rows(query)

    def check_fields(self, row, **fields):
        self.assertEqual({name: row.get(name.replace("__", ".")) for name in fields}, fields, row)

    def check_numbers(self, rows, count, key):
        self.assertEqual(sorted(key(row) for row in rows), list(range(count)))


class Rsyslog(Peer):
    """Messages go into rsyslogd over TCP, and from it by the action of the test."""

    def start(self, action, preamble="", modules=()):
        programs = (DEBIAN / "usr/sbin/rsyslogd", pathlib.Path("/usr/sbin/rsyslogd"))
        program = next((path for path in programs if path.exists()), None)
        folder = first_folder("usr/lib/*-linux-gnu/rsyslog")
        if not program or not folder:
            self.skipTest("rsyslogd is not at hand")
        for module in modules:
            if not (folder / f"{module}.so").exists():
                self.skipTest(f"rsyslog's {module} is not at hand")
        self.port = free_port()
        state = self.folder / "rsyslog"
        state.mkdir()
        path = self.folder / "rsyslog.conf"
        path.write_text(f'''global(workDirectory="{state}" maxMessageSize="64k" processInternalMessages="on")
{preamble}
module(load="imptcp")
input(type="imptcp" port="{self.port}" address="127.0.0.1" ruleset="out")
ruleset(name="out") {{
{action}
}}
action(type="omfile" file="{self.folder}/peer.txt")
''')
        self.background(str(program), "-n", "-M", str(folder), "-f", str(path), "-i", str(state / "pid"), env=with_libraries())
        self.connection = self.connect("rsyslogd")

    def log(self, first, last):
        for n in range(first, last):
            text = f'<142>1 {stamp(n)} web-{n % 5} shop 77 M{n} - order {n} "paid" \\ äö'.encode()
            self.connection.sendall(str(len(text)).encode() + b" " + text)

    def check_syslog(self, rows, count):
        self.check_numbers(rows, count, lambda row: int(row["log.syslog.msgid"][1:]))
        for row in rows:
            n = int(row["log.syslog.msgid"][1:])
            self.check_fields(row, message=f'order {n} "paid" \\ äö', host__name=f"web-{n % 5}", process__name="shop",
                              process__pid=77, log__syslog__severity__name="informational", log__syslog__facility__name="local1",
                              log__source__address="127.0.0.1", **{"@timestamp": stamp(n)})


class RsyslogElasticsearch(Rsyslog):
    PREAMBLE = '''module(load="omelasticsearch")
template(name="json" type="list") {
  constant(value="{\\"@timestamp\\":\\"") property(name="timereported" dateFormat="rfc3339")
  constant(value="\\",\\"host.name\\":\\"") property(name="hostname" format="json")
  constant(value="\\",\\"process.name\\":\\"") property(name="programname" format="json")
  constant(value="\\",\\"log.syslog.severity.name\\":\\"") property(name="syslogseverity-text")
  constant(value="\\",\\"message\\":\\"") property(name="msg" format="json")
  constant(value="\\"}")
}
template(name="id" type="string" string="%uuid%")'''
    ACTION = '''action(type="omelasticsearch" server="127.0.0.1" serverport="{port}" searchIndex="syslog" searchType=""
       template="json" bulkid="id" dynbulkid="on" bulkmode="on" retryfailures="on" action.resumeRetryCount="-1"
       action.resumeInterval="1" queue.type="LinkedList" queue.dequeueBatchSize="50")'''

    def check_documents(self, rows, count):
        self.check_numbers(rows, count, lambda row: int(row["message"].split()[1]))
        for row in rows:
            n = int(row["message"].split()[1])
            self.check_fields(row, message=f'order {n} "paid" \\ äö', host__name=f"web-{n % 5}", event__dataset="syslog",
                              process__name="shop", log__syslog__severity__name="info", **{"@timestamp": stamp(n)})
        self.assertEqual(len({row["_id"] for row in rows}), count)

    def test_a_thousand_messages(self):
        ports = self.serve("elasticsearch")
        self.start(self.ACTION.format(port=ports["elasticsearch"]), self.PREAMBLE, ["omelasticsearch"])
        self.log(0, 1000)
        self.check_documents(self.stored(1000), 1000)

    def test_a_killed_node_loses_and_doubles_nothing(self):
        ports = self.serve("elasticsearch")
        self.start(self.ACTION.format(port=ports["elasticsearch"]), self.PREAMBLE, ["omelasticsearch"])
        self.log(0, 500)
        self.node.wait_for("the first", lambda: self.node.count() > 0)
        self.log(500, 700)
        self.restart_after_kill()
        self.log(700, 1000)
        self.check_documents(self.stored(1000), 1000)


class RsyslogForward(Rsyslog):
    OMFWD = '''action(type="omfwd" target="127.0.0.1" port="{port}" protocol="tcp" TCP_Framing="octet-counted"
       template="RSYSLOG_SyslogProtocol23Format" action.resumeRetryCount="-1" action.resumeInterval="1"
       queue.type="LinkedList" {more})'''
    TLS = '''StreamDriver="{driver}" StreamDriverMode="1" StreamDriverAuthMode="x509/name"
       StreamDriverPermittedPeers="vedette.example"'''

    def test_tcp(self):
        ports = self.serve("syslog")
        self.start(self.OMFWD.format(port=ports["syslog.tcp"], more=""))
        self.log(0, 1000)
        self.check_syslog(self.stored(1000), 1000)

    def tls(self, driver, module, client=False, require=False):
        certificates(self.folder)
        ports = self.serve("syslog", syslog=server_tls(self.folder, require) + '    tls_listen: ["127.0.0.1:0"]\n')
        own = f''' DefaultNetstreamDriverCertFile="{self.folder}/web-1.pem"
  DefaultNetstreamDriverKeyFile="{self.folder}/web-1.key"''' if client else ""
        self.start(self.OMFWD.format(port=ports["syslog.tls"], more=self.TLS.format(driver=driver)),
                   f'global(DefaultNetstreamDriver="{driver}" DefaultNetstreamDriverCAFile="{self.folder}/ca.pem"{own})',
                   [module])

    def test_tls_of_gnutls(self):
        self.tls("gtls", "lmnsd_gtls")
        self.log(0, 1000)
        self.check_syslog(self.stored(1000), 1000)

    def test_tls_of_openssl(self):
        self.tls("ossl", "lmnsd_ossl", client=True)
        self.log(0, 1000)
        self.check_syslog(self.stored(1000), 1000)

    def test_mutual_tls(self):
        self.tls("ossl", "lmnsd_ossl", client=True, require=True)
        self.log(0, 100)
        rows = self.stored(100)
        self.check_syslog(rows, 100)
        self.assertEqual({row["tls.client.x509.subject.common_name"] for row in rows}, {"web-1"})

    def test_mutual_tls_refuses_a_client_without_a_certificate(self):
        self.tls("gtls", "lmnsd_gtls", require=True)
        self.log(0, 100)
        time.sleep(2)
        self.assertEqual(self.node.count(), 0)


class RsyslogRelp(Rsyslog):
    ACTION = '''action(type="omrelp" target="127.0.0.1" port="{port}" template="RSYSLOG_SyslogProtocol23Format" {more}
       windowSize="100" queue.type="LinkedList" action.resumeRetryCount="-1" action.resumeInterval="1")'''

    def test_a_thousand_messages(self):
        ports = self.serve("relp")
        self.start(self.ACTION.format(port=ports["relp"], more=""), 'module(load="omrelp")', ["omrelp"])
        self.log(0, 1000)
        self.check_syslog(self.stored(1000), 1000)

    def test_tls(self):
        certificates(self.folder)
        ports = self.serve("relp", relp=server_tls(self.folder, True))
        more = f'''tls="on" tls.caCert="{self.folder}/ca.pem" tls.myCert="{self.folder}/web-1.pem"
       tls.myPrivKey="{self.folder}/web-1.key" tls.authMode="name" tls.permittedPeer=["vedette.example"]'''
        self.start(self.ACTION.format(port=ports["relp"], more=more), 'module(load="omrelp")', ["omrelp"])
        self.log(0, 100)
        self.check_syslog(self.stored(100), 100)

    def test_a_killed_node_loses_nothing(self):
        """RELP delivers at least once: what was under way may come again."""
        ports = self.serve("relp")
        self.start(self.ACTION.format(port=ports["relp"], more=""), 'module(load="omrelp")', ["omrelp"])
        self.log(0, 500)
        self.node.wait_for("the first", lambda: self.node.count() > 0)
        self.log(500, 700)
        self.restart_after_kill()
        self.log(700, 1000)
        self.node.wait_for("all messages", lambda: len({row["log.syslog.msgid"] for row in self.node.rows()}) >= 1000)
        rows = self.node.rows()
        self.assertLessEqual(len(rows), 1100)
        self.check_syslog(list({row["log.syslog.msgid"]: row for row in rows}.values()), 1000)


class SyslogNg(Peer):
    def start(self, destination):
        modules = first_folder("usr/lib/syslog-ng/[0-9]*")
        if not (DEBIAN / "usr/sbin/syslog-ng").exists() or not modules:
            self.skipTest("syslog-ng is not unpacked")
        self.port = free_port()
        path = self.folder / "syslog-ng.conf"
        path.write_text(f'''@version: 3.35
@include "{DEBIAN}/usr/share/syslog-ng/include/scl/elasticsearch/*.conf"
options {{ time-reopen(1); keep-hostname(yes); frac-digits(6); flush-lines(100); }};
source s_in {{ syslog(ip("127.0.0.1") port({self.port}) transport("tcp") log-iw-size(2000)); }};
destination d_vedette {{ {destination} }};
log {{ source(s_in); destination(d_vedette); flags(flow-control); }};
''')
        self.background(str(DEBIAN / "usr/sbin/syslog-ng"), "-F", "-f", str(path), "-R", str(self.folder / "persist"),
                        "-c", str(self.folder / "control"), "-p", str(self.folder / "pid"), "--no-caps",
                        "--module-path", str(modules), "--stderr", env=with_libraries())
        connection = self.connect("syslog-ng")
        for n in range(500):
            text = f"<142>1 {stamp(n)} web-{n % 5} shop 77 M{n} - order {n}".encode()
            connection.sendall(str(len(text)).encode() + b" " + text)

    def test_bulk(self):
        ports = self.serve("elasticsearch")
        self.start(f'''elasticsearch-http(url("http://127.0.0.1:{ports["elasticsearch"]}/_bulk") index("syslog") type("")
  template("$(format-json --scope none @timestamp=${{ISODATE}} host.name=${{HOST}} message=${{MESSAGE}}
    process.name=${{PROGRAM}})"));''')
        rows = self.stored(500)
        self.check_numbers(rows, 500, lambda row: int(row["message"].split()[1]))
        for row in rows:
            n = int(row["message"].split()[1])
            self.check_fields(row, host__name=f"web-{n % 5}", process__name="shop", event__dataset="syslog",
                              **{"@timestamp": stamp(n)})

    def test_syslog_over_tls(self):
        certificates(self.folder)
        ports = self.serve("syslog", syslog=server_tls(self.folder) + '    tls_listen: ["127.0.0.1:0"]\n')
        self.start(f'''syslog("127.0.0.1" transport("tls") port({ports["syslog.tls"]})
  tls(ca-file("{self.folder}/ca.pem") peer-verify(required-trusted)));''')
        rows = self.stored(500)
        self.check_numbers(rows, 500, lambda row: int(row["log.syslog.msgid"][1:]))
        for row in rows:
            n = int(row["log.syslog.msgid"][1:])
            self.check_fields(row, message=f"order {n}", host__name=f"web-{n % 5}", process__name="shop", process__pid=77,
                              **{"@timestamp": stamp(n)})


class Logger(Peer):
    def test_udp_tcp_and_counted(self):
        if not shutil.which("logger"):
            self.skipTest("logger is not installed")
        ports = self.serve("syslog")
        ways = {"udp": ("udp", "-d", "--rfc5424"), "udp3164": ("udp", "-d", "--rfc3164"), "tcp": ("tcp", "-T", "--rfc5424"),
                "tcp3164": ("tcp", "-T", "--rfc3164"), "counted": ("tcp", "-T", "--octet-count", "--rfc5424"),
                "counted3164": ("tcp", "-T", "--octet-count", "--rfc3164")}
        for name, (transport, *options) in ways.items():
            lines = "".join(f"{name} {n}\n" for n in range(20))
            subprocess.run(["logger", "-n", "127.0.0.1", "-P", str(ports[f"syslog.{transport}"]), *options, "-t", "shop",
                            "-p", "local1.warning"], input=lines, text=True, check=True, timeout=10)
        rows = self.stored(20 * len(ways))
        self.assertEqual(sorted(row["message"] for row in rows), sorted(f"{name} {n}" for name in ways for n in range(20)))
        for row in rows:
            self.check_fields(row, host__name=socket.gethostname().split(".")[0], process__name="shop",
                              log__syslog__facility__name="local1", log__syslog__severity__name="warning")


class Npm(Peer):
    """Clients of npm, driven by peers/clients.js."""

    def run_client(self, client, **options):
        if not (PEERS / "npm/node_modules").exists() or not shutil.which("node"):
            self.skipTest("node or the packages of peers/package.json are not at hand")
        done = subprocess.run(["node", str(CLIENTS), client, json.dumps(options)], capture_output=True, text=True, timeout=60,
                              env={**os.environ, "PEERS_MODULES": str((PEERS / "npm").resolve()), "NODE_NO_WARNINGS": "1"})
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return json.loads(done.stdout.splitlines()[-1])

    def check_documents(self, rows, count, **fields):
        self.check_numbers(rows, count, lambda row: int(row["message"].split()[1]))
        for row in rows:
            n = int(row["message"].split()[1])
            self.check_fields(row, host__name="web-1", **fields, **{"@timestamp": f"2026-03-04T05:06:07.{89 + n:03}Z"})

    def bulk_client(self, client, prefix):
        ports = self.serve("elasticsearch")
        told = self.run_client(client, port=ports["elasticsearch"], count=500)
        self.assertEqual({**told, "id": ""}, {"pinged": True, "version": "8.17.0", "total": 500, "successful": 500, "failed": 0,
                                              "created": "created", "again": 409, "indexed": "created", "id": ""})
        rows = self.stored(502)
        self.check_documents(rows, 502, event__dataset="shop", service__name="shop", log__level="warning")
        ids = {row["n"]: row.get("_id") for row in rows}
        self.assertEqual({n: ids[n] for n in range(501)}, {**{n: f"{prefix}-{n}" for n in range(500)}, 500: f"{prefix}-one"})
        self.assertEqual(len(self.node.rows(f"_id: {told['id']}")), 1)

    def test_elasticsearch(self):
        self.bulk_client("elasticsearch", "es")

    def test_opensearch(self):
        self.bulk_client("opensearch", "os")

    def opentelemetry(self, listener, protocol, path=""):
        ports = self.serve(listener)
        told = self.run_client("opentelemetry", protocol=protocol, url=f"http://127.0.0.1:{ports[listener]}{path}", count=500)
        self.assertEqual(told, {"failed": 0})
        self.check_documents(self.stored(500), 500, service__name="shop", log__level="WARN", trace__id=TRACE_ID,
                             span__id=SPAN_ID, log__logger="checkout", user__name="ada", http__request__method="GET")

    def test_opentelemetry_http_json(self):
        self.opentelemetry("otlp_http", "http", "/v1/logs")

    def test_opentelemetry_http_protobuf(self):
        self.opentelemetry("otlp_http", "proto", "/v1/logs")

    def test_opentelemetry_grpc(self):
        self.opentelemetry("otlp_grpc", "grpc")

    def test_splunk_logging(self):
        ports = self.serve("splunk_hec", splunk_hec="    tokens: 0b3c1c2e-token\n")
        told = self.run_client("splunk", port=ports["splunk_hec"], count=500, token="0b3c1c2e-token")
        self.assertEqual(told["body"]["code"], 0, told)
        rows = self.stored(500)
        self.check_numbers(rows, 500, lambda row: row["message.n"])
        for row in rows:
            self.check_fields(row, host__name="web-1", event__dataset="orders", splunk__source="shop", severity="warning",
                              message__message=f"document {row['message.n']}",
                              **{"@timestamp": f"2026-03-04T05:06:07.{89 + row['message.n']:03}Z"})

    def test_splunk_logging_with_a_wrong_token(self):
        ports = self.serve("splunk_hec", splunk_hec="    tokens: 0b3c1c2e-token\n")
        told = self.run_client("splunk", port=ports["splunk_hec"], count=1, token="other")
        self.assertNotEqual((told["body"] or {}).get("code"), 0, told)
        self.assertEqual(self.node.count(), 0)

    def test_winston_syslog(self):
        ports = self.serve("syslog")
        for transport, kind in (("udp", "BSD"), ("udp", "5424"), ("tcp", "BSD"), ("tcp", "5424")):
            self.run_client("winston", port=ports[f"syslog.{transport}"], protocol=f"{transport}4", type=kind, count=50)
        rows = self.stored(200)
        self.assertEqual(sorted(row["message"] for row in rows), sorted(f"document {n}" for n in list(range(50)) * 4))
        for row in rows:
            self.check_fields(row, host__name="web-1", process__name="shop", log__syslog__facility__name="local1",
                              log__syslog__severity__name="warning")

    def fluent(self, key=None):
        ports = self.serve("fluent_forward", **({"fluent_forward": f"    shared_key: {key}\n"} if key else {}))
        for mode in ("Message", "Forward", "PackedForward", "CompressedPackedForward"):
            told = self.run_client("fluent", port=ports["fluent_forward"], count=200, mode=mode, key=key)
            self.assertEqual(told, {"sent": 200})
        rows = self.stored(800)
        self.assertEqual(sorted(row["n"] for row in rows), sorted(list(range(200)) * 4))
        for row in rows:
            self.check_fields(row, host__name="web-1", service__name="shop", fluent__tag="shop.orders", log__level="warning",
                              message=f"document {row['n']}", **{"@timestamp": f"2026-03-04T05:06:07.{89 + row['n']:03}Z"})

    def test_fluent_forward(self):
        self.fluent()

    def test_fluent_forward_with_a_shared_key(self):
        self.fluent("secret")

    def test_gelf_pro(self):
        ports = self.serve("gelf")
        for transport in ("udp", "tcp"):
            told = self.run_client("gelf_pro", port=ports[f"gelf.{transport}"], adapter=transport, count=100)
            self.assertEqual(told, {"failed": 0})
        rows = self.stored(200)
        self.assertEqual(sorted(row["n"] for row in rows), sorted(list(range(100)) * 2))
        for row in rows:
            self.check_fields(row, host__name="web-1", message=f"document {row['n']}", log__level="warning", service="shop",
                              **{"@timestamp": f"2026-03-04T05:06:07.{89 + row['n']:03}Z"})

    def test_graygelf_in_chunks(self):
        ports = self.serve("gelf")
        self.run_client("graygelf", port=ports["gelf.udp"], count=50)
        rows = self.stored(50)
        self.check_documents(rows, 50, log__level="warning")
        self.assertEqual({len(row["full_message"]) for row in rows}, {20000})


class SkipsByName(unittest.TextTestResult):
    def addSkip(self, test, reason):
        super().addSkip(test, reason)
        name = f"{type(test).__name__}_{test.id().rsplit('.', 1)[-1]}"
        print(f"\n[  SKIPPED ] PeersTest.{name} ({reason})", file=sys.stderr, flush=True)



if __name__ == "__main__":
    unittest.main(testRunner=unittest.TextTestRunner(resultclass=SkipsByName, verbosity=2))
