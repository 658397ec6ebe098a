//! `/openapi.json` and `/docs`.

use crate::test_server::TestServer;
use axum::http::{Method, StatusCode};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];

async fn document() -> Value {
    let server = TestServer::open().await;
    let document = server.show("/openapi.json").await;
    server.close().await;
    document
}

#[tokio::test]
async fn the_document_is_as_it_was_reviewed() {
    let text = serde_json::to_string_pretty(&document().await).expect("JSON");
    insta::assert_snapshot!("openapi", text);
}

/// Paths of the API, and what each takes.
const CALLS: [(&str, &str); 88] = [
    ("operators", "get post"),
    ("operators/{id}", "get patch delete"),
    ("calendars", "get post"),
    ("calendars/{id}", "get put delete"),
    ("calendars/{id}/intervals", "get"),
    ("operators/{id}/times", "get put"),
    ("operators/{id}/heartbeat", "post"),
    ("operators/{id}/pause", "post"),
    ("operators/{id}/browsers", "get post"),
    ("operators/{id}/browsers/{browser_id}", "delete"),
    ("operators/{id}/browsers/{browser_id}/test", "post"),
    ("operators/{id}/telegram-link", "get post delete"),
    ("operators/{id}/resume", "post"),
    ("operators/{id}/caps", "get put"),
    ("operators/{id}/availability", "get"),
    ("operators/{id}/account", "get post"),
    ("operators/{id}/account.csv", "get"),
    ("operators/{id}/account/contacts", "get"),
    ("operators/{id}/account/contacts.csv", "get"),
    ("operators/{id}/account/reasons", "get"),
    ("operators/{id}/account/reasons.csv", "get"),
    ("operators/{id}/account/corrections", "get"),
    ("operators/{id}/account/history", "get"),
    ("operators/{id}/account/history.csv", "get"),
    ("sources", "get post"),
    ("sources/{id}", "get patch delete"),
    ("sources/{id}/accounts", "get"),
    ("sources/{id}/accounts.csv", "get"),
    ("sources/{id}/caps", "get put"),
    ("sources/{id}/operators", "get post put"),
    ("sources/{id}/operators/{operator_id}", "delete"),
    ("sources/{id}/phones/unread", "get"),
    ("sources/{id}/phones/reread", "post"),
    ("sources/{id}/intake", "get patch"),
    ("sources/{id}/rotate-intake", "post"),
    ("sources/{id}/payloads", "get"),
    ("sources/{id}/payloads/{payload_id}", "get"),
    ("sources/{id}/payloads/{payload_id}/rerun", "post"),
    ("sources/{id}/rerun-payloads", "post"),
    ("sources/{id}/preview", "post"),
    ("sources/{id}/coverage", "get"),
    ("contacts", "get post"),
    ("contacts/{id}", "get patch delete"),
    ("contacts/{id}/resolve", "post"),
    ("contacts/{id}/reopen", "post"),
    ("contacts/{id}/transfer", "post"),
    ("contacts/{id}/accept", "post"),
    ("contacts/{id}/decline", "post"),
    ("contacts/{id}/respond", "post"),
    ("contacts/{id}/decisions", "get"),
    ("contacts/{id}/messages", "get post"),
    ("contacts/{id}/notes", "get post"),
    ("contacts/{id}/trace", "get"),
    ("leads", "get"),
    ("leads/{id}", "get patch"),
    ("leads/{id}/contacts", "get"),
    ("leads/{id}/merge", "post"),
    ("leads/{id}/split", "post"),
    ("leads/{id}/erase", "post"),
    ("leads/{id}/export", "get"),
    ("stats/operators", "get"),
    ("stats/distribution", "get"),
    ("stats/waiting", "get"),
    ("lint", "get"),
    ("reports/summary", "get"),
    ("reports/summary.csv", "get"),
    ("reports/shares", "get"),
    ("reports/shares.csv", "get"),
    ("reports/operators", "get"),
    ("reports/operators.csv", "get"),
    ("reports/arrivals", "get"),
    ("reports/arrivals.csv", "get"),
    ("reports/staffing", "get"),
    ("reports/staffing.csv", "get"),
    ("reports/loads", "get"),
    ("reports/loads.csv", "get"),
    ("reports/loads/by-time", "get"),
    ("reports/loads/by-time.csv", "get"),
    ("events", "get"),
    ("events/stream", "get"),
    ("endpoints", "get post"),
    ("endpoints/{id}", "delete get patch"),
    ("endpoints/{id}/deliveries", "get"),
    ("endpoints/{id}/replay", "post"),
    ("endpoints/{id}/rotate", "post"),
    ("endpoints/{id}/test", "post"),
    ("keys", "get post"),
    ("keys/{id}", "get delete"),
];

