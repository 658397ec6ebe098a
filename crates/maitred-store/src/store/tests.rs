//! Reads of both engines over databases made by the real write path: what they give. By which plans is tested beside
//! the SQL of each.

mod messages;

use super::*;
use crate::testing::examples::{NAMES, filters, lively, people};
use crate::testing::{Fixture, On, Reads, TICK, identity, submit};
use maitred_core::command::{DeleteSource, LeadEdit, SetWeight, Submit};
use maitred_core::{Command, EventKind, IdentityKind, Outcome, Policy, Status, Timestamp};
use rstest::rstest;

const ALL: Page = Page { limit: 1_000, after: None };
const WHOLE: ChainPart = ChainPart::Page(ALL);

fn holds(filter: &ContactFilter, c: &Contact) -> bool {
    filter.status.is_none_or(|s| s == c.status)
        && filter.source.is_none_or(|s| s == c.source)
        && filter.operator.is_none_or(|o| Some(o) == c.operator)
        && filter.lead.is_none_or(|l| l == c.lead)
        && (!filter.overdue || c.is_overdue())
        && filter.created_after.is_none_or(|at| c.created_at >= at)
        && filter.created_before.is_none_or(|at| c.created_at < at)
}

#[rstest]
#[case::sqlite(On::Sqlite)]
#[case::postgres(On::Postgres)]
fn every_filter_gives_what_it_says_in_either_order_page_by_page(#[case] on: On) {
    let (fixture, mut contacts_now) = lively(on);
    let reads = fixture.reads();
    contacts_now.sort_by_key(|c| std::cmp::Reverse(c.id));
    let by_status = |status| contacts_now.iter().filter(|c| c.status == status).count();
    assert!(Status::ALL.iter().all(|status| by_status(*status) > 3), "the example has contacts in every state");
    let overdue = contacts_now.iter().filter(|c| c.is_overdue()).count();
    assert!((4..contacts_now.len() / 2).contains(&overdue), "{overdue} are overdue");
    for filter in filters(&contacts_now) {
        let mut expected: Vec<&Contact> = contacts_now.iter().filter(|c| holds(&filter, c)).collect();
        if filter.oldest_first {
            expected.reverse();
        }
        let mut found: Vec<Contact> = Vec::new();
        loop {
            let page = Page { limit: 7, after: found.last().map(|c| c.id.0) };
            let rows = reads.get(async |store| store.contacts(filter, page).await);
            let is_last = rows.len() < 7;
            found.extend(rows);
            if is_last {
                break;
            }
        }
        assert_eq!(found.iter().collect::<Vec<_>>(), expected, "{filter:?}");
    }
}

#[rstest]
#[case::sqlite(On::Sqlite)]
#[case::postgres(On::Postgres)]
fn a_time_parts_the_contacts_in_earlier_and_later(#[case] on: On) {
    let (fixture, contacts_now) = lively(on);
    let reads = fixture.reads();
    let all = |filter| reads.get(async |store| store.contacts(filter, ALL).await);
    let times = contacts_now.iter().flat_map(|c| [c.created_at.0 - 1, c.created_at.0, c.created_at.0 + TICK / 2]);
    for at in times.chain([i64::MIN, i64::MAX]).map(Timestamp) {
        let later = all(ContactFilter { created_after: Some(at), ..ContactFilter::default() });
        let earlier = all(ContactFilter { created_before: Some(at), ..ContactFilter::default() });
        assert!(later.iter().all(|c| c.created_at >= at) && earlier.iter().all(|c| c.created_at < at), "{at:?}");
        assert_eq!(later.len() + earlier.len(), contacts_now.len(), "{at:?}");
    }
    let since = ContactFilter { created_after: Some(Timestamp(0)), ..ContactFilter::default() };
    assert_eq!(Fixture::on(on).reads().get(async |store| store.contacts(since, ALL).await), []);
}

#[rstest]
#[case::sqlite(On::Sqlite)]
#[case::postgres(On::Postgres)]
fn a_waiting_contact_knows_its_place(#[case] on: On) {
    let (fixture, contacts_now) = lively(on);
    let reads = fixture.reads();
    let waiting: Vec<&Contact> = contacts_now.iter().filter(|c| c.status == Status::Waiting).collect();
    let order = |c: &Contact| (std::cmp::Reverse(c.priority), c.created_at, c.id);
    for contact in &waiting {
        let before = |it: &&&Contact| it.source == contact.source && order(it) < order(contact);
        let expected = waiting.iter().filter(before).count() as u64;
        let counted = |most| reads.get(async |store| store.waiting_before((*contact).clone(), most).await);
        assert_eq!(counted(1_000), expected, "{contact:?}");
        assert!(counted(1) <= 2, "counting ends where it is said to");
    }
    assert!(waiting.len() > 3);
}

