//! Who could get the next contact of a source, with what chance, and what is in the way if nobody can. As of one
//! moment: the next contact may find everything changed.

use maitred_core::opening::Closed;
use maitred_core::policy::{self, Rule};
use maitred_core::pool::{Candidate, Pool};
use maitred_core::world::SourceState;
use maitred_core::{Operator, OperatorId, Policy, Source, Timestamp};
use maitred_store::views::SourceBook;
use std::sync::Arc;

/// The operators of a source, by id, as the next contact would find them.
#[derive(Clone, Debug)]
pub struct Preview {
    pub prospects: Vec<Prospect>,
    /// That the source is closed, if it is: then nobody gets the next contact.
    pub closed: Option<Closed>,
}

/// One operator of a [`Preview`].
#[derive(Clone, Debug)]
pub struct Prospect {
    pub candidate: Candidate,
    pub name: Arc<str>,
    /// The part (0 to 1) of the weights of all who can get a contact.
    pub share: f64,
    /// The probability (0 to 1) of getting the next contact.
    pub chance: f64,
}

impl Preview {
    #[must_use]
    pub fn of(book: &SourceBook, now: Timestamp) -> Self {
        let members = book.members.iter().map(|(operator, weight)| (operator, *weight));
        let state = SourceState::new(book.source.clone(), members, book.ledger.clone(), book.counts, now);
        let pool = state.pool();
        let closed = book.source.closed(now);
        let chances = match closed {
            Some(_) => vec![0.0; pool.candidates().len()],
            None => chances(pool, book.source.policy),
        };
        let weight_total = pool.eligible_weight().max(1) as f64;
        // A pool is in the order of ids, and so are the members of a book.
        let both = pool.candidates().iter().zip(&book.members).zip(chances);
        let prospect = |((candidate, (operator, _)), chance): ((&Candidate, &(Operator, u32)), f64)| Prospect {
            candidate: candidate.clone(),
            name: operator.name.clone(),
            share: if candidate.is_eligible() { f64::from(candidate.weight) / weight_total } else { 0.0 },
            chance,
        };
        Self { prospects: both.map(prospect).collect(), closed }
    }

    /// Whether a new contact would have to wait.
    #[must_use]
    pub fn would_wait(&self) -> bool {
        self.closed.is_some() || !self.prospects.iter().any(|prospect| prospect.candidate.is_eligible())
    }
}

/// The probability of each candidate: their part of the draw, or an equal part among those whom the policy ranks first.
fn chances(pool: &Pool, by: Policy) -> Vec<f64> {
    let mut chances = vec![0.0; pool.candidates().len()];
    let rule = Rule::of(by);
    if by == Policy::WeightedRandom {
        let total = pool.eligible_weight().max(1) as f64;
        for (chance, candidate) in chances.iter_mut().zip(pool.candidates()).filter(|(_, c)| c.is_eligible()) {
            *chance = f64::from(candidate.weight) / total;
        }
        return chances;
    }
    let ranking = policy::ranking(pool, &rule);
    for place in &ranking.places[..ranking.first] {
        chances[*place] = 1.0 / ranking.first as f64;
    }
    chances
}

/// Why nobody can get a contact of a source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Obstacle {
    /// The source is closed.
    Closed(Closed),
    /// No operator serves it.
    NoOperators,
    /// Its operators all have the weight 0.
    NoWeights,
    /// All with a weight are switched off or paused.
    Paused(Vec<OperatorId>),
    /// Nobody with a weight works now: some are off shift or on leave, others switched off or paused.
    OffShift { off_shift: Vec<OperatorId>, paused: Vec<OperatorId>, next: Option<(OperatorId, Timestamp)> },
    /// Nobody has room, and these have free slots, but reached a cap of theirs.
    Capped(Vec<OperatorId>),
    /// All with a weight who work now are full.
    Full { full: Vec<OperatorId>, paused: Vec<OperatorId>, off_shift: Vec<OperatorId> },
}

