//! When messages that were not taken are tried again: one that is not taken now by itself, all of a server that cannot
//! be spoken to together.

use maitred_core::ContactId;
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// The first rest of a message that was not taken; each further one is twice as long.
const TRY_AGAIN: Duration = Duration::from_secs(30);
/// The rest of a server that cannot be spoken to: at first, and at most.
const REST: Duration = Duration::from_secs(15);
const REST_MAX: Duration = Duration::from_secs(240);
/// Of each step so much time may go by sending in one way; the rest is for other ways of telling.
const STEP: Duration = Duration::from_secs(5);

/// What this node knows of messages that are on their way, by servers `S`.
pub(super) struct Attempts<S> {
    /// Until when a server rests, and how long that was.
    resting: BTreeMap<S, (Instant, Duration)>,
    /// By contact: by which decision it was tried, how often, and when it is again.
    tries: BTreeMap<ContactId, (u32, u32, Instant)>,
    step_ends: Option<Instant>,
}

impl<S> Default for Attempts<S> {
    fn default() -> Self {
        Self { resting: BTreeMap::new(), tries: BTreeMap::new(), step_ends: None }
    }
}

impl<S: Ord + Clone> Attempts<S> {
    /// A step begins.
    pub(super) fn begin_step(&mut self) {
        self.step_ends = Some(Instant::now() + STEP);
    }

    /// When the message about a contact may be tried, if not now.
    pub(super) fn rests(&self, id: ContactId, decision: u32) -> Option<Instant> {
        let now = Instant::now();
        let own = self.tries.get(&id).filter(|(of, ..)| *of == decision).map(|(.., at)| *at).filter(|at| *at > now);
        // Slow servers have had their part of the step.
        own.or_else(|| self.step_ends.filter(|at| *at <= now).map(|_| now))
    }

    /// Until when a server rests, if it does.
    pub(super) fn server_rests(&self, server: &S) -> Option<Instant> {
        self.resting.get(server).map(|(at, _)| *at).filter(|at| *at > Instant::now())
    }

    /// It was not taken now. When it is tried again: not before `earliest`.
    pub(super) fn later(&mut self, id: ContactId, decision: u32, earliest: Instant) -> Instant {
        let tries = self.tries.get(&id).filter(|(of, ..)| *of == decision).map_or(0, |(_, n, _)| *n);
        let at = (Instant::now() + TRY_AGAIN * 2_u32.saturating_pow(tries.min(8))).max(earliest);
        self.tries.insert(id, (decision, tries + 1, at));
        at
    }

    /// A server cannot be spoken to. When it can be tried again.
    pub(super) fn unreachable(&mut self, server: &S) -> Instant {
        let rest = self.resting.get(server).map_or(REST, |(_, rest)| (*rest * 2).min(REST_MAX));
        let at = Instant::now() + rest;
        // Of one that nobody asked for long, nothing is known.
        self.resting.retain(|_, (at, _)| at.elapsed() <= REST_MAX);
        self.resting.insert(server.clone(), (at, rest));
        at
    }

    /// A server answered.
    pub(super) fn answered(&mut self, server: &S) {
        self.resting.remove(server);
    }

    /// There is nothing more to send about a contact.
    pub(super) fn done(&mut self, id: ContactId) {
        self.tries.remove(&id);
    }
}
