//! What maitred keeps: contacts, leads, operators, sources. Plain values; the rules that move them are in
//! [`crate::decide()`], the values a person may type are checked in [`crate::limits`].

use crate::actor::Actor;
use crate::availability::{Away, AwayReason};
use crate::caps::{self, Cap};
use crate::conversation::ConversationRules;
use crate::hours::Hours;
use crate::ids::{CalendarId, ContactId, LeadId, NoteId, OperatorId, SourceId, Timestamp};
use crate::offer::{Attempts, OfferRules};
use crate::policy::Policy;
use crate::release::ReleaseRules;
use crate::source_kind::SourceKind;
use crate::urgency::UrgencyRules;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Where a contact stands. The arrows between these are [`Status::may_become`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// Without an operator, in the waiting order of its source.
    Waiting,
    /// With one operator, holding one of their slots.
    Assigned,
    /// Ended; holds no slot. `operator` names who had it, if anyone did.
    Resolved,
}

impl Status {
    pub const ALL: [Self; 3] = [Self::Waiting, Self::Assigned, Self::Resolved];

    /// The transition table of ARCHITECTURE.md. Staying as it is is no transition, but a transfer from one operator
    /// to another keeps a contact assigned.
    #[must_use]
    pub const fn may_become(self, next: Self) -> bool {
        matches!(
            (self, next),
            (Self::Waiting, Self::Assigned | Self::Resolved)
                | (Self::Assigned, Self::Assigned | Self::Waiting | Self::Resolved)
                | (Self::Resolved, Self::Assigned | Self::Waiting)
        )
    }

    /// The word used in JSON and in tables.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Assigned => "assigned",
            Self::Resolved => "resolved",
        }
    }
}

/// One request for attention, from arrival to resolution; the unit that is routed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contact {
    /// Its id; later contacts have larger ones.
    pub id: ContactId,
    /// The person behind it.
    pub lead: LeadId,
    /// Whose it is: where it arrived, or the fallback that it went to.
    pub source: SourceId,
    /// Who holds it (assigned) or held it last (resolved).
    pub operator: Option<OperatorId>,
    pub status: Status,
    /// Larger goes first among the waiting: what was sent, or what it was raised to.
    pub priority: i32,
    /// What the lead wrote.
    pub message: Option<Arc<str>>,
    /// The sender's own fields: the text of a JSON object.
    pub attributes: Option<Arc<str>>,
    /// What the sender said of the lead that the lead does not have: values that identify nobody, and a name other than
    /// the lead's. The text of a JSON object with the names of the API's fields, such as `{"lead_phone": "-"}`.
    pub sent: Option<Arc<str>>,
    /// When it arrived; the second key of the waiting order.
    pub created_at: Timestamp,
    /// When its present (or last) operator got it.
    pub assigned_at: Option<Timestamp>,
    /// When it was resolved, while it is.
    pub resolved_at: Option<Timestamp>,
    /// When anything about it last changed.
    pub updated_at: Timestamp,
    /// How many decisions its chain has.
    pub decisions: u32,
    /// Before this time it is given to nobody automatically. Behind it, it says what was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_before: Option<Timestamp>,
    /// Whether it waits for `not_before`, outside of the waiting order. A wake, or somebody who moves it forward, ends
    /// that.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub scheduled: bool,
    /// While it is offered to its operator: the moment at which it is too late to accept it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accept_by: Option<Timestamp>,
    /// When its present (or last) operator accepted it, if they did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accepted_at: Option<Timestamp>,
    /// While it rests, because nobody who may get it is left to be asked, or because it is reserved: when all may be
    /// asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_at: Option<Timestamp>,
    /// Who did not accept it, if anybody did not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attempts: Option<Arc<Attempts>>,
    /// While its operator has left: when it goes to others unless they are back before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub release_at: Option<Timestamp>,
    /// Who is to get it rather than anybody else, until somebody has got it. See [`crate::reservation`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wanted_operator: Option<OperatorId>,
    /// For how many seconds it is reserved for them when they cannot take it at once.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub wanted_for_s: u32,
    /// When somebody first did something for its lead, since it arrived or was reopened.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_response_at: Option<Timestamp>,
    /// The moment at which it is too late to respond first, if there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub respond_by: Option<Timestamp>,
    /// When it was noted that nobody had responded by then. It stays when somebody does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub overdue_at: Option<Timestamp>,
    /// The priority that was sent or set by hand, if it is lower than the one that counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sent_priority: Option<i32>,
    /// The least priority that it has since it waited for long, or nobody accepted it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub raised_to: Option<i32>,
    /// While it waits: when it reaches the next step of its source.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub raise_at: Option<Timestamp>,
    /// When it was reopened, if it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reopened_at: Option<Timestamp>,
    /// Where it arrived, if it went to another source since.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub original_source: Option<SourceId>,
}

