//! Which addresses an endpoint may have. A server that calls any URL it is given is a way into the network that it
//! stands in (server-side request forgery): so what is not on the public internet is refused, unless the settings name
//! its network, and some things always are.

use maitred_core::limits::Invalid;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
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
pub struct AddressPolicy(Vec<Network>);

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
        let is_named = self.0.iter().any(|network| network.has(address));
        if (is_in(&LOOPBACK, address) || is_in(&PRIVATE, address)) && !is_named {
            return Err(Refused { address, can_be_allowed: true });
        }
        Ok(())
    }
}

fn is_in(networks: &[&str], address: IpAddr) -> bool {
    let has = |text: &&str| Network::read(text).is_some_and(|network| network.has(address));
    networks.iter().any(has)
}

/// Addresses that begin with the same bits. An IPv4 address is never taken for an IPv6 one, nor the other way round.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Network {
    address: IpAddr,
    bits: u32,
}

impl Network {
    fn read(text: &str) -> Option<Self> {
        let (address, bits) = text.split_once('/').map_or((text, None), |(address, bits)| (address, Some(bits)));
        let address: IpAddr = address.parse().ok()?;
        let most = if address.is_ipv4() { Ipv4Addr::BITS } else { Ipv6Addr::BITS };
        let bits: u32 = bits.map_or(Some(most), |bits| bits.parse().ok())?;
        (bits <= most).then_some(Self { address, bits })
    }

    fn has(self, address: IpAddr) -> bool {
        match (self.address, address) {
            (IpAddr::V4(ours), IpAddr::V4(theirs)) => (ours.to_bits() ^ theirs.to_bits()).leading_zeros() >= self.bits,
            (IpAddr::V6(ours), IpAddr::V6(theirs)) => (ours.to_bits() ^ theirs.to_bits()).leading_zeros() >= self.bits,
            _ => false,
        }
    }

    /// Whether all of this network is in one of these.
    fn is_part_of(self, networks: &[&str]) -> bool {
        let of = |text: &&str| {
            Network::read(text).is_some_and(|network| network.bits <= self.bits && network.has(self.address))
        };
        networks.iter().any(of)
    }
}

impl FromStr for Network {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let network = Self::read(text)
            .ok_or_else(|| Invalid(format!("{text:?} is not an address or a network such as 10.0.0.0/8")))?;
        // So what is loopback is open only to those who say so.
        if !network.is_part_of(&LOOPBACK) && !network.is_part_of(&PRIVATE) {
            let advice = "name a private network such as 10.0.0.0/8, or loopback as 127.0.0.0/8";
            return Err(Invalid(format!(
                "{text:?} is public, never called, or more than one private network; {advice}"
            )));
        }
        Ok(network)
    }
}

impl FromStr for AddressPolicy {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        if text.eq_ignore_ascii_case("none") {
            return Ok(Self::default());
        }
        text.split(',').map(|part| part.trim().parse()).collect::<Result<_, _>>().map(Self)
    }
}

impl fmt::Display for AddressPolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return f.write_str("none");
        }
        let each: Vec<_> = self.0.iter().map(|Network { address, bits }| format!("{address}/{bits}")).collect();
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
