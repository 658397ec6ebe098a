//! Facts, spreads and days: each is what was put into it, as bytes too.

use super::*;
use crate::{OperatorId, SourceId, Timestamp};
use proptest::prelude::*;

fn facts() -> impl Strategy<Value = Vec<Fact>> {
    let one = (0..FactKind::ALL.len(), 0..3 * DAY_MICROS, 1i64..4, 0i64..4, any::<u64>().prop_map(|it| it >> 20));
    let fact = one.prop_map(|(kind, at, source, operator, micros)| {
        let kind = FactKind::ALL[kind];
        let operator = Some(operator).filter(|id| *id > 0).map(OperatorId);
        let micros = if kind.measure().is_some() { micros } else { 0 };
        Fact { at: Timestamp(at), kind, source: SourceId(source), operator, micros }
    });
    prop::collection::vec(fact, 0..60)
}

proptest! {
    #[test]
    fn facts_are_read_as_they_were_packed(facts in facts()) {
        prop_assert_eq!(unpack(&pack(&facts)), Ok(facts));
    }

    #[test]
    fn a_day_is_read_as_it_was_encoded(facts in facts()) {
        let mut day = Day::default();
        facts.iter().for_each(|fact| day.add(fact));
        prop_assert_eq!(Day::decode(&day.encode()), Ok(day));
    }

    #[test]
    fn quantiles_of_days_are_as_near_as_is_said(facts in facts(), percent in 1u64..100) {
        let (mut exact, mut day) = (Figures::default(), Day::default());
        for fact in &facts {
            exact.add_fact(fact);
            day.add(fact);
        }
        let mut rough = Figures::default();
        rough.add_day(&day);
        for kind in FactKind::ALL {
            prop_assert_eq!(exact.count(kind), rough.count(kind));
        }
        for measure in Measure::ALL {
            let ([exact_one], [rough_one]) =
                (exact.times(measure).quantiles([percent]), rough.times(measure).quantiles([percent]));
            prop_assert_eq!(exact.times(measure).max(), rough.times(measure).max());
            let (Some(exact), Some(rough)) = (exact_one, rough_one) else {
                prop_assert_eq!(exact_one, rough_one);
                continue;
            };
            prop_assert!(exact.abs_diff(rough) as f64 <= exact as f64 * ERROR_MAX, "{exact} {rough}");
        }
    }

    #[test]
    fn bytes_that_are_no_day_and_no_facts_are_refused_without_a_panic(
        bytes in prop::collection::vec(any::<u8>(), 0..200),
    ) {
        let _ = (Day::decode(&bytes), unpack(&bytes));
    }
}

#[test]
fn quantiles_are_those_of_the_nearest_rank() {
    let mut figures = Figures::default();
    for micros in [40, 10, 30, 20] {
        let (kind, source) = (FactKind::Resolved, SourceId(1));
        figures.add_fact(&Fact { at: Timestamp(1), kind, source, operator: None, micros });
    }
    assert_eq!(
        figures.times(Measure::Resolution).quantiles([25, 50, 51, 90]),
        [Some(10), Some(20), Some(30), Some(40)]
    );
    assert_eq!(figures.times(Measure::Assignment).quantiles([50]), [None]);
}
