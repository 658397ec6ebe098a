//! Restoring: what is put back is what was saved, and nothing is lost on the way.

use super::{Shop, contacts, said, submit};
use maitred_store::sqlite::newest_version;
use std::fs;
use std::os::unix::fs::PermissionsExt;

#[test]
fn what_is_restored_is_what_was_saved_and_the_rest_is_kept() {
    let shop = Shop::open();
    said(&shop.run(&["backup", "b.db"]), 0);
    let saved = contacts(&shop.database());
    let server = shop.serve();
    let later = submit(&server, "later").expect("the server answers");
    assert!(server.terminate().success());

    let refused = said(&shop.run(&["restore", "b.db"]), 2);
    assert!(refused.contains("maitred.db already exists and was not changed; replace it with --force"), "{refused}");
    assert!(contacts(&shop.database()).contains(&later));

    for kept in ["maitred.db.replaced", "maitred.db.replaced-2"] {
        let output = shop.run(&["restore", "b.db", "--force"]);
        said(&output, 0);
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(text.contains("was restored with 20 contacts") && text.contains(kept), "{text}");
        assert_eq!(contacts(&shop.database()), saved);
        assert!(shop.path(kept).exists());
    }
    assert!(contacts(&shop.path("maitred.db.replaced")).contains(&later));
    let server = shop.serve();
    assert_eq!(submit(&server, "new"), Some(later), "the server goes on from the backup");
}

#[test]
fn a_machine_that_lost_everything_gets_it_back() {
    let shop = Shop::open();
    said(&shop.run(&["backup", "b.db"]), 0);
    let saved = contacts(&shop.database());
    fs::remove_file(shop.database()).expect("a file");
    // What a crash may have left is not taken for the log of the restored database.
    fs::write(shop.path("maitred.db-wal"), "what is left of another time").expect("a file");
    said(&shop.run(&["restore", "b.db"]), 0);
    assert_eq!(contacts(&shop.database()), saved);
    assert_eq!(shop.files(), ["b.db", "maitred.db"].map(str::to_owned).into());
}

#[test]
fn nothing_is_restored_under_a_running_server() {
    let shop = Shop::open();
    said(&shop.run(&["backup", "b.db"]), 0);
    let server = shop.serve();
    let refused = said(&shop.run(&["restore", "b.db", "--force"]), 2);
    assert!(refused.contains("is in use by another maitred server"), "{refused}");
    assert!(submit(&server, "goes on").is_some());
}

#[test]
fn a_damaged_backup_is_refused_and_the_database_stays() {
    let shop = Shop::open();
    said(&shop.run(&["backup", "b.db"]), 0);
    let before = fs::read(shop.database()).expect("a file");
    let good = fs::read(shop.path("b.db")).expect("a file");
    let mut flipped = good.clone();
    let page = flipped.len() / 4_096 / 2 * 4_096;
    flipped[page..page + 4_096].fill(0xA5);
    let mut wal = good.clone();
    wal.truncate(good.len() / 2 + 1);
    for (bytes, why) in [
        (&good[..good.len() / 2], "half of it is missing"),
        (&wal, "it ends within a page"),
        (&flipped, "a page is overwritten"),
        (&good[..50], "there is nothing but a part of the header"),
        (&[], "it is empty"),
        (b"just some text, and no database at all".as_slice(), "it is a text"),
    ] {
        fs::write(shop.path("bad.db"), bytes).expect("a file");
        let refused = said(&shop.run(&["restore", "bad.db", "--force"]), 1);
        assert!(refused.contains("bad.db cannot be restored"), "{why}: {refused}");
        assert_eq!(fs::read(shop.database()).expect("a file"), before, "{why}");
        assert_eq!(shop.files(), ["b.db", "bad.db", "maitred.db"].map(str::to_owned).into(), "{why}");
    }
    let refused = said(&shop.run(&["restore", "none.db", "--force"]), 2);
    assert_eq!(refused, "maitred: there is no backup none.db\n");
}

