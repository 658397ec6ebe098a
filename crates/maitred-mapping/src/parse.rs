//! Bodies of requests as one tree of JSON, whatever they are written in. Nothing is refused: what cannot be read is a
//! text, and what is wrong with it is noted.
//!
//! The media type is a hint only. Senders leave it out or give a wrong one, so what the bytes look like decides.

use percent_encoding::percent_decode;
use serde_json::{Map, Value};
use std::borrow::Cow;

mod multipart;
mod unfold;

/// The deepest a tree may be.
pub const DEPTH_MAX: usize = 32;
/// The most values of a tree.
pub const NODES_MAX: usize = 50_000;
/// The most fields of a form.
pub const FIELDS_MAX: usize = 1_000;
/// What is kept of a body that cannot be read, in bytes.
pub const TEXT_BYTES_MAX: usize = 16_384;
/// Fields of a form that hold JSON as a text, for which the service has no better way.
const JSON_FIELDS: [&str; 1] = ["rawRequest"];

/// What was received.
#[derive(Clone, Debug, PartialEq)]
pub struct Received {
    /// An object if all is well; a text if it could not be read.
    pub tree: Value,
    pub format: Format,
    /// What is wrong with it, if anything is.
    pub note: Option<&'static str>,
}

/// How it was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    Empty,
    Json,
    Form,
    Multipart,
    /// None of these.
    Text,
}

/// Reads a body.
#[must_use]
pub fn parse(content_type: Option<&str>, body: &[u8]) -> Received {
    let content_type = content_type.unwrap_or_default();
    let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
    if let Some(boundary) = multipart::boundary(content_type, body) {
        let fields = multipart::fields(&boundary, body).map(|(name, value)| (decoded(content_type, &name), value));
        let fields = fields.map(|(name, value)| (name, value.into_tree(|text| decoded(content_type, text))));
        return form(Format::Multipart, fields);
    }
    let text = decoded(content_type, body);
    let start = text.trim_ascii();
    match start.as_bytes().first() {
        None => Received { tree: Value::Object(Map::new()), format: Format::Empty, note: Some("there is no body") },
        Some(b'{' | b'[') => json(start),
        Some(_) if is_form(content_type, start) => form(Format::Form, pairs(content_type, body)),
        Some(_) => text_only(start, "it is neither JSON nor a form"),
    }
}

fn is_form(content_type: &str, text: &str) -> bool {
    let is_named = content_type.to_ascii_lowercase().starts_with("application/x-www-form-urlencoded");
    is_named || (text.contains('=') && !text.bytes().any(|byte| byte.is_ascii_whitespace()))
}

fn json(text: &str) -> Received {
    if let Err(note) = measure(text) {
        return text_only(text, note);
    }
    match serde_json::from_str::<Value>(text) {
        Ok(tree) => Received { tree, format: Format::Json, note: None },
        Err(_) => text_only(text, "it begins like JSON and is none"),
    }
}

fn text_only(text: &str, note: &'static str) -> Received {
    let end = text.floor_char_boundary(TEXT_BYTES_MAX);
    Received { tree: Value::String(text[..end].to_owned()), format: Format::Text, note: Some(note) }
}

/// Counts what a text of JSON would be, without making any of it.
fn measure(text: &str) -> Result<(), &'static str> {
    let (mut depth, mut nodes, mut in_string, mut escaped) = (0_usize, 1_usize, false, false);
    for byte in text.bytes() {
        match (in_string, byte) {
            (true, _) if escaped => escaped = false,
            (true, b'\\') => escaped = true,
            (_, b'"') => in_string = !in_string,
            (true, _) => {}
            (false, b'{' | b'[') => (depth, nodes) = (depth + 1, nodes + 1),
            (false, b'}' | b']') => depth = depth.saturating_sub(1),
            (false, b',') => nodes += 1,
            (false, _) => {}
        }
        if depth > DEPTH_MAX {
            return Err("it is nested too deeply");
        }
        if nodes > NODES_MAX {
            return Err("it has too many values");
        }
    }
    Ok(())
}

/// The tree of a form's fields.
fn form(format: Format, fields: impl Iterator<Item = (String, Value)>) -> Received {
    let mut fields = fields.fuse();
    let taken = fields.by_ref().take(FIELDS_MAX).map(|(name, value)| {
        let value = if JSON_FIELDS.contains(&&*name) { unpacked(value) } else { value };
        (name, value)
    });
    let tree = unfold::unfold(taken);
    let note = fields.next().map(|_| "it has too many fields; the rest was left out");
    Received { tree, format, note }
}

/// The JSON that is in a text, if it is some.
fn unpacked(value: Value) -> Value {
    match value.as_str().map(|text| json(text.trim_ascii())) {
        Some(Received { format: Format::Json, tree, .. }) => tree,
        _ => value,
    }
}

/// Fields of `application/x-www-form-urlencoded`, as the URL standard reads them.
fn pairs<'a>(content_type: &'a str, body: &'a [u8]) -> impl Iterator<Item = (String, Value)> + 'a {
    let pairs = body.trim_ascii().split(|byte| *byte == b'&').filter(|pair| !pair.is_empty());
    pairs.map(move |pair| {
        let at = pair.iter().position(|byte| *byte == b'=').unwrap_or(pair.len());
        let (name, value) = (&pair[..at], pair.get(at + 1..).unwrap_or_default());
        let read = |text: &[u8]| {
            let spaced: Vec<u8> = text.iter().map(|byte| if *byte == b'+' { b' ' } else { *byte }).collect();
            decoded(content_type, &percent_decode(&spaced).collect::<Vec<_>>())
        };
        (read(name), Value::String(read(value)))
    })
}

/// Bytes as text: in the character set that is named, if there is one, else in UTF-8. What is wrong becomes U+FFFD.
fn decoded(content_type: &str, bytes: &[u8]) -> String {
    let charset = parameter(content_type, "charset");
    let encoding = charset.and_then(|name| encoding_rs::Encoding::for_label(name.as_bytes()));
    match encoding.filter(|it| *it != encoding_rs::UTF_8) {
        Some(encoding) => encoding.decode_without_bom_handling(bytes).0.into_owned(),
        None => String::from_utf8_lossy(bytes).into_owned(),
    }
}

/// A parameter of a media type.
fn parameter<'a>(content_type: &'a str, name: &str) -> Option<Cow<'a, str>> {
    content_type.split(';').skip(1).find_map(|part| {
        let (key, value) = part.split_once('=')?;
        let value = value.trim().trim_matches('"');
        key.trim().eq_ignore_ascii_case(name).then(|| value.into())
    })
}

#[cfg(test)]
mod tests;
