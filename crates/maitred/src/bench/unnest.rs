//! The baseline for PostgreSQL: the rows that contacts leave behind, inserted in a loop over one connection with
//! UNNEST arrays, durably, and nothing else: no turn, no reads, no books, no HTTP. What maitred serves against it says
//! what all that costs.

use super::load::Figures;
use super::{Result, fill};
use hdrhistogram::Histogram;
use maitred_core::world::{Changes, Found};
use maitred_core::{Actor, Context, Timestamp, World, decide};
use maitred_store::postgres::statement::execute_all;
use maitred_store::postgres::{Address, migrate, write};
use maitred_store::url::DatabaseUrl;
use std::time::{Duration, Instant};

pub(super) async fn run(database: &DatabaseUrl, each: u32, until: Duration) -> Result<Figures> {
    let DatabaseUrl::Postgres(url) = database else { return Err("not a PostgreSQL database".into()) };
    let client = Address::new(url)?.connect().await?;
    migrate(&client).await?;
    client.batch_execute("TRUNCATE maitred.contacts, maitred.leads, maitred.identities, maitred.decisions").await?;
    client.batch_execute("TRUNCATE maitred.pool_segments, maitred.events").await?;
    let mut rows = Rows::new();
    let mut latency_us = Histogram::new(3)?;
    let began = Instant::now();
    let mut position = 1;
    while began.elapsed() < until {
        let changes = rows.next(each);
        let statements = write::statements(&changes, position)?;
        position += changes.events.len() as i64;
        let sent = Instant::now();
        client.batch_execute("BEGIN").await?;
        execute_all(&client, &statements).await?;
        client.batch_execute("COMMIT").await?;
        latency_us.record(sent.elapsed().as_micros() as u64)?;
    }
    Ok(Figures::of(rows.contacts, began.elapsed(), latency_us))
}

/// The rows of contacts as maitred itself would store them.
struct Rows {
    world: World,
    contacts: u64,
}

impl Rows {
    fn new() -> Self {
        let mut rows = Self { world: World::default(), contacts: 0 };
        for command in fill::set_up(super::OPERATORS) {
            rows.decide(command);
        }
        rows
    }

    fn decide(&mut self, command: maitred_core::Command) {
        loop {
            let needs = self.world.needs([&command]);
            if needs.is_empty() {
                break;
            }
            // Nobody is there that this world has not made.
            self.world.load(needs, Found::default());
        }
        let context = Context { now: Timestamp(self.contacts as i64), seed: self.contacts, actor: Actor::System };
        decide(&mut self.world, command, context).expect("the commands of the bench are valid");
    }

    /// What the next contacts insert; what they only update is left out.
    fn next(&mut self, contacts: u32) -> Changes {
        self.world.take_changes();
        for _ in 0..contacts {
            self.decide(fill::contact(self.contacts));
            self.contacts += 1;
        }
        let all = self.world.take_changes();
        self.world.forget_transient();
        Changes {
            contacts_new: all.contacts_new,
            leads_new: all.leads_new,
            identities_new: all.identities_new,
            decisions: all.decisions,
            segments: all.segments,
            events: all.events,
            ..Changes::default()
        }
    }
}
