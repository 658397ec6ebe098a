//! What erasing needs to look up: whom a lead absorbed, and who has been quiet for long.

use super::super::load::{list, one};
use super::super::rows;
use super::snapshot;
use crate::StoreError;
use crate::views::{Page, Quiet};
use maitred_core::{Lead, LeadId, Status, Timestamp};
use rusqlite::{Connection, params};

/// The leads that this one absorbed itself, by id.
///
/// # Errors
/// [`StoreError`] when the file cannot be read.
pub fn absorbed(conn: &Connection, by: LeadId) -> Result<Vec<Lead>, StoreError> {
    let sql = format!("SELECT {} FROM leads INDEXED BY leads_merged WHERE merged_into = ?1 ORDER BY id", rows::LEAD);
    list(conn, &sql, [by.0], rows::lead)
}

/// Of a page of leads, oldest first, those whose last contact ended before a time.
///
/// # Errors
/// [`StoreError`] when the file cannot be read.
pub fn quiet(conn: &Connection, before: Timestamp, page: Page) -> Result<Quiet, StoreError> {
    snapshot(conn, |conn| {
        let sql = format!("SELECT {} FROM leads WHERE id > ?1 ORDER BY id LIMIT ?2", rows::LEAD);
        let leads = list(conn, &sql, params![page.after.unwrap_or(0), page.limit], rows::lead)?;
        let mut quiet = Quiet { leads: Vec::new(), looked_to: leads.last().map(|lead| lead.id) };
        for lead in leads.iter().filter(|lead| lead.merged_into.is_none() && lead.erased_at.is_none()) {
            if last_seen(conn, lead)?.is_some_and(|at| at < before) {
                quiet.leads.push(lead.id);
            }
        }
        Ok(quiet)
    })
}

/// When the last contact of a lead ended; none while it is open.
fn last_seen(conn: &Connection, lead: &Lead) -> Result<Option<Timestamp>, StoreError> {
    let sql = "SELECT status, resolved_at FROM contacts INDEXED BY contacts_lead WHERE lead_id = ?1 \
               ORDER BY id DESC LIMIT 1";
    let last =
        one(conn, sql, [lead.id.0], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, Option<i64>>(1)?.map(Timestamp))))?;
    Ok(match last {
        Some((status, resolved_at)) => resolved_at.filter(|_| status == Status::Resolved as i64),
        None => Some(lead.updated_at),
    })
}
