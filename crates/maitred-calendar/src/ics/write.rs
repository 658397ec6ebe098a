//! What is open as an iCalendar file, for programs that show calendars.

use crate::compile::jiff_timestamp;
use maitred_core::Timestamp;
use maitred_core::intervals::Intervals;

/// The most octets of a line, without its end (RFC 5545, section 3.1).
const LINE_BYTES_MAX: usize = 75;

/// A file with one event for each interval. The id has to mean this calendar alone; with the start of an interval it
/// makes the UID of an event, so that a program that reads the file again replaces what it had. Times are whole
/// seconds.
#[must_use]
pub fn write(name: &str, id: &str, written_at: Timestamp, open: &Intervals) -> String {
    let mut file = String::new();
    let mut line = |property: &str, value: &str| fold(&mut file, &format!("{property}:{value}"));
    line("BEGIN", "VCALENDAR");
    line("VERSION", "2.0");
    line("PRODID", "-//maitred//calendar//EN");
    line("CALSCALE", "GREGORIAN");
    line("X-WR-CALNAME", &escaped(name));
    for interval in open.as_slice() {
        let start = time(interval.from);
        line("BEGIN", "VEVENT");
        line("UID", &escaped(&format!("{start}-{id}@maitred")));
        line("DTSTAMP", &time(written_at));
        line("DTSTART", &start);
        line("DTEND", &time(interval.until));
        line("SUMMARY", &escaped(name));
        line("END", "VEVENT");
    }
    line("END", "VCALENDAR");
    file
}

fn time(at: Timestamp) -> String {
    jiff_timestamp(at).strftime("%Y%m%dT%H%M%SZ").to_string()
}

/// A TEXT value (section 3.3.11).
fn escaped(text: &str) -> String {
    let mut value = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\\' | ';' | ',' => value.extend(['\\', c]),
            '\n' => value.push_str("\\n"),
            c if c.is_control() => {}
            c => value.push(c),
        }
    }
    value
}

/// Adds a line, folded between characters so that no part of it is too long.
fn fold(file: &mut String, line: &str) {
    let mut length = 0;
    for c in line.chars() {
        if length + c.len_utf8() > LINE_BYTES_MAX {
            file.push_str("\r\n ");
            length = 1;
        }
        file.push(c);
        length += c.len_utf8();
    }
    file.push_str("\r\n");
}
