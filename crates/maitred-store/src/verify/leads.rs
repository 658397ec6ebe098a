//! Leads with the words of their names, and their identities, in one pass each. Names and identity values stay out of
//! the report.

use super::ids::IdSet;
use super::scan::Rows;
use super::{About, Invariant, Run};
use crate::StoreError;
use crate::search::{searched, tail};
use crate::words::words;
use maitred_core::{DEMO_SPACE, IdentityKind};
use rustc_hash::FxHashMap;
use std::collections::BTreeSet;

/// Which leads there are.
#[derive(Default)]
pub struct Leads {
    pub present: IdSet,
    /// Those who were merged into another.
    pub merged: IdSet,
    /// Those who were erased.
    pub erased: IdSet,
    /// Those of the demo.
    pub demo: IdSet,
    /// How far the erasures are that are under way: behind this contact texts may be left.
    pub erasing: FxHashMap<i64, i64>,
}

/// Reads the leads and checks them and their identities.
pub fn check(run: &mut Run<'_>) -> Result<Leads, StoreError> {
    let leads = leads(run)?;
    identities(run, &leads)?;
    Ok(leads)
}

impl Leads {
    /// Whether a contact of this lead may have texts.
    pub fn may_have_texts(&self, id: i64, contact: i64) -> bool {
        !self.erased.contains(id) || self.erasing.get(&id).is_some_and(|behind| contact > *behind)
    }

    /// What is wrong with a reference to this lead.
    pub fn wrong_with(&self, id: i64) -> Option<&'static str> {
        if !self.present.contains(id) {
            Some("belongs to a lead who does not exist")
        } else if self.merged.contains(id) {
            Some("belongs to a lead who was merged into another")
        } else {
            None
        }
    }
}

/// The pass over leads.
pub const LEADS: &str = "SELECT id, name, merged_into, erased_at, erasing_behind, demo FROM leads ORDER BY id";
/// What is read beside it.
pub const LEAD_WORDS: &str = "SELECT lead_id, word FROM lead_words ORDER BY lead_id, word";

fn leads(run: &mut Run<'_>) -> Result<Leads, StoreError> {
    let mut leads = Leads::default();
    let mut step = run.step("leads", "SELECT coalesce(max(id), 0) FROM leads")?;
    let mut stored_words = run.scan.query(LEAD_WORDS)?;
    let mut stored_words = StoredWords { rows: stored_words.rows()?, next: None };
    run.scan.each(LEADS, |row| {
        step.row(run.progress);
        let id = row.i64(0)?;
        leads.present.insert(id);
        if row.bool(5)? {
            leads.demo.insert(id);
        }
        if let Some(into) = row.some_i64(2)? {
            leads.merged.insert(id);
            if into == id {
                let expected = "a lead is merged into another";
                run.report.fault(Invariant::LeadsAreWhole, About::lead(id), "merged into itself", expected);
            }
        }
        if row.some_i64(3)?.is_some() {
            leads.erased.insert(id);
            leads.erasing.extend(row.some_i64(4)?.map(|behind| (id, behind)));
            if row.some_text(1)?.is_some() {
                let expected = "an erased lead has no name";
                run.report.fault(Invariant::LeadsAreWhole, About::lead(id), "erased, and has a name", expected);
            }
        }
        if stored_words.of(id)? != words(row.some_text(1)?.unwrap_or_default()) {
            let expected = "lead_words has the words of the name and no others";
            run.report.fault(Invariant::LeadsAreWhole, About::lead(id), "a search finds another name", expected);
        }
        Ok(())
    })?;
    run.report.checked.leads = step.done;
    Ok(leads)
}

/// The words of all leads' names, in the order of ids.
struct StoredWords<'q, 'a> {
    rows: Rows<'q, 'a>,
    /// Was read, and belongs to a later lead.
    next: Option<(i64, String)>,
}

impl StoredWords<'_, '_> {
    /// Those of this lead. Those before them belong to nobody, which is looked at with other references.
    fn of(&mut self, lead: i64) -> Result<BTreeSet<String>, StoreError> {
        let mut words = BTreeSet::new();
        loop {
            let next = match self.next.take() {
                None => self
                    .rows
                    .next()?
                    .map(|row| Ok::<_, StoreError>((row.i64(0)?, row.text(1)?.to_owned())))
                    .transpose()?,
                next => next,
            };
            match next {
                Some((id, word)) if id <= lead => words.extend((id == lead).then_some(word)),
                next => {
                    self.next = next;
                    return Ok(words);
                }
            }
        }
    }
}

fn identities(run: &mut Run<'_>, leads: &Leads) -> Result<(), StoreError> {
    let mut step = run.step("identities", "SELECT 0")?;
    run.scan.each("SELECT kind, lead_id, value, search, tail, space FROM identities", |row| {
        step.row(run.progress);
        let (code, lead) = (row.i64(0)?, row.i64(1)?);
        let kind = usize::try_from(code).ok().and_then(|at| IdentityKind::ALL.get(at)).copied();
        let Some(kind) = kind else {
            let found = format!("an identity has the kind {code}");
            run.report.fault(Invariant::RecordsAreReadable, About::lead(lead), found, "a kind this program knows");
            return Ok(());
        };
        let wrong = leads.wrong_with(lead).or(leads.erased.contains(lead).then_some("finds a lead who was erased"));
        if let Some(wrong) = wrong {
            let found = format!("a {} (value withheld) {wrong}", kind.as_str());
            let expected = "identities of leads who are there and were neither merged nor erased";
            run.report.fault(Invariant::LeadsAreWhole, About::lead(lead), found, expected);
        }
        if leads.demo.contains(lead) != (row.text(5)? == DEMO_SPACE) {
            let found = format!("a {} (value withheld) is of another id space", kind.as_str());
            let expected = "identities of the demo are in its id space, and no others";
            run.report.fault(Invariant::DemoIsApart, About::lead(lead), found, expected);
        }
        let value = row.text(2)?;
        if row.text(3)? != searched(kind, value) || row.some_text(4)? != tail(kind, value).as_deref() {
            let found = format!("a search finds another {} (value withheld)", kind.as_str());
            let expected = "search and tail of an identity are made of its value";
            run.report.fault(Invariant::LeadsAreWhole, About::lead(lead), found, expected);
        }
        Ok(())
    })?;
    run.report.checked.identities = step.done;
    Ok(())
}
