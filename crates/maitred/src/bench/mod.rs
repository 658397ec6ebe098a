//! `maitred bench`: how fast this machine serves contacts, durably and over HTTP, beside baselines of the same run.
//!
//! The server is this same program as a process of its own, on loopback, with a fresh database in the working folder.
//! The load generator (`load`) shares the cores with it and is *closed-loop*: each connection sends its next contact
//! when the last was answered, so a figure says what a busy server sustains, not what an open stream of arrivals would
//! feel. Machines are noisy: compare ratios, not numbers of different days.

mod batches;
mod boards;
mod cpu;
mod echo;
mod fill;
mod load;
mod postgres;
mod report;
mod server;
mod unnest;

use boards::Boards;
use clap::ValueEnum as _;
use load::Figures;
use maitred_store::url::DatabaseUrl;
use report::{Line, Report};
use server::{Server, Way};
use std::error::Error;
use std::path::{Path, PathBuf};
use std::time::Duration;

type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

/// Measure contacts per second on this machine, beside baselines of the same run
#[derive(clap::Args)]
pub struct Bench {
    /// How long each figure is measured
    #[arg(long, default_value_t = 5, value_name = "SECONDS")]
    seconds: u64,
    /// How many contacts the large database holds; a tenth of them is offered to somebody, with a timer each
    #[arg(long, default_value_t = 1_000_000, value_name = "NUMBER")]
    stored: u64,
    /// How many operators the large source has
    #[arg(long, default_value_t = 10_000, value_name = "NUMBER")]
    operators: u32,
    /// Measure on PostgreSQL: a server where the bench may make and drop databases, without the name of one
    #[arg(long, value_name = "URL")]
    postgres: Option<String>,
    /// Measure only a new database beside the echo, without keys, boards, many operators or stored contacts
    #[arg(long)]
    quick: bool,
    /// Measure only these, without --quick and --postgres
    #[arg(long, value_delimiter = ',', value_name = "WHAT", conflicts_with_all = ["quick", "postgres"])]
    only: Vec<Case>,
    /// Print the figures as JSON
    #[arg(long)]
    json: bool,
    /// Only serve the baseline: a bare JSON echo on this address
    #[arg(long, hide = true, value_name = "ADDRESS:PORT")]
    echo: Option<std::net::SocketAddr>,
}

/// What is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Case {
    /// A new database beside the echo
    Echo,
    /// Forms and hooks beside the call of the API
    Intake,
    /// Endpoints of webhooks that are all down
    Endpoints,
    /// Every request with a key
    Keys,
    /// Boards of the console that are open
    Boards,
    /// Many operators on a source
    Operators,
    /// Many contacts stored
    Stored,
}

/// Endpoints of webhooks at which nobody listens.
const DEAD_ENDPOINTS: u32 = 100;
/// Operators on the source unless a figure says otherwise.
const OPERATORS: u32 = 20;

impl Bench {
    /// Measures and prints.
    ///
    /// # Errors
    /// When the server cannot be started or answers anything but 201.
    pub fn run(&self) -> Result<()> {
        if let Some(address) = self.echo {
            return echo::serve(address);
        }
        let folder = Folder::create(Path::new("maitred-bench"))?;
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
        let report = runtime.block_on(self.measure(&folder.0))?;
        if self.json {
            println!("{}", serde_json::to_string_pretty(&report)?);
        } else {
            println!("{report}");
        }
        Ok(())
    }

    async fn measure(&self, folder: &Path) -> Result<Report> {
        let mut report = Report::of_this_machine(self.seconds);
        report.fsync_us = server::fsync_us(folder)?;
        if let Some(server) = &self.postgres {
            self.on_postgres(server, &mut report).await?;
            return Ok(report);
        }
        for case in Case::value_variants().iter().filter(|case| self.has(**case)) {
            match case {
                Case::Echo => self.against_echo(folder, &mut report).await?,
                Case::Intake => self.without_program(folder, &mut report).await?,
                Case::Endpoints => self.with_dead_endpoints(folder, &mut report).await?,
                Case::Keys => self.with_keys(folder, &mut report).await?,
                Case::Boards => self.with_boards(folder, &mut report).await?,
                Case::Operators => self.many_operators(folder, &mut report).await?,
                Case::Stored => self.many_stored(folder, &mut report).await?,
            }
        }
        Ok(report)
    }

    fn has(&self, case: Case) -> bool {
        let is_named = self.only.is_empty() || self.only.contains(&case);
        is_named && (!self.quick || case == Case::Echo)
    }

    /// A fresh database against the echo, turn by turn, so that both see the same machine.
    async fn against_echo(&self, folder: &Path, report: &mut Report) -> Result<()> {
        let echo = Server::start_echo().await?;
        let server = Server::start(&file(folder, "fresh.db")).await?;
        report.idle_mib = server.resident_mib()?;
        server.set_up(OPERATORS).await?;
        for connections in [1, 32, 128] {
            say(&format!("bare JSON echo, {connections} connections"));
            let baseline = self.load(&echo, connections).await?;
            say(&format!("contacts, {connections} connections"));
            let figures = self.load(&server, connections).await?;
            report.lines.push(Line::new("bare JSON echo", connections, &baseline, None));
            report.lines.push(Line::new("contacts", connections, &figures, Some(("echo", &baseline))));
        }
        report.loaded_mib = server.peak_mib()?;
        server.stop()?;
        echo.stop()
    }

