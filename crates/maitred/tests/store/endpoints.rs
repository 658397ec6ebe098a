//! Endpoints of webhooks on both engines: their rows, who may note what, and moving them.

use crate::databases::{on_sqlite, run};
use crate::http::run_on;
use maitred_core::event::EndpointFault;
use maitred_core::{Actor, ContactId, EndpointId, EventKind, LeadId, SourceId, Timestamp};
use maitred_store::EndpointStore;
use maitred_store::endpoints::{
    AddedEndpoint, DELIVERIES_MAX, Delivery, ENDPOINTS_MAX, EditedEndpoint, Endpoint, EndpointEdit, EndpointFormat,
    Health, NewEndpoint, Noted, Replay, Undelivered, Wanted,
};
use maitred_store::testing::postgres::TestDatabase;
use maitred_store::url::DatabaseUrl;
use maitred_store::views::Page;

const ALL: Page = Page { limit: 1_000, after: None };
const ONE: EndpointId = EndpointId(1);
/// A process that sends.
const NODE: i64 = 7;

fn on_postgres(test: impl FnOnce(&str)) {
    let database = TestDatabase::new();
    test(&database.url::<String>());
}

async fn store(url: &str) -> EndpointStore {
    EndpointStore::open(&url.parse::<DatabaseUrl>().expect("a URL")).await.expect("a place for endpoints")
}

fn new(url: &str) -> NewEndpoint {
    NewEndpoint {
        url: url.into(),
        format: EndpointFormat::Bitrix24,
        wanted: Wanted { kinds: Some([EventKind::ContactCreated].into()), sources: Some([SourceId(3)].into()) },
        secret: [7; 32],
        position: 5,
        created_at: Timestamp(1),
        created_by: Actor::Cli,
    }
}

fn delivery(at: i64) -> Delivery {
    Delivery {
        id: 0,
        endpoint: ONE,
        contact: Some(ContactId(3)),
        position: Some(i64::MAX),
        lead: Some(LeadId(4)),
        r#type: "contact.created".into(),
        attempt: 2,
        at: Timestamp(at),
        duration_ms: i64::MAX,
        status: Some(500),
        error: Some("it answered 500".into()),
        answer: Some("Ой".into()),
    }
}

fn noted(endpoint: &Endpoint, position: i64) -> Noted {
    Noted {
        endpoint: endpoint.id,
        generation: endpoint.generation,
        deliveries: Vec::new(),
        undelivered: Vec::new(),
        settled: Vec::new(),
        position,
        health: Health::default(),
        replay: None,
        fault: None,
    }
}

fn undelivered(position: i64, next_at: Option<i64>) -> Undelivered {
    Undelivered { endpoint: ONE, position, subject: -position, tries: 3, next_at: next_at.map(Timestamp) }
}

#[test]
fn endpoints_are_kept_as_they_are_on_sqlite() {
    on_sqlite(|url| run(rows_are_kept(url.to_owned())));
}

#[test]
fn endpoints_are_kept_as_they_are_on_postgres() {
    on_postgres(|url| run(rows_are_kept(url.to_owned())));
}

async fn rows_are_kept(url: String) {
    let (one, other) = (store(&url).await, store(&url).await);
    assert_eq!(one.endpoints(ALL).await.expect("it works"), []);
    assert!(!one.delete(ONE).await.expect("it works"));
    assert_eq!(one.add(new("https://a.example/")).await.expect("it works"), AddedEndpoint::As(ONE));
    assert_eq!(other.add(new("https://b.example/")).await.expect("it works"), AddedEndpoint::As(EndpointId(2)));
    let first = other.endpoint(ONE).await.expect("it works").expect("it is there");
    assert_eq!((&*first.url, first.secret, first.position), ("https://a.example/", [7; 32], 5));
    assert_eq!(first.wanted, new("").wanted);

    let edit = EndpointEdit { kinds: Some(None), url: Some("https://c.example/".into()), ..EndpointEdit::default() };
    let before = one.endpoint(ONE).await.expect("it works").expect("it is there");
    let edited = one.edit(ONE, EndpointEdit { generation: Some(before.generation), ..edit.clone() }).await;
    let EditedEndpoint::As(edited) = edited.expect("it works") else { panic!("nobody changed it") };
    let again = one.edit(ONE, EndpointEdit { generation: Some(before.generation), ..edit.clone() }).await;
    assert_eq!(again.expect("it works"), EditedEndpoint::Changed, "somebody changed it since");
    assert_eq!(one.edit(EndpointId(99), edit).await.expect("it works"), EditedEndpoint::Unknown);
    assert_eq!((&*edited.url, edited.wanted.kinds.is_none()), ("https://c.example/", true));
    assert!(edited.generation > first.generation && edited.wanted.sources.is_some());
    assert!(one.rotate(ONE, [8; 32], Timestamp(9)).await.expect("it works"));
    let rotated = one.endpoint(ONE).await.expect("it works").expect("it is there");
    assert_eq!(rotated.secrets(Timestamp(8)), [[8; 32], [7; 32]]);
    assert_eq!(rotated.secrets(Timestamp(9)), [[8; 32]]);

    // No further than it was sent once; another replay is joined.
    let replayed = one.replay(ONE, Replay { position: 3, to: 99 }).await.expect("it works").expect("it is there");
    assert_eq!(replayed.replay, Some(Replay { position: 3, to: 5 }));
    let replayed = one.replay(ONE, Replay { position: 0, to: 2 }).await.expect("it works").expect("it is there");
    assert_eq!(replayed.replay, Some(Replay { position: 0, to: 5 }));

    assert!(one.delete(ONE).await.expect("it works"));
    assert_eq!(one.endpoints(ALL).await.expect("it works").len(), 1);
    assert_eq!(one.add(new("https://d.example/")).await.expect("it works"), AddedEndpoint::As(EndpointId(3)));
    for _ in 2..ENDPOINTS_MAX {
        one.add(new("https://e.example/")).await.expect("it works");
    }
    assert_eq!(one.add(new("https://f.example/")).await.expect("it works"), AddedEndpoint::TooMany);
}

