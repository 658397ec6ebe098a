//! Taking in what forms and other services send to the address of a source: without a key, by anybody who knows the
//! token that the address ends in. What is sent is read by [`maitred_mapping`] and taken in by [`maitred_app::intake`];
//! here is what HTTP has to do with it: limits, pages of other sites, and who may send how much.
//!
//! Two ways lead here: `/in/{token}` of the API, which answers programs, and `/f/{token}` of the console, a form.

pub mod rates;

use crate::AppState;
use crate::body::{self, BodyBytesMax};
use crate::edge::InFlight;
use crate::problem::refusals::{IN_PATH, not_executed};
use crate::problem::{Problem, kinds};
use crate::telemetry::INTAKE;
use axum::extract::Request;
use axum::http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_MAX_AGE,
    CONTENT_TYPE, ORIGIN, REFERER, VARY,
};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use maitred_app::intake::{Incoming, IntakeError, Taken, take};
use maitred_app::intakes::OpenIntake;
use maitred_app::intakes::settings::origin;
use maitred_mapping::parse;
use maitred_store::clock;
use metrics::counter;
use rates::IntakeRates;
use serde_json::{Value, json};
use std::sync::Arc;

/// The longest body; Meta's webhooks have up to 3 MiB.
pub const INTAKE_BODY_BYTES_MAX: usize = 3 * 1_024 * 1_024;

/// What was sent, and what became of it.
pub struct Answered {
    pub intake: Arc<OpenIntake>,
    pub taken: Taken,
    /// What the body said; of a form, where its sender wishes to go next.
    pub fields: Value,
}

/// The intake of an address.
///
/// # Errors
/// When there is none, or the store cannot be read.
pub async fn find(state: &AppState, token: &str) -> Result<Arc<OpenIntake>, Problem> {
    let found = state.app().intakes().find(token, state.store()).await?;
    found.ok_or_else(|| {
        let detail = "nothing is taken in at this address; it may have been replaced: look it up at its source";
        kinds::UNKNOWN_PATH.because(detail)
    })
}

/// Takes in what was sent, and waits until it is durable.
///
/// # Errors
/// When it is from somebody who may not send, too large, or could not be stored.
pub async fn receive(state: &AppState, intake: Arc<OpenIntake>, request: Request) -> Result<Answered, Problem> {
    expect_origin(&intake, request.headers())?;
    IntakeRates::take(&request, intake.source)?;
    let (headers, body) = read(request, INTAKE_BODY_BYTES_MAX).await?;
    let header = |name: &str| headers.get(name).map(HeaderValue::as_bytes);
    let text = |name| headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
    let received = parse::parse(text(CONTENT_TYPE), &body);
    let fields = received.tree.clone();
    // The page of the form itself tells nothing.
    let page = text(REFERER).filter(|page| !page.contains("/f/") && origin(page).is_some());
    let incoming = Incoming { received, body: &body, page, now: clock::now() };
    let taken = take(state.app(), &intake, incoming, header).await.map_err(problem)?;
    Ok(Answered { intake, taken, fields })
}

/// The headers and the body, which is counted among those that are in memory.
///
/// # Errors
/// It is too large, too slow, or broke off; or there is no memory for it now.
pub async fn read(mut request: Request, bytes_max: usize) -> Result<(HeaderMap, hyper::body::Bytes), Problem> {
    let in_flight = request.extensions().get::<InFlight>().cloned();
    request.extensions_mut().remove::<BodyBytesMax>();
    let headers = request.headers().clone();
    let (request, _received) = match in_flight {
        Some(in_flight) => in_flight.receive(request),
        None => (request, None),
    };
    Ok((headers, body::whole(request, bytes_max).await?))
}

/// The problem behind something that was not taken in.
#[must_use]
pub fn problem(error: IntakeError) -> Problem {
    match error {
        IntakeError::WrongSignature => kinds::KEY_REFUSED.because(
            "the signature is not that of the sender: compare the secret of the source with that of the service",
        ),
        IntakeError::Store(error) => error.into(),
        IntakeError::NotExecuted(error) => not_executed(error, IN_PATH),
    }
}

