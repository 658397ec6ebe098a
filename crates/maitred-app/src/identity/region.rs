//! The region in which phones without a country code are read.

use maitred_core::limits::Invalid;
use rlibphonenumber::PHONE_NUMBER_UTIL;
use std::fmt;
use std::str::FromStr;

/// A region in which phones without a country code are read: two letters of ISO 3166-1 that the phone tables know.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Region(pub(super) rlibphonenumber::Region);

impl TryFrom<&str> for Region {
    type Error = Invalid;

    /// Reads the two letters, in either case, with white space around them.
    fn try_from(raw: &str) -> Result<Self, Invalid> {
        let text = raw.trim();
        let known = rlibphonenumber::Region::from_code(text)
            .ok()
            .filter(|&region| text.len() == 2 && PHONE_NUMBER_UTIL.get_country_code_for_region(region).is_some());
        known.map(Self).ok_or_else(|| Invalid(refusal(text)))
    }
}

fn refusal(text: &str) -> String {
    let shown: String = text.chars().take(40).collect();
    if text.eq_ignore_ascii_case("uk") {
        return format!("{shown:?} is not a two-letter region; the United Kingdom is GB");
    }
    if text.len() == 2 && text.bytes().all(|b| b.is_ascii_alphabetic()) {
        return format!(
            "{shown:?} is not a region that the phone tables know; give one of ISO 3166-1 such as RU or DE"
        );
    }
    format!("{shown:?} is not a two-letter region such as RU or DE")
}

impl FromStr for Region {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        Self::try_from(text)
    }
}

impl fmt::Display for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0.as_region_str())
    }
}

impl fmt::Debug for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Region({self})")
    }
}
