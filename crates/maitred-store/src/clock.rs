//! The one place that reads the clock and takes randomness. Everything behind it (`maitred_core`, the batcher, the
//! stores) is given a time and a seed, so that tests and replays can give their own.
//!
//! Also the one spelling of a time outside the program: RFC 3339 in UTC. In storage a time is a whole number of
//! microseconds, see [`Timestamp`].

use jiff::fmt::StdFmtWrite;
use jiff::fmt::temporal::{DateTimePrinter, Pieces};
use maitred_core::Timestamp;
use maitred_core::limits::Invalid;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

const MICROS_PER_SECOND: i64 = 1_000_000;
/// The bounds of what RFC 3339 can spell (years of four digits) and jiff can hold. Times beyond them are printed as
/// the bound: no row, however strange, can make a page fail.
const MICROS_MIN: i64 = -62_135_596_800 * MICROS_PER_SECOND;
const MICROS_MAX: i64 = 253_402_207_200 * MICROS_PER_SECOND;

/// The time now. It may go back when somebody sets the machine's clock; what must not go back uses a [`Clock`].
#[must_use]
#[expect(clippy::disallowed_methods, reason = "this is the one place that reads the clock")]
pub fn now() -> Timestamp {
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp(i64::try_from(since_epoch.as_micros()).unwrap_or(i64::MAX))
}

/// A change of the machine's clock from this size on is logged.
const JUMP_MIN: Duration = Duration::from_secs(10);

/// A clock that never goes back: when the machine's does, this one stands still until it has been caught up with.
/// The waiting order and the feed rely on later commands having no earlier times.
#[derive(Clone, Debug)]
pub struct Clock {
    last: Timestamp,
    /// What the machine's clock said last, and the moment by a clock that nobody sets.
    seen: Option<(Timestamp, Instant)>,
}

impl Clock {
    /// A clock that reads at least `last`: the latest time in the store, so that a restart does not go back either.
    #[must_use]
    pub const fn starting_at(last: Timestamp) -> Self {
        Self { last, seen: None }
    }

    /// The time now, or the one read before if that is later.
    pub fn read(&mut self) -> Timestamp {
        let now = now();
        if let Some(seconds) = self.jump(now, Instant::now()) {
            tracing::warn!(
                seconds,
                "the machine's clock was set forward or back; times of contacts go on from the new one, and stand \
                 still until it comes if that was back"
            );
        }
        self.no_earlier(now)
    }

    /// The time now, unless this clock may read an earlier one, which is then the time: for what is written down as if
    /// it had happened earlier, while nothing later has.
    pub fn read_early(&mut self, at: Timestamp) -> Timestamp {
        self.no_earlier(at.min(now()))
    }

    /// The time that would be read now, for what is written nowhere.
    #[must_use]
    pub fn peek(&self) -> Timestamp {
        self.last.max(now())
    }

    /// By how many seconds the machine's clock was set since it was read last, if that is much.
    fn jump(&mut self, now: Timestamp, at: Instant) -> Option<i64> {
        let (before, then) = self.seen.replace((now, at))?;
        let passed = i64::try_from(at.duration_since(then).as_micros()).unwrap_or(i64::MAX);
        let jump = now.0.saturating_sub(before.0).saturating_sub(passed);
        (u128::from(jump.unsigned_abs()) >= JUMP_MIN.as_micros()).then_some(jump / MICROS_PER_SECOND)
    }

    /// Reads no earlier than this from now on: another node's clock may be ahead.
    pub fn catch_up_with(&mut self, other: Timestamp) {
        self.last = self.last.max(other);
    }

    fn no_earlier(&mut self, now: Timestamp) -> Timestamp {
        self.last = self.last.max(now);
        self.last
    }
}

/// Bytes that nobody can foresee, for secrets.
///
/// # Errors
/// When the operating system has no randomness to give.
#[expect(clippy::disallowed_methods, reason = "this is the one place that takes randomness")]
pub fn unforeseeable<const N: usize>() -> Result<[u8; N], getrandom::Error> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes)?;
    Ok(bytes)
}

/// Seeds for commands: the stream of a ChaCha8 generator that the operating system's randomness keyed once, so that
/// nobody outside can foresee who is drawn.
pub struct Seeds(ChaCha8Rng);

impl Seeds {
    /// A generator with a key of its own.
    ///
    /// # Errors
    /// When the operating system has no randomness to give.
    pub fn from_system() -> Result<Self, getrandom::Error> {
        unforeseeable().map(|key| Self(ChaCha8Rng::from_seed(key)))
    }

