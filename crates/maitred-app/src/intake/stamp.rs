//! Signs that a form was filled in by a program: a field that people do not see, and a stamp of when the form was
//! shown. They mark, they do not refuse: what looks like spam is kept, and somebody can accept it.
//!
//! A stamp is `seconds.nonce.signature`. Two requests with one stamp and the same fields are one: somebody pressed
//! twice. A form without a stamp, on a page of somebody's own, is not suspicious for that.

use crate::intakes::OpenIntake;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use maitred_core::Timestamp;
use maitred_mapping::signature::{hmac, same};
use serde_json::Value;

/// The field that only programs fill in.
pub const HONEYPOT: &str = "_gotcha";
/// The field of the stamp.
pub const STAMP: &str = "_t";
/// Nobody fills in a form within fewer seconds.
pub const SECONDS_MIN: i64 = 2;
/// A form that is sent after more seconds was copied somewhere.
pub const SECONDS_MAX: i64 = 86_400;

/// Why a form looks like spam: the hidden field ...
pub const HIDDEN_FIELD: &str = "a field was filled in that people do not see";
/// ... the stamp is somebody else's ...
pub const FOREIGN_STAMP: &str = "its stamp was not made by this server";
/// ... it came too soon ...
pub const TOO_FAST: &str = "it was filled in within two seconds";
/// ... or too late.
pub const TOO_OLD: &str = "it was shown more than a day before";

/// The stamp of a form that is shown now; `nonce` is not used twice. None if the intake has no secret to sign with.
#[must_use]
pub fn new(intake: &OpenIntake, now: Timestamp, nonce: [u8; 9]) -> Option<String> {
    let secret = intake.secret.as_deref()?;
    let signed = format!("{}.{}", now.0 / 1_000_000, URL_SAFE_NO_PAD.encode(nonce));
    Some(format!("{signed}.{}", signature(secret, &signed)))
}

fn signature(secret: &str, signed: &str) -> String {
    URL_SAFE_NO_PAD.encode(&hmac(secret, format!("maitred form 1\n{signed}").as_bytes())[..16])
}

/// Why a form looks like spam, if it does.
pub(super) fn spam(intake: &OpenIntake, tree: &Value, now: Timestamp) -> Option<&'static str> {
    let text = |name: &str| tree.get(name).and_then(Value::as_str).filter(|text| !text.trim().is_empty());
    if text(HONEYPOT).is_some() {
        return Some(HIDDEN_FIELD);
    }
    let (secret, stamp) = (intake.secret.as_deref().filter(|_| intake.settings.has_form)?, text(STAMP)?);
    match age_s(secret, stamp, now) {
        None => Some(FOREIGN_STAMP),
        Some(age) if age < SECONDS_MIN => Some(TOO_FAST),
        Some(age) if age > SECONDS_MAX => Some(TOO_OLD),
        Some(_) => None,
    }
}

/// How many seconds ago a stamp was made, if it is ours.
fn age_s(secret: &str, stamp: &str, now: Timestamp) -> Option<i64> {
    let (signed, sent) = stamp.rsplit_once('.')?;
    let is_ours = same(sent.as_bytes(), signature(secret, signed).as_bytes());
    let seconds: i64 = signed.split_once('.')?.0.parse().ok()?;
    is_ours.then(|| now.0 / 1_000_000 - seconds)
}
