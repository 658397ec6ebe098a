//! What one column of one row holds, on its way into either engine or between the two, and the Rust types that have
//! such a form. Reading them back is in `row`.

use super::row::Row;
use super::table::Kind;
use crate::StoreError;
use crate::accounts::Role;
use crate::endpoints::EndpointFormat;
use crate::telegram::NoticeState;
use bytes::BytesMut;
use maitred_core::caps::Cap;
use maitred_core::conversation::{ConversationRules, Delivery};
use maitred_core::event::EndpointFault;
use maitred_core::intake::PayloadState;
use maitred_core::offer::{Attempts, OfferRules};
use maitred_core::release::ReleaseRules;
use maitred_core::urgency::UrgencyRules;
use maitred_core::{Actor, EventKind, IdentityKind, Policy, SourceKind, Status, Timestamp};
use rusqlite::types::{ToSqlOutput, ValueRef};
use std::borrow::Cow;
use std::sync::Arc;
use tokio_postgres::types::{IsNull, ToSql, Type, to_sql_checked};

/// See the module. Has no `Debug` on purpose: it may be somebody's phone number.
#[derive(Clone, PartialEq, Eq)]
pub enum Value<'a> {
    Null,
    /// A number, a time, a code, or a flag as 0 or 1.
    Number(i64),
    Text(Cow<'a, str>),
    Bytes(Cow<'a, [u8]>),
}

impl std::fmt::Debug for Value<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Null => "NULL",
            Self::Number(_) => "a number",
            Self::Text(_) => "a text",
            Self::Bytes(_) => "bytes",
        })
    }
}

impl<'a, T: Stored> From<&'a T> for Value<'a> {
    fn from(stored: &'a T) -> Self {
        stored.to_value()
    }
}

impl From<i64> for Value<'_> {
    fn from(number: i64) -> Self {
        Self::Number(number)
    }
}

impl From<u32> for Value<'_> {
    fn from(number: u32) -> Self {
        Self::Number(number.into())
    }
}

impl<'a> From<&'a str> for Value<'a> {
    fn from(text: &'a str) -> Self {
        Self::Text(text.into())
    }
}

impl<'a> From<&'a [u8]> for Value<'a> {
    fn from(bytes: &'a [u8]) -> Self {
        Self::Bytes(bytes.into())
    }
}

impl rusqlite::ToSql for Value<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Self::Null => ValueRef::Null,
            Self::Number(number) => ValueRef::Integer(*number),
            Self::Text(text) => ValueRef::Text(text.as_bytes()),
            Self::Bytes(bytes) => ValueRef::Blob(bytes),
        }))
    }
}

/// A number is sent as what the statement says it is: a code is a SMALLINT, a flag a BOOLEAN.
impl ToSql for Value<'_> {
    fn to_sql(&self, r#type: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn std::error::Error + Sync + Send>> {
        match self {
            Self::Null => Ok(IsNull::Yes),
            Self::Number(number) => match *r#type {
                Type::INT2 => i16::try_from(*number)?.to_sql(r#type, out),
                Type::BOOL => (*number != 0).to_sql(r#type, out),
                _ => number.to_sql(r#type, out),
            },
            Self::Text(text) => (&**text).to_sql(r#type, out),
            Self::Bytes(bytes) => (&**bytes).to_sql(r#type, out),
        }
    }

    fn accepts(r#type: &Type) -> bool {
        matches!(*r#type, Type::INT2 | Type::INT8 | Type::BOOL | Type::TEXT | Type::BYTEA | Type::UNKNOWN)
    }

    to_sql_checked!();
}

impl Value<'_> {
    /// What PostgreSQL is told that this is. The server itself finds out what NULL is.
    #[must_use]
    pub const fn r#type(&self) -> Type {
        match self {
            Self::Null => Type::UNKNOWN,
            Self::Number(_) => Type::INT8,
            Self::Text(_) => Type::TEXT,
            Self::Bytes(_) => Type::BYTEA,
        }
    }
}

/// A type that one column can hold.
pub trait Stored: Sized {
    const KIND: Kind;
    const IS_NULLABLE: bool = false;

    fn to_value(&self) -> Value<'_>;

    /// The same, of what is nowhere else.
    fn into_value(self) -> Value<'static> {
        match self.to_value() {
            Value::Null => Value::Null,
            Value::Number(number) => Value::Number(number),
            Value::Text(text) => Value::Text(text.into_owned().into()),
            Value::Bytes(bytes) => Value::Bytes(bytes.into_owned().into()),
        }
    }

    /// # Errors
    /// When the column is not what the schema says.
    fn from_column(row: Row<'_>, column: usize) -> Result<Self, StoreError>;
}

impl<T: Stored> Stored for Option<T> {
    const KIND: Kind = T::KIND;
    const IS_NULLABLE: bool = true;

    fn to_value(&self) -> Value<'_> {
        self.as_ref().map_or(Value::Null, T::to_value)
    }

    fn into_value(self) -> Value<'static> {
        self.map_or(Value::Null, T::into_value)
    }

    fn from_column(row: Row<'_>, column: usize) -> Result<Self, StoreError> {
        if row.is_null(column)? { Ok(None) } else { T::from_column(row, column).map(Some) }
    }
}

