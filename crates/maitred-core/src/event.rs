//! Committed facts, in the words of the feed. An event is written in the transaction of the change it tells of; its
//! position is given by the store. Events carry ids, never names, phones or texts.

use crate::actor::Actor;
use crate::ids::{ContactId, LeadId, OperatorId, SourceId, Timestamp};
use serde::{Deserialize, Serialize};

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EventKind {
    /// A contact arrived; `operator_id` is who got it, none if it waits.
    ContactCreated,
    /// A contact that waited was given to `operator_id`.
    ContactAssigned,
    /// A contact was taken from `from_operator_id` to be routed again.
    ContactReleased,
    /// A person gave a contact to `operator_id`.
    ContactTransferred,
    /// A contact ended.
    ContactResolved,
    /// A resolved contact is open again; `operator_id` is who got it, none if it waits.
    ContactReopened,
    /// Priority or message of a contact changed.
    ContactEdited,
    /// A contact was forgotten.
    ContactDeleted,
    /// An operator was added.
    OperatorCreated,
    /// Name, switch or limit of an operator changed.
    OperatorEdited,
    /// An operator was removed.
    OperatorDeleted,
    /// A source was added.
    SourceCreated,
    /// A setting of a source changed.
    SourceEdited,
    /// A source was removed.
    SourceDeleted,
    /// An operator serves a source with `weight`.
    WeightSet,
    /// An operator serves a source no longer.
    WeightRemoved,
    /// Name or identities of a lead changed.
    LeadEdited,
    /// A lead was absorbed by `other_lead_id`.
    LeadMerged,
    /// A contact's identities point at `lead_id` and at `other_lead_id`.
    DuplicateFound,
    /// Name, identities, messages and attributes of a lead were forgotten.
    LeadErased,
}

impl EventKind {
    /// Every kind, in the order of their stored codes.
    pub const ALL: [Self; 20] = [
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
    ];

    /// The stored code.
    #[must_use]
    pub const fn code(self) -> u8 {
        self as u8
    }

    /// The kind with this stored code.
    #[must_use]
    pub fn from_code(code: u8) -> Option<Self> {
        Self::ALL.get(usize::from(code)).copied()
    }
}

/// What only some kinds of event carry.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct EventDetail {
    /// Who had the contact before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from_operator_id: Option<OperatorId>,
    /// Set when a full or inactive operator was given the contact on purpose.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub forced: bool,
    /// The weight that was set.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub weight: Option<u32>,
    /// The other lead of a merge or a duplicate.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub other_lead_id: Option<LeadId>,
}

/// One fact.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// When.
    pub at: Timestamp,
    /// What.
    pub kind: EventKind,
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
    /// What else; `None` for most.
    pub detail: Option<EventDetail>,
}
