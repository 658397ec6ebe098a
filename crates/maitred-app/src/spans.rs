//! What took how long, as spans of traces: a request, the batch that carried out its commands, a tick of a background
//! job, a call that goes out. A span is made only once a [`Sink`] is installed, which a binary with the feature `otlp`
//! does if there is an address to send to; until then a span costs a look at one word of memory.
//!
//! What a span can say is a closed list, [`Work`]: there is no place in it for a path, a text, a phone, a name or a
//! token.

use futures_util::future::Either;
use maitred_core::Timestamp;
use maitred_store::clock;
use std::sync::OnceLock;
use std::time::{Duration, Instant};
use tokio::task::futures::TaskLocalFuture;

static RECORDER: OnceLock<Recorder> = OnceLock::new();

tokio::task_local! {
    static CURRENT: SpanContext;
}

/// Takes spans that have ended.
pub trait Sink: Send + Sync {
    /// Called on the thread on which the span ended: it must not wait.
    fn take(&self, span: Span);
}

struct Recorder {
    sink: Box<dyn Sink>,
    /// The part of all traces that begin here which is recorded.
    percent: u8,
}

/// Records spans from now on, of so many of 100 traces that begin here; a trace that began elsewhere is recorded if it
/// is there. False if there is a sink already.
pub fn install(sink: impl Sink + 'static, percent: u8) -> bool {
    RECORDER.set(Recorder { sink: Box::new(sink), percent }).is_ok()
}

/// What others need to know of a span to refer to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SpanContext {
    pub trace: [u8; 16],
    pub span: [u8; 8],
    /// Whether the spans of this trace are recorded.
    pub is_recorded: bool,
}

impl SpanContext {
    /// Reads the header `traceparent` (<https://www.w3.org/TR/trace-context/#traceparent-header>).
    #[must_use]
    pub fn from_traceparent(text: &str) -> Option<Self> {
        let mut parts = text.split('-');
        let [version, trace, span, flags] = [(); 4].map(|()| parts.next());
        let [version] = hex(version?)?;
        // A later version may have more behind it, this one has not.
        if version == 0xff || (version == 0 && parts.next().is_some()) {
            return None;
        }
        let (trace, span, [flags]) = (hex(trace?)?, hex(span?)?, hex(flags?)?);
        let is_valid = trace != [0; 16] && span != [0; 8];
        is_valid.then_some(Self { trace, span, is_recorded: flags & 1 == 1 })
    }
}

/// Lowercase digits only, as the standard has it.
fn hex<const N: usize>(text: &str) -> Option<[u8; N]> {
    let digit = |byte: u8| match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    };
    let mut bytes = [0; N];
    if text.len() != 2 * N {
        return None;
    }
    for (byte, pair) in bytes.iter_mut().zip(text.as_bytes().chunks(2)) {
        *byte = digit(pair[0])? << 4 | digit(pair[1])?;
    }
    Some(bytes)
}

/// A span that has ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Span {
    pub context: SpanContext,
    pub parent: Option<[u8; 8]>,
    /// Whether another program made the parent.
    pub parent_is_remote: bool,
    pub began: Timestamp,
    pub took: Duration,
    pub work: Work,
}

/// What was done in a span.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Work {
    Request {
        method: &'static str,
        /// With parameters in braces, as in `/operators/{id}`.
        route: String,
        status: u16,
    },
    Batch {
        /// As in the names of OpenTelemetry: `sqlite` or `postgresql`.
        engine: &'static str,
        commands: usize,
        /// None if nothing was stored.
        times: Option<BatchTimes>,
    },
    /// A tick of a background job.
    Job {
        name: &'static str,
    },
    Call {
        kind: CallKind,
        is_ok: bool,
    },
}

/// How long the parts of a batch took.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BatchTimes {
    /// Reading what the commands need, and carrying them out.
    pub decide: Duration,
    /// Writing what changed, and the commit.
    pub commit: Duration,
}

/// What is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallKind {
    /// An endpoint of webhooks, of whatever format.
    Webhook,
    Telegram,
    Mail,
    /// A push service, for a browser.
    Push,
}

impl CallKind {
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Webhook => "webhook",
            Self::Telegram => "telegram",
            Self::Mail => "mail",
            Self::Push => "push",
        }
    }
}

/// The span in which this is called, if there is one.
#[must_use]
pub fn current() -> Option<SpanContext> {
    RECORDER.get()?;
    CURRENT.try_with(|context| *context).ok()
}

/// The time, if somebody wants to know how long something takes.
pub(crate) fn watch() -> Option<Instant> {
    RECORDER.get().map(|_| Instant::now())
}

/// A span that has begun. One that is dropped is not recorded.
#[must_use]
pub struct OpenSpan {
    recorder: &'static Recorder,
    context: SpanContext,
    parent: Option<[u8; 8]>,
    parent_is_remote: bool,
    began: Timestamp,
    clock: Instant,
}

