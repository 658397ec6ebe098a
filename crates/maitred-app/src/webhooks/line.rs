//! What one endpoint gets when, without clock, store or network: it is told what is in the feed, what came of calls and
//! what time it is, and says what to send and what to note.
//!
//! Events of a contact are sent in order: one that failed keeps back the later ones of its contact, and no others. What
//! was read from the feed and is still to be sent is in memory only, and the position stays before it; what failed is
//! stored as undelivered, and the position passes it.

use maitred_core::event::EndpointFault;
use maitred_core::{EndpointId, Timestamp};
use maitred_store::endpoints::{Delivery, Endpoint, EndpointFormat, Noted, Replay, Undelivered, subject_of};
use maitred_store::views::PlacedEvent;
use maitred_webhooks::Attempt;
use maitred_webhooks::retry::{FAILING_MICROS_MAX, TRIES_MAX, rest_micros, throttled_until};
use std::collections::{BTreeMap, BTreeSet};

/// The most events of one endpoint that are read and not sent yet.
pub const AHEAD_MAX: usize = 64;
/// The most undelivered events of one endpoint; its position rests then.
pub const UNDELIVERED_MAX: usize = 1_000;
/// The most calls of one endpoint at a time.
pub const CALLS_OF_ONE_MAX: usize = 16;
/// The same while nothing has succeeded since a failure, or ever.
pub const CALLS_OF_UNPROVEN_MAX: usize = 4;
/// The same of a CRM, which takes two calls a second however many are made at once.
pub const CALLS_OF_PORTAL_MAX: usize = 2;
/// Failures in a row after which an endpoint counts as down: new events are then only tried now and then.
pub const DOWN_AFTER: i64 = 10;
/// The rest between two events that an endpoint which is down has not been sent before: a minute.
pub const PROBE_REST_MICROS: i64 = 60_000_000;
/// Events that are passed over without a note of the position; after a restart they are passed over again.
const UNNOTED_MAX: i64 = 1_000;
/// The rest between two notes of a position that has come to the end of the feed without a call: five seconds.
const NOTE_REST_MICROS: i64 = 5_000_000;
/// The rest after an event could not be read from the store: a second.
const UNREAD_REST_MICROS: i64 = 1_000_000;
/// Without any success for so long it is the endpoint that fails and not the event: a day.
const DAY_MICROS: i64 = 86_400_000_000;

/// See the module.
#[derive(Debug)]
pub struct Line {
    endpoint: Endpoint,
    /// All events up to here were looked at.
    read_to: i64,
    /// The same of those that are sent again.
    replay_read_to: i64,
    waiting: BTreeMap<i64, Waiting>,
    /// Positions that are being sent, and their subjects.
    in_flight: BTreeMap<i64, i64>,
    /// Delivered although the position came back before them.
    delivered_ahead: BTreeSet<i64>,
    /// When an event that was not sent before is tried next while the endpoint is down.
    probe_at: Timestamp,
    /// Before this nothing is to be sent, unless something changes: many endpoints are looked at many times a second.
    idle_until: Timestamp,
    /// When the position was last noted without a call.
    noted_at: Timestamp,
    notes: Notes,
}

/// What is still to be noted.
#[derive(Debug, Default)]
struct Notes {
    is_due: bool,
    deliveries: Vec<Delivery>,
    undelivered: BTreeSet<i64>,
    settled: Vec<i64>,
    fault: Option<(EndpointFault, Timestamp)>,
}

/// An event that is to be sent.
#[derive(Debug)]
struct Waiting {
    subject: i64,
    tries: u32,
    next_at: Option<Timestamp>,
    from: From,
    /// Of one that is stored as undelivered it is read when it is sent.
    event: Option<PlacedEvent>,
}

/// Where an event comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum From {
    Feed,
    Replay,
    /// It is stored as undelivered.
    Store,
}

impl Line {
    /// An endpoint with what is stored as undelivered.
    #[must_use]
    pub fn new(endpoint: Endpoint, undelivered: &[Undelivered]) -> Self {
        let mut line = Self {
            read_to: 0,
            replay_read_to: 0,
            waiting: BTreeMap::new(),
            in_flight: BTreeMap::new(),
            delivered_ahead: BTreeSet::new(),
            probe_at: Timestamp(0),
            idle_until: Timestamp(0),
            noted_at: Timestamp(0),
            notes: Notes::default(),
            endpoint,
        };
        line.begin(undelivered);
        line
    }

