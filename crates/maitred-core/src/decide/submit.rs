//! Arrival: recognising the lead behind a contact, storing the contact and routing it.

use super::route::{Wish, route, tell};
use crate::command::{Context, FollowUp, Outcome, Rejection, Submit};
use crate::decision::Cause;
use crate::event::{Event, EventDetail, EventKind};
use crate::ids::{ContactId, LeadId};
use crate::world::{Duplicate, World};

pub(super) fn submit(world: &mut World, submit: &Submit, context: Context) -> Result<Outcome, Rejection> {
    if let Some(before) = submitted_before(world, submit) {
        return Ok(before);
    }
    let state = world.source(submit.source)?;
    // While a drain is under way nobody overtakes those who wait.
    let behind_others = state.waiting().count() > 0 && state.pool().has_eligible();
    let lead = recognise(world, submit, context);
    let id = world.add_contact(submit, lead.id, context.now);
    lead.others.into_iter().for_each(|other| note_duplicate(world, lead.id, other, id, context));
    let contact = world.contact(id)?.clone();
    let wish = Wish::of_lead(world, &contact);
    let cause = if behind_others { Cause::ArrivedBehindOthers } else { Cause::Arrived };
    route(world, &contact, cause, wish, context);
    if behind_others {
        world.follow_up(FollowUp::Drain(submit.source));
    }
    if let Some(key) = submit.once {
        world.keep_receipt(key, id);
    }
    tell(world, id, EventKind::ContactCreated, None, context);
    Ok(Outcome::Contact(world.contact(id)?.clone()))
}

fn submitted_before(world: &World, submit: &Submit) -> Option<Outcome> {
    let id = world.receipt(&submit.once?)?;
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

fn note_duplicate(world: &mut World, lead: LeadId, other: LeadId, contact: ContactId, context: Context) {
    world.note_duplicate(Duplicate { lead, other, contact, at: context.now });
    let detail = EventDetail { other_lead_id: Some(other), ..EventDetail::default() };
    world.push_event(Event {
        at: context.now,
        kind: EventKind::DuplicateFound,
        actor: Some(context.actor),
        contact: Some(contact),
        source: None,
        operator: None,
        lead: Some(lead),
        detail: Some(detail),
    });
}