    /// A generator that always gives the same seeds: for tests.
    #[must_use]
    pub fn fixed(key: u64) -> Self {
        Self(ChaCha8Rng::seed_from_u64(key))
    }

    pub fn take(&mut self) -> u64 {
        self.0.next_u64()
    }
}

/// A time as it is spelled in JSON and tables: `2025-11-26T00:00:00Z`, or with exactly six decimals where it is not a
/// whole second. Reads any RFC 3339 time and drops what is finer than a microsecond.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Rfc3339(pub Timestamp);

impl fmt::Display for Rfc3339 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        print(self.0, StdFmtWrite(f)).map_err(|_| fmt::Error)
    }
}

impl Serialize for Rfc3339 {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&rfc3339(self.0))
    }
}

impl<'de> Deserialize<'de> for Rfc3339 {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        parse_rfc3339(&text).map(Self).map_err(serde::de::Error::custom)
    }
}

/// The text of [`Rfc3339`].
#[must_use]
pub fn rfc3339(at: Timestamp) -> String {
    let mut text = String::with_capacity("2025-11-26T00:00:00.123456Z".len());
    write_rfc3339(at, &mut text);
    text
}

/// Appends the text of [`Rfc3339`]; allocates nothing if `out` has room.
pub fn write_rfc3339(at: Timestamp, out: &mut String) {
    print(at, out).expect("writing to a string does not fail");
}

fn print(at: Timestamp, to: impl jiff::fmt::Write) -> Result<(), jiff::Error> {
    let at = at.0.clamp(MICROS_MIN, MICROS_MAX);
    let decimals = if at % MICROS_PER_SECOND == 0 { 0 } else { 6 };
    let at = jiff::Timestamp::from_microsecond(at).expect("the bounds are times that jiff has");
    DateTimePrinter::new().precision(Some(decimals)).print_timestamp(&at, to)
}

/// Reads an RFC 3339 time with `Z` or any offset; what is finer than a microsecond is dropped.
///
/// # Errors
/// [`Invalid`] when it is something else, or a time without an offset, which could be any of 26 hours.
pub fn parse_rfc3339(text: &str) -> Result<Timestamp, Invalid> {
    let parsed: Result<jiff::Timestamp, _> = text.trim().parse();
    let micros = parsed.map(|at| at.as_microsecond()).ok().or_else(|| last_day(text.trim()));
    micros.map(Timestamp).ok_or_else(|| {
        let shown: String = text.chars().take(40).collect();
        let hint = if text.contains(' ') { " (in a URL, write + as %2B)" } else { "" };
        Invalid(format!("{shown:?} is not a time such as 2025-11-26T00:00:00Z or 2025-11-26T03:00:00+03:00{hint}"))
    })
}

