//! The next free ids, one row: no id is ever used twice, not even a deleted one's. On PostgreSQL it gives the turn to
//! write as well. There is a column for each counter of maitred-core's [`Ids`].

use super::{Column, FromRow, PLAIN, Record, Row, Statements, Stored, Table, Value};
use crate::StoreError;
use maitred_core::Ids;
use std::sync::LazyLock;

pub struct NextIds {
    pub ids: Ids,
    /// The next position of the feed.
    pub event: i64,
}

const WIDTH: usize = Ids::NAMES.len() + 2;

/// The key, which is 1 in the only row; the counters; the position of the feed.
const COLUMNS: [Column; WIDTH] = {
    let mut columns = [Column::typed::<i64>("one"); WIDTH];
    let mut counter = 0;
    while counter < Ids::NAMES.len() {
        columns[counter + 1] = Column::typed::<i64>(Ids::NAMES[counter]);
        counter += 1;
    }
    columns[WIDTH - 1] = Column::typed::<i64>("event");
    columns
};

pub static NEXT_IDS: Table = Table {
    name: "next_ids",
    columns: &COLUMNS,
    postgres_only: &[
        // A node that served the empty database knows batch 0 and reads everything again.
        ("batch", "1"),
        ("node", "0"),
        ("sources_changed", "1"),
        ("last_event_at", "coalesce((SELECT at FROM maitred.events ORDER BY position DESC LIMIT 1), 0)"),
    ],
    ..PLAIN
};

impl Record for NextIds {
    fn table() -> &'static Table {
        &NEXT_IDS
    }

    fn statements() -> &'static Statements {
        static STATEMENTS: LazyLock<Statements> = LazyLock::new(|| Statements::new(&NEXT_IDS, WIDTH));
        &STATEMENTS
    }

    fn values<'a>(&'a self, put: impl FnMut(Value<'a>)) {
        let counters = self.ids.to_array().into_iter();
        [1].into_iter().chain(counters).chain([self.event]).map(Value::from).for_each(put);
    }
}

impl FromRow for NextIds {
    const WIDTH: usize = WIDTH;

    fn read(row: Row<'_>, first: usize) -> Result<Self, StoreError> {
        let mut counters = [0; Ids::NAMES.len()];
        for (counter, column) in counters.iter_mut().zip(first + 1..) {
            *counter = i64::from_column(row, column)?;
        }
        Ok(Self { ids: Ids::from_array(counters), event: i64::from_column(row, first + WIDTH - 1)? })
    }
}
