//! What can go wrong with a backup, in updates that say what to do about it.

use crate::StoreError;
use crate::verify::Report;
use std::path::PathBuf;
use std::{fmt, io};

/// Why there is no backup, or why none was restored.
#[derive(Debug)]
pub enum BackupError {
    /// The database is on a PostgreSQL server: its URL, without a password.
    Postgres(String),
    /// There is a file of this name.
    Exists(PathBuf),
    /// The file to make is the database itself.
    Itself(PathBuf),
    /// The file to make cannot be a backup, and why.
    NotAPlace(PathBuf, &'static str),
    /// Beside the file to make there is another that belongs to a database.
    Companion(PathBuf, PathBuf),
    /// The backup is not what was written.
    Checksum(PathBuf),
    /// There is no such backup.
    NoFile(PathBuf),
    /// Another process is making this file.
    UnderWay(PathBuf),
    /// The file cannot be restored, and why.
    NotABackup(PathBuf, String),
    /// The copy does not keep every promise; it is kept here.
    Faulty(PathBuf, Box<Report>),
    /// The backup does not keep every promise.
    FaultyBackup(PathBuf, Box<Report>),
    /// A copy cannot be read as a whole: what SQLite says.
    Damaged(String),
    /// A file cannot be made or renamed.
    File(PathBuf, io::Error),
    /// The database cannot be used.
    Store(StoreError),
}

impl BackupError {
    /// Whether something is wrong with the data, rather than with the call or the machine.
    #[must_use]
    pub const fn is_about_data(&self) -> bool {
        matches!(
            self,
            Self::NotABackup(..) | Self::Checksum(_) | Self::Faulty(..) | Self::FaultyBackup(..) | Self::Damaged(_)
        )
    }
}

impl fmt::Display for BackupError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Postgres(url) => postgres(f, url),
            Self::Exists(path) => {
                write!(f, "{} already exists and was not changed; replace it with --force", path.display())
            }
            Self::Itself(path) => {
                write!(f, "{} is the database itself; choose another file for the backup", path.display())
            }
            Self::NotAPlace(path, why) => {
                write!(f, "{} {why}; choose another file for the backup", path.display())
            }
            Self::Companion(path, companion) => write!(
                f,
                "{companion} belongs to a database of the name {path}, which is in use or was not closed; remove \
                 it if that database is gone, or choose another file for the backup",
                companion = companion.display(),
                path = path.display()
            ),
            Self::Checksum(path) => write!(
                f,
                "{path} cannot be restored: its checksum differs. It is damaged, or {path}.access, which belongs to \
                 it, is missing or another one. The database was not changed; use an older backup",
                path = path.display()
            ),
            Self::NoFile(path) => write!(f, "there is no backup {}", path.display()),
            Self::UnderWay(path) => {
                write!(f, "another maitred is writing {}; wait for it, or choose another name", path.display())
            }
            Self::NotABackup(path, why) => write!(
                f,
                "{} cannot be restored: {why}. The database was not changed; use an older backup",
                path.display()
            ),
            Self::Faulty(kept, report) => write!(
                f,
                "the copy has {} faults, so it is kept only as {kept}. The database has them too: \
                 see `maitred verify`, and `maitred verify --database sqlite://{kept}` for the copy",
                report.faults,
                kept = kept.display()
            ),
            Self::FaultyBackup(path, report) => write!(
                f,
                "{path} has {} faults and was not restored; the database was not changed. See \
                 `maitred verify --database sqlite://{path}`, and use an older backup",
                report.faults,
                path = path.display()
            ),
            Self::Damaged(why) => write!(f, "the file is damaged ({why}); keep it, and restore an older backup"),
            Self::File(path, error) => write!(f, "{}: {error}", path.display()),
            Self::Store(error) => error.fmt(f),
        }
    }
}

fn postgres(f: &mut fmt::Formatter<'_>, url: &str) -> fmt::Result {
    write!(
        f,
        "{url} is on a PostgreSQL server, which has its own tools for this:
  pg_dump --format=custom --schema=maitred --file=maitred.dump {url}
      a snapshot, while nodes run; to restore it, with all nodes stopped, into an empty database:
  pg_restore --exit-on-error --single-transaction --no-owner --dbname={url} maitred.dump
  pg_basebackup --checkpoint=fast --wal-method=stream --pgdata=FOLDER
      the whole server; with archived WAL, it can be restored to any moment
Then verify it: maitred verify --database {url}"
    )
}

impl std::error::Error for BackupError {}

impl From<StoreError> for BackupError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<rusqlite::Error> for BackupError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Store(error.into())
    }
}
