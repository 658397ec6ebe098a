//! Writing what a batch changed, inside the transaction of the batch. A statement is looked up once for all its rows;
//! rows come in the order of their keys.

use super::rows::code;
use super::{answers, erase};
use crate::engine::ActorTexts;
use crate::{StoreError, folded};
use maitred_core::world::Changes;
use maitred_core::{Contact, Event, EventKind, Lead, Operator, Policy, Source, SourceKind};
use rusqlite::{Connection, params};

/// Writes all of it and returns the next position of the feed.
///
/// # Errors
/// [`StoreError`] when something could not be written; the transaction is to be rolled back then.
pub fn write(conn: &Connection, changes: &Changes, next_event: i64) -> Result<i64, StoreError> {
    erase::leads(conn, changes)?;
    operators(conn, changes)?;
    sources(conn, changes)?;
    weights_and_totals(conn, changes)?;
    leads(conn, changes)?;
    erase::progress(conn, changes)?;
    identities(conn, changes)?;
    contacts(conn, changes)?;
    decisions(conn, changes)?;
    answers::keep(conn, changes)?;
    merges(conn, changes)?;
    deletions(conn, changes)?;
    let next_event = events(conn, &changes.events, next_event)?;
    let ids = changes.ids;
    let sql = "UPDATE next_ids SET contact = ?1, lead = ?2, operator = ?3, source = ?4, pool = ?5, event = ?6";
    conn.prepare_cached(sql)?.execute([ids.contact, ids.lead, ids.operator, ids.source, ids.pool, next_event])?;
    Ok(next_event)
}

fn operators(conn: &Connection, changes: &Changes) -> Result<(), StoreError> {
    let insert = "INSERT INTO operators (id, name, is_active, max_load, current_load, last_assigned_at, created_at, \
                  updated_at, deleted_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";
    let update = "UPDATE operators SET name = ?2, is_active = ?3, max_load = ?4, current_load = ?5, \
                  last_assigned_at = ?6, created_at = ?7, updated_at = ?8, deleted_at = ?9 WHERE id = ?1";
    put_operators(conn, insert, &changes.operators_new)?;
    put_operators(conn, update, &changes.operators_changed)
}

fn put_operators(conn: &Connection, sql: &str, operators: &[Operator]) -> Result<(), StoreError> {
    let mut put = conn.prepare_cached(sql)?;
    for o in operators {
        put.execute(params![
            o.id.0,
            o.name,
            o.is_active,
            o.max_load,
            o.current_load,
            o.last_assigned_at.map(|t| t.0),
            o.created_at.0,
            o.updated_at.0,
            o.deleted_at.map(|t| t.0),
        ])?;
    }
    Ok(())
}

fn sources(conn: &Connection, changes: &Changes) -> Result<(), StoreError> {
    let insert = "INSERT INTO sources (id, name, description, kind, policy, sticky, default_region, created_at, \
                  updated_at, deleted_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)";
    let update = "UPDATE sources SET name = ?2, description = ?3, kind = ?4, policy = ?5, sticky = ?6, \
                  default_region = ?7, created_at = ?8, updated_at = ?9, deleted_at = ?10 WHERE id = ?1";
    // A name that one source gives up may be taken by another of the same batch, whatever their ids: until all are
    // written, none of them counts as having a name.
    let mut free = conn.prepare_cached("UPDATE sources SET deleted_at = 0 WHERE id = ?1")?;
    for source in &changes.sources_changed {
        free.execute([source.id.0])?;
    }
    put_sources(conn, update, &changes.sources_changed)?;
    put_sources(conn, insert, &changes.sources_new)
}

fn put_sources(conn: &Connection, sql: &str, sources: &[Source]) -> Result<(), StoreError> {
    let mut put = conn.prepare_cached(sql)?;
    for s in sources {
        put.execute(params![
            s.id.0,
            s.name,
            s.description,
            code(&s.kind, &SourceKind::ALL),
            code(&s.policy, &Policy::ALL),
            s.sticky,
            s.default_region,
            s.created_at.0,
            s.updated_at.0,
            s.deleted_at.map(|t| t.0),
        ])?;
    }
    Ok(())
}

