//! What goes wrong, as `application/problem+json` (RFC 9457). A handler returns a [`Problem`]; what axum or a layer
//! answers by itself becomes one in [`ensure`]. The kinds are in `kinds`, and the one mapping from the errors of the
//! core, the batcher and the store is in [`refusals`].
//!
//! A problem says what is wrong with a value and how to fix it, and never repeats a phone, an email or a message.

pub mod kinds;
pub mod refusals;

use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use kinds::Kind;
use maitred_core::limits::Invalid;
use serde::Serialize;
use utoipa::ToSchema;

/// The media type of RFC 9457.
pub const MEDIA_TYPE: &str = "application/problem+json";
/// The most errors one problem lists; its detail says how many more there are.
pub const ERRORS_MAX: usize = 100;
/// After how many seconds to come back, when it is the server that cannot.
const RETRY_AFTER_SECONDS: &str = "1";

/// An answer that something went wrong.
#[derive(Debug)]
pub struct Problem {
    /// What kind of thing.
    pub kind: &'static Kind,
    /// What it is this time, and how to fix it.
    pub detail: String,
    /// The fields it is about, all of them.
    pub errors: Vec<FieldError>,
}

/// What is wrong with one field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct FieldError {
    /// Where in the body: a JSON pointer (RFC 6901), `""` for the body as a whole.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String, required = false, example = "/lead_phone")]
    pub pointer: Option<String>,
    /// Which parameter of the query, or which header, when it is not in the body.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String, required = false, example = "limit")]
    pub parameter: Option<&'static str>,
    /// What is wrong and how to fix it.
    #[schema(example = "lead_phone has 300 characters; give at most 254")]
    pub detail: String,
}

impl FieldError {
    /// An error in a field of the body.
    #[must_use]
    pub fn at(pointer: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { pointer: Some(pointer.into()), parameter: None, detail: detail.into() }
    }

    /// An error in a parameter or header.
    #[must_use]
    pub fn in_parameter(name: &'static str, invalid: &Invalid) -> Self {
        Self { pointer: None, parameter: Some(name), detail: format!("{name} {invalid}") }
    }
}

/// What went wrong (RFC 9457).
#[derive(Serialize, ToSchema)]
#[schema(as = Problem)]
pub struct Written<'a> {
    /// The kind of problem, always the same for the same kind; also a path of this server that describes it.
    #[schema(example = "/problems/invalid-fields")]
    r#type: String,
    /// A few words on the kind.
    #[schema(example = "Some values are not valid")]
    title: &'a str,
    /// The status of the answer, again.
    #[schema(example = 422)]
    status: u16,
    /// What it is this time, and how to fix it.
    #[schema(example = "lead_phone has 300 characters; give at most 254")]
    detail: &'a str,
    /// Every field that is wrong; left out when no field is.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    #[schema(value_type = Vec<FieldError>, required = false)]
    errors: &'a [FieldError],
}

impl Problem {
    /// Values that are not valid, all of them.
    #[must_use]
    pub fn invalid(errors: Vec<FieldError>) -> Self {
        Self::of_fields(&kinds::INVALID_FIELDS, errors)
    }

    /// A problem with fields, all of them.
    #[must_use]
    pub fn of_fields(kind: &'static Kind, mut errors: Vec<FieldError>) -> Self {
        let first = errors.first().map_or_else(String::new, |error| error.detail.clone());
        let total = errors.len();
        errors.truncate(ERRORS_MAX);
        let detail = match total {
            0 | 1 => first,
            n if n > ERRORS_MAX => format!("{first}; and {} more, of which {ERRORS_MAX} are listed in all", n - 1),
            n => format!("{first}; and {} more, see errors", n - 1),
        };
        Self { errors, ..kind.because(detail) }
    }

    /// A parameter or header that is not valid.
    #[must_use]
    pub fn invalid_parameter(name: &'static str, invalid: &Invalid) -> Self {
        Self::invalid(vec![FieldError::in_parameter(name, invalid)])
    }

