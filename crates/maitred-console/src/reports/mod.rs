//! `/reports`: what happened in a period, beside the period before. The period is chosen in a form, in days of a time
//! zone; charts are drawn here, in [`charts`], and every table is a file of the API as well. What the figures mean is
//! in docs/reports.md.

mod charts;
mod heat;
mod loads;

use crate::ConsoleState;
use crate::contacts::choices::Choices;
use crate::forms::{Form, status};
use crate::shell::{Page as Shell, Section, Viewer};
use crate::texts::Texts;
use crate::times;
use askama::Template;
use axum::extract::{RawQuery, State};
use axum::response::Response;
use charts::{ArrivalsChart, ShareBar};
use heat::{HeatMap, HeatView};
use jiff::ToSpan;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use loads::LoadsChart;
use maitred_app::periods;
use maitred_app::reports::{
    BucketSize, LOADS_DAYS_MAX, LoadsBy, OperatorWork, PeriodFigures, PeriodLoad, REPORT_DAYS_MAX, ReportPeriod,
    STAFFING_DAYS_MAX, Seconds, Share, Summary, arrivals, loads, loads_by_time, operators, shares, staffing, summary,
};
use maitred_core::limits::Invalid;
use maitred_core::{OperatorId, SourceId, Timestamp};
use maitred_web::AppState;
use maitred_web::params;
use maitred_web::problem::Problem;
use maitred_web::routes::Routes;
use maitred_web::rules::STAFF;

/// How often a screen on a wall shows new figures: every minute.
const WALL_MICROS: i64 = 60_000_000;
/// The days of the periods that are offered as links.
const DAYS: [i64; 3] = [7, 30, 365];

pub(super) fn routes() -> Routes<ConsoleState> {
    Routes::new().get("/reports", STAFF, show)
}

/// What an address asks for.
struct Asked {
    form: Form,
    period: ReportPeriod,
    source: Option<SourceId>,
    operator: Option<OperatorId>,
    heat: HeatView,
}

impl Asked {
    fn read(viewer: &Viewer, raw: &str) -> Self {
        let (t, mut form) = (viewer.t, Form::of_query(raw));
        let zone = form.read_if_given(t, "zone", "rule-zone", periods::zone).unwrap_or_else(|| viewer.zone.clone());
        let today = today(viewer, &zone);
        let from = form.read_if_given(t, "from", "rule-date", date);
        let to = form.read_if_given(t, "to", "rule-date", date).unwrap_or(today);
        let from = from.unwrap_or_else(|| to.saturating_sub(6.days()));
        let source = form.read_if_given(t, "source_id", "rule-choice", params::id).map(SourceId);
        let operator = form.read_if_given(t, "operator_id", "rule-choice", params::id).map(OperatorId);
        form.fill("from", || from.to_string());
        form.fill("to", || to.to_string());
        form.fill("zone", || zone.iana_name().unwrap_or("UTC").to_owned());
        let days = i64::from((to - from).get_days()) + 1;
        if days < 1 {
            form.fail("to", t.t("reports-to-before"));
        } else if days > REPORT_DAYS_MAX {
            form.fail("from", t.n("reports-too-long", REPORT_DAYS_MAX));
        }
        let (first, last) = if form.is_fine() { (from, to) } else { (today, today) };
        let heat = HeatView::of_word(form.value("heat"));
        Self { form, period: ReportPeriod::of_days(first, last, zone), source, operator, heat }
    }

    /// What narrows a call of the API down to the same.
    fn query(&self, period: &ReportPeriod, with_operator: bool) -> String {
        let [from, to] = [period.from, period.to].map(maitred_store::clock::rfc3339);
        let zone = period.zone.iana_name().unwrap_or("UTC").to_owned();
        let source = self.source.map(|id| ("source_id", id.to_string()));
        let operator = self.operator.filter(|_| with_operator).map(|id| ("operator_id", id.to_string()));
        let pairs = [("from", from), ("to", to), ("zone", zone)];
        let pairs: Vec<_> = pairs.into_iter().chain(source).chain(operator).collect();
        serde_urlencoded::to_string(pairs).unwrap_or_default()
    }
}

fn date(text: &str) -> Result<Date, Invalid> {
    text.trim().parse().map_err(|_| Invalid("is not a date such as 2025-11-26".to_owned()))
}

fn today(viewer: &Viewer, zone: &TimeZone) -> Date {
    jiff::Timestamp::from_microsecond(viewer.now.0).unwrap_or_default().to_zoned(zone.clone()).date()
}

