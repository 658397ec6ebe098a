//! What must hold for any bytes at all, wherever bytes come in from outside: one function for each place. The fuzzers
//! in `fuzz/` let libFuzzer search for bytes that break one; `tests` beside this file tries random and damaged bytes on
//! every run of the tests. Nothing in production calls this.
//!
//! It is no test module because the fuzzers are a workspace of their own, and no feature because then what they build
//! would not be what everybody else builds.

use maitred_api::list::{PRINT_BYTES, after, cursor};
use maitred_api::v1::{as_contact, as_every_body};
use maitred_app::identity::{self, Region};
use maitred_app::import::{Reader, Reading, Row};
use maitred_calendar::ics::{self, EventTime};
use maitred_calendar::{Calendar, HolidaySets, Interval, zones};
use maitred_core::command::{NewSource, Submit};
use maitred_core::decision::PoolRef;
use maitred_core::policy::{Rule, choose};
use maitred_core::recording::{Playback, replay};
use maitred_core::world::Ledger;
use maitred_core::{
    Answer, ContactId, Decision, EventDetail, EventKind, IdempotencyKey, Identity, IdentityKind, Policy, PoolId,
    Source, SourceId, Timestamp, limits,
};
use maitred_mapping::parse::parse;
use maitred_mapping::{Mapping, Preset};
use maitred_web::problem::Problem;
use serde_json::{Map, Value};
use std::path::Path;

/// One place where bytes come in: panics when they break what must hold.
pub type Target = fn(&[u8]);

/// All of them, by the name of their fuzzer.
pub const TARGETS: [(&str, Target); 7] = [
    ("identities", identities),
    ("bodies", bodies),
    ("cursors", cursors),
    ("imports", imports),
    ("stored", stored),
    ("calendars", calendars),
    ("payloads", payloads),
];

/// The steps of a recording that are looked at.
const STEPS_MAX: u32 = 128;

/// Phones, emails and external ids. The first byte says in which region, the rest is what was sent.
///
/// # Panics
/// When reading an identity again gives another, or one that could not be sent.
pub fn identities(bytes: &[u8]) {
    let Some((region, text)) = bytes.split_first() else { return };
    let region = ["RU", "US", "IT", "AR", "MX", "BR", "GB"].get(usize::from(*region)).copied();
    let region = region.and_then(|region| Region::try_from(region).ok());
    let text = String::from_utf8_lossy(text);
    let Ok(sent) = limits::identity(&text) else { return };
    for kind in [IdentityKind::ExternalId, IdentityKind::Phone, IdentityKind::Email] {
        let known = identity::normalise(kind, sent, region);
        assert_eq!(limits::identity(&known.value), Ok(&*known.value), "what is kept could be sent");
        assert_eq!(identity::normalise(kind, &known.value, region), known, "read again it is the same");
        assert!(identity::mask(&known).contains("***"));
        let spelled = identity::spelled(&known);
        let is_read = kind == IdentityKind::Phone && *known.value != *sent;
        assert!(
            !is_read || identity::phone(&spelled, region) == known,
            "as people write it, it is the same: {spelled}"
        );
    }
    let all = identity::of_client_id(sent, identity::Placeholders::default());
    assert_eq!(all.identities.len() + all.unusable.len(), 1, "a client id is one thing");
}

/// The bodies of requests.
///
/// # Panics
/// When a refusal does not say what is wrong, or when what is taken is beyond a limit.
pub fn bodies(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    // One mark at the start is skipped, and no second one.
    let spaced = format!("\u{feff} {}\r\n\t ", text.strip_prefix('\u{feff}').unwrap_or(text));
    for ((call, read), (_, again)) in as_every_body(text).into_iter().zip(as_every_body(&spaced)) {
        let again = again.map_err(|problem| problem.detail);
        match read {
            // Of the place where JSON breaks off the second speaks otherwise.
            Err(problem) => assert!(again.is_err() && says_what_is_wrong(&problem), "{call}: {problem:?}"),
            Ok(()) => assert_eq!(again, Ok(()), "{call}: white space around a body changes nothing"),
        }
    }
    if let Ok(submit) = as_contact(text, Region::try_from("RU").ok()) {
        expect_within_limits(&submit);
    }
}

