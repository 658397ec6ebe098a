//! What fails in a program that runs with `failing_disk.c` in front of the system's library: files in a folder, which
//! it looks at.

use std::fs;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Builds the library.
pub(crate) fn build(library: &Path) {
    let source = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/store/failing_disk.c");
    let built = Command::new("cc").args(["-shared", "-fPIC", "-o"]).arg(library).args([source, "-ldl"]).status();
    assert!(built.expect("a C compiler, as for SQLite").success());
}

/// The folder of one program.
pub(crate) struct Switches(PathBuf);

impl Switches {
    /// The clock can be set in programs that are started from now on.
    pub(crate) fn in_folder(folder: &Path) -> Self {
        fs::create_dir_all(folder).expect("a folder");
        fs::write(folder.join("clock"), [0; 8]).expect("a file");
        Self(folder.to_owned())
    }

    /// Lets a program that is started look here.
    pub(crate) fn rule(&self, command: &mut Command, library: &Path) {
        command.env("LD_PRELOAD", library).env("FAILING_DISK", &self.0);
    }

    pub(crate) fn set(&self, fault: &str, value: &str) {
        fs::write(self.0.join(fault), value).expect("a file");
    }

    pub(crate) fn repair(&self, fault: &str) {
        fs::remove_file(self.0.join(fault)).expect("it is there");
    }

    /// Whether it is set, and was not used up.
    pub(crate) fn is_set(&self, fault: &str) -> bool {
        self.0.join(fault).exists()
    }

    /// By how many microseconds the clock is ahead.
    pub(crate) fn set_clock(&self, ahead: i64) {
        let file = fs::OpenOptions::new().write(true).open(self.0.join("clock"));
        file.and_then(|file| file.write_all_at(&ahead.to_ne_bytes(), 0)).expect("a file");
    }
}
