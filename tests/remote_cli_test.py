#!/usr/bin/env python3
"""The command line against a server, which a double plays: tests/remote_cli_test.py VEDETTE"""
import json
import os
import pathlib
import pty
import select
import stat
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from support.api_double import ApiDouble, Problem, make_certificate

VEDETTE = os.path.abspath(sys.argv.pop(1))


class Remote(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.folder = pathlib.Path(scratch.name)
        self.config = self.folder / "config" / "vedette" / "servers.json"
        self.api = self.start()

    def start(self, *tls):
        api = ApiDouble(*tls)
        self.addCleanup(api.close)
        return api

    def variables(self, environment):
        own = {name: value for name, value in os.environ.items()
               if not name.startswith("VEDETTE") and name not in ("XDG_CONFIG_HOME", "HOME")}
        return {**own, "XDG_CONFIG_HOME": str(self.folder / "config"), "HOME": str(self.folder), "TZ": "UTC",
                **(environment or {})}

    def run_it(self, *arguments, code=0, stdin="", environment=None):
        done = subprocess.run([VEDETTE, *map(str, arguments)], input=stdin, capture_output=True, text=True, timeout=60,
                              env=self.variables(environment), cwd=self.folder)
        self.assertEqual(done.returncode, code, f"{arguments}\n{done.stdout}\n{done.stderr}")
        self.assertNotIn("\x1b", done.stdout + done.stderr)
        return done

    def login(self, *options, **more):
        return self.run_it("login", self.api.url, "--user", "ada", *options, stdin=self.api.password + "\n", **more)

    def kept(self):
        return json.loads(self.config.read_text())

    def in_terminal(self, *arguments, answers):
        """Types each answer when its prompt has come; what was shown, and the exit code."""
        child, terminal = pty.fork()
        if child == 0:
            os.chdir(self.folder)
            os.execve(VEDETTE, [VEDETTE, *arguments], self.variables(None))
        shown, waiting = "", list(answers)
        while True:
            ready, _, _ = select.select([terminal], [], [], 30)
            self.assertTrue(ready, shown)
            try:
                data = os.read(terminal, 4096)
            except OSError:
                break
            if not data:
                break
            shown += data.decode()
            if waiting and waiting[0][0] in shown[shown.rfind("\n") + 1:]:
                os.write(terminal, (waiting.pop(0)[1] + "\n").encode())
        os.close(terminal)
        return shown, os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


class Login(Remote):
    def test_password_from_the_standard_input(self):
        done = self.login()
        self.assertIn("as ada, until 2026-12-01 10:00", done.stdout)
        profile = self.kept()["servers"][0]
        self.assertEqual(profile["token"], "vds_new")
        self.assertEqual(profile["url"], self.api.url)
        self.assertNotIn(self.api.password, self.config.read_text())
        self.assertEqual(stat.S_IMODE(self.config.stat().st_mode), 0o600)
        self.assertEqual(stat.S_IMODE(self.config.parent.stat().st_mode), 0o700)

    def test_a_file_that_others_can_read_is_refused(self):
        self.login()
        self.config.chmod(0o644)
        self.assertIn("can be read by others", self.run_it("whoami", code=2).stderr)

    def test_a_wrong_password(self):
        done = self.run_it("login", self.api.url, "--user", "ada", stdin="nonsense\n", code=2)
        self.assertIn("The name or the password is wrong.", done.stderr)
        self.assertNotIn("nonsense", done.stderr)
        self.assertFalse(self.config.exists())

    def test_password_file_and_code(self):
        self.api.code = "123456"
        file = self.folder / "password"
        file.write_text(self.api.password + "\n")
        environment = {"VEDETTE_PASSWORD_FILE": str(file)}
        self.run_it("login", self.api.url, "--user", "ada", stdin="123456\n", environment=environment)
        self.run_it("login", self.api.url, "--user", "ada", stdin="000000\n", environment=environment, code=2)
        self.run_it("login", self.api.url, "--user", "ada", stdin="", environment=environment, code=2)

    def test_at_a_terminal_without_echo(self):
        self.api.code = "123456"
        shown, code = self.in_terminal("login", self.api.url, answers=[("User: ", "ada"), ("Password", self.api.password),
                                                                       ("Code", "123456")])
        self.assertEqual(code, 0, shown)
        self.assertNotIn(self.api.password, shown)
        self.assertNotIn("123456", shown)

    def test_a_key(self):
        done = self.run_it("login", self.api.url, "--key-stdin", stdin="vdk_good\n")
        self.assertNotIn("vdk_good", done.stdout + done.stderr)
        self.assertEqual(self.kept()["servers"][0]["token"], "vdk_good")
        done = self.run_it("login", self.api.url, "--key-stdin", stdin="vdk_bad\n", code=2)
        self.assertNotIn("vdk_bad", done.stdout + done.stderr)
        self.run_it("login", self.api.url, "--key-stdin", stdin="no\x01key\n", code=2)
        self.assertEqual(self.kept()["servers"][0]["token"], "vdk_good")

    def test_list_and_logout(self):
        self.login("--name", "soc")
        listed = self.run_it("login", "--list").stdout
        self.assertRegex(listed, r"soc +http://localhost:\d+ +ada")
        self.assertNotIn("vds_", listed)
        one = json.loads(self.run_it("login", "--list", "--format", "json").stdout)
        self.assertTrue(one["signed_in"] and one["default"])
        self.assertNotIn("token", one)
        self.run_it("logout", "soc")
        self.assertNotIn("vds_new", self.api.tokens)
        self.assertEqual(self.kept()["servers"][0]["token"], "")
        self.assertIn("not signed in", self.run_it("whoami", "--server", "soc", code=2).stderr)
        self.run_it("logout", "soc", "--forget")
        self.assertEqual(self.kept()["servers"], [])
        self.run_it("logout", "soc", code=2)

    def test_no_secret_in_the_clear(self):
        for url in ("http://192.0.2.1:8686", "http://soc.example", "ftp://soc.example", "https://", "https://u:s3cret@h/"):
            done = self.run_it("login", url, "--user", "ada", stdin="x\n", code=2)
            self.assertNotIn("s3cret", done.stderr)
        self.assertIn("use https", self.run_it("login", "http://192.0.2.1", "--user", "a", stdin="x\n", code=2).stderr)


class Trust(Remote):
    def setUp(self):
        super().setUp()
        self.certificate, self.key, self.pin = make_certificate(self.folder)
        self.api = self.start(self.certificate, self.key)

    def test_an_unknown_certificate_is_never_trusted_unasked(self):
        done = self.login(code=2)
        self.assertIn(self.pin, done.stderr)
        self.assertFalse(self.config.exists())
        self.assertEqual(self.api.requests, [])

    def test_it_is_trusted_when_the_user_says_so(self):
        shown, code = self.in_terminal("login", self.api.url, "--user", "ada", answers=[("[y/N]", "n")])
        self.assertEqual(code, 2)
        self.assertFalse(self.config.exists())
        shown, code = self.in_terminal("login", self.api.url, "--user", "ada",
                                       answers=[("[y/N]", "y"), ("Password", self.api.password)])
        self.assertEqual(code, 0, shown)
        self.assertIn(self.pin, shown)
        self.assertEqual(self.kept()["servers"][0]["pin"], self.pin)
        self.run_it("whoami")

    def test_pin_and_authority(self):
        self.login("--pin", self.pin)
        self.run_it("whoami")
        self.login("--ca-file", self.certificate)
        self.assertEqual(self.kept()["servers"][0]["pin"], "")
        self.run_it("whoami")
        self.login("--pin", self.pin, "--ca-file", self.certificate, code=2)

    def test_another_key_is_refused(self):
        other = make_certificate(self.folder, "other")
        done = self.login("--pin", other[2], code=2)
        self.assertIn(other[2], done.stderr)
        self.login("--pin", self.pin)
        impostor = self.start(*other[:2])
        profiles = self.kept()
        profiles["servers"][0]["url"] = impostor.url
        self.config.write_text(json.dumps(profiles))
        self.assertIn("does not match pinned", self.run_it("whoami", code=2).stderr)
        self.run_it("login", impostor.url, "--user", "ada", stdin=self.api.password + "\n", code=2)
        self.assertEqual(impostor.requests, [])

    def test_by_variables(self):
        variables = {"VEDETTE_SERVER": self.api.url, "VEDETTE_TOKEN": "vdk_good"}
        self.run_it("whoami", environment=variables, code=2)
        self.run_it("whoami", environment={**variables, "VEDETTE_PIN": self.pin})
        self.run_it("whoami", environment={**variables, "VEDETTE_CA_FILE": str(self.certificate)})
        self.run_it("whoami", environment={**variables, "VEDETTE_PIN": "/etc/passwd"}, code=2)


class Account(Remote):
    def setUp(self):
        super().setUp()
        self.login()

    def test_whoami(self):
        out = self.run_it("whoami").stdout
        self.assertRegex(out, r"user +ada\n")
        self.assertRegex(out, r"permissions +events.read, rules.write")
        account = json.loads(self.run_it("whoami", "--format", "json").stdout)
        self.assertEqual(account["roles"], ["administrator"])
        self.assertNotIn("c5rf", str(account))

    def test_a_session_that_ended(self):
        self.api.tokens.clear()
        self.assertIn("Sign in first.", self.run_it("whoami", code=2).stderr)

    def test_pages_are_followed_and_controls_escaped(self):
        out = self.run_it("user", "list").stdout
        self.assertEqual(len(out.splitlines()), 4)
        self.assertIn("eve\\x1b[31m", out)
        self.assertEqual(len(self.api.asked("GET", "/users")), 2)
        users = [json.loads(line) for line in self.run_it("user", "list", "--format", "json").stdout.splitlines()]
        self.assertEqual([user["id"] for user in users], ["u1", "u2", "u3"])

    def test_a_busy_server_is_asked_again(self):
        self.api.busy = 3
        self.run_it("whoami")
        self.api.busy = 100
        self.assertIn("slower", self.run_it("whoami", code=2).stderr)

    def test_users(self):
        done = self.run_it("user", "add", "carl", "--role", "analyst", "--email", "carl@example.org")
        self.assertEqual(done.stdout, "reset_of_u4\n")
        self.assertEqual(self.api.users["u4"]["roles"], ["analyst"])
        self.assertNotIn("password", self.api.users["u4"])
        self.assertIn("no role", self.run_it("user", "add", "dora", "--role", "none", code=2).stderr)
        taken = self.run_it("user", "add", "carl", "--role", "analyst", code=2).stderr
        self.assertIn("/name: the name is taken\\x1b[2J", taken)
        self.run_it("user", "lock", "bob")
        self.assertTrue(self.api.users["u2"]["locked"])
        self.run_it("user", "unlock", "u2")
        self.assertFalse(self.api.users["u2"]["locked"])
        self.assertEqual(self.run_it("user", "reset-password", "bob").stdout, "reset_of_u2\n")
        self.run_it("user", "remove", "bob")
        self.assertNotIn("u2", self.api.users)
        self.assertIn("no user bob", self.run_it("user", "remove", "bob", code=2).stderr)
        self.run_it("user", "remove", code=2)

    def test_confirmation(self):
        self.api.confirmed = False
        self.assertIn("password again", self.run_it("user", "remove", "bob", code=2).stderr)
        file = self.folder / "password"
        file.write_text(self.api.password)
        self.run_it("user", "remove", "bob", environment={"VEDETTE_PASSWORD_FILE": str(file)})
        self.assertEqual(self.kept()["servers"][0]["token"], "vds_rotated")
        self.run_it("whoami")

    def test_roles(self):
        self.assertIn("alerts.read", self.run_it("role", "show", "analyst").stdout)
        self.run_it("role", "set", "tier1", "--permission", "alerts.read", "--mask", "user.email", "--filter", "host.name: web*")
        made = next(role for role in self.api.roles.values() if role["name"] == "tier1")
        self.assertEqual((made["permissions"], made["masked_fields"], made["second_factor"]),
                         (["alerts.read"], ["user.email"], False))
        self.run_it("role", "set", "tier1", "--permission", "rules.read", "--mask", "", "--second-factor", "yes")
        self.assertEqual((made["permissions"], made["masked_fields"], made["filter"], made["second_factor"]),
                         (["rules.read"], [], "host.name: web*", True))
        self.assertIn("tier1", self.run_it("role", "list").stdout)
        self.run_it("role", "remove", "tier1")
        self.run_it("role", "set", "nothing", code=2)
        self.run_it("role", "set", "x", "--permission", "y", "--second-factor", "maybe", code=2)

    def test_keys(self):
        done = self.run_it("key", "add", "ci", "--permission", "rules.read", "--expires", "30d")
        self.assertEqual(done.stdout, "vdk_secret_of_ci\n")
        self.assertNotIn("vdk_secret", done.stderr)
        self.assertRegex(self.api.keys["k1"]["expires"], r"^20\d\d-\d\d-\d\dT.*Z$")
        made = json.loads(self.run_it("key", "add", "two", "--permission", "rules.read", "--format", "json").stdout)
        self.assertEqual(made["token"], "vdk_secret_of_two")
        self.assertIn("vdk_ab", self.run_it("key", "list").stdout)
        self.run_it("key", "remove", "ci")
        self.assertEqual(list(self.api.keys), ["k2"])
        self.run_it("key", "add", "none", code=2)
        self.run_it("key", "add", "late", "--permission", "x", "--expires", "soon", code=2)


RULE = """title: {title}
id: {id}
status: test
level: high
logsource: {{product: linux}}
detection:
  selection: {{message|contains: evil}}
  condition: selection
"""
CASES = """match:
  - name: evil
    event: {message: evil, count: 3}
  - name: two lines
    lines: ['good', 'evil']
no_match:
  - name: good
    line: good
"""


class Push(Remote):
    def setUp(self):
        super().setUp()
        self.login()
        self.rules = self.folder / "rules"
        self.rules.mkdir()
        self.put("a", "First rule", "rule-a")
        self.put("b", "Second rule", "rule-b")

    def put(self, name, title, id, more="", cases=CASES):
        (self.rules / f"{name}.yml").write_text(RULE.format(title=title, id=id) + more)
        (self.rules / f"{name}.cases.yml").write_text(cases)

    def push(self, *options, code=0, **more):
        return self.run_it("rules", "push", "rules", *options, code=code, **more)

    def rows(self, *options, code=0):
        return [json.loads(line) for line in self.push("--format", "json", *options, code=code).stdout.splitlines()]

    def written(self):
        return [request for request in self.api.requests if request[0] in ("POST", "PUT")
                and (request[1].endswith("/rules") or request[1].endswith("/activate") or request[0] == "PUT")]

    def test_new_rules_are_drafts_until_activated(self):
        out = self.push("--message", "commit 1").stdout
        self.assertRegex(out, r"RULE +CHANGE +LINT +TESTS +BACK-TEST +RESULT\n"
                              r"First rule +new +ok +3/3 +- +written\nSecond rule +new +ok +3/3 +- +written\n")
        self.assertEqual(self.api.rules["rule-a"]["state"], "draft")
        self.assertEqual(self.api.rules["rule-a"]["message"], "commit 1")
        self.assertEqual([row["result"] for row in self.rows()], ["unchanged", "unchanged"])
        self.assertEqual([row["result"] for row in self.rows("--activate")], ["activated", "activated"])
        self.assertEqual(self.api.rules["rule-b"]["state"], "active")
        before = len(self.written())
        self.assertEqual([row["result"] for row in self.rows("--activate")], ["unchanged", "unchanged"])
        self.assertEqual(len(self.written()), before)

    def test_events_of_cases_go_as_they_are(self):
        self.push("--dry-run")
        events = [body["events"] for body in self.api.asked("POST", "/rules/test")][:3]
        self.assertEqual(events, [['{"message":"evil","count":3}'], ["good", "evil"], ["good"]])

    def test_a_changed_rule(self):
        self.push()
        self.put("a", "First rule", "rule-a", "# better\n")
        rows = self.rows("--dry-run")
        self.assertEqual([(row["change"], row["result"]) for row in rows], [("changed", "passed"), ("same", "passed")])
        self.assertNotIn("better", self.api.rules["rule-a"]["yaml"])
        self.push()
        self.assertIn("better", self.api.rules["rule-a"]["yaml"])
        self.assertEqual(self.api.rules["rule-a"]["version"], 2)

    def test_nothing_is_written_if_one_fails(self):
        self.put("b", "Second rule", "rule-b", "# broken\n")
        done = self.push("--activate", code=1)
        self.assertIn("rules/b.yml:3:5: error: no such modifier", done.stderr)
        self.assertRegex(done.stdout, r"First rule +new +ok +3/3 +- +passed\nSecond rule +new +1 errors? +- +- +failed")
        self.assertEqual(self.written(), [])

    def test_a_case_that_fails(self):
        self.put("a", "First rule", "rule-a", cases=CASES.replace("line: good", "line: evil"))
        done = self.push(code=1)
        self.assertIn("case 'good' (line 7) should not match, but does", done.stderr)
        self.assertRegex(done.stdout, r"First rule +new +ok +2/3 +- +failed")
        self.put("a", "First rule", "rule-a", cases="match: [")
        self.push(code=1)
        self.assertEqual(self.written(), [])

    def test_warnings_do_not_stop(self):
        self.put("a", "First rule", "rule-a", "# careless\n")
        done = self.push()
        self.assertIn("warning: no author; name one", done.stderr)
        self.assertRegex(done.stdout, r"First rule +new +1 warnings? ")

    def test_back_test(self):
        rows = self.rows("--back-test", "7d", "--max-alerts", "3")
        self.assertEqual(rows[0]["back_test"], {"events": 1000, "alerts": 3})
        asked = self.api.asked("POST", "/rules/back-test")[0]
        self.assertLess(asked["from"], asked["to"])
        self.api.rules.clear()
        rows = self.rows("--back-test", "7d", "--max-alerts", "2", code=1)
        self.assertEqual([row["result"] for row in rows], ["failed", "failed"])
        self.assertIn("3 alerts in the back-test, more than 2", rows[0]["problems"][0])
        self.assertEqual(self.api.rules, {})
        self.push("--back-test", "soon", code=2)

    def test_what_the_server_says_of_one_rule_is_not_trouble(self):
        self.push()
        self.put("a", "First rule", "rule-a", "# better\n")
        rule = self.api.rules["rule-a"]
        rule["origin"] = "file"
        done = self.push(code=1)
        self.assertIn("a rule of a file of the server has this id", done.stderr)

    def test_trouble(self):
        self.api.tokens.clear()
        self.assertIn("Sign in first.", self.push(code=2).stderr)
        self.run_it("rules", "push", "absent", code=2)
        self.run_it("rules", "push", code=2)
        self.api.close()
        self.push(code=2)

    def test_ids(self):
        self.put("b", "Second rule", "rule-a")
        self.assertIn("another file has the id rule-a", self.push(code=1).stderr)
        (self.rules / "b.yml").write_text("title: x\ndetection: {}\n")
        self.assertIn("the rule has no id", self.push(code=1).stderr)
        self.assertEqual(self.written(), [])

    def test_with_a_key_in_a_pipeline(self):
        self.run_it("logout", "--forget")
        self.push(environment={"VEDETTE_SERVER": self.api.url, "VEDETTE_TOKEN": "vdk_good"})
        self.assertEqual(len(self.api.rules), 2)
        self.assertEqual(self.api.requests[-1][2]["Authorization"], "Bearer vdk_good")


class Alerts(Remote):
    def setUp(self):
        super().setUp()
        self.login()
        for i, level in enumerate(["high", "low", "high", "high", "high"]):
            self.api.alerts[f"a{i}"] = {
                "id": f"a{i}", "version": 1, "rule": {"id": "r", "title": f"Rule {i} \x1b[2J"}, "level": level,
                "status": "new", "verdict": None, "assignee": None, "time": "2026-11-03T09:12:00.5Z", "host": f"web{i}",
                "entities": [{"kind": "host", "value": f"web{i}"}, {"kind": "hash", "value": "0"}], "comments": []}

    def test_list(self):
        lines = self.run_it("alerts").stdout.splitlines()
        self.assertEqual(len(lines), 6)
        self.assertRegex(lines[1], r"2026-11-03T09:12:00 +high +new +a0 +Rule 0 \\x1b\[2J +host=web0")
        self.assertEqual(len(self.run_it("alerts", "list", "--limit", "3").stdout.splitlines()), 4)
        self.assertEqual(self.run_it("alerts", "--count", "--min-level", "high").stdout, "4\n")
        self.assertEqual(json.loads(self.run_it("alerts", "--host", "web1", "--json").stdout)["id"], "a1")
        self.run_it("alerts", "--min-level", "dreadful", code=2)
        self.run_it("alerts", "--from", "2026-11-03", "--to", "2026-11-03")
        self.assertIn("from=2026-11-03T00%3A00%3A00", self.api.requests[-1][1])
        self.assertIn("to=2026-11-04T00%3A00%3A00", self.api.requests[-1][1])

    def test_a_folder_is_not_the_server(self):
        asked = len(self.api.requests)
        self.assertIn("no records at", self.run_it("alerts", "--data", self.folder, code=2).stderr)
        self.run_it("alerts", environment={"VEDETTE_DATA": str(self.folder)}, code=2)
        self.run_it("alerts", "--data", self.folder, "--server", self.api.url, code=2)
        self.assertEqual(len(self.api.requests), asked)
        self.run_it("logout")
        self.assertIn("no records at", self.run_it("alerts", code=2).stderr)

    def test_show(self):
        out = self.run_it("alerts", "show", "a1").stdout
        self.assertIn("rule:\n  id: r\n  title: Rule 1 \\x1b[2J\n", out)
        self.assertEqual(json.loads(self.run_it("alerts", "show", "a1", "--format", "json").stdout), self.api.alerts["a1"])
        self.assertIn("There is no such thing", self.run_it("alerts", "show", "none", code=2).stderr)
        self.run_it("alerts", "show", "../users", code=2)
        self.assertEqual(self.api.requests[-1][1], "/api/v1/alerts/..%2Fusers")

    def test_close_assign_comment(self):
        self.run_it("alerts", "close", "a0", "a2", "--verdict", "benign", "--reason", "the backup")
        self.assertEqual([self.api.alerts[i]["status"] for i in ("a0", "a1", "a2")], ["closed", "new", "closed"])
        self.assertEqual(self.api.alerts["a2"]["reason"], "the backup")
        self.run_it("alerts", "close", "a1", "--verdict", "benign", code=2)
        self.run_it("alerts", "close", "a1", "--verdict", "odd", "--reason", "x", code=2)
        self.run_it("alerts", "close", "none", "--verdict", "benign", "--reason", "x", code=2)
        self.run_it("alerts", "assign", "a1", "a2", "--to", "bob")
        self.assertEqual(self.api.alerts["a2"]["assignee"], "u2")
        self.run_it("alerts", "assign", "a1")
        self.assertEqual(self.api.alerts["a1"]["assignee"], "u1")
        self.run_it("alerts", "assign", "a1", "--to", "nobody")
        self.assertIsNone(self.api.alerts["a1"]["assignee"])
        self.run_it("alerts", "comment", "a1", "looks odd")
        self.run_it("alerts", "comment", "a1", "-", stdin="a longer\ntext\n")
        self.assertEqual([one["text"] for one in self.api.alerts["a1"]["comments"]], ["looks odd", "a longer\ntext\n"])

    def test_a_mistyped_subcommand_does_nothing(self):
        self.assertIn("did you mean 'alerts close'?", self.run_it("alerts", "clsoe", "a1", code=2).stderr)


class Reports(Remote):
    def setUp(self):
        super().setUp()
        self.login()

    def test_reports_are_files_of_their_owner(self):
        self.assertEqual(self.run_it("report", "inc-1").stdout, "report of inc-1 as html\n")
        self.assertEqual(self.run_it("report", "inc-1", "--format", "markdown").stdout, "report of inc-1 as markdown\n")
        file = self.folder / "bundle.json"
        self.run_it("report", "inc-1", "--format", "stix", "-o", file)
        self.assertEqual(json.loads(file.read_text())["type"], "bundle")
        self.assertEqual(file.stat().st_mode & 0o777, 0o600)
        self.assertIn("no such incident", self.run_it("report", "inc-2", code=2).stderr)
        self.run_it("report", code=2)
        self.run_it("report", "inc-1", "--format", "pdf", code=2)
        self.run_it("report", "inc-1", "-o", self.folder / "none" / "x", code=2)

    def test_metrics(self):
        out = self.run_it("metrics", "--from", "now-7d", "--sort", "noise").stdout
        self.assertIn("made 4, closed 2, open now 3; 2.0 a day, 12.5 alerts each", out)
        self.assertRegex(out, r"acknowledge +3 +1.5 h +60 s +4.6 d +75 %")
        self.assertRegex(out, r"resolve +0 +- +- +- +-")
        self.assertRegex(out, r"ada\\x1b\[2J +1 +2 +60 s")
        self.assertRegex(out, r"100 +20 +5 % +90 +A noisy rule")
        self.assertRegex(out, r"53 +0 +- +0 +r2")
        self.assertIn("300 active rules name 120 techniques; alerts name 7", out)
        self.assertIn("/metrics/alerts?from=now-7d&limit=20&sort=noise", [path[len("/api/v1"):] for _, path, _, _ in self.api.requests])
        self.assertEqual(json.loads(self.run_it("metrics", "--format", "json").stdout)["alerts"]["alerts"], 153)
        self.run_it("metrics", "--sort", "odd", code=2)


class Hostile(Remote):
    """Whatever a server answers, the command ends with a sentence and 2."""

    def test_answers_that_are_none(self):
        self.login()
        commands = [("whoami",), ("user", "list"), ("role", "show", "analyst"), ("alerts", "show", "a"), ("alerts",),
                    ("rules", "list"), ("search", "x"), ("rules", "push", "rules"), ("key", "add", "k", "--permission", "p")]
        (self.folder / "rules").mkdir()
        (self.folder / "rules" / "a.yml").write_text(RULE.format(title="x", id="x"))
        answers = [(200, b"", {}), (200, b"<html>", {}), (200, b"[" * 100_000, {}), (200, b'{"items": 7}', {}),
                   (200, b"\xff\xfe{}", {}), (302, b"", {"Location": "http://127.0.0.1:1/"}), (500, b"\x1b[2Joops", {}),
                   (418, b'{"type": 4, "detail": ["x"], "errors": {"a": 1}}', {}), (404, b"{}", {})]
        for answer in answers:
            self.api.route = lambda request, body: answer
            for command in commands:
                done = subprocess.run([VEDETTE, *command], capture_output=True, text=True, timeout=60, cwd=self.folder,
                                      env=self.variables(None))
                about = f"{command} {answer[1][:50]}: {done.returncode} {done.stdout} {done.stderr}"
                self.assertNotIn("\x1b", done.stdout + done.stderr)
                if answer[0] != 200 or not answer[1].startswith(b"{"):
                    self.assertEqual((done.returncode, bool(done.stderr)), (2, True), about)
                else:
                    self.assertIn(done.returncode, (0, 2), about)

    def test_a_list_that_goes_round(self):
        self.login()
        self.api.route = lambda request, body: (200, {"items": [{"id": "a"}], "next": "again"}, {})
        self.assertIn("names itself as the next", self.run_it("user", "list", code=2).stderr)

    def test_a_server_that_is_gone(self):
        self.login()
        self.api.close()
        for command in (("whoami",), ("search", "x"), ("alerts",), ("logout",)):
            self.run_it(*command, code=2)
        self.assertEqual(self.kept()["servers"][0]["token"], "")


class Search(Remote):
    ROWS = [{"@timestamp": "2026-11-03T09:12:00Z", "host.name": "web1", "message": "a\x1b[2J", "n": [1, "two", 2.5]},
            {"@timestamp": "2026-11-03T09:11:00Z", "host.name": "web2", "message": "b", "_id": "7"}]

    def setUp(self):
        super().setUp()
        self.login()
        self.answer(self.ROWS)

    def answer(self, rows, columns=(), **ending):
        done = {"rows": len(rows), "total": len(rows), "total_exact": True, "cut": None, "warnings": [],
                "stats": {"rows_visited": 10, "rows_matched": 2, "bytes_read": 5, "parts": 3, "parts_skipped": 1}, **ending}
        self.api.search_lines = [{"header": {"columns": list(columns)}}, *({"row": row} for row in rows),
                                 {"progress": {"rows": 1}}, {"done": done}]

    def test_events(self):
        rows = [json.loads(line) for line in self.run_it("search", "host.name: web*", "--output", "ndjson").stdout.splitlines()]
        self.assertEqual([row["host.name"] for row in rows], ["web1", "web2"])
        self.assertEqual(rows[0]["n"], [1, "two", 2.5])
        self.assertTrue(rows[0]["@timestamp"].startswith("2026-11-03T09:12:00"))
        self.assertEqual(self.api.requests[-1][3], {"query": "host.name: web*", "limit": 100})
        self.assertIn("\\x1b[2J", self.run_it("search", "").stdout)

    def test_columns(self):
        self.answer([{"host.name": "web1", "count": 3}, {"host.name": "=web2"}], ["host.name", "count"])
        out = self.run_it("search", "| stats count() by host.name", "--output", "csv").stdout.replace("\r", "")
        self.assertEqual(out.splitlines()[0], "host.name,count")
        self.assertEqual(out.splitlines()[1], "web1,3")
        self.assertTrue(out.splitlines()[2].startswith("'=web2,"))
        table = self.run_it("search", "| stats count() by host.name").stdout
        self.assertRegex(table, r"web1 +3")
        rows = self.run_it("search", "x", "--format", "ndjson").stdout
        self.assertEqual(json.loads(rows.splitlines()[1]), {"host.name": "=web2", "count": None})

    def test_the_plain_header_is_taken_as_well(self):
        self.answer([{"a": 1}], ["a"])
        self.api.search_lines[0] = {"columns": ["a"]}
        self.assertEqual(self.run_it("search", "x", "--output", "csv").stdout.replace("\r", ""), "a\n1\n")

    def test_request(self):
        self.run_it("search", "x", "--from", "2026-11-03", "--limit", "5", "--oldest-first", "--explain")
        body = self.api.requests[-1][3]
        self.assertEqual((body["limit"], body["explain"], body["sort"]), (5, True, [{"field": "@timestamp", "descending": False}]))
        self.assertTrue(body["from"].startswith("2026-11-03T00:00:00"))
        self.run_it("search", "x", "--threads", "2", code=2)

    def test_exit_codes(self):
        self.answer([])
        self.assertEqual(self.run_it("search", "x", code=1).stdout, "")
        self.answer(self.ROWS, cut={"kind": "time", "reason": "the time was up"})
        self.assertIn("not whole: the time was up", self.run_it("search", "x", code=2).stderr)
        self.answer(self.ROWS, warnings=["a part is lost"])
        self.assertIn("a part is lost", self.run_it("search", "x", code=2).stderr)
        self.answer(self.ROWS)
        del self.api.search_lines[-1]
        done = self.run_it("search", "x", "--output", "ndjson", code=2)
        self.assertEqual(len(done.stdout.splitlines()), 2)
        self.assertIn("ended it too soon", done.stderr)
        self.api.search_lines.append({"error": {"detail": "no memory"}})
        self.assertIn("no memory", self.run_it("search", "x", code=2).stderr)

    def test_a_query_with_an_error(self):
        self.api.search_problem = Problem(422, "query", "1:3: error: \x1b no value\n  x:\n    ^")
        done = self.run_it("search", "x:", code=2)
        self.assertEqual(done.stderr, "1:3: error: \\x1b no value\n  x:\n    ^\n")

    def test_many_rows(self):
        self.answer([{"message": "m" * 500, "i": i} for i in range(3000)])
        rows = self.run_it("search", "x", "--output", "ndjson", "--limit", "5000").stdout.splitlines()
        self.assertEqual([json.loads(row)["i"] for row in rows], list(range(3000)))


class RulesList(Remote):
    def test_of_the_server(self):
        self.login()
        for i in range(3):
            self.api.rules[f"r{i}"] = {"id": f"r{i}", "title": f"Rule {i}", "level": "high", "state": "draft", "version": 1,
                                       "status": ["test", "stable", "test"][i], "alerts": i, "tags": [f"attack.t100{i}.001"]}
        out = self.run_it("rules", "list").stdout
        self.assertRegex(out, r"high +draft +stable +1 +r1 +Rule 1\n")
        self.assertEqual(len(out.splitlines()), 4)
        self.assertEqual(json.loads(self.run_it("rules", "list", "--status", "stable", "--json").stdout)["id"], "r1")
        self.assertEqual(json.loads(self.run_it("rules", "list", "--tag", "attack.t1002", "--json").stdout)["id"], "r2")
        self.run_it("rules", "list", "--min-level", "high")
        self.assertIn("level=high&level=critical", self.api.requests[-1][1])
        asked = len(self.api.requests)
        (self.folder / "a.yml").write_text(RULE.format(title="x", id="5c2b4a1e-8f0d-4e7a-9b3c-1d2e3f4a5b6c"))
        self.assertIn("5c2b4a1e", self.run_it("rules", "list", "--rules", self.folder / "a.yml").stdout)
        self.assertEqual(len(self.api.requests), asked)


class Completion(Remote):
    def complete(self, line):
        """What bash offers behind the line."""
        words = line.split(" ")
        script = f"""source <({VEDETTE} completion bash)
            complete -p vedette > /dev/null || exit 3
            COMP_WORDS=({" ".join("'" + word + "'" for word in words)}); COMP_CWORD={len(words) - 1}
            _vedette; printf '%s\\n' "${{COMPREPLY[@]}}" """
        done = subprocess.run(["bash", "--norc", "-c", script], capture_output=True, text=True, timeout=30,
                              env=self.variables(None), cwd=self.folder)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return [word for word in done.stdout.split("\n") if word]

    def test_commands_and_options(self):
        self.assertEqual(self.complete("vedette whoa"), ["whoami"])
        self.assertIn("rules", self.complete("vedette "))
        self.assertEqual(self.complete("vedette rules pu"), ["push"])
        self.assertEqual(self.complete("vedette rules push --back"), ["--back-test"])
        self.assertEqual(self.complete("vedette alerts close x --verdict f"), ["false_positive"])
        self.assertEqual(self.complete("vedette alerts --min-level hi"), ["high"])
        self.assertIn("--limit", self.complete("vedette alerts --l"))
        self.assertEqual(self.complete("vedette user list --format = j"), ["json"])
        self.assertEqual(self.complete("vedette completion f"), ["fish"])
        (self.folder / "rules here").mkdir()
        (self.folder / "notes").write_text("")
        self.assertEqual(self.complete("vedette rules list --rules ru"), ["rules here"])
        self.assertEqual(self.complete("vedette search --limit "), [])

    def test_every_command_is_known_to_every_shell(self):
        overview = self.run_it("--help").stdout
        names = [line[2:].split("  ")[0].strip() for line in overview.splitlines() if line.startswith("  ")]
        self.assertGreater(len(names), 40)
        for shell in ("bash", "zsh", "fish"):
            text = self.run_it("completion", shell).stdout
            for name in names:
                for word in name.split():
                    self.assertIn(word, text, shell)
        self.run_it("completion", "tcsh", code=2)
        self.run_it("completion", code=2)


class Health(Remote):
    """The double answers /readyz with 404, which is an answer."""

    def test_tls(self):
        certificate, key, _ = make_certificate(self.folder)
        other, _, _ = make_certificate(self.folder, "other")
        api = self.start(certificate, key)
        address = api.url.removeprefix("https://localhost")
        done = self.run_it("health", "--address", address, "--certificate", certificate, code=1)
        self.assertIn("nothing here", done.stderr)
        done = self.run_it("health", "--address", address, "--certificate", other, code=1)
        self.assertIn("does not match pinned", done.stderr)
        config = self.folder / "vedette.yaml"
        config.write_text(f"api:\n  listen: 'localhost{address}'\n  tls: {{certificate_file: {certificate}, key_file: {key}}}\n")
        self.assertIn("nothing here", self.run_it("health", "--config", config, code=1).stderr)
        own = self.folder / "data" / "tls" / "self_signed.crt"
        own.parent.mkdir(parents=True)
        own.write_text(pathlib.Path(certificate).read_text())
        config.write_text(f"data: {{folder: data}}\napi: {{listen: 'localhost{address}'}}\n")
        self.assertIn("nothing here", self.run_it("health", "--config", config, code=1).stderr)
        plain = self.api.url.removeprefix("http://")
        config.write_text(f"data: {{folder: data}}\napi: {{listen: '{plain}'}}\n")
        self.assertIn("nothing here", self.run_it("health", "--config", config, code=1).stderr)


if __name__ == "__main__":
    unittest.main()
