//! Smooth shares while people come and go. The measure is a member's credit: what they were entitled to minus what they
//! received, counting only decisions in which they were eligible.
//!
//! What the algorithm guarantees for its own picks (stickiness and transfers are not its picks), when n people ever
//! served a source, whatever is done to the pool:
//! - Nobody is ever owed, or ahead by, more than (n - 1) / 2 contacts. Proof: k members are never owed more than
//!   g(k) = k(n - k) / 2 together. Let a pick make k members be owed g(k) + d, with d the largest there is of any k.
//!   The one who was picked is not of them, else they would be owed less than before, and is owed now at least what an
//!   eligible one of them is, less the contact. So with the picked one and without that one they are owed at least
//!   2(g(k) + d) - 1. The first of these sums cannot have grown, so it is at most g(k + 1); the second is at most
//!   g(k - 1) + d. Hence d <= 0, for g(k + 1) + g(k - 1) + 1 = 2g(k). (It is the carpool problem of Fagin and Williams
//!   1983, where the one who owes most drives.)
//! - While the pool stays as it is and everybody is eligible, nobody who starts with credit c gets more than
//!   share * m + c + 1 of m contacts, because nobody is picked who is not owed anything; nor more than
//!   (c + 1 - 1/n) / (1 - share) in a row, because each costs them 1 - share and the one picked is owed at least 1/n.

use crate::single::run;
use maitred_core::command::{NewOperator, NewSource, OperatorEdit, SetWeight, Submit};
use maitred_core::policy::{Rule, choose};
use maitred_core::pool::{CREDIT_PER_CONTACT, Candidate, Pool};
use maitred_core::{
    Actor, Command, Context, Identity, IdentityKind, OperatorId, Outcome, Policy, SourceId, SourceKind, Timestamp,
    World,
};
use proptest::prelude::*;

const BOT: SourceId = SourceId(1);
const WEIGHTS: [u32; 4] = [50, 30, 20, 10];
const ANNA: OperatorId = OperatorId(1);

/// One source with four members who have room for everything.
struct Simulation {
    world: World,
    contacts: i64,
}

impl Simulation {
    fn new() -> Self {
        let mut simulation = Self { world: World::default(), contacts: 0 };
        simulation.run(Command::CreateSource(NewSource {
            kind: SourceKind::Bot,
            policy: Policy::SmoothWeighted,
            ..NewSource::named("Bot")
        }));
        for (weight, id) in WEIGHTS.into_iter().zip(1..) {
            let new = NewOperator { max_load: 1_000_000, ..NewOperator::named("Anna") };
            simulation.run(Command::CreateOperator(new));
            simulation.run(Command::SetWeight(SetWeight { source: BOT, operator: OperatorId(id), weight }));
        }
        simulation
    }

    fn run(&mut self, command: Command) -> Outcome {
        let context = Context { now: Timestamp(self.contacts), seed: self.contacts as u64, actor: Actor::System };
        run(&mut self.world, command, context).expect("nothing is wrong with the command")
    }

    /// Who gets the next contact.
    fn next(&mut self) -> OperatorId {
        self.contacts += 1;
        let phone = Identity::new(IdentityKind::Phone, format!("+{}", self.contacts));
        let outcome = self.run(Command::Submit(Submit::new(BOT, vec![phone])));
        let Outcome::Contact(contact) = outcome else { panic!("a contact was stored") };
        contact.operator.expect("somebody always has room")
    }

    fn credit(&self, operator: OperatorId) -> f64 {
        let ledger = self.world.source(BOT).expect("the source stays").ledger();
        ledger.get(operator).credit as f64 / CREDIT_PER_CONTACT as f64
    }
}

fn set_weight(weight: u32) -> Command {
    Command::SetWeight(SetWeight { source: BOT, operator: ANNA, weight })
}

fn edit(edit: OperatorEdit) -> Command {
    Command::EditOperator(ANNA, edit)
}

