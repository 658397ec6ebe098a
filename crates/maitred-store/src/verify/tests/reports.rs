//! What reports are made of: the same whatever it is read from and in however many steps, and what is counted again
//! here from contacts and the feed, contact by contact.

use super::*;
use crate::reports::{FACTS_MAX, LoadQuery, ReportQuery, Whose};
use crate::testing::On;
use crate::views::{ContactFilter, Page};
use maitred_core::report::{DAY_MICROS, FactKind, Figures, Measure};
use maitred_core::{Event, EventDetail, EventKind};
use rstest::rstest;
use std::collections::BTreeMap;

/// One thing that is counted, found by looking at all events of one contact.
struct Counted {
    at: i64,
    kind: FactKind,
    source: i64,
    operator: Option<i64>,
    micros: u64,
}

/// When a contact begins to wait that something happened to.
fn begins(events: &[Event], happened: usize) -> i64 {
    let before = events[..=happened].iter().rev();
    let mut moments = before.filter_map(|event| match event.detail {
        EventDetail::ContactScheduled { not_before, .. } => Some(not_before.0),
        EventDetail::ContactCreated | EventDetail::ContactReopened | EventDetail::ContactUnscheduled => {
            Some(event.at.0)
        }
        _ => None,
    });
    moments.next().expect("it arrived")
}

fn gives(event: &Event) -> bool {
    use EventDetail as E;
    let kind = matches!(
        event.detail,
        E::ContactCreated
            | E::ContactReopened
            | E::ContactTransferred { .. }
            | E::ContactAssigned { at_once: false, .. }
    );
    kind && event.operator.is_some()
}

fn responds(event: &Event) -> bool {
    matches!(event.kind(), EventKind::ContactResolved | EventKind::ContactAccepted | EventKind::ContactResponded)
}

/// Who has a contact behind so many of its events.
fn holder(events: &[Event], behind: usize) -> Option<i64> {
    let last = events[..behind].iter().rev().find(|event| gives(event) || is_end(event))?;
    gives(last).then_some(last.operator?.0)
}

/// Whether nobody has a contact behind an event.
fn is_end(event: &Event) -> bool {
    use EventDetail as E;
    let ends = matches!(
        event.detail,
        E::ContactReleased { .. }
            | E::ContactDeclined { .. }
            | E::ContactOfferExpired { .. }
            | E::ContactOfferRevoked { .. }
            | E::ContactResolved
            | E::ContactDeleted
    );
    ends || (!gives(event) && event.kind() == EventKind::ContactReopened)
}

fn takes(event: &Event) -> bool {
    matches!(event.kind(), EventKind::ContactTransferred | EventKind::ContactOfferRevoked | EventKind::ContactDeleted)
}

fn count_contact(events: &[Event], counted: &mut Vec<Counted>) {
    let source = events[0].source.expect("contacts have a source").0;
    let is = |place: usize, kind: EventKind| events[place].kind() == kind;
    for (place, event) in events.iter().enumerate() {
        let reopened = events[..=place].iter().rposition(|before| before.kind() == EventKind::ContactReopened);
        let round = reopened.unwrap_or(0);
        let (at, operator) = (event.at.0, event.operator.map(|id| id.0));
        let took = (at - begins(events, place)).max(0).cast_unsigned();
        let mut add = |kind, operator, micros| counted.push(Counted { at, kind, source, operator, micros });
        if is(place, EventKind::ContactCreated) {
            add(FactKind::Arrived, None, 0);
        }
        if is(place, EventKind::ContactReopened) {
            add(FactKind::Reopened, operator, 0);
        }
        if let Some(from) = holder(events, place).filter(|_| takes(event)) {
            add(FactKind::Taken, Some(from), 0);
        }
        if gives(event) {
            let is_first = reopened.is_none() && !events[..place].iter().any(gives);
            let kind = if is_first { FactKind::FirstAssigned } else { FactKind::AssignedAgain };
            add(kind, operator, if is_first { took } else { 0 });
        }
        if responds(event) && !events[round..place].iter().any(responds) {
            add(FactKind::Responded, operator, took);
        }
        if is(place, EventKind::ContactResolved) {
            add(FactKind::Resolved, operator, took);
        }
        if let EventDetail::ContactReleased { from, .. } = event.detail {
            add(FactKind::Released, from.map(|id| id.0), 0);
        }
    }
}

