//! Names as people compare them.

/// A name without letter case, and with the two spellings of a Russian letter as one.
#[must_use]
pub fn folded(name: &str) -> String {
    name.to_lowercase().replace('ё', "е")
}
