//! Asking a running server over HTTP, as a program does: with the key that the environment holds.

use axum::http::header::{AUTHORIZATION, CONTENT_TYPE};
use axum::http::{HeaderMap, HeaderName, Method, Request, StatusCode};
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client as Http;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde_json::Value;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::timeout;

/// How long one answer may take.
const ANSWER_MAX: Duration = Duration::from_secs(60);
/// Holds the key that is sent along.
pub(super) const KEY_VARIABLE: &str = "MAITRED_API_KEY";

type Failure = Box<dyn std::error::Error + Send + Sync>;

/// A server at an address.
#[derive(Clone)]
pub(super) struct Client {
    http: Http<HttpsConnector<HttpConnector>, Full<Bytes>>,
    pub(super) url: Arc<str>,
    key: Option<Arc<str>>,
}

impl Client {
    /// Looks at the address only.
    pub(super) fn at(url: &str) -> Result<Self, Failure> {
        if !url.starts_with("http://") && !url.starts_with("https://") {
            return Err(format!("--server {url} is no address; give one such as https://maitred.example.com").into());
        }
        let connector = HttpsConnectorBuilder::new().with_native_roots()?.https_or_http().enable_http1().build();
        let http = Http::builder(TokioExecutor::new()).build(connector);
        let key = std::env::var(KEY_VARIABLE).ok().map(|key| key.trim().into());
        Ok(Self { http, url: url.trim_end_matches('/').into(), key })
    }

    /// One call, with a header besides the usual ones if there is any.
    pub(super) async fn ask(
        &self,
        method: Method,
        path: &str,
        header: Option<(HeaderName, &str)>,
        body: Bytes,
    ) -> Result<(StatusCode, HeaderMap, Value), Failure> {
        let mut request = Request::builder().method(method).uri(format!("{}{path}", self.url));
        request = request.header(CONTENT_TYPE, "application/json");
        if let Some(key) = &self.key {
            request = request.header(AUTHORIZATION, format!("Bearer {key}"));
        }
        if let Some((name, value)) = header {
            request = request.header(name, value);
        }
        let asking = async {
            let response = self.http.request(request.body(Full::new(body))?).await?;
            let (parts, body) = response.into_parts();
            let bytes = body.collect().await?.to_bytes();
            Ok::<_, Failure>((parts.status, parts.headers, serde_json::from_slice(&bytes).unwrap_or_default()))
        };
        let answer = timeout(ANSWER_MAX, asking).await.map_err(|_| Failure::from("no answer in time"));
        answer.flatten().map_err(|error| format!("cannot reach {}: {}", self.url, chain(&*error)).into())
    }

    /// Why a server does not do what it was asked for, in a sentence.
    pub(super) fn refused(&self, status: StatusCode, answer: &Value) -> String {
        let why = answer["detail"].as_str().unwrap_or("it is no server of maitred");
        let hint = match status {
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
                format!("; put a key of a supervisor or admin into {KEY_VARIABLE}")
            }
            _ => String::new(),
        };
        format!("{} answered {status}: {why}{hint}", self.url)
    }
}

/// An error with what caused it: hyper's first sentence says little.
fn chain(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(error.source(), |error| error.source());
    causes.fold(error.to_string(), |all, cause| format!("{all}: {cause}"))
}
