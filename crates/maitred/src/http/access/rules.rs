//! The table of who may call what: one row for each route and method, the console's and the dialects' included. A route
//! without a row is answered to nobody, and a test says so. docs/security.md shows this table; another test compares.

use super::ruled;
use crate::access::Role;
use axum::http::Method;
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
    Himself,
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
            Self::OwnOnly | Self::OwnContact | Self::OwnLead => "own",
            Self::Himself => "himself",
        }
    }
}

/// What each role may, in the order of [`Role::ALL`].
pub type Row = [May; 4];

const ANYBODY: Row = [May::Anybody; 4];
const SUBMIT: Row = [May::OwnSource, May::No, May::Yes, May::Yes];
const STAFF: Row = [May::No, May::No, May::Yes, May::Yes];
const ADMIN: Row = [May::No, May::No, May::No, May::Yes];

/// Operators only as far as this goes.
const fn own(may: May) -> Row {
    [May::No, may, May::Yes, May::Yes]
}

/// Every call: its method, its route, who may.
pub const RULES: &[(&str, &str, Row)] = &[
    ("GET", "/healthz", ANYBODY),
    ("GET", "/readyz", STAFF),
    ("GET", "/metrics", STAFF),
    ("GET", "/", STAFF),
    ("GET", "/docs", STAFF),
    ("GET", "/docs/", STAFF),
    ("GET", "/docs/{*rest}", STAFF),
    ("GET", "/openapi.json", STAFF),
    ("GET", "/problems", STAFF),
    ("GET", "/problems/{name}", STAFF),
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
    ("GET", "/api/v1/operators", STAFF),
    ("POST", "/api/v1/operators", STAFF),
    ("GET", "/api/v1/operators/{id}", own(May::Himself)),
    ("PATCH", "/api/v1/operators/{id}", own(May::Himself)),
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
        self.0.get(route)?.iter().find(|(known, _)| *known == method).map(|(_, row)| *row)
    }

    /// The methods that a route has.
    pub fn methods(&self, route: &str) -> impl Iterator<Item = &'static str> {
        self.0.get(route).into_iter().flatten().map(|(method, _)| *method)
    }
}

impl Default for Rules {
    fn default() -> Self {
        Self::new()
    }
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
