//! The browsers in which an operator is told of contacts (Web Push).

use crate::body::describe::BodyOf;
use crate::body::{Json, RequestBody};
use crate::idempotency::NeverAgain;
use crate::openapi::without_key;
use crate::reply::{self, Reply};
use axum::extract::State;
use maitred_app::push::{Sent, SubscribeError, service};
use maitred_core::limits::Invalid;
use maitred_core::{Operator, OperatorId};
use maitred_store::clock::Rfc3339;
use maitred_store::push::Browser;
use maitred_web::AppState;
use maitred_web::field::types::{ENDPOINT_URL, Text};
use maitred_web::field::{FieldType, Fields};
use maitred_web::params::Ids;
use maitred_web::problem::refusals::unknown;
use maitred_web::problem::{FieldError, Problem};
use maitred_web::routes::Routes;
use maitred_web::rules::{May, own};
use maitred_webhooks::EndpointUrl;
use serde::Serialize;
use std::sync::Arc;
use utoipa::ToSchema;
use utoipa_axum::routes;

/// Characters of a public key and of the secret beside it, in base64url without padding, as browsers write them.
const PUBLIC_KEY_CHARS: usize = 87;
const AUTH_CHARS: usize = 22;
/// The longest language tag that is kept (RFC 5646, 4.4.1).
const LANGUAGE_CHARS_MAX: usize = 35;

pub(super) fn routes() -> Routes<AppState> {
    Routes::new()
        .call(own(May::OwnOperator), routes!(list_browsers))
        .call(own(May::OwnOperator), without_key(routes!(add_browser)))
        .call(own(May::OwnOperator), routes!(remove_browser))
        .call(own(May::OwnOperator), without_key(routes!(test_browser)))
}

/// In which browsers an operator is told.
#[derive(Serialize, ToSchema)]
#[schema(as = Browsers)]
struct BrowsersBody {
    /// What a browser subscribes with (`applicationServerKey`): the public key of this installation, in base64url.
    public_key: String,
    /// Those that subscribed first come first; at most 10.
    #[schema(max_items = 10)]
    browsers: Vec<BrowserBody>,
}

/// A browser in which an operator is told.
#[derive(Serialize, ToSchema)]
#[schema(as = Browser)]
struct BrowserBody {
    /// The same for the same subscription.
    id: i64,
    /// The host of its push service. The whole URL is never shown.
    #[schema(value_type = String, example = "fcm.googleapis.com")]
    service: Arc<str>,
    /// What its operator reads, an IETF language tag.
    #[schema(required = true, value_type = Option<String>, example = "ru")]
    language: Option<Arc<str>>,
    #[schema(value_type = String, format = DateTime)]
    created_at: Rfc3339,
    /// When the last message was taken for it.
    #[schema(required = true, value_type = Option<String>, format = DateTime)]
    told_at: Option<Rfc3339>,
    /// Why the last message was refused; `null` if it was taken.
    #[schema(required = true, value_type = Option<String>, example = json!(null))]
    error: Option<Arc<str>>,
}

impl From<Browser> for BrowserBody {
    fn from(browser: Browser) -> Self {
        Self {
            id: browser.id,
            service: service(&browser),
            language: browser.language,
            created_at: Rfc3339(browser.created_at),
            told_at: browser.told_at.map(Rfc3339),
            error: browser.error,
        }
    }
}

type BrowserCreate = BodyOf<NewBrowser>;

/// What a browser says when it subscribes.
pub(super) struct NewBrowser {
    url: EndpointUrl,
    public_key: Arc<str>,
    auth: Arc<str>,
    language: Option<Arc<str>>,
}

/// 65 bytes that begin with a 4, and 16 bytes: bits of the last character that are beyond them are 0.
const PUBLIC_KEY_PATTERN: &str = "^B[A-P][A-Za-z0-9_-]{84}[AEIMQUYcgkosw048]$";
const AUTH_PATTERN: &str = "^[A-Za-z0-9_-]{21}[AQgw]$";
const PUBLIC_KEY: Text<Arc<str>> = Text {
    check: |text| base64url(text, PUBLIC_KEY_CHARS),
    pattern: Some(PUBLIC_KEY_PATTERN),
    chars_min: PUBLIC_KEY_CHARS,
    chars_max: Some(PUBLIC_KEY_CHARS),
};
const AUTH: Text<Arc<str>> = Text {
    check: |text| base64url(text, AUTH_CHARS),
    pattern: Some(AUTH_PATTERN),
    chars_min: AUTH_CHARS,
    chars_max: Some(AUTH_CHARS),
};
const LANGUAGE: Text<Arc<str>> = Text {
    check: language_tag,
    pattern: Some("^[A-Za-z0-9]+(-[A-Za-z0-9]+)*$"),
    chars_min: 2,
    chars_max: Some(LANGUAGE_CHARS_MAX),
};

fn base64url(text: &str, chars: usize) -> Result<Arc<str>, Invalid> {
    let is_it = |c: char| c.is_ascii_alphanumeric() || ['-', '_'].contains(&c);
    match text.len() == chars && text.chars().all(is_it) {
        true => Ok(text.into()),
        false => {
            Err(Invalid(format!("is not {chars} characters of base64url; give it as the browser has it in toJSON()")))
        }
    }
}

fn language_tag(text: &str) -> Result<Arc<str>, Invalid> {
    let is_part = |part: &str| !part.is_empty() && part.chars().all(|c| c.is_ascii_alphanumeric());
    match text.split('-').all(is_part) && (2..=LANGUAGE_CHARS_MAX).contains(&text.len()) {
        true => Ok(text.into()),
        false => Err(Invalid("is no language tag; give one such as en or ru".to_owned())),
    }
}

