"""Plays the REST API of a node for tests of its clients: users, keys, roles, rules, alerts, searches in memory."""
import http.server
import json
import pathlib
import re
import ssl
import subprocess
import threading
import urllib.parse

API = "/api/v1"


def make_certificate(folder, name="server"):
    """A self-signed certificate for localhost, and the pin of its key."""
    folder = pathlib.Path(folder)
    certificate, key = folder / f"{name}.pem", folder / f"{name}.key"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                    "-keyout", key, "-out", certificate, "-days", "2", "-subj", "/CN=localhost",
                    "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"], check=True, capture_output=True)
    public = subprocess.run(["openssl", "x509", "-in", certificate, "-pubkey", "-noout"], check=True,
                            capture_output=True).stdout
    der = subprocess.run(["openssl", "pkey", "-pubin", "-outform", "der"], input=public, check=True,
                         capture_output=True).stdout
    digest = subprocess.run(["openssl", "dgst", "-sha256", "-binary"], input=der, check=True, capture_output=True).stdout
    encoded = subprocess.run(["openssl", "base64", "-A"], input=digest, check=True, capture_output=True).stdout.decode()
    return certificate, key, "sha256//" + encoded


class Problem(Exception):
    def __init__(self, status, slug, detail, errors=(), headers=None):
        self.status, self.slug, self.detail = status, slug, detail
        self.errors, self.headers = list(errors), headers or {}


