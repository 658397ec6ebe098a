//! Telling operators in their browsers: one message for each assignment or offer, to all browsers of an operator. It is
//! told when one has taken it; those that do not take it now are tried again, until it would be an hour late.

use super::attempts::Attempts;
use super::notice::{Desk, Wanted};
use crate::push::{KeyError, Notification, Sent, service};
use crate::spans::{self, CallKind};
use crate::telegram::texts::{Language, first_line};
use futures_util::future::join_all;
use maitred_core::{Contact, ContactId, Timestamp};
use maitred_store::StoreError;
use maitred_store::push::{Browser, PushNotice};
use metrics::counter;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::{Duration, Instant};
use url::Url;

/// For how long a push service keeps a message for a browser that is away: as long as it is news.
const KEEP_S: i64 = super::STALE_MICROS / 1_000_000;

/// What this node knows of messages that are on their way, by the origins of push services.
#[derive(Default)]
pub(super) struct PushOutbox {
    attempts: Attempts<String>,
    /// By contact: the decision of which one browser was told, and those that are still to be told.
    left: BTreeMap<ContactId, (u32, BTreeSet<i64>)>,
}

/// What became of a message to browsers of an operator.
#[derive(Default)]
struct Outcome {
    /// Whether one has it.
    is_told: bool,
    /// Those that it is sent to again, and when.
    left: BTreeSet<i64>,
    later: Option<Instant>,
    /// Why one never takes it.
    refused: Option<Arc<str>>,
}

impl PushOutbox {
    /// A step begins.
    pub(super) fn begin_step(&mut self) {
        self.attempts.begin_step();
    }

    /// Sends the browsers of who has a contact a message about it, unless they were sent one. Gives when to go on, if
    /// that was not possible now.
    pub(super) async fn tell(&mut self, desk: &Desk<'_>, id: ContactId) -> Result<Option<Instant>, StoreError> {
        let Some(mut to) = ToTell::of(desk, id).await? else { return Ok(self.done(id)) };
        let decision = to.wanted.decision;
        if to.is_told {
            let left = self.left.get(&id).filter(|(of, _)| *of == decision);
            to.browsers.retain(|browser| left.is_some_and(|(_, left)| left.contains(&browser.id)));
        }
        if to.browsers.is_empty() {
            return Ok(self.done(id));
        }
        if let Some(at) = self.attempts.rests(id, decision) {
            return Ok(Some(at));
        }
        let sent = self.send(desk, &to).await?;
        let is_over = sent.is_told || sent.later.is_none();
        if is_over && !to.is_told {
            let error = (!sent.is_told).then(|| sent.refused.unwrap_or_else(|| "gone".into()));
            let result = if error.is_some() { "refused" } else { "sent" };
            counter!("maitred_push_notices_total", "result" => result).increment(1);
            let notice = PushNotice { contact: id, operator: to.wanted.operator, decision, error, told_at: desk.now };
            desk.app.push().store().put_notice(notice).await?;
        }
        if sent.later.is_none() {
            return Ok(self.done(id));
        }
        self.left.insert(id, (decision, sent.left));
        Ok(sent.later)
    }

    /// There is nothing more to send about a contact.
    fn done(&mut self, id: ContactId) -> Option<Instant> {
        self.attempts.done(id);
        self.left.remove(&id);
        None
    }

