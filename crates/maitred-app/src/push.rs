//! Browsers of operators: telling them of contacts although no page is open (Web Push). A browser subscribes on the
//! desk of its operator, and its vendor runs the push service that messages go through; only the browser can read them.
//! What is sent when is in [`crate::jobs::TellOperators`].

use crate::telegram::texts::Language;
use maitred_core::limits::Invalid;
use maitred_core::{Operator, OperatorId, Timestamp};
use maitred_push::subscription::encoded;
use maitred_push::{PushError, SenderKey, Subscription, encrypt};
use maitred_store::push::{Browser, PushKey};
use maitred_store::{PushStore, StoreError, clock};
use maitred_webhooks::retry::throttled_until;
use maitred_webhooks::sender::Answer;
use maitred_webhooks::{EndpointUrl, Sender};
use serde::Serialize;
use sha2::{Digest, Sha256};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::OnceCell;
use url::{Host, Url};

/// An operator has at most so many browsers; one more ends the one that subscribed first.
pub const BROWSERS_MAX: usize = 10;
/// How long a push service may take to answer. Operators are told by one after another, so it holds up others.
const ANSWER: Duration = Duration::from_secs(5);
/// For how long a push service keeps a test, in seconds.
const TEST_KEPT_S: u32 = 60;
/// Ids are of so many bits: what a number in JSON holds exactly.
const ID_BITS: u32 = 52;
/// What is kept of why a message was refused, in characters.
const REFUSAL_CHARS_MAX: usize = 200;
/// A shorter part of a URL is no secret, and may be a word.
const SECRET_CHARS_MIN: usize = 16;

/// See the module. Clones share everything.
#[derive(Clone)]
pub struct Push(Arc<Parts>);

struct Parts {
    store: PushStore,
    sender: Sender,
    /// Where a push service may complain: `mailto:` and an address, or a URL of `https`.
    contact: Option<String>,
    key: OnceCell<SenderKey>,
}

/// What a browser shows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Notification {
    pub title: String,
    pub body: String,
    /// What a click opens: a path of the console.
    pub url: String,
    /// Of two with the same tag the later replaces the earlier.
    pub tag: String,
}

/// What became of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sent {
    /// The push service has it.
    Taken,
    /// The browser is not subscribed any more.
    Gone,
    /// Not now.
    Later(Timestamp),
    /// The push service cannot be spoken to: it is not about this message. Without the URL, so that it can be logged.
    Unreachable(String),
    /// Never; with the words of the service.
    Refused(String),
}

/// Why a browser was not subscribed.
#[derive(Debug)]
pub enum SubscribeError {
    /// What is wrong with its URL.
    Url(Invalid),
    /// Its keys are none.
    Keys,
    Key(KeyError),
}

/// Why there is no key of this installation.
#[derive(Debug)]
pub enum KeyError {
    Push(PushError),
    Store(StoreError),
}

impl From<PushError> for KeyError {
    fn from(error: PushError) -> Self {
        Self::Push(error)
    }
}

