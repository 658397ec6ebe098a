//! Each dialect has a document of its own, and says in it what it answers.

use crate::test_server::TestServer;
use maitred_api::dialect::Dialect;
use serde_json::Value;
use std::collections::BTreeSet;

#[tokio::test]
async fn each_dialect_has_a_document_of_all_its_calls() {
    check(
        "interactions",
        "POST operators/, POST sources/, POST sources/{source_id}/config, POST interactions/, GET stats/",
    )
    .await;
    check(
        "inquiries",
        "GET , GET operators, POST operators, GET sources, POST sources, POST sources/{source_id}/config, \
         GET inquiries, POST inquiries",
    )
    .await;
    check(
        "appeals",
        "GET operators, POST operators, GET operators/{operator_id}, PUT operators/{operator_id}, \
         DELETE operators/{operator_id}, GET lead-sources, POST lead-sources, GET lead-sources/{lead_source_id}, \
         PUT lead-sources/{lead_source_id}, DELETE lead-sources/{lead_source_id}, \
         GET lead-sources/{lead_source_id}/operators, POST lead-sources/{lead_source_id}/operators, \
         GET lead-sources/{lead_source_id}/operators/{lead_source_operator_id}, \
         PUT lead-sources/{lead_source_id}/operators/{lead_source_operator_id}, \
         DELETE lead-sources/{lead_source_id}/operators/{lead_source_operator_id}, \
         GET appeals, POST appeals, GET appeals/{appeal_id}, PUT appeals/{appeal_id}, DELETE appeals/{appeal_id}, \
         GET inspect/leads, GET inspect/appeals-distribution",
    )
    .await;
}

async fn check(dialect: &str, calls: &str) {
    let server = TestServer::open().await;
    let document = server.show(&format!("/compat/{dialect}/openapi.json")).await;
    let base = format!("/compat/{dialect}/");
    let expected: BTreeSet<String> = calls.split(", ").map(str::to_owned).collect();
    let paths = document["paths"].as_object().expect("paths");
    let found = paths.iter().flat_map(|(path, item)| {
        let path = path.strip_prefix(&base).expect("a path of the dialect");
        item.as_object().into_iter().flatten().map(move |(method, _)| format!("{} {path}", method.to_uppercase()))
    });
    assert_eq!(found.collect::<BTreeSet<_>>(), expected, "{dialect}");
    for operation in paths.values().flat_map(|item| item.as_object().expect("calls").values()) {
        let responses = operation["responses"].as_object().expect("responses");
        assert!(["401", "403", "503"].iter().all(|status| responses.contains_key(*status)), "{operation:#}");
        assert_eq!(responses.contains_key("400"), operation.get("requestBody").is_some(), "{operation:#}");
    }
    assert!(
        document["security"][0].get("key").is_some() && document["components"]["securitySchemes"]["key"].is_object()
    );
    references(&document, &mut |reference| {
        assert!(document.pointer(&reference[1..]).is_some(), "{dialect}: {reference} leads nowhere");
    });
    server.close().await;
}

fn references(value: &Value, found: &mut impl FnMut(&str)) {
    match value {
        Value::Object(fields) => {
            fields.get("$ref").and_then(Value::as_str).into_iter().for_each(&mut *found);
            fields.values().for_each(|value| references(value, found));
        }
        Value::Array(values) => values.iter().for_each(|value| references(value, found)),
        _ => {}
    }
}

#[tokio::test]
async fn the_documents_are_as_they_were_reviewed() {
    let server = TestServer::open().await;
    for dialect in Dialect::MOUNTED {
        let document = server.show(&format!("/compat/{}/openapi.json", dialect.as_str())).await;
        let text = serde_json::to_string_pretty(&document).expect("JSON");
        insta::assert_snapshot!(dialect.as_str(), text);
    }
    server.close().await;
}
