//! The one mapping from what the rules, the application and the store refuse to the problems a client reads. Every
//! match names every variant: a new rejection does not compile before it has a problem.

use super::kinds::Kind;
use super::{FieldError, Problem, kinds};
use maitred_app::batcher::ExecuteError;
use maitred_app::calendars::SetHoursError;
use maitred_app::demo::LoadDemoError;
use maitred_app::permission::PermissionError;
use maitred_app::push::KeyError;
use maitred_app::webhooks::EditEndpointError;
use maitred_calendar::Mistake;
use maitred_core::availability::{Away, AwayReason};
use maitred_core::command::CalendarUsers;
use maitred_core::fallback::{FALLBACK_CHAIN_MAX, NoFallback};
use maitred_core::limits::CORRECTION_MAX;
use maitred_core::{CalendarId, ContactId, EndpointId, IdentityKind, LeadId, OperatorId, Rejection, SourceId, limits};
use maitred_store::StoreError;
use maitred_store::clock::rfc3339;
use std::fmt::Display;

/// Says where in the body an unknown id stands; `None` when it stands in the path.
pub type Pointers<'a> = &'a (dyn Fn(&Rejection) -> Option<String> + Sync);

/// Every id of the command stands in the path.
pub const IN_PATH: Pointers<'static> = &|_| None;

/// The problem behind a command that was not executed.
#[must_use]
pub fn not_executed(error: ExecuteError, pointers: Pointers<'_>) -> Problem {
    match error {
        ExecuteError::Rejected(rejection) => rejected(&rejection, pointers),
        ExecuteError::Denied(error) => error.into(),
        ExecuteError::Changed => changed(),
        ExecuteError::QueueFull => {
            kinds::OVERLOADED.because("the queue of commands is full; nothing was done, try again")
        }
        ExecuteError::Stopping => kinds::STOPPING.because("the server is stopping; nothing was done, try again"),
        // The batcher has logged it, once for all callers of the batch.
        ExecuteError::Store(error) => of_store(&error),
    }
}

impl From<PermissionError> for Problem {
    fn from(error: PermissionError) -> Self {
        kinds::FORBIDDEN.because(error.to_string())
    }
}

/// The problem behind a rejection by the core.
#[must_use]
pub fn rejected(rejection: &Rejection, pointers: Pointers<'_>) -> Problem {
    use Rejection as R;
    let unknown = |noun, id: &dyn Display| unknown_at(noun, id, pointers(rejection));
    match rejection {
        R::UnknownContact(id) => unknown("contact", id),
        R::UnknownLead(id) => unknown("lead", id),
        R::UnknownOperator(id) => unknown("operator", id),
        R::UnknownSource(id) => unknown("source", id),
        R::UnknownCalendar(id) => unknown("calendar", id),
        R::CalendarInUse(id, users) => calendar_in_use(*id, users),
        R::CalendarChanged(id) => changed_meanwhile(&format!("calendar {id} was")),
        R::HoursChanged(id) => changed_meanwhile(&format!("the hours of operator {id} were")),
        R::SourceHoursChanged(id) => changed_meanwhile(&format!("the hours of source {id} were")),
        R::NoFallback(id, why) => no_fallback(*id, why),
        R::SourceIsFallback(id, users) => is_fallback(*id, users),
        R::NameTaken(other) => kinds::NAME_TAKEN.because(format!("source {other} has this name")).at("/name"),
        R::ExternalIdTaken(other) => kinds::EXTERNAL_ID_TAKEN
            .because(format!("operator {other} has this external id; choose another, or change that operator"))
            .at("/external_id"),
        R::OperatorFull(id, load, max) => full(*id, *load, *max),
        R::OperatorInactive(id) => must_force(&kinds::OPERATOR_INACTIVE, *id, "is not active"),
        R::OperatorAway(id, away) => must_force(&kinds::OPERATOR_INACTIVE, *id, &is_away(*away)),
        R::UnknownMembership(source, operator) => no_member(*source, *operator, pointers(rejection)),
        R::ContactResolved(id) => kinds::CONTACT_RESOLVED.because(format!("contact {id} is resolved; reopen it first")),
        R::ContactMoved(id, now) => moved(*id, *now),
        R::OfferOver(id, now) => offer_over(*id, *now),
        R::NotScheduled(id) => not_scheduled(*id),
        R::PauseOver(_) => pause_over(),
        R::NotOffered(id) => kinds::NOT_OFFERED
            .because(format!("contact {id} is not an offer: its operator has it; transfer or release it instead")),
        R::SourceHasOpenContacts(id, open) => source_in_use(*id, *open),
        R::CorrectionTooLarge(source, operator, outstanding) => correction_too_large(*source, *operator, *outstanding),
        R::TooManyMembers(id) => kinds::TOO_MANY_MEMBERS
            .because(format!("source {id} would have more than {} operators; remove some first", limits::MEMBERS_MAX)),
        R::IdentityTaken(identity, lead) => kinds::IDENTITY_TAKEN
            .because(format!("this {} belongs to lead {lead}; merge the leads if they are one", word(identity.kind)))
            .at(format!("/{}", identity.kind.as_str())),
        R::SameLead(_) => same_lead(),
        R::LeadMerged(id, into) => {
            kinds::LEAD_MERGED.because(format!("lead {id} was merged into lead {into}; use that one"))
        }
        R::ContactOfAnother(id, lead) => Problem::invalid(vec![FieldError::at(
            "/contact_ids",
            format!("contact {id} is not one of lead {lead}; give contacts of this lead"),
        )]),
        R::IdentityOfAnother(lead) => Problem::invalid(vec![FieldError::at(
            "/identities",
            format!("an identity is not one of lead {lead}; give those that the lead has"),
        )]),
        R::UnknownMessage(..) | R::MessageNotPending(_) => no_message(rejection),
        R::NoWay(id, why) => kinds::no_way(*id, *why),
        R::LeadErased(id) => {
            kinds::LEAD_ERASED.because(format!("lead {id} was erased; if the person returns, a new lead is created"))
        }
        R::LeadHasOpenContacts(id) => {
            kinds::LEAD_IN_USE.because(format!("lead {id} has open contacts; resolve or delete them, then erase"))
        }
        R::LeadTooLarge(id, contacts) => too_large(*id, *contacts),
        R::DemoAndReal(source, operator) => demo_apart(&format!("source {source} and operator {operator}")),
        R::DemoAndRealLead(one, other) => demo_apart(&format!("leads {one} and {other}")),
        R::NotDemo(source) => kinds::DEMO_APART.because(format!("source {source} is not demo data")),
        // Handlers that take keys say themselves which of them it was.
        R::KeyReused(_) => kinds::IDEMPOTENCY_KEY_REUSED
            .because("this key was sent before with another body; give every new request a key of its own"),
    }
}

