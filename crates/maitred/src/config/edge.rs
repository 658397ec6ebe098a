//! The settings of the edge: what connections are held to, TLS, and whose word is taken for who calls. What they do is
//! documented in [`maitred_web::edge`].

use super::{Given, Key, Layer, find, number, read};
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
        Self {
            connections_max: 4_096,
            client_connections_max: 512,
            head_bytes_max: 32_768,
            head_deadline_s: 10,
            body_deadline_s: 30,
            idle_deadline_s: 75,
            tls: None,
            trusted_proxies: TrustedProxies::default(),
        }
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
pub struct EdgeOptions {
    /// Max open connections; more wait [env: MAITRED_CONNECTIONS_MAX] [default: 4096]
    #[arg(long, global = true, value_name = "NUMBER")]
    pub connections_max: Option<String>,
    /// Max open connections per client; more are closed [env: MAITRED_CLIENT_CONNECTIONS_MAX] [default: 512]
    #[arg(long, global = true, value_name = "NUMBER")]
    pub client_connections_max: Option<String>,
    /// Max bytes of request headers [env: MAITRED_HEAD_BYTES_MAX] [default: 32768]
    #[arg(long, global = true, value_name = "BYTES")]
    pub head_bytes_max: Option<String>,
    /// Max seconds for request headers to arrive [env: MAITRED_HEAD_DEADLINE_S] [default: 10]
    #[arg(long, global = true, value_name = "SECONDS")]
    pub head_deadline_s: Option<String>,
    /// Max seconds for a request body to arrive [env: MAITRED_BODY_DEADLINE_S] [default: 30]
    #[arg(long, global = true, value_name = "SECONDS")]
    pub body_deadline_s: Option<String>,
    /// Seconds until an idle connection is closed [env: MAITRED_IDLE_DEADLINE_S] [default: 75]
    #[arg(long, global = true, value_name = "SECONDS")]
    pub idle_deadline_s: Option<String>,
    /// TLS certificate and its chain, PEM [env: MAITRED_TLS_CERT]
    #[arg(long, global = true, value_name = "FILE")]
    pub tls_cert: Option<String>,
    /// TLS private key, PEM [env: MAITRED_TLS_KEY]
    #[arg(long, global = true, value_name = "FILE")]
    pub tls_key: Option<String>,
    /// Proxies whose X-Forwarded-For is trusted, such as 10.0.0.0/8 [env: MAITRED_TRUSTED_PROXIES] [default: none]
    #[arg(long, global = true, value_name = "ADDRESSES")]
    pub trusted_proxies: Option<String>,
}

const CONNECTIONS_MAX: Key = Key { name: "connections_max", env: "MAITRED_CONNECTIONS_MAX" };
const CLIENT_CONNECTIONS_MAX: Key = Key { name: "client_connections_max", env: "MAITRED_CLIENT_CONNECTIONS_MAX" };
const HEAD_BYTES_MAX: Key = Key { name: "head_bytes_max", env: "MAITRED_HEAD_BYTES_MAX" };
const HEAD_DEADLINE_S: Key = Key { name: "head_deadline_s", env: "MAITRED_HEAD_DEADLINE_S" };
const BODY_DEADLINE_S: Key = Key { name: "body_deadline_s", env: "MAITRED_BODY_DEADLINE_S" };
const IDLE_DEADLINE_S: Key = Key { name: "idle_deadline_s", env: "MAITRED_IDLE_DEADLINE_S" };
const TLS_CERT: Key = Key { name: "tls_cert", env: "MAITRED_TLS_CERT" };
const TLS_KEY: Key = Key { name: "tls_key", env: "MAITRED_TLS_KEY" };
pub(super) const TRUSTED_PROXIES: Key = Key { name: "trusted_proxies", env: "MAITRED_TRUSTED_PROXIES" };

pub(super) const KEYS: [Key; 9] = [
    CONNECTIONS_MAX,
    CLIENT_CONNECTIONS_MAX,
    HEAD_BYTES_MAX,
    HEAD_DEADLINE_S,
    BODY_DEADLINE_S,
    IDLE_DEADLINE_S,
    TLS_CERT,
    TLS_KEY,
    TRUSTED_PROXIES,
];

impl EdgeOptions {
    pub(super) fn given(self) -> impl Iterator<Item = (&'static str, Given)> {
        let texts = [
            self.connections_max,
            self.client_connections_max,
            self.head_bytes_max,
            self.head_deadline_s,
            self.body_deadline_s,
            self.idle_deadline_s,
            self.tls_cert,
            self.tls_key,
            self.trusted_proxies,
        ];
        let given = |(key, text): (Key, Option<String>)| Some((key.name, Given { text: text?, line: None }));
        KEYS.into_iter().zip(texts).filter_map(given)
    }
}

pub(super) fn settle(layers: &[Layer], problems: &mut Vec<String>) -> EdgeSettings {
    let otherwise = EdgeSettings::default();
    let mut count =
        |key, range, otherwise| read(layers, problems, key, |text| number(text, range)).unwrap_or(otherwise);
    let connections_max = count(CONNECTIONS_MAX, 16..=1_000_000, otherwise.connections_max);
    let client_connections_max = count(CLIENT_CONNECTIONS_MAX, 1..=1_000_000, otherwise.client_connections_max);
    let head_bytes_max = count(HEAD_BYTES_MAX, 8_192..=65_536, otherwise.head_bytes_max);
    let mut seconds = |key, otherwise| read(layers, problems, key, |text| number(text, 1..=3_600)).unwrap_or(otherwise);
    EdgeSettings {
        connections_max,
        client_connections_max,
        head_bytes_max,
        head_deadline_s: seconds(HEAD_DEADLINE_S, otherwise.head_deadline_s),
        body_deadline_s: seconds(BODY_DEADLINE_S, otherwise.body_deadline_s),
        idle_deadline_s: seconds(IDLE_DEADLINE_S, otherwise.idle_deadline_s),
        tls: tls(layers, problems),
        trusted_proxies: read(layers, problems, TRUSTED_PROXIES, str::parse).unwrap_or(otherwise.trusted_proxies),
    }
}

/// Both files or none.
fn tls(layers: &[Layer], problems: &mut Vec<String>) -> Option<TlsFiles> {
    let lacks = |(place, _): (String, &str), other: Key| {
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
