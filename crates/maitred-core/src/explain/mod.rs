//! A decision taken apart: who was in it, why each of the others was not, what the policy went by, whether computing it
//! again gives the same. [`explain`] returns plain data; API and CLI only lay it out.
//!
//! All English is in `words`, so that another language is another such file.

mod words;

use crate::decision::{Decision, Replay};
use crate::ids::{OperatorId, Timestamp};
use crate::policy::{self, Choice, Policy};
use crate::pool::{CREDIT_PER_CONTACT, Candidate, Earning, Ineligibility, Pool};

/// The most candidates that are named one by one in the words; of larger pools they give counts.
pub const NAMED_MAX: usize = 10;

/// A decision taken apart.
#[derive(Clone, Debug, PartialEq)]
pub struct Explanation {
    /// Everybody who served the source then, in the order of ids. Empty when a person chose.
    pub candidates: Vec<Weighed>,
    /// The numbers that were drawn from, when `weighted_random` drew.
    pub line: Option<NumberLine>,
    /// Those whom the policy ranked first alike, so that the seed had to choose; empty when it had not.
    pub tied: Vec<OperatorId>,
    /// Whether computing it again gives the stored outcome. `None` when its pool was not given.
    pub replay: Option<Replay>,
    /// The story, a sentence each, the most important first.
    pub words: Vec<String>,
}

/// A candidate as the decision saw them.
#[derive(Clone, Debug, PartialEq)]
pub struct Weighed {
    pub operator: OperatorId,
    /// Their weight on the source.
    pub weight: u32,
    /// How many contacts they held.
    pub load: u32,
    /// How many they might hold.
    pub max_load: u32,
    /// When they had last got a contact, from any source.
    pub last_assigned_at: Option<Timestamp>,
    /// What they were entitled to minus what they had received on the source, in contacts.
    pub credit: f64,
    /// The same with what this decision earned them: what `smooth_weighted` goes by.
    pub owed: f64,
    /// Their weight as a part (0 to 1) of the weights between which the policy chose; 0 when they were out.
    pub share: f64,
    /// Why they were out; `None` when they were in.
    pub ineligibility: Option<Ineligibility>,
    /// When that ended, if it was known then.
    pub until: Option<Timestamp>,
    /// Whether they got the contact.
    pub picked: bool,
}

/// The numbers a weighted draw falls on: as many for each as they have weight.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NumberLine {
    /// Whose numbers are where.
    pub parts: Vec<Part>,
    /// The draw was between the numbers from 0 to one below this.
    pub total: u64,
    /// The number it fell on.
    pub point: u64,
}

/// The numbers of one candidate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part {
    pub operator: OperatorId,
    /// The first of them.
    pub first: u64,
    /// The last of them.
    pub last: u64,
}

/// Takes a decision apart. `pool` is the one it saw ([`crate::recording::replay`]), `None` when a person chose or the
/// recording is gone; `name` says how an operator is called.
#[must_use]
pub fn explain(decision: &Decision, pool: Option<&Pool>, name: &dyn Fn(OperatorId) -> String) -> Explanation {
    let by_policy = pool.filter(|_| !decision.cause.by_hand());
    let mut explanation = Explanation {
        candidates: by_policy.map(|pool| weigh(decision, pool)).unwrap_or_default(),
        line: by_policy.and_then(|pool| line(decision, pool)),
        tied: by_policy.map(|pool| tied(decision, pool)).unwrap_or_default(),
        replay: if decision.cause.by_hand() { Some(Replay::Matches) } else { pool.map(|pool| decision.replay(pool)) },
        words: Vec::new(),
    };
    explanation.words = words::sentences(decision, by_policy, &explanation, name);
    explanation
}

fn weigh(decision: &Decision, pool: &Pool) -> Vec<Weighed> {
    let out = policy::reasons(pool, &decision.rule);
    let members = || pool.candidates().iter().zip(&out);
    let total: u64 = members().filter(|(_, out)| out.is_none()).map(|(c, _)| u64::from(c.weight)).sum();
    let earning = pool.earning();
    members()
        .map(|(candidate, out)| Weighed {
            operator: candidate.operator,
            weight: candidate.weight,
            load: candidate.load,
            max_load: candidate.max_load,
            last_assigned_at: candidate.last_assigned_at,
            credit: contacts(candidate.credit),
            owed: contacts(owed(candidate, earning)),
            share: if out.is_none() { f64::from(candidate.weight) / total as f64 } else { 0.0 },
            ineligibility: out.map(|reason| reason.why),
            until: out.and_then(|reason| reason.until),
            picked: decision.outcome == Some(candidate.operator),
        })
        .collect()
}

fn owed(candidate: &Candidate, earning: Earning) -> i64 {
    if candidate.is_eligible() { candidate.owed(earning) } else { candidate.credit }
}

fn contacts(credit: i64) -> f64 {
    credit as f64 / CREDIT_PER_CONTACT as f64
}

/// Whether the policy itself picked, not stickiness.
fn picked_by_policy(decision: &Decision, pool: &Pool) -> bool {
    matches!(decision.choice(pool), Choice::Picked(_))
}

fn line(decision: &Decision, pool: &Pool) -> Option<NumberLine> {
    if decision.rule.policy != Policy::WeightedRandom || !picked_by_policy(decision, pool) {
        return None;
    }
    let (parts, point) = policy::number_line(pool, &decision.rule, decision.seed)?;
    let total = parts.last().map_or(0, |(_, _, behind)| *behind);
    let part = |(index, first, behind): (usize, u64, u64)| Part {
        operator: pool.candidates()[index].operator,
        first,
        last: behind - 1,
    };
    Some(NumberLine { parts: parts.into_iter().map(part).collect(), total, point })
}

fn tied(decision: &Decision, pool: &Pool) -> Vec<OperatorId> {
    if !picked_by_policy(decision, pool) {
        return Vec::new();
    }
    let ranking = policy::ranking(pool, &decision.rule);
    if ranking.first < 2 {
        return Vec::new();
    }
    ranking.places[..ranking.first].iter().map(|index| pool.candidates()[*index].operator).collect()
}
