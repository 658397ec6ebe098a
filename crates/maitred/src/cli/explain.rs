//! `maitred explain CONTACT`: why a contact went where it went. Its chain of decisions, each in words, with everybody
//! who was considered, the numbers that were drawn from, and whether recomputing it gives the same result.

use super::Ended;
use super::output::{give, give_json, percent, table};
use crate::config::Settings;
use maitred_app::explained::{CandidateExplained, Draw, DrawPart, Explained, explained_chain};
use maitred_core::decision::Cause;
use maitred_core::{Contact, ContactId, OperatorId, Policy, Status};
use maitred_store::Store;
use maitred_store::clock::rfc3339;
use maitred_store::views::Story;
use std::fmt::Write;
use std::process::ExitCode;
use std::sync::Arc;

/// The most candidates of a decision who are shown.
const CANDIDATES_SHOWN_MAX: usize = 30;
/// The width of a number line, in characters.
const LINE_CHARS: usize = 60;
/// The most operators of a draw who have a letter of their own on its line.
const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ";

/// Explain why a contact went to its operator
///
/// Shows every decision about it in words, with all candidates and why the others did not get it, and recomputes it
/// from the stored record. Works while a server is running. Exit code 1: recomputing a decision gives a different
/// result.
#[derive(clap::Args)]
pub(super) struct Explain {
    /// The id of the contact
    contact: i64,
    /// Print JSON in the format of GET /api/v1/contacts/{id}/decisions
    #[arg(long)]
    json: bool,
}

impl Explain {
    pub(super) fn run(&self, settings: &Settings) -> Ended {
        let store = Store::open(&settings.database)?;
        let Some(story) = super::runtime()?.block_on(store.story(ContactId(self.contact)))? else {
            return Err(format!("there is no contact {}", self.contact).into());
        };
        let story = Told::from(story);
        if self.json {
            give_json(&story.decisions)?
        } else {
            give(&story.laid_out())?
        }
        let all_match = story.decisions.iter().all(|decision| decision.replay_matches);
        Ok(if all_match { ExitCode::SUCCESS } else { ExitCode::from(1) })
    }
}

/// A contact and its decisions, explained.
struct Told {
    contact: Contact,
    /// Where it came from; none when that was deleted.
    source_name: Option<Arc<str>>,
    decisions: Vec<Explained>,
}

impl From<Story> for Told {
    fn from(Story { contact, source, chain }: Story) -> Self {
        Self { contact, source_name: source.map(|source| source.name), decisions: explained_chain(chain) }
    }
}

impl Told {
    fn laid_out(&self) -> String {
        let mut text = self.heading();
        for decision in &self.decisions {
            let _ = write!(text, "\n{}", laid_out(decision, self.decisions.len()));
        }
        text
    }

    fn heading(&self) -> String {
        let c = &self.contact;
        let source = self.source_name.as_ref().map_or_else(|| "a deleted source".to_owned(), ToString::to_string);
        let holder =
            self.decisions.iter().rev().find(|d| d.operator_id == c.operator).and_then(|d| d.operator_name.as_ref());
        let relation = if c.status == Status::Assigned { " to" } else { ", last with" };
        let holder = match (c.operator, holder) {
            (Some(id), Some(name)) => format!("{relation} {name} (operator {id})"),
            (Some(id), None) => format!("{relation} operator {id}"),
            (None, _) => String::new(),
        };
        let mut text = format!("Contact {} is {}{holder}.\n", c.id, c.status.as_str());
        let _ = writeln!(text, "  source    {source} (source {})", c.source);
        if let Some(original) = c.original_source {
            let _ = writeln!(text, "  came by   source {original}");
        }
        let _ = writeln!(text, "  lead      {}", c.lead);
        let counts = c.sent_priority.map(|_| format!(", which counts as {}", c.priority)).unwrap_or_default();
        let _ = writeln!(text, "  priority  {}{counts}", c.own_priority());
        let times = [
            ("arrived", Some(c.created_at)),
            ("scheduled", c.not_before),
            ("assigned", c.assigned_at),
            ("responded", c.first_response_at),
            ("overdue", c.overdue_at),
            ("resolved", c.resolved_at),
        ];
        for (what, at) in times.into_iter().filter_map(|(what, at)| Some((what, at?))) {
            let _ = writeln!(text, "  {what:<9} {}", rfc3339(at));
        }
        text
    }
}

fn laid_out(decision: &Explained, of: usize) -> String {
    let number = decision.seq + 1;
    let mut text = format!("Decision {number} of {of}, {}, {}\n", decision.decided_at, decision.cause);
    for sentence in &decision.words {
        let _ = writeln!(text, "  {sentence}");
    }
    if let Some(at) = &decision.opens_at {
        let _ = writeln!(text, "  source opens {at}");
    }
    if !decision.candidates.is_empty() {
        let _ = writeln!(text, "{}", candidates(decision));
    }
    if let Some(draw) = &decision.draw {
        text.push_str(&number_line(draw, &|id| name_of(decision, id)));
    }
    let by_hand = [Cause::TransferredByHand, Cause::ForcedByHand].iter().any(|cause| cause.as_str() == decision.cause);
    let _ = if by_hand {
        writeln!(text, "  chosen by a person; there is nothing to recompute")
    } else {
        let (policy, replay) = (decision.policy.as_str(), decision.replay.replace('_', " "));
        writeln!(text, "  {policy}, algorithm {}, seed {}; replay {replay}", decision.algorithm, decision.seed)
    };
    text
}

