//! The schema: which version a database has, and bringing it up to date. All of it in one transaction, under a lock on
//! a row, so that many nodes may start at once, on engines that have no advisory locks too.

use super::connect::check_version;
use crate::search::{searched, tail};
use crate::words::words;
use crate::{MARK_OF_A_COPY, StoreError, migrations};
use maitred_core::IdentityKind;
use tokio_postgres::types::{FromSql, ToSql, Type};
use tokio_postgres::{Client, Row};

/// The migration after which rows get what they are searched by.
const SEARCH: i32 = 11;
/// How many rows get it at once.
const ROWS_AT_ONCE: i64 = 5_000;

/// How often the lock is tried to be made: of many nodes that start at once on an empty database one makes it, and the
/// others run into each other a few times.
const TRIES_MAX: u32 = 20;

/// The newest schema version this program knows.
#[must_use]
pub fn newest_version() -> i64 {
    migrations::newest(migrations::POSTGRES)
}

/// The schema version of a database; 0 when it has none yet.
///
/// # Errors
/// [`StoreError`] when the database cannot be read.
pub async fn schema_version(client: &Client) -> Result<i64, StoreError> {
    let known = "SELECT count(*) FROM information_schema.tables \
                 WHERE table_schema = 'maitred' AND table_name = 'schema_history'";
    if client.query_typed_one(known, &[]).await?.try_get::<_, i64>(0)? == 0 {
        return Ok(0);
    }
    let newest = "SELECT coalesce(max(version), 0)::bigint FROM maitred.schema_history";
    Ok(client.query_typed_one(newest, &[]).await?.try_get(0)?)
}

/// Makes sure that a database can be read by this program as it is.
///
/// # Errors
/// [`StoreError`] when it is of another version, or no database of ours.
pub async fn check(client: &Client) -> Result<(), StoreError> {
    check_version(client).await?;
    match schema_version(client).await? {
        0 => Err(StoreError::Unusable(
            "the database has no tables of maitred; start a server first (maitred serve), or `maitred migrate`".into(),
        )),
        found if found < newest_version() => Err(StoreError::OlderSchema(found, newest_version())),
        found if found > newest_version() => Err(StoreError::NewerSchema(found, newest_version())),
        _ => check_whole(client).await,
    }
}

/// Makes sure that the database is no unfinished copy of another one.
///
/// # Errors
/// [`StoreError::UnfinishedCopy`] when it is.
pub(super) async fn check_whole(client: &Client) -> Result<(), StoreError> {
    let is_marked = "SELECT count(*) FROM information_schema.tables \
                     WHERE table_schema = 'maitred' AND table_name = $1";
    let marks = client.query_typed_one(is_marked, &[(&MARK_OF_A_COPY, Type::TEXT)]).await?;
    if marks.try_get::<_, i64>(0)? == 0 {
        return Ok(());
    }
    let sql = format!("SELECT coalesce(max(source), '') FROM maitred.{MARK_OF_A_COPY}");
    Err(StoreError::UnfinishedCopy(client.query_typed_one(&sql, &[]).await?.try_get(0)?))
}

/// Brings the schema up to date, and returns the version it had.
///
/// # Errors
/// [`StoreError`] when it could not; the schema is as it was then.
pub async fn migrate(client: &Client) -> Result<i64, StoreError> {
    check_version(client).await?;
    match schema_version(client).await? {
        found if found == newest_version() => return Ok(found),
        found if found > newest_version() => return Err(StoreError::NewerSchema(found, newest_version())),
        _ => {}
    }
    make_lock(client).await?;
    let migrated = under_lock(client).await;
    if migrated.is_err() {
        // What failed inside a transaction is undone when the connection ends, at the latest.
        let _ = client.batch_execute("ROLLBACK").await;
    }
    migrated
}

/// Makes the table that everybody locks, unless it is there. `IF NOT EXISTS` looks first and makes then: two nodes at
/// once may both look, and one of them fails. It tries again and finds the work done.
async fn make_lock(client: &Client) -> Result<(), StoreError> {
    let sql = "CREATE SCHEMA IF NOT EXISTS maitred;
        CREATE TABLE IF NOT EXISTS maitred.schema_lock (one BIGINT PRIMARY KEY);
        INSERT INTO maitred.schema_lock VALUES (1) ON CONFLICT DO NOTHING;
        CREATE TABLE IF NOT EXISTS maitred.schema_history (
            version BIGINT PRIMARY KEY, name TEXT NOT NULL, applied_at TEXT NOT NULL, checksum TEXT NOT NULL);";
    let mut tries = 0;
    loop {
        match client.batch_execute(sql).await {
            Ok(()) => return Ok(()),
            Err(error) if tries < TRIES_MAX && error.as_db_error().is_some() => {
                tries += 1;
                let rest = std::time::Duration::from_millis(u64::from(tries) * 10);
                tokio::time::sleep(rest).await;
            }
            Err(error) => return Err(failed(&error)),
        }
    }
}

