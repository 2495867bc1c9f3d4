"""openapi.yaml on a real node: generated requests to every operation, valid ones and broken ones, by an administrator,
by somebody without permissions and by nobody. Every answer has a declared status and the shape that is written down for
it, and none is a 500."""
import pathlib
import re
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "serve"))
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from client import PREFIX, Api, confirm, make_user, quoted, set_up, sign_in  # noqa: E402
from contract import GARBAGE, WORDS, Contract, invalid, problems_of, seeded, valid  # noqa: E402
from node import PATIENT_API, Node  # noqa: E402

# What the router answers for every operation; declared or not.
OF_THE_ROUTER = {400, 401, 403, 404, 405, 406, 413, 415, 422, 428, 429, 431, 503}


class Recorder:
    """Checks every answer against the contract and remembers which were seen."""

    def __init__(self, contract):
        self.contract = contract
        self.seen = set()
        self.faults = []
        self.routes = [(operation, re.compile("^" + re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(operation.path)) + "$"))
                       for operation in contract.operations]

    def operation_of(self, method, path):
        found = [operation for operation, route in self.routes if operation.method == method and route.match(path)]
        return min(found, key=lambda operation: operation.path.count("{")) if found else None

    def note(self, method, path, answer, sent):
        operation = self.operation_of(method, path)
        where = f"{method} {path} {str(sent)[:300]}: {answer!r}"
        if answer.status >= 500 and answer.status != 503:
            self.faults.append(where)
        if operation is None:
            return
        self.seen.add((operation.id, answer.status))
        if answer.status not in operation.statuses and answer.status not in OF_THE_ROUTER:
            self.faults.append("undeclared status: " + where)
        kind = answer.header("Content-Type") or ""
        schema = operation.answer_schema(answer.status, kind)
        if answer.status >= 400:
            if not kind.startswith("application/problem+json"):
                self.faults.append("no problem: " + where)
                return
            schema = schema or {"$ref": "#/components/schemas/Problem"}
        if schema and "json" in kind and "ndjson" not in kind and method != "HEAD":
            for problem in problems_of(self.contract, schema, answer.json)[:3]:
                self.faults.append(f"{problem} in {where}")

    def watch(self, api):
        plain = api.call

        def call(method, path, body=None, **options):
            answer = plain(method, path, body, **options)
            self.note(method, path, answer, body)
            return answer
        api.call = call
        return api


# Generated requests must not end the session that sends them, nor change how everybody signs in.
NOT_GENERATED = {"/session", "/session/confirm", "/session/password", "/session/totp", "/setup", "/settings/{name}", "/oidc/start",
                 "/oidc/callback"}


def harvest(api, contract):
    ids = {}
    for operation in contract.operations:
        if operation.method == "GET" and not operation.of("path") and not operation.stream:
            answer = api.call("GET", operation.path)
            if answer.status == 200 and answer.body[:1] == b"{" and isinstance(answer.json.get("items"), list):
                ids[operation.path] = [str(item["id"]) for item in answer.json["items"] if isinstance(item, dict) and "id" in item]
    return ids


def generated(api, recorder, contract, rng, rounds):
    ids = harvest(api, contract)
    sent = 0
    for operation in contract.operations:
        if operation.path in NOT_GENERATED or operation.stream:
            continue
        known = ids.get(operation.path.split("/{")[0], [])
        for _ in range(rounds):
            values = {}
            for parameter in operation.of("path"):
                choice = rng.random()
                harmless = operation.method in ("GET", "POST") or "user" not in operation.path
                values[parameter["name"]] = quoted(rng.choice(known) if known and choice < 0.6 and harmless else
                                                   str(valid(contract, parameter["schema"], rng)) if choice < 0.8 else
                                                   rng.choice(WORDS))
            query = {}
            for parameter in operation.of("query"):
                if rng.random() < 0.3:
                    query[parameter["name"]] = valid(contract, parameter["schema"], rng) if rng.random() < 0.7 else rng.choice(WORDS)
            query = {name: str(value).lower() if isinstance(value, bool) else value for name, value in query.items()}
            headers = {"If-Match": rng.choice(['"1"', "*", '"0"', "x", ""])} if rng.random() < 0.7 and operation.of("header") else {}
            kind, schema = operation.body_schema()
            body, content_type = None, "application/json"
            if kind:
                content_type = kind
                choice = rng.random()
                if choice < 0.5:
                    body = valid(contract, schema, rng)
                elif choice < 0.85:
                    body, _ = invalid(contract, schema, rng)
                else:
                    body = rng.choice(GARBAGE)
            path = operation.target(values)
            try:
                answer = api.call(operation.method, path, body, query=query, headers=headers, content_type=content_type)
            except (BrokenPipeError, ConnectionResetError):
                continue
            sent += 1
            if isinstance(body, (str, bytes)) and body in GARBAGE and kind != "application/octet-stream":
                assert answer.status >= 400, f"{operation.id} took {body[:50]!r}: {answer!r}"
    return sent


def patient(api):
    """Waits where it asked too often."""
    plain = api.raw

    def raw(*arguments, **options):
        while (answer := plain(*arguments, **options)).status == 429:
            time.sleep(int(answer.header("Retry-After")))
        return answer
    api.raw = raw
    return api


def main(vedette, rounds):
    rng = seeded()
    with tempfile.TemporaryDirectory() as folder:
        node = Node(vedette, folder, api_config=PATIENT_API)
        try:
            port = node.ports["operations"]
            admin = patient(confirm(set_up(node)))
            make_user(admin, "nothing", [])
            contract = Contract(admin.get("/openapi.json"))
            recorder = Recorder(contract)
            sent = generated(recorder.watch(patient(sign_in(port, "nothing"))), recorder, contract, rng, 1)
            sent += generated(recorder.watch(patient(Api(port))), recorder, contract, rng, 1)
            sent += generated(recorder.watch(admin), recorder, contract, rng, rounds)
            assert node.process.poll() is None, "the node ended:\n" + node.log_text()[-3000:]
            node.stop()
        finally:
            node.kill()
    asked = {operation for operation, _ in recorder.seen}
    print(f"{sent} requests to {len(asked)} operations, {len(recorder.seen)} pairs of operation and status")
    assert not recorder.faults, "\n".join(recorder.faults[:20]) + f"\n{len(recorder.faults)} faults"
    assert len(asked) > 80, asked


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 10)
