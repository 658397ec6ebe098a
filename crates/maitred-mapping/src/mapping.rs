//! Which values of what was received become which fields of a contact. A mapping is data: people make it in the console
//! from a captured sample, the API takes it as JSON, and presets are the same ([`crate::preset`]).
//!
//! Applying one never fails. A value that is not there is left out or replaced by a constant, and what no rule took
//! goes into the contact's attributes if the mapping says so.

use crate::fields::{Mapped, Target};
use crate::names;
use crate::path::{InvalidPath, Path};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::fmt;

mod read;
mod transform;

pub use transform::Transform;

/// The most rules of a mapping.
pub const RULES_MAX: usize = 64;
/// The most paths of a rule.
pub const PATHS_MAX: usize = 8;
/// The most contacts that one request makes.
pub const ITEMS_MAX: usize = 1_000;
/// The most bytes of what a part has besides its list that are copied for each entry.
const REST_BYTES_MAX: usize = 64 * 1024;
/// The longest constant, in bytes.
pub const CONSTANT_BYTES_MAX: usize = 1_024;

/// How what was received is read.
#[derive(Clone, Debug, Default)]
pub struct Mapping {
    pub rules: Vec<Rule>,
    /// Whether fields that no rule took are recognised by their names.
    pub by_names: bool,
    /// Whether the rest becomes attributes.
    pub keep_rest: bool,
    /// Where the parts are of each of which a contact is made; without it, of the whole.
    pub each: Option<Path>,
    /// The list in each part of which every entry is a contact.
    pub split: Option<Box<str>>,
    /// What of it makes a request that is no contact, such as a test.
    pub ignore: Vec<Ignore>,
}

/// One field of the contact, and where its value is.
#[derive(Clone, Debug)]
pub struct Rule {
    pub target: Target,
    /// Tried in this order.
    pub paths: Vec<Path>,
    pub transform: Vec<Transform>,
    /// What it is when no path has a value.
    pub constant: Option<Box<str>>,
}

/// A request with a value here, or this value, is no contact.
#[derive(Clone, Debug)]
pub struct Ignore {
    pub path: Path,
    pub equals: Option<Value>,
}

impl Mapping {
    /// One that recognises fields by their names and keeps all others as attributes.
    #[must_use]
    pub fn by_names() -> Self {
        Self { by_names: true, keep_rest: true, ..Self::default() }
    }

    /// Whether a request is no contact and is not to be kept, such as a test of the address.
    #[must_use]
    pub fn ignores(&self, tree: &Value) -> bool {
        self.ignore.iter().any(|ignore| {
            let values = ignore.path.values(tree);
            ignore.equals.as_ref().map_or(!values.is_empty(), |equals| values.contains(&equals))
        })
    }

    /// The parts of what was received of each of which a contact is made, at most [`ITEMS_MAX`].
    #[must_use]
    pub fn items(&self, tree: Value) -> Vec<Value> {
        let Some(each) = &self.each else { return vec![tree] };
        let parts = each.first_values(&tree, ITEMS_MAX).into_iter();
        match &self.split {
            None => parts.take(ITEMS_MAX).cloned().collect(),
            Some(list) => parts.flat_map(|part| split(part, list)).take(ITEMS_MAX).collect(),
        }
    }

    /// Makes a contact of one part.
    #[must_use]
    pub fn apply(&self, tree: &Value) -> Mapped {
        let mut mapped = Mapped::default();
        let mut taken = Vec::new();
        for rule in &self.rules {
            let found = rule.paths.iter().find_map(|path| {
                let values = path.values(tree);
                values.iter().any(|value| has_value(value)).then_some((path, values))
            });
            if let Some((path, _)) = &found {
                taken.extend(path.first_field().map(str::to_owned));
            }
            put(&mut mapped, rule, found.map(|(_, values)| values));
        }
        if self.by_names {
            taken.extend(names::recognise(tree, &mut mapped));
        }
        if self.keep_rest {
            keep_rest(tree, &taken, &mut mapped);
        }
        mapped
    }
}

