//! What happened to a contact, the last thing first: its decisions, its notes, its end, and that it was changed.
//! Decisions name when and why; who did something by hand is in the event of the same moment.

use crate::actors::{actor, by};
use crate::contacts::why::{self, Shown, Why};
use crate::shell::Viewer;
use crate::times;
use maitred_app::auth::ActorNames;
use maitred_app::explained::{Names, explain_part};
use maitred_core::decision::{Cause, Decision};
use maitred_core::{Contact, ContactId, EventKind, Note, OperatorId, Status, Timestamp};
use maitred_store::views::{Chain, ChainPart, Page};
use maitred_web::AppState;
use maitred_web::problem::Problem;
use std::cmp::Reverse;
use std::sync::Arc;

/// The most decisions in one part of a story.
const DECISIONS: u32 = 10;
/// The most notes.
const NOTES: u32 = 20;

/// What happened.
pub struct Story {
    /// The last thing first.
    pub entries: Vec<Entry>,
    /// Where its earlier part is.
    pub earlier: Option<String>,
    /// Whether the last part is not in it.
    pub is_earlier: bool,
}

/// One thing that happened.
pub struct Entry {
    /// For its element.
    pub id: String,
    /// What.
    pub what: String,
    /// Who had it before, where that matters.
    pub from: Option<String>,
    /// Who got it, or that it waits.
    pub to: Option<String>,
    /// Whether it waits.
    pub waits: bool,
    /// When, as an element.
    pub at: String,
    /// How long ago, as an element.
    pub ago: String,
    /// Who did it, if it was done by hand and that is known.
    pub by: Option<String>,
    /// The event of the same moment, if it was done by hand.
    event: Option<(EventKind, Timestamp)>,
    /// What was written down, if it was a note.
    pub text: Option<Arc<str>>,
    /// Why, if it was a decision.
    pub why: Option<Why>,
    /// Whether the explanation is open from the start: that of the last decision is.
    pub is_open: bool,
}

/// Where a part of a story ends: before the decision with this number and the note with this id, or at the last ones.
#[derive(Clone, Copy, Default)]
pub struct Before {
    pub decision: Option<u32>,
    pub note: Option<i64>,
}

/// Entries in order of time, the last one first.
#[derive(Default)]
struct Part {
    entries: Vec<(Timestamp, Entry)>,
    /// Before it there is more.
    has_more: bool,
}

impl Story {
    /// Reads the part before something, or the last one: as far back as both decisions and notes were read.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn read(viewer: &Viewer, state: &AppState, contact: &Contact, before: Before) -> Result<Self, Problem> {
        let end = before.decision.unwrap_or(contact.decisions).min(contact.decisions);
        let mut decisions = decisions(viewer, state, contact, end).await?;
        let (mut notes, ids) = notes(viewer, state, contact.id, before.note).await?;
        let start = [&decisions, &notes].into_iter().filter_map(Part::start).max();
        [&mut decisions, &mut notes].into_iter().for_each(|part| part.cut(start));
        let is_last = before.decision.is_none() && before.note.is_none();
        let first = end - decisions.entries.len() as u32;
        let last_note = ids.get(notes.entries.len().wrapping_sub(1)).copied().or(before.note);
        let earlier = (decisions.has_more || notes.has_more).then(|| {
            let note = last_note.map(|id| format!("&notes_before={id}")).unwrap_or_default();
            format!("/contacts/{}?before={first}{note}", contact.id)
        });
        if let Some((_, last)) = decisions.entries.first_mut() {
            last.is_open = true;
        }
        let last_decision = decisions.entries.first().map(|(at, _)| *at).filter(|_| end == contact.decisions);
        let said_at = last_message_at(state, contact.id).await?;
        let ends = last_decision.into_iter().flat_map(|at| ends(viewer, contact, at, said_at));
        let mut entries: Vec<_> = ends.chain(notes.entries).chain(decisions.entries).collect();
        entries.sort_by_key(|(at, _)| Reverse(*at));
        let mut entries: Vec<Entry> = entries.into_iter().map(|(_, entry)| entry).collect();
        add_actors(viewer, state, contact.id, &mut entries).await?;
        Ok(Self { entries, earlier, is_earlier: !is_last })
    }
}

