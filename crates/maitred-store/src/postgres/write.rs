//! Carrying out the steps of [`crate::writing`]: one statement each, with an array for each column that has the values
//! of all rows. They are gathered first and then all sent before the first is answered.

use super::statement::Statement;
use crate::StoreError;
use crate::schema::{Column, Kind, Put, Record, Value};
use crate::writing::{OfIds, Text, Write, write};
use bytes::{BufMut, BytesMut};
use maitred_core::world::Changes;
use std::error::Error;
use tokio_postgres::types::{IsNull, ToSql, Type, to_sql_checked};

/// The statements that write all of it, in their order. Events get positions from `next_event` on.
///
/// # Errors
/// When something cannot be put into words that the server understands.
pub fn statements(changes: &Changes, next_event: i64) -> Result<Vec<Statement>, StoreError> {
    let mut steps = Steps(Vec::new());
    write(&mut steps, changes, next_event)?;
    Ok(steps.0)
}

struct Steps(Vec<Statement>);

impl Write for Steps {
    fn put<'a, R: Record + 'a>(&mut self, how: Put, rows: impl IntoIterator<Item = &'a R>) -> Result<(), StoreError> {
        let statements = R::statements();
        let mut rows = rows.into_iter().peekable();
        if rows.peek().is_none() {
            return Ok(());
        }
        let mut arrays: Vec<Array> = statements.written.iter().map(Array::of).collect();
        for row in rows {
            let mut columns = arrays.iter_mut();
            let mut pushed = Ok(());
            row.values(|value| {
                if let (Some(array), Ok(())) = (columns.next(), &pushed) {
                    pushed = array.push(&value);
                }
            });
            pushed?;
        }
        let statement = Statement::new(statements.postgres.of(how));
        self.0.push(arrays.into_iter().fold(statement, |statement, array| {
            let r#type = array.r#type();
            statement.with(array, r#type)
        }));
        Ok(())
    }

    fn for_each_id(&mut self, statement: &'static OfIds, ids: &[i64]) -> Result<(), StoreError> {
        if !ids.is_empty() {
            self.0.push(Statement::new(&statement.postgres).with(ids.to_vec(), Type::INT8_ARRAY));
        }
        Ok(())
    }

    fn run(&mut self, statement: &'static Text, [one, two]: [i64; 2]) -> Result<(), StoreError> {
        self.0.push(Statement::new(&statement.postgres).with(one, Type::INT8).with(two, Type::INT8));
        Ok(())
    }
}

/// One column of many rows, in the binary form of an array's elements: each with its length before it, -1 for NULL.
#[derive(Debug)]
pub struct Array {
    kind: Kind,
    rows: i32,
    has_nulls: bool,
    elements: BytesMut,
}

impl Array {
    pub fn of(column: &Column) -> Self {
        Self { kind: column.kind, rows: 0, has_nulls: false, elements: BytesMut::new() }
    }

    /// # Errors
    /// When the value is out of the range of the column.
    pub fn push(&mut self, value: &Value<'_>) -> Result<(), StoreError> {
        let length_at = self.elements.len();
        self.elements.put_i32(-1);
        let written = value.to_sql(&self.element(), &mut self.elements);
        match written.map_err(|error| StoreError::Engine(error.to_string()))? {
            IsNull::Yes => self.has_nulls = true,
            IsNull::No => {
                let length = i32::try_from(self.elements.len() - length_at - 4);
                let length = length.map_err(|_| StoreError::Engine("a value of more than 2 GB".to_owned()))?;
                self.elements[length_at..length_at + 4].copy_from_slice(&length.to_be_bytes());
            }
        }
        self.rows += 1;
        Ok(())
    }

    const fn element(&self) -> Type {
        match self.kind {
            Kind::Number => Type::INT8,
            Kind::Code => Type::INT2,
            Kind::Flag => Type::BOOL,
            Kind::Text => Type::TEXT,
            Kind::Bytes => Type::BYTEA,
        }
    }

    pub const fn r#type(&self) -> Type {
        match self.kind {
            Kind::Number => Type::INT8_ARRAY,
            Kind::Code => Type::INT2_ARRAY,
            Kind::Flag => Type::BOOL_ARRAY,
            Kind::Text => Type::TEXT_ARRAY,
            Kind::Bytes => Type::BYTEA_ARRAY,
        }
    }
}

impl ToSql for Array {
    fn to_sql(&self, _: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        out.put_i32(1); // One dimension,
        out.put_i32(self.has_nulls.into());
        out.put_u32(self.element().oid());
        out.put_i32(self.rows);
        out.put_i32(1); // whose first place is 1.
        out.extend_from_slice(&self.elements);
        Ok(IsNull::No)
    }

    fn accepts(r#type: &Type) -> bool {
        matches!(*r#type, Type::INT8_ARRAY | Type::INT2_ARRAY | Type::BOOL_ARRAY | Type::TEXT_ARRAY | Type::BYTEA_ARRAY)
    }

    to_sql_checked!();
}
