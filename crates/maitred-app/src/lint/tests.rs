//! Each finding from the smallest configuration that has it, and none from one that has nothing wrong.

use super::*;
use crate::coverage::{Coverage, open, served, there};
use crate::identity::{PhoneRules, Region};
use maitred_core::caps::{Cap, CapRule, Counts, Unit, Window, ZoneOffsets};
use maitred_core::command::{NewOperator, NewSource};
use maitred_core::hours::Hours;
use maitred_core::intervals::{Interval, Intervals};
use maitred_core::{Actor, ContactId, LeadId, Operator, Policy, Source, SourceKind};
use maitred_store::endpoints::{Disabled, Endpoint, EndpointFormat, Health, Wanted};
use maitred_store::telegram::{OperatorChat, SourceBot};
use maitred_store::views::{SourceMembers, UnreadPhone};
use proptest::prelude::*;
use rstest::rstest;

const HOUR: i64 = 3_600_000_000;
const DAY: i64 = 24 * HOUR;
/// A Monday, 00:00 UTC.
const NOW: Timestamp = Timestamp(1_764_547_200_000_000);

fn at(hours: i64) -> Timestamp {
    Timestamp(NOW.0 + hours * HOUR)
}

/// Open at these hours from now on, known for four weeks.
fn hours(open: &[(i64, i64)]) -> Option<Arc<Hours>> {
    let list: Intervals = open.iter().map(|(from, until)| Interval::new(at(*from), at(*until))).collect();
    let span = Interval::new(at(-24), at(28 * 24));
    Some(Arc::new(Hours { calendar_version: 1, span, open: list, leave: Intervals::default(), stamp: "x".into() }))
}

/// From nine to six on each of the next seven days.
fn office() -> Option<Arc<Hours>> {
    hours(&(0..7).map(|day| (day * 24 + 9, day * 24 + 18)).collect::<Vec<_>>())
}

fn operator(id: i64) -> Operator {
    let new = NewOperator { max_load: 5, ..NewOperator::named(format!("Operator {id}").as_str()) };
    Operator::new(OperatorId(id), new, Timestamp(0))
}

fn source(id: i64) -> Source {
    Source::new(SourceId(id), NewSource::named(format!("Source {id}").as_str()), Timestamp(0))
}

fn book(source: Source, members: Vec<(Operator, u32)>) -> SourceMembers {
    SourceMembers { source, members }
}

fn configuration(books: Vec<SourceMembers>) -> Configuration {
    let members = books.iter().flat_map(|book| book.members.iter().map(|(operator, _)| operator.clone()));
    let mut operators: Vec<Operator> = members.collect();
    operators.sort_by_key(|operator| operator.id);
    operators.dedup_by_key(|operator| operator.id);
    Configuration::new(operators, books, NOW)
}

/// The code of each finding with its subject.
fn found(of: &Configuration) -> Vec<(&'static str, &'static str, i64)> {
    check(of).iter().map(|it| (it.fault.code(), it.subject.kind(), it.subject.id())).collect()
}

fn cap(limit: u32, window: Window, source: Option<i64>) -> Option<Arc<[Cap]>> {
    let rule = CapRule { limit, window, counts: Counts::Assigned, source: source.map(SourceId) };
    Some([Cap::new(rule)].into())
}

fn by_clock(unit: Unit) -> Window {
    Window::Clock(unit, ZoneOffsets { name: "UTC".into(), offsets: [(Timestamp(0), 0)].into() })
}

#[test]
fn a_configuration_with_nothing_wrong_has_no_findings() {
    let day_and_night = book(source(1), vec![(operator(1), 1)]);
    let office_hours = Source { hours: office(), ..source(2) };
    let in_the_office = Operator { hours: office(), ..operator(2) };
    let books = vec![day_and_night, book(office_hours, vec![(in_the_office, 3), (operator(1), 0)])];
    assert_eq!(found(&configuration(books)), []);
}

