//! What is looked at and noted on every request before the router sees it: the length of its URL, who sent it, under
//! which name they reached us; and what is said of the server with every answer.

use super::activity::{Activity, head_too_large};
use super::connection::{Answers, Peer};
use super::unread::{Unread, asks_first, keep_unread};
use super::{Edge, URL_BYTES_MAX};
use crate::problem::{Problem, kinds};
use axum::body::{Body, HttpBody};
use axum::http::header::{CONNECTION, HOST, STRICT_TRANSPORT_SECURITY};
use axum::http::{HeaderMap, HeaderValue, Request, Response, StatusCode, Version};
use axum::response::IntoResponse;
use hyper::body::{Bytes, Frame, Incoming, SizeHint};
use hyper::service::Service;
use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

/// Bytes around the name and the value of a header: a colon, a space and the end of the line.
const HEADER_FRAME_BYTES: usize = 4;
/// A browser that has seen it never speaks without TLS to this name again, for a year.
const HSTS: HeaderValue = HeaderValue::from_static("max-age=31536000");

/// How long the body of a request may take to arrive: an extension of requests.
#[derive(Clone, Copy, Debug)]
pub struct BodyDeadline(pub Duration);

/// What carries out the requests of one connection.
pub(super) fn service(
    answers: impl Answers,
    edge: Arc<Edge>,
    activity: Arc<Activity>,
    peer: Peer,
) -> impl Service<Request<Incoming>, Response = Response<Noted>, Error = Infallible, Future: Send> {
    let deadline = edge.limits.body;
    hyper::service::service_fn(move |request: Request<Incoming>| {
        activity.request_begins();
        let asks_first = asks_first(request.headers());
        let (mut request, unread) = keep_unread(request);
        let answer = match admit(&mut request, &edge, &activity, peer) {
            Ok(()) => Ok(answers.clone().call(request)),
            Err(problem) => Err(problem),
        };
        let noted = Note(activity.clone());
        async move {
            let mut response = match answer {
                Ok(answer) => answer.await?,
                Err(problem) => problem.into_response(),
            };
            if leaves_body(response.status()) || !is_read(unread, asks_first, deadline).await {
                noted.0.leaves_body();
                response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
            }
            if peer.over_tls {
                response.headers_mut().insert(STRICT_TRANSPORT_SECURITY, HSTS);
            }
            Ok(response.map(|body| Noted { body, _note: noted }))
        }
    })
}

/// Whether the answer alone says that more of the request may be under way than anybody will read.
const fn leaves_body(status: StatusCode) -> bool {
    matches!(status.as_u16(), 408 | 413 | 414 | 431)
}

/// Whether nothing of the request's body is under way any more.
async fn is_read(unread: Option<Unread>, asks_first: bool, deadline: Duration) -> bool {
    match unread {
        Some(unread) if asks_first => unread.is_empty(),
        Some(unread) => unread.drop_rest(deadline).await,
        None => true,
    }
}

/// Notes on a request where it comes from, or refuses it.
fn admit<B>(request: &mut Request<B>, edge: &Edge, activity: &Activity, peer: Peer) -> Result<(), Problem> {
    if request.uri().path_and_query().is_some_and(|url| url.as_str().len() > URL_BYTES_MAX) {
        return Err(url_too_long());
    }
    let bytes_max = edge.limits.head_bytes_max;
    if activity.is_head_suspect() && head_bytes(request.headers()) > bytes_max {
        return Err(head_too_large(bytes_max));
    }
    expect_one_host(request)?;
    if let Some(host) = edge.proxies.host(peer.address, request.headers()) {
        request.headers_mut().insert(HOST, host);
    }
    let client = edge.proxies.client(peer.address, peer.over_tls, request.headers());
    request.extensions_mut().insert(client);
    request.extensions_mut().insert(BodyDeadline(edge.limits.body));
    request.extensions_mut().insert(edge.in_flight.clone());
    Ok(())
}

/// A proxy in front and this server might take a request for different ones if they read different names in it (RFC
/// 9112, 3.2).
fn expect_one_host<B>(request: &Request<B>) -> Result<(), Problem> {
    match request.headers().get_all(HOST).iter().count() {
        1 => Ok(()),
        0 if request.version() < Version::HTTP_11 => Ok(()),
        0 => Err(kinds::BAD_HOST.because("the header Host is missing; send one")),
        many => Err(kinds::BAD_HOST.because(format!("the header Host is there {many} times; send one"))),
    }
}

fn head_bytes(headers: &HeaderMap) -> usize {
    headers.iter().map(|(name, value)| name.as_str().len() + value.len() + HEADER_FRAME_BYTES).sum()
}

/// What to say of a URL that is longer than [`URL_BYTES_MAX`].
pub(super) fn url_too_long() -> Problem {
    kinds::URL_TOO_LONG.because(format!("the path and query have more than {URL_BYTES_MAX} bytes"))
}

/// The body of an answer; when it is gone, the request is over.
pub(super) struct Noted {
    body: Body,
    _note: Note,
}

struct Note(Arc<Activity>);

impl Drop for Note {
    fn drop(&mut self) {
        self.0.request_ends();
    }
}

impl HttpBody for Noted {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Self::Data>, Self::Error>>> {
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
