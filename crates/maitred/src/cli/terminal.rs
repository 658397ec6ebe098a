//! How commands speak to people: complaints, progress bars. All of it on stderr.

use indicatif::{ProgressBar, ProgressStyle};
use std::fmt::Display;
use std::time::Duration;

/// How often a progress bar is drawn at most: often enough to live, seldom enough to cost nothing.
const REDRAW: Duration = Duration::from_millis(100);

/// Says what went wrong.
pub(super) fn complain(error: &impl Display) {
    eprintln!("maitred: {error}");
}

/// A bar over `total` things, which are called `unit`. Draws nothing when stderr is no terminal.
pub(super) fn progress(total: u64, doing: &'static str, unit: &'static str) -> ProgressBar {
    let bar = ProgressBar::new(total);
    let template = format!("{{msg}} {{bar:32}} {{human_pos}}/{{human_len}} {unit} {{per_sec}}, {{eta}} left");
    if let Ok(style) = ProgressStyle::with_template(&template) {
        bar.set_style(style);
    }
    bar.set_message(doing);
    bar.enable_steady_tick(REDRAW);
    bar
}

/// A sign of life for what takes a while and has no rows to count.
pub(super) fn spinner(doing: &'static str) -> ProgressBar {
    let spinner = ProgressBar::new_spinner();
    spinner.set_message(doing);
    spinner.enable_steady_tick(REDRAW);
    spinner
}
