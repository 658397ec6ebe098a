//! Editing the settings of a source. Who serves it is edited by weights, see [`super::weights`].

use crate::command::{Context, Outcome, Rejection};
use crate::event::EventDetail;
use crate::ids::SourceId;
use crate::nouns::{Source, SourceKind};
use crate::offer::OfferRules;
use crate::policy::Policy;
use crate::world::{NeedsBuilder, World};
use std::sync::Arc;

/// Changes to a source; `None` leaves a field alone.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SourceEdit {
    /// Unique among sources.
    pub name: Option<Arc<str>>,
    /// For people.
    pub description: Option<Arc<str>>,
    /// For people.
    pub kind: Option<SourceKind>,
    /// A change starts the credits of all members from zero.
    pub policy: Option<Policy>,
    /// Whether returning leads go to their last operator.
    pub sticky: Option<bool>,
    /// `Some(None)` falls back to the deployment's region.
    pub default_region: Option<Option<Arc<str>>>,
    /// `Some(None)` gives it back the space of its kind or its own.
    pub id_space: Option<Option<Arc<str>>>,
    /// `Some(None)` removes it.
    pub reply_url: Option<Option<Arc<str>>>,
    /// Whether its phones may be extensions of a telephone system.
    pub short_phones: Option<bool>,
    /// How its contacts are offered. What is offered already stays as it is.
    pub offers: OfferEdit,
}

/// Changes to [`OfferRules`]; `None` leaves a field alone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OfferEdit {
    /// `Some(None)`: contacts are offered no longer.
    pub accept_within_s: Option<Option<u32>>,
    pub retry_after_s: Option<u32>,
    pub pause_after_misses: Option<Option<u32>>,
    pub escalate_after_rounds: Option<Option<u32>>,
}

impl OfferEdit {
    /// All of them as these rules have them.
    #[must_use]
    pub const fn all(rules: OfferRules) -> Self {
        Self {
            accept_within_s: Some(rules.accept_within_s),
            retry_after_s: Some(rules.retry_after_s),
            pause_after_misses: Some(rules.pause_after_misses),
            escalate_after_rounds: Some(rules.escalate_after_rounds),
        }
    }

    fn edited(self, before: OfferRules) -> OfferRules {
        OfferRules {
            accept_within_s: self.accept_within_s.unwrap_or(before.accept_within_s),
            retry_after_s: self.retry_after_s.unwrap_or(before.retry_after_s),
            pause_after_misses: self.pause_after_misses.unwrap_or(before.pause_after_misses),
            escalate_after_rounds: self.escalate_after_rounds.unwrap_or(before.escalate_after_rounds),
        }
    }
}

pub(super) fn needs(id: SourceId, edit: &SourceEdit, needs: &mut NeedsBuilder<'_>) {
    needs.source(id);
    edit.name.iter().for_each(|name| needs.source_name(name));
}

pub(super) fn edit_source(
    world: &mut World,
    id: SourceId,
    edit: SourceEdit,
    context: Context,
) -> Result<Outcome, Rejection> {
    let before = world.source(id)?.source.clone();
    if let Some(other) = edit.name.as_ref().and_then(|name| world.source_named(name)).filter(|other| *other != id) {
        return Err(Rejection::NameTaken(other));
    }
    let after = edited(&before, edit);
    if after == before {
        return Ok(Outcome::Source(before));
    }
    if after.policy != before.policy {
        world.change_source_totals(id, |state| {
            state.restart_rotation();
            state.weights_changed(context.now);
        });
    }
    world.change_source(id, context.now, |source| *source = after);
    world.emit_source_event(id, EventDetail::SourceEdited, context);
    Ok(Outcome::Source(world.source(id)?.source.clone()))
}

fn edited(before: &Source, edit: SourceEdit) -> Source {
    let before = before.clone();
    Source {
        name: edit.name.unwrap_or(before.name),
        description: edit.description.unwrap_or(before.description),
        kind: edit.kind.unwrap_or(before.kind),
        policy: edit.policy.unwrap_or(before.policy),
        sticky: edit.sticky.unwrap_or(before.sticky),
        default_region: edit.default_region.unwrap_or(before.default_region),
        id_space: edit.id_space.unwrap_or(before.id_space),
        reply_url: edit.reply_url.unwrap_or(before.reply_url),
        short_phones: edit.short_phones.unwrap_or(before.short_phones),
        offers: edit.offers.edited(before.offers),
        ..before
    }
}
