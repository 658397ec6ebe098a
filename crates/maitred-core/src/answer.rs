//! An answer that is kept under a key, to be given again word for word whatever has become of things since; and its
//! bytes.
//!
//! What the sender says again anyway is not kept: the message and the attributes of a submission are those of the
//! request that asks for its answer, or its fingerprint would be another. So the answer to a submission takes some
//! forty bytes and holds nothing personal; [`Answer::about`] names whom the others may tell of.

use crate::codec::{Malformed, Reader, put_i64, put_text, put_u64};
use crate::command::{Command, Outcome};
use crate::ids::{ContactId, LeadId, OperatorId, SourceId, Timestamp};
use crate::nouns::{Contact, Lead, Operator, Source, SourceKind, Status};
use crate::once::Once;
use crate::policy::Policy;

const VERSION: u8 = 1;

/// What a command was answered with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// Under which key, and to what request.
    pub once: Once,
    /// When.
    pub at: Timestamp,
    kept: Kept,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Kept {
    /// A contact as it was when it arrived, without what its sender says again.
    Submitted(Contact),
    /// Anything else.
    Whole(Outcome),
}

impl Answer {
    /// Keeps an outcome. `is_submission` says whether the command submitted a contact.
    #[must_use]
    pub fn new(once: Once, at: Timestamp, outcome: &Outcome, is_submission: bool) -> Self {
        let kept = match outcome {
            Outcome::Contact(contact) if is_submission => {
                Kept::Submitted(Contact { message: None, attributes: None, ..contact.clone() })
            }
            Outcome::Again(before) => Kept::Whole((**before).clone()),
            other => Kept::Whole(other.clone()),
        };
        Self { once, at, kept }
    }

    /// The same answer, given under another key of the same request.
    #[must_use]
    pub fn under(&self, once: Once, at: Timestamp) -> Self {
        Self { once, at, ..self.clone() }
    }

    /// Whether it answered this request, and not another with the same key.
    #[must_use]
    pub fn is_to(&self, once: &Once) -> bool {
        self.once.fingerprint == once.fingerprint
    }

    /// The outcome it was, for the same request sent again.
    #[must_use]
    pub fn again(&self, command: &Command) -> Outcome {
        let before = match (&self.kept, command) {
            (Kept::Submitted(contact), Command::Submit(submit)) => Outcome::Contact(Contact {
                message: submit.message.clone(),
                attributes: submit.attributes.clone(),
                ..contact.clone()
            }),
            (Kept::Submitted(contact), _) => Outcome::Contact(contact.clone()),
            (Kept::Whole(outcome), _) => outcome.clone(),
        };
        Outcome::Again(Box::new(before))
    }

    /// The contact it shows.
    #[must_use]
    pub const fn contact(&self) -> Option<ContactId> {
        match &self.kept {
            Kept::Submitted(contact) => Some(contact.id),
            Kept::Whole(Outcome::Contact(contact) | Outcome::SubmittedBefore(contact)) => Some(contact.id),
            Kept::Whole(_) => None,
        }
    }

    /// The lead of whom it may hold something personal, if it may.
    #[must_use]
    pub const fn about(&self) -> Option<LeadId> {
        match &self.kept {
            Kept::Whole(Outcome::Contact(contact) | Outcome::SubmittedBefore(contact)) => Some(contact.lead),
            Kept::Whole(Outcome::Lead(lead)) => Some(lead.id),
            Kept::Whole(Outcome::Shown(lead, _)) => Some(*lead),
            Kept::Whole(_) | Kept::Submitted(_) => None,
        }
    }

    /// The stored form of the outcome; key, fingerprint and time are columns.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(64);
        out.push(VERSION);
        match &self.kept {
            Kept::Submitted(contact) => {
                out.push(Code::Submitted as u8);
                put_contact(&mut out, contact);
            }
            Kept::Whole(outcome) => put_outcome(&mut out, outcome),
        }
        out
    }

    /// Reads the stored form.
    ///
    /// # Errors
    /// [`Malformed`] when the bytes are no answer.
    pub fn decode(once: Once, at: Timestamp, bytes: &[u8]) -> Result<Self, Malformed> {
        let mut from = Reader::new(bytes);
        from.version(VERSION)?;
        let kept = match code(&mut from)? {
            Code::Submitted => Kept::Submitted(contact(&mut from)?),
            code => Kept::Whole(outcome(&mut from, code)?),
        };
        from.finish()?;
        Ok(Self { once, at, kept })
    }
}

/// What follows, by its stored code.
#[derive(Clone, Copy)]
enum Code {
    Submitted,
    Contact,
    SubmittedBefore,
    Operator,
    Source,
    Weight,
    Weights,
    Lead,
    Shown,
    Done,
    ErasedLead,
}

