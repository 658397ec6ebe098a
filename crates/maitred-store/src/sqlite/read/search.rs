//! The search for leads. A search text is the beginning of words or of an identity: half-open ranges of indexes, so
//! that nothing a person types can be a pattern. The rows of such a range come in the order of words, the answer in the
//! order of ids. Of several words the longest says where to look, and the others are looked up for each lead. So a
//! search looks at the ranges if they are short; else the matches are common, and it walks the newest leads until the
//! page is full; only where common matches are all old does it go through whole ranges, keeping
//! no more than a page.

use super::super::rows::{list, one};
use crate::StoreError;
use crate::search::{Form, Prefix, Search};
use maitred_core::IdentityKind;
use rusqlite::types::Value;
use rusqlite::{Connection, params_from_iter};
use std::collections::BTreeSet;

/// Matches up to which a search sorts them all.
const MATCHES_SORTED_MAX: usize = 4_096;
/// The newest leads that a search with more matches looks at one by one.
const LEADS_WALKED_MAX: i64 = 20_000;
/// The newest leads whose phones are looked through for their last digits.
const LEADS_LOOKED_THROUGH_MAX: i64 = 1_000_000;

/// A search and how it is carried out here.
pub(super) struct Searching<'a>(pub(super) &'a Search);

impl Searching<'_> {
    pub(super) fn run(&self, conn: &Connection, below: i64, limit: u32) -> Result<Vec<i64>, StoreError> {
        if let Some(ids) = self.newest_in_ranges(conn, below, limit, MATCHES_SORTED_MAX)? {
            return Ok(ids);
        }
        let last = "SELECT id FROM leads WHERE id < ?1 ORDER BY id DESC LIMIT 1";
        let below = one::<i64>(conn, last, [below])?.map_or(0, |id| id + 1);
        let from = below - LEADS_WALKED_MAX;
        let ids = self.walk(conn, from, below, limit)?;
        if ids.len() == limit as usize || from <= 1 {
            return Ok(ids);
        }
        Ok(self.newest_in_ranges(conn, below, limit, usize::MAX)?.unwrap_or_default())
    }

    /// The matches among the leads from `from` on and below `below`, newest first, each lead looked at.
    pub(super) fn walk(&self, conn: &Connection, from: i64, below: i64, limit: u32) -> Result<Vec<i64>, StoreError> {
        if self.0.is_empty() {
            return Ok(Vec::new());
        }
        let mut values: Vec<Value> = vec![from.into(), below.into(), i64::from(limit).into()];
        let has_words = self.0.words.iter().map(|prefix| has_word("l.id", prefix, &mut values)).collect::<Vec<_>>();
        let mut any = if has_words.is_empty() { Vec::new() } else { vec![has_words.join(" AND ")] };
        let forms = self.0.identities.iter().map(|(form, prefix)| is_of(*form, prefix, &mut values));
        let forms = forms.collect::<Vec<_>>().join(" OR ");
        if !forms.is_empty() {
            any.push(format!(
                "EXISTS (SELECT 1 FROM identities i INDEXED BY identities_lead WHERE i.lead_id = l.id AND ({forms}))"
            ));
        }
        let any = any.join(" OR ");
        let sql = format!(
            "SELECT l.id FROM leads l NOT INDEXED WHERE l.id >= ?1 AND l.id < ?2 AND l.merged_into IS NULL \
             AND ({any}) ORDER BY l.id DESC LIMIT ?3"
        );
        list(conn, &sql, params_from_iter(values))
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
        if let Some((first, others)) = self.0.words.split_first() {
            let words = "SELECT lead_id FROM lead_words WHERE word >= ?1 AND word < ?2";
            if !page.take(conn, words, bounds(first).to_vec(), others)? {
                return Ok(None);
            }
        }
        for (form, prefix) in &self.0.identities {
            let ranges = match form {
                Form::Of(kind) => ranges_of(*kind, prefix),
                Form::Tail => vec![latest_by_tail(prefix, below, limit)],
            };
            for (sql, values) in ranges {
                if !page.take(conn, &sql, values, &[])? {
                    return Ok(None);
                }
            }
        }
        Ok(Some(page.ids.into_iter().rev().collect()))
    }
}

