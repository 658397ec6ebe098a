//! Where sources take in what is sent without a key, and what was received there.

use super::table::Reference;
use super::value::stored_id;
use super::{Personal, record};
use maitred_core::intake::{Intake, IntakeChange, Payload, PayloadState};
use maitred_core::{ContactId, PayloadId, SourceId};
use std::collections::BTreeMap;
use std::sync::Arc;

stored_id!(PayloadId);

record! {
    pub static INTAKES: Intake = "intakes", key 1 {
        source as "source_id" [.refers(Reference::to("sources"))],
        token,
        settings,
        secret,
    }
    [indexes: &["intakes_token"]]
}

/// The address of an intake alone.
pub struct IntakeToken {
    source: SourceId,
    token: Arc<str>,
}

record! {
    static INTAKE_TOKENS: IntakeToken = "intakes", key 1 { source as "source_id", token, }
}

/// How an intake reads alone.
pub struct IntakeSettings {
    source: SourceId,
    settings: Arc<str>,
}

record! {
    static INTAKE_SETTINGS: IntakeSettings = "intakes", key 1 { source as "source_id", settings, }
}

/// What an intake checks signatures with alone.
pub struct IntakeSecret {
    source: SourceId,
    secret: Option<Arc<str>>,
}

record! {
    static INTAKE_SECRETS: IntakeSecret = "intakes", key 1 { source as "source_id", secret, }
}

/// That a source has no intake any more.
pub struct NoIntake {
    source: SourceId,
}

record! {
    static NO_INTAKES: NoIntake = "intakes", key 1 { source as "source_id", }
}

/// What a batch changed about intakes: of each part of each the last change counts.
#[derive(Default)]
pub struct IntakeRows {
    pub tokens: Vec<IntakeToken>,
    pub settings: Vec<IntakeSettings>,
    pub secrets: Vec<IntakeSecret>,
    pub removed: Vec<NoIntake>,
}

impl IntakeRows {
    pub fn of(changes: &[(SourceId, IntakeChange)]) -> Self {
        let mut last = BTreeMap::new();
        for (source, change) in changes {
            let part = match change {
                IntakeChange::Token(_) => 0,
                IntakeChange::Settings(_) => 1,
                IntakeChange::Secret(_) => 2,
                IntakeChange::Removed => 3,
            };
            last.insert((*source, part), change.clone());
        }
        let mut rows = Self::default();
        for ((source, _), change) in last {
            match change {
                IntakeChange::Token(token) => rows.tokens.push(IntakeToken { source, token }),
                IntakeChange::Settings(settings) => rows.settings.push(IntakeSettings { source, settings }),
                IntakeChange::Secret(secret) => rows.secrets.push(IntakeSecret { source, secret }),
                IntakeChange::Removed => rows.removed.push(NoIntake { source }),
            }
        }
        rows
    }
}

record! {
    pub static PAYLOADS: Payload = "payloads", key 1 {
        id,
        source as "source_id" [.refers(Reference::to("sources"))],
        contact as "contact_id" [.refers(Reference::to("contacts").is_deleted().is_erased())],
        state,
        reason,
        body [.personal(Personal::Lead)],
        received_at,
    }
    [counter: Some("payload"), indexes: &["payloads_contact", "payloads_received", "payloads_source"]]
}

/// That a contact was made of a payload.
pub struct TakenPayload {
    pub id: PayloadId,
    pub contact: Option<ContactId>,
    pub state: PayloadState,
    pub reason: Arc<str>,
}

record! {
    static TAKEN_PAYLOADS: TakenPayload = "payloads", key 1 { id, contact as "contact_id", state, reason, }
}
