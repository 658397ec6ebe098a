//! The events of a file, repetitions and all, and what was refused of it.

use super::lines::{Property, properties, text};
use super::repeat;
use super::times::{self, Duration, Time, duration};
use super::{CALENDAR_BYTES_MAX, EVENTS_MAX, REFUSALS_MAX, REPETITIONS_MAX, SUMMARY_CHARS_MAX};
use crate::compile::{Edge, jiff_timestamp, known};
use crate::definition::{Exception, Leave};
use crate::zones::Zones;
use jiff::ToSpan;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use maitred_core::Timestamp;
use maitred_core::intervals::Interval;
use std::collections::BTreeSet;
use std::fmt;

/// What a file says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Import {
    /// What programs show as the name of the calendar.
    pub name: Option<String>,
    pub events: Vec<Event>,
    /// At most [`REFUSALS_MAX`].
    pub refused: Vec<Refusal>,
    /// Beyond those.
    pub more_refused: usize,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    pub summary: String,
    pub time: EventTime,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EventTime {
    /// Whole days of whatever zone the calendar has, both included.
    Days {
        first: Date,
        last: Date,
    },
    Moments(Interval),
}

/// An event that was left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The line of the file that is to blame.
    pub line: usize,
    pub kind: Refused,
}

/// Why an event was left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refused {
    NoStart,
    /// The property whose value is none.
    NotATime(String),
    /// DURATION is no length of time, or none that goes forward.
    NotALength,
    UnknownZone(String),
    /// It ends when it begins, or before.
    NoLength,
    /// The part of the rule that is not understood.
    Rule(String),
    RepeatsTooOften,
    /// A property that changes or adds repetitions.
    NotUnderstood(String),
    /// The file ends before the event does.
    NotEnded,
    TooMany,
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoStart => f.write_str("the event has no DTSTART"),
            Self::NotATime(name) => write!(f, "{name} is not a date or a time such as 20270328 or 20270328T090000"),
            Self::NotALength => f.write_str("DURATION is not a length of time such as PT8H or P1D"),
            Self::UnknownZone(name) => write!(f, "{name} is not a time zone of the IANA database"),
            Self::NoLength => f.write_str("the event does not end after it begins"),
            Self::Rule(part) => write!(f, "the repetition {part} is not understood; list its dates as events"),
            Self::RepeatsTooOften => {
                write!(f, "the events of the file repeat more often than {REPETITIONS_MAX} times; split it")
            }
            Self::NotUnderstood(name) => write!(f, "{name} is not understood; list its dates as events"),
            Self::NotEnded => f.write_str("the file ends within this event"),
            Self::TooMany => write!(f, "the file has more than {EVENTS_MAX} events; split it"),
        }
    }
}

/// Why a file was not read at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReadError {
    TooLarge,
    NotUtf8,
    NotACalendar,
}

impl std::error::Error for ReadError {}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLarge => write!(f, "has more than {CALENDAR_BYTES_MAX} bytes; split it"),
            Self::NotUtf8 => f.write_str("is not UTF-8, which iCalendar files are"),
            Self::NotACalendar => f.write_str("is not an iCalendar file: it has no BEGIN:VCALENDAR"),
        }
    }
}

/// Reads the events of a file that have a part in a span, as far as it is within the years that calendars are for.
/// Times without a zone are those of the zone that is given.
///
/// # Errors
/// [`ReadError`] if it is no iCalendar file. What is wrong with single events is in [`Import::refused`].
pub fn read(bytes: &[u8], zones: &Zones, zone: &TimeZone, span: Interval) -> Result<Import, ReadError> {
    if bytes.len() > CALENDAR_BYTES_MAX {
        return Err(ReadError::TooLarge);
    }
    let text = std::str::from_utf8(bytes).map_err(|_| ReadError::NotUtf8)?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let span = span.overlap(known());
    let mut reader = Reader { zones, zone, span, left: REPETITIONS_MAX, import: Import::default() };
    let mut is_calendar = false;
    let mut components: Vec<String> = Vec::new();
    let mut event: Option<Draft> = None;
    for property in properties(text) {
        match property.name.as_str() {
            "BEGIN" => {
                let name = property.value.trim().to_ascii_uppercase();
                is_calendar |= name == "VCALENDAR";
                if name == "VEVENT" && event.is_none() {
                    event = Some(Draft { line: property.line, properties: Vec::new() });
                    components.clear();
                } else if event.is_some() && components.len() < 16 {
                    components.push(name);
                }
            }
            "END" if components.pop().is_some() => {}
            "END" => {
                let is_whole = property.value.trim().eq_ignore_ascii_case("VEVENT");
                event.take().into_iter().for_each(|draft| reader.finish(&draft, is_whole));
            }
            _ => match &mut event {
                // What stands in an alarm of the event is not of the event.
                Some(draft) if components.is_empty() => draft.properties.push(property),
                Some(_) => {}
                None => reader.name(&property),
            },
        }
    }
    event.into_iter().for_each(|draft| reader.finish(&draft, false));
    is_calendar.then_some(reader.import).ok_or(ReadError::NotACalendar)
}

