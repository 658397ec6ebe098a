//! `maitred leads`: exporting and erasing the data of one lead, and reading phones again.

mod reread;

use super::Ended;
use super::output::give_json_text;
use crate::cli::terminal::say;
use crate::config::Settings;
use clap::Subcommand;
use futures_util::TryStreamExt;
use maitred_app::Requester;
use maitred_app::batcher::{Batcher, ExecuteError};
use maitred_app::export;
use maitred_core::command::EraseLead;
use maitred_core::{Command, LeadId, Outcome, Rejection};
use maitred_store::{Engine, Store, StoreError};
use std::io::{self, BufRead, IsTerminal};
use std::process::ExitCode;

/// Export or erase the data of one lead; read stored phones again
#[derive(clap::Args)]
pub(super) struct Leads {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Print everything stored about a lead as JSON; works while a server is running
    Export {
        /// The id of the lead
        id: i64,
    },
    /// Erase the personal data of a lead permanently: name, identities, all texts of contacts. While a server is
    /// running on SQLite, use POST /api/v1/leads/ID/erase instead
    Erase {
        /// The id of the lead
        id: i64,
        /// Erase without asking
        #[arg(long)]
        yes: bool,
    },
    /// Read the phones of a source's leads again that could not be read, after its country was set. While a server is
    /// running on SQLite, use POST /api/v1/sources/ID/phones/reread instead; --dry-run works beside it
    Reread(reread::Arguments),
}

impl Leads {
    pub(super) fn run(self, settings: &Settings) -> Ended {
        match self.task {
            Task::Export { id } => export(settings, LeadId(id)),
            Task::Erase { id, yes } => erase(settings, LeadId(id), yes),
            Task::Reread(arguments) => arguments.run(settings),
        }
    }
}

fn export(settings: &Settings, id: LeadId) -> Ended {
    let store = Store::open(&settings.database)?;
    super::runtime()?.block_on(async {
        let card = export::survivor(&store, id).await?.ok_or_else(|| format!("there is no lead {id}"))?;
        let pieces = export::document(store, card);
        pieces
            .try_for_each(async |piece| give_json_text(&piece).map_err(|e| StoreError::Engine(e.to_string())))
            .await?;
        Ok(ExitCode::SUCCESS)
    })
}

fn erase(settings: &Settings, lead: LeadId, yes: bool) -> Ended {
    if !yes && !is_sure(lead)? {
        say!("Nothing was erased.");
        return Ok(ExitCode::from(1));
    }
    let engine = Engine::open(&settings.database)?;
    let (batcher, running) = Batcher::start(engine, settings.queue_max)?;
    let command = Command::EraseLead(EraseLead { lead, quiet_since: None });
    let answer = super::runtime()?.block_on(batcher.execute(Requester::CLI, command));
    drop(batcher);
    // The texts of all contacts are gone when this returns.
    running.stop()?;
    match answer {
        Ok(Outcome::Lead(_)) => {
            say!("Lead {lead} is erased. Backups and replicas made before still contain the data.");
            Ok(ExitCode::SUCCESS)
        }
        Ok(other) => Err(format!("an unexpected outcome: {other:?}").into()),
        Err(ExecuteError::Rejected(rejection)) => Err(in_words(&rejection).into()),
        Err(refusal) => Err(refusal.into()),
    }
}

fn in_words(rejection: &Rejection) -> String {
    match rejection {
        Rejection::UnknownLead(id) => format!("there is no lead {id}"),
        Rejection::LeadMerged(id, into) => format!("lead {id} was merged into lead {into}; erase that one"),
        Rejection::LeadHasOpenContacts(id) => {
            format!("lead {id} has open contacts; resolve or delete them first")
        }
        other => format!("{other:?}"),
    }
}

fn is_sure(lead: LeadId) -> io::Result<bool> {
    if !io::stdin().is_terminal() {
        say!("Erasing cannot be undone. To confirm, add --yes.");
        return Ok(false);
    }
    super::terminal::ask(&format!("Erase the personal data of lead {lead}? This cannot be undone. Type yes: "));
    let mut line = String::new();
    io::stdin().lock().read_line(&mut line)?;
    Ok(line.trim() == "yes")
}
