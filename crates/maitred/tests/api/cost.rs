//! What one contact costs on its way through HTTP, in allocations of memory, which are the same on every machine. The
//! bound is what it costs now: it may be lowered, and is raised only with a reason, for every later contact pays it.
//! What the store costs is in `maitred-store/src/sqlite/cost.rs`.

#![expect(unsafe_code, reason = "an allocator that counts is one that allocates")]

use crate::test_server::TestServer;
use axum::http::{Method, StatusCode};
use serde_json::json;
use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

/// The most allocations on the thread of a request, from its head to its answer.
const ALLOCATIONS_MAX: u64 = 36;
const REQUESTS: usize = 50;

struct Counting;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

thread_local! {
    static ALLOCATIONS: Cell<u64> = const { Cell::new(0) };
}

// SAFETY: every call goes to the system's allocator as it came; the count is a cell of this thread that allocates
// nothing and needs no destructor.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.set(ALLOCATIONS.get() + 1);
        // SAFETY: as above.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        // SAFETY: as above.
        unsafe { System.dealloc(at, layout) }
    }
}

#[tokio::test]
async fn one_contact_costs_no_more_allocations_than_it_did() {
    let server = TestServer::open().await;
    let operator = server.operator("Anna", 1_000).await;
    server.source("Bot", &[(operator, 1)]).await;
    let mut counts = Vec::new();
    for number in 0..REQUESTS {
        let body = json!({"source_id": 1, "lead_phone": format!("+7999{number:07}"), "message": "Hello"});
        let request = TestServer::request(None, Method::POST, "/api/v1/contacts", Some(&body));
        let before = ALLOCATIONS.get();
        let response = tower::ServiceExt::oneshot(server.pipeline.clone(), request).await.expect("an answer");
        counts.push(ALLOCATIONS.get() - before);
        assert_eq!(response.status(), StatusCode::CREATED);
    }
    // Jobs of the server run on this thread too, and now and then during a request.
    let least = counts.iter().min().copied().expect("there were requests");
    println!("{least} allocations");
    assert!(least <= ALLOCATIONS_MAX, "{least} allocations");
    server.close().await;
}
