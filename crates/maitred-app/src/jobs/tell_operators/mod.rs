//! Telling operators what they got, in Telegram (`notice`), by e-mail (`mail`) and in their browsers (`push`). One node
//! follows the feed; what it reads there says only which contacts changed. What an operator is to see follows from the
//! contact as it is, and what they were shown from a row for each message. So many changes of one contact are one
//! change of its message, and a node that goes on in the place of another does what is left to do.
//!
//! Telegram takes a few messages a second, and a mail server may be away. A contact that cannot be told of now stays on
//! the list until its time, and the position in the feed that is stored is that of the first contact on the list.

mod attempts;
mod mail;
mod notice;
mod push;

use super::Job;
use crate::App;
use crate::telegram::limits::Limits;
use mail::Outbox;
use maitred_core::{ContactId, EventDetail, Timestamp};
use maitred_store::telegram::TelegramSetup;
use maitred_store::{StoreError, clock};
use push::PushOutbox;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::watch;

/// How often a node looks whether it is its turn, and the longest rest of the one whose turn it is.
const PERIOD: Duration = Duration::from_secs(3);
/// For how long a node alone tells operators.
const TURN_MICROS: i64 = 30 * 1_000_000;
/// A node that has less than this of its turn left tells of no further contact.
const LEFT_MICROS_MIN: i64 = 10 * 1_000_000;
/// The position is not stored more often.
const STORE_MICROS: i64 = 5 * 1_000_000;
/// The rest after a commit: those behind it are looked at together with it.
const REST: Duration = Duration::from_millis(100);
const TURN: &str = "tell operators";
/// Events read at a time.
const EVENTS: u32 = 500;
/// Contacts on the list; beyond that the feed is not read further.
const CONTACTS_MAX: usize = 10_000;
/// Contacts looked at in one step.
const STEP_MAX: usize = 200;
/// The rest of a bot that Telegram does not answer, or whose token is bad.
const REST_OF_BOT: Duration = Duration::from_secs(10);
/// What is older is not told by e-mail or in a browser: an hour.
pub(crate) const STALE_MICROS: i64 = 3_600 * 1_000_000;
/// For how long messages about what is over are known, so that a button below them says so: a week.
const ENDED_MICROS: i64 = 7 * 24 * 3_600 * 1_000_000;

/// Tells operators, see the module.
pub struct TellOperators {
    app: App,
    committed: watch::Receiver<i64>,
    limits: Limits,
    outbox: Outbox,
    browsers: PushOutbox,
    /// What this node has read, as long as it is its turn.
    reading: Option<Reading>,
}

/// How far the feed was read, and what is to be looked at.
struct Reading {
    /// Until when it is this node's turn.
    turn: Timestamp,
    position: i64,
    stored: i64,
    /// When the position is stored again: reading the same events twice does no harm.
    stores_at: Timestamp,
    contacts: BTreeMap<ContactId, Pending>,
    /// The next step forgets messages about what is over.
    forgets_at: Timestamp,
}

/// A contact that is to be looked at.
struct Pending {
    /// The first event about it that was not handled.
    since: i64,
    not_before: Option<Instant>,
}

impl TellOperators {
    #[must_use]
    pub fn new(app: App) -> Self {
        let committed = app.committed();
        let (outbox, browsers) = (Outbox::default(), PushOutbox::default());
        Self { app, committed, limits: Limits::new(), outbox, browsers, reading: None }
    }

    /// Reads what happened and tells those whom it concerns, as far as Telegram takes it. Says how many contacts are
    /// still on the list; none when it is another node's turn.
    ///
    /// # Errors
    /// [`StoreError`] when the store cannot be used.
    pub async fn step(&mut self, now: Timestamp) -> Result<Option<usize>, StoreError> {
        let telegram = self.app.telegram().clone();
        let setup = telegram.setup().await?;
        let kept = self.reading.take();
        let has_browsers = self.app.push().store().has_any().await?;
        // A server without ways of telling has nothing to do, nor a file in which to say whose turn it is.
        let turn = match kept.as_ref().map(|reading| reading.turn) {
            _ if setup.version == 0 && self.app.mailer().is_none() && !has_browsers => None,
            Some(turn) if now.0 < turn.0 - TURN_MICROS / 2 => Some(turn),
            _ => {
                let until = Timestamp(now.0 + TURN_MICROS);
                let taken = telegram.store().take_turn(TURN.to_owned(), telegram.node(), now, until).await?;
                taken.then_some(until)
            }
        };
        let Some(turn) = turn else { return Ok(None) };
        let mut reading = match kept {
            Some(reading) => Reading { turn, ..reading },
            None => self.begin(turn).await?,
        };
        let told = self.go_on(&mut reading, (&setup, has_browsers), now).await;
        let left = reading.contacts.len();
        self.reading = Some(reading);
        told.map(|()| Some(left))
    }

    /// The first time it begins somewhat earlier: bots and chats may be younger than the last look, and nobody is told
    /// of what they had before they were linked.
    async fn begin(&self, turn: Timestamp) -> Result<Reading, StoreError> {
        let store = self.app.telegram().store();
        let last = self.app.store().last_position().await?;
        // A feed that was restored from a backup ends earlier than it did.
        let earlier = (last - i64::from(EVENTS)).max(0);
        let position = store.position().await?.map_or(earlier, |position| position.min(last));
        store.set_position(position).await?;
        let contacts = BTreeMap::new();
        Ok(Reading { turn, position, stored: position, stores_at: Timestamp(0), contacts, forgets_at: Timestamp(0) })
    }

