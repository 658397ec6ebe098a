//! Requests that a page of another site has a browser send. A form needs nobody's leave to post anywhere, and some
//! calls need no body, so anybody who can reach this server could be made to act on it by a page they only look at.
//! What changes something is therefore taken from our own pages only, as far as it comes from a browser: these say in
//! `Sec-Fetch-Site` or `Origin` where a request comes from, and programs send neither.

use crate::problem::kinds;
use axum::response::{IntoResponse, Response};
use tower_http::csrf::{CsrfLayer, ProtectionError};

/// Refuses what comes from another site and is more than reading.
pub fn same_origin() -> CsrfLayer<fn(ProtectionError) -> Response> {
    CsrfLayer::new().with_rejection_response(refused)
}

fn refused(_: ProtectionError) -> Response {
    let detail = "a page of another site sent this, and only pages of this server may; a proxy in between has to pass \
                  the Host header on as it is";
    kinds::CROSS_SITE.because(detail).into_response()
}
