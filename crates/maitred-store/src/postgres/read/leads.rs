//! Leads, newest first, and what is known of each. The search for them is in `search`.

pub(super) mod search;

use crate::StoreError;
use crate::postgres::rows;
use crate::postgres::statement::{Value, list, one};
use crate::search::Search;
use crate::views::{KnownLead, LeadCard, LeadFilter, Page};
use futures_util::future::try_join;
use maitred_core::{Identity, Lead, LeadId};
use std::collections::{BTreeMap, BTreeSet};
use tokio_postgres::types::Type;
use tokio_postgres::{Client, Row};

/// The possible duplicates of one lead that are shown.
const DUPLICATES_MAX: i64 = 100;

/// A page of leads who were not merged into another, newest first.
///
/// # Errors
/// [`StoreError`] when the database cannot be read.
pub async fn leads(client: &Client, filter: &LeadFilter, page: Page) -> Result<Vec<LeadCard>, StoreError> {
    let (below, limit) = (page.after.unwrap_or(i64::MAX), i64::from(page.limit));
    let search = filter.text.as_deref().filter(|text| !text.is_empty()).map(Search::new);
    let ids = match (&filter.identities[..], &search) {
        ([], None) => newest(client, below, limit).await?,
        ([], Some(search)) => search::run(client, search, below, limit).await?,
        (identities, search) => having_all(client, identities, search.as_ref(), below).await?,
    };
    cards(client, &ids).await
}

/// One lead; merged ones are found as well.
///
/// # Errors
/// [`StoreError`] when the database cannot be read.
pub async fn lead(client: &Client, id: LeadId) -> Result<Option<LeadCard>, StoreError> {
    Ok(cards(client, &[id.0]).await?.pop())
}

/// These leads with their identities, by id; those that do not exist are left out.
///
/// # Errors
/// [`StoreError`] when the database cannot be read.
pub async fn known_leads(client: &Client, ids: &BTreeSet<LeadId>) -> Result<Vec<KnownLead>, StoreError> {
    let ids: Vec<i64> = ids.iter().map(|id| id.0).collect();
    let (leads, mut identities) = try_join(leads_of(client, &ids), identities(client, &ids)).await?;
    let known = |(id, lead)| KnownLead { lead, identities: identities.remove(&id).unwrap_or_default() };
    Ok(leads.into_iter().map(known).collect())
}

/// What is known of these leads, in this order; those that do not exist are left out.
async fn cards(client: &Client, ids: &[i64]) -> Result<Vec<LeadCard>, StoreError> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let people = try_join(leads_of(client, ids), identities(client, ids));
    let known = try_join(contact_counts(client, ids), duplicates(client, ids));
    let ((mut leads, mut identities), (counts, mut duplicates)) = try_join(people, known).await?;
    let card = |id: &i64| {
        let (contacts, open_contacts) = counts.get(id).copied().unwrap_or_default();
        Some(LeadCard {
            lead: leads.remove(id)?,
            identities: identities.remove(id).unwrap_or_default(),
            contacts,
            open_contacts,
            possible_duplicates: duplicates.remove(id).unwrap_or_default(),
        })
    };
    Ok(ids.iter().filter_map(card).collect())
}

pub(super) async fn leads_of(client: &Client, ids: &[i64]) -> Result<BTreeMap<i64, Lead>, StoreError> {
    let sql = format!("SELECT {} FROM maitred.leads l WHERE l.id = ANY($1)", rows::LEAD);
    let leads = list(client, &sql, &[(&ids, Type::INT8_ARRAY)], rows::lead).await?;
    Ok(leads.into_iter().map(|lead| (lead.id.0, lead)).collect())
}

