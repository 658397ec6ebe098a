//! Why a copy could not be made, in words that say what to do.

use crate::StoreError;
use std::fmt;

/// Why a copy could not be made or not be ended. What the target had before is unchanged, but for the rows of an
/// unfinished copy.
#[derive(Debug)]
pub enum CopyError {
    /// Both URLs name the same database.
    Same(String),
    /// There is no such source.
    NoSource(String),
    /// Another process serves this SQLite file.
    Served(String),
    /// The source is itself a target of an unfinished copy: it, and what is being copied into it.
    SourceUnfinished(String, String),
    /// The target holds something else than this copy.
    NotEmpty(String),
    /// The target is an unfinished copy of something else: the target, and what it is a copy of.
    OtherSource(String, String),
    /// The source was changed since this copy was begun: the source and the target.
    SourceChanged(String, String),
    /// Somebody started another copy into the same target meanwhile.
    TakenOver(String),
    /// A text with a null character: the target, the column and the row.
    NullCharacter(String, &'static str, String),
    /// A value that the schema does not allow: what is wrong, the column and the row.
    Misfit(&'static str, &'static str, String),
    /// The texts of the target are not stored as UTF-8, but like this.
    NotUtf8(String, String),
    /// A side of the copy cannot be used: which one, and why.
    Store(String, StoreError),
    /// A bug.
    Bug(String),
}

const START_OVER: &str = "add --start-over, which empties the target first";

impl fmt::Display for CopyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Same(url) => write!(f, "--from and --to both name {url}; name a new database with --to"),
            Self::NoSource(url) => write!(f, "there is no database {url} to copy from; check --from"),
            Self::Served(url) => write!(f, "{url} is served by another maitred; stop that one, then copy"),
            Self::SourceUnfinished(url, of) => {
                write!(f, "{url} is itself an unfinished copy of {of}; finish that one, or copy from {of}")
            }
            Self::NotEmpty(url) => write!(
                f,
                "{url} is not empty; nothing was changed in it. Name an empty database with --to; a SQLite \
                 file is created if it does not exist"
            ),
            Self::OtherSource(url, of) => write!(
                f,
                "{url} is an unfinished copy of another database, {of}; nothing was changed in it. To finish that \
                 copy, name it with --from; to discard it, {START_OVER}"
            ),
            Self::SourceChanged(from, to) => write!(
                f,
                "{from} has changed since this copy was started, so the data in {to} is out of date. Stop the \
                 servers of {from} and {START_OVER}"
            ),
            Self::TakenOver(url) => {
                write!(f, "another maitred copy into {url} was started meanwhile and continues it; this one stops")
            }
            Self::NullCharacter(url, column, row) => write!(
                f,
                "{row}: its {column} holds a null character, which PostgreSQL cannot store. Change it through a server \
                 of the source; then copy again into {url} and {START_OVER}"
            ),
            Self::Misfit(why, column, row) => write!(
                f,
                "{row}: its {column} {why}, so it was not written by maitred. Run maitred verify on the source, and \
                 repair it or restore a backup"
            ),
            Self::NotUtf8(url, encoding) => write!(
                f,
                "{url} stores texts as {encoding}; create a database with ENCODING 'UTF8' and name it with --to"
            ),
            Self::Store(url, StoreError::Full) => {
                write!(f, "the disk of {url} is full; free some space and run the same command again to continue")
            }
            Self::Store(url, StoreError::Unreachable(why)) => write!(
                f,
                "{url} does not answer ({why}). Check that the server runs and that the address is right; then \
                 run the same command again to continue"
            ),
            Self::Store(url, error) => write!(f, "{url}: {error}"),
            Self::Bug(why) => write!(f, "the copy stopped on a bug ({why}); it can be continued"),
        }
    }
}

impl std::error::Error for CopyError {}
