//! How reads go: by which plans, and that ways to the same answer give the same. What they give is tested on both
//! engines, in `store/reading/tests.rs`.

use super::contacts::Query;
use super::*;
use crate::reading::{by_hand_sql, held_sql};
use crate::testing::On;
use crate::testing::examples::{NAMES, filters, lively, people};
use maitred_core::{EventKind, LeadId};
use rusqlite::params_from_iter;

#[test]
fn no_list_of_contacts_scans_or_sorts_what_grows() {
    let (fixture, contacts_now) = lively(On::Sqlite);
    let conn = fixture.reader();
    for filter in filters(&contacts_now) {
        let query = Query::new(&filter, 5..50, 10);
        let plan = plan(&conn, &query.sql, &query.values);
        let bounded = |step: &String| !step.starts_with("SCAN c") && !step.contains("TEMP B-TREE");
        assert!(plan.iter().all(bounded), "{filter:?}: {}\n{plan:#?}", query.sql);
        let searches = plan.iter().filter(|step| step.starts_with("SEARCH c "));
        assert!(searches.clone().count() > 0);
        assert!(
            searches
                .into_iter()
                .all(|step| ["rowid", "AND id>", "(id>", "lead_id="].iter().any(|key| step.contains(key))),
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
fn walking_leads_finds_what_the_ranges_have() {
    let (mut fixture, _) = people(On::Sqlite, &NAMES);
    fixture.merge(LeadId(2), LeadId(9));
    let conn = fixture.reader();
    for text in ["a", "an", "an a", "off 50", "0004", "+7", "crm", "CRM", "5", "А", "\u{10FFFF}", "8", "@"] {
        let search = Search::new(text, &[]);
        let search = Searching(&search);
        for (below, limit) in [(i64::MAX, 100), (8, 100), (i64::MAX, 2), (5, 1)] {
            let ranges = search.newest_in_ranges(&conn, below, limit, usize::MAX).expect("readable");
            let walked = search.walk(&conn, i64::MIN, below, limit).expect("readable");
            assert_eq!(ranges, Some(walked), "{text:?} below {below}, {limit}");
        }
    }
    let many = Search::new("+7", &[]);
    let many = Searching(&many);
    assert_eq!(many.newest_in_ranges(&conn, i64::MAX, 100, 8).expect("readable"), None, "9 phones are more than 8");
}

#[test]
fn what_an_operator_holds_is_looked_for_among_what_is_open() {
    let (fixture, _) = lively(On::Sqlite);
    let plan = plan(&fixture.reader(), &held_sql(true), &[1, 0, 10]);
    assert!(plan.iter().all(|step| step.contains("contacts_open") && !step.starts_with("SCAN")), "{plan:#?}");
}

#[test]
fn who_did_something_is_looked_for_among_what_was_done_by_hand() {
    let (fixture, _) = lively(On::Sqlite);
    let conn = fixture.reader();
    let sql = by_hand_sql().replace("maitred.", "").replace("= ANY($1)", "IN (?1)");
    let plan = plan(&conn, &sql, &[1, 1]);
    assert!(plan.iter().any(|step| step.contains("events_by_hand (contact_id=? AND at=?)")), "{plan:#?}");
    assert_eq!((EventKind::ContactReleased.code(), EventKind::ContactEdited.code()), (2, 6));
}
