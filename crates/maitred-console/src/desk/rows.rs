//! What a desk shows of one contact, of one source, and of the last change.

use crate::contacts::messages::Said;
use crate::contacts::responses;
use crate::lead_names::called;
use crate::reach::{Reach, reach};
use crate::shell::Viewer;
use crate::texts::Texts;
use crate::times;
use maitred_core::{Contact, ContactId, OperatorId, Status};
use maitred_store::views::{Named, Served};

/// The characters of a message that are sent to the page; it shows three lines of them.
const PREVIEW_CHARS: usize = 240;

/// A contact of the operator.
pub struct Held {
    /// Which.
    pub id: ContactId,
    /// How the person is called.
    pub person: String,
    /// Links to call or write to the lead.
    pub reach: Vec<Reach>,
    /// The name of the source.
    pub source: String,
    /// The beginning of the message.
    pub message: Option<String>,
    /// What they may accept or decline; none of a contact that they have.
    pub offer: Option<Offer>,
    /// What is asked of them while there was no response; none of an offer.
    pub response: Option<Response>,
    /// When somebody first responded.
    pub responded: Option<String>,
    /// For how long the operator has had it, ticking.
    pub mine: String,
    /// When it arrived.
    pub arrived: String,
    /// The last that was said, if its lead can be written to from here.
    pub talk: Option<Talk>,
}

/// A conversation that goes on here.
pub struct Talk {
    /// The last messages, in order.
    pub last: Vec<Said>,
    /// By which decision they have the contact: a reply is one to that.
    pub decision: u32,
    /// Since when the lead is known to have blocked the bot, as html.
    pub blocked: Option<String>,
}

/// What an operator was offered.
pub struct Offer {
    /// How long they have to accept it, ticking.
    pub left: String,
    /// By which decision: an answer is one to that.
    pub decision: u32,
}

/// A response that there was none of yet.
pub struct Response {
    /// How long there is for it, ticking; none without a time for that, or when it has passed.
    pub left: Option<String>,
    /// For how long it is overdue, as html.
    pub overdue: Option<String>,
    /// By which decision they have the contact: a response is one to that.
    pub decision: u32,
}

impl Response {
    fn new(viewer: &Viewer, contact: &Contact) -> Self {
        let left = contact.respond_by.filter(|by| *by > viewer.now).map(|by| times::left(viewer.t, viewer.now, by));
        let overdue = responses::overdue(viewer.t, contact, viewer.now);
        Self { left, overdue, decision: contact.decisions.saturating_sub(1) }
    }

    /// Whether there is a time for it.
    #[must_use]
    pub const fn is_timed(&self) -> bool {
        self.left.is_some() || self.overdue.is_some()
    }
}

impl Held {
    /// A contact with the names it needs.
    #[must_use]
    pub fn new(viewer: &Viewer, contact: &Contact, named: &Named) -> Self {
        let (t, lead) = (viewer.t, named.leads.get(&contact.lead));
        let person = called(t, contact.lead, lead).first;
        let source = named.sources.get(&contact.source);
        let identities = lead.map_or(&[][..], |lead| &lead.identities);
        Self {
            id: contact.id,
            reach: reach(t, source, identities, &person),
            source: source.map(|source| source.name.to_string()).unwrap_or_default(),
            message: contact.message.as_deref().and_then(preview),
            offer: contact.accept_by.map(|at| Offer {
                left: times::left(t, viewer.now, at),
                decision: contact.decisions.saturating_sub(1),
            }),
            response: (contact.accept_by.is_none() && contact.first_response_at.is_none())
                .then(|| Response::new(viewer, contact)),
            responded: contact.first_response_at.map(|at| times::moment(&viewer.zone, at)),
            mine: times::age(t, viewer.now, contact.assigned_at.unwrap_or(contact.created_at)),
            arrived: times::moment(&viewer.zone, contact.created_at),
            talk: None,
            person,
        }
    }
}

/// The beginning of a message in one line; nothing of one that is empty.
fn preview(message: &str) -> Option<String> {
    let mut chars = message.split_whitespace().flat_map(|word| std::iter::once(' ').chain(word.chars())).skip(1);
    let line: String = chars.by_ref().take(PREVIEW_CHARS).collect();
    match chars.next() {
        Some(_) => Some(format!("{}…", line.trim_end())),
        None => (!line.is_empty()).then_some(line),
    }
}

