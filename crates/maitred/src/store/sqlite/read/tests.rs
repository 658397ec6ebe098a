//! Reads over databases made by the real write path: what they give, and by which plans.

use super::contacts::{Query, first_id_since};
use super::*;
use crate::store::views::{ContactFilter, LeadFilter, Page};
use crate::testing::{House, TICK, identity, submit};
use maitred_core::command::{LeadEdit, Submit};
use maitred_core::{Command, Contact, ContactId, IdentityKind, LeadId, Outcome, Policy, SourceId, Status, Timestamp};
use rusqlite::params_from_iter;

const ALL: Page = Page { limit: 1_000, after: None };

/// Two sources, two operators, contacts in every state, some deleted, leads with several contacts.
fn lively() -> (House, Vec<Contact>) {
    let mut house = House::new();
    let (anna, boris) = (house.operator("Anna", 12), house.operator("Boris", 5));
    let bot = house.source("Bot", Policy::WeightedRandom, &[(anna, 10), (boris, 20)]);
    let site = house.source("Site", Policy::SmoothWeighted, &[(boris, 1)]);
    let mut made = Vec::new();
    for n in 0..60 {
        let source = if n % 3 == 0 { site } else { bot };
        made.push(house.contact(source, &format!("lead {}", n % 17)));
        if n % 4 == 1 {
            house.edit(&made[n / 2], |edit| edit.is_resolved = Some(true));
        }
    }
    for contact in made.iter().skip(5).step_by(11) {
        house.run(Command::DeleteContact(contact.id));
    }
    let conn = house.reader();
    let now = made.iter().filter_map(|c| contact(&conn, c.id).expect("readable")).collect();
    (house, now)
}

fn holds(filter: &ContactFilter, c: &Contact) -> bool {
    filter.status.is_none_or(|s| s == c.status)
        && filter.source.is_none_or(|s| s == c.source)
        && filter.operator.is_none_or(|o| Some(o) == c.operator)
        && filter.lead.is_none_or(|l| l == c.lead)
        && filter.created_after.is_none_or(|at| c.created_at >= at)
        && filter.created_before.is_none_or(|at| c.created_at < at)
}

/// Every combination of a status, a source, an operator and a lead, or none of each.
fn filters(contacts: &[Contact]) -> Vec<ContactFilter> {
    let some = |n: usize| contacts[n % contacts.len()].clone();
    let mut filters = Vec::new();
    for n in 0..(4 * 16) {
        let (of, fields) = (some(n * 7), n / 4);
        let with = |field: usize| fields & (1 << field) != 0;
        filters.push(ContactFilter {
            status: Status::ALL.get(n % 4).copied(),
            source: with(0).then_some(of.source),
            operator: if with(1) { of.operator } else { None },
            lead: with(2).then_some(of.lead),
            created_after: with(3).then_some(some(n).created_at),
            created_before: (with(3) && n % 3 == 0).then_some(some(n / 2).created_at),
        });
    }
    filters
}

#[test]
fn every_filter_gives_what_it_says_newest_first_page_by_page() {
    let (house, mut contacts_now) = lively();
    let conn = house.reader();
    contacts_now.sort_by_key(|c| std::cmp::Reverse(c.id));
    let by_status = |status| contacts_now.iter().filter(|c| c.status == status).count();
    assert!(Status::ALL.iter().all(|status| by_status(*status) > 3), "the example has contacts in every state");
    for filter in filters(&contacts_now) {
        let expected: Vec<&Contact> = contacts_now.iter().filter(|c| holds(&filter, c)).collect();
        let mut found: Vec<Contact> = Vec::new();
        loop {
            let page = Page { limit: 7, after: found.last().map(|c| c.id.0) };
            let rows = contacts(&conn, &filter, page).expect("readable");
            let is_last = rows.len() < 7;
            found.extend(rows);
            if is_last {
                break;
            }
        }
        assert_eq!(found.iter().collect::<Vec<_>>(), expected, "{filter:?}");
    }
}

