//! Reading the whole body of a request: bytes with a named maximum, within the deadline of the connection.

use crate::edge::in_flight::out_of_memory;
use crate::edge::{BODY_SECONDS_MAX, BodyDeadline};
use crate::problem::{Problem, kinds};
use axum::extract::Request;
use axum::http::header::CONTENT_LENGTH;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use hyper::body::Bytes;
use std::error::Error;
use std::time::Duration;

/// The longest body of a call whose caller is not known: an extension of requests.
#[derive(Clone, Copy, Debug)]
pub struct BodyBytesMax(pub usize);

/// The body of a request, if it has at most `bytes_max` bytes.
///
/// # Errors
/// It is too large, too slow, or broke off; or there is no memory for it now.
pub async fn whole(request: Request, bytes_max: usize) -> Result<Bytes, Problem> {
    let extensions = request.extensions();
    let bytes_max = extensions.get().map_or(bytes_max, |BodyBytesMax(most)| bytes_max.min(*most));
    let deadline = extensions.get().map_or(Duration::from_secs(BODY_SECONDS_MAX), |BodyDeadline(time)| *time);
    let announced = request.headers().get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    if announced.is_some_and(|bytes| bytes > bytes_max as u64) {
        return Err(too_large(bytes_max));
    }
    let whole = Limited::new(request.into_body(), bytes_max).collect();
    let too_slow =
        |_| kinds::SLOW_BODY.because(format!("the body did not arrive within {} seconds", deadline.as_secs_f64()));
    let collected = tokio::time::timeout(deadline, whole).await.map_err(too_slow)?;
    collected.map(|body| body.to_bytes()).map_err(|error| unread(&*error, bytes_max))
}

fn too_large(bytes_max: usize) -> Problem {
    kinds::BODY_TOO_LARGE.because(format!("the body is too large; this call reads {bytes_max} bytes"))
}

fn unread(error: &(dyn Error + 'static), bytes_max: usize) -> Problem {
    match error.is::<LengthLimitError>() {
        true => too_large(bytes_max),
        false => {
            out_of_memory(error).unwrap_or_else(|| kinds::MALFORMED_BODY.because("the body broke off; send it again"))
        }
    }
}
