//! Contacts, newest first or oldest first.
//!
//! A list is made of *ranges*: stretches of one index whose rows come in the order of ids. A filter that leaves the
//! status open over an index that has it is a range for each status, and the newest of them together are the page, so
//! no sort grows with the history. Times become ids first (clocks of batches never go back, so ids and times rise
//! together), and a bound on ids is a bound on every range.

use crate::StoreError;
use crate::postgres::statement::{Values, one};
use crate::schema::columns_of;
use crate::views::ContactFilter;
use maitred_core::{Contact, Status, Timestamp};
use std::ops::Range;
use tokio_postgres::Client;
use tokio_postgres::types::Type;

/// An id from which on every contact arrived at this time or later, and below which every one arrived earlier: a
/// binary search, one probe of the primary key for each halving of the ids. Deleted contacts leave gaps: a probe finds
/// the first one behind the gap.
pub(super) async fn first_id_since(client: &Client, at: Timestamp) -> Result<i64, StoreError> {
    let sql = "WITH RECURSIVE search (low, high) AS ( \
                   SELECT 0::bigint, coalesce((SELECT id FROM maitred.contacts ORDER BY id DESC LIMIT 1), 0) + 1 \
                   UNION ALL \
                   SELECT CASE WHEN p.created_at < $1 THEN p.id + 1 ELSE s.low END, \
                          CASE WHEN p.created_at < $1 THEN s.high ELSE s.low + (s.high - s.low) / 2 END \
                   FROM search s LEFT JOIN LATERAL ( \
                       SELECT c.id, c.created_at FROM maitred.contacts c \
                       WHERE c.id >= s.low + (s.high - s.low) / 2 ORDER BY c.id LIMIT 1) p ON true \
                   WHERE s.low < s.high) \
               SELECT low FROM search WHERE low >= high LIMIT 1";
    let found = one(client, sql, &[(&at.0, Type::INT8)]).await?;
    found.ok_or_else(|| StoreError::Engine("the search for a time did not end".to_owned()))
}

/// The statement of a list and the values of its parameters.
pub(super) struct Query {
    pub(super) sql: String,
    pub(super) values: Values,
}

impl Query {
    /// None when no contact can be what the filter says.
    pub(super) fn new(filter: &ContactFilter, ids: Range<i64>, limit: u32) -> Option<Self> {
        Self::of(&columns_of::<Contact>("c"), filter, ids, limit)
    }

    /// Contacts and their messages, until these have so many bytes. How long a text is, is known without reading it.
    pub(super) fn messages(filter: &ContactFilter, ids: Range<i64>, limit: u32, bytes: i64) -> Option<Self> {
        let mut query = Self::of("c.id, c.message", filter, ids, limit)?;
        let bytes = query.values.place(bytes, Type::INT8);
        query.sql = format!(
            "SELECT m.id, m.message FROM (SELECT c.id, c.message, \
                 sum(octet_length(c.message)) OVER (ORDER BY c.id DESC ROWS BETWEEN UNBOUNDED PRECEDING \
                 AND 1 PRECEDING) AS bytes FROM ({}) c) m \
             WHERE coalesce(m.bytes, 0) < {bytes} ORDER BY m.id DESC",
            query.sql
        );
        Some(query)
    }

    fn of(columns: &str, filter: &ContactFilter, ids: Range<i64>, limit: u32) -> Option<Self> {
        let mut query = Self { sql: String::new(), values: Values::default() };
        // They are $1, $2 and $3 in every range.
        [ids.start, ids.end, limit.into()].into_iter().for_each(|number| _ = query.values.place(number, Type::INT8));
        let ranges = query.ranges(columns, filter);
        query.sql = match &ranges[..] {
            [] => return None,
            [range] => range.clone(),
            _ => {
                let parts: Vec<String> = ranges.iter().map(|range| format!("({range})")).collect();
                let all = parts.join(" UNION ALL ");
                format!("SELECT {columns} FROM ({all}) c ORDER BY c.id {} LIMIT $3", order(filter))
            }
        };
        Some(query)
    }

