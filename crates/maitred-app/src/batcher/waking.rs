//! What is due: the first moment at which something changes by itself, for [`crate::jobs::WakeDue`], and the wake that
//! goes in front of a command whose time has passed it. So events stand in the feed in the order of their times, and
//! nothing is decided as if what is due had not happened.

use super::batch::Task;
use crate::permission::Condition;
use maitred_core::world::Changes;
use maitred_core::{Actor, Command, Context, Timestamp};
use metrics::histogram;
use std::sync::Arc;
use tokio::sync::watch;

/// The first moment at which something changes by itself, as far as this node knows.
#[derive(Clone)]
pub(super) struct NextDue(Arc<watch::Sender<Option<Timestamp>>>);

impl NextDue {
    pub(super) fn new(at: Option<Timestamp>) -> Self {
        Self(Arc::new(watch::Sender::new(at)))
    }

    /// Wakes those who wait for that moment, if it is another one.
    pub(super) fn announce(&self, at: Option<Timestamp>) {
        self.0.send_if_modified(|known| std::mem::replace(known, at) != at);
    }

    pub(super) fn subscribe(&self) -> watch::Receiver<Option<Timestamp>> {
        self.0.subscribe()
    }
}

/// The tasks of a batch, and where among them the wake is that nobody asked for.
pub(super) struct Woken {
    pub(super) tasks: Vec<Task>,
    pub(super) wake: Option<usize>,
}

impl Woken {
    /// Puts a wake in front of the first task whose time has passed what is due.
    pub(super) fn new(tasks: Vec<Task>, due: Option<Timestamp>, seed: impl FnOnce() -> u64) -> Self {
        let has_passed = |task: &Task| due.is_some_and(|due| due <= task.context.now);
        let mut woken = Self { wake: tasks.iter().position(has_passed), tasks };
        if let Some(at) = woken.wake {
            woken.tasks.insert(at, wake(woken.tasks[at].context.now, seed()));
        }
        woken
    }

    /// Only what is due, at a time that has passed it.
    pub(super) fn alone(now: Timestamp, seed: u64) -> Self {
        Self { tasks: vec![wake(now, seed)], wake: Some(0) }
    }
}

fn wake(now: Timestamp, seed: u64) -> Task {
    Task {
        command: Command::Wake(now),
        keys: Vec::new(),
        context: Context { now, seed, actor: Actor::System },
        condition: Condition::None,
        precondition: None,
        heard: None,
    }
}

/// Measures how late what was due happened.
pub(super) fn measure(changes: &[Changes]) {
    for changes in changes.iter().filter(|changes| !changes.due.is_empty()) {
        for event in &changes.events {
            let seconds =
                event.detail.fields().and_then(|fields| fields.late_ms).map(|late_ms| late_ms as f64 / 1_000.0);
            seconds.into_iter().for_each(|late| histogram!("maitred_due_late_seconds").record(late));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(now: i64) -> Task {
        Task { command: Command::RemoveDemo(Vec::new()), ..wake(Timestamp(now), 1) }
    }

    fn placed(times: &[i64], due: Option<i64>) -> Option<usize> {
        let woken = Woken::new(times.iter().map(|now| at(*now)).collect(), due.map(Timestamp), || 7);
        let wakes: Vec<_> = woken
            .tasks
            .iter()
            .filter(|task| matches!(task.command, Command::Wake(_)))
            .map(|task| task.context.now)
            .collect();
        let is_of_its_neighbour = |at: usize| woken.tasks[at].context.now == woken.tasks[at + 1].context.now;
        assert_eq!(wakes.len(), usize::from(woken.wake.is_some()));
        assert!(woken.wake.is_none_or(is_of_its_neighbour));
        woken.wake
    }

    #[test]
    fn a_wake_goes_in_front_of_the_first_command_whose_time_has_passed() {
        assert_eq!(placed(&[5, 6, 7], Some(6)), Some(1), "a moment that has come has passed");
        assert_eq!(placed(&[5, 6, 7], Some(1)), Some(0));
        assert_eq!(placed(&[5, 6, 7], Some(8)), None);
        assert_eq!(placed(&[5, 6, 7], None), None);
        assert_eq!(placed(&[], Some(1)), None);
    }
}
