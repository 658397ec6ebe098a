//! What breaks. One after the other, in an order that the seed decides; each kind comes once before any comes again.

use crate::draw::Draw;
use crate::place::{EngineName, Place};
use std::time::{Duration, Instant};

const HOUR_MICROS: i64 = 3_600 * 1_000_000;
/// Clocks are never further ahead or behind than this: answers to requests with a key are kept for a week.
const HOURS_MAX: i64 = 48;

/// A kind of fault. Nodes and servers of databases are those that this test started.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Fault {
    KillNode,
    KillAllNodes,
    StopNode,
    FreezeNode,
    SetClock,
    FullDisk,
    FailingSync,
    KillDatabase,
    StopDatabase,
    FreezeDatabase,
    CutConnections,
}

impl Fault {
    const OF_FILE: [Self; 6] =
        [Self::KillNode, Self::StopNode, Self::FreezeNode, Self::SetClock, Self::FullDisk, Self::FailingSync];
    const OF_SERVER: [Self; 11] = [
        Self::KillNode,
        Self::KillAllNodes,
        Self::StopNode,
        Self::FreezeNode,
        Self::SetClock,
        Self::FullDisk,
        Self::FailingSync,
        Self::KillDatabase,
        Self::StopDatabase,
        Self::FreezeDatabase,
        Self::CutConnections,
    ];

    /// Those of an engine.
    pub(crate) fn all(engine: EngineName) -> Vec<Self> {
        match engine {
            EngineName::Sqlite => Self::OF_FILE.to_vec(),
            EngineName::Postgres => Self::OF_SERVER.to_vec(),
        }
    }

    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::KillNode => "a node killed with -9",
            Self::KillAllNodes => "all nodes killed with -9",
            Self::StopNode => "a node stopped in good order",
            Self::FreezeNode => "a node frozen",
            Self::SetClock => "a clock set",
            Self::FullDisk => "the disk full",
            Self::FailingSync => "a sync failed",
            Self::KillDatabase => "the database killed with -9",
            Self::StopDatabase => "the database stopped",
            Self::FreezeDatabase => "the database frozen",
            Self::CutConnections => "connections to the database cut",
        }
    }
}

/// Lets something break and repairs it, and says what happened. `scale` is for how long things last at most.
///
/// # Errors
/// When a server does not do what it should.
pub(crate) fn inject(place: &mut Place, fault: Fault, draw: &mut Draw, scale: Duration) -> Result<String, String> {
    let node = draw.below(place.nodes.len());
    let lasting = scale.mul_f64(draw.between(20..100) as f64 / 100.0);
    let dies_too = draw.one_in(4);
    let story = format!("{} (node {node}, {lasting:.1?})", fault.as_str());
    match fault {
        Fault::KillNode => kill(place, &[node], lasting)?,
        Fault::KillAllNodes => kill(place, &(0..place.nodes.len()).collect::<Vec<_>>(), lasting)?,
        Fault::StopNode => {
            place.process(node).signal("TERM");
            place.process(node).ends_with(0)?;
            place.nodes[node].process = None;
            place.start()?;
        }
        Fault::FreezeNode => {
            place.process(node).signal("STOP");
            wait(lasting);
            place.process(node).signal("CONT");
        }
        Fault::SetClock => return set_clock(place, node, draw).map(|how| format!("{story}: {how}")),
        Fault::FullDisk | Fault::FailingSync if place.database.is_none() => {
            let dies_too = dies_too && fault == Fault::FullDisk;
            of_file(place, fault, lasting, dies_too)?;
            return Ok(if dies_too { format!("{story}, and the server killed") } else { story });
        }
        _ => of_server(place, fault, lasting, dies_too.then_some(node))?,
    }
    Ok(if dies_too && fault > Fault::FailingSync { format!("{story}, and the node killed") } else { story })
}

fn wait(lasting: Duration) {
    std::thread::park_timeout(lasting);
}

fn kill(place: &mut Place, nodes: &[usize], lasting: Duration) -> Result<(), String> {
    nodes.iter().for_each(|node| place.kill(*node));
    wait(lasting / 8);
    place.start()
}

/// Hours forward or back, while the process runs.
fn set_clock(place: &mut Place, node: usize, draw: &mut Draw) -> Result<String, String> {
    let hours = draw.between(1..12) as i64 * if draw.one_in(2) { 1 } else { -1 };
    let node = &mut place.nodes[node];
    node.ahead = (node.ahead + hours * HOUR_MICROS).clamp(-HOURS_MAX * HOUR_MICROS, HOURS_MAX * HOUR_MICROS);
    node.switches.set_clock(node.ahead);
    Ok(format!("{hours} h, to {} h", node.ahead / HOUR_MICROS))
}

/// A disk under a SQLite file.
fn of_file(place: &mut Place, fault: Fault, lasting: Duration, dies_too: bool) -> Result<(), String> {
    let fault = if fault == Fault::FullDisk { "full" } else { "sync-once" };
    place.nodes[0].switches.set(fault, "");
    if fault == "full" {
        wait(lasting);
        if dies_too {
            place.kill(0);
        }
        place.nodes[0].switches.repair(fault);
        return place.start();
    }
    let give_up = Instant::now() + Duration::from_secs(20);
    while place.nodes[0].switches.is_set(fault) {
        if Instant::now() > give_up {
            return Err("nothing was synced for long".to_owned());
        }
        wait(Duration::from_millis(5));
    }
    // It was a commit's, and the server ends; or that of a copy of the log, which is made again.
    wait(Duration::from_millis(500));
    let has_ended = place.process(0).ended().is_some();
    let is_copy =
        || place.nodes[0].process.iter().flat_map(|it| it.said()).any(|line| line.contains("could not be copied"));
    if !has_ended && is_copy() {
        return Ok(());
    }
    place.process(0).ends_with(2)?;
    place.nodes[0].process = None;
    place.start()
}

/// The database of several nodes, one of which may die in the meantime.
fn of_server(place: &mut Place, fault: Fault, lasting: Duration, dies: Option<usize>) -> Result<(), String> {
    let database = place.database.as_mut().expect("these faults are those of a server");
    match fault {
        Fault::KillDatabase => database.cluster.kill_9(),
        Fault::StopDatabase => database.cluster.stop(),
        Fault::FreezeDatabase => database.cluster.freeze(),
        Fault::CutConnections => database.cluster.disconnect("maitred"),
        Fault::FullDisk => database.set("full"),
        _ => database.set("sync-once"),
    }
    wait(lasting);
    if let Some(node) = dies {
        place.kill(node);
    }
    let database = place.database.as_mut().expect("it is still there");
    match fault {
        Fault::KillDatabase | Fault::StopDatabase => database.cluster.restart(),
        Fault::FreezeDatabase => database.cluster.thaw(),
        Fault::CutConnections => {}
        // After a write to its log fails, PostgreSQL starts again by itself, unless that fails as well.
        Fault::FullDisk => _ = database.repair("full"),
        _ => _ = database.repair("sync-once"),
    }
    database.start_again();
    place.start()
}
