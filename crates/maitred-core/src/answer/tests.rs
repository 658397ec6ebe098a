//! What is kept of an answer, that it comes back, and that what earlier versions kept does.

use super::*;
use crate::command::{Completion, NewOperator, NewSource, Reread};
use crate::conversation::{Delivery, DeliveryFailure, Message};
use crate::ids::{MessageId, SourceId};
use crate::nouns::{Lead, Operator, Source};
use crate::policy::Policy;
use crate::source_kind::SourceKind;
use proptest::prelude::*;
use std::sync::Arc;

const ONCE: IdempotencyKey = IdempotencyKey { digest: [1; 16], fingerprint: [2; 16], is_event: false };
const NOW: Timestamp = Timestamp(1_764_115_200_000_000);

fn times() -> impl Strategy<Value = Timestamp> {
    any::<i64>().prop_map(Timestamp)
}

fn texts() -> impl Strategy<Value = Arc<str>> {
    any::<String>().prop_map(Into::into)
}

fn submissions() -> impl Strategy<Value = Submit> {
    let texts = (proptest::option::of(texts()), proptest::option::of(texts()));
    (any::<i64>(), texts, any::<i32>()).prop_map(|(source, (message, attributes), priority)| Submit {
        message,
        attributes,
        priority,
        ..Submit::new(SourceId(source), Vec::new())
    })
}

/// Contacts right after they were submitted.
fn arrivals() -> impl Strategy<Value = (Submit, Contact)> {
    let ids = (any::<i64>(), any::<i64>(), proptest::option::of(any::<i64>()));
    (submissions(), ids, times()).prop_map(|(submit, (id, lead, operator), at)| {
        let contact = Contact::new(ContactId(id), LeadId(lead), &submit, at);
        let contact = Contact { operator: operator.map(OperatorId), ..contact };
        let contact = arrived(&contact, &submit, false);
        (submit, contact)
    })
}

/// Contacts at any time.
fn contacts() -> impl Strategy<Value = Contact> {
    let at = (proptest::option::of(times()), proptest::option::of(times()), times());
    let rest = (proptest::sample::select(&Status::ALL[..]), any::<u32>());
    (arrivals(), at, rest).prop_map(|((_, contact), at, (status, decisions))| Contact {
        status,
        assigned_at: at.0,
        resolved_at: at.1,
        updated_at: at.2,
        decisions,
        ..contact
    })
}

fn operators() -> impl Strategy<Value = Operator> {
    let loads = (any::<bool>(), any::<u32>(), any::<u32>());
    let at = (proptest::option::of(times()), times(), proptest::option::of(times()));
    (any::<i64>(), texts(), loads, at).prop_map(|(id, name, (is_active, max_load, current_load), at)| {
        let new = NewOperator { is_active, max_load, ..NewOperator::named(name) };
        let operator = Operator::new(OperatorId(id), new, at.1);
        Operator { current_load, last_assigned_at: at.0, deleted_at: at.2, ..operator }
    })
}

fn sources() -> impl Strategy<Value = Source> {
    let kinds = (proptest::sample::select(&SourceKind::ALL[..]), proptest::sample::select(&Policy::ALL[..]));
    let texts = (texts(), texts(), proptest::option::of(texts()));
    let at = (times(), proptest::option::of(times()));
    (any::<i64>(), texts, kinds, any::<bool>(), at).prop_map(|(id, texts, (kind, policy), sticky, at)| {
        let new = NewSource {
            description: texts.1,
            kind,
            policy,
            sticky,
            default_region: texts.2.clone(),
            id_space: None,
            reply_url: texts.2,
            short_phones: sticky,
            hides_names: sticky,
            ..NewSource::named(texts.0)
        };
        Source { deleted_at: at.1, ..Source::new(SourceId(id), new, at.0) }
    })
}

fn leads() -> impl Strategy<Value = Lead> {
    let ids = (any::<i64>(), proptest::option::of(any::<i64>()));
    (ids, proptest::option::of(texts()), times(), proptest::option::of(times())).prop_map(
        |((id, into), name, at, erased_at)| {
            let lead = Lead::new(LeadId(id), name, at);
            Lead { merged_into: into.map(LeadId), erased_at, ..lead }
        },
    )
}

