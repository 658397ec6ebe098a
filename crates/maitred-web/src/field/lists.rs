//! Lists of values.

use super::FieldType;
use super::input::Input;
use super::types::{IDENTITY, NAME};
use maitred_core::idempotency::KeyDigest;
use maitred_core::limits::{self, Invalid, SPLIT_MAX};
use maitred_core::{ContactId, EventKind, SourceId};
use serde::de::DeserializeOwned;
use std::collections::BTreeSet;
use std::marker::PhantomData;
use utoipa::ToSchema;
use utoipa::openapi::schema::{ArrayBuilder, KnownFormat, ObjectBuilder, SchemaFormat, Type};
use utoipa::openapi::{Ref, RefOr, Schema};

/// Ids of contacts.
pub const CONTACT_IDS: ContactIds = ContactIds;
/// Ids of sources.
pub const SOURCE_IDS: SourceIds = SourceIds;
/// Kinds of events.
pub const EVENT_KINDS: EventKinds = EventKinds;
/// Identities as they are stored.
pub const IDENTITIES: Identities = Identities;

/// Keys by which a row of a file is known again.
pub const ROW_KEYS: RowKeys = RowKeys;

/// Texts, which are checked with what they belong to.
#[derive(Clone, Copy)]
pub struct Texts {
    pub most: usize,
}

impl FieldType for Texts {
    type Value = Vec<String>;

    fn read<'a, I: Input<'a>>(self, input: I) -> Result<Vec<String>, I::Error> {
        input.texts()
    }

    fn placeholder(self) -> Vec<String> {
        Vec::new()
    }

    fn schema(self) -> RefOr<Schema> {
        let text = NAME.schema();
        ArrayBuilder::new().items(text).max_items(Some(self.most)).into()
    }
}

/// Objects of one shape, which are checked with what they belong to.
pub struct Objects<T> {
    pub most: usize,
    pub of: PhantomData<T>,
}

impl<T> Clone for Objects<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Objects<T> {}

impl<T: DeserializeOwned + ToSchema> FieldType for Objects<T> {
    type Value = Vec<T>;

    fn read<'a, I: Input<'a>>(self, input: I) -> Result<Vec<T>, I::Error> {
        input.objects()
    }

    fn placeholder(self) -> Vec<T> {
        Vec::new()
    }

    fn schema(self) -> RefOr<Schema> {
        ArrayBuilder::new().items(Ref::from_schema_name(T::name())).max_items(Some(self.most)).into()
    }

    fn referenced(self) -> Option<(String, RefOr<Schema>)> {
        Some((T::name().into_owned(), T::schema()))
    }
}

/// The most keys of one row.
const ROW_KEYS_MAX: usize = 4;

fn few<T>(list: Vec<T>) -> Result<Vec<T>, Invalid> {
    match list.len() {
        0..=SPLIT_MAX => Ok(list),
        n => Err(Invalid(format!("has {n} values; give at most {SPLIT_MAX}"))),
    }
}

/// See [`CONTACT_IDS`].
#[derive(Clone, Copy)]
pub struct ContactIds;

impl FieldType for ContactIds {
    type Value = Vec<ContactId>;

    fn read<'a, I: Input<'a>>(self, input: I) -> Result<Vec<ContactId>, I::Error> {
        Ok(few(input.ids()?.into_iter().map(ContactId).collect())?)
    }

    fn placeholder(self) -> Vec<ContactId> {
        Vec::new()
    }

    fn schema(self) -> RefOr<Schema> {
        let format = SchemaFormat::KnownFormat(KnownFormat::Int64);
        let id = ObjectBuilder::new().schema_type(Type::Integer).format(Some(format));
        ArrayBuilder::new().items(id).max_items(Some(SPLIT_MAX)).into()
    }
}

/// The most sources of one list.
const SOURCE_IDS_MAX: usize = 1_000;

/// See [`SOURCE_IDS`].
#[derive(Clone, Copy)]
pub struct SourceIds;

impl FieldType for SourceIds {
    type Value = Vec<SourceId>;

    fn read<'a, I: Input<'a>>(self, input: I) -> Result<Vec<SourceId>, I::Error> {
        let ids = input.ids()?;
        if ids.is_empty() || ids.len() > SOURCE_IDS_MAX {
            let advice = "leave it out for all";
            return Err(Invalid(format!("has {} ids; give 1 to {SOURCE_IDS_MAX}, or {advice}", ids.len())).into());
        }
        let ids: BTreeSet<i64> = ids.into_iter().collect();
        Ok(ids.into_iter().map(SourceId).collect())
    }

