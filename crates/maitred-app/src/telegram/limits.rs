//! How fast bots may write: what Telegram takes, and how long it asks to wait.

use governor::clock::{Clock, DefaultClock};
use governor::middleware::NoOpMiddleware;
use governor::state::keyed::DefaultKeyedStateStore;
use governor::state::{InMemoryState, NotKeyed};
use governor::{NotUntil, Quota, RateLimiter};
use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::time::{Duration, Instant};

/// What Telegram takes in a second, over all chats; and in one chat, after a few at once.
const MESSAGES_PER_SECOND: NonZeroU32 = NonZeroU32::new(30).expect("not zero");
const MESSAGES_PER_SECOND_OF_CHAT: NonZeroU32 = NonZeroU32::new(1).expect("not zero");
const MESSAGES_AT_ONCE_OF_CHAT: NonZeroU32 = NonZeroU32::new(4).expect("not zero");
/// Chats that are remembered before those are forgotten that may be written to as if they never had been.
const CHATS_MAX: usize = 1_024;

/// Which chats may be written to when.
pub struct Limits<C: Clock = DefaultClock> {
    clock: C,
    all: RateLimiter<NotKeyed, InMemoryState, C, NoOpMiddleware<C::Instant>>,
    chats: RateLimiter<i64, DefaultKeyedStateStore<i64>, C, NoOpMiddleware<C::Instant>>,
    /// How many chats are remembered when some are forgotten next.
    forget_at: usize,
    /// Chats and bots that are to rest, as Telegram says: until when.
    pub resting: BTreeMap<i64, Instant>,
}

impl Limits {
    #[must_use]
    pub fn new() -> Self {
        Self::with_clock(DefaultClock::default())
    }
}

impl<C: Clock + Clone> Limits<C> {
    fn with_clock(clock: C) -> Self {
        let of_chat = Quota::per_second(MESSAGES_PER_SECOND_OF_CHAT).allow_burst(MESSAGES_AT_ONCE_OF_CHAT);
        Self {
            all: RateLimiter::direct_with_clock(Quota::per_second(MESSAGES_PER_SECOND), clock.clone()),
            chats: RateLimiter::dashmap_with_clock(of_chat, clock.clone()),
            clock,
            forget_at: CHATS_MAX,
            resting: BTreeMap::new(),
        }
    }

    /// Takes one message to a chat off what is allowed, or says when there is to be another try.
    ///
    /// # Errors
    /// The moment of that.
    pub fn take(&mut self, chat: i64) -> Result<(), Instant> {
        let now = Instant::now();
        if let Some(until) = self.resting.get(&chat).filter(|until| **until > now) {
            return Err(*until);
        }
        if self.chats.len() >= self.forget_at {
            self.chats.retain_recent();
            // However many are left, looking through them costs each message little.
            self.forget_at = CHATS_MAX.max(2 * self.chats.len());
        }
        let read = self.clock.now();
        let later = |wait: NotUntil<_>| now + wait.wait_time_from(read);
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

#[cfg(test)]
mod tests {
    use super::*;
    use governor::clock::FakeRelativeClock;

    #[test]
    fn chats_that_were_written_to_long_ago_are_forgotten() {
        let clock = FakeRelativeClock::default();
        let mut limits = Limits::with_clock(clock.clone());
        for chat in 0..20_000 {
            assert_eq!(limits.take(chat), Ok(()));
            clock.advance(Duration::from_millis(100));
            assert!(limits.chats.len() <= CHATS_MAX, "{} chats", limits.chats.len());
        }
        let sent = (0..10).filter(|_| limits.take(7).is_ok()).count();
        assert_eq!(sent, 4, "a few at once, also to a chat that was forgotten");
    }
}
