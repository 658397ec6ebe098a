//! The statements that read, write and compare whole tables, whatever is in them.

use crate::schema::{Column, NEXT_IDS, PLAIN, TABLES, Table, names};

/// What a database has as long as a copy into it is unfinished. Servers and readers look for it and refuse, see
/// [`crate::StoreError::UnfinishedCopy`].
pub static MARK: Table = Table {
    name: crate::MARK_OF_A_COPY,
    // Which of the runs of this copy goes on; what it is a copy of, for people; and by its `Fingerprint`.
    columns: &[
        Column::typed::<i64>("one"),
        Column::typed::<i64>("run"),
        Column::typed::<String>("source"),
        Column::typed::<String>("origin"),
        Column::typed::<String>("state"),
    ],
    ..PLAIN
};

/// Everything that is compared.
pub fn compared() -> impl Iterator<Item = &'static Table> {
    TABLES.into_iter().chain([&NEXT_IDS])
}

/// How an engine writes the names of tables and the places of values.
#[derive(Clone, Copy)]
pub struct Dialect {
    /// What stands before the name of a table.
    pub schema: &'static str,
    /// What stands before the number of a value.
    pub mark: char,
}

impl Table {
    fn name_in(&self, dialect: Dialect) -> String {
        format!("{}{}", dialect.schema, self.name)
    }

    /// Reads so many rows behind a key, or from the first one, in the order of keys. The values are the key, if there
    /// is one, and the number of rows.
    pub fn select(&self, dialect: Dialect, is_behind: bool) -> String {
        let (all, key, table) = (names(self.columns), names(&self.columns[..self.key]), self.name_in(dialect));
        let behind = match is_behind {
            true => format!(" WHERE ({key}) > ({})", marks(dialect, 1..=self.key)),
            false => String::new(),
        };
        let rows = marks(dialect, [if is_behind { self.key + 1 } else { 1 }]);
        format!("SELECT {all} FROM {table}{behind} ORDER BY {key} LIMIT {rows}")
    }

    /// Reads the row with the last key.
    pub fn select_last(&self, dialect: Dialect) -> String {
        let key: Vec<_> = self.columns[..self.key].iter().map(|column| format!("{} DESC", column.name)).collect();
        let (all, table) = (names(self.columns), self.name_in(dialect));
        format!("SELECT {all} FROM {table} ORDER BY {} LIMIT 1", key.join(", "))
    }

    pub fn count(&self, dialect: Dialect) -> String {
        format!("SELECT count(*) FROM {}", self.name_in(dialect))
    }

    /// Writes one row, each column a value.
    pub fn insert(&self, dialect: Dialect) -> String {
        let (all, table) = (names(self.columns), self.name_in(dialect));
        format!("INSERT INTO {table} ({all}) VALUES ({})", marks(dialect, 1..=self.columns.len()))
    }

    /// Writes many rows, each value a column of all of them. If it is fenced, only while the mark of the copy names
    /// the run that the value behind the columns gives; and nobody raises it before this is committed.
    pub fn insert_all(&self, dialect: Dialect, is_fenced: bool) -> String {
        let (all, table) = (names(self.columns), self.name_in(dialect));
        let arrays: Vec<_> = self.columns.iter().zip(1..).map(|(column, place)| column.array(place)).collect();
        let more: String = self.postgres_only.iter().map(|(name, _)| format!(", {name}")).collect();
        let values: String = self.postgres_only.iter().map(|(_, value)| format!(", {value}")).collect();
        let fence = match is_fenced {
            true => {
                let (mark, run) = (MARK.name_in(dialect), marks(dialect, [self.columns.len() + 1]));
                format!(", (SELECT 1 FROM {mark} WHERE run = {run} FOR SHARE) AS fence")
            }
            false => String::new(),
        };
        let rows = format!("unnest({}) AS u ({all})", arrays.join(", "));
        format!("INSERT INTO {table} ({all}{more}) SELECT u.*{values} FROM {rows}{fence}")
    }
}

fn marks(dialect: Dialect, places: impl IntoIterator<Item = usize>) -> String {
    let marks: Vec<_> = places.into_iter().map(|place| format!("{}{place}", dialect.mark)).collect();
    marks.join(", ")
}
