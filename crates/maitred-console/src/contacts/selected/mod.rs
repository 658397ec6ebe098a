//! Many contacts at once, `/contacts/selected`: those that were ticked in the list, or all that match its filters. What
//! is to be done with them is asked first, with each contact named; what becomes of them is in [`carry_out`]. A contact
//! that is not as it was when it was ticked is not among them, unless it is ticked again in the question.

mod carry_out;

use super::card::choice;
use super::choices::Choices;
use super::query::Query;
use super::rows::{self, Rows};
use crate::ConsoleState;
use crate::forms::{Form, status};
use crate::shell::{Page as Shell, Section, Viewer, is_ours, see_other};
use askama::Template;
use axum::extract::{RawQuery, State};
use axum::response::Response;
use maitred_app::version::{Precondition, Subject, Version};
use maitred_core::{Contact, ContactId, Operator, Status};
use maitred_store::views::{ContactFilter, Mentioned, Named, Page};
use maitred_web::AppState;
use maitred_web::problem::Problem;
use maitred_web::routes::Routes;
use maitred_web::rules::STAFF;
use std::cmp::Reverse;
use std::collections::{HashMap, HashSet};

/// The most contacts of one question.
pub(super) const CONTACTS_MAX: usize = 500;
/// The path of the question, and of what is said yes to.
pub(super) const PATH: &str = "/contacts/selected";

pub(super) fn routes() -> Routes<ConsoleState> {
    Routes::new().get(PATH, STAFF, ask).post(PATH, STAFF, carry_out::carry_out)
}

/// What can be done with many contacts at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Action {
    Resolve,
    Transfer,
    Release,
    Delete,
}

impl Action {
    pub(super) const ALL: [Self; 4] = [Self::Resolve, Self::Transfer, Self::Release, Self::Delete];

    fn of(form: &Form) -> Option<Self> {
        Self::ALL.into_iter().find(|action| action.word() == form.value("action"))
    }

    /// The word in addresses, forms and keys of texts.
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Resolve => "resolve",
            Self::Transfer => "transfer",
            Self::Release => "release",
            Self::Delete => "delete",
        }
    }

    /// The text on its button.
    pub(super) const fn text(self) -> &'static str {
        match self {
            Self::Resolve => "contact-resolve",
            Self::Transfer => "contact-transfer-do",
            Self::Release => "contact-release",
            Self::Delete => "contact-delete",
        }
    }

    /// The states of contacts that it changes.
    const fn statuses(self) -> &'static [Status] {
        match self {
            Self::Resolve | Self::Transfer => &[Status::Waiting, Status::Assigned],
            Self::Release => &[Status::Assigned],
            Self::Delete => &Status::ALL,
        }
    }

    fn changes(self, contact: &Contact) -> bool {
        self.statuses().contains(&contact.status)
    }
}

/// A contact that was ticked, and as what it was shown.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Chosen {
    id: ContactId,
    /// Its version then; without one it is taken as it is.
    version: Option<String>,
}

impl Chosen {
    fn read(text: &str) -> Option<Self> {
        let (id, version) = text.split_once('-').map_or((text, None), |(id, version)| (id, Some(version.to_owned())));
        Some(Self { id: ContactId(id.parse().ok()?), version })
    }

    /// All that a form names, each once.
    fn of(form: &Form) -> Vec<Self> {
        let mut seen = HashSet::new();
        let all = form.all("contact").filter_map(Self::read).filter(|chosen| seen.insert(chosen.id));
        all.take(CONTACTS_MAX).collect()
    }

    fn precondition(&self) -> Option<Precondition> {
        let version = self.version.clone()?;
        Some(Precondition { subject: Subject::Contact(self.id), versions: vec![version] })
    }
}

/// The value of the box by which a contact is ticked.
pub(super) fn value(contact: &Contact) -> String {
    format!("{}-{}", contact.id, Version::of_contact(contact))
}

/// What is asked about.
#[derive(Default)]
struct Selection {
    /// These will be changed.
    ready: Vec<Contact>,
    /// These would be, but were changed since they were ticked.
    changed: Vec<Contact>,
    /// With these it cannot be done.
    unsuited: Vec<Contact>,
    /// These are not there any more.
    gone: Vec<ContactId>,
    /// Whether there are more that match than are asked about at once.
    has_more: bool,
}

impl Selection {
    async fn of_ticked(state: &AppState, action: Action, form: &Form) -> Result<Self, Problem> {
        let chosen = Chosen::of(form);
        let found = state.store().contacts_among(chosen.iter().map(|chosen| chosen.id).collect()).await?;
        let versions: HashMap<ContactId, Option<String>> = chosen.into_iter().map(|it| (it.id, it.version)).collect();
        let there: HashSet<ContactId> = found.iter().map(|contact| contact.id).collect();
        let mut gone: Vec<ContactId> = versions.keys().filter(|id| !there.contains(id)).copied().collect();
        gone.sort_unstable_by_key(|id| Reverse(*id));
        let is_as_shown = |contact: &Contact| {
            let shown = versions.get(&contact.id).and_then(Option::as_deref);
            shown.is_none_or(|shown| *shown == Version::of_contact(contact).to_string())
        };
        let (suited, unsuited) = found.into_iter().partition::<Vec<_>, _>(|contact| action.changes(contact));
        let (ready, changed) = suited.into_iter().partition(is_as_shown);
        Ok(Self { ready, changed, unsuited, gone, has_more: false })
    }

