//! The page of the logged-in user: changing their password and ending their sessions.

use crate::ConsoleState;
use crate::forms::{Form, status};
use crate::login::{account_problem, enter, leave, refuse};
use crate::shell::{Page, Section, Viewer, see_other};
use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use maitred_app::auth::Password;
use maitred_store::accounts::User;
use maitred_web::AppState;
use maitred_web::caller::caller;
use maitred_web::guard::client::Client;
use maitred_web::problem::Problem;
use maitred_web::routes::Routes;
use maitred_web::rules::PEOPLE;
use std::sync::Arc;

pub(crate) fn routes() -> Routes<ConsoleState> {
    Routes::new().get("/account", PEOPLE, show).post("/account/password", PEOPLE, change_password).post(
        "/account/logout",
        PEOPLE,
        log_out_everywhere,
    )
}

#[derive(Template)]
#[template(path = "account/account.html")]
struct AccountPage<'a> {
    page: Page<'a>,
    user: &'a User,
    form: &'a Form,
    /// How many sessions the user has.
    sessions: usize,
}

/// `GET /account`
async fn show(viewer: Viewer, State(state): State<AppState>) -> Result<Response, Problem> {
    let Some(user) = me(&state)? else { return see_other("/") };
    show_with(&viewer, &state, &user, &Form::default(), StatusCode::OK)
}

/// Who calls; none if it is a program, or anybody.
fn me(state: &AppState) -> Result<Option<Arc<User>>, Problem> {
    Ok(caller()?.user().and_then(|id| state.access().user(id)))
}

fn show_with(
    viewer: &Viewer,
    state: &AppState,
    user: &User,
    form: &Form,
    status: StatusCode,
) -> Result<Response, Problem> {
    let page = viewer.page(user.name.to_string(), Section::Elsewhere);
    viewer.show_as(status, &AccountPage { page, user, form, sessions: state.access().sessions_of(user.id) })
}

/// `POST /account/password`. The current password is asked for, so a browser left open is not enough to take a login
/// over. All sessions end, this one included, and a new one begins.
async fn change_password(
    viewer: Viewer,
    State(state): State<AppState>,
    client: Client,
    mut form: Form,
) -> Result<Response, Problem> {
    let Some(user) = me(&state)? else { return see_other("/") };
    let (now, next) = (form.take("now"), form.take("password"));
    let Ok(password) = Password::new(&next, &user.name) else {
        form.fail("password", viewer.t.t("rule-password"));
        return show_with(&viewer, &state, &user, &form, status(&form));
    };
    let proven = state.access().log_in(&user.name, &now, client.address).await;
    if let Err(why) = proven {
        return refuse(&viewer, &mut form, why, |form, status| show_with(&viewer, &state, &user, form, status));
    }
    state.access().set_password(user.id, &password, caller()?.actor).await.map_err(account_problem)?;
    match state.access().log_in(&user.name, &next, client.address).await {
        Ok(session) => enter("/account", &session, client),
        Err(_) => leave(client),
    }
}

/// `POST /account/logout`
async fn log_out_everywhere(State(state): State<AppState>, client: Client) -> Result<Response, Problem> {
    let caller = caller()?;
    if let Some(user) = caller.user() {
        state.access().log_out_everywhere(user, caller.actor).await?;
    }
    leave(client)
}
