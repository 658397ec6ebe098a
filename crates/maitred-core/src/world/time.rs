//! Time in memory: what depends on it in pools is brought up to each command.

use super::World;
use crate::due::{Due, Subject};
use crate::ids::{OperatorId, Timestamp};
use crate::nouns::Operator;
use std::collections::{BTreeMap, BTreeSet};

/// One moment for each of some operators.
#[derive(Clone, Debug, Default)]
pub(super) struct Moments {
    by_time: BTreeSet<(Timestamp, OperatorId)>,
    of: BTreeMap<OperatorId, Timestamp>,
}

impl Moments {
    fn first(&self) -> Option<(Timestamp, OperatorId)> {
        self.by_time.first().copied()
    }

    fn set(&mut self, id: OperatorId, at: Option<Timestamp>) {
        if at.is_none() && self.of.is_empty() {
            return;
        }
        let before = match at {
            Some(at) => self.of.insert(id, at),
            None => self.of.remove(&id),
        };
        before.into_iter().for_each(|before| _ = self.by_time.remove(&(before, id)));
        self.by_time.extend(at.map(|at| (at, id)));
    }
}

impl World {
    /// Has pools show their members as they are at this time: [`crate::decide()`] does that first. Costs nothing while
    /// nobody changes by themselves in between.
    pub fn advance(&mut self, now: Timestamp) {
        let went_back = now < self.now;
        self.now = now;
        if went_back {
            let timed: Vec<OperatorId> = self.operators().filter(|it| it.has_timers()).map(|it| it.id).collect();
            timed.into_iter().for_each(|operator| self.show_operator(operator));
        }
        while let Some((_, operator)) = self.looks.first().filter(|(at, _)| *at <= now) {
            self.show_operator(operator);
        }
    }

    /// Whether somebody is to change by themselves, and no wake has come yet.
    pub(crate) fn is_overdue(&self) -> bool {
        self.timed.first().is_some_and(|due| due.at <= self.now)
    }

    /// The time for which pools are shown.
    pub(crate) const fn now(&self) -> Timestamp {
        self.now
    }

    /// Brings every pool in memory up to an operator as they are now.
    pub(super) fn show_operator(&mut self, id: OperatorId) {
        let Some(operator) = self.operators.get(&id) else { return };
        self.looks.set(id, operator.next_look(self.now));
        for source in self.serves.get(&id).into_iter().flatten() {
            if let Some(Some(state)) = self.sources.0.get_mut(source) {
                state.sync(operator, self.now);
            }
        }
    }

    /// Notes when an operator or a source changes by itself, in memory alone.
    pub(super) fn time(&mut self, subject: Subject, before: Option<Timestamp>, after: Option<Timestamp>) {
        before.into_iter().for_each(|at| _ = self.timed.remove(&Due { at, subject }));
        self.timed.extend(after.map(|at| Due { at, subject }));
    }

    /// The same for one who is about to be loaded.
    pub(super) fn time_loaded(&mut self, operator: &Operator) {
        if !self.operators.knows(&operator.id) {
            self.time(Subject::Operator(operator.id), None, operator.next_change());
            self.looks.set(operator.id, operator.next_look(self.now));
        }
    }
}
