//! One endpoint: how it is, what came of the last calls, changing it, and what can be done if something is wrong.

use super::form::{self, Choices};
use super::{Health, lag, made, refused, the_endpoint};
use crate::ConsoleState;
use crate::forms::{Form, status, whole};
use crate::shell::confirm::Confirm;
use crate::shell::{Page, Section, Viewer, see_other};
use crate::times;
use askama::Template;
use axum::extract::{RawQuery, State};
use axum::response::Response;
use maitred_app::version::Version;
use maitred_core::EndpointId;
use maitred_core::event::EndpointFault;
use maitred_core::limits::Invalid;
use maitred_store::endpoints::{Delivery, Endpoint, EndpointEdit, EndpointFormat};
use maitred_store::views::Page as Rows;
use maitred_web::AppState;
use maitred_web::caller::caller;
use maitred_web::params::Ids;
use maitred_web::problem::Problem;
use maitred_web::problem::refusals::{endpoint_not_changed, endpoint_not_signed, unknown};
use maitred_web::routes::Routes;
use maitred_web::rules::STAFF;
use std::sync::Arc;

/// Calls on the page of an endpoint.
pub(crate) const DELIVERIES: u32 = 50;

pub(super) fn routes() -> Routes<ConsoleState> {
    Routes::new()
        .get("/endpoints/{id}", STAFF, show)
        .post("/endpoints/{id}", STAFF, edit)
        .post("/endpoints/{id}/enabled", STAFF, switch)
        .post("/endpoints/{id}/test", STAFF, test)
        .get("/endpoints/{id}/rotate", STAFF, ask_to_rotate)
        .post("/endpoints/{id}/rotate", STAFF, rotate)
        .post("/endpoints/{id}/replay", STAFF, replay)
        .get("/endpoints/{id}/delete", STAFF, ask)
        .post("/endpoints/{id}/delete", STAFF, delete)
}

#[derive(Template)]
#[template(path = "endpoints/endpoint.html")]
struct EndpointPage<'a> {
    page: Page<'a>,
    form: &'a Form,
    endpoint: &'a Endpoint,
    choices: Choices,
    state: Health,
    /// Why it is disabled, in a sentence.
    disabled: Option<String>,
    lag: String,
    last: Option<String>,
    failing: Option<String>,
    rotated: Option<String>,
    deliveries: Vec<DeliveryRow>,
    before: Option<i64>,
    done: Option<String>,
}

/// One call, as a row.
struct DeliveryRow {
    at: String,
    r#type: Arc<str>,
    position: Option<i64>,
    attempt: u32,
    duration: String,
    status: Option<i64>,
    error: Option<Arc<str>>,
    answer: Option<Arc<str>>,
}

impl EndpointPage<'_> {
    fn is_crm(&self) -> bool {
        self.endpoint.format == EndpointFormat::Bitrix24
    }
}

impl DeliveryRow {
    fn of(viewer: &Viewer, delivery: Delivery) -> Self {
        Self {
            at: times::moment(&viewer.zone, delivery.at),
            r#type: delivery.r#type,
            position: delivery.position,
            attempt: delivery.attempt,
            duration: viewer.t.n("endpoint-ms", delivery.duration_ms),
            status: delivery.status,
            error: delivery.error,
            answer: delivery.answer,
        }
    }
}

async fn show(
    viewer: Viewer,
    State(state): State<AppState>,
    Ids([id]): Ids<1>,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let endpoint = the_endpoint(&state, id).await?;
    let asked = Form::of_query(&query.unwrap_or_default());
    let before = whole(asked.value("before")).ok();
    let done = match asked.value("done") {
        "saved" => Some(viewer.t.t("endpoint-saved")),
        "enabled" => Some(viewer.t.t("endpoint-enabled")),
        "disabled" => Some(viewer.t.t("endpoint-disabled")),
        "replayed" => Some(viewer.t.t("endpoint-replayed")),
        "delivered" => Some(viewer.t.t("endpoint-test-fine")),
        "failed" => Some(viewer.t.t("endpoint-test-failed")),
        _ => None,
    };
    show_with(&viewer, &state, &form::filled(&endpoint), &endpoint, (before, done)).await
}

