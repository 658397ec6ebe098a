//! The command line: what can be typed, and which file does it. Data goes to stdout, everything said to people to
//! stderr; `--json` turns tables into JSON for scripts. Exit codes: 0 done, 1 something is wrong with the data (or
//! some rows were not taken), 2 it could not be done.

mod backup;
mod calendar;
mod client;
mod completions;
mod copy;
mod demo;
mod explain;
mod import;
mod keys;
mod leads;
mod lint;
mod man;
mod migrate;
mod move_in;
mod output;
mod report;
mod serve;
mod stats;
mod terminal;
mod trace;
mod users;
mod verify;
mod who;
mod why;

use crate::config::{LogFormat, Options, Settings};
use clap::{CommandFactory, Parser, Subcommand};
use std::io::IsTerminal;
use std::path::PathBuf;
use std::process::ExitCode;

/// Gives every contact to exactly one operator, and can say why.
///
/// Without a command it runs the server. Contacts arrive over HTTP (see http://127.0.0.1:8000/docs while it runs) and
/// are stored and assigned; the commands below inspect the database, load data and measure.
#[derive(Parser)]
#[command(name = "maitred", version, about, long_about, after_help = FIRST_STEPS)]
struct Cli {
    #[command(subcommand)]
    command: Option<Subcommands>,
    #[command(flatten)]
    options: Options,
}

const FIRST_STEPS: &str = "First steps:
  maitred                      run the server on http://127.0.0.1:8000 with ./maitred.db
  maitred demo                 fill an empty database with demo data and print shares beside weights
  maitred explain 42           explain why contact 42 went to its operator
  maitred why 3                say why operator 3 gets nothing now, and until when
  maitred lint                 check the configuration
  maitred verify               check the database";

#[derive(Subcommand)]
enum Subcommands {
    #[command(flatten)]
    Task(Task),
    // These two need no settings: they run while a package is built, on a machine that has none.
    Completions(completions::Completions),
    Man(man::Man),
}

#[derive(Subcommand)]
enum Task {
    /// Run the server (the default)
    Serve,
    Import(import::Import),
    Demo(demo::Demo),
    Explain(explain::Explain),
    Trace(trace::TraceContact),
    Why(why::Why),
    Who(who::Who),
    Lint(lint::Lint),
    Calendar(calendar::Calendars),
    Verify(verify::Verify),
    Stats(stats::Stats),
    Report(report::Report),
    Copy(copy::Copy),
    Keys(keys::Keys),
    Users(users::Users),
    Backup(backup::Backup),
    Restore(backup::Restore),
    Leads(leads::Leads),
    Bench(crate::bench::Bench),
    /// Update the schema of the database
    Migrate,
}

/// What a command ends with: an exit code, or a sentence that says what could not be done.
type Ended = Result<ExitCode, Box<dyn std::error::Error + Send + Sync>>;

/// The command line with its help, for whatever is made from that.
#[must_use]
pub fn command() -> clap::Command {
    Cli::command()
}

/// Reads the command line and does what it says.
#[must_use]
pub fn main() -> ExitCode {
    let cli = Cli::try_parse().unwrap_or_else(|error| refuse(&error));
    run(cli).unwrap_or_else(|error| {
        terminal::complain(&error);
        ExitCode::from(2)
    })
}

/// Says what is wrong with a command line, which may hold anything, or gives the help that was asked for; and ends.
#[expect(clippy::disallowed_methods, reason = "nothing was begun yet, and clap itself ends so")]
fn refuse(error: &clap::Error) -> ! {
    let text = error.render().to_string();
    if error.use_stderr() && terminal::visible(&text) != text {
        terminal::say!("{text}");
        std::process::exit(error.exit_code());
    }
    error.exit()
}

fn run(cli: Cli) -> Ended {
    match cli.command {
        None => run_task(Task::Serve, &cli.options.load()?),
        Some(Subcommands::Task(task)) => run_task(task, &cli.options.load()?),
        Some(Subcommands::Completions(completions)) => completions.run(),
        Some(Subcommands::Man(man)) => man.run(),
    }
}

fn run_task(task: Task, settings: &Settings) -> Ended {
    match task {
        Task::Serve => {
            start_log(settings)?;
            serve::run(settings)
        }
        Task::Import(import) => import.run(settings),
        Task::Demo(demo) => demo.run(settings),
        Task::Explain(explain) => explain.run(settings),
        Task::Trace(trace) => trace.run(settings),
        Task::Why(why) => why.run(settings),
        Task::Who(who) => who.run(settings),
        Task::Lint(lint) => lint.run(settings),
        Task::Calendar(calendars) => calendars.run(settings),
        Task::Verify(verify) => verify.run(settings),
        Task::Stats(stats) => stats.run(settings),
        Task::Report(report) => report.run(settings),
        Task::Copy(copy) => copy.run(),
        Task::Keys(keys) => keys.run(settings),
        Task::Users(users) => users.run(settings),
        Task::Backup(backup) => backup.run(settings),
        Task::Restore(restore) => restore.run(settings),
        Task::Leads(leads) => leads.run(settings),
        Task::Bench(bench) => bench.run().map(|()| ExitCode::SUCCESS),
        Task::Migrate => migrate::run(settings),
    }
}

/// Log lines go to stderr. Only the server writes any; other commands speak to the person who typed them.
fn start_log(settings: &Settings) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let filter = tracing_subscriber::EnvFilter::builder().parse_lossy(log_filter(&settings.log));
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    match settings.log_format {
        LogFormat::Text => log.with_target(false).with_ansi(std::io::stderr().is_terminal()).try_init(),
        LogFormat::Json => log.json().flatten_event(true).try_init(),
    }
}

/// What is logged when somebody asks for this. What a migration does step by step is logged only if it is asked for by
/// name; and the client of PostgreSQL would log every statement with its values, which are people's phones.
#[must_use]
pub fn log_filter(asked: &str) -> String {
    format!("refinery_core=warn,{asked},tokio_postgres=warn")
}

/// The runtime of a command that uses the batcher without a server.
fn runtime() -> std::io::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build()
}

/// A path as it is shown to people.
fn shown(path: &std::path::Path) -> String {
    if path.is_relative() { format!("./{}", path.display()) } else { PathBuf::from(path).display().to_string() }
}
