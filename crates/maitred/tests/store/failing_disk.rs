//! A disk that fails a sync, and one without room: what callers are told, and what is there afterwards. The server runs
//! with `failing_disk.c` in front of the system's library.

use crate::http::{Server, assert_verifies, command, json};
use crate::switches::{self, Switches};
use std::path::{Path, PathBuf};
use std::process::Command;

struct FailingDisk {
    folder: tempfile::TempDir,
    library: PathBuf,
    switches: Switches,
}

impl FailingDisk {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let library = folder.path().join("failing_disk.so");
        switches::build(&library);
        let switches = Switches::in_folder(folder.path());
        Self { folder, library, switches }
    }

    fn database(&self) -> PathBuf {
        self.folder.path().join("maitred.db")
    }

    fn command(&self) -> Command {
        let mut command = command(&self.database());
        self.switches.rule(command.args(["serve", "--listen", "127.0.0.1:0"]), &self.library);
        command
    }

    fn server(&self) -> Server {
        Server::run(&mut self.command())
    }

    fn set(&self, fault: &str, value: &str) {
        self.switches.set(fault, value);
    }

    fn repair(&self, fault: &str) {
        self.switches.repair(fault);
    }
}

fn contacts(database: &Path) -> i64 {
    let conn = maitred_store::sqlite::open_read_only(database).expect("it opens");
    conn.query_row("SELECT count(*) FROM contacts", [], |row| row.get(0)).expect("a number")
}

#[test]
fn a_failed_sync_ends_the_server_and_its_callers_do_not_know_the_outcome() {
    let disk = FailingDisk::new();
    let server = disk.server();
    server.post("/api/v1/sources", &json!({"name": "Bot"})).created();
    let contact = |lead: &str| json!({"source_id": 1, "lead_external_id": lead});
    server.post_with_key("first", "/api/v1/contacts", &contact("a")).created();
    disk.set("sync", "");
    let unknown = server.post_with_key("second", "/api/v1/contacts", &contact("b"));
    let kind = unknown.body["type"].as_str().expect("a problem");
    assert_eq!((unknown.status, kind.ends_with("/outcome-unknown")), (503, true), "{}", unknown.body);
    assert_eq!(server.ends().code(), Some(2));
    assert!(disk.switches.is_set("sync"));
    disk.repair("sync");
    let server = disk.server();
    // Sent again, it is there once, whatever had become of it.
    let again = server.post_with_key("second", "/api/v1/contacts", &contact("b")).created();
    assert_eq!((again["id"].as_i64(), contacts(&disk.database())), (Some(2), 2));
    assert!(server.terminate().success());
    assert_verifies(&disk.database());
}

#[test]
fn a_disk_whose_syncs_fail_takes_no_server() {
    let disk = FailingDisk::new();
    let mut server = disk.server();
    server.post("/api/v1/sources", &json!({"name": "Bot"})).created();
    server.kill();
    disk.set("sync", "");
    let output = disk.command().output().expect("the program runs");
    assert_eq!(output.status.code(), Some(2), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn a_log_without_room_is_emptied_before_a_change_is_refused() {
    let disk = FailingDisk::new();
    let server = disk.server();
    server.post("/api/v1/sources", &json!({"name": "Bot"})).created();
    disk.set("log-bytes-max", "300000");
    for n in 0..40 {
        server.post("/api/v1/contacts", &json!({"source_id": 1, "lead_external_id": format!("lead {n}")})).created();
    }
    assert!(server.terminate().success());
    assert_eq!(contacts(&disk.database()), 40);
    assert_verifies(&disk.database());
}

#[test]
fn a_server_on_a_full_disk_is_not_ready_until_there_is_room() {
    let disk = FailingDisk::new();
    let server = disk.server();
    server.post("/api/v1/sources", &json!({"name": "Bot"})).created();
    let contact = json!({"source_id": 1, "lead_external_id": "a"});
    disk.set("log-bytes-max", "0");
    for _ in 0..2 {
        assert_eq!(server.post("/api/v1/contacts", &contact).status, 503);
    }
    let refused = server.post("/api/v1/contacts", &contact);
    let kind = refused.body["type"].as_str().expect("a problem");
    assert_eq!((refused.status, kind.ends_with("/store-unavailable")), (503, true), "{}", refused.body);
    for _ in 0..3 {
        assert_eq!(server.status("/readyz"), 503);
        assert_eq!(server.status("/healthz"), 200);
    }
    disk.repair("log-bytes-max");
    let give_up = std::time::Instant::now() + std::time::Duration::from_secs(10);
    while server.status("/readyz") != 200 {
        assert!(std::time::Instant::now() < give_up, "it is never ready again, though nothing was sent");
        std::thread::park_timeout(std::time::Duration::from_millis(20));
    }
    assert_eq!(contacts(&disk.database()), 0);
    server.post("/api/v1/contacts", &contact).created();
    let log = server.terminate_and_say();
    let count = |words: &str| log.iter().filter(|line| line.contains(words)).count();
    assert_eq!((count("a batch was not stored"), count("a request failed")), (3, 0), "one line a request: {log:#?}");
    assert_verifies(&disk.database());
}

#[test]
fn a_clock_that_is_set_is_seen_by_a_running_server_and_never_goes_back_in_the_feed() {
    const HOURS: i64 = 3_600 * 1_000_000;
    let disk = FailingDisk::new();
    let server = disk.server();
    server.post("/api/v1/sources", &json!({"name": "Bot"})).created();
    let arrives = || {
        let contact = server.post("/api/v1/contacts", &json!({"source_id": 1})).created();
        let at = contact["created_at"].as_str().expect("a time");
        maitred_store::clock::parse_rfc3339(at).expect("a time").0
    };
    let before = arrives();
    disk.switches.set_clock(5 * HOURS);
    let ahead = arrives();
    assert!((5 * HOURS..6 * HOURS).contains(&(ahead - before)), "{}", ahead - before);
    disk.switches.set_clock(-5 * HOURS);
    assert_eq!(arrives(), ahead);
    let log = server.terminate_and_say();
    let jumps = log.iter().filter(|line| line.contains("the machine's clock was set")).count();
    assert_eq!(jumps, 2, "{log:#?}");
    assert_verifies(&disk.database());
}
