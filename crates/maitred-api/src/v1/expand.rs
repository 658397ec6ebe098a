//! What an event embeds if the caller asks for it: the contact, lead and operator that it names, as they are now.

use super::contact_bodies::ContactBody;
use super::leads::LeadBody;
use super::operators::OperatorBody;
use maitred_core::limits::Invalid;
use maitred_store::views::PlacedEvent;
use maitred_store::{Store, StoreError};
use maitred_web::field::types::Text;
use serde::Serialize;
use utoipa::ToSchema;

/// What to embed; nothing by default.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Expand {
    contact: bool,
    lead: bool,
    operator: bool,
}

/// The parameter, and what the document says of it.
pub(super) const EXPAND: Text<Expand> = Text {
    check: Expand::read,
    pattern: Some("^ *(contact|lead|operator) *(, *(contact|lead|operator) *)*$"),
    chars_min: 1,
    chars_max: None,
};
pub(super) const ABOUT: &str = "Embeds what each event names, as it is now: `contact`, `lead`, `operator`, separated \
                                by commas. What is gone by now is left out.";

impl Expand {
    fn read(text: &str) -> Result<Self, Invalid> {
        let mut expand = Self::default();
        for word in text.split(',').map(str::trim) {
            match word {
                "contact" => expand.contact = true,
                "lead" => expand.lead = true,
                "operator" => expand.operator = true,
                _ => return Err(Invalid("is not a list of contact, lead, operator, separated by commas".to_owned())),
            }
        }
        Ok(expand)
    }

    /// # Errors
    /// When the store cannot be read.
    pub(super) async fn of(self, store: &Store, placed: &PlacedEvent) -> Result<Embedded, StoreError> {
        let event = &placed.event;
        let mut embedded = Embedded::default();
        if let Some(id) = event.contact.filter(|_| self.contact) {
            embedded.contact = store.contact(id).await?.map(ContactBody::from);
        }
        if let Some(id) = event.lead.filter(|_| self.lead) {
            embedded.lead = store.lead(id).await?.map(LeadBody::from);
        }
        if let Some(id) = event.operator.filter(|_| self.operator) {
            embedded.operator = store.operator(id).await?.map(OperatorBody::from);
        }
        Ok(embedded)
    }
}

/// What an event names.
#[derive(Default, Serialize, ToSchema)]
pub(super) struct Embedded {
    /// With `expand=contact`.
    #[schema(required = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    contact: Option<ContactBody>,
    /// With `expand=lead`.
    #[schema(required = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    lead: Option<LeadBody>,
    /// With `expand=operator`.
    #[schema(required = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    operator: Option<OperatorBody>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_read_in_any_order() {
        assert_eq!(Expand::read("lead, contact"), Ok(Expand { contact: true, lead: true, operator: false }));
        assert_eq!(Expand::read("operator"), Ok(Expand { operator: true, ..Expand::default() }));
        assert!(Expand::read("contacts").is_err() && Expand::read("").is_err());
    }
}
