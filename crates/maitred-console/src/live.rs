//! Pages that stay up to date. A page is made of *parts*, pieces of html with ids; while somebody looks at it, one task
//! a node renders the parts again after commits, at most four times a second, and every open page gets the same bytes:
//! the parts that changed. A page that was too slow for one version gets all parts of the next, and so does one that
//! has just connected. Nobody looks: nothing is read or rendered.
//!
//! The browser's side is `assets/live.js`. What a part of the board is, is in [`crate::board`]. Pages that few
//! look at are kept up to date by [`crate::changes`].

use crate::assets;
use crate::texts::{Lang, Texts};
use axum::body::Body;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures_util::stream;
use maitred_app::Stop;
use maitred_app::jobs::Job;
use maitred_core::Timestamp;
use maitred_store::clock;
use maitred_web::AppState;
use maitred_web::problem::Problem;
use maitred_web::streams::StreamPermit;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::{Notify, watch};
use tokio::time::Interval;

/// The shortest time between two versions.
const PAUSE_MIN: Duration = Duration::from_millis(250);
/// The longest, however long a version takes to make: an update is to arrive within a second.
const PAUSE_MAX: Duration = Duration::from_millis(800);
/// How many times as long as making a version took is rested after it.
const REST: u32 = 8;
/// What commits within this time are shown together; also lets a request learn how long it took.
const GATHER: Duration = Duration::from_millis(15);
/// How often a version is made when nothing happens: minutes pass all the same.
const IDLE: Duration = Duration::from_secs(5);
/// How often a quiet stream says that it is still there. The browser takes two and a half times this for a break.
const BEAT: Duration = Duration::from_secs(10);

/// A piece of a page that is replaced as a whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// One element.
    One {
        /// Its html; the element in it has an id.
        html: String,
    },
    /// An element with children that change by themselves.
    List {
        /// The opening tag of the element, which has an id.
        open: String,
        /// Each child with its id.
        items: Vec<(String, String)>,
        close: &'static str,
    },
}

impl Part {
    /// All of it.
    #[must_use]
    pub fn html(&self) -> String {
        match self {
            Self::One { html } => html.clone(),
            Self::List { open, items, close } => {
                let items = items.iter().map(|(_, html)| html.as_str());
                std::iter::once(open.as_str()).chain(items).chain([*close]).collect()
            }
        }
    }

    /// What has to be sent to a page that shows `before`.
    fn changes(&self, before: &Self) -> String {
        match (before, self) {
            (before, after) if before == after => String::new(),
            (Self::List { open: was, items: old, .. }, Self::List { open, items: new, .. })
                if was == open && old.iter().map(|(id, _)| id).eq(new.iter().map(|(id, _)| id)) =>
            {
                let changed = old.iter().zip(new).filter(|(old, new)| old.1 != new.1);
                changed.map(|(_, (_, html))| html.as_str()).collect()
            }
            (_, after) => after.html(),
        }
    }
}

/// A page of which many look at the same.
pub trait View: Send + Sync + 'static {
    /// The name of the job that updates it.
    const NAME: &'static str;

    /// What it shows, as values.
    type Data: Send + Sync;

    /// Reads that from the store.
    fn read(&self, state: &AppState) -> impl Future<Output = Result<Self::Data, Problem>> + Send;

    /// When it is to be read again, whatever happens: something that it shows is over then.
    fn until(data: &Self::Data) -> Option<Timestamp>;

    /// Its parts in a language. Always as many, in the same order.
    ///
    /// # Errors
    /// When a template fails, which is a bug.
    fn parts(data: &Self::Data, t: Texts) -> Result<Vec<Part>, Problem>;
}

/// One version of a page in one language.
#[derive(Default)]
struct Version {
    number: u64,
    parts: Vec<Part>,
    /// An event with all parts.
    whole: Bytes,
    /// An event with what changed since the version before; empty when nothing did.
    patch: Bytes,
}

/// Where the versions of a page come out, by language.
pub struct Channel {
    versions: [watch::Sender<Arc<Version>>; 2],
    /// Somebody has begun to look.
    asked: Notify,
}

