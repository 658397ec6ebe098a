//! Contacts with their chains, in one pass over both in the order of ids.

use super::feed::Feed;
use super::ids::IdSet;
use super::leads::Leads;
use super::priorities::Priority;
use super::replays::Replays;
use super::responses::Response;
use super::scan::Rows;
use super::staff::Staff;
use super::{About, Invariant, Run};
use crate::StoreError;
use crate::schema::Row;
use maitred_core::decision::{Cause, PoolRef};
use maitred_core::offer::Attempts;
use maitred_core::{ContactId, Decision, Malformed, OperatorId, PoolId, Status, Timestamp};
use rustc_hash::FxHashMap;

/// What the contacts add up to.
#[derive(Default)]
pub struct Counted {
    pub present: IdSet,
    pub held: FxHashMap<i64, Held>,
    pub sources: FxHashMap<i64, OfSource>,
    /// When contacts are due that are scheduled, offered or rest.
    pub due: FxHashMap<i64, i64>,
    /// The last recording that a decision names.
    pub last_pool: i64,
}

/// How many contacts of a source wait, are scheduled, rest and are assigned.
#[derive(Clone, Copy, Default)]
pub struct OfSource {
    pub waiting: i64,
    pub scheduled: i64,
    pub resting: i64,
    pub assigned: i64,
    /// Of those that are open.
    pub overdue: i64,
}

/// How many contacts an operator holds, and how many of them were forced.
#[derive(Clone, Copy, Default)]
pub struct Held {
    pub all: i64,
    pub forced: i64,
}

struct ContactRow {
    id: i64,
    lead: i64,
    source: i64,
    operator: Option<i64>,
    status: i64,
    created_at: i64,
    assigned_at: Option<i64>,
    resolved_at: Option<i64>,
    decisions: i64,
    has_texts: bool,
    not_before: Option<i64>,
    is_scheduled: bool,
    accept_by: Option<i64>,
    accepted_at: Option<i64>,
    retry_at: Option<i64>,
    release_at: Option<i64>,
    is_wanted: bool,
    original_source: Option<i64>,
    /// Whether what became of its offers can be read.
    attempts_read: bool,
    response: Response,
    priority: Priority,
}

/// A link of a chain as stored.
struct LinkRow {
    contact: i64,
    seq: i64,
    decision: Result<Decision, Malformed>,
}

/// The pass over contacts.
pub const CONTACTS: &str = "SELECT id, lead_id, source_id, operator_id, status, created_at, assigned_at, resolved_at, \
                            decisions, CASE WHEN coalesce(message, attributes, sent) IS NULL THEN 0 ELSE 1 END, \
                            not_before, scheduled, accept_by, accepted_at, retry_at, \
                            attempts, release_at, first_response_at, respond_by, overdue_at, \
                            priority, sent_priority, raised_to, raise_at, wanted_operator_id, original_source_id \
                            FROM contacts ORDER BY id";
/// Beside it, the pass over their chains.
pub const DECISIONS: &str = "SELECT contact_id, seq, pool_id, step, body FROM decisions ORDER BY contact_id, seq";

/// Reads contacts and decisions and checks them.
pub fn check(run: &mut Run<'_>, staff: &Staff, leads: &Leads, feed: &Feed) -> Result<Counted, StoreError> {
    let mut step = run.step("contacts", "SELECT coalesce(max(id), 0) FROM contacts")?;
    let mut links = run.scan.query(DECISIONS)?;
    let mut chains = Chains::start(links.rows()?)?;
    let mut pass = Pass { staff, leads, feed, counted: Counted::default(), replays: Replays::default(), last_at: 0 };
    run.scan.each(CONTACTS, |row| {
        step.row(run.progress);
        let contact = read(row)?;
        let chain = chains.of(contact.id, run)?;
        pass.contact(run, &contact, &chain);
        pass.replays.take(run, chain.into_iter().filter_map(|link| link.decision.ok()))
    })?;
    chains.of(i64::MAX, run)?;
    pass.replays.finish(run)?;
    run.report.checked.contacts = step.done;
    run.report.checked.decisions = chains.read;
    pass.counted.last_pool = pass.replays.last_pool;
    Ok(pass.counted)
}

