//! A pool: the memberships of one source as read for one decision, ineligible ones included, with the credit that
//! says who has received less, and who more, than their weight entitles them to.
//!
//! Choosing from a pool is [`crate::policy`]; writing a pool down is [`crate::recording`].

use crate::ids::{OperatorId, Timestamp};

/// One contact's worth of credit. A power of two, so that one decision is charged to a relative precision of
/// `total eligible weight / 2^44`, and 524 288 contacts of credit fit an `i64`.
pub const CREDIT_PER_CONTACT: i64 = 1 << 44;

/// The largest credit, of either sign: a quarter of a million contacts. Policies that do not go by weights, and
/// stickiness, let credits drift apart without end; beyond this the rotation starts again from zero and the ledger
/// carries the rest.
pub const CREDIT_MAX: u64 = 1 << 62;

/// Why a member cannot get a contact now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Ineligibility {
    /// They are switched off.
    Inactive,
    /// Their weight on this source is zero.
    ZeroWeight,
    /// They hold `max_load` contacts or more.
    Full,
    /// They have just released this contact, and somebody else can take it.
    JustReleased,
}

impl Ineligibility {
    /// The word used in JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Inactive => "inactive",
            Self::ZeroWeight => "zero_weight",
            Self::Full => "full",
            Self::JustReleased => "just_released",
        }
    }
}

/// One member of a source, with all that any policy looks at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    pub operator: OperatorId,
    /// Their relative share of this source, 0 to 1 000 000 000; 0 = never automatically.
    pub weight: u32,
    /// Whether they take contacts at all.
    pub is_active: bool,
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
    /// Why they cannot get a contact, or `None` when they can. The first reason that holds is given.
    #[must_use]
    pub const fn ineligibility(&self) -> Option<Ineligibility> {
        if !self.is_active {
            Some(Ineligibility::Inactive)
        } else if self.weight == 0 {
            Some(Ineligibility::ZeroWeight)
        } else if self.load >= self.max_load {
            Some(Ineligibility::Full)
        } else {
            None
        }
    }

    /// Their credit with what they earn by this decision, at [`Pool::rate`]: what `smooth_weighted` goes by.
    #[must_use]
    pub const fn owed(&self, rate: i64) -> i64 {
        self.credit.saturating_add(rate * self.weight as i64)
    }

    /// Whether they can get a contact now.
    #[must_use]
    pub const fn is_eligible(&self) -> bool {
        self.is_active && self.weight > 0 && self.load < self.max_load
    }
}

/// The members of one source in the order of their ids.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pool {
    candidates: Vec<Candidate>,
}

impl Pool {
    /// Makes a pool of these members, in any order.
    ///
    /// # Panics
    /// When an operator is named twice.
    #[must_use]
    pub fn new(mut candidates: Vec<Candidate>) -> Self {
        candidates.sort_unstable_by_key(|c| c.operator);
        assert!(
            candidates.windows(2).all(|pair| pair[0].operator != pair[1].operator),
            "an operator is a member of a source once"
        );
        Self { candidates }
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

    /// The member at a place, to be changed.
    pub(crate) fn at_mut(&mut self, index: usize) -> Option<&mut Candidate> {
        self.candidates.get_mut(index)
    }

    /// Adds a member or replaces the one with the same operator.
    pub(crate) fn put(&mut self, candidate: Candidate) {
        match self.candidates.binary_search_by_key(&candidate.operator, |c| c.operator) {
            Ok(at) => self.candidates[at] = candidate,
            Err(at) => self.candidates.insert(at, candidate),
        }
    }

    /// Takes a member out.
    pub(crate) fn remove(&mut self, operator: OperatorId) -> Option<Candidate> {
        self.index_of(operator).map(|at| self.candidates.remove(at))
    }

    /// Whether anybody can get a contact now.
    #[must_use]
    pub fn has_eligible(&self) -> bool {
        self.candidates.iter().any(Candidate::is_eligible)
    }

    /// The sum of the weights of the eligible: 0 when nobody is.
    #[must_use]
    pub fn eligible_weight(&self) -> u64 {
        self.candidates.iter().filter(|c| c.is_eligible()).map(|c| u64::from(c.weight)).sum()
    }

    /// What one unit of weight earns by one decision, in 1/[`CREDIT_PER_CONTACT`] of a contact. Rounded down, at least
    /// 1, and 0 when nobody is eligible.
    #[must_use]
    pub fn rate(&self) -> i64 {
        rate(self.eligible_weight())
    }

    /// Counts an assignment in the credits: every eligible member earns their share of one contact, and the one who
    /// got it pays as much as all earned together. Members who are not eligible earn nothing and keep what they have,
    /// so leaving and coming back neither resets nor floods anybody.
    ///
    /// For weights that do not change this is exactly nginx's smooth weighted round robin (earn the weight, pay the
    /// total), scaled so that a contact is worth the same whatever the total is. The credits of a pool keep their
    /// sum.
    pub fn settle(&mut self, picked: usize) {
        _ = self.settle_and_gauge(picked);
    }

    /// Settles, and says whether anybody's credit has drifted beyond [`CREDIT_MAX`].
    fn settle_and_gauge(&mut self, picked: usize) -> bool {
        let total = self.eligible_weight();
        if total == 0 || !self.candidates[picked].is_eligible() {
            return false;
        }
        let rate = rate(total);
        let mut largest = 0;
        for candidate in self.candidates.iter_mut().filter(|c| c.is_eligible()) {
            candidate.credit = candidate.owed(rate);
            largest = largest.max(candidate.credit.unsigned_abs());
        }
        let payer = &mut self.candidates[picked];
        payer.credit = payer.credit.saturating_sub(rate * total.cast_signed());
        largest.max(payer.credit.unsigned_abs()) > CREDIT_MAX
    }

    /// Counts an assignment made by a policy: the credits, the load and the time.
    ///
    /// Returns whether anybody's credit has drifted so far that all should start from zero ([`CREDIT_MAX`]).
    pub fn assign(&mut self, picked: usize, at: Timestamp) -> bool {
        let has_drifted = self.settle_and_gauge(picked);
        let candidate = &mut self.candidates[picked];
        // Pools are also read from a disk, where a number may be anything.
        candidate.load = candidate.load.saturating_add(1);
        candidate.last_assigned_at = Some(at);
        has_drifted
    }
}

fn rate(eligible_weight: u64) -> i64 {
    match eligible_weight {
        0 => 0,
        total => (CREDIT_PER_CONTACT / total.cast_signed()).max(1),
    }
}
