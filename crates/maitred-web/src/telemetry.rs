//! What is measured of every request, and what a request is guarded by: a count and a duration by route, method and
//! class of status; a deadline. Labels are bounded: routes, never paths or ids.
//! The handles of all series are made at start, so that a request only looks one up.

use crate::edge::connection::CONNECTIONS_CUT;
use crate::problem::{self, Problem, kinds};
use crate::routes::{Found, Route};
use crate::rules::{DIALECTS, other_spelling};
use crate::serve::CONNECTIONS;
use axum::extract::Request;
use axum::http::Method;
use axum::response::{IntoResponse, Response};
use futures_util::FutureExt;
use maitred_app::jobs::Job;
use maitred_app::spans::{self, OpenSpan, Work};
use metrics::{Counter, Histogram, Label, counter, describe_counter, describe_gauge, describe_histogram, histogram};
use metrics_exporter_prometheus::{BuildError, Matcher, PrometheusBuilder, PrometheusHandle};
use rustc_hash::FxHashMap;
use std::time::{Duration, Instant};
use tokio::time::timeout;

/// The longest a request may take, reading its body included; streams of events only until they begin.
pub const REQUEST_SECONDS_MAX: u64 = 60;
/// How often what was recorded is gathered.
const GATHER_PERIOD: Duration = Duration::from_secs(5);

/// Counted by [`RouteMetrics::measure`].
pub const REQUESTS: &str = "maitred_http_requests_total";
/// Measured by [`RouteMetrics::measure`].
pub const REQUEST_SECONDS: &str = "maitred_http_request_seconds";
/// Read from the store for each scrape, see [`super::health`].
pub const WAITING: &str = "maitred_waiting_contacts";
/// Contacts to whom nobody responded in time.
pub const OVERDUE: &str = "maitred_overdue_contacts";
/// How long the contact has waited that waits longest; 0 if nobody waits.
pub const OLDEST_WAIT: &str = "maitred_oldest_wait_seconds";
/// Read from the store for each scrape, see `desk_metrics`.
pub const TIME_TO_ASSIGN: &str = "maitred_time_to_assign_seconds";
pub const TIME_TO_FIRST_RESPONSE: &str = "maitred_time_to_first_response_seconds";
pub const TIME_TO_RESOLVE: &str = "maitred_time_to_resolve_seconds";
/// What operators received of sources, and were entitled to, since these were added.
pub const RECEIVED: &str = "maitred_received_contacts";
pub const ENTITLED: &str = "maitred_entitled_contacts";
/// Read from the batcher for each scrape, see [`super::health`].
pub const QUEUED: &str = "maitred_queued_commands";
/// Recorded by the batcher: how many commands shared a transaction.
pub const BATCH_COMMANDS: &str = "maitred_batch_commands";
/// Recorded by the batcher: how long a batch took from its first read to its commit.
pub const BATCH_SECONDS: &str = "maitred_batch_seconds";
/// Recorded by the batcher: how long the commit of a batch took, on SQLite above all the sync of the log.
pub const COMMIT_SECONDS: &str = "maitred_commit_seconds";
/// Recorded by the batcher: how late what was due happened.
pub const DUE_LATE_SECONDS: &str = "maitred_due_late_seconds";
/// Counted beside the batcher: leads erased because of their age.
pub const LEADS_EXPIRED: &str = "maitred_leads_expired_total";
/// Counted in `maitred_app::intake`, and here for what does not come so far.
pub const INTAKE: &str = "maitred_intake_total";
pub const WEBHOOK_CALLS: &str = "maitred_webhook_calls_total";
/// Counted by the batcher: batches that could not be stored at the first try, or not at all.
pub const BATCHES_FAILED: &str = "maitred_batches_failed_total";
/// Counted by the PostgreSQL engine: commits during which the connection broke, so that it had to be found out what
/// became of them.
pub const COMMITS_IN_DOUBT: &str = "maitred_commits_in_doubt_total";

const SECONDS_BUCKETS: [f64; 14] =
    [0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0];
const COMMANDS_BUCKETS: [f64; 10] = [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0, 512.0];

/// Makes this process record metrics; once for each process, before anything is recorded.
///
/// # Errors
/// When it was done before.
pub fn install() -> Result<PrometheusHandle, BuildError> {
    let handle = PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), &SECONDS_BUCKETS)?
        .set_buckets_for_metric(Matcher::Full(BATCH_COMMANDS.to_owned()), &COMMANDS_BUCKETS)?
        .install_recorder()?;
    describe_counter!(REQUESTS, "Requests answered, by route, method and class of status");
    describe_histogram!(REQUEST_SECONDS, "Seconds from a request's head to the head of its answer");
    describe_gauge!(WAITING, "Contacts without an operator");
    describe_gauge!(OVERDUE, "Open contacts to which nobody responded in time");
    describe_gauge!(OLDEST_WAIT, "Seconds since the contact arrived that waits longest");
    describe_gauge!(TIME_TO_ASSIGN, "Seconds to the first operator, of the last hour, by quantile");
    describe_gauge!(TIME_TO_FIRST_RESPONSE, "Seconds to the first response, of the last hour, by quantile");
    describe_gauge!(TIME_TO_RESOLVE, "Seconds to the resolution, of the last hour, by quantile");
    describe_gauge!(QUEUED, "Commands that wait for a batch");
    describe_histogram!(BATCH_COMMANDS, "Commands of a batch");
    describe_histogram!(BATCH_SECONDS, "Seconds a batch took, its commit included");
    describe_histogram!(COMMIT_SECONDS, "Seconds the commit of a batch took");
    describe_histogram!(DUE_LATE_SECONDS, "Seconds by which what was due happened later");
    describe_counter!(INTAKE, "Requests to addresses without a key, by what became of them");
    describe_counter!(LEADS_EXPIRED, "Leads erased because of their age");
    describe_counter!(WEBHOOK_CALLS, "Calls of endpoints of webhooks, by outcome");
    describe_counter!(BATCHES_FAILED, "Tries to store a batch that failed");
    describe_counter!(COMMITS_IN_DOUBT, "Commits during which the connection to the database broke");
    describe_gauge!(CONNECTIONS, "Connections that are open");
    describe_counter!(CONNECTIONS_CUT, "Connections that the server ended for what they did or did not do, by why");
    Ok(handle)
}

