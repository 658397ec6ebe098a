//! Forgetting who a lead is, in a store: nothing of it is left in its rows or in the file, a node that goes on after a
//! restart finishes it, and leads of a certain age go by themselves.

use crate::place::{Node, Place, Row, number, postgres, sqlite};
use maitred_app::batcher::retention::{PAGE_ROWS, Round, Step};
use maitred_app::batcher::{Batcher, By};
use maitred_core::command::{ContactEdit, LeadEdit, NewSource, Submit};
use maitred_core::limits::DRAIN_MAX;
use maitred_core::{
    Command, ContactId, EventKind, Identity, IdentityKind, LeadId, Policy, SourceId, SourceKind, Timestamp,
};
use maitred_store::url::DatabaseUrl;
use maitred_store::{Store, verify};
use rstest::rstest;

const PHONE: &str = "+79995551234";
const EMAIL: &str = "olga.ivanova@example.com";
const NAME: &str = "Olga Ivanova";
const WORDS: &str = "my-secret-message";
const SECRETS: [&str; 6] = [PHONE, EMAIL, NAME, "olga ivanova", WORDS, "my-attribute"];

fn bot() -> Command {
    Command::CreateSource(NewSource {
        name: "Bot".into(),
        description: "".into(),
        kind: SourceKind::Bot,
        policy: Policy::WeightedRandom,
        sticky: false,
        default_region: None,
    })
}

fn submit(phone: &str, message: &str) -> Command {
    Command::Submit(Submit {
        source: SourceId(1),
        identities: vec![Identity { kind: IdentityKind::Phone, value: phone.into() }],
        lead_name: Some(NAME.into()),
        message: Some(message.into()),
        priority: 0,
        attributes: Some("{\"a\":\"my-attribute\"}".into()),
        once: None,
    })
}

fn resolve(contact: i64) -> Command {
    Command::EditContact(ContactId(contact), ContactEdit { is_resolved: Some(true), ..ContactEdit::default() })
}

const fn erase(lead: i64) -> Command {
    Command::EraseLead { lead: LeadId(lead), quiet_since: None }
}

fn told(place: &Place, kind: EventKind) -> usize {
    let code = i64::from(kind.code());
    place.rows("events").iter().filter(|row| number(&row[2]) == code).count()
}

fn assert_forgotten(place: &Place) {
    for (table, rows) in place.everything() {
        let has = |secret: &str| rows.iter().flatten().flatten().any(|value| value.contains(secret));
        let found: Vec<&str> = SECRETS.into_iter().filter(|secret| has(secret)).collect();
        assert_eq!(found, [] as [&str; 0], "{table}");
    }
}

#[rstest]
fn nothing_personal_is_left_in_any_table(#[values(sqlite, postgres)] place: fn() -> Place) {
    let place = place();
    let mut node = Node::open(&place);
    let email = vec![Identity { kind: IdentityKind::Email, value: EMAIL.into() }];
    // A message of many pages, one of less than a page; the second lead is absorbed with all it has.
    node.run(bot());
    node.run(submit(PHONE, &WORDS.repeat(3_000)));
    node.run(submit("other", WORDS));
    node.run(Command::EditLead(LeadId(2), LeadEdit { name: None, identities: email }));
    [1, 2].into_iter().for_each(|contact| _ = node.run(resolve(contact)));
    node.run(Command::MergeLeads { from: LeadId(2), into: LeadId(1) });
    let (contacts, decisions) = (place.rows("contacts").len(), place.rows("decisions"));
    node.run(erase(1));
    assert_forgotten(&place);
    assert_eq!((place.rows("contacts").len(), place.rows("decisions")), (contacts, decisions));
    assert!(place.rows("identities").is_empty() && place.rows("lead_duplicates").is_empty());
    assert_eq!(told(&place, EventKind::LeadErased), 1);
    node.run(submit(PHONE, "back"));
    assert_eq!(number(&place.rows("identities")[0][2]), 3, "who comes back is a new lead");
    node.close();
    place.assert_sound();
    assert!(verify::check(&place.url()).expect("it can be read").is_clean());
}

