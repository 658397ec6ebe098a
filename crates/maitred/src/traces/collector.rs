//! The client of the collector: the one over hyper and rustls that everything else here uses, run on the runtime of the
//! server, for the thread that sends has none.

use super::Failure;
use axum::http::{Request, Response};
use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client as Http;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use opentelemetry_http::{HttpClient, HttpError};
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::runtime::Handle;
use tokio::time::timeout;

/// How much of an answer is read.
const READ_BYTES_MAX: usize = 1 << 16;

#[derive(Clone)]
pub(super) struct Collector {
    http: Http<HttpsConnector<HttpConnector>, Full<Bytes>>,
    runtime: Handle,
    /// Whether the last traces were not taken: it is logged when that changes.
    is_failing: Arc<AtomicBool>,
}

impl Collector {
    pub(super) fn new(runtime: &Handle) -> Result<Self, Failure> {
        let connector = HttpsConnectorBuilder::new().with_native_roots()?.https_or_http().enable_http1().build();
        let http = Http::builder(TokioExecutor::new()).build(connector);
        Ok(Self { http, runtime: runtime.clone(), is_failing: Arc::default() })
    }

    async fn post(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let answered = self.http.request(request.map(Full::new)).await?;
        let (head, body) = answered.into_parts();
        let body = Limited::new(body, READ_BYTES_MAX).collect().await?.to_bytes();
        Ok(Response::from_parts(head, body))
    }

    /// Says once that traces are not taken, and once that they are again.
    fn note(&self, answered: &Result<Response<Bytes>, HttpError>) {
        let fault = match answered {
            Ok(answer) if answer.status().is_success() => None,
            Ok(answer) => Some(format!("it answers {}", answer.status())),
            Err(error) => Some(error.to_string()),
        };
        match (fault, self.is_failing.load(Ordering::Relaxed)) {
            (Some(error), false) => tracing::warn!(error, "the collector does not take traces"),
            (None, true) => tracing::info!("the collector takes traces again"),
            _ => return,
        }
        self.is_failing.fetch_xor(true, Ordering::Relaxed);
    }
}

impl HttpClient for Collector {
    fn send_bytes<'client, 'sending>(
        &'client self,
        request: Request<Bytes>,
    ) -> Pin<Box<dyn Future<Output = Result<Response<Bytes>, HttpError>> + Send + 'sending>>
    where
        'client: 'sending,
        Self: 'sending,
    {
        let client = self.clone();
        let posting = self.runtime.spawn(async move {
            let answered = timeout(super::otlp::ANSWER_WAIT_MAX, client.post(request)).await;
            let answered = answered.unwrap_or_else(|_| Err("no answer in time".into()));
            client.note(&answered);
            answered
        });
        Box::pin(async move { posting.await.unwrap_or_else(|_| Err("the server stops".into())) })
    }
}

impl fmt::Debug for Collector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Collector")
    }
}
