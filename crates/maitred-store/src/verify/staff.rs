//! Operators, sources, memberships and ledgers: few enough to be in memory.

use super::{About, Invariant, Run};
use crate::StoreError;
use crate::schema::Row;
use maitred_core::caps::Cap;
use maitred_core::hours::Hours;
use maitred_core::limits::{MAX_LOAD_MAX, WEIGHT_MAX};
use maitred_core::offer::OfferRules;
use maitred_core::release::ReleaseRules;
use maitred_core::urgency::UrgencyRules;
use maitred_core::world::Ledger;
use maitred_core::{Policy, SourceId, SourceKind, Timestamp};
use std::collections::{BTreeMap, BTreeSet};

/// Who serves what, as stored.
pub struct Staff {
    pub operators: BTreeMap<i64, OperatorRow>,
    pub sources: BTreeMap<i64, SourceRow>,
}

pub struct OperatorRow {
    pub is_active: bool,
    pub max_load: i64,
    pub current_load: i64,
    pub is_deleted: bool,
    pub is_demo: bool,
    pub is_paused: bool,
    /// When they change by themselves: the pause, the lease or a cap ends, or their hours begin or end.
    pub next_change: Option<i64>,
    hours: Option<Hours>,
    caps: Vec<Cap>,
    present_until: Option<i64>,
}

impl OperatorRow {
    /// Whether their hours, a lease that was over, or a cap kept them from contacts of a source at a time.
    pub fn is_away(&self, source: i64, at: i64) -> bool {
        let is_reached =
            |cap: &Cap| cap.is_about(Some(SourceId(source))) && cap.reached_until().is_some_and(|until| until.0 > at);
        self.hours.as_ref().is_some_and(|hours| hours.away(Timestamp(at)).is_some())
            || self.present_until.is_some_and(|until| until <= at)
            || self.caps.iter().any(is_reached)
    }
}

#[derive(Default)]
pub struct SourceRow {
    pub is_deleted: bool,
    pub is_demo: bool,
    pub members: BTreeMap<i64, i64>,
    pub totals: Option<TotalsRow>,
    /// When it opens or closes, or a cap is over.
    pub next_change: Option<i64>,
    /// Where its contacts go while it is closed.
    pub fallback: Option<i64>,
    hours: Option<Hours>,
    caps: Vec<Cap>,
}

impl SourceRow {
    /// Whether it was known at a time that it is closed.
    pub fn is_known_to_be_closed(&self, at: i64) -> bool {
        self.is_closed(at) && self.hours.as_ref().is_some_and(|hours| hours.span.contains(Timestamp(at)))
    }

    /// Whether it gave nothing away at a time: it was closed, or a cap was reached.
    pub fn gives_nothing(&self, at: i64) -> bool {
        self.is_closed(at) || self.caps.iter().filter_map(Cap::reached_until).any(|until| until.0 > at)
    }

    /// Whether it was closed at a time, or not known to be open.
    pub fn is_closed(&self, at: i64) -> bool {
        let at = Timestamp(at);
        self.hours.as_ref().is_some_and(|hours| !hours.span.contains(at) || !hours.open.is_open_at(at))
    }
}

pub struct TotalsRow {
    pub waiting: i64,
    pub scheduled: i64,
    pub resting: i64,
    pub overdue: i64,
    pub assigned: i64,
    pub arrived: i64,
    /// `None` when it cannot be read.
    pub ledger: Option<Ledger>,
    /// When it last changed.
    pub ledger_at: Option<i64>,
}

/// Reads the staff and checks what is within it.
pub fn check(run: &mut Run<'_>) -> Result<Staff, StoreError> {
    let operators = operators(run)?;
    let mut sources = sources(run)?;
    totals(run, &mut sources)?;
    members(run, &mut sources)?;
    let staff = Staff { operators, sources };
    staff.sources.iter().for_each(|(id, source)| memberships(run, &staff, *id, source));
    staff.sources.iter().for_each(|(id, source)| ledger(run, &staff, *id, source));
    run.report.checked.operators = staff.operators.len() as u64;
    run.report.checked.sources = staff.sources.len() as u64;
    Ok(staff)
}

/// The hours of an operator or a source, in three columns from this one on, and the next edge of them: they are there
/// exactly if there is a calendar.
fn hours(
    run: &mut Run<'_>,
    row: Row<'_>,
    first: usize,
    about: About,
) -> Result<(Option<Hours>, Option<i64>), StoreError> {
    let has = [row.bool(first)?, !row.is_null(first + 1)?, !row.is_null(first + 2)?];
    if has != [has[0]; 3] {
        let expected = "a calendar, the hours by it, and up to when they were handled, or nothing of that";
        run.report.fault(Invariant::RecordsAreReadable, about, "some of these", expected);
    }
    if row.is_null(first + 1)? {
        return Ok((None, None));
    }
    let hours = Hours::decode(row.bytes(first + 1)?);
    if let Err(error) = &hours {
        run.report.fault(Invariant::RecordsAreReadable, about, error.to_string(), "hours");
    }
    let seen_at = Timestamp(row.some_i64(first + 2)?.unwrap_or(i64::MIN));
    let hours = hours.ok();
    let edge = hours.as_ref().and_then(|hours| hours.next_edge(seen_at)).map(|at| at.0);
    Ok((hours, edge))
}

