//! Committed facts, in the words of the feed. An event is written in the transaction of its change; its position is
//! given by the store. Events carry ids, never names, phones or texts.

mod fields;

pub use fields::{DetailFields, InvalidDetail};

use crate::actor::Actor;
use crate::command::Context;
use crate::ids::{CalendarId, ContactId, LeadId, OperatorId, SourceId, Timestamp};
use serde::{Deserialize, Serialize};

/// What happened; [`EventKind::about`] says of each what it means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EventKind {
    ContactCreated,
    ContactAssigned,
    ContactReleased,
    ContactTransferred,
    ContactResolved,
    ContactReopened,
    ContactEdited,
    ContactDeleted,
    OperatorCreated,
    OperatorEdited,
    OperatorDeleted,
    SourceCreated,
    SourceEdited,
    SourceDeleted,
    WeightSet,
    WeightRemoved,
    LeadEdited,
    LeadMerged,
    DuplicateFound,
    LeadErased,
    LeadSplit,
    ContactNoted,
    ContactScheduled,
    ContactDue,
    ContactUnscheduled,
    OperatorPaused,
    OperatorResumed,
    CalendarCreated,
    CalendarEdited,
    CalendarDeleted,
    OperatorHoursSet,
    OperatorShiftStarted,
    OperatorShiftEnded,
    OperatorHoursEnded,
    ContactAccepted,
    ContactDeclined,
    ContactOfferExpired,
    ContactOfferRevoked,
    ContactRested,
    ContactAskedAgain,
    ContactEscalated,
    OperatorCapsSet,
}

impl EventKind {
    /// Every kind, in the order of their stored codes.
    pub const ALL: [Self; 42] = [
        Self::ContactCreated,
        Self::ContactAssigned,
        Self::ContactReleased,
        Self::ContactTransferred,
        Self::ContactResolved,
        Self::ContactReopened,
        Self::ContactEdited,
        Self::ContactDeleted,
        Self::OperatorCreated,
        Self::OperatorEdited,
        Self::OperatorDeleted,
        Self::SourceCreated,
        Self::SourceEdited,
        Self::SourceDeleted,
        Self::WeightSet,
        Self::WeightRemoved,
        Self::LeadEdited,
        Self::LeadMerged,
        Self::DuplicateFound,
        Self::LeadErased,
        Self::LeadSplit,
        Self::ContactNoted,
        Self::ContactScheduled,
        Self::ContactDue,
        Self::ContactUnscheduled,
        Self::OperatorPaused,
        Self::OperatorResumed,
        Self::CalendarCreated,
        Self::CalendarEdited,
        Self::CalendarDeleted,
        Self::OperatorHoursSet,
        Self::OperatorShiftStarted,
        Self::OperatorShiftEnded,
        Self::OperatorHoursEnded,
        Self::ContactAccepted,
        Self::ContactDeclined,
        Self::ContactOfferExpired,
        Self::ContactOfferRevoked,
        Self::ContactRested,
        Self::ContactAskedAgain,
        Self::ContactEscalated,
        Self::OperatorCapsSet,
    ];

    /// The stored code.
    #[must_use]
    pub const fn code(self) -> u8 {
        self as u8
    }

