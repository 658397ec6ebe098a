//! How the ledger of a source went on in a period, and the corrections that people made of it.

use super::read::{Read, values};
use crate::StoreError;
use crate::schema::{Value, columns_of};
use crate::views::{CorrectionFilter, LedgerAt, Page};
use maitred_core::correction::Correction;
use maitred_core::world::Ledger;
use maitred_core::{SourceId, Timestamp};

/// The ledgers at all snapshots of a period, and behind them the one at its end. They are read in one statement with
/// the present one, which a batch may be changing.
pub async fn ledgers_between(
    at: &impl Read,
    source: SourceId,
    from: Timestamp,
    to: Timestamp,
) -> Result<Vec<LedgerAt>, StoreError> {
    let sql = "SELECT l.at, l.ledger FROM maitred.ledger_snapshots l \
               WHERE l.source_id = $1 AND l.at >= $2 AND l.at < $3 \
               UNION ALL SELECT n.at, n.ledger FROM (SELECT l.at, l.ledger FROM maitred.ledger_snapshots l \
               WHERE l.source_id = $1 AND l.at >= $3 ORDER BY l.at LIMIT 1) AS n \
               UNION ALL SELECT CAST(NULL AS BIGINT), t.ledger FROM maitred.source_totals t WHERE t.source_id = $1";
    let mut rows: Vec<(Option<Timestamp>, Vec<u8>)> = at.list(sql, values![source, from, to]).await?;
    rows.sort_by_key(|(at, _)| at.map_or(i64::MAX, |at| at.0));
    let inside = rows.iter().take_while(|(at, _)| at.is_some_and(|at| at < to)).count();
    rows.truncate(inside + 1);
    rows.into_iter().map(|(at, bytes)| Ok(LedgerAt { at, ledger: Ledger::decode(&bytes)? })).collect()
}

/// Corrections, newest first.
pub async fn corrections(at: &impl Read, filter: CorrectionFilter, page: Page) -> Result<Vec<Correction>, StoreError> {
    let CorrectionFilter { source, operator } = filter;
    let mut wanted = vec![Value::from(page.after.unwrap_or(i64::MAX)), Value::from(page.limit)];
    let mut only = String::new();
    for (column, id) in [("source_id", source.map(|id| id.0)), ("operator_id", operator.map(|id| id.0))] {
        if let Some(id) = id {
            wanted.push(Value::from(id));
            only.push_str(&format!(" AND c.{column} = ${}", wanted.len()));
        }
    }
    let columns = columns_of::<Correction>("c");
    let sql = format!("SELECT {columns} FROM maitred.corrections c WHERE c.id < $1{only} ORDER BY c.id DESC LIMIT $2");
    at.list(&sql, &wanted).await
}
