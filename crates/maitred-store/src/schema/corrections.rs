//! What operators are to get on sources beyond their share.

use super::table::Reference;
use super::value::stored_id;
use super::{Personal, record};
use maitred_core::CorrectionId;
use maitred_core::correction::Correction;

stored_id!(CorrectionId);

record! {
    pub static CORRECTIONS: Correction = "corrections", key 1 {
        id,
        source as "source_id" [.refers(Reference::to("sources"))],
        operator as "operator_id" [.refers(Reference::to("operators"))],
        amount,
        reason [.personal(Personal::Staff)],
        author,
        created_at,
    }
    [counter: Some("correction"), indexes: &["corrections_operator"]]
}
