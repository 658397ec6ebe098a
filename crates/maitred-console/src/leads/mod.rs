//! Leads, `/leads`: the people behind contacts, and the search for them. One of them is in [`card`], two that may be
//! one in [`merge`], one that is two in [`split`], forgetting one in [`erase`].

pub mod card;
pub mod erase;
mod file;
pub mod merge;
pub mod split;

use crate::ConsoleState;
use crate::forms::Form;
use crate::lead_names::{self, called_by};
use crate::shell::{Page as Shell, Section, Viewer};
use crate::times;
use askama::Template;
use axum::extract::{RawQuery, State};
use axum::response::Response;
use maitred_app::identity::spelled;
use maitred_core::limits;
use maitred_store::views::{LeadCard, LeadFilter, PAGE_ROWS_MAX, Page, distinct};
use maitred_web::AppState;
use maitred_web::lead_search::{lead_search, regions};
use maitred_web::problem::Problem;
use maitred_web::routes::Routes;
use maitred_web::rules::STAFF;

/// The rows of one page.
const ROWS: u32 = 50;
/// The most identities of one lead in a row.
const IDENTITIES: usize = 3;

pub(super) fn routes() -> Routes<ConsoleState> {
    Routes::new()
        .get("/leads", STAFF, list)
        .get("/leads.csv", STAFF, file::send)
        .merge(card::routes())
        .merge(merge::routes())
        .merge(erase::routes())
        .merge(split::routes())
}

/// `GET /leads`
async fn list(viewer: Viewer, State(state): State<AppState>, RawQuery(raw): RawQuery) -> Result<Response, Problem> {
    let query = Form::of_query(&raw.unwrap_or_default());
    let after = query.value("after").parse().ok();
    let filter = filter(&state, &query).await?;
    // One more than is shown tells whether there are more.
    let mut page = state.store().leads(filter, Page { limit: ROWS + 1, after }).await?;
    let older = (page.len() > ROWS as usize).then(|| page[ROWS as usize - 1].lead.id.0);
    page.truncate(ROWS as usize);
    let rows = page.iter().map(|card| Row::new(&viewer, card)).collect();
    let page = viewer.page(viewer.t.t("nav-leads"), Section::Leads);
    viewer.show(&ListPage { page, rows, older, after, query: &query })
}

/// What is searched for, or all in the order that is asked for.
async fn filter(state: &AppState, query: &Form) -> Result<LeadFilter, Problem> {
    match limits::identity(query.value("q").trim()) {
        Ok(text) => lead_search(state, text).await,
        Err(_) => Ok(LeadFilter { oldest_first: query.value("order") == "asc", ..LeadFilter::default() }),
    }
}

/// Those whom a whole phone, email or external id finds, in any spelling.
async fn exactly(state: &AppState, text: &str) -> Result<Vec<LeadCard>, Problem> {
    let sources = state.store().sources(Page { limit: PAGE_ROWS_MAX, after: None }).await?;
    lead_names::found_by(state, text, &regions(state, &sources)).await
}

#[derive(Template)]
#[template(path = "leads/leads.html")]
struct ListPage<'a> {
    page: Shell<'a>,
    rows: Vec<Row>,
    older: Option<i64>,
    after: Option<i64>,
    query: &'a Form,
}

struct Row {
    id: i64,
    who: String,
    identities: String,
    contacts: u64,
    open: u64,
    /// Whether somebody else may be the same person.
    has_double: bool,
    since: String,
}

impl Row {
    fn new(viewer: &Viewer, card: &LeadCard) -> Self {
        let t = viewer.t;
        let who = called_by(t, card.lead.id, card.lead.name.as_deref(), &card.identities).first;
        let identities = distinct(&card.identities).map(spelled).filter(|spelled| *spelled != who);
        Self {
            id: card.lead.id.0,
            identities: identities.take(IDENTITIES).collect::<Vec<_>>().join(" · "),
            who,
            contacts: card.contacts,
            open: card.open_contacts,
            has_double: !card.possible_duplicates.is_empty(),
            since: times::ago(t, viewer.now, card.lead.created_at),
        }
    }
}

impl ListPage<'_> {
    /// The address of the list with this search, behind this lead.
    fn behind(&self, after: &i64) -> String {
        self.address("/leads", &after.to_string(), self.is_oldest_first())
    }

    /// The address of the list from its top.
    fn top(&self) -> String {
        self.address("/leads", "", self.is_oldest_first())
    }

    /// The address of the list in the other order.
    fn turned(&self) -> String {
        self.address("/leads", "", !self.is_oldest_first())
    }

    /// All of them as a file.
    fn file(&self) -> String {
        self.address("/leads.csv", "", self.is_oldest_first())
    }

    fn address(&self, path: &str, after: &str, is_oldest_first: bool) -> String {
        let order = if is_oldest_first { "asc" } else { "" };
        let pairs = [("q", self.query.value("q").trim()), ("order", order), ("after", after)];
        let pairs: Vec<_> = pairs.into_iter().filter(|(_, value)| !value.is_empty()).collect();
        match serde_urlencoded::to_string(pairs) {
            Ok(query) if !query.is_empty() => format!("{path}?{query}"),
            _ => path.to_owned(),
        }
    }

    /// What a search finds is there newest first.
    fn is_oldest_first(&self) -> bool {
        !self.is_search() && self.query.value("order") == "asc"
    }

    fn is_search(&self) -> bool {
        !self.query.value("q").trim().is_empty()
    }
}
