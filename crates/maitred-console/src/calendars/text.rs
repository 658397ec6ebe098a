//! Hours, exceptions and leave as people type them into a form, a line for each. What they mean is checked by
//! maitred-calendar; here they are only taken apart.

use maitred_calendar::{Exception, Leave, LocalInterval};

/// `09:00-13:00, 14:00-18:00` as intervals. What is no interval becomes one that the check refuses.
pub(crate) fn intervals(text: &str) -> Vec<LocalInterval> {
    let parts = text.split([',', ';']).map(str::trim).filter(|part| !part.is_empty());
    let part = |part: &str| {
        let (from, to) = part.split_once(['-', '–', '—']).unwrap_or((part, ""));
        LocalInterval(time(from), time(to))
    };
    parts.map(part).collect()
}

/// `9` and `9:00` are meant as `09:00`.
fn time(text: &str) -> String {
    let text = text.trim();
    let (hours, minutes) = text.split_once([':', '.']).unwrap_or((text, "00"));
    if hours.len() == 1 { format!("0{hours}:{minutes}") } else { format!("{hours}:{minutes}") }
}

pub(crate) fn intervals_text(intervals: &[LocalInterval]) -> String {
    let parts: Vec<String> = intervals.iter().map(|LocalInterval(from, to)| format!("{from}–{to}")).collect();
    parts.join(", ")
}

/// Lines such as `2027-05-07 closed` and `2027-05-08 only 10:00-14:00`.
pub(crate) fn exceptions(text: &str) -> Vec<Exception> {
    let line = |line: &str| {
        let (date, rest) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
        let rest = rest.trim();
        let (kind, rest) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
        Exception { date: date.to_owned(), kind: kind.to_lowercase(), intervals: intervals(rest) }
    };
    lines(text).map(line).collect()
}

pub(crate) fn exceptions_text(exceptions: &[Exception]) -> String {
    let line =
        |it: &Exception| format!("{} {} {}", it.date, it.kind, intervals_text(&it.intervals)).trim_end().to_owned();
    exceptions.iter().map(line).collect::<Vec<_>>().join("\n")
}

/// Lines such as `2027-08-02 2027-08-13`; one date is a day.
pub(crate) fn leave(text: &str) -> Vec<Leave> {
    let line = |line: &str| {
        let mut words = line.split_whitespace().filter(|word| !matches!(*word, "-" | "–" | "—"));
        let from = words.next().unwrap_or_default().to_owned();
        Leave { to: words.next().map_or_else(|| from.clone(), str::to_owned), from }
    };
    lines(text).map(line).collect()
}

pub(crate) fn leave_text(leave: &[Leave]) -> String {
    leave.iter().map(|it| format!("{} – {}", it.from, it.to)).collect::<Vec<_>>().join("\n")
}

/// Codes with commas or spaces between them.
pub(super) fn codes(text: &str) -> Vec<String> {
    let codes = text.split([',', ';', ' ', '\n', '\r']).map(str::trim).filter(|code| !code.is_empty());
    codes.map(str::to_uppercase).collect()
}

fn lines(text: &str) -> impl Iterator<Item = &str> {
    text.lines().map(str::trim).filter(|line| !line.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_written_is_read_again() {
        let hours = intervals("9-13:00, 14.30 – 18:00");
        assert_eq!(intervals_text(&hours), "09:00–13:00, 14:30–18:00");
        assert_eq!(intervals(&intervals_text(&hours)), hours);
        let days = "2027-05-07 closed\n2027-05-08 only 10:00–14:00";
        assert_eq!(exceptions_text(&exceptions(days)), days);
        assert_eq!(
            leave_text(&leave("2027-08-02 2027-08-13\n\n 2027-09-01 ")),
            "2027-08-02 – 2027-08-13\n2027-09-01 – 2027-09-01"
        );
        assert_eq!(leave(&leave_text(&leave("2027-08-02 2027-08-13"))).len(), 1);
        assert_eq!(codes("de-by, AT"), ["DE-BY", "AT"]);
    }

    #[test]
    fn what_is_nothing_stays_for_the_check() {
        assert_eq!(intervals("morning"), [LocalInterval("morning:00".into(), ":00".into())]);
        assert_eq!(exceptions("soon")[0].kind, "");
    }
}
