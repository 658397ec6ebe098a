//! Writing what a batch changed, inside the transaction of the batch: one statement for each kind of row with a column
//! of all rows in each value, all sent before the first is answered.

use super::answers;
use super::rows::code;
use super::statement::{Statement, Text};
use crate::engine::ActorTexts;
use crate::{StoreError, folded};
use maitred_core::world::Changes;
use maitred_core::{Contact, Event, EventKind, Lead, Operator, Policy, Source, SourceKind};
use std::sync::Arc;
use tokio_postgres::types::Type;

/// The statements that write all of it, in their order. Events get positions from `next_event` on.
///
/// # Errors
/// [`StoreError`] when the detail of an event cannot be written as JSON.
pub fn statements(changes: &Changes, next_event: i64) -> Result<Vec<Statement>, StoreError> {
    let mut all = Statements(Vec::new());
    all.erased(changes);
    all.operators(changes);
    all.sources(changes);
    all.weights_and_totals(changes);
    all.leads(changes);
    all.erasing(changes);
    all.identities(changes);
    all.contacts(changes);
    all.decisions(changes);
    all.put_answers(changes);
    all.merges(changes);
    all.deletions(changes);
    all.events(&changes.events, next_event)?;
    Ok(all.0)
}

struct Statements(Vec<Statement>);

impl Statements {
    /// A statement with one column of values for each of `columns`, unless there are no rows.
    fn put<R>(&mut self, sql: &'static str, rows: &[R], columns: impl FnOnce(Statement, &[R]) -> Statement) {
        if !rows.is_empty() {
            self.0.push(columns(Statement::new(sql), rows));
        }
    }

    /// What belongs to erased leads alone; before anything new of the batch.
    fn erased(&mut self, changes: &Changes) {
        for sql in [
            "DELETE FROM maitred.identities WHERE lead_id = ANY($1)",
            "DELETE FROM maitred.answers WHERE lead_id = ANY($1)",
            "DELETE FROM maitred.lead_duplicates WHERE lead_id = ANY($1)",
            "DELETE FROM maitred.lead_duplicates WHERE other_lead_id = ANY($1)",
        ] {
            self.put(sql, &changes.erased, |statement, rows| statement.ids(rows.iter().map(|id| id.0)));
        }
    }

    fn erasing(&mut self, changes: &Changes) {
        let sql = "UPDATE maitred.leads t SET erasing_behind = n.behind \
                   FROM unnest($1::bigint[], $2::bigint[]) AS n (id, behind) WHERE t.id = n.id";
        // One batch may go two steps: the last one counts.
        let last: std::collections::BTreeMap<_, _> = changes.erasing.iter().copied().collect();
        let last: Vec<_> = last.into_iter().collect();
        self.put(sql, &last, |statement, rows| {
            let behind = rows.iter().map(|(_, behind)| behind.map(|contact| contact.0));
            statement.ids(rows.iter().map(|(lead, _)| lead.0)).some_ids(behind)
        });
    }

    fn operators(&mut self, changes: &Changes) {
        let insert = "INSERT INTO maitred.operators (id, name, is_active, max_load, current_load, last_assigned_at, \
                      created_at, updated_at, deleted_at) SELECT * FROM unnest($1::bigint[], $2::text[], \
                      $3::boolean[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[], $8::bigint[], \
                      $9::bigint[])";
        let update = "UPDATE maitred.operators t SET name = n.name, is_active = n.is_active, max_load = n.max_load, \
                      current_load = n.current_load, last_assigned_at = n.last_assigned_at, \
                      created_at = n.created_at, updated_at = n.updated_at, deleted_at = n.deleted_at \
                      FROM unnest($1::bigint[], $2::text[], $3::boolean[], $4::bigint[], $5::bigint[], \
                      $6::bigint[], $7::bigint[], $8::bigint[], $9::bigint[]) AS n (id, name, is_active, max_load, \
                      current_load, last_assigned_at, created_at, updated_at, deleted_at) WHERE t.id = n.id";
        self.put(insert, &changes.operators_new, operator_columns);
        self.put(update, &changes.operators_changed, operator_columns);
    }

