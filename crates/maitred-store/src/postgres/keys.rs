//! Keys, users and sessions in PostgreSQL, beside the batches and without a turn: over one connection of their own, so
//! that looking for changes never waits for a read of contacts.

use super::connect::Address;
use super::migrate;
use super::statement::list;
use crate::StoreError;
use crate::account_steps::Execute;
use crate::schema::{FromRow, Value};
use crate::url::PostgresUrl;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Mutex;
use tokio::time::timeout;
use tokio_postgres::Client;

/// How long to wait for any one answer, connecting included.
const ANSWER_MAX: Duration = Duration::from_secs(5);

type Result<T> = std::result::Result<T, StoreError>;

/// See the module. Clones share the connection.
#[derive(Clone)]
pub struct KeyTable(Arc<Inner>);

struct Inner {
    address: Address,
    /// None before the first question, and after the connection broke.
    client: Mutex<Option<Client>>,
}

impl KeyTable {
    pub(crate) async fn open(url: &PostgresUrl) -> Result<Self> {
        let address = Address::new(url)?;
        let client = address.connect().await?;
        migrate::migrate(&client).await?;
        Ok(Self(Arc::new(Inner { address, client: Mutex::new(Some(client)) })))
    }

    /// Reads, statement by statement.
    pub(crate) async fn read<T>(&self, steps: impl AsyncFnOnce(&Client) -> Result<T>) -> Result<T> {
        self.ask(steps).await
    }

    /// One transaction, which has `access` to itself. What breaks it in the middle breaks the connection, or is undone.
    pub(crate) async fn write<T>(&self, steps: impl AsyncFnOnce(&Client) -> Result<T>) -> Result<T> {
        self.ask(async |client| {
            client.batch_execute("BEGIN").await?;
            let worked = async {
                client.query_typed("SELECT version FROM maitred.access WHERE one = 1 FOR UPDATE", &[]).await?;
                steps(client).await
            };
            let end = async |sql: &str| Ok::<_, StoreError>(client.batch_execute(sql).await?);
            match worked.await {
                Ok(done) => end("COMMIT").await.map(|()| done),
                Err(error) => {
                    end("ROLLBACK").await?;
                    Err(error)
                }
            }
        })
        .await
    }

    /// Asks the server something, over a new connection if the last one broke.
    async fn ask<T>(&self, question: impl AsyncFnOnce(&Client) -> Result<T>) -> Result<T> {
        let mut place = self.0.client.lock().await;
        let kept = place.take().filter(|client| !client.is_closed());
        let asked = async {
            let client = match kept {
                Some(client) => client,
                None => self.0.address.connect().await?,
            };
            let answer = question(&client).await;
            if !matches!(answer, Err(StoreError::Unreachable(_))) {
                *place = Some(client);
            }
            answer
        };
        timeout(ANSWER_MAX, asked)
            .await
            .unwrap_or_else(|_| Err(StoreError::Unreachable("no answer in time".to_owned())))
    }
}

impl Execute for Client {
    async fn list<T: FromRow>(&self, sql: &str, values: &[Value<'_>]) -> Result<Vec<T>> {
        let values: Vec<_> = values.iter().map(|value| (value as _, value.r#type())).collect();
        list(self, sql, &values).await
    }

    async fn run(&self, sql: &str, values: &[Value<'_>]) -> Result<u64> {
        let values: Vec<_> = values.iter().map(|value| (value as _, value.r#type())).collect();
        Ok(self.execute_typed(sql, &values).await?)
    }
}