impl Code {
    const ALL: [Self; 11] = [
        Self::Submitted,
        Self::Contact,
        Self::SubmittedBefore,
        Self::Operator,
        Self::Source,
        Self::Weight,
        Self::Weights,
        Self::Lead,
        Self::Shown,
        Self::Done,
        Self::ErasedLead,
    ];
}

fn code(from: &mut Reader<'_>) -> Result<Code, Malformed> {
    let code = from.byte()?;
    Code::ALL.get(usize::from(code)).copied().ok_or(Malformed::UnknownCode(code.into()))
}

fn put_outcome(out: &mut Vec<u8>, outcome: &Outcome) {
    let code = |code: Code| code as u8;
    match outcome {
        Outcome::Again(before) => put_outcome(out, before),
        Outcome::Contact(contact) => {
            out.push(code(Code::Contact));
            put_contact(out, contact);
        }
        Outcome::SubmittedBefore(contact) => {
            out.push(code(Code::SubmittedBefore));
            put_contact(out, contact);
        }
        Outcome::Operator(operator) => {
            out.push(code(Code::Operator));
            put_operator(out, operator);
        }
        Outcome::Source(source) => {
            out.push(code(Code::Source));
            put_source(out, source);
        }
        Outcome::Weight(source, operator, weight) => {
            out.push(code(Code::Weight));
            put_i64(out, source.0);
            put_weight(out, *operator, *weight);
        }
        Outcome::Weights(source, weights) => {
            out.push(code(Code::Weights));
            put_i64(out, source.0);
            put_u64(out, weights.len() as u64);
            weights.iter().for_each(|(operator, weight)| put_weight(out, *operator, *weight));
        }
        Outcome::Lead(lead) => {
            out.push(code(if lead.erased_at.is_some() { Code::ErasedLead } else { Code::Lead }));
            put_lead(out, lead);
            lead.erased_at.into_iter().for_each(|at| put_i64(out, at.0));
        }
        Outcome::Shown(lead, shown) => {
            out.push(code(Code::Shown));
            put_i64(out, lead.0);
            put_text(out, shown);
        }
        Outcome::Done => out.push(code(Code::Done)),
    }
}

fn outcome(from: &mut Reader<'_>, code: Code) -> Result<Outcome, Malformed> {
    Ok(match code {
        Code::Submitted | Code::Contact => Outcome::Contact(contact(from)?),
        Code::SubmittedBefore => Outcome::SubmittedBefore(contact(from)?),
        Code::Operator => Outcome::Operator(operator(from)?),
        Code::Source => Outcome::Source(source(from)?),
        Code::Weight => {
            let source = SourceId(from.i64()?);
            let (operator, weight) = weight(from)?;
            Outcome::Weight(source, operator, weight)
        }
        Code::Weights => {
            let (source, count) = (SourceId(from.i64()?), from.u32()?);
            Outcome::Weights(source, (0..count).map(|_| weight(from)).collect::<Result<_, _>>()?)
        }
        Code::Lead => Outcome::Lead(lead(from)?),
        Code::Shown => Outcome::Shown(LeadId(from.i64()?), from.text()?.into()),
        Code::Done => Outcome::Done,
        Code::ErasedLead => {
            let lead = lead(from)?;
            Outcome::Lead(Lead { erased_at: Some(Timestamp(from.i64()?)), ..lead })
        }
    })
}

fn put_contact(out: &mut Vec<u8>, contact: &Contact) {
    put_i64(out, contact.id.0);
    put_i64(out, contact.lead.0);
    put_i64(out, contact.source.0);
    put_option(out, contact.operator.map(|id| id.0), put_i64);
    out.push(contact.status as u8);
    put_i64(out, contact.priority.into());
    put_option(out, contact.message.as_deref(), put_text);
    put_option(out, contact.attributes.as_deref(), put_text);
    put_i64(out, contact.created_at.0);
    // Most things happen to a contact when it arrives: the time between is short, the time itself is not.
    let after = |at: Timestamp| at.0.wrapping_sub(contact.created_at.0);
    put_option(out, contact.assigned_at.map(after), put_i64);
    put_option(out, contact.resolved_at.map(after), put_i64);
    put_i64(out, after(contact.updated_at));
    put_u64(out, contact.decisions.into());
}

