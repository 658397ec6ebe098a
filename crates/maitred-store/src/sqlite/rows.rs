//! Rows to nouns and back. The column lists stand beside the functions that read them.

use crate::StoreError;
use maitred_core::{
    Contact, ContactId, IdentityKind, Lead, LeadId, Operator, OperatorId, Policy, Source, SourceId, SourceKind, Status,
    Timestamp,
};
use rusqlite::{Row, types::FromSqlError};
use std::sync::Arc;

/// Columns for [`contact`].
pub const CONTACT: &str = "id, lead_id, source_id, operator_id, status, priority, message, attributes, created_at, \
                           assigned_at, resolved_at, updated_at, decisions";
/// Columns for [`operator`].
pub const OPERATOR: &str =
    "id, name, is_active, max_load, current_load, last_assigned_at, created_at, updated_at, deleted_at";
/// Columns for [`source`].
pub const SOURCE: &str =
    "id, name, description, kind, policy, sticky, default_region, created_at, updated_at, deleted_at";
/// Columns for [`lead`].
pub const LEAD: &str = "id, name, merged_into, created_at, updated_at, erased_at";

/// Reads a contact from columns [`CONTACT`].
///
/// # Errors
/// When a column is not what the schema says.
pub fn contact(row: &Row<'_>) -> rusqlite::Result<Contact> {
    Ok(Contact {
        id: ContactId(row.get(0)?),
        lead: LeadId(row.get(1)?),
        source: SourceId(row.get(2)?),
        operator: row.get::<_, Option<i64>>(3)?.map(OperatorId),
        status: coded(row, 4, &Status::ALL)?,
        priority: row.get(5)?,
        message: text(row, 6)?,
        attributes: text(row, 7)?,
        created_at: Timestamp(row.get(8)?),
        assigned_at: time(row, 9)?,
        resolved_at: time(row, 10)?,
        updated_at: Timestamp(row.get(11)?),
        decisions: row.get(12)?,
    })
}

/// Reads an operator from columns [`OPERATOR`].
///
/// # Errors
/// When a column is not what the schema says.
pub fn operator(row: &Row<'_>) -> rusqlite::Result<Operator> {
    Ok(Operator {
        id: OperatorId(row.get(0)?),
        name: row.get(1)?,
        is_active: row.get(2)?,
        max_load: row.get(3)?,
        current_load: row.get(4)?,
        last_assigned_at: time(row, 5)?,
        created_at: Timestamp(row.get(6)?),
        updated_at: Timestamp(row.get(7)?),
        deleted_at: time(row, 8)?,
    })
}

/// Reads a source from columns [`SOURCE`].
///
/// # Errors
/// When a column is not what the schema says.
pub fn source(row: &Row<'_>) -> rusqlite::Result<Source> {
    Ok(Source {
        id: SourceId(row.get(0)?),
        name: row.get(1)?,
        description: row.get(2)?,
        kind: coded(row, 3, &SourceKind::ALL)?,
        policy: coded(row, 4, &Policy::ALL)?,
        sticky: row.get(5)?,
        default_region: text(row, 6)?,
        created_at: Timestamp(row.get(7)?),
        updated_at: Timestamp(row.get(8)?),
        deleted_at: time(row, 9)?,
    })
}

/// Reads a lead from columns [`LEAD`].
///
/// # Errors
/// When a column is not what the schema says.
pub fn lead(row: &Row<'_>) -> rusqlite::Result<Lead> {
    Ok(Lead {
        id: LeadId(row.get(0)?),
        name: text(row, 1)?,
        merged_into: row.get::<_, Option<i64>>(2)?.map(LeadId),
        created_at: Timestamp(row.get(3)?),
        updated_at: Timestamp(row.get(4)?),
        erased_at: time(row, 5)?,
    })
}

/// Reads the kind of an identity.
///
/// # Errors
/// When the code is unknown.
pub fn identity_kind(row: &Row<'_>, column: usize) -> rusqlite::Result<IdentityKind> {
    coded(row, column, &IdentityKind::ALL)
}

fn text(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<Arc<str>>> {
    row.get(column)
}

fn time(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<Timestamp>> {
    Ok(row.get::<_, Option<i64>>(column)?.map(Timestamp))
}

/// The value whose stored code this is: its place in the ALL list of its type.
fn coded<T: Copy>(row: &Row<'_>, column: usize, all: &[T]) -> rusqlite::Result<T> {
    let code: i64 = row.get(column)?;
    let value = usize::try_from(code).ok().and_then(|at| all.get(at)).copied();
    value.ok_or_else(|| FromSqlError::OutOfRange(code).into())
}

/// The stored code of a value: its place in the ALL list of its type.
#[must_use]
pub fn code<T: PartialEq>(value: &T, all: &[T]) -> i64 {
    all.iter().position(|v| v == value).map_or(-1, |at| at as i64)
}

impl From<FromSqlError> for StoreError {
    fn from(error: FromSqlError) -> Self {
        Self::Corrupt(error.to_string())
    }
}
