//! Rows to nouns and back. The column lists stand beside the functions that read them.

use crate::StoreError;
use maitred_core::{
    Contact, ContactId, IdentityKind, Lead, LeadId, Operator, OperatorId, Policy, Source, SourceId, SourceKind, Status,
    Timestamp,
};
use std::sync::Arc;
use tokio_postgres::Row;

type Result<T> = std::result::Result<T, StoreError>;

/// Columns for [`contact`].
pub const CONTACT: &str = "c.id, c.lead_id, c.source_id, c.operator_id, c.status, c.priority, c.message, \
                           c.attributes, c.created_at, c.assigned_at, c.resolved_at, c.updated_at, c.decisions";
/// Columns for [`operator`].
pub const OPERATOR: &str = "o.id, o.name, o.is_active, o.max_load, o.current_load, o.last_assigned_at, \
                            o.created_at, o.updated_at, o.deleted_at";
/// Columns for [`source`].
pub const SOURCE: &str = "s.id, s.name, s.description, s.kind, s.policy, s.sticky, s.default_region, s.created_at, \
                          s.updated_at, s.deleted_at";
/// Columns for [`lead`].
pub const LEAD: &str = "l.id, l.name, l.merged_into, l.created_at, l.updated_at, l.erased_at";

/// Reads a contact from columns [`CONTACT`], which are the first.
///
/// # Errors
/// When a column is not what the schema says.
pub fn contact(row: &Row) -> Result<Contact> {
    Ok(Contact {
        id: ContactId(row.try_get(0)?),
        lead: LeadId(row.try_get(1)?),
        source: SourceId(row.try_get(2)?),
        operator: row.try_get::<_, Option<i64>>(3)?.map(OperatorId),
        status: coded(row, 4, "contacts.status", &Status::ALL)?,
        priority: number(row, 5)?,
        message: text(row, 6)?,
        attributes: text(row, 7)?,
        created_at: Timestamp(row.try_get(8)?),
        assigned_at: time(row, 9)?,
        resolved_at: time(row, 10)?,
        updated_at: Timestamp(row.try_get(11)?),
        decisions: number(row, 12)?,
    })
}

/// Reads an operator from columns [`OPERATOR`], which are the first.
///
/// # Errors
/// When a column is not what the schema says.
pub fn operator(row: &Row) -> Result<Operator> {
    Ok(Operator {
        id: OperatorId(row.try_get(0)?),
        name: row.try_get::<_, &str>(1)?.into(),
        is_active: row.try_get(2)?,
        max_load: number(row, 3)?,
        current_load: number(row, 4)?,
        last_assigned_at: time(row, 5)?,
        created_at: Timestamp(row.try_get(6)?),
        updated_at: Timestamp(row.try_get(7)?),
        deleted_at: time(row, 8)?,
    })
}

/// Reads a source from columns [`SOURCE`], which are the first.
///
/// # Errors
/// When a column is not what the schema says.
pub fn source(row: &Row) -> Result<Source> {
    Ok(Source {
        id: SourceId(row.try_get(0)?),
        name: row.try_get::<_, &str>(1)?.into(),
        description: row.try_get::<_, &str>(2)?.into(),
        kind: coded(row, 3, "sources.kind", &SourceKind::ALL)?,
        policy: coded(row, 4, "sources.policy", &Policy::ALL)?,
        sticky: row.try_get(5)?,
        default_region: text(row, 6)?,
        created_at: Timestamp(row.try_get(7)?),
        updated_at: Timestamp(row.try_get(8)?),
        deleted_at: time(row, 9)?,
    })
}

/// Reads a lead from columns [`LEAD`], which are the first.
///
/// # Errors
/// When a column is not what the schema says.
pub fn lead(row: &Row) -> Result<Lead> {
    Ok(Lead {
        id: LeadId(row.try_get(0)?),
        name: text(row, 1)?,
        merged_into: row.try_get::<_, Option<i64>>(2)?.map(LeadId),
        created_at: Timestamp(row.try_get(3)?),
        updated_at: Timestamp(row.try_get(4)?),
        erased_at: time(row, 5)?,
    })
}

/// Reads the kind of an identity.
///
/// # Errors
/// When the code is unknown.
pub fn identity_kind(row: &Row, column: usize) -> Result<IdentityKind> {
    coded(row, column, "identities.kind", &IdentityKind::ALL)
}

/// A text that may be missing.
///
/// # Errors
/// When the column is no text.
pub fn text(row: &Row, column: usize) -> Result<Option<Arc<str>>> {
    Ok(row.try_get::<_, Option<&str>>(column)?.map(Arc::from))
}

/// A time that may be missing.
///
/// # Errors
/// When the column is no time.
pub fn time(row: &Row, column: usize) -> Result<Option<Timestamp>> {
    Ok(row.try_get::<_, Option<i64>>(column)?.map(Timestamp))
}

/// A number of some smaller type, all of which are stored as BIGINT.
///
/// # Errors
/// When the number does not fit.
pub fn number<T: TryFrom<i64>>(row: &Row, column: usize) -> Result<T> {
    let number: i64 = row.try_get(column)?;
    let misfit = || StoreError::Corrupt(format!("{number} in {}", row.columns()[column].name()));
    T::try_from(number).map_err(|_| misfit())
}

/// The value whose stored code this is: its place in the ALL list of its type.
fn coded<T: Copy>(row: &Row, column: usize, name: &'static str, all: &[T]) -> Result<T> {
    let code: i16 = row.try_get(column)?;
    let value = usize::try_from(code).ok().and_then(|at| all.get(at)).copied();
    value.ok_or(StoreError::UnknownCode(name, code.into()))
}

/// The stored code of a value: its place in the ALL list of its type.
#[must_use]
pub fn code<T: PartialEq>(value: &T, all: &[T]) -> i16 {
    all.iter().position(|v| v == value).and_then(|at| i16::try_from(at).ok()).unwrap_or(-1)
}
