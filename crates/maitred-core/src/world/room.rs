//! Which of those who wait have to be in memory for the room that commands make. A free slot goes to the best, by
//! priority and arrival, of all sources of an operator: so of each waiting order only as much is loaded as may be among
//! the best, by position alone, and only the best as whole contacts. That is bounded by the number of slots and of
//! sources, however many wait.

use super::waiting::WaitingPosition;
use super::{SourceState, World};
use crate::ids::{ContactId, OperatorId, SourceId};
use crate::limits::DRAIN_MAX;
use crate::offer::RESTING_LOOKED_AT_MAX;
use std::collections::{BTreeMap, BTreeSet};

/// How much faster than before to read on in a waiting order whose loaded front is all among the best.
const GROWTH: usize = 4;

/// Where commands may make room.
#[derive(Default)]
pub(super) struct Room {
    /// Slots that operators may get free.
    operators: BTreeMap<OperatorId, usize>,
    /// Contacts that a source may get rid of.
    sources: BTreeMap<SourceId, usize>,
    /// Sources that nobody serves any more once the room is made: who waits there is not given to anybody.
    closed: BTreeSet<SourceId>,
}

/// What is to be in memory for that.
#[derive(Default)]
pub(super) struct Wanted {
    /// How many of the first positions, by source, where that is not known to be enough yet.
    pub(super) waiting: BTreeMap<SourceId, usize>,
    /// Sources of which those that rest are not known yet.
    pub(super) resting: BTreeSet<SourceId>,
    /// Those who may be assigned.
    pub(super) contacts: BTreeSet<ContactId>,
}

impl Room {
    /// Slots of an operator, for those who wait on any of their sources.
    pub(super) fn of_operator(&mut self, id: OperatorId, slots: usize) {
        *self.operators.entry(id).or_default() += slots;
    }

    /// Slots for those who wait on a source.
    pub(super) fn on_source(&mut self, id: SourceId, slots: usize) {
        *self.sources.entry(id).or_default() += slots;
    }

    /// Nobody gets those who wait on this source.
    pub(super) fn close(&mut self, id: SourceId) {
        self.closed.insert(id);
    }

    /// What is needed, as far as is known by now: asked again once that is loaded, until there is nothing new.
    pub(super) fn wanted(&self, world: &World) -> Wanted {
        let most = self.most(world);
        let mut wanted = Wanted::default();
        for (source, slots) in self.sources.iter().filter(|(_, slots)| **slots > 0) {
            let order = Order { source: *source, most: most.get(source).copied().unwrap_or(*slots).min(DRAIN_MAX) };
            wanted.best(world, &[order], order.most);
            wanted.resting(world, *source);
        }
        for (operator, slots) in self.operators.iter().filter(|(_, slots)| **slots > 0) {
            let order = |source| Order { source, most: most.get(&source).copied().unwrap_or(*slots) };
            let orders: Vec<Order> = self.serves(world, *operator).map(order).collect();
            orders.iter().for_each(|order| wanted.resting(world, order.source));
            // Others who get room on these sources may be given some of the best.
            let others: usize = orders.iter().map(|order| order.most - slots).sum();
            wanted.best(world, &orders, (slots + others).min(DRAIN_MAX));
        }
        wanted
    }

    /// How many contacts of each source all these slots together may take.
    fn most(&self, world: &World) -> BTreeMap<SourceId, usize> {
        let mut most = self.sources.clone();
        for (operator, slots) in &self.operators {
            self.serves(world, *operator).for_each(|source| *most.entry(source).or_default() += slots);
        }
        most
    }

    /// The sources that assign contacts to an operator.
    fn serves<'a>(&'a self, world: &'a World, operator: OperatorId) -> impl Iterator<Item = SourceId> + 'a {
        let assigns = move |source: &SourceId| {
            let state = world.source_row(*source);
            state.is_none_or(|state| {
                let has_weight = state.pool.get(operator).is_some_and(|candidate| candidate.weight > 0);
                has_weight && state.source.closed(world.now()).is_none()
            })
        };
        world.serves(operator).filter(|source| !self.closed.contains(source)).filter(assigns)
    }
}

/// A waiting order, and how many of it may be taken.
#[derive(Clone, Copy)]
struct Order {
    source: SourceId,
    most: usize,
}

impl Wanted {
    /// Those that rest on a source: who has room may be one of whom was not asked.
    fn resting(&mut self, world: &World, source: SourceId) {
        let Some(resting) = world.source_row(source).map(SourceState::resting).filter(|it| it.count() > 0) else {
            return;
        };
        if resting.has_front(RESTING_LOOKED_AT_MAX) {
            self.contacts.extend(resting.front().take(RESTING_LOOKED_AT_MAX).map(|position| position.contact));
        } else {
            self.resting.insert(source);
        }
    }

    /// The best `count` of several waiting orders, or what has to be loaded first to know them.
    fn best(&mut self, world: &World, orders: &[Order], count: usize) {
        let known: Option<Vec<_>> =
            orders.iter().map(|order| Some((order, &world.source_row(order.source)?.waiting))).collect();
        // Sources that are not in memory are asked for where operators are.
        let Some(mut known) = known else { return };
        known.retain(|(_, waiting)| waiting.count() > 0);
        let mut best: Vec<WaitingPosition> =
            known.iter().flat_map(|(order, waiting)| waiting.front().take(order.most.min(count))).collect();
        if best.len() > count {
            best.select_nth_unstable(count - 1);
            best.truncate(count);
        }
        let last = best.iter().max().filter(|_| best.len() == count);
        let share = count.div_ceil(known.len().max(1));
        let mut is_enough = true;
        for (order, waiting) in known {
            let most = order.most.min(count);
            if waiting.has_front(most) || waiting.last().is_some_and(|it| last.is_some_and(|last| it >= *last)) {
                continue;
            }
            is_enough = false;
            let more = most.min(share.max(waiting.front().count() * GROWTH));
            let wanted = self.waiting.entry(order.source).or_default();
            *wanted = more.max(*wanted);
        }
        if is_enough {
            self.contacts.extend(best.iter().map(|position| position.contact));
        }
    }
}
