//! Values a person or a program may send, each a type that cannot hold an invalid one. The messages say what is wrong
//! and how to correct it; the code that reports them adds the name of the field.

pub mod repair;

use crate::caps::{CAP_LIMIT_MAX, ROLLING_SECONDS_MAX};
use std::fmt;
use std::sync::Arc;

/// The longest name, in characters.
pub const NAME_CHARS_MAX: usize = 100;
/// The longest description of a source, in characters.
pub const DESCRIPTION_CHARS_MAX: usize = 500;
/// The longest identity as sent, in characters.
pub const IDENTITY_CHARS_MAX: usize = 254;
/// The longest message, in bytes of UTF-8.
pub const MESSAGE_BYTES_MAX: usize = 64 * 1024;
/// The longest attributes, in bytes of their JSON text.
pub const ATTRIBUTES_BYTES_MAX: usize = 16 * 1024;
/// The longest note of a contact, in characters.
pub const NOTE_CHARS_MAX: usize = 4_000;
/// The most contacts, of either sign, of one correction, and that somebody may be owed or ahead on a source.
pub const CORRECTION_MAX: i64 = 1_000;
/// The longest reason of a correction.
pub const CORRECTION_REASON_CHARS_MAX: usize = 500;
/// The longest secret of an intake.
pub const INTAKE_SECRET_CHARS_MAX: usize = 512;
/// The longest message to a lead, in characters: somewhat less than Telegram takes.
pub const REPLY_CHARS_MAX: usize = 4_000;
/// The largest weight of an operator on a source.
pub const WEIGHT_MAX: u32 = 1_000_000_000;
/// No feed gets as far as this: 18 digits.
pub const POSITION_MAX: i64 = 999_999_999_999_999_999;
/// The largest `max_load`.
pub const MAX_LOAD_MAX: u32 = 1_000_000;
/// The largest priority; the smallest is its negative.
pub const PRIORITY_MAX: i32 = 1_000;
/// The most members a source may have.
pub const MEMBERS_MAX: usize = 20_000;
/// The most waiting contacts one command assigns, the most held contacts it takes from a deleted operator or source,
/// the most contacts of an erased lead whose texts it forgets, the most phones it reads again, and the most timers it
/// handles; the rest follows at once in commands of their own.
pub const DRAIN_MAX: usize = 256;
/// How many of a lead's latest contacts a sticky source looks through for their last operator.
pub const STICKY_LOOKBACK_MAX: usize = 64;
/// The most contacts a lead may have to be merged into another.
pub const MERGE_CONTACTS_MAX: u64 = 10_000;

/// The most contacts, and the most identities, that are taken off a lead at once.
pub const SPLIT_MAX: usize = 256;

/// How many are named of those who use a calendar, or a source as their fallback, where it cannot be deleted.
pub const USERS_NAMED_MAX: usize = 5;

/// How many of those who work by a calendar are looked for: more than one batch can change, so that one is left if
/// there is one.
pub const CALENDAR_USERS_LOOKED_FOR_MAX: usize = 1_024;

/// How far ahead a contact can be scheduled, in microseconds: 366 days.
pub const SCHEDULE_MICROS_MAX: i64 = 366 * 24 * 3_600 * 1_000_000;

/// How far ahead the end of a pause may be, in microseconds: 366 days.
pub const PAUSE_MICROS_MAX: i64 = SCHEDULE_MICROS_MAX;
/// The longest reason of a pause, in characters.
pub const PAUSE_REASON_CHARS_MAX: usize = 100;

/// The reason of a pause that follows from offers without an answer; the console says it in the reader's language.
pub const PAUSED_FOR_MISSES: &str = "no answer";
/// The shortest and the longest time in which an offer may be accepted, or for which a contact rests, in seconds: the
/// longest is a day.
pub const OFFER_SECONDS_MIN: u32 = 5;
pub const OFFER_SECONDS_MAX: u32 = 24 * 3_600;
/// The shortest and the longest time after which somebody is away, in seconds; the longest is a day.
pub const AWAY_SECONDS_MIN: u32 = 30;
pub const AWAY_SECONDS_MAX: u32 = 24 * 3_600;
/// The longest time after which contacts of somebody who left are released, in seconds: a week.
pub const RELEASE_SECONDS_MAX: u32 = 7 * 24 * 3_600;
/// The longest for which a contact is reserved for an operator, in seconds: a week.
pub const RESERVED_SECONDS_MAX: u32 = 7 * 24 * 3_600;
/// The shortest and the longest time in which there is to be a first response, in seconds: the longest is 14 days.
pub const RESPOND_SECONDS_MIN: u32 = 10;
pub const RESPOND_SECONDS_MAX: u32 = 14 * 24 * 3_600;
/// The longest time for which a resolved contact is reopened by a further message, in seconds: 90 days.
pub const REOPEN_SECONDS_MAX: u32 = 90 * 24 * 3_600;
/// The shortest and the longest time after which a priority rises, in seconds: the longest is 30 days.
pub const AGEING_SECONDS_MIN: u32 = 1;
pub const AGEING_SECONDS_MAX: u32 = 30 * 24 * 3_600;
/// The most misses after which somebody is paused, and the most rounds after which a contact is escalated.
pub const OFFER_COUNT_MAX: u32 = 100;
/// The largest number of a decision that a request may name.
pub const DECISION_MAX: u32 = i32::MAX as u32;

