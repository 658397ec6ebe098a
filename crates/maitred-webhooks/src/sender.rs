//! One call of an endpoint: to an address that was vetted, without redirects and without a proxy, for 15 seconds at
//! most.

use crate::address::{AddressPolicy, Refused};
use crate::endpoint_url::EndpointUrl;
use crate::message::Message;
use crate::signature::{Secret, signatures};
use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Incoming;
use hyper::header::{RETRY_AFTER, USER_AGENT};
use hyper::http::request::Builder;
use hyper::http::response;
use hyper::{Request, Response, StatusCode, Uri};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::dns::Name;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use maitred_core::Timestamp;
use rustls::{ClientConfig, RootCertStore};
use std::error::Error;
use std::net::{SocketAddr, ToSocketAddrs};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};
use std::vec;
use tokio::time::timeout_at;
use tower::Service;

/// How long a call may take, from the look-up of the name to the end of the answer.
pub const TIMEOUT: Duration = Duration::from_secs(15);
/// How much of an answer is read.
pub const ANSWER_BYTES_MAX: usize = 20 * 1024;
/// How many characters of it are kept.
pub const ANSWER_CHARS_KEPT: usize = 1_000;
/// The longest answer of an API that is read.
const JSON_BYTES_MAX: usize = 1024 * 1024;
/// The header of a body of JSON.
const JSON: (&str, &str) = ("content-type", "application/json");
/// How long a connection that is not used is kept.
const IDLE_MAX: Duration = Duration::from_secs(20);
/// Unused connections that are kept for each host.
const IDLE_CONNECTIONS_MAX: usize = 8;

/// What came of a call.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Attempt {
    /// The status of the answer, if there was one.
    pub status: Option<u16>,
    /// The beginning of the answer.
    pub answer: Option<String>,
    /// Why it failed, in plain words; none if it did not.
    pub error: Option<String>,
    /// As the answer has it.
    pub retry_after: Option<String>,
    pub duration_ms: i64,
}

impl Attempt {
    /// Whether the endpoint has the message: it answered with 2xx.
    #[must_use]
    pub const fn is_delivered(&self) -> bool {
        self.error.is_none()
    }

    /// Whether the endpoint says that it is no more.
    #[must_use]
    pub fn is_gone(&self) -> bool {
        self.status == Some(StatusCode::GONE.as_u16())
    }
}

/// What an API answered.
#[derive(Clone, Debug)]
pub struct Answer {
    pub status: u16,
    /// As the answer has it.
    pub retry_after: Option<String>,
    pub body: Bytes,
}

impl Answer {
    fn new(head: &response::Parts, body: Bytes) -> Self {
        let retry_after = head.headers.get(RETRY_AFTER).and_then(|value| value.to_str().ok()).map(str::to_owned);
        Self { status: head.status.as_u16(), retry_after, body }
    }
}

/// Calls endpoints. Clones share connections.
#[derive(Clone)]
pub struct Sender {
    client: Client<HttpsConnector<HttpConnector<VettedNames>>, Full<Bytes>>,
    policy: Arc<AddressPolicy>,
    /// How long a call may take: [`TIMEOUT`].
    patience: Duration,
}

impl Sender {
    /// One that calls what the policy allows. It trusts whom the system trusts.
    #[must_use]
    pub fn new(policy: AddressPolicy) -> Self {
        let found = rustls_native_certs::load_native_certs();
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(found.certs);
        if roots.is_empty() {
            tracing::warn!("the system has no certificates of authorities; webhooks to https will fail");
        }
        let tls = ClientConfig::builder().with_root_certificates(roots).with_no_client_auth();
        let policy = Arc::new(policy);
        let mut http = HttpConnector::new_with_resolver(VettedNames(policy.clone()));
        http.enforce_http(false);
        http.set_nodelay(true);
        let connector = HttpsConnectorBuilder::new().with_tls_config(tls).https_or_http().enable_http1();
        let client = Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(IDLE_MAX)
            .pool_max_idle_per_host(IDLE_CONNECTIONS_MAX)
            .build(connector.wrap_connector(http));
        Self { client, policy, patience: TIMEOUT }
    }

    /// The same, with another time that a call may take.
    #[must_use]
    pub fn with_patience(self, patience: Duration) -> Self {
        Self { patience, ..self }
    }

    /// Which addresses it calls.
    #[must_use]
    pub fn policy(&self) -> &AddressPolicy {
        &self.policy
    }

    /// Sends a message, signed with each of these secrets at this time.
    pub async fn send(&self, url: &str, message: &Message, secrets: &[Secret], now: Timestamp) -> Attempt {
        let began = Instant::now();
        let called = self.call(url, message, secrets, now, began + self.patience).await;
        let mut attempt = called.unwrap_or_else(|error| Attempt { error: Some(error), ..Attempt::default() });
        attempt.duration_ms = i64::try_from(began.elapsed().as_millis()).unwrap_or(i64::MAX);
        attempt
    }

