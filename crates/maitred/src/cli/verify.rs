//! `maitred verify`: every invariant over the real data, beside a running server as well. Exit code 0 when all hold,
//! 1 when not, so that a script or a backup job can ask.

use super::output::{give, give_json, table};
use super::{Ended, terminal};
use crate::config::Settings;
use indicatif::ProgressBar;
use maitred_app::counted::counted;
use maitred_store::verify::{Progress, Report, Severity, verify};
use std::fmt::Write;
use std::process::ExitCode;

/// Check the database against every invariant
///
/// Compares loads with contacts, recomputes every decision, and checks counters, ledgers, the feed, and the file or the
/// indexes themselves. Works while servers are running. Exit code 0: every invariant holds; 1: there are faults.
#[derive(clap::Args)]
pub(super) struct Verify {
    /// Print the report as JSON
    #[arg(long)]
    json: bool,
}

impl Verify {
    pub(super) fn run(&self, settings: &Settings) -> Ended {
        let mut bars = Bars { step: "", bar: ProgressBar::hidden() };
        let report = verify(&settings.database, |progress| bars.show(progress))?;
        bars.bar.finish_and_clear();
        if self.json {
            give_json(&report)?
        } else {
            give(&laid_out(&report))?
        }
        Ok(if report.is_clean() { ExitCode::SUCCESS } else { ExitCode::from(1) })
    }
}

/// One progress bar for each step.
struct Bars {
    step: &'static str,
    bar: ProgressBar,
}

impl Bars {
    fn show(&mut self, progress: Progress) {
        if progress.step != self.step {
            self.bar.finish_and_clear();
            self.step = progress.step;
            self.bar = match progress.total {
                0 => terminal::spinner(progress.step),
                total => terminal::progress(total, progress.step, "rows"),
            };
        }
        self.bar.set_position(progress.done);
    }
}

fn laid_out(report: &Report) -> String {
    let mut text = String::new();
    for (severity, heading) in [(Severity::Fault, "Faults"), (Severity::Note, "Notes")] {
        let mut table = table(&["invariant", "about", "found", "expected"]);
        for f in report.findings.iter().filter(|f| f.severity == severity) {
            table.add_row([f.invariant.as_str(), &f.about.to_string(), &f.found, &f.expected]);
        }
        if !table.is_empty() {
            let _ = writeln!(text, "{heading}\n{table}\n");
        }
    }
    let kept = report.findings.len() as u64;
    if kept < report.faults + report.notes {
        let _ = writeln!(text, "{kept} of {} findings are shown.", report.faults + report.notes);
        for (invariant, faults) in &report.faults_by_invariant {
            let _ = writeln!(text, "  {faults} of {}", invariant.as_str());
        }
    }
    let c = &report.checked;
    let checked = [
        counted(c.contacts, "contact"),
        counted(c.decisions, "decision"),
        counted(c.events, "event"),
        counted(c.leads, "lead"),
        counted(c.identities, "identity"),
        counted(c.operators, "operator"),
        counted(c.sources, "source"),
    ];
    let _ = writeln!(text, "Checked {}.", checked.join(", "));
    if let Some(not_checked) = report.not_checked {
        let _ = writeln!(text, "Not checked: {not_checked}.");
    }
    let _ = match report.faults {
        0 => writeln!(text, "Every invariant holds."),
        1 => writeln!(text, "1 fault."),
        n => writeln!(text, "{n} faults."),
    };
    text
}

#[cfg(test)]
mod tests;
