//! Where a value is in what was received: the name of a field, such as `phone`, or a JSONPath (RFC 9535), such as
//! `$.contact.phones[0]`.
//!
//! The parser of the library recurses: a path of a thousand nested parentheses overflows the stack and ends the
//! process. So a path is measured before it is parsed. What a path may cost is bounded as well: each `..` visits the
//! whole tree, and each filter may for each value.

use serde_json::Value;
use serde_json_path::JsonPath;
use std::fmt;

/// The longest path, in bytes.
pub const PATH_BYTES_MAX: usize = 256;
/// The most opening parentheses and brackets of a path.
pub const PARENTHESES_MAX: usize = 32;
/// The most `..` and filters of a path.
pub const SEARCHES_MAX: usize = 4;
/// The most values of one path that are looked at.
pub const VALUES_MAX: usize = 100;

/// Why a text is no path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidPath(pub String);

impl fmt::Display for InvalidPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for InvalidPath {}

/// A path that was checked and can be followed.
#[derive(Clone, Debug)]
pub struct Path {
    text: Box<str>,
    steps: Steps,
}

#[derive(Clone, Debug)]
enum Steps {
    Field,
    Query(JsonPath),
}

impl Path {
    /// # Errors
    /// When it is empty, too long, nested too deeply, or no JSONPath although it begins with `$`.
    pub fn new(text: &str) -> Result<Self, InvalidPath> {
        let text = text.trim();
        measure(text)?;
        let steps = match text.starts_with('$') {
            false => Steps::Field,
            true => Steps::Query(JsonPath::parse(text).map_err(|error| {
                InvalidPath(format!("is no JSONPath: {} (at character {})", error.message(), error.position() + 1))
            })?),
        };
        Ok(Self { text: text.into(), steps })
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The values at it, at most [`VALUES_MAX`].
    #[must_use]
    pub fn values<'tree>(&self, tree: &'tree Value) -> Vec<&'tree Value> {
        self.first_values(tree, VALUES_MAX)
    }

    /// The values at it, at most so many.
    #[must_use]
    pub fn first_values<'tree>(&self, tree: &'tree Value, most: usize) -> Vec<&'tree Value> {
        match &self.steps {
            Steps::Field => tree.get(&*self.text).into_iter().collect(),
            Steps::Query(path) => path.query(tree).into_iter().take(most).collect(),
        }
    }

    /// The field of the tree itself that it names or begins with, if that is plain.
    #[must_use]
    pub fn first_field(&self) -> Option<&str> {
        match &self.steps {
            Steps::Field => Some(&self.text),
            Steps::Query(_) => {
                let rest = self.text.strip_prefix("$.").filter(|rest| !rest.starts_with('.'))?;
                Some(rest.split(['.', '[']).next().unwrap_or_default())
            }
        }
    }
}

fn measure(text: &str) -> Result<(), InvalidPath> {
    let wrong = |what: String| Err(InvalidPath(what));
    let nested = text.matches(['(', '[']).count();
    let searches = text.matches("..").count() + text.matches('?').count();
    match () {
        () if text.is_empty() => {
            wrong("is empty; give the name of a field, or a JSONPath such as $.contact.phone".into())
        }
        () if text.len() > PATH_BYTES_MAX => wrong(format!("has {} bytes; at most {PATH_BYTES_MAX}", text.len())),
        () if nested > PARENTHESES_MAX => {
            wrong(format!("has {nested} parentheses and brackets; at most {PARENTHESES_MAX}"))
        }
        () if searches > SEARCHES_MAX => wrong(format!("has {searches} of .. and ?; at most {SEARCHES_MAX}")),
        () => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_name_is_a_field_and_a_dollar_begins_a_jsonpath() {
        let tree = json!({"phone": "1", "a.b": "2", "user_column_data": [{"column_id": "EMAIL", "string_value": "3"}]});
        let at = |path: &str| Path::new(path).expect("a path").values(&tree).into_iter().cloned().collect::<Vec<_>>();
        assert_eq!(at("phone"), [json!("1")]);
        assert_eq!(at("a.b"), [json!("2")]);
        assert_eq!(at("$.user_column_data[?@.column_id=='EMAIL'].string_value"), [json!("3")]);
        assert_eq!(at("$.nothing"), [] as [Value; 0]);
    }

    #[test]
    fn what_would_overflow_the_stack_is_refused_before_it_is_parsed() {
        let nested = format!("$[?{}@.a{}]", "(".repeat(1_000), ")".repeat(1_000));
        let refused = Path::new(&nested).expect_err("too long");
        assert!(refused.0.contains("bytes"), "{refused}");
        let nested = format!("$[?{}@.a{}]", "(".repeat(40), ")".repeat(40));
        assert!(Path::new(&nested).expect_err("too deep").0.contains("parentheses"));
        let allowed = format!("$[?{}@.a{}]", "(".repeat(30), ")".repeat(30));
        assert!(Path::new(&allowed).is_ok());
        assert!(Path::new("$..a..b..c..d..e").expect_err("too dear").0.contains("at most"));
    }

    #[test]
    fn a_mistake_says_where_it_is() {
        let wrong = Path::new("$.a[").expect_err("no path");
        assert!(wrong.0.starts_with("is no JSONPath: "), "{wrong}");
    }
}
