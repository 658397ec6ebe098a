//! The story of a decision in English. The only place of the core that speaks to people in a language.

use super::{Explanation, NAMED_MAX, Weighed};
use crate::decision::{Cause, Decision, Replay};
use crate::ids::{OperatorId, Timestamp};
use crate::policy::{self, Choice, Policy};
use crate::pool::{Ineligibility, Pool};
use std::collections::BTreeMap;

type Name<'a> = &'a dyn Fn(OperatorId) -> String;

pub(super) fn sentences(
    decision: &Decision,
    pool: Option<&Pool>,
    explanation: &Explanation,
    name: Name<'_>,
) -> Vec<String> {
    let mut words = vec![headline(decision, pool, explanation, name)];
    if matches!(decision.cause, Cause::SourceClosed | Cause::SourceCapped) {
        // Who could have taken it was not asked.
    } else if pool.is_some() {
        words.extend(about_preferred(decision, explanation, name));
        words.extend(about_avoided(decision, name));
        words.extend(about_passed_over(decision, name));
        words.extend(about_the_others(decision, explanation, name));
    } else if !decision.cause.by_hand() {
        words.push("The record of who could take it cannot be read, so no reason can be shown.".to_owned());
    }
    words.extend(explanation.replay.and_then(|replay| replay_warning(replay, name)));
    words
}

fn headline(decision: &Decision, pool: Option<&Pool>, explanation: &Explanation, name: Name<'_>) -> String {
    let contact = format!("Contact {}", decision.contact);
    let what = happened(decision.cause);
    let Some(who) = decision.outcome.map(name) else {
        return match decision.cause {
            Cause::SourceClosed => format!("{contact} waits: its source was closed."),
            Cause::SourceCapped => format!("{contact} waits: a cap of its source was reached."),
            _ => format!("{contact} {what} and waits{}.", why_it_waits(decision, pool)),
        };
    };
    match decision.cause {
        Cause::TransferredByHand => return format!("{contact} was assigned to {who} manually."),
        Cause::ForcedByHand => {
            return format!("{contact} was assigned to {who} manually, forced: {who} was full or paused.");
        }
        _ => {}
    }
    // A reason is only given when computing it again leads to what is stored.
    let reason = pool.filter(|_| explanation.replay == Some(Replay::Matches));
    let reason = reason.map(|pool| reason_for(decision, pool, explanation, name)).unwrap_or_default();
    format!("{contact} {what} and was assigned to {who}{reason}.")
}

/// What happened to the contact, to be followed by "and was assigned to" or "and waits".
const fn happened(cause: Cause) -> &'static str {
    match cause {
        Cause::Arrived => "arrived",
        Cause::ArrivedBehindOthers => "arrived while others were waiting",
        Cause::Drained => "waited until its turn came",
        Cause::Released => "was released",
        Cause::OperatorDeleted => "lost its operator, who was deleted,",
        Cause::Reopened => "was reopened",
        Cause::Scheduled => "is scheduled",
        Cause::Due => "was scheduled until its time came",
        Cause::Declined => "was declined",
        Cause::NoAnswer => "was not accepted in time",
        Cause::OfferRevoked => "was taken back from an operator who went away",
        Cause::HolderLeft => "was taken from an operator who had left",
        Cause::AskedAgain => "was offered to nobody for a while",
        Cause::SourceClosed => "came while its source was closed",
        Cause::SourceCapped => "came while a cap of its source was reached",
        Cause::Reserved => "is reserved for an operator",
        Cause::ReservationEnded => "was reserved for an operator who did not come in time",
        Cause::Wanted => "was meant for one operator",
        Cause::Moved => "came from another source, which falls back on this one,",
        Cause::TransferredByHand | Cause::ForcedByHand => "was moved manually",
    }
}

fn why_it_waits(decision: &Decision, pool: Option<&Pool>) -> &'static str {
    match pool {
        _ if decision.cause == Cause::ArrivedBehindOthers => " for its turn",
        _ if decision.cause == Cause::Scheduled => " for its time",
        _ if decision.cause == Cause::Reserved => " for them",
        _ if !decision.rule.tried.is_empty() => ": nobody was left to be asked",
        Some(pool) if pool.candidates().is_empty() => ": no operator served the source",
        _ => ": no operator could take it",
    }
}

