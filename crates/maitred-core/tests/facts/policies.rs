//! What each policy promises, checked against the sequences and figures that others published.

use maitred_core::draw::{derive_seed, draw};
use maitred_core::measures::{chi_square, jain};
use maitred_core::policy::{Choice, Rule, choose, number_line, ranking, reasons};
use maitred_core::pool::{CREDIT_PER_CONTACT, Candidate, Ineligibility, Pool};
use maitred_core::{OperatorId, Policy, Timestamp};
use proptest::prelude::*;

fn rule(policy: Policy) -> Rule {
    Rule::of(policy)
}

/// Members a, b, c, ... with these weights and far more room than any test fills. The first has been idle longest,
/// so that ties go to the first, as in the published sequences.
fn pool(weights: &[u32]) -> Pool {
    let candidates = weights.iter().zip(1..).map(|(weight, id)| Candidate {
        operator: OperatorId(id),
        weight: *weight,
        is_active: true,
        away: None,
        load: 0,
        max_load: 1_000_000,
        last_assigned_at: Some(Timestamp(id)),
        credit: 0,
    });
    Pool::new(candidates.collect())
}

fn smooth_sequence(weights: &[u32], decisions: usize) -> String {
    let mut pool = pool(weights);
    let mut letters = Vec::new();
    for seed in 0..decisions as u64 {
        let picked = choose(&pool, &rule(Policy::SmoothWeighted), seed).index().expect("everybody has room");
        // Only the credits move: idle times stay, so that ties keep going to the first.
        pool.settle(picked);
        letters.push(char::from(b'a' + picked as u8).to_string());
    }
    letters.join(" ")
}

#[test]
fn smooth_weighted_gives_the_published_sequences() {
    for (weights, expected) in [
        (&[5, 1, 1][..], "a a b a c a a"),
        (&[10, 30], "b a b b"),
        (&[3, 1], "a a b a"),
        (&[2, 1, 1], "a b c a"),
        (&[50, 30, 20], "a b c a a b a c b a"),
        (&[4, 3, 2, 1], "a b c a b d a c b a"),
    ] {
        assert_eq!(smooth_sequence(weights, expected.split(' ').count()), expected, "weights {weights:?}");
    }
}

/// Critical values of the chi-square distribution at p = 0.001 (NIST/SEMATECH e-Handbook of Statistical Methods,
/// table 1.3.6.7.4), by degrees of freedom from 1.
const CHI_SQUARE_CRITICAL: [f64; 9] = [10.828, 13.816, 16.266, 18.467, 20.515, 22.458, 24.322, 26.125, 27.877];

/// How often each place is picked in this many decisions on the same pool.
fn picks(pool: &Pool, policy: Policy, seed: u64, decisions: u64) -> Vec<u64> {
    let mut picks = vec![0; pool.candidates().len()];
    for salt in 0..decisions {
        let choice = choose(pool, &rule(policy), derive_seed(seed, salt));
        picks[choice.index().expect("everybody has room")] += 1;
    }
    picks
}

fn follow(picks: &[u64], weights: &[u32], context: &str) {
    let decisions = picks.iter().sum::<u64>() as f64;
    let total: f64 = weights.iter().map(|w| f64::from(*w)).sum();
    let expected = weights.iter().map(|w| decisions * f64::from(*w) / total);
    let terms: Vec<(f64, f64)> = picks.iter().map(|n| *n as f64).zip(expected).collect();
    let (chi_square, freedom) = chi_square(&terms).expect("at least two have weight");
    let critical = CHI_SQUARE_CRITICAL[freedom as usize - 1];
    assert!(chi_square < critical, "{context}: {picks:?} for {weights:?} has chi-square {chi_square} above {critical}");
}

