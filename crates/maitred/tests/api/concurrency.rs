//! Many at once: nobody goes over `max_load`, one person stays one lead, a full queue says so.

use crate::test_server::TestServer;
use axum::http::StatusCode;
use serde_json::{Value, json};
use std::sync::Arc;
use tokio::task::JoinSet;

async fn count(server: &TestServer, filter: &str) -> usize {
    server.show(&format!("/api/v1/contacts?limit=1000&{filter}")).await.as_array().map_or(0, Vec::len)
}

/// Has each of 64 clients take in `each` contacts of new leads, all at the same time.
async fn storm(server: &Arc<TestServer>, source: i64, each: usize) {
    let mut clients = JoinSet::new();
    for client in 0..64 {
        let server = server.clone();
        clients.spawn(async move {
            for n in 0..each {
                server.contact(source, &format!("{client}/{n}")).await;
            }
        });
    }
    while let Some(client) = clients.join_next().await {
        client.expect("every contact is taken in");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn sixty_four_clients_leave_two_operators_exactly_full() {
    let server = Arc::new(TestServer::open().await);
    let anna = server.operator("Anna", 50).await;
    let boris = server.operator("Boris", 50).await;
    let source = server.source("Bot", &[(anna, 3), (boris, 1)]).await;
    storm(&server, source, 5).await;

    for operator in [anna, boris] {
        assert_eq!(count(&server, &format!("status=assigned&operator_id={operator}")).await, 50);
        assert_eq!(server.show(&format!("/api/v1/operators/{operator}")).await["current_load"], 50);
    }
    assert_eq!(count(&server, "status=waiting").await, 64 * 5 - 100);

    let held = server.show(&format!("/api/v1/contacts?status=assigned&operator_id={anna}&limit=1")).await;
    let next = server.show("/api/v1/stats/waiting").await[0]["next_contact_id"].clone();
    let waiting = server.show("/api/v1/contacts?status=waiting&limit=1000").await;
    let oldest = waiting.as_array().expect("a list").iter().map(|c| &c["id"]).min_by_key(|id| id.as_i64());
    assert_eq!(Some(&next), oldest);
    server.act(&format!("/api/v1/contacts/{}/resolve", held[0]["id"])).await.expect(StatusCode::OK);
    let contact = server.show(&format!("/api/v1/contacts/{next}")).await;
    assert_eq!((&contact["status"], &contact["operator_id"]), (&json!("assigned"), &json!(anna)));
    Arc::into_inner(server).expect("all clients are done").close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn resolving_while_others_arrive_keeps_every_slot_busy() {
    let server = Arc::new(TestServer::open().await);
    let anna = server.operator("Anna", 7).await;
    let source = server.source("Bot", &[(anna, 1)]).await;
    let resolver = server.clone();
    let resolving = tokio::spawn(async move {
        for id in 1..=100 {
            while resolver.act(&format!("/api/v1/contacts/{id}/resolve")).await.status == StatusCode::NOT_FOUND {
                tokio::task::yield_now().await;
            }
        }
    });
    storm(&server, source, 2).await;
    resolving.await.expect("a hundred contacts were resolved");
    assert_eq!(count(&server, "status=assigned").await, 7);
    assert_eq!(count(&server, "status=waiting").await, 128 - 100 - 7);
    Arc::into_inner(server).expect("all clients are done").close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_contacts_of_one_new_person_at_once_make_one_lead() {
    let server = Arc::new(TestServer::open().await);
    let source = server.source("Bot", &[]).await;
    let spellings = ["+79991234567", "8 999 123-45-67", "+7 (999) 123-45-67", "89991234567"];
    let mut clients = JoinSet::new();
    for client in 0..64 {
        let (server, phone) = (server.clone(), spellings[client % spellings.len()]);
        clients.spawn(async move {
            server.post("/api/v1/contacts", &json!({"source_id": source, "lead_phone": phone})).await
        });
    }
    while let Some(answer) = clients.join_next().await {
        let contact = answer.expect("an answer").expect(StatusCode::CREATED);
        assert_eq!(contact["lead_id"], 1);
    }
    assert_eq!(server.show("/api/v1/leads").await.as_array().map(Vec::len), Some(1));
    assert_eq!(server.show("/api/v1/leads/1").await["contact_count"], 64);
    Arc::into_inner(server).expect("all clients are done").close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_full_queue_is_503_and_loses_nothing_that_was_answered() {
    let server = Arc::new(TestServer::with_queue(1).await);
    let source = server.source("Bot", &[]).await;
    let mut clients = JoinSet::new();
    for client in 0..200 {
        let server = server.clone();
        let body = json!({"source_id": source, "lead_external_id": client.to_string()});
        clients.spawn(async move { server.post("/api/v1/contacts", &body).await });
    }
    let mut taken_in: Vec<Value> = Vec::new();
    while let Some(answer) = clients.join_next().await {
        let answer = answer.expect("an answer");
        match answer.status {
            StatusCode::CREATED => taken_in.push(answer.json["id"].clone()),
            _ => assert!(answer.is_problem(503, "overloaded").is_empty()),
        }
    }
    assert!(!taken_in.is_empty());
    assert_eq!(count(&server, "").await, taken_in.len());
    Arc::into_inner(server).expect("all clients are done").close().await;
}
