//! `/telegram/{name}`: where Telegram sends the updates of bots, without a key. The name follows from the token of the
//! bot, and a secret in a header does as well, so nobody else can send there. An update is answered when all it led to
//! is durable; anything but 2xx has Telegram send it again.

use axum::extract::{Path, Request, State};
use axum::http::StatusCode;
use maitred_app::jobs::{TakeError, take_sent};
use maitred_app::telegram::webhooks::{SECRET_HEADER, is_from_telegram};
use maitred_web::AppState;
use maitred_web::intake;
use maitred_web::intake::rates::IntakeRates;
use maitred_web::problem::refusals::{IN_PATH, not_executed};
use maitred_web::problem::{Problem, kinds};
use maitred_web::routes::Routes;
use maitred_web::rules::ANYBODY;

/// The longest update. A message has at most 4096 characters, but may have many entities and a message it replies to.
const UPDATE_BYTES_MAX: usize = 1_024 * 1_024;

/// The call of this file. No document describes it, for nobody but Telegram makes it.
pub fn routes() -> Routes<AppState> {
    Routes::new().post("/telegram/{name}", ANYBODY, receive)
}

async fn receive(
    State(state): State<AppState>,
    Path(name): Path<String>,
    request: Request,
) -> Result<StatusCode, Problem> {
    let Some((row, bot)) = state.app().telegram().bot_at(&name).await? else { return Err(unknown_address()) };
    let sent = request.headers().get(SECRET_HEADER).map(|value| value.as_bytes()).unwrap_or_default();
    if !is_from_telegram(&bot, sent) {
        return Err(kinds::KEY_REFUSED.because("the secret that Telegram sends with each update is missing or wrong"));
    }
    IntakeRates::take(&request, row.source)?;
    let (_, body) = intake::read(request, UPDATE_BYTES_MAX).await?;
    match take_sent(state.app(), &row, &bot, &body).await {
        Ok(true) => Ok(StatusCode::OK),
        Ok(false) => Err(kinds::MALFORMED_BODY.because("the body is no update of Telegram: JSON with an update_id")),
        Err(TakeError::NoSource) => Err(unknown_address()),
        Err(TakeError::Busy(error)) => Err(not_executed(error, IN_PATH)),
        Err(TakeError::Store(error)) => Err(error.into()),
    }
}

fn unknown_address() -> Problem {
    kinds::UNKNOWN_PATH.because("no bot has this address; its token was replaced or removed")
}
