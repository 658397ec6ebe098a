//! What is written is kept: each field of `Changes`, by name, with values at the ends of what can be stored.

use super::rows::*;
use crate::test_store::{Node, TestStore, postgres, sqlite};
use maitred_core::command::{NewOperator, OperatorEdit};
use maitred_core::decision::{Cause, PoolRef};
use maitred_core::draw::ALGORITHM_VERSION;
use maitred_core::event::EndpointFault;
use maitred_core::fallback::MoveReason;
use maitred_core::limits::{IDENTITY_CHARS_MAX, NAME_CHARS_MAX};
use maitred_core::policy::Rule;
use maitred_core::recording::Segment;
use maitred_core::release::Absence;
use maitred_core::urgency::ResponseKind;
use maitred_core::world::{Changes, Duplicate, Ledger, Merge, Needs, SourceTotals};
use maitred_core::{
    CalendarId, Command, Contact, ContactId, Decision, DetailFields, EndpointId, Event, EventDetail, EventKind,
    IdentityKind, Ids, Lead, LeadId, MessageId, Operator, OperatorId, Policy, PoolId, Source, SourceId, SourceKind,
    Status, Timestamp,
};
use rstest::rstest;

fn text(value: impl ToString + Copy) -> Option<String> {
    Some(value.to_string())
}

/// Bytes as tables are read here.
fn hex(bytes: &[u8]) -> Option<String> {
    Some(bytes.iter().map(|byte| format!("{byte:02X}")).collect())
}

#[rstest]
fn operators_are_added_and_overwritten(#[values(sqlite, postgres)] store: fn() -> TestStore) {
    let store = store();
    let mut engine = store.open();
    let needs = Needs { operators: (0..10).map(OperatorId).collect(), ..Needs::default() };
    let new = vec![
        operator(1),
        Operator { is_active: false, last_assigned_at: None, deleted_at: Some(Timestamp(i64::MIN)), ..operator(2) },
        Operator { max_load: u32::MAX, current_load: u32::MAX, created_at: Timestamp(i64::MAX), ..operator(3) },
    ];
    put(&mut engine, &Changes { operators_new: new.clone(), ..Changes::default() });
    let serving_nothing = |operators: &[Operator]| operators.iter().map(|o| (o.clone(), [].into())).collect::<Vec<_>>();
    assert_eq!(find(&mut engine, &needs).operators, serving_nothing(&new));

    let changed = vec![
        Operator { name: every_character(), deleted_at: Some(Timestamp(7)), ..new[0].clone() },
        Operator { name: "".into(), max_load: 0, current_load: 0, last_assigned_at: None, ..operator(3) },
    ];
    put(&mut engine, &Changes { operators_changed: changed.clone(), ..Changes::default() });
    let expected = [changed[0].clone(), new[1].clone(), changed[1].clone()];
    assert_eq!(find(&mut engine, &needs).operators, serving_nothing(&expected));
}

#[rstest]
fn sources_are_added_and_overwritten(#[values(sqlite, postgres)] store: fn() -> TestStore) {
    let store = store();
    let mut engine = store.open();
    let kinds = SourceKind::ALL.into_iter().flat_map(|kind| Policy::ALL.map(|policy| (kind, policy)));
    let new: Vec<Source> =
        kinds.zip(1..).map(|((kind, policy), id)| Source { kind, policy, sticky: id % 2 == 0, ..source(id) }).collect();
    let needs = Needs { sources: (0..100).map(SourceId).collect(), ..Needs::default() };
    put(&mut engine, &Changes { sources_new: new.clone(), ..Changes::default() });
    let found = find(&mut engine, &needs).sources;
    assert_eq!(found.iter().map(|found| found.source.clone()).collect::<Vec<_>>(), new);
    assert!(found.iter().all(|found| found.weights.is_empty() && found.ledger == Ledger::default()));

    let changed: Vec<Source> = new
        .iter()
        .rev()
        .map(|source| Source {
            description: if source.id.0 == 1 { every_character() } else { "".into() },
            default_region: None,
            id_space: None,
            reply_url: None,
            short_phones: false,
            hides_names: false,
            deleted_at: (source.id.0 % 3 == 0).then_some(Timestamp(i64::MAX)),
            updated_at: Timestamp(i64::MIN),
            ..source.clone()
        })
        .collect();
    put(&mut engine, &Changes { sources_changed: changed.clone(), ..Changes::default() });
    let found = find(&mut engine, &needs).sources;
    assert!(found.iter().rev().map(|found| &found.source).eq(&changed));
}

