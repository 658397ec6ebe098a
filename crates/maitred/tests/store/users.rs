//! People and sessions on both engines: their rows, the command line beside a running server, and moving house.

use crate::databases::on_sqlite;
use crate::http::{Server, command_on, run_on};
use maitred_core::{Actor, OperatorId, Timestamp, UserId};
use maitred_store::accounts::{Digest, Grant, IDLE_MICROS, LASTS_MICROS, SESSIONS_MAX, Session, User};
use maitred_store::testing::postgres::TestDatabase;
use maitred_store::url::DatabaseUrl;
use maitred_store::{Added, KeyStore, UserChange};
use serde_json::Value;
use std::io::Write;
use std::process::{Output, Stdio};

const PASSWORD: &str = "four little words";

fn on_postgres(test: impl FnOnce(&str)) {
    let database = TestDatabase::new();
    test(&database.url::<String>());
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime")
}

async fn store(url: &str) -> KeyStore {
    KeyStore::open(&url.parse::<DatabaseUrl>().expect("a URL")).await.expect("a place for people")
}

fn somebody(name: &str, grant: Grant) -> User {
    User {
        id: UserId(0),
        name: name.into(),
        grant,
        created_at: Timestamp(5),
        created_by: Actor::Cli,
        disabled_at: None,
        disabled_by: None,
        last_login_at: None,
    }
}

fn session(number: u8, user: i64, at: i64) -> Session {
    let digest: Digest = [number; 32];
    Session { digest, user: UserId(user), created_at: Timestamp(at), seen_at: Timestamp(at) }
}

#[test]
fn rows_of_people_are_kept_on_sqlite() {
    on_sqlite(rows_are_kept);
}

#[test]
fn rows_of_people_are_kept_on_postgres() {
    on_postgres(rows_are_kept);
}

fn rows_are_kept(url: &str) {
    runtime().block_on(async {
        let (one, other) = (store(url).await, store(url).await);
        assert_eq!(one.users().await.expect("it works"), []);
        assert!(!one.change_user(UserId(1), UserChange::Enabled).await.expect("it works"));
        assert!(!one.begin_session(session(1, 1, 1), "hash".to_owned()).await.expect("it works"));
        let add = async |name: &str, grant, first| {
            one.add_user(somebody(name, grant), format!("hash of {name}"), first).await.expect("it works")
        };
        assert_eq!(add("Мария", Grant::Operator(OperatorId(7)), true).await, Added::As(UserId(1)));
        assert_eq!(add("Boss", Grant::Admin, true).await, Added::NotFirst);
        assert_eq!(add("МАРИЯ", Grant::Admin, false).await, Added::NameTaken);
        assert_eq!(add("Boss", Grant::Admin, false).await, Added::As(UserId(2)));
        let version = other.version().await.expect("it works");
        assert_eq!(version, 2, "what was not done changed nothing");
        let (maria, hash) = other.user_named("мария").await.expect("it works").expect("she is there");
        assert_eq!((&*maria.name, maria.grant, &*hash), ("Мария", Grant::Operator(OperatorId(7)), "hash of Мария"));
        assert!(other.user_named("Мария").await.expect("it works").is_none(), "names are looked for folded");

        let change = async |change| assert!(one.change_user(UserId(1), change).await.expect("it works"));
        change(UserChange::Grant(Grant::Supervisor)).await;
        change(UserChange::Password("another".to_owned())).await;
        change(UserChange::Disabled(Timestamp(8), Actor::User(UserId(2)))).await;
        change(UserChange::Disabled(Timestamp(9), Actor::Cli)).await;
        let (maria, hash) = other.user_named("мария").await.expect("it works").expect("she stays");
        assert_eq!((maria.grant, &*hash), (Grant::Supervisor, "another"));
        assert_eq!((maria.disabled_at, maria.disabled_by), (Some(Timestamp(8)), Some(Actor::User(UserId(2)))));
        assert!(!one.begin_session(session(1, 1, 1), "another".to_owned()).await.expect("it works"), "disabled");
        change(UserChange::Enabled).await;
        assert!(!one.begin_session(session(1, 1, 1), "old".to_owned()).await.expect("it works"), "another password");
        assert!(one.begin_session(session(1, 1, 10), "another".to_owned()).await.expect("it works"));
        assert_eq!(other.users().await.expect("it works")[0].last_login_at, Some(Timestamp(10)));
    });
}

#[test]
fn sessions_are_bounded_and_end_on_sqlite() {
    on_sqlite(sessions_end);
}

