//! What requests with a key were answered, to be given again for some days.

use super::table::Reference;
use super::{Personal, record};
use crate::StoreError;
use maitred_core::idempotency::KeyDigest;
use maitred_core::{Answer, IdempotencyKey, LeadId, Timestamp};

/// An answer as it is stored. The outcome is encoded by maitred-core.
pub struct AnswerRow {
    pub key: KeyDigest,
    pub fingerprint: [u8; 16],
    pub at: Timestamp,
    /// Whom it may tell something personal of.
    pub lead: Option<LeadId>,
    pub outcome: Vec<u8>,
}

record! {
    pub static ANSWERS: AnswerRow = "answers", key 1 {
        key,
        fingerprint,
        at,
        lead as "lead_id" [.refers(Reference::to("leads").moves().is_erased().has_own_check())],
        outcome [.personal(Personal::Lead)],
    }
    [shown: 2, indexes: &["answers_at", "answers_lead"]]
}

impl AnswerRow {
    pub fn of(answer: &Answer) -> Self {
        let IdempotencyKey { digest, fingerprint, is_event: _ } = answer.key;
        Self { key: digest, fingerprint, at: answer.at, lead: answer.about(), outcome: answer.encode() }
    }

    /// # Errors
    /// When its bytes are no answer.
    pub fn answer(self) -> Result<Answer, StoreError> {
        let key = IdempotencyKey { digest: self.key, fingerprint: self.fingerprint, is_event: false };
        Ok(Answer::decode(key, self.at, &self.outcome)?)
    }
}
