//! The database that 0.1 closed in good order.

use crate::fixture::{Database, Engine, Tables};
use crate::program::{Request, Server, migrate, run, run_json, tokens, verify};
use crate::recorded::{Recorded, assert_same};
use maitred_store::DatabaseUrl;
use maitred_store::testing::Fixture;
use rstest::rstest;
use serde_json::{Value, json};
use std::io::Write;

/// The key of the role admin, which everything was recorded with.
const ADMIN: i64 = 1;
/// The keys that requests with an `Idempotency-Key` were sent with.
const SENDERS: [i64; 5] = [1, 2, 3, 4, 5];

#[rstest]
#[case::sqlite(Engine::Sqlite)]
#[case::postgres(Engine::Postgres)]
fn it_migrates_verifies_and_keeps_keys_users_and_sessions(#[case] engine: Engine) {
    let database = Database::of_0_1(engine, "whole");
    let recorded = Recorded::of(engine);
    let sessions = || database.sql(Tables::Access, "SELECT user_id, created_at, seen_at FROM sessions ORDER BY 1, 2");
    let before = sessions();
    assert_eq!(before.len(), 4);

    migrate(&database);
    let url = database.url();
    verify(&url);
    assert_same("keys", &recorded.keys, &run_json(&["keys", "list", "--json", "--database", &url]));
    assert_same("users", &recorded.users, &run_json(&["users", "list", "--json", "--database", &url]));
    assert_eq!(sessions(), before);
}

#[rstest]
#[case::sqlite(Engine::Sqlite)]
#[case::postgres(Engine::Postgres)]
fn periods_are_known_since_the_last_thing_that_happened_in_0_1(#[case] engine: Engine) {
    let database = Database::of_0_1(engine, "whole");
    migrate(&database);
    let known_since = database.number("SELECT max(at) + 1 FROM events");
    let url = database.url();
    let stats = |period: &[&str]| run_json(&[&["stats", "--json", "--database", &url], period].concat());
    let whole = stats(&["--period", "all"]);
    let sources = whole["distribution"].as_array().expect("a list").len();
    let before = stats(&["--from", "2020-01-01T00:00:00Z"]);
    let (mut received, mut known) = (0, 0);
    for n in 0..sources {
        let (all, period) = (&whole["distribution"][n], &before["distribution"][n]);
        received += all["received_total"].as_u64().expect("a number");
        assert_eq!((&all["known_since"], &period["received_total"]), (&Value::Null, &json!(0)));
        if all["received_total"] != 0 {
            let at = period["known_since"].as_str().expect("a time");
            assert_eq!(maitred_store::clock::parse_rfc3339(at).expect("a time").0, known_since);
            assert_eq!(period["from"], period["known_since"], "it begins as late as it is known");
            known += 1;
        }
    }
    assert!(received > 100 && known > 2, "{received} contacts of {known} sources");
}

#[rstest]
#[case::sqlite(Engine::Sqlite)]
#[case::postgres(Engine::Postgres)]
fn reports_know_what_happened_in_0_1_before_and_after_it_is_filled_in(#[case] engine: Engine) {
    let database = Database::of_0_1(engine, "whole");
    migrate(&database);
    let url = database.url();
    let report = || run_json(&["report", "--json", "--from", "2020-01-01", "--database", &url])["summary"].clone();
    let before = report();
    for (figure, kind) in [("arrived", 0), ("resolved", 4), ("reopened", 5)] {
        let events = database.number(&format!("SELECT count(*) FROM events WHERE kind = {kind}"));
        assert_eq!(before[figure], json!(events), "{figure}");
    }
    assert!(before["arrived"].as_u64() > Some(100) && before["resolved"].as_u64() > Some(10), "{before:#}");
    let given = "SELECT count(DISTINCT contact_id) FROM events WHERE kind IN (0, 1, 3) AND operator_id IS NOT NULL";
    assert_eq!(before["assigned"], json!(database.number(given)));
    let mut fixture = Fixture::on(url.parse::<DatabaseUrl>().expect("a database"));
    fixture.keep_reports(100, usize::MAX);
    drop(fixture);
    assert_eq!(
        database.number("SELECT position FROM report_progress"),
        database.number("SELECT max(position) FROM events")
    );
    verify(&url);
    let after = report();
    for figure in ["arrived", "assigned", "received", "resolved", "time_to_assign", "time_to_resolve"] {
        assert_eq!(after[figure], before[figure], "{figure}");
    }
}

#[rstest]
#[case::sqlite(Engine::Sqlite)]
#[case::postgres(Engine::Postgres)]
fn every_read_is_answered_as_0_1_answered_it(#[case] engine: Engine) {
    let database = Database::of_0_1(engine, "whole");
    migrate(&database);
    let tokens = tokens(&database, &[ADMIN]);
    let server = Server::start(&database.url(), Some(&tokens[&ADMIN]));
    assert_answers_as_recorded(&server, &Recorded::of(engine));
    server.stop();
}

