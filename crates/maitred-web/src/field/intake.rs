//! Values of contacts that come in. What can be taken is repaired instead of refused
//! ([`maitred_core::limits::repair`]): a number in place of a text is its digits, a text in place of a number is that
//! number. Objects, lists and booleans are refused.

use super::input::{Input, Scalar};
use super::{FieldType, types};
use maitred_core::limits::Invalid;
use maitred_core::limits::repair::{self, Repaired, SentIdentity};
use maitred_core::{OperatorId, SourceId, Timestamp};
use maitred_store::clock;
use std::sync::Arc;
use utoipa::openapi::schema::{Object, ObjectBuilder, SchemaType, Type};
use utoipa::openapi::{RefOr, Schema};

/// What finds a lead, as it was sent; blank counts as left out.
pub const IDENTITY: Intake<Option<SentIdentity>> = Intake { repair: repair::identity };
/// How a lead is called; blank counts as left out.
pub const NAME: Intake<Option<Arc<str>>> = Intake { repair: repair::name };
/// What a lead wrote.
pub const MESSAGE: Intake<Arc<str>> = Intake { repair: repair::message };
/// The id that a source gave an event, of any length; blank counts as none.
pub const EVENT_ID: Intake<Option<Box<str>>> = Intake { repair: event_id };
/// Larger goes first.
pub const PRIORITY: Priority = Priority;
/// Before when nobody is to get a contact. Whatever cannot be read counts as left out.
pub const NOT_BEFORE: NotBefore = NotBefore;
/// Who is to get a contact; also in quotes. Whatever is no id counts as left out.
pub const WANTED_OPERATOR: WantedOperator = WantedOperator;
/// For how many seconds it is reserved for them. Whatever is no number counts as left out.
pub const WANTED_FOR: WantedFor = WantedFor;
/// Fields of the sender's own.
pub const ATTRIBUTES: Attributes = Attributes;
/// The source of a contact; also in quotes.
pub const SOURCE_ID: Source = Source;

const BROKEN: &str = "had half a character, which became U+FFFD";
const WAS_NUMBER: &str = "was a number and became its digits as text";
const WAS_TEXT: &str = "was text and became a number";

fn event_id(text: &str) -> Repaired<Option<Box<str>>> {
    repair::line(text).map(|line| Some(line).filter(|line| !line.is_empty()).map(Into::into))
}

/// A text that is repaired.
pub struct Intake<T> {
    repair: fn(&str) -> Repaired<T>,
}

impl<T> Clone for Intake<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Intake<T> {}

impl<T: Default> FieldType for Intake<T> {
    type Value = Repaired<T>;

    fn read<'a, I: Input<'a>>(self, input: I) -> Result<Repaired<T>, I::Error> {
        let (text, note) = match input.scalar()? {
            Scalar::Text { text, is_broken } => (text, is_broken.then_some(BROKEN)),
            Scalar::Number(token) => (token.into(), Some(WAS_NUMBER)),
        };
        let mut repaired = (self.repair)(&text);
        repaired.notes.extend(note);
        Ok(repaired)
    }

    fn placeholder(self) -> Repaired<T> {
        Repaired::default()
    }

    fn schema(self) -> RefOr<Schema> {
        text_or_number().into()
    }
}

/// See [`PRIORITY`].
#[derive(Clone, Copy)]
pub struct Priority;

impl FieldType for Priority {
    type Value = Repaired<i32>;

    fn read<'a, I: Input<'a>>(self, input: I) -> Result<Repaired<i32>, I::Error> {
        Ok(match input.scalar()? {
            Scalar::Text { text, .. } if text.trim().is_empty() => Repaired::unchanged(0),
            Scalar::Text { text, .. } => {
                let repaired = repair::priority(&text);
                if repaired.notes.is_empty() { Repaired { notes: vec![WAS_TEXT], ..repaired } } else { repaired }
            }
            Scalar::Number(token) => repair::priority(token),
        })
    }

    fn placeholder(self) -> Repaired<i32> {
        Repaired::default()
    }

    fn schema(self) -> RefOr<Schema> {
        text_or_number().into()
    }
}

/// See [`NOT_BEFORE`]. Whether the time has passed, or is too far ahead, is not said here: that is judged by when the
/// contact arrived, so that an answer that is given again is the same.
#[derive(Clone, Copy)]
pub struct NotBefore;

const NO_TIME: &str = "is no time in RFC 3339 and was left out";
const WAS_SECONDS: &str = "was a number and became the time so many seconds after 1970 began, or milliseconds";
/// Above, a number is one of milliseconds: as seconds it would be in the year 5138.
const SECONDS_MAX: i64 = 100_000_000_000;

impl NotBefore {
    fn time(text: &str) -> Repaired<Option<Timestamp>> {
        match clock::parse_rfc3339(text.trim()) {
            Ok(at) => Repaired::unchanged(Some(at)),
            Err(_) => Repaired { value: None, notes: vec![NO_TIME] },
        }
    }

