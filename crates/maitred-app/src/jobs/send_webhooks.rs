//! Sending webhooks: on one node at a time, which is the one that holds the turn, beside the batches and without
//! waiting for any of them. What came of calls is noted in the store; between a call and its note the process may end,
//! and the event is sent again then, with the same id. So each event is sent at least once.
//!
//! What is sent when is decided in [`crate::webhooks::Line`].

use super::Job;
use crate::App;
use crate::bitrix24;
use crate::permission::Requester;
use crate::spans::{self, CallKind};
use crate::webhooks::{Line, Sent, Webhooks};
use maitred_core::{Command, EndpointId, Timestamp};
use maitred_store::endpoints::{ENDPOINTS_MAX, Endpoint, EndpointFormat, Noted};
use maitred_store::views::{Page, PlacedEvent};
use maitred_store::{StoreError, clock};
use maitred_webhooks::Attempt;
use maitred_webhooks::message::dotted;
use metrics::counter;
use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::JoinSet;

/// The most calls at a time ...
pub const CALLS_MAX: usize = 128;
/// ... and of these to endpoints that are down: they must not keep the others waiting.
pub const CALLS_OF_DOWN_MAX: usize = 32;
/// Events that are read from the feed at a time.
const PAGE_ROWS: u32 = 256;
/// The most pages of one endpoint that are read in one step.
const PAGES_MAX: usize = 8;
/// For how long a node is the one that sends, unless it says so again.
const TURN_MICROS: i64 = 30_000_000;
/// Endpoints may be changed on another node: they are looked at this often.
const REST_MAX: Duration = Duration::from_secs(1);
/// Commits come by the hundred per second: what they bring is sent together.
const PACE: Duration = Duration::from_millis(20);
/// The rest between two notes: each is a write to the disk that intake writes to as well.
const NOTE_REST: Duration = Duration::from_millis(250);
/// The rest between two looks for what was changed of endpoints on another node.
const READ_REST: Duration = Duration::from_millis(500);
/// How long calls under way are waited for when the server stops.
const END_MAX: Duration = Duration::from_millis(500);

type Pages = BTreeMap<i64, Vec<PlacedEvent>>;

/// Sends events to endpoints.
pub struct SendWebhooks {
    app: App,
    webhooks: Webhooks,
    committed: watch::Receiver<i64>,
    /// By which the store knows this process.
    node: i64,
    /// Until when this node is the one that sends.
    turn_until: Timestamp,
    lines: BTreeMap<EndpointId, Line>,
    calls: JoinSet<Called>,
    calls_of_down: usize,
    ended: Vec<Called>,
    /// What could not be noted yet.
    unnoted: Vec<Noted>,
    /// Whether a commit is news: this node sends, and there are endpoints.
    follows_commits: bool,
    endpoints: Vec<Endpoint>,
    /// When they were read, and after how many changes made on this node.
    read_at: Timestamp,
    seen_changes: u64,
    /// Whether they are to be read again whatever the time.
    reads_again: bool,
    /// When it was last time to note what came of calls.
    noted_at: Timestamp,
    /// Which endpoint is served first in the next step.
    first: usize,
    rest: Duration,
}

/// A call that ended, and what it was.
struct Called {
    endpoint: EndpointId,
    was_down: bool,
    position: i64,
    number: u32,
    came: Came,
}

impl Called {
    /// None if nothing was sent.
    fn is_delivered(&self) -> Option<bool> {
        match &self.came {
            Came::Sent(_, _, attempt) => Some(attempt.is_delivered()),
            Came::Nothing | Came::Unread => None,
        }
    }
}

enum Came {
    /// It was sent, with its type and what came of that.
    Sent(Box<PlacedEvent>, String, Attempt),
    /// There was nothing to send.
    Nothing,
    /// What was to be sent could not be read.
    Unread,
}

impl SendWebhooks {
    /// # Errors
    /// When the system has no randomness to give: nodes could not be told apart.
    pub fn new(app: App) -> Result<Self, getrandom::Error> {
        let node = i64::from_be_bytes(clock::unforeseeable()?) >> 1;
        Ok(Self {
            webhooks: app.webhooks().clone(),
            committed: app.committed(),
            node,
            turn_until: Timestamp(0),
            lines: BTreeMap::new(),
            calls: JoinSet::new(),
            calls_of_down: 0,
            ended: Vec::new(),
            unnoted: Vec::new(),
            follows_commits: false,
            endpoints: Vec::new(),
            read_at: Timestamp(0),
            seen_changes: 0,
            reads_again: true,
            noted_at: Timestamp(0),
            first: 0,
            rest: REST_MAX,
            app,
        })
    }