    /// Takes over what somebody changed. What is being sent stays.
    pub fn change(&mut self, endpoint: Endpoint, undelivered: &[Undelivered]) {
        self.endpoint = endpoint;
        self.begin(undelivered);
    }

    fn begin(&mut self, undelivered: &[Undelivered]) {
        self.idle_until = Timestamp(0);
        self.read_to = self.endpoint.position;
        self.replay_read_to = self.endpoint.replay.map_or(0, |replay| replay.position);
        let stored = |it: &Undelivered| Waiting {
            subject: it.subject,
            tries: it.tries,
            next_at: it.next_at,
            from: From::Store,
            event: None,
        };
        self.waiting = undelivered.iter().map(|it| (it.position, stored(it))).collect();
    }

    #[must_use]
    pub const fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    #[must_use]
    pub const fn id(&self) -> EndpointId {
        self.endpoint.id
    }

    /// Whether this is the endpoint as it was taken over: nobody has changed it since.
    #[must_use]
    pub fn is_of(&self, endpoint: &Endpoint) -> bool {
        self.endpoint.generation == endpoint.generation
    }

    /// Whether there is something to be noted.
    #[must_use]
    pub const fn has_notes(&self) -> bool {
        self.notes.is_due
    }

    /// Whether it takes nothing at present.
    #[must_use]
    pub const fn is_down(&self) -> bool {
        self.endpoint.health.failures >= DOWN_AFTER
    }

    /// Behind which position events of the feed are wanted, if any are.
    #[must_use]
    pub fn wants_behind(&self) -> Option<i64> {
        self.has_room().then_some(self.read_to)
    }

    /// The same of events that are sent again.
    #[must_use]
    pub fn wants_again_behind(&self) -> Option<i64> {
        let replay = self.endpoint.replay.filter(|replay| self.replay_read_to < replay.to)?;
        (self.has_room() && replay.position < replay.to).then_some(self.replay_read_to)
    }

    fn has_room(&self) -> bool {
        let stored = self.waiting.values().filter(|it| it.from == From::Store).count();
        let ahead = self.waiting.len() - stored;
        self.endpoint.disabled.is_none() && ahead < AHEAD_MAX && stored < UNDELIVERED_MAX
    }

    /// Takes in events of the feed, in order, as many as there is room for.
    pub fn take_in(&mut self, events: &[PlacedEvent]) {
        for placed in events.iter().filter(|placed| placed.position > self.read_to).cloned().collect::<Vec<_>>() {
            if !self.has_room() {
                return;
            }
            self.read_to = placed.position;
            self.notes.is_due |= self.read_to - self.endpoint.position >= UNNOTED_MAX;
            if !self.delivered_ahead.remove(&placed.position) {
                self.take(placed, From::Feed);
            }
        }
    }

    /// Takes in events that are to be sent again, in order; `at_end` says that there are no more.
    pub fn take_in_again(&mut self, events: &[PlacedEvent], at_end: bool) {
        let Some(replay) = self.endpoint.replay else { return };
        for placed in events.iter().filter(|placed| placed.position <= replay.to).cloned().collect::<Vec<_>>() {
            if !self.has_room() {
                return;
            }
            self.replay_read_to = placed.position;
            self.take(placed, From::Replay);
        }
        if at_end || events.iter().any(|placed| placed.position >= replay.to) {
            self.replay_read_to = replay.to;
        }
        self.notes.is_due = true;
    }

    fn take(&mut self, placed: PlacedEvent, from: From) {
        let event = &placed.event;
        let position = placed.position;
        if !self.endpoint.wanted.wants(event.kind(), event.source) || self.waiting.contains_key(&position) {
            return;
        }
        let subject = subject_of(event.contact, position);
        let keeps_back = |it: &Waiting| it.subject == subject && it.from == From::Store;
        let is_kept_back = self.waiting.range(..position).any(|(_, it)| keeps_back(it));
        let from = if is_kept_back { From::Store } else { from };
        if is_kept_back {
            self.notes.undelivered.insert(position);
            self.notes.is_due = true;
        }
        self.idle_until = Timestamp(0);
        self.waiting.insert(position, Waiting { subject, tries: 0, next_at: None, from, event: Some(placed) });
    }

