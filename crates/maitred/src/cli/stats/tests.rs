//! Figures as they are printed, of a database with a fixed clock and fixed seeds.

use super::*;
use maitred_core::command::OperatorEdit;
use maitred_core::{Command, Policy};
use maitred_store::testing::{Fixture, TICK};
use maitred_store::views::PAGE_ROWS_MAX;
use rstest::rstest;

fn figures(fixture: &Fixture, now: Timestamp) -> Figures {
    Figures::at(now, fixture.reads().get(async |store| store.overview(Span::WHOLE).await))
}

#[test]
fn figures_are_laid_out_as_tables() {
    let mut fixture = Fixture::new();
    let (anna, boris) = (fixture.operator("Anna", 50), fixture.operator("Борис", 4));
    let (vera, gleb) = (fixture.operator("Vera", 0), fixture.operator("Gleb", 9));
    let bot = fixture.source("Telegram Bot", Policy::WeightedRandom, &[(anna, 10), (boris, 30), (gleb, 5)]);
    let site = fixture.source("Site", Policy::SmoothWeighted, &[(vera, 1)]);
    fixture.source("Nobody's", Policy::LongestIdle, &[]);
    (0..40).for_each(|n| _ = fixture.contact(bot, &n.to_string()));
    (0..3).for_each(|n| _ = fixture.contact(site, &n.to_string()));
    fixture.run(Command::RemoveWeight(bot, gleb));
    let lower = OperatorEdit { max_load: Some(3), ..OperatorEdit::default() };
    fixture.run(Command::EditOperator(boris, lower));
    let off = OperatorEdit { is_active: Some(false), ..OperatorEdit::default() };
    fixture.run(Command::EditOperator(gleb, off));
    let now = Timestamp(Fixture::time_of(0).0 + 500 * TICK);
    let figures = figures(&fixture, now);
    insta::assert_snapshot!(laid_out(&figures, now));
}

#[test]
fn an_empty_database_has_words_instead_of_tables() {
    let figures = figures(&Fixture::new(), Timestamp(0));
    assert_eq!(laid_out(&figures, Timestamp(0)), "No operators yet.\n\nNo sources yet.\n\nNo contacts are waiting.\n");
}

#[rstest]
#[case(0, 50, "░░░░░░░░░░░░░░░░░░░░")]
#[case(1, 1_000_000, "█░░░░░░░░░░░░░░░░░░░")]
#[case(25, 50, "██████████░░░░░░░░░░")]
#[case(49, 50, "███████████████████░")]
#[case(50, 50, "████████████████████")]
#[case(51, 50, "████████████████████+")]
#[case(0, 0, "░░░░░░░░░░░░░░░░░░░░")]
#[case(1, 0, "████████████████████+")]
fn a_bar_is_full_only_when_the_operator_is(#[case] load: u32, #[case] max_load: u32, #[case] expected: &str) {
    assert_eq!(bar(load, max_load), expected);
}

#[test]
fn a_thousand_operators_are_not_cut_off_at_a_page() {
    let mut fixture = Fixture::new();
    let operators = (0..=PAGE_ROWS_MAX).map(|n| maitred_core::command::NewOperator {
        max_load: 1,
        ..maitred_core::command::NewOperator::named(n.to_string())
    });
    fixture.batch(operators.map(Command::CreateOperator).collect());
    assert_eq!(figures(&fixture, Timestamp(0)).operators.len(), PAGE_ROWS_MAX as usize + 1);
}
