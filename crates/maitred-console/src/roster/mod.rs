//! Who may get contacts now, until when, and who may next, in a line or two: on the board of all operators, on the page
//! of a source of its members, and wherever it is said why contacts wait. Who that is comes from
//! [`maitred_app::availability`].

use crate::texts::Texts;
use crate::times;
use askama::Template;
use jiff::tz::TimeZone;
use maitred_app::availability::Roster;
use maitred_core::{Operator, OperatorId, SourceId, Timestamp};
use maitred_store::views::SourceBook;
use maitred_web::problem::Problem;
use std::sync::Arc;

/// A roster with the names of those who are in it.
#[derive(Clone, Debug)]
pub(crate) struct Named {
    now: Vec<(OperatorId, Arc<str>, Option<Timestamp>)>,
    now_count: usize,
    /// How many it is of.
    of: usize,
    pub(crate) next: Vec<(OperatorId, Arc<str>, Timestamp)>,
}

impl Named {
    /// Of some operators, by contacts of a source or of any. The operators are in the order of their ids.
    pub(crate) fn of(operators: &[&Operator], source: Option<SourceId>, at: Timestamp) -> Self {
        let name = |id: OperatorId| {
            let place = operators.binary_search_by_key(&id, |operator| operator.id).ok()?;
            Some(operators[place].name.clone())
        };
        let roster = Roster::of(operators.iter().copied(), source, at);
        let now = roster.now.into_iter().filter_map(|(id, until)| Some((id, name(id)?, until)));
        let next = roster.next.into_iter().filter_map(|(id, from)| Some((id, name(id)?, from)));
        Self { now: now.collect(), now_count: roster.now_count, of: operators.len(), next: next.collect() }
    }

    /// Of those who serve a source with a weight.
    pub(crate) fn of_source(book: &SourceBook, at: Timestamp) -> Self {
        let with_weight: Vec<&Operator> =
            book.members.iter().filter(|(_, weight)| *weight > 0).map(|(operator, _)| operator).collect();
        Self::of(&with_weight, Some(book.source.id), at)
    }

    /// The same in a few words: how many may get contacts, or who is the first who may again.
    ///
    /// # Errors
    /// When the template fails.
    pub(crate) fn short(&self, t: Texts, now: Timestamp) -> askama::Result<String> {
        Short { t, now, named: self }.render()
    }

    /// As html, an element with this id; the script puts times into the zone of the browser. `is_cut`: there are more
    /// operators than it is of.
    ///
    /// # Errors
    /// When the template fails.
    pub(crate) fn html(&self, t: Texts, now: Timestamp, id: &'static str, is_cut: bool) -> Result<String, Problem> {
        Shown { t, now, id, is_cut, named: self }.render().map_err(|error| Problem::internal(&error))
    }
}

#[derive(Template)]
#[template(path = "roster/roster.html")]
struct Shown<'a> {
    t: Texts,
    now: Timestamp,
    id: &'static str,
    is_cut: bool,
    named: &'a Named,
}

#[derive(Template)]
#[template(path = "roster/short.html")]
struct Short<'a> {
    t: Texts,
    now: Timestamp,
    named: &'a Named,
}

impl Short<'_> {
    fn soon(&self, at: &Timestamp) -> String {
        soon(self.t, self.now, *at)
    }
}

impl Shown<'_> {
    /// Those who are not named.
    const fn more(&self) -> usize {
        self.named.now_count - self.named.now.len()
    }

    fn soon(&self, at: &Timestamp) -> String {
        soon(self.t, self.now, *at)
    }
}

/// A moment on a page that may be made once for everybody: the script puts it into the zone of the browser.
pub(crate) fn soon(t: Texts, now: Timestamp, at: Timestamp) -> String {
    times::soon(t, &TimeZone::UTC, now, at)
}
