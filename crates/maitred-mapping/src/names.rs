//! Fields that are recognised by their names alone, in English and Russian: what forms call them that nobody set up.
//! A name is compared without letter case, spaces and punctuation, so `Your-Name` is `yourname`.

use crate::fields::{Mapped, Target, plain};
use serde_json::Value;

/// The deepest that names are looked for.
const DEPTH_MAX: usize = 4;
/// The most values that are looked at.
const VALUES_MAX: usize = 500;

/// A field, and the names of it, the more telling ones first.
type Names = (Target, &'static [&'static str]);

const KNOWN: [Names; 6] = [
    (
        Target::Phone,
        &[
            "phone",
            "leadphone",
            "tel",
            "telephone",
            "phonenumber",
            "mobile",
            "mobilephone",
            "yourphone",
            "userphone",
            "clientphone",
            "contactphone",
            "phoneraw",
            "телефон",
            "номертелефона",
            "ваштелефон",
            "контактныйтелефон",
            "мобильный",
            "мобильныйтелефон",
            "whatsapp",
        ],
    ),
    (
        Target::Email,
        &[
            "email",
            "leademail",
            "mail",
            "emailaddress",
            "youremail",
            "useremail",
            "clientemail",
            "contactemail",
            "почта",
            "электроннаяпочта",
            "имейл",
            "емейл",
            "вашemail",
        ],
    ),
    (
        Target::Name,
        &[
            "name",
            "leadname",
            "fullname",
            "yourname",
            "username",
            "clientname",
            "contactname",
            "имя",
            "фио",
            "вашеимя",
            "имяифамилия",
            "фамилияиимя",
            "какваcзовут",
            "каквасзовут",
            "firstname",
            "fio",
        ],
    ),
    (
        Target::Message,
        &[
            "message",
            "text",
            "comment",
            "comments",
            "question",
            "yourmessage",
            "textarea",
            "msg",
            "note",
            "request",
            "сообщение",
            "комментарий",
            "вопрос",
            "текст",
            "вашвопрос",
            "вашесообщение",
            "пожелания",
            "примечание",
        ],
    ),
    (Target::ExternalId, &["externalid", "leadexternalid", "clientid", "userid"]),
    (Target::EventId, &["sourceeventid", "eventid", "tranid", "submissionid", "responseid"]),
];

/// Names that belong to the form itself and tell nothing of a lead.
const CONTROL: [&str; 4] = ["_next", "_gotcha", "_t", "_lang"];

/// Whether a field belongs to the form and not to who filled it in.
#[must_use]
pub fn is_control(name: &str) -> bool {
    CONTROL.contains(&name)
}

/// Fills in what is still missing by the names of fields, and says which fields of the tree itself were taken.
pub(crate) fn recognise(tree: &Value, mapped: &mut Mapped) -> Vec<String> {
    let mut leaves = Vec::new();
    collect(tree, None, DEPTH_MAX, &mut leaves);
    let mut taken = Vec::new();
    for (target, names) in &KNOWN {
        let Some(place) = mapped.field(target).filter(|place| place.is_none()) else { continue };
        let best = leaves.iter().filter_map(|leaf| {
            let rank = names.iter().position(|name| *name == leaf.name)?;
            Some((rank, leaf, plain(leaf.value)?))
        });
        if let Some((_, leaf, text)) = best.min_by_key(|(rank, ..)| *rank) {
            *place = Some(text);
            taken.push(leaf.top.to_owned());
        }
    }
    taken.extend(last_name(&leaves, mapped));
    taken.extend(by_value(&leaves, mapped));
    // Of a field that holds others the rest is kept.
    taken.retain(|top| tree.get(top).is_some_and(|value| !value.is_object() && !value.is_array()));
    taken
}

/// The JSONPaths of values in a tree, each with its value as a text, for people to choose from.
#[must_use]
pub fn paths(tree: &Value, most: usize) -> Vec<(String, String)> {
    let mut found = Vec::new();
    find_paths(tree, "$", PATHS_DEPTH_MAX, most, &mut found);
    found
}

/// The deepest that paths are offered of.
const PATHS_DEPTH_MAX: usize = 8;

