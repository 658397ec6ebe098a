//! Carrying a command out once, however often it is sent: a caller who may have to send again gives it a key, and the
//! same key gets the same answer, with nothing done a second time.
//!
//! What was answered is kept in the transaction of the command ([`Answer`]), so there is no moment at which one is
//! stored and the other is not. A command that was rejected changed nothing and is decided again. How a kept answer is
//! stored is in [`crate::answer`]; how long a store keeps it is not said here.

use crate::answer::Answer;
use crate::command::{Command, Context, OnceKey, Outcome, Rejection};
use crate::commands::{decide, submit};
use crate::world::World;

/// What tells one request from another that has the same key: a digest of all it says.
pub type Fingerprint = [u8; 16];

/// A key that a command is to be carried out once under.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Once {
    /// A digest of the key that the sender gave and of what it holds for.
    pub key: OnceKey,
    /// What the sender said with it.
    pub fingerprint: Fingerprint,
}

/// Carries out a command unless it was carried out before under one of these keys: then its answer of that time comes
/// back as [`Outcome::Again`]. Without keys it is [`decide()`].
///
/// # Errors
/// [`Rejection`] says why nothing was done; [`Rejection::KeyReused`] when a key belongs to another request.
///
/// # Panics
/// When `world` lacks something that [`World::needs_once`] names for this command.
pub fn decide_once(world: &mut World, command: Command, once: &[Once], context: Context) -> Result<Outcome, Rejection> {
    let Some(first) = once.first() else { return decide(world, command, context) };
    if let Some(other) = once.iter().find(|one| world.answer(&one.key).is_some_and(|kept| !kept.is_to(one))) {
        return Err(Rejection::KeyReused(other.key));
    }
    let (outcome, answer) = match once.iter().find_map(|one| world.answer(&one.key)) {
        Some(kept) => {
            let before = kept.outcome(&command).ok_or(Rejection::KeyReused(kept.once.key))?;
            (Outcome::Again(Box::new(before)), kept.clone())
        }
        None => carry_out(world, command, *first, context)?,
    };
    // A request known by one of its keys is known by all of them from then on.
    for one in once {
        if world.answer(&one.key).is_none() {
            world.add_answer(answer.under(*one, context.now));
        }
    }
    Ok(outcome)
}

fn carry_out(
    world: &mut World,
    command: Command,
    once: Once,
    context: Context,
) -> Result<(Outcome, Answer), Rejection> {
    if let Command::Submit(it) = &command {
        let outcome = submit(world, it, context)?;
        let answer = Answer::of_submission(once, context.now, it, &outcome);
        return Ok((outcome, answer));
    }
    let outcome = decide(world, command, context)?;
    let answer = Answer::new(once, context.now, &outcome);
    Ok((outcome, answer))
}
