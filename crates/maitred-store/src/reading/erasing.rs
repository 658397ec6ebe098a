//! What erasing needs to look up: whom a lead absorbed, and who has been quiet for long.

use super::read::{Read, values};
use crate::StoreError;
use crate::schema::columns_of;
use crate::views::{Page, Quiet};
use maitred_core::{Lead, LeadId, Timestamp};

/// The leads that this one absorbed itself, by id.
pub async fn absorbed(at: &impl Read, by: LeadId) -> Result<Vec<Lead>, StoreError> {
    let sql = format!(
        "SELECT {} FROM maitred.leads l /* INDEXED BY leads_merged */ WHERE l.merged_into = $1 ORDER BY l.id",
        columns_of::<Lead>("l")
    );
    at.list(&sql, values![by]).await
}

/// Of a page of leads, oldest first, those all of whose contacts ended before a time.
pub async fn quiet(at: &impl Read, before: Timestamp, page: Page) -> Result<Quiet, StoreError> {
    // The contact that ended last need not be the newest. One that is open has not ended: it sorts behind all others.
    let sql = format!(
        "SELECT {}, (SELECT max(coalesce(c.resolved_at, {})) FROM maitred.contacts c /* INDEXED BY contacts_lead */ \
         WHERE c.lead_id = l.id AND l.merged_into IS NULL AND l.erased_at IS NULL) \
         FROM maitred.leads l WHERE l.id > $1 ORDER BY l.id LIMIT $2",
        columns_of::<Lead>("l"),
        i64::MAX
    );
    let found: Vec<(Lead, Option<Timestamp>)> = at.list(&sql, values![page.after.unwrap_or(0), page.limit]).await?;
    let is_quiet = |(lead, ended_at): &&(Lead, Option<Timestamp>)| {
        // Of one without contacts, when anything about them last changed.
        let last_seen = ended_at.unwrap_or(lead.updated_at);
        lead.merged_into.is_none() && lead.erased_at.is_none() && last_seen < before
    };
    let looked_to = found.last().map(|(lead, _)| lead.id);
    Ok(Quiet { leads: found.iter().filter(is_quiet).map(|(lead, _)| lead.id).collect(), looked_to })
}

/// Those of these leads whose data was erased, of which it is that of who absorbed them.
pub async fn erased_among(at: &impl Read, leads: &[LeadId]) -> Result<Vec<LeadId>, StoreError> {
    let ids: Vec<i64> = leads.iter().map(|id| id.0).collect();
    let sql = "WITH RECURSIVE up AS ( \
               SELECT l.id AS asked, l.merged_into, l.erased_at FROM maitred.leads l WHERE l.id = ANY($1) UNION ALL \
               SELECT up.asked, l.merged_into, l.erased_at FROM up JOIN maitred.leads l ON l.id = up.merged_into) \
               SELECT DISTINCT up.asked FROM up WHERE up.erased_at IS NOT NULL";
    at.among(sql, &ids, &[]).await
}
