//! What holds for all calendars. What is open is compared with a walk over minutes that asks the zone for nothing but
//! what clocks show at a moment, and so knows no rule of its own for gaps and folds beyond what it says here.

use super::at;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use maitred_calendar::{
    Calendar, Day, Exception, HolidaySets, Interval, Intervals, Leave, LocalInterval, Schedule, Zones,
};
use maitred_core::Timestamp;
use proptest::prelude::*;

const MINUTE: i64 = 60_000_000;
const DAY: i64 = 1_440;
const ZONES: [&str; 24] = [
    "UTC",
    "Europe/Berlin",
    "Europe/London",
    "Europe/Moscow",
    "Europe/Dublin",
    "America/New_York",
    "America/St_Johns",
    "America/Havana",
    "America/Santiago",
    "America/Asuncion",
    "America/Scoresbysund",
    "America/Caracas",
    "Atlantic/Azores",
    "Africa/Cairo",
    "Africa/Casablanca",
    "Antarctica/Troll",
    "Asia/Beirut",
    "Asia/Kathmandu",
    "Asia/Tehran",
    "Asia/Pyongyang",
    "Australia/Sydney",
    "Australia/Lord_Howe",
    "Pacific/Apia",
    "Pacific/Chatham",
];

/// What a calendar is made of, before it is written as texts.
#[derive(Clone, Debug)]
struct Plan {
    zone: &'static str,
    /// Minutes since 1970, and how many of them.
    start: i64,
    length: i64,
    /// Days after the first local day that day 0 of the cycle is.
    anchor: i64,
    days: Vec<Vec<(u16, u16)>>,
    /// Days after the first local day; 0 closed, 1 only, 2 plus; hours.
    exceptions: Vec<(i64, u8, (u16, u16))>,
    /// Days after the first local day, and how many more.
    leave: Vec<(i64, i64)>,
}

fn hours() -> impl Strategy<Value = (u16, u16)> {
    // Quarters of an hour meet the edges of gaps and folds often.
    prop_oneof![
        (0u16..96, 1u16..97).prop_map(|(from, more)| (from * 15, from * 15 + more * 15)),
        (0u16..1_440, 1u16..1_441).prop_map(|(from, more)| (from, from + more)),
    ]
}

fn plan() -> impl Strategy<Value = Plan> {
    let days = prop::collection::vec(prop::collection::vec(hours(), 0..3), 1..9);
    let exceptions = prop::collection::vec((-1i64..8, 0u8..3, hours()), 0..4);
    let leave = prop::collection::vec((-1i64..8, 0i64..3), 0..2);
    let near = prop::option::weighted(0.7, (-90i64..150, -90i64..150));
    let start = (prop::sample::select(&ZONES[..]), 13_149_000i64..36_000_000, near);
    (start, 1i64..6 * DAY, -20i64..20, days, exceptions, leave).prop_map(
        |((zone, start, near), length, anchor, days, exceptions, leave)| {
            let plan = Plan { zone, start, length, anchor, days, exceptions, leave };
            near.map_or(plan.clone(), |edges| plan.near_a_change(edges))
        },
    )
}

impl Plan {
    /// Up to three days before the next change of clocks, if there is one, and with an interval whose edges are so many
    /// minutes after it.
    fn near_a_change(mut self, (from, to): (i64, i64)) -> Self {
        let (zone, now) = (self.zone(), jiff::Timestamp::from_second(self.start * 60).expect("a time"));
        let change = zone.following(now).next().map(|change| change.timestamp().as_second() / 60);
        let Some(change) = change.filter(|change| *change < 36_000_000) else { return self };
        self.start = change - self.start % (3 * DAY);
        let clocks = local(&zone, change - 1) + 1;
        let day = (clocks + from).div_euclid(DAY);
        let minutes = |edge: i64| u16::try_from(clocks + edge - day * DAY).expect("it is on that day or later");
        if from < to {
            self.exceptions.insert(0, (day - self.first_day(), 1, (minutes(from), minutes(to))));
        }
        self
    }

    fn zone(&self) -> TimeZone {
        Zones::bundled().get(self.zone).expect("a zone")
    }

    /// The local day on which the span begins, in days since 1970.
    fn first_day(&self) -> i64 {
        local(&self.zone(), self.start).div_euclid(DAY)
    }

    fn span(&self) -> Interval {
        Interval::new(Timestamp(self.start * MINUTE), Timestamp((self.start + self.length) * MINUTE))
    }

    /// One exception of a date; the others of it would contradict.
    fn exceptions(&self) -> Vec<(i64, u8, (u16, u16))> {
        let mut taken = std::collections::BTreeSet::new();
        self.exceptions.iter().copied().filter(|(day, ..)| taken.insert(*day)).collect()
    }