fn weights_and_totals(conn: &Connection, changes: &Changes) -> Result<(), StoreError> {
    let mut set = conn.prepare_cached(
        "INSERT INTO weights (source_id, operator_id, weight) VALUES (?1, ?2, ?3) \
         ON CONFLICT (source_id, operator_id) DO UPDATE SET weight = ?3",
    )?;
    let mut remove = conn.prepare_cached("DELETE FROM weights WHERE source_id = ?1 AND operator_id = ?2")?;
    for (source, operator, weight) in &changes.weights {
        match weight {
            Some(weight) => set.execute(params![source.0, operator.0, weight])?,
            None => remove.execute([source.0, operator.0])?,
        };
    }
    let mut put = conn.prepare_cached(
        "INSERT INTO source_totals (source_id, waiting, assigned, arrived, ledger) VALUES (?1, ?2, ?3, ?4, ?5) \
         ON CONFLICT (source_id) DO UPDATE SET waiting = ?2, assigned = ?3, arrived = ?4, ledger = ?5",
    )?;
    for t in &changes.totals {
        let (waiting, assigned, arrived) = (t.waiting as i64, t.assigned as i64, t.arrived as i64);
        put.execute(params![t.source.0, waiting, assigned, arrived, t.ledger])?;
    }
    Ok(())
}

fn leads(conn: &Connection, changes: &Changes) -> Result<(), StoreError> {
    let insert = "INSERT INTO leads (id, name, name_folded, merged_into, created_at, updated_at, erased_at) \
                  VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
    let update = "UPDATE leads SET name = ?2, name_folded = ?3, merged_into = ?4, created_at = ?5, updated_at = ?6, \
                  erased_at = ?7 WHERE id = ?1";
    put_leads(conn, insert, &changes.leads_new)?;
    put_leads(conn, update, &changes.leads_changed)
}

fn put_leads(conn: &Connection, sql: &str, leads: &[Lead]) -> Result<(), StoreError> {
    let mut put = conn.prepare_cached(sql)?;
    for lead in leads {
        put.execute(params![
            lead.id.0,
            lead.name,
            lead.name.as_deref().map(folded),
            lead.merged_into.map(|id| id.0),
            lead.created_at.0,
            lead.updated_at.0,
            lead.erased_at.map(|at| at.0),
        ])?;
    }
    Ok(())
}

fn identities(conn: &Connection, changes: &Changes) -> Result<(), StoreError> {
    let mut attach = conn.prepare_cached("INSERT INTO identities (kind, value, lead_id) VALUES (?1, ?2, ?3)")?;
    for (identity, lead) in &changes.identities_new {
        attach.execute(params![identity.kind as i64, identity.value, lead.0])?;
    }
    let mut note = conn.prepare_cached(
        "INSERT INTO lead_duplicates (lead_id, other_lead_id, contact_id, at) VALUES (?1, ?2, ?3, ?4) \
         ON CONFLICT DO NOTHING",
    )?;
    for d in &changes.duplicates {
        note.execute([d.lead.0, d.other.0, d.contact.0, d.at.0])?;
    }
    Ok(())
}

fn contacts(conn: &Connection, changes: &Changes) -> Result<(), StoreError> {
    let insert = "INSERT INTO contacts (id, lead_id, source_id, operator_id, status, priority, message, attributes, \
                  created_at, assigned_at, resolved_at, updated_at, decisions) \
                  VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)";
    let update = "UPDATE contacts SET lead_id = ?2, source_id = ?3, operator_id = ?4, status = ?5, priority = ?6, \
                  message = ?7, attributes = ?8, created_at = ?9, assigned_at = ?10, resolved_at = ?11, \
                  updated_at = ?12, decisions = ?13 WHERE id = ?1";
    put_contacts(conn, insert, &changes.contacts_new)?;
    put_contacts(conn, update, &changes.contacts_changed)
}

