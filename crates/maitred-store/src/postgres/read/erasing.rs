//! What erasing needs to look up: whom a lead absorbed, and who has been quiet for long.

use crate::StoreError;
use crate::postgres::rows;
use crate::postgres::statement::list;
use crate::views::{Page, Quiet};
use maitred_core::{Lead, LeadId, Status, Timestamp};
use tokio_postgres::types::Type;
use tokio_postgres::{Client, Row};

/// The leads that this one absorbed itself, by id.
///
/// # Errors
/// [`StoreError`] when the database cannot be read.
pub async fn absorbed(client: &Client, by: LeadId) -> Result<Vec<Lead>, StoreError> {
    let sql = format!("SELECT {} FROM maitred.leads l WHERE l.merged_into = $1 ORDER BY l.id", rows::LEAD);
    list(client, &sql, &[(&by.0, Type::INT8)], rows::lead).await
}

/// Of a page of leads, oldest first, those whose last contact ended before a time.
///
/// # Errors
/// [`StoreError`] when the database cannot be read.
pub async fn quiet(client: &Client, before: Timestamp, page: Page) -> Result<Quiet, StoreError> {
    let sql = format!(
        "SELECT {}, n.status, n.resolved_at FROM (SELECT * FROM maitred.leads WHERE id > $1 ORDER BY id LIMIT $2) l \
         LEFT JOIN LATERAL (SELECT c.status, c.resolved_at FROM maitred.contacts c WHERE c.lead_id = l.id \
         ORDER BY c.id DESC LIMIT 1) n ON true ORDER BY l.id",
        rows::LEAD
    );
    let (after, limit) = (page.after.unwrap_or(0), i64::from(page.limit));
    let read = |row: &Row| Ok((rows::lead(row)?, row.try_get::<_, Option<i16>>(6)?, rows::time(row, 7)?));
    let found = list(client, &sql, &[(&after, Type::INT8), (&limit, Type::INT8)], read).await?;
    let looked_to = found.last().map(|(lead, ..)| lead.id);
    let is_quiet = |(lead, status, resolved_at): &(Lead, Option<i16>, Option<Timestamp>)| {
        // For a lead without contacts, when it last changed; never while its last contact is open.
        let last_seen = match status {
            Some(status) => resolved_at.filter(|_| *status == Status::Resolved as i16),
            None => Some(lead.updated_at),
        };
        lead.merged_into.is_none() && lead.erased_at.is_none() && last_seen.is_some_and(|at| at < before)
    };
    Ok(Quiet { leads: found.iter().filter(|row| is_quiet(row)).map(|(lead, ..)| lead.id).collect(), looked_to })
}