impl Contact {
    /// Where it arrived.
    #[must_use]
    pub fn arrived_on(&self) -> SourceId {
        self.original_source.unwrap_or(self.source)
    }

    /// Whether it stands in the waiting order of its source: it waits, and neither for a time nor for another round of
    /// offers.
    #[must_use]
    pub fn is_in_line(&self) -> bool {
        self.status == Status::Waiting && !self.scheduled && self.retry_at.is_none()
    }

    /// Whether somebody who is free could get it, so that the closing of its source is a reason why nobody does: also
    /// while it rests or is reserved, for who was not asked, or is wanted, would get it.
    #[must_use]
    pub fn waits_for_source(&self) -> bool {
        self.status == Status::Waiting && !self.scheduled
    }

    /// The operators who were offered it in this round and did not accept it.
    pub fn tried(&self) -> impl Iterator<Item = OperatorId> + '_ {
        self.attempts.iter().flat_map(|attempts| &attempts.tried).map(|attempt| attempt.operator)
    }

    /// Whether it says anything that is personal.
    #[must_use]
    pub const fn has_text(&self) -> bool {
        self.message.is_some() || self.attributes.is_some() || self.sent.is_some()
    }

    /// Lets everybody be asked again who was asked in this round.
    pub(crate) fn forget_tried(&mut self) {
        if self.tried().next().is_some() {
            self.attempts = None;
        }
    }

    pub(crate) fn forget_texts(&mut self) {
        (self.message, self.attributes, self.sent) = (None, None, None);
    }
}

/// What somebody wrote down about a contact for those who work with it. It never changes; it goes with its contact, and
/// when the lead of that is erased.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    /// Its id; later notes have larger ones.
    pub id: NoteId,
    pub contact: ContactId,
    pub text: Arc<str>,
    pub author: Actor,
    pub created_at: Timestamp,
}

/// The person or firm behind contacts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lead {
    pub id: LeadId,
    /// How the person is called, if anyone said.
    pub name: Option<Arc<str>>,
    /// Set when this lead was merged into another, which now has its contacts and identities.
    pub merged_into: Option<LeadId>,
    /// When its first contact arrived.
    pub created_at: Timestamp,
    /// When its name or identities last changed, or whether they blocked a bot.
    pub updated_at: Timestamp,
    /// Set when all that said who it is was forgotten; the row stays for the history's sake.
    pub erased_at: Option<Timestamp>,
    /// Whether they are part of the demo: nobody who wrote to a real source.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub demo: bool,
    /// The source whose bot they blocked last, if they are not known to be back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub blocked_on: Option<SourceId>,
    /// Since when that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub blocked_at: Option<Timestamp>,
}

impl Lead {
    /// The source whose bot cannot write to them, and since when that is known.
    #[must_use]
    pub fn blocked(&self) -> Option<(SourceId, Timestamp)> {
        self.blocked_on.zip(self.blocked_at)
    }