#[test]
fn a_single_changed_bit_is_noticed() {
    let shop = Shop::open();
    said(&shop.run(&["keys", "create", "--name", "Bot", "--role", "admin"]), 0);
    said(&shop.run(&["backup", "b.db"]), 0);
    for name in ["b.db", "b.db.access"] {
        let good = fs::read(shop.path(name)).expect("a file");
        for n in 0..60 {
            let mut bytes = good.clone();
            let at = good.len() / 60 * n + n * 37 % (good.len() / 60);
            bytes[at] ^= 1 << (n % 8);
            fs::write(shop.path(name), bytes).expect("a file");
            let refused = said(&shop.run(&["restore", "b.db", "--force"]), 1);
            assert!(refused.contains("b.db cannot be restored"), "{name}, bit {n}: {refused}");
        }
        fs::write(shop.path(name), good).expect("a file");
    }
    fs::rename(shop.path("b.db.access"), shop.path("lost")).expect("a file");
    assert!(said(&shop.run(&["restore", "b.db", "--force"]), 1).contains("b.db.access"), "its keys are missing");
    fs::rename(shop.path("lost"), shop.path("b.db.access")).expect("a file");
    let restored = shop.run(&["restore", "b.db", "--force", "--json"]);
    said(&restored, 0);
    assert!(String::from_utf8_lossy(&restored.stdout).contains("\"has_checksum\": true"));
    // A server that opens a backup changes it: from then on it has none.
    let server = crate::http::Server::start(&shop.path("b.db"));
    assert!(server.terminate().success());
    let restored = shop.run(&["restore", "b.db", "--force"]);
    said(&restored, 0);
    assert!(String::from_utf8_lossy(&restored.stdout).contains("has no checksum"));
}

#[test]
fn a_damaged_database_is_moved_aside_with_its_log() {
    let shop = Shop::open();
    said(&shop.run(&["backup", "b.db"]), 0);
    fs::write(shop.database(), "what a disk left of it").expect("a file");
    fs::write(shop.path("maitred.db-wal"), "and of its log").expect("a file");
    said(&shop.run(&["restore", "b.db", "--force"]), 0);
    assert_eq!(contacts(&shop.database()).len(), 20);
    let kept = |name: &str| fs::read_to_string(shop.path(name)).expect("a file");
    assert_eq!(kept("maitred.db.replaced"), "what a disk left of it");
    assert_eq!(kept("maitred.db.replaced-wal"), "and of its log");
}

#[test]
fn a_backup_of_an_older_schema_is_made_and_restored() {
    let shop = Shop::open();
    let oldest = include_str!("../../../maitred-store/src/sqlite/migrations/V1__initial.sql");
    let conn = rusqlite::Connection::open(shop.path("old.db")).expect("a database");
    conn.execute_batch(oldest).expect("the first schema");
    let history = "ATTACH 'NOW' AS now; PRAGMA application_id = 0x4d545244; CREATE TABLE refinery_schema_history AS
                   SELECT * FROM now.refinery_schema_history WHERE version = 1";
    conn.execute_batch(&history.replace("NOW", &shop.database().display().to_string())).expect("SQL");
    drop(conn);
    fs::remove_file(shop.database()).expect("a file");
    fs::rename(shop.path("old.db"), shop.database()).expect("a file");

    let output = shop.run(&["backup", "b.db"]);
    said(&output, 0);
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(text.contains("is a backup of a database of schema version 1,"), "{text}");
    let old = fs::read(shop.path("b.db")).expect("a file");
    said(&shop.run(&["restore", "b.db", "--force"]), 0);
    assert_eq!(fs::read(shop.path("b.db")).expect("a file"), old, "a backup is not changed");
    let conn = maitred_store::sqlite::open_read_only(&shop.database()).expect("a database");
    assert_eq!(maitred_store::sqlite::schema_version(&conn).expect("a version"), newest_version());
}

#[test]
fn keys_go_along_and_one_that_was_revoked_does_not_come_back() {
    let shop = Shop::open();
    said(&shop.run(&["keys", "create", "--name", "Boss", "--role", "admin"]), 0);
    let output = shop.run(&["backup", "b.db"]);
    said(&output, 0);
    assert!(String::from_utf8_lossy(&output.stdout).contains("Its API keys and users are in ./b.db.access."));
    let keys = || -> String {
        let output = shop.run(&["keys", "list", "--json"]);
        said(&output, 0);
        String::from_utf8(output.stdout).expect("UTF-8")
    };
    let before = keys();
    assert!(before.contains("Boss"), "{before}");
    said(&shop.run(&["keys", "revoke", "1"]), 0);
    let revoked = keys();
    assert_ne!(revoked, before);
    said(&shop.run(&["restore", "b.db", "--force"]), 0);
    assert_eq!(keys(), revoked);

    fs::remove_file(shop.database()).expect("a file");
    fs::remove_file(shop.path("maitred.db.access")).expect("a file");
    said(&shop.run(&["restore", "b.db"]), 0);
    assert_eq!(keys(), before, "a machine that lost everything gets its keys back too");
    let mode = fs::metadata(shop.path("maitred.db.access")).expect("a file").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}