    async fn go_on(
        &mut self,
        reading: &mut Reading,
        (setup, has_browsers): (&Arc<TelegramSetup>, bool),
        now: Timestamp,
    ) -> Result<(), StoreError> {
        if setup.chats.is_empty() && self.app.mailer().is_none() && !has_browsers {
            // Nobody is told anything, and who is linked later is not told what happened before.
            reading.contacts.clear();
            reading.position = self.app.store().last_position().await?;
            return self.store(reading, now).await;
        }
        self.read(reading).await?;
        let started = Instant::now();
        let is_due = |pending: &Pending| pending.not_before.is_none_or(|at| at <= started);
        let due: Vec<ContactId> =
            reading.contacts.iter().filter(|(_, it)| is_due(it)).map(|(id, _)| *id).take(STEP_MAX).collect();
        self.outbox.begin_step();
        self.browsers.begin_step();
        for id in due {
            // Another node takes over at the end of the turn; what is left stays on the list.
            let passed = i64::try_from(started.elapsed().as_micros()).unwrap_or(i64::MAX);
            if reading.turn.0 - now.0 < passed.saturating_add(LEFT_MICROS_MIN) {
                break;
            }
            let desk = notice::Desk { app: &self.app, setup, now };
            let shown = desk.tell(id, &mut self.limits).await?;
            let mailed = self.outbox.tell(&desk, id).await?;
            let pushed = if has_browsers { self.browsers.tell(&desk, id).await? } else { None };
            match shown.into_iter().chain(mailed).chain(pushed).min() {
                None => _ = reading.contacts.remove(&id),
                later => {
                    if let Some(pending) = reading.contacts.get_mut(&id) {
                        pending.not_before = later;
                    }
                }
            }
        }
        self.store(reading, now).await
    }

    /// Puts the contacts of the events behind the position on the list.
    async fn read(&self, reading: &mut Reading) -> Result<(), StoreError> {
        while reading.contacts.len() < CONTACTS_MAX {
            let events = self.app.store().events(reading.position, EVENTS).await?;
            let Some(last) = events.last().map(|event| event.position) else { return Ok(()) };
            for placed in events {
                if let EventDetail::OperatorDeleted = placed.event.detail
                    && let Some(operator) = placed.event.operator
                {
                    self.app.telegram().unlink(operator).await?;
                    self.app.push().store().remove_all(operator).await?;
                }
                if let Some(contact) = placed.event.contact.filter(|_| concerns_operators(&placed.event.detail)) {
                    let pending = Pending { since: placed.position, not_before: None };
                    // A way that has to wait says so again; the others do not wait with it.
                    reading.contacts.entry(contact).and_modify(|it| it.not_before = None).or_insert(pending);
                }
            }
            reading.position = last;
        }
        Ok(())
    }

    /// Stores how far everything was told.
    async fn store(&self, reading: &mut Reading, now: Timestamp) -> Result<(), StoreError> {
        let store = self.app.telegram().store();
        let first = reading.contacts.values().map(|pending| pending.since - 1).min();
        let position = first.unwrap_or(reading.position);
        if position > reading.stored && reading.stores_at <= now {
            store.set_position(position).await?;
            (reading.stored, reading.stores_at) = (position, Timestamp(now.0 + STORE_MICROS));
        }
        if reading.forgets_at <= now {
            store.forget_notices(Timestamp(now.0 - ENDED_MICROS)).await?;
            store.forget_mail(Timestamp(now.0 - ENDED_MICROS)).await?;
            self.app.push().store().forget_notices(Timestamp(now.0 - ENDED_MICROS)).await?;
            reading.forgets_at = Timestamp(now.0 + ENDED_MICROS / 7 / 24);
        }
        Ok(())
    }
}

/// Whether an event may change what an operator is to see of a contact.
fn concerns_operators(detail: &EventDetail) -> bool {
    matches!(
        detail,
        EventDetail::ContactCreated
            | EventDetail::ContactAssigned { .. }
            | EventDetail::ContactReleased { .. }
            | EventDetail::ContactTransferred { .. }
            | EventDetail::ContactResolved
            | EventDetail::ContactReopened
            | EventDetail::ContactDeleted
            | EventDetail::ContactAccepted
            | EventDetail::ContactDeclined { .. }
            | EventDetail::ContactOfferExpired { .. }
            | EventDetail::ContactOfferRevoked { .. }
            | EventDetail::ContactScheduled { .. }
            | EventDetail::MessageReceived { .. }
    )
}

impl Job for TellOperators {
    const NAME: &'static str = "tell operators";

    fn period(&self) -> Duration {
        let now = Instant::now();
        let pending = self.reading.iter().flat_map(|reading| reading.contacts.values());
        let waits = pending.map(|it| it.not_before.map_or(Duration::ZERO, |at| at.saturating_duration_since(now)));
        waits.min().unwrap_or(PERIOD).min(PERIOD)
    }

    async fn tick(&mut self) {
        self.committed.borrow_and_update();
        if let Err(error) = self.step(clock::now()).await {
            tracing::warn!(%error, "operators could not be told; trying again");
        }
    }

    async fn woken(&mut self) {
        // Without a turn it is enough to look now and then whether there is one; without a batcher nothing happens.
        if self.reading.is_none() || self.committed.changed().await.is_err() {
            std::future::pending().await
        }
        tokio::time::sleep(REST).await;
    }

    async fn finish(&mut self) {
        let telegram = self.app.telegram();
        if let Err(error) = telegram.store().leave_turn(TURN.to_owned(), telegram.node()).await {
            tracing::debug!(%error, "another node has to wait for its turn to tell operators");
        }
    }
}
