//! How people are called on pages for those who work with them: by name, and by what finds them, in full. The board,
//! which hangs where everybody sees it, shows less.

use crate::texts::Texts;
use maitred_app::identity::{Region, spelled};
use maitred_core::{Identity, IdentityKind, LeadId, limits};
use maitred_store::views::{LeadCard, LeadFilter, LeadName, Page, distinct};
use maitred_web::AppState;
use maitred_web::lead_search::meanings;
use maitred_web::problem::Problem;

/// The leads that one whole identity may find: an external id may be somebody else's in each id space.
const FOUND_MAX: u32 = 10;

/// How a lead is called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Called {
    /// The name; without one, a phone, an email or another identity.
    pub first: String,
    /// An identity, if `first` is the name; otherwise another identity.
    pub more: String,
}

/// How a lead is called.
#[must_use]
pub fn called(t: Texts, id: LeadId, known: Option<&LeadName>) -> Called {
    let (name, identities) = known.map_or((None, &[][..]), |known| (known.name.as_deref(), &known.identities[..]));
    called_by(t, id, name, identities)
}

/// The same for a lead's card.
#[must_use]
pub fn called_by(t: Texts, id: LeadId, name: Option<&str>, identities: &[Identity]) -> Called {
    let of = |kind: IdentityKind| distinct(identities).filter(move |identity| identity.kind == kind);
    let by_use = [IdentityKind::Phone, IdentityKind::Email, IdentityKind::ExternalId].into_iter().flat_map(of);
    let mut known = name.map(str::to_owned).into_iter().chain(by_use.map(spelled));
    Called { first: known.next().unwrap_or_else(|| t.n("lead-number", id.0)), more: known.next().unwrap_or_default() }
}

/// What an identity is, in a word.
#[must_use]
pub fn kind(t: Texts, identity: &Identity) -> String {
    t.t(match identity.kind {
        IdentityKind::ExternalId => "identity-external-id",
        IdentityKind::Phone => "identity-phone",
        IdentityKind::Email => "identity-email",
    })
}

/// The leads whom a whole external id, phone or email finds, in matching order.
///
/// # Errors
/// When the store cannot be read.
pub async fn found_by(state: &AppState, text: &str, regions: &[Region]) -> Result<Vec<LeadCard>, Problem> {
    let Ok(text) = limits::identity(text) else { return Ok(Vec::new()) };
    let mut found: Vec<LeadCard> = Vec::new();
    for identity in meanings(text, regions) {
        let filter = LeadFilter { identities: vec![identity], ..LeadFilter::default() };
        let leads = state.store().leads(filter, Page { limit: FOUND_MAX, after: None }).await?;
        let is_new = |card: &LeadCard| found.iter().all(|other| other.lead.id != card.lead.id);
        let new: Vec<LeadCard> = leads.into_iter().filter(is_new).collect();
        found.extend(new);
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::texts::Lang;

    fn identity(kind: IdentityKind, value: &str) -> Identity {
        Identity::new(kind, value)
    }

    #[test]
    fn people_are_called_by_name_then_by_what_one_uses_to_reach_them() {
        let t = Texts(Lang::En);
        let phone = identity(IdentityKind::Phone, "+79991234567");
        let known = |name: Option<&str>, identities: &[Identity]| {
            let called = called_by(t, LeadId(7), name, identities);
            (called.first, called.more)
        };
        let pair = |first: &str, more: &str| (first.to_owned(), more.to_owned());
        let crm = identity(IdentityKind::ExternalId, "crm:7");
        assert_eq!(known(Some("Ivan"), &[crm.clone(), phone.clone()]), pair("Ivan", "+7 999 123-45-67"));
        assert_eq!(known(None, &[crm, phone]), pair("+7 999 123-45-67", "crm:7"));
        assert_eq!(known(None, &[]), pair("Lead 7", ""));
    }
}
