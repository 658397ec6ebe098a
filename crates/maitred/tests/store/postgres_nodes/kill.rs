//! Three nodes under many clients, one after another killed with -9 at any moment and restarted. Every contact that
//! was answered 201 is there afterwards, once, nobody holds more than the limit, and every invariant holds.
//!
//! `make chaos` lets more break, for as long as it is told to: see `tests/chaos`. Here many more clients do one thing.

use super::load::{CONTACTS_MIN, LASTING_MAX, Load, set_up};
use crate::http::Server;
use maitred_store::clock::Seeds;
use maitred_store::testing::postgres::TestDatabase;
use std::sync::PoisonError;
use std::time::{Duration, Instant};

const NODES: usize = 3;
const CLIENTS: usize = 64;
const LASTING: Duration = Duration::from_secs(6);
/// Fewer would show nothing.
const KILLS_MIN: usize = 3;

#[test]
fn what_was_answered_201_survives_the_death_of_nodes() {
    let database = TestDatabase::new();
    let url: String = database.url();
    let mut nodes: Vec<Server> = (0..NODES).map(|_| Server::on(&url)).collect();
    set_up(&nodes[0]);
    let load = Load::default();
    let tell = |nodes: &[Server]| {
        *load.nodes.write().unwrap_or_else(PoisonError::into_inner) = nodes.iter().map(|node| node.address).collect();
    };
    tell(&nodes);
    let mut seeds = Seeds::fixed(3);
    let mut kills = 0;
    load.run(CLIENTS, || {
        let until = Instant::now() + LASTING;
        // On a busy machine it takes longer to get some.
        let is_enough = |kills| kills >= KILLS_MIN && load.acknowledged().len() >= CONTACTS_MIN;
        while Instant::now() < until || !is_enough(kills) && Instant::now() < until + LASTING_MAX {
            std::thread::park_timeout(Duration::from_millis(100 + seeds.take() % 500));
            let victim = (seeds.take() % NODES as u64) as usize;
            nodes[victim].kill();
            nodes[victim] = Server::on(&url);
            tell(&nodes);
            kills += 1;
        }
    });
    nodes.into_iter().for_each(|node| assert!(node.terminate().success()));
    assert!(
        kills >= KILLS_MIN && load.acknowledged().len() >= CONTACTS_MIN,
        "{kills} kills, {} contacts",
        load.acknowledged().len()
    );
    load.assert_stored(|sql| database.sql(sql));
    super::assert_verifies(&url);
    eprintln!("{kills} kills, {} contacts acknowledged, {} refused", load.acknowledged().len(), load.refused());
}
