//! A pool: the memberships of one source as read for one decision, ineligible ones included, with the credit that
//! says who has received less, and who more, than their weight entitles them to.
//!
//! Choosing from a pool is [`crate::policy`]; writing a pool down is [`crate::recording`].

use crate::availability::{Away, Reason};
use crate::ids::{OperatorId, Timestamp};

pub use crate::availability::Ineligibility;

/// One contact's worth of credit. A power of two, so that 524 288 contacts of credit fit an `i64`.
pub const CREDIT_PER_CONTACT: i64 = 1 << 44;

/// Up to this total of eligible weights every unit of weight earns the same whole number, so that members of equal
/// weights stay equal to the last bit: 2^20. What is rounded off is less than 2^-24 of a contact a decision, and above
/// it even less, see [`Earning`].
const WHOLE_RATE_WEIGHT_MAX: u64 = 1 << 20;

/// Bits behind the point of a rate that is no whole number.
const RATE_BITS: u32 = 40;

/// So many members have their weights added up together.
const BLOCK: usize = 64;

/// The largest credit, of either sign: a quarter of a million contacts. Policies that do not go by weights, and
/// stickiness, let credits drift apart without end; beyond this the rotation starts again from zero and the ledger
/// carries the rest.
pub const CREDIT_MAX: u64 = 1 << 62;

/// One member of a source, with all that any policy looks at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    pub operator: OperatorId,
    /// Their relative share of this source, 0 to 1 000 000 000; 0 = never automatically.
    pub weight: u32,
    /// Whether they take contacts at all.
    pub is_active: bool,
    /// What keeps them from all contacts at the time of the decision.
    pub away: Option<Away>,
    /// How many contacts they hold, from all sources.
    pub load: u32,
    /// How many they may hold.
    pub max_load: u32,
    /// When they last got a contact, from any source.
    pub last_assigned_at: Option<Timestamp>,
    /// What they are entitled to minus what they received on this source, in 1/[`CREDIT_PER_CONTACT`] of a contact.
    pub credit: i64,
}

impl Candidate {
    /// Why they do not get a contact, in the order of [`Ineligibility`]; nothing if they may get it. `aside` is what
    /// keeps them from this contact alone: that they have just released it, or were asked already.
    pub fn why_not(&self, aside: Option<Ineligibility>) -> impl Iterator<Item = Reason> + use<> {
        let endless = |holds: bool, why| holds.then_some(Reason::endless(why));
        let away = self.away.map(|away| Reason { why: away.reason.ineligibility(), until: away.until });
        [
            endless(!self.is_active, Ineligibility::Inactive),
            endless(self.weight == 0, Ineligibility::ZeroWeight),
            away,
            endless(self.load >= self.max_load, Ineligibility::Full),
            aside.map(Reason::endless),
        ]
        .into_iter()
        .flatten()
    }

    /// Why they cannot get a contact, or `None` when they can: the first reason of [`Candidate::why_not`].
    #[must_use]
    pub fn ineligibility(&self) -> Option<Ineligibility> {
        self.why_not(None).next().map(|reason| reason.why)
    }

    /// Their credit with what they earn by this decision: what `smooth_weighted` goes by.
    #[must_use]
    pub const fn owed(&self, earning: Earning) -> i64 {
        self.credit.saturating_add(earning.of(self.weight))
    }

    /// Their part of the weights of the eligible.
    fn eligible_weight(&self) -> u64 {
        if self.is_eligible() { self.weight.into() } else { 0 }
    }

    /// Whether they can get a contact now.
    #[must_use]
    pub const fn is_eligible(&self) -> bool {
        self.is_active && self.weight > 0 && self.away.is_none() && self.load < self.max_load
    }
}

/// How what members earn by a decision follows from their weights. Recordings say by which rules they were made, and
/// are replayed by the same.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum EarningRules {
    /// A whole number for each unit of weight, whatever the weights: with a total above 2^40 it is far off.
    First,
    /// A whole number for each unit of small weights, and a part of a contact for each member of large ones.
    #[default]
    Second,
}

