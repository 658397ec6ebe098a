//! Which values identify somebody. Forms, bots, spreadsheets and telephone systems send something where they know
//! nothing, and all who send the same nothing would become one person. Such a value is neither looked up nor attached.

use super::phone::{self, PhoneRules};
use maitred_core::{IdentityKind, is_extension};

/// What stands for no value, without case, spaces and punctuation.
const NOTHING: &[&str] = &[
    "null",
    "nil",
    "none",
    "na",
    "nan",
    "no",
    "undefined",
    "unknown",
    "unknowncaller",
    "unknownuser",
    "anonymous",
    "anonym",
    "anon",
    "private",
    "privatenumber",
    "privatecaller",
    "withheld",
    "numberwithheld",
    "unavailable",
    "blocked",
    "blockednumber",
    "restricted",
    "hidden",
    "hiddennumber",
    "callerunknown",
    "nocallerid",
    "noname",
    "nonumber",
    "nophone",
    "nophonenumber",
    "noemail",
    "nomail",
    "noid",
    "novalue",
    "notset",
    "notprovided",
    "notavailable",
    "notapplicable",
    "notspecified",
    "notgiven",
    "empty",
    "blank",
    "missing",
    "true",
    "false",
    "guest",
    "objectobject",
    "error",
    "default",
    "placeholder",
    "tbd",
    "todo",
    "name",
    "value",
    "ref",
    "div0",
    "num",
    "gettingdata",
    "нет",
    "нету",
    "нетномера",
    "нетданных",
    "неизвестно",
    "неизвестен",
    "неизвестный",
    "неизвестная",
    "неизвестныйномер",
    "неизвестныйабонент",
    "скрыт",
    "скрыто",
    "скрытый",
    "скрытыйномер",
    "номерскрыт",
    "аноним",
    "анонимно",
    "анонимный",
    "анонимныйномер",
    "неуказан",
    "неуказано",
    "неуказана",
    "отсутствует",
    "пусто",
    "безномера",
    "безимени",
    "безпочты",
    "неопределен",
    "неопределено",
    "номернеопределен",
    "незадано",
    "нд",
    "прочерк",
    "гость",
    "закрыт",
    "закрытыйномер",
    "нетпочты",
    "неизвестныйпользователь",
];

/// The digits that telephone systems send for ANONYMOUS, BLOCKED, PRIVATE, RESTRICTED, UNAVAILABLE, UNKNOWN and
/// WITHHELD: the keys with these letters. Twilio lists them, UNKNOWN with its letters in another order too.
const VANITY: &[&str] =
    &["266696687", "2562533", "7748483", "7378742833", "86282452253", "8656696", "8566696", "94844353"];

/// Local parts that stand for no address, where the domain says the same or nothing.
const NO_LOCAL_PART: &[&str] = &[
    "test",
    "email",
    "mail",
    "example",
    "user",
    "a",
    "aa",
    "aaa",
    "x",
    "xx",
    "xxx",
    "q",
    "qq",
    "qwe",
    "asd",
    "abc",
    "1",
    "11",
    "111",
    "123",
    "net",
    "нет",
    "почта",
    "тест",
];
const NO_ADDRESS: &[&str] = &[
    "test@example.com",
    "example@example.com",
    "email@example.com",
    "your@email.com",
    "no@mail.ru",
    "net@mail.ru",
    "test@mail.ru",
    "test@gmail.com",
    "no@gmail.com",
    "none@gmail.com",
    "noemail@gmail.com",
    "no@email.com",
];

/// Whether a value identifies somebody. `sent` is what was sent for it, `value` its comparable form.
pub(super) fn is_usable(kind: IdentityKind, sent: &str, value: &str, rules: PhoneRules) -> bool {
    !is_template(sent)
        && !rules.placeholders.have(kind, value)
        && match kind {
            IdentityKind::ExternalId => is_usable_id(value),
            IdentityKind::Phone if rules.may_be_short && is_extension(value) => !is_all(value, '0'),
            IdentityKind::Phone => is_usable_phone(sent, value),
            IdentityKind::Email => is_usable_email(value),
        }
}

/// A place in a template that was to be filled in: `{{contact.id}}`, `${phone}`, `%user_id%`, `[name]`.
fn is_template(text: &str) -> bool {
    let marks = ["{{", "}}", "${", "{%", "<%", "%(", "#{"];
    let pairs = [("{", "}"), ("%", "%"), ("[", "]"), ("<", ">"), ("__", "__")];
    let is_name = |inner: &str| {
        inner.contains(char::is_alphabetic)
            && inner.chars().all(|c| c.is_alphabetic() || matches!(c, '_' | '.' | '-' | ' '))
    };
    let inside = |(open, close): (&str, &str)| text.strip_prefix(open).and_then(|rest| rest.strip_suffix(close));
    marks.iter().any(|mark| text.contains(mark)) || pairs.into_iter().filter_map(inside).any(is_name)
}