fn is_fallback(source: SourceId, users: &[SourceId]) -> Problem {
    kinds::SOURCE_IS_FALLBACK.because(format!(
        "source {source} is the fallback of {}; give them another, or none, with fallback_source_id",
        listed("sources", users).unwrap_or_default()
    ))
}

fn source_in_use(source: SourceId, open: u64) -> Problem {
    kinds::SOURCE_IN_USE.because(format!(
        "source {source} has {open} open contacts; resolve them, or delete with force=true, which resolves them"
    ))
}

fn no_message(rejection: &Rejection) -> Problem {
    kinds::UNKNOWN_ID.because(match rejection {
        Rejection::UnknownMessage(contact, id) => format!("contact {contact} has no such message {id}"),
        _ => "the message is not to be sent any more".to_owned(),
    })
}

fn offer_over(contact: ContactId, now: Option<OperatorId>) -> Problem {
    kinds::OFFER_OVER.because(format!("this offer of contact {contact} is over: it {}", whose(now)))
}

/// `pointer` says where the body names the operator; none if the path does.
fn no_member(source: SourceId, operator: OperatorId, pointer: Option<String>) -> Problem {
    let detail = format!("operator {operator} does not serve source {source}");
    match pointer {
        Some(pointer) => kinds::UNKNOWN_REFERENCE.because(format!("{detail}; name one who does")).at(pointer),
        None => kinds::UNKNOWN_ID.because(detail),
    }
}

/// A noun that is named in the path, or at a place of the body.
fn unknown_at(noun: &str, id: &dyn Display, pointer: Option<String>) -> Problem {
    match pointer {
        Some(pointer) => {
            kinds::UNKNOWN_REFERENCE.because(format!("there is no {noun} {id}; name one that exists")).at(pointer)
        }
        None => unknown(noun, id),
    }
}

fn correction_too_large(source: SourceId, operator: OperatorId, outstanding: i64) -> Problem {
    let why = format!(
        "operator {operator} is owed {outstanding} contacts of source {source} already, and with this it would be more \
         than {CORRECTION_MAX}; give a smaller amount"
    );
    Problem::invalid(vec![FieldError::at("/amount", why)])
}

fn not_scheduled(id: ContactId) -> Problem {
    kinds::NOT_SCHEDULED.because(format!(
        "contact {id} is not scheduled; send not_before as well, or transfer the contact to give it to somebody now"
    ))
}