fn says_what_is_wrong(problem: &Problem) -> bool {
    let is_placed =
        |pointer: &Option<String>| pointer.as_deref().is_some_and(|at| at.is_empty() || at.starts_with('/'));
    let has_fields = !problem.errors.is_empty() && problem.errors.iter().all(|error| is_placed(&error.pointer));
    let status = problem.kind.status.as_u16();
    !problem.detail.is_empty() && (status == 422 && has_fields || status == 400 && problem.errors.is_empty())
}

fn expect_within_limits(submit: &Submit) {
    let Submit { identities, also, unusable, lead_name, message, priority, attributes, .. } = submit;
    assert!(identities.is_sorted_by_key(|one: &Identity| one.kind as u8));
    assert!(
        identities
            .iter()
            .chain(also)
            .chain(unusable)
            .all(|one| limits::identity(&one.value).as_deref() == Ok(&*one.value))
    );
    assert!(lead_name.as_ref().is_none_or(|name| limits::name(name).as_ref() == Ok(name)));
    assert!(message.as_ref().is_none_or(|text| limits::message(text).as_ref() == Ok(text)));
    assert_eq!(limits::priority((*priority).into()), Ok(*priority));
    // Callers who list contacts get them as they are, and have to be able to read them.
    let read = attributes.as_ref().map(|text| serde_json::from_str::<Map<String, Value>>(text));
    assert!(read.is_none_or(|read| read.is_ok()), "attributes that nobody can read: {attributes:?}");
}

/// Cursors. The first bytes are the print of a list, then comes a cursor as a text, or the bytes that one is made of.
///
/// # Panics
/// When a cursor is taken that this server would not have made.
pub fn cursors(bytes: &[u8]) {
    let Some((print, rest)) = bytes.split_first_chunk::<PRINT_BYTES>() else { return };
    if let Ok(text) = std::str::from_utf8(rest)
        && let Ok(last) = after(text, *print)
    {
        assert_eq!(cursor(last, *print), text);
    }
    if let Some((last, _)) = rest.split_first_chunk() {
        let last = i64::from_be_bytes(*last);
        let text = cursor(last, *print);
        assert_eq!(after(&text, *print), Ok(last));
        assert!(after(&text, print.map(|byte| !byte)).is_err(), "a cursor goes with one list");
        assert!(after(&format!("{text}="), *print).is_err() && after(&text[1..], *print).is_err());
    }
}

/// Files to be imported.
///
/// # Panics
/// When a file read twice is two files, when two rows have one key, or when a row is taken that breaks a limit.
pub fn imports(bytes: &[u8]) {
    let thread = std::thread::current().id();
    let path = std::env::temp_dir().join(format!("maitred-fuzzing-{}-{thread:?}.csv", std::process::id()));
    std::fs::write(&path, bytes).expect("a folder for temporary files");
    let read = (rows(&path, bytes), rows(&path, bytes));
    std::fs::remove_file(&path).expect("the file was there");
    assert_eq!(read.0, read.1);
}

