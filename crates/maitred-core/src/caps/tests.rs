//! Windows by the clock of a zone and over the last seconds, with values that were computed by hand.

use super::*;

/// A time of UTC as microseconds, from a day counted from 1970 and a time of day.
const fn at(day: i64, hour: i64, minute: i64) -> Timestamp {
    Timestamp(day * DAY + hour * HOUR + minute * 60 * SECOND)
}

fn zone(offsets: &[(i64, i32)]) -> ZoneOffsets {
    ZoneOffsets {
        name: "Test".into(),
        offsets: offsets.iter().map(|(from, hours)| (Timestamp(*from), hours * 3_600)).collect(),
    }
}

fn rule(limit: u32, window: Window) -> CapRule {
    CapRule { limit, window, counts: Counts::Assigned, source: None }
}

#[test]
fn months_have_the_days_they_have() {
    // 1 January 1970, 1 February 2000, 29 February 2000, 31 December 2026, 1 March 2100.
    for (day, first, length) in
        [(0, 0, 31), (10_988, 10_988, 29), (11_016, 10_988, 29), (20_818, 20_788, 31), (47_541, 47_541, 31)]
    {
        assert_eq!(month_of(day), (first, first + length), "day {day}");
    }
    // 2100 is no leap year.
    assert_eq!(month_of(47_540), (47_513, 47_541));
    let mut day = 0;
    for _ in 0..12 * 400 {
        let (first, next) = month_of(day);
        assert!(first == day && (28..=31).contains(&(next - first)));
        assert_eq!(month_of(next - 1), (first, next));
        day = next;
    }
    assert_eq!(day, 146_097, "400 years");
}

#[test]
fn a_day_is_that_of_the_zone_and_has_the_hours_it_has() {
    let moscow = zone(&[(0, 3)]);
    assert_eq!(moscow.window(Unit::Day, at(100, 22, 0)), (at(100, 21, 0), at(101, 21, 0)));
    assert_eq!(moscow.window(Unit::Day, at(100, 20, 59)), (at(99, 21, 0), at(100, 21, 0)));
    // Berlin in 2027: clocks go forward on 28 March (day 20 905) and back on 31 October (day 21 122), at 01:00 UTC.
    let berlin = zone(&[(0, 1), (at(20_905, 1, 0).0, 2), (at(21_122, 1, 0).0, 1)]);
    assert_eq!(berlin.window(Unit::Day, at(20_905, 12, 0)), (at(20_904, 23, 0), at(20_905, 22, 0)), "23 hours");
    assert_eq!(berlin.window(Unit::Day, at(21_122, 12, 0)), (at(21_121, 22, 0), at(21_122, 23, 0)), "25 hours");
    // Cairo on 30 April 2027: there is no midnight, the day begins at 01:00, which is 22:00 UTC of the day before.
    let cairo = zone(&[(0, 2), (at(20_937, 22, 0).0, 3)]);
    assert_eq!(cairo.window(Unit::Day, at(20_938, 12, 0)), (at(20_937, 22, 0), at(20_938, 21, 0)));
    assert_eq!(cairo.window(Unit::Day, at(20_937, 21, 59)), (at(20_936, 22, 0), at(20_937, 22, 0)));
}

#[test]
fn weeks_begin_on_monday_and_hours_by_the_clock() {
    // 29 November 2026 is a Sunday: day 20 786.
    let utc = zone(&[(0, 0)]);
    assert_eq!(utc.window(Unit::Week, at(20_786, 23, 59)), (at(20_780, 0, 0), at(20_787, 0, 0)));
    assert_eq!(utc.window(Unit::Week, at(20_787, 0, 0)), (at(20_787, 0, 0), at(20_794, 0, 0)));
    let kolkata = ZoneOffsets { name: "Asia/Kolkata".into(), offsets: [(Timestamp(0), 19_800)].into() };
    assert_eq!(kolkata.window(Unit::Hour, at(5, 10, 10)), (at(5, 9, 30), at(5, 10, 30)));
}

#[test]
fn over_the_last_seconds_there_is_room_when_the_first_of_them_is_so_old() {
    let second = |n: i64| Timestamp(n * SECOND);
    let mut cap = Cap::new(rule(3, Window::Rolling(3_600)));
    for n in [0, 100, 200] {
        assert!(cap.reached_until().is_none_or(|until| until <= second(n)));
        cap.count(second(n));
    }
    assert_eq!((cap.used(second(200)), cap.reached_until()), (3, Some(second(3_600))));
    cap.count(second(3_600));
    assert_eq!((cap.used(second(3_600)), cap.reached_until()), (3, Some(second(3_700))));
}

#[test]
fn by_the_clock_all_is_free_at_the_hour_and_a_lower_limit_takes_nothing() {
    let utc = Window::Clock(Unit::Hour, zone(&[(0, 0)]));
    let mut cap = Cap::new(rule(8, utc.clone()));
    (0..7).for_each(|minute| cap.count(at(1, 9, minute)));
    assert_eq!(cap.reached_until(), None);
    let lower = cap.with_rule(rule(5, utc.clone()));
    assert!(cap.goes_on(&lower.rule));
    assert_eq!((lower.used(at(1, 9, 10)), lower.reached_until()), (7, Some(at(1, 10, 0))));
    assert_eq!(lower.with_rule(rule(8, utc)).reached_until(), None, "raised again");
    assert_eq!(lower.used(at(1, 10, 0)), 0);
}

#[test]
fn what_is_not_kept_is_given_back_in_its_own_window_alone() {
    let kept = |window| CapRule { counts: Counts::Kept, ..rule(2, window) };
    let mut cap = Cap::new(kept(Window::Clock(Unit::Hour, zone(&[(0, 0)]))));
    cap.count(at(1, 9, 0));
    cap.count(at(1, 9, 1));
    cap.give_back(at(1, 9, 1));
    assert_eq!((cap.used(at(1, 9, 2)), cap.reached_until()), (1, None));
    cap.count(at(1, 10, 5));
    cap.give_back(at(1, 9, 0));
    assert_eq!(cap.used(at(1, 10, 6)), 1, "that was another hour");
    let mut rolling = Cap::new(kept(Window::Rolling(60)));
    rolling.count(at(1, 9, 0));
    rolling.give_back(at(1, 9, 0));
    assert_eq!(rolling.used(at(1, 9, 0)), 0);
    let mut assigned = Cap::new(rule(2, Window::Rolling(60)));
    assigned.count(at(1, 9, 0));
    assigned.give_back(at(1, 9, 0));
    assert_eq!(assigned.used(at(1, 9, 0)), 1);
}
