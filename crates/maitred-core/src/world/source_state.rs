//! A source in memory: its settings, its pool, who waits, its ledger, and the recording its decisions refer to.

use crate::command::Context;
use crate::correction::Outstanding;
use crate::decision::PoolRef;
use crate::ids::{OperatorId, PoolId, SourceId, Timestamp};
use crate::limits::CORRECTION_MAX;
use crate::nouns::{DEMO_SPACE, Operator, Source};
use crate::policy::{Choice, Rule, choose};
use crate::pool::{Candidate, Pool};
use crate::recording::{Recording, Segment};
use crate::world::changes::SourceTotals;
use crate::world::ledger::{Ledger, LedgerSnapshot, Tally, period_step};
use crate::world::waiting::Waiting;
use std::sync::Arc;

/// Everything about a source that decisions look at.
#[derive(Clone, Debug)]
pub struct SourceState {
    pub source: Source,
    id_spaces: IdSpaces,
    pub(crate) pool: Pool,
    pub(crate) waiting: Waiting,
    pub(crate) scheduled: u64,
    /// Contacts that rest, in the same order as those who wait.
    pub(crate) resting: Waiting,
    /// Contacts that nobody responded to in time, and that are open.
    pub(crate) overdue: u64,
    pub(crate) assigned: u64,
    pub(crate) arrived: u64,
    ledger: Ledger,
    outstanding: Outstanding,
    recording: Option<Recording>,
    /// Segments of recordings that ended in this batch.
    ended: Vec<Segment>,
    /// When the ledger last changed. A contact that is assigned while the clock stands still, or goes back, counts for
    /// the period that has begun.
    ledger_at: Option<Timestamp>,
    /// When the weights or the policy last changed: behind all that was assigned before that.
    weights_at: Option<Timestamp>,
    /// Snapshots of the ledger that this batch made.
    snapshots: Vec<LedgerSnapshot>,
}

/// The id spaces of a contact's external ids: they are stored in the first one, and looked up in the other as well.
#[derive(Clone, Debug, Default)]
pub(crate) struct IdSpaces {
    pub(crate) own: Arc<str>,
    pub(crate) before: Arc<str>,
    /// Whether it is the space of the demo, in which phones and emails are too.
    pub(crate) demo: bool,
}

impl IdSpaces {
    fn of(source: &Source) -> Self {
        match source.demo {
            true => Self { own: DEMO_SPACE.into(), before: DEMO_SPACE.into(), demo: true },
            false => Self { own: source.space(), before: source.own_space(), demo: false },
        }
    }
}

impl SourceState {
    /// Puts together what a store read. `members` pairs each operator with their weight; the pool shows them as they
    /// are at a time.
    #[must_use]
    pub fn new<'a>(
        source: Source,
        members: impl IntoIterator<Item = (&'a Operator, u32)>,
        ledger: Ledger,
        counts: Counts,
        now: Timestamp,
    ) -> Self {
        let candidates = members.into_iter().map(|(o, weight)| candidate(o, weight, &ledger, source.id, now)).collect();
        Self {
            id_spaces: IdSpaces::of(&source),
            source,
            pool: Pool::new(candidates),
            waiting: Waiting::new(counts.waiting),
            scheduled: counts.scheduled,
            resting: Waiting::new(counts.resting),
            overdue: counts.overdue,
            assigned: counts.assigned,
            arrived: counts.arrived,
            outstanding: ledger.iter().map(|(operator, tally)| (operator, tally.outstanding())).collect(),
            ledger,
            recording: None,
            ended: Vec::new(),
            ledger_at: counts.ledger_at,
            weights_at: counts.weights_at,
            snapshots: Vec::new(),
        }
    }

    /// The id spaces of its contacts.
    pub(crate) const fn id_spaces(&self) -> &IdSpaces {
        &self.id_spaces
    }

    /// Changes its settings.
    pub(super) fn change(&mut self, change: impl FnOnce(&mut Source)) {
        change(&mut self.source);
        self.id_spaces = IdSpaces::of(&self.source);
    }

    /// The members, ineligible ones included.
    #[must_use]
    pub const fn pool(&self) -> &Pool {
        &self.pool
    }

    /// Whether its contacts may be given to somebody now: it is open, and somebody is eligible.
    #[must_use]
    pub fn can_give(&self, now: Timestamp) -> bool {
        self.source.closed(now).is_none() && self.pool.has_eligible()
    }

    #[must_use]
    pub const fn waiting(&self) -> &Waiting {
        &self.waiting
    }

    /// How many contacts of it are scheduled: they wait outside of the waiting order.
    #[must_use]
    pub const fn scheduled(&self) -> u64 {
        self.scheduled
    }

    /// Contacts that rest until all may be offered them again, outside of the waiting order.
    #[must_use]
    pub const fn resting(&self) -> &Waiting {
        &self.resting
    }

    /// How many open contacts of it nobody responded to in time.
    #[must_use]
    pub const fn overdue(&self) -> u64 {
        self.overdue
    }

