//! Processor time of servers under load, by what their threads do. Unlike contacts per second it hardly depends on what
//! else the machine is busy with, so it can be compared between runs.

use serde::Serialize;
use std::fs;
use std::iter::Sum;
use std::ops::{Add, Sub};
use std::path::Path;

/// The thread that decides and stores, see `maitred_app::batcher`.
const BATCHER: &str = "batcher";

/// Processor time of a process.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct CpuTime {
    batcher_ns: u64,
    rest_ns: u64,
}

/// Microseconds of processor time for one contact, beyond what the load generator takes.
#[derive(Clone, Copy, Debug, Serialize)]
pub(super) struct CpuPerContact {
    /// Deciding, storing, syncing.
    pub(super) batcher_us: f64,
    /// All other threads: connections, HTTP, JSON.
    pub(super) http_us: f64,
}

impl CpuTime {
    /// What a process has taken so far. `None` where the system does not say: it is read from Linux's `/proc`.
    pub(super) fn of_process(id: u32) -> Option<Self> {
        let threads = fs::read_dir(format!("/proc/{id}/task")).ok()?;
        threads.map(|thread| Self::of_thread(&thread.ok()?.path())).sum()
    }

    fn of_thread(thread: &Path) -> Option<Self> {
        let name = fs::read_to_string(thread.join("comm")).ok()?;
        // Time on a processor in nanoseconds, time spent waiting for one, and how often it ran.
        let ran = fs::read_to_string(thread.join("schedstat")).ok()?;
        let nanoseconds = ran.split_whitespace().next()?.parse().ok()?;
        Some(match name.trim() == BATCHER {
            true => Self { batcher_ns: nanoseconds, rest_ns: 0 },
            false => Self { batcher_ns: 0, rest_ns: nanoseconds },
        })
    }

    /// This time divided among so many contacts.
    pub(super) fn per_contact(self, contacts: u64) -> CpuPerContact {
        let each = |nanoseconds: u64| nanoseconds as f64 / 1e3 / contacts.max(1) as f64;
        CpuPerContact { batcher_us: each(self.batcher_ns), http_us: each(self.rest_ns) }
    }
}

impl Add for CpuTime {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self { batcher_ns: self.batcher_ns + other.batcher_ns, rest_ns: self.rest_ns + other.rest_ns }
    }
}

impl Sub for CpuTime {
    type Output = Self;

    /// A thread that ended in between takes its time with it: nothing is below zero.
    fn sub(self, before: Self) -> Self {
        Self {
            batcher_ns: self.batcher_ns.saturating_sub(before.batcher_ns),
            rest_ns: self.rest_ns.saturating_sub(before.rest_ns),
        }
    }
}

impl Sum for CpuTime {
    fn sum<I: Iterator<Item = Self>>(times: I) -> Self {
        times.fold(Self::default(), Add::add)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_of_all_threads_is_divided_among_contacts() {
        let before = CpuTime { batcher_ns: 1_000_000, rest_ns: 500_000 };
        let after = CpuTime { batcher_ns: 4_000_000, rest_ns: 6_500_000 };
        let CpuPerContact { batcher_us, http_us } = (after - before).per_contact(100);
        assert_eq!((batcher_us, http_us), (30.0, 60.0));
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn the_thread_of_the_batcher_counts_on_its_own() {
        let spin = || (0..20_000_000_u64).fold(1_u64, |sum, it| sum.wrapping_mul(it | 1));
        let (go_on, wait) = std::sync::mpsc::sync_channel::<()>(1);
        let (done, ready) = std::sync::mpsc::sync_channel(1);
        let work = move || {
            done.send(std::hint::black_box(spin())).expect("the test waits");
            let _ = wait.recv();
        };
        let thread = std::thread::Builder::new().name(BATCHER.to_owned()).spawn(work).expect("a thread starts");
        ready.recv().expect("the thread sends");
        let time = CpuTime::of_process(std::process::id()).expect("Linux says how long threads ran");
        assert!(time.batcher_ns > 0 && time.rest_ns > 0, "{time:?}");
        drop(go_on);
        thread.join().expect("the thread ends");
    }
}
