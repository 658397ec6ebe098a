//! Reading what clients of the dialects send, as forgiving as the services they were written for: a number may come in
//! quotes, a flag as `1` or `"yes"`, the media type may be left out. All that is wrong is reported at once.

use super::detail::{Fault, Refused, Step};
use crate::body::{BODY_BYTES_MAX, is_json, text_of};
use axum::extract::{FromRequest, FromRequestParts, RawPathParams, Request};
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::http::request::Parts;
use maitred_core::limits::{self, Invalid};
use serde_json::{Map, Value};
use std::cell::RefCell;
use std::sync::Arc;

/// What can be read from a body.
pub trait Read: Sized {
    /// The longest body that is read.
    const BYTES_MAX: usize = BODY_BYTES_MAX;

    /// Reads it; `None` when something was wrong, which was noted.
    fn read(body: Part<'_>) -> Option<Self>;
}

/// The body of a request, read and checked.
pub struct Sent<T>(pub T);

impl<S: Sync, T: Read> FromRequest<S> for Sent<T> {
    type Rejection = Refused;

    async fn from_request(request: Request, _: &S) -> Result<Self, Refused> {
        let media_type = request.headers().get(CONTENT_TYPE).map(|value| value.to_str().unwrap_or_default().to_owned());
        let text = text_of(request, T::BYTES_MAX).await?;
        // A request without a media type means JSON; what is sent as something else is not looked into.
        let essence = media_type.as_deref().map(|value| value.split(';').next().unwrap_or_default().trim());
        if essence.is_some_and(|essence| !is_json(essence)) {
            return Err(Refused::invalid(vec![Fault { loc: vec!["body".into()], ..NOT_AN_OBJECT }]));
        }
        read(text.strip_prefix('\u{feff}').unwrap_or(&text)).map(Self)
    }
}

fn read<T: Read>(text: &str) -> Result<T, Refused> {
    let value: Option<Value> = match text.trim().is_empty() {
        true => None,
        false => Some(serde_json::from_str(text).map_err(|error| broken(text, &error))?),
    };
    let faults = RefCell::default();
    let read = T::read(Part { value: value.as_ref(), loc: vec!["body".into()], faults: &faults });
    match (read, faults.into_inner()) {
        (Some(read), faults) if faults.is_empty() => Ok(read),
        (_, faults) if faults.is_empty() => {
            Err(Refused::new(StatusCode::INTERNAL_SERVER_ERROR, "Internal Server Error"))
        }
        (_, faults) => Err(Refused::invalid(faults)),
    }
}

/// JSON that breaks off: the place is counted in characters from the start.
fn broken(text: &str, error: &serde_json::Error) -> Refused {
    let lines_before: usize = text.split_inclusive('\n').take(error.line().saturating_sub(1)).map(str::len).sum();
    let fault = Fault::new("json_invalid", "JSON decode error");
    Refused::invalid(vec![Fault { loc: vec!["body".into(), Step::At(lines_before + error.column())], ..fault }])
}

const NOT_AN_OBJECT: Fault =
    Fault::new("model_attributes_type", "Input should be a valid dictionary or object to extract fields from");
const MISSING: Fault = Fault::new("missing", "Field required");

/// A value of a body, or the place where one should be.
pub struct Part<'a> {
    value: Option<&'a Value>,
    loc: Vec<Step>,
    faults: &'a RefCell<Vec<Fault>>,
}

impl<'a> Part<'a> {
    /// The same place once more.
    #[must_use]
    pub fn again(&self) -> Self {
        Self { value: self.value, loc: self.loc.clone(), faults: self.faults }
    }

    /// The value itself.
    pub fn read<T>(self, read: impl FnOnce(&'a Value) -> Result<T, Fault>) -> Option<T> {
        let read = self.value.ok_or(MISSING).and_then(read);
        read.map_err(|fault| self.fail(fault)).ok()
    }

    /// The fields of an object.
    pub fn object(self) -> Option<Object<'a>> {
        let fields = match self.value {
            Some(Value::Object(fields)) => Ok(fields),
            Some(_) => Err(NOT_AN_OBJECT),
            None => Err(MISSING),
        };
        let fields = fields.map_err(|fault| self.fail(fault)).ok()?;
        Some(Object { fields, loc: self.loc, faults: self.faults })
    }