    /// What it means, and which fields belong to it, for those who read the feed.
    #[must_use]
    pub const fn about(self) -> &'static str {
        match self {
            Self::ContactCreated => "A contact arrived; `operator_id` is who got it, none if it waits",
            Self::ContactAssigned => {
                "A contact was given to `operator_id`. This comes for every assignment: with `at_once` behind the \
                 event (`contact_created`, `contact_reopened`, `contact_transferred`) by which it was assigned, \
                 without for one that waited. With `accept_by` it is an offer: they have until then to accept it"
            }
            Self::ContactReleased => "A contact was taken from `from_operator_id` to be routed again",
            Self::ContactTransferred => "A person gave a contact to `operator_id`",
            Self::ContactResolved => "A contact ended",
            Self::ContactReopened => "A resolved contact is open again; `operator_id` is who got it, none if it waits",
            Self::ContactEdited => "Priority or message of a contact changed",
            Self::ContactDeleted => "A contact was forgotten",
            Self::OperatorCreated => "An operator was added",
            Self::OperatorEdited => "Name, switch or limit of an operator changed",
            Self::OperatorDeleted => "An operator was removed",
            Self::SourceCreated => "A source was added",
            Self::SourceEdited => "A setting of a source changed",
            Self::SourceDeleted => "A source was removed",
            Self::WeightSet => "An operator serves a source with `weight`",
            Self::WeightRemoved => "An operator serves a source no longer",
            Self::LeadEdited => "Name or identities of a lead changed",
            Self::LeadMerged => "A lead was absorbed by `other_lead_id`",
            Self::DuplicateFound => "A contact's identities point at `lead_id` and at `other_lead_id`",
            Self::LeadErased => "Name, identities, messages, attributes and notes of a lead were forgotten",
            Self::LeadSplit => "Contacts and identities were taken off a lead, to `other_lead_id`",
            Self::ContactNoted => "Somebody wrote a note about a contact",
            Self::ContactScheduled => {
                "A waiting contact is given to nobody before `not_before`; with `moved` that was another time before"
            }
            Self::ContactDue => "The time of a scheduled contact came, `late_ms` ago: it waits for anybody from now on",
            Self::ContactUnscheduled => {
                "A contact is scheduled no longer, before its time: it waits, unless the event behind says otherwise"
            }
            Self::OperatorPaused => {
                "An operator gets no contacts automatically, until `until` or, without, until somebody resumes them"
            }
            Self::OperatorResumed => {
                "A pause ended: at its end, `late_ms` ago, or without `late_ms` because somebody ended it"
            }
            Self::CalendarCreated => "The calendar `calendar_id` was added",
            Self::CalendarEdited => {
                "The calendar `calendar_id` was replaced; `operator_hours_set` follows for all who work by it"
            }
            Self::CalendarDeleted => "The calendar `calendar_id` was removed",
            Self::OperatorHoursSet => {
                "The hours of an operator were set: those of `calendar_id`, known until `until`, or without it always"
            }
            Self::OperatorShiftStarted => "An operator works from now on, or from `late_ms` ago",
            Self::OperatorShiftEnded => "An operator is off shift, or on leave, from now on, or from `late_ms` ago",
            Self::OperatorHoursEnded => {
                "Hours of an operator are known no further: they get nothing until these are compiled again"
            }
            Self::ContactAccepted => "`operator_id` accepted a contact",
            Self::ContactDeclined => "`from_operator_id` declined a contact they were offered; others are asked",
            Self::ContactOfferExpired => {
                "`from_operator_id` did not accept a contact in time, which was over `late_ms` ago; others are asked"
            }
            Self::ContactOfferRevoked => {
                "`from_operator_id` went away before they accepted a contact; others are asked"
            }
            Self::ContactRested => {
                "Nobody is left who may be offered a contact: it waits, and all are asked again at `until`"
            }
            Self::ContactAskedAgain => "All may be offered a contact again, since `late_ms` ago",
            Self::OperatorCapsSet => "Caps of an operator were set",
            Self::ContactEscalated => "Nobody accepted a contact in as many rounds of offers as its source allows",
        }
    }

    /// The kind with this stored code.
    #[must_use]
    pub fn from_code(code: u8) -> Option<Self> {
        Self::ALL.get(usize::from(code)).copied()
    }
}