    /// One range, or one for each status, over the index that leaves the least to look through.
    fn ranges(&mut self, columns: &str, filter: &ContactFilter) -> Vec<String> {
        let order = order(filter);
        let mut column =
            |name, value: Option<i64>| value.map(|value| Column { name, value: self.values.place(value, Type::INT8) });
        let lead = column("lead_id", filter.lead.map(|lead| lead.0));
        let operator = column("operator_id", filter.operator.map(|operator| operator.0));
        let source = column("source_id", filter.source.map(|source| source.0));
        if filter.overdue {
            let overdue = "c.overdue_at IS NOT NULL AND c.first_response_at IS NULL AND c.status < 2".to_owned();
            let status = filter.status.map(Column::of);
            let rest = [status, lead, operator, source].into_iter().flatten().map(|column| column.equal());
            return vec![range(columns, &[], rest.chain([overdue]), order)];
        }
        if let Some(lead) = lead {
            let status = filter.status.map(Column::of);
            let rest = [status, operator, source].into_iter().flatten().map(|column| column.equal());
            return vec![range(columns, &[lead], rest, order)];
        }
        if (filter.status, &operator, &source) == (None, &None, &None) {
            return vec![range(columns, &[], [], order)];
        }
        let all = filter.status.map_or(Status::ALL.to_vec(), |status| vec![status]);
        let possible = all.into_iter().filter(|status| *status != Status::Waiting || operator.is_none());
        possible.map(|status| of_status(columns, status, operator.clone(), source.clone(), order)).collect()
    }
}

/// A range of contacts in this state. What is resolved is in order by operator and by source, what waits by source, and
/// all that is open by arrival.
fn of_status(columns: &str, status: Status, operator: Option<Column>, source: Option<Column>, order: &str) -> String {
    let range = |first: &[Column], conditions: Vec<String>| range(columns, first, conditions, order);
    let code = Column::of(status);
    let is_so = code.equal();
    let rest = |columns: [Option<Column>; 2]| columns.into_iter().flatten().map(|column| column.equal());
    match (status, operator, source) {
        (Status::Resolved, Some(operator), source) => {
            let present = "c.operator_id IS NOT NULL".to_owned();
            range(&[operator], [is_so, present].into_iter().chain(rest([source, None])).collect())
        }
        (Status::Resolved | Status::Waiting, None, Some(source)) => range(&[source, code], vec![is_so]),
        (Status::Resolved, None, None) => range(&[], vec![is_so]),
        // The index is of `status < 2`, and is taken only where the statement says the same.
        (_, operator, source) => {
            range(&[code], ["c.status < 2".to_owned()].into_iter().chain(rest([operator, source])).collect())
        }
    }
}

/// A column and the value it has throughout a range.
#[derive(Clone, PartialEq, Eq)]
struct Column {
    name: &'static str,
    value: String,
}

impl Column {
    fn of(status: Status) -> Self {
        Self { name: "status", value: (status as i64).to_string() }
    }

    fn equal(&self) -> String {
        format!("c.{} = {}", self.name, self.value)
    }
}

fn order(filter: &ContactFilter) -> &'static str {
    if filter.oldest_first { "ASC" } else { "DESC" }
}

/// The first contacts of one stretch of one index, whose columns are `first` and then the id.
fn range(columns: &str, first: &[Column], conditions: impl IntoIterator<Item = String>, direction: &str) -> String {
    let row: String = first.iter().map(|column| format!("c.{}, ", column.name)).collect();
    let values: String = first.iter().map(|column| format!("{}, ", column.value)).collect();
    let order: String = first.iter().map(|column| format!("c.{} {direction}, ", column.name)).collect();
    let bounds = format!("({row}c.id) >= ({values}$1) AND ({row}c.id) < ({values}$2)");
    let conditions: Vec<String> = [bounds].into_iter().chain(conditions).collect();
    format!(
        "SELECT {columns} FROM maitred.contacts c WHERE {} ORDER BY {order}c.id {direction} LIMIT $3",
        conditions.join(" AND ")
    )
}
