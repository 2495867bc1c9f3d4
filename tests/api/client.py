"""A client of the REST API for the tests: whoever signs in, with a session token, a cookie or a key."""
import http.client
import json
import time
import urllib.parse

PREFIX = "/api/v1"
PASSWORD = "correct horse battery 7"


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    def header(self, name):
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)

    def headers_of(self, name):
        return [value for key, value in self.headers if key.lower() == name.lower()]

    @property
    def json(self):
        return json.loads(self.body)

    def __repr__(self):
        return f"{self.status} {self.body[:400]!r}"


class Api:
    """`token`: sent as bearer; `cookie`: a Cookie header, with `csrf` on changes."""

    def __init__(self, port, token=None, cookie=None, csrf=None):
        self.port, self.token, self.cookie, self.csrf = port, token, cookie, csrf

    def headers(self, method):
        headers = {}
        if self.token:
            headers["Authorization"] = "Bearer " + self.token
        if self.cookie:
            headers["Cookie"] = self.cookie
            if method not in ("GET", "HEAD"):
                headers["X-CSRF-Token"] = self.csrf or ""
                headers["Origin"] = f"http://127.0.0.1:{self.port}"
        return headers

    def raw(self, method, path, body=None, headers=None, timeout=60):
        """Exactly this, without credentials. Waits where it asks faster than people may, as the tests do."""
        for _ in range(30):
            answer = self.send(method, path, body, headers, timeout)
            if answer.status != 429 or b"urn:vedette:problem:rate-limit" not in answer.body:
                break
            time.sleep(int(answer.header("Retry-After")))
        return answer

    def send(self, method, path, body, headers, timeout):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        try:
            connection.request(method, path, body, headers or {})
            answer = connection.getresponse()
            return Answer(answer.status, answer.getheaders(), answer.read())
        finally:
            connection.close()

    def call(self, method, path, body=None, query=None, headers=None, content_type="application/json", timeout=60):
        sent = self.headers(method)
        if body is not None:
            sent["Content-Type"] = content_type
            if not isinstance(body, (str, bytes)):
                body = json.dumps(body)
            if isinstance(body, str):
                body = body.encode()
        sent.update(headers or {})
        target = PREFIX + path
        if query:
            target += "?" + urllib.parse.urlencode(query, doseq=True)
        return self.raw(method, target, body, sent, timeout)

    def expect(self, status, method, path, body=None, **options):
        answer = self.call(method, path, body, **options)
        assert answer.status == status, f"{method} {path}: {status} was expected, not {answer!r}"
        return answer

    def get(self, path, **query):
        return self.expect(200, "GET", path, query=query).json

    def items(self, path, **query):
        """Of all pages."""
        found = []
        while True:
            page = self.get(path, **query)
            found += page["items"]
            if not page.get("next"):
                return found
            query["after"] = page["next"]


def quoted(text):
    return urllib.parse.quote(text, safe="")


def set_up(node, name="root"):
    """Makes the first administrator; the Api of its session."""
    port = node.ports["operations"]
    token = (node.data / "set_up_token").read_text().strip()
    api = Api(port)
    api.expect(201, "POST", "/setup", {"token": token, "name": name, "password": PASSWORD})
    return sign_in(port, name)


def sign_in(port, name, password=PASSWORD, tenant=None, by_cookie=False):
    body = {"name": name, "password": password}
    if tenant:
        body["tenant"] = tenant
    if not by_cookie:
        body["token"] = True
    answer = Api(port).expect(200, "POST", "/session", body)
    if not by_cookie:
        return Api(port, token=answer.json["token"])
    cookie = answer.header("Set-Cookie").split(";")[0]
    return Api(port, cookie=cookie, csrf=answer.json["csrf_token"])


def confirm(api, password=PASSWORD):
    """Step-up; the session token is rotated."""
    answer = api.expect(200, "POST", "/session/confirm", {"password": password})
    api.token = answer.json["token"]
    return api


def make_user(admin, name, roles, tenant=None, password=PASSWORD):
    body = {"name": name, "password": password, "roles": roles, "must_change_password": False}
    if tenant:
        body["tenant"] = tenant
    return admin.expect(201, "POST", "/users", body).json
