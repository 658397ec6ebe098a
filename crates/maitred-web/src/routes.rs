//! Routes, each declared once: its method, its path, who may call it, and its handler. Calls of the API bring their
//! part of the OpenAPI document with them. There is no way to add a handler without a row of rules, and
//! [`crate::guard`] works from the rows that were collected here, so no route can be forgotten.

use crate::rules::{DIALECTS, Row, of_reading, other_spelling};
use axum::Router;
use axum::extract::Request;
use axum::handler::Handler;
use axum::http::Method;
use axum::response::Response;
use axum::routing::{MethodFilter, MethodRouter, on};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use std::borrow::Cow;
use std::sync::Arc;
use utoipa::openapi::OpenApi;
use utoipa::openapi::path::{Operation, PathItem, Paths};
use utoipa_axum::router::{OpenApiRouter, UtoipaMethodRouter};

/// One call: what the guard, the metrics and the pages need to know of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    pub method: Method,
    /// With parameters in braces, as in `/operators/{id}`.
    pub path: String,
    /// What each role may.
    pub row: Row,
    /// What it does, in a few words; only calls of the API say it.
    pub summary: Option<String>,
}

/// The paths of all routes, to find that of a request.
pub struct RouteTable(matchit::Router<Found>);

/// The route of a request.
pub struct Found {
    /// With parameters in braces.
    pub path: String,
    /// Whether it stands in no document: a page, for people.
    pub is_page: bool,
    /// Its busiest call, if it has one.
    busiest: Option<Busiest>,
}

/// A call that comes so often that it is answered without the router, which would look it up again, box its handler
/// several times and copy the request each time.
#[derive(Clone)]
pub struct Busiest {
    method: Method,
    path: String,
    handler: Arc<dyn Fn(Request) -> BoxFuture<'static, Response> + Send + Sync>,
}

impl Busiest {
    /// A call that the router has too, with what answers it.
    pub fn new<F: Future<Output = Response> + Send + 'static>(
        (method, path): (Method, &str),
        handler: impl Fn(Request) -> F + Send + Sync + 'static,
    ) -> Self {
        let handler = move |request| handler(request).boxed();
        Self { method, path: path.to_owned(), handler: Arc::new(handler) }
    }

    /// Has its handler answer.
    #[must_use]
    pub fn answer(&self, request: Request) -> BoxFuture<'static, Response> {
        (self.handler)(request)
    }
}

impl RouteTable {
    /// Of these, one of which is the busiest call; those of dialects are there with and without a slash at their end.
    ///
    /// # Panics
    /// When two of them contradict each other, or the busiest call is none of them.
    #[must_use]
    pub fn of(routes: &[Route], busiest: &Busiest) -> Self {
        let is_busiest = |it: &Route| it.method == busiest.method && it.path == busiest.path;
        assert!(routes.iter().any(is_busiest), "{} is no route", busiest.path);
        let mut paths: Vec<(&str, bool)> = routes.iter().map(|it| (&*it.path, it.summary.is_none())).collect();
        paths.sort_unstable();
        paths.dedup_by_key(|(path, _)| *path);
        let mut table = matchit::Router::new();
        for (path, is_page) in paths {
            let other = path.starts_with(DIALECTS).then(|| other_spelling(path));
            for spelling in [path.to_owned()].into_iter().chain(other) {
                // A dialect may have both spellings in the table.
                if table.at(&spelling).is_ok_and(|at: matchit::Match<'_, '_, &Found>| at.value.path == spelling) {
                    continue;
                }
                let busiest = (busiest.path == spelling).then(|| busiest.clone());
                let found = Found { path: spelling.clone(), is_page, busiest };
                table.insert(spelling, found).expect("no route contradicts another");
            }
        }
        Self(table)
    }

    /// The route of a path.
    #[must_use]
    pub fn find<'table>(&'table self, path: &str) -> Option<&'table Found> {
        self.0.at(path).ok().map(|found| found.value)
    }
}

impl Found {
    /// Its busiest call, if that is the one.
    #[must_use]
    pub fn busiest(&self, method: &Method) -> Option<&Busiest> {
        self.busiest.as_ref().filter(|busiest| busiest.method == *method)
    }

    /// What stands in a path for the parameter that is named so, as handlers read it.
    #[must_use]
    pub fn parameter<'path>(&self, path: &'path str, name: &str) -> Option<Cow<'path, str>> {
        let wanted = |part: &str| part.strip_prefix('{').and_then(|part| part.strip_suffix('}')) == Some(name);
        let mut parts = self.path.split('/').zip(path.split('/'));
        let (_, text) = parts.find(|(part, _)| wanted(part))?;
        percent_encoding::percent_decode_str(text).decode_utf8().ok()
    }
}

/// Handlers with their routes. Build it with [`Routes::get`], [`Routes::post`] and [`Routes::call`].
#[derive(Clone)]
pub struct Routes<S> {
    router: OpenApiRouter<S>,
    table: Vec<Route>,
}

