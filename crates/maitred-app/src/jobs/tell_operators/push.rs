//! Telling operators in their browsers: one message for each assignment or offer, to all browsers of an operator. It is
//! told when one has taken it; a message that none takes now is tried again, until it would be an hour late.

use super::attempts::Attempts;
use super::notice::{Desk, Wanted};
use crate::push::{KeyError, Notification, Sent, service};
use crate::telegram::texts::{Language, first_line};
use futures_util::future::join_all;
use maitred_core::{Contact, ContactId, Timestamp};
use maitred_store::StoreError;
use maitred_store::push::{Browser, PushNotice};
use metrics::counter;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How long a push service may take to answer.
const ANSWER: Duration = Duration::from_secs(10);
/// For how long a push service keeps a message for a browser that is away: as long as it is news.
const KEEP_S: i64 = super::STALE_MICROS / 1_000_000;

/// What this node knows of messages that are on their way, by the host of the push service.
#[derive(Default)]
pub(super) struct PushOutbox {
    attempts: Attempts<Arc<str>>,
}

impl PushOutbox {
    /// A step begins.
    pub(super) fn begin_step(&mut self) {
        self.attempts.begin_step();
    }

    /// Sends the browsers of who has a contact a message about it, unless they were sent one. Gives when to go on, if
    /// that was not possible now.
    pub(super) async fn tell(&mut self, desk: &Desk<'_>, id: ContactId) -> Result<Option<Instant>, StoreError> {
        let Some((contact, wanted, browsers)) = to_tell(desk, id).await? else {
            self.attempts.done(id);
            return Ok(None);
        };
        if let Some(at) = self.attempts.rests(id, wanted.decision) {
            return Ok(Some(at));
        }
        let sent = self.send(desk, &contact, wanted, browsers).await?;
        let error = match sent {
            Outcome::Told => None,
            Outcome::Later(at) => return Ok(Some(at)),
            Outcome::Never(why) => Some(why),
        };
        self.attempts.done(id);
        let result = if error.is_some() { "refused" } else { "sent" };
        counter!("maitred_push_notices_total", "result" => result).increment(1);
        let Wanted { operator, decision, .. } = wanted;
        let notice = PushNotice { contact: id, operator, decision, error, told_at: desk.now };
        desk.app.push().store().put_notice(notice).await?;
        Ok(None)
    }

    async fn send(
        &mut self,
        desk: &Desk<'_>,
        contact: &Contact,
        wanted: Wanted,
        browsers: Vec<Browser>,
    ) -> Result<Outcome, StoreError> {
        let (resting, awake): (Vec<_>, Vec<_>) = browsers
            .into_iter()
            .map(|it| (self.attempts.server_rests(&service(&it)), it))
            .partition(|it| it.0.is_some());
        let mut later = resting.into_iter().filter_map(|(at, _)| at).min();
        let keep = contact.accept_by.map_or(KEEP_S, |at| (at.0 - desk.now.0) / 1_000_000);
        let keep = u32::try_from(keep.clamp(1, KEEP_S)).unwrap_or_default();
        let mut calls = Vec::new();
        for (_, browser) in awake {
            let Some(what) = notification(desk, contact, wanted, &browser).await? else { continue };
            calls.push(async move {
                let sent = tokio::time::timeout(ANSWER, desk.app.push().send_noted(&browser, &what, keep)).await;
                (browser, sent)
            });
        }
        let (mut is_told, mut refused) = (false, None);
        for (browser, sent) in join_all(calls).await {
            match self.noted(&browser, sent.unwrap_or_else(|_| Ok(unanswered())))? {
                Sent::Taken => is_told = true,
                Sent::Gone => _ = refused.get_or_insert_with(|| "gone".into()),
                Sent::Refused(why) => refused = Some(why.into()),
                Sent::Unreachable(_) => {
                    later = later.into_iter().chain(self.attempts.server_rests(&service(&browser))).min()
                }
                Sent::Later(at) => {
                    let wait = u64::try_from(at.0 - desk.now.0).unwrap_or_default();
                    let earliest = Instant::now() + Duration::from_micros(wait);
                    let at = self.attempts.later(contact.id, wanted.decision, earliest);
                    later = later.into_iter().chain([at]).min();
                }
            }
        }
        Ok(match (is_told, later, refused) {
            (true, ..) => Outcome::Told,
            (false, Some(at), _) => Outcome::Later(at),
            (false, None, why) => Outcome::Never(why.unwrap_or_else(|| "gone".into())),
        })
    }

    /// Notes what became of a message to a browser.
    fn noted(&mut self, browser: &Browser, sent: Result<Sent, KeyError>) -> Result<Sent, StoreError> {
        let (service, operator) = (service(browser), browser.operator.0);
        let sent = match sent {
            Ok(sent) => sent,
            Err(KeyError::Store(error)) => return Err(error),
            Err(error) => Sent::Unreachable(error.to_string()),
        };
        match &sent {
            Sent::Unreachable(error) => {
                self.attempts.unreachable(&service);
                tracing::warn!(%error, service = &*service, "a push service does not take messages");
                return Ok(sent);
            }
            Sent::Refused(_) => tracing::warn!(operator, "a push service refuses messages for a browser"),
            Sent::Gone => tracing::info!(operator, "a browser of an operator is not subscribed any more"),
            Sent::Taken | Sent::Later(_) => {}
        }
        self.attempts.answered(&service);
        Ok(sent)
    }
}

/// What became of a message to all browsers of an operator.
enum Outcome {
    Told,
    Later(Instant),
    Never(Arc<str>),
}

fn unanswered() -> Sent {
    Sent::Unreachable(format!("no answer within {} seconds", ANSWER.as_secs()))
}

/// Who is to be told of a contact in which browsers, if anybody is.
async fn to_tell(desk: &Desk<'_>, id: ContactId) -> Result<Option<(Contact, Wanted, Vec<Browser>)>, StoreError> {
    let Some((contact, wanted)) = desk.news(id).await? else { return Ok(None) };
    let store = desk.app.push().store();
    let mut browsers = store.browsers_of(wanted.operator).await?;
    let since = contact.assigned_at.unwrap_or(Timestamp(i64::MAX));
    // What they had before is no news.
    browsers.retain(|browser| browser.created_at <= since);
    if browsers.is_empty() {
        return Ok(None);
    }
    let is_done = |notice: &PushNotice| (notice.operator, notice.decision) == (wanted.operator, wanted.decision);
    let is_told = store.notices(id).await?.iter().any(is_done);
    Ok((!is_told).then_some((contact, wanted, browsers)))
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
