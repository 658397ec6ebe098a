//! Functions of this program that migrations call: what SQL cannot do alone.

use crate::StoreError;
use crate::search::{searched, tail};
use crate::words::words;
use maitred_core::IdentityKind;
use rusqlite::Connection;
use rusqlite::functions::{Context, FunctionFlags};

/// Makes them known to a connection.
///
/// # Errors
/// When the engine refuses them.
pub fn add(conn: &Connection) -> Result<(), StoreError> {
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC;
    conn.create_scalar_function("maitred_words", 1, flags, |call| {
        let words = words(&call.get::<String>(0)?);
        serde_json::to_string(&words).map_err(|error| rusqlite::Error::UserFunctionError(error.into()))
    })?;
    conn.create_scalar_function("maitred_searched", 2, flags, |call| {
        Ok(searched(kind(call)?, &call.get::<String>(1)?))
    })?;
    conn.create_scalar_function("maitred_tail", 2, flags, |call| Ok(tail(kind(call)?, &call.get::<String>(1)?)))?;
    Ok(())
}

fn kind(call: &Context<'_>) -> rusqlite::Result<IdentityKind> {
    let code: i64 = call.get(0)?;
    let kind = IdentityKind::ALL.into_iter().find(|kind| *kind as i64 == code);
    kind.ok_or_else(|| rusqlite::Error::UserFunctionError(format!("{code} is no kind of identity").into()))
}
