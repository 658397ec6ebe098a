//! `/sources`: all of them in pages, and while they and the operators are few, the matrix of all weights, each row of
//! which is a form.

use super::order::{Column, Head, Place};
use super::weights::{self, Cell};
use super::{country, kind_name, one, policy_name};
use crate::forms::{Form, status};
use crate::periods::{self, Periods};
use crate::roster::Named;
use crate::shell::{Page as Shell, Section, Viewer, see_other};
use crate::why_waiting::next_look;
use askama::Template;
use axum::extract::{RawQuery, State};
use axum::response::Response;
use maitred_app::identity::Region;
use maitred_app::stats::distribution;
use maitred_core::{Operator, Source};
use maitred_store::views::{Covered, Page, SourceBook};
use maitred_web::AppState;
use maitred_web::problem::Problem;
use maitred_web::problem::refusals::unknown;

/// Phones that could not be read are counted up to here.
const UNREAD_MAX: u64 = 10_000;
/// The most operators that the matrix shows, and the most cells: a page of a thousand is about a megabyte.
const OPERATORS_MAX: usize = 200;
const CELLS_MAX: usize = 1_200;

#[derive(Template)]
#[template(path = "sources/sources.html")]
struct SourcesPage<'a> {
    page: Shell<'a>,
    books: &'a [SourceBook],
    /// The operators, which are the columns of the matrix.
    operators: &'a [Operator],
    /// A row for each source, if there are few enough.
    matrix: Vec<Row<'a>>,
    place: Place,
    /// Where the next page is, if there is one.
    next: Option<&'a str>,
    /// The period of the shares, and the links to others, as html.
    periods: String,
    /// The country of sources that have none of their own.
    region: Option<Region>,
    /// Stored phones that could not be read, up to [`UNREAD_MAX`].
    unread: u64,
}

/// One source in the matrix.
struct Row<'a> {
    source: &'a Source,
    waiting: u64,
    cells: Vec<Cell>,
    /// Said if nobody gets contacts by the stored weights.
    nobody: Option<String>,
    /// What is wrong with it as a whole.
    error: Option<&'a str>,
}

impl SourcesPage<'_> {
    fn head_of_names(&self) -> Head {
        self.place.head(self.page.t, Column::Name, "source")
    }

    fn head_of_arrived(&self) -> Head {
        self.place.head(self.page.t, Column::Arrived, "source-arrived")
    }

    fn head_of_waiting(&self) -> Head {
        self.place.head(self.page.t, Column::Waiting, "source-waits")
    }

    fn kind(&self, source: &Source) -> String {
        kind_name(self.page.t, source.kind)
    }

    fn is_closed(&self, source: &Source) -> bool {
        source.closed_by_hours(self.page.viewer.now).is_some()
    }

    fn policy(&self, source: &Source) -> String {
        policy_name(self.page.t, source.policy)
    }

    /// How many rows are not saved, for each number that there can be.
    fn counts(&self) -> String {
        let count = |rows| self.page.t.n("unsaved-rows", rows);
        (1..=self.matrix.len()).map(count).collect::<Vec<_>>().join("|")
    }

    fn country(&self, source: &Source) -> Option<String> {
        country(self.page.t, source, self.region)
    }

    /// How many phones could not be read, in words; empty if all could.
    fn unread(&self) -> String {
        match self.unread {
            0 => String::new(),
            1..UNREAD_MAX => self.page.t.n("phones-unread", self.unread),
            _ => self.page.t.n("phones-unread-many", UNREAD_MAX),
        }
    }

    /// The page of a source with the same period.
    fn of_source(&self, source: &Source) -> String {
        periods::address(&format!("/sources/{}", source.id), self.place.period, &[])
    }

    /// Who may get contacts of a source now, or next, as html.
    fn roster(&self, book: &SourceBook) -> askama::Result<String> {
        let now = self.page.viewer.now;
        Named::of_source(book, now).short(self.page.t, now)
    }

    /// What a field of the matrix is called.
    fn label(&self, source: &Source, cell: &Cell) -> String {
        let values = [("it", cell.name.to_string().into()), ("source", source.name.to_string().into())];
        self.page.t.with("weight-of", values)
    }
}

