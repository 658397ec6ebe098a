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
pub fn whole(request: Request, bytes_max: usize) -> impl Future<Output = Result<Bytes, Problem>> + Send {
    whole_if(Ok(()), request, bytes_max)
}

/// The same, unless something else is wrong with the request.
///
/// # Errors
/// That, or see [`whole`].
pub fn whole_if(
    is_fit: Result<(), Problem>,
    request: Request,
    bytes_max: usize,
) -> impl Future<Output = Result<Bytes, Problem>> + Send {
    let limits = is_fit.and_then(|()| limits(&request, bytes_max));
    // The rest of the request is not kept: what a future has is copied with it.
    let body = request.into_body();
    async move {
        let (bytes_max, deadline) = limits?;
        let too_slow =
            |_| kinds::SLOW_BODY.because(format!("the body did not arrive within {} seconds", deadline.as_secs_f64()));
        let collected = tokio::time::timeout(deadline, Limited::new(body, bytes_max).collect()).await;
        collected.map_err(too_slow)?.map(|body| body.to_bytes()).map_err(|error| unread(&*error, bytes_max))
    }
}

/// How many bytes are read of a body, and for how long; unless it says itself that it has more.
fn limits(request: &Request, bytes_max: usize) -> Result<(usize, Duration), Problem> {
    let extensions = request.extensions();
    let bytes_max = extensions.get().map_or(bytes_max, |BodyBytesMax(most)| bytes_max.min(*most));
    let deadline = extensions.get().map_or(Duration::from_secs(BODY_SECONDS_MAX), |BodyDeadline(time)| *time);
    let announced = request.headers().get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    if announced.is_some_and(|bytes| bytes > bytes_max as u64) {
        return Err(too_large(bytes_max));
    }
    Ok((bytes_max, deadline))
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
