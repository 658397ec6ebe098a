//! Every rejection has a problem, and none is the fault of the server.

use super::*;
use maitred_core::conversation::NoWay;
use maitred_core::{Identity, LeadId, MessageId};

/// One of each. The compiler asks for a new rejection here; its mapping it asks for above.
fn all() -> Vec<Rejection> {
    use Rejection as R;
    let (contact, lead, operator, source) = (ContactId(1), LeadId(1), OperatorId(1), SourceId(1));
    let identity = Identity::new(IdentityKind::Phone, "+79991234567");
    let all = vec![
        R::UnknownContact(contact),
        R::UnknownLead(lead),
        R::UnknownOperator(operator),
        R::UnknownSource(source),
        R::UnknownMembership(source, operator),
        R::NameTaken(source),
        R::ExternalIdTaken(operator),
        R::OperatorFull(operator, 1, 1),
        R::OperatorInactive(operator),
        R::ContactResolved(contact),
        R::SourceHasOpenContacts(source, 1),
        R::TooManyMembers(source),
        R::IdentityTaken(identity, lead),
        R::SameLead(lead),
        R::LeadMerged(lead, LeadId(2)),
        R::LeadErased(lead),
        R::LeadHasOpenContacts(lead),
        R::LeadTooLarge(lead, 1),
        R::KeyReused([0; 16]),
        R::ContactOfAnother(contact, lead),
        R::IdentityOfAnother(lead),
        R::ContactMoved(contact, None),
        R::DemoAndReal(source, operator),
        R::DemoAndRealLead(lead, LeadId(2)),
        R::NotDemo(source),
        R::OperatorAway(operator, Away { reason: AwayReason::Paused, until: None }),
        R::UnknownCalendar(CalendarId(1)),
        R::CalendarInUse(CalendarId(1), CalendarUsers { operators: vec![operator], sources: vec![source] }),
        R::CalendarChanged(CalendarId(1)),
        R::HoursChanged(operator),
        R::OfferOver(contact, Some(operator)),
        R::NotOffered(contact),
        R::SourceHoursChanged(source),
        R::NotScheduled(contact),
        R::NoFallback(source, NoFallback::Circle(vec![source])),
        R::SourceIsFallback(source, vec![source]),
        R::PauseOver(operator),
        R::NoWay(contact, NoWay::NoChat),
        R::CorrectionTooLarge(source, operator, 1_000),
        R::UnknownMessage(contact, MessageId(1)),
        R::MessageNotPending(MessageId(1)),
    ];
    let numbers: Vec<usize> = all.iter().map(number).collect();
    assert_eq!(numbers, (0..numbers.len()).collect::<Vec<_>>(), "one of each, in the order of `number`");
    all
}

const fn number(rejection: &Rejection) -> usize {
    use Rejection as R;
    match rejection {
        R::UnknownContact(_) => 0,
        R::UnknownLead(_) => 1,
        R::UnknownOperator(_) => 2,
        R::UnknownSource(_) => 3,
        R::UnknownMembership(..) => 4,
        R::NameTaken(_) => 5,
        R::ExternalIdTaken(_) => 6,
        R::OperatorFull(..) => 7,
        R::OperatorInactive(_) => 8,
        R::ContactResolved(_) => 9,
        R::SourceHasOpenContacts(..) => 10,
        R::TooManyMembers(_) => 11,
        R::IdentityTaken(..) => 12,
        R::SameLead(_) => 13,
        R::LeadMerged(..) => 14,
        R::LeadErased(_) => 15,
        R::LeadHasOpenContacts(_) => 16,
        R::LeadTooLarge(..) => 17,
        R::KeyReused(_) => 18,
        R::ContactOfAnother(..) => 19,
        R::IdentityOfAnother(_) => 20,
        R::ContactMoved(..) => 21,
        R::DemoAndReal(..) => 22,
        R::DemoAndRealLead(..) => 23,
        R::NotDemo(_) => 24,
        R::OperatorAway(..) => 25,
        R::UnknownCalendar(_) => 26,
        R::CalendarInUse(..) => 27,
        R::CalendarChanged(_) => 28,
        R::HoursChanged(_) => 29,
        R::OfferOver(..) => 30,
        R::NotOffered(_) => 31,
        R::SourceHoursChanged(_) => 32,
        R::NotScheduled(_) => 33,
        R::NoFallback(..) => 34,
        R::SourceIsFallback(..) => 35,
        R::PauseOver(_) => 36,
        R::NoWay(..) => 37,
        R::CorrectionTooLarge(..) => 38,
        R::UnknownMessage(..) => 39,
        R::MessageNotPending(_) => 40,
    }
}

#[test]
fn no_rejection_is_the_fault_of_the_server() {
    for rejection in all() {
        for pointers in [IN_PATH, &|_: &Rejection| Some("/id".to_owned()) as Option<String>] {
            let status = rejected(&rejection, pointers).kind.status;
            assert!(status.is_client_error(), "{rejection:?} gives {status}");
        }
    }
}
