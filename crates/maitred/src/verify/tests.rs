//! A clean database is found clean, whatever was done through the real write path; one change behind its back is found
//! and named.

use super::*;
use crate::store::sqlite::open_read_only;
use crate::testing::{House, identity, submit};
use maitred_core::command::{ContactEdit, LeadEdit, OperatorEdit, SourceEdit, Submit};
use maitred_core::draw::draw;
use maitred_core::{Command, Contact, ContactId, IdentityKind, LeadId, OperatorId, Outcome, Policy, SourceId};
use std::path::PathBuf;
use std::sync::LazyLock;
use tempfile::TempDir;

fn check(conn: &Connection) -> Report {
    verify(conn, |_| {}).expect("the file can be read")
}

fn found(report: &Report, severity: Severity) -> Vec<Invariant> {
    report.findings.iter().filter(|f| f.severity == severity).map(|f| f.invariant).collect()
}

/// Contacts 1 to 12 in every state, the ninth deleted; operators 1 to 5, the fourth deleted, the fifth with one contact
/// too many by force; sources 1 to 3, the last deleted; leads 1 to 12, the tenth merged into the first.
struct Example {
    file: PathBuf,
    _folder: TempDir,
}

static EXAMPLE: LazyLock<Example> = LazyLock::new(|| {
    let mut house = House::new();
    let (anna, boris, vera) = (house.operator("Anna", 4), house.operator("Boris", 2), house.operator("Vera", 50));
    let gone = house.operator("Galina", 50);
    let bot = house.source("Bot", Policy::SmoothWeighted, &[(anna, 5), (boris, 1)]);
    let site = house.source("Site", Policy::WeightedRandom, &[(boris, 1), (gone, 1)]);
    let old = house.source("Old", Policy::LongestIdle, &[(vera, 1)]);
    let mut contacts: Vec<Contact> = Vec::new();
    for n in 0..10 {
        let once = Some([n; 16]);
        let name = Some(format!("Lead {n}").into());
        let wanted = Submit { once, lead_name: name, ..submit([bot, site][usize::from(n % 3 == 2)], &n.to_string()) };
        let Outcome::Contact(contact) = house.run(Command::Submit(wanted)) else { unreachable!() };
        contacts.push(contact);
    }
    house.edit(&contacts[0], |edit| edit.is_resolved = Some(true));
    house.edit(&contacts[1], |edit| edit.is_resolved = Some(true));
    house.edit(&contacts[1], |edit| edit.is_resolved = Some(false));
    house.run(Command::DeleteOperator(gone));
    house.run(Command::Transfer { contact: contacts[3].id, to: None, force: false });
    house.run(Command::DeleteContact(contacts[8].id));
    house.contact(old, "11");
    house.contact(bot, "12");
    house.run(Command::DeleteSource { source: old, force: true });
    house.merge(LeadId(10), LeadId(1));
    let denis = house.operator("Denis", 0);
    house.run(Command::Transfer { contact: contacts[4].id, to: Some(denis), force: true });
    let file = house.path();
    let (_, folder) = house.vandal();
    Example { file, _folder: folder }
});

/// The example in a file of its own, to be changed.
fn copy() -> (Connection, TempDir) {
    let folder = tempfile::tempdir().expect("a folder for temporary files");
    let path = folder.path().join("copy.db");
    std::fs::copy(&EXAMPLE.file, &path).expect("the example can be copied");
    let conn = Connection::open(path).expect("the copy can be opened");
    conn.pragma_update(None, "foreign_keys", "OFF").expect("a setting");
    (conn, folder)
}

#[test]
fn a_clean_database_is_found_clean() {
    let mut steps = Vec::new();
    let conn = open_read_only(&EXAMPLE.file).expect("the example can be read");
    let report = verify(&conn, |progress| steps.push(progress.step)).expect("the file can be read");
    assert_eq!(report.faults, 0, "{report:#?}");
    assert_eq!(found(&report, Severity::Note), [Invariant::NobodyIsOverloaded], "Denis got one by force: {report:#?}");
    let checked = report.checked;
    assert_eq!((checked.contacts, checked.operators, checked.sources, checked.leads), (11, 5, 3, 12));
    assert!(checked.decisions > 11 && checked.events > 11 && checked.identities == 12);
    steps.dedup();
    assert_eq!(steps, ["file", "leads", "identities", "events", "contacts"]);
    let states: Vec<i64> = {
        let mut statement = conn.prepare("SELECT DISTINCT status FROM contacts ORDER BY 1").expect("a statement");
        let states = statement.query_map([], |row| row.get(0)).expect("rows");
        states.collect::<Result<_, _>>().expect("rows")
    };
    assert_eq!(states, [0, 1, 2], "the example has contacts in every state");
}

