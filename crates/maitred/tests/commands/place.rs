//! A folder with a database, the program beside it, and a server.

use maitred_app::Requester;
use maitred_app::batcher::Batcher;
use maitred_calendar::{Calendar, Day, LocalInterval};
use maitred_core::Command;
use maitred_store::Engine;
use maitred_store::url::DatabaseUrl;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Output, Stdio};

/// A folder for a database.
pub struct Place {
    pub folder: tempfile::TempDir,
    pub database: PathBuf,
}

/// A server; killed when dropped.
pub struct Served(Child);

impl Drop for Served {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Place {
    /// Without a database yet.
    pub fn empty() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let database = folder.path().join("maitred.db");
        Self { folder, database }
    }

    /// With a database in which these commands were carried out.
    pub fn with(commands: impl IntoIterator<Item = Command>) -> Self {
        let place = Self::empty();
        let engine = Engine::open(&DatabaseUrl::Sqlite(place.database.clone())).expect("a new file opens");
        let (batcher, running) = Batcher::start(engine, 100).expect("it starts");
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
        for command in commands {
            runtime.block_on(batcher.execute(Requester::SYSTEM, command)).expect("it is valid");
        }
        drop(batcher);
        running.stop().expect("it stops");
        place
    }

    pub fn command(&self, arguments: &[&str]) -> std::process::Command {
        let mut command = program(arguments);
        let url = format!("sqlite://{}", self.database.display());
        command.current_dir(self.folder.path()).args(["--database", &url]);
        command
    }

    pub fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().expect("the program runs")
    }

    /// A server, and its address.
    pub fn serve(&self) -> (Served, String) {
        let mut server = self.command(&["serve", "--listen", "127.0.0.1:0"]);
        let mut process = server.stderr(Stdio::piped()).spawn().expect("the server starts");
        let lines = BufReader::new(process.stderr.take().expect("its stderr is ours")).lines();
        let served = Served(process);
        let mut lines = lines.map_while(Result::ok);
        let line = lines.by_ref().find(|line| line.contains("http://")).expect("the server says where it listens");
        std::thread::spawn(move || lines.for_each(drop));
        let address = line[line.find("http://").expect("it is there")..].split(|c: char| c.is_whitespace() || c == ',');
        (served, address.map(str::to_owned).next().expect("an address"))
    }
}

/// The program, with no settings of this machine.
pub fn program(arguments: &[&str]) -> std::process::Command {
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_maitred"));
    command.current_dir(std::env::temp_dir()).env_clear().args(arguments);
    command
}

/// A calendar that is open from 9 to 18 on working days in Berlin.
pub fn office() -> Calendar {
    let day = |day| Day { day, intervals: vec![LocalInterval("09:00".to_owned(), "18:00".to_owned())] };
    Calendar {
        name: "Office".to_owned(),
        zone: "Europe/Berlin".to_owned(),
        cycle_days: 7,
        days: (0..5).map(day).collect(),
        ..Calendar::default()
    }
}

pub fn said(output: &Output) -> String {
    [&output.stdout[..], &output.stderr[..]].map(String::from_utf8_lossy).concat()
}

#[track_caller]
pub fn assert_ends(output: &Output, code: i32, words: &[&str]) {
    let said = said(output);
    assert_eq!(output.status.code(), Some(code), "{said}");
    words.iter().for_each(|word| assert!(said.contains(word), "{word:?} is not in: {said}"));
}
