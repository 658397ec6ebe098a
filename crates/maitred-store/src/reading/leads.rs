//! Leads, newest first, and what is known of each; and the names of what a page mentions. The search for leads is in
//! each engine's `search`.

use super::operators;
use super::read::{Read, values};
use crate::StoreError;
use crate::schema::{Value, columns_of};
use crate::search::Search;
use crate::views::{KnownLead, LEADS_OF_ONE_MAX, LeadCard, LeadFilter, LeadName, Mentioned, Named, Page};
use futures_util::future::{try_join, try_join3};
use maitred_core::{Identity, Lead, LeadId, OperatorId, Source};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

/// The possible duplicates of one lead that are shown.
const DUPLICATES_MAX: u32 = 100;
/// The identities of one lead that name them.
const NAMING_IDENTITIES_MAX: usize = 16;

/// Leads who were not merged into another, newest first; without a search also oldest first.
pub async fn leads(at: &impl Read, filter: &LeadFilter, page: Page) -> Result<Vec<LeadCard>, StoreError> {
    let ids = ids(at, filter, page).await?;
    cards(at, &ids).await
}

async fn ids(at: &impl Read, filter: &LeadFilter, page: Page) -> Result<Vec<i64>, StoreError> {
    let below = page.after.unwrap_or(i64::MAX);
    let search = filter.text.as_deref().filter(|text| !text.is_empty());
    let search = search.map(|text| Search::new(text, &filter.meanings));
    match (&filter.identities[..], &search) {
        ([], None) if filter.oldest_first => {
            let sql = "SELECT id FROM maitred.leads WHERE id > $1 AND merged_into IS NULL \
                       AND (NOT demo OR erased_at IS NULL) ORDER BY id LIMIT $2";
            at.list(sql, values![page.after.unwrap_or(i64::MIN), page.limit]).await
        }
        ([], None) => {
            // Of those of a demo that was removed nothing is left to show.
            let sql = "SELECT id FROM maitred.leads WHERE id < $1 AND merged_into IS NULL \
                       AND (NOT demo OR erased_at IS NULL) ORDER BY id DESC LIMIT $2";
            at.list(sql, values![below, page.limit]).await
        }
        ([], Some(search)) => at.matches(search, below, page.limit).await,
        (identities, search) => having_all(at, identities, search.as_ref(), page).await,
    }
}

/// At most `limit` of these leads, newest first, who have a contact that an operator has or had, and whether there may
/// be others: it looks at [`LEADS_OF_ONE_MAX`] leads.
pub async fn leads_of_operator(
    at: &impl Read,
    operator: OperatorId,
    filter: &LeadFilter,
    limit: u32,
) -> Result<(Vec<LeadCard>, bool), StoreError> {
    let found = ids(at, filter, Page { limit: LEADS_OF_ONE_MAX, after: None }).await?;
    let sql = "SELECT DISTINCT c.lead_id FROM maitred.contacts c /* INDEXED BY contacts_lead */ \
               WHERE c.lead_id = ANY($1) AND c.operator_id = $2";
    let mut own: Vec<i64> = at.among(sql, &found, values![operator]).await?;
    own.sort_unstable_by_key(|id| Reverse(*id));
    let may_have_others = own.len() > limit as usize || found.len() >= LEADS_OF_ONE_MAX as usize;
    own.truncate(limit as usize);
    Ok((cards(at, &own).await?, may_have_others))
}

/// A lead; merged ones are found as well.
pub async fn lead(at: &impl Read, id: LeadId) -> Result<Option<LeadCard>, StoreError> {
    Ok(cards(at, &[id.0]).await?.pop())
}

/// These leads with their identities, by id; unknown ids are left out.
pub async fn known_leads(at: &impl Read, ids: &BTreeSet<LeadId>) -> Result<Vec<KnownLead>, StoreError> {
    let ids: Vec<i64> = ids.iter().map(|id| id.0).collect();
    let (leads, mut identities) = try_join(leads_of(at, &ids), identities(at, &ids)).await?;
    let known = |(id, lead)| KnownLead { lead, identities: identities.remove(&id).unwrap_or_default() };
    Ok(leads.into_iter().map(known).collect())
}

/// The names of these leads, sources and operators, deleted and merged ones included; unknown ids are left out.
pub async fn named(at: &impl Read, mentioned: &Mentioned) -> Result<Named, StoreError> {
    let operators = operators::names(at, mentioned.operators.iter().copied());
    let sources: Vec<i64> = mentioned.sources.iter().map(|id| id.0).collect();
    let sql = format!("SELECT {} FROM maitred.sources s WHERE s.id = ANY($1)", columns_of::<Source>("s"));
    let sources = at.among(&sql, &sources, &[]);
    let (leads, sources, operators) = try_join3(lead_names(at, &mentioned.leads), sources, operators).await?;
    let sources = sources.into_iter().map(|source: Source| (source.id, source)).collect();
    Ok(Named { leads, sources, operators: operators.into_iter().collect() })
}

async fn lead_names(at: &impl Read, ids: &BTreeSet<LeadId>) -> Result<BTreeMap<LeadId, LeadName>, StoreError> {
    let name = |KnownLead { lead, mut identities }: KnownLead| {
        identities.truncate(NAMING_IDENTITIES_MAX);
        let blocked = lead.blocked();
        (lead.id, LeadName { name: lead.name, identities, blocked })
    };
    Ok(known_leads(at, ids).await?.into_iter().map(name).collect())
}

