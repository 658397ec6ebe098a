//! The board, `/`: who has how much, who waits, what was just assigned, and the last hour. The page is made of the same
//! parts as its stream, so a browser without a script sees all of it, and one with a script sees it move.
//!
//! The last hour is in [`history`], its drawing in `chart`; an empty database shows `first_run` instead.

mod chart;
pub mod history;
mod hours;

use crate::actors::by;
use crate::check::uncovered::{NAMED_MAX, Uncovered};
use crate::live::{Part, View};
use crate::operators::card::Card;
use crate::pauses;
use crate::roster::Named;
use crate::shell::{Page as Shell, Section, Viewer};
use crate::shifts;
use crate::telegram::Warning;
use crate::texts::Texts;
use crate::why_waiting::WhyWaiting;
use crate::{ConsoleState, check, first_run, times};
use askama::Template;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use chart::Chart;
use history::{History, Hour};
use maitred_app::auth::{ActorNames, Caller};
use maitred_app::hours_outlook::HoursTrouble;
use maitred_app::lint::Finding;
use maitred_core::{ContactId, EventKind, Identity, IdentityKind, Operator, SourceId, Timestamp};
use maitred_store::clock;
use maitred_store::views::{Assignment, Page, WaitingView};
use maitred_web::AppState;
use maitred_web::caller::caller;
use maitred_web::problem::Problem;
use std::cmp::Reverse;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

/// The most operators the board shows; the rest is counted.
const OPERATORS_MAX: u32 = 500;
/// The most sources with waiting contacts it shows.
const SOURCES_MAX: usize = 12;
/// The assignments it shows.
const ASSIGNMENTS: u32 = 14;

/// What the board shows, as values.
pub struct Data {
    now: Timestamp,
    operators: Vec<Operator>,
    /// Whether there are more operators than are shown.
    is_cut: bool,
    /// Who of them may get contacts, and who next.
    roster: Named,
    waiting: Vec<WaitingView>,
    /// Why contacts wait, by source, of those that are shown.
    why: HashMap<SourceId, WhyWaiting>,
    assignments: Vec<Assignment>,
    /// The names of those who made some of them by hand.
    actors: ActorNames,
    /// What taking in took, by contact, for those that came while somebody looked.
    took: HashMap<ContactId, Duration>,
    hour: Hour,
    /// What is wrong with bots and chats.
    warnings: Vec<Warning>,
    /// Calendars whose hours somebody has to do something about, the most urgent first.
    hours: Vec<HoursTrouble>,
    /// Sources that nobody serves, as of a few seconds ago.
    uncovered: Arc<[Finding]>,
}

/// The board as a view.
pub struct Board {
    history: Arc<History>,
    uncovered: Arc<Uncovered>,
}

impl Board {
    pub(crate) fn of(state: &ConsoleState) -> Self {
        Self { history: state.history.clone(), uncovered: state.uncovered.clone() }
    }
}

impl View for Board {
    const NAME: &'static str = "update the board";

    type Data = Data;

    async fn read(&self, state: &AppState) -> Result<Data, Problem> {
        let (store, now) = (state.store(), clock::now());
        let mut operators = store.counted_operators(Page { limit: OPERATORS_MAX + 1, after: None }).await?;
        let is_cut = operators.len() > OPERATORS_MAX as usize;
        operators.truncate(OPERATORS_MAX as usize);
        let roster = Named::of(&operators.iter().collect::<Vec<_>>(), None, now);
        let waiting = store.waiting().await?;
        let assignments = store.assignments(ASSIGNMENTS).await?;
        let by_hand = assignments.iter().filter(|given| is_by_hand(given)).filter_map(|given| given.actor);
        let actors = state.access().names_of(by_hand).await?;
        Ok(Data {
            now,
            operators,
            is_cut,
            roster,
            why: why(state, &waiting, now).await?,
            waiting,
            assignments,
            actors,
            took: state.app().intake_times().by_contact(),
            hour: self.history.hour(store, now).await?,
            warnings: Warning::all(state).await?,
            hours: state.app().hours_outlook().troubles(now),
            uncovered: self.uncovered.read(store, now).await?,
        })
    }

