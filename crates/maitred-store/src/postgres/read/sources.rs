//! Sources, their members and books, and who waits on them: counters and the front of indexes, however much is stored.

use crate::StoreError;
use crate::postgres::statement::{list, one};
use crate::postgres::{rows, totals};
use crate::views::{Overview, Page, Served, SourceBook, WaitingView};
use futures_util::future::try_join;
use maitred_core::world::{Counts, Ledger};
use maitred_core::{Contact, Operator, OperatorId, Source, SourceId};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use tokio_postgres::types::Type;
use tokio_postgres::{Client, Row};

/// A page of sources that are not deleted, in the order of ids.
///
/// # Errors
/// [`StoreError`] when the database cannot be read.
pub async fn sources(client: &Client, page: Page) -> Result<Vec<Source>, StoreError> {
    let sql = format!(
        "SELECT {} FROM maitred.sources s WHERE s.id > $1 AND s.deleted_at IS NULL ORDER BY s.id LIMIT $2",
        rows::SOURCE
    );
    let (after, limit) = (page.after.unwrap_or(i64::MIN), i64::from(page.limit));
    list(client, &sql, &[(&after, Type::INT8), (&limit, Type::INT8)], rows::source).await
}

/// A source that is not deleted.
///
/// # Errors
/// [`StoreError`] when the database cannot be read.
pub async fn source(client: &Client, id: SourceId) -> Result<Option<Source>, StoreError> {
    let sql = format!("SELECT {} FROM maitred.sources s WHERE s.id = $1 AND s.deleted_at IS NULL", rows::SOURCE);
    one(client, &sql, &[(&id.0, Type::INT8)], rows::source).await
}

/// The book of a source that is not deleted.
///
/// # Errors
/// [`StoreError`] when the database or the ledger cannot be read.
pub async fn source_book(client: &Client, id: SourceId) -> Result<Option<SourceBook>, StoreError> {
    let sql = format!("{} WHERE s.id = $1 AND s.deleted_at IS NULL", with_totals());
    let found = list(client, &sql, &[(&id.0, Type::INT8)], source_and_totals).await?;
    Ok(books(client, found).await?.pop())
}

/// The books of all sources that are not deleted, in the order of ids.
///
/// # Errors
/// [`StoreError`] when the database or a ledger cannot be read.
pub async fn source_books(client: &Client) -> Result<Vec<SourceBook>, StoreError> {
    let sql = format!("{} WHERE s.deleted_at IS NULL ORDER BY s.id", with_totals());
    let found = list(client, &sql, &[], source_and_totals).await?;
    books(client, found).await
}

/// Who waits on each source that is not deleted, in the order of ids.
///
/// # Errors
/// [`StoreError`] when the database cannot be read.
pub async fn waiting(client: &Client) -> Result<Vec<WaitingView>, StoreError> {
    // Ids and times of arrival rise together, so the lowest id has waited longest, whatever its priority. Where nobody
    // waits, there is no need to look through those who wait elsewhere.
    let oldest = format!(
        "SELECT {}, coalesce(t.waiting, 0), CASE WHEN t.waiting > 0 THEN \
         (SELECT c.created_at FROM maitred.contacts c WHERE (c.source_id, c.status, c.id) >= (s.id, 0, 0) \
         AND (c.source_id, c.status) < (s.id, 1) AND c.status = 0 \
         ORDER BY c.source_id, c.status, c.id LIMIT 1) END \
         FROM maitred.sources s LEFT JOIN maitred.source_totals t ON t.source_id = s.id \
         WHERE s.deleted_at IS NULL ORDER BY s.id",
        rows::SOURCE
    );
    let next = format!(
        "SELECT {} FROM maitred.sources s CROSS JOIN LATERAL (SELECT * FROM maitred.contacts w \
         WHERE w.source_id = s.id AND w.status = 0 ORDER BY w.priority DESC, w.created_at, w.id LIMIT 1) c \
         WHERE s.deleted_at IS NULL",
        rows::CONTACT
    );
    let views = list(client, &oldest, &[], |row| {
        let (source, waiting) = (rows::source(row)?, rows::number(row, 10)?);
        Ok(WaitingView { source, waiting, oldest_created_at: rows::time(row, 11)?, next: None })
    });
    let (mut views, next) = try_join(views, list(client, &next, &[], rows::contact)).await?;
    let mut next: BTreeMap<SourceId, Contact> = next.into_iter().map(|contact| (contact.source, contact)).collect();
    views.iter_mut().for_each(|view| view.next = next.remove(&view.source.id));
    Ok(views)
}

