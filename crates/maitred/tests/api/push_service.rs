//! A push service on loopback that answers as the real ones do (RFC 8030).

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use std::convert::Infallible;
use std::sync::{Arc, Mutex};
use tokio::net::TcpListener;

/// A message that came: for which browser, its head and its body.
pub struct Pushed {
    pub to: String,
    pub headers: HeaderMap,
    pub body: Bytes,
}

/// What the service answers, by browser, and what came.
#[derive(Default)]
struct Service {
    says: Vec<(&'static str, u16)>,
    never_ends: Vec<&'static str>,
    pushed: Vec<Pushed>,
}

#[derive(Clone)]
pub struct FakeService {
    /// What the URLs of browsers begin with.
    pub url: String,
    service: Arc<Mutex<Service>>,
}

impl FakeService {
    pub async fn open() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}/push/", listener.local_addr().expect("an address"));
        let service: Arc<Mutex<Service>> = Arc::default();
        let router = Router::new().route("/push/{to}", post(receive)).with_state(service.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { url, service }
    }

    /// From now on messages for a browser are answered like this.
    pub fn says(&self, browser: &'static str, status: u16) {
        let mut service = self.service.lock().expect("no panic");
        service.says.retain(|(of, _)| *of != browser);
        service.says.push((browser, status));
    }

    /// From now on messages for a browser are taken with an answer that never ends.
    pub fn never_ends(&self, browser: &'static str) {
        self.service.lock().expect("no panic").never_ends.push(browser);
    }

    /// What came since the last look.
    pub fn pushed(&self) -> Vec<Pushed> {
        std::mem::take(&mut self.service.lock().expect("no panic").pushed)
    }
}

async fn receive(
    State(service): State<Arc<Mutex<Service>>>,
    Path(to): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let mut service = service.lock().expect("no panic");
    let status = service.says.iter().find(|(of, _)| *of == to).map_or(201, |(_, status)| *status);
    let never_ends = service.never_ends.iter().any(|of| *of == to);
    service.pushed.push(Pushed { to, headers, body });
    let status = StatusCode::from_u16(status).expect("a status");
    let mut response = (status, "push service").into_response();
    if never_ends {
        *response.body_mut() = Body::from_stream(futures_util::stream::pending::<Result<Bytes, Infallible>>());
    }
    response.headers_mut().insert("retry-after", HeaderValue::from_static("1"));
    response
}
