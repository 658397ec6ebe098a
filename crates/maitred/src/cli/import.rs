//! `maitred import FILE.csv`: contacts from a file, through the same commands as the API. Rows that are wrong are
//! listed by line and left out; running the same file again, after an interruption or with corrected rows, creates no
//! duplicates.
//! The database of another service is moved in by [`super::move_in`].

use super::{Ended, output, shown, terminal};
use crate::config::Settings;
use maitred_app::Requester;
use maitred_app::batcher::{Answer, Batcher};
use maitred_app::import::{Reader, Row};
use maitred_core::{Command, Outcome, Source, Status};
use maitred_store::url::DatabaseUrl;
use maitred_store::views::{PAGE_ROWS_MAX, Page};
use maitred_store::{Engine, Store};
use serde::Serialize;
use std::collections::VecDeque;
use std::io;
use std::path::PathBuf;
use std::process::ExitCode;
use tokio::sync::oneshot;

/// Rows on their way at once: full batches for the batcher, bounded memory for us.
pub(super) const UNDER_WAY_MAX: usize = 1_024;
/// How many wrong rows, and how many repaired ones, are listed; the rest are counted.
const LISTED_MAX: usize = 100;

/// Import contacts from a CSV file, or everything from another service
///
/// The first line of a CSV file names the columns: source_id or source (its name), and at least one of
/// lead_external_id, lead_phone, lead_email; also lead_name, message, priority, attributes (a JSON object).
///
/// From the database of a service whose dialect maitred supports (interactions, inquiries, appeals, contacts), given as
/// sqlite://old.db or postgres://user@host/name, operators, sources, weights and open contacts are imported; open
/// contacts stay with their operators. Start with --dry-run, and stop the old service before the real import.
///
/// Importing again creates no duplicates. The server that uses the same SQLite file must not run meanwhile.
#[derive(clap::Args)]
pub(super) struct Import {
    /// A CSV file, UTF-8, with a header line; or the database of another service, as a URL or a SQLite file
    #[arg(value_name = "FILE|URL")]
    file: PathBuf,
    /// Only check and report; change nothing
    #[arg(long)]
    dry_run: bool,
    /// Print the report as JSON
    #[arg(long)]
    json: bool,
}

pub(super) type Failure = Box<dyn std::error::Error + Send + Sync>;

/// What an import did.
#[derive(Default, Serialize)]
struct Report {
    dry_run: bool,
    rows: u64,
    assigned: u64,
    waiting: u64,
    imported_before: u64,
    wrong: u64,
    wrong_rows: Vec<WrongRow>,
    /// Rows in which something was changed so that it can be kept.
    repaired: u64,
    repaired_rows: Vec<RepairedRow>,
}

#[derive(Serialize)]
struct RepairedRow {
    line: u64,
    repairs: Vec<String>,
}

#[derive(Serialize)]
struct WrongRow {
    line: u64,
    errors: Vec<String>,
}

impl Import {
    pub(super) fn run(&self, settings: &Settings) -> Ended {
        if let Some(url) = crate::move_in::old::named(&self.file) {
            return super::move_in::run(&url?, settings, self.dry_run, self.json);
        }
        // Before anything is opened: a name mistyped makes no database.
        let size =
            std::fs::metadata(&self.file).map_err(|e| format!("cannot read {}: {e}", self.file.display()))?.len();
        let report = if self.dry_run { self.check(settings, size)? } else { self.import(settings, size)? };
        self.print(&report, &settings.database)?;
        Ok(if report.wrong > 0 { ExitCode::FAILURE } else { ExitCode::SUCCESS })
    }

    /// Only reads, so that it works beside a running server.
    fn check(&self, settings: &Settings, size: u64) -> Result<Report, Failure> {
        let store = Store::open(&settings.database)?;
        super::runtime()?.block_on(async {
            let rows = Reader::open(&self.file, &sources(&store).await?, settings.default_region)?;
            self.take(rows, size, None).await
        })
    }

    fn import(&self, settings: &Settings, size: u64) -> Result<Report, Failure> {
        let engine = Engine::open(&settings.database)?;
        engine.set_log_size(settings.wal_mib);
        let store = Store::open(&settings.database)?;
        let runtime = super::runtime()?;
        let rows = Reader::open(&self.file, &runtime.block_on(sources(&store))?, settings.default_region)?;
        let (batcher, running) = Batcher::start(engine, settings.queue_max)?;
        let report = runtime.block_on(self.take(rows, size, Some(&batcher)));
        drop(batcher);
        running.stop()?;
        report
    }

