//! iCalendar files as other programs write them, and as maitred does.

use super::{at, compile, interval, schedule};
use jiff::civil::{Date, date};
use maitred_calendar::ics::{self, EventTime, Import, ReadError};
use maitred_calendar::{Calendar, Interval, Zones};
use proptest::prelude::*;
use rstest::rstest;
use serde_json::json;

fn year() -> Interval {
    interval("2027-01-01T00:00:00Z", "2028-01-01T00:00:00Z")
}

fn read(file: &str) -> Import {
    let zones = Zones::bundled();
    let berlin = zones.get("Europe/Berlin").expect("a zone");
    ics::read(file.as_bytes(), &zones, &berlin, year()).expect("it is a calendar")
}

fn event(properties: &str) -> Import {
    read(&format!("BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\n{properties}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"))
}

fn times(properties: &str) -> Vec<EventTime> {
    let import = event(properties);
    assert!(import.refused.is_empty(), "{:?}", import.refused);
    import.events.into_iter().map(|event| event.time).collect()
}

fn days(first: Date, last: Date) -> EventTime {
    EventTime::Days { first, last }
}

fn moments(from: &str, until: &str) -> EventTime {
    EventTime::Moments(interval(from, until))
}

#[rstest]
#[case("DTSTART;VALUE=DATE:20270326", days(date(2027, 3, 26), date(2027, 3, 26)))]
// The end of whole days is the day after.
#[case("DTSTART;VALUE=DATE:20270810\r\nDTEND;VALUE=DATE:20270815", days(date(2027, 8, 10), date(2027, 8, 14)))]
#[case("DTSTART;VALUE=DATE:20270810\r\nDURATION:P1W", days(date(2027, 8, 10), date(2027, 8, 16)))]
#[case(
    "DTSTART;TZID=America/New_York:20270314T130000\r\nDTEND;TZID=America/New_York:20270314T150000",
    moments("2027-03-14T17:00:00Z", "2027-03-14T19:00:00Z")
)]
// A time without a zone is one of the calendar; clocks go forward between the two.
#[case("DTSTART:20270328T013000\r\nDTEND:20270328T040000", moments("2027-03-28T00:30:00Z", "2027-03-28T02:00:00Z"))]
#[case("DTSTART:20270328T013000\r\nDURATION:PT2H30M", moments("2027-03-28T00:30:00Z", "2027-03-28T03:00:00Z"))]
#[case("DTSTART:20270327T120000\r\nDURATION:P1D", moments("2027-03-27T11:00:00Z", "2027-03-28T10:00:00Z"))]
#[case("DTSTART:20270328T013000Z\r\nDTEND:20270328T023000Z", moments("2027-03-28T01:30:00Z", "2027-03-28T02:30:00Z"))]
#[case(
    "DTSTART;TZID=Europe/Berlin:20270610T100000\r\nDTEND;TZID=Europe/London:20270610T100000",
    moments("2027-06-10T08:00:00Z", "2027-06-10T09:00:00Z")
)]
fn an_event_has_a_time(#[case] properties: &str, #[case] expected: EventTime) {
    assert_eq!(times(properties), [expected]);
}

#[rstest]
#[case("FREQ=YEARLY", "20101003", "1003")]
#[case("FREQ=YEARLY;BYMONTH=11;BYDAY=4TH", "20201126", "1125")]
#[case("FREQ=YEARLY;BYMONTH=5;BYDAY=-1MO", "20200525", "0531")]
#[case("FREQ=MONTHLY;COUNT=3", "20270131", "0131 0331 0531")]
#[case("FREQ=MONTHLY;BYMONTHDAY=-1;COUNT=3", "20270131", "0131 0228 0331")]
#[case("FREQ=MONTHLY;BYDAY=1MO,3MO;UNTIL=20270215", "20270101", "0104 0118 0201 0215")]
#[case("FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,SU;COUNT=4;WKST=MO", "20270104", "0104 0110 0118 0124")]
#[case("FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,SU;COUNT=4;WKST=SU", "20270104", "0104 0117 0118 0131")]
#[case("FREQ=DAILY;INTERVAL=10;UNTIL=20270125T120000Z", "20270101", "0101 0111 0121")]
#[case("FREQ=DAILY;COUNT=5", "20261230", "0101 0102 0103")]
fn an_event_repeats(#[case] rule: &str, #[case] start: &str, #[case] expected: &str) {
    let found = times(&format!("DTSTART;VALUE=DATE:{start}\r\nRRULE:{rule}"));
    let shown = found.iter().map(|time| match time {
        EventTime::Days { first, last } if first == last => first.strftime("%m%d").to_string(),
        other => panic!("{other:?}"),
    });
    assert_eq!(shown.collect::<Vec<_>>().join(" "), expected);
}

