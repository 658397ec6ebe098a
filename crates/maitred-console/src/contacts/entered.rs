//! What a contact's page says of one that was just entered by hand: whether its lead was known, what of it identifies
//! nobody, and who got it.

use crate::shell::Viewer;
use maitred_core::{Contact, IdentityKind, Status};
use maitred_store::views::{LeadCard, Named};

/// Sentences, in the order in which somebody wants to know.
pub(super) fn sentences(viewer: &Viewer, contact: &Contact, lead: Option<&LeadCard>, named: &Named) -> Vec<String> {
    let t = viewer.t;
    let mut all = vec![match contact.status {
        Status::Waiting if contact.scheduled => t.t("entered-scheduled"),
        Status::Waiting => t.t("entered-waits"),
        Status::Assigned | Status::Resolved => {
            let operator = contact.operator.and_then(|id| named.operators.get(&id));
            t.of("entered-assigned", operator.map_or("—", |name| name))
        }
    }];
    let Some(lead) = lead else { return all };
    all.push(match lead.contacts.saturating_sub(1) {
        0 => t.t("entered-new-lead"),
        others => t.n("entered-known-lead", others),
    });
    if !lead.possible_duplicates.is_empty() {
        all.push(t.t("entered-duplicate"));
    }
    let is_unread = |value: &str| !value.starts_with('+');
    if lead.identities.iter().any(|it| it.kind == IdentityKind::Phone && is_unread(&it.value)) {
        all.push(t.t("entered-unread-phone"));
    }
    if contact.sent.is_some() {
        all.push(t.t("entered-set-aside"));
    }
    all
}
