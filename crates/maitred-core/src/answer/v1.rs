//! Reads the answers that 0.1 kept, by making them the JSON that is kept today. They are forgotten after a
//! week or so (`--idempotency-hours`), so this file may go when nobody updates from 0.1 any more.
//!
//! It names fields as JSON and knows no nouns: a new field gets its default as in any older JSON.

use crate::codec::{Malformed, Reader};
use crate::ids::Timestamp;
use crate::nouns::Status;
use crate::policy::Policy;
use crate::source_kind::SourceKind;
use serde::Serialize;
use serde_json::{Value, json};

/// The first byte. JSON never begins with it.
pub(super) const VERSION: u8 = 1;

/// What was kept at this time.
pub(super) fn to_json(at: Timestamp, bytes: &[u8]) -> Result<Value, Malformed> {
    let mut from = Reader::new(bytes);
    from.version(VERSION)?;
    let kept = match from.byte()? {
        0 => submitted(&mut from, at)?,
        1 => json!({"outcome": {"contact": contact(&mut from)?}}),
        2 => json!({"outcome": {"submitted_before": contact(&mut from)?}}),
        3 => json!({"outcome": {"operator": operator(&mut from)?}}),
        4 => json!({"outcome": {"source": source(&mut from)?}}),
        5 => json!({"outcome": {"weight": [from.i64()?, from.i64()?, from.u32()?]}}),
        6 => {
            let (source, count) = (from.i64()?, from.u32()?);
            let weight = |from: &mut Reader<'_>| Ok(json!([from.i64()?, from.u32()?]));
            let weights = (0..count).map(|_| weight(&mut from)).collect::<Result<Vec<_>, Malformed>>()?;
            json!({"outcome": {"weights": [source, weights]}})
        }
        7 => json!({"outcome": {"lead": lead(&mut from)?}}),
        8 => json!({"outcome": {"shown": [from.i64()?, from.text()?]}}),
        9 => json!({"outcome": "done"}),
        10 => {
            let mut lead = lead(&mut from)?;
            lead["erased_at"] = json!(from.i64()?);
            json!({"outcome": {"lead": lead}})
        }
        code => return Err(Malformed::UnknownCode(code.into())),
    };
    from.finish()?;
    Ok(kept)
}

/// A contact of which today only this much is kept.
fn submitted(from: &mut Reader<'_>, at: Timestamp) -> Result<Value, Malformed> {
    let contact = contact(from)?;
    let age = contact["created_at"].as_i64().map(|created_at| at.0.wrapping_sub(created_at));
    Ok(json!({"new": [contact["id"], contact["lead"], contact["operator"], age]}))
}

fn contact(from: &mut Reader<'_>) -> Result<Value, Malformed> {
    let (id, lead, source) = (from.i64()?, from.i64()?, from.i64()?);
    let (operator, status, priority) = (from.option(Reader::i64)?, one_of(from, &Status::ALL)?, from.i64()?);
    let (message, attributes) = (from.option(Reader::text)?, from.option(Reader::text)?);
    let created_at = from.i64()?;
    let later = |after: i64| created_at.wrapping_add(after);
    Ok(json!({
        "id": id,
        "lead": lead,
        "source": source,
        "operator": operator,
        "status": status,
        "priority": priority,
        "message": message,
        "attributes": attributes,
        "created_at": created_at,
        "assigned_at": from.option(Reader::i64)?.map(later),
        "resolved_at": from.option(Reader::i64)?.map(later),
        "updated_at": later(from.i64()?),
        "decisions": from.u32()?,
    }))
}

fn operator(from: &mut Reader<'_>) -> Result<Value, Malformed> {
    Ok(json!({
        "id": from.i64()?,
        "name": from.text()?,
        "is_active": from.flag()?,
        "max_load": from.u32()?,
        "current_load": from.u32()?,
        "last_assigned_at": from.option(Reader::i64)?,
        "created_at": from.i64()?,
        "updated_at": from.i64()?,
        "deleted_at": from.option(Reader::i64)?,
    }))
}

fn source(from: &mut Reader<'_>) -> Result<Value, Malformed> {
    Ok(json!({
        "id": from.i64()?,
        "name": from.text()?,
        "description": from.text()?,
        "kind": one_of(from, &SourceKind::ALL)?,
        "policy": one_of(from, &Policy::ALL)?,
        "sticky": from.flag()?,
        "default_region": from.option(Reader::text)?,
        "created_at": from.i64()?,
        "updated_at": from.i64()?,
        "deleted_at": from.option(Reader::i64)?,
    }))
}

fn lead(from: &mut Reader<'_>) -> Result<Value, Malformed> {
    Ok(json!({
        "id": from.i64()?,
        "name": from.option(Reader::text)?,
        "merged_into": from.option(Reader::i64)?,
        "created_at": from.i64()?,
        "updated_at": from.i64()?,
    }))
}

/// A value by its index in a list that only grows at its end.
fn one_of<T: Copy + Serialize>(from: &mut Reader<'_>, all: &[T]) -> Result<T, Malformed> {
    let code = from.byte()?;
    all.get(usize::from(code)).copied().ok_or(Malformed::UnknownCode(code.into()))
}
