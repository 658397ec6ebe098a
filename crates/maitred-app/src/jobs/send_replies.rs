//! Sending what is written to leads, by the bots of their sources. What is pending in the store is the list of what is
//! to be sent, so nothing is lost whatever ends when: one node sends, in order for each contact, and has it noted what
//! came of each message before it sends the next of that contact.
//!
//! Telegram cannot be told that a message is the same one. A process that ends between sending a message and having
//! that noted leaves it pending, and it is sent again. So is one whose answer was lost on its way. A lead may get
//! something twice then, and at no other point.

use super::Job;
use crate::App;
use crate::batcher::ExecuteError;
use crate::permission::Requester;
use crate::spans;
use crate::telegram::limits::Limits;
use crate::telegram::replies::{Place, place_of};
use maitred_core::command::NoteDelivery;
use maitred_core::conversation::{Delivery, DeliveryFailure, Message};
use maitred_core::{Command, ContactId, MessageId, Timestamp};
use maitred_store::{StoreError, clock};
use maitred_telegram::{OutgoingMessage, TelegramError};
use metrics::counter;
use std::collections::BTreeSet;
use std::time::{Duration, Instant};
use tokio::sync::watch;

/// How often a node looks whether it is its turn, and the longest rest of the one whose turn it is.
const PERIOD: Duration = Duration::from_secs(3);
/// For how long a node alone sends; longer than one call may take.
const TURN_MICROS: i64 = 45 * 1_000_000;
/// A node that has less than this of its turn left begins no call.
const LEFT_MICROS_MIN: i64 = 20 * 1_000_000;
/// The rest after a commit: those behind it are looked at together with it.
const REST: Duration = Duration::from_millis(50);
/// The rest of a bot that Telegram does not answer, or whose token is bad.
const REST_OF_BOT: Duration = Duration::from_secs(10);
const TURN: &str = "send replies";
/// Messages read at a time, and in one step.
const PENDING_AT_ONCE: u32 = 200;
const PENDING_PAGES_MAX: usize = 50;
/// After so long a message is not sent any more: a day.
pub const PENDING_MICROS_MAX: i64 = 24 * 3_600 * 1_000_000;

/// Sends what is written to leads, see the module.
pub struct SendReplies {
    app: App,
    committed: watch::Receiver<i64>,
    limits: Limits,
    /// Until when it is this node's turn.
    turn: Option<Timestamp>,
    /// When those that had to wait are looked at again.
    later: Option<Instant>,
    /// What came of the last message, as long as it could not be noted.
    unnoted: Option<NoteDelivery>,
}

/// What came of a try.
enum Tried {
    Came(Delivery),
    /// Another try from then on.
    Later(Instant),
}

impl SendReplies {
    #[must_use]
    pub fn new(app: App) -> Self {
        let committed = app.committed();
        Self { app, committed, limits: Limits::new(), turn: None, later: None, unnoted: None }
    }

    /// Sends what is pending, as far as Telegram takes it. Says how many messages are still to be sent; none when it is
    /// another node's turn.
    ///
    /// # Errors
    /// [`StoreError`] when the store cannot be used.
    pub async fn step(&mut self, now: Timestamp) -> Result<Option<usize>, StoreError> {
        // What is not noted would be sent again.
        if !self.note().await || !self.take_turn(now).await? {
            return Ok(None);
        }
        self.later = None;
        let (mut left, mut behind) = (0, MessageId(0));
        // The contacts of which an earlier message is still to be sent.
        let mut held = BTreeSet::new();
        for _ in 0..PENDING_PAGES_MAX {
            let page = self.app.store().pending_messages(behind, PENDING_AT_ONCE).await?;
            let Some(last) = page.last().map(|message| message.id) else { break };
            behind = last;
            for message in page {
                if held.contains(&message.contact) || self.unnoted.is_some() || !self.send(&message, now).await? {
                    held.insert(message.contact);
                    left += 1;
                }
            }
        }
        Ok(Some(left))
    }

    /// Whether it is this node's turn, for long enough.
    async fn take_turn(&mut self, now: Timestamp) -> Result<bool, StoreError> {
        let telegram = self.app.telegram().clone();
        // A server that never had a bot has nothing to send, nor a file in which to say whose turn it is.
        if telegram.setup().await?.version == 0 {
            return Ok(false);
        }
        if self.turn.is_some_and(|until| now.0 < until.0 - LEFT_MICROS_MIN) {
            return Ok(true);
        }
        let until = Timestamp(now.0 + TURN_MICROS);
        let taken = telegram.store().take_turn(TURN.to_owned(), telegram.node(), now, until).await?;
        self.turn = taken.then_some(until);
        Ok(taken)
    }

