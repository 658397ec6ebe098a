//! Moving in from another service as a process: its database, as that service would have left it, is imported, looked
//! at through its dialect, and verified. And the dialects over both engines: a script of calls has the same answers.

use maitred_store::sqlite::open_read_only;
use rusqlite::Connection;
use serde_json::{Value, json};
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};

const INTERACTIONS: &str = "
CREATE TABLE operators (id INTEGER NOT NULL PRIMARY KEY, name VARCHAR NOT NULL, is_active BOOLEAN NOT NULL,
    max_load INTEGER NOT NULL);
CREATE TABLE sources (id INTEGER NOT NULL PRIMARY KEY, name VARCHAR NOT NULL UNIQUE);
CREATE TABLE leads (id INTEGER NOT NULL PRIMARY KEY, external_id VARCHAR NOT NULL UNIQUE);
CREATE TABLE source_operator_links (source_id INTEGER NOT NULL REFERENCES sources (id),
    operator_id INTEGER NOT NULL REFERENCES operators (id), weight INTEGER NOT NULL,
    PRIMARY KEY (source_id, operator_id));
CREATE TABLE interactions (id INTEGER NOT NULL PRIMARY KEY, lead_id INTEGER NOT NULL REFERENCES leads (id),
    source_id INTEGER NOT NULL REFERENCES sources (id), operator_id INTEGER REFERENCES operators (id),
    status VARCHAR(6) NOT NULL);
INSERT INTO operators VALUES (1, 'Alice', 1, 5), (2, 'Alice', 0, 5), (3, 'Boris', 1, 1);
INSERT INTO sources VALUES (1, 'Bot'), (2, 'Site');
INSERT INTO leads VALUES (1, 'user1'), (2, 'user2');
INSERT INTO source_operator_links VALUES (1, 1, 10), (1, 3, 30), (2, 2, -5);
INSERT INTO interactions VALUES (1, 1, 1, 1, 'OPEN'), (2, 1, 1, 3, 'OPEN'), (3, 2, 2, 2, 'OPEN'),
    (4, 2, 1, NULL, 'OPEN'), (5, 1, 1, 1, 'CLOSED');
";

/// For both engines. Boris has more contacts than the limit; a source and an operator were deleted long ago.
const INQUIRIES: &str = "
CREATE TABLE operators (id SERIAL PRIMARY KEY, name VARCHAR NOT NULL, is_active BOOLEAN NOT NULL,
    max_load INTEGER NOT NULL);
CREATE TABLE sources (id SERIAL PRIMARY KEY, name VARCHAR NOT NULL UNIQUE);
CREATE TABLE leads (id SERIAL PRIMARY KEY, client_id VARCHAR NOT NULL UNIQUE);
CREATE TABLE source_operator_configs (source_id INTEGER NOT NULL REFERENCES sources (id),
    operator_id INTEGER NOT NULL REFERENCES operators (id), weight INTEGER NOT NULL,
    PRIMARY KEY (source_id, operator_id));
CREATE TABLE inquiries (id INTEGER PRIMARY KEY, created_at TIMESTAMP WITH TIME ZONE DEFAULT CURRENT_TIMESTAMP,
    is_active BOOLEAN NOT NULL, lead_id INTEGER NOT NULL REFERENCES leads (id),
    source_id INTEGER NOT NULL REFERENCES sources (id), operator_id INTEGER REFERENCES operators (id));
INSERT INTO operators VALUES (2, 'Anna', true, 5), (5, 'Boris', true, 1);
INSERT INTO sources VALUES (3, 'Telegram'), (4, 'Site');
INSERT INTO leads VALUES (1, '+7 999 123-45-67'), (2, 'ivan@example.com'), (3, 'somebody');
INSERT INTO source_operator_configs VALUES (3, 2, 10), (3, 5, 30), (4, 2, 1);
INSERT INTO inquiries VALUES
    (11, '2025-11-26 00:00:00+00', true, 1, 3, 2),
    (12, '2025-11-26 00:01:00+00', true, 2, 3, 5),
    (13, '2025-11-26 00:02:00+00', true, 3, 3, 5),
    (14, '2025-11-26 00:03:00+00', true, 3, 4, NULL),
    (15, '2025-11-26 00:04:00+00', false, 3, 4, 2);