    /// The fault is the server's. What it is goes to the log, not to the client.
    #[must_use]
    pub fn internal(cause: &dyn std::fmt::Display) -> Self {
        tracing::error!(%cause, "a request failed by a fault of the server");
        kinds::INTERNAL.because("the server failed; its log says why")
    }

    /// Names the field of the body that it is about.
    #[must_use]
    pub fn at(mut self, pointer: impl Into<String>) -> Self {
        self.errors.push(FieldError::at(pointer, self.detail.clone()));
        self
    }

    fn body(&self) -> Vec<u8> {
        let written = Written {
            r#type: format!("{}{}", kinds::PATH, self.kind.name),
            title: self.kind.title,
            status: self.kind.status.as_u16(),
            detail: &self.detail,
            errors: &self.errors,
        };
        serde_json::to_vec(&written).unwrap_or_default()
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = (self.kind.status, self.body()).into_response();
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(MEDIA_TYPE));
        if self.kind.status == StatusCode::SERVICE_UNAVAILABLE {
            headers.insert(RETRY_AFTER, HeaderValue::from_static(RETRY_AFTER_SECONDS));
        }
        if self.kind.status == StatusCode::UNAUTHORIZED {
            headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static(challenge(self.kind)));
        }
        // The console makes a page of it for browsers.
        response.extensions_mut().insert(self.kind);
        response
    }
}

/// How to come again (RFC 6750, 3): with a key, or with another.
fn challenge(kind: &Kind) -> &'static str {
    match *kind == kinds::KEY_REQUIRED {
        true => "Bearer realm=\"maitred\"",
        false => "Bearer realm=\"maitred\", error=\"invalid_token\"",
    }
}

/// What a handler that panicked is answered with.
#[must_use]
#[expect(clippy::needless_pass_by_value, reason = "the layer that calls it hands over the panic")]
pub fn of_panic(panic: Box<dyn std::any::Any + Send>) -> Response {
    let text = panic.downcast_ref::<String>().map(String::as_str).or_else(|| panic.downcast_ref().copied());
    Problem::internal(&format!("a handler panicked: {}", text.unwrap_or("no message"))).into_response()
}

/// Turns an error that is not told yet (axum's own 404, 405 and the like) into a problem; its headers stay. The pages
/// that the console makes of problems are left alone.
#[must_use]
pub fn ensure(response: Response) -> Response {
    let status = response.status();
    if !(status.is_client_error() || status.is_server_error()) || is_told(&response) {
        return response;
    }
    let (parts, _) = response.into_parts();
    let mut problem = of_status(status).into_response();
    *problem.status_mut() = status;
    for (name, value) in &parts.headers {
        if name != CONTENT_TYPE && name != CONTENT_LENGTH {
            problem.headers_mut().append(name, value.clone());
        }
    }
    problem
}

fn is_told(response: &Response) -> bool {
    let media_type = response.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    media_type.is_some_and(|value| value == MEDIA_TYPE || value.starts_with("text/html"))
}

fn of_status(status: StatusCode) -> Problem {
    match status {
        StatusCode::NOT_FOUND => kinds::UNKNOWN_PATH.because("there is nothing at this path; /docs lists all calls"),
        StatusCode::METHOD_NOT_ALLOWED => kinds::METHOD_NOT_ALLOWED
            .because("this path is there, but not for this method; the Allow header lists those it has"),
        StatusCode::PAYLOAD_TOO_LARGE => kinds::BODY_TOO_LARGE.because("the body is too large"),
        StatusCode::UNSUPPORTED_MEDIA_TYPE => {
            kinds::UNSUPPORTED_MEDIA_TYPE.because(kinds::UNSUPPORTED_MEDIA_TYPE.meaning)
        }
        status if status.is_client_error() => kinds::BAD_REQUEST.because(kinds::BAD_REQUEST.meaning),
        status => Problem::internal(&status),
    }
}

/// The answer to a path that no call has.
pub async fn nothing_here(uri: Uri) -> Problem {
    let hint = if uri.path().len() > 1 && uri.path().ends_with('/') { "; leave out the slash at the end" } else { "" };
    kinds::UNKNOWN_PATH.because(format!("there is nothing at this path{hint}; /docs lists all calls"))
}
