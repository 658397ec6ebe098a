//! Periods over changes of clocks, the periods before them, and what is in which hour or day.

use super::*;
use jiff::tz::TimeZone;
use maitred_core::intervals::{Interval, Intervals};
use maitred_core::limits::Invalid;
use maitred_core::report::{DAY_MICROS, Day, DayKey, Fact, FactKind, day_of};
use maitred_core::{OperatorId, SourceId, Timestamp};
use maitred_store::reports::{LoadRows, ReportRows};
use proptest::prelude::*;
use rstest::rstest;

fn micros(text: &str) -> Timestamp {
    Timestamp(text.parse::<jiff::Timestamp>().expect("a time").as_microsecond())
}

fn zone(name: &str) -> TimeZone {
    crate::periods::zone(name).expect("a zone of the bundled database")
}

fn moment(text: &str) -> Option<Moment> {
    Some(Moment::parse(text).expect("a time or a date"))
}

fn period(from: &str, to: &str, zone_name: &str) -> ReportPeriod {
    let period = ReportPeriod::new([moment(from), moment(to)], zone(zone_name), micros(NOW), REPORT_DAYS_MAX);
    period.expect("a period")
}

const NOW: &str = "2025-11-26T12:00:00Z";

#[rstest]
// The clocks go forward on 30 March and back on 26 October.
#[case("2025-03-30", "2025-03-31", "Europe/Berlin", "2025-03-28T23:00:00Z", 23)]
#[case("2025-10-26", "2025-10-27", "Europe/Berlin", "2025-10-24T22:00:00Z", 25)]
#[case("2025-10-27", "2025-10-28", "Europe/Berlin", "2025-10-25T22:00:00Z", 24)]
#[case("2025-11-01", "2025-11-03", "Asia/Kolkata", "2025-10-29T18:30:00Z", 48)]
// No whole days: as long as it is.
#[case("2025-11-01T10:00:00Z", "2025-11-01T12:00:00Z", "UTC", "2025-11-01T08:00:00Z", 2)]
fn a_period_and_the_one_before_it_have_whole_days_whatever_clocks_do(
    #[case] from: &str,
    #[case] to: &str,
    #[case] zone_name: &str,
    #[case] before: &str,
    #[case] hours: i64,
) {
    let period = period(from, to, zone_name);
    assert_eq!((period.to.0 - period.from.0) / 3_600_000_000, hours);
    let earlier = period.before();
    assert_eq!((earlier.from, earlier.to), (micros(before), period.from));
}

#[test]
fn a_period_has_seven_days_and_goes_on_unless_somebody_says_otherwise() {
    let period = ReportPeriod::new([None, None], zone("Europe/Moscow"), micros(NOW), REPORT_DAYS_MAX);
    let period = period.expect("a period");
    assert_eq!((period.from, period.to), (micros("2025-11-19T21:00:00Z"), micros(NOW)));
    assert_eq!(period.before().to, period.from);
}

#[rstest]
#[case("2025-11-02", "2025-11-01", "to", "is before from")]
#[case("1950-01-01", "2025-11-01", "from", "is more than 3700 days")]
#[case("-009999-01-01", "9999-12-31T23:59:59Z", "from", "is more than 3700 days")]
fn a_period_that_is_none_is_refused_at_its_end(
    #[case] from: &str,
    #[case] to: &str,
    #[case] field: &str,
    #[case] why: &str,
) {
    let [from, to] = [from, to].map(|text| Moment::parse(text).ok());
    let refused = ReportPeriod::new([from.or(moment("1900-01-01")), to], TimeZone::UTC, micros(NOW), REPORT_DAYS_MAX);
    let PeriodError { field: found, invalid: Invalid(reason) } = refused.expect_err("no period");
    assert_eq!(found, field);
    assert!(reason.contains(why), "{reason}");
}

#[test]
fn an_empty_period_is_a_period() {
    let period = period("2025-11-01", "2025-11-01", "UTC");
    assert_eq!((period.from, period.before().from), (period.to, period.from));
}

/// Rows in which a contact arrived at each of these times: as facts, and as days.
fn arrived(times: &[&str]) -> [ReportRows; 2] {
    let fact = |text: &&str| {
        let (at, kind, source) = (micros(text), FactKind::Arrived, SourceId(1));
        Fact { at, kind, source, operator: None, micros: 0 }
    };
    let facts: Vec<Fact> = times.iter().map(fact).collect();
    let mut days: std::collections::BTreeMap<i64, Day> = std::collections::BTreeMap::new();
    facts.iter().for_each(|fact| days.entry(day_of(fact.at)).or_default().add(fact));
    let key = |day| DayKey { operator: None, day, source: SourceId(1) };
    let days = days.into_iter().map(|(day, it)| (key(day), it)).collect();
    [ReportRows { facts, ..ReportRows::default() }, ReportRows { days, ..ReportRows::default() }]
}

