//! The settings of a source, new or not, and the question before it is deleted.

use super::{kinds, new_source, phones, policies, shown_steps, with_intake};
use crate::calendars::choices;
use crate::caps::{self, CAPS};
use crate::forms::{Form, status};
use crate::shell::{Page, Section, Viewer, see_other};
use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use maitred_app::calendars::{hours_of_new, set_opening};
use maitred_app::version::{Precondition, Subject, Version};
use maitred_core::caps::CapRule;
use maitred_core::command::{DeleteSource, NewSource, OfferEdit, ReleaseEdit, SetSourceCaps, SourceEdit, UrgencyEdit};
use maitred_core::{CalendarId, Command, Outcome, Rejection, Source, SourceId};
use maitred_store::views::{Page as StorePage, SourceBook};
use maitred_web::caller::caller;
use maitred_web::params::Ids;
use maitred_web::problem::refusals::{IN_PATH, Pointers, hours_not_set, unknown};
use maitred_web::problem::{Problem, kinds as problems};
use maitred_web::{AppState, unexpected};
use std::sync::Arc;

/// Sources to choose the fallback from.
pub(crate) const FALLBACKS_SHOWN: u32 = 500;

#[derive(Template)]
#[template(path = "sources/settings.html")]
struct SettingsPage<'a> {
    page: Page<'a>,
    form: &'a Form,
    /// None yet when it is new.
    source: Option<&'a Source>,
    /// Calendars to choose from.
    calendars: &'a [(String, Arc<str>)],
    /// Sources that it may fall back on, as far as they are shown.
    fallbacks: &'a [(String, Arc<str>)],
}

impl SettingsPage<'_> {
    fn kinds(&self) -> impl Iterator<Item = (&'static str, String)> {
        kinds(self.page.t)
    }

    fn policies(&self) -> impl Iterator<Item = (&'static str, String, String)> {
        policies(self.page.t)
    }

    /// Whether the part about operators who left is to be seen at once.
    fn has_releases(&self) -> bool {
        let fields = ["away_release_s", "shift_end_release_s"];
        fields.iter().any(|name| !self.form.value(name).is_empty() || self.form.error(name).is_some())
    }

    /// Whether the part about responses is to be seen at once.
    fn has_urgency(&self) -> bool {
        ["respond_within_s", "ageing", "escalate_priority"].iter().any(|name| !self.form.value(name).is_empty())
    }

    /// Whether the part about offers is to be seen at once.
    fn has_offers(&self) -> bool {
        let fields = ["accept_within_s", "retry_after_s", "pause_after_misses", "escalate_after_rounds"];
        !self.form.value(fields[0]).is_empty() || fields.iter().any(|name| self.form.error(name).is_some())
    }
}

/// Whether it is really to be deleted.
#[derive(Template)]
#[template(path = "sources/delete.html")]
struct DeletePage<'a> {
    page: Page<'a>,
    source: &'a Source,
    /// Its contacts that are not resolved.
    open: u64,
    /// Whether contacts came while it was asked.
    is_surprised: bool,
}

pub(super) async fn blank(viewer: Viewer, State(state): State<AppState>) -> Result<Response, Problem> {
    show_with(&viewer, &state, &Form::default(), None).await
}

async fn show_with(
    viewer: &Viewer,
    state: &AppState,
    form: &Form,
    source: Option<&Source>,
) -> Result<Response, Problem> {
    let calendars = choices(state).await?;
    let fallbacks = fallbacks(state, source).await?;
    let title = source.map_or_else(|| viewer.t.t("source-new"), |source| source.name.to_string());
    let page = viewer.page(title, Section::Sources);
    viewer.show_as(status(form), &SettingsPage { page, form, source, calendars: &calendars, fallbacks: &fallbacks })
}

pub(super) async fn create(viewer: Viewer, State(state): State<AppState>, mut form: Form) -> Result<Response, Problem> {
    if let Some(new) = new_source(viewer.t, &mut form) {
        match add(&state, &form, new).await {
            Ok(outcome) => return to_the_source(outcome),
            Err(problem) => form.refuse(viewer.t, problem)?,
        }
    }
    show_with(&viewer, &state, &form, None).await
}

async fn add(state: &AppState, form: &Form, new: NewSource) -> Result<Outcome, Problem> {
    let hours = hours_of_new(state.app(), calendar(form)).await.map_err(|error| hours_not_set(error, IN_CALENDAR))?;
    let new = with_intake(NewSource { hours, ..new })?;
    state.send_once(Command::CreateSource(new), form.key(), IN_CALENDAR).await
}