/// What a file says: the keys of its good rows and the lines of the others.
fn rows(path: &Path, bytes: &[u8]) -> Option<(Vec<[u8; 16]>, Vec<u64>)> {
    let reading = Reading { sources: &[source()], rules: Region::try_from("RU").ok().into(), ..Reading::default() };
    let mut reader = Reader::open(path, &reading).ok()?;
    let (mut keys, mut wrong) = (Vec::new(), Vec::new());
    while let Some(row) = reader.next_row().ok()? {
        match row {
            Row::Right { submit, .. } => {
                expect_within_limits(&submit);
                assert_eq!(submit.source, SourceId(1));
                let key = submit.idempotency_key.expect("rows have keys");
                // A row that names an event is that event, however often it comes.
                if !submit.known_as.is_empty() || !keys.contains(&key) {
                    keys.push(key);
                }
            }
            Row::Wrong { line, errors } => {
                assert!(!errors.is_empty() && errors.iter().all(|error| !error.to_string().is_empty()));
                wrong.push(line);
            }
        }
    }
    let distinct: std::collections::BTreeSet<_> = keys.iter().collect();
    assert_eq!(distinct.len(), keys.len(), "two rows of one file are two contacts");
    let lines = bytes.iter().filter(|byte| matches!(byte, b'\n' | b'\r')).count() as u64 + 1;
    let are_lines = wrong.is_sorted_by(|one, next| one < next) && wrong.iter().all(|line| (2..=lines).contains(line));
    assert!(are_lines, "{wrong:?} of {lines}");
    Some((keys, wrong))
}

fn source() -> Source {
    Source::new(SourceId(1), NewSource::named("Bot"), Timestamp(0))
}

/// Bytes from a disk. The first says what they are to be.
///
/// # Panics
/// When bytes are taken that nothing here writes.
pub fn stored(bytes: &[u8]) {
    let Some((what, bytes)) = bytes.split_first() else { return };
    match what % 5 {
        0 => decision(bytes),
        1 => {
            let once = IdempotencyKey { digest: [1; 16], fingerprint: [2; 16], is_event: false };
            let Ok(answer) = Answer::decode(once, Timestamp(0), bytes) else { return };
            assert_eq!(Answer::decode(once, Timestamp(0), &answer.encode()), Ok(answer));
        }
        2 => {
            let read = Ledger::decode(bytes);
            assert!(read.is_err() || read.is_ok_and(|ledger| ledger.encode() == bytes));
        }
        3 => recording(bytes),
        _ => event(bytes),
    }
}

fn decision(bytes: &[u8]) {
    let pool = Some(PoolRef { pool: PoolId(1), step: 1 });
    let Ok(decision) = Decision::decode(ContactId(1), 1, pool, bytes) else { return };
    assert_eq!(decision.encode(), bytes);
}

/// The last byte says where the bytes are cut in two, as batches cut recordings.
fn recording(bytes: &[u8]) {
    let Some((cut, bytes)) = bytes.split_last() else { return };
    let (first, second) = bytes.split_at(usize::from(*cut).min(bytes.len()));
    let segments = || [first, second].into_iter().filter(|segment| !segment.is_empty());
    let Ok(mut playback) = Playback::start(segments()) else { return };
    for step in 0..STEPS_MAX {
        let Ok(pool) = playback.pool_at(step) else { return };
        assert_eq!(replay(segments(), step).as_ref(), Ok(pool), "from the start it is the same");
        assert!(pool.candidates().is_sorted_by(|one, next| one.operator < next.operator));
        for policy in Policy::ALL {
            let rule = Rule::of(policy);
            let picked = choose(pool, &rule, step.into()).index().map(|at| &pool.candidates()[at]);
            assert_eq!(picked.is_some(), pool.has_eligible());
            assert!(picked.is_none_or(|one| one.is_eligible()), "nobody else is picked");
        }
    }
}

fn event(bytes: &[u8]) {
    if let [code] = bytes {
        assert!(EventKind::from_code(*code).is_none_or(|kind| kind.code() == *code));
        assert_eq!(EventKind::from_code(*code).is_some(), usize::from(*code) < EventKind::ALL.len());
    }
    let Ok(json) = std::str::from_utf8(bytes) else { return };
    for kind in EventKind::ALL {
        let Ok(detail) = EventDetail::from_json(kind, Some(json)) else { continue };
        assert_eq!(detail.kind(), kind);
        assert_eq!(EventDetail::from_json(kind, detail.to_json().as_deref()), Ok(detail));
    }
}

