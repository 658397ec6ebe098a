//! Taking contacts and identities off a lead, `/leads/{id}/split`: two people were taken for one, or a merge was wrong.
//! What is chosen goes to a new lead.

use crate::ConsoleState;
use crate::contacts::rows;
use crate::forms::{Form, status};
use crate::lead_names;
use crate::leads::card::{Person, card};
use crate::shell::{Page as Shell, Section, Viewer, see_other};
use crate::times;
use askama::Template;
use axum::extract::State;
use axum::response::Response;
use maitred_app::identity::spelled;
use maitred_core::command::SplitLead;
use maitred_core::{Command, Contact, ContactId, Identity, LeadId, Outcome, limits};
use maitred_store::views::{ContactFilter, LeadCard, Page, distinct};
use maitred_web::params::Ids;
use maitred_web::problem::Problem;
use maitred_web::problem::refusals::IN_PATH;
use maitred_web::routes::Routes;
use maitred_web::rules::STAFF;
use maitred_web::{AppState, unexpected};

/// The latest contacts that can be chosen.
const CONTACTS: u32 = limits::SPLIT_MAX as u32;

pub(super) fn routes() -> Routes<ConsoleState> {
    Routes::new().get("/leads/{id}/split", STAFF, ask).post("/leads/{id}/split", STAFF, split)
}

async fn ask(viewer: Viewer, State(state): State<AppState>, Ids([id]): Ids<1>) -> Result<Response, Problem> {
    show(&viewer, &state, id, &Form::filled([])).await
}

async fn split(
    viewer: Viewer,
    State(state): State<AppState>,
    Ids([id]): Ids<1>,
    mut form: Form,
) -> Result<Response, Problem> {
    let of_lead = card(&state, id).await?.identities;
    let contacts = form.beginning("contact-").filter_map(|(id, _)| id.parse().ok().map(ContactId)).collect();
    let is_chosen = |identity: &Identity| !form.value(&field(identity)).is_empty();
    let identities: Vec<Identity> = of_lead.into_iter().filter(is_chosen).collect();
    let command = SplitLead { lead: LeadId(id), contacts, identities, name: None };
    if command.contacts.is_empty() && command.identities.is_empty() {
        form.fail_whole(viewer.t.t("split-nothing"));
        return show(&viewer, &state, id, &form).await;
    }
    match state.send(Command::SplitLead(command), IN_PATH).await {
        Ok(Outcome::Lead(new)) => return see_other(&format!("/leads/{}", new.id)),
        Ok(other) => return Err(unexpected(&other)),
        Err(problem) => form.refuse(viewer.t, problem)?,
    }
    show(&viewer, &state, id, &form).await
}

/// The field of an identity: one id may be in several spaces, and goes with all of them.
fn field(identity: &Identity) -> String {
    format!("identity-{}-{}", identity.kind.as_str(), identity.value)
}

async fn show(viewer: &Viewer, state: &AppState, id: i64, form: &Form) -> Result<Response, Problem> {
    let card = card(state, id).await?;
    let filter = ContactFilter { lead: Some(card.lead.id), ..ContactFilter::default() };
    let contacts = state.store().contacts(filter, Page { limit: CONTACTS, after: None }).await?;
    let named = state.store().named(rows::mentioned(&contacts)).await?;
    let source =
        |contact: &Contact| named.sources.get(&contact.source).map_or(String::new(), |source| source.name.to_string());
    let choice = |contact: &Contact| Choice {
        field: format!("contact-{}", contact.id),
        label: viewer.t.n("contact-number", contact.id.0),
        note: source(contact),
        at: times::moment(&viewer.zone, contact.created_at),
        text: contact.message.as_deref().unwrap_or_default().chars().take(80).collect(),
    };
    let page = SplitPage {
        page: viewer.page(viewer.t.t("split-title"), Section::Leads),
        person: Person::new(viewer, &card),
        identities: identities(viewer, &card),
        contacts: contacts.iter().map(choice).collect(),
        form,
    };
    viewer.show_as(status(form), &page)
}

fn identities(viewer: &Viewer, card: &LeadCard) -> Vec<(String, String)> {
    let label = |it: &Identity| format!("{}: {}", lead_names::kind(viewer.t, it), spelled(it));
    distinct(&card.identities).map(|identity| (field(identity), label(identity))).collect()
}

/// A contact to choose.
struct Choice {
    field: String,
    label: String,
    note: String,
    /// When it arrived, as HTML.
    at: String,
    text: String,
}

#[derive(Template)]
#[template(path = "leads/split.html")]
struct SplitPage<'a> {
    page: Shell<'a>,
    person: Person,
    /// The field and the words of each identity.
    identities: Vec<(String, String)>,
    contacts: Vec<Choice>,
    form: &'a Form,
}
