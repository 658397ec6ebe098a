//! The list of operators as a file, `/operators.csv`: those whom the search finds, in the order of the list.

use super::list;
use crate::shell::Viewer;
use crate::tables::{self, Table, or_empty};
use axum::extract::{RawQuery, State};
use axum::response::Response;
use maitred_core::Operator;
use maitred_web::AppState;
use maitred_web::problem::Problem;
use std::vec::IntoIter;

/// Rows of one part.
const ROWS: usize = 500;
const COLUMNS: [&str; 12] = [
    "id",
    "name",
    "external_id",
    "is_active",
    "paused_at",
    "paused_until",
    "pause_reason",
    "max_load",
    "current_load",
    "sources",
    "last_assigned_at",
    "created_at",
];

/// `GET /operators.csv`
pub(super) async fn send(
    viewer: Viewer,
    State(state): State<AppState>,
    RawQuery(raw): RawQuery,
) -> Result<Response, Problem> {
    let found = list::found(&state, &raw.unwrap_or_default()).await?.into_iter();
    tables::file(&viewer, "operators", &COLUMNS, found, |table, rest| std::future::ready(Ok(next(&table, rest))))
}

fn next(table: &Table, mut rest: IntoIter<(Operator, u64)>) -> Option<(String, IntoIter<(Operator, u64)>)> {
    let mut text = String::new();
    rest.by_ref().take(ROWS).for_each(|(operator, sources)| add(table, &mut text, &operator, sources));
    (!text.is_empty()).then_some((text, rest))
}

fn add(table: &Table, text: &mut String, operator: &Operator, sources: u64) {
    table.add(
        text,
        [
            operator.id.to_string(),
            operator.name.to_string(),
            or_empty(operator.external_id.as_ref()),
            operator.is_active.to_string(),
            table.moment(operator.paused_at),
            table.moment(operator.paused_until),
            or_empty(operator.pause_reason.as_ref()),
            operator.max_load.to_string(),
            operator.current_load.to_string(),
            sources.to_string(),
            table.moment(operator.last_assigned_at),
            table.moment(Some(operator.created_at)),
        ],
    );
}
