//! Stored bytes: what was written is read again, and whatever else is on a disk is refused without a panic.

use crate::random::steps;
use maitred_core::decision::{Cause, Decision, PoolRef};
use maitred_core::offer::ATTEMPTS_MAX;
use maitred_core::policy::Rule;
use maitred_core::world::Ledger;
use maitred_core::{ContactId, Malformed, OperatorId, Policy, PoolId, Timestamp, recording};
use proptest::prelude::*;

fn some_decision() -> impl Strategy<Value = Decision> {
    let operator = || proptest::option::of(any::<i64>().prop_map(OperatorId));
    let tried = proptest::collection::vec(any::<i64>().prop_map(OperatorId), 0..=ATTEMPTS_MAX);
    let rule = (0..4usize, operator(), operator(), tried, operator(), operator());
    let rule = rule.prop_map(|(policy, preferred, avoided, tried, owed, passed_over)| Rule {
        policy: Policy::ALL[policy],
        preferred,
        avoided,
        tried,
        owed,
        passed_over,
    });
    let pool = proptest::option::of((any::<i64>(), any::<u32>()));
    (any::<(i64, u32, i64, u64, u8)>(), pool, 0..Cause::ALL.len(), rule, operator()).prop_map(
        |((contact, seq, at, seed, algorithm), pool, cause, rule, outcome)| Decision {
            until: (seed % 3 == 0).then_some(Timestamp(at)),
            contact: ContactId(contact),
            seq,
            pool: pool.map(|(pool, step)| PoolRef { pool: PoolId(pool), step }),
            at: Timestamp(at),
            cause: Cause::ALL[cause],
            rule,
            algorithm,
            seed,
            outcome,
        },
    )
}

fn decode(bytes: &[u8]) -> Result<Decision, Malformed> {
    Decision::decode(ContactId(1), 0, None, bytes)
}

/// A decision without anybody in it.
fn plain() -> Vec<u8> {
    Decision {
        contact: ContactId(1),
        seq: 0,
        pool: None,
        at: Timestamp(0),
        cause: Cause::Arrived,
        rule: Rule::of(Policy::WeightedRandom),
        algorithm: 1,
        seed: 0,
        outcome: None,
        until: None,
    }
    .encode()
}

#[test]
fn a_decision_that_is_none_says_what_is_wrong() {
    let with = |at: usize, byte: u8| {
        let mut bytes = plain();
        bytes[at] = byte;
        decode(&bytes)
    };
    assert!(decode(&plain()).is_ok());
    assert_eq!(with(0, 9), Err(Malformed::UnknownVersion(9)));
    assert_eq!(with(0, 2), Err(Malformed::UnknownCode(0)), "nobody was tried, and it says that somebody was");
    assert_eq!(with(0, 3), Err(Malformed::UnknownCode(0)), "it waits until a time, and says none");
    let no_cause = Cause::ALL.len() as u8;
    assert_eq!(with(1, no_cause), Err(Malformed::UnknownCode(no_cause.into())), "a cause");
    assert_eq!(with(2, 4), Err(Malformed::UnknownCode(4)), "a policy");
    assert_eq!(with(4, 8), Err(Malformed::UnknownCode(8)), "a flag");
    assert_eq!(decode(&[]), Err(Malformed::Truncated));
    assert_eq!(decode(&plain()[..10]), Err(Malformed::Truncated));
    assert_eq!(decode(&[plain(), vec![0]].concat()), Err(Malformed::TrailingBytes));
    let padded = [&plain()[..13], &[0x80, 0]].concat();
    assert_eq!(decode(&padded), Err(Malformed::Overlong), "one value has one form");
    let long_number = [&plain()[..13], &[0xff; 11]].concat();
    assert_eq!(decode(&long_number), Err(Malformed::Overflow));
}

/// A recording of one candidate: number 1, active, weight 10, this load, room for 5, no credit, never assigned.
fn snapshot(load: &[u8]) -> Vec<u8> {
    [&[1, 1, 2, 1, 10][..], load, &[5, 0]].concat()
}