/// A page of the sources that an operator serves, in the order of ids, with what each assigned.
///
/// # Errors
/// [`StoreError`] when the database or a ledger cannot be read.
pub async fn served(client: &Client, operator: OperatorId, page: Page) -> Result<Vec<Served>, StoreError> {
    let sql = format!(
        "SELECT {}, t.waiting, t.assigned, t.arrived, t.ledger, w.weight, \
         CAST((SELECT sum(a.weight) FROM maitred.weights a WHERE a.source_id = w.source_id) AS BIGINT) \
         FROM maitred.weights w JOIN maitred.sources s ON s.id = w.source_id \
         LEFT JOIN maitred.source_totals t ON t.source_id = s.id \
         WHERE w.operator_id = $1 AND w.source_id > $2 AND s.deleted_at IS NULL ORDER BY w.source_id LIMIT $3",
        rows::SOURCE
    );
    let (after, limit) = (page.after.unwrap_or(i64::MIN), i64::from(page.limit));
    let values = [(&operator.0 as _, Type::INT8), (&after as _, Type::INT8), (&limit as _, Type::INT8)];
    list(client, &sql, &values, |row| {
        let (source, (_, ledger)) = source_and_totals(row)?;
        let (weight, weight_total) = (rows::number(row, 14)?, rows::number(row, 15)?);
        Ok(Served { source, weight, weight_total, tally: ledger.get(operator) })
    })
    .await
}

/// All operators, all books, and who waits.
///
/// # Errors
/// [`StoreError`] when the database or a ledger cannot be read.
pub async fn overview(client: &Client) -> Result<Overview, StoreError> {
    let operators = super::operators::present(client);
    let (operators, (books, waiting)) = try_join(operators, try_join(source_books(client), waiting(client))).await?;
    Ok(Overview { operators, books, waiting })
}

fn with_totals() -> String {
    format!(
        "SELECT {}, t.waiting, t.assigned, t.arrived, t.ledger FROM maitred.sources s \
         LEFT JOIN maitred.source_totals t ON t.source_id = s.id",
        rows::SOURCE
    )
}

fn source_and_totals(row: &Row) -> Result<(Source, (Counts, Ledger)), StoreError> {
    Ok((rows::source(row)?, totals(row, 10)?))
}

async fn books(client: &Client, sources: Vec<(Source, (Counts, Ledger))>) -> Result<Vec<SourceBook>, StoreError> {
    let ids: Vec<i64> = sources.iter().map(|(source, _)| source.id.0).collect();
    let known: BTreeSet<OperatorId> =
        sources.iter().flat_map(|(_, (_, ledger))| ledger.iter().map(|(operator, _)| operator)).collect();
    let (mut members, names) = try_join(members(client, &ids), super::operators::names(client, known)).await?;
    let names: BTreeMap<OperatorId, Arc<str>> = names.into_iter().collect();
    let book = |(source, (counts, ledger)): (Source, (Counts, Ledger))| {
        let known = ledger.iter().filter_map(|(id, _)| names.get(&id).map(|name| (id, name.clone())));
        let (names, members) = (known.collect(), members.remove(&source.id).unwrap_or_default());
        SourceBook { source, members, names, ledger, counts }
    };
    Ok(sources.into_iter().map(book).collect())
}

/// The members of these sources, of each in the order of ids.
async fn members(client: &Client, sources: &[i64]) -> Result<BTreeMap<SourceId, Vec<(Operator, u32)>>, StoreError> {
    if sources.is_empty() {
        return Ok(BTreeMap::new());
    }
    let sql = format!(
        "SELECT {}, w.source_id, w.weight FROM maitred.weights w JOIN maitred.operators o ON o.id = w.operator_id \
         WHERE w.source_id = ANY($1)",
        rows::OPERATOR
    );
    let read = |row: &Row| Ok((SourceId(row.try_get(9)?), (rows::operator(row)?, rows::number(row, 10)?)));
    let mut members: BTreeMap<SourceId, Vec<(Operator, u32)>> = BTreeMap::new();
    for (source, member) in list(client, &sql, &[(&sources, Type::INT8_ARRAY)], read).await? {
        members.entry(source).or_default().push(member);
    }
    members.values_mut().for_each(|members| members.sort_unstable_by_key(|(operator, _)| operator.id));
    Ok(members)
}
