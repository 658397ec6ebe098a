//! Taking the turn to write: the first words of every transaction, and what the one row says.

use crate::StoreError;
use maitred_core::Timestamp;
use maitred_core::world::Ids;
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
    SELECT set_config('synchronous_commit', 'on', true) WHERE current_setting('synchronous_commit') = 'off';
    SELECT contact, lead, operator, source, pool, event, batch, node, last_event_at
        FROM maitred.next_ids WHERE one = 1 FOR UPDATE";

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
    /// The last batch.
    pub batch: Batch,
    /// When the last event happened.
    pub last_event_at: Timestamp,
}

impl Turn {
    /// Begins a transaction with the turn in it. Waits while another node has it.
    ///
    /// # Errors
    /// [`StoreError`] when the turn did not come.
    pub async fn take(client: &Client) -> Result<Self, StoreError> {
        let messages = client.simple_query(TAKE).await?;
        let row = messages.iter().find_map(|message| match message {
            SimpleQueryMessage::Row(row) if row.len() > 1 => Some(row),
            _ => None,
        });
        let row = row.ok_or_else(|| StoreError::Unusable(NO_TURNS.to_owned()))?;
        Ok(Self {
            ids: Ids {
                contact: number(row, 0)?,
                lead: number(row, 1)?,
                operator: number(row, 2)?,
                source: number(row, 3)?,
                pool: number(row, 4)?,
            },
            next_event: number(row, 5)?,
            batch: Batch { number: number(row, 6)?, node: number(row, 7)? },
            last_event_at: Timestamp(number(row, 8)?),
        })
    }
}

fn number(row: &SimpleQueryRow, column: usize) -> Result<i64, StoreError> {
    let text = row.try_get(column)?.unwrap_or_default();
    text.parse().map_err(|_| StoreError::Corrupt(format!("{text:?} in next_ids")))
}