fn contact(from: &mut Reader<'_>) -> Result<Contact, Malformed> {
    let mut contact = Contact {
        id: ContactId(from.i64()?),
        lead: LeadId(from.i64()?),
        source: SourceId(from.i64()?),
        operator: from.option(Reader::i64)?.map(OperatorId),
        status: one_of(from, &Status::ALL)?,
        priority: i32::try_from(from.i64()?).map_err(|_| Malformed::Overflow)?,
        message: from.option(Reader::text)?.map(Into::into),
        attributes: from.option(Reader::text)?.map(Into::into),
        created_at: Timestamp(from.i64()?),
        assigned_at: None,
        resolved_at: None,
        updated_at: Timestamp(0),
        decisions: 0,
    };
    let created_at = contact.created_at.0;
    let later = |after: i64| Timestamp(created_at.wrapping_add(after));
    contact.assigned_at = from.option(Reader::i64)?.map(later);
    contact.resolved_at = from.option(Reader::i64)?.map(later);
    contact.updated_at = later(from.i64()?);
    contact.decisions = from.u32()?;
    Ok(contact)
}

fn put_operator(out: &mut Vec<u8>, operator: &Operator) {
    put_i64(out, operator.id.0);
    put_text(out, &operator.name);
    out.push(operator.is_active.into());
    put_u64(out, operator.max_load.into());
    put_u64(out, operator.current_load.into());
    put_option(out, operator.last_assigned_at.map(|at| at.0), put_i64);
    put_i64(out, operator.created_at.0);
    put_i64(out, operator.updated_at.0);
    put_option(out, operator.deleted_at.map(|at| at.0), put_i64);
}

fn operator(from: &mut Reader<'_>) -> Result<Operator, Malformed> {
    Ok(Operator {
        id: OperatorId(from.i64()?),
        name: from.text()?.into(),
        is_active: from.flag()?,
        max_load: from.u32()?,
        current_load: from.u32()?,
        last_assigned_at: from.option(Reader::i64)?.map(Timestamp),
        created_at: Timestamp(from.i64()?),
        updated_at: Timestamp(from.i64()?),
        deleted_at: from.option(Reader::i64)?.map(Timestamp),
    })
}

fn put_source(out: &mut Vec<u8>, source: &Source) {
    put_i64(out, source.id.0);
    put_text(out, &source.name);
    put_text(out, &source.description);
    out.push(place(&SourceKind::ALL, &source.kind));
    out.push(place(&Policy::ALL, &source.policy));
    out.push(source.sticky.into());
    put_option(out, source.default_region.as_deref(), put_text);
    put_i64(out, source.created_at.0);
    put_i64(out, source.updated_at.0);
    put_option(out, source.deleted_at.map(|at| at.0), put_i64);
}

fn source(from: &mut Reader<'_>) -> Result<Source, Malformed> {
    Ok(Source {
        id: SourceId(from.i64()?),
        name: from.text()?.into(),
        description: from.text()?.into(),
        kind: one_of(from, &SourceKind::ALL)?,
        policy: one_of(from, &Policy::ALL)?,
        sticky: from.flag()?,
        default_region: from.option(Reader::text)?.map(Into::into),
        created_at: Timestamp(from.i64()?),
        updated_at: Timestamp(from.i64()?),
        deleted_at: from.option(Reader::i64)?.map(Timestamp),
    })
}

fn put_lead(out: &mut Vec<u8>, lead: &Lead) {
    put_i64(out, lead.id.0);
    put_option(out, lead.name.as_deref(), put_text);
    put_option(out, lead.merged_into.map(|id| id.0), put_i64);
    put_i64(out, lead.created_at.0);
    put_i64(out, lead.updated_at.0);
}

fn lead(from: &mut Reader<'_>) -> Result<Lead, Malformed> {
    Ok(Lead {
        id: LeadId(from.i64()?),
        name: from.option(Reader::text)?.map(Into::into),
        merged_into: from.option(Reader::i64)?.map(LeadId),
        created_at: Timestamp(from.i64()?),
        updated_at: Timestamp(from.i64()?),
        erased_at: None,
    })
}

fn put_weight(out: &mut Vec<u8>, operator: OperatorId, weight: u32) {
    put_i64(out, operator.0);
    put_u64(out, weight.into());
}

fn weight(from: &mut Reader<'_>) -> Result<(OperatorId, u32), Malformed> {
    Ok((OperatorId(from.i64()?), from.u32()?))
}

fn put_option<T>(out: &mut Vec<u8>, value: Option<T>, put: impl FnOnce(&mut Vec<u8>, T)) {
    out.push(value.is_some().into());
    if let Some(value) = value {
        put(out, value);
    }
}

/// The code of a value: its place among all. The lists are short and only grow at their end.
fn place<T: PartialEq>(all: &[T], value: &T) -> u8 {
    all.iter().position(|one| one == value).map_or(u8::MAX, |at| at as u8)
}

fn one_of<T: Copy>(from: &mut Reader<'_>, all: &[T]) -> Result<T, Malformed> {
    let code = from.byte()?;
    all.get(usize::from(code)).copied().ok_or(Malformed::UnknownCode(code.into()))
}

#[cfg(test)]
mod tests;
