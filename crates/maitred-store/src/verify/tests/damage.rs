//! One change behind the back of a database, of either engine, is found and named.

use super::super::snapshot::Snapshot;
use super::*;
use crate::schema::{Kind, TABLES, Table, names};
use maitred_core::command::{
    AddNote, DeleteSource, HoursEdit, NewCalendar, OperatorEdit, Pause, ReleaseEdit, SourceEdit, SourceHoursEdit,
    Transfer,
};
use maitred_core::hours::Hours;
use maitred_core::intervals::{Interval, Intervals};
use maitred_core::{CalendarId, Contact, Outcome, Timestamp};
use rusqlite::Connection;
use std::path::PathBuf;
use std::sync::{Arc, LazyLock};
use tempfile::TempDir;

pub fn found(report: &Report, severity: Severity) -> Vec<Invariant> {
    report.findings.iter().filter(|f| f.severity == severity).map(|f| f.invariant).collect()
}

/// Contacts 1 to 12 in every state, the ninth deleted; operators 1 to 5, the fourth deleted, the fifth with one contact
/// too many by force; sources 1 to 4, the third deleted, the last with hours; leads 1 to 13, the tenth merged into the
/// first, the last erased; and contact 15, which is scheduled, of lead 14.
pub fn fill(fixture: &mut Fixture) {
    let (anna, boris, vera) = (fixture.operator("Anna", 4), fixture.operator("Boris", 2), fixture.operator("Vera", 50));
    let gone = fixture.operator("Galina", 50);
    let bot = fixture.source("Bot", Policy::SmoothWeighted, &[(anna, 5), (boris, 1)]);
    let site = fixture.source("Site", Policy::WeightedRandom, &[(boris, 1), (gone, 1)]);
    let old = fixture.source("Old", Policy::LongestIdle, &[(vera, 1)]);
    let mut contacts: Vec<Contact> = Vec::new();
    for n in 0..10 {
        let once = Some([n; 16]);
        let name = Some(format!("Lead {n}").into());
        let wanted = Submit {
            idempotency_key: once,
            lead_name: name,
            ..submit([bot, site][usize::from(n % 3 == 2)], &n.to_string())
        };
        let Outcome::Contact(contact) = fixture.run(Command::Submit(wanted)) else { unreachable!() };
        contacts.push(contact);
    }
    fixture.edit(&contacts[0], |edit| edit.is_resolved = Some(true));
    fixture.edit(&contacts[1], |edit| edit.is_resolved = Some(true));
    fixture.edit(&contacts[1], |edit| edit.is_resolved = Some(false));
    fixture.run(Command::DeleteOperator(gone));
    fixture.run(Command::Transfer(Transfer { contact: contacts[3].id, from: None, to: None, force: false }));
    fixture.run(Command::DeleteContact(contacts[8].id));
    fixture.contact(old, "11");
    fixture.contact(bot, "12");
    fixture.run(Command::DeleteSource(DeleteSource { source: old, force: true }));
    fixture.merge(LeadId(10), LeadId(1));
    let denis = fixture.operator("Denis", 0);
    fixture.run(Command::Transfer(Transfer { contact: contacts[4].id, from: None, to: Some(denis), force: true }));
    // Kept answers: one to a submission that was deleted since, one that tells of a lead.
    fixture.run_once(Command::Submit(submit(bot, "12")), 1);
    fixture.run(Command::DeleteContact(ContactId(13)));
    let edit = ContactEdit { message: Some(Some("Hello!".into())), ..ContactEdit::default() };
    fixture.run_once(Command::EditContact(contacts[5].id, edit), 2);
    let erased = fixture.contact(bot, "13");
    fixture.run(Command::AddNote(AddNote { contact: contacts[0].id, text: "Called back".into() }));
    fixture.run(Command::AddNote(AddNote { contact: erased.id, text: "Wrong number".into() }));
    fixture.edit(&erased, |edit| edit.is_resolved = Some(true));
    fixture.run(Command::EraseLead(EraseLead { lead: erased.lead, quiet_since: None }));
    fixture.run(Command::CreateCalendar(NewCalendar { name: "Days".into(), definition: "{}".into() }));
    fixture.run(Command::EditOperator(denis, OperatorEdit { hours: Some(hours()), ..OperatorEdit::default() }));
    // Served by nobody: what waits for its opening waits for that alone.
    let closed = fixture.source("Closed", Policy::SmoothWeighted, &[]);
    let HoursEdit { revision, calendar, .. } = hours();
    let opening = SourceEdit { hours: Some(SourceHoursEdit { revision, calendar }), ..SourceEdit::default() };
    fixture.run(Command::EditSource(closed, opening));
    let rules = ReleaseEdit { shift_end_release_s: Some(Some(3_600)), ..ReleaseEdit::default() };
    fixture.run(Command::EditSource(bot, SourceEdit { releases: rules, ..SourceEdit::default() }));
    let away_after_s = Some(Some(3_600));
    fixture.run(Command::EditOperator(boris, OperatorEdit { away_after_s, ..OperatorEdit::default() }));
    let until = Some(Fixture::time_of(1_000));
    fixture.run(Command::Pause(Pause { operator: vera, until, reason: Some("Lunch".into()) }));
    let not_before = Some(Fixture::time_of(1_000));
    fixture.run(Command::Submit(Submit { not_before, ..submit(bot, "14") }));
    fixture.keep_reports(20, usize::MAX);
}

