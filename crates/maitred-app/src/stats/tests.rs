//! The figures of small books made by the core itself.

use super::*;
use maitred_core::command::{NewOperator, NewSource, SetWeight, Submit};
use maitred_core::hours::Hours;
use maitred_core::intervals::{Interval, Intervals};
use maitred_core::world::{Counts, Ledger, World};
use maitred_core::{
    Actor, CalendarId, Command, Context, Identity, IdentityKind, Outcome, SourceKind, Timestamp, decide,
};
use maitred_store::views::Covered;

/// Routes `contacts` between operators of these weights and gives the book of the source.
fn book(policy: Policy, weights: &[u32], contacts: u64) -> SourceBook {
    let mut world = World::default();
    let mut seed = 0;
    let mut run = |command| {
        seed += 1;
        loop {
            let needs = world.needs([&command]);
            if needs.is_empty() {
                break;
            }
            world.load(needs, Default::default());
        }
        let outcome = decide(&mut world, command, Context { now: Timestamp(1), seed, actor: Actor::System })
            .expect("the command is valid");
        (outcome, world.take_changes())
    };
    let source = Command::CreateSource(NewSource { kind: SourceKind::Bot, policy, ..NewSource::named("Bot") });
    let (Outcome::Source(source), _) = run(source) else { unreachable!() };
    let mut operators = Vec::new();
    for weight in weights {
        let new = NewOperator { max_load: 1_000_000, ..NewOperator::named(format!("operator {weight}")) };
        let (Outcome::Operator(operator), _) = run(Command::CreateOperator(new)) else { unreachable!() };
        run(Command::SetWeight(SetWeight { source: source.id, operator: operator.id, weight: *weight }));
        operators.push(operator);
    }
    let mut ledger = Ledger::default();
    for n in 0..contacts {
        let submit = Submit::new(source.id, vec![Identity::new(IdentityKind::ExternalId, n.to_string())]);
        let (_, changes) = run(Command::Submit(submit));
        ledger = Ledger::decode(&changes.totals[0].ledger).expect("the core's own bytes");
    }
    SourceBook {
        source,
        names: operators.iter().map(|o| (o.id, o.name.clone())).collect(),
        members: operators.into_iter().zip(weights.iter().copied()).collect(),
        in_period: ledger.clone(),
        ledger,
        counts: Counts::default(),
        covered: Covered::default(),
    }
}

#[test]
fn a_fair_draw_has_an_unsuspicious_p_value() {
    let figures = distribution(&book(Policy::WeightedRandom, &[10, 20, 30], 3_000));
    assert_eq!(figures.received_total, 3_000);
    assert_eq!(figures.degrees_of_freedom, Some(2));
    assert!(figures.p_value.is_some_and(|p| p > 0.01), "{figures:?}");
    assert!(figures.jain.is_some_and(|j| j > 0.99), "{figures:?}");
    for (share, target) in figures.operators.iter().zip([10.0 / 60.0, 20.0 / 60.0, 30.0 / 60.0]) {
        assert!((share.target_share - target).abs() < 1e-12);
        assert!((share.entitled_share - target).abs() < 1e-9, "everybody was eligible all the time: {share:?}");
        assert!((share.difference - (share.received as f64 - share.entitled)).abs() < 1e-9);
    }
}

#[test]
fn smooth_weighted_is_more_exact_than_chance() {
    let figures = distribution(&book(Policy::SmoothWeighted, &[5, 1, 1], 700));
    let received: Vec<u64> = figures.operators.iter().map(|o| o.received).collect();
    assert_eq!(received, [500, 100, 100]);
    assert!(figures.p_value.is_some_and(|p| p > 0.999), "{figures:?}");
}

#[test]
fn an_empty_ledger_gives_no_measures_and_no_nan() {
    let figures = distribution(&book(Policy::WeightedRandom, &[1, 0], 0));
    assert_eq!((figures.chi_square, figures.p_value, figures.jain), (None, None, None));
    let shares: Vec<(f64, f64)> = figures.operators.iter().map(|o| (o.actual_share, o.target_share)).collect();
    assert_eq!(shares, [(0.0, 1.0), (0.0, 0.0)]);
}

#[test]
fn a_former_member_keeps_a_line_without_a_weight() {
    let mut book = book(Policy::SmoothWeighted, &[1, 1], 10);
    let gone = book.members.remove(0).0;
    let figures = distribution(&book);
    let line = &figures.operators[0];
    assert_eq!((line.operator_id, line.weight, line.received), (gone.id, None, 5));
    assert_eq!((&*line.operator_name, line.target_share), ("operator 1", 0.0));
    assert!((figures.operators[1].target_share - 1.0).abs() < 1e-12);
}

#[test]
fn a_p_value_is_that_of_the_published_table() {
    // Critical values of the chi-square distribution, NIST/SEMATECH e-Handbook, 1.3.6.7.4.
    for (statistic, degrees_of_freedom) in [(3.841, 1), (5.991, 2), (18.307, 10)] {
        let p = p_value(statistic, degrees_of_freedom).expect("positive degrees of freedom");
        assert!((p - 0.05).abs() < 1e-4, "{statistic} with {degrees_of_freedom}: {p}");
    }
}

#[test]
fn a_pause_whose_end_has_come_is_over_though_nobody_ended_it() {
    let anna = Operator::new(OperatorId(1), NewOperator::named("Anna"), Timestamp(0));
    let anna = Operator { paused_at: Some(Timestamp(1)), paused_until: Some(Timestamp(60)), ..anna };
    let at = |now| OperatorLoad::at(Timestamp(now), anna.clone());
    let shown = |load: OperatorLoad| (load.is_paused, load.paused_until.is_some(), load.free_slots);
    assert_eq!(shown(at(59)), (true, true, 0));
    assert_eq!(shown(at(60)), (false, false, NewOperator::MAX_LOAD_DEFAULT));
}

#[test]
fn who_is_off_shift_has_no_free_slots() {
    let interval = |from, until| Interval::new(Timestamp(from), Timestamp(until));
    let hours = Hours {
        calendar_version: 1,
        span: interval(0, 100),
        open: [interval(10, 20)].into_iter().collect(),
        leave: Intervals::default(),
        stamp: "2026e-h1".into(),
    };
    let anna = Operator::new(OperatorId(1), NewOperator::named("Anna"), Timestamp(0));
    let anna = Operator { calendar: Some(CalendarId(1)), hours: Some(Arc::new(hours)), ..anna };
    let free = |now| OperatorLoad::at(Timestamp(now), anna.clone()).free_slots;
    assert_eq!([free(9), free(10), free(20)], [0, NewOperator::MAX_LOAD_DEFAULT, 0]);
}
