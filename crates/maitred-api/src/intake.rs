//! `/in/{token}`: where forms and other services send to a source, without a key. Programs are answered in JSON; what
//! is a form for people is in the console. No document describes these calls: what they take is anything that is sent.

use crate::reply::Reply;
use axum::body::Body;
use axum::extract::{Path, Query, Request, State};
use axum::http::header::{CONTENT_TYPE, ORIGIN};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use maitred_app::intakes::OpenIntake;
use maitred_mapping::signature::same;
use maitred_web::AppState;
use maitred_web::intake::{self, Answered};
use maitred_web::problem::kinds;
use maitred_web::routes::Routes;
use maitred_web::rules::ANYBODY;

/// The calls of this file. They take what pages of other sites send.
pub fn routes() -> Routes<AppState> {
    Routes::new().get("/in/{token}", ANYBODY, handshake).post("/in/{token}", ANYBODY, receive).options(
        "/in/{token}",
        ANYBODY,
        preflight,
    )
}

async fn receive(State(state): State<AppState>, Path(token): Path<String>, request: Request) -> Response {
    let origin = request.headers().get(ORIGIN).cloned();
    let intake = match intake::find(&state, &token).await {
        Ok(intake) => intake,
        Err(problem) => return intake::readable(None, origin.as_ref(), problem.into_response()),
    };
    let answered = intake::receive(&state, intake.clone(), request).await;
    let response = answered.map_or_else(IntoResponse::into_response, |answered| answer(&answered));
    intake::readable(Some(&intake), origin.as_ref(), response)
}

fn answer(answered: &Answered) -> Response {
    let (status, text) = intake::json_answer(answered);
    let mut response = (status, text).into_response();
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

/// Whether the address is ours: Meta asks with a text of its choice, which it wants back, and with a token, which is
/// the secret of the source or what the address ends in.
async fn handshake(
    State(state): State<AppState>,
    Path(token): Path<String>,
    Query(pairs): Query<Vec<(String, String)>>,
) -> Reply {
    let intake = intake::find(&state, &token).await?;
    let value = |name: &str| pairs.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
    match value("hub.challenge") {
        Some(challenge) if intake.handshake && challenge.len() <= 256 => {
            if !is_ours(&intake, value("hub.verify_token").unwrap_or_default()) {
                let detail = "hub.verify_token is neither the secret of the source nor the end of this address";
                return Err(kinds::FORBIDDEN.because(detail));
            }
            let mut response = Response::new(Body::from(challenge.to_owned()));
            response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
            Ok(response)
        }
        _ => Ok((StatusCode::OK, "send a POST with JSON or a form\n").into_response()),
    }
}

fn is_ours(intake: &OpenIntake, sent: &str) -> bool {
    let secret = intake.secret.as_deref().unwrap_or(&intake.token);
    same(sent.as_bytes(), secret.as_bytes()) || same(sent.as_bytes(), intake.token.as_bytes())
}

async fn preflight(State(state): State<AppState>, Path(token): Path<String>, headers: HeaderMap) -> Response {
    match intake::find(&state, &token).await {
        Ok(intake) => intake::preflight(&intake, headers.get(ORIGIN)),
        Err(problem) => problem.into_response(),
    }
}