#[test]
fn hours_that_come_twice_are_counted_apart_and_hours_that_are_left_out_are_not_there() {
    let times = ["2025-10-26T00:30:00Z", "2025-10-26T00:45:00Z", "2025-10-26T01:30:00Z"];
    for rows in arrived(&times) {
        let hours = arrivals::counted(&rows, &period("2025-10-26", "2025-10-27", "Europe/Berlin"), BucketSize::Hour);
        let some: Vec<_> = hours.iter().filter(|hour| hour.arrived > 0).collect();
        let name = |text: &str| Bucket::Begins(text.to_owned());
        assert_eq!(hours.len(), 25);
        assert_eq!((&some[0].bucket, some[0].arrived), (&name("2025-10-26T02:00:00+02:00"), 2));
        assert_eq!((&some[1].bucket, some[1].arrived), (&name("2025-10-26T02:00:00+01:00"), 1));
        let spring = arrivals::counted(&rows, &period("2025-03-30", "2025-03-31", "Europe/Berlin"), BucketSize::Hour);
        assert_eq!((spring.len(), &spring[2].bucket), (23, &name("2025-03-30T03:00:00+02:00")));
    }
}

#[rstest]
#[case("UTC", 5, 23)]
#[case("Europe/Moscow", 6, 2)]
#[case("Asia/Kolkata", 6, 5)]
#[case("Asia/Kathmandu", 6, 5)]
#[case("America/New_York", 5, 18)]
fn weeks_are_those_of_the_zone(#[case] zone_name: &str, #[case] weekday: usize, #[case] hour: usize) {
    // A Saturday.
    for rows in arrived(&["2025-11-22T23:50:00Z"]) {
        let period = period("2025-11-01T00:00:00Z", "2025-12-01T00:00:00Z", zone_name);
        let hours = arrivals::counted(&rows, &period, BucketSize::HourOfWeek);
        assert_eq!(hours.len(), 168);
        assert_eq!(hours.iter().position(|hour| hour.arrived == 1), Some(weekday * 24 + hour));
    }
}

#[test]
fn days_without_arrivals_are_there_and_add_up() {
    let times = ["2025-11-01T00:00:00Z", "2025-11-02T23:59:59.999999Z", "2025-11-04T12:00:00Z"];
    for rows in arrived(&times) {
        let days = arrivals::counted(&rows, &period("2025-11-01", "2025-11-06", "UTC"), BucketSize::Day);
        assert_eq!(days.iter().map(|day| day.arrived).collect::<Vec<_>>(), [1, 1, 0, 1, 0]);
        assert_eq!(as_csv(&days).lines().nth(1), Some("2025-11-01,1"));
    }
    assert_eq!(DAY_MICROS, 86_400_000_000);
}

/// Two weeks from a Monday on, in which Berlin sets its clocks back.
fn two_weeks(zone: TimeZone) -> ReportPeriod {
    ReportPeriod { from: micros("2025-10-20T00:00:00Z"), to: micros("2025-11-03T00:00:00Z"), zone }
}

const MINUTE: i64 = 60_000_000;

