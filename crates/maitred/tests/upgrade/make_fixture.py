"""Makes the databases of a release that tests/upgrade opens with today's program, and records what it answered.

It drives the program of the release over HTTP and on the command line, so the databases are exactly what the release
leaves behind. Only Python's standard library is needed, and the programs of PostgreSQL. For 0.1, from the root:

    git worktree add /tmp/maitred-0.1 a87fae8ba945
    (cd /tmp/maitred-0.1 && cargo build --release --locked)
    scripts/with-postgres.sh python3 crates/maitred/tests/upgrade/make_fixture.py \\
        /tmp/maitred-0.1/target/release/maitred crates/maitred/tests/upgrade/0.1

For each engine there are then, below the folder that was named last:

    whole.*        a database with something of everything, closed in good order
    interrupted.*  one whose server was killed between a large change and the rest of it: of a lead that is erased, of
                   contacts that are drained, of an operator and of a source that are deleted
    answers.json   about `whole`: what GETs were answered, what POSTs with an Idempotency-Key were answered, and what
                   the command line printed

A database differs each time it is made: seeds, times and the secrets of keys are random. No secret stays: the keys and
passwords are known to nobody once this ends.
"""

import gzip
import http.client
import json
import os
import re
import secrets
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse
from pathlib import Path

API = "/api/v1"
# More than one command moves (DRAIN_MAX is 256), so that there is a rest.
MANY = 258
# Sentences in answers.
PROSE = ["words", "title", "detail"]


class Sqlite:
    """A database in a file."""

    name = "sqlite"

    def __init__(self, folder):
        self.file = Path(folder) / "maitred.db"
        self.url = f"sqlite://{self.file}"
        self.connection = None

    def twin(self):
        """A copy of the closed database."""
        twin = Sqlite(tempfile.mkdtemp(dir=self.file.parent))
        for end in ["", ".access"]:
            if os.path.exists(f"{self.file}{end}"):
                shutil.copy(f"{self.file}{end}", f"{twin.file}{end}")
        return twin

    def lock(self):
        """Keeps the server from writing, from between two of its transactions on."""
        self.connection = self.connection or sqlite3.connect(self.file, timeout=0, isolation_level=None)
        while True:
            try:
                self.connection.execute("BEGIN IMMEDIATE")
                return
            except sqlite3.OperationalError as error:
                if "locked" not in str(error):
                    raise

    def unlock(self):
        self.connection.execute("ROLLBACK")

    def number(self, sql):
        """The number that a query gives; only under the lock."""
        return self.connection.execute(sql).fetchone()[0]

    def save(self, into, name):
        if self.connection:
            self.connection.close()
        with sqlite3.connect(self.file, isolation_level=None) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.close()
        compress(into / f"{name}.db.gz", self.file.read_bytes())
        access = Path(f"{self.file}.access")
        if access.exists():
            compress(into / f"{name}.db.access.gz", access.read_bytes())


class Postgres:
    """A database on the server of MAITRED_TEST_POSTGRES."""

    name = "postgres"

    def __init__(self, server, template="template0"):
        database = f"fixture_{secrets.token_hex(6)}"
        subprocess.run(
            ["psql", "-qX", f"{server}/postgres", "-c", f"CREATE DATABASE {database} TEMPLATE {template}"], check=True
        )
        self.server, self.database, self.url = server, database, f"{server}/{database}"
        self.psql = None

    def twin(self):
        return Postgres(self.server, self.database)

    def run(self, sql):
        if self.psql is None:
            command = ["psql", "-qXtA", "-v", "ON_ERROR_STOP=1", self.url]
            pipe = subprocess.PIPE
            self.psql = subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True)
        self.psql.stdin.write(f"{sql};\n\\echo done\n")
        self.psql.stdin.flush()
        lines = []
        while (line := self.psql.stdout.readline().rstrip("\n")) != "done":
            if not line and self.psql.poll() is not None:
                sys.exit(f"psql ended at: {sql}")
            lines.append(line)
        return lines

    def lock(self):
        self.run("BEGIN; SELECT 1 FROM maitred.next_ids FOR UPDATE")

    def unlock(self):
        self.run("ROLLBACK")

    def number(self, sql):
        return int(self.run(re.sub(r"\b(FROM|JOIN) ", r"\1 maitred.", sql))[0])

    def save(self, into, name):
        options = ["--inserts", "--rows-per-insert=100", "--no-owner", "--no-privileges", "--no-comments"]
        dump = subprocess.run(
            ["pg_dump", "--format=plain", "--schema=maitred", *options, self.url], check=True, capture_output=True
        ).stdout.decode()
        compress(into / f"{name}.sql.gz", "".join(statements(dump)).encode())