/// Gathers what was recorded: without it histograms only grow.
pub struct GatherMetrics(pub PrometheusHandle);

impl Job for GatherMetrics {
    const NAME: &'static str = "gather metrics";

    fn period(&self) -> Duration {
        GATHER_PERIOD
    }

    async fn tick(&mut self) {
        self.0.run_upkeep();
    }
}

/// The series of every route.
pub struct RouteMetrics {
    /// By route, then by method.
    known: FxHashMap<String, Vec<(Method, Series)>>,
    /// For what has no route of its own.
    other: Series,
    /// Gives errors under `/compat` the shape that its clients read.
    in_dialect: fn(Response) -> Response,
}

struct Series {
    /// 1xx to 5xx.
    by_class: [Counter; 5],
    seconds: Histogram,
}

impl Series {
    fn new(route: &str, method: &str) -> Self {
        let labels = [Label::new("route", route.to_owned()), Label::new("method", method.to_owned())];
        let of_class = |class: &'static str| {
            let labels: Vec<Label> = labels.iter().cloned().chain([Label::new("status", class)]).collect();
            counter!(REQUESTS, labels)
        };
        Self {
            by_class: ["1xx", "2xx", "3xx", "4xx", "5xx"].map(of_class),
            seconds: histogram!(REQUEST_SECONDS, labels.to_vec()),
        }
    }
}

impl RouteMetrics {
    /// One series for each call of these.
    #[must_use]
    pub fn of<'a>(routes: impl IntoIterator<Item = &'a Route>, in_dialect: fn(Response) -> Response) -> Self {
        let mut known = FxHashMap::<String, Vec<(Method, Series)>>::default();
        for Route { method, path, .. } in routes {
            known.entry(path.clone()).or_default().push((method.clone(), Series::new(path, method.as_str())));
        }
        Self { known, other: Series::new("other", "any"), in_dialect }
    }

    /// Measures a request, and holds it to its deadline. The request is handed on at once, and what answers it is kept
    /// in one place: a future that kept it too would be copied and allocated with it.
    pub fn measure<'a, F: Future<Output = Response> + Send + 'a>(
        &'a self,
        route: Option<&'a Found>,
        request: Box<Request>,
        answer: impl FnOnce(Box<Request>) -> F,
    ) -> impl Future<Output = Response> + Send + 'a {
        let began = Instant::now();
        let span = OpenSpan::of_request(|| request.headers().get("traceparent")?.to_str().ok());
        let span = span.map(|span| (span, method_name(request.method())));
        let series = self.series(route, request.method());
        let in_dialect = request.uri().path().starts_with(DIALECTS);
        let answering = spans::within(span.as_ref().map(|(span, _)| span), answer(request));
        timeout(Duration::from_secs(REQUEST_SECONDS_MAX), answering).map(move |answered| {
            let answered = answered.unwrap_or_else(|_| timed_out().into_response());
            let response = if in_dialect { (self.in_dialect)(answered) } else { problem::ensure(answered) };
            let status = response.status().as_u16();
            if let Some((span, method)) = span {
                let route = route.map_or_else(|| "other".to_owned(), |route| route.path.clone());
                span.end(|| Work::Request { method, route, status });
            }
            let class = usize::from(status / 100);
            if let Some(counter) = series.by_class.get(class.wrapping_sub(1)) {
                counter.increment(1);
            }
            series.seconds.record(began.elapsed().as_secs_f64());
            response
        })
    }

    fn series(&self, route: Option<&Found>, method: &Method) -> &Series {
        let known = |route: &str| self.known.get(route).or_else(|| self.known.get(&other_spelling(route)));
        let methods = route.and_then(|route| known(&route.path));
        let found = methods.and_then(|methods| methods.iter().find(|(known, _)| known == method));
        found.map_or(&self.other, |(_, series)| series)
    }
}

/// Those that the server has anything for; a stranger may make up others.
fn method_name(method: &Method) -> &'static str {
    let known = [Method::GET, Method::POST, Method::PATCH, Method::PUT, Method::DELETE, Method::HEAD, Method::OPTIONS];
    let names = ["GET", "POST", "PATCH", "PUT", "DELETE", "HEAD", "OPTIONS"];
    known.iter().zip(names).find(|(known, _)| *known == method).map_or("_OTHER", |(_, name)| name)
}

fn timed_out() -> Problem {
    kinds::TIMED_OUT.because(format!(
        "the answer did not come within {REQUEST_SECONDS_MAX} seconds; a change may have been made nevertheless; \
         retry with the same Idempotency-Key, or check first if it had none"
    ))
}