    fn until(data: &Data) -> Option<Timestamp> {
        data.operators.iter().filter_map(|operator| operator.next_look(data.now)).min()
    }

    fn parts(data: &Data, t: Texts) -> Result<Vec<Part>, Problem> {
        Ok(vec![
            one(&Totals::new(t, data))?,
            one(&Chart::new(t, &data.hour))?,
            one(&Waiting::new(t, data)?)?,
            one(&Stream::new(t, data))?,
            operators(t, data)?,
            Part::One { html: data.roster.html(t, data.now, "roster", data.is_cut)? },
            one(&Warnings::new(t, data))?,
        ])
    }
}

/// Sources with somebody waiting, the longest first.
fn queues(waiting: &[WaitingView]) -> Vec<&WaitingView> {
    let mut queues: Vec<&WaitingView> = waiting.iter().filter(|view| view.waiting > 0).collect();
    queues.sort_by_key(|view| (view.oldest_created_at, view.source.id));
    queues
}

async fn why(
    state: &AppState,
    waiting: &[WaitingView],
    now: Timestamp,
) -> Result<HashMap<SourceId, WhyWaiting>, Problem> {
    let mut all = HashMap::new();
    for id in queues(waiting).into_iter().take(SOURCES_MAX).map(|view| view.source.id) {
        // One that was deleted a moment ago is left out.
        let Some(book) = state.store().source_book(id).await? else { continue };
        all.extend(WhyWaiting::read(state, &book, now).await?.map(|why| (id, why)));
    }
    Ok(all)
}

fn one(template: &impl Template) -> Result<Part, Problem> {
    Ok(Part::One { html: template.render().map_err(|error| Problem::internal(&error))? })
}

fn operators(t: Texts, data: &Data) -> Result<Part, Problem> {
    let card =
        |operator: &Operator| Ok((format!("operator-{}", operator.id), Card::new(t, data.now, operator).html()?));
    Ok(Part::List {
        open: "<ul class=\"cards\" id=\"operators\">".to_owned(),
        items: data.operators.iter().map(card).collect::<Result<_, Problem>>()?,
        close: "</ul>",
    })
}

/// `GET /`
pub(super) async fn show(
    viewer: Viewer,
    headers: HeaderMap,
    State(state): State<ConsoleState>,
) -> Result<Response, Problem> {
    if first_run::is_wanted(&state).await? {
        return first_run::show(&viewer, &headers, &state.app).await;
    }
    let data = Board::of(&state).read(&state.app).await?;
    let page = viewer.page(viewer.t.t("nav-board"), Section::Board).live("/live/board");
    let parts = Board::parts(&data, viewer.t)?;
    let first_source = data.waiting.first().filter(|_| data.assignments.is_empty()).map(|view| view.source.id);
    let needs_key = caller()? != Caller::ANYBODY;
    let (shown, is_cut) = (data.operators.len(), data.is_cut);
    viewer.show(&BoardPage { page, parts, shown, is_cut, first_source, needs_key })
}

/// `GET /live/board`
pub(super) async fn live(viewer: Viewer, State(state): State<ConsoleState>) -> Result<Response, Problem> {
    state.board.follow(&state.app, viewer.t.0)
}

#[derive(Template)]
#[template(path = "board/board.html")]
struct BoardPage<'a> {
    page: Shell<'a>,
    parts: Vec<Part>,
    shown: usize,
    is_cut: bool,
    /// For an example of a request, while nothing was assigned yet.
    first_source: Option<SourceId>,
    needs_key: bool,
}

impl BoardPage<'_> {
    /// A part by its place in [`Board::parts`].
    fn part(&self, at: usize) -> String {
        self.parts.get(at).map(Part::html).unwrap_or_default()
    }
}

/// What somebody has to do something about.
#[derive(Template)]
#[template(path = "board/warnings.html")]
struct Warnings<'a> {
    t: Texts,
    /// Where each leads, and what it says.
    warnings: Vec<(String, String)>,
    uncovered: &'a [Finding],
}

