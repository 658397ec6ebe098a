//! What is wrong with a file, or with a row of one: a sentence for the terminal, and a value for those who speak other
//! languages.

use super::columns::known_names;
use maitred_core::IdentityKind;
use maitred_core::limits::Invalid;
use std::fmt;

/// Why nothing of a file can be imported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unreadable {
    /// It cannot be read, for this reason.
    Io(String),
    /// It is a workbook.
    Workbook,
    Empty,
    /// The row that names the columns is wrong; its line.
    Header(u64, RowError),
    /// No column names the source, and no source was given. The line that names the columns.
    NoSource(String),
    /// No column says who a contact is from. The line that names the columns.
    NoIdentity(String),
    /// There is no source of this name or id.
    UnknownSource(String),
}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let known = known_names();
        match self {
            Self::Io(error) => write!(f, "cannot read it: {error}"),
            Self::Workbook => f.write_str("is a workbook, not a CSV file; open it and save it as \"CSV UTF-8\""),
            Self::Empty => f.write_str("the file is empty"),
            Self::Header(line, why) => write!(f, "line {line}: {why}"),
            Self::NoSource(shown) => write!(
                f,
                "the first line names no column source_id or source; give the source of all rows with --source NAME; \
                 columns that are known: {known}; the first line is: {shown}"
            ),
            Self::NoIdentity(shown) => write!(
                f,
                "the first line names no column that says who it is; columns that are known: {known}; the first line \
                 is: {shown}"
            ),
            Self::UnknownSource(name) => write!(f, "there is no source \"{name}\"; create it first"),
        }
    }
}

impl std::error::Error for Unreadable {}

/// What is wrong with a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RowError {
    NotClosed,
    BehindQuote,
    TooLong,
    NotUtf8,
    /// It has so many fields for so many columns.
    Fields(usize, usize),
    NoSource,
    /// What should be the id of a source is no number.
    SourceId(String),
    UnknownSourceId(i64),
    UnknownSource(String),
    Attributes(Invalid),
    Identity(IdentityKind, Invalid),
}

impl fmt::Display for RowError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotClosed => f.write_str("a quote is opened and not closed"),
            Self::BehindQuote => {
                f.write_str("something follows a closing quote; write a quote within a text twice, as \"\"")
            }
            Self::TooLong => f.write_str("is longer than 1 MiB"),
            Self::NotUtf8 => f.write_str(
                "is not UTF-8; save the file as \"CSV UTF-8\", or name its encoding, such as --encoding windows-1251",
            ),
            Self::Fields(fields, columns) => {
                write!(f, "has {fields} fields for {columns} columns; put texts with separators in quotes")
            }
            Self::NoSource => f.write_str("has no source_id and no source"),
            Self::SourceId(text) => write!(f, "source_id \"{text}\" is not a whole number"),
            Self::UnknownSourceId(id) => write!(f, "there is no source {id}; create it first"),
            Self::UnknownSource(name) => write!(f, "there is no source \"{name}\"; create it first"),
            Self::Attributes(why) => write!(f, "attributes {why}"),
            Self::Identity(kind, why) => write!(f, "lead_{} {why}", kind.as_str()),
        }
    }
}
