//! What was answered beside what is stored: what is acknowledged is there once, what was refused is not there, what is
//! unknown is there at most once, and of the erased nothing is.

use crate::calls::What;
use crate::ledger::{Entries, Fact, Outcome, Told};
use crate::recount::Snapshot;
use std::collections::{BTreeSet, HashMap, HashSet};

/// The markers in a text.
pub(crate) fn markers(text: &str) -> impl Iterator<Item = &str> {
    text.match_indices("zq").filter_map(|(start, _)| {
        let rest = &text[start + 2..];
        let end = rest.find("zq")?;
        let is_marker = rest.starts_with(|c: char| c.is_ascii_digit()) && rest[..end].contains('n');
        is_marker.then(|| &text[start..start + end + 4])
    })
}

/// All that is wrong.
pub(crate) fn compare(entries: &Entries, snapshot: &Snapshot) -> Vec<String> {
    let by_marker: HashMap<&str, Vec<&Told>> = entries.told.iter().fold(HashMap::new(), |mut all, told| {
        all.entry(told.call.marker.as_str()).or_default().push(told);
        all
    });
    let comparison = Comparison { entries, snapshot, by_marker };
    let mut wrong = comparison.contacts_of_callers();
    wrong.extend(comparison.callers_of_contacts());
    wrong.extend(comparison.messages());
    wrong.extend(comparison.same_sent_twice());
    wrong.extend(comparison.notes());
    wrong.extend(comparison.named("operator", &What::AddOperator, &snapshot.operators));
    wrong.extend(comparison.named("source", &What::AddSource, &snapshot.sources));
    wrong.extend(comparison.calendars());
    wrong.extend(comparison.left_of_refused());
    wrong.extend(comparison.left_of_erased());
    wrong.extend(comparison.changed_leads());
    wrong.extend(comparison.facts());
    wrong.extend(comparison.loads());
    wrong
}

struct Comparison<'a> {
    entries: &'a Entries,
    snapshot: &'a Snapshot,
    by_marker: HashMap<&'a str, Vec<&'a Told>>,
}

/// The id in the answer to a call that was done.
fn id(told: &Told) -> Option<i64> {
    match &told.outcome {
        Outcome::Done(reply) => reply.json()["id"].as_i64(),
        _ => None,
    }
}

/// The id of the message, where a submission was appended to a contact.
fn appended(told: &Told) -> Option<i64> {
    match (&told.call.what, &told.outcome) {
        (What::Submit { .. }, Outcome::Done(reply)) => reply.json()["message_id"].as_i64(),
        _ => None,
    }
}

const fn is_submit(told: &Told) -> bool {
    matches!(told.call.what, What::Submit { .. })
}

