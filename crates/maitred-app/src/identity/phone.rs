//! Phones as E.164. A number that could be read in several ways is read as the subscriber whom the sender most likely
//! meant; docs/recognition.md has the order of the rules with examples. A number that is not possible anywhere, or only
//! within a town, is kept as sent.

use super::region::Region;
use super::{Placeholders, clean, usable};
use maitred_core::{Source, SourceKind, is_extension};
use rlibphonenumber::{NumberLengthType, PHONE_NUMBER_UTIL, PhoneNumber, PhoneNumberFormat};
use std::borrow::Cow;

/// What may stand between two numbers in one field.
const BETWEEN: [&str; 5] = [":::", ";", ",", "/", "|"];
/// The places in one field that are looked at as the end of a first number.
const PLACES_MAX: usize = 8;
/// The fewest digits of a number.
pub(super) const DIGITS_MIN: usize = 5;
/// Words before an extension, longest first where one begins with another.
const EXTENSION_WORDS: [&str; 21] = [
    "добавочный",
    "внутренний",
    "внутр",
    "доб",
    "доп",
    "вн",
    "extension",
    "nebenstelle",
    "durchwahl",
    "interno",
    "extn",
    "xtn",
    "ext",
    "int",
    "anexo",
    "ramal",
    "poste",
    "nst",
    "dw",
    "x",
    "х",
];

/// How the phones of one sender are read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PhoneRules {
    /// Where numbers without a country code are from.
    pub region: Option<Region>,
    /// Whether numbers begin with a country code even if they have no `+`: those of WhatsApp do.
    pub begins_with_country: bool,
    /// Whether one to four digits are an extension, which identifies somebody.
    pub may_be_short: bool,
    /// What identifies nobody besides what always does.
    pub placeholders: Placeholders,
}

impl PhoneRules {
    /// The rules of a source, with no region where it has none of its own.
    #[must_use]
    pub fn of_source(source: &Source) -> Self {
        Self {
            region: source.default_region.as_deref().and_then(|text| Region::try_from(text).ok()),
            begins_with_country: matches!(source.kind, SourceKind::Whatsapp),
            may_be_short: source.short_phones,
            placeholders: Placeholders::default(),
        }
    }

    /// The same on a server with these rules for phones that come from no source.
    #[must_use]
    pub fn or(self, server: Self) -> Self {
        Self { region: self.region.or(server.region), placeholders: server.placeholders, ..self }
    }
}

impl From<Option<Region>> for PhoneRules {
    fn from(region: Option<Region>) -> Self {
        Self { region, ..Self::default() }
    }
}

/// One number of a field.
pub(super) struct Read {
    /// The part of the field, without format characters.
    pub sent: String,
    /// E.164, with `;ext=` if it has an extension; none when it cannot be read.
    pub value: Option<String>,
}

/// The numbers in a field, never none.
pub(super) fn all(raw: &str, rules: PhoneRules) -> Vec<Read> {
    let raw = raw.trim();
    if is_plain(raw) && !(uses_trunk_8(rules.region) && raw.starts_with("+8")) {
        let value = if reads_as_itself(raw) { Some(raw.to_owned()) } else { stable(raw, rules.region) };
        return vec![Read { sent: raw.to_owned(), value }];
    }
    let text = tidy(raw);
    if rules.may_be_short && is_extension(&text) {
        return vec![Read { sent: text, value: None }];
    }
    if let Some((first, rest)) = two_numbers(&text, rules) {
        let mut both = vec![Read { value: one(first, rules), sent: first.to_owned() }];
        both.extend(all(rest, rules));
        return both;
    }
    vec![Read { value: one(&text, rules), sent: text }]
}

/// Whether a text is E.164 already: then nothing but the tables is asked about it.
fn is_plain(text: &str) -> bool {
    let digits = text.strip_prefix('+').unwrap_or_default().as_bytes();
    (7..=15).contains(&digits.len()) && digits.iter().all(u8::is_ascii_digit)
}

/// Countries by their code, with the first digits that a number has behind it, and how many digits it has in all. Of
/// such numbers the tables need not be asked: the trunk prefix of the country begins with another digit, so nothing is
/// taken off, and the length is one that it has. A test compares them with the tables.
pub(super) const READ_AS_THEMSELVES: [(&str, &str, usize); 12] = [
    ("1", "23456789", 11),
    ("33", "123456789", 11),
    ("34", "6789", 11),
    ("375", "1234", 12),
    ("380", "345679", 12),
    ("44", "1237", 12),
    ("49", "1", 12),
    ("49", "1", 13),
    ("7", "3479", 11),
    ("90", "5", 12),
    ("91", "6789", 12),
    ("998", "3579", 12),
];