#[test]
fn no_list_of_contacts_scans_or_sorts_what_grows() {
    let (house, contacts_now) = lively();
    let conn = house.reader();
    for filter in filters(&contacts_now) {
        let query = Query::new(&filter, 5..50, 10);
        let plan = plan(&conn, &query.sql, &query.values);
        let bounded = |step: &String| !step.starts_with("SCAN contacts") && !step.contains("TEMP B-TREE");
        assert!(plan.iter().all(bounded), "{filter:?}: {}\n{plan:#?}", query.sql);
        let searches = plan.iter().filter(|step| step.starts_with("SEARCH contacts"));
        assert!(searches.clone().count() > 0);
        assert!(
            searches.into_iter().all(|step| ["rowid", "AND id>", "lead_id="].iter().any(|key| step.contains(key))),
            "a range starts at the page's ids: {plan:#?}"
        );
    }
}

fn plan(conn: &Connection, sql: &str, values: &[i64]) -> Vec<String> {
    let mut statement = conn.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).expect("a statement");
    let steps = statement.query_map(params_from_iter(values), |row| row.get(3)).expect("a plan");
    steps.collect::<Result<_, _>>().expect("a plan")
}

#[test]
fn a_time_becomes_the_id_from_which_contacts_are_later() {
    let (house, contacts_now) = lively();
    let conn = house.reader();
    let times = contacts_now.iter().flat_map(|c| [c.created_at.0 - 1, c.created_at.0, c.created_at.0 + TICK / 2]);
    for at in times.chain([i64::MIN, i64::MAX]).map(Timestamp) {
        let id = first_id_since(&conn, at).expect("readable");
        for c in &contacts_now {
            assert_eq!(
                c.id.0 >= id,
                c.created_at >= at,
                "{at:?} gives {id}, contact {} is of {:?}",
                c.id,
                c.created_at
            );
        }
    }
    let empty = House::new();
    assert!(first_id_since(&empty.reader(), Timestamp(0)).expect("readable") <= 1, "nothing is left out");
}

/// Leads with these names and an external id, a phone and an email each.
fn people(names: &[&str]) -> (House, SourceId) {
    let mut house = House::new();
    let source = house.source("Bot", Policy::WeightedRandom, &[]);
    for (n, name) in names.iter().enumerate() {
        let identities = vec![
            identity(IdentityKind::ExternalId, &format!("CRM-{n}")),
            identity(IdentityKind::Phone, &format!("+7999000{n:04}")),
            identity(IdentityKind::Email, &format!("{n}@example.org")),
        ];
        let submit = Submit { identities, lead_name: Some((*name).into()), ..submit(source, "") };
        house.run(Command::Submit(submit));
    }
    (house, source)
}

fn found(conn: &Connection, text: &str) -> Vec<i64> {
    let filter = LeadFilter { text: Some(text.to_owned()), ..LeadFilter::default() };
    leads(conn, &filter, ALL).expect("readable").iter().map(|card| card.lead.id.0).collect()
}

const NAMES: [&str; 9] = ["Anna", "anton", "АННА", "Андрей", "Ännchen", "50% off", "5_5", "An\u{10FFFF}", "A\u{D7FF}n"];

#[test]
fn a_search_finds_the_beginnings_of_names_and_identities() {
    let (house, _) = people(&NAMES);
    let conn = house.reader();
    for (text, expected) in [
        ("an", &[8, 2, 1][..]),
        ("AN", &[8, 2, 1]),
        ("анн", &[3]),
        ("Ан", &[4, 3]),
        ("änn", &[5]),
        ("ann", &[1]),
        ("nna", &[]),
        ("50%", &[6]),
        ("%", &[]),
        ("_", &[]),
        ("5_", &[7]),
        ("An\u{10FFFF}", &[8]),
        ("a\u{D7FF}", &[9]),
        ("CRM-3", &[4]),
        ("crm-3", &[]),
        ("3@EXAMPLE", &[4]),
        ("+79990000004", &[5]),
        ("7 (999) 000-00-04", &[5]),
        ("\u{10FFFF}", &[]),
        ("", &[9, 8, 7, 6, 5, 4, 3, 2, 1]),
    ] {
        assert_eq!(found(&conn, text), expected, "{text:?}");
    }
}

