//! Settings that are addresses: of this server, of Telegram, and of the server for mail.

use super::setting::{SMTP_FROM, SMTP_URL};
use super::{Layer, find, read_given};
use maitred_app::intakes::settings::{ADDRESS_BYTES_MAX, origin};
use maitred_app::mail::SmtpUrl;
use maitred_core::limits::Invalid;
use std::sync::Arc;

pub(super) fn public_url(text: &str) -> Result<Arc<str>, Invalid> {
    let advice = "write one such as https://leads.example.com";
    let url = text.trim_end_matches('/');
    match origin(url) {
        Some(_) if !url.contains(['?', '#']) && url.len() <= ADDRESS_BYTES_MAX => Ok(url.into()),
        _ => Err(Invalid(format!("{text:?} is not an address with https or http; {advice}"))),
    }
}

pub(super) fn address(text: &str) -> Result<Arc<str>, Invalid> {
    let url = text.trim_end_matches('/');
    let host = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
    let is_address = |host: &str| !host.is_empty() && !host.contains(['?', '#', ' ']);
    match host.filter(|host| is_address(host)).and_then(|_| url.parse::<axum::http::Uri>().ok()) {
        Some(_) => Ok(url.into()),
        None => Err(Invalid(format!("{text:?} is not an address; write one such as https://leads.example.com"))),
    }
}

/// A server for mail is of no use without a sender.
pub(super) fn smtp_url(layers: &[Layer], problems: &mut Vec<String>) -> Option<SmtpUrl> {
    let url = read_given(layers, problems, SMTP_URL, SmtpUrl::parse);
    if let (Some((place, _)), None) = (find(layers, SMTP_URL), find(layers, SMTP_FROM)) {
        problems.push(format!("{place}: without a sender; give {} as well", SMTP_FROM.flag()));
    }
    url
}