/// Calendars, as JSON or as iCalendar files: the first byte says which.
///
/// # Panics
/// When what is refused does not say where or why, or when what is taken breaks a limit or is in no order.
pub fn calendars(bytes: &[u8]) {
    let Some((what, bytes)) = bytes.split_first() else { return };
    if what % 2 == 0 { calendar(bytes) } else { icalendar(bytes) }
}

/// Bodies of forms and hooks, and mappings. The first byte says what a body is said to be, or that it is a mapping.
///
/// # Panics
/// When a body becomes no tree within the limits, when what is kept of it reads as something else, or when a mapping
/// changes by being written.
pub fn payloads(bytes: &[u8]) {
    let Some((what, bytes)) = bytes.split_first() else { return };
    let written = || serde_json::from_slice(bytes).ok().and_then(|it| Mapping::read(&it).ok());
    if what % 8 == 7 {
        let Some(mapping) = written() else { return };
        let again = Mapping::read(&mapping.to_json()).expect("what is written can be read");
        assert_eq!(again.to_json(), mapping.to_json());
        return;
    }
    let types = [
        "",
        "application/json",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=b",
        "text/plain; charset=windows-1251",
    ];
    let tree = parse(types.get(usize::from(*what)).copied(), bytes).tree;
    let text = tree.to_string();
    assert_eq!(serde_json::from_str::<Value>(&text).expect("it can be kept").to_string(), text);
    let mappings = Preset::all().iter().map(|preset| preset.mapping.clone()).chain([Mapping::by_names()]);
    for mapping in mappings {
        _ = mapping.ignores(&tree);
        mapping.items(tree.clone()).iter().for_each(|item| _ = mapping.apply(item).shown());
    }
}

/// The year 2027.
const YEAR: Interval = Interval::new(Timestamp(1_798_761_600_000_000), Timestamp(1_830_297_600_000_000));

fn calendar(json: &[u8]) {
    let Ok(calendar) = serde_json::from_slice::<Calendar>(json) else { return };
    match calendar.check(zones(), &HolidaySets::default()) {
        Err(mistakes) => {
            let is_said = mistakes.iter().all(|one| one.pointer.starts_with('/') && !one.kind.to_string().is_empty());
            assert!(!mistakes.is_empty() && is_said, "{mistakes:?}");
        }
        Ok(schedule) => {
            let open = schedule.compile(YEAR).expect("a year can be compiled").open;
            let list = open.as_slice();
            assert!(list.iter().all(|one| one.micros() > 0 && one.overlap(YEAR) == *one));
            assert!(list.windows(2).all(|pair| pair[0].until < pair[1].from));
            let file = ics::write(schedule.name(), "1", Timestamp(0), &open);
            let written = ics::read(file.as_bytes(), zones(), schedule.zone(), YEAR).map(|import| import.events.len());
            let is_small = list.len() <= ics::EVENTS_MAX && file.len() <= ics::CALENDAR_BYTES_MAX;
            assert!(!is_small || written == Ok(list.len()), "what is written can be read");
        }
    }
}

fn icalendar(file: &[u8]) {
    let zone = zones().get("Europe/Berlin").expect("a zone of every database");
    let Ok(import) = ics::read(file, zones(), &zone, YEAR) else { return };
    assert!(import.events.len() <= ics::EVENTS_MAX && import.refused.len() <= ics::REFUSALS_MAX);
    assert!(import.events.iter().all(|event| match event.time {
        EventTime::Days { first, last } => first <= last,
        EventTime::Moments(interval) => interval.overlap(YEAR).micros() > 0,
    }));
    assert!(import.refused.iter().all(|refusal| refusal.line > 0 && !refusal.kind.to_string().is_empty()));
    let leave = import.leave();
    assert_eq!((leave.len(), import.exceptions().len()), (import.events.len(), import.dates().len()));
}

#[cfg(test)]
mod tests;
