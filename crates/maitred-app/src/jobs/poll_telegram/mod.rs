//! Taking in what people write to the bots of sources, and what operators press. Each bot has a task of its own that
//! asks Telegram for updates, on one node: Telegram sends away all but one who ask, so the nodes take turns, a long one
//! each.
//!
//! Where others can reach this server, Telegram sends updates by itself ([`webhook`]), and nobody asks.
//!
//! An update is confirmed by asking for those behind it, and that happens only when all it led to is stored. A process
//! that ends in between gets it again, and knows it by its number: nothing is lost and nothing is there twice.

mod edits;
mod intake;
mod presses;
mod replies;
mod webhook;

pub use intake::TakeError;
pub use webhook::take_sent;

use super::Job;
use crate::App;
use crate::spans;
use crate::telegram::BotFault;
use maitred_core::{SourceId, Timestamp};
use maitred_store::telegram::SourceBot;
use maitred_store::{StoreError, clock};
use maitred_telegram::client::UPDATES_MAX;
use maitred_telegram::{Bot, TelegramError, Update};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinHandle;
use webhook::{LOOK_PERIOD, WebhookState};

/// How often changes of bots are looked for.
const PERIOD: Duration = Duration::from_secs(2);
/// How long Telegram waits for an update before it says that there is none.
const POLL_WAIT: Duration = Duration::from_secs(20);
/// For how long a node alone asks for the updates of a bot: longer than the calls of a step may take, which are six at
/// most, of ten seconds each and twenty more for the one that waits.
const TURN_MICROS: i64 = 90 * 1_000_000;
/// The rest of a node while another one asks.
const REST_WHILE_OTHERS: Duration = Duration::from_secs(5);
/// The rest after an error, which doubles with each.
const REST_MIN: Duration = Duration::from_secs(1);
const REST_MAX: Duration = Duration::from_secs(300);
/// The same after one that nobody has to do anything about: what people write waits for as long.
const PASSING_REST_MAX: Duration = Duration::from_secs(15);

/// Has a task for the bot of each source.
pub struct PollTelegram {
    app: App,
    running: HashMap<SourceId, (Arc<str>, JoinHandle<()>)>,
}

impl PollTelegram {
    #[must_use]
    pub fn new(app: App) -> Self {
        Self { app, running: HashMap::new() }
    }

    /// Starts and ends tasks, so that each source that has a bot has one.
    async fn follow(&mut self) -> Result<(), StoreError> {
        let setup = self.app.telegram().setup().await?;
        let mut wanted = HashMap::new();
        for bot in &setup.bots {
            let Some(token) = bot.token.clone() else { continue };
            match self.app.store().source(bot.source).await? {
                Some(_) => _ = wanted.insert(bot.source, token),
                // Nobody needs the token of a source that was deleted.
                None => self.app.telegram().set_token(bot.source, None).await?,
            }
        }
        let mut gone = Vec::new();
        self.running.retain(|source, (token, task)| {
            let goes_on = wanted.get(source) == Some(token) && !task.is_finished();
            if !goes_on {
                task.abort();
                gone.push(token.clone());
            }
            goes_on
        });
        let used: Vec<_> = wanted.values().filter_map(|token| bot_of(&self.app, token)).collect();
        for bot in gone.iter().filter_map(|token| bot_of(&self.app, token)) {
            // Another source may have the same bot, by a token that is written in another way.
            if !used.iter().any(|used| used.webhook() == bot.webhook()) {
                tokio::spawn(leave_webhook(self.app.clone(), bot));
            }
        }
        for (source, token) in wanted {
            let app = self.app.clone();
            let start = || tokio::spawn(run(Poller::new(app, source)));
            self.running.entry(source).or_insert_with(|| (token, start()));
        }
        Ok(())
    }
}

impl Job for PollTelegram {
    const NAME: &'static str = "poll Telegram";

    fn period(&self) -> Duration {
        PERIOD
    }

    async fn tick(&mut self) {
        if let Err(error) = self.follow().await {
            tracing::warn!(%error, "the bots of sources could not be looked up; trying again");
        }
    }

    async fn woken(&mut self) {
        self.app.telegram().changed().await;
    }

    /// What was not confirmed comes again, to this node or another.
    async fn finish(&mut self) {
        for (source, (_, task)) in self.running.drain() {
            task.abort();
            let (name, node) = (turn(source), self.app.telegram().node());
            if let Err(error) = self.app.telegram().store().leave_turn(name, node).await {
                tracing::debug!(%error, source = source.0, "another node has to wait for its turn to poll");
            }
        }
    }
}

impl Drop for PollTelegram {
    fn drop(&mut self) {
        self.running.values().for_each(|(_, task)| task.abort());
    }
}

/// Telegram is not to go on sending what nobody takes. A bot that comes back finds its webhook, or sets it.
async fn leave_webhook(app: App, bot: Bot) {
    if app.public_url().is_some()
        && let Err(error) = webhook::remove_own(&bot).await
    {
        tracing::debug!(%error, "the webhook of a bot that is no longer used stays");
    }
}

/// The bot that a token stands for, if it can be used.
fn bot_of(app: &App, token: &Arc<str>) -> Option<Bot> {
    app.telegram().bot(&SourceBot { token: Some(token.clone()), ..SourceBot::none(SourceId(0)) }).ok()
}

fn turn(source: SourceId) -> String {
    format!("poll {source}")
}

