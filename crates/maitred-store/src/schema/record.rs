//! How a noun becomes a row and a row a noun: said once for each table, by [`record!`], for both engines. The
//! statements that write such rows are made of the same columns, once.

use super::row::FromRow;
use super::table::{Column, Table, names};
use super::value::Value;
use crate::sql::in_sqlite;

/// What is written as one row of a table, or as some columns of one.
pub trait Record: FromRow {
    /// The table with these columns, in the order in which `values` gives them.
    fn table() -> &'static Table;

    /// The statements that write such rows.
    fn statements() -> &'static Statements;

    /// Gives the value of each column in turn.
    fn values<'a>(&'a self, put: impl FnMut(Value<'a>));
}

/// How rows are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Put {
    /// None of them is there.
    Insert,
    /// Those whose key is there stay as they are.
    InsertNew,
    /// All of them are there.
    Update,
    /// Those whose key is there are overwritten. No key comes twice.
    Upsert,
    /// They are deleted; the columns say which.
    Delete,
}

/// Rows that one statement inserts on SQLite, where there are so many: each time it runs, a statement opens its table
/// and all indexes of it, and copies each page that it changes, to be able to undo it. As many as fit are inserted
/// first, then groups of the next size.
pub const ROWS_AT_ONCE: [usize; 2] = [32, 8];

/// Texts of statements, made once for each kind of record. On SQLite the values of one row, on PostgreSQL an array for
/// each column with the values of all rows.
pub struct Statements {
    /// For the values of one row, as `sql` says.
    pub single: Texts,
    pub sqlite: Texts,
    /// Insert as many rows as [`ROWS_AT_ONCE`] says, one after the other. `OR FAIL`: an error ends the whole
    /// transaction, so SQLite need not undo the rows before it.
    pub sqlite_rows: [String; ROWS_AT_ONCE.len()],
    pub postgres: Texts,
    /// The columns that are written.
    pub written: &'static [Column],
}

/// One text for each way to [`Put`].
pub struct Texts {
    insert: String,
    insert_new: String,
    update: String,
    upsert: String,
    delete: String,
}

impl Texts {
    pub fn of(&self, how: Put) -> &str {
        match how {
            Put::Insert => &self.insert,
            Put::InsertNew => &self.insert_new,
            Put::Update => &self.update,
            Put::Upsert => &self.upsert,
            Put::Delete => &self.delete,
        }
    }

    fn in_sqlite(&self) -> Self {
        Self {
            insert: in_sqlite(&self.insert),
            insert_new: in_sqlite(&self.insert_new),
            update: in_sqlite(&self.update),
            upsert: in_sqlite(&self.upsert),
            delete: in_sqlite(&self.delete),
        }
    }
}

impl Statements {
    /// Those that write the first so many columns of a table.
    pub fn new(table: &'static Table, columns: usize) -> Self {
        let written = &table.columns[..columns];
        let single = of_one(table, written);
        let of_rows = |rows| in_sqlite(&insert(table, written, rows)).replacen("INSERT", "INSERT OR FAIL", 1);
        let sqlite_rows = ROWS_AT_ONCE.map(of_rows);
        Self { sqlite: single.in_sqlite(), sqlite_rows, single, postgres: of_many(table, written), written }
    }
}

/// A statement that inserts so many rows.
fn insert(table: &Table, columns: &[Column], rows: usize) -> String {
    let marks: Vec<_> = (1..=rows * columns.len()).map(|place| format!("${place}")).collect();
    let rows: Vec<_> = marks.chunks(columns.len()).map(|row| format!("({})", row.join(", "))).collect();
    format!("INSERT INTO maitred.{} ({}) VALUES {}", table.name, names(columns), rows.join(", "))
}

fn of_one(table: &Table, columns: &[Column]) -> Texts {
    let insert = insert(table, columns, 1);
    let are = |columns: &[Column], first: usize| -> Vec<String> {
        columns.iter().zip(first..).map(|(column, place)| format!("{} = ${place}", column.name)).collect()
    };
    let (key, rest) = columns.split_at(table.key);
    let (key, rest) = (are(key, 1).join(" AND "), are(rest, table.key + 1).join(", "));
    Texts {
        insert_new: format!("{insert} ON CONFLICT DO NOTHING"),
        update: format!("UPDATE maitred.{} SET {rest} WHERE {key}", table.name),
        upsert: format!("{insert} {}", on_conflict(table, columns)),
        delete: format!("DELETE FROM maitred.{} WHERE {}", table.name, are(columns, 1).join(" AND ")),
        insert,
    }
}

