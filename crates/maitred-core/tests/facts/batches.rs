//! How commands are grouped into batches changes nothing: the same commands through a store in random batches and one
//! by one in a world that remembers everything end in the same answers and the same state.

use crate::memory_store::{MemoryStore, Task};
use crate::random::{Step, opening, steps};
use crate::single;
use maitred_core::decision::Replay;
use maitred_core::due::Subject;
use maitred_core::{Actor, Command, Context, Outcome, Rejection, Timestamp, World, invariants};
use proptest::prelude::*;

type Answers = Vec<Result<Outcome, Rejection>>;

/// Commands as a store carried them out, follow-ups included, and its answers.
struct Run {
    store: MemoryStore,
    tasks: Vec<Task>,
    answers: Answers,
}

/// Carries out the steps in their batches. `keeps` says whether operators and sources stay in memory between batches.
fn in_batches(steps: &[Step], keeps: bool, contexts: &[Context]) -> Run {
    let mut run = Run { store: MemoryStore::default(), tasks: Vec::new(), answers: Vec::new() };
    let mut world = World::default();
    let context = Context { now: Timestamp(0), seed: 1, actor: Actor::System };
    let opening: Vec<Task> = opening().into_iter().map(|command| (command, context)).collect();
    // One by one, because they name one another.
    opening.chunks(1).for_each(|batch| run.batch(&mut world, keeps, batch.to_vec()));
    let mut batch = Vec::new();
    for (step, context) in steps.iter().zip(contexts) {
        // As the batcher does: what is due by then happens before.
        batch.push((Command::Wake(context.now), *context));
        batch.push((step.command(run.store.ids), *context));
        if step.ends_batch {
            run.batch(&mut world, keeps, std::mem::take(&mut batch));
        }
    }
    run.batch(&mut world, keeps, batch);
    run
}

impl Run {
    fn batch(&mut self, world: &mut World, keeps: bool, mut tasks: Vec<Task>) {
        for round in 0.. {
            assert!(round < 10, "follow-ups have no end");
            if keeps {
                world.forget_transient();
            } else {
                *world = World::new(self.store.ids);
            }
            let (answers, left_over) = self.store.batch(world, &tasks);
            let now = tasks.last().map_or(Timestamp(0), |(_, context)| context.now);
            self.answers.extend(answers);
            self.tasks.append(&mut tasks);
            if left_over.is_empty() {
                return;
            }
            let context = Context { now, seed: round, actor: Actor::System };
            tasks = left_over.into_iter().map(|follow_up| (Command::FollowUp(follow_up), context)).collect();
        }
    }
}

/// Carries out the same commands one by one in memory.
fn one_by_one(tasks: &[Task]) -> (World, Answers) {
    let mut world = World::default();
    let answers = tasks.iter().map(|(command, context)| single::run(&mut world, command.clone(), *context));
    let answers = answers.collect();
    (world, answers)
}

fn check(steps: &[Step], keeps: bool) {
    let run = in_batches(steps, keeps, &contexts(steps));
    let (world, answers) = one_by_one(&run.tasks);
    for (i, (batched, single)) in run.answers.iter().zip(&answers).enumerate() {
        assert_eq!(batched, single, "{:?}, the {i}th", run.tasks[i]);
    }
    let mut whole = run.store.whole();
    whole.advance(run.tasks.last().map_or(Timestamp(0), |(_, context)| context.now));
    assert_eq!(invariants::check(&whole), Vec::<String>::new());
    assert_eq!(whole.operators().collect::<Vec<_>>(), world.operators().collect::<Vec<_>>());
    assert_eq!(whole.contacts().collect::<Vec<_>>(), world.contacts().collect::<Vec<_>>());
    assert_eq!(whole.leads().collect::<Vec<_>>(), world.leads().collect::<Vec<_>>());
    assert_eq!(whole.identities().collect::<Vec<_>>(), world.identities().collect::<Vec<_>>());
    let scheduled = whole.contacts().filter_map(|it| Some((Subject::Contact(it.id), it.next_change()?)));
    let paused = whole.operators().filter_map(|it| Some((Subject::Operator(it.id), it.next_change()?)));
    let open = whole.sources().filter_map(|it| Some((Subject::Source(it.source.id), it.source.next_change()?)));
    let scheduled = scheduled.chain(paused).chain(open);
    assert!(run.store.due.clone().into_iter().eq(scheduled), "timers are those of their subjects");
    for (stored, memory) in whole.sources().zip(world.sources()) {
        assert_eq!(stored.source, memory.source);
        assert_eq!(stored.pool(), memory.pool());
        assert_eq!(stored.ledger(), memory.ledger());
        assert!(stored.waiting().front().eq(memory.waiting().front()));
    }
    for decision in run.store.decisions.values() {
        let Some(pool) = run.store.pool_of(decision) else { continue };
        assert_eq!(decision.replay(&pool), Replay::Matches, "{decision:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn batches_change_nothing_for_a_store_that_keeps_operators_in_memory(steps in steps(150)) {
        check(&steps, true);
    }

    #[test]
    fn batches_change_nothing_for_a_store_that_loads_everything_again(steps in steps(150)) {
        check(&steps, false);
    }
}

fn contexts(steps: &[Step]) -> Vec<Context> {
    steps.iter().zip(1i64..).map(|(step, now)| step.context(now)).collect()
}

/// What a store holds after the steps.
pub fn stored(steps: &[Step]) -> MemoryStore {
    in_batches(steps, true, &contexts(steps)).store
}

/// The same if they happened at these times.
pub fn stored_at(steps: &[Step], keeps: bool, contexts: &[Context]) -> MemoryStore {
    in_batches(steps, keeps, contexts).store
}