    /// The positions to send now, at most so many, with the event of each that is in memory and the number of the try.
    /// They are being sent from then on.
    pub fn start(&mut self, now: Timestamp, at_most: usize) -> Vec<(i64, Option<PlacedEvent>, u32)> {
        if now < self.idle_until || self.is_resting(now) {
            return Vec::new();
        }
        let at_most = at_most.min(self.calls_max().saturating_sub(self.in_flight.len()));
        let is_down = self.is_down();
        let mut seen: BTreeSet<i64> = self.in_flight.values().copied().collect();
        let mut started = Vec::new();
        for (position, it) in &self.waiting {
            if started.len() >= at_most {
                break;
            }
            if !seen.insert(it.subject) || it.next_at.is_some_and(|at| now < at) {
                continue;
            }
            if is_down && it.tries == 0 {
                if now < self.probe_at {
                    continue;
                }
                self.probe_at = Timestamp(now.0 + PROBE_REST_MICROS);
            }
            started.push((*position, it.event.clone(), it.tries + 1));
        }
        if started.is_empty() && at_most > 0 {
            self.idle_until = self.next_at(now).unwrap_or(Timestamp(i64::MAX));
        }
        for (position, ..) in &started {
            self.in_flight.insert(*position, self.waiting[position].subject);
        }
        started
    }

    /// Fewer calls at a time where nothing has succeeded since a failure, or ever.
    const fn calls_max(&self) -> usize {
        let health = &self.endpoint.health;
        let is_proven = health.failures == 0 && health.delivered_at.is_some();
        match self.endpoint.format {
            EndpointFormat::Bitrix24 => CALLS_OF_PORTAL_MAX,
            EndpointFormat::Events if is_proven => CALLS_OF_ONE_MAX,
            EndpointFormat::Events => CALLS_OF_UNPROVEN_MAX,
        }
    }

    fn is_resting(&self, now: Timestamp) -> bool {
        self.endpoint.disabled.is_some() || self.endpoint.health.throttled_until.is_some_and(|until| now < until)
    }

    /// When something is to be sent that is not to be sent now; what is to be sent at once is said with `now`.
    #[must_use]
    pub fn next_at(&self, now: Timestamp) -> Option<Timestamp> {
        if self.endpoint.disabled.is_some() || self.in_flight.len() >= self.calls_max() {
            return None;
        }
        if now < self.idle_until {
            return Some(self.idle_until).filter(|until| until.0 < i64::MAX);
        }
        let throttled = self.endpoint.health.throttled_until.unwrap_or_default();
        let mut seen: BTreeSet<i64> = self.in_flight.values().copied().collect();
        let heads = self.waiting.values().filter(|it| seen.insert(it.subject));
        let is_down = self.is_down();
        let due = heads.map(|it| {
            let probe = if is_down && it.tries == 0 { self.probe_at } else { Timestamp(0) };
            it.next_at.unwrap_or_default().max(probe).max(throttled).max(now)
        });
        due.min()
    }

    /// There was nothing to send: the event is not there any more, or says nothing to this endpoint. That says nothing
    /// about its health.
    pub fn passed_over(&mut self, position: i64) {
        self.landed(position);
        self.settle(position);
    }

    /// What was to be sent could not be read: nothing was sent.
    pub fn put_back(&mut self, position: i64, now: Timestamp) {
        self.landed(position);
        if let Some(it) = self.waiting.get_mut(&position) {
            it.next_at = Some(Timestamp(now.0 + UNREAD_REST_MICROS));
        }
    }

