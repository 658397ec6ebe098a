//! Webhooks: endpoints as people set them up, and calling them. An endpoint is a cursor over the feed: what it is to
//! get next follows from its position, so nothing is copied for it and nothing is lost while it does not answer.
//!
//! [`Line`] decides what is sent when, [`crate::jobs::SendWebhooks`] carries that out.

mod line;

pub use line::{
    AHEAD_MAX, CALLS_OF_ONE_MAX, CALLS_OF_PORTAL_MAX, CALLS_OF_UNPROVEN_MAX, DOWN_AFTER, Line, PROBE_REST_MICROS, Sent,
    UNDELIVERED_MAX,
};

use crate::version::Version;
use maitred_core::limits::{Invalid, repair};
use maitred_core::{Actor, EndpointId, Timestamp};
use maitred_store::endpoints::{
    AddedEndpoint, Delivery, ENDPOINTS_MAX, EditedEndpoint, Endpoint, EndpointEdit, EndpointFormat, NewEndpoint,
    Replay, SecretBytes, Wanted,
};
use maitred_store::views::{Page, PlacedEvent};
use maitred_store::{EndpointStore, StoreError, clock};
use maitred_webhooks::bitrix24::{Pace, Portal};
use maitred_webhooks::message::TEST_TYPE;
use maitred_webhooks::sender::ANSWER_CHARS_KEPT;
use maitred_webhooks::{Attempt, EndpointUrl, Message, Secret, Sender};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::Notify;

/// For how long the secret before signs too: 24 hours.
pub const OLD_SECRET_MICROS: i64 = 24 * 3_600 * 1_000_000;

/// For how long it is remembered whether an endpoint was disabled for a fault.
const STOPPED_KEPT: Duration = Duration::from_secs(5);

/// An event as `GET /api/v1/events` shows it: its kind, and its JSON.
pub type Render = fn(PlacedEvent) -> (String, String);

/// See the module. Clones share everything.
#[derive(Clone)]
pub struct Webhooks(Arc<Parts>);

struct Parts {
    store: EndpointStore,
    sender: Sender,
    /// How often CRMs are called.
    pace: Pace,
    render: Render,
    changed: Notify,
    changes: AtomicU64,
    stopped: Mutex<Option<Stopped>>,
}

/// The first endpoint that was disabled for a fault, if there is one, and when that was read.
type Stopped = (Instant, Option<EndpointId>);

/// Why there is no new endpoint, or no new secret.
#[derive(Debug)]
pub enum EndpointError {
    /// There are as many endpoints as there may be.
    TooMany,
    /// Nothing that is sent to it is signed.
    NotSigned(EndpointId),
    /// The system has no randomness to give.
    NoRandomness(getrandom::Error),
    Store(StoreError),
}

/// Why an endpoint was not changed.
#[derive(Debug)]
pub enum EditEndpointError {
    /// Somebody changed it since the caller saw it.
    Changed,
    Store(StoreError),
}

impl From<StoreError> for EditEndpointError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<StoreError> for EndpointError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl Webhooks {
    #[must_use]
    pub fn new(store: EndpointStore, sender: Sender, render: Render) -> Self {
        Self(Arc::new(Parts {
            store,
            sender,
            pace: Pace::default(),
            render,
            changed: Notify::new(),
            changes: AtomicU64::new(0),
            stopped: Mutex::default(),
        }))
    }

    /// Where endpoints are kept.
    #[must_use]
    pub fn store(&self) -> &EndpointStore {
        &self.0.store
    }

    /// Reads the URL of an endpoint, and whether it may be called as far as that can be seen.
    ///
    /// # Errors
    /// [`Invalid`] says what is wrong with it.
    pub fn read_url(&self, text: &str) -> Result<EndpointUrl, Invalid> {
        let url = EndpointUrl::parse(text)?;
        url.vet(self.0.sender.policy())?;
        Ok(url)
    }

    /// Adds an endpoint, which gets events behind this position, and gives its secret.
    ///
    /// # Errors
    /// [`EndpointError`] says why not.
    pub async fn create(
        &self,
        url: &EndpointUrl,
        (format, wanted): (EndpointFormat, Wanted),
        position: i64,
        by: Actor,
    ) -> Result<(Endpoint, Secret), EndpointError> {
        let secret = new_secret()?;
        let (url, created_at) = (url.text(), clock::now());
        let new = NewEndpoint { url, format, wanted, secret, position, created_at, created_by: by };
        let AddedEndpoint::As(id) = self.0.store.add(new).await? else { return Err(EndpointError::TooMany) };
        self.note_change();
        let added = self.0.store.endpoint(id).await?;
        let added = added.ok_or_else(|| StoreError::Corrupt("an endpoint that was added is not there".to_owned()))?;
        Ok((added, Secret::new(secret)))
    }