/// Identities by lead, in matching order.
pub(super) async fn identities(client: &Client, ids: &[i64]) -> Result<BTreeMap<i64, Vec<Identity>>, StoreError> {
    let sql = "SELECT lead_id, kind, value FROM maitred.identities WHERE lead_id = ANY($1)";
    let identity = |row: &Row| {
        Ok((row.try_get(0)?, Identity { kind: rows::identity_kind(row, 1)?, value: row.try_get::<_, &str>(2)?.into() }))
    };
    let mut of_leads: BTreeMap<i64, Vec<Identity>> = BTreeMap::new();
    for (lead, identity) in list(client, sql, &[(&ids, Type::INT8_ARRAY)], identity).await? {
        of_leads.entry(lead).or_default().push(identity);
    }
    of_leads.values_mut().for_each(|identities| identities.sort_unstable());
    Ok(of_leads)
}

/// How many contacts each lead has, and how many of them are not resolved.
async fn contact_counts(client: &Client, ids: &[i64]) -> Result<BTreeMap<i64, (u64, u64)>, StoreError> {
    let sql = "SELECT k.id, n.contacts, n.open_contacts FROM unnest($1::bigint[]) AS k (id) CROSS JOIN LATERAL ( \
               SELECT count(*) AS contacts, count(*) FILTER (WHERE c.status < 2) AS open_contacts \
               FROM maitred.contacts c WHERE c.lead_id = k.id) n";
    let read = |row: &Row| Ok((row.try_get(0)?, (rows::number(row, 1)?, rows::number(row, 2)?)));
    Ok(list(client, sql, &[(&ids, Type::INT8_ARRAY)], read).await?.into_iter().collect())
}

async fn duplicates(client: &Client, ids: &[i64]) -> Result<BTreeMap<i64, Vec<LeadId>>, StoreError> {
    let sql = "SELECT k.id, d.other FROM unnest($1::bigint[]) AS k (id) CROSS JOIN LATERAL ( \
               SELECT other_lead_id AS other FROM maitred.lead_duplicates WHERE lead_id = k.id \
               UNION SELECT lead_id FROM maitred.lead_duplicates WHERE other_lead_id = k.id ORDER BY 1 LIMIT $2) d";
    let values = [(&ids as _, Type::INT8_ARRAY), (&DUPLICATES_MAX as _, Type::INT8)];
    let mut of_leads: BTreeMap<i64, BTreeSet<LeadId>> = BTreeMap::new();
    for (lead, other) in list(client, sql, &values, |row| Ok((row.try_get(0)?, row.try_get(1)?))).await? {
        of_leads.entry(lead).or_default().insert(LeadId(other));
    }
    Ok(of_leads.into_iter().map(|(lead, others)| (lead, others.into_iter().collect())).collect())
}

async fn newest(client: &Client, below: i64, limit: i64) -> Result<Vec<i64>, StoreError> {
    let sql = "SELECT id FROM maitred.leads WHERE id < $1 AND merged_into IS NULL ORDER BY id DESC LIMIT $2";
    list(client, sql, &[(&below, Type::INT8), (&limit, Type::INT8)], |row| Ok(row.try_get(0)?)).await
}

/// The one lead who has all of these identities, if there is one and the search agrees.
async fn having_all(
    client: &Client,
    identities: &[Identity],
    search: Option<&Search>,
    below: i64,
) -> Result<Vec<i64>, StoreError> {
    let sql = "SELECT lead_id FROM maitred.identities WHERE kind = $1 AND value = $2";
    let mut found = BTreeSet::new();
    for Identity { kind, value } in identities {
        // No text in the database has a NUL in it, and none can be asked for.
        let lead: Option<i64> = if value.contains('\0') {
            None
        } else {
            let values: [Value<'_>; 2] = [(&(*kind as i16), Type::INT2), (&&**value, Type::TEXT)];
            one(client, sql, &values, |row| Ok(row.try_get(0)?)).await?
        };
        found.insert(lead);
    }
    let of_one_lead = found.len() == 1;
    match (found.pop_first().flatten(), search) {
        (Some(id), Some(search)) if of_one_lead && id < below => search::walk(client, search, id..id + 1, 1).await,
        (Some(id), None) if of_one_lead && id < below => Ok(vec![id]),
        _ => Ok(Vec::new()),
    }
}
