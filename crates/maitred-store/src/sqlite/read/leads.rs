//! Leads, newest first, and the search for them.
//!
//! A search text is the beginning of a name or of an identity: a half-open range of an index, so that nothing a person
//! types can be a pattern. The rows of such a range come in the order of names, the answer in the order of ids. So a
//! search looks at the ranges if they are short; else the matches are common, and it walks the newest leads until the
//! page is full; only where common matches are all old does it go through whole ranges, keeping no more than a page.

use super::super::load::{list, one};
use super::super::rows;
use super::snapshot;
use crate::StoreError;
use crate::search::{Prefix, Search};
use crate::views::{KnownLead, LeadCard, LeadFilter, Page};
use maitred_core::{Identity, LeadId};
use rusqlite::types::Value;
use rusqlite::{Connection, params, params_from_iter};
use std::collections::BTreeSet;

/// Matches up to which a search sorts them all.
const MATCHES_SORTED_MAX: usize = 4_096;
/// The newest leads that a search with more matches looks at one by one.
const LEADS_WALKED_MAX: i64 = 20_000;
/// The possible duplicates of one lead that are shown.
const DUPLICATES_MAX: u32 = 100;

/// A page of leads who were not merged into another, newest first.
///
/// # Errors
/// [`StoreError`] when the file cannot be read.
pub fn leads(conn: &Connection, filter: &LeadFilter, page: Page) -> Result<Vec<LeadCard>, StoreError> {
    snapshot(conn, |conn| {
        let below = page.after.unwrap_or(i64::MAX);
        let search = filter.text.as_deref().filter(|text| !text.is_empty()).map(Searching::new);
        let ids = match (&filter.identities[..], &search) {
            ([], None) => newest(conn, below, page.limit)?,
            ([], Some(search)) => search.run(conn, below, page.limit)?,
            (identities, search) => having_all(conn, identities, search.as_ref(), below)?,
        };
        ids.into_iter().filter_map(|id| card(conn, LeadId(id)).transpose()).collect()
    })
}

/// One lead; merged ones are found as well.
///
/// # Errors
/// [`StoreError`] when the file cannot be read.
pub fn lead(conn: &Connection, id: LeadId) -> Result<Option<LeadCard>, StoreError> {
    snapshot(conn, |conn| card(conn, id))
}

/// These leads with their identities, by id; those that do not exist are left out.
///
/// # Errors
/// [`StoreError`] when the file cannot be read.
pub fn known_leads(conn: &Connection, ids: &BTreeSet<LeadId>) -> Result<Vec<KnownLead>, StoreError> {
    snapshot(conn, |conn| ids.iter().filter_map(|id| known(conn, *id).transpose()).collect())
}

fn known(conn: &Connection, id: LeadId) -> Result<Option<KnownLead>, StoreError> {
    let sql = format!("SELECT {} FROM leads WHERE id = ?1", rows::LEAD);
    let Some(lead) = one(conn, &sql, [id.0], rows::lead)? else { return Ok(None) };
    let identities = "SELECT kind, value FROM identities WHERE lead_id = ?1 ORDER BY kind, value";
    let identity = |row: &rusqlite::Row<'_>| Ok(Identity { kind: rows::identity_kind(row, 0)?, value: row.get(1)? });
    Ok(Some(KnownLead { lead, identities: list(conn, identities, [id.0], identity)? }))
}

fn card(conn: &Connection, id: LeadId) -> Result<Option<LeadCard>, StoreError> {
    let Some(KnownLead { lead, identities }) = known(conn, id)? else { return Ok(None) };
    let count = |sql: &str| one(conn, sql, [id.0], |row| row.get::<_, i64>(0)).map(|n| n.unwrap_or(0).cast_unsigned());
    let duplicates = "SELECT other_lead_id FROM lead_duplicates WHERE lead_id = ?1 \
                      UNION SELECT lead_id FROM lead_duplicates WHERE other_lead_id = ?1 ORDER BY 1 LIMIT ?2";
    Ok(Some(LeadCard {
        lead,
        identities,
        contacts: count("SELECT count(*) FROM contacts WHERE lead_id = ?1")?,
        open_contacts: count(
            "SELECT count(*) FROM contacts INDEXED BY contacts_lead WHERE lead_id = ?1 AND status < 2",
        )?,
        possible_duplicates: list(conn, duplicates, params![id.0, DUPLICATES_MAX], |row| row.get(0).map(LeadId))?,
    }))
}

fn newest(conn: &Connection, below: i64, limit: u32) -> Result<Vec<i64>, StoreError> {
    let sql = "SELECT id FROM leads WHERE id < ?1 AND merged_into IS NULL ORDER BY id DESC LIMIT ?2";
    list(conn, sql, params![below, limit], |row| row.get(0))
}

/// The one lead who has all of these identities, if there is one and the search agrees.
fn having_all(
    conn: &Connection,
    identities: &[Identity],
    search: Option<&Searching>,
    below: i64,
) -> Result<Vec<i64>, StoreError> {
    let sql = "SELECT lead_id FROM identities WHERE kind = ?1 AND value = ?2";
    let mut found = BTreeSet::new();
    for identity in identities {
        let lead: Option<i64> = one(conn, sql, params![identity.kind as i64, identity.value], |row| row.get(0))?;
        found.insert(lead);
    }
    let of_one_lead = found.len() == 1;
    match (found.pop_first().flatten(), search) {
        (Some(id), Some(search)) if of_one_lead && id < below => search.walk(conn, id, id + 1, 1),
        (Some(id), None) if of_one_lead && id < below => Ok(vec![id]),
        _ => Ok(Vec::new()),
    }
}

