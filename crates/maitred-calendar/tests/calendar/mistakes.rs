//! What is said of a calendar that is wrong: everything, where it is, and how to correct it.

use super::check;
use maitred_calendar::Personal;
use rstest::rstest;
use serde_json::{Value, json};

fn with(field: &str, value: Value) -> Value {
    let mut calendar = json!({"name": "Office", "zone": "Europe/Berlin"});
    calendar[field] = value;
    calendar
}

fn said(calendar: Value) -> Vec<String> {
    check(calendar).err().unwrap_or_default().iter().map(ToString::to_string).collect()
}

fn day(day: i64, intervals: &Value) -> Value {
    json!({"day": day, "intervals": intervals})
}

#[test]
fn everything_is_said_at_once() {
    let calendar = json!({
        "name": " ",
        "zone": "Europe/Moskow",
        "cycle_days": 4,
        "days": [
            day(0, &json!([["09:00", "25h"], ["08:00", "08:00"]])),
            day(4, &json!([["09:00", "13:00"], ["12:00", "18:00"]])),
        ],
        "exceptions": [{"date": "31.12.2027", "kind": "shut"}],
        "holidays": ["DE-XX", "Mars"],
        "leave": [{"from": "2027-08-14", "to": "2027-08-10"}],
    });
    let said = said(calendar);
    let expected = [
        "/name is empty; give 1 to 100 characters",
        "/zone is not a time zone; did you mean Europe/Moscow?",
        "/anchor is missing; give a date on which the cycle of 4 days begins, such as the first day of work",
        "/days/0/intervals/0/1 is not a time of day; write it as 09:00, at most 48:00",
        "/days/0/intervals/1 is empty; let it end after it begins, or write 00:00 to 24:00 for a whole day",
        "/days/1/intervals/1 overlaps 09:00–13:00; join the two, or shorten one",
        "/days/1/day is not a day of the cycle; give 0 to 3",
        "/exceptions/0/date is not a date of the years 1970 to 2199; write it as 2027-03-28",
        "/exceptions/0/kind is not known; give closed, only or plus",
        "/holidays/0 is not a set of holidays; did you mean DE? There are AT, BE, \
          CH, CZ, DE, FR, GB, IT, KZ, PL, RU, US",
        "/holidays/1 is not a set of holidays; there are AT, BE, CH, CZ, DE, FR, GB, IT, KZ, PL, RU, US",
        "/leave/0 does not end after it begins; exchange the two, or correct one",
    ];
    assert_eq!(said, expected);
}

#[rstest]
#[case(
    "zone",
    json!("+03:00"),
    "/zone is not a time zone; give a name of the IANA database, such as Europe/Berlin or UTC"
)]
#[case("cycle_days", json!(0), "/cycle_days is not from 1 to 366; a week has 7")]
#[case("cycle_days", json!(i64::MAX), "/cycle_days is not from 1 to 366; a week has 7")]
#[case("anchor", json!("tomorrow"), "/anchor is not a date of the years 1970 to 2199; write it as 2027-03-28")]
#[case("days", json!([day(7, &json!([]))]), "/days/0/day is not a day of the cycle; give 0 to 6")]
#[case("days", json!([day(-1, &json!([]))]), "/days/0/day is not a day of the cycle; give 0 to 6")]
#[case(
    "days", json!([day(1, &json!([])), day(1, &json!([]))]),
    "/days/1/day is listed twice; put all intervals of a day into one list"
)]
#[case(
    "days", json!([day(1, &json!([["24:00", "26:00"]]))]),
    "/days/0/intervals/0/0 begins after its day; put it on the day on which it begins"
)]
#[case(
    "days", json!([day(1, &json!([["22:00", "06:00"]])), day(2, &json!([["12:00", "13:00"], ["05:00", "10:00"]]))]),
    "/days/1/intervals/1 overlaps 22:00–30:00 of day 1, which lasts past midnight; shorten one"
)]
// Sunday's night reaches into Monday, and 48:00 into the day after the next.
#[case(
    "days", json!([day(0, &json!([["05:00", "10:00"]])), day(6, &json!([["22:00", "06:00"]]))]),
    "/days/0/intervals/0 overlaps 22:00–30:00 of day 6, which lasts past midnight; shorten one"
)]
#[case(
    "exceptions", json!([{"date": "2027-01-04", "kind": "closed", "intervals": [["09:00", "10:00"]]}]),
    "/exceptions/0/intervals has intervals; leave them out, or make it only or plus"
)]
#[case(
    "exceptions", json!([{"date": "2027-01-04", "kind": "plus"}]),
    "/exceptions/0/intervals has no intervals; list them, or make it closed"
)]
#[case(
    "exceptions",
    json!([
        {"date": "2027-01-04", "kind": "plus", "intervals": [["1:00", "2:00"]]},
        {"date": "2027-01-04", "kind": "closed"}
    ]),
    "/exceptions/1/date contradicts /exceptions/0 of the same date; keep one of them"
)]
#[case(
    "exceptions",
    json!([{"date": "2027-01-04", "kind": "closed"}, {"date": "2027-01-04", "kind": "closed"}]),
    "/exceptions/1/date contradicts /exceptions/0 of the same date; keep one of them"
)]
#[case(
    "leave", json!([{"from": "soon", "to": "2027-01-04"}]),
    "/leave/0/from is neither a date nor a time; write 2027-08-10, 2027-08-10T12:00 or 2027-08-10T10:00:00Z"
)]
#[case(
    "leave", json!([{"from": "2027-01-04T12:00", "to": "2027-01-04T12:00"}]),
    "/leave/0 does not end after it begins; exchange the two, or correct one"
)]
#[case("holidays", json!(vec!["DE"; 9]), "/holidays has too many entries; give at most 8")]
fn a_mistake_is_named_with_its_place_and_its_remedy(#[case] field: &str, #[case] value: Value, #[case] expected: &str) {
    assert_eq!(said(with(field, value)), [expected]);
}

#[test]
fn what_is_unusual_is_not_wrong() {
    for (field, value) in [
        ("days", json!([])),
        ("days", json!([day(1, &json!([["9:00", "13:00"], ["13:00", "18:00"]]))])),
        ("days", json!([day(1, &json!([["22:00", "06:00"]])), day(2, &json!([["06:00", "10:00"]]))])),
        ("days", json!([day(0, &json!([["00:00", "48:00"]]))])),
        ("anchor", json!("2027-01-06")),
        ("holidays", json!(["de-by", "DE"])),
        ("leave", json!([{"from": "2027-01-04", "to": "2027-01-04"}])),
    ] {
        assert_eq!(said(with(field, value.clone())), [""; 0], "{field}: {value}");
    }
}

#[test]
fn mistakes_are_bounded() {
    let days: Vec<Value> = (0..300).map(|at| day(at + 1_000, &json!([["x", "y"], ["a", "b"]]))).collect();
    assert_eq!(said(with("days", json!(days))).len(), 100);
}

#[test]
fn what_is_personal_is_checked_as_well() {
    let office = check(with("days", json!([]))).expect("nothing is wrong");
    let personal: Personal = serde_json::from_value(json!({
        "exceptions": [{"date": "2027-13-01", "kind": "closed"}], "leave": [{"from": "2027-01-04", "to": "2027-01-03"}],
    }))
    .expect("its shape");
    let said = office.with(&personal).expect_err("two mistakes");
    assert_eq!(said.iter().map(|wrong| wrong.pointer.as_str()).collect::<Vec<_>>(), ["/exceptions/0/date", "/leave/0"]);
}