/// What breaks the example, and which invariants it breaks; each must be named, others may be.
const BROKEN: &[(&str, &[Invariant])] = {
    use Invariant::*;
    &[
        ("UPDATE operators SET current_load = current_load + 1 WHERE id = 1", &[LoadsAreCounted]),
        ("UPDATE operators SET max_load = 0 WHERE id = 1", &[NobodyIsOverloaded]),
        ("UPDATE operators SET max_load = -1 WHERE id = 1", &[RecordsAreReadable]),
        ("UPDATE operators SET is_active = 1 WHERE id = 4", &[MembershipsAreValid]),
        ("DELETE FROM operators WHERE id = 1", &[ReferencesExist]),
        ("UPDATE operators SET max_load = 50 WHERE id = 1", &[NobodyWaitsInVain]),
        ("UPDATE sources SET kind = 99 WHERE id = 1", &[RecordsAreReadable]),
        ("UPDATE sources SET policy = 99 WHERE id = 1", &[RecordsAreReadable]),
        ("UPDATE sources SET deleted_at = 1 WHERE id = 1", &[MembershipsAreValid]),
        ("DELETE FROM sources WHERE id = 3", &[ReferencesExist]),
        ("UPDATE weights SET weight = 2000000000 WHERE operator_id = 1", &[MembershipsAreValid]),
        ("INSERT INTO weights VALUES (1, 3, 0)", &[LedgersAreTrue]),
        ("INSERT INTO weights VALUES (1, 99, 1)", &[ReferencesExist]),
        ("INSERT INTO weights VALUES (2, 4, 1)", &[MembershipsAreValid]),
        ("INSERT INTO weights VALUES (3, 3, 1)", &[MembershipsAreValid]),
        ("UPDATE source_totals SET waiting = waiting + 1 WHERE source_id = 1", &[SourcesAreCounted]),
        ("UPDATE source_totals SET assigned = 0 WHERE source_id = 1", &[SourcesAreCounted]),
        ("UPDATE source_totals SET arrived = arrived - 1 WHERE source_id = 2", &[SourcesAreCounted]),
        ("DELETE FROM source_totals WHERE source_id = 2", &[SourcesAreCounted]),
        ("UPDATE source_totals SET ledger = x'01' WHERE source_id = 1", &[LedgersAreTrue]),
        ("UPDATE source_totals SET ledger = x'010200020000' WHERE source_id = 3", &[LedgersAreTrue]),
        ("UPDATE source_totals SET ledger = x'ff' WHERE source_id = 1", &[RecordsAreReadable]),
        ("UPDATE contacts SET status = 9 WHERE id = 1", &[RecordsAreReadable]),
        ("UPDATE contacts SET status = 2, resolved_at = 1 WHERE id = 2", &[LoadsAreCounted, SourcesAreCounted]),
        ("UPDATE contacts SET resolved_at = NULL WHERE id = 1", &[ChainsAreWhole]),
        ("UPDATE contacts SET operator_id = 3 WHERE status = 1", &[LoadsAreCounted, ChainsAreWhole]),
        ("UPDATE contacts SET operator_id = 99 WHERE id = 1", &[ReferencesExist, ChainsAreWhole]),
        ("UPDATE contacts SET source_id = 99 WHERE id = 1", &[ReferencesExist]),
        ("UPDATE contacts SET lead_id = 99 WHERE id = 1", &[LeadsAreWhole]),
        ("UPDATE contacts SET lead_id = 10 WHERE id = 1", &[LeadsAreWhole]),
        ("UPDATE contacts SET created_at = 1 WHERE id = 5", &[TimeGoesForward]),
        ("DELETE FROM contacts WHERE id = 3", &[ContactsAreKept, ChainsAreWhole, ReferencesExist]),
        (
            "INSERT INTO contacts SELECT 9, lead_id, source_id, NULL, 2, 0, NULL, NULL, created_at, NULL, 1, 1, 1 \
          FROM contacts WHERE id = 8",
            &[FeedIsWhole, ChainsAreWhole],
        ),
        ("UPDATE contacts SET decisions = decisions + 1 WHERE id = 4", &[ChainsAreWhole]),
        ("DELETE FROM decisions WHERE contact_id = 4 AND seq = 0", &[ChainsAreWhole]),
        ("DELETE FROM decisions WHERE contact_id = 1", &[ChainsAreWhole]),
        ("UPDATE decisions SET contact_id = 99 WHERE contact_id = 1", &[ChainsAreWhole]),
        ("UPDATE decisions SET pool_id = NULL WHERE contact_id = 1", &[ChainsAreWhole]),
        ("UPDATE decisions SET body = x'00' WHERE contact_id = 1", &[RecordsAreReadable]),
        (
            "UPDATE decisions SET body = CAST(substr(body, 1, 3) || x'63' || substr(body, 5) AS BLOB) \
             WHERE contact_id = 1",
            &[DecisionsReplay],
        ),
        ("UPDATE decisions SET step = step + 1000 WHERE contact_id = 1", &[DecisionsReplay]),
        ("UPDATE decisions SET pool_id = 99 WHERE contact_id = 1", &[DecisionsReplay, IdsAreNew]),
        ("DELETE FROM pool_segments WHERE first_step = 0", &[DecisionsReplay]),
        ("UPDATE pool_segments SET bytes = x'63' WHERE first_step = 0", &[DecisionsReplay]),
        // The snapshot of an empty pool: everybody's decision comes out otherwise.
        ("UPDATE pool_segments SET bytes = x'0100' WHERE first_step = 0", &[DecisionsReplay]),
        ("UPDATE leads SET merged_into = id WHERE id = 10", &[LeadsAreWhole]),
        ("UPDATE leads SET merged_into = 1 WHERE id = 2", &[LeadsAreWhole]),
        ("UPDATE leads SET merged_into = 99 WHERE id = 10", &[ReferencesExist]),
        ("UPDATE leads SET name_folded = 'x' WHERE id = 2", &[LeadsAreWhole]),
        ("DELETE FROM leads WHERE id = 2", &[LeadsAreWhole]),
        ("UPDATE identities SET lead_id = 99 WHERE value = '1'", &[LeadsAreWhole]),
        ("UPDATE identities SET kind = 9 WHERE value = '1'", &[RecordsAreReadable]),
        ("INSERT INTO lead_duplicates VALUES (1, 99, 1, 1)", &[ReferencesExist]),
        ("INSERT INTO receipts VALUES (x'00', 99)", &[ReferencesExist]),
        ("DELETE FROM events WHERE position = 1", &[FeedIsWhole]),
        ("DELETE FROM events WHERE position = 15", &[FeedIsWhole]),
        ("DELETE FROM events WHERE position = (SELECT max(position) FROM events)", &[IdsAreNew]),
        ("DELETE FROM events WHERE kind = 0 AND contact_id = 1", &[FeedIsWhole, SourcesAreCounted]),
        ("UPDATE events SET contact_id = 1 WHERE kind = 0 AND contact_id = 2", &[FeedIsWhole]),
        ("UPDATE events SET kind = 99 WHERE position = 3", &[RecordsAreReadable]),
        ("UPDATE events SET detail = '{' WHERE position = 3", &[RecordsAreReadable]),
        ("UPDATE events SET at = 1 WHERE position = 3", &[TimeGoesForward]),
        ("UPDATE events SET operator_id = 99 WHERE position = 1", &[ReferencesExist]),
        ("UPDATE events SET operator_id = 3 WHERE kind = 0 AND contact_id = 1", &[LedgersAreTrue]),
        ("UPDATE events SET operator_id = NULL WHERE kind = 0 AND contact_id = 1", &[LedgersAreTrue]),
        ("UPDATE next_ids SET contact = 5", &[IdsAreNew]),
        ("UPDATE next_ids SET lead = 2", &[IdsAreNew]),
        ("UPDATE next_ids SET operator = 2", &[IdsAreNew]),
        ("UPDATE next_ids SET source = 2", &[IdsAreNew]),
        ("UPDATE next_ids SET pool = 1", &[IdsAreNew]),
        ("UPDATE next_ids SET event = event + 1", &[IdsAreNew]),
        ("DELETE FROM next_ids", &[IdsAreNew]),
    ]
};

