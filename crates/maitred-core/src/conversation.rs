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
