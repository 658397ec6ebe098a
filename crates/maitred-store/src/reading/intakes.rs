//! Intakes, and what was received at them.

use super::read::{Read, values};
use crate::StoreError;
use crate::schema::columns_of;
use crate::views::Page;
use maitred_core::intake::{Intake, Payload, PayloadState};
use maitred_core::{ContactId, PayloadId, SourceId, Timestamp};

/// The intake whose address ends in this.
pub async fn by_token(at: &impl Read, token: &str) -> Result<Option<Intake>, StoreError> {
    let columns = columns_of::<Intake>("i");
    at.one(&format!("SELECT {columns} FROM maitred.intakes i WHERE i.token = $1"), values![token.to_owned()]).await
}

/// The intake of a source.
pub async fn intake(at: &impl Read, source: SourceId) -> Result<Option<Intake>, StoreError> {
    let columns = columns_of::<Intake>("i");
    at.one(&format!("SELECT {columns} FROM maitred.intakes i WHERE i.source_id = $1"), values![source]).await
}

/// Intakes of sources with ids in this range.
pub async fn between(at: &impl Read, first: SourceId, last: SourceId) -> Result<Vec<Intake>, StoreError> {
    let columns = columns_of::<Intake>("i");
    let sql = format!(
        "SELECT {columns} FROM maitred.intakes i WHERE i.source_id >= $1 AND i.source_id <= $2 ORDER BY i.source_id"
    );
    at.list(&sql, values![first, last]).await
}

/// What a source received, the newest first.
pub async fn payloads(
    at: &impl Read,
    source: SourceId,
    state: PayloadState,
    page: Page,
) -> Result<Vec<Payload>, StoreError> {
    let (columns, code) = (columns_of::<Payload>("p"), state as i64);
    let sql = format!(
        "SELECT {columns} FROM maitred.payloads p WHERE p.source_id = $1 AND p.state = {code} AND p.id < $2 \
         ORDER BY p.id DESC LIMIT $3"
    );
    at.list(&sql, values![source, page.after.unwrap_or(i64::MAX), page.limit]).await
}

/// One of them.
pub async fn payload(at: &impl Read, source: SourceId, id: PayloadId) -> Result<Option<Payload>, StoreError> {
    let columns = columns_of::<Payload>("p");
    let sql = format!("SELECT {columns} FROM maitred.payloads p WHERE p.id = $1 AND p.source_id = $2");
    at.one(&sql, values![id, source]).await
}

/// What a contact was made of, the newest first.
pub async fn of_contact(at: &impl Read, contact: ContactId, page: Page) -> Result<Vec<Payload>, StoreError> {
    let columns = columns_of::<Payload>("p");
    let sql = format!(
        "SELECT {columns} FROM maitred.payloads p WHERE p.contact_id = $1 AND p.id < $2 ORDER BY p.id DESC LIMIT $3"
    );
    at.list(&sql, values![contact, page.after.unwrap_or(i64::MAX), page.limit]).await
}

/// How many of a source there are of each state.
pub async fn counts(at: &impl Read, source: SourceId) -> Result<[u64; PayloadState::ALL.len()], StoreError> {
    let mut counts = [0; PayloadState::ALL.len()];
    for state in PayloadState::ALL {
        let code = state as i64;
        let sql = format!("SELECT count(*) FROM maitred.payloads p WHERE p.source_id = $1 AND p.state = {code}");
        counts[state as usize] = at.one(&sql, values![source]).await?.unwrap_or_default();
    }
    Ok(counts)
}

/// Of each source with an intake, how many payloads of which no contact could be made there are.
pub async fn unmapped_counts(at: &impl Read) -> Result<Vec<(SourceId, u64)>, StoreError> {
    let code = PayloadState::Unmapped as i64;
    let sql = format!(
        "SELECT i.source_id, (SELECT count(*) FROM maitred.payloads p WHERE p.source_id = i.source_id \
         AND p.state = {code}) FROM maitred.intakes i ORDER BY i.source_id"
    );
    at.list(&sql, &[]).await
}

/// Whether anything was received before a time.
pub async fn is_any_before(at: &impl Read, time: Timestamp) -> Result<bool, StoreError> {
    let sql = "SELECT p.id FROM maitred.payloads p WHERE p.received_at < $1 LIMIT 1";
    Ok(at.one::<PayloadId>(sql, values![time]).await?.is_some())
}
