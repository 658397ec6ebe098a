//! What clients ask for. Kinds, people, keys and numbers are decided by the seed; which ids are meant, when the ids in
//! use are known.

mod time;

use crate::draw::Draw;
use crate::http::Request;
use serde_json::{Value, json};

/// People who come again and again; others come once.
const REGULARS: u64 = 40;
/// Operators and sources that there are at most, so that there are contacts enough for each.
const OPERATORS_MAX: usize = 12;
const SOURCES_MAX: usize = 6;
/// Limits of operators are below this: no command assigns more contacts than one may.
pub(crate) const MAX_LOAD_MAX: u64 = 40;
/// Calls of a client with one id of an event, or one key of a row.
const SAME_EVENT: u64 = 60;

/// A call, and what it is about.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    /// A word that no other call has. It is in everything that this call adds.
    pub(crate) marker: String,
    /// The kind, for the table of what was done.
    pub(crate) label: &'static str,
    pub(crate) what: What,
    pub(crate) request: Request,
}

/// What a call changes, as far as anything depends on that.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum What {
    /// A contact, and what else may be sent for the same one: the id of an event, the key of a row.
    Submit {
        same: Option<String>,
    },
    /// The message of a contact.
    Message(i64),
    Note(i64),
    /// Why an offer of a contact was declined, which becomes a note.
    Reason(i64),
    DeleteContact(i64),
    LeadName(i64),
    Merge {
        from: i64,
        into: i64,
    },
    Split(i64),
    Erase(i64),
    AddOperator,
    DeleteOperator(i64),
    /// An operator's limit.
    MaxLoad(i64),
    AddSource,
    DeleteSource(i64),
    AddCalendar,
    DeleteCalendar(i64),
    Read(i64),
    /// Whatever is refused for what it says.
    Wrong,
    Other,
}

/// What is there, as far as answers said so.
#[derive(Default)]
pub(crate) struct Known {
    pub(crate) operators: Vec<i64>,
    pub(crate) sources: Vec<i64>,
    /// With the lead that each had when it was created.
    pub(crate) contacts: Vec<(i64, i64)>,
    pub(crate) open: Vec<i64>,
    pub(crate) calendars: Vec<i64>,
    /// The latest time in the database, in microseconds.
    pub(crate) latest: i64,
}

/// Who asks, for the how manieth time, knowing what.
pub(crate) struct Asker<'a> {
    pub(crate) draw: &'a mut Draw,
    pub(crate) known: &'a Known,
    pub(crate) client: u64,
    pub(crate) n: u64,
}

pub(crate) type Make = fn(&mut Asker<'_>) -> Vec<Call>;

/// How often calls are of which kind.
const SHARES: [(u64, Make); 38] = [
    (300, submit),
    (255, resolve),
    (30, reopen),
    (40, release),
    (55, transfer),
    (30, edit_contact),
    (15, delete_contact),
    (45, note),
    (8, add_operator),
    (50, edit_operator),
    (5, delete_operator),
    (6, add_source),
    (20, edit_source),
    (3, delete_source),
    (20, set_weight),
    (5, replace_weights),
    (8, remove_weight),
    (12, edit_lead),
    (10, merge),
    (12, split),
    (20, erase),
    (16, refused),
    (10, resolve_many),
    (25, read),
    (20, time::pause),
    (40, time::resume),
    (30, time::be_present),
    (45, time::accept),
    (30, time::decline),
    (20, time::respond),
    (20, time::schedule),
    (15, time::cap_operator),
    (10, time::cap_source),
    (15, time::calendar),
    (25, time::work_by),
    (12, time::leave),
    (25, time::rule),
    // Those who are off shift, capped and paused get nothing: that ends again.
    (12, time::end_limits),
];

impl Asker<'_> {
    /// The next thing to ask for; several calls where one needs another.
    pub(crate) fn next(&mut self) -> Vec<Call> {
        let mut at = self.draw.between(0..SHARES.iter().map(|(share, _)| share).sum());
        for (share, make) in SHARES {
            if at < share {
                return make(self);
            }
            at -= share;
        }
        Vec::new()
    }

    fn marker(&self, place: usize) -> String {
        format!("zq{}n{}k{place}zq", self.client, self.n)
    }

    fn call(&self, label: &'static str, what: What, method: &'static str, path: String, body: &Value) -> Call {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        Call { marker: self.marker(0), label, what, request: Request { method, path, key: None, body } }
    }

    /// A POST, half of which have a key.
    fn post(&mut self, label: &'static str, what: What, path: String, body: &Value) -> Call {
        let mut call = self.call(label, what, "POST", path, body);
        call.request.key = (!self.draw.one_in(2)).then(|| call.marker.clone());
        call
    }

    fn contact(&mut self) -> i64 {
        let recent = self.known.contacts.len().saturating_sub(400);
        self.draw.pick(&self.known.contacts[recent..]).map_or(1, |(contact, _)| contact)
    }

    fn open(&mut self) -> i64 {
        match self.draw.pick(&self.known.open) {
            Some(open) => open,
            None => self.contact(),
        }
    }

    fn lead(&mut self) -> i64 {
        self.draw.pick(&self.known.contacts).map_or(1, |(_, lead)| lead)
    }

    fn operator(&mut self) -> i64 {
        self.draw.pick(&self.known.operators).unwrap_or(1)
    }

    fn source(&mut self) -> i64 {
        self.draw.pick(&self.known.sources).unwrap_or(1)
    }
}

