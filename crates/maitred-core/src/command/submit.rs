//! Arrival: recognising the lead behind a contact, storing the contact and routing it.

use crate::command::{Context, FollowUp, Outcome, Rejection};
use crate::decision::Cause;
use crate::event::{Event, EventDetail};
use crate::idempotency::KeyDigest;
use crate::ids::{ContactId, LeadId, SourceId, Timestamp};
use crate::nouns::{Contact, Identity, Status};
use crate::routing::{Preference, route};
use crate::world::{Duplicate, NeedsBuilder, World};
use std::sync::Arc;

/// A contact to be stored and routed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Submit {
    /// Where it came from.
    pub source: SourceId,
    /// Who it is from; at least one, each kind at most once, in matching order.
    pub identities: Vec<Identity>,
    /// How the person is called, if the sender knows.
    pub lead_name: Option<Arc<str>>,
    /// What the person wrote.
    pub message: Option<Arc<str>>,
    /// Larger goes first among the waiting.
    pub priority: i32,
    /// The text of a JSON object.
    pub attributes: Option<Arc<str>>,
    /// Of whatever the sender holds unique: if a contact was submitted with it before, that one is the answer.
    pub idempotency_key: Option<KeyDigest>,
}

impl Submit {
    /// A contact of which nothing else is known: without texts, at priority 0.
    #[must_use]
    pub const fn new(source: SourceId, identities: Vec<Identity>) -> Self {
        Self {
            source,
            identities,
            lead_name: None,
            message: None,
            priority: 0,
            attributes: None,
            idempotency_key: None,
        }
    }
}

impl Contact {
    /// A contact that has just arrived and is not routed yet: neither in the waiting order nor held.
    #[must_use]
    pub fn new(id: ContactId, lead: LeadId, submit: &Submit, now: Timestamp) -> Self {
        Self {
            id,
            lead,
            source: submit.source,
            operator: None,
            status: Status::Waiting,
            priority: submit.priority,
            message: submit.message.clone(),
            attributes: submit.attributes.clone(),
            created_at: now,
            assigned_at: None,
            resolved_at: None,
            updated_at: now,
            decisions: 0,
        }
    }
}

pub(super) fn needs(submit: &Submit, needs: &mut NeedsBuilder<'_>) {
    if let Some(contact) = submit.idempotency_key.and_then(|key| needs.receipt(key)) {
        needs.contact(contact);
    }
    needs.source(submit.source);
    for identity in &submit.identities {
        if let Some(lead) = needs.identity(identity) {
            if submit.lead_name.is_some() {
                needs.lead(lead);
            }
            needs.last_operators(submit.source, lead);
        }
    }
}

/// Stores a contact and routes it.
pub(crate) fn submit(world: &mut World, submit: &Submit, context: Context) -> Result<Outcome, Rejection> {
    if let Some(before) = submitted_before(world, submit) {
        return Ok(before);
    }
    let state = world.source(submit.source)?;
    // While a drain is under way nobody overtakes those who wait.
    let behind_others = state.waiting().count() > 0 && state.pool().has_eligible();
    let lead = recognise(world, submit, context);
    let id = world.add_contact(submit, lead.id, context.now);
    lead.others.into_iter().for_each(|other| add_duplicate(world, lead.id, other, id, context));
    let contact = world.contact(id)?.clone();
    let preference = Preference::of_lead(world, &contact);
    let cause = if behind_others { Cause::ArrivedBehindOthers } else { Cause::Arrived };
    route(world, &contact, cause, preference, context);
    if behind_others {
        world.follow_up(FollowUp::Drain(submit.source));
    }
    if let Some(key) = submit.idempotency_key {
        world.add_receipt(key, id);
    }
    world.emit_contact_event(id, EventDetail::ContactCreated, context);
    Ok(Outcome::Contact(world.contact(id)?.clone()))
}

fn submitted_before(world: &World, submit: &Submit) -> Option<Outcome> {
    let id = world.receipt(&submit.idempotency_key?)?;
    world.contact(id).ok().cloned().map(Outcome::SubmittedBefore)
}

struct Recognised {
    id: LeadId,
    /// Other leads that identities of the contact belong to.
    others: Vec<LeadId>,
}

/// The lead of the first identity that belongs to anybody, in matching order; a new lead if none does. Identities
/// that belong to nobody are attached to it.
fn recognise(world: &mut World, submit: &Submit, context: Context) -> Recognised {
    let mut known: Vec<LeadId> = submit.identities.iter().filter_map(|i| world.lead_of(i)).collect();
    let id = match known.first() {
        Some(id) => *id,
        None => world.add_lead(submit.lead_name.clone(), context.now),
    };
    for identity in &submit.identities {
        if world.lead_of(identity).is_none() {
            world.attach(identity, id);
        }
    }
    if let (Some(name), false) = (&submit.lead_name, known.is_empty())
        && world.lead(id).is_ok_and(|lead| lead.name.is_none())
    {
        world.change_lead(id, context.now, |lead| lead.name = Some(name.clone()));
    }
    known.retain(|other| *other != id);
    known.dedup();
    Recognised { id, others: known }
}

fn add_duplicate(world: &mut World, lead: LeadId, other: LeadId, contact: ContactId, context: Context) {
    world.add_duplicate(Duplicate { lead, other, contact, at: context.now });
    let detail = EventDetail::DuplicateFound { other };
    let event = Event::new(detail, context);
    world.emit(Event { contact: Some(contact), lead: Some(lead), ..event });
}