impl Default for Channel {
    fn default() -> Self {
        Self { versions: Lang::ALL.map(|_| watch::Sender::default()), asked: Notify::new() }
    }
}

impl Channel {
    /// Whether anybody looks.
    #[must_use]
    pub fn is_watched(&self) -> bool {
        self.versions.iter().any(|versions| versions.receiver_count() > 0)
    }

    /// The stream of a page as an answer.
    ///
    /// # Errors
    /// When as many streams are open as may be.
    pub(super) fn follow(&self, state: &AppState, lang: Lang) -> Result<Response, Problem> {
        let versions = self.versions[lang as usize].subscribe();
        let answer = events(state, hello(), Following { versions, shown: None });
        self.asked.notify_one();
        answer
    }

    /// Makes a version, and gives the moment at which the next is due, if one is known.
    async fn publish<V: View>(&self, view: &V, state: &AppState) -> Result<Option<Timestamp>, Problem> {
        let data = view.read(state).await?;
        for (lang, versions) in Lang::ALL.into_iter().zip(&self.versions) {
            if versions.receiver_count() > 0 {
                let parts = V::parts(&data, Texts(lang))?;
                versions.send_modify(|version| *version = Arc::new(version.next(parts)));
            }
        }
        Ok(V::until(&data))
    }
}

/// Makes versions of a page while anybody looks.
pub struct UpdatePage<V> {
    channel: Arc<Channel>,
    view: V,
    state: AppState,
    committed: watch::Receiver<i64>,
    /// The rest after the last version.
    pause: Duration,
    /// The longest time until the next.
    idle: Duration,
}

impl<V: View> UpdatePage<V> {
    pub(super) fn new(channel: Arc<Channel>, view: V, state: AppState) -> Self {
        let committed = state.app().committed();
        Self { channel, view, state, committed, pause: Duration::ZERO, idle: IDLE }
    }
}

impl<V: View> Job for UpdatePage<V> {
    const NAME: &'static str = V::NAME;

    fn period(&self) -> Duration {
        self.idle
    }

    async fn woken(&mut self) {
        tokio::time::sleep(self.pause).await;
        let is_watched = self.channel.is_watched();
        tokio::select! {
            () = self.channel.asked.notified() => {}
            // A batcher that has ended commits nothing more.
            Ok(()) = self.committed.changed(), if is_watched => {}
        }
        tokio::time::sleep(GATHER).await;
    }

    async fn tick(&mut self) {
        (self.pause, self.idle) = (Duration::ZERO, IDLE);
        if !self.channel.is_watched() {
            return;
        }
        self.committed.borrow_and_update();
        let began = Instant::now();
        let until = match self.channel.publish(&self.view, &self.state).await {
            Ok(until) => until,
            Err(problem) => {
                tracing::error!(detail = problem.detail, "a live page was not updated");
                None
            }
        };
        self.pause = (began.elapsed() * REST).clamp(PAUSE_MIN, PAUSE_MAX);
        // To the next millisecond, so that the moment has come.
        let left = until.map(|at| at.0.saturating_sub(clock::now().0).max(0) / 1_000 + 1);
        let left = left.and_then(|ms| u64::try_from(ms).ok()).map(Duration::from_millis);
        self.idle = left.map_or(IDLE, |left| left.clamp(self.pause, IDLE));
    }
}

impl Version {
    fn next(&self, parts: Vec<Part>) -> Self {
        let whole: String = parts.iter().map(Part::html).collect();
        let patch = match self.parts.len() == parts.len() {
            true => parts.iter().zip(&self.parts).map(|(after, before)| after.changes(before)).collect(),
            false => whole.clone(),
        };
        Self { number: self.number + 1, whole: patch_event(&whole), patch: patch_event(&patch), parts }
    }
}

/// Where one open page stands.
struct Following {
    versions: watch::Receiver<Arc<Version>>,
    /// The version it shows.
    shown: Option<u64>,
}

