//! Noting that a lead blocked the bot of a source, or came back: who writes again can be written to. It is kept with
//! the lead, for one source: that of which it was noted last.

use super::edit_lead::editable;
use crate::command::{Context, Outcome, Rejection};
use crate::event::EventDetail;
use crate::ids::{LeadId, SourceId};
use crate::source_kind::SourceKind;
use crate::world::{NeedsBuilder, World};

/// Whether the bot of a source can write to a lead.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoteReach {
    pub lead: LeadId,
    pub source: SourceId,
    pub is_blocked: bool,
}

pub(super) fn note_reach(world: &mut World, note: NoteReach, context: Context) -> Result<Outcome, Rejection> {
    editable(world, note.lead)?;
    set_reach(world, note, context);
    Ok(Outcome::Done)
}

/// Notes it, if it is not known. Of an erased lead nothing is kept.
pub(super) fn set_reach(world: &mut World, note: NoteReach, context: Context) {
    let Some(lead) = world.lead_row(note.lead).filter(|lead| lead.erased_at.is_none()) else { return };
    if (lead.blocked_on == Some(note.source)) == note.is_blocked {
        return;
    }
    world.change_lead(note.lead, context.now, |lead| {
        (lead.blocked_on, lead.blocked_at) = note.is_blocked.then_some((note.source, context.now)).unzip();
    });
    world.emit_lead_event(note.lead, EventDetail::LeadEdited, context);
}

/// The lead of something that came in, if that may say that they are back.
pub(super) fn needs_of_return(source: SourceId, lead: LeadId, needs: &mut NeedsBuilder<'_>) {
    if has_bot(needs.world(), source) {
        needs.lead(lead);
    }
}

/// Notes that a lead wrote on a source.
pub(super) fn came_back(world: &mut World, lead: LeadId, source: SourceId, context: Context) {
    if has_bot(world, source) {
        set_reach(world, NoteReach { lead, source, is_blocked: false }, context);
    }
}

/// Whether the source may have a bot. That of others is not looked up.
fn has_bot(world: &World, source: SourceId) -> bool {
    world.source_row(source).is_some_and(|row| row.source.kind == SourceKind::Telegram)
}