/// The identities of a kind that are searched by texts with this beginning. Most are in the order of the key: they are
/// searched by their value, or by that without the + of a phone. The others have an index.
fn ranges_of(kind: IdentityKind, prefix: &Prefix) -> Vec<(String, Vec<Value>)> {
    let range = |from: &str, condition: &str, [first, below]: [Value; 2]| {
        let sql = format!("SELECT i.lead_id FROM identities i {from} WHERE i.kind = ?1 AND {condition}");
        (sql, vec![(kind as i64).into(), first, below])
    };
    let folded = "i.search >= ?2 AND i.search < ?3 AND i.search <> i.value AND '+' || i.search <> i.value";
    let by_value = |is: &str| format!("i.value >= ?2 AND i.value < ?3 AND {is} = i.value");
    let mut ranges = vec![
        range("INDEXED BY identities_search", folded, bounds(prefix)),
        range("NOT INDEXED", &by_value("i.search"), bounds(prefix)),
    ];
    if kind == IdentityKind::Phone {
        let with_plus = Prefix::new(format!("+{}", prefix.from));
        ranges.push(range("NOT INDEXED", &by_value("'+' || i.search"), bounds(&with_plus)));
    }
    ranges
}

/// The newest leads with a phone that ends so. An index by last digits would cost each new phone a page, so the phones
/// of the latest leads are looked through.
fn latest_by_tail(prefix: &Prefix, below: i64, limit: u32) -> (String, Vec<Value>) {
    let sql = format!(
        "SELECT DISTINCT i.lead_id FROM identities i INDEXED BY identities_lead WHERE i.lead_id < ?1 \
         AND i.lead_id >= (SELECT coalesce(max(id), 0) FROM leads WHERE id < ?1) - {LEADS_LOOKED_THROUGH_MAX} \
         AND i.tail >= ?2 AND i.tail < ?3 ORDER BY i.lead_id DESC LIMIT ?4"
    );
    let [first, end] = bounds(prefix);
    (sql, vec![below.into(), first, end, i64::from(limit).into()])
}

/// That a lead has a word that begins so. The values are added to those that are there.
fn has_word(lead: &str, prefix: &Prefix, values: &mut Vec<Value>) -> String {
    values.extend(bounds(prefix));
    let (below, from) = (values.len(), values.len() - 1);
    format!(
        "EXISTS (SELECT 1 FROM lead_words w INDEXED BY lead_words_lead \
         WHERE w.lead_id = {lead} AND w.word >= ?{from} AND w.word < ?{below})"
    )
}

/// That an identity has this form. The values are added to those that are there.
fn is_of(form: Form, prefix: &Prefix, values: &mut Vec<Value>) -> String {
    let (kind, column) = match form {
        Form::Of(kind) => {
            values.push((kind as i64).into());
            (format!("i.kind = ?{}", values.len()), "i.search")
        }
        Form::Tail => ("i.tail IS NOT NULL".to_owned(), "i.tail"),
    };
    values.extend(bounds(prefix));
    format!("({kind} AND {column} >= ?{} AND {column} < ?{})", values.len() - 1, values.len())
}

/// The newest of many ids, no more than a page of them kept.
struct NewestFirst {
    ids: BTreeSet<i64>,
    below: i64,
    limit: usize,
    entries_left: usize,
}

impl NewestFirst {
    /// Goes through the rows of a query, whose leads must have these words too; false when there are more than may be
    /// looked at.
    fn take(&mut self, conn: &Connection, sql: &str, values: Vec<Value>, words: &[Prefix]) -> Result<bool, StoreError> {
        let mut statement = conn.prepare_cached(sql)?;
        let mut rows = statement.query(params_from_iter(values))?;
        while let Some(row) = rows.next()? {
            if self.entries_left == 0 {
                return Ok(false);
            }
            self.entries_left -= 1;
            self.consider(conn, row.get(0)?, words)?;
        }
        Ok(true)
    }

    fn consider(&mut self, conn: &Connection, id: i64, words: &[Prefix]) -> Result<(), StoreError> {
        let is_full = self.ids.len() >= self.limit;
        if id >= self.below || is_full && self.ids.first().is_none_or(|oldest| id <= *oldest) {
            return Ok(());
        }
        let mut values: Vec<Value> = vec![id.into()];
        let has_words: String = words.iter().map(|it| format!(" AND {}", has_word("?1", it, &mut values))).collect();
        let sql = format!("SELECT 1 FROM leads WHERE id = ?1 AND merged_into IS NULL{has_words}");
        if one::<i64>(conn, &sql, params_from_iter(values))?.is_some() && self.ids.insert(id) && is_full {
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
