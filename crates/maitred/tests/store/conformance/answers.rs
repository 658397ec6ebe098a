//! Answers that are kept under a key: kept, found, moved by merges, forgotten by age; and the file of an older maitred,
//! which had none.

use super::rows::*;
use crate::test_store::{Node, TestStore, number, postgres, sqlite};
use maitred_app::batcher::batch::Task;
use maitred_app::permission::Condition;
use maitred_core::command::{NewSource, Submit};
use maitred_core::world::{Changes, Merge, Needs};
use maitred_core::{
    Actor, Answer, Command, Contact, ContactId, Context, IdempotencyKey, Identity, IdentityKind, LeadId, Outcome,
    SourceId, SourceKind, Timestamp, World,
};
use maitred_store::url::DatabaseUrl;
use rstest::rstest;

pub(super) const fn keyed(key: u8) -> IdempotencyKey {
    IdempotencyKey { digest: [key; 16], fingerprint: [key ^ 0xff; 16], is_event: false }
}

fn answer(key: u8, at: i64, outcome: &Outcome) -> Answer {
    Answer::new(keyed(key), Timestamp(at), outcome)
}

/// The answer to a submission that nobody was free for.
fn submission(key: u8, at: i64) -> Answer {
    let submit = Submit::new(SourceId(1), Vec::new());
    let contact = Contact { decisions: 1, ..Contact::new(ContactId(1), LeadId(1), &submit, Timestamp(at)) };
    Answer::of_submission(keyed(key), Timestamp(at), &submit, &Outcome::Contact(contact))
}

#[rstest]
fn answers_are_kept_word_for_word(#[values(sqlite, postgres)] store: fn() -> TestStore) {
    let store = store();
    let mut engine = store.open();
    let outcomes = [
        Outcome::Operator(operator(2)),
        Outcome::Source(source(3)),
        Outcome::Lead(lead(4)),
        Outcome::Shown(LeadId(i64::MAX), every_character()),
        Outcome::Done,
    ];
    let times = NUMBERS.into_iter().cycle();
    let others = outcomes.iter().zip(1..).zip(times).map(|((outcome, key), at)| answer(key, at, outcome));
    let kept: Vec<Answer> = std::iter::once(submission(0, 7)).chain(others).collect();
    put(&mut engine, &Changes { answers: kept.clone(), ..Changes::default() });
    let needs = Needs { answers: (0..10).map(|key| [key; 16]).collect(), ..Needs::default() };
    let mut found = find(&mut engine, &needs).answers;
    found.sort_by_key(|answer| answer.key.digest);
    assert_eq!(found, kept);
    // Named is whomever the words may tell of, and nobody by a submission.
    let named: Vec<Option<i64>> = kept.iter().map(|answer| answer.about().map(|lead| lead.0)).collect();
    assert_eq!(
        store.rows("answers").iter().map(|row| row[3].as_ref().map(|_| number(&row[3]))).collect::<Vec<_>>(),
        named
    );
    assert_eq!(named, [None, None, None, Some(4), Some(i64::MAX), None]);
}

#[rstest]
fn whom_answers_tell_of_follows_a_merge(#[values(sqlite, postgres)] store: fn() -> TestStore) {
    let store = store();
    let mut engine = store.open();
    let shown = |key, lead| answer(key, 1, &Outcome::Shown(LeadId(lead), "{}".into()));
    put(&mut engine, &Changes { answers: vec![shown(1, 1), shown(2, 2), shown(3, 3)], ..Changes::default() });
    let merge = Merge { from: LeadId(1), into: LeadId(2) };
    put(&mut engine, &Changes { merges: vec![merge], answers: vec![shown(4, 1)], ..Changes::default() });
    let named = store.rows("answers").iter().map(|row| number(&row[3])).collect::<Vec<_>>();
    assert_eq!(named, [2, 2, 3, 2]);
}

#[rstest]
fn a_key_is_never_given_two_answers(#[values(sqlite, postgres)] store: fn() -> TestStore) {
    let store = store();
    let mut engine = store.open();
    put(&mut engine, &Changes { answers: vec![answer(1, 1, &Outcome::Done)], ..Changes::default() });
    let before = store.everything();
    engine.begin(&mut World::default()).expect("a transaction");
    let other = answer(1, 2, &Outcome::Lead(lead(1)));
    engine.write(&Changes { answers: vec![other], ..Changes::default() }).expect_err("it has one");
    engine.rollback();
    assert_eq!(store.everything(), before);
}

