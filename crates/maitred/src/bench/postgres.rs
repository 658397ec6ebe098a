//! The same loads on PostgreSQL: one node, two nodes that share the cores, a large database; and what the server itself
//! can take in, as the baseline.

use super::load::{self, Figures};
use super::report::{Line, Report};
use super::server::Server;
use super::{Bench, OPERATORS, Result, fill, say, unnest};
use maitred_store::postgres::Address;
use maitred_store::url::DatabaseUrl;
use std::time::Duration;

/// Loads of one node; the last is also put on two.
const CONNECTIONS: [u32; 3] = [1, 32, 128];

impl Bench {
    pub(super) async fn on_postgres(&self, server: &str, report: &mut Report) -> Result<()> {
        self.nodes(server, report).await?;
        if self.quick {
            return Ok(());
        }
        self.stored_in_postgres(server, report).await
    }

    /// One node against bare inserts of the same rows, and two nodes against one, turn by turn.
    async fn nodes(&self, server: &str, report: &mut Report) -> Result<()> {
        let (fresh, bare) = (Database::create(server, "fresh").await?, Database::create(server, "bare").await?);
        let node = Server::start(&fresh.url).await?;
        report.idle_mib = node.resident_mib()?;
        node.set_up(OPERATORS).await?;
        for connections in CONNECTIONS {
            say(&format!("bare UNNEST inserts, {connections} contacts a transaction"));
            let baseline = unnest::run(&bare.url, connections, Duration::from_secs(self.seconds)).await?;
            say(&format!("contacts, one node, {connections} connections"));
            let figures = load::run(&[&node], connections, Duration::from_secs(self.seconds)).await?;
            report.lines.push(Line::new("bare UNNEST inserts", connections, &baseline, None));
            report.lines.push(Line::new("contacts, one node", connections, &figures, Some(("bare", &baseline))));
        }
        let second = Server::start(&fresh.url).await?;
        let most = CONNECTIONS[CONNECTIONS.len() - 1];
        say(&format!("contacts, one node and two, {most} connections"));
        let one = load::run(&[&node], most * 2, Duration::from_secs(self.seconds)).await?;
        let figures = load::run(&[&node, &second], most * 2, Duration::from_secs(self.seconds)).await?;
        report.lines.push(Line::new("contacts, one node", most * 2, &one, None));
        report.lines.push(Line::new("contacts, two nodes", most * 2, &figures, Some(("one node", &one))));
        report.loaded_mib = node.peak_mib()?;
        node.stop()?;
        second.stop()?;
        fresh.drop().await?;
        bare.drop().await
    }

    async fn stored_in_postgres(&self, server: &str, report: &mut Report) -> Result<()> {
        let (empty, full) = (Database::create(server, "empty").await?, Database::create(server, "full").await?);
        fill::fill(&full.url, self.stored, OPERATORS).await?;
        let full_node = Server::start(&full.url).await?;
        report.start_ms = Some(full_node.started_in.as_millis() as u64);
        let empty_node = Server::start(&empty.url).await?;
        empty_node.set_up(OPERATORS).await?;
        let compared = format!("contacts, {} stored, {} timers", self.stored, self.stored / 10);
        self.compare(report, &empty_node, &full_node, &compared, [32, 128]).await?;
        empty_node.stop()?;
        full_node.stop()?;
        empty.drop().await?;
        full.drop().await
    }
}

/// A database of the bench's own.
struct Database {
    server: String,
    name: String,
    url: DatabaseUrl,
}

impl Database {
    async fn create(server: &str, purpose: &str) -> Result<Self> {
        let name = format!("maitred_bench_{purpose}_{}", std::process::id());
        let url =
            format!("{}/{name}", server.trim_end_matches('/')).parse().map_err(|e| format!("--postgres: {e:?}"))?;
        let database = Self { server: server.to_owned(), name, url };
        database.administer("CREATE DATABASE").await?;
        Ok(database)
    }

    async fn drop(self) -> Result<()> {
        self.administer("DROP DATABASE").await
    }

    async fn administer(&self, what: &str) -> Result<()> {
        let url = format!("{}/postgres", self.server.trim_end_matches('/')).parse();
        let Ok(DatabaseUrl::Postgres(url)) = url else { return Err("--postgres takes postgres://user@host".into()) };
        let client = Address::new(&url)?.connect().await?;
        Ok(client.batch_execute(&format!("{what} {}", self.name)).await?)
    }
}

impl Figures {
    /// Figures of something that was done so many times in this time, each taking as long as `latency_us` says.
    pub(super) fn of(done: u64, took: Duration, latency_us: hdrhistogram::Histogram<u64>) -> Self {
        Self { per_second: done as f64 / took.as_secs_f64(), latency_us, cpu: None, batch: None }
    }
}
