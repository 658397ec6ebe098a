//! Backups: made under load, checked before they are believed, and never half of one under the name of a whole.

#[path = "../store/http.rs"]
#[expect(dead_code, reason = "only the server and its commands are needed here")]
mod http;
mod restoring;

use http::{Server, command, json, run};
use maitred_store::sqlite::open_read_only;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use tempfile::TempDir;

const CLIENTS: usize = 4;
/// Contacts acknowledged before the backup begins.
const CONTACTS_BEFORE: usize = 300;
const KILLS: usize = 6;

/// A folder with a database that was served and holds a few contacts.
struct Shop {
    folder: TempDir,
}

impl Shop {
    fn open() -> Self {
        let shop = Self { folder: tempfile::tempdir().expect("a folder") };
        let server = shop.serve();
        set_up(&server);
        for n in 0..20 {
            submit(&server, &format!("early-{n}")).expect("the server answers");
        }
        assert!(server.terminate().success());
        shop
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn database(&self) -> PathBuf {
        self.path("maitred.db")
    }

    fn serve(&self) -> Server {
        Server::start(&self.database())
    }

    /// Runs a command on its database, in its folder.
    fn run(&self, arguments: &[&str]) -> Output {
        let mut command = command(&self.database());
        command.current_dir(self.folder.path()).args(arguments).output().expect("the program runs")
    }

    /// Every file of the folder but locks, and the log that a reader of a database may leave beside it.
    fn files(&self) -> BTreeSet<String> {
        let names = fs::read_dir(self.folder.path()).expect("a folder");
        let names = names.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned());
        names
            .filter(|name| !name.ends_with(".lock") && !["maitred.db-wal", "maitred.db-shm"].contains(&&**name))
            .collect()
    }
}

fn set_up(server: &Server) {
    server.post("/api/v1/operators", &json!({"name": "Anna", "max_load": 100})).created();
    server.post("/api/v1/sources", &json!({"name": "Bot"})).created();
    server.post("/api/v1/sources/1/operators", &json!({"operator_id": 1, "weight": 10})).created();
}

/// The id of a new contact; `None` when the server went away.
fn submit(server: &Server, person: &str) -> Option<i64> {
    let contact = json!({"source_id": 1, "lead_external_id": person});
    http::try_post(server.address, "/api/v1/contacts", &contact)?.created()["id"].as_i64()
}

#[track_caller]
fn said(output: &Output, code: i32) -> String {
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(code), "{said}");
    said
}

fn contacts(database: &Path) -> BTreeSet<i64> {
    let conn = open_read_only(database).expect("a database");
    let mut ids = conn.prepare("SELECT id FROM contacts").expect("a table");
    let ids = ids.query_map([], |row| row.get(0)).expect("rows");
    ids.collect::<Result<_, _>>().expect("ids")
}

#[test]
fn a_backup_under_load_has_everything_that_was_acknowledged_before() {
    let folder = tempfile::tempdir().expect("a folder");
    let (database, copy) = (folder.path().join("maitred.db"), folder.path().join("backup.db"));
    let server = Server::start(&database);
    set_up(&server);
    let (over, count, acknowledged) = (AtomicBool::new(false), AtomicUsize::new(0), Mutex::new(BTreeSet::new()));
    let (before, output) = std::thread::scope(|scope| {
        for client in 0..CLIENTS {
            let (server, over, count, acknowledged) = (&server, &over, &count, &acknowledged);
            scope.spawn(move || {
                while !over.load(Ordering::Relaxed) {
                    let n = count.fetch_add(1, Ordering::Relaxed);
                    let id = submit(server, &format!("{client}-{n}")).expect("the server answers");
                    acknowledged.lock().expect("nobody panicked").insert(id);
                }
            });
        }
        while acknowledged.lock().expect("nobody panicked").len() < CONTACTS_BEFORE {
            std::thread::yield_now();
        }
        let before = acknowledged.lock().expect("nobody panicked").clone();
        let output = run(&database, &["backup", &copy.display().to_string(), "--json"]);
        over.store(true, Ordering::Relaxed);
        (before, output)
    });
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let made: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(made["is_verified"], true);
    assert_eq!(made["bytes"], fs::metadata(&copy).expect("a file").len());
    let kept = contacts(&copy);
    assert_eq!(made["contacts"], kept.len());
    assert!(before.is_subset(&kept), "lost {:?}", before.difference(&kept));
    let all = acknowledged.into_inner().expect("nobody panicked");
    assert!(kept.len() < all.len(), "the load went on beside the backup: {} of {}", kept.len(), all.len());
    assert_eq!(fs::metadata(&copy).expect("a file").permissions().mode() & 0o777, 0o600);
    drop(server);
    http::assert_verifies(&copy);
    http::assert_verifies(&database);
}

