//! Repairing what intake can take but not keep as it is: behind a bot or a form there is nobody to correct a request,
//! so a contact is kept with the nearest value that can be kept, and its sender is told what was changed.

use super::{
    IDENTITY_CHARS_MAX, MESSAGE_BYTES_MAX, NAME_CHARS_MAX, PRIORITY_MAX, RESERVED_SECONDS_MAX, SCHEDULE_MICROS_MAX,
};
use crate::ids::Timestamp;
use std::sync::Arc;

/// Stands at the end of a message that was cut.
const CUT: &str = "…";

/// A value that can be kept.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Repaired<T> {
    pub value: T,
    /// What was changed, each a phrase without the name of the field.
    pub notes: Vec<&'static str>,
}

impl<T> Repaired<T> {
    /// A value as it was sent.
    pub const fn unchanged(value: T) -> Self {
        Self { value, notes: Vec::new() }
    }

    /// Another value of the same repairs.
    pub fn map<U>(self, map: impl FnOnce(T) -> U) -> Repaired<U> {
        Repaired { value: map(self.value), notes: self.notes }
    }
}

/// A text on one line: control characters become spaces, white space around it goes.
#[must_use]
pub fn line(text: &str) -> Repaired<String> {
    let text = text.trim();
    if !text.contains(char::is_control) {
        return Repaired::unchanged(text.to_owned());
    }
    let spaced: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    Repaired { value: spaced.trim().to_owned(), notes: vec!["had control characters, which became spaces"] }
}

/// A name of at most [`NAME_CHARS_MAX`] characters; none if it is blank.
#[must_use]
pub fn name(text: &str) -> Repaired<Option<Arc<str>>> {
    let Repaired { mut value, mut notes } = line(text);
    if let Some((end, _)) = value.char_indices().nth(NAME_CHARS_MAX) {
        value.truncate(end);
        notes.push("was longer than 100 characters and was cut");
    }
    Repaired { value: Some(value.trim_end()).filter(|name| !name.is_empty()).map(Into::into), notes }
}

/// What may identify a person; none if it is blank. One that is too long identifies nobody: two may begin alike.
#[must_use]
pub fn identity(text: &str) -> Repaired<Option<SentIdentity>> {
    let Repaired { mut value, mut notes } = line(text);
    let end = value.char_indices().nth(IDENTITY_CHARS_MAX).map(|(end, _)| end);
    if let Some(end) = end {
        value.truncate(end);
        notes.push("was longer than 254 characters; it was cut and identifies nobody");
    }
    let sent = SentIdentity { text: value.trim_end().into(), is_whole: end.is_none() };
    Repaired { value: Some(sent).filter(|sent| !sent.text.is_empty()), notes }
}

/// See [`identity`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SentIdentity {
    pub text: Box<str>,
    /// Whether it was not cut.
    pub is_whole: bool,
}

/// A time before which nobody is to get a contact; none if it has passed.
#[must_use]
pub fn not_before(at: Timestamp, now: Timestamp) -> Repaired<Option<Timestamp>> {
    let last = Timestamp(now.0.saturating_add(SCHEDULE_MICROS_MAX));
    if at <= now {
        return Repaired { value: None, notes: vec!["had passed, so the contact is not scheduled"] };
    }
    let notes = if at > last { vec!["was more than 366 days ahead and became that"] } else { Vec::new() };
    Repaired { value: Some(at.min(last)), notes }
}

/// A message of at most [`MESSAGE_BYTES_MAX`] bytes, cut on a character with a mark.
#[must_use]
pub fn message(text: &str) -> Repaired<Arc<str>> {
    let mut notes = Vec::new();
    if text.len() <= MESSAGE_BYTES_MAX && !text.contains('\0') {
        return Repaired::unchanged(text.into());
    }
    // U+0000 is the one character that not every database can keep.
    let mut kept = text.replace('\0', "\u{fffd}");
    if kept.len() != text.len() {
        notes.push("had null characters, which became U+FFFD");
    }
    if kept.len() > MESSAGE_BYTES_MAX {
        kept.truncate(kept.floor_char_boundary(MESSAGE_BYTES_MAX - CUT.len()));
        kept.push_str(CUT);
        notes.push("was longer than 65536 bytes and was cut");
    }
    Repaired { value: kept.into(), notes }
}

