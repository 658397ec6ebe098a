//! `maitred backup FILE` and `maitred restore FILE`. The copying is in [`maitred_store::backup`].

use super::output::{give, give_json};
use super::{Ended, shown, terminal};
use crate::config::Settings;
use indicatif::{HumanBytes, ProgressBar};
use maitred_app::counted::counted;
use maitred_store::backup::{BackupError, Content, Made, Progress, backup, restore};
use std::path::PathBuf;
use std::process::ExitCode;

/// Copy the database into a file while it is in use, and verify the copy
///
/// Works while a server is running, without slowing it down. The copy is a snapshot: every contact that was
/// acknowledged before the start is in it. The file gets its name once it is complete, on disk and verified. For
/// PostgreSQL, says which tools to use. Exit code 0: there is a backup; 1: the data has faults; 2: it failed.
#[derive(clap::Args)]
pub(super) struct Backup {
    /// The file to create
    file: PathBuf,
    /// Replace a file of this name, and the file of keys beside it (FILE.access)
    #[arg(long)]
    force: bool,
    /// Print the result as JSON
    #[arg(long)]
    json: bool,
}

/// Replace the database with a backup, after verifying it
///
/// Stop the server first. The backup is copied and verified beside the database, updated to the schema of this version
/// of maitred, and replaces the database in one step; the old database is kept beside it. Exit code 0: restored; 1: the
/// backup is damaged or has faults; 2: it failed. In the last two cases the database is unchanged.
#[derive(clap::Args)]
pub(super) struct Restore {
    /// The backup; it is not changed
    file: PathBuf,
    /// Replace an existing database, which is kept under another name
    #[arg(long)]
    force: bool,
    /// Print the result as JSON
    #[arg(long)]
    json: bool,
}

impl Backup {
    pub(super) fn run(&self, settings: &Settings) -> Ended {
        let mut bars = Bars { step: "", bar: ProgressBar::hidden() };
        let made = backup(&settings.database, &self.file, self.force, |progress| bars.show(progress));
        bars.bar.finish_and_clear();
        print_result(made, self.json, "is a backup of")
    }
}

impl Restore {
    pub(super) fn run(&self, settings: &Settings) -> Ended {
        let mut bars = Bars { step: "", bar: ProgressBar::hidden() };
        let made = restore(&self.file, &settings.database, self.force, |progress| bars.show(progress));
        bars.bar.finish_and_clear();
        print_result(made, self.json, "was restored with")
    }
}

fn print_result(made: Result<Made, BackupError>, as_json: bool, what: &str) -> Ended {
    let made = match made {
        Ok(made) => made,
        Err(error) if error.is_about_data() => {
            terminal::complain(&error);
            return Ok(ExitCode::FAILURE);
        }
        Err(error) => return Err(error.into()),
    };
    if as_json {
        give_json(&made)?;
    } else {
        give(&laid_out(&made, what))?;
    }
    Ok(ExitCode::SUCCESS)
}

fn laid_out(made: &Made, what: &str) -> String {
    let size = HumanBytes(made.bytes);
    let mut text = match &made.content {
        Some(Content { contacts, last_position }) => format!(
            "{} {what} {} and {}, {size}. Every invariant holds.\n",
            shown(&made.file),
            counted(*contacts, "contact"),
            counted(last_position.cast_unsigned(), "event"),
        ),
        None => format!(
            "{} {what} a database of schema version {}, {size}. The file is intact; its records are checked when it is \
             restored.\n",
            shown(&made.file),
            made.schema_version
        ),
    };
    if !made.has_checksum {
        text += "The backup has no checksum: an earlier version made it, or a server opened it. Changed values may \
                 have gone unnoticed.\n";
    }
    if made.has_keys {
        text += &format!("Its API keys and users are in {}.access.\n", shown(&made.file));
    }
    if let Some(replaced) = &made.replaced {
        text += &format!("The old database is now {}; remove it when you are sure.\n", shown(replaced));
    }
    text
}

/// One bar for each step.
struct Bars {
    step: &'static str,
    bar: ProgressBar,
}

impl Bars {
    fn show(&mut self, progress: Progress) {
        if progress.step != self.step {
            self.bar.finish_and_clear();
            self.step = progress.step;
            self.bar = match (progress.step, progress.total) {
                (step, 0) => terminal::spinner(step),
                ("copying", total) => terminal::progress(total, "copying", "pages"),
                (step, total) => terminal::progress(total, step, "rows"),
            };
        }
        self.bar.set_position(progress.done);
    }
}