fn find_paths(tree: &Value, path: &str, depth: usize, most: usize, found: &mut Vec<(String, String)>) {
    let inner = |name: &str| match name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') {
        true if !name.is_empty() && !name.starts_with(|c: char| c.is_ascii_digit()) => format!("{path}.{name}"),
        _ => format!("{path}['{}']", name.replace('\\', "\\\\").replace('\'', "\\'")),
    };
    match tree {
        _ if found.len() >= most => {}
        Value::Object(fields) if depth > 0 => {
            fields.iter().for_each(|(name, value)| find_paths(value, &inner(name), depth - 1, most, found));
        }
        Value::Array(all) if depth > 0 => {
            let entries = all.iter().enumerate().take(most);
            entries.for_each(|(at, value)| find_paths(value, &format!("{path}[{at}]"), depth - 1, most, found));
        }
        leaf => found.extend(plain(leaf).map(|text| (path.to_owned(), text))),
    }
}

/// A value with its name, as it is compared, and the field of the tree itself that it is in.
struct Leaf<'tree> {
    name: String,
    top: &'tree str,
    value: &'tree Value,
}

fn collect<'tree>(tree: &'tree Value, top: Option<&'tree str>, depth: usize, leaves: &mut Vec<Leaf<'tree>>) {
    let Value::Object(fields) = tree else { return };
    for (name, value) in fields {
        if leaves.len() >= VALUES_MAX {
            return;
        }
        let top = top.unwrap_or(name);
        match value {
            Value::Object(_) if depth > 1 => collect(value, Some(top), depth - 1, leaves),
            Value::Object(_) | Value::Null => {}
            _ => leaves.push(Leaf { name: compared(name), top, value }),
        }
    }
}

fn compared(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// Adds a last name to a first one that came apart from it.
fn last_name(leaves: &[Leaf<'_>], mapped: &mut Mapped) -> Option<String> {
    let find = |names: &[&str]| leaves.iter().find(|leaf| names.contains(&&*leaf.name));
    let first = find(&["firstname", "имя", "name"])?;
    let last = find(&["lastname", "surname", "фамилия"])?;
    let (known, last_text) = (mapped.name.as_mut()?, plain(last.value)?);
    if plain(first.value).as_ref() != Some(known) {
        return None;
    }
    *known = format!("{known} {last_text}");
    Some(last.top.to_owned())
}

/// E-mail addresses and phones show what they are even under a name such as `field_3`.
fn by_value(leaves: &[Leaf<'_>], mapped: &mut Mapped) -> Vec<String> {
    let mut taken = Vec::new();
    let (email, phone): (Looks, Looks) = (looks_like_email, looks_like_phone);
    let kinds = [(&mut mapped.email, email), (&mut mapped.phone, phone)];
    for (place, looks_like) in kinds.into_iter().filter(|(place, _)| place.is_none()) {
        let found = leaves.iter().find(|leaf| leaf.value.as_str().is_some_and(|text| looks_like(text.trim())));
        if let Some(leaf) = found {
            *place = plain(leaf.value);
            taken.push(leaf.top.to_owned());
        }
    }
    taken
}

/// Whether a text is of a kind.
type Looks = fn(&str) -> bool;

fn looks_like_email(text: &str) -> bool {
    let parts =
        text.split_once('@').filter(|(user, host)| !user.is_empty() && host.contains('.') && !host.contains('@'));
    parts.is_some() && text.len() <= 254 && !text.contains(|c: char| c.is_whitespace() || matches!(c, '/' | ',' | '<'))
}

/// Only with a plus: any other number may be an amount or an id.
fn looks_like_phone(text: &str) -> bool {
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    let is_plain = text.strip_prefix('+').is_some_and(|rest| {
        rest.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b' ' | b'-' | b'(' | b')'))
    });
    is_plain && (10..=15).contains(&digits)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::path::Path;
    use serde_json::json;

    #[test]
    fn paths_lead_to_their_values() {
        let tree = json!({"a": {"b": [1, {"c d": "x"}]}, "it's": "y", "тел": "z", "no": null});
        let found = paths(&tree, 10);
        let texts: Vec<&str> = found.iter().map(|(path, _)| &**path).collect();
        assert_eq!(texts, ["$.a.b[0]", "$.a.b[1]['c d']", "$['it\\'s']", "$['тел']"]);
        for (path, text) in found {
            let values =
                Path::new(&path).expect("a path").values(&tree).into_iter().filter_map(plain).collect::<Vec<_>>();
            assert_eq!(values, [text]);
        }
        assert_eq!(paths(&tree, 2).len(), 2);
    }
}
