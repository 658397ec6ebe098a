//! What there is to copy: every table with its columns and its key, described once for reading, writing and comparing
//! on both engines. A test compares this with what the migrations make.

/// A table.
pub struct Table {
    /// Its name, on PostgreSQL in the schema `maitred`.
    pub name: &'static str,
    /// Its columns. Those of its key come first.
    pub columns: &'static [Column],
    /// How many columns its key has. Both engines order keys the same way: numbers by size, texts and bytes by bytes.
    pub key: usize,
    /// The column by which a row is named to people: never one that holds somebody's phone.
    pub shown: usize,
    /// Columns that only PostgreSQL has, each with the expression that gives its value.
    pub postgres_only: &'static [(&'static str, &'static str)],
}

/// A column.
pub struct Column {
    /// Its name.
    pub name: &'static str,
    /// What it holds.
    pub kind: Kind,
}

/// What a column holds, and how each engine stores it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// INTEGER or BIGINT.
    Number,
    /// INTEGER or SMALLINT: the place of a value in a list of maitred-core.
    Code,
    /// INTEGER 0 or 1, or BOOLEAN.
    Flag,
    /// TEXT.
    Text,
    /// BLOB or BYTEA.
    Bytes,
}

const fn number(name: &'static str) -> Column {
    Column { name, kind: Kind::Number }
}

const fn code(name: &'static str) -> Column {
    Column { name, kind: Kind::Code }
}

const fn flag(name: &'static str) -> Column {
    Column { name, kind: Kind::Flag }
}

const fn text(name: &'static str) -> Column {
    Column { name, kind: Kind::Text }
}

const fn bytes(name: &'static str) -> Column {
    Column { name, kind: Kind::Bytes }
}

const fn table(name: &'static str, key: usize, columns: &'static [Column]) -> Table {
    Table { name, columns, key, shown: 0, postgres_only: &[] }
}

/// What is copied row by row, in this order.
pub static TABLES: [Table; 13] = [
    table(
        "operators",
        1,
        &[
            number("id"),
            text("name"),
            flag("is_active"),
            number("max_load"),
            number("current_load"),
            number("last_assigned_at"),
            number("created_at"),
            number("updated_at"),
            number("deleted_at"),
        ],
    ),
    table(
        "sources",
        1,
        &[
            number("id"),
            text("name"),
            text("description"),
            code("kind"),
            code("policy"),
            flag("sticky"),
            text("default_region"),
            number("created_at"),
            number("updated_at"),
            number("deleted_at"),
        ],
    ),
    table(
        "source_totals",
        1,
        &[number("source_id"), number("waiting"), number("assigned"), number("arrived"), bytes("ledger")],
    ),
    table("weights", 2, &[number("source_id"), number("operator_id"), number("weight")]),
    table(
        "leads",
        1,
        &[
            number("id"),
            text("name"),
            text("name_folded"),
            number("merged_into"),
            number("created_at"),
            number("updated_at"),
            number("erased_at"),
            number("erasing_behind"),
        ],
    ),
    Table { shown: 2, ..table("identities", 2, &[code("kind"), text("value"), number("lead_id")]) },
    table("lead_duplicates", 2, &[number("lead_id"), number("other_lead_id"), number("contact_id"), number("at")]),
    table(
        "contacts",
        1,
        &[
            number("id"),
            number("lead_id"),
            number("source_id"),
            number("operator_id"),
            code("status"),
            number("priority"),
            text("message"),
            text("attributes"),
            number("created_at"),
            number("assigned_at"),
            number("resolved_at"),
            number("updated_at"),
            number("decisions"),
        ],
    ),
    table("decisions", 2, &[number("contact_id"), number("seq"), number("pool_id"), number("step"), bytes("body")]),
    table("pool_segments", 2, &[number("pool_id"), number("first_step"), bytes("bytes")]),
    Table { shown: 1, ..table("receipts", 1, &[bytes("key"), number("contact_id")]) },
    Table {
        shown: 2,
        ..table("answers", 1, &[bytes("key"), bytes("fingerprint"), number("at"), number("lead_id"), bytes("outcome")])
    },
    EVENTS,
];

