//! Timers against what they follow from: a scheduled contact has one row with its time, an operator one with the end
//! of the pause or the next edge of their hours, a source one with its next opening or closing, and nothing else has
//! any.

use super::contacts::Counted;
use super::staff::Staff;
use super::{About, Invariant, Run};
use crate::StoreError;
use maitred_core::due::Subject;
use std::collections::BTreeMap;

pub fn check(run: &mut Run<'_>, staff: &Staff, counted: &Counted) -> Result<(), StoreError> {
    let contacts = counted.due.iter().map(|(id, at)| ((0, *id), *at));
    let operators = staff.operators.iter().filter_map(|(id, operator)| Some(((1, *id), operator.next_change?)));
    let sources = staff.sources.iter().filter_map(|(id, source)| Some(((2, *id), source.next_change?)));
    let mut missing: BTreeMap<(i64, i64), i64> = contacts.chain(operators).chain(sources).collect();
    run.scan.each("SELECT kind, subject_id, at FROM due ORDER BY kind, subject_id", |row| {
        let (kind, id, at) = (row.i64(0)?, row.i64(1)?, row.i64(2)?);
        let Some(about) = about(kind, id) else {
            let found = format!("a timer of kind {kind}");
            let expected = "a kind this program knows";
            run.report.fault(Invariant::RecordsAreReadable, About::NOBODY, found, expected);
            return Ok(());
        };
        let expected = missing.remove(&(kind, id));
        if expected != Some(at) {
            let expected = expected.map_or_else(|| "no timer".to_owned(), |at| format!("due at {at}"));
            run.report.fault(Invariant::TimersAreTrue, about, format!("due at {at}"), expected);
        }
        Ok(())
    })?;
    for ((kind, id), at) in missing {
        let about = about(kind, id).unwrap_or(About::NOBODY);
        run.report.fault(
            Invariant::TimersAreTrue,
            about,
            "it changes by itself and has no timer",
            format!("due at {at}"),
        );
    }
    Ok(())
}

fn about(kind: i64, id: i64) -> Option<About> {
    match Subject::from_code(u8::try_from(kind).ok()?, id)? {
        Subject::Contact(_) => Some(About::contact(id)),
        Subject::Operator(_) => Some(About::operator(id)),
        Subject::Source(_) => Some(About::source(id)),
    }
}