/// For how long a resolved contact can be taken back by the operator who had it, in microseconds, whatever their load.
pub const UNDO_MICROS_MAX: i64 = 60 * 1_000_000;

/// What is wrong with a value and how to correct it; a sentence without a full stop.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invalid(pub String);

impl fmt::Display for Invalid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Invalid {}

/// Trims `text` and checks that it has 1 to [`NAME_CHARS_MAX`] characters, none of them a control character.
///
/// # Errors
/// [`Invalid`] otherwise.
pub fn name(text: &str) -> Result<Arc<str>, Invalid> {
    let text = text.trim();
    if text.is_empty() {
        return Err(Invalid(format!("is empty; give 1 to {NAME_CHARS_MAX} characters")));
    }
    at_most(text, NAME_CHARS_MAX)?;
    no_control_characters(text)?;
    Ok(text.into())
}

/// Trims `text` and checks that it has at most [`DESCRIPTION_CHARS_MAX`] characters.
///
/// # Errors
/// [`Invalid`] otherwise.
pub fn description(text: &str) -> Result<Arc<str>, Invalid> {
    let text = text.trim();
    at_most(text, DESCRIPTION_CHARS_MAX)?;
    no_null(text)?;
    Ok(text.into())
}

/// Checks that a message has at most [`MESSAGE_BYTES_MAX`] bytes.
///
/// # Errors
/// [`Invalid`] otherwise.
pub fn message(text: &str) -> Result<Arc<str>, Invalid> {
    no_null(text)?;
    match text.len() {
        0..=MESSAGE_BYTES_MAX => Ok(text.into()),
        n => Err(Invalid(format!("has {n} bytes; at most {MESSAGE_BYTES_MAX} are kept, so shorten it"))),
    }
}

/// Checks that a note has 1 to [`NOTE_CHARS_MAX`] characters.
///
/// # Errors
/// [`Invalid`] otherwise.
pub fn note(text: &str) -> Result<Arc<str>, Invalid> {
    if text.is_empty() {
        return Err(Invalid(format!("is empty; give 1 to {NOTE_CHARS_MAX} characters")));
    }
    at_most(text, NOTE_CHARS_MAX)?;
    no_null(text)?;
    Ok(text.into())
}

/// Checks by how many contacts an account is corrected: not 0, at most [`CORRECTION_MAX`] of either sign.
///
/// # Errors
/// [`Invalid`] otherwise.
pub fn correction_amount(value: i64) -> Result<i64, Invalid> {
    match value {
        0 => Err(Invalid("is 0; say how many contacts more, or fewer with a minus".to_owned())),
        _ => in_range(value, -CORRECTION_MAX, CORRECTION_MAX),
    }
}

/// Checks that the reason of a correction has 1 to [`CORRECTION_REASON_CHARS_MAX`] characters.
///
/// # Errors
/// [`Invalid`] otherwise.
pub fn correction_reason(text: &str) -> Result<Arc<str>, Invalid> {
    if text.chars().all(|char| char.is_whitespace() || char.is_control()) {
        return Err(Invalid(format!("is empty; say why in 1 to {CORRECTION_REASON_CHARS_MAX} characters")));
    }
    at_most(text, CORRECTION_REASON_CHARS_MAX)?;
    no_null(text)?;
    Ok(text.into())
}

/// Checks a message to a lead: something to be seen, and at most [`REPLY_CHARS_MAX`] characters.
///
/// # Errors
/// [`Invalid`] otherwise.
pub fn reply(text: &str) -> Result<Arc<str>, Invalid> {
    if text.chars().all(|char| char.is_whitespace() || char.is_control()) {
        return Err(Invalid(format!("says nothing; give 1 to {REPLY_CHARS_MAX} characters")));
    }
    at_most(text, REPLY_CHARS_MAX)?;
    no_null(text)?;
    Ok(text.into())
}

