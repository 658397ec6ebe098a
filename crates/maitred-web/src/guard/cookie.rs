//! The cookie of a session. Over an encrypted connection its name begins with `__Host-`, which a browser takes from
//! this host only and for no other path, and it is sent over such connections only.
//!
//! `SameSite=Lax`: a link in a mail leads to the page and not to the login, and forms of other sites come without it.
//! What changes something is held to more than that, see [`crate::guard::Guard`].

use crate::problem::Problem;
use axum::http::header::COOKIE;
use axum::http::{HeaderMap, HeaderValue};
use maitred_app::auth::Secret;
use maitred_store::accounts::LASTS_MICROS;

const PLAIN: &str = "maitred-session";
const SECURE: &str = "__Host-maitred-session";

/// What a request shows.
#[must_use]
pub fn shown(headers: &HeaderMap, is_secure: bool) -> Option<&str> {
    cookie(headers, name(is_secure))
}

/// Has a browser keep it.
///
/// # Errors
/// None in practice: a token is plain text.
pub fn given(secret: &Secret, is_secure: bool) -> Result<HeaderValue, Problem> {
    set(&secret.reveal(), LASTS_MICROS / 1_000_000, is_secure)
}

/// Has a browser forget it.
///
/// # Errors
/// As [`given`].
pub fn taken_back(is_secure: bool) -> Result<HeaderValue, Problem> {
    set("", 0, is_secure)
}

/// The value of the cookie with this name; of several, the first.
#[must_use]
pub fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let cookies = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
    let pairs = cookies.flat_map(|value| value.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.into_iter().find(|(key, _)| *key == name).map(|(_, value)| value)
}

const fn name(is_secure: bool) -> &'static str {
    if is_secure { SECURE } else { PLAIN }
}

fn set(value: &str, seconds: i64, is_secure: bool) -> Result<HeaderValue, Problem> {
    let secure = if is_secure { "; Secure" } else { "" };
    let name = name(is_secure);
    let cookie = format!("{name}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}");
    HeaderValue::try_from(cookie).map_err(|error| Problem::internal(&error))
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::header::COOKIE;

    #[test]
    fn a_cookie_is_for_this_host_and_for_no_script() {
        let secret = Secret::new().unwrap();
        let value = |is_secure| given(&secret, is_secure).unwrap().to_str().unwrap().to_owned();
        let text = secret.reveal();
        let attributes = "Path=/; Max-Age=2592000; HttpOnly; SameSite=Lax";
        assert_eq!(value(false), format!("maitred-session={text}; {attributes}"));
        assert_eq!(value(true), format!("__Host-maitred-session={text}; {attributes}; Secure"));
        assert!(taken_back(true).unwrap().to_str().unwrap().contains("Max-Age=0"));
    }

    #[test]
    fn an_encrypted_connection_takes_the_cookie_of_this_host_only() {
        let both = "lang=en; maitred-session=planted; __Host-maitred-session=ours";
        let headers = HeaderMap::from_iter([(COOKIE, HeaderValue::from_static(both))]);
        assert_eq!((shown(&headers, true), shown(&headers, false)), (Some("ours"), Some("planted")));
        assert_eq!(shown(&HeaderMap::new(), true), None);
    }
}
