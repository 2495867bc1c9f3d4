"""The authorization matrix: every operation of openapi.yaml x every role x own and other tenant. Whoever has the
permission passes the lock (and is then told what is wrong with the request); everybody else is refused before
anything of the request is looked at, and is told nothing of what exists."""
import pathlib
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "serve"))
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from client import Api, confirm, make_user, set_up, sign_in  # noqa: E402
from contract import Contract  # noqa: E402
from node import PATIENT_API, Node  # noqa: E402

LOCKED_OUT = (401, 403)


def send(api, operation, identity="00000000"):
    """A request that passes no validation where it has a body, so that nothing is changed by it."""
    target = operation.target({parameter["name"]: identity for parameter in operation.of("path")})
    kind, _ = operation.body_schema()
    body = b"{" if kind else None
    headers = {"If-Match": '"1"'} if operation.of("header") else {}
    return api.call(operation.method, target, body, headers=headers, content_type=kind or "application/json")


def patiently(ask):
    """The matrix is sent faster than anybody may ask."""
    while (answer := ask()).status == 429:
        time.sleep(int(answer.header("Retry-After")))
    return answer


def is_step_up(answer):
    return answer.status == 403 and answer.json["type"].endswith(":step-up")


def check_roles(contract, actors):
    refused = allowed = 0
    for operation in contract.operations:
        if operation.stream or operation.id in ENDS_SESSIONS:
            continue
        for name, (api, permissions) in actors.items():
            answer = patiently(lambda: send(api, operation))
            where = f"{operation.method} {operation.path} as {name}: {answer!r}"
            if operation.permission == "public":
                assert answer.status not in LOCKED_OUT or operation.path in SIGNS_IN or name == "a wrong token", where
                allowed += 1
            elif permissions is None:
                assert answer.status == 401, where
                refused += 1
            elif operation.permission == "self" or operation.permission in permissions:
                assert answer.status not in LOCKED_OUT or is_step_up(answer), where
                allowed += 1
            else:
                assert answer.status == 403 and not is_step_up(answer), where
                assert operation.permission in answer.json["detail"], where
                refused += 1
    assert refused > 200 and allowed > 200, (refused, allowed)
    print(f"{len(contract.operations)} operations, {len(actors)} actors: {allowed} let in, {refused} refused")


# A request without a body does what it says.
ENDS_SESSIONS = {"signOut", "sign_out"}
SIGNS_IN = {"/session", "/setup", "/password-reset", "/oidc/callback", "/oidc/start"}


def check_tenants(contract, admin, others):
    """What is of the default tenant is not there for those of another one, whatever they may do in their own."""
    admin.expect(201, "POST", "/saved-searches", {"name": "ours", "query": "*", "shared": True})
    ids = {}
    for operation in contract.operations:
        if operation.method == "GET" and not operation.of("path") and not operation.stream:
            answer = admin.call("GET", operation.path)
            if answer.status == 200 and "items" in (answer.json if answer.body[:1] == b"{" else {}):
                ids[operation.path] = [item["id"] for item in answer.json["items"] if "id" in item and not item.get("tenant")]
    tried = 0
    for operation in contract.operations:
        path = operation.path.split("/{")[0]
        if not operation.of("path") or path in SHARED_BY_ALL or operation.stream:
            continue
        for identity in ids.get(path, [])[:3]:
            for api in others:
                answer = send(api, operation, identity)
                assert answer.status in (400, 403, 404, 405, 415, 422), f"{operation.id} {identity}: {answer!r}"
                if operation.method == "GET":
                    hidden = send(api, operation, "00000000")
                    assert (answer.status, generic(answer)) == (hidden.status, generic(hidden)), (
                        f"{operation.id} tells that {identity} exists: {answer!r}, {hidden!r}")
                tried += 1
    assert tried > 20, tried
    for path, known in ids.items():
        if path in SHARED_BY_ALL:
            continue
        for api in others:
            answer = api.call("GET", path)
            if answer.status == 200:
                seen = {item.get("id") for item in answer.json["items"]}
                assert not seen & set(known), f"{path} shows {seen & set(known)} of another tenant"
    print(f"{tried} requests for what another tenant has")


# Rules, roles that are built in, permissions, feeds and sources of the node are everybody's.
SHARED_BY_ALL = {"/rules", "/roles", "/permissions", "/feeds", "/sources", "/indicators", "/tenants", "/settings"}


def generic(answer):
    problem = answer.json
    return problem.get("type"), problem.get("title"), problem.get("detail", "").replace("00000000", "")[:20]


def main(vedette):
    with tempfile.TemporaryDirectory() as folder:
        node = Node(vedette, folder, api_config=PATIENT_API)
        try:
            admin = set_up(node)
            contract = Contract(admin.get("/openapi.json"))
            roles = {role["id"]: set(role["permissions"]) for role in admin.items("/roles")}
            actors = {"nobody": (Api(node.ports["operations"]), None),
                      "a wrong token": (Api(node.ports["operations"], token="vds_" + "A" * 43), None)}
            confirm(admin)
            admin.expect(201, "POST", "/tenants", {"id": "other", "name": "Other"})
            for role, permissions in roles.items():
                make_user(admin, f"u-{role}", [role])
                actors[role] = (sign_in(node.ports["operations"], f"u-{role}"), permissions)
            make_user(admin, "u-none", [])
            actors["without roles"] = (sign_in(node.ports["operations"], "u-none"), set())
            check_roles(contract, actors)
            others = []
            for role in ("administrator", "analyst"):
                make_user(admin, f"o-{role}", [role], tenant="other")
                others.append(sign_in(node.ports["operations"], f"o-{role}", tenant="other"))
            check_tenants(contract, admin, others)
            node.stop()
        finally:
            node.kill()


if __name__ == "__main__":
    main(sys.argv[1])
