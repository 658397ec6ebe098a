//! Public holidays against lists that others publish.

use jiff::civil::{Date, Weekday, date};
use maitred_calendar::{HolidaySets, holidays};
use std::collections::BTreeSet;

/// A line for each code and year; see its head.
const PUBLISHED: &str = include_str!("published.txt");

fn dates(code: &str, year: i16) -> Vec<Date> {
    HolidaySets::default().get(code).expect("it is shipped").dates(year..=year).into_iter().collect()
}

#[test]
fn every_set_is_what_is_published() {
    let (mut compared, mut wrong) = (BTreeSet::new(), Vec::new());
    for line in PUBLISHED.lines().filter(|line| !line.starts_with('#')) {
        let mut fields = line.split(' ');
        let (code, year) = (fields.next().expect("a code"), fields.next().expect("a year").parse().expect("a year"));
        let read = |day: &str| date(year, day[..2].parse().expect("a month"), day[2..].parse().expect("a day"));
        let expected: BTreeSet<Date> = fields.map(read).collect();
        let ours = BTreeSet::from_iter(dates(code, year));
        let other: Vec<Date> = ours.symmetric_difference(&expected).copied().collect();
        // The list has the Sundays of Easter and Whitsun, which Belgium's law does not name, and the Sunday to which
        // Italy moved the day of its forces so that it is no free day.
        let is_right = other.iter().all(|date| ["BE", "IT"].contains(&code) && date.weekday() == Weekday::Sunday);
        if !is_right {
            wrong.push((code, other));
        }
        compared.insert(code);
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    let all: BTreeSet<String> = HolidaySets::default().codes().map(str::to_owned).collect();
    let only_here = all.into_iter().filter(|code| !compared.contains(code.as_str())).collect::<Vec<_>>();
    assert_eq!(only_here, ["GB"]);
}

#[test]
fn the_whole_of_britain_has_what_all_parts_have() {
    let parts = ["GB-ENG", "GB-NIR", "GB-SCT", "GB-WLS"].map(|code| dates(code, 2027));
    let common: Vec<Date> =
        parts[0].iter().filter(|date| parts.iter().all(|part| part.contains(date))).copied().collect();
    assert_eq!(dates("GB", 2027), common);
}

/// Nodes with other dates must know that they have others. If this fails because a law changed: raise the version, and
/// put the new number here.
#[test]
fn the_version_goes_up_with_the_dates() {
    let sets = HolidaySets::default();
    let all = sets.codes().flat_map(|code| sets.get(code).expect("it is shipped").dates(1990..=2060));
    let sum = all.fold(0u64, |sum, date| {
        let day = i64::from((date - jiff::civil::date(1970, 1, 1)).get_days());
        sum.wrapping_mul(0x0100_0000_01b3) ^ u64::try_from(day).expect("it is after 1970")
    });
    assert_eq!((holidays::VERSION, sum), (1, 1_270_229_972_549_434_030));
}

#[test]
fn sets_of_ones_own_stand_beside_those_that_are_shipped() {
    let mut sets = HolidaySets::default();
    let free = BTreeSet::from([date(2027, 5, 14), date(2028, 5, 26)]);
    assert!(sets.add("Bridge days", free.clone()));
    assert!(!sets.add("de", free.clone()) && !sets.add(" ", free.clone()) && !sets.add("a\nb", free));
    let set = sets.get("bridge DAYS").expect("it was added");
    assert_eq!(set.dates(2027..=2027), BTreeSet::from([date(2027, 5, 14)]));
    assert_eq!((set.known_until(), set.code()), (Some(2028), "Bridge days"));
    assert_eq!(sets.get("RU").and_then(|set| set.known_until()), Some(2027));
    assert_eq!(sets.get("DE").and_then(|set| set.known_until()), None);
}

#[test]
fn a_list_has_a_date_in_each_line() {
    let text = "\u{feff}# Works outing and bridge days\n2027-05-14\n\n 2027-05-28;Bridge day\r\n2027-05-14 again\n";
    assert_eq!(holidays::list(text), Ok(BTreeSet::from([date(2027, 5, 14), date(2027, 5, 28)])));
    assert_eq!(holidays::list("2027-05-14\n14.05.2027\n2027-02-29 x\nü"), Err(vec![2, 3, 4]));
}
