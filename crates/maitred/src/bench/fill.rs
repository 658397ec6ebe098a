//! Filling a database with contacts, a tenth of them open, through the same batcher that serves. The open ones are
//! offered, each with a timer that runs for longer than the benchmark takes.

use super::Result;
use super::load::phone;
use indicatif::ProgressBar;
use maitred_app::Requester;
use maitred_app::batcher::{Answer, Batcher};
use maitred_app::identity;
use maitred_core::command::{ContactEdit, NewOperator, NewSource, OfferEdit, SourceEdit, Submit};
use maitred_core::limits::OFFER_SECONDS_MAX;
use maitred_core::{Command, ContactId, OperatorId, SourceId, SourceKind};
use maitred_store::Engine;
use maitred_store::url::DatabaseUrl;
use std::collections::VecDeque;
use tokio::sync::oneshot;

/// Commands on their way at once.
const UNDER_WAY_MAX: usize = 1_024;
/// The phones of stored contacts begin here, far from those of the loads.
const FIRST_PHONE: u64 = 500_000_000;

pub(super) async fn fill(database: &DatabaseUrl, contacts: u64, operators: u32) -> Result<()> {
    let (batcher, running) = Batcher::start(Engine::open(database)?, UNDER_WAY_MAX * 2)?;
    let resolved = contacts - contacts / 10;
    let bar = ProgressBar::new(contacts + resolved).with_message("filling");
    let mut sending = Sending { batcher: &batcher, under_way: VecDeque::new(), bar: &bar };
    for command in set_up(operators) {
        sending.send(command).await?;
    }
    for number in 0..contacts {
        if number == resolved {
            sending.send(offered_for(Some(OFFER_SECONDS_MAX))).await?;
        }
        sending.send(contact(number)).await?;
        bar.inc(1);
    }
    sending.send(offered_for(None)).await?;
    for id in 1..=resolved {
        let edit = ContactEdit { is_resolved: Some(true), ..ContactEdit::default() };
        sending.send(Command::EditContact(ContactId(id as i64), edit)).await?;
        bar.inc(1);
    }
    sending.finish().await?;
    drop(batcher);
    tokio::task::spawn_blocking(|| running.stop()).await??;
    Ok(())
}

struct Sending<'a> {
    batcher: &'a Batcher,
    under_way: VecDeque<oneshot::Receiver<Answer>>,
    bar: &'a ProgressBar,
}

impl Sending<'_> {
    async fn send(&mut self, command: Command) -> Result<()> {
        if self.under_way.len() == UNDER_WAY_MAX {
            self.next().await?;
        }
        self.under_way.push_back(self.batcher.enqueue(Requester::CLI, command).await?);
        Ok(())
    }

    async fn next(&mut self) -> Result<()> {
        if let Some(answer) = self.under_way.pop_front() {
            answer.await??;
        }
        Ok(())
    }

    async fn finish(mut self) -> Result<()> {
        while !self.under_way.is_empty() {
            self.next().await?;
        }
        self.bar.finish_and_clear();
        Ok(())
    }
}

pub(super) fn set_up(operators: u32) -> Vec<Command> {
    let source = NewSource { kind: SourceKind::Bot, ..NewSource::named("Bench") };
    let operator = |id| {
        let name = format!("Operator {id}");
        Command::CreateOperator(NewOperator { max_load: 1_000_000, ..NewOperator::named(name) })
    };
    let weights = (1..=operators).map(|id| (OperatorId(id.into()), 1 + id % 10)).collect();
    let mut commands = vec![Command::CreateSource(source)];
    commands.extend((1..=operators).map(operator));
    commands.push(Command::ReplaceWeights(SourceId(1), weights));
    commands
}

/// Has contacts offered from now on, for so many seconds, or not any more.
fn offered_for(accept_within_s: Option<u32>) -> Command {
    let offers = OfferEdit { accept_within_s: Some(accept_within_s), ..OfferEdit::default() };
    Command::EditSource(SourceId(1), SourceEdit { offers, ..SourceEdit::default() })
}

pub(super) fn contact(number: u64) -> Command {
    Command::Submit(Submit {
        message: Some("Здравствуйте! Сколько стоит доставка?".into()),
        ..Submit::new(SourceId(1), vec![identity::phone(&phone(FIRST_PHONE + number), None)])
    })
}
