//! What is done with the rows of endpoints, step by step, for both engines. Whatever changes something is one
//! transaction, which has the row of `access` to itself.

use crate::StoreError;
use crate::account_steps::{Execute, number, put};
use crate::endpoints::{
    AddedEndpoint, DELIVERIES_MAX, Delivery, ENDPOINTS_MAX, EditedEndpoint, Endpoint, EndpointEdit, Health,
    NewEndpoint, Noted, Replay, SecretBytes, Undelivered,
};
use crate::reading::values;
use crate::schema::{EndpointRow, Put, Webhooks, columns_of, json};
use crate::views::Page;
use maitred_core::event::EndpointFault;
use maitred_core::{Actor, ContactId, EndpointId, LeadId, Timestamp};
use std::collections::BTreeMap;

type Result<T> = std::result::Result<T, StoreError>;

/// Everything but the log, to be put elsewhere.
#[derive(Default)]
pub struct AllEndpoints {
    pub endpoints: Vec<Endpoint>,
    pub undelivered: Vec<Undelivered>,
}

pub async fn webhooks(of: &impl Execute) -> Result<Webhooks> {
    let sql = format!("SELECT {} FROM maitred.webhooks w WHERE w.one = 1", columns_of::<Webhooks>("w"));
    of.list(&sql, &[]).await?.pop().ok_or_else(|| StoreError::Corrupt("webhooks has no row".to_owned()))
}

/// Endpoints by id.
pub async fn endpoints(of: &impl Execute, page: Page) -> Result<Vec<Endpoint>> {
    let columns = columns_of::<EndpointRow>("e");
    let sql = format!("SELECT {columns} FROM maitred.endpoints e WHERE e.id > $1 ORDER BY e.id LIMIT $2");
    let rows = of.list(&sql, values![page.after.unwrap_or_default(), page.limit]).await?;
    rows.into_iter().map(EndpointRow::endpoint).collect()
}

pub async fn endpoint(of: &impl Execute, id: EndpointId) -> Result<Option<Endpoint>> {
    let sql = format!("SELECT {} FROM maitred.endpoints e WHERE e.id = $1", columns_of::<EndpointRow>("e"));
    of.list(&sql, values![id]).await?.pop().map(EndpointRow::endpoint).transpose()
}

/// How many events each endpoint does not have yet although its position has passed them; those of none are left out.
pub async fn undelivered_counts(of: &impl Execute) -> Result<BTreeMap<EndpointId, u64>> {
    let sql = "SELECT endpoint_id, count(*) FROM maitred.undelivered GROUP BY endpoint_id";
    Ok(of.list::<(EndpointId, u64)>(sql, &[]).await?.into_iter().collect())
}

/// What an endpoint does not have yet, by position.
pub async fn undelivered(of: &impl Execute, endpoint: EndpointId) -> Result<Vec<Undelivered>> {
    let columns = columns_of::<Undelivered>("u");
    let sql = format!("SELECT {columns} FROM maitred.undelivered u WHERE u.endpoint_id = $1 ORDER BY u.position");
    of.list(&sql, values![endpoint]).await
}

/// Calls of an endpoint, the last one first.
pub async fn deliveries(of: &impl Execute, endpoint: EndpointId, page: Page) -> Result<Vec<Delivery>> {
    let columns = columns_of::<Delivery>("d");
    let sql = format!(
        "SELECT {columns} FROM maitred.deliveries d WHERE d.endpoint_id = $1 AND d.id < $2 ORDER BY d.id DESC LIMIT $3"
    );
    of.list(&sql, values![endpoint, page.after.unwrap_or(i64::MAX), page.limit]).await
}

/// Calls about a contact, the last one first.
pub async fn deliveries_of_contact(of: &impl Execute, contact: ContactId, limit: u32) -> Result<Vec<Delivery>> {
    let columns = columns_of::<Delivery>("d");
    let sql = format!(
        "SELECT {columns} FROM maitred.deliveries d WHERE d.contact_id = $1 ORDER BY d.contact_id, d.id DESC LIMIT $2"
    );
    of.list(&sql, values![contact, limit]).await
}

