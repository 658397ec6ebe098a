//! What was asked for and what was answered. How it compares with what is stored is in `compare`.

use crate::calls::{Call, Known, What};
use crate::http::{Reply, Request, send};
use crate::process::lock;
use maitred_store::clock::parse_rfc3339;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::net::SocketAddr;
use std::sync::{Mutex, MutexGuard};
use std::time::{Duration, Instant};

/// What a caller may rely on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// It was done.
    Done(Reply),
    /// It was not done, and nothing of it is stored.
    Refused(Reply),
    /// It was done whole or not at all.
    Unknown,
}

/// A call and what became of it.
pub(crate) struct Told {
    pub(crate) call: Call,
    pub(crate) outcome: Outcome,
}

/// Something about a contact that an answer says: it was assigned to an operator, or resolved, at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Fact {
    pub(crate) contact: i64,
    /// None for the end.
    pub(crate) operator: Option<i64>,
    pub(crate) at: i64,
}

/// See the module; shared by all clients.
#[derive(Default)]
pub(crate) struct Ledger(Mutex<Entries>);

#[derive(Default)]
pub(crate) struct Entries {
    pub(crate) told: Vec<Told>,
    pub(crate) known: Known,
    /// The leads of contacts, as they were when they were created.
    lead_of: HashMap<i64, i64>,
    /// What was asked to be done away with, whatever was answered.
    pub(crate) doomed_contacts: HashSet<i64>,
    pub(crate) doomed_operators: HashSet<i64>,
    /// Leads that were asked to be erased, and pairs of leads that may be one by now, or were one.
    erased: HashSet<i64>,
    kin: Vec<(i64, i64)>,
    /// The highest limit that was asked for, by operator.
    pub(crate) max_load: HashMap<i64, i64>,
    pub(crate) facts: BTreeSet<Fact>,
    /// What is wrong with answers themselves.
    pub(crate) wrong: Vec<String>,
    pub(crate) counts: BTreeMap<(&'static str, String), u64>,
    last_done: Option<Instant>,
    pub(crate) longest_pause: Duration,
}

impl Ledger {
    pub(crate) fn entries(&self) -> MutexGuard<'_, Entries> {
        lock(&self.0)
    }

    /// Makes a call and notes what came of it. False when no answer came.
    pub(crate) fn perform(&self, address: SocketAddr, call: Call, patience: Duration) -> bool {
        self.entries().asked(&call);
        let reply = send(address, &call.request, patience);
        let is_answered = reply.is_some();
        self.entries().answered(call, reply);
        is_answered
    }

    /// Makes a call that was done before once more: the answer must be the same. False when none came.
    pub(crate) fn repeat(&self, address: SocketAddr, place: usize, patience: Duration) -> bool {
        let request = self.entries().told[place].call.request.clone();
        let reply = send(address, &request, patience);
        let is_answered = reply.is_some();
        self.entries().answered_again(place, reply);
        is_answered
    }

    /// Sends all calls with a key again whose outcome is not known, until it is.
    ///
    /// # Errors
    /// When one of them cannot be settled in time.
    pub(crate) fn settle(&self, addresses: &[SocketAddr], patience: Duration) -> Result<(), String> {
        let give_up = Instant::now() + patience;
        let unknown = |(place, told): (usize, &Told)| {
            (told.outcome == Outcome::Unknown && told.call.request.key.is_some()).then_some(place)
        };
        let open: Vec<usize> = self.entries().told.iter().enumerate().filter_map(unknown).collect();
        for (place, address) in open.into_iter().zip(addresses.iter().cycle()) {
            let call = self.entries().told[place].call.clone();
            loop {
                let reply = send(*address, &call.request, patience);
                let settled = reply.filter(|reply| reply.status != 503);
                if let Some(reply) = settled {
                    self.entries().settled(place, reply);
                    break;
                }
                if Instant::now() > give_up {
                    return Err(format!("{} ({}) gets no answer", call.marker, call.label));
                }
                std::thread::park_timeout(Duration::from_millis(50));
            }
        }
        Ok(())
    }
}

