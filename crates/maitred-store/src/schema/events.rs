//! The feed. Events carry ids, never names or texts. What they name may be deleted since; they stay.

use super::record;
use super::table::Reference;
use crate::StoreError;
use crate::views::PlacedEvent;
use maitred_core::{Actor, ContactId, Event, EventDetail, EventKind, LeadId, OperatorId, SourceId, Timestamp};
use std::sync::Arc;

/// An event as it is stored.
pub struct EventRow {
    pub position: i64,
    pub at: Timestamp,
    pub kind: EventKind,
    pub contact: Option<ContactId>,
    pub source: Option<SourceId>,
    pub operator: Option<OperatorId>,
    pub lead: Option<LeadId>,
    pub detail: Option<String>,
    pub actor: Option<Arc<str>>,
    pub demo: bool,
}

record! {
    /// The first and last rows tell databases apart.
    pub static EVENTS: EventRow = "events", key 1 {
        position,
        at,
        kind,
        contact as "contact_id",
        source as "source_id" [.refers(Reference::to("sources").has_own_check())],
        operator as "operator_id" [.refers(Reference::to("operators").has_own_check())],
        lead as "lead_id" [.refers(Reference::to("leads").has_own_check())],
        detail,
        actor,
        demo,
    }
    [indexes: &["events_by_hand", "events_demo"]]
}

impl EventRow {
    /// The rows of events, the first of which gets this position.
    pub fn all_of(events: &[Event], first: i64) -> Vec<Self> {
        let mut actors = ActorTexts::default();
        let row = |(event, position): (&Event, i64)| Self {
            position,
            at: event.at,
            kind: event.kind(),
            contact: event.contact,
            source: event.source,
            operator: event.operator,
            lead: event.lead,
            detail: event.detail.to_json(),
            actor: actors.of(event),
            demo: event.demo,
        };
        events.iter().zip(first..).map(row).collect()
    }

    /// # Errors
    /// When its actor is unknown, or its detail is not what an event carries.
    pub fn placed(self) -> Result<PlacedEvent, StoreError> {
        let detail = EventDetail::from_json(self.kind, self.detail.as_deref());
        let actor = self.actor.as_deref().map(str::parse).transpose();
        let event = Event {
            at: self.at,
            actor: actor.map_err(|e| StoreError::Corrupt(format!("event {}: {e}", self.position)))?,
            contact: self.contact,
            source: self.source,
            operator: self.operator,
            lead: self.lead,
            demo: self.demo,
            detail: detail.map_err(|e| StoreError::Corrupt(format!("the detail of event {}: {e}", self.position)))?,
        };
        Ok(PlacedEvent { position: self.position, event })
    }
}

/// The texts of the actors of events. Neighbours mostly have the same one, which is written once.
#[derive(Default)]
struct ActorTexts(Option<(Actor, Arc<str>)>);

impl ActorTexts {
    fn of(&mut self, event: &Event) -> Option<Arc<str>> {
        let actor = event.actor?;
        if self.0.as_ref().is_none_or(|(last, _)| *last != actor) {
            self.0 = Some((actor, actor.to_string().into()));
        }
        self.0.as_ref().map(|(_, text)| text.clone())
    }
}
