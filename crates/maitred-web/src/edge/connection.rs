//! One connection from its first byte to its last.

use super::activity::{Activity, ActivityStream, NextStep};
use super::refuse::{linger, refuse};
use super::tls::{self, Tls};
use super::{Edge, Limits, request};
use crate::problem::Problem;
use axum::body::HttpBody;
use axum::extract::Request;
use axum::response::Response;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::HttpService;
use hyper_util::rt::TokioIo;
use maitred_app::Stop;
use metrics::counter;
use std::convert::Infallible;
use std::error::Error;
use std::net::IpAddr;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep};
use tower::Service;

/// Counts connections that were ended for what they did or did not do, by why.
pub const CONNECTIONS_CUT: &str = "maitred_http_connections_cut_total";

/// How many times the longest head hyper may keep of a connection. `activity` gives up before the next read once a head
/// is too long; the read before it may have brought a good deal more, which must not be too much for hyper first.
const BUFFER_HEADS: usize = 4;

/// The other end of a connection: a client, or a proxy that speaks for one.
#[derive(Clone, Copy, Debug)]
pub struct Peer {
    /// Its address.
    pub address: IpAddr,
    /// Whether it speaks TLS to us.
    pub over_tls: bool,
}

/// What answers requests: [`crate::pipeline::Pipeline`], or a router.
pub trait Answers:
    Service<Request, Response = Response, Error = Infallible, Future: Send> + Clone + Send + Sync + 'static
{
}

impl<S> Answers for S where
    S: Service<Request, Response = Response, Error = Infallible, Future: Send> + Clone + Send + Sync + 'static
{
}

/// What all connections of a server share.
pub struct Server<A> {
    /// What answers requests.
    pub answers: A,
    /// What connections are held to.
    pub edge: Arc<Edge>,
    /// The wish that the server stops.
    pub stop: Stop,
    /// Whether all places are taken, and idle connections should make room.
    pub is_full: AtomicBool,
}

impl<A: Answers> Server<A> {
    /// Serves one connection until its end.
    pub async fn connection(&self, stream: TcpStream, address: IpAddr) {
        // Answers are small and complete: waiting to fill a packet would only delay them.
        let _ = stream.set_nodelay(true);
        match &self.edge.tls {
            None => self.speak(stream, Peer { address, over_tls: false }).await,
            Some(tls) => self.speak_tls(stream, address, tls).await,
        }
    }

    async fn speak_tls(&self, stream: TcpStream, address: IpAddr, tls: &Tls) {
        let shaken = tokio::select! {
            shaken = tls.shake_hands(stream) => shaken,
            () = self.stop.wanted() => return,
        };
        match shaken {
            Ok(stream) => self.speak(stream, Peer { address, over_tls: true }).await,
            Err(tls::NoHandshake::Plain(stream)) => {
                count_cut("not_tls");
                refuse(stream, tls::not_tls()).await;
            }
            Err(tls::NoHandshake::Failed(error)) => {
                count_cut("handshake");
                tracing::debug!(%error, "a client could not agree on TLS with the server");
            }
        }
    }

    async fn speak<S: AsyncRead + AsyncWrite + Unpin>(&self, stream: S, peer: Peer) {
        let limits = &self.edge.limits;
        let activity = Arc::new(Activity::new(limits));
        let service = request::service(self.answers.clone(), self.edge.clone(), activity.clone(), peer);
        let mut http = http1::Builder::new();
        // `activity` keeps the time.
        http.header_read_timeout(None).max_buf_size(BUFFER_HEADS * limits.head_bytes_max);
        let stream = ActivityStream::new(stream, activity.clone());
        let mut connection = http.serve_connection(TokioIo::new(stream), service);
        let problem = self.until_end(&mut connection, &activity, limits).await;
        let stream = connection.into_parts().io.into_inner().into_inner();
        if let Some(problem) = problem {
            count_cut(problem.kind.name);
            refuse(stream, problem).await;
        } else if activity.has_left_body() {
            linger(stream).await;
        }
    }

    /// Serves until one side ends it. Gives what is still to be said, if anything is.
    async fn until_end<I, B, S>(
        &self,
        connection: &mut http1::Connection<I, S>,
        activity: &Activity,
        limits: &Limits,
    ) -> Option<Problem>
    where
        S: HttpService<Incoming, ResBody = B>,
        S::Error: Into<Box<dyn Error + Send + Sync>>,
        I: hyper::rt::Read + hyper::rt::Write + Unpin,
        B: HttpBody + 'static,
        B::Error: Into<Box<dyn Error + Send + Sync>>,
    {
        let mut connection = Pin::new(connection);
        let mut alarm = pin!(sleep(Activity::pause(limits)));
        let mut is_stopping = false;
        loop {
            tokio::select! {
                ended = connection.as_mut() => match (ended, activity.overflow()) {
                    (Err(_), Some(problem)) => return Some(problem),
                    (Err(error), None) => { tracing::debug!(%error, "a connection broke"); return None }
                    (Ok(()), _) => return None,
                },
                () = self.stop.wanted(), if !is_stopping => {
                    is_stopping = true;
                    connection.as_mut().graceful_shutdown();
                }
                () = alarm.as_mut() => {
                    alarm.as_mut().reset(Instant::now() + Activity::pause(limits));
                    match activity.check_limits(limits, self.is_full.load(Ordering::Relaxed)) {
                        NextStep::Continue => {}
                        NextStep::CloseWhenIdle => connection.as_mut().graceful_shutdown(),
                        NextStep::Refuse(problem) => return Some(problem),
                        NextStep::Cut(why) => { count_cut(why); return None }
                    }
                }
            }
        }
    }
}

/// A connection that was ended for what it did, or did not do.
pub fn count_cut(why: &'static str) {
    tracing::debug!(why, "a connection was cut");
    counter!(CONNECTIONS_CUT, "why" => why).increment(1);
}