impl<'a> Warnings<'a> {
    fn new(t: Texts, data: &'a Data) -> Self {
        let of_hours = data.hours.iter().take(hours::SHOWN_MAX);
        let of_hours = of_hours.map(|trouble| (hours::href(trouble), hours::text(t, trouble)));
        let others = data.warnings.iter().map(|warning| (warning.href(), warning.text(t)));
        Self { t, warnings: of_hours.chain(others).collect(), uncovered: &data.uncovered }
    }

    /// The first sources that nobody serves: what is said of each, and where it is put right.
    fn named(&self) -> impl Iterator<Item = (String, String)> {
        let first = self.uncovered.iter().take(NAMED_MAX);
        first.map(|finding| (check::says::text(self.t, finding), check::says::href(finding)))
    }

    /// Such sources that are not named.
    const fn more(&self) -> usize {
        self.uncovered.len().saturating_sub(NAMED_MAX)
    }
}

/// The figures at the top.
#[derive(Template)]
#[template(path = "board/totals.html")]
struct Totals {
    t: Texts,
    waiting: u64,
    oldest: Option<String>,
    rate: u64,
    load: u64,
    slots: u64,
    active: usize,
    operators: usize,
    /// Whether there are more operators than are counted here.
    is_cut: bool,
}

impl Totals {
    fn new(t: Texts, data: &Data) -> Self {
        let is_active =
            |operator: &&Operator| pauses::gets_contacts(operator, data.now) && shifts::works(operator, data.now);
        let active = || data.operators.iter().filter(is_active);
        let oldest = data.waiting.iter().filter_map(|view| view.oldest_created_at).min();
        Self {
            t,
            waiting: data.hour.waiting,
            oldest: oldest.map(|at| times::age(t, data.now, at)),
            rate: data.hour.rate,
            load: data.operators.iter().map(|operator| u64::from(operator.current_load)).sum(),
            slots: active().map(|operator| u64::from(operator.max_load)).sum(),
            active: active().count(),
            operators: data.operators.len(),
            is_cut: data.is_cut,
        }
    }
}

/// Who waits, by source, the longest first.
#[derive(Template)]
#[template(path = "board/waiting.html")]
struct Waiting {
    t: Texts,
    total: u64,
    rows: Vec<WaitingRow>,
    /// Sources with somebody waiting that are not shown.
    more: usize,
    /// Contacts that are scheduled, on all sources.
    scheduled: u64,
    /// Sources with nobody waiting.
    calm: usize,
    /// Sources with contacts that are overdue, those with the most first.
    overdue: Vec<Overdue>,
    /// Sources with such contacts that are not shown.
    overdue_more: usize,
}

/// How many contacts of a source are overdue.
struct Overdue {
    source: i64,
    text: String,
}

struct WaitingRow {
    source: i64,
    name: std::sync::Arc<str>,
    waiting: u64,
    oldest: Option<String>,
    /// How much of the longest queue this is, in percent.
    part: u64,
    /// What is in the way, as html.
    why: Option<String>,
}

impl Waiting {
    fn new(t: Texts, data: &Data) -> Result<Self, Problem> {
        let waiting = queues(&data.waiting);
        let most = waiting.iter().map(|view| view.waiting).max().unwrap_or(1);
        let why = |source| data.why.get(&source).map(|why| why.html(t, data.now, "/")).transpose();
        let row = |view: &&WaitingView| {
            Ok(WaitingRow {
                source: view.source.id.0,
                name: view.source.name.clone(),
                waiting: view.waiting,
                oldest: view.oldest_created_at.map(|at| times::age(t, data.now, at)),
                part: (view.waiting * 100).div_ceil(most),
                why: why(view.source.id)?,
            })
        };
        let mut late: Vec<&WaitingView> = data.waiting.iter().filter(|view| view.overdue > 0).collect();
        late.sort_by_key(|view| (Reverse(view.overdue), view.source.id));
        let overdue = |view: &WaitingView| {
            let values = [("n", view.overdue.into()), ("it", view.source.name.to_string().into())];
            Overdue { source: view.source.id.0, text: t.with("waiting-overdue", values) }
        };
        Ok(Self {
            t,
            total: data.hour.waiting,
            rows: waiting.iter().take(SOURCES_MAX).map(row).collect::<Result<_, Problem>>()?,
            more: waiting.len().saturating_sub(SOURCES_MAX),
            scheduled: data.waiting.iter().map(|view| view.scheduled).sum(),
            calm: data.waiting.len() - waiting.len(),
            overdue_more: late.len().saturating_sub(SOURCES_MAX),
            overdue: late.into_iter().take(SOURCES_MAX).map(overdue).collect(),
        })
    }
}

