//! Forgetting who a lead is. What is deleted is overwritten with zeroes in the file (`secure_delete`, see `open`), not
//! only marked as free; older states of its pages stay in the write-ahead log until it starts over, and in backups.

use super::load::list;
use crate::StoreError;
use maitred_core::world::Changes;
use maitred_core::{ContactId, LeadId};
use rusqlite::{Connection, params};

/// Deletes what belongs to erased leads alone; before anything new of the batch is written.
///
/// # Errors
/// [`StoreError`] when it could not be written.
pub fn leads(conn: &Connection, changes: &Changes) -> Result<(), StoreError> {
    for lead in &changes.erased {
        for sql in [
            "DELETE FROM identities WHERE lead_id = ?1",
            "DELETE FROM answers WHERE lead_id = ?1",
            "DELETE FROM lead_duplicates WHERE lead_id = ?1 OR other_lead_id = ?1",
        ] {
            conn.prepare_cached(sql)?.execute([lead.0])?;
        }
    }
    Ok(())
}

/// Notes how far erasures are; after leads are written.
///
/// # Errors
/// [`StoreError`] when it could not be written.
pub fn progress(conn: &Connection, changes: &Changes) -> Result<(), StoreError> {
    for (lead, behind) in &changes.erasing {
        let sql = "UPDATE leads SET erasing_behind = ?2 WHERE id = ?1";
        conn.prepare_cached(sql)?.execute(params![lead.0, behind.map(|contact| contact.0)])?;
    }
    Ok(())
}

/// The erasures that are under way.
///
/// # Errors
/// [`StoreError`] when the file cannot be read.
pub fn under_way(conn: &Connection) -> Result<Vec<(LeadId, ContactId)>, StoreError> {
    let sql = "SELECT id, erasing_behind FROM leads WHERE erasing_behind IS NOT NULL";
    list(conn, sql, [], |row| Ok((LeadId(row.get(0)?), ContactId(row.get(1)?))))
}
