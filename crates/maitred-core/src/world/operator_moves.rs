//! The moves of operators: see [`super::moves`].

use super::{World, post_increment};
use crate::command::NewOperator;
use crate::due::Subject;
use crate::ids::{OperatorId, Timestamp};
use crate::nouns::Operator;
use std::sync::Arc;

impl World {
    pub(crate) fn add_operator(&mut self, new: NewOperator, now: Timestamp) -> OperatorId {
        let id = OperatorId(post_increment(&mut self.ids.operator));
        new.external_id.iter().for_each(|external_id| self.operator_external_ids.put(external_id.clone(), id));
        self.operators.put(id, Operator::new(id, new, now));
        self.serves.entry(id).or_default();
        self.dirty.operators_new.push(id);
        id
    }

    /// Changes an operator and every pool in memory that shows them.
    pub(crate) fn change_operator(&mut self, id: OperatorId, change: impl FnOnce(&mut Operator)) {
        let Some(operator) = self.operators.get(&id) else { return };
        let before = operator.external_id.clone();
        self.change_and_show(id, change);
        let operator = self.operators.get(&id).filter(|operator| operator.deleted_at.is_none());
        let after = operator.and_then(|operator| operator.external_id.clone());
        if before != after {
            if let Some(freed) = before {
                self.operator_external_ids.0.insert(freed, None);
                self.changes.external_ids_freed.push(id);
            }
            after.into_iter().for_each(|taken| self.operator_external_ids.put(taken, id));
        }
        self.dirty.operators.insert(id);
    }

    /// The same where nothing changes but what [`OperatorLoad`](super::OperatorLoad) has.
    pub(super) fn change_load(&mut self, id: OperatorId, change: impl FnOnce(&mut Operator)) {
        if self.operators.get(&id).is_some() {
            self.change_and_show(id, change);
            self.dirty.loads.insert(id);
        }
    }

    fn change_and_show(&mut self, id: OperatorId, change: impl FnOnce(&mut Operator)) {
        let Some(operator) = self.operators.get_mut(&id) else { return };
        let due_before = operator.next_change();
        change(operator);
        let due_after = operator.next_change();
        if due_before != due_after {
            self.time(Subject::Operator(id), due_before, due_after);
            self.note_due(Subject::Operator(id), due_before, due_after);
        }
        self.show_operator(id);
    }

    /// The operator who has this external id.
    pub(crate) fn operator_with_external_id(&self, external_id: &Arc<str>) -> Option<OperatorId> {
        self.operator_external_ids.get(external_id).copied()
    }
}