#[rstest]
#[case(vec![], "source_without_operators")]
#[case(vec![(operator(1), 0)], "source_without_weights")]
#[case(vec![(Operator { is_active: false, ..operator(1) }, 1), (Operator { max_load: 0, ..operator(2) }, 1)],
    "source_nobody_active")]
#[case(vec![(Operator { paused_at: Some(Timestamp(0)), ..operator(1) }, 1)], "source_nobody_now")]
#[case(vec![(Operator { present_until: Some(Timestamp(0)), ..operator(1) }, 1)], "source_nobody_now")]
fn a_source_that_nobody_serves_now_is_an_error(#[case] members: Vec<(Operator, u32)>, #[case] code: &str) {
    let all = check(&configuration(vec![book(source(1), members)]));
    let of_source: Vec<_> = all.iter().filter(|it| it.subject == SubjectId::Source(SourceId(1))).collect();
    assert_eq!(of_source.iter().map(|it| it.fault.code()).collect::<Vec<_>>(), [code]);
    assert_eq!(of_source[0].fault.severity(), Severity::Error);
}

#[rstest]
#[case(Fault::NobodyNow(1), "its one operator is off shift")]
#[case(Fault::NobodyNow(2), "all 2 operators are off shift")]
#[case(Fault::NobodyLater { times: 1, hours: 1, has_calendar: true }, "1 time in the next 7 days, 1 hour together")]
#[case(Fault::CapsBelowArrivals { arrived: 9, allowed: 1 }, "about 1 contact a week")]
#[case(Fault::NoRegion(1), "1 phone came")]
#[case(Fault::Unmapped(1), "1 payload of")]
#[case(Fault::Inactive(1), "on 1 source.")]
#[case(Fault::EndpointFailing(2), "2 calls since")]
fn one_thing_is_not_said_as_many(#[case] fault: Fault, #[case] words: &str) {
    let message = fault.message("Bot");
    assert!(message.contains(words), "{message}");
}

#[rstest]
#[case("999 123-45-67", &[1], Some(SourceId(1)))]
#[case("999 123-45-67", &[1, 2], None)]
#[case("999 123-45-67", &[], None)]
#[case("+7 999 000", &[1], None)]
#[case("ask Anna", &[1], None)]
fn a_phone_is_of_a_source_if_it_can_have_come_from_no_other(
    #[case] value: &str,
    #[case] sources: &[i64],
    #[case] sender: Option<SourceId>,
) {
    let sources = sources.iter().map(|id| (SourceId(*id), ContactId(1))).collect();
    assert_eq!(configuration::sent_by(&UnreadPhone { lead: LeadId(1), value: value.into(), sources }), sender);
}

#[test]
fn a_source_whose_phones_begin_with_a_country_code_needs_no_country() {
    let chats = Source { kind: SourceKind::Whatsapp, ..source(1) };
    let server = |region: Option<&str>| PhoneRules::from(region.and_then(|it| Region::try_from(it).ok()));
    let lacks = |source: &Source, region| configuration::lacks_region(source, server(region));
    assert!(lacks(&source(1), None) && !lacks(&source(1), Some("RU")) && !lacks(&chats, None));
    assert!(!lacks(&Source { default_region: Some("RU".into()), ..source(1) }, None));
}

#[test]
fn that_all_are_full_is_no_fault_of_the_configuration() {
    let full = Operator { current_load: 5, ..operator(1) };
    assert_eq!(found(&configuration(vec![book(source(1), vec![(full, 1)])])), []);
}

#[test]
fn that_nobody_is_there_now_says_when_somebody_is() {
    let late = Operator { hours: hours(&[(3, 200)]), ..operator(1) };
    let all = check(&configuration(vec![book(source(1), vec![(late, 1)])]));
    assert_eq!((all[0].fault.code(), all[0].until), ("source_nobody_now", Some(at(3))));
    assert_eq!(all.len(), 1, "the hours until then are part of it: {all:?}");
}