/// What happened, with what only events of this kind carry. Each variant is the [`EventKind`] of the same name, where
/// they are described.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EventDetail {
    ContactCreated,
    ContactAssigned { at_once: bool, accept_by: Option<Timestamp> },
    ContactReleased { from: Option<OperatorId> },
    ContactTransferred { from: Option<OperatorId>, forced: bool },
    ContactResolved,
    ContactReopened,
    ContactEdited,
    ContactDeleted,
    OperatorCreated,
    OperatorEdited,
    OperatorDeleted,
    SourceCreated,
    SourceEdited,
    SourceDeleted,
    WeightSet { weight: u32 },
    WeightRemoved,
    LeadEdited,
    LeadMerged { into: LeadId },
    DuplicateFound { other: LeadId },
    LeadErased,
    LeadSplit { new: LeadId },
    ContactNoted,
    ContactScheduled { not_before: Timestamp, moved: bool },
    ContactDue { late_ms: i64 },
    ContactUnscheduled,
    OperatorPaused { until: Option<Timestamp> },
    OperatorResumed { late_ms: Option<i64> },
    CalendarCreated { calendar: CalendarId },
    CalendarEdited { calendar: CalendarId },
    CalendarDeleted { calendar: CalendarId },
    OperatorHoursSet { calendar: Option<CalendarId>, until: Option<Timestamp> },
    OperatorShiftStarted { late_ms: i64 },
    OperatorShiftEnded { late_ms: i64 },
    OperatorHoursEnded { late_ms: i64 },
    ContactAccepted,
    ContactDeclined { from: OperatorId },
    ContactOfferExpired { from: OperatorId, late_ms: i64 },
    ContactOfferRevoked { from: OperatorId },
    ContactRested { until: Timestamp },
    ContactAskedAgain { late_ms: i64 },
    ContactEscalated,
    OperatorCapsSet,
}