#[test]
fn repetitions_keep_what_clocks_show_and_leave_out_what_is_excepted() {
    let rule = "DTSTART;TZID=Europe/Berlin:20270320T220000\r\nDTEND;TZID=Europe/Berlin:20270321T060000\r\n\
        RRULE:FREQ=WEEKLY;COUNT=3\r\nEXDATE;TZID=Europe/Berlin:20270403T220000";
    let expected = [
        moments("2027-03-20T21:00:00Z", "2027-03-21T05:00:00Z"),
        moments("2027-03-27T21:00:00Z", "2027-03-28T04:00:00Z"),
    ];
    assert_eq!(times(rule), expected);
}

#[test]
fn a_repetition_within_a_gap_is_nothing() {
    let rule = "DTSTART;TZID=Europe/Berlin:20270321T021500\r\nDTEND;TZID=Europe/Berlin:20270321T024500\r\n\
        RRULE:FREQ=WEEKLY;COUNT=3";
    let expected = [
        moments("2027-03-21T01:15:00Z", "2027-03-21T01:45:00Z"),
        moments("2027-04-04T00:15:00Z", "2027-04-04T00:45:00Z"),
    ];
    assert_eq!(times(rule), expected);
}

#[rstest]
#[case("SUMMARY:x", "the event has no DTSTART")]
#[case("DTSTART:tomorrow", "DTSTART is not a date or a time such as 20270328 or 20270328T090000")]
#[case(
    "DTSTART;TZID=W. Europe Standard Time:20270328T090000",
    "W. Europe Standard Time is not a time zone of the IANA database"
)]
#[case("DTSTART:20270328T090000", "the event does not end after it begins")]
#[case("DTSTART:20270328\r\nDTEND:20270328", "the event does not end after it begins")]
#[case("DTSTART:20270328\r\nDTEND:20270328T100000", "the event does not end after it begins")]
#[case("DTSTART:20270328\r\nDURATION:-P1D", "DURATION is not a length of time such as PT8H or P1D")]
#[case(
    "DTSTART:20270328\r\nRRULE:FREQ=MONTHLY;BYDAY=MO;BYSETPOS=-1",
    "the repetition BYSETPOS=-1 is not understood; list its dates as events"
)]
#[case(
    "DTSTART:20270328\r\nRRULE:FREQ=HOURLY",
    "the repetition FREQ=HOURLY is not understood; list its dates as events"
)]
#[case(
    "DTSTART:20270328\r\nRRULE:FREQ=YEARLY;BYDAY=20MO",
    "the repetition BYDAY=20MO is not understood; list its dates as events"
)]
#[case(
    "DTSTART:20270328\r\nRRULE:FREQ=YEARLY;BYDAY=MO",
    "the repetition FREQ=YEARLY;BYDAY=MO is not understood; list its dates as events"
)]
#[case("DTSTART:20270328\r\nRDATE:20270401", "RDATE is not understood; list its dates as events")]
fn what_is_not_understood_is_refused_by_name(#[case] properties: &str, #[case] expected: &str) {
    let import = event(properties);
    assert!(import.events.is_empty());
    let said: Vec<String> = import.refused.iter().map(|refusal| refusal.kind.to_string()).collect();
    assert_eq!(said, [expected]);
}

