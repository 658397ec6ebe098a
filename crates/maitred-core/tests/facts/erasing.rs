//! Forgetting who a lead is.

use crate::memory_store::{MemoryStore, Task};
use maitred_core::command::{
    AddNote, ContactEdit, EraseLead, LeadEdit, MergeLeads, NewSource, ShowLead, SplitLead, Submit, Transfer,
};
use maitred_core::idempotency::KeyDigest;
use maitred_core::limits::DRAIN_MAX;
use maitred_core::{
    Actor, Answer, Command, ContactId, Context, EventKind, IdempotencyKey, Identity, IdentityKind, LeadId, Outcome,
    Rejection, SourceId, SourceKind, Status, Timestamp, World, invariants,
};

/// A source without operators and what is asked of it, at the time of each command's place.
struct Simulation {
    store: MemoryStore,
    now: i64,
}

impl Simulation {
    fn new() -> Self {
        let mut simulation = Self { store: MemoryStore::default(), now: 0 };
        let source = NewSource { kind: SourceKind::Bot, ..NewSource::named("Bot") };
        simulation.run(Command::CreateSource(source)).expect("it is carried out");
        simulation
    }

    fn run(&mut self, command: Command) -> Result<Outcome, Rejection> {
        self.batch(vec![command]).pop().expect("an answer")
    }

    /// One batch, and all that it leaves over.
    fn batch(&mut self, commands: Vec<Command>) -> Vec<Result<Outcome, Rejection>> {
        let tasks: Vec<Task> = commands.into_iter().map(|command| (command, self.tick())).collect();
        let (answers, mut left_over) = self.store.batch(&mut World::new(self.store.ids), &tasks);
        while let Some(follow_up) = left_over.pop_first() {
            let task = (Command::FollowUp(follow_up), self.tick());
            left_over.extend(self.store.batch(&mut World::new(self.store.ids), &[task]).1);
        }
        assert_eq!(invariants::check(&self.store.whole()), Vec::<String>::new());
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
        self.store.leads.values().any(|lead| lead.name.is_some())
            || self.store.contacts.values().any(|c| c.message.is_some() || c.attributes.is_some())
            || !self.store.identities.is_empty()
            || !self.store.notes.is_empty()
            || !self.store.erasing.is_empty()
    }

    fn erasures(&self) -> usize {
        self.store.events.iter().filter(|event| event.kind() == EventKind::LeadErased).count()
    }
}

fn phone(text: &str) -> Identity {
    Identity::new(IdentityKind::Phone, format!("+{text}"))
}

fn submit(text: &str) -> Command {
    Command::Submit(Submit {
        lead_name: Some("Olga".into()),
        message: Some("Hello!".into()),
        attributes: Some("{\"a\":1}".into()),
        ..Submit::new(SourceId(1), vec![phone(text)])
    })
}

fn with_keys(command: Command, known_as: Vec<KeyDigest>, earlier: Vec<KeyDigest>) -> Command {
    let Command::Submit(it) = command else { panic!("{command:?}") };
    Command::Submit(Submit { known_as, earlier, ..it })
}

fn resolve(contact: ContactId) -> Command {
    Command::EditContact(contact, ContactEdit { is_resolved: Some(true), ..ContactEdit::default() })
}

fn note(contact: ContactId) -> Command {
    Command::AddNote(AddNote { contact, text: "Prefers to be called".into() })
}

const fn erase(lead: LeadId) -> Command {
    Command::EraseLead(EraseLead { lead, quiet_since: None })
}

