//! What it costs to compile a calendar: a horizon, and a year.

use criterion::{Criterion, criterion_group, criterion_main};
use maitred_calendar::{Calendar, HolidaySets, Interval, Schedule, Zones};
use maitred_core::Timestamp;
use std::hint::black_box;

/// 2027-01-01 in UTC.
const START: Timestamp = Timestamp(1_798_761_600_000_000);
const YEAR_MICROS: i64 = 365 * 86_400_000_000;

/// Two intervals a day, public holidays, some exceptions and three weeks of leave.
fn office() -> Schedule {
    let days: Vec<String> = (0..6)
        .map(|day| format!(r#"{{"day": {day}, "intervals": [["09:00", "13:00"], ["14:00", "18:00"]]}}"#))
        .collect();
    let json = format!(
        r#"{{"name": "Office", "zone": "Europe/Berlin", "days": [{}], "holidays": ["DE-BY"],
            "exceptions": [{{"date": "2027-05-07", "kind": "closed"}}],
            "leave": [{{"from": "2027-02-01", "to": "2027-02-05"}}, {{"from": "2027-08-02", "to": "2027-08-13"}}]}}"#,
        days.join(", ")
    );
    let calendar: Calendar = serde_json::from_str(&json).expect("a calendar");
    calendar.check(&Zones::bundled(), &HolidaySets::default()).expect("nothing is wrong with it")
}

fn compiling(c: &mut Criterion) {
    let office = office();
    c.bench_function("compile a horizon", |bencher| bencher.iter(|| office.horizon(black_box(START))));
    let year = Interval::new(START, Timestamp(START.0 + YEAR_MICROS));
    c.bench_function("compile a year", |bencher| bencher.iter(|| office.compile(black_box(year))));
    let open = office.compile(year).expect("a year").open;
    let late = Timestamp(START.0 + YEAR_MICROS * 9 / 10);
    c.bench_function("ask a year when it opens", |bencher| bencher.iter(|| open.next_opening(black_box(late))));
}

criterion_group!(benches, compiling);
criterion_main!(benches);
