//! The numbers of a weighted draw, drawn: who owned which part of them, and where the seed fell. Places are percentages
//! of the drawing's width, so it stretches to any width without its words being stretched. Of many parts those near the
//! drawn one are shown, the rest as one on either side, and a close-up below where they would be too small to see.

use crate::texts::Texts;
use askama::Template;
use maitred_core::OperatorId;
use maitred_core::explain::{NumberLine, Part};
use std::ops::Range;

/// The most parts that are all drawn.
const PARTS_MAX: usize = 20;
/// How many neighbours are drawn on either side of the drawn one, if not all are.
const NEIGHBOURS: usize = 3;
/// The narrowest part, in percent, that has its owner's name in it.
const NAMED_MIN: f64 = 9.0;
/// The same on a narrow screen.
const NAMED_NARROW_MIN: f64 = 22.0;
/// How many letters fit into a percent of the drawing, and of one on a narrow screen.
const CHARS_PER_PERCENT: f64 = 0.8;
const CHARS_PER_PERCENT_NARROW: f64 = 0.35;
/// The narrowest middle, in percent, that needs no close-up.
const MIDDLE_MIN: f64 = 20.0;
/// How near, in percent, the mark may be to an end for its number to stand centred above it.
const EDGE: f64 = 8.0;

/// The drawing.
#[derive(Template)]
#[template(path = "contacts/decisions/line.html")]
pub struct Line {
    t: Texts,
    strips: Vec<Strip>,
    /// In words, for those who do not see it.
    about: String,
}

/// A stretch of the numbers.
struct Strip {
    pieces: Vec<Piece>,
    first: String,
    last: String,
    point: String,
    /// Where the mark is.
    mark: String,
    /// Towards where its number is written.
    anchor: &'static str,
    is_close_up: bool,
}

struct Piece {
    x: String,
    width: String,
    /// Its owner, or how many own it.
    name: String,
    is_named: bool,
    /// Whether it may be wider than its part: then it is its end that is cut.
    is_long: bool,
    /// Whether its name would not fit on a narrow screen.
    is_short: bool,
    tone: &'static str,
    /// Its owner and numbers.
    title: String,
}

/// The numbers of one, or of several who are shown as one.
struct Stretch {
    name: String,
    first: u64,
    last: u64,
    tone: &'static str,
}

impl Line {
    /// Draws a line; `about` says the same in words.
    #[must_use]
    pub fn new(t: Texts, line: &NumberLine, name: &dyn Fn(OperatorId) -> String, about: String) -> Self {
        let drawn = line.parts.partition_point(|part| part.last < line.point);
        let shown = near(drawn, line.parts.len());
        let stretches = stretches(t, &line.parts, drawn, shown.clone(), name);
        let mut strips = vec![Strip::new(t, &stretches, line.point)];
        let middle = &stretches[usize::from(shown.start > 0)..];
        let middle = &middle[..shown.len().min(middle.len())];
        let numbers = middle.last().map_or(0, |last| last.last - middle[0].first + 1);
        if shown.len() < line.parts.len() && (numbers as f64) < line.total as f64 * MIDDLE_MIN / 100.0 {
            strips.push(Strip { is_close_up: true, ..Strip::new(t, middle, line.point) });
        }
        Self { t, strips, about }
    }
}

/// The places around `at` that are shown one by one.
fn near(at: usize, of: usize) -> Range<usize> {
    if of <= PARTS_MAX {
        return 0..of;
    }
    at.saturating_sub(NEIGHBOURS)..(at + NEIGHBOURS + 1).min(of)
}

fn stretches(
    t: Texts,
    parts: &[Part],
    drawn: usize,
    shown: Range<usize>,
    name: &dyn Fn(OperatorId) -> String,
) -> Vec<Stretch> {
    let rest = |parts: &[Part]| {
        let (first, last) = (parts.first()?, parts.last()?);
        Some(Stretch { name: t.n("line-others", parts.len()), first: first.first, last: last.last, tone: "rest" })
    };
    let one = |at: usize| {
        let tone = match at {
            _ if at == drawn => "drawn",
            _ if at.is_multiple_of(2) => "even",
            _ => "odd",
        };
        Stretch { name: name(parts[at].operator), first: parts[at].first, last: parts[at].last, tone }
    };
    let before = rest(&parts[..shown.start]);
    let behind = rest(&parts[shown.end..]);
    before.into_iter().chain(shown.map(one)).chain(behind).collect()
}