#[test]
fn every_kind_of_damage_is_found_and_named() {
    let missed: Vec<String> = BROKEN.iter().filter_map(|(sql, invariants)| missed(sql, invariants)).collect();
    assert!(missed.is_empty(), "{}", missed.join("\n\n"));
    let covered = |invariant: &Invariant| BROKEN.iter().any(|(_, broken)| broken.contains(invariant));
    let uncovered: Vec<_> = Invariant::ALL.into_iter().filter(|invariant| !covered(invariant)).collect();
    assert_eq!(uncovered, [Invariant::FileIsSound], "each invariant but that of the next test is broken by something");
}

/// What verifying does not say after this change.
fn missed(sql: &str, expected: &[Invariant]) -> Option<String> {
    let (conn, _folder) = copy();
    let changed = conn.execute(sql, []).expect("valid SQL");
    let report = check(&conn);
    let named = found(&report, Severity::Fault);
    let all_named = expected.iter().all(|invariant| named.contains(invariant));
    let is_missed = changed == 0 || !all_named;
    is_missed.then(|| format!("{sql}\n  changed {changed} rows; expected {expected:?}\n  {:#?}", report.findings))
}

#[test]
fn a_damaged_file_is_a_finding() {
    let (conn, folder) = copy();
    let number = |sql: &str| conn.query_row(sql, [], |row| row.get::<_, i64>(0)).expect("a number") as usize;
    let page_bytes = number("PRAGMA page_size");
    let page = number("SELECT rootpage FROM sqlite_schema WHERE name = 'contacts_lead'");
    conn.execute_batch("PRAGMA wal_checkpoint(TRUNCATE); PRAGMA journal_mode = DELETE").expect("one file");
    drop(conn);
    let path = folder.path().join("copy.db");
    let mut bytes = std::fs::read(&path).expect("the file");
    let at = (page - 1) * page_bytes;
    bytes[at..at + 200].fill(0xff);
    std::fs::write(&path, bytes).expect("the file");
    let report = check(&open_read_only(&path).expect("the header is sound"));
    assert_eq!(found(&report, Severity::Fault).first(), Some(&Invariant::FileIsSound), "{report:#?}");
    assert_eq!(report.checked, Checked::default(), "the records of a damaged file say nothing");
}

