//! Files and disks that are not as they should be: each gives a clear error and never a half-done change.

use crate::http::{Server, json, run};
use maitred::batcher::{Batcher, Refusal};
use maitred::store::sqlite::Writer;
use maitred::store::{Engine, StoreError};
use maitred_core::Command;
use maitred_core::command::NewOperator;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

struct Place {
    _folder: tempfile::TempDir,
    database: PathBuf,
}

fn place() -> Place {
    let folder = tempfile::tempdir().expect("a folder");
    let database = folder.path().join("maitred.db");
    Place { _folder: folder, database }
}

fn created() -> Place {
    let place = place();
    Writer::open(&place.database).expect("a new file opens").close();
    place
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
    let place = place();
    let server = Server::start(&place.database);
    assert_says(&refusal(&place.database), &["served by another maitred", "--database"]);
    server.post("/api/v1/operators", &json!({"name": "Anna"})).created();
}

#[test]
fn commands_that_only_read_work_beside_a_running_server() {
    let place = place();
    let server = Server::start(&place.database);
    server.post("/api/v1/operators", &json!({"name": "Anna"})).created();
    server.post("/api/v1/sources", &json!({"name": "Bot"})).created();
    server.post("/api/v1/contacts", &json!({"source_id": 1, "lead_phone": "+79991234567"})).created();
    for arguments in [&["verify"][..], &["stats"], &["explain", "1"]] {
        let output = run(&place.database, arguments);
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    }
}

#[test]
fn a_file_of_another_program_is_left_alone() {
    let place = place();
    sql(&place.database, "CREATE TABLE notes (text TEXT)");
    let before = fs::read(&place.database).expect("it can be read");
    assert_says(&refusal(&place.database), &["is not a maitred database"]);
    assert_eq!(fs::read(&place.database).expect("it can be read"), before);
}

#[test]
fn a_file_of_a_newer_version_is_left_alone() {
    let place = created();
    sql(
        &place.database,
        "INSERT INTO refinery_schema_history (version, name, applied_on, checksum) \
         VALUES (999, 'future', '2030-01-01T00:00:00Z', '1')",
    );
    assert_says(&refusal(&place.database), &["schema version 999", "newer maitred"]);
    let output = run(&place.database, &["verify"]);
    assert_says(&String::from_utf8_lossy(&output.stderr), &["schema version 999"]);
}

#[test]
fn a_damaged_file_is_reported_as_such() {
    let place = place();
    fs::write(&place.database, vec![0x2a; 8_192]).expect("it can be written");
    assert_says(&refusal(&place.database), &["damaged"]);
}

#[test]
fn reading_makes_no_file() {
    let place = place();
    let output = run(&place.database, &["stats"]);
    assert_says(&String::from_utf8_lossy(&output.stderr), &["there is no database", "maitred serve"]);
    assert!(!place.database.exists());
}

#[test]
fn a_folder_that_does_not_exist_is_named() {
    let place = place();
    let database = place.database.with_file_name("nowhere").join("maitred.db");
    assert_says(&refusal(&database), &["cannot open", "nowhere"]);
}

#[test]
fn a_read_only_file_is_refused() {
    let place = created();
    // Root may write what nobody may; then there is nothing to refuse, and the file works.
    fs::set_permissions(&place.database, fs::Permissions::from_mode(0o444)).expect("it is ours");
    let writable = fs::OpenOptions::new().write(true).open(&place.database).is_ok();
    match (Writer::open(&place.database), writable) {
        (Err(StoreError::ReadOnly | StoreError::CannotOpen(..)), false) | (Ok(_), true) => {}
        (other, _) => panic!("{:?}", other.map(|_| ())),
    }
}

#[test]
fn a_full_disk_refuses_a_batch_whole_and_recovers_by_itself() {
    let place = created();
    let writer = Writer::open(&place.database).expect("it opens");
    let pages = fs::metadata(&place.database).expect("it is there").len() / 4_096;
    writer.set_pages_max(pages as u32 + 8).expect("a limit");
    let (batcher, running) = Batcher::start(Engine::Sqlite(writer), 1_000).expect("it starts");
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    let name = "x".repeat(100);
    let operator = || Command::CreateOperator(NewOperator { name: name.as_str().into(), is_active: true, max_load: 1 });
    let mut accepted = 0;
    let refused = loop {
        match runtime.block_on(batcher.send(operator())) {
            Ok(_) => accepted += 1,
            Err(refused) => break refused,
        }
        assert!(accepted < 10_000, "the disk never filled");
    };
    assert!(matches!(&refused, Refusal::Store(error) if matches!(**error, StoreError::Full)), "{refused}");
    assert_says(&refused.to_string(), &["disk is full"]);
    drop(batcher);
    running.stop().expect("it stops");
    let conn = maitred::store::sqlite::open_read_only(&place.database).expect("it opens");
    let count = |sql: &str| conn.query_row(sql, [], |row| row.get::<_, i64>(0)).expect("a number");
    assert_eq!(count("SELECT count(*) FROM operators"), accepted);
    assert_eq!(count("SELECT count(*) FROM events"), accepted);
    drop(conn);
    // With room again, the same file goes on.
    let writer = Writer::open(&place.database).expect("it opens");
    let (batcher, running) = Batcher::start(Engine::Sqlite(writer), 1_000).expect("it starts");
    assert!(runtime.block_on(batcher.send(operator())).is_ok());
    drop(batcher);
    running.stop().expect("it stops");
}

#[test]
fn sigterm_ends_with_0_even_with_a_stream_open() {
    let place = place();
    let server = Server::start(&place.database);
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
