//! The rules that pick one eligible operator, and the one function that applies them, [`choose`]. Production, tests
//! and the replay of stored decisions all call it; what it returned for a pool and a seed it returns for ever.
//!
//! No policy looks at the order in which operators were created. Ties go to the one who has been idle longest, then to
//! the seed.

use crate::availability::Reason;
use crate::draw::draw;
use crate::ids::OperatorId;
use crate::pool::{Candidate, Earning, Ineligibility, Pool};
use serde::{Deserialize, Serialize};
use std::cmp::Ordering;

/// The rule of a source.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Policy {
    /// A draw proportional to weight among the eligible.
    #[default]
    WeightedRandom,
    /// Exact shares without bursts: the eligible member with the most credit (nginx's smooth weighted round robin,
    /// with credits that survive changes of the pool).
    SmoothWeighted,
    /// The lowest load in proportion to `max_load`, then the larger weight.
    LeastLoaded,
    /// The one who was assigned something longest ago.
    LongestIdle,
}

impl Policy {
    /// Every policy, in the order of their stored codes.
    pub const ALL: [Self; 4] = [Self::WeightedRandom, Self::SmoothWeighted, Self::LeastLoaded, Self::LongestIdle];

    /// Whether what members receive follows their weights, so that a difference from what they are entitled to is one
    /// to be explained. The others go by loads and idleness; weights say only who serves at all, or break ties.
    #[must_use]
    pub const fn goes_by_weight(self) -> bool {
        matches!(self, Self::WeightedRandom | Self::SmoothWeighted)
    }

    /// The word used in JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::WeightedRandom => "weighted_random",
            Self::SmoothWeighted => "smooth_weighted",
            Self::LeastLoaded => "least_loaded",
            Self::LongestIdle => "longest_idle",
        }
    }
}

/// What one decision goes by, besides the pool and the seed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rule {
    pub policy: Policy,
    /// Gets the contact if eligible: a returning lead's last operator, or who had a reopened contact.
    pub preferred: Option<OperatorId>,
    /// Gets the contact only if nobody else can: who has just released it.
    pub avoided: Option<OperatorId>,
    /// Do not get the contact: who was offered it in this round and did not accept.
    pub tried: Vec<OperatorId>,
    /// Gets the contact unless the preferred one does: who is owed contacts, see [`crate::correction`].
    pub owed: Option<OperatorId>,
    /// Gets the contact only if nobody else can, although the policy picked them: who is ahead by a correction. They
    /// pay for it.
    pub passed_over: Option<OperatorId>,
}

impl Rule {
    /// Only the policy.
    #[must_use]
    pub const fn of(policy: Policy) -> Self {
        Self { policy, preferred: None, avoided: None, tried: Vec::new(), owed: None, passed_over: None }
    }
}

/// Who was picked from a pool, and by what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Choice {
    /// Nobody is eligible: the contact waits.
    Nobody,
    /// The preferred operator, at this index in the pool.
    Preferred(usize),
    /// Who is owed contacts, at this index in the pool.
    Owed(usize),
    /// The policy's pick, at this index in the pool.
    Picked(usize),
}

impl Choice {
    /// The index in the pool of the one who was picked.
    #[must_use]
    pub const fn index(self) -> Option<usize> {
        match self {
            Self::Nobody => None,
            Self::Preferred(i) | Self::Owed(i) | Self::Picked(i) => Some(i),
        }
    }
}

/// Picks one eligible member of the pool. Linear in the size of the pool.
#[must_use]
pub fn choose(pool: &Pool, rule: &Rule, seed: u64) -> Choice {
    if let Some(index) = rule.preferred.filter(|o| !rule.tried.contains(o)).and_then(|o| pool.index_of(o))
        && pool.candidates()[index].is_eligible()
    {
        return Choice::Preferred(index);
    }
    let field = Field::new(pool, rule);
    if let Some(index) = rule.owed.and_then(|owed| field.iter().find(|(_, c)| c.operator == owed)).map(|(i, _)| i) {
        return Choice::Owed(index);
    }
    let picked = match rule.policy {
        Policy::WeightedRandom => weighted_random(&field, seed),
        Policy::SmoothWeighted => {
            let earning = pool.earning();
            best(&field, seed, |a, b| most_owed(earning, a, b))
        }
        Policy::LeastLoaded => best(&field, seed, least_loaded),
        Policy::LongestIdle => best(&field, seed, longest_idle),
    };
    picked.map_or(Choice::Nobody, Choice::Picked)
}

