//! Demo data, `/demo`: loading it, a look at it apart from everything else, and removing it. While it is there, every
//! page says so in a banner.

use crate::ConsoleState;
use crate::forms::Form;
use crate::operators::card::Card;
use crate::shell::{Page as Shell, Section, Viewer, see_other};
use askama::Template;
use axum::extract::State;
use axum::response::Response;
use maitred_app::demo::{CONTACTS_DEFAULT, DemoState, LoadDemoError, Loading};
use maitred_store::views::SourceBook;
use maitred_web::AppState;
use maitred_web::caller::caller;
use maitred_web::problem::Problem;
use maitred_web::problem::refusals::{IN_PATH, demo_not_loaded, not_executed};
use maitred_web::routes::Routes;
use maitred_web::rules::STAFF;

pub(crate) fn routes() -> Routes<ConsoleState> {
    Routes::new().get("/demo", STAFF, show).post("/demo/load", STAFF, load).get("/demo/remove", STAFF, ask).post(
        "/demo/remove",
        STAFF,
        remove,
    )
}

#[derive(Template)]
#[template(path = "demo/demo.html")]
struct DemoPage<'a> {
    page: Shell<'a>,
    state: DemoState,
    sources: &'a [SourceBook],
    /// The cards of its operators, as html.
    operators: Vec<String>,
    /// Whether figures leave the demo out.
    is_apart: bool,
}

impl DemoPage<'_> {
    fn is(&self, state: &str) -> bool {
        self.state.as_str() == state
    }
}

#[derive(Template)]
#[template(path = "demo/remove.html")]
struct RemovePage<'a> {
    page: Shell<'a>,
}

async fn show(viewer: Viewer, State(state): State<AppState>) -> Result<Response, Problem> {
    let store = state.store();
    let rows = store.demo().await?;
    let (mut sources, mut operators) = (Vec::new(), Vec::new());
    for source in rows.sources {
        sources.extend(store.source_book(source).await?);
    }
    for operator in rows.operators {
        let found = store.operator(operator).await?;
        operators.extend(found.map(|it| Card::new(viewer.t, viewer.now, &it).html()).transpose()?);
    }
    let is_apart = !store.counts_demo().await?;
    let state = state.app().demo_state().await?;
    let page = viewer.page(viewer.t.t("demo-page"), Section::Elsewhere).live("/live/changes");
    viewer.show(&DemoPage { page, state, sources: &sources, operators, is_apart })
}

/// Loads it: its sources and operators at once, its day while one looks. Leads to where the figures are that show it.
async fn load(State(state): State<ConsoleState>, form: Form) -> Result<Response, Problem> {
    let loading = match state.app.app().load_demo().await {
        Ok(loading) => loading,
        // Somebody was quicker, perhaps with the same button: their page says how far it is.
        Err(LoadDemoError::NotNow(_)) => return see_other("/demo"),
        Err(error) => return Err(demo_not_loaded(error)),
    };
    tokio::spawn(play_until_stopped(state.clone(), loading));
    let is_first = form.value("back") == "/" && state.app.store().counts_demo().await?;
    see_other(if is_first { "/" } else { "/demo" })
}

async fn play_until_stopped(state: ConsoleState, loading: Loading) {
    tokio::select! {
        () = state.app.stop().wanted() => {}
        played = play(&state, loading) => match played {
            Ok(()) => tracing::info!("the demo data is loaded"),
            Err(LoadDemoError::Removed) => tracing::info!("the demo data was removed while it was being loaded"),
            Err(error) => tracing::warn!(%error, "the demo data was not loaded to its end"),
        }
    }
}

/// Before the end, which every board hears of, the last hour is read again: some of it came afterwards.
async fn play(state: &ConsoleState, loading: Loading) -> Result<(), LoadDemoError> {
    loading.play(CONTACTS_DEFAULT.into(), |_| ()).await?;
    state.history.start_over(state.app.store()).await?;
    loading.end().await
}

async fn ask(viewer: Viewer) -> Result<Response, Problem> {
    let page = viewer.page(viewer.t.t("demo-remove"), Section::Elsewhere);
    viewer.show(&RemovePage { page })
}

async fn remove(State(state): State<AppState>) -> Result<Response, Problem> {
    state.app().remove_demo(&caller()?).await.map_err(|error| not_executed(error, IN_PATH))?;
    see_other("/demo")
}
