//! Appending what a lead says to the contact that they have on a source. What a source wants is in
//! [`crate::conversation`].

use super::submit::{add_duplicate, add_receipts};
use super::{Submit, edit_contact};
use crate::command::{Context, Outcome, Rejection};
use crate::conversation::ConversationRules;
use crate::event::EventDetail;
use crate::ids::{ContactId, LeadId};
use crate::nouns::{Contact, Status};
use crate::world::{NeedsBuilder, World};

/// By what a submission is appended, if it may be.
fn rules(world: &World, submit: &Submit) -> Option<ConversationRules> {
    let rules = world.source_row(submit.source)?.source.conversation;
    (rules.appends() && !submit.stands_alone).then_some(rules)
}

/// The latest contact of a lead on a source that appends, and what it takes to reopen it.
pub(super) fn needs(submit: &Submit, lead: LeadId, needs: &mut NeedsBuilder<'_>) {
    if rules(needs.world(), submit).is_none() {
        return;
    }
    let Some(latest) = needs.latest_contact(lead, submit.source) else { return };
    if needs.contact(latest).is_some_and(|contact| contact.status == Status::Resolved) {
        needs.contact_and_room(latest);
    }
}

/// Appends a submission to the contact of its lead that is open, or was resolved so lately that it is reopened; none if
/// it makes a contact of its own.
pub(super) fn append(
    world: &mut World,
    submit: &Submit,
    lead: LeadId,
    others: &[LeadId],
    context: Context,
) -> Result<Option<Outcome>, Rejection> {
    let Some(id) = going_on(world, submit, lead, context) else { return Ok(None) };
    edit_contact::reopen(world, id, false, context)?;
    others.iter().for_each(|other| add_duplicate(world, lead, *other, id, context));
    let message = world.add_message(id, submit, context);
    add_receipts(world, submit, id);
    world.emit_contact_event(id, EventDetail::MessageReceived { message: message.id }, context);
    Ok(Some(Outcome::Appended(world.contact(id)?.clone(), message)))
}

fn going_on(world: &World, submit: &Submit, lead: LeadId, context: Context) -> Option<ContactId> {
    let rules = rules(world, submit)?;
    let contact = world.contact_row(world.latest_contact(lead, submit.source)?)?;
    is_going_on(contact, rules, context).then_some(contact.id)
}

fn is_going_on(contact: &Contact, rules: ConversationRules, context: Context) -> bool {
    let ends = contact.resolved_at.zip(rules.reopen_within_s).map(|(at, seconds)| at.plus_seconds(seconds));
    contact.status != Status::Resolved || ends.is_some_and(|ends| context.now < ends)
}
