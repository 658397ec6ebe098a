//! Sources whose contacts reach nobody: now, or at hours to come.

use super::operators::allowed;
use super::{Configuration, Fault, Finding, SubjectId};
use crate::coverage::{ahead, falls_back, is_there, open, served, takes_over, there_from};
use maitred_core::intervals::Interval;
use maitred_core::{Operator, Source, Timestamp};
use maitred_store::views::SourceMembers;

const HOUR_MICROS: u64 = 3_600 * 1_000_000;
/// A gap that is shorter is a change of shifts: five minutes.
const GAP_MICROS_MIN: i64 = 5 * 60 * 1_000_000;

pub(super) fn check(of: &Configuration, book: &SourceMembers) -> Vec<Finding> {
    let source = &book.source;
    let mut findings: Vec<Finding> = uncovered(book, of.now).into_iter().collect();
    if unserved(&book.members).is_none() {
        findings.extend(nobody_later(of, book));
    }
    findings.extend(never_open(of, source));
    findings.extend(caps_below_arrivals(of, source));
    findings.extend(fallback(of, source));
    findings
}

/// That nobody serves a source: at any time, or now.
pub(super) fn uncovered(book: &SourceMembers, now: Timestamp) -> Option<Finding> {
    match unserved(&book.members) {
        Some(fault) => Some(finding(fault, &book.source)),
        None => nobody_now(book, now),
    }
}

fn finding(fault: Fault, source: &Source) -> Finding {
    Finding::new(fault, SubjectId::Source(source.id), &source.name)
}

/// Why nobody serves a source at any time, if that is so.
fn unserved(members: &[(Operator, u32)]) -> Option<Fault> {
    let weighed = || members.iter().filter(|(_, weight)| *weight > 0);
    match () {
        () if members.is_empty() => Some(Fault::NoOperators),
        () if weighed().next().is_none() => Some(Fault::NoWeights),
        () if !weighed().any(|(operator, _)| operator.is_active && operator.max_load > 0) => Some(Fault::NobodyActive),
        () => None,
    }
}

/// It is open, and nobody is there. That those who are there are full, or reached a cap, is no fault of the
/// configuration.
fn nobody_now(book: &SourceMembers, now: Timestamp) -> Option<Finding> {
    let (source, members) = (&book.source, &book.members);
    if source.closed_by_hours(now).is_some() || members.iter().any(|member| is_there(member, now)) {
        return None;
    }
    let back = members.iter().filter_map(|member| there_from(member, now));
    let until = back.chain(source.open_until(now)).min();
    let weighed = members.iter().filter(|(_, weight)| *weight > 0).count() as u64;
    Some(finding(Fault::NobodyNow(weighed), source).until(until))
}

/// It will be open while nobody is on shift. What is so now is said as such.
fn nobody_later(of: &Configuration, book: &SourceMembers) -> Option<Finding> {
    let (source, span) = (&book.source, ahead(of.now));
    let gaps = open(source, span).minus(&served(&book.members, span));
    let gaps: Vec<&Interval> = gaps.as_slice().iter().filter(|gap| gap.micros() >= GAP_MICROS_MIN).collect();
    let is_later = |gap: &&&Interval| gap.from > of.now;
    let first = gaps.iter().find(is_later)?;
    let micros: u64 = gaps.iter().filter(is_later).map(|gap| gap.micros().unsigned_abs()).sum();
    let fault = Fault::NobodyLater {
        times: gaps.iter().filter(is_later).count() as u64,
        hours: micros.div_ceil(HOUR_MICROS),
        has_calendar: source.hours.is_some(),
    };
    let until = Some(first.until).filter(|until| *until < span.until);
    Some(finding(fault, source).since(Some(first.from)).until(until))
}

fn never_open(of: &Configuration, source: &Source) -> Option<Finding> {
    let is_never = source.hours.is_some() && open(source, ahead(of.now)).is_empty();
    is_never.then(|| finding(Fault::NeverOpen, source))
}

fn caps_below_arrivals(of: &Configuration, source: &Source) -> Option<Finding> {
    let span = ahead(of.now);
    let arrived = of.arrived.get(&source.id).copied().unwrap_or_default();
    let working = open(source, span);
    let least = source.all_caps().map(|cap| allowed(cap, &working, span)).fold(f64::INFINITY, f64::min);
    let fault = Fault::CapsBelowArrivals { arrived, allowed: least.floor() as u64 };
    (arrived as f64 >= least + 1.0).then(|| finding(fault, source))
}

/// While a source is closed its contacts go to its fallback: that is to be open then, and served.
fn fallback(of: &Configuration, source: &Source) -> Option<Finding> {
    let to = of.book(source.fallback?)?;
    let span = ahead(of.now);
    let closed = falls_back(source, span);
    let both = closed.minus(&takes_over(&to.source, span));
    let goes = closed.minus(&both);
    let name = to.source.name.clone();
    if !goes.is_empty() && (unserved(&to.members).is_some() || served(&to.members, span).is_empty()) {
        return Some(finding(Fault::FallbackUnserved(name), source));
    }
    let first = both.as_slice().first()?;
    let from = Some(first.from).filter(|from| *from > of.now);
    let until = Some(first.until).filter(|until| *until < span.until);
    Some(finding(Fault::FallbackClosed(name), source).since(from).until(until))
}