#[rstest]
fn names_are_swapped_in_one_batch(#[values(sqlite, postgres)] store: fn() -> TestStore) {
    let store = store();
    let mut engine = store.open();
    put(&mut engine, &Changes { sources_new: vec![source(1), source(2), source(3)], ..Changes::default() });
    let named = |id, name: &str| Source { name: name.into(), ..source(id) };
    let gone = Source { deleted_at: Some(Timestamp(5)), ..source(3) };
    // One and two swap; four takes the name of three, which is deleted by the same batch.
    let changes = Changes {
        sources_changed: vec![named(1, "Source 2"), named(2, "Source 1"), gone],
        sources_new: vec![named(4, "Source 3")],
        ..Changes::default()
    };
    put(&mut engine, &changes);
    let names = ["Source 1", "Source 2", "Source 3"].map(Into::into);
    let needs = Needs { source_names: names.clone().into(), ..Needs::default() };
    let expected: Vec<_> = names.into_iter().zip([2, 1, 4].map(SourceId)).collect();
    assert_eq!(find(&mut engine, &needs).source_names, expected);
}

#[rstest]
fn external_ids_are_swapped_in_one_batch(#[values(sqlite, postgres)] store: fn() -> TestStore) {
    let store = store();
    let mut node = Node::open(&store);
    let named = |n: u8| NewOperator { external_id: Some(format!("crm-{n}").into()), ..NewOperator::named("Anna") };
    node.batch([1, 2, 3].map(|n| Command::CreateOperator(named(n))).into());
    let set = |id, external_id: Option<&str>| {
        let external_id = Some(external_id.map(Into::into));
        Command::EditOperator(OperatorId(id), OperatorEdit { external_id, ..OperatorEdit::default() })
    };
    // One and two swap; four takes the external id of three, who is deleted by the same batch.
    let swaps = [set(2, None), set(1, Some("crm-2")), set(2, Some("crm-1"))];
    let takes = [Command::DeleteOperator(OperatorId(3)), Command::CreateOperator(named(3))];
    node.batch(swaps.into_iter().chain(takes).collect());
    node.close();
    let left: Vec<_> = store.rows("operators").into_iter().map(|mut row| row.swap_remove(2)).collect();
    assert_eq!(left, ["crm-2", "crm-1", "crm-3", "crm-3"].map(|id| Some(id.to_owned())));
}

#[rstest]
fn of_weights_the_last_word_counts(#[values(sqlite, postgres)] store: fn() -> TestStore) {
    let store = store();
    let mut engine = store.open();
    let set = |source, operator, weight| (SourceId(source), OperatorId(operator), weight);
    let first = vec![
        set(1, 1, Some(1_000_000_000)),
        set(1, 2, Some(0)),
        set(1, 3, Some(5)),
        set(1, 3, None),
        set(2, 1, None),
        set(2, 1, Some(u32::MAX)),
    ];
    let second = vec![set(1, 1, None), set(1, 1, Some(7)), set(1, 2, None), set(1, 4, None), set(1, 3, Some(1))];
    put(&mut engine, &Changes { weights: first, ..Changes::default() });
    let row = |values: [i64; 3]| values.map(text).to_vec();
    let expected = [[1, 1, 1_000_000_000], [1, 2, 0], [2, 1, u32::MAX.into()]].map(row);
    assert_eq!(store.rows("weights"), expected);
    put(&mut engine, &Changes { weights: second, ..Changes::default() });
    assert_eq!(store.rows("weights"), [[1, 1, 7], [1, 3, 1], [2, 1, u32::MAX.into()]].map(row));
}