/// Adds an endpoint, whose id it gives.
pub async fn add(to: &impl Execute, new: NewEndpoint) -> Result<AddedEndpoint> {
    if number(to, "SELECT count(*) FROM maitred.endpoints", &[]).await? >= i64::from(ENDPOINTS_MAX) {
        return Ok(AddedEndpoint::TooMany);
    }
    let take =
        "UPDATE maitred.webhooks SET next_endpoint = next_endpoint + 1 WHERE one = 1 RETURNING next_endpoint - 1";
    let id = number(to, take, &[]).await.map(EndpointId)?;
    let endpoint = Endpoint {
        id,
        url: new.url,
        format: new.format,
        wanted: new.wanted,
        secret: new.secret,
        old_secret: None,
        created_at: new.created_at,
        created_by: new.created_by,
        disabled: None,
        is_announced: false,
        generation: 1,
        position: new.position,
        health: Health::default(),
        replay: None,
    };
    put(to, Put::Insert, &EndpointRow::of(&endpoint)).await?;
    // What was erased before there was any call is in no answer.
    let sql = "UPDATE maitred.webhooks SET forgotten_to = $1 \
               WHERE one = 1 AND forgotten_to < $1 AND NOT EXISTS (SELECT 1 FROM maitred.deliveries)";
    to.run(sql, values![endpoint.position]).await?;
    Ok(AddedEndpoint::As(id))
}

/// Changes an endpoint, and gives it as it is now.
pub async fn edit(of: &impl Execute, id: EndpointId, edit: EndpointEdit) -> Result<EditedEndpoint> {
    if let Some(seen) = edit.generation {
        // Written, so that nobody else changes it before the commit.
        let sql = "UPDATE maitred.endpoints SET generation = generation WHERE id = $1 AND generation = $2";
        if of.run(sql, values![id, seen]).await? == 0 {
            return Ok(endpoint(of, id).await?.map_or(EditedEndpoint::Unknown, |_| EditedEndpoint::Changed));
        }
    }
    if let Some(url) = &edit.url {
        of.run("UPDATE maitred.endpoints SET url = $2 WHERE id = $1", values![id, url.clone()]).await?;
    }
    if let Some(kinds) = &edit.kinds {
        of.run("UPDATE maitred.endpoints SET kinds = $2 WHERE id = $1", values![id, json(kinds.as_deref())]).await?;
    }
    if let Some(sources) = &edit.sources {
        let text = json(sources.as_deref());
        of.run("UPDATE maitred.endpoints SET sources = $2 WHERE id = $1", values![id, text]).await?;
    }
    match edit.enabled {
        Some((true, now, _)) => enable(of, id, now).await?,
        Some((false, now, by)) => disable(of, id, now, by, None).await?,
        None => {}
    }
    raise_generation(of, id).await?;
    Ok(endpoint(of, id).await?.map_or(EditedEndpoint::Unknown, |it| EditedEndpoint::As(Box::new(it))))
}

/// What failed is tried again at once.
async fn enable(of: &impl Execute, id: EndpointId, now: Timestamp) -> Result<()> {
    let sql = "UPDATE maitred.endpoints SET disabled_at = NULL, disabled_by = NULL, fault = NULL, \
               announced_at = NULL, failures = 0, failing_since = NULL, throttled_until = NULL \
               WHERE id = $1 AND disabled_at IS NOT NULL";
    if of.run(sql, values![id]).await? > 0 {
        let sql = "UPDATE maitred.undelivered SET tries = 0, next_at = $2 \
                   WHERE endpoint_id = $1 AND next_at IS NOT NULL";
        of.run(sql, values![id, now]).await?;
    }
    Ok(())
}

/// Who disabled it first stays.
async fn disable(
    of: &impl Execute,
    id: EndpointId,
    at: Timestamp,
    by: Actor,
    fault: Option<EndpointFault>,
) -> Result<()> {
    let sql = "UPDATE maitred.endpoints SET disabled_at = $2, disabled_by = $3, fault = $4 \
               WHERE id = $1 AND disabled_at IS NULL";
    of.run(sql, values![id, at, by, fault]).await.map(drop)
}

/// Gives an endpoint another secret; the one before signs too until a time. False when there is no such endpoint.
pub async fn rotate(of: &impl Execute, id: EndpointId, secret: SecretBytes, until: Timestamp) -> Result<bool> {
    let sql = "UPDATE maitred.endpoints SET old_secret = secret, old_secret_until = $3, secret = $2, \
               generation = generation + 1 WHERE id = $1";
    Ok(of.run(sql, values![id, secret, until]).await? > 0)
}

