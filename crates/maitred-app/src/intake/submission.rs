//! The contact that a mapping makes of a payload. Values are repaired and never refused, as those of
//! `POST /api/v1/contacts` are.

use super::stamp::STAMP;
use crate::identity::{self, PhoneRules};
use crate::intakes::OpenIntake;
use maitred_core::command::Submit;
use maitred_core::idempotency::KeyDigest;
use maitred_core::limits::{ATTRIBUTES_BYTES_MAX, repair};
use maitred_core::{PayloadId, SourceId};
use maitred_mapping::Mapped;
use maitred_store::clock;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};
use std::sync::Arc;

/// Parameters of a page's address that say where its reader comes from.
const CAMPAIGN: [&str; 4] = ["utm_", "gclid", "yclid", "fbclid"];
/// The longest of them, and of a page's address, in characters.
const PAGE_CHARS_MAX: usize = 1_024;

/// The contact in a payload, if anybody is found in it.
pub(super) fn submit(intake: &OpenIntake, item: &Value, page: Option<&str>, rules: PhoneRules) -> Option<Submit> {
    let mut mapped = intake.mapping().apply(item);
    if !mapped.is_contact() {
        return None;
    }
    page.into_iter().for_each(|page| add_page(&mut mapped.attributes, page));
    let source = intake.source;
    let identity = |text: &Option<String>| text.as_deref().and_then(|text| repair::identity(text).value);
    let given = [identity(&mapped.external_id), identity(&mapped.phone), identity(&mapped.email)];
    let collected = identity::collect_sent(&given, rules).unwrap_or_default();
    let known_as = event(source, &mapped, item).into_iter().collect();
    Some(collected.put_into(Submit {
        lead_name: mapped.name.as_deref().and_then(|name| repair::name(name).value),
        message: mapped.message.as_deref().map(|text| repair::message(text).value),
        priority: mapped.priority.as_deref().map_or(0, |text| repair::priority(text).value),
        not_before: mapped.not_before.as_deref().and_then(|text| {
            let at = clock::parse_rfc3339(text).ok()?;
            repair::not_before(at, clock::now()).value
        }),
        attributes: attributes(mapped.attributes),
        known_as,
        ..Submit::new(source, Vec::new())
    }))
}

/// What makes it the same event when it is sent again: the id that the sender gave it; or of a form its stamp, with all
/// that it says, for somebody may go back and correct what they wrote.
fn event(source: SourceId, mapped: &Mapped, item: &Value) -> Option<KeyDigest> {
    if let Some(id) = &mapped.event_id {
        return Some(digest_of_event(source, id));
    }
    item.get(STAMP)
        .map(|_| digest(&[b"maitred form 1\n", source.to_string().as_bytes(), b"\n", item.to_string().as_bytes()]))
}

/// The key of a contact that was made of an event with this id.
#[must_use]
pub fn digest_of_event(source: SourceId, id: &str) -> KeyDigest {
    digest(&[b"maitred intake 1\n", source.to_string().as_bytes(), b"\n", id.trim().as_bytes()])
}

/// The key of a contact that was made of a part of a payload that was kept.
pub(super) fn digest_of_payload(id: PayloadId, part: usize) -> KeyDigest {
    digest(&[b"maitred payload 1\n", id.to_string().as_bytes(), b"\n", part.to_string().as_bytes()])
}

fn digest(parts: &[&[u8]]) -> KeyDigest {
    let whole = parts.iter().fold(Sha256::new(), |digest, part| digest.chain_update(part)).finalize();
    std::array::from_fn(|at| whole[at])
}

/// Notes the page that a form was on, and the parameters of its address that say where its reader comes from.
fn add_page(attributes: &mut Map<String, Value>, page: &str) {
    let page: String = page.chars().take(PAGE_CHARS_MAX).collect();
    let (address, query) = page.split_once('?').unwrap_or((&page, ""));
    attributes.entry("page").or_insert_with(|| address.into());
    let query = query.split('#').next().unwrap_or_default();
    let received = maitred_mapping::parse::parse(Some("application/x-www-form-urlencoded"), query.as_bytes());
    for (name, value) in received.tree.as_object().into_iter().flatten() {
        if CAMPAIGN.iter().any(|known| name.starts_with(known)) && value.is_string() {
            attributes.entry(name.clone()).or_insert_with(|| value.clone());
        }
    }
}

/// The text of attributes within their limit: without the longest values if it takes more.
fn attributes(mut all: Map<String, Value>) -> Option<Arc<str>> {
    loop {
        let text = Value::Object(all.clone()).to_string();
        if text.len() <= ATTRIBUTES_BYTES_MAX {
            return (!all.is_empty()).then(|| text.into());
        }
        let longest = all.iter().max_by_key(|(name, value)| name.len() + value.to_string().len())?.0.clone();
        all.remove(&longest);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn attributes_that_take_too_much_lose_the_longest_values() {
        let Value::Object(all) = json!({"a": "x".repeat(20_000), "utm_source": "ya", "b": "y".repeat(10_000)}) else {
            unreachable!("it is an object")
        };
        let kept: Value = serde_json::from_str(&attributes(all).expect("some")).expect("JSON");
        assert_eq!(kept, json!({"utm_source": "ya", "b": "y".repeat(10_000)}));
        assert_eq!(attributes(Map::new()), None);
    }

    #[test]
    fn a_page_tells_where_its_reader_comes_from() {
        let mut attributes = Map::from_iter([("utm_source".to_owned(), json!("own"))]);
        add_page(&mut attributes, "https://x.ru/a?utm_source=ya&utm_term=%D0%B0&secret=1&gclid=g#top");
        let expected = json!({"page": "https://x.ru/a", "utm_source": "own", "utm_term": "а", "gclid": "g"});
        assert_eq!(Value::Object(attributes), expected);
    }
}
