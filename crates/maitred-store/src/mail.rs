//! What operators were told by e-mail, as plain values. They are kept by [`crate::TelegramStore`], beside what they
//! were told in Telegram; what is done with them is in `maitred-app`.

use maitred_core::{ContactId, OperatorId, Timestamp};
use std::sync::Arc;

/// The message to an operator about a contact: the last one for each of the two.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MailNotice {
    pub contact: ContactId,
    pub operator: OperatorId,
    /// The number of the decision by which they got the contact.
    pub decision: u32,
    /// Why it was refused for good; none if it was taken.
    pub error: Option<Arc<str>>,
    /// When it was taken, or refused.
    pub told_at: Timestamp,
}

/// That the last message to an operator was refused for good.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MailFault {
    pub operator: OperatorId,
    /// To which address: another one has no fault yet.
    pub address: Arc<str>,
    /// What the server said.
    pub error: Arc<str>,
    pub failed_at: Timestamp,
}
