//! Figures as plain data: how full operators are, how a source distributed its contacts, who waits. API, console and
//! `maitred stats` all show these; the numbers come from loads, counters and ledgers, never from counting contacts.
//! What the single measures mean is said at their fields. How far chance may lead is in [`chance`].

pub mod chance;

use maitred_core::measures::{chi_square, jain};
use maitred_core::{ContactId, Operator, OperatorId, Policy, SourceId, Timestamp};
use maitred_store::clock::Rfc3339;
use maitred_store::views::{SourceBook, WaitingView};
use serde::Serialize;
use statrs::distribution::{ChiSquared, ContinuousCDF};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use utoipa::ToSchema;

/// How the contacts of one source were distributed in a period.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Distribution {
    /// The source.
    #[schema(value_type = i64)]
    pub source_id: SourceId,
    /// The name of the source.
    #[schema(value_type = String)]
    pub source_name: Arc<str>,
    /// The current policy of the source.
    #[schema(value_type = String, example = "weighted_random")]
    pub policy: Policy,
    /// When the period begins; `null`: when the source was added. Later than asked for if what was before is not known.
    #[schema(required = true, value_type = Option<String>, format = DateTime)]
    pub from: Option<Rfc3339>,
    /// When the period ends; `null` if it goes on.
    #[schema(required = true, value_type = Option<String>, format = DateTime)]
    pub to: Option<Rfc3339>,
    /// Since when periods of this source are known, if it is older than that: no period begins earlier, except all
    /// time. `null` if all of its periods are known, and for all time.
    #[schema(required = true, value_type = Option<String>, format = DateTime)]
    pub known_since: Option<Rfc3339>,
    /// How many contacts the policy assigned. Manual transfers do not count; a contact that was released and routed
    /// again counts each time.
    pub received_total: u64,
    /// Pearson's chi-square of received against *entitled*: each decision entitles only the operators who were eligible
    /// then, so being full or paused is no deviation. `null` if fewer than two operators were entitled to contacts.
    #[schema(required = true)]
    pub chi_square: Option<f64>,
    /// One less than the number of operators who were entitled to contacts.
    #[schema(required = true)]
    pub degrees_of_freedom: Option<u32>,
    /// The probability that a fair `weighted_random` deviates at least this far. Below 0.001, something other than the
    /// draw affects the shares, such as stickiness. Nearly 1 for `smooth_weighted`, which is more exact than chance;
    /// meaningless for policies without weights. Rough while an operator is entitled to fewer than 5 contacts.
    #[schema(required = true)]
    pub p_value: Option<f64>,
    /// Jain's fairness index of received / entitled over the operators who were entitled to contacts: 1 when all
    /// received the same proportion of what they were entitled to. `null` if nobody received a contact.
    #[schema(required = true)]
    pub jain: Option<f64>,
    /// Current operators of the source, and others with figures in the period, by id.
    pub operators: Vec<OperatorShare>,
}

/// One operator's part in a [`Distribution`]. Shares are from 0 to 1.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct OperatorShare {
    /// The operator.
    #[schema(value_type = i64)]
    pub operator_id: OperatorId,
    /// The name of the operator.
    #[schema(value_type = String)]
    pub operator_name: Arc<str>,
    /// The current weight; `null` if the operator no longer serves the source.
    #[schema(required = true)]
    pub weight: Option<u32>,
    /// How many contacts the policy assigned to the operator.
    pub received: u64,
    /// `received / received_total`; 0 before the first contact.
    pub actual_share: f64,
    /// The operator's part of all current weights, whether eligible or not.
    pub target_share: f64,
    /// How many contacts the weight entitled to, counting for each decision only the operators who served the source
    /// then and were eligible, with the weights of that time. The sum over all operators is `received_total`.
    pub entitled: f64,
    /// `entitled / received_total`; 0 before the first contact.
    pub entitled_share: f64,
    /// `received - entitled`: positive if the operator received more than entitled to.
    pub difference: f64,
    /// The least that the operator receives in 95 of 100 fair draws or more. `null` unless the policy is
    /// `weighted_random`.
    #[schema(required = true)]
    pub low: Option<u64>,
    /// The most that the operator receives in 95 of 100 fair draws or more. `null` unless the policy is
    /// `weighted_random`.
    #[schema(required = true)]
    pub high: Option<u64>,
}