#[rstest]
#[case::sqlite(On::Sqlite)]
#[case::postgres(On::Postgres)]
fn the_first_contact_in_hand_is_found(#[case] on: On) {
    let (fixture, contacts_now) = lively(on);
    let reads = fixture.reads();
    let held: Vec<&Contact> = contacts_now.iter().filter(|c| c.status == Status::Assigned).collect();
    let operators: std::collections::BTreeSet<OperatorId> = held.iter().filter_map(|c| c.operator).collect();
    assert!(operators.len() > 1, "several operators hold contacts");
    for only in operators.iter().map(|id| vec![*id]).chain([operators.iter().copied().collect()]) {
        let of_these = held.iter().filter(|c| c.operator.is_some_and(|id| only.contains(&id)));
        let expected = of_these.min_by_key(|c| c.id).map(|c| c.id);
        let found = reads.get(async |store| store.first_held(only.clone()).await);
        assert_eq!(found.map(|c| c.id), expected, "{only:?}");
    }
    assert_eq!(reads.get(async |store| store.first_held(Vec::new()).await), None);
}

#[rstest]
#[case::sqlite(On::Sqlite)]
#[case::postgres(On::Postgres)]
fn sources_come_with_their_counters(#[case] on: On) {
    let (mut fixture, _) = lively(on);
    let quiet = fixture.source("Quiet", Policy::WeightedRandom, &[]);
    let gone = fixture.source("Gone", Policy::WeightedRandom, &[]);
    fixture.run(Command::DeleteSource(DeleteSource { source: gone, force: false }));
    let reads = fixture.reads();
    let counted = reads.get(async |store| store.sources_with_counts(10).await);
    let books = reads.get(async |store| store.source_books().await);
    let expected: Vec<_> = books.into_iter().map(|it| (it.source, it.counts.arrived, it.counts.waiting)).collect();
    assert_eq!(counted, expected);
    assert_eq!(counted.last().map(|(source, arrived, _)| (source.id, *arrived)), Some((quiet, 0)));
    assert_eq!(reads.get(async |store| store.sources_with_counts(1).await).len(), 1);
}

#[rstest]
#[case::sqlite(On::Sqlite)]
#[case::postgres(On::Postgres)]
fn leads_come_in_either_order_page_by_page(#[case] on: On) {
    let (mut fixture, _) = people(on, &NAMES);
    fixture.merge(LeadId(2), LeadId(5));
    let reads = fixture.reads();
    for (oldest_first, expected) in [(false, [9, 8, 7, 6, 5, 4, 3, 1]), (true, [1, 3, 4, 5, 6, 7, 8, 9])] {
        let filter = LeadFilter { oldest_first, ..LeadFilter::default() };
        let mut found: Vec<i64> = Vec::new();
        loop {
            let page = Page { limit: 3, after: found.last().copied() };
            let cards = reads.get(async |store| store.leads(filter.clone(), page).await);
            found.extend(cards.iter().map(|card| card.lead.id.0));
            if cards.len() < 3 {
                break;
            }
        }
        assert_eq!(found, expected);
    }
}

#[rstest]
#[case::sqlite(On::Sqlite)]
#[case::postgres(On::Postgres)]
fn phones_that_could_not_be_read_are_counted(#[case] on: On) {
    let (fixture, _) = people(on, &NAMES);
    let reads = fixture.reads();
    let count = |most| reads.get(async |store| store.unread_phones(most).await);
    let all = reads.get(async |store| store.leads(LeadFilter::default(), ALL).await);
    let phones = all.iter().flat_map(|card| &card.identities).filter(|it| it.kind == IdentityKind::Phone);
    let (read, unread): (Vec<_>, Vec<_>) = phones.partition(|phone| phone.value.starts_with('+'));
    assert!(!read.is_empty());
    assert_eq!(count(1_000), unread.len() as u64);
    assert_eq!(count(0), 0);
}

