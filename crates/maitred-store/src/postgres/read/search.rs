//! The search for leads. A search text is the beginning of words or of an identity: half-open ranges of indexes, so
//! that nothing a person types can be a pattern. The rows of such a range come in the order of words, the answer in the
//! order of ids. Of several words the longest says where to look, and the others are looked up for each lead. So a
//! search looks at the ranges if they are short; else the matches are common, and it walks the newest leads until the
//! page is full; only where common matches are all old does it go through whole ranges.

use crate::StoreError;
use crate::postgres::statement::{Values, list, one};
use crate::search::{Form, Prefix, Search};
use futures_util::future::try_join;
use std::collections::BTreeSet;
use std::ops::Range;
use tokio_postgres::Client;
use tokio_postgres::types::Type;

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
    if search.is_empty() {
        return Ok(Vec::new());
    }
    if matches(client, search, MATCHES_SORTED_MAX + 1).await? <= MATCHES_SORTED_MAX {
        return newest_in_ranges(client, search, below, limit).await;
    }
    let last = "SELECT id FROM maitred.leads WHERE id < $1 ORDER BY id DESC LIMIT 1";
    let below = one::<i64>(client, last, &[(&below, Type::INT8)]).await?.map_or(0, |id| id + 1);
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
    if search.is_empty() {
        return Ok(Vec::new());
    }
    let (names, name_values) = walk_of_names(search, &ids, limit);
    let (identities, identity_values) = walk_of_identities(search, &ids, limit);
    let (name_values, identity_values) = (name_values.all(), identity_values.all());
    let named = list(client, &names, &name_values);
    let (named, identified) = try_join(named, list(client, &identities, &identity_values)).await?;
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
    list(client, &sql, &values.all()).await
}

/// How many rows the ranges have, counted up to `most`.
async fn matches(client: &Client, search: &Search, most: i64) -> Result<i64> {
    let mut values = Values::default();
    let most = values.place(most, Type::INT8);
    let all = ranges(search, Some(&most), &mut values);
    let sql = format!("SELECT count(*) FROM (SELECT 1 FROM ({all}) a LIMIT {most}) r");
    Ok(one(client, &sql, &values.all()).await?.unwrap_or_default())
}

/// The ids of all leads in the ranges of words and identities, each as often as it matches. The order is that of the
/// one index to read them by.
fn ranges(search: &Search, limit: Option<&str>, values: &mut Values) -> String {
    let limit = limit.map_or_else(String::new, |limit| format!(" LIMIT {limit}"));
    let mut all = Vec::new();
    if let Some((first, others)) = search.words.split_first() {
        let first = begins("w.word", first, values);
        let others: String = others.iter().map(|it| format!(" AND {}", has_word("w.lead_id", it, values))).collect();
        all.push(format!(
            "(SELECT w.lead_id AS id FROM maitred.lead_words w WHERE {first}{others} ORDER BY w.word{limit})"
        ));
    }
    for (form, prefix) in &search.identities {
        let (is_of, order) = match form {
            Form::Of(kind) => {
                let kind = values.place(*kind as i16, Type::INT2);
                let from = values.place(prefix.from.clone(), Type::TEXT);
                let end = match &prefix.below {
                    Some(below) => {
                        format!("(i.kind, i.search) < ({kind}, {})", values.place(below.clone(), Type::TEXT))
                    }
                    None => format!("i.kind <= {kind}"),
                };
                (format!("(i.kind, i.search) >= ({kind}, {from}) AND {end}"), "i.kind, i.search")
            }
            Form::Tail => (is_of(*form, prefix, values), "i.tail"),
        };
        all.push(format!("(SELECT i.lead_id AS id FROM maitred.identities i WHERE {is_of} ORDER BY {order}{limit})"));
    }
    all.join(" UNION ALL ")
}

fn walk_of_names(search: &Search, ids: &Range<i64>, limit: i64) -> (String, Values) {
    let mut values = Values::default();
    let (from, below) = (values.place(ids.start, Type::INT8), values.place(ids.end, Type::INT8));
    let words = search.words.iter().map(|it| has_word("l.id", it, &mut values)).collect::<Vec<_>>();
    let words = if words.is_empty() { "false".to_owned() } else { words.join(" AND ") };
    let limit = values.place(limit, Type::INT8);
    let sql = format!(
        "SELECT l.id FROM maitred.leads l WHERE l.id >= {from} AND l.id < {below} AND l.merged_into IS NULL \
         AND {words} ORDER BY l.id DESC LIMIT {limit}"
    );
    (sql, values)
}

fn walk_of_identities(search: &Search, ids: &Range<i64>, limit: i64) -> (String, Values) {
    let mut values = Values::default();
    let (from, below) = (values.place(ids.start, Type::INT8), values.place(ids.end, Type::INT8));
    let any = search.identities.iter().map(|(form, prefix)| is_of(*form, prefix, &mut values)).collect::<Vec<_>>();
    let any = if any.is_empty() { "false".to_owned() } else { any.join(" OR ") };
    let limit = values.place(limit, Type::INT8);
    let sql = format!(
        "SELECT DISTINCT i.lead_id FROM maitred.identities i WHERE i.lead_id >= {from} AND i.lead_id < {below} \
         AND ({any}) AND (SELECT l.merged_into FROM maitred.leads l WHERE l.id = i.lead_id) IS NULL \
         ORDER BY i.lead_id DESC LIMIT {limit}"
    );
    (sql, values)
}

/// That a lead has a word that begins so.
fn has_word(lead: &str, prefix: &Prefix, values: &mut Values) -> String {
    let begins = begins("o.word", prefix, values);
    format!("EXISTS (SELECT 1 FROM maitred.lead_words o WHERE o.lead_id = {lead} AND {begins})")
}

/// That an identity has this form.
fn is_of(form: Form, prefix: &Prefix, values: &mut Values) -> String {
    match form {
        Form::Of(kind) => {
            let kind = values.place(kind as i16, Type::INT2);
            format!("i.kind = {kind} AND {}", begins("i.search", prefix, values))
        }
        Form::Tail => format!("i.tail IS NOT NULL AND {}", begins("i.tail", prefix, values)),
    }
}

/// That a column begins with a text.
fn begins(column: &str, prefix: &Prefix, values: &mut Values) -> String {
    let from = values.place(prefix.from.clone(), Type::TEXT);
    match &prefix.below {
        Some(below) => format!("{column} >= {from} AND {column} < {}", values.place(below.clone(), Type::TEXT)),
        None => format!("{column} >= {from}"),
    }
}
