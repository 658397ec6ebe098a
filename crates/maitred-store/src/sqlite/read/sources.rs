//! Sources, their members and books, and who waits on them: counters and the front of indexes, however much is stored.

use super::super::load::{list, one, totals};
use super::super::rows;
use super::snapshot;
use crate::StoreError;
use crate::views::{Overview, Page, Served, SourceBook, WaitingView};
use maitred_core::{Operator, OperatorId, Source, SourceId, Timestamp};
use rusqlite::{Connection, params};

/// A page of sources that are not deleted, in the order of ids.
///
/// # Errors
/// [`StoreError`] when the file cannot be read.
pub fn sources(conn: &Connection, page: Page) -> Result<Vec<Source>, StoreError> {
    let sql = format!("SELECT {} FROM sources WHERE id > ?1 AND deleted_at IS NULL ORDER BY id LIMIT ?2", rows::SOURCE);
    list(conn, &sql, params![page.after.unwrap_or(i64::MIN), page.limit], rows::source)
}

/// A source that is not deleted.
///
/// # Errors
/// [`StoreError`] when the file cannot be read.
pub fn source(conn: &Connection, id: SourceId) -> Result<Option<Source>, StoreError> {
    let sql = format!("SELECT {} FROM sources WHERE id = ?1 AND deleted_at IS NULL", rows::SOURCE);
    one(conn, &sql, [id.0], rows::source)
}

/// The book of a source that is not deleted.
///
/// # Errors
/// [`StoreError`] when the file or the ledger cannot be read.
pub fn source_book(conn: &Connection, id: SourceId) -> Result<Option<SourceBook>, StoreError> {
    snapshot(conn, |conn| source(conn, id)?.map(|source| book(conn, source)).transpose())
}

/// The books of all sources that are not deleted, in the order of ids.
///
/// # Errors
/// [`StoreError`] when the file or a ledger cannot be read.
pub fn source_books(conn: &Connection) -> Result<Vec<SourceBook>, StoreError> {
    snapshot(conn, |conn| present(conn)?.into_iter().map(|source| book(conn, source)).collect())
}

/// Who waits on each source that is not deleted, in the order of ids.
///
/// # Errors
/// [`StoreError`] when the file cannot be read.
pub fn waiting(conn: &Connection) -> Result<Vec<WaitingView>, StoreError> {
    snapshot(conn, |conn| present(conn)?.into_iter().map(|source| queue(conn, source)).collect())
}

/// All operators, all books, and who waits.
///
/// # Errors
/// [`StoreError`] when the file or a ledger cannot be read.
pub fn overview(conn: &Connection) -> Result<Overview, StoreError> {
    snapshot(conn, |conn| {
        let operators = super::operators::present(conn)?;
        Ok(Overview { operators, books: source_books(conn)?, waiting: waiting(conn)? })
    })
}

/// A page of the sources that an operator serves, in the order of ids, with what each assigned.
///
/// # Errors
/// [`StoreError`] when the file or a ledger cannot be read.
pub fn served(conn: &Connection, operator: OperatorId, page: Page) -> Result<Vec<Served>, StoreError> {
    let sql = "SELECT source_id, weight FROM weights INDEXED BY weights_operator \
               WHERE operator_id = ?1 AND source_id > ?2 ORDER BY source_id LIMIT ?3";
    let row = |row: &rusqlite::Row<'_>| Ok((row.get(0).map(SourceId)?, row.get(1)?));
    snapshot(conn, |conn| {
        let memberships = list(conn, sql, params![operator.0, page.after.unwrap_or(i64::MIN), page.limit], row)?;
        let served = |(id, weight)| Ok(source(conn, id)?.map(|source| (source, weight)));
        let sources = memberships.into_iter().filter_map(|membership| served(membership).transpose());
        sources.map(|found| found.and_then(|(source, weight)| share(conn, operator, source, weight))).collect()
    })
}

fn share(conn: &Connection, operator: OperatorId, source: Source, weight: u32) -> Result<Served, StoreError> {
    let total = "SELECT sum(weight) FROM weights WHERE source_id = ?1";
    let weight_total = one(conn, total, [source.id.0], |row| row.get::<_, i64>(0))?.unwrap_or(0);
    let (_, ledger) = totals(conn, source.id)?;
    Ok(Served { weight, weight_total: weight_total.cast_unsigned(), tally: ledger.get(operator), source })
}

fn present(conn: &Connection) -> Result<Vec<Source>, StoreError> {
    list(conn, &format!("SELECT {} FROM sources WHERE deleted_at IS NULL ORDER BY id", rows::SOURCE), [], rows::source)
}

fn book(conn: &Connection, source: Source) -> Result<SourceBook, StoreError> {
    let members = members(conn, source.id)?;
    let (counts, ledger) = totals(conn, source.id)?;
    let names = super::operators::names(conn, ledger.iter().map(|(operator, _)| operator))?;
    Ok(SourceBook { source, members, names, ledger, counts })
}

fn members(conn: &Connection, source: SourceId) -> Result<Vec<(Operator, u32)>, StoreError> {
    let columns: Vec<String> = rows::OPERATOR.split(", ").map(|column| format!("o.{column}")).collect();
    let sql = format!(
        "SELECT {}, w.weight FROM weights w CROSS JOIN operators o ON o.id = w.operator_id \
         WHERE w.source_id = ?1 ORDER BY w.operator_id",
        columns.join(", ")
    );
    list(conn, &sql, [source.0], |row| Ok((rows::operator(row)?, row.get(columns.len())?)))
}

fn queue(conn: &Connection, source: Source) -> Result<WaitingView, StoreError> {
    let id = [source.id.0];
    let counter = "SELECT waiting FROM source_totals WHERE source_id = ?1";
    let waiting = one(conn, counter, id, |row| row.get::<_, i64>(0))?.unwrap_or(0);
    // Ids and times of arrival rise together, so the lowest id has waited longest, whatever its priority.
    let oldest = "SELECT created_at FROM contacts INDEXED BY contacts_open \
                  WHERE status = 0 AND status < 2 AND source_id = ?1 ORDER BY id LIMIT 1";
    // Where nobody waits, there is no need to look through those who wait elsewhere.
    let oldest = if waiting > 0 { one(conn, oldest, id, |row| row.get(0).map(Timestamp))? } else { None };
    let next = format!(
        "SELECT {} FROM contacts INDEXED BY contacts_waiting \
         WHERE source_id = ?1 AND status = 0 ORDER BY priority DESC, created_at, id LIMIT 1",
        rows::CONTACT
    );
    Ok(WaitingView {
        waiting: waiting.cast_unsigned(),
        oldest_created_at: oldest,
        next: one(conn, &next, id, rows::contact)?,
        source,
    })
}
