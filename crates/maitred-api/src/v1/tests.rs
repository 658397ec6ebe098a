//! That the calls take what the document says.

use super::*;
use crate::body::check::check;
use crate::body::describe::Null;
use serde_json::json;
use std::collections::BTreeSet;

fn wrong<T: RequestBody>(text: &str) -> Vec<String> {
    let problem = read_json::<T>(text).err();
    let pointers = problem.iter().flat_map(|problem| &problem.errors).filter_map(|error| error.pointer.as_deref());
    pointers.map(|pointer| pointer.trim_start_matches('/').to_owned()).collect()
}

/// What cannot be judged alone: which of these a key has depends on its role.
const BOUND_TO_OTHERS: [&str; 2] = ["operator_id", "source_id"];
/// Names of time zones are those of the database.
const BOUND_TO_NAMES: [&str; 1] = ["zone"];
/// Times that may lie ahead as far as there is a bound, which a document cannot say; at intake they are repaired, and
/// so is who is wanted. Presets are those that there are.
const BOUND_TO_NOW: [&str; 5] = ["not_before", "until", "wanted_operator_id", "wanted_for_s", "preset"];

fn takes_what_is_documented<T: RequestBody>() -> &'static str {
    let left_out = match T::SCHEMA {
        NewKey::SCHEMA => &BOUND_TO_OTHERS[..],
        browsers::NewBrowser::SCHEMA => &["p256dh", "auth"],
        caps::CapRow::SCHEMA | caps::SourceCapRow::SCHEMA => &BOUND_TO_NAMES[..],
        _ => &BOUND_TO_NOW[..],
    };
    check::<T>(Null::LeftOut, wrong::<T>, left_out);
    T::SCHEMA
}

#[test]
fn every_body_is_taken_as_documented() {
    macro_rules! check {
        ($body:ty) => {
            takes_what_is_documented::<$body>()
        };
    }
    let checked: BTreeSet<&str> = of_each_body!(check).into_iter().collect();
    let (_, document) = documented_calls();
    let document = json!(document);
    let calls = document["paths"]
        .as_object()
        .expect("paths")
        .values()
        .flat_map(|item| item.as_object().expect("calls").values());
    let bodies = calls.map(|call| call["requestBody"]["content"]["application/json"]["schema"].to_string());
    let names = bodies.filter_map(|schema| Some(schema.split("schemas/").nth(1)?.split('"').next()?.to_owned()));
    assert_eq!(checked, names.collect::<BTreeSet<_>>().iter().map(String::as_str).collect());
}
