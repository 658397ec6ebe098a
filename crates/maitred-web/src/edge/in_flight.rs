//! Bytes in flight: bodies that are being received, and answers that are not read yet. Both are in memory, and a client
//! that sends or reads slowly keeps them there. So each has a budget for the whole server; beyond it a body or an
//! answer is refused with 503, and the memory of the server is bounded whatever its clients do.
//!
//! Small ones are free, so that what most calls send and get is never refused: at most [`FREE_BYTES`] of each a
//! connection. A caller who is not known sends no more than [`STRANGERS_BODY_BYTES_MAX`], which is free as well; what
//! they get is a part of the program, and small pages.

use crate::problem::{Problem, kinds};
use axum::body::{Body, HttpBody};
use axum::http::{Request, Response};
use axum::response::IntoResponse;
use hyper::body::{Bytes, Frame, SizeHint};
use std::error::Error;
use std::fmt;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Bytes of a body, and of an answer, that count for nothing.
pub const FREE_BYTES: usize = 16 * 1_024;
/// The longest body of a call that needs no key or login, such as the form of a login.
pub const STRANGERS_BODY_BYTES_MAX: usize = 16 * 1_024;
/// MiB of bodies, and of answers, unless the setting says otherwise.
pub const IN_FLIGHT_MIB: u32 = 128;
/// What the budgets count in.
const UNIT_BYTES: usize = 1_024;
const UNITS_PER_MIB: usize = 1_024 * 1_024 / UNIT_BYTES;

/// The budgets of a server. Clones share them.
#[derive(Clone)]
pub struct InFlight {
    bodies: Budget,
    answers: Budget,
}

impl InFlight {
    /// With so many MiB for bodies and as many for answers.
    #[must_use]
    pub fn of_mib(mib: u32) -> Self {
        Self { bodies: Budget::of_mib(mib), answers: Budget::of_mib(mib) }
    }

    /// Has the body of a request counted until what is returned is dropped: when the request was answered.
    pub fn receive(&self, request: Request<Body>) -> (Request<Body>, Option<ReceivedBytes>) {
        if request.body().size_hint().upper().is_some_and(|most| most <= FREE_BYTES as u64) {
            return (request, None);
        }
        let received = ReceivedBytes(Arc::default());
        let counted = |body| CountedBody { body, bytes: 0, budget: self.bodies.clone(), received: received.clone() };
        (request.map(|body| Body::new(counted(body))), Some(received))
    }

    /// Has an answer counted until it was read, or refuses it. What was changed is told nevertheless.
    pub fn answer(&self, response: Response<Body>, is_safe: bool) -> Response<Body> {
        let Some(bytes) = response.body().size_hint().exact().filter(|bytes| *bytes > FREE_BYTES as u64) else {
            return response;
        };
        match self.answers.take(usize::try_from(bytes).unwrap_or(usize::MAX)) {
            Some(permit) => response.map(|body| Body::new(HeldBody { body, permit: Arc::new(permit) })),
            None if is_safe => no_room("many answers are not read yet").into_response(),
            None => response,
        }
    }
}

impl Default for InFlight {
    fn default() -> Self {
        Self::of_mib(IN_FLIGHT_MIB)
    }
}

/// Bytes that may be in memory.
#[derive(Clone)]
struct Budget(Arc<Semaphore>);

impl Budget {
    fn of_mib(mib: u32) -> Self {
        let units = (mib as usize).saturating_mul(UNITS_PER_MIB);
        Self(Arc::new(Semaphore::new(units.min(Semaphore::MAX_PERMITS))))
    }

    fn take(&self, bytes: usize) -> Option<OwnedSemaphorePermit> {
        let units = u32::try_from(bytes.div_ceil(UNIT_BYTES)).ok()?;
        self.0.clone().try_acquire_many_owned(units).ok()
    }
}

/// What was received of a body, as long as it is needed.
#[derive(Clone)]
pub struct ReceivedBytes(Arc<Mutex<Option<OwnedSemaphorePermit>>>);

impl ReceivedBytes {
    fn add(&self, more: OwnedSemaphorePermit) {
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match held.as_mut() {
            Some(held) => held.merge(more),
            None => *held = Some(more),
        }
    }
}

/// There is no memory for the rest of a body.
#[derive(Debug)]
struct NoRoom;

impl fmt::Display for NoRoom {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("there is no memory for the body")
    }
}

impl Error for NoRoom {}

