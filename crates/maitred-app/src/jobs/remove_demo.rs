//! Goes on with removing the demo until nothing of it is left. This node may have begun that, another, or one that has
//! ended since.

use super::Job;
use crate::App;
use crate::batcher::ExecuteError;
use crate::demo::{DemoState, Step, close_accounts, of_store, step};
use maitred_core::Actor;
use std::time::Duration;

/// How often it is looked whether another process left something to remove.
const PERIOD: Duration = Duration::from_secs(30);

/// Removes the demo once that has begun.
pub struct RemoveDemo {
    app: App,
}

impl RemoveDemo {
    #[must_use]
    pub const fn new(app: App) -> Self {
        Self { app }
    }

    async fn remove(&self) -> Result<(), ExecuteError> {
        let rows = self.app.store().demo().await.map_err(of_store)?;
        if DemoState::of(&rows) != DemoState::Removing {
            return Ok(());
        }
        // Those that were left when it began.
        close_accounts(self.app.access(), &rows, Actor::System).await.map_err(of_store)?;
        while !self.app.stop().is_wanted() {
            if step(self.app.batcher(), self.app.store()).await? == Step::Done {
                tracing::info!("the demo data is removed");
                break;
            }
        }
        Ok(())
    }
}

impl Job for RemoveDemo {
    const NAME: &'static str = "remove the demo";

    fn period(&self) -> Duration {
        PERIOD
    }

    async fn tick(&mut self) {
        if let Err(error) = self.remove().await {
            tracing::warn!(%error, "the demo data was not removed to its end; trying again");
        }
    }

    async fn woken(&mut self) {
        self.app.demo_work().removal_begun().await;
    }
}
