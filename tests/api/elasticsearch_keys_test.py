"""Searches of Elasticsearch clients: nobody without a key, and with one what its owner sees."""
import base64
import json
import pathlib
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "serve"))
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from client import confirm, make_user, set_up, sign_in  # noqa: E402
from node import Node  # noqa: E402

EXPIRES = "2027-01-01T00:00:00Z"


def make_key(api, permissions):
    return api.expect(201, "POST", "/keys", {"name": "k", "permissions": permissions, "expires": EXPIRES}).json["token"]


def main(vedette):
    with tempfile.TemporaryDirectory() as folder:
        node = Node(vedette, folder)
        try:
            documents = [{"event": {"dataset": kind}, "message": f"{kind} {i}"} for i in range(5) for kind in ("web", "pay")]
            assert not node.bulk(documents)[1]["errors"]
            node.wait_for("events", lambda: node.count() == 10)
            admin = confirm(set_up(node))
            role = admin.expect(201, "POST", "/roles", {"name": "web", "permissions": ["events.read", "alerts.read", "keys.own"],
                                                        "datasets": ["web"]}).json["id"]
            make_user(admin, "web", [role])
            web = make_key(confirm(sign_in(node.ports["operations"], "web")), ["events.read"])
            all_of_it = make_key(admin, ["events.read"])
            no_events = make_key(admin, ["alerts.read"])

            def total(*authorization):
                headers = {"Content-Type": "application/json"}
                if authorization:
                    headers["Authorization"] = authorization[0]
                status, _, body = node.http("elasticsearch", "POST", "/_search",
                                            json.dumps({"query": {"match_all": {}}, "size": 20}), headers)
                return status if status != 200 else json.loads(body)["hits"]["total"]["value"]
            pair = base64.b64encode(f"x:{web}".encode()).decode()
            assert total() == 401
            assert total("Bearer vdk_wrong") == 401 and total("ApiKey AAAA") == 401 and total("Basic !!") == 401
            assert total("ApiKey " + all_of_it) == 10
            assert total("Bearer " + web) == total("ApiKey " + pair) == total("Basic " + pair) == 5
            assert total("Bearer " + no_events) == 403
            # A scroll is its opener's own.
            def scroll(key, path, body):
                status, _, answer = node.http("elasticsearch", "POST", path, json.dumps(body),
                                              {"Content-Type": "application/json", "Authorization": "Bearer " + key})
                return status, json.loads(answer)
            status, page = scroll(all_of_it, "/_search?scroll=1m", {"size": 2})
            assert status == 200
            assert scroll(web, "/_search/scroll", {"scroll_id": page["_scroll_id"]})[0] == 404
            assert scroll(all_of_it, "/_search/scroll", {"scroll_id": page["_scroll_id"]})[0] == 200
            # What is taken away is gone at once.
            record = admin.expect(200, "GET", f"/roles/{role}")
            admin.expect(200, "PUT", f"/roles/{role}", {"name": "web", "permissions": ["events.read", "keys.own"], "datasets": ["none"]},
                         headers={"If-Match": record.header("ETag")})
            assert total("Bearer " + web) == 0
            node.stop()
        finally:
            node.kill()


if __name__ == "__main__":
    main(sys.argv[1])