class ApiDouble:
    """State that tests set and look at. A handler is found by method and path."""

    def __init__(self, certificate=None, key=None):
        self.requests = []  # (method, path, headers, body)
        self.password, self.code = "correct horse battery", None
        self.tokens = {"vdk_good": "key", "vds_old": "session"}
        self.confirmed = True
        self.users = {f"u{i}": {"id": f"u{i}", "name": name, "roles": ["analyst"], "locked": False, "version": 1,
                                "has_totp": i == 1, "must_change_password": False, "last_sign_in": None}
                      for i, name in enumerate(["ada", "bob", "eve\x1b[31m"], 1)}
        self.roles = {"analyst": {"id": "analyst", "name": "analyst", "description": "looks", "built_in": True,
                                  "permissions": ["events.read", "alerts.read"], "datasets": [], "filter": "",
                                  "masked_fields": [], "second_factor": False, "version": 1}}
        self.keys = {}
        self.rules = {}
        self.rule_judge = lambda yaml, event: "evil" in json.dumps(event)
        self.back_test_alerts = 3
        self.jobs = {}
        self.alerts = {}
        self.search_lines = None
        self.search_problem = None
        self.busy = 0  # answers with 429 so many times
        self.page = 2
        double = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_):
                pass

            def answer(self):
                double.serve(self)

            do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = answer

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        scheme = "http"
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate, key)
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True, do_handshake_on_connect=False)
            scheme = "https"
        self.server.handle_error = lambda *_: None
        self.url = f"{scheme}://localhost:{self.server.server_address[1]}"
        threading.Thread(target=lambda: self.server.serve_forever(0.02), daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()

    def asked(self, method, path):
        return [body for m, p, _, body in self.requests if m == method and p.split("?")[0] == API + path]

    def serve(self, request):
        size = int(request.headers.get("Content-Length") or 0)
        text = request.rfile.read(size).decode()
        body = json.loads(text) if text else None
        self.requests.append((request.command, request.path, dict(request.headers), body))
        try:
            status, answer, headers = self.route(request, body)
        except Problem as problem:
            status, headers = problem.status, {"Content-Type": "application/problem+json", **problem.headers}
            answer = {"type": "urn:vedette:problem:" + problem.slug, "title": "x", "status": status,
                      "detail": problem.detail, "errors": problem.errors}
        data = b"" if answer is None else answer if isinstance(answer, bytes) else json.dumps(answer).encode()
        request.send_response(status)
        for name, value in headers.items():
            request.send_header(name, value)
        request.send_header("Content-Length", str(len(data)))
        request.end_headers()
        request.wfile.write(data)

    def route(self, request, body):
        url = urllib.parse.urlsplit(request.path)
        query = dict(urllib.parse.parse_qsl(url.query))
        if not url.path.startswith(API):
            raise Problem(404, "not-found", "nothing here")
        path = urllib.parse.unquote(url.path[len(API):])
        if self.busy > 0:
            self.busy -= 1
            raise Problem(429, "too-often", "slower", headers={"Retry-After": "0"})
        if (request.command, path) == ("POST", "/session"):
            return self.sign_in(body)
        token = (request.headers.get("Authorization") or "").removeprefix("Bearer ")
        if token not in self.tokens:
            raise Problem(401, "unauthenticated", "Sign in first.")
        for method, pattern, function in ROUTES:
            match = re.fullmatch(pattern, path)
            if method == request.command and match:
                self.token, self.if_match = token, (request.headers.get("If-Match") or "").strip('"')
                return function(self, query, body, *match.groups())
        raise Problem(404, "not-found", f"There is no {path}.")

    # --- session ---

    def account(self):
        return {"user": {"id": "u1", "name": "ada"}, "kind": "user", "roles": ["administrator"],
                "permissions": ["events.read", "rules.write"], "scope": {"tenant": "main"},
                "must_change_password": False, "must_enrol_totp": False, "csrf_token": "c5rf"}

    def sign_in(self, body):
        if body["password"] != self.password:
            raise Problem(401, "credentials", "The name or the password is wrong.")
        if self.code and body.get("code") != self.code:
            raise Problem(401, "second-factor", "A code is needed.")
        assert body["token"] is True
        self.tokens["vds_new"] = "session"
        return 200, {**self.account(), "token": "vds_new", "expires": "2026-12-01T10:00:00Z"}, {}

    def get_session(self, query, body):
        kind = self.tokens[self.token]
        return 200, {**self.account(), "kind": "key" if kind == "key" else "user",
                     "expires": None if kind == "key" else "2026-12-01T10:00:00Z"}, {}

    def sign_out(self, query, body):
        del self.tokens[self.token]
        return 204, None, {}

    def confirm(self, query, body):
        if body["password"] != self.password:
            raise Problem(401, "credentials", "The password is wrong.")
        self.confirmed = True
        del self.tokens[self.token]
        self.tokens["vds_rotated"] = "session"
        return 200, {**self.account(), "token": "vds_rotated", "expires": "2026-12-02T10:00:00Z"}, {}

    # --- lists and things ---

    def listed(self, items, query):
        items = list(items)
        start = int(query.get("after") or 0)
        end = start + min(self.page, int(query["limit"]))
        return 200, {"items": items[start:end], "next": str(end) if end < len(items) else None}, {}

    def whole(self, items, query, *allowed):
        if set(query) - set(allowed):
            raise Problem(422, "invalid", "There is no such parameter.")
        return 200, {"items": list(items), "next": None}, {}

    def thing(self, things, id):
        if id not in things:
            raise Problem(404, "not-found", "There is no such thing, or it is not to be seen by you.")
        return things[id]

    def check_version(self, thing):
        if not self.if_match:
            raise Problem(428, "if-match-required", "Send If-Match.")
        if self.if_match != str(thing["version"]):
            raise Problem(412, "changed", "It was changed since it was read.")

    def got(self, thing, status=200):
        return status, thing, {"ETag": f'"{thing["version"]}"'}

    def step_up(self):
        if not self.confirmed:
            raise Problem(403, "step-up", "Confirm it is you first.")

    def add_user(self, query, body):
        if body["name"] in [user["name"] for user in self.users.values()]:
            raise Problem(422, "invalid", "The body is not as it should be.",
                          [{"pointer": "/name", "message": "the name is taken\x1b[2J"}])
        user = {"id": f"u{len(self.users) + 1}", "locked": False, "version": 1, **body}
        self.users[user["id"]] = user
        return self.got(user, 201)

    def change_user(self, query, body, id):
        user = self.thing(self.users, id)
        self.check_version(user)
        user.update(body, version=user["version"] + 1)
        return self.got(user)

    def remove_user(self, query, body, id):
        self.step_up()
        self.thing(self.users, id)
        del self.users[id]
        return 204, None, {}

    def add_role(self, query, body):
        role = {"id": f"r{len(self.roles)}", "built_in": False, "version": 1, **body}
        self.roles[role["id"]] = role
        return self.got(role, 201)

    def put_role(self, query, body, id):
        role = self.thing(self.roles, id)
        self.check_version(role)
        role.update(body, version=role["version"] + 1)
        return self.got(role)

    def remove_role(self, query, body, id):
        self.thing(self.roles, id)
        del self.roles[id]
        return 204, None, {}

    def add_key(self, query, body):
        key = {"id": f"k{len(self.keys) + 1}", "prefix": "vdk_ab", "owner_name": "ada", "last_used": None, **body}
        self.keys[key["id"]] = key
        return 201, {"key": key, "token": "vdk_secret_of_" + body["name"]}, {}

    def remove_key(self, query, body, id):
        self.thing(self.keys, id)
        del self.keys[id]
        return 204, None, {}

    # --- rules ---

    def rule_of(self, yaml):
        id = re.search(r"^id: (.*)$", yaml, re.M)
        return {"id": id.group(1), "title": re.search(r"^title: (.*)$", yaml, re.M).group(1), "origin": "book",
                "level": "high", "status": "test", "state": "draft", "version": 1, "yaml": yaml, "hits": 4, "alerts": 2}

    def lint(self, query, body):
        bad = "broken" in body["yaml"]
        found = [{"severity": "error", "line": 3, "column": 5, "code": "x", "message": "no such modifier", "help": None}]
        if "careless" in body["yaml"]:
            found = [{"severity": "warning", "line": 1, "column": 1, "code": "y", "message": "no author",
                      "help": "name one"}]
        return 200, {"ok": not bad, "diagnostics": found if bad or "careless" in body["yaml"] else []}, {}

    def test(self, query, body):
        results = [{"matched": self.rule_judge(body["yaml"], event), "alerts": []} for event in body["events"]]
        return 200, {"results": results}, {}

    def start_back_test(self, query, body):
        id = f"j{len(self.jobs) + 1}"
        self.jobs[id] = {"id": id, "state": "queued", "message": "", "progress": 0}
        return 202, self.jobs[id], {"Location": f"{API}/jobs/{id}"}

    def get_job(self, query, body, id):
        job = self.thing(self.jobs, id)
        shown = dict(job)
        job["state"] = {"queued": "running", "running": "succeeded"}.get(job["state"], job["state"])
        if job["state"] == "succeeded":
            job["result"] = {"events": 1000, "alerts": self.back_test_alerts}
        return 200, shown, {}

    def add_rule(self, query, body):
        rule = self.rule_of(body["yaml"])
        rule["message"] = body.get("message")
        self.rules[rule["id"]] = rule
        return self.got(rule, 201)

    def put_rule(self, query, body, id):
        rule = self.thing(self.rules, id)
        self.check_version(rule)
        rule.update(yaml=body["yaml"], version=rule["version"] + 1, message=body.get("message"))
        return self.got(rule)

    def activate(self, query, body, id):
        rule = self.thing(self.rules, id)
        self.check_version(rule)
        rule.update(state="active", version=rule["version"] + 1)
        return self.got(rule)

    # --- alerts and searches ---

    def list_alerts(self, query, body):
        items = [alert for alert in self.alerts.values()
                 if query.get("level", alert["level"]) == alert["level"] and query.get("host", alert["host"]) == alert["host"]]
        return self.listed(items, query)

    def change_alert(self, query, body, id):
        alert = self.thing(self.alerts, id)
        self.check_version(alert)
        if body.get("verdict") and not body.get("reason"):
            raise Problem(422, "alert-change", "reason must be given with a verdict",
                          [{"pointer": "/reason", "message": "must be given with a verdict"}])
        alert.update(body, version=alert["version"] + 1)
        return self.got(alert)

    def comment(self, query, body, id):
        alert = self.thing(self.alerts, id)
        alert["comments"].append({"by_name": "ada", "time": "2026-11-03T10:00:00Z", "text": body["text"]})
        return self.got(alert, 201)

    # --- reports and figures ---

    def report(self, query, body, id):
        if id != "inc-1":
            raise Problem(404, "not-found", "There is no such incident.")
        text = f"report of {id} as {query.get('format')}\n"
        return 200, text.encode(), {"Content-Type": "text/html", "Content-Disposition": 'attachment; filename="x"'}

    def stix(self, query, body, id):
        return 200, {"type": "bundle", "id": id}, {"Content-Type": "application/stix+json"}

    def incident_metrics(self, query, body):
        none = {"count": 0, "mean": 0, "median": 0, "p90": 0}
        some = {"count": 3, "mean": 5400, "median": 60, "p90": 400000}
        clock = {"all": some, "compliance": 0.75}
        return 200, {"from": "2026-11-01T00:00:00Z", "to": "2026-11-03T00:00:00Z", "made": 4, "closed": 2, "open": 3,
                     "per_day": 2, "alerts_per_incident": 12.5, "whole": True,
                     "clocks": [{"kind": "acknowledge", **clock}, {"kind": "resolve", "all": none, "compliance": None}],
                     "analysts": [{"name": None, "open": 2, "closed": 0, "resolve": none},
                                  {"name": "ada\x1b[2J", "open": 1, "closed": 2, "resolve": some}]}, {}

    def alert_metrics(self, query, body):
        return 200, {"alerts": 153, "rules": [{"id": "r1", "title": "A noisy rule", "alerts": 100, "judged": 20,
                                               "true_positive_rate": 0.05, "noise": 90.5},
                                              {"id": "r2", "title": None, "alerts": 53, "judged": 0,
                                               "true_positive_rate": None, "noise": 0}]}, {}

    def coverage(self, query, body):
        return 200, {"active_rules": 300, "covered": 120, "fired": 7, "techniques": []}, {}

    def search(self, query, body):
        if self.search_problem:
            raise self.search_problem
        lines = b"".join(json.dumps(line).encode() + b"\n" for line in self.search_lines)
        return 200, lines, {"Content-Type": "application/x-ndjson"}


D = ApiDouble
ROUTES = [
    ("GET", "/session", D.get_session), ("DELETE", "/session", D.sign_out), ("POST", "/session/confirm", D.confirm),
    ("GET", "/users", lambda d, q, b: d.listed(d.users.values(), q)), ("POST", "/users", D.add_user),
    ("GET", "/users/([^/]+)", lambda d, q, b, i: d.got(d.thing(d.users, i))), ("PATCH", "/users/([^/]+)", D.change_user),
    ("DELETE", "/users/([^/]+)", D.remove_user),
    ("POST", "/users/([^/]+)/reset", lambda d, q, b, i: (200, {"token": "reset_of_" + i}, {})),
    ("GET", "/roles", lambda d, q, b: d.whole(d.roles.values(), q)), ("POST", "/roles", D.add_role),
    ("GET", "/roles/([^/]+)", lambda d, q, b, i: d.got(d.thing(d.roles, i))), ("PUT", "/roles/([^/]+)", D.put_role),
    ("DELETE", "/roles/([^/]+)", D.remove_role),
    ("GET", "/keys", lambda d, q, b: d.whole(d.keys.values(), q, "all")), ("POST", "/keys", D.add_key),
    ("DELETE", "/keys/([^/]+)", D.remove_key),
    ("POST", "/rules/lint", D.lint), ("POST", "/rules/test", D.test), ("POST", "/rules/back-test", D.start_back_test),
    ("GET", "/rules", lambda d, q, b: d.listed(d.rules.values(), q)), ("POST", "/rules", D.add_rule),
    ("GET", "/rules/([^/]+)", lambda d, q, b, i: d.got(d.thing(d.rules, i))), ("PUT", "/rules/([^/]+)", D.put_rule),
    ("POST", "/rules/([^/]+)/activate", D.activate), ("GET", "/jobs/([^/]+)", D.get_job),
    ("GET", "/alerts", D.list_alerts), ("GET", "/alerts/([^/]+)", lambda d, q, b, i: d.got(d.thing(d.alerts, i))),
    ("PATCH", "/alerts/([^/]+)", D.change_alert), ("POST", "/alerts/([^/]+)/comments", D.comment),
    ("GET", "/incidents/([^/]+)/report", D.report), ("GET", "/incidents/([^/]+)/stix", D.stix),
    ("GET", "/metrics/incidents", D.incident_metrics), ("GET", "/metrics/alerts", D.alert_metrics),
    ("GET", "/metrics/coverage", D.coverage),
    ("POST", "/search/stream", D.search),
]
