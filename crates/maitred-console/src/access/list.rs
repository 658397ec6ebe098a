//! Logins for many operators at once, from a list with a line for each: the name and, after a comma, the limit. Each
//! gets a password, which is shown once.

use crate::ConsoleState;
use crate::forms::{Form, status, whole};
use crate::login::account_problem;
use crate::shell::{Page, Section, Viewer};
use crate::texts::Texts;
use askama::Template;
use axum::extract::State;
use axum::http::HeaderValue;
use axum::http::header::CACHE_CONTROL;
use axum::response::Response;
use maitred_app::auth::{Password, generated_password};
use maitred_core::command::NewOperator;
use maitred_core::{Command, Operator, OperatorId, Outcome, limits};
use maitred_store::accounts::{Grant, NewUser, folded, user_name};
use maitred_store::views::{PAGE_ROWS_MAX, Page as Rows};
use maitred_web::caller::caller;
use maitred_web::problem::Problem;
use maitred_web::problem::refusals::IN_PATH;
use maitred_web::routes::Routes;
use maitred_web::rules::ADMIN;
use maitred_web::{AppState, unexpected};
use std::collections::BTreeSet;
use std::sync::Arc;

/// Lines of one list. A password takes some tens of milliseconds.
const LINES_MAX: usize = 100;
/// The limit of a line that names none.
const MAX_LOAD_PROPOSED: u32 = 10;

pub(super) fn routes() -> Routes<ConsoleState> {
    Routes::new().get("/access/users/list", ADMIN, blank).post("/access/users/list", ADMIN, create)
}

#[derive(Template)]
#[template(path = "access/list.html")]
struct ListPage<'a> {
    page: Page<'a>,
    form: &'a Form,
}

/// Who was added, with their passwords.
#[derive(Template)]
#[template(path = "access/list_made.html")]
struct MadePage<'a> {
    page: Page<'a>,
    made: Vec<(Arc<str>, String)>,
    /// Why it ended before the end of the list.
    error: Option<String>,
}

/// One line of the list.
struct Line {
    name: Arc<str>,
    max_load: u32,
    /// Who has this name already.
    operator: Option<OperatorId>,
}

async fn blank(viewer: Viewer) -> Result<Response, Problem> {
    show_with(&viewer, &Form::default())
}

fn show_with(viewer: &Viewer, form: &Form) -> Result<Response, Problem> {
    let page = viewer.page(viewer.t.t("users-many"), Section::Access);
    viewer.show_as(status(form), &ListPage { page, form })
}

async fn create(viewer: Viewer, State(state): State<AppState>, mut form: Form) -> Result<Response, Problem> {
    let t = viewer.t;
    let operators = state.store().operators(Rows { limit: PAGE_ROWS_MAX, after: None }).await?;
    let taken = state.access().users().into_iter().map(|user| folded(&user.name)).collect();
    let read = match state.access().has_admin() {
        true => read(t, form.value("list"), &operators, taken),
        false => Err(t.t("rule-admin-first")),
    };
    let lines = match read {
        Ok(lines) => lines,
        Err(why) => {
            form.fail("list", why);
            return show_with(&viewer, &form);
        }
    };
    let mut made = Vec::new();
    let mut error = None;
    for line in lines {
        let name = line.name.clone();
        match add(&state, line).await {
            Ok(password) => made.push((name, password)),
            // Passwords that were made are shown all the same: nobody sees them again.
            Err(why) => {
                tracing::warn!(kind = why.kind.name, "a list of users ended early");
                error = Some(t.of("users-made-until", &name));
                break;
            }
        }
    }
    show_made(&viewer, made, error)
}

/// Shown in place of the form and kept nowhere.
fn show_made(viewer: &Viewer, made: Vec<(Arc<str>, String)>, error: Option<String>) -> Result<Response, Problem> {
    let page = viewer.page(viewer.t.t("users-made"), Section::Access);
    let mut response = viewer.show(&MadePage { page, made, error })?;
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}

/// All lines, or what is wrong with the first that is wrong: nobody is added then.
fn read(t: Texts, list: &str, operators: &[Operator], mut taken: BTreeSet<String>) -> Result<Vec<Line>, String> {
    let filled = || list.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    if !(1..=LINES_MAX).contains(&filled().count()) {
        return Err(t.n("rule-list", LINES_MAX));
    }
    let wrong = |at: usize, key: &str| t.with("rule-list-line", [("line", (at + 1).into()), ("why", t.t(key).into())]);
    let mut lines = Vec::new();
    for (at, text) in filled() {
        let (name, max_load) = text.rsplit_once([',', ';', '\t']).unwrap_or((text, ""));
        let name = user_name(name).map_err(|_| wrong(at, "rule-name"))?;
        let max_load = match max_load.trim() {
            "" => MAX_LOAD_PROPOSED,
            text => whole(text).and_then(limits::max_load).map_err(|_| wrong(at, "rule-max-load"))?,
        };
        if !taken.insert(folded(&name)) {
            return Err(wrong(at, "user-name-taken"));
        }
        let mut same = operators.iter().filter(|operator| folded(&operator.name) == folded(&name));
        let operator = same.next().map(|operator| operator.id);
        if same.next().is_some() {
            return Err(wrong(at, "rule-list-two"));
        }
        lines.push(Line { name, max_load, operator });
    }
    Ok(lines)
}

/// Adds the operator, unless they are there, and the user; gives the password.
async fn add(state: &AppState, line: Line) -> Result<String, Problem> {
    let text = generated_password().map_err(|error| Problem::internal(&error))?;
    let password = Password::new(&text, &line.name).map_err(|error| Problem::internal(&error))?;
    let operator = match line.operator {
        Some(id) => id,
        None => {
            let new = NewOperator { max_load: line.max_load, ..NewOperator::named(line.name.clone()) };
            match state.send(Command::CreateOperator(new), IN_PATH).await? {
                Outcome::Operator(operator) => operator.id,
                other => return Err(unexpected(&other)),
            }
        }
    };
    let new = NewUser { name: line.name, grant: Grant::Operator(operator) };
    state.access().add_user(new, &password, caller()?.actor).await.map_err(account_problem)?;
    Ok(text)
}
