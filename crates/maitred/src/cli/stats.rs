//! `maitred stats`: how full the operators are, how the sources distributed contacts, who waits. From counters and
//! ledgers, so it answers at once however much is stored, beside a running server as well.

use super::Ended;
use super::output::{duration, give, give_json, percent, table};
use crate::config::Settings;
use maitred_app::counted::counted;
use maitred_app::periods::{self, Period};
use maitred_app::stats::{Distribution, OperatorLoad, Waiting, distribution};
use maitred_core::Timestamp;
use maitred_core::limits::Invalid;
use maitred_store::views::{Overview, Span};
use maitred_store::{Store, clock};
use serde::Serialize;
use std::fmt::Write;
use std::process::ExitCode;

/// The widest bar of a load, in characters.
const BAR_CHARS: usize = 20;

/// Show loads, shares and waiting contacts
#[derive(clap::Args)]
pub(super) struct Stats {
    /// Show shares of this period, and what was entitled in it: today, 7d, 30d, weights (since the weights or the
    /// policy of the source last changed) or all
    #[arg(long, default_value = "all", value_parser = Period::of_word)]
    period: Period,

    /// The time zone in which the days of --period begin, such as Europe/Moscow
    #[arg(long, value_name = "NAME", default_value = "UTC", value_parser = zone)]
    zone: String,

    /// Show shares from this time on, rounded down to half an hour, such as 2025-11-26T00:00:00Z
    #[arg(long, value_name = "TIME", value_parser = clock::parse_rfc3339, conflicts_with = "period")]
    from: Option<Timestamp>,

    /// Show shares up to this time, rounded down to half an hour
    #[arg(long, value_name = "TIME", value_parser = clock::parse_rfc3339, conflicts_with = "period")]
    to: Option<Timestamp>,

    /// Print JSON
    #[arg(long)]
    json: bool,
}

fn zone(name: &str) -> Result<String, Invalid> {
    periods::zone(name).map(|_| name.to_owned())
}

/// All figures, as of one moment.
#[derive(Serialize)]
struct Figures {
    operators: Vec<OperatorLoad>,
    distribution: Vec<Distribution>,
    waiting: Vec<Waiting>,
}

impl Stats {
    pub(super) fn run(&self, settings: &Settings) -> Ended {
        let store = Store::open(&settings.database)?;
        let now = clock::now();
        let figures = Figures::at(now, super::runtime()?.block_on(store.overview(self.span(now)))?);
        if self.json {
            give_json(&figures)?
        } else {
            give(&laid_out(&figures, now))?
        }
        Ok(ExitCode::SUCCESS)
    }

    fn span(&self, now: Timestamp) -> Span {
        match (self.from, self.to) {
            (None, None) => self.period.span(now, &periods::zone_or_utc(Some(&self.zone))),
            (from, to) => periods::between(from, to, now),
        }
    }
}

impl Figures {
    fn at(now: Timestamp, Overview { operators, books, waiting }: Overview) -> Self {
        Self {
            operators: operators.into_iter().map(|operator| OperatorLoad::at(now, operator)).collect(),
            distribution: books.iter().map(distribution).collect(),
            waiting: waiting.into_iter().map(|view| Waiting::at(now, view)).collect(),
        }
    }
}

fn laid_out(figures: &Figures, now: Timestamp) -> String {
    [loads(figures, now), shares(figures), waiting(figures)].join("\n")
}

fn loads(figures: &Figures, now: Timestamp) -> String {
    if figures.operators.is_empty() {
        return "No operators yet.\n".to_owned();
    }
    let mut table = table(&[">id", "operator", "load", ">contacts", ">max", "active", "last contact"]);
    for o in &figures.operators {
        let last = o.last_assigned_at.map(|at| format!("{} ago", duration(now.0.saturating_sub(at.0.0))));
        table.add_row([
            o.operator_id.to_string(),
            o.operator_name.to_string(),
            bar(o.current_load, o.max_load),
            o.current_load.to_string(),
            o.max_load.to_string(),
            match (o.is_active, o.is_paused, o.paused_until) {
                (false, ..) => "no".to_owned(),
                (true, false, _) if o.is_away => "away".to_owned(),
                (true, false, _) => "yes".to_owned(),
                (true, true, None) => "paused".to_owned(),
                (true, true, Some(until)) => format!("paused until {until}"),
            },
            last.unwrap_or_else(|| "never".to_owned()),
        ]);
    }
    format!("Operators\n{table}\n")
}