/// Checks a secret that a service signs with, or puts into what it sends: 1 to [`INTAKE_SECRET_CHARS_MAX`] printable
/// ASCII characters, without spaces around them.
///
/// # Errors
/// [`Invalid`] otherwise.
pub fn intake_secret(text: &str) -> Result<Arc<str>, Invalid> {
    let is_printable = text.bytes().all(|byte| (b' '..=b'~').contains(&byte));
    match (1..=INTAKE_SECRET_CHARS_MAX).contains(&text.len()) && is_printable && text.trim() == text {
        true => Ok(text.into()),
        false => Err(Invalid(format!(
            "is not 1 to {INTAKE_SECRET_CHARS_MAX} printable ASCII characters without spaces around them"
        ))),
    }
}

/// Checks that the JSON text of an object has at most [`ATTRIBUTES_BYTES_MAX`] bytes.
///
/// # Errors
/// [`Invalid`] otherwise.
pub fn attributes(json: &str) -> Result<Arc<str>, Invalid> {
    match json.len() {
        0..=ATTRIBUTES_BYTES_MAX => Ok(json.into()),
        n => Err(Invalid(format!("takes {n} bytes as JSON; at most {ATTRIBUTES_BYTES_MAX} are kept"))),
    }
}

/// Checks a weight: 0 to [`WEIGHT_MAX`].
///
/// # Errors
/// [`Invalid`] otherwise.
pub fn weight(value: i64) -> Result<u32, Invalid> {
    in_range(value, 0, WEIGHT_MAX.into()).map(|v| v as u32)
}

/// Checks a `max_load`: 0 to [`MAX_LOAD_MAX`].
///
/// # Errors
/// [`Invalid`] otherwise.
pub fn max_load(value: i64) -> Result<u32, Invalid> {
    in_range(value, 0, MAX_LOAD_MAX.into()).map(|v| v as u32)
}

/// Checks the place of an event in the feed: 1 to [`POSITION_MAX`].
///
/// # Errors
/// [`Invalid`] otherwise.
pub fn position(value: i64) -> Result<i64, Invalid> {
    in_range(value, 1, POSITION_MAX)
}

/// Checks seconds in which an offer may be accepted, or for which a contact rests: [`OFFER_SECONDS_MIN`] to
/// [`OFFER_SECONDS_MAX`].
///
/// # Errors
/// [`Invalid`] otherwise.
pub fn offer_seconds(value: i64) -> Result<u32, Invalid> {
    in_range(value, OFFER_SECONDS_MIN.into(), OFFER_SECONDS_MAX.into()).map(|v| v as u32)
}

/// Checks after how many seconds somebody is away: [`AWAY_SECONDS_MIN`] to [`AWAY_SECONDS_MAX`].
///
/// # Errors
/// [`Invalid`] otherwise.
pub fn away_seconds(value: i64) -> Result<u32, Invalid> {
    in_range(value, AWAY_SECONDS_MIN.into(), AWAY_SECONDS_MAX.into()).map(|v| v as u32)
}

/// Checks after how many seconds contacts of somebody who left are released: 0 to [`RELEASE_SECONDS_MAX`].
///
/// # Errors
/// [`Invalid`] otherwise.
pub fn release_seconds(value: i64) -> Result<u32, Invalid> {
    in_range(value, 0, RELEASE_SECONDS_MAX.into()).map(|v| v as u32)
}

/// Checks for how many seconds a contact is reserved: 0 to [`RESERVED_SECONDS_MAX`].
///
/// # Errors
/// [`Invalid`] otherwise.
pub fn reserved_seconds(value: i64) -> Result<u32, Invalid> {
    in_range(value, 0, RESERVED_SECONDS_MAX.into()).map(|v| v as u32)
}

/// Checks seconds within which there is to be a first response: [`RESPOND_SECONDS_MIN`] to [`RESPOND_SECONDS_MAX`].
///
/// # Errors
/// [`Invalid`] otherwise.
pub fn respond_seconds(value: i64) -> Result<u32, Invalid> {
    in_range(value, RESPOND_SECONDS_MIN.into(), RESPOND_SECONDS_MAX.into()).map(|v| v as u32)
}

/// Checks seconds for which a resolved contact is reopened by a further message: 1 to [`REOPEN_SECONDS_MAX`].
///
/// # Errors
/// [`Invalid`] otherwise.
pub fn reopen_seconds(value: i64) -> Result<u32, Invalid> {
    in_range(value, 1, REOPEN_SECONDS_MAX.into()).map(|v| v as u32)
}