#[rstest]
fn counters_and_ledgers_are_overwritten(#[values(sqlite, postgres)] store: fn() -> TestStore) {
    let store = store();
    let mut engine = store.open();
    let most = i64::MAX.cast_unsigned();
    // A ledger as it is stored: one line, of operator 1, who received 3 and has a credit of -2.
    let ledger = vec![1, 2, 3, 3, 0, 0];
    let totals = |n, ledger: &[u8]| SourceTotals {
        source: SourceId(1),
        waiting: n,
        scheduled: n,
        resting: n,
        overdue: n,
        assigned: n,
        arrived: n,
        ledger: ledger.to_vec(),
        ledger_at: (n > 1).then_some(Timestamp(7)),
        weights_at: Some(Timestamp(n as i64)),
    };
    let empty = Ledger::default().encode();
    let first = Changes { sources_new: vec![source(1)], totals: vec![totals(1, &empty)], ..Changes::default() };
    put(&mut engine, &first);
    put(&mut engine, &Changes { totals: vec![totals(most, &ledger)], ..Changes::default() });
    let needs = Needs { sources: [SourceId(1)].into(), ..Needs::default() };
    let found = find(&mut engine, &needs).sources.remove(0);
    assert_eq!((found.counts.waiting, found.counts.assigned, found.counts.arrived), (most, most, most));
    assert_eq!((found.counts.scheduled, found.counts.resting, found.counts.overdue), (most, most, most));
    assert_eq!((found.counts.ledger_at, found.counts.weights_at), (Some(Timestamp(7)), Some(Timestamp(i64::MAX))));
    assert_eq!(found.ledger.encode(), ledger);
    assert_eq!(found.ledger.get(OperatorId(1)).received, 3);
}

#[rstest]
fn contacts_are_added_overwritten_and_deleted(#[values(sqlite, postgres)] store: fn() -> TestStore) {
    let store = store();
    let mut engine = store.open();
    let needs = Needs { contacts: (0..100).map(ContactId).collect(), ..Needs::default() };
    let new = vec![
        contact(1),
        Contact { priority: i32::MIN, message: None, attributes: None, decisions: u32::MAX, ..held(2, 1) },
        Contact { priority: i32::MAX, created_at: Timestamp(i64::MIN), ..resolved(3, Some(2)) },
        Contact { lead: LeadId(i64::MAX), updated_at: Timestamp(i64::MAX), ..resolved(4, None) },
        overdue(5, 1, None),
        overdue(6, 1, Some(i64::MAX)),
        raised(7),
    ];
    put(&mut engine, &Changes { contacts_new: new.clone(), ..Changes::default() });
    assert_eq!(find(&mut engine, &needs).contacts, new);

    let changed = vec![
        Contact { lead: LeadId(9), source: SourceId(8), decisions: 0, message: Some(every_character()), ..held(1, 7) },
        Contact { status: Status::Waiting, operator: None, assigned_at: None, message: Some("".into()), ..contact(2) },
        Contact { resolved_at: Some(Timestamp(i64::MAX)), attributes: None, ..resolved(4, Some(1)) },
    ];
    put(&mut engine, &Changes { contacts_changed: changed.clone(), ..Changes::default() });
    let expected = [&changed[..2], &new[2..3], &changed[2..], &new[4..]].concat();
    assert_eq!(find(&mut engine, &needs).contacts, expected);
}

#[rstest]
fn a_deleted_contact_takes_along_what_is_about_it(#[values(sqlite, postgres)] store: fn() -> TestStore) {
    let store = store();
    let mut engine = store.open();
    let duplicate = |contact, other| Duplicate {
        lead: LeadId(1),
        other: LeadId(other),
        contact: ContactId(contact),
        at: Timestamp(1),
    };
    let changes = Changes {
        contacts_new: (1..=4).map(contact).collect(),
        decisions: (1..=4).flat_map(|id| [decision(id, 0), decision(id, 1)]).collect(),
        receipts: (1..=4).map(|id| ([id; 16], ContactId(id.into()))).collect(),
        duplicates: (1..=4).map(|id| duplicate(id, id + 10)).collect(),
        ..Changes::default()
    };
    put(&mut engine, &changes);
    // Five is of this very batch.
    let changes = Changes {
        contacts_new: vec![contact(5)],
        decisions: vec![decision(5, 0)],
        contacts_deleted: [2, 3, 5, 77].map(ContactId).into(),
        ..Changes::default()
    };
    put(&mut engine, &changes);
    let left = |table, column: usize| store.rows(table).into_iter().map(move |mut row| row.swap_remove(column));
    assert!(left("contacts", 0).eq([1, 4].map(text)));
    assert!(left("decisions", 0).eq([1, 1, 4, 4].map(text)));
    assert!(left("receipts", 1).eq([1, 4].map(text)));
    assert!(left("lead_duplicates", 2).eq([1, 4].map(text)));
}

