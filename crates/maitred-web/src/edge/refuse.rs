//! An answer to what never became a request: a head that is too slow or too long, or HTTP where TLS is spoken.

use crate::problem::Problem;
use crate::security_headers;
use axum::response::IntoResponse;
use http_body_util::BodyExt;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

/// How long the client has to take the answer, and again to stop sending.
const LINGER: Duration = Duration::from_secs(2);
/// How much of what it still sends is read, to be thrown away.
const LINGER_BYTES: u64 = 1_024 * 1_024;

/// Says what is wrong and closes.
pub async fn refuse<S: AsyncRead + AsyncWrite + Unpin>(mut stream: S, problem: Problem) {
    let answer = written(problem).await;
    // A client that does not take it in time goes without.
    if let Ok(Ok(())) = tokio::time::timeout(LINGER, tell(&mut stream, &answer)).await {
        linger(stream).await;
    }
}

/// Reads what a client is still sending after its last answer. A connection that is closed with something unread is
/// reset, and the client may lose the answer.
pub async fn linger<S: AsyncRead + Unpin>(stream: S) {
    let mut nowhere = tokio::io::sink();
    // That the client breaks off, or goes on for longer, is as good an end as any.
    let _ = tokio::time::timeout(LINGER, tokio::io::copy(&mut stream.take(LINGER_BYTES), &mut nowhere)).await;
}

async fn tell<S: AsyncRead + AsyncWrite + Unpin>(stream: &mut S, answer: &[u8]) -> std::io::Result<()> {
    stream.write_all(answer).await?;
    stream.shutdown().await
}

async fn written(problem: Problem) -> Vec<u8> {
    let (mut parts, body) = problem.into_response().into_parts();
    security_headers::add(&mut parts.headers);
    // A problem's body is in memory already.
    let body = body.collect().await.map(|body| body.to_bytes()).unwrap_or_default();
    let mut answer = format!("HTTP/1.1 {}\r\n", parts.status).into_bytes();
    for (name, value) in &parts.headers {
        for part in [name.as_str().as_bytes(), b": ", value.as_bytes(), b"\r\n"] {
            answer.extend_from_slice(part);
        }
    }
    answer.extend_from_slice(format!("content-length: {}\r\nconnection: close\r\n\r\n", body.len()).as_bytes());
    answer.extend_from_slice(&body);
    answer
}
