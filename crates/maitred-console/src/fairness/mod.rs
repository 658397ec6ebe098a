//! `/operators/{id}/account`: what an operator is owed on each source, what moved it in the last days, corrections, and
//! why the latest contacts went to somebody else. Operators see their own; supervisors correct it. What the figures
//! mean is in docs/fairness.md.

mod staircase;

use crate::ConsoleState;
use crate::actors;
use crate::forms::{Form, status, whole};
use crate::shell::{Page as Shell, Section, Viewer, see_other};
use crate::texts::Texts;
use crate::times;
use askama::Template;
use axum::extract::{RawQuery, State};
use axum::response::Response;
use maitred_app::auth::ActorNames;
use maitred_app::fairness::history::{AccountStep, history};
use maitred_app::fairness::reasons::{Reason, Reasons, reasons};
use maitred_app::fairness::standing::{self, Standing};
use maitred_app::fairness::{Account, AccountFigures, AccountLine, account};
use maitred_core::command::CorrectAccount;
use maitred_core::correction::Correction;
use maitred_core::{Command, Operator, OperatorId, SourceId, Timestamp, limits};
use maitred_store::views::{CorrectionFilter, Page};
use maitred_web::AppState;
use maitred_web::caller::caller;
use maitred_web::params::{self, Ids};
use maitred_web::problem::Problem;
use maitred_web::problem::refusals::{IN_PATH, unknown};
use maitred_web::routes::Routes;
use maitred_web::rules::{May, STAFF, own};
use staircase::Staircase;

/// Of how many days the balance is shown.
const DAYS: i64 = 7;
const DAY_MICROS: i64 = 86_400_000_000;
/// The most steps that are named.
const STEPS_NAMED: usize = 10;
/// The most corrections that are shown.
const CORRECTIONS_SHOWN: u32 = 20;
/// Of how many contacts it is said why somebody else got them.
const CONTACTS_SHOWN: u32 = 20;

pub(super) fn routes() -> Routes<ConsoleState> {
    Routes::new().get("/operators/{id}/account", own(May::OwnOperator), show).post(
        "/operators/{id}/account",
        STAFF,
        correct,
    )
}

async fn show(
    viewer: Viewer,
    State(state): State<AppState>,
    Ids([id]): Ids<1>,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let form = Form::of_query(&query.unwrap_or_default());
    show_with(&viewer, &state, OperatorId(id), &form).await
}

async fn correct(
    viewer: Viewer,
    State(state): State<AppState>,
    Ids([id]): Ids<1>,
    mut form: Form,
) -> Result<Response, Problem> {
    let t = viewer.t;
    let source = form.read(t, "source_id", "rule-choice", params::id).map(SourceId);
    let amount = form.read(t, "amount", "rule-correction-amount", |text| limits::correction_amount(whole(text)?));
    let reason = form.read(t, "reason", "rule-correction-reason", limits::correction_reason);
    if let (Some(source), Some(amount), Some(reason)) = (source, amount, reason) {
        let command = Command::CorrectAccount(CorrectAccount { source, operator: OperatorId(id), amount, reason });
        match state.send_once(command, form.key(), IN_PATH).await {
            Ok(_) => return see_other(&format!("/operators/{id}/account?source_id={source}")),
            Err(problem) => form.refuse(t, problem)?,
        }
    }
    show_with(&viewer, &state, OperatorId(id), &form).await
}

async fn show_with(viewer: &Viewer, state: &AppState, id: OperatorId, form: &Form) -> Result<Response, Problem> {
    let store = state.store();
    let operator = store.operator(id).await?.ok_or_else(|| unknown("operator", &id))?;
    let account = account(store, id, None).await?;
    let asked = params::id(form.value("source_id")).ok().map(SourceId);
    let line = account.lines.iter().find(|line| asked.is_none_or(|asked| asked == line.source_id));
    let of_source = match line {
        Some(line) => Some(OfSource::read(viewer, state, line).await?),
        None => None,
    };
    let page = viewer.page(viewer.t.of("balance-title", &operator.name), Section::Operators);
    let page = page.live(&format!("/live/changes?operator_id={id}"));
    let sees_all = viewer.own_operator().is_none();
    let corrects = sees_all && !viewer.only_reads();
    let shown = AccountPage { page, form, operator: &operator, account: &account, of_source, sees_all, corrects };
    viewer.show_as(status(form), &shown)
}

