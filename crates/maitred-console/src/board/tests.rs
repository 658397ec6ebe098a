//! The board as values in, html out: the same in every time zone, whatever the names are.

use super::history::Minute;
use super::*;
use crate::texts::Lang;
use maitred_core::command::{NewOperator, NewSource};
use maitred_core::{Actor, CalendarId, ContactId, OperatorId, Source, SourceId, UserId};
use rstest::rstest;

const NOW: Timestamp = Timestamp(1_764_115_200_000_000);

fn ago(seconds: i64) -> Timestamp {
    Timestamp(NOW.0 - seconds * 1_000_000)
}

fn operator(id: i64, name: &str, load: u32, max_load: u32) -> Operator {
    let new = NewOperator { max_load, ..NewOperator::named(name) };
    Operator { current_load: load, last_assigned_at: Some(ago(75)), ..Operator::new(OperatorId(id), new, ago(9_000)) }
}

fn waiting(id: i64, name: &str, waiting: u64, seconds: i64) -> WaitingView {
    let source = Source::new(SourceId(id), NewSource::named(name), ago(9_000));
    let oldest_created_at = (waiting > 0).then(|| ago(seconds));
    WaitingView { source, waiting, scheduled: 0, overdue: 0, oldest_created_at, next: None }
}

fn given(contact: i64, kind: EventKind, waited: i64) -> Assignment {
    Assignment {
        position: contact + 10,
        at: ago(5),
        kind,
        actor: (kind == EventKind::ContactTransferred).then_some(Actor::User(UserId(7))),
        contact: ContactId(contact),
        created_at: Some(ago(5 + waited)),
        source: SourceId(1),
        source_name: "Bot".into(),
        operator: OperatorId(1),
        operator_name: "Anna".into(),
        identities: vec![Identity::new(IdentityKind::Phone, "+79991234567")],
    }
}

fn data() -> Data {
    let mut minutes = vec![Minute { arrived: 0, waiting: None }; 10];
    minutes.extend((0..50).map(|n| Minute { arrived: n % 7, waiting: Some(n % 4) }));
    let off = Operator { is_active: false, last_assigned_at: None, ..operator(3, "Gleb", 0, 5) };
    let vera = Operator { paused_at: Some(ago(60)), paused_until: Some(ago(-600)), ..operator(4, "Vera", 0, 5) };
    let operators = vec![operator(1, "Anna", 12, 50), operator(2, "<b>Boris & sons</b>", 41, 40), off, vera];
    Data {
        now: NOW,
        roster: Named::of(&operators.iter().collect::<Vec<_>>(), None, NOW),
        operators,
        is_cut: false,
        waiting: vec![waiting(1, "Bot", 2, 187), waiting(2, "Site", 0, 0), waiting(3, "Line", 1, 7_500)],
        why: HashMap::new(),
        assignments: vec![
            given(4, EventKind::ContactCreated, 0),
            given(3, EventKind::ContactCreated, 0),
            given(2, EventKind::ContactAssigned, 187),
            given(1, EventKind::ContactTransferred, 9),
        ],
        actors: ActorNames::from([(Actor::User(UserId(7)), "Maria".into())]),
        took: HashMap::from([(ContactId(4), Duration::from_micros(812))]),
        hour: Hour { minutes, rate: 6, waiting: 3, arrived: 1_234 },
        warnings: Vec::new(),
        hours: Vec::new(),
        uncovered: [].into(),
    }
}

fn html(lang: Lang) -> String {
    let parts = Board::parts(&data(), Texts(lang)).expect("templates do not fail");
    parts.iter().map(|part| part.html() + "\n").collect()
}

#[test]
fn the_board_in_english() {
    insta::assert_snapshot!(html(Lang::En));
}

#[test]
fn the_board_in_russian() {
    insta::assert_snapshot!(html(Lang::Ru));
}

#[test]
fn names_cannot_be_html() {
    assert!(!html(Lang::En).contains("<b>"));
}

#[rstest]
#[case(IdentityKind::Phone, "+79991234567", "+7 999 ··· 67")]
#[case(IdentityKind::Phone, "+4930123456", "+4930 ··· 56")]
#[case(IdentityKind::Phone, "позвонить", "поз···")]
#[case(IdentityKind::Email, "anna@example.org", "an···@example.org")]
#[case(IdentityKind::Email, "я@почта.рф", "я···@почта.рф")]
#[case(IdentityKind::ExternalId, "tg:42", "tg:42")]
#[case(IdentityKind::ExternalId, "a-rather-long-external-id", "a-rather-long-e…")]
fn a_board_shows_enough_to_know_a_lead_again(#[case] kind: IdentityKind, #[case] value: &str, #[case] shown: &str) {
    assert_eq!(masked(&[Identity::new(kind, value)]).as_deref(), Some(shown));
}

#[test]
fn the_board_says_what_to_do_about_hours_that_run_out() {
    use maitred_app::hours_outlook::{HoursCause, HoursReach, HoursTrouble};
    let stamp = |text| maitred_calendar::Stamp::parse(text).expect("a stamp");
    let newer = HoursCause::Newer { theirs: stamp("2027a-h1"), here: stamp("2026e-h1") };
    let trouble = |reach, cause| HoursTrouble { calendar: CalendarId(3), name: "Night & day".into(), reach, cause };
    let hours = vec![
        trouble(HoursReach::Ended(ago(60)), None),
        trouble(HoursReach::RunsOut(ago(-60)), Some(newer)),
        trouble(HoursReach::Far, Some(HoursCause::Mistakes("/zone".into()))),
    ];
    let warnings = |lang| {
        let parts = Board::parts(&Data { hours: hours.clone(), ..data() }, Texts(lang)).expect("templates do not fail");
        parts.last().map(Part::html).unwrap_or_default().replace("</p>", "</p>\n")
    };
    insta::assert_snapshot!(Lang::ALL.map(warnings).join("\n"));
}