    fn number(token: &str) -> Repaired<Option<Timestamp>> {
        let Ok(number) = token.parse::<i64>() else { return Repaired { value: None, notes: vec![NO_TIME] } };
        let micros = if number > SECONDS_MAX { 1_000 } else { 1_000_000 };
        Repaired { value: Some(Timestamp(number.saturating_mul(micros))), notes: vec![WAS_SECONDS] }
    }
}

impl FieldType for NotBefore {
    type Value = Repaired<Option<Timestamp>>;

    fn read<'a, I: Input<'a>>(self, input: I) -> Result<Self::Value, I::Error> {
        Ok(match input.scalar() {
            Ok(Scalar::Text { text, .. }) if text.trim().is_empty() => Repaired::default(),
            Ok(Scalar::Text { text, .. }) => Self::time(&text),
            Ok(Scalar::Number(token)) => Self::number(token),
            // An appointment that cannot be read is no reason to lose the contact.
            Err(_) => Repaired { value: None, notes: vec![NO_TIME] },
        })
    }

    fn placeholder(self) -> Self::Value {
        Repaired::default()
    }

    fn schema(self) -> RefOr<Schema> {
        Object::with_type(SchemaType::AnyValue).into()
    }
}

/// See [`WANTED_OPERATOR`].
#[derive(Clone, Copy)]
pub struct WantedOperator;

const NO_OPERATOR: &str = "is not the id of an operator and was left out";

impl FieldType for WantedOperator {
    type Value = Repaired<Option<OperatorId>>;

    fn read<'a, I: Input<'a>>(self, input: I) -> Result<Self::Value, I::Error> {
        let text = match input.scalar() {
            Ok(Scalar::Text { text, .. }) if text.trim().is_empty() => return Ok(Repaired::default()),
            Ok(Scalar::Text { text, .. }) => text,
            Ok(Scalar::Number(token)) => token.into(),
            // A wish that cannot be read is no reason to lose the contact.
            Err(_) => return Ok(Repaired { value: None, notes: vec![NO_OPERATOR] }),
        };
        let id = text.trim().parse().ok().map(OperatorId);
        let note = id.is_none().then_some(NO_OPERATOR);
        Ok(Repaired { value: id, notes: note.into_iter().collect() })
    }

    fn placeholder(self) -> Self::Value {
        Repaired::default()
    }

    fn schema(self) -> RefOr<Schema> {
        Object::with_type(SchemaType::AnyValue).into()
    }
}

/// See [`WANTED_FOR`].
#[derive(Clone, Copy)]
pub struct WantedFor;

impl FieldType for WantedFor {
    type Value = Repaired<Option<u32>>;

    fn read<'a, I: Input<'a>>(self, input: I) -> Result<Self::Value, I::Error> {
        Ok(match input.scalar() {
            Ok(Scalar::Text { text, .. }) if text.trim().is_empty() => Repaired::default(),
            Ok(Scalar::Text { text, .. }) => repair::reserved_seconds(&text),
            Ok(Scalar::Number(token)) => repair::reserved_seconds(token),
            Err(_) => Repaired { value: None, notes: vec!["is not a number and was left out"] },
        })
    }

    fn placeholder(self) -> Self::Value {
        Repaired::default()
    }

    fn schema(self) -> RefOr<Schema> {
        Object::with_type(SchemaType::AnyValue).into()
    }
}

/// See [`SOURCE_ID`].
#[derive(Clone, Copy)]
pub struct Source;

impl FieldType for Source {
    type Value = Repaired<SourceId>;

    fn read<'a, I: Input<'a>>(self, input: I) -> Result<Repaired<SourceId>, I::Error> {
        if !input.is_text() {
            return Ok(Repaired::unchanged(SourceId(input.id()?)));
        }
        let text = input.text(0)?;
        let wrong = || Invalid("is not the id of a source; ids are whole numbers".to_owned());
        let id = text.trim().parse().map_err(|_| wrong())?;
        Ok(Repaired { value: SourceId(id), notes: vec![WAS_TEXT] })
    }

    fn placeholder(self) -> Repaired<SourceId> {
        Repaired::unchanged(SourceId(0))
    }

    fn schema(self) -> RefOr<Schema> {
        let types = SchemaType::from_iter([Type::Integer, Type::String]);
        ObjectBuilder::new().schema_type(types).pattern(Some(r"^\s*[+-]?[0-9]+\s*$")).into()
    }
}

/// See [`ATTRIBUTES`].
#[derive(Clone, Copy)]
pub struct Attributes;

impl FieldType for Attributes {
    type Value = Repaired<Arc<str>>;

    fn read<'a, I: Input<'a>>(self, input: I) -> Result<Repaired<Arc<str>>, I::Error> {
        let (value, is_broken) = input.object_repaired()?;
        Ok(Repaired { value, notes: is_broken.then_some(BROKEN).into_iter().collect() })
    }

    fn placeholder(self) -> Repaired<Arc<str>> {
        Repaired::default()
    }

    fn schema(self) -> RefOr<Schema> {
        types::ATTRIBUTES.schema()
    }
}

fn text_or_number() -> ObjectBuilder {
    ObjectBuilder::new().schema_type(SchemaType::from_iter([Type::String, Type::Number]))
}