fn found(reads: &Reads, text: &str) -> Vec<i64> {
    let filter = LeadFilter { text: Some(text.to_owned()), ..LeadFilter::default() };
    reads.get(async |store| store.leads(filter.clone(), ALL).await).iter().map(|card| card.lead.id.0).collect()
}

#[rstest]
#[case::sqlite(On::Sqlite)]
#[case::postgres(On::Postgres)]
fn a_search_finds_the_beginnings_of_names_and_identities(#[case] on: On) {
    let (fixture, _) = people(on, &NAMES);
    let reads = fixture.reads();
    for (text, expected) in [
        ("an", &[8, 5, 2, 1][..]),
        ("AN", &[8, 5, 2, 1]),
        ("анн", &[3]),
        ("Ан", &[4, 3]),
        ("änn", &[5, 1]),
        ("ann", &[5, 1]),
        ("off 50", &[6]),
        ("off 51", &[]),
        ("nna", &[]),
        ("50%", &[6]),
        ("%", &[]),
        ("_", &[]),
        ("5_", &[7, 6]),
        ("An\u{10FFFF}", &[8, 5, 2, 1]),
        ("a\u{D7FF}", &[9, 8, 5, 2, 1]),
        ("CRM-3", &[4]),
        ("crm-3", &[4]),
        ("3@EXAMPLE", &[4]),
        ("+79990000004", &[5]),
        ("7 (999) 000-00-04", &[5]),
        ("00-04", &[5]),
        ("004", &[]),
        ("\u{10FFFF}", &[]),
        ("\0", &[]),
        ("an\0", &[8, 5, 2, 1]),
        ("", &[9, 8, 7, 6, 5, 4, 3, 2, 1]),
    ] {
        assert_eq!(found(&reads, text), expected, "{text:?}");
    }
}

#[rstest]
#[case::sqlite(On::Sqlite)]
#[case::postgres(On::Postgres)]
fn leads_are_found_by_the_words_they_have_now(#[case] on: On) {
    let (mut fixture, _) = people(on, &["Анна Петрова", "Пётр Семёнов", "Łukasz Groß"]);
    let reads = fixture.reads();
    for (text, expected) in [
        ("петрова", &[1][..]),
        ("Петр", &[2, 1]),
        ("петр сем", &[2]),
        ("сем анна", &[]),
        ("семенов", &[2]),
        ("LUKASZ", &[3]),
        ("gross", &[3]),
        ("groß", &[3]),
        ("0001", &[2]),
        ("1@example", &[2]),
    ] {
        assert_eq!(found(&reads, text), expected, "{text:?}");
    }
    let renamed = LeadEdit { name: Some(Some("Anna Volkova".into())), ..LeadEdit::default() };
    fixture.run(Command::EditLead(LeadId(1), renamed));
    let reads = fixture.reads();
    assert_eq!(found(&reads, "петрова"), [] as [i64; 0]);
    assert_eq!(found(&reads, "volk"), [1]);
    let meanings = vec![identity(IdentityKind::Phone, "+79990000002")];
    let filter = LeadFilter { text: Some("8 999 000-00-02".to_owned()), meanings, ..LeadFilter::default() };
    let cards = reads.get(async |store| store.leads(filter.clone(), ALL).await);
    assert_eq!(cards.iter().map(|card| card.lead.id.0).collect::<Vec<_>>(), [3]);
}

#[rstest]
#[case::sqlite(On::Sqlite)]
#[case::postgres(On::Postgres)]
fn leads_come_newest_first_page_by_page_without_the_merged(#[case] on: On) {
    let (mut fixture, _) = people(on, &NAMES);
    fixture.merge(LeadId(3), LeadId(1));
    let reads = fixture.reads();
    let page = |filter: &LeadFilter, after| {
        let cards = reads.get(async |store| store.leads(filter.clone(), Page { limit: 3, after }).await);
        cards.iter().map(|card| card.lead.id.0).collect::<Vec<_>>()
    };
    let everybody = LeadFilter::default();
    assert_eq!(page(&everybody, None), [9, 8, 7]);
    assert_eq!(page(&everybody, Some(5)), [4, 2, 1]);
    let with_a_phone = LeadFilter { text: Some("+7".to_owned()), ..LeadFilter::default() };
    assert_eq!(page(&with_a_phone, Some(5)), [4, 2, 1]);
    assert_eq!(found(&reads, "АННА"), [] as [i64; 0], "the name went with the merged lead");
    let merged = reads.get(async |store| store.lead(LeadId(3)).await).expect("merged leads are found by id");
    assert_eq!((merged.lead.merged_into, merged.identities.len()), (Some(LeadId(1)), 0));
}

