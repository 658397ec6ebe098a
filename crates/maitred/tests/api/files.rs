//! Lists as files for spreadsheets: all rows that the filters leave, cells that are no formulas, and who gets them.

use crate::test_server::{Answer, TestServer};
use axum::http::{Method, StatusCode};
use maitred_core::OperatorId;
use maitred_store::accounts::Grant;
use serde_json::json;
use tower::ServiceExt;

const FILES: [&str; 5] = ["/contacts.csv", "/leads.csv", "/operators.csv", "/sources.csv", "/weights.csv"];

/// The rows of a file without its mark; no cell of these tests has a line break.
fn rows(file: &Answer) -> Vec<&str> {
    assert_eq!(file.status, StatusCode::OK, "{}", file.text);
    assert!(file.header("content-type").starts_with("text/csv; charset=utf-8"));
    assert!(file.header("content-disposition").starts_with("attachment; filename=\""));
    let text = file.text.strip_prefix('\u{feff}').expect("a mark that says UTF-8");
    text.strip_suffix("\r\n").expect("each row ends").split("\r\n").collect()
}

#[tokio::test]
async fn a_file_has_all_that_the_filters_leave_in_the_order_of_the_list() {
    let server = TestServer::open().await;
    let anna = server.operator("Anna", 200).await;
    let (bot, site) = (server.source("Bot", &[(anna, 1)]).await, server.source("Site", &[(anna, 1)]).await);
    // More than two parts of a file.
    for n in 0..150 {
        server.contact(if n % 10 == 0 { site } else { bot }, &format!("lead {n}")).await;
    }
    let ids = |file: Answer| -> Vec<i64> {
        let id = |row: &str| row.split(',').next().and_then(|id| id.parse().ok()).expect("an id");
        rows(&file)[1..].iter().map(|row| id(row)).collect()
    };
    let descending: Vec<i64> = (1..=150).rev().collect();
    assert_eq!(ids(server.get("/contacts.csv").await), descending);
    assert_eq!(ids(server.get("/leads.csv").await), descending);
    assert_eq!(ids(server.get("/leads.csv?order=asc").await), (1..=150).collect::<Vec<_>>());
    let of_site: Vec<i64> = (0..15).map(|n| n * 10 + 1).collect();
    let path = format!("/contacts.csv?source_id={site}&status=assigned&order=asc");
    assert_eq!(ids(server.get(&path).await), of_site);
    assert_eq!(ids(server.get("/contacts.csv?q=lead+7").await), [8]);
    assert_eq!(ids(server.get("/contacts.csv?q=nobody").await), Vec::<i64>::new());
    assert_eq!(ids(server.get("/leads.csv?q=lead+7").await).last(), Some(&8));
    assert_eq!(server.get("/contacts.csv?status=lost").await.status, StatusCode::SEE_OTHER, "the list says why");
    assert_eq!(rows(&server.get("/operators.csv?q=ann").await)[1..].len(), 1);
    assert_eq!(rows(&server.get("/operators.csv?q=nn").await).len(), 1, "only the head");
    assert_eq!(rows(&server.get("/sources.csv").await).len(), 3);
    let weights = server.get("/weights.csv").await;
    assert_eq!(rows(&weights)[1], "1,Bot,1,Anna,1,1.000000,135,135.00");
    server.close().await;
}

#[tokio::test]
async fn no_cell_is_a_formula_and_phones_stay_phones() {
    let server = TestServer::open().await;
    let anna = server.operator("=HYPERLINK(\"http://evil.test\")", 5).await;
    let bot = server.source("Bot; or \"so\"", &[(anna, 1)]).await;
    let body = json!({
        "source_id": bot, "lead_phone": "+79991234567", "lead_email": "@a", "lead_name": "+cmd|' /C calc'!A0",
        "message": "@SUM(1)", "priority": -5, "attributes": {"a": 1},
    });
    server.post("/api/v1/contacts", &body).await.expect(StatusCode::CREATED);
    let file = server.get("/contacts.csv").await;
    let row = rows(&file)[1];
    for cell in
        [",+79991234567,", ",'@SUM(1),", ",'+cmd|' /C calc'!A0,", ",-5,", ",\"'=HYPERLINK(\"\"http://evil.test\"\")\","]
    {
        assert!(row.contains(cell), "{cell} in {row}");
    }
    assert!(row.contains("\"Bot; or \"\"so\"\"\""), "{row}");
    // Excel separates by the language of the system.
    let file = server.get("/contacts.csv?lang=ru").await;
    assert!(rows(&file)[0].starts_with("id;created_at;status;source;operator_id;"), "{}", file.text);
    assert!(rows(&file)[1].contains(";+79991234567;"));
    server.close().await;
}

