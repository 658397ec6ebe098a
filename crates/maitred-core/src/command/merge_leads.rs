//! Merging two leads that are one person: contacts and identities of one move to the other. The absorbed lead keeps
//! their id, and their row says into whom they were merged.

use super::edit_lead::editable;
use crate::command::{Context, Outcome, Rejection};
use crate::event::EventDetail;
use crate::ids::LeadId;
use crate::limits::MERGE_CONTACTS_MAX;
use crate::world::{NeedsBuilder, World};

/// Two leads to be made one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MergeLeads {
    /// Who is absorbed.
    pub from: LeadId,
    /// Who remains.
    pub into: LeadId,
}

pub(super) fn needs(merge: &MergeLeads, needs: &mut NeedsBuilder<'_>) {
    needs.lead(merge.into);
    needs.lead(merge.from);
    needs.contact_count(merge.from);
}

pub(super) fn merge_leads(world: &mut World, merge: MergeLeads, context: Context) -> Result<Outcome, Rejection> {
    let MergeLeads { from, into } = merge;
    if from == into {
        return Err(Rejection::SameLead(from));
    }
    let kept = editable(world, into)?.clone();
    let absorbed = editable(world, from)?.clone();
    if kept.demo != absorbed.demo {
        return Err(Rejection::DemoAndRealLead(from, into));
    }
    let contacts = world.contacts_of_lead(from);
    if contacts > MERGE_CONTACTS_MAX {
        return Err(Rejection::LeadTooLarge(from, contacts));
    }
    world.merge_leads(from, into, context.now);
    let blocked = if kept.blocked_on.is_some() { kept.blocked() } else { absorbed.blocked() };
    world.change_lead(into, context.now, |lead| {
        lead.name = kept.name.or(absorbed.name);
        (lead.blocked_on, lead.blocked_at) = blocked.unzip();
    });
    world.emit_lead_event(from, EventDetail::LeadMerged { into }, context);
    Ok(Outcome::Lead(world.lead(into)?.clone()))
}
