//! What every request goes through, one step after the other: it is measured and held to a deadline, its sender is
//! found out and held to the rules of their role, and its handler answers; a handler that panics becomes a 500. The
//! route is looked up once, in front of all of it.
//!
//! This is one function around axum's router and no stack of its layers: those are boxed one by one, and each of them
//! copies all that are behind it for every request. The busiest call does without the router: its handler is called
//! from here, unless a browser sent it, whose pages the router asks about.

use crate::guard::{Guard, says_from_where};
use crate::problem;
use crate::routes::{Found, RouteTable};
use crate::security_headers;
use crate::telemetry::RouteMetrics;
use axum::Router;
use axum::extract::Request;
use axum::response::Response;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use std::convert::Infallible;
use std::fmt;
use std::future::ready;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::task::{Context, Poll};
use tower::Service;

/// Answers requests. Clones are the same one.
#[derive(Clone)]
pub struct Pipeline(Arc<Steps>);

struct Steps {
    routes: RouteTable,
    metrics: RouteMetrics,
    guard: Guard,
    calls: Router,
    nothing: Router,
}

impl Pipeline {
    /// Of these routes, which `calls` answers, and the busiest of which is called without it. Whatever has no route is
    /// left to `nothing`: what a router has beyond the table is there for nobody.
    #[must_use]
    pub fn new(routes: RouteTable, metrics: RouteMetrics, guard: Guard, calls: Router, nothing: Router) -> Self {
        Self(Arc::new(Steps { routes, metrics, guard, calls, nothing }))
    }
}

impl Steps {
    fn answer(&self, request: Box<Request>) -> impl Future<Output = Response> + Send {
        let route = self.routes.find(request.uri().path());
        let call = move |request| self.handle(route, request);
        self.metrics.measure(route, request, move |request| self.guard.answer(route, request, call))
    }

    /// What answers a request; a panic in it becomes an answer too. The request is handed on at once: a future that
    /// kept it would be copied and allocated with it.
    fn handle(&self, route: Option<&Found>, request: Request) -> impl Future<Output = Response> + Send + use<> {
        let answering = catch_unwind(AssertUnwindSafe(|| self.begin(route, request)));
        let answering = answering.unwrap_or_else(|panic| ready(problem::of_panic(panic)).boxed());
        AssertUnwindSafe(answering).catch_unwind().map(|answered| answered.unwrap_or_else(problem::of_panic))
    }

    fn begin(&self, route: Option<&Found>, request: Request) -> BoxFuture<'static, Response> {
        let busiest = route.and_then(|route| route.busiest(request.method()));
        if let Some(busiest) = busiest.filter(|_| !says_from_where(request.headers())) {
            return busiest.answer(request);
        }
        let mut router = if route.is_some() { &self.calls } else { &self.nothing }.clone();
        async move { router.call(request).await.unwrap_or_else(|never| match never {}) }.boxed()
    }
}

impl Service<Request> for Pipeline {
    type Response = Response;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request) -> Self::Future {
        let steps = self.0.clone();
        // Boxed: it is handed on from step to step, and a future has room for it wherever it passes.
        let request = Box::new(request);
        Box::pin(async move {
            let mut response = steps.answer(request).await;
            security_headers::add(response.headers_mut());
            Ok(response)
        })
    }
}

/// The paths that the router has.
impl fmt::Debug for Pipeline {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.calls.fmt(f)
    }
}