/// A cap that is reached, until so many hours from now.
fn reached(until: i64) -> Option<Arc<[Cap]>> {
    let rule = CapRule { limit: 1, window: Window::Rolling(3_600), counts: Counts::Assigned, source: None };
    let mut cap = serde_json::to_value(Cap::new(rule)).expect("a cap has a stored form");
    cap["count"] = serde_json::json!({"times": [at(until - 1)]});
    Some([serde_json::from_value::<Cap>(cap).expect("a cap")].into())
}

#[test]
fn somebody_who_reached_a_cap_is_on_shift_all_the_same() {
    let source = Source { hours: hours(&[(0, 3), (24, 30)]), ..source(1) };
    let capped = Operator { caps: reached(200), hours: hours(&[(0, 8), (24, 30)]), ..operator(1) };
    assert_eq!(found(&configuration(vec![book(source, vec![(capped, 1)])])), []);
}

#[test]
fn a_long_pause_or_a_reached_cap_is_no_calendar_without_hours() {
    let paused = Operator { paused_at: Some(NOW), paused_until: Some(at(240)), hours: office(), ..operator(1) };
    let capped = Operator { caps: reached(400), hours: office(), ..operator(2) };
    let source = Source { hours: office(), ..source(1) };
    let books = vec![book(source, vec![(paused, 1), (capped, 1)])];
    assert_eq!(found(&configuration(books)), []);
}

#[rstest]
#[case(Operator { current_load: 5, ..operator(1) })]
#[case(Operator { caps: reached(100), ..operator(1) })]
fn that_nobody_is_there_ends_when_the_first_is_back_full_or_not(#[case] who: Operator) {
    let busy = Operator { hours: hours(&[(3, 200)]), ..who };
    let later = Operator { hours: hours(&[(5, 200)]), ..operator(2) };
    let all = check(&configuration(vec![book(source(1), vec![(busy, 1), (later, 1)])]));
    assert_eq!((all[0].fault.code(), all[0].until), ("source_nobody_now", Some(at(3))));
}

#[test]
fn who_may_hold_nothing_or_is_not_heard_from_is_not_back_at_any_time() {
    let none = Operator { max_load: 0, ..operator(1) };
    let paused = Operator { paused_at: Some(NOW), ..operator(2) };
    let gone = Operator { present_until: Some(NOW), hours: hours(&[(1, 200)]), ..operator(3) };
    let heard = Operator { present_until: Some(at(1)), hours: hours(&[(4, 200)]), ..operator(4) };
    let all = check(&configuration(vec![book(source(1), vec![(none, 1), (paused, 1), (gone, 1), (heard, 1)])]));
    assert_eq!((all[0].fault.code(), all[0].until), ("source_nobody_now", Some(at(4))));
}

#[test]
fn hours_without_anybody_are_named_with_the_first_of_them() {
    let open_longer = Source { hours: hours(&[(8, 20), (32, 44)]), ..source(1) };
    let worker = Operator { hours: office(), ..operator(1) };
    let all = check(&configuration(vec![book(open_longer, vec![(worker.clone(), 1)])]));
    let fault = Fault::NobodyLater { times: 4, hours: 6, has_calendar: true };
    assert_eq!(all[0].fault, fault, "8 to 9 and 18 to 20 on two days");
    assert_eq!((all[0].from, all[0].until), (Some(at(8)), Some(at(9))));
    assert_eq!(all[0].fault.severity(), Severity::Warning);
    let always = check(&Configuration { now: at(10), ..configuration(vec![book(source(1), vec![(worker, 1)])]) });
    assert_eq!(always[0].fault.severity(), Severity::Advice, "a source without a calendar may be meant so");
    assert_eq!((always[0].from, always[0].until), (Some(at(18)), Some(at(33))));
}

