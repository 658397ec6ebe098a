//! Weights as cells to be typed into, each with the target share that it comes to; and what was received in a period,
//! beside what was entitled in it.
//! And the way back: what was typed, as the table of a source.

use crate::forms::{Form, whole};
use crate::pauses;
use crate::texts::Texts;
use maitred_app::stats::{Distribution, OperatorShare};
use maitred_app::version::{Precondition, Subject, Version};
use maitred_core::{Command, Operator, OperatorId, Rejection, limits};
use maitred_store::views::SourceBook;
use maitred_web::AppState;
use maitred_web::problem::{Problem, kinds};
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

/// What every field of a weight is called, before the id of its operator.
const PREFIX: &str = "weight-";

/// The weight of one operator on one source.
pub(super) struct Cell {
    pub(super) operator: OperatorId,
    pub(super) name: Arc<str>,
    pub(super) is_active: bool,
    /// What stands in the field: the stored weight, or what was typed.
    pub(super) value: String,
    /// The stored weight.
    pub(super) stored: String,
    /// What is wrong with it.
    pub(super) error: Option<String>,
    /// Whether the operator serves the source, as stored.
    pub(super) is_member: bool,
    pub(super) share: Share,
}

/// Shares of one operator as a page shows them.
#[derive(Default)]
pub(super) struct Share {
    /// The part of the stored weights, in words; empty if the operator does not serve the source.
    pub(super) target: String,
    /// The part of all received contacts, in words; empty if there were none.
    pub(super) actual: String,
    pub(super) received: u64,
    /// Whether it says anything: who received nothing and was entitled to nothing has no bar.
    pub(super) is_any: bool,
    pub(super) entitled: String,
    /// The part of all received contacts that this is, in words; empty if there were none.
    pub(super) entitled_share: String,
    pub(super) difference: String,
    /// Between which numbers a fair draw leaves what is received, in words; empty where nothing is drawn.
    pub(super) chance: String,
    /// How much of the bar the received share fills, in percent.
    pub(super) filled: f64,
    /// Where on the bar the entitled share is, in percent.
    pub(super) mark: Option<f64>,
    /// Where on the bar that is, and how long it is there, in percent.
    pub(super) band: Option<(f64, f64)>,
}

impl Share {
    /// `full` is the share that fills the whole bar.
    pub(super) fn new(t: Texts, share: &OperatorShare, total: u64, full: f64) -> Self {
        let part = |share: f64| if full > 0.0 { (share / full * 1e3).round() / 10.0 } else { 0.0 };
        let of_all = |share: f64| if total > 0 { percent(t, share) } else { String::new() };
        let is_any = share.received > 0 || share.entitled > 0.0;
        let bounds = share.low.zip(share.high).filter(|_| is_any);
        let at = |contacts: u64| part(contacts as f64 / total as f64).min(100.0);
        Self {
            target: share.weight.map(|_| percent(t, share.target_share)).unwrap_or_default(),
            actual: of_all(share.actual_share),
            received: share.received,
            is_any,
            entitled: decimal(t, share.entitled, 1),
            entitled_share: of_all(share.entitled_share),
            difference: signed(t, share.difference),
            chance: bounds.map(|(low, high)| range(t, low, high)).unwrap_or_default(),
            filled: part(share.actual_share),
            mark: is_any.then(|| part(share.entitled_share)),
            band: bounds.map(|(low, high)| (at(low), at(high) - at(low))),
        }
    }
}

/// A cell for each of the operators, with what was typed if a form says so.
pub(super) fn cells(t: Texts, figures: &Distribution, operators: &[Operator], typed: Option<&Form>) -> Vec<Cell> {
    let shares: HashMap<OperatorId, &OperatorShare> = figures.operators.iter().map(|s| (s.operator_id, s)).collect();
    let full = full(figures);
    let cell = |operator: &Operator| {
        let share = shares.get(&operator.id);
        let stored = share.and_then(|share| share.weight);
        let field = format!("{PREFIX}{}", operator.id);
        let stored_text = stored.map(|weight| weight.to_string()).unwrap_or_default();
        Cell {
            operator: operator.id,
            name: operator.name.clone(),
            is_active: pauses::is_on(operator),
            value: typed.map_or(stored_text.as_str(), |form| form.value_or(&field, &stored_text)).to_owned(),
            stored: stored_text,
            error: typed.and_then(|form| form.error(&field)).map(ToOwned::to_owned),
            is_member: stored.is_some(),
            share: share.map(|share| Share::new(t, share, figures.received_total, full)).unwrap_or_default(),
        }
    };
    operators.iter().map(cell).collect()
}

/// Says that nobody gets contacts of a source by its stored weights, if that is so.
pub(super) fn nobody(t: Texts, book: &SourceBook) -> Option<String> {
    match &book.members[..] {
        [] => Some(t.t("weights-empty")),
        members => members.iter().all(|(_, weight)| *weight == 0).then(|| t.t("weights-zero")),
    }
}

/// The largest share of a source: bars are drawn against it, so that they can be told apart among many.
pub(super) fn full(figures: &Distribution) -> f64 {
    figures.operators.iter().map(|share| share.actual_share.max(share.entitled_share)).fold(0.0, f64::max)
}

