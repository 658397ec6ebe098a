//! Calendars to choose from, on the pages of operators and sources.

use super::CALENDARS_SHOWN;
use maitred_store::views::Page;
use maitred_web::AppState;
use maitred_web::problem::Problem;
use std::sync::Arc;

/// The id and the name of each.
pub(crate) async fn choices(state: &AppState) -> Result<Vec<(String, Arc<str>)>, Problem> {
    let calendars = state.store().calendars(Page { limit: CALENDARS_SHOWN, after: None }).await?;
    Ok(calendars.into_iter().map(|calendar| (calendar.id.to_string(), calendar.name)).collect())
}
