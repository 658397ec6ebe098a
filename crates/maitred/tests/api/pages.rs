//! `limit`, `cursor` and `Link`, which are the same for every list.

use crate::test_server::TestServer;
use axum::http::{Method, StatusCode};
use serde_json::{Value, json};

/// Walks a list to its end and gives the ids in the order they came.
async fn walk(server: &TestServer, first: &str, id: &str) -> Vec<i64> {
    let mut ids = Vec::new();
    let mut next = Some(first.to_owned());
    while let Some(path) = next {
        let page = server.get(&path).await;
        next = page.next();
        let rows = page.expect(StatusCode::OK);
        ids.extend(rows.as_array().expect("a list").iter().map(|row| row[id].as_i64().expect("an id")));
    }
    ids
}

async fn furnished() -> TestServer {
    let server = TestServer::open().await;
    let mut weights = Vec::new();
    for n in 0..7 {
        weights.push((server.operator(&n.to_string(), 0).await, 1));
        server.source(&format!("Source {n}"), &[]).await;
    }
    let source = server.source("Bot", &weights).await;
    for n in 0..7 {
        server.contact(source, &format!("lead {}", n % 4)).await;
    }
    server
}

#[tokio::test]
async fn walking_a_list_shows_every_row_exactly_once() {
    let server = furnished().await;
    let up = |n: i64| (1..=n).collect::<Vec<_>>();
    let down = |n: i64| (1..=n).rev().collect::<Vec<_>>();
    for limit in [1, 3, 7, 8, 1000] {
        for (path, id, expected) in [
            ("operators?", "id", up(7)),
            ("sources?", "id", up(8)),
            ("sources/8/operators?", "operator_id", up(7)),
            ("contacts?", "id", down(7)),
            ("contacts?status=waiting&source_id=8&", "id", down(7)),
            ("leads?", "id", down(4)),
            ("leads/1/contacts?", "id", vec![5, 1]),
            ("stats/operators?", "operator_id", up(7)),
            ("stats/distribution?", "source_id", up(8)),
            ("stats/waiting?", "source_id", up(8)),
            ("events?", "position", up(14 + 1 + 7 + 7)),
        ] {
            let ids = walk(&server, &format!("/api/v1/{path}limit={limit}"), id).await;
            assert_eq!(ids, expected, "{path}limit={limit}");
        }
    }
    server.close().await;
}

#[tokio::test]
async fn rows_that_come_while_walking_do_not_shift_the_pages() {
    let server = furnished().await;
    let first = server.get("/api/v1/contacts?limit=3").await;
    server.contact(8, "somebody new").await;
    let rest = walk(&server, &first.next().expect("another page"), "id").await;
    assert_eq!(rest, [4, 3, 2, 1]);
    server.close().await;
}

#[tokio::test]
async fn a_cursor_is_for_its_list_and_filter_only() {
    let server = furnished().await;
    let next = server.get("/api/v1/contacts?limit=3&status=waiting").await.next().expect("another page");
    let cursor = next.split_once("cursor=").expect("a cursor").1;
    server.get(&next).await.expect(StatusCode::OK);
    let larger = format!("/api/v1/contacts?cursor={cursor}&status=waiting&limit=5");
    assert_eq!(server.get(&larger).await.expect(StatusCode::OK).as_array().map(Vec::len), Some(4));
    for path in ["contacts?", "contacts?status=assigned&", "leads?", "leads?status=waiting&"] {
        let answer = server.get(&format!("/api/v1/{path}cursor={cursor}")).await;
        assert!(answer.is_problem(422, "invalid-fields").contains(&"cursor"), "{path}");
        assert!(answer.text.contains("a different list or filter"), "{}", answer.text);
    }
    for broken in ["x", "AAAA", &cursor[1..], "%00", "0"] {
        let answer = server.get(&format!("/api/v1/contacts?status=waiting&cursor={broken}")).await;
        assert_eq!(answer.is_problem(422, "invalid-fields"), ["cursor"], "{broken}");
    }
    server.close().await;
}

#[tokio::test]
async fn a_page_that_is_not_full_has_no_next() {
    let server = furnished().await;
    assert_eq!(server.get("/api/v1/operators?limit=8").await.next(), None);
    let full = server.get("/api/v1/operators?limit=7").await.next().expect("a full page does not know");
    assert_eq!(server.show(&full).await, json!([]) as Value);
    server.close().await;
}

#[tokio::test]
async fn a_page_about_an_address_that_is_not_there_may_load_its_style() {
    let server = TestServer::open().await;
    let answer = server.browse("", Method::GET, "/nowhere", None).await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
    assert!(answer.text.contains("/assets/console."), "{}", answer.text);
    assert!(answer.header("content-security-policy").contains("style-src 'self'"));
    server.close().await;
}
