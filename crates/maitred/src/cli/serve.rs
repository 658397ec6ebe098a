//! `maitred serve`: the server from its first line to its last. Opens the store, starts the batcher, serves, and on
//! SIGTERM or SIGINT ends all three in the opposite order.

use super::Ended;
use crate::batcher::{Batcher, Running};
use crate::config::Settings;
use crate::http::serve::{Stop, serve, signalled};
use crate::http::{AppState, router, telemetry};
use crate::identity;
use crate::store::{Engine, Store};
use std::io::{self, ErrorKind};
use std::process::ExitCode;
use std::time::Duration;
use tokio::net::TcpListener;

/// Part of the deadline kept for the batcher to finish what was read.
const BATCHER_SHARE: u32 = 4;

pub(super) fn run(settings: &Settings) -> Ended {
    let engine = Engine::open(&settings.database)?;
    let runtime = super::runtime()?;
    // The batcher answers callers where they run.
    let entered = runtime.enter();
    let (batcher, running) = Batcher::start(engine, settings.queue_max)?;
    drop(entered);
    let store = Store::open(&settings.database)?;
    identity::warm_up(settings.default_region);
    let served = runtime.block_on(until_stopped(settings, batcher.clone(), store));
    drop(batcher);
    let ended = end(running, settings);
    runtime.shutdown_timeout(Duration::from_millis(100));
    served.and(ended)
}

async fn until_stopped(settings: &Settings, batcher: Batcher, store: Store) -> Ended {
    let stop = Stop::default();
    let metrics = telemetry::install()?;
    let state = AppState::new(batcher.clone(), store, settings.default_region, metrics, stop.clone()).await?;
    let listener = listen(settings).await?;
    greet(&listener, settings)?;
    let deadline = Duration::from_secs(settings.shutdown_deadline_s.into());
    let serving = serve(listener, router(state), stop.clone(), deadline - deadline / BATCHER_SHARE);
    let mut serving = std::pin::pin!(serving);
    let failed = tokio::select! {
        cut = &mut serving => return Ok(said_how_many(cut)),
        signal = signalled() => { signal?; false }
        () = batcher.ended() => true,
    };
    tracing::info!("stopping: no new connections; what is under way is finished");
    stop.now();
    said_how_many(serving.await);
    if failed {
        Err("the batcher stopped on a bug; nothing is half done, see the log".into())
    } else {
        Ok(ExitCode::SUCCESS)
    }
}

fn said_how_many(cut: usize) -> ExitCode {
    if cut > 0 {
        tracing::warn!(connections = cut, "the deadline passed; connections were cut");
    }
    ExitCode::SUCCESS
}

async fn listen(settings: &Settings) -> Result<TcpListener, String> {
    let address = settings.listen;
    TcpListener::bind(address).await.map_err(|error| match error.kind() {
        ErrorKind::AddrInUse => format!(
            "{address} is in use by another program; stop that one, or choose another port with --listen, \
             for example --listen {}:{}",
            address.ip(),
            address.port().wrapping_add(1)
        ),
        _ => format!("cannot listen on {address}: {error}"),
    })
}

/// Says where everything is, and gives a newcomer something to try.
fn greet(listener: &TcpListener, settings: &Settings) -> io::Result<()> {
    let address = listener.local_addr()?;
    tracing::info!(%address, database = %settings.database, "serving");
    eprintln!(
        "
  maitred {version} serves http://{address} from {database}
  docs     http://{address}/docs
  metrics  http://{address}/metrics

  Try it from another terminal:
    curl -X POST http://{address}/api/v1/operators -H 'Content-Type: application/json' \\
      -d '{{\"name\": \"Anna\", \"max_load\": 50}}'
    curl -X POST http://{address}/api/v1/sources -H 'Content-Type: application/json' \\
      -d '{{\"name\": \"Telegram Bot\"}}'
    curl -X POST http://{address}/api/v1/sources/1/operators -H 'Content-Type: application/json' \\
      -d '{{\"operator_id\": 1, \"weight\": 30}}'
    curl -X POST http://{address}/api/v1/contacts -H 'Content-Type: application/json' \\
      -d '{{\"source_id\": 1, \"lead_phone\": \"+79991234567\", \"message\": \"Hello!\"}}'
",
        version = env!("CARGO_PKG_VERSION"),
        database = settings.database,
    );
    Ok(())
}

/// Ends the batcher, within its share of the deadline: a disk that hangs must not keep the process alive.
fn end(running: Running, settings: &Settings) -> Ended {
    let (done, ended) = std::sync::mpsc::sync_channel(1);
    std::thread::spawn(move || done.send(running.stop()));
    let share = Duration::from_secs(settings.shutdown_deadline_s.into()) / BATCHER_SHARE;
    match ended.recv_timeout(share.max(Duration::from_secs(1))) {
        Ok(Ok(())) => {
            tracing::info!("stopped");
            Ok(ExitCode::SUCCESS)
        }
        Ok(Err(error)) => Err(error.into()),
        Err(_) => Err("the database did not answer in time; what was acknowledged is safe in its log".into()),
    }
}
