//! One batch: load what all its commands need, decide each, write what they changed, commit.

use super::{Answer, ExecuteError};
use crate::permission::Condition;
use crate::spans::{self, BatchTimes};
use crate::version::Precondition;
use maitred_core::command::FollowUp;
use maitred_core::world::Changes;
use maitred_core::{Actor, Command, Context, IdempotencyKey, World, decide, decide_idempotent};
use maitred_store::{Engine, StoreError};
use metrics::histogram;
use std::collections::BTreeMap;
use std::time::Instant;

/// A command with the clock reading and the seed it is decided by.
#[derive(Clone, Debug)]
pub struct Task {
    /// What to do.
    pub command: Command,
    /// The keys it is to be done once under.
    pub keys: Vec<IdempotencyKey>,
    /// When, with which randomness, and for whom.
    pub context: Context,
    /// What must be true for it to be carried out.
    pub condition: Condition,
    /// What must not have changed since the requester saw it.
    pub precondition: Option<Precondition>,
    /// That the operator who asks was heard from, if one asks: carried out behind it, whatever becomes of it.
    pub heard: Option<Box<Command>>,
}

impl Task {
    fn with_keys(&self) -> impl Iterator<Item = (&Command, &[IdempotencyKey])> + Clone {
        [(&self.command, &self.keys[..])].into_iter().chain(self.heard.iter().map(|beat| (&**beat, &[][..])))
    }
}

/// A batch that was committed.
#[derive(Debug)]
pub struct Done {
    /// One for each task.
    pub answers: Vec<Answer>,
    /// Work that the tasks left over, each with the actor of the task: events of that work name them.
    pub left_over: BTreeMap<FollowUp, Actor>,
    /// What was written, in this order.
    pub changes: Vec<Changes>,
    /// How long it took, if somebody wants to know.
    pub times: Option<BatchTimes>,
}

/// Carries out all tasks in the transaction that has begun, and commits it.
///
/// # Errors
/// [`StoreError`] when nothing of them is stored; `world` is not to be used any more then.
pub fn carry_out(engine: &mut Engine, world: &mut World, tasks: Vec<Task>) -> Result<Done, StoreError> {
    let began = spans::watch();
    // What commands need depends on who is there and what is open when they happen.
    tasks.first().into_iter().for_each(|first| world.advance(first.context.now));
    load(engine, world, &tasks)?;
    let mut answers = Vec::with_capacity(tasks.len());
    let mut changes = Vec::with_capacity(1);
    let mut left_over = BTreeMap::new();
    for task in tasks {
        world.advance(task.context.now);
        load_the_rest(engine, world, &task, &mut changes)?;
        let (actor, context, heard) = (task.context.actor, task.context, task.heard.clone());
        answers.push(execute(world, task));
        if let Some(beat) = heard {
            load_for(engine, world, &[(&*beat, &[][..])], &mut changes)?;
            // Somebody who was deleted is not heard from any more.
            let _ = decide(world, *beat, context);
        }
        world.take_follow_ups().into_iter().for_each(|it| _ = left_over.entry(it).or_insert(actor));
    }
    changes.push(world.take_changes());
    let decided = spans::watch();
    store(engine, &changes)?;
    let times = began.zip(decided);
    let times = times.map(|(began, decided)| BatchTimes { decide: decided - began, commit: decided.elapsed() });
    Ok(Done { answers, left_over, changes, times })
}

/// Writes the last changes and makes all durable; once more where room can be made for them.
fn store(engine: &mut Engine, changes: &[Changes]) -> Result<(), StoreError> {
    let written = changes.last().map_or(Ok(()), |last| engine.write(last));
    match written.and_then(|()| commit(engine)) {
        Err(StoreError::Full) => engine.store_again(changes),
        stored => stored,
    }
}

fn commit(engine: &mut Engine) -> Result<(), StoreError> {
    let began = Instant::now();
    let committed = engine.commit();
    histogram!("maitred_commit_seconds").record(began.elapsed());
    committed
}

fn execute(world: &mut World, task: Task) -> Answer {
    // What was answered once is answered again, also when the condition does not hold any more.
    let is_again = task.keys.iter().any(|key| world.answer(&key.digest).is_some());
    if !is_again {
        task.condition.check(world)?;
        if task.precondition.is_some_and(|it| !it.holds(world)) {
            return Err(ExecuteError::Changed);
        }
    }
    decide_idempotent(world, task.command, &task.keys, task.context).map_err(ExecuteError::Rejected)
}

fn write(engine: &mut Engine, world: &mut World, written: &mut Vec<Changes>) -> Result<(), StoreError> {
    let changes = world.take_changes();
    engine.write(&changes)?;
    written.push(changes);
    Ok(())
}

/// Loads what the batch needs as a whole. Each round may raise new questions (a contact names its operator).
fn load(engine: &mut Engine, world: &mut World, tasks: &[Task]) -> Result<(), StoreError> {
    loop {
        let needs = world.needs_idempotent(tasks.iter().flat_map(Task::with_keys));
        if needs.is_empty() {
            return Ok(());
        }
        let found = engine.load(&needs)?;
        world.load(needs, found);
    }
}

/// Loads what a command needs only because of the commands before it in the batch (a transfer moved its contact to
/// another operator). What those changed is written first, so that the store reads what memory says.
fn load_the_rest(
    engine: &mut Engine,
    world: &mut World,
    task: &Task,
    written: &mut Vec<Changes>,
) -> Result<(), StoreError> {
    load_for(engine, world, &task.with_keys(), written)
}

fn load_for<'a>(
    engine: &mut Engine,
    world: &mut World,
    commands: &(impl IntoIterator<Item = (&'a Command, &'a [IdempotencyKey])> + Clone),
    written: &mut Vec<Changes>,
) -> Result<(), StoreError> {
    loop {
        let needs = world.needs_idempotent(commands.clone());
        if needs.is_empty() {
            return Ok(());
        }
        write(engine, world, written)?;
        let found = engine.load(&needs)?;
        world.load(needs, found);
    }
}