    /// A lead whose first contact has just arrived.
    #[must_use]
    pub const fn new(id: LeadId, name: Option<Arc<str>>, now: Timestamp) -> Self {
        Self {
            id,
            name,
            merged_into: None,
            created_at: now,
            updated_at: now,
            erased_at: None,
            demo: false,
            blocked_on: None,
            blocked_at: None,
        }
    }
}

/// What kind of value finds a lead. The order is the matching order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IdentityKind {
    /// An id of the sender's own system, compared exactly.
    ExternalId,
    /// A phone: E.164 where it can be parsed, else as sent.
    Phone,
    /// An email: lower-case with an IDNA domain where it can be parsed, else as sent.
    Email,
}

impl IdentityKind {
    /// Every kind, in matching order.
    pub const ALL: [Self; 3] = [Self::ExternalId, Self::Phone, Self::Email];

    /// The word used in JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ExternalId => "external_id",
            Self::Phone => "phone",
            Self::Email => "email",
        }
    }
}

/// A normalised value that finds a lead. Normalising needs tables of the world's phone numbers and is done before a
/// command is made.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Identity {
    /// What kind of value it is.
    pub kind: IdentityKind,
    /// The value in its one comparable form.
    pub value: Arc<str>,
    /// Of an external id, or an extension of a telephone system: its id space, within which it means one person. Empty
    /// for other phones and emails, which mean one person everywhere; and in a command, for an id in the space of the
    /// contact's source. [`DEMO_SPACE`] for all of the demo.
    #[serde(default)]
    pub space: Arc<str>,
}

impl Identity {
    /// A value that is normalised already.
    #[must_use]
    pub fn new(kind: IdentityKind, value: impl Into<Arc<str>>) -> Self {
        Self { kind, value: value.into(), space: Arc::default() }
    }

    /// Whether it means one person within an id space only: an external id, or a phone that is an extension.
    #[must_use]
    pub fn has_space(&self) -> bool {
        match self.kind {
            IdentityKind::ExternalId => true,
            IdentityKind::Phone => is_extension(&self.value),
            IdentityKind::Email => false,
        }
    }

    /// An external id in a space.
    #[must_use]
    pub fn in_space(self, space: Arc<str>) -> Self {
        Self { space, ..self }
    }
}

/// Whether a phone is an extension of a telephone system: one to four digits and nothing else.
#[must_use]
pub fn is_extension(phone: &str) -> bool {
    (1..=4).contains(&phone.len()) && phone.bytes().all(|byte| byte.is_ascii_digit())
}

/// The id space of external ids that were stored before there were spaces and may have come in by a dialect of another
/// service. The space of each dialect goes on with them.
pub const SPACE_BEFORE: &str = "compat";

/// The space of all identities of the demo, phones and emails included, so that nobody is taken for somebody of the
/// demo, nor the other way round. No space that somebody chose begins with a blank, for names are trimmed.
pub const DEMO_SPACE: &str = " demo";