#[rstest]
#[case::sqlite(On::Sqlite)]
#[case::postgres(On::Postgres)]
fn identities_find_the_one_lead_who_has_all_of_them(#[case] on: On) {
    let (fixture, _) = people(on, &NAMES);
    let reads = fixture.reads();
    let find = |identities: &[(IdentityKind, &str)], text: Option<&str>, after| {
        let identities = identities.iter().map(|(kind, value)| identity(*kind, value)).collect();
        let filter = LeadFilter { identities, text: text.map(str::to_owned), ..LeadFilter::default() };
        let cards = reads.get(async |store| store.leads(filter.clone(), Page { limit: 10, after }).await);
        cards.iter().map(|card| card.lead.id.0).collect::<Vec<_>>()
    };
    use IdentityKind::{Email, ExternalId, Phone};
    assert_eq!(find(&[(Phone, "+79990000001")], None, None), [2]);
    assert_eq!(find(&[(Phone, "+79990000001"), (ExternalId, "CRM-1")], None, None), [2]);
    assert_eq!(find(&[(Phone, "+79990000001"), (ExternalId, "CRM-2")], None, None), [] as [i64; 0]);
    assert_eq!(find(&[(Phone, "+79990000001"), (Email, "nobody@example.org")], None, None), [] as [i64; 0]);
    assert_eq!(find(&[(Phone, "+79990000001")], Some("Ant"), None), [2]);
    assert_eq!(find(&[(Phone, "+79990000001")], Some("Bert"), None), [] as [i64; 0]);
    assert_eq!(find(&[(ExternalId, "CRM\0")], None, None), [] as [i64; 0]);
    assert_eq!(find(&[(Phone, "+79990000001")], Some("\0"), None), [] as [i64; 0]);
    assert_eq!(find(&[(Phone, "+79990000001")], None, Some(2)), [] as [i64; 0], "the next page is empty");
}

#[rstest]
#[case::sqlite(On::Sqlite)]
#[case::postgres(On::Postgres)]
fn a_card_counts_contacts_and_names_duplicates_in_both_directions(#[case] on: On) {
    let (mut fixture, source) = people(on, &["Anna", "Boris"]);
    let both = vec![identity(IdentityKind::ExternalId, "CRM-0"), identity(IdentityKind::Phone, "+79990000001")];
    let Outcome::Contact(second) = fixture.run(Command::Submit(Submit { identities: both, ..submit(source, "") }))
    else {
        unreachable!()
    };
    fixture.edit(&second, |edit| edit.is_resolved = Some(true));
    let edit = LeadEdit { identities: vec![identity(IdentityKind::Phone, "+1")], ..LeadEdit::default() };
    fixture.run(Command::EditLead(LeadId(1), edit));
    let reads = fixture.reads();
    let card = |id| reads.get(async |store| store.lead(LeadId(id)).await).expect("the lead is there");
    let (anna, boris) = (card(1), card(2));
    assert_eq!((anna.contacts, anna.open_contacts, &anna.possible_duplicates[..]), (2, 1, &[LeadId(2)][..]));
    assert_eq!((boris.contacts, boris.open_contacts, &boris.possible_duplicates[..]), (1, 1, &[LeadId(1)][..]));
    let identities: Vec<&str> = anna.identities.iter().map(|i| &*i.value).collect();
    assert_eq!(identities, ["CRM-0", "+1", "+79990000000", "0@example.org"], "in matching order");
    assert!(reads.get(async |store| store.lead(LeadId(3)).await).is_none());
}

