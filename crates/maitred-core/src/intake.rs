//! Addresses at which sources take in what forms and other services send without a key, and what was received there.
//! How a payload is read as a contact is the business of `maitred-mapping`; here it is a text.

use crate::ids::{ContactId, PayloadId, SourceId, Timestamp};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// The most payloads of a source that are kept although contacts were made of them: samples, for a mapping.
pub const TAKEN_MAX: usize = 20;
/// The most payloads of a source that are kept because no contact could be made of them; and those held for spam.
pub const HELD_MAX: usize = 1_000;
/// The longest payload that is kept, in bytes of JSON; of a longer one the beginning is kept as a text.
pub const PAYLOAD_BYTES_MAX: usize = 65_536;
/// The most payloads that one command forgets.
pub const FORGET_MAX: usize = 512;

/// Where and how a source takes in what is sent to it without a key.
#[derive(Clone, PartialEq, Eq)]
pub struct Intake {
    pub source: SourceId,
    /// What the address ends in: anybody who knows it may send. None until there is an address.
    pub token: Option<Arc<str>>,
    /// How it is read, and who may send: the text of a JSON object.
    pub settings: Arc<str>,
    /// What senders sign with, if they do. It is never shown.
    pub secret: Option<Arc<str>>,
}

impl std::fmt::Debug for Intake {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Intake").field("source", &self.source).field("settings", &self.settings).finish_non_exhaustive()
    }
}

/// A part of an [`Intake`] that changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum IntakeChange {
    Token(Arc<str>),
    Settings(Arc<str>),
    Secret(Option<Arc<str>>),
    /// The source was deleted.
    Removed,
}

/// What became of a payload.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PayloadState {
    /// A contact was made of it.
    Taken,
    /// The mapping found nobody in it.
    Unmapped,
    /// It looks like spam: somebody is to look at it.
    Spam,
}

impl PayloadState {
    /// Every state, in the order of their stored codes.
    pub const ALL: [Self; 3] = [Self::Taken, Self::Unmapped, Self::Spam];

    /// The word used in JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Taken => "taken",
            Self::Unmapped => "unmapped",
            Self::Spam => "spam",
        }
    }

    /// The most of a source that are kept.
    #[must_use]
    pub const fn kept_max(self) -> usize {
        match self {
            Self::Taken => TAKEN_MAX,
            Self::Unmapped | Self::Spam => HELD_MAX,
        }
    }
}

/// What was received at the address of a source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Payload {
    pub id: PayloadId,
    pub source: SourceId,
    /// The contact that was made of it.
    pub contact: Option<ContactId>,
    pub state: PayloadState,
    /// Why it is unmapped or spam, in a word or two; empty if a contact was made of it.
    pub reason: Arc<str>,
    /// The text of a JSON value.
    pub body: Arc<str>,
    pub received_at: Timestamp,
}