#[rstest]
fn leads_and_their_identities_are_kept(#[values(sqlite, postgres)] store: fn() -> TestStore) {
    let store = store();
    let mut engine = store.open();
    let needs = Needs { leads: (0..10).map(LeadId).collect(), ..Needs::default() };
    let new = vec![lead(1), Lead { name: None, created_at: Timestamp(i64::MIN), ..lead(2) }, lead(3)];
    let value = widest(IDENTITY_CHARS_MAX);
    let identities: Vec<_> = IdentityKind::ALL.into_iter().map(|kind| (identity(kind, &value), LeadId(1))).collect();
    let changes = Changes { leads_new: new.clone(), identities_new: identities.clone(), ..Changes::default() };
    put(&mut engine, &changes);
    assert_eq!(find(&mut engine, &needs).leads, new);
    let all = Needs { identities: identities.iter().map(|(it, _)| it.clone()).collect(), ..Needs::default() };
    assert_eq!(find(&mut engine, &all).identities, identities);

    let changed = vec![
        Lead { name: Some(widest(NAME_CHARS_MAX)), ..new[1].clone() },
        Lead { name: None, merged_into: Some(LeadId(1)), updated_at: Timestamp(i64::MAX), ..lead(3) },
    ];
    put(&mut engine, &Changes { leads_changed: changed.clone(), ..Changes::default() });
    assert_eq!(find(&mut engine, &needs).leads, [new[0].clone(), changed[0].clone(), changed[1].clone()]);
}

#[rstest]
fn a_possible_duplicate_is_noted_once(#[values(sqlite, postgres)] store: fn() -> TestStore) {
    let store = store();
    let mut engine = store.open();
    let note = |[lead, other, contact, at]: [i64; 4]| Duplicate {
        lead: LeadId(lead),
        other: LeadId(other),
        contact: ContactId(contact),
        at: Timestamp(at),
    };
    let first = [[1, 2, 1, i64::MIN], [2, 1, 2, i64::MAX], [1, 2, 9, 9]].map(note);
    put(&mut engine, &Changes { duplicates: first.into(), ..Changes::default() });
    put(&mut engine, &Changes { duplicates: [[2, 1, 8, 8], [1, 3, 3, 3]].map(note).into(), ..Changes::default() });
    let expected = [[1, 2, 1, i64::MIN], [1, 3, 3, 3], [2, 1, 2, i64::MAX]].map(|row| row.map(text).to_vec());
    assert_eq!(store.rows("lead_duplicates"), expected);
}

