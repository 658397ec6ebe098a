//! Whose word is taken for where a request comes from. Anybody can write `X-Forwarded-For`; it is believed only from
//! the proxies that the settings name, and of what they pass on only the part that one of them wrote itself.
//!
//! A proxy adds the address it was called from at the right. So addresses are read from the right, as long as they are
//! those of trusted proxies; the first other one is the client's, and whatever stands to its left was written by the
//! client. The two headers, `X-Forwarded-For` and `Forwarded` (RFC 7239), are held against each other: a proxy writes
//! one of them and may let the other through as the client made it.

use axum::http::header::FORWARDED;
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use ipnet::IpNet;
use maitred_core::limits::Invalid;
use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;

const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const X_FORWARDED_HOST: HeaderName = HeaderName::from_static("x-forwarded-host");
const X_FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");

/// Who sent a request, as far as the server can vouch for it: an extension of requests that came over a socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClientAddress {
    /// The address of the client, or of the last proxy before it that is not trusted. IPv4 is never written as IPv6.
    pub address: IpAddr,
    /// Whether the client spoke TLS, to us or to a trusted proxy.
    pub over_tls: bool,
}

/// The addresses and networks of proxies that are believed. None by default.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TrustedProxies(Vec<IpNet>);

impl TrustedProxies {
    /// Whether the proxy at this address is believed.
    #[must_use]
    pub fn trusts(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.contains(&address.to_canonical()))
    }

    /// Who sent a request that came from `peer` with these headers.
    #[must_use]
    pub fn client(&self, peer: IpAddr, over_tls: bool, headers: &HeaderMap) -> ClientAddress {
        let peer = peer.to_canonical();
        if !self.trusts(peer) {
            return ClientAddress { address: peer, over_tls };
        }
        let plain = self.sender(peer, hops(headers, &X_FORWARDED_FOR).map(address));
        let standard = self.sender(peer, hops(headers, &FORWARDED).map(|hop| address(parameter(hop, "for")?)));
        let address = match (plain, standard) {
            // A header that names nobody but proxies says nothing that the other could contradict.
            (one, other) if one == other || self.trusts(other) => one,
            (one, other) if self.trusts(one) => other,
            _ => peer,
        };
        ClientAddress { address, over_tls: scheme(headers).map_or(over_tls, |scheme| scheme == "https") }
    }

    /// The name under which the client reached a trusted proxy, if that one says so: it may have put its own name for
    /// this server into `Host`.
    #[must_use]
    pub fn host(&self, peer: IpAddr, headers: &HeaderMap) -> Option<HeaderValue> {
        if !headers.contains_key(X_FORWARDED_HOST) || !self.trusts(peer) {
            return None;
        }
        HeaderValue::from_str(hops(headers, &X_FORWARDED_HOST).next()?).ok().filter(|host| !host.is_empty())
    }

    /// The first address from the right that is no trusted proxy's. Where a hop is no address, its writer is as far
    /// as can be seen; where all are trusted, the leftmost.
    fn sender(&self, peer: IpAddr, hops: impl Iterator<Item = Option<IpAddr>>) -> IpAddr {
        let mut sender = peer;
        for hop in hops {
            let Some(address) = hop else { break };
            sender = address;
            if !self.trusts(address) {
                break;
            }
        }
        sender
    }
}

/// The parts of a list that may be spread over several headers, from the right.
fn hops<'a>(headers: &'a HeaderMap, name: &HeaderName) -> impl Iterator<Item = &'a str> {
    // What is no text becomes a hop that is no address.
    let lines: Vec<&str> = headers.get_all(name).iter().map(|line| line.to_str().unwrap_or("?")).collect();
    lines.into_iter().rev().flat_map(|line| line.rsplit(',').map(str::trim))
}

/// How the client spoke to the proxy that is nearest to us.
fn scheme(headers: &HeaderMap) -> Option<String> {
    let plain = hops(headers, &X_FORWARDED_PROTO).next();
    let standard = || hops(headers, &FORWARDED).next().and_then(|hop| parameter(hop, "proto"));
    plain.or_else(standard).map(str::to_ascii_lowercase)
}

/// The value of a parameter of a `Forwarded` element, `for=192.0.2.60;proto=http`, without its quotes. One that was
/// given twice has none.
fn parameter<'a>(hop: &'a str, name: &str) -> Option<&'a str> {
    let pairs = hop.split(';').filter_map(|pair| pair.split_once('='));
    let mut values = pairs.filter(|(key, _)| key.trim().eq_ignore_ascii_case(name)).map(|(_, value)| value.trim());
    let value = values.next().filter(|_| values.next().is_none())?;
    Some(value.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(value))
}

/// `192.0.2.1`, `192.0.2.1:4711`, `2001:db8::1`, `[2001:db8::1]` or `[2001:db8::1]:4711`.
fn address(text: &str) -> Option<IpAddr> {
    let bare = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(text);
    let with_port = || text.parse().ok().map(|address: SocketAddr| address.ip());
    bare.parse().ok().or_else(with_port).map(|address: IpAddr| address.to_canonical())
}

/// Reads a network of proxies, or the address of one.
fn network(text: &str) -> Result<IpNet, Invalid> {
    let read = text.parse::<IpNet>().or_else(|_| text.parse::<IpAddr>().map(IpNet::from));
    // Peers are never written that way, so no address would be in it.
    let read = read.ok().filter(|network| network.addr() == network.addr().to_canonical());
    let network = read.ok_or_else(|| Invalid(format!("{text:?} is not an address or a network such as 10.0.0.0/8")))?;
    if network.prefix_len() == 0 {
        let advice = "name the proxies, or anybody could claim to be somebody else";
        return Err(Invalid(format!("{text:?} would trust everybody; {advice}")));
    }
    Ok(network)
}

impl FromStr for TrustedProxies {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        if text.eq_ignore_ascii_case("none") {
            return Ok(Self::default());
        }
        text.split(',').map(|part| network(part.trim())).collect::<Result<_, _>>().map(Self)
    }
}

impl fmt::Display for TrustedProxies {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return f.write_str("none");
        }
        let each: Vec<_> = self.0.iter().map(ToString::to_string).collect();
        f.write_str(&each.join(","))
    }
}

#[cfg(test)]
mod tests;
