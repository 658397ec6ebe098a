//! Contacts, newest first.
//!
//! A list is made of *ranges*: stretches of one index whose rows come in the order of ids. A filter that leaves the
//! status open over an index that has it is a range for each status, and the newest of them together are the page, so
//! no sort grows with the history. Times become ids first (clocks of batches never go back, so ids and times rise
//! together), and a bound on ids is a bound on every range.

use crate::StoreError;
use crate::postgres::rows;
use crate::postgres::statement::{Values, list, one};
use crate::views::{ContactFilter, Page, Share};
use maitred_core::{Contact, ContactId, OperatorId, SourceId, Status, Timestamp};
use std::ops::Range;
use tokio_postgres::Client;
use tokio_postgres::types::Type;

/// A page of contacts, newest first.
///
/// # Errors
/// [`StoreError`] when the database cannot be read.
pub async fn contacts(client: &Client, filter: &ContactFilter, page: Page) -> Result<Vec<Contact>, StoreError> {
    let Some(query) = Query::new(filter, ids(client, filter, page).await?, page.limit) else { return Ok(Vec::new()) };
    list(client, &query.sql, &query.values.all(), rows::contact).await
}

/// One contact.
///
/// # Errors
/// [`StoreError`] when the database cannot be read.
pub async fn contact(client: &Client, id: ContactId) -> Result<Option<Contact>, StoreError> {
    let sql = format!("SELECT {} FROM maitred.contacts c WHERE c.id = $1", rows::CONTACT);
    one(client, &sql, &[(&id.0, Type::INT8)], rows::contact).await
}

/// Those of these contacts that are there, newest first.
///
/// # Errors
/// [`StoreError`] when the database cannot be read.
pub async fn contacts_among(client: &Client, ids: &[ContactId]) -> Result<Vec<Contact>, StoreError> {
    let ids: Vec<i64> = ids.iter().map(|id| id.0).collect();
    let sql = format!("SELECT {} FROM maitred.contacts c WHERE c.id = ANY($1)", rows::CONTACT);
    let mut found = list(client, &sql, &[(&ids, Type::INT8_ARRAY)], rows::contact).await?;
    found.sort_unstable_by_key(|contact| std::cmp::Reverse(contact.id));
    Ok(found)
}

/// A page of what an operator holds, in the order of arrival.
///
/// # Errors
/// [`StoreError`] when the database cannot be read.
pub async fn held(client: &Client, operator: OperatorId, page: Page) -> Result<Vec<Contact>, StoreError> {
    let (after, limit) = (page.after.unwrap_or(i64::MIN), i64::from(page.limit));
    let values = [(&operator.0 as _, Type::INT8), (&after as _, Type::INT8), (&limit as _, Type::INT8)];
    list(client, &held_sql(), &values, rows::contact).await
}

/// The statement of [`held`]: open contacts are in the order of arrival, no matter who holds them.
pub(super) fn held_sql() -> String {
    let (code, last) = (Status::Assigned as i64, i64::MAX);
    format!(
        "SELECT {} FROM maitred.contacts c \
         WHERE (c.status, c.id) > ({code}, $2) AND (c.status, c.id) <= ({code}, {last}) AND c.status < 2 \
         AND c.operator_id = $1 ORDER BY c.status, c.id LIMIT $3",
        rows::CONTACT
    )
}

/// How many contacts each operator has and had of each source: a count over all contacts, for inspection.
///
/// # Errors
/// [`StoreError`] when the database cannot be read.
pub async fn shares(client: &Client) -> Result<Vec<Share>, StoreError> {
    let sql = "SELECT source_id, operator_id, count(*) FROM maitred.contacts \
               GROUP BY source_id, operator_id ORDER BY source_id, operator_id NULLS FIRST";
    list(client, sql, &[], |row| {
        let operator = row.try_get::<_, Option<i64>>(1)?.map(OperatorId);
        Ok(Share { source: SourceId(row.try_get(0)?), operator, contacts: rows::number(row, 2)? })
    })
    .await
}

