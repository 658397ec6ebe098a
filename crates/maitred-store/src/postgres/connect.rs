//! Connecting to PostgreSQL, and what its errors mean for us.

use super::tls;
use crate::StoreError;
use crate::url::PostgresUrl;
use deadpool_postgres::Connect;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use std::time::Duration;
use tokio::task::JoinHandle;
use tokio_postgres::config::SslMode;
use tokio_postgres::error::SqlState;
use tokio_postgres::{Client, Config, Connection, NoTls};
use tokio_postgres_rustls::MakeRustlsConnect;

/// The oldest PostgreSQL that is tested, as `server_version_num` counts.
const VERSION_MIN: i64 = 150_000;
/// How long to wait for a connection, unless the URL says otherwise.
const CONNECT_MAX: Duration = Duration::from_secs(5);
/// When a silent connection is asked whether it is still there, and how often, before it is given up: a server whose
/// machine is gone sends no word of it.
const KEEPALIVE_IDLE: Duration = Duration::from_secs(5);
const KEEPALIVE_INTERVAL: Duration = Duration::from_secs(2);
const KEEPALIVE_RETRIES: u32 = 3;
/// How long what was sent may stay unacknowledged.
const UNACKNOWLEDGED_MAX: Duration = Duration::from_secs(10);

/// Where to connect, and how.
#[derive(Clone)]
pub struct Address {
    url: PostgresUrl,
    tls: MakeRustlsConnect,
}

impl Address {
    /// Prepares for connecting; nothing is sent yet.
    ///
    /// # Errors
    /// [`StoreError::Unusable`] when the certificates that the URL names cannot be read.
    pub fn new(url: &PostgresUrl) -> Result<Self, StoreError> {
        let tls = tls::connector(url)?;
        let mut url = url.clone();
        let config = &mut url.config;
        if config.get_connect_timeout().is_none() {
            config.connect_timeout(CONNECT_MAX);
        }
        config.keepalives_idle(KEEPALIVE_IDLE).keepalives_interval(KEEPALIVE_INTERVAL);
        config.keepalives_retries(KEEPALIVE_RETRIES).tcp_user_timeout(UNACKNOWLEDGED_MAX);
        Ok(Self { url, tls })
    }

    /// The settings of the driver.
    #[must_use]
    pub const fn config(&self) -> &Config {
        &self.url.config
    }

    /// What wraps a connection in TLS.
    #[must_use]
    pub fn tls(&self) -> MakeRustlsConnect {
        self.tls.clone()
    }

    /// Connects, and drives the connection from a task of the current runtime until it ends.
    ///
    /// # Errors
    /// [`StoreError::Unreachable`], or [`StoreError::Unusable`] when the server answers with a lasting no.
    pub async fn connect(&self) -> Result<Client, StoreError> {
        let (client, _) = self.dial().await.map_err(|e| self.refused(&e))?;
        Ok(client)
    }

    async fn dial(&self) -> Result<(Client, JoinHandle<()>), tokio_postgres::Error> {
        let config = &self.url.config;
        if config.get_ssl_mode() == SslMode::Disable {
            let (client, connection) = config.connect(NoTls).await?;
            Ok((client, drive(connection)))
        } else {
            let (client, connection) = config.connect(self.tls()).await?;
            Ok((client, drive(connection)))
        }
    }

    /// Says where, in an error of connecting.
    pub(super) fn refused(&self, error: &tokio_postgres::Error) -> StoreError {
        match StoreError::from_postgres(error) {
            StoreError::Engine(why) => StoreError::Unusable(format!("cannot connect to {}: {why}", self.url)),
            StoreError::Unreachable(why) => StoreError::Unreachable(format!("{}: {why}", self.url)),
            other => other,
        }
    }
}

impl Connect for Address {
    fn connect(&self, _: &Config) -> BoxFuture<'_, Result<(Client, JoinHandle<()>), tokio_postgres::Error>> {
        self.dial().boxed()
    }
}

/// Moves bytes until the connection ends. Why it ended is told to those who wait for an answer then.
fn drive<S, T>(connection: Connection<S, T>) -> JoinHandle<()>
where
    Connection<S, T>: Future<Output = Result<(), tokio_postgres::Error>> + Send + 'static,
{
    tokio::spawn(async move { _ = connection.await })
}

/// Makes sure that the server is new enough. Engines that only speak PostgreSQL's language count versions their own
/// way and are let through.
///
/// # Errors
/// [`StoreError::Unusable`] when it is too old.
pub async fn check_version(client: &Client) -> Result<(), StoreError> {
    let sql = "SELECT version(), current_setting('server_version_num')";
    let row = client.query_typed_one(sql, &[]).await?;
    let (name, number): (String, String) = (row.try_get(0)?, row.try_get(1)?);
    let is_the_original = name.starts_with("PostgreSQL") && !name.contains("-YB-");
    match number.parse::<i64>() {
        Ok(number) if is_the_original && number < VERSION_MIN => Err(StoreError::Unusable(format!(
            "this is PostgreSQL {}.{}, and maitred needs version {} or newer; upgrade the server",
            number / 10_000,
            number % 10_000,
            VERSION_MIN / 10_000
        ))),
        _ => Ok(()),
    }
}

impl StoreError {
    /// What an error of the driver means. Details that PostgreSQL adds to a message may hold values of rows, phones
    /// among them, and are left out.
    #[must_use]
    pub fn from_postgres(error: &tokio_postgres::Error) -> Self {
        let Some(told) = error.as_db_error() else {
            return Self::Unreachable(innermost(error));
        };
        let (state, why) = (told.code(), told.message().to_owned());
        match state {
            &SqlState::T_R_SERIALIZATION_FAILURE
            | &SqlState::T_R_DEADLOCK_DETECTED
            | &SqlState::UNIQUE_VIOLATION
            | &SqlState::LOCK_NOT_AVAILABLE => Self::Conflict(why),
            &SqlState::DISK_FULL => Self::Full,
            &SqlState::DATA_CORRUPTED | &SqlState::INDEX_CORRUPTED => Self::Corrupt(why),
            // A standby, or a primary that has just become one: the next connection looks for the primary.
            &SqlState::READ_ONLY_SQL_TRANSACTION => Self::Unreachable(why),
            &SqlState::TOO_MANY_CONNECTIONS => Self::Unreachable(why),
            &SqlState::IDLE_IN_TRANSACTION_SESSION_TIMEOUT => Self::Unreachable(why),
            _ if state.code().starts_with("08") || state.code().starts_with("57P") => Self::Unreachable(why),
            _ => Self::Engine(format!("{why} ({})", state.code())),
        }
    }
}

/// The cause at the bottom: the driver's own words ("error connecting to server") say less.
fn innermost(error: &tokio_postgres::Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    cause.to_string()
}

impl From<tokio_postgres::Error> for StoreError {
    fn from(error: tokio_postgres::Error) -> Self {
        Self::from_postgres(&error)
    }
}