#[rstest]
fn a_merge_moves_all_and_tells_of_each_duplicate_once(#[values(sqlite, postgres)] store: fn() -> TestStore) {
    let store = store();
    let mut engine = store.open();
    let of = |id, lead| Contact { lead: LeadId(lead), ..contact(id) };
    let known = |value: &str, lead| (identity(IdentityKind::Phone, value), LeadId(lead));
    // 1 goes into 2: both may be 3, 3 and 4 may be both, they may be each other, and 5 has nothing to do with it.
    let pairs = [[1, 3], [2, 3], [3, 1], [3, 2], [4, 1], [1, 2], [2, 1], [5, 3]];
    let notes = pairs.into_iter().zip(1..).map(|([lead, other], at)| Duplicate {
        lead: LeadId(lead),
        other: LeadId(other),
        contact: ContactId(at),
        at: Timestamp(at),
    });
    let changes = Changes {
        contacts_new: vec![of(1, 1), of(2, 2), of(3, 3), of(4, 1)],
        identities_new: vec![known("a", 1), known("b", 2), known("c", 3), known("d", 1)],
        duplicates: notes.collect(),
        ..Changes::default()
    };
    put(&mut engine, &changes);
    let merge = |from, into| Merge { from: LeadId(from), into: LeadId(into) };
    // What the same batch adds to the absorbed lead moves too.
    let changes =
        Changes { contacts_new: vec![of(5, 1)], merges: vec![merge(1, 2), merge(77, 78)], ..Changes::default() };
    put(&mut engine, &changes);
    let column = |table, at: usize| store.rows(table).into_iter().map(move |mut row| row.swap_remove(at));
    assert!(column("contacts", 1).eq([2, 2, 3, 2, 2].map(text)));
    assert!(column("identities", 3).eq([2, 2, 3, 2].map(text)));
    // Of two notes, that of the absorbed lead stays.
    let expected = [[2, 3, 1, 1], [3, 2, 3, 3], [4, 2, 5, 5], [5, 3, 8, 8]].map(|row| row.map(text).to_vec());
    assert_eq!(store.rows("lead_duplicates"), expected);

    // And on it goes, in one batch: 2 into 3, 3 into 4.
    put(&mut engine, &Changes { merges: vec![merge(2, 3), merge(3, 4)], ..Changes::default() });
    assert!(column("contacts", 1).all(|lead| lead == text(4)));
    assert!(column("identities", 3).all(|lead| lead == text(4)));
    assert_eq!(store.rows("lead_duplicates"), [[5, 4, 8, 8].map(text).to_vec()]);
}

#[rstest]
fn an_identity_moves_to_another_lead_even_in_the_batch_that_adds_it(
    #[values(sqlite, postgres)] store: fn() -> TestStore,
) {
    let store = store();
    let mut engine = store.open();
    let id = |space: &str| identity(IdentityKind::ExternalId, "7").in_space(space.into());
    let changes = Changes {
        identities_new: vec![(id("a"), LeadId(1)), (id("b"), LeadId(1))],
        identities_moved: vec![(id("a"), LeadId(2)), (id("a"), LeadId(3))],
        ..Changes::default()
    };
    put(&mut engine, &changes);
    let rows: Vec<_> = store.rows("identities").into_iter().map(|row| row[2..4].to_vec()).collect();
    assert_eq!(rows, [["a", "3"], ["b", "1"]].map(|row| row.map(|text| Some(text.to_owned())).to_vec()));
    let moved = Changes { identities_moved: vec![(id("b"), LeadId(2))], ..Changes::default() };
    put(&mut engine, &moved);
    assert_eq!(store.rows("identities")[1][3].as_deref(), Some("2"));
}

fn decision(contact: i64, seq: u32) -> Decision {
    Decision {
        contact: ContactId(contact),
        seq,
        pool: None,
        at: Timestamp(1),
        cause: Cause::Arrived,
        rule: Rule::of(Policy::LeastLoaded),
        algorithm: ALGORITHM_VERSION,
        seed: 7,
        outcome: None,
        until: None,
    }
}

#[rstest]
fn decisions_are_kept_to_the_bit(#[values(sqlite, postgres)] store: fn() -> TestStore) {
    let store = store();
    let mut engine = store.open();
    let full = |(cause, policy): (Cause, Policy), seq: u32| Decision {
        pool: Some(PoolRef { pool: PoolId(i64::MAX), step: u32::MAX - seq }),
        at: Timestamp(i64::MIN),
        cause,
        rule: Rule {
            policy,
            preferred: Some(OperatorId(i64::MAX)),
            avoided: Some(OperatorId(2)),
            tried: vec![OperatorId(3), OperatorId(i64::MAX)],
            owed: Some(OperatorId(1)),
            passed_over: Some(OperatorId(2)),
        },
        seed: u64::MAX,
        outcome: Some(OperatorId(3)),
        until: Some(Timestamp(i64::MIN)),
        ..decision(1, seq)
    };
    let kinds = Cause::ALL.into_iter().flat_map(|cause| Policy::ALL.map(|policy| (cause, policy)));
    let mut decisions: Vec<_> = kinds.zip(0..).map(|(kind, seq)| full(kind, seq)).collect();
    decisions.extend([decision(2, 0), decision(2, u32::MAX)]);
    put(&mut engine, &Changes { decisions: decisions.clone(), ..Changes::default() });
    let row = |d: &Decision| {
        let (pool, step) = (d.pool.and_then(|p| text(p.pool)), d.pool.and_then(|p| text(p.step)));
        vec![text(d.contact), text(d.seq), pool, step, hex(&d.encode())]
    };
    assert_eq!(store.rows("decisions"), decisions.iter().map(row).collect::<Vec<_>>());
}