proptest! {
    // Each counts 20 160 minutes.
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Minute by minute, with the clock of the zone alone.
    #[test]
    fn staffing_is_what_counting_minutes_gives(
        shifts in prop::collection::vec(prop::collection::vec((0i64..14 * 288, 1i64..150), 0..5), 0..4),
        arrivals in prop::collection::vec(0i64..14 * 1_440, 0..40),
        zone_name in prop::sample::select(vec!["UTC", "Europe/Berlin", "Asia/Kathmandu"]),
    ) {
        let period = two_weeks(zone(zone_name));
        let minute = |at: i64| Timestamp(period.from.0 + at * MINUTE);
        let people: Vec<Intervals> = shifts.iter().map(|shifts| {
            let interval = |(from, length): &(i64, i64)| Interval::new(minute(from * 5), minute((from + length) * 5));
            shifts.iter().map(interval).collect()
        }).collect();
        let fact = |at: &i64| {
            let (kind, source) = (FactKind::Arrived, SourceId(1));
            Fact { at: minute(*at), kind, source, operator: None, micros: 0 }
        };
        let rows = ReportRows { facts: arrivals.iter().map(fact).collect(), ..ReportRows::default() };
        let nothing = Interval::new(period.to, period.to);
        let past = staffing::alike(people.iter().cloned());
        let hours = staffing::by_hour(&rows, &period, &past, &Default::default(), nothing);

        let on = |at: i64| people.iter().filter(|intervals| intervals.is_open_at(minute(at))).count();
        let (mut minutes, mut people_minutes, mut arrived, mut unattended) =
            ([0.0; 168], [0.0; 168], [0u64; 168], [0u64; 168]);
        for at in 0..14 * 1_440 {
            let local = jiff::Timestamp::from_microsecond(minute(at).0).expect("a time").to_zoned(period.zone.clone());
            let day = local.date().weekday().to_monday_zero_offset();
            let hour = usize::try_from(day).expect("a day") * 24 + usize::try_from(local.hour()).expect("an hour");
            minutes[hour] += 1.0;
            people_minutes[hour] += on(at) as f64;
            let came = arrivals.iter().filter(|arrival| **arrival == at).count() as u64;
            arrived[hour] += came;
            let quarter = at - at % 15;
            unattended[hour] += if (quarter..quarter + 15).all(|at| on(at) == 0) { came } else { 0 };
        }
        for (at, hour) in hours.iter().enumerate() {
            prop_assert_eq!((usize::from(hour.hour_of_week), hour.arrived), (at, arrived[at]));
            prop_assert_eq!(hour.unattended, unattended[at]);
            prop_assert!((hour.hours - minutes[at] / 60.0).abs() < 1e-9);
            prop_assert!((hour.people - people_minutes[at] / minutes[at]).abs() < 1e-9, "{:?}", hour);
            prop_assert!((hour.expected - arrived[at] as f64 / (minutes[at] / 60.0f64).max(1.0)).abs() < 1e-9);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Minute by minute, with the clock of the zone alone.
    #[test]
    fn loads_are_what_counting_minutes_gives(
        held in prop::collection::vec((0i64..14 * 1_440, 1i64..4_000, 1i64..3), 0..40),
        before in 0i64..3,
        limit in 1u32..4,
        zone_name in prop::sample::select(vec!["UTC", "Europe/Berlin", "Asia/Kathmandu"]),
    ) {
        let period = two_weeks(zone(zone_name));
        let minute = |at: i64| Timestamp(period.from.0 + at * MINUTE);
        let mut facts: Vec<Fact> = held.iter().flat_map(|(from, length, operator)| {
            let fact = |at, kind| {
                let (source, operator) = (SourceId(1), Some(OperatorId(*operator)));
                Fact { at: minute(at), kind, source, operator, micros: 0 }
            };
            let ended = [FactKind::Taken, FactKind::Resolved][usize::from(length % 2 == 0)];
            [fact(*from, FactKind::FirstAssigned), fact(from + length, ended)]
        }).filter(|fact| fact.at < period.to).collect();
        facts.sort_by_key(|fact| fact.at);
        let rows = LoadRows { from: period.from, before: [(OperatorId(1), before)].into(), facts, complete_to: None };
        for (operator, by) in [(Some(1), LoadsBy::Hour), (None, LoadsBy::Day)] {
            let limit = operator.map(|_| limit);
            let buckets = loads::by_bucket(&rows, &period, operator.map(OperatorId), limit, by);
            let load = |at: i64| before + held.iter().filter(|(from, length, id)| {
                operator.is_none_or(|operator| operator == *id) && (*from..from + length).contains(&at)
            }).count() as i64;
            // Minutes, contacts times minutes, the most, minutes full: by the name of the hour or day.
            let mut expected: Vec<(String, [i64; 4])> = Vec::new();
            for at in 0..14 * 1_440 {
                let local = jiff::Timestamp::from_microsecond(minute(at).0).expect("a time");
                let local = local.to_zoned(period.zone.clone());
                let format = if by == LoadsBy::Hour { "%Y-%m-%dT%H:00:00%:z" } else { "%Y-%m-%d" };
                let name = local.strftime(format).to_string();
                if expected.last().is_none_or(|(last, _)| *last != name) {
                    expected.push((name, [0; 4]));
                }
                let (load, (_, sums)) = (load(at), expected.last_mut().expect("one"));
                let is_full = limit.is_some_and(|limit| load >= i64::from(limit));
                *sums = [sums[0] + 1, sums[1] + load, sums[2].max(load), sums[3] + i64::from(is_full)];
            }
            prop_assert_eq!(buckets.len(), expected.len());
            for (bucket, (name, [minutes, sum, max, full])) in buckets.iter().zip(expected) {
                prop_assert_eq!((&bucket.bucket, bucket.max), (&name, max));
                prop_assert!((bucket.mean - sum as f64 / minutes as f64).abs() < 1e-9, "{:?}", bucket);
                prop_assert!((bucket.hours - minutes as f64 / 60.0).abs() < 1e-9, "{:?}", bucket);
                let hours = limit.map(|_| full as f64 / 60.0);
                prop_assert!(bucket.full_hours.zip(hours).is_none_or(|(is, was)| (is - was).abs() < 1e-9));
                prop_assert_eq!(bucket.full_hours.is_some(), limit.is_some());
            }
        }
    }
}

#[test]
fn an_empty_period_has_no_hours_and_expects_nothing() {
    let period = period("2025-11-01", "2025-11-01", "UTC");
    let next = Interval::new(period.to, Timestamp(period.to.0 + 7 * DAY_MICROS));
    let always: Intervals = [next].into_iter().collect();
    let hours = staffing::by_hour(
        &ReportRows::default(),
        &period,
        &Default::default(),
        &staffing::alike([always.clone(), always].into_iter()),
        next,
    );
    assert!(
        hours.iter().all(|hour| (hour.hours, hour.people, hour.expected, hour.people_ahead) == (0.0, 0.0, 0.0, 2.0))
    );
    assert_eq!(as_csv(&hours).lines().nth(1), Some("0,0,0,0.000,0.000,0.000,2.000"));
}