#[test]
fn nothing_personal_is_left_in_the_file() {
    let place = sqlite();
    let mut node = Node::open(&place);
    node.run(bot());
    node.run(submit(PHONE, &WORDS.repeat(3_000)));
    node.run(submit(PHONE, WORDS));
    // Its neighbours in the pages stay.
    (0..50).for_each(|n| _ = node.run(submit(&format!("+7888{n}"), "something else")));
    [1, 2].into_iter().for_each(|contact| _ = node.run(resolve(contact)));
    node.close();
    let DatabaseUrl::Sqlite(path) = place.url() else { unreachable!("it is a file") };
    let has = |secret: &str| {
        let bytes = std::fs::read(&path).expect("the file can be read");
        bytes.windows(secret.len()).any(|window| window == secret.as_bytes())
    };
    assert!(has(PHONE) && has(WORDS), "the test looks in the right place");
    let mut node = Node::open(&place);
    node.run(erase(1));
    node.close();
    assert!(!has(PHONE) && !has(WORDS));
}

#[rstest]
fn what_a_node_left_over_is_finished_by_the_next(#[values(sqlite, postgres)] place: fn() -> Place) {
    let place = place();
    let mut node = Node::open(&place);
    node.run(bot());
    let contacts = 2 * DRAIN_MAX as i64 + 3;
    node.batch((0..contacts).map(|_| submit(PHONE, WORDS)).collect());
    node.batch((1..=contacts).map(resolve).collect());
    let left_over = node.batch(vec![erase(1)]).1;
    assert_eq!(left_over.len(), 1);
    // It ends here; the identities are gone already.
    node.close();
    assert!(place.rows("identities").is_empty());
    let with_text = |rows: Vec<Row>| rows.iter().filter(|row| row[6].is_some()).count();
    assert_eq!(with_text(place.rows("contacts")), DRAIN_MAX + 3);
    assert!(
        verify::check(&place.url()).expect("it can be read").is_clean(),
        "an erasure that is under way is no fault"
    );
    let (batcher, running) = Batcher::start(place.open(), 10).expect("a batcher");
    drop(batcher);
    running.stop().expect("a clean stop");
    assert_forgotten(&place);
    assert!(verify::check(&place.url()).expect("it can be read").is_clean());
}

#[rstest]
fn leads_of_a_certain_age_are_erased_and_no_others(#[values(sqlite, postgres)] place: fn() -> Place) {
    let place = place();
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let engine = place.open();
    let (batcher, running) = Batcher::start(engine, 1_000).expect("a batcher");
    let store = Store::open(&place.url()).expect("the store can be read");
    let leads = i64::from(PAGE_ROWS) + 10;
    runtime.block_on(async {
        let run = async |command| batcher.send_for(By::CLI, command).await.expect("it is carried out");
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
        let last = store.events(store.last_position().await.expect("it works") - 1, 1).await.expect("it works");
        let at = |days: i64| Timestamp(last[0].event.at.0 + days * 86_400_000_000);
        let round = async |now: Timestamp| {
            let mut round = Round::new(30);
            let mut steps = 1;
            while round.step(&batcher, &store, now).await.expect("it works") == Step::More {
                steps += 1;
            }
            steps
        };
        assert_eq!(round(at(30)).await, 3, "two pages, and the end behind them");
        assert_eq!(told(&place, EventKind::LeadErased), leads as usize - leads as usize / 10 - 1);
        round(at(31)).await;
        round(at(31)).await;
    });
    drop(batcher);
    running.stop().expect("a clean stop");
    let erased: Vec<i64> =
        place.rows("leads").iter().filter(|row| row[6].is_some()).map(|row| number(&row[0])).collect();
    let quiet: Vec<i64> = (2..=leads).filter(|n| n % 10 != 0).collect();
    assert_eq!(erased, quiet);
    assert_eq!(told(&place, EventKind::LeadErased), quiet.len(), "each is told of once");
    assert!(verify::check(&place.url()).expect("it can be read").is_clean());
}