";

const APPEALS: &str = "
CREATE TABLE operator (id INTEGER NOT NULL PRIMARY KEY, status VARCHAR(8) NOT NULL, active_appeals INTEGER NOT NULL,
    active_appeals_limit INTEGER NOT NULL, created_at DATETIME);
CREATE TABLE lead_source (id INTEGER NOT NULL PRIMARY KEY, type VARCHAR(3) NOT NULL, created_at DATETIME);
CREATE TABLE lead (id INTEGER NOT NULL PRIMARY KEY, created_at DATETIME);
CREATE TABLE lead_source_operator (id INTEGER NOT NULL PRIMARY KEY, routing_factor INTEGER NOT NULL,
    created_at DATETIME, operator_id INTEGER NOT NULL, lead_source_id INTEGER NOT NULL);
CREATE TABLE appeal (id INTEGER NOT NULL PRIMARY KEY, status VARCHAR(8) NOT NULL, created_at DATETIME,
    lead_id INTEGER NOT NULL, lead_source_id INTEGER NOT NULL, assigned_operator_id INTEGER);
INSERT INTO operator VALUES (1, 'ACTIVE', 0, 1, '2025-11-26'), (2, 'INACTIVE', 0, 100, '2025-11-26');
INSERT INTO lead_source VALUES (1, 'BOT', '2025-11-26'), (2, 'BOT', '2025-11-26');
INSERT INTO lead VALUES (42, '2025-11-26');
INSERT INTO lead_source_operator VALUES (1, 1000000000, '2025-11-26', 1, 1), (2, 1, '2025-11-26', 2, 1);
INSERT INTO appeal VALUES (1, 'ACTIVE', '2025-11-26', 42, 1, 1), (2, 'ACTIVE', '2025-11-26', 42, 1, 2),
    (3, 'RESOLVED', '2025-11-26', 42, 2, 1);
";

const CONTACTS: &str = "
CREATE TABLE leads (id INTEGER NOT NULL PRIMARY KEY, phone VARCHAR(20) UNIQUE, email VARCHAR(255) UNIQUE,
    name VARCHAR(255), created_at DATETIME, updated_at DATETIME);
CREATE TABLE operators (id INTEGER NOT NULL PRIMARY KEY, name VARCHAR(100) NOT NULL, is_active BOOLEAN NOT NULL,
    max_load INTEGER NOT NULL, current_load INTEGER NOT NULL, created_at DATETIME, updated_at DATETIME);
CREATE TABLE sources (id INTEGER NOT NULL PRIMARY KEY, name VARCHAR(100) NOT NULL UNIQUE, description VARCHAR(500),
    created_at DATETIME, updated_at DATETIME);
CREATE TABLE contacts (id INTEGER NOT NULL PRIMARY KEY, lead_id INTEGER NOT NULL, source_id INTEGER NOT NULL,
    operator_id INTEGER, message TEXT, is_resolved BOOLEAN NOT NULL, created_at DATETIME, updated_at DATETIME);
CREATE TABLE source_operator_weights (source_id INTEGER NOT NULL, operator_id INTEGER NOT NULL,
    weight INTEGER NOT NULL, PRIMARY KEY (source_id, operator_id));
INSERT INTO leads VALUES (1, '8 999 123-45-67', NULL, 'Иван', '2025', '2025'),
    (2, NULL, NULL, 'Nobody', '2025', '2025');
