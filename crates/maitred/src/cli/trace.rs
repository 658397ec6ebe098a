//! `maitred trace CONTACT`: where a lead is, in five steps from what was received to the answer.

use super::Ended;
use super::output::{give, give_json};
use crate::config::Settings;
use maitred_app::trace::{Places, Sees, Trace};
use maitred_core::ContactId;
use maitred_store::clock::now;
use maitred_store::{EndpointStore, PushStore, Store, TelegramStore};
use std::fmt::Write;
use std::process::ExitCode;
use std::sync::Arc;

/// Say where a lead is: received, mapped, decided, told, answered
///
/// Shows when each step of a contact happened and what is known of it; steps that do not apply say so. Works while a
/// server is running.
#[derive(clap::Args)]
pub(super) struct TraceContact {
    /// The id of the contact
    contact: i64,
    /// Print JSON in the format of GET /api/v1/contacts/{id}/trace
    #[arg(long)]
    json: bool,
}

impl TraceContact {
    pub(super) fn run(&self, settings: &Settings) -> Ended {
        let store = Store::open(&settings.database)?;
        let read = async {
            let telegram = TelegramStore::open(&settings.database).await?;
            let setup = Arc::new(telegram.setup().await?);
            let endpoints = EndpointStore::open(&settings.database).await?;
            let push = PushStore::open(&settings.database).await?;
            let sends_mail = settings.smtp_url.is_some();
            let places = Places { store, endpoints, telegram, push, setup, sends_mail };
            places.trace(ContactId(self.contact), Sees::Everything, now()).await
        };
        let Some(trace) = super::runtime()?.block_on(read)? else {
            return Err(format!("there is no contact {}", self.contact).into());
        };
        if self.json {
            give_json(&trace)?;
        } else {
            give(&laid_out(&trace))?;
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn laid_out(trace: &Trace) -> String {
    let mut text = format!("Contact {} of lead {} is {}.\n", trace.contact_id, trace.lead_id, trace.status.as_str());
    for step in &trace.steps {
        let at = step.at.map_or_else(|| step.state.as_str().replace('_', " "), |at| at.to_string());
        let _ = writeln!(text, "  {:<9} {at:<27}  {}", step.step.as_str(), step.says);
    }
    if !trace.set_aside.is_empty() {
        let _ = writeln!(text, "\n  set aside: {}", trace.set_aside.join(", "));
    }
    for call in trace.deliveries.iter().flatten() {
        let what = match (&call.error, call.status) {
            (Some(error), _) => error.to_string(),
            (None, status) => status.map_or_else(String::new, |status| status.to_string()),
        };
        let _ = writeln!(text, "  endpoint {}: {} {} {what}", call.endpoint_id, call.at, call.r#type);
    }
    text
}
