//! What reports ask a store for: what happened in a period, as facts and whole days to be added up. What these are is
//! in [`maitred_core::report`].

use maitred_core::report::{Day, DayKey, Fact};
use maitred_core::{OperatorId, SourceId, Timestamp};
use std::collections::BTreeMap;

/// Whom a report is about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Whose {
    /// Everybody together.
    #[default]
    Everybody,
    One(OperatorId),
    /// Every operator apart, and nothing that no operator had to do with.
    Each,
}

/// What happened from one time to another, the second excluded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReportQuery {
    pub from: Timestamp,
    pub to: Timestamp,
    /// One source, deleted or not; else all that figures count.
    pub source: Option<SourceId>,
    pub whose: Whose,
    /// Of so many things that happened each is read by itself, so that percentiles are exact; of more, whole days.
    pub facts_max: i64,
}

/// The usual `facts_max`.
pub const FACTS_MAX: i64 = 100_000;

/// How many contacts who held, from one time to another, the second excluded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LoadQuery {
    pub from: Timestamp,
    pub to: Timestamp,
    /// One source, deleted or not; else all that figures count.
    pub source: Option<SourceId>,
    /// The most things that happened that are read; of more, the last ones.
    pub facts_max: i64,
}

/// The usual `facts_max` of loads.
pub const LOAD_FACTS_MAX: i64 = 400_000;

/// What to count loads from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LoadRows {
    /// Since when loads are known: later than was asked for, if more happened than is read.
    pub from: Timestamp,
    /// How many contacts each operator held then; of none, nothing is said.
    pub before: BTreeMap<OperatorId, i64>,
    /// What happened since, in order, as far as it changed what somebody held.
    pub facts: Vec<Fact>,
    /// Up to when that is all, if more happened in the period.
    pub complete_to: Option<Timestamp>,
}

/// What happened. Each thing is in one of the two.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReportRows {
    /// Whole UTC days.
    pub days: Vec<(DayKey, Day)>,
    /// What else happened, in order.
    pub facts: Vec<Fact>,
    /// How many contacts wait now, of these sources; for one operator, of those that they serve.
    pub waiting_now: u64,
    /// Up to when that is all, if more happened in the period.
    pub complete_to: Option<Timestamp>,
}
