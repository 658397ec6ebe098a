//! Sends traces to a collector, in builds with the feature `otlp`; others refuse to be told where one is. What a span
//! says is in [`maitred_app::spans`].

#[cfg(feature = "otlp")]
mod collector;
#[cfg(feature = "otlp")]
mod otlp;

use crate::config::TraceSettings;
use tokio::runtime::Handle;

type Failure = Box<dyn std::error::Error + Send + Sync>;

/// What has to be done when the server stops.
pub(crate) struct Traces(#[cfg(feature = "otlp")] Option<otlp::Exporter>);

#[cfg(feature = "otlp")]
impl Traces {
    /// Records spans from now on and sends them from this runtime, if it is known where to.
    pub(crate) fn start(settings: &TraceSettings, runtime: &Handle) -> Result<Self, Failure> {
        Ok(Self(otlp::Exporter::start(settings, runtime)?))
    }

    /// Sends what is left, for a moment at most. Needs the runtime.
    pub(crate) fn stop(self) {
        if let Some(exporter) = self.0 {
            exporter.stop();
        }
    }
}

#[cfg(not(feature = "otlp"))]
impl Traces {
    /// # Errors
    /// When traces are wanted.
    pub(crate) fn start(settings: &TraceSettings, _: &Handle) -> Result<Self, Failure> {
        match settings.endpoint {
            None => Ok(Self()),
            Some(_) => {
                Err("traces are wanted (otlp_endpoint), and this maitred was built without them: build it with \
                 cargo build --profile dist --features otlp, or leave the setting out"
                    .into())
            }
        }
    }

    pub(crate) fn stop(self) {}
}
