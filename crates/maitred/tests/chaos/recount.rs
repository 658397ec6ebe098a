//! The invariants of ARCHITECTURE.md counted again in plain SQL, by nothing that maitred itself is made of, and what is
//! stored as [`crate::compare`] needs it. All of it is read in one snapshot.

use crate::compare::markers;
use crate::ledger::Fact;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

/// Rows by what they were asked for as.
pub(crate) type Rows = HashMap<&'static str, Vec<Vec<String>>>;

/// Queries whose rows are what is wrong. `$LEDGER` and `$OUTCOME` are those columns in hexadecimal.
pub(crate) const WRONG: [(&str, &str); 27] = [
    (
        "current_load is not the number of assigned contacts: operator, current_load, contacts",
        "SELECT o.id, o.current_load, count(c.id) FROM operators o \
         LEFT JOIN contacts c ON c.operator_id = o.id AND c.status = 1 \
         GROUP BY o.id, o.current_load HAVING o.current_load <> count(c.id)",
    ),
    (
        "the counters of a source are not what they count: source, waiting, assigned",
        "SELECT s.id, t.waiting, t.assigned FROM sources s LEFT JOIN source_totals t ON t.source_id = s.id \
         LEFT JOIN (SELECT source_id, \
                    sum(CASE WHEN status = 0 AND NOT scheduled AND retry_at IS NULL THEN 1 ELSE 0 END) AS waiting, \
                    sum(CASE WHEN status = 1 THEN 1 ELSE 0 END) AS assigned FROM contacts GROUP BY source_id) c \
         ON c.source_id = s.id \
         WHERE coalesce(t.waiting, 0) <> coalesce(c.waiting, 0) OR coalesce(t.assigned, 0) <> coalesce(c.assigned, 0)",
    ),
    (
        "the arrivals of a source are not those of the feed: source, arrived",
        "SELECT s.id, t.arrived FROM sources s LEFT JOIN source_totals t ON t.source_id = s.id \
         LEFT JOIN (SELECT source_id, count(*) AS n FROM events WHERE kind = 0 GROUP BY source_id) e \
         ON e.source_id = s.id WHERE coalesce(t.arrived, 0) <> coalesce(e.n, 0)",
    ),
    (
        "a contact waits although an operator has room: contact, source, operator",
        "SELECT c.id, c.source_id, o.id FROM contacts c JOIN sources s ON s.id = c.source_id \
         JOIN weights w ON w.source_id = c.source_id JOIN operators o ON o.id = w.operator_id \
         WHERE c.status = 0 AND NOT c.scheduled AND c.retry_at IS NULL AND s.deleted_at IS NULL AND w.weight > 0 \
         AND o.is_active AND o.deleted_at IS NULL AND o.current_load < o.max_load \
         AND coalesce(o.paused_at, o.away_after_s, o.calendar_id, s.calendar_id) IS NULL \
         AND o.caps IS NULL AND s.caps IS NULL AND c.attempts IS NULL",
    ),
    (
        "a deleted operator holds contacts: operator",
        "SELECT id FROM operators WHERE deleted_at IS NOT NULL AND current_load > 0",
    ),
    (
        "a deleted source has open contacts: source, contact",
        "SELECT s.id, c.id FROM sources s JOIN contacts c ON c.source_id = s.id \
         WHERE s.deleted_at IS NOT NULL AND c.status < 2",
    ),
    (
        "a contact has fields of another status: contact, status",
        "SELECT id, status FROM contacts WHERE NOT ( \
         status = 0 AND operator_id IS NULL AND assigned_at IS NULL AND resolved_at IS NULL \
         OR status = 1 AND operator_id IS NOT NULL AND assigned_at IS NOT NULL AND resolved_at IS NULL \
         OR status = 2 AND resolved_at IS NOT NULL AND (operator_id IS NULL) = (assigned_at IS NULL))",
    ),
    (
        "a contact is not where its last event left it: contact, status, operator, kind, operator of the event",
        "SELECT c.id, c.status, c.operator_id, e.kind, e.operator_id FROM contacts c \
         JOIN (SELECT contact_id, max(position) AS last FROM events \
               WHERE kind < 6 OR kind IN (22, 35, 36, 37) GROUP BY contact_id) l \
         ON l.contact_id = c.id JOIN events e ON e.position = l.last \
         WHERE NOT (CASE WHEN e.kind = 4 THEN c.status = 2 \
                    WHEN e.kind IN (2, 22, 35, 36, 37) OR e.operator_id IS NULL THEN c.status = 0 \
                    ELSE c.status = 1 AND c.operator_id = e.operator_id END)",
    ),
    (
        "a chain of decisions has gaps: contact, decisions, first, last, rows",
        "SELECT c.id, c.decisions, d.first, d.last, d.n FROM contacts c \
         LEFT JOIN (SELECT contact_id, min(seq) AS first, max(seq) AS last, count(*) AS n FROM decisions \
                    GROUP BY contact_id) d ON d.contact_id = c.id \
         WHERE d.n IS NULL OR d.first <> 0 OR d.last <> d.n - 1 OR d.n <> c.decisions",
    ),
    (
        "decisions of a contact that is not there: contact",
        "SELECT DISTINCT d.contact_id FROM decisions d LEFT JOIN contacts c ON c.id = d.contact_id WHERE c.id IS NULL",
    ),
    (
        "positions of the feed have gaps: events, first, last",
        "SELECT count(*), min(position), max(position) FROM events \
         HAVING count(*) > 0 AND (min(position) <> 1 OR max(position) <> count(*))",
    ),
    (
        "the feed goes back in time: position",
        "SELECT position FROM (SELECT position, at, lag(at) OVER (ORDER BY position) AS before FROM events) x \
         WHERE before > at",
    ),
    (
        "later contacts are older: contact",
        "SELECT id FROM (SELECT id, created_at, lag(created_at) OVER (ORDER BY id) AS before FROM contacts) x \
         WHERE before > created_at",
    ),
    (
        "a contact did not arrive once: contact, arrivals",
        "SELECT contact_id, sum(CASE WHEN kind = 0 THEN 1 ELSE 0 END) FROM events WHERE contact_id IS NOT NULL \
         GROUP BY contact_id HAVING sum(CASE WHEN kind = 0 THEN 1 ELSE 0 END) <> 1",
    ),
    (
        "a contact is in the feed or in the table, not in both: contact of the table, of the feed",
        "SELECT c.id, e.contact_id FROM (SELECT contact_id FROM events WHERE kind = 0 \
         AND contact_id NOT IN (SELECT contact_id FROM events WHERE kind = 7)) e \
         LEFT JOIN contacts c ON c.id = e.contact_id WHERE c.id IS NULL \
         UNION ALL SELECT c.id, NULL FROM contacts c WHERE c.id NOT IN (SELECT contact_id FROM events WHERE kind = 0) \
         OR c.id IN (SELECT contact_id FROM events WHERE kind = 7)",
    ),
    (
        "an id was given out that the counters do not know: contact, lead, operator, source, event",
        "SELECT n.contact, n.lead, n.operator, n.source, n.event FROM next_ids n WHERE \
         n.contact <= (SELECT coalesce(max(contact_id), 0) FROM events) \
         OR n.lead <= (SELECT coalesce(max(id), 0) FROM leads) \
         OR n.operator <= (SELECT coalesce(max(id), 0) FROM operators) \
         OR n.source <= (SELECT coalesce(max(id), 0) FROM sources) \
         OR n.note <= (SELECT coalesce(max(id), 0) FROM contact_notes) \
         OR n.event <> (SELECT coalesce(max(position), 0) + 1 FROM events)",
    ),
    (
        "a key of a contact that is not there: contact",
        "SELECT r.contact_id FROM receipts r LEFT JOIN contacts c ON c.id = r.contact_id WHERE c.id IS NULL",
    ),
    (
        "a key is there twice",
        "SELECT 'answer', count(*) FROM answers GROUP BY key HAVING count(*) > 1 \
         UNION ALL SELECT 'row', count(*) FROM receipts GROUP BY key HAVING count(*) > 1",
    ),
    (
        "an identity is of two leads, of nobody, or of somebody merged or erased: lead",
        "SELECT i.lead_id FROM identities i LEFT JOIN leads l ON l.id = i.lead_id \
         WHERE l.id IS NULL OR l.merged_into IS NOT NULL OR l.erased_at IS NOT NULL \
         UNION ALL SELECT min(lead_id) FROM identities GROUP BY kind, value, space HAVING count(*) > 1",
    ),
    (
        "a contact of a lead that is not there, or was merged: contact",
        "SELECT c.id FROM contacts c LEFT JOIN leads l ON l.id = c.lead_id \
         WHERE l.id IS NULL OR l.merged_into IS NOT NULL",
    ),
    (
        "an erased lead has a name: lead",
        "SELECT id FROM leads WHERE erased_at IS NOT NULL AND name IS NOT NULL \
         UNION ALL SELECT a.id FROM leads a JOIN leads b ON b.id = a.merged_into \
         WHERE b.erased_at IS NOT NULL AND a.name IS NOT NULL",
    ),
    (
        "an erased lead can be found by a word: lead",
        "SELECT w.lead_id FROM lead_words w LEFT JOIN leads l ON l.id = w.lead_id \
         WHERE l.id IS NULL OR l.erased_at IS NOT NULL",
    ),
    (
        "a contact of an erased lead has texts: contact",
        "SELECT c.id FROM contacts c JOIN leads l ON l.id = c.lead_id \
         WHERE l.erased_at IS NOT NULL AND coalesce(c.message, c.attributes, c.sent) IS NOT NULL",
    ),
    (
        "a message of a contact that is not there, or of an erased lead: message",
        "SELECT m.id FROM messages m LEFT JOIN contacts c ON c.id = m.contact_id \
         LEFT JOIN leads l ON l.id = c.lead_id WHERE c.id IS NULL OR l.erased_at IS NOT NULL",
    ),
    (
        "a contact has a time of another status: contact, status",
        "SELECT id, status FROM contacts \
         WHERE status <> 0 AND (scheduled OR retry_at IS NOT NULL OR raise_at IS NOT NULL) \
         OR status <> 1 AND (accept_by IS NOT NULL OR release_at IS NOT NULL) \
         OR accept_by IS NOT NULL AND accepted_at IS NOT NULL OR scheduled AND retry_at IS NOT NULL",
    ),
    (
        "a timer without its contact, or a contact without its timer: contact, at, at of the contact",
        "SELECT coalesce(d.subject_id, c.id), d.at, c.at FROM (SELECT subject_id, at FROM due WHERE kind = 0) d \
         FULL JOIN (SELECT id, coalesce(accept_by, retry_at, CASE WHEN scheduled THEN not_before END) AS at \
                    FROM contacts WHERE status < 2) c ON c.id = d.subject_id \
         WHERE c.at IS NOT NULL AND (d.at IS NULL OR d.at > c.at) OR c.id IS NULL",
    ),
    (
        "a note on a contact that is not there, or of an erased lead: note",
        "SELECT n.id FROM contact_notes n LEFT JOIN contacts c ON c.id = n.contact_id \
         LEFT JOIN leads l ON l.id = c.lead_id WHERE c.id IS NULL OR l.erased_at IS NOT NULL",
    ),
];

