//! Templates of the addresses at which people answer a lead, such as `tg://user?id={external_id}`: a setting of a
//! source. Here they are checked and taken apart; who shows a link fills in what is known of the lead.

use crate::limits::Invalid;
use crate::nouns::IdentityKind;
use std::sync::Arc;

/// The longest template, in characters.
pub const REPLY_URL_CHARS_MAX: usize = 500;
/// What a template may begin with, before `://`. A browser runs nothing at these.
const SCHEMES: [&str; 3] = ["https", "http", "tg"];
/// Besides white space and control characters, what stands in no URL (RFC 3986, 2).
const NOT_IN_URLS: &str = "\"<>\\^`|";

/// A part of a template.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Piece<'a> {
    Text(&'a str),
    /// The place of an identity of the lead: `{external_id}`, `{phone}` or `{email}`.
    Value(IdentityKind),
}

/// Takes a template apart; none if there is something else in braces.
#[must_use]
pub fn pieces(template: &str) -> Option<Vec<Piece<'_>>> {
    let mut pieces = Vec::new();
    let mut rest = template;
    while let Some((text, behind)) = rest.split_once('{') {
        let (word, behind) = behind.split_once('}')?;
        let kind = IdentityKind::ALL.into_iter().find(|kind| kind.as_str() == word)?;
        pieces.extend([Piece::Text(text), Piece::Value(kind)]);
        rest = behind;
    }
    pieces.push(Piece::Text(rest));
    let is_stray = |piece: &Piece<'_>| matches!(piece, Piece::Text(text) if text.contains('}'));
    (!pieces.iter().any(is_stray)).then_some(pieces)
}

/// Trims a template and checks it. What is filled in stands behind the host: no lead decides where a link leads to.
///
/// # Errors
/// [`Invalid`] when it is no such template.
pub fn reply_url(text: &str) -> Result<Arc<str>, Invalid> {
    let text = text.trim();
    let chars = text.chars().count();
    if chars > REPLY_URL_CHARS_MAX {
        return Err(Invalid(format!("has {chars} characters; give at most {REPLY_URL_CHARS_MAX}")));
    }
    if text.contains(|c: char| c.is_whitespace() || c.is_control() || NOT_IN_URLS.contains(c)) {
        return invalid("has a character that stands in no URL; percent-encode it");
    }
    let Some(pieces) = pieces(text) else {
        return invalid("has something in braces that is not {external_id}, {phone} or {email}");
    };
    let [Piece::Text(start), Piece::Value(_), ..] = pieces[..] else {
        return invalid("has no place for the lead; put {external_id}, {phone} or {email} into it");
    };
    if !has_scheme_and_host(start) {
        return invalid("does not begin with https://, http:// or tg://, a host, and / or ? before the first brace");
    }
    Ok(text.into())
}

fn has_scheme_and_host(start: &str) -> bool {
    let Some((scheme, behind)) = start.split_once("://") else { return false };
    let host = behind.find(['/', '?', '#']).map(|end| &behind[..end]);
    SCHEMES.iter().any(|known| scheme.eq_ignore_ascii_case(known))
        && host.is_some_and(|host| !host.is_empty() && !host.contains('@'))
}

fn invalid<T>(what: &str) -> Result<T, Invalid> {
    Err(Invalid(what.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_template_leads_to_one_host_and_has_a_place_for_the_lead() {
        let fine = [
            "https://t.me/{external_id}",
            " HTTP://crm.example:8080/a?b={phone}&c={email}#d ",
            "tg://user?id={external_id}",
            "https://[::1]/{phone}",
        ];
        let refused = [
            "",
            "https://t.me/",
            "https://t.me/{name}",
            "https://t.me/{phone",
            "https://t.me/phone}{phone}",
            "https://t.me/}",
            "https://{external_id}/",
            "https://t.me{external_id}/",
            "https://t.me@{external_id}/",
            "https://known.example@elsewhere.example/{phone}",
            "https:///{phone}",
            "https:\\\\t.me/{phone}",
            "javascript://a/%0Aalert({phone})",
            "javascript:alert({phone})",
            "data:text/html,{phone}",
            "//t.me/{phone}",
            "https://t.me/a b/{phone}",
            "https://t.me/\"{phone}",
        ];
        for text in fine {
            assert_eq!(reply_url(text).as_deref(), Ok(text.trim()));
        }
        for text in refused {
            assert!(reply_url(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_template_has_its_greatest_length() {
        let of = |chars: usize| format!("{:a<rest$}{{phone}}", "https://t.me/", rest = chars - 7);
        assert!(reply_url(&of(REPLY_URL_CHARS_MAX)).is_ok());
        assert!(reply_url(&of(REPLY_URL_CHARS_MAX + 1)).is_err());
    }

    #[test]
    fn a_template_is_taken_apart_in_order() {
        let expected = [
            Piece::Text("tg://a?b="),
            Piece::Value(IdentityKind::Phone),
            Piece::Text(""),
            Piece::Value(IdentityKind::Email),
            Piece::Text("c"),
        ];
        assert_eq!(pieces("tg://a?b={phone}{email}c"), Some(expected.to_vec()));
    }
}