#[test]
fn a_closed_source_needs_nobody() {
    let closed = Source { hours: office(), ..source(1) };
    let paused = Operator { paused_at: Some(Timestamp(0)), ..operator(1) };
    assert_eq!(found(&configuration(vec![book(closed, vec![(paused, 1)])])), []);
    let never = Source { hours: hours(&[(24 * 9, 24 * 10)]), ..source(1) };
    let all = configuration(vec![book(never, vec![(operator(1), 1)])]);
    assert_eq!(found(&all), [("source_never_open", "source", 1)]);
}

#[rstest]
#[case(Operator { is_active: false, ..operator(1) }, 1, "operator_inactive")]
#[case(Operator { max_load: 0, ..operator(1) }, 1, "operator_without_room")]
#[case(Operator { hours: hours(&[(24 * 9, 24 * 10)]), ..operator(1) }, 1, "operator_never_on_shift")]
#[case(operator(1), 0, "operator_without_weight")]
fn an_operator_who_gets_nothing_is_named(#[case] who: Operator, #[case] weight: u32, #[case] code: &str) {
    let books = vec![book(source(1), vec![(who, weight), (operator(2), 1)])];
    assert_eq!(found(&configuration(books)), [(code, "operator", 1)]);
}

#[test]
fn an_operator_of_no_source_is_named_unless_switched_off() {
    let mut of = configuration(vec![book(source(1), vec![(operator(1), 1)])]);
    of.operators.extend([operator(2), Operator { is_active: false, ..operator(3) }]);
    assert_eq!(found(&of), [("operator_without_sources", "operator", 2)]);
}

#[rstest]
// 70 contacts arrived in the last seven days, and half of them are theirs.
#[case(cap(4, by_clock(Unit::Day), None), Some(28))]
#[case(cap(5, by_clock(Unit::Day), None), None)]
#[case(cap(30, by_clock(Unit::Week), Some(1)), Some(30))]
#[case(cap(30, by_clock(Unit::Week), Some(2)), None)]
#[case(cap(1, Window::Rolling(24 * 3_600), None), Some(8))]
#[case(cap(1, Window::Rolling(30), None), None)]
fn a_weight_beyond_the_caps_is_named(#[case] caps: Option<Arc<[Cap]>>, #[case] expected: Option<u64>) {
    let capped = Operator { caps, ..operator(1) };
    let mut of = configuration(vec![book(source(1), vec![(capped, 2), (operator(2), 2)])]);
    of.arrived.insert(SourceId(1), 70);
    let faults: Vec<_> = check(&of).into_iter().map(|it| it.fault).collect();
    let share = |allowed| Fault::ShareAboveCaps { source: "Source 1".into(), expected: 35, allowed };
    assert_eq!(faults, expected.map(share).into_iter().collect::<Vec<_>>());
}

#[test]
fn a_cap_by_the_day_counts_days_with_work_alone() {
    let two_days =
        Operator { caps: cap(10, by_clock(Unit::Day), None), hours: hours(&[(9, 18), (33, 42)]), ..operator(1) };
    let mut of = configuration(vec![book(source(1), vec![(two_days, 1), (operator(2), 1)])]);
    of.arrived.insert(SourceId(1), 60);
    let share = Fault::ShareAboveCaps { source: "Source 1".into(), expected: 30, allowed: 20 };
    assert_eq!(check(&of)[0].fault, share);
}

#[test]
fn caps_of_a_source_below_its_arrivals_are_named() {
    let capped = Source { caps: cap(5, by_clock(Unit::Day), None), ..source(1) };
    let mut of = configuration(vec![book(capped, vec![(operator(1), 1)])]);
    assert_eq!(found(&of), []);
    of.arrived.insert(SourceId(1), 50);
    assert_eq!(check(&of)[0].fault, Fault::CapsBelowArrivals { arrived: 50, allowed: 35 });
}

