//! The last hour by minutes: how many contacts arrived, how many waited when a minute ended. Arrivals come from the
//! store, where later contacts have larger ids: a minute costs two lookups, and one that is over is remembered. Who
//! waited is in no index, so at the start the feed is read backwards, as far as a bound allows, undoing event by event
//! what changed the number; from then on the counter is read every few seconds. Minutes of which nothing is known
//! stay empty.

use maitred_app::jobs::Job;
use maitred_core::Timestamp;
use maitred_store::views::PlacedEvent;
use maitred_store::{Store, StoreError, clock};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// The minutes of an hour, the running one included.
pub const MINUTES: i64 = 60;
/// The most events that are read at the start, and how many at a time.
const EVENTS_READ_MAX: usize = 100_000;
const EVENTS_AT_ONCE: u32 = 1_000;
/// How often the number of those who wait is read.
const SAMPLE: Duration = Duration::from_secs(5);
const MICROS: i64 = 60_000_000;

/// One minute of the hour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Minute {
    /// How many contacts arrived.
    pub arrived: u64,
    /// How many waited at its end, or wait now; none if nobody knows.
    pub waiting: Option<u64>,
}

/// The last hour.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hour {
    /// Its minutes, the running one last.
    pub minutes: Vec<Minute>,
    /// How many contacts arrived in the last sixty seconds.
    pub rate: u64,
    /// How many wait now.
    pub waiting: u64,
    /// How many contacts there have ever been.
    pub arrived: u64,
}

/// What is remembered between two looks: 60 minutes of two numbers.
#[derive(Default)]
pub struct History(Mutex<Remembered>);

#[derive(Default)]
struct Remembered {
    /// Contacts that had arrived before a minute began, by minute.
    arrived_before: BTreeMap<i64, u64>,
    /// Contacts that waited when a minute ended, by minute.
    waiting: BTreeMap<i64, u64>,
    /// Whether the demo is among them.
    counts_demo: Option<bool>,
}

impl History {
    /// The hour that ends now.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn hour(&self, store: &Store, now: Timestamp) -> Result<Hour, StoreError> {
        let minutes = first_minute(now)..=minute(now);
        let unknown: Vec<i64> =
            minutes.clone().filter(|minute| !self.remembered().arrived_before.contains_key(minute)).collect();
        let starts = unknown.iter().map(|minute| Timestamp(minute * MICROS));
        let arrivals = store.arrivals(starts.chain([Timestamp(now.0 - MICROS)]).collect()).await?;
        let mut remembered = self.remembered();
        remembered.start_over_if(arrivals.counts_demo);
        remembered.arrived_before.extend(unknown.into_iter().zip(arrivals.before.iter().copied()));
        remembered.waiting.insert(minute(now), arrivals.waiting);
        remembered.forget(*minutes.start());
        let rate = arrivals.total.saturating_sub(arrivals.before.last().copied().unwrap_or(arrivals.total));
        let minutes = minutes.map(|minute| remembered.minute(minute, arrivals.total)).collect();
        Ok(Hour { minutes, rate, waiting: arrivals.waiting, arrived: arrivals.total })
    }

    /// Reads the hour that ends now again, for things have been written down as of earlier times.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn start_over(&self, store: &Store) -> Result<(), StoreError> {
        *self.remembered() = Remembered::default();
        self.learn(store, clock::now()).await
    }

    /// Reads the feed backwards from now, as far as the hour or the bound goes.
    async fn learn(&self, store: &Store, now: Timestamp) -> Result<(), StoreError> {
        let arrivals = store.arrivals(Vec::new()).await?;
        let (minute, first) = (minute(now), first_minute(now));
        let mut back = Backwards { waiting: arrivals.waiting, minute, first, counts_demo: arrivals.counts_demo };
        self.remembered().start_over_if(arrivals.counts_demo);
        let mut before = arrivals.position + 1;
        let mut read = 0;
        while read < EVENTS_READ_MAX {
            let events = store.events_before(before, EVENTS_AT_ONCE).await?;
            let known: Vec<_> = events.iter().flat_map(|placed| back.undo(placed)).collect();
            self.remembered().waiting.extend(known);
            read += events.len();
            match events.last() {
                Some(last) if back.minute > back.first => before = last.position,
                // Before the first event nobody waited.
                None => {
                    self.remembered().waiting.extend(back.reach(back.first));
                    break;
                }
                Some(_) => break,
            }
        }
        Ok(())
    }

    fn remembered(&self) -> MutexGuard<'_, Remembered> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Reads how many wait, every few seconds; at the start what the feed says of the hour before.
pub struct SampleWaiting {
    history: Arc<History>,
    store: Store,
    is_started: bool,
}

impl SampleWaiting {
    pub(crate) const fn new(history: Arc<History>, store: Store) -> Self {
        Self { history, store, is_started: false }
    }
}

impl Job for SampleWaiting {
    const NAME: &'static str = "sample the waiting";

    fn period(&self) -> Duration {
        SAMPLE
    }

    async fn tick(&mut self) {
        if !std::mem::replace(&mut self.is_started, true)
            && let Err(error) = self.history.learn(&self.store, clock::now()).await
        {
            tracing::warn!(%error, "the last hour could not be read; its chart begins now");
        }
        // A store that fails now is noticed by those who ask it for more.
        if let Ok(arrivals) = self.store.arrivals(Vec::new()).await {
            let now = clock::now();
            let mut remembered = self.history.remembered();
            remembered.start_over_if(arrivals.counts_demo);
            remembered.waiting.insert(minute(now), arrivals.waiting);
            remembered.forget(first_minute(now));
        }
    }
}

