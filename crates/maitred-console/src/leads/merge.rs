//! Two leads side by side, `/leads/{id}/merge?with=…`: what moves when the one is merged into the other, the question
//! before it, and the merge.

use super::exactly;
use crate::ConsoleState;
use crate::forms::{Form, status};
use crate::leads::card::{Person, card, show_with};
use crate::shell::{Page as Shell, Section, Viewer, see_other};
use askama::Template;
use axum::extract::{RawQuery, State};
use axum::response::Response;
use maitred_core::command::MergeLeads;
use maitred_core::limits::MERGE_CONTACTS_MAX;
use maitred_core::{Command, LeadId};
use maitred_store::views::LeadCard;
use maitred_web::AppState;
use maitred_web::params::Ids;
use maitred_web::problem::Problem;
use maitred_web::problem::refusals::IN_PATH;
use maitred_web::routes::Routes;
use maitred_web::rules::STAFF;

pub(super) fn routes() -> Routes<ConsoleState> {
    Routes::new().get("/leads/{id}/merge", STAFF, preview).post("/leads/{id}/merge", STAFF, merge)
}

async fn preview(
    viewer: Viewer,
    State(state): State<AppState>,
    Ids([id]): Ids<1>,
    RawQuery(raw): RawQuery,
) -> Result<Response, Problem> {
    show(&viewer, &state, id, Form::of_query(&raw.unwrap_or_default())).await
}

async fn merge(
    viewer: Viewer,
    State(state): State<AppState>,
    Ids([id]): Ids<1>,
    mut form: Form,
) -> Result<Response, Problem> {
    if let Ok(from) = form.value("with").parse().map(LeadId) {
        match state.send(Command::MergeLeads(MergeLeads { from, into: LeadId(id) }), IN_PATH).await {
            Ok(_) => return see_other(&format!("/leads/{id}")),
            Err(problem) => form.refuse(viewer.t, problem)?,
        }
    }
    show(&viewer, &state, id, form).await
}

/// The two side by side; the card of the first if the other cannot be merged into it.
async fn show(viewer: &Viewer, state: &AppState, id: i64, mut form: Form) -> Result<Response, Problem> {
    let (t, kept) = (viewer.t, card(state, id).await?);
    let absorbed = other(state, form.value("with").trim()).await?;
    let is_other = |other: &LeadCard| other.lead.id != kept.lead.id && other.lead.merged_into.is_none();
    let Some(absorbed) = absorbed.filter(is_other).filter(|_| kept.lead.merged_into.is_none()) else {
        form.fail("with", t.t("rule-merge"));
        return show_with(viewer, state, kept, &form, None).await;
    };
    let page = viewer.page(t.t("merge-title"), Section::Leads);
    let page = page.live(&format!("/live/changes?lead_id={id}"));
    let is_too_large = absorbed.contacts > MERGE_CONTACTS_MAX;
    let page = MergePage {
        page,
        form: &form,
        name: kept.lead.name.as_deref().or(absorbed.lead.name.as_deref()).map(str::to_owned),
        kept: Person::new(viewer, &kept),
        absorbed: Person::new(viewer, &absorbed),
        is_too_large,
    };
    viewer.show_as(status(&form), &page)
}

/// The lead with this number, or whom this phone, email or external id finds.
async fn other(state: &AppState, text: &str) -> Result<Option<LeadCard>, Problem> {
    if let Ok(id) = text.parse() {
        let found = state.store().lead(LeadId(id)).await?;
        if found.is_some() {
            return Ok(found);
        }
    }
    Ok(exactly(state, text).await?.into_iter().next())
}

#[derive(Template)]
#[template(path = "leads/merge.html")]
struct MergePage<'a> {
    page: Shell<'a>,
    form: &'a Form,
    kept: Person,
    absorbed: Person,
    /// How the one who remains will be called.
    name: Option<String>,
    /// Whether the absorbed one has more contacts than a merge moves.
    is_too_large: bool,
}

impl MergePage<'_> {
    /// The two, with what becomes of each.
    fn pair(&self) -> [(String, &Person); 2] {
        let t = self.page.t;
        [(t.t("merge-kept"), &self.kept), (t.t("merge-absorbed"), &self.absorbed)]
    }
}
