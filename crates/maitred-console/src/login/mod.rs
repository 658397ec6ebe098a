//! Logging in and out, and the page of the set-up link, on which the first admin is made.

pub mod redirect;

use crate::ConsoleState;
use crate::forms::{Form, status};
use crate::login::redirect::{after_login, home};
use crate::shell::{Page, Section, Viewer, see_other};
use crate::texts::Texts;
use askama::Template;
use axum::extract::{Query, State};
use axum::http::header::{RETRY_AFTER, SET_COOKIE};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::Response;
use maitred_app::auth::{AccountError, Caller, LoginError, Password, Secret, Wait};
use maitred_store::accounts::user_name;
use maitred_web::AppState;
use maitred_web::caller::caller;
use maitred_web::guard::client::Client;
use maitred_web::guard::cookie;
use maitred_web::problem::{Problem, kinds};
use maitred_web::routes::Routes;
use maitred_web::rules::{ANYBODY, PEOPLE};

pub(crate) fn routes() -> Routes<ConsoleState> {
    Routes::new()
        .get("/login", ANYBODY, ask)
        .post("/login", ANYBODY, log_in)
        .post("/logout", PEOPLE, log_out)
        .get("/set-up", ANYBODY, offer)
        .post("/set-up", ANYBODY, set_up)
}

#[derive(Template)]
#[template(path = "login/login.html")]
struct LoginPage<'a> {
    page: Page<'a>,
    form: &'a Form,
    /// Whether there is nobody who could log in.
    is_empty: bool,
}

#[derive(Template)]
#[template(path = "login/set_up.html")]
struct SetUpPage<'a> {
    page: Page<'a>,
    form: &'a Form,
    /// Whether the link is good.
    is_open: bool,
}

type Pairs = Query<Vec<(String, String)>>;

/// `GET /login`: redirects those who are logged in already.
async fn ask(
    viewer: Viewer,
    State(state): State<AppState>,
    client: Client,
    headers: HeaderMap,
    Query(pairs): Pairs,
) -> Result<Response, Problem> {
    let form = Form::filled(pairs);
    if !state.access().is_guarded() {
        return see_other("/");
    }
    if let Some(session) = cookie::shown(&headers, client.is_secure)
        && let Ok(caller) = state.access().admit_session(session).await
    {
        return see_other(&after_login(form.value("next"), caller.grant));
    }
    show(&viewer, &state, &form, StatusCode::OK)
}

fn show(viewer: &Viewer, state: &AppState, form: &Form, status: StatusCode) -> Result<Response, Problem> {
    let page = viewer.page(viewer.t.t("login-title"), Section::Elsewhere);
    viewer.show_as(status, &LoginPage { page, form, is_empty: state.access().users().is_empty() })
}

/// `POST /login`
async fn log_in(
    viewer: Viewer,
    State(state): State<AppState>,
    client: Client,
    mut form: Form,
) -> Result<Response, Problem> {
    let password = form.take("password");
    match state.access().log_in(form.value("name"), &password, client.address).await {
        Ok(session) => enter(&after_login(form.value("next"), session.1.grant), &session, client),
        Err(why) => refuse(&viewer, &mut form, why, |form, status| show(&viewer, &state, form, status)),
    }
}

/// The form again, with what it says why.
pub(crate) fn refuse(
    viewer: &Viewer,
    form: &mut Form,
    why: LoginError,
    show: impl FnOnce(&Form, StatusCode) -> Result<Response, Problem>,
) -> Result<Response, Problem> {
    let t = viewer.t;
    match why {
        LoginError::Wrong => {
            form.fail_whole(t.t("login-wrong"));
            show(form, StatusCode::UNPROCESSABLE_ENTITY)
        }
        LoginError::TooOften(Wait(seconds)) => {
            form.fail_whole(t.n("login-too-often", seconds));
            let mut response = show(form, StatusCode::TOO_MANY_REQUESTS)?;
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
            Ok(response)
        }
        LoginError::Account(why) => Err(account_problem(why)),
    }
}

/// What went wrong where no form could fix it.
pub(crate) fn account_problem(why: AccountError) -> Problem {
    match why {
        AccountError::Busy => kinds::OVERLOADED.because(why.to_string()),
        AccountError::Store(error) => error.into(),
        AccountError::Unknown => kinds::UNKNOWN_ID.because(why.to_string()),
        AccountError::NameTaken | AccountError::TooMany | AccountError::LinkOver => {
            kinds::FORBIDDEN.because(why.to_string())
        }
        AccountError::Failed => Problem::internal(&why),
    }
}

/// Starts a session in the browser. Its old cookie is replaced, so nobody can have planted it (session fixation).
pub(crate) fn enter(path: &str, session: &(Secret, Caller), client: Client) -> Result<Response, Problem> {
    let mut response = see_other(path)?;
    response.headers_mut().append(SET_COOKIE, cookie::given(&session.0, client.is_secure)?);
    Ok(response)
}

/// `POST /logout`
async fn log_out(State(state): State<AppState>, client: Client) -> Result<Response, Problem> {
    if let Some(session) = caller()?.session {
        state.access().log_out(session).await?;
    }
    leave(client)
}

/// Has the browser forget its session, and leads to the login.
pub(crate) fn leave(client: Client) -> Result<Response, Problem> {
    let mut response = see_other("/login")?;
    response.headers_mut().append(SET_COOKIE, cookie::taken_back(client.is_secure)?);
    Ok(response)
}

/// `GET /set-up`
async fn offer(viewer: Viewer, State(state): State<AppState>, Query(pairs): Pairs) -> Result<Response, Problem> {
    let form = Form::filled(pairs);
    show_set_up(&viewer, &form, state.access().may_set_up(form.value("token")))
}

fn show_set_up(viewer: &Viewer, form: &Form, is_open: bool) -> Result<Response, Problem> {
    let page = viewer.page(viewer.t.t("set-up-title"), Section::Elsewhere);
    viewer.show_as(if is_open { status(form) } else { StatusCode::FORBIDDEN }, &SetUpPage { page, form, is_open })
}

/// `POST /set-up`
async fn set_up(
    viewer: Viewer,
    State(state): State<AppState>,
    client: Client,
    mut form: Form,
) -> Result<Response, Problem> {
    let name = form.read(viewer.t, "name", "rule-name", user_name);
    let password = new_password(viewer.t, &mut form);
    if let (Some(name), Some(password)) = (name, password) {
        match state.access().set_up(form.value("token"), name, &password).await {
            Ok(session) => return enter(&home(session.1.grant), &session, client),
            // Somebody else may have been the first, a moment ago.
            Err(AccountError::LinkOver | AccountError::NameTaken) => return show_set_up(&viewer, &form, false),
            Err(why) => return Err(account_problem(why)),
        }
    }
    show_set_up(&viewer, &form, state.access().may_set_up(form.value("token")))
}

/// A password that was chosen for the user `name`; notes what is wrong with it. It is not shown again.
pub(crate) fn new_password(t: Texts, form: &mut Form) -> Option<Password> {
    let name = form.value("name").to_owned();
    let typed = form.take("password");
    let read = Password::new(&typed, &name).ok();
    if read.is_none() {
        form.fail("password", t.t("rule-password"));
    }
    read
}
