//! Corrections: contacts that an operator is to get on a source beyond what the policy gives them, or is to go without,
//! because somebody said so ("three spoiled leads") or because they declined a contact where that is free.
//!
//! A correction is paid back in whole contacts, outside of the rotation: a contact that pays one back earns nobody
//! anything and costs nobody anything, so the shares of all others are as if it had never arrived. Of two contacts in
//! a row that a source gives away at most one pays back, so whatever is owed to somebody, everybody else has their
//! share of every second contact.
//!
//! * Who is *owed* contacts gets the next one that they and somebody else could get, the one who is owed most first.
//! * Who is *ahead* is passed over when the policy picks them and somebody else can take the contact: they pay for it
//!   as if they had got it, and who gets it in their place pays nothing.

use crate::actor::Actor;
use crate::ids::{CorrectionId, OperatorId, SourceId, Timestamp};
use crate::policy::{Choice, Rule, choose, owed_most};
use crate::pool::Pool;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;

/// What somebody said that an operator is to get beyond their share of a source. It never changes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Correction {
    /// Its id; later ones have larger ones.
    pub id: CorrectionId,
    pub source: SourceId,
    pub operator: OperatorId,
    /// How many contacts more, or fewer if it is negative; never 0, and at most
    /// [`CORRECTION_MAX`](crate::limits::CORRECTION_MAX) of either sign.
    pub amount: i64,
    /// As [`crate::limits::correction_reason`] gives it.
    pub reason: Arc<str>,
    pub author: Actor,
    pub created_at: Timestamp,
}

/// What the operators of a source are still owed, or are ahead; nobody of whom neither is true.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Outstanding(BTreeMap<OperatorId, i64>);

impl Outstanding {
    pub(crate) fn set(&mut self, operator: OperatorId, contacts: i64) {
        match contacts {
            0 => _ = self.0.remove(&operator),
            _ => _ = self.0.insert(operator, contacts),
        }
    }

    fn of(&self, operator: OperatorId) -> i64 {
        self.0.get(&operator).copied().unwrap_or_default()
    }

    /// The rule with the correction that applies to this decision, if one does.
    pub(crate) fn applied_to(&self, rule: Rule, pool: &Pool, seed: u64) -> Rule {
        if self.0.is_empty() {
            return rule;
        }
        let Choice::Picked(index) = choose(pool, &rule, seed) else { return rule };
        if let Some(owed) = owed_most(pool, &rule, seed, |operator| self.of(operator)) {
            return Rule { owed: Some(owed), ..rule };
        }
        let picked = pool.candidates()[index].operator;
        if self.of(picked) >= 0 {
            return rule;
        }
        let instead = Rule { passed_over: Some(picked), ..rule.clone() };
        let is_somebody_else = choose(pool, &instead, seed).index().is_some_and(|other| other != index);
        if is_somebody_else { instead } else { rule }
    }
}

impl FromIterator<(OperatorId, i64)> for Outstanding {
    fn from_iter<I: IntoIterator<Item = (OperatorId, i64)>>(lines: I) -> Self {
        Self(lines.into_iter().filter(|(_, contacts)| *contacts != 0).collect())
    }
}
