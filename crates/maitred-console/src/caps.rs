//! The caps of an operator or a source, as people type them in a form: a line for each.

use crate::forms::{Form, whole};
use crate::shell::Viewer;
use crate::texts::Texts;
use maitred_app::caps::{WindowKind, check_limit, window};
use maitred_app::version::Precondition;
use maitred_core::caps::{CAP_LIMIT_MAX, CAPS_MAX, Cap, CapRule, Counts, ROLLING_LIMIT_MAX, Window};
use maitred_core::limits;
use maitred_core::{Command, SourceId, Timestamp};
use maitred_web::AppState;
use maitred_web::problem::Problem;

/// The name of the field.
pub(crate) const CAPS: &str = "caps";

/// What the field is made of.
pub(crate) fn text<'a>(caps: impl Iterator<Item = &'a Cap>) -> String {
    caps.map(line).collect::<Vec<_>>().join("\n")
}

/// Such as `20/day Europe/Moscow`, `1/30s` and `5/hour UTC source 3 kept`.
fn line(cap: &Cap) -> String {
    let CapRule { limit, window, counts, source } = &cap.rule;
    let window = match window {
        Window::Rolling(seconds) => format!("{seconds}s"),
        Window::Clock(_, zone) => format!("{} {}", WindowKind::of(window).as_str(), zone.name),
    };
    let source = source.map(|id| format!(" source {id}")).unwrap_or_default();
    let kept = if *counts == Counts::Kept { " kept" } else { "" };
    format!("{limit}/{window}{source}{kept}")
}

/// What is wrong with a line, as a text and what it is about.
struct Unclear(&'static str, String);

/// Reads the field: the rules, or what is wrong with each line. Without a zone windows are by the clock of who typed
/// it.
fn read(t: Texts, text: &str, zone: &str, now: Timestamp) -> Result<Vec<CapRule>, Vec<String>> {
    let lines = || text.lines().map(str::trim).enumerate().filter(|(_, line)| !line.is_empty());
    if lines().count() > CAPS_MAX {
        return Err(vec![t.n("operator-caps-many", CAPS_MAX)]);
    }
    let (mut rules, mut wrong) = (Vec::new(), Vec::new());
    for (at, line) in lines() {
        match rule(line, zone, now) {
            Ok(rule) => rules.push(rule),
            Err(Unclear(key, it)) => wrong.push(of_line(t, at, t.of(key, &it))),
        }
    }
    if wrong.is_empty() { Ok(rules) } else { Err(wrong) }
}

fn of_line(t: Texts, at: usize, what: String) -> String {
    t.with("calendar-line", [("line", (at + 1).into()), ("what", what.into())])
}

fn rule(line: &str, own_zone: &str, now: Timestamp) -> Result<CapRule, Unclear> {
    let unclear = |key| Unclear(key, line.to_owned());
    let (limit, rest) = line.split_once('/').ok_or_else(|| unclear("operator-caps-slash"))?;
    let mut words = rest.split_whitespace();
    let length = words.next().ok_or_else(|| unclear("operator-caps-slash"))?;
    let (mut zone, mut source, mut counts) = (None, None, Counts::Assigned);
    while let Some(word) = words.next() {
        match word {
            "kept" => counts = Counts::Kept,
            "source" => {
                let id = words.next().and_then(|id| whole(id).ok());
                source = Some(SourceId(id.ok_or_else(|| unclear("operator-caps-source"))?));
            }
            name => zone = Some(name),
        }
    }
    let kind = WindowKind::ALL.into_iter().find(|kind| kind.as_str() == length && *kind != WindowKind::Rolling);
    let seconds = length.strip_suffix('s').and_then(|seconds| whole(seconds).ok());
    let wrong_window = || Unclear("operator-caps-window", length.to_owned());
    let window = match (kind, seconds) {
        (Some(kind), _) => {
            let zone = zone.unwrap_or(own_zone);
            window(kind, None, Some(zone), now).map_err(|_| Unclear("operator-caps-zone", zone.to_owned()))?
        }
        (None, Some(seconds)) => {
            let seconds = limits::cap_seconds(seconds).map_err(|_| wrong_window())?;
            let with_zone = |_| Unclear("operator-caps-no-zone", zone.unwrap_or_default().to_owned());
            window(WindowKind::Rolling, Some(seconds), zone, now).map_err(with_zone)?
        }
        (None, None) => return Err(wrong_window()),
    };
    let most = if matches!(window, Window::Rolling(_)) { ROLLING_LIMIT_MAX } else { CAP_LIMIT_MAX };
    let limit = whole(limit).ok().and_then(|limit| limits::cap_limit(limit).ok());
    let limit = limit.filter(|limit| check_limit(*limit, &window).is_ok());
    let limit = limit.ok_or_else(|| Unclear("operator-caps-limit", most.to_string()))?;
    Ok(CapRule { limit, window, counts, source })
}

/// The caps that the form says, if they are others than those that are stored. A form without the field changes
/// nothing. What is not clear is noted in the form.
pub(crate) fn changed<'a>(
    viewer: &Viewer,
    form: &mut Form,
    stored: impl Iterator<Item = &'a Cap>,
) -> Option<Vec<CapRule>> {
    let lines = |text: &str| text.lines().map(|line| line.trim().to_owned()).collect::<Vec<_>>();
    if !form.is_ticked(CAPS) || lines(form.value(CAPS)) == lines(&text(stored)) {
        return None;
    }
    let zone = viewer.zone.iana_name().unwrap_or("UTC").to_owned();
    let rules = read(viewer.t, form.value(CAPS), &zone, viewer.now);
    rules.map_err(|wrong| form.fail(CAPS, wrong.join(" "))).ok()
}

