//! How often passwords may be tried: by name, and by the address that tries. The first few failures cost nothing; from
//! then on each doubles how long the next attempt has to wait. What is remembered is bounded: when a table is full, who
//! failed longest ago is forgotten.
//!
//! An attempt counts as failed from the moment it begins, and is taken back when the password was right: a hundred
//! attempts at once are a hundred failures.

use maitred_core::Timestamp;
use rustc_hash::FxHashMap;
use std::hash::Hash;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

/// The most names, and the most addresses, that are remembered.
pub const REMEMBERED_MAX: usize = 4_096;
const SECOND: i64 = 1_000_000;
/// Who has not tried for so long is forgotten.
const FORGOTTEN_AFTER: i64 = 3_600 * SECOND;
/// A name has to wait a minute at most: an attacker who wants to lock somebody out can only slow them down.
const NAMES: Rule = Rule { free: 5, wait_max: 60 * SECOND };
/// Behind one address there may be an office; nobody needs so many attempts as a machine makes.
const ADDRESSES: Rule = Rule { free: 20, wait_max: 900 * SECOND };

#[derive(Clone, Copy)]
struct Rule {
    /// So many failures cost nothing.
    free: u32,
    /// The longest wait, in microseconds.
    wait_max: i64,
}

impl Rule {
    /// How long to wait after so many failures: 1 s, 2 s, 4 s, ...
    fn wait(self, failures: u32) -> i64 {
        match failures.checked_sub(self.free) {
            None => 0,
            Some(doublings) => (SECOND << doublings.min(20)).min(self.wait_max),
        }
    }
}

#[derive(Clone, Copy)]
struct Failures {
    number: u32,
    last: Timestamp,
}

/// How many seconds to wait, at least 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wait(pub u64);

/// Who failed how often. One for each node.
#[derive(Default)]
pub struct Throttle(Mutex<Tables>);

#[derive(Default)]
struct Tables {
    names: FxHashMap<String, Failures>,
    addresses: FxHashMap<IpAddr, Failures>,
}

impl Throttle {
    /// Begins an attempt for a name, as it is looked for, from an address.
    ///
    /// # Errors
    /// [`Wait`] when it is too early; the attempt does not count then.
    pub fn begin(&self, name: &str, address: IpAddr, now: Timestamp) -> Result<(), Wait> {
        let mut tables = self.tables();
        let address = network(address);
        let wait = left(&tables.names, name, NAMES, now).max(left(&tables.addresses, &address, ADDRESSES, now));
        if wait > 0 {
            return Err(Wait(wait.unsigned_abs().div_ceil(SECOND.unsigned_abs())));
        }
        count(&mut tables.names, name.to_owned(), now);
        count(&mut tables.addresses, address, now);
        Ok(())
    }

    /// The password was right: the name has a clean sheet, and the address one failure less. Not none: anybody with a
    /// login of their own could try those of others for ever.
    pub fn forgive(&self, name: &str, address: IpAddr) {
        let mut tables = self.tables();
        tables.names.remove(name);
        self::forgive(&mut tables.addresses, network(address));
    }

    /// The attempt came to nothing for reasons of the server's.
    pub fn take_back(&self, name: &str, address: IpAddr) {
        let mut tables = self.tables();
        self::forgive(&mut tables.names, name.to_owned());
        self::forgive(&mut tables.addresses, network(address));
    }

    fn tables(&self) -> std::sync::MutexGuard<'_, Tables> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A client with an IPv6 address has 2^64 of them.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => address.into(),
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            std::net::Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0).into()
        }
    }
}

/// How long there is to wait, in microseconds.
fn left<K, Q>(table: &FxHashMap<K, Failures>, who: &Q, rule: Rule, now: Timestamp) -> i64
where
    K: Hash + Eq + std::borrow::Borrow<Q>,
    Q: Hash + Eq + ?Sized,
{
    table.get(who).map_or(0, |failures| failures.last.0 + rule.wait(failures.number) - now.0).max(0)
}

