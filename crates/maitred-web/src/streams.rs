//! How many streams of events are open: of all callers together, and of one, so that no client can have all of them.

use crate::caller::caller;
use crate::problem::{Problem, kinds};
use maitred_core::Actor;
use rustc_hash::FxHashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// The most streams of events open at once.
pub const STREAMS_MAX: usize = 1_024;
/// The most of them that one key or user has; without keys and users everybody is one caller.
pub const STREAMS_PER_CALLER_MAX: usize = 256;

/// The streams that are open. Clones share the count.
#[derive(Clone, Default)]
pub struct Streams(Arc<Mutex<Open>>);

#[derive(Default)]
struct Open {
    all: usize,
    by_caller: FxHashMap<Actor, usize>,
}

/// The right to have one stream open; given back when dropped.
pub struct StreamPermit {
    streams: Streams,
    caller: Actor,
}

impl Streams {
    /// A permit for a stream to the caller of this request.
    ///
    /// # Errors
    /// When they, or all callers, have as many as may be open.
    pub fn open(&self) -> Result<StreamPermit, Problem> {
        let caller = caller()?.actor;
        let mut open = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let own = open.by_caller.get(&caller).copied().unwrap_or_default();
        for (open, most, whose) in
            [(own, STREAMS_PER_CALLER_MAX, "by this key or user"), (open.all, STREAMS_MAX, "by all callers together")]
        {
            if open >= most {
                let detail = format!("{most} streams are open {whose}; close one and try again");
                return Err(kinds::TOO_MANY_STREAMS.because(detail));
            }
        }
        open.all += 1;
        open.by_caller.insert(caller, own + 1);
        Ok(StreamPermit { streams: self.clone(), caller })
    }
}

impl Drop for StreamPermit {
    fn drop(&mut self) {
        let mut open = self.streams.0.lock().unwrap_or_else(PoisonError::into_inner);
        open.all -= 1;
        if let Some(own) = open.by_caller.get_mut(&self.caller) {
            *own -= 1;
            if *own == 0 {
                open.by_caller.remove(&self.caller);
            }
        }
    }
}
