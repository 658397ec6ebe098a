//! Keys on both engines: their rows, and servers that learn of them from the command line and from one another.

use crate::databases::on_sqlite;
use crate::http::{Server, run_on};
use maitred_app::Requester;
use maitred_app::auth::Access;
use maitred_app::batcher::{Batcher, ExecuteError};
use maitred_app::permission::PermissionError;
use maitred_core::command::{ContactEdit, NewOperator, NewSource, SetWeight, Submit, Transfer};
use maitred_core::{
    Actor, Command, ContactId, Identity, IdentityKind, KeyId, OperatorId, SourceId, SourceKind, Timestamp,
};
use maitred_store::accounts::{Grant, Key, NewKey, Role};
use maitred_store::testing::postgres::TestDatabase;
use maitred_store::url::DatabaseUrl;
use maitred_store::views::Page;
use maitred_store::{Engine, KeyStore, postgres};
use std::time::{Duration, Instant};

/// Longer than any server takes to notice, on a machine that is busy.
const PATIENCE: Duration = Duration::from_secs(30);

/// Runs a test on a database of its own.
fn on_postgres(test: impl FnOnce(&str)) {
    let database = TestDatabase::new();
    test(&database.url::<String>());
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime")
}

async fn store(url: &str) -> KeyStore {
    KeyStore::open(&url.parse::<DatabaseUrl>().expect("a URL")).await.expect("a place for keys")
}

async fn add(store: &KeyStore, name: &str, grant: Grant) -> Key {
    let new = NewKey { name: name.into(), grant, expires_at: Some(Timestamp(9)) };
    let prefix = format!("{name:0>12}");
    store.add(new, prefix.as_str().into(), [7; 32], Actor::Cli, Timestamp(5)).await.expect("it is kept")
}

#[test]
fn rows_of_keys_are_kept_on_sqlite() {
    on_sqlite(rows_are_kept);
}

#[test]
fn rows_of_keys_are_kept_on_postgres() {
    on_postgres(rows_are_kept);
}

fn rows_are_kept(url: &str) {
    runtime().block_on(async {
        let (one, other) = (store(url).await, store(url).await);
        let all = Page { limit: 100, after: None };
        assert_eq!((one.version().await.expect("it works"), one.keys(all).await.expect("it works")), (0, Vec::new()));
        assert!(!one.revoke(KeyId(1), Actor::Cli, Timestamp(1)).await.expect("it works"));

        let grants =
            [Grant::Intake(None), Grant::Intake(Some(SourceId(3))), Grant::Operator(OperatorId(4)), Grant::Admin];
        let mut added = Vec::new();
        for (number, grant) in grants.into_iter().enumerate() {
            added.push(add(if number % 2 == 0 { &one } else { &other }, &number.to_string(), grant).await);
        }
        assert_eq!(added.iter().map(|key| key.id.0).collect::<Vec<_>>(), [1, 2, 3, 4]);
        assert_eq!(other.keys(all).await.expect("it works"), added);
        assert_eq!(one.keys(Page { limit: 2, after: Some(1) }).await.expect("it works"), added[1..3]);
        assert_eq!(
            one.good().await.expect("it works"),
            added.iter().map(|key| (key.clone(), [7; 32])).collect::<Vec<_>>()
        );
        assert_eq!(one.version().await.expect("it works"), 4);

        // A change is one however often it is made, and the first word counts.
        for at in [11, 12] {
            assert!(one.revoke(KeyId(2), Actor::Key(KeyId(4)), Timestamp(at)).await.expect("it works"));
        }
        let revoked = other.key(KeyId(2)).await.expect("it works").expect("it stays");
        assert_eq!((revoked.revoked_at, revoked.revoked_by), (Some(Timestamp(11)), Some(Actor::Key(KeyId(4)))));
        assert_eq!(one.version().await.expect("it works"), 5);
        assert_eq!(one.good().await.expect("it works").len(), 3);
        assert!(!one.revoke(KeyId(9), Actor::Cli, Timestamp(1)).await.expect("it works"));

        // Nodes note uses in any order; the latest stays, and nobody reads keys again for it.
        for at in [30, 20] {
            one.note_uses(vec![(KeyId(1), Timestamp(at)), (KeyId(3), Timestamp(at))]).await.expect("it works");
        }
        let used: Vec<_> = one.keys(all).await.expect("it works").into_iter().map(|key| key.last_used_at).collect();
        assert_eq!(used, [Some(Timestamp(30)), None, Some(Timestamp(30)), None]);
        assert_eq!(one.version().await.expect("it works"), 5);
        // A prefix finds one key.
        let again = NewKey { name: "twin".into(), grant: Grant::Admin, expires_at: None };
        let twin = one.add(again, added[0].prefix.clone(), [1; 32], Actor::Cli, Timestamp(1)).await;
        assert!(twin.is_err() && one.good().await.expect("it works").len() == 3);
    });
}

