//! Stories as they are printed, of a database with a fixed clock and fixed seeds.

use super::*;
use maitred_core::command::{Pause, Submit, Transfer};
use maitred_core::{Command, Outcome};
use maitred_store::testing::{Fixture, Reads, submit};

fn told(reads: &Reads, contact: ContactId) -> Option<Told> {
    reads.get(async |store| store.story(contact).await).map(Told::from)
}

fn story(fixture: &Fixture, contact: ContactId) -> String {
    let story = told(&fixture.reads(), contact).expect("the contact is there");
    assert!(story.decisions.iter().all(|decision| decision.replay_matches));
    story.laid_out()
}

#[test]
fn a_draw_is_shown_as_a_number_line() {
    let mut fixture = Fixture::new();
    let operators = [("Anna", 50, 10), ("Борис", 50, 30), ("Vera", 0, 20)];
    let weights = operators.map(|(name, max_load, weight)| (fixture.operator(name, max_load), weight));
    let bot = fixture.source("Telegram Bot", Policy::WeightedRandom, &weights);
    let contact = fixture.contact(bot, "a");
    insta::assert_snapshot!(story(&fixture, contact.id));
}

#[test]
fn a_long_chain_is_told_link_by_link() {
    let mut fixture = Fixture::new();
    let (anna, boris) = (fixture.operator("Anna", 1), fixture.operator("Boris", 0));
    let bot = fixture.source("Site", Policy::SmoothWeighted, &[(anna, 5), (boris, 1)]);
    let first = fixture.contact(bot, "a");
    let urgent = Submit { priority: 3, ..submit(bot, "b") };
    let Outcome::Contact(second) = fixture.run(Command::Submit(urgent)) else { unreachable!() };
    fixture.edit(&first, |edit| edit.is_resolved = Some(true));
    fixture.run(Command::Transfer(Transfer { contact: second.id, from: None, to: Some(boris), force: true }));
    fixture.edit(&second, |edit| edit.is_resolved = Some(true));
    insta::assert_snapshot!(story(&fixture, second.id));
}

#[test]
fn until_when_somebody_was_away_is_said_where_it_was_known() {
    let mut fixture = Fixture::new();
    let (anna, boris) = (fixture.operator("Anna", 5), fixture.operator("Boris", 5));
    let bot = fixture.source("Site", Policy::SmoothWeighted, &[(anna, 1), (boris, 1)]);
    let until = Some(maitred_core::Timestamp(1_764_118_800_000_000));
    fixture.run(Command::Pause(Pause { operator: anna, until, reason: None }));
    fixture.run(Command::Pause(Pause { operator: boris, until: None, reason: None }));
    let contact = fixture.contact(bot, "a");
    let story = story(&fixture, contact.id);
    assert!(story.contains("paused until 2025-11-26T01:00:00Z") && story.matches("until").count() == 1, "{story}");
}

#[test]
fn a_number_line_gives_everybody_a_part_and_marks_the_drawn() {
    let part = |id, first, last| DrawPart { operator_id: OperatorId(id), first, last };
    let draw = |point, total, parts| number_line(&Draw { total, point, parts }, &|id| format!("O{id}"));
    let lines = [
        draw(9, 40, vec![part(1, 0, 9), part(2, 10, 39)]),
        // A part of one number in a billion still has the cell above its mark.
        draw(500, 1_000_000_000, vec![part(1, 0, 499), part(2, 500, 500), part(3, 501, 999_999_999)]),
        draw(31, 60, (0..60).map(|n| part(n + 1, n as u64, n as u64)).collect()),
        draw(u64::MAX - 1, u64::MAX, vec![part(7, 0, u64::MAX - 1)]),
    ];
    insta::assert_snapshot!(lines.join("\n"));
}

#[test]
fn every_point_lies_under_its_owner() {
    for total in [1u64, 2, 3, 59, 60, 61, 997] {
        let half = total / 2;
        let parts = [(1, 0, half), (2, half, total)].into_iter().filter(|(_, from, to)| from < to);
        let parts: Vec<_> =
            parts.map(|(id, from, to)| DrawPart { operator_id: OperatorId(id), first: from, last: to - 1 }).collect();
        for point in 0..total {
            let draw = Draw { total, point, parts: parts.clone() };
            let text = number_line(&draw, &|id| id.to_string());
            let lines: Vec<&str> = text.lines().collect();
            let mark = lines[1].chars().position(|c| c == '^').expect("a mark");
            let letter = lines[0].chars().nth(mark).expect("a letter above the mark");
            let owner = parts.iter().position(|p| (p.first..=p.last).contains(&point)).expect("an owner");
            assert_eq!(letter, char::from(LETTERS[owner]), "{point} of {total}\n{text}");
        }
    }
}

#[test]
fn of_a_large_pool_some_are_shown_and_the_picked_one_is_among_them() {
    let mut fixture = Fixture::new();
    let weights: Vec<_> = (0..100).map(|n| (fixture.operator(&format!("O{n}"), 50), n)).collect();
    let bot = fixture.source("Bot", Policy::WeightedRandom, &weights);
    let contact = fixture.contact(bot, "a");
    let text = story(&fixture, contact.id);
    assert!(text.contains("→"), "{text}");
    assert!(text.contains("70 more; --json has them all"), "{text}");
}

#[test]
fn a_damaged_record_is_told_and_does_not_match() {
    let mut fixture = Fixture::new();
    let anna = fixture.operator("Anna", 5);
    let bot = fixture.source("Bot", Policy::WeightedRandom, &[(anna, 1)]);
    let contact = fixture.contact(bot, "a");
    let reads = fixture.reads();
    let (conn, _folder) = fixture.into_connection();
    conn.execute("UPDATE pool_segments SET bytes = x'63'", []).expect("valid SQL");
    let story = told(&reads, contact.id).expect("the contact is there");
    assert!(!story.decisions[0].replay_matches);
    assert!(story.laid_out().contains("replay unreadable"), "{}", story.laid_out());
}

#[test]
fn a_contact_that_is_not_there_has_no_story() {
    assert!(told(&Fixture::new().reads(), ContactId(1)).is_none());
}
