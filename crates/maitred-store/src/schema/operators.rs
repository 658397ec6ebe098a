//! Operators.

use super::{Personal, record};
use maitred_core::Operator;

record! {
    pub static OPERATORS: Operator = "operators", key 1 {
        id,
        name [.personal(Personal::Staff)],
        external_id [.personal(Personal::Staff)],
        is_active,
        max_load,
        current_load,
        last_assigned_at,
        created_at,
        updated_at,
        deleted_at,
    }
    [indexes: &["operators_external_id"]]
}
