//! Which addresses an endpoint may have. A server that calls any URL it is given is a way into the network that it
//! stands in (server-side request forgery): so what is not on the public internet is refused, unless the settings name
//! its network, and some things always are.

use ipnet::IpNet;
use maitred_core::limits::Invalid;
use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

/// Networks that are refused whatever the settings say: this machine in general, the neighbours on the wire (where
/// clouds have their metadata), groups, and forms of IPv6 behind which any IPv4 address may hide.
const NEVER: [&str; 15] = [
    "0.0.0.0/8",
    "169.254.0.0/16",
    "224.0.0.0/4",
    "240.0.0.0/4",
    "::/128",
    "::/96",
    "::ffff:0:0/96",
    "64:ff9b::/96",
    "64:ff9b:1::/48",
    "2001::/32",
    "2002::/16",
    "fe80::/10",
    "fec0::/10",
    "ff00::/8",
    "100::/64",
];

/// Loopback: only a setting that names part of it opens it.
const LOOPBACK: [&str; 2] = ["127.0.0.0/8", "::1/128"];

/// Networks that are nobody's on the public internet.
const PRIVATE: [&str; 11] = [
    "10.0.0.0/8",
    "100.64.0.0/10",
    "172.16.0.0/12",
    "192.0.0.0/24",
    "192.0.2.0/24",
    "192.168.0.0/16",
    "198.18.0.0/15",
    "198.51.100.0/24",
    "203.0.113.0/24",
    "fc00::/7",
    "2001:db8::/32",
];

/// Which addresses may be called: public ones, and those of the networks that the settings name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AddressPolicy(Vec<IpNet>);

/// Why an address is not called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refused {
    pub address: IpAddr,
    /// Whether a setting could allow it.
    can_be_allowed: bool,
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { address, can_be_allowed } = self;
        match can_be_allowed {
            true => write!(f, "{address} is not public; --webhook-allow can name its network"),
            false => write!(f, "{address} is an address that is never called"),
        }
    }
}

impl std::error::Error for Refused {}

impl AddressPolicy {
    /// Whether this address may be called.
    ///
    /// # Errors
    /// [`Refused`] when it may not.
    pub fn vet(&self, address: IpAddr) -> Result<(), Refused> {
        if is_in(&NEVER, address) && !is_in(&LOOPBACK, address) {
            return Err(Refused { address, can_be_allowed: false });
        }
        let is_named = self.0.iter().any(|network| network.contains(&address));
        if (is_in(&LOOPBACK, address) || is_in(&PRIVATE, address)) && !is_named {
            return Err(Refused { address, can_be_allowed: true });
        }
        Ok(())
    }
}

fn is_in(networks: &[&str], address: IpAddr) -> bool {
    networks.iter().filter_map(|text| network(text)).any(|network| network.contains(&address))
}

/// Reads a network, or an address as the network of itself. An IPv4 address is in no IPv6 network, nor the other way
/// round.
fn network(text: &str) -> Option<IpNet> {
    text.parse().ok().or_else(|| text.parse::<IpAddr>().ok().map(IpNet::from))
}

/// Reads one that may be named, which is all in a network that is closed as long as it is not named.
fn private_network(text: &str) -> Result<IpNet, Invalid> {
    let named =
        network(text).ok_or_else(|| Invalid(format!("{text:?} is not an address or a network such as 10.0.0.0/8")))?;
    // So what is loopback is open only to those who say so.
    let is_part_of = |networks: &[&str]| networks.iter().filter_map(|it| network(it)).any(|it| it.contains(&named));
    if !is_part_of(&LOOPBACK) && !is_part_of(&PRIVATE) {
        let advice = "name a private network such as 10.0.0.0/8, or loopback as 127.0.0.0/8";
        return Err(Invalid(format!("{text:?} is public, never called, or more than one private network; {advice}")));
    }
    Ok(named)
}

