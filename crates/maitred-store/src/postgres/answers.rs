//! Answers that are kept under a key: reading, keeping, and forgetting them when they are old.

use super::statement::{Statement, list};
use crate::StoreError;
use maitred_core::world::Needs;
use maitred_core::{Answer, Malformed, Once, Timestamp};
use tokio_postgres::types::Type;
use tokio_postgres::{Client, Row};

/// What was answered under these keys before.
///
/// # Errors
/// [`StoreError`] when the database cannot be read.
pub async fn load(client: &Client, needs: &Needs) -> Result<Vec<Answer>, StoreError> {
    if needs.answers.is_empty() {
        return Ok(Vec::new());
    }
    let keys: Vec<&[u8]> = needs.answers.iter().map(<[u8; 16]>::as_slice).collect();
    let sql = "SELECT key, fingerprint, at, outcome FROM maitred.answers WHERE key = ANY($1)";
    list(client, sql, &[(&keys, Type::BYTEA_ARRAY)], |row| {
        let once = Once { key: digest(row, 0)?, fingerprint: digest(row, 1)? };
        Ok(Answer::decode(once, Timestamp(row.try_get(2)?), row.try_get(3)?)?)
    })
    .await
}

fn digest(row: &Row, column: usize) -> Result<[u8; 16], StoreError> {
    Ok(row.try_get::<_, &[u8]>(column)?.try_into().map_err(|_| Malformed::Truncated)?)
}

/// The statement that keeps what commands were answered.
pub fn keep(answers: &[Answer]) -> Statement {
    let sql = "INSERT INTO maitred.answers (key, fingerprint, at, lead_id, outcome) \
               SELECT * FROM unnest($1::bytea[], $2::bytea[], $3::bigint[], $4::bigint[], $5::bytea[])";
    let each = |column: fn(&Answer) -> Vec<u8>| answers.iter().map(column).collect::<Vec<_>>();
    Statement::new(sql)
        .with(each(|answer| answer.once.key.to_vec()), Type::BYTEA_ARRAY)
        .with(each(|answer| answer.once.fingerprint.to_vec()), Type::BYTEA_ARRAY)
        .with(answers.iter().map(|answer| answer.at.0).collect::<Vec<_>>(), Type::INT8_ARRAY)
        .with(answers.iter().map(|answer| answer.about().map(|lead| lead.0)).collect::<Vec<_>>(), Type::INT8_ARRAY)
        .with(each(Answer::encode), Type::BYTEA_ARRAY)
}

/// Deletes answers given before a time, oldest first, at most so many, and says how many those were.
///
/// # Errors
/// [`StoreError`] when the database cannot be written.
pub async fn forget(client: &Client, before: Timestamp, at_most: usize) -> Result<usize, StoreError> {
    let sql = "DELETE FROM maitred.answers WHERE key IN \
               (SELECT key FROM maitred.answers WHERE at < $1 ORDER BY at LIMIT $2)";
    let at_most = at_most as i64;
    let gone = client.execute_typed(sql, &[(&before.0, Type::INT8), (&at_most, Type::INT8)]).await?;
    Ok(usize::try_from(gone).unwrap_or_default())
}