fn submit(asker: &mut Asker<'_>) -> Vec<Call> {
    let source = asker.source();
    let mut body = json!({"source_id": source, "attributes": {"chaos": asker.marker(0)}});
    person(asker, &mut body);
    if !asker.draw.one_in(3) {
        body["message"] = format!("Hello from {}!", asker.marker(0)).into();
    }
    if asker.draw.one_in(12) {
        body["priority"] = asker.draw.between(0..3).into();
    }
    time::plan(asker, &mut body);
    let row = u128::from(asker.client) << 64 | u128::from(asker.n / SAME_EVENT);
    let same = match asker.draw.below(8) {
        0 => {
            body["source_event_id"] = format!("{row}").into();
            Some(format!("event {row} of source {source}"))
        }
        1 => {
            // The digest of a row is one of its source too.
            body["row_keys"] = json!([format!("{:032x}", row ^ u128::from(source.cast_unsigned()) << 32)]);
            Some(format!("row {row} of source {source}"))
        }
        _ => None,
    };
    vec![asker.post("create contact", What::Submit { same }, "/api/v1/contacts".to_owned(), &body)]
}

/// Who a contact is from: somebody by all or some of what identifies them, two people at once, or nobody knows.
fn person(asker: &mut Asker<'_>, body: &mut Value) {
    let (person, other) = (asker.draw.between(0..REGULARS), asker.draw.between(0..REGULARS));
    let phone = |person: u64| Value::from(format!("+7900{:07}", 1_234_567 + person));
    let email = |person: u64| Value::from(format!("person{person}@example.com"));
    match asker.draw.below(12) {
        0 => body["lead_phone"] = phone(person),
        1 => body["lead_email"] = email(person),
        2 => (body["lead_phone"], body["lead_email"]) = (phone(person), email(other)),
        3 => {
            body["lead_external_id"] = person.to_string().into();
            (body["lead_phone"], body["lead_email"]) = (phone(person), email(person));
        }
        4 => body["lead_phone"] = "-".into(),
        5 => {}
        _ => {
            body["lead_external_id"] = format!("once-{}-{}", asker.client, asker.n).into();
            body["lead_phone"] = format!("+7901{:02}{:05}", asker.client, asker.n).into();
        }
    }
    if asker.draw.one_in(3) {
        body["lead_name"] = format!("Person {}", asker.draw.pick(&[person, other]).unwrap_or_default()).into();
    }
}

fn resolve(asker: &mut Asker<'_>) -> Vec<Call> {
    let contact = asker.open();
    vec![asker.post("resolve", What::Other, format!("/api/v1/contacts/{contact}/resolve"), &Value::Null)]
}

/// Those of an hour when everybody tidies up: many slots become free at once.
fn resolve_many(asker: &mut Asker<'_>) -> Vec<Call> {
    let one = |place| {
        let call = resolve(asker).remove(0);
        placed(asker, call, place)
    };
    (0..6).map(one).collect()
}

/// A call among several of one question: each needs a marker and a key of its own.
fn placed(asker: &Asker<'_>, mut call: Call, place: usize) -> Call {
    call.marker = asker.marker(place);
    call.request.key = call.request.key.map(|_| call.marker.clone());
    call
}

fn reopen(asker: &mut Asker<'_>) -> Vec<Call> {
    let contact = asker.contact();
    vec![asker.post("reopen", What::Other, format!("/api/v1/contacts/{contact}/reopen"), &Value::Null)]
}

