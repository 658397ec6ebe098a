//! `maitred lint`: checks of the configuration, as a table or as JSON, with an exit code for scripts.

use super::Ended;
use super::output::{give, give_json, table};
use crate::config::Settings;
use maitred_app::lint::{Finding, FindingBody, Places, Severity};
use maitred_store::clock::{now, rfc3339};
use maitred_store::{EndpointStore, Store, TelegramStore};
use std::fmt::Write;
use std::process::ExitCode;

/// Check the configuration: sources that nobody serves, operators who get nothing, and so on
///
/// Looks at the next seven days as well: hours at which a source is open and nobody is on shift. Works while a server
/// is running. Exit code 1: there are errors; with --strict, also if there are only warnings.
#[derive(clap::Args)]
pub(super) struct Lint {
    /// Print JSON in the format of GET /api/v1/lint
    #[arg(long)]
    json: bool,
    /// Exit code 1 for warnings too
    #[arg(long)]
    strict: bool,
}

impl Lint {
    pub(super) fn run(&self, settings: &Settings) -> Ended {
        let store = Store::open(&settings.database)?;
        let read = async {
            let endpoints = EndpointStore::open(&settings.database).await?;
            let telegram = TelegramStore::open(&settings.database).await?;
            let (phones, sends_mail) = (settings.phone_rules(), settings.smtp_url.is_some());
            Places { store, endpoints, telegram, phones, sends_mail }.check(now()).await
        };
        let findings = super::runtime()?.block_on(read)?;
        match self.json {
            true => give_json(&findings.iter().map(FindingBody::from).collect::<Vec<_>>())?,
            false => give(&laid_out(&findings))?,
        }
        let worst = findings.first().map(|finding| finding.fault.severity());
        let fails = match worst {
            Some(Severity::Error) => true,
            Some(Severity::Warning) => self.strict,
            Some(Severity::Advice) | None => false,
        };
        Ok(if fails { ExitCode::from(1) } else { ExitCode::SUCCESS })
    }
}

fn laid_out(findings: &[Finding]) -> String {
    if findings.is_empty() {
        return "Nothing is wrong.\n".to_owned();
    }
    let mut rows = table(&["", "code", "what is wrong, and how to fix it", "from", "until"]);
    for finding in findings {
        let time = |at: Option<_>| at.map(rfc3339).unwrap_or_default();
        rows.add_row([
            finding.fault.severity().as_str().to_owned(),
            finding.fault.code().to_owned(),
            format!("{} {}", finding.fault.message(&finding.name), finding.fault.fix()),
            time(finding.from),
            time(finding.until),
        ]);
    }
    let mut text = format!("{rows}\n");
    let counts = Severity::ALL.map(|severity| {
        let count = findings.iter().filter(|finding| finding.fault.severity() == severity).count();
        format!("{} {count}", severity.as_str())
    });
    let _ = writeln!(text, "{}", counts.join(", "));
    text
}
