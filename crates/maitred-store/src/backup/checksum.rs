//! The checksum of a backup: of all bytes of its file, and of the file of keys beside it. SQLite notices a page that
//! makes no sense, but not a changed letter in a message.
//!
//! It is kept in the file's `user_version`, four bytes of the header that SQLite leaves to applications, so a backup
//! stays one file that any tool can open. A server that opens the file as its database sets it back to 0, for from then
//! on the file changes; so 0 means that there is no checksum.

use super::BackupError;
use sha2::{Digest, Sha256};
use std::fs::{File, OpenOptions};
use std::io::{self, Read};
use std::os::unix::fs::FileExt;
use std::path::Path;

/// Where `user_version` is in the header (SQLite's file format, 1.3).
const OFFSET: u64 = 60;
const BYTES: usize = 4;

/// What a checksum says of a backup.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Checksum {
    Matches,
    Differs,
    /// It was made by a version without checksums, or was opened by a server.
    None,
}

/// Writes the checksum into a file that is closed.
///
/// # Errors
/// When one of the files cannot be read or written.
pub fn write(file: &Path, keys: &Path) -> Result<(), BackupError> {
    let failed = |error| BackupError::File(file.to_owned(), error);
    let sum = of(file, keys).map_err(failed)?;
    let opened = OpenOptions::new().write(true).open(file).map_err(failed)?;
    opened.write_all_at(&sum, OFFSET).map_err(failed)
}

/// Compares a backup with its checksum.
///
/// # Errors
/// When one of the files cannot be read.
pub fn check(file: &Path, keys: &Path) -> Result<Checksum, BackupError> {
    let failed = |error| BackupError::File(file.to_owned(), error);
    let mut kept = [0; BYTES];
    match File::open(file).and_then(|file| file.read_exact_at(&mut kept, OFFSET)) {
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(Checksum::None),
        read => read.map_err(failed)?,
    }
    if kept == [0; BYTES] {
        return Ok(Checksum::None);
    }
    let matches = of(file, keys).map_err(failed)? == kept;
    Ok(if matches { Checksum::Matches } else { Checksum::Differs })
}

/// The beginning of a SHA-256 of both files, the first one without its checksum; never 0.
fn of(file: &Path, keys: &Path) -> io::Result<[u8; BYTES]> {
    let mut digest = Sha256::new();
    let mut opened = File::open(file)?;
    let mut header = [0; OFFSET as usize + BYTES];
    opened.read_exact(&mut header)?;
    digest.update(&header[..OFFSET as usize]);
    add(&mut digest, opened)?;
    match File::open(keys) {
        Ok(keys) => add(&mut digest, keys)?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(error),
    }
    let whole = digest.finalize();
    let sum = std::array::from_fn(|at| whole[at]);
    Ok(if sum == [0; BYTES] { [1; BYTES] } else { sum })
}

fn add(digest: &mut Sha256, mut file: File) -> io::Result<()> {
    let mut buffer = vec![0; 64 * 1_024];
    loop {
        match file.read(&mut buffer)? {
            0 => return Ok(()),
            read => digest.update(&buffer[..read]),
        }
    }
}