    /// Sends a message and has it noted what came of it. False if it is still to be sent.
    async fn send(&mut self, message: &Message, began: Timestamp) -> Result<bool, StoreError> {
        // The turn may end while others are sent.
        let now = began.max(clock::now());
        if !self.take_turn(now).await? {
            return Ok(false);
        }
        let tried = match self.place(message.contact).await? {
            Some(_) if now.0 - message.created_at.0 > PENDING_MICROS_MAX => {
                Tried::Came(Delivery::Failed(DeliveryFailure::Expired))
            }
            Some(place) => self.call(&place, message).await?,
            None => Tried::Came(Delivery::Failed(DeliveryFailure::NoChat)),
        };
        match tried {
            Tried::Came(delivery) => {
                self.unnoted = Some(NoteDelivery { contact: message.contact, message: message.id, delivery });
                Ok(self.note().await)
            }
            Tried::Later(at) => {
                self.later = Some(self.later.map_or(at, |before| before.min(at)));
                Ok(false)
            }
        }
    }

    async fn place(&self, contact: ContactId) -> Result<Option<Place>, StoreError> {
        match self.app.store().contact(contact).await? {
            Some(contact) => Ok(place_of(self.app.telegram(), self.app.store(), &contact).await?.ok()),
            None => Ok(None),
        }
    }

    async fn call(&mut self, place: &Place, message: &Message) -> Result<Tried, StoreError> {
        // A bot that does not answer rests as a whole. No person has a negative id, and a bot of a source has.
        let bot_key = -place.bot.source.0;
        if let Some(until) = self.limits.resting.get(&bot_key).filter(|until| **until > Instant::now()) {
            return Ok(Tried::Later(*until));
        }
        let Ok(bot) = self.app.telegram().bot(&place.bot) else {
            return Ok(Tried::Later(self.limits.rest(bot_key, REST_OF_BOT)));
        };
        if let Err(at) = self.limits.take(place.chat) {
            return Ok(Tried::Later(at));
        }
        let text = OutgoingMessage::plain(&*message.text);
        let sent = spans::telegram(bot.send_to(place.chat, place.business.as_deref(), &text)).await;
        Ok(match sent {
            Ok(_) => {
                counter!("maitred_telegram_replies_total").increment(1);
                Tried::Came(Delivery::Sent)
            }
            Err(TelegramError::TooMany(wait)) => Tried::Later(self.limits.rest(place.chat, wait)),
            Err(TelegramError::Blocked(_)) => Tried::Came(Delivery::Failed(DeliveryFailure::Blocked)),
            Err(error @ (TelegramError::Unreachable(_) | TelegramError::BadToken)) => {
                tracing::warn!(%error, source = place.bot.source.0, "leads are not written to for now");
                Tried::Later(self.limits.rest(bot_key, REST_OF_BOT))
            }
            Err(error) => {
                tracing::warn!(%error, message = message.id.0, "a message to a lead was refused");
                Tried::Came(Delivery::Failed(DeliveryFailure::Refused))
            }
        })
    }

    /// Notes what came of the last message. False if that could not be done: nothing else is sent before it is.
    async fn note(&mut self) -> bool {
        let Some(note) = self.unnoted else { return true };
        let queued = self.app.batcher().enqueue(Requester::SYSTEM, Command::NoteDelivery(note)).await;
        let noted = match queued {
            Ok(answer) => answer.await.unwrap_or(Err(ExecuteError::Stopping)),
            Err(error) => Err(error),
        };
        if let Err(error) = &noted
            && !matches!(error, ExecuteError::Rejected(_))
        {
            tracing::warn!(%error, message = note.message.0, "what came of a message to a lead was not noted");
            return false;
        }
        // Noted, or its contact was deleted or erased meanwhile.
        self.unnoted = None;
        true
    }
}

impl Job for SendReplies {
    const NAME: &'static str = "send replies";

    fn period(&self) -> Duration {
        let wait = self.later.map(|at| at.saturating_duration_since(Instant::now()));
        wait.unwrap_or(PERIOD).min(PERIOD)
    }

    async fn tick(&mut self) {
        self.committed.borrow_and_update();
        if let Err(error) = self.step(clock::now()).await {
            tracing::warn!(%error, "what is written to leads could not be sent; trying again");
        }
    }

    async fn woken(&mut self) {
        // Without a turn it is enough to look now and then whether there is one; without a batcher nothing happens.
        if self.turn.is_none() || self.committed.changed().await.is_err() {
            std::future::pending().await
        }
        tokio::time::sleep(REST).await;
    }

    async fn finish(&mut self) {
        let telegram = self.app.telegram();
        if let Err(error) = telegram.store().leave_turn(TURN.to_owned(), telegram.node()).await {
            tracing::debug!(%error, "another node has to wait for its turn to send replies");
        }
    }
}