/// All events about each contact.
fn by_contact(fixture: &Fixture) -> BTreeMap<i64, Vec<Event>> {
    let mut by_contact: BTreeMap<i64, Vec<Event>> = BTreeMap::new();
    for placed in fixture.reads().get(async |store| store.events(0, 100_000).await) {
        let about_contact = placed.event.kind() != EventKind::DuplicateFound;
        if let Some(contact) = placed.event.contact.filter(|_| about_contact) {
            by_contact.entry(contact.0).or_default().push(placed.event);
        }
    }
    by_contact
}

/// Loads from some time on, each compared with who had which contact then, by its own events alone.
fn expect_true_loads(fixture: &Fixture, seed: u64) {
    let contacts = by_contact(fixture);
    let all = contacts.values().flatten().map(|event| event.at.0);
    let (first, last) = (all.clone().min().expect("something"), all.max().expect("something") + 1);
    let held_at = |time: i64, source: Option<SourceId>| {
        let mut held: BTreeMap<i64, i64> = BTreeMap::new();
        for events in contacts.values().filter(|events| source.is_none_or(|it| events[0].source == Some(it))) {
            let behind = events.iter().take_while(|event| event.at.0 < time).count();
            holder(events, behind).into_iter().for_each(|operator| *held.entry(operator).or_default() += 1);
        }
        held
    };
    for n in 0..24 {
        let source = (n % 3 == 0).then(|| SourceId(n as i64 % 5 + 1));
        let from = first + draw(seed * 31 + n, (last - first).cast_unsigned()).cast_signed();
        let facts_max = if n % 4 == 3 { 100 } else { 1_000_000 };
        let query = LoadQuery { from: Timestamp(from), to: Timestamp(last), source, facts_max };
        let rows = fixture.reads().get(async |store| store.report_loads(query).await);
        assert!(rows.from.0 >= from && (facts_max == 100 || rows.from.0 == from), "{query:?}");
        let mut held: BTreeMap<i64, i64> = rows.before.iter().map(|(id, held)| (id.0, *held)).collect();
        assert_eq!(held, held_at(rows.from.0, source), "{query:?}, seed {seed}");
        for fact in &rows.facts {
            *held.entry(fact.operator.expect("somebody").0).or_default() += fact.kind.held();
        }
        held.retain(|_, held| *held != 0);
        assert_eq!(held, held_at(last, source), "{query:?}, seed {seed}");
    }
}

/// All that happened, from the whole feed; and contacts say the same of themselves.
fn count_again(fixture: &Fixture) -> Vec<Counted> {
    let reads = fixture.reads();
    let by_contact = by_contact(fixture);
    let mut counted = Vec::new();
    by_contact.values().for_each(|events| count_contact(events, &mut counted));
    let page = Page { limit: 1_000, after: None };
    for contact in reads.get(async |store| store.contacts(ContactFilter::default(), page).await) {
        let events = &by_contact[&contact.id.0];
        assert_eq!(events[0].at, contact.created_at);
        let resolved = events.iter().rev().find(|event| event.kind() == EventKind::ContactResolved);
        if let Some(at) = contact.resolved_at {
            assert_eq!(resolved.map(|event| event.at), Some(at));
        }
    }
    counted
}