def statements(dump):
    """The lines of a dump but for those that belong to its client, or that only some versions of the server know."""
    foreign = ("SET ", "SELECT pg_catalog.set_config", "\\restrict", "\\unrestrict", "--", "\n")
    in_text = False
    for line in dump.splitlines(keepends=True):
        if in_text or not line.startswith(foreign):
            yield line
        in_text ^= line.count("'") % 2 == 1


class Server:
    """The program of the release, serving a database."""

    def __init__(self, program, place):
        command = [program, "serve", "--database", place.url, "--listen", "127.0.0.1:0", "--default-region", "RU"]
        command += ["--log-format", "json", "--rate-limit", "0", "--idempotency-hours", "8784"]
        # In its own folder and without our environment, so that no setting comes from elsewhere.
        self.process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, cwd=tempfile.gettempdir(), env={})
        self.address = None
        for line in self.process.stderr:
            said = json.loads(line) if line.startswith("{") else {}
            if said.get("message") == "serving":
                self.address = said["address"]
                break
        if self.address is None:
            sys.exit("the server does not start")
        threading.Thread(target=self.process.stderr.read, daemon=True).start()
        self.token = self.cookie = self.connection = None

    def send(self, method, path, text=None, **headers):
        """One request as text; its status, its text, its headers."""
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        if text is not None:
            headers.setdefault("content-type", "application/json")
        if self.cookie:
            headers |= {"cookie": self.cookie, "sec-fetch-site": "same-origin", "accept": "text/html"}
        elif self.token:
            headers["authorization"] = f"Bearer {self.token}"
        self.connection = self.connection or http.client.HTTPConnection(self.address)
        self.connection.request(method, path, text if text is None else text.encode(), headers)
        response = self.connection.getresponse()
        return response.status, response.read().decode(), response.headers

    def call(self, method, path, body=None, expect=(200, 201, 204), **headers):
        text = None if body is None else json.dumps(body, ensure_ascii=False)
        status, answer, _ = self.send(method, path, text, **headers)
        if status not in expect:
            sys.exit(f"{method} {path} {text}: {status} {answer}")
        return json.loads(answer) if answer else None

    def get(self, path):
        return self.call("GET", path)

    def post(self, path, body=None, **headers):
        return self.call("POST", path, body, **headers)

    def form(self, path, **fields):
        kind = "application/x-www-form-urlencoded"
        status, answer, headers = self.send("POST", path, urllib.parse.urlencode(fields), content_type=kind)
        if status != 303:
            sys.exit(f"POST {path}: {status} {answer}")
        return headers

    def operator(self, name, max_load, **more):
        return self.post(f"{API}/operators", {"name": name, "max_load": max_load, **more})["id"]

    def source(self, name, weights=(), **more):
        source = self.post(f"{API}/sources", {"name": name, **more})["id"]
        for operator, weight in weights:
            self.post(f"{API}/sources/{source}/operators", {"operator_id": operator, "weight": weight})
        return source

    def contact(self, source, **more):
        return self.post(f"{API}/contacts", {"source_id": source, **more})

    def stop(self):
        self.process.terminate()
        if self.process.wait() != 0:
            sys.exit("the server did not end in good order")

    def kill(self):
        self.process.kill()
        self.process.wait()


