//! Operators who cannot get anything, and weights that their caps make impossible.

use super::{Configuration, Fault, Finding, SubjectId};
use crate::coverage::ahead;
use maitred_core::caps::{Cap, Window};
use maitred_core::intervals::{Interval, Intervals};
use maitred_core::{Operator, SourceId};
use maitred_store::views::SourceMembers;
use std::sync::Arc;

pub(super) fn check(of: &Configuration) -> Vec<Finding> {
    let memberships = of.memberships();
    let mut findings = Vec::new();
    for operator in &of.operators {
        let served = memberships.get(&operator.id).map_or(&[][..], Vec::as_slice);
        findings.extend(gets_nothing(of, operator, served));
        findings.extend(above_caps(of, operator, served));
    }
    findings
}

/// Why somebody gets nothing at all, if they get nothing: the first reason.
fn gets_nothing(of: &Configuration, operator: &Operator, served: &[(&SourceMembers, u32)]) -> Option<Finding> {
    let weighed = served.iter().filter(|(_, weight)| *weight > 0).count() as u64;
    let has_no_hours = || operator.hours.as_ref().is_some_and(|hours| hours.open.clip(ahead(of.now)).is_empty());
    let fault = if !operator.is_active {
        // Who left serves nothing, and is nobody's business.
        (weighed > 0).then_some(Fault::Inactive(weighed))?
    } else if served.is_empty() {
        Fault::NoSources
    } else if weighed == 0 {
        Fault::NoWeight
    } else if operator.max_load == 0 {
        Fault::NoRoom
    } else if has_no_hours() {
        Fault::NeverOnShift
    } else {
        return None;
    };
    Some(Finding::new(fault, SubjectId::Operator(operator.id), &operator.name))
}

/// Sources of which somebody is entitled to more than their caps let them have.
fn above_caps(of: &Configuration, operator: &Operator, served: &[(&SourceMembers, u32)]) -> Vec<Finding> {
    if !operator.is_active || operator.caps_on_all().next().is_none() {
        return Vec::new();
    }
    let span = ahead(of.now);
    let expected: Vec<(SourceId, &Arc<str>, f64)> = served
        .iter()
        .filter(|(book, _)| book.source.policy.goes_by_weight())
        .map(|(book, weight)| (book.source.id, &book.source.name, expected(of, book, *weight)))
        .collect();
    let working = || match &operator.hours {
        Some(hours) => hours.open.clip(span),
        None => [span].into_iter().collect(),
    };
    let allowed = |cap: &Cap| allowed(cap, &working(), span);
    let above = |(source, name, entitled): &(SourceId, &Arc<str>, f64)| {
        // A cap on all sources is shared in the proportion in which they ask for it.
        let all: f64 = expected.iter().map(|(_, _, entitled)| entitled).sum();
        let part = |cap: &Cap| if cap.rule.source.is_none() { entitled / all.max(f64::MIN_POSITIVE) } else { 1.0 };
        let least = operator.caps_on(Some(*source)).map(|cap| allowed(cap) * part(cap)).fold(f64::INFINITY, f64::min);
        let fault = Fault::ShareAboveCaps {
            source: (*name).clone(),
            expected: entitled.round() as u64,
            allowed: least.floor() as u64,
        };
        let finding = Finding::new(fault, SubjectId::Operator(operator.id), &operator.name);
        (*entitled >= least + 1.0).then_some(finding)
    };
    expected.iter().filter_map(above).collect()
}

/// How many contacts a week a weight comes to, if as many arrive as in the last seven days.
fn expected(of: &Configuration, book: &SourceMembers, weight: u32) -> f64 {
    let takes = |operator: &Operator| operator.is_active && operator.max_load > 0;
    let weights = book.members.iter().filter(|(operator, _)| takes(operator)).map(|(_, weight)| u64::from(*weight));
    let arrived = of.arrived.get(&book.source.id).copied().unwrap_or_default();
    arrived as f64 * f64::from(weight) / weights.sum::<u64>().max(1) as f64
}

/// How many contacts a cap allows in a span at most, if they come only while somebody works.
pub(super) fn allowed(cap: &Cap, working: &Intervals, span: Interval) -> f64 {
    let limit = f64::from(cap.rule.limit);
    if let Window::Rolling(seconds) = cap.rule.window {
        let micros = (i64::from(seconds) * 1_000_000).max(1);
        let windows = |it: Interval| it.micros() as u64 / micros.unsigned_abs() + 1;
        let each: u64 = working.as_slice().iter().map(|open| windows(*open)).sum();
        return limit * each.min(windows(span)) as f64;
    }
    let mut windows = 0.0;
    let mut at = span.from;
    while let Some(window) = cap.rule.window.by_clock(at).filter(|window| at < span.until && at < window.until) {
        let part = window.overlap(span);
        if working.open_micros(part) > 0 {
            windows += part.micros() as f64 / window.micros().max(1) as f64;
        }
        at = window.until;
    }
    limit * windows
}