/// The human who handles contacts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Operator {
    pub id: OperatorId,
    /// How they are called; need not be unique.
    pub name: Arc<str>,
    /// What another system calls them; unique among operators that are not deleted.
    pub external_id: Option<Arc<str>>,
    /// Whether they take contacts at all.
    pub is_active: bool,
    /// Most contacts they may hold.
    pub max_load: u32,
    /// How many they hold now: always the number of contacts assigned to them.
    pub current_load: u32,
    /// When they last got a contact, from any source.
    pub last_assigned_at: Option<Timestamp>,
    pub created_at: Timestamp,
    /// When their name, external id, address, switch or limit last changed.
    pub updated_at: Timestamp,
    /// Set when they were deleted; the row stays for the history's sake.
    pub deleted_at: Option<Timestamp>,
    /// Whether they are part of the demo. It never changes; they serve sources of the demo, and no others.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub demo: bool,
    /// Since when they are paused, if they are: they get no contacts automatically, and keep those they have.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paused_at: Option<Timestamp>,
    /// When the pause ends by itself; without, when somebody ends it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paused_until: Option<Timestamp>,
    /// Why they are paused, for colleagues.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pause_reason: Option<Arc<str>>,
    /// How many offers in a row they let pass without an answer.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub misses: u32,
    /// How many contacts they get in an hour, a day and so on; none that has nothing in it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub caps: Option<Arc<[Cap]>>,
    /// Whose hours they work; without one, always.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub calendar: Option<CalendarId>,
    /// When that is: compiled from the calendar and from exceptions and leave of their own.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "crate::hours::stored")]
    pub hours: Option<Arc<Hours>>,
    /// How many times their calendar, hours, exceptions or leave were set. Who sets them says which they have seen.
    #[serde(default)]
    pub hours_revision: u32,
    /// Up to when beginnings and ends of their hours have been handled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hours_seen_at: Option<Timestamp>,
    /// For how many seconds they are there once they were heard from, see [`crate::presence`]. None: nobody asks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub away_after_s: Option<u32>,
    /// Until when they are there, unless they are heard from again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub present_until: Option<Timestamp>,
    /// Since when they are away, once that was told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub away_at: Option<Timestamp>,
    /// Since when they are off shift or on leave, once that was told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub off_at: Option<Timestamp>,
    /// Behind which of the contacts they hold it is still to be said when each is released; none when it is said of
    /// all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub marking: Option<ContactId>,
    /// Whether contacts they hold may say when they are released.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub has_marks: bool,
    /// The e-mail address at which they are told of what they get, if they are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notify_email: Option<Arc<str>>,
}

impl Operator {
    /// Whether they are paused at a time. At the moment of its end a pause is over.
    #[must_use]
    pub fn is_paused(&self, now: Timestamp) -> bool {
        self.paused_at.is_some() && self.paused_until.is_none_or(|until| until > now)
    }

    /// What keeps them from all contacts at a time, in the order in which reasons are given.
    pub fn away_reasons(&self, now: Timestamp) -> impl Iterator<Item = Away> + use<> {
        let off = self.hours.as_ref().and_then(|hours| hours.away(now));
        let paused = self.is_paused(now).then_some(Away { reason: AwayReason::Paused, until: self.paused_until });
        let not_heard = self.is_unheard(now).then_some(Away { reason: AwayReason::NotHeard, until: None });
        [off, paused, not_heard].into_iter().flatten()
    }

    /// The first of [`Operator::away_reasons`].
    #[must_use]
    pub fn away(&self, now: Timestamp) -> Option<Away> {
        self.away_reasons(now).next()
    }

    /// The caps of theirs that count contacts of a source; of none in particular, those that count all.
    pub fn caps_on(&self, source: Option<SourceId>) -> impl Iterator<Item = &Cap> {
        self.caps_on_all().filter(move |cap| cap.is_about(source))
    }

    /// All caps of theirs.
    pub fn caps_on_all(&self) -> impl Iterator<Item = &Cap> {
        self.caps.iter().flat_map(|caps| caps.iter())
    }

    /// Whether they have reached a cap, and until when: that of the caps which ends last.
    #[must_use]
    pub fn capped(&self, source: Option<SourceId>, now: Timestamp) -> Option<Away> {
        let until = caps::reached_until(self.caps_on(source), now)?;
        Some(Away { reason: AwayReason::Capped, until: Some(until) })
    }

    /// What keeps them from contacts of a source at a time: they are away, or have reached a cap.
    #[must_use]
    pub fn away_from(&self, source: SourceId, now: Timestamp) -> Option<Away> {
        self.away(now).or_else(|| self.capped(Some(source), now))
    }

    pub(crate) fn forget_hours(&mut self) {
        (self.calendar, self.hours, self.hours_seen_at, self.off_at) = (None, None, None, None);
        self.hours_revision += 1;
    }

