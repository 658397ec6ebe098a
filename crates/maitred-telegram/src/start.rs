//! What stands behind `/start`, from a link `https://t.me/BOT?start=PAYLOAD`: at most 64 characters of `A-Za-z0-9_-`.
//!
//! Where somebody came from does not fit into these as it is. So a link may have a query, such as
//! `utm_source=vk&utm_campaign=may`, in base64url: 48 bytes of it. Any other payload is kept as it is.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// The longest payload, in characters.
pub const PAYLOAD_CHARS_MAX: usize = 64;
/// Stands before the code by which an operator links their chat.
const CODE: &str = "op_";
/// What is read of a query.
const KNOWN: [&str; 6] = ["utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content", "utm_id"];

/// The link by which an operator opens the bot with a code.
#[must_use]
pub fn link_with_code(bot: &str, code: &str) -> String {
    format!("https://t.me/{bot}?start={CODE}{code}")
}

/// The link by which leads open the bot, with where they come from; none if that does not fit.
#[must_use]
pub fn link_with_utm(bot: &str, utm: &[(String, String)]) -> Option<String> {
    let payload = URL_SAFE_NO_PAD.encode(serde_urlencoded::to_string(utm).ok()?);
    (payload.len() <= PAYLOAD_CHARS_MAX).then(|| format!("https://t.me/{bot}?start={payload}"))
}

/// The code in a payload: with its mark, or bare as somebody typed it.
#[must_use]
pub fn code(payload: &str) -> &str {
    payload.strip_prefix(CODE).unwrap_or(payload)
}

/// Whether a payload says that it is a code.
#[must_use]
pub fn is_code(payload: &str) -> bool {
    payload.starts_with(CODE)
}

/// Where somebody came from, if the payload is such a query.
#[must_use]
pub fn utm(payload: &str) -> Vec<(String, String)> {
    let text = URL_SAFE_NO_PAD.decode(payload).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    let pairs: Vec<(String, String)> = text.and_then(|text| serde_urlencoded::from_str(&text).ok()).unwrap_or_default();
    pairs.into_iter().filter(|(name, value)| KNOWN.contains(&name.as_str()) && !value.is_empty()).collect()
}

/// What stands behind the command, if this is the command: `Some("")` behind a bare `/start`.
#[must_use]
pub fn payload(text: &str) -> Option<&str> {
    let (command, rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
    let command = command.split_once('@').map_or(command, |(command, _)| command);
    (command == "/start").then(|| rest.trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_somebody_came_from_goes_there_and_back() {
        let utm_of = |pairs: &[(&str, &str)]| -> Vec<(String, String)> {
            pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
        };
        let given = utm_of(&[("utm_source", "vk"), ("utm_campaign", "май")]);
        let link = link_with_utm("shop_bot", &given).unwrap();
        let (_, text) = link.split_once("?start=").unwrap();
        assert_eq!(utm(text), given);
        assert!(link_with_utm("shop_bot", &utm_of(&[("utm_campaign", &"x".repeat(60))])).is_none());
    }

    #[test]
    fn other_payloads_say_nothing_of_that() {
        for text in ["", "promo", "op_abc", "dXRt", &URL_SAFE_NO_PAD.encode("name=x&utm_source=")] {
            assert!(utm(text).is_empty(), "{text}");
        }
    }

    #[test]
    fn a_payload_stands_behind_the_command() {
        assert_eq!(payload("/start"), Some(""));
        assert_eq!(payload("/start@shop_bot op_x"), Some("op_x"));
        assert_eq!(payload("/started"), None);
        assert_eq!(payload("Hello /start"), None);
        assert_eq!((code("op_x"), code("x"), is_code("op_x"), is_code("x")), ("x", "x", true, false));
    }
}
