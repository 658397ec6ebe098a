//! What erasing needs to look up: whom a lead absorbed, and who has been quiet for long.

use super::read::{Read, values};
use crate::StoreError;
use crate::schema::columns_of;
use crate::views::{Page, Quiet};
use maitred_core::{Lead, LeadId, Status, Timestamp};

/// The leads that this one absorbed itself, by id.
pub async fn absorbed(at: &impl Read, by: LeadId) -> Result<Vec<Lead>, StoreError> {
    let sql = format!(
        "SELECT {} FROM maitred.leads l /* INDEXED BY leads_merged */ WHERE l.merged_into = $1 ORDER BY l.id",
        columns_of::<Lead>("l")
    );
    at.list(&sql, values![by]).await
}

/// Of a page of leads, oldest first, those whose last contact ended before a time.
pub async fn quiet(at: &impl Read, before: Timestamp, page: Page) -> Result<Quiet, StoreError> {
    let sql = format!(
        "SELECT {}, c.status, c.resolved_at FROM maitred.leads l LEFT JOIN maitred.contacts c ON c.id = \
         (SELECT n.id FROM maitred.contacts n /* INDEXED BY contacts_lead */ WHERE n.lead_id = l.id \
          ORDER BY n.lead_id DESC, n.id DESC LIMIT 1) \
         WHERE l.id > $1 ORDER BY l.id LIMIT $2",
        columns_of::<Lead>("l")
    );
    let found: Vec<(Lead, Option<Status>, Option<Timestamp>)> =
        at.list(&sql, values![page.after.unwrap_or(0), page.limit]).await?;
    let is_quiet = |(lead, status, resolved_at): &(Lead, Option<Status>, Option<Timestamp>)| {
        // Of one without contacts, when anything about them last changed; never while the last one is open.
        let last_seen = match status {
            Some(status) => resolved_at.filter(|_| *status == Status::Resolved),
            None => Some(lead.updated_at),
        };
        lead.merged_into.is_none() && lead.erased_at.is_none() && last_seen.is_some_and(|time| time < before)
    };
    let looked_to = found.last().map(|(lead, ..)| lead.id);
    Ok(Quiet { leads: found.iter().filter(|row| is_quiet(row)).map(|(lead, ..)| lead.id).collect(), looked_to })
}