impl FromStr for AddressPolicy {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        if text.eq_ignore_ascii_case("none") {
            return Ok(Self::default());
        }
        text.split(',').map(|part| private_network(part.trim())).collect::<Result<_, _>>().map(Self)
    }
}

impl fmt::Display for AddressPolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return f.write_str("none");
        }
        let each: Vec<_> = self.0.iter().map(ToString::to_string).collect();
        f.write_str(&each.join(","))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    fn vetted(allowed: &str, address: &str) -> Result<(), bool> {
        let policy: AddressPolicy = allowed.parse().unwrap();
        policy.vet(address.parse().unwrap()).map_err(|refused| refused.can_be_allowed)
    }

    const EVERYTHING: &str = "10.0.0.0/8,172.16.0.0/12,192.168.0.0/16,100.64.0.0/10,fc00::/7,127.0.0.0/8,::1";

    #[rstest]
    fn public_addresses_are_called(
        #[values(
            "8.8.8.8",
            "1.1.1.1",
            "172.15.255.255",
            "172.32.0.0",
            "100.63.0.1",
            "100.128.0.1",
            "11.0.0.1",
            "2606:4700::1111",
            "2a00:1450::8"
        )]
        address: &str,
        #[values("none", EVERYTHING)] allowed: &str,
    ) {
        assert_eq!(vetted(allowed, address), Ok(()));
    }

    #[rstest]
    fn some_are_never_called(
        #[values(
            "0.0.0.0",
            "0.1.2.3",
            "169.254.169.254",
            "169.254.0.1",
            "224.0.0.1",
            "239.255.255.255",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::127.0.0.1",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "::ffff:8.8.8.8",
            "64:ff9b::7f00:1",
            "64:ff9b::808:808",
            "64:ff9b:1::1",
            "2002:7f00:1::",
            "2001:0:1::1",
            "fe80::1",
            "febf::1",
            "fec0::1",
            "ff02::1"
        )]
        address: &str,
        #[values("none", EVERYTHING)] allowed: &str,
    ) {
        assert_eq!(vetted(allowed, address), Err(false));
    }

    #[rstest]
    fn private_ones_are_called_once_they_are_named(
        #[values(
            "10.1.2.3",
            "172.16.0.1",
            "172.31.255.255",
            "192.168.1.1",
            "100.64.0.1",
            "100.127.255.255",
            "fc00::1",
            "fd12:3456::1",
            "127.0.0.1",
            "127.8.8.8",
            "::1"
        )]
        address: &str,
    ) {
        assert_eq!(vetted("none", address), Err(true));
        assert_eq!(vetted(EVERYTHING, address), Ok(()));
    }

    #[test]
    fn loopback_is_open_only_when_it_is_named() {
        assert_eq!(vetted("10.0.0.0/8,fc00::/7", "127.0.0.1"), Err(true));
        assert_eq!(vetted("127.0.0.1", "127.0.0.1"), Ok(()));
        assert_eq!(vetted("127.0.0.1", "127.0.0.2"), Err(true));
        assert_eq!(vetted("::1", "127.0.0.1"), Err(true));
    }

    #[rstest]
    #[case("")]
    #[case("10.0.0.0/33")]
    #[case("somewhere")]
    #[case("10.0.0.0/8,")]
    #[case("0.0.0.0/0")]
    #[case("::/0")]
    #[case("8.8.8.8")]
    #[case("169.254.0.0/16")]
    #[case("0.0.0.0/1")]
    fn what_is_no_private_network_is_no_setting(#[case] text: &str) {
        assert!(text.parse::<AddressPolicy>().is_err());
    }

    #[test]
    fn a_setting_reads_as_it_is_written() {
        for text in ["none", "10.0.0.0/8,127.0.0.1/32", "fc00::/7"] {
            assert_eq!(text.parse::<AddressPolicy>().unwrap().to_string(), text);
        }
    }
}
