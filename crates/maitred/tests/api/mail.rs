//! Operators who are told by e-mail, against a server on loopback that speaks as much of SMTP as that takes.

use crate::test_server::TestServer;
use axum::http::{Method, StatusCode};
use maitred_app::jobs::TellOperators;
use maitred_app::mail::{Mailer, Sender, SmtpUrl};
use maitred_core::{OperatorId, Timestamp};
use maitred_store::accounts::Grant;
use maitred_store::clock;
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

const HOUR: i64 = 3_600 * 1_000_000;
const FINE: &str = "250 fine";

/// A message that was taken: for whom, and its lines.
#[derive(Clone, Debug)]
struct Taken {
    to: String,
    text: String,
}

/// What the server says to the next sender and recipient, and what it took.
#[derive(Default)]
struct Post {
    says_to_sender: Option<&'static str>,
    says: Option<&'static str>,
    /// Does not answer who says good-bye.
    ignores_quit: bool,
    taken: Vec<Taken>,
    tries: usize,
}

#[derive(Clone)]
struct FakeSmtp {
    url: String,
    post: Arc<Mutex<Post>>,
}

impl FakeSmtp {
    async fn open() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("smtp://{}", listener.local_addr().expect("an address"));
        let post: Arc<Mutex<Post>> = Arc::default();
        let shared = post.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                // One that goes away in the middle took nothing.
                tokio::spawn(serve(stream, shared.clone()));
            }
        });
        Self { url, post }
    }

    /// From now on recipients are answered like this.
    fn says(&self, says: &'static str) {
        self.post.lock().expect("no panic").says = Some(says);
    }

    fn taken(&self) -> Vec<Taken> {
        std::mem::take(&mut self.post.lock().expect("no panic").taken)
    }

    fn tries(&self) -> usize {
        self.post.lock().expect("no panic").tries
    }
}

async fn serve(stream: TcpStream, post: Arc<Mutex<Post>>) -> std::io::Result<()> {
    let (reader, mut writer) = stream.into_split();
    let mut lines = BufReader::new(reader).lines();
    writer.write_all(b"220 fake\r\n").await?;
    let (mut to, mut text) = (String::new(), None::<String>);
    while let Some(line) = lines.next_line().await? {
        let answer = match (&mut text, line.split([':', ' ']).next().unwrap_or_default()) {
            (Some(all), _) if line != "." => {
                *all += &(line + "\n");
                continue;
            }
            (Some(all), _) => {
                let taken = Taken { to: to.clone(), text: all.replace("=\n", "") };
                post.lock().expect("no panic").taken.push(taken);
                text = None;
                FINE
            }
            (None, "RCPT") => {
                to = line.trim_start_matches("RCPT TO:").trim_matches(['<', '>']).to_owned();
                let mut post = post.lock().expect("no panic");
                post.tries += 1;
                post.says.unwrap_or(FINE)
            }
            (None, "MAIL") => post.lock().expect("no panic").says_to_sender.unwrap_or(FINE),
            (None, "DATA") => {
                text = Some(String::new());
                "354 go on"
            }
            (None, "QUIT") if post.lock().expect("no panic").ignores_quit => continue,
            (None, "QUIT") => "221 bye",
            (None, _) => FINE,
        };
        writer.write_all(format!("{answer}\r\n").as_bytes()).await?;
    }
    Ok(())
}

/// A source with Anna, who is told by e-mail.
struct Shop {
    smtp: FakeSmtp,
    server: TestServer,
    teller: TellOperators,
    anna: i64,
    source: i64,
}