#[rstest]
#[case::sqlite(On::Sqlite)]
#[case::postgres(On::Postgres)]
fn every_link_of_a_chain_has_the_pool_it_was_made_from(#[case] on: On) {
    let (fixture, contacts_now) = lively(on);
    let reads = fixture.reads();
    let mut links = 0;
    for contact in &contacts_now {
        let chain = reads.get(async |store| store.chain_part(contact.id, WHOLE).await).expect("the contact is there");
        assert_eq!(chain.links.len(), contact.decisions as usize);
        for link in &chain.links {
            let pool = link.pool.as_ref().expect("a policy chose").as_ref().expect("the recording is whole");
            assert_eq!(link.decision.replay(pool), maitred_core::decision::Replay::Matches);
            let named = |id| chain.names.iter().any(|(operator, _)| *operator == id);
            assert!(pool.candidates().iter().all(|candidate| named(candidate.operator)));
            links += 1;
        }
    }
    assert!(links > contacts_now.len(), "somebody waited and was assigned later");
    assert!(reads.get(async |store| store.chain_part(ContactId(6), WHOLE).await).is_none(), "contact 6 was deleted");
}

#[rstest]
#[case::sqlite(On::Sqlite)]
#[case::postgres(On::Postgres)]
fn a_book_has_members_ledger_and_the_names_of_those_who_left(#[case] on: On) {
    let mut fixture = Fixture::on(on);
    let (anna, boris) = (fixture.operator("Anna", 50), fixture.operator("Boris", 50));
    let bot = fixture.source("Bot", Policy::SmoothWeighted, &[(anna, 1), (boris, 1)]);
    let site = fixture.source("Site", Policy::SmoothWeighted, &[(anna, 3)]);
    (0..4).for_each(|n| _ = fixture.contact(bot, &n.to_string()));
    fixture.run(Command::DeleteOperator(boris));
    let reads = fixture.reads();
    let books = reads.get(async |store| store.source_books().await);
    let ids: Vec<SourceId> = books.iter().map(|book| book.source.id).collect();
    assert_eq!(ids, [bot, site]);
    let book = &books[0];
    assert_eq!(book.members.iter().map(|(o, weight)| (o.id, *weight)).collect::<Vec<_>>(), [(anna, 1)]);
    assert_eq!(book.names.iter().map(|(_, name)| &**name).collect::<Vec<_>>(), ["Anna", "Boris"]);
    assert_eq!((book.counts.arrived, book.counts.assigned, book.counts.waiting), (4, 4, 0));
    assert_eq!(book.ledger.get(boris).received, 2);
    assert_eq!(reads.get(async |store| store.source_book(bot).await).expect("it is there").ledger, book.ledger);
    assert!(reads.get(async |store| store.operator(boris).await).is_none());
    assert_eq!(reads.get(async |store| store.operators(ALL).await).len(), 1);
    fixture.run(Command::DeleteSource(DeleteSource { source: site, force: false }));
    assert!(reads.get(async |store| store.source(site).await).is_none());
    assert!(reads.get(async |store| store.source_book(site).await).is_none());
    assert_eq!(reads.get(async |store| store.sources(ALL).await).len(), 1);
}

#[rstest]
#[case::sqlite(On::Sqlite)]
#[case::postgres(On::Postgres)]
fn who_waits_is_counted_and_the_oldest_and_the_next_are_named(#[case] on: On) {
    let mut fixture = Fixture::on(on);
    let source = fixture.source("Bot", Policy::WeightedRandom, &[]);
    fixture.source("Site", Policy::WeightedRandom, &[]);
    let first = fixture.contact(source, "a");
    let urgent = fixture.run(Command::Submit(Submit { priority: 5, ..submit(source, "b") }));
    let Outcome::Contact(urgent) = urgent else { unreachable!() };
    let views = fixture.reads().get(async |store| store.waiting().await);
    let [bot, site] = &views[..] else { panic!("two sources: {views:?}") };
    assert_eq!((bot.waiting, bot.oldest_created_at), (2, Some(first.created_at)));
    assert_eq!(bot.next.as_ref().map(|c| c.id), Some(urgent.id));
    assert_eq!((site.waiting, site.oldest_created_at, &site.next), (0, None, &None));
}

#[rstest]
#[case::sqlite(On::Sqlite)]
#[case::postgres(On::Postgres)]
fn events_come_by_position_without_gaps(#[case] on: On) {
    let (fixture, _) = lively(on);
    let reads = fixture.reads();
    let last = reads.get(async |store| store.last_position().await);
    let mut position = 0;
    while position < last {
        let page = reads.get(async |store| store.events(position, 7).await);
        assert!(page.iter().map(|e| e.position).eq(position + 1..=(position + 7).min(last)));
        position = page.last().map_or(last, |e| e.position);
    }
    assert_eq!(reads.get(async |store| store.events(last, 7).await), []);
    assert_eq!(reads.get(async |store| store.pulse().await).position, last);
    assert_eq!(Fixture::on(on).reads().get(async |store| store.last_position().await), 0);
}

