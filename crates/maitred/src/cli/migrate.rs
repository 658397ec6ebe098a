//! `maitred migrate`: brings the schema up to date without serving.

use super::{Ended, output, shown};
use crate::config::{DatabaseUrl, Settings};
use crate::store::sqlite;
use std::process::ExitCode;

pub(super) fn run(settings: &Settings) -> Ended {
    let DatabaseUrl::Sqlite(path) = &settings.database;
    let before = if path.exists() { Some(sqlite::version_of(path)?) } else { None };
    sqlite::Writer::open(path)?.close();
    let (path, newest) = (shown(path), sqlite::newest_version());
    output::give(&match before {
        None => format!("{path} was created with schema version {newest}\n"),
        Some(before) if before < newest => format!("{path} went from schema version {before} to {newest}\n"),
        Some(_) => format!("{path} has schema version {newest} already; nothing to do\n"),
    })?;
    Ok(ExitCode::SUCCESS)
}