/// A shift that is still to come, and what one has beyond it.
fn hours() -> HoursEdit {
    let shift = Interval::new(Fixture::time_of(500), Fixture::time_of(600));
    let hours = Hours {
        calendar_version: 1,
        span: Interval::new(Timestamp(0), Fixture::time_of(5_000)),
        open: [shift].into_iter().collect(),
        leave: Intervals::default(),
        stamp: "2026e-h1".into(),
    };
    HoursEdit { revision: 0, calendar: Some((CalendarId(1), Arc::new(hours))), personal: Some("{}".into()) }
}

struct Example {
    file: PathBuf,
    _folder: TempDir,
}

/// The example in a file, to be copied.
static EXAMPLE: LazyLock<Example> = LazyLock::new(|| {
    let mut fixture = Fixture::new();
    fill(&mut fixture);
    let file = fixture.path();
    let (_, folder) = fixture.into_connection();
    Example { file, _folder: folder }
});

/// A file of the example, to be changed.
struct Copy {
    conn: Connection,
    file: PathBuf,
    _folder: TempDir,
}

impl Copy {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder for temporary files");
        let file = folder.path().join("copy.db");
        std::fs::copy(&EXAMPLE.file, &file).expect("the example can be copied");
        let conn = Connection::open(&file).expect("the copy can be opened");
        conn.pragma_update(None, "foreign_keys", "OFF").expect("a setting");
        Self { conn, file, _folder: folder }
    }

    fn url(&self) -> DatabaseUrl {
        DatabaseUrl::Sqlite(self.file.clone())
    }
}

/// What is found in the example, which is clean and has contacts in every state; gives the steps.
fn expect_example(url: &DatabaseUrl) -> Vec<&'static str> {
    let mut steps = Vec::new();
    let report = verify(url, |progress| steps.push(progress.step)).expect("the example can be read");
    assert_eq!(report.faults, 0, "{report:#?}");
    assert_eq!(found(&report, Severity::Note), [Invariant::NobodyIsOverloaded], "Denis got one by force: {report:#?}");
    let checked = report.checked;
    assert_eq!((checked.contacts, checked.operators, checked.sources, checked.leads), (13, 5, 4, 14));
    assert!(checked.decisions > 11 && checked.events > 11 && checked.identities == 13);
    steps.dedup();
    steps
}

#[test]
fn a_clean_file_is_found_clean() {
    let copy = Copy::new();
    assert_eq!(expect_example(&copy.url()), ["file", "leads", "identities", "events", "contacts", "reports"]);
    let mut states = copy.conn.prepare("SELECT DISTINCT status FROM contacts ORDER BY 1").expect("a statement");
    let states: Result<Vec<i64>, _> = states.query_map([], |row| row.get(0)).expect("rows").collect();
    assert_eq!(states.expect("rows"), [0, 1, 2], "the example has contacts in every state");
}

#[test]
fn a_clean_database_on_postgres_is_found_clean() {
    let mut fixture = Fixture::on(TestDatabase::new());
    fill(&mut fixture);
    assert_eq!(expect_example(&fixture.url()), ["indexes", "leads", "identities", "events", "contacts", "reports"]);
}

