//! What the passes add up to, against what is stored: loads, counters, ledgers, who waits, the next ids.

use super::contacts::{Counted, Held};
use super::feed::Feed;
use super::leads::Leads;
use super::staff::{OperatorRow, SourceRow, Staff};
use super::{About, Invariant, Watch, answers};
use crate::StoreError;
use std::collections::BTreeMap;

/// Compares.
pub fn check(
    watch: &mut Watch<'_>,
    staff: &Staff,
    leads: &Leads,
    feed: &Feed,
    counted: &Counted,
) -> Result<(), StoreError> {
    for (id, operator) in &staff.operators {
        load(watch, feed, *id, operator, counted.held.get(id).copied().unwrap_or_default());
    }
    for (id, source) in &staff.sources {
        counters(watch, feed, counted, *id, source);
        ledger(watch, feed, *id, source);
        waits(watch, staff, feed, *id, source, counted.sources.get(id).map_or(0, |(waiting, _)| *waiting));
    }
    kept(watch, feed, counted);
    receipts(watch, counted)?;
    answers::check(watch, feed, counted)?;
    next_ids(watch, staff, leads, feed, counted)
}

fn load(watch: &mut Watch<'_>, feed: &Feed, id: i64, operator: &OperatorRow, held: Held) {
    let about = About::operator(id);
    if operator.current_load != held.all {
        let found = format!("current_load {}", operator.current_load);
        watch.report.fault(Invariant::LoadsAreCounted, about, found, format!("{}, as many as assigned", held.all));
    }
    if operator.is_deleted && held.all > 0 {
        let found = format!("deleted, and still holds {} contacts", held.all);
        watch.report.note(
            Invariant::NobodyIsOverloaded,
            about,
            found,
            "the server routes them again as soon as it runs",
        );
    }
    let over = held.all - operator.max_load;
    if over <= 0 || operator.is_deleted {
        return;
    }
    let found = format!("holds {} of at most {}", held.all, operator.max_load);
    if held.forced >= over {
        let why = format!("{} of them were forced by hand", held.forced);
        watch.report.note(Invariant::NobodyIsOverloaded, about, found, why);
    } else if feed.edited.contains(&id) {
        let why = format!("the settings were changed since, and {} were forced by hand", held.forced);
        watch.report.note(Invariant::NobodyIsOverloaded, about, found, why);
    } else {
        let expected = format!("at most max_load: {} were forced and the limit was never changed", held.forced);
        watch.report.fault(Invariant::NobodyIsOverloaded, about, found, expected);
    }
}

fn counters(watch: &mut Watch<'_>, feed: &Feed, counted: &Counted, id: i64, source: &SourceRow) {
    let Some(totals) = &source.totals else { return };
    let (waiting, assigned) = counted.sources.get(&id).copied().unwrap_or_default();
    let arrived = feed.arrived.get(&id).copied().unwrap_or_default();
    for (what, stored, is) in [
        ("waiting", totals.waiting, waiting),
        ("assigned", totals.assigned, assigned),
        ("arrived", totals.arrived, arrived),
    ] {
        if stored != is {
            let found = format!("{what} {stored}");
            watch.report.fault(Invariant::SourcesAreCounted, About::source(id), found, format!("{what} {is}"));
        }
    }
    if source.is_deleted && waiting + assigned > 0 {
        let found = format!("deleted, and {} contacts are open", waiting + assigned);
        let why = "the server resolves them as soon as it runs";
        watch.report.note(Invariant::SourcesAreCounted, About::source(id), found, why);
    }
}

/// Whether what each operator received is what the feed says a policy assigned.
fn ledger(watch: &mut Watch<'_>, feed: &Feed, id: i64, source: &SourceRow) {
    let Some(ledger) = source.totals.as_ref().and_then(|totals| totals.ledger.as_ref()) else { return };
    let of_source = feed.picks.iter().filter(|((source, _), _)| *source == id);
    let mut told: BTreeMap<i64, u64> = of_source.map(|((_, operator), picks)| (*operator, *picks)).collect();
    let lines = ledger.iter().map(|(operator, tally)| (operator.0, tally.received));
    let compared: Vec<(i64, u64, u64)> =
        lines.map(|(operator, received)| (operator, received, told.remove(&operator).unwrap_or_default())).collect();
    let left = told.into_iter().map(|(operator, picks)| (operator, 0, picks));
    for (operator, received, picks) in compared.into_iter().chain(left).filter(|(_, a, b)| a != b) {
        let found = format!("received {received} by the ledger");
        let expected = format!("{picks}, as the feed tells");
        watch.report.fault(Invariant::LedgersAreTrue, About::member(id, operator), found, expected);
    }
}