fn pause_over() -> Problem {
    Problem::invalid(vec![FieldError::at("/until", "until is in the past; give a time in the future")])
}

/// The problem behind a change of what is another version by now.
#[must_use]
pub fn changed() -> Problem {
    kinds::CHANGED.because("it was changed after you read it; read it again and repeat what is still to be changed")
}

/// The problem behind an endpoint that was not changed.
#[must_use]
pub fn endpoint_not_changed(error: EditEndpointError) -> Problem {
    match error {
        EditEndpointError::Changed => changed(),
        EditEndpointError::Store(error) => error.into(),
    }
}

/// The problem behind a secret of an endpoint that signs nothing.
#[must_use]
pub fn endpoint_not_signed(id: EndpointId) -> Problem {
    kinds::NOT_SIGNED.because(format!(
        "nothing is signed for endpoint {id}: its secret is in its URL. Make another inbound webhook in the CRM and \
         put its URL into the endpoint"
    ))
}

/// The problem behind demo data that was not loaded.
#[must_use]
pub fn demo_not_loaded(error: LoadDemoError) -> Problem {
    match error {
        LoadDemoError::NotNow(_) | LoadDemoError::Removed => kinds::DEMO_PRESENT.because(error.to_string()),
        LoadDemoError::Execute(error) => not_executed(error, IN_PATH),
    }
}

fn same_lead() -> Problem {
    let error = "absorb_lead_id is the lead itself; give the id of another lead";
    Problem::invalid(vec![FieldError::at("/absorb_lead_id", error)])
}

fn too_large(id: LeadId, contacts: u64) -> Problem {
    kinds::LEAD_TOO_LARGE.because(format!(
        "lead {id} has {contacts} contacts, a merge moves at most {}; merge the other way round",
        limits::MERGE_CONTACTS_MAX
    ))
}

fn changed_meanwhile(what: &str) -> Problem {
    kinds::CHANGED.because(format!("{what} changed meanwhile; try again"))
}

fn full(id: OperatorId, load: u32, max: u32) -> Problem {
    must_force(&kinds::OPERATOR_FULL, id, &format!("has {load} of {max} contacts"))
}

/// An operator who is given a contact by force only.
fn must_force(kind: &'static Kind, id: OperatorId, why: &str) -> Problem {
    kind.because(format!("operator {id} {why}; choose another or send force = true")).at("/operator_id")
}

/// The problem behind hours that were not set.
#[must_use]
pub fn hours_not_set(error: SetHoursError, pointers: Pointers<'_>) -> Problem {
    match error {
        SetHoursError::UnknownOperator(id) => unknown("operator", &id),
        SetHoursError::UnknownSource(id) => unknown("source", &id),
        SetHoursError::UnknownCalendar(id) => kinds::UNKNOWN_REFERENCE
            .because(format!("there is no calendar {id}; name one that exists"))
            .at("/calendar_id"),
        SetHoursError::NoCalendar => Problem::invalid(vec![FieldError::at(
            "",
            "the operator has no calendar, which says in which time zone dates are; set calendar_id first",
        )]),
        SetHoursError::Mistakes(mistakes) => mistaken(&mistakes),
        SetHoursError::Execute(error) => not_executed(error, pointers),
        SetHoursError::Store(error) => of_store(&error),
    }
}

/// All that is wrong with a calendar.
#[must_use]
pub fn mistaken(mistakes: &[Mistake]) -> Problem {
    Problem::invalid(mistakes.iter().map(|it| FieldError::at(it.pointer.clone(), it.to_string())).collect())
}

/// A calendar by which somebody works, or a source is open.
fn calendar_in_use(id: CalendarId, users: &CalendarUsers) -> Problem {
    let operators = listed("operators", &users.operators);
    let users: Vec<String> = operators.into_iter().chain(listed("sources", &users.sources)).collect();
    let users = users.join(" and of ");
    let detail = format!("calendar {id} is that of {users}; give them another, or none, with calendar_id");
    kinds::CALENDAR_IN_USE.because(detail)
}

/// Why a source cannot be the fallback of another.
fn no_fallback(id: SourceId, why: &NoFallback) -> Problem {
    let problem = match why {
        NoFallback::Unknown => {
            kinds::UNKNOWN_REFERENCE.because(format!("there is no source {id}; name one that exists"))
        }
        NoFallback::Circle(chain) if chain.is_empty() => {
            kinds::NO_FALLBACK.because("a source cannot be its own fallback; choose another".to_owned())
        }
        NoFallback::Circle(chain) => {
            let chain: Vec<String> = chain.iter().map(ToString::to_string).collect();
            kinds::NO_FALLBACK.because(format!(
                "source {id} falls back on this one itself, by way of {}; choose another, or change its fallback first",
                chain.join(" and ")
            ))
        }
        NoFallback::TooLong => kinds::NO_FALLBACK.because(format!(
            "with source {id} the chain of fallbacks would have more than {FALLBACK_CHAIN_MAX} sources; choose one \
             that is nearer to its end"
        )),
        NoFallback::DemoAndReal => kinds::NO_FALLBACK
            .because(format!("one of this source and source {id} is demo data and the other is not; choose another")),
    };
    problem.at("/fallback_source_id")
}