#[test]
fn sessions_are_bounded_and_end_on_postgres() {
    on_postgres(sessions_end);
}

fn sessions_end(url: &str) {
    runtime().block_on(async {
        let store = store(url).await;
        for name in ["Anna", "Boris"] {
            store.add_user(somebody(name, Grant::Admin), "hash".to_owned(), false).await.expect("it works");
        }
        let begin = async |session| assert!(store.begin_session(session, "hash".to_owned()).await.expect("it works"));
        let left = async || {
            let mut all: Vec<u8> = store.sessions().await.expect("it works").iter().map(|s| s.digest[0]).collect();
            all.sort_unstable();
            all
        };
        begin(session(200, 2, 1)).await;
        let most = SESSIONS_MAX as u8;
        for number in 0..=most {
            begin(session(number, 1, i64::from(number))).await;
        }
        assert_eq!(left().await, (1..=most).chain([200]).collect::<Vec<_>>(), "the oldest went, others' stay");
        let version = store.version().await.expect("it works");
        // The later time stays, and nobody reads sessions again for it.
        for at in [IDLE_MICROS + 9, 5] {
            store.note_sessions(vec![([1; 32], Timestamp(at))]).await.expect("it works");
        }
        assert_eq!(store.version().await.expect("it works"), version);
        store.end_session([2; 32]).await.expect("it works");
        store.end_session([2; 32]).await.expect("twice is once");
        assert_eq!(store.version().await.expect("it works"), version + 1);
        store.forget_sessions(Timestamp(IDLE_MICROS + 30)).await.expect("it works");
        assert_eq!(left().await, [1, 31, 32], "those not used for long are over");
        store.end_sessions(UserId(2)).await.expect("it works");
        store.note_sessions(vec![([1; 32], Timestamp(LASTS_MICROS))]).await.expect("it works");
        store.forget_sessions(Timestamp(LASTS_MICROS + 1)).await.expect("it works");
        assert_eq!(left().await, Vec::<u8>::new(), "those begun long ago are over, however much they are used");
        begin(session(7, 1, 1)).await;
        store.change_user(UserId(1), UserChange::Password("new".to_owned())).await.expect("it works");
        assert_eq!(left().await, Vec::<u8>::new());
    });
}

