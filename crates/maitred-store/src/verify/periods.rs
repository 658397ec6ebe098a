//! Snapshots of ledgers: each by itself, against the one before it, and against what the feed says had been received
//! by then. Of each only when it was made and what was received is kept in memory.

use super::staff::{Staff, credits};
use super::{About, Invariant, Run};
use crate::StoreError;
use maitred_core::world::{Ledger, Tally};
use rustc_hash::{FxHashMap, FxHasher};
use std::collections::VecDeque;
use std::hash::{Hash, Hasher};

/// What each source had received when snapshots of its ledger were made.
#[derive(Default)]
pub struct Received(FxHashMap<i64, OfSource>);

#[derive(Default)]
struct OfSource {
    snapshots: VecDeque<Snapshot>,
    /// The last of them, and when it was made.
    last: Ledger,
    last_at: Option<i64>,
    /// What the feed has told so far.
    so_far: Sum,
    last_pick_at: Option<i64>,
}

struct Snapshot {
    at: i64,
    sum: Sum,
}

/// How much was received, and by whom: a sum of one number for each contact that says who received it.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
struct Sum {
    contacts: u64,
    who: u64,
}

impl Sum {
    fn add(&mut self, operator: i64, contacts: u64) {
        let mut hasher = FxHasher::default();
        operator.hash(&mut hasher);
        self.contacts = self.contacts.wrapping_add(contacts);
        self.who = self.who.wrapping_add(hasher.finish().wrapping_mul(contacts));
    }

    fn of(ledger: &Ledger) -> Self {
        let mut sum = Self::default();
        ledger.iter().for_each(|(operator, tally)| sum.add(operator.0, tally.received));
        sum
    }
}

impl Received {
    /// Reads all snapshots and checks what each says by itself, and beside the one before it.
    pub fn read(run: &mut Run<'_>) -> Result<Self, StoreError> {
        let mut sources: FxHashMap<i64, OfSource> = FxHashMap::default();
        let scan = run.scan;
        scan.each("SELECT source_id, at, ledger FROM ledger_snapshots ORDER BY source_id, at", |row| {
            let (id, at) = (row.i64(0)?, row.i64(1)?);
            match Ledger::decode(row.bytes(2)?) {
                Err(error) => {
                    let expected = "a snapshot of a ledger that can be read";
                    run.report.fault(Invariant::RecordsAreReadable, About::source(id), error.to_string(), expected);
                }
                Ok(ledger) => {
                    let source = sources.entry(id).or_default();
                    credits(run, id, &ledger);
                    goes_on(run, id, &source.last, &ledger);
                    source.snapshots.push_back(Snapshot { at, sum: Sum::of(&ledger) });
                    (source.last, source.last_at) = (ledger, Some(at));
                }
            }
            Ok(())
        })?;
        Ok(Self(sources))
    }

    /// A policy gave an operator a contact: whether that is the next one behind a snapshot.
    pub fn pick(&mut self, run: &mut Run<'_>, source: i64, operator: i64, at: i64) {
        let Some(of_source) = self.0.get_mut(&source) else { return };
        of_source.reached(run, source, false);
        of_source.so_far.add(operator, 1);
        of_source.last_pick_at = Some(at);
    }

    /// All was told.
    pub fn finish(self, run: &mut Run<'_>, staff: &Staff) {
        for (id, mut source) in self.0 {
            source.reached(run, id, true);
            let Some(totals) = staff.sources.get(&id).and_then(|source| source.totals.as_ref()) else { continue };
            if let Some(ledger) = &totals.ledger {
                goes_on(run, id, &source.last, ledger);
            }
            if source.last_at > totals.ledger_at {
                let found = "a snapshot of its ledger is later than the last change of the ledger";
                run.report.fault(Invariant::TimeGoesForward, About::source(id), found, "snapshots of what was before");
            }
        }
    }
}

impl OfSource {
    /// Compares the snapshots that were made when so much had been received; at the end, all that are left.
    fn reached(&mut self, run: &mut Run<'_>, source: i64, is_end: bool) {
        let is_due = |next: &mut Snapshot| is_end || next.sum.contacts <= self.so_far.contacts;
        while let Some(snapshot) = self.snapshots.pop_front_if(is_due) {
            if snapshot.sum != self.so_far {
                let found = format!("a snapshot of its ledger at {} says that others had received", snapshot.at);
                let expected = format!("{} contacts, to whom the feed says", self.so_far.contacts);
                run.report.fault(Invariant::LedgersAreTrue, About::source(source), found, expected);
            } else if self.last_pick_at.is_some_and(|at| at >= snapshot.at) {
                let found =
                    format!("a snapshot of its ledger at {} has a contact that was assigned later", snapshot.at);
                let expected = "snapshots of what was before";
                run.report.fault(Invariant::TimeGoesForward, About::source(source), found, expected);
            }
        }
    }
}

/// Whether nobody lost anything they had received or been entitled to.
fn goes_on(run: &mut Run<'_>, id: i64, before: &Ledger, after: &Ledger) {
    let contact = i128::from(maitred_core::pool::CREDIT_PER_CONTACT);
    // By weight alone: who is passed over by a correction is entitled to less by it.
    let entitled = |tally: Tally| {
        (i128::from(tally.received) - i128::from(tally.settled)) * contact
            + i128::from(tally.credit).saturating_add(tally.carried)
    };
    for (operator, then) in before.iter() {
        let now = after.get(operator);
        if now.received < then.received || entitled(now) < entitled(then) {
            let found = "a later ledger says less than a snapshot of an earlier one";
            let expected = "what was received, and entitled to, only grows";
            run.report.fault(Invariant::LedgersAreTrue, About::member(id, operator.0), found, expected);
        }
    }
}
