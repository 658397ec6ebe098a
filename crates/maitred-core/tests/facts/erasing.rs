//! Forgetting who a lead is.

use crate::shelf::{Shelf, Task};
use maitred_core::command::{ContactEdit, EraseLead, LeadEdit, MergeLeads, NewSource, Submit};
use maitred_core::limits::DRAIN_MAX;
use maitred_core::{
    Actor, Command, ContactId, Context, EventKind, Identity, IdentityKind, LeadId, Once, Outcome, Rejection, SourceId,
    SourceKind, Status, Timestamp, World, invariants,
};

/// A source without operators and what is asked of it, at the time of each command's place.
struct House {
    shelf: Shelf,
    now: i64,
}

impl House {
    fn new() -> Self {
        let mut house = Self { shelf: Shelf::default(), now: 0 };
        let source = NewSource { kind: SourceKind::Bot, ..NewSource::named("Bot") };
        house.run(Command::CreateSource(source)).expect("it is carried out");
        house
    }

    fn run(&mut self, command: Command) -> Result<Outcome, Rejection> {
        self.batch(vec![command]).pop().expect("an answer")
    }

    /// One batch, and all that it leaves over.
    fn batch(&mut self, commands: Vec<Command>) -> Vec<Result<Outcome, Rejection>> {
        let tasks: Vec<Task> = commands.into_iter().map(|command| (command, self.tick())).collect();
        let (answers, mut left_over) = self.shelf.batch(&mut World::new(self.shelf.ids), &tasks);
        while let Some(follow_up) = left_over.pop_first() {
            let task = (Command::FollowUp(follow_up), self.tick());
            left_over.extend(self.shelf.batch(&mut World::new(self.shelf.ids), &[task]).1);
        }
        assert_eq!(invariants::check(&self.shelf.whole()), Vec::<String>::new());
        answers
    }

    fn tick(&mut self) -> Context {
        self.now += 1;
        Context { now: Timestamp(self.now), seed: 1, actor: Actor::System }
    }

    fn contact(&mut self, phone: &str) -> (ContactId, LeadId) {
        match self.run(submit(phone)).expect("it is carried out") {
            Outcome::Contact(contact) => (contact.id, contact.lead),
            other => panic!("{other:?}"),
        }
    }

    fn resolved(&mut self, phone: &str) -> (ContactId, LeadId) {
        let (contact, lead) = self.contact(phone);
        self.run(resolve(contact)).expect("it is carried out");
        (contact, lead)
    }

    /// Whether anything that was ever said about anybody is anywhere.
    fn knows_somebody(&self) -> bool {
        self.shelf.leads.values().any(|lead| lead.name.is_some())
            || self.shelf.contacts.values().any(|c| c.message.is_some() || c.attributes.is_some())
            || !self.shelf.identities.is_empty()
            || !self.shelf.erasing.is_empty()
    }

    fn erasures(&self) -> usize {
        self.shelf.events.iter().filter(|event| event.kind() == EventKind::LeadErased).count()
    }
}

fn phone(text: &str) -> Identity {
    Identity { kind: IdentityKind::Phone, value: text.into() }
}

fn submit(text: &str) -> Command {
    Command::Submit(Submit {
        lead_name: Some("Olga".into()),
        message: Some("Hello!".into()),
        attributes: Some("{\"a\":1}".into()),
        ..Submit::new(SourceId(1), vec![phone(text)])
    })
}

fn resolve(contact: ContactId) -> Command {
    Command::EditContact(contact, ContactEdit { is_resolved: Some(true), ..ContactEdit::default() })
}

const fn erase(lead: LeadId) -> Command {
    Command::EraseLead(EraseLead { lead, quiet_since: None })
}

#[test]
fn nothing_personal_is_left_of_an_erased_lead_and_his_contacts_stay() {
    let mut house = House::new();
    let (contact, lead) = house.resolved("1");
    let decisions = house.shelf.decisions.len();
    let Ok(Outcome::Lead(erased)) = house.run(erase(lead)) else { panic!("he is erased") };
    assert_eq!(erased.erased_at, Some(Timestamp(house.now)));
    assert!(!house.knows_somebody());
    let kept = &house.shelf.contacts[&contact];
    assert_eq!((kept.lead, kept.status, house.shelf.decisions.len()), (lead, Status::Resolved, decisions));
    assert_eq!(house.erasures(), 1);
    // Again is the same as once.
    assert_eq!(house.run(erase(lead)), Ok(Outcome::Lead(erased)));
    assert_eq!(house.erasures(), 1);
}

