//! Who may get contacts now, and who next.

use super::*;
use maitred_core::command::NewOperator;
use maitred_core::hours::Hours;
use maitred_core::intervals::{Interval, Intervals};
use std::sync::Arc;

const NOW: Timestamp = Timestamp(100);

fn operator(id: i64) -> Operator {
    Operator::new(OperatorId(id), NewOperator { max_load: 2, ..NewOperator::named("Anna") }, Timestamp(0))
}

fn list(pairs: &[(i64, i64)]) -> Intervals {
    pairs.iter().map(|(from, until)| Interval::new(Timestamp(*from), Timestamp(*until))).collect()
}

/// With hours, and leave in between.
fn working(id: i64, open: &[(i64, i64)], leave: &[(i64, i64)]) -> Operator {
    let hours = Hours {
        calendar_version: 1,
        span: Interval::new(Timestamp(0), Timestamp(1_000)),
        open: list(open),
        leave: list(leave),
        stamp: "2026e-h1".into(),
    };
    Operator { hours: Some(Arc::new(hours)), ..operator(id) }
}

fn paused(id: i64, until: Option<i64>) -> Operator {
    Operator { paused_at: Some(Timestamp(50)), paused_until: until.map(Timestamp), ..operator(id) }
}

type Now = Vec<(i64, Option<i64>)>;
type Next = Vec<(i64, i64)>;

/// Those now with their ends, and those next.
fn roster(operators: &[Operator]) -> (Now, Next) {
    let Roster { now, next, .. } = Roster::of(operators, None, NOW);
    let now = now.into_iter().map(|(id, until)| (id.0, until.map(|at| at.0))).collect();
    (now, next.into_iter().map(|(id, from)| (id.0, from.0)).collect())
}

#[test]
fn who_works_now_is_said_with_the_end_and_who_comes_next_with_the_time() {
    let operators = [
        operator(1),
        working(2, &[(90, 180)], &[]),
        working(3, &[(140, 160)], &[]),
        // Back from leave in the middle of a pause of no shift: the next shift counts.
        working(4, &[(150, 200)], &[(80, 130)]),
        paused(5, Some(120)),
        paused(6, None),
        Operator { current_load: 2, ..operator(7) },
        Operator { is_active: false, ..operator(8) },
    ];
    assert_eq!(roster(&operators), (vec![(1, None), (2, Some(180))], vec![(5, 120), (3, 140), (4, 150)]));
    assert_eq!(Roster::of(&operators, None, NOW).until, Some(Timestamp(120)));
}

#[test]
fn what_keeps_somebody_for_longest_decides_and_an_unknown_end_is_none() {
    let both = Operator {
        paused_at: Some(Timestamp(50)),
        paused_until: Some(Timestamp(155)),
        ..working(1, &[(140, 160)], &[])
    };
    assert_eq!(roster(&[both]).1, [(1, 155)]);
    let beyond = Operator {
        paused_until: Some(Timestamp(170)),
        paused_at: Some(Timestamp(50)),
        ..working(1, &[(140, 160), (300, 400)], &[])
    };
    assert_eq!(roster(&[beyond]).1, [(1, 300)]);
    assert_eq!(roster(&[working(1, &[(10, 20)], &[])]), (vec![], vec![]));
    assert_eq!(
        roster(&[working(1, &[(0, 1_000)], &[])]),
        (vec![(1, None)], vec![]),
        "behind its hours nothing is known"
    );
}

#[test]
fn only_the_first_are_named_and_all_are_counted() {
    let many: Vec<Operator> = (1..=40).map(operator).collect();
    let roster = Roster::of(&many, None, NOW);
    assert_eq!((roster.now.len(), roster.now_count), (NAMED_MAX, 40));
    let later: Vec<Operator> = (1..=40).map(|id| paused(id, Some(200 - id))).collect();
    let next: Vec<i64> = Roster::of(&later, None, NOW).next.into_iter().map(|(_, at)| at.0).collect();
    assert_eq!(next, [160, 161, 162, 163, 164]);
}