    pub(crate) const fn count_overdue(&mut self, is_overdue: bool) {
        // A counter that is too small already is for `maitred verify` to report, not for the next command to die of.
        self.overdue = if is_overdue { self.overdue + 1 } else { self.overdue.saturating_sub(1) };
    }

    /// How many contacts wait for somebody: in the waiting order, or for another round of offers.
    #[must_use]
    pub const fn all_waiting(&self) -> u64 {
        self.waiting.count() + self.resting.count()
    }

    /// How many contacts of it are assigned.
    #[must_use]
    pub const fn assigned(&self) -> u64 {
        self.assigned
    }

    /// How many contacts of it ever arrived.
    #[must_use]
    pub const fn arrived(&self) -> u64 {
        self.arrived
    }

    /// How many contacts of it are not resolved.
    #[must_use]
    pub const fn open(&self) -> u64 {
        self.waiting.count() + self.resting.count() + self.scheduled + self.assigned
    }

    /// The ledger with the credits of this moment.
    #[must_use]
    pub fn ledger(&self) -> Ledger {
        let mut ledger = self.ledger.clone();
        ledger.take_credits(&self.pool);
        ledger
    }

    /// The line of one operator, with their credit of this moment.
    #[must_use]
    pub fn tally(&self, operator: OperatorId) -> Tally {
        let credit = self.pool.get(operator).map(|member| member.credit);
        let tally = self.ledger.get(operator);
        Tally { credit: credit.unwrap_or(tally.credit), ..tally }
    }

    /// Brings the candidate who is this operator up to date. Does nothing if they do not serve the source.
    pub(crate) fn sync(&mut self, operator: &Operator, now: Timestamp) {
        let Some(index) = self.pool.index_of(operator.id) else { return };
        let away = operator.away_from(self.source.id, now);
        let mut is_changed = false;
        self.pool.change(index, |candidate| {
            let before = candidate.clone();
            candidate.is_active = operator.is_active;
            candidate.away = away;
            candidate.load = operator.current_load;
            candidate.max_load = operator.max_load;
            candidate.last_assigned_at = operator.last_assigned_at;
            is_changed = *candidate != before;
        });
        if let Some(recording) = self.recording.as_mut().filter(|_| is_changed) {
            recording.touch(index);
        }
    }

    /// Sets a weight; operators who served the source before have their credit back.
    pub(crate) fn set_weight(&mut self, operator: &Operator, weight: u32, now: Timestamp) {
        self.end_recording();
        let known = self.pool.get(operator.id).map(|member| member.credit);
        let credit = known.unwrap_or_else(|| self.ledger.get(operator.id).credit);
        self.pool.put(Candidate { credit, ..candidate(operator, weight, &self.ledger, self.source.id, now) });
    }

    /// Takes an operator out; their credit stays in the ledger.
    pub(crate) fn remove_member(&mut self, operator: OperatorId) {
        self.end_recording();
        if let Some(member) = self.pool.remove(operator) {
            self.ledger.take_credit(&member);
        }
    }

    /// Starts all credits from zero; the ledger carries what they were.
    pub(crate) fn restart_rotation(&mut self) {
        self.end_recording();
        self.ledger.take_credits(&self.pool);
        self.ledger.carry_credits();
        for index in 0..self.pool.candidates().len() {
            self.pool.change(index, |candidate| candidate.credit = 0);
        }
    }

    /// Writes the pool down as it is now. `next_id` gives an id if that takes a new recording.
    pub(crate) fn observe(&mut self, next_id: impl FnOnce() -> PoolId) -> PoolRef {
        if self.recording.as_ref().is_some_and(Recording::is_worn_out) {
            self.end_recording();
        }
        let recording = self.recording.get_or_insert_with(|| Recording::start(next_id(), &self.pool));
        PoolRef { pool: recording.id, step: recording.observe(&self.pool) }
    }

    /// Picks a member of the pool, and says by what: the rule, with the correction that applies.
    pub(crate) fn choose(&self, rule: Rule, seed: u64) -> (Rule, Choice) {
        let rule = match self.ledger.pays_back() {
            true => rule,
            false => self.outstanding.applied_to(rule, &self.pool, seed),
        };
        let choice = choose(&self.pool, &rule, seed);
        (rule, choice)
    }

    /// Counts that a member got a contact, and who was passed over for that.
    pub(crate) fn count(&mut self, choice: Choice, passed_over: Option<OperatorId>, context: Context) {
        let Some(index) = choice.index() else { return };
        self.keep_snapshot(context.now);
        let operator = self.pool.candidates()[index].operator;
        let payer = passed_over.and_then(|ahead| self.pool.index_of(ahead));
        let has_drifted = match (choice, payer) {
            (Choice::Owed(_), _) => self.pay_back(index, context),
            (_, Some(ahead)) => self.give_instead(ahead, index, context),
            (_, None) => self.assign(index, context),
        };
        self.ledger.set_pays_back(payer.is_some() || matches!(choice, Choice::Owed(_)));
        self.ledger.received(operator);
        if has_drifted {
            self.restart_rotation();
        }
    }

    fn assign(&mut self, index: usize, context: Context) -> bool {
        if let Some(recording) = &mut self.recording {
            recording.assigned(index, context.now);
        }
        self.pool.assign(index, context.now)
    }

