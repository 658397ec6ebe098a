//! Timers against what they follow from: a scheduled contact has one row with its time, and nothing else has any.

use super::contacts::Counted;
use super::{About, Invariant, Run};
use crate::StoreError;
use maitred_core::due::Subject;

pub fn check(run: &mut Run<'_>, counted: &Counted) -> Result<(), StoreError> {
    let mut missing = counted.due.clone();
    run.scan.each("SELECT kind, subject_id, at FROM due ORDER BY kind, subject_id", |row| {
        let (kind, id, at) = (row.i64(0)?, row.i64(1)?, row.i64(2)?);
        let expected = match u8::try_from(kind).ok().and_then(|kind| Subject::from_code(kind, id)) {
            Some(Subject::Contact(_)) => missing.remove(&id),
            None => {
                let found = format!("a timer of kind {kind}");
                let expected = "a kind this program knows";
                run.report.fault(Invariant::RecordsAreReadable, About::NOBODY, found, expected);
                return Ok(());
            }
        };
        if expected != Some(at) {
            let expected =
                expected.map_or_else(|| "no timer: it is not scheduled".to_owned(), |at| format!("due at {at}"));
            run.report.fault(Invariant::TimersAreTrue, About::contact(id), format!("due at {at}"), expected);
        }
        Ok(())
    })?;
    let mut missing: Vec<_> = missing.into_iter().collect();
    missing.sort_unstable();
    for (id, at) in missing {
        let expected = format!("due at {at}");
        run.report.fault(Invariant::TimersAreTrue, About::contact(id), "scheduled, and it has no timer", expected);
    }
    Ok(())
}
