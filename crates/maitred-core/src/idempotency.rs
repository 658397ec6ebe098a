//! Carrying a command out once, however often it is sent: a caller who may have to send again gives it a key, and the
//! same key gets the same answer, with nothing done a second time.
//!
//! What was answered is kept in the transaction of the command ([`Answer`]), so there is no moment at which one is
//! stored and the other is not. A command that was rejected changed nothing and is decided again. How a kept answer is
//! stored is in [`crate::answer`]; how long a store keeps it is not said here.

use crate::answer::Answer;
use crate::command::{Command, Context, Outcome, Rejection, decide, submit};
use crate::world::World;

/// A digest of a key: the first half of a SHA-256 as the callers of the core make it.
pub type KeyDigest = [u8; 16];

/// A key that a command is to be carried out once under, with what the sender said under it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IdempotencyKey {
    /// Of the key that the sender gave and of what it holds for.
    pub digest: KeyDigest,
    /// Of all the request says: what tells it from another request that has the same key.
    pub fingerprint: [u8; 16],
    /// Whether the key alone says what is asked for, so that a request with another fingerprint is the same one: an
    /// event that its source sends again, with its fields in another order or with the time of this try.
    pub is_event: bool,
}

/// Carries out a command unless it was carried out before under one of these keys: then its answer of that time comes
/// back as [`Outcome::Again`]. Without keys it is [`decide()`].
///
/// # Errors
/// [`Rejection`] says why nothing was done; [`Rejection::KeyReused`] when a key belongs to another request.
///
/// # Panics
/// When `world` lacks something that [`World::needs_idempotent`] names for this command.
pub fn decide_idempotent(
    world: &mut World,
    command: Command,
    keys: &[IdempotencyKey],
    context: Context,
) -> Result<Outcome, Rejection> {
    let Some(first) = keys.first() else { return decide(world, command, context) };
    let is_reused = |key: &&IdempotencyKey| !key.is_event && world.answer(&key.digest).is_some_and(|it| !it.is_to(key));
    if let Some(other) = keys.iter().find(is_reused) {
        return Err(Rejection::KeyReused(other.digest));
    }
    let (outcome, answer) = match keys.iter().find_map(|key| Some((key, world.answer(&key.digest)?))) {
        Some((key, kept)) => {
            let is_same = kept.is_to(key);
            let before = if is_same { kept.outcome(&command) } else { kept.outcome_of_event(world, &command) };
            let before = before.ok_or(Rejection::KeyReused(kept.key.digest))?;
            // What this request says is not what was answered.
            let kept = if is_same { kept.clone() } else { Answer::new(*key, context.now, &before) };
            (Outcome::Again(Box::new(before)), kept)
        }
        None => carry_out(world, command, *first, context)?,
    };
    // A request known by one of its keys is known by all of them from then on.
    for key in keys {
        if world.answer(&key.digest).is_none() {
            world.add_answer(answer.under(*key, context.now));
        }
    }
    Ok(outcome)
}

fn carry_out(
    world: &mut World,
    command: Command,
    key: IdempotencyKey,
    context: Context,
) -> Result<(Outcome, Answer), Rejection> {
    if let Command::Submit(it) = &command {
        let outcome = submit(world, it, context)?;
        let answer = Answer::of_submission(key, context.now, it, &outcome);
        return Ok((outcome, answer));
    }
    let outcome = decide(world, command, context)?;
    let answer = Answer::new(key, context.now, &outcome);
    Ok((outcome, answer))
}
