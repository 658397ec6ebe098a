//! Recomputing decisions. A recording plays forwards only, and the decisions of one recording lie scattered over the
//! contacts; so decisions are gathered by the ten thousands, put in the order of recordings and steps, and each
//! recording is played once for all of them.

use super::{About, Invariant, Watch};
use crate::StoreError;
use maitred_core::decision::{PoolRef, Replay};
use maitred_core::recording::Playback;
use maitred_core::{Decision, Malformed};

/// Decisions gathered before they are recomputed: some 10 MB.
const DECISIONS_GATHERED_MAX: usize = 65_536;

/// Recordings fetched at a time: with pools of 20 000 members each takes a few hundred KB.
const RECORDINGS_FETCHED: usize = 32;

/// Decisions that are still to be recomputed.
#[derive(Default)]
pub struct Replays {
    gathered: Vec<(PoolRef, Decision)>,
    /// The last recording that a decision named.
    pub last_pool: i64,
}

impl Replays {
    /// Takes in decisions. Those made by a person need no recomputing.
    pub fn take(&mut self, watch: &mut Watch<'_>, decisions: impl Iterator<Item = Decision>) -> Result<(), StoreError> {
        for decision in decisions {
            if let Some(pool) = decision.pool.filter(|_| !decision.cause.by_hand()) {
                self.last_pool = self.last_pool.max(pool.pool.0);
                self.gathered.push((pool, decision));
            }
        }
        if self.gathered.len() >= DECISIONS_GATHERED_MAX { self.finish(watch) } else { Ok(()) }
    }

    /// Recomputes what was gathered.
    pub fn finish(&mut self, watch: &mut Watch<'_>) -> Result<(), StoreError> {
        self.gathered.sort_unstable_by_key(|(at, decision)| (at.pool, at.step, decision.contact));
        let of_pools: Vec<_> = self.gathered.chunk_by(|(a, _), (b, _)| a.pool == b.pool).collect();
        for of_some_pools in of_pools.chunks(RECORDINGS_FETCHED) {
            let last: Vec<PoolRef> = of_some_pools.iter().filter_map(|one| Some(one.last()?.0)).collect();
            let recordings = watch.scan.segments(&last)?;
            of_some_pools.iter().zip(&recordings).for_each(|(decisions, segments)| play(watch, decisions, segments));
        }
        self.gathered.clear();
        Ok(())
    }
}

/// Plays one recording and recomputes its decisions, which come in the order of its steps.
fn play(watch: &mut Watch<'_>, decisions: &[(PoolRef, Decision)], segments: &[Vec<u8>]) {
    let mut playback = Playback::start(segments.iter().map(Vec::as_slice));
    let mut broken = playback.as_ref().err().copied();
    for (at, decision) in decisions {
        let pool = match (&mut playback, broken) {
            (Ok(playback), None) => playback.pool_at(at.step),
            (_, error) => Err(error.unwrap_or(Malformed::Truncated)),
        };
        match pool.map(|pool| decision.replay(pool)) {
            Ok(Replay::Matches) => {}
            Ok(replay) => differs(watch, decision, replay),
            Err(error) => {
                broken = Some(error);
                let found = format!("its pool cannot be read: {error}");
                watch.report.fault(
                    Invariant::DecisionsReplay,
                    about(decision),
                    found,
                    "a recording that reaches its step",
                );
            }
        }
    }
}

fn differs(watch: &mut Watch<'_>, decision: &Decision, replay: Replay) {
    let outcome = |operator: Option<_>| operator.map_or_else(|| "nobody".to_owned(), |id| format!("operator {id}"));
    let expected = format!("{}, as stored", outcome(decision.outcome));
    let found = match replay {
        Replay::Differs(operator) => format!("computed again, it goes to {}", outcome(operator)),
        Replay::UnknownAlgorithm(version) => format!("made by algorithm {version}, which this program does not know"),
        Replay::Matches => return,
    };
    watch.report.fault(Invariant::DecisionsReplay, about(decision), found, expected);
}

fn about(decision: &Decision) -> About {
    About::decision(decision.contact.0, decision.seq.into())
}