class Whole:
    """Fills a database with something of everything."""

    def __init__(self, program, place):
        self.program, self.place = program, place
        self.kept = []
        self.tokens = {}

    def command(self, *arguments, given=None):
        command = [self.program, "--database", self.place.url, "--default-region", "RU", *arguments]
        folder = tempfile.gettempdir()
        ended = subprocess.run(command, input=given, capture_output=True, text=True, cwd=folder, env={})
        if ended.returncode != 0:
            sys.exit(f"{arguments}: {ended.stdout}{ended.stderr}")
        return ended.stdout

    def once(self, path, body=None, key=None, as_key=1):
        """A POST whose answer the release keeps, recorded to be sent again. The key "-" is none: the contact has a
        `source_event_id` instead.
        """
        key = key or f"{path.removeprefix(API)}#{len(self.kept)}"
        text = None if body is None else json.dumps(body, ensure_ascii=False)
        self.server.token = self.tokens[as_key]
        headers = {"idempotency_key": key} if key != "-" else {}
        status, answer, _ = self.server.send("POST", path, text, **headers)
        self.server.token = self.tokens[1]
        if status not in (200, 201):
            sys.exit(f"POST {path} {text}: {status} {answer}")
        answer = json.loads(answer)
        kept = {"as_key": as_key, "idempotency_key": None if key == "-" else key, "path": path, "body": text}
        self.kept.append(kept | {"status": status, "answer": answer})
        return answer

    def fill(self):
        self.server = Server(self.program, self.place)
        self.staff()
        self.keys()
        self.arrivals()
        self.handling()
        self.people()
        self.leads()
        self.dialects()
        self.settings()
        self.server.stop()
        self.on_the_command_line()

    def staff(self):
        """Without a key, for there are none yet."""
        server = self.server
        self.anna = server.operator("Анна", 60)
        self.boris = server.operator("Борис Ёлкин", 40)
        self.vera = server.operator("Vera O'Neil", 60)
        self.gleb = server.operator("Глеб", 5, is_active=False)
        self.dina = server.operator("Дина 🏠", 2)
        self.egor = server.operator("Егор", 10)
        staff = [(self.anna, 50), (self.boris, 30), (self.vera, 20), (self.gleb, 40), (self.dina, 5), (self.egor, 10)]
        self.bot = server.source(
            "Telegram-бот", staff, kind="telegram", policy="weighted_random", default_region="RU",
            description="Основной бот;\nвторая строка \\ 'кавычки' \"и ещё\"",
        )
        self.site = server.source("Сайт", staff[:3], kind="site", policy="smooth_weighted")
        self.whatsapp = server.source("WhatsApp", staff[:5], kind="whatsapp", policy="least_loaded", sticky=True)
        self.phone = server.source("Телефон", staff[1:3], kind="phone", policy="longest_idle", default_region="DE")
        self.queue = server.source("Никто не дежурит", kind="email")
        self.closed = server.source("Старый сайт", [(self.egor, 1)], kind="other")
        self.unused = server.source("Лишний", [(self.anna, 0)], kind="bot")
        self.early = server.contact(self.queue, lead_email="Early@Example.com", message="ещё до ключей")["id"]

    def keys(self):
        made = json.loads(self.command("keys", "create", "--name", "Owner", "--role", "admin", "--json"))
        self.tokens[made["id"]] = self.server.token = made["token"]
        time.sleep(1.5)
        wanted = [
            {"name": "Надзор", "role": "supervisor"},
            {"name": "Бот", "role": "intake", "source_id": self.bot},
            {"name": "Формы", "role": "intake"},
            {"name": "Стол Анны", "role": "operator", "operator_id": self.anna},
            {"name": "На время", "role": "supervisor", "expires_at": "2100-01-01T00:00:00Z"},
            {"name": "Отозванный", "role": "admin"},
            {"name": "Отозван из консоли", "role": "intake"},
        ]
        for body in wanted:
            made = self.server.post(f"{API}/keys", body)
            self.tokens[made["id"]] = made["token"]
        self.server.call("DELETE", f"{API}/keys/7")
        self.command("keys", "revoke", "8")

    def person(self, n):
        given = {}
        if n % 2 == 0:
            given["lead_phone"] = f"8 (999) {n:03}-00-{n % 100:02}"
        if n % 3 == 0:
            given["lead_external_id"] = f"tg:{1000 + n}"
        if n % 5 == 0 or not given:
            given["lead_email"] = f"Клиент{n}@Пример.РФ" if n % 10 == 0 else f"Client.{n}@Example.org"
        if n % 4 == 0:
            given["lead_name"] = f"Клиент №{n}"
        return given

    def arrivals(self):
        sources = [self.bot, self.bot, self.site, self.whatsapp, self.phone, self.bot, self.queue]
        messages = ["Здравствуйте! Сколько стоит доставка?", "Перезвоните, пожалуйста\n\nСпасибо", None, "Hello 👋", ""]
        for n in range(92):
            body = {"source_id": sources[n % len(sources)], **self.person(n % 37)}
            if messages[n % 5] is not None:
                body["message"] = messages[n % 5]
            if n % 6 == 0:
                body["priority"] = (n % 7 - 3) * 100
            if n % 4 == 1:
                nested = {"list": [1, 2.50, None]}
                body["attributes"] = {"utm": "осень", "n": n, "big": 12345678901234567890, "nested": nested}
            if n % 15 == 2:
                self.once(f"{API}/contacts", body, as_key=[1, 2, 4][n % 3])
            elif n % 15 == 7:
                self.once(f"{API}/contacts", body | {"source_event_id": 700_000 + n}, key="-")
            elif n % 15 == 9:
                self.once(f"{API}/contacts", body | {"source_event_id": f"событие {n}"})
            else:
                self.server.post(f"{API}/contacts", body)
        self.once(f"{API}/contacts", {"source_id": self.bot, "lead_external_id": "tg:77"}, as_key=3)
        for _ in range(3):
            self.server.contact(self.closed, lead_external_id="посетитель")
        # One contact with identities of two leads.
        self.server.contact(self.bot, lead_phone="8 (999) 002-00-02", lead_email="client.5@example.org")

    def some(self, **wanted):
        query = urllib.parse.urlencode({"limit": 1000, **wanted})
        return [contact["id"] for contact in self.server.get(f"{API}/contacts?{query}")]

    def handling(self):
        server, once = self.server, self.once
        held = self.some(status="assigned")
        for n, contact in enumerate(held[:44]):
            if n % 10 == 0:
                once(f"{API}/contacts/{contact}/resolve")
            elif n % 10 == 1:
                server.call("PATCH", f"{API}/contacts/{contact}", {"is_resolved": True})
            elif n % 2 == 0:
                server.post(f"{API}/contacts/{contact}/resolve")
        resolved = self.some(status="resolved")
        for n, contact in enumerate(resolved[:12]):
            once(f"{API}/contacts/{contact}/reopen") if n % 4 == 0 else server.post(f"{API}/contacts/{contact}/reopen")
        held = self.some(status="assigned", operator_id=self.anna)
        for contact in held[:3]:
            server.post(f"{API}/contacts/{contact}/transfer", {"operator_id": self.vera})
        once(f"{API}/contacts/{held[3]}/transfer", {"operator_id": self.boris})
        once(f"{API}/contacts/{held[4]}/transfer", {"operator_id": self.dina, "force": True})
        server.post(f"{API}/contacts/{held[5]}/transfer", {"operator_id": self.gleb, "force": True})
        once(f"{API}/contacts/{held[6]}/transfer", {"operator_id": None})
        once(f"{API}/contacts/{held[7]}/resolve", as_key=5)
        server.post(f"{API}/contacts/{self.some(status='waiting', source_id=self.queue)[0]}/resolve")
        for contact in self.some(operator_id=self.boris)[:4]:
            server.post(f"{API}/contacts/{contact}/transfer", {"operator_id": None}, expect=(200, 409))
        self.edited = self.some(source_id=self.whatsapp)[0]
        server.call("PATCH", f"{API}/contacts/{self.edited}", {"message": "Исправлено", "priority": 1000})
        server.call("PATCH", f"{API}/contacts/{self.some()[9]}", {"message": None})
        self.deleted = self.some(source_id=self.bot)[5:8]
        for contact in self.deleted:
            server.call("DELETE", f"{API}/contacts/{contact}")

    def people(self):
        def add(name, *role):
            password = secrets.token_urlsafe(18)
            self.command("users", "add", name, "--role", *role, "--password-stdin", given=password + "\n")
            return password

        passwords = {"Мария": add("Мария", "admin"), "Пётр": add("Пётр", "supervisor")}
        passwords["Анна"] = add("Анна", "operator", "--operator", str(self.anna))
        add("Бывший", "supervisor")
        self.command("users", "disable", "Бывший")
        time.sleep(1.5)
        contact = self.some(status="assigned", operator_id=self.anna)[0]
        self.server.token = None
        cookies = {}
        for name in ["Мария", "Мария", "Пётр", "Анна"]:
            headers = self.server.form("/login", name=name, password=passwords[name])
            cookies[name] = headers["set-cookie"].split(";")[0]
        self.server.cookie = cookies["Анна"]
        self.server.form(f"/desk/{self.anna}/contacts/{contact}/resolve")
        self.server.cookie = cookies["Мария"]
        self.server.form("/leads/2/name", name="Пётр Ильич")
        self.server.form(f"/contacts/{self.early}/priority", priority="7")
        self.server.cookie, self.server.token = None, self.tokens[1]

    def leads(self):
        server = self.server
        leads = {lead["id"]: lead for lead in server.get(f"{API}/leads?limit=1000")}
        busy = [id for id, lead in leads.items() if lead["open_contact_count"] and id not in self.about_kept()]
        server.call("PATCH", f"{API}/leads/{busy[0]}", {"name": "Ольга Ёжикова", "external_id": "crm-42"})
        server.call("PATCH", f"{API}/leads/{busy[1]}", {"phone": "+7 812 555-01-02", "email": "Olga@Example.com"})
        server.call("PATCH", f"{API}/leads/{busy[0]}", {"name": None})
        server.call("PATCH", f"{API}/leads/{busy[0]}", {"name": "Ольга"})
        self.once(f"{API}/leads/{busy[0]}/merge", {"absorb_lead_id": busy[2]})
        server.post(f"{API}/leads/{busy[3]}/merge", {"absorb_lead_id": busy[0]})
        for n in range(2):
            contact = server.contact(self.bot, lead_phone=f"8 999 555-00-0{n}", lead_name="Тайный", message="Личное")
            server.post(f"{API}/contacts/{contact['id']}/resolve")
            path = f"{API}/leads/{contact['lead_id']}/erase"
            self.once(path) if n == 0 else server.post(path)
        # One that absorbed another, and whose kept answers are forgotten with it.
        known = server.contact(self.site, lead_phone="+7 999 777-77-77", lead_name="Забытый", message="Личное")
        other = server.contact(self.site, lead_email="other@example.org", message="Тоже личное")
        for contact in [known, other]:
            key = {"idempotency_key": f"forgotten-{contact['id']}"}
            server.post(f"{API}/contacts/{contact['id']}/resolve", **key)
        server.post(f"{API}/leads/{known['lead_id']}/merge", {"absorb_lead_id": other["lead_id"]})
        server.post(f"{API}/leads/{known['lead_id']}/erase")
        # The same phone again is a new lead.
        server.contact(self.site, lead_phone="+7 999 777-77-77", message="Это снова я")
        self.erased_later = server.contact(self.site, lead_external_id="erased by the command line", message="Личное")
        server.post(f"{API}/contacts/{self.erased_later['id']}/resolve")

    def about_kept(self):
        return {kept["answer"].get("lead_id", kept["answer"].get("id")) for kept in self.kept}

    def dialects(self):
        server = self.server
        base = "/compat/interactions"
        operator = server.post(f"{base}/operators/", {"name": "Alice", "max_load": 2})["id"]
        source = server.post(f"{base}/sources/", {"name": "Interactions"})["id"]
        server.post(f"{base}/sources/{source}/config", [{"operator_id": operator, "weight": 100}])
        for n in range(4):
            lead = {"external_lead_id": f"user{n % 2}", "source_id": source, "message": f"Привет {n}"}
            server.post(f"{base}/interactions/", lead)
        base = "/compat/inquiries"
        operator = server.post(f"{base}/operators", {"name": "Senior", "max_load": 3, "is_active": True})["id"]
        source = server.post(f"{base}/sources", {"name": "Inquiries"})["id"]
        server.post(f"{base}/sources/{source}/config", {"configs": [{"operator_id": operator, "weight": 90}]})
        for client in ["+7 999 000-00-02", "ivan@example.com", "1234567890"]:
            server.post(f"{base}/inquiries", {"client_id": client, "source_id": source})
        base = "/compat/appeals"
        operator = server.post(f"{base}/operators", {"status": "ACTIVE", "active_appeals_limit": 5})["id"]
        source = server.post(f"{base}/lead-sources", {"type": "BOT"})["id"]
        server.post(f"{base}/lead-sources/{source}/operators", {"operator_id": operator, "routing_factor": 10})
        for lead in [11, 11, 12]:
            appeal = server.post(f"{base}/appeals", {"lead_id": lead, "lead_source_id": source})["id"]
        server.call("PUT", f"{base}/appeals/{appeal}", {"status": "RESOLVED"})

    def settings(self):
        """Last, for it closes, drains and evacuates."""
        server, once = self.server, self.once
        zoya = once(f"{API}/operators", {"name": "Зоя", "max_load": 6})["id"]
        new = {"name": "Промо", "kind": "site", "policy": "smooth_weighted", "description": "на месяц"}
        promo = once(f"{API}/sources", new)["id"]
        once(f"{API}/sources/{promo}/operators", {"operator_id": zoya, "weight": 7})
        for n in range(9):
            server.contact(promo, lead_external_id=f"promo {n % 4}", message="По акции")
        weights = [{"operator_id": zoya, "weight": 1_000_000_000}, {"operator_id": self.boris}]
        server.call("PUT", f"{API}/sources/{promo}/operators", weights)
        server.call("PATCH", f"{API}/sources/{self.site}", {"policy": "weighted_random", "default_region": "KZ"})
        renamed = {"name": "Телефон 24/7", "sticky": True, "default_region": None}
        server.call("PATCH", f"{API}/sources/{self.phone}", renamed)
        server.call("DELETE", f"{API}/sources/{self.bot}/operators/{self.dina}")
        server.call("DELETE", f"{API}/sources/{self.closed}?force=true")
        server.call("DELETE", f"{API}/sources/{self.unused}")
        server.source("Старый сайт", [(zoya, 3)])
        server.call("PATCH", f"{API}/operators/{self.vera}", {"name": "Вера", "max_load": 61})
        server.call("PATCH", f"{API}/operators/{self.anna}", {"max_load": 3})
        server.call("DELETE", f"{API}/operators/{self.egor}")
        server.operator("Егор", 0)
        for n in range(12):
            source = [self.bot, self.site, self.whatsapp, self.phone][n % 4]
            server.contact(source, **self.person(60 + n), priority=n * 9)

    CSV = (
        "source,lead_phone,lead_name,message,priority,attributes\n"
        "Сайт,8 903 111-22-33,Импорт Первый,Из файла,5,\"{\"\"row\"\":1}\"\n"
        "Никто не дежурит,8 903 111-22-34,,Ещё из файла,,\n"
        "Никто не дежурит,8 903 111-22-34,,Ещё из файла,,\n"
    )

    def on_the_command_line(self):
        with tempfile.NamedTemporaryFile("w", suffix=".csv", encoding="utf-8") as file:
            file.write(self.CSV)
            file.flush()
            for _ in range(2):
                self.imported = json.loads(self.command("import", file.name, "--json"))
        self.command("leads", "erase", str(self.erased_later["lead_id"]), "--yes")
        self.command("verify")

    def record(self):
        """What the release says about all of it, once it is started again."""
        server = self.server = Server(self.program, self.place)
        server.token = self.tokens[1]
        for kept in self.kept:
            self.check_kept(kept)
        reads = [self.answer("GET", path) for path in self.paths()]
        sources = [source["id"] for source in server.get(f"{API}/sources")]
        reads += [self.answer("POST", f"{API}/sources/{source}/preview") for source in sources]
        kinds = {event["kind"] for event in server.get(f"{API}/events?limit=1000")}
        if len(kinds) != 20:
            sys.exit(f"not all kinds of events: {sorted(kinds)}")
        server.stop()
        return {
            "reads": reads,
            "kept": self.kept,
            "keys": json.loads(self.command("keys", "list", "--json")),
            "users": json.loads(self.command("users", "list", "--json")),
            "import": {"file": self.CSV, "report": self.imported},
        }

    def check_kept(self, kept):
        self.server.token = self.tokens[kept["as_key"]]
        headers = {"idempotency_key": kept["idempotency_key"]} if kept["idempotency_key"] else {}
        status, answer, headers = self.server.send("POST", kept["path"], kept["body"], **headers)
        self.server.token = self.tokens[1]
        same = (status, json.loads(answer), headers["idempotent-replayed"]) == (kept["status"], kept["answer"], "true")
        if not same:
            sys.exit(f"was not kept: {kept}: {status} {answer}")

    def answer(self, method, path):
        status, text, _ = self.server.send(method, path)
        return {"method": method, "path": path, "status": status, "answer": without_prose(json.loads(text))}

    def paths(self):
        ids = {noun: [row["id"] for row in self.server.get(f"{API}/{noun}?limit=1000")]
               for noun in ["contacts", "leads", "operators", "sources"]}
        for noun in ids:
            yield f"{API}/{noun}?limit=1000"
            yield from (f"{API}/{noun}/{id}" for id in ids[noun])
        yield from (f"{API}/contacts/{id}/decisions?limit=1000" for id in ids["contacts"])
        yield from (f"{API}/contacts/{id}" for id in self.deleted)
        yield from (f"{API}/leads/{id}/export" for id in ids["leads"][::4])
        yield f"{API}/leads?q=%D0%BE%D0%BB%D1%8C%D0%B3"
        yield f"{API}/leads?phone=8%20999%20002-00-02"
        yield from (f"{API}/sources/{id}/operators?limit=1000" for id in ids["sources"])
        yield from (f"{API}/contacts?status={status}&limit=7" for status in ["waiting", "assigned", "resolved"])
        yield from (f"{API}/stats/{figures}?limit=1000" for figures in ["operators", "distribution", "waiting"])
        position = 0
        while events := self.server.get(f"{API}/events?after={position}&limit=200"):
            yield f"{API}/events?after={position}&limit=200"
            position = events[-1]["position"]
        yield from (f"/compat/inquiries/{what}" for what in ["operators", "sources", "inquiries?limit=1000"])
        yield "/compat/interactions/stats/"
        yield from (f"/compat/appeals/{what}" for what in ["operators", "lead-sources", "appeals"])
        yield from (f"/compat/appeals/inspect/{what}" for what in ["leads", "appeals-distribution"])


