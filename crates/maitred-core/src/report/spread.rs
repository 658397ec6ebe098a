//! How times are spread: counted in buckets whose width grows with what they hold, so that any number of times takes a
//! few hundred bytes and those of several days can be added up. Only whole numbers are computed with, so every machine
//! and both engines get the same.

use crate::codec::{Malformed, Reader, put_u64};
use std::collections::BTreeMap;

/// Bits of a number that say its bucket, below the leading one.
const BITS: u32 = 6;
const EXACT: u64 = 1 << BITS;

/// How far a quantile of a [`Spread`] is from the true one at most, as a part of it: half the width of a bucket.
pub const ERROR_MAX: f64 = 1.0 / (2.0 * EXACT as f64);

/// Times in microseconds. The greatest is exact.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Spread {
    buckets: BTreeMap<u32, u64>,
    count: u64,
    max: u64,
}

impl Spread {
    pub fn add(&mut self, micros: u64) {
        *self.buckets.entry(bucket(micros)).or_default() += 1;
        self.count += 1;
        self.max = self.max.max(micros);
    }

    /// Adds all of another.
    pub fn add_all(&mut self, other: &Self) {
        for (bucket, count) in &other.buckets {
            *self.buckets.entry(*bucket).or_default() += count;
        }
        self.count += other.count;
        self.max = self.max.max(other.max);
    }

    #[must_use]
    pub const fn count(&self) -> u64 {
        self.count
    }

    #[must_use]
    pub const fn max(&self) -> u64 {
        self.max
    }

    /// The least time that so many of 100 times do not exceed, rounded as [`ERROR_MAX`] says; none without any.
    #[must_use]
    pub fn quantile(&self, percent: u64) -> Option<u64> {
        let rank = rank(self.count, percent)?;
        let mut before = 0;
        let found = self.buckets.iter().find(|(_, count)| {
            before += **count;
            before >= rank
        });
        found.map(|(bucket, _)| middle(*bucket).min(self.max))
    }

    pub(super) fn put(&self, out: &mut Vec<u8>) {
        put_u64(out, self.buckets.len() as u64);
        let mut last = 0;
        for (bucket, count) in &self.buckets {
            put_u64(out, u64::from(bucket - last));
            last = *bucket;
            put_u64(out, *count);
        }
        put_u64(out, self.max);
    }

    pub(super) fn read(reader: &mut Reader<'_>) -> Result<Self, Malformed> {
        let (mut buckets, mut last, mut total) = (BTreeMap::new(), 0u32, 0u64);
        for _ in 0..reader.u64()? {
            last = last.checked_add(reader.u32()?).ok_or(Malformed::Overflow)?;
            let count = reader.u64()?;
            total = total.checked_add(count).ok_or(Malformed::Overflow)?;
            buckets.insert(last, count);
        }
        Ok(Self { buckets, count: total, max: reader.u64()? })
    }
}

/// The place, from 1, of the value that so many of 100 do not exceed: the nearest rank.
pub(super) fn rank(count: u64, percent: u64) -> Option<u64> {
    let rank = u128::from(count) * u128::from(percent);
    (count > 0).then(|| u64::try_from(rank.div_ceil(100)).unwrap_or(u64::MAX).clamp(1, count))
}

/// The bucket of a number: it is its own below 64; above, numbers with the same leading seven bits share one.
fn bucket(micros: u64) -> u32 {
    if micros < EXACT {
        return micros as u32;
    }
    let shift = micros.ilog2() - BITS;
    shift * EXACT as u32 + (micros >> shift) as u32
}

fn middle(bucket: u32) -> u64 {
    let shift = (u64::from(bucket) / EXACT).saturating_sub(1);
    let leading = u64::from(bucket) - shift * EXACT;
    let shift = shift.min(63 - u64::from(BITS)) as u32;
    (leading << shift) + ((1u64 << shift) >> 1)
}
