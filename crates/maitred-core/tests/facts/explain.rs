//! The words a decision is explained in, and the figures beside them.

use maitred_core::decision::{Cause, Decision, PoolRef, Replay};
use maitred_core::draw::ALGORITHM_VERSION;
use maitred_core::explain::{Part, explain};
use maitred_core::policy::{Rule, choose};
use maitred_core::pool::{CREDIT_PER_CONTACT, Candidate, Ineligibility, Pool};
use maitred_core::{ContactId, OperatorId, Policy, PoolId, Timestamp};

const NAMES: [&str; 4] = ["Anna", "Boris", "Vera", "Gleb"];
const ANNA: OperatorId = OperatorId(1);
const BORIS: OperatorId = OperatorId(2);
const VERA: OperatorId = OperatorId(3);
const MINUTE: i64 = 60_000_000;
const NOW: Timestamp = Timestamp(1_000 * MINUTE);

fn name(operator: OperatorId) -> String {
    NAMES.get(operator.0 as usize - 1).map_or_else(|| format!("operator {operator}"), |name| (*name).to_owned())
}

fn member(operator: OperatorId, weight: u32) -> Candidate {
    Candidate { operator, weight, is_active: true, away: None, load: 0, max_load: 5, last_assigned_at: None, credit: 0 }
}

fn idle(candidate: &Candidate, minutes: i64) -> Candidate {
    Candidate { last_assigned_at: Some(Timestamp(NOW.0 - minutes * MINUTE)), ..candidate.clone() }
}

fn loaded(candidate: &Candidate, load: u32) -> Candidate {
    Candidate { load, ..candidate.clone() }
}

/// Anna 10, Boris 30 and Vera, who is full.
fn three() -> Pool {
    let vera = loaded(&member(VERA, 20), 5);
    Pool::new(vec![idle(&member(ANNA, 10), 3), idle(&member(BORIS, 30), 12), vera])
}

/// A decision that holds what the rule gives.
fn decision(pool: &Pool, cause: Cause, rule: Rule) -> Decision {
    let seed = 3;
    let outcome = choose(pool, &rule, seed).index().map(|index| pool.candidates()[index].operator);
    Decision {
        contact: ContactId(7),
        seq: 0,
        pool: Some(PoolRef { pool: PoolId(1), step: 0 }),
        at: NOW,
        cause,
        rule,
        algorithm: ALGORITHM_VERSION,
        seed,
        outcome: outcome.filter(|_| !cause.gives_to_nobody()),
        until: None,
    }
}

fn rule(policy: Policy) -> Rule {
    Rule::of(policy)
}

fn words(pool: &Pool, cause: Cause, rule: Rule) -> Vec<String> {
    explain(&decision(pool, cause, rule), Some(pool), &name).words
}

fn check(pool: &Pool, cause: Cause, rule: Rule, expected: &[&str]) {
    assert_eq!(words(pool, cause, rule), expected);
}

#[test]
fn a_draw_is_told_with_everybodys_numbers() {
    check(
        &three(),
        Cause::Arrived,
        rule(Policy::WeightedRandom),
        &[
            "Contact 7 arrived and was assigned to Boris by weighted_random: the random number was 29 out of 0..39; \
             Anna had 0..9, Boris 10..39.",
            "Vera was full (5 of 5).",
        ],
    );
}

#[test]
fn each_cause_is_told() {
    let drawn = "and was assigned to Boris by weighted_random: the random number was 29 out of 0..39; Anna had 0..9, \
                 Boris 10..39.";
    for (cause, expected) in [
        (Cause::Arrived, "Contact 7 arrived"),
        (Cause::Drained, "Contact 7 waited until its turn came"),
        (Cause::Released, "Contact 7 was released"),
        (Cause::OperatorDeleted, "Contact 7 lost its operator, who was deleted,"),
        (Cause::Reopened, "Contact 7 was reopened"),
    ] {
        let words = words(&three(), cause, rule(Policy::WeightedRandom));
        assert_eq!(words[0], format!("{expected} {drawn}"));
    }
    let behind = words(&three(), Cause::ArrivedBehindOthers, rule(Policy::WeightedRandom));
    assert_eq!(
        behind,
        ["Contact 7 arrived while others were waiting and waits for its turn.", "Vera was full (5 of 5)."]
    );
    let closed = words(&three(), Cause::SourceClosed, rule(Policy::WeightedRandom));
    assert_eq!(closed, ["Contact 7 waits: its source was closed."]);
}

