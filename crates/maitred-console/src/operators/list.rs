//! `/operators`: all operators as a table, found by the beginnings of words and sorted by any column. The whole of
//! it is read and sorted here: only a program knows the letter case of every language, and loads change all the time.

use super::with_back;
use crate::ConsoleState;
use crate::forms::Form;
use crate::loads::Load;
use crate::pauses::{self, Paused};
use crate::shell::{Page as Shell, Section, Viewer};
use crate::shifts::OffShift;
use crate::times;
use askama::Template;
use axum::extract::{RawQuery, State};
use axum::response::Response;
use maitred_core::Operator;
use maitred_core::names::folded;
use maitred_web::AppState;
use maitred_web::problem::Problem;
use maitred_web::routes::Routes;
use maitred_web::rules::STAFF;
use std::cmp::Ordering;

const PATH: &str = "/operators";
/// Operators on one page.
const ROWS: usize = 100;
/// The most operators that are searched and sorted.
const OPERATORS_MAX: u32 = 20_000;
const PAGES_MAX: usize = OPERATORS_MAX as usize / ROWS;
/// The most characters of a search; the rest is not looked at.
const SEARCH_CHARS_MAX: usize = 254;

pub(super) fn routes() -> Routes<ConsoleState> {
    Routes::new().get(PATH, STAFF, show).get("/operators.csv", STAFF, super::file::send)
}

/// `GET /operators`
async fn show(viewer: Viewer, State(state): State<AppState>, RawQuery(raw): RawQuery) -> Result<Response, Problem> {
    let query = Query::read(&raw.unwrap_or_default());
    let (operators, is_cut) = all(&state).await?;
    viewer.show(&ListPage::new(&viewer, &query, operators, is_cut))
}

/// All operators that are searched, and whether there are more.
async fn all(state: &AppState) -> Result<(Vec<(Operator, u64)>, bool), Problem> {
    let mut operators = state.store().operators_with_sources(OPERATORS_MAX + 1).await?;
    let is_cut = operators.len() > OPERATORS_MAX as usize;
    operators.truncate(OPERATORS_MAX as usize);
    Ok((operators, is_cut))
}

/// Those whom an address asks for, in its order, each with the number of sources they get contacts from.
pub(super) async fn found(state: &AppState, raw: &str) -> Result<Vec<(Operator, u64)>, Problem> {
    let found = Query::read(raw).found(all(state).await?.0);
    Ok(found.into_iter().map(|listed| (listed.operator, listed.sources)).collect())
}

/// What a table can be sorted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Column {
    Name,
    ExternalId,
    /// Active ones first.
    State,
    /// How much of the limit is used.
    Load,
    Sources,
    Last,
}

impl Column {
    const ALL: [Self; 6] = [Self::Name, Self::ExternalId, Self::State, Self::Load, Self::Sources, Self::Last];

    /// The word in the address, which is that of the API's field if there is one.
    const fn word(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::ExternalId => "external_id",
            Self::State => "is_active",
            Self::Load => "load",
            Self::Sources => "sources",
            Self::Last => "last_assigned_at",
        }
    }

    const fn text(self) -> &'static str {
        match self {
            Self::Name => "operator-name",
            Self::ExternalId => "operator-external-id",
            Self::State => "operators-state",
            Self::Load => "candidates-load",
            Self::Sources => "nav-sources",
            Self::Last => "operator-last",
        }
    }

    /// Of numbers and times the largest are asked for first.
    const fn is_descending_first(self) -> bool {
        matches!(self, Self::Load | Self::Sources | Self::Last)
    }
}

/// What the address asks for; what it says wrongly counts as not said.
struct Query {
    /// As it was typed.
    form: Form,
    column: Column,
    is_descending: bool,
    /// From 1 to [`PAGES_MAX`].
    page: usize,
}

impl Query {
    fn read(raw: &str) -> Self {
        let form = Form::of_query(raw);
        let column = Column::ALL.into_iter().find(|column| column.word() == form.value("sort"));
        let column = column.unwrap_or(Column::Name);
        let is_descending = match form.value("order") {
            "asc" => false,
            "desc" => true,
            _ => column.is_descending_first(),
        };
        let page = form.value("page").parse().unwrap_or(1).clamp(1, PAGES_MAX);
        Self { form, column, is_descending, page }
    }

