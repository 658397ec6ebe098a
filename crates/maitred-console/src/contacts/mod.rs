//! Contacts, `/contacts`: the newest first, by status, source, operator, lead and time, and the search for them. One
//! contact is in [`card`], why it went where it went in [`why`] and [`mod@line`], rows of a list in [`rows`].
//!
//! An open list stays as it is while contacts arrive: with a script it asks for the same rows again (`rows` in its
//! address), shows them as they are now, and says how many it does not show yet.

pub mod card;
pub mod choices;
mod decision;
mod entered;
mod file;
mod force;
pub mod line;
pub mod messages;
mod new;
mod notes;
pub(crate) mod query;
pub mod responses;
pub mod rows;
mod schedule;
mod selected;
mod sent;
mod story;
mod trace;
pub mod why;

use crate::ConsoleState;
use crate::forms::status;
use crate::lead_names::{self, called};
use crate::shell::{Page as Shell, Section, Viewer, see_other};
use askama::Template;
use axum::extract::{RawQuery, State};
use axum::response::Response;
use choices::Choices;
use maitred_core::{Contact, ContactId, LeadId, Operator, Source, Status};
use maitred_store::views::{Named, Page};
use maitred_web::AppState;
use maitred_web::lead_search::regions;
use maitred_web::problem::Problem;
use maitred_web::routes::Routes;
use maitred_web::rules::STAFF;
use query::Query;
use rows::Rows;
use selected::Action;
use std::collections::HashSet;

/// The rows of one page.
const ROWS: u32 = 50;

pub(super) fn routes() -> Routes<ConsoleState> {
    Routes::new()
        .get("/contacts", STAFF, list)
        .get("/contacts.csv", STAFF, file::send)
        .merge(new::routes())
        .merge(selected::routes())
        .merge(card::routes())
        .merge(decision::routes())
        .merge(trace::routes())
}

/// `GET /contacts`
async fn list(viewer: Viewer, State(state): State<AppState>, RawQuery(raw): RawQuery) -> Result<Response, Problem> {
    let choices = Choices::read(&state).await?;
    let (query, found) = asked(&viewer, &state, &raw.unwrap_or_default(), &choices).await?;
    if let (Some(contact), None) = (found.contact, &found.lead) {
        return see_other(&format!("/contacts/{contact}"));
    }
    let listed = match query.form.is_fine() && !found.is_nobody(&query) {
        true => Listed::read(&state, &query).await?,
        false => Listed::default(),
    };
    let mut mentioned = rows::mentioned(&listed.contacts);
    mentioned.leads.extend(query.filter.lead);
    mentioned.sources.extend(query.filter.source);
    mentioned.operators.extend(query.filter.operator);
    let named = state.store().named(mentioned).await?;
    let page = viewer.page(viewer.t.t("nav-contacts"), Section::Contacts).live("/live/changes");
    viewer.show_as(status(&query.form), &ListPage::new(page, &query, &choices, &found, &listed, &named))
}

/// What an address of the list asks for, with whom and what its search box found.
async fn asked(viewer: &Viewer, state: &AppState, raw: &str, choices: &Choices) -> Result<(Query, Found), Problem> {
    let mut query = Query::read(viewer, raw);
    let found = Found::of(state, &query, choices).await?;
    query.filter.lead = found.lead.or(query.filter.lead);
    Ok((query, found))
}

/// Whom and what the search box found.
#[derive(Default)]
struct Found {
    /// The contact with this number.
    contact: Option<ContactId>,
    /// The lead with this external id, phone or email; the first in matching order.
    lead: Option<LeadId>,
}

impl Found {
    async fn of(state: &AppState, query: &Query, choices: &Choices) -> Result<Self, Problem> {
        let Some(text) = query.search() else { return Ok(Self::default()) };
        let number = text.trim_start_matches(['#', '№']).parse().ok().map(ContactId);
        let contact = match number {
            Some(id) => state.store().contact(id).await?,
            None => None,
        };
        let leads = lead_names::found_by(state, text, &regions(state, &choices.sources)).await?;
        Ok(Self { contact: contact.map(|contact| contact.id), lead: leads.first().map(|card| card.lead.id) })
    }

    /// Whether somebody was searched for who is not there.
    fn is_nobody(&self, query: &Query) -> bool {
        query.search().is_some() && self.lead.is_none()
    }
}

/// What a list shows.
#[derive(Default)]
struct Listed {
    contacts: Vec<Contact>,
    /// Those that no longer are what was asked for.
    past: HashSet<ContactId>,
    /// How many there are that are not shown, since they came later.
    new: usize,
    has_more: bool,
}

