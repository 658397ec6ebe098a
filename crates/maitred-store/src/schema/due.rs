//! When something changes by itself, one row for each subject. The rows follow from those of their subjects.

use super::{FromRow, Kind, Row, Stored, Value, record};
use crate::StoreError;
use maitred_core::Timestamp;
use maitred_core::due::{Due, Subject};

/// The code of a subject's kind.
pub struct SubjectKind(u8);

impl Stored for SubjectKind {
    const KIND: Kind = Kind::Code;

    fn to_value(&self) -> Value<'_> {
        Value::Number(self.0.into())
    }

    fn from_column(row: Row<'_>, column: usize) -> Result<Self, StoreError> {
        let code = row.i64(column)?;
        u8::try_from(code).map(Self).map_err(|_| StoreError::UnknownCode("due.kind", code))
    }
}

/// When a subject changes.
pub struct DueRow {
    pub kind: SubjectKind,
    pub subject: i64,
    pub at: Timestamp,
}

record! {
    pub static DUE: DueRow = "due", key 2 { kind, subject as "subject_id", at, }
    [indexes: &["due_at"]]
}

impl DueRow {
    pub const fn of(Due { at, subject }: Due) -> Self {
        let (kind, id) = subject.code();
        Self { kind: SubjectKind(kind), subject: id, at }
    }
}

/// That a subject does not change by itself.
pub struct NotDue {
    pub kind: SubjectKind,
    pub subject: i64,
}

record! {
    static NOT_DUE: NotDue = "due", key 2 { kind, subject as "subject_id", }
}

impl NotDue {
    pub const fn of(subject: Subject) -> Self {
        let (kind, id) = subject.code();
        Self { kind: SubjectKind(kind), subject: id }
    }
}

impl FromRow for Due {
    const WIDTH: usize = DueRow::WIDTH;

    fn read(row: Row<'_>, first: usize) -> Result<Self, StoreError> {
        let DueRow { kind: SubjectKind(kind), subject, at } = DueRow::read(row, first)?;
        let subject = Subject::from_code(kind, subject);
        Ok(Self { at, subject: subject.ok_or(StoreError::UnknownCode("due.kind", kind.into()))? })
    }
}