    /// Gives a contact to who is owed it: outside of the rotation.
    fn pay_back(&mut self, index: usize, context: Context) -> bool {
        if let Some(recording) = &mut self.recording {
            recording.touch(index);
        }
        self.pool.give(index, context.now);
        self.settle(self.pool.candidates()[index].operator, 1);
        false
    }

    /// Gives a contact to a member for which another pays.
    fn give_instead(&mut self, payer: usize, index: usize, context: Context) -> bool {
        // Recordings have no word for this. It is rare.
        self.end_recording();
        let has_drifted = self.pool.settle(payer);
        self.pool.give(index, context.now);
        self.settle(self.pool.candidates()[payer].operator, -1);
        has_drifted
    }

    fn settle(&mut self, operator: OperatorId, contacts: i64) {
        self.ledger.line(operator).settled += contacts;
        self.note_outstanding(operator);
    }

    fn note_outstanding(&mut self, operator: OperatorId) {
        self.outstanding.set(operator, self.ledger.get(operator).outstanding());
    }

    /// Owes an operator so many contacts more, or fewer.
    pub(crate) fn correct(&mut self, operator: OperatorId, amount: i64, now: Timestamp) {
        self.keep_snapshot(now);
        self.ledger.line(operator).adjusted += amount;
        self.note_outstanding(operator);
    }

    /// Owes an operator one contact that they declined, unless they are owed as many as they may be.
    pub(crate) fn refund(&mut self, operator: OperatorId, now: Timestamp) {
        if self.ledger.get(operator).outstanding() >= CORRECTION_MAX {
            return;
        }
        self.keep_snapshot(now);
        self.ledger.line(operator).refunded += 1;
        self.note_outstanding(operator);
    }

    /// Keeps the ledger as it is, before it changes, if a period may begin or end between its last change and this one.
    fn keep_snapshot(&mut self, now: Timestamp) {
        let step = self.weights_at.map_or(period_step(now), |at| at.max(period_step(now)));
        if self.ledger_at.is_none_or(|last| last < step) {
            self.snapshots.push(LedgerSnapshot { source: self.source.id, at: step, ledger: self.ledger().encode() });
        }
        self.ledger_at = self.ledger_at.max(Some(now.max(step)));
    }

    /// Notes that the weights or the policy change.
    pub(crate) fn weights_changed(&mut self, now: Timestamp) {
        let behind = self.ledger_at.map(|last| Timestamp(last.0.saturating_add(1)));
        self.weights_at = self.weights_at.max(behind).max(Some(now));
    }

    pub(crate) fn take_snapshots(&mut self) -> Vec<LedgerSnapshot> {
        std::mem::take(&mut self.snapshots)
    }

    fn end_recording(&mut self) {
        let segment = self.recording.take().and_then(|mut recording| recording.take_segment());
        self.ended.extend(segment);
    }

    pub(crate) fn take_segments(&mut self) -> Vec<Segment> {
        let mut segments = std::mem::take(&mut self.ended);
        segments.extend(self.recording.as_mut().and_then(Recording::take_segment));
        segments
    }

    pub(crate) fn totals(&mut self) -> SourceTotals {
        self.ledger.take_credits(&self.pool);
        SourceTotals {
            source: self.source.id,
            waiting: self.waiting.count(),
            scheduled: self.scheduled,
            resting: self.resting.count(),
            overdue: self.overdue,
            assigned: self.assigned,
            arrived: self.arrived,
            ledger: self.ledger.encode(),
            ledger_at: self.ledger_at,
            weights_at: self.weights_at,
        }
    }
}

/// The stored counters and times of a source.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// How many contacts wait.
    pub waiting: u64,
    /// How many contacts are scheduled: they are not among those who wait.
    pub scheduled: u64,
    /// How many contacts rest: they are not among those who wait either.
    pub resting: u64,
    /// How many open contacts nobody responded to in time: they wait, are scheduled or are assigned.
    pub overdue: u64,
    /// How many contacts are assigned.
    pub assigned: u64,
    /// How many contacts ever arrived.
    pub arrived: u64,
    /// When the ledger last changed, if it did.
    pub ledger_at: Option<Timestamp>,
    /// When the weights or the policy last changed, if that is known.
    pub weights_at: Option<Timestamp>,
}

impl Counts {
    /// How many contacts wait for somebody: in the waiting order, or for another round of offers.
    #[must_use]
    pub const fn all_waiting(&self) -> u64 {
        self.waiting + self.resting
    }

    /// How many contacts are not resolved.
    #[must_use]
    pub const fn open(&self) -> u64 {
        self.all_waiting() + self.scheduled + self.assigned
    }
}

fn candidate(operator: &Operator, weight: u32, ledger: &Ledger, source: SourceId, now: Timestamp) -> Candidate {
    Candidate {
        operator: operator.id,
        weight,
        is_active: operator.is_active,
        away: operator.away_from(source, now),
        load: operator.current_load,
        max_load: operator.max_load,
        last_assigned_at: operator.last_assigned_at,
        credit: ledger.get(operator.id).credit,
    }
}
