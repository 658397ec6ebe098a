//! Who may get contacts of a source over a time to come, and at one moment of it: by the reasons of
//! [`crate::availability`] and the hours of sources alone. How much somebody will have, and whether they will be heard
//! from, nobody knows. Somebody is *there* if nothing is against it but how much they hold, or got by a cap: that is
//! how busy they are.

use crate::availability::{ReasonAgainst, reasons_at};
use maitred_core::availability::Ineligibility;
use maitred_core::intervals::{Interval, Intervals};
use maitred_core::opening::Closed;
use maitred_core::{Operator, OperatorId, Policy, Source, SourceId, Timestamp};
use maitred_store::views::SourceMembers;
use maitred_store::{Store, StoreError};
use std::sync::Arc;

/// How far ahead is looked: seven days.
pub const AHEAD_MICROS: i64 = 7 * 24 * 3_600 * 1_000_000;
/// The most changes of one operator or source in that time that are looked at.
const CHANGES_MAX: usize = 1_000;

/// The days ahead that checks look at.
#[must_use]
pub const fn ahead(now: Timestamp) -> Interval {
    Interval::new(now, Timestamp(now.0.saturating_add(AHEAD_MICROS)))
}

/// What keeps a member of a source from being there, as far as is known now.
fn absent((operator, weight): &(Operator, u32), at: Timestamp, now: Timestamp) -> Vec<ReasonAgainst> {
    let mut reasons = reasons_at(operator, None, Some(*weight), at, now);
    // Who may hold nothing is never there.
    let is_busy = |word| operator.max_load > 0 && word == Ineligibility::Full.as_str();
    reasons.retain(|it| !is_busy(it.word) && it.word != Ineligibility::Capped.as_str());
    reasons
}

/// Whether a member of a source is there now.
#[must_use]
pub fn is_there(member: &(Operator, u32), now: Timestamp) -> bool {
    absent(member, now, now).is_empty()
}

/// When a member of a source is there, as far as the clock decides it. A pause without an end is left out: it says
/// nothing of tomorrow.
#[must_use]
pub fn there(member: &(Operator, u32), span: Interval) -> Intervals {
    let before = Timestamp(i64::MIN);
    let is_lasting = |it: &ReasonAgainst| it.word != Ineligibility::Paused.as_str() || it.until.is_some();
    let is_there = |at| !absent(member, at, before).iter().any(is_lasting);
    intervals(span, |at| member.0.next_look(at), is_there)
}

/// From when on a member of a source is there; none if that is not for the clock to decide.
#[must_use]
pub fn there_from(member: &(Operator, u32), now: Timestamp) -> Option<Timestamp> {
    let ends = absent(member, now, now).iter().all(|it| it.until.is_some());
    let whole = Interval::new(now, Timestamp(i64::MAX));
    let mut moments = moments(whole, |at| member.0.next_look(at));
    moments.find(|at| absent(member, *at, now).is_empty()).filter(|_| ends)
}

/// When somebody of a source is there.
#[must_use]
pub fn served(members: &[(Operator, u32)], span: Interval) -> Intervals {
    members.iter().flat_map(|member| there(member, span).as_slice().to_vec()).collect()
}

/// When a source is open by its calendar. Where that is not known it is not.
#[must_use]
pub fn open(source: &Source, span: Interval) -> Intervals {
    intervals(span, |at| next_edge(source, at), |at| source.closed_by_hours(at).is_none())
}

/// When contacts of a source are to go to its fallback.
#[must_use]
pub fn falls_back(source: &Source, span: Interval) -> Intervals {
    intervals(span, |at| next_edge(source, at), |at| source.falls_back(at))
}

/// When a source takes contacts of those that have it as their fallback.
#[must_use]
pub fn takes_over(source: &Source, span: Interval) -> Intervals {
    intervals(span, |at| next_edge(source, at), |at| source.takes_over(at))
}

fn next_edge(source: &Source, at: Timestamp) -> Option<Timestamp> {
    source.hours.as_ref().and_then(|hours| hours.next_edge(at))
}

