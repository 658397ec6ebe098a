//! How fast bots may write: what Telegram takes, and how long it asks to wait.

use governor::clock::{Clock, DefaultClock};
use governor::{DefaultDirectRateLimiter, DefaultKeyedRateLimiter, NotUntil, Quota};
use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::time::{Duration, Instant};

/// What Telegram takes in a second, over all chats; and in one chat, after a few at once.
const MESSAGES_PER_SECOND: NonZeroU32 = NonZeroU32::new(30).expect("not zero");
const MESSAGES_PER_SECOND_OF_CHAT: NonZeroU32 = NonZeroU32::new(1).expect("not zero");
const MESSAGES_AT_ONCE_OF_CHAT: NonZeroU32 = NonZeroU32::new(4).expect("not zero");

/// Which chats may be written to when.
pub struct Limits {
    all: DefaultDirectRateLimiter,
    chats: DefaultKeyedRateLimiter<i64>,
    /// Chats and bots that are to rest, as Telegram says: until when.
    pub resting: BTreeMap<i64, Instant>,
}

impl Limits {
    #[must_use]
    pub fn new() -> Self {
        let of_chat = Quota::per_second(MESSAGES_PER_SECOND_OF_CHAT).allow_burst(MESSAGES_AT_ONCE_OF_CHAT);
        Self {
            all: DefaultDirectRateLimiter::direct(Quota::per_second(MESSAGES_PER_SECOND)),
            chats: DefaultKeyedRateLimiter::keyed(of_chat),
            resting: BTreeMap::new(),
        }
    }

    /// Takes one message to a chat off what is allowed, or says when there is to be another try.
    ///
    /// # Errors
    /// The moment of that.
    pub fn take(&self, chat: i64) -> Result<(), Instant> {
        let now = Instant::now();
        if let Some(until) = self.resting.get(&chat).filter(|until| **until > now) {
            return Err(*until);
        }
        let clock = DefaultClock::default();
        let later = |wait: NotUntil<_>| now + wait.wait_time_from(clock.now());
        self.chats.check_key(&chat).map_err(later)?;
        self.all.check().map_err(later)
    }

    /// A chat, or a bot by its source with a minus, is to rest.
    pub fn rest(&mut self, chat: i64, wait: Duration) -> Instant {
        let now = Instant::now();
        self.resting.retain(|_, until| *until > now);
        self.chats.retain_recent();
        *self.resting.entry(chat).or_insert(now) = now + wait;
        now + wait
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self::new()
    }
}
