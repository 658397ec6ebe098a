//! The fields of one JSON object, read one after the other, with all that is wrong with them.

use super::read::Strict;
use super::shape_error;
use maitred_core::limits::Invalid;
use maitred_web::field::{FieldType, Fields, Found, Presence};
use maitred_web::problem::{FieldError, Problem};
use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::fmt;

/// The most unknown fields that a refusal lists, that any answer lists, and the most characters of each.
const UNKNOWN_SHOWN_MAX: usize = 5;
const UNKNOWN_LISTED_MAX: usize = 32;
const NAME_CHARS_SHOWN_MAX: usize = 40;

/// The fields of a JSON object.
pub struct JsonFields<'a> {
    entries: Vec<(Cow<'a, str>, &'a RawValue)>,
    /// All of it, as it was sent.
    text: &'a str,
    /// The pointer to the object within the body.
    base: String,
    known: Vec<&'static str>,
    errors: Vec<FieldError>,
    is_edit: bool,
}

impl<'a> JsonFields<'a> {
    /// The fields of a body that is one object.
    ///
    /// # Errors
    /// When it is no JSON, or no object.
    pub fn of_body(text: &'a str) -> Result<Self, Problem> {
        serde_json::from_str(text)
            .map(|entries| Self::new(entries, text, ""))
            .map_err(|_| shape_error(text, "a JSON object"))
    }

    /// The fields of an object within a body; `None` when it is none.
    #[must_use]
    pub fn of_part(part: &'a RawValue, pointer: &str) -> Option<Self> {
        serde_json::from_str(part.get()).ok().map(|entries| Self::new(entries, part.get(), pointer))
    }

    fn new(Entries(entries): Entries<'a>, text: &'a str, base: &str) -> Self {
        Self { entries, text, base: base.to_owned(), known: Vec::new(), errors: Vec::new(), is_edit: false }
    }

    /// Gives the value back, or everything that was wrong.
    ///
    /// # Errors
    /// What was noted. Also when there is no value, or when an edit names only unknown fields.
    pub fn finish<T>(mut self, value: Option<T>) -> Result<T, Problem> {
        if self.errors.is_empty() && self.is_edit && !self.entries.is_empty() && !self.names_a_known_field() {
            let known = self.known.join(", ");
            let what = format!("the body names nothing that can be changed; that is {known}");
            self.errors.push(FieldError::at(self.base.clone(), what));
        }
        match (self.errors.is_empty(), value) {
            (true, Some(value)) => Ok(value),
            (true, None) => Err(Problem::internal(&"a body without errors gave no value")),
            (false, _) => Err(self.refuse()),
        }
    }

    /// Whether anything was wrong so far.
    #[must_use]
    pub const fn has_errors(&self) -> bool {
        !self.errors.is_empty()
    }

    /// Everything that was wrong, for a table of many objects.
    #[must_use]
    pub fn into_errors(self) -> Vec<FieldError> {
        self.errors
    }

    fn refuse(mut self) -> Problem {
        let mut unknown = Fields::unknown(&self);
        unknown.truncate(UNKNOWN_SHOWN_MAX);
        let mut problem = Problem::invalid(std::mem::take(&mut self.errors));
        if !unknown.is_empty() {
            problem.detail.push_str(&format!(" (not known and ignored: {})", unknown.join(", ")));
        }
        problem
    }

    fn names_a_known_field(&self) -> bool {
        self.entries.iter().any(|(name, _)| self.known.contains(&&**name))
    }

    /// Of a field that is there twice the last counts, as in most readers of JSON.
    fn take(&mut self, name: &'static str) -> Option<&'a RawValue> {
        self.known.push(name);
        self.entries.iter().rfind(|(key, _)| key == name).map(|(_, raw)| *raw)
    }

    fn note(&mut self, name: &str, what: impl fmt::Display) {
        self.errors.push(FieldError::at(format!("{}/{name}", self.base), format!("{name} {what}")));
    }
}

impl Fields for JsonFields<'_> {
    fn field<K: FieldType>(
        &mut self,
        name: &'static str,
        of: K,
        _: &'static str,
        presence: Presence<'_>,
    ) -> Found<K::Value> {
        self.is_edit |= matches!(presence, Presence::Edited | Presence::Removable);
        let wrong = match (self.take(name), presence) {
            (None, Presence::Nullable) => "is missing; give a value or null",
            (Some(raw), Presence::Nullable | Presence::Removable) if is_null(raw) => return Found::Null,
            (Some(raw), Presence::Edited) if is_null(raw) => {
                "is null; give a value, or leave it out to keep what is there"
            }
            (Some(raw), _) if !is_null(raw) => match of.read(Strict(raw)) {
                Ok(value) => return Found::Value(value),
                Err(invalid) => {
                    self.fail(name, invalid);
                    return Found::Nothing;
                }
            },
            (_, Presence::Required) => "is missing; it is required",
            (_, Presence::Optional | Presence::Or(_) | Presence::Edited | Presence::Removable | Presence::Nullable) => {
                return Found::Nothing;
            }
        };
        self.note(name, wrong);
        Found::Nothing
    }

    fn fail(&mut self, name: &'static str, what: Invalid) {
        self.note(name, what);
    }

    fn fail_whole(&mut self, what: &'static str) {
        self.errors.push(FieldError::at(self.base.clone(), what));
    }

    fn has_errors_at(&self, names: &[&str]) -> bool {
        let name = |error: &FieldError| {
            Some(error.pointer.as_deref()?.strip_prefix(&self.base)?.strip_prefix('/')?.to_owned())
        };
        self.errors.iter().any(|error| names.is_empty() || name(error).is_some_and(|name| names.contains(&&*name)))
    }

    fn text(&self) -> &str {
        self.text
    }

    fn unknown(&self) -> Vec<String> {
        let mut unknown: Vec<String> = Vec::new();
        for (name, _) in self.entries.iter().filter(|(name, _)| !self.known.contains(&&**name)) {
            let name: String = name.chars().take(NAME_CHARS_SHOWN_MAX).collect();
            if unknown.len() < UNKNOWN_LISTED_MAX && !unknown.contains(&name) {
                unknown.push(name);
            }
        }
        unknown
    }
}

fn is_null(raw: &RawValue) -> bool {
    raw.get() == "null"
}

/// An object as pairs: names unescaped, values as they stand in the body.
struct Entries<'a>(Vec<(Cow<'a, str>, &'a RawValue)>);

#[derive(Deserialize)]
struct Name<'a>(#[serde(borrow)] Cow<'a, str>);

impl<'de> Deserialize<'de> for Entries<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Pairs;

        impl<'de> Visitor<'de> for Pairs {
            type Value = Entries<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut entries = Vec::with_capacity(8);
                while let Some((Name(name), value)) = map.next_entry()? {
                    entries.push((name, value));
                }
                Ok(Entries(entries))
            }
        }

        deserializer.deserialize_map(Pairs)
    }
}