fn listed(what: &str, ids: &[impl ToString]) -> Option<String> {
    let ids: Vec<String> = ids.iter().map(ToString::to_string).collect();
    (!ids.is_empty()).then(|| format!("{what}, such as {}", ids.join(", ")))
}

fn is_away(Away { reason, until }: Away) -> String {
    let reason = match reason {
        AwayReason::Paused => "is paused",
        AwayReason::OnLeave => "is on leave",
        AwayReason::OffShift => "is off shift",
        AwayReason::HoursUnknown => "has working hours that are not known so far ahead",
        AwayReason::Capped => "has reached a cap",
        AwayReason::NotHeard => "is away: nobody heard from them for too long",
    };
    let until = until.map_or_else(String::new, |until| format!(" until {}", rfc3339(until)));
    format!("{reason}{until}")
}

/// Two that may not have to do with one another.
fn demo_apart(two: &str) -> Problem {
    kinds::DEMO_APART.because(format!("one of {two} is demo data and the other is not; choose two that are alike"))
}

/// A contact that is not with whom it was to be taken from.
fn moved(id: ContactId, now: Option<OperatorId>) -> Problem {
    let detail = format!("contact {id} {}; leave from_operator_id out to take it all the same", whose(now));
    kinds::CONTACT_MOVED.because(detail).at("/from_operator_id")
}

/// Where a contact is now.
fn whose(now: Option<OperatorId>) -> String {
    now.map_or_else(|| "waits".to_owned(), |operator| format!("is with operator {operator}"))
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

/// The problem behind a read that failed, which is logged.
#[must_use]
pub fn failed(error: &StoreError) -> Problem {
    tracing::error!(%error, "a request failed, for the store could not be used");
    of_store(error)
}

/// The problem when a change is stored and what it made cannot be read: that nothing was changed would not be true.
#[must_use]
pub fn stored_but_unread(problem: Problem) -> Problem {
    if [&kinds::STORE_UNAVAILABLE, &kinds::STOPPING, &kinds::OVERLOADED].contains(&problem.kind) {
        return kinds::OUTCOME_UNKNOWN.because(
            "the change was stored, but what it made could not be read; retry with the same Idempotency-Key, or look \
             at it if there was none",
        );
    }
    problem
}

fn of_store(error: &StoreError) -> Problem {
    match error {
        StoreError::Stopping => kinds::STOPPING.because("the server is stopping; try again"),
        StoreError::OutcomeUnknown => kinds::OUTCOME_UNKNOWN.because(
            "the connection to the database broke while this was being stored; retry with the same Idempotency-Key, or \
             check first if it had none",
        ),
        StoreError::Unconfirmed(_) => kinds::OUTCOME_UNKNOWN.because(
            "the disk failed while this was being stored, and the server stops; once it is back, retry with the same \
             Idempotency-Key, or check first if it had none",
        ),
        StoreError::Full
        | StoreError::ReadOnly
        | StoreError::Engine(_)
        | StoreError::Unreachable(_)
        | StoreError::Conflict(_)
        | StoreError::Unusable(_) => {
            kinds::STORE_UNAVAILABLE.because("the database is not available; nothing was changed, try again")
        }
        StoreError::InUse(_)
        | StoreError::Missing(_)
        | StoreError::CannotOpen(..)
        | StoreError::NotOurs(_)
        | StoreError::EmptyKeys(_)
        | StoreError::NewerSchema(..)
        | StoreError::OlderSchema(..)
        | StoreError::Migration(_)
        | StoreError::Corrupt(_)
        | StoreError::Unreadable(_)
        | StoreError::UnknownCode(..)
        | StoreError::EngineTooOld(_)
        | StoreError::UnfinishedCopy(_) => kinds::INTERNAL.because("the server failed; its log says why"),
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        failed(&error)
    }
}

impl From<KeyError> for Problem {
    fn from(error: KeyError) -> Self {
        match error {
            KeyError::Store(error) => error.into(),
            KeyError::Push(error) => Self::internal(&error),
        }
    }
}

#[cfg(test)]
mod tests;
