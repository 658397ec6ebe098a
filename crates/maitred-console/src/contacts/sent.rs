//! What was sent with a contact and belongs to nothing else: fields of the sender's own, and what identifies nobody.

use crate::shell::Viewer;
use maitred_core::Contact;

/// Up to how long a list or an object that was sent stands on one line.
const SHORT_BYTES: usize = 60;

/// Values that identify nobody, and another name: each with the name of its kind.
pub(super) fn sent(viewer: &Viewer, contact: &Contact) -> Vec<(String, String)> {
    let named = |(name, value): (String, String)| {
        let label = match name.strip_prefix("lead_").unwrap_or(&name) {
            "name" => "lead-name",
            "phone" => "identity-phone",
            "email" => "identity-email",
            _ => "identity-external-id",
        };
        (viewer.t.t(label), value)
    };
    fields_of(contact.sent.as_deref()).into_iter().map(named).collect()
}

/// The fields of an object, as lines: text as it is, anything else as JSON.
pub(super) fn fields_of(object: Option<&str>) -> Vec<(String, String)> {
    let parsed = object.and_then(|text| serde_json::from_str(text).ok());
    let Some(serde_json::Value::Object(fields)) = parsed else { return Vec::new() };
    let text = |value: serde_json::Value| match value {
        serde_json::Value::String(text) => text,
        other if other.to_string().len() <= SHORT_BYTES => other.to_string(),
        other => serde_json::to_string_pretty(&other).unwrap_or_default(),
    };
    fields.into_iter().map(|(name, value)| (name, text(value))).collect()
}
