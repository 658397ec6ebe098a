//! Entering a contact by hand, `/contacts/new`: somebody called, or came in. It is taken in and routed as one that a
//! program sends. Its page says then who got it, whether the lead was known, and what of it identifies nobody.

use super::card::{APPENDED, ENTERED};
use super::choices::Choices;
use super::schedule;
use crate::ConsoleState;
use crate::forms::{Form, status, whole};
use crate::shell::{Page as Shell, Section, Viewer, see_other};
use crate::texts::Texts;
use askama::Template;
use axum::extract::{RawQuery, State};
use axum::response::Response;
use maitred_app::identity::{self, Given};
use maitred_core::command::Submit;
use maitred_core::limits::Invalid;
use maitred_core::{Command, Outcome, Rejection, Source, SourceId, limits};
use maitred_web::problem::Problem;
use maitred_web::routes::Routes;
use maitred_web::rules::STAFF;
use maitred_web::{AppState, params, unexpected};
use std::sync::Arc;

const PATH: &str = "/contacts/new";
/// The fields of identities, in matching order, with what is said where one cannot be kept.
const IDENTITIES: [&str; 3] = ["lead_external_id", "lead_phone", "lead_email"];

pub(super) fn routes() -> Routes<ConsoleState> {
    Routes::new().get(PATH, STAFF, blank).post(PATH, STAFF, create)
}

#[derive(Template)]
#[template(path = "contacts/new.html")]
struct NewPage<'a> {
    page: Shell<'a>,
    form: &'a Form,
    choices: Choices,
}

impl NewPage<'_> {
    fn is_chosen(&self, source: &Source) -> bool {
        let chosen = self.form.value("source_id");
        chosen == source.id.to_string() || chosen.is_empty() && self.choices.sources.len() == 1
    }
}

async fn blank(viewer: Viewer, State(state): State<AppState>, RawQuery(raw): RawQuery) -> Result<Response, Problem> {
    // A link to this page may name the source, or the lead's phone.
    show(&viewer, &state, &Form::of_query(&raw.unwrap_or_default())).await
}

async fn show(viewer: &Viewer, state: &AppState, form: &Form) -> Result<Response, Problem> {
    let choices = Choices::read(state).await?;
    let page = viewer.page(viewer.t.t("contact-new"), Section::Contacts);
    viewer.show_as(status(form), &NewPage { page, form, choices })
}

async fn create(viewer: Viewer, State(state): State<AppState>, mut form: Form) -> Result<Response, Problem> {
    let key = form.key();
    let Some(submit) = read(&viewer, &state, &mut form).await? else { return show(&viewer, &state, &form).await };
    let in_form = |rejection: &Rejection| matches!(rejection, Rejection::UnknownSource(_)).then(|| "/source_id".into());
    match state.send_once(Command::Submit(submit), key, &in_form).await {
        Ok(Outcome::Contact(contact) | Outcome::Closed(contact, _)) => {
            see_other(&format!("/contacts/{}?{ENTERED}=true", contact.id))
        }
        Ok(Outcome::Appended(contact, _)) => see_other(&format!("/contacts/{}?{APPENDED}=true", contact.id)),
        Ok(other) => Err(unexpected(&other)),
        Err(problem) if problem.kind == &maitred_web::problem::kinds::UNKNOWN_REFERENCE => {
            form.fail("source_id", viewer.t.t("contact-new-no-source"));
            show(&viewer, &state, &form).await
        }
        Err(problem) => {
            form.refuse(viewer.t, problem)?;
            show(&viewer, &state, &form).await
        }
    }
}

/// What the form says, if all of it is right. A person can correct what a program could not, so nothing is repaired.
async fn read(viewer: &Viewer, state: &AppState, form: &mut Form) -> Result<Option<Submit>, Problem> {
    let t = viewer.t;
    let source = form.read(t, "source_id", "contact-new-no-source", params::id).map(SourceId);
    let lead_name = form.read_if_given(t, "lead_name", "rule-lead-name", limits::name);
    let message = form.read_if_given(t, "message", "rule-message", message);
    let priority = form.read_if_given(t, "priority", "rule-priority", priority);
    let not_before = form.read_if_given(t, "not_before", "rule-not-before", |text| schedule::not_before(viewer, text));
    if says_nothing(form) {
        form.fail_whole(t.t("contact-new-nothing"));
    }
    let Some(source) = source else { return Ok(None) };
    let rules = state.regions().of(source, state.store()).await?;
    let given = |form: &Form, name: &str| Some(form.value(name).trim().to_owned()).filter(|text| !text.is_empty());
    let [external_id, phone, email] = IDENTITIES.map(|name| given(form, name));
    let given = Given { external_id: external_id.as_deref(), phone: phone.as_deref(), email: email.as_deref() };
    let collected = match identity::collect(given, rules) {
        Ok(collected) => collected,
        Err(errors) => {
            fail_identities(t, form, &errors);
            return Ok(None);
        }
    };
    let submit =
        Submit { lead_name, message, priority: priority.unwrap_or(0), not_before, ..Submit::new(source, Vec::new()) };
    Ok(form.is_fine().then(|| collected.put_into(submit)))
}

fn fail_identities(t: Texts, form: &mut Form, errors: &[(maitred_core::IdentityKind, Invalid)]) {
    for (kind, _) in errors {
        form.fail(&format!("lead_{}", kind.as_str()), t.t("rule-identity-length"));
    }
}

/// Whether nothing is known of the person and they say nothing.
fn says_nothing(form: &Form) -> bool {
    IDENTITIES.iter().chain(&["lead_name", "message"]).all(|name| form.value(name).trim().is_empty())
}

/// Lines of a form end as those of a mail do.
fn message(text: &str) -> Result<Arc<str>, Invalid> {
    limits::message(&text.replace("\r\n", "\n"))
}

fn priority(text: &str) -> Result<i32, Invalid> {
    limits::priority(whole(&text.replace('\u{2212}', "-"))?)
}