#[rstest]
fn segments_of_recordings_are_kept_to_the_bit(#[values(sqlite, postgres)] store: fn() -> TestStore) {
    let store = store();
    let mut engine = store.open();
    let all_bytes: Vec<u8> = (0..=u8::MAX).cycle().take(100_000).collect();
    let segment = |pool, first_step, bytes: &[u8]| Segment { pool: PoolId(pool), first_step, bytes: bytes.to_vec() };
    let segments = vec![segment(1, 0, &all_bytes), segment(1, u32::MAX, &[0]), segment(i64::MAX, 0, &[])];
    put(&mut engine, &Changes { segments: segments.clone(), ..Changes::default() });
    let row = |s: &Segment| vec![text(s.pool), text(s.first_step), hex(&s.bytes)];
    assert_eq!(store.rows("pool_segments"), segments.iter().map(row).collect::<Vec<_>>());
}

#[rstest]
fn of_receipts_the_last_one_counts(#[values(sqlite, postgres)] store: fn() -> TestStore) {
    let store = store();
    let mut engine = store.open();
    let receipt = |key, contact| ([key; 16], ContactId(contact));
    let first = vec![receipt(0, 1), receipt(255, 2), receipt(0, 3)];
    put(&mut engine, &Changes { receipts: first, ..Changes::default() });
    let needs = Needs { receipts: [[0; 16], [1; 16], [255; 16]].into(), ..Needs::default() };
    assert_eq!(find(&mut engine, &needs).receipts, [receipt(0, 3), receipt(255, 2)]);
    // The contact of the first is deleted and submitted again, all in one batch.
    let again = Changes { contacts_deleted: vec![ContactId(3)], receipts: vec![receipt(0, 4)], ..Changes::default() };
    put(&mut engine, &again);
    assert_eq!(find(&mut engine, &needs).receipts, [receipt(0, 4), receipt(255, 2)]);
}

#[rstest]
fn events_follow_one_another_without_gaps(#[values(sqlite, postgres)] store: fn() -> TestStore) {
    let store = store();
    let mut engine = store.open();
    assert_eq!((engine.last_position(), engine.last_event_at()), (0, Timestamp(0)));
    let fields = DetailFields {
        amount: Some(-3),
        from_source_id: Some(SourceId(i64::MAX)),
        move_reason: Some(MoveReason::Escalated),
        from_operator_id: Some(OperatorId(i64::MAX)),
        at_once: true,
        forced: true,
        weight: Some(u32::MAX),
        other_lead_id: Some(LeadId(i64::MIN)),
        not_before: Some(Timestamp(i64::MAX)),
        moved: true,
        late_ms: Some(i64::MAX),
        calendar_id: Some(CalendarId(i64::MAX)),
        message_id: Some(MessageId(i64::MAX)),
        until: Some(Timestamp(i64::MIN)),
        accept_by: Some(Timestamp(i64::MAX)),
        reason: Some(Absence::ShiftEnded),
        for_operator_id: Some(OperatorId(5)),
        how: Some(ResponseKind::Message),
        from: Some(i32::MIN),
        to: Some(i32::MAX),
        endpoint_id: Some(EndpointId(i64::MAX)),
        fault: Some(EndpointFault::Failing),
    };
    let full = Event { contact: None, source: None, operator: Some(OperatorId(1)), lead: Some(LeadId(2)), ..event(1) };
    let detail = |kind| EventDetail::from_fields(kind, Some(fields)).expect("every field is there");
    let transferred = detail(EventKind::ContactTransferred);
    let first = [event(1), Event { detail: transferred, ..full.clone() }, full];
    let second: Vec<_> = EventKind::ALL.map(|kind| Event { detail: detail(kind), ..event(2) }).into();
    engine.begin(&mut maitred_core::World::default()).expect("a transaction");
    engine.write(&Changes { events: first.to_vec(), ..Changes::default() }).expect("the store writes");
    engine.write(&Changes { events: second.clone(), ..Changes::default() }).expect("the store writes");
    engine.commit().expect("the store commits");
    put(&mut engine, &Changes { events: vec![event(i64::MAX)], ..Changes::default() });
    let all = [first.to_vec(), second, vec![event(i64::MAX)]].concat();
    assert_eq!((engine.last_position(), engine.last_event_at()), (all.len() as i64, Timestamp(i64::MAX)));

    let row = |(event, position): (&Event, i64)| {
        let detail = event.detail.to_json();
        let ids = [event.contact.map(|id| id.0), event.source.map(|id| id.0), event.operator.map(|id| id.0)];
        let mut row = vec![text(position), text(event.at.0), text(event.kind().code())];
        row.extend(ids.into_iter().chain([event.lead.map(|id| id.0)]).map(|id| id.and_then(text)));
        row.extend([detail, event.actor.map(|actor| actor.to_string()), text(i64::from(event.demo))]);
        row
    };
    assert_eq!(store.rows("events"), all.iter().zip(1..).map(row).collect::<Vec<_>>());
    engine.close();
    let engine = store.open();
    assert_eq!((engine.last_position(), engine.last_event_at()), (all.len() as i64, Timestamp(i64::MAX)));
}

