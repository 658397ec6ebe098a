//! Contacts, newest first.
//!
//! A list is made of *ranges*: stretches of one index whose rows come in the order of ids. A filter that leaves the
//! status open over an index that has it is a range for each status, and the newest of them together are the page, so
//! no sort grows with the history. Times become ids first (the batcher's clock never goes back, so ids and times rise
//! together), and a bound on ids is a bound on every range.

use super::super::load::{list, one};
use super::super::rows;
use super::snapshot;
use crate::StoreError;
use crate::views::{ContactFilter, Page, Share};
use maitred_core::{Contact, ContactId, OperatorId, SourceId, Status, Timestamp};
use rusqlite::{Connection, params, params_from_iter};
use std::collections::BTreeSet;
use std::ops::Range;

/// A page of contacts, newest first.
///
/// # Errors
/// [`StoreError`] when the file cannot be read.
pub fn contacts(conn: &Connection, filter: &ContactFilter, page: Page) -> Result<Vec<Contact>, StoreError> {
    snapshot(conn, |conn| {
        let query = Query::new(filter, ids(conn, filter, page)?, page.limit);
        list(conn, &query.sql, params_from_iter(query.values), rows::contact)
    })
}

/// One contact.
///
/// # Errors
/// [`StoreError`] when the file cannot be read.
pub fn contact(conn: &Connection, id: ContactId) -> Result<Option<Contact>, StoreError> {
    one(conn, &format!("SELECT {} FROM contacts WHERE id = ?1", rows::CONTACT), [id.0], rows::contact)
}

/// How many contacts each operator has and had of each source: a count over all contacts, for inspection.
///
/// # Errors
/// [`StoreError`] when the file cannot be read.
pub fn shares(conn: &Connection) -> Result<Vec<Share>, StoreError> {
    let sql = "SELECT source_id, operator_id, count(*) FROM contacts GROUP BY source_id, operator_id ORDER BY 1, 2";
    list(conn, sql, [], |row| {
        let operator = row.get::<_, Option<i64>>(1)?.map(OperatorId);
        Ok(Share { source: SourceId(row.get(0)?), operator, contacts: row.get::<_, i64>(2)?.cast_unsigned() })
    })
}

/// Those of these contacts that are there, newest first.
///
/// # Errors
/// [`StoreError`] when the file cannot be read.
pub fn contacts_among(conn: &Connection, ids: &[ContactId]) -> Result<Vec<Contact>, StoreError> {
    let wanted: BTreeSet<ContactId> = ids.iter().copied().collect();
    let found = |id: &ContactId| contact(conn, *id).transpose();
    snapshot(conn, |_| wanted.iter().rev().filter_map(found).collect())
}

/// A page of what an operator holds, in the order of arrival.
///
/// # Errors
/// [`StoreError`] when the file cannot be read.
pub fn held(conn: &Connection, operator: OperatorId, page: Page) -> Result<Vec<Contact>, StoreError> {
    let sql = held_sql();
    list(conn, &sql, params![operator.0, page.after.unwrap_or(i64::MIN), page.limit], rows::contact)
}

/// The statement of [`held`]: open contacts are in the order of arrival, no matter who holds them.
pub(super) fn held_sql() -> String {
    format!(
        "SELECT {} FROM contacts INDEXED BY contacts_open \
         WHERE status = {} AND status < 2 AND operator_id = ?1 AND id > ?2 ORDER BY id LIMIT ?3",
        rows::CONTACT,
        Status::Assigned as i64
    )
}

/// The ids among which a page lies.
fn ids(conn: &Connection, filter: &ContactFilter, page: Page) -> Result<Range<i64>, StoreError> {
    let bound = |at: Option<Timestamp>| at.map(|at| first_id_since(conn, at)).transpose();
    let start = bound(filter.created_after)?.unwrap_or(i64::MIN);
    let end = bound(filter.created_before)?.unwrap_or(i64::MAX);
    Ok(start..end.min(page.after.unwrap_or(i64::MAX)))
}