fn count<K: Hash + Eq + Clone>(table: &mut FxHashMap<K, Failures>, who: K, now: Timestamp) {
    if table.len() >= REMEMBERED_MAX && !table.contains_key(&who) {
        make_room(table);
    }
    let failures = table.entry(who).or_insert(Failures { number: 0, last: now });
    if now.0 - failures.last.0 >= FORGOTTEN_AFTER {
        failures.number = 0;
    }
    *failures = Failures { number: failures.number.saturating_add(1), last: now };
}

/// A scan, beside a hash that takes a thousand times as long.
fn make_room<K: Hash + Eq + Clone>(table: &mut FxHashMap<K, Failures>) {
    let oldest = table.iter().min_by_key(|(_, failures)| failures.last).map(|(who, _)| who.clone());
    if let Some(oldest) = oldest {
        table.remove(&oldest);
    }
}

fn forgive<K: Hash + Eq>(table: &mut FxHashMap<K, Failures>, who: K) {
    if let std::collections::hash_map::Entry::Occupied(mut entry) = table.entry(who) {
        match entry.get().number {
            0 | 1 => _ = entry.remove(),
            number => entry.get_mut().number = number - 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOME: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);

    fn at(seconds: i64) -> Timestamp {
        Timestamp(seconds * SECOND)
    }

    #[test]
    fn each_failure_doubles_the_wait_up_to_a_minute_for_a_name() {
        let throttle = Throttle::default();
        let mut now = 0;
        for _ in 0..5 {
            throttle.begin("maria", HOME, at(now)).unwrap();
        }
        for wait in [1, 2, 4, 8, 16, 32, 60, 60] {
            assert_eq!(throttle.begin("maria", HOME, at(now)), Err(Wait(wait)));
            assert_eq!(throttle.begin("maria", HOME, at(now + i64::from(wait as u32) - 1)), Err(Wait(1)));
            now += i64::from(wait as u32);
            throttle.begin("maria", HOME, at(now)).unwrap();
        }
        throttle.begin("boris", HOME, at(now)).unwrap();
    }

    #[test]
    fn an_address_that_tries_many_names_waits_too() {
        let throttle = Throttle::default();
        let tried = (0..1_000).take_while(|n| throttle.begin(&format!("name {n}"), HOME, at(0)).is_ok()).count();
        assert_eq!(tried, 20);
        let elsewhere: IpAddr = "192.0.2.1".parse().unwrap();
        throttle.begin("name 1", elsewhere, at(0)).unwrap();
        throttle.begin("name 1", HOME, at(3_600)).unwrap();
    }

    #[test]
    fn a_network_of_ipv6_is_one_address() {
        let ip = |text: &str| network(text.parse().unwrap());
        assert_eq!(ip("2001:db8::1"), ip("2001:db8::ffff:1"));
        assert_ne!(ip("2001:db8::1"), ip("2001:db8:0:1::1"));
        assert_eq!(ip("::ffff:127.0.0.1"), HOME);
    }

    #[test]
    fn the_right_password_clears_the_name_and_not_the_address() {
        let throttle = Throttle::default();
        for _ in 0..19 {
            throttle.begin("somebody else", HOME, at(0)).ok();
            throttle.begin("maria", HOME, at(0)).ok();
            throttle.forgive("maria", HOME);
        }
        assert_eq!(throttle.begin("somebody else", HOME, at(0)), Err(Wait(1)));
        for _ in 0..20 {
            throttle.begin("a", HOME, at(0)).ok();
            throttle.begin("b", HOME, at(0)).ok();
            throttle.begin("c", HOME, at(0)).ok();
            throttle.begin("d", HOME, at(0)).ok();
        }
        throttle.forgive("a", HOME);
        throttle.begin("e", HOME, at(0)).unwrap();
        assert!(throttle.begin("f", HOME, at(0)).is_err());
    }

    #[test]
    fn what_is_remembered_is_bounded() {
        let throttle = Throttle::default();
        for n in 0..REMEMBERED_MAX as u32 * 2 {
            let address = IpAddr::V4(std::net::Ipv4Addr::from_bits(n));
            throttle.begin(&format!("name {n}"), address, Timestamp(i64::from(n))).unwrap();
        }
        let tables = throttle.tables();
        assert_eq!((tables.names.len(), tables.addresses.len()), (REMEMBERED_MAX, REMEMBERED_MAX));
        assert!(tables.names.contains_key("name 8191") && !tables.names.contains_key("name 0"));
    }
}
