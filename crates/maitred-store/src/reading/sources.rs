//! Sources, their members and books, and who waits on them: counters and the front of indexes, however much is stored.

use super::demo::is_counted;
use super::operators;
use super::periods::{self, Past};
use super::read::{Read, values};
use crate::StoreError;
use crate::schema::{BOOKS, Books, Value, columns_of};
use crate::views::{Overview, Page, Served, SourceBook, SourceMembers, Span, WaitingView};
use futures_util::future::try_join;
use maitred_core::{Contact, ContactId, Operator, OperatorId, Source, SourceId, Timestamp};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Sources that are not deleted, by id.
pub async fn sources(at: &impl Read, page: Page) -> Result<Vec<Source>, StoreError> {
    let sql = format!(
        "SELECT {} FROM maitred.sources s WHERE s.id > $1 AND s.deleted_at IS NULL ORDER BY s.id LIMIT $2",
        columns_of::<Source>("s")
    );
    at.list(&sql, values![page.after.unwrap_or(i64::MIN), page.limit]).await
}

/// The first sources that are not deleted, by id, each with how many contacts arrived and wait.
pub async fn with_counts(at: &impl Read, limit: u32) -> Result<Vec<(Source, u64, u64)>, StoreError> {
    let sql = format!(
        "SELECT {}, coalesce(t.arrived, 0), coalesce(t.waiting + t.resting, 0) \
         FROM maitred.sources s LEFT JOIN maitred.source_totals t ON t.source_id = s.id \
         WHERE s.deleted_at IS NULL ORDER BY s.id LIMIT $1",
        columns_of::<Source>("s")
    );
    at.list(&sql, values![limit]).await
}

/// A source that is not deleted.
pub async fn source(at: &impl Read, id: SourceId) -> Result<Option<Source>, StoreError> {
    let columns = columns_of::<Source>("s");
    let sql = format!("SELECT {columns} FROM maitred.sources s WHERE s.id = $1 AND s.deleted_at IS NULL");
    at.one(&sql, values![id]).await
}

/// A source that is not deleted, with its members.
pub async fn with_members_of(at: &impl Read, id: SourceId) -> Result<Option<SourceMembers>, StoreError> {
    let found = source(at, id).await?.into_iter().collect();
    Ok(and_members(at, found).await?.pop())
}

/// All sources that figures count and that are not deleted, by id, with their members.
pub async fn with_members(at: &impl Read) -> Result<Vec<SourceMembers>, StoreError> {
    let (columns, counted) = (columns_of::<Source>("s"), is_counted("s"));
    let sql = format!("SELECT {columns} FROM maitred.sources s WHERE s.deleted_at IS NULL AND {counted} ORDER BY s.id");
    let found = at.list(&sql, &[]).await?;
    and_members(at, found).await
}

async fn and_members(at: &impl Read, found: Vec<Source>) -> Result<Vec<SourceMembers>, StoreError> {
    let ids: Vec<i64> = found.iter().map(|source| source.id.0).collect();
    let mut all = members(at, &ids).await?;
    let with = |source: Source| SourceMembers { members: all.remove(&source.id).unwrap_or_default(), source };
    Ok(found.into_iter().map(with).collect())
}

/// All operators, and all sources with their members, as far as figures count them; both by id.
pub async fn staff(at: &impl Read) -> Result<(Vec<Operator>, Vec<SourceMembers>), StoreError> {
    try_join(operators::present(at), with_members(at)).await
}

/// The book of a source that is not deleted, with the shares of a period.
pub async fn source_book(at: &impl Read, id: SourceId, span: Span) -> Result<Option<SourceBook>, StoreError> {
    let (select, mut values) = with_books(span);
    values.push(Value::from(id.0));
    let sql = format!("{select} WHERE s.id = ${} AND s.deleted_at IS NULL", values.len());
    let found = at.list(&sql, &values).await?;
    Ok(books(at, span, found).await?.pop())
}

/// The books of all sources that figures count and that are not deleted, by id, with the shares of a period.
pub async fn source_books(at: &impl Read, span: Span) -> Result<Vec<SourceBook>, StoreError> {
    let (select, values) = with_books(span);
    let sql = format!("{select} WHERE s.deleted_at IS NULL AND {} ORDER BY s.id", is_counted("s"));
    let found = at.list(&sql, &values).await?;
    books(at, span, found).await
}

/// Who waits on each source that figures count and that is not deleted, by id.
pub async fn waiting(at: &impl Read) -> Result<Vec<WaitingView>, StoreError> {
    type Found = (Source, u64, Option<Timestamp>, (Option<ContactId>, u64, u64));
    let found: Vec<Found> = at.list(&waiting_sql(at), &[]).await?;
    let next: Vec<i64> = found.iter().filter_map(|(.., (next, ..))| Some((*next)?.0)).collect();
    let sql = format!("SELECT {} FROM maitred.contacts c WHERE c.id = ANY($1)", columns_of::<Contact>("c"));
    let next: Vec<Contact> = at.among(&sql, &next, &[]).await?;
    let mut next: BTreeMap<SourceId, Contact> = next.into_iter().map(|contact| (contact.source, contact)).collect();
    let view = |(source, waiting, oldest_created_at, (_, scheduled, overdue)): Found| WaitingView {
        waiting,
        scheduled,
        overdue,
        oldest_created_at,
        next: next.remove(&source.id),
        source,
    };
    Ok(found.into_iter().map(view).collect())
}

