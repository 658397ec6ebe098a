//! How those are called whom a page names by their ids, deleted and merged ones included.

use super::{leads as of_leads, operators};
use crate::StoreError;
use crate::postgres::statement::list;
use crate::views::{LeadName, Mentioned, Named};
use futures_util::future::{try_join, try_join3};
use maitred_core::{LeadId, SourceId};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use tokio_postgres::Client;
use tokio_postgres::types::Type;

/// The most identities of one lead that are told.
const IDENTITIES_MAX: usize = 4;

/// The names of these leads, sources and operators; who never was there is left out.
///
/// # Errors
/// [`StoreError`] when the database cannot be read.
pub async fn named(client: &Client, mentioned: &Mentioned) -> Result<Named, StoreError> {
    let operators = operators::names(client, mentioned.operators.iter().copied());
    let (leads, sources, operators) =
        try_join3(leads(client, &mentioned.leads), sources(client, &mentioned.sources), operators).await?;
    Ok(Named { leads, sources, operators: operators.into_iter().collect() })
}

async fn leads(client: &Client, ids: &BTreeSet<LeadId>) -> Result<BTreeMap<LeadId, LeadName>, StoreError> {
    let ids: Vec<i64> = ids.iter().map(|id| id.0).collect();
    if ids.is_empty() {
        return Ok(BTreeMap::new());
    }
    let (leads, mut identities) =
        try_join(of_leads::leads_of(client, &ids), of_leads::identities(client, &ids)).await?;
    let name = |(id, lead): (i64, maitred_core::Lead)| {
        let mut identities = identities.remove(&id).unwrap_or_default();
        identities.truncate(IDENTITIES_MAX);
        (lead.id, LeadName { name: lead.name, identities })
    };
    Ok(leads.into_iter().map(name).collect())
}

async fn sources(client: &Client, ids: &BTreeSet<SourceId>) -> Result<BTreeMap<SourceId, Arc<str>>, StoreError> {
    let ids: Vec<i64> = ids.iter().map(|id| id.0).collect();
    if ids.is_empty() {
        return Ok(BTreeMap::new());
    }
    let sql = "SELECT id, name FROM maitred.sources WHERE id = ANY($1)";
    let name = |row: &tokio_postgres::Row| Ok((SourceId(row.try_get(0)?), Arc::from(row.try_get::<_, &str>(1)?)));
    Ok(list(client, sql, &[(&ids, Type::INT8_ARRAY)], name).await?.into_iter().collect())
}