#[test]
fn the_same_phone_is_a_new_lead_afterwards_also_in_the_same_batch() {
    let mut house = House::new();
    let (_, lead) = house.resolved("1");
    let answers = house.batch(vec![erase(lead), submit("1"), submit("1")]);
    let leads: Vec<LeadId> = answers[1..]
        .iter()
        .map(|answer| match answer {
            Ok(Outcome::Contact(contact)) => contact.lead,
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(leads, [LeadId(2), LeadId(2)]);
    assert_eq!(house.shelf.identities[&phone("1")], LeadId(2));
}

#[test]
fn a_lead_with_an_open_contact_is_not_erased() {
    let mut house = House::new();
    let (first, lead) = house.contact("1");
    let (second, _) = house.contact("1");
    let refused = Err(Rejection::LeadHasOpenContacts(lead));
    assert_eq!(house.run(erase(lead)), refused);
    // The batch knows of one open contact, and the other one is asked for when that is none any more.
    assert_eq!(house.batch(vec![resolve(first), erase(lead)])[1], refused);
    assert!(matches!(house.batch(vec![resolve(second), erase(lead)])[1], Ok(Outcome::Lead(_))));
    assert!(!house.knows_somebody());
}

#[test]
fn who_was_absorbed_is_forgotten_too() {
    let mut house = House::new();
    let (_, first) = house.resolved("1");
    let (_, second) = house.resolved("2");
    let (_, third) = house.resolved("3");
    house.run(Command::MergeLeads(MergeLeads { from: first, into: second })).expect("it is carried out");
    // In one batch with a merge, whose rows move in the store alone.
    let answers = house.batch(vec![
        Command::MergeLeads(MergeLeads { from: second, into: third }),
        erase(third),
        Command::MergeLeads(MergeLeads { from: LeadId(9), into: third }),
        Command::EditLead(third, LeadEdit { name: Some(Some("Olga".into())), identities: vec![] }),
    ]);
    assert!(matches!(answers[1], Ok(Outcome::Lead(_))));
    assert_eq!(answers[2..], [Err(Rejection::LeadErased(third)), Err(Rejection::LeadErased(third))]);
    assert!(!house.knows_somebody());
    assert_eq!(house.run(erase(first)), Err(Rejection::LeadMerged(first, second)));
}

#[test]
fn nothing_is_written_about_him_any_more() {
    let mut house = House::new();
    let (contact, lead) = house.resolved("1");
    house.run(erase(lead)).expect("it is carried out");
    let message = |text: Option<&str>| {
        Command::EditContact(contact, ContactEdit { message: Some(text.map(Into::into)), ..ContactEdit::default() })
    };
    assert_eq!(house.run(message(Some("Olga called"))), Err(Rejection::LeadErased(lead)));
    assert!(house.run(message(None)).is_ok());
    assert!(!house.knows_somebody());
}

#[test]
fn however_many_contacts_he_has_each_step_is_bounded() {
    let mut house = House::new();
    for _ in 0..2 * DRAIN_MAX + 3 {
        house.resolved("1");
    }
    let erase = (erase(LeadId(1)), house.tick());
    let (_, mut left_over) = house.shelf.batch(&mut World::new(house.shelf.ids), &[erase]);
    let mut steps = vec![texts(&house)];
    while let Some(follow_up) = left_over.pop_first() {
        // What is left to do stands in the store: whoever goes on needs to remember nothing.
        assert_eq!(house.shelf.whole().erasing().collect::<Vec<_>>(), [follow_up]);
        assert_eq!(invariants::check(&house.shelf.whole()), Vec::<String>::new());
        let task = (Command::FollowUp(follow_up), house.tick());
        left_over = house.shelf.batch(&mut World::new(house.shelf.ids), &[task]).1;
        steps.push(texts(&house));
    }
    assert_eq!(steps, [DRAIN_MAX + 3, 3, 0]);
    assert!(!house.knows_somebody());
}

fn texts(house: &House) -> usize {
    house.shelf.contacts.values().filter(|contact| contact.message.is_some()).count()
}

#[test]
fn retention_leaves_alone_who_was_there_since() {
    let mut house = House::new();
    let (contact, lead) = house.resolved("1");
    let ended = house.shelf.contacts[&contact].resolved_at.expect("it is resolved");
    let quiet_since = |at: i64| Command::EraseLead(EraseLead { lead, quiet_since: Some(Timestamp(at)) });
    assert!(matches!(house.run(quiet_since(ended.0)), Ok(Outcome::Lead(lead)) if lead.erased_at.is_none()));
    assert!(house.knows_somebody());
    assert!(matches!(house.run(quiet_since(ended.0 + 1)), Ok(Outcome::Lead(lead)) if lead.erased_at.is_some()));
    assert!(!house.knows_somebody());
}

#[test]
fn answers_that_were_kept_about_him_go() {
    let mut house = House::new();
    let (_, lead) = house.resolved("1");
    let once = |n: u8| vec![Once { key: [n; 16], fingerprint: [n; 16] }];
    let edit = Command::EditLead(lead, LeadEdit { name: Some(Some("Irina".into())), identities: vec![] });
    let keyed = [((edit.clone(), house.tick()), once(1)), ((edit, house.tick()), once(2))];
    house.shelf.batch_once(&mut World::new(house.shelf.ids), &keyed[..1]);
    // One was kept before, the other is kept and forgotten in one batch.
    let both = vec![keyed[1].clone(), ((erase(lead), house.tick()), vec![])];
    house.shelf.batch_once(&mut World::new(house.shelf.ids), &both);
    assert!(house.shelf.answers.is_empty());
}
