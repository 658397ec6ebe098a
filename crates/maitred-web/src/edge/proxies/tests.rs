//! Whom a request is taken to come from, with headers that proxies write and with headers that liars write.

use super::*;
use proptest::prelude::*;
use rstest::rstest;

const XFF: &str = "x-forwarded-for";
const FWD: &str = "forwarded";
const PROTO: &str = "x-forwarded-proto";

fn proxies() -> TrustedProxies {
    "10.0.0.0/8, 127.0.0.1,fd00::/8".parse().expect("networks")
}

fn ip(text: &str) -> IpAddr {
    text.parse().expect("an address")
}

fn headers(lines: &[(&str, &str)]) -> HeaderMap {
    let name = |name: &str| HeaderName::try_from(name).expect("a name");
    lines.iter().map(|(key, value)| (name(key), HeaderValue::from_str(value).expect("a value"))).collect()
}

fn client(peer: &str, lines: &[(&str, &str)]) -> String {
    proxies().client(ip(peer), false, &headers(lines)).address.to_string()
}

#[rstest]
#[case::without_headers(&[], "10.0.0.1")]
#[case::one_hop(&[(XFF, "192.0.2.1")], "192.0.2.1")]
#[case::what_the_client_wrote_is_left_of_it(&[(XFF, "1.1.1.1, 192.0.2.1")], "192.0.2.1")]
#[case::several_proxies(&[(XFF, "1.1.1.1,192.0.2.1 , 10.9.9.9")], "192.0.2.1")]
#[case::several_lines(&[(XFF, "1.1.1.1"), (XFF, "192.0.2.1"), (XFF, "10.0.0.2")], "192.0.2.1")]
#[case::a_client_within(&[(XFF, "10.5.5.5")], "10.5.5.5")]
#[case::a_client_within_that_lies(&[(XFF, "10.6.6.6, 10.5.5.5")], "10.6.6.6")]
#[case::a_port(&[(XFF, "192.0.2.1:4711")], "192.0.2.1")]
#[case::ipv6(&[(XFF, "2001:db8::1")], "2001:db8::1")]
#[case::ipv6_in_brackets(&[(XFF, "[2001:db8::1]:4711, [fd00::1]")], "2001:db8::1")]
#[case::ipv4_as_ipv6(&[(XFF, "::ffff:192.0.2.1")], "192.0.2.1")]
#[case::no_address(&[(XFF, "192.0.2.1, unknown")], "10.0.0.1")]
#[case::no_address_behind_a_proxy(&[(XFF, "192.0.2.1, ?!, 10.0.0.2")], "10.0.0.2")]
#[case::nothing(&[(XFF, "")], "10.0.0.1")]
#[case::a_comma_at_the_end(&[(XFF, "192.0.2.1,")], "10.0.0.1")]
#[case::forwarded(&[(FWD, "for=192.0.2.1;proto=https;by=10.0.0.1")], "192.0.2.1")]
#[case::forwarded_by_several(&[(FWD, "for=1.1.1.1, For=\"[2001:db8::1]:80\";proto=http,for=10.0.0.3")], "2001:db8::1")]
#[case::forwarded_without_a_name(&[(FWD, "for=_hidden")], "10.0.0.1")]
#[case::forwarded_twice_in_one(&[(FWD, "for=1.1.1.1;for=192.0.2.1")], "10.0.0.1")]
#[case::forwarded_with_a_quoted_comma(&[(FWD, "for=\"1.1.1.1, for=192.0.2.1\"")], "10.0.0.1")]
#[case::both_agree(&[(XFF, "192.0.2.1"), (FWD, "for=192.0.2.1")], "192.0.2.1")]
#[case::both_and_one_is_made_up(&[(XFF, "192.0.2.1"), (FWD, "for=1.1.1.1")], "10.0.0.1")]
#[case::both_and_one_knows_proxies_only(&[(XFF, "10.0.0.2"), (FWD, "for=192.0.2.1")], "192.0.2.1")]
#[case::both_and_the_other_does(&[(XFF, "192.0.2.1"), (FWD, "for=10.0.0.2")], "192.0.2.1")]
fn behind_a_trusted_proxy(#[case] lines: &[(&str, &str)], #[case] expected: &str) {
    assert_eq!(client("10.0.0.1", lines), expected);
    assert_eq!(client("198.51.100.7", lines), "198.51.100.7", "nobody else is believed");
}

#[test]
fn the_scheme_is_that_of_the_nearest_proxy() {
    let is_tls = |peer: &str, lines: &[(&str, &str)]| proxies().client(ip(peer), false, &headers(lines)).over_tls;
    assert!(is_tls("10.0.0.1", &[(PROTO, "https")]));
    assert!(is_tls("10.0.0.1", &[(PROTO, "HTTPS")]));
    assert!(is_tls("10.0.0.1", &[(FWD, "for=192.0.2.1;proto=https")]));
    assert!(!is_tls("10.0.0.1", &[(PROTO, "https, http")]));
    assert!(!is_tls("10.0.0.1", &[(PROTO, "http"), (FWD, "proto=https")]));
    assert!(!is_tls("198.51.100.7", &[(PROTO, "https")]));
    assert!(proxies().client(ip("198.51.100.7"), true, &headers(&[(PROTO, "http")])).over_tls);
    assert!(!proxies().client(ip("10.0.0.1"), true, &headers(&[(PROTO, "http")])).over_tls);
}

