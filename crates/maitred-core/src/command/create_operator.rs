//! Adding an operator. They get contacts once they serve a source, see [`super::weights`].

use crate::command::{Context, Outcome, Rejection};
use crate::event::EventDetail;
use crate::ids::{OperatorId, Timestamp};
use crate::nouns::Operator;
use crate::world::{NeedsBuilder, World};
use std::sync::Arc;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewOperator {
    /// How they are called; need not be unique.
    pub name: Arc<str>,
    /// What another system calls them; unique.
    pub external_id: Option<Arc<str>>,
    /// The e-mail address at which they are told of what they get.
    pub notify_email: Option<Arc<str>>,
    /// Whether they take contacts from the start.
    pub is_active: bool,
    /// Most contacts they may hold.
    pub max_load: u32,
    /// Whether they are part of the demo, for good.
    pub demo: bool,
}

impl NewOperator {
    /// The `max_load` of operators for whom nobody says otherwise.
    pub const MAX_LOAD_DEFAULT: u32 = 10;

    /// An active operator with this name, and everything else as it is unless somebody says otherwise.
    #[must_use]
    pub fn named(name: impl Into<Arc<str>>) -> Self {
        Self {
            name: name.into(),
            external_id: None,
            notify_email: None,
            is_active: true,
            max_load: Self::MAX_LOAD_DEFAULT,
            demo: false,
        }
    }
}

impl Operator {
    /// An operator who was just added and holds nothing.
    #[must_use]
    pub fn new(id: OperatorId, new: NewOperator, now: Timestamp) -> Self {
        Self {
            id,
            name: new.name,
            external_id: new.external_id,
            is_active: new.is_active,
            max_load: new.max_load,
            current_load: 0,
            last_assigned_at: None,
            created_at: now,
            updated_at: now,
            deleted_at: None,
            demo: new.demo,
            paused_at: None,
            paused_until: None,
            pause_reason: None,
            misses: 0,
            caps: None,
            calendar: None,
            hours: None,
            hours_revision: 0,
            hours_seen_at: None,
            away_after_s: None,
            present_until: None,
            away_at: None,
            off_at: None,
            marking: None,
            has_marks: false,
            notify_email: new.notify_email,
        }
    }
}

pub(super) fn needs(new: &NewOperator, needs: &mut NeedsBuilder<'_>) {
    new.external_id.iter().for_each(|external_id| needs.operator_external_id(external_id));
}

pub(super) fn create_operator(world: &mut World, new: NewOperator, context: Context) -> Result<Outcome, Rejection> {
    world.expect_free_external_id(new.external_id.as_ref(), None)?;
    let id = world.add_operator(new, context.now);
    world.emit_operator_event(id, EventDetail::OperatorCreated, context);
    Ok(Outcome::Operator(world.operator(id)?.clone()))
}

impl World {
    /// Rejects an external id that another operator has.
    pub(super) fn expect_free_external_id(
        &self,
        wanted: Option<&Arc<str>>,
        of: Option<OperatorId>,
    ) -> Result<(), Rejection> {
        let holder = wanted.and_then(|wanted| self.operator_with_external_id(wanted));
        holder.filter(|holder| Some(*holder) != of).map_or(Ok(()), |other| Err(Rejection::ExternalIdTaken(other)))
    }
}
