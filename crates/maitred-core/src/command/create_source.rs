//! Adding a source. Its contacts wait until operators serve it, see [`super::weights`].

use super::edit_source::expect_version;
use super::intake::IntakeEdit;
use crate::command::{Context, Outcome, Rejection};
use crate::conversation::ConversationRules;
use crate::event::EventDetail;
use crate::hours::Hours;
use crate::ids::{CalendarId, SourceId, Timestamp};
use crate::nouns::Source;
use crate::offer::OfferRules;
use crate::policy::Policy;
use crate::release::ReleaseRules;
use crate::source_kind::SourceKind;
use crate::urgency::UrgencyRules;
use crate::world::{NeedsBuilder, World};
use std::sync::Arc;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewSource {
    /// Unique among sources.
    pub name: Arc<str>,
    /// For people.
    pub description: Arc<str>,
    /// For people.
    pub kind: SourceKind,
    /// The rule that picks operators.
    pub policy: Policy,
    /// Whether returning leads go to their last operator.
    pub sticky: bool,
    /// Region in which phones without a country code are read.
    pub default_region: Option<Arc<str>>,
    /// The id space of its external ids, if not its own.
    pub id_space: Option<Arc<str>>,
    /// The template of the address at which its leads are answered.
    pub reply_url: Option<Arc<str>>,
    /// Whether it is part of the demo, for good.
    pub demo: bool,
    /// Whether its phones may be extensions of a telephone system.
    pub short_phones: bool,
    /// See [`Source::hides_names`](crate::Source::hides_names).
    pub hides_names: bool,
    /// Whether its contacts are offered, and by which rules.
    pub offers: OfferRules,
    /// By which calendar it is open, with the hours compiled from it; none: always.
    pub hours: Option<(CalendarId, Arc<Hours>)>,
    /// When contacts are taken from operators who left.
    pub releases: ReleaseRules,
    /// How soon its contacts are to be answered.
    pub urgency: UrgencyRules,
    /// What a further message of a lead does who has a contact on it.
    pub conversation: ConversationRules,
    /// Where its contacts go while it is closed, and after rounds of offers that nobody accepted.
    pub fallback: Option<SourceId>,
    /// Where and how it takes in what is sent to it without a key, if it does.
    pub intake: Option<IntakeEdit>,
}

impl NewSource {
    /// A source with this name, and everything else as it is unless somebody says otherwise.
    #[must_use]
    pub fn named(name: impl Into<Arc<str>>) -> Self {
        Self {
            name: name.into(),
            description: "".into(),
            kind: SourceKind::default(),
            policy: Policy::default(),
            sticky: false,
            default_region: None,
            id_space: None,
            reply_url: None,
            demo: false,
            short_phones: false,
            hides_names: false,
            offers: OfferRules::default(),
            hours: None,
            releases: ReleaseRules::default(),
            urgency: UrgencyRules::default(),
            conversation: ConversationRules::default(),
            fallback: None,
            intake: None,
        }
    }
}

impl Source {
    /// A source that was just added.
    #[must_use]
    pub fn new(id: SourceId, new: NewSource, now: Timestamp) -> Self {
        let (calendar, hours) = new.hours.unzip();
        Self {
            id,
            name: new.name,
            description: new.description,
            kind: new.kind,
            policy: new.policy,
            sticky: new.sticky,
            default_region: new.default_region,
            id_space: new.id_space,
            reply_url: new.reply_url,
            short_phones: new.short_phones,
            hides_names: new.hides_names,
            offers: new.offers,
            releases: new.releases,
            urgency: new.urgency,
            created_at: now,
            updated_at: now,
            deleted_at: None,
            demo: new.demo,
            calendar,
            hours_revision: 0,
            hours_seen_at: hours.as_ref().map(|_| now),
            caps: None,
            hours,
            conversation: new.conversation,
            fallback: new.fallback,
        }
    }
}

pub(super) fn needs(new: &NewSource, needs: &mut NeedsBuilder<'_>) {
    needs.source_name(&new.name);
    new.hours.iter().for_each(|(calendar, _)| needs.calendar(*calendar));
    new.fallback.iter().for_each(|fallback| needs.source(*fallback));
}

pub(super) fn create_source(world: &mut World, new: NewSource, context: Context) -> Result<Outcome, Rejection> {
    if let Some(other) = world.source_named(&new.name) {
        return Err(Rejection::NameTaken(other));
    }
    new.hours.iter().try_for_each(|(calendar, hours)| expect_version(world, *calendar, hours))?;
    if let Some(to) = new.fallback {
        world.expect_fallback(None, new.demo, to).map_err(|why| Rejection::NoFallback(to, why))?;
    }
    let (hours, intake) = (new.hours.clone(), new.intake.clone());
    let id = world.add_source(new, context.now);
    world.emit_source_event(id, EventDetail::SourceCreated, context);
    if let Some((calendar, hours)) = hours {
        let (calendar, until) = (Some(calendar), Some(hours.span.until));
        world.emit_source_event(id, EventDetail::SourceHoursSet { calendar, until }, context);
    }
    let token = intake.as_ref().and_then(|intake| intake.token.clone());
    intake.into_iter().for_each(|intake| intake.apply(world, id));
    let source = world.source(id)?.source.clone();
    Ok(match token {
        Some(token) => Outcome::SourceWithIntake(source, token),
        None => Outcome::Source(source),
    })
}
