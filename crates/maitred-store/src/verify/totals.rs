//! What the passes add up to, against what is stored: loads, counters, ledgers, who waits, the next ids.

use super::contacts::{Counted, Held, OfSource};
use super::feed::Feed;
use super::leads::Leads;
use super::staff::{OperatorRow, SourceRow, Staff};
use super::{About, Invariant, Run, answers};
use crate::StoreError;
use crate::schema::{NEXT_IDS, TABLES, names};
use std::collections::BTreeMap;

pub fn check(
    run: &mut Run<'_>,
    staff: &Staff,
    leads: &Leads,
    feed: &Feed,
    counted: &Counted,
) -> Result<(), StoreError> {
    for (id, operator) in &staff.operators {
        load(run, feed, *id, operator, counted.held.get(id).copied().unwrap_or_default());
    }
    for (id, source) in &staff.sources {
        counters(run, feed, counted, *id, source);
        ledger(run, feed, *id, source);
        let counted = counted.sources.get(id).copied().unwrap_or_default();
        waits(run, staff, feed, *id, source, counted.waiting);
        stays(run, staff, feed, *id, source, counted.waiting + counted.resting);
    }
    kept(run, feed, counted);
    receipts(run, counted)?;
    answers::check(run, leads, feed, counted)?;
    next_ids(run, feed, counted)
}

fn load(run: &mut Run<'_>, feed: &Feed, id: i64, operator: &OperatorRow, held: Held) {
    let about = About::operator(id);
    if operator.current_load != held.all {
        let found = format!("current_load {}", operator.current_load);
        run.report.fault(Invariant::LoadsAreCounted, about, found, format!("{}, as many as assigned", held.all));
    }
    if operator.is_deleted && held.all > 0 {
        let found = format!("deleted, and still holds {} contacts", held.all);
        run.report.note(Invariant::NobodyIsOverloaded, about, found, "the server routes them again as soon as it runs");
    }
    let over = held.all - operator.max_load;
    if over <= 0 || operator.is_deleted {
        return;
    }
    let found = format!("holds {} of at most {}", held.all, operator.max_load);
    if held.forced >= over {
        let why = format!("{} of them were forced by hand", held.forced);
        run.report.note(Invariant::NobodyIsOverloaded, about, found, why);
    } else if feed.edited.contains(&id) {
        let why = format!("the settings were changed since, and {} were forced by hand", held.forced);
        run.report.note(Invariant::NobodyIsOverloaded, about, found, why);
    } else {
        let expected = format!("at most max_load: {} were forced and the limit was never changed", held.forced);
        run.report.fault(Invariant::NobodyIsOverloaded, about, found, expected);
    }
}

fn counters(run: &mut Run<'_>, feed: &Feed, counted: &Counted, id: i64, source: &SourceRow) {
    let Some(totals) = &source.totals else { return };
    let OfSource { waiting, scheduled, resting, assigned, overdue } =
        counted.sources.get(&id).copied().unwrap_or_default();
    let arrived = feed.arrived.get(&id).copied().unwrap_or_default();
    for (what, stored, is) in [
        ("waiting", totals.waiting, waiting),
        ("scheduled", totals.scheduled, scheduled),
        ("resting", totals.resting, resting),
        ("assigned", totals.assigned, assigned),
        ("overdue", totals.overdue, overdue),
        ("arrived", totals.arrived, arrived),
    ] {
        if stored != is {
            let found = format!("{what} {stored}");
            run.report.fault(Invariant::SourcesAreCounted, About::source(id), found, format!("{what} {is}"));
        }
    }
    let open = waiting + scheduled + resting + assigned;
    if source.is_deleted && open > 0 {
        let found = format!("deleted, and {open} contacts are open");
        let why = "the server resolves them as soon as it runs";
        run.report.note(Invariant::SourcesAreCounted, About::source(id), found, why);
    }
}

/// Whether what each operator received is what the feed says a policy assigned.
fn ledger(run: &mut Run<'_>, feed: &Feed, id: i64, source: &SourceRow) {
    let Some(ledger) = source.totals.as_ref().and_then(|totals| totals.ledger.as_ref()) else { return };
    let of_source = feed.picks.iter().filter(|((source, _), _)| *source == id);
    let mut in_feed: BTreeMap<i64, u64> = of_source.map(|((_, operator), picks)| (*operator, *picks)).collect();
    let lines = ledger.iter().map(|(operator, tally)| (operator.0, tally.received));
    let compared: Vec<(i64, u64, u64)> =
        lines.map(|(operator, received)| (operator, received, in_feed.remove(&operator).unwrap_or_default())).collect();
    let left = in_feed.into_iter().map(|(operator, picks)| (operator, 0, picks));
    for (operator, received, picks) in compared.into_iter().chain(left).filter(|(_, a, b)| a != b) {
        let found = format!("received {received} by the ledger");
        let expected = format!("{picks}, as the feed tells");
        run.report.fault(Invariant::LedgersAreTrue, About::member(id, operator), found, expected);
    }
}

