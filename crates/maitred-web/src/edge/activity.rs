//! What a connection is doing, as its socket and its requests tell it, and whether it has been doing so for too long.
//!
//! Nothing is timed while all goes well: the socket and the requests only note when something began, and
//! [`Activity::check_limits`] compares that with the limits a few times within the shortest of them. So a deadline is
//! kept to about a quarter of the shortest one, and a request costs no timer.

use super::Limits;
use crate::problem::{Problem, kinds};
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU64, AtomicUsize, Ordering::Relaxed};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// Nothing has been received yet.
const NEW: u8 = 0;
/// The last request is answered, and nothing of the next one is here.
const IDLE: u8 = 1;
/// A head is being received.
const HEAD: u8 = 2;
/// A request is being carried out or answered; this may include its body.
const REQUEST: u8 = 3;

/// No time: nothing is stuck.
const NEVER: u64 = u64::MAX;
/// A server whose places are all taken ends connections that have been idle for this long.
const IDLE_WHEN_FULL: Duration = Duration::from_secs(1);
/// How many looks are taken within the shortest limit.
const LOOKS: u32 = 4;

/// The notes on one connection.
pub struct Activity {
    began: Instant,
    phase: AtomicU8,
    /// When the phase began, in milliseconds.
    since_ms: AtomicU64,
    /// Since when the client takes nothing of what it is sent.
    unread_ms: AtomicU64,
    /// Bytes received since the head began.
    head_bytes: AtomicUsize,
    head_bytes_max: usize,
    /// Whether the first line of the head was received.
    has_line: AtomicBool,
    overflowed: AtomicBool,
    leaves_body: AtomicBool,
}

/// What is to be done about a connection.
#[derive(Debug)]
pub enum NextStep {
    /// Nothing.
    Continue,
    /// End it as soon as it is idle; no request is lost.
    CloseWhenIdle,
    /// End it now, after saying why.
    Refuse(Problem),
    /// End it now, and why: nobody would read an answer.
    Cut(&'static str),
}

impl Activity {
    /// Of a connection that begins now.
    #[must_use]
    pub fn new(limits: &Limits) -> Self {
        Self {
            began: Instant::now(),
            phase: AtomicU8::new(NEW),
            since_ms: AtomicU64::new(0),
            unread_ms: AtomicU64::new(NEVER),
            head_bytes: AtomicUsize::new(0),
            head_bytes_max: limits.head_bytes_max,
            has_line: AtomicBool::new(false),
            overflowed: AtomicBool::new(false),
            leaves_body: AtomicBool::new(false),
        }
    }

    /// How long to wait between two looks.
    #[must_use]
    pub fn pause(limits: &Limits) -> Duration {
        limits.head.min(limits.idle).min(limits.unread) / LOOKS
    }

    /// What is to be done about the connection now.
    #[must_use]
    pub fn check_limits(&self, limits: &Limits, is_full: bool) -> NextStep {
        if self.lasts(self.unread_ms.load(Relaxed)) > limits.unread {
            return NextStep::Cut("unread");
        }
        let lasts = self.lasts(self.since_ms.load(Relaxed));
        match self.phase.load(Relaxed) {
            NEW if lasts > limits.head => NextStep::Cut("silent"),
            IDLE if lasts > limits.idle || (is_full && lasts > IDLE_WHEN_FULL) => NextStep::CloseWhenIdle,
            HEAD if lasts > limits.head => NextStep::Refuse(slow_head(limits)),
            _ => NextStep::Continue,
        }
    }

    /// Why reading was given up, if it was.
    #[must_use]
    pub fn overflow(&self) -> Option<Problem> {
        self.overflowed.load(Relaxed).then(|| match self.has_line.load(Relaxed) {
            true => head_too_large(self.head_bytes_max),
            false => super::request::url_too_long(),
        })
    }

    /// Whether the head of the request at hand may be longer than it should be: bytes of its body are counted too.
    #[must_use]
    pub fn is_head_suspect(&self) -> bool {
        self.head_bytes.load(Relaxed) > self.head_bytes_max
    }

    /// A request was answered before its body was here; its connection ends after that.
    pub fn leaves_body(&self) {
        self.leaves_body.store(true, Relaxed);
    }

    /// Whether the client may still be sending a body that nobody reads.
    #[must_use]
    pub fn has_left_body(&self) -> bool {
        self.leaves_body.load(Relaxed)
    }

    /// A head was received whole.
    pub fn request_begins(&self) {
        self.enter(REQUEST);
    }

    /// A request was answered, as far as the server is concerned.
    pub fn request_ends(&self) {
        self.enter(IDLE);
    }

    fn enter(&self, phase: u8) {
        self.phase.store(phase, Relaxed);
        self.since_ms.store(self.now_ms(), Relaxed);
    }

    fn now_ms(&self) -> u64 {
        u64::try_from(self.began.elapsed().as_millis()).unwrap_or(NEVER)
    }

    fn lasts(&self, since_ms: u64) -> Duration {
        Duration::from_millis(self.now_ms().saturating_sub(since_ms))
    }

    fn received(&self, bytes: &[u8]) {
        match self.phase.load(Relaxed) {
            _ if bytes.is_empty() => return,
            REQUEST => return,
            HEAD => {}
            _ => {
                self.enter(HEAD);
                self.head_bytes.store(0, Relaxed);
                self.has_line.store(false, Relaxed);
            }
        }
        self.head_bytes.fetch_add(bytes.len(), Relaxed);
        if bytes.contains(&b'\n') {
            self.has_line.store(true, Relaxed);
        }
    }

    /// Called before reading more: what was received until now was no whole head.
    fn check_head(&self) -> io::Result<()> {
        if self.phase.load(Relaxed) == HEAD && self.head_bytes.load(Relaxed) >= self.head_bytes_max {
            self.overflowed.store(true, Relaxed);
            return Err(io::Error::other("the head of a request is too large"));
        }
        Ok(())
    }

    fn sent<T>(&self, sent: Poll<T>) -> Poll<T> {
        if sent.is_ready() {
            self.unread_ms.store(NEVER, Relaxed);
        } else if self.unread_ms.load(Relaxed) == NEVER {
            self.unread_ms.store(self.now_ms(), Relaxed);
        }
        sent
    }
}

fn slow_head(limits: &Limits) -> Problem {
    let seconds = limits.head.as_secs_f64();
    kinds::SLOW_HEAD.because(format!("the head of the request did not arrive within {seconds} seconds"))
}

/// What to say of a head with more bytes than this.
#[must_use]
pub fn head_too_large(bytes_max: usize) -> Problem {
    kinds::HEAD_TOO_LARGE.because(format!("the first line and the headers have more than {bytes_max} bytes together"))
}

/// A socket that tells a [`Activity`] what goes over it.
pub struct ActivityStream<S> {
    stream: S,
    activity: Arc<Activity>,
}

impl<S> ActivityStream<S> {
    /// Watches a socket.
    pub const fn new(stream: S, activity: Arc<Activity>) -> Self {
        Self { stream, activity }
    }

    /// The socket itself.
    pub fn into_inner(self) -> S {
        self.stream
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for ActivityStream<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        self.activity.check_head()?;
        let before = buffer.filled().len();
        let read = Pin::new(&mut self.stream).poll_read(cx, buffer);
        self.activity.received(&buffer.filled()[before..]);
        read
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for ActivityStream<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.activity.sent(written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(cx, slices);
        self.activity.sent(written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = Pin::new(&mut self.stream).poll_flush(cx);
        self.activity.sent(flushed)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
