//! Reading what clients of the dialects send, as forgiving as the services they were written for: a number may come in
//! quotes, a flag as `1` or `"yes"`, the media type may be left out. All that is wrong is reported at once.

use super::error::{DialectError, Fault, Step};
use crate::body::{BODY_BYTES_MAX, RequestBody, is_json, text_of};
use axum::extract::{FromRequest, FromRequestParts, RawPathParams, Request};
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::http::request::Parts;
use maitred_core::Timestamp;
use maitred_core::limits::{self, Invalid};
use maitred_store::clock;
use maitred_web::field::choice::{Choice, words};
use maitred_web::field::input::Input;
use maitred_web::field::{FieldType, Fields, Found, Presence};
use serde_json::{Map, Value};
use std::borrow::Cow;
use std::cell::RefCell;
use std::ops::RangeInclusive;
use std::sync::Arc;

/// What can be read from a body: every [`RequestBody`], and tables of them.
pub trait FromPart: Sized {
    /// The longest body that is read.
    const BYTES_MAX: usize = BODY_BYTES_MAX;

    /// Reads it; `None` when something was wrong, which was noted.
    fn from_part(body: Part<'_>) -> Option<Self>;
}

impl<T: RequestBody> FromPart for T {
    fn from_part(body: Part<'_>) -> Option<Self> {
        T::read(&mut body.object()?)
    }
}

/// The body of a request, read and checked.
pub struct DialectJson<T>(pub T);

impl<S: Sync, T: FromPart> FromRequest<S> for DialectJson<T> {
    type Rejection = DialectError;

    async fn from_request(request: Request, _: &S) -> Result<Self, DialectError> {
        let media_type = request.headers().get(CONTENT_TYPE).map(|value| value.to_str().unwrap_or_default().to_owned());
        let text = text_of(request, T::BYTES_MAX).await?;
        // A request without a media type means JSON; what is sent as something else is not looked into.
        let essence = media_type.as_deref().map(|value| value.split(';').next().unwrap_or_default().trim());
        if essence.is_some_and(|essence| !is_json(essence)) {
            return Err(DialectError::invalid(vec![Fault { loc: vec!["body".into()], ..NOT_AN_OBJECT }]));
        }
        read(text.strip_prefix('\u{feff}').unwrap_or(&text)).map(Self)
    }
}

fn read<T: FromPart>(text: &str) -> Result<T, DialectError> {
    let value: Option<Value> = match text.trim().is_empty() {
        true => None,
        false => Some(serde_json::from_str(text).map_err(|error| broken(text, &error))?),
    };
    let faults = RefCell::default();
    let read = T::from_part(Part { value: value.as_ref(), loc: vec!["body".into()], faults: &faults });
    match (read, faults.into_inner()) {
        (Some(read), faults) if faults.is_empty() => Ok(read),
        (_, faults) if faults.is_empty() => {
            Err(DialectError::new(StatusCode::INTERNAL_SERVER_ERROR, "Internal Server Error"))
        }
        (_, faults) => Err(DialectError::invalid(faults)),
    }
}

/// The names of the fields that are wrong in a body.
#[cfg(test)]
pub fn wrong<T: FromPart>(text: &str) -> Vec<String> {
    let faults = read::<T>(text).err().map(DialectError::into_faults).unwrap_or_default();
    let name = |fault: &Fault| match fault.loc.last() {
        Some(Step::Name(name)) => Some(name.to_string()),
        _ => None,
    };
    faults.iter().filter_map(name).collect()
}

/// JSON that breaks off: the place is counted in characters from the start.
fn broken(text: &str, error: &serde_json::Error) -> DialectError {
    let lines_before: usize = text.split_inclusive('\n').take(error.line().saturating_sub(1)).map(str::len).sum();
    let fault = Fault::new("json_invalid", "JSON decode error");
    DialectError::invalid(vec![Fault { loc: vec!["body".into(), Step::At(lines_before + error.column())], ..fault }])
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
    pub fn part(&self, name: &'static str) -> Part<'a> {
        let loc = self.loc.iter().cloned().chain([name.into()]).collect();
        Part { value: self.fields.get(name), loc, faults: self.faults }
    }

    /// Notes a fault in a field.
    pub fn note(&self, name: &'static str, fault: Fault) {
        self.part(name).fail(fault);
    }
}

impl Fields for Object<'_> {
    fn field<K: FieldType>(
        &mut self,
        name: &'static str,
        of: K,
        _: &'static str,
        presence: Presence<'_>,
    ) -> Found<K::Value> {
        let (is_needed, is_nullable) = match presence {
            Presence::Required => (true, false),
            Presence::Nullable => (true, true),
            Presence::Or(_) | Presence::Edited => (false, false),
            Presence::Optional | Presence::Removable => (false, true),
        };
        let read = match self.fields.get(name) {
            None if is_needed => Err(MISSING),
            None => return Found::Nothing,
            Some(Value::Null) if is_nullable => return Found::Null,
            Some(value) => of.read(Lenient(value)),
        };
        read.map_or_else(
            |fault| {
                self.note(name, fault);
                Found::Nothing
            },
            Found::Value,
        )
    }

    fn fail(&mut self, name: &'static str, what: Invalid) {
        self.note(name, what.into());
    }

    fn fail_whole(&mut self, what: &'static str) {
        let fault = Fault { loc: self.loc.clone(), ..Fault::from(Invalid(what.to_owned())) };
        self.faults.borrow_mut().push(fault);
    }

    fn has_errors_at(&self, names: &[&str]) -> bool {
        let is_at = |step: &Step| matches!(step, Step::Name(name) if names.contains(&&**name));
        let is_wrong = |fault: &Fault| match fault.loc.strip_prefix(&self.loc[..]) {
            Some([first, ..]) => names.is_empty() || is_at(first),
            Some([]) => names.is_empty(),
            None => false,
        };
        self.faults.borrow().iter().any(is_wrong)
    }
}

/// A JSON value, read as the services did whose clients send it.
#[derive(Clone, Copy)]
pub struct Lenient<'a>(&'a Value);

