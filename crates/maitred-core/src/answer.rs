//! An answer that is kept under a key, to be given again word for word whatever has become of things since; and its
//! stored form.
//!
//! That form is JSON with the names of fields, so a field that is added to a noun is kept without a change here. What
//! was kept before is still read if the new field is an `Option` or has a `#[serde(default)]`; what 0.1 kept, by `v1`.
//!
//! Of a submission, which there is for each contact, only ids are kept: the rest is said again by the request that asks
//! for its answer, or its fingerprint would be another. It takes some thirty bytes and holds nothing personal;
//! [`Answer::about`] names the lead whom other answers may hold something personal of.

mod v1;

use crate::codec::Malformed;
use crate::command::{Command, Outcome, Submit};
use crate::idempotency::IdempotencyKey;
use crate::ids::{ContactId, LeadId, OperatorId, Timestamp};
use crate::nouns::{Contact, Status};
use crate::world::World;

use serde::{Deserialize, Serialize};

/// What a command was answered with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// Under which key, and to what request.
    pub key: IdempotencyKey,
    pub at: Timestamp,
    kept: Kept,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Kept {
    /// A contact as it was when it arrived, without what its sender says again. Last come the microseconds from its
    /// arrival to this answer: 0 unless the answer was given under a second key later.
    #[serde(rename = "new")]
    Submitted(ContactId, LeadId, Option<OperatorId>, i64),
    /// The same for a contact that came with another name than its lead has.
    #[serde(rename = "new_named")]
    SubmittedNamed(ContactId, LeadId, Option<OperatorId>, i64),
    /// The same for a contact that arrived at a source that is closed: with when that opens, and whether it came with
    /// another name than its lead has.
    #[serde(rename = "new_closed")]
    SubmittedClosed(ContactId, LeadId, i64, Option<Timestamp>, bool),
    /// Anything else.
    Outcome(Box<Outcome>),
}

impl Answer {
    /// Keeps the outcome of any command but a submission.
    #[must_use]
    pub fn new(key: IdempotencyKey, at: Timestamp, outcome: &Outcome) -> Self {
        Self { key, at, kept: Kept::Outcome(Box::new(outcome.clone())) }
    }

    /// Keeps the outcome of a submission.
    #[must_use]
    pub fn of_submission(key: IdempotencyKey, at: Timestamp, submit: &Submit, outcome: &Outcome) -> Self {
        let (Outcome::Contact(contact) | Outcome::Closed(contact, _)) = outcome else {
            return Self::new(key, at, outcome);
        };
        let age = at.0.wrapping_sub(contact.created_at.0);
        let as_sent = [false, true].into_iter().find(|is_named| *contact == arrived(contact, submit, *is_named));
        let (id, lead) = (contact.id, contact.lead);
        let kept = match (as_sent, outcome) {
            (Some(is_named), Outcome::Closed(_, opens_at)) => Kept::SubmittedClosed(id, lead, age, *opens_at, is_named),
            (Some(false), _) => Kept::Submitted(id, lead, contact.operator, age),
            (Some(true), _) => Kept::SubmittedNamed(id, lead, contact.operator, age),
            (None, _) => Kept::Outcome(Box::new(outcome.clone())),
        };
        Self { key, at, kept }
    }

    /// The same answer, given under another key of the same request.
    #[must_use]
    pub fn under(&self, key: IdempotencyKey, at: Timestamp) -> Self {
        let later = at.0.wrapping_sub(self.at.0);
        let kept = match &self.kept {
            Kept::Submitted(contact, lead, operator, age) => {
                Kept::Submitted(*contact, *lead, *operator, age.wrapping_add(later))
            }
            Kept::SubmittedNamed(contact, lead, operator, age) => {
                Kept::SubmittedNamed(*contact, *lead, *operator, age.wrapping_add(later))
            }
            Kept::SubmittedClosed(contact, lead, age, opens_at, is_named) => {
                Kept::SubmittedClosed(*contact, *lead, age.wrapping_add(later), *opens_at, *is_named)
            }
            Kept::Outcome(outcome) => Kept::Outcome(outcome.clone()),
        };
        Self { key, at, kept }
    }

    /// Whether it answered this request, and not another with the same key.
    #[must_use]
    pub fn is_to(&self, key: &IdempotencyKey) -> bool {
        self.key.fingerprint == key.fingerprint
    }

    /// The outcome it was, for the same request sent again; `None` when this command is another.
    #[must_use]
    pub fn outcome(&self, command: &Command) -> Option<Outcome> {
        let said = match &self.kept {
            Kept::Outcome(outcome) => return Some(Outcome::clone(outcome)),
            submitted => Said::of(submitted)?,
        };
        let Command::Submit(submit) = command else { return None };
        let created_at = Timestamp(self.at.0.wrapping_sub(said.age));
        let contact = Contact { operator: said.operator, ..Contact::new(said.contact, said.lead, submit, created_at) };
        Some(said.outcome(arrived(&contact, submit, said.is_named)))
    }