/// Of those who are owed contacts, and between whom the policy would choose, the one who is owed most. Nobody if there
/// is only one: they would get it anyway.
pub(crate) fn owed_most(pool: &Pool, rule: &Rule, seed: u64, owed: impl Fn(OperatorId) -> i64) -> Option<OperatorId> {
    let order = |a: &Candidate, b: &Candidate| owed(b.operator).cmp(&owed(a.operator)).then_with(|| longest_idle(a, b));
    let field = Field::new(pool, rule);
    field.iter().nth(1)?;
    let first = best(&field, seed, order)?;
    Some(pool.candidates()[first].operator).filter(|operator| owed(*operator) > 0)
}

/// Why the member at `index` is out of this decision, or `None` when they are in it.
#[must_use]
pub fn ineligibility(pool: &Pool, rule: &Rule, index: usize) -> Option<Ineligibility> {
    Field::new(pool, rule).ineligibility(&pool.candidates()[index])
}

/// Why each member is out of this decision and until when, or `None` for those who are in it, in the order of the pool.
#[must_use]
pub fn reasons(pool: &Pool, rule: &Rule) -> Vec<Option<Reason>> {
    let field = Field::new(pool, rule);
    pool.candidates().iter().map(|candidate| field.reason(candidate)).collect()
}

/// The members between whom a policy chooses: the eligible who were not asked already, less the avoided one and the one
/// who is passed over, unless nobody else is left.
struct Field<'a> {
    pool: &'a Pool,
    candidates: &'a [Candidate],
    avoided: Option<OperatorId>,
    passed_over: Option<OperatorId>,
    tried: &'a [OperatorId],
}

impl<'a> Field<'a> {
    fn new(pool: &'a Pool, rule: &'a Rule) -> Self {
        let (candidates, tried) = (pool.candidates(), &rule.tried[..]);
        let may_be_asked = |c: &Candidate| c.is_eligible() && !tried.contains(&c.operator);
        let avoided = rule.avoided.filter(|a| candidates.iter().any(|c| may_be_asked(c) && c.operator != *a));
        let is_left = |c: &Candidate| may_be_asked(c) && Some(c.operator) != avoided;
        let passed_over = rule.passed_over.filter(|p| candidates.iter().any(|c| is_left(c) && c.operator != *p));
        Self { pool, candidates, avoided, passed_over, tried }
    }

    /// The sum of their weights.
    fn weight(&self) -> u64 {
        match self.is_everybody() {
            true => self.pool.eligible_weight(),
            false => self.iter().map(|(_, candidate)| u64::from(candidate.weight)).sum(),
        }
    }

    /// Whether they are all who are eligible.
    const fn is_everybody(&self) -> bool {
        self.avoided.is_none() && self.passed_over.is_none() && self.tried.is_empty()
    }

    /// What keeps somebody from this contact alone.
    fn aside(&self, candidate: &Candidate) -> Option<Ineligibility> {
        if self.tried.contains(&candidate.operator) {
            return Some(Ineligibility::Tried);
        }
        match Some(candidate.operator) {
            it if it == self.avoided => Some(Ineligibility::JustReleased),
            it if it == self.passed_over => Some(Ineligibility::Ahead),
            _ => None,
        }
    }

    fn reason(&self, candidate: &Candidate) -> Option<Reason> {
        candidate.why_not(self.aside(candidate)).next()
    }

    fn ineligibility(&self, candidate: &Candidate) -> Option<Ineligibility> {
        self.reason(candidate).map(|reason| reason.why)
    }

    fn iter(&self) -> impl Iterator<Item = (usize, &'a Candidate)> {
        let (aside, tried) = ([self.avoided, self.passed_over], self.tried);
        let is_in = move |c: &Candidate| {
            c.is_eligible() && !aside.contains(&Some(c.operator)) && (tried.is_empty() || !tried.contains(&c.operator))
        };
        self.candidates.iter().enumerate().filter(move |(_, c)| is_in(c))
    }
}

