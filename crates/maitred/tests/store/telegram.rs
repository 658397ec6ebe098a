//! Bots, chats and messages of Telegram on both engines: their rows, codes, turns, and moving them.

use crate::databases::{on_sqlite, run};
use crate::http::run_on;
use maitred_core::{ContactId, OperatorId, SourceId, Timestamp};
use maitred_store::TelegramStore;
use maitred_store::mail::{MailFault, MailNotice};
use maitred_store::telegram::{LinkCode, Notice, NoticeState, OperatorChat};
use maitred_store::testing::postgres::TestDatabase;
use maitred_store::url::DatabaseUrl;

const SOURCE: SourceId = SourceId(1);
const ANNA: OperatorId = OperatorId(1);
const BORIS: OperatorId = OperatorId(2);

async fn store(url: &str) -> TelegramStore {
    TelegramStore::open(&url.parse::<DatabaseUrl>().expect("a URL")).await.expect("a place for bots")
}

fn code(operator: OperatorId, digest: u8) -> LinkCode {
    LinkCode { operator, digest: [digest; 32], expires_at: Timestamp(100) }
}

fn chat(id: i64, now: i64) -> OperatorChat {
    let language = Some("ru".into());
    OperatorChat {
        operator: OperatorId(0),
        source: SOURCE,
        chat: id,
        language,
        linked_at: Timestamp(now),
        blocked_at: None,
    }
}

#[test]
fn rows_of_telegram_are_kept_on_sqlite() {
    on_sqlite(|url| run(rows_are_kept(url.to_owned())));
}

#[test]
fn rows_of_telegram_are_kept_on_postgres() {
    let database = TestDatabase::new();
    run(rows_are_kept(database.url::<String>()));
}

#[test]
fn what_was_sent_by_email_is_kept_on_sqlite() {
    on_sqlite(|url| run(mail_is_kept(url.to_owned())));
}

#[test]
fn what_was_sent_by_email_is_kept_on_postgres() {
    let database = TestDatabase::new();
    run(mail_is_kept(database.url::<String>()));
}

async fn rows_are_kept(url: String) {
    let (one, other) = (store(&url).await, store(&url).await);
    assert_eq!(one.setup().await.expect("it works").version, 0);
    one.change_bot(SOURCE, |bot| (bot.token, bot.bot) = (Some("1:secret".into()), Some(1))).await.expect("it works");
    one.change_bot(SOURCE, |_| ()).await.expect("it works");
    let setup = other.setup().await.expect("it works");
    assert_eq!((setup.version, setup.bots.len(), setup.bots[0].bot), (1, 1, Some(1)), "no change is none");
    assert!(!format!("{setup:?}").contains("secret"));

    // A code is good once, until its time, and the one before it is good no longer.
    for digest in [1, 2] {
        one.put_code(code(ANNA, digest)).await.expect("it works");
    }
    one.put_code(code(BORIS, 3)).await.expect("it works");
    assert_eq!(other.redeem([1; 32], chat(55, 10)).await.expect("it works"), None);
    assert_eq!(other.redeem([2; 32], chat(55, 100)).await.expect("it works"), None, "it is over");
    assert_eq!(other.redeem([2; 32], chat(55, 99)).await.expect("it works"), Some(ANNA));
    assert_eq!(other.redeem([2; 32], chat(55, 99)).await.expect("it works"), None);
    let linked = one.setup().await.expect("it works").chats;
    assert_eq!(linked, [OperatorChat { operator: ANNA, ..chat(55, 99) }]);

    // A chat is that of one operator, and of one that cannot be written to that is known once.
    assert_eq!(other.redeem([3; 32], chat(55, 99)).await.expect("it works"), Some(BORIS));
    let of_whom = one.setup().await.expect("it works").chats;
    assert_eq!(of_whom.iter().map(|chat| chat.operator).collect::<Vec<_>>(), [BORIS]);
    assert!(one.block(SOURCE, 55, Timestamp(7)).await.expect("it works"));
    assert!(!one.block(SOURCE, 55, Timestamp(8)).await.expect("it works"));
    assert_eq!(one.setup().await.expect("it works").chats[0].blocked_at, Some(Timestamp(7)));
    assert!(one.unlink(BORIS).await.expect("it works"));
    assert!(!one.unlink(BORIS).await.expect("it works"));

    // A turn is taken, kept, waited for and left.
    let take = |store: &TelegramStore, node, now, until| {
        let store = store.clone();
        let (name, now, until) = ("poll 1".to_owned(), Timestamp(now), Timestamp(until));
        async move { store.take_turn(name, node, now, until).await.expect("it works") }
    };
    assert!(take(&one, 7, 0, 10).await);
    assert!(!take(&other, 8, 9, 19).await);
    assert!(take(&one, 7, 9, 20).await);
    assert!(take(&other, 8, 20, 30).await);
    one.leave_turn("poll 1".to_owned(), 7).await.expect("it works");
    assert!(!take(&one, 7, 21, 31).await, "it is not its turn to leave");
    other.leave_turn("poll 1".to_owned(), 8).await.expect("it works");
    assert!(take(&one, 7, 21, 31).await);

    notices_are_kept(&one, &other).await;
}

