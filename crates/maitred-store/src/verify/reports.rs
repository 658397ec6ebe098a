//! What reports are made of, against the feed: it is made again, as far as the feed was read for them, and compared row
//! by row. Of the past only contacts that are open and one day are in memory.

use super::{About, Invariant, Run};
use crate::StoreError;
use crate::schema::{DayRow, EventRow, FromRow, ProgressRow, columns_of};
use maitred_core::OperatorId;
use maitred_core::follower::Follower;
use maitred_core::report::{Day, DayKey, FACTS_PER_CHUNK, Fact, FactChunk, OpenContact, ReportProgress, day_of, pack};
use std::collections::BTreeMap;

/// What was expected of the rows that are read beside the feed.
struct Expected<'a, 'b> {
    run: &'a mut Run<'b>,
    /// Facts of the chunk that is being filled, and its number.
    facts: Vec<Fact>,
    chunk: i64,
    /// The days that are being added up; all of the same date.
    days: BTreeMap<DayKey, Day>,
    /// How many dates there were.
    dates: i64,
}

pub fn check(run: &mut Run<'_>) -> Result<(), StoreError> {
    let mut progress = ReportProgress::default();
    let scan = run.scan;
    scan.each(&format!("SELECT {} FROM report_progress p", columns_of::<ProgressRow>("p")), |row| {
        progress = ReportProgress::read(row, 0)?;
        Ok(())
    })?;
    let mut follower = Follower::default();
    let mut expected = Expected { run, facts: Vec::new(), chunk: 1, days: BTreeMap::new(), dates: 0 };
    let columns = columns_of::<EventRow>("e");
    let sql = format!("SELECT {columns} FROM events e WHERE e.position <= {} ORDER BY e.position", progress.position);
    let mut last = ReportProgress::default();
    let mut step = expected.run.step("reports", "SELECT event - 1 FROM next_ids")?;
    scan.each(&sql, |row| {
        step.row(expected.run.progress);
        // What cannot be read was found in the pass over the feed.
        let placed = EventRow::read(row, 0).and_then(EventRow::placed);
        let Ok(placed) = placed else { return Ok(()) };
        last = ReportProgress { position: placed.position, at: placed.event.at };
        follower.read(&placed.event);
        follower.take_facts().into_iter().try_for_each(|fact| expected.fact(fact))
    })?;
    expected.end()?;
    if last != progress {
        let found = format!("the feed was read for reports up to position {}", progress.position);
        run.report.fault(Invariant::ReportsAreTrue, About::NOBODY, found, format!("up to {}", last.position));
    }
    open_contacts(run, &follower)
}

impl Expected<'_, '_> {
    fn fact(&mut self, fact: Fact) -> Result<(), StoreError> {
        if self.facts.len() == FACTS_PER_CHUNK {
            self.end_chunk()?;
        }
        let date = self.days.keys().next().map(|key| key.day);
        if date.is_some_and(|date| date != day_of(fact.at)) {
            self.end_day()?;
        }
        DayKey::of(&fact).for_each(|key| self.days.entry(key).or_default().add(&fact));
        self.facts.push(fact);
        Ok(())
    }

    fn end(&mut self) -> Result<(), StoreError> {
        self.end_chunk()?;
        self.end_day()?;
        let chunks = self.chunk - 1;
        let found = self.run.scan.number("SELECT count(*) FROM report_facts")?;
        if found != chunks {
            self.fault(About::NOBODY, format!("{found} groups of facts for reports"), format!("{chunks}"));
        }
        // A day on which nothing happened was compared with nothing.
        let days = self.run.scan.number("SELECT count(DISTINCT day) FROM report_days")?;
        if days != self.dates {
            self.fault(About::NOBODY, format!("figures of {days} days for reports"), format!("of {}", self.dates));
        }
        Ok(())
    }

    fn end_chunk(&mut self) -> Result<(), StoreError> {
        let facts = std::mem::take(&mut self.facts);
        let (Some(first), Some(last)) = (facts.first(), facts.last()) else { return Ok(()) };
        let expected = FactChunk {
            id: self.chunk,
            first_at: first.at,
            last_at: last.at,
            before: (self.chunk - 1) * FACTS_PER_CHUNK as i64,
            facts: facts.len() as i64,
            body: pack(&facts),
        };
        let sql = format!("SELECT {} FROM report_facts f WHERE f.id = {}", columns_of::<FactChunk>("f"), self.chunk);
        let mut found = None;
        self.run.scan.each(&sql, |row| {
            found = Some(FactChunk::read(row, 0)?);
            Ok(())
        })?;
        if found.as_ref() != Some(&expected) {
            let what = if found.is_some() { "other facts" } else { "no facts" };
            let about = format!("{what} in group {} of facts for reports", self.chunk);
            self.fault(About::NOBODY, about, "those that the feed tells".to_owned());
        }
        self.chunk += 1;
        Ok(())
    }

    fn end_day(&mut self) -> Result<(), StoreError> {
        let days = std::mem::take(&mut self.days);
        let Some(date) = days.keys().next().map(|key| key.day) else { return Ok(()) };
        self.dates += 1;
        let mut stored: BTreeMap<DayKey, Vec<u8>> = BTreeMap::new();
        let sql = format!("SELECT {} FROM report_days d WHERE d.day = {date}", columns_of::<DayRow>("d"));
        self.run.scan.each(&sql, |row| {
            let row = DayRow::read(row, 0)?;
            let operator = Some(row.operator).filter(|id| *id != 0).map(OperatorId);
            stored.insert(DayKey { operator, day: row.day, source: row.source }, row.body);
            Ok(())
        })?;
        for (key, day) in days {
            if stored.remove(&key).is_none_or(|body| body != day.encode()) {
                self.day_differs(key, "other figures of a day than the feed tells, or none");
            }
        }
        stored.into_keys().for_each(|key| self.day_differs(key, "figures of a day on which nothing happened"));
        Ok(())
    }

    fn day_differs(&mut self, key: DayKey, found: &str) {
        let about = key.operator.map_or(About::source(key.source.0), |id| About::member(key.source.0, id.0));
        self.fault(about, format!("{found} (day {} since 1970)", key.day), "what the feed tells".to_owned());
    }

    fn fault(&mut self, about: About, found: String, expected: String) {
        self.run.report.fault(Invariant::ReportsAreTrue, about, found, expected);
    }
}

/// What is remembered of open contacts.
fn open_contacts(run: &mut Run<'_>, follower: &Follower) -> Result<(), StoreError> {
    let mut missing: BTreeMap<i64, OpenContact> = follower.open().map(|open| (open.contact.0, *open)).collect();
    let scan = run.scan;
    scan.each(&format!("SELECT {} FROM report_contacts c", columns_of::<OpenContact>("c")), |row| {
        let found = OpenContact::read(row, 0)?;
        if missing.remove(&found.contact.0) != Some(found) {
            let about = About::contact(found.contact.0);
            run.report.fault(Invariant::ReportsAreTrue, about, "remembered for reports", "what the feed tells");
        }
        Ok(())
    })?;
    for id in missing.into_keys() {
        let about = About::contact(id);
        run.report.fault(Invariant::ReportsAreTrue, about, "not remembered for reports", "what the feed tells");
    }
    Ok(())
}
