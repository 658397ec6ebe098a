//! What was received, and entitled to, in a period: the difference of two ledgers, of which there are snapshots.
//! Compared with a recount of all decisions, from the pools that they saw.

use crate::batches::stored_at;
use crate::memory_store::MemoryStore;
use crate::random::{Step, steps};
use maitred_core::policy::Choice;
use maitred_core::pool::CREDIT_PER_CONTACT;
use maitred_core::world::{Ledger, PERIOD_STEP_MICROS, Tally, period_step};
use maitred_core::{Actor, ContactId, Context, Decision, EventDetail, EventKind, OperatorId, SourceId, Timestamp};
use proptest::prelude::*;
use std::collections::{BTreeMap, VecDeque};

const CONTACT: i128 = CREDIT_PER_CONTACT as i128;
const MINUTE: i64 = 60 * 1_000_000;

/// What each operator received, and was entitled to in 1/[`CREDIT_PER_CONTACT`] of a contact.
type Shares = BTreeMap<OperatorId, (u64, i128)>;

/// Times that go on by nothing, a little or much; and back now and then, if they may.
fn contexts(steps: &[Step], goes_back: bool) -> Vec<Context> {
    let mut now = 0;
    let context = |step: &Step| {
        let Context { seed, .. } = step.context(0);
        now += match seed % 16 {
            0..4 => 0,
            4..11 => MINUTE,
            11..14 => 20 * MINUTE,
            14 => 7 * 60 * MINUTE,
            _ if goes_back => -50 * MINUTE,
            _ => PERIOD_STEP_MICROS,
        };
        Context { now: Timestamp(now), seed, actor: Actor::System }
    };
    steps.iter().map(context).collect()
}

/// The ledger as it stood at a time, as a store finds it.
fn ledger_at(store: &MemoryStore, source: SourceId, at: Timestamp) -> Ledger {
    let first = store.ledger_snapshots.range((source, at)..=(source, Timestamp(i64::MAX))).next();
    let bytes = first.map_or(&store.totals[&source].ledger, |(_, snapshot)| &snapshot.ledger);
    Ledger::decode(bytes).expect("a ledger reads what it wrote")
}

fn shares(ledger: &Ledger) -> Shares {
    let entitled = |tally: Tally| i128::from(tally.received) * CONTACT + i128::from(tally.credit) + tally.carried;
    ledger.iter().map(|(id, tally)| (id, (tally.received, entitled(tally)))).collect()
}

/// What decisions come to: everybody who was eligible earned their part, and who got the contact is entitled to what
/// was rounded off as well.
fn recount<'a>(store: &MemoryStore, decisions: impl Iterator<Item = &'a Decision>) -> Shares {
    let mut shares = Shares::new();
    for decision in decisions {
        let pool = store.pool_of(decision).expect("a policy sees a pool");
        let outcome = decision.outcome.expect("somebody got it");
        let pays = match decision.choice(&pool) {
            Choice::Owed(_) => None,
            _ => decision.rule.passed_over.filter(|it| pool.get(*it).is_some()).or(Some(outcome)),
        };
        let (received, entitled) = shares.entry(outcome).or_default();
        *received += 1;
        *entitled += CONTACT;
        // Outside of the rotation nobody earns and nobody pays.
        let Some(pays) = pays else { continue };
        let earning = pool.earning();
        for candidate in pool.candidates().iter().filter(|candidate| candidate.is_eligible()) {
            let earned = i128::from(earning.of(candidate.weight));
            shares.entry(candidate.operator).or_default().1 += earned;
            shares.entry(pays).or_default().1 -= earned;
        }
    }
    shares
}

fn added(all: impl IntoIterator<Item = Shares>) -> Shares {
    let mut sum = Shares::new();
    for (id, (received, entitled)) in all.into_iter().flatten() {
        let line = sum.entry(id).or_default();
        *line = (line.0 + received, line.1 + entitled);
    }
    without_zeroes(sum)
}

fn without_zeroes(mut shares: Shares) -> Shares {
    shares.retain(|_, line| *line != (0, 0));
    shares
}

/// The sources of all picks, each as its contact was of then: an event tells of every pick.
fn sources_of_picks(store: &MemoryStore) -> Vec<SourceId> {
    let mut told: BTreeMap<ContactId, VecDeque<SourceId>> = BTreeMap::new();
    for event in &store.events {
        use EventDetail::{ContactAssigned, ContactCreated, ContactReopened};
        let is_pick = match event.detail {
            ContactCreated | ContactReopened => event.operator.is_some(),
            ContactAssigned { at_once, .. } => !at_once,
            _ => false,
        };
        if let (true, Some(contact), Some(source)) = (is_pick, event.contact, event.source) {
            told.entry(contact).or_default().push_back(source);
        }
    }
    let next = |pick: &Decision| told.get_mut(&pick.contact).and_then(VecDeque::pop_front).expect("an event tells");
    store.picks.iter().map(next).collect()
}

