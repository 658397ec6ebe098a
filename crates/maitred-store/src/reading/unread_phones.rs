//! Stored phones that could not be read, so that they are as they were sent, and how far those of a source are read
//! again.

use super::read::{Read, values};
use crate::StoreError;
use crate::schema::Value;
use crate::views::UnreadPhone;
use maitred_core::{ContactId, Identity, LeadId, SourceId};
use std::collections::BTreeMap;
use std::sync::Arc;

/// That a phone is one of them. The condition of the second line is, word for word, that of the index on SQLite, which
/// has phones with an extension besides; that of the last two is that of the index on PostgreSQL, and leaves these out.
const IS_UNREAD: &str = "i.kind = 1 AND i.space = '' \
     AND ('+' || i.search <> i.value OR i.value >= '+83' AND i.value < '+84' OR i.value >= '+89' AND i.value < '+8:') \
     AND (substr(i.value, 1, 1) <> '+' OR ltrim(i.value, '+0123456789;=ext') <> '' \
          OR substr(i.value, 1, 3) IN ('+83', '+89'))";
const FROM: &str = "FROM maitred.identities i /* INDEXED BY identities_unread */";

/// How many there are, counted up to `most`.
pub async fn count(at: &impl Read, most: u32) -> Result<u64, StoreError> {
    let sql = format!("SELECT count(*) FROM (SELECT 1 {FROM} WHERE {IS_UNREAD} LIMIT $1) counted");
    let found: Option<u64> = at.one(&sql, values![most]).await?;
    Ok(found.unwrap_or(0))
}

/// The first of them behind a lead, by lead, each with the sources that the lead has contacts from.
pub async fn page(at: &impl Read, behind: LeadId, limit: u32) -> Result<Vec<UnreadPhone>, StoreError> {
    let sql = format!(
        "SELECT i.lead_id, i.value {FROM} WHERE {IS_UNREAD} AND i.lead_id > $1 ORDER BY i.lead_id, i.value LIMIT $2"
    );
    let phones: Vec<(LeadId, Arc<str>)> = at.list(&sql, values![behind, limit]).await?;
    let mut leads: Vec<i64> = phones.iter().map(|(lead, _)| lead.0).collect();
    leads.dedup();
    // Phones are read by the rules of the source where they arrived.
    let sql = "SELECT c.lead_id, coalesce(c.original_source_id, c.source_id) AS arrived_on, max(c.id) \
               FROM maitred.contacts c /* INDEXED BY contacts_lead */ \
               WHERE c.lead_id = ANY($1) GROUP BY 1, 2 ORDER BY 1, 2";
    let mut sources: BTreeMap<LeadId, Vec<(SourceId, ContactId)>> = BTreeMap::new();
    for (lead, source, contact) in at.among::<(LeadId, SourceId, ContactId)>(sql, &leads, &[]).await? {
        sources.entry(lead).or_default().push((source, contact));
    }
    let phone = |(lead, value)| UnreadPhone { lead, value, sources: sources.get(&lead).cloned().unwrap_or_default() };
    Ok(phones.into_iter().map(phone).collect())
}

/// Those of these identities, all of which have a space or are no external ids, that are somebody's.
pub async fn owners(at: &impl Read, identities: &[Identity]) -> Result<Vec<(Identity, LeadId)>, StoreError> {
    let sql = "SELECT i.lead_id FROM maitred.identities i WHERE i.kind = $1 AND i.value = $2 AND i.space = $3";
    let mut found = Vec::new();
    for identity in identities {
        let Identity { kind, value, space } = identity;
        let values = [Value::Number(*kind as i64), Value::from(&**value), Value::from(&**space)];
        found.extend(at.one::<LeadId>(sql, &values).await?.map(|lead| (identity.clone(), lead)));
    }
    Ok(found)
}

/// The sources whose phones are being read again, with the last lead that was looked at.
pub async fn rereading(at: &impl Read) -> Result<Vec<(SourceId, LeadId)>, StoreError> {
    let sql = "SELECT s.id, s.reread_behind FROM maitred.sources s /* INDEXED BY sources_rereading */ \
               WHERE s.reread_behind IS NOT NULL AND s.deleted_at IS NULL ORDER BY s.id";
    at.list(sql, &[]).await
}
