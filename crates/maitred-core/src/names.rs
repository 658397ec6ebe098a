//! Names as people compare them, and characters of texts that are not seen.

/// A name without letter case, and with the two spellings of a Russian letter as one.
#[must_use]
pub fn folded(name: &str) -> String {
    name.to_lowercase().replace('ё', "е")
}

/// Whether a character is of the general category Cf (Unicode 16): soft hyphens, joiners, marks of direction, a byte
/// order mark. Such characters are not seen, and change how others look.
#[must_use]
pub const fn is_format(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{600}'..='\u{605}' | '\u{61c}' | '\u{6dd}' | '\u{70f}' | '\u{890}'..='\u{891}' | '\u{8e2}'
        | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2064}'
        | '\u{2066}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{110bd}' | '\u{110cd}'
        | '\u{13430}'..='\u{1343f}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0001}'
        | '\u{e0020}'..='\u{e007f}')
}