#[test]
fn what_a_sender_did_is_noted_once_on_sqlite() {
    on_sqlite(|url| run(notes_are_kept(url.to_owned())));
}

#[test]
fn what_a_sender_did_is_noted_once_on_postgres() {
    on_postgres(|url| run(notes_are_kept(url.to_owned())));
}

async fn notes_are_kept(url: String) {
    let one = store(&url).await;
    one.add(new("https://a.example/")).await.expect("it works");
    let now = Timestamp(100);
    assert!(one.take_turn(NODE, now, Timestamp(200)).await.expect("it works"));
    assert!(!one.take_turn(8, now, Timestamp(300)).await.expect("it works"), "one at a time");
    let endpoint = one.endpoint(ONE).await.expect("it works").expect("it is there");
    let health = Health {
        failures: 2,
        failing_since: Some(Timestamp(3)),
        delivered_at: Some(Timestamp(4)),
        throttled_until: Some(Timestamp(5)),
    };
    let first = Noted {
        deliveries: vec![delivery(1), Delivery { answer: None, error: None, position: None, ..delivery(2) }],
        undelivered: vec![undelivered(9, Some(8)), undelivered(10, None)],
        health,
        ..noted(&endpoint, 10)
    };
    assert!(!one.note(8, vec![first.clone()]).await.expect("it works"), "not its turn");
    assert!(one.note(NODE, vec![first]).await.expect("it works"));
    let after = one.endpoint(ONE).await.expect("it works").expect("it is there");
    assert_eq!((after.position, after.health), (10, health));
    assert_eq!(one.undelivered(ONE).await.expect("it works"), [undelivered(9, Some(8)), undelivered(10, None)]);
    let log = one.deliveries(ONE, ALL).await.expect("it works");
    assert_eq!(log.iter().map(|it| it.id).collect::<Vec<_>>(), [2, 1], "the last one first");
    assert_eq!(log[1], Delivery { id: 1, ..delivery(1) });
    let of_contact = one.deliveries_of_contact(ContactId(3), 9).await.expect("it works");
    assert_eq!(of_contact.iter().map(|it| it.id).collect::<Vec<_>>(), [2, 1], "the last one first");
    assert!(one.deliveries_of_contact(ContactId(4), 9).await.expect("it works").is_empty());
    assert_eq!(one.deliveries(ONE, Page { limit: 9, after: Some(2) }).await.expect("it works").len(), 1);

    // What somebody changed meanwhile is not undone, and an endpoint that was deleted stays deleted.
    let enabled = EndpointEdit { enabled: Some((true, now, Actor::Cli)), ..EndpointEdit::default() };
    one.edit(ONE, enabled.clone()).await.expect("it works");
    let fault = Some((EndpointFault::Gone, now));
    let old = Noted { settled: vec![9], fault, ..noted(&endpoint, 11) };
    let gone = Noted { endpoint: EndpointId(99), deliveries: vec![delivery(3)], ..noted(&endpoint, 1) };
    assert!(one.note(NODE, vec![old, gone]).await.expect("it works"));
    let after = one.endpoint(ONE).await.expect("it works").expect("it is there");
    assert_eq!((after.position, after.health, after.disabled), (11, health, None));
    assert_eq!(one.undelivered_counts().await.expect("it works"), [(ONE, 1)].into());

    let disabled = Noted { fault, undelivered: vec![undelivered(11, Some(999))], ..noted(&after, 11) };
    assert!(one.note(NODE, vec![disabled]).await.expect("it works"));
    let after = one.endpoint(ONE).await.expect("it works").expect("it is there");
    assert_eq!(
        after.disabled.map(|it| (it.at, it.by, it.fault)),
        Some((now, Actor::System, Some(EndpointFault::Gone)))
    );
    one.announced(ONE, now).await.expect("it works");
    assert!(one.endpoint(ONE).await.expect("it works").expect("it is there").is_announced);
    one.edit(ONE, enabled).await.expect("it works");
    let retried = one.undelivered(ONE).await.expect("it works");
    assert_eq!((retried[0].next_at, retried[1].next_at, retried[1].tries), (None, Some(now), 0), "at once");

    one.leave_turn(NODE).await.expect("it works");
    assert!(one.take_turn(8, now, Timestamp(300)).await.expect("it works"));
    assert_eq!(one.rewind(4).await.expect("it works"), 1);
    let rewound = one.endpoint(ONE).await.expect("it works").expect("it is there");
    assert_eq!((rewound.position, one.undelivered(ONE).await.expect("it works").len()), (4, 0));
    assert_eq!(one.rewind(4).await.expect("it works"), 0);
}