fn reason_for(decision: &Decision, pool: &Pool, explanation: &Explanation, name: Name<'_>) -> String {
    let picked = match decision.choice(pool) {
        Choice::Picked(picked) => picked,
        Choice::Owed(_) => return ", who was owed contacts by a correction".to_owned(),
        Choice::Preferred(_) | Choice::Nobody => return format!(", who {}", had_before(decision.cause)),
    };
    let places = policy::ranking(pool, &decision.rule).places;
    let field = Field {
        at: decision.at,
        picked: &explanation.candidates[picked],
        all: places.iter().map(|index| &explanation.candidates[*index]).collect(),
        tied: explanation.tied.len(),
        name,
    };
    let policy = decision.rule.policy;
    let why = match policy {
        _ if field.all.len() == 1 => "nobody else could take it".to_owned(),
        Policy::WeightedRandom => drawn(explanation, field.picked.operator, name),
        Policy::SmoothWeighted => field.by_credit(),
        Policy::LeastLoaded => field.by_load(),
        Policy::LongestIdle => field.by_idleness(),
    };
    format!(" by {}: {why}", policy.as_str())
}

const fn had_before(cause: Cause) -> &'static str {
    match cause {
        Cause::Reopened => "had this contact before",
        Cause::Wanted => "was asked for",
        _ => "had handled this lead before",
    }
}

fn drawn(explanation: &Explanation, picked: OperatorId, name: Name<'_>) -> String {
    let Some(line) = &explanation.line else { return "by a random number".to_owned() };
    let draw = format!("the random number was {} out of 0..{}", line.point, line.total - 1);
    let large = line.parts.len() > NAMED_MAX;
    let named = line.parts.iter().filter(|part| !large || part.operator == picked).enumerate();
    let named = named.map(|(i, part)| {
        let had = if i == 0 { " had" } else { "" };
        format!("{}{had} {}..{}", name(part.operator), part.first, part.last)
    });
    let rest = if large { format!(", {} others the rest", line.parts.len() - 1) } else { String::new() };
    format!("{draw}; {}{rest}", listed(named))
}

/// Those between whom the policy chose.
struct Field<'a> {
    at: Timestamp,
    picked: &'a Weighed,
    /// Best first.
    all: Vec<&'a Weighed>,
    tied: usize,
    name: Name<'a>,
}

impl Field<'_> {
    fn by_credit(&self) -> String {
        let each = self.each(" was owed", |c| format!("{:.2}", c.owed));
        let equals = self.equals(|c| c.owed == self.picked.owed);
        format!("counting this contact, {each} contacts{}{}", self.of_many("the most"), self.tie(&equals))
    }

    fn by_load(&self) -> String {
        let each = self.each(" held", |c| format!("{} of {}", c.load, c.max_load));
        let product = |a: &Weighed, b: &Weighed| u64::from(a.load) * u64::from(b.max_load);
        let equals = self.equals(|c| product(c, self.picked) == product(self.picked, c));
        let heaviest = equals.iter().filter(|c| c.weight == self.picked.weight).count() == 1;
        let tie = match equals.len() {
            2.. if heaviest => format!("; in the tie, {} had the largest weight", self.who()),
            _ => self.tie(&equals),
        };
        format!("{each}{}{tie}", self.of_many("the lowest load"))
    }

    fn by_idleness(&self) -> String {
        let each = self.each("", |c| idle(self.at, c.last_assigned_at));
        let tie = if self.tied > 1 { self.tie(&self.all) } else { String::new() };
        format!("{each}{}{tie}", self.of_many("the longest"))
    }

    fn who(&self) -> String {
        (self.name)(self.picked.operator)
    }

    /// The picked one with the verb and their figure; in a small pool the others with theirs behind.
    fn each(&self, verb: &str, figure: impl Fn(&Weighed) -> String) -> String {
        let first = format!("{}{verb} {}", self.who(), figure(self.picked));
        let others = self.all.iter().filter(|c| c.operator != self.picked.operator && self.all.len() <= NAMED_MAX);
        let others = others.map(|c| format!("{} {}", (self.name)(c.operator), figure(c)));
        listed(std::iter::once(first).chain(others))
    }

    fn of_many(&self, what: &str) -> String {
        match self.all.len() {
            0..=NAMED_MAX => String::new(),
            n => format!(", {what} of {n}"),
        }
    }

    fn equals(&self, is_equal: impl Fn(&Weighed) -> bool) -> Vec<&Weighed> {
        self.all.iter().copied().filter(|c| is_equal(c)).collect()
    }

    fn tie(&self, equals: &[&Weighed]) -> String {
        match (self.tied, equals.len()) {
            (2.., _) => format!("; {} operators were tied, so the seed decided", self.tied),
            (_, 2..) => format!("; in the tie, {} had been idle the longest", self.who()),
            _ => String::new(),
        }
    }
}

/// Why the preferred operator did not get it.
fn about_preferred(decision: &Decision, explanation: &Explanation, name: Name<'_>) -> Option<String> {
    let preferred = decision.rule.preferred.filter(|o| Some(*o) != decision.outcome)?;
    let who = format!("{}, who {},", name(preferred), had_before(decision.cause));
    let candidate = explanation.candidates.iter().find(|c| c.operator == preferred);
    match candidate {
        None => Some(format!("{who} no longer served the source.")),
        Some(candidate) => candidate.ineligibility.map(|why| format!("{who} {}.", was_out(candidate, why))),
    }
}

