//! How many requests a second a key or a person may send. Each has a bucket of one second's requests that fills up
//! evenly (the cell rate algorithm of ITU-T I.371, by the crate `governor`), in the memory of this node: where several
//! serve, each counts what it answers. Nobody has a bucket who has not shown a good key or session, so there are no
//! more of them than there are keys and people.

use crate::problem::{Problem, kinds};
use axum::http::header::RETRY_AFTER;
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use governor::clock::{Clock, DefaultClock};
use governor::middleware::StateInformationMiddleware;
use governor::state::keyed::DashMapStateStore;
use governor::{Quota, RateLimiter};
use maitred_core::Actor;
use std::num::NonZeroU32;

/// How much is left (draft-ietf-httpapi-ratelimit-headers-10).
const RATE_LIMIT: HeaderName = HeaderName::from_static("ratelimit");
/// What is granted.
const RATE_LIMIT_POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");

type Buckets = RateLimiter<Actor, DashMapStateStore<Actor>, DefaultClock, StateInformationMiddleware>;

/// The buckets of all who call this node.
pub struct Rates {
    buckets: Option<Buckets>,
    policy: HeaderValue,
}

/// What a caller may still send, for the headers of the answer.
pub struct Left {
    policy: HeaderValue,
    requests: u32,
}

/// Why a request is not answered now.
pub struct TooMany {
    left: Left,
    wait_s: u64,
}

impl Rates {
    /// So many requests a second for each; without a number as many as they like.
    ///
    /// # Panics
    /// Never: a number is text that a header may have.
    #[must_use]
    pub fn new(per_second: Option<NonZeroU32>) -> Self {
        let buckets = per_second.map(|quota| RateLimiter::dashmap(Quota::per_second(quota)).with_middleware());
        let policy = format!("\"caller\";q={};w=1", per_second.map_or(0, NonZeroU32::get));
        let policy = HeaderValue::try_from(policy).expect("digits are visible ASCII");
        Self { buckets, policy }
    }

    /// Takes one request out of the bucket of a caller; nothing is told where there are no buckets.
    ///
    /// # Errors
    /// [`TooMany`] when it is empty.
    pub fn take(&self, actor: Actor) -> Result<Option<Left>, TooMany> {
        let Some(buckets) = &self.buckets else { return Ok(None) };
        let left = |requests| Left { policy: self.policy.clone(), requests };
        match buckets.check_key(&actor) {
            Ok(snapshot) => Ok(Some(left(snapshot.remaining_burst_capacity()))),
            Err(not_until) => {
                let wait = not_until.wait_time_from(DefaultClock::default().now());
                Err(TooMany { left: left(0), wait_s: wait.as_secs() + 1 })
            }
        }
    }
}

impl Left {
    /// Adds the headers.
    pub fn write(self, headers: &mut HeaderMap) {
        headers.insert(RATE_LIMIT_POLICY, self.policy);
        // Within a second the bucket is full again.
        if let Ok(left) = HeaderValue::try_from(format!("\"caller\";r={};t=1", self.requests)) {
            headers.insert(RATE_LIMIT, left);
        }
    }
}

impl TooMany {
    /// The answer to a caller over the limit.
    #[must_use]
    pub fn problem(&self) -> Problem {
        kinds::TOO_MANY_REQUESTS.because("too many requests per second; wait for Retry-After seconds, then try again")
    }

    /// When to come again, and how much there is.
    pub fn write(self, headers: &mut HeaderMap) {
        headers.insert(RETRY_AFTER, self.wait_s.into());
        self.left.write(headers);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use maitred_core::KeyId;

    #[test]
    fn each_caller_has_a_second_of_requests_at_once() {
        let rates = Rates::new(NonZeroU32::new(3));
        let took = |id| rates.take(Actor::Key(KeyId(id))).map(|left| left.expect("a bucket").requests);
        assert_eq!([took(1).ok(), took(1).ok(), took(1).ok()], [Some(2), Some(1), Some(0)]);
        let refused = took(1).expect_err("the bucket is empty");
        assert_eq!((refused.wait_s, refused.left.requests), (1, 0));
        assert_eq!(took(2).ok(), Some(2), "another caller has a limit of their own");
    }

    #[test]
    fn without_a_limit_nobody_is_counted() {
        let rates = Rates::new(None);
        assert!((0..10_000).all(|_| matches!(rates.take(Actor::Key(KeyId(1))), Ok(None))));
    }
}