/// What breaks the example, and which invariants it breaks; each must be named, others may be.
const BROKEN: &[(&str, &[Invariant])] = {
    use Invariant::*;
    &[
        ("UPDATE operators SET current_load = current_load + 1 WHERE id = 1", &[LoadsAreCounted]),
        ("UPDATE operators SET max_load = 0 WHERE id = 1", &[NobodyIsOverloaded]),
        ("UPDATE operators SET max_load = -1 WHERE id = 1", &[RecordsAreReadable]),
        ("UPDATE operators SET is_active = (1 = 1) WHERE id = 4", &[MembershipsAreValid]),
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
        ("UPDATE ledger_snapshots SET ledger = x'ff' WHERE source_id = 1", &[RecordsAreReadable]),
        // Who received something later had received it then; nobody had; others than the feed says; the sum is not 0.
        ("UPDATE ledger_snapshots SET ledger = x'010201000000' WHERE source_id = 3", &[LedgersAreTrue]),
        (
            "UPDATE ledger_snapshots SET ledger = (SELECT ledger FROM source_totals WHERE source_id = 1) \
             WHERE source_id = 1",
            &[TimeGoesForward],
        ),
        ("UPDATE ledger_snapshots SET ledger = x'010200020000' WHERE source_id = 2", &[LedgersAreTrue]),
        ("UPDATE ledger_snapshots SET at = 9000000000000000 WHERE source_id = 1", &[TimeGoesForward]),
        ("UPDATE source_totals SET ledger_at = NULL WHERE source_id = 2", &[TimeGoesForward]),
        ("UPDATE contacts SET status = 9 WHERE id = 1", &[RecordsAreReadable]),
        ("UPDATE contacts SET status = 2, resolved_at = 1 WHERE id = 2", &[LoadsAreCounted, SourcesAreCounted]),
        ("UPDATE contacts SET resolved_at = NULL WHERE id = 1", &[ChainsAreWhole]),
        ("UPDATE contacts SET operator_id = 3 WHERE status = 1", &[LoadsAreCounted, ChainsAreWhole]),
        ("UPDATE contacts SET operator_id = 99 WHERE id = 1", &[ReferencesExist, ChainsAreWhole]),
        ("UPDATE contacts SET source_id = 99 WHERE id = 1", &[ReferencesExist]),
        ("UPDATE contacts SET lead_id = 99 WHERE id = 1", &[LeadsAreWhole]),
        ("UPDATE contacts SET lead_id = 10 WHERE id = 1", &[LeadsAreWhole]),
        ("UPDATE operators SET demo = (1 = 1) WHERE id = 1", &[DemoIsApart]),
        ("UPDATE sources SET demo = (1 = 1) WHERE id = 3", &[DemoIsApart]),
        ("UPDATE leads SET demo = (1 = 1) WHERE id = 1", &[DemoIsApart]),
        ("UPDATE identities SET space = ' demo' WHERE value = '1'", &[DemoIsApart]),
        ("UPDATE contacts SET created_at = 1 WHERE id = 5", &[TimeGoesForward]),
        ("DELETE FROM contacts WHERE id = 3", &[ContactsAreKept, ChainsAreWhole, ReferencesExist]),
        (
            "INSERT INTO contacts SELECT 9, lead_id, source_id, NULL, 2, 0, NULL, NULL, created_at, NULL, 1, 1, 1, \
             NULL, NULL, FALSE, NULL, NULL, NULL, NULL, NULL, NULL, 0, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL \
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
        ("DELETE FROM lead_words WHERE lead_id = 2", &[LeadsAreWhole]),
        ("UPDATE lead_words SET word = word || 'x' WHERE lead_id = 2", &[LeadsAreWhole]),
        ("INSERT INTO lead_words VALUES ('x', 13)", &[LeadsAreWhole]),
        ("UPDATE identities SET search = 'x' WHERE value = '1'", &[LeadsAreWhole]),
        ("UPDATE identities SET tail = 'x' WHERE value = '1'", &[LeadsAreWhole]),
        // The lead still has a name and a phone, and the contact a message; beyond a point that is still to be erased.
        ("UPDATE leads SET erased_at = 1 WHERE id = 2", &[LeadsAreWhole]),
        ("UPDATE leads SET erased_at = 1, name = NULL WHERE id = 3", &[LeadsAreWhole]),
        ("DELETE FROM leads WHERE id = 2", &[LeadsAreWhole]),
        ("UPDATE identities SET lead_id = 99 WHERE value = '1'", &[LeadsAreWhole]),
        ("UPDATE identities SET kind = 9 WHERE value = '1'", &[RecordsAreReadable]),
        ("INSERT INTO lead_duplicates VALUES (1, 99, 1, 1)", &[ReferencesExist]),
        ("INSERT INTO lead_duplicates VALUES (13, 1, 1, 1)", &[LeadsAreWhole]),
        ("UPDATE contact_notes SET contact_id = 99 WHERE id = 1", &[ReferencesExist]),
        ("UPDATE contact_notes SET contact_id = 14 WHERE id = 1", &[LeadsAreWhole]),
        ("INSERT INTO receipts VALUES (x'00', 99)", &[ReferencesExist]),
        ("UPDATE answers SET key = substr(key, 2) WHERE lead_id IS NULL", &[RecordsAreReadable]),
        ("UPDATE answers SET fingerprint = x'00' WHERE lead_id IS NULL", &[RecordsAreReadable]),
        ("UPDATE answers SET outcome = x'01' WHERE lead_id IS NULL", &[RecordsAreReadable]),
        ("UPDATE answers SET outcome = x'00' WHERE lead_id IS NULL", &[RecordsAreReadable]),
        ("UPDATE answers SET lead_id = 1 WHERE lead_id IS NULL", &[ReferencesExist]),
        (
            "UPDATE answers SET lead_id = (SELECT id FROM leads WHERE erased_at IS NOT NULL) WHERE lead_id IS NOT NULL",
            &[LeadsAreWhole],
        ),
        ("UPDATE answers SET lead_id = NULL WHERE lead_id IS NOT NULL", &[ReferencesExist]),
        // A submission of contact 99.
        ("UPDATE answers SET outcome = x'0100c601020200000000000200000000' WHERE lead_id IS NULL", &[ReferencesExist]),
        ("DELETE FROM events WHERE position = 1", &[FeedIsWhole]),
        ("DELETE FROM events WHERE position = 15", &[FeedIsWhole]),
        ("DELETE FROM events WHERE position = (SELECT max(position) FROM events)", &[IdsAreNew]),
        ("DELETE FROM events WHERE kind = 0 AND contact_id = 1", &[FeedIsWhole, SourcesAreCounted]),
        ("UPDATE events SET contact_id = 1 WHERE kind = 0 AND contact_id = 2", &[FeedIsWhole]),
        ("UPDATE events SET kind = 99 WHERE position = 3", &[RecordsAreReadable]),
        ("UPDATE events SET detail = '{' WHERE position = 3", &[RecordsAreReadable]),
        ("UPDATE events SET actor = 'somebody' WHERE position = 3", &[RecordsAreReadable]),
        ("UPDATE events SET at = 1 WHERE position = 3", &[TimeGoesForward]),
        ("UPDATE events SET operator_id = 99 WHERE position = 1", &[ReferencesExist]),
        ("UPDATE events SET operator_id = 3 WHERE kind = 0 AND contact_id = 1", &[LedgersAreTrue]),
        ("UPDATE events SET operator_id = NULL WHERE kind = 0 AND contact_id = 1", &[LedgersAreTrue]),
        ("UPDATE next_ids SET contact = 5", &[IdsAreNew]),
        ("UPDATE next_ids SET lead = 2", &[IdsAreNew]),
        ("UPDATE next_ids SET operator = 2", &[IdsAreNew]),
        ("UPDATE next_ids SET source = 2", &[IdsAreNew]),
        ("UPDATE next_ids SET pool = 1", &[IdsAreNew]),
        ("UPDATE next_ids SET note = 1", &[IdsAreNew]),
        ("UPDATE next_ids SET event = event + 1", &[IdsAreNew]),
        ("DELETE FROM next_ids", &[IdsAreNew]),
        ("DELETE FROM due", &[TimersAreTrue]),
        ("UPDATE due SET at = at + 1", &[TimersAreTrue]),
        ("UPDATE due SET subject_id = 1 WHERE kind = 0", &[TimersAreTrue]),
        ("DELETE FROM due WHERE kind = 1", &[TimersAreTrue]),
        ("UPDATE operators SET paused_until = paused_until + 1", &[TimersAreTrue]),
        ("UPDATE operators SET paused_at = NULL", &[RecordsAreReadable]),
        ("UPDATE sources SET releases = '{' WHERE id = 1", &[RecordsAreReadable]),
        ("UPDATE contacts SET release_at = 5 WHERE status = 1 AND accept_by IS NULL", &[TimersAreTrue]),
        ("UPDATE contacts SET release_at = 5 WHERE status = 2", &[ChainsAreWhole]),
        ("UPDATE operators SET present_until = NULL", &[RecordsAreReadable, TimersAreTrue]),
        ("UPDATE operators SET present_until = present_until + 1", &[TimersAreTrue]),
        ("UPDATE operators SET away_at = present_until", &[TimersAreTrue]),
        ("UPDATE operators SET away_at = 7", &[RecordsAreReadable, TimersAreTrue]),
        ("UPDATE operators SET hours = NULL", &[RecordsAreReadable, TimersAreTrue]),
        ("UPDATE operators SET hours_seen_at = hours_seen_at + 100000000000", &[TimersAreTrue]),
        ("UPDATE operators SET calendar_id = 9 WHERE calendar_id = 1", &[ReferencesExist]),
        ("UPDATE sources SET hours = NULL WHERE hours IS NOT NULL", &[RecordsAreReadable, TimersAreTrue]),
        ("UPDATE sources SET hours = x'09' WHERE hours IS NOT NULL", &[RecordsAreReadable, TimersAreTrue]),
        ("UPDATE sources SET hours_seen_at = hours_seen_at + 100000000000", &[TimersAreTrue]),
        ("UPDATE sources SET calendar_id = 9 WHERE calendar_id = 1", &[ReferencesExist]),
        ("UPDATE sources SET fallback_id = 99", &[ReferencesExist]),
        ("UPDATE contacts SET original_source_id = 99", &[ReferencesExist]),
        ("DELETE FROM due WHERE kind = 2", &[TimersAreTrue]),
        ("UPDATE next_ids SET calendar = 1", &[IdsAreNew]),
        (
            "DELETE FROM due WHERE kind = 1 AND subject_id = (SELECT id FROM operators WHERE hours IS NOT NULL)",
            &[TimersAreTrue],
        ),
        ("UPDATE due SET kind = 9", &[RecordsAreReadable, TimersAreTrue]),
        ("UPDATE source_totals SET scheduled = 5", &[SourcesAreCounted]),
        ("UPDATE contacts SET scheduled = FALSE WHERE scheduled", &[TimersAreTrue, SourcesAreCounted]),
        ("UPDATE contacts SET not_before = NULL WHERE scheduled", &[ChainsAreWhole, TimersAreTrue]),
        ("UPDATE source_totals SET resting = 5", &[SourcesAreCounted]),
        ("UPDATE contacts SET accept_by = 5 WHERE status = 1", &[TimersAreTrue]),
        ("UPDATE contacts SET accept_by = 5, accepted_at = 4 WHERE status = 1", &[ChainsAreWhole, TimersAreTrue]),
        ("UPDATE contacts SET accept_by = 5 WHERE status = 0", &[ChainsAreWhole]),
        ("UPDATE contacts SET accepted_at = 5 WHERE status = 0", &[ChainsAreWhole]),
        ("UPDATE contacts SET retry_at = 5 WHERE status = 0 AND NOT scheduled", &[SourcesAreCounted, TimersAreTrue]),
        ("UPDATE contacts SET retry_at = 5 WHERE status = 2", &[ChainsAreWhole]),
        ("UPDATE contacts SET wanted_operator_id = 1 WHERE status = 2", &[ChainsAreWhole]),
        ("UPDATE contacts SET attempts = '{}' WHERE status = 1", &[RecordsAreReadable]),
        ("UPDATE sources SET offers = 'none'", &[RecordsAreReadable]),
        ("UPDATE contacts SET raised_to = priority + 1 WHERE id = 4", &[ChainsAreWhole]),
        ("UPDATE contacts SET sent_priority = priority WHERE id = 4", &[ChainsAreWhole]),
        ("UPDATE contacts SET raise_at = 5 WHERE status = 2", &[ChainsAreWhole]),
        ("UPDATE contacts SET raise_at = 5 WHERE status = 0 AND NOT scheduled", &[TimersAreTrue]),
        ("UPDATE sources SET urgency = 'none'", &[RecordsAreReadable]),
        ("UPDATE source_totals SET overdue = 5", &[SourcesAreCounted]),
        ("UPDATE contacts SET respond_by = 5 WHERE status = 1", &[TimersAreTrue]),
        ("UPDATE contacts SET overdue_at = 5 WHERE status = 1", &[ChainsAreWhole, SourcesAreCounted]),
        ("UPDATE contacts SET respond_by = 5, first_response_at = 5 WHERE status = 2", &[ChainsAreWhole]),
        ("UPDATE operators SET caps = '[1]'", &[RecordsAreReadable]),
        ("UPDATE sources SET caps = '[1]'", &[RecordsAreReadable]),
        (
            "UPDATE sources SET caps = '[{\"rule\":{\"limit\":1,\"window\":{\"rolling\":60},\"counts\":\"kept\",\
             \"source\":null},\"count\":{\"times\":[5]}}]' WHERE id = 1",
            &[TimersAreTrue],
        ),
        ("DELETE FROM report_days", &[ReportsAreTrue]),
        ("UPDATE report_facts SET facts = facts + 1", &[ReportsAreTrue]),
        ("UPDATE report_contacts SET since = since + 1", &[ReportsAreTrue]),
        (
            "UPDATE operators SET caps = '[{\"rule\":{\"limit\":1,\"window\":{\"rolling\":60},\"counts\":\"kept\",\
             \"source\":null},\"count\":{\"times\":[5]}}]' WHERE id = 1",
            &[TimersAreTrue],
        ),
    ]
};

/// What breaks what only PostgreSQL has.
const BROKEN_ON_A_SERVER: &[(&str, &[Invariant])] = {
    use Invariant::*;
    &[
        ("UPDATE next_ids SET batch = 1", &[IdsAreNew]),
        ("UPDATE next_ids SET sources_changed = batch + 1", &[IdsAreNew]),
        ("UPDATE next_ids SET last_event_at = 1", &[TimeGoesForward]),
        ("UPDATE nodes SET last_batch = last_batch + 1", &[IdsAreNew]),
        ("UPDATE nodes SET last_batch = last_batch - 1", &[IdsAreNew]),
        ("INSERT INTO nodes SELECT 1, last_batch, 0, 0 FROM nodes", &[IdsAreNew]),
        ("UPDATE pg_index SET indisvalid = FALSE WHERE indexrelid = 'contacts_lead'::regclass", &[FileIsSound]),
        ("UPDATE pg_class SET relname = 'x' WHERE oid = 'contacts_lead'::regclass", &[FileIsSound]),
    ]
};

/// The example on a server, with one change that nobody else sees; how many rows it changed, and what is found.
pub fn report_on_a_server(url: &PostgresUrl, sql: &str) -> (u64, Report) {
    let (snapshot, changed) = Snapshot::damaged(url, &in_postgres(sql)).unwrap_or_else(|e| panic!("{sql}: {e}"));
    let report = invariants(Scan::Postgres(&snapshot), &mut |_| {}).unwrap_or_else(|e| panic!("{sql}: {e}"));
    (changed, report)
}

/// The same change as PostgreSQL writes it: bytes and flags have types of their own.
fn in_postgres(sql: &str) -> String {
    sql.replace(" x'", r" bytea '\x").replace("(x'", r"(bytea '\x").replace("AS BLOB", "AS bytea")
}

fn in_a_file(sql: &str) -> (u64, Report) {
    let copy = Copy::new();
    let changed = copy.conn.execute(sql, []).unwrap_or_else(|e| panic!("{sql}: {e}"));
    (changed as u64, found_in(&copy.url()))
}

#[test]
fn every_kind_of_damage_to_a_file_is_found_and_named() {
    expect_found(BROKEN.iter(), in_a_file);
    let covered = |invariant: &Invariant| BROKEN.iter().any(|(_, broken)| broken.contains(invariant));
    let uncovered: Vec<_> = Invariant::ALL.into_iter().filter(|invariant| !covered(invariant)).collect();
    assert_eq!(uncovered, [Invariant::FileIsSound], "each invariant but that of the next test is broken by something");
}

#[test]
fn every_kind_of_damage_on_postgres_is_found_and_named() {
    let mut fixture = Fixture::on(TestDatabase::new());
    fill(&mut fixture);
    let url = server_of(&fixture);
    expect_found(BROKEN.iter().chain(BROKEN_ON_A_SERVER), |sql| report_on_a_server(&url, sql));
    assert!(found_in(&fixture.url()).is_clean(), "nothing of it was kept");
}

#[track_caller]
fn expect_found<'a>(
    broken: impl Iterator<Item = &'a (&'a str, &'a [Invariant])>,
    report: impl Fn(&str) -> (u64, Report),
) {
    let missed = broken.filter_map(|(sql, expected)| {
        let (changed, report) = report(sql);
        let named = found(&report, Severity::Fault);
        let is_found = changed > 0 && expected.iter().all(|invariant| named.contains(invariant));
        let said = &report.findings;
        (!is_found).then(|| format!("{sql}\n  changed {changed} rows; expected {expected:?}\n  {said:#?}"))
    });
    let missed: Vec<String> = missed.collect();
    assert!(missed.is_empty(), "{}", missed.join("\n\n"));
}

