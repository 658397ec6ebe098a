//! Whether an operator may get a contact, with every reason against it: what the API and the command line answer. And,
//! by the same reasons, who of several may get one now, and who may next.

use maitred_core::availability::{AwayReason, Ineligibility, Reason};
use maitred_core::pool::Candidate;
use maitred_core::{Contact, ContactId, Operator, OperatorId, SourceId, Status, Timestamp};
use maitred_store::views::{Page, Span};
use maitred_store::{Store, StoreError, clock};

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
    let (weight, closed) = match source {
        Some(id) => {
            let Some(source) = store.source(id).await? else { return Ok(Answer::NoSource(id)) };
            (weight_on(store, operator.id, id).await?, source.closed(of.at))
        }
        None => (Some(1), None),
    };
    let mut reasons = reasons_at(&operator, source, weight, of.at, clock::now());
    reasons.extend(closed.map(|closed| ReasonAgainst { word: closed.as_str(), until: closed.until }));
    reasons.extend(contact.and_then(|contact| of_contact(&contact, operator.id, of.at)));
    Ok(Answer::Reasons(Box::new(operator), reasons))
}

/// Why an operator gets no contact of a source at a time, with a weight there if they serve it. Of a time ahead nobody
/// knows whether they will be heard from, nor how much they will have.
#[must_use]
pub fn reasons_at(
    operator: &Operator,
    source: Option<SourceId>,
    weight: Option<u32>,
    at: Timestamp,
    now: Timestamp,
) -> Vec<ReasonAgainst> {
    if at <= now {
        return of_operator(operator, source, weight, at, operator.current_load);
    }
    let mut reasons = of_operator(operator, source, weight, at, 0);
    reasons.retain(|reason| reason.word != Ineligibility::Away.as_str());
    reasons
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
    load: u32,
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
        load,
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

/// The most operators who are named as those who may get contacts now, and as those who may next.
pub const NAMED_MAX: usize = 5;
/// The most moments at which somebody is looked at ahead: an end of leave, a shift, a cap.
const LOOKS_MAX: usize = 64;

/// Who of some operators may get contacts, by what is known of the time ahead.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Roster {
    /// The first of those who may get one now, by id, each with the moment at which they cannot any more, if one is
    /// known.
    pub now: Vec<(OperatorId, Option<Timestamp>)>,
    /// How many may get one now.
    pub now_count: usize,
    /// The first of those who may later, by time.
    pub next: Vec<(OperatorId, Timestamp)>,
    /// When this is to be looked at again: something that it says is over then.
    pub until: Option<Timestamp>,
}

impl Roster {
    /// At a time, of contacts of a source; of any, without one. Members with the weight 0 are not to be among them.
    pub fn of<'a>(operators: impl IntoIterator<Item = &'a Operator>, source: Option<SourceId>, at: Timestamp) -> Self {
        let mut roster = Self::default();
        for operator in operators {
            match available_from(operator, source, at) {
                Some(from) if from > at => roster.next.push((operator.id, from)),
                Some(_) => {
                    roster.now_count += 1;
                    if roster.now.len() < NAMED_MAX {
                        roster.now.push((operator.id, available_until(operator, source, at)));
                    }
                }
                None => {}
            }
        }
        roster.next.sort_unstable_by_key(|(id, from)| (*from, *id));
        roster.next.truncate(NAMED_MAX);
        let begins = roster.next.iter().map(|(_, from)| *from);
        roster.until = roster.now.iter().filter_map(|(_, until)| *until).chain(begins).min();
        roster
    }
}

/// The first moment, not before this one, at which nothing keeps them from contacts, as far as the clock alone decides
/// it.
fn available_from(operator: &Operator, source: Option<SourceId>, at: Timestamp) -> Option<Timestamp> {
    let mut from = at;
    for _ in 0..LOOKS_MAX {
        let reasons = of_operator(operator, source, Some(1), from, operator.current_load);
        // One without an end decides, whatever the others say.
        let Some(last) = reasons.iter().map(|reason| reason.until).collect::<Option<Vec<_>>>()?.into_iter().max()
        else {
            return Some(from);
        };
        from = last;
    }
    None
}

/// The first moment behind this one at which something keeps them from contacts. Where nothing is known of the time
/// behind their hours, that is no such moment.
fn available_until(operator: &Operator, source: Option<SourceId>, at: Timestamp) -> Option<Timestamp> {
    let mut until = at;
    for _ in 0..LOOKS_MAX {
        until = operator.next_look(until)?;
        if let Some(first) = of_operator(operator, source, Some(1), until, operator.current_load).first() {
            // The end of a lease is no such moment either: it is renewed as long as they are there.
            let is_open = [AwayReason::HoursUnknown, AwayReason::NotHeard].map(|it| it.ineligibility().as_str());
            return (!is_open.contains(&first.word)).then_some(until);
        }
    }
    None
}

fn of_contact(contact: &Contact, operator: OperatorId, at: Timestamp) -> Option<ReasonAgainst> {
    let (word, until) = match contact.status {
        Status::Resolved => ("resolved", None),
        Status::Assigned if contact.operator == Some(operator) => ("already_assigned", None),
        Status::Waiting if contact.is_early(at) => ("scheduled", contact.not_before),
        Status::Waiting if contact.reserved_for().is_some_and(|wanted| wanted != operator) => {
            ("reserved", contact.retry_at)
        }
        Status::Waiting if contact.tried().any(|tried| tried == operator) => ("tried", contact.retry_at),
        Status::Waiting | Status::Assigned => return None,
    };
    Some(ReasonAgainst { word, until })
}

#[cfg(test)]
mod tests;
