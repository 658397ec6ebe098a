//! A wire to a PostgreSQL server that can be cut at will: before a commit is sent, after it was sent and before it is
//! answered, in the middle of a batch, or for good.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// What happens to the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Cut when the node begins to send what its batch changed: half of the batch never leaves it.
    InTheBatch,
    /// Cut when the node sends the commit of a batch; the server never sees it.
    BeforeTheCommit,
    /// Cut when the server has answered the commit of a batch; the node never sees that.
    AfterTheCommit,
}

#[derive(Default)]
struct State {
    /// The next batch meets it.
    armed: Option<Fault>,
    /// New connections are refused.
    is_down: bool,
    /// Whether a cut also refuses new connections.
    stays_down: bool,
    /// How many cuts there were.
    cuts: usize,
}

/// A proxy on a port of its own.
#[derive(Clone)]
pub struct Proxy {
    state: Arc<Mutex<State>>,
    port: u16,
}

impl Proxy {
    /// Listens, and leads every connection to `server`.
    pub fn before(server: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let port = listener.local_addr().expect("it listens").port();
        let proxy = Self { state: Arc::default(), port };
        let this = proxy.clone();
        std::thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                if !this.state().is_down
                    && let Ok(server) = TcpStream::connect(server)
                {
                    this.join(&client, &server);
                }
            }
        });
        proxy
    }

    /// Where it listens.
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// The next batch meets this fault.
    pub fn arm(&self, fault: Fault) {
        self.state().armed = Some(fault);
    }

    /// The next batch meets this fault, and after it nobody is let through.
    pub fn arm_for_good(&self, fault: Fault) {
        let mut state = self.state();
        (state.armed, state.stays_down) = (Some(fault), true);
    }

    /// Lets everybody through again.
    pub fn come_back(&self) {
        let mut state = self.state();
        (state.is_down, state.stays_down) = (false, false);
    }

    /// How many faults were met.
    pub fn cuts(&self) -> usize {
        self.state().cuts
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn join(&self, client: &TcpStream, server: &TcpStream) {
        let _ = (client.set_nodelay(true), server.set_nodelay(true));
        let twin = |stream: &TcpStream| stream.try_clone().expect("a handle of a socket");
        // Set by the way there, read by the way back: the next bytes from the server answer a commit.
        let is_committing = Arc::new(Mutex::new(false));
        let there = Way { proxy: self.clone(), from: twin(client), to: twin(server), flag: is_committing.clone() };
        let back = Way { proxy: self.clone(), from: twin(server), to: twin(client), flag: is_committing };
        std::thread::spawn(move || there.run(Way::is_let_through));
        std::thread::spawn(move || back.run(Way::is_answer_let_through));
    }

    /// Takes the armed fault if it is this one.
    fn meets(&self, fault: Fault) -> bool {
        let mut state = self.state();
        if state.armed != Some(fault) {
            return false;
        }
        state.armed = None;
        state.cuts += 1;
        state.is_down = state.stays_down;
        true
    }
}

/// One direction of a connection.
struct Way {
    proxy: Proxy,
    from: TcpStream,
    to: TcpStream,
    flag: Arc<Mutex<bool>>,
}

/// What the batcher's connection sends and no other: its transaction, its commit.
const TAKES_THE_TURN: &[u8] = b"FOR UPDATE";
const CHANGES: &[u8] = b"INSERT INTO maitred.contacts";
const COMMIT: &[u8] = b"COMMIT\0";

impl Way {
    fn run(mut self, is_let_through: impl Fn(&mut Self, &[u8], &mut bool) -> bool) {
        let mut buffer = vec![0; 64 * 1024];
        let mut has_turn = false;
        while let Ok(length @ 1..) = self.from.read(&mut buffer) {
            if !is_let_through(&mut self, &buffer[..length], &mut has_turn) {
                break;
            }
            if self.to.write_all(&buffer[..length]).is_err() {
                break;
            }
        }
        let _ = (self.from.shutdown(Shutdown::Both), self.to.shutdown(Shutdown::Both));
    }

    fn is_let_through(&mut self, bytes: &[u8], has_turn: &mut bool) -> bool {
        let says = |words: &[u8]| bytes.windows(words.len()).any(|window| window == words);
        *has_turn |= says(TAKES_THE_TURN);
        if *has_turn && says(CHANGES) && self.proxy.meets(Fault::InTheBatch) {
            let _ = self.to.write_all(&bytes[..bytes.len() / 2]);
            return false;
        }
        if *has_turn && says(COMMIT) {
            *has_turn = false;
            if self.proxy.meets(Fault::BeforeTheCommit) {
                return false;
            }
            *self.flag.lock().unwrap_or_else(PoisonError::into_inner) = true;
        }
        true
    }

    fn is_answer_let_through(&mut self, _: &[u8], _: &mut bool) -> bool {
        let was_committing = std::mem::take(&mut *self.flag.lock().unwrap_or_else(PoisonError::into_inner));
        !(was_committing && self.proxy.meets(Fault::AfterTheCommit))
    }
}