fn operators(run: &mut Run<'_>) -> Result<BTreeMap<i64, OperatorRow>, StoreError> {
    let mut operators = BTreeMap::new();
    let sql = "SELECT id, is_active, max_load, current_load, deleted_at IS NOT NULL, demo, paused_at IS NOT NULL, \
               paused_until, calendar_id IS NOT NULL, hours, hours_seen_at, caps, \
               away_after_s IS NOT NULL, present_until, away_at FROM operators";
    run.scan.each(sql, |row| {
        let id = row.i64(0)?;
        let paused_until = row.some_i64(7)?;
        let (hours, edge) = hours(run, row, 8, About::operator(id))?;
        let caps = caps(run, row, 11, About::operator(id))?;
        let cap_ends = caps.iter().filter_map(Cap::reached_until).map(|until| until.0);
        let operator = OperatorRow {
            is_active: row.bool(1)?,
            max_load: row.i64(2)?,
            current_load: row.i64(3)?,
            is_deleted: row.bool(4)?,
            is_demo: row.bool(5)?,
            is_paused: row.bool(6)?,
            next_change: paused_until.into_iter().chain(edge).chain(lease(run, row, id)?).chain(cap_ends).min(),
            hours,
            caps,
            present_until: row.some_i64(13)?,
        };
        if !(0..=i64::from(MAX_LOAD_MAX)).contains(&operator.max_load) {
            let found = format!("max_load {}", operator.max_load);
            let expected = format!("0 to {MAX_LOAD_MAX}");
            run.report.fault(Invariant::RecordsAreReadable, About::operator(id), found, expected);
        }
        if operator.is_deleted && operator.is_active {
            let expected = "a deleted operator is not active";
            run.report.fault(Invariant::MembershipsAreValid, About::operator(id), "deleted but active", expected);
        }
        if paused_until.is_some() && !operator.is_paused {
            let expected = "an end of a pause belongs to one who is paused";
            run.report.fault(Invariant::RecordsAreReadable, About::operator(id), "the end of no pause", expected);
        }
        operators.insert(id, operator);
        Ok(())
    })?;
    Ok(operators)
}

/// When the lease of an operator ends who is not away yet, in columns 12 to 14: it is there exactly if they are asked
/// for.
fn lease(run: &mut Run<'_>, row: Row<'_>, id: i64) -> Result<Option<i64>, StoreError> {
    let (is_asked, until, away_at) = (row.bool(12)?, row.some_i64(13)?, row.some_i64(14)?);
    if is_asked != until.is_some() || (away_at.is_some() && until != away_at) {
        let expected = "until when they are there, and away since then, or nothing of that";
        run.report.fault(Invariant::RecordsAreReadable, About::operator(id), "some of these", expected);
    }
    Ok(until.filter(|_| away_at.is_none()))
}

/// The caps of an operator or a source.
fn caps(run: &mut Run<'_>, row: Row<'_>, column: usize, about: About) -> Result<Vec<Cap>, StoreError> {
    let Some(text) = row.some_text(column)? else { return Ok(Vec::new()) };
    let Ok(caps) = serde_json::from_str::<Vec<Cap>>(text) else {
        run.report.fault(Invariant::RecordsAreReadable, about, "caps that are none", "caps, or nothing");
        return Ok(Vec::new());
    };
    Ok(caps)
}

fn sources(run: &mut Run<'_>) -> Result<BTreeMap<i64, SourceRow>, StoreError> {
    let mut sources = BTreeMap::new();
    let sql = "SELECT id, deleted_at IS NOT NULL, kind, policy, demo, offers, calendar_id IS NOT NULL, hours, \
               hours_seen_at, releases, urgency, fallback_id, caps FROM sources";
    run.scan.each(sql, |row| {
        let id = row.i64(0)?;
        for (column, what, codes) in [(2, "kind", SourceKind::ALL.len()), (3, "policy", Policy::ALL.len())] {
            let code = row.i64(column)?;
            if !(0..codes as i64).contains(&code) {
                let expected = format!("a code below {codes}");
                run.report.fault(Invariant::RecordsAreReadable, About::source(id), format!("{what} {code}"), expected);
            }
        }
        if row.some_text(5)?.is_some_and(|text| serde_json::from_str::<OfferRules>(text).is_err()) {
            let expected = "how its contacts are offered, or nothing";
            run.report.fault(
                Invariant::RecordsAreReadable,
                About::source(id),
                "rules of offers that are none",
                expected,
            );
        }
        if row.some_text(10)?.is_some_and(|text| serde_json::from_str::<UrgencyRules>(text).is_err()) {
            let expected = "how soon its contacts are to be answered, or nothing";
            run.report.fault(Invariant::RecordsAreReadable, About::source(id), "urgency that is none", expected);
        }
        if row.some_text(9)?.is_some_and(|text| serde_json::from_str::<ReleaseRules>(text).is_err()) {
            let (found, expected) = ("rules of releases that are none", "when contacts are released, or nothing");
            run.report.fault(Invariant::RecordsAreReadable, About::source(id), found, expected);
        }
        let (hours, edge) = hours(run, row, 6, About::source(id))?;
        let caps = caps(run, row, 12, About::source(id))?;
        let next_change = caps.iter().filter_map(Cap::reached_until).map(|until| until.0).chain(edge).min();
        let (is_deleted, is_demo) = (row.bool(1)?, row.bool(4)?);
        let fallback = row.some_i64(11)?;
        let members = BTreeMap::new();
        let row = SourceRow { is_deleted, is_demo, members, totals: None, next_change, fallback, hours, caps };
        sources.insert(id, row);
        Ok(())
    })?;
    Ok(sources)
}

