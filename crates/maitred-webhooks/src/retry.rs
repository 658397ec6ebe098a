//! When a delivery that failed is tried again: at the times that the specification proposes, each up to a tenth later,
//! so that what failed together does not come back together.

use jiff::fmt::rfc2822::DateTimeParser;
use maitred_core::Timestamp;

/// Seconds between one try and the next.
const RESTS_SECONDS: [i64; 9] = [5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400];

/// The most tries of one delivery while others reach the endpoint.
pub const TRIES_MAX: u32 = RESTS_SECONDS.len() as u32 + 1;

/// An endpoint for which only failures happened for this long is disabled: five days.
pub const FAILING_MICROS_MAX: i64 = 5 * 86_400 * SECOND;

/// How long an endpoint rests that says it has too much to do, but not for how long.
const THROTTLED_SECONDS: i64 = 60;
/// The longest that an endpoint may ask to be left alone.
const RETRY_AFTER_SECONDS_MAX: i64 = 3_600;

const SECOND: i64 = 1_000_000;

/// How long to rest after so many tries that failed, in microseconds. After the last try, as long as after the one
/// before: whether there is another is not said here. `spread` is any number; where it comes from decides how much
/// later.
#[must_use]
pub fn rest_micros(tries: u32, spread: u64) -> i64 {
    let at = (tries.max(1) as usize - 1).min(RESTS_SECONDS.len() - 1);
    let rest = RESTS_SECONDS[at] * SECOND;
    let tenth = (rest / 10).cast_unsigned().max(1);
    rest + (mixed(spread) % tenth).cast_signed()
}

/// Numbers that follow one another become such that do not (splitmix64, by Sebastiano Vigna).
const fn mixed(number: u64) -> u64 {
    let mixed = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

/// Until when an endpoint is left alone that answered with this status, if it asked for that. A `Retry-After` is
/// honoured from a second to an hour.
#[must_use]
pub fn throttled_until(status: u16, retry_after: Option<&str>, now: Timestamp) -> Option<Timestamp> {
    let asked = retry_after.and_then(|text| seconds(text, now));
    let asked = match status {
        429 | 502 | 504 => Some(asked.unwrap_or(THROTTLED_SECONDS)),
        503 => asked,
        _ => None,
    };
    asked.map(|seconds| Timestamp(now.0.saturating_add(seconds.clamp(1, RETRY_AFTER_SECONDS_MAX) * SECOND)))
}

/// A number of seconds, or the time of an HTTP date.
fn seconds(text: &str, now: Timestamp) -> Option<i64> {
    let text = text.trim();
    if let Ok(seconds) = text.parse::<u32>() {
        return Some(seconds.into());
    }
    let at = DateTimeParser::new().parse_timestamp(text).ok()?;
    Some((at.as_microsecond() - now.0).div_euclid(SECOND))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[test]
    fn tries_are_those_of_the_specification_and_at_most_a_tenth_later() {
        let hours = |hours: i64| hours * 3_600;
        let expected = [5, 300, 1_800, hours(2), hours(5), hours(10), hours(14), hours(20), hours(24), hours(24)];
        for (tries, seconds) in (1..).zip(expected) {
            let rests: Vec<i64> = (0..100).map(|spread| rest_micros(tries, spread)).collect();
            assert!(rests.iter().all(|rest| (seconds * SECOND..seconds * SECOND * 11 / 10).contains(rest)));
            assert!(rests.iter().any(|rest| rest != &rests[0]), "they do not come back together");
        }
        assert_eq!(TRIES_MAX, 10);
    }

    #[rstest]
    #[case(429, None, Some(60))]
    #[case(502, None, Some(60))]
    #[case(504, Some("5"), Some(5))]
    #[case(429, Some("0"), Some(1))]
    #[case(429, Some("86400"), Some(3_600))]
    #[case(429, Some("soon"), Some(60))]
    #[case(429, Some("Thu, 01 Jan 1970 00:02:00 GMT"), Some(120))]
    #[case(429, Some("Fri, 01 Jan 1960 00:02:00 GMT"), Some(1))]
    #[case(503, Some("7"), Some(7))]
    #[case(503, None, None)]
    #[case(500, Some("7"), None)]
    fn an_endpoint_is_left_alone_for_as_long_as_it_asks_within_bounds(
        #[case] status: u16,
        #[case] retry_after: Option<&str>,
        #[case] expected: Option<i64>,
    ) {
        let until = throttled_until(status, retry_after, Timestamp(0));
        assert_eq!(until, expected.map(|seconds| Timestamp(seconds * SECOND)));
    }
}