#[test]
fn a_backup_leaves_one_file_and_takes_no_other_place() {
    let shop = Shop::open();
    let output = shop.run(&["backup", "b.db"]);
    assert_eq!(said(&output, 0), "");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(text.starts_with("./b.db is a backup of 20 contacts and "), "{text}");
    assert!(text.ends_with("Every invariant holds.\n"), "{text}");
    let there = ["b.db", "maitred.db"].map(str::to_owned).into();
    assert_eq!(shop.files(), there);
    let before = fs::read(shop.path("b.db")).expect("a file");
    let refused = said(&shop.run(&["backup", "b.db"]), 2);
    assert_eq!(refused, "maitred: b.db already exists and was not changed; replace it with --force\n");
    assert_eq!(fs::read(shop.path("b.db")).expect("a file"), before);
    said(&shop.run(&["backup", "b.db", "--force"]), 0);
    assert_eq!(shop.files(), there);
    let itself = said(&shop.run(&["backup", "maitred.db", "--force"]), 2);
    assert_eq!(itself, "maitred: maitred.db is the database itself; choose another file for the backup\n");
}

/// Every file of the folder with what is in it, but what a reader may leave beside the database.
/// Of the files that the server writes meanwhile, such as what its jobs keep, only whether each is a database.
fn contents(shop: &Shop) -> BTreeMap<String, Vec<u8>> {
    let names = shop.files().into_iter();
    names
        .filter(|name| name != "maitred.db-shm")
        .map(|name| {
            let bytes = fs::read(shop.path(&name)).unwrap_or_default();
            let is_served = name.starts_with("maitred.db") || name == "link.db";
            let kept = if is_served { vec![u8::from(bytes.starts_with(b"SQLite format 3"))] } else { bytes };
            (name, kept)
        })
        .collect()
}

#[test]
fn a_backup_is_written_over_nothing_that_a_database_needs() {
    let shop = Shop::open();
    said(&shop.run(&["keys", "create", "--name", "Bot", "--role", "admin"]), 0);
    said(&shop.run(&["backup", "other.db"]), 0);
    fs::remove_file(shop.path("other.db")).expect("a file");
    fs::create_dir(shop.path("folder")).expect("a folder");
    fs::write(shop.path("logged.db"), "").expect("a file");
    fs::write(shop.path("logged.db-wal"), "somebody's").expect("a file");
    fs::write(shop.path("gone.db-journal"), "somebody's").expect("a file");
    std::os::unix::fs::symlink("maitred.db-wal", shop.path("link.db")).expect("a link");
    let server = shop.serve();
    let before = contents(&shop);
    for (target, why) in [
        ("maitred.db-wal", "belongs to a database (-wal"),
        ("maitred.db-shm", "belongs to a database (-wal"),
        ("maitred.db.access", "belongs to a database (-wal"),
        ("maitred.db.lock", "belongs to a database (-wal"),
        ("link.db", "belongs to a database (-wal"),
        ("none.db-journal", "belongs to a database (-wal"),
        ("/dev/null", "is not a regular file"),
        ("folder", "is not a regular file"),
        ("maitred.db", "is the database itself"),
        ("logged.db", "logged.db-wal belongs to a database"),
        ("gone.db", "gone.db-journal belongs to a database"),
        ("other.db", "other.db.access already exists"),
    ] {
        let refused = said(&shop.run(&["backup", target, "--force"]), 2);
        assert!(refused.contains(why), "{target}: {refused}");
        said(&shop.run(&["backup", target]), 2);
        assert_eq!(contents(&shop), before, "{target}");
    }
    assert!(server.terminate().success());
}

