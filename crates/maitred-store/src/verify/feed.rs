//! The feed, in one pass by position: is it whole, and what does it say happened?

use super::ids::IdSet;
use super::leads::Leads;
use super::scan::Row;
use super::staff::Staff;
use super::{About, Invariant, Watch};
use crate::StoreError;
use maitred_core::limits::DRAIN_MAX;
use maitred_core::{Actor, EventDetail, EventKind};
use rustc_hash::{FxHashMap, FxHashSet};

/// Events behind a full drain within which its rest follows: some batches of the server.
const EVENTS_BEHIND_DRAIN_MAX: i64 = 8_192;

/// What the feed says.
#[derive(Default)]
pub struct Feed {
    /// Contacts that arrived.
    pub created: IdSet,
    /// Contacts that were deleted.
    pub deleted: IdSet,
    /// How many contacts arrived, by source.
    pub arrived: FxHashMap<i64, i64>,
    /// How many contacts a policy gave to an operator, by source and operator.
    pub picks: FxHashMap<(i64, i64), u64>,
    /// Operators whose settings were changed.
    pub edited: FxHashSet<i64>,
    /// The last position; 0 before the first.
    pub last: i64,
    /// When the last event happened.
    pub last_at: i64,
    drain: Drain,
}

/// The run of assignments that may be one drain: they have one time, that of its command.
#[derive(Default)]
struct Drain {
    at: i64,
    length: usize,
    /// Where the last run of full length ended.
    full_at: Option<i64>,
}

struct EventRow {
    position: i64,
    at: i64,
    kind: Option<EventKind>,
    contact: Option<i64>,
    source: Option<i64>,
    operator: Option<i64>,
    lead: Option<i64>,
}

/// The pass over the feed.
pub const EVENTS: &str = "SELECT position, at, kind, contact_id, source_id, operator_id, lead_id, detail, actor \
                          FROM events ORDER BY position";

/// Reads the feed and checks it.
pub fn check(watch: &mut Watch<'_>, staff: &Staff, leads: &Leads) -> Result<Feed, StoreError> {
    let mut feed = Feed::default();
    let mut step = watch.step("events", "SELECT coalesce(max(position), 0) FROM events")?;
    watch.scan.each(EVENTS, |row| {
        step.row(watch.tell);
        let event = read(watch, row)?;
        feed.place(watch, &event);
        references(watch, staff, leads, &event);
        if let Some(kind) = event.kind {
            feed.lives(watch, kind, &event);
            feed.count(kind, &event);
        }
        Ok(())
    })?;
    watch.report.checked.events = step.done;
    Ok(feed)
}

fn read(watch: &mut Watch<'_>, row: Row<'_>) -> Result<EventRow, StoreError> {
    let (position, code) = (row.i64(0)?, row.i64(2)?);
    let kind = u8::try_from(code).ok().and_then(EventKind::from_code);
    let detail_reads = row.text(7)?.is_none_or(|text| serde_json::from_str::<EventDetail>(text).is_ok());
    let actor_reads = row.text(8)?.is_none_or(|text| text.parse::<Actor>().is_ok());
    if kind.is_none() || !detail_reads || !actor_reads {
        let found = match (detail_reads, actor_reads) {
            (false, _) => "a detail that is none".to_owned(),
            (_, false) => "an actor that is none".to_owned(),
            _ => format!("an event of kind {code}"),
        };
        let expected = "an event this program can read";
        watch.report.fault(Invariant::RecordsAreReadable, About::position(position), found, expected);
    }
    Ok(EventRow {
        position,
        at: row.i64(1)?,
        kind,
        contact: row.some_i64(3)?,
        source: row.some_i64(4)?,
        operator: row.some_i64(5)?,
        lead: row.some_i64(6)?,
    })
}

fn references(watch: &mut Watch<'_>, staff: &Staff, leads: &Leads, event: &EventRow) {
    let wrong = [
        ("an operator", event.operator.is_some_and(|id| !staff.operators.contains_key(&id))),
        ("a source", event.source.is_some_and(|id| !staff.sources.contains_key(&id))),
        ("a lead", event.lead.is_some_and(|id| !leads.present.contains(id))),
    ];
    for (noun, _) in wrong.iter().filter(|(_, wrong)| *wrong) {
        let found = format!("it names {noun} that does not exist");
        let expected = "references to rows that are there";
        watch.report.fault(Invariant::ReferencesExist, About::position(event.position), found, expected);
    }
}

impl Feed {
    /// Whether a full drain ended so near the end of the feed that its rest may still be due.
    pub fn is_draining(&self) -> bool {
        self.drain.full_at.is_some_and(|position| self.last - position <= EVENTS_BEHIND_DRAIN_MAX)
    }

    fn place(&mut self, watch: &mut Watch<'_>, event: &EventRow) {
        if event.position != self.last + 1 {
            let found = format!("event {} follows event {}", event.position, self.last);
            let expected = "positions without gaps, from 1";
            watch.report.fault(Invariant::FeedIsWhole, About::position(event.position), found, expected);
        }
        if event.at < self.last_at {
            let found = format!("its time is {}, that of the event before it {}", event.at, self.last_at);
            let expected = "later positions have no earlier times";
            watch.report.fault(Invariant::TimeGoesForward, About::position(event.position), found, expected);
        }
        (self.last, self.last_at) = (event.position, event.at);
    }

    /// Whether the lives of contacts are told in order: arrival, whatever happens, deletion.
    fn lives(&mut self, watch: &mut Watch<'_>, kind: EventKind, event: &EventRow) {
        let Some(contact) = event.contact else { return };
        let wrong = match kind {
            EventKind::ContactCreated => (!self.created.insert(contact)).then_some("the contact arrives again"),
            // Told while the contact arrives, before its arrival is.
            EventKind::DuplicateFound => None,
            _ if !self.created.contains(contact) => Some("something happens to a contact before it arrives"),
            _ if self.deleted.contains(contact) => Some("something happens to a deleted contact"),
            _ => None,
        };
        if kind == EventKind::ContactDeleted {
            self.deleted.insert(contact);
        }
        if let Some(found) = wrong {
            let about = About { contact_id: Some(contact), ..About::position(event.position) };
            let expected = "exactly one contact_created, before all else";
            watch.report.fault(Invariant::FeedIsWhole, about, found, expected);
        }
    }

    fn count(&mut self, kind: EventKind, event: &EventRow) {
        use EventKind::{ContactAssigned, ContactCreated, ContactReopened, OperatorEdited};
        if let (ContactCreated, Some(source)) = (kind, event.source) {
            *self.arrived.entry(source).or_default() += 1;
        }
        if let (ContactCreated | ContactAssigned | ContactReopened, Some(source), Some(operator)) =
            (kind, event.source, event.operator)
        {
            *self.picks.entry((source, operator)).or_default() += 1;
        }
        if let (OperatorEdited, Some(operator)) = (kind, event.operator) {
            self.edited.insert(operator);
        }
        self.drain.event(kind, event);
    }
}

impl Drain {
    fn event(&mut self, kind: EventKind, event: &EventRow) {
        if kind != EventKind::ContactAssigned {
            self.length = 0;
            return;
        }
        self.length = if event.at == self.at { self.length + 1 } else { 1 };
        self.at = event.at;
        if self.length >= DRAIN_MAX {
            self.full_at = Some(event.position);
        }
    }
}
