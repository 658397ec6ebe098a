//! Times for people, as `<time>` elements: ages that tick, moments of a day. What stands in them is right without a
//! script, in the viewer's time zone where it is known and else in UTC; the script puts every one into the zone of the
//! browser and lets ages tick. Nothing here reads a clock.

use crate::texts::Texts;
use jiff::civil::{DateTime, Weekday};
use jiff::tz::TimeZone;
use maitred_app::periods::local;
use maitred_core::Timestamp;
use maitred_core::limits::Invalid;
use maitred_store::clock::{parse_rfc3339, rfc3339};

/// How long ago, ticking: `3 min 07 s`. For ages that matter by the second.
#[must_use]
pub fn age(t: Texts, now: Timestamp, at: Timestamp) -> String {
    element("age", at, &duration(t, now.0.saturating_sub(at.0)))
}

/// How long until then, ticking: `45 s`. For what is over then.
#[must_use]
pub fn left(t: Texts, now: Timestamp, at: Timestamp) -> String {
    element("left", at, &duration(t, at.0.saturating_sub(now.0)))
}

/// How long ago, in one unit: `3 min ago`.
#[must_use]
pub fn ago(t: Texts, now: Timestamp, at: Timestamp) -> String {
    element("ago", at, &t.of("time-ago", &coarse(t, now.0.saturating_sub(at.0))))
}

/// The time of day: `14:03:07`.
#[must_use]
pub fn clock(zone: &TimeZone, at: Timestamp) -> String {
    element("clock", at, &local(zone, at, "%H:%M:%S"))
}

/// Day and time: `2026-11-21 14:03:07`.
#[must_use]
pub fn moment(zone: &TimeZone, at: Timestamp) -> String {
    element("moment", at, &local(zone, at, "%Y-%m-%d %H:%M:%S"))
}

/// A moment that is not far, to the minute: `14:00` today, `Tue 14:00` on one of the next days, else with its date.
#[must_use]
pub fn soon(t: Texts, zone: &TimeZone, now: Timestamp, at: Timestamp) -> String {
    const DAYS_NEAR: i64 = 6;
    let date =
        |at: Timestamp| jiff::Timestamp::from_microsecond(at.0).unwrap_or_default().to_zoned(zone.clone()).date();
    let (today, day) = (date(now), date(at));
    let ahead = (day - today).get_days();
    let text = match i64::from(ahead) {
        0 => local(zone, at, "%H:%M"),
        1..=DAYS_NEAR => format!("{} {}", weekday(t, day.weekday()), local(zone, at, "%H:%M")),
        _ => local(zone, at, "%Y-%m-%d %H:%M"),
    };
    element("soon", at, &text)
}

/// A day of the week in two or three letters.
pub(crate) fn weekday(t: Texts, day: Weekday) -> String {
    t.t(&format!("weekday-{}", day.to_monday_zero_offset()))
}

/// Day and time without anything around them, for files: `2026-11-21 14:03:07`.
#[must_use]
pub fn plain(zone: &TimeZone, at: Timestamp) -> String {
    local(zone, at, "%Y-%m-%d %H:%M:%S")
}

/// Day and time to the minute, as a field of a form holds it: `2026-11-21T14:03`.
#[must_use]
pub fn minute(zone: &TimeZone, at: Timestamp) -> String {
    local(zone, at, "%Y-%m-%dT%H:%M")
}

/// The day: `2026-11-21`.
#[must_use]
pub fn day(zone: &TimeZone, at: Timestamp) -> String {
    local(zone, at, "%Y-%m-%d")
}

/// A length of time in its two largest units: `12 s`, `3 min 07 s`, `2 h 05 min`, `3 d 4 h`.
#[must_use]
pub fn duration(t: Texts, micros: i64) -> String {
    let seconds = micros.max(0) / 1_000_000;
    let (minutes, hours, days) = (seconds / 60, seconds / 3_600, seconds / 86_400);
    let [d, h, min, s] = units(t);
    match (days, hours, minutes) {
        (0, 0, 0) => format!("{seconds}\u{a0}{s}"),
        (0, 0, _) => format!("{minutes}\u{a0}{min} {:02}\u{a0}{s}", seconds % 60),
        (0, _, _) => format!("{hours}\u{a0}{h} {:02}\u{a0}{min}", minutes % 60),
        _ => format!("{days}\u{a0}{d} {}\u{a0}{h}", hours % 24),
    }
}

/// A length of time that may be short: `12 ms`, `1.3 s`, `3 min 07 s`.
#[must_use]
pub fn span(t: Texts, micros: i64) -> String {
    match u64::try_from(micros) {
        Ok(short @ 0..10_000_000) => fine(t, std::time::Duration::from_micros(short)),
        _ => duration(t, micros),
    }
}