#[test]
fn a_lowered_limit_explains_an_overload() {
    let mut house = House::new();
    let anna = house.operator("Anna", 5);
    let bot = house.source("Bot", Policy::LongestIdle, &[(anna, 1)]);
    (0..4).for_each(|n| _ = house.contact(bot, &n.to_string()));
    house.run(Command::EditOperator(anna, OperatorEdit { max_load: Some(2), ..OperatorEdit::default() }));
    let report = check(&house.reader());
    assert!(report.is_clean(), "{report:#?}");
    assert_eq!(found(&report, Severity::Note), [Invariant::NobodyIsOverloaded]);
}

#[test]
fn what_a_stopped_server_left_to_do_is_a_note() {
    let mut house = House::new();
    let anna = house.operator("Anna", 0);
    let bot = house.source("Bot", Policy::LongestIdle, &[(anna, 1)]);
    (0..300).for_each(|n| _ = house.contact(bot, &n.to_string()));
    let room = OperatorEdit { max_load: Some(1_000), ..OperatorEdit::default() };
    house.batch(vec![Command::EditOperator(anna, room)]);
    let report = check(&house.reader());
    assert!(report.is_clean(), "{report:#?}");
    assert_eq!(found(&report, Severity::Note), [Invariant::NobodyWaitsInVain], "44 of 300 wait for the next drain");
    house.follow_up();
    house.batch(vec![Command::DeleteOperator(anna)]);
    let report = check(&house.reader());
    assert!(report.is_clean(), "{report:#?}");
    house.follow_up();
    let report = check(&house.reader());
    assert_eq!((report.faults, report.notes), (0, 0), "{report:#?}");
}