#[test]
fn walking_leads_finds_what_the_ranges_have() {
    let (mut house, _) = people(&NAMES);
    house.merge(LeadId(2), LeadId(9));
    let conn = house.reader();
    for text in ["a", "an", "+7", "crm", "CRM", "5", "А", "\u{10FFFF}", "8", "@"] {
        let search = leads::Searching::new(text);
        for (below, limit) in [(i64::MAX, 100), (8, 100), (i64::MAX, 2), (5, 1)] {
            let ranges = search.newest_in_ranges(&conn, below, limit, usize::MAX).expect("readable");
            let walked = search.walk(&conn, i64::MIN, below, limit).expect("readable");
            assert_eq!(ranges, Some(walked), "{text:?} below {below}, {limit}");
        }
    }
    let many = leads::Searching::new("+7");
    assert_eq!(many.newest_in_ranges(&conn, i64::MAX, 100, 8).expect("readable"), None, "9 phones are more than 8");
}

#[test]
fn leads_come_newest_first_page_by_page_without_the_merged() {
    let (mut house, _) = people(&NAMES);
    house.merge(LeadId(3), LeadId(1));
    let conn = house.reader();
    let page = |filter: &LeadFilter, after| {
        let cards = leads(&conn, filter, Page { limit: 3, after }).expect("readable");
        cards.iter().map(|card| card.lead.id.0).collect::<Vec<_>>()
    };
    let everybody = LeadFilter::default();
    assert_eq!(page(&everybody, None), [9, 8, 7]);
    assert_eq!(page(&everybody, Some(5)), [4, 2, 1]);
    let with_a_phone = LeadFilter { text: Some("+7".to_owned()), ..LeadFilter::default() };
    assert_eq!(page(&with_a_phone, Some(5)), [4, 2, 1]);
    assert_eq!(found(&conn, "АННА"), [] as [i64; 0], "the name went with the merged lead");
    let merged = lead(&conn, LeadId(3)).expect("readable").expect("merged leads are found by id");
    assert_eq!((merged.lead.merged_into, merged.identities.len()), (Some(LeadId(1)), 0));
}

#[test]
fn identities_find_the_one_lead_who_has_all_of_them() {
    let (house, _) = people(&NAMES);
    let conn = house.reader();
    let find = |identities: &[(IdentityKind, &str)], text: Option<&str>, after| {
        let identities = identities.iter().map(|(kind, value)| identity(*kind, value)).collect();
        let filter = LeadFilter { identities, text: text.map(str::to_owned) };
        let cards = leads(&conn, &filter, Page { limit: 10, after }).expect("readable");
        cards.iter().map(|card| card.lead.id.0).collect::<Vec<_>>()
    };
    use IdentityKind::{Email, ExternalId, Phone};
    assert_eq!(find(&[(Phone, "+79990000001")], None, None), [2]);
    assert_eq!(find(&[(Phone, "+79990000001"), (ExternalId, "CRM-1")], None, None), [2]);
    assert_eq!(find(&[(Phone, "+79990000001"), (ExternalId, "CRM-2")], None, None), [] as [i64; 0]);
    assert_eq!(find(&[(Phone, "+79990000001"), (Email, "nobody@example.org")], None, None), [] as [i64; 0]);
    assert_eq!(find(&[(Phone, "+79990000001")], Some("Ant"), None), [2]);
    assert_eq!(find(&[(Phone, "+79990000001")], Some("Bert"), None), [] as [i64; 0]);
    assert_eq!(find(&[(Phone, "+79990000001")], None, Some(2)), [] as [i64; 0], "the next page is empty");
}

#[test]
fn a_card_counts_contacts_and_names_duplicates_in_both_directions() {
    let (mut house, source) = people(&["Anna", "Boris"]);
    let both = vec![identity(IdentityKind::ExternalId, "CRM-0"), identity(IdentityKind::Phone, "+79990000001")];
    let Outcome::Contact(second) = house.run(Command::Submit(Submit { identities: both, ..submit(source, "") })) else {
        unreachable!()
    };
    house.edit(&second, |edit| edit.is_resolved = Some(true));
    let edit = LeadEdit { identities: vec![identity(IdentityKind::Phone, "+1")], ..LeadEdit::default() };
    house.run(Command::EditLead(LeadId(1), edit));
    let conn = house.reader();
    let card = |id| lead(&conn, LeadId(id)).expect("readable").expect("the lead is there");
    let (anna, boris) = (card(1), card(2));
    assert_eq!((anna.contacts, anna.open_contacts, &anna.possible_duplicates[..]), (2, 1, &[LeadId(2)][..]));
    assert_eq!((boris.contacts, boris.open_contacts, &boris.possible_duplicates[..]), (1, 1, &[LeadId(1)][..]));
    let identities: Vec<&str> = anna.identities.iter().map(|i| &*i.value).collect();
    assert_eq!(identities, ["CRM-0", "+1", "+79990000000", "0@example.org"], "in matching order");
    assert!(lead(&conn, LeadId(3)).expect("readable").is_none());
}

