//! The table of who may call what: one row for each route and method, the console's and the dialects' included. A route
//! without a row is answered to nobody, and a test says so. docs/security.md shows this table; another test compares.

use super::ruled;
use axum::http::Method;
use maitred_store::accounts::Role;
use rustc_hash::FxHashMap;
use std::fmt::Write;

/// Whether a role may make a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum May {
    /// It may not.
    No,
    /// It may.
    Yes,
    /// So may anybody, without a key.
    Anybody,
    /// For the source the key is bound to, or for any if it is bound to none.
    OwnSource,
    /// And gets only what is with the operator of the key.
    OwnOnly,
    /// If the contact that the path names is with the operator of the key.
    OwnContact,
    /// If a contact of the lead that the path names is with the operator of the key.
    OwnLead,
    /// If the path names the operator of the key.
    OwnOperator,
}

impl May {
    /// In a word or two, for the page.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::No => "",
            Self::Yes => "yes",
            Self::Anybody => "no key needed",
            Self::OwnSource => "own source",
            Self::OwnOnly | Self::OwnContact | Self::OwnLead | Self::OwnOperator => "own",
        }
    }
}

/// What each role may, in the order of [`Role::ALL`].
pub type Row = [May; 4];

const ANYBODY: Row = [May::Anybody; 4];
const SUBMIT: Row = [May::OwnSource, May::No, May::Yes, May::Yes];
const STAFF: Row = [May::No, May::No, May::Yes, May::Yes];
const ADMIN: Row = [May::No, May::No, May::No, May::Yes];

/// People, whatever they may.
const PERSON: Row = [May::No, May::Yes, May::Yes, May::Yes];

/// Operators only as far as this goes.
const fn own(may: May) -> Row {
    [May::No, may, May::Yes, May::Yes]
}