/// An id from which on every contact arrived at this time or later, and below which every one arrived earlier: a
/// binary search, one or two probes of the primary key for each doubling of the ids.
pub(super) fn first_id_since(conn: &Connection, at: Timestamp) -> Result<i64, StoreError> {
    let newest = "SELECT coalesce((SELECT id FROM contacts ORDER BY id DESC LIMIT 1), 0)";
    let mut low = 0;
    let mut high: i64 = one(conn, newest, [], |row| row.get(0))?.unwrap_or(0) + 1;
    let probe = "SELECT id, created_at FROM contacts WHERE id >= ?1 ORDER BY id LIMIT 1";
    while low < high {
        let middle = low + (high - low) / 2;
        // Deleted contacts leave gaps: the probe finds the first one behind the gap.
        match one(conn, probe, [middle], |row| Ok((row.get::<_, i64>(0)?, row.get(1).map(Timestamp)?)))? {
            Some((id, created_at)) if created_at < at => low = id + 1,
            _ => high = middle,
        }
    }
    Ok(low)
}

/// The statement of a list and the values of its parameters.
pub(super) struct Query {
    pub(super) sql: String,
    pub(super) values: Vec<i64>,
}

impl Query {
    pub(super) fn new(filter: &ContactFilter, ids: Range<i64>, limit: u32) -> Self {
        let mut query = Self { sql: String::new(), values: vec![ids.start, ids.end, limit.into()] };
        let ranges = query.ranges(filter);
        let columns = rows::CONTACT;
        query.sql = match &ranges[..] {
            [range] => format!("SELECT {columns} {range}"),
            _ => {
                let parts: Vec<String> = ranges.iter().map(|r| format!("SELECT id FROM (SELECT id {r})")).collect();
                let newest = parts.join(" UNION ALL ");
                format!("SELECT {columns} FROM contacts WHERE id IN ({newest}) ORDER BY id DESC LIMIT ?3")
            }
        };
        query
    }

    /// One range, or one for each status, over the index that leaves the least to look through.
    fn ranges(&mut self, filter: &ContactFilter) -> Vec<String> {
        let mut rest = Vec::new();
        let mut keep = |column: &str, id: Option<i64>| rest.extend(id.map(|id| self.equals(column, id)));
        let (lead, operator, source) =
            (filter.lead.map(|l| l.0), filter.operator.map(|o| o.0), filter.source.map(|s| s.0));
        keep("lead_id", lead);
        keep("operator_id", operator);
        keep("source_id", source);
        let with = |status: Option<Status>| {
            let status = status.map(|status| format!("status = {}", status as i64));
            rest.iter().cloned().chain(status).collect::<Vec<_>>()
        };
        let statuses = || filter.status.as_ref().map_or(&Status::ALL[..], std::slice::from_ref).iter().copied();
        // What is resolved is in order by operator and by source, what is open by arrival alone.
        let by_status = |status, resolved| match status {
            Status::Resolved => range(resolved, with(Some(status))),
            // The index is of `status < 2`; SQLite takes it only where the statement says the same.
            _ => range("INDEXED BY contacts_open", [with(Some(status)), vec!["status < 2".to_owned()]].concat()),
        };
        match (lead, operator, source, filter.status) {
            (Some(_), ..) => vec![range("INDEXED BY contacts_lead", with(filter.status))],
            (_, Some(_), ..) => statuses().map(|s| by_status(s, "INDEXED BY contacts_operator")).collect(),
            (_, _, Some(_), _) => statuses().map(|s| by_status(s, "INDEXED BY contacts_source")).collect(),
            (.., Some(status)) => vec![by_status(status, "NOT INDEXED")],
            (.., None) => vec![range("NOT INDEXED", with(None))],
        }
    }

    fn equals(&mut self, column: &str, value: i64) -> String {
        self.values.push(value);
        format!("{column} = ?{}", self.values.len())
    }
}

/// The newest contacts of one stretch of one index.
fn range(index: &str, mut conditions: Vec<String>) -> String {
    conditions.push("id >= ?1 AND id < ?2".to_owned());
    format!("FROM contacts {index} WHERE {} ORDER BY id DESC LIMIT ?3", conditions.join(" AND "))
}
