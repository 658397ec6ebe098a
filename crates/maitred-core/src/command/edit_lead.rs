//! Editing a lead: their name, and identities to attach.

use crate::command::{Context, Outcome, Rejection};
use crate::event::EventDetail;
use crate::ids::LeadId;
use crate::nouns::{DEMO_SPACE, Identity, Lead};
use crate::world::{NeedsBuilder, World};
use std::collections::BTreeSet;
use std::sync::Arc;

/// Changes to a lead.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LeadEdit {
    /// `Some(None)` removes the name.
    pub name: Option<Option<Arc<str>>>,
    pub identities: Vec<Identity>,
}

pub(super) fn needs(id: LeadId, edit: &LeadEdit, needs: &mut NeedsBuilder<'_>) {
    let lead = needs.lead(id);
    let placed = lead.into_iter().flat_map(|lead| edit.identities.iter().map(|it| placed(lead, it)));
    placed.for_each(|identity| _ = needs.identity(&identity));
}

/// An identity as it is stored: those of the demo are in a space of their own.
fn placed(lead: &Lead, identity: &Identity) -> Identity {
    match lead.demo {
        true => identity.clone().in_space(DEMO_SPACE.into()),
        false => identity.clone(),
    }
}

pub(super) fn edit_lead(world: &mut World, id: LeadId, edit: LeadEdit, context: Context) -> Result<Outcome, Rejection> {
    let before = editable(world, id)?.clone();
    let identities: Vec<Identity> = edit.identities.iter().map(|it| placed(&before, it)).collect();
    for identity in &identities {
        if let Some(other) = world.lead_of(identity).filter(|other| *other != id) {
            return Err(Rejection::IdentityTaken(identity.clone(), other));
        }
    }
    // The same value in two spaces is one identity of the demo.
    let new: BTreeSet<_> = identities.into_iter().filter(|i| world.lead_of(i).is_none()).collect();
    new.iter().for_each(|identity| world.attach(identity, id));
    let name = edit.name.unwrap_or_else(|| before.name.clone());
    if !new.is_empty() || name != before.name {
        world.change_lead(id, context.now, |lead| lead.name = name);
        world.emit_lead_event(id, EventDetail::LeadEdited, context);
    }
    Ok(Outcome::Lead(world.lead(id)?.clone()))
}

/// The lead, if they were neither erased nor merged into another.
pub(super) fn editable(world: &World, id: LeadId) -> Result<&Lead, Rejection> {
    let lead = world.lead(id)?;
    if lead.erased_at.is_some() {
        return Err(Rejection::LeadErased(id));
    }
    lead.merged_into.map_or(Ok(lead), |into| Err(Rejection::LeadMerged(id, into)))
}