    /// Endpoints by id.
    ///
    /// # Errors
    /// [`StoreError`] when they cannot be read.
    pub async fn endpoints(&self, page: Page) -> Result<Vec<Endpoint>, StoreError> {
        self.0.store.endpoints(page).await
    }

    /// The first endpoint that maitred has disabled for a fault. Every page asks, so it is remembered for some seconds:
    /// for so long a page may not know what another node has found or changed.
    ///
    /// # Errors
    /// [`StoreError`] when endpoints cannot be read.
    pub async fn stopped(&self) -> Result<Option<EndpointId>, StoreError> {
        let known = *self.0.stopped.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, stopped)) = known.filter(|(read_at, _)| read_at.elapsed() < STOPPED_KEPT) {
            return Ok(stopped);
        }
        let read_at = Instant::now();
        let all = self.endpoints(Page { limit: ENDPOINTS_MAX, after: None }).await?;
        let stopped = all.iter().find(|it| it.disabled.is_some_and(|disabled| disabled.fault.is_some()));
        let stopped = stopped.map(|endpoint| endpoint.id);
        *self.0.stopped.lock().unwrap_or_else(PoisonError::into_inner) = Some((read_at, stopped));
        Ok(stopped)
    }

    /// Has [`Webhooks::stopped`] look again.
    pub fn forget_stopped(&self) {
        *self.0.stopped.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// One endpoint.
    ///
    /// # Errors
    /// [`StoreError`] when it cannot be read.
    pub async fn endpoint(&self, id: EndpointId) -> Result<Option<Endpoint>, StoreError> {
        self.0.store.endpoint(id).await
    }

    /// How many events each endpoint does not have yet although its position has passed them; those of none are left
    /// out.
    ///
    /// # Errors
    /// [`StoreError`] when they cannot be read.
    pub async fn undelivered_counts(&self) -> Result<BTreeMap<EndpointId, u64>, StoreError> {
        self.0.store.undelivered_counts().await
    }

    /// Changes an endpoint, and gives it as it is now; none when there is none. With `versions` only if it has one of
    /// these, as [`Version::of_endpoint`] is displayed.
    ///
    /// # Errors
    /// [`EditEndpointError`] when it has another, or that cannot be stored.
    pub async fn edit(
        &self,
        id: EndpointId,
        versions: Option<&[String]>,
        edit: EndpointEdit,
    ) -> Result<Option<Endpoint>, EditEndpointError> {
        let generation = match versions {
            None => None,
            Some(versions) => {
                let Some(now) = self.0.store.endpoint(id).await? else { return Ok(None) };
                if !versions.contains(&Version::of_endpoint(&now).to_string()) {
                    return Err(EditEndpointError::Changed);
                }
                Some(now.generation)
            }
        };
        let edited = self.0.store.edit(id, EndpointEdit { generation, ..edit }).await?;
        self.note_change();
        match edited {
            EditedEndpoint::As(endpoint) => Ok(Some(*endpoint)),
            EditedEndpoint::Unknown => Ok(None),
            EditedEndpoint::Changed => Err(EditEndpointError::Changed),
        }
    }

    /// Gives an endpoint a new secret; the one before signs too for 24 hours. None when there is no such endpoint.
    ///
    /// # Errors
    /// [`EndpointError`] says why not.
    pub async fn rotate(&self, id: EndpointId) -> Result<Option<Secret>, EndpointError> {
        let Some(endpoint) = self.0.store.endpoint(id).await? else { return Ok(None) };
        if !endpoint.format.is_signed() {
            return Err(EndpointError::NotSigned(id));
        }
        let secret = new_secret()?;
        let until = Timestamp(clock::now().0 + OLD_SECRET_MICROS);
        let rotated = self.0.store.rotate(id, secret, until).await?;
        self.note_change();
        Ok(rotated.then(|| Secret::new(secret)))
    }

    /// Has the events from one position to another sent again, as far as they were sent once.
    ///
    /// # Errors
    /// [`StoreError`] when that cannot be stored.
    pub async fn replay(&self, id: EndpointId, from: i64, to: i64) -> Result<Option<Endpoint>, StoreError> {
        let replayed = self.0.store.replay(id, Replay { position: from.saturating_sub(1).max(0), to }).await?;
        self.note_change();
        Ok(replayed)
    }

    /// Deletes an endpoint with its log. False when there is none.
    ///
    /// # Errors
    /// [`StoreError`] when that cannot be stored.
    pub async fn delete(&self, id: EndpointId) -> Result<bool, StoreError> {
        let deleted = self.0.store.delete(id).await?;
        self.note_change();
        Ok(deleted)
    }

    /// Calls of an endpoint, the last one first.
    ///
    /// # Errors
    /// [`StoreError`] when they cannot be read.
    pub async fn deliveries(&self, id: EndpointId, page: Page) -> Result<Vec<Delivery>, StoreError> {
        self.0.store.deliveries(id, page).await
    }

    /// Sends a message that says nothing, now, and gives what came back; none when there is no such endpoint. That says
    /// nothing about the health of the endpoint.
    ///
    /// # Errors
    /// [`StoreError`] when the endpoint cannot be read.
    pub async fn test(&self, id: EndpointId) -> Result<Option<(Delivery, Message)>, StoreError> {
        let Some(endpoint) = self.0.store.endpoint(id).await? else { return Ok(None) };
        let now = clock::now();
        let message = Message::test(id, now, &clock::rfc3339(now));
        let attempt = match endpoint.format {
            EndpointFormat::Events => self.send(&endpoint, &message, now).await,
            EndpointFormat::Bitrix24 => self.portal(&endpoint.url).check().await,
        };
        let tested = delivery(id, None, TEST_TYPE, 1, &attempt, now);
        let id = self.0.store.log(tested.clone()).await?;
        Ok(Some((Delivery { id, ..tested }, message)))
    }

    /// The portal whose inbound webhook has this URL.
    pub(crate) fn portal<'a>(&'a self, url: &'a Arc<str>) -> Portal<'a> {
        Portal { sender: &self.0.sender, pace: &self.0.pace, url }
    }

    /// Sends a message.
    pub async fn send(&self, endpoint: &Endpoint, message: &Message, now: Timestamp) -> Attempt {
        let secrets: Vec<_> = endpoint.secrets(now).into_iter().map(Secret::new).collect();
        self.0.sender.send(&endpoint.url, message, &secrets, now).await
    }

    /// The message about an event.
    #[must_use]
    pub fn message(&self, endpoint: EndpointId, placed: PlacedEvent) -> Message {
        let (position, at) = (placed.position, placed.event.at);
        let (kind, data) = (self.0.render)(placed);
        Message::of_event(endpoint, position, at, &kind, &clock::rfc3339(at), &data)
    }

    /// The word of the kind of an event.
    #[must_use]
    pub fn kind(&self, placed: &PlacedEvent) -> String {
        (self.0.render)(placed.clone()).0
    }

    /// How often somebody changed an endpoint on this node.
    #[must_use]
    pub fn changes(&self) -> u64 {
        self.0.changes.load(Ordering::Acquire)
    }

    fn note_change(&self) {
        self.forget_stopped();
        self.0.changes.fetch_add(1, Ordering::AcqRel);
        self.0.changed.notify_one();
    }

    /// Returns when somebody changed an endpoint on this node.
    pub async fn changed(&self) {
        self.0.changed.notified().await;
    }
}

/// What came of a call, as it is kept: what was called may say anything.
#[must_use]
pub fn delivery(
    endpoint: EndpointId,
    placed: Option<&PlacedEvent>,
    r#type: &str,
    number: u32,
    attempt: &Attempt,
    at: Timestamp,
) -> Delivery {
    let kept = |text: &Option<String>| {
        let kept = repair::said(text.as_deref()?, ANSWER_CHARS_KEPT);
        (!kept.is_empty()).then(|| kept.into())
    };
    Delivery {
        id: 0,
        endpoint,
        position: placed.map(|placed| placed.position),
        contact: placed.and_then(|placed| placed.event.contact),
        lead: placed.and_then(|placed| placed.event.lead),
        r#type: r#type.into(),
        attempt: number,
        at,
        duration_ms: attempt.duration_ms,
        status: attempt.status.map(i64::from),
        // What failed has a reason, whatever is left of it.
        error: attempt.error.as_ref().map(|_| kept(&attempt.error).unwrap_or_default()),
        answer: kept(&attempt.answer),
    }
}

fn new_secret() -> Result<SecretBytes, EndpointError> {
    clock::unforeseeable().map_err(EndpointError::NoRandomness)
}