/// What members earn by one decision, in 1/[`CREDIT_PER_CONTACT`] of a contact.
///
/// A member is entitled to `weight / total`. What they earn differs from that by less than 2^-24 of a contact, and so
/// does what is paid for one contact, for every pool and all weights that there can be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Earning {
    /// So much for each unit of weight.
    Whole(i64),
    /// The same in 1/2^40, rounded down for each member.
    Fine(u128),
}

impl Earning {
    const NONE: Self = Self::Whole(0);

    fn new(rules: EarningRules, eligible_weight: u64) -> Self {
        match rules {
            _ if eligible_weight == 0 => Self::NONE,
            EarningRules::Second if eligible_weight > WHOLE_RATE_WEIGHT_MAX => {
                let contact = (CREDIT_PER_CONTACT as u128) << RATE_BITS;
                Self::Fine(contact / u128::from(eligible_weight))
            }
            _ => Self::Whole((CREDIT_PER_CONTACT / eligible_weight.cast_signed()).max(1)),
        }
    }

    /// What somebody with this weight earns.
    #[must_use]
    pub const fn of(self, weight: u32) -> i64 {
        match self {
            Self::Whole(rate) => rate * weight as i64,
            // At most one contact, for a weight is part of the total.
            Self::Fine(rate) => ((rate * weight as u128) >> RATE_BITS) as i64,
        }
    }
}

/// The members of one source in the order of their ids.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pool {
    candidates: Vec<Candidate>,
    rules: EarningRules,
    /// Kept with every change: adding it up for each contact is what a large pool costs most.
    eligible_weight: u64,
    /// The same of each [`BLOCK`] members in a row, so that a draw need not walk past all of them.
    block_weights: Vec<u64>,
}

impl Pool {
    /// Makes a pool of these members, in any order.
    ///
    /// # Panics
    /// When an operator is named twice.
    #[must_use]
    pub fn new(candidates: Vec<Candidate>) -> Self {
        Self::with_rules(candidates, EarningRules::default())
    }

    /// The same, as it was recorded by a maitred that had these rules.
    pub(crate) fn with_rules(mut candidates: Vec<Candidate>, rules: EarningRules) -> Self {
        candidates.sort_unstable_by_key(|c| c.operator);
        assert!(
            candidates.windows(2).all(|pair| pair[0].operator != pair[1].operator),
            "an operator is a member of a source once"
        );
        let mut pool = Self { candidates, rules, ..Self::default() };
        pool.add_up_from(0);
        pool
    }

    /// All members, ineligible ones included, in the order of their ids.
    #[must_use]
    pub fn candidates(&self) -> &[Candidate] {
        &self.candidates
    }

    /// Where an operator stands in [`Pool::candidates`].
    #[must_use]
    pub fn index_of(&self, operator: OperatorId) -> Option<usize> {
        self.candidates.binary_search_by_key(&operator, |c| c.operator).ok()
    }

    /// The member who is this operator.
    #[must_use]
    pub fn get(&self, operator: OperatorId) -> Option<&Candidate> {
        self.index_of(operator).map(|i| &self.candidates[i])
    }

    /// Changes the member at a place, if there is one.
    pub(crate) fn change(&mut self, index: usize, change: impl FnOnce(&mut Candidate)) {
        let Some(candidate) = self.candidates.get_mut(index) else { return };
        let before = candidate.eligible_weight();
        change(candidate);
        let after = candidate.eligible_weight();
        for sum in [&mut self.eligible_weight, &mut self.block_weights[index / BLOCK]] {
            *sum = *sum - before + after;
        }
    }

    /// Adds up the weights of the eligible among the members from this place on again.
    fn add_up_from(&mut self, index: usize) {
        let first = index / BLOCK;
        self.block_weights.truncate(first);
        let rest = self.candidates[(first * BLOCK).min(self.candidates.len())..].chunks(BLOCK);
        self.block_weights.extend(rest.map(|block| block.iter().map(Candidate::eligible_weight).sum::<u64>()));
        self.eligible_weight = self.block_weights.iter().sum();
    }