def without_prose(answer):
    """Without what may be worded better one day."""
    if isinstance(answer, dict):
        return {name: without_prose(value) for name, value in answer.items() if name not in PROSE}
    return [without_prose(value) for value in answer] if isinstance(answer, list) else answer


def interrupted(program, place):
    """A database whose server was killed when four large changes were half done."""
    server = Server(program, place)
    boris, vera, gleb = server.operator("Борис", 0), server.operator("Вера", 1000), server.operator("Глеб", 1000)
    anna = server.operator("Анна", 1000)
    queue = server.source("Очередь", [(boris, 1)])
    left = server.source("Уходит Вера", [(vera, 1)], policy="smooth_weighted")
    closed = server.source("Закрывается", [(gleb, 1)])
    quiet = server.source("Тихий", [(anna, 1)])
    for source in [queue, left, closed, quiet]:
        for _ in range(MANY):
            contact = server.contact(source, lead_external_id=f"lead of {source}", message="Личное")
            if source == quiet:
                server.post(f"{API}/contacts/{contact['id']}/resolve")
    lead = contact["lead_id"]
    server.stop()
    changes = [
        ("PATCH", f"{API}/operators/{boris}", {"max_load": 1000}),
        ("DELETE", f"{API}/operators/{vera}", None),
        ("DELETE", f"{API}/sources/{closed}?force=true", None),
        ("POST", f"{API}/leads/{lead}/erase", None),
    ]
    half_done = [
        f"SELECT count(*) FROM contacts WHERE source_id = {queue} AND status = 0",
        f"SELECT coalesce(max(current_load), 0) FROM operators WHERE id = {vera} AND deleted_at IS NOT NULL",
        f"SELECT count(*) FROM contacts WHERE source_id = {closed} AND status = 1",
        "SELECT count(*) FROM leads WHERE erasing_behind IS NOT NULL",
    ]
    for attempt in range(50):
        twin = place.twin()
        if kill_half_way(program, twin, anna, changes, half_done):
            print(f"{place.name}: killed half way at attempt {attempt + 1}")
            return twin
    sys.exit("the server was never killed in time")


