//! What becomes of updates: commands, and answers to those who press buttons.

use super::presses;
use crate::App;
use crate::batcher::{self, Answer, ExecuteError};
use crate::event_key;
use crate::identity::{self, Given};
use crate::permission::Requester;
use crate::spans;
use crate::telegram::texts::Language;
use maitred_core::command::{NoteReach, Submit};
use maitred_core::limits::repair;
use maitred_core::{Command, Identity, IdentityKind, LeadId, Outcome, Rejection, SourceId, Timestamp};
use maitred_store::telegram::OperatorChat;
use maitred_store::{StoreError, clock};
use maitred_telegram::{Bot, Incoming, LeadMessage, OutgoingMessage, Update, start};
use metrics::counter;
use serde_json::{Map, Value, json};
use std::fmt;
use tokio::sync::oneshot;

/// Why updates were not taken in.
#[derive(Debug)]
pub enum TakeError {
    /// The queue is full, or the server is stopping.
    Busy(ExecuteError),
    /// The source is gone.
    NoSource,
    Store(StoreError),
}

impl From<StoreError> for TakeError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl fmt::Display for TakeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Busy(error) => error.fmt(f),
            Self::NoSource => f.write_str("the source was deleted"),
            Self::Store(error) => error.fmt(f),
        }
    }
}

/// Where updates come in.
pub(super) struct Place<'a> {
    pub app: &'a App,
    pub source: SourceId,
    pub bot: &'a Bot,
    pub bot_id: i64,
}

/// A message whose contact is being stored.
struct UnderWay {
    message: LeadMessage,
    queued: Result<oneshot::Receiver<Answer>, ExecuteError>,
}

impl Place<'_> {
    /// Takes in updates in their order. Those that make contacts are stored together.
    pub(super) async fn take(&self, updates: Vec<Update>) -> Result<(), TakeError> {
        let mut under_way = Vec::new();
        for update in updates {
            let id = update.id;
            match update.incoming() {
                Incoming::Message(message) => match self.operators_chat(&message).await? {
                    None if !self.links(&message).await? => {
                        under_way.push(self.begin(id, message).await?);
                        // What comes behind one that found no place would be stored in front of it.
                        if under_way.last().is_some_and(|begun| begun.queued.is_err()) {
                            break;
                        }
                    }
                    None => {}
                    Some(chat) => match message.reply_to {
                        Some(to) if chat.blocked_at.is_none() => self.send_on(id, &chat, &message, to).await?,
                        _ => self.answer_operator(&chat, &message).await?,
                    },
                },
                other => {
                    // What they did before is to be there by then.
                    self.finish(&mut under_way).await?;
                    self.take_other(id, other).await?;
                }
            }
        }
        self.finish(&mut under_way).await
    }

    async fn take_other(&self, update: i64, incoming: Incoming) -> Result<(), TakeError> {
        match incoming {
            Incoming::Edited(message) => self.edit(&message).await,
            Incoming::Press(mut pressed) => match pressed.said.take() {
                Some(said) if self.operators_chat(&said).await?.is_none() => {
                    // It is stored like anything else that they say.
                    self.finish(&mut vec![self.begin(update, *said).await?]).await?;
                    presses::say_later(self, pressed);
                    Ok(())
                }
                _ => Ok(presses::answer(self, pressed).await?),
            },
            Incoming::Blocked { chat, is_blocked, date } => {
                let at = moment(date);
                if is_blocked {
                    counter!("maitred_telegram_blocked_total").increment(1);
                    self.app.telegram().store().block(self.source, chat, at).await?;
                }
                self.note_reach(chat, is_blocked, at).await
            }
            Incoming::Message(_) | Incoming::Nothing => Ok(()),
        }
    }

    /// Notes that a lead blocked the bot, or came back. Who never wrote is no lead.
    async fn note_reach(&self, account: i64, is_blocked: bool, at: Timestamp) -> Result<(), TakeError> {
        let Some(lead) = self.lead_of(account).await? else { return Ok(()) };
        let note = Command::NoteReach(NoteReach { lead, source: self.source, is_blocked, at });
        match self.app.batcher().execute(Requester::SYSTEM, note).await {
            // Erased or merged meanwhile.
            Ok(_) | Err(ExecuteError::Rejected(_)) => Ok(()),
            Err(error) => Err(TakeError::Busy(error)),
        }
    }

    /// The lead who has an account, if they ever wrote.
    pub(super) async fn lead_of(&self, account: i64) -> Result<Option<LeadId>, StoreError> {
        let Some(source) = self.app.store().source(self.source).await? else { return Ok(None) };
        let identity = Identity::new(IdentityKind::ExternalId, account.to_string()).in_space(source.space());
        let owners = self.app.store().owners(vec![identity]).await?;
        Ok(owners.into_iter().next().map(|(_, lead)| lead))
    }

    /// The operator whose chat with this bot a message is from.
    async fn operators_chat(&self, message: &LeadMessage) -> Result<Option<OperatorChat>, StoreError> {
        let setup = self.app.telegram().setup().await?;
        let is_theirs = |chat: &&OperatorChat| {
            chat.source == self.source && chat.chat == message.chat && message.business.is_none()
        };
        Ok(setup.chats.iter().find(is_theirs).cloned())
    }

    /// Links the chat, if the message has a code. One that says that it is one and is not good is answered.
    async fn links(&self, message: &LeadMessage) -> Result<bool, TakeError> {
        let Some(payload) = message.start.as_deref().filter(|payload| !payload.is_empty()) else { return Ok(false) };
        let language = message.from.language.as_deref();
        let is_linked = self.redeem(payload, message.chat, language).await?;
        if !is_linked && start::is_code(payload) {
            self.say(message.chat, Language::of(language).bad_code()).await;
        }
        Ok(is_linked || start::is_code(payload))
    }

    async fn redeem(&self, payload: &str, chat: i64, language: Option<&str>) -> Result<bool, TakeError> {
        let code = start::code(payload);
        let Some(operator) = self.app.telegram().redeem(code, self.source, chat, language).await? else {
            return Ok(false);
        };
        let name = self.app.store().operator(operator).await?.map(|operator| operator.name).unwrap_or_default();
        self.say(chat, &Language::of(language).linked(&name)).await;
        Ok(true)
    }

    /// What an operator writes is no contact. They may link their chat again.
    async fn answer_operator(&self, chat: &OperatorChat, message: &LeadMessage) -> Result<(), TakeError> {
        let language = message.from.language.as_deref();
        let is_linked = match message.start.as_deref().filter(|payload| !payload.is_empty()) {
            Some(payload) => self.redeem(payload, message.chat, language).await?,
            None => false,
        };
        if !is_linked && chat.blocked_at.is_none() {
            self.say(message.chat, Language::of(language).no_conversation()).await;
        }
        Ok(())
    }

    /// Says something that is not worth trying twice.
    pub(super) async fn say(&self, chat: i64, text: &str) {
        if let Err(error) = spans::telegram(self.bot.send_message(chat, &OutgoingMessage::plain(text))).await {
            tracing::debug!(%error, source = self.source.0, "an operator was not answered");
        }
    }

    /// What becomes of a message of a lead: a contact, or a message of the one that they have, as the source says; once
    /// for each update, and once for all of an album.
    async fn begin(&self, update: i64, message: LeadMessage) -> Result<UnderWay, TakeError> {
        let submit = self.submit(&message).await?;
        let id = match &message.album {
            Some(album) => format!("{}:album:{album}", self.bot_id),
            None => format!("{}:{update}", self.bot_id),
        };
        let key = event_key::of_event(self.source, &id, "");
        let queued = self.app.batcher().queue(Requester::SYSTEM, Command::Submit(submit), vec![key], None);
        Ok(UnderWay { message, queued })
    }

    async fn submit(&self, message: &LeadMessage) -> Result<Submit, StoreError> {
        let rules = self.app.regions().of(self.source, self.app.store()).await?;
        let id = message.from.id.to_string();
        let phone = message.phone.as_ref().filter(|phone| phone.is_own).map(|phone| with_plus(&phone.number));
        let given = Given { external_id: Some(&id), phone: phone.as_deref(), email: None };
        // A phone that nobody could have is left out.
        let only_id = || identity::collect(Given { phone: None, ..given }, rules).unwrap_or_default();
        let collected = identity::collect(given, rules).unwrap_or_else(|_| only_id());
        Ok(collected.put_into(Submit {
            lead_name: repair::name(&message.from.name).value,
            message: Some(repair::message(&text_of(message)).value),
            attributes: Some(attributes(message).into()),
            written_at: Some(moment(message.date)),
            ..Submit::new(self.source, Vec::new())
        }))
    }

    /// Waits until all are stored.
    async fn finish(&self, under_way: &mut Vec<UnderWay>) -> Result<(), TakeError> {
        for UnderWay { message, queued } in under_way.drain(..) {
            match batcher::answer(queued).await {
                Ok(Outcome::Again(before)) => self.add_caption(&message, &before).await?,
                Ok(_) => counter!("maitred_telegram_messages_total").increment(1),
                Err(ExecuteError::Rejected(Rejection::UnknownSource(_))) => return Err(TakeError::NoSource),
                // It would be rejected each time: those behind it are not to wait for that.
                Err(ExecuteError::Rejected(rejection)) => {
                    tracing::warn!(source = self.source.0, ?rejection, "a message was not taken in");
                }
                Err(error) => return Err(TakeError::Busy(error)),
            }
        }
        Ok(())
    }
}

