//! The settings of the edge: what connections are held to, TLS, and whose word is taken for who calls. What they do is
//! documented in [`maitred_web::edge`].

use super::setting::{
    BODY_DEADLINE_S, CLIENT_CONNECTIONS_MAX, CONNECTIONS_MAX, HEAD_BYTES_MAX, HEAD_DEADLINE_S, IDLE_DEADLINE_S,
    IN_FLIGHT_MIB, Setting, TLS_CERT, TLS_KEY, TRUSTED_PROXIES,
};
use super::{Given, Layer, find, read, read_number};
use maitred_web::edge::tls::TlsFiles;
use maitred_web::edge::{Limits, TrustedProxies};
use std::time::Duration;

/// Everything about connections that can be set, checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EdgeSettings {
    /// Connections open at once; more wait.
    pub connections_max: usize,
    /// Connections of one address; more are closed.
    pub client_connections_max: usize,
    /// MiB of bodies, and of answers, in memory.
    pub in_flight_mib: u32,
    /// Bytes of the first line and the headers of a request.
    pub head_bytes_max: usize,
    /// Seconds for these to arrive.
    pub head_deadline_s: u32,
    /// Seconds for a body to arrive.
    pub body_deadline_s: u32,
    /// Seconds between two requests on one connection.
    pub idle_deadline_s: u32,
    /// What TLS is spoken with; `None` speaks without.
    pub tls: Option<TlsFiles>,
    /// Whose word is taken for where a request comes from.
    pub trusted_proxies: TrustedProxies,
}

impl Default for EdgeSettings {
    fn default() -> Self {
        settle(&[], &mut Vec::new())
    }
}

impl EdgeSettings {
    /// What connections are held to.
    #[must_use]
    pub fn limits(&self) -> Limits {
        let seconds = |seconds: u32| Duration::from_secs(seconds.into());
        Limits {
            connections_max: self.connections_max,
            client_connections_max: self.client_connections_max,
            head_bytes_max: self.head_bytes_max,
            head: seconds(self.head_deadline_s),
            body: seconds(self.body_deadline_s),
            idle: seconds(self.idle_deadline_s),
            ..Limits::default()
        }
    }
}

/// The settings of the edge as flags, unchecked.
#[derive(Clone, Default, clap::Args)]
#[command(next_help_heading = "Settings")]
pub(super) struct EdgeOptions {
    #[arg(long, global = true, value_name = CONNECTIONS_MAX.value_name(), help = CONNECTIONS_MAX.help())]
    connections_max: Option<String>,
    #[arg(long, global = true, value_name = CLIENT_CONNECTIONS_MAX.value_name(), help = CLIENT_CONNECTIONS_MAX.help())]
    client_connections_max: Option<String>,
    #[arg(long, global = true, value_name = IN_FLIGHT_MIB.value_name(), help = IN_FLIGHT_MIB.help())]
    in_flight_mib: Option<String>,
    #[arg(long, global = true, value_name = HEAD_BYTES_MAX.value_name(), help = HEAD_BYTES_MAX.help())]
    head_bytes_max: Option<String>,
    #[arg(long, global = true, value_name = HEAD_DEADLINE_S.value_name(), help = HEAD_DEADLINE_S.help())]
    head_deadline_s: Option<String>,
    #[arg(long, global = true, value_name = BODY_DEADLINE_S.value_name(), help = BODY_DEADLINE_S.help())]
    body_deadline_s: Option<String>,
    #[arg(long, global = true, value_name = IDLE_DEADLINE_S.value_name(), help = IDLE_DEADLINE_S.help())]
    idle_deadline_s: Option<String>,
    #[arg(long, global = true, value_name = TLS_CERT.value_name(), help = TLS_CERT.help())]
    tls_cert: Option<String>,
    #[arg(long, global = true, value_name = TLS_KEY.value_name(), help = TLS_KEY.help())]
    tls_key: Option<String>,
    #[arg(long, global = true, value_name = TRUSTED_PROXIES.value_name(), help = TRUSTED_PROXIES.help())]
    trusted_proxies: Option<String>,
}

impl EdgeOptions {
    pub(super) fn given(self) -> impl Iterator<Item = (&'static str, Given)> {
        let given = [
            (CONNECTIONS_MAX, self.connections_max),
            (CLIENT_CONNECTIONS_MAX, self.client_connections_max),
            (IN_FLIGHT_MIB, self.in_flight_mib),
            (HEAD_BYTES_MAX, self.head_bytes_max),
            (HEAD_DEADLINE_S, self.head_deadline_s),
            (BODY_DEADLINE_S, self.body_deadline_s),
            (IDLE_DEADLINE_S, self.idle_deadline_s),
            (TLS_CERT, self.tls_cert),
            (TLS_KEY, self.tls_key),
            (TRUSTED_PROXIES, self.trusted_proxies),
        ];
        given.into_iter().filter_map(|(setting, text)| Some((setting.name, Given { text: text?, line: None })))
    }
}

pub(super) fn settle(layers: &[Layer], problems: &mut Vec<String>) -> EdgeSettings {
    EdgeSettings {
        connections_max: read_number(layers, problems, CONNECTIONS_MAX),
        client_connections_max: read_number(layers, problems, CLIENT_CONNECTIONS_MAX),
        in_flight_mib: read_number(layers, problems, IN_FLIGHT_MIB),
        head_bytes_max: read_number(layers, problems, HEAD_BYTES_MAX),
        head_deadline_s: read_number(layers, problems, HEAD_DEADLINE_S),
        body_deadline_s: read_number(layers, problems, BODY_DEADLINE_S),
        idle_deadline_s: read_number(layers, problems, IDLE_DEADLINE_S),
        tls: tls(layers, problems),
        trusted_proxies: read(layers, problems, TRUSTED_PROXIES, str::parse),
    }
}

/// Both files or none.
fn tls(layers: &[Layer], problems: &mut Vec<String>) -> Option<TlsFiles> {
    let lacks = |(place, _): (String, &str), other: Setting| {
        format!("{place}: needs {} as well; TLS is spoken with a certificate and its key, or not at all", other.name)
    };
    match (find(layers, TLS_CERT), find(layers, TLS_KEY)) {
        (Some((_, certificate)), Some((_, key))) => {
            return Some(TlsFiles { certificate: certificate.into(), key: key.into() });
        }
        (Some(certificate), None) => problems.push(lacks(certificate, TLS_KEY)),
        (None, Some(key)) => problems.push(lacks(key, TLS_CERT)),
        (None, None) => {}
    }
    None
}
