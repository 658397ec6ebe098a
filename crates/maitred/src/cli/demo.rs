//! `maitred demo`: loads [`maitred_app::demo`] into an empty database and prints shares beside weights.

use super::{Ended, output, stats, terminal};
use crate::cli::terminal::say;
use crate::config::Settings;
use maitred_app::Requester;
use maitred_app::batcher::Batcher;
use maitred_app::demo;
use maitred_app::stats::distribution;
use maitred_store::url::DatabaseUrl;
use maitred_store::{Engine, Store};
use std::process::ExitCode;

/// Fill an empty database with a small call centre and route some thousand contacts
#[derive(clap::Args)]
pub(super) struct Demo {
    /// How many contacts to route
    #[arg(long, default_value_t = 5_000, value_name = "NUMBER")]
    #[arg(value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    contacts: u32,
    /// Print the shares as JSON
    #[arg(long)]
    json: bool,
}

impl Demo {
    pub(super) fn run(&self, settings: &Settings) -> Ended {
        let engine = Engine::open(&settings.database)?;
        let store = Store::open(&settings.database)?;
        let (batcher, running) = Batcher::start(engine, settings.queue_max)?;
        let runtime = super::runtime()?;
        let filled = runtime.block_on(self.fill(&batcher, &store, &settings.database));
        drop(batcher);
        running.stop()?;
        filled?;
        let books = runtime.block_on(store.source_books())?;
        let shares: Vec<_> = books.iter().map(distribution).collect();
        if self.json {
            output::give_json(&shares)?;
        } else {
            shares.iter().try_for_each(|shares| output::give(&format!("{}\n", stats::shares_table(shares))))?;
            say!("Next, try: maitred explain 1, maitred stats, maitred verify; or run the server: maitred");
        }
        Ok(ExitCode::SUCCESS)
    }

    async fn fill(
        &self,
        batcher: &Batcher,
        store: &Store,
        database: &DatabaseUrl,
    ) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
        // Not even what was deleted again: its ids are taken.
        if store.last_position().await? > 0 {
            let hint = "the demo needs an empty one, for example: maitred demo --database sqlite://demo.db";
            return Err(format!("{database} is not empty; {hint}").into());
        }
        demo::set_up(batcher, Requester::CLI).await?;
        let bar = terminal::progress(self.contacts.into(), "routing", "contacts");
        demo::route(batcher, Requester::CLI, self.contacts.into(), || bar.inc(1)).await?;
        bar.finish_and_clear();
        Ok(())
    }
}
