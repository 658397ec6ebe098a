//! What the engine says about itself: whether the file of SQLite is sound, whether PostgreSQL has its indexes. The
//! pages of a server are its own to check.

use super::scan::Scan;
use super::{About, Invariant, Step, Watch};
use crate::StoreError;
use std::collections::BTreeMap;

/// The indexes that the newest schema of PostgreSQL has, by name.
pub const INDEXES: [&str; 40] = [
    "access_pkey",
    "answers_at",
    "answers_lead",
    "answers_pkey",
    "contacts_lead",
    "contacts_open",
    "contacts_operator",
    "contacts_pkey",
    "contacts_source",
    "contacts_waiting",
    "decisions_pkey",
    "events_pkey",
    "identities_lead",
    "identities_pkey",
    "keys_pkey",
    "keys_prefix",
    "lead_duplicates_contact",
    "lead_duplicates_other",
    "lead_duplicates_pkey",
    "leads_erasing",
    "leads_merged",
    "leads_name",
    "leads_pkey",
    "next_ids_pkey",
    "nodes_pkey",
    "operators_pkey",
    "pool_segments_pkey",
    "receipts_contact",
    "receipts_pkey",
    "schema_history_pkey",
    "schema_lock_pkey",
    "sessions_pkey",
    "sessions_user",
    "source_totals_pkey",
    "sources_name",
    "sources_pkey",
    "users_name",
    "users_pkey",
    "weights_operator",
    "weights_pkey",
];

/// Asks the engine; gives whether the records can be looked at.
pub fn check(watch: &mut Watch<'_>) -> Result<bool, StoreError> {
    match watch.scan {
        Scan::Sqlite(_) => file(watch),
        Scan::Postgres(_) => indexes(watch).map(|()| true),
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
fn file(watch: &mut Watch<'_>) -> Result<bool, StoreError> {
    Step { name: "file", done: 0, total: 0 }.tell(watch.tell);
    watch.scan.each("PRAGMA quick_check", |row| {
        let message = row.text(0)?.unwrap_or_default();
        if message != "ok" {
            let expected = "a sound file; restore a backup. The records were not checked";
            watch.report.fault(Invariant::FileIsSound, About::NOBODY, message, expected);
        }
        Ok(())
    })?;
    Ok(watch.report.is_clean())
}

/// Whether PostgreSQL has every index and may use it. Records can be read without.
fn indexes(watch: &mut Watch<'_>) -> Result<(), StoreError> {
    Step { name: "indexes", done: 0, total: 0 }.tell(watch.tell);
    let there = valid_indexes(watch.scan)?;
    for name in INDEXES {
        let (found, expected) = match there.get(name) {
            Some(true) => continue,
            Some(false) => (format!("the index {name} is invalid"), format!("REINDEX INDEX maitred.{name}")),
            None => (format!("the index {name} is missing"), "every index of the schema".to_owned()),
        };
        watch.report.fault(Invariant::FileIsSound, About::NOBODY, found, expected);
    }
    Ok(())
}

/// The indexes there are, and whether each is valid.
pub fn valid_indexes(scan: Scan<'_>) -> Result<BTreeMap<String, bool>, StoreError> {
    let sql = "SELECT c.relname, i.indisvalid FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid \
               JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = 'maitred'";
    let mut there = BTreeMap::new();
    scan.each(sql, |row| {
        there.insert(row.text(0)?.unwrap_or_default().to_owned(), row.bool(1)?);
        Ok(())
    })?;
    Ok(there)
}
