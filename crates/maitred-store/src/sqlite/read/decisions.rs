//! The chain of a contact: its decisions, each with the pool it saw.

use super::super::load::{list, one};
use super::snapshot;
use crate::StoreError;
use crate::views::{Chain, Link, Page, Story};
use maitred_core::decision::PoolRef;
use maitred_core::pool::Pool;
use maitred_core::{ContactId, Decision, Malformed, OperatorId, PoolId, recording};
use rusqlite::{Connection, Row, params};
use std::collections::BTreeSet;
use std::sync::Arc;

/// The chain of a contact; `None` when there is no such contact.
///
/// # Errors
/// [`StoreError`] when the file or a decision cannot be read. A recording that cannot be is in its [`Link`].
pub fn chain(conn: &Connection, contact: ContactId) -> Result<Option<Chain>, StoreError> {
    chain_page(conn, contact, Page { limit: u32::MAX, after: None })
}

/// A page of the chain of a contact, `after` being the place of a decision in it; `None` when there is no such contact.
///
/// # Errors
/// As [`chain`].
pub fn chain_page(conn: &Connection, contact: ContactId, page: Page) -> Result<Option<Chain>, StoreError> {
    snapshot(conn, |conn| {
        let exists = one(conn, "SELECT 1 FROM contacts WHERE id = ?1", [contact.0], |_| Ok(()))?;
        if exists.is_none() {
            return Ok(None);
        }
        let links = links(conn, contact, page)?;
        let names = names(conn, &links)?;
        Ok(Some(Chain { contact, links, names }))
    })
}

/// A contact with its source and its chain; `None` when there is no such contact.
///
/// # Errors
/// See [`chain`].
pub fn story(conn: &Connection, id: ContactId) -> Result<Option<Story>, StoreError> {
    snapshot(conn, |conn| {
        let (Some(contact), Some(chain)) = (super::contact(conn, id)?, chain(conn, id)?) else { return Ok(None) };
        Ok(Some(Story { source: super::source(conn, contact.source)?, contact, chain }))
    })
}

/// A decision as it is stored.
pub struct StoredDecision {
    /// Its place in the chain.
    pub seq: u32,
    /// The pool it names.
    pub pool: Option<PoolRef>,
    /// The rest.
    pub body: Vec<u8>,
}

/// Reads a decision from the columns `seq, pool_id, step, body`, the first of which has the number `first`.
///
/// # Errors
/// When a column is not what the schema says.
pub fn stored(row: &Row<'_>, first: usize) -> rusqlite::Result<StoredDecision> {
    let pool = row.get::<_, Option<i64>>(first + 1)?.map(PoolId);
    let step = row.get::<_, Option<u32>>(first + 2)?;
    let pool = pool.zip(step).map(|(pool, step)| PoolRef { pool, step });
    Ok(StoredDecision { seq: row.get(first)?, pool, body: row.get(first + 3)? })
}

fn links(conn: &Connection, contact: ContactId, page: Page) -> Result<Vec<Link>, StoreError> {
    let sql = "SELECT seq, pool_id, step, body FROM decisions WHERE contact_id = ?1 AND seq > ?2 ORDER BY seq LIMIT ?3";
    let stored = list(conn, sql, params![contact.0, page.after.unwrap_or(-1), page.limit], |row| stored(row, 0))?;
    let link = |it: StoredDecision| {
        let decision = Decision::decode(contact, it.seq, it.pool, &it.body)?;
        let pool = it.pool.map(|pool| pool_at(conn, pool)).transpose()?;
        Ok(Link { decision, pool })
    };
    stored.into_iter().map(link).collect()
}

/// The pool that a decision saw, or why its record cannot be read.
fn pool_at(conn: &Connection, at: PoolRef) -> Result<Result<Pool, Malformed>, StoreError> {
    let segments = segments(conn, at.pool, at.step)?;
    Ok(recording::replay(segments.iter().map(Vec::as_slice), at.step))
}

/// The segments of a recording up to a step, in order.
///
/// # Errors
/// [`StoreError`] when the file cannot be read.
pub fn segments(conn: &Connection, pool: PoolId, step: u32) -> Result<Vec<Vec<u8>>, StoreError> {
    let sql = "SELECT bytes FROM pool_segments WHERE pool_id = ?1 AND first_step <= ?2 ORDER BY first_step";
    list(conn, sql, params![pool.0, step], |row| row.get(0))
}

fn names(conn: &Connection, links: &[Link]) -> Result<Vec<(OperatorId, Arc<str>)>, StoreError> {
    let mut operators = BTreeSet::new();
    for Link { decision, pool } in links {
        operators.extend([decision.outcome, decision.rule.preferred, decision.rule.avoided].into_iter().flatten());
        let candidates = pool.iter().flatten().flat_map(Pool::candidates);
        operators.extend(candidates.map(|candidate| candidate.operator));
    }
    super::operators::names(conn, operators)
}
