//! Operators.

use super::table::Reference;
use super::value::stored_id;
use super::{Personal, record};
use maitred_core::world::OperatorLoad;
use maitred_core::{Operator, OperatorId};

stored_id!(OperatorId);

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
        demo,
        paused_at,
        paused_until,
        pause_reason [.personal(Personal::Staff)],
        calendar as "calendar_id" [.refers(Reference::to("calendars"))],
        hours,
        hours_revision,
        hours_seen_at,
        misses,
        caps,
        away_after_s,
        present_until,
        away_at,
        off_at,
        marking as "marking_behind",
        has_marks,
        notify_email [.personal(Personal::Staff)],
    }
    [counter: Some("operator"), indexes: &["operators_external_id", "operators_calendar"]]
}

record! {
    static LOADS: OperatorLoad = "operators", key 1 { id, current_load, last_assigned_at, caps, }
}
