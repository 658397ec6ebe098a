//! The calls of a README that people use already work word for word: the four `curl` commands below are from there,
//! and so are the fields of the answers.

use crate::test_server::{Answer, TestServer};
use axum::body::Body;
use axum::http::{Request, StatusCode};
use serde_json::{Value, json};

const CREATE_OPERATOR: &str = r#"
curl -X POST http://localhost:8000/api/v1/operators \
  -H "Content-Type: application/json" \
  -d '{
    "name": "Анна",
    "is_active": true,
    "max_load": 50
  }'
"#;

const CREATE_SOURCE: &str = r#"
curl -X POST http://localhost:8000/api/v1/sources \
  -H "Content-Type: application/json" \
  -d '{
    "name": "Telegram Bot",
    "description": "Основной телеграм бот"
  }'
"#;

const SET_WEIGHT: &str = r#"
curl -X POST http://localhost:8000/api/v1/sources/1/operators \
  -H "Content-Type: application/json" \
  -d '{
    "operator_id": 1,
    "weight": 30
  }'
"#;

const REGISTER_CONTACT: &str = r#"
curl -X POST http://localhost:8000/api/v1/contacts \
  -H "Content-Type: application/json" \
  -d '{
    "lead_phone": "+79991234567",
    "source_id": 1,
    "message": "Здравствуйте!"
  }'
"#;

#[tokio::test]
async fn the_calls_of_seed_004_work_word_for_word() {
    let server = TestServer::open().await;

    let operator = curl(&server, CREATE_OPERATOR).await.expect(StatusCode::CREATED);
    holds(&operator, &json!({"name": "Анна", "is_active": true, "max_load": 50, "id": 1, "current_load": 0}));
    are_times(&operator, &["created_at", "updated_at"]);

    let source = curl(&server, CREATE_SOURCE).await.expect(StatusCode::CREATED);
    holds(&source, &json!({"id": 1, "name": "Telegram Bot", "description": "Основной телеграм бот"}));

    let weight = curl(&server, SET_WEIGHT).await.expect(StatusCode::CREATED);
    assert_eq!(weight, json!({"source_id": 1, "operator_id": 1, "weight": 30}));

    let contact = curl(&server, REGISTER_CONTACT).await.expect(StatusCode::CREATED);
    let expected = json!({
        "message": "Здравствуйте!", "id": 1, "lead_id": 1, "source_id": 1, "operator_id": 1, "is_resolved": false,
    });
    holds(&contact, &expected);
    are_times(&contact, &["created_at", "updated_at"]);
    server.close().await;
}

#[tokio::test]
async fn without_an_operator_the_contact_waits() {
    let server = TestServer::open().await;
    curl(&server, CREATE_SOURCE).await.expect(StatusCode::CREATED);
    let contact = curl(&server, REGISTER_CONTACT).await.expect(StatusCode::CREATED);
    holds(&contact, &json!({"operator_id": null, "status": "waiting", "is_resolved": false}));
    server.close().await;
}

fn holds(answer: &Value, expected: &Value) {
    for (name, value) in expected.as_object().expect("an object") {
        assert_eq!(answer[name], *value, "{name}");
    }
}

fn are_times(answer: &Value, names: &[&str]) {
    for name in names {
        let text = answer[name].as_str().expect("a text");
        assert!(maitred_store::clock::parse_rfc3339(text).is_ok() && text.ends_with('Z'), "{name}: {text}");
    }
}

/// Sends what curl would.
async fn curl(server: &TestServer, command: &str) -> Answer {
    let words = shell_words(command);
    let [curl, x, method, url, options @ ..] = &words[..] else { panic!("not a call: {command}") };
    assert_eq!((curl.as_str(), x.as_str()), ("curl", "-X"));
    let path = url.strip_prefix("http://localhost:8000").expect("a call to this server");
    let mut request = Request::builder().method(method.as_str()).uri(path);
    let mut body = String::new();
    for option in options.chunks(2) {
        match &option[0][..] {
            "-H" => {
                let (name, value) = option[1].split_once(": ").expect("a header");
                request = request.header(name, value);
            }
            "-d" => body.clone_from(&option[1]),
            other => panic!("unknown option {other}"),
        }
    }
    server.send(request.body(Body::from(body)).expect("a well-formed request")).await
}

/// The words of a command line, as far as the commands above need it: quotes, and backslashes at line ends.
fn shell_words(line: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut quote = None;
    for c in line.replace("\\\n", " ").trim().chars() {
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (None, '"' | '\'') => quote = Some(c),
            (None, c) if c.is_whitespace() => words.push(String::new()),
            (_, c) => words.last_mut().expect("one at least").push(c),
        }
    }
    words.retain(|word| !word.is_empty());
    words
}
