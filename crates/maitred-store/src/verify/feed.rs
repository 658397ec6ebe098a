//! The feed, in one pass by position: is it whole, and what does it say happened?

use super::ids::IdSet;
use super::leads::Leads;
use super::periods::Received;
use super::staff::Staff;
use super::{About, Invariant, Run};
use crate::StoreError;
use crate::schema::Row;
use maitred_core::limits::DRAIN_MAX;
use maitred_core::{Actor, EventDetail, EventKind};
use rustc_hash::{FxHashMap, FxHashSet};

/// Events behind a full drain within which its rest follows: some batches of the server.
const EVENTS_BEHIND_DRAIN_MAX: i64 = 8_192;

/// What the feed says.
#[derive(Default)]
pub struct Feed {
    pub created: IdSet,
    /// Contacts that were deleted.
    pub deleted: IdSet,
    /// How many contacts arrived, by source.
    pub arrived: FxHashMap<i64, i64>,
    /// How many contacts a policy gave to an operator, by source and operator.
    pub picks: FxHashMap<(i64, i64), u64>,
    /// The same against the snapshots of ledgers.
    received: Received,
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
    /// How many contacts went to a fallback in a row.
    moved: usize,
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
    /// Whether the event before it says the same.
    is_said_before: bool,
}

/// The pass over the feed.
pub const EVENTS: &str = "SELECT position, at, kind, contact_id, source_id, operator_id, lead_id, detail, actor \
                          FROM events ORDER BY position";

/// Reads the feed and checks it.
pub fn check(run: &mut Run<'_>, staff: &Staff, leads: &Leads) -> Result<Feed, StoreError> {
    let mut feed = Feed { received: Received::read(run)?, ..Feed::default() };
    let mut step = run.step("events", "SELECT coalesce(max(position), 0) FROM events")?;
    run.scan.each(EVENTS, |row| {
        step.row(run.progress);
        let event = read(run, row)?;
        feed.place(run, &event);
        references(run, staff, leads, &event);
        if let Some(kind) = event.kind {
            feed.lives(run, kind, &event);
            feed.count(run, kind, &event);
        }
        Ok(())
    })?;
    std::mem::take(&mut feed.received).finish(run, staff);
    run.report.checked.events = step.done;
    Ok(feed)
}

fn read(run: &mut Run<'_>, row: Row<'_>) -> Result<EventRow, StoreError> {
    let (position, code) = (row.i64(0)?, row.i64(2)?);
    let kind = u8::try_from(code).ok().and_then(EventKind::from_code);
    let detail = row.some_text(7)?;
    let read = kind.map(|kind| EventDetail::from_json(kind, detail));
    let detail_reads = read.as_ref().is_none_or(Result::is_ok);
    let is_said_before = matches!(read, Some(Ok(EventDetail::ContactAssigned { at_once: true, .. })));
    let actor_reads = row.some_text(8)?.is_none_or(|text| text.parse::<Actor>().is_ok());
    if kind.is_none() || !detail_reads || !actor_reads {
        let found = match (detail_reads, actor_reads) {
            (false, _) => "a detail that is none".to_owned(),
            (_, false) => "an actor that is none".to_owned(),
            _ => format!("an event of kind {code}"),
        };
        let expected = "an event this program can read";
        run.report.fault(Invariant::RecordsAreReadable, About::position(position), found, expected);
    }
    Ok(EventRow {
        position,
        at: row.i64(1)?,
        kind,
        contact: row.some_i64(3)?,
        source: row.some_i64(4)?,
        operator: row.some_i64(5)?,
        lead: row.some_i64(6)?,
        is_said_before,
    })
}

fn references(run: &mut Run<'_>, staff: &Staff, leads: &Leads, event: &EventRow) {
    let wrong = [
        ("an operator", event.operator.is_some_and(|id| !staff.operators.contains_key(&id))),
        ("a source", event.source.is_some_and(|id| !staff.sources.contains_key(&id))),
        ("a lead", event.lead.is_some_and(|id| !leads.present.contains(id))),
    ];
    for (noun, _) in wrong.iter().filter(|(_, wrong)| *wrong) {
        let found = format!("it names {noun} that does not exist");
        let expected = "references to rows that are there";
        run.report.fault(Invariant::ReferencesExist, About::position(event.position), found, expected);
    }
}

impl Feed {
    /// Whether a full drain ended so near the end of the feed that its rest may still be due.
    pub fn is_draining(&self) -> bool {
        self.drain.full_at.is_some_and(|position| self.last - position <= EVENTS_BEHIND_DRAIN_MAX)
    }

    fn place(&mut self, run: &mut Run<'_>, event: &EventRow) {
        if event.position != self.last + 1 {
            let found = format!("event {} follows event {}", event.position, self.last);
            let expected = "positions without gaps, from 1";
            run.report.fault(Invariant::FeedIsWhole, About::position(event.position), found, expected);
        }
        if event.at < self.last_at {
            let found = format!("its time is {}, that of the event before it {}", event.at, self.last_at);
            let expected = "later positions have no earlier times";
            run.report.fault(Invariant::TimeGoesForward, About::position(event.position), found, expected);
        }
        (self.last, self.last_at) = (event.position, event.at);
    }

    /// Whether the lives of contacts are told in order: arrival, whatever happens, deletion.
    fn lives(&mut self, run: &mut Run<'_>, kind: EventKind, event: &EventRow) {
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
            run.report.fault(Invariant::FeedIsWhole, about, found, expected);
        }
    }

    fn count(&mut self, run: &mut Run<'_>, kind: EventKind, event: &EventRow) {
        if event.is_said_before {
            return;
        }
        use EventKind::{ContactAssigned, ContactCreated, ContactReopened, OperatorEdited};
        if let (ContactCreated, Some(source)) = (kind, event.source) {
            *self.arrived.entry(source).or_default() += 1;
        }
        if let (ContactCreated | ContactAssigned | ContactReopened, Some(source), Some(operator)) =
            (kind, event.source, event.operator)
        {
            *self.picks.entry((source, operator)).or_default() += 1;
            self.received.pick(run, source, operator, event.at);
        }
        if let (OperatorEdited, Some(operator)) = (kind, event.operator) {
            self.edited.insert(operator);
        }
        self.drain.event(kind, event);
    }
}

impl Drain {
    fn event(&mut self, kind: EventKind, event: &EventRow) {
        // What goes to the fallback of a closed source goes in as many steps.
        self.moved = if kind == EventKind::ContactMoved && event.at == self.at { self.moved + 1 } else { 0 };
        if self.moved + 1 >= DRAIN_MAX {
            self.full_at = Some(event.position);
        }
        if kind != EventKind::ContactAssigned {
            (self.length, self.at) = (0, event.at);
            return;
        }
        self.length = if event.at == self.at { self.length + 1 } else { 1 };
        self.at = event.at;
        if self.length >= DRAIN_MAX {
            self.full_at = Some(event.position);
        }
    }
}
