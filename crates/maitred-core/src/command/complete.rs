//! Completing a contact: a submission that says more than the one which made it, such as a row of a file that was
//! corrected and imported again, adds what is missing. What is there already stays as it is.

use super::{Submit, edit_contact, recognise, schedule, submit};
use crate::command::{Context, Outcome, Rejection};
use crate::event::EventDetail;
use crate::ids::ContactId;
use crate::limits;
use crate::nouns::{Contact, Status};
use crate::world::{NeedsBuilder, World};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::sync::Arc;

/// What became of a submission that completed a contact. Fields are named as in the API.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Completion {
    /// What the contact or its lead lacked and has now.
    pub added: Vec<Arc<str>>,
    /// What was there with another value, which stayed.
    pub kept: Vec<Arc<str>>,
}

pub(super) fn needs(id: ContactId, needs: &mut NeedsBuilder<'_>) {
    if let Some(contact) = needs.contact_and_source(id) {
        needs.lead(contact.lead);
    }
}

/// Adds to a contact what the submission says beyond it.
///
/// # Errors
/// When there is no such contact.
pub(super) fn complete(
    world: &mut World,
    id: ContactId,
    submit: &Submit,
    context: Context,
) -> Result<Outcome, Rejection> {
    let before = world.contact(id)?.clone();
    let mut completion = Completion::default();
    let writable = world.lead_row(before.lead).is_some_and(|lead| lead.erased_at.is_none());
    if writable {
        complete_lead(world, &before, submit, &mut completion, context);
        complete_attributes(world, &before, submit, &mut completion, context);
    }
    if submit.priority != before.own_priority() && submit.priority != 0 {
        let is_added = before.own_priority() == 0 && before.status != Status::Resolved;
        completion.note(is_added, "priority");
        if is_added {
            edit_contact::set_priority(world, &before, submit.priority, context);
        }
    }
    let not_before = submit.not_before.and_then(|at| schedule::within_bounds(at, context.now));
    if not_before.is_some_and(|at| before.not_before != Some(at)) {
        completion.note(false, "not_before");
    }
    if world.contact(id)? != &before {
        world.emit_contact_event(id, EventDetail::ContactEdited, context);
    }
    Ok(Outcome::Completed(world.contact(id)?.clone(), completion))
}

impl Completion {
    fn note(&mut self, is_added: bool, what: impl Into<Arc<str>>) {
        if is_added { self.added.push(what.into()) } else { self.kept.push(what.into()) }
    }
}

/// The name, if there is none yet, and identities that are nobody's. Another name is kept with the contact.
fn complete_lead(world: &mut World, contact: &Contact, submit: &Submit, done: &mut Completion, context: Context) {
    let known = world.lead_row(contact.lead).and_then(|lead| lead.name.clone());
    let attached = recognise::attach_unknown(world, submit, contact.lead);
    attached.iter().for_each(|kind| done.note(true, format!("lead_{}", kind.as_str())));
    if !attached.is_empty() {
        world.emit_lead_event(contact.lead, EventDetail::LeadEdited, context);
    }
    let Some(name) = submit.lead_name.as_ref().filter(|name| known.as_ref() != Some(*name)) else { return };
    done.note(known.is_none(), "lead_name");
    if known.is_some() {
        submit::keep_other_name(world, submit, contact.id, context);
        return;
    }
    world.change_lead(contact.lead, context.now, |lead| lead.name = Some(name.clone()));
    world.emit_lead_event(contact.lead, EventDetail::LeadEdited, context);
}

/// Attributes of names that the contact does not have, as far as there is room for them.
fn complete_attributes(world: &mut World, contact: &Contact, submit: &Submit, done: &mut Completion, context: Context) {
    let object = |text: Option<&Arc<str>>| -> Map<String, Value> {
        text.and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default()
    };
    let mut all = object(contact.attributes.as_ref());
    let mut kept = None;
    for (name, value) in object(submit.attributes.as_ref()) {
        let what = format!("attributes/{name}");
        if let Some(known) = all.get(&name) {
            if *known != value {
                done.note(false, what);
            }
            continue;
        }
        all.insert(name.clone(), value);
        let text = limits::attributes(&Value::Object(all.clone()).to_string()).ok();
        done.note(text.is_some(), what);
        match text {
            Some(text) => kept = Some(text),
            None => _ = all.remove(&name),
        }
    }
    if kept.is_some() {
        world.change_contact(contact.id, context.now, |contact| contact.attributes = kept);
    }
}
