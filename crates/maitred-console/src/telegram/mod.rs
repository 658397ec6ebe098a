//! Telegram: the bot of a source (`/sources/{id}/telegram`), and what is wrong with bots and with ways of telling
//! operators, which the board shows. The chat of an operator is in `notifications`.

mod source;

use crate::ConsoleState;
use crate::texts::Texts;
use maitred_app::mail;
use maitred_app::telegram::BotFault;
use maitred_core::{OperatorId, SourceId};
use maitred_store::StoreError;
use maitred_store::telegram::TelegramSetup;
use maitred_store::views::Mentioned;
use maitred_web::AppState;
use maitred_web::routes::Routes;
use maitred_web::rules::STAFF;

/// The most warnings on the board.
const WARNINGS_MAX: usize = 10;

pub(crate) fn routes() -> Routes<ConsoleState> {
    Routes::new()
        .get("/sources/{id}/telegram", STAFF, source::show)
        .post("/sources/{id}/telegram", STAFF, source::edit)
        .get("/sources/{id}/telegram/remove", STAFF, source::ask_to_remove)
        .post("/sources/{id}/telegram/remove", STAFF, source::remove)
}

/// What is wrong with a bot or a chat.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warning {
    what: WarningKind,
    /// Of the source or the operator.
    name: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum WarningKind {
    Bot(SourceId, BotFault),
    Chat(OperatorId),
    /// The address of an operator refuses mail.
    Mail(OperatorId),
}

impl Warning {
    /// Those that somebody has to do something about, bots first.
    pub(crate) async fn all(state: &AppState) -> Result<Vec<Self>, StoreError> {
        let setup = state.app().telegram().setup().await?;
        let mut kinds = kinds(&setup);
        kinds.extend(refused(state).await?.into_iter().map(WarningKind::Mail));
        kinds.truncate(WARNINGS_MAX);
        let mut mentioned = Mentioned::default();
        for kind in &kinds {
            match kind {
                WarningKind::Bot(source, _) => _ = mentioned.sources.insert(*source),
                WarningKind::Chat(operator) | WarningKind::Mail(operator) => _ = mentioned.operators.insert(*operator),
            }
        }
        let named = state.store().named(mentioned).await?;
        let name = |kind: &WarningKind| match kind {
            WarningKind::Bot(source, _) => named.sources.get(source).map(|source| source.name.to_string()),
            WarningKind::Chat(operator) | WarningKind::Mail(operator) => {
                named.operators.get(operator).map(ToString::to_string)
            }
        };
        Ok(kinds.into_iter().map(|what| Self { name: name(&what).unwrap_or_default(), what }).collect())
    }

    pub(crate) fn text(&self, t: Texts) -> String {
        match self.what {
            WarningKind::Bot(_, fault) => {
                format!("{} {}", t.of("telegram-warning-bot", &self.name), fault_text(t, fault))
            }
            WarningKind::Chat(_) => t.of("telegram-warning-chat", &self.name),
            WarningKind::Mail(_) => t.of("telegram-warning-mail", &self.name),
        }
    }

    pub(crate) fn href(&self) -> String {
        match self.what {
            WarningKind::Bot(source, _) => format!("/sources/{source}/telegram"),
            WarningKind::Chat(operator) => format!("/operators/{operator}/notifications"),
            WarningKind::Mail(operator) => format!("/operators/{operator}"),
        }
    }
}

/// Operators whose address, as it is now, refuses mail.
async fn refused(state: &AppState) -> Result<Vec<OperatorId>, StoreError> {
    if state.app().mailer().is_none() {
        return Ok(Vec::new());
    }
    let faults = mail::refused(state.store(), state.app().telegram().store()).await?;
    Ok(faults.into_iter().map(|fault| fault.operator).collect())
}

fn kinds(setup: &TelegramSetup) -> Vec<WarningKind> {
    let bots = BotFault::all(setup).map(|(bot, fault)| WarningKind::Bot(bot.source, fault));
    bots.chain(setup.blocked_chats().map(|chat| WarningKind::Chat(chat.operator))).take(WARNINGS_MAX).collect()
}

/// What is wrong with the bot of a source, and what helps; none if nothing is.
pub(crate) async fn fault_of(state: &AppState, t: Texts, source: SourceId) -> Result<Option<String>, StoreError> {
    let bot = state.app().telegram().bot_of(source).await?;
    Ok(BotFault::of(&bot).filter(|_| bot.token.is_some()).map(|fault| fault_text(t, fault)))
}

/// What is wrong with a bot, and what helps.
pub(crate) fn fault_text(t: Texts, fault: BotFault) -> String {
    t.t(&format!("telegram-fault-{}", fault.as_str().replace('_', "-")))
}