fn waits(run: &mut Run<'_>, staff: &Staff, feed: &Feed, id: i64, source: &SourceRow, waiting: i64) {
    // Of later moments nothing was told yet: what changed by then is still to come.
    let at = feed.last_at;
    if waiting == 0 || source.is_deleted || source.gives_nothing(at) {
        return;
    }
    let eligible = source.members.iter().find(|(operator, weight)| {
        let free = |o: &OperatorRow| {
            o.is_active && !o.is_paused && !o.is_deleted && o.current_load < o.max_load && !o.is_away(id, at)
        };
        **weight > 0 && staff.operators.get(operator).is_some_and(free)
    });
    let Some((operator, _)) = eligible else { return };
    let about = About::member(id, *operator);
    let found = format!("{waiting} wait although the operator has a free slot");
    if feed.is_draining() {
        let why = "a drain had just begun; the server goes on with it as soon as it runs";
        run.report.note(Invariant::NobodyWaitsInVain, about, found, why);
    } else {
        let expected = "nobody waits while an eligible operator has a free slot";
        run.report.fault(Invariant::NobodyWaitsInVain, about, found, expected);
    }
}

/// Whether what waits on a closed source went to its fallback, if that was open.
fn stays(run: &mut Run<'_>, staff: &Staff, feed: &Feed, id: i64, source: &SourceRow, waiting: i64) {
    let at = feed.last_at;
    let fallback = source.fallback.and_then(|fallback| staff.sources.get(&fallback));
    let is_open = fallback.is_some_and(|fallback| !fallback.is_deleted && !fallback.is_closed(at));
    if waiting == 0 || source.is_deleted || !is_open || !source.is_known_to_be_closed(at) {
        return;
    }
    let found = format!("{waiting} wait although it is closed and its fallback is open");
    if feed.is_draining() {
        let why = "they were just being moved; the server goes on with it as soon as it runs";
        run.report.note(Invariant::NobodyWaitsInVain, About::source(id), found, why);
    } else {
        let expected = "contacts of a closed source wait on its fallback";
        run.report.fault(Invariant::NobodyWaitsInVain, About::source(id), found, expected);
    }
}

/// Whether rows and feed tell of the same contacts.
fn kept(run: &mut Run<'_>, feed: &Feed, counted: &Counted) {
    for contact in feed.created.without([&feed.deleted, &counted.present]) {
        let expected = "a row, for nobody deleted it";
        run.report.fault(Invariant::ContactsAreKept, About::contact(contact), "it arrived and has no row", expected);
    }
    for contact in counted.present.without([&feed.created, &feed.deleted]) {
        let expected = "exactly one contact_created for each contact";
        run.report.fault(Invariant::FeedIsWhole, About::contact(contact), "the feed does not tell of it", expected);
    }
}

fn receipts(run: &mut Run<'_>, counted: &Counted) -> Result<(), StoreError> {
    run.scan.each("SELECT contact_id FROM receipts", |row| {
        let contact = row.i64(0)?;
        if !counted.present.contains(contact) {
            let found = "a receipt of a contact that is not there";
            let expected = "receipts go with their contact";
            run.report.fault(Invariant::ReferencesExist, About::contact(contact), found, expected);
        }
        Ok(())
    })
}

/// Whether each counter is above what it gave out. Ids of rows that are gone are not looked for, but where something
/// else names them.
fn next_ids(run: &mut Run<'_>, feed: &Feed, counted: &Counted) -> Result<(), StoreError> {
    let mut used = BTreeMap::from([
        ("contact", feed.created.last()),
        ("pool", counted.last_pool),
        // The next event is the one behind the last, for positions have no gaps.
        ("event", feed.last),
    ]);
    for table in TABLES {
        let Some(counter) = table.counter else { continue };
        let id = table.columns[0].name;
        let last = run.scan.number(&format!("SELECT coalesce(max({id}), 0) FROM {}", table.name))?;
        let used = used.entry(counter).or_default();
        *used = last.max(*used);
    }
    let mut query = run.scan.query(&format!("SELECT {} FROM next_ids", names(NEXT_IDS.columns)))?;
    let mut rows = query.rows()?;
    let Some(row) = rows.next()? else {
        let expected = "one row of next_ids";
        run.report.fault(Invariant::IdsAreNew, About::NOBODY, "there are no next ids", expected);
        return Ok(());
    };
    for (column, place) in NEXT_IDS.columns.iter().zip(0..) {
        let Some(last) = used.get(column.name).copied() else { continue };
        let (noun, next) = (column.name, row.i64(place)?);
        if next <= last || noun == "event" && next != last + 1 {
            let found = format!("the next {noun} is {next}");
            run.report.fault(Invariant::IdsAreNew, About::NOBODY, found, format!("above {last}, the last one used"));
        }
    }
    Ok(())
}
