//! Who may call what: the rows that stand with the routes themselves ([`crate::routes`]), the console's and the dialects'
//! included, to look them up by route and method. A path that a library added without a row is answered to nobody.
//! The tables in docs/api.md and docs/security.md are made from the rows.

use super::ruled;
use crate::routes::Route;
use axum::http::Method;
use maitred_store::accounts::Role;
use rustc_hash::FxHashMap;

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

/// Anybody, without a key.
pub const ANYBODY: Row = [May::Anybody; 4];
/// Keys that submit contacts, supervisors and admins.
pub const SUBMIT: Row = [May::OwnSource, May::No, May::Yes, May::Yes];
/// Supervisors and admins.
pub const STAFF: Row = [May::No, May::No, May::Yes, May::Yes];
/// Admins only.
pub const ADMIN: Row = [May::No, May::No, May::No, May::Yes];
/// Everybody who may log in.
pub const PEOPLE: Row = [May::No, May::Yes, May::Yes, May::Yes];

/// Supervisors and admins; operators only as far as this goes.
#[must_use]
pub const fn own(may: May) -> Row {
    [May::No, may, May::Yes, May::Yes]
}

/// The rows of all routes, by path.
#[derive(Debug, Default)]
pub struct Rules(FxHashMap<String, Vec<(Method, Row)>>);

impl Rules {
    /// The rows that stand with these routes.
    ///
    /// # Panics
    /// When a call has two rows: the server does not start with rules that contradict each other.
    #[must_use]
    pub fn of<'a>(routes: impl IntoIterator<Item = &'a Route>) -> Self {
        let mut rules = FxHashMap::<String, Vec<(Method, Row)>>::default();
        for Route { method, path, row, .. } in routes {
            let rows = rules.entry(without_slash(path).to_owned()).or_default();
            assert!(rows.iter().all(|(known, _)| known != method), "{method} {path} is there twice");
            rows.push((method.clone(), *row));
        }
        Self(rules)
    }

    /// Who may make a call of this route.
    #[must_use]
    pub fn find(&self, route: &str, method: &Method) -> Option<Row> {
        let method = ruled(method);
        self.0.get(without_slash(route))?.iter().find(|(known, _)| known == method).map(|(_, row)| *row)
    }

    /// The methods that a route has.
    pub fn methods(&self, route: &str) -> impl Iterator<Item = &str> {
        self.0.get(without_slash(route)).into_iter().flatten().map(|(method, _)| method.as_str())
    }

    /// Whether a role may look at a page, by its route.
    #[must_use]
    pub fn may_look(&self, role: Role, route: &str) -> bool {
        self.find(route, &Method::GET).is_some_and(|row| row[role as usize] != May::No)
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

#[cfg(test)]
mod tests {
    use super::*;

    fn route(path: &str, row: Row) -> Route {
        Route { method: Method::GET, path: path.to_owned(), row, summary: None }
    }

    #[test]
    fn a_head_is_ruled_as_a_get_and_nothing_else_is() {
        let rules = Rules::of([&route("/leads", STAFF)]);
        assert_eq!(rules.find("/leads", &Method::HEAD), Some(STAFF));
        assert_eq!(rules.find("/leads", &Method::POST), None);
        assert_eq!(rules.find("/leads/", &Method::GET), None);
        assert!(rules.may_look(Role::Admin, "/leads") && !rules.may_look(Role::Operator, "/leads"));
    }

    #[test]
    fn calls_of_dialects_are_ruled_with_and_without_a_slash() {
        let rules = Rules::of([&route("/compat/interactions/stats/", STAFF)]);
        for path in ["/compat/interactions/stats", "/compat/interactions/stats/"] {
            assert_eq!(rules.find(path, &Method::GET), Some(STAFF), "{path}");
        }
    }

    #[test]
    #[should_panic(expected = "GET /compat/a/ is there twice")]
    fn a_call_has_one_row() {
        let _ = Rules::of([&route("/compat/a", STAFF), &route("/compat/a/", ANYBODY)]);
    }
}