/// The feed: its first and last rows tell databases apart.
pub const EVENTS: Table = table(
    "events",
    1,
    &[
        number("position"),
        number("at"),
        code("kind"),
        number("contact_id"),
        number("source_id"),
        number("operator_id"),
        number("lead_id"),
        text("detail"),
        text("actor"),
    ],
);

/// The next free ids. Written last: without this row no server of any version writes into a database.
pub static NEXT_IDS: Table = Table {
    postgres_only: &[
        // A node that served the empty database knows batch 0 and reads everything again.
        ("batch", "1"),
        ("node", "0"),
        ("sources_changed", "1"),
        ("last_event_at", "coalesce((SELECT at FROM maitred.events ORDER BY position DESC LIMIT 1), 0)"),
    ],
    ..table(
        "next_ids",
        1,
        &[
            number("one"),
            number("contact"),
            number("lead"),
            number("operator"),
            number("source"),
            number("pool"),
            number("event"),
        ],
    )
};

/// What a database has as long as a copy into it is unfinished. Servers and readers look for it and refuse, see
/// [`crate::StoreError::UnfinishedCopy`].
pub static MARK: Table = table(
    crate::MARK_OF_A_COPY,
    1,
    // Which of the runs of this copy goes on; what it is a copy of, for people; and by its `Fingerprint`.
    &[number("one"), number("run"), text("source"), text("origin"), text("state")],
);

/// Everything that is compared.
pub fn compared() -> impl Iterator<Item = &'static Table> {
    TABLES.iter().chain([&NEXT_IDS])
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
    fn names(&self, columns: usize) -> String {
        let names: Vec<_> = self.columns[..columns].iter().map(|column| column.name).collect();
        names.join(", ")
    }

    fn name_in(&self, dialect: Dialect) -> String {
        format!("{}{}", dialect.schema, self.name)
    }

    /// Reads so many rows behind a key, or from the first one, in the order of keys. The values are the key, if there
    /// is one, and the number of rows.
    pub fn select(&self, dialect: Dialect, is_behind: bool) -> String {
        let (all, key, table) = (self.names(self.columns.len()), self.names(self.key), self.name_in(dialect));
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
        let (all, table) = (self.names(self.columns.len()), self.name_in(dialect));
        format!("SELECT {all} FROM {table} ORDER BY {} LIMIT 1", key.join(", "))
    }

    /// Counts all rows.
    pub fn count(&self, dialect: Dialect) -> String {
        format!("SELECT count(*) FROM {}", self.name_in(dialect))
    }

    /// Writes one row, each column a value.
    pub fn insert(&self, dialect: Dialect) -> String {
        let (all, table) = (self.names(self.columns.len()), self.name_in(dialect));
        format!("INSERT INTO {table} ({all}) VALUES ({})", marks(dialect, 1..=self.columns.len()))
    }

    /// Writes many rows, each value a column of all of them. If it is fenced, only while the mark of the copy names
    /// the run that the value behind the columns gives; and nobody raises it before this is committed.
    pub fn insert_all(&self, dialect: Dialect, is_fenced: bool) -> String {
        let (all, table) = (self.names(self.columns.len()), self.name_in(dialect));
        let arrays: Vec<_> =
            self.columns.iter().enumerate().map(|(at, column)| column.array(dialect, at + 1)).collect();
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

impl Column {
    fn array(&self, dialect: Dialect, place: usize) -> String {
        let element = match self.kind {
            Kind::Number => "bigint",
            Kind::Code => "smallint",
            Kind::Flag => "boolean",
            Kind::Text => "text",
            Kind::Bytes => "bytea",
        };
        format!("{}::{element}[]", marks(dialect, [place]))
    }
}

fn marks(dialect: Dialect, places: impl IntoIterator<Item = usize>) -> String {
    let marks: Vec<_> = places.into_iter().map(|place| format!("{}{place}", dialect.mark)).collect();
    marks.join(", ")
}