async fn under_lock(client: &Client) -> Result<i64, StoreError> {
    client.batch_execute("BEGIN; SELECT one FROM maitred.schema_lock WHERE one = 1 FOR UPDATE").await?;
    let before = schema_version(client).await?;
    let runner = migrations::runner(migrations::POSTGRES);
    let mut missing: Vec<_> =
        runner.get_migrations().iter().filter(|migration| i64::from(migration.version()) > before).collect();
    missing.sort_by_key(|migration| migration.version());
    for migration in missing {
        client.batch_execute(migration.sql().unwrap_or_default()).await.map_err(|e| failed(&e))?;
        if migration.version() == SEARCH {
            fill_search(client).await?;
        }
        let sql = "INSERT INTO maitred.schema_history VALUES ($1, $2, now()::text, $3)";
        let (version, checksum) = (i64::from(migration.version()), migration.checksum().to_string());
        let values: [(&(dyn ToSql + Sync), Type); 3] =
            [(&version, Type::INT8), (&migration.name(), Type::TEXT), (&checksum, Type::TEXT)];
        client.execute_typed(sql, &values).await.map_err(|e| failed(&e))?;
    }
    client.batch_execute("COMMIT").await.map_err(|e| failed(&e))?;
    Ok(before)
}

/// Gives the rows that are there what [`crate::search`] makes of them.
async fn fill_search(client: &Client) -> Result<(), StoreError> {
    let mut after = -1_i64;
    loop {
        let sql = "SELECT id, name FROM maitred.leads WHERE id > $1 AND name IS NOT NULL ORDER BY id LIMIT $2";
        let rows = client.query_typed(sql, &[(&after, Type::INT8), (&ROWS_AT_ONCE, Type::INT8)]).await;
        let leads: Vec<(i64, String)> = pairs(&rows.map_err(|e| failed(&e))?)?;
        let Some((last, _)) = leads.last() else { break };
        after = *last;
        let words = leads.iter().flat_map(|(id, name)| words(name).into_iter().map(|word| (word, *id)));
        let (words, ids): (Vec<String>, Vec<i64>) = words.unzip();
        let sql = "INSERT INTO maitred.lead_words SELECT * FROM unnest($1::text[], $2::bigint[])";
        let values: [(&(dyn ToSql + Sync), Type); 2] = [(&words, Type::TEXT_ARRAY), (&ids, Type::INT8_ARRAY)];
        client.execute_typed(sql, &values).await.map_err(|e| failed(&e))?;
    }
    for kind in IdentityKind::ALL {
        fill_identities(client, kind).await?;
    }
    Ok(())
}

async fn fill_identities(client: &Client, kind: IdentityKind) -> Result<(), StoreError> {
    let (code, mut after) = (kind as i16, String::new());
    loop {
        let sql = "SELECT DISTINCT value, value FROM maitred.identities WHERE kind = $1 AND value > $2 \
                   ORDER BY value LIMIT $3";
        let values: [(&(dyn ToSql + Sync), Type); 3] =
            [(&code, Type::INT2), (&after, Type::TEXT), (&ROWS_AT_ONCE, Type::INT8)];
        let rows = client.query_typed(sql, &values).await.map_err(|e| failed(&e))?;
        let all: Vec<(String, String)> = pairs(&rows)?;
        let Some((last, _)) = all.last() else { return Ok(()) };
        after.clone_from(last);
        let values: Vec<&String> = all.iter().map(|(value, _)| value).collect();
        let forms: Vec<String> = all.iter().map(|(value, _)| searched(kind, value)).collect();
        let tails: Vec<Option<String>> = all.iter().map(|(value, _)| tail(kind, value)).collect();
        let sql = "UPDATE maitred.identities i SET search = n.search, tail = n.tail \
                   FROM unnest($2::text[], $3::text[], $4::text[]) AS n (value, search, tail) \
                   WHERE i.kind = $1 AND i.value = n.value";
        let values: [(&(dyn ToSql + Sync), Type); 4] =
            [(&code, Type::INT2), (&values, Type::TEXT_ARRAY), (&forms, Type::TEXT_ARRAY), (&tails, Type::TEXT_ARRAY)];
        client.execute_typed(sql, &values).await.map_err(|e| failed(&e))?;
    }
}

fn pairs<A, B>(rows: &[Row]) -> Result<Vec<(A, B)>, StoreError>
where
    A: for<'a> FromSql<'a>,
    B: for<'a> FromSql<'a>,
{
    let pair = |row: &Row| Ok((row.try_get(0)?, row.try_get(1)?));
    rows.iter().map(pair).collect::<Result<_, tokio_postgres::Error>>().map_err(|e| failed(&e))
}

fn failed(error: &tokio_postgres::Error) -> StoreError {
    match StoreError::from_postgres(error) {
        StoreError::Engine(why) | StoreError::Conflict(why) => StoreError::Migration(why),
        other => other,
    }
}
