//! The next free ids, one row: no id is ever used twice, not even a deleted one's. On PostgreSQL it gives the turn to
//! write as well.

use super::record;
use maitred_core::world::Ids;

pub struct NextIds {
    pub one: i64,
    pub contact: i64,
    pub lead: i64,
    pub operator: i64,
    pub source: i64,
    pub pool: i64,
    pub event: i64,
}

record! {
    pub static NEXT_IDS: NextIds = "next_ids", key 1 {
        one,
        contact,
        lead,
        operator,
        source,
        pool,
        event,
    }
    [postgres_only: &[
        // A node that served the empty database knows batch 0 and reads everything again.
        ("batch", "1"),
        ("node", "0"),
        ("sources_changed", "1"),
        ("last_event_at", "coalesce((SELECT at FROM maitred.events ORDER BY position DESC LIMIT 1), 0)"),
    ]]
}

impl NextIds {
    /// The row that gives these ids next, and this position of the feed.
    #[must_use]
    pub const fn of(ids: Ids, event: i64) -> Self {
        let Ids { contact, lead, operator, source, pool } = ids;
        Self { one: 1, contact, lead, operator, source, pool, event }
    }

    #[must_use]
    pub const fn ids(&self) -> Ids {
        let Self { contact, lead, operator, source, pool, .. } = *self;
        Ids { contact, lead, operator, source, pool }
    }
}
