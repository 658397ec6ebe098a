//! Operators, and the names of those who are only history.

use super::super::load::{list, one};
use super::super::rows;
use crate::StoreError;
use crate::views::Page;
use maitred_core::{Operator, OperatorId};
use rusqlite::{Connection, params};
use std::sync::Arc;

/// A page of operators who are not deleted, in the order of ids.
///
/// # Errors
/// [`StoreError`] when the file cannot be read.
pub fn operators(conn: &Connection, page: Page) -> Result<Vec<Operator>, StoreError> {
    let sql =
        format!("SELECT {} FROM operators WHERE id > ?1 AND deleted_at IS NULL ORDER BY id LIMIT ?2", rows::OPERATOR);
    list(conn, &sql, params![page.after.unwrap_or(i64::MIN), page.limit], rows::operator)
}

/// All operators who are not deleted, in the order of ids.
pub(super) fn present(conn: &Connection) -> Result<Vec<Operator>, StoreError> {
    let sql = format!("SELECT {} FROM operators WHERE deleted_at IS NULL ORDER BY id", rows::OPERATOR);
    list(conn, &sql, [], rows::operator)
}

/// An operator who is not deleted.
///
/// # Errors
/// [`StoreError`] when the file cannot be read.
pub fn operator(conn: &Connection, id: OperatorId) -> Result<Option<Operator>, StoreError> {
    let sql = format!("SELECT {} FROM operators WHERE id = ?1 AND deleted_at IS NULL", rows::OPERATOR);
    one(conn, &sql, [id.0], rows::operator)
}

/// The names of these operators, deleted ones included; those that do not exist are left out.
pub(super) fn names(
    conn: &Connection,
    ids: impl IntoIterator<Item = OperatorId>,
) -> Result<Vec<(OperatorId, Arc<str>)>, StoreError> {
    let name = |id: OperatorId| {
        let name = one(conn, "SELECT name FROM operators WHERE id = ?1", [id.0], |row| row.get(0))?;
        Ok(name.map(|name| (id, name)))
    };
    ids.into_iter().filter_map(|id| name(id).transpose()).collect()
}