impl<'a> Input<'a> for Lenient<'a> {
    type Error = Fault;

    fn text(self, chars_min: usize) -> Result<Cow<'a, str>, Fault> {
        match self.0.as_str() {
            None => Err(Fault::new("string_type", "Input should be a valid string")),
            Some("") if chars_min > 0 => Err(Fault::new("string_too_short", "String should have at least 1 character")),
            Some(text) => Ok(text.into()),
        }
    }

    fn whole(self, range: RangeInclusive<i64>) -> Result<i64, Fault> {
        let least = *range.start();
        let number = whole(self.0)?;
        if number < least {
            let msg = format!("Input should be greater than or equal to {least}");
            return Err(Fault { msg: msg.into(), ..Fault::new("greater_than_equal", "") });
        }
        Ok(number)
    }

    fn id(self) -> Result<i64, Fault> {
        whole(self.0)
    }

    fn flag(self) -> Result<bool, Fault> {
        flag(self.0)
    }

    fn word<T: Choice>(self) -> Result<T, Fault> {
        let known = self.0.as_str().and_then(|text| T::of_word(text).ok());
        known.ok_or_else(|| {
            let words: Vec<_> = words::<T>().into_iter().map(|word| format!("'{word}'")).collect();
            Fault { msg: format!("Input should be {}", words.join(" or ")).into(), ..Fault::new("enum", "") }
        })
    }

    fn time(self) -> Result<Timestamp, Fault> {
        Ok(clock::parse_rfc3339(&self.text(0)?)?)
    }

    fn object(self) -> Result<Arc<str>, Fault> {
        match self.0 {
            Value::Object(_) => Ok(limits::attributes(&self.0.to_string())?),
            _ => Err(NOT_AN_OBJECT),
        }
    }

    fn is_text(&self) -> bool {
        self.0.is_string()
    }
}

/// A whole number; also in quotes, as `3.0`, or as a flag.
fn whole(value: &Value) -> Result<i64, Fault> {
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

/// True or false, or a word or number that people write for them.
fn flag(value: &Value) -> Result<bool, Fault> {
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

/// The ids in the path, in their order.
pub struct Ids<const N: usize>(pub [i64; N]);

impl<S: Sync + Send, const N: usize> FromRequestParts<S> for Ids<N> {
    type Rejection = DialectError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, DialectError> {
        let not_found = |_| DialectError::not_found("Not Found");
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
        if faults.is_empty() { Ok(Self(ids)) } else { Err(DialectError::invalid(faults)) }
    }
}

/// How many rows a list may have at most: the `limit` in the query, if there is one.
pub struct Limit(pub Option<i64>);

impl<S: Sync> FromRequestParts<S> for Limit {
    type Rejection = DialectError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, DialectError> {
        let at_limit =
            |fault| DialectError::invalid(vec![Fault { loc: vec!["query".into(), "limit".into()], ..fault }]);
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
