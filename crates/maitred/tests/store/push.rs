//! Browsers of operators and what they were told there, on both engines, and moving them.

use crate::databases::{on_sqlite, run};
use crate::http::run_on;
use maitred_core::{ContactId, OperatorId, Timestamp};
use maitred_store::PushStore;
use maitred_store::push::{Browser, PushKey, PushNotice};
use maitred_store::testing::postgres::TestDatabase;
use maitred_store::url::DatabaseUrl;

const ANNA: OperatorId = OperatorId(1);
const BORIS: OperatorId = OperatorId(2);

async fn store(url: &str) -> PushStore {
    PushStore::open(&url.parse::<DatabaseUrl>().expect("a URL")).await.expect("a place for browsers")
}

fn key(byte: u8) -> PushKey {
    PushKey { one: 1, private_key: vec![byte, 0, 255], created_at: Timestamp(byte.into()) }
}

fn browser(id: i64, operator: OperatorId, at: i64) -> Browser {
    Browser {
        id,
        operator,
        url: format!("https://push.example.net/{id}").into(),
        public_key: "BP4z".into(),
        auth: "BTBZ".into(),
        language: Some("ru".into()),
        created_at: Timestamp(at),
        told_at: None,
        error: None,
    }
}

async fn ids(of: &PushStore, operator: OperatorId) -> Vec<i64> {
    of.browsers_of(operator).await.expect("it works").iter().map(|browser| browser.id).collect()
}

#[test]
fn browsers_are_kept_on_sqlite() {
    on_sqlite(|url| run(browsers_are_kept(url.to_owned())));
}

#[test]
fn browsers_are_kept_on_postgres() {
    let database = TestDatabase::new();
    run(browsers_are_kept(database.url()));
}

async fn browsers_are_kept(url: String) {
    let (one, other) = (store(&url).await, store(&url).await);
    assert_eq!((one.key().await.expect("it works"), one.has_any().await.expect("it works")), (None, false));
    // Of two nodes that make a key at once, one is first.
    assert_eq!(one.put_key(key(1)).await.expect("it works"), key(1));
    assert_eq!(other.put_key(key(2)).await.expect("it works"), key(1));
    assert_eq!(other.key().await.expect("it works"), Some(key(1)));

    for (id, at) in [(7, 1), (5, 2), (6, 3)] {
        one.put_browser(browser(id, ANNA, at), 2).await.expect("it works");
    }
    assert_eq!(ids(&other, ANNA).await, [5, 6], "the one that subscribed first is gone");
    one.put_browser(browser(6, BORIS, 4), 2).await.expect("it works");
    assert_eq!((ids(&other, ANNA).await, ids(&other, BORIS).await), (vec![5], vec![6]));

    one.note(5, Timestamp(9), Some("403 no".into())).await.expect("it works");
    let found = other.browsers_of(ANNA).await.expect("it works");
    assert_eq!(found, [Browser { error: Some("403 no".into()), ..browser(5, ANNA, 2) }]);
    one.note(5, Timestamp(10), None).await.expect("it works");
    let found = other.browsers_of(ANNA).await.expect("it works");
    assert_eq!(found, [Browser { told_at: Some(Timestamp(10)), ..browser(5, ANNA, 2) }]);

    // It subscribed again: it is as old as before, with what it says now.
    let again = one.put_browser(Browser { language: None, ..browser(5, ANNA, 11) }, 2).await.expect("it works");
    assert_eq!(again, Browser { told_at: Some(Timestamp(10)), language: None, ..browser(5, ANNA, 2) });
    assert_eq!(other.browsers_of(ANNA).await.expect("it works"), [again]);

    assert!(!one.remove(BORIS, 5).await.expect("it works"), "it is not theirs");
    assert!(one.remove(ANNA, 5).await.expect("it works"));
    assert!(one.has_any().await.expect("it works"));
    one.remove_all(BORIS).await.expect("it works");
    assert!(!other.has_any().await.expect("it works"));

    let notice = |operator, error: Option<&str>, told_at| PushNotice {
        contact: ContactId(5),
        operator,
        decision: 2,
        error: error.map(Into::into),
        told_at: Timestamp(told_at),
    };
    for told in [notice(ANNA, Some("gone"), 7), notice(BORIS, None, 8), notice(ANNA, None, 9)] {
        one.put_notice(told).await.expect("it works");
    }
    assert_eq!(other.notices(ContactId(5)).await.expect("it works"), [notice(ANNA, None, 9), notice(BORIS, None, 8)]);
    one.forget_notices(Timestamp(9)).await.expect("it works");
    assert_eq!(other.notices(ContactId(5)).await.expect("it works"), [notice(ANNA, None, 9)]);
}

#[test]
fn a_copy_takes_browsers_along_to_postgres() {
    let database = TestDatabase::new();
    let postgres = database.url::<String>();
    on_sqlite(|old| {
        assert!(run_on(old, &["demo", "--contacts", "5"]).status.success());
        run(async {
            let one = store(old).await;
            one.put_key(key(1)).await.expect("it works");
            for id in 1..=2 {
                one.put_browser(browser(id, ANNA, id), 9).await.expect("it works");
            }
        });
        let output = run_on(old, &["copy", "--from", old, "--to", &postgres]);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success() && said.contains("Copied 2 browsers"), "{said}");
        assert!(!said.contains("push.example.net"), "{said}");
        run(async {
            let after = store(&postgres).await;
            assert_eq!((after.key().await.expect("it works"), ids(&after, ANNA).await), (Some(key(1)), vec![1, 2]));
        });
    });
}
