//! How single JSON values are read. Each says what it found and what would be right, never the value itself.

use maitred_core::Timestamp;
use maitred_core::limits::{self, Invalid};
use maitred_store::clock;
use maitred_web::field::choice::Choice;
use maitred_web::field::input::{Input, Scalar};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::ops::RangeInclusive;
use std::sync::Arc;

/// The deepest nesting of attributes: readers of JSON in some languages fail at a few hundred.
pub const ATTRIBUTES_DEPTH_MAX: usize = 32;
/// The whole numbers that a float can tell apart.
const WHOLE_FLOAT_MAX: f64 = 9_007_199_254_740_992.0;

/// A JSON value, read as what it is: `"1"` is no number.
#[derive(Clone, Copy)]
pub struct Strict<'a>(pub &'a RawValue);

impl<'a> Input<'a> for Strict<'a> {
    type Error = Invalid;

    fn text(self, _: usize) -> Result<Cow<'a, str>, Invalid> {
        prose(self.0)
    }

    fn whole(self, _: RangeInclusive<i64>) -> Result<i64, Invalid> {
        whole(self.0)
    }

    fn id(self) -> Result<i64, Invalid> {
        whole(self.0)
    }

    fn flag(self) -> Result<bool, Invalid> {
        flag(self.0)
    }

    fn word<T: Choice>(self) -> Result<T, Invalid> {
        T::of_word(&text(self.0)?)
    }

    fn time(self) -> Result<Timestamp, Invalid> {
        clock::parse_rfc3339(&text(self.0)?)
    }

    fn object(self) -> Result<Arc<str>, Invalid> {
        object(self.0)
    }

    fn object_repaired(self) -> Result<(Arc<str>, bool), Invalid> {
        object(self.0).map(|object| (object, false)).or_else(|error| {
            let whole = with_whole_characters(self.0.get());
            let was_broken = whole != self.0.get();
            if was_broken { object_of(self.0, &whole).map(|object| (object, true)) } else { Err(error) }
        })
    }

    fn ids(self) -> Result<Vec<i64>, Invalid> {
        list(self.0)?.into_iter().map(whole).collect()
    }

    fn texts(self) -> Result<Vec<String>, Invalid> {
        list(self.0)?.into_iter().map(|item| Ok(prose(item)?.into_owned())).collect()
    }

    fn objects<T: DeserializeOwned>(self) -> Result<Vec<T>, Invalid> {
        list(self.0)?;
        let mut json = serde_json::Deserializer::from_str(self.0.get());
        serde_path_to_error::deserialize(&mut json).map_err(|error| {
            let what = error.inner().to_string();
            // Its place within the value is no place in the body.
            let what = what.split(" at line ").next().unwrap_or_default();
            Invalid(format!("is not as documented at {}: {what}", error.path()))
        })
    }

    fn json(self, bytes_max: usize) -> Result<serde_json::Value, Invalid> {
        let text = self.0.get();
        if text.len() > bytes_max {
            return Err(Invalid(format!("has {} bytes; at most {bytes_max}", text.len())));
        }
        serde_json::from_str(text).map_err(|error| Invalid(format!("cannot be read: {error}")))
    }

    fn is_text(&self) -> bool {
        self.0.get().starts_with('"')
    }

    fn scalar(self) -> Result<Scalar<'a>, Invalid> {
        match self.0.get().as_bytes().first() {
            Some(b'"') => Ok(text(self.0).map_or_else(
                |_| Scalar::Text { text: whole_characters(self.0.get()).into(), is_broken: true },
                |text| Scalar::Text { text, is_broken: false },
            )),
            Some(b'-' | b'0'..=b'9') => Ok(Scalar::Number(self.0.get())),
            _ => Err(wrong_type(self.0, "text in quotes")),
        }
    }
}

/// The values of a list.
fn list(raw: &RawValue) -> Result<Vec<&RawValue>, Invalid> {
    serde_json::from_str(raw.get()).map_err(|_| wrong_type(raw, "a list in brackets"))
}

/// A JSON text in which escapes of half a character stand for U+FFFD.
fn whole_characters(json: &str) -> String {
    serde_json::from_str(&with_whole_characters(json)).unwrap_or_default()
}

