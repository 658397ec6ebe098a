//! Forgetting who a lead is, in a store: nothing of it is left in its rows or in the file, a node that goes on after a
//! restart finishes it, and leads of a certain age go by themselves.

use crate::test_store::{Node, Row, TestStore, number, postgres, sqlite};
use maitred_app::Requester;
use maitred_app::batcher::Batcher;
use maitred_app::jobs::{PAGE_ROWS, Round, Step};
use maitred_core::command::{
    AddNote, ContactEdit, EraseLead, LeadEdit, MergeLeads, NewSource, Receive, ReceivedPayload, Submit,
};
use maitred_core::intake::PayloadState;
use maitred_core::limits::DRAIN_MAX;
use maitred_core::{Command, ContactId, EventKind, Identity, IdentityKind, LeadId, SourceId, SourceKind, Timestamp};
use maitred_store::url::DatabaseUrl;
use maitred_store::views::Page;
use maitred_store::{Store, verify};
use rstest::rstest;

const PHONE: &str = "+79995551234";
const EMAIL: &str = "olga.ivanova@example.com";
const NAME: &str = "Olga Ivanova";
const WORDS: &str = "my-secret-message";
const NOTE: &str = "my-secret-note";
const SENT: &str = "my-secret-payload";
const SECRETS: [&str; 8] = [PHONE, EMAIL, NAME, "olga ivanova", WORDS, "my-attribute", NOTE, SENT];

fn bot() -> Command {
    Command::CreateSource(NewSource { kind: SourceKind::Bot, ..NewSource::named("Bot") })
}

fn submit(phone: &str, message: &str) -> Command {
    Command::Submit(Submit {
        lead_name: Some(NAME.into()),
        unusable: vec![Identity::new(IdentityKind::Email, "my-attribute")],
        message: Some(message.into()),
        attributes: Some("{\"a\":\"my-attribute\"}".into()),
        ..Submit::new(SourceId(1), vec![Identity::new(IdentityKind::Phone, phone)])
    })
}

/// What came as a form.
fn received(phone: &str) -> Command {
    let Command::Submit(it) = submit(phone, WORDS) else { unreachable!("that is what it makes") };
    let payload =
        ReceivedPayload::New { state: PayloadState::Unmapped, reason: "".into(), body: SENT.repeat(200).into() };
    Command::Receive(Receive { source: SourceId(1), payload, submit: Some(it) })
}

fn note(contact: i64) -> Command {
    Command::AddNote(AddNote { contact: ContactId(contact), text: NOTE.repeat(200).into() })
}

fn resolve(contact: i64) -> Command {
    Command::EditContact(ContactId(contact), ContactEdit { is_resolved: Some(true), ..ContactEdit::default() })
}

const fn erase(lead: i64) -> Command {
    Command::EraseLead(EraseLead { lead: LeadId(lead), quiet_since: None })
}

fn event_count(store: &TestStore, kind: EventKind) -> usize {
    let code = i64::from(kind.code());
    store.rows("events").iter().filter(|row| number(&row[2]) == code).count()
}

fn assert_forgotten(store: &TestStore) {
    for (table, rows) in store.everything() {
        let has = |secret: &str| rows.iter().flatten().flatten().any(|value| value.contains(secret));
        let found: Vec<&str> = SECRETS.into_iter().filter(|secret| has(secret)).collect();
        assert_eq!(found, [] as [&str; 0], "{table}");
    }
}

#[rstest]
fn nothing_personal_is_left_in_any_table(#[values(sqlite, postgres)] store: fn() -> TestStore) {
    let store = store();
    let mut node = Node::open(&store);
    let email = vec![Identity::new(IdentityKind::Email, EMAIL)];
    // A message of many pages, one of less than a page; the second lead is absorbed with all it has.
    node.run(bot());
    node.run(submit(PHONE, &WORDS.repeat(3_000)));
    node.run(submit("other", WORDS));
    node.run(received("other"));
    node.run(Command::EditLead(LeadId(2), LeadEdit { name: None, identities: email }));
    [1, 2, 3].into_iter().for_each(|contact| _ = node.batch(vec![resolve(contact), note(contact)]));
    node.run(Command::MergeLeads(MergeLeads { from: LeadId(2), into: LeadId(1) }));
    let (contacts, decisions) = (store.rows("contacts").len(), store.rows("decisions"));
    node.run(erase(1));
    assert_forgotten(&store);
    assert_eq!((store.rows("contacts").len(), store.rows("decisions")), (contacts, decisions));
    assert!(store.rows("identities").is_empty() && store.rows("lead_duplicates").is_empty());
    assert_eq!(event_count(&store, EventKind::LeadErased), 1);
    node.run(submit(PHONE, "back"));
    assert_eq!(number(&store.rows("identities")[0][3]), 3, "who comes back is a new lead");
    node.close();
    store.assert_sound();
    assert!(verify::check(&store.url()).expect("it can be read").is_clean());
}

