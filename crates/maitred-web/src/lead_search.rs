//! What a text finds among leads, the same for the API and the pages: what it may be as a whole is read in every region
//! that phones come from. How beginnings are found is in `search.rs` of maitred-store.

use crate::problem::Problem;
use crate::state::AppState;
use maitred_app::identity::{self, Region};
use maitred_core::{Identity, Source};
use maitred_store::views::{LeadFilter, PAGE_ROWS_MAX, Page};

/// The most regions in which a phone without a country code is tried.
const REGIONS_MAX: usize = 8;

/// The leads whom a text finds.
///
/// # Errors
/// When the store cannot be read.
pub async fn lead_search(state: &AppState, text: &str) -> Result<LeadFilter, Problem> {
    let text = text.trim();
    let sources = state.store().sources(Page { limit: PAGE_ROWS_MAX, after: None }).await?;
    let meanings = meanings(text, &regions(state, &sources));
    Ok(LeadFilter { text: Some(text.to_owned()), meanings, ..LeadFilter::default() })
}

/// In which regions phones may have been sent: those of these sources, then the deployment's.
#[must_use]
pub fn regions(state: &AppState, sources: &[Source]) -> Vec<Region> {
    let of_sources = sources.iter().filter_map(|source| Region::try_from(source.default_region.as_deref()?).ok());
    let mut regions = Vec::new();
    for region in state.regions().of_deployment().into_iter().chain(of_sources) {
        if regions.len() < REGIONS_MAX && !regions.contains(&region) {
            regions.push(region);
        }
    }
    regions
}

/// What a text may be as a whole, normalised as intake does, in matching order.
#[must_use]
pub fn meanings(text: &str, regions: &[Region]) -> Vec<Identity> {
    let mut meanings = vec![identity::external_id(text)];
    let phones = [None].into_iter().chain(regions.iter().copied().map(Some));
    for identity in phones.map(|region| identity::phone(text, region)).chain([identity::email(text)]) {
        if !meanings.contains(&identity) {
            meanings.push(identity);
        }
    }
    meanings
}

#[cfg(test)]
mod tests {
    use super::*;
    use maitred_core::IdentityKind;

    #[test]
    fn a_phone_may_be_of_any_region_that_contacts_come_from() {
        let russia = Region::try_from("RU").expect("a region");
        let found = meanings("8 999 123-45-67", &[russia]);
        assert!(found.contains(&Identity::new(IdentityKind::Phone, "+79991234567")), "{found:?}");
        assert_eq!(found[0].kind, IdentityKind::ExternalId, "in matching order");
    }
}