/// Every call: its method, its route, who may.
pub const RULES: &[(&str, &str, Row)] = &[
    ("GET", "/healthz", ANYBODY),
    ("GET", "/readyz", STAFF),
    ("GET", "/metrics", STAFF),
    ("GET", "/login", ANYBODY),
    ("POST", "/login", ANYBODY),
    ("GET", "/set-up", ANYBODY),
    ("POST", "/set-up", ANYBODY),
    ("GET", "/assets/{address}", ANYBODY),
    ("POST", "/preferences", ANYBODY),
    ("POST", "/logout", PERSON),
    ("GET", "/account", PERSON),
    ("POST", "/account/password", PERSON),
    ("POST", "/account/logout", PERSON),
    ("GET", "/access", ADMIN),
    ("GET", "/access/users/new", ADMIN),
    ("POST", "/access/users/new", ADMIN),
    ("GET", "/access/users/{id}", ADMIN),
    ("POST", "/access/users/{id}", ADMIN),
    ("POST", "/access/users/{id}/password", ADMIN),
    ("POST", "/access/users/{id}/active", ADMIN),
    ("POST", "/access/users/{id}/logout", ADMIN),
    ("GET", "/access/keys/new", ADMIN),
    ("POST", "/access/keys/new", ADMIN),
    ("GET", "/access/keys/{id}/revoke", ADMIN),
    ("POST", "/access/keys/{id}/revoke", ADMIN),
    ("POST", "/api/v1/contacts", SUBMIT),
    ("GET", "/api/v1/contacts", own(May::OwnOnly)),
    ("GET", "/api/v1/contacts/{id}", own(May::OwnContact)),
    ("PATCH", "/api/v1/contacts/{id}", own(May::OwnContact)),
    ("DELETE", "/api/v1/contacts/{id}", STAFF),
    ("POST", "/api/v1/contacts/{id}/resolve", own(May::OwnContact)),
    ("POST", "/api/v1/contacts/{id}/reopen", own(May::OwnContact)),
    ("POST", "/api/v1/contacts/{id}/transfer", own(May::OwnContact)),
    ("GET", "/api/v1/contacts/{id}/decisions", own(May::OwnContact)),
    ("GET", "/api/v1/leads", STAFF),
    ("GET", "/api/v1/leads/{id}", own(May::OwnLead)),
    ("PATCH", "/api/v1/leads/{id}", STAFF),
    ("GET", "/api/v1/leads/{id}/contacts", own(May::OwnOnly)),
    ("POST", "/api/v1/leads/{id}/merge", STAFF),
    ("POST", "/api/v1/leads/{id}/erase", STAFF),
    ("GET", "/api/v1/leads/{id}/export", STAFF),
    ("GET", "/api/v1/operators", STAFF),
    ("POST", "/api/v1/operators", STAFF),
    ("GET", "/api/v1/operators/{id}", own(May::OwnOperator)),
    ("PATCH", "/api/v1/operators/{id}", own(May::OwnOperator)),
    ("DELETE", "/api/v1/operators/{id}", STAFF),
    ("GET", "/api/v1/sources", STAFF),
    ("POST", "/api/v1/sources", STAFF),
    ("GET", "/api/v1/sources/{id}", STAFF),
    ("PATCH", "/api/v1/sources/{id}", STAFF),
    ("DELETE", "/api/v1/sources/{id}", STAFF),
    ("POST", "/api/v1/sources/{id}/preview", STAFF),
    ("GET", "/api/v1/sources/{id}/operators", STAFF),
    ("POST", "/api/v1/sources/{id}/operators", STAFF),
    ("PUT", "/api/v1/sources/{id}/operators", STAFF),
    ("DELETE", "/api/v1/sources/{id}/operators/{operator_id}", STAFF),
    ("GET", "/api/v1/stats/operators", STAFF),
    ("GET", "/api/v1/stats/distribution", STAFF),
    ("GET", "/api/v1/stats/waiting", STAFF),
    ("GET", "/api/v1/events", STAFF),
    ("GET", "/api/v1/events/stream", STAFF),
    ("GET", "/api/v1/keys", ADMIN),
    ("POST", "/api/v1/keys", ADMIN),
    ("GET", "/api/v1/keys/{id}", ADMIN),
    ("DELETE", "/api/v1/keys/{id}", ADMIN),
    ("GET", "/docs", STAFF),
    ("GET", "/docs/", STAFF),
    ("GET", "/docs/{*rest}", STAFF),
    ("GET", "/openapi.json", STAFF),
    ("GET", "/problems", STAFF),
    ("GET", "/problems/{name}", STAFF),
    ("GET", "/", STAFF),
    ("GET", "/contacts", STAFF),
    ("GET", "/contacts/{id}", STAFF),
    ("GET", "/contacts/{id}/decisions/{seq}", STAFF),
    ("POST", "/contacts/{id}/priority", STAFF),
    ("POST", "/contacts/{id}/release", STAFF),
    ("POST", "/contacts/{id}/reopen", STAFF),
    ("POST", "/contacts/{id}/resolve", STAFF),
    ("POST", "/contacts/{id}/transfer", STAFF),
    ("GET", "/desk", STAFF),
    ("GET", "/desk/{operator}", own(May::OwnOperator)),
    ("POST", "/desk/{operator}/active", own(May::OwnOperator)),
    ("POST", "/desk/{operator}/contacts/{id}/reopen", own(May::OwnOperator)),
    ("POST", "/desk/{operator}/contacts/{id}/release", own(May::OwnOperator)),
    ("POST", "/desk/{operator}/contacts/{id}/resolve", own(May::OwnOperator)),
    ("POST", "/first-run/demo", STAFF),
    ("POST", "/first-run/operator", STAFF),
    ("POST", "/first-run/source", STAFF),
    ("POST", "/first-run/weights", STAFF),
    ("GET", "/leads", STAFF),
    ("GET", "/leads/{id}", STAFF),
    ("POST", "/leads/{id}/identities", STAFF),
    ("GET", "/leads/{id}/merge", STAFF),
    ("POST", "/leads/{id}/merge", STAFF),
    ("GET", "/leads/{id}/erase", STAFF),
    ("POST", "/leads/{id}/erase", STAFF),
    ("POST", "/leads/{id}/name", STAFF),
    ("GET", "/live/board", STAFF),
    ("GET", "/live/changes", own(May::Yes)),
    ("GET", "/operators", STAFF),
    ("GET", "/operators/new", STAFF),
    ("POST", "/operators/new", STAFF),
    ("GET", "/operators/{id}", STAFF),
    ("POST", "/operators/{id}", STAFF),
    ("POST", "/operators/{id}/active", STAFF),
    ("GET", "/operators/{id}/delete", STAFF),
    ("POST", "/operators/{id}/delete", STAFF),
    ("GET", "/sources", STAFF),
    ("POST", "/sources", STAFF),
    ("GET", "/sources/new", STAFF),
    ("POST", "/sources/new", STAFF),
    ("GET", "/sources/{id}", STAFF),
    ("POST", "/sources/{id}", STAFF),
    ("GET", "/sources/{id}/delete", STAFF),
    ("POST", "/sources/{id}/delete", STAFF),
    ("GET", "/sources/{id}/settings", STAFF),
    ("POST", "/sources/{id}/settings", STAFF),
    ("GET", "/compat/appeals/appeals", STAFF),
    ("POST", "/compat/appeals/appeals", SUBMIT),
    ("GET", "/compat/appeals/appeals/{appeal_id}", STAFF),
    ("PUT", "/compat/appeals/appeals/{appeal_id}", STAFF),
    ("DELETE", "/compat/appeals/appeals/{appeal_id}", STAFF),
    ("GET", "/compat/appeals/inspect/appeals-distribution", STAFF),
    ("GET", "/compat/appeals/inspect/leads", STAFF),
    ("GET", "/compat/appeals/lead-sources", STAFF),
    ("POST", "/compat/appeals/lead-sources", STAFF),
    ("GET", "/compat/appeals/lead-sources/{lead_source_id}", STAFF),
    ("PUT", "/compat/appeals/lead-sources/{lead_source_id}", STAFF),
    ("DELETE", "/compat/appeals/lead-sources/{lead_source_id}", STAFF),
    ("GET", "/compat/appeals/lead-sources/{lead_source_id}/operators", STAFF),
    ("POST", "/compat/appeals/lead-sources/{lead_source_id}/operators", STAFF),
    ("GET", "/compat/appeals/lead-sources/{lead_source_id}/operators/{lead_source_operator_id}", STAFF),
    ("PUT", "/compat/appeals/lead-sources/{lead_source_id}/operators/{lead_source_operator_id}", STAFF),
    ("DELETE", "/compat/appeals/lead-sources/{lead_source_id}/operators/{lead_source_operator_id}", STAFF),
    ("GET", "/compat/appeals/openapi.json", STAFF),
    ("GET", "/compat/appeals/operators", STAFF),
    ("POST", "/compat/appeals/operators", STAFF),
    ("GET", "/compat/appeals/operators/{operator_id}", STAFF),
    ("PUT", "/compat/appeals/operators/{operator_id}", STAFF),
    ("DELETE", "/compat/appeals/operators/{operator_id}", STAFF),
    ("GET", "/compat/inquiries", STAFF),
    ("GET", "/compat/inquiries/inquiries", STAFF),
    ("POST", "/compat/inquiries/inquiries", SUBMIT),
    ("GET", "/compat/inquiries/openapi.json", STAFF),
    ("GET", "/compat/inquiries/operators", STAFF),
    ("POST", "/compat/inquiries/operators", STAFF),
    ("GET", "/compat/inquiries/sources", STAFF),
    ("POST", "/compat/inquiries/sources", STAFF),
    ("POST", "/compat/inquiries/sources/{source_id}/config", STAFF),
    ("POST", "/compat/interactions/interactions", SUBMIT),
    ("GET", "/compat/interactions/openapi.json", STAFF),
    ("POST", "/compat/interactions/operators", STAFF),
    ("POST", "/compat/interactions/sources", STAFF),
    ("POST", "/compat/interactions/sources/{source_id}/config", STAFF),
    ("GET", "/compat/interactions/stats", STAFF),
];

