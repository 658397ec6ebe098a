//! Reading what a batch of commands needs. Single rows come by primary key from a page cache, so asking for them one
//! by one costs about a microsecond each and no more than one big query would.

use super::{answers, erase, rows};
use crate::StoreError;
use maitred_core::command::FollowUp;
use maitred_core::limits::{DRAIN_MAX, MERGE_CONTACTS_MAX, STICKY_LOOKBACK_MAX};
use maitred_core::world::{Counts, Found, FoundSource, Ids, Ledger, Needs};
use maitred_core::{Contact, ContactId, LeadId, Operator, OperatorId, SourceId, Status, Timestamp};
use rusqlite::{Connection, OptionalExtension, Params, params};
use std::collections::{BTreeMap, BTreeSet};

/// The next free ids, and the next position of the feed.
///
/// # Errors
/// [`StoreError`] when the file cannot be read.
pub fn next_ids(conn: &Connection) -> Result<(Ids, i64), StoreError> {
    let sql = "SELECT contact, lead, operator, source, pool, event FROM next_ids";
    Ok(conn.query_row(sql, [], |row| {
        let ids = Ids {
            contact: row.get(0)?,
            lead: row.get(1)?,
            operator: row.get(2)?,
            source: row.get(3)?,
            pool: row.get(4)?,
        };
        Ok((ids, row.get(5)?))
    })?)
}

/// When the last event happened; the start of time before the first.
///
/// # Errors
/// [`StoreError`] when the file cannot be read.
pub fn last_event_at(conn: &Connection) -> Result<Timestamp, StoreError> {
    let sql = "SELECT coalesce((SELECT at FROM events ORDER BY position DESC LIMIT 1), 0)";
    Ok(conn.query_row(sql, [], |row| row.get(0).map(Timestamp))?)
}

/// All operators and sources: what the only writer keeps in memory.
///
/// # Errors
/// [`StoreError`] when the file cannot be read.
pub fn everybody(conn: &Connection) -> Result<Found, StoreError> {
    let mut serves: BTreeMap<OperatorId, BTreeSet<SourceId>> = BTreeMap::new();
    let mut found = Found::default();
    let sources: Vec<i64> = list(conn, "SELECT id FROM sources", [], |row| row.get(0))?;
    for id in sources.into_iter().map(SourceId) {
        let Some(source) = source(conn, id)? else { continue };
        for (operator, _) in &source.weights {
            serves.entry(*operator).or_default().insert(id);
        }
        found.sources.push(source);
    }
    let operators = list(conn, &format!("SELECT {} FROM operators", rows::OPERATOR), [], rows::operator)?;
    found.erasing = erase::under_way(conn)?;
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
        let sql = "SELECT contact_id FROM receipts WHERE key = ?1";
        let contact = one(conn, sql, [&key[..]], |row| row.get(0))?;
        found.receipts.extend(contact.map(|id| (*key, ContactId(id))));
    }
    found.answers = answers::load(conn, needs)?;
    for id in &needs.contacts {
        let sql = const_format(rows::CONTACT, "FROM contacts WHERE id = ?1");
        found.contacts.extend(one(conn, &sql, [id.0], rows::contact)?);
    }
    for (source, places) in &needs.waiting {
        let sql = const_format(
            rows::CONTACT,
            "FROM contacts WHERE source_id = ?1 AND status = 0 ORDER BY priority DESC, created_at, id LIMIT ?2",
        );
        found.waiting.extend(list(conn, &sql, params![source.0, *places as i64], rows::contact)?);
    }
    for follow_up in &needs.follow_ups {
        found.contacts.extend(gathered(conn, *follow_up)?);
    }
    routing(conn, needs, &mut found)?;
    Ok(found)
}

fn people(conn: &Connection, needs: &Needs, found: &mut Found) -> Result<(), StoreError> {
    for identity in &needs.identities {
        let sql = "SELECT lead_id FROM identities WHERE kind = ?1 AND value = ?2";
        let lead = one(conn, sql, params![identity.kind as i64, identity.value], |row| row.get(0))?;
        found.identities.extend(lead.map(|id| (identity.clone(), LeadId(id))));
    }
    for id in &needs.leads {
        let sql = const_format(rows::LEAD, "FROM leads WHERE id = ?1");
        found.leads.extend(one(conn, &sql, [id.0], rows::lead)?);
    }
    for id in &needs.absorbed {
        let sql = const_format(rows::LEAD, "FROM leads WHERE merged_into = ?1");
        found.leads.extend(list(conn, &sql, [id.0], rows::lead)?);
    }
    for id in &needs.lead_contacts {
        let sql = "SELECT count(*) FROM (SELECT 1 FROM contacts WHERE lead_id = ?1 LIMIT ?2)";
        let count = one(conn, sql, params![id.0, MERGE_CONTACTS_MAX as i64 + 1], |row| row.get::<_, i64>(0))?;
        found.lead_contacts.extend(count.map(|n| (*id, n.cast_unsigned())));
    }
    for lead in &needs.last_operators {
        let sql = "SELECT id, source_id, operator_id FROM contacts WHERE lead_id = ?1 ORDER BY id DESC LIMIT ?2";
        let latest = list(conn, sql, params![lead.0, STICKY_LOOKBACK_MAX as i64], |row| {
            Ok((ContactId(row.get(0)?), SourceId(row.get(1)?), row.get::<_, Option<i64>>(2)?))
        })?;
        let held = latest.into_iter().filter_map(|(id, source, operator)| Some((id, source, OperatorId(operator?))));
        found.last_operators.extend(held.map(|(contact, source, operator)| (*lead, contact, source, operator)));
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
        let sql = "SELECT source_id FROM weights WHERE operator_id = ?1";
        if let Some(operator) = operator(conn, id)? {
            let serves = list(conn, sql, [id.0], |row| row.get(0).map(SourceId))?;
            found.operators.push((operator, serves.into_iter().collect()));
        }
    }
    for name in &needs.source_names {
        let sql = "SELECT id FROM sources WHERE name = ?1 AND deleted_at IS NULL";
        found.source_names.extend(one(conn, sql, [name], |row| row.get(0))?.map(|id| (name.clone(), SourceId(id))));
    }
    Ok(())
}

