//! What a list of intervals was computed with: the release of the time zones and that of the public holidays. Nodes may
//! have different ones, so the stamp is stored beside the intervals, and nobody computes them again with older data.

use crate::holidays;
use crate::zones::{Version, Zones};
use std::fmt;

/// As a text: `2026e-h1`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stamp {
    pub zones: Version,
    /// [`holidays::VERSION`].
    pub holidays: u16,
}

impl Stamp {
    #[must_use]
    pub fn of(zones: &Zones) -> Self {
        Self { zones: zones.version().clone(), holidays: holidays::VERSION }
    }

    /// The stamp that a text means.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (zones, holidays) = text.split_once("-h")?;
        Some(Self { zones: Version::parse(zones)?, holidays: holidays.parse().ok()? })
    }

    /// Whether what has the other stamp may be computed again with this data: none of it is older.
    #[must_use]
    pub fn may_replace(&self, other: &Self) -> bool {
        self.zones >= other.zones && self.holidays >= other.holidays
    }

    /// Whether what has the other stamp should be computed again with this data: it may be, and is not the same.
    #[must_use]
    pub fn is_newer_than(&self, other: &Self) -> bool {
        self != other && self.may_replace(other)
    }
}

impl fmt::Display for Stamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-h{}", self.zones, self.holidays)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_computed_again_with_older_data() {
        let of = |text: &str| Stamp::parse(text).expect("a stamp");
        let check = |mine: &str, stored: &str, may: bool, should: bool| {
            let (mine, stored) = (of(mine), of(stored));
            assert_eq!((mine.may_replace(&stored), mine.is_newer_than(&stored)), (may, should), "{mine} {stored}");
        };
        check("2026e-h1", "2026e-h1", true, false);
        check("2026f-h1", "2026e-h1", true, true);
        check("2026e-h2", "2026e-h1", true, true);
        check("2025b-h1", "2026e-h1", false, false);
        check("2026f-h1", "2026e-h2", false, false);
        assert_eq!(Stamp::parse("2026e-h12").map(|stamp| stamp.to_string()).as_deref(), Some("2026e-h12"));
        assert!(["", "2026e", "2026-h1", "2026e-hx"].iter().all(|text| Stamp::parse(text).is_none()));
    }
}