#[track_caller]
fn assert_answers_as_recorded(server: &Server, recorded: &Recorded) {
    let mut decisions = 0;
    for read in &recorded.reads {
        let answer = server.call(&Request { method: &read.method, path: &read.path, ..Request::default() });
        assert_eq!(answer.status, read.status, "{} {}: {}", read.method, read.path, answer.body);
        assert_same(&read.path, &read.answer, &answer.body);
        if read.path.contains("/decisions") {
            decisions += replayed(&answer.body);
        }
    }
    assert!(decisions > 100, "only {decisions} decisions were replayed");
}

/// How many decisions these are; all of them give their stored outcome again.
#[track_caller]
fn replayed(decisions: &Value) -> usize {
    let decisions = decisions.as_array().expect("a list");
    for decision in decisions {
        assert_eq!(decision["replay_matches"], true, "{decision:#}");
        assert!(decision["words"].as_array().is_some_and(|words| !words.is_empty()), "{decision:#}");
    }
    decisions.len()
}

#[rstest]
#[case::sqlite(Engine::Sqlite)]
#[case::postgres(Engine::Postgres)]
fn a_post_that_0_1_carried_out_is_answered_again_and_not_carried_out(#[case] engine: Engine) {
    let database = Database::of_0_1(engine, "whole");
    migrate(&database);
    let tokens = tokens(&database, &SENDERS);
    // Long from now: however old the database is, its answers are not forgotten for their age.
    database.sql(Tables::Routing, "UPDATE answers SET at = 4102444800000000");
    let server = Server::start(&database.url(), None);
    let position = || database.number("SELECT max(position) FROM events");
    let before = position();
    let recorded = Recorded::of(engine);
    for kept in &recorded.kept {
        let request = Request {
            method: "POST",
            path: &kept.path,
            body: kept.body.as_deref(),
            token: Some(&tokens[&kept.as_key]),
            idempotency_key: kept.idempotency_key.as_deref(),
        };
        let answer = server.call(&request);
        assert_eq!((answer.status, answer.is_replayed), (kept.status, true), "{}: {}", kept.path, answer.body);
        assert_same(&kept.path, &kept.answer, &answer.body);
    }
    let kinds = ["contacts", "/resolve", "/reopen", "/transfer", "/merge", "/erase", "operators", "sources"];
    for kind in kinds {
        assert!(recorded.kept.iter().any(|kept| kept.path.ends_with(kind)), "no POST ends with {kind}");
    }
    assert_eq!(position(), before, "something was carried out again");
    server.stop();
}

#[rstest]
#[case::sqlite(Engine::Sqlite)]
#[case::postgres(Engine::Postgres)]
fn rows_that_0_1_imported_are_known(#[case] engine: Engine) {
    let database = Database::of_0_1(engine, "whole");
    let recorded = Recorded::of(engine).import;
    let mut file = tempfile::Builder::new().suffix(".csv").tempfile().expect("a file");
    file.write_all(recorded.file.as_bytes()).expect("it can be written");
    let path = file.path().to_str().expect("a path in Unicode");
    let report = run_json(&["import", path, "--json", "--default-region", "RU", "--database", &database.url()]);
    assert_same("import", &recorded.report, &report);
    assert_eq!(report["imported_before"], 3);
}

#[rstest]
#[case::sqlite(Engine::Sqlite)]
#[case::postgres(Engine::Postgres)]
fn contacts_arrive_and_are_drained_merged_and_erased(#[case] engine: Engine) {
    let database = Database::of_0_1(engine, "whole");
    migrate(&database);
    let tokens = tokens(&database, &[ADMIN]);
    let server = Server::start(&database.url(), Some(&tokens[&ADMIN]));
    let contacts = database.number("SELECT contact FROM next_ids");
    let [one, other] =
        [json!({"lead_phone": "8 912 345-67-89"}), json!({"lead_email": "new@example.org"})].map(|lead| {
            let mut body = json!({"source_id": 2, "message": "Это уже новая версия"});
            body.as_object_mut().expect("an object").extend(lead.as_object().expect("an object").clone());
            server.done("POST", "/api/v1/contacts", Some(&body))
        });
    assert_eq!([&one["id"], &other["id"]], [&json!(contacts), &json!(contacts + 1)]);
    assert_drains(&server);
    let [one, other] = [&one, &other].map(|contact| {
        server.done("POST", &format!("/api/v1/contacts/{}/resolve", contact["id"]), None);
        &contact["lead_id"]
    });
    let merged = server.done("POST", &format!("/api/v1/leads/{one}/merge"), Some(&json!({"absorb_lead_id": other})));
    assert_eq!(merged["contact_count"], 2);
    let erased = server.done("POST", &format!("/api/v1/leads/{one}/erase"), None);
    assert_eq!((&erased["identities"], erased["erased_at"].is_string()), (&json!([]), true));
    merge_and_erase_leads_of_0_1(&server);
    server.stop();
    verify(&database.url());
}

