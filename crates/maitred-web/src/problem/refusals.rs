//! The one mapping from what the core, the batcher and the store refuse to the problems a client reads.

use super::{FieldError, Problem, kinds};
use maitred_app::batcher::Refusal;
use maitred_core::{IdentityKind, Rejection};
use maitred_store::StoreError;
use std::fmt::Display;

/// Says where in the body an unknown id stands; `None` when it stands in the path.
pub type Pointers<'a> = &'a (dyn Fn(&Rejection) -> Option<String> + Sync);

/// Every id of the command stands in the path.
pub const IN_PATH: Pointers<'static> = &|_| None;

/// The problem behind a refused command.
#[must_use]
pub fn refused(refusal: Refusal, pointers: Pointers<'_>) -> Problem {
    match refusal {
        Refusal::Rejected(rejection) => rejected(&rejection, pointers),
        Refusal::NotOnDesk(id) => {
            kinds::FORBIDDEN.because(format!("contact {id} is not with the operator of this key"))
        }
        Refusal::QueueFull => kinds::OVERLOADED.because("the queue of commands is full; nothing was done, try again"),
        Refusal::Stopping => kinds::STOPPING.because("the server is stopping; nothing was done, try again"),
        Refusal::Store(error) => failed(&error),
    }
}

/// The problem behind a rejection by the core.
#[must_use]
pub fn rejected(rejection: &Rejection, pointers: Pointers<'_>) -> Problem {
    let unknown = |noun, id: &dyn Display| match pointers(rejection) {
        Some(pointer) => {
            kinds::UNKNOWN_REFERENCE.because(format!("there is no {noun} {id}; name one that exists")).at(pointer)
        }
        None => self::unknown(noun, id),
    };
    match rejection {
        Rejection::UnknownContact(id) => unknown("contact", id),
        Rejection::UnknownLead(id) => unknown("lead", id),
        Rejection::UnknownOperator(id) => unknown("operator", id),
        Rejection::UnknownSource(id) => unknown("source", id),
        other => conflict(other),
    }
}

fn conflict(rejection: &Rejection) -> Problem {
    use Rejection as R;
    match rejection {
        R::NameTaken(other) => kinds::NAME_TAKEN.because(format!("source {other} has this name")).at("/name"),
        R::OperatorFull(id, load, max) => kinds::OPERATOR_FULL
            .because(format!("operator {id} has {load} of {max} contacts; choose another or send force = true"))
            .at("/operator_id"),
        R::OperatorInactive(id) => kinds::OPERATOR_INACTIVE
            .because(format!("operator {id} is not active; choose another or send force = true"))
            .at("/operator_id"),
        R::UnknownMembership(source, operator) => {
            kinds::UNKNOWN_ID.because(format!("operator {operator} does not serve source {source}"))
        }
        R::ContactResolved(id) => kinds::CONTACT_RESOLVED.because(format!("contact {id} is resolved; reopen it first")),
        R::SourceHasOpenContacts(id, open) => kinds::SOURCE_IN_USE.because(format!(
            "source {id} has {open} open contacts; resolve them, or delete with force=true, which resolves them"
        )),
        R::TooManyMembers(id) => kinds::TOO_MANY_MEMBERS.because(format!(
            "source {id} would have more than {} operators; remove some first",
            maitred_core::limits::MEMBERS_MAX
        )),
        R::IdentityTaken(identity, lead) => kinds::IDENTITY_TAKEN
            .because(format!("this {} belongs to lead {lead}; merge the leads if they are one", word(identity.kind)))
            .at(format!("/{}", identity.kind.as_str())),
        R::SameLead(_) => Problem::invalid(vec![FieldError::at(
            "/absorb_lead_id",
            "absorb_lead_id is the lead itself; give the id of another lead",
        )]),
        R::LeadMerged(id, into) => {
            kinds::LEAD_MERGED.because(format!("lead {id} was merged into lead {into}; use that one"))
        }
        R::LeadErased(id) => {
            kinds::LEAD_ERASED.because(format!("lead {id} was erased; if the person returns, a new lead is created"))
        }
        R::LeadHasOpenContacts(id) => {
            kinds::LEAD_IN_USE.because(format!("lead {id} has open contacts; resolve or delete them, then erase"))
        }
        R::LeadTooLarge(id, contacts) => kinds::LEAD_TOO_LARGE.because(format!(
            "lead {id} has {contacts} contacts, a merge moves at most {}; merge the other way round",
            maitred_core::limits::MERGE_CONTACTS_MAX
        )),
        other => Problem::internal(&format!("{other:?} in the wrong place")),
    }
}

const fn word(kind: IdentityKind) -> &'static str {
    match kind {
        IdentityKind::ExternalId => "external id",
        IdentityKind::Phone => "phone",
        IdentityKind::Email => "email",
    }
}

/// The path names something that does not exist.
#[must_use]
pub fn unknown(noun: &str, id: &dyn Display) -> Problem {
    kinds::UNKNOWN_ID.because(format!("there is no {noun} {id}"))
}

/// The problem behind a failure of the store.
#[must_use]
pub fn failed(error: &StoreError) -> Problem {
    match error {
        StoreError::Stopping => kinds::STOPPING.because("the server is stopping; try again"),
        StoreError::OutcomeUnknown => {
            tracing::error!(%error, "the outcome of a commit is unknown to its callers");
            kinds::OUTCOME_UNKNOWN.because(
                "the connection to the database broke while this was being stored; retry with the same \
                 Idempotency-Key, or check first if it had none",
            )
        }
        StoreError::Full
        | StoreError::ReadOnly
        | StoreError::Engine(_)
        | StoreError::Unreachable(_)
        | StoreError::Conflict(_)
        | StoreError::Unusable(_) => {
            tracing::error!(%error, "the store cannot be used");
            kinds::STORE_UNAVAILABLE.because("the database is not available; nothing was changed, try again")
        }
        error => Problem::internal(error),
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        failed(&error)
    }
}