/// Ways to be out for a while, and back.
fn absences() -> [(&'static str, Command, Command); 4] {
    let switch = |on| edit(OperatorEdit { is_active: Some(on), ..OperatorEdit::default() });
    let room = |max_load| edit(OperatorEdit { max_load: Some(max_load), ..OperatorEdit::default() });
    [
        ("removed", Command::RemoveWeight(BOT, ANNA), set_weight(WEIGHTS[0])),
        ("switched off", switch(false), switch(true)),
        ("full", room(0), room(1_000_000)),
        ("weight 0", set_weight(0), set_weight(WEIGHTS[0])),
    ]
}

#[test]
fn a_member_who_comes_back_is_neither_flooded_nor_reset() {
    for (how, leave, come_back) in absences() {
        for before in 1..30 {
            let mut simulation = Simulation::new();
            (0..before).for_each(|_| _ = simulation.next());
            let credit = simulation.credit(ANNA);
            simulation.run(leave.clone());
            (0..500).for_each(|_| assert_ne!(simulation.next(), ANNA, "{how}"));
            simulation.run(come_back.clone());
            assert_eq!(simulation.credit(ANNA), credit, "{how}: being away changed what Anna is owed");
            let picks: Vec<OperatorId> = (0..110).map(|_| simulation.next()).collect();
            received_as_entitled(&picks, credit, how);
        }
    }
}

fn received_as_entitled(picks: &[OperatorId], credit: f64, how: &str) {
    let (n, share) = (4.0, 50.0 / 110.0);
    let received = picks.iter().filter(|operator| **operator == ANNA).count() as f64;
    let entitled = share * picks.len() as f64;
    assert!(received < entitled + credit + 1.0, "{how}: Anna was flooded with {received} for {entitled}");
    assert!(received > entitled - n, "{how}: Anna got {received} for {entitled}");
    let in_a_row = picks.chunk_by(|a, b| a == b).filter(|run| run[0] == ANNA).map(<[_]>::len).max();
    let most = (credit + 1.0 - 1.0 / n) / (1.0 - share);
    assert!(in_a_row.is_some_and(|longest| longest as f64 <= most.max(1.0) + 1e-9), "{how}: {in_a_row:?} in a row");
}

#[test]
fn editing_a_weight_changes_what_comes_not_what_was() {
    let mut simulation = Simulation::new();
    (0..7).for_each(|_| _ = simulation.next());
    let before: Vec<f64> = (1..=4).map(|id| simulation.credit(OperatorId(id))).collect();
    simulation.run(set_weight(5));
    simulation.run(Command::ReplaceWeights(BOT, (1..=4).map(|id| (OperatorId(id), 10)).collect()));
    let after: Vec<f64> = (1..=4).map(|id| simulation.credit(OperatorId(id))).collect();
    assert_eq!(before, after);
}

#[test]
fn another_policy_starts_from_zero_and_keeps_the_record() {
    let mut simulation = Simulation::new();
    (0..7).for_each(|_| _ = simulation.next());
    let ledger = |simulation: &Simulation| simulation.world.source(BOT).expect("the source stays").ledger();
    let before = ledger(&simulation);
    for policy in [Policy::LeastLoaded, Policy::SmoothWeighted] {
        let edit = maitred_core::command::SourceEdit { policy: Some(policy), ..Default::default() };
        simulation.run(Command::EditSource(BOT, edit));
    }
    for (operator, tally) in ledger(&simulation).iter() {
        assert_eq!(tally.credit, 0);
        assert_eq!(tally.entitled(), before.get(operator).entitled());
    }
}

/// What is done to one member of a pool before a decision: nothing, mostly.
fn churn() -> impl Strategy<Value = Vec<(u8, u8, u32)>> {
    proptest::collection::vec((any::<u8>(), 0u8..8, 0u32..50), 1..400)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nobody_is_ever_owed_more_than_half_a_contact_for_each_other_member(churn in churn(), n in 2usize..9) {
        let member = |id| Candidate {
            operator: OperatorId(id),
            weight: 10,
            is_active: true,
            away: None,
            load: 0,
            max_load: u32::MAX,
            last_assigned_at: None,
            credit: 0,
        };
        let mut members: Vec<Candidate> = (1..=n as i64).map(member).collect();
        for (who, what, weight) in churn {
            let who = usize::from(who) % n;
            match what {
                0 => members[who].weight = weight,
                1 | 2 => members[who].is_active = !members[who].is_active,
                _ => {}
            }
            let mut pool = Pool::new(members.clone());
            let rule = Rule::of(Policy::SmoothWeighted);
            if let Some(picked) = choose(&pool, &rule, 7).index() {
                pool.settle(picked);
            }
            members = pool.candidates().to_vec();
            let most = (n as i64 - 1) * CREDIT_PER_CONTACT / 2;
            prop_assert!(members.iter().all(|m| m.credit.abs() <= most), "{:?}", members);
            prop_assert_eq!(members.iter().map(|m| m.credit).sum::<i64>(), 0);
        }
    }
}

/// Members with these weights and room for everything.
fn members(weights: &[u32]) -> Pool {
    let member = |(id, weight): (i64, &u32)| Candidate {
        operator: OperatorId(id),
        weight: *weight,
        is_active: true,
        away: None,
        load: 0,
        max_load: u32::MAX,
        last_assigned_at: None,
        credit: 0,
    };
    Pool::new((1..).zip(weights).map(member).collect())
}

/// How far the credits are from what weights entitle to, in 2^-24 of a contact a decision: at most 1.
fn check_entitlements(weights: &[u32], decisions: usize, mut pick: impl FnMut(&Pool, usize) -> usize) {
    let mut pool = members(weights);
    let mut received = vec![0i128; weights.len()];
    for n in 0..decisions {
        let picked = pick(&pool, n);
        received[picked] += 1;
        pool.settle(picked);
    }
    let contact = i128::from(CREDIT_PER_CONTACT);
    let total: i128 = weights.iter().map(|weight| i128::from(*weight)).sum();
    let decisions = decisions as i128;
    for ((candidate, received), weight) in pool.candidates().iter().zip(received).zip(weights) {
        let exact = contact * (decisions * i128::from(*weight) - received * total);
        let off = (i128::from(candidate.credit) * total - exact).abs();
        assert!(off <= (decisions * contact * total) >> 24, "weight {weight} of {total}: {} off", off / total);
    }
    assert_eq!(pool.candidates().iter().map(|candidate| i128::from(candidate.credit)).sum::<i128>(), 0);
}

fn smooth(pool: &Pool, seed: usize) -> usize {
    let rule = Rule::of(Policy::SmoothWeighted);
    choose(pool, &rule, seed as u64).index().expect("all have room")
}

#[test]
fn entitlements_follow_the_largest_weights_of_many_members() {
    check_entitlements(&[1_000_000_000; 9_000], 1_000, smooth);
    check_entitlements(&[1_000_000_000; 20_000], 200, |_, _| 7);
    let mut one_small = vec![1_000_000_000; 20_000];
    one_small[0] = 1;
    check_entitlements(&one_small, 100, |_, n| n % 3);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn entitlements_are_less_than_two_to_the_minus_24_of_a_contact_a_decision_off(
        weights in proptest::collection::vec(
            prop_oneof![1..10u32, 1..1_000u32, 1..=1_000_000u32, 1..=1_000_000_000u32, Just(1_000_000_000)], 1..200
        ),
        picks in proptest::collection::vec(any::<proptest::sample::Index>(), 1..100),
        is_smooth in any::<bool>(),
    ) {
        check_entitlements(&weights, picks.len(), |pool, n| {
            if is_smooth { smooth(pool, n) } else { picks[n].index(weights.len()) }
        });
    }
}
