//! What is known of a table apart from its rows: columns, key, references, what in it is personal. And the statements
//! that follow from that alone.

/// A table. On PostgreSQL it is in the schema `maitred`.
pub struct Table {
    pub name: &'static str,
    /// Those of the key come first.
    pub columns: &'static [Column],
    /// How many columns the key has. Both engines order keys the same way: numbers by size, texts and bytes by bytes.
    pub key: usize,
    /// The counter of [`maitred_core::Ids`] that the first column comes from, if any.
    pub counter: Option<&'static str>,
    /// The column by which a row is named to people: never one that holds somebody's phone.
    pub shown: usize,
    /// The indexes that PostgreSQL has besides that of the key; `maitred verify` misses them if they are gone.
    pub indexes: &'static [&'static str],
    /// Columns that only PostgreSQL has, each with the expression that gives its value in a copy.
    pub postgres_only: &'static [(&'static str, &'static str)],
    /// What else happens to its rows when the lead `$1` is merged into `$2`, after references have moved.
    pub after_merge: &'static [&'static str],
}

#[derive(Clone, Copy)]
pub struct Column {
    pub name: &'static str,
    pub kind: Kind,
    pub is_nullable: bool,
    /// Whom it tells something of.
    pub personal: Personal,
    pub refers: Option<Reference>,
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

/// Whose personal data a column may hold. References alone are none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Personal {
    /// Nobody's.
    No,
    /// A lead's: who they are, or what they wrote. Erasing the lead deletes it.
    Lead,
    /// An operator's or a user's: they work here.
    Staff,
}

/// That a column names a row of another table by its `id`.
#[derive(Clone, Copy)]
pub struct Reference {
    pub table: &'static str,
    /// Of a lead: whether it names the other lead when two are merged.
    pub moves: bool,
    /// Whether the row is deleted when the lead is erased that it refers to, itself or by its contact.
    pub is_erased: bool,
    /// Of a contact: whether the row is deleted with it.
    pub is_deleted: bool,
    /// Whether `maitred verify` looks at it in a pass over the rows. All others are looked up by one query each.
    pub has_own_check: bool,
}

/// What most tables are, for `..PLAIN`.
pub const PLAIN: Table = Table {
    name: "",
    columns: &[],
    key: 1,
    counter: None,
    shown: 0,
    indexes: &[],
    postgres_only: &[],
    after_merge: &[],
};

impl Table {
    /// The name of the index that PostgreSQL makes for the key.
    pub fn key_index(&self) -> String {
        format!("{}_pkey", self.name)
    }

    /// Each column that refers to another row.
    pub fn references(&self) -> impl Iterator<Item = (&'static Column, Reference)> + use<> {
        self.columns.iter().filter_map(|column| Some((column, column.refers?)))
    }
}

/// The names of columns, with commas.
pub fn names(columns: &[Column]) -> String {
    let names: Vec<_> = columns.iter().map(|column| column.name).collect();
    names.join(", ")
}

impl Column {
    /// A column of a type that [`super::Stored`] knows.
    pub const fn of<R, T: super::Stored>(name: &'static str, _: fn(&R) -> &T) -> Self {
        Self::typed::<T>(name)
    }

    pub const fn typed<T: super::Stored>(name: &'static str) -> Self {
        Self { name, kind: T::KIND, is_nullable: T::IS_NULLABLE, personal: Personal::No, refers: None }
    }

    pub const fn personal(self, whose: Personal) -> Self {
        Self { personal: whose, ..self }
    }

    pub const fn refers(self, reference: Reference) -> Self {
        Self { refers: Some(reference), ..self }
    }
}

impl Reference {
    /// A reference that stays as it is, whatever becomes of the other row.
    pub const fn to(table: &'static str) -> Self {
        Self { table, moves: false, is_erased: false, is_deleted: false, has_own_check: false }
    }

    pub const fn moves(self) -> Self {
        Self { moves: true, ..self }
    }

    pub const fn is_erased(self) -> Self {
        Self { is_erased: true, ..self }
    }

    pub const fn is_deleted(self) -> Self {
        Self { is_deleted: true, ..self }
    }

    pub const fn has_own_check(self) -> Self {
        Self { has_own_check: true, ..self }
    }
}

impl Kind {
    /// The type of such a column on SQLite, where tables are STRICT.
    pub const fn in_sqlite(self) -> &'static str {
        match self {
            Self::Number | Self::Code | Self::Flag => "INTEGER",
            Self::Text => "TEXT",
            Self::Bytes => "BLOB",
        }
    }

    /// The type of such a column on PostgreSQL.
    pub const fn in_postgres(self) -> &'static str {
        match self {
            Self::Number => "bigint",
            Self::Code => "smallint",
            Self::Flag => "boolean",
            Self::Text => "text",
            Self::Bytes => "bytea",
        }
    }
}