impl<S: Clone + Send + Sync + 'static> Routes<S> {
    #[must_use]
    pub fn new() -> Self {
        Self { router: OpenApiRouter::default(), table: Vec::new() }
    }

    /// None yet, whose calls are added to this document.
    #[must_use]
    pub fn documented_in(document: OpenApi) -> Self {
        Self { router: OpenApiRouter::with_openapi(document), table: Vec::new() }
    }

    /// A page, or whatever else stands in no document.
    #[must_use]
    pub fn get<H: Handler<T, S>, T: 'static>(self, path: &str, row: Row, handler: H) -> Self {
        self.undocumented(Method::GET, path, of_reading(row), on(MethodFilter::GET, AnyHandler::new(handler)))
    }

    /// Where a form is sent.
    #[must_use]
    pub fn post<H: Handler<T, S>, T: 'static>(self, path: &str, row: Row, handler: H) -> Self {
        self.undocumented(Method::POST, path, row, on(MethodFilter::POST, AnyHandler::new(handler)))
    }

    /// What browsers ask before a page of another site sends something.
    #[must_use]
    pub fn options<H: Handler<T, S>, T: 'static>(self, path: &str, row: Row, handler: H) -> Self {
        self.undocumented(Method::OPTIONS, path, row, on(MethodFilter::OPTIONS, AnyHandler::new(handler)))
    }

    fn undocumented(self, method: Method, path: &str, row: Row, handler: MethodRouter<S>) -> Self {
        let route = Route { method, path: path.to_owned(), row, summary: None };
        Self { router: self.router.route(path, handler), table: with(self.table, [route]) }
    }

    /// Documented calls of one path that the same callers may make: `routes!(handler)`, where `#[utoipa::path]` at the
    /// handler says method and path. Those of dialects are there with and without a slash at their end.
    #[must_use]
    pub fn call(self, row: Row, calls: UtoipaMethodRouter<S>) -> Self {
        let of_dialect = calls.1.paths.keys().filter(|path| path.starts_with(DIALECTS));
        let aliases: Vec<String> = of_dialect.map(|path| other_spelling(path)).collect();
        let (table, handlers) = (with(self.table, documented(&calls.1, row)), calls.2.clone());
        let router = self.router.routes(calls);
        let router = aliases.iter().fold(router, |router, path| router.route(path, handlers.clone()));
        Self { router, table }
    }

    /// What a library made a router of, for these paths.
    #[must_use]
    pub fn library(self, router: Router<S>, row: Row, paths: impl IntoIterator<Item = String>) -> Self {
        let route = |path| Route { method: Method::GET, path, row: of_reading(row), summary: None };
        let table = with(self.table, paths.into_iter().map(route));
        Self { router: self.router.merge(router.into()), table }
    }

    #[must_use]
    pub fn merge(self, other: Self) -> Self {
        Self { router: self.router.merge(other.router), table: with(self.table, other.table) }
    }

    /// All routes, in the order in which they were added.
    #[must_use]
    pub fn table(&self) -> &[Route] {
        &self.table
    }

    /// The document of its calls, which is then no longer in it.
    pub fn take_document(&mut self) -> OpenApi {
        self.router.to_openapi()
    }

    pub fn into_router(self) -> Router<S> {
        self.router.into()
    }
}

/// A handler of whatever type. What axum wraps around a handler is compiled for this one, and not again for each page,
/// which took an eighth of the time that the console takes to build.
#[derive(Clone)]
struct AnyHandler<S>(Arc<dyn Fn(Request, S) -> BoxFuture<'static, Response> + Send + Sync>);

impl<S: 'static> AnyHandler<S> {
    fn new<H: Handler<T, S>, T: 'static>(handler: H) -> Self {
        Self(Arc::new(move |request, state| handler.clone().call(request, state).boxed()))
    }
}

impl<S: Clone + Send + Sync + 'static> Handler<(), S> for AnyHandler<S> {
    type Future = BoxFuture<'static, Response>;

    fn call(self, request: Request, state: S) -> Self::Future {
        (self.0)(request, state)
    }
}

impl<S: Clone + Send + Sync + 'static> Default for Routes<S> {
    fn default() -> Self {
        Self::new()
    }
}

fn with(mut table: Vec<Route>, more: impl IntoIterator<Item = Route>) -> Vec<Route> {
    table.extend(more);
    table
}

fn documented(paths: &Paths, row: Row) -> Vec<Route> {
    let calls = paths.paths.iter().flat_map(|(path, item)| operations(item).map(move |call| (path, call)));
    let route = |(path, (method, operation)): (&String, (Method, &Operation))| Route {
        row: if method == Method::GET { of_reading(row) } else { row },
        method,
        path: path.clone(),
        summary: operation.summary.clone(),
    };
    calls.map(route).collect()
}

fn operations(item: &PathItem) -> impl Iterator<Item = (Method, &Operation)> {
    let all = [
        (Method::GET, &item.get),
        (Method::POST, &item.post),
        (Method::PUT, &item.put),
        (Method::PATCH, &item.patch),
        (Method::DELETE, &item.delete),
    ];
    all.into_iter().filter_map(|(method, operation)| Some((method, operation.as_ref()?)))
}
