//! `maitred stats`: how full the operators are, how the sources distributed contacts, who waits. From counters and
//! ledgers, so it answers at once however much is stored, beside a running server as well.

use super::Ended;
use super::output::{duration, give, give_json, percent, table};
use crate::config::Settings;
use maitred_app::stats::{Distribution, OperatorLoad, Waiting, distribution};
use maitred_core::Timestamp;
use maitred_store::views::Overview;
use maitred_store::{Store, clock};
use serde::Serialize;
use std::fmt::Write;
use std::process::ExitCode;

/// The widest bar of a load, in characters.
const BAR_CHARS: usize = 20;

/// Show loads, shares and waiting contacts
#[derive(clap::Args)]
pub(super) struct Stats {
    /// Print JSON
    #[arg(long)]
    json: bool,
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
        let figures = Figures::at(clock::now(), super::runtime()?.block_on(store.overview())?);
        if self.json {
            give_json(&figures)?
        } else {
            give(&laid_out(&figures, clock::now()))?
        }
        Ok(ExitCode::SUCCESS)
    }
}

impl Figures {
    fn at(now: Timestamp, Overview { operators, books, waiting }: Overview) -> Self {
        Self {
            operators: operators.into_iter().map(OperatorLoad::from).collect(),
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
            if o.is_active { "yes" } else { "no" }.to_owned(),
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
    let _ = write!(text, "\n{} contacts assigned by the policy", of.received_total);
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
    let columns = [">id", "operator", ">weight", ">target", ">actual", ">received", ">entitled", ">difference"];
    let mut table = table(&columns);
    for o in &of.operators {
        table.add_row([
            o.operator_id.to_string(),
            o.operator_name.to_string(),
            o.weight.map_or_else(|| "left".to_owned(), |weight| weight.to_string()),
            percent(o.target_share),
            percent(o.actual_share),
            o.received.to_string(),
            format!("{:.1}", o.entitled),
            format!("{:+.1}", o.difference),
        ]);
    }
    format!("{text}\n{table}\n")
}

fn waiting(figures: &Figures) -> String {
    let somebody: Vec<&Waiting> = figures.waiting.iter().filter(|w| w.waiting > 0).collect();
    if somebody.is_empty() {
        return "No contacts are waiting.\n".to_owned();
    }
    let mut table = table(&[">id", "source", ">waiting", ">oldest", ">next contact"]);
    for w in somebody {
        let oldest = w.oldest_age_seconds.map(|seconds| duration((seconds * 1e6) as i64));
        table.add_row([
            w.source_id.to_string(),
            w.source_name.to_string(),
            w.waiting.to_string(),
            oldest.unwrap_or_default(),
            w.next_contact_id.map(|id| id.to_string()).unwrap_or_default(),
        ]);
    }
    format!("Waiting\n{table}\n")
}

#[cfg(test)]
mod tests;