/// When something happened: now, if that is not said.
fn moment(date: Option<i64>) -> Timestamp {
    date.map_or_else(clock::now, |seconds| Timestamp(seconds.saturating_mul(1_000_000)))
}

/// Phones come without their plus.
fn with_plus(number: &str) -> String {
    if number.bytes().all(|byte| byte.is_ascii_digit()) { format!("+{number}") } else { number.to_owned() }
}

/// What stands for a message without words.
pub(super) fn placeholder(kind: &str) -> String {
    format!("[{kind}]")
}

fn text_of(message: &LeadMessage) -> String {
    match (&message.text, &message.phone) {
        (Some(text), _) => text.clone(),
        // The phone of somebody else identifies nobody here, but may be what this is about.
        (None, Some(phone)) => format!("{} {}", placeholder(message.kind), with_plus(&phone.number)),
        (None, None) => placeholder(message.kind),
    }
}

/// The text of a JSON object.
fn attributes(message: &LeadMessage) -> String {
    let mut all = Map::new();
    let texts = [
        ("username", &message.from.username),
        ("language", &message.from.language),
        ("start", &message.start),
        ("button", &message.button),
    ];
    for (name, text) in texts {
        all.extend(text.as_deref().filter(|text| !text.is_empty()).map(|text| (name.to_owned(), json!(text))));
    }
    let payload = message.start.as_deref().unwrap_or_default();
    all.extend(start::utm(payload).into_iter().map(|(name, value)| (name, Value::String(value))));
    let mut place = json!({"chat_id": message.chat, "message_id": message.message, "kind": message.kind});
    if let Some(thread) = message.thread {
        place["thread_id"] = json!(thread);
    }
    if let Some(business) = &message.business {
        place["business_connection_id"] = json!(business);
    }
    all.insert("telegram".to_owned(), place);
    Value::Object(all).to_string()
}