    async fn call(
        &self,
        url: &str,
        message: &Message,
        secrets: &[Secret],
        now: Timestamp,
        until: Instant,
    ) -> Result<Attempt, String> {
        let seconds = now.0.div_euclid(1_000_000);
        let head = self
            .begin(url)?
            .header(JSON.0, JSON.1)
            .header("webhook-id", &*message.id)
            .header("webhook-timestamp", seconds)
            .header("webhook-signature", signatures(secrets, &message.id, seconds, &message.body));
        let response = self.request(head, Bytes::copy_from_slice(message.body.as_bytes()), until).await?;
        let status = response.status();
        let retry_after = response.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok());
        Ok(Attempt {
            status: Some(status.as_u16()),
            retry_after: retry_after.map(str::to_owned),
            error: refusal(status),
            answer: beginning(response.into_body(), until).await,
            duration_ms: 0,
        })
    }

    /// Sends a JSON text, not signed, to an API that answers with one.
    ///
    /// # Errors
    /// What came of it when there is no answer. It does not name the URL, which may have a secret in it.
    pub async fn post(&self, url: &str, body: String) -> Result<Answer, Box<Attempt>> {
        let until = Instant::now() + self.patience;
        let call = async {
            let response = self.request(self.begin(url)?.header(JSON.0, JSON.1), body.into(), until).await?;
            let (head, body) = response.into_parts();
            let read = timeout_at(until.into(), Limited::new(body, JSON_BYTES_MAX).collect()).await;
            let read = read.map_err(|_| self.too_late())?;
            let read = read.map_err(|_| "the answer broke off, or was too long".to_owned())?;
            Ok(Answer::new(&head, read.to_bytes()))
        };
        call.await.map_err(|error: String| Box::new(Attempt { error: Some(error), ..Attempt::default() }))
    }

    /// Sends bytes with these headers, not signed. The status is the answer: of what follows it the beginning is read,
    /// as far as it comes in time.
    ///
    /// # Errors
    /// As those of [`Sender::post`].
    pub async fn post_bytes(&self, url: &str, headers: &[(&str, &str)], body: Bytes) -> Result<Answer, Box<Attempt>> {
        let until = Instant::now() + self.patience;
        let call = async {
            let head = headers.iter().fold(self.begin(url)?, |head, (name, value)| head.header(*name, *value));
            let (head, body) = self.request(head, body, until).await?.into_parts();
            Ok(Answer::new(&head, beginning(body, until).await.unwrap_or_default().into()))
        };
        call.await.map_err(|error: String| Box::new(Attempt { error: Some(error), ..Attempt::default() }))
    }

    fn begin(&self, url: &str) -> Result<Builder, String> {
        // An address in a URL needs no look-up, so nobody else would see it.
        let checked = EndpointUrl::parse(url).and_then(|url| url.vet(&self.policy).map(|()| url));
        let checked = checked.map_err(|invalid| format!("the URL {invalid}"))?;
        let uri: Uri = checked.as_str().parse().map_err(|_| "the URL cannot be called".to_owned())?;
        Ok(Request::post(uri).header(USER_AGENT, concat!("maitred/", env!("CARGO_PKG_VERSION"))))
    }

    async fn request(&self, head: Builder, body: Bytes, until: Instant) -> Result<Response<Incoming>, String> {
        let request = head.body(Full::new(body)).map_err(|error| error.to_string())?;
        let response = timeout_at(until.into(), self.client.request(request)).await;
        response.map_err(|_| self.too_late())?.map_err(|error| in_words(&error))
    }

    fn too_late(&self) -> String {
        format!("no answer within {} seconds", self.patience.as_secs())
    }
}

fn refusal(status: StatusCode) -> Option<String> {
    if status.is_success() {
        return None;
    }
    Some(match status {
        _ if status.is_redirection() => format!("it answered {status}; redirects are not followed"),
        _ => format!("it answered {status}"),
    })
}

/// The beginning of an answer as text. What the endpoint says after its status decides nothing, so neither does an
/// answer that breaks off, or does not end in time.
async fn beginning(mut body: Incoming, until: Instant) -> Option<String> {
    let mut read = Vec::new();
    while let Ok(Some(Ok(frame))) = timeout_at(until.into(), body.frame()).await {
        let Ok(data) = frame.into_data() else { continue };
        let room = ANSWER_BYTES_MAX - read.len();
        read.extend_from_slice(&data[..data.len().min(room)]);
        if read.len() >= ANSWER_BYTES_MAX {
            break;
        }
    }
    Some(String::from_utf8_lossy(&read).into_owned()).filter(|text| !text.is_empty())
}

/// What went wrong, in words: the deepest cause says most.
fn in_words(error: &(dyn Error + 'static)) -> String {
    let mut causes = vec![error];
    while let Some(cause) = causes.last().copied().and_then(Error::source) {
        causes.push(cause);
    }
    let refused = causes.iter().find_map(|cause| cause.downcast_ref::<Refused>());
    if let Some(refused) = refused {
        return format!("the URL cannot be called: {refused}");
    }
    let deepest = causes.last().map(ToString::to_string).unwrap_or_default();
    let is_connect = causes
        .iter()
        .any(|cause| cause.downcast_ref::<hyper_util::client::legacy::Error>().is_some_and(|error| error.is_connect()));
    match is_connect {
        true => format!("no connection: {deepest}"),
        false => format!("the connection broke: {deepest}"),
    }
}

/// Looks names up, and gives nothing away of which any address must not be called: what a name stands for may be
/// another thing a moment later, so it is these addresses that are connected to.
#[derive(Clone)]
struct VettedNames(Arc<AddressPolicy>);

impl Service<Name> for VettedNames {
    type Response = vec::IntoIter<SocketAddr>;
    type Error = Box<dyn Error + Send + Sync>;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Self::Error>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, name: Name) -> Self::Future {
        let policy = self.0.clone();
        Box::pin(async move {
            let found = tokio::task::spawn_blocking(move || (name.as_str(), 0).to_socket_addrs()).await??;
            vetted(&policy, found.collect()).map(Vec::into_iter)
        })
    }
}

fn vetted(policy: &AddressPolicy, found: Vec<SocketAddr>) -> Result<Vec<SocketAddr>, Box<dyn Error + Send + Sync>> {
    if found.is_empty() {
        return Err("the name has no address".into());
    }
    found.iter().try_for_each(|address| policy.vet(address.ip()))?;
    Ok(found)
}

#[cfg(test)]
mod tests;