/// What is wrong for a moment between two batches: the rest of a large change is about to follow.
const PASSING: [usize; 3] = [3, 4, 5];

/// What is read to be compared.
pub(crate) const READ: [(&str, &str); 13] = [
    (
        "contacts",
        "SELECT c.id, c.attributes, CASE WHEN l.erased_at IS NULL THEN 0 ELSE 1 END FROM contacts c \
         LEFT JOIN leads l ON l.id = c.lead_id",
    ),
    ("notes", "SELECT id, text FROM contact_notes"),
    ("messages", "SELECT id, contact_id, attributes FROM messages"),
    ("calendars", "SELECT id, name FROM calendars"),
    ("operators", "SELECT id, name FROM operators"),
    ("sources", "SELECT id, name FROM sources"),
    ("erased", "SELECT id FROM leads WHERE erased_at IS NOT NULL"),
    ("merged", "SELECT id, merged_into FROM leads WHERE merged_into IS NOT NULL"),
    ("events", "SELECT kind, contact_id, operator_id, at FROM events ORDER BY position"),
    (
        "held",
        "SELECT o.id, o.max_load, o.current_load, coalesce(f.n, 0) FROM operators o LEFT JOIN ( \
         SELECT c.operator_id, count(*) AS n FROM contacts c JOIN ( \
         SELECT contact_id, max(position) AS last FROM events WHERE operator_id IS NOT NULL AND (kind IN (0, 3, 5) \
         OR kind = 1 AND coalesce(detail, '') NOT LIKE '%at_once%') GROUP BY contact_id) l ON l.contact_id = c.id \
         JOIN events e ON e.position = l.last WHERE c.status = 1 AND e.detail LIKE '%forced%' GROUP BY c.operator_id \
         ) f ON f.operator_id = o.id",
    ),
    ("ledgers", "SELECT source_id, $LEDGER FROM source_totals"),
    (
        "picks",
        "SELECT source_id, operator_id, count(*) FROM events WHERE operator_id IS NOT NULL \
         AND (kind IN (0, 5) OR kind = 1 AND coalesce(detail, '') NOT LIKE '%at_once%') \
         GROUP BY source_id, operator_id",
    ),
    (
        "texts",
        "SELECT 'the name of lead ' || id, name FROM leads WHERE name LIKE '%zq%' \
         UNION ALL SELECT 'a word of lead ' || lead_id, word FROM lead_words WHERE word LIKE '%zq%' \
         UNION ALL SELECT 'an identity of lead ' || lead_id, value FROM identities WHERE value LIKE '%zq%' \
         UNION ALL SELECT 'the message of contact ' || id, message FROM contacts WHERE message LIKE '%zq%' \
         UNION ALL SELECT 'the attributes of contact ' || id, attributes FROM contacts WHERE attributes LIKE '%zq%' \
         UNION ALL SELECT 'what was sent with contact ' || id, sent FROM contacts WHERE sent LIKE '%zq%' \
         UNION ALL SELECT 'message ' || id, text FROM messages WHERE text LIKE '%zq%' \
         UNION ALL SELECT 'the attributes of message ' || id, attributes FROM messages WHERE attributes LIKE '%zq%' \
         UNION ALL SELECT 'calendar ' || id, name FROM calendars WHERE name LIKE '%zq%' \
         UNION ALL SELECT 'the pause of operator ' || id, pause_reason FROM operators WHERE pause_reason LIKE '%zq%' \
         UNION ALL SELECT 'note ' || id, text FROM contact_notes WHERE text LIKE '%zq%' \
         UNION ALL SELECT 'operator ' || id, name FROM operators WHERE name LIKE '%zq%' \
         UNION ALL SELECT 'source ' || id, name FROM sources WHERE name LIKE '%zq%' \
         UNION ALL SELECT 'a kept answer', $OUTCOME FROM answers",
    ),
];