/// What is shown of one source.
struct OfSource<'a> {
    line: &'a AccountLine,
    stairs: Staircase,
    /// Those that moved the balance most, the largest first.
    steps: Vec<AccountStep>,
    corrections: Vec<Correction>,
    names: ActorNames,
    reasons: Reasons,
    standings: Vec<Standing>,
}

impl<'a> OfSource<'a> {
    async fn read(viewer: &Viewer, state: &AppState, line: &'a AccountLine) -> Result<Self, Problem> {
        let (store, now, id, operator) = (state.store(), viewer.now, line.source_id, line.operator_id);
        let source = store.source(id).await?.ok_or_else(|| unknown("source", &id))?;
        let from = Timestamp(now.0.saturating_sub(DAYS * DAY_MICROS));
        let past = history(store, operator, id, [from, Timestamp(i64::MAX)]).await?;
        let filter = CorrectionFilter { source: Some(id), operator: Some(operator) };
        let corrections = store.corrections(filter, Page { limit: CORRECTIONS_SHOWN, after: None }).await?;
        let names = state.access().names_of(corrections.iter().map(|it| it.author)).await?;
        let reasons = reasons(store, operator, &source, [from, now], &caller()?).await?;
        let standings = standing::latest(store, operator, &source, CONTACTS_SHOWN, &caller()?).await?;
        let stairs = Staircase::new(&past, from, now, line.figures.balance);
        let mut steps = past.steps;
        steps.sort_by(|a, b| b.change.abs().total_cmp(&a.change.abs()));
        steps.truncate(STEPS_NAMED);
        Ok(Self { line, stairs, steps, corrections, names, reasons, standings })
    }
}

#[derive(Template)]
#[template(path = "fairness/account.html")]
struct AccountPage<'a> {
    page: Shell<'a>,
    form: &'a Form,
    operator: &'a Operator,
    account: &'a Account,
    /// None of who serves no source and never did.
    of_source: Option<OfSource<'a>>,
    /// Whether the viewer may see all contacts.
    sees_all: bool,
    /// Whether the viewer may correct it.
    corrects: bool,
}

