//! Leads and their identities, in one pass each. Names and identity values stay out of the report.

use super::ids::IdSet;
use super::{About, Invariant, Watch};
use crate::{StoreError, folded};
use maitred_core::IdentityKind;
use rustc_hash::FxHashMap;

/// Which leads there are.
#[derive(Default)]
pub struct Leads {
    pub present: IdSet,
    /// Those who were merged into another.
    pub merged: IdSet,
    /// Those who were erased.
    pub erased: IdSet,
    /// How far the erasures are that are under way: behind this contact texts may be left.
    pub erasing: FxHashMap<i64, i64>,
}

/// Reads the leads and checks them and their identities.
pub fn check(watch: &mut Watch<'_>) -> Result<Leads, StoreError> {
    let leads = leads(watch)?;
    identities(watch, &leads)?;
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
pub const LEADS: &str = "SELECT id, name, name_folded, merged_into, erased_at, erasing_behind FROM leads ORDER BY id";

fn leads(watch: &mut Watch<'_>) -> Result<Leads, StoreError> {
    let mut leads = Leads::default();
    let mut step = watch.step("leads", "SELECT coalesce(max(id), 0) FROM leads")?;
    watch.scan.each(LEADS, |row| {
        step.row(watch.tell);
        let id = row.i64(0)?;
        leads.present.insert(id);
        if let Some(into) = row.some_i64(3)? {
            leads.merged.insert(id);
            if into == id {
                let expected = "a lead is merged into another";
                watch.report.fault(Invariant::LeadsAreWhole, About::lead(id), "merged into itself", expected);
            }
        }
        if row.some_i64(4)?.is_some() {
            leads.erased.insert(id);
            leads.erasing.extend(row.some_i64(5)?.map(|behind| (id, behind)));
            if row.text(1)?.is_some() {
                let expected = "an erased lead has no name";
                watch.report.fault(Invariant::LeadsAreWhole, About::lead(id), "erased, and has a name", expected);
            }
        }
        if row.text(1)?.map(folded).as_deref() != row.text(2)? {
            let found = "its name cannot be found by searching";
            watch.report.fault(
                Invariant::LeadsAreWhole,
                About::lead(id),
                found,
                "name_folded is the name in lower case",
            );
        }
        Ok(())
    })?;
    watch.report.checked.leads = step.done;
    Ok(leads)
}

fn identities(watch: &mut Watch<'_>, leads: &Leads) -> Result<(), StoreError> {
    let mut step = watch.step("identities", "SELECT 0")?;
    watch.scan.each("SELECT kind, lead_id FROM identities", |row| {
        step.row(watch.tell);
        let (code, lead) = (row.i64(0)?, row.i64(1)?);
        let kind = usize::try_from(code).ok().and_then(|at| IdentityKind::ALL.get(at));
        let Some(kind) = kind else {
            let found = format!("an identity has the kind {code}");
            watch.report.fault(Invariant::RecordsAreReadable, About::lead(lead), found, "a kind this program knows");
            return Ok(());
        };
        let wrong = leads.wrong_with(lead).or(leads.erased.contains(lead).then_some("finds a lead who was erased"));
        if let Some(wrong) = wrong {
            let found = format!("a {} (value withheld) {wrong}", kind.as_str());
            let expected = "identities of leads who are there and were neither merged nor erased";
            watch.report.fault(Invariant::LeadsAreWhole, About::lead(lead), found, expected);
        }
        Ok(())
    })?;
    watch.report.checked.identities = step.done;
    Ok(())
}