    const fn rows_before(&self) -> usize {
        (self.page - 1) * ROWS
    }

    fn search(&self) -> &str {
        self.form.value("q").trim()
    }

    /// The words that are searched for.
    fn words(&self) -> Vec<String> {
        let text: String = self.search().chars().take(SEARCH_CHARS_MAX).collect();
        folded(&text).split_whitespace().map(ToOwned::to_owned).collect()
    }

    fn found(&self, operators: Vec<(Operator, u64)>) -> Vec<Listed> {
        let words = self.words();
        let listed = operators.into_iter().map(Listed::new);
        let mut found: Vec<Listed> = listed.filter(|listed| listed.is_found_by(&words)).collect();
        found.sort_unstable_by(|a, b| a.compare(b, self.column, self.is_descending));
        found
    }

    /// What a search keeps of the address.
    fn order(&self) -> impl Iterator<Item = (&str, &str)> {
        order(self.column, self.is_descending)
    }

    /// The address of a page of what was searched for.
    fn address(&self, column: Column, is_descending: bool, page: usize) -> String {
        let page = if page > 1 { page.to_string() } else { String::new() };
        let mut pairs = vec![("q", self.search()), ("page", &page)];
        pairs.retain(|(_, value)| !value.is_empty());
        pairs.extend(order(column, is_descending));
        address(&pairs)
    }

    /// The address of all operators in the same order.
    fn address_of_all(&self) -> String {
        address(&self.order().collect::<Vec<_>>())
    }
}

/// The parameters that say how the table is sorted; those that would say what holds anyway are left out.
fn order<'a>(column: Column, is_descending: bool) -> impl Iterator<Item = (&'a str, &'a str)> {
    let sort = (column != Column::Name).then_some(("sort", column.word()));
    let direction = if is_descending { "desc" } else { "asc" };
    let order = (is_descending != column.is_descending_first()).then_some(("order", direction));
    sort.into_iter().chain(order)
}

fn address(pairs: &[(&str, &str)]) -> String {
    match serde_urlencoded::to_string(pairs) {
        Ok(query) if !query.is_empty() => format!("{PATH}?{query}"),
        _ => PATH.to_owned(),
    }
}

/// An operator as they are found and sorted.
struct Listed {
    operator: Operator,
    /// From how many sources they get contacts.
    sources: u64,
    name: String,
    external_id: Option<String>,
}

impl Listed {
    fn new((operator, sources): (Operator, u64)) -> Self {
        let (name, external_id) = (folded(&operator.name), operator.external_id.as_deref().map(folded));
        Self { operator, sources, name, external_id }
    }

    /// Whether every word is the beginning of a word of the name or the external id.
    fn is_found_by(&self, words: &[String]) -> bool {
        let texts = || std::iter::once(&self.name).chain(&self.external_id);
        words.iter().all(|word| texts().any(|text| has_word(text, word)))
    }

    /// Millionths of the limit that are used, then how many that are.
    fn fullness(&self) -> (u64, u32) {
        let (held, most) = (self.operator.current_load, self.operator.max_load);
        (u64::from(held) * 1_000_000 / u64::from(most.max(1)), held)
    }

    /// Equals are in the order of names; those without a value are last in either direction.
    fn compare(&self, other: &Self, column: Column, is_descending: bool) -> Ordering {
        let directed = |order: Ordering| if is_descending { order.reverse() } else { order };
        let by_column = match column {
            Column::Name => directed(self.name.cmp(&other.name)),
            Column::ExternalId => some_first(&self.external_id, &other.external_id, directed),
            Column::State => directed(pauses::is_on(&other.operator).cmp(&pauses::is_on(&self.operator))),
            Column::Load => directed(self.fullness().cmp(&other.fullness())),
            Column::Sources => directed(self.sources.cmp(&other.sources)),
            Column::Last => some_first(&self.operator.last_assigned_at, &other.operator.last_assigned_at, directed),
        };
        by_column.then_with(|| self.name.cmp(&other.name)).then(self.operator.id.cmp(&other.operator.id))
    }
}