/// Stores an id, or another type around an `i64`. Stands with the table whose rows it names.
macro_rules! stored_id {
    ($name:ty) => {
        impl $crate::schema::Stored for $name {
            const KIND: $crate::schema::Kind = $crate::schema::Kind::Number;

            fn to_value(&self) -> $crate::schema::Value<'_> {
                $crate::schema::Value::Number(self.0)
            }

            fn from_column(row: $crate::schema::Row<'_>, column: usize) -> Result<Self, $crate::StoreError> {
                row.i64(column).map(Self)
            }
        }
    };
}
pub(super) use stored_id;

stored_id!(Timestamp);

macro_rules! numbers {
    ($($name:ident)*) => {
        $(impl Stored for $name {
            const KIND: Kind = Kind::Number;

            /// What is larger than the largest number of the engines is not a count of anything.
            fn to_value(&self) -> Value<'_> {
                Value::Number(number(*self))
            }

            fn from_column(row: Row<'_>, column: usize) -> Result<Self, StoreError> {
                let number = row.i64(column)?;
                number.try_into().map_err(|_| row.misfit(column, number))
            }
        })*
    };
}

numbers!(i32 i64 u32 u64);

fn number(from: impl TryInto<i64>) -> i64 {
    from.try_into().unwrap_or(i64::MAX)
}

/// A value stored by its place in the list of all: in which column, for errors.
macro_rules! codes {
    ($($name:ident in $column:literal)*) => {
        $(impl Stored for $name {
            const KIND: Kind = Kind::Code;

            fn to_value(&self) -> Value<'_> {
                Value::Number(*self as i64)
            }

            fn from_column(row: Row<'_>, column: usize) -> Result<Self, StoreError> {
                let code = row.i64(column)?;
                let value = usize::try_from(code).ok().and_then(|at| Self::ALL.get(at)).copied();
                value.ok_or(StoreError::UnknownCode($column, code))
            }
        })*
    };
}

codes! {
    EndpointFault in "endpoints.fault"
    EndpointFormat in "endpoints.format"
    EventKind in "events.kind"
    IdentityKind in "identities.kind"
    NoticeState in "telegram_notices.state"
    Policy in "sources.policy"
    Role in "keys.role"
    SourceKind in "sources.kind"
    Status in "contacts.status"
    PayloadState in "payloads.state"
}

impl Stored for bool {
    const KIND: Kind = Kind::Flag;

    fn to_value(&self) -> Value<'_> {
        Value::Number((*self).into())
    }

    fn from_column(row: Row<'_>, column: usize) -> Result<Self, StoreError> {
        row.i64(column).map(|flag| flag != 0)
    }
}

impl Stored for Arc<str> {
    const KIND: Kind = Kind::Text;

    fn to_value(&self) -> Value<'_> {
        Value::Text(Cow::Borrowed(self))
    }

    fn from_column(row: Row<'_>, column: usize) -> Result<Self, StoreError> {
        row.text(column).map(Self::from)
    }
}