/// The rows that were typed; an empty field leaves its operator out.
pub fn read(t: Texts, form: &mut Form) -> Option<BTreeMap<OperatorId, u32>> {
    let filled = form.beginning(PREFIX).filter(|(_, text)| !text.trim().is_empty());
    let ids: Vec<i64> = filled.filter_map(|(id, _)| id.parse().ok()).collect();
    let row = |id: i64| {
        let weight = form.read(t, &format!("{PREFIX}{id}"), "rule-weight", |text| limits::weight(whole(text)?))?;
        Some((OperatorId(id), weight))
    };
    let rows: Vec<_> = ids.into_iter().map(row).collect();
    rows.into_iter().collect()
}

/// Replaces the table of a source by what was typed. Members whom the form does not mention, because they stand on
/// another page of it or came after it was made, stay as they are. Gives whether it was saved; if not, the form says
/// why.
///
/// # Errors
/// A problem that no change of the form would fix.
pub(super) async fn save(state: &AppState, t: Texts, book: &SourceBook, form: &mut Form) -> Result<bool, Problem> {
    for (operator, weight) in typed(form, book) {
        form.rebase(t, &format!("{PREFIX}{operator}"), &weight);
    }
    let Some(mut rows) = read(t, form).filter(|_| form.is_fine()) else { return Ok(false) };
    let is_asked = |id: OperatorId| form.is_ticked(&format!("{PREFIX}{id}"));
    let unasked = book.members.iter().filter(|(operator, _)| !is_asked(operator.id));
    rows.extend(unasked.map(|(operator, weight)| (operator.id, *weight)));
    let command = Command::ReplaceWeights(book.source.id, rows.into_iter().collect());
    let version = Version::of_weights(book.members.iter().map(|(operator, weight)| (operator.id, *weight)));
    let unchanged = Precondition::of(Subject::Weights(book.source.id), version);
    match state.send_if(Some(unchanged), command, &operator_in_body).await {
        Ok(_) => return Ok(true),
        Err(problem) if problem.kind.name == kinds::UNKNOWN_REFERENCE.name => {
            form.fail("weights", t.t("weights-gone"));
        }
        Err(problem) => form.refuse(t, problem)?,
    }
    Ok(false)
}

/// The operators of a form, each with the weight that is stored now.
fn typed(form: &Form, book: &SourceBook) -> Vec<(OperatorId, String)> {
    let stored: HashMap<OperatorId, u32> =
        book.members.iter().map(|(operator, weight)| (operator.id, *weight)).collect();
    let ids = form.beginning(PREFIX).filter_map(|(id, _)| id.parse().ok()).map(OperatorId);
    ids.map(|id| (id, stored.get(&id).map(u32::to_string).unwrap_or_default())).collect()
}

fn operator_in_body(rejection: &Rejection) -> Option<String> {
    match rejection {
        Rejection::UnknownOperator(id) => Some(format!("/{PREFIX}{id}")),
        _ => None,
    }
}

/// A share: `33.3%`.
pub(crate) fn percent(t: Texts, share: f64) -> String {
    t.of("percent", &decimal(t, share * 100.0, 1))
}

/// A number with at most this many places.
pub(super) fn decimal(t: Texts, number: f64, places: usize) -> String {
    let text = format!("{:.places$}", number.abs());
    let (whole, rest) = text.split_once('.').unwrap_or((&text, ""));
    let rest = rest.trim_end_matches('0');
    let sign = if number < 0.0 && text.contains(|c: char| ('1'..='9').contains(&c)) { "\u{2212}" } else { "" };
    let whole = whole.parse::<u64>().map_or_else(|_| whole.to_owned(), |whole| t.number(whole));
    if rest.is_empty() { format!("{sign}{whole}") } else { format!("{sign}{whole}{}{rest}", t.t("decimal-mark")) }
}

/// Two numbers and what is between them: `19–30`.
fn range(t: Texts, low: u64, high: u64) -> String {
    format!("{}–{}", t.number(low), t.number(high))
}

fn signed(t: Texts, number: f64) -> String {
    let text = decimal(t, number, 1);
    if number > 0.0 && text != "0" { format!("+{text}") } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::texts::Lang;
    use rstest::rstest;

    #[rstest]
    #[case(1.0 / 3.0, "33.3%", "33,3\u{a0}%")]
    #[case(0.75, "75%", "75\u{a0}%")]
    #[case(0.0, "0%", "0\u{a0}%")]
    fn a_share_is_spelled_as_the_script_spells_it(#[case] share: f64, #[case] english: &str, #[case] russian: &str) {
        assert_eq!(percent(Texts(Lang::En), share), english);
        assert_eq!(percent(Texts(Lang::Ru), share), russian);
    }

    #[rstest]
    #[case(12_345.67, "+12,345.7")]
    #[case(-0.04, "0")]
    #[case(-1.26, "\u{2212}1.3")]
    fn a_difference_has_a_sign(#[case] number: f64, #[case] expected: &str) {
        assert_eq!(signed(Texts(Lang::En), number), expected);
    }

    #[test]
    fn an_empty_field_leaves_its_operator_out_and_a_wrong_one_says_so() {
        let sent = |second: &str| {
            Form::filled(
                [("weight-1", "1 000"), ("weight-2", second), ("weight-3", " ")]
                    .map(|(name, value)| (name.to_owned(), value.to_owned())),
            )
        };
        let rows = read(Texts(Lang::En), &mut sent("0"));
        assert_eq!(rows, Some(BTreeMap::from([(OperatorId(1), 1_000), (OperatorId(2), 0)])));
        let mut wrong = sent("-1");
        assert_eq!(read(Texts(Lang::En), &mut wrong), None);
        assert!(wrong.error("weight-2").is_some() && wrong.error("weight-1").is_none());
    }
}
