//! The baseline for HTTP: a bare axum server that reads the same JSON and answers as much of it, and does nothing
//! else. What maitred serves against it says what storing, recognising and routing cost.

use super::Result;
use axum::routing::post;
use axum::{Json, Router};
use serde::{Deserialize, Serialize};
use std::net::SocketAddr;

#[derive(Deserialize)]
struct Sent {
    source_id: i64,
    #[expect(dead_code, reason = "read, as maitred reads it")]
    lead_phone: String,
    message: String,
}

#[derive(Serialize)]
struct Echoed {
    id: i64,
    lead_id: i64,
    source_id: i64,
    operator_id: i64,
    status: &'static str,
    is_resolved: bool,
    message: String,
    priority: i64,
    attributes: Option<()>,
    created_at: &'static str,
    assigned_at: &'static str,
    resolved_at: Option<()>,
    updated_at: &'static str,
}

pub(super) fn serve(address: SocketAddr) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let listener = tokio::net::TcpListener::bind(address).await?;
        eprintln!("serving http://{}", listener.local_addr()?);
        let router = Router::new().route(server_path(), post(echo));
        Ok(axum::serve(listener, router).await?)
    })
}

const fn server_path() -> &'static str {
    "/api/v1/contacts"
}

async fn echo(Json(sent): Json<Sent>) -> (axum::http::StatusCode, Json<Echoed>) {
    const AT: &str = "2025-11-26T00:00:00.123456Z";
    let echoed = Echoed {
        id: 1,
        lead_id: 1,
        source_id: sent.source_id,
        operator_id: 1,
        status: "assigned",
        is_resolved: false,
        message: sent.message,
        priority: 0,
        attributes: None,
        created_at: AT,
        assigned_at: AT,
        resolved_at: None,
        updated_at: AT,
    };
    (axum::http::StatusCode::CREATED, Json(echoed))
}