    fn sources(&mut self, changes: &Changes) {
        let insert = "INSERT INTO maitred.sources (id, name, description, kind, policy, sticky, default_region, \
                      created_at, updated_at, deleted_at) SELECT * FROM unnest($1::bigint[], $2::text[], \
                      $3::text[], $4::smallint[], $5::smallint[], $6::boolean[], $7::text[], $8::bigint[], \
                      $9::bigint[], $10::bigint[])";
        // A name that one source gives up may be taken by another of the same batch, whatever their ids: until all are
        // written, none of them counts as having a name.
        let free = "UPDATE maitred.sources SET deleted_at = 0 WHERE id = ANY($1)";
        let update = "UPDATE maitred.sources t SET name = n.name, description = n.description, kind = n.kind, \
                      policy = n.policy, sticky = n.sticky, default_region = n.default_region, \
                      created_at = n.created_at, updated_at = n.updated_at, deleted_at = n.deleted_at \
                      FROM unnest($1::bigint[], $2::text[], $3::text[], $4::smallint[], $5::smallint[], \
                      $6::boolean[], $7::text[], $8::bigint[], $9::bigint[], $10::bigint[]) AS n (id, name, \
                      description, kind, policy, sticky, default_region, created_at, updated_at, deleted_at) \
                      WHERE t.id = n.id";
        self.put(free, &changes.sources_changed, |statement, rows| statement.ids(rows.iter().map(|s| s.id.0)));
        self.put(update, &changes.sources_changed, source_columns);
        self.put(insert, &changes.sources_new, source_columns);
    }

    fn weights_and_totals(&mut self, changes: &Changes) {
        let set = "INSERT INTO maitred.weights (source_id, operator_id, weight) \
                   SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[]) \
                   ON CONFLICT (source_id, operator_id) DO UPDATE SET weight = excluded.weight";
        let remove = "DELETE FROM maitred.weights WHERE (source_id, operator_id) IN \
                      (SELECT * FROM unnest($1::bigint[], $2::bigint[]))";
        // One batch may set a weight twice or remove what it has set: the last word counts.
        let mut last = std::collections::BTreeMap::new();
        last.extend(changes.weights.iter().map(|(source, operator, weight)| ((source.0, operator.0), *weight)));
        let (kept, gone): (Vec<_>, Vec<_>) = last.into_iter().partition(|(_, weight)| weight.is_some());
        self.put(set, &kept, |statement, rows| {
            let weights = rows.iter().filter_map(|(_, weight)| weight.map(i64::from));
            statement.ids(rows.iter().map(|(key, _)| key.0)).ids(rows.iter().map(|(key, _)| key.1)).ids(weights)
        });
        self.put(remove, &gone, |statement, rows| {
            statement.ids(rows.iter().map(|(key, _)| key.0)).ids(rows.iter().map(|(key, _)| key.1))
        });
        let totals = "INSERT INTO maitred.source_totals (source_id, waiting, assigned, arrived, ledger) \
                      SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bytea[]) \
                      ON CONFLICT (source_id) DO UPDATE SET waiting = excluded.waiting, \
                      assigned = excluded.assigned, arrived = excluded.arrived, ledger = excluded.ledger";
        self.put(totals, &changes.totals, |statement, rows| {
            statement
                .ids(rows.iter().map(|t| t.source.0))
                .ids(rows.iter().map(|t| t.waiting.cast_signed()))
                .ids(rows.iter().map(|t| t.assigned.cast_signed()))
                .ids(rows.iter().map(|t| t.arrived.cast_signed()))
                .bytes(rows.iter().map(|t| t.ledger.clone()))
        });
    }

    fn leads(&mut self, changes: &Changes) {
        let insert = "INSERT INTO maitred.leads (id, name, name_folded, merged_into, created_at, updated_at, \
                      erased_at) SELECT * FROM unnest($1::bigint[], $2::text[], $3::text[], $4::bigint[], \
                      $5::bigint[], $6::bigint[], $7::bigint[])";
        let update = "UPDATE maitred.leads t SET name = n.name, name_folded = n.name_folded, \
                      merged_into = n.merged_into, created_at = n.created_at, updated_at = n.updated_at, \
                      erased_at = n.erased_at FROM unnest($1::bigint[], $2::text[], $3::text[], $4::bigint[], \
                      $5::bigint[], $6::bigint[], $7::bigint[]) AS n (id, name, name_folded, merged_into, \
                      created_at, updated_at, erased_at) WHERE t.id = n.id";
        self.put(insert, &changes.leads_new, lead_columns);
        self.put(update, &changes.leads_changed, lead_columns);
    }

