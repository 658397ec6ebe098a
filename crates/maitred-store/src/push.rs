//! Browsers of operators that are told of contacts (Web Push), as plain values. They are kept by [`crate::PushStore`];
//! what is done with them is in `maitred-app`.

use maitred_core::{ContactId, OperatorId, Timestamp};
use std::fmt;
use std::sync::Arc;

/// The key of this installation, by which browsers and push services know the sender.
#[derive(Clone, PartialEq, Eq)]
pub struct PushKey {
    /// There is one.
    pub one: i64,
    /// PKCS #8.
    pub private_key: Vec<u8>,
    pub created_at: Timestamp,
}

/// Without the key.
impl fmt::Debug for PushKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PushKey").field("created_at", &self.created_at).finish_non_exhaustive()
    }
}

/// A browser in which an operator is told.
#[derive(Clone, PartialEq, Eq)]
pub struct Browser {
    /// Derived from its URL, so that a browser that subscribes again is the same one.
    pub id: i64,
    pub operator: OperatorId,
    /// The URL of its push service for it: who knows it may send to it.
    pub url: Arc<str>,
    /// The keys that messages for it are encrypted with, as it gave them.
    pub public_key: Arc<str>,
    pub auth: Arc<str>,
    /// What its operator reads, an IETF language tag.
    pub language: Option<Arc<str>>,
    pub created_at: Timestamp,
    /// When the last message was taken for it.
    pub told_at: Option<Timestamp>,
    /// Why the last one was refused; none if it was taken.
    pub error: Option<Arc<str>>,
}

/// Without its secrets.
impl fmt::Debug for Browser {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Browser").field("id", &self.id).field("operator", &self.operator).finish_non_exhaustive()
    }
}

/// The message to the browsers of an operator about a contact: the last one for each of the two.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PushNotice {
    pub contact: ContactId,
    pub operator: OperatorId,
    /// The number of the decision by which they got the contact.
    pub decision: u32,
    /// Why none took it for good; none if one did.
    pub error: Option<Arc<str>>,
    /// When it was taken, or refused.
    pub told_at: Timestamp,
}
