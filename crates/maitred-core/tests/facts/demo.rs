//! The demo and the rest never meet: the same person in both is two leads, and nobody serves both.

use crate::single::run_to_the_end;
use maitred_core::command::{
    DeleteSource, EraseLead, LeadEdit, MergeLeads, NewOperator, NewSource, SetWeight, SplitLead, Submit, Transfer,
};
use maitred_core::world::Changes;
use maitred_core::{
    Actor, Command, Contact, Context, DEMO_SPACE, Identity, IdentityKind, LeadId, OperatorId, Outcome, Rejection,
    SourceId, Status, Timestamp, World, invariants,
};

const REAL: SourceId = SourceId(1);
const DEMO: SourceId = SourceId(2);
const ANNA: OperatorId = OperatorId(1);
const DEMO_OPERATOR: OperatorId = OperatorId(2);

struct Simulation {
    world: World,
    changes: Vec<Changes>,
}

impl Simulation {
    fn new() -> Self {
        let mut simulation = Self { world: World::default(), changes: Vec::new() };
        for demo in [false, true] {
            let name = if demo { "demo" } else { "real" };
            simulation.run(Command::CreateSource(NewSource { demo, ..NewSource::named(name) })).expect("a source");
            simulation.run(Command::CreateOperator(NewOperator { demo, ..NewOperator::named(name) })).expect("one");
        }
        for (source, operator) in [(REAL, ANNA), (DEMO, DEMO_OPERATOR)] {
            simulation.run(Command::SetWeight(SetWeight { source, operator, weight: 1 })).expect("they are alike");
        }
        simulation
    }

    fn run(&mut self, command: Command) -> Result<Outcome, Rejection> {
        let context = Context { now: Timestamp(1), seed: 1, actor: Actor::System };
        let (outcome, changes) = run_to_the_end(&mut self.world, command, context, 20);
        self.changes.extend(changes);
        assert_eq!(invariants::check(&self.world), Vec::<String>::new());
        outcome
    }

    fn contact(&mut self, source: SourceId, identities: Vec<Identity>) -> Contact {
        match self.run(Command::Submit(Submit::new(source, identities))) {
            Ok(Outcome::Contact(contact)) => contact,
            other => panic!("{other:?}"),
        }
    }
}

fn everything() -> Vec<Identity> {
    IdentityKind::ALL.map(|kind| Identity::new(kind, format!("{kind:?}"))).to_vec()
}

#[test]
fn the_same_person_in_both_is_two_leads() {
    let mut simulation = Simulation::new();
    let leads = [REAL, DEMO, REAL, DEMO].map(|source| simulation.contact(source, everything()).lead.0);
    assert_eq!(leads, [1, 2, 1, 2]);
    let of_dialect = Submit { id_space: Some("compat".into()), ..Submit::new(DEMO, everything()) };
    let Ok(Outcome::Contact(contact)) = simulation.run(Command::Submit(of_dialect)) else { panic!("a contact") };
    assert_eq!(contact.lead, LeadId(2), "a dialect has no way around it");
    let identities: Vec<_> = simulation.world.identities().collect();
    assert!(identities.iter().all(|(identity, lead)| (lead.0 == 2) == (&*identity.space == DEMO_SPACE)));
    assert_eq!(identities.len(), 6);
}

#[test]
fn leads_are_not_merged_across_and_stay_what_they_are_when_they_are_edited_or_split() {
    let mut simulation = Simulation::new();
    let real = simulation.contact(REAL, everything());
    let demo = simulation.contact(DEMO, everything());
    for (from, into) in [(real.lead, demo.lead), (demo.lead, real.lead)] {
        let merged = simulation.run(Command::MergeLeads(MergeLeads { from, into }));
        assert_eq!(merged, Err(Rejection::DemoAndRealLead(from, into)));
    }
    let phone = Identity::new(IdentityKind::Phone, "+12025550100");
    let id = |space: &str| Identity::new(IdentityKind::ExternalId, "7").in_space(space.into());
    let edit = LeadEdit { name: None, identities: vec![phone.clone(), id("a"), id("b")] };
    simulation.run(Command::EditLead(demo.lead, edit.clone())).expect("they are nobody's");
    simulation.run(Command::EditLead(real.lead, edit)).expect("nor are they anybody else's");
    let contacts = vec![demo.id];
    let split =
        SplitLead { lead: demo.lead, contacts, identities: vec![phone.in_space(DEMO_SPACE.into())], name: None };
    let Ok(Outcome::Lead(new)) = simulation.run(Command::SplitLead(split)) else { panic!("a lead") };
    assert!(new.demo);
}

