//! What only events of some kinds carry, as it is stored and as the API has it: fields side by side.

use super::{EndpointFault, EventDetail, EventKind};
use crate::fallback::MoveReason;
use crate::ids::{CalendarId, EndpointId, LeadId, MessageId, OperatorId, SourceId, Timestamp};
use crate::release::Absence;
use crate::urgency::ResponseKind;
use serde::{Deserialize, Serialize};
use std::fmt;

/// The details of every kind side by side: their form in the store and in the API.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct DetailFields {
    /// Who had the contact before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from_operator_id: Option<OperatorId>,
    /// Set when the contact did not wait: the event in front of this one, about the same contact, says the same.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub at_once: bool,
    /// Set when a full or inactive operator was given the contact on purpose.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub forced: bool,
    /// The weight that was set.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub weight: Option<u32>,
    /// The other lead of a merge, a duplicate or a split.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub other_lead_id: Option<LeadId>,
    /// Before when a contact is given to nobody.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub not_before: Option<Timestamp>,
    /// Set when a contact that was scheduled already got another time.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub moved: bool,
    /// How late something happened that was due, in milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub late_ms: Option<i64>,
    /// Which calendar, if one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub calendar_id: Option<CalendarId>,
    /// Which message was appended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message_id: Option<MessageId>,
    /// When a pause ends by itself, until when hours are known, or when all are asked again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
    /// From which source a contact went to its fallback.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from_source_id: Option<SourceId>,
    /// Why it did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub move_reason: Option<MoveReason>,
    /// How many contacts more an operator is to get.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub amount: Option<i64>,
    /// The moment at which it is too late to accept what is offered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub accept_by: Option<Timestamp>,
    /// How the operator had left from whom a contact was taken.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<Absence>,
    /// For whom a contact is reserved.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub for_operator_id: Option<OperatorId>,
    /// By what somebody responded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub how: Option<ResponseKind>,
    /// The priority that counted before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<i32>,
    /// The priority that counts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<i32>,
    /// Which endpoint of webhooks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub endpoint_id: Option<EndpointId>,
    /// What is wrong with it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fault: Option<EndpointFault>,
}

/// Why a stored detail could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidDetail(String);

impl InvalidDetail {
    fn missing(field: &str) -> Self {
        Self(format!("`{field}` is missing"))
    }
}

/// A field that events of a kind have.
fn needed<T>(value: Option<T>, field: &str) -> Result<T, InvalidDetail> {
    value.ok_or_else(|| InvalidDetail::missing(field))
}

impl fmt::Display for InvalidDetail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for InvalidDetail {}

/// What is about one message of a contact.
macro_rules! of_a_message {
    ($message:pat) => {
        Self::MessageReceived { message: $message }
            | Self::MessageEdited { message: $message }
            | Self::MessageSent { message: $message }
            | Self::MessageDelivered { message: $message }
            | Self::MessageFailed { message: $message }
    };
}

impl EventDetail {
    /// Reads what [`EventDetail::to_json`] wrote.
    ///
    /// # Errors
    /// [`InvalidDetail`] when it is not the JSON of [`DetailFields`], or lacks a field that events of this kind have.
    pub fn from_json(kind: EventKind, json: Option<&str>) -> Result<Self, InvalidDetail> {
        let fields = json.map(serde_json::from_str).transpose();
        Self::from_fields(kind, fields.map_err(|error| InvalidDetail(error.to_string()))?)
    }

    /// The stored form; `None` for kinds that carry nothing.
    #[must_use]
    pub fn to_json(self) -> Option<String> {
        self.fields().map(|fields| serde_json::to_string(&fields).expect("numbers and a flag are JSON"))
    }