INSERT INTO operators VALUES (1, 'Анна', 1, 50, 1, '2025', '2025');
INSERT INTO sources VALUES (1, 'Telegram Bot', 'Основной телеграм бот', '2025', '2025');
INSERT INTO source_operator_weights VALUES (1, 1, 30);
INSERT INTO contacts VALUES (1, 1, 1, 1, 'Здравствуйте!', 0, '2025-11-26 00:00:00', '2025'),
    (2, 2, 1, 1, 'Who am I?', 0, '2025-11-26 00:00:01', '2025'), (3, 1, 1, 1, 'Bye', 1, '2025', '2025');
";

/// A folder with an old database and room for a new one.
struct Place {
    folder: tempfile::TempDir,
    database: String,
}

fn place(old: &str) -> Place {
    let folder = tempfile::tempdir().expect("a folder");
    let conn = Connection::open(folder.path().join("old.db")).expect("a new file");
    conn.execute_batch(old).expect("the old service could make it");
    let database = format!("sqlite://{}", folder.path().join("maitred.db").display());
    Place { folder, database }
}

impl Place {
    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_maitred"));
        command.current_dir(self.folder.path()).env_clear().args(arguments).args(["--database", &self.database]);
        command.args(["--default-region", "RU"]);
        command
    }

    fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().expect("the program runs")
    }

    /// The report of an import that ends with this exit code.
    #[track_caller]
    fn report(&self, from: &str, flags: &[&str], code: i32) -> Value {
        let output = self.run(&[&["import", from, "--json"], flags].concat());
        assert_eq!(output.status.code(), Some(code), "{}", said(&output));
        serde_json::from_slice(&output.stdout).expect("stdout is JSON and nothing else")
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// What a query gives from the new database, each row as a list of texts.
    fn query(&self, sql: &str) -> Vec<String> {
        let conn = open_read_only(&self.path("maitred.db")).expect("it can be read");
        let mut statement = conn.prepare(sql).expect("it is SQL");
        let rows = statement.query_map([], |row| row.get::<_, String>(0)).expect("it runs");
        rows.collect::<Result<_, _>>().expect("texts")
    }

    #[track_caller]
    fn assert_verifies(&self) {
        let output = self.run(&["verify"]);
        assert!(output.status.success(), "{}", said(&output));
    }
}

fn said(output: &Output) -> String {
    [&output.stdout[..], &output.stderr[..]].map(String::from_utf8_lossy).concat()
}

/// Contacts as `lead source operator status`.
const HELD: &str = "SELECT group_concat(i.value || ' ' || c.source_id || ' ' || coalesce(c.operator_id, '-') || ' ' \
                    || c.status, ', ' ORDER BY c.id) FROM contacts c JOIN identities i \
                    ON i.lead_id = c.lead_id AND i.kind = 0";
const STAFF: &str = "SELECT group_concat(id || ' ' || name || ' ' || is_active || ' ' || current_load || '/' \
                     || max_load, ', ' ORDER BY id) FROM operators WHERE deleted_at IS NULL";
const WEIGHTS: &str = "SELECT group_concat(source_id || ' ' || operator_id || ' ' || weight, ', ' \
                       ORDER BY source_id, operator_id) FROM weights";

#[track_caller]
fn assert_contacts(report: &Value, expected: [u64; 6]) {
    let names = ["open", "kept", "without_operator", "moved_before", "wrong", "left_behind"];
    let found = names.map(|name| report["contacts"][name].as_u64().expect("a number"));
    assert_eq!(found, expected, "{report}");
}

#[test]
fn interactions_move_in_with_their_operators() {
    let place = place(INTERACTIONS);
    let report = place.report("sqlite://old.db", &[], 0);
    assert_eq!(report["dialect"], "interactions");
    assert_eq!(report["operators"], json!({"found": 0, "added": 3}));
    assert_contacts(&report, [4, 3, 1, 0, 0, 1]);
    // The one that nobody had went to Alice, the only one with room.
    assert_eq!(place.query(HELD), ["user1 1 1 1, user1 1 3 1, user2 2 2 1, user2 1 1 1"]);
    assert_eq!(place.query(STAFF), ["1 Alice 1 2/5, 2 Alice 0 1/5, 3 Boris 1 1/1"]);
    assert_eq!(place.query(WEIGHTS), ["1 1 10, 1 3 30, 2 2 0"]);
    assert_eq!(report["adjusted"], json!(["operator 2 on source 2 has the weight 0 here instead of -5"]));
    place.assert_verifies();
}

