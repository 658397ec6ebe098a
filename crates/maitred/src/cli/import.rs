//! `maitred import FILE.csv`: contacts from a file, through the same commands as the API. Rows that are wrong are
//! listed by line and left out; running the same file again, after an interruption or with corrected rows, creates no
//! duplicates.
//! The database of another service is moved in by [`super::move_in`].

mod report;
mod server;

use super::{Ended, output, shown, terminal};
use crate::config::Settings;
use maitred_app::Requester;
use maitred_app::batcher::{Answer, Batcher};
use maitred_app::import::{Encoding, Reader, Reading, encoding_named};
use maitred_core::command::Completion;
use maitred_core::{Command, Outcome, Source, Status};
use maitred_store::views::{PAGE_ROWS_MAX, Page};
use maitred_store::{Engine, Store};
use report::Report;
use server::Server;
use std::collections::VecDeque;
use std::io;
use std::path::PathBuf;
use std::process::ExitCode;
use tokio::sync::oneshot;

/// Rows on their way at once: full batches for the batcher, bounded memory for us.
pub(super) const UNDER_WAY_MAX: usize = 1_024;

/// Import contacts from a CSV file, or everything from another service
///
/// The first line of a CSV file names the columns: source or source_id, and at least one of lead_external_id,
/// lead_phone, lead_email; also lead_name, message, priority, attributes (a JSON object), source_event_id. Usual names
/// in English and Russian, such as Phone or Телефон, are understood; all other columns are kept in the attributes.
/// Separators are commas, semicolons or tabs. UTF-8 and UTF-16 are recognised.
///
/// From the database of a service whose dialect maitred supports (interactions, inquiries, appeals, contacts), given as
/// sqlite://old.db or postgres://user@host/name, operators, sources, weights and open contacts are imported; open
/// contacts stay with their operators. Start with --dry-run, and stop the old service before the real import.
///
/// Importing again creates no duplicates. The server that uses the same SQLite file must not run meanwhile; a CSV file
/// is imported into a running server with --server.
#[derive(clap::Args)]
pub(super) struct Import {
    /// A CSV file with a header line; or the database of another service, as a URL or a SQLite file
    #[arg(value_name = "FILE|URL")]
    file: PathBuf,
    /// Only check and report; change nothing
    #[arg(long)]
    dry_run: bool,
    /// The source of all rows, by name or ID; needed if no column names one
    #[arg(long)]
    source: Option<String>,
    /// The encoding of the file, such as windows-1251, if it is neither UTF-8 nor UTF-16
    #[arg(long, value_parser = encoding)]
    encoding: Option<&'static Encoding>,
    /// Send the rows of a CSV file to a running server at this address, with the key in MAITRED_API_KEY
    #[arg(long, value_name = "URL")]
    server: Option<String>,
    /// Print the report as JSON
    #[arg(long)]
    json: bool,
}

fn encoding(name: &str) -> Result<&'static Encoding, String> {
    encoding_named(name)
        .ok_or_else(|| "is not known; examples: windows-1251, windows-1252, koi8-r, utf-16le".to_owned())
}

pub(super) type Failure = Box<dyn std::error::Error + Send + Sync>;

impl Import {
    pub(super) fn run(&self, settings: &Settings) -> Ended {
        if let Some(url) = crate::move_in::old::named(&self.file) {
            return super::move_in::run(&url?, settings, self.dry_run, self.json);
        }
        // Before anything is opened: a name mistyped makes no database.
        let size =
            std::fs::metadata(&self.file).map_err(|e| format!("cannot read {}: {e}", self.file.display()))?.len();
        let report = match &self.server {
            Some(url) => self.send(&Server::at(url)?, settings, size)?,
            None if self.dry_run => self.check(settings, size)?,
            None => self.import(settings, size)?,
        };
        let into = self.server.clone().unwrap_or_else(|| settings.database.to_string());
        self.print(&report, &into)?;
        Ok(if report.wrong > 0 { ExitCode::FAILURE } else { ExitCode::SUCCESS })
    }

    /// Only reads, so that it works beside a running server.
    fn check(&self, settings: &Settings, size: u64) -> Result<Report, Failure> {
        let store = Store::open(&settings.database)?;
        super::runtime()?.block_on(async {
            let rows = self.open(&sources(&store).await?, settings)?;
            self.take(rows, size, None).await
        })
    }

    fn import(&self, settings: &Settings, size: u64) -> Result<Report, Failure> {
        let engine = Engine::open(&settings.database)?;
        engine.set_log_size(settings.wal_mib);
        let store = Store::open(&settings.database)?;
        let runtime = super::runtime()?;
        let rows = self.open(&runtime.block_on(sources(&store))?, settings)?;
        let (batcher, running) = Batcher::start(engine, settings.queue_max)?;
        let report = runtime.block_on(self.take(rows, size, Some(&batcher)));
        drop(batcher);
        running.stop()?;
        report
    }

    /// Sends what is in the file to a running server, which is asked for its sources.
    fn send(&self, server: &Server, settings: &Settings, size: u64) -> Result<Report, Failure> {
        super::runtime()?.block_on(async {
            let rows = self.open(&server.sources().await?, settings)?;
            if self.dry_run { self.take(rows, size, None).await } else { server.take(rows, size).await }
        })
    }

    fn open(&self, sources: &[Source], settings: &Settings) -> Result<Reader, String> {
        let (rules, encoding) = (settings.phone_rules(), self.encoding);
        Reader::open(&self.file, &Reading { sources, rules, encoding, source: self.source.as_deref() })
    }

    /// Takes row after row to the batcher, if there is one.
    async fn take(&self, mut rows: Reader, size: u64, batcher: Option<&Batcher>) -> Result<Report, Failure> {
        let bar = terminal::progress(size, if self.dry_run { "checking" } else { "importing" }, "bytes");
        let mut report = Report::of(&rows, self.dry_run);
        let mut under_way = VecDeque::new();
        while let Some(row) = rows.next_row()? {
            bar.set_position(rows.position());
            let (Some((submit, _, line)), Some(batcher)) = (report.note_row(row), batcher) else { continue };
            if under_way.len() == UNDER_WAY_MAX {
                note_next(&mut report, &mut under_way).await?;
            }
            under_way.push_back((line, batcher.enqueue(Requester::CLI, Command::Submit(*submit)).await?));
        }
        while !under_way.is_empty() {
            note_next(&mut report, &mut under_way).await?;
        }
        bar.finish_and_clear();
        Ok(report)
    }

    fn print(&self, report: &Report, into: &str) -> io::Result<()> {
        if self.json {
            return output::give_json(report);
        }
        report.print(&shown(&self.file), into)
    }
}

async fn note_next(
    report: &mut Report,
    under_way: &mut VecDeque<(u64, oneshot::Receiver<Answer>)>,
) -> Result<(), Failure> {
    let Some((line, answer)) = under_way.pop_front() else { return Ok(()) };
    match answer.await.map_err(|_| "the batcher stopped on a bug; run the import again")?? {
        Outcome::Contact(contact) if contact.status == Status::Assigned => report.assigned += 1,
        Outcome::Contact(_) | Outcome::Closed(..) => report.waiting += 1,
        Outcome::Completed(_, Completion { added, kept }) => report.note_changed(line, &added, &kept),
        _ => report.imported_before += 1,
    }
    Ok(())
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
