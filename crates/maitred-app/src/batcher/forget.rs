//! Forgetting what requests with a key were answered, once it is old. It rides in the transactions of batches, a few
//! hundred rows at a time, reached by their age; only while nothing else is to be done it has transactions of its own.
//! A batch that comes when none is due pays nothing for it. [`crate::jobs::ForgetAnswers`] says when it is time.

use maitred_core::Timestamp;
use maitred_store::{Engine, StoreError};
use std::time::Duration;

/// The most old answers that are forgotten at once, besides as many as the batch may keep: so there is always less left
/// to forget, however many come in.
const ROWS: usize = 256;

/// Which answers are old, and whether it is time to forget some.
pub(super) struct Forgetting {
    answers_kept: Duration,
    due: bool,
}

impl Forgetting {
    pub(super) const fn new(answers_kept: Duration) -> Self {
        Self { answers_kept, due: false }
    }

    /// It is time.
    pub(super) const fn now(&mut self) {
        self.due = true;
    }

    /// The next reminder is early enough: the store fails.
    pub(super) const fn later(&mut self) {
        self.due = false;
    }

    pub(super) const fn is_due(&self) -> bool {
        self.due
    }

    /// Forgets some in the transaction that has begun, if it is time; it stays time while there are more.
    pub(super) fn some(&mut self, engine: &mut Engine, now: Timestamp, keyed: usize) -> Result<(), StoreError> {
        if !std::mem::take(&mut self.due) {
            return Ok(());
        }
        let kept = i64::try_from(self.answers_kept.as_micros()).unwrap_or(i64::MAX);
        let at_most = ROWS + 2 * keyed;
        self.due = engine.forget_answers(Timestamp(now.0.saturating_sub(kept)), at_most)? == at_most;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::batcher::batch::{Task, carry_out};
    use crate::permission::Condition;
    use maitred_core::command::ShowLead;
    use maitred_core::{Actor, Command, Context, IdempotencyKey, LeadId};
    use maitred_store::url::DatabaseUrl;

    /// An engine with answers that were given at the times 1, 2, 3 ...
    fn filled(answers: u16, folder: &tempfile::TempDir) -> Engine {
        let url = DatabaseUrl::Sqlite(folder.path().join("maitred.db"));
        let mut engine = Engine::open(&url).expect("a new file");
        let mut world = engine.world().expect("an empty world");
        engine.begin(&mut world).expect("the file can be written");
        let tasks = (1..=answers).map(|n| Task {
            command: Command::Show(ShowLead { lead: LeadId(1), text: "{}".into(), is_erased: false }),
            keys: vec![IdempotencyKey { digest: u128::from(n).to_be_bytes(), fingerprint: [0; 16], is_event: false }],
            context: Context { now: Timestamp(n.into()), seed: 1, actor: Actor::System },
            condition: Condition::None,
            precondition: None,
            heard: None,
        });
        carry_out(&mut engine, &mut world, tasks.collect()).expect("the batch is stored");
        engine.begin(&mut world).expect("the file can be written");
        engine
    }

    #[test]
    fn it_stays_time_until_nothing_old_is_left() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut engine = filled(2 * ROWS as u16 + 20, &folder);
        let mut forgetting = Forgetting::new(Duration::from_micros(1_000));
        let now = Timestamp(1_000 + 2 * ROWS as i64 + 11);
        forgetting.some(&mut engine, now, 0).expect("nothing is done");
        forgetting.now();
        let mut pieces = 0;
        while forgetting.is_due() {
            forgetting.some(&mut engine, now, 0).expect("the file can be written");
            pieces += 1;
        }
        assert_eq!(pieces, 3);
        assert_eq!(engine.forget_answers(Timestamp(i64::MAX), 1_000).expect("the rest"), 10);
    }

    #[test]
    fn more_are_forgotten_than_a_batch_can_keep() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut engine = filled(1_500, &folder);
        let mut forgetting = Forgetting::new(Duration::from_micros(1));
        forgetting.now();
        forgetting.some(&mut engine, Timestamp(5_000), 512).expect("the file can be written");
        assert_eq!(engine.forget_answers(Timestamp(i64::MAX), 10_000).expect("the rest"), 1_500 - 1_024 - ROWS);
    }
}
