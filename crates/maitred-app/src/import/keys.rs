//! Keys by which a row is known again, however long ago it was imported. Each is made of something the row says and of
//! how many rows of the file said the same before it, so that equal rows of one file stay contacts of their own.

use super::columns::{Columns, IDENTITIES};
use maitred_core::SourceId;
use maitred_core::command::Submit;
use maitred_core::idempotency::KeyDigest;
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::sync::Arc;
use unicode_normalization::UnicodeNormalization;

/// How often each content was seen in a file.
#[derive(Default)]
pub struct Seen(HashMap<KeyDigest, u32>);

impl Seen {
    /// Gives a submission the keys of its row. `kept_before` are the attributes without the columns that earlier
    /// versions left out.
    pub fn put_keys(&mut self, row: &Row<'_>, submit: Submit, kept_before: Option<&Arc<str>>) -> Submit {
        if let Some(event) = row.columns.cell("source_event_id", row.cells) {
            let key = digest("event", &serde_json::json!([row.source.0, nfc(event)]).to_string());
            return Submit { idempotency_key: Some(key), stands_alone: true, ..submit };
        }
        let means = content(&submit, submit.attributes.as_ref());
        let before = content(&submit, kept_before);
        let mut earlier: Vec<KeyDigest> = row.written_contact().map(|text| self.key("3", &text)).into_iter().collect();
        let means_key = self.key("1", &means);
        if before != means {
            earlier.push(self.key("1", &before));
        }
        let written = self.key("2", &row.written());
        Submit { idempotency_key: Some(written), known_as: vec![means_key], earlier, stands_alone: true, ..submit }
    }

    fn key(&mut self, version: &str, content: &str) -> KeyDigest {
        let content = digest(version, content);
        let before = self.0.entry(content).or_default();
        *before += 1;
        let mut key = content.to_vec();
        key.extend(before.to_le_bytes());
        shortened(&Sha256::digest(&key))
    }
}

/// A row as it stands in the file.
pub struct Row<'a> {
    pub source: SourceId,
    pub columns: &'a Columns,
    pub cells: &'a [String],
}

impl Row<'_> {
    /// All that is written in it, whatever the order of the columns.
    fn written(&self) -> String {
        let mut cells = self.columns.all_cells(self.cells);
        cells.sort_unstable();
        let cells: Vec<_> = cells.into_iter().map(|(name, text)| (name, nfc(text))).collect();
        serde_json::json!([self.source.0, cells]).to_string()
    }

    /// What is written of who it is from and what they say; none when it says nobody.
    fn written_contact(&self) -> Option<String> {
        let cell = |name| self.columns.cell(name, self.cells).map(nfc);
        let identities = IDENTITIES.map(cell);
        let says_somebody = identities.iter().any(Option::is_some);
        says_somebody.then(|| serde_json::json!([self.source.0, identities, cell("message")]).to_string())
    }
}

/// What a row means, in a form that stays: keys of imports long ago are made of it.
fn content(submit: &Submit, attributes: Option<&Arc<str>>) -> String {
    let mut identities: Vec<_> = submit.identities.iter().chain(&submit.unusable).collect();
    identities.sort_by_key(|identity| identity.kind);
    let identities: Vec<_> = identities.into_iter().map(|i| (i.kind.as_str(), i.value.to_string())).collect();
    let Submit { source, lead_name, message, priority, .. } = submit;
    let texts = [lead_name.as_deref(), message.as_deref(), attributes.map(|text| &**text)];
    serde_json::json!([source.0, identities, priority, texts]).to_string()
}

fn nfc(text: &str) -> String {
    text.nfc().collect()
}

fn digest(version: &str, text: &str) -> KeyDigest {
    shortened(&Sha256::digest(format!("maitred import {version}\n{text}")))
}

fn shortened(digest: &[u8]) -> KeyDigest {
    std::array::from_fn(|at| digest[at])
}
