//! `/sources/{id}`: who serves a source with which weight, as a table to be typed into, beside what each received in a
//! period and was entitled to in it; and in plain words whether the shares follow the weights.

use super::next::Next;
use super::opening::Opening;
use super::weights::{self, Cell, Share, decimal};
use super::{country, kind_name, policy_name};
use crate::forms::{Form, status};
use crate::periods::{self, Periods};
use crate::shell::{Page as Shell, Section, Viewer, see_other};
use crate::texts::Texts;
use crate::why_waiting::next_look;
use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use maitred_app::periods::Period;
use maitred_app::stats::{Distribution, distribution};
use maitred_core::{Operator, OperatorId, Policy, Source, SourceId, SourceKind};
use maitred_store::views::{Page, SourceBook};
use maitred_web::AppState;
use maitred_web::params::{self, Ids, Params};
use maitred_web::problem::Problem;
use maitred_web::problem::refusals::unknown;
use std::ops::RangeInclusive;
use std::sync::Arc;

/// Operators of one page of the table.
const OPERATORS: usize = 500;
/// Below this a draw as fair as can be is hardly ever: one in a thousand.
const P_VALUE_ODD: f64 = 0.001;
/// Below this it is unusual.
const P_VALUE_RARE: f64 = 0.05;
/// An operator entitled to less than this makes the chi-square rough.
const ENTITLED_LEAST: f64 = 5.0;

#[derive(Template)]
#[template(path = "sources/source.html")]
struct SourcePage<'a> {
    page: Shell<'a>,
    book: &'a SourceBook,
    /// Where the form goes: here, with the same operators.
    here: String,
    cells: Vec<Cell>,
    /// Said if nobody gets contacts by the stored weights.
    nobody: Option<String>,
    /// Those who received something and serve it no longer, or are deleted.
    former: Vec<(Arc<str>, Share)>,
    /// The weights of members on other pages of the table.
    rest: u64,
    is_later: bool,
    /// Where the next page begins, if there is one.
    next: Option<i64>,
    /// The period of the shares, and the links to others, as html.
    periods: String,
    period_name: String,
    place: Place,
    verdict: Verdict,
    figures: Figures,
    upcoming: Next,
    /// Whether it is open now, if it has hours.
    hours: Option<Opening>,
    /// Where its contacts go while it is closed.
    fallback: Option<Source>,
    /// In which country its phones are read, in words.
    country: Option<String>,
    /// What is wrong with its bot, and what helps.
    fault: Option<String>,
    /// What is wrong with the table as a whole.
    error: Option<&'a str>,
}

/// Whether the shares follow the weights, in plain words.
struct Verdict {
    text: String,
    /// How sure it is: `good`, `calm` or `warn`.
    mood: &'static str,
}

/// The statistics behind it, spelled; a dash where there is none.
struct Figures {
    received: String,
    chi_square: String,
    freedom: u32,
    p_value: String,
    jain: String,
}

impl SourcePage<'_> {
    fn kind(&self) -> String {
        kind_name(self.page.t, self.book.source.kind)
    }

    fn is_telegram(&self) -> bool {
        self.book.source.kind == SourceKind::Telegram
    }

    fn policy(&self) -> String {
        policy_name(self.page.t, self.book.source.policy)
    }

    /// The address of another part of the table.
    fn part(&self, after: Option<i64>) -> String {
        Place { after, ..self.place }.address(self.book.source.id)
    }
}

/// Which part of the table is shown, and of which period.
#[derive(Clone, Copy, Default)]
pub(super) struct Place {
    after: Option<i64>,
    period: Period,
}

impl Place {
    /// The beginning of the table.
    pub(super) const fn of(period: Period) -> Self {
        Self { after: None, period }
    }

    fn read(mut params: Params) -> Result<Self, Problem> {
        let after = params.optional("after", params::id);
        let period = periods::read(&mut params);
        params.optional("lang", |_| Ok(()));
        params.finish()?;
        Ok(Self { after, period })
    }

    fn address(self, source: SourceId) -> String {
        let after: Vec<_> = self.after.map(|after| ("after", after.to_string())).into_iter().collect();
        periods::address(&format!("/sources/{source}"), self.period, &after)
    }
}

/// The book of a source with the shares of a period.
pub(super) async fn book(viewer: &Viewer, state: &AppState, id: i64, period: Period) -> Result<SourceBook, Problem> {
    let book = state.store().source_book_in(SourceId(id), periods::span(viewer, period)).await?;
    book.ok_or_else(|| unknown("source", &id))
}

/// `GET /sources/{id}`
pub(super) async fn show(
    viewer: Viewer,
    State(state): State<AppState>,
    Ids([id]): Ids<1>,
    params: Params,
) -> Result<Response, Problem> {
    let place = Place::read(params)?;
    show_with(&viewer, &state, &book(&viewer, &state, id, place.period).await?, place, None).await
}

/// `POST /sources/{id}`: saves its table.
pub(super) async fn save(
    viewer: Viewer,
    State(state): State<AppState>,
    Ids([id]): Ids<1>,
    params: Params,
    mut form: Form,
) -> Result<Response, Problem> {
    let place = Place::read(params)?;
    let book = book(&viewer, &state, id, place.period).await?;
    if weights::save(&state, viewer.t, &book, &mut form).await? {
        return see_other(&place.address(book.source.id));
    }
    show_with(&viewer, &state, &book, place, Some(&form)).await
}

