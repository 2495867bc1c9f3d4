#!/usr/bin/env python3
"""Computes what the search suite expects, with SQLite: an engine that shares nothing with Vedette's.

    tools/make_search_cases.py           write tests/search/events.ndjson and tests/search/*.test
    tools/make_search_cases.py --check   exit code 1 if they are not what would be written

Every case is a pair of a query in the search language and one in SQL (tools/search_cases.py). A .test file has, a
case: the query, "ordered" if the order of rows counts, "----", and a row a line with " | " between the values.
"""
import ipaddress
import json
import pathlib
import random
import re
import sqlite3
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import search_cases  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parent.parent
FOLDER = ROOT / "tests" / "search"
SEED = 20261103
EVENTS = 600
START = 1793664000  # 2026-11-03T00:00:00Z
FIELDS = ["n", "event.dataset", "event.action", "user.name", "host.name", "source.ip", "source.port", "bytes",
          "duration", "status", "success", "url.path", "message", "process.command_line", "tags", "labels.team"]


def timestamp(ms):
    seconds, rest = divmod(ms, 1000)
    import datetime
    moment = datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc)
    return moment.strftime("%Y-%m-%dT%H:%M:%S") + f".{rest:03d}Z"


def make_events():
    rng = random.Random(SEED)
    users = ["alice", "Alice", "bob", "carol", "svc-backup", "ADMINISTRATOR", "dave", "éva"]
    hosts = ["web-1", "web-2", "db-1", "dc-1", "ws-17"]
    addresses = ["10.0.0.5", "10.0.0.77", "10.1.2.3", "192.168.4.20", "203.0.113.9", "198.51.100.23", "2001:db8::1",
                 "fe80::1"]
    paths = ["/", "/login", "/admin/users", "/api/v1/items", "/static/app.js", "/search"]
    commands = ["powershell.exe -enc SQBFAFgA", "cmd.exe /c whoami", "C:\\Windows\\System32\\svchost.exe -k netsvcs",
                "/usr/bin/python3 -m http.server 8080", "rundll32.exe shell32.dll,Control_RunDLL"]
    messages = ["Failed password for invalid user bob from 203.0.113.9 port 4711 ssh2",
                "Accepted publickey for alice from 10.0.0.5", "session opened for user root", "disk full on /var",
                "connection reset by peer", "User login failed: bad password", "backup finished in 42 s"]
    events = []
    for n in range(1, EVENTS + 1):
        event = {"n": n}
        dataset = rng.choice(["auth", "web", "proc"])
        event["event.dataset"] = dataset
        event["@timestamp"] = timestamp(START * 1000 + rng.randrange(0, 3 * 86400 * 1000))
        event["host.name"] = rng.choice(hosts)
        if rng.random() < 0.9:
            event["user.name"] = rng.choice(users)
        if rng.random() < 0.3:
            event["tags"] = rng.sample(["vip", "lab", "external", "pci"], rng.randrange(1, 4))
        if rng.random() < 0.2:
            event["labels.team"] = rng.choice(["red", "blue", None])
        if dataset == "auth":
            event["event.action"] = rng.choice(["logon", "logoff", "logon_failed"])
            event["success"] = event["event.action"] != "logon_failed"
            event["source.ip"] = rng.choice(addresses)
            event["source.port"] = rng.randrange(1024, 65536)
            event["message"] = rng.choice(messages)
        elif dataset == "web":
            event["source.ip"] = rng.choice(addresses)
            event["url.path"] = rng.choice(paths)
            status = rng.choice([200, 200, 200, 301, 403, 404, 500])
            event["status"] = str(status) if rng.random() < 0.2 else status
            event["bytes"] = rng.randrange(0, 100000)
            event["duration"] = rng.randrange(1, 4000) / 8
        else:
            event["event.action"] = "start"
            event["process.command_line"] = rng.choice(commands)
        events.append(event)
    return events


def scalar(value):
    return json.dumps(value) if isinstance(value, list) else value


class Percentile:
    def __init__(self):
        self.values, self.p = [], 50

    def step(self, value, p):
        if value is not None:
            self.values.append(float(value))
        self.p = p

    def finalize(self):
        if not self.values:
            return None
        values = sorted(self.values)
        at = (len(values) - 1) * self.p / 100
        low = int(at)
        high = min(low + 1, len(values) - 1)
        return values[low] + (values[high] - values[low]) * (at - low)


class Variance:
    def __init__(self):
        self.values = []

    def step(self, value):
        if value is not None:
            self.values.append(float(value))

    def finalize(self):
        if not self.values:
            return None
        mean = sum(self.values) / len(self.values)
        return sum((v - mean) ** 2 for v in self.values) / len(self.values)


def in_network(address, network):
    try:
        return address is not None and ipaddress.ip_address(address) in ipaddress.ip_network(network)
    except ValueError:
        return False


def has_words(text, phrase):
    if text is None:
        return False
    cut = lambda s: re.findall(r"[A-Za-z0-9_\u0080-\U0010ffff]+", str(s).lower())
    have, want = cut(text), cut(phrase)
    return any(have[i:i + len(want)] == want for i in range(len(have) - len(want) + 1))


def database(events):
    db = sqlite3.connect(":memory:")
    columns = ", ".join(f'"{name}"' for name in FIELDS)
    db.execute(f'create table e ("@timestamp", {columns})')
    for event in events:
        row = [event["@timestamp"]] + [scalar(event.get(name)) for name in FIELDS]
        db.execute(f"insert into e values ({', '.join('?' * len(row))})", row)
    db.create_function("cidr", 2, in_network, deterministic=True)
    db.create_function("words", 2, has_words, deterministic=True)
    db.create_function("fold", 1, lambda s: None if s is None else str(s).lower(), deterministic=True)
    db.create_function("regexp", 2, lambda p, s: s is not None and re.search(p, str(s)) is not None, deterministic=True)
    db.create_function("tag", 2, lambda tags, t: tags is not None and t in json.loads(tags), deterministic=True)
    db.create_aggregate("percentile", 2, Percentile)
    db.create_aggregate("variance", 1, Variance)
    return db


def cell(value):
    if value is None:
        return "null"
    if isinstance(value, float):
        text = f"{value:.6g}"
        return str(int(value)) if value == int(value) and abs(value) < 1e15 else text
    return str(value)


def render(cases, db):
    lines = []
    for query, sql, ordered in cases:
        try:
            rows = [" | ".join(cell(value) for value in row) for row in db.execute(sql)]
        except sqlite3.Error as error:
            sys.exit(f"{sql}: {error}")
        lines.append(query)
        if ordered:
            lines.append("ordered")
        lines.append("----")
        lines.extend(rows if ordered else sorted(rows))
        lines.append("")
    return "\n".join(lines)


def main():
    events = make_events()
    db = database(events)
    files = {"events.ndjson": "".join(json.dumps(e, ensure_ascii=False) + "\n" for e in events)}
    for name, cases in search_cases.all_cases().items():
        files[f"{name}.test"] = render(cases, db)
    if sys.argv[1:] == ["--check"]:
        stale = [name for name, text in files.items()
                 if not (FOLDER / name).is_file() or (FOLDER / name).read_text() != text]
        if stale:
            sys.exit(f"not what tools/make_search_cases.py makes: {', '.join(stale)}")
        print(f"{sum(len(c) for c in search_cases.all_cases().values())} cases are as computed")
        return
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (FOLDER / name).write_text(text)


main()
