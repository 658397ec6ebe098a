//! The charts of reports as inline SVG and tables: they need no script, and stretch to any width.

use crate::texts::Texts;
use jiff::civil::Date;
use maitred_app::reports::{Arrivals, Bucket, ReportPeriod, Share};
use maitred_core::{OperatorId, SourceId};
use maitred_store::clock::rfc3339;

/// The most bars of a chart: of longer periods a bar is several days.
pub(super) const BARS_MAX: usize = 92;
/// How high the highest bar is, in the units of the drawing; a bar is one unit wide.
pub(super) const HEIGHT: f64 = 40.0;
/// What is drawn where anything arrived, however little.
const HEIGHT_MIN: f64 = 0.6;

/// The contacts that arrived in a period.
pub(super) fn contacts(period: &ReportPeriod, source: Option<SourceId>, operator: Option<OperatorId>) -> String {
    let moments = [("created_after", rfc3339(period.from)), ("created_before", rfc3339(period.to))];
    let source = source.map(|id| ("source_id", id.to_string()));
    let operator = operator.map(|id| ("operator_id", id.to_string()));
    let pairs: Vec<_> = moments.into_iter().chain(source).chain(operator).collect();
    format!("/contacts?{}", serde_urlencoded::to_string(pairs).unwrap_or_default())
}

/// The contacts that wait.
pub(super) fn waiting(source: Option<SourceId>) -> String {
    let source = source.map(|id| format!("&source_id={id}")).unwrap_or_default();
    format!("/contacts?status=waiting{source}")
}

/// Arrivals by day.
pub(super) struct ArrivalsChart {
    pub(super) bars: Vec<Bar>,
    pub(super) most: u64,
    pub(super) total: u64,
    pub(super) first: String,
    pub(super) last: String,
    /// How many days a bar is.
    pub(super) days: usize,
}

pub(super) struct Bar {
    pub(super) x: usize,
    pub(super) y: String,
    pub(super) height: String,
    pub(super) title: String,
    /// The contacts.
    pub(super) href: String,
    pub(super) is_drawn: bool,
}

impl ArrivalsChart {
    pub(super) fn new(t: Texts, period: &ReportPeriod, source: Option<SourceId>, days: &[Arrivals]) -> Self {
        let dates: Vec<(Date, u64)> = days.iter().filter_map(|day| Some((date(day)?, day.arrived))).collect();
        let per_bar = dates.len().div_ceil(BARS_MAX).max(1);
        let groups: Vec<&[(Date, u64)]> = dates.chunks(per_bar).collect();
        let sum = |group: &[(Date, u64)]| group.iter().map(|(_, arrived)| arrived).sum::<u64>();
        let most = groups.iter().map(|group| sum(group)).max().unwrap_or(0);
        let bar = |(x, group): (usize, &&[(Date, u64)])| {
            let (first, last) = (group.first()?.0, group.last()?.0);
            let arrived = sum(group);
            let height = (arrived as f64 / most.max(1) as f64 * HEIGHT).max(HEIGHT_MIN);
            let name = if first == last { first.to_string() } else { format!("{first} – {last}") };
            Some(Bar {
                x,
                y: format!("{:.2}", HEIGHT - height),
                height: format!("{height:.2}"),
                title: format!("{name}: {}", t.n("reports-contacts", arrived)),
                href: contacts(&ReportPeriod::of_days(first, last, period.zone.clone()), source, None),
                is_drawn: arrived > 0,
            })
        };
        let name = |at: Option<&(Date, u64)>| at.map(|(date, _)| date.to_string()).unwrap_or_default();
        Self {
            bars: groups.iter().enumerate().filter_map(bar).collect(),
            most,
            total: dates.iter().map(|(_, arrived)| arrived).sum(),
            first: name(dates.first()),
            last: name(dates.last()),
            days: per_bar,
        }
    }
}

fn date(day: &Arrivals) -> Option<Date> {
    match &day.bucket {
        Bucket::Begins(text) => text.parse().ok(),
        Bucket::HourOfWeek(_) => None,
    }
}

/// What an operator received, what they were entitled to as a mark, and what chance allows for as a band, as parts of
/// the largest of all, in percent.
pub(super) struct ShareBar {
    pub(super) filled: String,
    pub(super) mark: Option<String>,
    pub(super) band: Option<(String, String)>,
}

pub(super) fn share_bars(shares: &[Share]) -> Vec<ShareBar> {
    let largest = |share: &Share| (share.received.max(share.high.unwrap_or(0)) as f64).max(share.entitled);
    let most = shares.iter().map(largest).fold(1.0, f64::max);
    let part = |amount: f64| format!("{:.2}", amount / most * 100.0);
    let bar = |share: &Share| ShareBar {
        filled: part(share.received as f64),
        mark: (share.entitled > 0.0).then(|| part(share.entitled)),
        band: share.low.zip(share.high).map(|(low, high)| (part(low as f64), part((high - low) as f64))),
    };
    shares.iter().map(bar).collect()
}