/// Whether E.164 is certain to be what is read of it. Most numbers of some countries are told by their beginning and
/// their length, and reading them takes ten times as long as all else that is done to a phone.
fn reads_as_itself(plain: &str) -> bool {
    let digits = plain.strip_prefix('+').unwrap_or(plain);
    READ_AS_THEMSELVES.iter().any(|(country, first, length)| {
        let behind = digits.strip_prefix(country).filter(|_| digits.len() == *length);
        behind.is_some_and(|behind| behind.starts_with(|c| first.contains(c)))
    })
}

/// Without format characters, each white space a space, digits in ASCII, `;` and `,` at the end gone.
fn tidy(raw: &str) -> String {
    let plain = |c: char| match c {
        _ if c.is_ascii() && !c.is_ascii_whitespace() => c,
        '＋' => '+',
        _ if c.is_whitespace() => ' ',
        _ if c.is_numeric() => {
            PHONE_NUMBER_UTIL.normalize_digits_only(c.encode_utf8(&mut [0; 4])).chars().next().unwrap_or(c)
        }
        _ => c,
    };
    let text: String = clean::without_format(raw).chars().map(plain).collect();
    let text = text.trim_end_matches([' ', ';', ',']).trim();
    if text.is_empty() { raw.to_owned() } else { text.to_owned() }
}

/// Two numbers, if what stands in front of a separator is valid and what begins behind it is too.
fn two_numbers(text: &str, rules: PhoneRules) -> Option<(&str, &str)> {
    let mut places: Vec<(usize, usize)> =
        BETWEEN.iter().flat_map(|mark| text.match_indices(mark).map(|(at, mark)| (at, mark.len()))).collect();
    places.sort_unstable();
    places.into_iter().take(PLACES_MAX).find_map(|(at, length)| {
        let (first, rest) = (text[..at].trim(), text[at + length..].trim());
        let second = rest.split([':', ';', ',', '/', '|']).next().unwrap_or_default().trim();
        let is_number = |part: &str| {
            count_digits(part) >= DIGITS_MIN && one(part, rules).is_some_and(|value| is_valid(&value, rules.region))
        };
        // An extension of five digits and more is no number of its own.
        (is_number(first) && extension(second).is_none() && is_number(second)).then_some((first, rest))
    })
}

fn one(text: &str, rules: PhoneRules) -> Option<String> {
    let text = match usable::exponent(text) {
        Some(number) => number?,
        None => without_zero_decimals(text).to_owned(),
    };
    let text = trunk_with_plus(&text, rules.region);
    let text = without_words(&text, rules);
    bare(&text, rules).unwrap_or_else(|| stable(&text, rules.region))
}

/// `79991234567.0`, as spreadsheets write numbers, without the decimals.
fn without_zero_decimals(text: &str) -> &str {
    let Some((whole, decimals)) = text.rsplit_once(['.', ',']) else { return text };
    let is_zero = !decimals.is_empty() && decimals.bytes().all(|b| b == b'0');
    let digits = whole.strip_prefix('+').unwrap_or(whole);
    let is_whole = digits.len() >= DIGITS_MIN && digits.bytes().all(|b| b.is_ascii_digit());
    if is_zero && is_whole { whole } else { text }
}

/// In Russia and Kazakhstan, `+8` in front of a separator is the trunk prefix 8 with a plus too many. In front of a
/// digit it is that only where no country has such a number.
fn trunk_with_plus(text: &str, region: Option<Region>) -> Cow<'_, str> {
    let Some(behind) = text.strip_prefix("+8").filter(|_| uses_trunk_8(region)) else { return text.into() };
    let national = format!("8{behind}");
    let is_international = || is_valid(text, region) || !is_valid(&national, region);
    match behind.starts_with(|c: char| c.is_ascii_digit()) && is_international() {
        true => text.into(),
        false => national.into(),
    }
}

fn uses_trunk_8(region: Option<Region>) -> bool {
    use rlibphonenumber::Region as Code;
    region.is_some_and(|region| matches!(region.0, Code::RU | Code::KZ))
}

