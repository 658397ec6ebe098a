//! Files and disks that are not as they should be: each gives a clear error and never a half-done change.

use crate::http::{Server, json, run};
use maitred_app::Requester;
use maitred_app::batcher::batch::{Task, carry_out};
use maitred_app::batcher::{Batcher, ExecuteError};
use maitred_app::permission::Condition;
use maitred_core::command::{DeleteSource, NewOperator, NewSource, SourceEdit};
use maitred_core::{Actor, Command, Context, SourceId, SourceKind, Timestamp};
use maitred_store::sqlite::{Readers, Writer};
use maitred_store::{Engine, StoreError};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

struct TestStore {
    _folder: tempfile::TempDir,
    database: PathBuf,
}

fn store() -> TestStore {
    let folder = tempfile::tempdir().expect("a folder");
    let database = folder.path().join("maitred.db");
    TestStore { _folder: folder, database }
}

fn created() -> TestStore {
    let store = store();
    Writer::open(&store.database).expect("a new file opens").close();
    store
}

fn sql(database: &Path, sql: &str) {
    rusqlite::Connection::open(database).and_then(|conn| conn.execute_batch(sql)).expect("the file can be changed");
}

fn refusal(database: &Path) -> String {
    let output = run(database, &["serve", "--listen", "127.0.0.1:0"]);
    assert!(!output.status.success(), "the server started");
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[track_caller]
fn assert_says(said: &str, words: &[&str]) {
    for word in words {
        assert!(said.contains(word), "{word:?} is not in: {said}");
    }
}

#[test]
fn a_second_server_on_the_same_file_is_refused() {
    let store = store();
    let server = Server::start(&store.database);
    assert_says(&refusal(&store.database), &["in use by another maitred server", "--database"]);
    server.post("/api/v1/operators", &json!({"name": "Anna"})).created();
}

#[test]
fn a_second_server_on_the_same_file_by_another_name_is_refused() {
    let store = created();
    let other_name = store.database.with_file_name("other-name.db");
    std::os::unix::fs::symlink(&store.database, &other_name).expect("a link");
    let _server = Server::start(&store.database);
    assert_says(&refusal(&other_name), &["in use by another maitred server"]);
}

#[test]
fn an_address_that_is_taken_ends_the_server_with_2_at_once() {
    let store = store();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = taken.local_addr().expect("it has one").to_string();
    let began = std::time::Instant::now();
    let output = run(&store.database, &["serve", "--listen", &address]);
    assert_eq!(output.status.code(), Some(2));
    assert_says(&String::from_utf8_lossy(&output.stderr), &["is in use by another program", "--listen"]);
    assert!(began.elapsed() < std::time::Duration::from_secs(3), "it took {:?}", began.elapsed());
}

#[test]
fn a_log_for_programs_is_json_line_by_line() {
    let store = store();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    let free = taken.local_addr().expect("it has one").to_string();
    drop(taken);
    let mut server = crate::http::command(&store.database);
    server.args(["serve", "--listen", &free, "--log-format", "json"]).stderr(std::process::Stdio::piped());
    let mut server = server.spawn().expect("the server starts");
    let address: std::net::SocketAddr = free.parse().expect("an address");
    while std::net::TcpStream::connect(address).is_err() {
        std::thread::park_timeout(std::time::Duration::from_millis(20));
    }
    let sent = std::process::Command::new("kill").args(["-TERM", &server.id().to_string()]).status();
    assert!(sent.expect("there is a kill").success());
    let mut said = String::new();
    let mut stderr = server.stderr.take().expect("its stderr is ours");
    std::io::Read::read_to_string(&mut stderr, &mut said).expect("UTF-8");
    assert!(server.wait().expect("it ends").success(), "{said}");
    assert!(said.contains("\"serving\""), "{said}");
    for line in said.lines() {
        assert!(serde_json::from_str::<serde_json::Value>(line).is_ok(), "{line:?} is not JSON");
    }
}

#[test]
fn commands_that_only_read_work_beside_a_running_server() {
    let store = store();
    let server = Server::start(&store.database);
    server.post("/api/v1/operators", &json!({"name": "Anna"})).created();
    server.post("/api/v1/sources", &json!({"name": "Bot"})).created();
    server.post("/api/v1/contacts", &json!({"source_id": 1, "lead_phone": "+79991234567"})).created();
    for arguments in [&["verify"][..], &["stats"], &["explain", "1"]] {
        let output = run(&store.database, arguments);
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    }
}

#[test]
fn a_file_of_another_program_is_left_alone() {
    let store = store();
    sql(&store.database, "CREATE TABLE notes (text TEXT)");
    let before = fs::read(&store.database).expect("it can be read");
    assert_says(&refusal(&store.database), &["is not a maitred database"]);
    assert_eq!(fs::read(&store.database).expect("it can be read"), before);
}

#[test]
fn a_file_of_a_newer_version_is_left_alone() {
    let store = created();
    sql(
        &store.database,
        "INSERT INTO refinery_schema_history (version, name, applied_on, checksum) \
         VALUES (999, 'future', '2030-01-01T00:00:00Z', '1')",
    );
    assert_says(&refusal(&store.database), &["schema version 999", "newer maitred"]);
    let output = run(&store.database, &["verify"]);
    assert_says(&String::from_utf8_lossy(&output.stderr), &["schema version 999"]);
}

#[test]
fn a_damaged_file_is_reported_as_such() {
    let store = store();
    fs::write(&store.database, vec![0x2a; 8_192]).expect("it can be written");
    assert_says(&refusal(&store.database), &["damaged"]);
}

#[test]
fn reading_makes_no_file() {
    let store = store();
    let output = run(&store.database, &["stats"]);
    assert_says(&String::from_utf8_lossy(&output.stderr), &["there is no database", "maitred serve"]);
    assert!(!store.database.exists());
}

#[test]
fn a_folder_that_does_not_exist_is_named() {
    let store = store();
    let database = store.database.with_file_name("nowhere").join("maitred.db");
    assert_says(&refusal(&database), &["cannot open", "nowhere"]);
}

#[test]
fn a_read_only_file_is_refused() {
    let store = created();
    // Root may write what nobody may; then there is nothing to refuse, and the file works.
    fs::set_permissions(&store.database, fs::Permissions::from_mode(0o444)).expect("it is ours");
    let writable = fs::OpenOptions::new().write(true).open(&store.database).is_ok();
    match (Writer::open(&store.database), writable) {
        (Err(StoreError::ReadOnly | StoreError::CannotOpen(..)), false) | (Ok(_), true) => {}
        (other, _) => panic!("{:?}", other.map(|_| ())),
    }
}

#[test]
fn a_full_disk_refuses_a_batch_whole_and_recovers_by_itself() {
    let store = created();
    let writer = Writer::open(&store.database).expect("it opens");
    let pages = fs::metadata(&store.database).expect("it is there").len() / 4_096;
    writer.set_pages_max(pages as u32 + 8).expect("a limit");
    let (batcher, running) = Batcher::start(Engine::Sqlite(writer), 1_000).expect("it starts");
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    let name = "x".repeat(100);
    let operator = || Command::CreateOperator(NewOperator { max_load: 1, ..NewOperator::named(name.as_str()) });
    let mut accepted = 0;
    let refused = loop {
        match runtime.block_on(batcher.execute(Requester::SYSTEM, operator())) {
            Ok(_) => accepted += 1,
            Err(refused) => break refused,
        }
        assert!(accepted < 10_000, "the disk never filled");
    };
    assert!(matches!(&refused, ExecuteError::Store(error) if matches!(**error, StoreError::Full)), "{refused}");
    assert_says(&refused.to_string(), &["disk is full"]);
    drop(batcher);
    running.stop().expect("it stops");
    let conn = maitred_store::sqlite::open_read_only(&store.database).expect("it opens");
    let count = |sql: &str| conn.query_row(sql, [], |row| row.get::<_, i64>(0)).expect("a number");
    assert_eq!(count("SELECT count(*) FROM operators"), accepted);
    assert_eq!(count("SELECT count(*) FROM events"), accepted);
    drop(conn);
    // With room again, the same file goes on.
    let writer = Writer::open(&store.database).expect("it opens");
    let (batcher, running) = Batcher::start(Engine::Sqlite(writer), 1_000).expect("it starts");
    assert!(runtime.block_on(batcher.execute(Requester::SYSTEM, operator())).is_ok());
    drop(batcher);
    running.stop().expect("it stops");
}

#[test]
fn sigterm_ends_with_0_even_with_a_stream_open() {
    let store = store();
    let server = Server::start(&store.database);
    let mut stream = std::net::TcpStream::connect(server.address).expect("it listens");
    let request = "GET /api/v1/events/stream HTTP/1.1\r\nHost: localhost\r\n\r\n";
    std::io::Write::write_all(&mut stream, request.as_bytes()).expect("it reads");
    let mut first = [0; 12];
    std::io::Read::read_exact(&mut stream, &mut first).expect("it answers");
    assert_eq!(&first, b"HTTP/1.1 200");
    let began = std::time::Instant::now();
    assert!(server.terminate().success());
    assert!(began.elapsed() < std::time::Duration::from_secs(9), "it took {:?}", began.elapsed());
}

/// Thousands wait, room is made for all of them, and the server is told to stop in the middle.
#[test]
fn sigterm_ends_with_0_in_the_middle_of_a_long_drain() {
    const WAITING: usize = 60_000;
    let store = created();
    let server = Server::start(&store.database);
    server.post("/api/v1/operators", &json!({"name": "Anna", "max_load": 0})).created();
    server.post("/api/v1/sources", &json!({"name": "Bot"})).created();
    server.post("/api/v1/sources/1/operators", &json!({"operator_id": 1})).created();
    assert!(server.terminate().success());
    let rows: String = (0..WAITING).map(|n| format!("1,{n}\n")).collect();
    let file = store.database.with_file_name("contacts.csv");
    fs::write(&file, format!("source_id,lead_external_id\n{rows}")).expect("a file");
    let imported = run(&store.database, &["import", file.to_str().expect("UTF-8")]);
    assert!(imported.status.success(), "{}", String::from_utf8_lossy(&imported.stderr));
    let server = Server::start(&store.database);
    assert_eq!(server.patch("/api/v1/operators/1", &json!({"max_load": 1_000_000})).status, 200);
    let began = std::time::Instant::now();
    let ended = server.terminate();
    assert!(ended.success(), "{ended} after {:?}", began.elapsed());
    assert!(began.elapsed() < std::time::Duration::from_secs(9), "it took {:?}", began.elapsed());
    // The next start goes on where this one stopped.
    let assigned = "SELECT count(*) FROM contacts WHERE status = 1";
    let server = Server::start(&store.database);
    let conn = maitred_store::sqlite::open_read_only(&store.database).expect("it opens");
    let count = || conn.query_row(assigned, [], |row| row.get::<_, i64>(0)).expect("a number");
    while count() < WAITING as i64 {
        std::thread::park_timeout(std::time::Duration::from_millis(100));
    }
    drop(conn);
    assert!(server.terminate().success());
    crate::http::assert_verifies(&store.database);
}

#[test]
fn a_name_that_one_source_gives_up_is_free_for_another_of_the_same_batch() {
    let store = store();
    let mut engine = Engine::Sqlite(Writer::open(&store.database).expect("a new file opens"));
    let mut world = engine.world().expect("it reads");
    let create = |name: &str| Command::CreateSource(NewSource { kind: SourceKind::Bot, ..NewSource::named(name) });
    let rename = |id, name: &str| {
        Command::EditSource(SourceId(id), SourceEdit { name: Some(name.into()), ..SourceEdit::default() })
    };
    let delete = |id| Command::DeleteSource(DeleteSource { source: SourceId(id), force: false });
    for batch in [
        vec![create("A"), create("B"), create("C")],
        vec![rename(2, "X"), rename(1, "B")],
        vec![rename(2, "Y"), rename(1, "X"), rename(2, "B")],
        vec![delete(3), rename(1, "C")],
    ] {
        let context = Context { now: Timestamp(1), seed: 1, actor: Actor::System };
        let task = |command| Task {
            command,
            keys: Vec::new(),
            context,
            condition: Condition::None,
            precondition: None,
            heard: None,
        };
        let tasks: Vec<Task> = batch.into_iter().map(task).collect();
        engine.begin(&mut world).expect("the store can be written");
        let answers = carry_out(&mut engine, &mut world, tasks).expect("the store keeps it").answers;
        assert!(answers.iter().all(Result::is_ok), "{answers:?}");
        engine.after_batch(&mut world);
    }
    engine.close();
    crate::http::assert_verifies(&store.database);
}

#[test]
fn reads_that_nobody_waits_for_any_more_keep_their_turn() {
    let store = created();
    let readers = Readers::open(&store.database).expect("it opens");
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    let (started, starts) = std::sync::mpsc::sync_channel(20);
    let (release, released) = std::sync::mpsc::sync_channel::<()>(1);
    let released = std::sync::Arc::new(std::sync::Mutex::new(released));
    for _ in 0..20 {
        let (readers, started, released) = (readers.clone(), started.clone(), released.clone());
        let read = runtime.spawn(async move {
            let read = readers.read(move |_| {
                started.send(()).expect("we listen");
                // An error is the end of the test.
                let _ = released.lock().expect("nobody panicked").recv();
                Ok(())
            });
            tokio::time::timeout(std::time::Duration::from_millis(50), read).await
        });
        let _ = runtime.block_on(read);
    }
    let running = starts.try_iter().count();
    drop(release);
    assert!(running <= 4, "{running} reads at once");
}

#[test]
fn a_read_that_panics_is_no_sign_of_a_stop() {
    let store = created();
    let readers = Readers::open(&store.database).expect("it opens");
    let runtime = tokio::runtime::Builder::new_multi_thread().build().expect("a runtime");
    let failed = runtime.block_on(readers.read(|_| -> Result<(), StoreError> { panic!("a bug") }));
    assert!(matches!(failed, Err(StoreError::Engine(_))), "{failed:?}");
    assert!(runtime.block_on(readers.read(|_| Ok(()))).is_ok());
}

#[test]
fn left_over_work_that_always_fails_fails_nobody_else() {
    let store = store();
    let server = Server::start(&store.database);
    server.post("/api/v1/operators", &json!({"name": "Anna", "max_load": 0})).created();
    server.post("/api/v1/sources", &json!({"name": "Bot"})).created();
    server.post("/api/v1/sources/1/operators", &json!({"operator_id": 1})).created();
    server.post("/api/v1/contacts", &json!({"source_id": 1, "lead_phone": "+79991234567"})).created();
    assert!(server.terminate().success());
    // Anna has room now, so the next start drains; but the row of who waits cannot be read.
    sql(&store.database, "UPDATE operators SET max_load = 1; UPDATE contacts SET priority = 99999999999");
    let server = Server::start(&store.database);
    for _ in 0..3 {
        server.post("/api/v1/operators", &json!({"name": "Boris"})).created();
    }
    assert!(server.terminate().success());
}

#[test]
fn a_change_that_is_stored_and_cannot_be_shown_is_not_called_undone() {
    let store = store();
    let server = Server::start(&store.database);
    server.post("/api/v1/sources", &json!({"name": "Bot"})).created();
    server.post("/api/v1/contacts", &json!({"source_id": 1, "lead_phone": "+79991234567"})).created();
    // What a lead is shown with, and what changing a name need not look at.
    sql(&store.database, "ALTER TABLE lead_duplicates RENAME TO away");
    let answer = server.patch("/api/v1/leads/1", &json!({"name": "Vera"}));
    let kind = answer.body["type"].as_str().unwrap_or_default();
    assert_eq!((answer.status, kind.ends_with("/outcome-unknown")), (503, true), "{}", answer.body);
    sql(&store.database, "ALTER TABLE away RENAME TO lead_duplicates");
    assert_eq!(server.get("/api/v1/leads/1").body["name"], "Vera");
    assert!(server.terminate().success());
    crate::http::assert_verifies(&store.database);
}
