//! A server as a process of its own; what it says is kept for the day it is needed.

use std::collections::VecDeque;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::sync_channel;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Lines of a log that are kept.
const LINES_MAX: usize = 60;
/// For how long a server may start, or end.
const PATIENCE: Duration = Duration::from_secs(60);

/// A running server; killed when dropped.
pub(crate) struct Process {
    child: Child,
    pub(crate) address: SocketAddr,
    said: Arc<Mutex<VecDeque<String>>>,
}

/// The program, apart from whatever the surroundings set.
pub(crate) fn program(url: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_maitred"));
    command.current_dir(std::env::temp_dir()).env_clear().args(["--database", url]);
    command
}

/// The word in a line of the log that says where the server listens.
fn address_in(line: &str) -> Option<SocketAddr> {
    line.split_whitespace().find_map(|word| word.split_once("://")?.1.parse().ok())
}

impl Process {
    /// Starts it and waits until it listens.
    ///
    /// # Errors
    /// What it said when it ended instead.
    pub(crate) fn start(command: &mut Command) -> Result<Self, String> {
        let mut child = command.stderr(Stdio::piped()).spawn().expect("the server starts");
        let lines = BufReader::new(child.stderr.take().expect("its stderr is ours")).lines().map_while(Result::ok);
        let said = Arc::new(Mutex::new(VecDeque::new()));
        let (listens, listening) = sync_channel(1);
        let kept = said.clone();
        std::thread::spawn(move || {
            for line in lines {
                // Nobody waits for a second address.
                address_in(&line).into_iter().for_each(|address| _ = listens.try_send(address));
                let mut kept = lock(&kept);
                kept.push_back(line);
                if kept.len() > LINES_MAX {
                    kept.pop_front();
                }
            }
        });
        match listening.recv_timeout(PATIENCE) {
            Ok(address) => Ok(Self { child, address, said }),
            Err(_) => {
                let _ = child.kill();
                let ended = child.wait();
                Err(format!("a server does not start ({ended:?}): {:#?}", lock(&said)))
            }
        }
    }

    pub(crate) fn said(&self) -> Vec<String> {
        lock(&self.said).iter().cloned().collect()
    }

    pub(crate) fn signal(&self, name: &str) {
        let sent = Command::new("kill").args([&format!("-{name}"), &self.child.id().to_string()]).status();
        assert!(sent.expect("there is a kill").success());
    }

    /// Kills it with SIGKILL.
    pub(crate) fn kill(&mut self) {
        self.child.kill().expect("it runs, or is a zombie");
        self.child.wait().expect("it ends");
    }

    /// How it ended, if it has.
    pub(crate) fn ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().expect("it can be waited for")
    }

    /// Waits until it ends by itself.
    ///
    /// # Errors
    /// When it does not, or with another code than this.
    pub(crate) fn ends_with(&mut self, code: i32) -> Result<(), String> {
        let give_up = Instant::now() + PATIENCE;
        while Instant::now() < give_up {
            match self.ended() {
                Some(status) if status.code() == Some(code) => return Ok(()),
                Some(status) => return Err(format!("a server ended with {status}, not {code}: {:#?}", self.said())),
                None => std::thread::park_timeout(Duration::from_millis(10)),
            }
        }
        Err(format!("a server goes on: {:#?}", self.said()))
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A mutex that is used on after a panic, which fails the test anyway.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
