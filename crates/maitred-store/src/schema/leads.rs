//! Leads, what finds them, and who may be the same person.

use super::table::Reference;
use super::value::stored_id;
use super::{FromRow, Personal, Row, record};
use crate::StoreError;
use crate::search::{searched, tail};
use crate::words::words;
use maitred_core::world::Duplicate;
use maitred_core::{ContactId, Identity, IdentityKind, Lead, LeadId};
use std::sync::Arc;

stored_id!(LeadId);

record! {
    pub static LEADS: Lead = "leads", key 1 {
        id,
        name [.personal(Personal::Lead)],
        merged_into [.refers(Reference::to("leads"))],
        created_at,
        updated_at,
        erased_at,
        demo,
        blocked_on as "blocked_source_id" [.refers(Reference::to("sources"))],
        blocked_at,
    }
    apart { erasing_behind: Option<ContactId> }
    [counter: Some("lead"), indexes: &["leads_demo", "leads_erasing", "leads_merged"]]
}

/// How far the erasure of a lead is: behind this contact texts may be left.
pub struct Erasing {
    pub id: LeadId,
    pub erasing_behind: Option<ContactId>,
}

record! {
    static ERASING: Erasing = "leads", key 1 { id, erasing_behind, }
}

/// Whom an identity finds.
pub struct IdentityRow {
    pub kind: IdentityKind,
    pub value: Arc<str>,
    /// The id space of an external id; empty for other kinds.
    pub space: Arc<str>,
    pub lead: LeadId,
}

record! {
    pub static IDENTITIES: IdentityRow = "identities", key 3 {
        kind,
        value [.personal(Personal::Lead)],
        space,
        lead as "lead_id" [.refers(Reference::to("leads").moves().is_erased().has_own_check())],
    }
    written {
        search: String [.personal(Personal::Lead)] = |it| searched(it.kind, &it.value),
        tail: Option<String> [.personal(Personal::Lead)] = |it| tail(it.kind, &it.value),
    }
    [shown: 3, indexes: &["identities_lead", "identities_search", "identities_tail", "identities_unread"]]
}

/// An identity that finds nobody any more.
pub struct NoIdentity {
    pub kind: IdentityKind,
    pub value: Arc<str>,
    pub space: Arc<str>,
}

record! {
    static NO_IDENTITY: NoIdentity = "identities", key 3 { kind, value, space, }
}

impl NoIdentity {
    pub fn of(identity: &Identity) -> Self {
        Self { kind: identity.kind, value: identity.value.clone(), space: identity.space.clone() }
    }
}

/// A word of a lead's name, by which they are found. Those of a lead who was merged into another stay with them.
pub struct LeadWord {
    pub word: String,
    pub lead: LeadId,
}

record! {
    pub static LEAD_WORDS: LeadWord = "lead_words", key 2 {
        word [.personal(Personal::Lead)],
        lead as "lead_id" [.refers(Reference::to("leads").is_erased())],
    }
    [shown: 1, indexes: &["lead_words_lead"]]
}

impl LeadWord {
    /// All words of these leads.
    pub fn all_of<'a>(leads: impl IntoIterator<Item = &'a Lead>) -> Vec<Self> {
        let of = |lead: &'a Lead| {
            let words = words(lead.name.as_deref().unwrap_or_default());
            words.into_iter().map(|word| Self { word, lead: lead.id })
        };
        leads.into_iter().flat_map(of).collect()
    }
}

impl IdentityRow {
    pub fn of((identity, lead): &(Identity, LeadId)) -> Self {
        Self { kind: identity.kind, value: identity.value.clone(), space: identity.space.clone(), lead: *lead }
    }
}

record! {
    pub static LEAD_DUPLICATES: Duplicate = "lead_duplicates", key 2 {
        lead as "lead_id" [.refers(Reference::to("leads").moves().is_erased())],
        other as "other_lead_id" [.refers(Reference::to("leads").moves().is_erased())],
        contact as "contact_id" [.refers(Reference::to("contacts").is_deleted())],
        at,
    }
    [
        indexes: &["lead_duplicates_contact", "lead_duplicates_other"],
        // Two who may have been the same person now are.
        after_merge: &["DELETE FROM maitred.lead_duplicates WHERE lead_id = $2 AND other_lead_id = $2 AND $1 <> $2"],
    ]
}

impl FromRow for Identity {
    const WIDTH: usize = 3;

    fn read(row: Row<'_>, first: usize) -> Result<Self, StoreError> {
        let (kind, value, space) = FromRow::read(row, first)?;
        Ok(Self { kind, value, space })
    }
}