    fn identities(&mut self, changes: &Changes) {
        let attach = "INSERT INTO maitred.identities (kind, value, lead_id) \
                      SELECT * FROM unnest($1::smallint[], $2::text[], $3::bigint[])";
        self.put(attach, &changes.identities_new, |statement, rows| {
            statement
                .codes(rows.iter().map(|(identity, _)| identity.kind as i16))
                .texts(rows.iter().map(|(identity, _)| Some(identity.value.clone())))
                .ids(rows.iter().map(|(_, lead)| lead.0))
        });
        let note = "INSERT INTO maitred.lead_duplicates (lead_id, other_lead_id, contact_id, at) \
                    SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[]) \
                    ON CONFLICT DO NOTHING";
        self.put(note, &changes.duplicates, |statement, rows| {
            statement
                .ids(rows.iter().map(|d| d.lead.0))
                .ids(rows.iter().map(|d| d.other.0))
                .ids(rows.iter().map(|d| d.contact.0))
                .ids(rows.iter().map(|d| d.at.0))
        });
    }

    fn contacts(&mut self, changes: &Changes) {
        let insert = "INSERT INTO maitred.contacts (id, lead_id, source_id, operator_id, status, priority, message, \
                      attributes, created_at, assigned_at, resolved_at, updated_at, decisions) \
                      SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::smallint[], \
                      $6::bigint[], $7::text[], $8::text[], $9::bigint[], $10::bigint[], $11::bigint[], \
                      $12::bigint[], $13::bigint[])";
        let update = "UPDATE maitred.contacts t SET lead_id = n.lead_id, source_id = n.source_id, \
                      operator_id = n.operator_id, status = n.status, priority = n.priority, message = n.message, \
                      attributes = n.attributes, created_at = n.created_at, assigned_at = n.assigned_at, \
                      resolved_at = n.resolved_at, updated_at = n.updated_at, decisions = n.decisions \
                      FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::smallint[], \
                      $6::bigint[], $7::text[], $8::text[], $9::bigint[], $10::bigint[], $11::bigint[], \
                      $12::bigint[], $13::bigint[]) AS n (id, lead_id, source_id, operator_id, status, priority, \
                      message, attributes, created_at, assigned_at, resolved_at, updated_at, decisions) \
                      WHERE t.id = n.id";
        self.put(insert, &changes.contacts_new, contact_columns);
        self.put(update, &changes.contacts_changed, contact_columns);
    }

    fn decisions(&mut self, changes: &Changes) {
        let record = "INSERT INTO maitred.pool_segments (pool_id, first_step, bytes) \
                      SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bytea[])";
        self.put(record, &changes.segments, |statement, rows| {
            statement
                .ids(rows.iter().map(|s| s.pool.0))
                .ids(rows.iter().map(|s| s.first_step.into()))
                .bytes(rows.iter().map(|s| s.bytes.clone()))
        });
        let keep = "INSERT INTO maitred.decisions (contact_id, seq, pool_id, step, body) \
                    SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bytea[])";
        self.put(keep, &changes.decisions, |statement, rows| {
            statement
                .ids(rows.iter().map(|d| d.contact.0))
                .ids(rows.iter().map(|d| d.seq.into()))
                .some_ids(rows.iter().map(|d| d.pool.map(|p| p.pool.0)))
                .some_ids(rows.iter().map(|d| d.pool.map(|p| p.step.into())))
                .bytes(rows.iter().map(|d| d.encode()))
        });
        // A submission may be made again after its contact was deleted, even in the same batch: the last one counts.
        let remember = "INSERT INTO maitred.receipts (key, contact_id) SELECT * FROM unnest($1::bytea[], $2::bigint[]) \
                        ON CONFLICT (key) DO UPDATE SET contact_id = excluded.contact_id";
        let receipts: std::collections::BTreeMap<_, _> = changes.receipts.iter().copied().collect();
        let receipts: Vec<_> = receipts.into_iter().collect();
        self.put(remember, &receipts, |statement, rows| {
            statement.bytes(rows.iter().map(|(key, _)| key.to_vec())).ids(rows.iter().map(|(_, contact)| contact.0))
        });
    }