/// A contact as it is stored.
#[derive(Debug)]
pub(crate) struct Contact {
    pub(crate) marker: Option<String>,
    pub(crate) is_erased: bool,
}

/// What an operator holds.
#[derive(Debug)]
pub(crate) struct Held {
    pub(crate) operator: i64,
    pub(crate) max_load: i64,
    pub(crate) load: i64,
    /// How many of them were forced on them.
    pub(crate) forced: i64,
}

/// What is stored at one moment.
pub(crate) struct Snapshot {
    pub(crate) contacts: BTreeMap<i64, Contact>,
    pub(crate) created: HashSet<i64>,
    pub(crate) notes: HashMap<i64, String>,
    /// What was appended: contact and marker, by id.
    pub(crate) messages: BTreeMap<i64, (i64, Option<String>)>,
    pub(crate) calendars: HashMap<i64, String>,
    pub(crate) operators: HashMap<i64, String>,
    pub(crate) sources: HashMap<i64, String>,
    pub(crate) erased_leads: HashSet<i64>,
    pub(crate) merged_leads: HashMap<i64, i64>,
    /// Kind and contact of every event.
    pub(crate) events: Vec<(usize, i64)>,
    pub(crate) facts: BTreeSet<Fact>,
    pub(crate) held: Vec<Held>,
    /// Where each marker is.
    pub(crate) marked: Vec<(String, String)>,
    /// When the last event happened.
    pub(crate) last_at: i64,
    /// What is wrong, and what is perhaps only for a moment.
    pub(crate) wrong: Vec<String>,
    pub(crate) passing: Vec<String>,
}

