//! The fields of one JSON object, read one after the other, with all that is wrong with them.

use super::shape_error;
use maitred_core::limits::Invalid;
use maitred_web::problem::{FieldError, Problem};
use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::fmt;

/// The most unknown fields an answer lists, and the most characters of each.
const UNKNOWN_SHOWN_MAX: usize = 5;
const NAME_CHARS_SHOWN_MAX: usize = 40;

/// What can be read from the fields of a JSON object.
pub trait FromFields: Sized {
    /// Reads it; `None` when one of the fields had an error.
    fn from_fields(fields: &mut Fields<'_>) -> Option<Self>;
}

/// The fields of a JSON object. Each method that reads one notes what is wrong with it and goes on.
pub struct Fields<'a> {
    entries: Vec<(Cow<'a, str>, &'a RawValue)>,
    /// All of it, as it was sent.
    text: &'a str,
    /// The pointer to the object within the body.
    base: String,
    known: Vec<&'static str>,
    errors: Vec<FieldError>,
    is_edit: bool,
}

impl<'a> Fields<'a> {
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

    /// The object as it was sent.
    #[must_use]
    pub const fn text(&self) -> &'a str {
        self.text
    }

    /// A field that must be there. `null` counts as not there.
    pub fn required<T>(
        &mut self,
        name: &'static str,
        read: impl FnOnce(&'a RawValue) -> Result<T, Invalid>,
    ) -> Option<T> {
        match self.take(name).filter(|raw| !is_null(raw)) {
            Some(raw) => self.checked(name, read(raw)),
            None => self.fail(name, "is missing; it is required"),
        }
    }

    /// A field that may be left out or be `null`.
    pub fn optional<T>(
        &mut self,
        name: &'static str,
        read: impl FnOnce(&'a RawValue) -> Result<T, Invalid>,
    ) -> Option<T> {
        let raw = self.take(name).filter(|raw| !is_null(raw))?;
        self.checked(name, read(raw))
    }

    /// A field of an edit: left out, it stays as it is; it cannot be `null`.
    pub fn edited<T>(
        &mut self,
        name: &'static str,
        read: impl FnOnce(&'a RawValue) -> Result<T, Invalid>,
    ) -> Option<T> {
        self.is_edit = true;
        let raw = self.take(name)?;
        if is_null(raw) {
            return self.fail(name, "is null; give a value, or leave it out to keep what is there");
        }
        self.checked(name, read(raw))
    }

    /// A field of an edit that `null` removes: left out, it stays as it is.
    pub fn removable<T>(
        &mut self,
        name: &'static str,
        read: impl FnOnce(&'a RawValue) -> Result<T, Invalid>,
    ) -> Option<Option<T>> {
        self.is_edit = true;
        let raw = self.take(name)?;
        if is_null(raw) { Some(None) } else { self.checked(name, read(raw)).map(Some) }
    }

    /// A field that must be there but may be `null`.
    pub fn nullable<T>(
        &mut self,
        name: &'static str,
        read: impl FnOnce(&'a RawValue) -> Result<T, Invalid>,
    ) -> Option<Option<T>> {
        match self.take(name) {
            Some(raw) if is_null(raw) => Some(None),
            Some(raw) => self.checked(name, read(raw)).map(Some),
            None => self.fail(name, "is missing; give a value or null"),
        }
    }

    /// Notes an error in a field.
    pub fn fail<T>(&mut self, name: &str, what: impl fmt::Display) -> Option<T> {
        self.errors.push(FieldError::at(format!("{}/{name}", self.base), format!("{name} {what}")));
        None
    }

    /// Notes an error in the object as a whole.
    pub fn fail_whole<T>(&mut self, what: impl Into<String>) -> Option<T> {
        self.errors.push(FieldError::at(self.base.clone(), what));
        None
    }

    /// Gives the value back, or everything that was wrong.
    ///
    /// # Errors
    /// What was noted. Also when there is no value, or when an edit names only unknown fields.
    pub fn finish<T>(mut self, value: Option<T>) -> Result<T, Problem> {
        if self.errors.is_empty() && self.is_edit && !self.entries.is_empty() && !self.names_a_known_field() {
            let known = self.known.join(", ");
            self.fail_whole::<()>(format!("the body names nothing that can be changed; that is {known}"));
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

    /// Whether anything was wrong with one of these fields.
    #[must_use]
    pub fn has_errors_at(&self, pointers: &[&str]) -> bool {
        self.errors.iter().any(|error| error.pointer.as_deref().is_some_and(|pointer| pointers.contains(&pointer)))
    }

    /// Everything that was wrong, for a table of many objects.
    #[must_use]
    pub fn into_errors(self) -> Vec<FieldError> {
        self.errors
    }

    fn refuse(mut self) -> Problem {
        let unknown = self.unknown();
        let mut problem = Problem::invalid(std::mem::take(&mut self.errors));
        if !unknown.is_empty() {
            problem.detail.push_str(&format!(" (not known and ignored: {})", unknown.join(", ")));
        }
        problem
    }

    fn unknown(&self) -> Vec<String> {
        let names = self.entries.iter().map(|(name, _)| &**name).filter(|name| !self.known.contains(name));
        names.take(UNKNOWN_SHOWN_MAX).map(|name| name.chars().take(NAME_CHARS_SHOWN_MAX).collect()).collect()
    }

    fn names_a_known_field(&self) -> bool {
        self.entries.iter().any(|(name, _)| self.known.contains(&&**name))
    }

    /// Of a field that is there twice the last counts, as in most readers of JSON.
    fn take(&mut self, name: &'static str) -> Option<&'a RawValue> {
        self.known.push(name);
        self.entries.iter().rfind(|(key, _)| key == name).map(|(_, raw)| *raw)
    }

    fn checked<T>(&mut self, name: &str, read: Result<T, Invalid>) -> Option<T> {
        match read {
            Ok(value) => Some(value),
            Err(invalid) => self.fail(name, invalid),
        }
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