/// `GET /reports`
async fn show(viewer: Viewer, State(state): State<AppState>, RawQuery(raw): RawQuery) -> Result<Response, Problem> {
    let asked = Asked::read(&viewer, &raw.unwrap_or_default());
    let (store, period) = (state.store(), &asked.period);
    let summary = summary(store, period, asked.source, asked.operator).await?;
    let by_day = arrivals(store, period, asked.source, BucketSize::Day).await?;
    // Of a long period the heat map is of its last days.
    let staffed = period.last_days(STAFFING_DAYS_MAX);
    let by_hour = staffing(store, &staffed, asked.source, viewer.now).await?;
    let shares = shares(store, period, asked.source, viewer.now).await?;
    let work = operators(store, period, asked.source).await?;
    let recent = period.last_days(LOADS_DAYS_MAX);
    let held = loads(store, &recent, asked.source, viewer.now).await?;
    let by_time = loads_by_time(store, &recent, asked.source, asked.operator, LoadsBy::Day, viewer.now).await?;
    let choices = Choices::read(&state).await?;
    let page = viewer.page(viewer.t.t("reports-title"), Section::Board);
    // Nobody asks for it again on a wall.
    let again = viewer.wall.then(|| Timestamp(viewer.now.0 + WALL_MICROS));
    let page = page.again_at(again);
    let shown = ReportsPage {
        chart: ArrivalsChart::new(viewer.t, &asked.period, asked.source, &by_day),
        heat: HeatMap::new(&viewer, &by_hour, asked.heat, &staffed, asked.source),
        staffed: &staffed,
        loads: LoadsChart::new(viewer.t, &by_time),
        held: &held,
        bars: charts::share_bars(&shares),
        shares: &shares,
        page,
        work: &work,
        asked: &asked,
        summary: &summary,
        choices: &choices,
    };
    viewer.show_as(status(&asked.form), &shown)
}

#[derive(Template)]
#[template(path = "reports/reports.html")]
struct ReportsPage<'a> {
    page: Shell<'a>,
    asked: &'a Asked,
    summary: &'a Summary,
    choices: &'a Choices,
    chart: ArrivalsChart,
    heat: HeatMap,
    /// The period of the heat map.
    staffed: &'a ReportPeriod,
    /// What was held day by day, of the last days of a long period.
    loads: LoadsChart,
    held: &'a [PeriodLoad],
    shares: &'a [Share],
    /// Of each share.
    bars: Vec<ShareBar>,
    work: &'a [OperatorWork],
}

/// A figure with its name, and what it was before.
struct Total {
    name: String,
    now: u64,
    before: Option<u64>,
    /// The contacts, where there is a list of just these.
    href: Option<String>,
}

/// Times of one kind, in words.
struct Speed {
    name: String,
    now: [String; 4],
    before: [String; 4],
}