fn gathered(conn: &Connection, follow_up: FollowUp) -> Result<Vec<Contact>, StoreError> {
    let (column, id, statuses) = match follow_up {
        FollowUp::Drain(_) => return Ok(Vec::new()),
        FollowUp::Erase(lead, behind) => return of_lead(conn, lead, behind),
        FollowUp::Evacuate(operator) => ("operator_id", operator.0, &[Status::Assigned][..]),
        FollowUp::CloseOut(source) => ("source_id", source.0, &[Status::Waiting, Status::Assigned][..]),
    };
    let mut contacts = Vec::new();
    for status in statuses {
        let sql = format!(
            "SELECT {} FROM contacts INDEXED BY contacts_open \
             WHERE status = ?2 AND status < 2 AND {column} = ?1 ORDER BY id LIMIT ?3",
            rows::CONTACT
        );
        contacts.extend(list(conn, &sql, params![id, *status as i64, DRAIN_MAX as i64], rows::contact)?);
    }
    Ok(contacts)
}

/// The next contacts of a lead; before the first one also the newest, and one that is open.
fn of_lead(conn: &Connection, lead: LeadId, behind: ContactId) -> Result<Vec<Contact>, StoreError> {
    let of_lead = |rest: &str, limit: usize| {
        let sql = format!(
            "SELECT {} FROM contacts INDEXED BY contacts_lead WHERE lead_id = ?1 AND id > ?2 {rest}",
            rows::CONTACT
        );
        list(conn, &sql, params![lead.0, behind.0, limit as i64], rows::contact)
    };
    let mut contacts = of_lead("ORDER BY id LIMIT ?3", DRAIN_MAX)?;
    if behind == ContactId(0) {
        contacts.extend(of_lead("ORDER BY id DESC LIMIT ?3", 1)?);
        contacts.extend(of_lead("AND status < 2 LIMIT ?3", 1)?);
    }
    Ok(contacts)
}

fn operator(conn: &Connection, id: OperatorId) -> Result<Option<Operator>, StoreError> {
    one(conn, &const_format(rows::OPERATOR, "FROM operators WHERE id = ?1"), [id.0], rows::operator)
}

fn source(conn: &Connection, id: SourceId) -> Result<Option<FoundSource>, StoreError> {
    let sql = const_format(rows::SOURCE, "FROM sources WHERE id = ?1");
    let Some(source) = one(conn, &sql, [id.0], rows::source)? else { return Ok(None) };
    let weights = "SELECT operator_id, weight FROM weights WHERE source_id = ?1";
    let weights = list(conn, weights, [id.0], |row| Ok((OperatorId(row.get(0)?), row.get(1)?)))?;
    let (counts, ledger) = totals(conn, id)?;
    Ok(Some(FoundSource { source, weights, ledger, counts }))
}

/// The counters and the ledger of a source.
///
/// # Errors
/// [`StoreError`] when they cannot be read.
pub fn totals(conn: &Connection, id: SourceId) -> Result<(Counts, Ledger), StoreError> {
    let sql = "SELECT waiting, assigned, arrived, ledger FROM source_totals WHERE source_id = ?1";
    let row = one(conn, sql, [id.0], |row| {
        let number = |column| row.get::<_, i64>(column).map(i64::cast_unsigned);
        let counts = Counts { waiting: number(0)?, assigned: number(1)?, arrived: number(2)? };
        Ok((counts, row.get::<_, Vec<u8>>(3)?))
    })?;
    let Some((counts, ledger)) = row else { return Ok((Counts::default(), Ledger::default())) };
    Ok((counts, Ledger::decode(&ledger)?))
}

fn const_format(columns: &str, rest: &str) -> String {
    format!("SELECT {columns} {rest}")
}

/// The first row of a query.
pub(super) fn one<T>(
    conn: &Connection,
    sql: &str,
    params: impl Params,
    read: impl FnOnce(&rusqlite::Row<'_>) -> rusqlite::Result<T>,
) -> Result<Option<T>, StoreError> {
    Ok(conn.prepare_cached(sql)?.query_row(params, read).optional()?)
}

/// All rows of a query.
pub(super) fn list<T>(
    conn: &Connection,
    sql: &str,
    params: impl Params,
    read: impl FnMut(&rusqlite::Row<'_>) -> rusqlite::Result<T>,
) -> Result<Vec<T>, StoreError> {
    let mut statement = conn.prepare_cached(sql)?;
    let rows = statement.query_map(params, read)?;
    Ok(rows.collect::<Result<_, _>>()?)
}
