//! What is kept of an answer, and that it comes back.

use super::*;
use crate::command::Submit;
use proptest::prelude::*;
use std::sync::Arc;

const ONCE: Once = Once { key: [1; 16], fingerprint: [2; 16] };

fn times() -> impl Strategy<Value = Timestamp> {
    any::<i64>().prop_map(Timestamp)
}

fn texts() -> impl Strategy<Value = Arc<str>> {
    any::<String>().prop_map(Into::into)
}

fn contacts() -> impl Strategy<Value = Contact> {
    let ids = (any::<i64>(), any::<i64>(), any::<i64>(), proptest::option::of(any::<i64>()));
    let told = (proptest::option::of(texts()), proptest::option::of(texts()));
    let at = (times(), proptest::option::of(times()), proptest::option::of(times()), times());
    let rest = (proptest::sample::select(&Status::ALL[..]), any::<i32>(), any::<u32>());
    (ids, told, at, rest).prop_map(|(ids, (message, attributes), at, (status, priority, decisions))| Contact {
        id: ContactId(ids.0),
        lead: LeadId(ids.1),
        source: SourceId(ids.2),
        operator: ids.3.map(OperatorId),
        status,
        priority,
        message,
        attributes,
        created_at: at.0,
        assigned_at: at.1,
        resolved_at: at.2,
        updated_at: at.3,
        decisions,
    })
}

fn operators() -> impl Strategy<Value = Operator> {
    let loads = (any::<bool>(), any::<u32>(), any::<u32>());
    let at = (proptest::option::of(times()), times(), times(), proptest::option::of(times()));
    (any::<i64>(), texts(), loads, at).prop_map(|(id, name, (is_active, max_load, current_load), at)| Operator {
        id: OperatorId(id),
        name,
        is_active,
        max_load,
        current_load,
        last_assigned_at: at.0,
        created_at: at.1,
        updated_at: at.2,
        deleted_at: at.3,
    })
}

fn sources() -> impl Strategy<Value = Source> {
    let kinds = (proptest::sample::select(&SourceKind::ALL[..]), proptest::sample::select(&Policy::ALL[..]));
    let told = (texts(), texts(), proptest::option::of(texts()));
    let at = (times(), times(), proptest::option::of(times()));
    (any::<i64>(), told, kinds, any::<bool>(), at).prop_map(|(id, told, (kind, policy), sticky, at)| Source {
        id: SourceId(id),
        name: told.0,
        description: told.1,
        kind,
        policy,
        sticky,
        default_region: told.2,
        created_at: at.0,
        updated_at: at.1,
        deleted_at: at.2,
    })
}

fn leads() -> impl Strategy<Value = Lead> {
    let ids = (any::<i64>(), proptest::option::of(any::<i64>()));
    let erased = proptest::option::of(times());
    (ids, proptest::option::of(texts()), times(), times(), erased).prop_map(
        |((id, into), name, created_at, updated_at, erased_at)| Lead {
            id: LeadId(id),
            name,
            merged_into: into.map(LeadId),
            created_at,
            updated_at,
            erased_at,
        },
    )
}

fn outcomes() -> impl Strategy<Value = Outcome> {
    let weight = || (any::<i64>(), any::<u32>()).prop_map(|(operator, weight)| (OperatorId(operator), weight));
    prop_oneof![
        contacts().prop_map(Outcome::Contact),
        contacts().prop_map(Outcome::SubmittedBefore),
        operators().prop_map(Outcome::Operator),
        sources().prop_map(Outcome::Source),
        leads().prop_map(Outcome::Lead),
        (any::<i64>(), weight()).prop_map(|(id, (operator, weight))| Outcome::Weight(SourceId(id), operator, weight)),
        (any::<i64>(), proptest::collection::vec(weight(), 0..20))
            .prop_map(|(id, weights)| Outcome::Weights(SourceId(id), weights)),
        (any::<i64>(), texts()).prop_map(|(lead, shown)| Outcome::Shown(LeadId(lead), shown)),
        Just(Outcome::Done),
    ]
}

fn submission_of(contact: &Contact) -> Command {
    Command::Submit(Submit {
        message: contact.message.clone(),
        priority: contact.priority,
        attributes: contact.attributes.clone(),
        ..Submit::new(contact.source, Vec::new())
    })
}

proptest! {
    #[test]
    fn an_answer_is_read_as_it_was_written(outcome in outcomes(), at in times()) {
        let answer = Answer::new(ONCE, at, &outcome, false);
        let read = Answer::decode(ONCE, at, &answer.encode());
        prop_assert_eq!(read.as_ref(), Ok(&answer));
        let again = read.expect("what was written").again(&Command::DeleteContact(ContactId(1)));
        prop_assert_eq!(again, Outcome::Again(Box::new(outcome)));
    }

    #[test]
    fn a_submission_is_answered_with_its_own_words(contact in contacts()) {
        let outcome = Outcome::Contact(contact.clone());
        let answer = Answer::new(ONCE, Timestamp(1), &outcome, true);
        let read = Answer::decode(ONCE, Timestamp(1), &answer.encode()).expect("what was written");
        prop_assert_eq!(read.again(&submission_of(&contact)), Outcome::Again(Box::new(outcome)));
        prop_assert_eq!((read.contact(), read.about()), (Some(contact.id), None));
        // Five ids, six times and numbers of ten bytes at most, and some flags.
        prop_assert!(answer.encode().len() < 130, "nothing of what the lead wrote is kept");
    }

    #[test]
    fn reading_never_panics(bytes in proptest::collection::vec(any::<u8>(), 0..60)) {
        let versioned: Vec<u8> = [VERSION].into_iter().chain(bytes.iter().copied()).collect();
        let _ = (Answer::decode(ONCE, Timestamp(0), &bytes), Answer::decode(ONCE, Timestamp(0), &versioned));
    }
}

#[test]
fn codes_are_the_places_of_their_list() {
    assert!(Code::ALL.iter().enumerate().all(|(place, code)| *code as usize == place));
}

#[test]
fn a_large_count_of_weights_takes_no_memory() {
    let mut bytes = vec![VERSION, Code::Weights as u8];
    put_i64(&mut bytes, 1);
    put_u64(&mut bytes, u32::MAX.into());
    assert_eq!(Answer::decode(ONCE, Timestamp(0), &bytes), Err(Malformed::Truncated));
}

#[test]
fn whom_an_answer_may_tell_of_is_known() {
    let about = |outcome: &Outcome| Answer::new(ONCE, Timestamp(1), outcome, false).about();
    assert_eq!(about(&Outcome::Shown(LeadId(7), "{}".into())), Some(LeadId(7)));
    assert_eq!(about(&Outcome::Weight(SourceId(1), OperatorId(2), 3)), None);
}
