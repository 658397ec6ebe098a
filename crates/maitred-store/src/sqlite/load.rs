//! Reading what a batch of commands needs. Single rows come by primary key from a page cache, so asking for them one
//! by one costs about a microsecond each and no more than one big query would.

use super::rows::{first, list, one};
use crate::StoreError;
use crate::schema::{AnswerRow, BOOKS, Books, DueRow, NextIds, ProgressRow, Record, columns_of};
use maitred_core::command::FollowUp;
use maitred_core::conversation::Message;
use maitred_core::due::Due;
use maitred_core::limits::{CALENDAR_USERS_LOOKED_FOR_MAX, DRAIN_MAX, MERGE_CONTACTS_MAX, STICKY_LOOKBACK_MAX};
use maitred_core::offer::RESTING_LOOKED_AT_MAX;
use maitred_core::report::ReportProgress;
use maitred_core::world::{Found, FoundSource, Needs, WaitingPosition};
use maitred_core::{
    Calendar, Contact, ContactId, Identity, Ids, Lead, LeadId, Operator, OperatorId, Source, SourceId, Status,
    Timestamp,
};
use rusqlite::{Connection, params};
use std::collections::{BTreeMap, BTreeSet};

/// The first timers up to a time.
const FIRST_DUE: &str = "INDEXED BY due_at WHERE t.at <= ?1 ORDER BY t.at, t.kind, t.subject_id LIMIT ?2";

/// A SELECT of all columns of a record, whose text is made once.
macro_rules! select {
    ($record:ty, $rest:expr) => {{
        static SQL: std::sync::LazyLock<String> = std::sync::LazyLock::new(|| select::<$record>($rest));
        &*SQL
    }};
}

fn select<R: Record>(rest: &str) -> String {
    format!("SELECT {} FROM {} t {rest}", columns_of::<R>("t"), R::table().name)
}

/// The next free ids, and the next position of the feed.
///
/// # Errors
/// [`StoreError`] when the file cannot be read.
pub fn next_ids(conn: &Connection) -> Result<(Ids, i64), StoreError> {
    let row = one::<NextIds>(conn, select!(NextIds, ""), [])?;
    let row = row.ok_or_else(|| StoreError::Corrupt("next_ids has no row".to_owned()))?;
    Ok((row.ids, row.event))
}

/// When the last event happened; the start of time before the first.
///
/// # Errors
/// [`StoreError`] when the file cannot be read.
pub fn last_event_at(conn: &Connection) -> Result<Timestamp, StoreError> {
    Ok(one(conn, "SELECT at FROM events ORDER BY position DESC LIMIT 1", [])?.unwrap_or_default())
}

/// The first moment at which something changes by itself.
///
/// # Errors
/// [`StoreError`] when the file cannot be read.
pub fn next_due(conn: &Connection) -> Result<Option<Timestamp>, StoreError> {
    one(conn, "SELECT at FROM due INDEXED BY due_at ORDER BY at LIMIT 1", [])
}

/// All operators and sources: what the only writer keeps in memory.
///
/// # Errors
/// [`StoreError`] when the file cannot be read.
pub fn everybody(conn: &Connection) -> Result<Found, StoreError> {
    let mut found = Found::default();
    let mut serves: BTreeMap<OperatorId, BTreeSet<SourceId>> = BTreeMap::new();
    for id in list::<SourceId>(conn, "SELECT id FROM sources", [])? {
        let Some(source) = source(conn, id)? else { continue };
        for (operator, _) in &source.weights {
            serves.entry(*operator).or_default().insert(id);
        }
        found.sources.push(source);
    }
    let operators = list::<Operator>(conn, select!(Operator, ""), [])?;
    found.erasing = list(conn, "SELECT id, erasing_behind FROM leads WHERE erasing_behind IS NOT NULL", [])?;
    found.operators =
        operators.into_iter().map(|o| (serves.remove(&o.id).unwrap_or_default(), o)).map(|(s, o)| (o, s)).collect();
    Ok(found)
}

