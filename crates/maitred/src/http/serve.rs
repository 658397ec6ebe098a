//! Connections: accepting them, and ending them when the server stops. Stopping goes in three steps: no new
//! connections; streams end and idle connections close; what is under way may finish until a deadline, and then is cut.
//!
//! The batcher is stopped after this, by whoever started both: every request that was read gets its answer.

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use std::io;
use std::pin::pin;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;

/// How long a connection may be idle, or take to send the head of a request.
const IDLE: Duration = Duration::from_secs(75);
/// How long to wait when the system has no room for another connection.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// The wish that the server stops. Clones share it; it is never taken back.
#[derive(Clone)]
pub struct Stop(watch::Sender<bool>);

impl Default for Stop {
    fn default() -> Self {
        Self(watch::Sender::new(false))
    }
}

impl Stop {
    /// Wishes it.
    pub fn now(&self) {
        self.0.send_replace(true);
    }

    /// Whether somebody wishes it.
    #[must_use]
    pub fn is_wanted(&self) -> bool {
        *self.0.borrow()
    }

    /// Waits until somebody wishes it.
    pub async fn wanted(&self) {
        // The sender lives in `self`, so waiting for it cannot fail.
        let _ = self.0.subscribe().wait_for(|wanted| *wanted).await;
    }
}

/// Listens for SIGTERM and SIGINT from now on, and waits for one when it is awaited.
///
/// # Errors
/// When the system does not let us listen for signals.
pub fn signalled() -> io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}

/// Serves until `stop` is wanted and then ends all connections within `deadline`. Returns how many were cut.
pub async fn serve(listener: TcpListener, router: Router, stop: Stop, deadline: Duration) -> usize {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            () = stop.wanted() => break,
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => { connections.spawn(connection(stream, router.clone(), stop.clone())); }
                Err(error) => pause_after(&error).await,
            },
            // Takes note of those that ended, so that they do not pile up.
            Some(_) = connections.join_next() => {}
        }
    }
    drop(listener);
    let all_ended = async { while connections.join_next().await.is_some() {} };
    let _ = tokio::time::timeout(deadline, all_ended).await;
    connections.len()
}

/// A connection that broke before it was accepted concerns nobody; a system out of descriptors needs a pause.
async fn pause_after(error: &io::Error) {
    use io::ErrorKind;
    if matches!(error.kind(), ErrorKind::ConnectionAborted | ErrorKind::ConnectionReset | ErrorKind::ConnectionRefused)
    {
        return;
    }
    tracing::warn!(%error, "cannot accept a connection");
    tokio::time::sleep(ACCEPT_PAUSE).await;
}

async fn connection(stream: TcpStream, router: Router, stop: Stop) {
    // Answers are small and complete: waiting to fill a packet would only delay them.
    let _ = stream.set_nodelay(true);
    let service = TowerToHyperService::new(router);
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(IDLE);
    let mut connection = pin!(http.serve_connection(TokioIo::new(stream), service));
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = stop.wanted() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection broke");
    }
}