/// Sets them; what is wrong is noted in the form, and then it is false.
pub(crate) async fn set(
    viewer: &Viewer,
    state: &AppState,
    form: &mut Form,
    unchanged: Precondition,
    command: Command,
) -> Result<bool, Problem> {
    match state.send_if(Some(unchanged), command, &|_| Some(format!("/{CAPS}"))).await {
        Ok(_) => Ok(true),
        Err(problem) => form.refuse(viewer.t, problem).map(|()| false),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::texts::Lang;
    use maitred_core::caps::Unit;
    use rstest::rstest;

    fn read_one(text: &str) -> Result<String, String> {
        let rules = read(Texts(Lang::En), text, "Europe/Moscow", Timestamp(0));
        let rules = rules.map_err(|wrong| wrong.join(" ").replace(['\u{2068}', '\u{2069}'], ""))?;
        Ok(rules.into_iter().map(|rule| line(&Cap::new(rule))).collect::<Vec<_>>().join("|"))
    }

    #[rstest]
    #[case("20/day", "20/day Europe/Moscow")]
    #[case(" 5 / hour UTC source 3 kept\n\n1/30s ", "5/hour UTC source 3 kept|1/30s")]
    #[case("", "")]
    fn lines_are_read_and_written_again(#[case] typed: &str, #[case] stored: &str) {
        assert_eq!(read_one(typed).as_deref(), Ok(stored));
        assert_eq!(read_one(&stored.replace('|', "\n")).as_deref(), Ok(stored));
    }

    #[rstest]
    #[case("20", "Write a limit and a period")]
    #[case("many/day", "The limit is a whole number from 1 to 1000000.")]
    #[case("20/fortnight", "“fortnight” is not a period")]
    #[case("20/0s", "“0s” is not a period")]
    #[case("20/day Europe/Moskow", "“Europe/Moskow” is not a time zone")]
    #[case("501/30s", "The limit is a whole number from 1 to 500.")]
    #[case("0/day", "The limit is a whole number")]
    #[case("1/30s UTC", "A period in seconds has no time zone")]
    #[case("5/hour source", "Write the number of a source behind “source”")]
    #[case("1/day\n1/day\n1/day\n1/day\n1/day\n1/day\n1/day\n1/day\n1/day", "at most 8")]
    fn of_each_line_that_is_not_clear_it_is_said_what_is_wrong(#[case] typed: &str, #[case] said: &str) {
        let wrong = read_one(&format!("20/day\n{typed}")).expect_err("it is not clear");
        assert!(wrong.contains(said), "{wrong}");
        assert!(said.contains("at most") || wrong.starts_with("Line 2: "), "{wrong}");
    }

    #[test]
    fn all_lines_that_are_not_clear_are_named() {
        let wrong = read_one("20\n5/hour\n\n1/year").expect_err("two lines are not clear");
        assert!(wrong.starts_with("Line 1: ") && wrong.contains(" Line 4: "), "{wrong}");
    }

    #[test]
    fn a_day_is_one_of_the_clock() {
        let rules = read(Texts(Lang::En), "20/day", "Europe/Moscow", Timestamp(0)).expect("it is clear");
        assert!(matches!(&rules[0].window, Window::Clock(Unit::Day, zone) if !zone.offsets.is_empty()));
    }
}
