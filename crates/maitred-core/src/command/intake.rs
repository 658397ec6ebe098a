//! What forms and other services send: setting up the address of a source, keeping what arrives there, and making
//! contacts of it. A contact and the payload it was made of are stored together.

use super::submit;
use crate::command::{Context, Outcome, Rejection, Submit};
use crate::event::EventDetail;
use crate::ids::{PayloadId, SourceId, Timestamp};
use crate::intake::{IntakeChange, Payload, PayloadState};
use crate::world::{NeedsBuilder, World};
use std::sync::Arc;

/// Changes to the intake of a source; `None` leaves a part alone.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct IntakeEdit {
    /// Another address; the one before stops to work.
    pub token: Option<Arc<str>>,
    /// The text of a JSON object.
    pub settings: Option<Arc<str>>,
    /// `Some(None)` removes it.
    pub secret: Option<Option<Arc<str>>>,
}

impl IntakeEdit {
    /// Notes the changes; the source counts as changed.
    pub(super) fn apply(self, world: &mut World, source: SourceId) {
        let changes = [
            self.token.map(IntakeChange::Token),
            self.settings.map(IntakeChange::Settings),
            self.secret.map(IntakeChange::Secret),
        ];
        changes.into_iter().flatten().for_each(|change| world.change_intake(source, change));
    }
}

/// Something that was received, and the contact to be made of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receive {
    pub source: SourceId,
    pub payload: ReceivedPayload,
    /// None if it is only kept.
    pub submit: Option<Submit>,
}

/// What was received.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReceivedPayload {
    /// It has just arrived.
    New {
        /// What becomes of it if no contact is made; otherwise it is taken.
        state: PayloadState,
        reason: Arc<str>,
        body: Arc<str>,
    },
    /// It was kept before and is read again.
    Kept(PayloadId),
}

pub(super) fn needs_to_edit(source: SourceId, needs: &mut NeedsBuilder<'_>) {
    needs.source(source);
}

pub(super) fn edit(world: &mut World, id: SourceId, edit: IntakeEdit, context: Context) -> Result<Outcome, Rejection> {
    world.source(id)?;
    let token = edit.token.clone();
    if edit != IntakeEdit::default() {
        edit.apply(world, id);
        // It stands for the settings, which are apart from the source: two edits never have the same, whatever the
        // clock says.
        let after = |before: Timestamp| context.now.max(Timestamp(before.0.saturating_add(1)));
        world.change_source(id, |source| source.updated_at = after(source.updated_at));
        world.emit_source_event(id, EventDetail::SourceEdited, context);
    }
    let source = world.source(id)?.source.clone();
    Ok(match token {
        Some(token) => Outcome::SourceWithIntake(source, token),
        None => Outcome::Source(source),
    })
}

pub(super) fn needs(receive: &Receive, needs: &mut NeedsBuilder<'_>) {
    needs.source(receive.source);
    receive.submit.iter().for_each(|it| submit::needs(it, needs));
}

/// Makes a contact of what was received, and keeps it; what was received before and makes no new contact is not kept
/// twice.
pub(super) fn receive(world: &mut World, receive: Receive, context: Context) -> Result<Outcome, Rejection> {
    let Receive { source, payload, submit: wanted } = receive;
    world.source(source)?;
    let made = wanted.map(|it| submit::submit(world, &it, context)).transpose()?;
    let contact = made.as_ref().and_then(Outcome::contact);
    match payload {
        ReceivedPayload::Kept(id) => {
            contact.into_iter().for_each(|contact| world.take_payload(source, id, contact));
            Ok(made.unwrap_or(Outcome::Kept(source, id)))
        }
        ReceivedPayload::New { state, reason, body } => {
            let is_known =
                !matches!(made, None | Some(Outcome::Contact(_) | Outcome::Closed(..) | Outcome::Appended(..)));
            if let (true, Some(known)) = (is_known, made.clone()) {
                return Ok(known);
            }
            let (state, reason) = if made.is_some() { (PayloadState::Taken, "".into()) } else { (state, reason) };
            let payload = Payload { id: PayloadId(0), source, contact, state, reason, body, received_at: context.now };
            let id = world.add_payload(payload);
            Ok(made.unwrap_or(Outcome::Kept(source, id)))
        }
    }
}

/// Forgets payloads from before a time, [`FORGET_MAX`](crate::intake::FORGET_MAX) at most.
pub(super) fn forget(world: &mut World, before: Timestamp) -> Outcome {
    world.forget_payloads(before);
    Outcome::Done
}
