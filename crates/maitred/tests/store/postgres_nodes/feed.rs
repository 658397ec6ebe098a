//! What one node did, the others tell of within half a second, in the same order, and nothing is left out.

use super::load::set_up;
use crate::http::{Server, json};
use maitred_store::testing::postgres::TestDatabase;
use serde_json::Value;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::sync::mpsc::{Receiver, sync_channel};
use std::time::{Duration, Instant};

/// The events of a node from now on.
fn stream(node: &Server) -> Receiver<Value> {
    let mut wire = TcpStream::connect(node.address).expect("the node answers");
    write!(wire, "GET /api/v1/events/stream HTTP/1.1\r\nHost: localhost\r\n\r\n").expect("it reads");
    let (tell, told) = sync_channel(10_000);
    let mut lines = BufReader::new(wire).lines().map_while(Result::ok);
    lines.by_ref().find(|line| line.starts_with(": after ")).expect("a greeting");
    std::thread::spawn(move || {
        for data in lines.filter_map(|line| line.strip_prefix("data: ").map(str::to_owned)) {
            if let Ok(event) = serde_json::from_str(&data)
                && tell.send(event).is_err()
            {
                return;
            }
        }
    });
    told
}

#[test]
fn a_stream_tells_what_another_node_did_within_half_a_second() {
    let database = TestDatabase::new();
    let url: String = database.url();
    let (one, other) = (Server::on(&url), Server::on(&url));
    set_up(&one);
    let events = stream(&other);
    for _ in 0..5 {
        let began = Instant::now();
        let contact = one.post("/api/v1/contacts", &json!({"source_id": 1, "lead_external_id": "x"})).created();
        for kind in ["contact_created", "contact_assigned"] {
            let event = events.recv_timeout(Duration::from_secs(10)).expect("an event");
            assert_eq!((&event["kind"], &event["contact_id"]), (&json!(kind), &contact["id"]), "{event}");
        }
        assert!(began.elapsed() < Duration::from_millis(500), "told after {:?}", began.elapsed());
    }
}

#[test]
fn an_event_that_commits_late_is_told_by_every_node_in_its_place() {
    let database = TestDatabase::new();
    let url: String = database.url();
    let nodes = [Server::on(&url), Server::on(&url)];
    set_up(&nodes[0]);
    let streams = nodes.each_ref().map(stream);
    let late = super::Session::open(&url);
    // Somebody writes an event and is slow to commit it; others come in between.
    late.execute("BEGIN; SELECT 1 FROM maitred.next_ids FOR UPDATE");
    late.execute(
        "INSERT INTO maitred.events (position, at, kind) SELECT event, last_event_at, 0 FROM maitred.next_ids; \
         UPDATE maitred.next_ids SET event = event + 1, batch = batch + 1, node = 0",
    );
    std::thread::scope(|scope| {
        for node in &nodes {
            for person in 0..5 {
                let body = json!({"source_id": 1, "lead_external_id": format!("{}-{person}", node.address)});
                scope.spawn(move || node.post("/api/v1/contacts", &body).created());
            }
        }
        std::thread::park_timeout(Duration::from_millis(700));
        late.execute("COMMIT");
    });
    let told = streams.map(|events| {
        let place = |_| events.recv_timeout(Duration::from_secs(10)).expect("an event")["position"].as_i64();
        (0..11).map(place).collect::<Vec<_>>()
    });
    let expected: Vec<_> = (told[0][0].expect("a position")..).take(11).map(Some).collect();
    assert_eq!(told[0], expected, "no position is left out");
    assert_eq!(told[0], told[1], "both nodes tell the same");
}