    /// Notes what ended, and begins to send what is due at this time.
    ///
    /// # Errors
    /// [`StoreError`] when the store cannot be used: nothing is lost, another step goes on.
    pub async fn step(&mut self, now: Timestamp) -> Result<(), StoreError> {
        self.rest = REST_MAX;
        self.committed.borrow_and_update();
        self.take_ended(now);
        if !self.unnoted.is_empty() || is_over(self.noted_at, NOTE_REST, now) {
            self.noted_at = now;
            self.note().await?;
        }
        self.read_endpoints(now).await?;
        self.follows_commits = !self.endpoints.is_empty() && self.has_turn(now).await?;
        if !self.follows_commits {
            self.forget();
            return Ok(());
        }
        self.read_endpoints(now).await?;
        self.announce(now).await?;
        self.follow().await?;
        let has_more = self.read(now).await?;
        self.start(now);
        self.rest = if has_more { Duration::ZERO } else { self.until_next(now) };
        Ok(())
    }

    fn until_next(&self, now: Timestamp) -> Duration {
        let next = self.lines.values().filter_map(|line| line.next_at(now)).min();
        let until_next = next.map(|at| Duration::from_micros((at.0 - now.0).max(0).cast_unsigned()));
        // What could be sent at once and was not waits for a call to end, which wakes.
        let until_next = until_next.filter(|until| !until.is_zero()).unwrap_or(REST_MAX);
        let has_notes = self.lines.values().any(Line::has_notes);
        until_next.min(if has_notes { NOTE_REST } else { REST_MAX })
    }

    /// What another node may change from now on is not known any more.
    fn forget(&mut self) {
        self.lines.clear();
        self.reads_again = true;
    }

    /// Waits until no call is under way, and notes what came of the last ones: for tests.
    ///
    /// # Errors
    /// See [`SendWebhooks::step`].
    pub async fn settle(&mut self, now: Timestamp) -> Result<(), StoreError> {
        while let Some(called) = self.calls.join_next().await {
            self.ended.extend(called.ok());
        }
        self.take_ended(now);
        self.note().await
    }

    /// Reads endpoints again where they may have changed. What was done is noted before anything that somebody changed
    /// is taken over.
    async fn read_endpoints(&mut self, now: Timestamp) -> Result<(), StoreError> {
        let changes = self.webhooks.changes();
        let is_news = std::mem::take(&mut self.reads_again) || changes != self.seen_changes;
        if !is_news && !is_over(self.read_at, READ_REST, now) {
            return Ok(());
        }
        let all = Page { limit: ENDPOINTS_MAX, after: None };
        let mut endpoints = self.webhooks.endpoints(all).await?;
        let is_known = |it: &Endpoint| self.lines.get(&it.id).is_none_or(|line| line.is_of(it));
        if !endpoints.iter().all(is_known) {
            self.note().await?;
            endpoints = self.webhooks.endpoints(all).await?;
        }
        (self.endpoints, self.seen_changes, self.read_at) = (endpoints, changes, now);
        Ok(())
    }

    /// Whether this node is the one that sends. Another takes over when this one has not said so for a while.
    async fn has_turn(&mut self, now: Timestamp) -> Result<bool, StoreError> {
        let is_new = self.turn_until <= now;
        if self.turn_until.0 - now.0 > TURN_MICROS / 2 && self.turn_until.0 - now.0 <= TURN_MICROS {
            return Ok(true);
        }
        let until = Timestamp(now.0 + TURN_MICROS);
        if !self.webhooks.store().take_turn(self.node, now, until).await? {
            self.turn_until = Timestamp(0);
            return Ok(false);
        }
        self.turn_until = until;
        if is_new {
            self.forget();
            let rewound = self.webhooks.store().rewind(self.app.store().last_position().await?).await?;
            if rewound > 0 {
                let why =
                    "endpoints were ahead of the events, as after a restored backup; they go on from the last one";
                tracing::warn!(endpoints = rewound, "{why}");
            }
        }
        Ok(true)
    }

    /// Says in the feed that endpoints were disabled. Twice, if the process ends before that is noted.
    async fn announce(&mut self, now: Timestamp) -> Result<(), StoreError> {
        for endpoint in self.endpoints.iter_mut().filter(|endpoint| !endpoint.is_announced) {
            let Some(fault) = endpoint.disabled.and_then(|disabled| disabled.fault) else { continue };
            tracing::warn!(endpoint = endpoint.id.0, fault = fault.as_str(), "an endpoint of webhooks is disabled");
            let command = Command::EndpointDisabled(endpoint.id, fault);
            if let Err(error) = self.app.batcher().execute(Requester::SYSTEM, command).await {
                // The next step says it; the other endpoints do not wait for that.
                tracing::warn!(%error, endpoint = endpoint.id.0, "the event about it was not stored; trying again");
                continue;
            }
            self.webhooks.store().announced(endpoint.id, now).await?;
            endpoint.is_announced = true;
        }
        Ok(())
    }

