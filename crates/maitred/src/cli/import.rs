//! `maitred import FILE.csv`: contacts from a file, through the same commands as the API. Rows that are wrong are
//! listed by line and left out; running the same file again, after a break or with corrected rows, makes no doubles.

use super::{Ended, shown, terminal};
use crate::batcher::{Answer, Batcher};
use crate::config::{DatabaseUrl, Settings};
use crate::identity::Region;
use crate::import::{Reader, Row};
use crate::store::views::{PAGE_ROWS_MAX, Page};
use crate::store::{Engine, Store};
use maitred_core::{Command, Outcome, Source, Status};
use serde::Serialize;
use std::collections::VecDeque;
use std::path::PathBuf;
use std::process::ExitCode;
use tokio::sync::oneshot;

/// Rows on their way at once: full batches for the batcher, bounded memory for us.
const UNDER_WAY_MAX: usize = 1_024;
/// How many wrong rows are listed; the rest are counted.
const LISTED_MAX: usize = 100;

/// Load contacts from a CSV file and route them
///
/// The first line names the columns: source_id or source (its name), and at least one of lead_external_id,
/// lead_phone, lead_email; also lead_name, message, priority, attributes (a JSON object). The server that uses the
/// same file must not run meanwhile.
#[derive(clap::Args)]
pub(super) struct Import {
    /// The CSV file, UTF-8, with a header line
    file: PathBuf,
    /// Only check the rows and say what would be done
    #[arg(long)]
    dry_run: bool,
    /// Print the report as JSON
    #[arg(long)]
    json: bool,
}

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
}

#[derive(Serialize)]
struct WrongRow {
    line: u64,
    errors: Vec<String>,
}

impl Import {
    pub(super) fn run(&self, settings: &Settings) -> Ended {
        let engine = Engine::open(&settings.database)?;
        let store = Store::open(&settings.database)?;
        let (batcher, running) = Batcher::start(engine, settings.queue_max)?;
        let runtime = super::runtime()?;
        let report = runtime.block_on(self.import(&batcher, &store, settings.default_region));
        drop(batcher);
        running.stop()?;
        let report = report?;
        self.print(&report, &settings.database)?;
        Ok(if report.wrong > 0 { ExitCode::FAILURE } else { ExitCode::SUCCESS })
    }

    async fn import(
        &self,
        batcher: &Batcher,
        store: &Store,
        region: Option<Region>,
    ) -> Result<Report, Box<dyn std::error::Error + Send + Sync>> {
        let size =
            std::fs::metadata(&self.file).map_err(|e| format!("cannot read {}: {e}", self.file.display()))?.len();
        let mut rows = Reader::open(&self.file, &sources(store).await?, region)?;
        let bar = terminal::progress(size, if self.dry_run { "checking" } else { "importing" }, "bytes");
        let mut report = Report { dry_run: self.dry_run, ..Report::default() };
        let mut under_way = VecDeque::new();
        while let Some(row) = rows.next_row()? {
            bar.set_position(rows.position());
            report.rows += 1;
            match row {
                Row::Wrong { line, errors } => report.note_wrong(line, errors),
                Row::Right(_) if self.dry_run => {}
                Row::Right(submit) => {
                    if under_way.len() == UNDER_WAY_MAX {
                        report.note_next(&mut under_way).await?;
                    }
                    under_way.push_back(batcher.enqueue(Command::Submit(*submit)).await?);
                }
            }
        }
        while !under_way.is_empty() {
            report.note_next(&mut under_way).await?;
        }
        bar.finish_and_clear();
        Ok(report)
    }

    fn print(&self, report: &Report, database: &DatabaseUrl) -> Result<(), serde_json::Error> {
        if self.json {
            println!("{}", serde_json::to_string_pretty(report)?);
            return Ok(());
        }
        let right = report.rows - report.wrong;
        if self.dry_run {
            println!(
                "{}: {} rows, {right} can be imported, {} are wrong",
                shown(&self.file),
                report.rows,
                report.wrong
            );
        } else {
            println!(
                "{}: {} rows into {database}: {} assigned, {} waiting, {} had been imported before, {} are wrong",
                shown(&self.file),
                report.rows,
                report.assigned,
                report.waiting,
                report.imported_before,
                report.wrong
            );
        }
        for row in &report.wrong_rows {
            eprintln!("line {}: {}", row.line, row.errors.join("; "));
        }
        if report.wrong > report.wrong_rows.len() as u64 {
            eprintln!("... and {} more", report.wrong - report.wrong_rows.len() as u64);
        }
        if report.wrong > 0 && !self.dry_run {
            eprintln!("Correct these lines and import the same file again: rows that are in are not doubled.");
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

    async fn note_next(
        &mut self,
        under_way: &mut VecDeque<oneshot::Receiver<Answer>>,
    ) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
        let Some(answer) = under_way.pop_front() else { return Ok(()) };
        match answer.await.map_err(|_| "the batcher stopped on a bug; run the import again")?? {
            Outcome::Contact(contact) if contact.status == Status::Assigned => self.assigned += 1,
            Outcome::Contact(_) => self.waiting += 1,
            _ => self.imported_before += 1,
        }
        Ok(())
    }
}

async fn sources(store: &Store) -> Result<Vec<Source>, crate::store::StoreError> {
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
