//! Corrections: whether the accounts say what was corrected.

use super::staff::Staff;
use super::{About, Invariant, Run};
use crate::StoreError;
use std::collections::BTreeMap;

/// Compares what each account says it was corrected by with the corrections that were made.
pub fn check(run: &mut Run<'_>, staff: &Staff) -> Result<(), StoreError> {
    let mut made: BTreeMap<(i64, i64), i64> = BTreeMap::new();
    run.scan.each("SELECT source_id, operator_id, amount FROM corrections", |row| {
        *made.entry((row.i64(0)?, row.i64(1)?)).or_default() += row.i64(2)?;
        Ok(())
    })?;
    for (source, row) in &staff.sources {
        let Some(ledger) = row.totals.as_ref().and_then(|totals| totals.ledger.as_ref()) else { continue };
        for (operator, _) in ledger.iter().filter(|(_, tally)| tally.adjusted != 0) {
            made.entry((*source, operator.0)).or_default();
        }
    }
    for ((source, operator), amount) in made {
        let ledger = staff.sources.get(&source).and_then(|row| row.totals.as_ref()?.ledger.as_ref());
        let adjusted = ledger.map_or(0, |ledger| ledger.get(maitred_core::OperatorId(operator)).adjusted);
        if adjusted != amount {
            let found = format!("an account that was corrected by {adjusted} contacts");
            let expected = format!("{amount} contacts, as its corrections say");
            run.report.fault(Invariant::LedgersAreTrue, About::member(source, operator), found, expected);
        }
    }
    Ok(())
}