/// The periods between these times, the first from the beginning, the last until now.
fn in_periods(store: &MemoryStore, source: SourceId, cuts: &[Timestamp]) -> Vec<Ledger> {
    let mut ledgers = vec![Ledger::default()];
    ledgers.extend(cuts.iter().map(|at| ledger_at(store, source, *at)));
    ledgers.push(ledger_at(store, source, Timestamp(i64::MAX)));
    ledgers.windows(2).map(|pair| pair[1].since(&pair[0])).collect()
}

/// What is true of periods whatever the clock does.
fn periods_add_up(store: &MemoryStore, source: SourceId, cuts: &[Timestamp]) {
    let periods = in_periods(store, source, cuts);
    for period in &periods {
        let of_all = shares(period);
        let received: u64 = of_all.values().map(|(received, _)| received).sum();
        let entitled: i128 = of_all.values().map(|(_, entitled)| entitled).sum();
        assert_eq!(entitled, i128::from(received) * CONTACT, "what all are entitled to is what was received");
        let by_weight = |(id, (_, entitled)): (&OperatorId, &(u64, i128))| {
            *entitled - i128::from(period.get(*id).settled) * CONTACT
        };
        assert!(of_all.iter().all(|line| by_weight(line) >= 0), "{of_all:?}");
    }
    let whole = without_zeroes(shares(&ledger_at(store, source, Timestamp(i64::MAX))));
    assert_eq!(added(periods.iter().map(shares)), whole, "the periods add up to all time");
}

fn check(steps: &[Step], keeps: bool, goes_back: bool, cuts: &[u8]) {
    let store = stored_at(steps, keeps, &contexts(steps, goes_back));
    let mut cuts: Vec<Timestamp> = cuts.iter().map(|cut| Timestamp(i64::from(*cut) * PERIOD_STEP_MICROS)).collect();
    cuts.sort_unstable();
    let sources = sources_of_picks(&store);
    for source in store.sources.keys() {
        periods_add_up(&store, *source, &cuts);
        let of_source = store.picks.iter().zip(&sources).filter(|(_, of)| *of == source);
        let picks: Vec<&Decision> = of_source.map(|(pick, _)| pick).collect();
        let ledger = ledger_at(&store, *source, Timestamp(i64::MAX));
        assert_eq!(without_zeroes(shares(&ledger)), recount(&store, picks.iter().copied()), "all time");
        if !goes_back {
            of_each_period(&store, *source, &cuts, &picks);
        }
        since_weights_changed(&store, *source, &picks);
        let declined = store.events.iter().filter(|event| event.kind() == EventKind::ContactDeclined).count();
        let changes = store.picks.len() + store.corrections.len() + declined;
        assert!(store.ledger_snapshots.len() <= changes, "a snapshot is for a change that follows");
    }
}

fn of_each_period(store: &MemoryStore, source: SourceId, cuts: &[Timestamp], picks: &[&Decision]) {
    let begins = [Timestamp(i64::MIN)].into_iter().chain(cuts.iter().copied());
    let ends = cuts.iter().copied().chain([Timestamp(i64::MAX)]);
    for ((from, to), period) in begins.zip(ends).zip(in_periods(store, source, cuts)) {
        let in_it = picks.iter().copied().filter(|pick| (from..to).contains(&pick.at));
        assert_eq!(without_zeroes(shares(&period)), recount(store, in_it), "from {from:?} to {to:?}");
    }
}

/// By the order in which things happened, for they may have happened at the same time.
fn since_weights_changed(store: &MemoryStore, source: SourceId, picks: &[&Decision]) {
    let (mut picked, mut behind, mut is_clear) = (0, 0, true);
    for event in store.events.iter().filter(|event| event.source.is_none_or(|of| of == source)) {
        match &event.detail {
            EventDetail::WeightSet { .. } | EventDetail::WeightRemoved => (behind, is_clear) = (picked, true),
            // Its policy may have changed, or a member is gone, with their weight.
            EventDetail::SourceEdited | EventDetail::SourceDeleted | EventDetail::OperatorDeleted => is_clear = false,
            EventDetail::ContactAssigned { at_once: true, .. } => {}
            _ if event.operator.is_some() => {
                let kinds = [EventKind::ContactCreated, EventKind::ContactAssigned, EventKind::ContactReopened];
                picked += usize::from(kinds.contains(&event.kind()));
            }
            _ => {}
        }
    }
    if let (Some(at), true) = (store.totals[&source].weights_at, is_clear) {
        let since = ledger_at(store, source, Timestamp(i64::MAX)).since(&ledger_at(store, source, at));
        assert_eq!(
            without_zeroes(shares(&since)),
            recount(store, picks[behind..].iter().copied()),
            "since the weights changed"
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn periods_are_what_a_recount_of_decisions_says_and_add_up(
        steps in steps(200),
        keeps in any::<bool>(),
        goes_back in any::<bool>(),
        cuts in proptest::collection::vec(any::<u8>(), 0..6),
    ) {
        check(&steps, keeps, goes_back, &cuts);
    }
}

#[test]
fn steps_of_periods_are_half_hours() {
    let half_past = Timestamp(90 * MINUTE);
    assert_eq!(period_step(half_past), half_past);
    assert_eq!(period_step(Timestamp(half_past.0 + 29 * MINUTE)), half_past);
    assert_eq!(period_step(Timestamp(-1)), Timestamp(-30 * MINUTE));
}
