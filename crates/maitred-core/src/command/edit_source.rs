//! Editing the settings of a source. Who serves it is edited by weights, see [`super::weights`]. With other hours it
//! may be open now: then those who wait are given to somebody.

use crate::command::{Context, FollowUp, Outcome, Rejection};
use crate::conversation::{ConversationRules, WhenOpen};
use crate::event::EventDetail;
use crate::hours::Hours;
use crate::ids::{CalendarId, ContactId, SourceId};
use crate::nouns::Source;
use crate::offer::OfferRules;
use crate::policy::Policy;
use crate::release::ReleaseRules;
use crate::routing::drain;
use crate::source_kind::SourceKind;
use crate::urgency::{AgeingStep, UrgencyRules};
use crate::world::{NeedsBuilder, World};
use std::collections::BTreeSet;
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
    pub hides_names: Option<bool>,
    /// How its contacts are offered. What is offered already stays as it is.
    pub offers: OfferEdit,
    /// When it is open. What somebody holds, or was offered, stays with them.
    pub hours: Option<SourceHoursEdit>,
    /// When its contacts are taken from operators who left: for those who leave from now on.
    pub releases: ReleaseEdit,
    /// How soon its contacts are to be answered. Those that are there keep their time.
    pub urgency: UrgencyEdit,
    /// What further messages do. What was appended stays where it is.
    pub when_open: Option<WhenOpen>,
    /// `Some(None)`: a resolved contact stays so.
    pub reopen_within_s: Option<Option<u32>>,
    /// Where its contacts go while it is closed; `Some(None)`: nowhere.
    pub fallback: Option<Option<SourceId>>,
}

/// Changes to [`ReleaseRules`]; `None` leaves a field alone, `Some(None)` has contacts stay.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ReleaseEdit {
    pub away_release_s: Option<Option<u32>>,
    pub shift_end_release_s: Option<Option<u32>>,
}

impl ReleaseEdit {
    /// Both as these rules have them.
    #[must_use]
    pub const fn all(rules: ReleaseRules) -> Self {
        Self { away_release_s: Some(rules.away_release_s), shift_end_release_s: Some(rules.shift_end_release_s) }
    }

    fn edited(self, before: ReleaseRules) -> ReleaseRules {
        ReleaseRules {
            away_release_s: self.away_release_s.unwrap_or(before.away_release_s),
            shift_end_release_s: self.shift_end_release_s.unwrap_or(before.shift_end_release_s),
        }
    }
}

/// By which calendar a source is open, and the hours that it was compiled to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceHoursEdit {
    /// The [`Source::hours_revision`] that this was made from.
    pub revision: u32,
    /// The calendar with the hours compiled from it; none: it is open always.
    pub calendar: Option<(CalendarId, Arc<Hours>)>,
}

/// Changes to [`OfferRules`]; `None` leaves a field alone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OfferEdit {
    /// `Some(None)`: contacts are offered no longer.
    pub accept_within_s: Option<Option<u32>>,
    pub retry_after_s: Option<u32>,
    pub pause_after_misses: Option<Option<u32>>,
    pub escalate_after_rounds: Option<Option<u32>>,
    pub declines_are_free: Option<bool>,
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
            declines_are_free: Some(rules.declines_are_free),
        }
    }

    fn edited(self, before: OfferRules) -> OfferRules {
        OfferRules {
            accept_within_s: self.accept_within_s.unwrap_or(before.accept_within_s),
            retry_after_s: self.retry_after_s.unwrap_or(before.retry_after_s),
            pause_after_misses: self.pause_after_misses.unwrap_or(before.pause_after_misses),
            escalate_after_rounds: self.escalate_after_rounds.unwrap_or(before.escalate_after_rounds),
            declines_are_free: self.declines_are_free.unwrap_or(before.declines_are_free),
        }
    }
}

/// Changes to [`UrgencyRules`]; `None` leaves a field alone.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UrgencyEdit {
    /// `Some(None)`: contacts that arrive from now on may be answered at any time.
    pub respond_within_s: Option<Option<u32>>,
    /// Those who wait follow the new steps at once; what they have reached stays.
    pub ageing: Option<Arc<[AgeingStep]>>,
    pub escalate_priority: Option<Option<i32>>,
}

impl UrgencyEdit {
    /// All of them as these rules have them.
    #[must_use]
    pub fn all(rules: &UrgencyRules) -> Self {
        Self {
            respond_within_s: Some(rules.respond_within_s),
            ageing: Some(rules.ageing.clone()),
            escalate_priority: Some(rules.escalate_priority),
        }
    }