fn read(row: Row<'_>) -> Result<ContactRow, StoreError> {
    Ok(ContactRow {
        id: row.i64(0)?,
        lead: row.i64(1)?,
        source: row.i64(2)?,
        operator: row.some_i64(3)?,
        status: row.i64(4)?,
        created_at: row.i64(5)?,
        assigned_at: row.some_i64(6)?,
        resolved_at: row.some_i64(7)?,
        decisions: row.i64(8)?,
        has_texts: row.i64(9)? != 0,
        not_before: row.some_i64(10)?,
        is_scheduled: row.bool(11)?,
        accept_by: row.some_i64(12)?,
        accepted_at: row.some_i64(13)?,
        retry_at: row.some_i64(14)?,
        release_at: row.some_i64(16)?,
        response: Response::read(row, 17)?,
        priority: Priority::read(row, 20)?,
        original_source: row.some_i64(25)?,
        attempts_read: row.some_text(15)?.is_none_or(|text| serde_json::from_str::<Attempts>(text).is_ok()),
        is_wanted: row.some_i64(24)?.is_some(),
    })
}

/// The chains of all contacts, in the order of ids.
struct Chains<'q, 'a> {
    rows: Rows<'q, 'a>,
    next: Option<LinkRow>,
    read: u64,
}

impl<'q, 'a> Chains<'q, 'a> {
    fn start(rows: Rows<'q, 'a>) -> Result<Self, StoreError> {
        let mut chains = Self { rows, next: None, read: 0 };
        chains.advance()?;
        Ok(chains)
    }

    fn advance(&mut self) -> Result<Option<LinkRow>, StoreError> {
        let next = self.rows.next()?.map(link).transpose()?;
        self.read += u64::from(next.is_some());
        Ok(std::mem::replace(&mut self.next, next))
    }

    /// The chain of this contact. What comes before it belongs to no contact.
    fn of(&mut self, contact: i64, run: &mut Run<'_>) -> Result<Vec<LinkRow>, StoreError> {
        let mut chain = Vec::new();
        while self.next.as_ref().is_some_and(|link| link.contact <= contact) {
            let Some(link) = self.advance()? else { break };
            if link.contact == contact {
                chain.push(link);
            } else {
                let about = About::decision(link.contact, link.seq);
                let expected = "decisions go with their contact";
                run.report.fault(Invariant::ChainsAreWhole, about, "its contact is not there", expected);
            }
        }
        Ok(chain)
    }
}

fn link(row: Row<'_>) -> Result<LinkRow, StoreError> {
    let (contact, seq) = (row.i64(0)?, row.i64(1)?);
    let pool = row.some_i64(2)?.map(PoolId);
    let step = row.some_i64(3)?.and_then(|step| u32::try_from(step).ok());
    let pool = pool.zip(step).map(|(pool, step)| PoolRef { pool, step });
    let place = u32::try_from(seq).unwrap_or(u32::MAX);
    let decision = Decision::decode(ContactId(contact), place, pool, row.bytes(4)?);
    Ok(LinkRow { contact, seq, decision })
}

struct Pass<'a> {
    staff: &'a Staff,
    leads: &'a Leads,
    feed: &'a Feed,
    counted: Counted,
    replays: Replays,
    last_at: i64,
}

