//! Names of form fields with brackets, `contact[phones][0]`, as the nested values that they mean in PHP and in what
//! imitates it.

use super::DEPTH_MAX;
use serde_json::{Map, Value};

/// The deepest a name goes; brackets beyond that stay in the last name.
const BRACKETS_MAX: usize = 8;
const _: () = assert!(BRACKETS_MAX < DEPTH_MAX);

/// Fields as one object. Several values of one plain name become a list.
pub(super) fn unfold(fields: impl Iterator<Item = (String, Value)>) -> Value {
    let mut tree = Map::new();
    for (name, value) in fields {
        match &steps(&name)[..] {
            [_] => add(&mut tree, name, value),
            steps => put(&mut tree, steps, value),
        }
    }
    lists(Value::Object(tree))
}

/// The parts of a name: what is in front of the brackets, and what is in each.
fn steps(name: &str) -> Vec<&str> {
    let whole = || vec![name];
    let Some((first, rest)) = name.split_once('[').filter(|(first, _)| !first.is_empty()) else { return whole() };
    let Some(rest) = rest.strip_suffix(']') else { return whole() };
    std::iter::once(first).chain(rest.splitn(BRACKETS_MAX, "][")).collect()
}

fn put(into: &mut Map<String, Value>, steps: &[&str], value: Value) {
    let Some((first, rest)) = steps.split_first() else { return };
    // Of `a[]` each is the next one.
    let key = if first.is_empty() { into.len().to_string() } else { (*first).to_owned() };
    if rest.is_empty() {
        add(into, key, value);
        return;
    }
    let inner = into.entry(key).or_insert_with(|| Value::Object(Map::new()));
    if !inner.is_object() {
        // `a=1&a[b]=2`: the plain value stands under the empty name.
        *inner = Value::Object(Map::from_iter([(String::new(), inner.take())]));
    }
    if let Value::Object(inner) = inner {
        put(inner, rest, value);
    }
}

fn add(into: &mut Map<String, Value>, key: String, value: Value) {
    match into.get_mut(&key) {
        None => _ = into.insert(key, value),
        Some(Value::Array(all)) => all.push(value),
        Some(Value::Object(all)) if !value.is_object() => _ = all.insert(String::new(), value),
        Some(one) => *one = Value::Array(vec![one.take(), value]),
    }
}

/// Makes lists of objects whose names count from 0. The tree is no deeper than names go.
fn lists(value: Value) -> Value {
    match value {
        Value::Object(fields) => {
            let fields: Map<String, Value> = fields.into_iter().map(|(name, value)| (name, lists(value))).collect();
            let is_list = !fields.is_empty() && (0..fields.len()).all(|at| fields.contains_key(&at.to_string()));
            if !is_list {
                return Value::Object(fields);
            }
            let mut by_place: Vec<(usize, Value)> =
                fields.into_iter().filter_map(|(name, value)| Some((name.parse().ok()?, value))).collect();
            by_place.sort_by_key(|(place, _)| *place);
            Value::Array(by_place.into_iter().map(|(_, value)| value).collect())
        }
        other => other,
    }
}