impl EventDetail {
    /// Which kind it is.
    #[must_use]
    pub const fn kind(self) -> EventKind {
        match self {
            Self::ContactCreated => EventKind::ContactCreated,
            Self::ContactAssigned { .. } => EventKind::ContactAssigned,
            Self::ContactReleased { .. } => EventKind::ContactReleased,
            Self::ContactTransferred { .. } => EventKind::ContactTransferred,
            Self::ContactResolved => EventKind::ContactResolved,
            Self::ContactReopened => EventKind::ContactReopened,
            Self::ContactEdited => EventKind::ContactEdited,
            Self::ContactDeleted => EventKind::ContactDeleted,
            Self::OperatorCreated => EventKind::OperatorCreated,
            Self::OperatorEdited => EventKind::OperatorEdited,
            Self::OperatorDeleted => EventKind::OperatorDeleted,
            Self::SourceCreated => EventKind::SourceCreated,
            Self::SourceEdited => EventKind::SourceEdited,
            Self::SourceDeleted => EventKind::SourceDeleted,
            Self::WeightSet { .. } => EventKind::WeightSet,
            Self::WeightRemoved => EventKind::WeightRemoved,
            Self::LeadEdited => EventKind::LeadEdited,
            Self::LeadMerged { .. } => EventKind::LeadMerged,
            Self::DuplicateFound { .. } => EventKind::DuplicateFound,
            Self::LeadErased => EventKind::LeadErased,
            Self::LeadSplit { .. } => EventKind::LeadSplit,
            Self::ContactNoted => EventKind::ContactNoted,
            Self::ContactScheduled { .. } => EventKind::ContactScheduled,
            Self::ContactDue { .. } => EventKind::ContactDue,
            Self::ContactUnscheduled => EventKind::ContactUnscheduled,
            Self::OperatorPaused { .. } => EventKind::OperatorPaused,
            Self::OperatorResumed { .. } => EventKind::OperatorResumed,
            Self::CalendarCreated { .. } => EventKind::CalendarCreated,
            Self::CalendarEdited { .. } => EventKind::CalendarEdited,
            Self::CalendarDeleted { .. } => EventKind::CalendarDeleted,
            Self::OperatorHoursSet { .. } => EventKind::OperatorHoursSet,
            Self::OperatorShiftStarted { .. } => EventKind::OperatorShiftStarted,
            Self::OperatorShiftEnded { .. } => EventKind::OperatorShiftEnded,
            Self::OperatorHoursEnded { .. } => EventKind::OperatorHoursEnded,
            Self::ContactAccepted => EventKind::ContactAccepted,
            Self::ContactDeclined { .. } => EventKind::ContactDeclined,
            Self::ContactOfferExpired { .. } => EventKind::ContactOfferExpired,
            Self::ContactOfferRevoked { .. } => EventKind::ContactOfferRevoked,
            Self::ContactRested { .. } => EventKind::ContactRested,
            Self::ContactAskedAgain { .. } => EventKind::ContactAskedAgain,
            Self::ContactEscalated => EventKind::ContactEscalated,
            Self::OperatorCapsSet => EventKind::OperatorCapsSet,
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    pub at: Timestamp,
    pub detail: EventDetail,
    /// Who asked for it; none in events from before that was kept.
    pub actor: Option<Actor>,
    /// Which contact, if one.
    pub contact: Option<ContactId>,
    /// Which source, if one.
    pub source: Option<SourceId>,
    /// Which operator, if one.
    pub operator: Option<OperatorId>,
    /// Which lead, if one.
    pub lead: Option<LeadId>,
    /// Whether it is about the demo.
    pub demo: bool,
}

impl Event {
    /// An event of a command, of nobody and nothing in particular yet.
    pub(crate) const fn new(detail: EventDetail, context: Context) -> Self {
        Self {
            at: context.now,
            detail,
            actor: Some(context.actor),
            contact: None,
            source: None,
            operator: None,
            lead: None,
            demo: false,
        }
    }

    /// That the contact of this event was assigned by it.
    pub(crate) fn assigned_at_once(&self, accept_by: Option<Timestamp>) -> Self {
        Self { detail: EventDetail::ContactAssigned { at_once: true, accept_by }, ..self.clone() }
    }

    /// Which kind it is.
    #[must_use]
    pub const fn kind(&self) -> EventKind {
        self.detail.kind()
    }

    /// By how much it changed the number of contacts that wait, those that are scheduled left out. A contact without an
    /// operator waits; of one that was deleted the event does not say whether it was resolved before, which without an
    /// operator is rare.
    #[must_use]
    pub fn waiting_change(&self) -> i64 {
        use EventDetail as E;
        let has_nobody = i64::from(self.operator.is_none());
        match self.detail {
            E::ContactReleased { .. }
            | E::ContactDue { .. }
            | E::ContactUnscheduled
            | E::ContactDeclined { .. }
            | E::ContactOfferExpired { .. }
            | E::ContactOfferRevoked { .. } => 1,
            E::ContactCreated | E::ContactReopened => has_nobody,
            E::ContactAssigned { at_once: false, .. }
            | E::ContactTransferred { from: None, .. }
            | E::ContactScheduled { moved: false, .. } => -1,
            E::ContactResolved | E::ContactDeleted => -has_nobody,
            E::ContactAssigned { at_once: true, .. }
            | E::ContactTransferred { from: Some(_), .. }
            | E::ContactEdited
            | E::ContactScheduled { moved: true, .. }
            | E::OperatorCreated
            | E::OperatorEdited
            | E::OperatorDeleted
            | E::OperatorPaused { .. }
            | E::OperatorResumed { .. }
            | E::CalendarCreated { .. }
            | E::CalendarEdited { .. }
            | E::CalendarDeleted { .. }
            | E::OperatorHoursSet { .. }
            | E::OperatorShiftStarted { .. }
            | E::OperatorShiftEnded { .. }
            | E::OperatorHoursEnded { .. }
            | E::ContactAccepted
            | E::ContactRested { .. }
            | E::ContactAskedAgain { .. }
            | E::ContactEscalated
            | E::OperatorCapsSet
            | E::SourceCreated
            | E::SourceEdited
            | E::SourceDeleted
            | E::WeightSet { .. }
            | E::WeightRemoved
            | E::LeadEdited
            | E::LeadMerged { .. }
            | E::DuplicateFound { .. }
            | E::LeadErased
            | E::LeadSplit { .. }
            | E::ContactNoted => 0,
        }
    }
}
