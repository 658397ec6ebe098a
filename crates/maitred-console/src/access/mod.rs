//! People and keys: who may log in, which programs may call, and as what. For admins.

mod keys;
mod list;
mod users;

use crate::ConsoleState;
use crate::forms::{Form, whole};
use crate::shell::{Page, Section, Viewer, see_other};
use crate::texts::Texts;
use crate::times;
use askama::Template;
use axum::extract::{RawQuery, State};
use axum::response::Response;
use maitred_core::{Operator, OperatorId, Source, SourceId};
use maitred_store::accounts::{Grant, Key, Role, User};
use maitred_store::views::{PAGE_ROWS_MAX, Page as Rows};
use maitred_web::AppState;
use maitred_web::problem::Problem;
use maitred_web::routes::Routes;
use maitred_web::rules::ADMIN;
use std::sync::Arc;

pub(super) fn routes() -> Routes<ConsoleState> {
    Routes::new().get("/access", ADMIN, show).merge(users::routes()).merge(list::routes()).merge(keys::routes())
}

#[derive(Template)]
#[template(path = "access/access.html")]
struct AccessPage<'a> {
    page: Page<'a>,
    people: Vec<PersonRow>,
    keys: Vec<KeyRow>,
    /// What was done before, in words.
    done: Option<String>,
}

/// Somebody, as a row.
struct PersonRow {
    user: Arc<User>,
    role: String,
    last_login: Option<String>,
}

/// A key, as a row.
struct KeyRow {
    key: Key,
    role: String,
    last_use: Option<String>,
    is_over: bool,
}

/// `GET /access`
async fn show(viewer: Viewer, State(state): State<AppState>, RawQuery(query): RawQuery) -> Result<Response, Problem> {
    let choices = Choices::read(&state).await?;
    let ago = |at| times::ago(viewer.t, viewer.now, at);
    let people = state.access().users().into_iter().map(|user| PersonRow {
        role: choices.granted(viewer.t, &user.grant),
        last_login: user.last_login_at.map(ago),
        user,
    });
    let keys = state.access().keys(Rows { limit: PAGE_ROWS_MAX, after: None }).await?;
    let keys = keys.into_iter().filter(|key| key.revoked_at.is_none()).map(|key| KeyRow {
        role: choices.granted(viewer.t, &key.grant),
        last_use: key.last_used_at.map(ago),
        is_over: key.expires_at.is_some_and(|at| at <= viewer.now),
        key,
    });
    let page = viewer.page(viewer.t.t("access-title"), Section::Access);
    let (people, keys) = (people.collect(), keys.collect());
    viewer.show(&AccessPage { page, people, keys, done: Done::said(viewer.t, query) })
}

/// What was done, as the address of the page that follows says it.
#[derive(Clone, Copy)]
enum Done {
    UserAdded,
    RoleChanged,
    PasswordSet,
    Enabled,
    Disabled,
    LoggedOut,
    KeyRevoked,
}

impl Done {
    const ALL: [Self; 7] = [
        Self::UserAdded,
        Self::RoleChanged,
        Self::PasswordSet,
        Self::Enabled,
        Self::Disabled,
        Self::LoggedOut,
        Self::KeyRevoked,
    ];

    /// The word in the address.
    const fn word(self) -> &'static str {
        match self {
            Self::UserAdded => "user-added",
            Self::RoleChanged => "role-changed",
            Self::PasswordSet => "password-set",
            Self::Enabled => "enabled",
            Self::Disabled => "disabled",
            Self::LoggedOut => "logged-out",
            Self::KeyRevoked => "key-revoked",
        }
    }

    fn said(t: Texts, query: Option<String>) -> Option<String> {
        let form = Form::of_query(&query.unwrap_or_default());
        let done = Self::ALL.into_iter().find(|done| done.word() == form.value("done"))?;
        Some(match done {
            Self::UserAdded => t.t("done-user-added"),
            Self::RoleChanged => t.t("done-role-changed"),
            Self::PasswordSet => t.t("done-password-set"),
            Self::Enabled => t.t("done-enabled"),
            Self::Disabled => t.t("done-disabled"),
            Self::LoggedOut => t.t("done-logged-out"),
            Self::KeyRevoked => t.t("done-key-revoked"),
        })
    }

    /// Leads to a page that says it.
    fn then(self, path: &str) -> Result<Response, Problem> {
        see_other(&format!("{path}?done={}", self.word()))
    }
}

