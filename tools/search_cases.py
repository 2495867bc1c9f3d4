"""The cases of the search suite: (query, the same in SQL, whether the order counts)."""

T = '"@timestamp"'
USER, HOST, IP, PORT = '"user.name"', '"host.name"', '"source.ip"', '"source.port"'
ACTION, DATASET, PATH, COMMAND = '"event.action"', '"event.dataset"', '"url.path"', '"process.command_line"'
TEAM = '"labels.team"'
TEXTS = ['"event.dataset"', ACTION, USER, HOST, IP, PATH, "message", COMMAND, TEAM]


def anywhere(word):
    tests = [f"words({column}, '{word}')" for column in TEXTS]
    tests += [f"words({column}, '{word}')" for column in ["tags", PORT, "n", "bytes", "status"]]
    return "(" + " or ".join(tests) + ")"


def day(date):
    return f"{T} >= '{date}T00:00:00.000Z' and {T} <= '{date}T23:59:59.999Z'"


# Filters: KQL, and what it means.
FILTERS = [
    ("", "1"),
    ("user.name: alice", f"fold({USER}) = 'alice'"),
    ("user.name: ALICE", f"fold({USER}) = 'alice'"),
    ('user.name: "alice"', f"fold({USER}) = 'alice'"),
    ('user.name == "Alice"', f"{USER} = 'Alice'"),
    ('user.name != "Alice"', f"{USER} is null or {USER} <> 'Alice'"),
    ("user.name: éva", f"{USER} = 'éva'"),
    ("user.name: a*", f"fold({USER}) like 'a%'"),
    ("user.name: *o*", f"fold({USER}) like '%o%'"),
    ("user.name: ?ob", f"fold({USER}) like '_ob'"),
    ("user.name: svc-backup", f"{USER} = 'svc-backup'"),
    ("user.name: nobody", "0"),
    ("no.such.field: x", "0"),
    ("user.name: *", f"{USER} is not null"),
    ("not user.name: *", f"{USER} is null"),
    ("not user.name: alice", f"{USER} is null or fold({USER}) <> 'alice'"),
    ("user.name: (alice or bob)", f"fold({USER}) in ('alice', 'bob')"),
    ("user.name: (a* and *e)", f"fold({USER}) like 'a%' and fold({USER}) like '%e'"),
    ("user.name: (not alice)", f"{USER} is null or fold({USER}) <> 'alice'"),
    ("user.name in (alice, bob, carol)", f"fold({USER}) in ('alice', 'bob', 'carol')"),
    ("not user.name in (alice, bob)", f"{USER} is null or fold({USER}) not in ('alice', 'bob')"),
    ("user.name: alice and host.name: web-1", f"fold({USER}) = 'alice' and {HOST} = 'web-1'"),
    ("user.name: alice or host.name: web-1", f"fold({USER}) = 'alice' or {HOST} = 'web-1'"),
    ("user.name: alice or host.name: web-1 and event.dataset: web",
     f"fold({USER}) = 'alice' or ({HOST} = 'web-1' and {DATASET} = 'web')"),
    ("(user.name: alice or host.name: web-1) and event.dataset: web",
     f"(fold({USER}) = 'alice' or {HOST} = 'web-1') and {DATASET} = 'web'"),
    ("not (user.name: alice or user.name: bob)", f"{USER} is null or fold({USER}) not in ('alice', 'bob')"),
    ("user.name: alice AND NOT event.dataset: web", f"fold({USER}) = 'alice' and {DATASET} <> 'web'"),
    ("source.port > 60000", f"{PORT} > 60000"),
    ("source.port >= 30000 and source.port < 40000", f"{PORT} >= 30000 and {PORT} < 40000"),
    ("source.port: 1..20000", f"{PORT} between 1 and 20000"),
    ("bytes <= 0", "bytes <= 0"),
    ("bytes < 500.5", "bytes < 500.5"),
    ("duration > 250", "duration > 250"),
    ("duration: 0.125", "duration = 0.125"),
    ("status: 404", "cast(status as integer) = 404"),
    ('status: "404"', "cast(status as integer) = 404"),
    ("status >= 400", "cast(status as integer) >= 400"),
    ("status: 4*", "cast(status as text) like '4%'"),
    ("success: true", "success = 1"),
    ("success: false", "success = 0"),
    ("not success: true", "success is null or success = 0"),
    ("source.ip: 10.0.0.5", f"{IP} = '10.0.0.5'"),
    ("source.ip: 10.0.0.0/8", f"cidr({IP}, '10.0.0.0/8')"),
    ("source.ip: 10.0.0.0/24", f"cidr({IP}, '10.0.0.0/24')"),
    ("not source.ip: 10.0.0.0/8", f"{IP} is null or not cidr({IP}, '10.0.0.0/8')"),
    ('source.ip: "2001:db8::/32"', f"cidr({IP}, '2001:db8::/32')"),
    ("source.ip in (10.0.0.0/8, 192.168.0.0/16)", f"cidr({IP}, '10.0.0.0/8') or cidr({IP}, '192.168.0.0/16')"),
    ("source.ip: 10.0.0.1..10.0.0.100", f"{IP} in ('10.0.0.5', '10.0.0.77')"),
    ("tags: vip", "tag(tags, 'vip')"),
    ("tags: VIP", "tag(tags, 'vip')"),
    ("tags: (vip and lab)", "tag(tags, 'vip') and tag(tags, 'lab')"),
    ("tags: vip and not tags: lab", "tag(tags, 'vip') and not tag(tags, 'lab')"),
    ("not tags: vip", "tags is null or not tag(tags, 'vip')"),
    ("tags: *", "tags is not null"),
    ("labels.team: red", f"{TEAM} = 'red'"),
    ("message: failed", "words(message, 'failed')"),
    ("message: FAILED", "words(message, 'failed')"),
    ("message: fail", "0"),
    ('message: "failed password"', "words(message, 'failed password')"),
    ('message: "password failed"', "0"),
    ('message: "disk full"', "words(message, 'disk full')"),
    ("message ~ \"password\"", "fold(message) like '%password%'"),
    ("message ~ \"FAIL\"", "fold(message) like '%fail%'"),
    ("message ~ \"ssw\"", "fold(message) like '%ssw%'"),
    ('process.command_line ~ "enc"', f"fold({COMMAND}) like '%enc%'"),
    ("process.command_line: *whoami*", f"fold({COMMAND}) like '%whoami%'"),
    ("process.command_line: powershell*", f"fold({COMMAND}) like 'powershell%'"),
    (r'process.command_line: "C:\\Windows\\System32\\svchost.exe -k netsvcs"', f"{COMMAND} like '%svchost%'"),
    ("process.command_line: /^cmd/", f"{COMMAND} regexp '^cmd'"),
    ("process.command_line: /HTTP\\.server/i", f"{COMMAND} regexp 'http\\.server'"),
    ('url.path: "/login"', f"{PATH} = '/login'"),
    ('url.path: "/admin/*"', f"{PATH} = '/admin/*'"),
    ("event.action: logon", f"{ACTION} = 'logon'"),
    ("event.action: logon*", f"{ACTION} like 'logon%'"),
    ("event.action: (logon or logoff)", f"{ACTION} in ('logon', 'logoff')"),
    ("event: { action: logon and dataset: auth }", f"{ACTION} = 'logon' and {DATASET} = 'auth'"),
    ("event.*: start", f"{ACTION} = 'start'"),
    ("*.name: web-1", f"{HOST} = 'web-1'"),
    ("alice", anywhere("alice")),
    ("root", anywhere("root")),
    ('"session opened"', "words(message, 'session opened')"),
    ("whoami", anywhere("whoami")),
    ("failed password", "words(message, 'failed') and words(message, 'password')"),
    ("not alice", "not " + anywhere("alice")),
    ("alice and web-1", anywhere("alice") + " and " + anywhere("web-1")),
    ('@timestamp >= "2026-11-04T00:00:00Z"', f"{T} >= '2026-11-04T00:00:00.000Z'"),
    ('@timestamp < "2026-11-03T06:00:00Z"', f"{T} < '2026-11-03T06:00:00.000Z'"),
    ('@timestamp >= "2026-11-03T12:00:00Z" and @timestamp < "2026-11-03T18:00:00Z"',
     f"{T} >= '2026-11-03T12:00:00.000Z' and {T} < '2026-11-03T18:00:00.000Z'"),
    ("@timestamp: 2026-11-04", day("2026-11-04")),
    ('@timestamp < "2026-11-03T06:00:00Z" or user.name: bob',
     f"{T} < '2026-11-03T06:00:00.000Z' or {USER} = 'bob'"),
    ("n: 17", "n = 17"),
    ("n >= 100 and n <= 110", "n between 100 and 110"),
    ("n in (1, 2, 3, 599, 600, 601)", "n in (1, 2, 3, 599, 600)"),
]

