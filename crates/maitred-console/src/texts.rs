//! What the console says, in English and Russian. The texts are Fluent files, `en.ftl` and `ru.ftl` in the
//! folder of each page, compiled into the program; plurals follow CLDR. A page asks by key: [`Texts::t`] without
//! values, [`Texts::n`] with a count, [`Texts::with`] with whatever the text names.
//!
//! A test compares the files with each other and with the keys that templates and code ask for, so a key that is not
//! there, or is not asked for any more, does not get past it.

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};
use std::borrow::Cow;
use std::fmt::Write;
use std::sync::LazyLock;
use unic_langid::LanguageIdentifier;

/// A language of the console.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Lang {
    /// English.
    #[default]
    En,
    /// Russian.
    Ru,
}

/// The files of a language, in the folders of their pages.
macro_rules! texts_of {
    ($($folder:literal)*) => {
        [[$(include_str!(concat!($folder, "/en.ftl"))),*], [$(include_str!(concat!($folder, "/ru.ftl"))),*]]
    };
}

/// By language, then by page. A new page adds its folder.
const FILES: [[&str; 27]; 2] = texts_of!(
    "shell" "forms" "board" "first_run" "operators" "calendars" "sources" "contacts" "contacts/decisions"
    "contacts/selected" "contacts/trace" "leads" "desk" "access" "why_waiting" "roster" "search" "demo" "import"
    "periods" "lead_form" "endpoints" "reports" "fairness" "telegram" "check" "notifications"
);

impl Lang {
    /// Every language, the one for strangers first.
    pub const ALL: [Self; 2] = [Self::En, Self::Ru];

    /// Its tag (BCP 47), as in `<html lang>` and the cookie.
    #[must_use]
    pub const fn tag(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::Ru => "ru",
        }
    }

    /// How those who speak it call it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::En => "English",
            Self::Ru => "Русский",
        }
    }

    /// The language with this tag, whatever its region.
    #[must_use]
    pub fn from_tag(tag: &str) -> Option<Self> {
        let primary = tag.trim().split('-').next().unwrap_or_default();
        Self::ALL.into_iter().find(|lang| lang.tag().eq_ignore_ascii_case(primary))
    }

    /// The one that a value of `Accept-Language` (RFC 9110, 12.5.4) prefers; the first of equals.
    #[must_use]
    pub fn accepted(header: &str) -> Option<Self> {
        let weighed = header.split(',').filter_map(|range| {
            let (tag, parameter) = range.split_once(';').unwrap_or((range, "q=1"));
            let quality: f32 = parameter.trim().strip_prefix("q=")?.trim().parse().ok()?;
            Some((Self::from_tag(tag)?, quality))
        });
        let wanted = weighed.filter(|(_, quality)| *quality > 0.0);
        wanted.reduce(|best, next| if next.1 > best.1 { next } else { best }).map(|(lang, _)| lang)
    }
}

type Bundle = FluentBundle<FluentResource>;

/// The texts of one language. Small and copied freely: templates hold one.
#[derive(Clone, Copy)]
pub struct Texts(pub Lang);

impl Texts {
    /// A text without values.
    #[must_use]
    pub fn t(self, key: &str) -> String {
        self.text(key, None)
    }

    /// A text about this many things, its `$n`.
    #[must_use]
    pub fn n(self, key: &str, n: impl Into<FluentValue<'static>>) -> String {
        self.with(key, [("n", n.into())])
    }

    /// A text about this, its `$it`.
    #[must_use]
    pub fn of(self, key: &str, it: &str) -> String {
        self.with(key, [("it", it.to_owned().into())])
    }

    /// A text with values.
    #[must_use]
    pub fn with<const N: usize>(self, key: &str, values: [(&'static str, FluentValue<'static>); N]) -> String {
        let isolated = |(name, value)| match value {
            FluentValue::String(text) => (name, isolated(text)),
            other => (name, other),
        };
        let args: FluentArgs<'_> = values.into_iter().map(isolated).collect();
        self.text(key, Some(&args))
    }

    /// A whole number with its thousands set apart.
    #[must_use]
    pub fn number(self, number: impl Count) -> String {
        grouped(self.0, number.whole())
    }

    /// Whether there is a text with this key.
    #[must_use]
    pub fn has(self, key: &str) -> bool {
        bundle(self.0).has_message(key)
    }