/// What a role may be bound to.
struct Choices {
    operators: Vec<Operator>,
    sources: Vec<Source>,
}

impl Choices {
    async fn read(state: &AppState) -> Result<Self, Problem> {
        let all = Rows { limit: PAGE_ROWS_MAX, after: None };
        Ok(Self { operators: state.store().operators(all).await?, sources: state.store().sources(all).await? })
    }

    fn operator(&self, id: OperatorId) -> Option<&Operator> {
        self.operators.iter().find(|operator| operator.id == id)
    }

    /// What somebody may, in a few words.
    fn granted(&self, t: Texts, grant: &Grant) -> String {
        let role = role_name(t, grant.role());
        let operator = grant.operator().map(|id| {
            self.operator(id).map_or_else(|| t.n("operator-number", id.0), |operator| operator.name.to_string())
        });
        let source = grant.source().and_then(|id| self.sources.iter().find(|source| source.id == id));
        match operator.or_else(|| source.map(|source| source.name.to_string())) {
            Some(bound_to) => format!("{role}: {bound_to}"),
            None => role,
        }
    }

    /// The grant that a form says; notes what is wrong with it.
    fn read_grant(&self, t: Texts, form: &mut Form) -> Option<Grant> {
        let role = form.read(t, "role", "rule-role", Role::parse)?;
        let operator = form.read_if_given(t, "operator_id", "rule-role-operator", whole).map(OperatorId);
        let source = form.read_if_given(t, "source_id", "rule-source", whole).map(SourceId);
        // What is chosen for another role is left standing in the form, and says nothing.
        let operator = operator.filter(|_| role == Role::Operator);
        let source = source.filter(|_| role == Role::Intake);
        if operator.is_some_and(|id| self.operator(id).is_none()) || (role == Role::Operator && operator.is_none()) {
            form.fail("operator_id", t.t("rule-role-operator"));
        }
        if source.is_some_and(|id| self.sources.iter().all(|source| source.id != id)) {
            form.fail("source_id", t.t("rule-source"));
        }
        Grant::new(role, source, operator).ok().filter(|_| form.is_fine())
    }

    /// The same of a new key or user, of whom the first is an admin.
    fn read_new_grant(&self, state: &AppState, t: Texts, form: &mut Form) -> Option<Grant> {
        let grant = self.read_grant(t, form)?;
        if grant != Grant::Admin && !state.access().has_admin() {
            form.fail("role", t.t("rule-admin-first"));
            return None;
        }
        Some(grant)
    }
}

/// A new form, in which the role that the first key or user has to have is chosen.
fn first_role(state: &AppState) -> Form {
    let admin = || ("role".to_owned(), Role::Admin.as_str().to_owned());
    Form::filled((!state.access().has_admin()).then(admin))
}

fn role_name(t: Texts, role: Role) -> String {
    t.t(match role {
        Role::Intake => "role-intake",
        Role::Operator => "role-operator",
        Role::Supervisor => "role-supervisor",
        Role::Admin => "role-admin",
        Role::Observer => "role-observer",
    })
}

/// A role to choose, with its name and what it may.
struct RoleChoice {
    role: Role,
    name: String,
    hint: String,
}

fn roles(t: Texts, roles: &[Role]) -> Vec<RoleChoice> {
    let hint = |role| match role {
        Role::Intake => "role-intake-hint",
        Role::Operator => "role-operator-hint",
        Role::Supervisor => "role-supervisor-hint",
        Role::Admin => "role-admin-hint",
        Role::Observer => "role-observer-hint",
    };
    roles.iter().map(|role| RoleChoice { role: *role, name: role_name(t, *role), hint: t.t(hint(*role)) }).collect()
}