/// JSON in which escapes of half a character (a surrogate without the other) are those of U+FFFD.
fn with_whole_characters(json: &str) -> String {
    let mut whole = String::with_capacity(json.len());
    let mut rest = json;
    while let Some(at) = rest.find('\\') {
        whole.push_str(&rest[..at]);
        let escape = &rest[at..];
        let taken = match (unit(escape), escape.get(6..).and_then(unit)) {
            (Some(0xd800..0xdc00), Some(0xdc00..0xe000)) => &escape[..12],
            (Some(0xd800..0xe000), _) => {
                whole.push_str("\\ufffd");
                rest = &escape[6..];
                continue;
            }
            _ => escape.get(..2).unwrap_or(escape),
        };
        whole.push_str(taken);
        rest = &escape[taken.len()..];
    }
    whole + rest
}

/// The code unit that an escape such as `\ud83d` at the start stands for.
fn unit(escape: &str) -> Option<u16> {
    u16::from_str_radix(escape.strip_prefix("\\u")?.get(..4)?, 16).ok()
}

/// A text.
///
/// # Errors
/// When it is something else, or its escapes are broken.
pub fn text(raw: &RawValue) -> Result<Cow<'_, str>, Invalid> {
    #[derive(Deserialize)]
    struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

    if !raw.get().starts_with('"') {
        return Err(wrong_type(raw, "text in quotes"));
    }
    let read: Result<Text<'_>, _> = serde_json::from_str(raw.get());
    read.map(|Text(text)| text)
        .map_err(|_| Invalid("has a broken \\u escape; send the characters themselves".to_owned()))
}

/// A text that people read, without the character U+0000, which databases do not keep.
///
/// # Errors
/// When it is something else.
pub fn prose(raw: &RawValue) -> Result<Cow<'_, str>, Invalid> {
    let text = text(raw)?;
    if text.contains('\0') {
        return Err(Invalid("has a null character (U+0000); leave it out".to_owned()));
    }
    Ok(text)
}

/// A whole number; `3.0` is one too, as in JSON Schema.
///
/// # Errors
/// When it is something else, or beyond 64 bits.
pub fn whole(raw: &RawValue) -> Result<i64, Invalid> {
    let text = raw.get();
    if let Ok(number) = text.parse() {
        return Ok(number);
    }
    match text.parse::<f64>() {
        Ok(number) if number.fract() == 0.0 && number.abs() < WHOLE_FLOAT_MAX => Ok(number as i64),
        Ok(number) if number.fract() == 0.0 => Err(Invalid("is too large a number".to_owned())),
        Ok(_) => Err(Invalid("is not a whole number; give one without decimals".to_owned())),
        Err(_) => Err(wrong_type(raw, "a whole number without quotes")),
    }
}

/// `true` or `false`.
///
/// # Errors
/// When it is something else.
pub fn flag(raw: &RawValue) -> Result<bool, Invalid> {
    match raw.get() {
        "true" => Ok(true),
        "false" => Ok(false),
        _ => Err(wrong_type(raw, "true or false without quotes")),
    }
}

/// The text of an object, as it was sent.
///
/// # Errors
/// When it is something else, too long or too deep; when it holds half a character or a number beyond any float, which
/// many readers of JSON stumble over: everybody who lists contacts must be able to read them all.
pub fn object(raw: &RawValue) -> Result<Arc<str>, Invalid> {
    object_of(raw, raw.get())
}

fn object_of(raw: &RawValue, json: &str) -> Result<Arc<str>, Invalid> {
    if !json.starts_with('{') {
        return Err(wrong_type(raw, "an object in braces"));
    }
    let text = limits::attributes(json)?;
    if depth(&text) > ATTRIBUTES_DEPTH_MAX {
        return Err(Invalid(format!("is nested deeper than {ATTRIBUTES_DEPTH_MAX} levels; make it flatter")));
    }
    if serde_json::from_str::<Value>(&text).is_err() {
        return Err(Invalid("has a broken \\u escape or a number that is too large; leave it out".to_owned()));
    }
    Ok(text)
}

fn depth(json: &str) -> usize {
    let (mut depth, mut deepest, mut in_text, mut escaped) = (0usize, 0usize, false, false);
    for byte in json.bytes() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = in_text,
            b'"' => in_text = !in_text,
            b'{' | b'[' if !in_text => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            b'}' | b']' if !in_text => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    deepest
}

fn wrong_type(raw: &RawValue, wanted: &str) -> Invalid {
    let found = match raw.get().as_bytes().first() {
        Some(b'"') => "text",
        Some(b'{') => "an object",
        Some(b'[') => "a list",
        Some(b't' | b'f') => "true or false",
        Some(b'n') => "null",
        _ => "a number",
    };
    Invalid(format!("is {found}; give {wanted}"))
}
