//! Going on with work that one command may not finish, so that callers do not wait for a large drain. Each kind of
//! work is in the file of the command that begins it.

use super::{ageing, delete_operator, delete_source, erase_lead, leave, offer};
use crate::command::{Context, Outcome};
use crate::ids::{ContactId, LeadId, OperatorId, SourceId};
use crate::routing;
use crate::world::{NeedsBuilder, World};

/// Work left over by a command that met [`crate::limits::DRAIN_MAX`]; the batcher carries it out at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FollowUp {
    /// Assign the waiting of a source while somebody is eligible, or move them to its fallback while it is closed.
    Drain(SourceId),
    /// Route again what a deleted operator still holds.
    Evacuate(OperatorId),
    /// Resolve what a deleted source still has open.
    CloseOut(SourceId),
    /// Take back what an operator was offered and did not accept before they went away.
    Revoke(OperatorId),
    /// Say of what an operator holds behind this contact when it is released, or that it is not any more.
    Mark(OperatorId, ContactId),
    /// Have those who wait on a source follow its steps of ageing as they are now, of those behind this one.
    Age(SourceId, ContactId),
    /// Forget the texts of an erased lead's contacts, of those behind this one.
    Erase(LeadId, ContactId),
}

pub(super) fn needs(follow_up: FollowUp, needs: &mut NeedsBuilder<'_>) {
    match follow_up {
        FollowUp::Drain(source) => needs.drain(source),
        FollowUp::Evacuate(operator) => delete_operator::needs(operator, needs),
        FollowUp::CloseOut(source) => delete_source::needs_to_close_out(source, needs),
        FollowUp::Revoke(_) => offer::needs_to_revoke(follow_up, needs),
        FollowUp::Mark(operator, behind) => leave::needs_to_mark(operator, behind, needs),
        FollowUp::Age(..) => ageing::needs_to_go_on(follow_up, needs),
        FollowUp::Erase(..) => _ = needs.follow_up_contacts(follow_up),
    }
}

pub(super) fn follow_up(world: &mut World, follow_up: FollowUp, context: Context) -> Outcome {
    // Without a contact to move, a counter that says there is one would be asked for ever.
    let has_contacts = |world: &World| world.follow_up_contacts(follow_up).next().is_some();
    match follow_up {
        FollowUp::Drain(source) => routing::continue_drain(world, source, context),
        FollowUp::Evacuate(operator) if has_contacts(world) => delete_operator::evacuate(world, operator, context),
        FollowUp::CloseOut(source) if has_contacts(world) => delete_source::close_out(world, source, context),
        FollowUp::Revoke(operator) => offer::revoke(world, operator, context),
        FollowUp::Age(source, behind) => ageing::go_on(world, source, behind, context),
        FollowUp::Evacuate(_) | FollowUp::CloseOut(_) => {}
        FollowUp::Mark(operator, behind) => leave::go_on_marking(world, operator, behind, context),
        FollowUp::Erase(lead, behind) => erase_lead::forget_texts(world, lead, behind, context),
    }
    Outcome::Done
}
