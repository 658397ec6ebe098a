//! Sources, their members, their counters and ledgers.

use super::table::Reference;
use super::value::stored_id;
use super::{FromRow, Row, Stored, record};
use crate::StoreError;
use maitred_core::world::{Counts, Ledger, LedgerSnapshot, SourceTotals};
use maitred_core::{LeadId, OperatorId, Source, SourceId, Timestamp};

stored_id!(SourceId);

record! {
    pub static SOURCES: Source = "sources", key 1 {
        id,
        name,
        description,
        kind,
        policy,
        sticky,
        default_region,
        created_at,
        updated_at,
        deleted_at,
        id_space,
        reply_url,
        demo,
        short_phones,
        offers,
        calendar as "calendar_id" [.refers(Reference::to("calendars"))],
        hours,
        hours_revision,
        hours_seen_at,
        releases,
        urgency,
        caps,
        conversation,
        fallback as "fallback_id" [.refers(Reference::to("sources"))],
        hides_names,
    }
    apart { reread_behind: Option<LeadId> }
    [
        counter: Some("source"),
        indexes: &["sources_calendar", "sources_demo", "sources_fallback", "sources_name", "sources_rereading"]
    ]
}

/// How far the phones of a source's leads are read again: behind this lead there may be more.
pub struct Rereading {
    pub id: SourceId,
    pub reread_behind: Option<LeadId>,
}

record! {
    static REREADING: Rereading = "sources", key 1 { id, reread_behind, }
}

/// A source without a name of its own for a moment: names are unique among sources that are not deleted.
pub struct Unnamed {
    pub id: SourceId,
    pub deleted_at: Option<Timestamp>,
}

record! {
    static UNNAMED: Unnamed = "sources", key 1 { id, deleted_at, }
}

impl Unnamed {
    pub const fn of(source: &Source) -> Self {
        Self { id: source.id, deleted_at: Some(Timestamp(0)) }
    }
}

record! {
    /// Written once per batch. The ledger is decoded by maitred-core.
    pub static SOURCE_TOTALS: SourceTotals = "source_totals", key 1 {
        source as "source_id" [.refers(Reference::to("sources"))],
        waiting,
        assigned,
        arrived,
        ledger,
        ledger_at,
        weights_at,
        scheduled,
        resting,
        overdue,
    }
}

record! {
    /// Written when a ledger changes for the first time in a period.
    pub static LEDGER_SNAPSHOTS: LedgerSnapshot = "ledger_snapshots", key 2 {
        source as "source_id" [.refers(Reference::to("sources"))],
        at,
        ledger,
    }
}

/// An operator serves a source.
pub struct Weight {
    pub source: SourceId,
    pub operator: OperatorId,
    pub weight: u32,
}

record! {
    pub static WEIGHTS: Weight = "weights", key 2 {
        source as "source_id" [.refers(Reference::to("sources"))],
        operator as "operator_id" [.refers(Reference::to("operators"))],
        weight,
    }
    [indexes: &["weights_operator"]]
}

/// An operator serves a source no longer.
pub struct NoWeight {
    pub source: SourceId,
    pub operator: OperatorId,
}

record! {
    static NO_WEIGHT: NoWeight = "weights", key 2 { source as "source_id", operator as "operator_id", }
}

/// The columns of the counters and the ledger of a source, with the alias `t`, for [`Books`].
pub const BOOKS: &str = "t.waiting, t.assigned, t.arrived, t.ledger, t.ledger_at, t.weights_at, t.scheduled, \
                         t.resting, t.overdue";

/// The counters and the ledger of a source; zeroes where there is no row yet.
#[derive(Default)]
pub struct Books {
    pub counts: Counts,
    pub ledger: Ledger,
}

impl FromRow for Books {
    const WIDTH: usize = 9;

    fn read(row: Row<'_>, first: usize) -> Result<Self, StoreError> {
        if row.is_null(first + 3)? {
            return Ok(Self::default());
        }
        let number = |column: usize| u64::from_column(row, first + column);
        let time = |column: usize| Option::<Timestamp>::from_column(row, first + column);
        let counts = Counts {
            waiting: number(0)?,
            scheduled: number(6)?,
            resting: number(7)?,
            overdue: number(8)?,
            assigned: number(1)?,
            arrived: number(2)?,
            ledger_at: time(4)?,
            weights_at: time(5)?,
        };
        Ok(Self { counts, ledger: Ledger::decode(row.bytes(first + 3)?)? })
    }
}