    /// The values of a list.
    pub fn list(self) -> Option<Vec<Self>> {
        let values = match self.value {
            Some(Value::Array(values)) => Ok(values),
            Some(_) => Err(Fault::new("list_type", "Input should be a valid list")),
            None => Err(MISSING),
        };
        let values = values.map_err(|fault| self.fail(fault)).ok()?;
        let part = |(place, value)| {
            let loc = self.loc.iter().cloned().chain([Step::At(place)]).collect();
            Self { value: Some(value), loc, faults: self.faults }
        };
        Some(values.iter().enumerate().map(part).collect())
    }

    fn fail(&self, fault: Fault) {
        self.faults.borrow_mut().push(Fault { loc: self.loc.clone(), ..fault });
    }
}

/// The fields of an object. Those that nobody asks for are ignored.
pub struct Object<'a> {
    fields: &'a Map<String, Value>,
    loc: Vec<Step>,
    faults: &'a RefCell<Vec<Fault>>,
}

impl<'a> Object<'a> {
    /// A field, there or not.
    #[must_use]
    pub fn field(&self, name: &'static str) -> Part<'a> {
        let loc = self.loc.iter().cloned().chain([name.into()]).collect();
        Part { value: self.fields.get(name), loc, faults: self.faults }
    }

    /// A field that must be there.
    pub fn required<T>(&self, name: &'static str, read: impl FnOnce(&'a Value) -> Result<T, Fault>) -> Option<T> {
        self.field(name).read(read)
    }

    /// A field that stands for this value when it is left out.
    pub fn or<T>(&self, name: &'static str, value: T, read: impl FnOnce(&'a Value) -> Result<T, Fault>) -> Option<T> {
        if self.fields.contains_key(name) { self.required(name, read) } else { Some(value) }
    }

    /// A field that may be left out or be `null`.
    pub fn optional<T>(
        &self,
        name: &'static str,
        read: impl FnOnce(&'a Value) -> Result<T, Fault>,
    ) -> Option<Option<T>> {
        match self.fields.get(name) {
            None | Some(Value::Null) => Some(None),
            Some(_) => self.required(name, read).map(Some),
        }
    }

    /// Notes a fault in a field.
    pub fn fail(&self, name: &'static str, fault: Fault) {
        self.field(name).fail(fault);
    }
}

/// A text.
///
/// # Errors
/// When it is something else.
pub fn text(value: &Value) -> Result<&str, Fault> {
    value.as_str().ok_or(Fault::new("string_type", "Input should be a valid string"))
}

/// A name of at least one character.
///
/// # Errors
/// When it is something else, or too long.
pub fn name(value: &Value) -> Result<Arc<str>, Fault> {
    match text(value)? {
        "" => Err(Fault::new("string_too_short", "String should have at least 1 character")),
        text => limits::name(text).map_err(|invalid| Fault::of(&invalid)),
    }
}

/// What a person wrote.
///
/// # Errors
/// When it is something else, or too long.
pub fn message(value: &Value) -> Result<Arc<str>, Fault> {
    limits::message(text(value)?).map_err(|invalid| Fault::of(&invalid))
}

/// What tells a person from others.
///
/// # Errors
/// When it is something else, empty or too long.
pub fn identity(value: &Value) -> Result<&str, Fault> {
    limits::identity(text(value)?).map_err(|invalid| Fault::of(&invalid))
}

/// A whole number; also in quotes, as `3.0`, or as a flag.
///
/// # Errors
/// When it is something else, or beyond 64 bits.
pub fn whole(value: &Value) -> Result<i64, Fault> {
    match value {
        Value::Bool(flag) => Ok((*flag).into()),
        Value::Number(number) => match (number.as_i64(), number.as_f64()) {
            (Some(whole), _) => Ok(whole),
            (None, Some(float)) if float.fract() == 0.0 && float.abs() < WHOLE_FLOAT_MAX => Ok(float as i64),
            (None, Some(float)) if float.fract() != 0.0 => Err(Fault::new(
                "int_from_float",
                "Input should be a valid integer, got a number with a fractional part",
            )),
            _ => Err(Fault::new("int_parsing_size", "Unable to parse input as an integer, exceeded maximum size")),
        },
        Value::String(text) => parsed(text),
        _ => Err(Fault::new("int_type", "Input should be a valid integer")),
    }
}

