//! The latest contacts of leads: who had them, and which is the latest on a source. Messages by their ids as well.

use super::load::{Result, ids};
use super::statement::list;
use crate::schema::columns_of;
use maitred_core::conversation::Message;
use maitred_core::limits::STICKY_LOOKBACK_MAX;
use maitred_core::world::Needs;
use maitred_core::{ContactId, LeadId, OperatorId, SourceId};
use tokio_postgres::Client;
use tokio_postgres::types::Type;

pub(super) async fn last_operators(
    client: &Client,
    needs: &Needs,
) -> Result<Vec<(LeadId, ContactId, SourceId, OperatorId)>> {
    if needs.last_operators.is_empty() {
        return Ok(Vec::new());
    }
    let sql = "SELECT k.id, c.id, c.source_id, c.operator_id FROM unnest($1::bigint[]) AS k (id), \
               LATERAL (SELECT id, source_id, operator_id FROM maitred.contacts WHERE lead_id = k.id \
               ORDER BY id DESC LIMIT $2) c WHERE c.operator_id IS NOT NULL";
    let (leads, most) = (ids(&needs.last_operators, |id| id.0), STICKY_LOOKBACK_MAX as i64);
    list(client, sql, &[(&leads, Type::INT8_ARRAY), (&most, Type::INT8)]).await
}

pub(super) async fn latest_contacts(client: &Client, needs: &Needs) -> Result<Vec<(LeadId, SourceId, ContactId)>> {
    if needs.latest_contacts.is_empty() {
        return Ok(Vec::new());
    }
    let sql = "SELECT k.lead, k.source, c.id FROM unnest($1::bigint[], $2::bigint[]) AS k (lead, source), \
               LATERAL (SELECT l.id FROM (SELECT id, coalesce(original_source_id, source_id) AS source \
               FROM maitred.contacts WHERE lead_id = k.lead ORDER BY id DESC LIMIT $3) l \
               WHERE l.source = k.source ORDER BY l.id DESC LIMIT 1) c";
    let leads: Vec<i64> = needs.latest_contacts.iter().map(|(lead, _)| lead.0).collect();
    let sources: Vec<i64> = needs.latest_contacts.iter().map(|(_, source)| source.0).collect();
    let most = STICKY_LOOKBACK_MAX as i64;
    list(client, sql, &[(&leads, Type::INT8_ARRAY), (&sources, Type::INT8_ARRAY), (&most, Type::INT8)]).await
}

pub(super) async fn messages(client: &Client, needs: &Needs) -> Result<Vec<Message>> {
    if needs.messages.is_empty() {
        return Ok(Vec::new());
    }
    let sql = format!("SELECT {} FROM maitred.messages m WHERE m.id = ANY($1)", columns_of::<Message>("m"));
    list(client, &sql, &[(&ids(&needs.messages, |id| id.0), Type::INT8_ARRAY)]).await
}
