//! `postgres://user:password@host:port/name?sslmode=...`: the URL as libpq reads it, with what the driver does not
//! know of `sslmode` taken out first. Connecting is left to the store.

use maitred_core::limits::Invalid;
use std::fmt;
use std::path::PathBuf;
use tokio_postgres::Config;
use tokio_postgres::config::{Host, SslMode, TargetSessionAttrs};

/// How far the server's certificate is checked, as libpq's `sslmode` says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trust {
    /// Any certificate: encrypted, but any server is trusted (`allow`, `prefer`, `require`).
    Anybody,
    /// One that a known authority signed, for whatever host (`verify-ca`).
    Authority,
    /// One that a known authority signed for this host (`verify-full`).
    Host,
}

/// A PostgreSQL database. Printed without its password.
#[derive(Clone, PartialEq, Eq)]
pub struct PostgresUrl {
    /// What the driver connects with.
    pub config: Config,
    /// How far the server's certificate is checked.
    pub trust: Trust,
    /// The certificates of the authorities to believe, as PEM; those of the system, without.
    pub root_certificates: Option<PathBuf>,
}

const FORM: &str = "write postgres://user@host:5432/maitred?sslmode=verify-full, with sslmode one of disable, allow, \
                    prefer, require, verify-ca, verify-full";

impl PostgresUrl {
    /// Reads what stands behind `postgres://`.
    ///
    /// # Errors
    /// [`Invalid`] names what is wrong, and shows nothing of the URL but the name of a parameter.
    pub fn parse(rest: &str) -> Result<Self, Invalid> {
        let invalid = |why: &str| Invalid(format!("{why}; {FORM}"));
        let (place, query) = rest.split_once('?').unwrap_or((rest, ""));
        // The driver takes the first @ for the end of the password, and what follows would be shown as the host.
        if place.matches('@').count() > 1 {
            return Err(invalid("has more than one @; in a user or a password write it as %40"));
        }
        let mut trust = None;
        let mut root_certificates = None;
        let mut ssl_mode = SslMode::Prefer;
        let mut kept = Vec::new();
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            match pair.split_once('=') {
                Some(("sslmode", mode)) => {
                    let read = sslmode(mode).ok_or_else(|| invalid("has an sslmode that is none"))?;
                    (ssl_mode, trust) = (read.0, Some(read.1));
                }
                Some(("sslrootcert", "system")) => root_certificates = None,
                Some(("sslrootcert", path)) => root_certificates = Some(decoded(path).into()),
                _ => kept.push(pair),
            }
        }
        let text = format!("postgres://{place}?{}", kept.join("&"));
        let mut config: Config = text.parse().map_err(|_| invalid("is not a URL of a PostgreSQL database"))?;
        if config.get_hosts().is_empty() && config.get_hostaddrs().is_empty() {
            return Err(invalid("names no host"));
        }
        if config.get_dbname().is_none() {
            return Err(invalid("names no database"));
        }
        config.ssl_mode(ssl_mode);
        // Of several hosts, the one that is not a standby.
        if config.get_target_session_attrs() == TargetSessionAttrs::Any {
            config.target_session_attrs(TargetSessionAttrs::ReadWrite);
        }
        if config.get_application_name().is_none() {
            config.application_name("maitred");
        }
        let given = trust.unwrap_or(Trust::Anybody);
        // As in libpq: naming an authority and only asking to encrypt means trusting that authority.
        let trust = match (given, &root_certificates, ssl_mode) {
            (Trust::Anybody, Some(_), SslMode::Require) => Trust::Authority,
            (given, ..) => given,
        };
        Ok(Self { config, trust, root_certificates })
    }
}

fn sslmode(mode: &str) -> Option<(SslMode, Trust)> {
    Some(match mode {
        "disable" => (SslMode::Disable, Trust::Anybody),
        "allow" | "prefer" => (SslMode::Prefer, Trust::Anybody),
        "require" => (SslMode::Require, Trust::Anybody),
        "verify-ca" => (SslMode::Require, Trust::Authority),
        "verify-full" => (SslMode::Require, Trust::Host),
        _ => return None,
    })
}

fn decoded(text: &str) -> String {
    let pairs = serde_urlencoded::from_str::<Vec<(String, String)>>(&format!("path={text}"));
    pairs.ok().and_then(|pairs| pairs.into_iter().next()).map_or_else(|| text.to_owned(), |(_, path)| path)
}

impl fmt::Display for PostgresUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "postgres://")?;
        if let Some(user) = self.config.get_user() {
            write!(f, "{user}@")?;
        }
        let ports = self.config.get_ports();
        for (place, host) in self.config.get_hosts().iter().enumerate() {
            let comma = if place == 0 { "" } else { "," };
            match host {
                Host::Tcp(name) => write!(f, "{comma}{name}")?,
                #[cfg(unix)]
                Host::Unix(path) => write!(f, "{comma}{}", path.display().to_string().replace('/', "%2F"))?,
            }
            if let Some(port) = ports.get(place).or_else(|| ports.first()).filter(|port| **port != 5432) {
                write!(f, ":{port}")?;
            }
        }
        write!(f, "/{}", self.config.get_dbname().unwrap_or_default())
    }
}

impl fmt::Debug for PostgresUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("u:secret@db/maitred", "postgres://u@db/maitred", SslMode::Prefer, Trust::Anybody)]
    #[case("u@db:6432/m?sslmode=disable", "postgres://u@db:6432/m", SslMode::Disable, Trust::Anybody)]
    #[case("u@a:1,b:2/m?sslmode=require", "postgres://u@a:1,b:2/m", SslMode::Require, Trust::Anybody)]
    #[case("u@db/m?sslmode=verify-ca", "postgres://u@db/m", SslMode::Require, Trust::Authority)]
    #[case("u@db/m?sslmode=verify-full&sslrootcert=/ca.pem", "postgres://u@db/m", SslMode::Require, Trust::Host)]
    #[case("u@db/m?sslmode=require&sslrootcert=%2Fca.pem", "postgres://u@db/m", SslMode::Require, Trust::Authority)]
    #[case("u@%2Frun%2Fpg/m", "postgres://u@%2Frun%2Fpg/m", SslMode::Prefer, Trust::Anybody)]
    fn a_url_reads_as_libpq_reads_it(
        #[case] rest: &str,
        #[case] shown: &str,
        #[case] ssl: SslMode,
        #[case] trust: Trust,
    ) {
        let url = PostgresUrl::parse(rest).expect("a URL");
        assert_eq!((url.to_string().as_str(), url.config.get_ssl_mode(), &url.trust), (shown, ssl, &trust));
        assert!(!format!("{url:?} {url}").contains("secret"));
        assert_eq!(url.root_certificates.is_some(), rest.contains("ca.pem"));
    }

    #[rstest]
    #[case("u:secret@db/m?sslmode=maybe", "has an sslmode that is none")]
    #[case("u:secret@db", "names no database")]
    #[case("/m", "names no host")]
    #[case("u:p@secret@db/m", "has more than one @; in a user or a password write it as %40")]
    #[case("u:secret@db:port/m", "is not a URL of a PostgreSQL database")]
    #[case("u:secret@db/m?surprise=1", "is not a URL of a PostgreSQL database")]
    fn a_bad_url_is_refused_without_its_password(#[case] rest: &str, #[case] why: &str) {
        let message = PostgresUrl::parse(rest).expect_err("refused").0;
        assert!(message.starts_with(why) && !message.contains("secret"), "{message}");
    }
}