impl Remembered {
    fn minute(&self, minute: i64, arrived: u64) -> Minute {
        let before = |minute: &i64| self.arrived_before.get(minute).copied();
        let began = before(&minute).unwrap_or(arrived);
        let ended = before(&(minute + 1)).unwrap_or(arrived);
        Minute { arrived: ended.saturating_sub(began), waiting: self.waiting.get(&minute).copied() }
    }

    /// Forgets what counted the demo once figures do not, and the other way round.
    fn start_over_if(&mut self, counts_demo: bool) {
        if self.counts_demo.replace(counts_demo).is_some_and(|before| before != counts_demo) {
            self.arrived_before.clear();
            self.waiting.clear();
        }
    }

    fn forget(&mut self, first: i64) {
        self.arrived_before = self.arrived_before.split_off(&first);
        self.waiting = self.waiting.split_off(&first);
    }
}

/// The number of those who wait, on its way back in time.
struct Backwards {
    waiting: u64,
    /// The minute it is in.
    minute: i64,
    first: i64,
    /// Whether the demo is among them.
    counts_demo: bool,
}

impl Backwards {
    /// Takes back what an event did. Gives the minutes that ended between it and the event after it.
    fn undo(&mut self, placed: &PlacedEvent) -> Vec<(i64, u64)> {
        let ended = self.reach(minute(placed.event.at).max(self.first - 1));
        if self.counts_demo || !placed.event.demo {
            self.waiting = self.waiting.saturating_add_signed(-placed.event.waiting_change());
        }
        ended
    }

    /// Goes back to a minute. In all minutes from there to where it was as many waited as now.
    fn reach(&mut self, minute: i64) -> Vec<(i64, u64)> {
        let minute = minute.min(self.minute);
        let ended = (minute..self.minute).map(|ended| (ended, self.waiting)).collect();
        self.minute = minute;
        ended
    }
}

const fn minute(at: Timestamp) -> i64 {
    at.0.div_euclid(MICROS)
}

const fn first_minute(now: Timestamp) -> i64 {
    minute(now) - MINUTES + 1
}

#[cfg(test)]
mod tests {
    use super::*;
    use maitred_core::{Command, Policy, command::ContactEdit};
    use maitred_store::sqlite::Readers;
    use maitred_store::testing::Fixture;

    fn store(fixture: &Fixture) -> Store {
        Store::Sqlite(Readers::open(&fixture.path()).expect("readable"))
    }

    /// The clock of this test ticks a second for each command; sixty of them are a minute.
    fn pass_a_minute(fixture: &mut Fixture) {
        (0..60).for_each(|n| _ = fixture.operator(&n.to_string(), 0));
    }

    #[tokio::test]
    async fn the_hour_is_read_from_what_is_stored() {
        let mut fixture = Fixture::new();
        let source = fixture.source("Bot", Policy::WeightedRandom, &[]);
        let first = fixture.contact(source, "a");
        fixture.contact(source, "b");
        pass_a_minute(&mut fixture);
        fixture.run(Command::EditContact(first.id, ContactEdit { is_resolved: Some(true), ..ContactEdit::default() }));
        fixture.contact(source, "c");
        fixture.contact(source, "d");
        pass_a_minute(&mut fixture);
        let now = Fixture::time_of(130);
        let history = History::default();
        history.learn(&store(&fixture), now).await.expect("readable");
        let hour = history.hour(&store(&fixture), now).await.expect("readable");
        assert_eq!((hour.minutes.len(), hour.arrived, hour.waiting), (60, 4, 3));
        let last: Vec<_> = hour.minutes[56..].iter().map(|minute| (minute.arrived, minute.waiting)).collect();
        assert_eq!(last, [(0, Some(0)), (2, Some(2)), (2, Some(3)), (0, Some(3))]);
        assert_eq!(history.hour(&store(&fixture), now).await.expect("readable"), hour, "remembered is as read");
    }

    #[tokio::test]
    async fn a_sample_is_taken_by_hand() {
        let mut fixture = Fixture::new();
        let source = fixture.source("Bot", Policy::WeightedRandom, &[]);
        fixture.contact(source, "a");
        let history = Arc::new(History::default());
        let mut job = SampleWaiting::new(history.clone(), store(&fixture));
        job.tick().await;
        fixture.contact(source, "b");
        job.tick().await;
        let waiting = history.remembered().waiting.last_key_value().map(|(_, waiting)| *waiting);
        assert_eq!(waiting, Some(2));
    }

    #[tokio::test]
    async fn what_was_written_down_afterwards_is_seen_after_starting_over() {
        let mut fixture = Fixture::new();
        let source = fixture.source("Bot", Policy::WeightedRandom, &[]);
        let (store, history, now) = (store(&fixture), History::default(), clock::now());
        assert_eq!(history.hour(&store, now).await.expect("readable").arrived, 0);
        // As of long ago, by the clock of this test.
        fixture.contact(source, "a");
        let arrived = |hour: &Hour| hour.minutes.iter().map(|minute| minute.arrived).sum::<u64>();
        assert_eq!(arrived(&history.hour(&store, now).await.expect("readable")), 1, "it seems to come now");
        history.start_over(&store).await.expect("readable");
        assert_eq!(arrived(&history.hour(&store, now).await.expect("readable")), 0);
    }

    #[tokio::test]
    async fn what_was_not_seen_stays_empty() {
        let fixture = Fixture::new();
        let history = History::default();
        let hour = history.hour(&store(&fixture), Fixture::time_of(0)).await.expect("readable");
        assert_eq!(hour.minutes[0], Minute { arrived: 0, waiting: None });
        assert_eq!(hour.minutes[59], Minute { arrived: 0, waiting: Some(0) });
    }
}