#[tokio::test]
async fn files_and_questions_about_many_are_for_staff() {
    let server = TestServer::open().await;
    let anna = server.operator("Anna", 5).await;
    let bot = server.source("Bot", &[(anna, 1)]).await;
    server.contact(bot, "a").await;
    let admin = server.session("Maria", Grant::Admin).await;
    let operator = server.session("Anna", Grant::Operator(OperatorId(anna))).await;
    let observer = server.session("Oleg", Grant::Observer).await;
    let status = async |who: &str, method: Method, path: &str, form: Option<&str>| {
        server.browse(who, method, path, form).await.status
    };
    for path in FILES.iter().chain(&["/contacts/new", "/contacts/selected?action=delete&contact=1"]) {
        assert_eq!(status(&operator, Method::GET, path, None).await, StatusCode::FORBIDDEN, "{path}");
        assert_eq!(status(&observer, Method::GET, path, None).await, StatusCode::OK, "{path}");
        assert_eq!(status("", Method::GET, path, None).await, StatusCode::SEE_OTHER, "{path}");
    }
    for (path, form) in [("/contacts/selected", "action=delete&contact=1"), ("/contacts/new", "source_id=1&message=a")]
    {
        for who in [&operator, &observer] {
            assert_eq!(status(who, Method::POST, path, Some(form)).await, StatusCode::FORBIDDEN, "{path}");
        }
    }
    let list = server.browse(&observer, Method::GET, "/contacts", None).await;
    assert!(!list.text.contains("data-picks") && list.text.contains("contact-1"), "there is nothing to tick");
    let done = server.browse(&admin, Method::POST, "/contacts/selected", Some("action=delete&contact=1")).await;
    assert!(done.text.contains("1 contact deleted"), "{}", done.text);
    server.close().await;
}

#[tokio::test]
async fn what_the_server_did_not_come_to_is_named_and_can_be_gone_on_with() {
    let mut server = TestServer::open().await;
    let anna = server.operator("Anna", 50).await;
    let bot = server.source("Bot", &[(anna, 1)]).await;
    for n in 0..10 {
        server.contact(bot, &format!("lead {n}")).await;
    }
    server.stop_batcher().await;
    let form: String = (1..=10).map(|id| format!("&contact={id}")).collect();
    let told = server.browse("", Method::POST, "/contacts/selected", Some(&format!("action=resolve{form}"))).await;
    assert!(told.text.contains("No contact was resolved"), "{}", told.text);
    assert!(told.text.contains("4 contacts were not changed") && told.text.contains("The server is stopping"));
    assert!(told.text.contains("6 contacts were not reached"), "no more are tried once the server has failed");
    assert_eq!(told.text.matches("name=\"contact\" value=").count(), 6);
    server.close().await;
}

#[tokio::test]
async fn only_some_files_are_written_at_a_time() {
    let server = TestServer::open().await;
    let open = async || {
        let request = TestServer::request(None, Method::GET, "/sources.csv", None);
        server.pipeline.clone().oneshot(request).await.expect("a pipeline does not fail")
    };
    let mut held = Vec::new();
    for _ in 0..4 {
        held.push(open().await);
    }
    assert!(held.iter().all(|file| file.status() == StatusCode::OK));
    assert_eq!(open().await.status(), StatusCode::SERVICE_UNAVAILABLE);
    held.pop();
    assert_eq!(open().await.status(), StatusCode::OK, "one is not read any more");
    server.close().await;
}