/// A whole number; 0 where there is none.
fn number(text: &str) -> i64 {
    text.parse().unwrap_or_default()
}

fn names(rows: &[Vec<String>]) -> HashMap<i64, String> {
    rows.iter().map(|row| (number(&row[0]), row[1].clone())).collect()
}

impl Snapshot {
    pub(crate) fn new(rows: &Rows) -> Self {
        let of = |name: &str| rows.get(name).map_or(&[][..], |rows| &rows[..]);
        let contact = |row: &Vec<String>| {
            let marker = markers(&row[1]).next().map(str::to_owned);
            (number(&row[0]), Contact { marker, is_erased: row[2] == "1" })
        };
        let message = |row: &Vec<String>| {
            let marker = markers(&row[2]).next().map(str::to_owned);
            (number(&row[0]), (number(&row[1]), marker))
        };
        let held = |row: &Vec<String>| Held {
            operator: number(&row[0]),
            max_load: number(&row[1]),
            load: number(&row[2]),
            forced: number(&row[3]),
        };
        let events = of("events");
        let mut snapshot = Self {
            contacts: of("contacts").iter().map(contact).collect(),
            created: events.iter().filter(|row| row[0] == "0").map(|row| number(&row[1])).collect(),
            notes: names(of("notes")),
            messages: of("messages").iter().map(message).collect(),
            calendars: names(of("calendars")),
            operators: names(of("operators")),
            sources: names(of("sources")),
            erased_leads: of("erased").iter().map(|row| number(&row[0])).collect(),
            merged_leads: of("merged").iter().map(|row| (number(&row[0]), number(&row[1]))).collect(),
            events: events.iter().map(|row| (number(&row[0]) as usize, number(&row[1]))).collect(),
            facts: events.iter().filter_map(|row| fact(row)).collect(),
            held: of("held").iter().map(held).collect(),
            marked: of("texts").iter().flat_map(|row| marked(row)).collect(),
            last_at: events.last().map_or(0, |row| number(&row[3])),
            wrong: Vec::new(),
            passing: Vec::new(),
        };
        for (place, (what, _)) in WRONG.iter().enumerate() {
            let found = of(what).iter().map(|row| format!("{what}: {}", row.join(", ")));
            if PASSING.contains(&place) { snapshot.passing.extend(found) } else { snapshot.wrong.extend(found) }
        }
        snapshot.wrong.extend(ledgers(of("ledgers"), of("picks")));
        snapshot
    }
}