fn waits(watch: &mut Watch<'_>, staff: &Staff, feed: &Feed, id: i64, source: &SourceRow, waiting: i64) {
    if waiting == 0 || source.is_deleted {
        return;
    }
    let eligible = source.members.iter().find(|(operator, weight)| {
        let free = |o: &OperatorRow| o.is_active && !o.is_deleted && o.current_load < o.max_load;
        **weight > 0 && staff.operators.get(operator).is_some_and(free)
    });
    let Some((operator, _)) = eligible else { return };
    let about = About::member(id, *operator);
    let found = format!("{waiting} wait although the operator has a free slot");
    if feed.is_draining() {
        let why = "a drain had just begun; the server goes on with it as soon as it runs";
        watch.report.note(Invariant::NobodyWaitsInVain, about, found, why);
    } else {
        let expected = "nobody waits while an eligible operator has a free slot";
        watch.report.fault(Invariant::NobodyWaitsInVain, about, found, expected);
    }
}

/// Whether rows and feed tell of the same contacts.
fn kept(watch: &mut Watch<'_>, feed: &Feed, counted: &Counted) {
    for contact in feed.created.without([&feed.deleted, &counted.present]) {
        let expected = "a row, for nobody deleted it";
        watch.report.fault(Invariant::ContactsAreKept, About::contact(contact), "it arrived and has no row", expected);
    }
    for contact in counted.present.without([&feed.created, &feed.deleted]) {
        let expected = "exactly one contact_created for each contact";
        watch.report.fault(Invariant::FeedIsWhole, About::contact(contact), "the feed does not tell of it", expected);
    }
}

fn receipts(watch: &mut Watch<'_>, counted: &Counted) -> Result<(), StoreError> {
    watch.scan.each("SELECT contact_id FROM receipts", |row| {
        let contact = row.i64(0)?;
        if !counted.present.contains(contact) {
            let found = "a receipt of a contact that is not there";
            let expected = "receipts go with their contact";
            watch.report.fault(Invariant::ReferencesExist, About::contact(contact), found, expected);
        }
        Ok(())
    })
}

fn next_ids(
    watch: &mut Watch<'_>,
    staff: &Staff,
    leads: &Leads,
    feed: &Feed,
    counted: &Counted,
) -> Result<(), StoreError> {
    let last_pool = watch.scan.number("SELECT coalesce(max(pool_id), 0) FROM pool_segments")?;
    let used = [
        ("contact", counted.present.last().max(feed.created.last())),
        ("lead", leads.present.last()),
        ("operator", staff.operators.keys().last().copied().unwrap_or(0)),
        ("source", staff.sources.keys().last().copied().unwrap_or(0)),
        ("pool", last_pool.max(counted.last_pool)),
        ("event", feed.last),
    ];
    let mut query = watch.scan.query("SELECT contact, lead, operator, source, pool, event FROM next_ids")?;
    let mut rows = query.rows()?;
    let Some(row) = rows.next()? else {
        let expected = "one row of next_ids";
        watch.report.fault(Invariant::IdsAreNew, About::NOBODY, "there are no next ids", expected);
        return Ok(());
    };
    for (column, (noun, last)) in used.into_iter().enumerate() {
        let next = row.i64(column)?;
        // The next event is the one behind the last, for positions have no gaps.
        if next <= last || noun == "event" && next != last + 1 {
            let found = format!("the next {noun} is {next}");
            watch.report.fault(Invariant::IdsAreNew, About::NOBODY, found, format!("above {last}, the last one used"));
        }
    }
    Ok(())
}
