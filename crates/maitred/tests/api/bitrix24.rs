//! Leads of Bitrix24 from a contact to the CRM and back, against a fake of a portal on loopback.

use crate::test_server::TestServer;
use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Path, State};
use axum::http::{Method, Request, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use maitred_app::jobs::{AskCrm, SendWebhooks};
use maitred_core::Timestamp;
use maitred_store::accounts::Grant;
use maitred_store::clock;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use tokio::net::TcpListener;

const SECRET: &str = "abcdefgh12345678";
const HOUR: i64 = 3_600_000_000;

/// The CRM of a portal: what it keeps, and what it was asked.
#[derive(Default)]
struct Crm {
    leads: BTreeMap<i64, Map<String, Value>>,
    /// Users by their address.
    users: BTreeMap<String, i64>,
    calls: Vec<(String, Value)>,
    /// The next answers instead of what is asked: status and error.
    faults: Vec<(u16, &'static str)>,
    /// Whether the next lead is added and the answer lost.
    loses_answer: bool,
}

type Shared = Arc<Mutex<Crm>>;

async fn call(
    State(crm): State<Shared>,
    Path((user, secret, method)): Path<(i64, String, String)>,
    body: Bytes,
) -> Response {
    let params: Value = serde_json::from_slice(&body).expect("JSON");
    let mut crm = crm.lock().expect("no panic");
    let method = method.trim_end_matches(".json").to_owned();
    crm.calls.push((method.clone(), params.clone()));
    let refused = |status: u16, error: &str| {
        let said = json!({"error": error, "error_description": "Иван +79991234567"});
        (StatusCode::from_u16(status).expect("a status"), said.to_string()).into_response()
    };
    if !crm.faults.is_empty() {
        let (status, error) = crm.faults.remove(0);
        return refused(status, error);
    }
    if secret != SECRET {
        return refused(401, "INVALID_CREDENTIALS");
    }
    let fields = |params: &Value| params["fields"].as_object().cloned().expect("fields");
    let id = || params["id"].as_i64().expect("an id");
    let result = match method.as_str() {
        "profile" => json!({"ID": user.to_string()}),
        "user.get" => {
            let found = crm.users.get(params["FILTER"]["EMAIL"].as_str().unwrap_or_default());
            json!(found.map(|id| json!({"ID": id.to_string()})).into_iter().collect::<Vec<_>>())
        }
        "crm.lead.list" => {
            let is_it = |lead: &Map<String, Value>| {
                let same = |name: &str| lead.get(name) == params["filter"].get(format!("={name}"));
                same("ORIGINATOR_ID") && same("ORIGIN_ID")
            };
            let found = crm.leads.iter().filter(|(_, lead)| is_it(lead));
            json!(found.map(|(id, _)| json!({"ID": id.to_string()})).collect::<Vec<_>>())
        }
        "crm.lead.add" => {
            let id = crm.leads.len() as i64 + 1;
            crm.leads.insert(id, fields(&params));
            if std::mem::take(&mut crm.loses_answer) {
                return StatusCode::BAD_GATEWAY.into_response();
            }
            json!(id)
        }
        "crm.lead.update" => {
            let Some(lead) = crm.leads.get_mut(&id()) else { return refused(400, "NOT_FOUND") };
            lead.extend(fields(&params));
            json!(true)
        }
        "crm.lead.get" => match crm.leads.get(&id()) {
            Some(lead) => json!(lead),
            None => return refused(400, "NOT_FOUND"),
        },
        other => panic!("{other} is not called"),
    };
    json!({"result": result, "time": {}}).to_string().into_response()
}

/// A server with an operator, a source, an endpoint that is a portal, and the job that sends.
struct Shop {
    server: TestServer,
    job: SendWebhooks,
    crm: Shared,
    url: String,
    source: i64,
    now: i64,
}

impl Shop {
    async fn open(operator: Value) -> Self {
        let (server, crm) = (TestServer::open().await, Shared::default());
        let router = Router::new().route("/rest/{user}/{secret}/{method}", post(call)).with_state(crm.clone());
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}/rest/7/{SECRET}/", listener.local_addr().expect("an address"));
        tokio::spawn(async move { axum::serve(listener, router).await });
        let mut anna = json!({"name": "Anna", "max_load": 50});
        anna.as_object_mut().expect("an object").extend(operator.as_object().expect("an object").clone());
        let anna = server.post("/api/v1/operators", &anna).await.expect(StatusCode::CREATED);
        let source = server.source("Site", &[(anna["id"].as_i64().expect("an id"), 1)]).await;
        let job = SendWebhooks::new(server.app.clone()).expect("randomness");
        let shop = Self { server, job, crm, url, source, now: clock::now().0 };
        let made = shop.server.post("/api/v1/endpoints", &json!({"url": shop.url, "format": "bitrix24"})).await;
        let made = made.expect(StatusCode::CREATED);
        assert_eq!((&made["format"], &made["secret"]), (&json!("bitrix24"), &Value::Null));
        shop
    }

    fn crm<T>(&self, look: impl FnOnce(&mut Crm) -> T) -> T {
        look(&mut self.crm.lock().expect("no panic"))
    }

    /// Sends what is due until nothing is.
    async fn send(&mut self) {
        for _ in 0..10 {
            self.now = self.now.max(clock::now().0) + 300_000;
            self.job.step(Timestamp(self.now)).await.expect("a store");
            self.job.settle(Timestamp(self.now)).await.expect("a store");
        }
    }

    /// The same, hours later.
    async fn send_later(&mut self) {
        self.now += 30 * HOUR;
        self.send().await;
    }

    async fn arrive(&self, more: Value) -> i64 {
        let mut body = json!({"source_id": self.source});
        body.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
        let contact = self.server.post("/api/v1/contacts", &body).await.expect(StatusCode::CREATED);
        contact["id"].as_i64().expect("an id")
    }

    fn methods(&self) -> Vec<String> {
        self.crm(|crm| std::mem::take(&mut crm.calls).into_iter().map(|(method, _)| method).collect())
    }

    async fn deliveries(&self) -> Vec<Value> {
        let all = self.server.show("/api/v1/endpoints/1/deliveries?limit=100").await;
        all.as_array().expect("a list").clone()
    }
}

#[tokio::test]
async fn a_contact_is_one_lead_of_the_crm_with_who_has_it() {
    let mut shop = Shop::open(json!({"external_id": "17"})).await;
    shop.arrive(json!({
        "lead_name": "Иван", "lead_phone": "+79991234567", "lead_email": "ivan@example.com",
        "message": "How much is <b>?\nI'll take two", "attributes": {"utm_source": "vk", "utm_campaign": "may"},
    }))
    .await;
    shop.send().await;
    let lead = shop.crm(|crm| crm.leads.get(&1).cloned()).expect("a lead");
    assert_eq!((&lead["NAME"], &lead["ASSIGNED_BY_ID"]), (&json!("Иван"), &json!(17)));
    assert_eq!(lead["PHONE"], json!([{"VALUE": "+79991234567", "VALUE_TYPE": "WORK"}]));
    assert_eq!(lead["EMAIL"], json!([{"VALUE": "ivan@example.com", "VALUE_TYPE": "WORK"}]));
    assert_eq!((&lead["UTM_SOURCE"], &lead["UTM_CAMPAIGN"]), (&json!("vk"), &json!("may")));
    assert_eq!((&lead["SOURCE_DESCRIPTION"], &lead["ORIGIN_ID"]), (&json!("Site"), &json!("1")));
    assert_eq!(lead["COMMENTS"], "How much is &lt;b&gt;?<br>I'll take two");
    // That it arrived is an event too, of which there is nothing to tell: no call, so none in the log.
    assert_eq!(shop.deliveries().await.len(), 1);

    // It goes to somebody else, whose lead it is then; sent again on purpose it is still one.
    let boris = json!({"name": "Boris", "max_load": 5, "external_id": "18"});
    let boris = shop.server.post("/api/v1/operators", &boris).await.expect(StatusCode::CREATED)["id"].clone();
    let transfer = json!({"operator_id": boris});
    shop.server.post("/api/v1/contacts/1/transfer", &transfer).await.expect(StatusCode::OK);
    shop.send().await;
    assert_eq!(shop.crm(|crm| crm.leads[&1]["ASSIGNED_BY_ID"].clone()), 18);
    shop.server.post("/api/v1/endpoints/1/replay", &json!({"from": 1, "to": 100})).await.expect(StatusCode::OK);
    shop.send().await;
    assert_eq!(shop.crm(|crm| (crm.leads.len(), crm.leads[&1]["ASSIGNED_BY_ID"].clone())), (1, json!(18)));
    shop.server.close().await;
}

#[tokio::test]
async fn limits_and_lost_answers_are_tried_again_without_doubles() {
    let mut shop = Shop::open(json!({"external_id": "17"})).await;
    shop.crm(|crm| crm.faults = vec![(503, "QUERY_LIMIT_EXCEEDED")]);
    shop.arrive(json!({"lead_phone": "+79991234567"})).await;
    shop.send().await;
    let refused = shop.deliveries().await.into_iter().find(|call| call["status"] == 503).expect("a call");
    let error = refused["error"].as_str().expect("an error");
    assert_eq!(error, "crm.lead.list answered 503: QUERY_LIMIT_EXCEEDED");
    shop.crm(|crm| crm.loses_answer = true);
    shop.send_later().await;
    assert_eq!(shop.crm(|crm| crm.leads.len()), 1, "added, and its answer lost");
    shop.send_later().await;
    assert_eq!(shop.crm(|crm| (crm.leads.len(), crm.leads[&1]["ASSIGNED_BY_ID"].clone())), (1, json!(17)));
    let last = &shop.deliveries().await[0];
    assert_eq!((&last["delivered"], &last["answer"]), (&json!(true), &json!("lead 1 is with user 17")), "{last}");
    shop.server.close().await;
}

#[tokio::test]
async fn a_contact_that_waits_is_a_lead_that_its_operator_gets_later_in_order() {
    let mut shop = Shop::open(json!({"is_active": false, "external_id": "17"})).await;
    shop.arrive(json!({"lead_phone": "+79991234567"})).await;
    shop.send().await;
    assert!(!shop.crm(|crm| crm.leads[&1].contains_key("ASSIGNED_BY_ID")));
    shop.server.patch("/api/v1/operators/1", &json!({"is_active": true})).await.expect(StatusCode::OK);
    shop.methods();
    shop.send().await;
    assert_eq!(shop.methods(), ["crm.lead.list", "crm.lead.update"]);
    assert_eq!(shop.crm(|crm| crm.leads[&1]["ASSIGNED_BY_ID"].clone()), 17);
    shop.server.close().await;
}

#[tokio::test]
async fn an_operator_is_a_user_by_external_id_or_address_or_the_log_says_that_they_are_none() {
    let mut shop = Shop::open(json!({"notify_email": "anna@example.com"})).await;
    shop.crm(|crm| _ = crm.users.insert("anna@example.com".to_owned(), 23));
    shop.arrive(json!({"lead_phone": "+79991234567"})).await;
    shop.send().await;
    assert_eq!(shop.crm(|crm| crm.leads[&1]["ASSIGNED_BY_ID"].clone()), 23);
    // The webhook may not look users up, or nobody has the address: the lead is there all the same.
    shop.crm(|crm| crm.faults = vec![(401, "insufficient_scope")]);
    shop.arrive(json!({"lead_phone": "+79991234568"})).await;
    shop.send().await;
    assert!(!shop.crm(|crm| crm.leads[&2].contains_key("ASSIGNED_BY_ID")));
    let said = shop.deliveries().await[0]["answer"].clone();
    let said = said.as_str().expect("an answer");
    assert!(said.starts_with("lead 2 was added; operator 1 is no user of Bitrix24"), "{said}");
    shop.server.close().await;
}

#[tokio::test]
async fn the_secret_of_a_portal_is_shown_nowhere() {
    let mut shop = Shop::open(json!({"external_id": "17"})).await;
    shop.arrive(json!({"lead_phone": "+79991234567"})).await;
    shop.send().await;
    let tested = shop.server.act("/api/v1/endpoints/1/test").await.expect(StatusCode::OK);
    assert_eq!((&tested["delivered"], &tested["answer"]), (&json!(true), &json!("this is a webhook of user 7")));
    let admin = shop.server.session("Root", Grant::Admin).await;
    // What is switched off is named by checks.
    let off = json!({"enabled": false});
    let key = shop.server.key(Grant::Admin).await;
    shop.server.call_as(Some(&key), Method::PATCH, "/api/v1/endpoints/1", Some(&off)).await.expect(StatusCode::OK);
    let pages = ["/endpoints", "/endpoints/1", "/endpoints/1/delete", "/contacts/1/trace", "/check"];
    for path in pages {
        let page = shop.server.browse(&admin, Method::GET, path, None).await;
        assert_eq!(page.status, StatusCode::OK, "{path}");
        assert!(!page.text.contains(SECRET), "{path}");
    }
    let calls = ["endpoints", "endpoints/1", "endpoints/1/deliveries", "contacts/1/trace", "events", "lint"];
    for call in calls {
        let answer = shop.server.call_as(Some(&key), Method::GET, &format!("/api/v1/{call}"), None).await;
        assert_eq!(answer.status, StatusCode::OK, "{call}");
        assert!(!answer.text.contains(SECRET), "{call}");
    }
    let shown = shop.server.call_as(Some(&key), Method::GET, "/api/v1/endpoints/1", None).await.json;
    assert!(shown["url"].as_str().is_some_and(|url| url.ends_with("/rest/7/•••/")), "{shown}");
    // Nobody listens there any more: the error does not say where.
    let gone = json!({"url": format!("http://127.0.0.1:9/rest/7/{SECRET}/")});
    shop.server.call_as(Some(&key), Method::PATCH, "/api/v1/endpoints/1", Some(&gone)).await.expect(StatusCode::OK);
    let failed = shop.server.call_as(Some(&key), Method::POST, "/api/v1/endpoints/1/test", None).await;
    assert!(failed.json["delivered"] == false && !failed.text.contains(SECRET), "{}", failed.text);
    shop.server.close().await;
}

#[tokio::test]
async fn what_does_not_go_with_a_portal_is_refused() {
    let shop = Shop::open(json!({})).await;
    let add = async |body: Value| shop.server.post("/api/v1/endpoints", &body).await;
    let plain = add(json!({"url": "http://127.0.0.1:9/hook", "format": "bitrix24"})).await;
    assert_eq!(plain.is_problem(422, "invalid-fields"), ["/url"]);
    let kinds = json!({"url": shop.url, "format": "bitrix24", "kinds": ["contact_resolved"]});
    assert_eq!(add(kinds).await.is_problem(422, "invalid-fields"), ["/kinds"]);
    let word = add(json!({"url": shop.url, "format": "amocrm"})).await;
    assert_eq!(word.is_problem(422, "invalid-fields"), ["/format"]);
    let edit = async |body: Value| shop.server.patch("/api/v1/endpoints/1", &body).await;
    assert_eq!(edit(json!({"kinds": null})).await.is_problem(422, "invalid-fields"), ["/kinds"]);
    assert_eq!(edit(json!({"url": "http://127.0.0.1:9/x"})).await.is_problem(422, "invalid-fields"), ["/url"]);
    edit(json!({"source_ids": [shop.source]})).await.expect(StatusCode::OK);
    shop.server.close().await;
}

#[tokio::test]
async fn a_portal_gets_no_new_secret_for_nothing_is_signed() {
    let shop = Shop::open(json!({})).await;
    shop.server.act("/api/v1/endpoints/1/rotate").await.is_problem(409, "endpoint-not-signed");
    let admin = shop.server.session("Root", Grant::Admin).await;
    for method in [Method::GET, Method::POST] {
        let form = (method == Method::POST).then_some("");
        let page = shop.server.browse(&admin, method.clone(), "/endpoints/1/rotate", form).await;
        assert_eq!(page.status, StatusCode::CONFLICT, "{method}");
        assert!(page.text.contains("its secret is in its URL"), "{}", page.text);
    }
    shop.server.close().await;
}

/// A source to which a portal sends events, whose contacts go to Anna.
struct Events {
    id: Value,
    path: String,
}

impl Shop {
    async fn events(&self) -> Events {
        let crm = json!({"name": "CRM", "kind": "json", "preset": "bitrix24"});
        let crm = self.server.post("/api/v1/sources", &crm).await.expect(StatusCode::CREATED);
        let weight = json!({"operator_id": 1, "weight": 1});
        let weights = format!("/api/v1/sources/{}/operators", crm["id"]);
        self.server.post(&weights, &weight).await.expect(StatusCode::CREATED);
        Events { id: crm["id"].clone(), path: crm["intake_url"].as_str().expect("an address").to_owned() }
    }

    /// How the portal calls itself.
    fn domain(&self) -> &str {
        self.url.split('/').nth(2).expect("a host")
    }

    async fn tell(&self, events: &Events, domain: &str, event: &str, lead: i64) -> Value {
        let body = format!("event={event}&data[FIELDS][ID]={lead}&auth[application_token]=t&auth[domain]={domain}");
        let request = Request::post(&events.path).header("content-type", "application/x-www-form-urlencoded");
        self.server.send(request.body(Body::from(body)).expect("a request")).await.expect(StatusCode::OK)
    }

    /// Somebody adds a lead in the CRM.
    fn add_by_hand(&self, id: i64) {
        let by_hand = json!({
            "TITLE": "From a fair", "NAME": "Мария", "PHONE": [{"VALUE": "+79990000001"}],
            "COMMENTS": "Call after six", "UTM_SOURCE": "fair",
        });
        self.crm(|crm| crm.leads.insert(id, by_hand.as_object().expect("an object").clone()));
    }

    async fn contacts(&self) -> usize {
        self.server.show("/api/v1/contacts?limit=100").await.as_array().expect("a list").len()
    }
}

#[tokio::test]
async fn leads_that_people_add_in_the_crm_are_contacts_and_get_their_responsible_person_back() {
    let mut shop = Shop::open(json!({"external_id": "17"})).await;
    let events = shop.events().await;
    shop.add_by_hand(1);
    let contact = shop.tell(&events, shop.domain(), "ONCRMLEADADD", 1).await["contact_id"].clone();
    let contact = shop.server.show(&format!("/api/v1/contacts/{contact}")).await;
    assert_eq!((&contact["message"], &contact["operator_id"]), (&json!("Call after six"), &json!(1)));
    let lead = shop.server.show(&format!("/api/v1/leads/{}", contact["lead_id"])).await;
    assert_eq!(lead["name"], "Мария");
    shop.send().await;
    let all = shop.crm(|crm| crm.leads.clone());
    assert_eq!((all.len(), &all[&1]["ASSIGNED_BY_ID"]), (1, &json!(17)), "no second lead");

    // A lead that was made here is a contact already, and the portal tells of it too.
    shop.arrive(json!({"lead_phone": "+79991234567"})).await;
    shop.send().await;
    let answer = shop.tell(&events, shop.domain(), "ONCRMLEADADD", 2).await;
    assert_eq!(answer["status"], "ignored", "{answer}");
    assert_eq!(shop.contacts().await, 2);
    shop.server.close().await;
}

#[tokio::test]
async fn leads_of_another_portal_and_other_things_than_leads_are_not_mixed_up_with_a_lead() {
    let mut shop = Shop::open(json!({"external_id": "17"})).await;
    let events = shop.events().await;
    shop.add_by_hand(1);
    shop.tell(&events, "other.bitrix24.ru", "ONCRMLEADADD", 1).await;
    shop.tell(&events, shop.domain(), "ONCRMDEALADD", 1).await;
    shop.send().await;
    assert_eq!(shop.methods(), [""; 0], "nothing of this is known to the portal");
    shop.tell(&events, shop.domain(), "ONCRMLEADADD", 1).await;
    shop.send().await;
    assert_eq!(shop.methods(), ["crm.lead.get", "crm.lead.update"]);
    assert_eq!((shop.contacts().await, shop.crm(|crm| crm.leads.len())), (3, 1));
    let leads = shop.server.show("/api/v1/leads?limit=100").await;
    assert_eq!(leads.as_array().map(Vec::len), Some(3), "{leads}");
    shop.server.close().await;
}

#[tokio::test]
async fn what_a_portal_says_while_it_cannot_be_asked_is_kept_until_it_can() {
    let mut shop = Shop::open(json!({"external_id": "17"})).await;
    let events = shop.events().await;
    // One that was made here, and one by hand.
    shop.arrive(json!({"lead_phone": "+79991234567"})).await;
    shop.send().await;
    (2..=3).for_each(|id| shop.add_by_hand(id));
    shop.crm(|crm| crm.faults = vec![(503, "QUERY_LIMIT_EXCEEDED"); 4]);
    for lead in 1..=3 {
        assert_eq!(shop.tell(&events, shop.domain(), "ONCRMLEADADD", lead).await["status"], "kept");
    }
    assert_eq!(shop.contacts().await, 1, "the echo is no contact");
    let payloads = format!("/api/v1/sources/{}/payloads?state=unmapped", events.id);
    let kept = shop.server.show(&payloads).await;
    let kept: Vec<i64> = kept.as_array().into_iter().flatten().filter_map(|it| it["id"].as_i64()).collect();
    // The first to be asked about again is not answered again.
    let again = format!("/api/v1/sources/{}/payloads/{}/rerun", events.id, kept[1]);
    assert_eq!(shop.server.act(&again).await.expect(StatusCode::OK)["unmapped"], 1);
    assert_eq!(shop.server.act(&again).await.expect(StatusCode::OK)["unmapped"], 0);
    let contact = shop.server.show("/api/v1/contacts/2").await;
    assert_eq!(contact["message"], "Call after six", "it was asked for: {contact}");

    let ask = AskCrm::new(shop.server.app.clone());
    ask.step(clock::now()).await.expect("a store");
    assert_eq!(shop.contacts().await, 2, "not yet");
    ask.step(Timestamp(clock::now().0 + 60_000_000)).await.expect("a store");
    assert_eq!(shop.contacts().await, 3);
    shop.server.close().await;
}