#[test]
fn nothing_personal_is_left_of_an_erased_lead_and_its_contacts_stay() {
    let mut simulation = Simulation::new();
    let (contact, lead) = simulation.resolved("1");
    let decisions = simulation.store.decisions.len();
    let Ok(Outcome::Lead(erased)) = simulation.run(erase(lead)) else { panic!("they are erased") };
    assert_eq!(erased.erased_at, Some(Timestamp(simulation.now)));
    assert!(!simulation.knows_somebody());
    let kept = &simulation.store.contacts[&contact];
    assert_eq!((kept.lead, kept.status, simulation.store.decisions.len()), (lead, Status::Resolved, decisions));
    assert_eq!(simulation.erasures(), 1);
    // Again is the same as once.
    assert_eq!(simulation.run(erase(lead)), Ok(Outcome::Lead(erased)));
    assert_eq!(simulation.erasures(), 1);
}

#[test]
fn the_same_phone_is_a_new_lead_afterwards_also_in_the_same_batch() {
    let mut simulation = Simulation::new();
    let (_, lead) = simulation.resolved("1");
    let answers = simulation.batch(vec![erase(lead), submit("1"), submit("1")]);
    let leads: Vec<LeadId> = answers[1..]
        .iter()
        .map(|answer| match answer {
            Ok(Outcome::Contact(contact)) => contact.lead,
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(leads, [LeadId(2), LeadId(2)]);
    assert_eq!(simulation.store.identities[&phone("1")], LeadId(2));
}

#[test]
fn a_lead_with_an_open_contact_is_not_erased() {
    let mut simulation = Simulation::new();
    let (first, lead) = simulation.contact("1");
    let (second, _) = simulation.contact("1");
    let refused = Err(Rejection::LeadHasOpenContacts(lead));
    assert_eq!(simulation.run(erase(lead)), refused);
    // The batch knows of one open contact, and the other one is asked for when that is none any more.
    assert_eq!(simulation.batch(vec![resolve(first), erase(lead)])[1], refused);
    assert!(matches!(simulation.batch(vec![resolve(second), erase(lead)])[1], Ok(Outcome::Lead(_))));
    assert!(!simulation.knows_somebody());
}

#[test]
fn who_was_absorbed_is_forgotten_too() {
    let mut simulation = Simulation::new();
    let (_, first) = simulation.resolved("1");
    let (_, second) = simulation.resolved("2");
    let (_, third) = simulation.resolved("3");
    simulation.run(Command::MergeLeads(MergeLeads { from: first, into: second })).expect("it is carried out");
    // In one batch with a merge, whose rows move in the store alone.
    let answers = simulation.batch(vec![
        Command::MergeLeads(MergeLeads { from: second, into: third }),
        erase(third),
        Command::MergeLeads(MergeLeads { from: LeadId(9), into: third }),
        Command::EditLead(third, LeadEdit { name: Some(Some("Olga".into())), identities: vec![] }),
    ]);
    assert!(matches!(answers[1], Ok(Outcome::Lead(_))));
    assert_eq!(answers[2..], [Err(Rejection::LeadErased(third)), Err(Rejection::LeadErased(third))]);
    assert!(!simulation.knows_somebody());
    assert_eq!(simulation.run(erase(first)), Err(Rejection::LeadMerged(first, second)));
}

#[test]
fn nothing_is_written_about_an_erased_lead() {
    let mut simulation = Simulation::new();
    let (contact, lead) = simulation.resolved("1");
    simulation.run(erase(lead)).expect("it is carried out");
    let message = |text: Option<&str>| {
        Command::EditContact(contact, ContactEdit { message: Some(text.map(Into::into)), ..ContactEdit::default() })
    };
    assert_eq!(simulation.run(message(Some("Olga called"))), Err(Rejection::LeadErased(lead)));
    assert_eq!(simulation.run(note(contact)), Err(Rejection::LeadErased(lead)));
    assert!(simulation.run(message(None)).is_ok());
    assert!(!simulation.knows_somebody());
}

#[test]
fn notes_go_with_their_lead_whenever_they_were_written() {
    let mut simulation = Simulation::new();
    let (first, from) = simulation.resolved("1");
    let (second, into) = simulation.resolved("2");
    let (other, _) = simulation.contact("3");
    [first, other].into_iter().for_each(|contact| _ = simulation.run(note(contact)).expect("it is carried out"));
    // Two of them are written by the batch that erases, one of them before its lead is absorbed.
    let merge = Command::MergeLeads(MergeLeads { from, into });
    let answers = simulation.batch(vec![note(first), merge, note(second), erase(into), note(other)]);
    let [Ok(Outcome::Note(of_first, _)), _, Ok(Outcome::Note(of_second, _)), ..] = &answers[..] else {
        panic!("{answers:?}")
    };
    assert_eq!((*of_first, *of_second), (from, into));
    assert_eq!(simulation.store.notes.values().map(|note| note.contact).collect::<Vec<_>>(), [other, other]);
    simulation.run(Command::DeleteContact(other)).expect("it is carried out");
    assert!(simulation.store.notes.is_empty());
    assert_eq!(simulation.store.ids.note, 6, "no id is used again");
}

#[test]
fn notes_follow_a_contact_that_its_lead_loses_in_the_batch_that_erases() {
    let mut simulation = Simulation::new();
    let (moved, lead) = simulation.resolved("1");
    let (left, _) = simulation.resolved("1");
    for contact in [moved, left] {
        simulation.run(note(contact)).expect("it is carried out");
    }
    let split =
        |contact| Command::SplitLead(SplitLead { lead, contacts: vec![contact], identities: Vec::new(), name: None });
    simulation.batch(vec![split(moved), erase(lead)]);
    assert_eq!(simulation.store.notes.values().map(|note| note.contact).collect::<Vec<_>>(), [moved]);
    let new = simulation.store.contacts[&moved].lead;
    let again = Command::SplitLead(SplitLead { lead: new, contacts: vec![moved], identities: Vec::new(), name: None });
    simulation.batch(vec![again, erase(LeadId(new.0 + 1))]);
    assert!(simulation.store.notes.is_empty());
}

#[test]
fn however_many_contacts_a_lead_has_each_step_is_bounded() {
    let mut simulation = Simulation::new();
    for _ in 0..2 * DRAIN_MAX + 3 {
        simulation.resolved("1");
    }
    let erase = (erase(LeadId(1)), simulation.tick());
    let (_, mut left_over) = simulation.store.batch(&mut World::new(simulation.store.ids), &[erase]);
    let mut steps = vec![texts(&simulation)];
    while let Some(follow_up) = left_over.pop_first() {
        // What is left to do stands in the store: nobody needs to remember anything to go on.
        assert_eq!(simulation.store.whole().erasing().collect::<Vec<_>>(), [follow_up]);
        assert_eq!(invariants::check(&simulation.store.whole()), Vec::<String>::new());
        let task = (Command::FollowUp(follow_up), simulation.tick());
        left_over = simulation.store.batch(&mut World::new(simulation.store.ids), &[task]).1;
        steps.push(texts(&simulation));
    }
    assert_eq!(steps, [DRAIN_MAX + 3, 3, 0]);
    assert!(!simulation.knows_somebody());
}

fn texts(simulation: &Simulation) -> usize {
    simulation.store.contacts.values().filter(|contact| contact.message.is_some()).count()
}

#[test]
fn retention_leaves_alone_who_was_there_since() {
    let mut simulation = Simulation::new();
    let (contact, lead) = simulation.resolved("1");
    let ended = simulation.store.contacts[&contact].resolved_at.expect("it is resolved");
    let quiet_since = |at: i64| Command::EraseLead(EraseLead { lead, quiet_since: Some(Timestamp(at)) });
    assert!(matches!(simulation.run(quiet_since(ended.0)), Ok(Outcome::Lead(lead)) if lead.erased_at.is_none()));
    assert!(simulation.knows_somebody());
    assert!(matches!(simulation.run(quiet_since(ended.0 + 1)), Ok(Outcome::Lead(lead)) if lead.erased_at.is_some()));
    assert!(!simulation.knows_somebody());
}

#[test]
fn answers_that_were_kept_about_an_erased_lead_go() {
    let mut simulation = Simulation::new();
    let (_, lead) = simulation.resolved("1");
    let once = |n: u8| vec![IdempotencyKey { digest: [n; 16], fingerprint: [n; 16], is_event: false }];
    let edit = Command::EditLead(lead, LeadEdit { name: Some(Some("Irina".into())), identities: vec![] });
    let keyed = [((edit.clone(), simulation.tick()), once(1)), ((edit, simulation.tick()), once(2))];
    simulation.store.batch_with_keys(&mut World::new(simulation.store.ids), &keyed[..1]);
    // One was kept before, the other is kept and forgotten in one batch.
    let both = vec![keyed[1].clone(), ((erase(lead), simulation.tick()), vec![])];
    simulation.store.batch_with_keys(&mut World::new(simulation.store.ids), &both);
    assert!(simulation.store.answers.is_empty());
}

#[test]
fn while_texts_are_being_forgotten_no_answer_keeps_one() {
    let mut simulation = Simulation::new();
    let event = |fingerprint| vec![IdempotencyKey { digest: [99; 16], fingerprint: [fingerprint; 16], is_event: true }];
    for _ in 0..=DRAIN_MAX {
        simulation.resolved("1");
    }
    let row = [7; 16];
    let known_as = |keys| with_keys(submit("1"), keys, Vec::new());
    let arrival = ((known_as(vec![row]), simulation.tick()), event(1));
    simulation.store.batch_with_keys(&mut World::new(simulation.store.ids), &[arrival]);
    let late = ContactId(DRAIN_MAX as i64 + 2);
    simulation.run(resolve(late)).expect("it is carried out");
    // Who absorbed the lead is erased, and the follow-up has not been carried out yet.
    let (_, other) = simulation.resolved("2");
    simulation.run(Command::MergeLeads(MergeLeads { from: LeadId(1), into: other })).expect("it is carried out");
    let erased = (erase(other), simulation.tick());
    simulation.store.batch(&mut World::new(simulation.store.ids), &[erased]);
    assert!(simulation.store.contacts[&late].has_text(), "it is to come");

    let once = |n: u8| vec![IdempotencyKey { digest: [n; 16], fingerprint: [n; 16], is_event: false }];
    let edit = |edit| Command::EditContact(late, edit);
    let shown = |is_erased| ShowLead { lead: LeadId(1), text: "{}".into(), is_erased };
    let commands = [
        (edit(ContactEdit { priority: Some(5), ..ContactEdit::default() }), once(1)),
        (edit(ContactEdit { is_resolved: Some(false), ..ContactEdit::default() }), once(2)),
        (Command::Transfer(Transfer { contact: late, from: None, to: None, force: false }), once(3)),
        // The event of the contact, said in other words and under another key as well.
        (submit("3"), [event(2), once(4)].concat()),
        // Its row of a file, as it was and corrected.
        (known_as(vec![row]), once(7)),
        (with_keys(submit("1"), vec![[8; 16]], vec![row]), once(8)),
        // One who was read before the erasure, and one who was read after it.
        (Command::Show(shown(false)), once(5)),
        (Command::Show(shown(true)), once(6)),
    ];
    for (command, keys) in commands {
        let task = ((command.clone(), simulation.tick()), keys);
        let answers = simulation.store.batch_with_keys(&mut World::new(simulation.store.ids), &[task]).0;
        match &answers[0] {
            Ok(outcome) => assert!(!outcome.has_text(), "{command:?}: {outcome:?}"),
            refused => assert_eq!(*refused, Err(Rejection::LeadErased(LeadId(1)))),
        }
    }
    assert_eq!(simulation.store.answers.len(), 8, "of the event and seven more");
    for (at, key, bytes) in simulation.store.answers.values() {
        let answer = Answer::decode(*key, *at, bytes).expect("an answer reads what it wrote");
        assert!(!answer.has_text(), "{answer:?}");
    }
}