    /// Of all that match, the first that the action changes.
    async fn of_filter(viewer: &Viewer, state: &AppState, action: Action, raw: &str) -> Result<Self, Problem> {
        let choices = Choices::read(state).await?;
        let (query, found) = super::asked(viewer, state, raw, &choices).await?;
        if !query.form.is_fine() || found.is_nobody(&query) {
            return Ok(Self::default());
        }
        let mut ready = matching(state, &query, action).await?;
        let has_more = ready.len() > CONTACTS_MAX;
        ready.truncate(CONTACTS_MAX);
        Ok(Self { ready, has_more, ..Self::default() })
    }
}

/// The first contacts that match and that the action changes, one more than is asked about if there are more.
async fn matching(state: &AppState, query: &Query, action: Action) -> Result<Vec<Contact>, Problem> {
    let is_asked_for = |status: &&Status| query.filter.status.is_none_or(|asked| asked == **status);
    let mut all = Vec::new();
    for status in action.statuses().iter().filter(is_asked_for) {
        let filter = ContactFilter { status: Some(*status), ..query.filter };
        all.extend(state.store().contacts(filter, Page { limit: CONTACTS_MAX as u32 + 1, after: None }).await?);
    }
    all.sort_unstable_by_key(|contact| if query.filter.oldest_first { contact.id.0 } else { -contact.id.0 });
    all.truncate(CONTACTS_MAX + 1);
    Ok(all)
}

/// `GET /contacts/selected`
async fn ask(viewer: Viewer, State(state): State<AppState>, RawQuery(raw): RawQuery) -> Result<Response, Problem> {
    let raw = raw.unwrap_or_default();
    let form = Form::of_query(&raw);
    let Some(action) = Action::of(&form) else { return see_other(back(&form)) };
    let selection = match form.is_ticked("all") {
        true => Selection::of_filter(&viewer, &state, action, &raw).await?,
        false => Selection::of_ticked(&state, action, &form).await?,
    };
    show(&viewer, &state, action, &selection, &form).await
}

async fn show(
    viewer: &Viewer,
    state: &AppState,
    action: Action,
    selection: &Selection,
    form: &Form,
) -> Result<Response, Problem> {
    let all = [&selection.ready, &selection.changed, &selection.unsuited].map(|contacts| rows::mentioned(contacts));
    let mut mentioned = Mentioned::default();
    for mut part in all {
        mentioned.leads.append(&mut part.leads);
        mentioned.sources.append(&mut part.sources);
        mentioned.operators.append(&mut part.operators);
    }
    let named = state.store().named(mentioned).await?;
    let choices = if action == Action::Transfer { Some(Choices::read(state).await?) } else { None };
    let page = viewer.page(viewer.t.t(action.text()), Section::Contacts);
    viewer.show_as(status(form), &AskPage { page, action, selection, form, named, choices })
}

/// The page that the list was on.
fn back(form: &Form) -> &str {
    let back = form.value("back");
    if is_ours(back) { back } else { "/contacts" }
}

#[derive(Template)]
#[template(path = "contacts/selected/ask.html")]
struct AskPage<'a> {
    page: Shell<'a>,
    action: Action,
    selection: &'a Selection,
    form: &'a Form,
    named: Named,
    /// To whom they can be transferred.
    choices: Option<Choices>,
}

impl AskPage<'_> {
    fn title(&self) -> String {
        self.page.t.n(&format!("selected-ask-{}", self.action.word()), self.selection.ready.len())
    }

    /// What will come of it.
    fn means(&self) -> String {
        self.page.t.t(&format!("selected-means-{}", self.action.word()))
    }

    /// Why some are left out.
    fn unsuited(&self) -> String {
        self.page.t.n(&format!("selected-unsuited-{}", self.action.word()), self.selection.unsuited.len())
    }

    fn gone(&self) -> String {
        let numbers: Vec<String> = self.selection.gone.iter().map(ToString::to_string).collect();
        self.page.t.of("selected-gone", &numbers.join(", "))
    }

    fn rows(&self, contacts: &[Contact]) -> Rows {
        Rows::new(self.page.viewer, contacts, &self.named, &HashSet::new())
    }

    /// The boxes of those that will be changed unless somebody says no.
    fn values(&self) -> impl Iterator<Item = String> {
        self.selection.ready.iter().map(value)
    }

    fn choice(&self, operator: &Operator) -> String {
        choice(self.page.t, operator)
    }

    fn can_go_on(&self) -> bool {
        !self.selection.ready.is_empty() || !self.selection.changed.is_empty()
    }

    const fn most(&self) -> usize {
        CONTACTS_MAX
    }

    fn back(&self) -> &str {
        back(self.form)
    }

    fn is_delete(&self) -> bool {
        self.action == Action::Delete
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_contact_is_ticked_once_as_it_was_shown() {
        let form = Form::of_query("contact=7-00ff&contact=x&contact=7-11aa&contact=9&action=release");
        let seven = Chosen { id: ContactId(7), version: Some("00ff".to_owned()) };
        assert_eq!(Chosen::of(&form), [seven, Chosen { id: ContactId(9), version: None }]);
        assert_eq!(Action::of(&form), Some(Action::Release));
        let many = (0..2 * CONTACTS_MAX).map(|id| format!("contact={id}")).collect::<Vec<_>>().join("&");
        assert_eq!(Chosen::of(&Form::of_query(&many)).len(), CONTACTS_MAX);
    }
}