    /// Reads what [`EventDetail::fields`] gave.
    ///
    /// # Errors
    /// [`InvalidDetail`] when a field is missing that events of this kind have.
    pub fn from_fields(kind: EventKind, fields: Option<DetailFields>) -> Result<Self, InvalidDetail> {
        let fields @ DetailFields { from_operator_id: from, at_once, forced, .. } = fields.unwrap_or_default();
        let (late_ms, calendar) = (needed(fields.late_ms, "late_ms"), needed(fields.calendar_id, "calendar_id"));
        let (until, other_lead) = (needed(fields.until, "until"), needed(fields.other_lead_id, "other_lead_id"));
        let (message, from_somebody) = (needed(fields.message_id, "message_id"), needed(from, "from_operator_id"));
        Ok(match kind {
            EventKind::ContactCreated => Self::ContactCreated,
            EventKind::ContactAssigned => Self::ContactAssigned { at_once, accept_by: fields.accept_by },
            EventKind::ContactReleased => released(&fields),
            EventKind::ContactTransferred => Self::ContactTransferred { from, forced },
            EventKind::ContactResolved => Self::ContactResolved,
            EventKind::ContactReopened => Self::ContactReopened,
            EventKind::ContactEdited => Self::ContactEdited,
            EventKind::ContactDeleted => Self::ContactDeleted,
            EventKind::OperatorCreated => Self::OperatorCreated,
            EventKind::OperatorEdited => Self::OperatorEdited,
            EventKind::OperatorDeleted => Self::OperatorDeleted,
            EventKind::SourceCreated => Self::SourceCreated,
            EventKind::SourceEdited => Self::SourceEdited,
            EventKind::SourceDeleted => Self::SourceDeleted,
            EventKind::WeightSet => Self::WeightSet { weight: needed(fields.weight, "weight")? },
            EventKind::WeightRemoved => Self::WeightRemoved,
            EventKind::LeadEdited => Self::LeadEdited,
            EventKind::LeadMerged => Self::LeadMerged { into: other_lead? },
            EventKind::DuplicateFound => Self::DuplicateFound { other: other_lead? },
            EventKind::LeadErased => Self::LeadErased,
            EventKind::LeadSplit => Self::LeadSplit { new: other_lead? },
            EventKind::ContactNoted => Self::ContactNoted,
            EventKind::ContactScheduled => scheduled(&fields)?,
            EventKind::ContactDue => Self::ContactDue { late_ms: late_ms? },
            EventKind::ContactUnscheduled => Self::ContactUnscheduled,
            EventKind::OperatorPaused => Self::OperatorPaused { until: fields.until },
            EventKind::OperatorResumed => Self::OperatorResumed { late_ms: fields.late_ms },
            EventKind::CalendarCreated => Self::CalendarCreated { calendar: calendar? },
            EventKind::CalendarEdited => Self::CalendarEdited { calendar: calendar? },
            EventKind::CalendarDeleted => Self::CalendarDeleted { calendar: calendar? },
            EventKind::OperatorHoursSet => Self::OperatorHoursSet { calendar: fields.calendar_id, until: fields.until },
            EventKind::OperatorShiftStarted => Self::OperatorShiftStarted { late_ms: late_ms? },
            EventKind::OperatorShiftEnded => Self::OperatorShiftEnded { late_ms: late_ms? },
            EventKind::OperatorHoursEnded => Self::OperatorHoursEnded { late_ms: late_ms? },
            EventKind::ContactAccepted => Self::ContactAccepted,
            EventKind::ContactDeclined => Self::ContactDeclined { from: from_somebody? },
            EventKind::ContactOfferExpired => Self::ContactOfferExpired { from: from_somebody?, late_ms: late_ms? },
            EventKind::ContactOfferRevoked => Self::ContactOfferRevoked { from: from_somebody? },
            EventKind::ContactRested => Self::ContactRested { until: until? },
            EventKind::ContactAskedAgain => Self::ContactAskedAgain { late_ms: late_ms? },
            EventKind::ContactEscalated => Self::ContactEscalated,
            EventKind::OperatorCapsSet => Self::OperatorCapsSet,
            EventKind::SourceCapsSet => Self::SourceCapsSet,
            EventKind::MessageReceived => Self::MessageReceived { message: message? },
            EventKind::MessageEdited => Self::MessageEdited { message: message? },
            EventKind::MessageSent => Self::MessageSent { message: message? },
            EventKind::MessageDelivered => Self::MessageDelivered { message: message? },
            EventKind::MessageFailed => Self::MessageFailed { message: message? },
            EventKind::AccountCorrected => Self::AccountCorrected { amount: needed(fields.amount, "amount")? },
            EventKind::SourceHoursSet => Self::SourceHoursSet { calendar: fields.calendar_id, until: fields.until },
            EventKind::SourceOpened => Self::SourceOpened { late_ms: late_ms? },
            EventKind::SourceClosed => Self::SourceClosed { late_ms: late_ms? },
            EventKind::ContactMoved => moved_to_fallback(&fields)?,
            EventKind::SourceHoursEnded => Self::SourceHoursEnded { late_ms: late_ms? },
            EventKind::OperatorAway => Self::OperatorAway { late_ms: late_ms? },
            EventKind::OperatorPresent => Self::OperatorPresent,
            EventKind::ContactReserved => reserved(&fields)?,
            EventKind::ContactReservationEnded => Self::ContactReservationEnded { late_ms: late_ms? },
            EventKind::ContactResponded => Self::ContactResponded { how: needed(fields.how, "how")? },
            EventKind::ContactPriorityRaised => raised(&fields)?,
            EventKind::EndpointDisabled => endpoint_disabled(&fields)?,
            EventKind::ContactOverdue => Self::ContactOverdue { late_ms: late_ms? },
        })
    }

    /// What is stored beside the kind; `None` if that is nothing.
    #[must_use]
    pub fn fields(self) -> Option<DetailFields> {
        // Rows of these kinds hold an object even if there is nothing to say.
        let is_stored = matches!(self, Self::ContactReleased { .. } | Self::ContactTransferred { .. });
        let fields = self.all_fields();
        (is_stored || fields != DetailFields::default()).then_some(fields)
    }

