//! What is done with the rows of Web Push, step by step, for both engines. Whatever changes something is one
//! transaction, which has the row of `access` to itself.

use crate::StoreError;
use crate::account_steps::{Execute, put};
use crate::push::{Browser, PushKey, PushNotice};
use crate::reading::values;
use crate::schema::{Put, columns_of};
use maitred_core::{ContactId, OperatorId, Timestamp};
use std::sync::Arc;

type Result<T> = std::result::Result<T, StoreError>;

/// Notices are forgotten so many at a time.
const FORGOTTEN_AT_ONCE: u32 = 1_000;

/// The key of this installation, if it has one.
pub async fn key(of: &impl Execute) -> Result<Option<PushKey>> {
    Ok(of.list(&format!("SELECT {} FROM maitred.push_key k", columns_of::<PushKey>("k")), &[]).await?.pop())
}

/// Makes it the key of this installation, unless there is one. Gives the one that there is.
pub async fn put_key(to: &impl Execute, made: PushKey) -> Result<PushKey> {
    if let Some(known) = key(to).await? {
        return Ok(known);
    }
    put(to, Put::Upsert, &made).await?;
    Ok(made)
}

/// The browsers of an operator, those that subscribed first before others.
pub async fn browsers_of(of: &impl Execute, operator: OperatorId) -> Result<Vec<Browser>> {
    let columns = columns_of::<Browser>("b");
    let sql =
        format!("SELECT {columns} FROM maitred.push_browsers b WHERE b.operator_id = $1 ORDER BY b.created_at, b.id");
    of.list(&sql, values![operator]).await
}

/// Adds a browser, or gives it to another operator. One that its operator has stays as old as it is, for it is still to
/// be told of what they got since. Beyond `most`, those of the operator that subscribed first go. Gives what is stored.
pub async fn put_browser(to: &impl Execute, mut browser: Browser, most: usize) -> Result<Browser> {
    let known = browsers_of(to, browser.operator).await?;
    if let Some(known) = known.into_iter().find(|known| known.id == browser.id) {
        browser = Browser { created_at: known.created_at, told_at: known.told_at, error: known.error, ..browser };
    }
    put(to, Put::Upsert, &browser).await?;
    let browsers = browsers_of(to, browser.operator).await?;
    for old in browsers.iter().take(browsers.len().saturating_sub(most)) {
        remove(to, old.operator, old.id).await?;
    }
    Ok(browser)
}

/// Forgets a browser of an operator. False when it was not there.
pub async fn remove(of: &impl Execute, operator: OperatorId, id: i64) -> Result<bool> {
    let sql = "DELETE FROM maitred.push_browsers WHERE operator_id = $1 AND id = $2";
    Ok(of.run(sql, values![operator, id]).await? > 0)
}

/// Forgets all browsers of an operator.
pub async fn remove_all(of: &impl Execute, operator: OperatorId) -> Result<()> {
    of.run("DELETE FROM maitred.push_browsers WHERE operator_id = $1", values![operator]).await.map(drop)
}

/// Notes what became of a message to a browser, unless that is gone.
pub async fn note(of: &impl Execute, id: i64, at: Timestamp, error: Option<Arc<str>>) -> Result<()> {
    match error {
        None => {
            let sql = "UPDATE maitred.push_browsers SET told_at = $2, error = NULL WHERE id = $1";
            of.run(sql, values![id, at]).await.map(drop)
        }
        Some(error) => {
            of.run("UPDATE maitred.push_browsers SET error = $2 WHERE id = $1", values![id, error]).await.map(drop)
        }
    }
}

/// Whether any operator has a browser that is told.
pub async fn has_any(of: &impl Execute) -> Result<bool> {
    let sql = format!("SELECT {} FROM maitred.push_browsers b LIMIT 1", columns_of::<Browser>("b"));
    Ok(!of.list::<Browser>(&sql, &[]).await?.is_empty())
}

/// What operators were told of a contact in their browsers.
pub async fn notices(of: &impl Execute, contact: ContactId) -> Result<Vec<PushNotice>> {
    let columns = columns_of::<PushNotice>("n");
    let sql = format!("SELECT {columns} FROM maitred.push_notices n WHERE n.contact_id = $1 ORDER BY n.operator_id");
    of.list(&sql, values![contact]).await
}

pub async fn put_notice(to: &impl Execute, notice: PushNotice) -> Result<()> {
    put(to, Put::Upsert, &notice).await
}

/// Forgets what operators were told before a time, some at a time.
pub async fn forget_notices(of: &impl Execute, before: Timestamp) -> Result<()> {
    let sql = "DELETE FROM maitred.push_notices WHERE (contact_id, operator_id) IN \
               (SELECT contact_id, operator_id FROM maitred.push_notices WHERE told_at < $1 ORDER BY told_at LIMIT $2)";
    of.run(sql, values![before, FORGOTTEN_AT_ONCE]).await.map(drop)
}

/// All browsers, some at a time: those behind an id.
pub async fn browsers_behind(of: &impl Execute, id: i64, limit: u32) -> Result<Vec<Browser>> {
    let columns = columns_of::<Browser>("b");
    let sql = format!("SELECT {columns} FROM maitred.push_browsers b WHERE b.id > $1 ORDER BY b.id LIMIT $2");
    of.list(&sql, values![id, limit]).await
}

/// Puts the key and browsers of another store.
pub async fn take_over(to: &impl Execute, key: PushKey, browsers: Vec<Browser>) -> Result<()> {
    put(to, Put::Upsert, &key).await?;
    for browser in &browsers {
        put(to, Put::Upsert, browser).await?;
    }
    Ok(())
}
