//! In which id spaces an external id belongs that comes without one: a person typed it for a lead.

use maitred_core::limits::Invalid;
use maitred_core::{Identity, IdentityKind, LeadId};
use maitred_store::views::{ContactFilter, PAGE_ROWS_MAX, Page};
use maitred_store::{Store, StoreError};
use std::collections::BTreeSet;
use std::sync::Arc;

/// The identities with each external id that has no space put in `space`, or else in the space of every source that the
/// lead has contacts from. The inner error says that there is none.
///
/// # Errors
/// When the store cannot be read.
pub async fn placed(
    store: &Store,
    lead: LeadId,
    identities: Vec<Identity>,
    space: Option<Arc<str>>,
) -> Result<Result<Vec<Identity>, Invalid>, StoreError> {
    let needs_space = |it: &Identity| it.kind == IdentityKind::ExternalId && it.space.is_empty();
    if !identities.iter().any(needs_space) {
        return Ok(Ok(identities));
    }
    let spaces = match space {
        Some(space) => BTreeSet::from([space]),
        None => of_lead(store, lead).await?,
    };
    if spaces.is_empty() {
        return Ok(Err(Invalid(
            "belongs to no id space: the lead has no contacts; say which one in id_space".to_owned(),
        )));
    }
    let placed = identities.into_iter().flat_map(|it| match needs_space(&it) {
        true => spaces.iter().map(|space| it.clone().in_space(space.clone())).collect(),
        false => vec![it],
    });
    Ok(Ok(placed.collect()))
}

/// The spaces of the sources of a lead's latest contacts.
async fn of_lead(store: &Store, lead: LeadId) -> Result<BTreeSet<Arc<str>>, StoreError> {
    let filter = ContactFilter { lead: Some(lead), ..ContactFilter::default() };
    let contacts = store.contacts(filter, Page { limit: PAGE_ROWS_MAX, after: None }).await?;
    let sources: BTreeSet<_> = contacts.into_iter().map(|contact| contact.arrived_on()).collect();
    let mut spaces = BTreeSet::new();
    for source in sources {
        spaces.extend(store.source(source).await?.map(|source| source.space()));
    }
    Ok(spaces)
}
