//! Connections: accepting them, and ending them when the server stops. Stopping goes in three steps: no new
//! connections; streams end and idle connections close; what is under way may finish until a deadline, and then is cut.
//! What a connection may cost is in [`super::edge`].
//!
//! The batcher is stopped after this, by the code that started both: every request that was read gets its answer.

use crate::edge::Edge;
use crate::edge::connection::{Answers, Server, count_cut};
use crate::edge::per_address::ConnectionsPerAddress;
use maitred_app::Stop;
use metrics::gauge;
use std::io;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

/// The gauge of open connections.
pub const CONNECTIONS: &str = "maitred_http_connections";
/// How long to wait when the system has no room for another connection.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

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
///
/// When all connections are taken, nobody is accepted: new clients wait in the system's backlog, which is bounded, and
/// connections that are idle make room.
pub async fn serve<A: Answers>(listener: TcpListener, answers: A, edge: Edge, stop: Stop, deadline: Duration) -> usize {
    let is_full = AtomicBool::new(false);
    let server = Arc::new(Server { answers, edge: Arc::new(edge), stop: stop.clone(), is_full });
    let connections_max = server.edge.limits.connections_max;
    let per_address = ConnectionsPerAddress::default();
    let mut connections = JoinSet::new();
    loop {
        let is_full = connections.len() >= connections_max;
        note_whether_full(&server.is_full, connections.len(), connections_max);
        tokio::select! {
            () = stop.wanted() => break,
            accepted = listener.accept(), if !is_full => match accepted {
                Ok((stream, from)) => begin(stream, from.ip(), &server, &per_address, &mut connections),
                Err(error) => pause_after(&error).await,
            },
            // Takes note of those that ended, so that they do not pile up.
            Some(_) = connections.join_next() => {}
        }
        gauge!(CONNECTIONS).set(connections.len() as f64);
    }
    drop(listener);
    let all_ended = async { while connections.join_next().await.is_some() {} };
    let _ = tokio::time::timeout(deadline, all_ended).await;
    connections.len()
}

/// From when all connections are taken until one in sixteen is free.
fn note_whether_full(is_full: &AtomicBool, open: usize, connections_max: usize) {
    if open >= connections_max && !is_full.swap(true, Ordering::Relaxed) {
        tracing::warn!(connections_max, "all connections are in use; new clients wait until one ends");
    } else if open < connections_max - connections_max / 16 {
        is_full.store(false, Ordering::Relaxed);
    }
}

/// Serves a connection beside the others, unless its address has more than its part of them.
fn begin<A: Answers>(
    stream: TcpStream,
    from: IpAddr,
    server: &Arc<Server<A>>,
    per_address: &ConnectionsPerAddress,
    connections: &mut JoinSet<()>,
) {
    let Edge { limits, proxies, .. } = &*server.edge;
    let is_known = from.to_canonical().is_loopback() || proxies.trusts(from);
    let most = if is_known { limits.connections_max } else { limits.client_connections_max };
    let Some(permit) = per_address.admit(from, most) else {
        return count_cut("too_many_of_one_client");
    };
    let server = server.clone();
    connections.spawn(async move {
        server.connection(stream, from).await;
        drop(permit);
    });
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
