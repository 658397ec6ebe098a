//! What requests may hold, declared once. A [`FieldType`] is a kind of value, such as a name: its bounds, how it is
//! read, and what the OpenAPI document says of it; all of them are in [`types`]. A request is a function over
//! [`Fields`] that lists its fields:
//!
//! ```
//! use maitred_web::field::Fields;
//! use maitred_web::field::types::{FLAG, MAX_LOAD, NAME};
//!
//! struct Guest {
//!     name: std::sync::Arc<str>,
//!     seats: u32,
//!     is_regular: bool,
//! }
//!
//! fn read(fields: &mut impl Fields) -> Guest {
//!     Guest {
//!         name: fields.required("name", NAME, ""),
//!         seats: fields.or("seats", MAX_LOAD.example("4"), 2, "How many come."),
//!         is_regular: fields.or("is_regular", FLAG, false, ""),
//!     }
//! }
//! # use maitred_web::field::FieldType;
//! ```
//!
//! The same function reads a JSON body, a query or a body of a dialect, and describes them all for the document: each
//! is an implementation of [`Fields`]. Errors are collected, so that one answer names all of them.

pub mod ageing;
pub mod choice;
pub mod correction;
pub mod input;
pub mod intake;
pub mod lists;
pub mod mapping;
pub mod patterns;
pub mod reports;
pub mod types;

use input::Input;
use maitred_core::limits::Invalid;
use serde::Serialize;
use serde_json::Value;
use utoipa::openapi::{RefOr, Schema};

/// A kind of value: its bounds, its reader, its schema.
pub trait FieldType: Copy {
    type Value;

    /// Reads a value.
    ///
    /// # Errors
    /// What is wrong with it, without the name of the field.
    fn read<'a, I: Input<'a>>(self, input: I) -> Result<Self::Value, I::Error>;

    /// Stands in for a required value that was wrong, so that the fields behind it are read too. Never used: such a
    /// request is refused.
    fn placeholder(self) -> Self::Value;

    /// What the document says of it.
    fn schema(self) -> RefOr<Schema>;

    /// The schema that [`FieldType::schema`] refers to, with its name.
    fn referenced(self) -> Option<(String, RefOr<Schema>)> {
        None
    }

    /// What the document shows as an example, as JSON.
    fn example_json(self) -> Option<&'static str> {
        None
    }

    /// The same with an example for the document, as JSON.
    fn example(self, json: &'static str) -> Example<Self> {
        Example { of: self, json }
    }
}

/// A [`FieldType`] with an example.
#[derive(Clone, Copy, Debug)]
pub struct Example<K> {
    of: K,
    json: &'static str,
}

impl<K: FieldType> FieldType for Example<K> {
    type Value = K::Value;

    fn read<'a, I: Input<'a>>(self, input: I) -> Result<K::Value, I::Error> {
        self.of.read(input)
    }

    fn placeholder(self) -> K::Value {
        self.of.placeholder()
    }

    fn schema(self) -> RefOr<Schema> {
        self.of.schema()
    }

    fn referenced(self) -> Option<(String, RefOr<Schema>)> {
        self.of.referenced()
    }

    fn example_json(self) -> Option<&'static str> {
        Some(self.json)
    }
}

/// Whether a field has to be there, and what `null` means in it.
#[derive(Clone, Copy)]
pub enum Presence<'a> {
    /// It has to be there and is not `null`.
    Required,
    /// It may be left out or be `null`.
    Optional,
    /// So it may, and then this is its value.
    Or(&'a dyn Fn() -> Value),
    /// Part of an edit: left out, it stays as it is; it is not `null`.
    Edited,
    /// Part of an edit: left out, it stays as it is; `null` removes it.
    Removable,
    /// It has to be there but may be `null`.
    Nullable,
}

/// What a field holds.
pub enum Found<T> {
    Value(T),
    Null,
    /// It was left out, or it was wrong and the error is noted.
    Nothing,
}

/// The fields of a request, to be read or to be described one after the other.
///
/// `about` is what the document says of the field, and empty where its name says it all.
pub trait Fields {
    /// Reads or describes one. [`Fields::required`] and its siblings are easier to call.
    fn field<K: FieldType>(
        &mut self,
        name: &'static str,
        of: K,
        about: &'static str,
        presence: Presence<'_>,
    ) -> Found<K::Value>;

    /// Notes an error in a field.
    fn fail(&mut self, name: &'static str, what: Invalid);

    /// Notes an error in the request as a whole.
    fn fail_whole(&mut self, what: &'static str);

    /// Whether anything was wrong with one of these fields; with any at all, if none is named.
    fn has_errors_at(&self, names: &[&str]) -> bool;

    /// All of it as it was sent; empty where nothing was.
    fn text(&self) -> &str {
        ""
    }

    /// The names of what was sent and not asked for so far, the first of them.
    fn unknown(&self) -> Vec<String> {
        Vec::new()
    }

    /// A field that must be there.
    fn required<K: FieldType>(&mut self, name: &'static str, of: K, about: &'static str) -> K::Value {
        match self.field(name, of, about, Presence::Required) {
            Found::Value(value) => value,
            Found::Null | Found::Nothing => of.placeholder(),
        }
    }

    /// A field that may be left out.
    fn optional<K: FieldType>(&mut self, name: &'static str, of: K, about: &'static str) -> Option<K::Value> {
        match self.field(name, of, about, Presence::Optional) {
            Found::Value(value) => Some(value),
            Found::Null | Found::Nothing => None,
        }
    }

    /// A field that may be left out, and then has this value.
    fn or<K: FieldType>(&mut self, name: &'static str, of: K, default: K::Value, about: &'static str) -> K::Value
    where
        K::Value: Serialize,
    {
        let json = || serde_json::to_value(&default).unwrap_or_default();
        match self.field(name, of, about, Presence::Or(&json)) {
            Found::Value(value) => value,
            Found::Null | Found::Nothing => default,
        }
    }

    /// A field of an edit: left out, it stays as it is.
    fn edited<K: FieldType>(&mut self, name: &'static str, of: K, about: &'static str) -> Option<K::Value> {
        match self.field(name, of, about, Presence::Edited) {
            Found::Value(value) => Some(value),
            Found::Null | Found::Nothing => None,
        }
    }

    /// A field of an edit that `null` removes: left out, it stays as it is.
    fn removable<K: FieldType>(&mut self, name: &'static str, of: K, about: &'static str) -> Option<Option<K::Value>> {
        match self.field(name, of, about, Presence::Removable) {
            Found::Value(value) => Some(Some(value)),
            Found::Null => Some(None),
            Found::Nothing => None,
        }
    }

    /// A field that must be there but may be `null`.
    fn nullable<K: FieldType>(&mut self, name: &'static str, of: K, about: &'static str) -> Option<K::Value> {
        match self.field(name, of, about, Presence::Nullable) {
            Found::Value(value) => Some(value),
            Found::Null | Found::Nothing => None,
        }
    }
}
