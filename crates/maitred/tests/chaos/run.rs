//! Rounds of chaos: each on a new database, with clients that ask, a schedule of faults, and a pause after each fault
//! in which everything is compared.

use crate::calls::{self, Asker, Call, Make};
use crate::compare::compare;
use crate::draw::Draw;
use crate::faults::{Fault, inject};
use crate::feed::Feed;
use crate::ledger::Ledger;
use crate::place::{EngineName, Node, Place};
use crate::report::Report;
use std::net::SocketAddr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{PoisonError, RwLock};
use std::time::{Duration, Instant};

const CLIENTS: u64 = 12;
/// A round is not longer, so that all that is stored can be compared often.
const ROUND_MAX: Duration = Duration::from_secs(75);
/// How long a client waits for an answer, mostly.
const PATIENCE: Duration = Duration::from_secs(45);
/// How long the last of large changes may take to follow.
const SETTLED_MAX: Duration = Duration::from_secs(60);
/// The clients that set up.
const SETTERS: u64 = 99;

/// How long, and by which seed.
#[derive(Clone, Copy)]
pub(crate) struct Plan {
    /// None for as long as it takes to let each kind of fault happen once.
    seconds: Option<u64>,
    seed: u64,
}

impl Plan {
    /// That of the environment, or a short one.
    pub(crate) fn from_environment() -> Self {
        let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse().ok());
        Self { seconds: number("MAITRED_CHAOS_SECONDS"), seed: number("MAITRED_CHAOS_SEED").unwrap_or(1) }
    }

    /// How long faults last at most.
    const fn scale(self) -> Duration {
        if self.seconds.is_none() { Duration::from_millis(700) } else { Duration::from_secs(8) }
    }

    /// When it is over; a short run is when all has happened.
    fn until(self) -> Instant {
        Instant::now() + Duration::from_secs(self.seconds.unwrap_or(600))
    }
}

/// Runs all rounds on one engine.
///
/// # Panics
/// When anything is wrong, with the seed and where the databases are.
pub(crate) fn run(engine: EngineName, plan: Plan) {
    let mut report = Report::new(engine, plan.seed);
    let until = plan.until();
    // The order of faults goes on over rounds, so that a short one does not always begin with the same.
    let mut faults = Vec::new();
    let mut number = 0;
    while number == 0 || plan.seconds.is_some() && Instant::now() + Duration::from_secs(10) < until {
        let place = Place::new(engine);
        let until = if plan.seconds.is_some() { until.min(Instant::now() + ROUND_MAX) } else { until };
        let mut round = Round { plan, number, ledger: Ledger::default(), place, until };
        let ended = catch_unwind(AssertUnwindSafe(|| round.run(&mut faults, &mut report)));
        report.add(&round.ledger);
        let wrong = match ended {
            Ok(Ok(())) => None,
            Ok(Err(wrong)) => Some(wrong),
            Err(_) => Some(vec!["the test itself failed, see above".to_owned()]),
        };
        if let Some(wrong) = wrong {
            let said: Vec<String> = round.said();
            let kept = round.place.keep();
            std::fs::write(kept.join("servers.log"), said.join("\n")).expect("the folder is ours");
            panic!("{}", report.failure(number, &wrong, &kept));
        }
        number += 1;
    }
    report.print();
}

struct Round {
    plan: Plan,
    number: u64,
    ledger: Ledger,
    place: Place,
    until: Instant,
}

/// What clients go by. A call holds the gate, so that closing it waits for all calls.
struct Shared<'a> {
    ledger: &'a Ledger,
    addresses: &'a RwLock<Vec<SocketAddr>>,
    gate: &'a RwLock<()>,
    is_over: &'a AtomicBool,
}

impl Round {
    fn run(&mut self, faults: &mut Vec<Fault>, report: &mut Report) -> Result<(), Vec<String>> {
        self.place.start().map_err(|why| vec![why])?;
        set_up(&self.ledger, self.place.all()[0], Draw::new([self.plan.seed, self.number, SETTERS + 1]));
        let (gate, is_over, feed) = (RwLock::new(()), AtomicBool::new(false), Feed::default());
        let Self { plan, number, ledger, place, until } = self;
        let addresses = RwLock::new(place.all());
        let shared = Shared { ledger, addresses: &addresses, gate: &gate, is_over: &is_over };
        std::thread::scope(|scope| {
            for client in 0..CLIENTS {
                let draw = Draw::new([plan.seed, *number, client]);
                let shared = &shared;
                scope.spawn(move || shared.client(client, draw));
            }
            scope.spawn(|| feed.follow(&addresses, &is_over));
            // Clients end also when the steering panics.
            let _over = Over(&is_over);
            let mut steering =
                Steering { draw: Draw::new([plan.seed, *number, SETTERS]), place, shared: &shared, feed: &feed };
            while Instant::now() < *until {
                steering.step(faults, *plan, report)?;
                if plan.seconds.is_none() && faults.is_empty() {
                    break;
                }
            }
            Ok(())
        })
    }

    fn said(&self) -> Vec<String> {
        let of_node = |(node, n): (&Node, usize)| {
            let said = node.process.iter().flat_map(|process| process.said());
            said.map(|line| format!("node {n}: {line}")).collect::<Vec<_>>()
        };
        self.place.nodes.iter().zip(0..).flat_map(of_node).collect()
    }
}