/// A part with one entry of its list each. What else is in the part is with each of them, unless that is so much that
/// copies of it would fill the memory.
fn split<'part>(part: &'part Value, list: &'part str) -> impl Iterator<Item = Value> + 'part {
    let entries = part.get(list).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let rest: Map<String, Value> = part
        .as_object()
        .into_iter()
        .flatten()
        .filter(|(name, _)| *name != list)
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    let rest = Value::Object(rest);
    let rest = Some(rest).filter(|rest| rest.to_string().len() <= REST_BYTES_MAX);
    entries.iter().map(move |entry| {
        let mut item = rest.clone().unwrap_or_else(|| Value::Object(Map::new()));
        item[list] = Value::Array(vec![entry.clone()]);
        item
    })
}

fn has_value(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::String(text) => !text.trim().is_empty(),
        Value::Array(all) => !all.is_empty(),
        Value::Object(all) => !all.is_empty(),
        Value::Bool(_) | Value::Number(_) => true,
    }
}

fn put(mapped: &mut Mapped, rule: &Rule, found: Option<Vec<&Value>>) {
    let is_plain = rule.transform.is_empty();
    let constant = || rule.constant.as_deref().map(str::to_owned);
    match &rule.target {
        Target::Attribute(name) => {
            let value = match found.as_deref() {
                Some([one]) if is_plain => Some((*one).clone()),
                Some(all) if is_plain => Some(Value::Array(all.iter().map(|it| (*it).clone()).collect())),
                Some(all) => transform::text(all, &rule.transform).map(Value::String),
                None => None,
            };
            let value = value.or_else(|| constant().map(Value::String));
            mapped.attributes.extend(value.map(|value| (name.to_string(), value)));
        }
        field => {
            let text = found.and_then(|all| transform::text(&all, &rule.transform)).or_else(constant);
            if let Some(place) = mapped.field(field).filter(|place| place.is_none()) {
                *place = text;
            }
        }
    }
}

/// Keeps the fields that nothing was made of. What a field holds is kept, whatever it is.
fn keep_rest(tree: &Value, taken: &[String], mapped: &mut Mapped) {
    let rest = tree.as_object().into_iter().flatten();
    let rest = rest.filter(|(name, value)| !taken.contains(name) && has_value(value) && !names::is_control(name));
    for (name, value) in rest {
        mapped.attributes.entry(name.clone()).or_insert_with(|| value.clone());
    }
}

/// Why a mapping cannot be used: where, and what is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidMapping {
    /// A JSON pointer into the mapping.
    pub pointer: String,
    pub detail: String,
}

impl fmt::Display for InvalidMapping {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.pointer, self.detail)
    }
}

impl std::error::Error for InvalidMapping {}

/// A rule as it is written.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WrittenRule {
    pub target: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub paths: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub transform: Vec<Transform>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub constant: Option<String>,
}

impl WrittenRule {
    fn check(&self, pointer: &str) -> Result<Rule, InvalidMapping> {
        let wrong = |field: &str, detail: String| InvalidMapping { pointer: format!("{pointer}{field}"), detail };
        let target = Target::read(&self.target).ok_or_else(|| {
            let known = Target::FIELDS.map(|target| target.to_text()).join(", ");
            wrong("/target", format!("is no field of a contact; give one of {known}, or attributes.NAME"))
        })?;
        if self.paths.len() > PATHS_MAX {
            return Err(wrong("/paths", format!("has {} entries; at most {PATHS_MAX}", self.paths.len())));
        }
        if self.paths.is_empty() && self.constant.is_none() {
            return Err(wrong("", "has neither paths nor a constant".to_owned()));
        }
        if self.constant.as_ref().is_some_and(|it| it.len() > CONSTANT_BYTES_MAX) {
            return Err(wrong("/constant", format!("is longer than {CONSTANT_BYTES_MAX} bytes")));
        }
        let path = |(at, text): (usize, &String)| {
            Path::new(text).map_err(|InvalidPath(detail)| wrong(&format!("/paths/{at}"), detail))
        };
        let paths = self.paths.iter().enumerate().map(path).collect::<Result<_, _>>()?;
        let constant = self.constant.as_deref().map(Into::into);
        Ok(Rule { target, paths, transform: self.transform.clone(), constant })
    }
}

#[cfg(test)]
mod tests;