BUCKET_H = f"substr({T}, 1, 13) || ':00:00.000Z'"
BUCKET_D = f"substr({T}, 1, 10) || 'T00:00:00.000Z'"


def stats_cases():
    yield "| stats count()", "select count(*) from e", False
    yield "| stats n = count() by event.dataset", f"select {DATASET}, count(*) from e group by 1", False
    yield "| stats count() by user.name", f"select {USER}, count(*) from e where {USER} is not null group by 1", False
    yield "| stats count() by host.name, event.dataset", f"select {HOST}, {DATASET}, count(*) from e group by 1, 2", False
    yield ("| stats count() as c by host.name | sort c desc, host.name",
           f"select {HOST}, count(*) c from e group by 1 order by c desc, 1", True)
    yield ("| stats count() as c by host.name | sort c desc, host.name | limit 2",
           f"select {HOST}, count(*) c from e group by 1 order by c desc, 1 limit 2", True)
    for function, sql in [("sum", "sum"), ("avg", "avg"), ("min", "min"), ("max", "max")]:
        yield f"| stats v = {function}(bytes)", f"select {sql}(bytes) from e", False
        yield (f"event.dataset: web | stats v = {function}(duration) by url.path",
               f"select {PATH}, {sql}(duration) from e where {DATASET} = 'web' group by 1", False)
        yield (f"event.dataset: web | stats v = {function}(bytes) by host.name",
               f"select {HOST}, {sql}(bytes) from e where {DATASET} = 'web' group by 1", False)
    for p in (0, 25, 50, 90, 95, 99, 100):
        yield f"| stats p = percentile(bytes, {p})", f"select percentile(bytes, {p}) from e", False
    yield "| stats m = median(duration) by host.name", f"select {HOST}, percentile(duration, 50) from e group by 1", False
    yield "| stats v = variance(duration)", "select variance(duration) from e", False
    yield "| stats d = count_distinct_exact(user.name)", f"select count(distinct {USER}) from e", False
    yield "| stats d = count_distinct(user.name)", f"select count(distinct {USER}) from e", False
    yield ("| stats d = count_distinct_exact(source.ip) by host.name",
           f"select {HOST}, count(distinct {IP}) from e group by 1", False)
    yield "| stats c = count(bytes), n = count()", "select count(bytes), count(*) from e", False
    yield ("| stats n = count(), b = sum(bytes), u = count_distinct_exact(user.name) by event.dataset",
           f"select {DATASET}, count(*), sum(bytes), count(distinct {USER}) from e group by 1", False)
    yield ("| stats n = count() by bucket(@timestamp, 1d)", f"select {BUCKET_D}, count(*) from e group by 1", False)
    yield ("| stats n = count() by t = bucket(@timestamp, 1h) | sort t",
           f"select {BUCKET_H} t, count(*) from e group by 1 order by 1", True)
    yield ("event.dataset: auth | stats n = count() by bucket(@timestamp, 1d), event.action",
           f"select {BUCKET_D}, {ACTION}, count(*) from e where {DATASET} = 'auth' group by 1, 2", False)
    yield ("| stats n = count() by b = bucket(bytes, 10000)",
           "select cast(bytes / 10000 as integer) * 10000, count(*) from e where bytes is not null group by 1", False)
    yield ("| stats n = count() by tags",
           "select value, count(*) from e, json_each(e.tags) where tags is not null group by 1", False)
    yield ("user.name: nobody | stats count()", "select 0", False)
    yield ("user.name: nobody | stats count() by host.name", "select 1 where 0", False)
    yield ("| stats f = min(@timestamp), l = max(@timestamp)", f"select min({T}), max({T}) from e", False)
    yield ("| stats l = last(n) by host.name",
           f"select {HOST}, n from e x where not exists (select 1 from e y where y.{HOST} = x.{HOST} and "
           f"(y.{T} > x.{T} or (y.{T} = x.{T} and y.n > x.n)))", False)
    yield ("| stats f = first(n) by event.dataset",
           f"select {DATASET}, n from e x where not exists (select 1 from e y where y.{DATASET} = x.{DATASET} and "
           f"(y.{T} < x.{T} or (y.{T} = x.{T} and y.n < x.n)))", False)
    yield ("| stats n = count() by user.name | where n > 60",
           f"select {USER}, count(*) from e where {USER} is not null group by 1 having count(*) > 60", False)
    yield ("| stats n = count() by user.name | eval half = n / 2 | keep user.name, half",
           f"select {USER}, count(*) / 2.0 from e where {USER} is not null group by 1", False)
    yield ("| stats n = count() by u = lower(user.name)",
           f"select fold({USER}), count(*) from e where {USER} is not null group by 1", False)
    yield ("| eval k = bytes / 1000 | stats s = sum(k) by event.dataset | where s is not null",
           f"select {DATASET}, sum(bytes / 1000.0) s from e group by 1 having s is not null", False)
    yield ("| stats n = count() by host.name | stats total = sum(n), hosts = count()",
           f"select count(*), count(distinct {HOST}) from e", False)


