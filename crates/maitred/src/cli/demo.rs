//! `maitred demo`: loads the demo ([`maitred_app::demo`]) and prints shares beside weights; `maitred demo remove`
//! removes it. Both need the database to themselves on SQLite; a server that has it open does the same on its page
//! `/demo`.

use super::{Ended, output, stats, terminal};
use crate::cli::terminal::say;
use crate::config::Settings;
use clap::Subcommand;
use maitred_app::Requester;
use maitred_app::auth::Access;
use maitred_app::batcher::Batcher;
use maitred_app::demo::{CONTACTS_DEFAULT, CONTACTS_MAX, Loading, Step, Work, close_accounts, step};
use maitred_app::stats::{Distribution, distribution};
use maitred_core::Actor;
use maitred_store::{Engine, KeyStore, Store, StoreError};
use std::error::Error;
use std::future::Future;
use std::process::ExitCode;
use std::sync::Arc;

type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

/// Load demo data, a small call centre with a day behind it, into any database; or remove it again
#[derive(clap::Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(super) struct Demo {
    #[command(subcommand)]
    task: Option<Task>,
    /// How many contacts to load
    #[arg(long, default_value_t = CONTACTS_DEFAULT, value_name = "NUMBER")]
    #[arg(value_parser = clap::value_parser!(u32).range(1..=i64::from(CONTACTS_MAX)))]
    contacts: u32,
    /// Print the shares as JSON
    #[arg(long)]
    json: bool,
}

#[derive(Subcommand)]
enum Task {
    /// Remove the demo data with everything that belongs to it; nothing else changes
    Remove,
}

impl Demo {
    pub(super) fn run(&self, settings: &Settings) -> Ended {
        match self.task {
            None => self.load(settings),
            Some(Task::Remove) => remove(settings),
        }
    }

    fn load(&self, settings: &Settings) -> Ended {
        let store = |settings: &Settings| Store::open(&settings.database);
        let shares = with_batcher(settings, async |batcher| self.play(&batcher, &store(settings)?).await)?;
        if self.json {
            output::give_json(&shares)?;
        } else {
            shares.iter().try_for_each(|shares| output::give(&format!("{}\n", stats::shares_table(shares))))?;
            say!("Next, try: maitred explain 1, maitred stats, maitred verify; or run the server: maitred");
            say!("To remove the demo data: maitred demo remove");
        }
        Ok(ExitCode::SUCCESS)
    }

    /// How the sources of the demo distributed its contacts.
    async fn play(&self, batcher: &Batcher, store: &Store) -> Result<Vec<Distribution>> {
        let loading = Loading::begin(&Arc::new(Work::default()), batcher, store, Requester::CLI).await?;
        let bar = terminal::progress(self.contacts.into(), "routing", "contacts");
        loading.play(self.contacts.into(), |arrived| bar.inc(arrived)).await?;
        bar.finish_and_clear();
        let sources = loading.sources().to_vec();
        loading.end().await?;
        let mut shares = Vec::new();
        for source in &sources {
            shares.extend(store.source_book(*source).await?.iter().map(distribution));
        }
        Ok(shares)
    }
}

fn remove(settings: &Settings) -> Ended {
    let steps = with_batcher(settings, async |batcher| {
        let store = Store::open(&settings.database)?;
        let rows = store.demo().await?;
        Work::default().begin_removal(&batcher, &store, Requester::CLI).await?;
        let access = Access::open(KeyStore::open(&settings.database).await?).await?;
        close_accounts(&access, &rows, Actor::Cli).await?;
        let mut steps = 0_u64;
        while step(&batcher, &store).await? == Step::More {
            steps += 1;
        }
        Ok(steps)
    })?;
    match steps {
        0 => say!("There is no demo data in {}.", settings.database),
        _ => say!("The demo data is removed from {}.", settings.database),
    }
    Ok(ExitCode::SUCCESS)
}

/// Does something with a batcher of this process, and stops that.
fn with_batcher<T, F: Future<Output = Result<T>>>(settings: &Settings, work: impl FnOnce(Batcher) -> F) -> Result<T> {
    let engine = Engine::open(&settings.database).map_err(in_words)?;
    let (batcher, running) = Batcher::start(engine, settings.queue_max)?;
    let done = super::runtime()?.block_on(work(batcher));
    running.stop()?;
    done
}

fn in_words(error: StoreError) -> Box<dyn Error + Send + Sync> {
    let hint = "while it runs, load and remove demo data on its page /demo";
    match error {
        StoreError::InUse(_) => format!("{error}; {hint}").into(),
        error => error.into(),
    }
}