def kill_half_way(program, place, anna, changes, half_done):
    server = Server(program, place)

    def send(method, path, body):
        connection = http.client.HTTPConnection(server.address)
        text = None if body is None else json.dumps(body)
        connection.request(method, path, text, {"content-type": "application/json"} if text else {})
        try:
            connection.getresponse().read()
        except (OSError, http.client.HTTPException):
            pass  # It was killed.

    # The first change waits for the lock, in a batch of its own; the others are the next batch, all together.
    place.lock()
    senders = [threading.Thread(target=send, args=("PATCH", f"{API}/operators/{anna}", {"name": "Анна 2"}))]
    senders += [threading.Thread(target=send, args=change) for change in changes]
    for sender in senders:
        sender.start()
        time.sleep(0.2)
    place.unlock()
    done = False
    for _ in range(2000):
        time.sleep(0.002)
        place.lock()
        rest = [place.number(sql) for sql in half_done]
        begun = rest[0] < MANY and rest[2] < MANY and rest[1] < MANY
        done = begun and all(rest)
        if begun:
            server.kill()
            place.unlock()
            break
        place.unlock()
    server.kill()
    for sender in senders:
        sender.join()
    return done


def compress(path, content):
    path.write_bytes(gzip.compress(content, 9, mtime=0))


def main(program, into):
    program, into = str(Path(program).resolve()), Path(into)
    for name in ["sqlite", "postgres"]:
        folder = into / name
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory() as scratch:
            def place(number):
                home = Path(scratch) / str(number)
                home.mkdir()
                return Sqlite(home) if name == "sqlite" else Postgres(os.environ["MAITRED_TEST_POSTGRES"])

            whole = place(1)
            filled = Whole(program, whole)
            filled.fill()
            answers = filled.record()
            compress(folder / "answers.json.gz", json.dumps(answers, ensure_ascii=False).encode())
            whole.save(folder, "whole")
            interrupted(program, place(2)).save(folder, "interrupted")
    for file in sorted(into.rglob("*.gz")):
        print(f"{file}: {file.stat().st_size} bytes")


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])