/// Has events sent again, no further than they were sent once. What is still to be sent of another replay is sent as
/// well. None when there is no such endpoint.
pub async fn replay(of: &impl Execute, id: EndpointId, wanted: Replay) -> Result<Option<Endpoint>> {
    let Some(found) = endpoint(of, id).await? else { return Ok(None) };
    let to = wanted.to.min(found.position);
    let replay = match found.replay {
        Some(under_way) => Replay { position: under_way.position.min(wanted.position), to: under_way.to.max(to) },
        None => Replay { to, ..wanted },
    };
    if replay.position < replay.to {
        let sql = "UPDATE maitred.endpoints SET replay_position = $2, replay_to = $3 WHERE id = $1";
        of.run(sql, values![id, replay.position, replay.to]).await?;
        raise_generation(of, id).await?;
    }
    endpoint(of, id).await
}

async fn raise_generation(of: &impl Execute, id: EndpointId) -> Result<()> {
    let sql = "UPDATE maitred.endpoints SET generation = generation + 1 WHERE id = $1";
    of.run(sql, values![id]).await.map(drop)
}

/// Deletes an endpoint with all that was noted of it. False when there is none.
pub async fn delete(of: &impl Execute, id: EndpointId) -> Result<bool> {
    of.run("DELETE FROM maitred.undelivered WHERE endpoint_id = $1", values![id]).await?;
    of.run("DELETE FROM maitred.deliveries WHERE endpoint_id = $1", values![id]).await?;
    Ok(of.run("DELETE FROM maitred.endpoints WHERE id = $1", values![id]).await? > 0)
}

/// Makes a process the one that sends until a time, unless another is. Says whether it is.
pub async fn take_turn(of: &impl Execute, node: i64, now: Timestamp, until: Timestamp) -> Result<bool> {
    let sql = "UPDATE maitred.webhooks SET sender = $1, sender_until = $3 \
               WHERE one = 1 AND (sender = $1 OR sender_until <= $2)";
    Ok(of.run(sql, values![node, now, until]).await? > 0)
}

/// Gives the turn back. Only a process that has it can.
pub async fn leave_turn(of: &impl Execute, node: i64) -> Result<()> {
    let sql = "UPDATE maitred.webhooks SET sender_until = 0 WHERE one = 1 AND sender = $1";
    of.run(sql, values![node]).await.map(drop)
}

/// Notes what a sender did. False when it is not the one that sends any more: nothing is noted then.
pub async fn note(of: &impl Execute, node: i64, noted: Vec<Noted>) -> Result<bool> {
    if webhooks(of).await?.sender != node {
        return Ok(false);
    }
    for one in noted {
        note_one(of, one).await?;
    }
    Ok(true)
}

async fn note_one(of: &impl Execute, noted: Noted) -> Result<()> {
    let id = noted.endpoint;
    let sql = "UPDATE maitred.endpoints SET position = $2 WHERE id = $1";
    if of.run(sql, values![id, noted.position]).await? == 0 {
        // It was deleted.
        return Ok(());
    }
    let Health { failures, failing_since, delivered_at, throttled_until } = noted.health;
    let replay = noted.replay;
    let (replay_position, replay_to) = (replay.map(|replay| replay.position), replay.map(|replay| replay.to));
    let sql = "UPDATE maitred.endpoints SET failures = $3, failing_since = $4, delivered_at = $5, \
               throttled_until = $6, replay_position = $7, replay_to = $8 WHERE id = $1 AND generation = $2";
    let values = values![
        id,
        noted.generation,
        failures,
        failing_since,
        delivered_at,
        throttled_until,
        replay_position,
        replay_to
    ];
    let is_unchanged = of.run(sql, values).await? > 0;
    if let (Some((fault, at)), true) = (noted.fault, is_unchanged) {
        disable(of, id, at, Actor::System, Some(fault)).await?;
    }
    for settled in noted.settled {
        let sql = "DELETE FROM maitred.undelivered WHERE endpoint_id = $1 AND position = $2";
        of.run(sql, values![id, settled]).await?;
    }
    for undelivered in &noted.undelivered {
        put(of, Put::Upsert, undelivered).await?;
    }
    log(of, noted.deliveries).await.map(drop)
}

/// Keeps what came of calls, under ids of their own, and gives the last of these.
pub async fn log(of: &impl Execute, deliveries: Vec<Delivery>) -> Result<i64> {
    if deliveries.is_empty() {
        return Ok(0);
    }
    let count = i64::try_from(deliveries.len()).unwrap_or(i64::MAX);
    let take = "UPDATE maitred.webhooks SET next_delivery = next_delivery + $1 WHERE one = 1 RETURNING next_delivery";
    let next = number(of, take, values![count]).await?;
    for (id, delivery) in (next - count..).zip(deliveries) {
        put(of, Put::Insert, &Delivery { id, ..delivery }).await?;
    }
    Ok(next - 1)
}