/// Asks again and again, with a rest after what went wrong.
async fn run(mut poller: Poller) {
    let mut rest = REST_MIN;
    loop {
        match poller.step(POLL_WAIT, clock::now()).await {
            Ok(Polled::Taken(_)) => rest = REST_MIN,
            Ok(Polled::ByWebhook) => {
                rest = REST_MIN;
                tokio::time::sleep(LOOK_PERIOD).await;
            }
            Ok(Polled::NotOurTurn) => tokio::time::sleep(REST_WHILE_OTHERS).await,
            Ok(Polled::NoBot) => return,
            Err(error) => {
                let wait = if let PollError::Telegram(TelegramError::TooMany(wait)) = error { wait } else { rest };
                tracing::warn!(%error, source = poller.source.0, rest_s = wait.as_secs(), "updates are not taken in");
                tokio::time::sleep(wait).await;
                rest = (rest * 2).min(if error.ends_by_itself() { PASSING_REST_MAX } else { REST_MAX });
            }
        }
    }
}

/// What came of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Polled {
    /// So many updates were taken in.
    Taken(usize),
    /// Telegram sends them by itself.
    ByWebhook,
    /// Another node asks for them.
    NotOurTurn,
    /// The source has no bot, or is gone.
    NoBot,
}

/// Why updates were not taken in. None of them is confirmed.
#[derive(Debug)]
pub enum PollError {
    Telegram(TelegramError),
    /// The token cannot be used.
    Token(BotFault),
    Take(TakeError),
    Store(StoreError),
}

impl PollError {
    /// Whether it may be over without anybody doing anything.
    const fn ends_by_itself(&self) -> bool {
        match self {
            Self::Telegram(error) => matches!(error, TelegramError::Unreachable(_) | TelegramError::TooMany(_)),
            Self::Token(_) => false,
            Self::Take(_) | Self::Store(_) => true,
        }
    }
}

impl std::fmt::Display for PollError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Telegram(error) => error.fmt(f),
            Self::Token(fault) => write!(f, "the token of the bot cannot be used: {}", fault.as_str()),
            Self::Take(error) => error.fmt(f),
            Self::Store(error) => error.fmt(f),
        }
    }
}

impl From<StoreError> for PollError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

/// The bot of one source.
pub struct Poller {
    app: App,
    source: SourceId,
    /// The first update that is not confirmed, if that is known.
    offset: i64,
    /// The id of the bot, once Telegram said who it is.
    bot: Option<i64>,
    webhook: WebhookState,
}

impl Poller {
    #[must_use]
    pub fn new(app: App, source: SourceId) -> Self {
        Self { app, source, offset: 0, bot: None, webhook: WebhookState::default() }
    }

    /// Asks once for updates, for which Telegram may wait so long, and takes in what comes.
    ///
    /// # Errors
    /// [`PollError`] says why not. Faults of the bot are noted.
    pub async fn step(&mut self, wait: Duration, now: Timestamp) -> Result<Polled, PollError> {
        let telegram = self.app.telegram();
        let row = telegram.bot_of(self.source).await?;
        if row.token.is_none() {
            return Ok(Polled::NoBot);
        }
        let until = Timestamp(now.0 + TURN_MICROS);
        if !telegram.store().take_turn(turn(self.source), telegram.node(), now, until).await? {
            return Ok(Polled::NotOurTurn);
        }
        let asked = match telegram.bot(&row) {
            Ok(bot) => self.receive(&bot, &row, wait, now).await,
            Err(fault) => Err(PollError::Token(fault)),
        };
        let fault = match &asked {
            Ok(_) => None,
            Err(PollError::Telegram(error)) => BotFault::of_error(error),
            Err(PollError::Token(fault)) => Some(*fault),
            // Nothing is wrong with the bot.
            Err(PollError::Take(_) | PollError::Store(_)) => BotFault::of(&row),
        };
        self.app.telegram().note_fault(&row, fault).await?;
        asked
    }

    async fn receive(
        &mut self,
        bot: &Bot,
        row: &SourceBot,
        wait: Duration,
        now: Timestamp,
    ) -> Result<Polled, PollError> {
        let bot_id = match self.bot {
            Some(id) => id,
            None => {
                let me = spans::telegram(bot.get_me()).await.map_err(PollError::Telegram)?;
                self.app.telegram().note_name(row, &me).await?;
                *self.bot.insert(me.id)
            }
        };
        if self.keep_webhook(bot, row, now).await? {
            // What is asked for later may begin anywhere.
            self.offset = 0;
            return Ok(Polled::ByWebhook);
        }
        // That a fault is over is to be seen at once.
        let wait = if row.fault.is_some() { Duration::ZERO } else { wait };
        let updates = self.ask(bot, wait).await.map_err(PollError::Telegram)?;
        let (count, last) = (updates.len(), updates.last().map(|update| update.id));
        let place = intake::Place { app: &self.app, source: self.source, bot, bot_id };
        place.take(updates).await.map_err(PollError::Take)?;
        if let Some(last) = last {
            self.offset = last + 1;
        }
        Ok(Polled::Taken(count))
    }

    /// Asks for updates. A webhook that is ours is in the way only after the setting with the address is gone.
    async fn ask(&self, bot: &Bot, wait: Duration) -> Result<Vec<Update>, TelegramError> {
        match bot.get_updates(self.offset, UPDATES_MAX, wait).await {
            Err(TelegramError::WebhookIsSet) if webhook::remove_own(bot).await? => {
                bot.get_updates(self.offset, UPDATES_MAX, Duration::ZERO).await
            }
            asked => asked,
        }
    }
}
