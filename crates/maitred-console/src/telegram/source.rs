//! The bot of a source: its token, whether it is heard, and links that say where somebody came from.

use super::fault_text;
use crate::forms::{Form, status};
use crate::shell::confirm::Confirm;
use crate::shell::{Page, Section, Viewer, see_other};
use askama::Template;
use axum::extract::State;
use axum::response::Response;
use maitred_app::telegram::{BotFault, TokenError};
use maitred_core::{Source, SourceId, SourceKind};
use maitred_store::telegram::SourceBot;
use maitred_telegram::start;
use maitred_web::AppState;
use maitred_web::params::{Ids, Params};
use maitred_web::problem::Problem;
use maitred_web::problem::refusals::unknown;
use std::sync::Arc;

/// What a link may say, in the order of the form.
const UTM: [&str; 3] = ["utm_source", "utm_medium", "utm_campaign"];

#[derive(Template)]
#[template(path = "telegram/source.html")]
struct SourcePage<'a> {
    page: Page<'a>,
    form: &'a Form,
    source: &'a Source,
    bot: &'a SourceBot,
    /// What is wrong with the bot, and what helps.
    fault: Option<String>,
    links: Links,
}

impl SourcePage<'_> {
    fn is_telegram(&self) -> bool {
        self.source.kind == SourceKind::Telegram
    }

    /// How its messages come.
    fn receiving(&self) -> Option<String> {
        self.bot.token.as_ref()?;
        Some(match (&self.bot.webhook_error, self.bot.webhook_at) {
            (Some(why), _) => self.page.t.of("telegram-polls-instead", why),
            (None, Some(_)) => self.page.t.t("telegram-by-webhook"),
            (None, None) => self.page.t.t("telegram-by-polling"),
        })
    }

    fn username(&self) -> Option<&Arc<str>> {
        self.bot.username.as_ref().filter(|name| !name.is_empty() && self.bot.token.is_some())
    }
}

/// The form that makes links, and what it made.
struct Links {
    form: Form,
    /// None before anything was typed.
    made: Option<Option<String>>,
}

impl Links {
    fn read(mut params: Params, bot: &SourceBot) -> Result<Self, Problem> {
        let mut typed = Vec::new();
        for name in UTM {
            let value = params.optional(name, |text| Ok(text.trim().to_owned())).unwrap_or_default();
            typed.push((name.to_owned(), value));
        }
        params.optional("lang", |_| Ok(()));
        params.finish()?;
        let given: Vec<_> = typed.iter().filter(|(_, value)| !value.is_empty()).cloned().collect();
        let name = bot.username.as_deref().unwrap_or_default();
        let made = (!given.is_empty()).then(|| start::link_with_utm(name, &given));
        Ok(Self { form: Form::stored(typed), made })
    }

    fn none() -> Self {
        Self { form: Form::default(), made: None }
    }
}

/// `GET /sources/{id}/telegram`
pub(super) async fn show(
    viewer: Viewer,
    State(state): State<AppState>,
    Ids([id]): Ids<1>,
    params: Params,
) -> Result<Response, Problem> {
    let source = source(&state, id).await?;
    let bot = state.app().telegram().bot_of(source.id).await?;
    let links = Links::read(params, &bot)?;
    show_with(&viewer, &stored(&bot), &source, &bot, links)
}

/// The token is never shown again; the name of a variable is no secret.
fn stored(bot: &SourceBot) -> Form {
    let variable = bot.token.as_deref().filter(|token| token.starts_with(maitred_app::telegram::VARIABLE));
    let shows = bot.shows_phone().then(|| ("shows_phone".to_owned(), "true".to_owned()));
    let token = ("bot_token".to_owned(), variable.unwrap_or_default().to_owned());
    Form::stored([token].into_iter().chain(shows))
}

fn show_with(
    viewer: &Viewer,
    form: &Form,
    source: &Source,
    bot: &SourceBot,
    links: Links,
) -> Result<Response, Problem> {
    let page = viewer.page(viewer.t.of("telegram-of-source", &source.name), Section::Sources);
    let fault = BotFault::of(bot).filter(|_| bot.token.is_some()).map(|fault| fault_text(viewer.t, fault));
    viewer.show_as(status(form), &SourcePage { page, form, source, bot, fault, links })
}

/// `POST /sources/{id}/telegram`. A field for the token that is left empty changes nothing.
pub(super) async fn edit(
    viewer: Viewer,
    State(state): State<AppState>,
    Ids([id]): Ids<1>,
    mut form: Form,
) -> Result<Response, Problem> {
    let source = source(&state, id).await?;
    let telegram = state.app().telegram();
    let bot = telegram.bot_of(source.id).await?;
    let typed = form.take("bot_token");
    if !typed.trim().is_empty() && bot.token.as_deref() != Some(typed.trim()) {
        match telegram.check_token(&typed, Some(source.id)).await {
            Ok(token) => telegram.set_token(source.id, Some(token)).await?,
            Err(TokenError::Invalid(_)) => {
                form.fail("bot_token", viewer.t.t("rule-bot-token"));
                return show_with(&viewer, &form, &source, &bot, Links::none());
            }
            Err(TokenError::Store(error)) => return Err(error.into()),
        }
    }
    let shows_phone = form.is_ticked("shows_phone");
    if shows_phone != bot.shows_phone() {
        telegram.set_shows_phone(source.id, shows_phone).await?;
    }
    see_other(&format!("/sources/{id}/telegram"))
}

/// `GET /sources/{id}/telegram/remove`
pub(super) async fn ask_to_remove(
    viewer: Viewer,
    State(state): State<AppState>,
    Ids([id]): Ids<1>,
) -> Result<Response, Problem> {
    let source = source(&state, id).await?;
    let ask = Confirm {
        page: viewer.page(viewer.t.t("telegram-remove"), Section::Sources),
        what: &source.name,
        means: viewer.t.t("telegram-remove-means"),
        action: &format!("/sources/{id}/telegram/remove"),
        back: &format!("/sources/{id}/telegram"),
    };
    ask.show(&viewer)
}

/// `POST /sources/{id}/telegram/remove`
pub(super) async fn remove(State(state): State<AppState>, Ids([id]): Ids<1>) -> Result<Response, Problem> {
    let source = source(&state, id).await?;
    state.app().telegram().set_token(source.id, None).await?;
    see_other(&format!("/sources/{id}/telegram"))
}

async fn source(state: &AppState, id: i64) -> Result<Source, Problem> {
    state.store().source(SourceId(id)).await?.ok_or_else(|| unknown("source", &id))
}
