//! `GET /api/v1/contacts?q=`: contacts by words of their messages.

use crate::test_server::TestServer;
use axum::http::{Method, StatusCode};
use maitred_core::OperatorId;
use maitred_store::accounts::Grant;
use serde_json::{Value, json};

fn ids(list: &Value) -> Vec<i64> {
    list.as_array().expect("a list").iter().filter_map(|row| row["id"].as_i64()).collect()
}

/// Two operators with a source each, and four messages: the odd ones with the first.
async fn server() -> TestServer {
    let server = TestServer::open().await;
    let sources = [("Anna", "Bot"), ("Boris", "Site")];
    for (operator, source) in sources {
        let operator = server.operator(operator, 10).await;
        server.source(source, &[(operator, 1)]).await;
    }
    let messages = ["Где мой заказ №17?", "Wo ist die Straße?", "Заказать ещё", "Мой заказ разбит"];
    for (n, message) in messages.into_iter().enumerate() {
        let body = json!({"source_id": 1 + n % 2, "lead_external_id": format!("{n}"), "message": message});
        server.post("/api/v1/contacts", &body).await.expect(StatusCode::CREATED);
    }
    server
}

#[tokio::test]
async fn contacts_are_found_by_words_of_the_message_and_by_filters() {
    let server = server().await;
    for (query, expected) in [
        ("q=%D0%B7%D0%B0%D0%BA%D0%B0%D0%B7", vec![4, 3, 1]),
        ("q=%D0%97%D0%90%D0%9A%20%D0%BC%D0%BE%D0%B9", vec![4, 1]),
        ("q=17", vec![1]),
        ("q=strasse", vec![2]),
        ("q=trasse", vec![]),
        ("q=%20", vec![]),
        ("q=", vec![4, 3, 2, 1]),
        ("q=%D0%B7%D0%B0%D0%BA%D0%B0%D0%B7&source_id=1", vec![3, 1]),
        ("q=%D0%B7%D0%B0%D0%BA%D0%B0%D0%B7&operator_id=2&status=assigned", vec![4]),
        ("q=%D0%B7%D0%B0%D0%BA%D0%B0%D0%B7&status=resolved", vec![]),
    ] {
        if query == "q=%20" {
            server.get(&format!("/api/v1/contacts?{query}")).await.is_problem(422, "invalid-fields");
            continue;
        }
        let answer = server.get(&format!("/api/v1/contacts?{query}")).await;
        assert_eq!((answer.next(), answer.header("searched-back-to")), (None, ""), "{query}");
        assert_eq!(ids(&answer.expect(StatusCode::OK)), expected, "{query}");
    }
    server.close().await;
}

#[tokio::test]
async fn a_search_that_is_not_over_says_how_far_it_got() {
    let server = server().await;
    let mut found = Vec::new();
    let mut next = Some("/api/v1/contacts?q=%D0%B7%D0%B0%D0%BA%D0%B0%D0%B7&limit=1".to_owned());
    while let Some(path) = next {
        let answer = server.get(&path).await;
        next = answer.next();
        let back_to = answer.header("searched-back-to").to_owned();
        let page = answer.expect(StatusCode::OK);
        assert_eq!(next.is_some(), !back_to.is_empty());
        if let (true, Some(last)) = (next.is_some(), page.get(0)) {
            assert_eq!(back_to, last["created_at"].as_str().expect("a time"));
        }
        found.extend(ids(&page));
    }
    assert_eq!(found, [4, 3, 1]);
    let other = server.get("/api/v1/contacts?q=a&limit=1&cursor=AQAAAAAAAAADAAAAAAAA").await;
    assert_eq!(other.is_problem(422, "invalid-fields"), ["cursor"]);
    server.close().await;
}

#[tokio::test]
async fn an_operator_finds_only_what_is_theirs() {
    let server = server().await;
    let key = server.key(Grant::Operator(OperatorId(2))).await;
    let observer = server.key(Grant::Observer).await;
    let path = "/api/v1/contacts?q=%D0%B7%D0%B0%D0%BA%D0%B0%D0%B7";
    let get = async |key: &str, path: &str| server.call_as(Some(key), Method::GET, path, None).await;
    assert_eq!(ids(&get(&key, path).await.expect(StatusCode::OK)), [4]);
    assert_eq!(ids(&get(&observer, path).await.expect(StatusCode::OK)), [4, 3, 1]);
    get(&key, &format!("{path}&operator_id=1")).await.is_problem(403, "forbidden");
    server.close().await;
}
