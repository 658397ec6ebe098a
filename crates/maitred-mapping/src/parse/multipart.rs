//! Fields of `multipart/form-data` (RFC 7578) in a body that is in memory already. Of files only the names are kept.

use super::parameter;
use serde_json::{Value, json};

/// The most bytes of a part's headers that are looked at.
const HEADERS_BYTES_MAX: usize = 2_048;
/// The longest boundary (RFC 2046, 5.1.1).
const BOUNDARY_BYTES_MAX: usize = 70;

/// What a field holds.
pub(super) enum Content<'body> {
    Text(&'body [u8]),
    /// A file, by its name.
    File(&'body [u8]),
}

impl Content<'_> {
    pub(super) fn into_tree(self, read: impl Fn(&[u8]) -> String) -> Value {
        match self {
            Self::Text(text) => Value::String(read(text)),
            Self::File(name) => json!({"file": read(name)}),
        }
    }
}

/// The boundary of a body that is written in this way: the one that is named, or that it begins with.
pub(super) fn boundary(content_type: &str, body: &[u8]) -> Option<Vec<u8>> {
    let is_named = content_type.to_ascii_lowercase().starts_with("multipart/");
    let named = is_named.then(|| parameter(content_type, "boundary")).flatten();
    let found = named.map(|it| it.as_bytes().to_vec()).filter(|it| find(body, it).is_some());
    let first_line = || {
        let line = body.trim_ascii_start().strip_prefix(b"--")?;
        let end = line.iter().position(|byte| matches!(byte, b'\r' | b'\n'))?;
        let is_multipart = find(&line[..line.len().min(HEADERS_BYTES_MAX)], b"form-data").is_some();
        is_multipart.then(|| line[..end].to_vec())
    };
    found.or_else(first_line).filter(|it| (1..=BOUNDARY_BYTES_MAX).contains(&it.len()))
}

/// All fields in turn: the name as it was sent, and the content.
pub(super) fn fields<'body>(boundary: &[u8], body: &'body [u8]) -> impl Iterator<Item = (Vec<u8>, Content<'body>)> {
    let delimiter = [b"--", boundary].concat();
    let mut rest = find(body, &delimiter).map(|at| &body[at + delimiter.len()..]);
    let parts = std::iter::from_fn(move || {
        let part = rest.filter(|it| !it.starts_with(b"--"))?;
        let end = find(part, &delimiter);
        rest = end.map(|at| &part[at + delimiter.len()..]);
        Some(&part[..end.unwrap_or(part.len())])
    });
    parts.filter_map(field)
}

fn field(part: &[u8]) -> Option<(Vec<u8>, Content<'_>)> {
    let start = part.strip_prefix(b"\r\n").or_else(|| part.strip_prefix(b"\n"))?;
    let (headers, content) = split_at_blank_line(start)?;
    let name = quoted(headers, b"name=\"")?.to_vec();
    let content = content.strip_suffix(b"\r\n").or_else(|| content.strip_suffix(b"\n")).unwrap_or(content);
    let file = quoted(headers, b"filename=\"").map(Content::File);
    Some((name, file.unwrap_or(Content::Text(content))))
}

fn split_at_blank_line(part: &[u8]) -> Option<(&[u8], &[u8])> {
    let head = &part[..part.len().min(HEADERS_BYTES_MAX)];
    let [crlf, lf] = [(find(head, b"\r\n\r\n"), 4), (find(head, b"\n\n"), 2)].map(|(at, len)| at.map(|at| (at, len)));
    let (at, len) = [crlf, lf].into_iter().flatten().min()?;
    Some((&part[..at], &part[at + len..]))
}

/// What stands in quotes behind a key that begins a parameter.
fn quoted<'a>(headers: &'a [u8], key: &[u8]) -> Option<&'a [u8]> {
    let mut from = 0;
    while let Some(at) = find(&headers[from..], key).map(|at| from + at) {
        let begins = at == 0 || matches!(headers[at - 1], b' ' | b';' | b'\t');
        let value = &headers[at + key.len()..];
        if begins {
            return value.iter().position(|byte| *byte == b'"').map(|end| &value[..end]);
        }
        from = at + key.len();
    }
    None
}

/// Where some bytes begin in others.
fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    let first = wanted.first()?;
    let mut from = 0;
    while let Some(at) = bytes[from..].iter().position(|byte| byte == first).map(|at| from + at) {
        if bytes[at..].starts_with(wanted) {
            return Some(at);
        }
        from = at + 1;
    }
    None
}
