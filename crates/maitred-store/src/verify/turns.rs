//! What only nodes that share a database write: who had the turn last, and which batch each of them wrote.

use super::feed::Feed;
use super::scan::Scan;
use super::{About, Invariant, Watch};
use crate::StoreError;
use std::collections::BTreeMap;

/// The row of the turn.
struct Turn {
    batch: i64,
    node: i64,
    sources_changed: i64,
    last_event_at: i64,
}

/// Compares the row of the turn with the nodes and the feed. A SQLite file has one writer and no turns.
pub fn check(watch: &mut Watch<'_>, feed: &Feed) -> Result<(), StoreError> {
    let Scan::Postgres(_) = watch.scan else { return Ok(()) };
    // That there is none was found with the next ids.
    let Some(turn) = turn(watch.scan)? else { return Ok(()) };
    if turn.sources_changed > turn.batch {
        let found = format!("sources changed in batch {}", turn.sources_changed);
        let expected = format!("at most {}, the last batch", turn.batch);
        watch.report.fault(Invariant::IdsAreNew, About::NOBODY, found, expected);
    }
    if turn.last_event_at < feed.last_at {
        let found = format!("the last event was at {} by next_ids", turn.last_event_at);
        let expected = format!("no earlier than {}, as the feed tells: clocks of nodes rely on it", feed.last_at);
        watch.report.fault(Invariant::TimeGoesForward, About::position(feed.last), found, expected);
    }
    nodes(watch, &turn)
}

fn turn(scan: Scan<'_>) -> Result<Option<Turn>, StoreError> {
    let mut turn = None;
    scan.each("SELECT batch, node, sources_changed, last_event_at FROM next_ids", |row| {
        let (batch, node) = (row.i64(0)?, row.i64(1)?);
        turn = Some(Turn { batch, node, sources_changed: row.i64(2)?, last_event_at: row.i64(3)? });
        Ok(())
    })?;
    Ok(turn)
}

/// Whether each batch was written by one node, the last one by the node that the turn names, and none behind it. Nodes
/// that are long gone are not listed any more.
fn nodes(watch: &mut Watch<'_>, turn: &Turn) -> Result<(), StoreError> {
    let mut writers: BTreeMap<i64, i64> = BTreeMap::new();
    let last = turn.batch;
    watch.scan.each("SELECT id, last_batch FROM nodes", |row| {
        let (node, batch) = (row.i64(0)?, row.i64(1)?);
        if batch > last || node == turn.node && batch != last {
            let found = format!("node {node} wrote batch {batch} last");
            let expected = format!("no batch behind {last}, and that one by node {}", turn.node);
            watch.report.fault(Invariant::IdsAreNew, About::NOBODY, found, expected);
        }
        if let Some(other) = writers.insert(batch, node) {
            let found = format!("nodes {other} and {node} both wrote batch {batch}");
            watch.report.fault(Invariant::IdsAreNew, About::NOBODY, found, "one node for each batch");
        }
        Ok(())
    })
}
