//! Figures of a period: facts, or whole days, added up.

use super::day::Day;
use super::fact::{Fact, FactKind, Measure};
use super::spread::{Spread, rank};

/// Times that were measured: exact as long as they come from facts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Times {
    each: Vec<u64>,
    by_day: Spread,
}

impl Times {
    #[must_use]
    pub const fn count(&self) -> u64 {
        self.each.len() as u64 + self.by_day.count()
    }

    /// The greatest; none without any.
    #[must_use]
    pub fn max(&self) -> Option<u64> {
        let max = self.each.iter().copied().max().unwrap_or_default().max(self.by_day.max());
        (self.count() > 0).then_some(max)
    }

    /// The least times that so many of 100 do not exceed: exact without days, else as exact as a [`Spread`].
    #[must_use]
    pub fn quantiles<const N: usize>(&self, percents: [u64; N]) -> [Option<u64>; N] {
        if self.by_day.count() == 0 {
            let mut each = self.each.clone();
            each.sort_unstable();
            let place = |percent| rank(each.len() as u64, percent).map(|rank| each[rank as usize - 1]);
            return percents.map(place);
        }
        let mut all = self.by_day.clone();
        self.each.iter().for_each(|micros| all.add(*micros));
        percents.map(|percent| all.quantile(percent))
    }
}

/// See the module.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Figures {
    counts: [u64; FactKind::ALL.len()],
    times: [Times; Measure::ALL.len()],
}

impl Figures {
    pub fn add_fact(&mut self, fact: &Fact) {
        self.counts[fact.kind as usize] += 1;
        if let Some(measure) = fact.kind.measure() {
            self.times[measure as usize].each.push(fact.micros);
        }
    }

    pub fn add_day(&mut self, day: &Day) {
        for kind in FactKind::ALL {
            self.counts[kind as usize] += day.count(kind);
        }
        for measure in Measure::ALL {
            self.times[measure as usize].by_day.add_all(day.times(measure));
        }
    }

    #[must_use]
    pub const fn count(&self, kind: FactKind) -> u64 {
        self.counts[kind as usize]
    }

    #[must_use]
    pub const fn times(&self, measure: Measure) -> &Times {
        &self.times[measure as usize]
    }
}