#[test]
fn weighted_random_follows_the_weights() {
    for weights in
        [&[10, 30][..], &[1, 1, 1], &[5, 1, 1], &[1, 10, 100, 1_000], &[7; 10], &[1_000_000_000, 999_999_999]]
    {
        for seed in [1, 2, 0xdead_beef] {
            let picks = picks(&pool(weights), Policy::WeightedRandom, seed, 100_000);
            follow(&picks, weights, &format!("seed {seed}"));
        }
    }
}

#[test]
fn ties_fall_to_everybody_alike() {
    for policy in [Policy::SmoothWeighted, Policy::LeastLoaded, Policy::LongestIdle] {
        let equals =
            pool(&[10; 5]).candidates().iter().map(|c| Candidate { last_assigned_at: None, ..c.clone() }).collect();
        let picks = picks(&Pool::new(equals), policy, 3, 50_000);
        follow(&picks, &[1; 5], policy.as_str());
    }
}

#[test]
fn draws_are_the_same_for_ever() {
    // Computed by an implementation of ChaCha8 of its own, in another language. A library that drew anything else would
    // silently break every stored decision.
    for (seed, bound, expected) in [
        (0, 40, 33),
        (1, 40, 15),
        (3, 40, 29),
        (42, 1_000_000, 348_254),
        (u64::MAX, u64::MAX, 12_992_469_554_959_567_046),
        (7, 1 << 63, 7_047_661_971_530_997_049),
        (8, (1 << 63) + 1, 8_861_698_164_903_952_323),
    ] {
        assert_eq!(draw(seed, bound), expected, "draw({seed}, {bound})");
    }
    for (seed, salt, expected) in
        [(1, 0, 0x5692_161d_100b_05e5), (42, 256, 0x6acc_e368_974e_61ee), (u64::MAX, u64::MAX, 0xde0a_564c_bcd0_60c4)]
    {
        assert_eq!(derive_seed(seed, salt), expected, "derive_seed({seed}, {salt})");
    }
}

#[test]
fn the_first_derived_seed_is_that_of_splitmix64() {
    // The reference sequence of SplitMix64 from state 0 (Vigna's splitmix64.c).
    assert_eq!(derive_seed(0, 1), 0xe220_a839_7b1d_cdaf);
    assert_eq!(derive_seed(0, 2), 0x6e78_9e6a_a1b9_65f4);
    assert_eq!(derive_seed(0, 3), 0x06c4_5d18_8009_454f);
}

#[test]
fn jain_gives_the_published_values() {
    let close = |values: &[f64], expected: f64| {
        let index = jain(values).expect("somebody got something");
        assert!((index - expected).abs() < 5e-5, "{values:?}: {index}");
    };
    close(&[10.0, 20.0, 30.0, 40.0, 50.0, 60.0], 0.8077);
    close(&[3.0; 7], 1.0);
    for k in 1..=10 {
        let served: Vec<f64> = (0..10).map(|i| if i < k { 2.5 } else { 0.0 }).collect();
        close(&served, f64::from(k) / 10.0);
    }
    assert_eq!(jain(&[]), None);
    assert_eq!(jain(&[0.0; 3]), None);
}

/// Members a, b, c, ... with these loads, limits and minutes of idleness.
fn loaded(members: &[(u32, u32, i64)]) -> Pool {
    let candidates = pool(&vec![10; members.len()]).candidates().to_vec();
    let candidates = candidates.into_iter().zip(members).map(|(c, (load, max_load, idle_min))| Candidate {
        load: *load,
        max_load: *max_load,
        last_assigned_at: Some(Timestamp(-60_000_000 * idle_min)),
        ..c
    });
    Pool::new(candidates.collect())
}

fn letters(places: &[usize]) -> String {
    places.iter().map(|place| char::from(b'a' + *place as u8)).collect()
}

#[test]
fn least_loaded_gives_the_published_order() {
    // The example of Azure Job Router's documentation, best worker mode.
    let pool = loaded(&[(3, 5, 5), (3, 4, 3), (3, 5, 7), (0, 4, 2)]);
    assert_eq!(letters(&ranking(&pool, &rule(Policy::LeastLoaded)).places), "dcab");
    assert_eq!(choose(&pool, &rule(Policy::LeastLoaded), 1), Choice::Picked(3));
}