impl Shop {
    async fn open(more: Value) -> Self {
        let smtp = FakeSmtp::open().await;
        let url = SmtpUrl::parse(&smtp.url).expect("a URL");
        let from = Sender::parse("Maitred <maitred@example.com>").expect("an address");
        let mailer = Mailer::new(&url, from, None).expect("a mailer");
        let server = TestServer::with_mail(mailer).await;
        let mut body = json!({"name": "Shop", "default_region": "GB"});
        body.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
        let source = server.post("/api/v1/sources", &body).await.expect(StatusCode::CREATED)["id"].as_i64();
        let mut teller = TellOperators::new(server.app.clone());
        teller.step(clock::now()).await.expect("a store");
        let mut shop = Self { smtp, server, teller, anna: 0, source: source.expect("an id") };
        shop.anna = shop.operator("Anna", Some("anna@example.com")).await;
        shop
    }

    async fn operator(&self, name: &str, address: Option<&str>) -> i64 {
        let body = json!({"name": name, "notify_email": address});
        let made = self.server.post("/api/v1/operators", &body).await.expect(StatusCode::CREATED);
        let id = made["id"].as_i64().expect("an id");
        let member = json!({"operator_id": id, "weight": 1});
        let path = format!("/api/v1/sources/{}/operators", self.source);
        self.server.post(&path, &member).await.expect(StatusCode::CREATED);
        id
    }

    async fn contact(&self, lead: &str) -> Value {
        let body = json!({"source_id": self.source, "lead_external_id": lead, "lead_name": "Ivan",
            "lead_phone": "+447400123456", "message": "Is the blue one in stock?"});
        self.server.post("/api/v1/contacts", &body).await.expect(StatusCode::CREATED)
    }

    /// Tells operators, and says how many contacts are left to tell.
    async fn tell(&mut self) -> Option<usize> {
        self.teller.step(clock::now()).await.expect("a store")
    }

    /// What a server that was killed does when it is started again: it knows what is stored.
    fn restart(&mut self) {
        self.teller = TellOperators::new(self.server.app.clone());
    }
}

#[tokio::test]
async fn each_assignment_is_one_message_without_what_is_personal() {
    let mut shop = Shop::open(json!({"accept_within_s": 600})).await;
    shop.contact("a").await;
    assert_eq!(shop.tell().await, Some(0));
    let taken = shop.smtp.taken();
    assert_eq!(taken.iter().map(|mail| mail.to.as_str()).collect::<Vec<_>>(), ["anna@example.com"]);
    let text = &taken[0].text;
    for line in ["From: Maitred <maitred@example.com>", "Subject: New contact, will you take it? Shop", "Ivan"] {
        assert!(text.contains(line), "{line} is not in {text}");
    }
    assert!(
        text.contains("waiting ")
            && text.contains(", to accept within")
            && text.contains("Message-ID: <contact-1-0-1@"),
        "{text}"
    );
    assert!(!text.contains("447400") && !text.contains("blue"), "{text}");

    // Accepting it is no news; getting it again is.
    shop.server.post("/api/v1/contacts/1/accept", &json!({"operator_id": shop.anna})).await.expect(StatusCode::OK);
    shop.tell().await;
    shop.restart();
    shop.tell().await;
    assert_eq!(shop.smtp.taken().len(), 0);
    shop.server.post("/api/v1/contacts/1/transfer", &json!({"operator_id": null})).await.expect(StatusCode::OK);
    shop.tell().await;
    assert_eq!(shop.smtp.taken().len(), 1);

    let trace = shop.server.show("/api/v1/contacts/1/trace").await;
    let notice = &trace["notices"][0];
    assert_eq!((&notice["way"], &notice["state"], &notice["decision"]), (&json!("email"), &json!("sent"), &json!(1)));
    assert_eq!((&trace["steps"][3]["state"], &trace["steps"][3]["at"]), (&json!("done"), &notice["told_at"]));
    shop.server.close().await;
}

