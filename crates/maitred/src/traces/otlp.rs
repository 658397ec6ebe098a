//! Spans as those of OpenTelemetry, and the queue from which they are sent.

use super::Failure;
use super::collector::Collector;
use crate::config::TraceSettings;
use maitred_app::spans::{self, Sink, Span, SpanContext, Work};
use opentelemetry::trace::{SpanKind, Status, TraceFlags};
use opentelemetry::{InstrumentationScope, KeyValue, SpanId, TraceId, trace};
use opentelemetry_otlp::{Protocol, SpanExporter, WithExportConfig, WithHttpConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{
    BatchConfigBuilder, BatchSpanProcessor, SpanData, SpanEvents, SpanLinks, SpanProcessor,
};
use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};
use tokio::runtime::Handle;

/// The most spans that wait to be sent; more are lost.
pub const SPANS_QUEUED_MAX: usize = 4_096;
/// How long the collector may take for what it is sent.
pub(super) const ANSWER_WAIT_MAX: Duration = Duration::from_secs(10);
/// How long it is waited for when the server stops.
const END_MAX: Duration = Duration::from_secs(1);
/// What the standard has for an address that is not set here.
const STANDARD_VARIABLE: &str = "OTEL_EXPORTER_OTLP_ENDPOINT";
const NAME_VARIABLE: &str = "OTEL_SERVICE_NAME";

/// The queue, with the thread that sends what is in it.
pub(super) struct Exporter(Arc<BatchSpanProcessor>);

impl Exporter {
    pub(super) fn start(settings: &TraceSettings, runtime: &Handle) -> Result<Option<Self>, Failure> {
        let standard = || std::env::var(STANDARD_VARIABLE).ok().filter(|url| !url.is_empty());
        let Some(endpoint) = settings.endpoint.as_deref().map(str::to_owned).or_else(standard) else { return Ok(None) };
        let url = format!("{}/v1/traces", endpoint.trim_end_matches('/'));
        let exporter = SpanExporter::builder()
            .with_http()
            .with_http_client(Collector::new(runtime)?)
            .with_protocol(Protocol::HttpBinary)
            .with_endpoint(url)
            .with_timeout(ANSWER_WAIT_MAX)
            .build()?;
        let queue = BatchConfigBuilder::default().with_max_queue_size(SPANS_QUEUED_MAX).build();
        let mut processor = BatchSpanProcessor::builder(exporter).with_batch_config(queue).build();
        processor.set_resource(&resource());
        let processor = Arc::new(processor);
        if !spans::install(Recorded(processor.clone()), settings.percent) {
            return Err("this process sends traces already".into());
        }
        tracing::info!(percent = settings.percent, "traces are sent");
        Ok(Some(Self(processor)))
    }

    pub(super) fn stop(self) {
        if self.0.shutdown_with_timeout(END_MAX).is_err() {
            tracing::warn!("the last traces were not sent in time");
        }
    }
}

/// Who sends. `OTEL_SERVICE_NAME` and `OTEL_RESOURCE_ATTRIBUTES` may say it otherwise.
fn resource() -> Resource {
    let builder = Resource::builder();
    let builder = match std::env::var_os(NAME_VARIABLE) {
        Some(_) => builder,
        None => builder.with_service_name("maitred"),
    };
    builder.with_attribute(KeyValue::new("service.version", env!("CARGO_PKG_VERSION"))).build()
}

struct Recorded(Arc<BatchSpanProcessor>);

impl Sink for Recorded {
    fn take(&self, span: Span) {
        self.0.on_end(data(span));
    }
}

fn data(span: Span) -> SpanData {
    let Span { context, parent, parent_is_remote, began, took, work } = span;
    let start_time = UNIX_EPOCH + Duration::from_micros(began.0.max(0).cast_unsigned());
    let said = Said::of(work);
    SpanData {
        span_context: context_of(context),
        parent_span_id: parent.map_or(SpanId::INVALID, SpanId::from_bytes),
        parent_span_is_remote: parent_is_remote,
        span_kind: said.kind,
        name: said.name.into(),
        start_time,
        end_time: start_time + took,
        attributes: said.attributes,
        dropped_attributes_count: 0,
        events: SpanEvents::default(),
        links: SpanLinks::default(),
        status: if said.is_failed { Status::error("") } else { Status::Unset },
        instrumentation_scope: InstrumentationScope::builder("maitred").build(),
    }
}

fn context_of(context: SpanContext) -> trace::SpanContext {
    let flags = if context.is_recorded { TraceFlags::SAMPLED } else { TraceFlags::default() };
    let (trace, span) = (TraceId::from_bytes(context.trace), SpanId::from_bytes(context.span));
    trace::SpanContext::new(trace, span, flags, false, trace::TraceState::NONE)
}

/// Work in the words of OpenTelemetry.
struct Said {
    name: String,
    kind: SpanKind,
    attributes: Vec<KeyValue>,
    is_failed: bool,
}

impl Said {
    fn of(work: Work) -> Self {
        match work {
            Work::Request { method, route, status } => Self {
                name: format!("{method} {route}"),
                kind: SpanKind::Server,
                attributes: vec![
                    KeyValue::new("http.request.method", method),
                    KeyValue::new("http.route", route),
                    KeyValue::new("http.response.status_code", i64::from(status)),
                ],
                is_failed: status >= 500,
            },
            Work::Batch { engine, commands, times } => {
                let mut attributes = vec![
                    KeyValue::new("db.system.name", engine),
                    KeyValue::new("maitred.commands", i64::try_from(commands).unwrap_or(i64::MAX)),
                ];
                if let Some(times) = times {
                    attributes.push(KeyValue::new("maitred.decide_ms", times.decide.as_secs_f64() * 1_000.0));
                    attributes.push(KeyValue::new("maitred.commit_ms", times.commit.as_secs_f64() * 1_000.0));
                }
                Self { name: "batch".to_owned(), kind: SpanKind::Internal, attributes, is_failed: times.is_none() }
            }
            Work::Job { name } => {
                let attributes = vec![KeyValue::new("maitred.job", name)];
                Self { name: format!("job {name}"), kind: SpanKind::Internal, attributes, is_failed: false }
            }
            Work::Call { kind, is_ok } => {
                let attributes = vec![
                    KeyValue::new("maitred.call", kind.as_str()),
                    KeyValue::new("maitred.outcome", if is_ok { "ok" } else { "failed" }),
                ];
                let name = format!("call {}", kind.as_str());
                Self { name, kind: SpanKind::Client, attributes, is_failed: !is_ok }
            }
        }
    }
}
