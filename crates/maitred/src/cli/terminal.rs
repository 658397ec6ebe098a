//! How commands speak to people: sentences, complaints, progress bars. All of it on stderr. And the one function that
//! every text goes through on its way to a terminal, data on stdout included: what strangers wrote moves no cursor,
//! changes no colour and turns no line around. A test sees to it that nothing else prints.

use indicatif::{ProgressBar, ProgressStyle};
use maitred_core::names::is_format;
use std::borrow::Cow;
use std::fmt::{Arguments, Display, Write};
use std::time::Duration;

/// How often a progress bar is drawn at most: often enough to live, seldom enough to cost nothing.
const REDRAW: Duration = Duration::from_millis(100);

/// Says something, as `eprintln!` does.
macro_rules! say {
    ($($part:tt)*) => {
        $crate::cli::terminal::print_line(format_args!($($part)*))
    };
}
pub(super) use say;

/// See [`say!`].
pub(super) fn print_line(what: Arguments<'_>) {
    eprintln!("{}", visible(&what.to_string()));
}

/// Asks something; the answer is typed behind it.
pub(super) fn ask(what: &str) {
    eprint!("{}", visible(what));
}

/// Says what went wrong.
pub(super) fn complain(error: &impl Display) {
    say!("maitred: {error}");
}

/// A text as a terminal shows it safely: control characters other than line breaks (C0, C1), format characters (Cf) and
/// separators of lines and paragraphs are written as `\\u{1b}`.
pub(super) fn visible(text: &str) -> Cow<'_, str> {
    escaped(text, |c| c != '\n' && is_moving(c), |shown, c| write!(shown, "{}", c.escape_unicode()))
}

/// The same for a text that stays on one line.
pub(super) fn one_line(text: &str) -> Cow<'_, str> {
    escaped(text, is_moving, |shown, c| write!(shown, "{}", c.escape_unicode()))
}

/// The same for JSON, which means what it meant: outside of its texts there are only line breaks.
pub(super) fn visible_json(json: &str) -> Cow<'_, str> {
    escaped(
        json,
        |c| c != '\n' && is_moving(c),
        |shown, c| c.encode_utf16(&mut [0; 2]).iter().try_for_each(|unit| write!(shown, "\\u{unit:04x}")),
    )
}

fn is_moving(c: char) -> bool {
    c.is_control() || is_format(c) || matches!(c, '\u{2028}' | '\u{2029}')
}

fn escaped(
    text: &str,
    is_escaped: impl Fn(char) -> bool,
    escape: impl Fn(&mut String, char) -> std::fmt::Result,
) -> Cow<'_, str> {
    if !text.contains(&is_escaped) {
        return text.into();
    }
    let mut shown = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match is_escaped(c) {
            // Writing to a string does not fail.
            true => _ = escape(&mut shown, c),
            false => shown.push(c),
        }
    }
    shown.into()
}

/// A bar over `total` things, which are called `unit`. Draws nothing when stderr is no terminal.
pub(super) fn progress(total: u64, doing: &'static str, unit: &'static str) -> ProgressBar {
    let bar = ProgressBar::new(total);
    let template = format!("{{msg}} {{bar:32}} {{human_pos}}/{{human_len}} {unit} {{per_sec}}, {{eta}} left");
    if let Ok(style) = ProgressStyle::with_template(&template) {
        bar.set_style(style);
    }
    bar.set_message(doing);
    bar.enable_steady_tick(REDRAW);
    bar
}

/// A sign of life for what takes a while and has no rows to count.
pub(super) fn spinner(doing: &'static str) -> ProgressBar {
    let spinner = ProgressBar::new_spinner();
    spinner.set_message(doing);
    spinner.enable_steady_tick(REDRAW);
    spinner
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_moves_others_is_shown_as_its_code() {
        let shown = visible("a\u{1b}[2J\r\u{9b}\u{202e}\u{2028}\u{7f}\nb");
        assert_eq!(shown, r"a\u{1b}[2J\u{d}\u{9b}\u{202e}\u{2028}\u{7f}".to_owned() + "\nb");
        assert_eq!(one_line("a\nb"), r"a\u{a}b");
        assert_eq!(visible("Ünïcode → ✓"), "Ünïcode → ✓");
    }

    #[test]
    fn json_means_what_it_meant() {
        let text = "\u{202e}\u{9b}\u{e0001}\u{2029}Я";
        let json = serde_json::to_string_pretty(&[text]).expect("JSON");
        let shown = visible_json(&json);
        assert!(!shown.contains(|c| c != '\n' && is_moving(c)), "{shown}");
        assert_eq!(serde_json::from_str::<[String; 1]>(&shown).expect("JSON"), [text]);
    }
}