/// What the page shows, as values.
struct Data {
    books: Vec<SourceBook>,
    next: Option<String>,
    /// The operators, one more than the matrix can show if there are more.
    operators: Vec<Operator>,
    place: Place,
    region: Option<Region>,
    unread: u64,
}

impl Data {
    async fn read(viewer: &Viewer, state: &AppState, place: Place) -> Result<Self, Problem> {
        let store = state.store();
        let part = place.read(state).await?;
        let mut books = Vec::with_capacity(part.sources.len());
        for source in part.sources {
            // One that was deleted a moment ago is left out.
            books.extend(store.source_book_in(source.id, periods::span(viewer, place.period)).await?);
        }
        let operators = store.operators(Page { limit: OPERATORS_MAX as u32 + 1, after: None }).await?;
        let region = state.app().regions().of_deployment();
        let unread = store.unread_phones(UNREAD_MAX as u32).await?;
        Ok(Self { books, next: part.next, operators, place, region, unread })
    }

    fn has_matrix(&self) -> bool {
        let (sources, operators) = (self.books.len(), self.operators.len());
        let is_whole = self.place.is_first() && self.next.is_none() && operators <= OPERATORS_MAX;
        is_whole && (1..=CELLS_MAX).contains(&(sources * operators))
    }
}

/// `GET /sources`
pub(super) async fn show(
    viewer: Viewer,
    State(state): State<AppState>,
    RawQuery(raw): RawQuery,
) -> Result<Response, Problem> {
    let place = Place::of(&Form::of_query(&raw.unwrap_or_default()));
    show_with(&viewer, &Data::read(&viewer, &state, place).await?, &Form::default())
}

fn show_with(viewer: &Viewer, data: &Data, form: &Form) -> Result<Response, Problem> {
    let row = |book| row(viewer, book, &data.operators, form);
    let matrix = if data.has_matrix() { data.books.iter().map(row).collect() } else { Vec::new() };
    let covered: Vec<Covered> = data.books.iter().map(|book| book.covered).collect();
    let periods = Periods::new(viewer, data.place.period, &covered, |period| data.place.with_period(period));
    let page = viewer.page(viewer.t.t("nav-sources"), Section::Sources).live("/live/changes");
    let page = page.again_at(data.books.iter().filter_map(|book| next_look(book, viewer.now)).min());
    let shown = SourcesPage {
        page,
        books: &data.books,
        operators: &data.operators,
        matrix,
        place: data.place,
        next: data.next.as_deref(),
        periods: periods.render().map_err(|error| Problem::internal(&error))?,
        region: data.region,
        unread: data.unread,
    };
    viewer.show_as(status(form), &shown)
}

fn row<'a>(viewer: &Viewer, book: &'a SourceBook, operators: &[Operator], form: &'a Form) -> Row<'a> {
    let typed = Some(form).filter(|form| form.value("source") == book.source.id.to_string());
    Row {
        source: &book.source,
        waiting: book.counts.all_waiting(),
        cells: weights::cells(viewer.t, &distribution(book), operators, typed),
        nobody: weights::nobody(viewer.t, book),
        error: typed.and_then(|form| form.refusal().or_else(|| form.error("weights"))),
    }
}

/// `POST /sources`: saves a row of the matrix.
pub(super) async fn save(viewer: Viewer, State(state): State<AppState>, mut form: Form) -> Result<Response, Problem> {
    let id = form.value("source").parse().map_err(|_| unknown("source", &form.value("source")))?;
    let period = periods::of_form(form.value("period"));
    let book = one::book(&viewer, &state, id, period).await?;
    if weights::save(&state, viewer.t, &book, &mut form).await? {
        return see_other(&Place::of_period(period).top());
    }
    let data = Data::read(&viewer, &state, Place::of_period(period)).await?;
    match data.has_matrix() {
        true => show_with(&viewer, &data, &form),
        // There are too many sources or operators for the matrix now.
        false => one::show_with(&viewer, &state, &book, one::Place::of(period), Some(&form)).await,
    }
}