    /// The intervals of each day that do not overlap, nor last into the next ones.
    fn days(&self) -> Vec<Vec<(u16, u16)>> {
        let mut days: Vec<Vec<(u16, u16)>> = Vec::new();
        let mut busy_until = i64::MIN;
        for (day, hours) in (0i64..).zip(&self.days) {
            let mut kept: Vec<(u16, u16)> = Vec::new();
            let mut sorted = hours.clone();
            sorted.sort_unstable();
            for (from, to) in sorted {
                if day * DAY + i64::from(from) >= busy_until {
                    busy_until = day * DAY + i64::from(to);
                    kept.push((from, to));
                }
            }
            days.push(kept);
        }
        let length = i64::try_from(days.len()).expect("few days");
        // The last days reach into the first ones of the next turn.
        let first = (0i64..).zip(&days).find_map(|(day, hours)| Some(day * DAY + i64::from(hours.first()?.0)));
        if first.is_some_and(|first| busy_until > length * DAY + first) {
            days.iter_mut().for_each(|hours| hours.retain(|(_, to)| i64::from(*to) <= DAY));
        }
        days
    }

    fn calendar(&self) -> Calendar {
        let first = self.first_day();
        let interval = |(from, to): (u16, u16)| LocalInterval(clock(from), clock(to));
        let days = (0i64..).zip(self.days());
        Calendar {
            name: "Any".into(),
            zone: self.zone.into(),
            cycle_days: i64::try_from(self.days.len()).expect("few days"),
            anchor: Some(date(first + self.anchor)),
            days: days.map(|(day, hours)| Day { day, intervals: hours.into_iter().map(interval).collect() }).collect(),
            exceptions: self
                .exceptions()
                .into_iter()
                .map(|(day, kind, hours)| Exception {
                    date: date(first + day),
                    kind: ["closed", "only", "plus"][usize::from(kind)].into(),
                    intervals: if kind == 0 { vec![] } else { vec![interval(hours)] },
                })
                .collect(),
            holidays: vec![],
            leave: self
                .leave
                .iter()
                .map(|(day, more)| Leave { from: date(first + day), to: date(first + day + more) })
                .collect(),
        }
    }

    fn schedule(&self) -> Schedule {
        let checked = self.calendar().check(&Zones::bundled(), &HolidaySets::default());
        checked.unwrap_or_else(|mistakes| panic!("{mistakes:?}"))
    }
}

fn clock(minutes: u16) -> String {
    format!("{:02}:{:02}", minutes / 60, minutes % 60)
}

fn date(days: i64) -> String {
    let date = jiff::civil::date(1970, 1, 1).checked_add(jiff::Span::new().days(days)).expect("a date");
    date.to_string()
}

/// What clocks show, in minutes since the local 1970.
fn local(zone: &TimeZone, minute: i64) -> i64 {
    let shown: DateTime = zone.to_datetime(jiff::Timestamp::from_second(minute * 60).expect("a time"));
    let seconds = jiff::tz::Offset::UTC.to_timestamp(shown).expect("a time").as_second();
    seconds.div_euclid(60)
}

/// Clocks over some days: what they show in each minute.
struct Walk {
    start: i64,
    shown: Vec<i64>,
}

impl Walk {
    fn new(plan: &Plan) -> Self {
        let (start, end) = (plan.start - 5 * DAY, plan.start + plan.length + 5 * DAY);
        let zone = plan.zone();
        Self { start, shown: (start..end).map(|minute| local(&zone, minute)).collect() }
    }

    /// The first minute in which clocks show a time or have passed it.
    fn first(&self, time: i64) -> Option<usize> {
        self.shown.iter().position(|shown| *shown >= time)
    }

    /// The last minute in which clocks show a time, or, if they never do, the first after it.
    fn last(&self, time: i64) -> Option<usize> {
        self.shown.iter().rposition(|shown| *shown == time).or_else(|| self.first(time))
    }
}

/// Which minutes of the span are open.
fn open_minutes(plan: &Plan) -> Vec<bool> {
    let walk = Walk::new(plan);
    let mut open = vec![false; walk.shown.len()];
    let (first, days) = (plan.first_day(), plan.days());
    let cycle = i64::try_from(days.len()).expect("few days");
    for day in -4..plan.length / DAY + 3 {
        let base = &days[usize::try_from((day - plan.anchor).rem_euclid(cycle)).expect("not negative")];
        let mut hours = base.clone();
        if let Some((_, kind, other)) = plan.exceptions().into_iter().find(|(of, ..)| *of == day) {
            if kind < 2 {
                hours.clear();
            }
            if kind > 0 {
                hours.push(other);
            }
        }
        for (from, to) in hours {
            let midnight = (first + day) * DAY;
            let begin = walk.first(midnight + i64::from(from));
            let end = walk.last(midnight + i64::from(to));
            let (Some(begin), Some(end)) = (begin, end) else { continue };
            let in_leave = |(of, more): &(i64, i64)| {
                let leave = (first + of) * DAY..(first + of + more + 1) * DAY;
                begins_within(&walk, begin, &leave)
            };
            if begin < end && !plan.leave.iter().any(in_leave) {
                open[begin..end].fill(true);
            }
        }
    }
    for (day, more) in &plan.leave {
        let begin = walk.first((first + day) * DAY).unwrap_or(open.len());
        let end = walk.first((first + day + more + 1) * DAY).unwrap_or(open.len());
        open[begin.min(end)..end].fill(false);
    }
    let skipped = usize::try_from(plan.start - walk.start).expect("it starts before");
    open[skipped..skipped + usize::try_from(plan.length).expect("a length")].to_vec()
}