/// The id and the name of each source that a source may fall back on. Circles are refused when they are chosen.
async fn fallbacks(state: &AppState, source: Option<&Source>) -> Result<Vec<(String, Arc<str>)>, Problem> {
    let sources = state.store().sources(StorePage { limit: FALLBACKS_SHOWN, after: None }).await?;
    let is_other = |other: &Source| source.is_none_or(|source| source.id != other.id && source.demo == other.demo);
    let chosen = match source.and_then(|source| source.fallback) {
        Some(id) if !sources.iter().any(|it| it.id == id) => state.store().source(id).await?,
        Some(_) | None => None,
    };
    let all = sources.into_iter().filter(is_other).chain(chosen);
    Ok(all.map(|source| (source.id.to_string(), source.name)).collect())
}

/// The calendar that was chosen, if one.
fn calendar(form: &Form) -> Option<CalendarId> {
    form.value("calendar_id").parse().ok().map(CalendarId)
}

/// A calendar may be deleted while the form is filled in.
const IN_CALENDAR: Pointers<'static> =
    &|rejection| matches!(rejection, Rejection::UnknownCalendar(_)).then(|| "/calendar_id".to_owned());

pub(super) async fn show(
    viewer: Viewer,
    State(state): State<AppState>,
    Ids([id]): Ids<1>,
) -> Result<Response, Problem> {
    let source = source(&state, id).await?;
    let form = Form::stored(settings(&source).map(|(name, value)| (name.to_owned(), value)));
    show_with(&viewer, &state, &form, Some(&source)).await
}

