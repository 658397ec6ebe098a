//! What happened on one UTC day, of one source: all together, or of one operator. Arrivals are counted by quarter of an
//! hour, for all zones are whole quarters away from UTC.

use super::fact::{Fact, FactKind, Measure};
use super::spread::Spread;
use crate::codec::{Malformed, Reader, put_u64};
use crate::ids::{OperatorId, SourceId, Timestamp};
use std::collections::BTreeMap;

const VERSION: u8 = 1;
/// A day of UTC and a quarter of an hour, in microseconds.
pub const DAY_MICROS: i64 = 96 * QUARTER_MICROS;
pub const QUARTER_MICROS: i64 = 15 * 60 * 1_000_000;

/// The UTC day of a time, counted from 1970.
#[must_use]
pub const fn day_of(at: Timestamp) -> i64 {
    at.0.div_euclid(DAY_MICROS)
}

/// Of which day, source and operator a [`Day`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct DayKey {
    /// None: everybody and nobody together.
    pub operator: Option<OperatorId>,
    /// From 1970.
    pub day: i64,
    pub source: SourceId,
}

impl DayKey {
    /// The days that a fact counts for.
    pub fn of(fact: &Fact) -> impl Iterator<Item = Self> {
        let all = Self { operator: None, day: day_of(fact.at), source: fact.source };
        std::iter::once(all).chain(fact.operator.map(|operator| Self { operator: Some(operator), ..all }))
    }
}

/// See the module.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Day {
    counts: [u64; FactKind::ALL.len()],
    times: [Spread; Measure::ALL.len()],
    /// Arrivals by quarter of an hour from the beginning of the day; those without any are left out.
    quarters: BTreeMap<u8, u64>,
}

impl Day {
    pub fn add(&mut self, fact: &Fact) {
        self.counts[fact.kind as usize] += 1;
        if let Some(measure) = fact.kind.measure() {
            self.times[measure as usize].add(fact.micros);
        }
        if fact.kind == FactKind::Arrived {
            let quarter = fact.at.0.rem_euclid(DAY_MICROS) / QUARTER_MICROS;
            *self.quarters.entry(quarter as u8).or_default() += 1;
        }
    }

    #[must_use]
    pub const fn count(&self, kind: FactKind) -> u64 {
        self.counts[kind as usize]
    }

    #[must_use]
    pub const fn times(&self, measure: Measure) -> &Spread {
        &self.times[measure as usize]
    }

    /// Arrivals by quarter of an hour from the beginning of the day.
    pub fn quarters(&self) -> impl Iterator<Item = (u8, u64)> + '_ {
        self.quarters.iter().map(|(quarter, count)| (*quarter, *count))
    }

    /// The stored form.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut out = vec![VERSION];
        put_u64(&mut out, self.counts.len() as u64);
        self.counts.iter().for_each(|count| put_u64(&mut out, *count));
        self.times.iter().for_each(|times| times.put(&mut out));
        for (quarter, count) in &self.quarters {
            out.push(*quarter);
            put_u64(&mut out, *count);
        }
        out
    }

    /// Reads what [`Day::encode`] wrote.
    ///
    /// # Errors
    /// [`Malformed`] when the bytes are no day.
    pub fn decode(bytes: &[u8]) -> Result<Self, Malformed> {
        let mut reader = Reader::new(bytes);
        reader.version(VERSION)?;
        let mut day = Self::default();
        let kinds = reader.u64()?;
        if kinds > day.counts.len() as u64 {
            return Err(Malformed::UnknownCode(kinds));
        }
        for count in day.counts.iter_mut().take(kinds as usize) {
            *count = reader.u64()?;
        }
        for times in &mut day.times {
            *times = Spread::read(&mut reader)?;
        }
        while !reader.is_empty() {
            let quarter = reader.byte()?;
            day.quarters.insert(quarter, reader.u64()?);
        }
        Ok(day)
    }
}
