//! The fairness account: `/api/v1/operators/{id}/account` and `/api/v1/sources/{id}/accounts`.

use crate::test_server::TestServer;
use axum::http::{Method, StatusCode};
use maitred_core::OperatorId;
use maitred_store::accounts::Grant;
use rstest::rstest;
use serde_json::{Value, json};
use std::collections::BTreeMap;

const OF_ANNA: &str = "/api/v1/operators/1/account?source_id=1";

/// A source with Anna and Boris, who take turns and have room for many.
async fn server() -> TestServer {
    let server = TestServer::open().await;
    let (anna, boris) = (server.operator("Anna", 500).await, server.operator("Boris", 500).await);
    server.source("Bot", &[(anna, 3), (boris, 1)]).await;
    server.patch("/api/v1/sources/1", &json!({"policy": "smooth_weighted"})).await.expect(StatusCode::OK);
    server
}

async fn contacts(server: &TestServer, from: u32, to: u32) {
    for lead in from..to {
        server.contact(1, &lead.to_string()).await;
    }
}

async fn balance(server: &TestServer, operator: i64) -> f64 {
    let account = server.show(&format!("/api/v1/operators/{operator}/account?source_id=1")).await;
    account["balance"].as_f64().expect("a number")
}

/// What operators were entitled to and received by the decisions about each contact, which say who could take it.
async fn recounted(server: &TestServer, contacts: u32) -> BTreeMap<i64, (f64, u64)> {
    let mut lines: BTreeMap<i64, (f64, u64)> = BTreeMap::new();
    for contact in 1..=contacts {
        let chain = server.show(&format!("/api/v1/contacts/{contact}/decisions")).await;
        for decision in chain.as_array().expect("a list") {
            let Some(got) = decision["operator_id"].as_i64() else { continue };
            lines.entry(got).or_default().1 += 1;
            if decision["owed_operator_id"] == json!(got) {
                continue;
            }
            let all = decision["candidates"].as_array().expect("a list");
            let could = |it: &Value| [Value::Null, json!("ahead")].contains(&it["ineligibility"]);
            let eligible: Vec<&Value> = all.iter().filter(|it| could(it)).collect();
            let total: f64 = eligible.iter().filter_map(|it| it["weight"].as_f64()).sum();
            for it in &eligible {
                let id = it["operator_id"].as_i64().expect("an id");
                lines.entry(id).or_default().0 += it["weight"].as_f64().expect("a number") / total;
            }
        }
    }
    lines
}

#[tokio::test]
async fn an_account_is_what_decisions_say_and_all_of_a_source_add_up_to_zero() {
    let server = server().await;
    contacts(&server, 0, 11).await;
    let body = json!({"amount": 3, "reason": "Three spoiled leads"});
    let made = server.post("/api/v1/operators/2/account?source_id=1", &body).await.expect(StatusCode::CREATED);
    assert_eq!((&made["amount"], &made["operator_id"], &made["source_id"]), (&json!(3), &json!(2), &json!(1)));
    server.post(OF_ANNA, &json!({"amount": -1, "reason": "Took one too many"})).await.expect(StatusCode::CREATED);
    contacts(&server, 11, 16).await;
    let accounts = server.show("/api/v1/sources/1/accounts").await;
    let lines = accounts["lines"].as_array().expect("a list");
    let balances: f64 = lines.iter().filter_map(|line| line["balance"].as_f64()).sum();
    let house = accounts["house"].as_f64().expect("a number");
    assert!((balances + house).abs() < 1e-9, "{accounts}");
    let recounted = recounted(&server, 16).await;
    for line in lines {
        let number = |name: &str| line[name].as_f64().expect("a number");
        let (entitled, received) = recounted[&line["operator_id"].as_i64().expect("an id")];
        assert_eq!(line["received"], json!(received), "{line}");
        assert!((number("entitled") - entitled).abs() < 1e-6, "{line}: {entitled}");
        let expected = number("entitled") + number("refunded") + number("adjusted") - number("received");
        assert!((number("balance") - expected).abs() < 1e-9, "{line}");
    }
    server.close().await;
}

#[tokio::test]
async fn a_correction_is_paid_back_and_moves_nobody_else() {
    let server = server().await;
    contacts(&server, 0, 8).await;
    assert_eq!((balance(&server, 1).await, balance(&server, 2).await), (0.0, 0.0));
    server.post(OF_ANNA, &json!({"amount": 2, "reason": "Spoiled"})).await.expect(StatusCode::CREATED);
    assert_eq!((balance(&server, 1).await, balance(&server, 2).await), (2.0, 0.0));
    contacts(&server, 8, 14).await;
    let account = server.show(OF_ANNA).await;
    assert_eq!((&account["received"], &account["outstanding"]), (&json!(11), &json!(0)), "2 and 3 of the other 4");
    assert_eq!((balance(&server, 1).await, balance(&server, 2).await), (0.0, 0.0));
    let decisions = server.show("/api/v1/contacts/9/decisions").await;
    assert_eq!((&decisions[0]["owed_operator_id"], &decisions[0]["replay_matches"]), (&json!(1), &json!(true)));
    let made = server.show("/api/v1/operators/1/account/corrections").await;
    assert_eq!((&made[0]["reason"], &made[0]["author"]), (&json!("Spoiled"), &json!("anonymous")));
    let events = server.show("/api/v1/events?limit=1000").await;
    let told = events.as_array().expect("a list").iter().find(|event| event["kind"] == "account_corrected");
    assert_eq!(told.expect("it is told")["amount"], 2);
    server.close().await;
}

