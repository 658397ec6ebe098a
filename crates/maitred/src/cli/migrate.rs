//! `maitred migrate`: brings the schema up to date without serving.

use super::{Ended, output, shown};
use crate::config::Settings;
use maitred_store::url::DatabaseUrl;
use maitred_store::{StoreError, postgres, sqlite};
use std::process::ExitCode;

pub(super) fn run(settings: &Settings) -> Ended {
    let (name, before, newest) = match &settings.database {
        DatabaseUrl::Sqlite(path) => {
            let before = if path.exists() { Some(sqlite::version_of(path)?) } else { None };
            sqlite::Writer::open(path)?.close();
            (shown(path), before, sqlite::newest_version())
        }
        DatabaseUrl::Postgres(url) => {
            let before = super::runtime()?.block_on(async {
                let client = postgres::Address::new(url)?.connect().await?;
                postgres::migrate(&client).await
            });
            let before = before.map_err(Box::<StoreError>::from)?;
            (url.to_string(), Some(before).filter(|version| *version > 0), postgres::newest_version())
        }
    };
    output::give(&match before {
        None => format!("{name} was created with schema version {newest}\n"),
        Some(before) if before < newest => format!("{name} went from schema version {before} to {newest}\n"),
        Some(_) => format!("{name} has schema version {newest} already; nothing to do\n"),
    })?;
    Ok(ExitCode::SUCCESS)
}