#[test]
fn least_loaded_prefers_the_larger_weight_among_equals() {
    let mut members = loaded(&[(1, 2, 9), (2, 4, 1), (3, 6, 5)]).candidates().to_vec();
    members[1].weight = 20;
    assert_eq!(letters(&ranking(&Pool::new(members), &rule(Policy::LeastLoaded)).places), "bac");
}

#[test]
fn longest_idle_goes_by_idleness_and_nothing_else() {
    let mut members = loaded(&[(0, 9, 5), (8, 9, 30), (0, 9, 1), (4, 9, 20)]).candidates().to_vec();
    assert_eq!(letters(&ranking(&Pool::new(members.clone()), &rule(Policy::LongestIdle)).places), "bdac");
    members[2].last_assigned_at = None;
    assert_eq!(choose(&Pool::new(members), &rule(Policy::LongestIdle), 1), Choice::Picked(2), "never comes first");
}

#[test]
fn the_preferred_get_it_only_if_eligible() {
    let mut members = pool(&[10, 10, 10]).candidates().to_vec();
    members[1].load = members[1].max_load;
    let pool = Pool::new(members);
    for policy in Policy::ALL {
        let preferring = |id| choose(&pool, &Rule { preferred: Some(OperatorId(id)), ..rule(policy) }, 5);
        let by_policy = choose(&pool, &rule(policy), 5);
        assert_eq!(preferring(3), Choice::Preferred(2));
        assert_eq!(preferring(2), by_policy, "they are full");
        assert_eq!(preferring(9), by_policy, "they are no member");
    }
}

#[test]
fn the_avoided_get_it_only_if_nobody_else_can() {
    let both = pool(&[10, 10]);
    let mut members = both.candidates().to_vec();
    members[1].is_active = false;
    let alone = Pool::new(members);
    for policy in Policy::ALL {
        for seed in 0..20 {
            let avoiding = |id| Rule { avoided: Some(OperatorId(id)), ..rule(policy) };
            assert_eq!(choose(&both, &avoiding(1), seed), Choice::Picked(1));
            assert_eq!(choose(&both, &avoiding(2), seed), Choice::Picked(0));
            assert_eq!(choose(&alone, &avoiding(1), seed), Choice::Picked(0));
        }
    }
    let avoiding = Rule { avoided: Some(OperatorId(1)), ..rule(Policy::default()) };
    let out = |pool| reasons(pool, &avoiding).into_iter().map(|it| it.map(|reason| reason.why)).collect::<Vec<_>>();
    assert_eq!(out(&both), [Some(Ineligibility::JustReleased), None]);
    assert_eq!(out(&alone), [None, Some(Ineligibility::Inactive)]);
}

fn some_candidate(id: i64) -> impl Strategy<Value = Candidate> {
    let credit = -3 * CREDIT_PER_CONTACT..3 * CREDIT_PER_CONTACT;
    (0u32..4, any::<bool>(), 0u32..4, 0u32..4, proptest::option::of(0i64..3), credit).prop_map(
        move |(weight, is_active, load, max_load, idle, credit)| Candidate {
            operator: OperatorId(id),
            weight,
            is_active,
            away: None,
            load,
            max_load,
            last_assigned_at: idle.map(Timestamp),
            credit,
        },
    )
}

fn some_pool() -> impl Strategy<Value = Pool> {
    (0i64..8).prop_flat_map(|n| (1..=n).map(some_candidate).collect::<Vec<_>>()).prop_map(Pool::new)
}