/// How busy one operator is.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct OperatorLoad {
    /// The operator.
    #[schema(value_type = i64, example = 1)]
    pub operator_id: OperatorId,
    /// The name of the operator.
    #[schema(value_type = String, example = "Анна")]
    pub operator_name: Arc<str>,
    /// Whether the operator is switched on.
    pub is_active: bool,
    /// Whether the operator is paused.
    pub is_paused: bool,
    /// When the pause ends by itself.
    #[schema(required = true, value_type = Option<String>, format = DateTime)]
    pub paused_until: Option<Rfc3339>,
    /// Whether the operator is away: nobody heard from them for too long.
    pub is_away: bool,
    /// Since when they are.
    #[schema(required = true, value_type = Option<String>, format = DateTime)]
    pub away_at: Option<Rfc3339>,
    /// How many contacts the operator has now.
    #[schema(example = 12)]
    pub current_load: u32,
    /// The most contacts the operator may have at the same time.
    #[schema(example = 50)]
    pub max_load: u32,
    /// How many more the operator can get now; 0 if not active, paused, away, or off shift.
    #[schema(example = 38)]
    pub free_slots: u32,
    /// `current_load / max_load`; `null` if max_load is 0. Above 1 after max_load was lowered.
    #[schema(required = true, value_type = Option<f64>, example = 0.24)]
    pub utilization: Option<f64>,
    /// When the operator last got a contact, from any source.
    #[schema(required = true, value_type = Option<String>, format = DateTime)]
    pub last_assigned_at: Option<Rfc3339>,
}

impl OperatorLoad {
    /// As it is at a time: a pause whose end has come is over, and a shift has begun or ended, whether or not a server
    /// ran to tell it.
    #[must_use]
    pub fn at(now: Timestamp, operator: Operator) -> Self {
        let (is_paused, is_away) = (operator.is_paused(now), operator.is_unheard(now));
        let is_available = operator.is_active && operator.away(now).or_else(|| operator.capped(None, now)).is_none();
        let free = operator.max_load.saturating_sub(operator.current_load);
        let utilization = f64::from(operator.current_load) / f64::from(operator.max_load);
        Self {
            operator_id: operator.id,
            operator_name: operator.name,
            is_active: operator.is_active,
            is_paused,
            paused_until: operator.paused_until.filter(|_| is_paused).map(Rfc3339),
            is_away,
            away_at: operator.present_until.filter(|_| is_away).map(Rfc3339),
            current_load: operator.current_load,
            max_load: operator.max_load,
            free_slots: if is_available { free } else { 0 },
            utilization: (operator.max_load > 0).then_some(utilization),
            last_assigned_at: operator.last_assigned_at.map(Rfc3339),
        }
    }
}

/// The waiting contacts of one source.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Waiting {
    /// The source.
    #[schema(value_type = i64, example = 1)]
    pub source_id: SourceId,
    /// The name of the source.
    #[schema(value_type = String, example = "Telegram Bot")]
    pub source_name: Arc<str>,
    /// How many contacts are waiting.
    #[schema(example = 0)]
    pub waiting: u64,
    /// How many open contacts nobody responded to in time.
    #[schema(example = 0)]
    pub overdue: u64,
    /// When the longest-waiting contact arrived; `null` if none is waiting.
    #[schema(required = true, value_type = Option<String>, format = DateTime)]
    pub oldest_created_at: Option<Rfc3339>,
    /// How long that contact has been waiting.
    #[schema(required = true, value_type = Option<f64>, example = 12.5)]
    pub oldest_age_seconds: Option<f64>,
    /// The contact that gets the next free slot.
    #[schema(required = true, value_type = Option<i64>)]
    pub next_contact_id: Option<ContactId>,
}

