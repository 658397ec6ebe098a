//! What may be done to a value on its way: a closed list, so that a mapping can be read and its cost is known.

use crate::fields::plain;
use serde::{Deserialize, Serialize};
use serde_json::Value;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Transform {
    /// Without white space around it.
    Trim,
    /// In lower case.
    Lower,
    /// Without what is in front of a phone, such as `tel:`.
    Phone,
    /// A phone that begins with its country code, with a `+` in front.
    International,
    /// Without `mailto:`, in lower case.
    Email,
    /// All values, with a space in between; otherwise the first.
    Join,
    /// Seconds or milliseconds since 1970, or a date, as a time in RFC 3339 where that is plain.
    Date,
    /// The digits of it, with sign and decimals.
    Number,
}

impl Transform {
    pub const ALL: [Self; 8] =
        [Self::Trim, Self::Lower, Self::Phone, Self::International, Self::Email, Self::Join, Self::Date, Self::Number];

    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Trim => "trim",
            Self::Lower => "lower",
            Self::Phone => "phone",
            Self::International => "international",
            Self::Email => "email",
            Self::Join => "join",
            Self::Date => "date",
            Self::Number => "number",
        }
    }

    fn apply(self, text: String) -> String {
        match self {
            Self::Trim | Self::Join => text.trim().to_owned(),
            Self::Lower => text.to_lowercase(),
            Self::Phone => text.trim().trim_start_matches("tel:").to_owned(),
            Self::International => {
                let is_bare = text.len() >= 7 && text.bytes().all(|byte| byte.is_ascii_digit());
                if is_bare { format!("+{text}") } else { text }
            }
            Self::Email => text.trim().trim_start_matches("mailto:").to_lowercase(),
            Self::Date => date(&text),
            Self::Number => number(&text),
        }
    }
}

/// The text that values become; none if there is nothing in it.
pub(super) fn text(values: &[&Value], transform: &[Transform]) -> Option<String> {
    let mut texts = values.iter().filter_map(|value| plain(value));
    let text = if transform.contains(&Transform::Join) {
        texts.collect::<Vec<_>>().join(" ")
    } else {
        texts.next().unwrap_or_default()
    };
    let text = transform.iter().fold(text, |text, transform| transform.apply(text));
    (!text.trim().is_empty()).then_some(text)
}

/// The first number in a text, as people write sums: with spaces, commas or dots between thousands, and a comma or a
/// dot in front of at most two digits. A single dot is a decimal sign whatever follows, as in JSON.
fn number(text: &str) -> String {
    let Some(start) = text.find(|c: char| c.is_ascii_digit()) else { return String::new() };
    let sign = if text[..start].ends_with(['-', '−']) { "-" } else { "" };
    let is_part = |c: char| c.is_ascii_digit() || c.is_whitespace() || matches!(c, '.' | ',' | '\'');
    let rest = &text[start..];
    let written = rest.find(|c| !is_part(c)).map_or(rest, |end| &rest[..end]);
    let written = written.trim_end_matches(|c: char| !c.is_ascii_digit());
    let digits = |text: &str| text.chars().filter(char::is_ascii_digit).collect::<String>();
    let is_only_dot = written.matches('.').count() == 1 && !written.contains(',');
    match written.rsplit_once(['.', ',']) {
        Some((whole, part)) if is_only_dot || part.len() <= 2 => format!("{sign}{}.{}", digits(whole), digits(part)),
        _ => format!("{sign}{}", digits(written)),
    }
}

/// A time in RFC 3339, of seconds or milliseconds since 1970; anything else as it is.
fn date(text: &str) -> String {
    let text = text.trim();
    let Ok(number) = text.parse::<i64>() else { return text.to_owned() };
    // A number of seconds that large is the year 5138, of milliseconds 1973.
    let seconds = if number.abs() >= 100_000_000_000 { number.div_euclid(1_000) } else { number };
    let (days, of_day) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
    let (year, month, day) = civil(days);
    format!("{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}Z", of_day / 3_600, of_day / 60 % 60, of_day % 60)
}

/// The date of a day that is so many days after 1970-01-01 (Howard Hinnant, "chrono-compatible low-level date
/// algorithms").
const fn civil(days: i64) -> (i64, i64, i64) {
    let z = days + 719_468;
    let era = z.div_euclid(146_097);
    let doe = z.rem_euclid(146_097);
    let yoe = (doe - doe / 1_460 + doe / 36_524 - doe / 146_096) / 365;
    let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    let mp = (5 * doy + 2) / 153;
    let (day, month) = (doy - (153 * mp + 2) / 5 + 1, if mp < 10 { mp + 3 } else { mp - 9 });
    (yoe + era * 400 + if month <= 2 { 1 } else { 0 }, month, day)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;
    use serde_json::json;

    #[rstest]
    #[case(Transform::Trim, " a ", "a")]
    #[case(Transform::Lower, "АБВ", "абв")]
    #[case(Transform::Phone, "tel:+7999", "+7999")]
    #[case(Transform::International, "79991234567", "+79991234567")]
    #[case(Transform::International, "user-1", "user-1")]
    #[case(Transform::Email, "mailto:A@B.ru", "a@b.ru")]
    #[case(Transform::Date, "1764547200", "2025-12-01T00:00:00Z")]
    #[case(Transform::Date, "1764547200123", "2025-12-01T00:00:00Z")]
    #[case(Transform::Date, "951782400", "2000-02-29T00:00:00Z")]
    #[case(Transform::Date, "1 December", "1 December")]
    #[case(Transform::Number, "1 500,00 руб.", "1500.00")]
    #[case(Transform::Number, "1,500 USD", "1500")]
    #[case(Transform::Number, "1.234,5", "1234.5")]
    #[case(Transform::Number, "-0.125", "-0.125")]
    #[case(Transform::Number, "от 3 до 5", "3")]
    fn values_are_changed(#[case] transform: Transform, #[case] sent: &str, #[case] expected: &str) {
        assert_eq!(text(&[&json!(sent)], &[transform]).as_deref(), Some(expected));
    }

    #[test]
    fn several_values_are_joined_or_the_first_counts() {
        let values = [json!("Anna"), json!("Smith")];
        let values: Vec<&Value> = values.iter().collect();
        assert_eq!(text(&values, &[Transform::Join]).as_deref(), Some("Anna Smith"));
        assert_eq!(text(&values, &[]).as_deref(), Some("Anna"));
        assert_eq!(text(&[&json!(["a", 1])], &[]).as_deref(), Some("a, 1"));
        assert_eq!(text(&[&json!("  ")], &[]), None);
    }
}