/// Compares figures with what was counted.
fn expect_same(figures: &Figures, counted: &[&Counted], what: &str) {
    for kind in FactKind::ALL {
        let expected = counted.iter().filter(|it| it.kind == kind).count();
        assert_eq!(figures.count(kind), expected as u64, "{kind:?} of {what}");
    }
    for measure in Measure::ALL {
        let mut times: Vec<u64> =
            counted.iter().filter(|it| it.kind.measure() == Some(measure)).map(|it| it.micros).collect();
        times.sort_unstable();
        let places = [50, 90, 95].map(|percent| (times.len() * percent).div_ceil(100).max(1) - 1);
        let expected = places.map(|place| times.get(place).copied());
        assert_eq!(figures.times(measure).max(), times.last().copied(), "{measure:?} of {what}");
        for (found, expected) in figures.times(measure).quantiles([50, 90, 95]).into_iter().zip(expected) {
            let (Some(found), Some(expected)) = (found, expected) else {
                assert_eq!(found, expected, "{measure:?} of {what}");
                continue;
            };
            assert!(found.abs_diff(expected) * 128 <= expected, "{measure:?} of {what}: {found}, not {expected}");
        }
    }
}

fn figures(fixture: &Fixture, query: ReportQuery) -> Figures {
    let rows = fixture.reads().get(async |store| store.report(query).await);
    assert_eq!(rows.complete_to, None);
    let mut figures = Figures::default();
    rows.days.iter().for_each(|(_, day)| figures.add_day(day));
    rows.facts.iter().for_each(|fact| figures.add_fact(fact));
    figures
}

/// Reports of many periods, sources and operators, each compared with what was counted again.
fn expect_true_reports(fixture: &Fixture, seed: u64) {
    let counted = count_again(fixture);
    let (first, last) = (Fixture::time_of(0).0, counted.iter().map(|it| it.at).max().expect("something") + 1);
    let time = |salt: u64| first + draw(seed * 977 + salt, (last - first).cast_unsigned()).cast_signed();
    let moments = counted.iter().map(|it| it.at);
    for (n, edge) in (0..).zip(moments.step_by(40)) {
        let (from, to) = match n % 4 {
            0 => (time(n).min(time(n + 1)), time(n).max(time(n + 1))),
            1 => (first, last),
            2 => (edge, last),
            _ => (first, edge),
        };
        let source = (n % 3 == 0).then(|| SourceId((n % 5) as i64 + 1));
        let whose = if n % 2 == 0 { Whose::Everybody } else { Whose::One(OperatorId((n % 5) as i64 + 1)) };
        for facts_max in [FACTS_MAX, 0] {
            let query = ReportQuery { from: Timestamp(from), to: Timestamp(to), source, whose, facts_max };
            let is_asked_for = |it: &&Counted| {
                let of_source = source.is_none_or(|source| source.0 == it.source);
                let of_operator = match whose {
                    Whose::One(operator) => it.operator == Some(operator.0),
                    Whose::Everybody | Whose::Each => true,
                };
                (from..to).contains(&it.at) && of_source && of_operator
            };
            let expected: Vec<_> = counted.iter().filter(is_asked_for).collect();
            expect_same(&figures(fixture, query), &expected, &format!("{query:?}, seed {seed}"));
        }
    }
}

/// Some hundred commands over some days, and the feed read in steps of odd sizes meanwhile.
fn live_and_report(fixture: &mut Fixture, seed: u64) {
    let operators: Vec<_> = (0..5).map(|n| fixture.operator(&format!("Operator {n}"), 3 + n)).collect();
    for (n, policy) in (1u32..).zip(Policy::ALL) {
        let weights: Vec<_> = operators.iter().map(|o| (*o, n)).collect();
        fixture.source(&format!("Source {n}"), policy, &weights);
    }
    for part in 0..12 {
        fixture.batch((0..40).map(|n| command(seed * 10_000 + part * 40 + n)).collect());
        fixture.follow_up();
        fixture.pass(draw(seed + part, 40_000).cast_signed());
        fixture.keep_reports(17 + part as u32, 3);
    }
}