fn begins_within(walk: &Walk, minute: usize, days: &std::ops::Range<i64>) -> bool {
    let (begin, end) = (walk.first(days.start), walk.first(days.end));
    begin.is_some_and(|begin| begin <= minute) && end.is_none_or(|end| minute < end)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn what_is_open_is_what_a_walk_over_minutes_finds(plan in plan()) {
        let compiled = plan.schedule().compile(plan.span()).expect("a short span");
        let expected: Intervals = (plan.start..)
            .zip(open_minutes(&plan))
            .filter(|(_, is_open)| *is_open)
            .map(|(minute, _)| Interval::new(Timestamp(minute * MINUTE), Timestamp((minute + 1) * MINUTE)))
            .collect();
        prop_assert_eq!(compiled.open, expected);
    }

    #[test]
    fn a_span_is_the_sum_of_its_parts(plan in plan(), share in 0i64..101) {
        let (span, schedule) = (plan.span(), plan.schedule());
        let middle = Timestamp(span.from.0 + span.micros() * share / 100);
        let whole = schedule.compile(span).expect("a short span");
        let before = schedule.compile(Interval::new(span.from, middle)).expect("a short span");
        let after = schedule.compile(Interval::new(middle, span.until)).expect("a short span");
        prop_assert_eq!(before.open.union(&after.open), whole.open);
        prop_assert_eq!(before.leave.union(&after.leave), whole.leave);
    }

    #[test]
    fn intervals_are_sorted_apart_and_not_empty(plan in plan()) {
        let compiled = plan.schedule().compile(plan.span()).expect("a short span");
        let list = compiled.open.as_slice();
        prop_assert!(list.iter().all(|one| one.micros() > 0 && one.overlap(plan.span()) == *one));
        prop_assert!(list.windows(2).all(|pair| pair[0].until < pair[1].from));
        prop_assert!(list.iter().all(|one| compiled.leave.open_micros(*one) == 0));
    }

    #[test]
    fn so_many_open_minutes_later_so_many_have_passed(plan in plan(), minutes in 0i64..3_000, after in 0i64..2_000) {
        let open = plan.schedule().compile(plan.span()).expect("a short span").open;
        let from = Timestamp(plan.span().from.0 + after * MINUTE);
        match open.add_open(from, minutes * MINUTE) {
            Some(due) => {
                prop_assert_eq!(open.open_micros(Interval::new(from, due)), minutes * MINUTE);
                prop_assert!(open.is_open_at(due) || open.is_open_at(Timestamp(due.0 - 1)));
            }
            None => {
                let left = open.open_micros(Interval::new(from, plan.span().until));
                prop_assert!(left < minutes * MINUTE || left == 0);
            }
        }
    }

    #[test]
    fn any_texts_are_read_or_refused(calendar in any_calendar()) {
        let checked = calendar.check(&Zones::bundled(), &HolidaySets::default());
        match checked {
            Ok(schedule) => prop_assert!(schedule.horizon(at("2027-03-01T00:00:00Z")).is_ok()),
            Err(mistakes) => {
                prop_assert!(!mistakes.is_empty());
                prop_assert!(mistakes.iter().all(|one| one.pointer.starts_with('/')));
            }
        }
    }
}

fn text() -> impl Strategy<Value = String> {
    let known =
        ["2027-03-28", "1970-01-01", "2199-12-31", "00:00", "24:00", "48:00", "9:30", "2027-03-28T02:30", "closed"];
    let other =
        ["Europe/Berlin", "Pacific/Apia", "plus", "only", "RU", "2199-12-31T23:59:59", "1970-01-01T00:00:00+14:00"];
    prop_oneof![
        3 => prop::sample::select([known.as_slice(), other.as_slice()].concat()).prop_map(str::to_owned),
        1 => ".{0,12}",
    ]
}

fn any_calendar() -> impl Strategy<Value = Calendar> {
    let intervals = || prop::collection::vec((text(), text()).prop_map(|(from, to)| LocalInterval(from, to)), 0..3);
    let days = prop::collection::vec((-1i64..8, intervals()).prop_map(|(day, intervals)| Day { day, intervals }), 0..4);
    let exception = (text(), text(), intervals());
    let exceptions = exception.prop_map(|(date, kind, intervals)| Exception { date, kind, intervals });
    let leave = prop::collection::vec((text(), text()).prop_map(|(from, to)| Leave { from, to }), 0..3);
    let exceptions = prop::collection::vec(exceptions, 0..3);
    let holidays = prop::collection::vec(text(), 0..2);
    (text(), text(), 0i64..9, prop::option::of(text()), days, exceptions, holidays, leave).prop_map(
        |(name, zone, cycle_days, anchor, days, exceptions, holidays, leave)| Calendar {
            name,
            zone,
            cycle_days,
            anchor,
            days,
            exceptions,
            holidays,
            leave,
        },
    )
}