impl Stored for String {
    const KIND: Kind = Kind::Text;

    fn to_value(&self) -> Value<'_> {
        Value::Text(Cow::Borrowed(self))
    }

    fn into_value(self) -> Value<'static> {
        Value::Text(Cow::Owned(self))
    }

    fn from_column(row: Row<'_>, column: usize) -> Result<Self, StoreError> {
        row.text(column).map(Self::from)
    }
}

impl Stored for Actor {
    const KIND: Kind = Kind::Text;

    fn to_value(&self) -> Value<'_> {
        Value::Text(self.to_string().into())
    }

    fn from_column(row: Row<'_>, column: usize) -> Result<Self, StoreError> {
        row.text(column)?.parse().map_err(|error| StoreError::Corrupt(format!("{}: {error}", row.name(column))))
    }
}

impl Stored for Delivery {
    const KIND: Kind = Kind::Text;

    fn to_value(&self) -> Value<'_> {
        self.as_str().into()
    }

    fn from_column(row: Row<'_>, column: usize) -> Result<Self, StoreError> {
        let word = row.text(column)?;
        let known = Self::ALL.into_iter().find(|delivery| delivery.as_str() == word);
        known.ok_or_else(|| StoreError::Corrupt(format!("{}: no delivery is {word:?}", row.name(column))))
    }
}

impl Stored for Vec<u8> {
    const KIND: Kind = Kind::Bytes;

    fn to_value(&self) -> Value<'_> {
        Value::Bytes(Cow::Borrowed(self))
    }

    fn into_value(self) -> Value<'static> {
        Value::Bytes(Cow::Owned(self))
    }

    fn from_column(row: Row<'_>, column: usize) -> Result<Self, StoreError> {
        row.bytes(column).map(<[u8]>::to_vec)
    }
}

/// Rules of a source are JSON. Most sources have none, for which nothing is stored.
macro_rules! rules {
    ($($name:ident)*) => {
        $(impl Stored for $name {
            const KIND: Kind = Kind::Text;
            const IS_NULLABLE: bool = true;

            fn to_value(&self) -> Value<'_> {
                if self.are_default() { Value::Null } else { json(self) }
            }

            fn from_column(row: Row<'_>, column: usize) -> Result<Self, StoreError> {
                if row.is_null(column)? { Ok(Self::default()) } else { from_json(row, column) }
            }
        })*
    };
}

rules!(ConversationRules OfferRules ReleaseRules UrgencyRules);

impl Stored for Arc<Attempts> {
    const KIND: Kind = Kind::Text;

    fn to_value(&self) -> Value<'_> {
        json(&**self)
    }

    fn from_column(row: Row<'_>, column: usize) -> Result<Self, StoreError> {
        from_json(row, column).map(Self::new)
    }
}

impl Stored for Arc<[Cap]> {
    const KIND: Kind = Kind::Text;

    fn to_value(&self) -> Value<'_> {
        json(&**self)
    }

    fn from_column(row: Row<'_>, column: usize) -> Result<Self, StoreError> {
        from_json::<Vec<Cap>>(row, column).map(Into::into)
    }
}

fn json<T: serde::Serialize + ?Sized>(value: &T) -> Value<'static> {
    Value::Text(serde_json::to_string(value).expect("numbers and words are JSON").into())
}

fn from_json<T: serde::de::DeserializeOwned>(row: Row<'_>, column: usize) -> Result<T, StoreError> {
    let read = serde_json::from_str(row.text(column)?);
    read.map_err(|error| StoreError::Corrupt(format!("{}: {error}", row.name(column))))
}

impl<const N: usize> Stored for [u8; N] {
    const KIND: Kind = Kind::Bytes;

    fn to_value(&self) -> Value<'_> {
        Value::Bytes(Cow::Borrowed(self))
    }

    fn from_column(row: Row<'_>, column: usize) -> Result<Self, StoreError> {
        let misfit = |_| StoreError::Corrupt(format!("{} has another length than {N}", row.name(column)));
        row.bytes(column)?.try_into().map_err(misfit)
    }
}
