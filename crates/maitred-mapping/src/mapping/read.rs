//! Reading a mapping that was written as JSON, with every mistake at its place; and writing it again.
//!
//! The long form is `{"rules": [{"target": "phone", "paths": ["$.tel"]}], ...}`. A list is the rules alone; and an
//! object with the names of targets is the short form: `{"phone": "$.tel", "name": ["$.name", "$.title"]}`.

use super::{Ignore, InvalidMapping, Mapping, RULES_MAX, Rule, WrittenRule};
use crate::fields::Target;
use crate::path::{InvalidPath, Path};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The most conditions under which a request is no contact.
const IGNORE_MAX: usize = 8;

/// A mapping as it is written.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    #[serde(default)]
    rules: Vec<WrittenRule>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    by_names: bool,
    #[serde(default = "yes", skip_serializing_if = "is_true")]
    keep_rest: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    each: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    split: Option<Box<str>>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    ignore: Vec<WrittenIgnore>,
}

const fn yes() -> bool {
    true
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde gives a reference")]
const fn is_true(it: &bool) -> bool {
    *it
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenIgnore {
    path: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    equals: Option<Value>,
}

impl Mapping {
    /// Reads a mapping.
    ///
    /// # Errors
    /// [`InvalidMapping`] says where it is wrong and what to give instead.
    pub fn read(written: &Value) -> Result<Self, InvalidMapping> {
        let written = match written {
            Value::Array(rules) => Written { rules: rules_of(rules, "")?, keep_rest: true, ..Written::default() },
            Value::Object(fields) if is_short(fields) => {
                let rules = fields.iter().map(|(target, value)| short(target, value)).collect::<Result<_, _>>()?;
                Written { rules, keep_rest: true, ..Written::default() }
            }
            Value::Object(fields) => {
                let mut rest = fields.clone();
                let rules = match rest.remove("rules") {
                    Some(Value::Array(rules)) => rules_of(&rules, "/rules")?,
                    Some(_) => return Err(wrong("/rules", "is no list of rules")),
                    None => Vec::new(),
                };
                let rest: Written =
                    serde_json::from_value(rest.into()).map_err(|error| wrong("", &error.to_string()))?;
                Written { rules, ..rest }
            }
            _ => return Err(wrong("", "is no mapping; give an object such as {\"phone\": \"$.contact.tel\"}")),
        };
        written.check()
    }

    /// The same as JSON, in the long form.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let text = |path: &Path| path.as_str().to_owned();
        let rule = |rule: &Rule| WrittenRule {
            target: rule.target.to_text(),
            paths: rule.paths.iter().map(text).collect(),
            transform: rule.transform.clone(),
            constant: rule.constant.as_deref().map(str::to_owned),
        };
        let ignore = |it: &Ignore| WrittenIgnore { path: text(&it.path), equals: it.equals.clone() };
        let written = Written {
            rules: self.rules.iter().map(rule).collect(),
            by_names: self.by_names,
            keep_rest: self.keep_rest,
            each: self.each.as_ref().map(text),
            split: self.split.clone(),
            ignore: self.ignore.iter().map(ignore).collect(),
        };
        serde_json::to_value(written).expect("texts and flags are JSON")
    }
}

impl Written {
    fn check(self) -> Result<Mapping, InvalidMapping> {
        if self.rules.len() > RULES_MAX {
            return Err(wrong("/rules", &format!("has {} entries; at most {RULES_MAX}", self.rules.len())));
        }
        if self.ignore.len() > IGNORE_MAX {
            return Err(wrong("/ignore", &format!("has {} entries; at most {IGNORE_MAX}", self.ignore.len())));
        }
        if self.rules.is_empty() && !self.by_names {
            return Err(wrong("/rules", "is empty; give a rule, or by_names: true"));
        }
        let path = |pointer: &str, text: &str| Path::new(text).map_err(|InvalidPath(detail)| wrong(pointer, &detail));
        let ignore = |(at, it): (usize, WrittenIgnore)| {
            let path = path(&format!("/ignore/{at}/path"), &it.path)?;
            Ok(Ignore { path, equals: it.equals })
        };
        let rules = self.rules.iter().enumerate().map(|(at, rule)| rule.check(&format!("/rules/{at}")));
        Ok(Mapping {
            rules: rules.collect::<Result<_, _>>()?,
            by_names: self.by_names,
            keep_rest: self.keep_rest,
            each: self.each.as_deref().map(|text| path("/each", text)).transpose()?,
            split: self.split,
            ignore: self.ignore.into_iter().enumerate().map(ignore).collect::<Result<_, _>>()?,
        })
    }
}

fn wrong(pointer: &str, detail: &str) -> InvalidMapping {
    InvalidMapping { pointer: pointer.to_owned(), detail: detail.to_owned() }
}

fn rules_of(rules: &[Value], pointer: &str) -> Result<Vec<WrittenRule>, InvalidMapping> {
    let rule = |(at, rule): (usize, &Value)| {
        serde_json::from_value(rule.clone()).map_err(|error| wrong(&format!("{pointer}/{at}"), &error.to_string()))
    };
    rules.iter().enumerate().map(rule).collect()
}

/// Whether an object names targets, and not the parts of a mapping.
fn is_short(fields: &serde_json::Map<String, Value>) -> bool {
    !fields.is_empty() && fields.keys().all(|name| Target::read(name).is_some())
}

fn short(target: &str, value: &Value) -> Result<WrittenRule, InvalidMapping> {
    let paths = match value {
        Value::String(path) => vec![path.clone()],
        Value::Array(paths) => {
            let texts: Option<Vec<_>> = paths.iter().map(|path| path.as_str().map(str::to_owned)).collect();
            texts.ok_or_else(|| wrong(&format!("/{target}"), "is no list of paths"))?
        }
        Value::Object(_) => {
            let mut rule = value.clone();
            rule["target"] = target.into();
            return serde_json::from_value(rule).map_err(|error| wrong(&format!("/{target}"), &error.to_string()));
        }
        _ => return Err(wrong(&format!("/{target}"), "is neither a path nor a list of paths nor a rule")),
    };
    Ok(WrittenRule { target: target.to_owned(), paths, ..WrittenRule::default() })
}