fn about_avoided(decision: &Decision, name: Name<'_>) -> Option<String> {
    let back = decision.rule.avoided.filter(|o| Some(*o) == decision.outcome)?;
    Some(format!("{} had just released it, but nobody else could take it.", name(back)))
}

/// For whom somebody else got it. The others are told apart behind that.
fn about_passed_over(decision: &Decision, name: Name<'_>) -> Option<String> {
    let ahead = name(decision.rule.passed_over?);
    Some(format!("The policy had picked {ahead}, who pays for it: they were ahead by a correction."))
}

/// Why each of the others was out; of a large pool, how many were out for what.
fn about_the_others(decision: &Decision, explanation: &Explanation, name: Name<'_>) -> Option<String> {
    let others = explanation.candidates.iter().filter(|c| Some(c.operator) != decision.rule.preferred);
    let out: Vec<(&Weighed, Ineligibility)> = others.filter_map(|c| Some((c, c.ineligibility?))).collect();
    if out.is_empty() {
        return None;
    }
    if explanation.candidates.len() <= NAMED_MAX {
        let each = out.iter().map(|(c, why)| format!("{} {}", name(c.operator), was_out(c, *why)));
        return Some(format!("{}.", each.collect::<Vec<_>>().join("; ")));
    }
    let mut counts: BTreeMap<Ineligibility, usize> = BTreeMap::new();
    out.iter().for_each(|(_, why)| *counts.entry(*why).or_default() += 1);
    let counts = counts.into_iter().map(|(why, n)| format!("{n} {}", were_out(why, n)));
    Some(format!("Of {} operators who served the source, {}.", explanation.candidates.len(), listed(counts)))
}

fn was_out(candidate: &Weighed, why: Ineligibility) -> String {
    match why {
        Ineligibility::Full => format!("was full ({} of {})", candidate.load, candidate.max_load),
        other => were_out(other, 1).to_owned(),
    }
}

const fn were_out(why: Ineligibility, how_many: usize) -> &'static str {
    match (why, how_many) {
        (Ineligibility::Inactive, 1) => "was switched off",
        (Ineligibility::Inactive, _) => "were switched off",
        (Ineligibility::Paused, 1) => "was paused",
        (Ineligibility::Paused, _) => "were paused",
        (Ineligibility::OnLeave, 1) => "was on leave",
        (Ineligibility::OnLeave, _) => "were on leave",
        (Ineligibility::OffShift, 1) => "was off shift",
        (Ineligibility::OffShift, _) => "were off shift",
        (Ineligibility::HoursUnknown, _) => "had hours that were not known so far ahead",
        (Ineligibility::ZeroWeight, _) => "had weight 0 here",
        (Ineligibility::Away, 1) => "was away",
        (Ineligibility::Away, _) => "were away",
        (Ineligibility::Capped, 1) => "had reached a cap",
        (Ineligibility::Capped, _) => "had reached caps",
        (Ineligibility::Full, 1) => "was full",
        (Ineligibility::Full, _) => "were full",
        (Ineligibility::JustReleased, _) => "had just released it",
        (Ineligibility::Ahead, 1) => "was ahead by a correction",
        (Ineligibility::Ahead, _) => "were ahead by corrections",
        (Ineligibility::Tried, _) => "had been asked and not accepted",
    }
}

fn replay_warning(replay: Replay, name: Name<'_>) -> Option<String> {
    match replay {
        Replay::Matches => None,
        Replay::Differs(outcome) => {
            let who = outcome.map_or_else(|| "no operator".to_owned(), name);
            Some(format!("Recomputed, it goes to {who}: either the record was changed, or this is a bug."))
        }
        Replay::UnknownAlgorithm(version) => Some(format!(
            "It was made by version {version} of the algorithm, which this version of maitred does not know."
        )),
    }
}

/// How long somebody had been idle when a decision was made.
fn idle(at: Timestamp, last_assigned_at: Option<Timestamp>) -> String {
    let Some(last) = last_assigned_at else { return "never had a contact".to_owned() };
    let seconds = at.0.saturating_sub(last.0).max(0) / 1_000_000;
    match seconds {
        0 => "had been idle for less than a second".to_owned(),
        1..120 => format!("had been idle for {seconds} s"),
        120..7200 => format!("had been idle for {} min", seconds / 60),
        7200..172_800 => format!("had been idle for {} h", seconds / 3600),
        _ => format!("had been idle for {} days", seconds / 86_400),
    }
}

fn listed(parts: impl Iterator<Item = String>) -> String {
    parts.collect::<Vec<_>>().join(", ")
}
