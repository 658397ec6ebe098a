//! Sources, and the weights of all of them, as files: `/sources.csv` and `/weights.csv`.

use crate::shell::Viewer;
use crate::tables::{self, Table, or_empty};
use axum::extract::State;
use axum::response::Response;
use maitred_app::stats::distribution;
use maitred_store::views::{Page, SourceBook};
use maitred_store::{Store, StoreError};
use maitred_web::AppState;
use maitred_web::problem::Problem;

/// Sources read at a time; each may have 20 000 operators.
const SOURCES: u32 = 8;
const COLUMNS: [&str; 13] = [
    "id",
    "name",
    "description",
    "kind",
    "policy",
    "sticky",
    "default_region",
    "id_space",
    "reply_url",
    "operators",
    "arrived",
    "waiting",
    "created_at",
];
const WEIGHT_COLUMNS: [&str; 8] =
    ["source_id", "source", "operator_id", "operator", "weight", "target_share", "received", "entitled"];

/// `GET /sources.csv`
pub(super) async fn send(viewer: Viewer, State(state): State<AppState>) -> Result<Response, Problem> {
    let store = state.store().clone();
    tables::file(&viewer, "sources", &COLUMNS, Some(None), move |table, after| next(store.clone(), table, after, add))
}

/// `GET /weights.csv`
pub(super) async fn send_weights(viewer: Viewer, State(state): State<AppState>) -> Result<Response, Problem> {
    let store = state.store().clone();
    tables::file(&viewer, "weights", &WEIGHT_COLUMNS, Some(None), move |table, after| {
        next(store.clone(), table, after, add_weights)
    })
}

async fn next(
    store: Store,
    table: Table,
    place: Option<Option<i64>>,
    add: fn(&Table, &mut String, &SourceBook),
) -> Result<Option<(String, Option<Option<i64>>)>, StoreError> {
    let Some(after) = place else { return Ok(None) };
    let sources = store.sources(Page { limit: SOURCES, after }).await?;
    let last = sources.last().filter(|_| sources.len() == SOURCES as usize).map(|last| Some(last.id.0));
    let mut text = String::new();
    for source in &sources {
        if let Some(book) = store.source_book(source.id).await? {
            add(&table, &mut text, &book);
        }
    }
    Ok(Some((text, last)))
}

fn add(table: &Table, text: &mut String, book: &SourceBook) {
    let source = &book.source;
    table.add(
        text,
        [
            source.id.to_string(),
            source.name.to_string(),
            source.description.to_string(),
            source.kind.as_str().to_owned(),
            source.policy.as_str().to_owned(),
            source.sticky.to_string(),
            or_empty(source.default_region.as_ref()),
            or_empty(source.id_space.as_ref()),
            or_empty(source.reply_url.as_ref()),
            book.members.len().to_string(),
            book.counts.arrived.to_string(),
            book.counts.all_waiting().to_string(),
            table.moment(Some(source.created_at)),
        ],
    );
}

fn add_weights(table: &Table, text: &mut String, book: &SourceBook) {
    let figures = distribution(book);
    for share in figures.operators.iter().filter(|share| share.weight.is_some()) {
        table.add(
            text,
            [
                book.source.id.to_string(),
                book.source.name.to_string(),
                share.operator_id.to_string(),
                share.operator_name.to_string(),
                or_empty(share.weight),
                format!("{:.6}", share.target_share),
                share.received.to_string(),
                format!("{:.2}", share.entitled),
            ],
        );
    }
}