#[test]
fn every_link_of_a_chain_has_the_pool_it_was_made_from() {
    let (house, contacts_now) = lively();
    let conn = house.reader();
    let mut links = 0;
    for contact in &contacts_now {
        let chain = chain(&conn, contact.id).expect("readable").expect("the contact is there");
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
    assert!(chain(&conn, ContactId(6)).expect("readable").is_none(), "contact 6 was deleted");
}

#[test]
fn a_book_has_members_ledger_and_the_names_of_those_who_left() {
    let mut house = House::new();
    let (anna, boris) = (house.operator("Anna", 50), house.operator("Boris", 50));
    let bot = house.source("Bot", Policy::SmoothWeighted, &[(anna, 1), (boris, 1)]);
    let site = house.source("Site", Policy::SmoothWeighted, &[(anna, 3)]);
    (0..4).for_each(|n| _ = house.contact(bot, &n.to_string()));
    house.run(Command::DeleteOperator(boris));
    let conn = house.reader();
    let books = source_books(&conn).expect("readable");
    let ids: Vec<SourceId> = books.iter().map(|book| book.source.id).collect();
    assert_eq!(ids, [bot, site]);
    let book = &books[0];
    assert_eq!(book.members.iter().map(|(o, weight)| (o.id, *weight)).collect::<Vec<_>>(), [(anna, 1)]);
    assert_eq!(book.names.iter().map(|(_, name)| &**name).collect::<Vec<_>>(), ["Anna", "Boris"]);
    assert_eq!((book.counts.arrived, book.counts.assigned, book.counts.waiting), (4, 4, 0));
    assert_eq!(book.ledger.get(boris).received, 2);
    assert_eq!(source_book(&conn, bot).expect("readable").expect("it is there").ledger, book.ledger);
    assert!(operator(&conn, boris).expect("readable").is_none());
    assert_eq!(operators(&conn, ALL).expect("readable").len(), 1);
    house.run(Command::DeleteSource { source: site, force: false });
    assert!(source(&conn, site).expect("readable").is_none());
    assert!(source_book(&conn, site).expect("readable").is_none());
    assert_eq!(sources(&conn, ALL).expect("readable").len(), 1);
}

#[test]
fn who_waits_is_counted_and_the_oldest_and_the_next_are_named() {
    let mut house = House::new();
    let source = house.source("Bot", Policy::WeightedRandom, &[]);
    house.source("Site", Policy::WeightedRandom, &[]);
    let first = house.contact(source, "a");
    let urgent = house.run(Command::Submit(Submit { priority: 5, ..submit(source, "b") }));
    let Outcome::Contact(urgent) = urgent else { unreachable!() };
    let views = waiting(&house.reader()).expect("readable");
    let [bot, site] = &views[..] else { panic!("two sources: {views:?}") };
    assert_eq!((bot.waiting, bot.oldest_created_at), (2, Some(first.created_at)));
    assert_eq!(bot.next.as_ref().map(|c| c.id), Some(urgent.id));
    assert_eq!((site.waiting, site.oldest_created_at, &site.next), (0, None, &None));
}

#[test]
fn events_come_by_position_without_gaps() {
    let (house, _) = lively();
    let conn = house.reader();
    let last = last_position(&conn).expect("readable");
    let mut position = 0;
    while position < last {
        let page = events(&conn, position, 7).expect("readable");
        assert!(page.iter().map(|e| e.position).eq(position + 1..=(position + 7).min(last)));
        position = page.last().map_or(last, |e| e.position);
    }
    assert_eq!(events(&conn, last, 7).expect("readable"), []);
    assert_eq!(last_position(&House::new().reader()).expect("readable"), 0);
}
