//! What an edit of a calendar changes, and what a calendar comes to.

use super::{interval, schedule};
use jiff::civil::date;
use maitred_calendar::difference::{Week, WeekChange};
use maitred_calendar::{Interval, Schedule, difference};
use serde_json::{Value, json};

fn office(zone: &str, until: &str, exceptions: &Value) -> Schedule {
    let days: Vec<Value> = (0..5).map(|day| json!({"day": day, "intervals": [["09:00", until]]})).collect();
    schedule(json!({"name": "Office", "zone": zone, "days": days, "exceptions": exceptions}))
}

/// Two weeks of Berlin, the second after clocks went forward.
fn march() -> Interval {
    interval("2027-03-21T23:00:00Z", "2027-04-04T22:00:00Z")
}

#[test]
fn an_edit_says_what_it_does_to_weeks_and_days() {
    let before = office("Europe/Berlin", "17:00", &json!([]));
    let closed = json!([{"date": "2027-03-31", "kind": "only", "intervals": [["11:00", "17:00"]]}]);
    let after = office("Europe/Berlin", "17:00", &closed);
    let found = difference(Some(&before), &after, march()).expect("two weeks");
    let week = WeekChange { monday: date(2027, 3, 29), before_minutes: 40 * 60, after_minutes: 38 * 60 };
    assert_eq!((found.weeks.first, found.weeks.more), (vec![week], 0));
    assert_eq!(found.closed.first, [interval("2027-03-31T07:00:00Z", "2027-03-31T09:00:00Z")]);
    assert_eq!((found.closed_minutes, found.opened_minutes), (120, 0));
    assert!(found.opened.first.is_empty() && found.unusual.first.is_empty() && found.zones.is_none());
}

#[test]
fn a_shift_in_which_clocks_change_is_named() {
    let days: Vec<Value> = (0..7).map(|day| json!({"day": day, "intervals": [["22:00", "06:00"]]})).collect();
    let nights = schedule(json!({"name": "Nights", "zone": "Europe/Berlin", "days": days}));
    let found = difference(None, &nights, march()).expect("two weeks");
    assert!(!found.is_none());
    let [unusual] = found.unusual.first[..] else { panic!("one shift: {:?}", found.unusual) };
    assert_eq!((unusual.shift.date, unusual.minutes, unusual.extra_minutes), (date(2027, 3, 27), 7 * 60, -60));
    let autumn = nights.unusual_shifts(interval("2027-10-20T00:00:00Z", "2027-11-10T00:00:00Z")).expect("weeks");
    assert_eq!(autumn.iter().map(|one| (one.shift.date, one.minutes)).collect::<Vec<_>>(), [(date(2027, 10, 30), 540)]);
    assert_eq!(
        serde_json::to_value(unusual).expect("it is JSON"),
        json!({
            "date": "2027-03-27", "hours": ["22:00", "30:00"], "minutes": 420, "extra_minutes": -60,
            "interval": {"from": 1_806_181_200_000_000i64, "until": 1_806_206_400_000_000i64},
        })
    );
}

#[test]
fn a_first_calendar_opens_and_the_same_one_changes_nothing() {
    let office_hours = office("Europe/Berlin", "17:00", &json!([]));
    let first = difference(None, &office_hours, march()).expect("two weeks");
    assert_eq!((first.opened_minutes, first.closed_minutes, first.weeks.first.len()), (80 * 60, 0, 2));
    assert!(difference(Some(&office_hours), &office_hours, march()).expect("two weeks").is_none());
}

#[test]
fn another_zone_closes_mornings_and_opens_evenings() {
    let (berlin, london) = (office("Europe/Berlin", "17:00", &json!([])), office("Europe/London", "17:00", &json!([])));
    let found = difference(Some(&berlin), &london, march()).expect("two weeks");
    assert_eq!(found.zones, Some(("Europe/Berlin".into(), "Europe/London".into())));
    assert_eq!((found.opened_minutes, found.closed_minutes), (600, 600));
    assert!(found.weeks.first.is_empty(), "a week has as many hours as before");
}

#[test]
fn long_lists_are_cut_and_counted() {
    let (short, long) = (office("Europe/Berlin", "17:00", &json!([])), office("Europe/Berlin", "18:00", &json!([])));
    let year = interval("2027-01-01T00:00:00Z", "2028-01-01T00:00:00Z");
    let found = difference(Some(&short), &long, year).expect("a year");
    assert_eq!((found.opened.first.len(), found.opened.more, found.opened_minutes), (200, 61, 261 * 60));
}

#[test]
fn a_week_has_hours_and_days() {
    let weeks =
        office("America/New_York", "17:30", &json!([])).weeks(interval("2027-03-08T05:00:00Z", "2027-03-15T04:00:00Z"));
    let expected = Week { monday: date(2027, 3, 8), days: [510, 510, 510, 510, 510, 0, 0], minutes: 2_550 };
    assert_eq!(weeks.expect("a week"), [expected]);
    let part = office("UTC", "17:00", &json!([]))
        .weeks(interval("2027-03-10T12:00:00Z", "2027-03-16T10:00:00Z"))
        .expect("days");
    assert_eq!(
        part.iter().map(|week| week.days).collect::<Vec<_>>(),
        [[0, 0, 300, 480, 480, 0, 0], [480, 60, 0, 0, 0, 0, 0]]
    );
}
