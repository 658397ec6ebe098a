//! Finding anything, `/search`: one box for leads, contacts, operators and sources. The page works without a script;
//! with one the same box opens on every page, with results while one types (`finder.js`). What is found is in `hits`.

mod hits;

use crate::ConsoleState;
use crate::contacts::choices::Choices;
use crate::contacts::query::filter;
use crate::contacts::rows;
use crate::forms::Form;
use crate::shell::{Page as Shell, Section, Viewer};
use crate::texts::Texts;
use crate::times;
use askama::Template;
use axum::extract::{RawQuery, State};
use axum::response::Response;
use hits::{Extent, Group, groups};
use maitred_app::message_search::{Rest, SEARCH_TIME_MAX};
use maitred_core::Status;
use maitred_core::limits::IDENTITY_CHARS_MAX;
use maitred_store::views::ContactFilter;
use maitred_store::words::Words;
use maitred_web::AppState;
use maitred_web::problem::Problem;
use maitred_web::routes::Routes;
use maitred_web::rules::{May, own};
use std::sync::Arc;
use std::time::Duration;

const PATH: &str = "/search";
/// Hits of each kind on a page.
const HITS: usize = 20;
/// Hits of each kind while one types, and for how long messages are looked through then.
const HITS_TYPING: usize = 5;
const TIME_TYPING: Duration = Duration::from_millis(150);
/// What narrows down the contacts whose messages are searched, called as the API's parameters are.
const FIELDS: [&str; 5] = ["status", "source_id", "operator_id", "created_after", "created_before"];

pub(super) fn routes() -> Routes<ConsoleState> {
    let may = own(May::OwnOnly);
    Routes::new().get(PATH, may, show).get("/search/options", may, options)
}

/// What an address asks for.
struct Query {
    /// As it was typed.
    form: Form,
    text: String,
    words: Arc<Words>,
    /// Which contacts, in the search for messages.
    filter: ContactFilter,
    /// Below which contact the search for messages goes on.
    after: Option<i64>,
}

impl Query {
    fn read(viewer: &Viewer, raw: &str) -> Self {
        let mut form = Form::of_query(raw);
        let text = form.value("q").trim().chars().filter(|c| !c.is_control()).take(IDENTITY_CHARS_MAX);
        let text: String = text.collect();
        let filter = filter(viewer, &mut form);
        Self { words: Arc::new(Words::new(&text)), after: form.value("after").parse().ok(), filter, form, text }
    }

    /// Whether only messages are searched: going on, or with a filter that nothing else has.
    fn is_about_messages(&self) -> bool {
        self.after.is_some() || self.is_narrow()
    }

    fn is_narrow(&self) -> bool {
        FIELDS.iter().any(|name| !self.form.value(name).is_empty())
    }

    /// The search for messages, from another contact on.
    fn address_after(&self, after: &i64) -> String {
        let after = after.to_string();
        let fields = FIELDS.iter().map(|name| (*name, self.form.value(name).trim()));
        let pairs = [("q", &*self.text)].into_iter().chain(fields).chain([("after", &*after)]);
        let pairs: Vec<_> = pairs.filter(|(_, value)| !value.is_empty()).collect();
        format!("{PATH}?{}", serde_urlencoded::to_string(pairs).unwrap_or_default())
    }

    /// The same text in the search of another page.
    fn address_of(&self, path: &str) -> String {
        format!("{path}?{}", serde_urlencoded::to_string([("q", &self.text)]).unwrap_or_default())
    }
}

#[derive(Template)]
#[template(path = "search/search.html")]
struct SearchPage<'a> {
    page: Shell<'a>,
    query: &'a Query,
    groups: Vec<Group>,
    /// What there is to choose from in the filters; an operator has no use for most of them.
    choices: Option<Choices>,
}

/// `GET /search`
async fn show(viewer: Viewer, State(state): State<AppState>, RawQuery(raw): RawQuery) -> Result<Response, Problem> {
    let query = Query::read(&viewer, &raw.unwrap_or_default());
    let groups = match query.form.is_fine() {
        true => groups(&state, &viewer, &query, Extent { hits: HITS, time: SEARCH_TIME_MAX }).await?,
        false => Vec::new(),
    };
    let choices = match viewer.own_operator() {
        Some(_) => None,
        None => Some(Choices::read(&state).await?),
    };
    let page = viewer.page(viewer.t.t("search"), Section::Elsewhere);
    viewer.show_as(crate::forms::status(&query.form), &SearchPage { page, query: &query, groups, choices })
}

impl SearchPage<'_> {
    /// The statuses to choose from: the word, its name, whether it is chosen.
    fn statuses(&self) -> impl Iterator<Item = (&'static str, String, bool)> {
        Status::ALL.into_iter().map(|status| {
            (status.as_str(), rows::status(self.page.t, status), self.query.filter.status == Some(status))
        })
    }

    /// How far back the messages were looked through.
    fn back_to(&self, rest: &Rest) -> Option<String> {
        rest.back_to.map(|at| times::moment(&self.page.viewer.zone, at))
    }

    fn is_nothing(&self) -> bool {
        self.groups.iter().all(|group| group.hits.is_empty())
    }

    fn chosen(&self, name: &str, id: &impl ToString) -> bool {
        self.query.form.value(name) == id.to_string()
    }
}

#[derive(Template)]
#[template(path = "search/options.html")]
struct Options {
    t: Texts,
    groups: Vec<Group>,
    /// The page with all of it.
    all: String,
}

impl Options {
    fn count(&self) -> usize {
        self.groups.iter().map(|group| group.hits.len()).sum()
    }
}

/// `GET /search/options`: what is found while one types.
async fn options(viewer: Viewer, State(state): State<AppState>, RawQuery(raw): RawQuery) -> Result<Response, Problem> {
    let query = Query::read(&viewer, &raw.unwrap_or_default());
    let groups = groups(&state, &viewer, &query, Extent { hits: HITS_TYPING, time: TIME_TYPING }).await?;
    viewer.show(&Options { t: viewer.t, groups, all: query.address_of(PATH) })
}
