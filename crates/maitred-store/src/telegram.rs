//! Telegram as plain values: the bots of sources, the chats of operators, and the messages that operators were sent.
//! They are kept by [`crate::TelegramStore`]; what is done with them is in `maitred-app`.

use crate::accounts::Digest;
use maitred_core::{ContactId, OperatorId, SourceId, Timestamp};
use std::fmt;
use std::sync::Arc;

/// What a source has to do with Telegram. Sources without a row have nothing.
#[derive(Clone, PartialEq, Eq)]
pub struct SourceBot {
    pub source: SourceId,
    /// The token of its bot, or `env:` and the name of the environment variable that has it.
    pub token: Option<Arc<str>>,
    /// The id of the bot, once Telegram has said it.
    pub bot: Option<i64>,
    /// What the bot is called, without `@`.
    pub username: Option<Arc<str>>,
    /// Why nothing is heard from the bot, in a word.
    pub fault: Option<Arc<str>>,
    /// Since when.
    pub fault_at: Option<Timestamp>,
    /// Since when messages to operators show the phone of a lead of this source, if they do.
    pub shows_phone_since: Option<Timestamp>,
    /// Since when Telegram sends the updates of the bot to this server by itself, if it does.
    pub webhook_at: Option<Timestamp>,
    /// Why it does not although others can reach this server, in Telegram's words.
    pub webhook_error: Option<Arc<str>>,
}

impl SourceBot {
    /// Without a bot.
    #[must_use]
    pub const fn none(source: SourceId) -> Self {
        Self {
            source,
            token: None,
            bot: None,
            username: None,
            fault: None,
            fault_at: None,
            shows_phone_since: None,
            webhook_at: None,
            webhook_error: None,
        }
    }

    /// Whether messages to operators show the phone of a lead of this source.
    #[must_use]
    pub const fn shows_phone(&self) -> bool {
        self.shows_phone_since.is_some()
    }
}

/// Without the token.
impl fmt::Debug for SourceBot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SourceBot").field("source", &self.source).field("bot", &self.bot).finish_non_exhaustive()
    }
}

/// The chat in which an operator is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OperatorChat {
    pub operator: OperatorId,
    /// Whose bot they opened.
    pub source: SourceId,
    /// The id of the chat: that of their account, which never changes, unlike their user name.
    pub chat: i64,
    /// What their Telegram speaks, an IETF language tag.
    pub language: Option<Arc<str>>,
    pub linked_at: Timestamp,
    /// Since when the bot cannot write to them: they are told nothing until they are linked again.
    pub blocked_at: Option<Timestamp>,
}

/// A code by which an operator links their chat. An operator has one at most.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkCode {
    pub operator: OperatorId,
    /// What it hashes to.
    pub digest: Digest,
    pub expires_at: Timestamp,
}

/// What a message to an operator says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoticeState {
    /// They may accept the contact.
    Offered,
    /// They have it.
    Assigned,
    /// They have it no longer.
    Ended,
}

impl NoticeState {
    /// Every state, in the order of the stored codes.
    pub const ALL: [Self; 3] = [Self::Offered, Self::Assigned, Self::Ended];
}

/// The message to an operator about a contact: one for each of the two, changed as the contact changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    pub contact: ContactId,
    pub operator: OperatorId,
    /// Whose bot sent it.
    pub source: SourceId,
    pub chat: i64,
    /// Its id in the chat.
    pub message: i64,
    /// The number of the decision by which they got the contact.
    pub decision: u32,
    pub state: NoticeState,
    /// When it was first sent, as a new message.
    pub told_at: Option<Timestamp>,
    pub updated_at: Timestamp,
    /// Up to which message of the lead it shows what they said; 0 if it shows only what the contact arrived with.
    pub said: i64,
}

/// Bots and chats, all of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TelegramSetup {
    /// Raised by every change of these.
    pub version: i64,
    /// By source.
    pub bots: Vec<SourceBot>,
    /// By operator.
    pub chats: Vec<OperatorChat>,
}

impl TelegramSetup {
    /// Chats whose operators blocked the bot.
    pub fn blocked_chats(&self) -> impl Iterator<Item = &OperatorChat> {
        self.chats.iter().filter(|chat| chat.blocked_at.is_some())
    }
}
