//! How many commands shared a batch of a server, and how long commits took, as its metrics say. What a batch costs is
//! divided among its commands; what a commit takes, most of which is the sync, all of them wait for.

use serde::Serialize;
use std::ops::{Add, Sub};

/// What is read of the metrics of a server, as totals since its start: batches, their commands, commits, their seconds.
const TOTALS: [&str; 4] = [
    "maitred_batch_commands_count",
    "maitred_batch_commands_sum",
    "maitred_commit_seconds_count",
    "maitred_commit_seconds_sum",
];

/// Batches that a server made: the values of [`TOTALS`].
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Batches([f64; TOTALS.len()]);

/// The average of many batches.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub(super) struct AverageBatch {
    pub(super) commands: f64,
    /// From the first byte that is written out to the end of the sync.
    pub(super) commit_ms: f64,
}

impl Batches {
    /// Reads them from metrics in the format of Prometheus. None if they are not there.
    pub(super) fn from_metrics(text: &str) -> Option<Self> {
        let mut totals = [0.0; TOTALS.len()];
        for (total, name) in totals.iter_mut().zip(TOTALS) {
            let value = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
            *total = value?.trim().parse().ok()?;
        }
        Some(Self(totals))
    }

    /// None if there were none.
    pub(super) fn average(self) -> Option<AverageBatch> {
        let Self([batches, commands, commits, seconds]) = self;
        let is_there = batches > 0.0 && commits > 0.0;
        is_there.then(|| AverageBatch { commands: commands / batches, commit_ms: seconds / commits * 1_000.0 })
    }
}

impl Add for Batches {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self(std::array::from_fn(|at| self.0[at] + other.0[at]))
    }
}

impl Sub for Batches {
    type Output = Self;

    fn sub(self, before: Self) -> Self {
        Self(std::array::from_fn(|at| self.0[at] - before.0[at]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn batches_are_averaged_as_the_metrics_count_them() {
        let metrics = |batches: u32, commands: u32, seconds: f64| {
            format!(
                "# TYPE maitred_batch_commands histogram\nmaitred_batch_commands_bucket{{le=\"1\"}} 1\n\
                 maitred_batch_commands_sum {commands}\nmaitred_batch_commands_count {batches}\n\
                 maitred_commit_seconds_sum {seconds}\nmaitred_commit_seconds_count {batches}\n"
            )
        };
        let read = |text: String| Batches::from_metrics(&text).expect("they are there");
        let taken = read(metrics(12, 330, 0.5)) - read(metrics(2, 30, 0.25));
        assert_eq!(taken.average(), Some(AverageBatch { commands: 30.0, commit_ms: 25.0 }));
        assert_eq!(Batches::default().average(), None);
        assert_eq!(Batches::from_metrics("maitred_batch_commands_sum 3"), None);
    }
}
