//! The heat map of reports as inline SVG: a cell for each hour of the week. Its colour says how many people were on, or
//! will be; its number how many contacts arrived, or are to be expected; a border that some of them met nobody. It is
//! drawn with its words in it, so its size is bounded in the style.

use super::charts::contacts;
use crate::shell::Viewer;
use crate::texts::Texts;
use crate::times;
use jiff::tz::TimeZone;
use jiff::{ToSpan, Zoned};
use maitred_app::reports::{ReportPeriod, StaffingHour};
use maitred_core::{SourceId, Timestamp};

/// Shades, besides that of nobody.
const SHADES: f64 = 5.0;
/// The size of a cell and of the space for its names, in the units of the drawing.
const CELL: (f64, f64) = (42.0, 20.0);
const NAMES: (f64, f64) = (40.0, 18.0);

/// Which hours a heat map shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum HeatView {
    /// Those of the period.
    #[default]
    Past,
    /// Those of the next seven days.
    Ahead,
}

impl HeatView {
    pub(super) fn of_word(word: &str) -> Self {
        if word == "ahead" { Self::Ahead } else { Self::Past }
    }
}

pub(super) struct HeatMap {
    pub(super) view: HeatView,
    pub(super) cells: Vec<Cell>,
    /// The middle of each column, and its day.
    pub(super) weekdays: Vec<(f64, String)>,
    /// Where each hour stands, and what it is called.
    pub(super) hours: Vec<(f64, String)>,
    pub(super) width: f64,
    pub(super) height: f64,
    /// The most people of a cell, for the legend.
    pub(super) most: String,
}

pub(super) struct Cell {
    pub(super) x: f64,
    pub(super) y: f64,
    pub(super) shade: u8,
    pub(super) text: String,
    pub(super) title: String,
    pub(super) href: String,
    pub(super) is_unattended: bool,
}

impl HeatMap {
    pub(super) fn new(
        viewer: &Viewer,
        hours: &[StaffingHour],
        view: HeatView,
        period: &ReportPeriod,
        source: Option<SourceId>,
    ) -> Self {
        let t = viewer.t;
        let people = |hour: &StaffingHour| if view == HeatView::Past { hour.people } else { hour.people_ahead };
        let most = hours.iter().map(people).fold(0.0, f64::max);
        let drawing = Drawing { viewer, t, view, period, source, now: viewer.now, most };
        let column = |day: u8| {
            let name = t.t(&format!("weekday-{day}"));
            (NAMES.0 + (f64::from(day) + 0.5) * CELL.0, name)
        };
        let row = |hour: u8| (NAMES.1 + f64::from(hour) * CELL.1, format!("{hour:02}:00"));
        Self {
            view,
            cells: hours.iter().map(|hour| drawing.cell(hour, people(hour))).collect(),
            weekdays: (0..7).map(column).collect(),
            hours: (0..24).map(row).collect(),
            width: NAMES.0 + 7.0 * CELL.0,
            height: NAMES.1 + 24.0 * CELL.1,
            most: decimal(t, most),
        }
    }
}

struct Drawing<'a> {
    viewer: &'a Viewer,
    t: Texts,
    view: HeatView,
    period: &'a ReportPeriod,
    source: Option<SourceId>,
    now: Timestamp,
    most: f64,
}