fn of_many(table: &Table, columns: &[Column]) -> Texts {
    let (name, all) = (table.name, names(columns));
    let arrays: Vec<_> = columns.iter().zip(1..).map(|(column, place)| column.array(place)).collect();
    let rows = format!("unnest({})", arrays.join(", "));
    let insert = format!("INSERT INTO maitred.{name} ({all}) SELECT * FROM {rows}");
    let (key, rest) = columns.split_at(table.key);
    let key: Vec<_> = key.iter().map(|column| format!("t.{0} = n.{0}", column.name)).collect();
    let rest: Vec<_> = rest.iter().map(|column| format!("{0} = n.{0}", column.name)).collect();
    let (key, rest) = (key.join(" AND "), rest.join(", "));
    Texts {
        insert_new: format!("{insert} ON CONFLICT DO NOTHING"),
        update: format!("UPDATE maitred.{name} t SET {rest} FROM {rows} AS n ({all}) WHERE {key}"),
        upsert: format!("{insert} {}", on_conflict(table, columns)),
        delete: format!("DELETE FROM maitred.{name} WHERE ({all}) IN (SELECT * FROM {rows})"),
        insert,
    }
}

fn on_conflict(table: &Table, columns: &[Column]) -> String {
    let rest: Vec<_> = columns[table.key..].iter().map(|c| format!("{0} = excluded.{0}", c.name)).collect();
    match rest.is_empty() {
        true => "ON CONFLICT DO NOTHING".to_owned(),
        false => format!("ON CONFLICT ({}) DO UPDATE SET {}", names(&table.columns[..table.key]), rest.join(", ")),
    }
}

impl Column {
    /// The place of an array of such values in a statement of PostgreSQL.
    pub fn array(&self, place: usize) -> String {
        format!("${place}::{}[]", self.kind.in_postgres())
    }
}

/// The columns that are read of a record, for a SELECT, with the table's alias before each.
pub fn columns_of<R: Record>(alias: &str) -> String {
    let columns: Vec<_> = R::table().columns[..R::WIDTH].iter().map(|c| format!("{alias}.{}", c.name)).collect();
    columns.join(", ")
}

/// Describes a table, and how a struct is one row of it.
///
/// ```text
/// record! {
///     pub static PEOPLE: Person = "people", key 1 {
///         id,                                          // the field `id` is the column `id`
///         boss as "boss_id" [.refers(to("people"))],   // a column of another name; more about it
///     }
///     written { name_folded: String = |it| fold(&it.name) }   // written with the rest, not read
///     apart { photo: Option<Vec<u8>> }                        // neither: other statements see to it
///     [shown: 0, indexes: &["people_boss"]]                   // more about the table
/// }
/// ```
macro_rules! record {
    (
        $(#[$doc:meta])*
        $vis:vis static $table:ident: $record:ty = $name:literal, key $key:literal {
            $($field:ident $(as $column:literal)? $([$($about:tt)+])?,)+
        }
        $(written { $($written:ident: $written_type:ty $([$($written_about:tt)+])? = $value:expr),+ $(,)? })?
        $(apart { $($apart:ident: $apart_type:ty $([$($apart_about:tt)+])?),+ $(,)? })?
        $([$($option:ident: $setting:expr),+ $(,)?])?
    ) => {
        $(#[$doc])*
        $vis static $table: $crate::schema::Table = $crate::schema::Table {
            name: $name,
            columns: &[
                $($crate::schema::Column::of(
                    $crate::schema::record!(@name $field $($column)?),
                    (|it: &$record| &it.$field) as fn(&$record) -> &_,
                ) $($($about)+)?,)+
                $($($crate::schema::Column::typed::<$written_type>(stringify!($written)) $($($written_about)+)?,)+)?
                $($($crate::schema::Column::typed::<$apart_type>(stringify!($apart)) $($($apart_about)+)?,)+)?
            ],
            key: $key,
            $($($option: $setting,)+)?
            ..$crate::schema::PLAIN
        };

        impl $crate::schema::Record for $record {
            fn table() -> &'static $crate::schema::Table {
                &$table
            }

            fn statements() -> &'static $crate::schema::Statements {
                use std::sync::LazyLock;
                use $crate::schema::Statements;
                const WRITTEN: usize = <[&str]>::len(&[$(stringify!($field),)+ $($(stringify!($written),)+)?]);
                static STATEMENTS: LazyLock<Statements> =
                    LazyLock::new(|| Statements::new(&$table, WRITTEN));
                &STATEMENTS
            }

            fn values<'a>(&'a self, mut put: impl FnMut($crate::schema::Value<'a>)) {
                use $crate::schema::Stored;
                $(put(self.$field.to_value());)+
                $($(put($crate::schema::Stored::into_value(($value as fn(&$record) -> $written_type)(self)));)+)?
            }
        }

        impl $crate::schema::FromRow for $record {
            const WIDTH: usize = <[&str]>::len(&[$(stringify!($field)),+]);

            fn read(row: $crate::schema::Row<'_>, first: usize) -> Result<Self, $crate::StoreError> {
                let mut columns = first..;
                let mut next = || columns.next().unwrap_or_default();
                Ok(Self { $($field: $crate::schema::Stored::from_column(row, next())?,)+ })
            }
        }
    };
    (@name $field:ident) => { stringify!($field) };
    (@name $field:ident $column:literal) => { $column };
}
pub(crate) use record;