/// The beginning of what another system said, as every database can keep it.
#[must_use]
pub fn said(text: &str, chars_max: usize) -> String {
    text.chars().filter(|c| *c != '\0').take(chars_max).collect()
}

/// A priority within its bounds, of a number as it was written.
#[must_use]
pub fn priority(text: &str) -> Repaired<i32> {
    let most = f64::from(PRIORITY_MAX);
    let Ok(number) = text.trim().parse::<f64>() else {
        return Repaired { value: 0, notes: vec!["is not a number; it became 0"] };
    };
    let whole = number.clamp(-most, most).trunc();
    let note = match () {
        () if number.is_nan() => Some("is not a number; it became 0"),
        () if number.abs() > most => Some("was beyond -1000 to 1000 and became the nearest of these"),
        () if whole != number => Some("was not a whole number; its decimals were cut"),
        () => None,
    };
    Repaired { value: if whole.is_nan() { 0 } else { whole as i32 }, notes: note.into_iter().collect() }
}

/// For how many seconds a contact is reserved, within the bounds, of a number as it was written; none of what is no
/// number.
#[must_use]
pub fn reserved_seconds(text: &str) -> Repaired<Option<u32>> {
    let number = text.trim().parse::<f64>().ok().filter(|number| !number.is_nan());
    let Some(number) = number else { return Repaired { value: None, notes: vec!["is not a number and was left out"] } };
    let within = number.clamp(0.0, f64::from(RESERVED_SECONDS_MAX)).trunc();
    let note = (within != number).then_some("was not a whole number of 0 to 604800 and became the nearest of these");
    Repaired { value: Some(within as u32), notes: note.into_iter().collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_of_telegram_is_cut_at_100_characters() {
        let long = format!("{} {}", "А".repeat(64), "Я".repeat(64));
        let name = name(&long);
        assert_eq!(name.value.expect("a name").chars().count(), 100);
        assert_eq!(name.notes, ["was longer than 100 characters and was cut"]);
    }

    #[test]
    fn what_can_be_kept_is_not_changed() {
        assert_eq!(super::name(" Anna "), Repaired::unchanged(Some("Anna".into())));
        assert_eq!(message("a\n\tb"), Repaired::unchanged("a\n\tb".into()));
        assert_eq!(priority("-1000"), Repaired::unchanged(-1_000));
        assert_eq!(priority("5.0"), Repaired::unchanged(5));
    }

    #[test]
    fn a_message_is_cut_on_a_character_with_a_mark() {
        let cut = message(&"я".repeat(40_000));
        assert!(cut.value.len() <= MESSAGE_BYTES_MAX && cut.value.len() > MESSAGE_BYTES_MAX - 8, "{}", cut.value.len());
        assert!(cut.value.ends_with("я…"));
        assert_eq!(&*message("a\0b").value, "a\u{fffd}b");
    }

    #[test]
    fn control_characters_on_a_line_become_spaces() {
        assert_eq!(line("a\tb\r\n\u{85}c\0").value, "a b   c");
        assert_eq!(super::name("\u{0}\t").value, None);
    }

    #[test]
    fn a_reservation_is_brought_within_its_bounds() {
        let of = |text: &str| reserved_seconds(text).value;
        assert_eq!(["600", "-5", "1e9", "2.9"].map(of), [600, 0, 604_800, 2].map(Some));
        assert_eq!(["NaN", "soon", ""].map(of), [None; 3]);
    }

    #[test]
    fn a_priority_is_clamped() {
        let of = |text: &str| priority(text).value;
        assert_eq!(["5000", "-1e300", "2.9", "high", "NaN", ""].map(of), [1_000, -1_000, 2, 0, 0, 0]);
    }
}
