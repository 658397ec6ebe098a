//! Taking the turn to write: the first words of every transaction, and what the one row says.

use crate::StoreError;
use maitred_core::{Ids, Timestamp};
use std::sync::LazyLock;
use tokio_postgres::{Client, SimpleQueryMessage, SimpleQueryRow};

/// Begins a transaction and locks the row that gives the turn, in one round trip.
///
/// A node that stops in the middle (a frozen machine, a debugger) is cut off after
/// `idle_in_transaction_session_timeout` and the turn goes on; `lock_timeout` is longer, so that the nodes that wait
/// for it see that happen. A `statement_timeout` of somebody's settings must not end a commit that waits for a standby:
/// PostgreSQL would report it as done. Nor may a commit be answered before it is on disk.
const TAKE: &str = "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE;
    SET LOCAL idle_in_transaction_session_timeout = '5s';
    SET LOCAL lock_timeout = '8s';
    SET LOCAL statement_timeout = 0;
    SELECT set_config('synchronous_commit', 'on', true) WHERE current_setting('synchronous_commit') = 'off';";

/// All of that, and what the row says.
static TAKE_AND_READ: LazyLock<String> = LazyLock::new(|| {
    let counters = Ids::NAMES.join(", ");
    let rest = "event, batch, node, last_event_at FROM maitred.next_ids WHERE one = 1 FOR UPDATE";
    // A statement of its own, which sees what was committed while this one waited for the row.
    format!("{TAKE} SELECT {counters}, {rest}; SELECT min(at) AS next_due FROM maitred.due")
});

/// A batch by its number and the node that wrote it. After a failover to a standby that lacked some batches, their
/// numbers come again; the same number of the same node does not: it read the row before it wrote.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Batch {
    /// Its number, from 1.
    pub number: i64,
    /// The id of the node.
    pub node: i64,
}

/// Why there may be no row.
const NO_TURNS: &str = "next_ids has no row: another database is being copied into this one (maitred copy). Stop this \
                        server until that has ended";

/// What the row says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Turn {
    /// The next free ids.
    pub ids: Ids,
    /// The next position of the feed.
    pub next_event: i64,
    pub batch: Batch,
    /// When the last event happened.
    pub last_event_at: Timestamp,
    /// The first moment at which something changes by itself.
    pub next_due: Option<Timestamp>,
}

impl Turn {
    /// Begins a transaction with the turn in it. Waits while another node has it.
    ///
    /// # Errors
    /// [`StoreError`] when the turn did not come.
    pub async fn take(client: &Client) -> Result<Self, StoreError> {
        let messages = client.simple_query(&TAKE_AND_READ).await?;
        let row = messages.iter().find_map(|message| match message {
            SimpleQueryMessage::Row(row) if row.len() > 1 => Some(row),
            _ => None,
        });
        let row = row.ok_or_else(|| StoreError::Unusable(NO_TURNS.to_owned()))?;
        let next_due = messages.iter().rev().find_map(|message| match message {
            SimpleQueryMessage::Row(row) => Some(row),
            _ => None,
        });
        let next_due = next_due.filter(|row| row.len() == 1 && row.get(0).is_some());
        let mut counters = [0; Ids::NAMES.len()];
        for (counter, name) in counters.iter_mut().zip(Ids::NAMES) {
            *counter = number(row, name)?;
        }
        Ok(Self {
            ids: Ids::from_array(counters),
            next_event: number(row, "event")?,
            batch: Batch { number: number(row, "batch")?, node: number(row, "node")? },
            last_event_at: Timestamp(number(row, "last_event_at")?),
            next_due: next_due.map(|row| number(row, "next_due").map(Timestamp)).transpose()?,
        })
    }
}

fn number(row: &SimpleQueryRow, column: &str) -> Result<i64, StoreError> {
    let text = row.try_get(column)?.unwrap_or_default();
    text.parse().map_err(|_| StoreError::Corrupt(format!("{column} is {text:?} in next_ids")))
}