/// What the form of a source is made of.
fn settings(source: &Source) -> [(&'static str, String); 25] {
    let text = |text: &Option<Arc<str>>| text.as_deref().unwrap_or_default().to_owned();
    let ticked = |is_ticked| if is_ticked { "true".to_owned() } else { String::new() };
    let number = |number: Option<u32>| number.map(|number| number.to_string()).unwrap_or_default();
    let offers = source.offers;
    [
        ("name", source.name.to_string()),
        ("description", source.description.to_string()),
        ("kind", source.kind.as_str().to_owned()),
        ("policy", source.policy.as_str().to_owned()),
        ("sticky", ticked(source.sticky)),
        ("default_region", text(&source.default_region)),
        ("id_space", text(&source.id_space)),
        ("reply_url", text(&source.reply_url)),
        ("short_phones", ticked(source.short_phones)),
        ("hides_names", ticked(source.hides_names)),
        ("accept_within_s", number(offers.accept_within_s)),
        ("retry_after_s", offers.retry_after_s.to_string()),
        ("pause_after_misses", number(offers.pause_after_misses)),
        ("escalate_after_rounds", number(offers.escalate_after_rounds)),
        ("declines_are_free", ticked(offers.declines_are_free)),
        ("calendar_id", source.calendar.map(|id| id.to_string()).unwrap_or_default()),
        ("away_release_s", number(source.releases.away_release_s)),
        ("shift_end_release_s", number(source.releases.shift_end_release_s)),
        ("respond_within_s", number(source.urgency.respond_within_s)),
        ("ageing", shown_steps(&source.urgency.ageing)),
        ("escalate_priority", source.urgency.escalate_priority.map(|it| it.to_string()).unwrap_or_default()),
        ("when_open", source.conversation.when_open.as_str().to_owned()),
        ("reopen_within_s", number(source.conversation.reopen_within_s)),
        (CAPS, caps::text(source.all_caps())),
        ("fallback_source_id", source.fallback.map(|id| id.to_string()).unwrap_or_default()),
    ]
}

pub(super) async fn edit(
    viewer: Viewer,
    State(state): State<AppState>,
    Ids([id]): Ids<1>,
    mut form: Form,
) -> Result<Response, Problem> {
    let source = source(&state, id).await?;
    settings(&source).iter().for_each(|(name, now)| form.rebase(viewer.t, name, now));
    let new_caps = source_caps(&viewer, &mut form, &source);
    if let Some(new) = new_source(viewer.t, &mut form).filter(|_| form.is_fine()) {
        let edit = SourceEdit {
            name: Some(new.name),
            description: Some(new.description),
            kind: Some(new.kind),
            policy: Some(new.policy),
            sticky: Some(new.sticky),
            default_region: Some(new.default_region),
            id_space: Some(new.id_space),
            reply_url: Some(new.reply_url),
            short_phones: Some(new.short_phones),
            hides_names: Some(new.hides_names),
            offers: OfferEdit::all(new.offers),
            hours: None,
            releases: ReleaseEdit::all(new.releases),
            urgency: UrgencyEdit::all(&new.urgency),
            when_open: Some(new.conversation.when_open),
            reopen_within_s: Some(new.conversation.reopen_within_s),
            fallback: Some(new.fallback),
        };
        match save(&state, &form, &source, edit).await {
            Ok(after) => {
                let is_set = match new_caps {
                    Some(new) => set_caps(&viewer, &state, &mut form, &source, new).await?,
                    None => true,
                };
                if is_set {
                    return changed(&state, &source, &after).await;
                }
            }
            Err(problem) => form.refuse(viewer.t, problem)?,
        }
    }
    show_with(&viewer, &state, &form, Some(&source)).await
}

/// The caps that the form says, if they are others than those of the source. They count its own contacts.
fn source_caps(viewer: &Viewer, form: &mut Form, source: &Source) -> Option<Vec<CapRule>> {
    let rules = caps::changed(viewer, form, source.all_caps())?;
    if rules.iter().any(|rule| rule.source.is_some()) {
        form.fail(CAPS, viewer.t.t("source-caps-no-source"));
    }
    Some(rules)
}

/// Sets the caps of a source; what is wrong is noted in the form, and then it is false.
async fn set_caps(
    viewer: &Viewer,
    state: &AppState,
    form: &mut Form,
    source: &Source,
    caps: Vec<CapRule>,
) -> Result<bool, Problem> {
    let unchanged = Precondition::of(Subject::SourceCaps(source.id), Version::of_source_caps(source));
    let command = Command::SetSourceCaps(SetSourceCaps { source: source.id, caps });
    caps::set(viewer, state, form, unchanged, command).await
}

/// Changes a source as it was seen; with another calendar its hours as well.
async fn save(state: &AppState, form: &Form, source: &Source, edit: SourceEdit) -> Result<Source, Problem> {
    let unchanged = Some(Precondition::of(Subject::Source(source.id), Version::of_source(source)));
    let calendar = calendar(form);
    if calendar != source.calendar {
        let set = set_opening(state.app(), &caller()?, unchanged, source.id, edit, calendar).await;
        return set.map_err(|error| hours_not_set(error, IN_CALENDAR));
    }
    match state.send_if(unchanged, Command::EditSource(source.id, edit), IN_PATH).await? {
        Outcome::Source(after) => Ok(after),
        other => Err(unexpected(&other)),
    }
}

/// Leads on after a change: to phones that can be read now, if there are any, else to the page of the source.
async fn changed(state: &AppState, before: &Source, after: &Source) -> Result<Response, Problem> {
    let rules = |source: &Source| (source.default_region.clone(), source.kind, source.short_phones);
    let is_read_otherwise = rules(before) != rules(after);
    match is_read_otherwise && phones::is_any_readable(state, after.id).await? {
        true => see_other(&format!("/sources/{}/phones", after.id)),
        false => see_other(&format!("/sources/{}", after.id)),
    }
}

/// Leads to the page of a source that was added.
fn to_the_source(outcome: Outcome) -> Result<Response, Problem> {
    match outcome {
        Outcome::Source(source) => see_other(&format!("/sources/{}", source.id)),
        // What it is for comes next: its address.
        Outcome::SourceWithIntake(source, _) => see_other(&format!("/sources/{}/intake", source.id)),
        other => Err(unexpected(&other)),
    }
}

pub(super) async fn ask(viewer: Viewer, State(state): State<AppState>, Ids([id]): Ids<1>) -> Result<Response, Problem> {
    let book = book(&state, id).await?;
    ask_about(&viewer, &book, false)
}

fn ask_about(viewer: &Viewer, book: &SourceBook, is_surprised: bool) -> Result<Response, Problem> {
    let page = viewer.page(viewer.t.t("source-delete"), Section::Sources);
    let page = page.live(&format!("/live/changes?source_id={}", book.source.id));
    let open = book.counts.open();
    let status = if is_surprised { StatusCode::CONFLICT } else { StatusCode::OK };
    viewer.show_as(status, &DeletePage { page, source: &book.source, open, is_surprised })
}

/// Deletes it. Contacts are resolved only if the question said so.
pub(super) async fn delete(
    viewer: Viewer,
    State(state): State<AppState>,
    Ids([id]): Ids<1>,
    form: Form,
) -> Result<Response, Problem> {
    let command = Command::DeleteSource(DeleteSource { source: SourceId(id), force: form.value("force") == "true" });
    match state.send(command, IN_PATH).await {
        Ok(_) => see_other("/sources"),
        Err(problem) if problem.kind.name == problems::SOURCE_IN_USE.name => {
            ask_about(&viewer, &book(&state, id).await?, true)
        }
        Err(problem) => Err(problem),
    }
}

async fn source(state: &AppState, id: i64) -> Result<Source, Problem> {
    state.store().source(SourceId(id)).await?.ok_or_else(|| unknown("source", &id))
}

pub(super) async fn book(state: &AppState, id: i64) -> Result<SourceBook, Problem> {
    state.store().source_book(SourceId(id)).await?.ok_or_else(|| unknown("source", &id))
}