async fn show_with(
    viewer: &Viewer,
    state: &AppState,
    form: &Form,
    endpoint: &Endpoint,
    (before, done): (Option<i64>, Option<String>),
) -> Result<Response, Problem> {
    let (t, now, webhooks) = (viewer.t, viewer.now, state.app().webhooks());
    // One more says whether there are older ones.
    let mut deliveries = webhooks.deliveries(endpoint.id, Rows { limit: DELIVERIES + 1, after: before }).await?;
    let has_more = deliveries.len() > DELIVERIES as usize;
    deliveries.truncate(DELIVERIES as usize);
    let undelivered = webhooks.undelivered_counts().await?.get(&endpoint.id).copied();
    let next = deliveries.last().filter(|_| has_more).map(|last| last.id);
    let disabled = endpoint.disabled.map(|disabled| match disabled.fault {
        Some(EndpointFault::Gone) => t.t("endpoint-gone-means"),
        Some(EndpointFault::Failing) => t.t("endpoint-failing-means"),
        None => t.t("endpoint-off-means"),
    });
    let old = endpoint.old_secret.map(|(_, until)| until).filter(|until| now < *until);
    let page = EndpointPage {
        page: viewer.page(t.t("endpoint"), Section::Elsewhere),
        form,
        endpoint,
        choices: Choices::read(state, Some(endpoint)).await?,
        state: Health::of(t, endpoint),
        disabled,
        lag: t.number(lag(endpoint, state.store().last_position().await?, undelivered)),
        last: endpoint.health.delivered_at.map(|at| times::ago(t, now, at)),
        failing: endpoint.health.failing_since.map(|at| times::moment(&viewer.zone, at)),
        rotated: old.map(|until| times::moment(&viewer.zone, until)),
        deliveries: deliveries.into_iter().map(|delivery| DeliveryRow::of(viewer, delivery)).collect(),
        before: next,
        done,
    };
    viewer.show_as(status(form), &page)
}

async fn edit(
    viewer: Viewer,
    State(state): State<AppState>,
    Ids([id]): Ids<1>,
    mut form: Form,
) -> Result<Response, Problem> {
    let endpoint = the_endpoint(&state, id).await?;
    let choices = Choices::read(&state, Some(&endpoint)).await?;
    form::rebase(viewer.t, &mut form, &endpoint);
    let Some(said) = form::read(&state, viewer.t, &mut form, &choices, Some(&endpoint)) else {
        return show_with(&viewer, &state, &form, &endpoint, (None, None)).await;
    };
    let edit = EndpointEdit {
        url: said.url.map(|url| url.text()),
        kinds: Some(said.wanted.kinds),
        sources: Some(said.wanted.sources),
        ..EndpointEdit::default()
    };
    let seen = [Version::of_endpoint(&endpoint).to_string()];
    match state.app().webhooks().edit(endpoint.id, Some(&seen), edit).await {
        Ok(edited) => edited.ok_or_else(|| unknown("endpoint", &id)).and_then(|_| then(id, "saved")),
        Err(error) => {
            form.refuse(viewer.t, endpoint_not_changed(error))?;
            show_with(&viewer, &state, &form, &endpoint, (None, None)).await
        }
    }
}

/// Leads to the page of the endpoint, which says what was done.
fn then(id: i64, done: &str) -> Result<Response, Problem> {
    see_other(&format!("/endpoints/{id}?done={done}"))
}

async fn switch(
    viewer: Viewer,
    State(state): State<AppState>,
    Ids([id]): Ids<1>,
    form: Form,
) -> Result<Response, Problem> {
    let enabled = form.switched("enabled")?;
    let edit = EndpointEdit { enabled: Some((enabled, viewer.now, caller()?.actor)), ..EndpointEdit::default() };
    let edited = state.app().webhooks().edit(EndpointId(id), None, edit).await;
    edited.map_err(endpoint_not_changed)?.ok_or_else(|| unknown("endpoint", &id))?;
    then(id, if enabled { "enabled" } else { "disabled" })
}