impl Waiting {
    /// What is known of those who wait, with ages as of `now`.
    #[must_use]
    pub fn at(now: Timestamp, view: WaitingView) -> Self {
        let age_seconds = |since: Timestamp| now.0.saturating_sub(since.0).max(0) as f64 / 1e6;
        Self {
            source_id: view.source.id,
            source_name: view.source.name,
            waiting: view.waiting,
            overdue: view.overdue,
            oldest_created_at: view.oldest_created_at.map(Rfc3339),
            oldest_age_seconds: view.oldest_created_at.map(age_seconds),
            next_contact_id: view.next.map(|contact| contact.id),
        }
    }
}

/// The figures of one source, in the period that the book covers.
#[must_use]
pub fn distribution(book: &SourceBook) -> Distribution {
    let operators = shares(book);
    let received_total = operators.iter().map(|o| o.received).sum();
    let due: Vec<(f64, f64)> =
        operators.iter().filter(|o| o.entitled > 0.0).map(|o| (o.received as f64, o.entitled)).collect();
    let chi = chi_square(&due);
    Distribution {
        source_id: book.source.id,
        source_name: book.source.name.clone(),
        policy: book.source.policy,
        from: book.covered.from.map(Rfc3339),
        to: book.covered.to.map(Rfc3339),
        known_since: book.covered.known_since.map(Rfc3339),
        received_total,
        chi_square: chi.map(|(statistic, _)| statistic),
        degrees_of_freedom: chi.map(|(_, freedom)| freedom),
        p_value: chi.and_then(|(statistic, freedom)| p_value(statistic, freedom)),
        jain: jain(&due.iter().map(|(received, entitled)| received / entitled).collect::<Vec<_>>()),
        operators,
    }
}

/// The probability that a chi-square with this many degrees of freedom is at least as large as the statistic.
fn p_value(statistic: f64, degrees_of_freedom: u32) -> Option<f64> {
    let distribution = ChiSquared::new(degrees_of_freedom.into()).ok()?;
    Some(distribution.sf(statistic))
}

fn shares(book: &SourceBook) -> Vec<OperatorShare> {
    let names: BTreeMap<OperatorId, &Arc<str>> = book.names.iter().map(|(id, name)| (*id, name)).collect();
    let members: BTreeMap<OperatorId, (&Arc<str>, u32)> =
        book.members.iter().map(|(operator, weight)| (operator.id, (&operator.name, *weight))).collect();
    let received_total: u64 = book.in_period.iter().map(|(_, tally)| tally.received).sum();
    let weight_total: u64 = members.values().map(|(_, weight)| u64::from(*weight)).sum();
    let known = book.in_period.iter().filter(|(_, tally)| tally.received > 0 || tally.entitled() != 0.0);
    let ids: BTreeSet<OperatorId> = known.map(|(id, _)| id).chain(members.keys().copied()).collect();
    let share = |id: OperatorId| {
        let (tally, member) = (book.in_period.get(id), members.get(&id));
        let name = member.map(|(name, _)| *name).or_else(|| names.get(&id).copied());
        let is_drawn = book.source.policy == Policy::WeightedRandom;
        let chance = is_drawn.then(|| chance::bounds(received_total, tally.entitled()));
        OperatorShare {
            operator_id: id,
            operator_name: name.cloned().unwrap_or_else(|| "".into()),
            weight: member.map(|(_, weight)| *weight),
            received: tally.received,
            actual_share: part(tally.received as f64, received_total),
            target_share: part(member.map_or(0.0, |(_, weight)| f64::from(*weight)), weight_total),
            entitled: tally.entitled(),
            entitled_share: part(tally.entitled(), received_total),
            difference: tally.received as f64 - tally.entitled(),
            low: chance.map(|(low, _)| low),
            high: chance.map(|(_, high)| high),
        }
    };
    ids.into_iter().map(share).collect()
}

fn part(amount: f64, total: u64) -> f64 {
    if total == 0 { 0.0 } else { amount / total as f64 }
}

#[cfg(test)]
mod tests;
