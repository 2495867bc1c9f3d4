"""Attacks on the API of a real node, each tried, and held."""
import base64
import gzip
import json
import pathlib
import socket
import statistics
import sys
import tempfile
import time
import zlib

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "serve"))
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from client import PASSWORD, PREFIX, Api, confirm, make_user, quoted, set_up, sign_in  # noqa: E402
from node import Node  # noqa: E402

RULE = """title: Attack test
id: 5f6d1a5e-1111-4222-8333-%012d
logsource: {category: test}
detection:
  s: {a: b}
  condition: s
level: low
"""


class Attacks:
    def __init__(self, node):
        self.node = node
        self.port = node.ports["operations"]
        self.admin = set_up(node)
        confirm(self.admin)
        make_user(self.admin, "eve", ["viewer"])
        make_user(self.admin, "ann", ["analyst"])

    # Sessions.
    def session_fixation_and_reuse(self):
        chosen = "vds_" + "A" * 43
        answer = Api(self.port).call("POST", "/session", {"name": "ann", "password": PASSWORD, "token": True},
                                     headers={"Cookie": f"__Host-vedette={chosen}; vedette_session={chosen}"})
        assert answer.status in (200, 400, 401), answer
        assert chosen.encode() not in answer.body
        assert Api(self.port, token=chosen).call("GET", "/session").status == 401
        ann = sign_in(self.port, "ann")
        before = ann.token
        ann.get("/session")
        confirm(ann)
        assert ann.token != before, "the token is not rotated by a confirmation"
        assert Api(self.port, token=before).call("GET", "/session").status == 401, "the old token still works"
        ann.expect(204, "DELETE", "/session")
        assert ann.call("GET", "/session").status == 401, "a session lives on after it was signed out"

    def revocation_holds_at_once(self):
        make_user(self.admin, "gone", ["analyst"])
        gone = sign_in(self.port, "gone")
        user = gone.get("/session")["user"]["id"]
        record = self.admin.expect(200, "GET", f"/users/{user}")
        self.admin.expect(200, "PATCH", f"/users/{user}", {"locked": True}, headers={"If-Match": record.header("ETag")})
        assert gone.call("GET", "/session").status == 401
        assert Api(self.port).call("POST", "/session", {"name": "gone", "password": PASSWORD}).status == 401

    def cross_site_requests(self):
        ann = sign_in(self.port, "ann", by_cookie=True)
        cookie = {"Cookie": ann.cookie, "Content-Type": "application/json"}
        body = json.dumps({"name": "csrf", "query": "*"})
        own = f"http://127.0.0.1:{self.port}"
        cases = [("no token", {}), ("wrong token", {"X-CSRF-Token": "A" * 43, "Origin": own}),
                 ("foreign origin", {"X-CSRF-Token": ann.csrf, "Origin": "https://evil.example"}),
                 ("null origin", {"X-CSRF-Token": ann.csrf, "Origin": "null"}),
                 ("cross-site fetch", {"X-CSRF-Token": ann.csrf, "Sec-Fetch-Site": "cross-site"}),
                 ("look-alike origin", {"X-CSRF-Token": ann.csrf, "Origin": own + ".evil.example"})]
        for name, headers in cases:
            answer = Api(self.port).raw("POST", PREFIX + "/saved-searches", body, {**cookie, **headers})
            assert answer.status == 403, f"{name}: {answer!r}"
        for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"):
            answer = Api(self.port).raw("POST", PREFIX + "/saved-searches", body,
                                        {"Cookie": ann.cookie, "Content-Type": kind, "Origin": own})
            assert answer.status in (403, 415), f"{kind}: {answer!r}"
        assert ann.call("POST", "/saved-searches", {"name": "csrf", "query": "*"}).status == 201
        # No page of another origin may read an answer.
        answer = Api(self.port).raw("OPTIONS", PREFIX + "/alerts", headers={"Origin": "https://evil.example",
                                                                           "Access-Control-Request-Method": "GET"})
        assert answer.header("Access-Control-Allow-Origin") is None
        for path in ("/session", "/alerts"):
            assert ann.call("GET", path, headers={"Origin": "https://evil.example"}).header(
                "Access-Control-Allow-Origin") is None

    def cookies_are_locked(self):
        answer = Api(self.port).expect(200, "POST", "/session", {"name": "ann", "password": PASSWORD})
        cookie = answer.header("Set-Cookie")
        assert "HttpOnly" in cookie and "SameSite=Strict" in cookie and "Path=/" in cookie and "Domain" not in cookie
        assert "token" not in answer.json, "the token is where scripts of a page can read it"

    # Giving oneself more.
    def mass_assignment(self):
        eve = sign_in(self.port, "eve")
        me = eve.get("/session")["user"]
        for body in ({"roles": ["administrator"]}, {"display_name": "x", "roles": ["administrator"]},
                     {"tenant": "other"}, {"id": "x"}, {"version": 1}, {"password_hash": "x"}):
            answer = eve.call("PATCH", f"/users/{me['id']}", body, headers={"If-Match": '"1"'})
            assert answer.status in (403, 404, 422), f"{body}: {answer!r}"
        assert eve.get("/session")["user"]["roles"] == ["viewer"]
        for body in ({"name": "x", "query": "*", "owner": "root"}, {"name": "x", "query": "*", "tenant": "other"}):
            assert self.admin.call("POST", "/saved-searches", body).status == 422

    def escalation_through_roles_and_keys(self):
        helpdesk = self.admin.expect(201, "POST", "/roles", {
            "name": "Help desk", "permissions": ["users.read", "users.write", "keys.own"]}).json["id"]
        make_user(self.admin, "desk", [helpdesk])
        desk = confirm(sign_in(self.port, "desk"))
        answer = desk.call("POST", "/users", {"name": "mole", "password": PASSWORD, "roles": ["administrator"]})
        assert answer.status == 403, answer
        me = desk.get("/session")["user"]["id"]
        record = desk.expect(200, "GET", f"/users/{me}")
        answer = desk.call("PATCH", f"/users/{me}", {"roles": [helpdesk, "administrator"]},
                           headers={"If-Match": record.header("ETag")})
        assert answer.status == 403, answer
        root = self.admin.get("/session")["user"]["id"]
        answer = desk.call("POST", f"/users/{root}/reset")
        assert answer.status == 403, f"help desk may take over the administrator: {answer!r}"
        assert desk.call("POST", "/roles", {"name": "r", "permissions": ["settings.write"]}).status == 403
        for permissions in (["settings.write"], ["users.write", "audit.read"]):
            answer = desk.call("POST", "/keys", {"name": "k", "permissions": permissions, "expires": "2026-12-20T00:00:00Z"})
            assert answer.status in (403, 422), answer
        made = desk.expect(201, "POST", "/keys", {"name": "k", "permissions": ["users.read"],
                                                  "expires": "2026-12-20T00:00:00Z"}).json
        key = Api(self.port, token=made["token"])
        key.get("/users")
        assert key.call("POST", "/keys", {"name": "k2", "permissions": ["users.read", "users.write"],
                                          "expires": "2026-12-20T00:00:00Z"}).status == 403
        assert key.call("POST", "/users", {"name": "y", "password": PASSWORD, "roles": []}).status == 403

    def the_last_administrator_stays(self):
        root = self.admin.get("/session")["user"]["id"]
        record = self.admin.expect(200, "GET", f"/users/{root}")
        match = {"If-Match": record.header("ETag")}
        assert self.admin.call("PATCH", f"/users/{root}", {"roles": ["viewer"]}, headers=match).status in (403, 409)
        assert self.admin.call("PATCH", f"/users/{root}", {"locked": True}, headers=match).status in (403, 409)
        assert self.admin.call("DELETE", f"/users/{root}", headers=match).status in (403, 409)

    # Guessing.
    def user_enumeration_and_brute_force(self):
        def attempt(name):
            begin = time.perf_counter()
            answer = Api(self.port).call("POST", "/session", {"name": name, "password": "wrong horse battery"})
            return time.perf_counter() - begin, answer
        known, unknown = [], []
        for i in range(4):
            taken, right = attempt(f"enum{i}") if i else attempt("eve")
            known.append(taken)
            taken, wrong = attempt(f"nobody{i}")
            unknown.append(taken)
            if right.status == wrong.status == 401:
                assert right.json["detail"] == wrong.json["detail"]
        print(f"  a wrong password: {statistics.median(known) * 1e3:.0f} ms, an unknown name: "
              f"{statistics.median(unknown) * 1e3:.0f} ms")
        statuses = [attempt("ann")[1].status for _ in range(12)]
        assert 429 in statuses, f"guessing goes on unhindered: {statuses}"
        assert set(statuses) <= {401, 429}, statuses
        slow = attempt("ann")[1]
        assert slow.status == 429 and int(slow.header("Retry-After")) > 0

    # What a query must not do.
    def row_filters_hold(self):
        events = [{"@timestamp": "2026-03-01T10:00:00Z", "event": {"dataset": "hr.payroll" if i % 2 else "web.access"},
                   "message": f"secret{i}" if i % 2 else f"open{i}", "user": {"name": f"u{i}"}} for i in range(40)]
        status, answer = self.node.bulk(events)
        assert status == 200 and not answer["errors"]
        self.node.wait_for("events", lambda: self.node.count("message:*") >= 40)
        role = self.admin.expect(201, "POST", "/roles", {
            "name": "Web only", "permissions": ["events.read", "events.export", "alerts.read"],
            "datasets": ["web.*"], "filter": "not user.name:u0", "masked_fields": ["user.*"]}).json["id"]
        make_user(self.admin, "web", [role])
        web = sign_in(self.port, "web")
        span = {"from": "2026-01-01T00:00:00Z", "to": "2026-12-01T00:00:00Z"}
        queries = ["*", "message:*", "* or event.dataset:hr.payroll", "not message:nothing", "event.dataset:hr.payroll",
                   "*) or (*", "message:secret*", "* | stats n = count() by event.dataset",
                   "* | eval d = event.dataset | keep d, message", "* | top event.dataset", "user.name:u1", "\"secret1\"",
                   "*:secret*", "not (not message:secret1)", "* | sort user.name | limit 50",
                   "* | stats v = values(user.name), n = count()", "_id:*", "vedette.tenant:*", "not vedette.tenant:*"]
        for query in queries:
            answer = web.call("POST", "/search", {"query": query, **span, "limit": 1000})
            assert answer.status in (200, 422), f"{query}: {answer!r}"
            for hidden in (b"secret", b"hr.payroll", b'"u2"', b"open0"):
                shown = answer.body.replace(query.encode(), b"")
                assert answer.status == 422 or hidden not in shown, f"{query} shows {hidden}: {answer!r}"
        count = web.expect(200, "POST", "/search", {"query": "* | stats n = count()", **span}).json
        assert "19" in json.dumps(count["rows"]), count
        for path, body in (("/facets", {"query": "*", "fields": ["event.dataset", "message", "user.name"], **span}),
                           ("/values", {"field": "message", "prefix": "sec", **span}),
                           ("/values", {"field": "user.name", "prefix": "", **span}),
                           ("/histogram", {"query": "*", "buckets": 10, "by": "event.dataset", **span}),
                           ("/fields", span), ("/search/export", {"query": "*", "format": "csv", **span})):
            answer = web.call("POST", path, body)
            assert answer.status == 200, f"{path}: {answer!r}"
            for hidden in (b"secret", b"hr.payroll", b'"u2"', b"open0"):
                assert hidden not in answer.body, f"{path} shows {hidden}: {answer!r}"
        # An event that is hidden answers as one that is not there.
        hidden = self.admin.expect(200, "POST", "/search", {"query": "message:secret1", **span, "columns": ["_id", "message"]}).json
        identity = next(value for row in hidden["rows"] for value in row if isinstance(value, str) and value != "secret1")
        there, nowhere = web.call("GET", f"/events/{quoted(identity)}"), web.call("GET", "/events/nothing")
        assert (there.status, there.json["detail"]) == (nowhere.status, nowhere.json["detail"]) == (404, nowhere.json["detail"])

    def queries_are_bounded(self):
        for query in ("(" * 5000 + "a" + ")" * 5000, "a:" + "*" * 50_000, "not " * 3000 + "a", "a:/(a+)+$/ " * 50,
                      "x" * 300_000, "* | eval a = " + "1+" * 5000 + "1", "* | lookup /etc/passwd", "* | lookup ../../etc/passwd"):
            begin = time.perf_counter()
            answer = self.admin.call("POST", "/search", {"query": query, "from": "2026-01-01T00:00:00Z", "to": "2026-12-01T00:00:00Z"})
            assert answer.status in (200, 413, 422), f"{query[:40]}: {answer!r}"
            assert b"root:" not in answer.body and time.perf_counter() - begin < 30

    # Rules and names.
    def rules_are_data(self):
        bomb = "a: &a [x,x,x,x,x,x,x,x]\n" + "".join(
            f"{chr(98 + i)}: &{chr(98 + i)} [{','.join(['*' + chr(97 + i)] * 8)}]\n" for i in range(9))
        for yaml in (bomb, "!!python/object/apply:os.system ['id']", "&a [*a]", "a: " * 4000, "{" * 3000, "x" * 5_000_000,
                     RULE % 1 + "\nfile: ../../../etc/passwd\n"):
            answer = self.admin.call("POST", "/rules/lint", {"yaml": yaml})
            assert answer.status in (200, 413, 422), f"{yaml[:40]!r}: {answer!r}"
        for name in ("../../etc/passwd", "..%2f..%2fetc%2fpasswd", "%2e%2e/%2e%2e/etc/passwd", "/etc/passwd", "a\x00b", "con"):
            for path in (f"/rules/{quoted(name)}", f"/rules/{name}", f"/events/{quoted(name)}", f"/jobs/{quoted(name)}"):
                try:
                    answer = self.admin.call("GET", path)
                except Exception:  # the client itself refuses to send it
                    continue
                assert answer.status in (400, 404, 405, 422), f"{path}: {answer!r}"
                assert b"root:" not in answer.body
        answer = self.admin.raw("POST", PREFIX + "/rules/lint", b"<!DOCTYPE a [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><a>&x;</a>",
                                {"Content-Type": "application/xml", "Authorization": "Bearer " + self.admin.token})
        assert answer.status == 415, answer

    # Bytes.
    def bombs_and_oversized_bodies(self):
        headers = {"Content-Type": "application/json", "Authorization": "Bearer " + self.admin.token}
        cases = [(b"[" * 2_000_000, {}), (b'{"a":' * 100_000, {}), (gzip.compress(b"0" * 400_000_000, 1), {"Content-Encoding": "gzip"}),
                 (zlib.compress(b" " * 300_000_000, 1), {"Content-Encoding": "deflate"}), (b"x" * 20_000_000, {})]
        for body, more in cases:
            try:
                answer = self.admin.raw("POST", PREFIX + "/search", body, {**headers, **more})
            except (BrokenPipeError, ConnectionResetError):
                continue  # closed before all of it was sent
            assert answer.status in (400, 413, 422), answer
        announced = self.speak(f"POST {PREFIX}/search HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999\r\n\r\n")
        assert b" 413 " in announced or b" 400 " in announced or b" 401 " in announced, announced[:200]
        # Nobody who is not signed in makes the node read a body.
        answer = self.speak(f"POST {PREFIX}/search HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
                            "Content-Length: 1000000\r\n\r\n")
        assert b" 401 " in answer[:20], answer[:200]

    def speak(self, text, wait=5.0):
        with socket.create_connection(("127.0.0.1", self.port), timeout=wait) as link:
            link.sendall(text if isinstance(text, bytes) else text.encode())
            out = b""
            try:
                while chunk := link.recv(65536):
                    out += chunk
                    if b"\r\n\r\n" in out and len(out) > 200:
                        break
            except TimeoutError:
                pass
            return out

    def request_smuggling(self):
        inner = f"GET {PREFIX}/session HTTP/1.1\r\nHost: x\r\n\r\n"
        heads = ["Content-Length: 4\r\nTransfer-Encoding: chunked\r\n", "Content-Length: 0\r\nContent-Length: 44\r\n",
                 "Transfer-Encoding: chunked, identity\r\n", "Transfer-Encoding : chunked\r\n", "Transfer-Encoding: xchunked\r\n",
                 "Content-Length: +5\r\n", "Content-Length: 0x5\r\n", "X: y\r\n Transfer-Encoding: chunked\r\n"]
        for head in heads:
            answer = self.speak(f"POST {PREFIX}/session HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n{head}\r\n"
                                f"0\r\n\r\n{inner}")
            assert answer.count(b"HTTP/1.1 ") == 1 and answer[9:12] in (b"400", b"411", b"413", b"415", b"501"), f"{head!r}: {answer[:300]}"

    def header_and_log_injection(self):
        for headers in ({"X-Request-Id": "a\tb"}, {"User-Agent": "x\"} {\"level\":\"fake"}, {"If-Match": '"1" \x7f'},
                        {"Idempotency-Key": "k" * 5000}, {"Accept-Language": "x" * 20_000}):
            answer = self.admin.call("GET", "/session", headers=headers)
            assert answer.status in (200, 400, 422, 431), f"{headers}: {answer!r}"
        Api(self.port).call("POST", "/session", {"name": 'x\n{"log.level":"fake"}\u001b[31m', "password": "y" * 20})
        for line in self.node.log_text().splitlines():
            assert not line.startswith('{"log.level":"fake"'), line
            assert "\x1b[31m" not in line, line
        assert PASSWORD not in self.node.log_text()

    def caches_and_frames(self):
        for path in (PREFIX + "/session", PREFIX + "/alerts", PREFIX + "/nowhere", PREFIX + "/openapi.json"):
            answer = self.admin.raw("GET", path, headers={"Authorization": "Bearer " + self.admin.token,
                                                          "X-Forwarded-Host": "evil.example", "Host": "evil.example"})
            assert b"evil.example" not in answer.body and "evil.example" not in str(answer.headers), answer
            assert "no-store" in (answer.header("Cache-Control") or "") or path.endswith("openapi.json"), (path, answer.headers)
            assert answer.header("X-Content-Type-Options") == "nosniff"
            assert "frame-ancestors 'none'" in answer.header("Content-Security-Policy")

    def tokens_of_other_kinds(self):
        head = base64.urlsafe_b64encode(b'{"alg":"none"}').decode().rstrip("=")
        body = base64.urlsafe_b64encode(b'{"sub":"root","roles":["administrator"]}').decode().rstrip("=")
        for token in (f"{head}.{body}.", "vdk_root_" + "A" * 43, "vds_", "vdk__", "null", "Bearer", "vds_" + "A" * 10_000):
            answer = Api(self.port, token=token).call("GET", "/session")
            assert answer.status in (400, 401, 431), f"{token[:30]}: {answer!r}"
        basic = base64.b64encode(f"root:{PASSWORD}".encode()).decode()
        assert Api(self.port).call("GET", "/session", headers={"Authorization": "Basic " + basic}).status == 401
        both = Api(self.port, token=self.admin.token).call("GET", "/session", headers={"Cookie": "vedette_session=vds_x"})
        assert both.status in (400, 401), both

    def slow_bodies(self):
        links = []
        for _ in range(30):
            link = socket.create_connection(("127.0.0.1", self.port), timeout=5)
            link.sendall(f"POST {PREFIX}/session HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
                         "Content-Length: 50\r\n\r\n{".encode())
            links.append(link)
        self.admin.get("/session")
        for link in links:
            link.close()

    def audit_tells_of_it(self):
        actions = {entry["outcome"] for entry in self.admin.items("/audit", limit=1000)}
        assert "denied" in actions and "success" in actions, actions
        verdict = self.admin.call("POST", "/audit/verify", {})
        assert verdict.status == 200 and not verdict.json["faults"], verdict


def main(vedette, chosen):
    names = [name for name, value in vars(Attacks).items() if callable(value) and name not in ("__init__", "speak")]
    with tempfile.TemporaryDirectory() as folder:
        node = Node(vedette, folder)
        failed = []
        try:
            attacks = Attacks(node)
            for name in names:
                if chosen and chosen not in name:
                    continue
                try:
                    getattr(attacks, name)()
                    print(f"held  {name}")
                except Exception as error:  # every attack is tried
                    failed.append(name)
                    print(f"FAILED {name}: {type(error).__name__}: {str(error)[:1000]}")
            assert node.process.poll() is None, "the node ended"
            node.stop()
        finally:
            node.kill()
    assert not failed, failed


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else "")