/// The properties of an event.
struct Draft {
    line: usize,
    properties: Vec<Property>,
}

impl Draft {
    fn get(&self, name: &str) -> Option<&Property> {
        self.properties.iter().find(|property| property.name == name)
    }
}

struct Reader<'a> {
    zones: &'a Zones,
    zone: &'a TimeZone,
    span: Interval,
    /// How many repetitions may still be looked at.
    left: usize,
    import: Import,
}

impl Reader<'_> {
    fn name(&mut self, property: &Property) {
        if matches!(property.name.as_str(), "X-WR-CALNAME" | "NAME") && self.import.name.is_none() {
            self.import.name = Some(text(&property.value, SUMMARY_CHARS_MAX)).filter(|name| !name.is_empty());
        }
    }

    fn refuse(&mut self, line: usize, kind: Refused) {
        if self.import.refused.len() < REFUSALS_MAX {
            self.import.refused.push(Refusal { line, kind });
        } else {
            self.import.more_refused += 1;
        }
    }

    fn finish(&mut self, draft: &Draft, is_whole: bool) {
        if is_whole { self.add(draft) } else { self.refuse(draft.line, Refused::NotEnded) }
    }

    fn add(&mut self, draft: &Draft) {
        let status = draft.get("STATUS").map(|status| status.value.trim().to_ascii_uppercase());
        if status.as_deref() == Some("CANCELLED") {
            return;
        }
        match self.times(draft) {
            Err((line, kind)) => self.refuse(line, kind),
            Ok(times) => {
                let room = EVENTS_MAX - self.import.events.len();
                if times.len() > room {
                    self.refuse(draft.line, Refused::TooMany);
                }
                let summary = draft.get("SUMMARY").map(|said| text(&said.value, SUMMARY_CHARS_MAX)).unwrap_or_default();
                let events = times.into_iter().take(room).map(|time| Event { summary: summary.clone(), time });
                self.import.events.extend(events);
            }
        }
    }

    /// When an event is, each repetition within the span.
    fn times(&mut self, draft: &Draft) -> Result<Vec<EventTime>, (usize, Refused)> {
        // A repetition that is moved, and dates beyond the rule: without them the event would be another.
        for name in ["RECURRENCE-ID", "RDATE", "EXRULE"] {
            if let Some(property) = draft.get(name) {
                return Err((property.line, Refused::NotUnderstood(name.to_owned())));
            }
        }
        let at = |property: &Property| self.time(property, &property.value);
        let start = at(draft.get("DTSTART").ok_or((draft.line, Refused::NoStart))?)?;
        let length = match (draft.get("DTEND"), draft.get("DURATION")) {
            (Some(end), _) => Length::until(&start, &at(end)?).ok_or((end.line, Refused::NoLength))?,
            (None, Some(lasts)) => Length::Duration(duration(&lasts.value).ok_or((lasts.line, Refused::NotALength))?),
            (None, None) => Length::Duration(Duration::DAY),
        };
        if matches!(start, Time::Local(..)) && draft.get("DTEND").is_none() && draft.get("DURATION").is_none() {
            return Err((draft.line, Refused::NoLength));
        }
        let left_out = self.left_out(draft)?;
        let starts = match draft.get("RRULE") {
            None => vec![start],
            Some(rule) => repeat::rule(&rule.value, self.zone)
                .and_then(|rule| rule.starts(&start, self.end(), &mut self.left))
                .map_err(|refused| (rule.line, refused))?,
        };
        let mut found = Vec::new();
        for start in starts.iter().filter(|start| !left_out.contains(&start.key())) {
            let time = length.time(start).ok_or((draft.line, Refused::NoLength))?;
            if self.is_within(time) {
                found.push(time);
            }
        }
        Ok(found)
    }

    fn time(&self, property: &Property, value: &str) -> Result<Time, (usize, Refused)> {
        times::time(property, value, self.zones, self.zone).map_err(|refused| (property.line, refused))
    }

    /// The repetitions that EXDATE leaves out.
    fn left_out(&self, draft: &Draft) -> Result<BTreeSet<(bool, Timestamp)>, (usize, Refused)> {
        let mut found = BTreeSet::new();
        for property in draft.properties.iter().filter(|property| property.name == "EXDATE") {
            for value in property.value.split(',') {
                found.insert(self.time(property, value)?.key());
            }
        }
        Ok(found)
    }

    /// Days begin earlier in some zones than in UTC.
    fn end(&self) -> Timestamp {
        Timestamp(self.span.until.0.saturating_add(crate::compile::DAY_MICROS))
    }

    fn is_within(&self, time: EventTime) -> bool {
        match time {
            EventTime::Moments(interval) => interval.overlap(self.span).micros() > 0,
            EventTime::Days { first, last } => {
                let date = |at: Timestamp| self.zone.to_datetime(jiff_timestamp(at)).date();
                first <= date(self.span.until) && date(self.span.from) <= last
            }
        }
    }
}

