//! Why a contact went where it went: one decision as maitred-core takes it apart, in the reader's language, with
//! everybody who was considered in the order in which the policy considered them.

use crate::contacts::line::{Line, numbers};
use crate::shell::Viewer;
use crate::texts::Texts;
use crate::times;
use askama::Template;
use jiff::tz::TimeZone;
use maitred_app::explained::Names;
use maitred_core::decision::{Cause, Decision, Replay};
use maitred_core::explain::{Explanation, Weighed, explain};
use maitred_core::policy::{Choice, Policy, ranking};
use maitred_core::pool::{Ineligibility, Pool};
use maitred_core::{OperatorId, Timestamp};
use maitred_store::views::Link;
use std::collections::BTreeMap;
use std::ops::Range;

/// The most candidates who are all shown.
const CANDIDATES_SHOWN_MAX: usize = 20;
/// How many neighbours of the picked one are shown of more, on either side.
const NEIGHBOURS: usize = 3;

/// A decision, explained.
#[derive(Template)]
#[template(path = "contacts/decisions/decision.html")]
pub struct Why {
    t: Texts,
    /// Its place in the chain.
    pub seq: u32,
    /// Whose.
    pub contact: i64,
    /// The policy; none where a person chose.
    pub policy: Option<String>,
    /// A sentence each, the most important first.
    pub words: Vec<String>,
    line: Option<Line>,
    candidates: Option<Candidates>,
    replay: Verdict,
}

/// Everybody who was considered, or those of them who are shown.
struct Candidates {
    /// What the policy went by, as the name of a column.
    figure: Option<String>,
    rows: Vec<Row>,
    /// How many there were.
    all: usize,
    /// How many could take it, and how many could not for which reason; of many only.
    summary: Vec<String>,
    /// Whether somebody is not shown.
    is_cut: bool,
}

struct Row {
    name: String,
    weight: String,
    share: String,
    load: String,
    figure: Option<Figure>,
    out: Option<String>,
    picked: bool,
}

/// What the policy went by.
struct Figure {
    text: String,
    /// The same as a bar: where it begins and how long it is, in percent.
    bar: Option<(String, String)>,
}

/// What computing it again gave.
struct Verdict {
    matches: bool,
    head: String,
    about: String,
}

/// Which candidates are shown.
#[derive(Clone)]
pub enum Shown {
    /// All, or of many those near the picked one.
    Near,
    /// These, by their places in the order of the policy.
    Places(Range<usize>),
}

impl Why {
    /// Explains a decision.
    #[must_use]
    pub fn new(viewer: &Viewer, link: &Link, names: &Names, shown: &Shown) -> Self {
        let t = viewer.t;
        let decision = &link.decision;
        let name = |id: OperatorId| {
            names.get(&id).map_or_else(|| t.n("operator-number", id.0), std::string::ToString::to_string)
        };
        let pool = link.pool.as_ref().and_then(|pool| pool.as_ref().ok()).filter(|_| !decision.cause.by_hand());
        let explanation = explain(decision, pool, &name);
        let teller = Teller { t, zone: &viewer.zone, decision, pool, explanation: &explanation, name: &name };
        let words = teller.words();
        let line = explanation.line.as_ref().filter(|line| line.parts.len() > 1);
        Self {
            t,
            seq: decision.seq,
            contact: decision.contact.0,
            policy: (!decision.cause.by_hand()).then(|| policy(t, decision.rule.policy)),
            line: line.map(|line| Line::new(t, line, &name, words[0].clone())),
            candidates: pool.filter(|pool| !pool.candidates().is_empty()).map(|pool| teller.candidates(pool, shown)),
            replay: teller.verdict(),
            words,
        }
    }

    /// How many candidates there were.
    #[must_use]
    pub fn all(&self) -> usize {
        self.candidates.as_ref().map_or(0, |candidates| candidates.all)
    }
}

/// The name of a policy.
#[must_use]
pub fn policy(t: Texts, policy: Policy) -> String {
    t.t(&format!("policy-{}", policy.as_str().replace('_', "-")))
}

/// What made a decision necessary.
#[must_use]
pub fn cause(t: Texts, cause: Cause) -> String {
    t.t(&format!("cause-{}", cause.as_str().replace('_', "-")))
}

/// Puts one decision into words and rows.
struct Teller<'a> {
    t: Texts,
    zone: &'a TimeZone,
    decision: &'a Decision,
    /// None when a person chose, or the record cannot be read.
    pool: Option<&'a Pool>,
    explanation: &'a Explanation,
    name: &'a dyn Fn(OperatorId) -> String,
}