/// What a reply says of the call it answers.
fn outcome(reply: Option<Reply>) -> Outcome {
    match reply {
        None => Outcome::Unknown,
        Some(reply) if reply.is_success() => Outcome::Done(reply),
        Some(reply) if reply.status == 503 => match reply.problem().as_str() {
            "outcome-unknown" | "timed-out" => Outcome::Unknown,
            _ => Outcome::Refused(reply),
        },
        Some(reply) => Outcome::Refused(reply),
    }
}

/// How it is counted.
fn word(reply: Option<&Reply>) -> String {
    match reply {
        None => "no answer".to_owned(),
        Some(reply) if reply.is_success() => if reply.is_replayed { "as before" } else { "done" }.to_owned(),
        Some(reply) if reply.status == 503 => format!("503 {}", reply.problem()),
        Some(reply) => reply.status.to_string(),
    }
}

impl Entries {
    /// Notes what may be so from now on, whatever is answered.
    fn asked(&mut self, call: &Call) {
        match &call.what {
            What::DeleteContact(contact) => _ = self.doomed_contacts.insert(*contact),
            What::DeleteOperator(operator) => {
                self.doomed_operators.insert(*operator);
                self.known.operators.retain(|id| id != operator);
            }
            What::DeleteSource(source) => self.known.sources.retain(|id| id != source),
            What::DeleteCalendar(calendar) => self.known.calendars.retain(|id| id != calendar),
            What::Erase(lead) => _ = self.erased.insert(*lead),
            What::Merge { from, into } => self.kin.push((*from, *into)),
            What::MaxLoad(operator) => self.allow(*operator, &call.request),
            _ => {}
        }
    }

    fn allow(&mut self, operator: i64, request: &Request) {
        let body: Value = serde_json::from_str(&request.body).unwrap_or_default();
        let highest = self.max_load.entry(operator).or_default();
        *highest = body["max_load"].as_i64().unwrap_or_default().max(*highest);
    }

    fn count(&mut self, label: &'static str, reply: Option<&Reply>) {
        *self.counts.entry((label, word(reply))).or_default() += 1;
    }

    fn answered(&mut self, call: Call, reply: Option<Reply>) {
        self.count(call.label, reply.as_ref());
        let outcome = outcome(reply);
        self.judge(&call, &outcome);
        if let Outcome::Done(reply) = &outcome {
            self.learn(&call, reply);
        }
        self.told.push(Told { call, outcome });
    }

    /// Whether a call may be answered like this at all.
    fn judge(&mut self, call: &Call, outcome: &Outcome) {
        let wrong = match (&call.what, outcome) {
            (What::Wrong, Outcome::Done(_)) => true,
            (What::Read(contact), Outcome::Refused(reply)) if reply.status == 404 => {
                *contact != 1 && !self.doomed_contacts.contains(contact)
            }
            (_, Outcome::Refused(reply)) => ![404, 408, 409, 412, 422, 503].contains(&reply.status),
            _ => false,
        };
        if wrong {
            self.wrong.push(format!("{} {} {}: {outcome:?}", call.marker, call.request.method, call.request.path));
        }
    }

    fn learn(&mut self, call: &Call, reply: &Reply) {
        let now = Instant::now();
        if let Some(last) = self.last_done.replace(now) {
            self.longest_pause = self.longest_pause.max(now - last);
        }
        let body = reply.json();
        let changed = body["updated_at"].as_str().and_then(|text| parse_rfc3339(text).ok());
        self.known.latest = self.known.latest.max(changed.map_or(0, |at| at.0));
        self.learn_facts(&body);
        let id = body["id"].as_i64().unwrap_or_default();
        match &call.what {
            What::Submit { .. } => self.learn_contact(id, &body),
            What::AddOperator => {
                self.allow(id, &call.request);
                if !self.known.operators.contains(&id) && !self.doomed_operators.contains(&id) {
                    self.known.operators.push(id);
                }
            }
            What::AddSource if !self.known.sources.contains(&id) => self.known.sources.push(id),
            What::AddCalendar if !self.known.calendars.contains(&id) => self.known.calendars.push(id),
            What::Split(lead) => self.kin.push((*lead, body["lead_id"].as_i64().unwrap_or_default())),
            _ => {}
        }
    }

