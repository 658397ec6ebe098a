//! One lead, `/leads/{id}`: identities, contacts, name, and possible duplicates.

use crate::ConsoleState;
use crate::contacts::rows::{self, Rows};
use crate::forms::{Form, status};
use crate::lead_names::{self, called_by};
use crate::shell::{Page as Shell, Section, Viewer, see_other};
use crate::times;
use askama::Template;
use axum::extract::{RawQuery, State};
use axum::response::Response;
use maitred_app::id_spaces;
use maitred_app::identity::{normalise, spelled, usable};
use maitred_core::command::LeadEdit;
use maitred_core::limits::Invalid;
use maitred_core::{Command, Identity, IdentityKind, LeadId, SourceId, limits};
use maitred_store::views::{ContactFilter, LeadCard, LeadFilter, Page, distinct};
use maitred_web::AppState;
use maitred_web::params::Ids;
use maitred_web::problem::refusals::{IN_PATH, unknown};
use maitred_web::problem::{Problem, kinds};
use maitred_web::routes::Routes;
use maitred_web::rules::STAFF;
use std::collections::HashSet;

/// The contacts of one page.
const CONTACTS: u32 = 25;
/// The possible duplicates that are shown side by side; the rest is counted.
const DOUBLES: usize = 6;

pub(super) fn routes() -> Routes<ConsoleState> {
    Routes::new().get("/leads/{id}", STAFF, show).post("/leads/{id}/name", STAFF, rename).post(
        "/leads/{id}/identities",
        STAFF,
        add_identity,
    )
}

async fn show(
    viewer: Viewer,
    State(state): State<AppState>,
    Ids([id]): Ids<1>,
    RawQuery(raw): RawQuery,
) -> Result<Response, Problem> {
    let card = card(&state, id).await?;
    let form = Form::filled([("name".to_owned(), card.lead.name.as_deref().unwrap_or_default().to_owned())]);
    let after = Form::of_query(&raw.unwrap_or_default()).value("after").parse().ok();
    show_with(&viewer, &state, card, &form, after).await
}

/// The card with a form in it.
pub(super) async fn show_with(
    viewer: &Viewer,
    state: &AppState,
    card: LeadCard,
    form: &Form,
    after: Option<i64>,
) -> Result<Response, Problem> {
    let id = card.lead.id;
    let filter = ContactFilter { lead: Some(id), ..ContactFilter::default() };
    let mut contacts = state.store().contacts(filter, Page { limit: CONTACTS + 1, after }).await?;
    let older = (contacts.len() > CONTACTS as usize).then(|| contacts[CONTACTS as usize - 1].id.0);
    contacts.truncate(CONTACTS as usize);
    let named = state.store().named(rows::mentioned(&contacts)).await?;
    let mut doubles = Vec::new();
    for other in card.possible_duplicates.iter().take(DOUBLES) {
        // A lead that was merged is nobody's duplicate any more.
        let other = state.store().lead(*other).await?.filter(|other| other.lead.merged_into.is_none());
        doubles.extend(other.map(|other| Person::new(viewer, &other)));
    }
    let person = Person::new(viewer, &card);
    let page = viewer.page(person.called.clone(), Section::Leads).live(&format!("/live/changes?lead_id={id}"));
    let card = CardPage {
        rows: (!contacts.is_empty()).then(|| Rows::new(viewer, &contacts, &named, &HashSet::new()).of_one()),
        taken: taken_by(state, form, id).await?,
        page,
        older,
        after,
        doubles,
        more: card.possible_duplicates.len().saturating_sub(DOUBLES),
        merged_into: card.lead.merged_into,
        erased_at: card.lead.erased_at.map(|at| times::moment(&viewer.zone, at)),
        blocked: blocked(viewer, state, &card).await?,
        person,
        form,
    };
    viewer.show_as(status(form), &card)
}

#[derive(Template)]
#[template(path = "leads/lead.html")]
struct CardPage<'a> {
    page: Shell<'a>,
    person: Person,
    rows: Option<Rows>,
    older: Option<i64>,
    after: Option<i64>,
    doubles: Vec<Person>,
    /// Possible duplicates that are not shown.
    more: usize,
    merged_into: Option<LeadId>,
    /// When it was erased, if it was.
    erased_at: Option<String>,
    /// The source whose bot they blocked, with its name, and since when that is known, as html.
    blocked: Option<(SourceId, String, String)>,
    form: &'a Form,
    /// Who has the identity that was typed.
    taken: Option<LeadId>,
}

