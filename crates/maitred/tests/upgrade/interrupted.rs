//! The database whose server of 0.1 was killed between four large changes and the rest of them. One command moves at
//! most 256 contacts, and each change had two more.

use crate::fixture::{Database, Engine};
use crate::program::{Server, verify};
use rstest::rstest;
use serde_json::{Value, json};

/// What was left of each change.
const REST: [(&str, &str); 4] = [
    ("drained", "SELECT count(*) FROM contacts WHERE source_id = 1 AND status = 0"),
    ("evacuated", "SELECT count(*) FROM contacts WHERE source_id = 2 AND status = 1"),
    ("closed", "SELECT count(*) FROM contacts WHERE source_id = 3 AND status <> 2"),
    ("erased", "SELECT count(*) FROM contacts WHERE source_id = 4 AND message IS NOT NULL"),
];

#[rstest]
#[case::sqlite(Engine::Sqlite)]
#[case::postgres(Engine::Postgres)]
fn what_0_1_left_half_done_is_finished(#[case] engine: Engine) {
    let database = Database::of_0_1(engine, "interrupted");
    let rest = || REST.map(|(change, sql)| (change, database.number(sql)));
    assert_eq!(rest(), REST.map(|(change, _)| (change, 2)));

    // Not migrated yet: the server does that, as in an upgrade that only replaces the program.
    let server = Server::start(&database.url(), None);
    let contact = json!({"source_id": 1, "lead_email": "new@example.org"});
    let contact = server.done("POST", "/api/v1/contacts", Some(&contact));
    assert_eq!(contact["operator_id"], 1, "{contact}");
    let drained = server.show("/api/v1/contacts?source_id=1&status=assigned&limit=1000");
    assert_eq!(drained.as_array().map(Vec::len), Some(259));
    assert_replays(&server, &drained);
    server.stop();

    assert_eq!(rest(), REST.map(|(change, _)| (change, 0)));
    assert_eq!(database.number("SELECT count(*) FROM leads WHERE erasing_behind IS NOT NULL"), 0);
    verify(&database.url());
}

/// Of the first and the last of these: one was drained by 0.1, one is of today.
fn assert_replays(server: &Server, contacts: &Value) {
    let contacts = contacts.as_array().expect("a list");
    for contact in [contacts.first(), contacts.last()].map(|contact| contact.expect("a contact")) {
        let decisions = server.show(&format!("/api/v1/contacts/{}/decisions", contact["id"]));
        for decision in decisions.as_array().expect("a list") {
            assert_eq!(decision["replay_matches"], true, "{decision:#}");
        }
    }
}