#[test]
fn a_database_that_another_server_has_is_not_replaced() {
    let shop = Shop::open();
    said(&shop.run(&["backup", "b.db"]), 0);
    let server = Server::start(&shop.path("b.db"));
    let refused = said(&shop.run(&["backup", "b.db", "--force"]), 2);
    assert!(refused.contains("b.db"), "{refused}");
    assert!(submit(&server, "goes on").is_some());
    assert!(server.terminate().success());
}

#[test]
fn a_backup_that_is_killed_leaves_nothing_under_its_name() {
    let shop = Shop::open();
    let copy = shop.path("b.db");
    let mut cut = 0;
    for _ in 0..KILLS {
        let mut child = command(&shop.database())
            .args(["backup", &copy.display().to_string()])
            .stdout(Stdio::null())
            .spawn()
            .expect("the program starts");
        while !shop.path("b.db.partial").exists() && !copy.exists() {
            assert!(child.try_wait().expect("a child").is_none() || copy.exists(), "it ended without a backup");
            std::thread::yield_now();
        }
        child.kill().expect("it is ours");
        child.wait().expect("it ends");
        if fs::remove_file(&copy).is_err() {
            cut += 1;
        }
    }
    assert!(cut > 0, "none was killed in the middle");
    said(&shop.run(&["backup", "b.db"]), 0);
    assert_eq!(shop.files(), ["b.db", "maitred.db"].map(str::to_owned).into());
    assert_eq!(contacts(&copy), contacts(&shop.database()));
}

#[test]
fn two_backups_into_one_file_do_not_mix() {
    let shop = Shop::open();
    let being_made = fs::File::create(shop.path("b.db.partial")).expect("a file");
    being_made.lock().expect("a lock");
    let refused = said(&shop.run(&["backup", "b.db"]), 2);
    assert!(refused.contains("another maitred is writing b.db.partial"), "{refused}");
    drop(being_made);
    said(&shop.run(&["backup", "b.db"]), 0);
}

#[test]
fn a_database_with_faults_gets_a_copy_of_another_name() {
    let shop = Shop::open();
    said(&shop.run(&["backup", "b.db"]), 0);
    let good = fs::read(shop.path("b.db")).expect("a file");
    let conn = rusqlite::Connection::open(shop.database()).expect("a database");
    conn.execute("UPDATE operators SET current_load = current_load + 1", []).expect("an update");
    drop(conn);
    let refused = said(&shop.run(&["backup", "b.db", "--force"]), 1);
    assert!(refused.contains("it is kept only as b.db.faulty"), "{refused}");
    assert_eq!(fs::read(shop.path("b.db")).expect("a file"), good, "the good one was not replaced");
    assert!(shop.path("b.db.faulty").exists());
    let refused = said(&shop.run(&["restore", "b.db.faulty", "--force"]), 1);
    assert!(refused.contains("b.db.faulty has 1 faults and was not restored"), "{refused}");
}

#[test]
fn for_a_postgres_server_its_own_tools_are_named() {
    let folder = tempfile::tempdir().expect("a folder");
    for arguments in [["backup", "b.db"], ["restore", "b.db"]] {
        let output = http::run_on("postgres://maitred:secret@db/maitred", &arguments);
        let said = said(&output, 2);
        assert!(said.contains("pg_dump --format=custom --schema=maitred"), "{said}");
        assert!(said.contains("pg_restore ") && said.contains("pg_basebackup "), "{said}");
        assert!(!said.contains("secret"), "{said}");
    }
    assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 0);
}