fn totals(run: &mut Run<'_>, sources: &mut BTreeMap<i64, SourceRow>) -> Result<(), StoreError> {
    run.scan.each(
        "SELECT source_id, waiting, assigned, arrived, ledger, ledger_at, scheduled, resting, overdue \
         FROM source_totals",
        |row| {
            let id = row.i64(0)?;
            let ledger = Ledger::decode(row.bytes(4)?);
            if let Err(error) = &ledger {
                let expected = "a ledger that can be read";
                run.report.fault(Invariant::RecordsAreReadable, About::source(id), error.to_string(), expected);
            }
            let totals = TotalsRow {
                waiting: row.i64(1)?,
                scheduled: row.i64(6)?,
                resting: row.i64(7)?,
                overdue: row.i64(8)?,
                assigned: row.i64(2)?,
                arrived: row.i64(3)?,
                ledger: ledger.ok(),
                ledger_at: row.some_i64(5)?,
            };
            // A row of a source that is not there was found by its reference.
            sources.entry(id).and_modify(|source| source.totals = Some(totals));
            Ok(())
        },
    )?;
    for (id, _) in sources.iter().filter(|(_, source)| source.totals.is_none()) {
        let expected = "one row of source_totals";
        run.report.fault(Invariant::SourcesAreCounted, About::source(*id), "no counters", expected);
    }
    Ok(())
}

fn members(run: &Run<'_>, sources: &mut BTreeMap<i64, SourceRow>) -> Result<(), StoreError> {
    run.scan.each("SELECT source_id, operator_id, weight FROM weights", |row| {
        if let Some(source) = sources.get_mut(&row.i64(0)?) {
            source.members.insert(row.i64(1)?, row.i64(2)?);
        }
        Ok(())
    })
}

fn memberships(run: &mut Run<'_>, staff: &Staff, id: i64, source: &SourceRow) {
    let mut fault = |operator: i64, found: String, expected: &str| {
        run.report.fault(Invariant::MembershipsAreValid, About::member(id, operator), found, expected);
    };
    for (operator, weight) in &source.members {
        if !(0..=i64::from(WEIGHT_MAX)).contains(weight) {
            fault(*operator, format!("weight {weight}"), "a weight from 0 to 1 000 000 000");
        }
        if source.is_deleted {
            fault(*operator, "a member of a deleted source".to_owned(), "a deleted source has no members");
        }
        if staff.operators.get(operator).is_some_and(|o| o.is_deleted) {
            fault(*operator, "a deleted operator is a member".to_owned(), "a deleted operator serves no source");
        }
    }
    let is_alike = |id: &&i64| staff.operators.get(*id).is_none_or(|operator| operator.is_demo == source.is_demo);
    for operator in source.members.keys().filter(|id| !is_alike(id)) {
        let (found, expected) = ("one is of the demo, the other is not", "the demo is served by its own operators");
        run.report.fault(Invariant::DemoIsApart, About::member(id, *operator), found, expected);
    }
}

fn ledger(run: &mut Run<'_>, staff: &Staff, id: i64, source: &SourceRow) {
    let Some(ledger) = source.totals.as_ref().and_then(|totals| totals.ledger.as_ref()) else { return };
    for (operator, _) in ledger.iter().filter(|(o, _)| !staff.operators.contains_key(&o.0)) {
        let found = "a line of an operator who does not exist";
        run.report.fault(
            Invariant::ReferencesExist,
            About::member(id, operator.0),
            found,
            "lines of operators who exist",
        );
    }
    let lines: BTreeSet<i64> = ledger.iter().map(|(operator, _)| operator.0).collect();
    for operator in source.members.keys().filter(|member| !lines.contains(member)) {
        let expected = "a line for each member";
        run.report.fault(Invariant::LedgersAreTrue, About::member(id, *operator), "no line in the ledger", expected);
    }
    credits(run, id, ledger);
}

/// What one member earned, another paid.
pub fn credits(run: &mut Run<'_>, id: i64, ledger: &Ledger) {
    let credit: i128 = ledger.iter().map(|(_, tally)| i128::from(tally.credit)).sum();
    let carried: i128 = ledger.iter().map(|(_, tally)| tally.carried).sum();
    if (credit, carried) != (0, 0) {
        let found = format!("credits add up to {credit}, carried ones to {carried}");
        run.report.fault(Invariant::LedgersAreTrue, About::source(id), found, "credits that cancel out");
    }
}