    /// Takes over what was changed of endpoints.
    async fn follow(&mut self) -> Result<(), StoreError> {
        let Self { lines, endpoints, webhooks, .. } = self;
        lines.retain(|id, _| endpoints.iter().any(|endpoint| endpoint.id == *id));
        for endpoint in endpoints {
            if lines.get(&endpoint.id).is_some_and(|line| line.is_of(endpoint)) {
                continue;
            }
            let undelivered = webhooks.store().undelivered(endpoint.id).await?;
            match lines.get_mut(&endpoint.id) {
                Some(line) => line.change(endpoint.clone(), &undelivered),
                None => _ = lines.insert(endpoint.id, Line::new(endpoint.clone(), &undelivered)),
            }
        }
        Ok(())
    }

    /// Reads on in the feed for every endpoint that has room. Most are at the same place, which is read once. Says
    /// whether there is more to be read.
    async fn read(&mut self, now: Timestamp) -> Result<bool, StoreError> {
        let (mut pages, mut has_more) = (Pages::new(), false);
        for line in self.lines.values_mut() {
            has_more |= read_feed(&self.app, &mut pages, line, now).await?;
            has_more |= read_again(&self.app, &mut pages, line).await?;
        }
        Ok(has_more)
    }

    /// Begins calls, first to the endpoint after the one that was first the last time.
    fn start(&mut self, now: Timestamp) {
        let count = self.lines.len();
        self.first = (self.first + 1) % count.max(1);
        let ids: Vec<EndpointId> = self.lines.keys().copied().collect();
        let order = ids.iter().cycle().skip(self.first).take(count);
        for id in order {
            let Some(line) = self.lines.get_mut(id) else { continue };
            let is_down = line.is_down();
            let room = CALLS_MAX.saturating_sub(self.calls.len());
            let room = if is_down { room.min(CALLS_OF_DOWN_MAX.saturating_sub(self.calls_of_down)) } else { room };
            for (position, placed, number) in line.start(now, room) {
                self.calls_of_down += usize::from(is_down);
                let call = (line.endpoint().clone(), position, placed, number, is_down);
                let call = call_endpoint(self.app.clone(), self.webhooks.clone(), call, now);
                let call = spans::call(CallKind::Webhook, call, Called::is_delivered);
                self.calls.spawn(spans::in_context(spans::current(), call));
            }
        }
    }

    /// Takes in the calls that ended.
    fn take_ended(&mut self, now: Timestamp) {
        while let Some(called) = self.calls.try_join_next() {
            // A panic in a call is a bug, which its own task has logged; the event is sent again by the next sender.
            self.ended.extend(called.ok());
        }
        for called in std::mem::take(&mut self.ended) {
            self.calls_of_down -= usize::from(called.was_down);
            let Some(line) = self.lines.get_mut(&called.endpoint) else { continue };
            match &called.came {
                Came::Sent(placed, r#type, attempt) => {
                    let outcome = if attempt.is_delivered() { "delivered" } else { "failed" };
                    counter!("maitred_webhook_calls_total", "outcome" => outcome).increment(1);
                    line.ended(placed, Sent { attempt, number: called.number, r#type, now });
                }
                Came::Nothing => line.passed_over(called.position),
                Came::Unread => line.put_back(called.position, now),
            }
        }
    }

    /// Notes what came of calls. What cannot be noted now is noted before anything else is done; another node that
    /// sends by then has it that the events were not sent.
    async fn note(&mut self) -> Result<(), StoreError> {
        self.unnoted.extend(self.lines.values_mut().filter_map(Line::notes));
        if self.unnoted.is_empty() {
            return Ok(());
        }
        self.forget_answers().await?;
        if !self.webhooks.store().note(self.node, self.unnoted.clone()).await? {
            tracing::warn!("another node sends webhooks; what this one sent last may be sent twice");
            self.forget();
            self.turn_until = Timestamp(0);
        }
        if self.unnoted.iter().any(|noted| noted.fault.is_some()) {
            self.reads_again = true;
            self.webhooks.forget_stopped();
        }
        self.unnoted.clear();
        Ok(())
    }

    /// What an endpoint answers about a lead that was erased meanwhile is not kept.
    async fn forget_answers(&mut self) -> Result<(), StoreError> {
        let deliveries = || self.unnoted.iter().flat_map(|noted| &noted.deliveries);
        let leads: BTreeSet<_> = deliveries().filter(|it| it.answer.is_some()).filter_map(|it| it.lead).collect();
        if leads.is_empty() {
            return Ok(());
        }
        let erased = self.app.store().erased_among(leads.into_iter().collect()).await?;
        let deliveries = self.unnoted.iter_mut().flat_map(|noted| &mut noted.deliveries);
        for delivery in deliveries.filter(|it| it.lead.is_some_and(|lead| erased.contains(&lead))) {
            delivery.answer = None;
        }
        Ok(())
    }
}

/// Whether a rest that began at this time is over. So it is when somebody set the clock back.
fn is_over(since: Timestamp, rest: Duration, now: Timestamp) -> bool {
    let rested = now.0.saturating_sub(since.0);
    rested < 0 || rested.cast_unsigned() >= rest.as_micros() as u64
}

/// Reads on for one endpoint; says whether there may be more.
async fn read_feed(app: &App, pages: &mut Pages, line: &mut Line, now: Timestamp) -> Result<bool, StoreError> {
    for _ in 0..PAGES_MAX {
        let Some(after) = line.wants_behind() else { return Ok(false) };
        let page = page(app, pages, after).await?;
        line.take_in(page);
        if page.len() < PAGE_ROWS as usize {
            line.note_position(now);
            return Ok(false);
        }
    }
    Ok(true)
}

/// The same for what is sent again.
async fn read_again(app: &App, pages: &mut Pages, line: &mut Line) -> Result<bool, StoreError> {
    for _ in 0..PAGES_MAX {
        let Some(after) = line.wants_again_behind() else { return Ok(false) };
        let page = page(app, pages, after).await?;
        line.take_in_again(page, page.len() < PAGE_ROWS as usize);
    }
    Ok(line.wants_again_behind().is_some())
}

async fn page<'p>(app: &App, pages: &'p mut Pages, after: i64) -> Result<&'p [PlacedEvent], StoreError> {
    match pages.entry(after) {
        Entry::Occupied(page) => Ok(page.into_mut()),
        Entry::Vacant(place) => Ok(place.insert(app.store().events(after, PAGE_ROWS).await?)),
    }
}