fn fact(row: &[String]) -> Option<Fact> {
    let (contact, at) = (number(&row[1]), number(&row[3]));
    match (row[0].as_str(), row[2].as_str()) {
        ("4", _) => Some(Fact { contact, operator: None, at }),
        ("0" | "1" | "3" | "5", operator) if !operator.is_empty() => {
            Some(Fact { contact, operator: Some(number(operator)), at })
        }
        _ => None,
    }
}

/// The markers of a text, which is in hexadecimal in an answer that is kept.
fn marked(row: &[String]) -> Vec<(String, String)> {
    let text = match row[0].as_str() {
        "a kept answer" => String::from_utf8_lossy(&bytes(&row[1])).into_owned(),
        _ => row[1].clone(),
    };
    markers(&text).map(|marker| (marker.to_owned(), row[0].clone())).collect()
}

fn bytes(hex: &str) -> Vec<u8> {
    let digit = |at: usize| u8::from_str_radix(hex.get(at..at + 2).unwrap_or("0"), 16).unwrap_or_default();
    (0..hex.len()).step_by(2).map(digit).collect()
}

/// What is wrong with the ledgers: credits add up to nothing, and what was received is what the feed says.
fn ledgers(ledgers: &[Vec<String>], picks: &[Vec<String>]) -> Vec<String> {
    let mut in_feed: BTreeMap<(i64, i64), i64> =
        picks.iter().map(|row| ((number(&row[0]), number(&row[1])), number(&row[2]))).collect();
    let mut wrong = Vec::new();
    for row in ledgers {
        let source = number(&row[0]);
        let lines = lines(&bytes(&row[1]));
        let sum: i128 = lines.iter().map(|line| line.credit).sum();
        if sum != 0 {
            wrong.push(format!("the credits of source {source} add up to {sum}"));
        }
        for line in lines {
            let picks = in_feed.remove(&(source, line.operator)).unwrap_or_default();
            if picks != line.received {
                wrong.push(format!("source {source} gave {picks} contacts by the feed: {line:?}"));
            }
        }
    }
    let left = in_feed.into_iter().map(|(member, picks)| format!("{member:?} got {picks} and is in no ledger"));
    wrong.into_iter().chain(left).collect()
}

/// A line of a ledger: credits in 2^-44 of a contact, with those carried over.
#[derive(Debug)]
struct Line {
    operator: i64,
    received: i64,
    credit: i128,
}

/// The ledger's bytes, read as docs/decisions/0003 and the core's `world/ledger.rs` describe them: a version, and for
/// each operator the distance of the id, what they received, their credit, and whole contacts and the rest of what was
/// carried over, as variable-length integers (LEB128), signed ones zigzag.
fn lines(bytes: &[u8]) -> Vec<Line> {
    let mut at = 1;
    let mut unsigned = || {
        let (mut value, mut shift) = (0u64, 0);
        while let Some(byte) = bytes.get(at) {
            at += 1;
            value |= u64::from(byte & 0x7f) << shift;
            shift += 7;
            if byte & 0x80 == 0 {
                break;
            }
        }
        value
    };
    let mut numbers = Vec::new();
    let count = bytes.iter().skip(1).filter(|byte| **byte & 0x80 == 0).count();
    (0..count).for_each(|_| numbers.push(unsigned()));
    let signed = |raw: u64| i128::from((raw >> 1) as i64 ^ -((raw & 1) as i64));
    let mut operator = 0;
    let line = |five: &[u64]| {
        operator += signed(five[0]) as i64;
        let credit = signed(five[2]) + (signed(five[3]) << CREDIT_BITS) + i128::from(five[4]);
        Line { operator, received: five[1] as i64, credit }
    };
    numbers.chunks_exact(5).map(line).collect()
}

const CREDIT_BITS: u32 = 44;