async fn blocked(
    viewer: &Viewer,
    state: &AppState,
    card: &LeadCard,
) -> Result<Option<(SourceId, String, String)>, Problem> {
    let Some((id, at)) = card.lead.blocked() else { return Ok(None) };
    let name = state.store().source(id).await?.map(|source| source.name.to_string()).unwrap_or_default();
    Ok(Some((id, name, times::moment(&viewer.zone, at))))
}

/// A lead as it is shown.
pub(super) struct Person {
    pub(super) id: i64,
    pub(super) called: String,
    pub(super) name: Option<String>,
    /// The identities: kind and value.
    pub(super) identities: Vec<(String, String)>,
    pub(super) contacts: u64,
    pub(super) open: u64,
    pub(super) since: String,
}

impl Person {
    pub(super) fn new(viewer: &Viewer, card: &LeadCard) -> Self {
        let t = viewer.t;
        Self {
            id: card.lead.id.0,
            called: called_by(t, card.lead.id, card.lead.name.as_deref(), &card.identities).first,
            name: card.lead.name.as_deref().map(str::to_owned),
            identities: distinct(&card.identities)
                .map(|identity| (lead_names::kind(t, identity), spelled(identity)))
                .collect(),
            contacts: card.contacts,
            open: card.open_contacts,
            since: times::moment(&viewer.zone, card.lead.created_at),
        }
    }
}

async fn rename(
    viewer: Viewer,
    State(state): State<AppState>,
    Ids([id]): Ids<1>,
    mut form: Form,
) -> Result<Response, Problem> {
    let name = form.read_if_given(viewer.t, "name", "rule-lead-name", limits::name);
    edit(&viewer, &state, id, LeadEdit { name: Some(name), ..LeadEdit::default() }, form).await
}

async fn add_identity(
    viewer: Viewer,
    State(state): State<AppState>,
    Ids([id]): Ids<1>,
    mut form: Form,
) -> Result<Response, Problem> {
    let rules = state.regions().rules_of_deployment();
    let kind = kind(&form);
    let read = |text: &str| usable(kind, text, rules);
    let typed = form.read(viewer.t, "value", "rule-identity", read).into_iter().collect();
    let identities = match id_spaces::placed(state.store(), LeadId(id), typed, None).await? {
        Ok(identities) => identities,
        Err(_) => {
            form.fail("value", viewer.t.t("rule-identity-space"));
            Vec::new()
        }
    };
    edit(&viewer, &state, id, LeadEdit { name: None, identities }, form).await
}

fn kind(form: &Form) -> IdentityKind {
    IdentityKind::ALL.into_iter().find(|kind| kind.as_str() == form.value("kind")).unwrap_or(IdentityKind::Phone)
}

async fn edit(viewer: &Viewer, state: &AppState, id: i64, edit: LeadEdit, mut form: Form) -> Result<Response, Problem> {
    if form.is_fine() {
        match state.send(Command::EditLead(LeadId(id), edit), IN_PATH).await {
            Ok(_) => return see_other(&format!("/leads/{id}")),
            Err(problem) if problem.kind == &kinds::IDENTITY_TAKEN => {
                form.fail("value", viewer.t.t("problem-identity-taken"));
            }
            Err(problem) => form.refuse(viewer.t, problem)?,
        }
    }
    show_with(viewer, state, card(state, id).await?, &form, None).await
}

/// Who else has the identity that stands in the form.
async fn taken_by(state: &AppState, form: &Form, id: LeadId) -> Result<Option<LeadId>, Problem> {
    let identity: Result<Identity, Invalid> =
        limits::identity(form.value("value")).map(|text| normalise(kind(form), text, state.regions().of_deployment()));
    let (Ok(identity), true) = (identity, form.error("value").is_some()) else { return Ok(None) };
    let filter = LeadFilter { identities: vec![identity], ..LeadFilter::default() };
    let found = state.store().leads(filter, Page { limit: 1, after: None }).await?;
    Ok(found.first().map(|card| card.lead.id).filter(|other| *other != id))
}

/// A lead, also one who was merged into another.
pub(super) async fn card(state: &AppState, id: i64) -> Result<LeadCard, Problem> {
    state.store().lead(LeadId(id)).await?.ok_or_else(|| unknown("lead", &id))
}