#[test]
fn a_transfer_by_hand_is_told_without_a_pool() {
    for (cause, expected) in [
        (Cause::TransferredByHand, "Contact 7 was assigned to Boris manually."),
        (Cause::ForcedByHand, "Contact 7 was assigned to Boris manually, forced: Boris was full or paused."),
    ] {
        let given = Decision { pool: None, outcome: Some(BORIS), ..decision(&three(), cause, rule(Policy::default())) };
        let explanation = explain(&given, None, &name);
        assert_eq!(explanation.words, [expected]);
        assert_eq!((explanation.replay, explanation.candidates.len()), (Some(Replay::Matches), 0));
    }
}

#[test]
fn each_policy_tells_what_it_went_by() {
    let pool = Pool::new(vec![
        loaded(&idle(&member(ANNA, 10), 3), 3),
        loaded(&idle(&member(BORIS, 30), 12), 1),
        member(VERA, 20),
    ]);
    for (policy, expected) in [
        (
            Policy::SmoothWeighted,
            "smooth_weighted: counting this contact, Boris was owed 0.50, Vera 0.33, Anna 0.17 contacts.",
        ),
        (Policy::LeastLoaded, "least_loaded: Vera held 0 of 5, Boris 1 of 5, Anna 3 of 5."),
        (
            Policy::LongestIdle,
            "longest_idle: Vera never had a contact, Boris had been idle for 12 min, Anna had been idle for 3 min.",
        ),
    ] {
        let words = words(&pool, Cause::Arrived, rule(policy));
        assert_eq!(words.len(), 1);
        assert!(words[0].ends_with(expected), "{words:?}");
    }
}

#[test]
fn ties_say_what_settled_them() {
    let equal = |weights: [u32; 2], idle_min: [i64; 2]| {
        Pool::new(vec![idle(&member(ANNA, weights[0]), idle_min[0]), idle(&member(BORIS, weights[1]), idle_min[1])])
    };
    for (pool, policy, expected) in [
        (equal([10, 10], [3, 12]), Policy::SmoothWeighted, "; in the tie, Boris had been idle the longest."),
        (equal([10, 10], [3, 12]), Policy::LeastLoaded, "; in the tie, Boris had been idle the longest."),
        (equal([10, 30], [12, 3]), Policy::LeastLoaded, "; in the tie, Boris had the largest weight."),
        (equal([10, 10], [3, 3]), Policy::SmoothWeighted, "; 2 operators were tied, so the seed decided."),
        (equal([10, 10], [3, 3]), Policy::LongestIdle, "; 2 operators were tied, so the seed decided."),
    ] {
        let words = words(&pool, Cause::Arrived, rule(policy));
        assert!(words[0].ends_with(expected), "{policy:?}: {words:?}");
    }
}

#[test]
fn a_returning_lead_is_told() {
    let sticky = |preferred| Rule { preferred: Some(preferred), ..rule(Policy::LongestIdle) };
    check(
        &three(),
        Cause::Arrived,
        sticky(ANNA),
        &["Contact 7 arrived and was assigned to Anna, who had handled this lead before.", "Vera was full (5 of 5)."],
    );
    check(
        &three(),
        Cause::Reopened,
        sticky(VERA),
        &[
            "Contact 7 was reopened and was assigned to Boris by longest_idle: Boris had been idle for 12 min, Anna \
             had been idle for 3 min.",
            "Vera, who had this contact before, was full (5 of 5).",
        ],
    );
    let gone = words(&three(), Cause::Arrived, sticky(OperatorId(4)));
    assert_eq!(gone[1], "Gleb, who had handled this lead before, no longer served the source.");
}

#[test]
fn a_released_contact_says_who_stands_aside() {
    let away_from = |avoided| Rule { avoided: Some(avoided), ..rule(Policy::LeastLoaded) };
    check(
        &three(),
        Cause::Released,
        away_from(BORIS),
        &[
            "Contact 7 was released and was assigned to Anna by least_loaded: nobody else could take it.",
            "Boris had just released it; Vera was full (5 of 5).",
        ],
    );
    let alone = Pool::new(vec![member(ANNA, 10), Candidate { is_active: false, ..member(BORIS, 30) }]);
    check(
        &alone,
        Cause::Released,
        away_from(ANNA),
        &[
            "Contact 7 was released and was assigned to Anna by least_loaded: nobody else could take it.",
            "Anna had just released it, but nobody else could take it.",
            "Boris was switched off.",
        ],
    );
}

