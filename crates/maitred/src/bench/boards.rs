//! Open boards: connections that do nothing but follow the stream of the console's front page, as browsers do.

use super::Result;
use super::server::Server;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

/// How many people look at the board in the bench.
pub(super) const OPEN: usize = 200;
/// How long a board may take to show what came in.
const SHOWN_WITHIN: Duration = Duration::from_secs(10);
const PAUSE: Duration = Duration::from_millis(20);

/// Boards that are open until this is dropped.
pub(super) struct Boards {
    _readers: JoinSet<()>,
    received: Vec<Arc<AtomicU64>>,
}

impl Boards {
    /// Opens [`OPEN`] of them on a server; each has the whole page when this returns.
    pub(super) async fn open(server: &Server) -> Result<Self> {
        let mut readers = JoinSet::new();
        let mut received = Vec::with_capacity(OPEN);
        for _ in 0..OPEN {
            let mut stream = TcpStream::connect(server.address).await?;
            stream.write_all(b"GET /live/board HTTP/1.1\r\nHost: localhost\r\n\r\n").await?;
            let bytes = Arc::new(AtomicU64::new(follow_once(&mut stream).await?));
            received.push(bytes.clone());
            readers.spawn(follow(stream, bytes));
        }
        Ok(Self { _readers: readers, received })
    }

    /// How many bytes each has received so far.
    pub(super) fn received(&self) -> Vec<u64> {
        self.received.iter().map(|bytes| bytes.load(Ordering::Relaxed)).collect()
    }

    /// Waits until each has received more than that.
    pub(super) async fn receive_more(&self, than: &[u64]) -> Result<()> {
        let deadline = Instant::now() + SHOWN_WITHIN;
        while self.received().iter().zip(than).any(|(now, then)| now <= then) {
            if Instant::now() > deadline {
                return Err("a board was open and received nothing".into());
            }
            tokio::time::sleep(PAUSE).await;
        }
        Ok(())
    }
}

async fn follow_once(stream: &mut TcpStream) -> Result<u64> {
    let mut head = [0; 15];
    stream.read_exact(&mut head).await?;
    if &head != b"HTTP/1.1 200 OK" {
        return Err(format!("/live/board answered {}", String::from_utf8_lossy(&head)).into());
    }
    Ok(head.len() as u64)
}

/// Reads and drops what comes: what a browser does with it is not the server's cost.
async fn follow(mut stream: TcpStream, bytes: Arc<AtomicU64>) {
    let mut buffer = vec![0; 16 * 1_024];
    while let Ok(read @ 1..) = stream.read(&mut buffer).await {
        bytes.fetch_add(read as u64, Ordering::Relaxed);
    }
}