    /// What came of sending.
    pub fn ended(&mut self, placed: &PlacedEvent, sent: Sent<'_>) {
        let Sent { attempt, number, r#type, now } = sent;
        let position = placed.position;
        self.landed(position);
        let mut delivery = super::delivery(self.id(), Some(placed), r#type, number, attempt, now);
        if attempt.is_delivered() {
            self.succeeded(position, now);
        } else if self.failed(position, attempt, now) {
            let said = delivery.error.unwrap_or_default();
            delivery.error = Some(format!("{said}; given up after {TRIES_MAX} tries").into());
        }
        self.notes.deliveries.push(delivery);
    }

    fn landed(&mut self, position: i64) {
        self.in_flight.remove(&position);
        self.idle_until = Timestamp(0);
        self.notes.is_due = true;
    }

    fn settle(&mut self, position: i64) {
        let gone = self.waiting.remove(&position);
        if gone.is_none_or(|it| it.from == From::Store) {
            self.notes.undelivered.remove(&position);
            self.notes.settled.push(position);
        }
    }

    /// After an outage, what failed in it is not left to wait for its next try.
    fn succeeded(&mut self, position: i64, now: Timestamp) {
        if position > self.read_to {
            self.delivered_ahead.insert(position);
        }
        self.settle(position);
        let was_down = self.is_down();
        let health = &mut self.endpoint.health;
        (health.failures, health.failing_since, health.delivered_at) = (0, None, Some(now));
        for (position, it) in self.waiting.iter_mut().filter(|_| was_down) {
            if it.next_at.is_some_and(|at| now < at) {
                it.next_at = Some(now);
                self.notes.undelivered.insert(*position);
            }
        }
    }

    /// Says whether the event is given up.
    fn failed(&mut self, position: i64, attempt: &Attempt, now: Timestamp) -> bool {
        let health = &mut self.endpoint.health;
        health.failures += 1;
        let since = *health.failing_since.get_or_insert(now);
        let failing = now.0 - since.0;
        let status = attempt.status.unwrap_or_default();
        if let Some(until) = throttled_until(status, attempt.retry_after.as_deref(), now) {
            health.throttled_until = Some(until);
        }
        if attempt.is_gone() {
            self.disable(EndpointFault::Gone, now);
        } else if failing >= FAILING_MICROS_MAX {
            self.disable(EndpointFault::Failing, now);
        }
        let spread = (self.endpoint.id.0 << 40) ^ (position << 4);
        let Some(it) = self.waiting.get_mut(&position) else { return false };
        it.tries += 1;
        if it.tries >= TRIES_MAX && failing < DAY_MICROS && self.notes.fault.is_none() {
            self.settle(position);
            return true;
        }
        let rest = rest_micros(it.tries, (spread ^ i64::from(it.tries)).cast_unsigned());
        it.next_at = Some(Timestamp(now.0 + rest));
        let subject = it.subject;
        for (position, it) in self.waiting.range_mut(position..).filter(|(_, it)| it.subject == subject) {
            it.from = From::Store;
            self.notes.undelivered.insert(*position);
        }
        false
    }

    fn disable(&mut self, fault: EndpointFault, now: Timestamp) {
        use maitred_core::Actor;
        use maitred_store::endpoints::Disabled;
        if self.endpoint.disabled.is_none() {
            self.endpoint.disabled = Some(Disabled { at: now, by: Actor::System, fault: Some(fault) });
            self.notes.fault = Some((fault, now));
        }
    }

    /// What is to be noted, if anything is.
    pub fn notes(&mut self) -> Option<Noted> {
        if !std::mem::take(&mut self.notes.is_due) {
            return None;
        }
        let first = |from| self.waiting.iter().find(|(_, it)| it.from == from).map(|(position, _)| *position);
        self.endpoint.position = first(From::Feed).map_or(self.read_to, |position| position - 1);
        if let Some(replay) = &mut self.endpoint.replay {
            replay.position = first(From::Replay).map_or(self.replay_read_to, |position| position - 1);
        }
        self.endpoint.replay = self.endpoint.replay.filter(|Replay { position, to }| position < to);
        let notes = std::mem::take(&mut self.notes);
        let undelivered = notes.undelivered.iter().filter_map(|position| {
            let it = self.waiting.get(position).filter(|it| it.from == From::Store)?;
            Some(Undelivered {
                endpoint: self.endpoint.id,
                position: *position,
                subject: it.subject,
                tries: it.tries,
                next_at: it.next_at,
            })
        });
        Some(Noted {
            endpoint: self.endpoint.id,
            generation: self.endpoint.generation,
            undelivered: undelivered.collect(),
            deliveries: notes.deliveries,
            settled: notes.settled,
            position: self.endpoint.position,
            health: self.endpoint.health,
            replay: self.endpoint.replay,
            fault: notes.fault,
        })
    }

    /// Has the position noted that it has come to without sending anything, now and then.
    pub fn note_position(&mut self, now: Timestamp) {
        let has_moved = self.waiting.is_empty() && self.read_to > self.endpoint.position;
        if has_moved && now.0 - self.noted_at.0 >= NOTE_REST_MICROS {
            self.noted_at = now;
            self.notes.is_due = true;
        }
    }
}

/// A call that ended.
#[derive(Clone, Copy, Debug)]
pub struct Sent<'a> {
    pub attempt: &'a Attempt,
    /// The number of the try, from 1.
    pub number: u32,
    /// As the message says it.
    pub r#type: &'a str,
    pub now: Timestamp,
}

#[cfg(test)]
mod tests;