/// When it holds what holds between two changes.
fn intervals(
    span: Interval,
    next_change: impl Fn(Timestamp) -> Option<Timestamp>,
    holds: impl Fn(Timestamp) -> bool,
) -> Intervals {
    let until = |at| next_change(at).map_or(span.until, |next| next.min(span.until));
    moments(span, &next_change).filter(|at| holds(*at)).map(|at| Interval::new(at, until(at))).collect()
}

/// The beginning of a span, and each change in it.
fn moments(span: Interval, next_change: impl Fn(Timestamp) -> Option<Timestamp>) -> impl Iterator<Item = Timestamp> {
    let change = move |at: &Timestamp| next_change(*at).filter(|next| *next < span.until);
    std::iter::successors(Some(span.from), change).take(CHANGES_MAX)
}

/// Who would get a contact of a source that arrives at a moment, as far as that is known now.
#[derive(Clone, Debug)]
pub struct Coverage {
    pub source: Source,
    pub at: Timestamp,
    /// That the source is closed then, if it is.
    pub closed: Option<Closed>,
    /// That of its fallback, if its contacts go there then.
    pub goes_to: Option<Box<Self>>,
    /// The operators of the source, by id.
    pub people: Vec<Person>,
}

/// An operator of a [`Coverage`].
#[derive(Clone, Debug)]
pub struct Person {
    pub operator: OperatorId,
    pub name: Arc<str>,
    pub weight: u32,
    /// Why they would not get it; empty for those who may.
    pub reasons: Vec<ReasonAgainst>,
    /// The part (0 to 1) that they can expect; none if the source does not go by weights.
    pub share: Option<f64>,
}

impl Coverage {
    /// That of a source; none if there is no such source.
    ///
    /// # Errors
    /// [`StoreError`] when the store cannot be read.
    pub async fn read(
        store: &Store,
        source: SourceId,
        at: Timestamp,
        now: Timestamp,
    ) -> Result<Option<Self>, StoreError> {
        let Some(book) = store.members_of(source).await? else { return Ok(None) };
        let fallback = match book.source.fallback {
            Some(id) => store.members_of(id).await?,
            None => None,
        };
        Ok(Some(Self::of(&book, fallback.as_ref(), at, now)))
    }

    #[must_use]
    pub fn of(book: &SourceMembers, fallback: Option<&SourceMembers>, at: Timestamp, now: Timestamp) -> Self {
        let source = &book.source;
        let person = |(operator, weight): &(Operator, u32)| Person {
            operator: operator.id,
            name: operator.name.clone(),
            weight: *weight,
            reasons: reasons_at(operator, Some(source.id), Some(*weight), at, now),
            share: None,
        };
        let mut people: Vec<Person> = book.members.iter().map(person).collect();
        let eligible = people.iter().filter(|person| person.reasons.is_empty());
        let total = eligible.map(|person| u64::from(person.weight)).sum();
        people.iter_mut().for_each(|it| it.share = share(source.policy, it.weight, total, it.reasons.is_empty()));
        let goes_to = fallback.filter(|to| source.falls_back(at) && to.source.takes_over(at));
        // What the fallback of a fallback gets came to that one by itself.
        let goes_to = goes_to.map(|to| Box::new(Self::of(to, None, at, now)));
        Self { source: source.clone(), at, closed: source.closed(at), goes_to, people }
    }

    /// Whether a contact would wait, on the source or on its fallback, as nobody may get it.
    #[must_use]
    pub fn would_wait(&self) -> bool {
        match &self.goes_to {
            Some(to) => to.would_wait(),
            None => self.closed.is_some() || self.eligible().next().is_none(),
        }
    }

    /// Those who may get it.
    pub fn eligible(&self) -> impl Iterator<Item = &Person> {
        self.people.iter().filter(|person| person.reasons.is_empty())
    }
}

fn share(policy: Policy, weight: u32, total: u64, may: bool) -> Option<f64> {
    let part = if may { f64::from(weight) / total.max(1) as f64 } else { 0.0 };
    policy.goes_by_weight().then_some(part)
}
