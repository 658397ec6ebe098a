//! Accepting and declining what was offered, and responding to what they have. A button may be older than what happened
//! since: then nothing changes, and the page that follows says where the contact is.

use super::{Place, is_overtaken};
use crate::contacts::responses;
use crate::forms::Form;
use crate::shell::see_other;
use axum::extract::State;
use axum::response::Response;
use maitred_core::command::{Decline, OfferAnswer, Respond};
use maitred_core::{Command, ContactId, OperatorId};
use maitred_web::AppState;
use maitred_web::params::Ids;
use maitred_web::problem::Problem;
use maitred_web::problem::refusals::IN_PATH;

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
