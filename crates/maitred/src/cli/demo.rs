//! `maitred demo`: a small call centre in an empty database. Contacts take the same path as those of a bot; most
//! are resolved on the way, and a rush at the end leaves some waiting.

use super::{Ended, output, stats, terminal};
use crate::batcher::{Batcher, Refusal};
use crate::config::{DatabaseUrl, Settings};
use crate::identity;
use crate::stats::distribution;
use crate::store::{Engine, Store};
use maitred_core::command::{ContactEdit, NewOperator, NewSource, Submit};
use maitred_core::draw::{derive_seed, draw};
use maitred_core::{Command, ContactId, OperatorId, Outcome, Policy, SourceId, SourceKind};
use std::process::ExitCode;

/// Fill an empty database with a small call centre and route some thousands of contacts
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

/// Name and `max_load`.
const OPERATORS: [(&str, u32); 12] = [
    ("Anna", 50),
    ("Boris", 40),
    ("Vera", 30),
    ("Gleb", 30),
    ("Daria", 25),
    ("Egor", 25),
    ("Zhanna", 20),
    ("Ivan", 20),
    ("Kira", 15),
    ("Lev", 15),
    ("Maria", 10),
    ("Nikita", 5),
];

/// Name, kind, policy, stickiness, and weights of a source.
type Example = (&'static str, SourceKind, Policy, bool, &'static [Weight]);
/// The place of an operator in [`OPERATORS`], and his weight.
type Weight = (usize, u32);

const SOURCES: [Example; 5] = [
    ("Telegram Bot", SourceKind::Telegram, Policy::WeightedRandom, false, &[(0, 10), (1, 30), (2, 20), (3, 20)]),
    ("WhatsApp", SourceKind::Whatsapp, Policy::SmoothWeighted, false, &[(2, 1), (3, 1), (4, 2), (5, 4)]),
    ("Site form", SourceKind::Site, Policy::SmoothWeighted, true, &[(0, 50), (4, 30), (6, 20), (8, 10)]),
    ("Phone line", SourceKind::Phone, Policy::LongestIdle, true, &[(5, 1), (6, 1), (7, 1), (9, 1), (10, 1)]),
    ("Mailbox", SourceKind::Email, Policy::LeastLoaded, false, &[(1, 1), (7, 1), (8, 1), (9, 1), (11, 1)]),
];

/// How many of a thousand contacts come from somebody who wrote before.
const RETURNING_PER_MILLE: u64 = 250;
/// How many contacts are open, all together, before some are resolved: a third of the slots there are.
const OPEN_MAX: usize = 95;
/// How many of the last contacts nobody resolves any more: with those, more are open than there are slots, and some
/// wait.
const RUSH: u64 = 230;

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
            eprintln!("Look further: maitred explain 1, maitred stats, maitred verify; or serve it: maitred");
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
            let hint = "the demo fills only an empty one, for example: maitred demo --database sqlite://demo.db";
            return Err(format!("{database} is not empty; {hint}").into());
        }
        set_up(batcher).await?;
        self.route(batcher).await?;
        Ok(())
    }

    async fn route(&self, batcher: &Batcher) -> Result<(), Refusal> {
        let bar = terminal::progress(self.contacts.into(), "routing", "contacts");
        let mut open: Vec<ContactId> = Vec::new();
        for number in 0..u64::from(self.contacts) {
            if let Outcome::Contact(contact) = batcher.send(contact(number)).await? {
                open.push(contact.id);
            }
            if open.len() > OPEN_MAX && number + RUSH < self.contacts.into() {
                let place = draw(derive_seed(number, 1), open.len() as u64);
                resolve(batcher, open.swap_remove(place as usize)).await?;
            }
            bar.inc(1);
        }
        bar.finish_and_clear();
        Ok(())
    }
}

async fn set_up(batcher: &Batcher) -> Result<(), Refusal> {
    for (name, max_load) in OPERATORS {
        batcher.send(Command::CreateOperator(NewOperator { name: name.into(), is_active: true, max_load })).await?;
    }
    for (at, (name, kind, policy, sticky, weights)) in SOURCES.into_iter().enumerate() {
        let source = NewSource {
            name: name.into(),
            description: "From the demo".into(),
            kind,
            policy,
            sticky,
            default_region: Some("RU".into()),
        };
        batcher.send(Command::CreateSource(source)).await?;
        let weights = weights.iter().map(|(operator, weight)| (OperatorId(*operator as i64 + 1), *weight)).collect();
        batcher.send(Command::ReplaceWeights(SourceId(at as i64 + 1), weights)).await?;
    }
    Ok(())
}

async fn resolve(batcher: &Batcher, contact: ContactId) -> Result<(), Refusal> {
    let edit = ContactEdit { is_resolved: Some(true), ..ContactEdit::default() };
    batcher.send(Command::EditContact(contact, edit)).await.map(|_| ())
}

/// Contact number so-and-so: the same person and source whenever the demo runs.
fn contact(number: u64) -> Command {
    let lot = |salt, bound| draw(derive_seed(number, salt), bound);
    let returning = number > 0 && lot(2, 1_000) < RETURNING_PER_MILLE;
    let person = if returning { lot(3, number) } else { number };
    let identities = vec![identity::phone(&format!("+7 900 {:07}", person), None)];
    Command::Submit(Submit {
        source: SourceId(1 + lot(4, SOURCES.len() as u64) as i64),
        identities,
        lead_name: None,
        message: Some("How much is delivery to Kazan?".into()),
        priority: i32::from(lot(5, 50) == 0),
        attributes: None,
        once: None,
    })
}
