//! How far a fair draw may be from what it entitles to.

/// The part of fair draws that end up within the bounds, at least.
const WITHIN: f64 = 0.95;
/// So many standard deviations hold that part of a normal distribution.
const DEVIATIONS: f64 = 1.96;
/// Up to this mean the terms of the distribution are added up; above, it is as good as normal.
const MEAN_EXACT_MAX: f64 = 300.0;

/// How many of `contacts` somebody receives who is entitled to `entitled` of them: the least and the most, in 95 of 100
/// fair draws or more.
///
/// They are bounds of the binomial distribution for the average chance. Chances that differ from contact to contact
/// lead to a narrower distribution, with lighter tails on both sides (Hoeffding, On the distribution of the number of
/// successes in independent trials, 1956, theorem 4), so they hold for any mixture of weights, absences and limits.
#[must_use]
pub fn bounds(contacts: u64, entitled: f64) -> (u64, u64) {
    let n = contacts as f64;
    let mean = entitled.clamp(0.0, n);
    // The less likely side has few terms.
    if mean * 2.0 > n {
        let (low, high) = lower_half(contacts, n - mean);
        return (contacts - high, contacts - low);
    }
    lower_half(contacts, mean)
}

fn lower_half(contacts: u64, mean: f64) -> (u64, u64) {
    let n = contacts as f64;
    if mean > MEAN_EXACT_MAX {
        let reach = DEVIATIONS * (mean * (1.0 - mean / n)).sqrt();
        return ((mean - reach).floor().max(0.0) as u64, ((mean + reach).ceil() as u64).min(contacts));
    }
    let odds = mean / (n - mean).max(f64::MIN_POSITIVE);
    let mut term = (n * (-mean / n.max(1.0)).ln_1p()).exp();
    let (mut below, mut count, mut low) = (term, 0u64, None);
    let tail = (1.0 - WITHIN) / 2.0;
    while below < 1.0 - tail && count < contacts {
        if below > tail {
            low.get_or_insert(count);
        }
        term *= (n - count as f64) / (count as f64 + 1.0) * odds;
        below += term;
        count += 1;
    }
    (low.unwrap_or(count), count)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rstest::rstest;
    use statrs::distribution::{Binomial, DiscreteCDF};

    #[rstest]
    // Quantiles of R: qbinom(c(.025, .975), 20, 0.5), (100, 0.1), (10, 0.01), (1000, 0.5).
    #[case(20, 10.0, (6, 14))]
    #[case(100, 10.0, (5, 16))]
    #[case(10, 0.1, (0, 1))]
    #[case(100, 90.0, (84, 95))]
    #[case(0, 0.0, (0, 0))]
    #[case(7, 7.0, (7, 7))]
    #[case(1_000, 500.0, (469, 531))]
    fn bounds_are_quantiles_of_the_binomial_distribution(
        #[case] contacts: u64,
        #[case] entitled: f64,
        #[case] expected: (u64, u64),
    ) {
        assert_eq!(bounds(contacts, entitled), expected);
    }

    proptest! {
        #[test]
        fn no_more_than_a_fortieth_is_beyond_either_bound(contacts in 1u64..5_000, part in 0.0f64..=1.0) {
            let (low, high) = bounds(contacts, contacts as f64 * part);
            prop_assert!(low <= high && high <= contacts);
            let draw = Binomial::new(part, contacts).expect("a probability");
            let below = if low == 0 { 0.0 } else { draw.cdf(low - 1) };
            prop_assert!(below <= 0.0255 && draw.sf(high) <= 0.0255, "{} {}", below, draw.sf(high));
        }
    }
}
