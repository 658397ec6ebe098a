//! Accepting and declining what was offered, responding to what they have, and writing to its lead. A button may be
//! older than what happened since: then nothing changes, and the page that follows says where the contact is.

use super::{Place, is_overtaken};
use crate::contacts::{messages, responses};
use crate::forms::Form;
use crate::shell::{Viewer, see_other};
use axum::extract::State;
use axum::response::Response;
use maitred_core::command::{Decline, OfferAnswer, Respond};
use maitred_core::{Command, ContactId, OperatorId};
use maitred_web::AppState;
use maitred_web::params::Ids;
use maitred_web::problem::Problem;
use maitred_web::problem::refusals::{IN_PATH, unknown};

pub(super) async fn accept(State(state): State<AppState>, Ids(ids): Ids<2>, form: Form) -> Result<Response, Problem> {
    answer(&state, ids, &form, Command::Accept).await
}

pub(super) async fn decline(State(state): State<AppState>, Ids(ids): Ids<2>, form: Form) -> Result<Response, Problem> {
    answer(&state, ids, &form, |offer| Command::Decline(Decline { offer, reason: None })).await
}

pub(super) async fn respond(State(state): State<AppState>, Ids(ids): Ids<2>, form: Form) -> Result<Response, Problem> {
    let how = responses::how(&form);
    answer(&state, ids, &form, |contact| Command::Respond(Respond { contact, how })).await
}

/// What says nothing is not sent.
pub(super) async fn reply(
    viewer: Viewer,
    State(state): State<AppState>,
    Ids([operator, id]): Ids<2>,
    mut form: Form,
) -> Result<Response, Problem> {
    let contact = state.store().contact(ContactId(id)).await?.ok_or_else(|| unknown("contact", &id))?;
    let decision = form.value("decision").parse().ok();
    let answer = OfferAnswer { contact: contact.id, operator: Some(OperatorId(operator)), decision };
    let place = Place::of(&form);
    if let Some(command) = messages::written(&viewer, &state, &contact, &mut form, answer).await? {
        match state.send_once(command, form.key(), IN_PATH).await {
            Err(problem) if is_overtaken(&problem) => return see_other(&place.address(operator, Some(id))),
            sent => sent?,
        };
    }
    see_other(&format!("{}#held-{id}", place.address(operator, None)))
}

async fn answer(
    state: &AppState,
    [operator, contact]: [i64; 2],
    form: &Form,
    command: impl FnOnce(OfferAnswer) -> Command,
) -> Result<Response, Problem> {
    let decision = form.value("decision").parse().ok();
    let offer = OfferAnswer { contact: ContactId(contact), operator: Some(OperatorId(operator)), decision };
    match state.send(command(offer), IN_PATH).await {
        Err(problem) if !is_overtaken(&problem) => Err(problem),
        Ok(_) | Err(_) => see_other(&Place::of(form).address(operator, Some(contact))),
    }
}