#[tokio::test]
async fn the_history_adds_up_to_the_balance() {
    let server = server().await;
    contacts(&server, 0, 6).await;
    server.post(OF_ANNA, &json!({"amount": -2, "reason": "Too many"})).await.expect(StatusCode::CREATED);
    let steps = server.show("/api/v1/operators/1/account/history?source_id=1").await;
    let steps = steps.as_array().expect("a list");
    let moved: f64 = steps.iter().filter_map(|step| step["change"].as_f64()).sum();
    assert!((moved - balance(&server, 1).await).abs() < 1e-9, "{steps:?}");
    assert_eq!(steps.last().expect("a step")["outstanding"], -2);
    let before = server.show("/api/v1/operators/1/account/history?source_id=1&from=2025-01-01&to=2025-01-02").await;
    assert_eq!(before, json!([]));
    server.close().await;
}

#[tokio::test]
async fn who_declines_where_that_is_free_is_refunded() {
    let server = server().await;
    let settings = json!({"accept_within_s": 3600, "declines_are_free": true});
    let source = server.patch("/api/v1/sources/1", &settings).await.expect(StatusCode::OK);
    assert_eq!(source["declines_are_free"], true);
    let offered = server.contact(1, "a").await;
    assert_eq!(offered["operator_id"], 1);
    server.post("/api/v1/contacts/1/decline", &json!({})).await.expect(StatusCode::OK);
    let account = server.show(OF_ANNA).await;
    assert_eq!((&account["refunded"], &account["outstanding"]), (&json!(1), &json!(1)));
    assert_eq!(server.contact(1, "b").await["operator_id"], 1, "the next is Anna's");
    server.close().await;
}

#[tokio::test]
async fn operators_see_why_not_them_and_names_only_where_they_are_shown() {
    let server = server().await;
    contacts(&server, 0, 4).await;
    let boris = server.key(Grant::Operator(OperatorId(2))).await;
    let path = "/api/v1/operators/2/account/contacts?source_id=1";
    let seen = server.call_as(Some(&boris), Method::GET, path, None).await.expect(StatusCode::OK);
    let seen = seen.as_array().expect("a list");
    assert_eq!(seen.len(), 4);
    let lost = seen.iter().find(|it| it["got_it"] == false).expect("Anna got some");
    assert_eq!((&lost["why"], &lost["operator_name"]), (&json!("less_owed"), &json!("Anna")));
    let owed = |who: &Value| who["owed"].as_f64().expect("a number");
    assert!(owed(&lost["own"]) < owed(&lost["other"]), "{lost}");
    let supervisor = server.key(Grant::Supervisor).await;
    let hide = json!({"hides_names": true});
    let hidden = server.call_as(Some(&supervisor), Method::PATCH, "/api/v1/sources/1", Some(&hide)).await;
    assert_eq!(hidden.expect(StatusCode::OK)["hides_names"], true);
    let seen = server.call_as(Some(&boris), Method::GET, path, None).await.expect(StatusCode::OK);
    assert!(!seen.to_string().contains("Anna"), "{seen}");
    let seen = server.call_as(Some(&supervisor), Method::GET, path, None).await.expect(StatusCode::OK);
    assert!(seen.to_string().contains("Anna"), "{seen}");
    let another = server.call_as(Some(&boris), Method::GET, OF_ANNA, None).await;
    another.is_problem(403, "forbidden");
    let correct = json!({"amount": 3, "reason": "For me"});
    let own = "/api/v1/operators/2/account?source_id=1";
    server.call_as(Some(&boris), Method::POST, own, Some(&correct)).await.is_problem(403, "forbidden");
    server.close().await;
}

