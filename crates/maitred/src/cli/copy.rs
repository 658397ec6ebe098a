//! `maitred copy --from URL --to URL`: moving from one engine to the other. The copying is in [`maitred_store::copy`].

use super::output::{give, give_json, table};
use super::{Ended, terminal};
use crate::cli::terminal::say;
use indicatif::ProgressBar;
use maitred_store::copy::{Compared, Content, Progress, Report, copy};
use maitred_store::url::DatabaseUrl;
use maitred_store::{EndpointStore, KeyStore, PushStore, StoreError, TakenOver, TelegramStore};
use std::fmt::Write;
use std::io::IsTerminal;
use std::process::ExitCode;

/// How much of a checksum is shown to people.
const SHOWN_DIGITS: usize = 16;

/// Copy everything to another database and compare
///
/// From SQLite to PostgreSQL or back; the new database must be empty. Stop the servers of the old one first. The copy
/// may be interrupted at any time: the same command continues where it stopped. At the end both databases are compared
/// row by row, and the copy is verified. Exit code 0: the copy is ready to use; 1: something differs.
#[derive(clap::Args)]
pub(super) struct Copy {
    /// The database to copy, as for --database
    #[arg(long, value_name = "URL", env = "MAITRED_COPY_FROM", hide_env_values = true)]
    from: DatabaseUrl,
    /// The database to fill: empty, or an unfinished copy
    #[arg(long, value_name = "URL", env = "MAITRED_COPY_TO", hide_env_values = true)]
    to: DatabaseUrl,
    /// Discard an unfinished copy: empty the target and start over
    #[arg(long)]
    start_over: bool,
    /// Print the report as JSON
    #[arg(long)]
    json: bool,
}

impl Copy {
    pub(super) fn run(&self) -> Ended {
        if std::io::stderr().is_terminal() {
            say!("Copying {} to {}. If interrupted, run the same command again.", self.from, self.to);
        }
        let mut bars = Bars { step: "", bar: ProgressBar::hidden() };
        let report = copy(&self.from, &self.to, self.start_over, |progress| bars.show(progress))?;
        bars.bar.finish_and_clear();
        let TakenOver { keys, users } = super::runtime()?.block_on(take_keys(&self.from, &self.to))?;
        if keys > 0 {
            say!("Copied {keys} API keys: programs keep using the keys they have.");
        }
        if users > 0 {
            say!("Copied {users} users: they have to log in again, with the same passwords.");
        }
        let endpoints = super::runtime()?.block_on(take_endpoints(&self.from, &self.to))?;
        if endpoints > 0 {
            say!("Copied {endpoints} endpoints of webhooks, which go on where they were; their logs stay behind.");
        }
        let bots_and_chats = super::runtime()?.block_on(take_telegram(&self.from, &self.to))?;
        if bots_and_chats > 0 {
            say!("Copied {bots_and_chats} bots in Telegram and chats of operators.");
        }
        let browsers = super::runtime()?.block_on(take_browsers(&self.from, &self.to))?;
        if browsers > 0 {
            say!("Copied {browsers} browsers in which operators are told.");
        }
        if self.json {
            give_json(&report)?
        } else {
            give(&laid_out(&report))?
        }
        Ok(if report.is_clean() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}

/// Keys come last: the new database has its schema then.
async fn take_keys(from: &DatabaseUrl, to: &DatabaseUrl) -> Result<TakenOver, StoreError> {
    let from = KeyStore::open(from).await?;
    KeyStore::open(to).await?.take_over(&from).await
}

async fn take_endpoints(from: &DatabaseUrl, to: &DatabaseUrl) -> Result<usize, StoreError> {
    let from = EndpointStore::open(from).await?;
    EndpointStore::open(to).await?.take_over(&from).await
}

async fn take_telegram(from: &DatabaseUrl, to: &DatabaseUrl) -> Result<usize, StoreError> {
    let from = TelegramStore::open(from).await?;
    TelegramStore::open(to).await?.take_over(&from).await
}

async fn take_browsers(from: &DatabaseUrl, to: &DatabaseUrl) -> Result<usize, StoreError> {
    let from = PushStore::open(from).await?;
    PushStore::open(to).await?.take_over(&from).await
}

/// One bar for each step, which says what it is at.
struct Bars {
    step: &'static str,
    bar: ProgressBar,
}

impl Bars {
    fn show(&mut self, progress: Progress) {
        if progress.step != self.step {
            self.bar.finish_and_clear();
            self.step = progress.step;
            self.bar = terminal::progress(0, progress.step, "rows").with_position(progress.done);
        }
        self.bar.set_length(progress.total);
        self.bar.set_position(progress.done);
        self.bar.set_message(format!("{} {}", progress.step, progress.what));
    }
}

fn laid_out(report: &Report) -> String {
    let mut rows = table(&["table", ">rows of the source", "checksum", ">rows of the copy", "checksum", ""]);
    for Compared { table, is_equal, from, to } in &report.tables {
        let mark = if *is_equal { "✓" } else { "✗ differs" };
        let shown = |content: &Content| content.checksum.get(..SHOWN_DIGITS).unwrap_or_default().to_owned();
        rows.add_row([*table, &from.rows.to_string(), &shown(from), &to.rows.to_string(), &shown(to), mark]);
    }
    format!("{rows}\n{}", conclusion(report))
}

/// What to make of it, and what to do.
fn conclusion(report: &Report) -> String {
    let Report { from, to, rows_copied, .. } = report;
    let mut text = match rows_copied {
        0 => format!("No row of {from} was missing in {to}.\n"),
        _ => format!("{rows_copied} rows were copied from {from} to {to}.\n"),
    };
    let said = match report.faults {
        None => writeln!(
            text,
            "The databases differ, so {to} stays marked as unfinished and no server starts on it. Make sure that \
             nothing else writes to either of them, and copy again with --start-over."
        ),
        Some(0) => writeln!(text, "Both databases are equal, and every invariant holds on {to}."),
        Some(faults) => writeln!(
            text,
            "Both databases are equal, but {to} has {faults} faults, as has the source. See maitred verify --database \
             {to}."
        ),
    };
    let warned = match report.source_went_on {
        true => writeln!(
            text,
            "{from} was changed after it was read: the changes are not in the copy. Stop its servers and copy it to \
             a new database."
        ),
        false => Ok(()),
    };
    // Writing to a string does not fail.
    let _ = said.and(warned);
    text
}
