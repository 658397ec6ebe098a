//! The settings of traces. They are there in every build, so that one without the feature can say what it lacks.

use super::addresses::address;
use super::setting::{OTLP_ENDPOINT, OTLP_PERCENT};
use super::{Given, Layer, read_given, read_number};
use std::sync::Arc;

/// Everything about traces that can be set, checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TraceSettings {
    /// Where they are sent, without a slash at its end.
    pub endpoint: Option<Arc<str>>,
    /// How many of 100 are recorded.
    pub percent: u8,
}

/// The same as flags, unchecked.
#[derive(Clone, Default, clap::Args)]
#[command(next_help_heading = "Settings")]
pub(super) struct TraceOptions {
    #[arg(long, global = true, value_name = OTLP_ENDPOINT.value_name(), help = OTLP_ENDPOINT.help())]
    otlp_endpoint: Option<String>,
    #[arg(long, global = true, value_name = OTLP_PERCENT.value_name(), help = OTLP_PERCENT.help())]
    otlp_percent: Option<String>,
}

impl TraceOptions {
    pub(super) fn given(self) -> impl Iterator<Item = (&'static str, Given)> {
        let given = [(OTLP_ENDPOINT, self.otlp_endpoint), (OTLP_PERCENT, self.otlp_percent)];
        given.into_iter().filter_map(|(setting, text)| Some((setting.name, Given { text: text?, line: None })))
    }
}

pub(super) fn settle(layers: &[Layer], problems: &mut Vec<String>) -> TraceSettings {
    TraceSettings {
        endpoint: read_given(layers, problems, OTLP_ENDPOINT, address),
        percent: read_number(layers, problems, OTLP_PERCENT),
    }
}