#[tokio::test]
async fn reasons_are_counted_from_what_each_decision_recorded() {
    let server = TestServer::open().await;
    let (anna, boris) = (server.operator("Anna", 4).await, server.operator("Boris", 500).await);
    server.source("Bot", &[(anna, 3), (boris, 1)]).await;
    server.patch("/api/v1/sources/1", &json!({"policy": "smooth_weighted"})).await.expect(StatusCode::OK);
    contacts(&server, 0, 9).await;
    server.patch("/api/v1/operators/1", &json!({"is_active": false})).await.expect(StatusCode::OK);
    contacts(&server, 9, 12).await;
    let by_hand = json!({"operator_id": boris});
    let held = server.show("/api/v1/contacts?operator_id=1&status=assigned").await;
    let id = held[0]["id"].as_i64().expect("an id");
    server.post(&format!("/api/v1/contacts/{id}/transfer"), &by_hand).await.expect(StatusCode::OK);
    let mut expected: BTreeMap<String, u64> = BTreeMap::new();
    for contact in 1..=12 {
        let chain = server.show(&format!("/api/v1/contacts/{contact}/decisions")).await;
        for decision in chain.as_array().expect("a list") {
            let all = decision["candidates"].as_array().expect("a list");
            let own = all.iter().find(|it| it["operator_id"] == 1);
            let why = match own.map(|own| &own["ineligibility"]) {
                _ if decision["operator_id"] == 1 => "got_it",
                None => "by_hand",
                Some(Value::String(reason)) => reason,
                Some(_) => "less_owed",
            };
            *expected.entry(why.to_owned()).or_default() += 1;
        }
    }
    let path = "/api/v1/operators/1/account/reasons";
    let found = server.show(&format!("{path}?source_id=1")).await;
    let reasons = found["reasons"].as_array().expect("a list").iter();
    let counts =
        reasons.map(|it| (it["why"].as_str().expect("a word").to_owned(), it["decisions"].as_u64().expect("one")));
    assert_eq!(counts.collect::<BTreeMap<_, _>>(), expected);
    for why in ["got_it", "full", "inactive", "less_owed", "by_hand"] {
        assert!(expected.contains_key(why), "{why} of {expected:?}");
    }
    assert_eq!((&found["contacts"], &found["since"]), (&json!(12), &Value::Null));
    let nothing = server.show(&format!("{path}?source_id=1&from=2025-01-01&to=2025-01-02")).await;
    assert_eq!(nothing, json!({"contacts": 0, "since": null, "reasons": []}));
    let key = server.key(Grant::Operator(OperatorId(2))).await;
    server.call_as(Some(&key), Method::GET, &format!("{path}?source_id=1"), None).await.is_problem(403, "forbidden");
    server.close().await;
}

#[rstest]
#[case(json!({"amount": 0, "reason": "why"}), "/amount")]
#[case(json!({"amount": 1001, "reason": "why"}), "/amount")]
#[case(json!({"amount": 1.5, "reason": "why"}), "/amount")]
#[case(json!({"amount": 1, "reason": " "}), "/reason")]
#[case(json!({"amount": 1}), "/reason")]
#[tokio::test]
async fn a_correction_that_says_nothing_is_refused(#[case] body: Value, #[case] pointer: &str) {
    let server = server().await;
    let refused = server.post(OF_ANNA, &body).await;
    assert!(refused.is_problem(422, "invalid-fields").contains(&pointer), "{}", refused.text);
    assert_eq!(server.show(OF_ANNA).await["adjusted"], 0);
    server.close().await;
}

#[tokio::test]
async fn accounts_of_nobody_are_not_there() {
    let server = server().await;
    server.operator("Clara", 5).await;
    let body = json!({"amount": 1, "reason": "why"});
    server.get("/api/v1/operators/9/account").await.is_problem(404, "unknown-id");
    server.get("/api/v1/sources/9/accounts").await.is_problem(404, "unknown-id");
    server.post("/api/v1/operators/3/account?source_id=1", &body).await.is_problem(404, "unknown-id");
    server.post("/api/v1/operators/1/account?source_id=9", &body).await.is_problem(404, "unknown-id");
    let missing = server.post("/api/v1/operators/1/account", &body).await;
    assert!(missing.text.contains("source_id"), "{}", missing.text);
    assert_eq!(server.show("/api/v1/operators/3/account").await["lines"], json!([]));
    server.close().await;
}

#[tokio::test]
async fn every_table_of_an_account_is_csv_too() {
    let server = server().await;
    contacts(&server, 0, 3).await;
    let tables = [
        ("operators/1/account.csv", 1),
        ("operators/1/account/history.csv?source_id=1", 1),
        ("operators/1/account/contacts.csv?source_id=1", 3),
        ("operators/1/account/reasons.csv?source_id=1", 2),
        ("sources/1/accounts.csv", 2),
    ];
    for (table, rows) in tables {
        let answer = server.get(&format!("/api/v1/{table}")).await;
        assert_eq!(answer.status, StatusCode::OK, "{table}");
        let lines: Vec<&str> = answer.text.lines().collect();
        assert_eq!(lines.len(), rows + 1, "{}", answer.text);
        let columns = lines[0].split(',').count();
        assert!(lines.iter().all(|line| line.split(',').count() == columns), "{}", answer.text);
    }
    server.close().await;
}
