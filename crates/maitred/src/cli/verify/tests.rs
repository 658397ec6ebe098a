//! Reports as they are printed.

use super::*;
use maitred_core::Policy;
use maitred_store::testing::Fixture;
use maitred_store::testing::postgres::TestDatabase;

fn report(sql: &str) -> String {
    let mut fixture = Fixture::new();
    let anna = fixture.operator("Anna", 2);
    let bot = fixture.source("Bot", Policy::LongestIdle, &[(anna, 1)]);
    (0..30).for_each(|n| _ = fixture.contact(bot, &n.to_string()));
    let url = fixture.url();
    let (conn, _folder) = fixture.into_connection();
    conn.execute_batch(sql).expect("valid SQL");
    laid_out(&verify(&url, |_| {}).expect("readable"))
}

#[test]
fn a_clean_report_is_short() {
    insta::assert_snapshot!(report(""));
}

#[test]
fn a_report_on_postgres_says_what_was_not_checked() {
    let mut fixture = Fixture::on(TestDatabase::new());
    fixture.operator("Anna", 2);
    insta::assert_snapshot!(laid_out(&verify(&fixture.url(), |_| {}).expect("readable")));
}

#[test]
fn faults_are_listed_with_what_was_expected_and_the_rest_is_counted() {
    let sql = "UPDATE operators SET current_load = 1, max_load = 1; UPDATE contacts SET resolved_at = 1";
    insta::assert_snapshot!(report(sql));
}
