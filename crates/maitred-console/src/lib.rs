//! The console: pages for people at `/`, live and in their language, made here and served with everything they need.
//! It holds no rules: a page reads from the [`Store`](maitred_store::Store), a form ends in a
//! [`Command`](maitred_core::Command) that goes through [`maitred_app::App`], as the API's calls do.
//!
//! | where | what |
//! |---|---|
//! | [`shell`] | the frame of every page, who looks at it, cookies, headers, the page for what went wrong |
//! | [`texts`], `en.ftl`, `ru.ftl` | what the pages say, in both languages |
//! | [`times`] | times for people |
//! | [`forms`] | what a form sent, with errors at its fields |
//! | [`live`] | streams of html that keep pages up to date which many look at |
//! | [`changes`] | the stream that tells any other page to ask for itself again |
//! | [`assets`], `assets/` | style, script, icon |
//! | [`login::redirect`] | who is sent to the login, and where to from there |
//! | [`lead_names`] | names of leads, and finding them by what was typed |
//! | [`actors`] | how those are called who did something |
//! | [`reach`] | links by which people reach a lead |
//! | [`loads`] | how full somebody is |
//! | `pauses` | who gets new contacts, and for how long somebody does not |
//! | `caps` | limits per period, as people type them |
//! | `shifts` | who works now, by their calendars |
//! | `periods` | choosing the period that shares are of |
//! | `tables` | lists as files for spreadsheets |
//! | `roster` | who may get contacts now, and who next |
//! | `why_waiting` | why contacts of a source wait, and what helps |
//! | [`board`], `first_run`, [`operators`], [`sources`], [`contacts`], [`leads`], [`desk`] | the pages |
//! | `lead_form` | `/f/{token}`: the form of a source, for people who are no users |
//! | `calendars`, `import`, `endpoints`, `reports`, `fairness`, `check` | and more of them |
//! | [`search`] | finding any of them, on every page |
//! | [`login`], [`account`], [`access`] | logging in, the account page, users and keys |
//! | [`telegram`] | the bots of sources, and linking operators |
//! | [`demo`] | loading, showing and removing demo data |
//!
//! A page is a folder: handlers and views (`mod.rs`), templates that extend `shell/shell.html`, texts in each language
//! (`en.ftl`, `ru.ftl`) and, if it has any, style of its own. To add one: the folder, its `routes` in `routes` below,
//! its texts in [`texts`], its style in [`assets`], its entry in the navigation in [`shell`], and a file in
//! `crates/maitred/tests/console`. Views are given `now` and plain data, never a clock or a store.

pub mod access;
pub mod account;
pub mod actors;
pub mod assets;
pub mod board;
mod calendars;
mod caps;
pub mod changes;
mod check;
pub mod contacts;
pub mod demo;
pub mod desk;
mod endpoints;
pub mod fairness;
mod first_run;
pub mod forms;
mod import;
mod lead_form;
pub mod lead_names;
pub mod leads;
pub mod live;
pub mod loads;
pub mod login;
mod notifications;
pub mod operators;
mod pauses;
mod periods;
pub mod reach;
mod reports;
mod roster;
pub mod search;
pub mod shell;
mod shifts;
pub mod sources;
mod tables;
pub mod telegram;
pub mod texts;
pub mod times;
mod why_waiting;

use axum::Router;
use axum::extract::FromRef;
use board::Board;
use board::history::{History, SampleWaiting};
use check::uncovered::Uncovered;
use live::{Channel, UpdatePage};
use maitred_web::AppState;
use maitred_web::routes::Routes;
use maitred_web::rules::{ANYBODY, May, STAFF, own};
use maitred_web::same_origin::same_origin;
use std::sync::Arc;

/// What handlers of pages share. Cheap to clone.
#[derive(Clone)]
pub struct ConsoleState {
    app: AppState,
    board: Arc<Channel>,
    history: Arc<History>,
    uncovered: Arc<Uncovered>,
}

impl FromRef<ConsoleState> for AppState {
    fn from_ref(state: &ConsoleState) -> Self {
        state.app.clone()
    }
}

/// The pages, and what keeps open ones up to date.
pub struct Console(ConsoleState);

impl Console {
    #[must_use]
    pub fn new(app: AppState) -> Self {
        Self(ConsoleState { app, board: Arc::default(), history: Arc::default(), uncovered: Arc::default() })
    }

    /// All pages, which take forms from our own pages only.
    pub fn router(&self) -> Router {
        let note_demo = axum::middleware::from_fn_with_state(self.0.app.clone(), shell::demo_banner::find_demo);
        let pages = routes().into_router().layer(same_origin()).layer(axum::middleware::from_fn(shell::page_response));
        let note_stopped =
            axum::middleware::from_fn_with_state(self.0.app.clone(), shell::endpoint_banner::find_stopped);
        let pages = pages.layer(note_demo).layer(note_stopped);
        pages.with_state(self.0.clone())
    }

    /// The forms of sources, which take what pages of other sites send.
    pub fn form_router(&self) -> Router {
        lead_form::routes().into_router().with_state(self.0.clone())
    }

    /// Makes versions of the board while anybody looks at it.
    #[must_use]
    pub fn update_board(&self) -> UpdatePage<Board> {
        let view = Board::of(&self.0);
        UpdatePage::new(self.0.board.clone(), view, self.0.app.clone())
    }

    /// Gathers what the chart of the board shows.
    #[must_use]
    pub fn sample_waiting(&self) -> SampleWaiting {
        SampleWaiting::new(self.0.history.clone(), self.0.app.store().clone())
    }
}

/// The routes of the forms of sources.
#[must_use]
pub fn form_routes() -> Routes<ConsoleState> {
    lead_form::routes()
}

/// The routes of all pages, each with who may look at it.
#[must_use]
pub fn routes() -> Routes<ConsoleState> {
    Routes::new()
        .get("/", STAFF, board::show)
        .get("/live/board", STAFF, board::live)
        .get("/live/changes", own(May::Yes), changes::follow)
        .merge(first_run::routes())
        .merge(operators::routes())
        .merge(calendars::routes())
        .merge(sources::routes())
        .merge(reports::routes())
        .merge(fairness::routes())
        .merge(check::routes())
        .merge(contacts::routes())
        .merge(leads::routes())
        .merge(search::routes())
        .merge(import::routes())
        .merge(desk::routes())
        .merge(login::routes())
        .merge(account::routes())
        .merge(access::routes())
        .merge(demo::routes())
        .merge(endpoints::routes())
        .merge(telegram::routes())
        .merge(notifications::routes())
        .post("/preferences", ANYBODY, shell::prefer)
        .get("/assets/{address}", ANYBODY, assets::serve)
        .get("/push.js", ANYBODY, assets::service_worker)
        .get("/manifest.webmanifest", ANYBODY, assets::manifest)
}
