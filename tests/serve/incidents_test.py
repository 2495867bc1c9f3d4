"""Alerts become incidents: the shipped attack is one, the same log gives the same ones again, also after kill -9."""
import json
import pathlib
import random
import shutil
import subprocess
import sys
import tempfile
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "api"))
from client import set_up  # noqa: E402
from node import Node  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
SAMPLE = ROOT / "content" / "samples" / "attack"
VEDETTE = sys.argv[1]


def settled(node, api):
    """Waits until every alert that the log has is in its incident, or in none."""
    def done():
        metrics = node.metrics()
        lags = [metrics.get(name, 1) for name in ("vedette_detect_lag_events", "vedette_correlate_lag_alerts")]
        return not any(lags) and metrics.get("vedette_correlate_alerts_total", 0) > 0
    node.wait_for("correlation to have seen all alerts", done, 120)
    return engine_part(api)


def engine_part(api):
    """What the engine says of every incident, with its members: nothing that people or clocks add."""
    found = {}
    for incident in api.items("/incidents", limit=100):
        members = api.items(f"/incidents/{incident['id']}/members", limit=200)
        found[incident["id"]] = {
            "alerts": incident["alerts"], "risk": incident["risk"], "first": incident["first"], "last": incident["last"],
            "members": sorted((member["id"], member["alerts"], json.dumps(member["links"], sort_keys=True))
                              for member in members)}
    return found


class Incidents(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.data = pathlib.Path(self.folder.name) / "data"

    def ingest_sample(self):
        subprocess.run([VEDETTE, "ingest", str(SAMPLE), "--data", str(self.data)], check=True, capture_output=True,
                       timeout=120)

    def node(self):
        node = Node(VEDETTE, self.folder.name)
        self.addCleanup(node.kill)
        return node, set_up(node, "ada")

    def forget_incidents(self):
        """All that was made of the alerts; the log stays."""
        shutil.rmtree(self.data / "correlate")
        for file in self.data.glob("records.db*"):
            file.unlink()
        for name in ("set_up_token",):
            (self.data / name).unlink(missing_ok=True)

    def test_the_shipped_attack_is_one_incident(self):
        self.ingest_sample()
        node, api = self.node()
        settled(node, api)
        incidents = api.items("/incidents", limit=100)
        self.assertEqual(len(incidents), 1, [(i["title"], i["alerts"]) for i in incidents])
        incident = api.get(f"/incidents/{incidents[0]['id']}")
        self.assertEqual(incident["status"], "new")
        self.assertIn(incident["severity"], ("high", "critical"))
        self.assertGreaterEqual(len(incident["tactics"]), 4)
        # In the order in which they were first seen.
        stages = ["reconnaissance", "initial-access", "execution", "credential-access", "lateral-movement", "exfiltration"]
        self.assertEqual([tactic for tactic in incident["tactics"] if tactic in stages], stages)
        self.assertTrue(incident["contributions"])
        members = api.items(f"/incidents/{incident['id']}/members", limit=200)
        self.assertEqual(len(members), incident["members"])
        for member in members:
            self.assertTrue(member["evidence_reason"], member)
        self.assertTrue(any(link["reason"] for member in members for link in member["links"]))
        node.stop()

    def test_the_same_log_gives_the_same_incidents(self):
        self.ingest_sample()
        node, api = self.node()
        first = settled(node, api)
        self.assertTrue(first)
        node.stop()
        self.forget_incidents()
        node.start()
        self.assertEqual(settled(node, set_up(node, "ada")), first)
        node.stop()

    def test_kills_change_nothing(self):
        self.ingest_sample()
        node, api = self.node()
        generator = random.Random(20261124)
        for _ in range(4):
            time.sleep(generator.uniform(0.05, 0.6))
            node.kill()
            node.start()
            api.port = node.ports["operations"]
        killed = settled(node, api)
        self.assertTrue(killed)
        node.stop()
        self.forget_incidents()
        node.start()
        self.assertEqual(settled(node, set_up(node, "ada")), killed)
        node.stop()

    def test_people_merge_split_and_undo(self):
        self.ingest_sample()
        node, api = self.node()
        settled(node, api)
        incident = api.items("/incidents")[0]["id"]
        members = [member["id"] for member in api.items(f"/incidents/{incident}/members", limit=200)]
        before = engine_part(api)
        api.expect(202, "POST", f"/incidents/{incident}/split", {"members": members[:2], "reason": "another story"})
        node.wait_for("the split", lambda: len(api.items("/incidents")) == len(before) + 1)
        parts = engine_part(api)
        self.assertEqual(len(parts[incident]["members"]), len(members) - 2)
        (new,) = set(parts) - set(before)
        self.assertEqual(sorted(member[0] for member in parts[new]["members"]), sorted(members[:2]))
        change = api.items(f"/incidents/{incident}/history")[0]
        api.expect(202, "POST", f"/incidents/{incident}/history/{change['id']}/undo")
        node.wait_for("the undoing", lambda: len(engine_part(api)[incident]["members"]) == len(members))
        self.assertEqual([m[0] for m in engine_part(api)[incident]["members"]], [m[0] for m in before[incident]["members"]])
        node.kill()
        node.start()
        api.port = node.ports["operations"]
        self.assertEqual(len(engine_part(api)[incident]["members"]), len(members))
        node.stop()


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