#[rstest]
fn the_oldest_answers_are_forgotten_first_and_no_young_one(#[values(sqlite, postgres)] store: fn() -> TestStore) {
    let store = store();
    let mut engine = store.open();
    // The order of keys is not that of times.
    let answers = (0..100u8).map(|key| answer(key.wrapping_mul(37), key.into(), &Outcome::Done)).collect();
    put(&mut engine, &Changes { answers, ..Changes::default() });
    let mut forget = |before, at_most| {
        engine.begin(&mut World::default()).expect("a transaction");
        let gone = engine.forget_answers(Timestamp(before), at_most).expect("the store writes");
        engine.commit().expect("the store commits");
        gone
    };
    let left = || {
        let mut times: Vec<i64> = store.rows("answers").iter().map(|row| number(&row[2])).collect();
        times.sort_unstable();
        times
    };
    assert_eq!((forget(50, 20), left()), (20, (20..100).collect()));
    assert_eq!((forget(50, 20), left()), (20, (40..100).collect()));
    assert_eq!((forget(50, 20), left()), (10, (50..100).collect()));
    assert_eq!((forget(50, 20), forget(i64::MIN, 20), left()), (0, 0, (50..100).collect()));
}

#[rstest]
fn what_is_forgotten_in_a_batch_that_fails_is_still_there(#[values(sqlite, postgres)] store: fn() -> TestStore) {
    let store = store();
    let mut engine = store.open();
    put(&mut engine, &Changes { answers: vec![answer(1, 1, &Outcome::Done)], ..Changes::default() });
    engine.begin(&mut World::default()).expect("a transaction");
    assert_eq!(engine.forget_answers(Timestamp(5), 5).expect("the store writes"), 1);
    engine.rollback();
    assert_eq!(store.rows("answers").len(), 1);
}

fn submit(key: Option<[u8; 16]>) -> Command {
    Command::Submit(Submit {
        message: Some("Hello!".into()),
        idempotency_key: key,
        ..Submit::new(SourceId(1), vec![Identity::new(IdentityKind::ExternalId, "a")])
    })
}

fn bot() -> Command {
    Command::CreateSource(NewSource { kind: SourceKind::Bot, ..NewSource::named("Bot") })
}

/// Carries out one command under keys, as the batcher of a node would.
pub(super) fn one(node: &mut Node, command: Command, keys: &[IdempotencyKey]) -> Outcome {
    let task = |last: Timestamp| {
        let context = Context { now: Timestamp(last.0 + 1), seed: 1, actor: Actor::System };
        vec![Task {
            command,
            keys: keys.to_vec(),
            context,
            condition: Condition::None,
            precondition: None,
            heard: None,
        }]
    };
    let mut answers = node.carry_out(task).expect("the batch is stored").answers;
    answers.pop().expect("an answer").expect("the command is valid")
}

#[rstest]
fn another_process_answers_the_same(#[values(sqlite, postgres)] store: fn() -> TestStore) {
    let store = store();
    let mut node = Node::open(&store);
    node.run(bot());
    let first = one(&mut node, submit(None), &[keyed(1), keyed(2)]);
    let contact = match &first {
        Outcome::Contact(contact) => contact.id,
        other => panic!("{other:?} is no contact"),
    };
    node.run(Command::DeleteContact(contact));
    node.close();
    let again = Outcome::Again(Box::new(first));
    for keys in [&[keyed(1)][..], &[keyed(2)], &[keyed(3), keyed(1)], &[keyed(3)]] {
        let mut node = Node::open(&store);
        assert_eq!(one(&mut node, submit(None), keys), again);
        node.close();
    }
    assert!(store.rows("contacts").is_empty());
}