/// A row of a table that refers to a row which is not there by one of its columns.
fn dangling(table: &Table, dangling: &str) -> String {
    let values = table.columns.iter().zip(1..).map(|(column, place)| match (column.kind, column.refers) {
        (Kind::Number, Some(_)) if column.name == dangling => "99999".to_owned(),
        (Kind::Number, Some(_)) => "1".to_owned(),
        (Kind::Number, None) => (88_000 + place).to_string(),
        (Kind::Code, _) => "0".to_owned(),
        (Kind::Flag, _) => "FALSE".to_owned(),
        (Kind::Text, _) => "'x'".to_owned(),
        (Kind::Bytes, _) => "x'00'".to_owned(),
    });
    let values: Vec<String> = values.collect();
    format!("INSERT INTO {} ({}) VALUES ({})", table.name, names(table.columns), values.join(", "))
}

/// That a reference which is described, and looked at by no pass of its own, leads nowhere, is found.
fn expect_dangling_found(report: impl Fn(&str) -> (u64, Report)) {
    for table in TABLES {
        for (column, reference) in table.references().filter(|(_, reference)| !reference.has_own_check) {
            let (changed, report) = report(&dangling(table, column.name));
            let expected = format!("a row of {} refers to a row of {} that is not there", table.name, reference.table);
            let is_found = report.findings.iter().any(|finding| finding.found == expected);
            assert!(changed == 1 && is_found, "{}.{}: {:#?}", table.name, column.name, report.findings);
        }
    }
}