fn candidates(decision: &Explained) -> String {
    let owes = decision.policy == Policy::SmoothWeighted;
    let credit = if owes { &[">credit"][..] } else { &[] };
    let columns =
        [&["", ">id", "operator", ">weight", ">share", ">load", "last contact"][..], credit, &["was"]].concat();
    let mut table = table(&columns);
    for candidate in shown(&decision.candidates) {
        let mut cells = vec![
            if candidate.picked { "→" } else { "" }.to_owned(),
            candidate.operator_id.to_string(),
            candidate.operator_name.as_deref().unwrap_or_default().to_owned(),
            candidate.weight.to_string(),
            percent(candidate.share),
            format!("{}/{}", candidate.load, candidate.max_load),
            candidate.last_assigned_at.map_or_else(|| "never".to_owned(), |at| at.to_string()),
        ];
        cells.extend(owes.then(|| format!("{:+.3}", candidate.credit)));
        cells.push(state(candidate));
        table.add_row(cells);
    }
    match decision.candidates.len() {
        0..=CANDIDATES_SHOWN_MAX => table.to_string(),
        all => format!("{table}\n  and {} more; --json has them all", all - CANDIDATES_SHOWN_MAX),
    }
}

/// The first of a large pool, and the picked operator.
fn shown(candidates: &[CandidateExplained]) -> impl Iterator<Item = &CandidateExplained> {
    let picked_is_behind = candidates.iter().skip(CANDIDATES_SHOWN_MAX).any(|candidate| candidate.picked);
    let first = if picked_is_behind { CANDIDATES_SHOWN_MAX - 1 } else { CANDIDATES_SHOWN_MAX };
    candidates.iter().enumerate().filter(move |(at, c)| *at < first || c.picked).map(|(_, candidate)| candidate)
}

/// Why they were out, and until when, as far as that was known then.
fn state(candidate: &CandidateExplained) -> String {
    let word = match candidate.ineligibility {
        None => "eligible",
        Some("zero_weight") => "of weight 0",
        Some("just_released") => "just released it",
        Some(other) => other,
    };
    candidate.until.map_or_else(|| word.to_owned(), |until| format!("{word} until {until}"))
}

fn name_of(decision: &Explained, id: OperatorId) -> String {
    let candidate = decision.candidates.iter().find(|candidate| candidate.operator_id == id);
    let name = candidate.and_then(|candidate| candidate.operator_name.as_ref());
    name.map_or_else(|| format!("operator {id}"), ToString::to_string)
}

/// A draw as a line of letters, the numbers of each operator as one letter, and a mark under the number that was drawn.
/// In a large pool only the drawn operator has a letter.
fn number_line(draw: &Draw, name: &dyn Fn(OperatorId) -> String) -> String {
    let drawn = draw.parts.iter().position(|part| (part.first..=part.last).contains(&draw.point));
    let all_lettered = draw.parts.len() <= LETTERS.len();
    let letter = |at: usize| match (all_lettered, Some(at) == drawn) {
        (true, _) => char::from(LETTERS[at]),
        (false, true) => 'X',
        (false, false) => '·',
    };
    let mark = column(draw.point, draw.total);
    let owner = |number: u64| draw.parts.partition_point(|part| part.last < number);
    let cell = |at: usize| {
        // The cell above the mark belongs to the drawn operator, however narrow their part is.
        let number = if at == mark { draw.point } else { middle(at, draw.total) };
        letter(owner(number).min(draw.parts.len().saturating_sub(1)))
    };
    let line: String = (0..LINE_CHARS).map(cell).collect();
    let last = draw.total.saturating_sub(1);
    let mut text = format!("  0 [{line}] {last}\n    {:mark$} ^ {}\n", "", draw.point);
    let legend = |(at, part): (usize, &DrawPart)| {
        format!("{} = {} {}..{}", letter(at), name(part.operator_id), part.first, part.last)
    };
    let shown = draw.parts.iter().enumerate().filter(|(at, _)| all_lettered || Some(*at) == drawn);
    let _ = writeln!(text, "  {}", shown.map(legend).collect::<Vec<_>>().join(", "));
    text
}

/// The cell of the line in which a number lies.
fn column(number: u64, total: u64) -> usize {
    let scaled = u128::from(number) * LINE_CHARS as u128 / u128::from(total.max(1));
    (scaled as usize).min(LINE_CHARS - 1)
}

/// The number in the middle of a cell of the line.
fn middle(cell: usize, total: u64) -> u64 {
    ((cell as u128 * 2 + 1) * u128::from(total) / (2 * LINE_CHARS as u128)) as u64
}

#[cfg(test)]
mod tests;
