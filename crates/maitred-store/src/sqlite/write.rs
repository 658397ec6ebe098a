//! Carrying out the steps of [`crate::writing`], each at once, row by row: a statement is looked up once for all rows
//! of a step.

use crate::StoreError;
use crate::schema::{Put, Record};
use crate::writing::{OfIds, Text, Write};
use rusqlite::Connection;

/// Writes within the transaction under way.
pub struct Steps<'a>(pub &'a Connection);

impl Write for Steps<'_> {
    fn put<'a, R: Record + 'a>(&mut self, how: Put, rows: impl IntoIterator<Item = &'a R>) -> Result<(), StoreError> {
        let mut rows = rows.into_iter().peekable();
        if rows.peek().is_none() {
            return Ok(());
        }
        let mut statement = self.0.prepare_cached(R::statements().sqlite.of(how))?;
        for row in rows {
            let (mut place, mut bound) = (0, Ok(()));
            row.values(|value| {
                place += 1;
                if bound.is_ok() {
                    bound = statement.raw_bind_parameter(place, value);
                }
            });
            bound?;
            statement.raw_execute()?;
        }
        Ok(())
    }

    fn for_each_id(&mut self, statement: &'static OfIds, ids: &[i64]) -> Result<(), StoreError> {
        if ids.is_empty() {
            return Ok(());
        }
        let mut statement = self.0.prepare_cached(&statement.sqlite)?;
        ids.iter().try_for_each(|id| statement.execute([id]).map(drop))?;
        Ok(())
    }

    fn run(&mut self, statement: &'static Text, values: [i64; 2]) -> Result<(), StoreError> {
        self.0.prepare_cached(&statement.sqlite)?.execute(values)?;
        Ok(())
    }
}
