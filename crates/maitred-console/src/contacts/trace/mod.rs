//! "Where is my lead?", `/contacts/{id}/trace`: the five steps of a contact from what was received to the answer, each
//! with what was sent and what came back. Payloads and endpoints are shown to those who have their pages.

use super::card::section;
use crate::actors::by;
use crate::shell::{Page as Shell, Viewer};
use crate::{ConsoleState, times};
use askama::Template;
use axum::extract::State;
use axum::response::Response;
use maitred_app::auth::ActorNames;
use maitred_app::trace::{Places, Sees, Step, StepState, Trace, TracedDecision, TracedNotice};
use maitred_core::decision::Cause;
use maitred_core::{ContactId, EndpointId};
use maitred_store::clock::Rfc3339;
use maitred_web::AppState;
use maitred_web::caller::caller;
use maitred_web::params::Ids;
use maitred_web::problem::Problem;
use maitred_web::problem::refusals::unknown;
use maitred_web::routes::Routes;
use maitred_web::rules::{May, own};
use serde_json::Value;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::sync::Arc;

pub(super) fn routes() -> Routes<ConsoleState> {
    Routes::new().get("/contacts/{id}/trace", own(May::OwnContact), show)
}

#[derive(Template)]
#[template(path = "contacts/trace/trace.html")]
struct TracePage<'a> {
    page: Shell<'a>,
    trace: Trace,
    payloads: Vec<PayloadRow>,
    calls: Vec<CallRow>,
    actors: ActorNames,
}

/// Something that was received, with its text if that is kept and may be seen.
struct PayloadRow {
    source: i64,
    id: i64,
    at: String,
    made_contact: bool,
    body: Option<String>,
}

/// A call of an endpoint.
struct CallRow {
    endpoint: EndpointId,
    url: Arc<str>,
    at: String,
    r#type: Arc<str>,
    attempt: u32,
    status: Option<i64>,
    error: Option<Arc<str>>,
    answer: Option<Arc<str>>,
    /// The message, as JSON.
    sent: Option<Arc<str>>,
}

impl TracePage<'_> {
    fn title_of(&self, step: &Step) -> String {
        self.page.t.t(&format!("trace-step-{}", step.step.as_str()))
    }

    fn state_of(&self, step: &Step) -> String {
        self.page.t.t(&format!("trace-state-{}", step.state.as_str().replace('_', "-")))
    }

    /// What the step says, in the reader's language.
    fn says(&self, step: &Step) -> String {
        let t = self.page.t;
        let key = format!("trace-says-{}", step.saying.key());
        let word = step.saying.word().map(|word| t.t(&format!("trace-word-{}", word.replace('_', "-"))));
        let name = step.saying.name().unwrap_or_default().to_owned();
        t.with(&key, [("it", name.into()), ("word", word.unwrap_or_default().into())])
    }

    fn is(&self, step: &Step, name: &str) -> bool {
        step.step.as_str() == name
    }

    /// Whether its state says more than its time.
    fn tagged(&self, step: &Step) -> bool {
        step.state != StepState::Done
    }

    fn is_bad(&self, step: &Step) -> bool {
        matches!(step.state, StepState::Failed | StepState::Overdue)
    }

    fn moment(&self, at: &Rfc3339) -> String {
        times::moment(&self.page.viewer.zone, at.0)
    }

    /// How long after the last step that has a time this one happened.
    fn gap(&self, step: &Step) -> Option<String> {
        let at = step.at?.0;
        let earlier = self.trace.steps.iter().take_while(|it| it.step != step.step);
        let before = earlier.filter_map(|it| it.at).map(|at| at.0).max()?;
        let micros = at.0.checked_sub(before.0).filter(|micros| *micros > 0)?;
        Some(self.page.t.of("trace-later", &times::span(self.page.t, micros)))
    }

    fn cause(&self, decision: &TracedDecision) -> String {
        let cause = Cause::ALL.into_iter().find(|cause| cause.as_str() == decision.cause);
        cause.map(|cause| super::why::cause(self.page.t, cause)).unwrap_or_default()
    }

    fn to(&self, decision: &TracedDecision) -> String {
        match (&decision.operator_name, decision.operator_id) {
            (Some(name), _) => name.to_string(),
            (None, Some(id)) => self.page.t.n("operator-number", id.0),
            (None, None) => self.page.t.t("story-waits"),
        }
    }

    fn told(&self, notice: &TracedNotice) -> String {
        let word = notice.problem.unwrap_or(notice.state).replace('_', "-");
        self.page.t.t(&format!("trace-word-{word}"))
    }

    fn way(&self, notice: &TracedNotice) -> String {
        self.page.t.t(&format!("trace-way-{}", notice.way))
    }

    /// Who responded, where that says more than the operator who had it.
    fn responder(&self) -> Option<String> {
        by(self.page.t, self.trace.response.as_ref()?.actor?, &self.actors)
    }

    fn set_aside(&self) -> String {
        let label = |name: &String| match name.strip_prefix("lead_").unwrap_or(name) {
            "name" => self.page.t.t("lead-name"),
            "phone" => self.page.t.t("identity-phone"),
            "email" => self.page.t.t("identity-email"),
            _ => self.page.t.t("identity-external-id"),
        };
        self.trace.set_aside.iter().map(label).collect::<Vec<_>>().join(", ")
    }
}