#[rstest]
#[case::sqlite(On::Sqlite)]
#[case::postgres(On::Postgres)]
fn a_story_and_an_overview_hold_what_single_reads_give(#[case] on: On) {
    let (mut fixture, contacts_now) = lively(on);
    let reads = fixture.reads();
    let overview = reads.get(async |store| store.overview(Span::WHOLE).await);
    assert_eq!(overview.operators, reads.get(async |store| store.operators(ALL).await));
    assert_eq!(overview.waiting, reads.get(async |store| store.waiting().await));
    let books = reads.get(async |store| store.source_books().await);
    assert_eq!(format!("{:?}", overview.books), format!("{books:?}"));
    let last = contacts_now.last().expect("there are contacts");
    let story = reads.get(async |store| store.story(last.id).await).expect("the contact is there");
    let chain = reads.get(async |store| store.chain_part(last.id, WHOLE).await);
    assert_eq!((&story.contact, format!("{:?}", Some(&story.chain))), (last, format!("{:?}", chain.as_ref())));
    assert_eq!(story.source.map(|source| source.id), Some(last.source));
    fixture.run(Command::DeleteSource(DeleteSource { source: last.source, force: true }));
    let story = reads.get(async |store| store.story(last.id).await).expect("the contact is there");
    assert_eq!(story.source, None);
    assert!(reads.get(async |store| store.story(ContactId(6)).await).is_none(), "contact 6 was deleted");
}

#[rstest]
#[case::sqlite(On::Sqlite)]
#[case::postgres(On::Postgres)]
fn arrivals_are_counted_before_each_moment(#[case] on: On) {
    let mut fixture = Fixture::on(on);
    let reads = fixture.reads();
    let source = fixture.source("Bot", Policy::WeightedRandom, &[]);
    let contacts = ["a", "b", "c"].map(|lead| fixture.contact(source, lead));
    let moments = [Fixture::time_of(0), contacts[1].created_at, contacts[2].created_at, Fixture::time_of(1_000)];
    let before = reads.get(async |store| store.arrivals(moments.to_vec()).await);
    assert_eq!((before.before, before.total, before.waiting), (vec![0, 1, 2, 3], 3, 3));
    assert_eq!(before.position, reads.get(async |store| store.last_position().await));
    let operator = fixture.operator("Anna", 2);
    fixture.run(Command::SetWeight(SetWeight { source, operator, weight: 1 }));
    assert_eq!(reads.get(async |store| store.arrivals(Vec::new()).await).waiting, 1);
}

#[rstest]
#[case::sqlite(On::Sqlite)]
#[case::postgres(On::Postgres)]
fn assignments_come_last_first_with_names_and_identities(#[case] on: On) {
    let mut fixture = Fixture::on(on);
    let reads = fixture.reads();
    let source = fixture.source("Bot", Policy::WeightedRandom, &[]);
    let waited = fixture.contact(source, "a");
    let operator = fixture.operator("Anna", 2);
    fixture.run(Command::SetWeight(SetWeight { source, operator, weight: 1 }));
    let at_once = fixture.contact(source, "b");
    fixture.contact(source, "nobody is free for");
    fixture.run(Command::DeleteSource(DeleteSource { source, force: true }));
    let given = reads.get(async |store| store.assignments(10).await);
    let found: Vec<_> = given.iter().map(|a| (a.contact, a.kind, &*a.source_name, &*a.operator_name)).collect();
    let expected = [
        (at_once.id, EventKind::ContactCreated, "Bot", "Anna"),
        (waited.id, EventKind::ContactAssigned, "Bot", "Anna"),
    ];
    assert_eq!(found, expected);
    assert_eq!(given[1].created_at, Some(waited.created_at));
    assert_eq!(&*given[1].identities[0].value, "a");
    assert_eq!(reads.get(async |store| store.assignments(1).await).len(), 1);
}

#[rstest]
#[case::sqlite(On::Sqlite)]
#[case::postgres(On::Postgres)]
fn events_are_read_backwards_too(#[case] on: On) {
    let (fixture, _) = lively(on);
    let reads = fixture.reads();
    let last = reads.get(async |store| store.last_position().await);
    let back = reads.get(async |store| store.events_before(i64::MAX, 5).await);
    assert!(back.iter().map(|e| e.position).eq((last - 4..=last).rev()));
    assert_eq!(reads.get(async |store| store.events_before(1, 5).await), []);
}