#[test]
fn a_fallback_is_to_be_open_and_served_when_it_is_needed() {
    let falls = |hours| Source { hours, fallback: Some(SourceId(2)), ..source(1) };
    let members = || vec![(operator(1), 1)];
    let fine = vec![book(falls(office()), members()), book(source(2), members())];
    assert_eq!(found(&configuration(fine)), []);
    let both = vec![book(falls(office()), members()), book(Source { hours: office(), ..source(2) }, members())];
    let all = check(&configuration(both));
    assert_eq!(all[0].fault, Fault::FallbackClosed("Source 2".into()));
    assert_eq!((all[0].from, all[0].until), (None, Some(at(9))));
    let unserved = vec![book(falls(office()), members()), book(source(2), vec![(operator(1), 0)])];
    let codes: Vec<_> = check(&configuration(unserved)).iter().map(|it| it.fault.code()).collect();
    assert_eq!(codes, ["source_without_weights", "fallback_unserved"]);
}

#[test]
fn ways_in_and_out_that_do_not_work_are_named() {
    let mut of = configuration(vec![book(source(1), vec![(operator(1), 1)])]);
    of.unmapped.extend([(SourceId(1), 3), (SourceId(9), 1)]);
    of.unread_phones.insert(SourceId(1), 2);
    let bot = SourceBot { token: Some("42:x".into()), fault: Some("bad_token".into()), ..SourceBot::none(SourceId(1)) };
    of.telegram.bots.push(bot);
    let (operator, source, chat) = (OperatorId(1), SourceId(1), 7);
    let blocked_at = Some(Timestamp(5));
    of.telegram.chats.push(OperatorChat { operator, source, chat, language: None, linked_at: NOW, blocked_at });
    let disabled = |fault| Some(Disabled { at: Timestamp(1), by: Actor::System, fault });
    let health = Health { failures: 3, failing_since: Some(Timestamp(2)), ..Health::default() };
    of.endpoints = vec![
        endpoint(1, disabled(None), Health::default()),
        endpoint(2, disabled(Some(EndpointFault::Gone)), Health::default()),
        endpoint(3, None, health),
        endpoint(4, None, Health::default()),
    ];
    let expected = [
        ("bot_fault", "source", 1),
        ("endpoint_disabled", "endpoint", 2),
        ("intake_unmapped", "source", 1),
        ("source_without_region", "source", 1),
        ("chat_blocked", "operator", 1),
        ("endpoint_failing", "endpoint", 3),
        ("endpoint_disabled", "endpoint", 1),
    ];
    assert_eq!(found(&of), expected);
}

fn endpoint(id: i64, disabled: Option<Disabled>, health: Health) -> Endpoint {
    Endpoint {
        format: EndpointFormat::Events,
        id: EndpointId(id),
        url: "https://example.com/".into(),
        wanted: Wanted::default(),
        secret: [0; 32],
        old_secret: None,
        created_at: NOW,
        created_by: Actor::System,
        disabled,
        is_announced: false,
        generation: 1,
        position: 0,
        health,
        replay: None,
    }
}

#[test]
fn who_gets_a_contact_at_a_moment_is_who_works_then() {
    let source = Source { hours: office(), fallback: Some(SourceId(2)), policy: Policy::WeightedRandom, ..source(1) };
    let full_now = Operator { current_load: 5, ..operator(1) };
    let morning = Operator { hours: hours(&[(9, 12)]), ..operator(2) };
    let of = book(source, vec![(full_now, 1), (morning, 3)]);
    let fallback = book(self::source(2), vec![(operator(3), 1)]);
    let look = |hour| Coverage::of(&of, Some(&fallback), at(hour), NOW);
    let shares = |hour| look(hour).people.iter().map(|it| it.share.unwrap_or_default()).collect::<Vec<_>>();
    assert_eq!(shares(10), [0.25, 0.75], "how much they will have nobody knows");
    assert_eq!(shares(13), [1.0, 0.0]);
    let words = |hour| look(hour).people.iter().flat_map(|it| it.reasons.iter().map(|it| it.word)).collect::<Vec<_>>();
    assert_eq!(words(13), ["off_shift"]);
    let goes_to = |hour| look(hour).goes_to.map(|to| to.source.id);
    assert_eq!((goes_to(13), goes_to(20)), (None, Some(SourceId(2))));
    assert!(look(20).closed.is_some() && !look(20).would_wait());
    assert!(Coverage::of(&of, None, at(20), NOW).would_wait());
}

