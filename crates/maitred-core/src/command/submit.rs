//! Arrival: storing a contact and routing it. Whose it is, is found in [`super::recognise`].

use super::{append, complete, note_reach, recognise, respond, schedule};
use crate::command::{Context, FollowUp, Outcome, Rejection};
use crate::decision::Cause;
use crate::event::{Event, EventDetail};
use crate::idempotency::KeyDigest;
use crate::ids::{ContactId, LeadId, SourceId, Timestamp};
use crate::nouns::{Contact, Identity, Status};
use crate::reservation::Wanted;
use crate::routing::{Preference, route, send_on};
use crate::world::{Duplicate, NeedsBuilder, World};
use std::collections::BTreeMap;
use std::sync::Arc;

/// A contact to be stored and routed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Submit {
    /// Where it came from.
    pub source: SourceId,
    /// The id space of the external ids, if it is not that of the source: each dialect of another service has one.
    pub id_space: Option<Arc<str>>,
    /// Who it is from, each kind at most once, in matching order. Without any, the lead is a new one.
    pub identities: Vec<Identity>,
    /// Further values of the same person: attached if they are nobody's, but not used to recognise the lead.
    pub also: Vec<Identity>,
    /// Other forms of the identities, such as a phone before its country was renumbered: a lead who has one may be the
    /// same person.
    pub similar: Vec<Identity>,
    /// Values that identify nobody, as they were sent, each kind at most once. They are kept with the contact.
    pub unusable: Vec<Identity>,
    /// How the person is called, if the sender knows.
    pub lead_name: Option<Arc<str>>,
    /// What the person wrote.
    pub message: Option<Arc<str>>,
    /// Larger goes first among the waiting.
    pub priority: i32,
    /// The text of a JSON object.
    pub attributes: Option<Arc<str>>,
    /// Before this time nobody is to get it. One that has passed counts as none, one that is too far ahead as the
    /// furthest, [`SCHEDULE_MICROS_MAX`](crate::limits::SCHEDULE_MICROS_MAX).
    pub not_before: Option<Timestamp>,
    /// When the lead wrote it to the bot of the source, if it came that way: they can be written to since then.
    pub written_at: Option<Timestamp>,
    /// Who is to get it, if they serve the source.
    pub wanted: Option<Wanted>,
    /// Of whatever the sender holds unique: if a contact was submitted with it before, that one is the answer.
    pub idempotency_key: Option<KeyDigest>,
    /// Other keys of the same, which hold for this source.
    pub known_as: Vec<KeyDigest>,
    /// Keys of something that said less, such as a row of a file before it was corrected: if a contact was submitted
    /// with one of them before, it gets what it lacks. What is there stays.
    pub earlier: Vec<KeyDigest>,
    /// Whether it is a contact of its own whatever the source does with further messages: the row of an import, and
    /// what another service called one.
    pub stands_alone: bool,
}

impl Submit {
    /// A contact of which nothing else is known: without texts, at priority 0.
    #[must_use]
    pub const fn new(source: SourceId, identities: Vec<Identity>) -> Self {
        Self {
            source,
            id_space: None,
            identities,
            also: Vec::new(),
            similar: Vec::new(),
            unusable: Vec::new(),
            lead_name: None,
            message: None,
            priority: 0,
            attributes: None,
            not_before: None,
            written_at: None,
            wanted: None,
            idempotency_key: None,
            known_as: Vec::new(),
            earlier: Vec::new(),
            stands_alone: false,
        }
    }
}

impl Submit {
    /// The keys that say the same as it does.
    fn same_keys(&self) -> impl Iterator<Item = KeyDigest> + '_ {
        self.idempotency_key.into_iter().chain(self.known_as.iter().copied())
    }

    /// All keys that a contact may have been submitted with before.
    pub(crate) fn keys(&self) -> impl Iterator<Item = KeyDigest> + '_ {
        self.same_keys().chain(self.earlier.iter().copied())
    }

    /// What is kept of what it says of the lead: the text of a JSON object, if there is anything to keep. The name is
    /// kept if the lead has another.
    pub(crate) fn sent(&self, is_other_name: bool) -> Option<Arc<str>> {
        let name = self.lead_name.as_deref().filter(|_| is_other_name);
        if name.is_none() && self.unusable.is_empty() {
            return None;
        }
        let values = self.unusable.iter().map(|it| (format!("lead_{}", it.kind.as_str()), &*it.value));
        let name = name.map(|name| ("lead_name".to_owned(), name));
        let all: BTreeMap<String, &str> = name.into_iter().chain(values).collect();
        Some(serde_json::to_string(&all).expect("texts are JSON").into())
    }
}

impl Contact {
    /// A contact that has just arrived and is not routed yet: neither in the waiting order nor held.
    #[must_use]
    pub fn new(id: ContactId, lead: LeadId, submit: &Submit, now: Timestamp) -> Self {
        Self {
            priority: submit.priority,
            message: submit.message.clone(),
            attributes: submit.attributes.clone(),
            sent: submit.sent(false),
            not_before: submit.not_before.and_then(|at| schedule::within_bounds(at, now)),
            ..Self::untouched(id, lead, submit.source, now)
        }
    }