/// Runs `maitred users ...` with this on its stdin.
fn typed(url: &str, arguments: &[&str], input: &str) -> Output {
    let mut command = command_on(url);
    command.arg("users").args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut process = command.spawn().expect("it starts");
    // A command that refuses its arguments reads nothing.
    let _ = process.stdin.take().expect("stdin is ours").write_all(input.as_bytes());
    process.wait_with_output().expect("it ends")
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn people_are_kept_at_the_command_line_on_sqlite() {
    on_sqlite(kept_at_the_command_line);
}

#[test]
fn people_are_kept_at_the_command_line_on_postgres() {
    on_postgres(kept_at_the_command_line);
}

fn kept_at_the_command_line(url: &str) {
    let server = Server::on(url);
    assert_eq!(server.get("/api/v1/operators").status, 200, "open at first");
    let add = |name: &str, more: &[&str], input: &str| {
        typed(url, &[&["add", name, "--password-stdin", "--json"], more].concat(), input)
    };
    for (name, more, input, fault) in [
        ("maria", &["--role", "intake"][..], PASSWORD, "operator, supervisor, admin or observer"),
        ("maria", &["--role", "operator"], PASSWORD, "--operator is missing"),
        ("maria", &["--role", "operator", "--operator", "9"], PASSWORD, "there is no operator 9"),
        ("maria", &["--role", "admin", "--operator", "1"], PASSWORD, "goes only with the role operator"),
        ("maria", &["--role", "admin"], "short\n", "at least 12"),
        ("maria", &["--role", "admin"], "", "at least 12"),
    ] {
        let refused = add(name, more, input);
        assert!(refused.status.code() == Some(2) && said(&refused).contains(fault), "{}", said(&refused));
    }
    let added = add("Maria", &["--role", "admin"], &format!("{PASSWORD}\nmore\n"));
    assert!(added.status.success() && said(&added).contains("From now on every call"), "{}", said(&added));
    let shown: Value = serde_json::from_slice(&added.stdout).expect("JSON and nothing else");
    assert_eq!((&shown["id"], &shown["name"], &shown["role"]), (&1.into(), &"Maria".into(), &"admin".into()));
    assert!(!format!("{shown}{}", said(&added)).contains("argon2") && !said(&added).contains(PASSWORD));
    let twin = add("MARIA", &["--role", "admin"], PASSWORD);
    assert!(twin.status.code() == Some(2) && said(&twin).contains("username is taken"), "{}", said(&twin));
    until(|| server.get("/api/v1/operators").status == 401);

    for (task, word) in [("disable", "disabled"), ("enable", "may log in"), ("logout", "logged out")] {
        let done = typed(url, &[task, " maria"], "");
        assert!(done.status.success() && said(&done).contains(word), "{}", said(&done));
        let unknown = typed(url, &[task, "nobody"], "");
        assert!(unknown.status.code() == Some(2) && said(&unknown).contains("there is no user nobody"));
    }
    assert!(typed(url, &["password", "maria", "--password-stdin"], "another long one").status.success());
    let no_terminal = typed(url, &["password", "maria"], "another long one");
    assert!(said(&no_terminal).contains("--password-stdin"), "{}", said(&no_terminal));
    let listed = run_on(url, &["users", "list", "--json"]);
    let listed: Value = serde_json::from_slice(&listed.stdout).expect("JSON and nothing else");
    assert_eq!((&listed[0]["name"], &listed[0]["disabled_at"]), (&"Maria".into(), &Value::Null));
    assert!(String::from_utf8_lossy(&run_on(url, &["users", "list"]).stdout).contains("enabled"));
}

/// Waits until something is so.
fn until(mut is_so: impl FnMut() -> bool) {
    let began = std::time::Instant::now();
    while !is_so() {
        assert!(began.elapsed().as_secs() < 30, "it never was so");
        std::thread::park_timeout(std::time::Duration::from_millis(20));
    }
}

#[test]
fn people_move_with_the_house_to_postgres_and_back() {
    let folder = tempfile::tempdir().expect("a folder");
    let [old, new] = ["old.db", "new.db"].map(|name| format!("sqlite://{}", folder.path().join(name).display()));
    let database = TestDatabase::new();
    let postgres: String = database.url();
    assert!(run_on(&old, &["demo", "--contacts", "5"]).status.success());
    for (name, role) in [("Maria", &["--role", "admin"][..]), ("Anna", &["--role", "operator", "--operator", "1"])] {
        assert!(typed(&old, &[&["add", name, "--password-stdin"], role].concat(), PASSWORD).status.success());
    }
    assert!(typed(&old, &["disable", "Anna"], "").status.success());
    for (from, to) in [(&old, &postgres), (&old, &postgres), (&postgres, &new)] {
        let output = run_on(&old, &["copy", "--from", from, "--to", to]);
        assert!(output.status.success() && said(&output).contains("Copied 2 users"), "{}", said(&output));
    }
    let listed = |url: &str| String::from_utf8(run_on(url, &["users", "list", "--json"]).stdout).expect("text");
    assert_eq!((listed(&postgres), listed(&new)), (listed(&old), listed(&old)));
    let hash = |url: &str| {
        let url = url.to_owned();
        runtime().block_on(async move { store(&url).await.user_named("maria").await.expect("it works") })
    };
    assert!(hash(&new).is_some() && hash(&new) == hash(&old), "passwords stay good");
    assert!(typed(&new, &["add", "Vera", "--role", "admin", "--password-stdin"], PASSWORD).status.success());
    assert!(listed(&new).contains("\"id\": 3"));
}

#[test]
fn a_file_of_keys_alone_is_migrated() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("old.db.access");
    let conn = rusqlite::Connection::open(&path).expect("a file");
    conn.execute_batch(include_str!("../../../maitred-store/src/sqlite/keys.sql")).expect("it works");
    conn.pragma_update(None, "application_id", 0x4d54_5241).expect("it works");
    conn.pragma_update(None, "user_version", 1).expect("it works");
    conn.execute_batch(
        "INSERT INTO keys (id, name, role, prefix, digest, created_at, created_by)
         VALUES (1, 'Boss', 3, '0123456789ab', zeroblob(32), 5, 'cli');
         UPDATE access SET version = 1, next_key = 2;",
    )
    .expect("it works");
    drop(conn);
    runtime().block_on(async {
        let store = store(&format!("sqlite://{}", folder.path().join("old.db").display())).await;
        assert_eq!(store.good().await.expect("it works").len(), 1);
        assert_eq!(store.users().await.expect("it works"), []);
        let added = store.add_user(somebody("Maria", Grant::Admin), "hash".to_owned(), true).await;
        assert_eq!(added.expect("it works"), Added::As(UserId(1)));
        assert_eq!(store.version().await.expect("it works"), 2);
    });
}
