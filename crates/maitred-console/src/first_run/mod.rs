//! The first run: until the first contact arrives, an incomplete set-up is greeted with three steps (an operator, a
//! source, weights), each a form that shows what is done and what comes next. Or one may load the demo and watch the
//! board fill.

mod country;

use crate::ConsoleState;
use crate::forms::{Form, status};
use crate::operators::new_operator;
use crate::shell::{Page as Shell, Section, Viewer, see_other};
use crate::sources;
use crate::texts::Texts;
use askama::Template;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use maitred_app::demo::DemoState;
use maitred_core::{Command, Operator, OperatorId, SourceId};
use maitred_store::views::{ContactFilter, Page, SourceBook};
use maitred_web::AppState;
use maitred_web::problem::Problem;
use maitred_web::problem::refusals::IN_PATH;
use maitred_web::routes::Routes;
use maitred_web::rules::STAFF;

/// Operators that the step of the weights lists; with more, other pages are better.
const OPERATORS_MAX: u32 = 50;
/// The weight that a new row begins with.
const WEIGHT_PROPOSED: &str = "10";

pub(crate) fn routes() -> Routes<ConsoleState> {
    Routes::new().post("/first-run/operator", STAFF, add_operator).post("/first-run/source", STAFF, add_source).post(
        "/first-run/weights",
        STAFF,
        set_weights,
    )
}

/// What is there so far.
struct Progress {
    operators: Vec<Operator>,
    /// The first source, with who serves it.
    source: Option<SourceBook>,
    /// Whether there is nothing of the demo.
    has_no_demo: bool,
}

impl Progress {
    async fn read(state: &AppState) -> Result<Self, Problem> {
        let store = state.store();
        let first = store.sources(Page { limit: 1, after: None }).await?;
        let source = match first.first() {
            Some(source) => store.source_book(source.id).await?,
            None => None,
        };
        let operators = store.operators(Page { limit: OPERATORS_MAX, after: None }).await?;
        let has_no_demo = state.app().demo_state().await? == DemoState::Absent;
        Ok(Self { operators, source, has_no_demo })
    }

    /// The step to take now, from 1; 4 when all are done.
    fn step(&self) -> u8 {
        match (self.operators.is_empty(), &self.source) {
            (true, _) => 1,
            (false, None) => 2,
            (false, Some(book)) if book.members.is_empty() => 3,
            _ => 4,
        }
    }
}

/// Whether something is still to be set up.
///
/// # Errors
/// When the store cannot be read.
pub(crate) async fn is_wanted(state: &ConsoleState) -> Result<bool, Problem> {
    let newest = state.app.store().contacts(ContactFilter::default(), Page { limit: 1, after: None }).await?;
    if !newest.is_empty() || state.app.store().has_demo().await? {
        return Ok(false);
    }
    Ok(Progress::read(&state.app).await?.step() < 4)
}

/// The greeting, as an answer to `/`.
///
/// # Errors
/// When the store cannot be read.
pub(crate) async fn show(viewer: &Viewer, headers: &HeaderMap, state: &AppState) -> Result<Response, Problem> {
    let of_browser = || country::of_browser(headers).map(|region| region.to_string());
    // Where the server has a country, an empty field means that one.
    let region = if state.app().regions().of_deployment().is_some() { None } else { of_browser() };
    let proposed = [("max_load", "10".to_owned()), ("default_region", region.unwrap_or_default())];
    let form = Form::filled(proposed.map(|(name, value)| (name.to_owned(), value)));
    show_with(viewer, &Progress::read(state).await?, &form)
}

fn show_with(viewer: &Viewer, progress: &Progress, form: &Form) -> Result<Response, Problem> {
    let page = viewer.page(viewer.t.t("first-title"), Section::Board);
    viewer.show_as(status(form), &FirstRunPage { page, step: progress.step(), progress, form })
}

#[derive(Template)]
#[template(path = "first_run/first_run.html")]
struct FirstRunPage<'a> {
    page: Shell<'a>,
    step: u8,
    progress: &'a Progress,
    form: &'a Form,
}

impl FirstRunPage<'_> {
    fn kinds(&self) -> impl Iterator<Item = (&'static str, String)> {
        sources::kinds(self.page.t)
    }

    fn policies(&self) -> impl Iterator<Item = (&'static str, String, String)> {
        sources::policies(self.page.t)
    }

    fn weight(&self, operator: &Operator) -> &str {
        self.form.value_or(&format!("weight-{}", operator.id), WEIGHT_PROPOSED)
    }

    fn weight_error(&self, operator: &Operator) -> Option<&str> {
        self.form.error(&format!("weight-{}", operator.id))
    }
}

async fn add_operator(viewer: Viewer, State(state): State<AppState>, mut form: Form) -> Result<Response, Problem> {
    if let Some(new) = new_operator(viewer.t, &mut form) {
        match state.send_once(Command::CreateOperator(new), form.key(), IN_PATH).await {
            Ok(_) => return see_other("/"),
            Err(problem) => form.refuse(viewer.t, problem)?,
        }
    }
    show_with(&viewer, &Progress::read(&state).await?, &form)
}

async fn add_source(viewer: Viewer, State(state): State<AppState>, mut form: Form) -> Result<Response, Problem> {
    if let Some(new) = sources::new_source(viewer.t, &mut form) {
        match state.send_once(Command::CreateSource(sources::with_intake(new)?), form.key(), IN_PATH).await {
            Ok(_) => return see_other("/"),
            Err(problem) => form.refuse(viewer.t, problem)?,
        }
    }
    show_with(&viewer, &Progress::read(&state).await?, &form)
}

async fn set_weights(viewer: Viewer, State(state): State<AppState>, mut form: Form) -> Result<Response, Problem> {
    let progress = Progress::read(&state).await?;
    let Some(source) = progress.source.as_ref().map(|book| book.source.id) else { return see_other("/") };
    if let Some(weights) = weights(viewer.t, &mut form) {
        match replace_weights(&state, source, weights).await {
            Ok(()) => return see_other("/"),
            Err(problem) => form.refuse(viewer.t, problem)?,
        }
    }
    show_with(&viewer, &progress, &form)
}

/// The rows of the table, at least one.
fn weights(t: Texts, form: &mut Form) -> Option<Vec<(OperatorId, u32)>> {
    let rows = sources::weights::read(t, form)?;
    if rows.is_empty() {
        form.fail("weights", t.t("rule-weights"));
        return None;
    }
    Some(rows.into_iter().collect())
}

async fn replace_weights(state: &AppState, source: SourceId, weights: Vec<(OperatorId, u32)>) -> Result<(), Problem> {
    state.send(Command::ReplaceWeights(source, weights), IN_PATH).await.map(|_| ())
}