/// The page, with what was typed if a form says so.
///
/// # Errors
/// When the store cannot be read.
pub(super) async fn show_with(
    viewer: &Viewer,
    state: &AppState,
    book: &SourceBook,
    place: Place,
    typed: Option<&Form>,
) -> Result<Response, Problem> {
    let (t, id) = (viewer.t, book.source.id);
    let mut operators = state.store().operators(Page { limit: OPERATORS as u32 + 1, after: place.after }).await?;
    let has_more = operators.len() > OPERATORS;
    operators.truncate(OPERATORS);
    let next = operators.last().filter(|_| has_more).map(|operator| operator.id.0);
    let span = place.after.unwrap_or(0) + 1..=next.unwrap_or(i64::MAX);
    let figures = distribution(book);
    let page = viewer.page(book.source.name.to_string(), Section::Sources);
    let shown = SourcePage {
        page: page.live(&format!("/live/changes?source_id={id}&staff=true")).again_at(next_look(book, viewer.now)),
        book,
        here: place.address(id),
        cells: in_order(weights::cells(t, &figures, &operators, typed)),
        nobody: weights::nobody(t, book),
        former: former(t, &figures, &operators, &span),
        rest: rest(book, &span),
        is_later: place.after.is_some(),
        next,
        periods: links(viewer, book, place).render().map_err(|error| Problem::internal(&error))?,
        period_name: periods::name(t, place.period),
        place,
        verdict: verdict(t, &figures),
        figures: spelled(t, &figures),
        upcoming: Next::read(viewer, state, book).await?,
        hours: Opening::of(viewer, &book.source),
        fallback: match book.source.fallback {
            Some(fallback) => state.store().source(fallback).await?,
            None => None,
        },
        fault: crate::telegram::fault_of(state, t, id).await?,
        country: country(t, &book.source, state.app().regions().of_deployment()),
        error: typed.and_then(|form| form.refusal().or_else(|| form.error("weights"))),
    };
    viewer.show_as(typed.map_or(StatusCode::OK, status), &shown)
}

fn links(viewer: &Viewer, book: &SourceBook, place: Place) -> Periods {
    let address = |period| Place { period, ..place }.address(book.source.id);
    Periods::new(viewer, place.period, &[book.covered], address)
}

/// Members first.
fn in_order(mut cells: Vec<Cell>) -> Vec<Cell> {
    cells.sort_by_key(|cell| !cell.is_member);
    cells
}

/// Those in the books within a span of ids who are not operators any more; the others are in the table.
fn former(
    t: Texts,
    figures: &Distribution,
    operators: &[Operator],
    span: &RangeInclusive<i64>,
) -> Vec<(Arc<str>, Share)> {
    let full = weights::full(figures);
    let is_operator = |id: OperatorId| operators.binary_search_by_key(&id, |operator| operator.id).is_ok();
    let gone = figures.operators.iter().filter(|s| span.contains(&s.operator_id.0) && !is_operator(s.operator_id));
    gone.map(|share| (share.operator_name.clone(), Share::new(t, share, figures.received_total, full))).collect()
}

/// The weights outside a span of ids.
fn rest(book: &SourceBook, span: &RangeInclusive<i64>) -> u64 {
    let outside = book.members.iter().filter(|(operator, _)| !span.contains(&operator.id.0));
    outside.map(|(_, weight)| u64::from(*weight)).sum()
}

fn verdict(t: Texts, figures: &Distribution) -> Verdict {
    let said = |key: &str, mood| Verdict { text: t.t(key), mood };
    let Some(p_value) = figures.p_value else { return said("fair-none", "calm") };
    let is_rough = figures.operators.iter().any(|o| o.entitled > 0.0 && o.entitled < ENTITLED_LEAST);
    match figures.policy {
        Policy::SmoothWeighted => {
            let furthest = figures.operators.iter().map(|o| o.difference.abs()).fold(0.0, f64::max);
            Verdict { text: t.of("fair-turns", &decimal(t, furthest, 1)), mood: "calm" }
        }
        Policy::LeastLoaded | Policy::LongestIdle => said("fair-no-weights", "calm"),
        Policy::WeightedRandom if is_rough => said("fair-few", "calm"),
        Policy::WeightedRandom if p_value < P_VALUE_ODD => said("fair-odd", "warn"),
        Policy::WeightedRandom if p_value < P_VALUE_RARE => said("fair-rare", "calm"),
        Policy::WeightedRandom => said("fair-good", "good"),
    }
}

fn spelled(t: Texts, figures: &Distribution) -> Figures {
    let or_dash = |number: Option<f64>, places| number.map_or_else(|| "—".to_owned(), |n| decimal(t, n, places));
    Figures {
        received: t.number(figures.received_total),
        chi_square: or_dash(figures.chi_square, 2),
        freedom: figures.degrees_of_freedom.unwrap_or(0),
        p_value: or_dash(figures.p_value, 3),
        jain: or_dash(figures.jain, 3),
    }
}