    async fn send(&mut self, desk: &Desk<'_>, to: &ToTell) -> Result<Outcome, StoreError> {
        let keep = to.contact.accept_by.map_or(KEEP_S, |at| (at.0 - desk.now.0) / 1_000_000);
        let keep = u32::try_from(keep.clamp(1, KEEP_S)).unwrap_or_default();
        let mut outcome = Outcome::default();
        let mut calls = Vec::new();
        for browser in &to.browsers {
            if let Some(at) = self.attempts.server_rests(&origin(browser)) {
                outcome.left.insert(browser.id);
                outcome.later = outcome.later.into_iter().chain([at]).min();
                continue;
            }
            let Some(what) = notification(desk, &to.contact, to.wanted, browser).await? else { continue };
            calls.push(async move {
                let sending = desk.app.push().send_noted(browser, &what, keep);
                let sent = spans::call(CallKind::Push, sending, |sent| Some(matches!(sent, Ok(Sent::Taken)))).await;
                (browser, sent)
            });
        }
        // Several browsers of a service are one reason for it to rest, and one try.
        let (mut silent, mut throttled) = (BTreeSet::new(), None);
        for (browser, sent) in join_all(calls).await {
            match self.noted(browser, sent)? {
                Sent::Taken => outcome.is_told = true,
                Sent::Gone => _ = outcome.refused.get_or_insert_with(|| "gone".into()),
                Sent::Refused(why) => outcome.refused = Some(why.into()),
                Sent::Unreachable(_) => {
                    silent.insert(origin(browser));
                    outcome.left.insert(browser.id);
                }
                Sent::Later(at) => {
                    throttled = throttled.into_iter().chain([at]).min();
                    outcome.left.insert(browser.id);
                }
            }
        }
        let rests = silent.iter().map(|origin| self.attempts.unreachable(origin));
        outcome.later = outcome.later.into_iter().chain(rests).min();
        if let Some(at) = throttled {
            let wait = u64::try_from(at.0 - desk.now.0).unwrap_or_default();
            let earliest = Instant::now() + Duration::from_micros(wait);
            let at = self.attempts.later(to.contact.id, to.wanted.decision, earliest);
            outcome.later = outcome.later.into_iter().chain([at]).min();
        }
        Ok(outcome)
    }

    /// Notes what became of a message to a browser.
    fn noted(&mut self, browser: &Browser, sent: Result<Sent, KeyError>) -> Result<Sent, StoreError> {
        let operator = browser.operator.0;
        let sent = match sent {
            Ok(sent) => sent,
            Err(KeyError::Store(error)) => return Err(error),
            Err(error) => Sent::Unreachable(error.to_string()),
        };
        match &sent {
            Sent::Unreachable(error) => {
                tracing::warn!(%error, service = &*service(browser), "a push service does not take messages");
                return Ok(sent);
            }
            Sent::Refused(_) => tracing::warn!(operator, "a push service refuses messages for a browser"),
            Sent::Gone => tracing::info!(operator, "a browser of an operator is not subscribed any more"),
            Sent::Taken | Sent::Later(_) => {}
        }
        self.attempts.answered(&origin(browser));
        Ok(sent)
    }
}

/// What rests if it does not answer. The whole origin: another port of the same host is another server, and the
/// operator of a browser names it.
fn origin(browser: &Browser) -> String {
    Url::parse(&browser.url).map(|url| url.origin().ascii_serialization()).unwrap_or_default()
}

/// Who is to be told of a contact in which browsers.
struct ToTell {
    contact: Contact,
    wanted: Wanted,
    /// At least one.
    browsers: Vec<Browser>,
    /// Whether one was told, or all refused it.
    is_told: bool,
}

impl ToTell {
    /// None if there is nobody.
    async fn of(desk: &Desk<'_>, id: ContactId) -> Result<Option<Self>, StoreError> {
        let Some((contact, wanted)) = desk.news(id).await? else { return Ok(None) };
        let store = desk.app.push().store();
        let mut browsers = store.browsers_of(wanted.operator).await?;
        let since = contact.assigned_at.unwrap_or(Timestamp(i64::MAX));
        // What they had before is no news.
        browsers.retain(|browser| browser.created_at <= since);
        if browsers.is_empty() {
            return Ok(None);
        }
        let is_it = |notice: &PushNotice| (notice.operator, notice.decision) == (wanted.operator, wanted.decision);
        let is_told = store.notices(id).await?.iter().any(is_it);
        Ok(Some(Self { contact, wanted, browsers, is_told }))
    }
}

async fn notification(
    desk: &Desk<'_>,
    contact: &Contact,
    wanted: Wanted,
    browser: &Browser,
) -> Result<Option<Notification>, StoreError> {
    let Some(source) = desk.app.store().source(contact.source).await? else { return Ok(None) };
    let language = Language::of(browser.language.as_deref());
    // What the lead wrote stays off a locked screen unless the source shows what is personal.
    let line = contact.message.as_deref().filter(|_| desk.shows_phone(&source)).map(first_line);
    let body = desk.told(wanted, contact, &source, line.as_deref(), |told| language.facts(told)).await?;
    Ok(Some(Notification {
        title: language.subject(&source.name, wanted.is_offer()),
        body,
        url: format!("/desk/{}#held-{}", wanted.operator, contact.id),
        tag: format!("contact-{}", contact.id),
    }))
}
