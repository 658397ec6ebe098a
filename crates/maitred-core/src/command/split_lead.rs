//! Taking contacts and identities off a lead: two people were taken for one, or two leads were merged by mistake. They
//! go to a new lead.

use super::edit_lead::editable;
use crate::command::{Context, Outcome, Rejection};
use crate::event::EventDetail;
use crate::ids::{ContactId, LeadId};
use crate::nouns::Identity;
use crate::world::{NeedsBuilder, World};
use std::sync::Arc;

/// What is taken off a lead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SplitLead {
    pub lead: LeadId,
    /// At most [`crate::limits::SPLIT_MAX`].
    pub contacts: Vec<ContactId>,
    /// At most [`crate::limits::SPLIT_MAX`].
    pub identities: Vec<Identity>,
    /// How the new lead is called.
    pub name: Option<Arc<str>>,
}

pub(super) fn needs(split: &SplitLead, needs: &mut NeedsBuilder<'_>) {
    needs.lead(split.lead);
    split.contacts.iter().for_each(|contact| _ = needs.contact(*contact));
    split.identities.iter().for_each(|identity| _ = needs.identity(identity));
}

pub(super) fn split_lead(world: &mut World, split: SplitLead, context: Context) -> Result<Outcome, Rejection> {
    let SplitLead { lead: from, contacts, identities, name } = split;
    let demo = editable(world, from)?.demo;
    for id in &contacts {
        if world.contact(*id)?.lead != from {
            return Err(Rejection::ContactOfAnother(*id, from));
        }
    }
    if identities.iter().any(|identity| world.lead_of(identity) != Some(from)) {
        return Err(Rejection::IdentityOfAnother(from));
    }
    let new = world.add_lead(name, demo, context.now);
    world.move_to_lead(from, new, &contacts, &identities, context.now);
    world.emit_lead_event(from, EventDetail::LeadSplit { new }, context);
    Ok(Outcome::Lead(world.lead(new)?.clone()))
}