#[test]
fn the_name_is_taken_from_trusted_proxies_only() {
    let lines = headers(&[("x-forwarded-host", "evil.example, crm.example:8443")]);
    assert_eq!(proxies().host(ip("10.0.0.1"), &lines).expect("a name"), "crm.example:8443");
    assert_eq!(proxies().host(ip("198.51.100.7"), &lines), None);
    assert_eq!(proxies().host(ip("10.0.0.1"), &headers(&[])), None);
    assert_eq!(proxies().host(ip("10.0.0.1"), &headers(&[("x-forwarded-host", "")])), None);
}

#[test]
fn by_default_nobody_is_believed() {
    let lines = headers(&[(XFF, "192.0.2.1"), (FWD, "for=192.0.2.1"), (PROTO, "https")]);
    let client = TrustedProxies::default().client(ip("127.0.0.1"), false, &lines);
    assert_eq!(client, ClientAddress { address: ip("127.0.0.1"), over_tls: false });
}

#[rstest]
#[case("none", "none")]
#[case("127.0.0.1", "127.0.0.1/32")]
#[case("::1, 10.0.0.0/8", "::1/128,10.0.0.0/8")]
fn what_can_be_written(#[case] text: &str, #[case] shown: &str) {
    assert_eq!(text.parse::<TrustedProxies>().expect("networks").to_string(), shown);
}

#[rstest]
#[case("", "\"\" is not an address or a network such as 10.0.0.0/8")]
#[case("proxy.local", "\"proxy.local\" is not an address or a network such as 10.0.0.0/8")]
#[case("10.0.0.0/33", "\"10.0.0.0/33\" is not an address or a network such as 10.0.0.0/8")]
#[case("::ffff:10.0.0.0/104", "\"::ffff:10.0.0.0/104\" is not an address or a network such as 10.0.0.0/8")]
#[case(
    "0.0.0.0/0",
    "\"0.0.0.0/0\" would trust everybody; name the proxies, or anybody could claim to be somebody else"
)]
fn what_cannot(#[case] text: &str, #[case] why: &str) {
    assert_eq!(text.parse::<TrustedProxies>().expect_err("refused").to_string(), why);
}

#[test]
fn a_network_ends_where_it_ends() {
    let networks: TrustedProxies = "192.168.4.0/22,2001:db8::/33".parse().expect("networks");
    for (address, is_trusted) in [
        ("192.168.3.255", false),
        ("192.168.4.0", true),
        ("192.168.7.255", true),
        ("192.168.8.0", false),
        ("::ffff:192.168.5.5", true),
        ("2001:db8:7fff::1", true),
        ("2001:db8:8000::1", false),
    ] {
        assert_eq!(networks.trusts(ip(address)), is_trusted, "{address}");
    }
}

proptest! {
    /// Whatever a client sends in front, a proxy that appends its address makes it known.
    #[test]
    fn a_liar_behind_a_proxy_stays_who_they_are(
        lines in prop::collection::vec("[ -~]{0,60}", 0..4),
        address in any::<[u8; 4]>().prop_map(IpAddr::from),
    ) {
        prop_assume!(!proxies().trusts(address));
        let mut headers: HeaderMap =
            lines.iter().map(|line| (X_FORWARDED_FOR, HeaderValue::from_str(line).expect("printable"))).collect();
        headers.append(X_FORWARDED_FOR, address.to_string().parse().expect("an address"));
        prop_assert_eq!(proxies().client(ip("10.0.0.1"), false, &headers).address, address);
    }

    /// Whatever stands in all headers, somebody who is not trusted is nobody else, and nothing panics.
    #[test]
    fn headers_of_strangers_say_nothing(
        lines in prop::collection::vec((0..4usize, prop::collection::vec(1..=255u8, 0..60)), 0..8),
    ) {
        let names = [X_FORWARDED_FOR, FORWARDED, X_FORWARDED_PROTO, X_FORWARDED_HOST];
        let lines = lines.into_iter().filter_map(|(at, bytes)| {
            Some((names[at].clone(), HeaderValue::from_bytes(&bytes).ok()?))
        });
        let headers: HeaderMap = lines.collect();
        let client = proxies().client(ip("198.51.100.7"), false, &headers);
        prop_assert_eq!(client, ClientAddress { address: ip("198.51.100.7"), over_tls: false });
        let _ = proxies().client(ip("10.0.0.1"), false, &headers);
        let _ = proxies().host(ip("10.0.0.1"), &headers);
    }

    /// A client who forges the other header is at most taken for its own proxy, and never for a third.
    #[test]
    fn the_header_that_the_proxy_does_not_write_makes_nobody_else(lie in any::<[u8; 4]>().prop_map(IpAddr::from)) {
        let both = headers(&[(XFF, "192.0.2.1"), (FWD, &format!("for={lie}"))]);
        let seen = proxies().client(ip("10.0.0.1"), false, &both).address;
        prop_assert!(seen == ip("192.0.2.1") || seen == ip("10.0.0.1"), "{}", seen);
    }
}