/// What is known of these leads, in this order; unknown ids are left out.
async fn cards(at: &impl Read, ids: &[i64]) -> Result<Vec<LeadCard>, StoreError> {
    let people = try_join(leads_of(at, ids), identities(at, ids));
    let known = try_join(contact_counts(at, ids), duplicates(at, ids));
    let ((mut leads, mut identities), (counts, mut duplicates)) = try_join(people, known).await?;
    let card = |id: &i64| {
        let id = LeadId(*id);
        let (contacts, open_contacts) = counts.get(&id).copied().unwrap_or_default();
        Some(LeadCard {
            lead: leads.remove(&id)?,
            identities: identities.remove(&id).unwrap_or_default(),
            contacts,
            open_contacts,
            possible_duplicates: duplicates.remove(&id).unwrap_or_default(),
        })
    };
    Ok(ids.iter().filter_map(card).collect())
}

async fn leads_of(at: &impl Read, ids: &[i64]) -> Result<BTreeMap<LeadId, Lead>, StoreError> {
    let sql = format!("SELECT {} FROM maitred.leads l WHERE l.id = ANY($1)", columns_of::<Lead>("l"));
    let leads: Vec<Lead> = at.among(&sql, ids, &[]).await?;
    Ok(leads.into_iter().map(|lead| (lead.id, lead)).collect())
}

/// Identities by lead, in matching order.
async fn identities(at: &impl Read, ids: &[i64]) -> Result<BTreeMap<LeadId, Vec<Identity>>, StoreError> {
    let sql = "SELECT i.lead_id, i.kind, i.value, i.space FROM maitred.identities i /* INDEXED BY identities_lead */ \
               WHERE i.lead_id = ANY($1)";
    let mut of_leads: BTreeMap<LeadId, Vec<Identity>> = BTreeMap::new();
    for (lead, identity) in at.among(sql, ids, &[]).await? {
        of_leads.entry(lead).or_default().push(identity);
    }
    of_leads.values_mut().for_each(|identities| identities.sort_unstable());
    Ok(of_leads)
}

/// How many contacts each lead has, and how many of them are not resolved.
async fn contact_counts(at: &impl Read, ids: &[i64]) -> Result<BTreeMap<LeadId, (u64, u64)>, StoreError> {
    let sql = "SELECT c.lead_id, count(*), count(*) FILTER (WHERE c.status < 2) \
               FROM maitred.contacts c /* INDEXED BY contacts_lead */ WHERE c.lead_id = ANY($1) GROUP BY c.lead_id";
    let counts = at.among::<(LeadId, u64, u64)>(sql, ids, &[]).await?;
    Ok(counts.into_iter().map(|(lead, all, open)| (lead, (all, open))).collect())
}

/// Leads who may be the same person as each of these, by id, [`DUPLICATES_MAX`] at most.
async fn duplicates(at: &impl Read, ids: &[i64]) -> Result<BTreeMap<LeadId, Vec<LeadId>>, StoreError> {
    let sql = "SELECT n.id, n.other FROM (SELECT d.*, row_number() OVER (PARTITION BY d.id ORDER BY d.other) AS place \
               FROM (SELECT lead_id AS id, other_lead_id AS other FROM maitred.lead_duplicates WHERE lead_id = ANY($1) \
               UNION SELECT other_lead_id, lead_id FROM maitred.lead_duplicates WHERE other_lead_id = ANY($1)) d) n \
               WHERE n.place <= $2 ORDER BY n.id, n.other";
    let mut of_leads: BTreeMap<LeadId, Vec<LeadId>> = BTreeMap::new();
    for (lead, other) in at.among(sql, ids, values![DUPLICATES_MAX]).await? {
        of_leads.entry(lead).or_default().push(other);
    }
    Ok(of_leads)
}

/// The leads who have all of these identities and whom the search finds, newest first. Only an external id that is
/// looked for in all spaces can have more than one.
async fn having_all(
    at: &impl Read,
    identities: &[Identity],
    search: Option<&Search>,
    page: Page,
) -> Result<Vec<i64>, StoreError> {
    let below = page.after.unwrap_or(i64::MAX);
    let mut found: Option<BTreeSet<i64>> = None;
    for identity in identities {
        let owners: BTreeSet<i64> = owners(at, identity).await?.into_iter().filter(|id| *id < below).collect();
        found = Some(found.map_or_else(|| owners.clone(), |found| found.intersection(&owners).copied().collect()));
    }
    let mut all = Vec::new();
    for id in found.unwrap_or_default().into_iter().rev() {
        let is_found = match search {
            Some(search) => at.does_match(search, id).await?,
            None => true,
        };
        if is_found && all.len() < page.limit as usize {
            all.push(id);
        }
    }
    Ok(all)
}

/// Whose an identity is; of an external id without a space, in every space.
async fn owners<R: Read>(at: &R, Identity { kind, value, space }: &Identity) -> Result<Vec<i64>, StoreError> {
    // No text in PostgreSQL has a NUL in it, and none can be asked for.
    if !R::IS_SQLITE && value.contains('\0') {
        return Ok(Vec::new());
    }
    let values = [Value::Number(*kind as i64), Value::from(&**value), Value::from(&**space)];
    let sql =
        "SELECT DISTINCT lead_id FROM maitred.identities WHERE kind = $1 AND value = $2 AND (space = $3 OR $3 = '')";
    at.list(sql, &values).await
}