impl ReportsPage<'_> {
    fn t(&self) -> Texts {
        self.page.t
    }

    /// The links to usual periods, each with its name and whether it is shown.
    fn links(&self) -> Vec<(String, String, bool)> {
        let zone = &self.asked.period.zone;
        let today = today(self.page.viewer, zone);
        let link = |days: i64| {
            let from = today.saturating_sub((days - 1).days());
            let period = ReportPeriod::of_days(from, today, zone.clone());
            let kept = ["zone", "source_id", "operator_id"].map(|name| (name, self.asked.form.value(name).to_owned()));
            let dates = [("from", from.to_string()), ("to", today.to_string())];
            let pairs: Vec<_> = dates.into_iter().chain(kept).filter(|(_, value)| !value.is_empty()).collect();
            let query = serde_urlencoded::to_string(pairs).unwrap_or_default();
            (format!("/reports?{query}"), self.t().n("reports-days", days), period == self.asked.period)
        };
        DAYS.map(link).into()
    }

    /// The links to both views of the heat map, each with its name and whether it is shown.
    fn heats(&self) -> Vec<(String, String, bool)> {
        let link = |view: HeatView, word: &str, key: &str| {
            let kept = ["from", "to", "zone", "source_id", "operator_id"];
            let kept = kept.map(|name| (name, self.asked.form.value(name).to_owned()));
            let pairs: Vec<_> = kept.into_iter().chain([("heat", word.to_owned())]).collect();
            let query =
                serde_urlencoded::to_string(pairs.iter().filter(|(_, value)| !value.is_empty()).collect::<Vec<_>>());
            (format!("/reports?{}#heat", query.unwrap_or_default()), self.t().t(key), self.asked.heat == view)
        };
        vec![link(HeatView::Past, "", "reports-heat-past"), link(HeatView::Ahead, "ahead", "reports-heat-ahead")]
    }

    fn totals(&self) -> Vec<Total> {
        let t = self.t();
        let (now, before) = (&self.summary.period, &self.summary.before);
        let total = |name: String, of: fn(&PeriodFigures) -> u64| {
            let before = Some(of(before));
            Total { name, now: of(now), before, href: None }
        };
        let arrived = total(t.t("reports-arrived"), |it| it.arrived);
        let waiting = Total {
            name: t.t("reports-waiting-now"),
            now: self.summary.waiting_now,
            before: None,
            href: self.asked.operator.is_none().then(|| charts::waiting(self.asked.source)),
        };
        vec![
            Total { href: self.asked.operator.is_none().then(|| self.arrived()), ..arrived },
            total(t.t("reports-assigned"), |it| it.assigned),
            total(t.t("reports-resolved"), |it| it.resolved),
            total(t.t("reports-reopened"), |it| it.reopened),
            total(t.t("reports-overdue"), |it| it.overdue),
            waiting,
        ]
    }

    fn speeds(&self) -> Vec<Speed> {
        let t = self.t();
        let (now, before) = (&self.summary.period, &self.summary.before);
        let speed = |name: String, of: fn(&PeriodFigures) -> &Seconds| {
            let words = |times: &Seconds| [times.p50_s, times.p90_s, times.p95_s, times.max_s].map(|it| took(t, it));
            Speed { name, now: words(of(now)), before: words(of(before)) }
        };
        vec![
            speed(t.t("reports-to-assign"), |it| &it.time_to_assign),
            speed(t.t("reports-to-respond"), |it| &it.time_to_first_response),
            speed(t.t("reports-to-resolve"), |it| &it.time_to_resolve),
        ]
    }

    /// Whether anybody was offered anything.
    fn has_offers(&self) -> bool {
        self.work.iter().any(|it| it.offers_accepted + it.offers_declined + it.offers_expired > 0)
    }

    fn took(&self, seconds: &Option<f64>) -> String {
        took(self.t(), *seconds)
    }

    fn decimal(&self, number: &f64) -> String {
        format!("{number:.1}").replace('.', &self.t().t("decimal-mark"))
    }

    /// The contacts of an operator that arrived in the period.
    fn contacts_of(&self, operator: &OperatorId) -> String {
        charts::contacts(&self.asked.period, self.asked.source, Some(*operator))
    }

    fn has_source(&self, id: &SourceId) -> bool {
        self.asked.source == Some(*id)
    }

    fn has_operator(&self, id: &OperatorId) -> bool {
        self.asked.operator == Some(*id)
    }

    /// All contacts that arrived in the period.
    fn arrived(&self) -> String {
        charts::contacts(&self.asked.period, self.asked.source, None)
    }

    /// The period in words, as html: on a wall there is no form that says it.
    fn named_period(&self) -> String {
        let ReportPeriod { from, to, zone } = &self.asked.period;
        let last = Timestamp(to.0.saturating_sub(1).max(from.0));
        format!("{} – {}", times::day(zone, *from), times::day(zone, last))
    }

    /// A file of the API with the same figures.
    fn file(&self, report: &str) -> String {
        // Those of staffing have as many days as those of loads.
        let is_cut = report == "staffing" || report.starts_with("loads");
        let period = if is_cut { self.staffed } else { &self.asked.period };
        let with_operator = matches!(report, "summary" | "loads/by-time");
        format!("/api/v1/reports/{report}.csv?{}", self.asked.query(period, with_operator))
    }

    /// That the heat map is of the end of the period, if it is.
    fn is_cut(&self) -> Option<String> {
        let is_whole = *self.staffed == self.asked.period;
        (!is_whole).then(|| self.t().n("reports-heat-cut", STAFFING_DAYS_MAX))
    }

    /// Since when loads are known, if that is later than was asked for, as html.
    fn held_since(&self) -> Option<String> {
        let since = self.held.first()?.from.0;
        (since > self.staffed.from).then(|| times::moment(&self.asked.period.zone, since))
    }

    /// The limit of an operator; a dash if they were deleted.
    fn limit(&self, load: &PeriodLoad) -> String {
        load.max_load.map_or_else(|| "–".to_owned(), |limit| self.t().number(limit))
    }

    fn full_hours(&self, load: &PeriodLoad) -> String {
        load.full_hours.map_or_else(|| "–".to_owned(), |hours| self.decimal(&hours))
    }

    /// Whether hours full are known: of all sources together.
    fn has_limits(&self) -> bool {
        self.asked.source.is_none()
    }

    fn is_heat_ahead(&self) -> bool {
        self.heat.view == HeatView::Ahead
    }

    /// Up to when all is counted, if something is missing, as html.
    fn complete_to(&self) -> Option<String> {
        self.summary.complete_to.map(|at| times::moment(&self.asked.period.zone, at.0))
    }

    /// How exact percentiles are, if they are not exact.
    fn is_rounded(&self) -> bool {
        self.summary.period.percentile_error_max > 0.0
    }
}

/// A length of time in words; a dash where there is none.
fn took(t: Texts, seconds: Option<f64>) -> String {
    match seconds.map(|seconds| (seconds * 1e6) as i64) {
        None => "–".to_owned(),
        Some(0) => times::duration(t, 0),
        Some(micros) => times::span(t, micros),
    }
}
