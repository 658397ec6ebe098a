//! Leads: what people correct about them.

use crate::command::{Context, LeadEdit, Outcome, Rejection};
use crate::event::{Event, EventDetail, EventKind};
use crate::ids::LeadId;
use crate::limits::MERGE_CONTACTS_MAX;
use crate::nouns::Lead;
use crate::world::World;

pub(super) fn edit(world: &mut World, id: LeadId, edit: LeadEdit, context: Context) -> Result<Outcome, Rejection> {
    let before = present(world, id)?.clone();
    for identity in &edit.identities {
        if let Some(other) = world.lead_of(identity).filter(|other| *other != id) {
            return Err(Rejection::IdentityTaken(identity.clone(), other));
        }
    }
    let new: Vec<_> = edit.identities.into_iter().filter(|i| world.lead_of(i).is_none()).collect();
    new.iter().for_each(|identity| world.attach(identity, id));
    let name = edit.name.unwrap_or_else(|| before.name.clone());
    if !new.is_empty() || name != before.name {
        world.change_lead(id, context.now, |lead| lead.name = name);
        tell_lead(world, id, EventKind::LeadEdited, None, context);
    }
    answer(world, id)
}

/// Moves all that is known of one lead to another. The absorbed one keeps his id and says where he went.
pub(super) fn merge(world: &mut World, from: LeadId, into: LeadId, context: Context) -> Result<Outcome, Rejection> {
    if from == into {
        return Err(Rejection::SameLead(from));
    }
    let kept = present(world, into)?.clone();
    let absorbed = present(world, from)?.clone();
    let contacts = world.contacts_of_lead(from);
    if contacts > MERGE_CONTACTS_MAX {
        return Err(Rejection::LeadTooLarge(from, contacts));
    }
    world.merge_leads(from, into, context.now);
    world.change_lead(into, context.now, |lead| lead.name = kept.name.or(absorbed.name));
    tell_lead(world, from, EventKind::LeadMerged, Some(into), context);
    answer(world, into)
}

fn present(world: &World, id: LeadId) -> Result<&Lead, Rejection> {
    let lead = world.lead(id)?;
    if lead.erased_at.is_some() {
        return Err(Rejection::LeadErased(id));
    }
    lead.merged_into.map_or(Ok(lead), |into| Err(Rejection::LeadMerged(id, into)))
}

pub(super) fn tell_lead(world: &mut World, id: LeadId, kind: EventKind, other: Option<LeadId>, context: Context) {
    let detail = other.map(|_| EventDetail { other_lead_id: other, ..EventDetail::default() });
    world.push_event(Event {
        at: context.now,
        kind,
        actor: Some(context.actor),
        contact: None,
        source: None,
        operator: None,
        lead: Some(id),
        detail,
    });
}

pub(super) fn answer(world: &World, id: LeadId) -> Result<Outcome, Rejection> {
    Ok(Outcome::Lead(world.lead(id)?.clone()))
}