/// What a request took: `0.8 ms`, `12 ms`, `1.3 s`.
#[must_use]
pub fn fine(t: Texts, took: std::time::Duration) -> String {
    let millis = took.as_secs_f64() * 1e3;
    let point = t.t("decimal-mark");
    let with_point = |number: f64| format!("{number:.1}").replace('.', &point);
    let [.., s] = units(t);
    match millis {
        ..9.95 => format!("{}\u{a0}{}", with_point(millis), t.t("unit-ms")),
        ..999.5 => format!("{millis:.0}\u{a0}{}", t.t("unit-ms")),
        _ => format!("{}\u{a0}{s}", with_point(millis / 1e3)),
    }
}

fn coarse(t: Texts, micros: i64) -> String {
    let seconds = micros.max(0) / 1_000_000;
    let [d, h, min, s] = units(t);
    match seconds {
        0..60 => format!("{seconds}\u{a0}{s}"),
        60..3_600 => format!("{}\u{a0}{min}", seconds / 60),
        3_600..86_400 => format!("{}\u{a0}{h}", seconds / 3_600),
        _ => format!("{}\u{a0}{d}", seconds / 86_400),
    }
}

/// Reads a time as a browser's field has it, `2026-11-21T14:03`, or with an offset.
///
/// # Errors
/// When it is something else.
pub(crate) fn read(zone: &TimeZone, text: &str) -> Result<Timestamp, Invalid> {
    if let Ok(at) = parse_rfc3339(&text.replace(' ', "+")) {
        return Ok(at);
    }
    let local: Option<DateTime> = text.parse().ok();
    let zoned = local.and_then(|local| local.to_zoned(zone.clone()).ok());
    zoned.map(|at| Timestamp(at.timestamp().as_microsecond())).ok_or_else(|| Invalid("is no time".to_owned()))
}

/// Short words for day, hour, minute and second; the script reads the same from the page.
#[must_use]
pub fn units(t: Texts) -> [String; 4] {
    [t.t("unit-d"), t.t("unit-h"), t.t("unit-min"), t.t("unit-s")]
}

fn element(show: &str, at: Timestamp, text: &str) -> String {
    // Nothing in it comes from a person, so there is nothing to escape.
    format!("<time datetime=\"{}\" data-show=\"{show}\">{text}</time>", rfc3339(at))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::texts::Lang;
    use rstest::rstest;
    use std::time::Duration;

    #[rstest]
    #[case(0, "0 s")]
    #[case(59, "59 s")]
    #[case(187, "3 min 07 s")]
    #[case(7_500, "2 h 05 min")]
    #[case(273_600, "3 d 4 h")]
    #[case(-5, "0 s")]
    fn a_duration_has_two_units_at_most(#[case] seconds: i64, #[case] expected: &str) {
        assert_eq!(duration(Texts(Lang::En), seconds * 1_000_000).replace('\u{a0}', " "), expected);
    }

    #[rstest]
    #[case(812, "0.8 ms")]
    #[case(12_400, "12 ms")]
    #[case(1_260_000, "1.3 s")]
    fn what_a_request_took_has_two_digits(#[case] micros: u64, #[case] expected: &str) {
        assert_eq!(fine(Texts(Lang::En), Duration::from_micros(micros)).replace('\u{a0}', " "), expected);
    }

    #[rstest]
    #[case(0, "05:00")]
    #[case(18, "23:00")]
    #[case(19, "Thu 00:00")]
    #[case(24 * 6, "Tue 05:00")]
    #[case(24 * 7, "2025-12-03 05:00")]
    fn moments_that_are_near_are_short(#[case] hours: i64, #[case] expected: &str) {
        let zone = TimeZone::get("Asia/Yekaterinburg").expect("a zone of the bundled database");
        // A Wednesday.
        let now = Timestamp(1_764_115_200_000_000);
        let said = soon(Texts(Lang::En), &zone, now, Timestamp(now.0 + hours * 3_600_000_000));
        assert!(said.ends_with(&format!("data-show=\"soon\">{expected}</time>")), "{said}");
    }

    #[test]
    fn moments_are_those_of_the_zone() {
        let zone = TimeZone::get("Asia/Yekaterinburg").expect("a zone of the bundled database");
        let at = Timestamp(1_764_115_200_000_000);
        let expected = "<time datetime=\"2025-11-26T00:00:00Z\" data-show=\"moment\">2025-11-26 05:00:00</time>";
        assert_eq!(moment(&zone, at), expected);
    }
}
