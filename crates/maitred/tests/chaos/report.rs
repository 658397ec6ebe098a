//! What was done, for those who run it: lines while it runs, a table at its end, and all that helps when it fails.

use crate::faults::Fault;
use crate::ledger::{Ledger, Outcome};
use crate::place::EngineName;
use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};

/// Between two lines.
const LINE_EVERY: Duration = Duration::from_secs(10);
/// What happened last, in a failure.
const STORIES: usize = 6;
/// Wrong things that are listed in a failure.
const WRONG_MAX: usize = 20;

pub(crate) struct Report {
    engine: EngineName,
    seed: u64,
    began: Instant,
    said: Instant,
    faults: BTreeMap<Fault, u64>,
    stories: Vec<String>,
    counts: BTreeMap<(&'static str, String), u64>,
    acknowledged: usize,
    rounds: u64,
    longest_pause: Duration,
}

impl Report {
    pub(crate) fn new(engine: EngineName, seed: u64) -> Self {
        let now = Instant::now();
        Self {
            engine,
            seed,
            began: now,
            said: now,
            faults: BTreeMap::new(),
            stories: Vec::new(),
            counts: BTreeMap::new(),
            acknowledged: 0,
            rounds: 0,
            longest_pause: Duration::ZERO,
        }
    }

    fn at(&self) -> String {
        format!("{:5.0} s", self.began.elapsed().as_secs_f64())
    }

    pub(crate) fn begins(&mut self, fault: Fault) {
        self.stories.push(format!("{} {} begins", self.at(), fault.as_str()));
    }

    pub(crate) fn happened(&mut self, fault: Fault, story: &str) {
        *self.faults.entry(fault).or_default() += 1;
        self.stories.pop();
        self.stories.push(format!("{} {story}", self.at()));
    }

    pub(crate) fn compared(&mut self, lasting: Duration, took: &str) {
        self.stories.push(format!("{} compared in {lasting:.1?}:{took}", self.at()));
    }

    /// Says how far it is, now and then.
    pub(crate) fn progress(&mut self, ledger: &Ledger) {
        if self.said.elapsed() < LINE_EVERY {
            return;
        }
        self.said = Instant::now();
        let (calls, contacts) = {
            let entries = ledger.entries();
            (entries.told.len(), entries.known.contacts.len())
        };
        let (faults, last) = (self.faults.values().sum::<u64>(), self.stories.last().map_or("", String::as_str));
        let (engine, round) = (self.engine.as_str(), self.rounds + 1);
        eprintln!("{engine:8} round {round}: {calls} calls, {contacts} contacts; {faults} faults so far, last: {last}");
    }

    /// Takes over what a round did.
    pub(crate) fn add(&mut self, ledger: &Ledger) {
        let entries = ledger.entries();
        for (what, n) in &entries.counts {
            *self.counts.entry(what.clone()).or_default() += n;
        }
        let is_acknowledged = |outcome: &Outcome| matches!(outcome, Outcome::Done(_));
        self.acknowledged += entries.told.iter().filter(|told| is_acknowledged(&told.outcome)).count();
        self.rounds += 1;
        self.longest_pause = self.longest_pause.max(entries.longest_pause);
    }

    fn calls(&self) -> u64 {
        self.counts.values().sum()
    }

    /// The table.
    pub(crate) fn print(&self) {
        let mut by_call: BTreeMap<&str, Vec<String>> = BTreeMap::new();
        for ((call, answer), n) in &self.counts {
            by_call.entry(call).or_default().push(format!("{n} {answer}"));
        }
        let contacts = by_call.get("create contact").map(|answers| answers.join(", ")).unwrap_or_default();
        let mut text = format!(
            "\n{} with seed {}: {:.0} s in {} rounds, {} calls, {} of them acknowledged; longest pause {:.1?}\n\n",
            self.engine.as_str(),
            self.seed,
            self.began.elapsed().as_secs_f64(),
            self.rounds,
            self.calls(),
            self.acknowledged,
            self.longest_pause
        );
        text += &format!("contacts: {contacts}\n\n");
        by_call.iter().for_each(|(call, answers)| text += &format!("  {call:16} {}\n", answers.join(", ")));
        text += "\n";
        self.faults.iter().for_each(|(fault, n)| text += &format!("  {:34} {n}\n", fault.as_str()));
        eprintln!("{text}");
    }

    /// What to say when something is wrong.
    pub(crate) fn failure(&self, round: u64, wrong: &[String], kept: &Path) -> String {
        let from = self.stories.len().saturating_sub(STORIES);
        format!(
            "{} on {}, seed {}, in round {}, after {:.0} s:\n  {}\n{} in all.\nWhat happened last:\n  {}\n\
             The database and the last words of the servers are in {}",
            if wrong.len() == 1 { "Something is wrong" } else { "Some things are wrong" },
            self.engine.as_str(),
            self.seed,
            round + 1,
            self.began.elapsed().as_secs_f64(),
            wrong.iter().take(WRONG_MAX).map(String::as_str).collect::<Vec<_>>().join("\n  "),
            wrong.len(),
            self.stories[from..].join("\n  "),
            kept.display()
        )
    }
}
