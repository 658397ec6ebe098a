//! What a request says outside its body: ids in the path, parameters in the query. All that is wrong is reported at
//! once. A parameter that a call does not know is refused: a filter that nobody reads would silently show everything.
//!
//! Lists and their cursors are in `maitred-api`.

use crate::field::choice::Choice;
use crate::field::input::Input;
use crate::field::{FieldType, Fields, Found, Presence};
use crate::problem::{FieldError, Problem, kinds};
use axum::extract::{FromRequestParts, RawPathParams};
use axum::http::request::Parts;
use maitred_core::Timestamp;
use maitred_core::limits::Invalid;
use maitred_store::clock;
use std::borrow::Cow;
use std::ops::RangeInclusive;
use std::sync::Arc;

/// The ids in the path, in their order.
pub struct Ids<const N: usize>(pub [i64; N]);

impl<S: Sync + Send, const N: usize> FromRequestParts<S> for Ids<N> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let not_utf8 = |_| kinds::UNKNOWN_PATH.because("the path is not UTF-8; ids are whole numbers");
        let params = RawPathParams::from_request_parts(parts, state).await.map_err(not_utf8)?;
        let mut ids = [0; N];
        for (id, (_, text)) in ids.iter_mut().zip(&params) {
            *id = text.parse().map_err(|_| kinds::UNKNOWN_ID.because(no_id(text)))?;
        }
        Ok(Self(ids))
    }
}

fn no_id(text: &str) -> String {
    let shown: String = text.chars().take(40).collect();
    format!("{shown:?} is not an id; ids are whole numbers")
}

/// The parameters of the query. Each method that reads one notes what is wrong with it and goes on.
pub struct Params {
    pub path: String,
    pub pairs: Vec<(String, String)>,
    known: Vec<&'static str>,
    errors: Vec<FieldError>,
}

impl<S: Sync> FromRequestParts<S> for Params {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let pairs = axum::extract::Query::try_from_uri(&parts.uri)
            .map(|axum::extract::Query(pairs)| pairs)
            .map_err(|_| kinds::BAD_REQUEST.because("the query cannot be read; write it as name=value&name=value"))?;
        Ok(Self { path: parts.uri.path().to_owned(), pairs, known: Vec::new(), errors: Vec::new() })
    }
}

impl Params {
    /// A parameter that may be left out. An empty one counts as left out: forms send those.
    pub fn optional<T>(&mut self, name: &'static str, read: impl FnOnce(&str) -> Result<T, Invalid>) -> Option<T> {
        self.known.push(name);
        let mut given = self.pairs.iter().filter(|(key, _)| key == name).map(|(_, value)| value.as_str());
        let value = given.next().filter(|value| !value.is_empty())?;
        let read = match given.next() {
            Some(_) => Err(Invalid("is given twice; give it once".to_owned())),
            None => read(value),
        };
        read.map_err(|invalid| self.errors.push(FieldError::in_parameter(name, &invalid))).ok()
    }

    /// Notes an error in a parameter.
    pub fn fail(&mut self, name: &'static str, invalid: &Invalid) {
        self.errors.push(FieldError::in_parameter(name, invalid));
    }

    /// To be called when all parameters have been read.
    ///
    /// # Errors
    /// Everything that was wrong, unknown parameters included.
    pub fn finish(&mut self) -> Result<(), Problem> {
        let known = self.known.join(", ");
        for (name, _) in self.pairs.iter().filter(|(name, _)| !self.known.contains(&name.as_str())) {
            let shown: String = name.chars().take(40).collect();
            let detail = format!("{shown:?} is not a parameter of this call; it has {known}");
            self.errors.push(FieldError { pointer: None, parameter: Some("query"), detail });
        }
        if self.errors.is_empty() { Ok(()) } else { Err(Problem::invalid(std::mem::take(&mut self.errors))) }
    }
}

impl Fields for Params {
    fn field<K: FieldType>(
        &mut self,
        name: &'static str,
        of: K,
        _: &'static str,
        presence: Presence<'_>,
    ) -> Found<K::Value> {
        let is_given = self.pairs.iter().any(|(key, value)| key == name && !value.is_empty());
        if !is_given && matches!(presence, Presence::Required | Presence::Nullable) {
            self.fail(name, &Invalid("is missing; it is required".to_owned()));
        }
        self.optional(name, |text| of.read(text)).map_or(Found::Nothing, Found::Value)
    }

    fn fail(&mut self, name: &'static str, what: Invalid) {
        self.errors.push(FieldError::in_parameter(name, &what));
    }

    fn fail_whole(&mut self, what: &'static str) {
        self.errors.push(FieldError { pointer: None, parameter: Some("query"), detail: what.to_owned() });
    }

    fn has_errors_at(&self, names: &[&str]) -> bool {
        let is_at = |error: &FieldError| error.parameter.is_some_and(|name| names.contains(&name));
        self.errors.iter().any(|error| names.is_empty() || is_at(error))
    }
}

/// A parameter of a query.
impl<'a> Input<'a> for &'a str {
    type Error = Invalid;

    fn text(self, _: usize) -> Result<Cow<'a, str>, Invalid> {
        Ok(Cow::Borrowed(self))
    }

    fn whole(self, range: RangeInclusive<i64>) -> Result<i64, Invalid> {
        number(self, *range.start(), *range.end())
    }

    fn id(self) -> Result<i64, Invalid> {
        id(self)
    }

    fn flag(self) -> Result<bool, Invalid> {
        flag(self)
    }

    fn word<T: Choice>(self) -> Result<T, Invalid> {
        T::of_word(self)
    }

    fn time(self) -> Result<Timestamp, Invalid> {
        time(self)
    }

    fn object(self) -> Result<Arc<str>, Invalid> {
        Err(Invalid("is not taken in a query; send it in the body".to_owned()))
    }

    fn is_text(&self) -> bool {
        true
    }
}

/// A whole number from `least` to `most`.
///
/// # Errors
/// When it is something else.
pub fn number(text: &str, least: i64, most: i64) -> Result<i64, Invalid> {
    text.parse::<i64>()
        .ok()
        .filter(|number| (least..=most).contains(number))
        .ok_or_else(|| Invalid(format!("is not a whole number from {least} to {most}")))
}

/// The id of something.
///
/// # Errors
/// When it is no whole number.
pub fn id(text: &str) -> Result<i64, Invalid> {
    text.parse().map_err(|_| Invalid("is not an id; ids are whole numbers".to_owned()))
}

/// `true` or `false`.
///
/// # Errors
/// When it is something else.
pub fn flag(text: &str) -> Result<bool, Invalid> {
    match text {
        "true" | "1" => Ok(true),
        "false" | "0" => Ok(false),
        _ => Err(Invalid("is not true or false".to_owned())),
    }
}

/// A time in RFC 3339. A space before the offset is a plus that nobody escaped.
///
/// # Errors
/// When it is something else.
pub fn time(text: &str) -> Result<Timestamp, Invalid> {
    clock::parse_rfc3339(&text.replace(' ', "+"))
}