async fn test(State(state): State<AppState>, Ids([id]): Ids<1>) -> Result<Response, Problem> {
    let tested = state.app().webhooks().test(EndpointId(id)).await?;
    let (delivery, _) = tested.ok_or_else(|| unknown("endpoint", &id))?;
    then(id, if delivery.error.is_none() { "delivered" } else { "failed" })
}

async fn ask_to_rotate(viewer: Viewer, State(state): State<AppState>, Ids([id]): Ids<1>) -> Result<Response, Problem> {
    let endpoint = the_endpoint(&state, id).await?;
    if !endpoint.format.is_signed() {
        return Err(endpoint_not_signed(endpoint.id));
    }
    let ask = Confirm {
        page: viewer.page(viewer.t.t("endpoint-rotate"), Section::Elsewhere),
        what: &endpoint.shown_url(),
        means: viewer.t.t("endpoint-rotate-means"),
        action: &format!("/endpoints/{id}/rotate"),
        back: &format!("/endpoints/{id}"),
    };
    ask.show(&viewer)
}

async fn rotate(viewer: Viewer, State(state): State<AppState>, Ids([id]): Ids<1>) -> Result<Response, Problem> {
    let endpoint = the_endpoint(&state, id).await?;
    match state.app().webhooks().rotate(endpoint.id).await {
        Ok(secret) => {
            let secret = secret.ok_or_else(|| unknown("endpoint", &id))?;
            made(&viewer, endpoint.id, &secret, "endpoint-rotated")
        }
        Err(error) => {
            let mut form = form::filled(&endpoint);
            form.fail_whole(refused(viewer.t, error)?);
            show_with(&viewer, &state, &form, &endpoint, (None, None)).await
        }
    }
}

async fn replay(
    viewer: Viewer,
    State(state): State<AppState>,
    Ids([id]): Ids<1>,
    sent: Form,
) -> Result<Response, Problem> {
    let endpoint = the_endpoint(&state, id).await?;
    let mut form = form::filled(&endpoint);
    for name in ["from", "to"] {
        form.fill(name, || sent.value(name).to_owned());
    }
    let (from, to) =
        (form.read(viewer.t, "from", "rule-position", position), form.read(viewer.t, "to", "rule-position", position));
    let (Some(from), Some(to)) = (from, to) else {
        return show_with(&viewer, &state, &form, &endpoint, (None, None)).await;
    };
    if from > to {
        form.fail("to", viewer.t.t("rule-position-order"));
        return show_with(&viewer, &state, &form, &endpoint, (None, None)).await;
    }
    state.app().webhooks().replay(endpoint.id, from, to).await?;
    then(id, "replayed")
}

fn position(text: &str) -> Result<i64, Invalid> {
    whole(text).and_then(|at| if at > 0 { Ok(at) } else { Err(Invalid("is no position".to_owned())) })
}

#[derive(Template)]
#[template(path = "endpoints/delete.html")]
struct DeletePage<'a> {
    page: Page<'a>,
    endpoint: &'a Endpoint,
}

async fn ask(viewer: Viewer, State(state): State<AppState>, Ids([id]): Ids<1>) -> Result<Response, Problem> {
    let endpoint = the_endpoint(&state, id).await?;
    let page = viewer.page(viewer.t.t("endpoint-delete"), Section::Elsewhere);
    viewer.show(&DeletePage { page, endpoint: &endpoint })
}

async fn delete(State(state): State<AppState>, Ids([id]): Ids<1>) -> Result<Response, Problem> {
    if !state.app().webhooks().delete(EndpointId(id)).await? {
        return Err(unknown("endpoint", &id));
    }
    see_other("/endpoints")
}