/// Notes that an event has said that an endpoint was disabled.
pub async fn announced(of: &impl Execute, id: EndpointId, now: Timestamp) -> Result<()> {
    let sql = "UPDATE maitred.endpoints SET announced_at = $2 WHERE id = $1 AND fault IS NOT NULL";
    of.run(sql, values![id, now]).await.map(drop)
}

/// Puts endpoints that are ahead of a feed at its end: the feed is that of an older backup.
pub async fn rewind(of: &impl Execute, last_position: i64) -> Result<u64> {
    let gone = "DELETE FROM maitred.undelivered WHERE position > $1";
    of.run(gone, values![last_position]).await?;
    let sql = "UPDATE maitred.webhooks SET forgotten_to = $1 WHERE one = 1 AND forgotten_to > $1";
    of.run(sql, values![last_position]).await?;
    let sql = "UPDATE maitred.endpoints SET position = $1, replay_position = NULL, replay_to = NULL, \
               generation = generation + 1 WHERE position > $1";
    of.run(sql, values![last_position]).await
}

/// Calls that are deleted at a time, of what is too old and of each endpoint.
const FORGET_AT_ONCE: u32 = 1_000;

/// Deletes some of the calls made before a time, and of those of an endpoint beyond the most that are kept. Says how
/// many; none when there are no more.
pub async fn forget_deliveries(of: &impl Execute, before: Timestamp) -> Result<u64> {
    let sql = "DELETE FROM maitred.deliveries WHERE id IN (SELECT id FROM maitred.deliveries WHERE at < $1 LIMIT $2)";
    let mut gone = of.run(sql, values![before, FORGET_AT_ONCE]).await?;
    let ids: Vec<EndpointId> = of.list("SELECT id FROM maitred.endpoints ORDER BY id", &[]).await?;
    for id in ids {
        let sql = "DELETE FROM maitred.deliveries WHERE id IN (SELECT id FROM maitred.deliveries \
                   WHERE endpoint_id = $1 ORDER BY id DESC LIMIT $2 OFFSET $3)";
        gone += of.run(sql, values![id, FORGET_AT_ONCE, DELIVERIES_MAX]).await?;
    }
    Ok(gone)
}

/// Whether any call was noted.
pub async fn has_deliveries(of: &impl Execute) -> Result<bool> {
    Ok(!of.list::<i64>("SELECT id FROM maitred.deliveries LIMIT 1", &[]).await?.is_empty())
}

/// Forgets what was answered about leads that were erased, as the events up to a position say.
pub async fn forget_answers(of: &impl Execute, leads: &[LeadId], to: i64) -> Result<()> {
    for lead in leads {
        let sql = "UPDATE maitred.deliveries SET answer = NULL WHERE lead_id = $1 AND answer IS NOT NULL";
        of.run(sql, values![*lead]).await?;
    }
    let sql = "UPDATE maitred.webhooks SET forgotten_to = $1 WHERE one = 1 AND forgotten_to < $1";
    of.run(sql, values![to]).await.map(drop)
}

pub async fn all(of: &impl Execute) -> Result<AllEndpoints> {
    let endpoints = endpoints(of, Page { limit: ENDPOINTS_MAX, after: None }).await?;
    let sql = format!("SELECT {} FROM maitred.undelivered u", columns_of::<Undelivered>("u"));
    Ok(AllEndpoints { endpoints, undelivered: of.list(&sql, &[]).await? })
}

/// Puts endpoints of another store, with their ids; those that are there are overwritten.
pub async fn put_all(to: &impl Execute, all: AllEndpoints) -> Result<()> {
    let next = all.endpoints.iter().map(|endpoint| endpoint.id.0 + 1).max().unwrap_or(1);
    let sql = "UPDATE maitred.webhooks SET next_endpoint = $1 WHERE one = 1 AND next_endpoint < $1";
    to.run(sql, values![next]).await?;
    for endpoint in &all.endpoints {
        put(to, Put::Upsert, &EndpointRow::of(endpoint)).await?;
        to.run("DELETE FROM maitred.undelivered WHERE endpoint_id = $1", values![endpoint.id]).await?;
    }
    for undelivered in &all.undelivered {
        put(to, Put::Upsert, undelivered).await?;
    }
    Ok(())
}
