//! Carrying a command out once, however often it is sent: a caller who may have to send again gives it a key, and the
//! same key gets the same answer, with nothing done a second time.
//!
//! What was answered is kept in the transaction of the command ([`Answer`]), so there is no moment at which one is
//! stored and the other is not. A command that was rejected changed nothing and is decided again. How a kept answer is
//! stored is in [`crate::answer`]; how long a store keeps it is not said here.
//!
//! Erasing a lead deletes the answers about them at once, but the texts of their contacts go in follow-ups. An answer
//! that is given in between would keep such a text for as long as answers are kept, so the mark of erasure is looked at
//! whenever one is stored.

use crate::answer::Answer;
use crate::command::{Command, Context, Outcome, Rejection, Submit, decide, submit};
use crate::ids::ContactId;
use crate::nouns::Contact;
use crate::world::{NeedsBuilder, World};

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
            let before = if is_same { before } else { without_erased(world, before) };
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
        world.advance(context.now);
        let outcome = submit(world, it, context)?;
        let outcome = without_erased(world, outcome);
        let answer = Answer::of_submission(key, context.now, it, &outcome);
        return Ok((outcome, answer));
    }
    let outcome = decide(world, command, context)?;
    let outcome = without_erased(world, outcome);
    let answer = Answer::new(key, context.now, &outcome);
    Ok((outcome, answer))
}

/// Names what has to be known to tell whether the contact that a command answers with is one of an erased lead.
pub(crate) fn needs(command: &Command, needs: &mut NeedsBuilder<'_>) {
    match command {
        Command::Submit(submit) => {
            let before: Vec<ContactId> = submit.keys().filter_map(|key| needs.receipt(key)).collect();
            before.into_iter().for_each(|contact| needs.contact_and_lead(contact));
        }
        Command::Receive(receive) => {
            let before: Vec<ContactId> =
                receive.submit.iter().flat_map(Submit::keys).filter_map(|key| needs.receipt(key)).collect();
            before.into_iter().for_each(|contact| needs.contact_and_lead(contact));
        }
        Command::EditContact(contact, _) => needs.contact_and_lead(*contact),
        Command::Transfer(transfer) => needs.contact_and_lead(transfer.contact),
        Command::Accept(answer) => needs.contact_and_lead(answer.contact),
        Command::Respond(respond) => needs.contact_and_lead(respond.contact.contact),
        Command::Decline(decline) => needs.contact_and_lead(decline.offer.contact),
        // These answer with no contact, and with no lead who was erased: they refuse to change one.
        Command::AddNote(_)
        | Command::EditMessage(_)
        | Command::SendMessage(_)
        | Command::NoteDelivery(_)
        | Command::NoteReach(_)
        | Command::DeleteContact(_)
        | Command::CreateOperator(_)
        | Command::EditOperator(..)
        | Command::DeleteOperator(_)
        | Command::Pause(_)
        | Command::Resume(_)
        | Command::Beat(_)
        | Command::CorrectAccount(_)
        | Command::SetCaps(_)
        | Command::SetSourceCaps(_)
        | Command::CreateCalendar(_)
        | Command::ReplaceCalendar(..)
        | Command::DeleteCalendar(_)
        | Command::CreateSource(_)
        | Command::EditSource(..)
        | Command::DeleteSource(_)
        | Command::RemoveDemo(_)
        | Command::SetWeight(_)
        | Command::SetWeights(..)
        | Command::ReplaceWeights(..)
        | Command::RemoveWeight(..)
        | Command::EditLead(..)
        | Command::MergeLeads(_)
        | Command::SplitLead(_)
        | Command::RereadPhones(_)
        | Command::EraseLead(_)
        | Command::Show(..)
        | Command::EditIntake(..)
        | Command::ForgetPayloads(_)
        | Command::EndpointDisabled(..)
        | Command::Wake(_)
        | Command::FollowUp(_)
        | Command::KeepReports(_) => {}
    }
}

/// An outcome as it may be kept: the contact of an erased lead without its texts, though the erasure may not have come
/// to it yet.
fn without_erased(world: &World, mut outcome: Outcome) -> Outcome {
    if !outcome.has_text() {
        return outcome;
    }
    let is_erased = |contact: &Contact| {
        let now = world.contact_row(contact.id).map(|now| now.lead);
        world.is_erased(contact.lead) || now.is_some_and(|lead| world.is_erased(lead))
    };
    match &mut outcome {
        Outcome::Contact(contact)
        | Outcome::Closed(contact, _)
        | Outcome::SubmittedBefore(contact)
        | Outcome::Completed(contact, _)
            if is_erased(contact) =>
        {
            contact.forget_texts();
        }
        Outcome::Appended(contact, message) if is_erased(contact) => {
            contact.forget_texts();
            message.forget_text();
        }
        _ => {}
    }
    outcome
}
