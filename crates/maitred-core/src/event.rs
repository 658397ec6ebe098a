//! Committed facts, in the words of the feed. An event is written in the transaction of its change; its position is
//! given by the store. Events carry ids, never names, phones or texts.

mod fault;
mod fields;
mod kind;

pub use fault::EndpointFault;
pub use fields::{DetailFields, InvalidDetail};
pub use kind::EventKind;

use crate::actor::Actor;
use crate::command::Context;
use crate::fallback::MoveReason;
use crate::ids::{CalendarId, ContactId, EndpointId, LeadId, MessageId, OperatorId, SourceId, Timestamp};
use crate::release::Absence;
use crate::urgency::ResponseKind;

/// What happened, with what only events of this kind carry. Each variant is the [`EventKind`] of the same name, where
/// they are described.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EventDetail {
    ContactCreated,
    ContactAssigned { at_once: bool, accept_by: Option<Timestamp> },
    ContactReleased { from: Option<OperatorId>, absence: Option<Absence>, late_ms: Option<i64> },
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
    SourceHoursSet { calendar: Option<CalendarId>, until: Option<Timestamp> },
    SourceOpened { late_ms: i64 },
    SourceClosed { late_ms: i64 },
    SourceHoursEnded { late_ms: i64 },
    OperatorAway { late_ms: i64 },
    OperatorPresent,
    ContactReserved { operator: OperatorId, until: Timestamp },
    ContactReservationEnded { late_ms: i64 },
    ContactResponded { how: ResponseKind },
    ContactOverdue { late_ms: i64 },
    ContactPriorityRaised { from: i32, to: i32 },
    ContactMoved { from: SourceId, reason: MoveReason },
    SourceCapsSet,
    MessageReceived { message: MessageId },
    MessageEdited { message: MessageId },
    MessageSent { message: MessageId },
    MessageDelivered { message: MessageId },
    MessageFailed { message: MessageId },
    AccountCorrected { amount: i64 },
    EndpointDisabled { endpoint: EndpointId, fault: EndpointFault },
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
            Self::SourceCapsSet => EventKind::SourceCapsSet,
            Self::MessageReceived { .. } => EventKind::MessageReceived,
            Self::MessageEdited { .. } => EventKind::MessageEdited,
            Self::MessageSent { .. } => EventKind::MessageSent,
            Self::MessageDelivered { .. } => EventKind::MessageDelivered,
            Self::MessageFailed { .. } => EventKind::MessageFailed,
            Self::AccountCorrected { .. } => EventKind::AccountCorrected,
            Self::SourceHoursSet { .. } => EventKind::SourceHoursSet,
            Self::SourceOpened { .. } => EventKind::SourceOpened,
            Self::SourceClosed { .. } => EventKind::SourceClosed,
            Self::SourceHoursEnded { .. } => EventKind::SourceHoursEnded,
            Self::OperatorAway { .. } => EventKind::OperatorAway,
            Self::OperatorPresent => EventKind::OperatorPresent,
            Self::ContactReserved { .. } => EventKind::ContactReserved,
            Self::ContactReservationEnded { .. } => EventKind::ContactReservationEnded,
            Self::ContactResponded { .. } => EventKind::ContactResponded,
            Self::ContactOverdue { .. } => EventKind::ContactOverdue,
            Self::ContactPriorityRaised { .. } => EventKind::ContactPriorityRaised,
            Self::ContactMoved { .. } => EventKind::ContactMoved,
            Self::EndpointDisabled { .. } => EventKind::EndpointDisabled,
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
            | E::ContactReserved { .. }
            | E::ContactReservationEnded { .. }
            | E::ContactResponded { .. }
            | E::ContactOverdue { .. }
            | E::ContactPriorityRaised { .. }
            | E::OperatorCapsSet
            | E::SourceCapsSet
            | E::MessageReceived { .. }
            | E::MessageEdited { .. }
            | E::MessageSent { .. }
            | E::MessageDelivered { .. }
            | E::MessageFailed { .. }
            | E::AccountCorrected { .. }
            | E::SourceHoursSet { .. }
            | E::SourceOpened { .. }
            | E::SourceClosed { .. }
            | E::SourceHoursEnded { .. }
            | E::OperatorAway { .. }
            | E::OperatorPresent
            | E::ContactMoved { .. }
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
            | E::ContactNoted
            | E::EndpointDisabled { .. } => 0,
        }
    }
}