    fn put_answers(&mut self, changes: &Changes) {
        if !changes.answers.is_empty() {
            self.0.push(answers::keep(&changes.answers));
        }
    }

    fn merges(&mut self, changes: &Changes) {
        for merge in &changes.merges {
            for sql in [
                "UPDATE maitred.contacts SET lead_id = $2 WHERE lead_id = $1",
                "UPDATE maitred.identities SET lead_id = $2 WHERE lead_id = $1",
                "UPDATE maitred.answers SET lead_id = $2 WHERE lead_id = $1",
                // A possible duplicate of both is reported once.
                "DELETE FROM maitred.lead_duplicates d WHERE lead_id = $2 AND EXISTS (SELECT 1 FROM \
                 maitred.lead_duplicates k WHERE k.lead_id = $1 AND k.other_lead_id = d.other_lead_id)",
                "UPDATE maitred.lead_duplicates SET lead_id = $2 WHERE lead_id = $1",
                "DELETE FROM maitred.lead_duplicates d WHERE other_lead_id = $2 AND EXISTS (SELECT 1 FROM \
                 maitred.lead_duplicates k WHERE k.other_lead_id = $1 AND k.lead_id = d.lead_id)",
                "UPDATE maitred.lead_duplicates SET other_lead_id = $2 WHERE other_lead_id = $1",
                // A possible duplicate of the other lead is now one of this lead.
                "DELETE FROM maitred.lead_duplicates WHERE lead_id = $2 AND other_lead_id = $2 AND $1 <> $2",
            ] {
                let statement = Statement::new(sql).with(merge.from.0, Type::INT8).with(merge.into.0, Type::INT8);
                self.0.push(statement);
            }
        }
    }

    fn deletions(&mut self, changes: &Changes) {
        for sql in [
            "DELETE FROM maitred.contacts WHERE id = ANY($1)",
            "DELETE FROM maitred.decisions WHERE contact_id = ANY($1)",
            "DELETE FROM maitred.receipts WHERE contact_id = ANY($1)",
            "DELETE FROM maitred.lead_duplicates WHERE contact_id = ANY($1)",
        ] {
            self.put(sql, &changes.contacts_deleted, |statement, rows| statement.ids(rows.iter().map(|id| id.0)));
        }
    }

    fn events(&mut self, events: &[Event], first: i64) -> Result<(), StoreError> {
        let detail = |event: &Event| event.detail.as_ref().map(serde_json::to_string).transpose();
        let details: Result<Vec<_>, _> = events.iter().map(detail).collect();
        let details = details.map_err(|e| StoreError::Engine(e.to_string()))?;
        let sql = "INSERT INTO maitred.events (position, at, kind, contact_id, source_id, operator_id, lead_id, \
                   detail, actor) SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::smallint[], $4::bigint[], \
                   $5::bigint[], $6::bigint[], $7::bigint[], $8::text[], $9::text[])";
        let mut actors = ActorTexts::default();
        self.put(sql, events, |statement, rows| {
            statement
                .ids(first..first + rows.len() as i64)
                .ids(rows.iter().map(|e| e.at.0))
                .codes(rows.iter().map(|e| code(&e.kind, &EventKind::ALL)))
                .some_ids(rows.iter().map(|e| e.contact.map(|id| id.0)))
                .some_ids(rows.iter().map(|e| e.source.map(|id| id.0)))
                .some_ids(rows.iter().map(|e| e.operator.map(|id| id.0)))
                .some_ids(rows.iter().map(|e| e.lead.map(|id| id.0)))
                .with(details, Type::TEXT_ARRAY)
                .texts(rows.iter().map(|e| actors.of(e)))
        });
        Ok(())
    }
}

impl Statement {
    fn ids(self, ids: impl Iterator<Item = i64>) -> Self {
        self.with(ids.collect::<Vec<_>>(), Type::INT8_ARRAY)
    }