    /// Forms and hooks beside the call of the API, on one server.
    async fn without_program(&self, folder: &Path, report: &mut Report) -> Result<()> {
        let mut server = Server::start(&file(folder, "intake.db")).await?;
        server.set_up(OPERATORS).await?;
        let path = server.open_intake().await?;
        for connections in [32, 128] {
            for (name, way) in
                [("contacts by a hook", Way::Hook(path.clone())), ("contacts by a form", Way::Form(path.clone()))]
            {
                say(&format!("{name}, {connections} connections, beside the call of the API"));
                server.way = Way::Call;
                let baseline = self.load(&server, connections).await?;
                server.way = way;
                let figures = self.load(&server, connections).await?;
                report.lines.push(Line::new(name, connections, &figures, Some(("call", &baseline))));
            }
        }
        server.stop()
    }

    /// What it costs that events are to be sent to endpoints that are all down.
    async fn with_dead_endpoints(&self, folder: &Path, report: &mut Report) -> Result<()> {
        let quiet = Server::start(&file(folder, "quiet.db")).await?;
        let down = Server::start_with(&file(folder, "down.db"), &["--webhook-allow", "127.0.0.0/8"]).await?;
        quiet.set_up(OPERATORS).await?;
        down.set_up(OPERATORS).await?;
        down.add_dead_endpoints(DEAD_ENDPOINTS).await?;
        let compared = format!("contacts, {DEAD_ENDPOINTS} endpoints down");
        self.compare(report, &quiet, &down, &compared, [32, 128]).await?;
        quiet.stop()?;
        down.stop()
    }

    /// The cost of asking every caller for a key.
    async fn with_keys(&self, folder: &Path, report: &mut Report) -> Result<()> {
        let open = Server::start(&file(folder, "open.db")).await?;
        let mut guarded = Server::start(&file(folder, "guarded.db")).await?;
        open.set_up(OPERATORS).await?;
        guarded.set_up(OPERATORS).await?;
        guarded.ask_for_keys().await?;
        for connections in [32, 128] {
            say(&format!("contacts with a key each, {connections} connections, beside a server without keys"));
            let baseline = self.load(&open, connections).await?;
            let figures = self.load(&guarded, connections).await?;
            report.lines.push(Line::new("contacts, keys on", connections, &figures, Some(("keys off", &baseline))));
        }
        open.stop()?;
        guarded.stop()
    }

    /// What it costs that many people look at the board while contacts come in.
    async fn with_boards(&self, folder: &Path, report: &mut Report) -> Result<()> {
        let server = Server::start(&file(folder, "watched.db")).await?;
        server.set_up(OPERATORS).await?;
        let name = format!("contacts, {} boards open", boards::OPEN);
        for connections in [32, 128] {
            say(&format!("{name}, {connections} connections, beside the same server without"));
            let baseline = self.load(&server, connections).await?;
            let boards = Boards::open(&server).await?;
            let before = boards.received();
            let figures = self.load(&server, connections).await?;
            boards.receive_more(&before).await?;
            report.lines.push(Line::new(&name, connections, &figures, Some(("no boards", &baseline))));
        }
        server.stop()
    }

    async fn many_operators(&self, folder: &Path, report: &mut Report) -> Result<()> {
        let (few, many) = (file(folder, "few.db"), file(folder, "many.db"));
        let (few, many) = (Server::start(&few).await?, Server::start(&many).await?);
        few.set_up(OPERATORS).await?;
        say(&format!("adding {} operators", self.operators));
        many.set_up(self.operators).await?;
        let compared = format!("contacts, {} operators", self.operators);
        self.compare(report, &few, &many, &compared, [32, 128]).await?;
        few.stop()?;
        many.stop()
    }

    async fn many_stored(&self, folder: &Path, report: &mut Report) -> Result<()> {
        let (empty, full) = (file(folder, "empty.db"), file(folder, "full.db"));
        fill::fill(&full, self.stored, OPERATORS).await?;
        let full = Server::start(&full).await?;
        report.start_ms = Some(full.started_in.as_millis() as u64);
        let empty = Server::start(&empty).await?;
        empty.set_up(OPERATORS).await?;
        let compared = format!("contacts, {} stored, {} timers", self.stored, self.stored / 10);
        self.compare(report, &empty, &full, &compared, [32, 128]).await?;
        report.loaded_mib = report.loaded_mib.max(full.peak_mib()?);
        empty.stop()?;
        full.stop()
    }

    /// The same load on two servers, turn by turn.
    async fn compare(
        &self,
        report: &mut Report,
        base: &Server,
        other: &Server,
        name: &str,
        connections: [u32; 2],
    ) -> Result<()> {
        for connections in connections {
            say(&format!("{name}, {connections} connections, beside {OPERATORS} operators and nothing stored"));
            let baseline = self.load(base, connections).await?;
            let figures = self.load(other, connections).await?;
            report.lines.push(Line::new(name, connections, &figures, Some(("fresh", &baseline))));
        }
        Ok(())
    }

    async fn load(&self, server: &Server, connections: u32) -> Result<Figures> {
        load::run(&[server], connections, Duration::from_secs(self.seconds)).await
    }
}

fn file(folder: &Path, name: &str) -> DatabaseUrl {
    DatabaseUrl::Sqlite(folder.join(name))
}

fn say(doing: &str) {
    eprintln!("measuring: {doing}");
}

/// A folder of the bench's own, gone when it ends.
struct Folder(PathBuf);

impl Folder {
    fn create(path: &Path) -> Result<Self> {
        std::fs::create_dir(path).map_err(|e| {
            format!("cannot create the folder {}: {e}; remove it if a bench that broke off left it", path.display())
        })?;
        Ok(Self(path.to_owned()))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if let Err(error) = std::fs::remove_dir_all(&self.0) {
            eprintln!("the folder {} stays: {error}", self.0.display());
        }
    }
}
