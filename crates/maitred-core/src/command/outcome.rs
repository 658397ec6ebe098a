//! What commands that were carried out give back, and what of that is about a lead.

use super::{Completion, Reread};
use crate::conversation::Message;
use crate::correction::Correction;
use crate::ids::{ContactId, LeadId, OperatorId, PayloadId, SourceId, Timestamp};
use crate::nouns::{Calendar, Contact, Lead, Note, Operator, Source};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// What a command that was carried out gives back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// The contact as it is now.
    Contact(Contact),
    /// A contact that arrived at a source that is closed, and when that opens, if it is known.
    Closed(Contact, Option<Timestamp>),
    /// The contact that an earlier submission with the same [`crate::IdempotencyKey`] made.
    SubmittedBefore(Contact),
    /// A message, and the contact that it was appended to.
    Appended(Contact, Message),
    /// A message to a lead, which is on its way, and that lead.
    Sent(LeadId, Message),
    /// A note, and the lead whose contact it is about.
    Note(LeadId, Note),
    /// The contact that an earlier submission made of something that said less, and what it got now.
    Completed(Contact, Completion),
    /// The operator as they are now.
    Operator(Operator),
    /// The calendar as it is now.
    Calendar(Calendar),
    /// The source as it is now.
    Source(Source),
    /// The same, and what the address ends in at which it takes in what is sent without a key.
    SourceWithIntake(Source, Arc<str>),
    /// Something that was received at the address of a source and is kept; no contact was made of it.
    Kept(SourceId, PayloadId),
    /// One weight as it is now.
    Weight(SourceId, OperatorId, u32),
    /// The whole table of a source as it is now.
    Weights(SourceId, Vec<(OperatorId, u32)>),
    /// A correction.
    Correction(Correction),
    /// The lead as it is now.
    Lead(Lead),
    /// What is shown of a lead, see [`crate::Command::Show`].
    Shown(LeadId, Arc<str>),
    /// What became of phones of a source's leads that were read again.
    Reread(SourceId, Reread),
    /// It was done and there is nothing to show.
    Done,
    /// It was done before under the same key, see [`crate::idempotency`], with this outcome then.
    Again(Box<Self>),
}

impl Outcome {
    /// Which kind it is, in a word or two.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Contact(_)
            | Self::Closed(..)
            | Self::SubmittedBefore(_)
            | Self::Appended(..)
            | Self::Completed(..) => "a contact",
            Self::Note(..) => "a note",
            Self::Sent(..) => "a message",
            Self::Operator(_) => "an operator",
            Self::Calendar(_) => "a calendar",
            Self::Source(_) | Self::SourceWithIntake(..) => "a source",
            Self::Kept(..) => "something that was received",
            Self::Weight(..) | Self::Weights(..) => "weights",
            Self::Correction(_) => "a correction",
            Self::Lead(_) | Self::Shown(..) => "a lead",
            Self::Reread(..) => "phones that were read again",
            Self::Done => "nothing",
            Self::Again(_) => "an answer given before",
        }
    }

    /// The contact it shows.
    #[must_use]
    pub const fn contact(&self) -> Option<ContactId> {
        match self {
            Self::Contact(contact)
            | Self::Closed(contact, _)
            | Self::SubmittedBefore(contact)
            | Self::Appended(contact, _)
            | Self::Completed(contact, _) => Some(contact.id),
            Self::Note(_, note) => Some(note.contact),
            Self::Sent(_, message) => Some(message.contact),
            Self::Again(before) => before.contact(),
            Self::Operator(_)
            | Self::Calendar(_)
            | Self::Source(_)
            | Self::SourceWithIntake(..)
            | Self::Kept(..)
            | Self::Weight(..)
            | Self::Weights(..)
            | Self::Correction(_)
            | Self::Lead(_)
            | Self::Shown(..)
            | Self::Reread(..)
            | Self::Done => None,
        }
    }

    /// Whether it holds anything that was said about a lead.
    #[must_use]
    pub fn has_text(&self) -> bool {
        match self {
            Self::Contact(contact)
            | Self::Closed(contact, _)
            | Self::SubmittedBefore(contact)
            | Self::Completed(contact, _) => contact.has_text(),
            Self::Appended(contact, message) => contact.has_text() || message.has_text(),
            Self::Note(..) | Self::Sent(..) => true,
            Self::Lead(lead) => lead.name.is_some(),
            // Those who made it have seen to that, see [`ShowLead`].
            Self::Shown(..) => false,
            Self::Again(before) => before.has_text(),
            Self::Operator(_)
            | Self::Calendar(_)
            | Self::Source(_)
            | Self::SourceWithIntake(..)
            | Self::Kept(..)
            | Self::Weight(..)
            | Self::Weights(..)
            | Self::Correction(_)
            | Self::Reread(..)
            | Self::Done => false,
        }
    }

    /// The lead of whom it may hold something personal.
    #[must_use]
    pub const fn about(&self) -> Option<LeadId> {
        match self {
            Self::Contact(contact)
            | Self::Closed(contact, _)
            | Self::SubmittedBefore(contact)
            | Self::Appended(contact, _)
            | Self::Completed(contact, _) => Some(contact.lead),
            Self::Lead(lead) => Some(lead.id),
            Self::Shown(lead, _) | Self::Note(lead, _) | Self::Sent(lead, _) => Some(*lead),
            Self::Again(before) => before.about(),
            Self::Operator(_)
            | Self::Calendar(_)
            | Self::Source(_)
            | Self::SourceWithIntake(..)
            | Self::Kept(..)
            | Self::Weight(..)
            | Self::Weights(..)
            | Self::Correction(_)
            | Self::Reread(..)
            | Self::Done => None,
        }
    }
}