impl Teller<'_> {
    fn words(&self) -> Vec<String> {
        let mut words = vec![self.reason()];
        if self.pool.is_some() && !matches!(self.decision.cause, Cause::SourceClosed | Cause::SourceCapped) {
            words.extend(self.tie());
            words.extend(self.preferred());
            words.extend(self.avoided());
            words.extend(self.passed_over());
        }
        words
    }

    fn reason(&self) -> String {
        let (t, decision) = (self.t, self.decision);
        match (decision.cause, self.pool, decision.outcome) {
            (Cause::TransferredByHand, ..) => t.t("why-by-hand"),
            (Cause::ForcedByHand, _, Some(to)) => t.of("why-by-force", &(self.name)(to)),
            (_, None, _) => t.t("why-record-lost"),
            // A reason is only given when recomputing leads to what is stored.
            _ if self.explanation.replay != Some(Replay::Matches) => t.t("why-doubtful"),
            (Cause::ArrivedBehindOthers, ..) => t.t("why-turn"),
            (Cause::Scheduled, ..) => t.t("why-scheduled"),
            (Cause::SourceClosed, ..) => self.until("why-closed", "why-closed-until"),
            (Cause::SourceCapped, ..) => self.until("why-by-cap", "why-by-cap-until"),
            (Cause::Reserved, ..) => t.t("why-reserved"),
            (_, Some(pool), None) if pool.candidates().is_empty() => t.t("why-nobody-serves"),
            (_, _, None) => t.t("why-nobody-free"),
            (_, Some(pool), Some(_)) => self.picked(pool),
        }
    }

    /// What was the matter with its source, and until when, if that was known.
    fn until(&self, what: &str, with_end: &str) -> String {
        let until = self.decision.until.map(|until| times::plain(self.zone, until));
        until.map_or_else(|| self.t.t(what), |until| self.t.of(with_end, &until))
    }

    /// Why the one who got it got it.
    fn picked(&self, pool: &Pool) -> String {
        let t = self.t;
        let choice = self.decision.choice(pool);
        let Some(picked) = choice.index().and_then(|index| self.explanation.candidates.get(index)) else {
            return t.t("why-doubtful");
        };
        let who = (self.name)(picked.operator);
        match (choice, self.decision.rule.policy) {
            (Choice::Preferred(_), _) if self.decision.cause == Cause::Reopened => t.of("why-had-it", &who),
            (Choice::Preferred(_), _) if self.decision.cause == Cause::Wanted => t.of("why-wanted", &who),
            (Choice::Preferred(_), _) => t.of("why-regular", &who),
            (Choice::Owed(_), _) => t.of("why-correction", &who),
            _ if self.eligible().count() == 1 => t.of("why-only", &who),
            (_, Policy::WeightedRandom) => self.drawn(&who),
            (_, Policy::SmoothWeighted) => {
                t.with("why-owed", [("it", who.into()), ("n", decimal(t, picked.owed).into())])
            }
            (_, Policy::LeastLoaded) => {
                let (load, most) = (i64::from(picked.load), i64::from(picked.max_load));
                t.with("why-load", [("it", who.into()), ("load", load.into()), ("most", most.into())])
            }
            (_, Policy::LongestIdle) => match self.idle(picked.last_assigned_at) {
                Some(idle) => t.with("why-idle", [("it", who.into()), ("span", times::span(t, idle).into())]),
                None => t.of("why-never", &who),
            },
        }
    }

    fn drawn(&self, who: &str) -> String {
        let line = self.explanation.line.as_ref();
        let part = line.and_then(|line| line.parts.iter().find(|part| part.last >= line.point));
        let Some((line, part)) = line.zip(part) else { return self.t.t("why-doubtful") };
        self.t.with(
            "why-drawn",
            [
                ("it", who.to_owned().into()),
                ("point", self.t.number(line.point).into()),
                ("all", numbers(self.t, 0, line.total - 1).into()),
                ("own", numbers(self.t, part.first, part.last).into()),
            ],
        )
    }

    /// Who else was as good, and what decided between them.
    fn tie(&self) -> Option<String> {
        let tied = self.explanation.tied.len();
        if tied > 1 {
            return Some(self.t.n("why-tie-seed", tied));
        }
        let picked = self.explanation.candidates.iter().find(|c| c.picked)?;
        let is_policy = matches!(self.decision.choice(self.pool?), Choice::Picked(_));
        let equal = |c: &&Weighed| match self.decision.rule.policy {
            Policy::SmoothWeighted => c.owed == picked.owed,
            Policy::LeastLoaded => {
                u64::from(c.load) * u64::from(picked.max_load) == u64::from(picked.load) * u64::from(c.max_load)
            }
            _ => false,
        };
        let equals: Vec<&Weighed> = self.eligible().filter(equal).collect();
        if !is_policy || equals.len() < 2 {
            return None;
        }
        let by_weight = self.decision.rule.policy == Policy::LeastLoaded
            && equals.iter().filter(|c| c.weight == picked.weight).count() == 1;
        Some(self.t.t(if by_weight { "why-tie-weight" } else { "why-tie-idle" }))
    }

    /// Why the one who was to get it did not.
    fn preferred(&self) -> Option<String> {
        let preferred = self.decision.rule.preferred.filter(|o| Some(*o) != self.decision.outcome)?;
        let who = (self.name)(preferred);
        let candidate = self.explanation.candidates.iter().find(|c| c.operator == preferred);
        let Some(candidate) = candidate else { return Some(self.t.of("why-preferred-gone", &who)) };
        let why = self.out(candidate)?;
        Some(self.t.with("why-preferred-out", [("it", who.into()), ("why", why.into())]))
    }

    fn avoided(&self) -> Option<String> {
        let back = self.decision.rule.avoided.filter(|o| Some(*o) == self.decision.outcome)?;
        Some(self.t.of("why-avoided", &(self.name)(back)))
    }

    /// For whom somebody else got it, who pays for it.
    fn passed_over(&self) -> Option<String> {
        Some(self.t.of("why-passed-over", &(self.name)(self.decision.rule.passed_over?)))
    }

    fn eligible(&self) -> impl Iterator<Item = &Weighed> {
        self.explanation.candidates.iter().filter(|c| c.ineligibility.is_none())
    }

    fn out(&self, candidate: &Weighed) -> Option<String> {
        candidate.ineligibility.map(|why| out(self.t, why))
    }

    /// How long somebody had been idle, in microseconds; `None` if they never had a contact.
    fn idle(&self, last: Option<Timestamp>) -> Option<i64> {
        last.map(|last| self.decision.at.0.saturating_sub(last.0).max(0))
    }

    fn candidates(&self, pool: &Pool, shown: &Shown) -> Candidates {
        let all = &self.explanation.candidates;
        let mut order = ranking(pool, &self.decision.rule).places;
        order.extend((0..all.len()).filter(|place| all[*place].ineligibility.is_some()));
        let places = match shown {
            Shown::Places(places) => places.start.min(order.len())..places.end.min(order.len()),
            Shown::Near if order.len() <= CANDIDATES_SHOWN_MAX => 0..order.len(),
            Shown::Near => {
                let picked = order.iter().position(|place| all[*place].picked).unwrap_or(0);
                picked.saturating_sub(NEIGHBOURS)..(picked + NEIGHBOURS + 1).min(order.len())
            }
        };
        let scale = self.scale();
        let rows: Vec<Row> = order[places].iter().map(|place| self.row(&all[*place], &scale)).collect();
        let is_cut = matches!(shown, Shown::Near) && rows.len() < order.len();
        Candidates {
            figure: self.figure_name(),
            all: order.len(),
            summary: if order.len() > CANDIDATES_SHOWN_MAX { self.summary() } else { Vec::new() },
            is_cut,
            rows,
        }
    }

    /// How many could take it, and how many could not for which reason.
    fn summary(&self) -> Vec<String> {
        let t = self.t;
        let mut counts: BTreeMap<Ineligibility, usize> = BTreeMap::new();
        let reasons = self.explanation.candidates.iter().filter_map(|c| c.ineligibility);
        reasons.for_each(|why| *counts.entry(why).or_default() += 1);
        let count = |name: String, n: usize| format!("{name}: {}", t.number(n));
        let eligible = count(t.t("candidates-eligible"), self.eligible().count());
        [eligible].into_iter().chain(counts.into_iter().map(|(why, n)| count(out(t, why), n))).collect()
    }

    fn row(&self, c: &Weighed, scale: &Scale) -> Row {
        let t = self.t;
        let is_in = c.ineligibility.is_none();
        Row {
            name: (self.name)(c.operator),
            weight: t.number(c.weight),
            share: if is_in { percent(t, c.share) } else { "—".to_owned() },
            load: format!("{} {}", t.number(c.load), t.n("load-of", c.max_load)),
            figure: is_in.then(|| self.figure(c, scale)).flatten(),
            out: self.out(c),
            picked: c.picked,
        }
    }

    fn figure_name(&self) -> Option<String> {
        Some(self.t.t(match self.decision.rule.policy {
            Policy::WeightedRandom if self.explanation.line.is_none() => return None,
            Policy::WeightedRandom => "candidates-numbers",
            Policy::SmoothWeighted => "candidates-owed",
            Policy::LeastLoaded => "candidates-filled",
            Policy::LongestIdle => "candidates-idle",
        }))
    }

    fn figure(&self, c: &Weighed, scale: &Scale) -> Option<Figure> {
        let t = self.t;
        let text = match self.decision.rule.policy {
            Policy::WeightedRandom => {
                let parts = &self.explanation.line.as_ref()?.parts;
                let at = parts.binary_search_by_key(&c.operator, |part| part.operator).ok()?;
                return Some(Figure { text: numbers(t, parts[at].first, parts[at].last), bar: None });
            }
            Policy::SmoothWeighted => decimal(t, c.owed),
            Policy::LeastLoaded => percent(t, self.measure(c)?),
            Policy::LongestIdle => match self.idle(c.last_assigned_at) {
                Some(idle) => times::span(t, idle),
                None => t.t("candidates-never"),
            },
        };
        Some(Figure { text, bar: self.measure(c).map(|measure| scale.bar(measure)).or_else(|| Some(scale.whole())) })
    }

    /// What the policy compared, as a number; `None` where it is beyond all numbers.
    fn measure(&self, c: &Weighed) -> Option<f64> {
        match self.decision.rule.policy {
            Policy::WeightedRandom => None,
            Policy::SmoothWeighted => Some(c.owed),
            Policy::LeastLoaded => Some(f64::from(c.load) / f64::from(c.max_load.max(1))),
            Policy::LongestIdle => self.idle(c.last_assigned_at).map(|idle| idle as f64),
        }
    }

    fn scale(&self) -> Scale {
        let measures = || self.eligible().filter_map(|c| self.measure(c));
        let full = if self.decision.rule.policy == Policy::LeastLoaded { 1.0 } else { 0.0 };
        Scale { least: measures().fold(0.0, f64::min), most: measures().fold(full, f64::max) }
    }

    fn verdict(&self) -> Verdict {
        let t = self.t;
        let name = |outcome: Option<OperatorId>| outcome.map_or_else(|| t.t("replay-nobody"), self.name);
        if self.decision.cause.by_hand() {
            return Verdict { matches: true, head: t.t("replay-by-hand"), about: String::new() };
        }
        let (key, about) = match self.explanation.replay {
            Some(Replay::Matches) => ("replay-matches", self.recomputed(&name(self.decision.outcome))),
            Some(Replay::Differs(outcome)) => ("replay-differs", t.of("replay-differs-about", &name(outcome))),
            Some(Replay::UnknownAlgorithm(version)) => {
                ("replay-unknown", t.n("replay-unknown-about", i64::from(version)))
            }
            None => ("replay-unreadable", t.t("replay-unreadable-about")),
        };
        Verdict { matches: self.explanation.replay == Some(Replay::Matches), head: t.t(key), about }
    }

    /// What was computed again, from what.
    fn recomputed(&self, who: &str) -> String {
        let values = [
            ("n", self.explanation.candidates.len().into()),
            ("policy", policy(self.t, self.decision.rule.policy).into()),
            ("algorithm", i64::from(self.decision.algorithm).into()),
            ("seed", self.decision.seed.to_string().into()),
            ("it", who.to_owned().into()),
        ];
        self.t.with("replay-matches-about", values)
    }
}

/// Turns what a policy compared into bars.
struct Scale {
    least: f64,
    most: f64,
}

impl Scale {
    fn bar(&self, measure: f64) -> (String, String) {
        let place = |at: f64| if self.most > self.least { (at - self.least) / (self.most - self.least) } else { 0.0 };
        let (from, to) = (place(measure.min(0.0)) * 100.0, place(measure.max(0.0)) * 100.0);
        (format!("{from:.1}"), format!("{:.1}", to - from))
    }

    fn whole(&self) -> (String, String) {
        ("0".to_owned(), "100".to_owned())
    }
}

/// What kept somebody from getting a contact.
pub(super) fn out(t: Texts, why: Ineligibility) -> String {
    t.t(&format!("out-{}", why.as_str().replace('_', "-")))
}

fn percent(t: Texts, share: f64) -> String {
    let number = format!("{:.1}", share * 100.0);
    let number = number.strip_suffix(".0").unwrap_or(&number).replace('.', &t.t("decimal-mark"));
    t.of("percent", &number)
}

fn decimal(t: Texts, number: f64) -> String {
    format!("{number:.2}").replace('.', &t.t("decimal-mark")).replace('-', "\u{2212}")
}
