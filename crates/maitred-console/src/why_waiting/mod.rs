//! Why contacts of a source wait, in a sentence, with what helps: on the board, on the page of the source and on that
//! of a waiting contact.

use crate::operators::with_back;
use crate::roster;
use crate::shell::Viewer;
use crate::texts::Texts;
use crate::times;
use askama::Template;
use maitred_app::preview::Obstacle;
use maitred_core::opening::{Closed, ClosedReason};
use maitred_core::{Contact, OperatorId, SourceId, Status, Timestamp};
use maitred_store::views::SourceBook;
use maitred_web::AppState;
use maitred_web::problem::Problem;
use std::sync::Arc;

/// Paused operators who can be resumed where it is said that contacts wait; of more the list is shown.
const RESUMED_MAX: usize = 3;
/// Contacts in front of one are counted up to here.
const COUNTED: u64 = 10_000;
const COUNTED_MAX: u32 = COUNTED as u32 + 1;

/// What is in the way of the contacts of one source.
#[derive(Clone, Debug)]
pub(crate) struct WhyWaiting {
    source: SourceId,
    obstacle: Obstacle,
    /// The names of those who are paused, as many as can be resumed here.
    paused: Vec<(OperatorId, Arc<str>)>,
    /// Who is likely to have room first, and since when they have had the contact that arrived first.
    first: Option<(OperatorId, Arc<str>, Timestamp)>,
    /// Who may get contacts first again, and when.
    next: Vec<(OperatorId, Arc<str>, Timestamp)>,
}

impl WhyWaiting {
    /// Nothing if somebody can get a contact.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub(crate) async fn read(state: &AppState, book: &SourceBook, now: Timestamp) -> Result<Option<Self>, Problem> {
        let Some(obstacle) = Obstacle::of(&book.source, &book.members, now) else { return Ok(None) };
        let name = |id: OperatorId| {
            let member = book.members.iter().find(|(operator, _)| operator.id == id);
            member.map(|(operator, _)| (id, operator.name.clone()))
        };
        let (full, paused) = match &obstacle {
            Obstacle::Full { full, paused, .. } => (&full[..], &paused[..]),
            Obstacle::Paused(paused) | Obstacle::OffShift { paused, .. } => (&[][..], &paused[..]),
            Obstacle::Closed(_) | Obstacle::NoOperators | Obstacle::NoWeights | Obstacle::Capped(_) => {
                (&[][..], &[][..])
            }
        };
        let held = state.store().first_held(full.to_vec()).await?;
        let first = held.and_then(|held| {
            let (id, name) = name(held.operator?)?;
            Some((id, name, held.assigned_at?))
        });
        let next = match &obstacle {
            Obstacle::Closed(_) => Vec::new(),
            _ => roster::Named::of_source(book, now).next,
        };
        let paused = match paused.len() {
            ..=RESUMED_MAX => paused.iter().copied().filter_map(name).collect(),
            _ => Vec::new(),
        };
        Ok(Some(Self { source: book.source.id, paused, first, next, obstacle }))
    }

    /// Because its source is closed, although somebody may be free.
    const fn closed(source: SourceId, closed: Closed) -> Self {
        Self { source, obstacle: Obstacle::Closed(closed), paused: Vec::new(), first: None, next: Vec::new() }
    }

    /// As html. `back` is the page that it stands on.
    ///
    /// # Errors
    /// When the template fails.
    pub(crate) fn html(&self, t: Texts, now: Timestamp, back: &str) -> Result<String, Problem> {
        let shown = Shown { t, now, why: self, back };
        shown.render().map_err(|error| Problem::internal(&error))
    }
}

#[derive(Template)]
#[template(path = "why_waiting/why.html")]
struct Shown<'a> {
    t: Texts,
    now: Timestamp,
    why: &'a WhyWaiting,
    back: &'a str,
}

