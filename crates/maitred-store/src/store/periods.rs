//! What was received in a period, on both engines.

use super::*;
use crate::testing::{Fixture, On, Reads, TICK};
use crate::views::{Covered, Start};
use maitred_core::command::{OperatorEdit, SetWeight, SourceEdit};
use maitred_core::{Command, Policy, Timestamp};
use rstest::rstest;

const HALF_HOUR: i64 = 1_800;
const PAGE: Page = Page { limit: 10, after: None };

/// So many half hours behind the beginning of the fixture, which is midnight.
const fn half_hour(number: i64) -> Timestamp {
    Timestamp(Fixture::time_of(0).0 + number * HALF_HOUR * TICK)
}

const fn from(number: i64) -> Span {
    Span { start: Start::At(half_hour(number)), end: None }
}

const SINCE_WEIGHTS: Span = Span { start: Start::WeightsChanged, end: None };

/// One source with Anna and Boris, who take turns: four contacts at midnight, two an hour later. Two hours after
/// midnight Anna gets three times the weight, and four contacts come; three hours after it Vera joins, and six come.
fn day(on: On) -> (Fixture, SourceId, [OperatorId; 3]) {
    let mut fixture = Fixture::on(on);
    let (anna, boris) = (fixture.operator("Anna", 50), fixture.operator("Boris", 50));
    let vera = fixture.operator("Vera", 50);
    let bot = fixture.source("Bot", Policy::SmoothWeighted, &[(anna, 1), (boris, 1)]);
    arrive(&mut fixture, bot, 4);
    fixture.pass(2 * HALF_HOUR);
    arrive(&mut fixture, bot, 2);
    fixture.pass(2 * HALF_HOUR);
    fixture.run(Command::SetWeight(SetWeight { source: bot, operator: anna, weight: 3 }));
    arrive(&mut fixture, bot, 4);
    fixture.pass(2 * HALF_HOUR);
    fixture.run(Command::SetWeight(SetWeight { source: bot, operator: vera, weight: 2 }));
    arrive(&mut fixture, bot, 6);
    (fixture, bot, [anna, boris, vera])
}

fn arrive(fixture: &mut Fixture, source: SourceId, contacts: usize) {
    (0..contacts).for_each(|n| _ = fixture.contact(source, &n.to_string()));
}

fn book(reads: &Reads, source: SourceId, span: Span) -> SourceBook {
    reads.get(async |store| store.source_book_in(source, span).await).expect("the source is there")
}

/// What each of them received, and was entitled to in thousandths of a contact.
fn shares(book: &SourceBook, of: [OperatorId; 3]) -> [(u64, u64); 3] {
    of.map(|id| {
        let tally = book.in_period.get(id);
        (tally.received, (tally.entitled() * 1e3).round() as u64)
    })
}

#[rstest]
#[case::sqlite(On::Sqlite)]
#[case::postgres(On::Postgres)]
fn a_period_has_what_was_received_in_it_and_entitled_by_the_weights_of_that_time(#[case] on: On) {
    let (fixture, bot, all) = day(on);
    let reads = fixture.reads();
    let whole = [9, 5, 2];
    for (span, expected) in [
        (Span::WHOLE, whole),
        (from(0), whole),
        (from(1), [7, 3, 2]),
        (from(2), [7, 3, 2]),
        (from(4), [6, 2, 2]),
        (from(9), [0; 3]),
        (SINCE_WEIGHTS, [3, 1, 2]),
        (Span { end: Some(half_hour(2)), ..Span::WHOLE }, [2, 2, 0]),
        (Span { end: Some(Timestamp(half_hour(2).0 + 7)), ..Span::WHOLE }, [2, 2, 0]),
        (Span { end: Some(half_hour(4)), ..from(2) }, [1, 1, 0]),
        (Span { end: Some(half_hour(2)), ..from(1) }, [0; 3]),
    ] {
        let book = book(&reads, bot, span);
        // Every period has whole rounds of turns, so all of them received what they were entitled to.
        assert_eq!(shares(&book, all), expected.map(|received| (received, received * 1_000)), "{span:?}");
        assert_eq!(book.ledger.get(all[0]).received, 9, "the ledger is the present one");
        assert_eq!(book.covered.known_since, None);
    }
}

#[rstest]
#[case::sqlite(On::Sqlite)]
#[case::postgres(On::Postgres)]
fn what_was_entitled_since_the_weights_changed_is_exact(#[case] on: On) {
    let (fixture, bot, all) = day(on);
    let reads = fixture.reads();
    let since = book(&reads, bot, SINCE_WEIGHTS);
    assert_eq!(shares(&since, all), [(3, 3_000), (1, 1_000), (2, 2_000)]);
    let joined = since.counts.weights_at;
    assert_eq!(since.covered, Covered { from: joined, to: None, known_since: None });
    let mine = reads.get(async |store| store.served(all[2], SINCE_WEIGHTS, PAGE).await);
    assert_eq!((mine[0].tally, mine[0].covered), (since.in_period.get(all[2]), since.covered));
    let overview = reads.get(async |store| store.overview(SINCE_WEIGHTS).await);
    assert_eq!(overview.books[0].in_period, since.in_period);
}

#[rstest]
#[case::sqlite(On::Sqlite)]
#[case::postgres(On::Postgres)]
fn only_weights_and_the_policy_begin_a_period(#[case] on: On) {
    let (mut fixture, bot, all) = day(on);
    let received = |fixture: &Fixture| book(&fixture.reads(), bot, SINCE_WEIGHTS).in_period.get(all[0]).received;
    let off = OperatorEdit { is_active: Some(false), ..OperatorEdit::default() };
    fixture.run(Command::EditOperator(all[1], off));
    fixture.run(Command::EditSource(bot, SourceEdit { name: Some("Robot".into()), ..SourceEdit::default() }));
    assert_eq!(received(&fixture), 3);
    fixture.run(Command::EditSource(bot, SourceEdit { policy: Some(Policy::LongestIdle), ..SourceEdit::default() }));
    assert_eq!(received(&fixture), 0);
    fixture.run(Command::RemoveWeight(bot, all[2]));
    arrive(&mut fixture, bot, 5);
    assert_eq!(received(&fixture), 5);
}

#[rstest]
#[case::sqlite(On::Sqlite)]
#[case::postgres(On::Postgres)]
fn a_source_that_nobody_received_anything_from_has_empty_periods(#[case] on: On) {
    let mut fixture = Fixture::on(on);
    let anna = fixture.operator("Anna", 0);
    let bot = fixture.source("Bot", Policy::SmoothWeighted, &[(anna, 1)]);
    arrive(&mut fixture, bot, 3);
    let reads = fixture.reads();
    for span in [from(0), SINCE_WEIGHTS, Span { end: Some(half_hour(1)), ..Span::WHOLE }] {
        let book = book(&reads, bot, span);
        assert!(book.in_period.is_blank() && book.covered.known_since.is_none(), "{span:?}");
    }
}