#[test]
fn a_recording_that_is_none_says_what_is_wrong() {
    let first = snapshot(&[0]);
    let read = |segments: &[&[u8]], step| recording::replay(segments.iter().copied(), step).map(|_| ());
    assert_eq!(read(&[&first], 0), Ok(()));
    assert_eq!(read(&[&first, &[1, 0, 0, 2]], 1), Ok(()), "a step assigns at time 1");
    assert_eq!(read(&[], 0), Err(Malformed::Truncated));
    assert_eq!(read(&[&[4]], 0), Err(Malformed::UnknownVersion(4)));
    assert_eq!(read(&[&first], 1), Err(Malformed::Truncated));
    assert_eq!(read(&[&first], u32::MAX), Err(Malformed::Truncated));
    assert_eq!(read(&[&first, &[1, 7, 0]], 1), Err(Malformed::UnknownCode(7)));
    assert_eq!(read(&[&first, &[1, 0, 3, 2]], 1), Err(Malformed::UnknownCandidate(3)));
    assert_eq!(read(&[&[1, 2, 2, 1, 10, 0, 5, 0, 0, 1, 10, 0, 5, 0]], 0), Err(Malformed::Overflow), "the same twice");
}

#[test]
fn a_huge_count_takes_no_memory() {
    let count = [&[1][..], &[0xff; 9], &[1]].concat();
    assert_eq!(recording::replay([&count[..]], 0), Err(Malformed::Truncated));
}

#[test]
fn a_load_at_its_end_is_no_reason_to_panic() {
    let first = snapshot(&[0xff, 0xff, 0xff, 0xff, 0x0f]);
    let pool = recording::replay([&first[..], &[1, 0, 0, 2]], 1).expect("a number that is too large is still one");
    assert_eq!(pool.candidates()[0].load, u32::MAX);
}

#[test]
fn a_ledger_names_nobody_twice() {
    let line = [2, 1, 0, 0, 0];
    assert!(Ledger::decode(&[&[1][..], &line].concat()).is_ok());
    assert_eq!(Ledger::decode(&[&[1][..], &line, &[0, 1, 0, 0, 0]].concat()), Err(Malformed::Overflow));
    assert_eq!(Ledger::decode(&[3]), Err(Malformed::UnknownVersion(3)));
}

fn bytes() -> impl Strategy<Value = Vec<u8>> {
    // Most values begin with a version that is known, else nothing behind it would ever be read.
    (prop_oneof![9 => Just(1u8), 1 => any::<u8>()], proptest::collection::vec(any::<u8>(), 0..60))
        .prop_map(|(version, rest)| [&[version][..], &rest].concat())
}

fn small_bytes() -> impl Strategy<Value = Vec<u8>> {
    proptest::collection::vec(0u8..4, 0..60).prop_map(|rest| [&[1][..], &rest].concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_decision_reads_what_it_wrote(decision in some_decision()) {
        let read = Decision::decode(decision.contact, decision.seq, decision.pool, &decision.encode());
        prop_assert_eq!(read, Ok(decision));
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes in prop_oneof![bytes(), small_bytes()], step in 0u32..100) {
        if let Ok(decision) = decode(&bytes) {
            prop_assert_eq!(decode(&decision.encode()), Ok(decision));
        }
        if let Ok(ledger) = Ledger::decode(&bytes) {
            prop_assert_eq!(Ledger::decode(&ledger.encode()), Ok(ledger));
        }
        let halves = bytes.split_at(bytes.len() / 2);
        _ = recording::replay([&bytes[..]], step);
        _ = recording::replay([halves.0, halves.1], step);
    }

    #[test]
    fn a_damaged_recording_is_read_or_refused(
        steps in steps(60),
        damage in proptest::collection::vec((any::<u16>(), any::<u8>()), 1..4),
        step in 0u32..80,
    ) {
        let store = crate::batches::stored(&steps);
        for segment in store.segments.values() {
            let mut bytes = segment.bytes.clone();
            for (at, byte) in &damage {
                let at = usize::from(*at) % bytes.len();
                bytes[at] = *byte;
            }
            _ = recording::replay([&bytes[..]], step);
        }
    }
}
