//! Bodies that a handler did not read: it answered before, or the call takes none. What is left of such a body is still
//! under way, in front of the next request of the connection. A connection that is closed then, without having said so,
//! loses the next request of a client that keeps it in a pool. So the rest is read and dropped before the answer, as
//! far as that is bounded; else the answer says `Connection: close` (RFC 9112, 9.3 and 9.6).

use axum::body::{Body, HttpBody};
use axum::http::header::EXPECT;
use axum::http::{HeaderMap, Request};
use hyper::body::{Bytes, Frame, Incoming, SizeHint};
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

/// The most that is read to be dropped.
const DROPPED_BYTES_MAX: u64 = 1_024 * 1_024;

/// Where a body goes that was dropped before its end.
#[derive(Clone, Default)]
pub struct Unread(Arc<Mutex<Option<Incoming>>>);

/// The body of a request; what is not read of it goes to an [`Unread`].
struct KeptBody {
    /// `None` after the end.
    body: Option<Incoming>,
    unread: Unread,
}

/// Lets the router have the body of a request and keeps what it leaves; `None` where there is no body.
pub fn keep_unread(request: Request<Incoming>) -> (Request<Body>, Option<Unread>) {
    if request.body().is_end_stream() {
        return (request.map(|_| Body::empty()), None);
    }
    let unread = Unread::default();
    let kept = |body| Body::new(KeptBody { body: Some(body), unread: unread.clone() });
    (request.map(kept), Some(unread))
}

/// Whether a client asks before it sends a body (`Expect: 100-continue`). Whether it sends one that nobody asked for
/// cannot be known, so the connection is closed then (RFC 9110, 10.1.1).
pub fn asks_first(headers: &HeaderMap) -> bool {
    headers.contains_key(EXPECT)
}

impl Unread {
    /// Whether the handler read everything.
    pub fn is_empty(&self) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).is_none()
    }

    /// Reads what is left to its end. Says whether that was reached; if not, the connection has to be closed.
    pub async fn drop_rest(self, deadline: Duration) -> bool {
        let left = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some(body) = left else { return true };
        if body.size_hint().lower() > DROPPED_BYTES_MAX {
            return false;
        }
        tokio::time::timeout(deadline, drop_all(body)).await.unwrap_or(false)
    }
}

async fn drop_all(mut body: Incoming) -> bool {
    let mut dropped = 0;
    loop {
        match std::future::poll_fn(|cx| Pin::new(&mut body).poll_frame(cx)).await {
            None => return true,
            Some(Err(_)) => return false,
            Some(Ok(frame)) => dropped += frame.data_ref().map_or(0, |data| data.len() as u64),
        }
        if dropped > DROPPED_BYTES_MAX {
            return false;
        }
    }
}

impl HttpBody for KeptBody {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        let Some(body) = &mut self.body else { return Poll::Ready(None) };
        let frame = std::task::ready!(Pin::new(body).poll_frame(cx));
        if !matches!(frame, Some(Ok(_))) {
            self.body = None;
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.as_ref().is_none_or(HttpBody::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.body.as_ref().map_or(SizeHint::with_exact(0), HttpBody::size_hint)
    }
}

impl Drop for KeptBody {
    fn drop(&mut self) {
        if let Some(body) = self.body.take().filter(|body| !body.is_end_stream()) {
            *self.unread.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(body);
        }
    }
}
