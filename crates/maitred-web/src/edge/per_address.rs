//! How many connections there are of each address, so that one address cannot take all of them.

use rustc_hash::FxHashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, PoisonError};

/// The part of an IPv6 address that one customer has alone: a /64.
const CUSTOMER_V6: u128 = !0 << 64;

/// Open connections of each address. Clones share it.
#[derive(Clone, Default)]
pub struct ConnectionsPerAddress(Arc<Mutex<FxHashMap<IpAddr, usize>>>);

/// The right to one connection; given back when dropped.
pub struct ConnectionPermit {
    connections: ConnectionsPerAddress,
    customer: IpAddr,
}

impl ConnectionsPerAddress {
    /// A permit for a connection from here, unless there are `most` of them already.
    #[must_use]
    pub fn admit(&self, address: IpAddr, most: usize) -> Option<ConnectionPermit> {
        let customer = customer(address);
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let open = known.entry(customer).or_default();
        if *open >= most {
            return None;
        }
        *open += 1;
        Some(ConnectionPermit { connections: self.clone(), customer })
    }
}

impl Drop for ConnectionPermit {
    fn drop(&mut self) {
        let mut known = self.connections.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(open) = known.get_mut(&self.customer) {
            *open -= 1;
            if *open == 0 {
                known.remove(&self.customer);
            }
        }
    }
}

/// A client with one IPv6 address has 2^64 of them.
fn customer(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => Ipv6Addr::from(u128::from(v6) & CUSTOMER_V6).into(),
        v4 => v4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().expect("an address")
    }

    #[test]
    fn one_address_cannot_take_the_permits_of_another() {
        let connections = ConnectionsPerAddress::default();
        let permits: Vec<_> = (0..3).map_while(|_| connections.admit(ip("192.0.2.1"), 2)).collect();
        assert_eq!(permits.len(), 2);
        assert!(connections.admit(ip("::ffff:192.0.2.1"), 2).is_none(), "the same address written otherwise");
        assert!(connections.admit(ip("192.0.2.2"), 2).is_some());
    }

    #[test]
    fn a_network_of_one_customer_counts_as_one() {
        let connections = ConnectionsPerAddress::default();
        let _place = connections.admit(ip("2001:db8::1"), 1).expect("the first");
        assert!(connections.admit(ip("2001:db8::ffff:2"), 1).is_none());
        assert!(connections.admit(ip("2001:db8:0:1::1"), 1).is_some());
    }

    #[test]
    fn a_place_is_given_back_and_nothing_is_remembered() {
        let connections = ConnectionsPerAddress::default();
        drop(connections.admit(ip("192.0.2.1"), 1).expect("the first"));
        assert!(connections.0.lock().expect("not poisoned").is_empty());
        assert!(connections.admit(ip("192.0.2.1"), 1).is_some());
    }
}
