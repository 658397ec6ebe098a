//! What is damaged is found: without that, a run in which nothing is wrong would say nothing.

use crate::calls::Asker;
use crate::compare::compare;
use crate::draw::Draw;
use crate::ledger::Ledger;
use crate::place::{EngineName, Place};
use crate::run::set_up;
use std::time::Duration;

const CALLS: u64 = 150;

/// Damage, and words of what is to be said of it. It adds up.
const DAMAGES: [(&str, &str); 11] = [
    ("UPDATE operators SET current_load = current_load + 1 WHERE id = 1", "current_load is not the number"),
    ("UPDATE source_totals SET assigned = assigned + 1 WHERE source_id = 1", "the counters of a source"),
    ("UPDATE source_totals SET ledger = x'010201020000' WHERE source_id = 1", "the credits of source 1 add up to 1"),
    ("UPDATE operators SET current_load = 900 WHERE id = 2", "the limit never was above"),
    ("UPDATE contacts SET assigned_at = NULL WHERE operator_id IS NOT NULL", "fields of another status"),
    ("DELETE FROM decisions WHERE seq = 0", "a chain of decisions has gaps"),
    ("DELETE FROM contacts WHERE id = (SELECT min(id) FROM contacts)", "was acknowledged and is lost"),
    (
        "UPDATE contacts SET attributes = '{\"chaos\":\"zq7n999k0zq\"}' WHERE id = (SELECT max(id) FROM contacts)",
        "is there, and its caller was told",
    ),
    ("UPDATE leads SET erased_at = 1, name = NULL WHERE name IS NOT NULL", "is about somebody who was erased"),
    ("DELETE FROM events WHERE kind = 4", "was shown as resolved"),
    ("DELETE FROM sources WHERE id = 2", "source 2 of"),
];

pub(crate) fn expect_found() {
    let mut place = Place::new(EngineName::Sqlite);
    place.start().expect("the server starts");
    let (ledger, address, patience) = (Ledger::default(), place.all()[0], Duration::from_secs(45));
    set_up(&ledger, address, Draw::new([1, 1, 1]));
    let mut draw = Draw::new([1, 1, 2]);
    for n in 0..CALLS {
        let asked = {
            let entries = ledger.entries();
            Asker { draw: &mut draw, known: &entries.known, client: 1, n }.next()
        };
        assert!(asked.into_iter().all(|call| ledger.perform(address, call, patience)), "it answers");
    }
    place.kill(0);
    let found = |place: &Place| {
        let mut snapshot = place.snapshot();
        let mut wrong = std::mem::take(&mut snapshot.wrong);
        wrong.extend(std::mem::take(&mut snapshot.passing));
        wrong.extend(compare(&ledger.entries(), &snapshot));
        wrong
    };
    assert_eq!(found(&place), Vec::<String>::new());
    for (damage, words) in DAMAGES {
        place.damage(damage);
        let found = found(&place);
        assert!(found.iter().any(|what| what.contains(words)), "{damage}: nothing says {words:?}, but {found:#?}");
    }
}
