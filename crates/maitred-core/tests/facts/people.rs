//! Whose a contact is, in the core alone: what is attached, what contradicts, and what a split moves.

use crate::single::run_to_the_end;
use maitred_core::command::{MergeLeads, NewSource, PhoneReading, Reread, RereadPhones, SplitLead, Submit};
use maitred_core::world::Changes;
use maitred_core::{
    Actor, Command, Contact, ContactId, Context, Identity, IdentityKind, LeadId, Outcome, Rejection, SourceId,
    SourceKind, Timestamp, World,
};

const TELEGRAM: SourceId = SourceId(1);
const SITE: SourceId = SourceId(2);

struct Simulation {
    world: World,
    now: i64,
}

impl Simulation {
    fn new() -> Self {
        let mut simulation = Self { world: World::default(), now: 0 };
        for (name, kind) in [("Bot", SourceKind::Telegram), ("Site", SourceKind::Site)] {
            simulation.run(Command::CreateSource(NewSource { kind, ..NewSource::named(name) })).0.expect("a source");
        }
        simulation
    }

    fn run(&mut self, command: Command) -> (Result<Outcome, Rejection>, Vec<Changes>) {
        self.now += 1;
        let context = Context { now: Timestamp(self.now), seed: 1, actor: Actor::System };
        run_to_the_end(&mut self.world, command, context, 20)
    }

    fn submit(&mut self, submit: Submit) -> (Contact, Vec<Changes>) {
        match self.run(Command::Submit(submit)) {
            (Ok(Outcome::Contact(contact)), changes) => (contact, changes),
            (other, _) => panic!("{other:?}"),
        }
    }

    fn lead_of(&mut self, source: SourceId, identities: Vec<Identity>) -> LeadId {
        self.submit(Submit::new(source, identities)).0.lead
    }

    fn has(&self, lead: LeadId) -> Vec<&str> {
        self.world.identities().filter(|(_, owner)| *owner == lead).map(|(identity, _)| &*identity.value).collect()
    }
}

fn id(text: &str) -> Identity {
    Identity::new(IdentityKind::ExternalId, text)
}

fn phone(text: &str) -> Identity {
    Identity::new(IdentityKind::Phone, text)
}

fn email(text: &str) -> Identity {
    Identity::new(IdentityKind::Email, text)
}