/// A new operator takes all contacts that wait since 0.1.
fn assert_drains(server: &Server) {
    let waiting = |server: &Server| server.show("/api/v1/contacts?status=waiting&limit=1000");
    let before = waiting(server);
    let sources: std::collections::BTreeSet<i64> = before
        .as_array()
        .expect("a list")
        .iter()
        .map(|contact| contact["source_id"].as_i64().expect("an id"))
        .collect();
    assert!(sources.len() > 1, "{before}");
    let new = server.done("POST", "/api/v1/operators", Some(&json!({"name": "Новенькая", "max_load": 1_000})));
    for source in &sources {
        let weight = json!({"operator_id": new["id"], "weight": 5});
        server.done("POST", &format!("/api/v1/sources/{source}/operators"), Some(&weight));
    }
    assert_eq!(waiting(server), json!([]));
    let load = server.show(&format!("/api/v1/operators/{}", new["id"]));
    assert_eq!(load["current_load"].as_u64(), before.as_array().map(|all| all.len() as u64));
}

fn merge_and_erase_leads_of_0_1(server: &Server) {
    let leads = server.show("/api/v1/leads?limit=1000");
    let leads = leads.as_array().expect("a list").iter();
    let mut open = leads.filter(|lead| lead["open_contact_count"].as_u64() > Some(0)).map(|lead| lead["id"].clone());
    let [into, from] = [open.next(), open.next()].map(|id| id.expect("a lead with an open contact"));
    server.done("POST", &format!("/api/v1/leads/{into}/merge"), Some(&json!({"absorb_lead_id": from})));
    let contacts = server.show(&format!("/api/v1/leads/{into}/contacts?limit=1000"));
    for contact in contacts.as_array().expect("a list") {
        server.done("POST", &format!("/api/v1/contacts/{}/resolve", contact["id"]), None);
    }
    server.done("POST", &format!("/api/v1/leads/{into}/erase"), None);
    let contacts = server.show(&format!("/api/v1/leads/{into}/contacts?limit=1000"));
    let contacts = contacts.as_array().expect("a list");
    assert!(contacts.len() > 1 && contacts.iter().all(|contact| contact["message"].is_null()), "{contacts:#?}");
}

#[rstest]
#[case::sqlite(Engine::Sqlite)]
#[case::postgres(Engine::Postgres)]
fn phones_that_0_1_could_not_read_are_read_again(#[case] engine: Engine) {
    let database = Database::of_0_1(engine, "whole");
    let lead = database.number(
        "SELECT min(lead_id) FROM (SELECT lead_id FROM contacts WHERE source_id IN \
         (SELECT id FROM sources WHERE deleted_at IS NULL) GROUP BY lead_id HAVING count(DISTINCT source_id) = 1) one \
         WHERE lead_id IN (SELECT id FROM leads WHERE merged_into IS NULL AND erased_at IS NULL)",
    );
    let source = database.number(&format!("SELECT min(source_id) FROM contacts WHERE lead_id = {lead}"));
    for phone in ["+8 999 321-45-67", "8 (999) 321-45-68", "-"] {
        let sql = format!("INSERT INTO identities (kind, value, lead_id) VALUES (1, '{phone}', {lead})");
        database.sql(Tables::Routing, &sql);
    }
    migrate(&database);
    database.sql(Tables::Routing, &format!("UPDATE sources SET default_region = 'RU' WHERE id = {source}"));
    let url = database.url();
    let reread = |more: &[&str]| {
        let source = source.to_string();
        run_json(&[&["leads", "reread", "--source", &source, "--json", "--database", &url], more].concat())
    };
    let preview = reread(&["--dry-run"]);
    let readable = preview["readable"].as_u64().expect("a number");
    assert!(readable >= 2 && preview["unread"].as_u64() > Some(readable), "{preview}");
    assert_eq!(reread(&[])["read"], readable);
    assert_eq!(reread(&["--dry-run"])["readable"], 0);
    for phone in ["+79993214567", "+79993214568", "-"] {
        let sql = format!("SELECT lead_id FROM identities WHERE kind = 1 AND value = '{phone}'");
        assert_eq!(database.number(&sql), lead, "{phone}");
    }
    verify(&url);
}

#[test]
fn it_is_copied_from_sqlite_to_postgres_with_every_answer() {
    let (from, to) = (Database::of_0_1(Engine::Sqlite, "whole"), Database::empty(Engine::Postgres));
    migrate(&from);
    run(&["copy", "--from", &from.url(), "--to", &to.url()]);
    verify(&to.url());
    let tokens = tokens(&to, &[ADMIN]);
    let server = Server::start(&to.url(), Some(&tokens[&ADMIN]));
    assert_answers_as_recorded(&server, &Recorded::of(Engine::Sqlite));
    server.stop();
}
