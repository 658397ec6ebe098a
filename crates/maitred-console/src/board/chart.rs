//! The chart of the last hour as inline SVG: bars of what arrived, below them an area of who waited in the same
//! minutes. It is drawn without words in it, so it stretches to any width; its words are html around it. Minutes
//! are named by how long ago they were, which is the same in every time zone.

use crate::board::history::{Hour, Minute};
use crate::texts::Texts;
use askama::Template;
use std::fmt::Write;

/// Where the bars stand and how high they are at most, in the units of the drawing; a minute is one unit wide.
const BARS: (f64, f64) = (40.0, 38.0);
/// The same for the area.
const AREA: (f64, f64) = (64.0, 16.0);
/// What is drawn of a minute in which anything arrived, however little.
const BAR_MIN: f64 = 1.0;

/// The chart.
#[derive(Template)]
#[template(path = "board/chart.html")]
pub(super) struct Chart {
    t: Texts,
    bars: Vec<Bar>,
    arrived_total: u64,
    arrived_max: u64,
    area: String,
    line: String,
    waiting_now: u64,
    waiting_max: u64,
    /// How many minutes at the beginning nothing is known of.
    unknown: usize,
}

struct Bar {
    x: usize,
    y: String,
    height: String,
    title: String,
    is_drawn: bool,
    is_running: bool,
}

impl Chart {
    pub(super) fn new(t: Texts, hour: &Hour) -> Self {
        let minutes = &hour.minutes;
        let arrived_max = minutes.iter().map(|minute| minute.arrived).max().unwrap_or(0);
        let waiting_max = minutes.iter().filter_map(|minute| minute.waiting).max().unwrap_or(0);
        let line = line(minutes, waiting_max);
        Self {
            t,
            bars: minutes
                .iter()
                .enumerate()
                .map(|(at, minute)| bar(t, at, *minute, arrived_max, minutes.len()))
                .collect(),
            arrived_total: minutes.iter().map(|minute| minute.arrived).sum(),
            arrived_max,
            area: area(&line, minutes),
            line,
            waiting_now: hour.waiting,
            waiting_max,
            unknown: minutes.iter().take_while(|minute| minute.waiting.is_none()).count(),
        }
    }
}

impl Chart {
    /// For those who do not see it.
    fn summary(&self) -> String {
        let arrived = [("total", self.arrived_total.into()), ("most", self.arrived_max.into())];
        let waiting = [("now", self.waiting_now.into()), ("most", self.waiting_max.into())];
        let summaries = [self.t.with("chart-arrived-summary", arrived), self.t.with("chart-waiting-summary", waiting)];
        summaries.join(". ")
    }
}

fn bar(t: Texts, at: usize, minute: Minute, most: u64, minutes: usize) -> Bar {
    let height = scaled(minute.arrived, most, BARS).max(BAR_MIN);
    let ago = minutes - 1 - at;
    let when = if ago == 0 { t.t("chart-this-minute") } else { t.n("chart-minutes-ago", ago) };
    let mut title = format!("{when}: {}", t.n("chart-bar", minute.arrived));
    if let Some(waiting) = minute.waiting {
        let _ = write!(title, ", {}", t.n("chart-waiting", waiting));
    }
    let is_drawn = minute.arrived > 0;
    Bar { x: at, y: short(BARS.0 - height), height: short(height), title, is_drawn, is_running: ago == 0 }
}

/// The points of the line through the middles of the minutes that are known.
fn line(minutes: &[Minute], most: u64) -> String {
    let known = minutes.iter().enumerate().filter_map(|(at, minute)| Some((at, minute.waiting?)));
    let points = known.map(|(at, waiting)| format!("{at}.5,{}", short(AREA.0 - scaled(waiting, most, AREA))));
    points.collect::<Vec<_>>().join(" ")
}

/// The same, closed along the bottom.
fn area(line: &str, minutes: &[Minute]) -> String {
    let known = |minute: &Minute| minute.waiting.is_some();
    match (minutes.iter().position(known), minutes.iter().rposition(known)) {
        (Some(first), Some(last)) => format!("{first}.5,{0} {line} {last}.5,{0}", AREA.0),
        _ => String::new(),
    }
}

fn scaled(amount: u64, most: u64, (_, height): (f64, f64)) -> f64 {
    if most == 0 { 0.0 } else { amount as f64 / most as f64 * height }
}

fn short(number: f64) -> String {
    let text = format!("{number:.1}");
    text.strip_suffix(".0").map(ToOwned::to_owned).unwrap_or(text)
}