/// How long each repetition lasts.
#[derive(Clone, Copy)]
enum Length {
    Duration(Duration),
    /// What clocks show at the end, so many days later.
    Clock {
        days: i64,
        time: jiff::civil::Time,
    },
    /// An end in another zone than the start's.
    Micros(i64),
}

impl Length {
    /// That of an event with these ends, if the second is after the first.
    fn until(start: &Time, end: &Time) -> Option<Self> {
        let days = i64::from((end.date() - start.date()).get_days());
        let is_longer = end.instant(Edge::End) > start.instant(Edge::Start);
        match (start, end) {
            (Time::Day(_), Time::Day(_)) => (days > 0).then_some(Self::Duration(Duration::of_days(days))),
            (Time::Local(_, from), Time::Local(at, to)) if from == to => {
                is_longer.then(|| Self::Clock { days, time: at.time() })
            }
            (Time::Local(..), Time::Local(..)) => {
                is_longer.then(|| Self::Micros(end.instant(Edge::End).0 - start.instant(Edge::Start).0))
            }
            _ => None,
        }
    }

    /// One repetition. It has no length if all of it is in a gap.
    fn time(self, start: &Time) -> Option<EventTime> {
        let Time::Local(_, zone) = start else {
            let Self::Duration(lasts) = self else { return None };
            return Some(EventTime::Days { first: start.date(), last: lasts.last_day(start.date())? });
        };
        let from = start.instant(Edge::Start);
        let until = match self {
            Self::Duration(lasts) => lasts.after(start)?,
            Self::Clock { days, time } => {
                let date = start.date().checked_add(days.days()).ok().filter(|date| date.year() < 9_000)?;
                Time::Local(date.to_datetime(time), zone.clone()).instant(Edge::End)
            }
            Self::Micros(micros) => Timestamp(from.0.checked_add(micros)?),
        };
        Some(EventTime::Moments(Interval::new(from, until)))
    }
}

impl Import {
    /// The dates of events that take whole days: a set of holidays. Events at times of day are left out.
    #[must_use]
    pub fn dates(&self) -> BTreeSet<Date> {
        let days = self.events.iter().filter_map(|event| match event.time {
            EventTime::Days { first, last } => Some(first.series(1.day()).take_while(move |date| *date <= last)),
            EventTime::Moments(_) => None,
        });
        days.flatten().take(crate::holidays::DATES_MAX + 1).collect()
    }

    /// The same dates as exceptions on which a calendar is closed.
    #[must_use]
    pub fn exceptions(&self) -> Vec<Exception> {
        let closed = |date: Date| Exception { date: date.to_string(), kind: "closed".to_owned(), intervals: vec![] };
        self.dates().into_iter().map(closed).collect()
    }

    /// All events as leave.
    #[must_use]
    pub fn leave(&self) -> Vec<Leave> {
        let leave = self.events.iter().map(|event| match event.time {
            EventTime::Days { first, last } => Leave { from: first.to_string(), to: last.to_string() },
            EventTime::Moments(Interval { from, until }) => {
                let text = |at| jiff_timestamp(at).to_string();
                Leave { from: text(from), to: text(until) }
            }
        });
        leave.collect()
    }
}
