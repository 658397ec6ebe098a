//! The search for leads. A search text is the beginning of a name or of an identity: a half-open range of an index, so
//! that nothing a person types can be a pattern. The rows of such a range come in the order of names, the answer in the
//! order of ids. So a search looks at the ranges if they are short; else the matches are common, and it walks the
//! newest leads until the page is full; only where common matches are all old does it go through whole ranges.

use crate::StoreError;
use crate::postgres::statement::{Values, list, one};
use crate::search::{Prefix, Search};
use futures_util::future::try_join;
use maitred_core::IdentityKind;
use std::collections::BTreeSet;
use std::ops::Range;
use tokio_postgres::types::Type;
use tokio_postgres::{Client, Row};

/// Matches up to which a search sorts them all.
const MATCHES_SORTED_MAX: i64 = 4_096;
/// The newest leads that a search with more matches looks at one by one.
const LEADS_WALKED_MAX: i64 = 20_000;

type Result<T> = std::result::Result<T, StoreError>;

/// A page of matches below `below`, newest first.
///
/// # Errors
/// [`StoreError`] when the database cannot be read.
pub async fn run(client: &Client, search: &Search, below: i64, limit: i64) -> Result<Vec<i64>> {
    if is_empty(search) {
        return Ok(Vec::new());
    }
    if matches(client, search, MATCHES_SORTED_MAX + 1).await? <= MATCHES_SORTED_MAX {
        return newest_in_ranges(client, search, below, limit).await;
    }
    let last = "SELECT id FROM maitred.leads WHERE id < $1 ORDER BY id DESC LIMIT 1";
    let below = one(client, last, &[(&below, Type::INT8)], id).await?.map_or(0, |id| id + 1);
    let from = below - LEADS_WALKED_MAX;
    let ids = walk(client, search, from..below, limit).await?;
    if ids.len() as i64 == limit || from <= 1 {
        return Ok(ids);
    }
    newest_in_ranges(client, search, below, limit).await
}

/// The matches among these leads, newest first, each lead and each identity of theirs looked at.
///
/// # Errors
/// [`StoreError`] when the database cannot be read.
pub async fn walk(client: &Client, search: &Search, ids: Range<i64>, limit: i64) -> Result<Vec<i64>> {
    if is_empty(search) {
        return Ok(Vec::new());
    }
    let (names, name_values) = walk_of_names(search, &ids, limit);
    let (identities, identity_values) = walk_of_identities(search, &ids, limit);
    let (name_values, identity_values) = (name_values.all(), identity_values.all());
    let named = list(client, &names, &name_values, id);
    let (named, identified) = try_join(named, list(client, &identities, &identity_values, id)).await?;
    let newest: BTreeSet<i64> = named.into_iter().chain(identified).collect();
    Ok(newest.into_iter().rev().take(usize::try_from(limit).unwrap_or_default()).collect())
}

/// The newest matches below `below` by going through the index ranges.
///
/// # Errors
/// [`StoreError`] when the database cannot be read.
pub async fn newest_in_ranges(client: &Client, search: &Search, below: i64, limit: i64) -> Result<Vec<i64>> {
    let mut values = Values::default();
    let (all, below) = (ranges(search, None, &mut values), values.place(below, Type::INT8));
    let limit = values.place(limit, Type::INT8);
    // A merged lead is looked for only until the page is full.
    let sql = format!(
        "SELECT m.id FROM (SELECT DISTINCT id FROM ({all}) r WHERE id < {below} ORDER BY id DESC) m \
         WHERE (SELECT l.merged_into FROM maitred.leads l WHERE l.id = m.id) IS NULL ORDER BY m.id DESC LIMIT {limit}"
    );
    list(client, &sql, &values.all(), id).await
}

/// How many rows the ranges have, counted up to `most`.
async fn matches(client: &Client, search: &Search, most: i64) -> Result<i64> {
    let mut values = Values::default();
    let most = values.place(most, Type::INT8);
    let all = ranges(search, Some(&most), &mut values);
    let sql = format!("SELECT count(*) FROM ({all} LIMIT {most}) r");
    Ok(one(client, &sql, &values.all(), id).await?.unwrap_or_default())
}