impl Shown<'_> {
    fn text(&self) -> String {
        let t = self.t;
        match &self.why.obstacle {
            Obstacle::Closed(Closed { reason: ClosedReason::HoursUnknown, .. }) => t.t("why-source-hours-unknown"),
            Obstacle::Closed(Closed { reason: ClosedReason::Capped, .. }) => t.t("why-source-capped-until"),
            Obstacle::Closed(Closed { until: None, .. }) => t.t("why-source-closed"),
            Obstacle::Closed(_) => t.t("why-source-closed-until"),
            Obstacle::NoOperators => t.t("why-no-operators"),
            Obstacle::NoWeights => t.t("why-no-weights"),
            Obstacle::Capped(capped) => t.n("why-capped", capped.len()),
            Obstacle::Paused(paused) => t.n("why-paused", paused.len()),
            Obstacle::OffShift { off_shift, paused, .. } if paused.is_empty() => t.n("why-off-shift", off_shift.len()),
            Obstacle::OffShift { off_shift, paused, .. } => {
                let values = [("off", off_shift.len().into()), ("paused", paused.len().into())];
                t.with("why-off-shift-or-paused", values)
            }
            Obstacle::Full { full, paused, off_shift } if paused.is_empty() && off_shift.is_empty() => {
                t.n("why-full", full.len())
            }
            Obstacle::Full { full, paused, off_shift } if off_shift.is_empty() => {
                let values = [("full", full.len().into()), ("paused", paused.len().into())];
                t.with("why-full-or-paused", values)
            }
            Obstacle::Full { full, paused, off_shift } => {
                let values =
                    [("full", full.len().into()), ("paused", paused.len().into()), ("off", off_shift.len().into())];
                t.with("why-full-paused-or-off-shift", values)
            }
        }
    }

    /// When the source opens, if it is closed.
    const fn opens_at(&self) -> Option<Timestamp> {
        if let Obstacle::Closed(closed) = &self.why.obstacle { closed.until } else { None }
    }

    const fn is_about_weights(&self) -> bool {
        matches!(self.why.obstacle, Obstacle::NoOperators | Obstacle::NoWeights)
    }

    /// Whether somebody is paused who cannot be resumed right here.
    fn has_many_paused(&self) -> bool {
        let paused = match &self.why.obstacle {
            Obstacle::Paused(paused) | Obstacle::Full { paused, .. } | Obstacle::OffShift { paused, .. } => {
                paused.len()
            }
            Obstacle::Closed(_) | Obstacle::NoOperators | Obstacle::NoWeights | Obstacle::Capped(_) => 0,
        };
        paused > self.why.paused.len()
    }

    /// The form with the limit of an operator, which leads back to this page.
    fn limit_of(&self, id: &OperatorId) -> String {
        with_back(&format!("/operators/{id}"), self.back)
    }

    fn soon(&self, at: &Timestamp) -> String {
        roster::soon(self.t, self.now, *at)
    }

    fn held_for(&self, since: &Timestamp) -> String {
        times::age(self.t, self.now, *since)
    }
}

/// When somebody of a source next may get contacts who could not, or the other way round, by the clock alone.
pub(crate) fn next_look(book: &SourceBook, now: Timestamp) -> Option<Timestamp> {
    book.members.iter().filter_map(|(operator, _)| operator.next_look(now)).min()
}

/// The place of a waiting contact in the line of its source, and why nobody has it.
#[derive(Template)]
#[template(path = "why_waiting/line.html")]
pub(crate) struct Line {
    t: Texts,
    /// As html.
    place: String,
    why: Option<String>,
}

impl Line {
    /// As html, with the moment at which it is to be read again; nothing of a contact that does not wait.
    ///
    /// # Errors
    /// When the store cannot be read or the template fails.
    pub(crate) async fn read(
        viewer: &Viewer,
        state: &AppState,
        contact: &Contact,
    ) -> Result<Option<(String, Option<Timestamp>)>, Problem> {
        if contact.status != Status::Waiting {
            return Ok(None);
        }
        if let Some(at) = contact.moves_on() {
            return Self::of_later(viewer, state, contact, at).await.map(Some);
        }
        let before = state.store().waiting_before(contact.clone(), COUNTED_MAX).await?;
        let (why, until) = match state.store().source_book(contact.source).await? {
            Some(book) => (WhyWaiting::read(state, &book, viewer.now).await?, next_look(&book, viewer.now)),
            None => (None, None),
        };
        let back = format!("/contacts/{}", contact.id);
        let why = why.map(|why| why.html(viewer.t, viewer.now, &back)).transpose()?;
        let line = Self { t: viewer.t, place: place(viewer.t, before), why };
        let html = line.render().map_err(|error| Problem::internal(&error))?;
        Ok(Some((html, until)))
    }

    /// Of a contact that is scheduled, rests or is reserved; the closing of its source is a reason beside the last two.
    async fn of_later(
        viewer: &Viewer,
        state: &AppState,
        contact: &Contact,
        at: Timestamp,
    ) -> Result<(String, Option<Timestamp>), Problem> {
        let what = match contact.reserved_for() {
            _ if contact.scheduled => "why-scheduled-until",
            Some(_) => "why-reserved-until",
            None => "why-rests-until",
        };
        let place = format!("{} {}", viewer.t.t(what), times::moment(&viewer.zone, at));
        let source = state.store().source(contact.source).await?.filter(|_| contact.waits_for_source());
        let closed = source.and_then(|source| source.closed(viewer.now));
        let why = closed.map(|closed| {
            let why = WhyWaiting::closed(contact.source, closed);
            why.html(viewer.t, viewer.now, &format!("/contacts/{}", contact.id))
        });
        let line = Self { t: viewer.t, place, why: why.transpose()? };
        let html = line.render().map_err(|error| Problem::internal(&error))?;
        Ok((html, closed.and_then(|closed| closed.until)))
    }
}

fn place(t: Texts, before: u64) -> String {
    match before {
        0 => t.t("why-next"),
        1..=COUNTED => t.n("why-before", before),
        _ => t.n("why-before-many", COUNTED),
    }
}