#[rstest]
#[case(self::source(2), vec![], true)]
#[case(self::source(2), vec![(Operator { hours: hours(&[(9, 18)]), ..operator(3) }, 1)], true)]
#[case(Source { caps: reached(30), ..self::source(2) }, vec![(operator(3), 1)], true)]
#[case(Source { caps: reached(15), ..self::source(2) }, vec![(operator(3), 1)], false)]
fn a_contact_waits_on_the_fallback_if_nobody_there_may_get_it(
    #[case] fallback: Source,
    #[case] members: Vec<(Operator, u32)>,
    #[case] waits: bool,
) {
    let of = book(Source { hours: office(), fallback: Some(SourceId(2)), ..source(1) }, vec![(operator(1), 1)]);
    let coverage = Coverage::of(&of, Some(&book(fallback, members)), at(20), NOW);
    assert_eq!((coverage.goes_to.is_some(), coverage.would_wait()), (true, waits));
}

#[test]
fn a_source_whose_hours_are_not_known_any_more_needs_no_fallback() {
    let known = |open: &[(i64, i64)], days: i64| {
        let hours = hours(open)?;
        Some(Arc::new(Hours { span: Interval::new(at(-24), at(days * 24)), ..(*hours).clone() }))
    };
    let falls = Source { hours: known(&[(0, 24)], 1), fallback: Some(SourceId(2)), ..source(1) };
    let other = Source { hours: known(&[(0, 24)], 28), ..source(2) };
    let members = || vec![(operator(1), 1)];
    assert_eq!(found(&configuration(vec![book(falls, members()), book(other, members())])), []);
}

fn some_hours() -> impl Strategy<Value = Option<Arc<Hours>>> {
    let shifts = prop::collection::vec((0i64..170, 1i64..12), 0..8);
    prop::option::of(shifts.prop_map(|shifts| {
        hours(&shifts.into_iter().map(|(from, length)| (from, from + length)).collect::<Vec<_>>()).expect("hours")
    }))
}

proptest! {
    /// Minute by minute, by the one question that everything else asks.
    #[test]
    fn gaps_are_the_moments_at_which_nobody_may_get_anything(
        of_source in some_hours(),
        of_operators in prop::collection::vec((some_hours(), 0u32..3, prop::option::of(1i64..100)), 0..4),
    ) {
        let span = Interval::new(NOW, Timestamp(NOW.0 + 7 * DAY));
        let source = Source { hours: of_source, ..source(1) };
        let members: Vec<(Operator, u32)> = of_operators.into_iter().enumerate().map(|(place, (hours, weight, pause))| {
            let (paused_at, paused_until) = (pause.map(|_| Timestamp(0)), pause.map(at));
            (Operator { hours, paused_at, paused_until, ..operator(place as i64) }, weight)
        }).collect();
        let (opens, covered) = (open(&source, span), served(&members, span));
        for half_hour in 0..(7 * 48) {
            let at = Timestamp(NOW.0 + half_hour * HOUR / 2);
            prop_assert_eq!(opens.is_open_at(at), source.closed(at).is_none());
            let may = |(operator, weight): &(Operator, u32)| {
                crate::availability::reasons_at(operator, Some(source.id), Some(*weight), at, NOW).is_empty()
            };
            prop_assert_eq!(covered.is_open_at(at), members.iter().any(may), "{}", half_hour);
            for member in &members {
                let each = there(member, span);
                prop_assert_eq!(each.is_open_at(at), may(member));
            }
        }
    }
}
