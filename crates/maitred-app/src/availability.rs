//! Whether an operator may get a contact, with every reason against it: what the API and the command line answer.

use maitred_core::availability::{AwayReason, Reason};
use maitred_core::pool::Candidate;
use maitred_core::{Contact, ContactId, Operator, OperatorId, SourceId, Status, Timestamp};
use maitred_store::views::{Page, Span};
use maitred_store::{Store, StoreError};

/// About what it is asked.
#[derive(Clone, Copy, Debug)]
pub struct AvailabilityOf {
    pub operator: OperatorId,
    /// Contacts of this source; of any, without.
    pub source: Option<SourceId>,
    /// This contact, and its source.
    pub contact: Option<ContactId>,
    /// As far as is known by now.
    pub at: Timestamp,
}

/// A reason against it, in a word, and when it ends if that is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReasonAgainst {
    pub word: &'static str,
    pub until: Option<Timestamp>,
}

/// What the store has, or what it lacks.
#[derive(Clone, Debug)]
pub enum Answer {
    /// The operator, and the reasons in a fixed order; without any they may.
    Reasons(Box<Operator>, Vec<ReasonAgainst>),
    NoOperator,
    NoSource(SourceId),
    NoContact(ContactId),
}

/// Why an operator does not get a contact.
///
/// # Errors
/// When the store cannot be read.
pub async fn reasons_against(store: &Store, of: AvailabilityOf) -> Result<Answer, StoreError> {
    let Some(operator) = store.operator(of.operator).await? else { return Ok(Answer::NoOperator) };
    let contact = match of.contact {
        Some(id) => match store.contact(id).await? {
            Some(contact) => Some(contact),
            None => return Ok(Answer::NoContact(id)),
        },
        None => None,
    };
    let source = of.source.or_else(|| contact.as_ref().map(|contact| contact.source));
    let weight = match source {
        Some(source) if store.source(source).await?.is_none() => return Ok(Answer::NoSource(source)),
        Some(source) => weight_on(store, operator.id, source).await?,
        None => Some(1),
    };
    let mut reasons = of_operator(&operator, source, weight, of.at);
    reasons.extend(contact.and_then(|contact| of_contact(&contact, operator.id, of.at)));
    Ok(Answer::Reasons(Box::new(operator), reasons))
}

/// The weight of an operator on a source; none if they do not serve it.
async fn weight_on(store: &Store, operator: OperatorId, source: SourceId) -> Result<Option<u32>, StoreError> {
    let page = Page { limit: 1, after: Some(source.0 - 1) };
    let served = store.served(operator, Span::WHOLE, page).await?;
    Ok(served.first().filter(|served| served.source.id == source).map(|served| served.weight))
}

fn of_operator(
    operator: &Operator,
    source: Option<SourceId>,
    weight: Option<u32>,
    at: Timestamp,
) -> Vec<ReasonAgainst> {
    // Of a time before the pause it is known that there was none.
    let is_paused = operator.paused_at.is_some_and(|since| since <= at);
    let away = operator.away_reasons(at).filter(|it| it.reason != AwayReason::Paused || is_paused);
    let away = away.chain(operator.capped(source, at));
    let candidate = Candidate {
        operator: operator.id,
        weight: weight.unwrap_or(1),
        is_active: operator.is_active,
        away: None,
        load: operator.current_load,
        max_load: operator.max_load,
        last_assigned_at: operator.last_assigned_at,
        credit: 0,
    };
    let away = away.map(|it| Reason { why: it.reason.ineligibility(), until: it.until });
    let mut all: Vec<Reason> = candidate.why_not(None).chain(away).collect();
    all.sort_by_key(|reason| reason.why);
    let no_member = weight.is_none().then_some(ReasonAgainst { word: "not_a_member", until: None });
    let all = all.into_iter().map(|it| ReasonAgainst { word: it.why.as_str(), until: it.until });
    no_member.into_iter().chain(all).collect()
}

fn of_contact(contact: &Contact, operator: OperatorId, at: Timestamp) -> Option<ReasonAgainst> {
    let (word, until) = match contact.status {
        Status::Resolved => ("resolved", None),
        Status::Assigned if contact.operator == Some(operator) => ("already_assigned", None),
        Status::Waiting if contact.is_early(at) => ("scheduled", contact.not_before),
        Status::Waiting if contact.tried().any(|tried| tried == operator) => ("tried", contact.retry_at),
        Status::Waiting | Status::Assigned => return None,
    };
    Some(ReasonAgainst { word, until })
}
