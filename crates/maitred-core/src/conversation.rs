//! Conversations: what a further message of a lead does who has a contact on a source already. Messengers append it to
//! that contact, so that five messages of one person take one slot; forms and programs make a new contact of each.

use crate::actor::Actor;
use crate::ids::{ContactId, MessageId, Timestamp};
use crate::source_kind::SourceKind;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// What becomes of a submission of a lead who has an open contact on the source.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WhenOpen {
    /// Another contact, with an operator of its own.
    #[default]
    New,
    /// A message of the open contact.
    Append,
}

impl WhenOpen {
    pub const ALL: [Self; 2] = [Self::New, Self::Append];

    /// The word used in JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Append => "append",
        }
    }

    /// What a new source of a kind does unless somebody says otherwise. People write to messengers in several short
    /// messages.
    #[must_use]
    pub const fn of_kind(kind: SourceKind) -> Self {
        match kind {
            SourceKind::Telegram | SourceKind::Whatsapp => Self::Append,
            SourceKind::Bot
            | SourceKind::Site
            | SourceKind::Phone
            | SourceKind::Email
            | SourceKind::Other
            | SourceKind::Form
            | SourceKind::Json => Self::New,
        }
    }
}

/// What a source does with further messages.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConversationRules {
    pub when_open: WhenOpen,
    /// For how many seconds after it was resolved a contact is reopened by a further message, up to
    /// [`REOPEN_SECONDS_MAX`](crate::limits::REOPEN_SECONDS_MAX). None: a resolved contact stays so.
    pub reopen_within_s: Option<u32>,
}

impl ConversationRules {
    #[must_use]
    pub fn are_default(&self) -> bool {
        *self == Self::default()
    }

    /// Whether further messages go to the contact that a lead has.
    pub(crate) fn appends(self) -> bool {
        self.when_open == WhenOpen::Append
    }
}

/// Something said in a contact after the message that it arrived with. It goes with its contact, and when the lead of
/// that is erased.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// Its id; later messages have larger ones.
    pub id: MessageId,
    pub contact: ContactId,
    /// Empty if what was sent has no text.
    pub text: Arc<str>,
    /// What came with it, as for a contact: a JSON object.
    pub attributes: Option<Arc<str>>,
    /// Who wrote to the lead; none for what the lead said.
    pub author: Option<Actor>,
    pub created_at: Timestamp,
    /// What became of it on its way to the lead; none for what the lead said.
    #[serde(default)]
    pub delivery: Option<Delivery>,
    /// Since when that is so; none while it is pending.
    #[serde(default)]
    pub delivered_at: Option<Timestamp>,
}

/// What became of a message to a lead.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Delivery {
    /// It is still to be sent.
    Pending,
    /// The messenger has it.
    Sent,
    /// It was not sent, and will not be.
    Failed(DeliveryFailure),
}

/// Why a message did not reach a lead.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeliveryFailure {
    /// They blocked the bot, or their account is gone.
    Blocked,
    /// The source has no bot any more, or the lead no chat with it.
    NoChat,
    /// The messenger did not take the text.
    Refused,
    /// It could not be sent for a day.
    Expired,
}

impl Delivery {
    /// Every one, in the order in which they come about.
    pub const ALL: [Self; 6] = [
        Self::Pending,
        Self::Sent,
        Self::Failed(DeliveryFailure::Blocked),
        Self::Failed(DeliveryFailure::NoChat),
        Self::Failed(DeliveryFailure::Refused),
        Self::Failed(DeliveryFailure::Expired),
    ];

    /// `pending`, `sent` or `failed`.
    #[must_use]
    pub const fn state(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Sent => "sent",
            Self::Failed(_) => "failed",
        }
    }

    /// As it is stored: the state, or why it failed.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Failed(why) => why.as_str(),
            Self::Pending | Self::Sent => self.state(),
        }
    }

    /// Why it failed, if it did.
    #[must_use]
    pub const fn failure(self) -> Option<DeliveryFailure> {
        match self {
            Self::Failed(why) => Some(why),
            Self::Pending | Self::Sent => None,
        }
    }
}

impl DeliveryFailure {
    /// The word used in JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Blocked => "blocked",
            Self::NoChat => "no_chat",
            Self::Refused => "refused",
            Self::Expired => "expired",
        }
    }
}

/// Why the lead of a contact cannot be written to by its source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoWay {
    /// The source has no bot that could send it.
    NoBot,
    /// The lead never wrote to the bot of the source.
    NoChat,
}

impl Message {
    /// Whether it says anything that is personal.
    #[must_use]
    pub fn has_text(&self) -> bool {
        !self.text.is_empty() || self.attributes.is_some()
    }

    pub(crate) fn forget_text(&mut self) {
        (self.text, self.attributes) = (Arc::default(), None);
    }
}
