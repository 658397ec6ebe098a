//! Mappings for services that many use. Each is a file of JSON in `presets/`, of the same kind as the mappings that
//! people make, with how its sender shows who they are.

use crate::mapping::Mapping;
use crate::signature::Check;
use serde::Deserialize;
use serde_json::Value;
use std::sync::LazyLock;

/// How requests of one service are read.
#[derive(Clone, Debug)]
pub struct Preset {
    /// As it is written in settings.
    pub id: Box<str>,
    /// As the service calls itself.
    pub name: Box<str>,
    /// Where its payload is described.
    pub documentation: Box<str>,
    pub mapping: Mapping,
    pub check: Check,
    /// Whether it first asks by a GET whether the address is one of ours, as Meta does.
    pub handshake: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    id: Box<str>,
    name: Box<str>,
    documentation: Box<str>,
    #[serde(default)]
    check: Check,
    #[serde(default)]
    handshake: bool,
    mapping: Value,
}

macro_rules! files {
    ($($name:literal)*) => { [$(include_str!(concat!("presets/", $name, ".json"))),*] };
}

static ALL: LazyLock<Vec<Preset>> = LazyLock::new(|| {
    files!["tilda" "google_ads" "meta_leads" "whatsapp" "tally" "typeform" "jotform" "jivosite" "amocrm" "bitrix24"]
        .into_iter()
        .map(|text| {
            let written: Written = serde_json::from_str(text).expect("a test reads every preset");
            let mapping = Mapping::read(&written.mapping).expect("a test reads every preset");
            let Written { id, name, documentation, check, handshake, .. } = written;
            Preset { id, name, documentation, mapping, check, handshake }
        })
        .collect()
});

impl Preset {
    /// All of them.
    #[must_use]
    pub fn all() -> &'static [Self] {
        &ALL
    }

    #[must_use]
    pub fn find(id: &str) -> Option<&'static Self> {
        Self::all().iter().find(|preset| *preset.id == *id)
    }
}

#[cfg(test)]
mod tests;
