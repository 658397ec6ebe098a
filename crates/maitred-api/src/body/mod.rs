//! Reading JSON bodies: bytes with a named maximum, a media type, and fields that report everything that is wrong with
//! them at once. What a call accepts is said once, in the [`RequestBody`] beside its handler; how single values are
//! read is in [`read`].
//!
//! Fields that a call does not know are ignored: senders (bots, forms, webhooks of others) put in more than was asked
//! for, and an extra field is no reason to lose a contact. When a body is refused for something else, or an edit names
//! nothing but unknown fields, the answer lists them, so that a typo is found.

#[cfg(test)]
pub mod check;
pub mod describe;
mod fields;
pub mod read;

pub use fields::JsonFields;

use axum::extract::{FromRequest, Request};
use axum::http::HeaderMap;
use axum::http::header::{CONTENT_ENCODING, CONTENT_TYPE};
use futures_util::FutureExt;
use maitred_core::limits::{ATTRIBUTES_BYTES_MAX, MESSAGE_BYTES_MAX};
use maitred_web::body;
use maitred_web::field::Fields;
use maitred_web::problem::{FieldError, Problem, kinds};

/// The longest body. A message of the longest length fits even when each of its bytes is written as `\u0041`.
pub const BODY_BYTES_MAX: usize = 6 * MESSAGE_BYTES_MAX + ATTRIBUTES_BYTES_MAX + 64 * 1024;
/// The longest body of a weights table: 20 000 members at 200 bytes each, whatever the ids and the indentation.
pub const TABLE_BYTES_MAX: usize = 200 * maitred_core::limits::MEMBERS_MAX;

/// What can be read from the text of a body.
pub trait FromBody: Sized {
    /// The longest body that is read.
    const BYTES_MAX: usize;
    /// Whether a request without a body says the same as one with an empty object.
    const MAY_BE_LEFT_OUT: bool = false;

    /// Reads it.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    fn from_body(text: &str) -> Result<Self, Problem>;
}

/// A body that is one object, declared once: [`RequestBody::read`] reads what was sent, and describes it for the
/// document ([`describe::BodyOf`]).
pub trait RequestBody: Sized {
    /// The name of its schema.
    const SCHEMA: &'static str;
    /// What the document says of it.
    const ABOUT: &'static str;
    /// An example, as JSON.
    const EXAMPLE: Option<&'static str> = None;
    /// Whether all of it may be left out.
    const MAY_BE_LEFT_OUT: bool = false;

    /// Reads or describes its fields; `None` when something is wrong that was noted.
    fn read(fields: &mut impl Fields) -> Option<Self>;
}

impl<T: RequestBody> FromBody for T {
    const BYTES_MAX: usize = BODY_BYTES_MAX;
    const MAY_BE_LEFT_OUT: bool = T::MAY_BE_LEFT_OUT;

    fn from_body(text: &str) -> Result<Self, Problem> {
        let mut fields = JsonFields::of_body(text)?;
        let value = T::read(&mut fields);
        fields.finish(value)
    }
}

/// The body of a request, read and checked.
pub struct Json<T>(pub T);

impl<S: Sync, T: FromBody> FromRequest<S> for Json<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        read_json(&text_for::<T>(request).await?).map(Self)
    }
}

/// The text of a body that is sent as JSON, or not at all if that says the same as an empty object.
pub(super) fn text_for<T: FromBody>(request: Request) -> impl Future<Output = Result<String, Problem>> + Send {
    let is_left_out = T::MAY_BE_LEFT_OUT && !request.headers().contains_key(CONTENT_TYPE);
    let is_json = if is_left_out { Ok(()) } else { expect_json(request.headers()) };
    text_if(is_json, request, T::BYTES_MAX).map(move |text| match text? {
        text if !is_left_out => Ok(text),
        text if text.is_empty() => Ok("{}".to_owned()),
        _ => Err(kinds::UNSUPPORTED_MEDIA_TYPE.because("send the header Content-Type: application/json")),
    })
}

/// What the text of a body says.
pub(super) fn read_json<T: FromBody>(text: &str) -> Result<T, Problem> {
    // RFC 8259 lets readers skip the mark that some editors put in front.
    T::from_body(text.strip_prefix('\u{feff}').unwrap_or(text))
}

/// Refuses a body that was compressed: read as it is, it would be called broken JSON.
fn expect_plain(headers: &HeaderMap) -> Result<(), Problem> {
    let coding = headers.get(CONTENT_ENCODING).and_then(|value| value.to_str().ok()).unwrap_or("identity").trim();
    if coding.eq_ignore_ascii_case("identity") || coding.is_empty() {
        return Ok(());
    }
    let shown: String = coding.chars().take(60).collect();
    Err(kinds::UNSUPPORTED_MEDIA_TYPE
        .because(format!("the body is sent with Content-Encoding: {shown}; send it without, as it is")))
}

fn expect_json(headers: &HeaderMap) -> Result<(), Problem> {
    let Some(value) = headers.get(CONTENT_TYPE) else {
        return Err(kinds::UNSUPPORTED_MEDIA_TYPE.because("send the header Content-Type: application/json"));
    };
    let essence = value.to_str().unwrap_or_default().split(';').next().unwrap_or_default().trim();
    if is_json(essence) {
        return Ok(());
    }
    let shown: String = essence.chars().take(60).collect();
    Err(kinds::UNSUPPORTED_MEDIA_TYPE
        .because(format!("the body is sent as {shown:?}; send JSON with the header Content-Type: application/json")))
}

/// Whether a media type, without its parameters, is JSON.
pub(super) fn is_json(essence: &str) -> bool {
    let is_suffixed = || {
        let subtype = essence.get(..12).filter(|start| start.eq_ignore_ascii_case("application/"));
        subtype.is_some() && essence.len() > 17 && essence[12..].to_ascii_lowercase().ends_with("+json")
    };
    essence.eq_ignore_ascii_case("application/json") || is_suffixed()
}

/// The text of a body of at most `bytes_max` bytes.
pub(super) fn text_of(request: Request, bytes_max: usize) -> impl Future<Output = Result<String, Problem>> + Send {
    text_if(Ok(()), request, bytes_max)
}

/// The same, unless something else is wrong with the request.
fn text_if(
    is_fit: Result<(), Problem>,
    request: Request,
    bytes_max: usize,
) -> impl Future<Output = Result<String, Problem>> + Send {
    let is_fit = is_fit.and_then(|()| expect_plain(request.headers()));
    body::whole_if(is_fit, request, bytes_max).map(|bytes| {
        String::from_utf8(bytes?.into()).map_err(|error| {
            let place = error.utf8_error().valid_up_to();
            kinds::MALFORMED_BODY.because(format!("the body is not UTF-8 at byte {place}; JSON is sent in UTF-8"))
        })
    })
}

/// What serde_json refused: broken JSON, or well-formed JSON of another shape.
#[must_use]
pub fn shape_error(text: &str, shape: &str) -> Problem {
    match serde_json::from_str::<serde::de::IgnoredAny>(text) {
        Ok(_) => Problem::invalid(vec![FieldError::at("", format!("the body is not {shape}; send {shape}"))]),
        Err(_) if text.trim().is_empty() => kinds::MALFORMED_BODY.because(format!("the body is empty; send {shape}")),
        Err(error) => kinds::MALFORMED_BODY.because(format!("the body is not JSON: {error}")),
    }
}

#[cfg(test)]
mod tests;