async fn show(viewer: Viewer, State(state): State<AppState>, Ids([id]): Ids<1>) -> Result<Response, Problem> {
    let sees = if caller()?.own_operator().is_some() { Sees::OwnContact } else { Sees::Everything };
    let trace = Places::of(state.app()).await?.trace(ContactId(id), sees, viewer.now).await?;
    let trace = trace.ok_or_else(|| unknown("contact", &id))?;
    let page = viewer.page(viewer.t.t("trace-title"), section(&viewer));
    let page = TracePage {
        page: page.live(&format!("/live/changes?contact_id={id}")),
        payloads: payloads(&viewer, &state, &trace, sees).await?,
        calls: calls(&viewer, &state, &trace).await?,
        actors: state.access().names_of(trace.response.iter().filter_map(|it| it.actor)).await?,
        trace,
    };
    viewer.show(&page)
}

async fn payloads(viewer: &Viewer, state: &AppState, trace: &Trace, sees: Sees) -> Result<Vec<PayloadRow>, Problem> {
    let mut rows = Vec::new();
    for it in &trace.payloads {
        let kept = match sees {
            Sees::Everything => state.store().payload(it.source_id, it.id).await?,
            Sees::OwnContact => None,
        };
        let pretty = |text: &str| {
            let value: Value = serde_json::from_str(text).unwrap_or_default();
            serde_json::to_string_pretty(&value).unwrap_or_default()
        };
        rows.push(PayloadRow {
            source: it.source_id.0,
            id: it.id.0,
            at: times::moment(&viewer.zone, it.received_at.0),
            made_contact: it.made_contact,
            body: kept.map(|payload| pretty(&payload.body)),
        });
    }
    Ok(rows)
}

/// The calls, each with the message that was sent.
async fn calls(viewer: &Viewer, state: &AppState, trace: &Trace) -> Result<Vec<CallRow>, Problem> {
    let (mut rows, mut urls, mut events) = (Vec::new(), BTreeMap::new(), BTreeMap::new());
    for call in trace.deliveries.iter().flatten() {
        if let Entry::Vacant(url) = urls.entry(call.endpoint_id) {
            let endpoint = state.app().webhooks().endpoint(call.endpoint_id).await?;
            url.insert(endpoint.map(|endpoint| endpoint.shown_url()));
        }
        if let Some(position) = call.position.filter(|position| !events.contains_key(position)) {
            events.insert(position, state.store().events(position.saturating_sub(1), 1).await?.into_iter().next());
        }
        let event = call.position.and_then(|position| events.get(&position).cloned().flatten());
        let event = event.filter(|placed| Some(placed.position) == call.position);
        rows.push(CallRow {
            endpoint: call.endpoint_id,
            url: urls.get(&call.endpoint_id).cloned().flatten().unwrap_or_default(),
            at: times::moment(&viewer.zone, call.at.0),
            r#type: call.r#type.clone(),
            attempt: call.attempt,
            status: call.status,
            error: call.error.clone(),
            answer: call.answer.clone(),
            sent: event.map(|placed| state.app().webhooks().message(call.endpoint_id, placed).body),
        });
    }
    Ok(rows)
}