fn some_rule() -> impl Strategy<Value = Rule> {
    let operator = || proptest::option::of((1i64..9).prop_map(OperatorId));
    let tried = proptest::collection::vec((1i64..9).prop_map(OperatorId), 0..4);
    let corrected = (operator(), operator());
    (0usize..4, operator(), operator(), tried, corrected).prop_map(
        |(policy, preferred, avoided, tried, (owed, passed_over))| Rule {
            policy: Policy::ALL[policy],
            preferred,
            avoided,
            tried,
            owed,
            passed_over,
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_picked_operator_is_eligible(pool in some_pool(), rule in some_rule(), seed in any::<u64>()) {
        let may_be_asked = |c: &Candidate| c.is_eligible() && !rule.tried.contains(&c.operator);
        match choose(&pool, &rule, seed).index() {
            None => prop_assert!(!pool.candidates().iter().any(may_be_asked), "somebody could have taken it"),
            Some(picked) => prop_assert!(may_be_asked(&pool.candidates()[picked])),
        }
    }

    #[test]
    fn the_ranking_begins_with_those_who_can_be_picked(pool in some_pool(), rule in some_rule(), seed in any::<u64>()) {
        let ranking = ranking(&pool, &rule);
        let out = reasons(&pool, &rule);
        let mut places = ranking.places.clone();
        places.sort_unstable();
        let field: Vec<usize> = (0..out.len()).filter(|place| out[*place].is_none()).collect();
        prop_assert_eq!(places, field, "those who are not ranked have a reason");
        if let (Choice::Picked(picked), false) = (choose(&pool, &rule, seed), rule.policy == Policy::WeightedRandom) {
            prop_assert!(ranking.places[..ranking.first].contains(&picked));
        }
    }

    #[test]
    fn the_number_line_shows_the_draw(pool in some_pool(), rule in some_rule(), seed in any::<u64>()) {
        let rule = Rule { policy: Policy::WeightedRandom, preferred: None, owed: None, ..rule };
        let line = number_line(&pool, &rule, seed);
        let owner = line.and_then(|(parts, point)| {
            parts.into_iter().find(|(_, from, behind)| (*from..*behind).contains(&point))
        });
        prop_assert_eq!(choose(&pool, &rule, seed).index(), owner.map(|(place, _, _)| place));
    }

    #[test]
    fn a_draw_in_a_large_pool_falls_on_whose_number_it_is(
        weights in proptest::collection::vec((0u32..50, any::<bool>()), 1..400),
        seed in any::<u64>(),
    ) {
        let member = |(id, (weight, is_active)): (i64, &(u32, bool))| Candidate {
            operator: OperatorId(id),
            weight: *weight,
            is_active: *is_active,
            away: None,
            load: 0,
            max_load: 5,
            last_assigned_at: None,
            credit: 0,
        };
        let pool = Pool::new((1..).zip(&weights).map(member).collect());
        let rule = Rule::of(Policy::WeightedRandom);
        let owner = number_line(&pool, &rule, seed).and_then(|(parts, point)| {
            parts.into_iter().find(|(_, from, behind)| (*from..*behind).contains(&point))
        });
        prop_assert_eq!(choose(&pool, &rule, seed).index(), owner.map(|(place, _, _)| place));
        prop_assert_eq!(pool.has_eligible(), owner.is_some());
    }

    #[test]
    fn nobody_receives_a_contact_more_than_entitled_to(weights in proptest::collection::vec(1u32..1000, 2..12)) {
        let mut pool = pool(&weights);
        for seed in 0..10_000 {
            let picked = choose(&pool, &rule(Policy::SmoothWeighted), seed).index().expect("everybody has room");
            pool.settle(picked);
            for candidate in pool.candidates() {
                prop_assert!(candidate.credit > -CREDIT_PER_CONTACT, "{:?} is ahead with {:?}", candidate, weights);
                // To be owed a little more than one happens: 1.24 with the weights 5, 748, 67, 775, 1, 9, 7.
                let most = CREDIT_PER_CONTACT * 3 / 2;
                prop_assert!(candidate.credit < most, "{:?} is behind with {:?}", candidate, weights);
            }
        }
    }
}