    /// Takes row after row to the batcher, if there is one.
    async fn take(&self, mut rows: Reader, size: u64, batcher: Option<&Batcher>) -> Result<Report, Failure> {
        let bar = terminal::progress(size, if self.dry_run { "checking" } else { "importing" }, "bytes");
        let mut report = Report { dry_run: self.dry_run, ..Report::default() };
        let mut under_way = VecDeque::new();
        while let Some(row) = rows.next_row()? {
            bar.set_position(rows.position());
            report.rows += 1;
            let submit = match row {
                Row::Wrong { line, errors } => {
                    report.note_wrong(line, errors);
                    continue;
                }
                Row::Right { submit, line, repairs } => {
                    report.note_repaired(line, repairs);
                    submit
                }
            };
            match batcher {
                None => {}
                Some(batcher) => {
                    if under_way.len() == UNDER_WAY_MAX {
                        report.note_next(&mut under_way).await?;
                    }
                    under_way.push_back(batcher.enqueue(Requester::CLI, Command::Submit(*submit)).await?);
                }
            }
        }
        while !under_way.is_empty() {
            report.note_next(&mut under_way).await?;
        }
        bar.finish_and_clear();
        Ok(report)
    }

    fn print(&self, report: &Report, database: &DatabaseUrl) -> io::Result<()> {
        if self.json {
            return output::give_json(report);
        }
        let right = report.rows - report.wrong;
        if self.dry_run {
            output::give(&format!(
                "{}: {} rows, {right} can be imported, {} are wrong\n",
                shown(&self.file),
                report.rows,
                report.wrong
            ))?;
        } else {
            output::give(&format!(
                "{}: {} rows into {database}: {} assigned, {} waiting, {} imported before, {} are wrong\n",
                shown(&self.file),
                report.rows,
                report.assigned,
                report.waiting,
                report.imported_before,
                report.wrong
            ))?;
        }
        for row in &report.repaired_rows {
            eprintln!("line {}, repaired: {}", row.line, row.repairs.join("; "));
        }
        if report.repaired > report.repaired_rows.len() as u64 {
            eprintln!("... and {} more", report.repaired - report.repaired_rows.len() as u64);
        }
        for row in &report.wrong_rows {
            eprintln!("line {}: {}", row.line, row.errors.join("; "));
        }
        if report.wrong > report.wrong_rows.len() as u64 {
            eprintln!("... and {} more", report.wrong - report.wrong_rows.len() as u64);
        }
        if report.wrong > 0 && !self.dry_run {
            eprintln!("Correct these lines and import the same file again: imported rows are not imported twice.");
        }
        Ok(())
    }
}

impl Report {
    fn note_wrong(&mut self, line: u64, errors: Vec<String>) {
        self.wrong += 1;
        if self.wrong_rows.len() < LISTED_MAX {
            self.wrong_rows.push(WrongRow { line, errors });
        }
    }

    fn note_repaired(&mut self, line: u64, repairs: Vec<String>) {
        if repairs.is_empty() {
            return;
        }
        self.repaired += 1;
        if self.repaired_rows.len() < LISTED_MAX {
            self.repaired_rows.push(RepairedRow { line, repairs });
        }
    }

    async fn note_next(&mut self, under_way: &mut VecDeque<oneshot::Receiver<Answer>>) -> Result<(), Failure> {
        let Some(answer) = under_way.pop_front() else { return Ok(()) };
        match answer.await.map_err(|_| "the batcher stopped on a bug; run the import again")?? {
            Outcome::Contact(contact) if contact.status == Status::Assigned => self.assigned += 1,
            Outcome::Contact(_) => self.waiting += 1,
            _ => self.imported_before += 1,
        }
        Ok(())
    }
}

pub(super) async fn sources(store: &Store) -> Result<Vec<Source>, maitred_store::StoreError> {
    let mut all: Vec<Source> = Vec::new();
    loop {
        let after = all.last().map(|source| source.id.0);
        let page = store.sources(Page { limit: PAGE_ROWS_MAX, after }).await?;
        let last = page.len() < PAGE_ROWS_MAX as usize;
        all.extend(page);
        if last {
            return Ok(all);
        }
    }
}
