//! Committed facts, in the words of the feed. An event is written in the transaction of its change; its position is
//! given by the store. Events carry ids, never names, phones or texts.

use crate::actor::Actor;
use crate::command::Context;
use crate::ids::{ContactId, LeadId, OperatorId, SourceId, Timestamp};
use serde::{Deserialize, Serialize};
use std::fmt;

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
}

impl EventKind {
    /// Every kind, in the order of their stored codes.
    pub const ALL: [Self; 25] = [
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
                 without for one that waited"
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
                "A contact is scheduled no longer, before its time: it waits for anybody from now on, unless the event \
                 behind says what became of it"
            }
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
    ContactAssigned { at_once: bool },
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
}

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
}

/// Why a stored detail could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidDetail(String);

impl InvalidDetail {
    fn missing(field: &str) -> Self {
        Self(format!("`{field}` is missing"))
    }
}

impl fmt::Display for InvalidDetail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for InvalidDetail {}

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
        let fields = fields.unwrap_or_default();
        let DetailFields { from_operator_id: from, at_once, forced, weight, other_lead_id, moved, .. } = fields;
        let not_before = fields.not_before.ok_or_else(|| InvalidDetail::missing("not_before"));
        let late_ms = fields.late_ms.ok_or_else(|| InvalidDetail::missing("late_ms"));
        let weight = weight.ok_or_else(|| InvalidDetail::missing("weight"));
        let other_lead = other_lead_id.ok_or_else(|| InvalidDetail::missing("other_lead_id"));
        Ok(match kind {
            EventKind::ContactCreated => Self::ContactCreated,
            EventKind::ContactAssigned => Self::ContactAssigned { at_once },
            EventKind::ContactReleased => Self::ContactReleased { from },
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
            EventKind::WeightSet => Self::WeightSet { weight: weight? },
            EventKind::WeightRemoved => Self::WeightRemoved,
            EventKind::LeadEdited => Self::LeadEdited,
            EventKind::LeadMerged => Self::LeadMerged { into: other_lead? },
            EventKind::DuplicateFound => Self::DuplicateFound { other: other_lead? },
            EventKind::LeadErased => Self::LeadErased,
            EventKind::LeadSplit => Self::LeadSplit { new: other_lead? },
            EventKind::ContactNoted => Self::ContactNoted,
            EventKind::ContactScheduled => Self::ContactScheduled { not_before: not_before?, moved },
            EventKind::ContactDue => Self::ContactDue { late_ms: late_ms? },
            EventKind::ContactUnscheduled => Self::ContactUnscheduled,
        })
    }

    /// What is stored beside the kind; `None` for kinds that carry nothing.
    #[must_use]
    pub fn fields(self) -> Option<DetailFields> {
        let none = DetailFields::default();
        match self {
            Self::ContactAssigned { at_once: true } => Some(DetailFields { at_once: true, ..none }),
            Self::ContactReleased { from } => Some(DetailFields { from_operator_id: from, ..none }),
            Self::ContactTransferred { from, forced } => Some(DetailFields { from_operator_id: from, forced, ..none }),
            Self::WeightSet { weight } => Some(DetailFields { weight: Some(weight), ..none }),
            Self::LeadMerged { into: other } | Self::DuplicateFound { other } | Self::LeadSplit { new: other } => {
                Some(DetailFields { other_lead_id: Some(other), ..none })
            }
            Self::ContactScheduled { not_before, moved } => {
                Some(DetailFields { not_before: Some(not_before), moved, ..none })
            }
            Self::ContactDue { late_ms } => Some(DetailFields { late_ms: Some(late_ms), ..none }),
            Self::ContactCreated
            | Self::ContactAssigned { at_once: false }
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
            | Self::ContactUnscheduled => None,
        }
    }

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
    pub(crate) fn assigned_at_once(&self) -> Self {
        Self { detail: EventDetail::ContactAssigned { at_once: true }, ..self.clone() }
    }

    /// Which kind it is.
    #[must_use]
    pub const fn kind(&self) -> EventKind {
        self.detail.kind()
    }

    /// By how much it changed the number of contacts that wait, those that are scheduled left out. A contact without an
    /// operator waits; of one that was
    /// deleted the event does not say whether it was resolved before, which without an operator is rare.
    #[must_use]
    pub fn waiting_change(&self) -> i64 {
        use EventDetail as E;
        let has_nobody = i64::from(self.operator.is_none());
        match self.detail {
            E::ContactReleased { .. } | E::ContactDue { .. } | E::ContactUnscheduled => 1,
            E::ContactCreated | E::ContactReopened => has_nobody,
            E::ContactAssigned { at_once: false }
            | E::ContactTransferred { from: None, .. }
            | E::ContactScheduled { moved: false, .. } => -1,
            E::ContactResolved | E::ContactDeleted => -has_nobody,
            E::ContactAssigned { at_once: true }
            | E::ContactTransferred { from: Some(_), .. }
            | E::ContactEdited
            | E::ContactScheduled { moved: true, .. }
            | E::OperatorCreated
            | E::OperatorEdited
            | E::OperatorDeleted
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
