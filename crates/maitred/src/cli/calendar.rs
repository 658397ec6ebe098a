//! `maitred calendar`: which calendars there are, when one of them is open, as a table or as an iCalendar file, and
//! closed days from the file of another program.

use super::client::Client;
use super::output::{give, give_as_it_is, give_json, table};
use super::{Ended, terminal};
use crate::config::Settings;
use axum::http::header::{ETAG, IF_MATCH};
use axum::http::{Method, StatusCode};
use bytes::Bytes;
use maitred_app::calendars::{Compiler, definition};
use maitred_app::periods;
use maitred_calendar::{Exception, Interval, Mistake, ics, zones};
use maitred_core::{Calendar, CalendarId, Timestamp};
use maitred_store::Store;
use maitred_store::clock::{now, rfc3339};
use maitred_store::views::Page;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::process::ExitCode;

const DAY: i64 = 24 * 3_600 * 1_000_000;
/// The most calendars that are listed.
const LISTED_MAX: u32 = 1_000;
/// For how many days ahead closed days are taken from a file.
const AHEAD_DAYS: i64 = 3 * 366;

type Failure = Box<dyn std::error::Error + Send + Sync>;

/// Show calendars of working hours, and take closed days from iCalendar files
#[derive(clap::Args)]
pub(super) struct Calendars {
    #[command(subcommand)]
    command: Subcommand,
}