#[test]
fn findings_of_one_kind_are_capped_and_counted() {
    let mut house = House::new();
    let bot = house.source("Bot", Policy::LongestIdle, &[]);
    (0..50).for_each(|n| _ = house.contact(bot, &n.to_string()));
    let (conn, _folder) = house.vandal();
    conn.execute("UPDATE contacts SET resolved_at = 1", []).expect("valid SQL");
    let report = check(&conn);
    assert_eq!(report.faults_by_invariant.get(&Invariant::ChainsAreWhole), Some(&50));
    assert_eq!(found(&report, Severity::Fault).len(), FINDINGS_OF_ONE_INVARIANT_MAX);
    let first = serde_json::to_value(&report.findings[0]).expect("a report is JSON");
    assert_eq!(first["contact_id"], 1);
    assert_eq!(first["invariant"], "chains_are_whole");
    assert_eq!(first["severity"], "fault");
}

/// Commands out of numbers: every kind, about whatever may be there.
fn command(n: u64) -> Command {
    let pick = |salt: u64, bound: u64| draw(n.wrapping_mul(31).wrapping_add(salt), bound);
    let id = |salt, bound| pick(salt, bound) as i64 + 1;
    let (contact, lead) = (ContactId(id(1, 60)), LeadId(id(2, 25)));
    let (operator, source) = (OperatorId(id(3, 5)), SourceId(id(4, 4)));
    let flag = |salt| pick(salt, 2) == 0;
    match pick(0, 30) {
        0..12 => {
            let mut identities = vec![identity(IdentityKind::ExternalId, &pick(5, 30).to_string())];
            if flag(6) {
                identities.push(identity(IdentityKind::Phone, &pick(7, 30).to_string()));
            }
            let once = flag(8).then(|| [pick(9, 40) as u8; 16]);
            Command::Submit(Submit { identities, priority: id(10, 3) as i32, once, ..submit(source, "") })
        }
        12..17 => {
            let is_resolved = Some(pick(11, 3) > 0);
            let priority = flag(12).then(|| id(13, 5) as i32);
            Command::EditContact(contact, ContactEdit { is_resolved, priority, message: None })
        }
        17..20 => Command::Transfer { contact, to: flag(14).then_some(operator), force: flag(15) },
        20 => Command::DeleteContact(contact),
        21..23 => {
            let (max_load, is_active) = (flag(16).then(|| pick(17, 9) as u32), flag(18).then(|| flag(19)));
            Command::EditOperator(operator, OperatorEdit { name: None, max_load, is_active })
        }
        23..25 => Command::SetWeight { source, operator, weight: pick(20, 4) as u32 },
        25 => Command::RemoveWeight(source, operator),
        26 => {
            let policy = Policy::ALL.get(pick(21, 8) as usize).copied();
            Command::EditSource(source, SourceEdit { policy, sticky: Some(flag(22)), ..SourceEdit::default() })
        }
        27 => Command::MergeLeads { from: lead, into: LeadId(id(23, 25)) },
        28 => {
            let identities = vec![identity(IdentityKind::Email, &pick(24, 30).to_string())];
            Command::EditLead(lead, LeadEdit { name: Some(Some(format!("Ä{n}").into())), identities })
        }
        _ if pick(25, 6) == 0 => Command::DeleteSource { source, force: true },
        _ if pick(26, 3) == 0 => Command::DeleteOperator(operator),
        _ => Command::RemoveWeight(source, operator),
    }
}

#[test]
fn whatever_is_done_through_the_write_path_is_found_clean() {
    for seed in 0..12 {
        let mut house = House::new();
        let operators: Vec<_> = (0..5).map(|n| house.operator(&format!("Operator {n}"), 3 + n)).collect();
        for (n, policy) in (1u32..).zip(Policy::ALL) {
            let weights: Vec<_> = operators.iter().map(|o| (*o, n)).collect();
            house.source(&format!("Source {n}"), policy, &weights);
        }
        let mut done = 0;
        while done < 400 {
            let size = 1 + draw(seed * 1_000 + done, 40);
            let batch = (done..done + size).map(|n| command(seed * 10_000 + n)).collect();
            house.batch(batch);
            house.follow_up();
            done += size;
        }
        let report = check(&house.reader());
        assert!(report.is_clean(), "seed {seed}: {report:#?}");
        assert!(report.checked.contacts > 50 && report.checked.decisions > report.checked.contacts);
    }
}
