//! Files that get their name only when they are whole.

use super::BackupError;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{ErrorKind, Read};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

/// How every database of SQLite begins.
const MAGIC: &[u8; 16] = b"SQLite format 3\0";
/// What SQLite keeps beside a database.
pub const COMPANIONS: [&str; 3] = ["-wal", "-shm", "-journal"];

/// A file that is being made, only for its owner to read. It goes when it is dropped before it is finished; what a
/// process that was killed left behind goes at the next try.
pub struct Unfinished {
    path: PathBuf,
    /// Says that somebody is making it. Closed last: closing it would end SQLite's locks on the same file.
    lock: File,
    is_kept: bool,
}

impl Unfinished {
    /// Makes an empty file, in the place of one that was never finished.
    ///
    /// # Errors
    /// [`BackupError::UnderWay`] when another process is making it.
    pub fn create(path: PathBuf) -> Result<Self, BackupError> {
        let failed = |error| BackupError::File(path.clone(), error);
        match OpenOptions::new().read(true).open(&path) {
            Ok(left_behind) => {
                take(&left_behind, &path)?;
                remove(&path);
            }
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => return Err(failed(error)),
        }
        // New, so it is no link that leads elsewhere.
        let lock =
            OpenOptions::new().read(true).write(true).create_new(true).mode(0o600).open(&path).map_err(failed)?;
        take(&lock, &path)?;
        Ok(Self { path, lock, is_kept: false })
    }

    /// Where it is until it is finished.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Makes it durable and gives it its name. Returns its size.
    ///
    /// # Errors
    /// [`BackupError::Exists`] when the name is taken and may not be.
    pub fn finish(mut self, name: &Path, force: bool) -> Result<u64, BackupError> {
        let failed = |error| BackupError::File(name.to_owned(), error);
        self.lock.sync_all().map_err(failed)?;
        let bytes = self.lock.metadata().map_err(failed)?.len();
        if force {
            self.rename(name)?;
        } else {
            // Unlike renaming, this never takes the place of another.
            match fs::hard_link(&self.path, name) {
                Ok(()) => {}
                Err(error) if error.kind() == ErrorKind::AlreadyExists || name.exists() => {
                    return Err(BackupError::Exists(name.to_owned()));
                }
                Err(_) => self.rename(name)?,
            }
        }
        drop(self);
        sync_folder(name).map_err(failed)?;
        Ok(bytes)
    }

    /// Keeps it under another name, for somebody to look at.
    ///
    /// # Errors
    /// When it cannot be renamed.
    pub fn keep(mut self, name: PathBuf) -> Result<PathBuf, BackupError> {
        self.rename(&name)?;
        Ok(name)
    }

    fn rename(&mut self, name: &Path) -> Result<(), BackupError> {
        fs::rename(&self.path, name).map_err(|error| BackupError::File(name.to_owned(), error))?;
        self.is_kept = true;
        Ok(())
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        if !self.is_kept {
            remove(&self.path);
        }
    }
}

/// The path with something added to its last part.
pub fn beside(path: &Path, end: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(end);
    name.into()
}

/// Keeps a database under another name as well, so that a rename may take its place. Gives that name, if there was a
/// database.
///
/// # Errors
/// When it cannot be linked or moved.
pub fn set_aside(path: &Path, end: &str) -> Result<Option<PathBuf>, BackupError> {
    if !path.exists() {
        // What is left beside would be taken for the log of the new one.
        COMPANIONS.iter().for_each(|end| drop(fs::remove_file(beside(path, end))));
        return Ok(None);
    }
    let aside = free_name(path, end);
    let failed = |error| BackupError::File(aside.clone(), error);
    take_in_log(path);
    let has_log = COMPANIONS.iter().any(|end| beside(path, end).exists());
    if has_log {
        // A damaged database whose log cannot be taken in: all of it moves, the database first, for a log alone is
        // nothing to SQLite.
        fs::rename(path, &aside).map_err(failed)?;
        for end in COMPANIONS {
            let _ = fs::rename(beside(path, end), beside(&aside, end));
        }
    } else {
        // Where there are no links, the database has no name for a moment.
        fs::hard_link(path, &aside).or_else(|_| fs::rename(path, &aside)).map_err(failed)?;
    }
    sync_folder(path).map_err(failed)?;
    Ok(Some(aside))
}

/// Has SQLite copy the log of a database into it, if it can. What does not even begin like a database is left alone,
/// for SQLite would throw its log away.
fn take_in_log(path: &Path) {
    let mut start = [0; MAGIC.len()];
    if File::open(path).and_then(|mut file| file.read_exact(&mut start)).is_err() || start != *MAGIC {
        return;
    }
    let flags = rusqlite::OpenFlags::SQLITE_OPEN_READ_WRITE;
    if let Ok(conn) = rusqlite::Connection::open_with_flags(path, flags) {
        // The log goes with the last connection; if it does not, the caller sees that.
        let _ = conn.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()));
        let _ = conn.query_row("PRAGMA journal_mode = DELETE", [], |_| Ok(()));
    }
}

/// `x.replaced`, or `x.replaced-2` and so on: nothing that was kept before is lost.
fn free_name(path: &Path, end: &str) -> PathBuf {
    let first = beside(path, end);
    if !first.exists() {
        return first;
    }
    let mut names = (2u32..).map(|n| beside(&first, &format!("-{n}")));
    names.find(|name| !name.exists()).unwrap_or(first)
}

fn take(file: &File, path: &Path) -> Result<(), BackupError> {
    file.try_lock().map_err(|error| match error {
        TryLockError::WouldBlock => BackupError::UnderWay(path.to_owned()),
        TryLockError::Error(error) => BackupError::File(path.to_owned(), error),
    })
}

/// Removes a file and what SQLite may have put beside it.
fn remove(path: &Path) {
    let _ = fs::remove_file(path);
    COMPANIONS.iter().for_each(|end| drop(fs::remove_file(beside(path, end))));
}

/// A name is durable when its folder is.
fn sync_folder(path: &Path) -> std::io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(folder)?.sync_all()
}
