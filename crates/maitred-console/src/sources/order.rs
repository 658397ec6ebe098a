//! The order of the list of sources: as they were added, or by a column. For a column all of them are read with their
//! counters and sorted here, as operators are: only a program knows the letter case of every language, and counters
//! change all the time.

use crate::forms::Form;
use crate::periods;
use crate::texts::Texts;
use maitred_app::periods::Period;
use maitred_core::names::folded;
use maitred_core::{Source, SourceId};
use maitred_store::views::Page;
use maitred_web::AppState;
use maitred_web::problem::Problem;
use std::cmp::Ordering;

/// Sources of one page; each is read with its members and books.
pub(super) const SOURCES: usize = 20;
/// The most sources that are sorted.
const SOURCES_MAX: u32 = 20_000;
const PATH: &str = "/sources";

/// What the list can be sorted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Column {
    Name,
    Arrived,
    Waiting,
}

impl Column {
    const ALL: [Self; 3] = [Self::Name, Self::Arrived, Self::Waiting];

    const fn word(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Arrived => "arrived",
            Self::Waiting => "waiting",
        }
    }

    /// Of numbers the largest are asked for first.
    const fn is_descending_first(self) -> bool {
        !matches!(self, Self::Name)
    }
}

/// The head of a column.
pub(super) struct Head {
    pub(super) text: String,
    /// Sorts by it, or the other way round.
    pub(super) address: String,
    /// How the list is sorted by it, as `aria-sort` has it; none if it is sorted otherwise.
    pub(super) sorted: Option<&'static str>,
}

/// Which part of the list, in which order, with the shares of which period.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Place {
    /// The column, and whether it goes down.
    sort: Option<(Column, bool)>,
    /// Behind this source, in the order in which they were added.
    after: Option<i64>,
    /// The page of a sorted list, the first being 0.
    page: usize,
    pub(super) period: Period,
}

/// A part of the list.
pub(super) struct Part {
    pub(super) sources: Vec<Source>,
    /// Where the next one is.
    pub(super) next: Option<String>,
}

impl Place {
    /// What an address asks for; what it says wrongly counts as not said.
    pub(super) fn of(form: &Form) -> Self {
        let column = Column::ALL.into_iter().find(|column| column.word() == form.value("sort"));
        let sort = column.map(|column| match form.value("order") {
            "asc" => (column, false),
            "desc" => (column, true),
            _ => (column, column.is_descending_first()),
        });
        let page = form.value("page").parse::<usize>().unwrap_or(1).clamp(1, SOURCES_MAX as usize) - 1;
        let page = if sort.is_some() { page } else { 0 };
        Self { sort, after: form.value("after").parse().ok(), page, period: periods::of_form(form.value("period")) }
    }

    /// The first part, with the shares of a period.
    pub(super) fn of_period(period: Period) -> Self {
        Self { period, ..Self::default() }
    }

    /// The address of the same part with the shares of another period.
    pub(super) fn with_period(&self, period: Period) -> String {
        Self { period, ..*self }.address()
    }

    pub(super) const fn is_first(&self) -> bool {
        self.page == 0 && (self.after.is_none() || self.sort.is_some())
    }

    /// The address of the first part.
    pub(super) fn top(&self) -> String {
        Self { after: None, page: 0, ..*self }.address()
    }

    pub(super) fn head(&self, t: Texts, column: Column, text: &str) -> Head {
        let sorted = self.sort.filter(|(by, _)| *by == column).map(|(_, is_descending)| is_descending);
        let is_descending = sorted.map_or(column.is_descending_first(), |is_descending| !is_descending);
        Head {
            text: t.t(text),
            address: Self { sort: Some((column, is_descending)), ..Self::of_period(self.period) }.address(),
            sorted: sorted.map(|is_descending| if is_descending { "descending" } else { "ascending" }),
        }
    }

    fn address(&self) -> String {
        let (after, page) = (self.after.map(|after| after.to_string()), (self.page + 1).to_string());
        let mut pairs = Vec::new();
        match self.sort {
            None => pairs.extend(after.as_deref().map(|after| ("after", after))),
            Some((column, is_descending)) => {
                pairs.push(("sort", column.word()));
                let order = if is_descending { "desc" } else { "asc" };
                pairs.extend((is_descending != column.is_descending_first()).then_some(("order", order)));
                pairs.extend((self.page > 0).then_some(("page", page.as_str())));
            }
        }
        pairs.extend((self.period != Period::default()).then_some(("period", self.period.as_str())));
        match serde_urlencoded::to_string(pairs) {
            Ok(query) if !query.is_empty() => format!("{PATH}?{query}"),
            _ => PATH.to_owned(),
        }
    }

    pub(super) async fn read(&self, state: &AppState) -> Result<Part, Problem> {
        let Some((column, is_descending)) = self.sort else { return self.as_added(state).await };
        let mut all: Vec<Counted> =
            state.store().sources_with_counts(SOURCES_MAX).await?.into_iter().map(Counted::from).collect();
        all.sort_unstable_by(|a, b| a.compare(b, column, is_descending));
        let has_more = all.len() > (self.page + 1) * SOURCES;
        let part = all.into_iter().skip(self.page * SOURCES).take(SOURCES);
        let next = has_more.then(|| Self { page: self.page + 1, ..*self }.address());
        Ok(Part { sources: part.map(|counted| counted.source).collect(), next })
    }

    async fn as_added(&self, state: &AppState) -> Result<Part, Problem> {
        let mut sources = state.store().sources(Page { limit: SOURCES as u32 + 1, after: self.after }).await?;
        let has_more = sources.len() > SOURCES;
        sources.truncate(SOURCES);
        let last = sources.last().filter(|_| has_more);
        let next = last.map(|source| Self { after: Some(source.id.0), ..Self::of_period(self.period) }.address());
        Ok(Part { sources, next })
    }
}

/// A source as it is sorted.
struct Counted {
    source: Source,
    name: String,
    arrived: u64,
    waiting: u64,
}

impl From<(Source, u64, u64)> for Counted {
    fn from((source, arrived, waiting): (Source, u64, u64)) -> Self {
        Self { name: folded(&source.name), source, arrived, waiting }
    }
}

impl Counted {
    fn key(&self) -> (&str, SourceId) {
        (&self.name, self.source.id)
    }

    /// Equals are in the order of names.
    fn compare(&self, other: &Self, column: Column, is_descending: bool) -> Ordering {
        let by_column = match column {
            Column::Name => self.name.cmp(&other.name),
            Column::Arrived => self.arrived.cmp(&other.arrived),
            Column::Waiting => self.waiting.cmp(&other.waiting),
        };
        let directed = if is_descending { by_column.reverse() } else { by_column };
        directed.then_with(|| self.key().cmp(&other.key()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(query: &str) -> Place {
        Place::of(&Form::of_query(query))
    }

    #[test]
    fn an_address_says_only_what_is_not_usual() {
        for (query, address) in [
            ("", "/sources"),
            ("after=7", "/sources?after=7"),
            ("sort=waiting&page=2", "/sources?sort=waiting&page=2"),
            ("sort=waiting&order=desc&page=1&after=7", "/sources?sort=waiting"),
            ("sort=name&order=desc", "/sources?sort=name&order=desc"),
            ("sort=salary&page=3", "/sources"),
            ("sort=name&period=today", "/sources?sort=name&period=today"),
        ] {
            assert_eq!(place(query).address(), address, "{query}");
        }
        assert!(place("sort=name&after=7").is_first() && !place("after=7").is_first());
        assert_eq!(place("sort=arrived&page=3").top(), "/sources?sort=arrived");
    }
}
