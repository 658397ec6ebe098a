//! Who gets a contact back, and who does not: returning leads, reopened and released contacts.

use crate::single::run_to_the_end;
use maitred_core::command::{
    ContactEdit, MergeLeads, NewOperator, NewSource, OperatorEdit, SetWeight, Submit, Transfer,
};
use maitred_core::{
    Actor, Command, Contact, ContactId, Context, Identity, IdentityKind, LeadId, OperatorId, Outcome, SourceId,
    SourceKind, Timestamp, World,
};

const BOT: SourceId = SourceId(1);
const MEMBERS: i64 = 20;

/// A source with so many equal members that no test passes by luck.
struct Simulation {
    world: World,
    now: i64,
}

impl Simulation {
    fn new(sticky: bool) -> Self {
        let mut simulation = Self { world: World::default(), now: 0 };
        simulation.run(Command::CreateSource(NewSource { kind: SourceKind::Bot, sticky, ..NewSource::named("Bot") }));
        for id in 1..=MEMBERS {
            simulation.run(Command::CreateOperator(NewOperator::named("Anna")));
            simulation.run(Command::SetWeight(SetWeight { source: BOT, operator: OperatorId(id), weight: 10 }));
        }
        simulation
    }

    fn run(&mut self, command: Command) -> Outcome {
        self.now += 1;
        let context = Context { now: Timestamp(self.now), seed: self.now.cast_unsigned(), actor: Actor::System };
        run_to_the_end(&mut self.world, command, context, 20).0.expect("nothing is wrong with the command")
    }

    fn arrives(&mut self, lead: &str) -> Contact {
        let identity = Identity::new(IdentityKind::ExternalId, lead);
        let outcome = self.run(Command::Submit(Submit::new(BOT, vec![identity])));
        let Outcome::Contact(contact) = outcome else { panic!("a contact was stored") };
        contact
    }

    fn edit(&mut self, operator: Option<OperatorId>, edit: &OperatorEdit) {
        let everybody = (1..=MEMBERS).map(OperatorId).filter(|id| operator.is_none_or(|only| only == *id));
        everybody.for_each(|id| _ = self.run(Command::EditOperator(id, edit.clone())));
    }

    fn resolve(&mut self, contact: ContactId, is_resolved: bool) -> Contact {
        let edit = ContactEdit { is_resolved: Some(is_resolved), ..ContactEdit::default() };
        let Outcome::Contact(contact) = self.run(Command::EditContact(contact, edit)) else { panic!("a contact") };
        contact
    }

    fn holder(&self, contact: ContactId) -> Option<OperatorId> {
        self.world.contact(contact).expect("no contact is lost").operator
    }
}

fn switch(on: bool) -> OperatorEdit {
    OperatorEdit { is_active: Some(on), ..OperatorEdit::default() }
}

#[test]
fn a_returning_lead_goes_to_its_last_operator_where_the_source_is_sticky() {
    let mut simulation = Simulation::new(true);
    let first = simulation.arrives("Olga");
    for _ in 0..5 {
        assert_eq!(simulation.arrives("Olga").operator, first.operator);
    }
    simulation.resolve(first.id, true);
    assert_eq!(simulation.arrives("Olga").operator, first.operator, "a resolved contact is remembered too");
    let mut simulation = Simulation::new(false);
    let operators: Vec<_> = (0..6).map(|_| simulation.arrives("Olga").operator).collect();
    assert!(operators.iter().any(|operator| *operator != operators[0]), "this source is not sticky");
}

#[test]
fn a_returning_lead_goes_to_another_when_its_operator_is_out_and_stays_there() {
    let mut simulation = Simulation::new(true);
    let first = simulation.arrives("Olga").operator;
    simulation.edit(first, &switch(false));
    let second = simulation.arrives("Olga").operator;
    assert!(second.is_some() && second != first);
    simulation.edit(first, &switch(true));
    assert_eq!(simulation.arrives("Olga").operator, second, "the last operator, not the first");
}

#[test]
fn a_returning_lead_who_waited_goes_to_its_last_operator() {
    let mut simulation = Simulation::new(true);
    let first = simulation.arrives("Olga").operator;
    simulation.run(Command::ReplaceWeights(BOT, Vec::new()));
    let waiting = [simulation.arrives("Olga").id, simulation.arrives("Olga").id];
    assert_eq!(waiting.map(|id| simulation.holder(id)), [None, None]);
    simulation.run(Command::ReplaceWeights(BOT, (1..=MEMBERS).map(|id| (OperatorId(id), 10)).collect()));
    assert_eq!(waiting.map(|id| simulation.holder(id)), [first, first]);
}

