//! For tests: that a body takes what the document says of it and nothing else. Every value tried here is derived from
//! the declaration of the body.

use super::RequestBody;
use super::describe::{Description, Null, Property};
use serde_json::{Map, Value, json};

/// Reads a text and gives the names of the fields that are wrong.
pub type Wrong = fn(&str) -> Vec<String>;

/// Tries each field of a body at its bounds and one beyond. `bound_to_others` are fields that cannot be judged alone.
///
/// # Panics
/// When a value is taken that the document does not allow, or refused though it does.
pub fn check<T: RequestBody>(null: Null, wrong: Wrong, bound_to_others: &[&str]) {
    let description = Description::of(null, T::read);
    let words: Map<String, Value> =
        description.referenced.iter().map(|(name, schema)| (name.clone(), json!(schema))).collect();
    let good = good_body(&description, &words, T::EXAMPLE);
    assert_eq!(wrong(&good.to_string()), Vec::<String>::new(), "{}: {good}", T::SCHEMA);
    for property in description.properties.iter().filter(|property| !bound_to_others.contains(&property.name)) {
        let mut left_out = good.clone();
        left_out.as_object_mut().expect("an object").remove(property.name);
        let mut tries = vec![(left_out, !property.is_required)];
        for (value, is_allowed) in edges(property, &words, null) {
            let mut body = good.clone();
            body[property.name] = value;
            tries.push((body, is_allowed));
        }
        for (body, is_allowed) in tries {
            let shown: String = body.to_string().chars().take(300).collect();
            let is_taken = !wrong(&body.to_string()).contains(&property.name.to_owned());
            assert_eq!(is_taken, is_allowed, "{}.{}: {shown}", T::SCHEMA, property.name);
        }
    }
}

fn good_body(description: &Description, words: &Map<String, Value>, example: Option<&str>) -> Value {
    let mut body: Value = example.map_or(json!({}), |json| serde_json::from_str(json).expect("JSON"));
    for property in description.properties.iter().filter(|property| property.is_required) {
        if body.get(property.name).is_none() {
            let good = edges(property, words, Null::LeftOut).into_iter().find(|(_, is_allowed)| *is_allowed);
            body[property.name] = good.expect("a value that is allowed").0;
        }
    }
    body
}

/// Values to try, and whether the schema allows them.
fn edges(property: &Property, words: &Map<String, Value>, null: Null) -> Vec<(Value, bool)> {
    let schema = json!(property.schema);
    let reference = schema["$ref"].as_str().or_else(|| schema["oneOf"][0]["$ref"].as_str());
    let types = match (&schema["type"], reference) {
        (_, Some(_)) => json!(["string"]).as_array().cloned(),
        (Value::Array(types), _) => Some(types.clone()),
        (one, _) => Some(vec![one.clone()]),
    };
    let types = types.unwrap_or_default();
    let has = |wanted: &str| types.contains(&json!(wanted));
    let is_nullable = has("null") || schema["oneOf"].is_array();
    let mut edges = Vec::new();
    if let Some(name) = reference.and_then(|reference| reference.rsplit('/').next()) {
        let all = words[name]["enum"].as_array().expect("words");
        edges.extend(all.iter().map(|word| (word.clone(), true)));
        edges.push((json!("no such word"), false));
    } else if has("string") {
        edges.extend(of_text(&schema));
    }
    if has("integer") {
        edges.extend(of_number(&schema));
    }
    if has("number") {
        edges.extend([(json!(1.5), true), (json!(-7), true)]);
    }
    if has("boolean") {
        edges.extend([(json!(true), true), (json!(false), true)]);
    }
    if null == Null::LeftOut && !(has("string") && (has("integer") || has("number"))) {
        edges.push(if has("string") { (json!(1), false) } else { (json!("1"), false) });
    }
    let may_be_empty = has("array") && schema["minItems"].as_u64().unwrap_or(0) == 0;
    edges.extend([(json!([]), may_be_empty), (json!({}), has("object")), (Value::Null, is_nullable)]);
    edges
}

fn of_text(schema: &Value) -> Vec<(Value, bool)> {
    if schema["format"] == "date-time" {
        return vec![(json!("2999-01-01T00:00:00Z"), true), (json!("tomorrow"), false)];
    }
    if schema["format"] == "date" {
        return vec![(json!("2027-05-03"), true), (json!("tomorrow"), false)];
    }
    if schema["pattern"].as_str().is_some_and(|pattern| pattern.contains("://")) {
        return vec![(json!("https://t.me/{external_id}"), true), (json!("t.me"), false)];
    }
    if schema["pattern"].as_str().is_some_and(|pattern| pattern.contains('@')) {
        return vec![(json!("anna@firma.example"), true), (json!("anna"), false)];
    }
    let chars = |count: u64| json!("x".repeat(usize::try_from(count).expect("a short text")));
    let mut edges = Vec::new();
    if let Some(most) = schema["maxLength"].as_u64() {
        edges.extend([(chars(most), true), (chars(most + 1), false)]);
    }
    if let Some(least) = schema["minLength"].as_u64() {
        edges.extend([(chars(least), true), (chars(least - 1), false)]);
    }
    if let Some(pattern) = schema["pattern"].as_str() {
        // Of many lines, and of those that may be blank.
        let is_prose = pattern.starts_with(r"^[^\u0000]*");
        edges.extend([(json!("a\nb"), is_prose), (json!("a\0b"), false)]);
        edges.push((json!(" "), pattern == r"^[^\u0000]*$" || pattern.ends_with(")?$")));
    }
    edges
}

fn of_number(schema: &Value) -> Vec<(Value, bool)> {
    let is_allowed = |number: i64| {
        schema["minimum"].as_i64().is_none_or(|least| number >= least)
            && schema["maximum"].as_i64().is_none_or(|most| number <= most)
    };
    let mut edges = vec![(json!(1.5), false), (json!(3.0), is_allowed(3))];
    if let Some(least) = schema["minimum"].as_i64() {
        edges.extend([(json!(least), true), (json!(least - 1), false)]);
    }
    if let Some(most) = schema["maximum"].as_i64() {
        edges.extend([(json!(most), true), (json!(most + 1), false)]);
    }
    edges
}
