//! Writing intakes and payloads. Of payloads no more are kept than [`PayloadState::kept_max`] says: what a batch adds
//! beyond that is not written, and what is too much then is deleted in the same transaction.

use super::{Text, Write};
use crate::StoreError;
use crate::schema::{IntakeRows, Put, TakenPayload};
use maitred_core::SourceId;
use maitred_core::intake::{FORGET_MAX, Payload, PayloadState};
use maitred_core::world::Changes;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

pub(super) fn write(to: &mut impl Write, changes: &Changes) -> Result<(), StoreError> {
    let rows = IntakeRows::of(&changes.intakes);
    to.put(Put::Upsert, &rows.tokens)?;
    to.put(Put::Upsert, &rows.settings)?;
    to.put(Put::Upsert, &rows.secrets)?;
    to.put(Put::Delete, &rows.removed)?;
    to.put(Put::Insert, newest(&changes.payloads_new))?;
    // Of one that was read again twice the last contact counts.
    let taken: BTreeMap<_, _> = changes.payloads_taken.iter().map(|(_, id, contact)| (*id, *contact)).collect();
    let taken = taken.into_iter().map(|(id, contact)| TakenPayload {
        id,
        contact: Some(contact),
        state: PayloadState::Taken,
        reason: "".into(),
    });
    to.put(Put::Update, &taken.collect::<Vec<_>>())?;
    trim(to, changes)?;
    match changes.payloads_before {
        Some(before) => to.run(&FORGET, [before.0, i64::try_from(FORGET_MAX).unwrap_or(i64::MAX)]),
        None => Ok(()),
    }
}

/// Those of a batch that are not too many for their source.
fn newest(payloads: &[Payload]) -> Vec<&Payload> {
    let mut counts: BTreeMap<(SourceId, PayloadState), usize> = BTreeMap::new();
    let mut kept: Vec<&Payload> = payloads
        .iter()
        .rev()
        .filter(|payload| {
            let count = counts.entry((payload.source, payload.state)).or_default();
            *count += 1;
            *count <= payload.state.kept_max()
        })
        .collect();
    kept.reverse();
    kept
}

static FORGET: LazyLock<Text> = LazyLock::new(|| {
    Text::new(
        "DELETE FROM maitred.payloads WHERE id IN \
         (SELECT id FROM maitred.payloads WHERE received_at < $1 ORDER BY received_at LIMIT $2)",
    )
});

fn trim(to: &mut impl Write, changes: &Changes) -> Result<(), StoreError> {
    static STATEMENTS: LazyLock<[Text; PayloadState::ALL.len()]> = LazyLock::new(|| {
        PayloadState::ALL.map(|state| {
            let of = format!("source_id = $1 AND state = {}", state as i64);
            Text::new(format!(
                "DELETE FROM maitred.payloads WHERE {of} AND id <= \
                 (SELECT id FROM maitred.payloads WHERE {of} ORDER BY id DESC LIMIT 1 OFFSET $2)"
            ))
        })
    });
    let added = changes.payloads_new.iter().map(|payload| (payload.source, payload.state));
    let taken = changes.payloads_taken.iter().map(|(source, ..)| (*source, PayloadState::Taken));
    let grown: BTreeSet<_> = added.chain(taken).collect();
    for (source, state) in grown {
        let most = i64::try_from(state.kept_max()).unwrap_or(i64::MAX);
        to.run(&STATEMENTS[state as usize], [source.0, most])?;
    }
    Ok(())
}
