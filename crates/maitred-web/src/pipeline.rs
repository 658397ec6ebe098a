//! What every request goes through, one step after the other: it is measured and held to a deadline, its sender is
//! found out and held to the rules of their role, and its handler answers; a handler that panics becomes a 500. The
//! route is looked up once, in front of all of it.
//!
//! This is one function around axum's router and no stack of its layers: those are boxed one by one, and each of them
//! copies all that are behind it for every request.

use crate::guard::Guard;
use crate::problem;
use crate::routes::{Route, RouteTable};
use crate::security_headers;
use crate::telemetry::RouteMetrics;
use axum::Router;
use axum::extract::Request;
use axum::response::Response;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use std::convert::Infallible;
use std::fmt;
use std::panic::AssertUnwindSafe;
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
    /// Of these routes, which `calls` answers. Whatever has no route is left to `nothing`: what a router has beyond
    /// the table is there for nobody.
    ///
    /// # Panics
    /// When two routes contradict each other: such a server does not start.
    #[must_use]
    pub fn new(routes: &[Route], metrics: RouteMetrics, guard: Guard, calls: Router, nothing: Router) -> Self {
        Self(Arc::new(Steps { routes: RouteTable::of(routes), metrics, guard, calls, nothing }))
    }
}

impl Steps {
    async fn answer(&self, request: Request) -> Response {
        let route = self.routes.find(request.uri().path());
        let router = if route.is_some() { &self.calls } else { &self.nothing };
        let call = |request| handle(router.clone(), request);
        self.metrics.measure(route, request, |request| self.guard.answer(route, request, call)).await
    }
}

async fn handle(mut router: Router, request: Request) -> Response {
    let handled = AssertUnwindSafe(async move { router.call(request).await }).catch_unwind().await;
    handled.map_or_else(problem::of_panic, |answer| answer.unwrap_or_else(|never| match never {}))
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