#[test]
fn a_second_run_doubles_nothing_and_takes_what_is_new() {
    let place = place(INTERACTIONS);
    place.report("old.db", &[], 0);
    let report = place.report("old.db", &[], 0);
    assert_contacts(&report, [4, 0, 0, 4, 0, 1]);
    assert_eq!(report["operators"], json!({"found": 3, "added": 0}));
    assert_eq!(report["weights"], json!({"found": 3, "added": 0}));
    let old = Connection::open(place.path("old.db")).expect("it is there");
    old.execute_batch(
        "INSERT INTO interactions VALUES (6, 2, 1, 1, 'OPEN'); INSERT INTO operators VALUES (4, 'Vera', 1, 9);
         INSERT INTO source_operator_links VALUES (2, 4, 1)",
    )
    .expect("the old service went on");
    let report = place.report("old.db", &[], 0);
    assert_contacts(&report, [5, 1, 0, 4, 0, 1]);
    assert_eq!(report["operators"], json!({"found": 3, "added": 1}));
    assert_eq!(place.query(STAFF), ["1 Alice 1 3/5, 2 Alice 0 1/5, 3 Boris 1 1/1, 4 Vera 1 0/9"]);
    place.assert_verifies();
}

#[test]
fn inquiries_keep_the_ids_of_operators_and_sources_and_say_who_is_over_the_limit() {
    let place = place(INQUIRIES);
    let output = place.run(&["import", "sqlite+aiosqlite:///old.db"]);
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    for words in ["inquiries", "Boris has 2 contacts, more than the limit of 1", "4 contacts have new ids"] {
        assert!(said(&output).contains(words), "{words}: {}", said(&output));
    }
    check_inquiries(&place);
    let again = place.report("old.db", &[], 0);
    assert_contacts(&again, [4, 0, 0, 4, 0, 1]);
    assert_eq!(again["over_limit"], json!([{"name": "Boris", "current_load": 2, "max_load": 1}]));
    assert_eq!(again["new_ids"]["contacts"], json!({"11": 1, "12": 2, "13": 3, "14": 4}));
    check_inquiries(&place);
}

#[test]
fn inquiries_move_in_from_postgres() {
    let old = maitred_store::testing::postgres::TestDatabase::new();
    old.sql(INQUIRIES);
    let place = place("");
    let url: String = old.url();
    let url = url.replace("postgres://", "postgresql+asyncpg://");
    let planned = place.report(&url, &["--dry-run"], 0);
    assert_contacts(&planned, [4, 3, 1, 0, 0, 1]);
    let report = place.report(&url, &[], 0);
    assert_contacts(&report, [4, 3, 1, 0, 0, 1]);
    check_inquiries(&place);
    assert_contacts(&place.report(&url, &[], 0), [4, 0, 0, 4, 0, 1]);
    check_inquiries(&place);
}

#[test]
fn inquiries_move_into_the_postgres_database_they_are_in() {
    let old = maitred_store::testing::postgres::TestDatabase::new();
    old.sql(INQUIRIES);
    let url: String = old.url();
    let place = Place { database: url.clone(), ..place("") };
    assert_contacts(&place.report(&url, &[], 0), [4, 3, 1, 0, 0, 1]);
    let again = place.report(&url, &[], 0);
    assert_contacts(&again, [4, 0, 0, 4, 0, 1]);
    assert_eq!(again["over_limit"], json!([{"name": "Boris", "current_load": 2, "max_load": 1}]));
    let held =
        "SELECT string_agg(concat_ws(' ', source_id, operator_id, status), ', ' ORDER BY id) FROM maitred.contacts";
    assert_eq!(old.sql(held), [[Some("3 2 1, 3 5 1, 3 5 1, 4 2 1".to_owned())]]);
    assert_eq!(old.sql("SELECT count(*) FROM inquiries"), [[Some("5".to_owned())]], "the old service keeps its own");
    place.assert_verifies();
}