    fn placeholder(self) -> Vec<SourceId> {
        Vec::new()
    }

    fn schema(self) -> RefOr<Schema> {
        let format = SchemaFormat::KnownFormat(KnownFormat::Int64);
        let id = ObjectBuilder::new().schema_type(Type::Integer).format(Some(format));
        ArrayBuilder::new().items(id).min_items(Some(1)).max_items(Some(SOURCE_IDS_MAX)).into()
    }
}

/// See [`EVENT_KINDS`].
#[derive(Clone, Copy)]
pub struct EventKinds;

impl FieldType for EventKinds {
    type Value = Vec<EventKind>;

    fn read<'a, I: Input<'a>>(self, input: I) -> Result<Vec<EventKind>, I::Error> {
        let texts = input.texts()?;
        if texts.is_empty() || texts.len() > EventKind::ALL.len() {
            let most = EventKind::ALL.len();
            return Err(Invalid(format!("has {} kinds; give 1 to {most}, or leave it out for all", texts.len())).into());
        }
        let kinds: Result<Vec<EventKind>, Invalid> = texts.iter().map(|text| event_kind(text)).collect();
        let mut kinds = kinds?;
        kinds.sort_by_key(|kind| kind.code());
        kinds.dedup();
        Ok(kinds)
    }

    fn placeholder(self) -> Vec<EventKind> {
        Vec::new()
    }

    fn schema(self) -> RefOr<Schema> {
        let words: Vec<String> = EventKind::ALL.into_iter().map(EventKind::word).collect();
        let kind = ObjectBuilder::new().schema_type(Type::String).enum_values(Some(words));
        ArrayBuilder::new().items(kind).min_items(Some(1)).max_items(Some(EventKind::ALL.len())).into()
    }
}

/// A kind as the feed has it, `contact_assigned`, or as webhooks have it, `contact.assigned`.
///
/// # Errors
/// [`Invalid`] says where the kinds are listed.
pub fn event_kind(text: &str) -> Result<EventKind, Invalid> {
    let word = text.trim().replacen('.', "_", 1);
    let known = EventKind::ALL.into_iter().find(|kind| kind.word() == word);
    let advice = "give kinds of GET /api/v1/events, such as contact_assigned";
    known.ok_or_else(|| Invalid(format!("has a value that is no kind of event; {advice}")))
}

/// See [`IDENTITIES`].
#[derive(Clone, Copy)]
pub struct Identities;

impl FieldType for Identities {
    type Value = Vec<String>;

    fn read<'a, I: Input<'a>>(self, input: I) -> Result<Vec<String>, I::Error> {
        let texts = few(input.texts()?)?;
        let checked: Result<Vec<String>, Invalid> =
            texts.iter().map(|text| limits::identity(text).map(str::to_owned)).collect();
        Ok(checked?)
    }

    fn placeholder(self) -> Vec<String> {
        Vec::new()
    }

    fn schema(self) -> RefOr<Schema> {
        ArrayBuilder::new().items(IDENTITY.schema()).max_items(Some(SPLIT_MAX)).into()
    }
}

/// See [`ROW_KEYS`].
#[derive(Clone, Copy)]
pub struct RowKeys;

impl FieldType for RowKeys {
    type Value = Vec<KeyDigest>;

    fn read<'a, I: Input<'a>>(self, input: I) -> Result<Vec<KeyDigest>, I::Error> {
        let texts = input.texts()?;
        if texts.len() > ROW_KEYS_MAX {
            return Err(Invalid(format!("has {} values; give at most {ROW_KEYS_MAX}", texts.len())).into());
        }
        let keys: Result<Vec<KeyDigest>, Invalid> = texts.iter().map(|text| row_key(text)).collect();
        Ok(keys?)
    }

    fn placeholder(self) -> Vec<KeyDigest> {
        Vec::new()
    }

    fn schema(self) -> RefOr<Schema> {
        let key = ObjectBuilder::new().schema_type(Type::String).pattern(Some("^[0-9a-f]{32}$"));
        ArrayBuilder::new().items(key).max_items(Some(ROW_KEYS_MAX)).into()
    }
}

fn row_key(text: &str) -> Result<KeyDigest, Invalid> {
    let is_hex = text.len() == 32 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    let number = if is_hex { u128::from_str_radix(text, 16).ok() } else { None };
    number.map(u128::to_be_bytes).ok_or_else(|| Invalid("has a value that is not 32 hexadecimal digits".to_owned()))
}