#[derive(clap::Subcommand)]
enum Subcommand {
    /// List all calendars
    List {
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Show when a calendar is open
    Show {
        /// The id of the calendar
        calendar: i64,
        /// For how many days; today is the first
        #[arg(long, default_value_t = 14, value_parser = clap::value_parser!(i64).range(1..=1_000))]
        days: i64,
        /// Print JSON in the format of GET /api/v1/calendars/{id}/intervals
        #[arg(long, conflicts_with = "ics")]
        json: bool,
        /// Print an iCalendar file, for programs that show calendars
        #[arg(long)]
        ics: bool,
    },
    /// Close a calendar on the days of an iCalendar file, such as public holidays of a company
    ///
    /// Events that take whole days, from today on, become exceptions on which the calendar is closed; days that have an
    /// exception already stay as they are. Importing again adds nothing. Needs a running server. Exit code 1: an event
    /// was left out.
    Import {
        /// The iCalendar file (.ics)
        file: PathBuf,
        /// The id of the calendar
        #[arg(long, value_name = "ID")]
        calendar: i64,
        /// The running server, with the key in MAITRED_API_KEY
        #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:8000")]
        server: String,
        /// Only say what would be closed
        #[arg(long)]
        dry_run: bool,
    },
}

impl Calendars {
    pub(super) fn run(&self, settings: &Settings) -> Ended {
        match &self.command {
            Subcommand::List { json } => list(settings, *json),
            Subcommand::Show { calendar, days, json, ics } => show(settings, *calendar, *days, *json, *ics),
            Subcommand::Import { file, calendar, server, dry_run } => {
                let bytes = std::fs::read(file).map_err(|error| format!("{}: {error}", super::shown(file)))?;
                let server = Client::at(server)?;
                super::runtime()?.block_on(import(&bytes, *calendar, &server, *dry_run))
            }
        }
    }
}

fn list(settings: &Settings, json: bool) -> Ended {
    let store = Store::open(&settings.database)?;
    let page = Page { limit: LISTED_MAX, after: None };
    let calendars = super::runtime()?.block_on(store.calendars(page))?;
    if json {
        let each = calendars.iter().map(|it| json!({"id": it.id, "name": it.name, "zone": definition(it).zone}));
        give_json(&each.collect::<Vec<_>>())?;
    } else if calendars.is_empty() {
        give("There is no calendar yet: add one in the console, or with POST /api/v1/calendars.\n")?;
    } else {
        let mut rows = table(&[">id", "name", "zone"]);
        for it in &calendars {
            rows.add_row([it.id.to_string(), it.name.to_string(), definition(it).zone]);
        }
        give(&format!("{rows}\n"))?;
    }
    Ok(ExitCode::SUCCESS)
}

fn show(settings: &Settings, id: i64, days: i64, as_json: bool, as_ics: bool) -> Ended {
    let store = Store::open(&settings.database)?;
    let calendar = super::runtime()?.block_on(store.calendar(CalendarId(id)))?;
    let calendar = calendar.ok_or_else(|| format!("there is no calendar {id}; `maitred calendar list` shows all"))?;
    let from = now();
    let zone = periods::zone_or_utc(Some(&definition(&calendar).zone));
    let open = compiled(&calendar, Interval::new(from, periods::start_of_day(from, &zone, days)))?;
    if as_ics {
        give_as_it_is(&ics::write(&terminal::one_line(&calendar.name), &id.to_string(), from, &open))?;
    } else if as_json {
        let each = open.as_slice().iter().map(|it| json!({"from": rfc3339(it.from), "until": rfc3339(it.until)}));
        give_json(&each.collect::<Vec<_>>())?;
    } else {
        give(&laid_out(&calendar, open.as_slice(), days))?;
    }
    Ok(ExitCode::SUCCESS)
}

fn compiled(calendar: &Calendar, span: Interval) -> Result<maitred_calendar::Intervals, Failure> {
    let mut compiler = Compiler::default();
    let wrong = |mistakes: Vec<Mistake>| mistakes.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ");
    Ok(compiler.schedule(calendar).map_err(wrong)?.compile(span)?.open)
}

/// Each interval in the time of the calendar, with its length.
fn laid_out(calendar: &Calendar, open: &[Interval], days: i64) -> String {
    let zone_name = definition(calendar).zone;
    let zone = periods::zone_or_utc(Some(&zone_name));
    let local = |at| periods::local(&zone, at, "%a %Y-%m-%d %H:%M");
    let minutes = |it: &Interval| (it.until.0 - it.from.0) / 60_000_000;
    let length = |minutes: i64| format!("{} h {:02} min", minutes / 60, minutes % 60);
    let mut rows = table(&["from", "until", ">length"]);
    for it in open {
        rows.add_row([local(it.from), local(it.until), length(minutes(it))]);
    }
    let total = length(open.iter().map(minutes).sum());
    let name = &calendar.name;
    match open.is_empty() {
        true => format!("{name} ({zone_name}) is closed for the next {days} days.\n"),
        false => format!("{name} ({zone_name}), the next {days} days:\n{rows}\n{total} in all\n"),
    }
}

async fn import(bytes: &[u8], id: i64, server: &Client, dry_run: bool) -> Ended {
    let path = format!("/api/v1/calendars/{id}");
    let (status, headers, mut body) = server.ask(Method::GET, &path, None, Bytes::new()).await?;
    if status != StatusCode::OK {
        return Err(server.refused(status, &body).into());
    }
    let zone = periods::zone_or_utc(body["zone"].as_str());
    let from = now();
    let span = Interval::new(from, Timestamp(from.0.saturating_add(AHEAD_DAYS * DAY)));
    let file = ics::read(bytes, zones(), &zone, span).map_err(|error| format!("the file {error}"))?;
    let known: BTreeSet<String> = body["exceptions"].as_array().into_iter().flatten().filter_map(date).collect();
    let new: Vec<Exception> = file.exceptions().into_iter().filter(|it| !known.contains(&it.date)).collect();
    for refusal in &file.refused {
        terminal::say!("line {}, left out: {}", refusal.line, refusal.kind);
    }
    if file.more_refused > 0 {
        terminal::say!("left out: {} more events", file.more_refused);
    }
    let dates: Vec<&str> = new.iter().map(|it| &*it.date).collect();
    if !new.is_empty() && !dry_run {
        let exceptions = body["exceptions"].as_array_mut().ok_or("the server's answer is no calendar")?;
        exceptions.extend(new.iter().map(|it| json!(it)));
        let seen = headers.get(ETAG).and_then(|etag| etag.to_str().ok()).unwrap_or("*");
        let (status, _, answer) =
            server.ask(Method::PUT, &path, Some((IF_MATCH, seen)), Bytes::from(body.to_string())).await?;
        if status != StatusCode::OK {
            return Err(server.refused(status, &answer).into());
        }
    }
    let what = if dry_run { "would be" } else { "is" };
    let name = body["name"].as_str().unwrap_or_default();
    give(&match dates.is_empty() {
        true => format!("{name} has all days of the file already.\n"),
        false => format!("{name} {what} closed on {} as well\n", dates.join(", ")),
    })?;
    Ok(if file.refused.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

fn date(exception: &Value) -> Option<String> {
    exception["date"].as_str().map(str::to_owned)
}