    fn all_fields(self) -> DetailFields {
        type Of = DetailFields;
        let none = Of::default();
        let of_from = |from| Of { from_operator_id: Some(from), ..none };
        match self {
            Self::ContactAssigned { at_once, accept_by } => Of { at_once, accept_by, ..none },
            Self::ContactDeclined { from } | Self::ContactOfferRevoked { from } => of_from(from),
            Self::ContactOfferExpired { from, late_ms } => Of { late_ms: Some(late_ms), ..of_from(from) },
            Self::ContactReleased { from, absence: reason, late_ms } => {
                Of { from_operator_id: from, reason, late_ms, ..none }
            }
            Self::ContactTransferred { from, forced } => Of { from_operator_id: from, forced, ..none },
            Self::WeightSet { weight } => Of { weight: Some(weight), ..none },
            Self::AccountCorrected { amount } => Of { amount: Some(amount), ..none },
            of_a_message!(message) => Of { message_id: Some(message), ..none },
            Self::ContactMoved { from, reason } => Of { from_source_id: Some(from), move_reason: Some(reason), ..none },
            Self::LeadMerged { into: other } | Self::DuplicateFound { other } | Self::LeadSplit { new: other } => {
                Of { other_lead_id: Some(other), ..none }
            }
            Self::ContactScheduled { not_before, moved } => Of { not_before: Some(not_before), moved, ..none },
            Self::OperatorPaused { until } => Of { until, ..none },
            Self::ContactRested { until } => Of { until: Some(until), ..none },
            Self::ContactReserved { operator, until } => {
                Of { for_operator_id: Some(operator), until: Some(until), ..none }
            }
            Self::ContactPriorityRaised { from, to } => Of { from: Some(from), to: Some(to), ..none },
            Self::OperatorResumed { late_ms } => Of { late_ms, ..none },
            Self::EndpointDisabled { endpoint: id, fault } => Of { endpoint_id: Some(id), fault: Some(fault), ..none },
            Self::ContactResponded { how } => Of { how: Some(how), ..none },
            Self::ContactDue { late_ms }
            | Self::ContactReservationEnded { late_ms }
            | Self::ContactOverdue { late_ms }
            | Self::ContactAskedAgain { late_ms }
            | Self::OperatorShiftStarted { late_ms }
            | Self::OperatorShiftEnded { late_ms }
            | Self::OperatorHoursEnded { late_ms }
            | Self::SourceOpened { late_ms }
            | Self::SourceClosed { late_ms }
            | Self::SourceHoursEnded { late_ms }
            | Self::OperatorAway { late_ms } => Of { late_ms: Some(late_ms), ..none },
            Self::CalendarCreated { calendar }
            | Self::CalendarEdited { calendar }
            | Self::CalendarDeleted { calendar } => Of { calendar_id: Some(calendar), ..none },
            Self::OperatorHoursSet { calendar, until } | Self::SourceHoursSet { calendar, until } => {
                Of { calendar_id: calendar, until, ..none }
            }
            Self::ContactCreated
            | Self::ContactAccepted
            | Self::ContactEscalated
            | Self::OperatorCapsSet
            | Self::SourceCapsSet
            | Self::OperatorPresent
            | Self::ContactResolved
            | Self::ContactReopened
            | Self::ContactEdited
            | Self::ContactDeleted
            | Self::OperatorCreated
            | Self::OperatorEdited
            | Self::OperatorDeleted
            | Self::SourceCreated
            | Self::SourceEdited
            | Self::SourceDeleted
            | Self::WeightRemoved
            | Self::LeadEdited
            | Self::LeadErased
            | Self::ContactNoted
            | Self::ContactUnscheduled => none,
        }
    }
}

type Read = Result<EventDetail, InvalidDetail>;

const fn released(fields: &DetailFields) -> EventDetail {
    EventDetail::ContactReleased { from: fields.from_operator_id, absence: fields.reason, late_ms: fields.late_ms }
}

fn scheduled(fields: &DetailFields) -> Read {
    let not_before = needed(fields.not_before, "not_before")?;
    Ok(EventDetail::ContactScheduled { not_before, moved: fields.moved })
}

fn reserved(fields: &DetailFields) -> Read {
    let operator = needed(fields.for_operator_id, "for_operator_id")?;
    Ok(EventDetail::ContactReserved { operator, until: needed(fields.until, "until")? })
}

fn raised(fields: &DetailFields) -> Read {
    Ok(EventDetail::ContactPriorityRaised { from: needed(fields.from, "from")?, to: needed(fields.to, "to")? })
}

fn endpoint_disabled(fields: &DetailFields) -> Read {
    let endpoint = needed(fields.endpoint_id, "endpoint_id")?;
    Ok(EventDetail::EndpointDisabled { endpoint, fault: needed(fields.fault, "fault")? })
}

fn moved_to_fallback(fields: &DetailFields) -> Read {
    let from = needed(fields.from_source_id, "from_source_id")?;
    Ok(EventDetail::ContactMoved { from, reason: needed(fields.move_reason, "move_reason")? })
}