impl Part {
    fn of(viewer: &Viewer, chain: Chain) -> Self {
        let names: Names = chain.names.into_iter().collect();
        let mut from = chain.previous.and_then(|decision| decision.outcome);
        let mut entries = Vec::new();
        for link in &chain.links {
            let decision = &link.decision;
            let why = Why::new(viewer, link, &names, &Shown::Near);
            let entry = Entry::decided(viewer, decision, &names, why).from(viewer, from, decision, &names);
            entries.push((decision.at, entry));
            from = decision.outcome;
        }
        entries.reverse();
        Self { entries, has_more: chain.links.first().is_some_and(|link| link.decision.seq > 0) }
    }

    /// From when on nothing is missing; none if nothing ever is.
    fn start(&self) -> Option<Timestamp> {
        self.entries.last().filter(|_| self.has_more).map(|(at, _)| *at)
    }

    /// Leaves out what was before this.
    fn cut(&mut self, start: Option<Timestamp>) {
        let before = self.entries.len();
        self.entries.retain(|(at, _)| Some(*at) >= start);
        self.has_more |= self.entries.len() < before;
    }
}

async fn decisions(viewer: &Viewer, state: &AppState, contact: &Contact, end: u32) -> Result<Part, Problem> {
    let part = ChainPart::Before { seq: end, limit: DECISIONS };
    let of = viewer.clone();
    let explained = explain_part(state.store(), contact.id, part, move |chain| Part::of(&of, chain));
    Ok(explained.await?.unwrap_or_default())
}

/// Notes, with their ids.
async fn notes(
    viewer: &Viewer,
    state: &AppState,
    contact: ContactId,
    before: Option<i64>,
) -> Result<(Part, Vec<i64>), Problem> {
    // One more than is shown tells whether there are more.
    let page = Page { limit: NOTES + 1, after: before };
    let mut notes = state.store().notes(contact, page).await?.unwrap_or_default();
    let has_more = notes.len() > NOTES as usize;
    notes.truncate(NOTES as usize);
    let authors = state.access().names_of(notes.iter().map(|note| note.author)).await?;
    let ids = notes.iter().map(|note| note.id.0).collect();
    let entries = notes.into_iter().map(|note| (note.created_at, Entry::noted(viewer, note, &authors))).collect();
    Ok((Part { entries, has_more }, ids))
}

/// Says who did what was done by hand.
async fn add_actors(
    viewer: &Viewer,
    state: &AppState,
    contact: ContactId,
    entries: &mut [Entry],
) -> Result<(), Problem> {
    let moments = entries.iter().filter_map(|entry| entry.event.map(|(_, at)| at)).collect();
    let events = state.store().events_by_hand(contact, moments).await?;
    let names = state.access().names_of(events.iter().filter_map(|placed| placed.event.actor)).await?;
    for entry in entries {
        let event = events.iter().find(|placed| entry.event == Some((placed.event.kind(), placed.event.at)));
        entry.by = event.and_then(|placed| by(viewer.t, placed.event.actor?, &names));
    }
    Ok(())
}

/// When something was last said, which is no change of the contact: its page has messages of their own.
async fn last_message_at(state: &AppState, contact: ContactId) -> Result<Option<Timestamp>, Problem> {
    let last = state.store().messages(contact, Page { limit: 1, after: None }).await?;
    Ok(last.unwrap_or_default().first().map(|message| message.created_at))
}