/// One call.
async fn call_endpoint(
    app: App,
    webhooks: Webhooks,
    (endpoint, position, placed, number, was_down): (Endpoint, i64, Option<PlacedEvent>, u32, bool),
    now: Timestamp,
) -> Called {
    let came = send(&app, &webhooks, (&endpoint, position, placed), now).await.unwrap_or_else(|error| {
        tracing::warn!(%error, position, "an event could not be read to be sent; trying again");
        Came::Unread
    });
    Called { endpoint: endpoint.id, was_down, position, number, came }
}

/// Sends an event; one that is not in memory is read first.
async fn send(
    app: &App,
    webhooks: &Webhooks,
    (endpoint, position, placed): (&Endpoint, i64, Option<PlacedEvent>),
    now: Timestamp,
) -> Result<Came, StoreError> {
    let placed = match placed {
        Some(placed) => Some(placed),
        None => app.store().events(position - 1, 1).await?.pop(),
    };
    let Some(placed) = placed.filter(|placed| placed.position == position) else { return Ok(Came::Nothing) };
    let attempt = match endpoint.format {
        EndpointFormat::Events => {
            let message = webhooks.message(endpoint.id, placed.clone());
            Some(webhooks.send(endpoint, &message, now).await)
        }
        EndpointFormat::Bitrix24 => bitrix24::tell(app, endpoint, &placed).await?,
    };
    let r#type = dotted(&webhooks.kind(&placed));
    Ok(attempt.map_or(Came::Nothing, |attempt| Came::Sent(Box::new(placed), r#type, attempt)))
}

impl Job for SendWebhooks {
    const NAME: &'static str = "send webhooks";

    fn period(&self) -> Duration {
        self.rest
    }

    async fn tick(&mut self) {
        if let Err(error) = self.step(clock::now()).await {
            tracing::warn!(%error, "webhooks could not be sent or noted; trying again");
        }
    }

    async fn woken(&mut self) {
        tokio::select! {
            Some(called) = self.calls.join_next() => self.ended.extend(called.ok()),
            Ok(()) = self.committed.changed(), if self.follows_commits => {}
            () = self.webhooks.changed() => return,
        }
        tokio::time::sleep(PACE).await;
    }

    async fn finish(&mut self) {
        let settled = tokio::time::timeout(END_MAX, self.settle(clock::now())).await;
        if settled.is_err() {
            tracing::info!(calls = self.calls.len(), "webhooks under way are given up; they are sent again");
            self.calls.abort_all();
            self.take_ended(clock::now());
            let _ = self.note().await;
        }
        let _ = self.webhooks.store().leave_turn(self.node).await;
    }
}