    pub(crate) fn end_pause(&mut self) {
        (self.paused_at, self.paused_until, self.pause_reason, self.misses) = (None, None, None, 0);
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde gives a reference")]
const fn is_zero(number: &u32) -> bool {
    *number == 0
}

/// When somebody works, as people write it, for any number of operators. What it says is known to `maitred-calendar`
/// alone: the rules see the [`Hours`] that it compiles to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Calendar {
    pub id: CalendarId,
    /// How it is called; need not be unique.
    pub name: Arc<str>,
    /// The text of a JSON object.
    pub definition: Arc<str>,
    /// How many times it was changed. Hours are those of one version.
    pub version: u32,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    /// Set when it was deleted; the row stays for the history's sake.
    pub deleted_at: Option<Timestamp>,
}

/// Where contacts come from and where operators and weights are set.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    pub id: SourceId,
    /// Unique among sources that are not deleted.
    pub name: Arc<str>,
    /// For people.
    pub description: Arc<str>,
    /// For people.
    pub kind: SourceKind,
    /// The rule that picks one eligible operator.
    pub policy: Policy,
    /// Whether a returning lead goes to their last operator here, if that one is eligible.
    pub sticky: bool,
    /// Two-letter region (ISO 3166-1) in which phones without a country code are read.
    pub default_region: Option<Arc<str>>,
    /// The id space of its external ids, if it shares one with other sources.
    pub id_space: Option<Arc<str>>,
    /// The template of the address at which its leads are answered, see [`crate::reply_url`].
    pub reply_url: Option<Arc<str>>,
    /// Whether its phones may be extensions of a telephone system, such as 101. On other sources fewer than five digits
    /// identify nobody.
    #[serde(default)]
    pub short_phones: bool,
    /// Whether operators who ask why they did not get a contact of it are not told who did.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub hides_names: bool,
    /// Whether its contacts are offered to operators, who accept them or do not, and by which rules.
    #[serde(default, skip_serializing_if = "OfferRules::are_default")]
    pub offers: OfferRules,
    /// When contacts are taken from operators who left.
    #[serde(default, skip_serializing_if = "ReleaseRules::are_default")]
    pub releases: ReleaseRules,
    /// How soon its contacts are to be answered.
    #[serde(default, skip_serializing_if = "UrgencyRules::are_default")]
    pub urgency: UrgencyRules,
    /// When it was added.
    pub created_at: Timestamp,
    /// When a setting last changed.
    pub updated_at: Timestamp,
    /// Set when it was deleted; the row stays for the history's sake.
    pub deleted_at: Option<Timestamp>,
    /// Whether it is part of the demo. It never changes; its contacts, their leads and who serves it are then as well.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub demo: bool,
    /// By which calendar it is open; without one, always.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub calendar: Option<CalendarId>,
    /// When that is, compiled from the calendar.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "crate::hours::stored")]
    pub hours: Option<Arc<Hours>>,
    /// How many times its calendar or hours were set. Who sets them says which they have seen.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub hours_revision: u32,
    /// Up to when its openings and closings have been handled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hours_seen_at: Option<Timestamp>,
    /// Where its contacts go while it is closed, and after rounds of offers that nobody accepted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fallback: Option<SourceId>,
    /// What a further message of a lead does who has a contact on it.
    #[serde(default, skip_serializing_if = "ConversationRules::are_default")]
    pub conversation: ConversationRules,
    /// How many of its contacts are given away in a time, to all operators together.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub caps: Option<Arc<[Cap]>>,
}

impl Source {
    /// The space in which its external ids mean one person: the one that it was given; else for messengers whose ids
    /// are the same for all their bots, the messenger; else itself.
    #[must_use]
    pub fn space(&self) -> Arc<str> {
        match (&self.id_space, self.kind) {
            (Some(space), _) => space.clone(),
            (None, SourceKind::Telegram | SourceKind::Whatsapp) => self.kind.as_str().into(),
            (None, _) => self.own_space(),
        }
    }

    /// The space that is this source alone. Ids are looked up there as well: they may have been stored before it shared
    /// one with others.
    #[must_use]
    pub fn own_space(&self) -> Arc<str> {
        format!("source:{}", self.id).into()
    }
}