    fn edited(self, before: &UrgencyRules) -> UrgencyRules {
        UrgencyRules {
            respond_within_s: self.respond_within_s.unwrap_or(before.respond_within_s),
            ageing: self.ageing.unwrap_or_else(|| before.ageing.clone()),
            escalate_priority: self.escalate_priority.unwrap_or(before.escalate_priority),
        }
    }
}

pub(super) fn needs(id: SourceId, edit: &SourceEdit, needs: &mut NeedsBuilder<'_>) {
    needs.source(id);
    edit.fallback.iter().flatten().for_each(|fallback| needs.source(*fallback));
    let calendar = edit.hours.iter().flat_map(|hours| &hours.calendar);
    calendar.for_each(|(calendar, _)| needs.calendar(*calendar));
    if edit.hours.is_some() || edit.fallback.is_some() {
        needs.drain_edited(id, edit.fallback.flatten());
    }
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
    edit.hours.iter().try_for_each(|hours| expect_current(world, &before, hours))?;
    let fallback = edit.fallback.flatten();
    fallback.map_or(Ok(()), |to| {
        world.expect_fallback(Some(id), before.demo, to).map_err(|why| Rejection::NoFallback(to, why))
    })?;
    let (hours, is_moved) = (edit.hours.clone(), edit.fallback.is_some_and(|it| it != before.fallback));
    let after = edited(&before, edit);
    if after != before {
        set(world, &before, after, context);
    }
    let is_set = hours.is_some();
    hours.into_iter().for_each(|hours| set_hours(world, id, hours, context));
    if is_set || is_moved {
        let others = if is_set { world.falling_back_on(id) } else { BTreeSet::new() };
        drain(world, others.into_iter().chain([id]), context);
    }
    Ok(Outcome::Source(world.source(id)?.source.clone()))
}

fn set(world: &mut World, before: &Source, after: Source, context: Context) {
    let id = before.id;
    if after.policy != before.policy {
        world.change_source_totals(id, |state| {
            state.restart_rotation();
            state.weights_changed(context.now);
        });
    }
    let ages_otherwise = after.urgency.ageing != before.urgency.ageing;
    world.change_source(id, |source| *source = Source { updated_at: context.now, ..after });
    world.emit_source_event(id, EventDetail::SourceEdited, context);
    if ages_otherwise {
        world.follow_up(FollowUp::Age(id, ContactId(0)));
    }
}

/// Rejects hours that were compiled from something that has changed meanwhile.
fn expect_current(world: &World, source: &Source, edit: &SourceHoursEdit) -> Result<(), Rejection> {
    if edit.revision != source.hours_revision {
        return Err(Rejection::SourceHoursChanged(source.id));
    }
    edit.calendar.iter().try_for_each(|(calendar, hours)| expect_version(world, *calendar, hours))
}

/// Rejects hours that are not those of a calendar as it is now.
pub(super) fn expect_version(world: &World, calendar: CalendarId, hours: &Hours) -> Result<(), Rejection> {
    let is_current = world.calendar(calendar)?.version == hours.calendar_version;
    if is_current { Ok(()) } else { Err(Rejection::CalendarChanged(calendar)) }
}

fn set_hours(world: &mut World, id: SourceId, edit: SourceHoursEdit, context: Context) {
    let (calendar, hours) = edit.calendar.unzip();
    let until = hours.as_ref().map(|hours| hours.span.until);
    world.change_source(id, |source| {
        // What opened or closed before is past: only what changes from now on is due.
        (source.calendar, source.hours_seen_at) = (calendar, hours.as_ref().map(|_| context.now));
        source.hours_revision += 1;
        source.hours = hours;
    });
    world.emit_source_event(id, EventDetail::SourceHoursSet { calendar, until }, context);
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
        hides_names: edit.hides_names.unwrap_or(before.hides_names),
        offers: edit.offers.edited(before.offers),
        releases: edit.releases.edited(before.releases),
        urgency: edit.urgency.edited(&before.urgency),
        conversation: ConversationRules {
            when_open: edit.when_open.unwrap_or(before.conversation.when_open),
            reopen_within_s: edit.reopen_within_s.unwrap_or(before.conversation.reopen_within_s),
        },
        fallback: edit.fallback.unwrap_or(before.fallback),
        ..before
    }
}