/// What is stored of what commands need.
///
/// # Errors
/// [`StoreError`] when the file cannot be read.
pub fn load(conn: &Connection, needs: &Needs) -> Result<Found, StoreError> {
    let mut found = Found::default();
    people(conn, needs, &mut found)?;
    for key in &needs.receipts {
        let contact = one::<ContactId>(conn, "SELECT contact_id FROM receipts WHERE key = ?1", [&key[..]])?;
        found.receipts.extend(contact.map(|id| (*key, id)));
    }
    for key in &needs.answers {
        let answer = one::<AnswerRow>(conn, select!(AnswerRow, "WHERE t.key = ?1"), [&key[..]])?;
        found.answers.extend(answer.map(AnswerRow::answer).transpose()?);
    }
    for id in &needs.contacts {
        found.contacts.extend(one::<Contact>(conn, select!(Contact, "WHERE t.id = ?1"), [id.0])?);
    }
    for id in &needs.messages {
        found.messages.extend(one::<Message>(conn, select!(Message, "WHERE t.id = ?1"), [id.0])?);
    }
    for (source, places) in &needs.waiting {
        let sql = "SELECT priority, created_at, id FROM contacts INDEXED BY contacts_waiting \
                   WHERE source_id = ?1 AND status = 0 AND NOT scheduled AND retry_at IS NULL \
                   ORDER BY priority DESC, created_at, id LIMIT ?2";
        let first = list::<(i32, Timestamp, ContactId)>(conn, sql, params![source.0, *places as i64])?;
        let place = |(priority, at, id)| (*source, WaitingPosition::new(priority, at, id));
        found.waiting.extend(first.into_iter().map(place));
    }
    for source in &needs.resting {
        let sql = "SELECT priority, created_at, id FROM contacts INDEXED BY contacts_resting \
                   WHERE source_id = ?1 AND retry_at IS NOT NULL ORDER BY priority DESC, created_at, id LIMIT ?2";
        let first = list::<(i32, Timestamp, ContactId)>(conn, sql, params![source.0, RESTING_LOOKED_AT_MAX as i64])?;
        let place = |(priority, at, id)| (*source, WaitingPosition::new(priority, at, id));
        found.resting.extend(first.into_iter().map(place));
    }
    if let Some(until) = needs.due {
        let sql = select!(DueRow, FIRST_DUE);
        found.due = list::<Due>(conn, sql, params![until.0, DRAIN_MAX as i64])?;
    }
    if needs.report_progress {
        found.report_progress = one::<ReportProgress>(conn, select!(ProgressRow, ""), [])?;
    }
    for follow_up in &needs.follow_ups {
        found.contacts.extend(gathered(conn, *follow_up)?);
    }
    routing(conn, needs, &mut found)?;
    Ok(found)
}

fn people(conn: &Connection, needs: &Needs, found: &mut Found) -> Result<(), StoreError> {
    if !needs.identities.is_empty() {
        // Each contact has some: the statement is looked up once for all.
        let sql = "SELECT lead_id FROM identities WHERE kind = ?1 AND value = ?2 AND space = ?3";
        let mut statement = conn.prepare_cached(sql)?;
        for identity in &needs.identities {
            let lead = first::<LeadId>(&mut statement, params![identity.kind as i64, identity.value, identity.space])?;
            found.identities.extend(lead.map(|id| (identity.clone(), id)));
        }
    }
    for id in &needs.lead_identities {
        let sql = "SELECT kind, value, space FROM identities INDEXED BY identities_lead WHERE lead_id = ?1";
        found.identities.extend(list::<Identity>(conn, sql, [id.0])?.into_iter().map(|identity| (identity, *id)));
    }
    for id in &needs.leads {
        found.leads.extend(one::<Lead>(conn, select!(Lead, "WHERE t.id = ?1"), [id.0])?);
    }
    for id in &needs.absorbed {
        found.leads.extend(list::<Lead>(conn, select!(Lead, "WHERE t.merged_into = ?1"), [id.0])?);
    }
    for id in &needs.lead_contacts {
        let sql = "SELECT count(*) FROM (SELECT 1 FROM contacts WHERE lead_id = ?1 LIMIT ?2)";
        let count = one::<u64>(conn, sql, params![id.0, MERGE_CONTACTS_MAX as i64 + 1])?;
        found.lead_contacts.extend(count.map(|count| (*id, count)));
    }
    for (lead, source) in &needs.latest_contacts {
        let sql = "SELECT id FROM (SELECT id, coalesce(original_source_id, source_id) AS source FROM contacts \
                   WHERE lead_id = ?1 ORDER BY id DESC LIMIT ?3) WHERE source = ?2 LIMIT 1";
        let latest = one::<ContactId>(conn, sql, params![lead.0, source.0, STICKY_LOOKBACK_MAX as i64])?;
        found.latest_contacts.extend(latest.map(|id| (*lead, *source, id)));
    }
    for lead in &needs.last_operators {
        let sql = "SELECT id, source_id, operator_id FROM contacts WHERE lead_id = ?1 ORDER BY id DESC LIMIT ?2";
        let latest: Vec<(ContactId, SourceId, Option<OperatorId>)> =
            list(conn, sql, params![lead.0, STICKY_LOOKBACK_MAX as i64])?;
        let held = latest.into_iter().filter_map(|(id, source, operator)| Some((*lead, id, source, operator?)));
        found.last_operators.extend(held);
    }
    Ok(())
}