/// The ids among which a page lies.
async fn ids(client: &Client, filter: &ContactFilter, page: Page) -> Result<Range<i64>, StoreError> {
    let start = match filter.created_after {
        Some(at) => first_id_since(client, at).await?,
        None => i64::MIN,
    };
    let end = match filter.created_before {
        Some(at) => first_id_since(client, at).await?,
        None => i64::MAX,
    };
    Ok(start..end.min(page.after.unwrap_or(i64::MAX)))
}

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
    let found = one(client, sql, &[(&at.0, Type::INT8)], |row| Ok(row.try_get(0)?)).await?;
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
        let mut query = Self { sql: String::new(), values: Values::default() };
        // They are $1, $2 and $3 in every range.
        [ids.start, ids.end, limit.into()].into_iter().for_each(|number| _ = query.values.place(number, Type::INT8));
        let ranges = query.ranges(filter);
        query.sql = match &ranges[..] {
            [] => return None,
            [range] => range.clone(),
            _ => {
                let columns = rows::CONTACT;
                let parts: Vec<String> = ranges.iter().map(|range| format!("({range})")).collect();
                let all = parts.join(" UNION ALL ");
                format!("SELECT {columns} FROM ({all}) c ORDER BY c.id DESC LIMIT $3")
            }
        };
        Some(query)
    }

    /// One range, or one for each status, over the index that leaves the least to look through.
    fn ranges(&mut self, filter: &ContactFilter) -> Vec<String> {
        let mut column =
            |name, value: Option<i64>| value.map(|value| Column { name, value: self.values.place(value, Type::INT8) });
        let lead = column("lead_id", filter.lead.map(|lead| lead.0));
        let operator = column("operator_id", filter.operator.map(|operator| operator.0));
        let source = column("source_id", filter.source.map(|source| source.0));
        if let Some(lead) = lead {
            let status = filter.status.map(Column::of);
            let rest = [status, operator, source].into_iter().flatten().map(|column| column.equal());
            return vec![range(&[lead], rest)];
        }
        if (filter.status, &operator, &source) == (None, &None, &None) {
            return vec![range(&[], [])];
        }
        let all = filter.status.map_or(Status::ALL.to_vec(), |status| vec![status]);
        let possible = all.into_iter().filter(|status| *status != Status::Waiting || operator.is_none());
        possible.map(|status| of_status(status, operator.clone(), source.clone())).collect()
    }
}

/// A range of contacts in this state. What is resolved is in order by operator and by source, what waits by source, and
/// all that is open by arrival.
fn of_status(status: Status, operator: Option<Column>, source: Option<Column>) -> String {
    let code = Column::of(status);
    let is_so = code.equal();
    let rest = |columns: [Option<Column>; 2]| columns.into_iter().flatten().map(|column| column.equal());
    match (status, operator, source) {
        (Status::Resolved, Some(operator), source) => {
            let present = "c.operator_id IS NOT NULL".to_owned();
            range(&[operator], [is_so, present].into_iter().chain(rest([source, None])))
        }
        (Status::Resolved | Status::Waiting, None, Some(source)) => range(&[source, code], [is_so]),
        (Status::Resolved, None, None) => range(&[], [is_so]),
        // The index is of `status < 2`, and is taken only where the statement says the same.
        (_, operator, source) => {
            range(&[code], ["c.status < 2".to_owned()].into_iter().chain(rest([operator, source])))
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

/// The newest contacts of one stretch of one index, whose columns are `first` and then the id.
fn range(first: &[Column], conditions: impl IntoIterator<Item = String>) -> String {
    let row: String = first.iter().map(|column| format!("c.{}, ", column.name)).collect();
    let values: String = first.iter().map(|column| format!("{}, ", column.value)).collect();
    let order: String = first.iter().map(|column| format!("c.{} DESC, ", column.name)).collect();
    let bounds = format!("({row}c.id) >= ({values}$1) AND ({row}c.id) < ({values}$2)");
    let conditions: Vec<String> = [bounds].into_iter().chain(conditions).collect();
    format!(
        "SELECT {} FROM maitred.contacts c WHERE {} ORDER BY {order}c.id DESC LIMIT $3",
        rows::CONTACT,
        conditions.join(" AND ")
    )
}