/// The table by route, to look things up in.
pub struct Rules(FxHashMap<&'static str, Vec<(&'static str, Row)>>);

impl Rules {
    /// Of [`RULES`].
    #[must_use]
    pub fn new() -> Self {
        let mut rules = FxHashMap::<_, Vec<_>>::default();
        for (method, route, row) in RULES {
            rules.entry(*route).or_default().push((*method, *row));
        }
        Self(rules)
    }

    /// Who may make a call of this route.
    #[must_use]
    pub fn find(&self, route: &str, method: &Method) -> Option<Row> {
        let method = ruled(method);
        self.0.get(without_slash(route))?.iter().find(|(known, _)| *known == method).map(|(_, row)| *row)
    }

    /// The methods that a route has.
    pub fn methods(&self, route: &str) -> impl Iterator<Item = &'static str> {
        self.0.get(without_slash(route)).into_iter().flatten().map(|(method, _)| *method)
    }
}

/// Under which path the dialects of other services are.
pub const DIALECTS: &str = "/compat/";

/// A path with a slash at its end, if it has none; else without it.
#[must_use]
pub fn other_spelling(path: &str) -> String {
    path.strip_suffix('/').map_or_else(|| format!("{path}/"), str::to_owned)
}

/// Calls of dialects are there with and without a slash at their end, and have one row.
#[must_use]
pub fn without_slash(route: &str) -> &str {
    if route.starts_with(DIALECTS) { route.trim_end_matches('/') } else { route }
}

impl Default for Rules {
    fn default() -> Self {
        Self::new()
    }
}

/// Whether a role may look at a page, by its route.
#[must_use]
pub fn may_look(role: Role, route: &str) -> bool {
    let rule = RULES.iter().find(|(method, known, _)| (*method, *known) == ("GET", route));
    rule.is_some_and(|(_, _, row)| row[role as usize] != May::No)
}

/// The table as Markdown.
#[must_use]
pub fn page() -> String {
    let roles = Role::ALL.map(Role::as_str).join(" | ");
    let mut text = format!("| call | {roles} |\n|---|---|---|---|---|\n");
    for (method, route, row) in RULES {
        let may = row.map(May::as_str).join(" | ");
        // Writing to a string does not fail.
        let _ = writeln!(text, "| `{method} {route}` | {may} |");
    }
    text
}
