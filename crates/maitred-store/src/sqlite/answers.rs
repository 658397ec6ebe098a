//! Answers that are kept under a key: reading, keeping, and forgetting them when they are old.

use super::load::one;
use crate::StoreError;
use maitred_core::world::{Changes, Needs};
use maitred_core::{Answer, Malformed, Once, Timestamp};
use rusqlite::{Connection, params};

/// What was answered under these keys before.
///
/// # Errors
/// [`StoreError`] when the file cannot be read.
pub fn load(conn: &Connection, needs: &Needs) -> Result<Vec<Answer>, StoreError> {
    let sql = "SELECT fingerprint, at, outcome FROM answers WHERE key = ?1";
    let mut found = Vec::new();
    for key in &needs.answers {
        let row = one(conn, sql, [&key[..]], |row| {
            Ok((row.get::<_, Vec<u8>>(0)?, row.get::<_, i64>(1)?, row.get::<_, Vec<u8>>(2)?))
        })?;
        let Some((fingerprint, at, outcome)) = row else { continue };
        let once = Once { key: *key, fingerprint: fingerprint.try_into().map_err(|_| Malformed::Truncated)? };
        found.push(Answer::decode(once, Timestamp(at), &outcome)?);
    }
    Ok(found)
}

/// Keeps what commands were answered.
///
/// # Errors
/// [`StoreError`] when it could not be written.
pub fn keep(conn: &Connection, changes: &Changes) -> Result<(), StoreError> {
    if changes.answers.is_empty() {
        return Ok(());
    }
    let sql = "INSERT INTO answers (key, fingerprint, at, lead_id, outcome) VALUES (?1, ?2, ?3, ?4, ?5)";
    let mut keep = conn.prepare_cached(sql)?;
    for answer in &changes.answers {
        let Once { key, fingerprint } = &answer.once;
        let about = answer.about().map(|lead| lead.0);
        keep.execute(params![&key[..], &fingerprint[..], answer.at.0, about, answer.encode()])?;
    }
    Ok(())
}

/// Deletes answers given before a time, oldest first, at most so many, and says how many those were.
///
/// # Errors
/// [`StoreError`] when the file cannot be written.
pub fn forget(conn: &Connection, before: Timestamp, at_most: usize) -> Result<usize, StoreError> {
    let sql = "DELETE FROM answers WHERE rowid IN (SELECT rowid FROM answers WHERE at < ?1 ORDER BY at LIMIT ?2)";
    Ok(conn.prepare_cached(sql)?.execute([before.0, at_most as i64])?)
}