/// Each member owns as many numbers of the line `0..total` as they have weight, in the order of ids; the seed falls on
/// one of them. [`number_line`] shows the same line.
fn weighted_random(field: &Field<'_>, seed: u64) -> Option<usize> {
    let total = field.weight();
    if total == 0 {
        return None;
    }
    let mut point = draw(seed, total);
    if field.is_everybody() {
        return field.pool.owner_of(point);
    }
    for (index, candidate) in field.iter() {
        match point.checked_sub(u64::from(candidate.weight)) {
            Some(rest) => point = rest,
            None => return Some(index),
        }
    }
    unreachable!("a point below the total lies on one of the parts of the line")
}

/// Somebody's numbers: their index in the pool, the first number, the number behind the last.
pub type LinePart = (usize, u64, u64);

/// The line a weighted draw falls on, and the point. `None` when nobody is eligible.
#[must_use]
pub fn number_line(pool: &Pool, rule: &Rule, seed: u64) -> Option<(Vec<LinePart>, u64)> {
    let mut total = 0u64;
    let parts = Field::new(pool, rule)
        .iter()
        .map(|(index, candidate)| {
            let from = total;
            total += u64::from(candidate.weight);
            (index, from, total)
        })
        .collect();
    (total > 0).then(|| (parts, draw(seed, total)))
}

/// The order in which a policy considers the members of a pool.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ranking {
    /// The indices of those between whom it chooses, best first; in the order of ids for `weighted_random`, which ranks
    /// nobody.
    pub places: Vec<usize>,
    /// How many of them are first alike, so that only the seed can choose between them; 0 for `weighted_random`.
    pub first: usize,
}

/// Ranks the members of a pool, the ineligible left out, as [`choose`] does. Slower than choosing: for explanations.
#[must_use]
pub fn ranking(pool: &Pool, rule: &Rule) -> Ranking {
    let field = Field::new(pool, rule);
    let earning = pool.earning();
    match rule.policy {
        Policy::WeightedRandom => Ranking { places: field.iter().map(|(index, _)| index).collect(), first: 0 },
        Policy::SmoothWeighted => ranked(&field, |a, b| most_owed(earning, a, b)),
        Policy::LeastLoaded => ranked(&field, least_loaded),
        Policy::LongestIdle => ranked(&field, longest_idle),
    }
}

fn ranked(field: &Field<'_>, order: impl Fn(&Candidate, &Candidate) -> Ordering) -> Ranking {
    let mut members: Vec<(usize, &Candidate)> = field.iter().collect();
    members.sort_by(|(_, a), (_, b)| order(a, b));
    let first = members.iter().take_while(|(_, c)| order(c, members[0].1) == Ordering::Equal).count();
    Ranking { places: members.into_iter().map(|(index, _)| index).collect(), first }
}

/// Most credit, with what this decision earns; then longest idle.
fn most_owed(earning: Earning, a: &Candidate, b: &Candidate) -> Ordering {
    b.owed(earning).cmp(&a.owed(earning)).then_with(|| longest_idle(a, b))
}

/// `load / max_load` by cross-multiplication, so that no rounding decides; then the larger weight; then longest idle.
fn least_loaded(a: &Candidate, b: &Candidate) -> Ordering {
    let ours = u64::from(a.load) * u64::from(b.max_load);
    let theirs = u64::from(b.load) * u64::from(a.max_load);
    ours.cmp(&theirs).then(b.weight.cmp(&a.weight)).then_with(|| longest_idle(a, b))
}

/// The one who got nothing for longest goes first; never assigned is longest of all.
fn longest_idle(a: &Candidate, b: &Candidate) -> Ordering {
    a.last_assigned_at.cmp(&b.last_assigned_at)
}

/// The first member by `order`; between several such the seed draws.
fn best(field: &Field<'_>, seed: u64, order: impl Fn(&Candidate, &Candidate) -> Ordering) -> Option<usize> {
    let mut first: Option<(usize, &Candidate)> = None;
    let mut ties = 0u64;
    for (index, candidate) in field.iter() {
        match first.map_or(Ordering::Less, |(_, leader)| order(candidate, leader)) {
            Ordering::Less => (first, ties) = (Some((index, candidate)), 1),
            Ordering::Equal => ties += 1,
            Ordering::Greater => {}
        }
    }
    let (index, leader) = first?;
    if ties == 1 {
        return Some(index);
    }
    let lot = draw(seed, ties) as usize;
    field.iter().filter(|(_, c)| order(c, leader) == Ordering::Equal).nth(lot).map(|(index, _)| index)
}