/// The whole numbers that a float can tell apart.
const WHOLE_FLOAT_MAX: f64 = 9_007_199_254_740_992.0;

fn parsed(text: &str) -> Result<i64, Fault> {
    let text = text.trim();
    let (whole, decimals) = text.split_once('.').unwrap_or((text, ""));
    let number = whole.parse().ok().filter(|_| decimals.bytes().all(|digit| digit == b'0'));
    number.ok_or(Fault::new("int_parsing", "Input should be a valid integer, unable to parse string as an integer"))
}

/// A whole number within the limits of maitred.
///
/// # Errors
/// When it is something else.
pub fn limited(value: &Value, limit: fn(i64) -> Result<u32, Invalid>) -> Result<u32, Fault> {
    match whole(value)? {
        number if number < 0 => Err(Fault::new("greater_than_equal", "Input should be greater than or equal to 0")),
        number => limit(number).map_err(|invalid| Fault::of(&invalid)),
    }
}

/// True or false, or a word or number that people write for them.
///
/// # Errors
/// When it is something else.
pub fn flag(value: &Value) -> Result<bool, Fault> {
    let unreadable = Fault::new("bool_parsing", "Input should be a valid boolean, unable to interpret input");
    match value {
        Value::Bool(flag) => Ok(*flag),
        Value::String(text) => match text.to_ascii_lowercase().as_str() {
            "true" | "t" | "yes" | "y" | "on" | "1" => Ok(true),
            "false" | "f" | "no" | "n" | "off" | "0" => Ok(false),
            _ => Err(unreadable),
        },
        Value::Number(number) => match number.as_f64() {
            Some(1.0) => Ok(true),
            Some(0.0) => Ok(false),
            _ => Err(unreadable),
        },
        _ => Err(Fault::new("bool_type", "Input should be a valid boolean")),
    }
}

/// One of a few words.
///
/// # Errors
/// When it is something else; `expected` lists the words.
pub fn word<T: Copy>(value: &Value, words: &[(&str, T)], expected: &'static str) -> Result<T, Fault> {
    let found = value.as_str().and_then(|text| words.iter().find(|(word, _)| *word == text));
    found.map(|(_, meaning)| *meaning).ok_or(Fault::new("enum", expected))
}

/// The ids in the path, in their order.
pub struct Ids<const N: usize>(pub [i64; N]);

impl<S: Sync + Send, const N: usize> FromRequestParts<S> for Ids<N> {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Refused> {
        let not_found = |_| Refused::not_found("Not Found");
        let params = RawPathParams::from_request_parts(parts, state).await.map_err(not_found)?;
        let (mut ids, mut faults) = ([0; N], Vec::new());
        for (id, (name, text)) in ids.iter_mut().zip(&params) {
            match parsed(text) {
                Ok(number) => *id = number,
                Err(fault) => {
                    faults.push(Fault { loc: vec!["path".into(), Step::Name(name.to_owned().into())], ..fault });
                }
            }
        }
        if faults.is_empty() { Ok(Self(ids)) } else { Err(Refused::invalid(faults)) }
    }
}

/// How many rows a list may have at most: the `limit` in the query, if there is one.
pub struct Limit(pub Option<i64>);

impl<S: Sync> FromRequestParts<S> for Limit {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Refused> {
        let at_limit = |fault| Refused::invalid(vec![Fault { loc: vec!["query".into(), "limit".into()], ..fault }]);
        let pairs: Vec<(String, String)> =
            serde_urlencoded::from_str(parts.uri.query().unwrap_or_default()).unwrap_or_default();
        let Some((_, text)) = pairs.into_iter().rfind(|(name, _)| name == "limit") else { return Ok(Self(None)) };
        match parsed(&text).map_err(at_limit)? {
            limit if limit < 0 => {
                Err(at_limit(Fault::new("greater_than_equal", "Input should be greater than or equal to 0")))
            }
            limit => Ok(Self(Some(limit))),
        }
    }
}
