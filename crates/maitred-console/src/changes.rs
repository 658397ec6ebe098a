//! The stream of pages that only a few look at: it says that something they show has changed, and the browser asks for
//! the page again and keeps what stayed the same. `/live/changes` tells of everything; with `operator_id`,
//! `source_id`, `contact_id` or `lead_id` it tells of what concerns those, as the feed has it, and with `staff=true` of
//! every operator who was changed: paused, resumed, with another limit, at the beginning or the end of a shift. What
//! ends without an event, such as a cap, the page itself says (`Page::again_at` of the shell).

use crate::live::{Changed, events, hello};
use axum::extract::State;
use axum::response::Response;
use bytes::Bytes;
use maitred_core::{ContactId, Event, EventDetail, LeadId, OperatorId, SourceId};
use maitred_store::Store;
use maitred_web::AppState;
use maitred_web::params::{self, Params};
use maitred_web::problem::Problem;
use std::time::Duration;
use tokio::sync::watch;

/// The most events that are looked through for one that concerns a page; of more, one will.
const EVENTS_SEARCHED_MAX: u32 = 256;
/// The shortest time between two words to the same page.
const PAUSE: Duration = Duration::from_millis(700);
/// Lets what commits together be told together.
const GATHER: Duration = Duration::from_millis(15);

/// What a page shows; everything if nothing is named.
#[derive(Clone, Copy, Default)]
struct Interest {
    operator: Option<OperatorId>,
    source: Option<SourceId>,
    contact: Option<ContactId>,
    lead: Option<LeadId>,
    /// Whether somebody was paused, resumed, or has another limit.
    staff: bool,
}

impl Interest {
    fn is_in_everything(&self) -> bool {
        self.operator.is_none() && self.source.is_none() && self.contact.is_none() && self.lead.is_none() && !self.staff
    }

    fn is_in(&self, event: &Event) -> bool {
        let detail = event.detail.fields().unwrap_or_default();
        let operators = [event.operator, detail.from_operator_id];
        self.is_in_everything()
            || (self.operator.is_some() && operators.contains(&self.operator))
            || (self.source.is_some() && event.source == self.source)
            || (self.contact.is_some() && event.contact == self.contact)
            || (self.staff && is_about_staff(&event.detail))
            || (self.lead.is_some() && [event.lead, detail.other_lead_id].contains(&self.lead))
    }
}

/// Whether somebody may get contacts now who could not, or the other way round.
const fn is_about_staff(detail: &EventDetail) -> bool {
    use EventDetail as It;
    matches!(
        detail,
        It::OperatorEdited
            | It::OperatorDeleted
            | It::OperatorPaused { .. }
            | It::OperatorResumed { .. }
            | It::OperatorCapsSet
            | It::SourceCapsSet
            | It::OperatorHoursSet { .. }
            | It::OperatorHoursEnded { .. }
            | It::OperatorShiftStarted { .. }
            | It::OperatorShiftEnded { .. }
    )
}

/// `GET /live/changes`
pub(super) async fn follow(State(state): State<AppState>, mut params: Params) -> Result<Response, Problem> {
    let interest = Interest {
        operator: params.optional("operator_id", params::id).map(OperatorId),
        source: params.optional("source_id", params::id).map(SourceId),
        contact: params.optional("contact_id", params::id).map(ContactId),
        lead: params.optional("lead_id", params::id).map(LeadId),
        staff: params.optional("staff", params::flag).unwrap_or(false),
    };
    params.optional("lang", |_| Ok(()));
    params.finish()?;
    let committed = state.app().committed();
    let position = *committed.borrow();
    events(&state, hello(), Following { interest, store: state.store().clone(), committed, position, has_told: false })
}

struct Following {
    interest: Interest,
    store: Store,
    committed: watch::Receiver<i64>,
    /// Up to here events were looked at.
    position: i64,
    has_told: bool,
}

impl Changed for Following {
    /// Waits for something of interest. The first word comes at once: the page may have been made before this began.
    async fn next(&mut self) -> Option<Bytes> {
        const WORD: Bytes = Bytes::from_static(b"event: changed\ndata:\n\n");
        if !std::mem::replace(&mut self.has_told, true) {
            return Some(WORD);
        }
        tokio::time::sleep(PAUSE).await;
        loop {
            // Looked at before it is waited for: the pause may have slept through a commit.
            if self.is_concerned().await? {
                return Some(WORD);
            }
            self.committed.changed().await.ok()?;
            tokio::time::sleep(GATHER).await;
        }
    }
}

impl Following {
    /// Whether what was committed since the last look is of interest; `None` when the store cannot be read, which ends
    /// the stream, and the browser comes back.
    async fn is_concerned(&mut self) -> Option<bool> {
        let last = *self.committed.borrow_and_update();
        let is_new = last > self.position;
        let concerned = if is_new && !self.interest.is_in_everything() {
            let events = self.store.events(self.position, EVENTS_SEARCHED_MAX).await;
            let events =
                events.inspect_err(|error| tracing::error!(%error, "a live page is not told any more")).ok()?;
            events.len() == EVENTS_SEARCHED_MAX as usize || events.iter().any(|e| self.interest.is_in(&e.event))
        } else {
            is_new
        };
        self.position = last;
        Some(concerned)
    }
}
