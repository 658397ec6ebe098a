//! How many commands shared a batch of a server, and how long commits took, as its metrics say. What a batch costs is
//! divided among its commands; what a commit takes, most of which is the sync, all of them wait for.

use serde::Serialize;
use std::ops::{Add, Sub};

/// Batches that a server made, as its metrics count them.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Batches {
    batches: f64,
    commands: f64,
    commits: f64,
    commit_seconds: f64,
}

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
        let value = |name: &str| {
            let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
            line?.trim().parse().ok()
        };
        Some(Self {
            batches: value("maitred_batch_commands_count")?,
            commands: value("maitred_batch_commands_sum")?,
            commits: value("maitred_commit_seconds_count")?,
            commit_seconds: value("maitred_commit_seconds_sum")?,
        })
    }

    /// None if there were none.
    pub(super) fn average(self) -> Option<AverageBatch> {
        let is_there = self.batches > 0.0 && self.commits > 0.0;
        is_there.then(|| AverageBatch {
            commands: self.commands / self.batches,
            commit_ms: self.commit_seconds / self.commits * 1_000.0,
        })
    }
}

impl Add for Batches {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            batches: self.batches + other.batches,
            commands: self.commands + other.commands,
            commits: self.commits + other.commits,
            commit_seconds: self.commit_seconds + other.commit_seconds,
        }
    }
}

impl Sub for Batches {
    type Output = Self;

    fn sub(self, before: Self) -> Self {
        Self {
            batches: self.batches - before.batches,
            commands: self.commands - before.commands,
            commits: self.commits - before.commits,
            commit_seconds: self.commit_seconds - before.commit_seconds,
        }
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
