//! Email addresses: what people and programs put around one is taken off, several in one field are told apart.

use super::clean;
use email_address::EmailAddress;
use idna::AsciiDenyList;
use maitred_core::limits;

/// What stands around an address in sentences, lists and programs.
const AROUND: &[char] = &['.', ',', ';', ':', '!', '<', '>', '(', ')', '[', ']'];
const QUOTES: &[char] =
    &['"', '\'', '`', '«', '»', '“', '”', '„', '‟', '‘', '’', '‚', '‛', '‹', '›', '「', '」', '＂', '＇'];
/// A text is taken off something at most this often.
const LAYERS_MAX: usize = 16;

/// The addresses in a text in their comparable form, never none: what cannot be parsed is in lower case.
pub(super) fn all(raw: &str) -> Vec<String> {
    let first = several(raw);
    match &first[..] {
        // Without what stood around it, it may be several: read again, it has to be the same.
        [only] if only.matches('@').count() > 1 && only != raw => all(only),
        _ => first,
    }
}

fn several(raw: &str) -> Vec<String> {
    let text = clean::tidy(raw);
    if text.matches('@').count() < 2 {
        return vec![one(&text, raw)];
    }
    let is_between = |c: char| c.is_whitespace() || c == ',' || c == ';';
    let pieces: Vec<&str> = text.split(is_between).filter(|piece| piece.contains('@')).collect();
    let addresses: Option<Vec<String>> = pieces.iter().map(|piece| parsed(&bare(piece))).collect();
    match addresses {
        Some(mut addresses) if !addresses.is_empty() => {
            let mut seen = Vec::new();
            addresses.retain(|address| {
                !seen.contains(address) && {
                    seen.push(address.clone());
                    true
                }
            });
            addresses
        }
        _ => vec![one(&text, raw)],
    }
}

/// Whether a text can be nothing but one address as it stands.
pub(super) fn is_one(raw: &str) -> bool {
    !raw.contains('<') && parsed(raw.trim()).is_some()
}

/// An address as it stands in its comparable form; none if it is no address.
pub(super) fn exact(raw: &str) -> Option<String> {
    parsed(raw.trim())
}

fn one(text: &str, raw: &str) -> String {
    let bare = bare(text);
    parsed(&bare).unwrap_or_else(|| {
        let lower = clean::tidy(&bare.to_lowercase()).into_owned();
        // What grew too long when it was put into one form, or is empty, is kept as it was sent.
        if limits::identity(&lower).is_ok_and(|kept| kept == lower) { lower } else { raw.trim().to_owned() }
    })
}

/// A text without what stands around an address.
fn bare(text: &str) -> String {
    let mut text = text.to_owned();
    for _ in 0..LAYERS_MAX {
        let next = peeled(&text);
        if next == text {
            break;
        }
        text = next;
    }
    text
}

fn peeled(text: &str) -> String {
    let is_around = |c: char| c.is_whitespace() || AROUND.contains(&c);
    let mut inner = text.trim_matches(is_around);
    inner = inner.rsplit_once('<').map_or(inner, |(_, address)| address.split('>').next().unwrap_or(address));
    if inner.get(..7).is_some_and(|start| start.eq_ignore_ascii_case("mailto:")) {
        inner = inner[7..].split('?').next().unwrap_or_default();
    }
    // A quoted local part (RFC 5321) begins with a quote but does not end with one.
    if inner.starts_with(QUOTES) && inner.ends_with(QUOTES) {
        inner = inner.trim_matches(QUOTES);
    }
    match inner.rsplit_once('@') {
        Some((local, domain)) => format!("{}@{}", local.trim_end(), domain.trim_start()),
        None => inner.to_owned(),
    }
}

/// Lower-case, the domain as IDNA's ASCII form (UTS 46). RFC 5321 lets a host tell `Ivan` from `ivan`; hardly any does,
/// and people type both.
fn parsed(sent: &str) -> Option<String> {
    let (local, domain) = sent.rsplit_once('@')?;
    let domain = idna::domain_to_ascii_cow(domain.as_bytes(), AsciiDenyList::URL).ok()?;
    let mut address = local.to_lowercase();
    if !EmailAddress::is_valid_local_part(&address) || !EmailAddress::is_valid_domain(&domain) {
        return None;
    }
    address.push('@');
    address.push_str(&domain);
    Some(address)
}