#[test]
fn a_file_of_another_program_is_read() {
    let file = "\u{feff}BEGIN:VCALENDAR\nPRODID:-//Google Inc//Google Calendar 70.9054//EN\nX-WR-CALNAME:Feiertage\n\
        BEGIN:VTIMEZONE\nTZID:Europe/Berlin\nBEGIN:STANDARD\nDTSTART:19701025T030000\nEND:STANDARD\nEND:VTIMEZONE\n\
        BEGIN:VEVENT\nDTSTART;VALUE=DATE:20270326\nDTEND;VALUE=DATE:20270327\nTRANSP:TRANSPARENT\n\
        SUMMARY:Kar\n freitag\\, frei\n\
        BEGIN:VALARM\nTRIGGER:-PT1H\nDTSTART:19990101\nEND:VALARM\nEND:VEVENT\n\
        BEGIN:VEVENT\nDTSTART;VALUE=DATE:20270401\nSTATUS:CANCELLED\nEND:VEVENT\n\
        BEGIN:VTODO\nDTSTART;VALUE=DATE:20270402\nEND:VTODO\n\
        BEGIN:VEVENT\nDTSTART;VALUE=DATE:20250101\nEND:VEVENT\nBEGIN:VEVENT\nDTSTART:20270103\nEND:VCALENDAR";
    let import = read(file);
    assert_eq!(import.name.as_deref(), Some("Feiertage"));
    let [only] = &import.events[..] else { panic!("{:?}", import.events) };
    assert_eq!((only.summary.as_str(), only.time), ("Karfreitag, frei", days(date(2027, 3, 26), date(2027, 3, 26))));
    let [cut] = &import.refused[..] else { panic!("{:?}", import.refused) };
    assert_eq!((cut.line, cut.kind.to_string().as_str()), (31, "the file ends within this event"));
    let cut = read("BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:20270103\n");
    assert_eq!(cut.refused[0].kind.to_string(), "the file ends within this event");
}

#[test]
fn events_become_holidays_exceptions_and_leave() {
    let file = "BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:20270810\nDTEND:20270812\nEND:VEVENT\n\
        BEGIN:VEVENT\nDTSTART:20270820T100000\nDTEND:20270820T120000\nEND:VEVENT\nEND:VCALENDAR\n";
    let import = read(file);
    assert_eq!(import.dates().into_iter().collect::<Vec<_>>(), [date(2027, 8, 10), date(2027, 8, 11)]);
    let calendar = Calendar {
        name: "Imported".into(),
        zone: "Europe/Berlin".into(),
        cycle_days: 7,
        exceptions: import.exceptions(),
        leave: import.leave(),
        ..Calendar::default()
    };
    let json = serde_json::to_value(&calendar).expect("it is JSON");
    assert_eq!(json["leave"][1], json!({"from": "2027-08-20T08:00:00Z", "to": "2027-08-20T10:00:00Z"}));
    let leave = compile(&schedule(json), "2027-08-01T00:00:00Z", "2027-09-01T00:00:00Z").leave;
    let expected = [
        interval("2027-08-09T22:00:00Z", "2027-08-11T22:00:00Z"),
        interval("2027-08-20T08:00:00Z", "2027-08-20T10:00:00Z"),
    ];
    assert_eq!(leave.as_slice(), expected);
}

#[test]
fn files_that_are_none_are_refused() {
    let zones = Zones::bundled();
    let of = |bytes: &[u8]| ics::read(bytes, &zones, &jiff::tz::TimeZone::UTC, year()).map(|_| ());
    assert_eq!(of(b"hello"), Err(ReadError::NotACalendar));
    assert_eq!(of(&[0xff, 0xfe]), Err(ReadError::NotUtf8));
    assert_eq!(of(&vec![b'a'; ics::CALENDAR_BYTES_MAX + 1]), Err(ReadError::TooLarge));
    let extreme = Interval::new(maitred_core::Timestamp(i64::MIN), maitred_core::Timestamp(i64::MAX));
    assert!(ics::read(b"BEGIN:VCALENDAR", &zones, &jiff::tz::TimeZone::UTC, extreme).is_ok());
}

