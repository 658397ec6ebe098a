//! Finishing what [`crate::reread`] left: the process that read phones again ended, or the store did not answer.

use super::Job;
use crate::App;
use crate::permission::Requester;
use crate::reread::{self, Place};
use maitred_core::{LeadId, SourceId};
use std::time::Duration;

/// Those who are reading phones have taken another step within this time.
const PERIOD: Duration = Duration::from_secs(5);

/// Goes on for sources with whose phones nobody has gone on since the last tick.
pub struct FinishRereading {
    app: App,
    seen: Vec<(SourceId, LeadId)>,
}

impl FinishRereading {
    #[must_use]
    pub const fn new(app: App) -> Self {
        Self { app, seen: Vec::new() }
    }
}

impl Job for FinishRereading {
    const NAME: &'static str = "finish rereading";

    fn period(&self) -> Duration {
        PERIOD
    }

    async fn tick(&mut self) {
        let under_way = match self.app.store().rereading().await {
            Ok(under_way) => under_way,
            Err(error) => return tracing::warn!(%error, "phones to be read again could not be looked up; trying again"),
        };
        let (stuck, moving): (Vec<_>, Vec<_>) = under_way.into_iter().partition(|it| self.seen.contains(it));
        for (source, behind) in stuck {
            let place = Place::of(&self.app);
            if let Err(error) = reread::run(self.app.batcher(), place, Requester::SYSTEM, source, behind).await {
                tracing::warn!(%error, source = source.0, "phones could not be read again; trying again");
            }
        }
        self.seen = moving;
    }
}
