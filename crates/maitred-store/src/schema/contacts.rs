//! Contacts, and which submissions they came from.

use super::table::Reference;
use super::value::stored_id;
use super::{Personal, record};
use maitred_core::idempotency::KeyDigest;
use maitred_core::{Contact, ContactId};

stored_id!(ContactId);

record! {
    pub static CONTACTS: Contact = "contacts", key 1 {
        id,
        lead as "lead_id" [.refers(Reference::to("leads").moves().has_own_check())],
        source as "source_id" [.refers(Reference::to("sources").has_own_check())],
        operator as "operator_id" [.refers(Reference::to("operators").has_own_check())],
        status,
        priority,
        // Forgotten by maitred-core, contact by contact, when their lead is erased.
        message [.personal(Personal::Lead)],
        attributes [.personal(Personal::Lead)],
        created_at,
        assigned_at,
        resolved_at,
        updated_at,
        decisions,
        sent [.personal(Personal::Lead)],
        not_before,
        scheduled,
        accept_by,
        accepted_at,
        retry_at,
        attempts,
        release_at,
        wanted_operator as "wanted_operator_id" [.refers(Reference::to("operators"))],
        wanted_for_s,
        first_response_at,
        respond_by,
        overdue_at,
        sent_priority,
        raised_to,
        raise_at,
        reopened_at,
        original_source as "original_source_id" [.refers(Reference::to("sources").has_own_check())],
    }
    [
        counter: Some("contact"),
        indexes: &[
            "contacts_lead",
            "contacts_open",
            "contacts_operator",
            "contacts_overdue",
            "contacts_resting",
            "contacts_source",
            "contacts_waiting",
        ],
    ]
}

/// That a submission has been carried out.
pub struct Receipt {
    pub key: KeyDigest,
    pub contact: ContactId,
}

record! {
    pub static RECEIPTS: Receipt = "receipts", key 1 {
        key,
        contact as "contact_id" [.refers(Reference::to("contacts").is_deleted().has_own_check())],
    }
    [shown: 1, indexes: &["receipts_contact"]]
}