#[test]
fn events_and_their_repetitions_are_bounded() {
    let daily = "BEGIN:VEVENT\nDTSTART:20270101\nRRULE:FREQ=DAILY\nEND:VEVENT\n".repeat(10);
    let many = read(&format!("BEGIN:VCALENDAR\n{daily}END:VCALENDAR\n"));
    assert_eq!(many.events.len(), ics::EVENTS_MAX);
    assert!(many.refused.iter().any(|refusal| refusal.kind == ics::Refused::TooMany));
    let old = "BEGIN:VEVENT\nDTSTART:19000101\nRRULE:FREQ=DAILY\nEXDATE:20270101\nEND:VEVENT\n".repeat(500);
    let long = read(&format!("BEGIN:VCALENDAR\n{old}END:VCALENDAR\n"));
    assert!(long.refused.iter().any(|refusal| refusal.kind == ics::Refused::RepeatsTooOften));
    assert_eq!((long.refused.len(), long.more_refused > 300), (ics::REFUSALS_MAX, true));
}

#[test]
fn what_is_open_is_written_as_events() {
    let days = json!([{"day": 5, "intervals": [["22:00", "06:00"]]}]);
    let name = "Ночная смена, Берлин; \\ выходные и праздники по очереди";
    let nights = schedule(json!({"name": name, "zone": "Europe/Berlin", "days": days}));
    let open = compile(&nights, "2027-03-26T00:00:00Z", "2027-04-05T00:00:00Z").open;
    let file = ics::write(name, "calendar-7", at("2026-11-29T09:00:00Z"), &open);
    assert!(file.ends_with("END:VCALENDAR\r\n") && file.split("\r\n").all(|line| line.len() <= 75));
    assert!(file.contains("\r\nUID:20270327T210000Z-calendar-7@maitred\r\nDTSTAMP:20261129T090000Z\r\n"));
    assert!(file.contains("\r\nDTSTART:20270327T210000Z\r\nDTEND:20270328T040000Z\r\nSUMMARY:Ночная смена\\, "));
    let again = read(&file);
    assert_eq!(again.name.as_deref(), Some(name));
    let found: Vec<EventTime> = again.events.iter().map(|event| event.time).collect();
    assert_eq!(found, open.as_slice().iter().copied().map(EventTime::Moments).collect::<Vec<_>>());
    assert!(again.events.iter().all(|event| event.summary == name));
}

fn line() -> impl Strategy<Value = String> {
    let names = [
        "BEGIN",
        "END",
        "DTSTART",
        "DTEND",
        "DURATION",
        "RRULE",
        "EXDATE",
        "SUMMARY",
        "STATUS",
        "DTSTART;TZID=Asia/Tokyo",
    ];
    let values = [
        "VEVENT",
        "VCALENDAR",
        "VALARM",
        "20270328",
        "20270328T023000",
        "21991231T235959Z",
        "19000101",
        "P99999W",
        "PT99999H",
        "FREQ=DAILY;INTERVAL=1000",
        "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=-31",
        "FREQ=WEEKLY;BYDAY=MO,TU;COUNT=0",
        "FREQ=MONTHLY;COUNT=4294967295",
    ];
    let known = (prop::sample::select(names.to_vec()), prop::sample::select(values.to_vec()));
    prop_oneof![
        8 => known.prop_map(|(name, value)| format!("{name}:{value}")),
        2 => Just("END:VEVENT".to_owned()),
        2 => Just("BEGIN:VEVENT".to_owned()),
        1 => ".{0,20}",
    ]
}

fn expect_sound(bytes: &[u8]) {
    let zones = Zones::bundled();
    let berlin = zones.get("Europe/Berlin").expect("a zone");
    let Ok(import) = ics::read(bytes, &zones, &berlin, year()) else { return };
    assert!(import.events.len() <= ics::EVENTS_MAX && import.refused.len() <= ics::REFUSALS_MAX);
    for event in &import.events {
        match event.time {
            EventTime::Days { first, last } => assert!(first <= last),
            EventTime::Moments(interval) => assert!(interval.overlap(year()).micros() > 0),
        }
    }
    let (_, _, _) = (import.dates(), import.exceptions(), import.leave());
}

proptest! {
    #[test]
    fn any_lines_are_read_or_refused(lines in prop::collection::vec(line(), 0..30)) {
        expect_sound(format!("BEGIN:VCALENDAR\r\n{}\r\n", lines.join("\r\n")).as_bytes());
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        expect_sound(&bytes);
        expect_sound(&[b"BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:".as_slice(), &bytes].concat());
    }
}
