//! Reports as they are printed.

use super::*;
use maitred_core::Policy;
use maitred_store::testing::House;
use maitred_store::testing::postgres::TestDatabase;

fn report(sql: &str) -> String {
    let mut house = House::new();
    let anna = house.operator("Anna", 2);
    let bot = house.source("Bot", Policy::LongestIdle, &[(anna, 1)]);
    (0..30).for_each(|n| _ = house.contact(bot, &n.to_string()));
    let url = house.url();
    let (conn, _folder) = house.vandal();
    conn.execute_batch(sql).expect("valid SQL");
    laid_out(&verify(&url, |_| {}).expect("readable"))
}

#[test]
fn a_clean_report_is_short() {
    insta::assert_snapshot!(report(""));
}

#[test]
fn a_report_on_postgres_says_what_was_not_checked() {
    let mut house = House::on(TestDatabase::new());
    house.operator("Anna", 2);
    insta::assert_snapshot!(laid_out(&verify(&house.url(), |_| {}).expect("readable")));
}

#[test]
fn faults_are_listed_with_what_was_expected_and_the_rest_is_counted() {
    let sql = "UPDATE operators SET current_load = 1, max_load = 1; UPDATE contacts SET resolved_at = 1";
    insta::assert_snapshot!(report(sql));
}
