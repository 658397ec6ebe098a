//! How long the latest contacts took from their request to their commit, for the board of the console. Nothing is
//! recorded while nobody looks.

use maitred_core::ContactId;
use std::collections::{HashMap, VecDeque};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How many contacts are remembered: more than a board shows.
const CONTACTS_MAX: usize = 256;
/// For how long times are recorded after they were last read. An open board reads them at least every five seconds.
const READER_MILLIS: u64 = 15_000;

/// See the module.
pub struct IntakeTimes {
    began: Instant,
    /// Milliseconds since `began` until which times are recorded.
    until: AtomicU64,
    latest: Mutex<VecDeque<(ContactId, Duration)>>,
}

impl Default for IntakeTimes {
    fn default() -> Self {
        Self { began: Instant::now(), until: AtomicU64::new(0), latest: Mutex::default() }
    }
}

impl IntakeTimes {
    /// Records how long a contact took, if anybody has asked lately.
    pub fn record(&self, contact: ContactId, took: Duration) {
        if self.until.load(Ordering::Relaxed) <= self.millis() {
            return;
        }
        let mut latest = self.latest.lock().unwrap_or_else(PoisonError::into_inner);
        if latest.len() == CONTACTS_MAX {
            latest.pop_front();
        }
        latest.push_back((contact, took));
    }

    /// The latest times by contact. Has times recorded for the next fifteen seconds.
    pub fn by_contact(&self) -> HashMap<ContactId, Duration> {
        self.until.store(self.millis() + READER_MILLIS, Ordering::Relaxed);
        let latest = self.latest.lock().unwrap_or_else(PoisonError::into_inner);
        latest.iter().copied().collect()
    }

    fn millis(&self) -> u64 {
        u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_recorded_only_while_somebody_reads_them() {
        let times = IntakeTimes::default();
        times.record(ContactId(1), Duration::from_millis(1));
        assert!(times.by_contact().is_empty());
        times.record(ContactId(2), Duration::from_millis(2));
        assert_eq!(times.by_contact(), HashMap::from([(ContactId(2), Duration::from_millis(2))]));
        (0..300).for_each(|id| times.record(ContactId(id), Duration::ZERO));
        assert_eq!(times.by_contact().len(), CONTACTS_MAX);
    }
}