#[test]
fn a_waiting_contact_says_why_each_could_not_take_it() {
    let nobody = Pool::new(vec![
        loaded(&member(ANNA, 10), 6),
        Candidate { is_active: false, ..member(BORIS, 30) },
        member(VERA, 0),
    ]);
    check(
        &nobody,
        Cause::Arrived,
        rule(Policy::SmoothWeighted),
        &[
            "Contact 7 arrived and waits: no operator could take it.",
            "Anna was full (6 of 5); Boris was switched off; Vera had weight 0 here.",
        ],
    );
    check(
        &Pool::default(),
        Cause::Arrived,
        rule(Policy::SmoothWeighted),
        &["Contact 7 arrived and waits: no operator served the source."],
    );
}

#[test]
fn a_large_pool_is_told_in_counts() {
    let members = (1..=57).map(|id| match id {
        1..=40 => idle(&member(OperatorId(id), 10), id),
        41..=55 => loaded(&member(OperatorId(id), 10), 5),
        _ => Candidate { is_active: false, ..member(OperatorId(id), 10) },
    });
    let pool = Pool::new(members.collect());
    let out = "Of 57 operators who served the source, 2 were switched off, 15 were full.";
    for (policy, expected) in [
        (
            Policy::WeightedRandom,
            "operator 30 by weighted_random: the random number was 297 out of 0..399; operator 30 had 290..299, 39 \
             others the rest.",
        ),
        (
            Policy::SmoothWeighted,
            "operator 40 by smooth_weighted: counting this contact, operator 40 was owed 0.02 contacts, the most of \
             40; in the tie, operator 40 had been idle the longest.",
        ),
        (
            Policy::LeastLoaded,
            "operator 40 by least_loaded: operator 40 held 0 of 5, the lowest load of 40; in the tie, operator 40 had \
             been idle the longest.",
        ),
        (Policy::LongestIdle, "operator 40 by longest_idle: operator 40 had been idle for 40 min, the longest of 40."),
    ] {
        let headline = format!("Contact 7 arrived and was assigned to {expected}");
        check(&pool, Cause::Arrived, rule(policy), &[&headline, out]);
    }
}

#[test]
fn figures_stand_beside_the_words() {
    let pool = Pool::new(vec![
        Candidate { credit: CREDIT_PER_CONTACT / 4, ..idle(&member(ANNA, 10), 3) },
        Candidate { credit: -CREDIT_PER_CONTACT / 4, ..idle(&member(BORIS, 30), 12) },
        loaded(&member(VERA, 20), 5),
    ]);
    let explanation = explain(&decision(&pool, Cause::Arrived, rule(Policy::WeightedRandom)), Some(&pool), &name);
    let [anna, boris, vera] = &explanation.candidates[..] else { panic!("three candidates") };
    assert_eq!([anna.share, boris.share, vera.share], [0.25, 0.75, 0.0]);
    assert_eq!([anna.credit, boris.credit, vera.credit], [0.25, -0.25, 0.0]);
    // What a contact is worth is rounded down to a multiple of the eligible weight.
    let owed = [anna.owed, boris.owed, vera.owed].map(|contacts| (contacts * 1e9).round() / 1e9);
    assert_eq!(owed, [0.5, 0.5, 0.0]);
    assert_eq!([anna.picked, boris.picked, vera.picked], [false, true, false]);
    assert_eq!([anna.ineligibility, vera.ineligibility], [None, Some(Ineligibility::Full)]);
    let line = explanation.line.expect("a draw has a line");
    assert_eq!((line.point, line.total), (29, 40));
    let parts = [(ANNA, 0, 9), (BORIS, 10, 39)].map(|(operator, first, last)| Part { operator, first, last });
    assert_eq!(line.parts, parts);
}

#[test]
fn a_record_that_does_not_add_up_says_so() {
    let honest = decision(&three(), Cause::Arrived, rule(Policy::WeightedRandom));
    let forged = Decision { outcome: Some(ANNA), ..honest.clone() };
    assert_eq!(
        explain(&forged, Some(&three()), &name).words,
        [
            "Contact 7 arrived and was assigned to Anna.",
            "Vera was full (5 of 5).",
            "Recomputed, it goes to Boris: either the record was changed, or this is a bug.",
        ]
    );
    let newer = Decision { algorithm: 200, ..honest.clone() };
    let words = explain(&newer, Some(&three()), &name).words;
    assert_eq!(
        words.last().map(String::as_str),
        Some("It was made by version 200 of the algorithm, which this version of maitred does not know.")
    );
    let lost = explain(&honest, None, &name);
    assert_eq!(lost.replay, None);
    assert_eq!(
        lost.words,
        [
            "Contact 7 arrived and was assigned to Boris.",
            "The record of who could take it cannot be read, so no reason can be shown.",
        ]
    );
}