impl OpenSpan {
    /// Of a request, which may say whose part it is in the header `traceparent`.
    pub fn of_request<'a>(traceparent: impl FnOnce() -> Option<&'a str>) -> Option<Self> {
        let recorder = RECORDER.get()?;
        let parent = traceparent().and_then(SpanContext::from_traceparent);
        Self::begin(recorder, parent, parent.is_some())
    }

    /// A part of the current span, or the first of a trace.
    pub(crate) fn here() -> Option<Self> {
        Self::begin(RECORDER.get()?, current(), false)
    }

    /// None if the system has no randomness to give: then it has no ids.
    fn begin(recorder: &'static Recorder, parent: Option<SpanContext>, parent_is_remote: bool) -> Option<Self> {
        let span = clock::unforeseeable().ok()?;
        let context = match parent {
            Some(parent) => SpanContext { span, ..parent },
            None => {
                let trace: [u8; 16] = clock::unforeseeable().ok()?;
                let is_recorded = u16::from(trace[7]) << 8 | u16::from(trace[6]);
                let is_recorded = u32::from(is_recorded) * 100 < u32::from(recorder.percent) << 16;
                SpanContext { trace, span, is_recorded }
            }
        };
        let parent = parent.map(|parent| parent.span);
        Some(Self { recorder, context, parent, parent_is_remote, began: clock::now(), clock: Instant::now() })
    }

    /// Ends it.
    pub fn end(self, work: impl FnOnce() -> Work) {
        let Self { recorder, context, parent, parent_is_remote, began, clock } = self;
        if context.is_recorded {
            let took = clock.elapsed();
            recorder.sink.take(Span { context, parent, parent_is_remote, began, took, work: work() });
        }
    }
}

/// A future, in a span or in none.
type Within<F> = Either<TaskLocalFuture<SpanContext, F>, F>;

/// What is done in the future is part of the span.
pub fn within<F: Future>(span: Option<&OpenSpan>, future: F) -> Within<F> {
    in_context(span.map(|span| span.context), future)
}

/// The same for a task of its own, which may outlive the span that began it.
pub(crate) fn in_context<F: Future>(context: Option<SpanContext>, future: F) -> Within<F> {
    match context {
        Some(context) => Either::Left(CURRENT.scope(context, future)),
        None => Either::Right(future),
    }
}

/// A call that goes out, as a span; none if it turns out that nothing was called.
pub(crate) async fn call<F: Future>(
    kind: CallKind,
    call: F,
    is_ok: impl FnOnce(&F::Output) -> Option<bool>,
) -> F::Output {
    let span = OpenSpan::here();
    let answered = within(span.as_ref(), call).await;
    if let Some((span, is_ok)) = span.and_then(|span| Some((span, is_ok(&answered)?))) {
        span.end(|| Work::Call { kind, is_ok });
    }
    answered
}

/// A call of Telegram, as a span.
pub(crate) async fn telegram<T, E>(call: impl Future<Output = Result<T, E>>) -> Result<T, E> {
    self::call(CallKind::Telegram, call, |answered| Some(answered.is_ok())).await
}

/// A batch that has begun: a span in the trace of each who waits for one of its commands, or else one of its own.
pub(crate) struct OpenBatch(Vec<OpenSpan>);

impl OpenBatch {
    /// Of commands that were sent in these spans.
    pub(crate) fn begin(began: Option<Instant>, senders: impl Iterator<Item = Option<SpanContext>>) -> Option<Self> {
        let (recorder, began) = (RECORDER.get()?, began?);
        let mut senders: Vec<Option<SpanContext>> = senders.flatten().map(Some).collect();
        // What one span sent is one span.
        senders.dedup();
        if senders.is_empty() {
            senders.push(None);
        }
        senders.retain(|sender| sender.is_none_or(|sender| sender.is_recorded));
        let waited = Timestamp(clock::now().0 - i64::try_from(began.elapsed().as_micros()).unwrap_or_default());
        let open = |sender| Some(OpenSpan { began: waited, clock: began, ..OpenSpan::begin(recorder, sender, false)? });
        Some(Self(senders.into_iter().filter_map(open).collect()))
    }

    pub(crate) fn end(self, is_shared: bool, commands: usize, times: Option<BatchTimes>) {
        let engine = if is_shared { "postgresql" } else { "sqlite" };
        self.0.into_iter().for_each(|span| span.end(|| Work::Batch { engine, commands, times }));
    }
}

#[cfg(test)]
mod tests {
    use super::SpanContext;

    #[test]
    fn a_traceparent_is_read_as_the_standard_has_it_and_nothing_else_is() {
        let text = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
        let context = SpanContext::from_traceparent(text).expect("the example of the standard");
        assert_eq!(context.trace[..3], [0x4b, 0xf9, 0x2f]);
        assert_eq!(context.span, [0x00, 0xf0, 0x67, 0xaa, 0x0b, 0xa9, 0x02, 0xb7]);
        assert!(context.is_recorded);
        let with = |from: &str, to: &str| SpanContext::from_traceparent(&text.replace(from, to));
        assert!(with("-01", "-00").is_some_and(|context| !context.is_recorded));
        assert!(with("00-4b", "cc-4b").is_some(), "of a later version");
        assert!(with("-01", "-01-more").is_none(), "this version has nothing behind the flags");
        for (from, to) in [
            ("00-4b", "ff-4b"),
            ("4bf9", "4BF9"),
            ("00f067aa0ba902b7", "0000000000000000"),
            ("-01", ""),
            ("-01", "-1"),
            ("-", "я"),
        ] {
            assert_eq!(with(from, to), None, "{to}");
        }
        assert_eq!(SpanContext::from_traceparent(""), None);
    }
}