/// Why a body could not be read, if it was for want of memory.
pub(crate) fn out_of_memory(error: &(dyn Error + 'static)) -> Option<Problem> {
    let mut cause = Some(error);
    while let Some(error) = cause {
        if error.is::<NoRoom>() {
            return Some(no_room("many large bodies are being received"));
        }
        cause = error.source();
    }
    None
}

fn no_room(why: &str) -> Problem {
    kinds::OVERLOADED.because(format!("{why}, and their memory is limited (setting in_flight_mib); nothing was done"))
}

/// A body whose bytes are counted as they arrive.
struct CountedBody {
    body: Body,
    bytes: usize,
    budget: Budget,
    received: ReceivedBytes,
}

impl HttpBody for CountedBody {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let frame = ready!(Pin::new(&mut self.body).poll_frame(cx));
        let bytes = frame.as_ref().and_then(|frame| frame.as_ref().ok()?.data_ref()).map_or(0, Bytes::len);
        self.bytes += bytes;
        let counted = bytes.min(self.bytes.saturating_sub(FREE_BYTES));
        if counted > 0 {
            match self.budget.take(counted) {
                Some(permit) => self.received.add(permit),
                None => return Poll::Ready(Some(Err(axum::Error::new(NoRoom)))),
            }
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// An answer whose bytes count until the last of them was sent: they are held by what waits to be sent, not by the
/// body, which is gone before.
struct HeldBody {
    body: Body,
    permit: Arc<OwnedSemaphorePermit>,
}

struct HeldBytes {
    bytes: Bytes,
    _permit: Arc<OwnedSemaphorePermit>,
}

impl AsRef<[u8]> for HeldBytes {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

impl HttpBody for HeldBody {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let frame = ready!(Pin::new(&mut self.body).poll_frame(cx));
        let permit = &self.permit;
        let held = |bytes| Bytes::from_owner(HeldBytes { bytes, _permit: permit.clone() });
        Poll::Ready(frame.map(|frame| frame.map(|frame| frame.map_data(held))))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http_body_util::BodyExt;

    /// KiB that are taken of a budget of one MiB.
    fn taken(budget: &Budget) -> usize {
        1_024 - budget.0.available_permits()
    }

    fn answer(bytes: usize) -> Response<Body> {
        Response::new(Body::from(vec![b'x'; bytes]))
    }

    #[tokio::test]
    async fn an_answer_counts_until_its_last_byte_is_gone() {
        let in_flight = InFlight::of_mib(1);
        let small = in_flight.answer(answer(FREE_BYTES), true);
        assert_eq!(taken(&in_flight.answers), 0, "what is small is free");
        let large = in_flight.answer(answer(600 * 1_024), true);
        assert_eq!(taken(&in_flight.answers), 600);
        assert_eq!(in_flight.answer(answer(600 * 1_024), true).status(), 503);
        assert_eq!(in_flight.answer(answer(600 * 1_024), false).status(), 200, "what was done is told");
        assert_eq!(large.body().size_hint().exact(), Some(600 * 1_024));
        let bytes = large.into_body().collect().await.expect("it is whole").to_bytes();
        assert_eq!((taken(&in_flight.answers), bytes.len()), (600, 600 * 1_024), "the body is gone, its bytes are not");
        let last = bytes.slice(600 * 1_024 - 1..);
        drop(bytes);
        assert_eq!(taken(&in_flight.answers), 600);
        drop((last, small));
        assert_eq!(taken(&in_flight.answers), 0);
    }

    #[tokio::test]
    async fn a_body_counts_as_it_arrives_until_the_request_is_answered() {
        let in_flight = InFlight::of_mib(1);
        let request = |bytes: usize| Request::new(Body::from(vec![b'x'; bytes]));
        assert!(in_flight.receive(request(FREE_BYTES)).1.is_none(), "what is small is free");
        let (first, received) = in_flight.receive(request(700 * 1_024));
        assert_eq!(taken(&in_flight.bodies), 0, "nothing has arrived");
        first.into_body().collect().await.expect("there is room");
        assert_eq!(taken(&in_flight.bodies), 700 - 16);
        let (second, _) = in_flight.receive(request(700 * 1_024));
        let error = second.into_body().collect().await.expect_err("there is no room");
        assert_eq!(out_of_memory(&error).expect("that is why").kind.name, "overloaded");
        drop(received);
        assert_eq!(taken(&in_flight.bodies), 0);
        assert!(out_of_memory(&axum::Error::new(fmt::Error)).is_none());
    }
}