impl Comparison<'_> {
    fn told(&self) -> impl Iterator<Item = &Told> {
        self.entries.told.iter()
    }

    /// Every acknowledged contact arrived, and is there unless it was to be deleted.
    fn contacts_of_callers(&self) -> Vec<String> {
        let check = |told: &Told| {
            let id = id(told)?;
            if appended(told).is_some() {
                return None;
            }
            let (marker, is_doomed) = (&told.call.marker, self.entries.doomed_contacts.contains(&id));
            let Some(contact) = self.snapshot.contacts.get(&id) else {
                let is_lost = !is_doomed || !self.snapshot.created.contains(&id);
                return is_lost.then(|| format!("contact {id} of {marker} was acknowledged and is lost"));
            };
            let shares = matches!(&told.call.what, What::Submit { same: Some(_) });
            let is_its_own = contact.marker.as_ref() == Some(marker) || contact.is_erased || shares;
            (!is_its_own).then(|| format!("contact {id} was acknowledged to {marker}, and is {contact:?}"))
        };
        self.told().filter(|told| is_submit(told)).filter_map(check).collect()
    }

    /// Every contact that is there is somebody's who was not refused it, once.
    fn callers_of_contacts(&self) -> Vec<String> {
        let mut seen: HashMap<&str, i64> = HashMap::new();
        let mut wrong = Vec::new();
        for (id_stored, contact) in &self.snapshot.contacts {
            let Some(marker) = &contact.marker else {
                if !contact.is_erased {
                    wrong.push(format!("contact {id_stored} has lost what was sent with it"));
                }
                continue;
            };
            let told: &[&Told] = self.by_marker.get(marker.as_str()).map_or(&[], |told| told);
            let may_be = told.iter().any(|it| id(it) == Some(*id_stored) || it.outcome == Outcome::Unknown);
            if !may_be {
                let outcomes: Vec<&Outcome> = told.iter().map(|told| &told.outcome).collect();
                wrong.push(format!("contact {id_stored} of {marker} is there, and its caller was told {outcomes:?}"));
            }
            let is_twice = seen.insert(marker, *id_stored).filter(|_| told.len() < 2);
            wrong.extend(is_twice.map(|other| format!("{marker} is there as contacts {other} and {id_stored}")));
        }
        wrong
    }

    /// An event, or a row, is one contact, however often and in whatever words it is sent.
    fn same_sent_twice(&self) -> Vec<String> {
        let mut first: HashMap<&str, i64> = HashMap::new();
        let mut wrong = Vec::new();
        for told in self.told() {
            let (What::Submit { same: Some(same) }, Some(id)) = (&told.call.what, id(told)) else { continue };
            let before = *first.entry(same).or_insert(id);
            // A row of a contact that was deleted is new again; and so is what an erased lead's answers were.
            let is_forgotten = self.entries.doomed_contacts.contains(&before)
                || self.snapshot.contacts.get(&before).is_none_or(|contact| contact.is_erased);
            if before != id && !is_forgotten {
                wrong.push(format!("{same} is contact {before} and, for {}, contact {id}", told.call.marker));
            }
        }
        wrong
    }

    /// Every message that was appended is there with its contact, once, and no other is.
    fn messages(&self) -> Vec<String> {
        let lost = |told: &Told| {
            let (message, contact) = (appended(told)?, id(told)?);
            let (marker, stored) = (&told.call.marker, self.snapshot.messages.get(&message));
            let shares = matches!(&told.call.what, What::Submit { same: Some(_) });
            let is_its_own = stored.is_some_and(|(of, is)| *of == contact && (shares || is.as_ref() == Some(marker)));
            let may_be_gone = stored.is_none()
                && (self.entries.doomed_contacts.contains(&contact)
                    || self.snapshot.contacts.get(&contact).is_some_and(|contact| contact.is_erased));
            (!is_its_own && !may_be_gone).then(|| {
                format!("message {message} of contact {contact} was acknowledged to {marker}, and is {stored:?}")
            })
        };
        let nobodys = |(message, (_, marker)): (&i64, &(i64, Option<String>))| {
            let told = marker.as_ref().and_then(|marker| self.by_marker.get(marker.as_str()));
            let is_of = |it: &&Told| appended(it) == Some(*message) || it.outcome == Outcome::Unknown;
            let may_be = told.is_some_and(|told| told.iter().any(is_of));
            (!may_be).then(|| format!("message {message} of {marker:?} is there, and nobody was told so"))
        };
        let of_contacts = self.snapshot.contacts.values().filter_map(|contact| contact.marker.as_deref());
        let of_messages = self.snapshot.messages.values().filter_map(|(_, marker)| marker.as_deref());
        // What was answered is forgotten with a lead, so it may have been carried out once more.
        let is_once = |marker: &&str| self.by_marker.get(marker).is_none_or(|told| told.len() < 2);
        let all = of_contacts.chain(of_messages).filter(is_once);
        let twice = twice(all).map(|marker| format!("{marker} is there twice, as a message or a contact"));
        let lost = self.told().filter_map(lost);
        lost.chain(self.snapshot.messages.iter().filter_map(nobodys)).chain(twice).collect()
    }

    /// Calendars stay, under whatever name they have since.
    fn calendars(&self) -> Vec<String> {
        let added = self.told().filter(|told| told.call.what == What::AddCalendar);
        let lost = added.filter_map(id).filter(|id| !self.snapshot.calendars.contains_key(id));
        lost.map(|id| format!("calendar {id} was acknowledged and is lost")).collect()
    }

    fn notes(&self) -> Vec<String> {
        let mut wrong = Vec::new();
        for told in self.told() {
            let (What::Note(contact), Some(id)) = (&told.call.what, id(told)) else { continue };
            let is_kept = self.snapshot.contacts.get(contact).is_some_and(|it| !it.is_erased);
            let has_it = self.snapshot.notes.get(&id).is_some_and(|text| text.contains(&told.call.marker));
            if is_kept && !has_it {
                wrong.push(format!("note {id} of {} on contact {contact} is lost", told.call.marker));
            }
        }
        let all = self.snapshot.notes.values().flat_map(|text| markers(text));
        wrong.extend(twice(all).map(|marker| format!("the note of {marker} is there twice")));
        wrong
    }

    /// Operators and sources, which are named for the calls that added them.
    fn named(&self, noun: &str, what: &What, stored: &HashMap<i64, String>) -> Vec<String> {
        let lost = self.told().filter(|told| told.call.what == *what).filter_map(|told| {
            let id = id(told)?;
            let is_there = stored.get(&id).is_some_and(|name| *name == told.call.marker);
            (!is_there).then(|| format!("{noun} {id} of {} was acknowledged and is lost", told.call.marker))
        });
        let all = stored.values().flat_map(|name| markers(name));
        lost.chain(twice(all).map(|marker| format!("the {noun} of {marker} is there twice"))).collect()
    }

    /// Nothing that was refused is anywhere.
    fn left_of_refused(&self) -> Vec<String> {
        let is_refused = |marker: &&str| {
            let told = self.by_marker.get(marker);
            told.is_none_or(|told| told.iter().all(|told| matches!(told.outcome, Outcome::Refused(_))))
        };
        let places = self.snapshot.marked.iter().filter(|(marker, _)| is_refused(&marker.as_str()));
        let told = |marker: &str| self.by_marker.get(marker).map(|told| format!("{:?}", told[0].outcome));
        places.map(|(marker, place)| format!("{marker} is in {place}, and was told {:?}", told(marker))).collect()
    }

    /// What was said about people who are erased is gone.
    fn left_of_erased(&self) -> Vec<String> {
        let is_erased = |contact: i64| self.snapshot.contacts.get(&contact).is_some_and(|it| it.is_erased);
        let must_be_gone = |told: &&Told| match &told.call.what {
            What::Submit { .. } => id(told).is_some_and(is_erased),
            What::Note(contact) | What::Message(contact) | What::Reason(contact) => is_erased(*contact),
            What::LeadName(lead) => self.snapshot.erased_leads.contains(lead),
            _ => false,
        };
        // What was answered is forgotten with a lead, so the same call may have made another contact since.
        let all_must = |told: &&Vec<&Told>| told.iter().all(&must_be_gone);
        let gone = self.by_marker.values().filter(all_must).filter_map(|told| Some(told.first()?.call.marker.as_str()));
        let gone: HashSet<&str> = gone.collect();
        let left = self.snapshot.marked.iter().filter(|(marker, _)| gone.contains(marker.as_str()));
        left.map(|(marker, place)| format!("{marker} is about somebody who was erased, and is in {place}")).collect()
    }

    /// Nobody was erased or merged by calls that were all refused, and everybody was by one that was done.
    fn changed_leads(&self) -> Vec<String> {
        let mut wrong = Vec::new();
        let mut may_be_erased: HashSet<i64> = HashSet::new();
        let mut may_be_merged: HashSet<i64> = HashSet::new();
        for told in self.told() {
            let is_done = matches!(told.outcome, Outcome::Done(_));
            let is_refused = matches!(told.outcome, Outcome::Refused(_));
            match &told.call.what {
                What::Erase(lead) if !is_refused => {
                    may_be_erased.insert(*lead);
                    if is_done && !self.snapshot.erased_leads.contains(lead) {
                        wrong.push(format!("lead {lead} is not erased, but {} was told so", told.call.marker));
                    }
                }
                What::Merge { from, .. } if !is_refused => {
                    may_be_merged.insert(*from);
                    if is_done && !self.snapshot.merged_leads.contains_key(from) {
                        wrong.push(format!("lead {from} is not merged, but {} was told so", told.call.marker));
                    }
                }
                _ => {}
            }
        }
        let by_merge = |lead: &i64| self.snapshot.merged_leads.contains_key(lead);
        let erased = self.snapshot.erased_leads.iter().filter(|lead| !may_be_erased.contains(lead) && !by_merge(lead));
        wrong.extend(erased.map(|lead| format!("lead {lead} is erased, and all who asked for it were refused")));
        let merged = self.snapshot.merged_leads.keys().filter(|lead| !may_be_merged.contains(lead));
        wrong.extend(merged.map(|lead| format!("lead {lead} is merged, and all who asked for it were refused")));
        wrong
    }

    /// What answers said of contacts is in the feed.
    fn facts(&self) -> Vec<String> {
        let lost = self.entries.facts.difference(&self.snapshot.facts);
        lost.map(|Fact { contact, operator, at }| match operator {
            Some(operator) => format!("contact {contact} was shown as assigned to {operator} at {at}, and is not"),
            None => format!("contact {contact} was shown as resolved at {at}, and it was not"),
        })
        .collect()
    }

    /// Nobody has more than they may, unless somebody was forced on them or the limit was lowered.
    fn loads(&self) -> Vec<String> {
        let check = |held: &crate::recount::Held| {
            let highest = self.entries.max_load.get(&held.operator).copied().unwrap_or(held.max_load);
            let most = highest.max(held.max_load) + held.forced;
            (held.load > most).then(|| format!("{held:?}, and the limit never was above {highest}"))
        };
        self.snapshot.held.iter().filter_map(check).collect()
    }
}

/// What is there more than once.
fn twice<'a>(all: impl Iterator<Item = &'a str>) -> impl Iterator<Item = &'a str> {
    let mut seen = BTreeSet::new();
    all.filter(move |one| !seen.insert(*one))
}
