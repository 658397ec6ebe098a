//! Lists of times at which something is open, and the questions that are asked of them. Integers only: zones and days
//! are gone by the time a list is made: `maitred-calendar` makes them.

use crate::ids::Timestamp;
use serde::{Deserialize, Serialize};

/// From one moment up to, but without, another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Interval {
    pub from: Timestamp,
    pub until: Timestamp,
}

impl Interval {
    #[must_use]
    pub const fn new(from: Timestamp, until: Timestamp) -> Self {
        Self { from, until }
    }

    #[must_use]
    pub const fn contains(self, at: Timestamp) -> bool {
        self.from.0 <= at.0 && at.0 < self.until.0
    }

    /// Its length in microseconds; 0 if it ends before it begins.
    #[must_use]
    pub const fn micros(self) -> i64 {
        let length = self.until.0.saturating_sub(self.from.0);
        if length > 0 { length } else { 0 }
    }

    /// The part that both have; one of length 0 if there is none.
    #[must_use]
    pub fn overlap(self, other: Self) -> Self {
        let from = self.from.max(other.from);
        Self { from, until: self.until.min(other.until).max(from) }
    }
}

/// Intervals that are not empty, do not touch one another, and stand in the order of time.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct Intervals(Vec<Interval>);

impl FromIterator<Interval> for Intervals {
    /// Sorts them, joins those that overlap or touch, and leaves out empty ones.
    fn from_iter<I: IntoIterator<Item = Interval>>(intervals: I) -> Self {
        let mut sorted: Vec<Interval> = intervals.into_iter().filter(|one| one.micros() > 0).collect();
        sorted.sort_unstable();
        sorted.dedup_by(|next, last| {
            let joins = next.from <= last.until;
            if joins {
                last.until = last.until.max(next.until);
            }
            joins
        });
        Self(sorted)
    }
}

impl Intervals {
    #[must_use]
    pub fn as_slice(&self) -> &[Interval] {
        &self.0
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The interval that is open at this moment.
    #[must_use]
    pub fn at(&self, at: Timestamp) -> Option<Interval> {
        self.from(at).first().copied().filter(|one| one.contains(at))
    }

    #[must_use]
    pub fn is_open_at(&self, at: Timestamp) -> bool {
        self.at(at).is_some()
    }

    /// The first open moment that is not before this one: the moment itself if it is open. `None` if there is none in
    /// the list, which says nothing of the time behind it.
    #[must_use]
    pub fn next_opening(&self, at: Timestamp) -> Option<Timestamp> {
        self.from(at).first().map(|one| one.from.max(at))
    }

    /// The first moment behind this one at which something opens or closes.
    #[must_use]
    pub fn next_edge(&self, after: Timestamp) -> Option<Timestamp> {
        let next = self.from(after).first()?;
        Some(if next.from > after { next.from } else { next.until })
    }

    /// The moment at which so many open microseconds have passed; for none, the first open moment. A closing counts as
    /// the end of the time before it: an hour from 16:00, closed from 17:00, is over at 17:00. `None` if the list
    /// ends before.
    #[must_use]
    pub fn add_open(&self, from: Timestamp, micros: i64) -> Option<Timestamp> {
        let mut left = micros.max(0);
        for one in self.from(from) {
            let start = one.from.max(from);
            let length = one.until.0 - start.0;
            if left <= length {
                return Some(Timestamp(start.0 + left));
            }
            left -= length;
        }
        None
    }

    /// How many microseconds are open in a span.
    #[must_use]
    pub fn open_micros(&self, span: Interval) -> i64 {
        self.clipped(span).map(Interval::micros).sum()
    }

    /// What lies in a span.
    #[must_use]
    pub fn clip(&self, span: Interval) -> Self {
        Self(self.clipped(span).collect())
    }

    /// What is open here and not in the other.
    #[must_use]
    pub fn minus(&self, other: &Self) -> Self {
        let mut left = Vec::with_capacity(self.0.len());
        for one in &self.0 {
            let mut from = one.from;
            for cut in other.clipped(*one) {
                left.push(Interval::new(from, cut.from));
                from = cut.until;
            }
            left.push(Interval::new(from, one.until));
        }
        left.retain(|one| one.micros() > 0);
        Self(left)
    }

    /// What is open in either.
    #[must_use]
    pub fn union(&self, other: &Self) -> Self {
        self.0.iter().chain(&other.0).copied().collect()
    }

    fn clipped(&self, span: Interval) -> impl Iterator<Item = Interval> {
        let parts = self.from(span.from).iter().take_while(move |one| one.from < span.until);
        parts.map(move |one| one.overlap(span)).filter(|one| one.micros() > 0)
    }

    /// Those that end after a moment.
    fn from(&self, at: Timestamp) -> &[Interval] {
        &self.0[self.0.partition_point(|one| one.until <= at)..]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(pairs: &[(i64, i64)]) -> Intervals {
        pairs.iter().map(|(from, until)| Interval::new(Timestamp(*from), Timestamp(*until))).collect()
    }

    #[test]
    fn intervals_that_touch_are_one_and_empty_ones_none() {
        assert_eq!(of(&[(5, 9), (1, 3), (3, 4), (7, 7), (8, 12), (20, 15)]), of(&[(1, 4), (5, 12)]));
    }

    #[test]
    fn the_end_is_closed_and_the_start_open() {
        let list = of(&[(10, 20), (30, 40)]);
        let open: Vec<bool> = [9, 10, 19, 20, 29, 30, 40].map(|at| list.is_open_at(Timestamp(at))).into();
        assert_eq!(open, [false, true, true, false, false, true, false]);
        let next = |at| list.next_opening(Timestamp(at)).map(|at| at.0);
        assert_eq!([next(0), next(15), next(20), next(40)], [Some(10), Some(15), Some(30), None]);
    }

    #[test]
    fn open_time_is_added_over_gaps() {
        let list = of(&[(10, 20), (30, 40)]);
        let add = |from, micros| list.add_open(Timestamp(from), micros).map(|at| at.0);
        assert_eq!([add(12, 8), add(12, 9), add(0, 0), add(25, 10)], [Some(20), Some(31), Some(10), Some(40)]);
        assert_eq!(add(12, 19), None);
    }

    #[test]
    fn what_is_taken_away_is_gone_and_the_rest_stays() {
        let list = of(&[(10, 20), (30, 40)]);
        assert_eq!(list.minus(&of(&[(12, 14), (18, 31), (50, 60)])), of(&[(10, 12), (14, 18), (31, 40)]));
        assert_eq!(list.minus(&of(&[(0, 100)])), of(&[]));
        assert_eq!(list.minus(&of(&[])).union(&of(&[(20, 30)])), of(&[(10, 40)]));
        assert_eq!(list.open_micros(Interval::new(Timestamp(15), Timestamp(35))), 10);
    }
}