fn check_inquiries(place: &Place) {
    let held = "+7 999 123-45-67 3 2 1, ivan@example.com 3 5 1, somebody 3 5 1, somebody 4 2 1";
    assert_eq!(place.query(HELD), [held]);
    assert_eq!(place.query(STAFF), ["2 Anna 1 2/5, 5 Boris 1 2/1"]);
    assert_eq!(place.query(WEIGHTS), ["3 2 10, 3 5 30, 4 2 1"]);
    assert_eq!(place.query("SELECT value FROM identities WHERE kind = 1"), ["+79991234567"]);
    let mark = place.query("SELECT attributes FROM contacts ORDER BY id LIMIT 1");
    assert!(mark[0].starts_with(r#"{"moved_in":{"dialect":"inquiries","id":11,"created_at":"2025-11-26"#), "{mark:?}");
    place.assert_verifies();
}

#[test]
fn appeals_move_in_with_their_leads_numbers() {
    let place = place(APPEALS);
    let report = place.report("old.db", &[], 0);
    assert_contacts(&report, [2, 2, 0, 0, 0, 1]);
    assert_eq!(place.query(HELD), ["42 1 1 1, 42 1 2 1"]);
    assert_eq!(place.query(STAFF), ["1 Operator 1 1 1/1, 2 Operator 2 0 1/100"]);
    assert_eq!(place.query("SELECT name FROM sources ORDER BY id"), ["BOT 1", "BOT 2"]);
    assert_contacts(&place.report("old.db", &[], 0), [2, 0, 0, 2, 0, 1]);
    place.assert_verifies();
}

#[test]
fn contacts_move_in_and_one_of_nobody_is_named() {
    let place = place(CONTACTS);
    let report = place.report("old.db", &[], 1);
    assert_contacts(&report, [2, 1, 0, 0, 1, 1]);
    let wrong = json!([{"id": 2, "error": "it has no lead with an id, a phone or an email"}]);
    assert_eq!(report["wrong_contacts"], wrong);
    assert_eq!(place.query("SELECT value FROM identities"), ["+79991234567"]);
    assert_eq!(place.query("SELECT message FROM contacts"), ["Здравствуйте!"]);
    assert_eq!(place.query("SELECT description FROM sources"), ["Основной телеграм бот"]);
    place.assert_verifies();
}

#[test]
fn a_dry_run_says_the_same_and_changes_nothing() {
    let place = place(INQUIRIES);
    let report = place.report("old.db", &["--dry-run"], 0);
    assert!(!place.path("maitred.db").exists());
    assert_eq!(
        (&report["operators"], &report["weights"]),
        (&json!({"found": 0, "added": 2}), &json!({"found": 0, "added": 3}))
    );
    assert_contacts(&report, [4, 3, 1, 0, 0, 1]);
    assert_eq!(report["over_limit"], json!([{"name": "Boris", "current_load": 2, "max_load": 1}]));
    place.report("old.db", &[], 0);
    let before = fs::read(place.path("maitred.db")).expect("it is there");
    let again = place.report("old.db", &["--dry-run"], 0);
    assert_eq!(again["sources"], json!({"found": 2, "added": 0}));
    assert_eq!(again["weights"], json!({"found": 3, "added": 0}));
    assert_eq!(again["over_limit"], report["over_limit"]);
    assert!(fs::read(place.path("maitred.db")).expect("it is there") == before, "the file changed");
}

#[test]
fn moving_into_a_house_that_has_others_says_which_ids_are_new() {
    let place = place(INTERACTIONS);
    assert!(place.run(&["demo", "--contacts", "50"]).status.success());
    let report = place.report("old.db", &[], 0);
    let (operators, sources) = (&report["new_ids"]["operators"], &report["new_ids"]["sources"]);
    assert_eq!(
        (operators.as_object().map(serde_json::Map::len), sources.as_object().map(serde_json::Map::len)),
        (Some(3), Some(2))
    );
    assert_contacts(&report, [4, 3, 1, 0, 0, 1]);
    place.assert_verifies();
}

#[test]
fn a_database_of_no_service_is_refused_with_those_that_are_known() {
    let place = place("CREATE TABLE tickets (id INTEGER)");
    let output = place.run(&["import", "old.db"]);
    assert_eq!(output.status.code(), Some(2));
    for words in ["old.db has not the tables", "interactions (operators, sources", "appeals (operator, lead_source"] {
        assert!(said(&output).contains(words), "{words}: {}", said(&output));
    }
    let output = place.run(&["import", "sqlite://nowhere.db"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(said(&output).contains("there is no file nowhere.db"), "{}", said(&output));
    assert!(!place.path("nowhere.db").exists() && !place.path("maitred.db").exists());
}

#[test]
fn old_clients_go_on_with_their_ids_and_only_in_the_dialects_that_are_wanted() {
    let place = place(INQUIRIES);
    place.report("old.db", &[], 0);
    fs::write(place.path("maitred.toml"), "compat = ['inquiries']\n").expect("a file");
    let server = Server::start(&place);
    let body = r#"{"client_id": "+79991234567", "source_id": 4}"#;
    let (status, inquiry) = server.call("POST", "/compat/inquiries/inquiries", body);
    assert_eq!((status, &inquiry["operator_id"], &inquiry["lead_id"]), (201, &json!(2), &json!(1)));
    let (_, sources) = server.call("GET", "/compat/inquiries/sources", "");
    assert_eq!(sources, json!([{"name": "Telegram", "id": 3}, {"name": "Site", "id": 4}]));
    for path in ["/compat/appeals/operators", "/compat/interactions/stats/", "/compat/appeals/openapi.json"] {
        assert_eq!(server.call("GET", path, ""), (404, json!({"detail": "Not Found"})), "{path}");
    }
    assert_eq!(server.call("GET", "/compat/inquiries/openapi.json", "").0, 200);
    drop(server);
    place.assert_verifies();
}

/// A script of calls in all dialects. Who gets a contact is not left to chance: only one operator has room.
const SCRIPT: &[(&str, &str, &str)] = &[
    ("POST", "/compat/appeals/operators", r#"{"status": "ACTIVE", "active_appeals_limit": 2}"#),
    ("POST", "/compat/inquiries/operators", r#"{"name": "Boris", "is_active": false}"#),
    ("POST", "/compat/appeals/lead-sources", r#"{"type": "BOT"}"#),
    ("POST", "/compat/interactions/sources/", r#"{"name": "Site"}"#),
    ("POST", "/compat/interactions/sources", r#"{"name": "Site"}"#),
    ("POST", "/compat/appeals/lead-sources/1/operators", r#"{"operator_id": 1, "routing_factor": 5}"#),
    ("POST", "/compat/interactions/sources/1/config", r#"[{"operator_id": 2, "weight": 7}]"#),
    ("POST", "/compat/inquiries/sources/2/config", r#"{"configs": [{"operator_id": 1, "weight": 9}]}"#),
    ("GET", "/compat/appeals/lead-sources/1/operators", ""),
    ("POST", "/compat/appeals/appeals", r#"{"lead_id": 17, "lead_source_id": 1}"#),
    ("POST", "/compat/interactions/interactions/", r#"{"external_lead_id": "17", "source_id": 2}"#),
    ("POST", "/compat/inquiries/inquiries", r#"{"client_id": "+79991234567", "source_id": 1}"#),
    ("POST", "/api/v1/contacts", r#"{"lead_phone": "8 999 123-45-67", "source_id": 2}"#),
    ("PUT", "/compat/appeals/appeals/1", r#"{"status": "RESOLVED"}"#),
    ("GET", "/compat/appeals/appeals", ""),
    ("GET", "/compat/appeals/inspect/leads", ""),
    ("GET", "/compat/appeals/inspect/appeals-distribution", ""),
    ("GET", "/compat/inquiries/inquiries?limit=2", ""),
    ("GET", "/compat/inquiries/sources", ""),
    ("GET", "/compat/interactions/stats", ""),
    ("PUT", "/compat/appeals/lead-sources/1/operators/3", r#"{"routing_factor": 8}"#),
    ("DELETE", "/compat/appeals/lead-sources/1/operators/3", ""),
    ("DELETE", "/compat/appeals/appeals/2", ""),
    ("DELETE", "/compat/appeals/lead-sources/2", ""),
    ("DELETE", "/compat/appeals/operators/1", ""),
    ("GET", "/compat/appeals/operators/1", ""),
    ("GET", "/compat/appeals/appeals", ""),
];

#[test]
fn a_script_in_all_dialects_has_the_same_answers_over_sqlite_and_postgres() {
    let (server, other) = (maitred_store::testing::postgres::TestDatabase::new(), place(""));
    let answers = [Place { database: server.url(), ..place("") }, other].map(|place| {
        let server = Server::start(&place);
        let answers = SCRIPT.iter().map(|(method, path, body)| {
            let (status, mut answer) = server.call(method, path, body);
            forget_times(&mut answer);
            format!("{method} {path}: {status} {answer}")
        });
        answers.collect::<Vec<_>>()
    });
    assert_eq!(answers[0], answers[1]);
    let distribution = answers[0].iter().find(|answer| answer.contains("distribution")).expect("it was asked for");
    let shares = [(1, json!(1), 2), (2, json!(1), 1), (2, json!(null), 1)];
    for (source, operator, count) in shares {
        let share = json!({"lead_source_id": source, "assigned_operator_id": operator, "appeals_count": count});
        assert!(distribution.contains(&share.to_string()), "{share}: {distribution}");
    }
}

fn forget_times(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            fields.retain(|name, _| !name.ends_with("_at"));
            fields.values_mut().for_each(forget_times);
        }
        Value::Array(values) => values.iter_mut().for_each(forget_times),
        _ => {}
    }
}

/// A server; killed when dropped.
struct Server {
    process: Child,
    address: SocketAddr,
}

impl Server {
    fn start(place: &Place) -> Self {
        let mut command = place.command(&["serve", "--listen", "127.0.0.1:0"]);
        let mut process = command.stderr(Stdio::piped()).spawn().expect("the server starts");
        let mut lines =
            BufReader::new(process.stderr.take().expect("its stderr is ours")).lines().map_while(Result::ok);
        let address = lines
            .by_ref()
            .find_map(|line| line.split_whitespace().find_map(|word| word.strip_prefix("http://")?.parse().ok()));
        std::thread::spawn(move || lines.for_each(drop));
        Self { process, address: address.expect("the server says where it listens") }
    }

    fn call(&self, method: &str, path: &str, body: &str) -> (u16, Value) {
        let mut socket = TcpStream::connect(self.address).expect("the server accepts");
        let head = format!("{method} {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n");
        let length = body.len();
        let request = format!("{head}Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}");
        socket.write_all(request.as_bytes()).expect("the server reads");
        let mut answer = String::new();
        socket.read_to_string(&mut answer).expect("the server answers");
        let (head, body) = answer.split_once("\r\n\r\n").expect("a head and a body");
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status");
        (status, serde_json::from_str(body).unwrap_or(Value::Null))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