def stage_cases():
    yield "| sort n | limit 3 | keep n", "select n from e order by n limit 3", True
    yield "| sort n desc | limit 3 | keep n", "select n from e order by n desc limit 3", True
    yield "| sort @timestamp | limit 5 | keep n", f"select n from e order by {T}, n limit 5", True
    yield "| limit 5 | keep n", f"select n from e order by {T} desc, n desc limit 5", True
    yield ("| sort user.name, n | limit 5 | keep user.name, n",
           f"select {USER}, n from e where {USER} is not null order by {USER}, n limit 5", True)
    yield ("| sort bytes desc, n | limit 5 | keep n, bytes", "select n, bytes from e order by bytes desc, n limit 5", True)
    yield ("event.dataset: web | sort duration desc, n | limit 10 | keep n, duration",
           f"select n, duration from e where {DATASET} = 'web' order by duration desc, n limit 10", True)
    yield ("| where bytes > 90000 | keep n", "select n from e where bytes > 90000", False)
    yield ('| where user.name == "Alice" and bytes > 100 | keep n', f"select n from e where {USER} = 'Alice' and bytes > 100",
           False)
    yield ("| where bytes > duration * 100 | keep n", "select n from e where bytes > duration * 100", False)
    yield ("| where length(user.name) == 3 | keep n", f"select n from e where length({USER}) = 3", False)
    yield ('| where user.name like "a*" | keep n', f"select n from e where {USER} glob 'a*'", False)
    yield ("| where bytes is null | stats count()", "select count(*) from e where bytes is null", False)
    yield ("| where bytes is not null | stats count()", "select count(*) from e where bytes is not null", False)
    yield ('| where host.name in ("web-1", "db-1") | stats count()',
           f"select count(*) from e where {HOST} in ('web-1', 'db-1')", False)
    yield ("| where not (bytes > 50000) | stats count()", "select count(*) from e where bytes is null or bytes <= 50000", False)
    yield ("event.dataset: web | eval kb = bytes / 1024 | where kb > 90 | keep n, kb",
           f"select n, bytes / 1024.0 from e where bytes / 1024.0 > 90", False)
    yield ("event.dataset: web | eval s = concat(host.name, \":\", url.path) | stats count() by s",
           f"select {HOST} || ':' || {PATH}, count(*) from e where {DATASET} = 'web' group by 1", False)
    yield ("event.dataset: web | eval big = if(bytes > 50000, \"big\", \"small\") | stats count() by big",
           f"select case when bytes > 50000 then 'big' else 'small' end, count(*) from e where {DATASET} = 'web' group by 1",
           False)
    yield ("| eval u = coalesce(user.name, \"-\") | stats count() by u", f"select coalesce({USER}, '-'), count(*) from e group by 1",
           False)
    yield ("| eval d = date_trunc(@timestamp, 1d) | stats count() by d", f"select {BUCKET_D}, count(*) from e group by 1", False)
    yield ("| eval h = hour(@timestamp) | stats count() by h",
           f"select cast(substr({T}, 12, 2) as integer), count(*) from e group by 1", False)
    yield ("n: 5 | keep n, host.name | rename host.name as h", f"select n, {HOST} from e where n = 5", False)
    yield ("n <= 3 | keep n, host.name | drop host.name", "select n from e where n <= 3", False)
    yield ("| sort n | dedup host.name | keep n, host.name", f"select min(n), {HOST} from e group by 2", False)
    yield ("| sort n | dedup host.name, event.dataset | keep n", f"select min(n) from e group by {HOST}, {DATASET}", False)
    yield ("| top 3 host.name", f"select {HOST}, count(*) c from e group by 1 order by c desc, 1 limit 3", True)
    yield ("| rare 2 host.name", f"select {HOST}, count(*) c from e group by 1 order by c, 1 limit 2", True)
    yield ("event.dataset: web | top 2 url.path", f"select {PATH}, count(*) c from e where {DATASET} = 'web' group by 1 "
           "order by c desc, 1 limit 2", True)
    yield ('event.dataset: auth | rex message "from (?P<addr>[0-9.]+)" | stats count() by addr',
           "select case when message like '%203.0.113.9%' then '203.0.113.9' when message like '%10.0.0.5%' then "
           f"'10.0.0.5' end a, count(*) from e where {DATASET} = 'auth' and a is not null group by 1", False)
    yield ('event.dataset: web | dissect url.path "/%{first}/%{rest}" | where first is not null | stats count() by first',
           f"select substr({PATH}, 2, instr(substr({PATH}, 2), '/') - 1) f, count(*) from e where {PATH} like '/%/%' "
           "group by 1", False)


def all_cases():
    filters = []
    for kql, where in FILTERS:
        filters.append((f"{kql} | stats count()".strip(), f"select count(*) from e where {where}", False))
        filters.append((f"{kql} | sort n desc | limit 4 | keep n, host.name".strip(),
                        f"select n, {HOST} from e where {where} order by n desc limit 4", True))
        filters.append((f"{kql} | stats s = sum(n) by event.dataset".strip(),
                        f"select {DATASET}, sum(n) from e where {where} group by 1", False))
    return {"filters": filters, "stats": list(stats_cases()), "stages": list(stage_cases())}
