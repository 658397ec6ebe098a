//! Carrying out the steps of [`crate::writing`], each at once: a statement is looked up once for all rows of a step,
//! and inserts several of them each time it runs.

use crate::StoreError;
use crate::schema::{Put, ROWS_AT_ONCE, Record};
use crate::writing::{OfIds, Text, Write};
use rusqlite::{Connection, Statement};

/// Writes within the transaction under way.
pub struct Steps<'a>(pub &'a Connection);

impl Write for Steps<'_> {
    fn put<'a, R: Record + 'a>(&mut self, how: Put, rows: impl IntoIterator<Item = &'a R>) -> Result<(), StoreError> {
        let rows: Vec<&R> = rows.into_iter().collect();
        let (of, mut rest) = (R::statements(), &rows[..]);
        if how == Put::Insert {
            for (text, size) in of.sqlite_rows.iter().zip(ROWS_AT_ONCE) {
                let (together, others) = rest.split_at(rest.len() - rest.len() % size);
                self.put_by(text, together.chunks(size))?;
                rest = others;
            }
        }
        self.put_by(of.sqlite.of(how), rest.chunks(1))
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

impl Steps<'_> {
    /// Runs a statement for each of these groups of rows.
    fn put_by<'a, R: Record + 'a>(
        &self,
        text: &str,
        groups: impl ExactSizeIterator<Item = &'a [&'a R]>,
    ) -> Result<(), StoreError> {
        if groups.len() == 0 {
            return Ok(());
        }
        let mut statement = self.0.prepare_cached(text)?;
        for group in groups {
            bind(&mut statement, group)?;
            statement.raw_execute()?;
        }
        Ok(())
    }
}

/// Binds the values of rows, one after the other.
fn bind<R: Record>(statement: &mut Statement<'_>, rows: &[&R]) -> Result<(), StoreError> {
    let (mut place, mut bound) = (0, Ok(()));
    for row in rows {
        row.values(|value| {
            place += 1;
            if bound.is_ok() {
                bound = statement.raw_bind_parameter(place, value);
            }
        });
    }
    Ok(bound?)
}

#[cfg(test)]
mod tests {
    use crate::schema::{Statements, TABLES};
    use crate::testing::Fixture;

    /// Functions in the condition of an index are called for each new row, and SQLite keeps the pages of a statement
    /// that calls any as they were before. It makes a table of a list of values there for each statement.
    #[test]
    fn inserting_rows_calls_no_function_and_makes_no_table() {
        let conn = Fixture::new().reader();
        for table in TABLES {
            let [insert, _] = Statements::new(table, table.columns.len()).sqlite_rows;
            let mut statement = conn.prepare(&format!("EXPLAIN {insert}")).expect("a statement");
            let steps = statement.raw_query().mapped(|row| row.get(1));
            let steps: Vec<String> = steps.collect::<Result<_, _>>().expect("its steps");
            assert!(steps.iter().any(|step| step == "IdxInsert" || step == "Insert"), "{steps:?}");
            let is_costly = |step: &String| step.contains("Func") || step.contains("Ephemeral");
            assert!(!steps.iter().any(is_costly), "{}: {steps:?}", table.name);
        }
    }
}
