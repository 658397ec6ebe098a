//! Operators, and the names of those who are only history.

use super::demo::is_counted;
use super::read::{Read, values};
use crate::StoreError;
use crate::schema::columns_of;
use crate::views::Page;
use maitred_core::{Operator, OperatorId};
use std::collections::BTreeSet;
use std::sync::Arc;

/// Operators who are not deleted, by id.
pub async fn operators(at: &impl Read, page: Page) -> Result<Vec<Operator>, StoreError> {
    let sql = format!(
        "SELECT {} FROM maitred.operators o WHERE o.id > $1 AND o.deleted_at IS NULL ORDER BY o.id LIMIT $2",
        columns_of::<Operator>("o")
    );
    at.list(&sql, values![page.after.unwrap_or(i64::MIN), page.limit]).await
}

/// Those of these operators who are not deleted.
pub async fn among(at: &impl Read, ids: &BTreeSet<OperatorId>) -> Result<Vec<Operator>, StoreError> {
    let ids: Vec<i64> = ids.iter().map(|id| id.0).collect();
    let columns = columns_of::<Operator>("o");
    let sql = format!("SELECT {columns} FROM maitred.operators o WHERE o.id = ANY($1) AND o.deleted_at IS NULL");
    at.among(&sql, &ids, &[]).await
}

/// Operators whom figures count and who are not deleted, by id.
pub async fn counted(at: &impl Read, page: Page) -> Result<Vec<Operator>, StoreError> {
    let sql = format!(
        "SELECT {} FROM maitred.operators o WHERE o.id > $1 AND o.deleted_at IS NULL AND {} ORDER BY o.id LIMIT $2",
        columns_of::<Operator>("o"),
        is_counted("o")
    );
    at.list(&sql, values![page.after.unwrap_or(i64::MIN), page.limit]).await
}

/// All operators whom figures count and who are not deleted, by id.
pub async fn present(at: &impl Read) -> Result<Vec<Operator>, StoreError> {
    let sql = format!(
        "SELECT {} FROM maitred.operators o WHERE o.deleted_at IS NULL AND {} ORDER BY o.id",
        columns_of::<Operator>("o"),
        is_counted("o")
    );
    at.list(&sql, &[]).await
}

/// Operators who are not deleted, by id, each with the number of sources that assign contacts to them: those where
/// their weight is above 0. Fewer than `limit` only if there are no more.
pub async fn with_sources(at: &impl Read, limit: u32) -> Result<Vec<(Operator, u64)>, StoreError> {
    let sql = format!(
        "SELECT {}, (SELECT count(*) FROM maitred.weights w /* INDEXED BY weights_operator */ \
         WHERE w.operator_id = o.id AND w.weight > 0) \
         FROM maitred.operators o WHERE o.deleted_at IS NULL ORDER BY o.id LIMIT $1",
        columns_of::<Operator>("o")
    );
    at.list(&sql, values![limit]).await
}

/// An operator who is not deleted.
pub async fn operator(at: &impl Read, id: OperatorId) -> Result<Option<Operator>, StoreError> {
    let columns = columns_of::<Operator>("o");
    let sql = format!("SELECT {columns} FROM maitred.operators o WHERE o.id = $1 AND o.deleted_at IS NULL");
    at.one(&sql, values![id]).await
}

/// The names of these operators, deleted ones included, by id; unknown ids are left out.
pub async fn names(
    at: &impl Read,
    ids: impl IntoIterator<Item = OperatorId>,
) -> Result<Vec<(OperatorId, Arc<str>)>, StoreError> {
    let ids: Vec<i64> = ids.into_iter().map(|id| id.0).collect();
    let sql = "SELECT id, name FROM maitred.operators WHERE id = ANY($1)";
    let mut names: Vec<(OperatorId, Arc<str>)> = at.among(sql, &ids, &[]).await?;
    names.sort_unstable_by_key(|(id, _)| *id);
    Ok(names)
}