/// Pages of sites that the source does not list may not send to it.
fn expect_origin(intake: &OpenIntake, headers: &HeaderMap) -> Result<(), Problem> {
    let sent = headers.get(ORIGIN).and_then(|value| value.to_str().ok());
    match sent {
        Some(sent) if !is_listed(intake, sent) && !is_own(sent, headers) => {
            counter!(INTAKE, "result" => "other_site").increment(1);
            Err(kinds::CROSS_SITE.because("pages of this site may not send to this source; add it to its origins"))
        }
        _ => Ok(()),
    }
}

/// Whether pages of a site may send: any, if the source lists none.
fn is_listed(intake: &OpenIntake, sent: &str) -> bool {
    let origins = &intake.settings.origins;
    origins.is_empty() || origin(sent).is_some_and(|sent| origins.iter().any(|listed| **listed == *sent))
}

/// Whether a page of this server sent it: the form's own.
fn is_own(sent: &str, headers: &HeaderMap) -> bool {
    let host = headers.get(axum::http::header::HOST).and_then(|value| value.to_str().ok());
    let sent = sent.split_once("://").map(|(_, host)| host);
    sent.is_some() && sent == host
}

/// What became of it, for programs. 2xx whatever it said: who sends would send the same again. A form that looks like
/// spam is answered as any other.
#[must_use]
pub fn json_answer(answered: &Answered) -> (StatusCode, String) {
    let has_preset = answered.intake.settings.preset.is_some();
    // Some services count nothing but 200.
    let created = if has_preset { StatusCode::OK } else { StatusCode::CREATED };
    let (status, body) = match &answered.taken {
        Taken::Contacts(ids) if ids.len() > 1 => {
            (created, json!({"status": "accepted", "contact_id": ids.first(), "contact_ids": ids}))
        }
        Taken::Contacts(ids) => (created, json!({"status": "accepted", "contact_id": ids.first()})),
        Taken::Spam(_) => (created, json!({"status": "accepted", "contact_id": null})),
        Taken::Unmapped(id) => {
            let detail =
                "nobody was found in it; it is kept and listed at the source, where its mapping can be changed";
            let status = if has_preset { StatusCode::OK } else { StatusCode::ACCEPTED };
            (status, json!({"status": "kept", "payload_id": id, "detail": detail}))
        }
        Taken::Ignored => (StatusCode::OK, json!({"status": "ignored", "detail": "by its preset this is no contact"})),
    };
    (status, format!("{body}\n"))
}

/// Where a browser is to go next: where the form wished, if that is a page of a listed site, or where the source says.
#[must_use]
pub fn next_page(answered: &Answered) -> Option<String> {
    let settings = &answered.intake.settings;
    let wished = answered.fields.get("_next").and_then(Value::as_str).filter(|url| {
        let site = origin(url);
        url.bytes().all(|byte| byte.is_ascii_graphic())
            && site.is_some_and(|site| settings.origins.iter().any(|listed| **listed == *site))
    });
    wished.or(settings.redirect.as_deref()).map(str::to_owned)
}

/// The same answer, which pages of listed sites may read.
pub fn readable(intake: Option<&OpenIntake>, origin: Option<&HeaderValue>, mut response: Response) -> Response {
    let Some(sent) = origin else { return response };
    let is_readable = sent.to_str().is_ok_and(|sent| intake.is_none_or(|intake| is_listed(intake, sent)));
    let headers = response.headers_mut();
    headers.append(VARY, HeaderValue::from_static("Origin"));
    if is_readable {
        headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, sent.clone());
    }
    response
}

/// What a browser asks before a page of another site sends anything but a plain form.
pub fn preflight(intake: &OpenIntake, origin: Option<&HeaderValue>) -> Response {
    let mut response = readable(Some(intake), origin, StatusCode::NO_CONTENT.into_response());
    let headers = response.headers_mut();
    headers.insert(ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("POST"));
    headers.insert(ACCESS_CONTROL_ALLOW_HEADERS, HeaderValue::from_static("content-type, accept"));
    headers.insert(ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("3600"));
    response
}
