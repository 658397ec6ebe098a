//! `maitred serve`: the server from its first line to its last. Opens the store, starts the batcher, serves, and on
//! SIGTERM or SIGINT ends all three in the opposite order.

use super::Ended;
use crate::cli::terminal::say;
use crate::config::{EdgeSettings, LogFormat, Settings};
use crate::server::Server;
use crate::traces::Traces;
use maitred_api::v1::events;
use maitred_app::app::Parts;
use maitred_app::auth::Access;
use maitred_app::batcher::{Batcher, Options, Running};
use maitred_app::intake_times::IntakeTimes;
use maitred_app::intakes::Intakes;
use maitred_app::jobs::{
    AskCrm, CompileHours, EraseOldLeads, FinishRereading, FollowNodes, ForgetAnswers, ForgetDeliveries, ForgetPayloads,
    Jobs, KeepReports, PollTelegram, SendReplies, SendWebhooks, TellOperators,
};
use maitred_app::mail::Mailer;
use maitred_app::push::Push;
use maitred_app::regions::Regions;
use maitred_app::telegram::Telegram;
use maitred_app::webhooks::Webhooks;
use maitred_app::{App, Stop, identity};
use maitred_store::{EndpointStore, Engine, KeyStore, PushStore, Store, TelegramStore};
use maitred_web::edge::tls::Tls;
use maitred_web::edge::{Edge, InFlight, Limits};
use maitred_web::serve::{serve, signalled};
use maitred_web::{AppState, telemetry};
use maitred_webhooks::Sender;
use std::io::{self, ErrorKind};
use std::num::NonZeroU32;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::net::TcpListener;

/// Part of the deadline kept for the batcher to finish what was read.
const BATCHER_SHARE: u32 = 4;
/// Open files kept for what is no connection: the database, its readers, the log.
const FILES_KEPT: usize = 256;
/// Fewer connections than this are of no use, whatever the system says.
const CONNECTIONS_MIN: usize = 16;

/// The longest that background jobs are waited for when the server stops.
const JOBS_END_MAX: Duration = Duration::from_secs(1);

type Failure = Box<dyn std::error::Error + Send + Sync>;

pub(super) fn run(settings: &Settings) -> Ended {
    let engine = Engine::open(&settings.database)?;
    engine.set_log_size(settings.wal_mib);
    let is_shared = engine.is_shared();
    let runtime = super::runtime()?;
    let traces = Traces::start(&settings.traces, runtime.handle())?;
    let regions = Arc::new(Regions::new(settings.phone_rules()));
    let intakes = Arc::new(Intakes::default());
    let options = Options {
        queue_max: settings.queue_max,
        answers_kept: answers_kept(settings),
        listeners: vec![Box::new(regions.clone()), Box::new(intakes.clone())],
    };
    // The batcher answers callers where they run.
    let entered = runtime.enter();
    let (batcher, running) = Batcher::start_with(engine, options)?;
    drop(entered);
    let store = Store::open(&settings.database)?;
    identity::warm_up(settings.default_region);
    let (stop, intake_times) = (Stop::default(), IntakeTimes::default());
    let access = runtime.block_on(async { Access::open(KeyStore::open(&settings.database).await?).await })?;
    let sender = Sender::new(settings.webhook_allow.clone());
    let endpoints = runtime.block_on(EndpointStore::open(&settings.database))?;
    let webhooks = Webhooks::new(endpoints, sender.clone(), events::rendered);
    let push = Push::new(runtime.block_on(PushStore::open(&settings.database))?, sender, contact(settings));
    let public_url = settings.public_url.clone();
    let parts = Parts {
        batcher: batcher.clone(),
        store,
        access,
        regions,
        intakes,
        stop,
        intake_times,
        public_url,
        webhooks,
        telegram: runtime.block_on(telegram(settings))?,
        push,
        mailer: mailer(settings)?,
    };
    let served = runtime.block_on(until_stopped(settings, parts, is_shared));
    drop(batcher);
    let began = served.as_ref().map_or_else(|_| Instant::now(), |began| *began);
    let ended = end(running, settings, began);
    traces.stop();
    runtime.shutdown_timeout(Duration::from_millis(100));
    served.and(ended)
}

fn answers_kept(settings: &Settings) -> Duration {
    Duration::from_secs(u64::from(settings.idempotency_hours) * 3_600)
}

