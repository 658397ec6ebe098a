//! Words as people search for them: without letter case, marks and what is not seen. Names of leads are found by an
//! index of their words (`search.rs`); messages, and names of operators and sources, are looked through with [`Words`].

use maitred_core::names::is_format;
use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::LazyLock;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// The words of a search text: each has to be the beginning of a word of what is found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Words(Vec<String>);

impl Words {
    #[must_use]
    pub fn new(text: &str) -> Self {
        Self(words(&without_numero(text)).into_iter().collect())
    }

    /// Whether nothing can be found by them: there are none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Where the first of the parts of a text begins, as white space parts it, that has one of these words.
    #[must_use]
    pub fn first_in(&self, text: &str) -> Option<usize> {
        let has_word = |part: &str| {
            let folded = folded(&without_numero(part));
            self.0.iter().any(|word| begins_a_word(&folded, word))
        };
        let mut at = 0;
        text.split_inclusive(char::is_whitespace).find_map(|part| {
            at += part.len();
            has_word(part).then(|| at - part.len())
        })
    }

    /// Whether a text has, for each of these words, a word that begins with it.
    #[must_use]
    pub fn are_in(&self, text: &str) -> bool {
        let folded = folded(&without_numero(text));
        self.0.iter().all(|word| begins_a_word(&folded, word))
    }
}

/// People who look for a number leave out the sign in front of it, which would be folded to two letters.
fn without_numero(text: &str) -> Cow<'_, str> {
    if text.contains('№') { text.replace('№', " ").into() } else { text.into() }
}

/// What has no letters and digits, such as a flower, may stand anywhere.
fn begins_a_word(text: &str, word: &str) -> bool {
    let may_stand_at =
        |at: usize| !word.starts_with(char::is_alphanumeric) || !text[..at].ends_with(char::is_alphanumeric);
    text.match_indices(word).any(|(at, _)| may_stand_at(at))
}

/// The words of a text as they are searched by. A text without letters and digits, such as a flower, is one word.
#[must_use]
pub fn words(text: &str) -> BTreeSet<String> {
    let folded = folded(text);
    let words = folded.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    let words: BTreeSet<String> = words.map(str::to_owned).collect();
    let whole = Some(folded.trim()).filter(|whole| words.is_empty() && !whole.is_empty());
    whole.map_or(words, |whole| BTreeSet::from([whole.to_owned()]))
}

/// A text without letter case, marks and what is not seen; letters that are others with a stroke are those, so that
/// everybody can type them.
fn folded(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    for c in text.chars() {
        match COMMON.get(c as usize) {
            Some(Some(one)) => folded.push(*one),
            _ => fold(c, &mut folded),
        }
    }
    folded
}

/// The characters up to the end of the Cyrillic block that are folded to one: most of what is looked through, which
/// makes it several times faster.
static COMMON: LazyLock<Vec<Option<char>>> = LazyLock::new(|| {
    let one = |c: char| {
        let mut folded = String::new();
        fold(c, &mut folded);
        let mut chars = folded.chars();
        chars.next().filter(|_| chars.next().is_none())
    };
    ('\0'..'\u{500}').map(one).collect()
});

fn fold(c: char, into: &mut String) {
    for c in c.nfkd().filter(|c| !is_combining_mark(*c) && !is_format(*c)) {
        for c in c.to_lowercase().filter(|c| !is_combining_mark(*c)) {
            match c {
                'ß' => into.push_str("ss"),
                'æ' => into.push_str("ae"),
                'œ' => into.push_str("oe"),
                'ł' => into.push('l'),
                'ø' => into.push('o'),
                'đ' | 'ð' => into.push('d'),
                'ħ' => into.push('h'),
                'ı' => into.push('i'),
                other => into.push(other),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_what_everybody_can_type() {
        let of = |name: &str| words(name).into_iter().collect::<Vec<_>>().join(" ");
        assert_eq!(of("Анна-Мария ПЕТРОВА"), "анна мария петрова");
        assert_eq!(of("Пётр Семёнов"), "петр семенов");
        assert_eq!(of("Łukasz Groß"), "gross lukasz");
        assert_eq!(of("Zoë Ångström, José"), "angstrom jose zoe");
        assert_eq!(of("\u{202e}Ａｎｎａ\u{200b} ﬁn"), "anna fin");
        assert_eq!(of("İbrahim Işık"), "ibrahim isik");
        assert_eq!((&*of(" 🌸"), &*of("- !"), &*of(" ")), ("🌸", "- !", ""));
    }

    #[test]
    fn a_text_is_folded_as_its_characters_are() {
        for text in ["Пётр\u{301} и\u{306}", "e\u{323}\u{301}A\u{30a}", "한글 각", "½ ﷺ ǅ", "\u{345}\u{390}\u{1fb7}"]
        {
            let whole = text.nfkd().filter(|c| !is_combining_mark(*c)).flat_map(char::to_lowercase);
            let whole: String = whole.filter(|c| !is_combining_mark(*c)).collect();
            assert_eq!(folded(text), whole, "{text}");
        }
    }

    #[test]
    fn every_word_is_the_beginning_of_a_word() {
        let message = "Добрый день! Где мой ЗАКАЗ №1542, оплаченный вчера? Спасибо🌸 ana-xanana";
        for found in ["заказ", "где зак", "1542", "оплач день", "ЗАКАЗ, добрый", "🌸", "ana", "xan", "№1542", "Ё", ""]
        {
            let is_found = Words::new(found).are_in(message);
            assert_eq!(is_found, found != "Ё", "{found}");
        }
        for other in ["аказ", "542", "заказы", "где завтра", "nana", "🌹"] {
            assert!(!Words::new(other).are_in(message), "{other}");
        }
        assert!(Words::new("еж").are_in("Ёж") && Words::new("strasse").are_in("in der STRAßE"));
        assert!(Words::new(" ").is_empty() && !Words::new("!").is_empty());
    }
}