fn outcomes() -> impl Strategy<Value = Outcome> {
    let weight = || (any::<i64>(), any::<u32>()).prop_map(|(operator, weight)| (OperatorId(operator), weight));
    prop_oneof![
        contacts().prop_map(Outcome::Contact),
        contacts().prop_map(Outcome::SubmittedBefore),
        (contacts(), texts()).prop_map(|(contact, text)| {
            let completion = Completion { added: vec![text.clone()], kept: vec![text] };
            Outcome::Completed(contact, completion)
        }),
        operators().prop_map(Outcome::Operator),
        sources().prop_map(Outcome::Source),
        leads().prop_map(Outcome::Lead),
        (any::<i64>(), weight()).prop_map(|(id, (operator, weight))| Outcome::Weight(SourceId(id), operator, weight)),
        (any::<i64>(), proptest::collection::vec(weight(), 0..20))
            .prop_map(|(id, weights)| Outcome::Weights(SourceId(id), weights)),
        (any::<i64>(), texts()).prop_map(|(lead, shown)| Outcome::Shown(LeadId(lead), shown)),
        (any::<i64>(), any::<u32>(), proptest::option::of(any::<i64>())).prop_map(|(source, read, behind)| {
            Outcome::Reread(SourceId(source), Reread { read, taken: read / 2, behind: behind.map(LeadId) })
        }),
        Just(Outcome::Done),
    ]
}

proptest! {
    #[test]
    fn an_answer_is_read_as_it_was_written(outcome in outcomes(), at in times()) {
        let answer = Answer::new(ONCE, at, &outcome);
        let read = Answer::decode(ONCE, at, &answer.encode());
        prop_assert_eq!(read.as_ref(), Ok(&answer));
        let again = read.expect("what was written").outcome(&Command::DeleteContact(ContactId(1)));
        prop_assert_eq!(again, Some(outcome));
    }

    #[test]
    fn a_submission_is_answered_with_its_own_words((submit, contact) in arrivals(), at in times(), later in times()) {
        let outcome = Outcome::Contact(contact.clone());
        let answer = Answer::of_submission(ONCE, at, &submit, &outcome).under(ONCE, later);
        let read = Answer::decode(ONCE, later, &answer.encode()).expect("what was written");
        prop_assert_eq!((read.contact(), read.about()), (Some(contact.id), None));
        prop_assert_eq!(read.outcome(&Command::Submit(submit)), Some(outcome));
        // Four numbers of twenty characters at most.
        prop_assert!(answer.encode().len() < 110, "nothing of what the lead wrote is kept");
        prop_assert_eq!(read.outcome(&Command::DeleteContact(contact.id)), None);
    }

    #[test]
    fn a_submission_with_another_outcome_is_kept_whole(submit in submissions(), outcome in outcomes()) {
        let answer = Answer::of_submission(ONCE, NOW, &submit, &outcome);
        let read = Answer::decode(ONCE, NOW, &answer.encode()).expect("what was written");
        prop_assert_eq!(read.outcome(&Command::Submit(submit)), Some(outcome));
    }

    #[test]
    fn reading_never_panics(bytes in proptest::collection::vec(any::<u8>(), 0..60)) {
        let versioned: Vec<u8> = [v1::VERSION].into_iter().chain(bytes.iter().copied()).collect();
        let _ = (Answer::decode(ONCE, NOW, &bytes), Answer::decode(ONCE, NOW, &versioned));
    }
}

#[test]
fn a_large_count_of_weights_takes_no_memory() {
    let mut bytes = vec![v1::VERSION, 6];
    crate::codec::put_i64(&mut bytes, 1);
    crate::codec::put_u64(&mut bytes, u32::MAX.into());
    assert_eq!(Answer::decode(ONCE, NOW, &bytes), Err(Malformed::Truncated));
}

#[test]
fn whom_an_answer_may_tell_of_is_known() {
    let about = |outcome: &Outcome| Answer::new(ONCE, NOW, outcome).about();
    assert_eq!(about(&Outcome::Shown(LeadId(7), "{}".into())), Some(LeadId(7)));
    assert_eq!(about(&Outcome::Weight(SourceId(1), OperatorId(2), 3)), None);
}

#[test]
fn an_answer_about_a_message_holds_what_was_said() {
    let silent = Contact::new(ContactId(1), LeadId(7), &Submit::new(SourceId(3), Vec::new()), NOW);
    let message = |text: &str, attributes: Option<&str>| {
        let (text, attributes) = (text.into(), attributes.map(Into::into));
        let (delivery, delivered_at) = (Some(Delivery::Failed(DeliveryFailure::NoChat)), Some(NOW));
        let (id, contact) = (MessageId(1), ContactId(1));
        Message { id, contact, text, attributes, author: None, created_at: NOW, delivery, delivered_at }
    };
    let answer = |message| Answer::new(ONCE, NOW, &Outcome::Appended(silent.clone(), message));
    let [said, sent, nothing] = [message("Hello", None), message("", Some("{}")), message("", None)].map(answer);
    assert_eq!((said.has_text(), sent.has_text(), nothing.has_text()), (true, true, false));
    assert_eq!(said.about(), Some(LeadId(7)));
}