impl Changed for Following {
    async fn next(&mut self) -> Option<Bytes> {
        loop {
            self.versions.changed().await.ok()?;
            let version = self.versions.borrow_and_update();
            let follows = self.shown.is_some_and(|shown| shown + 1 == version.number);
            self.shown = Some(version.number);
            let event = if follows { &version.patch } else { &version.whole };
            if !event.is_empty() {
                return Some(event.clone());
            }
        }
    }
}

/// What a stream of a page is made of.
pub(super) trait Changed: Send + 'static {
    /// The next event; `None` ends the stream. It may be given up while it waits and asked again.
    fn next(&mut self) -> impl Future<Output = Option<Bytes>> + Send;
}

/// A stream of server-sent events as an answer, with a beat while it is quiet, until the server stops.
///
/// # Errors
/// When as many streams are open as may be.
pub(super) fn events(state: &AppState, first: Bytes, changed: impl Changed) -> Result<Response, Problem> {
    let open = Open {
        changed,
        stop: state.stop().clone(),
        beat: tokio::time::interval_at(tokio::time::Instant::now() + BEAT, BEAT),
        _permit: state.streams().open()?,
    };
    let events = stream::unfold((Some(first), open), |(first, mut open)| async move {
        let event = match first {
            Some(first) => first,
            None => open.next().await?,
        };
        Some((Ok::<_, Infallible>(event), (None, open)))
    });
    // Proxies that gather answers before they pass them on are asked not to.
    let headers = [(CONTENT_TYPE, "text/event-stream"), (CACHE_CONTROL, "no-cache")];
    Ok((headers, [("x-accel-buffering", "no")], Body::from_stream(events)).into_response())
}

struct Open<C> {
    changed: C,
    stop: Stop,
    beat: Interval,
    _permit: StreamPermit,
}

impl<C: Changed> Open<C> {
    async fn next(&mut self) -> Option<Bytes> {
        tokio::select! {
            () = self.stop.wanted() => None,
            event = self.changed.next() => event,
            _ = self.beat.tick() => Some(Bytes::from_static(b"event: beat\ndata:\n\n")),
        }
    }
}

/// The first event names the script that belongs to the html: a page of an older program reloads itself.
pub(super) fn hello() -> Bytes {
    format!("retry: 1000\nevent: hello\ndata: {}\n\n", assets::script()).into()
}

fn patch_event(html: &str) -> Bytes {
    if html.is_empty() {
        return Bytes::new();
    }
    // A line break ends a field of the stream. In our html it is never more than a space.
    format!("event: patch\ndata: {}\n\n", html.replace(['\n', '\r'], " ")).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(items: &[(&str, &str)]) -> Part {
        let items = items.iter().map(|(id, html)| ((*id).to_owned(), (*html).to_owned())).collect();
        Part::List { open: "<ul>".to_owned(), items, close: "</ul>" }
    }

    fn one(html: &str) -> Part {
        Part::One { html: html.to_owned() }
    }

    #[test]
    fn only_what_changed_is_sent() {
        let first = Version::default().next(vec![one("<p>"), list(&[("a", "A"), ("b", "B")])]);
        assert_eq!(first.patch, first.whole);
        let second = first.next(vec![one("<p>"), list(&[("a", "A"), ("b", "C")])]);
        assert_eq!(second.patch, "event: patch\ndata: C\n\n");
        let third = second.next(vec![one("<q>"), list(&[("a", "A"), ("b", "C")])]);
        assert_eq!(third.patch, "event: patch\ndata: <q>\n\n");
        assert_eq!(third.next(third.parts.clone()).patch, "");
    }

    #[test]
    fn a_list_with_other_items_is_sent_whole() {
        let before = list(&[("a", "A"), ("b", "B")]);
        assert_eq!(list(&[("b", "B"), ("a", "A")]).changes(&before), "<ul>BA</ul>");
        assert_eq!(list(&[("a", "A")]).changes(&before), "<ul>A</ul>");
    }

    #[test]
    fn line_breaks_do_not_break_the_stream() {
        assert_eq!(patch_event("<p>\n</p>\r"), "event: patch\ndata: <p> </p> \n\n");
    }
}