/// Operators and sources that are not in memory. The only writer has all of them there, so this finds nothing unless
/// an id names nobody.
fn routing(conn: &Connection, needs: &Needs, found: &mut Found) -> Result<(), StoreError> {
    let mut operators: BTreeSet<OperatorId> = needs.operators.clone();
    for id in &needs.sources {
        if let Some(source) = source(conn, *id)? {
            operators.extend(source.weights.iter().map(|(operator, _)| *operator));
            found.sources.push(source);
        }
    }
    for id in operators {
        if let Some(operator) = one::<Operator>(conn, select!(Operator, "WHERE t.id = ?1"), [id.0])? {
            let serves = list(conn, "SELECT source_id FROM weights WHERE operator_id = ?1", [id.0])?;
            found.operators.push((operator, serves.into_iter().collect()));
        }
    }
    for id in &needs.calendars {
        found.calendars.extend(one::<Calendar>(conn, select!(Calendar, "WHERE t.id = ?1"), [id.0])?);
    }
    for id in &needs.calendar_users {
        let sql = "SELECT id FROM operators INDEXED BY operators_calendar WHERE calendar_id = ?1 ORDER BY id LIMIT ?2";
        let users = list::<OperatorId>(conn, sql, params![id.0, CALENDAR_USERS_LOOKED_FOR_MAX as i64])?;
        found.calendar_users.extend(users.into_iter().map(|user| (*id, user)));
        let sql = "SELECT id FROM sources INDEXED BY sources_calendar WHERE calendar_id = ?1 ORDER BY id LIMIT ?2";
        let sources = list::<SourceId>(conn, sql, params![id.0, CALENDAR_USERS_LOOKED_FOR_MAX as i64])?;
        found.calendar_sources.extend(sources.into_iter().map(|source| (*id, source)));
    }
    for id in &needs.fallback_users {
        let sql = "SELECT id FROM sources INDEXED BY sources_fallback WHERE fallback_id = ?1 ORDER BY id";
        let users = list::<SourceId>(conn, sql, [id.0])?;
        found.fallback_users.extend(users.into_iter().map(|user| (*id, user)));
    }
    for external_id in &needs.operator_external_ids {
        let sql = "SELECT id FROM operators WHERE external_id = ?1 AND deleted_at IS NULL";
        let holder = one::<OperatorId>(conn, sql, [external_id])?;
        found.operator_external_ids.extend(holder.map(|id| (external_id.clone(), id)));
    }
    for name in &needs.source_names {
        let sql = "SELECT id FROM sources WHERE name = ?1 AND deleted_at IS NULL";
        found.source_names.extend(one::<SourceId>(conn, sql, [name])?.map(|id| (name.clone(), id)));
    }
    Ok(())
}

