//! Rows on their way, and their checksum. A value is the same whichever engine it came from, so what is computed of it
//! here is comparable.

use super::tables::Table;
use sha2::{Digest, Sha256};

/// The most rows of one page, which is also one transaction of the target.
pub const PAGE_ROWS_MAX: usize = 16_384;
/// The rows of a first page. Each page may have twice as many as the one before it.
pub const FIRST_PAGE_ROWS: usize = 256;
/// A page ends with the row that reaches this many bytes: snapshots of large pools have hundreds of KiB each.
pub const PAGE_BYTES_MAX: usize = 8 << 20;

/// What stands in one column of one row. Not printable on purpose: it may be somebody's phone.
#[derive(Clone, PartialEq, Eq)]
pub enum Value {
    /// Nothing.
    Null,
    /// A number, a code, or a flag as 0 or 1.
    Number(i64),
    /// A text.
    Text(Box<str>),
    /// Bytes.
    Bytes(Box<[u8]>),
}

impl Value {
    /// What it takes in memory, about.
    const fn size(&self) -> usize {
        size_of::<Self>()
            + match self {
                Self::Null | Self::Number(_) => 0,
                Self::Text(text) => text.len(),
                Self::Bytes(bytes) => bytes.len(),
            }
    }

    /// Appends a form that no other value has: a tag, then a number in 8 bytes with the highest first, or a length of
    /// that form and as many bytes.
    fn encode(&self, out: &mut Vec<u8>) {
        let mut tagged = |tag: u8, bytes: &[u8]| {
            out.push(tag);
            out.extend_from_slice(&(bytes.len() as u64).to_be_bytes());
            out.extend_from_slice(bytes);
        };
        match self {
            Self::Text(text) => tagged(2, text.as_bytes()),
            Self::Bytes(bytes) => tagged(3, bytes),
            Self::Null => out.push(0),
            Self::Number(number) => {
                out.push(1);
                out.extend_from_slice(&number.to_be_bytes());
            }
        }
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.into())
    }
}

impl From<&[u8]> for Value {
    fn from(bytes: &[u8]) -> Self {
        Self::Bytes(bytes.into())
    }
}

/// Some rows of a table in the order of their keys.
pub struct Page {
    width: usize,
    values: Vec<Value>,
    bytes: usize,
}

impl Page {
    /// A page of `table` without rows.
    pub const fn of(table: &Table) -> Self {
        Self { width: table.columns.len(), values: Vec::new(), bytes: 0 }
    }

    /// Appends the next value of a row.
    pub fn push(&mut self, value: Value) {
        self.bytes += value.size();
        self.values.push(value);
    }

    /// Whether it has as many bytes as a page may have.
    pub const fn is_full(&self) -> bool {
        self.bytes >= PAGE_BYTES_MAX
    }

    /// How many rows it has.
    pub const fn len(&self) -> usize {
        self.values.len() / self.width
    }

    /// Whether it has no rows.
    pub const fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// Its rows.
    pub fn rows(&self) -> impl Iterator<Item = &[Value]> {
        self.values.chunks_exact(self.width)
    }

    /// One column of all rows.
    pub fn column(&self, at: usize) -> impl ExactSizeIterator<Item = &Value> {
        self.values.iter().skip(at).step_by(self.width)
    }
}

/// Names a row to people, without saying what is in it.
pub fn named(table: &Table, row: &[Value]) -> String {
    match row.get(table.shown) {
        Some(Value::Number(id)) => format!("{} with {} {id}", table.name, table.columns[table.shown].name),
        _ => table.name.to_owned(),
    }
}

/// The checksum of a table, row by row in the order of keys.
pub struct Checksum {
    digest: Sha256,
    encoded: Vec<u8>,
    rows: u64,
}

impl Checksum {
    /// That of a table without rows: of the names of the table and its columns.
    pub fn of(table: &Table) -> Self {
        let columns = table.columns.iter().map(|column| column.name).collect::<Vec<_>>().join(",");
        let digest = Sha256::new_with_prefix(format!("maitred copy 1\n{}\n{columns}\n", table.name));
        Self { digest, encoded: Vec::new(), rows: 0 }
    }

    /// Takes in the rows that come next.
    pub fn add(&mut self, page: &Page) {
        self.encoded.clear();
        page.values.iter().for_each(|value| value.encode(&mut self.encoded));
        self.digest.update(&self.encoded);
        self.rows += page.len() as u64;
    }

    /// How many rows there were, and their SHA-256 in hexadecimal.
    pub fn end(self) -> (u64, String) {
        let digest = self.digest.finalize();
        (self.rows, digest.iter().map(|byte| format!("{byte:02x}")).collect())
    }
}
