//! How a source reads what it is sent, as it is stored: the text of a JSON object in its intake.

use maitred_mapping::{InvalidMapping, Mapping, Preset};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The most origins of an intake.
pub const ORIGINS_MAX: usize = 20;
/// The longest origin or address, in bytes.
pub const ADDRESS_BYTES_MAX: usize = 512;

/// See the module. What is left out is as a new form has it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct IntakeSettings {
    /// Whether there is a page with a form at its address.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub has_form: bool,
    /// The service whose payloads it reads, if it is a well-known one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub preset: Option<Box<str>>,
    /// The mapping that was made for it; without it and without a preset fields are recognised by their names.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mapping: Option<Value>,
    /// The sites whose pages may send to it; without any, all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub origins: Vec<Box<str>>,
    /// Where a browser is sent after a form, if not to a page of thanks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub redirect: Option<Box<str>>,
}

impl IntakeSettings {
    /// Those of a new form.
    #[must_use]
    pub fn form() -> Self {
        Self { has_form: true, ..Self::default() }
    }

    /// Reads what is stored. What cannot be read is as if it were not there: an intake goes on to keep what it gets.
    #[must_use]
    pub fn read(text: &str) -> Self {
        serde_json::from_str(text).unwrap_or_default()
    }

    /// The text that is stored.
    ///
    /// # Panics
    /// Never: it is JSON.
    #[must_use]
    pub fn to_text(&self) -> String {
        serde_json::to_string(self).expect("texts and JSON are JSON")
    }

    /// The preset, if there is one of that name.
    #[must_use]
    pub fn known_preset(&self) -> Option<&'static Preset> {
        self.preset.as_deref().and_then(Preset::find)
    }

    /// The mapping by which it reads.
    ///
    /// # Errors
    /// [`InvalidMapping`] when the one that was made for it is wrong.
    pub fn mapping(&self) -> Result<Mapping, InvalidMapping> {
        match (&self.mapping, self.known_preset()) {
            (Some(own), _) => Mapping::read(own),
            (None, Some(preset)) => Ok(preset.mapping.clone()),
            (None, None) => Ok(Mapping::by_names()),
        }
    }
}

/// The origin of an address with http or https: `https://example.com`, in lower case and without a path.
#[must_use]
pub fn origin(url: &str) -> Option<String> {
    let (scheme, rest) = url.trim().split_once("://")?;
    let scheme = scheme.to_ascii_lowercase();
    let host = rest.split(['/', '?', '#', '\\']).next().unwrap_or_default().to_ascii_lowercase();
    let host = match scheme.as_str() {
        "https" => host.strip_suffix(":443").unwrap_or(&host).to_owned(),
        "http" => host.strip_suffix(":80").unwrap_or(&host).to_owned(),
        _ => return None,
    };
    let is_host = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | ':' | '[' | ']' | '_');
    (!host.is_empty() && host.chars().all(is_host)).then(|| format!("{scheme}://{host}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("https://Example.com/a?b", Some("https://example.com"))]
    #[case("http://localhost:8080", Some("http://localhost:8080"))]
    #[case("https://example.com:443", Some("https://example.com"))]
    #[case("https://user@example.com", None)]
    #[case("https://example.com\\@evil.example", Some("https://example.com"))]
    #[case("javascript://alert(1)", None)]
    #[case("//example.com", None)]
    #[case("example.com", None)]
    fn an_origin_is_scheme_host_and_port(#[case] url: &str, #[case] expected: Option<&str>) {
        assert_eq!(origin(url).as_deref(), expected);
    }

    #[test]
    fn what_is_stored_is_read_again() {
        let all = IntakeSettings {
            preset: Some("tilda".into()),
            mapping: Some(serde_json::json!({"phone": "$.tel"})),
            origins: vec!["https://example.com".into()],
            redirect: Some("https://example.com/thanks".into()),
            ..IntakeSettings::form()
        };
        assert_eq!(IntakeSettings::read(&all.to_text()), all);
        assert_eq!(IntakeSettings::default().to_text(), "{}");
        assert_eq!(IntakeSettings::read("nonsense"), IntakeSettings::default());
    }
}
