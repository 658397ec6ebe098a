//! The console: pages for people at `/`, live and in their language, made here and served with everything they need.
//! It holds no rules: a page reads from the [`Store`], a form ends in a [`Command`](maitred_core::Command) that goes
//! through the batcher, as the API's calls do.
//!
//! | where | what |
//! |---|---|
//! | [`shell`] | the frame of every page, who looks at it, cookies, headers, the page for what went wrong |
//! | [`texts`], `locales/` | what the pages say, in both languages |
//! | [`times`] | times for people |
//! | [`forms`] | what a form sent, with errors at its fields |
//! | [`live`] | streams of html that keep pages up to date which many look at |
//! | [`changes`] | the stream that tells any other page to ask for itself again |
//! | [`assets`], `assets/` | style, script, icon |
//! | `templates/` | the html, compiled into the program by askama |
//! | [`entrance`] | who is redirected to the login, and where to afterwards |
//! | [`people`] | names of leads, and finding them by what was typed |
//! | [`loads`] | how full somebody is |
//! | [`board`], [`first_run`], [`operators`], [`sources`], [`contacts`], [`leads`], [`desk`] | the pages |
//! | [`login`], [`account`], [`access`] | logging in, the account page, users and keys |
//!
//! To add a page: a file here with its `routes`, called in `routes` below; templates that extend `shell.html`; a `.ftl`
//! file in each folder of `locales`, named in [`texts`]; if need be a style and a script of its own, named in
//! [`assets`]; an entry in the navigation in [`shell`]; a file in `tests/console`. Views are given `now` and plain
//! data, never a clock or a store.

pub mod access;
pub mod account;
pub mod assets;
pub mod board;
pub mod changes;
pub mod contacts;
pub mod desk;
pub mod entrance;
pub mod first_run;
pub mod forms;
pub mod leads;
pub mod live;
pub mod loads;
pub mod login;
pub mod operators;
pub mod people;
pub mod shell;
pub mod sources;
pub mod texts;
pub mod times;

use crate::http::AppState;
use crate::http::same_origin::same_origin;
use crate::http::serve::Stop;
use crate::store::Store;
use axum::Router;
use axum::routing::{get, post};
use board::history::History;
use live::Channel;
use maitred_core::ContactId;
use std::collections::{HashMap, VecDeque};
use std::sync::atomic::AtomicBool;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// How many requests it is remembered what they took: more than a board shows.
const TOOK_MAX: usize = 256;

/// What the pages share on one node.
#[derive(Default)]
pub struct Console {
    /// The stream of the board.
    board: Channel,
    history: History,
    /// What the last requests took, by their contact, while somebody looks at the board.
    took: Mutex<VecDeque<(ContactId, Duration)>>,
    /// Whether the demo is being loaded, or was.
    demo_began: AtomicBool,
}

impl Console {
    /// Takes note of how long a contact took to be taken in, if somebody wants to see it.
    pub fn note(&self, contact: ContactId, took: Duration) {
        if !self.board.is_watched() {
            return;
        }
        let mut last = self.took.lock().unwrap_or_else(PoisonError::into_inner);
        if last.len() == TOOK_MAX {
            last.pop_front();
        }
        last.push_back((contact, took));
    }

    fn took(&self) -> HashMap<i64, Duration> {
        let last = self.took.lock().unwrap_or_else(PoisonError::into_inner);
        last.iter().map(|(contact, took)| (contact.0, *took)).collect()
    }
}

/// Keeps what the pages share up to date until the server stops.
pub(crate) fn keep_up(state: &AppState, store: Store, stop: Stop) {
    let (boards, hours) = (state.clone(), state.clone());
    tokio::spawn(async move { boards.console().board.keep(&board::Board, boards.clone()).await });
    tokio::spawn(async move { hours.console().history.keep(store, stop).await });
}

/// All pages. Forms are taken from our own pages only.
pub(crate) fn routes() -> Router<AppState> {
    Router::new()
        .route("/", get(board::show))
        .route("/live/board", get(board::live))
        .route("/live/changes", get(changes::follow))
        .merge(first_run::routes())
        .merge(operators::routes())
        .merge(sources::routes())
        .merge(contacts::routes())
        .merge(leads::routes())
        .merge(desk::routes())
        .merge(login::routes())
        .merge(account::routes())
        .merge(access::routes())
        .route("/preferences", post(shell::prefer))
        .route("/assets/{address}", get(assets::serve))
        .layer(same_origin())
        .layer(axum::middleware::from_fn(shell::dress))
}