/// Serves, and returns when it was asked to stop.
async fn until_stopped(settings: &Settings, parts: Parts, is_shared: bool) -> Result<Instant, Failure> {
    expect_keys_or_loopback(settings, &parts.access)?;
    let (stop, batcher) = (parts.stop.clone(), parts.batcher.clone());
    let app = App::open(parts).await?;
    let state = AppState::new(app.clone(), telemetry::install()?);
    let edge = edge(settings)?;
    let Server { pipeline, mut jobs } = Server::new(state, &settings.compat, NonZeroU32::new(settings.rate_limit));
    add_jobs(&mut jobs, settings, &app, &edge, is_shared)?;
    jobs.add(SendWebhooks::new(app.clone())?);
    let listener = listen(settings).await?;
    // A program that reads the greeting may send a signal at once.
    let signal = signalled()?;
    greet(&listener, settings, app.access())?;
    let jobs = jobs.start();
    let deadline = Duration::from_secs(settings.shutdown_deadline_s.into());
    let serving = serve(listener, pipeline, edge, stop.clone(), deadline - deadline / BATCHER_SHARE);
    let mut serving = std::pin::pin!(serving);
    let failed = tokio::select! {
        cut = &mut serving => { say_how_many(cut); return Ok(Instant::now()) }
        () = signal => false,
        () = batcher.ended() => true,
    };
    let began = Instant::now();
    tracing::info!("stopping: no new connections; requests under way are finished");
    stop.now();
    say_how_many(serving.await);
    jobs.ended(JOBS_END_MAX).await;
    if failed {
        Err("a bug or a failing disk ended the batcher; nothing is half done, see the log".into())
    } else {
        Ok(began)
    }
}

async fn telegram(settings: &Settings) -> Result<Telegram, Failure> {
    let client = maitred_telegram::Client::at(&settings.telegram_api)?;
    let store = TelegramStore::open(&settings.database).await?;
    Telegram::new(store, client).map_err(|error| format!("no randomness: {error}").into())
}

/// Where push services may complain about what is sent: they want an address that leads to somebody.
fn contact(settings: &Settings) -> Option<String> {
    let url = settings.public_url.as_deref().filter(|url| url.starts_with("https://")).map(str::to_owned);
    url.or_else(|| settings.smtp_from.as_ref().map(|from| format!("mailto:{}", from.address())))
}

/// By which operators are sent mail. The password may stay out of the settings.
fn mailer(settings: &Settings) -> Result<Option<Mailer>, Failure> {
    let Some((url, from)) = settings.smtp_url.as_ref().zip(settings.smtp_from.clone()) else { return Ok(None) };
    let password = std::env::var("MAITRED_SMTP_PASSWORD").ok();
    Mailer::new(url, from, password).map(Some).map_err(|error| format!("mail cannot be sent: {error}").into())
}

/// The jobs that depend on the settings, and on whether other nodes share the database.
fn add_jobs(jobs: &mut Jobs, settings: &Settings, app: &App, edge: &Edge, is_shared: bool) -> io::Result<()> {
    jobs.add(KeepReports::new(app.clone()));
    jobs.add(ForgetAnswers::new(app.clone(), answers_kept(settings)));
    jobs.add(FinishRereading::new(app.clone()));
    jobs.add(AskCrm::new(app.clone()));
    jobs.add(ForgetPayloads::new(app.clone()));
    jobs.add(CompileHours::new(app.clone()));
    jobs.add(ForgetDeliveries::new(app.clone()));
    jobs.add(PollTelegram::new(app.clone()));
    jobs.add(TellOperators::new(app.clone()));
    jobs.add(SendReplies::new(app.clone()));
    if is_shared {
        jobs.add(FollowNodes::new(app.clone()));
    }
    if let Some(days) = settings.retention_days {
        jobs.add(EraseOldLeads::new(app.clone(), days));
    }
    if let Some(tls) = &edge.tls {
        jobs.add(tls.reload()?);
    }
    Ok(())
}

/// Nothing is open by accident: without keys only this machine is served, unless a setting says otherwise.
fn expect_keys_or_loopback(settings: &Settings, access: &Access) -> Result<(), String> {
    let address = settings.listen;
    if access.is_guarded() || address.ip().is_loopback() {
        return Ok(());
    }
    if settings.insecure_no_auth {
        tracing::warn!(%address, "there are no API keys and no users: anybody may do everything at this address");
        return Ok(());
    }
    Err(format!(
        "{address} can be reached from other machines, and there are no API keys and no users: anybody could \
         do everything. Let somebody in first (maitred users add NAME --role admin), or a program (maitred keys create \
         --name NAME --role admin), or say that this is meant to be open (--insecure-no-auth)"
    ))
}

fn say_how_many(cut: usize) {
    if cut > 0 {
        tracing::warn!(connections = cut, "the deadline passed; connections were cut");
    }
}

