//! `maitred leads reread`: reading stored phones of a source again, once it has a country.

use crate::cli::terminal::{one_line, say};
use crate::cli::{Ended, import, output, runtime};
use crate::config::Settings;
use maitred_app::Requester;
use maitred_app::batcher::Batcher;
use maitred_app::identity::mask;
use maitred_app::regions::Regions;
use maitred_app::reread::{self, Place, Preview};
use maitred_core::command::Reread;
use maitred_core::names::folded;
use maitred_core::{LeadId, Source};
use maitred_store::{Engine, Store};
use std::process::ExitCode;

#[derive(clap::Args)]
pub(super) struct Arguments {
    /// The source, by name or ID
    #[arg(long)]
    source: String,
    /// Only show what would change
    #[arg(long)]
    dry_run: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

impl Arguments {
    pub(super) fn run(&self, settings: &Settings) -> Ended {
        let store = Store::open(&settings.database)?;
        let regions = Regions::new(settings.phone_rules());
        let place = Place { store: &store, regions: &regions };
        let runtime = runtime()?;
        let source = runtime.block_on(self.find(&store))?;
        if self.dry_run {
            let preview = runtime.block_on(reread::preview(place, source.id))?;
            self.show(&preview)?;
            return Ok(ExitCode::SUCCESS);
        }
        let engine = Engine::open(&settings.database)?;
        let (batcher, running) = Batcher::start(engine, settings.queue_max)?;
        let done = runtime.block_on(reread::run(&batcher, place, Requester::CLI, source.id, LeadId(0)));
        drop(batcher);
        running.stop()?;
        let Reread { read, taken, .. } = done?;
        match self.json {
            true => output::give_json(&serde_json::json!({"read": read, "taken": taken}))?,
            false => output::give(&format!("{read} phones were read, {taken} belong to another lead\n"))?,
        }
        Ok(ExitCode::SUCCESS)
    }

    async fn find(&self, store: &Store) -> Result<Source, Box<dyn std::error::Error + Send + Sync>> {
        let sources = import::sources(store).await?;
        let name = folded(&self.source);
        let by_name = sources.iter().find(|source| folded(&source.name) == name);
        let found = by_name.or_else(|| sources.iter().find(|source| source.id.to_string() == self.source));
        found.cloned().ok_or_else(|| format!("there is no source \"{}\"", self.source).into())
    }

    fn show(&self, preview: &Preview) -> std::io::Result<()> {
        if self.json {
            return output::give_json(preview);
        }
        let Preview { unread, readable, taken, unsure, is_whole, examples } = preview;
        let more = if *is_whole { "" } else { " or more" };
        output::give(&format!(
            "{unread}{more} phones could not be read; {readable} can be now, {taken} belong to another lead, {unsure} \
             are read otherwise by another source of their lead\n"
        ))?;
        for example in examples {
            let taken = example.taken_by.map(|lead| format!(", which is lead {lead}'s")).unwrap_or_default();
            let (stored, phone) = (mask(&example.stored), mask(&example.phone));
            say!("lead {}: {} as {}{taken}", example.lead, one_line(&stored), one_line(&phone));
        }
        Ok(())
    }
}