/// How far operators were told, and the messages that they got.
async fn notices_are_kept(one: &TelegramStore, other: &TelegramStore) {
    assert_eq!(one.position().await.expect("it works"), None);
    one.set_position(0).await.expect("it works");
    assert_eq!(other.position().await.expect("it works"), Some(0));
    let notice = |operator, state, updated_at| Notice {
        contact: ContactId(5),
        operator,
        source: SOURCE,
        chat: 55,
        message: 9,
        decision: 2,
        state,
        told_at: Some(Timestamp(1)),
        updated_at: Timestamp(updated_at),
        said: 0,
    };
    one.put_notice(notice(BORIS, NoticeState::Offered, 1)).await.expect("it works");
    one.put_notice(notice(ANNA, NoticeState::Ended, 2)).await.expect("it works");
    one.put_notice(notice(BORIS, NoticeState::Assigned, 1)).await.expect("it works");
    let both = [notice(ANNA, NoticeState::Ended, 2), notice(BORIS, NoticeState::Assigned, 1)];
    assert_eq!(other.notices(ContactId(5)).await.expect("it works"), both);
    one.forget_notices(Timestamp(2)).await.expect("it works");
    assert_eq!(other.notices(ContactId(5)).await.expect("it works").len(), 2);
    one.forget_notices(Timestamp(3)).await.expect("it works");
    assert_eq!(other.notices(ContactId(5)).await.expect("it works"), both[1..]);
}

/// What operators were told by e-mail, and whose address refuses it until it takes some.
async fn mail_is_kept(url: String) {
    let (one, other) = (store(&url).await, store(&url).await);
    let notice = |operator, error: Option<&str>, told_at| MailNotice {
        contact: ContactId(5),
        operator,
        decision: 2,
        error: error.map(Into::into),
        told_at: Timestamp(told_at),
    };
    let fault = MailFault {
        operator: ANNA,
        address: "anna@example.com".into(),
        error: "550 no".into(),
        failed_at: Timestamp(7),
    };
    one.put_mail_notice(notice(ANNA, Some("550 no"), 7), Some(fault.clone())).await.expect("it works");
    one.put_mail_notice(notice(BORIS, None, 8), None).await.expect("it works");
    assert_eq!(other.mail_fault(ANNA).await.expect("it works"), Some(fault.clone()));
    assert_eq!(other.mail_faults().await.expect("it works"), [fault]);
    let both = [notice(ANNA, Some("550 no"), 7), notice(BORIS, None, 8)];
    assert_eq!(other.mail_notices(ContactId(5)).await.expect("it works"), both);
    one.put_mail_notice(notice(ANNA, None, 9), None).await.expect("it works");
    assert!(other.mail_faults().await.expect("it works").is_empty(), "mail that is taken ends a fault");
    one.forget_mail(Timestamp(9)).await.expect("it works");
    assert_eq!(other.mail_notices(ContactId(5)).await.expect("it works"), [notice(ANNA, None, 9)]);
}

#[test]
fn a_copy_takes_bots_and_chats_along_to_postgres() {
    let database = TestDatabase::new();
    let postgres = database.url::<String>();
    on_sqlite(|old| {
        assert!(run_on(old, &["demo", "--contacts", "5"]).status.success());
        run(async {
            let one = store(old).await;
            one.change_bot(SOURCE, |bot| bot.token = Some("1:secret".into())).await.expect("it works");
            one.put_code(code(ANNA, 1)).await.expect("it works");
            assert_eq!(one.redeem([1; 32], chat(55, 10)).await.expect("it works"), Some(ANNA));
        });
        let output = run_on(old, &["copy", "--from", old, "--to", &postgres]);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success() && said.contains("Copied 2 bots"), "{said}");
        assert!(!said.contains("secret"), "{said}");
        run(async {
            let (before, after) = (store(old).await.setup().await, store(&postgres).await.setup().await);
            let (before, after) = (before.expect("it works"), after.expect("it works"));
            assert_eq!((before.bots, before.chats), (after.bots, after.chats));
        });
    });
}
