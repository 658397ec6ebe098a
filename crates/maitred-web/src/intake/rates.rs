//! How much may be sent to the addresses of sources: to each as many requests a second as a key may send; and of forms
//! so many from one network, which no person reaches. In the memory of this node, and bounded.

use crate::guard::client::client;
use crate::problem::{Problem, kinds};
use axum::extract::Request;
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use maitred_core::SourceId;
use std::net::{IpAddr, Ipv6Addr};
use std::num::NonZeroU32;
use std::sync::Arc;

/// Forms that one network may send in a second ...
pub const FORMS_PER_SECOND: u32 = 50;
/// ... and at once.
pub const FORMS_AT_ONCE: u32 = 500;
/// Networks that are remembered before those with a full allowance are forgotten.
const NETWORKS_MAX: usize = 4_096;

/// See the module: an extension of requests. Clones share it.
#[derive(Clone)]
pub struct IntakeRates(Arc<Buckets>);

struct Buckets {
    of_sources: Option<DefaultKeyedRateLimiter<SourceId>>,
    of_networks: DefaultKeyedRateLimiter<IpAddr>,
}

impl IntakeRates {
    /// So many requests a second for each source; without a number as many as come.
    ///
    /// # Panics
    /// Never: the constants are above zero.
    #[must_use]
    pub fn new(per_second: Option<NonZeroU32>) -> Self {
        let above_zero = |number| NonZeroU32::new(number).expect("it is above zero");
        let of_networks = Quota::per_second(above_zero(FORMS_PER_SECOND)).allow_burst(above_zero(FORMS_AT_ONCE));
        Self(Arc::new(Buckets {
            of_sources: per_second.map(|quota| RateLimiter::keyed(Quota::per_second(quota))),
            of_networks: RateLimiter::keyed(of_networks),
        }))
    }

    /// Counts a request.
    ///
    /// # Errors
    /// When there were too many.
    pub fn take(request: &Request, source: SourceId) -> Result<(), Problem> {
        let Some(Self(buckets)) = request.extensions().get::<Self>() else { return Ok(()) };
        let is_over = buckets.of_sources.as_ref().is_some_and(|it| it.check_key(&source).is_err());
        let is_form = request.uri().path().starts_with("/f/");
        if is_over || (is_form && buckets.is_network_over(client(request.extensions()).address)) {
            return Err(kinds::TOO_MANY_REQUESTS.because("too many requests per second; wait a second, then try again"));
        }
        Ok(())
    }
}

impl Buckets {
    fn is_network_over(&self, address: IpAddr) -> bool {
        if self.of_networks.len() > NETWORKS_MAX {
            self.of_networks.retain_recent();
        }
        self.of_networks.check_key(&network(address)).is_err()
    }
}

/// A client with one IPv6 address has 2^64 of them.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => Ipv6Addr::from(u128::from(v6) & (!0 << 64)).into(),
        v4 => v4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::Body;

    fn request(path: &str, rates: &IntakeRates) -> Request {
        let mut request = Request::builder().uri(path).body(Body::empty()).expect("a request");
        request.extensions_mut().insert(rates.clone());
        request
    }

    #[test]
    fn each_source_has_a_second_of_requests_at_once() {
        let rates = IntakeRates::new(NonZeroU32::new(2));
        let take = |source| IntakeRates::take(&request("/in/x", &rates), SourceId(source)).is_ok();
        assert_eq!([take(1), take(1), take(1), take(2)], [true, true, false, true]);
    }

    #[test]
    fn one_network_sends_no_more_forms_than_people_can_fill_in() {
        let rates = IntakeRates::new(None);
        let took = (0..FORMS_AT_ONCE * 2)
            .take_while(|_| IntakeRates::take(&request("/f/x", &rates), SourceId(1)).is_ok())
            .count();
        assert!((FORMS_AT_ONCE as usize..FORMS_AT_ONCE as usize + 100).contains(&took), "{took}");
        assert!(IntakeRates::take(&request("/in/x", &rates), SourceId(1)).is_ok(), "programs are counted otherwise");
    }
}