#[test]
fn the_contacts_of_a_lead_stay_together_when_their_operator_is_deleted() {
    let mut simulation = Simulation::new(true);
    let contacts: Vec<Contact> = (0..5).map(|_| simulation.arrives("Olga")).collect();
    let gone = contacts[0].operator.expect("somebody had room");
    simulation.run(Command::DeleteOperator(gone));
    let after: Vec<_> = contacts.iter().map(|c| simulation.holder(c.id)).collect();
    assert!(after[0].is_some() && after[0] != Some(gone));
    assert!(after.iter().all(|operator| *operator == after[0]), "{after:?}");
}

#[test]
fn merged_leads_return_to_who_had_the_latest_contact_of_either() {
    let mut simulation = Simulation::new(true);
    simulation.arrives("Olga");
    let latest = simulation.arrives("olga@work").operator;
    simulation.run(Command::MergeLeads(MergeLeads { from: LeadId(2), into: LeadId(1) }));
    assert_eq!(simulation.arrives("Olga").operator, latest);
}

#[test]
fn a_reopened_contact_returns_to_who_had_it_if_they_can_take_it() {
    let mut simulation = Simulation::new(false);
    for n in 0..10 {
        let contact = simulation.arrives(&n.to_string());
        simulation.resolve(contact.id, true);
        assert_eq!(simulation.resolve(contact.id, false).operator, contact.operator);
        simulation.resolve(contact.id, true);
        simulation.edit(contact.operator, &switch(false));
        let other = simulation.resolve(contact.id, false).operator;
        assert!(other.is_some() && other != contact.operator, "they are switched off");
    }
}

#[test]
fn a_released_contact_goes_to_somebody_else_if_there_is_anybody() {
    let mut simulation = Simulation::new(true);
    let release = |contact| Command::Transfer(Transfer { contact, from: None, to: None, force: false });
    for n in 0..60 {
        let contact = simulation.arrives(&n.to_string());
        simulation.run(release(contact.id));
        let after = simulation.holder(contact.id);
        assert!(after.is_some() && after != contact.operator);
    }
    let contact = simulation.arrives("Olga");
    simulation.edit(None, &switch(false));
    simulation.edit(contact.operator, &switch(true));
    simulation.run(release(contact.id));
    assert_eq!(simulation.holder(contact.id), contact.operator, "nobody else can take it");
}

/// Everybody has room for one contact; another one waits for the first slot.
fn full(simulation: &mut Simulation) -> Contact {
    simulation.edit(None, &OperatorEdit { max_load: Some(1), ..OperatorEdit::default() });
    let first = simulation.arrives("lead 0");
    (1..=MEMBERS).for_each(|n| _ = simulation.arrives(&format!("lead {n}")));
    first
}

fn undo(simulation: &mut Simulation, contact: ContactId) -> Contact {
    let edit = ContactEdit { is_resolved: Some(false), undo: true, ..ContactEdit::default() };
    let Outcome::Contact(contact) = simulation.run(Command::EditContact(contact, edit)) else { panic!("a contact") };
    contact
}

#[test]
fn what_was_resolved_by_mistake_is_taken_back_although_the_slot_was_given_away() {
    let mut simulation = Simulation::new(false);
    let first = full(&mut simulation);
    let anna = first.operator.expect("there is room");
    simulation.resolve(first.id, true);
    let load = |simulation: &Simulation| simulation.world.operator(anna).expect("she is there").current_load;
    assert_eq!(load(&simulation), 1, "the next one has the slot");
    let back = undo(&mut simulation, first.id);
    assert_eq!((back.operator, back.resolved_at), (Some(anna), None));
    assert_eq!(load(&simulation), 2);
    // With the slot still free it is as reopening always is.
    simulation.edit(Some(anna), &OperatorEdit { max_load: Some(3), ..OperatorEdit::default() });
    simulation.resolve(first.id, true);
    assert_eq!(undo(&mut simulation, first.id).operator, Some(anna));
    // Somebody who was paused meanwhile gets it back, too.
    simulation.resolve(first.id, true);
    simulation.edit(Some(anna), &OperatorEdit { is_active: Some(false), ..OperatorEdit::default() });
    assert_eq!(undo(&mut simulation, first.id).operator, Some(anna));
}

#[test]
fn resolving_cannot_be_undone_over_the_limit_for_ever_nor_by_reopening() {
    let mut simulation = Simulation::new(false);
    let first = full(&mut simulation);
    simulation.resolve(first.id, true);
    assert_eq!(simulation.resolve(first.id, false).operator, None, "reopening keeps to the limit");
    let mut simulation = Simulation::new(false);
    let first = full(&mut simulation);
    simulation.resolve(first.id, true);
    simulation.now += maitred_core::limits::UNDO_MICROS_MAX;
    assert_eq!(undo(&mut simulation, first.id).operator, None);
}