#[rstest]
#[case::sqlite(On::Sqlite)]
#[case::postgres(On::Postgres)]
fn reports_say_what_contacts_and_the_feed_say(#[case] engine: On) {
    for seed in 0..4 {
        let mut fixture = Fixture::on(engine);
        live_and_report(&mut fixture, seed);
        expect_true_reports(&fixture, seed);
        expect_true_loads(&fixture, seed);
        let report = expect_clean(&fixture, seed);
        assert_eq!(report.faults, 0);
        // Nothing is left to be read, and all is still the same.
        fixture.keep_reports(100, usize::MAX);
        expect_true_reports(&fixture, seed);
        expect_true_loads(&fixture, seed);
        expect_clean(&fixture, seed);
    }
}

#[test]
fn a_step_counts_once_and_only_where_the_last_one_ended() {
    let mut fixture = Fixture::new();
    live(&mut fixture, 1);
    let step = |fixture: &Fixture, events| {
        let step = fixture.reads().get(async |store| store.next_report_step(events).await);
        Command::KeepReports(Box::new(step.expect("there is something to read")))
    };
    let (small, large) = (step(&fixture, 50), step(&fixture, 90));
    // Two nodes read at the same time; one may even be killed behind the step and another repeat it.
    fixture.batch(vec![small.clone(), large, small]);
    let progress = fixture.reads().get(async |store| store.report_progress().await);
    assert_eq!(progress.position, 50);
    expect_clean(&fixture, 1);
    fixture.keep_reports(33, usize::MAX);
    expect_clean(&fixture, 1);
    expect_true_reports(&fixture, 1);
}

#[test]
fn whole_days_are_read_where_there_is_more_than_is_read_one_by_one() {
    let mut fixture = Fixture::new();
    let bot = fixture.source("Bot", Policy::LongestIdle, &[]);
    for day in 0..5 {
        (0..3).for_each(|n| _ = fixture.contact(bot, &format!("{day} {n}")));
        fixture.pass(86_400);
    }
    fixture.keep_reports(1_000, usize::MAX);
    let from = Timestamp(Fixture::time_of(0).0 + 1);
    let to = Timestamp(from.0 + 4 * DAY_MICROS + DAY_MICROS / 2);
    let query = ReportQuery { from, to, source: None, whose: Whose::Everybody, facts_max: 0 };
    let rows = fixture.reads().get(async |store| store.report(query).await);
    assert_eq!((rows.days.len(), rows.facts.len()), (3, 6), "the first and the last day are no whole ones");
}

#[test]
fn damage_to_what_reports_are_made_of_is_found() {
    for sql in [
        "DELETE FROM report_days WHERE operator_id = 0 AND day = (SELECT max(day) FROM report_days)",
        "UPDATE report_days SET body = (SELECT body FROM report_days ORDER BY length(body) DESC LIMIT 1)",
        "UPDATE report_days SET day = 7 WHERE operator_id = 1",
        "UPDATE report_facts SET last_at = last_at + 1",
        "UPDATE report_facts SET body = x'01'",
        "UPDATE report_facts SET id = 2",
        "UPDATE report_contacts SET since = since + 1",
        "UPDATE report_contacts SET is_answered = NOT is_answered",
        "DELETE FROM report_contacts",
        "UPDATE report_progress SET position = position - 3",
        "UPDATE report_progress SET at = at - 3",
        "DELETE FROM report_progress",
    ] {
        let mut fixture = Fixture::new();
        live(&mut fixture, 3);
        fixture.keep_reports(1_000, usize::MAX);
        expect_clean(&fixture, 3);
        let url = fixture.url();
        let (conn, _folder) = fixture.into_connection();
        assert!(conn.execute(sql, []).expect("valid SQL") > 0, "{sql} changes something");
        let report = found_in(&url);
        assert!(found(&report, Severity::Fault).contains(&Invariant::ReportsAreTrue), "{sql}: {report:#?}");
    }
}
