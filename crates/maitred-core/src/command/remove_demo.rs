//! Beginning to remove the demo: all its sources are deleted at once, so that nothing arrives any more, and the next
//! process to start finds that removing it is under way. Nothing but that is done here, however much there is: what is
//! open is left to [`FollowUp::CloseOut`], when nobody serves any of them any more.

use super::delete_source::close;
use crate::command::{Context, FollowUp, Outcome, Rejection};
use crate::ids::SourceId;
use crate::world::{NeedsBuilder, World};

pub(super) fn needs(sources: &[SourceId], needs: &mut NeedsBuilder<'_>) {
    for source in sources {
        needs.source(*source);
    }
}

/// Deletes those that are not deleted yet.
pub(super) fn remove_demo(world: &mut World, sources: &[SourceId], context: Context) -> Result<Outcome, Rejection> {
    let is_there = |id: &&SourceId| world.source(**id).is_ok();
    let present: Vec<SourceId> = sources.iter().filter(is_there).copied().collect();
    if let Some(real) = present.iter().find(|id| !world.is_demo_source(**id)) {
        return Err(Rejection::NotDemo(*real));
    }
    for id in present {
        close(world, id, context);
        if world.source_row(id).is_some_and(|state| state.open() > 0) {
            world.follow_up(FollowUp::CloseOut(id));
        }
    }
    Ok(Outcome::Done)
}
