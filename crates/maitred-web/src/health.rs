//! For those who run the server: whether the process is up (`/healthz`), whether it can work (`/readyz`), figures for
//! Prometheus (`/metrics`), and what each kind of problem means (`/problems`).

use crate::AppState;
use crate::desk_metrics;
use crate::problem::{Problem, kinds};
use crate::routes::Routes;
use crate::rules::{ANYBODY, STAFF};
use crate::telemetry::{OLDEST_WAIT, OVERDUE, QUEUED, WAITING};
use axum::extract::{Path, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use maitred_app::hours_outlook::{HoursReach, HoursTrouble};
use maitred_store::clock::{self, rfc3339};
use metrics::gauge;
use std::fmt::Write;
use std::time::Duration;
use tokio::time::timeout;

/// How long `/metrics` waits for the store; Prometheus itself gives up after 10 s.
const WAITING_READ_MAX: Duration = Duration::from_secs(2);
/// Calendars that `/readyz` names; the rest is counted.
const TROUBLES_MAX: usize = 10;
const PROMETHEUS_TEXT: &str = "text/plain; version=0.0.4; charset=utf-8";

/// The calls of this file.
pub fn routes() -> Routes<AppState> {
    Routes::new()
        .get("/healthz", ANYBODY, healthz)
        .get("/readyz", STAFF, readyz)
        .get("/metrics", STAFF, metrics)
        .get("/problems", STAFF, problems)
        .get("/problems/{name}", STAFF, one_problem)
}

async fn healthz() -> Response {
    ([(CACHE_CONTROL, "no-store")], "ok\n").into_response()
}

/// Ready: the store answers and takes changes, the batcher runs, nobody has asked the server to stop. Hours that run
/// out are named behind that.
async fn readyz(State(state): State<AppState>) -> Result<Response, Problem> {
    if state.stop().is_wanted() || state.app().has_ended() {
        return Err(kinds::STOPPING.because("the server takes no more work"));
    }
    if !state.app().can_store() {
        let why = "the last change could not be stored, because the disk is full, for example; see the server's log";
        return Err(kinds::STORE_UNAVAILABLE.because(why));
    }
    state.store().last_position().await?;
    let text = format!("ready\n{}", troubles(&state.app().hours_outlook().troubles(clock::now())));
    Ok(([(CACHE_CONTROL, "no-store")], text).into_response())
}

/// A line for each calendar whose hours somebody has to do something about. The node stays ready: it takes contacts,
/// and those that nobody can be given without a guess wait.
fn troubles(all: &[HoursTrouble]) -> String {
    let mut text = String::new();
    for HoursTrouble { calendar, name, reach, cause } in all.iter().take(TROUBLES_MAX) {
        let reach = match reach {
            HoursReach::Ended(at) => format!("nothing is assigned by them, known only until {}", rfc3339(*at)),
            HoursReach::RunsOut(at) => format!("known only until {}", rfc3339(*at)),
            HoursReach::Far => "not up to date".to_owned(),
        };
        let cause = cause.as_ref().map(|cause| format!("; {cause}")).unwrap_or_default();
        // Writing to a string does not fail.
        let _ = writeln!(text, "hours of calendar {calendar} ({name}): {reach}{cause}");
    }
    if let Some(more @ 1..) = all.len().checked_sub(TROUBLES_MAX) {
        let _ = writeln!(text, "and {more} more calendars");
    }
    text
}

/// While the store does not answer, the other figures are wanted most: how many wait is then no number.
async fn metrics(State(state): State<AppState>) -> Response {
    let now = clock::now();
    let views = timeout(WAITING_READ_MAX, state.store().waiting()).await;
    let [waiting, overdue, oldest] = match views {
        Ok(Ok(views)) => {
            let oldest = views.iter().filter_map(|view| view.oldest_created_at).min();
            [
                views.iter().map(|view| view.waiting).sum::<u64>() as f64,
                views.iter().map(|view| view.overdue).sum::<u64>() as f64,
                oldest.map_or(0.0, |at| now.0.saturating_sub(at.0).max(0) as f64 / 1e6),
            ]
        }
        _ => [f64::NAN; 3],
    };
    gauge!(WAITING).set(waiting);
    gauge!(OVERDUE).set(overdue);
    gauge!(OLDEST_WAIT).set(oldest);
    gauge!(QUEUED).set(state.app().queued() as f64);
    let shares = desk_metrics::record(state.store(), now).await;
    ([(CONTENT_TYPE, PROMETHEUS_TEXT)], state.metrics().render() + &shares).into_response()
}

async fn problems() -> String {
    let mut text = "What can go wrong, by the last part of a problem's type.\n".to_owned();
    for kind in kinds::ALL {
        // Writing to a string does not fail.
        let _ = write!(text, "\n{}\n{}", kind.name, about(kind));
    }
    text
}

async fn one_problem(Path(name): Path<String>) -> Result<String, Problem> {
    let known = kinds::ALL.into_iter().find(|kind| kind.name == name);
    known.map(about).ok_or_else(|| kinds::UNKNOWN_PATH.because("there is no such kind of problem; /problems lists all"))
}

fn about(kind: &kinds::Kind) -> String {
    format!("{} {}\n{}\n", kind.status.as_u16(), kind.title, kind.meaning)
}