#[test]
fn an_unusable_value_is_neither_looked_up_nor_attached() {
    let mut simulation = Simulation::new();
    let submit = || Submit { unusable: vec![phone("-")], ..Submit::new(SITE, Vec::new()) };
    let (first, changes) = simulation.submit(submit());
    assert_eq!((changes[0].identities_new.len(), changes[0].duplicates.len()), (0, 0));
    assert_eq!(first.sent.as_deref(), Some(r#"{"lead_phone":"-"}"#));
    assert_ne!(simulation.submit(submit()).0.lead, first.lead);
}

#[test]
fn an_id_is_looked_up_in_its_space_alone() {
    let mut simulation = Simulation::new();
    let one = simulation.lead_of(TELEGRAM, vec![id("7")]);
    assert_ne!(simulation.lead_of(SITE, vec![id("7")]), one);
    assert_eq!(simulation.lead_of(TELEGRAM, vec![id("7")]), one);
    let dialect = |simulation: &mut Simulation| {
        simulation.submit(Submit { id_space: Some("compat:appeals".into()), ..Submit::new(SITE, vec![id("7")]) }).0.lead
    };
    let of_dialect = dialect(&mut simulation);
    assert!(![one, simulation.lead_of(SITE, vec![id("7")])].contains(&of_dialect));
    assert_eq!(dialect(&mut simulation), of_dialect);
}

#[test]
fn a_contradiction_is_noted_and_not_attached() {
    let mut simulation = Simulation::new();
    let one = simulation.lead_of(SITE, vec![id("user-1"), email("family@b")]);
    let (contact, changes) = simulation.submit(Submit::new(SITE, vec![id("user-2"), email("family@b")]));
    assert_ne!(contact.lead, one);
    let pairs: Vec<_> = changes[0].duplicates.iter().map(|pair| (pair.lead, pair.other)).collect();
    assert_eq!(pairs, [(contact.lead, one)]);
    assert_eq!((simulation.has(contact.lead), simulation.has(one)), (vec!["user-2"], vec!["user-1", "family@b"]));
    // Another space is no contradiction, and neither is a first id.
    assert_eq!(simulation.lead_of(TELEGRAM, vec![id("9"), email("family@b")]), one);
    let second = simulation.lead_of(SITE, vec![phone("+1")]);
    assert_eq!(simulation.lead_of(SITE, vec![id("user-3"), phone("+1")]), second);
}

#[test]
fn further_values_are_attached_but_do_not_recognise() {
    let mut simulation = Simulation::new();
    let one = simulation.lead_of(SITE, vec![email("a@b")]);
    let (contact, changes) =
        simulation.submit(Submit { also: vec![email("a@b"), email("c@b")], ..Submit::new(SITE, vec![email("d@b")]) });
    assert_ne!(contact.lead, one);
    assert_eq!(changes[0].duplicates.len(), 1);
    assert_eq!(simulation.has(contact.lead), ["c@b", "d@b"]);
    let (old, changes) =
        simulation.submit(Submit { similar: vec![email("a@b")], ..Submit::new(SITE, vec![phone("+5")]) });
    assert_eq!((changes[0].duplicates[0].other, simulation.has(old.lead)), (one, vec!["+5"]));
}

#[test]
fn a_split_undoes_a_merge() {
    let mut simulation = Simulation::new();
    let (one, other) = (simulation.lead_of(SITE, vec![phone("+1")]), simulation.lead_of(SITE, vec![phone("+2")]));
    simulation.run(Command::MergeLeads(MergeLeads { from: other, into: one })).0.expect("they are two");
    let split = |contacts, identities| Command::SplitLead(SplitLead { lead: one, contacts, identities, name: None });
    let (outcome, _) = simulation.run(split(vec![ContactId(2)], vec![phone("+2")]));
    let Ok(Outcome::Lead(new)) = outcome else { panic!("{outcome:?}") };
    assert_eq!(simulation.world.contact(ContactId(2)).map(|contact| contact.lead), Ok(new.id));
    assert_eq!(simulation.lead_of(SITE, vec![phone("+2")]), new.id);
    assert_eq!(simulation.lead_of(SITE, vec![phone("+1")]), one);
    let refused = simulation.run(split(vec![ContactId(2)], Vec::new())).0;
    assert_eq!(refused, Err(Rejection::ContactOfAnother(ContactId(2), one)));
    assert_eq!(simulation.run(split(Vec::new(), vec![phone("+2")])).0, Err(Rejection::IdentityOfAnother(one)));
}

fn reading(lead: LeadId, contact: i64, stored: &str, read: &str) -> PhoneReading {
    let (also, similar) = (Vec::new(), Vec::new());
    PhoneReading { lead, contact: ContactId(contact), stored: phone(stored), phone: phone(read), also, similar }
}

#[test]
fn phones_that_can_be_read_now_are_stored_so_and_those_of_others_are_noted() {
    let mut simulation = Simulation::new();
    let [one, same, other, gone] =
        ["8 999", "8-999", "8 998", "8 997"].map(|it| simulation.lead_of(SITE, vec![phone(it)]));
    let known = simulation.lead_of(SITE, vec![phone("+7998")]);
    simulation.run(Command::MergeLeads(MergeLeads { from: gone, into: known })).0.expect("they are two");
    let readings = vec![
        PhoneReading { also: vec![phone("+5")], similar: vec![phone("+7998")], ..reading(one, 1, "8 999", "+7999") },
        reading(same, 2, "8-999", "+7999"),
        reading(other, 3, "8 998", "+7998"),
        reading(gone, 4, "8 997", "+7997"),
        reading(one, 1, "nothing of theirs", "+1"),
        reading(known, 5, "8 997", "+7997"),
    ];
    let reread = RereadPhones { source: SITE, readings, behind: Some(known) };
    let (outcome, changes) = simulation.run(Command::RereadPhones(reread.clone()));
    assert_eq!(outcome, Ok(Outcome::Reread(SITE, Reread { read: 2, taken: 2, behind: Some(known) })));
    assert_eq!(changes[0].rereading, [(SITE, Some(known))]);
    let pairs: Vec<_> = changes[0].duplicates.iter().map(|pair| (pair.lead, pair.other)).collect();
    assert_eq!(pairs, [(one, known), (same, one), (other, known)]);
    assert_eq!(
        [one, same, other].map(|lead| simulation.has(lead)),
        [vec!["+5", "+7999"], vec!["8-999"], vec!["8 998"]]
    );
    assert_eq!(simulation.has(known), ["+7997", "+7998"]);
    // What is done is not done again, and the old spelling is nobody's.
    let (outcome, _) = simulation.run(Command::RereadPhones(RereadPhones { behind: None, ..reread }));
    assert_eq!(outcome, Ok(Outcome::Reread(SITE, Reread { read: 0, taken: 2, behind: None })));
    assert_ne!(simulation.lead_of(SITE, vec![phone("8 999")]), one);
    assert_eq!(simulation.lead_of(SITE, vec![phone("+7999")]), one);
}

#[test]
fn a_submission_that_says_more_than_an_earlier_one_completes_its_contact() {
    let mut simulation = Simulation::new();
    let row = |key: u8| Submit {
        known_as: vec![[key; 16]],
        earlier: vec![[9; 16]],
        ..Submit::new(SITE, vec![phone("+7999")])
    };
    let first = simulation.submit(Submit { attributes: Some("{\"a\":1}".into()), ..row(1) }).0;
    let more =
        Submit { lead_name: Some("Anna".into()), attributes: Some("{\"a\":2,\"b\":3}".into()), priority: 5, ..row(2) };
    let Ok(Outcome::Completed(contact, done)) = simulation.run(Command::Submit(more.clone())).0 else { panic!("more") };
    assert_eq!((contact.id, contact.attributes.as_deref()), (first.id, Some("{\"a\":1,\"b\":3}")));
    assert_eq!(done.added, ["lead_name".into(), "attributes/b".into(), "priority".into()]);
    assert_eq!(done.kept, ["attributes/a".into()]);
    assert_eq!(simulation.world.lead(first.lead).expect("it is there").name.as_deref(), Some("Anna"));
    let again = simulation.run(Command::Submit(more.clone())).0;
    assert!(matches!(again, Ok(Outcome::SubmittedBefore(_))), "{again:?}");
    let other = Submit { source: TELEGRAM, ..more };
    assert!(matches!(simulation.run(Command::Submit(other)).0, Ok(Outcome::Contact(_))), "keys hold for one source");
}