fn some_first<T: Ord>(a: &Option<T>, b: &Option<T>, directed: impl Fn(Ordering) -> Ordering) -> Ordering {
    match (a, b) {
        (Some(a), Some(b)) => directed(a.cmp(b)),
        (a, b) => a.is_none().cmp(&b.is_none()),
    }
}

fn has_word(text: &str, beginning: &str) -> bool {
    let is_start = |at: usize| !text[..at].ends_with(char::is_alphanumeric);
    text.char_indices().any(|(at, _)| is_start(at) && text[at..].starts_with(beginning))
}

#[derive(Template)]
#[template(path = "operators/list.html")]
struct ListPage<'a> {
    page: Shell<'a>,
    query: &'a Query,
    rows: Vec<Row>,
    /// How many were found, on all pages.
    found: usize,
    /// Whether there are more operators than are searched.
    is_cut: bool,
}

struct Row {
    operator: Operator,
    load: Load,
    sources: u64,
    last: Option<String>,
    /// Whether they get new contacts.
    gets_contacts: bool,
    paused: Option<Paused>,
    off_shift: Option<OffShift>,
}

/// The head of a column.
struct Head {
    text: String,
    hint: Option<String>,
    is_figure: bool,
    /// Sorts by it, or the other way round.
    address: String,
    /// How the table is sorted by it, as `aria-sort` has it; none if it is sorted by another.
    sorted: Option<&'static str>,
}

impl<'a> ListPage<'a> {
    fn new(viewer: &'a Viewer, query: &'a Query, operators: Vec<(Operator, u64)>, is_cut: bool) -> Self {
        let found = query.found(operators);
        let count = found.len();
        let row = |Listed { operator, sources, .. }: Listed| Row {
            load: Load::of(&operator),
            sources,
            last: operator.last_assigned_at.map(|at| times::ago(viewer.t, viewer.now, at)),
            gets_contacts: pauses::gets_contacts(&operator, viewer.now),
            paused: Paused::of(viewer.t, &viewer.zone, &operator, viewer.now),
            off_shift: OffShift::of(viewer.t, &viewer.zone, &operator, viewer.now),
            operator,
        };
        let rows = found.into_iter().skip(query.rows_before()).take(ROWS).map(row).collect();
        let page = viewer.page(viewer.t.t("operators-all"), Section::Operators);
        Self { page, query, rows, found: count, is_cut }
    }