/// What connections are held to, with TLS if it is wanted.
fn edge(settings: &Settings) -> Result<Edge, Failure> {
    let EdgeSettings { tls, trusted_proxies, .. } = &settings.edge;
    let tls = tls.clone().map(Tls::new).transpose()?.map(Arc::new);
    let limits = fit_into_files(settings.edge.limits(), files_max());
    let in_flight = InFlight::of_mib(settings.edge.in_flight_mib);
    Ok(Edge { limits, in_flight, proxies: trusted_proxies.clone(), tls })
}

/// Every connection is an open file, and the database needs some too: without one it could not even be read.
fn fit_into_files(mut limits: Limits, files_max: Option<usize>) -> Limits {
    let room = files_max.map_or(usize::MAX, |files| files.saturating_sub(FILES_KEPT).max(CONNECTIONS_MIN));
    if limits.connections_max > room {
        tracing::warn!(
            connections_max = room,
            wanted = limits.connections_max,
            "fewer connections than configured: this process may not open more files; raise its limit (ulimit -n, or \
             LimitNOFILE= in systemd)"
        );
        limits.connections_max = room;
    }
    limits
}

/// How many files this process may open, where the system tells.
fn files_max() -> Option<usize> {
    let limits = std::fs::read_to_string("/proc/self/limits").ok()?;
    let line = limits.lines().find_map(|line| line.strip_prefix("Max open files"))?;
    line.split_whitespace().next()?.parse().ok()
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

/// Says where everything is, and gives newcomers something to try.
fn greet(listener: &TcpListener, settings: &Settings, access: &Access) -> io::Result<()> {
    let address = listener.local_addr()?;
    tracing::info!(%address, database = %settings.database, "serving");
    // A program that reads the log line by line is no newcomer.
    if settings.log_format == LogFormat::Json {
        return Ok(());
    }
    let url = format!("{}://{address}", if settings.edge.tls.is_some() { "https" } else { "http" });
    say!(
        "
  maitred {version} serves {url} from {database}
  docs     {url}/docs
  metrics  {url}/metrics
",
        version = env!("CARGO_PKG_VERSION"),
        database = settings.database,
    );
    if access.is_guarded() {
        say!(
            "  Every call needs a login or an API key: -H 'Authorization: Bearer mtd_...'
  (maitred users list and maitred keys list show them)\n"
        );
    } else {
        invite(&url);
    }
    offer_set_up(&url, access);
    Ok(())
}

/// As long as nobody can log in: a link that makes the first admin. It is not logged, for it opens everything.
fn offer_set_up(url: &str, access: &Access) {
    match access.offer_set_up() {
        Ok(None) => {}
        Ok(Some(secret)) => say!(
            "  To create the first user, open this link within an hour:\n    {url}/set-up?token={}\n",
            secret.reveal()
        ),
        Err(error) => tracing::warn!(%error, "no set-up link: the system provides no randomness"),
    }
}

/// Something to try, as long as nothing but a terminal is needed for it.
fn invite(url: &str) {
    say!(
        "  Try it from another terminal:
    curl -X POST {url}/api/v1/operators -H 'Content-Type: application/json' \\
      -d '{{\"name\": \"Anna\", \"max_load\": 50}}'
    curl -X POST {url}/api/v1/sources -H 'Content-Type: application/json' \\
      -d '{{\"name\": \"Telegram Bot\"}}'
    curl -X POST {url}/api/v1/sources/1/operators -H 'Content-Type: application/json' \\
      -d '{{\"operator_id\": 1, \"weight\": 30}}'
    curl -X POST {url}/api/v1/contacts -H 'Content-Type: application/json' \\
      -d '{{\"source_id\": 1, \"lead_phone\": \"+79991234567\", \"message\": \"Hello!\"}}'
"
    );
}

/// Ends the batcher within what is left of the deadline, half of it for a long drain and half for closing the file: a
/// disk that hangs must not keep the process alive.
fn end(running: Running, settings: &Settings, began: Instant) -> Ended {
    let deadline = Duration::from_secs(settings.shutdown_deadline_s.into());
    let left = deadline.saturating_sub(began.elapsed()).max(deadline / BATCHER_SHARE);
    let (done, ended) = std::sync::mpsc::sync_channel(1);
    std::thread::spawn(move || done.send(running.stop_within(left / 2)));
    match ended.recv_timeout(left) {
        Ok(Ok(())) => {
            tracing::info!("stopped");
            Ok(ExitCode::SUCCESS)
        }
        Ok(Err(error)) => Err(error.into()),
        Err(_) => Err("the database did not answer in time; what was acknowledged is safe in its log".into()),
    }
}
