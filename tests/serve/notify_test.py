"""Incidents are told to a mail server and to a web hook, which are real ones of this machine; what fails comes again."""
import email
import email.policy
import hashlib
import hmac
import http.server
import json
import pathlib
import socketserver
import subprocess
import sys
import tempfile
import threading
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "api"))
from client import set_up  # noqa: E402
from node import Node  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
VEDETTE = sys.argv[1]
KEY = "the key of the hook"


class MailServer(socketserver.ThreadingTCPServer):
    """As much of SMTP (RFC 5321) as a client needs that sends a mail without a password."""
    allow_reuse_address = True

    class Session(socketserver.StreamRequestHandler):
        def handle(self):
            def say(text):
                self.wfile.write(text.encode() + b"\r\n")
            say("220 mail.test ESMTP")
            to = []
            for raw in self.rfile:
                line = raw.decode().strip()
                verb = line.split(" ")[0].upper()
                if verb == "EHLO":
                    say("250-mail.test")
                    say("250 8BITMIME")
                elif verb == "RCPT":
                    to.append(line)
                    say("250 OK")
                elif verb == "DATA":
                    say("354 go on")
                    lines = []
                    for part in self.rfile:
                        if part == b".\r\n":
                            break
                        lines.append(part)
                    self.server.mails.append((list(to), b"".join(lines).decode()))
                    say("250 OK")
                elif verb == "QUIT":
                    say("221 bye")
                    return
                else:
                    say("250 OK")

    def __init__(self):
        super().__init__(("127.0.0.1", 0), self.Session)
        self.mails = []


class Hook(http.server.ThreadingHTTPServer):
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            self.server.calls.append((dict(self.headers), body))
            refuse = len(self.server.calls) <= self.server.refusals
            self.send_response(503 if refuse else 204)
            if refuse:
                self.send_header("Retry-After", "1")
            self.end_headers()

        def log_message(self, *_):
            pass

    def __init__(self, refusals):
        super().__init__(("127.0.0.1", 0), self.Handler)
        self.refusals, self.calls = refusals, []


class Notifications(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)

    def serve(self, server):
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        return server

    def test_an_incident_is_told_by_mail_and_web_hook(self):
        mail, hook = self.serve(MailServer()), self.serve(Hook(refusals=1))
        node = Node(VEDETTE, self.folder.name)
        self.addCleanup(node.kill)
        api = set_up(node, "ada")
        channels = [
            {"name": "Mail", "kind": "email", "host": "127.0.0.1", "port": mail.server_address[1], "security": "none",
             "from": "soc@vedette.test", "to": ["ada@vedette.test"], "allow_private": True},
            {"name": "Hook", "kind": "webhook", "url": f"http://127.0.0.1:{hook.server_address[1]}/soc", "key": KEY,
             "allow_private": True}]
        ids = [api.expect(201, "POST", "/notifications/channels", channel).json["id"] for channel in channels]
        api.expect(201, "POST", "/notifications/rules",
                   {"name": "New ones", "on": ["opened"], "channels": ids, "least_severity": "high"})
        self.assertNotIn(KEY, json.dumps(api.get("/notifications/channels")))
        node.stop()
        subprocess.run([VEDETTE, "ingest", str(ROOT / "content" / "samples" / "attack"), "--data", str(node.data)],
                       check=True, capture_output=True, timeout=120)
        node.start()
        api.port = node.ports["operations"]
        node.wait_for("the mail", lambda: mail.mails)
        node.wait_for("the second call of the hook", lambda: len(hook.calls) >= 2, 60)
        incident = api.items("/incidents")[0]
        (to, text), = mail.mails
        self.assertIn("ada@vedette.test", to[0])
        message = email.message_from_string(text, policy=email.policy.default)
        self.assertIn("Incident opened (critical)", message["Subject"])
        for kind in ("plain", "html"):
            self.assertIn(incident["id"], message.get_body((kind,)).get_content())
        headers, body = hook.calls[1]
        self.assertEqual(headers["Idempotency-Key"], hook.calls[0][0]["Idempotency-Key"])
        self.assertIn(incident["id"], body.decode())
        signature = dict(part.split("=", 1) for part in headers["X-Vedette-Signature"].split(","))
        wanted = hmac.new(KEY.encode(), signature["t"].encode() + b"." + body, hashlib.sha256).hexdigest()
        self.assertEqual(signature["v1"], wanted)
        node.wait_for("both to be shown as sent", lambda: [
            delivery["state"] for delivery in api.items("/notifications/deliveries")] == ["sent", "sent"])
        node.stop()


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
