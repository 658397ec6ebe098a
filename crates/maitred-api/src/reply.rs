//! Answers: JSON bodies with the status and headers that go with them. What every handler returns is a [`Reply`].

use axum::http::header::{CONTENT_TYPE, LOCATION};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use maitred_web::problem::Problem;
use serde::Serialize;
use std::sync::Arc;

/// An answer, or what went wrong.
pub type Reply = Result<Response, Problem>;

/// 200 with a body.
///
/// # Errors
/// When the body cannot be written as JSON.
pub fn ok<B: Serialize + ?Sized>(body: &B) -> Reply {
    json(StatusCode::OK, body)
}

/// 200 with a body that is JSON already.
#[must_use]
pub fn ok_text(body: &str) -> Response {
    as_json(StatusCode::OK, body.as_bytes().to_vec())
}

/// A body as the text that [`ok_text`] takes.
///
/// # Errors
/// When the body cannot be written as JSON.
pub fn text<B: Serialize>(body: &B) -> Result<Arc<str>, Problem> {
    serde_json::to_string(body).map(Arc::from).map_err(|error| Problem::internal(&error))
}

/// 201 with a body, and where it is from now on.
///
/// # Errors
/// When the body cannot be written as JSON.
pub fn created<B: Serialize>(location: String, body: &B) -> Reply {
    let mut response = json(StatusCode::CREATED, body)?;
    let location = HeaderValue::try_from(location).map_err(|error| Problem::internal(&error))?;
    response.headers_mut().insert(LOCATION, location);
    Ok(response)
}

/// 204: it is gone.
#[must_use]
pub fn no_content() -> Response {
    StatusCode::NO_CONTENT.into_response()
}

fn json<B: Serialize + ?Sized>(status: StatusCode, body: &B) -> Reply {
    // Room for a contact, so that the busiest answer is not moved while it is written.
    let mut bytes = Vec::with_capacity(1_000);
    serde_json::to_writer(&mut bytes, body).map_err(|error| Problem::internal(&error))?;
    Ok(as_json(status, bytes))
}

fn as_json(status: StatusCode, bytes: Vec<u8>) -> Response {
    let mut response = (status, bytes).into_response();
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}
