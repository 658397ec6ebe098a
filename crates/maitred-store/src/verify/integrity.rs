//! What the engine says about itself: whether the file of SQLite is sound, whether PostgreSQL has its indexes. The
//! pages of a server are its own to check.

use super::scan::Scan;
use super::{About, Invariant, Run, Step};
use crate::StoreError;
use crate::schema::{ACCOUNT_TABLES, NEXT_IDS, TABLES};
use std::collections::{BTreeMap, BTreeSet};

/// The indexes that the newest schema of PostgreSQL has, by name.
pub fn indexes_of_the_schema() -> BTreeSet<String> {
    let described = TABLES.into_iter().chain(ACCOUNT_TABLES).chain([&NEXT_IDS]);
    let described = described.flat_map(|table| {
        let named = table.indexes.iter().map(|name| (*name).to_owned());
        [table.key_index()].into_iter().chain(named)
    });
    let of_nodes = ["nodes_pkey", "schema_history_pkey", "schema_lock_pkey"].map(str::to_owned);
    described.chain(of_nodes).collect()
}

/// Asks the engine; gives whether the records can be looked at.
pub fn check(run: &mut Run<'_>) -> Result<bool, StoreError> {
    match run.scan {
        Scan::Sqlite(_) => file(run),
        Scan::Postgres(_) => indexes(run).map(|()| true),
    }
}

/// What a verification of this database does not look at, and who can.
pub const fn left_to_others(scan: Scan<'_>) -> Option<&'static str> {
    match scan {
        Scan::Sqlite(_) => None,
        Scan::Postgres(_) => Some("the files of the server, which are PostgreSQL's to check: pg_amcheck, pg_checksums"),
    }
}

/// Whether SQLite can read all of the file.
fn file(run: &mut Run<'_>) -> Result<bool, StoreError> {
    Step { name: "file", done: 0, total: 0 }.announce(run.progress);
    run.scan.each("PRAGMA quick_check", |row| {
        let message = row.some_text(0)?.unwrap_or_default();
        if message != "ok" {
            let expected = "a sound file; restore a backup. The records were not checked";
            run.report.fault(Invariant::FileIsSound, About::NOBODY, message, expected);
        }
        Ok(())
    })?;
    Ok(run.report.is_clean())
}

/// Whether PostgreSQL has every index and may use it. Records can be read without.
fn indexes(run: &mut Run<'_>) -> Result<(), StoreError> {
    Step { name: "indexes", done: 0, total: 0 }.announce(run.progress);
    let there = valid_indexes(run.scan)?;
    for name in indexes_of_the_schema() {
        let (found, expected) = match there.get(&name) {
            Some(true) => continue,
            Some(false) => (format!("the index {name} is invalid"), format!("REINDEX INDEX maitred.{name}")),
            None => (format!("the index {name} is missing"), "every index of the schema".to_owned()),
        };
        run.report.fault(Invariant::FileIsSound, About::NOBODY, found, expected);
    }
    Ok(())
}

/// The indexes there are, and whether each is valid.
pub fn valid_indexes(scan: Scan<'_>) -> Result<BTreeMap<String, bool>, StoreError> {
    let sql = "SELECT c.relname, i.indisvalid FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid \
               JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = 'maitred'";
    let mut there = BTreeMap::new();
    scan.each(sql, |row| {
        there.insert(row.some_text(0)?.unwrap_or_default().to_owned(), row.bool(1)?);
        Ok(())
    })?;
    Ok(there)
}
