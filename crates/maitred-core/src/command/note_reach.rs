//! Noting that a lead blocked the bot of a source, or came back: who writes again can be written to. It is kept with
//! the lead, for one source: that of which it was noted last.
//!
//! What a bot is told does not always arrive in the order in which it happened, so it counts when that was.

use super::Submit;
use super::edit_lead::editable;
use crate::command::{Context, Outcome, Rejection};
use crate::event::EventDetail;
use crate::ids::{LeadId, SourceId, Timestamp};
use crate::world::{NeedsBuilder, World};

/// How exactly it is known when something happened: Telegram says it in seconds.
const EXACT_TO_MICROS: i64 = 1_000_000;

/// Whether the bot of a source can write to a lead.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoteReach {
    pub lead: LeadId,
    pub source: SourceId,
    pub is_blocked: bool,
    /// Since when.
    pub at: Timestamp,
}

pub(super) fn note_reach(world: &mut World, note: NoteReach, context: Context) -> Result<Outcome, Rejection> {
    editable(world, note.lead)?;
    set_reach(world, note, context);
    Ok(Outcome::Done)
}

/// Notes it, if it is not known. Of an erased lead nothing is kept.
pub(super) fn set_reach(world: &mut World, note: NoteReach, context: Context) {
    let Some(lead) = world.lead_row(note.lead).filter(|lead| lead.erased_at.is_none()) else { return };
    let since = lead.blocked().filter(|(source, _)| *source == note.source).map(|(_, since)| since);
    let at = note.at.min(context.now);
    let is_news = match since {
        None => note.is_blocked,
        Some(since) => !note.is_blocked && at.0.saturating_add(EXACT_TO_MICROS) > since.0,
    };
    if !is_news {
        return;
    }
    world.change_lead(note.lead, context.now, |lead| {
        (lead.blocked_on, lead.blocked_at) = note.is_blocked.then_some((note.source, at)).unzip();
    });
    world.emit_lead_event(note.lead, EventDetail::LeadEdited, context);
}

/// The lead of something that they wrote to a bot: it may say that they are back.
pub(super) fn needs_of_return(submit: &Submit, lead: LeadId, needs: &mut NeedsBuilder<'_>) {
    if submit.written_at.is_some() {
        needs.lead(lead);
    }
}

/// Notes that a lead wrote to the bot of a source, if they did.
pub(super) fn came_back(world: &mut World, submit: &Submit, lead: LeadId, context: Context) {
    if let Some(at) = submit.written_at {
        set_reach(world, NoteReach { lead, source: submit.source, is_blocked: false, at }, context);
    }
}
