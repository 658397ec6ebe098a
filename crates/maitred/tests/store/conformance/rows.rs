//! Rows to write: one of each noun with nothing special about it, and values at the ends of what can be stored.

use maitred_core::caps::{Cap, CapRule, Counts, Unit, Window, ZoneOffsets};
use maitred_core::command::{NewOperator, NewSource, Submit};
use maitred_core::conversation::{ConversationRules, WhenOpen};
use maitred_core::hours::Hours;
use maitred_core::intervals::Interval;
use maitred_core::offer::{Attempt, Attempts, NotAccepted, OfferRules};
use maitred_core::urgency::{AgeingStep, UrgencyRules};
use maitred_core::world::{Changes, Found, Needs};
use maitred_core::{
    Actor, Calendar, CalendarId, Contact, ContactId, Event, EventDetail, Identity, IdentityKind, KeyId, Lead, LeadId,
    Operator, OperatorId, Policy, Source, SourceId, SourceKind, Status, Timestamp, World,
};
use maitred_store::Engine;
use std::sync::Arc;

pub(super) fn operator(id: i64) -> Operator {
    Operator {
        current_load: 3,
        last_assigned_at: Some(Timestamp(id * 10)),
        updated_at: Timestamp(id + 1),
        paused_at: Some(Timestamp(id)),
        paused_until: Some(Timestamp(id * 100)),
        pause_reason: Some("Lunch".into()),
        calendar: Some(CalendarId(1)),
        hours: Some(hours()),
        hours_revision: 7,
        hours_seen_at: Some(Timestamp(id)),
        misses: u32::MAX,
        caps: Some(caps()),
        away_after_s: Some(u32::MAX),
        present_until: Some(Timestamp(id * 50)),
        away_at: Some(Timestamp(id * 50)),
        off_at: Some(Timestamp(id * 7)),
        marking: Some(ContactId(i64::MAX)),
        has_marks: true,
        ..Operator::new(OperatorId(id), NewOperator::named(format!("Operator {id}")), Timestamp(id))
    }
}

/// Caps of either kind; a world makes and counts them.
fn caps() -> Arc<[Cap]> {
    let offsets = [(Timestamp(i64::MIN), i32::MIN), (Timestamp(0), i32::MAX)].into();
    let zone = ZoneOffsets { name: "Europe/Moscow".into(), offsets };
    let rule = |window| CapRule { limit: u32::MAX, window, counts: Counts::Kept, source: Some(SourceId(i64::MAX)) };
    [Window::Clock(Unit::Month, zone), Window::Rolling(u32::MAX)].map(rule).map(Cap::new).into()
}

/// Hours with values at the ends of what can be stored.
fn hours() -> Arc<Hours> {
    let interval = |from, until| Interval::new(Timestamp(from), Timestamp(until));
    Arc::new(Hours {
        calendar_version: u32::MAX,
        span: interval(i64::MIN / 2, i64::MAX / 2 - 1),
        open: [interval(-5, 5), interval(7, i64::MAX / 2 - 1)].into_iter().collect(),
        leave: [interval(5, 7)].into_iter().collect(),
        stamp: "2026e-h1".into(),
    })
}

pub(super) fn calendar(id: i64) -> Calendar {
    Calendar {
        id: CalendarId(id),
        name: format!("Calendar {id}").into(),
        definition: "{\"zone\": \"Europe/Berlin\"}".into(),
        version: 3,
        created_at: Timestamp(id),
        updated_at: Timestamp(id + 1),
        deleted_at: None,
    }
}

pub(super) fn with_external_id(id: i64, external_id: &str) -> Operator {
    Operator { external_id: Some(external_id.into()), ..operator(id) }
}

pub(super) fn source(id: i64) -> Source {
    Source {
        description: "For people".into(),
        kind: SourceKind::Bot,
        policy: Policy::SmoothWeighted,
        default_region: Some("RU".into()),
        id_space: Some("crm".into()),
        reply_url: Some("https://t.me/{external_id}".into()),
        short_phones: true,
        hides_names: true,
        urgency: UrgencyRules {
            respond_within_s: Some(900),
            ageing: [AgeingStep { after_s: 1, priority: -1_000 }, AgeingStep { after_s: 9, priority: 7 }].into(),
            escalate_priority: Some(1_000),
        },
        offers: OfferRules { accept_within_s: Some(60), pause_after_misses: Some(3), ..OfferRules::default() },
        calendar: Some(CalendarId(1)),
        hours: Some(hours()),
        hours_revision: u32::MAX,
        hours_seen_at: Some(Timestamp(i64::MIN)),
        fallback: Some(SourceId(1)),
        caps: Some(caps()),
        conversation: ConversationRules { when_open: WhenOpen::Append, reopen_within_s: Some(u32::MAX) },
        updated_at: Timestamp(id + 1),
        ..Source::new(SourceId(id), NewSource::named(format!("Source {id}")), Timestamp(id))
    }
}

pub(super) fn lead(id: i64) -> Lead {
    let new = Lead::new(LeadId(id), Some(format!("Lead {id}").into()), Timestamp(id));
    Lead { updated_at: Timestamp(id + 1), ..new }
}

/// A contact that waits on source 1.
pub(super) fn contact(id: i64) -> Contact {
    let submit = Submit {
        message: Some("Hello".into()),
        attributes: Some("{}".into()),
        unusable: vec![identity(IdentityKind::Phone, "-")],
        ..Submit::new(SourceId(1), Vec::new())
    };
    let new = Contact::new(ContactId(id), LeadId(1), &submit, Timestamp(id));
    Contact { updated_at: Timestamp(id + 1), decisions: 1, original_source: Some(SourceId(2)), ..new }
}

