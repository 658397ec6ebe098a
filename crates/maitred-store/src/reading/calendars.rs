//! Calendars, who goes by them, and what operators have beyond them.

use super::read::{Read, values};
use crate::StoreError;
use crate::schema::columns_of;
use crate::views::Page;
use maitred_core::{Calendar, CalendarId, Operator, OperatorId, Source};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Calendars that are not deleted, by id.
pub async fn calendars(at: &impl Read, page: Page) -> Result<Vec<Calendar>, StoreError> {
    let sql = format!(
        "SELECT {} FROM maitred.calendars c WHERE c.id > $1 AND c.deleted_at IS NULL ORDER BY c.id LIMIT $2",
        columns_of::<Calendar>("c")
    );
    at.list(&sql, values![page.after.unwrap_or(i64::MIN), page.limit]).await
}

/// Those of these calendars that are not deleted.
pub async fn among(at: &impl Read, ids: &BTreeSet<CalendarId>) -> Result<Vec<Calendar>, StoreError> {
    let ids: Vec<i64> = ids.iter().map(|id| id.0).collect();
    let columns = columns_of::<Calendar>("c");
    let sql = format!("SELECT {columns} FROM maitred.calendars c WHERE c.id = ANY($1) AND c.deleted_at IS NULL");
    at.among(&sql, &ids, &[]).await
}

/// A calendar that is not deleted.
pub async fn calendar(at: &impl Read, id: CalendarId) -> Result<Option<Calendar>, StoreError> {
    let columns = columns_of::<Calendar>("c");
    let sql = format!("SELECT {columns} FROM maitred.calendars c WHERE c.id = $1 AND c.deleted_at IS NULL");
    at.one(&sql, values![id]).await
}

/// Operators who work by a calendar, by id.
pub async fn users(at: &impl Read, id: CalendarId, page: Page) -> Result<Vec<Operator>, StoreError> {
    let sql = format!(
        "SELECT {} FROM maitred.operators o /* INDEXED BY operators_calendar */ \
         WHERE o.calendar_id = $1 AND o.id > $2 ORDER BY o.id LIMIT $3",
        columns_of::<Operator>("o")
    );
    at.list(&sql, values![id, page.after.unwrap_or(i64::MIN), page.limit]).await
}

/// Sources that are open by a calendar, by id.
pub async fn sources(at: &impl Read, id: CalendarId, page: Page) -> Result<Vec<Source>, StoreError> {
    let sql = format!(
        "SELECT {} FROM maitred.sources s /* INDEXED BY sources_calendar */ \
         WHERE s.calendar_id = $1 AND s.id > $2 ORDER BY s.id LIMIT $3",
        columns_of::<Source>("s")
    );
    at.list(&sql, values![id, page.after.unwrap_or(i64::MIN), page.limit]).await
}

/// Exceptions and leave of an operator, if they have any: the text of a JSON object.
pub async fn personal_times(at: &impl Read, id: OperatorId) -> Result<Option<Arc<str>>, StoreError> {
    at.one("SELECT definition FROM maitred.personal_times WHERE operator_id = $1", values![id]).await
}

/// Exceptions and leave of all operators who have any.
pub async fn all_personal_times(at: &impl Read) -> Result<BTreeMap<OperatorId, Arc<str>>, StoreError> {
    let sql = "SELECT t.operator_id, t.definition FROM maitred.personal_times t ORDER BY t.operator_id";
    let all: Vec<(OperatorId, Arc<str>)> = at.list(sql, &[]).await?;
    Ok(all.into_iter().collect())
}