/// A load as a bar; one that is over the limit ends in a `+`.
fn bar(load: u32, max_load: u32) -> String {
    let filled = match (load, max_load) {
        (0, _) => 0,
        (_, 0) => BAR_CHARS,
        // An operator with any contact shows a mark.
        _ => (load as usize * BAR_CHARS / max_load as usize).clamp(1, BAR_CHARS),
    };
    let over = if load > max_load { "+" } else { "" };
    format!("{}{}{over}", "█".repeat(filled), "░".repeat(BAR_CHARS - filled))
}

fn shares(figures: &Figures) -> String {
    if figures.distribution.is_empty() {
        return "No sources yet.\n".to_owned();
    }
    figures.distribution.iter().map(shares_table).collect::<Vec<_>>().join("\n")
}

/// The shares of one source: its name and measures, and a line for each operator.
pub(super) fn shares_table(of: &Distribution) -> String {
    let mut text = format!("{} (source {}), {}", of.source_name, of.source_id, of.policy.as_str());
    let _ = write!(text, "\n{} assigned by the policy{}", counted(of.received_total, "contact"), period(of));
    if !of.policy.goes_by_weight() {
        text.push_str(", which does not use weights alone: a difference is not a fault");
    } else if let (Some(chi), Some(freedom), Some(p)) = (of.chi_square, of.degrees_of_freedom, of.p_value) {
        let _ = write!(text, "; chi-square {chi:.2} with {freedom} degrees of freedom, p = {p:.3}");
    }
    if let Some(jain) = of.jain.filter(|_| of.policy.goes_by_weight()) {
        let _ = write!(text, "; Jain {jain:.4}");
    }
    if of.operators.is_empty() {
        return format!("{text}\nNo operators serve it.\n");
    }
    let mut table = table(&SHARES);
    for o in &of.operators {
        table.add_row([
            o.operator_id.to_string(),
            o.operator_name.to_string(),
            o.weight.map_or_else(|| "left".to_owned(), |weight| weight.to_string()),
            o.received.to_string(),
            percent(o.actual_share),
            format!("{:.1}", o.entitled),
            percent(o.entitled_share),
            format!("{:+.1}", o.difference),
            o.low.zip(o.high).map(|(low, high)| format!("{low} to {high}")).unwrap_or_default(),
        ]);
    }
    format!("{text}\n{table}\n")
}

/// The columns of shares. The target share is not among them: it is that of the weights now.
const SHARES: [&str; 9] =
    [">id", "operator", ">weight", ">received", ">share", ">entitled", ">share", ">difference", ">by chance"];

/// Which period that was, unless it is all time.
fn period(of: &Distribution) -> String {
    let mut text = of.from.map(|from| format!(" from {from}")).unwrap_or_default();
    let _ = of.to.map_or(Ok(()), |to| write!(text, " to {to}"));
    let _ = of.known_since.map_or(Ok(()), |since| write!(text, " (periods are known since {since})"));
    text
}

fn waiting(figures: &Figures) -> String {
    let somebody: Vec<&Waiting> = figures.waiting.iter().filter(|w| w.waiting > 0 || w.overdue > 0).collect();
    if somebody.is_empty() {
        return "No contacts are waiting.\n".to_owned();
    }
    let mut table = table(&[">id", "source", ">waiting", ">overdue", ">oldest", ">next contact"]);
    for w in somebody {
        let oldest = w.oldest_age_seconds.map(|seconds| duration((seconds * 1e6) as i64));
        table.add_row([
            w.source_id.to_string(),
            w.source_name.to_string(),
            w.waiting.to_string(),
            w.overdue.to_string(),
            oldest.unwrap_or_default(),
            w.next_contact_id.map(|id| id.to_string()).unwrap_or_default(),
        ]);
    }
    format!("Waiting\n{table}\n")
}

#[cfg(test)]
mod tests;