#[test]
fn every_described_reference_to_nothing_is_found_in_a_file() {
    expect_dangling_found(in_a_file);
}

#[test]
fn every_described_reference_to_nothing_is_found_on_postgres() {
    let mut fixture = Fixture::on(TestDatabase::new());
    fill(&mut fixture);
    let url = server_of(&fixture);
    expect_dangling_found(|sql| report_on_a_server(&url, sql));
}

#[test]
fn a_damaged_file_is_a_finding() {
    let Copy { conn, file, _folder } = Copy::new();
    let number = |sql: &str| conn.query_row(sql, [], |row| row.get::<_, i64>(0)).expect("a number") as usize;
    let page_bytes = number("PRAGMA page_size");
    let page = number("SELECT rootpage FROM sqlite_schema WHERE name = 'contacts_lead'");
    conn.execute_batch("PRAGMA wal_checkpoint(TRUNCATE); PRAGMA journal_mode = DELETE").expect("one file");
    drop(conn);
    let mut bytes = std::fs::read(&file).expect("the file");
    let at = (page - 1) * page_bytes;
    bytes[at..at + 200].fill(0xff);
    std::fs::write(&file, bytes).expect("the file");
    let report = found_in(&DatabaseUrl::Sqlite(file));
    assert_eq!(found(&report, Severity::Fault).first(), Some(&Invariant::FileIsSound), "{report:#?}");
    assert_eq!(report.checked, Checked::default(), "the records of a damaged file say nothing");
}

#[test]
fn findings_of_one_kind_are_capped_and_counted() {
    let mut fixture = Fixture::new();
    let bot = fixture.source("Bot", Policy::LongestIdle, &[]);
    (0..50).for_each(|n| _ = fixture.contact(bot, &n.to_string()));
    let url = fixture.url();
    let (conn, _folder) = fixture.into_connection();
    conn.execute("UPDATE contacts SET resolved_at = 1", []).expect("valid SQL");
    let report = found_in(&url);
    assert_eq!(report.faults_by_invariant.get(&Invariant::ChainsAreWhole), Some(&50));
    assert_eq!(found(&report, Severity::Fault).len(), FINDINGS_OF_ONE_INVARIANT_MAX);
    let first = serde_json::to_value(&report.findings[0]).expect("a report is JSON");
    assert_eq!(first["contact_id"], 1);
    assert_eq!(first["invariant"], "chains_are_whole");
    assert_eq!(first["severity"], "fault");
}