/// No text in the database has a NUL in it, and none can be asked for.
fn is_empty(search: &Search) -> bool {
    search.name.from.contains('\0')
}

fn id(row: &Row) -> Result<i64> {
    Ok(row.try_get(0)?)
}

/// The ids of all leads in the ranges of names and identities, each as often as it matches. The order is that of the
/// one index to read them by.
fn ranges(search: &Search, limit: Option<&str>, values: &mut Values) -> String {
    let limit = limit.map_or_else(String::new, |limit| format!(" LIMIT {limit}"));
    let name = begins("l.name_folded", &search.name, values);
    let mut all = vec![format!(
        "(SELECT l.id FROM maitred.leads l WHERE {name} AND l.name_folded IS NOT NULL ORDER BY l.name_folded{limit})"
    )];
    for (kind, prefix) in distinct(search) {
        let kind = values.place(kind as i16, Type::INT2);
        let from = values.place(prefix.from.clone(), Type::TEXT);
        let end = match &prefix.below {
            Some(below) => format!("(i.kind, i.value) < ({kind}, {})", values.place(below.clone(), Type::TEXT)),
            None => format!("i.kind <= {kind}"),
        };
        all.push(format!(
            "(SELECT i.lead_id AS id FROM maitred.identities i WHERE (i.kind, i.value) >= ({kind}, {from}) AND {end} \
             ORDER BY i.kind, i.value{limit})"
        ));
    }
    all.join(" UNION ALL ")
}

fn walk_of_names(search: &Search, ids: &Range<i64>, limit: i64) -> (String, Values) {
    let mut values = Values::default();
    let (from, below) = (values.place(ids.start, Type::INT8), values.place(ids.end, Type::INT8));
    let (name, limit) = (begins("l.name_folded", &search.name, &mut values), values.place(limit, Type::INT8));
    let sql = format!(
        "SELECT l.id FROM maitred.leads l WHERE l.id >= {from} AND l.id < {below} AND l.merged_into IS NULL \
         AND {name} ORDER BY l.id DESC LIMIT {limit}"
    );
    (sql, values)
}

fn walk_of_identities(search: &Search, ids: &Range<i64>, limit: i64) -> (String, Values) {
    let mut values = Values::default();
    let (from, below) = (values.place(ids.start, Type::INT8), values.place(ids.end, Type::INT8));
    let mut any = Vec::new();
    for (kind, prefix) in distinct(search) {
        let kind = values.place(kind as i16, Type::INT2);
        any.push(format!("i.kind = {kind} AND {}", begins("i.value", prefix, &mut values)));
    }
    let (any, limit) = (any.join(" OR "), values.place(limit, Type::INT8));
    let sql = format!(
        "SELECT DISTINCT i.lead_id FROM maitred.identities i WHERE i.lead_id >= {from} AND i.lead_id < {below} \
         AND ({any}) AND (SELECT l.merged_into FROM maitred.leads l WHERE l.id = i.lead_id) IS NULL \
         ORDER BY i.lead_id DESC LIMIT {limit}"
    );
    (sql, values)
}

/// That a column begins with a text.
fn begins(column: &str, prefix: &Prefix, values: &mut Values) -> String {
    let from = values.place(prefix.from.clone(), Type::TEXT);
    match &prefix.below {
        Some(below) => format!("{column} >= {from} AND {column} < {}", values.place(below.clone(), Type::TEXT)),
        None => format!("{column} >= {from}"),
    }
}

/// The ranges of identities, without one that is there twice: a text may already be as it is dialled.
fn distinct(search: &Search) -> impl Iterator<Item = (IdentityKind, &Prefix)> {
    let all = &search.identities;
    let is_new = |at: usize| !all[..at].contains(&all[at]);
    (0..all.len()).filter(move |at| is_new(*at)).map(|at| (all[at].0, &all[at].1))
}
