//! Style, script and icon of the console, compiled into the program. Their addresses hold a digest of what is in them,
//! so browsers keep them for ever and never show an old one; they are packed once, when first asked for.
//!
//! Style and script are each one file made of several, so that a page brings its own part without another request.

use axum::extract::Path;
use axum::http::header::{ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, VARY};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use sha2::{Digest, Sha256};
use std::io::Write;
use std::sync::LazyLock;

/// The whole system of type, spacing and colour, then each page's own; what fingers need goes beyond all of them.
const STYLE: &str = concat!(
    include_str!("shell/base.css"),
    include_str!("shell/parts.css"),
    include_str!("board/board.css"),
    include_str!("first_run/first_run.css"),
    include_str!("sources/sources.css"),
    include_str!("calendars/calendars.css"),
    include_str!("operators/operators.css"),
    include_str!("contacts/contacts.css"),
    include_str!("leads/leads.css"),
    include_str!("import/import.css"),
    include_str!("desk/desk.css"),
    include_str!("access/access.css"),
    include_str!("why_waiting/why_waiting.css"),
    include_str!("roster/roster.css"),
    include_str!("search/search.css"),
    include_str!("shell/touch.css"),
    include_str!("demo/demo.css"),
    include_str!("periods/periods.css"),
    include_str!("endpoints/endpoints.css"),
    include_str!("reports/reports.css"),
    include_str!("fairness/fairness.css"),
    include_str!("check/check.css"),
    include_str!("shell/wall.css"),
);
/// One module: what every page does, the stream, then each page's own.
const SCRIPT: &str = concat!(
    include_str!("assets/times.js"),
    include_str!("assets/away.js"),
    include_str!("assets/forms.js"),
    include_str!("assets/weights.js"),
    include_str!("assets/week.js"),
    include_str!("assets/month.js"),
    include_str!("assets/select.js"),
    include_str!("assets/morph.js"),
    include_str!("assets/push.js"),
    include_str!("assets/tell.js"),
    include_str!("assets/here.js"),
    include_str!("assets/live.js"),
    include_str!("assets/menus.js"),
    include_str!("assets/copy.js"),
    include_str!("assets/finder.js"),
);
const ICON: &str = include_str!("assets/icon.svg");
/// What shows notifications while no page is open. It has a fixed address, above all pages, and browsers look now and
/// then whether it changed.
const SERVICE_WORKER: &str = include_str!("assets/service_worker.js");
/// What makes a page an app on a phone; on some only such an app may notify.
const MANIFEST: &str = include_str!("assets/manifest.json");

const FOR_EVER: &str = "public, max-age=31536000, immutable";
/// Digits of the digest in an address.
const PRINT_CHARS: usize = 12;

struct Asset {
    /// The last part of its address.
    address: String,
    media_type: &'static str,
    plain: &'static str,
    packed: Bytes,
}

impl Asset {
    fn new(name: &str, end: &str, media_type: &'static str, plain: &'static str) -> Self {
        let address = format!("{name}.{}.{end}", print(plain));
        Self { address, media_type, plain, packed: packed(plain) }
    }

    fn reply(&self, headers: &HeaderMap) -> Response {
        let common = [(CONTENT_TYPE, self.media_type), (CACHE_CONTROL, FOR_EVER), (VARY, "Accept-Encoding")];
        match takes_gzip(headers) {
            true => (common, [(CONTENT_ENCODING, "gzip")], self.packed.clone()).into_response(),
            false => (common, self.plain).into_response(),
        }
    }
}

static ASSETS: LazyLock<[Asset; 3]> = LazyLock::new(|| {
    [
        Asset::new("console", "css", "text/css; charset=utf-8", STYLE),
        Asset::new("console", "js", "text/javascript; charset=utf-8", SCRIPT),
        Asset::new("icon", "svg", "image/svg+xml", ICON),
    ]
});

/// The address of the style sheet.
#[must_use]
pub fn style() -> &'static str {
    &ASSETS[0].address
}

/// The address of the script.
#[must_use]
pub fn script() -> &'static str {
    &ASSETS[1].address
}

/// The address of the icon.
#[must_use]
pub fn icon() -> &'static str {
    &ASSETS[2].address
}

/// `GET /push.js`.
pub(super) async fn service_worker() -> Response {
    ([(CONTENT_TYPE, "text/javascript; charset=utf-8"), (CACHE_CONTROL, "no-cache")], SERVICE_WORKER).into_response()
}

/// `GET /manifest.webmanifest`.
pub(super) async fn manifest() -> Response {
    let body = MANIFEST.replace("{icon}", icon());
    ([(CONTENT_TYPE, "application/manifest+json"), (CACHE_CONTROL, "no-cache")], body).into_response()
}

/// `GET /assets/{address}`.
pub(super) async fn serve(Path(address): Path<String>, headers: HeaderMap) -> Response {
    let found = ASSETS.iter().find(|asset| asset.address == address);
    found.map_or_else(|| StatusCode::NOT_FOUND.into_response(), |asset| asset.reply(&headers))
}

fn print(text: &str) -> String {
    let digest = Sha256::digest(text);
    digest.iter().map(|byte| format!("{byte:02x}")).collect::<String>()[..PRINT_CHARS].to_owned()
}

fn packed(text: &str) -> Bytes {
    let mut packer = GzEncoder::new(Vec::new(), Compression::best());
    // Writing to memory does not fail.
    let _ = packer.write_all(text.as_bytes());
    packer.finish().unwrap_or_default().into()
}

fn takes_gzip(headers: &HeaderMap) -> bool {
    headers.get(ACCEPT_ENCODING).and_then(|value| value.to_str().ok()).is_some_and(|value| value.contains("gzip"))
}
