//! Saying in the feed that an endpoint of webhooks was disabled for a fault. Endpoints are no part of the world: that
//! it is disabled was stored before (`maitred-app/src/jobs/send_webhooks.rs`).

use crate::command::{Context, Outcome};
use crate::event::{EndpointFault, EventDetail};
use crate::ids::EndpointId;
use crate::world::World;

pub(super) fn endpoint_disabled(
    world: &mut World,
    endpoint: EndpointId,
    fault: EndpointFault,
    context: Context,
) -> Outcome {
    world.emit_plain_event(EventDetail::EndpointDisabled { endpoint, fault }, context);
    Outcome::Done
}
