//! Where a backup may be written: never over something that a database needs.

use super::BackupError;
use super::file::{COMPANIONS, beside};
use crate::sqlite::{self, KeyFile, resolved};
use std::fs::{self, File};
use std::path::{Path, PathBuf};

/// How files end that belong to a database of another name.
const RESERVED: [&str; 6] = ["-wal", "-shm", "-journal", ".lock", ".access", ".partial"];

/// Checks that a backup of `database` may be written here. Gives the lock of what it replaces, if a server might use
/// that: to be held until the backup is there.
///
/// # Errors
/// [`BackupError`] says what is in the way. Nothing was changed.
pub fn claim(file: &Path, database: &Path, force: bool) -> Result<Option<File>, BackupError> {
    let target = resolved(file);
    if target == resolved(database) {
        return Err(BackupError::Itself(file.to_owned()));
    }
    if [file, &target].iter().any(|path| is_reserved(path)) {
        let why = "has the name of a file that belongs to a database (-wal, -shm, -journal, .lock, .access, .partial)";
        return Err(BackupError::NotAPlace(file.to_owned(), why));
    }
    let found = fs::metadata(&target).ok();
    if found.as_ref().is_some_and(|found| !found.is_file()) {
        return Err(BackupError::NotAPlace(file.to_owned(), "is not a regular file"));
    }
    if found.is_some() && !force {
        return Err(BackupError::Exists(file.to_owned()));
    }
    // With the file itself gone, its keys are all that is left of a database: nobody said to replace those.
    let keys = KeyFile::beside(&target).path().to_owned();
    if keys.exists() && (found.is_none() || !keys.is_file()) {
        return Err(BackupError::Exists(keys));
    }
    if let Some(log) = companion(&target) {
        return Err(BackupError::Companion(target, log));
    }
    // A file that was never served has no lock, and gets none.
    let is_lockable = sqlite::lock_path(&target).exists();
    Ok(is_lockable.then(|| sqlite::lock(&target)).transpose()?)
}

fn is_reserved(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    RESERVED.iter().any(|end| name.ends_with(end) && name.len() > end.len())
}

/// What SQLite would take for the log of a file that is written here.
fn companion(target: &Path) -> Option<PathBuf> {
    let keys = KeyFile::beside(target);
    let of = |path: &Path| COMPANIONS.map(|end| beside(path, end));
    of(target).into_iter().chain(of(keys.path())).find(|companion| fs::symlink_metadata(companion).is_ok())
}
