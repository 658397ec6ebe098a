//! The edge of the server: what a connection may cost before and around its requests, who is at the other end of it,
//! and TLS. Whatever a stranger sends, or does not send, memory is bounded and others are served.
//!
//! | where | what |
//! |---|---|
//! | [`per_address`] | how many connections there are, in all and of one address |
//! | [`activity`] | what a connection is doing and for how long it may |
//! | [`connection`] | one connection from its first byte to its last |
//! | [`refuse`] | an answer to what never became a request |
//! | [`request`] | what is looked at and noted on every request before the router sees it |
//! | [`in_flight`] | how much memory bodies and answers may take |
//! | [`unread`] | what is left of a body that a handler did not read |
//! | [`proxies`] | whose word is taken for where a request comes from |
//! | [`tls`] | certificates, and reading them again |
//!
//! Accepting is in [`super::serve`]; settings are in `config/edge.rs`; docs/operating.md tells operators all of it.

pub mod activity;
pub mod connection;
pub mod in_flight;
pub mod per_address;
pub mod proxies;
pub mod refuse;
pub mod request;
pub mod tls;
pub mod unread;

pub use in_flight::InFlight;
pub use proxies::{ClientAddress, TrustedProxies};
pub use request::BodyDeadline;

use std::sync::Arc;
use std::time::Duration;

/// How long a body may take to arrive, unless its connection says otherwise ([`BodyDeadline`]).
pub const BODY_SECONDS_MAX: u64 = 30;
/// The longest path and query of a request, in bytes.
pub const URL_BYTES_MAX: usize = 8 * 1_024;
/// The most headers of a request: hyper's own limit.
pub const HEADERS_MAX: usize = 100;
/// How long a client may leave an answer unread before its connection is cut: the time without one byte of progress.
pub const UNREAD_SECONDS_MAX: u64 = 30;
/// How long a TLS handshake may take.
pub const HANDSHAKE_SECONDS_MAX: u64 = 10;

/// What connections are held to. `Default` is what the settings are by default.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Connections open at once; more wait in the system's backlog until one ends.
    pub connections_max: usize,
    /// Connections of one address; more are closed at once. Loopback and trusted proxies have no such limit.
    pub client_connections_max: usize,
    /// Bytes of the head of a request: its first line and its headers.
    pub head_bytes_max: usize,
    /// How long a head may take from its first byte, and a new connection until its first byte.
    pub head: Duration,
    /// How long a body may take.
    pub body: Duration,
    /// How long a connection may be idle between two requests.
    pub idle: Duration,
    /// How long an answer may stay unread.
    pub unread: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections_max: 4_096,
            client_connections_max: 512,
            head_bytes_max: 32 * 1_024,
            head: Duration::from_secs(10),
            body: Duration::from_secs(BODY_SECONDS_MAX),
            idle: Duration::from_secs(75),
            unread: Duration::from_secs(UNREAD_SECONDS_MAX),
        }
    }
}

/// What a server is at its edge.
#[derive(Clone, Default)]
pub struct Edge {
    /// What connections are held to.
    pub limits: Limits,
    /// How much memory bodies and answers may take.
    pub in_flight: InFlight,
    /// Whose word is taken for where a request comes from.
    pub proxies: TrustedProxies,
    /// What TLS is spoken with; `None` speaks without.
    pub tls: Option<Arc<tls::Tls>>,
}
