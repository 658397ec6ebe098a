//! Contacts, newest first or oldest first.
//!
//! A list is made of *ranges*: stretches of one index whose rows come in the order of ids. A filter that leaves the
//! status open over an index that has it is a range for each status, and the newest of them together are the page, so
//! no sort grows with the history. Times become ids first (the batcher's clock never goes back, so ids and times rise
//! together), and a bound on ids is a bound on every range.

use super::super::rows::one;
use crate::StoreError;
use crate::schema::columns_of;
use crate::views::ContactFilter;
use maitred_core::{Contact, Status, Timestamp};
use rusqlite::Connection;
use std::ops::Range;

/// An id from which on every contact arrived at this time or later, and below which every one arrived earlier: a
/// binary search, one or two probes of the primary key for each doubling of the ids.
pub(super) fn first_id_since(conn: &Connection, at: Timestamp) -> Result<i64, StoreError> {
    let newest = "SELECT coalesce((SELECT id FROM contacts ORDER BY id DESC LIMIT 1), 0)";
    let mut low = 0;
    let mut high = one::<i64>(conn, newest, [])?.unwrap_or(0) + 1;
    let probe = "SELECT id, created_at FROM contacts WHERE id >= ?1 ORDER BY id LIMIT 1";
    while low < high {
        let middle = low + (high - low) / 2;
        // Deleted contacts leave gaps: the probe finds the first one behind the gap.
        match one::<(i64, Timestamp)>(conn, probe, [middle])? {
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
        Self::of(&columns_of::<Contact>("c"), filter, ids, limit)
    }

    /// The same for some columns of `c`.
    pub(super) fn of(columns: &str, filter: &ContactFilter, ids: Range<i64>, limit: u32) -> Self {
        let mut query = Self { sql: String::new(), values: vec![ids.start, ids.end, limit.into()] };
        let ranges = query.ranges(filter);
        query.sql = match &ranges[..] {
            [range] => format!("SELECT {columns} {range}"),
            _ => {
                let parts: Vec<String> = ranges.iter().map(|r| format!("SELECT id FROM (SELECT c.id {r})")).collect();
                let first = parts.join(" UNION ALL ");
                let order = order(filter);
                format!("SELECT {columns} FROM contacts c WHERE c.id IN ({first}) ORDER BY c.id {order} LIMIT ?3")
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
        rest.extend(filter.overdue.then(|| OVERDUE.to_owned()));
        let with = |status: Option<Status>| {
            let status = status.map(|status| format!("c.status = {}", status as i64));
            rest.iter().cloned().chain(status).collect::<Vec<_>>()
        };
        let range = |index, conditions| range(index, conditions, order(filter));
        let statuses = || filter.status.as_ref().map_or(&Status::ALL[..], std::slice::from_ref).iter().copied();
        // What is resolved is in order by operator and by source, what is open by arrival alone.
        let by_status = |status, resolved| match status {
            Status::Resolved => range(resolved, with(Some(status))),
            // The index is of `status < 2`; SQLite takes it only where the statement says the same.
            _ => range("INDEXED BY contacts_open", [with(Some(status)), vec!["c.status < 2".to_owned()]].concat()),
        };
        match (lead, operator, source, filter.status) {
            _ if filter.overdue => vec![range("INDEXED BY contacts_overdue", with(filter.status))],
            (Some(_), ..) => vec![range("INDEXED BY contacts_lead", with(filter.status))],
            (_, Some(_), ..) => statuses().map(|s| by_status(s, "INDEXED BY contacts_operator")).collect(),
            (_, _, Some(_), _) => statuses().map(|s| by_status(s, "INDEXED BY contacts_source")).collect(),
            (.., Some(status)) => vec![by_status(status, "NOT INDEXED")],
            (.., None) => vec![range("NOT INDEXED", with(None))],
        }
    }

    fn equals(&mut self, column: &str, value: i64) -> String {
        self.values.push(value);
        format!("c.{column} = ?{}", self.values.len())
    }
}

/// The index is of these; SQLite takes it only where the statement says the same.
const OVERDUE: &str = "c.overdue_at IS NOT NULL AND c.first_response_at IS NULL AND c.status < 2";

fn order(filter: &ContactFilter) -> &'static str {
    if filter.oldest_first { "ASC" } else { "DESC" }
}

/// The first contacts of one stretch of one index.
fn range(index: &str, mut conditions: Vec<String>, order: &str) -> String {
    conditions.push("c.id >= ?1 AND c.id < ?2".to_owned());
    format!("FROM contacts c {index} WHERE {} ORDER BY c.id {order} LIMIT ?3", conditions.join(" AND "))
}
