//! From where a request comes: the address that attempts to log in are counted for, and whether the way to the browser
//! is encrypted, so that a cookie may be held to that.

use crate::edge::ClientAddress;
use axum::extract::FromRequestParts;
use axum::http::Extensions;
use axum::http::request::Parts;
use std::convert::Infallible;
use std::net::{IpAddr, Ipv4Addr};

/// Who sent a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Client {
    /// The address of the client.
    pub address: IpAddr,
    /// Whether the request was encrypted on its way.
    pub is_secure: bool,
}

/// Who sent a request, as far as the server can vouch for it: see [`crate::edge`].
#[must_use]
pub fn client(extensions: &Extensions) -> Client {
    // A request without a socket is one of a test.
    let nobody = Client { address: IpAddr::V4(Ipv4Addr::UNSPECIFIED), is_secure: false };
    let known = extensions.get::<ClientAddress>();
    known.map_or(nobody, |known| Client { address: known.address, is_secure: known.over_tls })
}

impl<S: Sync> FromRequestParts<S> for Client {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(client(&parts.extensions))
    }
}