    fn some_ids(self, ids: impl Iterator<Item = Option<i64>>) -> Self {
        self.with(ids.collect::<Vec<_>>(), Type::INT8_ARRAY)
    }

    fn codes(self, codes: impl Iterator<Item = i16>) -> Self {
        self.with(codes.collect::<Vec<_>>(), Type::INT2_ARRAY)
    }

    fn flags(self, flags: impl Iterator<Item = bool>) -> Self {
        self.with(flags.collect::<Vec<_>>(), Type::BOOL_ARRAY)
    }

    fn texts(self, texts: impl Iterator<Item = Option<Arc<str>>>) -> Self {
        self.with(texts.map(|text| text.map(Text)).collect::<Vec<_>>(), Type::TEXT_ARRAY)
    }

    fn bytes(self, bytes: impl Iterator<Item = Vec<u8>>) -> Self {
        self.with(bytes.collect::<Vec<_>>(), Type::BYTEA_ARRAY)
    }
}

fn operator_columns(statement: Statement, rows: &[Operator]) -> Statement {
    statement
        .ids(rows.iter().map(|o| o.id.0))
        .texts(rows.iter().map(|o| Some(o.name.clone())))
        .flags(rows.iter().map(|o| o.is_active))
        .ids(rows.iter().map(|o| o.max_load.into()))
        .ids(rows.iter().map(|o| o.current_load.into()))
        .some_ids(rows.iter().map(|o| o.last_assigned_at.map(|t| t.0)))
        .ids(rows.iter().map(|o| o.created_at.0))
        .ids(rows.iter().map(|o| o.updated_at.0))
        .some_ids(rows.iter().map(|o| o.deleted_at.map(|t| t.0)))
}

fn source_columns(statement: Statement, rows: &[Source]) -> Statement {
    statement
        .ids(rows.iter().map(|s| s.id.0))
        .texts(rows.iter().map(|s| Some(s.name.clone())))
        .texts(rows.iter().map(|s| Some(s.description.clone())))
        .codes(rows.iter().map(|s| code(&s.kind, &SourceKind::ALL)))
        .codes(rows.iter().map(|s| code(&s.policy, &Policy::ALL)))
        .flags(rows.iter().map(|s| s.sticky))
        .texts(rows.iter().map(|s| s.default_region.clone()))
        .ids(rows.iter().map(|s| s.created_at.0))
        .ids(rows.iter().map(|s| s.updated_at.0))
        .some_ids(rows.iter().map(|s| s.deleted_at.map(|t| t.0)))
}

fn lead_columns(statement: Statement, rows: &[Lead]) -> Statement {
    statement
        .ids(rows.iter().map(|l| l.id.0))
        .texts(rows.iter().map(|l| l.name.clone()))
        .texts(rows.iter().map(|l| l.name.as_deref().map(folded).map(Arc::from)))
        .some_ids(rows.iter().map(|l| l.merged_into.map(|id| id.0)))
        .ids(rows.iter().map(|l| l.created_at.0))
        .ids(rows.iter().map(|l| l.updated_at.0))
        .some_ids(rows.iter().map(|l| l.erased_at.map(|t| t.0)))
}

fn contact_columns(statement: Statement, rows: &[Contact]) -> Statement {
    statement
        .ids(rows.iter().map(|c| c.id.0))
        .ids(rows.iter().map(|c| c.lead.0))
        .ids(rows.iter().map(|c| c.source.0))
        .some_ids(rows.iter().map(|c| c.operator.map(|id| id.0)))
        .codes(rows.iter().map(|c| c.status as i16))
        .ids(rows.iter().map(|c| c.priority.into()))
        .texts(rows.iter().map(|c| c.message.clone()))
        .texts(rows.iter().map(|c| c.attributes.clone()))
        .ids(rows.iter().map(|c| c.created_at.0))
        .some_ids(rows.iter().map(|c| c.assigned_at.map(|t| t.0)))
        .some_ids(rows.iter().map(|c| c.resolved_at.map(|t| t.0)))
        .ids(rows.iter().map(|c| c.updated_at.0))
        .ids(rows.iter().map(|c| c.decisions.into()))
}