impl From<StoreError> for KeyError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl fmt::Display for KeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Push(error) => error.fmt(f),
            Self::Store(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for KeyError {}

impl Push {
    /// `contact`: where a push service may complain, `mailto:` and an address or a URL of `https`.
    #[must_use]
    pub fn new(store: PushStore, sender: Sender, contact: Option<String>) -> Self {
        let sender = sender.with_patience(ANSWER);
        Self(Arc::new(Parts { store, sender, contact, key: OnceCell::new() }))
    }

    /// Where browsers are kept.
    #[must_use]
    pub fn store(&self) -> &PushStore {
        &self.0.store
    }

    /// The public key that browsers subscribe with: base64url. It is made when it is first asked for.
    ///
    /// # Errors
    /// [`KeyError`] when there is none.
    pub async fn public_key(&self) -> Result<String, KeyError> {
        Ok(self.key().await?.public())
    }

    async fn key(&self) -> Result<&SenderKey, KeyError> {
        let read = async {
            let stored = match self.0.store.key().await? {
                Some(stored) => stored,
                None => {
                    let made = PushKey { one: 1, private_key: SenderKey::generate()?, created_at: clock::now() };
                    self.0.store.put_key(made).await?
                }
            };
            Ok(SenderKey::read(&stored.private_key)?)
        };
        self.0.key.get_or_try_init(|| read).await
    }

    /// Tells an operator in a browser from now on, and nobody else there.
    ///
    /// # Errors
    /// [`SubscribeError`] says what is wrong with it.
    pub async fn subscribe(
        &self,
        operator: OperatorId,
        (url, public_key, auth): (&str, &str, &str),
        language: Option<Arc<str>>,
    ) -> Result<Browser, SubscribeError> {
        let url = EndpointUrl::parse(url).and_then(|url| url.vet(self.0.sender.policy()).map(|()| url));
        let url = url.and_then(is_of_a_push_service).map_err(SubscribeError::Url)?;
        let known = Subscription::parse(url.as_str().to_owned(), public_key, auth).ok_or(SubscribeError::Keys)?;
        let browser = Browser {
            id: id_of(url.as_str()),
            operator,
            url: url.text(),
            public_key: encoded(known.public_key()).into(),
            auth: encoded(known.auth()).into(),
            language,
            created_at: clock::now(),
            told_at: None,
            error: None,
        };
        let stored = self.0.store.put_browser(browser, BROWSERS_MAX).await;
        stored.map_err(|error| SubscribeError::Key(error.into()))
    }

    /// Sends a browser something to show. The push service keeps it for so many seconds while the browser is away, and
    /// drops it where another of the same tag comes meanwhile.
    ///
    /// # Errors
    /// [`KeyError`] when there is no key to send with.
    pub async fn send(&self, to: &Browser, what: &Notification, keep_s: u32) -> Result<Sent, KeyError> {
        let Some(url) = Url::parse(&to.url).ok() else { return Ok(Sent::Gone) };
        let known = Subscription::parse(to.url.to_string(), &to.public_key, &to.auth);
        let text = serde_json::to_vec(what).unwrap_or_default();
        let body = match known.map(|known| encrypt(&known, &text)) {
            Some(Ok(body)) => body,
            Some(Err(error @ (PushError::BadKey | PushError::TooLong))) => return Ok(Sent::Refused(error.to_string())),
            Some(Err(error)) => return Err(error.into()),
            None => return Ok(Sent::Refused(PushError::BadKey.to_string())),
        };
        let now = clock::now();
        let by = self.key().await?.authorization(&url, self.0.contact.as_deref(), now.0.div_euclid(1_000_000))?;
        let keep = keep_s.to_string();
        let headers = [
            ("authorization", by.as_str()),
            ("content-encoding", "aes128gcm"),
            ("content-type", "application/octet-stream"),
            ("ttl", &keep),
            ("urgency", "high"),
            ("topic", &what.tag),
        ];
        Ok(match self.0.sender.post_bytes(&to.url, &headers, body.into()).await {
            Ok(answer) => outcome(&answer, &url, now),
            Err(attempt) => Sent::Unreachable(attempt.error.unwrap_or_default()),
        })
    }

    /// The same, and keeps what became of it: one that is not subscribed any more is forgotten.
    ///
    /// # Errors
    /// [`KeyError`] when there is no key to send with, or the store cannot be used.
    pub async fn send_noted(&self, to: &Browser, what: &Notification, keep_s: u32) -> Result<Sent, KeyError> {
        let sent = self.send(to, what, keep_s).await?;
        let (store, now) = (self.store(), clock::now());
        match &sent {
            Sent::Taken => store.note(to.id, now, None).await?,
            Sent::Refused(why) => store.note(to.id, now, Some(why.as_str().into())).await?,
            Sent::Gone => _ = store.remove(to.operator, to.id).await?,
            Sent::Later(_) | Sent::Unreachable(_) => {}
        }
        Ok(sent)
    }

    /// Sends a browser of an operator a test; none if it is not theirs.
    ///
    /// # Errors
    /// As those of [`Push::send_noted`].
    pub async fn test(&self, operator: &Operator, browser: i64) -> Result<Option<Sent>, KeyError> {
        let browsers = self.store().browsers_of(operator.id).await?;
        let Some(found) = browsers.iter().find(|it| it.id == browser) else { return Ok(None) };
        self.send_noted(found, &Notification::test(found, operator), TEST_KEPT_S).await.map(Some)
    }
}

impl Notification {
    /// One that says that an operator is told here.
    fn test(to: &Browser, operator: &Operator) -> Self {
        let language = Language::of(to.language.as_deref());
        Self {
            title: operator.name.to_string(),
            body: language.told_here().to_owned(),
            url: format!("/desk/{}", operator.id),
            tag: "test".to_owned(),
        }
    }
}

/// What an answer of a push service means (RFC 8030, 5 and 7; RFC 8292, 4.2).
fn outcome(answer: &Answer, url: &Url, now: Timestamp) -> Sent {
    match answer.status {
        200..300 => Sent::Taken,
        404 | 410 => Sent::Gone,
        status @ (408 | 429 | 500..) => {
            let minute = Timestamp(now.0 + 60 * 1_000_000);
            Sent::Later(throttled_until(status, answer.retry_after.as_deref(), now).unwrap_or(minute))
        }
        status => {
            // PostgreSQL keeps no NUL in a text.
            let words = String::from_utf8_lossy(&answer.body).replace('\0', "");
            let words: String = without_secrets(&words, url).trim().chars().take(REFUSAL_CHARS_MAX).collect();
            Sent::Refused(format!("{status} {words}").trim_end().to_owned())
        }
    }
}

/// What a push service says may repeat the URL, or the part of it that is the secret.
fn without_secrets(words: &str, url: &Url) -> String {
    let last = url.path().rsplit('/').next().filter(|last| last.len() >= SECRET_CHARS_MIN);
    let secrets = [Some(url.as_str()), Some(url.path()), last, url.query()].into_iter().flatten();
    secrets.filter(|secret| secret.len() > 1).fold(words.to_owned(), |words, secret| words.replace(secret, "..."))
}

/// Push services speak TLS; only one on this machine, which the settings have to name, may do without. Anybody with a
/// desk may name a URL here, and what else takes `http` in a private network is not theirs to call.
fn is_of_a_push_service(url: EndpointUrl) -> Result<EndpointUrl, Invalid> {
    let parsed = Url::parse(url.as_str()).ok();
    let is_here = match parsed.as_ref().and_then(Url::host) {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        _ => false,
    };
    match is_here || parsed.is_some_and(|url| url.scheme() == "https") {
        true => Ok(url),
        false => Err(Invalid("does not begin with https://, as those of push services do".to_owned())),
    }
}

/// The host of the push service of a browser: what is shown of its URL, which is a secret.
#[must_use]
pub fn service(browser: &Browser) -> Arc<str> {
    let url = Url::parse(&browser.url).ok();
    url.as_ref().and_then(Url::host_str).unwrap_or_default().into()
}

fn id_of(url: &str) -> i64 {
    let digest = Sha256::digest(url);
    let first = digest.first_chunk::<8>().copied().unwrap_or_default();
    (u64::from_be_bytes(first) >> (u64::BITS - ID_BITS)).cast_signed()
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case(201, None, Sent::Taken)]
    #[case(410, None, Sent::Gone)]
    #[case(404, None, Sent::Gone)]
    #[case(429, Some("7"), Sent::Later(Timestamp(7_000_000)))]
    #[case(429, None, Sent::Later(Timestamp(60_000_000)))]
    #[case(500, None, Sent::Later(Timestamp(60_000_000)))]
    #[case(403, None, Sent::Refused("403 no".to_owned()))]
    #[case(413, None, Sent::Refused("413 no".to_owned()))]
    fn an_answer_says_what_became_of_a_message(#[case] status: u16, #[case] after: Option<&str>, #[case] sent: Sent) {
        let answer = Answer { status, retry_after: after.map(str::to_owned), body: " n\0o\n".into() };
        let url = Url::parse("https://push.example.net/a").unwrap();
        assert_eq!(outcome(&answer, &url, Timestamp(0)), sent);
    }

    #[rstest]
    #[case("<p>The URL /send/dGhlIHNlY3JldCBwYXJ0?v=2 is bad")]
    #[case("{\"endpoint\": \"https://push.example.net/send/dGhlIHNlY3JldCBwYXJ0?v=2\"}")]
    #[case("no such token: dGhlIHNlY3JldCBwYXJ0")]
    fn the_words_of_a_service_are_kept_without_the_secret(#[case] words: &str) {
        let url = Url::parse("https://push.example.net/send/dGhlIHNlY3JldCBwYXJ0?v=2").unwrap();
        let answer = Answer { status: 400, retry_after: None, body: words.to_owned().into() };
        let Sent::Refused(kept) = outcome(&answer, &url, Timestamp(0)) else { panic!("it is refused") };
        assert!(kept.starts_with("400 ") && kept.contains("...") && !kept.contains("dGhl"), "{kept}");
    }

    #[test]
    fn an_id_is_a_number_that_javascript_holds() {
        let (one, other) = (id_of("https://push.example.net/a"), id_of("https://push.example.net/b"));
        assert!(one != other && (0..1 << 53).contains(&one) && (0..1 << 53).contains(&other));
    }
}
