//! Kept answers to requests with a key: that each can be given again, tells of a contact that was there, and keeps no
//! text of an erased lead.

use super::contacts::Counted;
use super::feed::Feed;
use super::leads::Leads;
use super::{About, Invariant, Run};
use crate::StoreError;
use maitred_core::{Answer, IdempotencyKey, Malformed, Timestamp};

pub fn check(run: &mut Run<'_>, leads: &Leads, feed: &Feed, counted: &Counted) -> Result<(), StoreError> {
    run.scan.each("SELECT key, fingerprint, at, lead_id, outcome FROM answers", |row| {
        let answer = answer(row.bytes(0)?, row.bytes(1)?, row.i64(2)?, row.bytes(4)?);
        let about = row.some_i64(3)?;
        match answer {
            Ok(answer) => {
                look_at(run, feed, counted, &answer, about);
                forgets_the_erased(run, leads, &answer, about);
            }
            Err(why) => {
                let (found, expected) = (format!("an answer: {why}"), "an answer that can be given again");
                run.report.fault(Invariant::RecordsAreReadable, About::NOBODY, found, expected);
            }
        }
        Ok(())
    })
}

fn answer(key: &[u8], fingerprint: &[u8], at: i64, outcome: &[u8]) -> Result<Answer, Malformed> {
    let digest = |bytes: &[u8]| bytes.try_into().map_err(|_| Malformed::Truncated);
    let key = IdempotencyKey { digest: digest(key)?, fingerprint: digest(fingerprint)?, is_event: false };
    Answer::decode(key, Timestamp(at), outcome)
}

/// Answers that a lead's erasure did not delete were given after it, and hold no text.
fn forgets_the_erased(run: &mut Run<'_>, leads: &Leads, answer: &Answer, about: Option<i64>) {
    if let Some(lead) = about.filter(|lead| answer.has_text() && leads.erased.contains(*lead)) {
        let (found, expected) = ("erased, and an answer keeps a text", "no text of an erased lead is kept");
        run.report.fault(Invariant::LeadsAreWhole, About::lead(lead), found, expected);
    }
}

fn look_at(run: &mut Run<'_>, feed: &Feed, counted: &Counted, answer: &Answer, about: Option<i64>) {
    // A merge moves the column and leaves the words, so only whether there is one can be compared.
    if answer.about().is_some() != about.is_some() {
        let found = "an answer whose lead_id does not say whether it tells of a lead";
        let expected = "the lead that it tells of, or nothing";
        run.report.fault(Invariant::ReferencesExist, About::NOBODY, found, expected);
    }
    let Some(contact) = answer.contact() else { return };
    if !counted.present.contains(contact.0) && !feed.deleted.contains(contact.0) {
        let expected = "a contact that is there, or was deleted";
        let found = "an answer tells of a contact that never was";
        run.report.fault(Invariant::ReferencesExist, About::contact(contact.0), found, expected);
    }
}