#[tokio::test]
async fn every_call_is_documented() {
    let document = document().await;
    let paths = document["paths"].as_object().expect("paths");
    let calls: BTreeSet<String> = paths
        .iter()
        .flat_map(|(path, item)| METHODS.iter().filter(|m| item.get(**m).is_some()).map(move |m| format!("{m} {path}")))
        .collect();
    let expected: BTreeSet<String> = CALLS
        .into_iter()
        .flat_map(|(path, methods)| methods.split(' ').map(move |method| format!("{method} /api/v1/{path}")))
        .collect();
    assert_eq!(calls, expected);
}

#[tokio::test]
async fn every_operation_has_a_name_of_its_own_and_says_what_it_does() {
    let document = document().await;
    let mut ids = BTreeSet::new();
    for (path, item) in document["paths"].as_object().expect("paths") {
        for method in METHODS.iter().filter(|method| item.get(**method).is_some()) {
            let operation = &item[method];
            let id = operation["operationId"].as_str().expect("an id").to_owned();
            assert!(ids.insert(id.clone()), "two operations are called {id}");
            assert!(!operation["summary"].as_str().expect("a summary").is_empty(), "{method} {path}");
            let responses = operation["responses"].as_object().expect("responses");
            assert!(responses.contains_key("503") && responses.contains_key("500"), "{method} {path}");
            assert_eq!(responses.contains_key("413"), operation.get("requestBody").is_some(), "{method} {path}");
        }
    }
}

#[tokio::test]
async fn every_reference_leads_somewhere() {
    let document = document().await;
    let text = document.to_string();
    for reference in text.split("\"#").skip(1).filter_map(|rest| rest.split_once('"')).map(|(pointer, _)| pointer) {
        assert!(document.pointer(reference).is_some(), "{reference} leads nowhere");
    }
    assert!(document["openapi"].as_str().expect("a version").starts_with("3.1"));
}

/// Each call is sent a body in which every documented field is wrong, and has to name them all.
#[tokio::test]
async fn every_documented_field_is_read() {
    let server = TestServer::open().await;
    let document = server.show("/openapi.json").await;
    for (path, item) in document["paths"].as_object().expect("paths") {
        for method in METHODS {
            let schema = &item[method]["requestBody"]["content"]["application/json"]["schema"];
            let (schema, is_list) =
                if schema["items"].is_object() { (&schema["items"], true) } else { (schema, false) };
            let Some(reference) = schema["$ref"].as_str() else { continue };
            let properties = document.pointer(&reference[1..]).and_then(|schema| schema["properties"].as_object());
            // Of a list anything but a list is wrong.
            let is_list_of =
                |schema: &Value| schema["type"].as_array().is_some_and(|all| all.contains(&json!("array")));
            let wrong = |(name, schema): (&String, &Value)| {
                (name.clone(), if is_list_of(schema) { json!("none") } else { json!([]) })
            };
            let body = Value::Object(properties.expect("an object").iter().map(wrong).collect());
            // Nothing is wrong where anything is taken: what of it cannot be kept is left out.
            let takes_anything =
                |schema: &Value| ["type", "$ref", "oneOf", "anyOf", "allOf"].iter().all(|of| schema.get(of).is_none());
            let fields = properties.expect("an object").iter().filter(|(_, schema)| !takes_anything(schema));
            let names = fields.map(|(name, _)| name);
            let expected: BTreeSet<String> =
                names.map(|name| if is_list { format!("/0/{name}") } else { format!("/{name}") }).collect();
            let body = if is_list { json!([body]) } else { body };
            let call = Method::try_from(method.to_uppercase().as_str()).expect("a method");
            let answer = server.call(call, &path.replace("{id}", "1"), Some(&body)).await;
            let found: BTreeSet<String> =
                answer.is_problem(422, "invalid-fields").into_iter().map(str::to_owned).collect();
            assert_eq!(found, expected, "{method} {path}");
        }
    }
    server.close().await;
}

/// What a client may send is in the document, not only in the answer that refuses it.
#[tokio::test]
async fn every_text_and_number_that_may_be_sent_has_its_bounds() {
    let server = TestServer::open().await;
    for document in ["", "compat/interactions/", "compat/inquiries/", "compat/appeals/"] {
        let document = server.show(&format!("/{document}openapi.json")).await;
        let schemas = sent_schemas(&document);
        assert!(schemas.len() > 2, "the schemas are found");
        for name in schemas {
            let properties = document["components"]["schemas"][&name]["properties"].as_object();
            for (field, schema) in properties.into_iter().flatten().filter(|(field, _)| *field != "default_region") {
                assert!(has_bounds(schema), "{name}.{field}: {schema}");
            }
        }
    }
    server.close().await;
}

