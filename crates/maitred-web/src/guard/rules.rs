//! The rows of all routes, to look them up by route and method. A path that a library added without a row is answered
//! to nobody. The tables in docs/api.md and docs/security.md are made from the rows.

use super::ruled;
use crate::routes::Route;
use crate::rules::{May, Row, without_slash};
use axum::http::Method;
use maitred_store::accounts::Role;
use rustc_hash::FxHashMap;

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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::{ANYBODY, STAFF};

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
