//! Operators, and the names of those who are only history.

use crate::StoreError;
use crate::postgres::rows;
use crate::postgres::statement::{list, one};
use crate::views::Page;
use maitred_core::{Operator, OperatorId};
use std::sync::Arc;
use tokio_postgres::Client;
use tokio_postgres::types::Type;

/// A page of operators who are not deleted, in the order of ids.
///
/// # Errors
/// [`StoreError`] when the database cannot be read.
pub async fn operators(client: &Client, page: Page) -> Result<Vec<Operator>, StoreError> {
    let sql = format!(
        "SELECT {} FROM maitred.operators o WHERE o.id > $1 AND o.deleted_at IS NULL ORDER BY o.id LIMIT $2",
        rows::OPERATOR
    );
    let (after, limit) = (page.after.unwrap_or(i64::MIN), i64::from(page.limit));
    list(client, &sql, &[(&after, Type::INT8), (&limit, Type::INT8)], rows::operator).await
}

/// All operators who are not deleted, in the order of ids.
pub(super) async fn present(client: &Client) -> Result<Vec<Operator>, StoreError> {
    let sql = format!("SELECT {} FROM maitred.operators o WHERE o.deleted_at IS NULL ORDER BY o.id", rows::OPERATOR);
    list(client, &sql, &[], rows::operator).await
}

/// An operator who is not deleted.
///
/// # Errors
/// [`StoreError`] when the database cannot be read.
pub async fn operator(client: &Client, id: OperatorId) -> Result<Option<Operator>, StoreError> {
    let sql = format!("SELECT {} FROM maitred.operators o WHERE o.id = $1 AND o.deleted_at IS NULL", rows::OPERATOR);
    one(client, &sql, &[(&id.0, Type::INT8)], rows::operator).await
}

/// The names of these operators, deleted ones included, in the order of ids; those that do not exist are left out.
pub(super) async fn names(
    client: &Client,
    ids: impl IntoIterator<Item = OperatorId>,
) -> Result<Vec<(OperatorId, Arc<str>)>, StoreError> {
    let ids: Vec<i64> = ids.into_iter().map(|id| id.0).collect();
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let sql = "SELECT id, name FROM maitred.operators WHERE id = ANY($1)";
    let mut names = list(client, sql, &[(&ids, Type::INT8_ARRAY)], |row| {
        Ok((OperatorId(row.try_get(0)?), row.try_get::<_, &str>(1)?.into()))
    })
    .await?;
    names.sort_unstable_by_key(|(id, _)| *id);
    Ok(names)
}