#[tokio::test]
async fn a_source_that_shows_phones_shows_phone_and_text() {
    let mut shop = Shop::open(json!({})).await;
    let edit = json!({"telegram_shows_phone": true});
    shop.server.patch(&format!("/api/v1/sources/{}", shop.source), &edit).await.expect(StatusCode::OK);
    shop.contact("a").await;
    shop.tell().await;
    let text = &shop.smtp.taken()[0].text;
    assert!(text.contains("7400 123456") && text.contains("Is the blue one in stock?"), "{text}");
    shop.server.close().await;
}

#[tokio::test]
async fn what_the_server_does_not_take_now_is_sent_later_and_once() {
    let mut shop = Shop::open(json!({})).await;
    shop.smtp.says("451 try again later");
    shop.contact("a").await;
    assert_eq!(shop.tell().await, Some(1), "it is still to be told");
    assert_eq!(shop.tell().await, Some(1));
    assert_eq!((shop.smtp.tries(), shop.smtp.taken().len()), (1, 0), "it rests before the next try");
    let trace = shop.server.show("/api/v1/contacts/1/trace").await;
    assert_eq!((&trace["steps"][3]["state"], &trace["notices"][0]["problem"]), (&json!("pending"), &Value::Null));

    shop.smtp.says(FINE);
    for _ in 0..2 {
        shop.restart();
        assert_eq!(shop.tell().await, Some(0));
    }
    assert_eq!(shop.smtp.taken().len(), 1);
    shop.server.close().await;
}

#[tokio::test]
async fn an_address_that_is_refused_is_shown_until_it_takes_mail() {
    let mut shop = Shop::open(json!({})).await;
    shop.smtp.says("550 5.1.1 no such user here");
    shop.contact("a").await;
    assert_eq!(shop.tell().await, Some(0), "there is no use in another try");
    let page = format!("/operators/{}", shop.anna);
    assert!(shop.server.get(&page).await.text.contains("no such user here"));
    assert!(shop.server.get("/?lang=en").await.text.contains("email about contacts is refused"));
    let trace = shop.server.show("/api/v1/contacts/1/trace").await;
    assert_eq!((&trace["steps"][3]["state"], &trace["notices"][0]["problem"]), (&json!("failed"), &json!("refused")));

    // Another address has no fault yet, and mail that is taken ends one.
    let path = format!("/api/v1/operators/{}", shop.anna);
    shop.server.patch(&path, &json!({"notify_email": "a@example.org"})).await.expect(StatusCode::OK);
    assert!(!shop.server.get(&page).await.text.contains("no such user here"));
    assert!(!shop.server.get("/?lang=en").await.text.contains("email about contacts is refused"));
    shop.server.patch(&path, &json!({"notify_email": "anna@example.com"})).await.expect(StatusCode::OK);
    assert!(shop.server.get(&page).await.text.contains("no such user here"));
    shop.smtp.says(FINE);
    shop.contact("b").await;
    shop.tell().await;
    assert!(!shop.server.get(&page).await.text.contains("no such user here"));
    assert_eq!(shop.smtp.taken().len(), 1);
    shop.server.close().await;
}

#[tokio::test]
async fn a_sender_that_is_refused_is_no_fault_of_the_operator() {
    let mut shop = Shop::open(json!({})).await;
    shop.smtp.post.lock().expect("no panic").says_to_sender = Some("553 5.7.1 not your address");
    shop.contact("a").await;
    assert_ne!(shop.tell().await, Some(0), "it is tried again");
    assert_eq!((shop.smtp.tries(), shop.smtp.taken().len()), (0, 0), "nobody's address was asked about");
    let page = format!("/operators/{}", shop.anna);
    assert!(!shop.server.get(&page).await.text.contains("not your address"));
    assert!(!shop.server.get("/?lang=en").await.text.contains("email about contacts is refused"));
    let trace = shop.server.show("/api/v1/contacts/1/trace").await;
    assert_ne!(trace["steps"][3]["state"], "failed", "{trace}");

    shop.smtp.post.lock().expect("no panic").says_to_sender = None;
    shop.restart();
    assert_eq!(shop.tell().await, Some(0));
    assert_eq!(shop.smtp.taken().len(), 1);
    shop.server.close().await;
}