impl Obstacle {
    /// What is in the way at a source; nothing if somebody can get a contact.
    #[must_use]
    pub fn of(source: &Source, members: &[(Operator, u32)], now: Timestamp) -> Option<Self> {
        if let Some(closed) = source.closed(now) {
            return Some(Self::Closed(closed));
        }
        let source = Some(source.id);
        if members.is_empty() {
            return Some(Self::NoOperators);
        }
        let with_weight: Vec<&Operator> =
            members.iter().filter(|(_, weight)| *weight > 0).map(|(operator, _)| operator).collect();
        let ids = |operators: &[&Operator]| operators.iter().map(|operator| operator.id).collect();
        let (on, paused): (Vec<&Operator>, Vec<&Operator>) =
            with_weight.iter().partition(|operator| operator.is_active && !operator.is_paused(now));
        let (at_work, off_shift): (Vec<&Operator>, Vec<&Operator>) =
            on.iter().partition(|operator| operator.away(now).is_none());
        let has_room =
            |operator: &&&Operator| operator.current_load < operator.max_load && operator.capped(source, now).is_none();
        let capped: Vec<&Operator> = at_work.iter().copied().filter(|it| it.current_load < it.max_load).collect();
        match !at_work.iter().any(|operator| has_room(&operator)) {
            false => None,
            true if with_weight.is_empty() => Some(Self::NoWeights),
            true if on.is_empty() => Some(Self::Paused(ids(&paused))),
            true if at_work.is_empty() => {
                let next = next_at_work(&off_shift, now);
                Some(Self::OffShift { off_shift: ids(&off_shift), paused: ids(&paused), next })
            }
            true if !capped.is_empty() => Some(Self::Capped(ids(&capped))),
            true => Some(Self::Full { full: ids(&at_work), paused: ids(&paused), off_shift: ids(&off_shift) }),
        }
    }
}

/// Who of those who are off shift works first again, and when.
#[must_use]
pub fn next_at_work(off_shift: &[&Operator], now: Timestamp) -> Option<(OperatorId, Timestamp)> {
    let begins = |operator: &&Operator| Some((operator.hours.as_ref()?.open.next_opening(now)?, operator.id));
    off_shift.iter().filter_map(begins).min().map(|(at, id)| (id, at))
}

#[cfg(test)]
mod tests {
    use super::*;
    use maitred_core::SourceId;
    use maitred_core::command::{NewOperator, NewSource};

    /// Weight, whether active, load; of ten places.
    fn obstacle(members: &[(u32, bool, u32)]) -> Option<Obstacle> {
        let member = |(at, (weight, is_active, load)): (usize, &(u32, bool, u32))| {
            let new = NewOperator { max_load: 10, ..NewOperator::named("Anna") };
            let operator = Operator::new(OperatorId(at as i64), new, Timestamp(0));
            (Operator { is_active: *is_active, current_load: *load, ..operator }, *weight)
        };
        let source = Source::new(SourceId(1), NewSource::named("Bot"), Timestamp(0));
        Obstacle::of(&source, &members.iter().enumerate().map(member).collect::<Vec<_>>(), Timestamp(0))
    }

    #[test]
    fn what_is_in_the_way_is_said_by_its_kind() {
        let ids = |ids: &[i64]| ids.iter().copied().map(OperatorId).collect::<Vec<_>>();
        assert_eq!(obstacle(&[]), Some(Obstacle::NoOperators));
        assert_eq!(obstacle(&[(0, true, 0), (0, false, 0)]), Some(Obstacle::NoWeights));
        assert_eq!(obstacle(&[(0, true, 0), (5, false, 0)]), Some(Obstacle::Paused(ids(&[1]))));
        let full = Obstacle::Full { full: ids(&[1, 2]), paused: ids(&[0]), off_shift: Vec::new() };
        assert_eq!(obstacle(&[(1, false, 10), (1, true, 10), (1, true, 11)]), Some(full));
        assert_eq!(obstacle(&[(1, true, 10), (1, true, 9)]), None);
    }
}