fn is_usable_id(value: &str) -> bool {
    // `tg:` and an id that was not known is no better than the id alone.
    let own = value.rsplit(':').next().unwrap_or(value);
    let stands_for_none = is_nothing(own) || value == "-1" || is_all(own, '0') || own.len() >= 32 && is_all(own, 'f');
    !stands_for_none && !is_rounded(value)
}

/// Whether all letters and digits of a text are this one: `0`, `000`, the nil UUID.
fn is_all(text: &str, one: char) -> bool {
    text.chars().filter(|c| c.is_alphanumeric()).all(|c| c.eq_ignore_ascii_case(&one))
}

/// Whether a text says that there is nothing, or says nothing.
fn is_nothing(text: &str) -> bool {
    let says: String = text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect();
    let says = says.replace('ё', "е");
    says.is_empty() || NOTHING.contains(&&*says)
}

fn is_usable_phone(sent: &str, value: &str) -> bool {
    let digits: String = sent.chars().filter(char::is_ascii_digit).collect();
    if VANITY.contains(&&*digits) {
        return false;
    }
    if let Some(digits) = value.strip_prefix('+').filter(|digits| digits.bytes().all(|b| b.is_ascii_digit())) {
        return !sent.contains('_') && !is_alike_in_its_country(value, digits);
    }
    if value.starts_with('+') && value.contains(";ext=") && !sent.contains('_') {
        return true;
    }
    let is_alike = (0..=3)
        .any(|code| digits.len() >= code + phone::DIGITS_MIN + usize::from(code > 0) * 2 && are_alike(&digits[code..]));
    digits.len() >= phone::DIGITS_MIN && !is_alike && !is_mask(sent) && !is_rounded(sent)
}

/// A form's mask that was not filled in, or a number of which a part is hidden.
fn is_mask(sent: &str) -> bool {
    let hidden = |c: char| matches!(c, '*' | '•' | 'x' | 'X' | 'х' | 'Х' | '#' | '?');
    sent.contains('_') || sent.chars().zip(sent.chars().skip(1)).any(|(one, next)| hidden(one) && hidden(next))
}

/// Whether all digits behind the country code are the same. Most numbers are told from their end alone.
fn is_alike_in_its_country(value: &str, digits: &str) -> bool {
    are_alike(&digits[digits.len().saturating_sub(phone::DIGITS_MIN)..])
        && phone::parse(value, None).is_some_and(|number| are_alike(&number.get_national_significant_number()))
}

fn are_alike(digits: &str) -> bool {
    digits.bytes().zip(digits.bytes().skip(1)).all(|(one, next)| one == next)
}

/// A number of a spreadsheet in its short form, `7.99912E+10`: the whole number if it has all digits, none if some were
/// lost. Nothing if it is no such number.
pub(super) fn exponent(text: &str) -> Option<Option<String>> {
    let (mantissa, exponent) = text.trim().split_once(['e', 'E'])?;
    let exponent: usize = exponent.strip_prefix('+').unwrap_or(exponent).parse().ok().filter(|places| *places <= 99)?;
    let (whole, decimals) = mantissa.split_once(['.', ',']).unwrap_or((mantissa, ""));
    let whole = whole.strip_prefix('+').unwrap_or(whole);
    let is_number = whole.len() == 1 && [whole, decimals].concat().bytes().all(|b| b.is_ascii_digit());
    is_number.then(|| (decimals.len() >= exponent).then(|| format!("{whole}{}", &decimals[..exponent])))
}

/// Whether a text is such a number of which digits were lost. An id such as `12E4` is none.
fn is_rounded(text: &str) -> bool {
    let is_written_by_a_spreadsheet = text.contains(['.', ',']) && text.contains('+');
    is_written_by_a_spreadsheet && exponent(text) == Some(None)
}

fn is_usable_email(value: &str) -> bool {
    let Some((local, domain)) = value.rsplit_once('@') else { return false };
    let label = domain.split('.').next().unwrap_or(domain);
    let is_reserved = domain == "invalid" || domain.ends_with(".invalid");
    let is_nobody = is_nothing(local) && (is_nothing(label) || local == label)
        || NO_LOCAL_PART.contains(&local) && local == label
        || NO_ADDRESS.contains(&value);
    !local.trim().is_empty() && !domain.trim().is_empty() && !is_reserved && !is_nobody
}