/// A search and how it is carried out here.
pub(super) struct Searching(Search);

impl Searching {
    pub(super) fn new(text: &str) -> Self {
        Self(Search::new(text))
    }

    fn run(&self, conn: &Connection, below: i64, limit: u32) -> Result<Vec<i64>, StoreError> {
        if let Some(ids) = self.newest_in_ranges(conn, below, limit, MATCHES_SORTED_MAX)? {
            return Ok(ids);
        }
        let last = "SELECT id FROM leads WHERE id < ?1 ORDER BY id DESC LIMIT 1";
        let below = one(conn, last, [below], |row| row.get::<_, i64>(0))?.map_or(0, |id| id + 1);
        let from = below - LEADS_WALKED_MAX;
        let ids = self.walk(conn, from, below, limit)?;
        if ids.len() == limit as usize || from <= 1 {
            return Ok(ids);
        }
        Ok(self.newest_in_ranges(conn, below, limit, usize::MAX)?.unwrap_or_default())
    }

    /// The matches among the leads from `from` on and below `below`, newest first, each lead looked at.
    pub(super) fn walk(&self, conn: &Connection, from: i64, below: i64, limit: u32) -> Result<Vec<i64>, StoreError> {
        let sql = "SELECT l.id FROM leads l NOT INDEXED WHERE l.id >= ?1 AND l.id < ?2 AND l.merged_into IS NULL \
                   AND (l.name_folded >= ?4 AND l.name_folded < ?5 \
                        OR EXISTS (SELECT 1 FROM identities i INDEXED BY identities_lead WHERE i.lead_id = l.id \
                                   AND (i.kind = ?6 AND i.value >= ?7 AND i.value < ?8 \
                                        OR i.kind = ?9 AND i.value >= ?10 AND i.value < ?11 \
                                        OR i.kind = ?12 AND i.value >= ?13 AND i.value < ?14 \
                                        OR i.kind = ?15 AND i.value >= ?16 AND i.value < ?17))) \
                   ORDER BY l.id DESC LIMIT ?3";
        let mut values: Vec<Value> = vec![from.into(), below.into(), i64::from(limit).into()];
        values.extend(bounds(&self.0.name));
        for (kind, prefix) in &self.0.identities {
            values.push((*kind as i64).into());
            values.extend(bounds(prefix));
        }
        list(conn, sql, params_from_iter(values), |row| row.get(0))
    }

    /// The newest matches below `below` by going through the index ranges; `None` when these are longer than
    /// `entries_max`.
    pub(super) fn newest_in_ranges(
        &self,
        conn: &Connection,
        below: i64,
        limit: u32,
        entries_max: usize,
    ) -> Result<Option<Vec<i64>>, StoreError> {
        let mut page = NewestFirst { ids: BTreeSet::new(), below, limit: limit as usize, entries_left: entries_max };
        let names = "SELECT id FROM leads INDEXED BY leads_name WHERE name_folded >= ?1 AND name_folded < ?2";
        if !page.take(conn, names, bounds(&self.0.name).to_vec())? {
            return Ok(None);
        }
        for (kind, prefix) in &self.0.identities {
            let sql = "SELECT lead_id FROM identities WHERE kind = ?1 AND value >= ?2 AND value < ?3";
            let values = [Value::from(*kind as i64)].into_iter().chain(bounds(prefix)).collect();
            if !page.take(conn, sql, values)? {
                return Ok(None);
            }
        }
        Ok(Some(page.ids.into_iter().rev().collect()))
    }
}

/// The newest of many ids, no more than a page of them kept.
struct NewestFirst {
    ids: BTreeSet<i64>,
    below: i64,
    limit: usize,
    entries_left: usize,
}

impl NewestFirst {
    /// Goes through the rows of a query; false when there are more than may be looked at.
    fn take(&mut self, conn: &Connection, sql: &str, values: Vec<Value>) -> Result<bool, StoreError> {
        let mut statement = conn.prepare_cached(sql)?;
        let mut rows = statement.query(params_from_iter(values))?;
        while let Some(row) = rows.next()? {
            if self.entries_left == 0 {
                return Ok(false);
            }
            self.entries_left -= 1;
            self.consider(conn, row.get(0)?)?;
        }
        Ok(true)
    }

    fn consider(&mut self, conn: &Connection, id: i64) -> Result<(), StoreError> {
        let is_full = self.ids.len() >= self.limit;
        if id >= self.below || is_full && self.ids.first().is_none_or(|oldest| id <= *oldest) {
            return Ok(());
        }
        let sql = "SELECT 1 FROM leads WHERE id = ?1 AND merged_into IS NULL";
        if one(conn, sql, [id], |_| Ok(()))?.is_some() && self.ids.insert(id) && is_full {
            self.ids.pop_first();
        }
        Ok(())
    }
}

/// The bounds of a range of texts.
fn bounds(prefix: &Prefix) -> [Value; 2] {
    // In SQLite's order every text is smaller than every blob.
    let below = prefix.below.clone().map_or_else(|| Value::Blob(Vec::new()), Value::from);
    [prefix.from.clone().into(), below]
}