/// An extension in the form of RFC 3966, and no other words behind a number that is valid without them. Letters behind
/// digits would be dialled: `0171 3920012 Max` as `…629`.
fn without_words(text: &str, rules: PhoneRules) -> Cow<'_, str> {
    let Some(digit) = text.find(|c: char| c.is_ascii_digit()) else { return text.into() };
    let Some(word) = text[digit..].find(char::is_alphabetic).map(|at| digit + at) else { return text.into() };
    if text.contains(";phone-context=") {
        return text.into();
    }
    let (front, rest) = text.split_at(word);
    let front = front.trim_end_matches([' ', ';', ',', '(', '[', '.', '-', '–', '—', '/']);
    if let Some(extension) = extension(rest) {
        return format!("{front};ext={extension}").into();
    }
    let read = bare(front, rules).unwrap_or_else(|| stable(front, rules.region));
    match read.is_some_and(|value| is_valid(&value, rules.region)) {
        true => front.to_owned().into(),
        false => text.into(),
    }
}

/// The digits of an extension, if that is all there is.
fn extension(rest: &str) -> Option<String> {
    let lower = rest.to_lowercase();
    let between = [' ', '.', ':', '=', '-', '#', '№'];
    let digits = EXTENSION_WORDS.iter().find_map(|word| {
        let digits = lower.strip_prefix(word)?.trim_matches(between).trim_end_matches([')', ']']);
        let is_extension = (1..=9).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
        is_extension.then(|| digits.to_owned())
    })?;
    Some(digits)
}

/// A number of digits and separators alone, which does not say whether it begins with a country code; none if it is not
/// such a number.
fn bare(text: &str, rules: PhoneRules) -> Option<Option<String>> {
    let is_separator = |c: char| matches!(c, ' ' | '-' | '(' | ')' | '.' | '/' | '\u{2010}'..='\u{2015}' | '\u{2212}');
    let is_bare = text.chars().all(|c| c.is_ascii_digit() || is_separator(c)) && !text.starts_with("00");
    if !is_bare {
        return None;
    }
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    let with_plus = format!("+{digits}");
    if rules.begins_with_country && parse(&with_plus, None).is_some_and(|number| is_possible(&number)) {
        return Some(stable(&with_plus, None));
    }
    let region = rules.region?;
    let is_international =
        is_valid(&with_plus, None) && (!is_valid(text, Some(region)) || begins_with_own_code(&digits, region));
    Some(if is_international { stable(&with_plus, None) } else { stable(text, Some(region)) })
}

/// Whether digits begin with the country code of the region. A trunk prefix that looks like it is the 1 of North
/// America, where both readings are one number.
fn begins_with_own_code(digits: &str, region: Region) -> bool {
    let code = PHONE_NUMBER_UTIL.get_country_code_for_region(region.0).map(|code| code.to_string());
    code.is_some_and(|code| digits.starts_with(&code))
}

/// A few numbers (two trunk zeros behind the country code) read differently each time they are read. They have no one
/// comparable form.
fn stable(sent: &str, region: Option<Region>) -> Option<String> {
    e164(sent, region).filter(|once| once == sent || e164(once, region).as_ref() == Some(once))
}

/// An extension is kept in the form of RFC 3966 (`+74951234567;ext=101`): behind one switchboard sit many people, and
/// taking them for one lead could not be undone.
pub(super) fn e164(sent: &str, region: Option<Region>) -> Option<String> {
    let number = parse(sent, region).filter(is_possible)?;
    let mut text = PHONE_NUMBER_UTIL.format(&number, PhoneNumberFormat::E164).into_owned();
    if let Some(extension) = &number.extension {
        text.push_str(";ext=");
        text.push_str(&PHONE_NUMBER_UTIL.normalize_digits_only(extension));
    }
    Some(text)
}

pub(super) fn parse(sent: &str, region: Option<Region>) -> Option<PhoneNumber> {
    if !is_safe_to_parse(sent) {
        return None;
    }
    PHONE_NUMBER_UTIL.parse(sent, region.map(|r| r.0)).ok()
}

fn is_possible(number: &PhoneNumber) -> bool {
    PHONE_NUMBER_UTIL.is_possible_number_with_reason(number) == Ok(NumberLengthType::IsPossible)
}

fn is_valid(sent: &str, region: Option<Region>) -> bool {
    parse(sent, region).is_some_and(|number| number.is_valid())
}

pub(super) fn count_digits(text: &str) -> usize {
    text.bytes().filter(u8::is_ascii_digit).count()
}

/// `rlibphonenumber` 2.2.15 slices backwards, and panics, when `tel:` stands behind `;phone-context=`. RFC 3966 puts it
/// in front, so nothing that is a phone is lost.
fn is_safe_to_parse(sent: &str) -> bool {
    sent.find(";phone-context=").is_none_or(|context| !sent[context..].contains("tel:"))
}