#[test]
fn a_contact_that_went_to_a_fallback_since_is_shown_where_it_arrived() {
    let moved = Contact { source: SourceId(9), original_source: Some(SourceId(3)), ..contact(None) };
    assert_eq!(as_arrived(moved), contact(None));
}

fn submit() -> Submit {
    Submit {
        message: Some("Привет".into()),
        attributes: Some(r#"{"a":1}"#.into()),
        priority: -5,
        ..Submit::new(SourceId(3), Vec::new())
    }
}

fn contact(operator: Option<OperatorId>) -> Contact {
    let contact = Contact::new(ContactId(1_234_567), LeadId(1_200_001), &submit(), NOW);
    arrived(&Contact { operator, ..contact }, &submit(), false)
}

/// One outcome of each kind; what was kept of each stands in `kept.txt`.
fn outcomes_of_each_kind() -> Vec<Outcome> {
    let anna = Some(OperatorId(42));
    let resolved_at = Timestamp(NOW.0 + 7);
    let resolved = Contact {
        status: Status::Resolved,
        resolved_at: Some(resolved_at),
        updated_at: resolved_at,
        decisions: 2,
        ..contact(anna)
    };
    let operator = NewOperator { max_load: 50, ..NewOperator::named("Анна") };
    let operator = Operator {
        current_load: 7,
        last_assigned_at: Some(NOW),
        updated_at: Timestamp(6),
        ..Operator::new(OperatorId(42), operator, Timestamp(5))
    };
    let source = NewSource {
        description: "d".into(),
        kind: SourceKind::Whatsapp,
        policy: Policy::LongestIdle,
        sticky: true,
        default_region: Some("RU".into()),
        id_space: None,
        reply_url: None,
        short_phones: false,
        hides_names: false,
        ..NewSource::named("Bot")
    };
    let source = Source {
        updated_at: Timestamp(6),
        deleted_at: Some(Timestamp(-7)),
        ..Source::new(SourceId(3), source, Timestamp(5))
    };
    let lead = Lead { updated_at: Timestamp(6), ..Lead::new(LeadId(9), Some("Иван".into()), Timestamp(5)) };
    let erased = Lead { name: None, erased_at: Some(Timestamp(8)), ..lead };
    let weights = vec![(OperatorId(42), 0), (OperatorId(43), 7)];
    vec![
        Outcome::Contact(contact(anna)),
        Outcome::Contact(contact(None)),
        Outcome::Contact(resolved),
        Outcome::SubmittedBefore(contact(anna)),
        Outcome::Operator(operator),
        Outcome::Source(source),
        Outcome::Weight(SourceId(3), OperatorId(42), 1_000_000_000),
        Outcome::Weights(SourceId(3), weights),
        Outcome::Lead(lead),
        Outcome::Lead(erased),
        Outcome::Shown(LeadId(9), r#"{"id":9}"#.into()),
        Outcome::Done,
    ]
}

/// Two lines for each outcome: the bytes that 0.1 kept of it, in hexadecimal, and the JSON that is kept of it now. Add
/// lines when the form changes, and leave those that are there: what is stored has to be read.
const KEPT: &str = include_str!("kept.txt");

#[test]
fn what_earlier_versions_kept_is_read() {
    let lines: Vec<&str> = KEPT.lines().collect();
    let outcomes = outcomes_of_each_kind();
    assert_eq!(lines.len(), outcomes.len() * 2);
    for (outcome, kept) in outcomes.into_iter().zip(lines.chunks(2)) {
        let (v1, json) = (from_hex(kept[0]), kept[1]);
        for stored in [&v1[..], json.as_bytes()] {
            let read = Answer::decode(ONCE, NOW, stored).expect("what was kept");
            assert_eq!(read.outcome(&Command::Submit(submit())), Some(outcome.clone()), "{json}");
            // What is written today may have more fields.
            let again = Answer::decode(ONCE, NOW, &read.encode()).expect("what is kept now");
            assert_eq!(again.outcome(&Command::Submit(submit())), Some(outcome.clone()), "{json}");
        }
    }
}

fn from_hex(digits: &str) -> Vec<u8> {
    let byte = |at: usize| u8::from_str_radix(&digits[at..at + 2], 16).expect("two digits");
    (0..digits.len()).step_by(2).map(byte).collect()
}

#[test]
fn a_submission_takes_some_thirty_bytes() {
    let outcome = Outcome::Contact(contact(Some(OperatorId(42))));
    let answer = Answer::of_submission(ONCE, NOW, &submit(), &outcome);
    assert_eq!(String::from_utf8(answer.encode()).as_deref(), Ok(r#"{"new":[1234567,1200001,42,0]}"#));
}
