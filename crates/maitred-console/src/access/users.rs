//! One user at a time: adding, role, password, disabling.

use super::{Choices, Done, RoleChoice, first_role, roles};
use crate::ConsoleState;
use crate::forms::{Form, status};
use crate::login::{account_problem, new_password};
use crate::shell::{Page, Section, Viewer};
use crate::texts::Texts;
use askama::Template;
use axum::extract::{RawQuery, State};
use axum::response::Response;
use maitred_app::auth::{AccountError, Password};
use maitred_core::{Actor, Operator, UserId};
use maitred_store::accounts::{Grant, NewUser, Role, User, grant_of_a_person, user_name};
use maitred_web::AppState;
use maitred_web::caller::caller;
use maitred_web::params::Ids;
use maitred_web::problem::refusals::unknown;
use maitred_web::problem::{Problem, kinds};
use maitred_web::routes::Routes;
use maitred_web::rules::ADMIN;
use std::sync::Arc;

/// The roles of people.
const ROLES: [Role; 4] = [Role::Operator, Role::Observer, Role::Supervisor, Role::Admin];

pub(super) fn routes() -> Routes<ConsoleState> {
    Routes::new()
        .get("/access/users/new", ADMIN, blank)
        .post("/access/users/new", ADMIN, create)
        .get("/access/users/{id}", ADMIN, show)
        .post("/access/users/{id}", ADMIN, edit)
        .post("/access/users/{id}/password", ADMIN, set_password)
        .post("/access/users/{id}/active", ADMIN, switch)
        .post("/access/users/{id}/logout", ADMIN, log_out)
}

#[derive(Template)]
#[template(path = "access/user.html")]
struct UserPage<'a> {
    page: Page<'a>,
    form: &'a Form,
    /// None for a new user.
    user: Option<&'a User>,
    /// Whether the page shows the viewer's own user.
    is_me: bool,
    sessions: usize,
    roles: Vec<RoleChoice>,
    operators: Vec<Operator>,
    /// What was done before, in words.
    done: Option<String>,
}

async fn blank(viewer: Viewer, State(state): State<AppState>) -> Result<Response, Problem> {
    show_with(&viewer, &state, None, &first_role(&state)).await
}

async fn show_with(viewer: &Viewer, state: &AppState, user: Option<&User>, form: &Form) -> Result<Response, Problem> {
    show_done(viewer, state, user, form, None).await
}

async fn show_done(
    viewer: &Viewer,
    state: &AppState,
    user: Option<&User>,
    form: &Form,
    done: Option<String>,
) -> Result<Response, Problem> {
    let title = user.map_or_else(|| viewer.t.t("user-new"), |user| user.name.to_string());
    let page = viewer.page(title, Section::Access);
    let me = caller()?.user();
    let page = UserPage {
        page,
        form,
        user,
        is_me: user.is_some_and(|user| Some(user.id) == me),
        sessions: user.map_or(0, |user| state.access().sessions_of(user.id)),
        roles: roles(viewer.t, &ROLES),
        operators: Choices::read(state).await?.operators,
        done,
    };
    viewer.show_as(status(form), &page)
}

async fn create(viewer: Viewer, State(state): State<AppState>, mut form: Form) -> Result<Response, Problem> {
    let t = viewer.t;
    let choices = Choices::read(&state).await?;
    let name = form.read(t, "name", "rule-name", user_name);
    let password = new_password(t, &mut form);
    let grant = choices.read_new_grant(&state, t, &mut form).and_then(|grant| of_a_person(grant, t, &mut form));
    if let (Some(name), Some(password), Some(grant)) = (name, password, grant) {
        match state.access().add_user(NewUser { name, grant }, &password, caller()?.actor).await {
            Ok(_) => return Done::UserAdded.then("/access"),
            Err(AccountError::NameTaken) => form.fail("name", t.t("user-name-taken")),
            Err(why) => return Err(account_problem(why)),
        }
    }
    show_with(&viewer, &state, None, &form).await
}

