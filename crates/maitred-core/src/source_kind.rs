//! The kinds of sources, and their stored codes.

use serde::{Deserialize, Serialize};

/// What sort of place contacts come from. A label: routing does not look at it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SourceKind {
    Bot,
    Telegram,
    Whatsapp,
    /// A form on a site.
    Site,
    Phone,
    Email,
    /// Anything else.
    #[default]
    Other,
    /// A form that is filled in at an address of this server, or sent to it.
    Form,
    /// JSON, or a form of another service, that is sent to an address of this server.
    Json,
}

impl SourceKind {
    /// Every kind, in the order of their stored codes.
    pub const ALL: [Self; 9] = [
        Self::Bot,
        Self::Telegram,
        Self::Whatsapp,
        Self::Site,
        Self::Phone,
        Self::Email,
        Self::Other,
        Self::Form,
        Self::Json,
    ];

    /// The word used in JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Bot => "bot",
            Self::Telegram => "telegram",
            Self::Whatsapp => "whatsapp",
            Self::Site => "site",
            Self::Phone => "phone",
            Self::Email => "email",
            Self::Other => "other",
            Self::Form => "form",
            Self::Json => "json",
        }
    }
}