    const fn path(&self) -> &'static str {
        PATH
    }

    const fn searched(&self) -> u32 {
        OPERATORS_MAX
    }

    fn add(&self) -> String {
        with_back("/operators/new", &self.page.viewer.here)
    }

    fn edit(&self, row: &Row) -> String {
        with_back(&format!("/operators/{}", row.operator.id), &self.page.viewer.here)
    }

    fn heads(&self) -> impl Iterator<Item = Head> {
        let (t, query) = (self.page.t, self.query);
        Column::ALL.into_iter().map(move |column| {
            let is_sorted = column == query.column;
            let is_descending = if is_sorted { !query.is_descending } else { column.is_descending_first() };
            Head {
                text: t.t(column.text()),
                hint: (column == Column::Sources).then(|| t.t("operators-sources-hint")),
                is_figure: matches!(column, Column::Sources | Column::Last),
                address: query.address(column, is_descending, 1),
                sorted: is_sorted.then_some(if query.is_descending { "descending" } else { "ascending" }),
            }
        })
    }

    /// How many were found, or which of them are shown if not all are.
    fn count(&self) -> String {
        let (t, shown, first) = (self.page.t, self.rows.len(), self.query.rows_before() + 1);
        let numbers = [("from", first), ("to", first + shown - 1), ("all", self.found)];
        match self.query.search() {
            _ if shown < self.found => {
                t.with("candidates-range", numbers.map(|(name, number)| (name, t.number(number).into())))
            }
            "" => t.n("operators-count", self.found as u64),
            _ => t.n("operators-found", self.found as u64),
        }
    }

    /// All that were found as a file.
    fn file(&self) -> String {
        self.page_at(1).replacen(PATH, "/operators.csv", 1)
    }

    fn page_at(&self, page: usize) -> String {
        self.query.address(self.query.column, self.query.is_descending, page)
    }

    fn before(&self) -> Option<String> {
        (self.query.page > 1 && !self.rows.is_empty()).then(|| self.page_at(self.query.page - 1))
    }

    fn behind(&self) -> Option<String> {
        (self.query.rows_before() + ROWS < self.found).then(|| self.page_at(self.query.page + 1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use maitred_core::command::NewOperator;
    use maitred_core::{OperatorId, Timestamp};
    use rstest::rstest;

    fn listed(id: i64, name: &str, external_id: Option<&str>) -> Listed {
        let new = NewOperator { external_id: external_id.map(Into::into), ..NewOperator::named(name) };
        let operator = Operator::new(OperatorId(id), new, Timestamp(0));
        Listed::new((operator, 0))
    }

    #[rstest]
    #[case("", true)]
    #[case("вол", true)]
    #[case("ПЕТР вол", true)]
    #[case("семен", true)]
    #[case("CRM-7", true)]
    #[case("7", true)]
    #[case("crm вол", true)]
    #[case("олк", false)]
    #[case("вол анна", false)]
    #[case("rm", false)]
    fn words_are_found_by_their_beginnings(#[case] typed: &str, #[case] is_found: bool) {
        let query = Query::read(&serde_urlencoded::to_string([("q", typed)]).expect("a query"));
        assert_eq!(listed(1, "Волков-Петров Семён", Some("crm-7")).is_found_by(&query.words()), is_found);
    }

    /// Ids in the order of a column.
    fn sorted(operators: impl IntoIterator<Item = Listed>, column: Column, is_descending: bool) -> Vec<i64> {
        let mut all: Vec<Listed> = operators.into_iter().collect();
        all.sort_unstable_by(|a, b| a.compare(b, column, is_descending));
        all.into_iter().map(|listed| listed.operator.id.0).collect()
    }

    #[test]
    fn those_without_a_value_are_last_and_equals_are_in_the_order_of_names() {
        let all = || [listed(1, "b", None), listed(2, "A", Some("y")), listed(3, "c", Some("X")), listed(4, "a", None)];
        assert_eq!(sorted(all(), Column::Name, false), [2, 4, 1, 3]);
        assert_eq!(sorted(all(), Column::Name, true), [3, 1, 2, 4]);
        assert_eq!(sorted(all(), Column::ExternalId, false), [3, 2, 4, 1]);
        assert_eq!(sorted(all(), Column::ExternalId, true), [2, 3, 4, 1]);
    }

    #[test]
    fn loads_are_compared_by_how_much_of_the_limit_they_are() {
        let all = || {
            [(1, 5, 10), (2, 4, 5), (3, 1, 2), (4, 0, 0), (5, 3, 0)].map(|(id, held, most)| {
                let mut listed = listed(id, "same", None);
                (listed.operator.current_load, listed.operator.max_load) = (held, most);
                listed
            })
        };
        assert_eq!(sorted(all(), Column::Load, true), [5, 2, 1, 3, 4]);
        assert_eq!(sorted(all(), Column::Load, false), [4, 3, 1, 2, 5]);
    }

    #[test]
    fn an_address_says_only_what_is_not_usual() {
        let query = Query::read("q=+vera+&sort=load&order=&page=3");
        assert_eq!((query.column, query.is_descending, query.page), (Column::Load, true, 3));
        assert_eq!(query.address(Column::Load, true, 1), format!("{PATH}?q=vera&sort=load"));
        assert_eq!(query.address(Column::Load, false, 2), format!("{PATH}?q=vera&page=2&sort=load&order=asc"));
        assert_eq!(Query::read("sort=salary&order=up&page=0").address(Column::Name, false, 1), PATH);
    }
}