    /// Who owns a number of the line on which each eligible member has as many as they have weight, in the order of
    /// ids.
    pub(crate) fn owner_of(&self, point: u64) -> Option<usize> {
        let mut rest = point;
        let mut has_passed = |weight: u64| match rest.checked_sub(weight) {
            Some(less) => {
                rest = less;
                true
            }
            None => false,
        };
        let block = self.block_weights.iter().position(|weight| !has_passed(*weight))?;
        let members = self.candidates[block * BLOCK..].iter();
        members.map(Candidate::eligible_weight).position(|weight| !has_passed(weight)).map(|at| block * BLOCK + at)
    }

    /// Adds a member or replaces the one with the same operator.
    pub(crate) fn put(&mut self, candidate: Candidate) {
        match self.candidates.binary_search_by_key(&candidate.operator, |c| c.operator) {
            Ok(at) => self.change(at, |member| *member = candidate),
            Err(at) => {
                self.candidates.insert(at, candidate);
                self.add_up_from(at);
            }
        }
    }

    /// Takes a member out.
    pub(crate) fn remove(&mut self, operator: OperatorId) -> Option<Candidate> {
        let at = self.index_of(operator)?;
        let removed = self.candidates.remove(at);
        self.add_up_from(at);
        Some(removed)
    }

    /// Whether anybody can get a contact now.
    #[must_use]
    pub const fn has_eligible(&self) -> bool {
        self.eligible_weight > 0
    }

    /// The sum of the weights of the eligible: 0 when nobody is.
    #[must_use]
    pub const fn eligible_weight(&self) -> u64 {
        self.eligible_weight
    }

    /// What the eligible earn by one decision; nothing when nobody is eligible.
    #[must_use]
    pub fn earning(&self) -> Earning {
        Earning::new(self.rules, self.eligible_weight())
    }

    /// Counts an assignment in the credits: every eligible member earns their share of one contact, and the one who
    /// got it pays as much as all earned together. Members who are not eligible earn nothing and keep what they have,
    /// so leaving and coming back neither resets nor floods anybody.
    ///
    /// For weights that do not change, with a total up to 2^20, this is exactly nginx's smooth weighted round robin
    /// (earn the weight, pay the total), scaled so that a contact is worth the same whatever the total is. The credits
    /// of a pool keep their sum.
    ///
    /// Returns whether anybody's credit has drifted so far that all should start from zero ([`CREDIT_MAX`]).
    pub fn settle(&mut self, picked: usize) -> bool {
        let total = self.eligible_weight();
        if total == 0 || !self.candidates[picked].is_eligible() {
            return false;
        }
        let earning = Earning::new(self.rules, total);
        let (mut largest, mut earned) = (0, 0);
        for candidate in self.candidates.iter_mut().filter(|c| c.is_eligible()) {
            candidate.credit = candidate.owed(earning);
            earned += earning.of(candidate.weight);
            largest = largest.max(candidate.credit.unsigned_abs());
        }
        let payer = &mut self.candidates[picked];
        payer.credit = payer.credit.saturating_sub(earned);
        largest.max(payer.credit.unsigned_abs()) > CREDIT_MAX
    }

    /// Counts an assignment made by a policy: the credits, the load and the time.
    ///
    /// Returns whether anybody's credit has drifted so far that all should start from zero ([`CREDIT_MAX`]).
    pub fn assign(&mut self, picked: usize, at: Timestamp) -> bool {
        let has_drifted = self.settle(picked);
        self.give(picked, at);
        has_drifted
    }

    /// Counts an assignment in the load and the time alone.
    pub(crate) fn give(&mut self, picked: usize, at: Timestamp) {
        self.change(picked, |candidate| {
            // Pools are also read from a disk, where a number may be anything.
            candidate.load = candidate.load.saturating_add(1);
            candidate.last_assigned_at = Some(at);
        });
    }
}