fn gathered(conn: &Connection, follow_up: FollowUp) -> Result<Vec<Contact>, StoreError> {
    let (column, id, statuses) = match follow_up {
        FollowUp::Drain(_) => return Ok(Vec::new()),
        FollowUp::Erase(lead, behind) => return of_lead(conn, lead, behind),
        FollowUp::Evacuate(operator) => ("operator_id", operator.0, &[Status::Assigned][..]),
        FollowUp::CloseOut(source) => ("source_id", source.0, &[Status::Waiting, Status::Assigned][..]),
        FollowUp::Mark(operator, behind) => return held_behind(conn, operator, behind),
        FollowUp::Revoke(operator) => ("operator_id", operator.0, &[Status::Assigned][..]),
        FollowUp::Age(source, _) => ("source_id", source.0, &[Status::Waiting][..]),
    };
    let (only, behind) = match follow_up {
        FollowUp::Revoke(_) => ("AND t.accept_by IS NOT NULL", 0),
        FollowUp::Age(_, behind) => ("AND NOT t.scheduled", behind.0),
        _ => ("", 0),
    };
    let mut contacts = Vec::new();
    for status in statuses {
        let sql = select::<Contact>(&format!(
            "INDEXED BY contacts_open WHERE t.status = ?2 AND t.status < 2 AND t.{column} = ?1 {only} AND t.id > ?4 \
             ORDER BY t.id LIMIT ?3"
        ));
        contacts.extend(list::<Contact>(conn, &sql, params![id, *status as i64, DRAIN_MAX as i64, behind])?);
    }
    Ok(contacts)
}

/// The next contacts that an operator holds; offers are none.
fn held_behind(conn: &Connection, operator: OperatorId, behind: ContactId) -> Result<Vec<Contact>, StoreError> {
    let sql = select!(
        Contact,
        "INDEXED BY contacts_open WHERE t.status = 1 AND t.status < 2 AND t.operator_id = ?1 AND t.id > ?2 \
         AND t.accept_by IS NULL ORDER BY t.id LIMIT ?3"
    );
    list::<Contact>(conn, sql, params![operator.0, behind.0, DRAIN_MAX as i64])
}

/// The next contacts of a lead; before the first one also the one that ended last, and one that is open.
fn of_lead(conn: &Connection, lead: LeadId, behind: ContactId) -> Result<Vec<Contact>, StoreError> {
    let of_lead = |rest: &str, limit: usize| {
        let of = format!("INDEXED BY contacts_lead WHERE t.lead_id = ?1 AND t.id > ?2 {rest}");
        list::<Contact>(conn, &select::<Contact>(&of), params![lead.0, behind.0, limit as i64])
    };
    let mut contacts = of_lead("ORDER BY t.id LIMIT ?3", DRAIN_MAX)?;
    if behind == ContactId(0) {
        contacts.extend(of_lead("AND t.status = 2 ORDER BY t.resolved_at DESC LIMIT ?3", 1)?);
        contacts.extend(of_lead("AND t.status < 2 LIMIT ?3", 1)?);
    }
    Ok(contacts)
}

fn source(conn: &Connection, id: SourceId) -> Result<Option<FoundSource>, StoreError> {
    let Some(source) = one::<Source>(conn, select!(Source, "WHERE t.id = ?1"), [id.0])? else { return Ok(None) };
    let weights = list(conn, "SELECT operator_id, weight FROM weights WHERE source_id = ?1", [id.0])?;
    let books = format!("SELECT {BOOKS} FROM source_totals t WHERE t.source_id = ?1");
    let Books { counts, ledger } = one(conn, &books, [id.0])?.unwrap_or_default();
    Ok(Some(FoundSource { source, weights, ledger, counts }))
}

/// Deletes answers given before a time, oldest first, at most so many, and says how many those were.
///
/// # Errors
/// [`StoreError`] when the file cannot be written.
pub fn forget_answers(conn: &Connection, before: Timestamp, at_most: usize) -> Result<usize, StoreError> {
    let sql = "DELETE FROM answers WHERE rowid IN (SELECT rowid FROM answers WHERE at < ?1 ORDER BY at LIMIT ?2)";
    Ok(conn.prepare_cached(sql)?.execute([before.0, at_most as i64])?)
}