impl Pass<'_> {
    fn contact(&mut self, run: &mut Run<'_>, contact: &ContactRow, chain: &[LinkRow]) {
        self.counted.present.insert(contact.id);
        self.time(run, contact);
        self.references(run, contact);
        let status = usize::try_from(contact.status).ok().and_then(|at| Status::ALL.get(at)).copied();
        let Some(status) = status else {
            let found = format!("status {}", contact.status);
            let about = About::contact(contact.id);
            return run.report.fault(Invariant::RecordsAreReadable, about, found, "a status this program knows");
        };
        fields(run, contact, status);
        links(run, self.staff, contact, chain);
        let last = chain.last().and_then(|link| link.decision.as_ref().ok());
        if let Some(last) = last {
            self.end(run, contact, status, last);
        }
        self.count(contact, status, last);
    }

    fn time(&mut self, run: &mut Run<'_>, contact: &ContactRow) {
        if contact.created_at < self.last_at {
            let found = format!("it arrived at {}, the contact before it at {}", contact.created_at, self.last_at);
            let expected = "later contacts arrived no earlier: lists by time rely on it";
            run.report.fault(Invariant::TimeGoesForward, About::contact(contact.id), found, expected);
        }
        self.last_at = contact.created_at;
    }

    fn references(&self, run: &mut Run<'_>, contact: &ContactRow) {
        let about = About::contact(contact.id);
        if let Some(wrong) = self.leads.wrong_with(contact.lead) {
            let about = About { lead_id: Some(contact.lead), ..about };
            let expected = "contacts of leads who are there and were not merged";
            run.report.fault(Invariant::LeadsAreWhole, about, wrong, expected);
        }
        if contact.has_texts && !self.leads.may_have_texts(contact.lead, contact.id) {
            let about = About { lead_id: Some(contact.lead), ..about };
            let found = "its lead was erased, and it has a message, attributes or what was sent of the lead";
            run.report.fault(Invariant::LeadsAreWhole, about, found, "contacts of erased leads have no texts");
        }
        let original = contact.original_source.unwrap_or(contact.source);
        if !self.staff.sources.contains_key(&contact.source) || !self.staff.sources.contains_key(&original) {
            let about = About { source_id: Some(contact.source), ..about };
            let found = "it came from a source that does not exist";
            run.report.fault(Invariant::ReferencesExist, about, found, "sources that are there");
        }
        if let Some(operator) = contact.operator.filter(|id| !self.staff.operators.contains_key(id)) {
            let about = About { operator_id: Some(operator), ..about };
            let found = "it is with an operator who does not exist";
            run.report.fault(Invariant::ReferencesExist, about, found, "operators who are there");
        }
        let source = self.staff.sources.get(&contact.source).is_some_and(|source| source.is_demo);
        let operator = contact.operator.and_then(|id| self.staff.operators.get(&id));
        let lead = self.leads.demo.contains(contact.lead);
        if lead != source || operator.is_some_and(|operator| operator.is_demo != source) {
            let expected = "contact, lead, source and operator are all of the demo, or none";
            run.report.fault(Invariant::DemoIsApart, about, "it is of the demo in part", expected);
        }
        if self.feed.deleted.contains(contact.id) {
            let expected = "a deleted contact has no row";
            run.report.fault(Invariant::FeedIsWhole, about, "the feed says that it was deleted", expected);
        }
    }

    /// Whether the chain ends where the contact is.
    fn end(&self, run: &mut Run<'_>, contact: &ContactRow, status: Status, last: &Decision) {
        let outcome = last.outcome.map(|operator| operator.0);
        if outcome == contact.operator {
            return;
        }
        // What a deleted operator held waits on a deleted source without a decision, until the source is closed out.
        let is_orphan = self.staff.sources.get(&contact.source).is_some_and(|source| source.is_deleted);
        if contact.operator.is_none() && is_orphan {
            return;
        }
        let found = format!("{} {}, but its last decision {}", status.as_str(), with(contact.operator), gave(outcome));
        let about = About::decision(contact.id, i64::from(last.seq));
        run.report.fault(Invariant::ChainsAreWhole, about, found, "the last decision says who has the contact");
    }

    fn count(&mut self, contact: &ContactRow, status: Status, last: Option<&Decision>) {
        let of_source = self.counted.sources.entry(contact.source).or_default();
        of_source.overdue += i64::from(contact.response.is_overdue(status));
        let moves_on = match (status, contact.operator) {
            (Status::Waiting, _) if contact.is_scheduled => {
                of_source.scheduled += 1;
                contact.not_before
            }
            (Status::Waiting, _) => match contact.retry_at {
                Some(at) => {
                    of_source.resting += 1;
                    Some(at)
                }
                None => {
                    of_source.waiting += 1;
                    None
                }
            },
            (Status::Assigned, operator) => {
                of_source.assigned += 1;
                if let Some(operator) = operator {
                    let held = self.counted.held.entry(operator).or_default();
                    held.all += 1;
                    held.forced += i64::from(last.is_some_and(|last| last.cause == Cause::ForcedByHand));
                }
                contact.accept_by.or(contact.release_at)
            }
            (Status::Resolved, _) => return,
        };
        let next = moves_on.into_iter().chain(contact.response.due()).chain(contact.priority.raise_at).min();
        self.counted.due.extend(next.map(|at| (contact.id, at)));
    }
}

fn with(operator: Option<i64>) -> String {
    operator.map_or_else(|| "with nobody".to_owned(), |id| format!("with operator {id}"))
}

fn gave(outcome: Option<i64>) -> String {
    outcome.map_or_else(|| "let it wait".to_owned(), |id| format!("gave it to operator {id}"))
}