impl AccountPage<'_> {
    fn t(&self) -> Texts {
        self.page.t
    }

    /// A number of contacts, with two digits of a part.
    fn contacts(&self, number: &f64) -> String {
        decimal(self.t(), *number, "")
    }

    /// The same with a sign.
    fn change(&self, number: &f64) -> String {
        decimal(self.t(), *number, "+")
    }

    /// As many below zero.
    fn below(&self, number: &f64) -> String {
        decimal(self.t(), -number, "")
    }

    fn signed(&self, number: &i64) -> String {
        let sign = if *number > 0 { "+" } else { "" };
        format!("{sign}{number}").replace('-', "\u{2212}")
    }

    /// What the balance means, in a sentence.
    fn verdict(&self, figures: &AccountFigures) -> String {
        match figures.balance {
            balance if balance >= 0.5 => self.t().of("balance-is-owed", &self.contacts(&balance)),
            balance if balance <= -0.5 => self.t().of("balance-is-ahead", &self.contacts(&-balance)),
            _ => self.t().t("balance-is-even"),
        }
    }

    fn is_here(&self, source: &SourceId) -> bool {
        self.of_source.as_ref().is_some_and(|of| of.line.source_id == *source)
    }

    fn moment(&self, at: &Timestamp) -> String {
        times::moment(&self.page.viewer.zone, *at)
    }

    fn author(&self, of: &OfSource<'_>, correction: &Correction) -> String {
        actors::actor(self.t(), correction.author, &of.names)
    }

    /// The contacts that arrived in the half hour of a step.
    fn contacts_of(&self, of: &OfSource<'_>, step: &AccountStep) -> String {
        let until = Timestamp(step.from.0.0.saturating_add(maitred_core::world::PERIOD_STEP_MICROS));
        let moments = [step.from.0, until].map(maitred_store::clock::rfc3339);
        let [after, before] = moments;
        let source = of.line.source_id.to_string();
        let pairs = [("created_after", after), ("created_before", before), ("source_id", source)];
        format!("/contacts?{}", serde_urlencoded::to_string(pairs).unwrap_or_default())
    }

    /// What moved the balance in a step.
    fn because(&self, step: &AccountStep) -> String {
        let t = self.t();
        let figures = &step.figures;
        let mut parts = Vec::new();
        if figures.received > 0 {
            parts.push(t.n("balance-received-n", figures.received));
        }
        if figures.adjusted != 0 {
            parts.push(t.of("balance-adjusted-n", &self.signed(&figures.adjusted)));
        }
        if figures.refunded != 0 {
            parts.push(t.of("balance-refunded-n", &self.signed(&figures.refunded)));
        }
        if figures.entitled.abs() >= 0.005 {
            parts.push(t.of("balance-entitled-n", &self.contacts(&figures.entitled)));
        }
        parts.join(" · ")
    }

    /// A reason in few words.
    fn reason(&self, reason: &Reason) -> String {
        self.t().t(&format!("reason-{}", reason.why.replace('_', "-")))
    }

    /// Which part of all decisions, in percent.
    fn part(&self, of: &OfSource<'_>, reason: &Reason) -> String {
        format!("{:.1}", reason.decisions as f64 / of.reasons.decisions().max(1) as f64 * 100.0)
    }

    /// Of how many contacts the reasons are.
    fn reasons_of(&self, of: &OfSource<'_>) -> String {
        let key = if of.reasons.since.is_some() { "balance-reasons-cut" } else { "balance-reasons-about" };
        self.t().n(key, of.reasons.contacts)
    }

    /// Why the operator did not get a contact, in a sentence.
    fn why(&self, standing: &Standing) -> String {
        let t = self.t();
        let (Some(own), other) = (&standing.own, standing.other.as_ref()) else {
            return t.t(&format!("standing-{}", standing.why.replace('_', "-")));
        };
        match (standing.why, other) {
            ("drawn", _) => self.drawn(standing),
            ("less_owed", Some(other)) => t.with(
                "standing-less-owed",
                [("own", self.contacts(&own.owed).into()), ("other", self.contacts(&other.owed).into())],
            ),
            ("higher_load", Some(other)) => t.with(
                "standing-higher-load",
                [
                    ("load", own.load.into()),
                    ("most", own.max_load.into()),
                    ("other_load", other.load.into()),
                    ("other_most", other.max_load.into()),
                ],
            ),
            ("full", _) => t.with("standing-full", [("load", own.load.into()), ("most", own.max_load.into())]),
            (why, _) => t.t(&format!("standing-{}", why.replace('_', "-"))),
        }
    }

    fn drawn(&self, standing: &Standing) -> String {
        let t = self.t();
        let own = standing.own.and_then(|own| Some((own.draw_first?, own.draw_last?)));
        let (Some(point), Some(total), Some((first, last))) = (standing.draw_point, standing.draw_total, own) else {
            return t.t("standing-got-it");
        };
        let numbers = |first: u64, last: u64| format!("{}–{}", t.number(first), t.number(last));
        t.with(
            "standing-drawn",
            [
                ("point", t.number(point).into()),
                ("all", numbers(0, total - 1).into()),
                ("own", numbers(first, last).into()),
            ],
        )
    }
}

fn decimal(t: Texts, number: f64, plus: &str) -> String {
    let text = format!("{:.2}", number.abs());
    let sign = match number {
        _ if text == "0.00" => "",
        number if number < 0.0 => "\u{2212}",
        _ => plus,
    };
    format!("{sign}{}", text.replace('.', &t.t("decimal-mark")))
}