impl Drawing<'_> {
    fn cell(&self, of: &StaffingHour, people: f64) -> Cell {
        let (day, hour) = (of.hour_of_week / 24, of.hour_of_week % 24);
        let is_past = self.view == HeatView::Past;
        let text = match is_past {
            true if of.arrived > 0 => self.t.number(of.arrived),
            false if of.expected >= 0.05 => decimal(self.t, of.expected),
            _ => String::new(),
        };
        let (key, contacts) = match is_past {
            true => ("reports-heat-cell", self.t.n("reports-contacts", of.arrived)),
            false => ("reports-heat-ahead-cell", decimal(self.t, of.expected)),
        };
        let when = format!("{} {hour:02}:00", self.t.t(&format!("weekday-{day}")));
        let values = [("when", when.into()), ("contacts", contacts.into()), ("people", decimal(self.t, people).into())];
        let mut title = self.t.with(key, values);
        if is_past && of.unattended > 0 {
            title = format!("{title}. {}", self.t.n("reports-heat-unattended", of.unattended));
        }
        Cell {
            x: NAMES.0 + f64::from(day) * CELL.0,
            y: NAMES.1 + f64::from(hour) * CELL.1,
            shade: if people > 0.0 { (people / self.most * SHADES).ceil().clamp(1.0, SHADES) as u8 } else { 0 },
            text,
            title,
            href: self.href(of.hour_of_week),
            is_unattended: if is_past { of.unattended > 0 } else { people == 0.0 && of.expected >= 0.05 },
        }
    }

    /// The contacts of the last such hour of the period; or who would get one in the next.
    fn href(&self, hour_of_week: u16) -> String {
        let zone = &self.period.zone;
        if self.view == HeatView::Ahead {
            let at = next(zone, self.now, hour_of_week).unwrap_or(self.now);
            // The form there is read by the clock of who looks, whatever the zone of the report.
            let at = Some(("at", times::minute(&self.viewer.zone, at)));
            let source = self.source.map(|id| ("source_id", id.to_string()));
            let pairs: Vec<_> = source.into_iter().chain(at).collect();
            return format!("/check?{}#who", serde_urlencoded::to_string(pairs).unwrap_or_default());
        }
        let end = self.period.to.min(self.now);
        let from = last(zone, end, hour_of_week).unwrap_or(self.period.from);
        let to = Timestamp(from.0 + 3_600_000_000);
        let of_hour = ReportPeriod { from: from.max(self.period.from), to: to.min(end.max(from)), zone: zone.clone() };
        contacts(&of_hour, self.source, None)
    }
}

/// The last beginning of an hour of the week before a moment.
fn last(zone: &TimeZone, before: Timestamp, hour_of_week: u16) -> Option<Timestamp> {
    let hour = begin_of_hour(zone, Timestamp(before.0.saturating_sub(1)))?;
    let back = i64::from((of_week(&hour) + 168 - hour_of_week) % 168);
    moved(&hour, -back, hour_of_week)
}

/// The next beginning of an hour of the week: the hour that goes on counts.
fn next(zone: &TimeZone, after: Timestamp, hour_of_week: u16) -> Option<Timestamp> {
    let hour = begin_of_hour(zone, after)?;
    let ahead = i64::from((hour_of_week + 168 - of_week(&hour)) % 168);
    let at = moved(&hour, ahead, hour_of_week)?;
    Some(at.max(after))
}

fn begin_of_hour(zone: &TimeZone, at: Timestamp) -> Option<Zoned> {
    let at = jiff::Timestamp::from_microsecond(at.0).ok()?.to_zoned(zone.clone());
    at.with().minute(0).second(0).subsec_nanosecond(0).build().ok()
}

fn of_week(at: &Zoned) -> u16 {
    u16::from(at.weekday().to_monday_zero_offset().unsigned_abs()) * 24 + u16::from(at.hour().unsigned_abs())
}

/// So many hours of the clock on the wall later, whatever clocks did meanwhile.
fn moved(hour: &Zoned, hours: i64, hour_of_week: u16) -> Option<Timestamp> {
    let wall = hour.datetime().checked_add(hours.hours()).ok()?;
    debug_assert_eq!(u16::from(wall.hour().unsigned_abs()), hour_of_week % 24);
    let at = wall.to_zoned(hour.time_zone().clone()).ok()?;
    Some(Timestamp(at.timestamp().as_microsecond()))
}

fn decimal(t: Texts, number: f64) -> String {
    let text = format!("{number:.1}");
    text.strip_suffix(".0").map(ToOwned::to_owned).unwrap_or(text).replace('.', &t.t("decimal-mark"))
}