/// What happened after the last decision.
fn ends(
    viewer: &Viewer,
    contact: &Contact,
    last: Timestamp,
    said_at: Option<Timestamp>,
) -> impl Iterator<Item = (Timestamp, Entry)> {
    let resolved = contact.resolved_at;
    let (responded, overdue) = (contact.first_response_at, contact.overdue_at);
    let known =
        [Some(contact.created_at), Some(last), resolved, responded, overdue, said_at].into_iter().flatten().max();
    let changed = Some(contact.updated_at).filter(|at| Some(*at) > known);
    let end = |id: &str, kind, at| {
        let entry = Entry::plain(viewer, id, viewer.t.t(&format!("story-{id}")), at);
        (at, Entry { event: Some((kind, at)), ..entry })
    };
    let waits_by_itself =
        contact.status == Status::Waiting && contact.not_before.is_some_and(|at| at <= contact.updated_at);
    let has_moved = contact.status == Status::Waiting && contact.original_source.is_some();
    let (id, kind) = match contact.scheduled {
        true => ("scheduled", EventKind::ContactScheduled),
        false if waits_by_itself => ("due", EventKind::ContactDue),
        false if has_moved => ("moved", EventKind::ContactMoved),
        false => ("changed", EventKind::ContactEdited),
    };
    let by_itself = |id: &str, at| (at, Entry::plain(viewer, id, viewer.t.t(&format!("story-{id}")), at));
    let responded = responded.filter(|at| *at >= last && Some(*at) != resolved).map(|at| by_itself("responded", at));
    let overdue = overdue.filter(|at| *at >= last).map(|at| by_itself("overdue", at));
    let resolved = resolved.map(|at| end("resolved", EventKind::ContactResolved, at));
    let changed = changed.map(|at| end(id, kind, at));
    changed.into_iter().chain(resolved).chain(responded).chain(overdue)
}

impl Entry {
    fn plain(viewer: &Viewer, id: &str, what: String, at: Timestamp) -> Self {
        Self {
            id: format!("story-{id}"),
            what,
            from: None,
            to: None,
            waits: false,
            at: times::moment(&viewer.zone, at),
            ago: times::ago(viewer.t, viewer.now, at),
            by: None,
            event: None,
            text: None,
            why: None,
            is_open: false,
        }
    }

    fn noted(viewer: &Viewer, note: Note, authors: &ActorNames) -> Self {
        let t = viewer.t;
        let author = actor(t, note.author, authors);
        let entry = Self::plain(viewer, &format!("note-{}", note.id), t.of("story-note", &author), note.created_at);
        Self { text: Some(note.text), ..entry }
    }

    /// A decision.
    #[must_use]
    pub fn decided(viewer: &Viewer, decision: &Decision, names: &Names, why: Why) -> Self {
        let t = viewer.t;
        let to = decision.outcome.map_or_else(|| t.t("story-waits"), |id| name(viewer, names, id));
        Self {
            to: Some(to),
            waits: decision.outcome.is_none(),
            why: Some(why),
            event: by_hand(decision.cause).map(|kind| (kind, decision.at)),
            ..Self::plain(viewer, &decision.seq.to_string(), why::cause(t, decision.cause), decision.at)
        }
    }

    /// Says who had it before where somebody lost it.
    fn from(self, viewer: &Viewer, from: Option<OperatorId>, decision: &Decision, names: &Names) -> Self {
        use Cause::{Declined, ForcedByHand, NoAnswer, OfferRevoked, OperatorDeleted, Released, TransferredByHand};
        let lost = [Released, OperatorDeleted, TransferredByHand, ForcedByHand, Declined, NoAnswer, OfferRevoked];
        let lost = lost.contains(&decision.cause) || decision.cause == Cause::HolderLeft;
        Self { from: from.filter(|_| lost).map(|id| name(viewer, names, id)), ..self }
    }
}

/// Which event tells who caused a decision, if somebody did.
const fn by_hand(cause: Cause) -> Option<EventKind> {
    match cause {
        Cause::Released | Cause::OperatorDeleted => Some(EventKind::ContactReleased),
        Cause::Reopened => Some(EventKind::ContactReopened),
        Cause::TransferredByHand | Cause::ForcedByHand => Some(EventKind::ContactTransferred),
        Cause::Declined => Some(EventKind::ContactDeclined),
        Cause::Arrived
        | Cause::ArrivedBehindOthers
        | Cause::Drained
        | Cause::Scheduled
        | Cause::Due
        | Cause::NoAnswer
        | Cause::OfferRevoked
        | Cause::AskedAgain
        | Cause::SourceClosed
        | Cause::HolderLeft
        | Cause::Reserved
        | Cause::ReservationEnded
        | Cause::Wanted
        | Cause::Moved
        | Cause::SourceCapped => None,
    }
}

fn name(viewer: &Viewer, names: &Names, id: OperatorId) -> String {
    names.get(&id).map_or_else(|| viewer.t.n("operator-number", id.0), ToString::to_string)
}