#[test]
fn nothing_personal_is_left_in_the_file() {
    let store = sqlite();
    let mut node = Node::open(&store);
    node.run(bot());
    node.run(submit(PHONE, &WORDS.repeat(3_000)));
    node.run(submit(PHONE, WORDS));
    // Its neighbours in the pages stay.
    (0..50).for_each(|n| _ = node.run(submit(&format!("+7888{n}"), "something else")));
    [1, 2].into_iter().for_each(|contact| _ = node.batch(vec![resolve(contact), note(contact)]));
    node.close();
    let DatabaseUrl::Sqlite(path) = store.url() else { unreachable!("it is a file") };
    let has = |secret: &str| {
        let bytes = std::fs::read(&path).expect("the file can be read");
        bytes.windows(secret.len()).any(|window| window == secret.as_bytes())
    };
    assert!(has(PHONE) && has(WORDS) && has(NOTE), "the test looks in the right place");
    let mut node = Node::open(&store);
    node.run(erase(1));
    node.close();
    assert!(!has(PHONE) && !has(WORDS) && !has(NOTE));
}

#[rstest]
fn what_a_node_left_over_is_finished_by_the_next(#[values(sqlite, postgres)] store: fn() -> TestStore) {
    let store = store();
    let mut node = Node::open(&store);
    node.run(bot());
    let contacts = 2 * DRAIN_MAX as i64 + 3;
    node.batch((0..contacts).map(|_| submit(PHONE, WORDS)).collect());
    node.batch((1..=contacts).map(resolve).collect());
    let left_over = node.batch(vec![erase(1)]).1;
    assert_eq!(left_over.len(), 1);
    // It ends here; the identities are gone already.
    node.close();
    assert!(store.rows("identities").is_empty());
    let with_text = |rows: Vec<Row>| rows.iter().filter(|row| row[6].is_some()).count();
    assert_eq!(with_text(store.rows("contacts")), DRAIN_MAX + 3);
    assert!(
        verify::check(&store.url()).expect("it can be read").is_clean(),
        "an erasure that is under way is no fault"
    );
    let (batcher, running) = Batcher::start(store.open(), 10).expect("a batcher");
    drop(batcher);
    running.stop().expect("a clean stop");
    assert_forgotten(&store);
    assert!(verify::check(&store.url()).expect("it can be read").is_clean());
}

#[rstest]
fn a_lead_is_as_old_as_the_contact_that_ended_last(#[values(sqlite, postgres)] store: fn() -> TestStore) {
    let store = store();
    let mut node = Node::open(&store);
    node.run(bot());
    for _ in 0..2 {
        node.run(submit(PHONE, WORDS));
    }
    // The newer one first.
    node.run(resolve(2));
    node.run(resolve(1));
    let ended: Vec<i64> = store.rows("contacts").iter().map(|row| number(&row[10])).collect();
    assert!(ended[0] > ended[1]);
    let reads = Store::open(&store.url()).expect("the store can be read");
    let page = Page { limit: PAGE_ROWS, after: None };
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let quiet = |before| runtime.block_on(reads.quiet_leads(Timestamp(before), page)).expect("it works").leads;
    assert_eq!((quiet(ended[0]), quiet(ended[0] + 1)), (vec![], vec![LeadId(1)]));
    for (since, expected) in [(ended[0], 0), (ended[0] + 1, 1)] {
        node.run(Command::EraseLead(EraseLead { lead: LeadId(1), quiet_since: Some(Timestamp(since)) }));
        assert_eq!(event_count(&store, EventKind::LeadErased), expected);
    }
    node.close();
}

#[rstest]
fn leads_of_a_certain_age_are_erased_and_no_others(#[values(sqlite, postgres)] store: fn() -> TestStore) {
    let store = store();
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let engine = store.open();
    let (batcher, running) = Batcher::start(engine, 1_000).expect("a batcher");
    let reads = Store::open(&store.url()).expect("the store can be read");
    let leads = i64::from(PAGE_ROWS) + 10;
    runtime.block_on(async {
        let run = async |command| batcher.execute(Requester::CLI, command).await.expect("it is carried out");
        run(bot()).await;
        for n in 1..=leads {
            run(submit(&format!("phone {n}"), WORDS)).await;
            // Every tenth is still open; the first has an older one that is.
            if n % 10 != 0 {
                run(resolve(n)).await;
            }
        }
        run(Command::EditContact(ContactId(1), ContactEdit { is_resolved: Some(false), ..ContactEdit::default() }))
            .await;
        run(submit("phone 1", WORDS)).await;
        run(resolve(leads + 1)).await;
        let last = reads.events(reads.last_position().await.expect("it works") - 1, 1).await.expect("it works");
        let at = |days: i64| Timestamp(last[0].event.at.0 + days * 86_400_000_000);
        let round = async |now: Timestamp| {
            let mut round = Round::new(30);
            let mut steps = 1;
            while round.step(&batcher, &reads, now).await.expect("it works") == Step::More {
                steps += 1;
            }
            steps
        };
        assert_eq!(round(at(30)).await, 3, "two pages, and the end behind them");
        assert_eq!(event_count(&store, EventKind::LeadErased), leads as usize - leads as usize / 10 - 1);
        round(at(31)).await;
        round(at(31)).await;
    });
    drop(batcher);
    running.stop().expect("a clean stop");
    let erased: Vec<i64> =
        store.rows("leads").iter().filter(|row| row[5].is_some()).map(|row| number(&row[0])).collect();
    let quiet: Vec<i64> = (2..=leads).filter(|n| n % 10 != 0).collect();
    assert_eq!(erased, quiet);
    assert_eq!(event_count(&store, EventKind::LeadErased), quiet.len(), "each is told of once");
    assert!(verify::check(&store.url()).expect("it can be read").is_clean());
}