#[rstest]
fn the_next_ids_are_kept(#[values(sqlite, postgres)] store: fn() -> TestStore) {
    let store = store();
    let mut engine = store.open();
    let mut counters: [i64; Ids::NAMES.len()] = std::array::from_fn(|place| place as i64 + 2);
    counters[0] = i64::MAX;
    let ids = Ids::from_array(counters);
    put(&mut engine, &Changes { ids, events: vec![event(1)], ..Changes::default() });
    engine.close();
    assert_eq!(store.open().world().expect("the store reads").take_changes().ids, ids);
    let row: Vec<_> = [1].into_iter().chain(counters).chain([2]).map(text).collect();
    assert_eq!(store.rows("next_ids"), [row]);
}

#[rstest]
fn odd_texts_and_numbers_are_kept_as_they_are(#[values(sqlite, postgres)] store: fn() -> TestStore) {
    let store = store();
    let mut engine = store.open();
    let texts = ODD_TEXTS.into_iter().zip(1..);
    let contacts = texts.clone().map(|(text, id)| Contact { message: Some(text.into()), ..contact(id) });
    let identities = texts.clone().map(|(text, id)| (identity(IdentityKind::Email, text), LeadId(id)));
    let numbers = NUMBERS.into_iter().zip(100..);
    let timed = numbers.map(|(number, id)| Contact {
        lead: LeadId(number),
        created_at: Timestamp(number),
        updated_at: Timestamp(number),
        not_before: Some(Timestamp(number)),
        scheduled: number > 0,
        ..contact(id)
    });
    let contacts: Vec<Contact> = contacts.chain(timed).collect();
    let sources = texts.map(|(text, id)| Source { name: text.into(), description: text.into(), ..source(id) });
    let changes = Changes {
        contacts_new: contacts.clone(),
        identities_new: identities.collect(),
        sources_new: sources.collect(),
        ..Changes::default()
    };
    put(&mut engine, &changes);
    let needs = Needs {
        contacts: contacts.iter().map(|contact| contact.id).collect(),
        identities: changes.identities_new.iter().map(|(identity, _)| identity.clone()).collect(),
        source_names: ODD_TEXTS.map(Into::into).into(),
        sources: changes.sources_new.iter().map(|source| source.id).collect(),
        ..Needs::default()
    };
    let found = find(&mut engine, &needs);
    assert_eq!(found.contacts, contacts);
    assert!(found.sources.iter().map(|found| &found.source).eq(&changes.sources_new));
    let (mut identities, mut names) = (changes.identities_new, needs.source_names.into_iter().collect::<Vec<_>>());
    identities.sort();
    names.sort();
    assert_eq!(found.identities, identities);
    assert!(found.source_names.iter().map(|(name, _)| name).eq(&names));
}
