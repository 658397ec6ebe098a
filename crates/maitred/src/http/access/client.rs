//! From where a request comes: the address that attempts to log in are counted for, and whether the way to the browser
//! is encrypted, so that a cookie may be held to that. [`crate::http::edge`] knows, and says so in an extension.

use crate::http::edge::ClientAddress;
use axum::extract::FromRequestParts;
use axum::http::Extensions;
use axum::http::request::Parts;
use std::convert::Infallible;
use std::net::{IpAddr, Ipv4Addr};

/// Who sent a request, as far as the server can vouch for it.
#[must_use]
pub fn client(extensions: &Extensions) -> ClientAddress {
    // A request without a socket is one of a test.
    let nowhere = ClientAddress { address: IpAddr::V4(Ipv4Addr::UNSPECIFIED), over_tls: false };
    extensions.get().copied().unwrap_or(nowhere)
}

impl<S: Sync> FromRequestParts<S> for ClientAddress {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(client(&parts.extensions))
    }
}
