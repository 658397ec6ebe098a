//! Deleting an operator. Their row stays for the history; what they hold is routed again, and what one command may not
//! finish is left to [`FollowUp::Evacuate`].

use crate::command::{Context, FollowUp, Outcome, Rejection};
use crate::decision::Cause;
use crate::event::EventDetail;
use crate::ids::{ContactId, OperatorId, SourceId};
use crate::routing::{Preference, drain, route, withdraw};
use crate::world::{NeedsBuilder, World};
use std::collections::BTreeSet;

pub(super) fn needs(id: OperatorId, needs: &mut NeedsBuilder<'_>) {
    needs.operator(id);
    for contact in needs.follow_up_contacts(FollowUp::Evacuate(id)) {
        // What they hold goes to others, so no room is made.
        if let Some(contact) = needs.contact_and_source(contact) {
            needs.last_operators(contact.source, contact.lead);
        }
    }
}

pub(super) fn delete_operator(world: &mut World, id: OperatorId, context: Context) -> Result<Outcome, Rejection> {
    world.operator(id)?;
    let serves: Vec<SourceId> = world.serves(id).collect();
    serves.into_iter().for_each(|source| world.remove_weight(source, id, context.now));
    world.change_operator(id, |operator| {
        operator.is_active = false;
        operator.end_pause();
        operator.forget_hours();
        operator.caps = None;
        operator.set_away_after(None, context.now);
        (operator.marking, operator.has_marks) = (None, false);
        operator.deleted_at = Some(context.now);
        operator.updated_at = context.now;
    });
    world.set_personal_times(id, None);
    world.emit_operator_event(id, EventDetail::OperatorDeleted, context);
    evacuate(world, id, context);
    Ok(Outcome::Done)
}

/// Routes again what a deleted operator holds, as much as was loaded; the rest is left to a follow-up.
pub(super) fn evacuate(world: &mut World, id: OperatorId, context: Context) {
    let held: Vec<ContactId> = world.follow_up_contacts(FollowUp::Evacuate(id)).collect();
    let mut sources = BTreeSet::new();
    for contact in held {
        reroute(world, contact, context);
        sources.extend(world.contact(contact).map(|c| c.source));
    }
    drain(world, sources, context);
    if world.operator_row(id).is_some_and(|operator| operator.current_load > 0) {
        world.follow_up(FollowUp::Evacuate(id));
    }
}

fn reroute(world: &mut World, id: ContactId, context: Context) {
    let from = withdraw(world, id, context);
    world.change_contact(id, context.now, |c| c.operator = None);
    world.emit_contact_event(id, EventDetail::ContactReleased { from, absence: None, late_ms: None }, context);
    let Ok(contact) = world.contact(id).cloned() else { return };
    let preference = Preference::of_lead(world, &contact);
    route(world, &contact, Cause::OperatorDeleted, preference, context);
    world.emit_whereabouts(id, context);
}