    /// The outcome it was, for the same event in other words. The texts of a contact are those that are stored; if the
    /// contact was deleted, those that are said now.
    #[must_use]
    pub(crate) fn outcome_of_event(&self, world: &World, command: &Command) -> Option<Outcome> {
        let Some(said) = Said::of(&self.kept) else { return self.outcome(command) };
        let Ok(stored) = world.contact(said.contact) else { return self.outcome(command) };
        let created_at = Timestamp(self.at.0.wrapping_sub(said.age));
        let contact = Contact { lead: said.lead, operator: said.operator, created_at, ..stored.clone() };
        Some(said.outcome(as_arrived(contact)))
    }

    /// The contact it shows.
    #[must_use]
    pub const fn contact(&self) -> Option<ContactId> {
        match &self.kept {
            Kept::Submitted(contact, ..) | Kept::SubmittedNamed(contact, ..) | Kept::SubmittedClosed(contact, ..) => {
                Some(*contact)
            }
            Kept::Outcome(outcome) => outcome.contact(),
        }
    }

    /// The lead it shows something of, whether or not that is personal.
    #[must_use]
    pub(crate) const fn lead(&self) -> Option<LeadId> {
        match &self.kept {
            Kept::Submitted(_, lead, ..) | Kept::SubmittedNamed(_, lead, ..) | Kept::SubmittedClosed(_, lead, ..) => {
                Some(*lead)
            }
            Kept::Outcome(outcome) => outcome.about(),
        }
    }

    /// Whether it holds anything that was said about a lead.
    #[must_use]
    pub fn has_text(&self) -> bool {
        match &self.kept {
            Kept::Submitted(..) | Kept::SubmittedNamed(..) | Kept::SubmittedClosed(..) => false,
            Kept::Outcome(outcome) => outcome.has_text(),
        }
    }

    /// The lead of whom it may hold something personal, if it may.
    #[must_use]
    pub const fn about(&self) -> Option<LeadId> {
        match &self.kept {
            Kept::Submitted(..) | Kept::SubmittedNamed(..) | Kept::SubmittedClosed(..) => None,
            Kept::Outcome(outcome) => outcome.about(),
        }
    }

    /// The stored form of the outcome; key, fingerprint and time are columns.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        serde_json::to_vec(&self.kept).expect("nouns are JSON")
    }

    /// Reads the stored form.
    ///
    /// # Errors
    /// [`Malformed`] when the bytes are no answer.
    pub fn decode(key: IdempotencyKey, at: Timestamp, bytes: &[u8]) -> Result<Self, Malformed> {
        let kept = match bytes.first() {
            Some(&v1::VERSION) => serde_json::from_value(v1::to_json(at, bytes)?),
            _ => serde_json::from_slice(bytes),
        };
        Ok(Self { key, at, kept: kept.map_err(|_| Malformed::InvalidJson)? })
    }
}

/// What was kept of a submission.
struct Said {
    contact: ContactId,
    lead: LeadId,
    operator: Option<OperatorId>,
    age: i64,
    is_named: bool,
    /// Whether its source was closed, and when it was to open.
    closed: Option<Option<Timestamp>>,
}

impl Said {
    const fn of(kept: &Kept) -> Option<Self> {
        let (contact, lead, operator, age, is_named, closed) = match *kept {
            Kept::Submitted(contact, lead, operator, age) => (contact, lead, operator, age, false, None),
            Kept::SubmittedNamed(contact, lead, operator, age) => (contact, lead, operator, age, true, None),
            Kept::SubmittedClosed(contact, lead, age, opens_at, is_named) => {
                (contact, lead, None, age, is_named, Some(opens_at))
            }
            Kept::Outcome(_) => return None,
        };
        Some(Self { contact, lead, operator, age, is_named, closed })
    }

    fn outcome(&self, contact: Contact) -> Outcome {
        match self.closed {
            Some(opens_at) => Outcome::Closed(contact, opens_at),
            None => Outcome::Contact(contact),
        }
    }
}

/// What a contact is right after this submission: all but its ids, its time and who got it follow from what was sent.
fn arrived(contact: &Contact, submit: &Submit, is_named: bool) -> Contact {
    let (operator, sent) = (contact.operator, submit.sent(is_named));
    as_arrived(Contact { operator, sent, ..Contact::new(contact.id, contact.lead, submit, contact.created_at) })
}

/// A contact as it was after its first decision, which gave it this operator or none. Whatever else is known of it
/// came later, except what it was sent with.
fn as_arrived(contact: Contact) -> Contact {
    let (operator, created_at, source) = (contact.operator, contact.created_at, contact.arrived_on());
    Contact {
        operator,
        status: if operator.is_some() { Status::Assigned } else { Status::Waiting },
        assigned_at: operator.map(|_| created_at),
        decisions: 1,
        priority: contact.own_priority(),
        message: contact.message,
        attributes: contact.attributes,
        sent: contact.sent,
        ..Contact::untouched(contact.id, contact.lead, source, created_at)
    }
}

#[cfg(test)]
mod tests;