impl RequestBody for NewBrowser {
    const SCHEMA: &'static str = "BrowserCreate";
    const ABOUT: &'static str = "What a browser says when it subscribes (`PushSubscription`).";
    const EXAMPLE: Option<&'static str> = Some(
        r#"{"endpoint": "https://push.example.net/abc", "auth": "BTBZMqHH6r4Tts7J_aSIgg", "language": "ru",
            "p256dh": "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"}"#,
    );

    fn read(fields: &mut impl Fields) -> Option<Self> {
        let url = ENDPOINT_URL.example("\"https://push.example.net/abc\"");
        let url = fields.required("endpoint", url, "The URL of its push service: `endpoint`. It is never shown again.");
        let public_key = fields.required("p256dh", PUBLIC_KEY, "Its public key: `keys.p256dh`.");
        let auth = fields.required("auth", AUTH, "The secret that it shares with senders: `keys.auth`.");
        let about = "In which language it is told: Russian for `ru`, else English.";
        let language = fields.optional("language", LANGUAGE.example("\"ru\""), about);
        Some(Self { url: url?, public_key, auth, language })
    }
}

/// List the browsers in which an operator is told
///
/// With the public key that a browser subscribes with. The console does all of this by a button on the desk.
#[utoipa::path(
    get, path = "/api/v1/operators/{id}/browsers", tag = "operators", params(("id" = i64, Path)),
    responses((status = OK, description = "The key and the browsers", body = BrowsersBody))
)]
async fn list_browsers(State(state): State<AppState>, Ids([id]): Ids<1>) -> Reply {
    let operator = existing(&state, id).await?.id;
    let push = state.app().push();
    let public_key = push.public_key().await?;
    let browsers = push.store().browsers_of(operator).await?;
    reply::ok(&BrowsersBody { public_key, browsers: browsers.into_iter().map(BrowserBody::from).collect() })
}

/// Tell an operator in a browser
///
/// The operator is told of their contacts there from then on, also while no page is open, and nobody else is. A browser
/// that is added again is the same one; beyond 10 the one that subscribed first is removed. So there is no
/// `Idempotency-Key`.
#[utoipa::path(
    post, path = "/api/v1/operators/{id}/browsers", tag = "operators", params(("id" = i64, Path)),
    request_body = BrowserCreate,
    responses((status = CREATED, description = "Added", body = BrowserBody,
               headers(("Location" = String, description = "Where it is"))))
)]
async fn add_browser(
    State(state): State<AppState>,
    Ids([id]): Ids<1>,
    NeverAgain: NeverAgain,
    Json(new): Json<NewBrowser>,
) -> Reply {
    let operator = existing(&state, id).await?.id;
    let said = (new.url.as_str(), &*new.public_key, &*new.auth);
    let added = state.app().push().subscribe(operator, said, new.language).await.map_err(|error| match error {
        SubscribeError::Url(why) => invalid("/endpoint", format!("endpoint {why}")),
        SubscribeError::Keys => invalid("/p256dh", "p256dh and auth are no keys of a browser".to_owned()),
        SubscribeError::Key(error) => error.into(),
    })?;
    reply::created(format!("/api/v1/operators/{id}/browsers/{}", added.id), &BrowserBody::from(added))
}

/// Tell an operator no longer in a browser
#[utoipa::path(
    delete, path = "/api/v1/operators/{id}/browsers/{browser_id}", tag = "operators",
    params(("id" = i64, Path), ("browser_id" = i64, Path)),
    responses((status = NO_CONTENT, description = "Removed, or was not there"))
)]
async fn remove_browser(State(state): State<AppState>, Ids([id, browser]): Ids<2>) -> Reply {
    let operator = existing(&state, id).await?.id;
    state.app().push().store().remove(operator, browser).await?;
    Ok(reply::no_content())
}

/// What came of a test.
#[derive(Serialize, ToSchema)]
#[schema(as = BrowserTest)]
struct TestBody {
    /// Whether the push service took the message. The browser shows it when it is there.
    is_taken: bool,
    /// Why not.
    #[schema(required = true, value_type = Option<String>, example = json!(null))]
    error: Option<String>,
}

/// Send a browser a test
///
/// A browser of which the push service says that it is not subscribed any more is removed.
#[utoipa::path(
    post, path = "/api/v1/operators/{id}/browsers/{browser_id}/test", tag = "operators",
    params(("id" = i64, Path), ("browser_id" = i64, Path)),
    responses((status = OK, description = "What came of it", body = TestBody))
)]
async fn test_browser(State(state): State<AppState>, Ids([id, browser]): Ids<2>, NeverAgain: NeverAgain) -> Reply {
    let operator = existing(&state, id).await?;
    let sent = state.app().push().test(&operator, browser).await?;
    let error = match sent.ok_or_else(|| unknown("browser", &browser))? {
        Sent::Taken => None,
        Sent::Gone => Some("the browser is not subscribed any more; it was removed".to_owned()),
        Sent::Later(_) => Some("the push service has too much to do; try again later".to_owned()),
        Sent::Unreachable(why) | Sent::Refused(why) => Some(why),
    };
    reply::ok(&TestBody { is_taken: error.is_none(), error })
}

async fn existing(state: &AppState, id: i64) -> Result<Operator, Problem> {
    state.store().operator(OperatorId(id)).await?.ok_or_else(|| unknown("operator", &id))
}

fn invalid(pointer: &str, what: String) -> Problem {
    Problem::invalid(vec![FieldError::at(pointer, what)])
}
