//! Buttons that operators press below what they were sent. A press does what the same button of the desk does, if it is
//! the operator's own chat and the contact is still with them by the decision that the button names. Every press is
//! answered, for until then the button spins.

use super::intake::Place;
use crate::App;
use crate::batcher::{Answer, ExecuteError};
use crate::permission::Requester;
use crate::spans;
use crate::telegram::texts::{End, Language};
use crate::version::{Precondition, Subject, Version};
use maitred_core::command::{ContactEdit, Decline, OfferAnswer, Pause};
use maitred_core::{Actor, Command, Contact, ContactId, OperatorId, Rejection, SourceId, Status, Timestamp};
use maitred_store::accounts::Grant;
use maitred_store::telegram::OperatorChat;
use maitred_store::{StoreError, clock};
use maitred_telegram::{Bot, Press, PressedButton, TelegramError, Verb};
use tokio::sync::Semaphore;

/// For how long the button pauses: half an hour.
const PAUSE_MICROS: i64 = 30 * 60 * 1_000_000;
/// Answers to leads that are under way at a time.
const ANSWERS_MAX: usize = 64;
static ANSWERING: Semaphore = Semaphore::const_new(ANSWERS_MAX);
/// How often a contact may change between looking at it and resolving it.
const TRIES: usize = 3;

/// Does what a button of ours says, and answers.
pub(super) async fn answer(place: &Place<'_>, pressed: PressedButton) -> Result<(), StoreError> {
    let setup = place.app.telegram().setup().await?;
    // The chat with a bot has the id of the account: a message that was sent on to others is in another chat.
    let is_theirs = |chat: &&OperatorChat| {
        chat.source == place.source && chat.chat == pressed.from.id && pressed.chat.is_none_or(|at| at == chat.chat)
    };
    let language = Language::of(pressed.from.language.as_deref());
    let text = match (setup.chats.iter().find(is_theirs), pressed.press) {
        (None, _) => language.not_linked().to_owned(),
        (Some(_), None) => language.unknown_button().to_owned(),
        (Some(chat), Some(press)) => act(place.app, chat.operator, press, language).await?,
    };
    say(place.bot, place.source, &pressed.query, &text).await;
    Ok(())
}

/// Answers a press of a lead, which there is nothing to say to. What others write does not wait for that. If too many
/// answers are under way the button spins, and the press counts all the same.
pub(super) fn say_later(place: &Place<'_>, pressed: PressedButton) {
    let Ok(permit) = ANSWERING.try_acquire() else { return };
    let (bot, source) = (place.bot.clone(), place.source);
    tokio::spawn(async move {
        say(&bot, source, &pressed.query, "").await;
        drop(permit);
    });
}

async fn say(bot: &Bot, source: SourceId, query: &str, text: &str) {
    match spans::telegram(bot.answer_callback_query(query, text)).await {
        Ok(()) | Err(TelegramError::Harmless(_)) => {}
        Err(error) => tracing::debug!(%error, source = source.0, "a press was not answered"),
    }
}

/// Does it, and says what came of that.
async fn act(app: &App, operator: OperatorId, press: Press, language: Language) -> Result<String, StoreError> {
    let id = ContactId(press.contact);
    let offer = OfferAnswer { contact: id, operator: Some(operator), decision: Some(press.decision) };
    for _ in 0..TRIES {
        let Some(contact) = app.store().contact(id).await? else { return Ok(language.end(&End::Deleted)) };
        if !is_current(&contact, operator, press.decision) {
            return Ok(language.end(&stale(app, &contact, operator).await?));
        }
        let (command, done) = match press.verb {
            Verb::Accept => (Command::Accept(offer), language.accepted().to_owned()),
            Verb::Decline => (Command::Decline(Decline { offer, reason: None }), language.declined().to_owned()),
            Verb::Resolve => {
                let edit = ContactEdit { is_resolved: Some(true), ..ContactEdit::default() };
                (Command::EditContact(id, edit), language.end(&End::Resolved))
            }
            Verb::Pause => {
                let until = Some(Timestamp(clock::now().0 + PAUSE_MICROS));
                (Command::Pause(Pause { operator, until, reason: None }), language.paused().to_owned())
            }
        };
        match execute(app, operator, command, &contact).await {
            Ok(_) => return Ok(done),
            Err(ExecuteError::Rejected(Rejection::NotOffered(_))) => return Ok(language.not_an_offer().to_owned()),
            // It has changed since it was looked at.
            Err(ExecuteError::Rejected(_) | ExecuteError::Denied(_) | ExecuteError::Changed) => {}
            Err(error) => {
                tracing::warn!(%error, "a press could not be carried out");
                return Ok(language.try_again().to_owned());
            }
        }
    }
    match app.store().contact(id).await? {
        Some(contact) => Ok(language.end(&stale(app, &contact, operator).await?)),
        None => Ok(language.end(&End::Deleted)),
    }
}

/// As the operator. The fence of accepting and declining is the decision; resolving knows none, so that the contact is
/// still the one that was looked at is its condition.
async fn execute(app: &App, operator: OperatorId, command: Command, seen: &Contact) -> Answer {
    let requester = Requester { actor: Actor::Telegram(operator), grant: Grant::Operator(operator) };
    let batcher = app.batcher();
    match command {
        Command::EditContact(..) => {
            let unchanged = Precondition::of(Subject::Contact(seen.id), Version::of_contact(seen));
            batcher.execute_if(unchanged, requester, command).await
        }
        command => batcher.execute(requester, command).await,
    }
}

pub(super) fn is_current(contact: &Contact, operator: OperatorId, decision: u32) -> bool {
    contact.status == Status::Assigned
        && contact.operator == Some(operator)
        && contact.decisions == decision.saturating_add(1)
}

/// Where a contact is that an operator does not have any more, or not by the decision that they were told of.
pub(super) async fn stale(app: &App, contact: &Contact, operator: OperatorId) -> Result<End, StoreError> {
    Ok(match (contact.status, contact.operator) {
        (Status::Resolved, _) => End::Resolved,
        (Status::Assigned, Some(own)) if own == operator => End::Again,
        (Status::Assigned, Some(other)) => {
            let name = app.store().operator(other).await?.map(|other| other.name.to_string());
            name.map_or(End::Waits, End::With)
        }
        (Status::Assigned | Status::Waiting, _) => End::Waits,
    })
}
