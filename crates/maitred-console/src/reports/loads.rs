//! The chart of what was held day by day: the mean as a bar, and the most at a time as a paler one behind it.

use super::charts::{BARS_MAX, HEIGHT};
use crate::texts::Texts;
use maitred_app::reports::LoadBucket;

pub(super) struct LoadsChart {
    pub(super) bars: Vec<LoadBar>,
    /// What the highest bar stands for.
    pub(super) most: i64,
    pub(super) first: String,
    pub(super) last: String,
    /// How many days a bar is.
    pub(super) days: usize,
}

pub(super) struct LoadBar {
    pub(super) x: usize,
    pub(super) max_y: String,
    pub(super) max_height: String,
    pub(super) mean_y: String,
    pub(super) mean_height: String,
    pub(super) title: String,
}

impl LoadsChart {
    pub(super) fn new(t: Texts, days: &[LoadBucket]) -> Self {
        let per_bar = days.len().div_ceil(BARS_MAX).max(1);
        let groups: Vec<&[LoadBucket]> = days.chunks(per_bar).collect();
        let most = days.iter().map(|day| day.max).max().unwrap_or(0);
        let bar = |(x, group): (usize, &&[LoadBucket])| LoadBar::new(t, x, group, most);
        let name = |day: Option<&LoadBucket>| day.map(|day| day.bucket.clone()).unwrap_or_default();
        Self {
            bars: groups.iter().enumerate().map(bar).collect(),
            most,
            first: name(days.first()),
            last: name(days.last()),
            days: per_bar,
        }
    }
}

impl LoadBar {
    fn new(t: Texts, x: usize, group: &[LoadBucket], most: i64) -> Self {
        let max = group.iter().map(|day| day.max).max().unwrap_or(0);
        let hours: f64 = group.iter().map(|day| day.hours).sum();
        let held: f64 = group.iter().map(|day| day.mean * day.hours).sum();
        let mean = if hours > 0.0 { held / hours } else { 0.0 };
        let height = |of: f64| of.max(0.0) / most.max(1) as f64 * HEIGHT;
        let place = |of: f64| (format!("{:.2}", HEIGHT - height(of)), format!("{:.2}", height(of)));
        let ((max_y, max_height), (mean_y, mean_height)) = (place(max as f64), place(mean));
        let names = [group.first(), group.last()].map(|day| day.map(|day| &*day.bucket).unwrap_or_default());
        let name = if names[0] == names[1] { names[0].to_owned() } else { names.join(" – ") };
        let mean = format!("{mean:.1}").replace('.', &t.t("decimal-mark"));
        let title = t.with("reports-load-bar", [("when", name.into()), ("mean", mean.into()), ("most", max.into())]);
        Self { x, max_y, max_height, mean_y, mean_height, title }
    }
}
