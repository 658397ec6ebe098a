//! What was said in a contact after it arrived, by its lead and to them, on its page and on desks; and writing to the
//! lead, where the source of the contact can.

use super::card::{contact, refused, show_with};
use crate::contacts::story::Before;
use crate::forms::Form;
use crate::shell::{Viewer, see_other};
use crate::texts::Texts;
use crate::times;
use axum::extract::State;
use axum::response::Response;
use maitred_app::telegram::replies;
use maitred_core::command::{OfferAnswer, SendMessage};
use maitred_core::conversation::{Delivery, Message};
use maitred_core::{Command, Contact, ContactId, Timestamp, limits};
use maitred_store::views::{Named, Page};
use maitred_web::AppState;
use maitred_web::caller::caller;
use maitred_web::params::Ids;
use maitred_web::problem::Problem;
use maitred_web::problem::refusals::IN_PATH;
use std::sync::Arc;

/// The most messages on the page of a contact.
pub(crate) const MESSAGES_SHOWN: u32 = 100;

/// The last messages of a contact, in order.
pub(super) struct Messages(pub(super) Vec<Said>);

/// A message, as a page shows it.
pub struct Said {
    pub text: Arc<str>,
    /// When it came, as html.
    pub at: String,
    /// What became of it, if it is one to the lead.
    pub sent: Option<SentState>,
}

/// What became of a message to a lead.
pub struct SentState {
    /// Who wrote it, if they have a name.
    pub by: Option<Arc<str>>,
    /// In words.
    pub state: String,
    pub has_failed: bool,
}

impl Said {
    /// A message with the name of who wrote it.
    #[must_use]
    pub fn new(viewer: &Viewer, message: &Message, by: Option<Arc<str>>) -> Self {
        Self {
            text: message.text.clone(),
            at: times::moment(&viewer.zone, message.created_at),
            sent: message.delivery.map(|delivery| SentState {
                by,
                state: delivery_in_words(viewer.t, delivery),
                has_failed: delivery.failure().is_some(),
            }),
        }
    }
}

fn delivery_in_words(t: Texts, delivery: Delivery) -> String {
    match delivery.failure() {
        None => t.t(&format!("delivery-{}", delivery.state())),
        Some(why) => t.t(&format!("delivery-failed-{}", why.as_str().replace('_', "-"))),
    }
}

impl Messages {
    pub(super) async fn read(viewer: &Viewer, state: &AppState, id: ContactId) -> Result<Self, Problem> {
        let last = state.store().messages(id, Page { limit: MESSAGES_SHOWN, after: None }).await?.unwrap_or_default();
        let names = state.access().names_of(last.iter().filter_map(|message| message.author)).await?;
        let said = |message: &Message| {
            let by = message.author.and_then(|author| names.get(&author).cloned());
            Said::new(viewer, message, by)
        };
        Ok(Self(last.iter().rev().map(said).collect()))
    }

    /// Whether there may be earlier ones.
    pub(super) fn are_cut(&self) -> bool {
        self.0.len() >= MESSAGES_SHOWN as usize
    }
}

/// Since when the lead of a contact is known to have blocked the bot of its source.
#[must_use]
pub(crate) fn blocked_at(named: &Named, contact: &Contact) -> Option<Timestamp> {
    let (source, at) = named.leads.get(&contact.lead)?.blocked?;
    (source == contact.arrived_on()).then_some(at)
}

/// What a form says to the lead of a contact.
pub(crate) async fn written(
    viewer: &Viewer,
    state: &AppState,
    contact: &Contact,
    form: &mut Form,
    answer: OfferAnswer,
) -> Result<Option<Command>, Problem> {
    // Lines of a form end as those of a mail do.
    let read = |text: &str| limits::reply(&text.replace("\r\n", "\n"));
    let Some(text) = form.read(viewer.t, "reply", "rule-reply", read) else { return Ok(None) };
    let way = replies::place_of(state.app().telegram(), state.store(), contact).await?.map(drop);
    Ok(Some(Command::SendMessage(SendMessage { contact: answer, text, way })))
}

/// `POST /contacts/{id}/messages`
pub(super) async fn write(
    viewer: Viewer,
    State(state): State<AppState>,
    Ids([id]): Ids<1>,
    mut form: Form,
) -> Result<Response, Problem> {
    let contact = contact(&state, id).await?;
    let answer = OfferAnswer { contact: contact.id, operator: caller()?.own_operator(), decision: None };
    let Some(command) = written(&viewer, &state, &contact, &mut form, answer).await? else {
        return show_with(&viewer, &state, contact, form, Before::default()).await;
    };
    match state.send_once(command, form.key(), IN_PATH).await {
        Ok(_) => see_other(&format!("/contacts/{id}#reply")),
        Err(problem) => refused(&viewer, &state, id, problem, form).await,
    }
}
