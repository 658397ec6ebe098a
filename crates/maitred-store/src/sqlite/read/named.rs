//! How those are called whom a page names by their ids, deleted and merged ones included: by key, one by one.

use super::super::load::{list, one};
use super::super::rows;
use super::{operators, snapshot};
use crate::StoreError;
use crate::views::{LeadName, Mentioned, Named};
use maitred_core::{Identity, LeadId, SourceId};
use rusqlite::{Connection, params};
use std::sync::Arc;

/// The most identities of one lead that are told.
const IDENTITIES_MAX: u32 = 4;

/// The names of these leads, sources and operators; who never was there is left out.
///
/// # Errors
/// [`StoreError`] when the file cannot be read.
pub fn named(conn: &Connection, mentioned: &Mentioned) -> Result<Named, StoreError> {
    snapshot(conn, |conn| {
        let leads = mentioned.leads.iter().filter_map(|id| lead(conn, *id).transpose());
        let sources = mentioned.sources.iter().filter_map(|id| source(conn, *id).transpose());
        Ok(Named {
            leads: leads.collect::<Result<_, _>>()?,
            sources: sources.collect::<Result<_, _>>()?,
            operators: operators::names(conn, mentioned.operators.iter().copied())?.into_iter().collect(),
        })
    })
}

fn lead(conn: &Connection, id: LeadId) -> Result<Option<(LeadId, LeadName)>, StoreError> {
    let found = one(conn, "SELECT name FROM leads WHERE id = ?1", [id.0], |row| row.get::<_, Option<String>>(0))?;
    let Some(name) = found else { return Ok(None) };
    let sql = "SELECT kind, value FROM identities WHERE lead_id = ?1 ORDER BY kind, value LIMIT ?2";
    let identity = |row: &rusqlite::Row<'_>| Ok(Identity { kind: rows::identity_kind(row, 0)?, value: row.get(1)? });
    let identities = list(conn, sql, params![id.0, IDENTITIES_MAX], identity)?;
    Ok(Some((id, LeadName { name: name.map(Into::into), identities })))
}

fn source(conn: &Connection, id: SourceId) -> Result<Option<(SourceId, Arc<str>)>, StoreError> {
    let name = one(conn, "SELECT name FROM sources WHERE id = ?1", [id.0], |row| row.get(0))?;
    Ok(name.map(|name| (id, name)))
}