/// The latest time for one of the last day that RFC 3339 can spell, which jiff holds only in part: people write it for
/// "without an end".
fn last_day(text: &str) -> Option<i64> {
    let pieces = Pieces::parse(text).ok()?;
    pieces.to_numeric_offset()?;
    pieces.time()?;
    (pieces.date().year() == 9999).then_some(MICROS_MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rstest::rstest;

    #[test]
    fn a_big_jump_of_the_machines_clock_is_noticed_once() {
        let mut clock = Clock::starting_at(Timestamp(0));
        let began = Instant::now();
        let second = |n: i64| Timestamp(n * MICROS_PER_SECOND);
        let after = |n: u64| began + Duration::from_secs(n);
        assert_eq!(clock.jump(second(1_000), after(0)), None, "the first reading");
        assert_eq!(clock.jump(second(8_200), after(7_200)), None, "two hours without a command");
        assert_eq!(clock.jump(second(8_205), after(7_201)), None, "it is put right by a little");
        assert_eq!(clock.jump(second(94_605), after(7_201)), Some(86_400));
        assert_eq!(clock.jump(second(94_606), after(7_202)), None, "it goes on from there");
        assert_eq!(clock.jump(second(8_206), after(7_202)), Some(-86_400));
        assert_eq!(clock.jump(Timestamp(i64::MAX), after(7_203)).map(i64::is_positive), Some(true));
    }

    #[test]
    fn now_is_after_this_was_written() {
        assert!(now() > parse_rfc3339("2025-11-01T00:00:00Z").expect("a time"));
    }

    #[test]
    fn a_clock_never_goes_back() {
        let mut clock = Clock::starting_at(Timestamp(5));
        let read: Vec<_> = [3, 6, 4, 7].into_iter().map(|at| clock.no_earlier(Timestamp(at)).0).collect();
        assert_eq!(read, [5, 6, 6, 7]);
    }

    #[test]
    fn a_clock_reads_early_until_it_has_read_something_later() {
        let mut clock = Clock::starting_at(Timestamp(5));
        assert_eq!([3, 6, 4].map(|at| clock.read_early(Timestamp(at)).0), [5, 6, 6]);
        let later = clock.peek();
        assert_eq!(clock.read_early(Timestamp(7)), Timestamp(7), "to peek is not to read");
        assert!(clock.read() >= later);
        assert!(clock.read_early(Timestamp(8)) >= later);
        let ahead = Timestamp(now().0 + 3_600 * MICROS_PER_SECOND);
        assert!(clock.read_early(ahead) < ahead, "nothing happens in the future");
    }

    #[test]
    fn a_clock_starts_no_earlier_than_the_store() {
        let future = Timestamp(now().0 + 3_600 * MICROS_PER_SECOND);
        assert_eq!(Clock::starting_at(future).read(), future);
    }

    #[test]
    fn seeds_of_two_processes_differ() {
        let mut one = Seeds::from_system().expect("the system has randomness");
        let mut other = Seeds::from_system().expect("the system has randomness");
        assert_ne!([one.take(), one.take()], [other.take(), other.take()]);
    }

    #[test]
    fn fixed_seeds_repeat() {
        let (mut one, mut other) = (Seeds::fixed(7), Seeds::fixed(7));
        assert_eq!([one.take(), one.take()], [other.take(), other.take()]);
    }

    #[rstest]
    #[case(0, "1970-01-01T00:00:00Z")]
    #[case(1_764_115_200_000_000, "2025-11-26T00:00:00Z")]
    #[case(1_764_115_200_123_456, "2025-11-26T00:00:00.123456Z")]
    #[case(1_764_115_200_100_000, "2025-11-26T00:00:00.100000Z")]
    #[case(-1, "1969-12-31T23:59:59.999999Z")]
    #[case(i64::MIN, "0001-01-01T00:00:00Z")]
    #[case(i64::MAX, "9999-12-30T22:00:00Z")]
    fn a_time_has_no_decimals_or_six(#[case] micros: i64, #[case] expected: &str) {
        assert_eq!(rfc3339(Timestamp(micros)), expected);
        assert_eq!(Rfc3339(Timestamp(micros)).to_string(), expected);
    }

    #[rstest]
    #[case("2025-11-26T00:00:00Z", 0)]
    #[case("2025-11-26T03:00:00+03:00", 0)]
    #[case("2025-11-25T19:30:00.000001-04:30", 1)]
    #[case(" 2025-11-26t00:00:00.0000019z ", 1)]
    fn any_offset_is_read(#[case] text: &str, #[case] micros_after: i64) {
        assert_eq!(parse_rfc3339(text), Ok(Timestamp(1_764_115_200_000_000 + micros_after)));
    }

    #[rstest]
    #[case("9999-12-31T23:59:59Z")]
    #[case("9999-12-31T23:59:59.999999-12:00")]
    fn the_last_time_that_can_be_written_is_read(#[case] text: &str) {
        assert_eq!(parse_rfc3339(text), Ok(Timestamp(MICROS_MAX)));
    }

    #[rstest]
    #[case("2025-11-26")]
    #[case("2025-11-26T00:00:00")]
    #[case("yesterday")]
    #[case("2025-13-01T00:00:00Z")]
    #[case("1764115200")]
    #[case("")]
    fn what_is_no_time_is_refused_with_examples(#[case] text: &str) {
        let message = parse_rfc3339(text).expect_err("no time").0;
        assert!(message.starts_with(&format!("{text:?} is not a time such as 2025-11-26T00:00:00Z")), "{message}");
    }

    #[test]
    fn a_plus_lost_in_a_url_is_explained() {
        let message = parse_rfc3339("2025-11-26T03:00:00 03:00").expect_err("no time").0;
        assert!(message.ends_with("(in a URL, write + as %2B)"), "{message}");
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(micros in MICROS_MIN..=MICROS_MAX) {
            prop_assert_eq!(parse_rfc3339(&rfc3339(Timestamp(micros))), Ok(Timestamp(micros)));
        }

        #[test]
        fn reading_never_panics(text in any::<String>()) {
            let _ = parse_rfc3339(&text);
        }

        #[test]
        fn writing_never_panics(micros in any::<i64>()) {
            prop_assert!(rfc3339(Timestamp(micros)).ends_with('Z'));
        }
    }
}
