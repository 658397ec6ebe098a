//! What a text finds, of what its reader may see: a contact by its number, leads, operators, sources, and contacts by
//! words of their messages. An operator finds what is theirs.

use super::Query;
use crate::contacts::rows;
use crate::lead_names::{called, called_by};
use crate::pauses;
use crate::shell::Viewer;
use crate::times;
use maitred_app::identity::spelled;
use maitred_app::message_search::{self, Found, MessageSearch, Rest};
use maitred_core::{Contact, ContactId, Operator, OperatorId, Source};
use maitred_store::views::{ContactFilter, LeadCard, LeadFilter, Named, Page, distinct};
use maitred_store::words::Words;
use maitred_web::AppState;
use maitred_web::lead_search::lead_search;
use maitred_web::problem::Problem;
use std::sync::Arc;
use std::time::Duration;

/// The most operators, and the most sources, that are searched.
const SEARCHED_MAX: u32 = 20_000;
/// Characters of a message in front of the word that was found, and all that are shown.
const SNIPPET_BEFORE: usize = 40;
const SNIPPET_CHARS: usize = 160;

/// Something that was found.
pub(super) struct Hit {
    pub(super) address: String,
    pub(super) name: String,
    /// What tells it from others of that name.
    pub(super) more: String,
    /// In which state it is, or when it arrived, as html.
    pub(super) aside: String,
}

/// What was found of one kind.
pub(super) struct Group {
    /// The key of its title, and its id on the page.
    pub(super) title: &'static str,
    pub(super) hits: Vec<Hit>,
    /// Where all are that were found, if there are more.
    pub(super) all: Option<String>,
    /// Whether there may be more, which a longer text would find.
    pub(super) is_cut: bool,
    /// What is left of the messages.
    pub(super) rest: Option<Rest>,
}

impl Group {
    const fn new(title: &'static str, hits: Vec<Hit>) -> Self {
        Self { title, hits, all: None, is_cut: false, rest: None }
    }
}

/// How much is looked for.
#[derive(Clone, Copy)]
pub(super) struct Extent {
    /// Of each kind.
    pub(super) hits: usize,
    /// How long messages are looked through.
    pub(super) time: Duration,
}

/// All groups that have something, and that of messages if there is more to look through.
pub(super) async fn groups(
    state: &AppState,
    viewer: &Viewer,
    query: &Query,
    extent: Extent,
) -> Result<Vec<Group>, Problem> {
    let mut groups = Vec::new();
    if query.text.is_empty() {
        return Ok(groups);
    }
    if !query.is_about_messages() {
        groups.push(by_number(state, viewer, query).await?);
        groups.push(leads(state, viewer, query, extent.hits).await?);
        if viewer.may("/operators") {
            groups.push(operators(state, viewer, query, extent.hits).await?);
        }
        if viewer.may("/sources") {
            groups.push(sources(state, query, extent.hits).await?);
        }
    }
    groups.push(messages(state, viewer, query, extent).await?);
    groups.retain(|group| !group.hits.is_empty() || group.rest.is_some() || group.is_cut);
    Ok(groups)
}

async fn by_number(state: &AppState, viewer: &Viewer, query: &Query) -> Result<Group, Problem> {
    let number = query.text.trim_start_matches(['#', '№']).trim().parse().ok().map(ContactId);
    let contact = match number {
        Some(id) => state.store().contact(id).await?,
        None => None,
    };
    let is_shown = |contact: &Contact| viewer.own_operator().is_none_or(|own| contact.operator == Some(own));
    let contacts: Vec<Contact> = contact.into_iter().filter(is_shown).collect();
    let hits = contact_hits(state, viewer, &contacts, &Words::new("")).await?;
    Ok(Group::new("search-by-number", hits))
}

async fn leads(state: &AppState, viewer: &Viewer, query: &Query, most: usize) -> Result<Group, Problem> {
    let filter = lead_search(state, &query.text).await?;
    let limit = most as u32 + 1;
    match viewer.own_operator() {
        Some(own) => own_leads(state, viewer, own, filter, most).await,
        None => {
            let mut cards = state.store().leads(filter, Page { limit, after: None }).await?;
            let all = (cards.len() > most).then(|| query.address_of("/leads"));
            cards.truncate(most);
            let hits = cards.iter().map(|card| lead_hit(viewer, card, format!("/leads/{}", card.lead.id)));
            Ok(Group { all, ..Group::new("nav-leads", hits.collect()) })
        }
    }
}

/// Leads of an operator, who has no pages of leads: each leads to their last contact.
async fn own_leads(
    state: &AppState,
    viewer: &Viewer,
    own: OperatorId,
    filter: LeadFilter,
    most: usize,
) -> Result<Group, Problem> {
    let (cards, is_cut) = state.store().leads_of_operator(own, filter, most as u32).await?;
    let mut hits = Vec::new();
    for card in &cards {
        let filter = ContactFilter { lead: Some(card.lead.id), operator: Some(own), ..ContactFilter::default() };
        let last = state.store().contacts(filter, Page { limit: 1, after: None }).await?;
        hits.extend(last.first().map(|contact| lead_hit(viewer, card, format!("/contacts/{}", contact.id))));
    }
    Ok(Group { is_cut, ..Group::new("nav-leads", hits) })
}

fn lead_hit(viewer: &Viewer, card: &LeadCard, address: String) -> Hit {
    let name = called_by(viewer.t, card.lead.id, card.lead.name.as_deref(), &card.identities).first;
    let identities = distinct(&card.identities).map(spelled).filter(|spelled| *spelled != name);
    let more = identities.take(3).collect::<Vec<_>>().join(" · ");
    Hit { address, name, more, aside: viewer.t.n("lead-contacts", card.contacts) }
}

