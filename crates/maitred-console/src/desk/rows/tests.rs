//! What a desk says of people, shares and what was just done, as values.

use super::*;
use crate::texts::Lang;
use maitred_core::command::{NewSource, Submit};
use maitred_core::world::Tally;
use maitred_core::{LeadId, Source, SourceId, Timestamp};
use maitred_store::views::Covered;
use rstest::rstest;

const T: Texts = Texts(Lang::En);
const NOW: Timestamp = Timestamp(1_764_115_200_000_000);

#[rstest]
#[case("Hello", Some("Hello".to_owned()))]
#[case("  one\n\n two\t", Some("one two".to_owned()))]
#[case(" \n ", None)]
#[case(&"ж".repeat(500), Some("ж".repeat(240) + "…"))]
#[case(&"ab ".repeat(100), Some(format!("{}ab…", "ab ".repeat(79))))]
fn a_message_is_shown_by_its_beginning(#[case] message: &str, #[case] expected: Option<String>) {
    assert_eq!(preview(message), expected);
}

#[rstest]
#[case(0, 0.0, "No contacts in this period.", "0")]
#[case(7, 7.4, "Exactly your share.", "7.4")]
#[case(9, 7.96, "1 contact more than your share.", "8")]
#[case(1_200, 1_234.56, "35 contacts fewer than your share.", "1,234.6")]
fn a_share_is_said_in_words(#[case] received: u64, #[case] entitled: f64, #[case] words: &str, #[case] due: &str) {
    let share = Share::new(T, "Bot".to_owned(), None, received, entitled);
    assert_eq!((share.difference.as_str(), share.entitled.as_str()), (words, due));
    assert!((0.0..=100.0).contains(&share.filled) && (0.0..=100.0).contains(&share.due), "{share:?}");
}

fn served(id: i64, weight: u32, received: u64) -> Served {
    let source = Source::new(SourceId(id), NewSource::named(format!("Source {id}")), NOW);
    Served {
        source,
        weight,
        weight_total: 1_000,
        tally: Tally { received, ..Tally::default() },
        covered: Covered::default(),
    }
}

#[test]
fn several_sources_are_added_up() {
    let alone = shares(T, &[served(1, 250, 5)]);
    assert_eq!(alone.iter().map(|share| share.name.as_str()).collect::<Vec<_>>(), ["Source 1"]);
    let two = shares(T, &[served(1, 250, 5), served(2, 1, 8), served(3, 0, 0)]);
    let lines: Vec<_> = two.iter().map(|share| (share.received.as_str(), share.weight.as_deref())).collect();
    let expected = [
        ("13", None),
        ("5", Some("25% by weight")),
        ("8", Some("less than 1% by weight")),
        ("0", Some("weight 0: no contacts automatically")),
    ];
    assert_eq!(lines, expected);
}

#[rstest]
#[case(Status::Resolved, Some(1), "Resolved: Lead 1", true)]
#[case(Status::Resolved, Some(2), "Resolved: Lead 1", false)]
#[case(Status::Assigned, Some(1), "Assigned to you: Lead 1", false)]
#[case(Status::Assigned, Some(2), "Now with Boris: Lead 1", false)]
#[case(Status::Waiting, None, "Waiting for the next available operator: Lead 1", false)]
fn what_became_of_a_contact_is_told_as_it_is_now(
    #[case] status: Status,
    #[case] operator: Option<i64>,
    #[case] words: &str,
    #[case] has_undo: bool,
) {
    let contact = Contact {
        operator: operator.map(OperatorId),
        status,
        decisions: 1,
        ..Contact::new(ContactId(7), LeadId(1), &Submit::new(SourceId(1), Vec::new()), NOW)
    };
    let named = Named { operators: [(OperatorId(2), "Boris".into())].into(), ..Named::default() };
    let notice = Notice::new(T, OperatorId(1), &contact, &named);
    assert_eq!((notice.text.as_str(), notice.undo), (words, has_undo));
}
