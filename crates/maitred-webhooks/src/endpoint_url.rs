//! The URL of an endpoint: http or https, with a host, and nothing in it that would be a secret in a log.

use crate::address::AddressPolicy;
use maitred_core::limits::Invalid;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use url::{Host, Url};

/// The most characters of one.
pub const URL_CHARS_MAX: usize = 2_000;

/// See the module. Written as browsers write it: the host in ASCII, odd spellings of addresses as what they mean.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EndpointUrl(Arc<str>);

impl EndpointUrl {
    /// Reads one. An address in it is not looked at yet, see [`EndpointUrl::vet`].
    ///
    /// # Errors
    /// [`Invalid`] says what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let invalid = |why: &str| Err(Invalid(why.to_owned()));
        if text.chars().count() > URL_CHARS_MAX {
            return invalid("is longer than 2000 characters");
        }
        let Ok(url) = Url::parse(text.trim()) else {
            return invalid("is not a URL; give one such as https://example.com/maitred");
        };
        if !matches!(url.scheme(), "http" | "https") {
            return invalid("begins with neither https:// nor http://");
        }
        if url.host().is_none() {
            return invalid("has no host; give one such as https://example.com/maitred");
        }
        if !url.username().is_empty() || url.password().is_some() {
            return invalid("has a name or password in it; leave them out: every call is signed");
        }
        if url.fragment().is_some() {
            return invalid("has a part behind #, which is never sent; leave it out");
        }
        if url.port() == Some(0) {
            return invalid("has port 0");
        }
        Ok(Self(String::from(url).into()))
    }

    /// The address that is written in it, if one is, or that its name stands for on every machine.
    fn address(&self) -> Option<IpAddr> {
        match Url::parse(&self.0).ok()?.host()? {
            Host::Ipv4(address) => Some(address.into()),
            Host::Ipv6(address) => Some(address.into()),
            Host::Domain(name) => {
                let name = name.trim_end_matches('.');
                (name == "localhost" || name.ends_with(".localhost")).then_some(Ipv4Addr::LOCALHOST.into())
            }
        }
    }

    /// Whether an address that is written in it may be called. Of a name that is seen whenever it is called.
    ///
    /// # Errors
    /// [`Invalid`] when it may not.
    pub fn vet(&self, policy: &AddressPolicy) -> Result<(), Invalid> {
        let vetted = self.address().map_or(Ok(()), |address| policy.vet(address));
        vetted.map_err(|refused| Invalid(format!("cannot be called: {refused}")))
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The same text, shared.
    #[must_use]
    pub fn text(&self) -> Arc<str> {
        self.0.clone()
    }
}

impl fmt::Display for EndpointUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("https://example.com/hook?x=1", "https://example.com/hook?x=1")]
    #[case("HTTPS://EXAMPLE.com", "https://example.com/")]
    #[case(" http://пример.рф/путь ", "http://xn--e1afmkfd.xn--p1ai/%D0%BF%D1%83%D1%82%D1%8C")]
    #[case("http://2130706433/", "http://127.0.0.1/")]
    #[case("http://0x7f.1/", "http://127.0.0.1/")]
    fn a_url_is_written_in_one_way(#[case] text: &str, #[case] expected: &str) {
        assert_eq!(EndpointUrl::parse(text).unwrap().as_str(), expected);
    }

    #[rstest]
    #[case("")]
    #[case("example.com")]
    #[case("ftp://example.com/")]
    #[case("file:///etc/passwd")]
    #[case("https://")]
    #[case("https://user:password@example.com/")]
    #[case("https://example.com/#here")]
    #[case("http://example.com:0/")]
    fn what_cannot_be_called_is_no_endpoint(#[case] text: &str) {
        assert!(EndpointUrl::parse(text).is_err());
    }

    #[rstest]
    #[case("http://127.0.0.1:8080/")]
    #[case("http://localhost/")]
    #[case("http://LOCALHOST./")]
    #[case("http://any.localhost/")]
    #[case("http://2130706433/")]
    #[case("http://[::1]/")]
    #[case("http://[::ffff:10.0.0.1]/")]
    #[case("http://169.254.169.254/latest/meta-data")]
    #[case("http://10.0.0.7/")]
    fn an_address_of_the_own_network_is_refused_at_once(#[case] text: &str) {
        assert!(EndpointUrl::parse(text).unwrap().vet(&AddressPolicy::default()).is_err());
    }
}