#[test]
fn a_file_from_before_there_were_answers_keeps_all_it_has() {
    let store = sqlite();
    let mut node = Node::open(&store);
    node.run(bot());
    node.run(submit(Some([9; 16])));
    node.close();
    let DatabaseUrl::Sqlite(path) = store.url() else { unreachable!("it is a file") };
    let conn = rusqlite::Connection::open(path).expect("the file opens");
    conn.execute_batch(
        "DROP TABLE report_progress; DROP TABLE report_contacts; DROP TABLE report_facts; DROP TABLE report_days; \
         ALTER TABLE contacts DROP COLUMN sent_priority; ALTER TABLE contacts DROP COLUMN raised_to; \
         ALTER TABLE contacts DROP COLUMN raise_at; ALTER TABLE contacts DROP COLUMN reopened_at; \
         DROP INDEX contacts_overdue; ALTER TABLE contacts DROP COLUMN first_response_at; \
         ALTER TABLE contacts DROP COLUMN respond_by; ALTER TABLE contacts DROP COLUMN overdue_at; \
         ALTER TABLE source_totals DROP COLUMN overdue; ALTER TABLE sources DROP COLUMN urgency; \
         ALTER TABLE operators DROP COLUMN away_after_s; ALTER TABLE operators DROP COLUMN present_until; \
         ALTER TABLE operators DROP COLUMN away_at; ALTER TABLE operators DROP COLUMN off_at; \
         ALTER TABLE operators DROP COLUMN marking_behind; ALTER TABLE operators DROP COLUMN has_marks; \
         ALTER TABLE sources DROP COLUMN releases; ALTER TABLE contacts DROP COLUMN release_at; \
         ALTER TABLE operators DROP COLUMN caps; ALTER TABLE operators DROP COLUMN misses; \
         ALTER TABLE sources DROP COLUMN offers; DROP INDEX sources_calendar; \
         ALTER TABLE sources DROP COLUMN calendar_id; ALTER TABLE sources DROP COLUMN hours; \
         DROP INDEX sources_fallback; ALTER TABLE sources DROP COLUMN fallback_id; \
         ALTER TABLE sources DROP COLUMN caps; ALTER TABLE operators DROP COLUMN notify_email; \
         DROP TABLE corrections; DROP TABLE intakes; DROP TABLE payloads; ALTER TABLE next_ids DROP COLUMN payload; \
         ALTER TABLE sources DROP COLUMN conversation; DROP TABLE messages; ALTER TABLE next_ids DROP COLUMN message; \
         ALTER TABLE contacts DROP COLUMN original_source_id; ALTER TABLE sources DROP COLUMN hides_names; \
         ALTER TABLE sources DROP COLUMN hours_revision; ALTER TABLE sources DROP COLUMN hours_seen_at; \
         DROP INDEX contacts_resting; DROP INDEX contacts_waiting; ALTER TABLE contacts DROP COLUMN accept_by; \
         ALTER TABLE contacts DROP COLUMN accepted_at; ALTER TABLE contacts DROP COLUMN retry_at; \
         ALTER TABLE contacts DROP COLUMN wanted_operator_id; ALTER TABLE contacts DROP COLUMN wanted_for_s; \
         ALTER TABLE contacts DROP COLUMN attempts; ALTER TABLE source_totals DROP COLUMN resting; \
         DROP INDEX operators_calendar; ALTER TABLE operators DROP COLUMN calendar_id; \
         ALTER TABLE operators DROP COLUMN hours; ALTER TABLE operators DROP COLUMN hours_revision; \
         ALTER TABLE operators DROP COLUMN hours_seen_at; DROP TABLE calendars; DROP TABLE personal_times; \
         ALTER TABLE next_ids DROP COLUMN calendar; ALTER TABLE next_ids DROP COLUMN correction; \
         ALTER TABLE operators DROP COLUMN paused_at; ALTER TABLE operators DROP COLUMN paused_until; \
         ALTER TABLE operators DROP COLUMN pause_reason; DROP TABLE due; \
         ALTER TABLE contacts DROP COLUMN not_before; \
         ALTER TABLE contacts DROP COLUMN scheduled; ALTER TABLE source_totals DROP COLUMN scheduled; \
         CREATE INDEX contacts_waiting ON contacts (source_id, priority DESC, created_at, id) WHERE status = 0; \
         DROP INDEX sources_demo; DROP INDEX leads_demo; DROP INDEX events_demo; \
         ALTER TABLE operators DROP COLUMN demo; ALTER TABLE sources DROP COLUMN demo; \
         ALTER TABLE leads DROP COLUMN demo; ALTER TABLE events DROP COLUMN demo; \
         DROP TABLE ledger_snapshots; ALTER TABLE source_totals DROP COLUMN ledger_at; \
         ALTER TABLE source_totals DROP COLUMN weights_at; DROP INDEX events_by_hand; DROP TABLE contact_notes; \
         DROP TABLE lead_words; ALTER TABLE next_ids DROP COLUMN note; DROP TABLE answers; \
         ALTER TABLE events DROP COLUMN actor; DROP INDEX leads_erasing; DROP INDEX leads_merged; \
         DROP INDEX operators_external_id; ALTER TABLE operators DROP COLUMN external_id; \
         ALTER TABLE contacts DROP COLUMN sent; ALTER TABLE sources DROP COLUMN id_space; \
         ALTER TABLE sources DROP COLUMN reply_url; ALTER TABLE sources DROP COLUMN short_phones; \
         DROP INDEX sources_rereading; ALTER TABLE sources DROP COLUMN reread_behind; DROP TABLE identities; \
         CREATE TABLE identities (kind INTEGER NOT NULL, value TEXT NOT NULL, \
         lead_id INTEGER NOT NULL REFERENCES leads (id), PRIMARY KEY (kind, value)) STRICT, WITHOUT ROWID; \
         CREATE INDEX identities_lead ON identities (lead_id); \
         ALTER TABLE leads ADD COLUMN name_folded TEXT; \
         CREATE INDEX leads_name ON leads (name_folded) WHERE name_folded IS NOT NULL; \
         ALTER TABLE leads DROP COLUMN blocked_source_id; ALTER TABLE leads DROP COLUMN blocked_at; \
         ALTER TABLE leads DROP COLUMN erased_at; ALTER TABLE leads DROP COLUMN erasing_behind; \
         DELETE FROM refinery_schema_history WHERE version > 1",
    )
    .expect("version 1");
    drop(conn);

    let mut node = Node::open(&store);
    let before = one(&mut node, submit(Some([9; 16])), &[keyed(1)]);
    assert!(matches!(before, Outcome::SubmittedBefore(_)), "the receipt is still there: {before:?}");
    node.close();
    assert_eq!((store.rows("contacts").len(), store.rows("answers").len()), (1, 1));
}