/// A contact that rests until then: nobody accepted it.
pub(super) fn resting(id: i64, until: i64) -> Contact {
    let tried = vec![
        Attempt { operator: OperatorId(1), end: NotAccepted::Declined },
        Attempt { operator: OperatorId(i64::MAX), end: NotAccepted::NoAnswer },
    ];
    let attempts = Some(Arc::new(Attempts { rounds: u32::MAX, tried }));
    Contact { retry_at: Some(Timestamp(until)), attempts, ..contact(id) }
}

/// A contact that is reserved for this operator until then.
pub(super) fn reserved(id: i64, operator: i64, until: i64) -> Contact {
    let retry_at = Some(Timestamp(until));
    Contact { retry_at, wanted_operator: Some(OperatorId(operator)), wanted_for_s: u32::MAX, ..contact(id) }
}

/// A contact that this operator was offered.
pub(super) fn offered(id: i64, operator: i64) -> Contact {
    Contact { accept_by: Some(Timestamp(i64::MAX)), ..held(id, operator) }
}

/// A contact whose priority has risen, and rises again.
pub(super) fn raised(id: i64) -> Contact {
    let [raise_at, reopened_at] = [i64::MAX, id].map(|at| Some(Timestamp(at)));
    let (priority, sent_priority, raised_to) = (i32::MAX, Some(i32::MIN), Some(i32::MAX));
    Contact { priority, sent_priority, raised_to, raise_at, reopened_at, ..contact(id) }
}

/// A contact that nobody responded to in time; with a time, that somebody responded to later.
pub(super) fn overdue(id: i64, operator: i64, first_response_at: Option<i64>) -> Contact {
    let [respond_by, overdue_at] = [id + 2, i64::MAX].map(|at| Some(Timestamp(at)));
    let first_response_at = first_response_at.map(Timestamp);
    Contact { respond_by, overdue_at, first_response_at, ..held(id, operator) }
}

/// A contact that this operator holds.
pub(super) fn held(id: i64, operator: i64) -> Contact {
    let assigned_at = Some(Timestamp(id + 1));
    Contact { operator: Some(OperatorId(operator)), status: Status::Assigned, assigned_at, ..contact(id) }
}

/// A contact that this operator had, if one.
pub(super) fn resolved(id: i64, operator: Option<i64>) -> Contact {
    let had = operator.map_or_else(|| contact(id), |operator| held(id, operator));
    Contact { status: Status::Resolved, resolved_at: Some(Timestamp(id + 2)), ..had }
}

pub(super) fn identity(kind: IdentityKind, value: &str) -> Identity {
    Identity::new(kind, value)
}

pub(super) fn event(at: i64) -> Event {
    let detail = EventDetail::ContactCreated;
    let (contact, source) = (Some(ContactId(1)), Some(SourceId(1)));
    // Events of old have no actor.
    let actor = (at % 2 == 0).then_some(Actor::Key(KeyId(at)));
    Event { at: Timestamp(at), detail, actor, contact, source, operator: None, lead: None, demo: at % 3 == 0 }
}

/// Every character there is, but for U+0000, which PostgreSQL cannot keep and which is refused before it comes here.
pub(super) fn every_character() -> Arc<str> {
    ('\u{1}'..=char::MAX).collect::<String>().into()
}

/// The text of so many characters that takes the most bytes.
pub(super) fn widest(chars: usize) -> Arc<str> {
    char::MAX.to_string().repeat(chars).into()
}

/// Short texts that something could take for something else.
pub(super) const ODD_TEXTS: [&str; 18] = [
    "",
    " ",
    " a ",
    "a\r\nb\tc",
    "NULL",
    "{}",
    "{\"a\",NULL}",
    "\\",
    "\\x00",
    "\\N",
    "'; DROP TABLE contacts; --",
    "\"quoted\" %s %d $1 ?1",
    "é",
    "e\u{301}",
    "\u{feff}bom",
    "\u{202e}right to left",
    "👩‍👩‍👧‍👦 \u{10ffff}\u{fffd}",
    "ÄÖÜß İIıi ΣσςΑ",
];

/// Whole numbers at the ends of what can be stored, and around zero.
pub(super) const NUMBERS: [i64; 5] = [i64::MIN, -1, 0, 1, i64::MAX];

/// Writes and commits.
pub(super) fn put(engine: &mut Engine, changes: &Changes) {
    engine.begin(&mut World::default()).expect("a transaction");
    engine.write(changes).expect("the store writes");
    engine.commit().expect("the store commits");
}

/// What is stored of these needs, sorted.
pub(super) fn find(engine: &mut Engine, needs: &Needs) -> Found {
    engine.begin(&mut World::default()).expect("a transaction");
    let mut found = engine.load(needs).expect("the store reads");
    engine.rollback();
    found.operators.sort_by_key(|(operator, _)| operator.id);
    found.sources.sort_by_key(|found| found.source.id);
    found.sources.iter_mut().for_each(|found| found.weights.sort_unstable());
    found.source_names.sort();
    found.contacts.sort_by_key(|contact| contact.id);
    found.leads.sort_by_key(|lead| lead.id);
    found.lead_contacts.sort_unstable();
    found.identities.sort();
    found.receipts.sort_unstable();
    found.last_operators.sort_unstable();
    found
}
