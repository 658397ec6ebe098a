//! What nobody sees in a text: characters that only format, and spellings of one character.

use maitred_core::names::is_format;
use std::borrow::Cow;
use unicode_normalization::{UnicodeNormalization, is_nfc};

/// A text without format characters, in Unicode's normal form C, without white space around it.
pub(super) fn tidy(text: &str) -> Cow<'_, str> {
    let text = text.trim();
    if text.is_ascii() {
        return text.into();
    }
    let visible = without(text, is_format);
    let composed = if is_nfc(&visible) { visible } else { visible.nfc().collect::<String>().into() };
    match composed {
        Cow::Borrowed(text) => text.trim().into(),
        Cow::Owned(text) => text.trim().to_owned().into(),
    }
}

/// A text without the characters that only change how others look.
pub(super) fn without_format(text: &str) -> Cow<'_, str> {
    without(text, |c| is_format(c) || is_variation_selector(c))
}

fn without(text: &str, is_dropped: impl Fn(char) -> bool) -> Cow<'_, str> {
    if text.contains(&is_dropped) {
        text.chars().filter(|c| !is_dropped(*c)).collect::<String>().into()
    } else {
        text.into()
    }
}

const fn is_variation_selector(c: char) -> bool {
    matches!(c, '\u{fe00}'..='\u{fe0f}' | '\u{e0100}'..='\u{e01ef}')
}