    /// A contact of which nothing was said and to which nothing has happened.
    pub(crate) const fn untouched(id: ContactId, lead: LeadId, source: SourceId, now: Timestamp) -> Self {
        Self {
            id,
            lead,
            source,
            operator: None,
            status: Status::Waiting,
            priority: 0,
            message: None,
            attributes: None,
            sent: None,
            created_at: now,
            assigned_at: None,
            resolved_at: None,
            updated_at: now,
            decisions: 0,
            not_before: None,
            scheduled: false,
            accept_by: None,
            accepted_at: None,
            retry_at: None,
            attempts: None,
            release_at: None,
            wanted_operator: None,
            wanted_for_s: 0,
            first_response_at: None,
            respond_by: None,
            overdue_at: None,
            sent_priority: None,
            raised_to: None,
            raise_at: None,
            reopened_at: None,
            original_source: None,
        }
    }
}

pub(super) fn needs(submit: &Submit, needs: &mut NeedsBuilder<'_>) {
    for key in submit.same_keys() {
        if let Some(contact) = needs.receipt(key) {
            needs.contact(contact);
        }
    }
    for key in &submit.earlier {
        if let Some(contact) = needs.receipt(*key) {
            complete::needs(contact, needs);
        }
    }
    recognise::needs(submit, needs);
}

/// Stores a contact and routes it.
pub(crate) fn submit(world: &mut World, submit: &Submit, context: Context) -> Result<Outcome, Rejection> {
    if let Some(before) = submitted_before(world, submit, context) {
        return Ok(before);
    }
    let state = world.source(submit.source)?;
    // While a drain is under way nobody overtakes those who wait.
    let behind_others = state.waiting().count() > 0 && state.can_give(context.now);
    let closed = state.source.closed(context.now);
    let wanted = submit.wanted.filter(|wanted| state.pool().get(wanted.operator).is_some());
    let expects_response = state.source.urgency.respond_within_s.is_some();
    let lead = recognise::recognise(world, submit, context)?;
    note_reach::came_back(world, submit, lead.id, context);
    if let Some(appended) = append::append(world, submit, lead.id, &lead.others, context)? {
        return Ok(appended);
    }
    let id = world.add_contact(submit, lead.id, context.now);
    if wanted.is_some() {
        world.change_contact(id, context.now, |contact| contact.set_wanted(wanted));
    }
    keep_other_name(world, submit, id, context);
    lead.others.into_iter().for_each(|other| add_duplicate(world, lead.id, other, id, context));
    if expects_response {
        let from = world.contact(id)?.not_before.unwrap_or(context.now);
        respond::expect_response(world, id, from, context);
    }
    let contact = world.contact(id)?.clone();
    let preference = Preference::of_lead(world, &contact);
    let cause = if behind_others { Cause::ArrivedBehindOthers } else { Cause::Arrived };
    route(world, &contact, cause, preference, context);
    if behind_others {
        world.follow_up(FollowUp::Drain(submit.source));
    }
    add_receipts(world, submit, id);
    world.emit_contact_event(id, EventDetail::ContactCreated, context);
    send_on(world, submit.source, context);
    let contact = world.contact(id)?.clone();
    Ok(match closed {
        Some(closed) if contact.is_in_line() && contact.source == submit.source => {
            Outcome::Closed(contact, closed.until)
        }
        _ => Outcome::Contact(contact),
    })
}

/// The contact that was made of the same, or of something that said less.
fn submitted_before(world: &mut World, submit: &Submit, context: Context) -> Option<Outcome> {
    let known = |world: &World, key: KeyDigest| {
        world.receipt(&key).filter(|id| world.contact(*id).is_ok_and(|contact| contact.arrived_on() == submit.source))
    };
    let own = submit.idempotency_key.and_then(|key| world.receipt(&key)).filter(|id| world.contact(*id).is_ok());
    if let Some(id) = own.or_else(|| submit.known_as.iter().find_map(|key| known(world, *key))) {
        add_receipts(world, submit, id);
        return world.contact(id).ok().cloned().map(Outcome::SubmittedBefore);
    }
    let id = submit.earlier.iter().find_map(|key| known(world, *key))?;
    add_receipts(world, submit, id);
    complete::complete(world, id, submit, context).ok()
}

/// Notes the keys that no contact has.
pub(super) fn add_receipts(world: &mut World, submit: &Submit, id: ContactId) {
    for key in submit.keys() {
        if world.receipt(&key).is_none_or(|known| world.contact(known).is_err()) {
            world.add_receipt(key, id);
        }
    }
}

/// Keeps a name with the contact that is not the lead's: one of the two may be wrong, or two people share a phone.
pub(super) fn keep_other_name(world: &mut World, submit: &Submit, id: ContactId, context: Context) {
    let Some(name) = submit.lead_name.as_deref() else { return };
    let lead = world.contact(id).ok().and_then(|contact| world.lead(contact.lead).ok());
    if lead.and_then(|lead| lead.name.as_deref()).is_some_and(|known| known != name) {
        world.change_contact(id, context.now, |contact| contact.sent = submit.sent(true));
    }
}

pub(super) fn add_duplicate(world: &mut World, lead: LeadId, other: LeadId, contact: ContactId, context: Context) {
    world.add_duplicate(Duplicate { lead, other, contact, at: context.now });
    let detail = EventDetail::DuplicateFound { other };
    let demo = world.contact(contact).is_ok_and(|contact| world.is_demo_source(contact.source));
    world.emit(Event { contact: Some(contact), lead: Some(lead), demo, ..Event::new(detail, context) });
}
