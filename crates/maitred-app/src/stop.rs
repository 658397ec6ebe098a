//! The signal that the server is shutting down, shared by everything that runs beside the requests.

use tokio::sync::watch;

/// The wish that the server stops. Clones share it; it is never taken back.
#[derive(Clone)]
pub struct Stop(watch::Sender<bool>);

impl Default for Stop {
    fn default() -> Self {
        Self(watch::Sender::new(false))
    }
}

impl Stop {
    /// Wishes it.
    pub fn now(&self) {
        self.0.send_replace(true);
    }

    /// Whether somebody wishes it.
    #[must_use]
    pub fn is_wanted(&self) -> bool {
        *self.0.borrow()
    }

    /// Waits until somebody wishes it.
    pub async fn wanted(&self) {
        // The sender lives in `self`, so waiting for it cannot fail.
        let _ = self.0.subscribe().wait_for(|wanted| *wanted).await;
    }
}