async fn show(
    viewer: Viewer,
    State(state): State<AppState>,
    Ids([id]): Ids<1>,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let user = user(&state, id)?;
    let done = Done::said(viewer.t, query);
    show_done(&viewer, &state, Some(&user), &filled(&user), done).await
}

/// The form with what is stored.
fn filled(user: &User) -> Form {
    let operator = user.grant.operator().map_or_else(String::new, |id| id.to_string());
    let values = [("role", user.grant.role().as_str().to_owned()), ("operator_id", operator)];
    Form::filled(values.map(|(name, value)| (name.to_owned(), value)))
}

/// What the form says that somebody may.
fn read_grant(choices: &Choices, t: Texts, form: &mut Form) -> Option<Grant> {
    let grant = choices.read_grant(t, form)?;
    of_a_person(grant, t, form)
}

fn of_a_person(grant: Grant, t: Texts, form: &mut Form) -> Option<Grant> {
    let grant = grant_of_a_person(grant);
    if grant.is_err() {
        form.fail("role", t.t("rule-role"));
    }
    grant.ok()
}

/// The role. Nobody may change their own: there might be nobody left to change it back.
async fn edit(
    viewer: Viewer,
    State(state): State<AppState>,
    Ids([id]): Ids<1>,
    mut form: Form,
) -> Result<Response, Problem> {
    let user = somebody_else(&state, id)?;
    let choices = Choices::read(&state).await?;
    match read_grant(&choices, viewer.t, &mut form) {
        Some(grant) => {
            if grant != Grant::Admin {
                expect_another_admin(&state, &user)?;
            }
            state.access().set_grant(user.id, grant, caller()?.actor).await.map_err(account_problem)?;
            Done::RoleChanged.then("/access")
        }
        None => show_with(&viewer, &state, Some(&user), &form).await,
    }
}

async fn set_password(
    viewer: Viewer,
    State(state): State<AppState>,
    Ids([id]): Ids<1>,
    mut form: Form,
) -> Result<Response, Problem> {
    let user = somebody_else(&state, id)?;
    let typed = form.take("password");
    let Ok(password) = Password::new(&typed, &user.name) else {
        let mut form = filled(&user);
        form.fail("password", viewer.t.t("rule-password"));
        return show_with(&viewer, &state, Some(&user), &form).await;
    };
    state.access().set_password(user.id, &password, caller()?.actor).await.map_err(account_problem)?;
    Done::PasswordSet.then(&format!("/access/users/{id}"))
}

/// Enables or disables a user, as the button says.
async fn switch(State(state): State<AppState>, Ids([id]): Ids<1>, form: Form) -> Result<Response, Problem> {
    let user = somebody_else(&state, id)?;
    let by = caller()?.actor;
    let is_on = form.value("is_active") == "true";
    let done = match is_on {
        true => state.access().enable(user.id, by).await,
        false => {
            expect_another_admin(&state, &user)?;
            state.access().disable(user.id, by).await
        }
    };
    done.map_err(account_problem)?;
    let done = if is_on { Done::Enabled } else { Done::Disabled };
    done.then(&format!("/access/users/{id}"))
}

async fn log_out(State(state): State<AppState>, Ids([id]): Ids<1>) -> Result<Response, Problem> {
    let user = somebody_else(&state, id)?;
    state.access().log_out_everywhere(user.id, caller()?.actor).await?;
    Done::LoggedOut.then(&format!("/access/users/{id}"))
}

/// # Errors
/// When without this admin there would be none.
fn expect_another_admin(state: &AppState, user: &User) -> Result<(), Problem> {
    let refused = || kinds::LAST_ADMIN.because("no other key or user is an admin; add one first");
    if state.access().is_last_admin(Actor::User(user.id)) { Err(refused()) } else { Ok(()) }
}

fn user(state: &AppState, id: i64) -> Result<Arc<User>, Problem> {
    state.access().user(UserId(id)).ok_or_else(|| unknown("user", &id))
}

fn somebody_else(state: &AppState, id: i64) -> Result<Arc<User>, Problem> {
    if caller()?.user() == Some(UserId(id)) {
        return Err(kinds::FORBIDDEN.because("this is for others; what is your own is at /account"));
    }
    user(state, id)
}