impl Strip {
    fn new(t: Texts, stretches: &[Stretch], point: u64) -> Self {
        let (first, last) = (stretches.first().map_or(0, |s| s.first), stretches.last().map_or(0, |s| s.last));
        let scale = Scale { first, numbers: (last - first + 1) as f64 };
        let mark = scale.middle_of(point);
        Self {
            pieces: stretches.iter().map(|stretch| Piece::new(t, stretch, &scale)).collect(),
            first: t.number(first),
            last: t.number(last),
            point: t.number(point),
            anchor: match mark {
                ..EDGE => "start",
                _ if mark > 100.0 - EDGE => "end",
                _ => "middle",
            },
            mark: percent(mark),
            is_close_up: false,
        }
    }
}

/// Turns numbers into places.
struct Scale {
    first: u64,
    numbers: f64,
}

impl Scale {
    fn start_of(&self, number: u64) -> f64 {
        (number - self.first) as f64 / self.numbers * 100.0
    }

    fn middle_of(&self, number: u64) -> f64 {
        ((number - self.first) as f64 + 0.5) / self.numbers * 100.0
    }
}

impl Piece {
    fn new(t: Texts, stretch: &Stretch, scale: &Scale) -> Self {
        let (from, to) = (scale.start_of(stretch.first), scale.start_of(stretch.last + 1));
        let is_short = to - from < NAMED_NARROW_MIN;
        let room = (to - from) * if is_short { CHARS_PER_PERCENT } else { CHARS_PER_PERCENT_NARROW };
        Self {
            x: percent(from),
            width: percent(to - from),
            is_named: to - from >= NAMED_MIN,
            is_short,
            is_long: stretch.name.chars().count() as f64 > room,
            title: format!("{}: {}", stretch.name, numbers(t, stretch.first, stretch.last)),
            name: stretch.name.clone(),
            tone: stretch.tone,
        }
    }
}

/// Numbers from one to another: `0–29`.
#[must_use]
pub fn numbers(t: Texts, first: u64, last: u64) -> String {
    if first == last { t.number(first) } else { format!("{}–{}", t.number(first), t.number(last)) }
}

fn percent(share: f64) -> String {
    format!("{share:.3}%")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::texts::Lang;

    fn line(weights: &[u64], point: u64) -> Line {
        let mut total = 0;
        let part = |(at, weight): (usize, &u64)| {
            let first = total;
            total += weight;
            Part { operator: OperatorId(at as i64 + 1), first, last: total - 1 }
        };
        let parts: Vec<Part> = weights.iter().enumerate().map(part).collect();
        Line::new(Texts(Lang::En), &NumberLine { parts, total, point }, &|id| format!("N{id}"), String::new())
    }

    fn drawn(strip: &Strip) -> Vec<&str> {
        strip.pieces.iter().filter(|piece| piece.tone == "drawn").map(|piece| piece.title.as_str()).collect()
    }

    #[test]
    fn everybody_has_as_much_of_the_line_as_of_the_weight() {
        let line = line(&[30, 10], 17);
        let widths: Vec<_> = line.strips[0].pieces.iter().map(|piece| (&*piece.x, &*piece.width)).collect();
        assert_eq!(widths, [("0.000%", "75.000%"), ("75.000%", "25.000%")]);
        assert_eq!((drawn(&line.strips[0]), line.strips.len()), (vec!["N1: 0–29"], 1));
        assert_eq!(line.strips[0].mark, "43.750%");
    }

    #[test]
    fn the_first_and_the_last_number_have_owners() {
        assert_eq!(drawn(&line(&[1, 5, 1], 0).strips[0]), ["N1: 0"]);
        assert_eq!(drawn(&line(&[1, 5, 1], 6).strips[0]), ["N3: 6"]);
    }

    #[test]
    fn of_many_the_neighbours_are_shown_and_shown_large() {
        for point in [0, 500, 999] {
            let line = line(&[1; 1_000], point);
            let [whole, close] = &line.strips[..] else { panic!("no close-up at {point}") };
            let drawn = [drawn(whole), drawn(close)];
            assert_eq!(drawn[0], [format!("N{}: {point}", point + 1)]);
            assert_eq!(drawn[0], drawn[1]);
            let numbers = if point == 500 { 7 } else { 4 };
            assert_eq!((close.pieces.len(), close.is_close_up), (numbers, true));
        }
    }
}