#[test]
fn nobody_serves_both_and_a_transfer_does_not_cross_even_by_force() {
    let mut simulation = Simulation::new();
    let contacts = [REAL, DEMO].map(|source| simulation.contact(source, everything()));
    for (source, operator, contact) in [(REAL, DEMO_OPERATOR, &contacts[0]), (DEMO, ANNA, &contacts[1])] {
        let refused = Err(Rejection::DemoAndReal(source, operator));
        let table = vec![(operator, 1)];
        assert_eq!(simulation.run(Command::SetWeight(SetWeight { source, operator, weight: 1 })), refused);
        assert_eq!(simulation.run(Command::SetWeights(source, table.clone())), refused);
        assert_eq!(simulation.run(Command::ReplaceWeights(source, table)), refused);
        let transfer = Transfer { contact: contact.id, from: None, to: Some(operator), force: true };
        assert_eq!(simulation.run(Command::Transfer(transfer)), refused);
    }
}

#[test]
fn every_event_of_the_demo_says_so_and_no_other() {
    let mut simulation = Simulation::new();
    for source in [REAL, DEMO] {
        let contact = simulation.contact(source, everything());
        let release = Transfer { contact: contact.id, from: None, to: None, force: false };
        simulation.run(Command::Transfer(release)).expect("it is assigned");
        simulation.contact(source, vec![Identity::new(IdentityKind::Phone, "2"), everything().remove(2)]);
        simulation
            .run(Command::EditLead(contact.lead, LeadEdit { name: Some(Some("A".into())), identities: vec![] }))
            .expect("a name");
        simulation.run(Command::DeleteContact(contact.id)).expect("it is there");
        simulation.run(Command::DeleteSource(DeleteSource { source, force: true })).expect("it is there");
        simulation
            .run(Command::EraseLead(EraseLead { lead: contact.lead, quiet_since: None }))
            .expect("all is resolved");
        simulation.run(Command::DeleteOperator(OperatorId(source.0))).expect("they are there");
    }
    let events: Vec<_> = simulation.changes.iter().flat_map(|changes| &changes.events).collect();
    let is_of_demo = |event: &&&maitred_core::Event| {
        let of_source = event.source.map(|source| source == DEMO);
        let of_operator = event.operator.map(|operator| operator == DEMO_OPERATOR);
        let of_lead = event.lead.map(|lead| simulation.world.lead(lead).expect("they are there").demo);
        of_source.or(of_operator).or(of_lead).expect("it is about something")
    };
    assert!(events.iter().all(|event| event.demo == is_of_demo(&event)), "{events:?}");
    let kinds = |demo| events.iter().filter(|event| event.demo == demo).map(|event| event.kind()).collect::<Vec<_>>();
    let sorted = |mut kinds: Vec<maitred_core::EventKind>| {
        kinds.sort_by_key(|kind| kind.code());
        kinds
    };
    assert_eq!(sorted(kinds(true)), sorted(kinds(false)), "the same happened to both");
}

#[test]
fn removing_deletes_all_sources_of_the_demo_at_once_and_none_other() {
    let mut simulation = Simulation::new();
    let held = simulation.contact(DEMO, everything());
    let real = simulation.contact(REAL, everything());
    assert_eq!(simulation.run(Command::RemoveDemo(vec![DEMO, REAL])), Err(Rejection::NotDemo(REAL)));
    assert!(simulation.world.source(DEMO).is_ok(), "all or nothing");
    assert_eq!(simulation.run(Command::RemoveDemo(vec![DEMO])), Ok(Outcome::Done));
    assert_eq!(simulation.world.contact(held.id).map(|contact| contact.status), Ok(Status::Resolved));
    assert_eq!(simulation.world.contact(real.id).map(|contact| contact.status), Ok(Status::Assigned));
    assert_eq!(simulation.run(Command::RemoveDemo(vec![DEMO])), Ok(Outcome::Done), "somebody was quicker");
}