fn release(asker: &mut Asker<'_>) -> Vec<Call> {
    let body = json!({"operator_id": null});
    let contact = asker.open();
    vec![asker.post("release", What::Other, format!("/api/v1/contacts/{contact}/transfer"), &body)]
}

fn transfer(asker: &mut Asker<'_>) -> Vec<Call> {
    let mut body = json!({"operator_id": asker.operator(), "force": asker.draw.one_in(3)});
    if asker.draw.one_in(4) {
        body["from_operator_id"] = asker.operator().into();
    }
    let contact = asker.open();
    vec![asker.post("transfer", What::Other, format!("/api/v1/contacts/{contact}/transfer"), &body)]
}

fn edit_contact(asker: &mut Asker<'_>) -> Vec<Call> {
    let contact = asker.open();
    let body = match asker.draw.below(4) {
        0 => json!({"message": format!("Edited by {}", asker.marker(0))}),
        1 => json!({"is_resolved": asker.draw.one_in(2), "priority": asker.draw.between(0..3)}),
        2 => json!({"message": null}),
        _ => json!({"priority": asker.draw.between(0..5)}),
    };
    vec![asker.call("edit contact", What::Message(contact), "PATCH", format!("/api/v1/contacts/{contact}"), &body)]
}

fn delete_contact(asker: &mut Asker<'_>) -> Vec<Call> {
    let contact = asker.contact();
    let path = format!("/api/v1/contacts/{contact}");
    vec![asker.call("delete contact", What::DeleteContact(contact), "DELETE", path, &Value::Null)]
}

fn note(asker: &mut Asker<'_>) -> Vec<Call> {
    let contact = asker.contact();
    let body = json!({"text": format!("Noted: {}", asker.marker(0))});
    vec![asker.post("add note", What::Note(contact), format!("/api/v1/contacts/{contact}/notes"), &body)]
}

pub(crate) fn add_operator(asker: &mut Asker<'_>) -> Vec<Call> {
    if asker.known.operators.len() >= OPERATORS_MAX {
        return delete_operator(asker);
    }
    let mut body = json!({"name": asker.marker(0), "max_load": asker.draw.between(1..MAX_LOAD_MAX)});
    if asker.draw.one_in(3) {
        body["external_id"] = asker.marker(0).into();
    }
    vec![asker.post("add operator", What::AddOperator, "/api/v1/operators".to_owned(), &body)]
}

fn edit_operator(asker: &mut Asker<'_>) -> Vec<Call> {
    let operator = asker.operator();
    let (what, body) = match asker.draw.below(8) {
        0 | 1 => (What::Other, json!({"is_active": false})),
        2..5 => (What::Other, json!({"is_active": true})),
        5 => (What::Other, json!({"external_id": asker.marker(0)})),
        _ => (What::MaxLoad(operator), json!({"max_load": asker.draw.between(1..MAX_LOAD_MAX)})),
    };
    vec![asker.call("edit operator", what, "PATCH", format!("/api/v1/operators/{operator}"), &body)]
}

fn delete_operator(asker: &mut Asker<'_>) -> Vec<Call> {
    if asker.known.operators.len() <= 4 {
        return add_operator(asker);
    }
    let operator = asker.operator();
    let path = format!("/api/v1/operators/{operator}");
    vec![asker.call("delete operator", What::DeleteOperator(operator), "DELETE", path, &Value::Null)]
}

pub(crate) fn add_source(asker: &mut Asker<'_>) -> Vec<Call> {
    if asker.known.sources.len() >= SOURCES_MAX {
        return delete_source(asker);
    }
    let kind = asker.draw.pick(&["bot", "telegram", "whatsapp", "site"]);
    let mut body = json!({"name": asker.marker(0), "kind": kind, "policy": policy(asker)});
    body["sticky"] = asker.draw.one_in(2).into();
    vec![asker.post("add source", What::AddSource, "/api/v1/sources".to_owned(), &body)]
}

