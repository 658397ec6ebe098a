//! When operators work: calendars, what operators have beyond them, and what both are compiled to.

use super::table::Reference;
use super::value::stored_id;
use super::{Kind, Personal, Row, Stored, Value, record};
use crate::StoreError;
use maitred_core::hours::Hours;
use maitred_core::{Calendar, CalendarId, OperatorId};
use std::sync::Arc;

stored_id!(CalendarId);

record! {
    pub static CALENDARS: Calendar = "calendars", key 1 {
        id,
        name,
        definition,
        version,
        created_at,
        updated_at,
        deleted_at,
    }
    [counter: Some("calendar")]
}

/// Exceptions and leave of an operator.
pub struct PersonalTimes {
    pub operator: OperatorId,
    pub definition: Arc<str>,
}

record! {
    pub static PERSONAL_TIMES: PersonalTimes = "personal_times", key 1 {
        operator as "operator_id" [.refers(Reference::to("operators"))],
        definition [.personal(Personal::Staff)],
    }
}

/// That an operator has none.
pub struct NoPersonalTimes {
    pub operator: OperatorId,
}

record! {
    static NO_PERSONAL_TIMES: NoPersonalTimes = "personal_times", key 1 { operator as "operator_id", }
}

impl Stored for Arc<Hours> {
    const KIND: Kind = Kind::Bytes;

    fn to_value(&self) -> Value<'_> {
        Value::Bytes(self.encode().into())
    }

    fn from_column(row: Row<'_>, column: usize) -> Result<Self, StoreError> {
        Ok(Self::new(Hours::decode(row.bytes(column)?)?))
    }
}