/// Ids and times of arrival rise together, so the lowest id has waited longest, whatever its priority. Where nobody
/// waits, there is no need to look through those who wait elsewhere.
fn waiting_sql<R: Read>(_: &R) -> String {
    let oldest = match R::IS_SQLITE {
        true => {
            "SELECT c.created_at FROM contacts c INDEXED BY contacts_open \
             WHERE c.status = 0 AND c.status < 2 AND c.source_id = s.id AND NOT c.scheduled ORDER BY c.id LIMIT 1"
        }
        false => {
            "SELECT c.created_at FROM maitred.contacts c WHERE (c.source_id, c.status, c.id) >= (s.id, 0, 0) \
             AND (c.source_id, c.status) < (s.id, 1) AND c.status = 0 AND NOT c.scheduled \
             ORDER BY c.source_id, c.status, c.id LIMIT 1"
        }
    };
    format!(
        "SELECT {}, coalesce(t.waiting + t.resting, 0), CASE WHEN t.waiting + t.resting > 0 THEN ({oldest}) END, \
         (SELECT w.id FROM maitred.contacts w /* INDEXED BY contacts_waiting */ \
          WHERE w.source_id = s.id AND w.status = 0 AND NOT w.scheduled AND w.retry_at IS NULL \
          ORDER BY w.priority DESC, w.created_at, w.id LIMIT 1), coalesce(t.scheduled, 0), coalesce(t.overdue, 0) \
         FROM maitred.sources s LEFT JOIN maitred.source_totals t ON t.source_id = s.id \
         WHERE s.deleted_at IS NULL AND {} ORDER BY s.id",
        columns_of::<Source>("s"),
        is_counted("s")
    )
}

/// Sources that an operator serves, by id, with what each gave them in a period.
pub async fn served(at: &impl Read, operator: OperatorId, span: Span, page: Page) -> Result<Vec<Served>, StoreError> {
    let (past, mut values) = periods::columns(span);
    let first = values.len() + 1;
    let sql = format!(
        "SELECT {}, {BOOKS}, {past}, w.weight, \
         CAST((SELECT sum(a.weight) FROM maitred.weights a WHERE a.source_id = w.source_id) AS BIGINT) \
         FROM maitred.weights w /* INDEXED BY weights_operator */ JOIN maitred.sources s ON s.id = w.source_id \
         LEFT JOIN maitred.source_totals t ON t.source_id = s.id \
         WHERE w.operator_id = ${first} AND w.source_id > ${} AND s.deleted_at IS NULL \
         ORDER BY w.source_id LIMIT ${}",
        columns_of::<Source>("s"),
        first + 1,
        first + 2
    );
    values.extend([operator.0, page.after.unwrap_or(i64::MIN), page.limit.into()].map(Value::from));
    let found: Vec<(Source, Books, Past, (u32, u64))> = at.list(&sql, &values).await?;
    let served = |(source, books, past, (weight, weight_total)): (Source, Books, Past, _)| {
        let (ledger, covered) = periods::shares(span, &source, &books, &past)?;
        Ok(Served { source, weight, weight_total, tally: ledger.get(operator), covered })
    };
    found.into_iter().map(served).collect()
}

/// All operators, all books with the shares of a period, and who waits, as far as figures count them.
pub async fn overview(at: &impl Read, span: Span) -> Result<Overview, StoreError> {
    let operators = operators::present(at);
    let (operators, (books, waiting)) = try_join(operators, try_join(source_books(at, span), waiting(at))).await?;
    Ok(Overview { operators, books, waiting })
}

/// A SELECT of sources with their books, and the values of its placeholders.
fn with_books(span: Span) -> (String, Vec<Value<'static>>) {
    let (past, values) = periods::columns(span);
    let select = format!(
        "SELECT {}, {BOOKS}, {past} FROM maitred.sources s LEFT JOIN maitred.source_totals t ON t.source_id = s.id",
        columns_of::<Source>("s")
    );
    (select, values)
}

async fn books(at: &impl Read, span: Span, found: Vec<(Source, Books, Past)>) -> Result<Vec<SourceBook>, StoreError> {
    let ids: Vec<i64> = found.iter().map(|(source, ..)| source.id.0).collect();
    let known: BTreeSet<OperatorId> =
        found.iter().flat_map(|(_, books, _)| books.ledger.iter().map(|(operator, _)| operator)).collect();
    let (mut members, names) = try_join(members(at, &ids), operators::names(at, known)).await?;
    let names: BTreeMap<OperatorId, Arc<str>> = names.into_iter().collect();
    let book = |(source, books, past): (Source, Books, Past)| {
        let (in_period, covered) = periods::shares(span, &source, &books, &past)?;
        let Books { counts, ledger } = books;
        let known = ledger.iter().filter_map(|(id, _)| names.get(&id).map(|name| (id, name.clone())));
        let (names, members) = (known.collect(), members.remove(&source.id).unwrap_or_default());
        Ok(SourceBook { source, members, names, ledger, counts, in_period, covered })
    };
    found.into_iter().map(book).collect()
}

/// The members of these sources, of each by id.
async fn members(at: &impl Read, sources: &[i64]) -> Result<BTreeMap<SourceId, Vec<(Operator, u32)>>, StoreError> {
    let sql = format!(
        "SELECT w.source_id, {}, w.weight FROM maitred.weights w JOIN maitred.operators o ON o.id = w.operator_id \
         WHERE w.source_id = ANY($1)",
        columns_of::<Operator>("o")
    );
    let mut members: BTreeMap<SourceId, Vec<(Operator, u32)>> = BTreeMap::new();
    for (source, operator, weight) in at.among::<(SourceId, Operator, u32)>(&sql, sources, &[]).await? {
        members.entry(source).or_default().push((operator, weight));
    }
    members.values_mut().for_each(|members| members.sort_unstable_by_key(|(operator, _)| operator.id));
    Ok(members)
}