#[test]
fn the_log_is_forgotten_on_sqlite() {
    on_sqlite(|url| run(log_is_forgotten(url.to_owned())));
}

#[test]
fn the_log_is_forgotten_on_postgres() {
    on_postgres(|url| run(log_is_forgotten(url.to_owned())));
}

async fn log_is_forgotten(url: String) {
    let one = store(&url).await;
    assert!(!one.has_deliveries().await.expect("it works"));
    one.add(new("https://a.example/")).await.expect("it works");
    assert_eq!(one.forgotten_to().await.expect("it works"), 5, "there was nothing to forget before it");
    for at in [1, 2, 3] {
        one.log(Delivery { lead: Some(LeadId(at)), ..delivery(at) }).await.expect("it works");
    }
    one.forget_answers(vec![LeadId(2), LeadId(9)], 7).await.expect("it works");
    let answers: Vec<_> =
        one.deliveries(ONE, ALL).await.expect("it works").iter().map(|it| it.answer.is_some()).collect();
    assert_eq!((answers, one.forgotten_to().await.expect("it works")), (vec![true, false, true], 7));
    assert_eq!(one.forget_deliveries(Timestamp(2)).await.expect("it works"), 1);
    assert!(one.take_turn(NODE, Timestamp(0), Timestamp(1)).await.expect("it works"));
    let endpoint = one.endpoint(ONE).await.expect("it works").expect("it is there");
    for _ in 0..10 {
        let many = (0..DELIVERIES_MAX / 10).map(|_| delivery(9)).collect();
        one.note(NODE, vec![Noted { deliveries: many, ..noted(&endpoint, 5) }]).await.expect("it works");
    }
    assert_eq!(one.forget_deliveries(Timestamp(2)).await.expect("it works"), 2, "no more than are kept");
}

#[test]
fn a_copy_takes_endpoints_along_to_postgres_and_back() {
    let database = TestDatabase::new();
    let postgres = database.url::<String>();
    on_sqlite(|old| {
        let new_url = old.replace("shop.db", "new.db");
        assert!(run_on(old, &["demo", "--contacts", "5"]).status.success());
        run(async {
            let one = store(old).await;
            one.add(new("https://a.example/")).await.expect("it works");
            assert!(one.take_turn(NODE, Timestamp(0), Timestamp(1)).await.expect("it works"));
            let endpoint = one.endpoint(ONE).await.expect("it works").expect("it is there");
            let some = Noted { undelivered: vec![undelivered(4, Some(9))], ..noted(&endpoint, 6) };
            assert!(one.note(NODE, vec![some]).await.expect("it works"));
        });
        for (from, to) in [(old, postgres.as_str()), (old, &postgres), (&postgres, &new_url)] {
            let output = run_on(old, &["copy", "--from", from, "--to", to]);
            let said = String::from_utf8_lossy(&output.stderr).into_owned();
            assert!(output.status.success() && said.contains("Copied 1 endpoints"), "{said}");
        }
        run(async {
            let (before, after) = (store(old).await, store(&new_url).await);
            let of = async |store: &EndpointStore| {
                let endpoints = store.endpoints(ALL).await.expect("it works");
                (endpoints, store.undelivered(ONE).await.expect("it works"))
            };
            assert_eq!(of(&after).await, of(&before).await);
            assert_eq!(after.add(new("https://b.example/")).await.expect("it works"), AddedEndpoint::As(EndpointId(2)));
            let strange = store(&old.replace("shop.db", "strange.db")).await;
            strange
                .add(NewEndpoint { created_at: Timestamp(77), ..new("https://s.example/") })
                .await
                .expect("it works");
            assert!(strange.take_over(&before).await.is_err(), "endpoints of two houses are not mixed");
        });
    });
}
