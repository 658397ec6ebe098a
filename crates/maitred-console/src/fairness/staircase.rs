//! The balance of the last days as a line of steps, drawn as SVG: it needs no script, and stretches to any width.

use maitred_app::fairness::history::History;
use maitred_core::Timestamp;

/// The size of the drawing.
const WIDTH: f64 = 700.0;
const HEIGHT: f64 = 120.0;
/// The least that the scale reaches, up and down: one contact.
const REACH_MIN: f64 = 1.0;

/// See the module.
pub(super) struct Staircase {
    /// The path of the line.
    pub(super) line: String,
    /// The same down to the line of zero.
    pub(super) area: String,
    /// Where zero is.
    pub(super) zero: String,
    /// What the scale reaches, up and down, in contacts.
    pub(super) reach: f64,
}

impl Staircase {
    /// The balance from `from` until now; `last` is what it is now.
    pub(super) fn new(past: &History, from: Timestamp, now: Timestamp, last: f64) -> Self {
        let first = past.steps.first().map_or(last, |_| past.before);
        let balances = past.steps.iter().map(|step| step.figures.balance);
        let reach = balances.chain([first, last]).map(f64::abs).fold(REACH_MIN, f64::max);
        let span = now.0.saturating_sub(from.0).max(1) as f64;
        let x = |at: i64| (at.saturating_sub(from.0) as f64 / span).clamp(0.0, 1.0) * WIDTH;
        let y = |balance: f64| HEIGHT / 2.0 - balance / reach * (HEIGHT / 2.0 - 2.0);
        let mut line = format!("M0 {:.1}", y(first));
        for step in &past.steps {
            line.push_str(&format!("H{:.1}V{:.1}", x(step.from.0.0), y(step.figures.balance)));
        }
        line.push_str(&format!("H{WIDTH:.1}"));
        let zero = y(0.0);
        let area = format!("{line}V{zero:.1}H0Z");
        Self { line, area, zero: format!("{zero:.1}"), reach }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use maitred_app::fairness::AccountFigures;
    use maitred_app::fairness::history::AccountStep;
    use maitred_store::clock::Rfc3339;

    fn step(at: i64, change: f64, balance: f64) -> AccountStep {
        let figures = AccountFigures { balance, ..AccountFigures::default() };
        AccountStep { from: Rfc3339(Timestamp(at)), change, figures }
    }

    #[test]
    fn each_step_is_where_it_happened_and_as_high_as_the_balance() {
        let past = History { before: 1.0, steps: vec![step(50, -2.0, -1.0), step(75, 3.0, 2.0)] };
        let stairs = Staircase::new(&past, Timestamp(0), Timestamp(100), 2.0);
        assert_eq!(stairs.line, "M0 31.0H350.0V89.0H525.0V2.0H700.0");
        assert_eq!((stairs.zero.as_str(), stairs.reach), ("60.0", 2.0));
        assert_eq!(stairs.area, format!("{}V60.0H0Z", stairs.line));
    }

    #[test]
    fn without_a_step_the_line_is_what_it_is_now() {
        let stairs = Staircase::new(&History::default(), Timestamp(0), Timestamp(100), 0.0);
        assert_eq!((stairs.line.as_str(), stairs.reach), ("M0 60.0H700.0", 1.0));
    }
}