    /// A key that is not there shows as itself: a page with a gap is better than no page.
    fn text(self, key: &str, args: Option<&FluentArgs<'_>>) -> String {
        let bundle = bundle(self.0);
        let Some(pattern) = bundle.get_message(key).and_then(|message| message.value()) else {
            return key.to_owned();
        };
        bundle.format_pattern(pattern, args, &mut Vec::new()).into_owned()
    }
}

/// A text that somebody wrote, so that it moves nothing around it in a sentence: one that may run from right to left is
/// between marks that isolate it, as `<bdi>` does (Unicode UAX 9; these work in attributes too), and marks of direction
/// in it, which could end that, are gone. Most texts stay as they are.
fn isolated(text: Cow<'static, str>) -> FluentValue<'static> {
    if text.is_ascii() || !text.contains(|c| is_direction(c) || is_right_to_left(c)) {
        return FluentValue::String(text);
    }
    let plain: String = text.chars().filter(|c| !is_direction(*c)).collect();
    FluentValue::String(format!("\u{2068}{plain}\u{2069}").into())
}

/// Marks, embeddings, overrides and isolates (UAX 9, 2).
const fn is_direction(c: char) -> bool {
    matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// The blocks whose characters run from right to left: Hebrew to Arabic Extended-A, their presentation forms, and the
/// scripts of the supplementary plane (UAX 9, default classes R and AL).
const fn is_right_to_left(c: char) -> bool {
    matches!(c, '\u{590}'..='\u{8ff}' | '\u{fb1d}'..='\u{fdff}' | '\u{fe70}'..='\u{feff}'
        | '\u{10800}'..='\u{10fff}' | '\u{1e800}'..='\u{1efff}')
}

/// A whole number of any size, or a reference to one, which is what templates pass on.
pub trait Count {
    /// The number; one that is too large for the type is shown as the largest.
    fn whole(&self) -> i64;
}

impl<T: Count> Count for &T {
    fn whole(&self) -> i64 {
        T::whole(self)
    }
}

macro_rules! counts {
    ($($number:ty)*) => {$(
        impl Count for $number {
            fn whole(&self) -> i64 {
                i64::try_from(*self).unwrap_or(i64::MAX)
            }
        }
    )*};
}

counts!(u32 u64 usize i64);

fn bundle(lang: Lang) -> &'static Bundle {
    static BUNDLES: LazyLock<[Bundle; 2]> = LazyLock::new(|| Lang::ALL.map(load));
    &BUNDLES[lang as usize]
}

fn load(lang: Lang) -> Bundle {
    let (files, formatter): (_, fn(&FluentValue<'_>, &_) -> Option<String>) = match lang {
        Lang::En => (&FILES[0], |value, _| written(Lang::En, value)),
        Lang::Ru => (&FILES[1], |value, _| written(Lang::Ru, value)),
    };
    let id: LanguageIdentifier = lang.tag().parse().unwrap_or_default();
    let mut bundle = FluentBundle::new_concurrent(vec![id]);
    // Both languages run from left to right, and the marks would show up in copied text: see `isolated`.
    bundle.set_use_isolating(false);
    bundle.set_formatter(Some(formatter));
    for file in files {
        // What is wrong with a file is found by the tests; the rest of it is of use all the same.
        let resource = FluentResource::try_new((*file).to_owned()).unwrap_or_else(|(rest, _)| rest);
        let _ = bundle.add_resource(resource);
    }
    bundle
}

/// Whole numbers within texts are grouped like those outside.
fn written(lang: Lang, value: &FluentValue<'_>) -> Option<String> {
    match value {
        FluentValue::Number(number) if number.value.fract() == 0.0 => Some(grouped(lang, number.value as i64)),
        _ => None,
    }
}

/// English sets thousands apart with commas; Russian with spaces that do not break, from five digits on.
fn grouped(lang: Lang, number: i64) -> String {
    let digits = number.unsigned_abs().to_string();
    let (mark, least) = match lang {
        Lang::En => (',', 4),
        Lang::Ru => ('\u{a0}', 5),
    };
    let mut text = String::with_capacity(digits.len() + 8);
    if number < 0 {
        text.push('\u{2212}');
    }
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && digits.len() >= least && (digits.len() - at).is_multiple_of(3) {
            text.push(mark);
        }
        // Writing to a string does not fail.
        let _ = text.write_char(digit);
    }
    text
}

#[cfg(test)]
mod templates;
#[cfg(test)]
mod tests;
