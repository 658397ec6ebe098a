//! How many connections there are of each address, so that one of them cannot take the places of all others.

use rustc_hash::FxHashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, PoisonError};

/// The part of an IPv6 address that one customer has alone: a /64.
const CUSTOMER_V6: u128 = !0 << 64;

/// Who is there. Clones share it.
#[derive(Clone, Default)]
pub struct Crowd(Arc<Mutex<FxHashMap<IpAddr, usize>>>);

/// One place; given back when dropped.
pub struct Place {
    crowd: Crowd,
    customer: IpAddr,
}

impl Crowd {
    /// A place for a connection from here, unless there are `most` of them already.
    #[must_use]
    pub fn admit(&self, address: IpAddr, most: usize) -> Option<Place> {
        let customer = customer(address);
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let open = known.entry(customer).or_default();
        if *open >= most {
            return None;
        }
        *open += 1;
        Some(Place { crowd: self.clone(), customer })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut known = self.crowd.0.lock().unwrap_or_else(PoisonError::into_inner);
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
    fn one_address_cannot_take_the_places_of_another() {
        let crowd = Crowd::default();
        let places: Vec<_> = (0..3).map_while(|_| crowd.admit(ip("192.0.2.1"), 2)).collect();
        assert_eq!(places.len(), 2);
        assert!(crowd.admit(ip("::ffff:192.0.2.1"), 2).is_none(), "the same address written otherwise");
        assert!(crowd.admit(ip("192.0.2.2"), 2).is_some());
    }

    #[test]
    fn a_network_of_one_customer_counts_as_one() {
        let crowd = Crowd::default();
        let _place = crowd.admit(ip("2001:db8::1"), 1).expect("the first");
        assert!(crowd.admit(ip("2001:db8::ffff:2"), 1).is_none());
        assert!(crowd.admit(ip("2001:db8:0:1::1"), 1).is_some());
    }

    #[test]
    fn a_place_is_given_back_and_nothing_is_remembered() {
        let crowd = Crowd::default();
        drop(crowd.admit(ip("192.0.2.1"), 1).expect("the first"));
        assert!(crowd.0.lock().expect("not poisoned").is_empty());
        assert!(crowd.admit(ip("192.0.2.1"), 1).is_some());
    }
}