async fn operators(state: &AppState, viewer: &Viewer, query: &Query, most: usize) -> Result<Group, Problem> {
    let all = state.store().operators(Page { limit: SEARCHED_MAX, after: None }).await?;
    let text = |operator: &Operator| format!("{}\n{}", operator.name, operator.external_id.as_deref().unwrap_or(""));
    let (found, count) = first_with(&query.words, all, text, most).await?;
    let hit = |operator: &Operator| Hit {
        address: format!("/desk/{}", operator.id),
        name: operator.name.to_string(),
        more: operator.external_id.as_deref().unwrap_or_default().to_owned(),
        aside: viewer.t.t(if pauses::gets_contacts(operator, viewer.now) {
            "operators-active"
        } else {
            "operator-off"
        }),
    };
    let all = (count > most).then(|| query.address_of("/operators"));
    Ok(Group { all, ..Group::new("nav-operators", found.iter().map(hit).collect()) })
}

async fn sources(state: &AppState, query: &Query, most: usize) -> Result<Group, Problem> {
    let all = state.store().sources(Page { limit: SEARCHED_MAX, after: None }).await?;
    let (found, count) = first_with(&query.words, all, |source: &Source| source.name.to_string(), most).await?;
    let hit = |source: &Source| Hit {
        address: format!("/sources/{}", source.id),
        name: source.name.to_string(),
        more: source.description.to_string(),
        aside: String::new(),
    };
    Ok(Group { is_cut: count > most, ..Group::new("nav-sources", found.iter().map(hit).collect()) })
}

/// The first of those in whose texts the words are, and how many there are; off the threads that answer.
async fn first_with<T: Send + 'static>(
    words: &Arc<Words>,
    all: Vec<T>,
    text: fn(&T) -> String,
    most: usize,
) -> Result<(Vec<T>, usize), Problem> {
    if words.is_empty() {
        return Ok((Vec::new(), 0));
    }
    let words = words.clone();
    let search = move || {
        let mut found: Vec<T> = all.into_iter().filter(|one| words.are_in(&text(one))).collect();
        let count = found.len();
        found.truncate(most);
        (found, count)
    };
    tokio::task::spawn_blocking(search).await.map_err(|error| Problem::internal(&error))
}

async fn messages(state: &AppState, viewer: &Viewer, query: &Query, extent: Extent) -> Result<Group, Problem> {
    let mut filter = query.filter;
    filter.operator = viewer.own_operator().or(filter.operator);
    let page = Page { limit: extent.hits as u32, after: query.after };
    let search = MessageSearch { filter, words: query.words.clone(), page };
    let Found { contacts, rest } = message_search::find(state.store(), &search, extent.time).await?;
    let hits = contact_hits(state, viewer, &contacts, &query.words).await?;
    Ok(Group { rest, ..Group::new("search-messages", hits) })
}

async fn contact_hits(
    state: &AppState,
    viewer: &Viewer,
    contacts: &[Contact],
    words: &Words,
) -> Result<Vec<Hit>, Problem> {
    let named = state.store().named(rows::mentioned(contacts)).await?;
    Ok(contacts.iter().map(|contact| contact_hit(viewer, contact, &named, words)).collect())
}

fn contact_hit(viewer: &Viewer, contact: &Contact, named: &Named, words: &Words) -> Hit {
    let t = viewer.t;
    let who = called(t, contact.lead, named.leads.get(&contact.lead));
    let message = contact.message.as_deref().map(|message| snippet(message, words));
    let arrived = times::ago(t, viewer.now, contact.created_at);
    Hit {
        address: format!("/contacts/{}", contact.id),
        name: format!("{} · {}", who.first, t.n("contact-number", contact.id.0)),
        more: message.filter(|text| !text.is_empty()).unwrap_or(who.more),
        aside: format!("{} · {arrived}", rows::state(t, contact)),
    }
}

/// A part of a message, on one line, with the first word that was found.
fn snippet(message: &str, words: &Words) -> String {
    let found = words.first_in(message).unwrap_or_default();
    let before = message[..found].char_indices().rev().take(SNIPPET_BEFORE).last().map_or(found, |(at, _)| at);
    // A word is shown whole.
    let space = message[before..found].find(char::is_whitespace).filter(|_| before > 0);
    let start = space.map_or(before, |space| before + space);
    let line = message[start..].split_whitespace().collect::<Vec<_>>().join(" ");
    let mut shown: String = line.chars().take(SNIPPET_CHARS).collect();
    if shown.len() < line.len() {
        shown.push('…');
    }
    if start > 0 { format!("… {shown}") } else { shown }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_snippet_shows_the_word_that_was_found() {
        let of = |message: &str, typed: &str| snippet(message, &Words::new(typed));
        assert_eq!(of("Good day,\r\n where is  it?", "it"), "Good day, where is it?");
        let long = format!("{}где посылка №7, {}", "слово ".repeat(100), "конец ".repeat(100));
        let shown = of(&long, "7");
        assert!(shown.starts_with("… слово") && shown.contains("где посылка №7, конец"), "{shown}");
        assert!(shown.ends_with('…') && shown.chars().count() <= SNIPPET_CHARS + 3, "{shown}");
        assert_eq!(of("ж".repeat(400).as_str(), "жж").chars().count(), SNIPPET_CHARS + 1);
        assert_eq!(of("", "x"), "");
    }
}