#[test]
fn keys_made_at_once_have_ids_of_their_own_on_sqlite() {
    on_sqlite(many_at_once);
}

#[test]
fn keys_made_at_once_have_ids_of_their_own_on_postgres() {
    on_postgres(many_at_once);
}

fn many_at_once(url: &str) {
    runtime().block_on(async {
        let mut makers = tokio::task::JoinSet::new();
        for maker in 0..4 {
            let store = store(url).await;
            makers.spawn(async move {
                for number in 0..5 {
                    add(&store, &format!("{maker}{number}"), Grant::Admin).await;
                }
            });
        }
        makers.join_all().await;
        let keys = store(url).await.keys(Page { limit: 100, after: None }).await.expect("it works");
        assert_eq!(keys.iter().map(|key| key.id.0).collect::<Vec<_>>(), (1..=20).collect::<Vec<_>>());
    });
}

#[test]
fn keys_move_with_the_house_to_postgres_and_back() {
    let folder = tempfile::tempdir().expect("a folder");
    let [old, new] = ["old.db", "new.db"].map(|name| format!("sqlite://{}", folder.path().join(name).display()));
    let database = TestDatabase::new();
    let postgres: String = database.url();
    assert!(run_on(&old, &["demo", "--contacts", "5"]).status.success());
    let [admin, desk] =
        [&["--role", "admin"][..], &["--role", "operator", "--operator", "1"]].map(|it| create(&old, it));
    create(&old, &["--role", "supervisor", "--expires", "2h"]);
    assert!(run_on(&old, &["keys", "revoke", "3"]).status.success());
    let copy = |from: &str, to: &str| run_on(&old, &["copy", "--from", from, "--to", to]);
    for (from, to) in [(&old, &postgres), (&old, &postgres), (&postgres, &new)] {
        let output = copy(from, to);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success() && said.contains("Copied 3 API keys"), "{said}");
    }
    let listed = |url: &str| String::from_utf8(run_on(url, &["keys", "list", "--json"]).stdout).expect("text");
    assert_eq!((listed(&postgres), listed(&new)), (listed(&old), listed(&old)));
    for url in [&postgres, &new] {
        let server = Server::on(url);
        assert_eq!(server.get("/api/v1/operators").status, 401);
        assert_eq!(server.call_as(&admin, "GET", "/api/v1/operators", "").status, 200);
        assert_eq!(server.call_as(&desk, "GET", "/api/v1/operators/1", "").status, 200);
        let made = server.call_as(&admin, "POST", "/api/v1/keys", r#"{"name": "Next", "role": "admin"}"#).created();
        assert_eq!(made["id"], 4);
    }
    runtime().block_on(async {
        let strange = store(&format!("sqlite://{}", folder.path().join("strange.db").display())).await;
        add(&strange, "own", Grant::Admin).await;
        assert!(strange.take_over(&store(&old).await).await.is_err(), "keys of two houses are not mixed");
    });
}

#[test]
fn taking_the_file_away_opens_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let url = format!("sqlite://{}", folder.path().join("keys.db").display());
    runtime().block_on(async {
        let access = Access::open(store(&url).await).await.expect("it works");
        let new = NewKey { name: "Boss".into(), grant: Grant::Admin, expires_at: None };
        let (_, token) = access.create(new, Actor::Cli).await.expect("it works");
        std::fs::remove_file(folder.path().join("keys.db.access")).expect("it works");
        assert!(access.catch_up().await.is_err());
        assert!(access.is_guarded() && access.admit(None, Timestamp(1)).is_err());
        assert!(access.admit(Some(&token.reveal()), Timestamp(1)).is_ok());
    });
}

#[test]
fn a_file_that_is_no_file_of_keys_is_left_alone() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("keys.db");
    std::fs::write(folder.path().join("keys.db.access"), "somebody's notes, longer than a page of nothing")
        .expect("it works");
    let output = run_on(&format!("sqlite://{}", path.display()), &["keys", "create", "--name", "a", "--role", "admin"]);
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(output.stdout, b"", "no key is shown that is not kept");
}

/// Makes a key at the command line and gives its text.
fn create(url: &str, arguments: &[&str]) -> String {
    let output = run_on(url, &[&["keys", "create", "--name", "Test"], arguments].concat());
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{said}");
    let token = String::from_utf8(output.stdout).expect("text").trim_end().to_owned();
    assert!(token.starts_with("mtd_") && !said.contains(&token), "the key is on stdout and nowhere else");
    token
}

