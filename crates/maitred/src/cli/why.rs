//! `maitred why OPERATOR [CONTACT]`: whether an operator may get a contact now, and if not, why and until when.

use super::Ended;
use super::output::{give, give_json, table};
use crate::config::Settings;
use maitred_app::availability::{Answer, AvailabilityOf, reasons_against};
use maitred_core::{ContactId, OperatorId, SourceId};
use maitred_store::Store;
use maitred_store::clock::{now, parse_rfc3339, rfc3339};
use serde_json::json;
use std::process::ExitCode;

/// Say why an operator gets no contacts, and until when
///
/// Names every reason, in the order in which decisions look at them, with its end if that is known. Works while a
/// server is running. Exit code 1: there is a reason.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  maitred why 3                may operator 3 get anything now?
  maitred why 3 1042           and contact 1042, which waits?
  maitred why 3 --source 2 --at 2027-03-27T23:00:00+01:00")]
pub(super) struct Why {
    /// The id of the operator
    operator: i64,
    /// The id of a contact, for that one and its source
    contact: Option<i64>,
    /// For contacts of this source
    #[arg(long, value_name = "ID")]
    source: Option<i64>,
    /// At this time (RFC 3339), as far as is known by now
    #[arg(long, value_name = "TIME")]
    at: Option<String>,
    /// Print JSON in the format of GET /api/v1/operators/{id}/availability
    #[arg(long)]
    json: bool,
}

impl Why {
    pub(super) fn run(&self, settings: &Settings) -> Ended {
        let at = match &self.at {
            Some(text) => parse_rfc3339(text).map_err(|_| {
                format!("--at {text} is not a time; give one in RFC 3339, such as 2027-03-27T23:00:00+01:00")
            })?,
            None => now(),
        };
        let of = AvailabilityOf {
            operator: OperatorId(self.operator),
            source: self.source.map(SourceId),
            contact: self.contact.map(ContactId),
            at,
        };
        let store = Store::open(&settings.database)?;
        let (operator, reasons) = match super::runtime()?.block_on(reasons_against(&store, of))? {
            Answer::Reasons(operator, reasons) => (operator, reasons),
            Answer::NoOperator => return Err(format!("there is no operator {}", self.operator).into()),
            Answer::NoSource(id) => return Err(format!("there is no source {id}").into()),
            Answer::NoContact(id) => return Err(format!("there is no contact {id}").into()),
        };
        if self.json {
            let each = reasons.iter().map(|it| json!({"reason": it.word, "until": it.until.map(rfc3339)}));
            give_json(&json!({"available": reasons.is_empty(), "reasons": each.collect::<Vec<_>>()}))?;
        } else if reasons.is_empty() {
            give(&format!("{} may get contacts: nothing is against it.\n", operator.name))?;
        } else {
            let mut rows = table(&["reason", "until"]);
            for it in &reasons {
                rows.add_row([it.word.replace('_', " "), it.until.map_or_else(|| "—".to_owned(), rfc3339)]);
            }
            give(&format!("{} gets nothing:\n{rows}\n", operator.name))?;
        }
        Ok(if reasons.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(1) })
    }
}
