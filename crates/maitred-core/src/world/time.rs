//! Time in memory: what depends on it in pools is brought up to each command.

use super::World;
use crate::ids::{OperatorId, Timestamp};
use crate::nouns::Operator;

impl World {
    /// Has pools show their members as they are at this time: [`crate::decide()`] does that first. Costs nothing while
    /// nobody changes by themselves in between.
    pub fn advance(&mut self, now: Timestamp) {
        let (from, to) = (self.now.min(now), self.now.max(now));
        self.now = now;
        if from == to || self.timed.is_empty() {
            return;
        }
        let first = (Timestamp(from.0.saturating_add(1)), OperatorId(i64::MIN));
        let changed: Vec<OperatorId> =
            self.timed.range(first..=(to, OperatorId(i64::MAX))).map(|(_, operator)| *operator).collect();
        changed.into_iter().for_each(|operator| self.show_operator(operator));
    }

    /// Whether somebody is to change by themselves, and no wake has come yet.
    pub(crate) fn is_overdue(&self) -> bool {
        self.timed.first().is_some_and(|(at, _)| *at <= self.now)
    }

    /// The time for which pools are shown.
    pub(crate) const fn now(&self) -> Timestamp {
        self.now
    }

    /// Brings every pool in memory up to an operator as they are now.
    pub(super) fn show_operator(&mut self, id: OperatorId) {
        let Some(operator) = self.operators.get(&id) else { return };
        for source in self.serves.get(&id).into_iter().flatten() {
            if let Some(Some(state)) = self.sources.0.get_mut(source) {
                state.sync(operator, self.now);
            }
        }
    }

    /// Notes when an operator changes by themselves, in memory alone.
    pub(super) fn time_operator(&mut self, id: OperatorId, before: Option<Timestamp>, after: Option<Timestamp>) {
        before.into_iter().for_each(|at| _ = self.timed.remove(&(at, id)));
        self.timed.extend(after.map(|at| (at, id)));
    }

    /// The same for one who is about to be loaded.
    pub(super) fn time_loaded(&mut self, operator: &Operator) {
        if !self.operators.knows(&operator.id) {
            self.time_operator(operator.id, None, operator.next_change());
        }
    }
}
