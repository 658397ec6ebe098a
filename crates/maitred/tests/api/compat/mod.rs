//! The dialects from outside: what clients of other services send and expect, under another base URL alone.

mod appeals;
mod documents;
mod forgiving;
mod inquiries;
mod interactions;
mod together;

use crate::test_server::Answer;
use serde_json::Value;

/// Checks that this is an error of a few words.
#[track_caller]
fn says(answer: &Answer, status: u16, detail: &str) {
    assert_eq!((answer.status.as_u16(), &answer.json["detail"]), (status, &Value::from(detail)), "{}", answer.text);
    assert_eq!(answer.header("content-type"), "application/json");
}

/// Checks that these values are not valid: where each stands, and its type.
#[track_caller]
fn faults(answer: &Answer, expected: &[(Value, &str)]) {
    assert_eq!(answer.status.as_u16(), 422, "{}", answer.text);
    let found = answer.json["detail"].as_array().expect("a list of faults");
    assert!(found.iter().all(|fault| fault["msg"].as_str().is_some_and(|msg| !msg.is_empty())), "{}", answer.text);
    let found: Vec<_> =
        found.iter().map(|fault| (fault["loc"].clone(), fault["type"].as_str().expect("a type"))).collect();
    assert_eq!(found, expected, "{}", answer.text);
}