/// Whether a contact has the fields of its status and no others.
fn fields(run: &mut Run<'_>, contact: &ContactRow, status: Status) {
    let has = (contact.operator.is_some(), contact.assigned_at.is_some(), contact.resolved_at.is_some());
    let (holds, expected) = match status {
        Status::Waiting => (has == (false, false, false), "waiting: no operator, assigned_at or resolved_at"),
        Status::Assigned => (has == (true, true, false), "assigned: an operator and assigned_at, no resolved_at"),
        Status::Resolved => (has.0 == has.1 && has.2, "resolved: resolved_at, and operator and assigned_at or neither"),
    };
    if contact.is_scheduled && (status != Status::Waiting || contact.not_before.is_none()) {
        let expected = "a scheduled contact waits, and has the time for which it is scheduled";
        run.report.fault(Invariant::ChainsAreWhole, About::contact(contact.id), "scheduled for no time", expected);
    }
    offer(run, contact, status);
    contact.response.check(run, contact.id);
    contact.priority.check(run, contact.id, status, contact.is_scheduled);
    if !holds {
        let found = format!("{} with the fields of another status", status.as_str());
        run.report.fault(Invariant::ChainsAreWhole, About::contact(contact.id), found, expected);
    }
}

/// Whether what is offered is with somebody who has not accepted it, and what rests waits.
fn offer(run: &mut Run<'_>, contact: &ContactRow, status: Status) {
    let is_offer = status == Status::Assigned && contact.accepted_at.is_none();
    let rests = status == Status::Waiting && !contact.is_scheduled;
    if !contact.attempts_read {
        let about = About::contact(contact.id);
        run.report.fault(Invariant::RecordsAreReadable, about, "attempts that are none", "who was asked, or nothing");
    }
    for (is_wrong, found, expected) in [
        (contact.accept_by.is_some() && !is_offer, "offered to nobody", "an offer is assigned, and not accepted yet"),
        (contact.accepted_at.is_some() && contact.operator.is_none(), "accepted by nobody", "who accepted it has it"),
        (
            contact.release_at.is_some() && (status != Status::Assigned || contact.accept_by.is_some()),
            "to be released, and held by nobody",
            "what is to be released is with somebody who has it",
        ),
        (
            contact.is_wanted && status != Status::Waiting,
            "wanted by somebody who may not get it",
            "what is wanted waits",
        ),
        (contact.retry_at.is_some() && !rests, "rests and does not wait", "what rests waits, for no time of its own"),
    ] {
        if is_wrong {
            run.report.fault(Invariant::ChainsAreWhole, About::contact(contact.id), found, expected);
        }
    }
}

/// Whether a chain has no gaps, begins with the arrival and can be read.
fn links(run: &mut Run<'_>, staff: &Staff, contact: &ContactRow, chain: &[LinkRow]) {
    let counted = chain.len() as i64;
    if counted != contact.decisions || chain.is_empty() || chain.iter().zip(0..).any(|(link, seq)| link.seq != seq) {
        let found =
            format!("{counted} decisions, numbered {:?}", chain.iter().map(|link| link.seq).collect::<Vec<_>>());
        let expected = format!("{} decisions, numbered from 0 without gaps", contact.decisions.max(1));
        run.report.fault(Invariant::ChainsAreWhole, About::contact(contact.id), found, expected);
    }
    let mut last_at = Timestamp(contact.created_at);
    for link in chain {
        let about = About::decision(link.contact, link.seq);
        match &link.decision {
            Err(error) => {
                let expected = "a decision that can be read";
                run.report.fault(Invariant::RecordsAreReadable, about, error.to_string(), expected);
            }
            Ok(decision) => {
                if let Some((found, expected)) = wrong_with(staff, decision, link.seq == 0, last_at) {
                    run.report.fault(Invariant::ChainsAreWhole, about, found, expected);
                }
                last_at = decision.at;
            }
        }
    }
}

fn wrong_with(
    staff: &Staff,
    decision: &Decision,
    is_first: bool,
    last_at: Timestamp,
) -> Option<(&'static str, &'static str)> {
    let arrives = match decision.cause {
        Cause::Arrived | Cause::ArrivedBehindOthers => true,
        // Whatever comes before the time of a contact, or before its source opens or is capped no longer, lets it wait.
        Cause::Scheduled | Cause::SourceClosed | Cause::SourceCapped | Cause::Reserved | Cause::Wanted => is_first,
        _ => false,
    };
    let is_unknown = |operator: OperatorId| !staff.operators.contains_key(&operator.0);
    if arrives != is_first {
        Some(("its cause is not that of its place", "a chain begins with the arrival and has no other"))
    } else if decision.at < last_at {
        Some(("it was made before the one before it", "a chain goes forward in time"))
    } else if decision.cause.by_hand() == decision.pool.is_some() {
        Some(("it names a pool although a person chose, or none although a policy did", "a pool if a policy chose"))
    } else if decision.outcome.is_some_and(is_unknown) {
        Some(("it gave the contact to an operator who does not exist", "operators who are there"))
    } else {
        None
    }
}