fn has_bounds(schema: &Value) -> bool {
    let is = |wanted: &str| {
        schema["type"] == wanted || schema["type"].as_array().is_some_and(|all| all.contains(&json!(wanted)))
    };
    let has = |keys: [&str; 2]| keys.iter().all(|key| schema.get(key).is_some());
    let text = ["date", "date-time"].contains(&schema["format"].as_str().unwrap_or_default())
        || schema.get("enum").is_some()
        || has(["pattern", "maxLength"]);
    // What comes in from bots is repaired instead of refused, and may be of any length; an id in quotes has a pattern.
    let text = text || is("number") || is("integer") && schema.get("pattern").is_some();
    let number = schema["format"] == "int64" || has(["minimum", "maximum"]);
    (!is("string") || text) && (!is("integer") || is("string") || number)
}

/// The schemas of all bodies, with those that they are made of.
fn sent_schemas(document: &Value) -> BTreeSet<String> {
    let operations = document["paths"]
        .as_object()
        .expect("paths")
        .values()
        .flat_map(|item| item.as_object().expect("calls").values());
    let mut open: Vec<Value> = operations.map(|operation| operation["requestBody"].clone()).collect();
    let mut names = BTreeSet::new();
    while let Some(value) = open.pop() {
        match value {
            Value::Object(fields) => open.extend(fields.into_iter().map(|(_, value)| value)),
            Value::Array(values) => open.extend(values),
            Value::String(text) => {
                let name = text.strip_prefix("#/components/schemas/").map(str::to_owned);
                if let Some(name) = name.filter(|name| !names.contains(name)) {
                    open.push(document["components"]["schemas"][&name].clone());
                    names.insert(name);
                }
            }
            _ => {}
        }
    }
    names
}

/// utoipa overwrites the first of two schemas of one name without a word, so the names are read from the source.
#[test]
fn no_two_schemas_have_one_name() {
    let mut places: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the folder of crates");
    collect_schemas(crates, &mut places);
    assert!(places.len() > 30, "the schemas are found");
    let twice: Vec<_> = places.into_iter().filter(|(_, places)| places.len() > 1).collect();
    assert!(twice.is_empty(), "schemas of one name: {twice:#?}");
}

fn collect_schemas(folder: &Path, places: &mut BTreeMap<String, Vec<String>>) {
    for entry in std::fs::read_dir(folder).expect("a folder of sources") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            collect_schemas(&path, places);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = std::fs::read_to_string(&path).expect("a source");
            for name in schema_names(&text) {
                places.entry(name).or_default().push(path.display().to_string());
            }
        }
    }
}

fn schema_names(text: &str) -> Vec<String> {
    let mut names = Vec::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        // Bodies and choices give their names themselves.
        let own = line.trim().strip_prefix("const SCHEMA: &'static str = \"");
        names.extend(own.and_then(|rest| rest.split('"').next()).map(str::to_owned));
        if !(line.trim_start().starts_with("#[derive(") && line.contains("ToSchema")) {
            continue;
        }
        let mut renamed = None;
        for line in lines.by_ref().map(str::trim) {
            let until_comma = |rest: &str| rest.split([',', ')']).next().unwrap_or_default().to_owned();
            renamed = renamed.or(line.split_once("(as = ").map(|(_, rest)| until_comma(rest)));
            let item = line.split_once("struct ").or(line.split_once("enum "));
            if let Some((_, rest)) = item.filter(|_| !line.starts_with("#[") && !line.starts_with("//")) {
                let own = rest.split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default().to_owned();
                names.push(renamed.unwrap_or(own));
                break;
            }
        }
    }
    names
}

#[tokio::test]
async fn the_page_works_without_a_network() {
    let server = TestServer::open().await;
    assert_eq!(server.get("/docs").await.status, StatusCode::SEE_OTHER);
    let page = server.get("/docs/").await;
    assert_eq!(page.status, StatusCode::OK);
    for part in page.text.split(['"', '\'']) {
        assert!(!part.starts_with("http") && !part.starts_with("//"), "the page loads {part}");
    }
    for asset in ["swagger-ui.css", "swagger-ui-bundle.js", "swagger-ui-standalone-preset.js", "swagger-initializer.js"]
    {
        assert_eq!(server.get(&format!("/docs/{asset}")).await.status, StatusCode::OK, "{asset}");
    }
    server.close().await;
}