impl Listed {
    async fn read(state: &AppState, query: &Query) -> Result<Self, Problem> {
        // One more than is shown tells whether there are more.
        let page = Page { limit: ROWS + 1, after: query.after };
        let mut first = state.store().contacts(query.filter, page).await?;
        let has_more = first.len() > ROWS as usize;
        first.truncate(ROWS as usize);
        let Some(kept) = query.rows.clone() else {
            return Ok(Self { contacts: first, has_more, ..Self::default() });
        };
        let mut contacts = state.store().contacts_among(kept.clone()).await?;
        if query.filter.oldest_first {
            contacts.reverse();
        }
        // Where rows left, older ones move up; they are not new.
        let oldest = kept.iter().min().copied().filter(|_| kept.len() == ROWS as usize);
        // With the oldest first, new ones come at the end of the list.
        let are_told = !query.filter.oldest_first;
        let is_new =
            |contact: &&Contact| are_told && !kept.contains(&contact.id) && oldest.is_none_or(|id| contact.id > id);
        let past = contacts.iter().filter(|contact| !query.holds(contact)).map(|contact| contact.id).collect();
        Ok(Self { new: first.iter().filter(is_new).count(), contacts, past, has_more })
    }
}

#[derive(Template)]
#[template(path = "contacts/contacts.html")]
struct ListPage<'a> {
    page: Shell<'a>,
    query: &'a Query,
    choices: &'a Choices,
    named: &'a Named,
    found: &'a Found,
    listed: &'a Listed,
    rows: Rows,
    /// The name of the lead that was found or asked for.
    lead: Option<String>,
}

impl<'a> ListPage<'a> {
    fn new(
        page: Shell<'a>,
        query: &'a Query,
        choices: &'a Choices,
        found: &'a Found,
        listed: &'a Listed,
        named: &'a Named,
    ) -> Self {
        let rows = Rows::new(page.viewer, &listed.contacts, named, &listed.past);
        let rows = rows.sorted(query.turned(), query.filter.oldest_first);
        let rows = if page.only_reads() { rows } else { rows.picked_by("selected") };
        let lead = query.filter.lead.map(|id| called(page.t, id, named.leads.get(&id)).first);
        Self { page, query, choices, named, found, listed, rows, lead }
    }

    /// The statuses to choose from, and what is overdue: where each leads, its name, whether it is the chosen one.
    fn statuses(&self) -> impl Iterator<Item = (String, String, bool)> {
        let all = [None].into_iter().chain(Status::ALL.map(Some)).map(|status| {
            let name = status.map_or_else(|| self.page.t.t("status-any"), |status| rows::status(self.page.t, status));
            let word = status.map_or("", Status::as_str);
            let is_here = self.query.filter.status == status && !self.query.filter.overdue;
            (self.query.address(&[("status", word), ("overdue", "")]), name, is_here)
        });
        let overdue = self.query.address(&[("status", ""), ("overdue", "true")]);
        all.chain([(overdue, self.page.t.t("status-overdue"), self.query.filter.overdue)])
    }

    /// The address of this page, without the rows that an open one keeps.
    fn here(&self) -> String {
        let after = self.query.after.map(|after| after.to_string()).unwrap_or_default();
        self.query.address(&[("after", &after)])
    }

    /// Where an open page asks for itself again: the same rows, as they are then.
    fn refresh(&self) -> Option<String> {
        let ids: Vec<String> = self.listed.contacts.iter().map(|contact| contact.id.to_string()).collect();
        let after = self.query.after.map(|after| after.to_string()).unwrap_or_default();
        (!ids.is_empty()).then(|| self.query.address(&[("after", &after), ("rows", &ids.join("."))]))
    }

    fn has_source(&self, source: &Source) -> bool {
        self.query.filter.source == Some(source.id)
    }

    fn has_operator(&self, operator: &Operator) -> bool {
        self.query.filter.operator == Some(operator.id)
    }

    /// The page behind this one.
    fn older(&self) -> Option<String> {
        let last = self.listed.contacts.last().filter(|_| self.listed.has_more)?;
        Some(self.query.address(&[("after", &last.id.to_string())]))
    }

    /// The search of everything for this.
    fn search(&self) -> String {
        serde_urlencoded::to_string([("q", self.query.search().unwrap_or_default())]).unwrap_or_default()
    }

    /// How many are ticked, in words, for each number that there can be.
    fn counts(&self) -> String {
        let count = |n| self.page.t.n("selected-count", n);
        (1..=self.listed.contacts.len()).map(count).collect::<Vec<_>>().join("|")
    }

    fn actions(&self) -> [Action; 4] {
        Action::ALL
    }

    /// The most contacts that something can be done with at once.
    const fn most(&self) -> usize {
        selected::CONTACTS_MAX
    }

    /// All of them as a file.
    fn file(&self) -> String {
        self.query.address(&[]).replacen("/contacts", "/contacts.csv", 1)
    }

    /// Whether other contacts match than those that are shown.
    fn are_others(&self) -> bool {
        self.listed.has_more || self.query.after.is_some() || self.listed.new > 0
    }

    /// How many are new; of very many, that they are.
    fn news(&self) -> Option<String> {
        match self.listed.new {
            0 => None,
            new if new == ROWS as usize => Some(self.page.t.n("contacts-new-many", new)),
            new => Some(self.page.t.n("contacts-new", new)),
        }
    }
}
