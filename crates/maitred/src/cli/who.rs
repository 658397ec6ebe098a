//! `maitred who SOURCE`: who would get a contact of a source, now or at another moment, and who not and why.

use super::Ended;
use super::output::{give, percent, table};
use crate::config::Settings;
use maitred_app::coverage::Coverage;
use maitred_core::SourceId;
use maitred_store::Store;
use maitred_store::clock::{now, parse_rfc3339, rfc3339};
use std::fmt::Write;
use std::process::ExitCode;

/// Say who would get a contact of a source, now or at another moment
///
/// Names who may get it with the share that they can expect, and of the others every reason against it. Works while a
/// server is running. Exit code 1: it would wait.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  maitred who 1                who would get a contact of source 1 now?
  maitred who 1 --at 2026-12-05T23:00:00+03:00")]
pub(super) struct Who {
    /// The id of the source
    source: i64,
    /// At this time (RFC 3339), as far as is known by now
    #[arg(long, value_name = "TIME")]
    at: Option<String>,
}

impl Who {
    pub(super) fn run(&self, settings: &Settings) -> Ended {
        let now = now();
        let at = match &self.at {
            Some(text) => parse_rfc3339(text).map_err(|_| {
                format!("--at {text} is not a time; give one in RFC 3339, such as 2026-12-05T23:00:00+03:00")
            })?,
            None => now,
        };
        let store = Store::open(&settings.database)?;
        let read = Coverage::read(&store, SourceId(self.source), at, now);
        let Some(coverage) = super::runtime()?.block_on(read)? else {
            return Err(format!("there is no source {}", self.source).into());
        };
        give(&laid_out(&coverage))?;
        Ok(if coverage.would_wait() { ExitCode::from(1) } else { ExitCode::SUCCESS })
    }
}

fn laid_out(coverage: &Coverage) -> String {
    let (name, at) = (&coverage.source.name, rfc3339(coverage.at));
    let mut text = match (coverage.closed, &coverage.goes_to) {
        (_, Some(to)) => {
            let waits = if to.would_wait() { " and wait there" } else { "" };
            format!("{name} is closed at {at}: its contacts go to {}{waits}.\n", to.source.name)
        }
        (Some(closed), None) => {
            let until = closed.until.map(|until| format!(" until {}", rfc3339(until))).unwrap_or_default();
            format!("A contact of {name} at {at} waits: {}{until}.\n", closed.as_str().replace('_', " "))
        }
        (None, None) if coverage.would_wait() => format!("A contact of {name} at {at} waits: nobody may get it.\n"),
        (None, None) => format!("A contact of {name} at {at} goes to one of those with a share.\n"),
    };
    let mut rows = table(&[">id", "operator", ">weight", ">share", "why not"]);
    for person in &coverage.people {
        let reason = |it: &maitred_app::availability::ReasonAgainst| {
            let until = it.until.map(|until| format!(" until {}", rfc3339(until))).unwrap_or_default();
            format!("{}{until}", it.word.replace('_', " "))
        };
        let share = match (person.reasons.is_empty(), person.share) {
            (true, Some(share)) => percent(share),
            (true, None) => "by load or idleness".to_owned(),
            (false, _) => String::new(),
        };
        rows.add_row([
            person.operator.to_string(),
            person.name.to_string(),
            person.weight.to_string(),
            share,
            person.reasons.iter().map(reason).collect::<Vec<_>>().join(", "),
        ]);
    }
    let _ = writeln!(text, "{rows}");
    text
}
