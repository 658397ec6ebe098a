//! Decisions and the recordings of the pools they were made from. Their bytes are encoded by maitred-core.

use super::record;
use super::table::Reference;
use super::value::stored_id;
use maitred_core::decision::PoolRef;
use maitred_core::recording::Segment;
use maitred_core::{ContactId, Decision, Malformed, PoolId};

stored_id!(PoolId);

/// A decision as it is stored.
pub struct DecisionRow {
    pub contact: ContactId,
    pub seq: u32,
    pub pool: Option<PoolId>,
    pub step: Option<u32>,
    pub body: Vec<u8>,
}

record! {
    pub static DECISIONS: DecisionRow = "decisions", key 2 {
        contact as "contact_id" [.refers(Reference::to("contacts").is_deleted().has_own_check())],
        seq,
        pool as "pool_id",
        step,
        body,
    }
}

impl DecisionRow {
    pub fn of(decision: &Decision) -> Self {
        Self {
            contact: decision.contact,
            seq: decision.seq,
            pool: decision.pool.map(|at| at.pool),
            step: decision.pool.map(|at| at.step),
            body: decision.encode(),
        }
    }

    /// # Errors
    /// When its bytes are no decision.
    pub fn decision(&self) -> Result<Decision, Malformed> {
        Decision::decode(self.contact, self.seq, self.pool_ref(), &self.body)
    }

    /// The pool it was made from, if a policy made it.
    #[must_use]
    pub fn pool_ref(&self) -> Option<PoolRef> {
        self.pool.zip(self.step).map(|(pool, step)| PoolRef { pool, step })
    }
}

record! {
    pub static POOL_SEGMENTS: Segment = "pool_segments", key 2 {
        pool as "pool_id",
        first_step,
        bytes,
    }
    [counter: Some("pool")]
}
