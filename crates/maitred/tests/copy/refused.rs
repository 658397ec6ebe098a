//! What a copy refuses, in which words, and that nothing was changed.

use crate::sample::{SampleDatabase, assert_ends, copy, fill, url_of};
use maitred_store::testing::postgres::TestDatabase;
use std::path::PathBuf;

fn place() -> (tempfile::TempDir, [PathBuf; 2]) {
    let folder = tempfile::tempdir().expect("a folder");
    let paths = ["from.db", "to.db"].map(|name| folder.path().join(name));
    (folder, paths)
}

#[test]
fn one_database_under_two_names_is_refused() {
    let (folder, [from, _]) = place();
    fill(&url_of(&from));
    assert_ends(&copy(&url_of(&from), &url_of(&from), &[]), 2, &["--from and --to both name"]);
    let link = folder.path().join("link.db");
    std::os::unix::fs::symlink(&from, &link).expect("a link");
    assert_ends(&copy(&url_of(&from), &url_of(&link), &[]), 2, &["--from and --to both name"]);
}

#[test]
fn one_postgres_under_two_names_is_refused() {
    let (_folder, [from, _]) = place();
    fill(&url_of(&from));
    let database = TestDatabase::new();
    let one: String = database.url();
    assert_ends(&copy(&url_of(&from), &one, &[]), 0, &[]);
    let other = one.replace("127.0.0.1", "localhost");
    assert_ne!(one, other);
    assert_ends(&copy(&one, &other, &[]), 2, &["--from and --to both name"]);
}

#[test]
fn a_source_that_is_not_there_makes_no_target() {
    let (folder, [from, to]) = place();
    assert_ends(&copy(&url_of(&from), &url_of(&to), &[]), 2, &["there is no database", "check --from"]);
    assert_eq!(std::fs::read_dir(folder.path()).expect("the folder").count(), 0, "files were made");
}

#[test]
fn a_file_that_is_served_is_refused_on_both_sides() {
    let (_folder, [from, to]) = place();
    let served = SampleDatabase::open(&url_of(&from));
    let free = url_of(&to);
    assert_ends(&copy(&url_of(&from), &free, &[]), 2, &["is served by another maitred; stop that one, then copy"]);
    served.close();
    let served = SampleDatabase::open(&free);
    assert_ends(&copy(&url_of(&from), &free, &[]), 2, &["is served by another maitred"]);
    served.close();
}

#[test]
fn a_target_that_was_used_is_refused_and_stays_as_it_is() {
    use maitred_core::Command;
    use maitred_core::command::NewOperator;
    let (_folder, [from, to]) = place();
    fill(&url_of(&from));
    // Nothing is left of it but the next ids.
    let used = SampleDatabase::open(&url_of(&to));
    used.run(Command::CreateOperator(NewOperator { max_load: 1, ..NewOperator::named("Anna") }));
    used.run(Command::DeleteOperator(maitred_core::OperatorId(1)));
    used.close();
    let before = std::fs::read(&to).expect("the file");
    for more in [&[][..], &["--start-over"]] {
        assert_ends(&copy(&url_of(&from), &url_of(&to), more), 2, &["is not empty; nothing was changed in it"]);
        assert!(std::fs::read(&to).expect("the file") == before, "the file was changed");
    }
}

#[test]
fn a_file_of_another_program_is_refused_and_stays_as_it_is() {
    let (_folder, [from, to]) = place();
    fill(&url_of(&from));
    std::fs::write(&to, "no database at all, but long enough to be looked at as one").expect("a file");
    let before = std::fs::read(&to).expect("the file");
    assert_ends(&copy(&url_of(&from), &url_of(&to), &[]), 2, &["cannot open"]);
    let conn = rusqlite::Connection::open(to.with_extension("other")).expect("a file");
    conn.execute_batch("CREATE TABLE birds (name TEXT)").expect("a table");
    assert_ends(&copy(&url_of(&from), &url_of(&to.with_extension("other")), &[]), 2, &["is not a maitred database"]);
    assert!(std::fs::read(&to).expect("the file") == before, "the file was changed");
}

#[test]
fn a_postgres_server_that_is_not_there_is_named_without_the_password() {
    let (_folder, [from, _]) = place();
    fill(&url_of(&from));
    let output = copy(&url_of(&from), "postgres://u:secret@127.0.0.1:1/m", &[]);
    assert_ends(&output, 2, &["postgres://u@127.0.0.1:1/m does not answer", "run the same command again"]);
    assert!(!crate::sample::said(&output).contains("secret"));
}

#[test]
fn a_folder_that_is_not_there_is_named() {
    let (folder, [from, _]) = place();
    fill(&url_of(&from));
    let nowhere = folder.path().join("nowhere/to.db");
    assert_ends(&copy(&url_of(&from), &url_of(&nowhere), &[]), 2, &["cannot open", "nowhere/to.db"]);
}

#[test]
fn a_null_character_is_refused_for_postgres_by_its_place_alone() {
    let (_folder, [from, to]) = place();
    fill(&url_of(&from));
    let vandal = rusqlite::Connection::open(&from).expect("the file opens");
    let sql = "UPDATE contacts SET message = 'sec' || char(0) || 'ret' WHERE id = 7";
    vandal.execute_batch(sql).expect("the file can be changed");
    drop(vandal);
    let database = TestDatabase::new();
    let output = copy(&url_of(&from), &database.url::<String>(), &[]);
    assert_ends(&output, 2, &["contacts with id 7: its message holds a null character"]);
    assert!(!crate::sample::said(&output).contains("ret\n") && !crate::sample::said(&output).contains("sec\0"));
    assert_ends(&copy(&url_of(&from), &url_of(&to), &[]), 0, &["Both databases are equal"]);
}
