//! The fields of a contact that something can be mapped to, and what a mapping made of a payload.

use serde_json::{Map, Value};

/// The longest text that is made of a value, in bytes.
const TEXT_BYTES_MAX: usize = 65_536;

/// A field of a contact.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Target {
    ExternalId,
    Phone,
    Email,
    Name,
    Message,
    /// The id of the event at its sender: sent again, it makes no second contact.
    EventId,
    Priority,
    NotBefore,
    /// A field of the contact's attributes.
    Attribute(Box<str>),
}

impl Target {
    /// Those that are no attributes, in the order in which they are offered.
    pub const FIELDS: [Self; 8] = [
        Self::Name,
        Self::Phone,
        Self::Email,
        Self::Message,
        Self::ExternalId,
        Self::EventId,
        Self::Priority,
        Self::NotBefore,
    ];

    /// As it is written.
    #[must_use]
    pub fn to_text(&self) -> String {
        match self {
            Self::ExternalId => "external_id".to_owned(),
            Self::Phone => "phone".to_owned(),
            Self::Email => "email".to_owned(),
            Self::Name => "name".to_owned(),
            Self::Message => "message".to_owned(),
            Self::EventId => "source_event_id".to_owned(),
            Self::Priority => "priority".to_owned(),
            Self::NotBefore => "not_before".to_owned(),
            Self::Attribute(name) => format!("attributes.{name}"),
        }
    }

    /// Reads what was written; the names of the API's fields are read as well.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        if let Some(name) = text.strip_prefix("attributes.").filter(|name| !name.is_empty()) {
            return Some(Self::Attribute(name.into()));
        }
        let text = text.strip_prefix("lead_").unwrap_or(text);
        let text = if text == "text" { "message" } else { text };
        Self::FIELDS.into_iter().find(|target| target.to_text() == text)
    }
}

/// What a mapping made of what was received. Texts are as they were sent.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Mapped {
    pub external_id: Option<String>,
    pub phone: Option<String>,
    pub email: Option<String>,
    pub name: Option<String>,
    pub message: Option<String>,
    pub event_id: Option<String>,
    pub priority: Option<String>,
    pub not_before: Option<String>,
    pub attributes: Map<String, Value>,
}

impl Mapped {
    /// Whether somebody can be reached, or said something: anything less is no contact.
    #[must_use]
    pub const fn is_contact(&self) -> bool {
        self.external_id.is_some()
            || self.phone.is_some()
            || self.email.is_some()
            || self.name.is_some()
            || self.message.is_some()
    }

    /// The place of a field that is no attribute.
    pub(crate) const fn field(&mut self, target: &Target) -> Option<&mut Option<String>> {
        Some(match target {
            Target::ExternalId => &mut self.external_id,
            Target::Phone => &mut self.phone,
            Target::Email => &mut self.email,
            Target::Name => &mut self.name,
            Target::Message => &mut self.message,
            Target::EventId => &mut self.event_id,
            Target::Priority => &mut self.priority,
            Target::NotBefore => &mut self.not_before,
            Target::Attribute(_) => return None,
        })
    }

    /// Its fields with their values, for people.
    #[must_use]
    pub fn shown(&self) -> Vec<(String, String)> {
        let mut copy = self.clone();
        let fields = Target::FIELDS.iter().filter_map(|target| Some((target.to_text(), copy.field(target)?.take()?)));
        let fields: Vec<_> = fields.collect();
        let attributes = self.attributes.iter().map(|(name, value)| {
            let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            (format!("attributes.{name}"), text)
        });
        fields.into_iter().chain(attributes).collect()
    }
}

/// A value as a text: of a list its entries with commas, of an object its JSON.
pub(crate) fn plain(value: &Value) -> Option<String> {
    let mut text = match value {
        Value::Null => return None,
        Value::String(text) => text.clone(),
        Value::Bool(_) | Value::Number(_) => value.to_string(),
        Value::Array(all) if all.iter().all(|it| !it.is_array() && !it.is_object()) => {
            all.iter().filter_map(plain).collect::<Vec<_>>().join(", ")
        }
        Value::Array(_) | Value::Object(_) => value.to_string(),
    };
    text.truncate(text.floor_char_boundary(TEXT_BYTES_MAX));
    (!text.trim().is_empty()).then_some(text)
}
