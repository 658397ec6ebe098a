//! The caps of an operator, as people type them on their page: a line for each.

use crate::forms::{Form, whole};
use crate::shell::Viewer;
use maitred_app::caps::{WindowKind, check_limit, window};
use maitred_app::version::{Precondition, Subject, Version};
use maitred_core::caps::{CAPS_MAX, Cap, CapRule, Counts, Window};
use maitred_core::command::SetCaps;
use maitred_core::limits::{self, Invalid};
use maitred_core::{Command, Operator, SourceId, Timestamp};
use maitred_web::AppState;
use maitred_web::problem::Problem;

/// The name of the field.
pub(super) const CAPS: &str = "caps";

/// What the field is made of.
pub(super) fn text(operator: &Operator) -> String {
    operator.caps_on_all().map(line).collect::<Vec<_>>().join("\n")
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

/// Reads the field. Without a zone windows are by the clock of who typed it.
fn read(text: &str, zone: &str, now: Timestamp) -> Result<Vec<CapRule>, Invalid> {
    let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    if lines.len() > CAPS_MAX {
        return Err(Invalid(format!("has {} lines; give at most {CAPS_MAX}", lines.len())));
    }
    lines.into_iter().map(|line| rule(line, zone, now)).collect()
}

fn rule(line: &str, own_zone: &str, now: Timestamp) -> Result<CapRule, Invalid> {
    let unclear = || Invalid(format!("has a line that is not clear: {line}"));
    let (limit, rest) = line.split_once('/').ok_or_else(unclear)?;
    let limit = limits::cap_limit(whole(limit)?)?;
    let mut words = rest.split_whitespace();
    let length = words.next().ok_or_else(unclear)?;
    let (mut zone, mut source, mut counts) = (None, None, Counts::Assigned);
    while let Some(word) = words.next() {
        match word {
            "kept" => counts = Counts::Kept,
            "source" => source = Some(SourceId(whole(words.next().ok_or_else(unclear)?)?)),
            name => zone = Some(name),
        }
    }
    let kind = WindowKind::ALL.into_iter().find(|kind| kind.as_str() == length && *kind != WindowKind::Rolling);
    let window = match (kind, length.strip_suffix('s')) {
        (Some(kind), _) => window(kind, None, zone.or(Some(own_zone)), now),
        (None, Some(seconds)) => window(WindowKind::Rolling, Some(limits::cap_seconds(whole(seconds)?)?), zone, now),
        (None, None) => return Err(unclear()),
    };
    let window = window.map_err(|(_, invalid)| invalid)?;
    check_limit(limit, &window).map_err(|(_, invalid)| invalid)?;
    Ok(CapRule { limit, window, counts, source })
}

/// The caps that the form says, if they are others than those that are stored. A form without the field changes
/// nothing. What is wrong is noted in the form before anything is stored: a source that there is not as well.
pub(super) async fn change(
    viewer: &Viewer,
    state: &AppState,
    form: &mut Form,
    operator: &Operator,
) -> Result<Option<Vec<CapRule>>, Problem> {
    let lines = |text: &str| text.lines().map(|line| line.trim().to_owned()).collect::<Vec<_>>();
    if !form.is_ticked(CAPS) || lines(form.value(CAPS)) == lines(&text(operator)) {
        return Ok(None);
    }
    let zone = viewer.zone.iana_name().unwrap_or("UTC").to_owned();
    let rules = form.read(viewer.t, CAPS, "rule-caps", |text| read(text, &zone, viewer.now));
    for source in rules.iter().flatten().filter_map(|rule| rule.source) {
        if state.store().source(source).await?.is_none() {
            form.fail(CAPS, viewer.t.of("operator-caps-no-source", &source.to_string()));
        }
    }
    Ok(rules)
}

/// Sets them; what is wrong is noted in the form, and then it is false.
pub(super) async fn set(
    viewer: &Viewer,
    state: &AppState,
    form: &mut Form,
    operator: &Operator,
    caps: Vec<CapRule>,
) -> Result<bool, Problem> {
    let unchanged = Precondition::of(Subject::Caps(operator.id), Version::of_caps(operator));
    let command = Command::SetCaps(SetCaps { operator: operator.id, caps });
    match state.send_if(Some(unchanged), command, &|_| Some(format!("/{CAPS}"))).await {
        Ok(_) => Ok(true),
        Err(problem) => form.refuse(viewer.t, problem).map(|()| false),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use maitred_core::caps::Unit;
    use rstest::rstest;

    fn read_one(text: &str) -> Result<String, String> {
        let rules = read(text, "Europe/Moscow", Timestamp(0)).map_err(|invalid| invalid.to_string())?;
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
    #[case("20")]
    #[case("many/day")]
    #[case("20/fortnight")]
    #[case("20/day Europe/Moskow")]
    #[case("501/30s")]
    #[case("0/day")]
    #[case("1/30s UTC")]
    #[case("5/hour source")]
    #[case("1/day\n1/day\n1/day\n1/day\n1/day\n1/day\n1/day\n1/day\n1/day")]
    fn what_is_not_clear_is_refused(#[case] typed: &str) {
        assert!(read_one(typed).is_err(), "{typed}");
    }

    #[test]
    fn a_day_is_one_of_the_clock() {
        let rules = read("20/day", "Europe/Moscow", Timestamp(0)).expect("it is clear");
        assert!(matches!(&rules[0].window, Window::Clock(Unit::Day, zone) if !zone.offsets.is_empty()));
    }
}
