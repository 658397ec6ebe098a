//! Choosing the period that shares are of: links, and in words which period that is and since when it is known.

use crate::shell::Viewer;
use crate::texts::Texts;
use crate::times;
use askama::Template;
use maitred_app::periods::Period;
use maitred_store::views::{Covered, Span};
use maitred_web::params::Params;

/// The links, and what they say of the one that is shown.
#[derive(Template)]
#[template(path = "periods/periods.html")]
pub(crate) struct Periods {
    t: Texts,
    links: Vec<Link>,
    /// When it begins, if that is the same everywhere on the page, as html.
    since: Option<String>,
    /// Since when periods are known, if that is why it begins there, as html.
    known_since: Option<String>,
}

struct Link {
    href: String,
    text: String,
    is_shown: bool,
}

impl Periods {
    /// For a page with these figures, whose address with a period `address` gives.
    pub(crate) fn new(viewer: &Viewer, shown: Period, covered: &[Covered], address: impl Fn(Period) -> String) -> Self {
        let link = |period| Link { href: address(period), text: name(viewer.t, period), is_shown: period == shown };
        let first = covered.first().and_then(|it| it.from);
        let since = first.filter(|from| covered.iter().all(|it| it.from == Some(*from)));
        let known_since = covered.iter().filter(|it| it.from == it.known_since).filter_map(|it| it.known_since).max();
        Self {
            t: viewer.t,
            links: Period::ALL.map(link).into(),
            since: since.map(|at| times::moment(&viewer.zone, at)),
            known_since: known_since.map(|at| times::moment(&viewer.zone, at)),
        }
    }
}

/// How a period is called.
pub(crate) fn name(t: Texts, period: Period) -> String {
    t.t(match period {
        Period::Today => "period-today",
        Period::Days7 => "period-days-7",
        Period::Days30 => "period-days-30",
        Period::Weights => "period-weights",
        Period::All => "period-all",
    })
}

/// The period that an address asks for.
pub(crate) fn read(params: &mut Params) -> Period {
    params.optional("period", Period::of_word).unwrap_or_default()
}

/// The period of a form, which had it from the address of its page.
pub(crate) fn of_form(word: &str) -> Period {
    Period::of_word(word).unwrap_or_default()
}

/// The same for a viewer.
pub(crate) fn span(viewer: &Viewer, period: Period) -> Span {
    period.span(viewer.now, &viewer.zone)
}

/// An address with what it says of a page, and with the period, unless that is the usual one.
pub(crate) fn address(path: &str, period: Period, rest: &[(&str, String)]) -> String {
    let period = Some(("period", period.as_str().to_owned())).filter(|_| period != Period::default());
    let pairs: Vec<String> =
        rest.iter().cloned().chain(period).map(|(name, value)| format!("{name}={value}")).collect();
    if pairs.is_empty() { path.to_owned() } else { format!("{path}?{}", pairs.join("&")) }
}