#[tokio::test]
async fn a_sender_that_is_refused_with_the_recipient_is_no_fault_of_the_operator_either() {
    let mut shop = Shop::open(json!({})).await;
    shop.smtp.says("553 5.7.1 sender address rejected: not owned by user");
    shop.contact("a").await;
    assert_eq!(shop.tell().await, Some(1), "it is tried again");
    assert_eq!((shop.smtp.tries(), shop.smtp.taken().len()), (1, 0));
    let page = format!("/operators/{}", shop.anna);
    assert!(!shop.server.get(&page).await.text.contains("not owned by user"));
    assert!(!shop.server.get("/?lang=en").await.text.contains("email about contacts is refused"));

    shop.smtp.says(FINE);
    shop.restart();
    assert_eq!(shop.tell().await, Some(0));
    assert_eq!(shop.smtp.taken().len(), 1);
    shop.server.close().await;
}

#[tokio::test]
async fn a_message_that_was_taken_is_sent_though_the_server_does_not_say_good_bye() {
    let mut shop = Shop::open(json!({})).await;
    shop.smtp.post.lock().expect("no panic").ignores_quit = true;
    shop.contact("a").await;
    assert_eq!(shop.tell().await, Some(0));
    let trace = shop.server.show("/api/v1/contacts/1/trace").await;
    assert_eq!(trace["notices"][0]["state"], "sent");
    shop.restart();
    assert_eq!(shop.tell().await, Some(0));
    assert_eq!(shop.smtp.taken().len(), 1, "once");
    shop.server.close().await;
}

#[tokio::test]
async fn what_is_over_or_an_hour_old_is_not_sent() {
    let mut shop = Shop::open(json!({})).await;
    shop.contact("a").await;
    shop.server.patch("/api/v1/contacts/1", &json!({"is_resolved": true})).await.expect(StatusCode::OK);
    let boris = shop.operator("Boris", None).await;
    shop.contact("b").await;
    let path = "/api/v1/contacts/2/transfer";
    shop.server.post(path, &json!({"operator_id": boris})).await.expect(StatusCode::OK);
    assert_eq!(shop.tell().await, Some(0));
    shop.server.post(path, &json!({"operator_id": shop.anna})).await.expect(StatusCode::OK);
    let later = Timestamp(clock::now().0 + HOUR + 1);
    assert_eq!(shop.teller.step(later).await.expect("a store"), Some(0));
    assert_eq!((shop.smtp.tries(), shop.smtp.taken().len()), (0, 0));
    shop.server.close().await;
}

#[tokio::test]
async fn supervisors_say_where_operators_are_written_to() {
    let shop = Shop::open(json!({})).await;
    let path = format!("/api/v1/operators/{}", shop.anna);
    assert_eq!(shop.server.show(&path).await["notify_email"], "anna@example.com");
    for wrong in ["anna", "anna@", "@example.com", "a b@example.com", "anna@example", "anna@example.com\r\nBcc: x@y.z"]
    {
        let refused = shop.server.patch(&path, &json!({"notify_email": wrong})).await;
        assert_eq!(refused.is_problem(422, "invalid-fields"), ["/notify_email"], "{wrong}");
    }
    let theirs = shop.server.key(Grant::Operator(OperatorId(shop.anna))).await;
    let edit = json!({"notify_email": "elsewhere@example.org"});
    shop.server.call_as(Some(&theirs), Method::PATCH, &path, Some(&edit)).await.is_problem(403, "forbidden");
    let admin = shop.server.key(Grant::Admin).await;
    let none = json!({"notify_email": null});
    let edited = shop.server.call_as(Some(&admin), Method::PATCH, &path, Some(&none)).await.expect(StatusCode::OK);
    assert!(edited["notify_email"].is_null(), "{edited}");
    shop.server.close().await;
}
