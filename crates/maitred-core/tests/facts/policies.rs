//! What each policy promises, checked against the sequences and figures that others published.

use maitred_core::policy::{Rule, choose};
use maitred_core::pool::{Candidate, Pool};
use maitred_core::{OperatorId, Policy, Timestamp};

fn rule(policy: Policy) -> Rule {
    Rule { policy, preferred: None, avoided: None }
}

/// Members a, b, c, ... with these weights and far more room than any test fills. The first has been idle longest,
/// so that ties go to the first, as in the published sequences.
fn pool(weights: &[u32]) -> Pool {
    let candidates = weights.iter().zip(1..).map(|(weight, id)| Candidate {
        operator: OperatorId(id),
        weight: *weight,
        is_active: true,
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
        let picked = choose(&pool, rule(Policy::SmoothWeighted), seed).index().expect("everybody has room");
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
