//! How reads of PostgreSQL go: by which plans, and that ways to the same answer give the same. What they give is tested
//! on both engines, in `store/reading/tests.rs`.

use super::contacts::Query;
use super::search;
use crate::postgres::readers::Snapshot;
use crate::reading::held_sql;
use crate::search::Search;
use crate::testing::examples::{NAMES, filters, lively, people};
use crate::testing::{Fixture, On, Reads};
use crate::views::{LeadFilter, Page};
use crate::{Store, StoreError};
use maitred_core::LeadId;
use tokio_postgres::types::Type;

/// Reads as the functions beside do.
fn read<T>(reads: &Reads, question: impl AsyncFnOnce(Snapshot) -> Result<T, StoreError>) -> T {
    let Store::Postgres(readers) = reads.store() else { panic!("this fixture is a file") };
    reads.runtime().block_on(readers.read(question)).expect("the database can be read")
}

/// The nodes of a plan, one a line, with what they go by.
async fn plan(at: &Snapshot, sql: &str, values: &[(&(dyn tokio_postgres::types::ToSql + Sync), Type)]) -> Vec<String> {
    let rows = at.query_typed(&format!("EXPLAIN (COSTS OFF) {sql}"), values).await.expect("a plan");
    rows.iter().map(|row| row.get::<_, String>(0).trim().trim_start_matches("-> ").trim().to_owned()).collect()
}

#[test]
fn no_list_of_contacts_scans_or_sorts_what_grows() {
    let (fixture, contacts_now) = lively(On::Postgres);
    let (reads, mut plans) = (fixture.reads(), 0);
    for filter in filters(&contacts_now) {
        let Some(query) = Query::new(&filter, 5..50, 10) else { continue };
        let plan = read(&reads, async |at| Ok(plan(&at, &query.sql, &query.values.all()).await));
        plans += 1;
        let scans: Vec<&String> = plan.iter().filter(|line| line.contains("Scan ")).collect();
        let way = if filter.oldest_first { "Index Scan using" } else { "Index Scan Backward" };
        assert!(!scans.is_empty() && scans.iter().all(|scan| scan.starts_with(way)), "{plan:#?}");
        let bounds = plan.iter().filter(|line| line.starts_with("Index Cond:"));
        assert_eq!(bounds.filter(|bound| bound.contains("id) <") || bound.contains("id <")).count(), scans.len());
        // What is sorted are the pages of the ranges.
        let sorts: Vec<usize> = (0..plan.len()).filter(|line| plan[*line].ends_with("Sort")).collect();
        assert!(sorts.iter().all(|line| plan[line + 2] == "Append"), "{plan:#?}");
        assert!(sorts.len() <= usize::from(scans.len() > 1), "{plan:#?}");
    }
    assert!(plans > 50, "{plans}");
}

#[test]
fn messages_are_read_by_the_indexes_of_lists() {
    let (fixture, contacts_now) = lively(On::Postgres);
    let reads = fixture.reads();
    for filter in filters(&contacts_now).into_iter().filter(|filter| !filter.oldest_first) {
        let Some(query) = Query::messages(&filter, 5..50, 10, 1_000) else { continue };
        let plan = read(&reads, async |at| Ok(plan(&at, &query.sql, &query.values.all()).await));
        let mut scans = plan.iter().filter(|line| line.contains(" on contacts"));
        assert!(scans.all(|scan| scan.starts_with("Index Scan Backward")), "{plan:#?}");
        let bounds = plan.iter().filter(|line| line.starts_with("Index Cond:"));
        assert!(bounds.clone().count() > 0);
        assert!(bounds.into_iter().all(|it| it.contains("id) <") || it.contains("id <")), "{plan:#?}");
    }
}

#[test]
fn what_an_operator_holds_is_looked_for_among_what_is_open() {
    let (fixture, _) = lively(On::Postgres);
    let plan = read(&fixture.reads(), async |at| {
        let values = [(&1_i64 as _, Type::INT8), (&0_i64 as _, Type::INT8), (&10_i64 as _, Type::INT8)];
        Ok(plan(&at, &held_sql(false), &values).await)
    });
    assert!(plan.iter().any(|line| line.starts_with("Index Scan using contacts_open")), "{plan:#?}");
    assert!(!plan.iter().any(|line| line.contains("Sort") || line.contains("Seq Scan")), "{plan:#?}");
}

#[test]
fn walking_leads_finds_what_the_ranges_have() {
    let (mut fixture, _) = people(On::Postgres, &NAMES);
    fixture.merge(LeadId(2), LeadId(9));
    let reads = fixture.reads();
    for text in ["a", "an", "an a", "off 50", "0004", "+7", "crm", "CRM", "5", "А", "\u{10FFFF}", "8", "@", "\0"] {
        let wanted = Search::new(text, &[]);
        for (below, limit) in [(i64::MAX, 100), (8, 100), (i64::MAX, 2), (5, 1)] {
            let (run, walked) = read(&reads, async |at| {
                let run = search::run(&at, &wanted, below, limit).await?;
                Ok((run, search::walk(&at, &wanted, i64::MIN..below, limit).await?))
            });
            assert_eq!(run, walked, "{text:?} below {below}, {limit}");
        }
    }
}

#[test]
fn common_names_are_found_among_the_newest_and_if_they_are_all_old() {
    let fixture = Fixture::on(On::Postgres);
    fixture.database().sql(
        "INSERT INTO maitred.leads SELECT n, 'Zoe ' || n, NULL, 0, 0 FROM generate_series(1, 5000) n;
         INSERT INTO maitred.leads SELECT n, 'Anna ' || n, NULL, 0, 0 FROM generate_series(5001, 26000) n;
         INSERT INTO maitred.lead_words SELECT CASE WHEN n <= 5000 THEN 'zoe' ELSE 'anna' END, n
         FROM generate_series(1, 26000) n;
         INSERT INTO maitred.lead_words SELECT n::text, n FROM generate_series(1, 26000) n;
         INSERT INTO maitred.identities SELECT 0, 'CRM-' || n, 'source:1', n, 'crm-' || n
         FROM generate_series(1, 26000) n;
         UPDATE maitred.leads SET merged_into = 1 WHERE id IN (4999, 25999)",
    );
    let reads = fixture.reads();
    let found = |text: &str, after| {
        let filter = LeadFilter { text: Some(text.to_owned()), ..LeadFilter::default() };
        let page = Page { limit: 3, after };
        let cards = reads.get(async |store| store.leads(filter, page).await);
        cards.iter().map(|card| card.lead.id.0).collect::<Vec<_>>()
    };
    assert_eq!(found("Anna", None), [26_000, 25_998, 25_997]);
    assert_eq!(found("CRM-", None), [26_000, 25_998, 25_997]);
    assert_eq!(found("CRM-", Some(4)), [3, 2, 1]);
    assert_eq!(found("zoe", None), [5_000, 4_998, 4_997]);
    assert_eq!(found("zoe", Some(2)), [1]);
    assert_eq!(found("zoe 49", None), [4_998, 4_997, 4_996]);
    assert_eq!(found("nobody", None), [] as [i64; 0]);
}
