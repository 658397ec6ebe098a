//! One batch: load what all its commands need, decide each, write what they changed, commit.

use super::{Answer, Refusal};
use maitred_core::command::FollowUp;
use maitred_core::{Command, ContactId, Context, Once, OperatorId, World, decide_once};
use maitred_store::{Engine, StoreError};
use std::collections::BTreeSet;

/// A command with the clock reading and the seed it is decided by.
#[derive(Clone, Debug)]
pub struct Task {
    /// What to do.
    pub command: Command,
    /// The keys it is to be done once under.
    pub once: Vec<Once>,
    /// When, with which randomness, and for whom.
    pub context: Context,
    /// The only operator whose contacts it may touch; anybody's, if none.
    pub desk: Option<OperatorId>,
}

impl Task {
    fn asked(&self) -> (&Command, &[Once]) {
        (&self.command, &self.once)
    }
}

/// An answer for each task, and the work they left over.
pub type Done = (Vec<Answer>, BTreeSet<FollowUp>);

/// Carries out all tasks in the transaction that has begun, and commits it.
///
/// # Errors
/// [`StoreError`] when nothing of them is stored; `world` is not to be used any more then.
pub fn carry_out(engine: &mut Engine, world: &mut World, tasks: Vec<Task>) -> Result<Done, StoreError> {
    load(engine, world, &tasks)?;
    let mut answers = Vec::with_capacity(tasks.len());
    for task in tasks {
        load_the_rest(engine, world, &task)?;
        // What was answered once is answered again, also when the contact has left the desk since.
        let is_again = task.once.iter().any(|once| world.answer(&once.key).is_some());
        let desk = task.desk.filter(|_| !is_again);
        let others = desk.and_then(|desk| off_desk(world, &task.command, desk));
        answers.push(match others {
            Some(contact) => Err(Refusal::NotOnDesk(contact)),
            None => decide_once(world, task.command, &task.once, task.context).map_err(Refusal::Rejected),
        });
    }
    engine.write(&world.take_changes())?;
    engine.commit()?;
    Ok((answers, world.take_follow_ups()))
}

/// Loads what the batch needs as a whole. Each round may raise new questions (a contact names its operator).
fn load(engine: &mut Engine, world: &mut World, tasks: &[Task]) -> Result<(), StoreError> {
    loop {
        let needs = world.needs_once(tasks.iter().map(Task::asked));
        if needs.is_empty() {
            return Ok(());
        }
        let found = engine.load(&needs)?;
        world.load(needs, found);
    }
}

/// Loads what a command needs only because of the commands before it in the batch (a transfer moved its contact to
/// another operator). What those changed is written first, so that the store reads what memory says.
fn load_the_rest(engine: &mut Engine, world: &mut World, task: &Task) -> Result<(), StoreError> {
    loop {
        let needs = world.needs_once([task.asked()]);
        if needs.is_empty() {
            return Ok(());
        }
        engine.write(&world.take_changes())?;
        let found = engine.load(&needs)?;
        world.load(needs, found);
    }
}

/// The contact of a command that somebody limited to one operator's desk must not touch, because it is not, or not any
/// more, with that operator. Asked inside the transaction: a contact that was just handed on is another's.
fn off_desk(world: &World, command: &Command, desk: OperatorId) -> Option<ContactId> {
    let (Command::EditContact(id, _) | Command::DeleteContact(id) | Command::Transfer { contact: id, .. }) = command
    else {
        return None;
    };
    world.contact(*id).is_ok_and(|contact| contact.operator != Some(desk)).then_some(*id)
}
