//! Contacts as rows of a list: who, from where, with whom, since when. The list of contacts and the card of a lead have
//! the same.

use super::{responses, selected};
use crate::lead_names::called;
use crate::shell::Viewer;
use crate::texts::Texts;
use crate::times;
use askama::Template;
use maitred_core::{Contact, ContactId, Status};
use maitred_store::views::{Mentioned, Named};
use std::collections::HashSet;
use std::sync::Arc;

/// The most characters of a message that a row shows.
const MESSAGE_CHARS: usize = 240;

/// The rows of a list, as a table.
#[derive(Template)]
#[template(path = "contacts/rows.html")]
pub struct Rows {
    t: Texts,
    rows: Vec<Row>,
    /// Whether the rows are of one lead, who need not be named in each.
    of_one: bool,
    /// The form by which they are ticked.
    picker: Option<&'static str>,
    /// The address of the list in the other order of arrival, and whether the oldest are first now.
    sort: Option<(String, bool)>,
}

struct Row {
    id: i64,
    /// The value of the box that ticks it: what is shown of it.
    value: String,
    who: String,
    /// The message, or else an identity.
    more: String,
    source: Arc<str>,
    operator: Option<Arc<str>>,
    status: &'static str,
    /// For when it is scheduled, until when it is offered, or when all are asked again.
    until: Option<String>,
    status_name: String,
    /// For how long it is overdue, as html.
    overdue: Option<String>,
    /// Where it is not the usual one.
    priority: Option<String>,
    arrived: String,
    /// Whether it is no longer one of those that were asked for.
    is_past: bool,
}

/// Whom and what these contacts name.
#[must_use]
pub fn mentioned(contacts: &[Contact]) -> Mentioned {
    let mut mentioned = Mentioned::default();
    contacts.iter().for_each(|contact| mentioned.add(contact));
    mentioned
}

impl Rows {
    /// Rows of these contacts. Those in `past` are shown, but set back: they have left what was asked for.
    #[must_use]
    pub fn new(viewer: &Viewer, contacts: &[Contact], named: &Named, past: &HashSet<ContactId>) -> Self {
        let rows = contacts.iter().map(|contact| Row::new(viewer, contact, named, past.contains(&contact.id)));
        Self { t: viewer.t, rows: rows.collect(), of_one: false, picker: None, sort: None }
    }

    /// The same with a box each, whose value goes with the form that has this id.
    #[must_use]
    pub fn picked_by(self, form: &'static str) -> Self {
        Self { picker: Some(form), ..self }
    }

    /// The same with a head that leads to the other order of arrival.
    #[must_use]
    pub fn sorted(self, turned: String, is_oldest_first: bool) -> Self {
        Self { sort: Some((turned, is_oldest_first)), ..self }
    }

    /// The same for contacts of one lead.
    #[must_use]
    pub fn of_one(self) -> Self {
        Self { of_one: true, ..self }
    }
}

impl Row {
    fn new(viewer: &Viewer, contact: &Contact, named: &Named, is_past: bool) -> Self {
        let t = viewer.t;
        let called = called(t, contact.lead, named.leads.get(&contact.lead));
        let arrived = match contact.status {
            Status::Waiting => times::age(t, viewer.now, contact.created_at),
            _ => times::ago(t, viewer.now, contact.created_at),
        };
        Self {
            id: contact.id.0,
            value: selected::value(contact),
            who: called.first,
            more: contact.message.as_deref().map(excerpt).filter(|text| !text.is_empty()).unwrap_or(called.more),
            source: named.sources.get(&contact.source).map(|source| source.name.clone()).unwrap_or_default(),
            operator: contact.operator.and_then(|operator| named.operators.get(&operator).cloned()),
            status: contact.status.as_str(),
            until: contact.moves_on().map(|at| times::moment(&viewer.zone, at)),
            status_name: state(t, contact),
            overdue: responses::overdue(t, contact, viewer.now),
            priority: (contact.priority != 0).then(|| signed(t, contact.priority)),
            arrived,
            is_past,
        }
    }
}

/// The beginning of a message, on one line.
fn excerpt(message: &str) -> String {
    let mut words = message.split_whitespace().flat_map(|word| [" ", word]).skip(1).flat_map(str::chars);
    let mut text: String = words.by_ref().take(MESSAGE_CHARS).collect();
    if words.next().is_some() {
        text.push('…');
    }
    text
}

/// The name of a status, for its tag.
#[must_use]
pub fn status(t: Texts, status: Status) -> String {
    t.t(match status {
        Status::Waiting => "status-waiting",
        Status::Assigned => "status-assigned",
        Status::Resolved => "status-resolved",
    })
}

/// The name of a contact's status, for its tag; that it is scheduled goes before that it waits, and that it is offered
/// before that it is assigned.
#[must_use]
pub fn state(t: Texts, contact: &Contact) -> String {
    match contact.status {
        Status::Waiting if contact.scheduled => t.t("status-scheduled"),
        Status::Assigned if contact.accept_by.is_some() => t.t("status-offered"),
        other => status(t, other),
    }
}

/// A priority with its sign.
#[must_use]
pub fn signed(t: Texts, priority: i32) -> String {
    let plus = if priority > 0 { "+" } else { "" };
    format!("{plus}{}", t.number(i64::from(priority)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_excerpt_is_one_line() {
        assert_eq!(excerpt("Good day,\r\n\r\n is  it in stock? "), "Good day, is it in stock?");
        assert_eq!(excerpt(&"long ".repeat(100)).chars().count(), MESSAGE_CHARS + 1);
        assert_eq!(excerpt(" \n"), "");
    }
}