#[derive(Template)]
#[template(path = "board/stream.html")]
struct Stream {
    t: Texts,
    rows: Vec<StreamRow>,
}

struct StreamRow {
    position: i64,
    contact: i64,
    at: String,
    who: String,
    source: std::sync::Arc<str>,
    operator: std::sync::Arc<str>,
    how: String,
    has_waited: bool,
}

impl Stream {
    fn new(t: Texts, data: &Data) -> Self {
        let row = |given: &Assignment| StreamRow {
            position: given.position,
            contact: given.contact.0,
            at: times::clock(&jiff::tz::TimeZone::UTC, given.at),
            who: masked(&given.identities).unwrap_or_else(|| t.n("contact-number", given.contact.0)),
            source: given.source_name.clone(),
            operator: given.operator_name.clone(),
            how: how(t, data, given),
            has_waited: given.kind == EventKind::ContactAssigned,
        };
        Self { t, rows: data.assignments.iter().map(row).collect() }
    }
}

/// How it came about: what taking it in took, or how long it had waited, or that somebody did it by hand.
fn how(t: Texts, data: &Data, given: &Assignment) -> String {
    let waited = given.created_at.map(|at| given.at.0.saturating_sub(at.0));
    let by = given.actor.filter(|_| is_by_hand(given)).and_then(|actor| by(t, actor, &data.actors));
    match (given.kind, data.took.get(&given.contact), waited) {
        (EventKind::ContactTransferred, _, _) => {
            by.map_or_else(|| t.t("stream-by-hand"), |by| t.of("stream-by-hand-of", &by))
        }
        (EventKind::ContactReopened, _, _) => {
            by.map_or_else(|| t.t("stream-reopened"), |by| t.of("stream-reopened-of", &by))
        }
        // One that moved to a fallback is assigned there in the moment in which it came.
        (EventKind::ContactAssigned, _, Some(0)) => t.t("stream-at-once"),
        (EventKind::ContactAssigned, _, Some(waited)) => t.of("stream-waited", &times::span(t, waited)),
        (EventKind::ContactCreated, Some(took), _) => times::fine(t, *took),
        _ => t.t("stream-at-once"),
    }
}

const fn is_by_hand(given: &Assignment) -> bool {
    matches!(given.kind, EventKind::ContactTransferred | EventKind::ContactReopened)
}

/// By what people on the board tell leads apart: enough of a phone or an email to know it again, not enough to use it,
/// for a board hangs where everybody sees it.
fn masked(identities: &[Identity]) -> Option<String> {
    let of_kind = |kind: IdentityKind| identities.iter().find(|identity| identity.kind == kind);
    let found = of_kind(IdentityKind::Phone).or_else(|| of_kind(IdentityKind::Email)).or_else(|| identities.first())?;
    let value = &*found.value;
    let first = |chars: usize| value.chars().take(chars).collect::<String>();
    Some(match (found.kind, value.split_once('@')) {
        (IdentityKind::Phone, _) if value.len() >= 8 && value.is_ascii() => masked_phone(value),
        (IdentityKind::Email, Some((name, host))) => {
            format!("{}···@{host}", name.chars().take(2).collect::<String>())
        }
        (IdentityKind::ExternalId, _) if value.chars().count() <= 16 => value.to_owned(),
        (IdentityKind::ExternalId, _) => first(15) + "…",
        _ => first(3) + "···",
    })
}

/// `+7 999 ··· 67`. Only country codes of one digit can be told from the number without a table.
fn masked_phone(digits: &str) -> String {
    let tail = &digits[digits.len() - 2..];
    match digits.len() == 12 && (digits.starts_with("+7") || digits.starts_with("+1")) {
        true => format!("{} {} ··· {tail}", &digits[..2], &digits[2..5]),
        false => format!("{} ··· {tail}", &digits[..5]),
    }
}

#[cfg(test)]
mod tests;