fn put_contacts(conn: &Connection, sql: &str, contacts: &[Contact]) -> Result<(), StoreError> {
    let mut put = conn.prepare_cached(sql)?;
    for c in contacts {
        put.execute(params![
            c.id.0,
            c.lead.0,
            c.source.0,
            c.operator.map(|id| id.0),
            c.status as i64,
            c.priority,
            c.message,
            c.attributes,
            c.created_at.0,
            c.assigned_at.map(|t| t.0),
            c.resolved_at.map(|t| t.0),
            c.updated_at.0,
            c.decisions,
        ])?;
    }
    Ok(())
}

fn decisions(conn: &Connection, changes: &Changes) -> Result<(), StoreError> {
    let sql = "INSERT INTO pool_segments (pool_id, first_step, bytes) VALUES (?1, ?2, ?3)";
    let mut record = conn.prepare_cached(sql)?;
    for segment in &changes.segments {
        record.execute(params![segment.pool.0, segment.first_step, segment.bytes])?;
    }
    let sql = "INSERT INTO decisions (contact_id, seq, pool_id, step, body) VALUES (?1, ?2, ?3, ?4, ?5)";
    let mut keep = conn.prepare_cached(sql)?;
    for d in &changes.decisions {
        let (pool, step) = (d.pool.map(|p| p.pool.0), d.pool.map(|p| p.step));
        keep.execute(params![d.contact.0, d.seq, pool, step, d.encode()])?;
    }
    // A submission may be made again after its contact was deleted, even in the same batch.
    let mut remember = conn.prepare_cached("INSERT OR REPLACE INTO receipts (key, contact_id) VALUES (?1, ?2)")?;
    for (key, contact) in &changes.receipts {
        remember.execute(params![&key[..], contact.0])?;
    }
    Ok(())
}

fn merges(conn: &Connection, changes: &Changes) -> Result<(), StoreError> {
    for merge in &changes.merges {
        let (from, into) = (merge.from.0, merge.into.0);
        for sql in [
            "UPDATE contacts SET lead_id = ?2 WHERE lead_id = ?1",
            "UPDATE identities SET lead_id = ?2 WHERE lead_id = ?1",
            "UPDATE answers SET lead_id = ?2 WHERE lead_id = ?1",
            "UPDATE OR REPLACE lead_duplicates SET lead_id = ?2 WHERE lead_id = ?1",
            "UPDATE OR REPLACE lead_duplicates SET other_lead_id = ?2 WHERE other_lead_id = ?1",
        ] {
            conn.prepare_cached(sql)?.execute([from, into])?;
        }
        // A possible duplicate of the other lead is now one of this lead.
        conn.prepare_cached("DELETE FROM lead_duplicates WHERE lead_id = ?1 AND other_lead_id = ?1")?
            .execute([into])?;
    }
    Ok(())
}

fn deletions(conn: &Connection, changes: &Changes) -> Result<(), StoreError> {
    for id in &changes.contacts_deleted {
        for sql in [
            "DELETE FROM contacts WHERE id = ?1",
            "DELETE FROM decisions WHERE contact_id = ?1",
            "DELETE FROM receipts WHERE contact_id = ?1",
            "DELETE FROM lead_duplicates WHERE contact_id = ?1",
        ] {
            conn.prepare_cached(sql)?.execute([id.0])?;
        }
    }
    Ok(())
}

fn events(conn: &Connection, events: &[Event], first: i64) -> Result<i64, StoreError> {
    let sql = "INSERT INTO events (position, at, kind, contact_id, source_id, operator_id, lead_id, detail, \
               actor) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";
    let mut append = conn.prepare_cached(sql)?;
    let mut position = first;
    let mut actors = ActorTexts::default();
    for event in events {
        let detail = event.detail.as_ref().map(serde_json::to_string).transpose();
        append.execute(params![
            position,
            event.at.0,
            code(&event.kind, &EventKind::ALL),
            event.contact.map(|id| id.0),
            event.source.map(|id| id.0),
            event.operator.map(|id| id.0),
            event.lead.map(|id| id.0),
            detail.map_err(|e| StoreError::Engine(e.to_string()))?,
            actors.of(event),
        ])?;
        position += 1;
    }
    Ok(position)
}