    fn learn_contact(&mut self, id: i64, body: &Value) {
        let lead = body["lead_id"].as_i64().unwrap_or_default();
        if self.lead_of.insert(id, lead).is_none() {
            self.known.contacts.push((id, lead));
        }
    }

    /// What the body says if it is a contact's.
    fn learn_facts(&mut self, body: &Value) {
        let (Some(contact), Some(status)) = (body["id"].as_i64(), body["status"].as_str()) else { return };
        let at = |name: &str| body[name].as_str().and_then(|text| parse_rfc3339(text).ok()).map(|at| at.0);
        let place = self.known.open.iter().position(|open| *open == contact);
        match (status, place) {
            ("resolved", Some(place)) => _ = self.known.open.swap_remove(place),
            ("resolved", None) | (_, Some(_)) => {}
            (_, None) => self.known.open.push(contact),
        }
        if let Some(at) = at("resolved_at") {
            self.facts.insert(Fact { contact, operator: None, at });
        }
        if let (Some(at), Some(operator)) = (at("assigned_at"), body["operator_id"].as_i64()) {
            self.facts.insert(Fact { contact, operator: Some(operator), at });
        }
    }

    fn answered_again(&mut self, place: usize, reply: Option<Reply>) {
        self.count("send again", reply.as_ref());
        let Outcome::Done(before) = &self.told[place].outcome else { return };
        let again = match outcome(reply) {
            Outcome::Unknown => return,
            Outcome::Refused(reply) if [408, 503].contains(&reply.status) => return,
            Outcome::Refused(reply) | Outcome::Done(reply) => reply,
        };
        let is_same = again.is_replayed && (again.status, &again.body) == (before.status, &before.body);
        let call = self.told[place].call.clone();
        if !is_same && !self.may_be_erased(&call, before) {
            self.wrong.push(format!("{} {} was answered {before:?}, and then {again:?}", call.marker, call.label));
        } else if !is_same {
            // What was answered is forgotten with a lead, so this may have been carried out once more.
            self.answered(call, Some(again));
        }
    }

    fn settled(&mut self, place: usize, reply: Reply) {
        self.count("settle", Some(&reply));
        let call = self.told[place].call.clone();
        let outcome = outcome(Some(reply));
        self.judge(&call, &outcome);
        if let Outcome::Done(reply) = &outcome {
            self.learn(&call, reply);
        }
        self.told[place].outcome = outcome;
    }

    /// Whether the lead that an answer tells of was asked to be erased, by whatever number it has by now.
    fn may_be_erased(&self, call: &Call, reply: &Reply) -> bool {
        let contact = match &call.what {
            What::Note(contact) | What::Message(contact) | What::Reason(contact) => Some(*contact),
            _ => call.request.path.split('/').nth(4).and_then(|id| id.parse().ok()),
        };
        let body = reply.json();
        let leads = match &call.what {
            What::Merge { from, into } => vec![*from, *into],
            What::Split(lead) | What::Erase(lead) => vec![*lead],
            _ => body["lead_id"].as_i64().into_iter().collect(),
        };
        let of_contact = contact.and_then(|contact| self.lead_of.get(&contact).copied());
        let mut leads: HashSet<i64> = leads.into_iter().chain(of_contact).collect();
        loop {
            let kin = self.kin.iter().filter(|(one, other)| leads.contains(one) != leads.contains(other));
            let more: Vec<i64> = kin.flat_map(|(one, other)| [*one, *other]).collect();
            if more.is_empty() {
                return leads.iter().any(|lead| self.erased.contains(lead));
            }
            leads.extend(more);
        }
    }

    /// Calls with a key that were done: they can be sent again.
    pub(crate) fn repeatable(&self) -> Vec<usize> {
        let from = self.told.len().saturating_sub(2_000);
        let is_repeatable = |told: &Told| matches!(told.outcome, Outcome::Done(_)) && told.call.request.key.is_some();
        (from..self.told.len()).filter(|place| is_repeatable(&self.told[*place])).collect()
    }

    /// Nobody asks for a while, which is no pause of the server.
    pub(crate) fn rest(&mut self) {
        self.last_done = None;
    }
}