/// What the operator received from one source, or from all, compared with the share.
#[derive(Debug, PartialEq)]
pub struct Share {
    /// The source; all of them together.
    pub name: String,
    /// The weight in words; none for all sources together.
    pub weight: Option<String>,
    /// How many contacts were received.
    pub received: String,
    /// How many contacts the weight entitled to.
    pub entitled: String,
    /// The difference in words.
    pub difference: String,
    /// How much of the bar is filled, in percent.
    pub filled: f64,
    /// Where on the bar the entitled number is marked, in percent.
    pub due: f64,
}

/// The shares by source; all together first if there are several.
#[must_use]
pub fn shares(t: Texts, served: &[Served]) -> Vec<Share> {
    let each = served.iter().map(|it| {
        let weight = Some(weight(t, it.weight, it.weight_total));
        Share::new(t, it.source.name.to_string(), weight, it.tally.received, it.tally.entitled())
    });
    let all = (served.len() > 1).then(|| {
        let received = served.iter().map(|it| it.tally.received).sum();
        let entitled = served.iter().map(|it| it.tally.entitled()).sum();
        Share::new(t, t.t("desk-share-all"), None, received, entitled)
    });
    all.into_iter().chain(each).collect()
}

fn weight(t: Texts, weight: u32, total: u64) -> String {
    match weight {
        0 => t.t("desk-share-none"),
        weight => {
            let percent = (f64::from(weight) * 100.0 / total as f64).round() as i64;
            if percent == 0 { t.t("desk-share-tiny") } else { t.n("desk-share-part", percent) }
        }
    }
}

impl Share {
    fn new(t: Texts, name: String, weight: Option<String>, received: u64, entitled: f64) -> Self {
        let entitled = entitled.max(0.0);
        let most = entitled.max(received as f64).max(1.0);
        Self {
            name,
            weight,
            received: t.number(received),
            entitled: tenths(t, entitled),
            difference: difference(t, received, entitled),
            filled: (received as f64 * 1_000.0 / most).round() / 10.0,
            due: (entitled * 1_000.0 / most).round() / 10.0,
        }
    }
}

fn difference(t: Texts, received: u64, entitled: f64) -> String {
    let difference = received as f64 - entitled;
    match difference.abs().round() as i64 {
        0 if received == 0 => t.t("desk-share-nothing"),
        0 => t.t("desk-share-even"),
        more if difference > 0.0 => t.n("desk-share-more", more),
        less => t.n("desk-share-less", less),
    }
}

/// A number with one digit behind the point, where that is not a zero.
fn tenths(t: Texts, number: f64) -> String {
    let tenths = (number * 10.0).round() as i64;
    match tenths % 10 {
        0 => t.number(tenths / 10),
        digit => format!("{}{}{digit}", t.number(tenths / 10), t.t("decimal-mark")),
    }
}

/// What became of the contact that was just changed.
pub struct Notice {
    /// In words.
    pub text: String,
    /// Of which contact.
    pub contact: ContactId,
    /// Whether it may be taken back.
    pub undo: bool,
}

impl Notice {
    /// As the contact is now, no matter who changed it.
    #[must_use]
    pub fn new(t: Texts, operator: OperatorId, contact: &Contact, named: &Named) -> Self {
        let person = called(t, contact.lead, named.leads.get(&contact.lead)).first;
        let is_mine = contact.operator == Some(operator);
        let with = contact.operator.and_then(|id| named.operators.get(&id)).map(|name| name.to_string());
        let text = match (contact.status, is_mine) {
            (Status::Resolved, _) => t.of("desk-now-resolved", &person),
            (Status::Waiting, _) => t.of("desk-now-waiting", &person),
            (Status::Assigned, true) => t.of("desk-now-mine", &person),
            (Status::Assigned, false) => {
                t.with("desk-now-elsewhere", [("it", person.into()), ("with", with.unwrap_or_default().into())])
            }
        };
        Self { text, contact: contact.id, undo: contact.status == Status::Resolved && is_mine }
    }
}

#[cfg(test)]
mod tests;