#[rstest]
#[case::sqlite(On::Sqlite)]
#[case::postgres(On::Postgres)]
fn contacts_are_found_by_their_ids_newest_first(#[case] on: On) {
    let (fixture, contacts_now) = lively(on);
    let gone = (1..).map(ContactId).find(|id| contacts_now.iter().all(|c| c.id != *id)).expect("some were deleted");
    let asked = vec![contacts_now[3].id, gone, contacts_now[9].id, contacts_now[3].id];
    let found = fixture.reads().get(async |store| store.contacts_among(asked.clone()).await);
    assert_eq!(found, [contacts_now[9].clone(), contacts_now[3].clone()]);
}

#[rstest]
#[case::sqlite(On::Sqlite)]
#[case::postgres(On::Postgres)]
fn what_an_operator_holds_is_in_the_order_of_arrival_page_by_page(#[case] on: On) {
    let (fixture, mut contacts_now) = lively(on);
    let reads = fixture.reads();
    contacts_now.sort_by_key(|c| c.id);
    for operator in [1, 2, 9].map(OperatorId) {
        let is_held = |c: &&Contact| c.operator == Some(operator) && c.status == Status::Assigned;
        let expected: Vec<Contact> = contacts_now.iter().filter(is_held).cloned().collect();
        assert_eq!(expected.len() > 2, operator != OperatorId(9), "the example has pages of what is held");
        let mut found: Vec<Contact> = Vec::new();
        loop {
            let page = Page { limit: 2, after: found.last().map(|c| c.id.0) };
            let rows = reads.get(async |store| store.held(operator, page).await);
            if rows.is_empty() {
                break;
            }
            found.extend(rows);
        }
        assert_eq!(found, expected);
    }
}

#[rstest]
#[case::sqlite(On::Sqlite)]
#[case::postgres(On::Postgres)]
fn the_sources_of_an_operator_come_with_the_part_of_their_books(#[case] on: On) {
    let (fixture, _) = lively(on);
    let reads = fixture.reads();
    let boris = OperatorId(2);
    let books = reads.get(async |store| store.source_books().await);
    let served = reads.get(async |store| store.served(boris, Span::WHOLE, ALL).await);
    assert_eq!(served.len(), 2);
    for (mine, book) in served.iter().zip(&books) {
        assert_eq!((&mine.source, mine.tally), (&book.source, book.ledger.get(boris)));
        let weights = book.members.iter().map(|(operator, weight)| (operator.id, u64::from(*weight)));
        assert_eq!(mine.weight_total, weights.clone().map(|(_, weight)| weight).sum::<u64>());
        assert!(weights.clone().any(|pair| pair == (boris, u64::from(mine.weight))));
        assert!(mine.tally.received > 0);
    }
    let behind = Page { limit: 5, after: Some(1) };
    assert_eq!(reads.get(async |store| store.served(boris, Span::WHOLE, behind).await), served[1..]);
    assert_eq!(reads.get(async |store| store.served(OperatorId(9), Span::WHOLE, ALL).await), []);
}

#[rstest]
#[case::sqlite(On::Sqlite)]
#[case::postgres(On::Postgres)]
fn operators_come_with_the_number_of_sources_that_assign_to_them(#[case] on: On) {
    let mut fixture = Fixture::on(on);
    let [anna, boris, vera, gleb] = ["Anna", "Boris", "Vera", "Gleb"].map(|name| fixture.operator(name, 5));
    fixture.source("Bot", Policy::WeightedRandom, &[(anna, 10), (boris, 0)]);
    let site = fixture.source("Site", Policy::WeightedRandom, &[(anna, 1), (boris, 3)]);
    let gone = fixture.source("Gone", Policy::WeightedRandom, &[(anna, 1), (vera, 1)]);
    fixture.run(Command::DeleteSource(DeleteSource { source: gone, force: false }));
    fixture.run(Command::DeleteOperator(gleb));
    let reads = fixture.reads();
    let counted = |limit| -> Vec<(OperatorId, u64)> {
        let found = reads.get(async |store| store.operators_with_sources(limit).await);
        let operators = reads.get(async |store| store.operators(Page { limit, after: None }).await);
        assert!(found.iter().map(|(operator, _)| operator).eq(&operators));
        found.into_iter().map(|(operator, sources)| (operator.id, sources)).collect()
    };
    assert_eq!(counted(5), [(anna, 2), (boris, 1), (vera, 0)]);
    assert_eq!(counted(1), [(anna, 2)]);
    fixture.run(Command::RemoveWeight(site, boris));
    assert_eq!(counted(5), [(anna, 2), (boris, 0), (vera, 0)]);
}

