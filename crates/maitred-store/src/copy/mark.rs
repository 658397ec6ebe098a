//! How far a target is: whether a copy may be begun in it, or gone on with. The mark of an unfinished copy is a table
//! that is there from the first row to the last check and names what is being copied; meanwhile the row of `next_ids`,
//! without which no server writes, is not there. How far the copy is, the rows themselves say: they come in the order
//! of their keys.

use super::error::CopyError;
use super::page::{Checksum, Page, Value};
use super::side::Side;
use super::tables::{EVENTS, MARK, NEXT_IDS, TABLES};

/// What a database is recognised by.
#[derive(Clone, PartialEq, Eq)]
pub struct Fingerprint {
    /// Of the first event: of two databases that lived apart, no two have the same.
    origin: String,
    /// Of the last event and the next ids: every change moves them.
    state: String,
}

impl Fingerprint {
    /// That of a database as it is.
    pub fn of(side: &mut Side) -> Result<Self, CopyError> {
        let mut origin = Checksum::of(&EVENTS);
        origin.add(&side.page(&EVENTS, None, 1)?);
        let mut state = Checksum::of(&EVENTS);
        state.add(&side.last(&EVENTS)?);
        state.add(&side.last(&NEXT_IDS)?);
        Ok(Self { origin: origin.end().1, state: state.end().1 })
    }
}

/// What is to be done with a target.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// It is marked, and rows may be put into it.
    Open,
    /// A copy of the same source was finished in it; nothing is to be put.
    Finished,
}

/// Claims a target for a copy of this source, or finds that a copy is finished; nothing is changed in a target that
/// is used for anything else.
pub fn claim(target: &mut Side, source: &str, of: &Fingerprint, start_over: bool) -> Result<Standing, CopyError> {
    target.begin()?;
    let run = match claim_here(target, source, of, start_over) {
        Ok(run) => target.run("COMMIT").map(|()| run)?,
        Err(error) => {
            // What is not undone now is when the connection ends.
            let _ = target.run("ROLLBACK");
            return Err(error);
        }
    };
    if let Some(run) = run {
        target.fence(run);
    }
    Ok(if run.is_some() { Standing::Open } else { Standing::Finished })
}

/// The number of the run, if there is something to be put.
fn claim_here(target: &mut Side, source: &str, of: &Fingerprint, start_over: bool) -> Result<Option<i64>, CopyError> {
    if target.has(&MARK)? {
        return go_on(target, source, of, start_over).map(Some);
    }
    if is_unused(target)? {
        target.make(&MARK)?;
        return mark(target, 1, source, of).map(Some);
    }
    if Fingerprint::of(target)? == *of { Ok(None) } else { Err(CopyError::NotEmpty(target.name().to_owned())) }
}

fn go_on(target: &mut Side, source: &str, of: &Fingerprint, start_over: bool) -> Result<i64, CopyError> {
    let page = target.last(&MARK)?;
    let Some([_, Value::Number(run), Value::Text(name), Value::Text(origin), Value::Text(state)]) = page.rows().next()
    else {
        return Err(CopyError::Bug("the mark of the copy is empty".to_owned()));
    };
    let found = Fingerprint { origin: origin.to_string(), state: state.to_string() };
    if start_over {
        TABLES.iter().try_for_each(|table| target.empty(table))?;
    } else if found.origin != of.origin {
        return Err(CopyError::OtherSource(target.name().to_owned(), name.to_string()));
    } else if found.state != of.state {
        return Err(CopyError::SourceChanged(source.to_owned(), target.name().to_owned()));
    }
    let run = run + 1;
    target.empty(&MARK)?;
    mark(target, run, source, of)
}

/// Whether nobody has ever used it: a name that was given and taken back has moved the next ids.
fn is_unused(target: &mut Side) -> Result<bool, CopyError> {
    for table in &TABLES {
        if !target.last(table)?.is_empty() {
            return Ok(false);
        }
    }
    Ok(target.last(&NEXT_IDS)?.rows().flatten().all(|value| *value == Value::Number(1)))
}

/// Writes the mark, and takes the next ids away.
fn mark(target: &mut Side, run: i64, source: &str, of: &Fingerprint) -> Result<i64, CopyError> {
    let mut row = Page::of(&MARK);
    row.push(Value::Number(1));
    row.push(Value::Number(run));
    [source, &of.origin, &of.state].into_iter().for_each(|text| row.push(Value::from(text)));
    target.put(&MARK, &row)?;
    target.empty(&NEXT_IDS)?;
    Ok(run)
}