/// Checks seconds after which a priority rises: [`AGEING_SECONDS_MIN`] to [`AGEING_SECONDS_MAX`].
///
/// # Errors
/// [`Invalid`] otherwise.
pub fn ageing_seconds(value: i64) -> Result<u32, Invalid> {
    in_range(value, AGEING_SECONDS_MIN.into(), AGEING_SECONDS_MAX.into()).map(|v| v as u32)
}

/// Checks a number of misses or rounds: 1 to [`OFFER_COUNT_MAX`].
///
/// # Errors
/// [`Invalid`] otherwise.
pub fn offer_count(value: i64) -> Result<u32, Invalid> {
    in_range(value, 1, OFFER_COUNT_MAX.into()).map(|v| v as u32)
}

/// Checks a limit of a cap: 1 to [`CAP_LIMIT_MAX`].
///
/// # Errors
/// [`Invalid`] otherwise.
pub fn cap_limit(value: i64) -> Result<u32, Invalid> {
    in_range(value, 1, CAP_LIMIT_MAX.into()).map(|v| v as u32)
}

/// Checks over how many seconds a cap counts: 1 to [`ROLLING_SECONDS_MAX`].
///
/// # Errors
/// [`Invalid`] otherwise.
pub fn cap_seconds(value: i64) -> Result<u32, Invalid> {
    in_range(value, 1, ROLLING_SECONDS_MAX.into()).map(|v| v as u32)
}

/// Checks the number of a decision in the chain of its contact: 0 to [`DECISION_MAX`].
///
/// # Errors
/// [`Invalid`] otherwise.
pub fn decision(value: i64) -> Result<u32, Invalid> {
    in_range(value, 0, DECISION_MAX.into()).map(|v| v as u32)
}

/// Checks a priority: -[`PRIORITY_MAX`] to [`PRIORITY_MAX`].
///
/// # Errors
/// [`Invalid`] otherwise.
pub fn priority(value: i64) -> Result<i32, Invalid> {
    in_range(value, (-PRIORITY_MAX).into(), PRIORITY_MAX.into()).map(|v| v as i32)
}

/// Trims an identity as sent and checks that it has 1 to [`IDENTITY_CHARS_MAX`] characters, none a control character.
///
/// # Errors
/// [`Invalid`] otherwise.
pub fn identity(text: &str) -> Result<&str, Invalid> {
    let text = text.trim();
    if text.is_empty() {
        return Err(Invalid("is empty; leave the field out or give a value".to_owned()));
    }
    at_most(text, IDENTITY_CHARS_MAX)?;
    no_control_characters(text)?;
    Ok(text)
}

/// An e-mail address that mail is sent to.
///
/// # Errors
/// [`Invalid`] when it is none, or is too long.
pub fn notify_email(text: &str) -> Result<&str, Invalid> {
    at_most(text, IDENTITY_CHARS_MAX)?;
    let is_part = |part: &str| {
        let is_fine = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '+');
        !part.is_empty() && part.chars().all(is_fine)
    };
    let is_label =
        |part: &str| is_part(part) && !part.contains(['_', '+']) && !part.starts_with('-') && !part.ends_with('-');
    let is_address = text.split_once('@').is_some_and(|(local, domain)| {
        local.split('.').all(is_part) && domain.contains('.') && domain.split('.').all(is_label)
    });
    match is_address {
        true => Ok(text),
        false => Err(Invalid("is not an e-mail address; give one such as anna@example.com".to_owned())),
    }
}

fn in_range(value: i64, least: i64, most: i64) -> Result<i64, Invalid> {
    if (least..=most).contains(&value) {
        Ok(value)
    } else {
        Err(Invalid(format!("is {value}; give a whole number from {least} to {most}")))
    }
}

fn at_most(text: &str, chars_max: usize) -> Result<(), Invalid> {
    match text.chars().count() {
        n if n > chars_max => Err(Invalid(format!("has {n} characters; give at most {chars_max}"))),
        _ => Ok(()),
    }
}

/// Line breaks belong in a longer text; U+0000 is the one character that not every database can keep.
fn no_null(text: &str) -> Result<(), Invalid> {
    if text.contains('\0') {
        return Err(Invalid("has a null character (U+0000); leave it out".to_owned()));
    }
    Ok(())
}

fn no_control_characters(text: &str) -> Result<(), Invalid> {
    if text.chars().any(char::is_control) {
        return Err(Invalid("has a control character (a line break, a tab, a null); leave it out".to_owned()));
    }
    Ok(())
}