#[rstest]
#[case::sqlite(On::Sqlite)]
#[case::postgres(On::Postgres)]
fn a_chain_is_read_a_page_at_a_time(#[case] on: On) {
    let mut fixture = Fixture::on(on);
    let anna = fixture.operator("Anna", 12);
    let bot = fixture.source("Bot", Policy::WeightedRandom, &[(anna, 10)]);
    let made = fixture.contact(bot, "lead");
    for _ in 0..3 {
        fixture.edit(&made, |edit| edit.is_resolved = Some(true));
        fixture.edit(&made, |edit| edit.is_resolved = Some(false));
    }
    let reads = fixture.reads();
    let places = |page| -> Vec<u32> {
        let chain =
            reads.get(async |store| store.chain_part(made.id, ChainPart::Page(page)).await).expect("it is there");
        chain.links.iter().map(|link| link.decision.seq).collect()
    };
    assert_eq!(places(ALL), [0, 1, 2, 3]);
    assert_eq!(places(Page { limit: 2, after: Some(0) }), [1, 2]);
    assert_eq!(places(Page { limit: 2, after: None }), [0, 1]);
    assert!(reads.get(async |store| store.chain_part(ContactId(99), WHOLE).await).is_none());
}

#[rstest]
#[case::sqlite(On::Sqlite)]
#[case::postgres(On::Postgres)]
fn names_are_told_of_those_who_are_only_history_too(#[case] on: On) {
    let mut fixture = Fixture::on(on);
    let anna = fixture.operator("Anna", 12);
    let bot = fixture.source("Bot", Policy::WeightedRandom, &[(anna, 10)]);
    let made = fixture.contact(bot, "lead");
    fixture.run(Command::DeleteOperator(anna));
    fixture.run(Command::DeleteSource(DeleteSource { source: bot, force: true }));
    let mut mentioned = Mentioned::default();
    mentioned.add(&made);
    mentioned.operators.insert(anna);
    mentioned.leads.insert(LeadId(99));
    let reads = fixture.reads();
    let named = reads.get(async |store| store.named(mentioned.clone()).await);
    assert_eq!((&*named.operators[&anna], &*named.sources[&bot].name), ("Anna", "Bot"));
    assert_eq!(named.leads.len(), 1, "who never was there is left out");
    assert_eq!(
        named.leads[&made.lead].identities,
        [identity(IdentityKind::ExternalId, "lead").in_space("source:1".into())]
    );
    assert_eq!(reads.get(async |store| store.named(Mentioned::default()).await), Named::default());
}

#[rstest]
#[case::sqlite(On::Sqlite)]
#[case::postgres(On::Postgres)]
fn what_was_done_by_hand_is_found_by_contact_and_moment(#[case] on: On) {
    let mut fixture = Fixture::on(on);
    let anna = fixture.operator("Anna", 12);
    let bot = fixture.source("Bot", Policy::WeightedRandom, &[(anna, 10)]);
    let made = fixture.contact(bot, "lead");
    let other = fixture.contact(bot, "another lead");
    for contact in [&other, &made] {
        fixture.edit(contact, |edit| edit.is_resolved = Some(true));
    }
    fixture.edit(&made, |edit| edit.is_resolved = Some(false));
    let reads = fixture.reads();
    let events = reads.get(async |store| store.events(0, 100).await);
    let moments: Vec<Timestamp> = events.iter().map(|placed| placed.event.at).collect();
    let found = reads.get(async |store| store.events_by_hand(made.id, moments.clone()).await);
    let kinds: Vec<EventKind> = found.iter().map(|placed| placed.event.kind()).collect();
    assert_eq!(kinds, [EventKind::ContactResolved, EventKind::ContactReopened]);
    let last = vec![found[1].event.at];
    assert_eq!(reads.get(async |store| store.events_by_hand(made.id, last.clone()).await), found[1..]);
}