/// Waits until the server answers this call with this status.
fn wait_for(server: &Server, key: &str, status: u16) {
    let began = Instant::now();
    while server.call_as(key, "GET", "/api/v1/operators", "").status != status {
        assert!(began.elapsed() < PATIENCE, "the server did not notice");
        std::thread::park_timeout(Duration::from_millis(20));
    }
}

#[test]
fn a_running_server_learns_of_keys_on_sqlite() {
    on_sqlite(|url| {
        let server = Server::on(url);
        servers_learn(url, &[&server]);
    });
}

#[test]
fn running_nodes_learn_of_keys_on_postgres() {
    on_postgres(|url| {
        let (one, other) = (Server::on(url), Server::on(url));
        servers_learn(url, &[&one, &other]);
    });
}

fn servers_learn(url: &str, servers: &[&Server]) {
    let (first, last) = (servers[0], servers[servers.len() - 1]);
    assert!(servers.iter().all(|server| server.get("/api/v1/operators").status == 200), "open at first");
    let admin = create(url, &["--role", "admin"]);
    for server in servers {
        wait_for(server, &admin, 200);
        wait_for(server, "", 401);
        assert_eq!(server.get("/api/v1/operators").status, 401);
    }
    let made = first.call_as(&admin, "POST", "/api/v1/keys", r#"{"name": "Desk", "role": "supervisor"}"#).created();
    let second = made["token"].as_str().expect("a token");
    wait_for(last, second, 200);
    assert_eq!(last.call_as(&admin, "DELETE", "/api/v1/keys/2", "").status, 204);
    assert_eq!(last.call_as(second, "GET", "/api/v1/operators", "").status, 401, "at once where it was revoked");
    wait_for(first, second, 401);

    assert!(run_on(url, &["keys", "revoke", "1"]).status.success());
    for server in servers {
        wait_for(server, &admin, 401);
    }
    let listed = run_on(url, &["keys", "list", "--json"]);
    let listed: serde_json::Value = serde_json::from_slice(&listed.stdout).expect("JSON and nothing else");
    assert_eq!((&listed[0]["revoked_by"], &listed[1]["created_by"]), (&"cli".into(), &"key:1".into()));
}

#[test]
fn only_loopback_is_served_without_keys_on_sqlite() {
    on_sqlite(only_loopback);
}

#[test]
fn only_loopback_is_served_without_keys_on_postgres() {
    on_postgres(only_loopback);
}

fn only_loopback(url: &str) {
    for address in ["0.0.0.0:0", "[::]:0"] {
        let refused = run_on(url, &["serve", "--listen", address]);
        let said = String::from_utf8_lossy(&refused.stderr).into_owned();
        assert_eq!(refused.status.code(), Some(2), "{said}");
        assert!(
            ["maitred keys create", "maitred users add", "--insecure-no-auth"].iter().all(|way| said.contains(way)),
            "{said}"
        );
    }
    let opened = Server::with(url, &["--listen", "0.0.0.0:0", "--insecure-no-auth"]);
    assert_eq!(opened.get("/api/v1/operators").status, 200);
    // The wish to be open lets nobody in where there are keys.
    let admin = create(url, &["--role", "admin", "--expires", "1h"]);
    wait_for(&opened, "", 401);
    drop(opened);
    let guarded = Server::with(url, &["--listen", "0.0.0.0:0"]);
    assert_eq!(guarded.get("/api/v1/operators").status, 401);
    assert_eq!(guarded.call_as(&admin, "GET", "/api/v1/operators", "").status, 200);
}

#[test]
fn a_key_is_bound_at_the_command_line_to_what_is_there() {
    on_sqlite(|url| {
        let refused = |arguments: &[&str], word: &str| {
            let output = run_on(url, &[&["keys", "create", "--name", "Test"], arguments].concat());
            let said = String::from_utf8_lossy(&output.stderr).into_owned();
            assert_eq!((output.status.code(), said.contains(word)), (Some(2), true), "{said}");
        };
        refused(&["--role", "intake", "--source", "1"], "there is no database");
        assert!(run_on(url, &["demo", "--contacts", "1"]).status.success());
        refused(&["--role", "intake", "--source", "99"], "there is no source 99");
        refused(&["--role", "operator", "--operator", "99"], "there is no operator 99");
        refused(&["--role", "operator"], "--operator is missing");
        refused(&["--role", "admin", "--source", "1"], "--source goes only with the role intake");
        refused(&["--role", "boss"], "is not a role");
        refused(&["--role", "admin", "--expires", "yesterday"], "is not a time");
        create(url, &["--role", "operator", "--operator", "1"]);
        let listed = run_on(url, &["keys", "list"]);
        assert!(String::from_utf8_lossy(&listed.stdout).contains("operator 1"));
        let unknown = run_on(url, &["keys", "revoke", "7"]);
        assert_eq!(unknown.status.code(), Some(2));
    });
}

#[test]
fn a_contact_that_was_handed_on_is_not_touched_on_sqlite() {
    on_sqlite(handed_on);
}

#[test]
fn a_contact_that_was_handed_on_is_not_touched_on_postgres() {
    on_postgres(handed_on);
}

/// Whether a limited caller may change a contact is checked in the transaction, in the order of the commands.
fn handed_on(url: &str) {
    let url: DatabaseUrl = url.parse().expect("a URL");
    let (batcher, running) = Batcher::start(Engine::open(&url).expect("a store"), 100).expect("it starts");
    let runtime = runtime();
    let send = |requester, command| runtime.block_on(batcher.execute(requester, command));
    for name in ["Anna", "Boris"] {
        let new = NewOperator { max_load: 5, ..NewOperator::named(name) };
        send(Requester::CLI, Command::CreateOperator(new)).expect("it works");
    }
    let source = NewSource { kind: SourceKind::Bot, ..NewSource::named("Bot") };
    send(Requester::CLI, Command::CreateSource(source)).expect("it works");
    send(Requester::CLI, Command::SetWeight(SetWeight { source: SourceId(1), operator: OperatorId(1), weight: 1 }))
        .expect("it works");
    let lead = Identity::new(IdentityKind::ExternalId, "a");
    let submit = Submit::new(SourceId(1), vec![lead]);
    send(Requester::CLI, Command::Submit(submit)).expect("it works");

    let contact = ContactId(1);
    let anna = Requester { actor: Actor::Key(KeyId(1)), grant: Grant::Operator(OperatorId(1)) };
    let others = ExecuteError::Denied(PermissionError::OtherOperator(contact)).to_string();
    let hand_on = Command::Transfer(Transfer { contact, from: None, to: Some(OperatorId(2)), force: false });
    let resolve = Command::EditContact(contact, ContactEdit { is_resolved: Some(true), ..ContactEdit::default() });
    // Both at once: they share a batch, and the second finds what the first did.
    let (handed, resolved) = runtime.block_on(async {
        tokio::join!(batcher.execute(anna, hand_on.clone()), batcher.execute(anna, resolve.clone()))
    });
    assert!(handed.is_ok());
    assert_eq!(resolved.expect_err("it is with Boris").to_string(), others);
    for command in [hand_on, resolve] {
        assert_eq!(send(anna, command).expect_err("it is with Boris").to_string(), others);
    }
    let deleted = send(anna, Command::DeleteContact(contact));
    assert!(matches!(deleted, Err(ExecuteError::Denied(PermissionError::Role(Role::Operator)))), "{deleted:?}");
    let unknown = Command::EditContact(ContactId(9), ContactEdit::default());
    assert!(matches!(send(anna, unknown), Err(ExecuteError::Rejected(_))));
    drop(batcher);
    running.stop().expect("it stops");
}

#[test]
fn a_database_of_version_1_is_migrated_on_postgres() {
    let database = TestDatabase::new();
    database.sql(
        "CREATE SCHEMA maitred;
         CREATE TABLE maitred.schema_lock (one BIGINT PRIMARY KEY);
         INSERT INTO maitred.schema_lock VALUES (1);
         CREATE TABLE maitred.schema_history (
             version BIGINT PRIMARY KEY, name TEXT NOT NULL, applied_at TEXT NOT NULL, checksum TEXT NOT NULL);
         INSERT INTO maitred.schema_history VALUES (1, 'initial', 'once', '0');",
    );
    database.sql(include_str!("../../../maitred-store/src/postgres/migrations/V1__initial.sql"));
    database.sql(
        "INSERT INTO maitred.events (position, at, kind, operator_id) VALUES (1, 5, 8, 1);
         UPDATE maitred.next_ids SET event = 2, operator = 2, last_event_at = 5;",
    );
    let url: DatabaseUrl = database.url();
    Engine::open(&url).expect("it is migrated").close();
    let newest = database.sql("SELECT max(version) FROM maitred.schema_history")[0][0].clone();
    assert_eq!(newest, Some(postgres::newest_version().to_string()));
    let events = runtime()
        .block_on(async { maitred_store::Store::open(&url).expect("it works").events(0, 10).await.expect("it works") });
    assert_eq!(events.iter().map(|placed| placed.event.actor).collect::<Vec<_>>(), [None]);
}