fn policy(asker: &mut Asker<'_>) -> Option<&'static str> {
    asker.draw.pick(&["weighted_random", "smooth_weighted", "least_loaded", "longest_idle"])
}

fn edit_source(asker: &mut Asker<'_>) -> Vec<Call> {
    let source = asker.source();
    let body = match asker.draw.below(5) {
        0 => json!({"policy": policy(asker)}),
        1 => json!({"sticky": asker.draw.one_in(2)}),
        2 => json!({"id_space": asker.draw.pick(&[Value::Null, "crm".into(), "shop".into()])}),
        3 => json!({"reply_url": "https://example.com/{external_id}", "default_region": "RU"}),
        _ => json!({"description": "Edited", "kind": asker.draw.pick(&["bot", "telegram"])}),
    };
    vec![asker.call("edit source", What::Other, "PATCH", format!("/api/v1/sources/{source}"), &body)]
}

fn delete_source(asker: &mut Asker<'_>) -> Vec<Call> {
    if asker.known.sources.len() <= 3 {
        return add_source(asker);
    }
    let source = asker.source();
    let force = !asker.draw.one_in(3);
    let path = format!("/api/v1/sources/{source}?force={force}");
    vec![asker.call("delete source", What::DeleteSource(source), "DELETE", path, &Value::Null)]
}

pub(crate) fn set_weight(asker: &mut Asker<'_>) -> Vec<Call> {
    let body = json!({"operator_id": asker.operator(), "weight": 10 * asker.draw.between(0..6)});
    let source = asker.source();
    vec![asker.post("set weight", What::Other, format!("/api/v1/sources/{source}/operators"), &body)]
}

fn replace_weights(asker: &mut Asker<'_>) -> Vec<Call> {
    let operators = asker.draw.shuffled(asker.known.operators.clone());
    let rows = operators.into_iter().take(4);
    let rows: Vec<Value> = rows.map(|id| json!({"operator_id": id, "weight": asker.draw.between(0..50)})).collect();
    let source = asker.source();
    vec![asker.call("replace weights", What::Other, "PUT", format!("/api/v1/sources/{source}/operators"), &rows.into())]
}

fn remove_weight(asker: &mut Asker<'_>) -> Vec<Call> {
    let path = format!("/api/v1/sources/{}/operators/{}", asker.source(), asker.operator());
    vec![asker.call("remove weight", What::Other, "DELETE", path, &Value::Null)]
}

fn edit_lead(asker: &mut Asker<'_>) -> Vec<Call> {
    let lead = asker.lead();
    let mut body = json!({"name": format!("Named {}", asker.marker(0))});
    if asker.draw.one_in(3) {
        body["email"] = format!("{}@example.org", asker.marker(0)).into();
    }
    vec![asker.call("edit lead", What::LeadName(lead), "PATCH", format!("/api/v1/leads/{lead}"), &body)]
}

fn merge(asker: &mut Asker<'_>) -> Vec<Call> {
    let (from, into) = (asker.lead(), asker.lead());
    let body = json!({"absorb_lead_id": from});
    vec![asker.post("merge leads", What::Merge { from, into }, format!("/api/v1/leads/{into}/merge"), &body)]
}

fn split(asker: &mut Asker<'_>) -> Vec<Call> {
    let Some((contact, lead)) = asker.draw.pick(&asker.known.contacts) else { return Vec::new() };
    let body = json!({"contact_ids": [contact]});
    vec![asker.post("split lead", What::Split(lead), format!("/api/v1/leads/{lead}/split"), &body)]
}

/// Somebody who has one contact mostly can be erased once that is resolved.
fn erase(asker: &mut Asker<'_>) -> Vec<Call> {
    let recent = asker.known.contacts.len().saturating_sub(400);
    let Some((contact, lead)) = asker.draw.pick(&asker.known.contacts[recent..]) else { return Vec::new() };
    let path = format!("/api/v1/contacts/{contact}/resolve");
    let resolve = asker.post("resolve", What::Other, path, &Value::Null);
    let erase = asker.post("erase lead", What::Erase(lead), format!("/api/v1/leads/{lead}/erase"), &Value::Null);
    vec![resolve, placed(asker, erase, 1)]
}

/// What nobody may be told is done.
fn refused(asker: &mut Asker<'_>) -> Vec<Call> {
    let (marker, source, path) = (asker.marker(0), asker.source(), "/api/v1/contacts".to_owned());
    let body = match asker.draw.below(3) {
        0 => json!({"source_id": 999_999, "attributes": {"chaos": marker}}),
        1 => json!({"source_id": source, "attributes": marker}),
        _ => json!({"message": marker}),
    };
    vec![asker.post("refused contact", What::Wrong, path, &body)]
}

fn read(asker: &mut Asker<'_>) -> Vec<Call> {
    let contact = asker.contact();
    vec![asker.call("show contact", What::Read(contact), "GET", format!("/api/v1/contacts/{contact}"), &Value::Null)]
}