/// Adds operators, sources and weights to begin with.
pub(crate) fn set_up(ledger: &Ledger, address: SocketAddr, mut draw: Draw) {
    let adds = [(6, calls::add_operator as Make), (4, calls::add_source), (16, calls::set_weight)];
    let makes = adds.into_iter().flat_map(|(times, make)| std::iter::repeat_n(make, times));
    for (make, n) in makes.zip(0..) {
        let asked = {
            let entries = ledger.entries();
            make(&mut Asker { draw: &mut draw, known: &entries.known, client: SETTERS, n })
        };
        asked.into_iter().for_each(|call| _ = ledger.perform(address, call, PATIENCE));
    }
}

struct Over<'a>(&'a AtomicBool);

impl Drop for Over<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// What a client does next.
enum Next {
    Call(Vec<Call>),
    Again(usize),
}

impl Shared<'_> {
    fn client(&self, client: u64, mut draw: Draw) {
        for n in 0.. {
            if self.is_over.load(Ordering::Relaxed) {
                return;
            }
            let open = self.gate.read().unwrap_or_else(PoisonError::into_inner);
            let next = self.next(client, n, &mut draw);
            // Some have no patience at all: their connections are cut before the answer.
            let patience = if draw.one_in(40) { Duration::from_millis(draw.between(1..30)) } else { PATIENCE };
            let is_answered = match (next, self.any(&mut draw)) {
                (Next::Call(calls), Some(address)) => {
                    calls.into_iter().all(|call| self.ledger.perform(address, call, patience))
                }
                (Next::Again(place), Some(address)) => self.ledger.repeat(address, place, patience),
                (_, None) => false,
            };
            drop(open);
            // Where nobody answers, nobody is asked all the time.
            let rest = if is_answered { draw.between(5..50) } else { draw.between(100..300) };
            std::thread::park_timeout(Duration::from_millis(rest));
        }
    }

    fn next(&self, client: u64, n: u64, draw: &mut Draw) -> Next {
        let entries = self.ledger.entries();
        if draw.one_in(16)
            && let Some(place) = draw.pick(&entries.repeatable())
        {
            return Next::Again(place);
        }
        Next::Call(Asker { draw, known: &entries.known, client, n }.next())
    }

    fn any(&self, draw: &mut Draw) -> Option<SocketAddr> {
        draw.pick(&self.addresses.read().unwrap_or_else(PoisonError::into_inner))
    }
}

struct Steering<'a> {
    draw: Draw,
    place: &'a mut Place,
    shared: &'a Shared<'a>,
    feed: &'a Feed,
}

impl Steering<'_> {
    /// Some load, one fault, some load, and then everything is compared.
    fn step(&mut self, faults: &mut Vec<Fault>, plan: Plan, report: &mut Report) -> Result<(), Vec<String>> {
        if faults.is_empty() {
            *faults = self.draw.shuffled(Fault::all(self.place.engine));
        }
        let Some(fault) = faults.pop() else { return Ok(()) };
        std::thread::park_timeout(Duration::from_millis(self.draw.between(100..400)));
        report.begins(fault);
        let story = inject(self.place, fault, &mut self.draw, plan.scale()).map_err(|why| vec![why])?;
        report.happened(fault, &story);
        *self.shared.addresses.write().unwrap_or_else(PoisonError::into_inner) = self.place.all();
        std::thread::park_timeout(Duration::from_millis(self.draw.between(100..400)));
        let began = Instant::now();
        let took = self.compare()?;
        report.compared(began.elapsed(), &took);
        report.progress(self.shared.ledger);
        Ok(())
    }

    /// A clock that was set forward must have been seen, or nothing was tested by that. Of several nodes only those are
    /// seen that write.
    fn clock_not_seen(&self, last_at: i64) -> Option<String> {
        const MINUTES: i64 = 60 * 1_000_000;
        let ahead = self.place.nodes[0].ahead;
        let is_late = last_at < maitred_store::clock::now().0 + ahead - 10 * MINUTES;
        (self.place.database.is_none() && is_late).then(|| format!("the last event was at {last_at}, by {ahead} ahead"))
    }

    /// Keeps clients out and compares. What took how long is for those who wonder.
    fn compare(&mut self) -> Result<String, Vec<String>> {
        let mut took = String::new();
        let mut last = Instant::now();
        let mut lap = |what: &str| {
            took += &format!(" {what} {:.1?}", last.elapsed());
            last = Instant::now();
        };
        let _closed = self.shared.gate.write().unwrap_or_else(PoisonError::into_inner);
        lap("clients");
        let one = |why: String| vec![why];
        self.place.wait_until_ready().map_err(one)?;
        lap("ready");
        self.shared.ledger.settle(&self.place.all(), SETTLED_MAX).map_err(one)?;
        lap("settled");
        let give_up = Instant::now() + SETTLED_MAX;
        let mut seen = self.feed.count();
        let mut snapshot = self.place.snapshot();
        while !snapshot.passing.is_empty() && Instant::now() < give_up {
            std::thread::park_timeout(Duration::from_millis(100));
            seen = self.feed.count();
            snapshot = self.place.snapshot();
        }
        lap("read");
        let mut entries = self.shared.ledger.entries();
        let mut wrong = std::mem::take(&mut entries.wrong);
        wrong.extend(std::mem::take(&mut snapshot.wrong));
        wrong.extend(std::mem::take(&mut snapshot.passing));
        wrong.extend(compare(&entries, &snapshot));
        wrong.extend(self.feed.compare(&snapshot, seen));
        lap("compared");
        wrong.extend(self.place.verify().err());
        lap("verified");
        wrong.extend(self.clock_not_seen(snapshot.last_at));
        entries.rest();
        if wrong.is_empty() { Ok(took) } else { Err(wrong) }
    }
}
