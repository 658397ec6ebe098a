//! What there is of the demo, and whether figures count it: only while there is no source of anybody's own.

use super::read::{Read, values};
use crate::StoreError;
use crate::views::DemoRows;
use maitred_core::{LeadId, OperatorId, SourceId};

/// Whether there is a source that is neither of the demo nor deleted.
const HAS_REAL: &str = "EXISTS (SELECT 1 FROM maitred.sources r WHERE NOT r.demo AND r.deleted_at IS NULL)";

/// The condition under which figures count a row of a table with this alias.
pub fn is_counted(alias: &str) -> String {
    format!("(NOT {alias}.demo OR NOT {HAS_REAL})")
}

/// Whether figures count the demo.
pub async fn counts(at: &impl Read) -> Result<bool, StoreError> {
    let found: Option<bool> = at.one(&format!("SELECT NOT {HAS_REAL}"), &[]).await?;
    Ok(found.unwrap_or(true))
}

/// Whether there is a source of the demo that is not deleted. Every page of the console asks.
pub async fn is_there(at: &impl Read) -> Result<bool, StoreError> {
    let sql = "SELECT id FROM maitred.sources s /* INDEXED BY sources_demo */ \
               WHERE s.demo AND s.deleted_at IS NULL ORDER BY s.id DESC LIMIT 1";
    Ok(at.one::<SourceId>(sql, &[]).await?.is_some())
}

/// What there is of the demo. Operators and sources are few.
pub async fn rows(at: &impl Read) -> Result<DemoRows, StoreError> {
    let sources = "SELECT id FROM maitred.sources s /* INDEXED BY sources_demo */ \
                   WHERE s.demo AND s.deleted_at IS NULL ORDER BY s.id";
    let operators = "SELECT id FROM maitred.operators o WHERE o.demo AND o.deleted_at IS NULL ORDER BY o.id";
    let sources: Vec<SourceId> = at.list(sources, &[]).await?;
    let operators: Vec<OperatorId> = at.list(operators, &[]).await?;
    let has_leads = !leads(at, 1).await?.is_empty();
    Ok(DemoRows { sources, operators, has_leads })
}

/// The first leads of the demo who were neither erased nor merged into another.
pub async fn leads(at: &impl Read, limit: u32) -> Result<Vec<LeadId>, StoreError> {
    let sql = "SELECT id FROM maitred.leads l /* INDEXED BY leads_demo */ \
               WHERE l.demo AND l.erased_at IS NULL AND l.merged_into IS NULL ORDER BY l.id LIMIT $1";
    at.list(sql, values![limit]).await
}

/// How many contacts of the demo arrived before the contact with this id. Those that were deleted count as well.
pub async fn arrivals_before(at: &impl Read, contact: i64) -> Result<u64, StoreError> {
    let sql = "SELECT count(*) FROM maitred.events e /* INDEXED BY events_demo */ \
               WHERE e.demo AND e.kind = 0 AND e.contact_id < $1";
    Ok(at.one(sql, values![contact]).await?.unwrap_or_default())
}
