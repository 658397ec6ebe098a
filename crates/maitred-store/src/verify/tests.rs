//! A database is found clean, whatever was done through the real write path, on either engine. What is found when it is
//! damaged is in `damage`, what only PostgreSQL does in `on_postgres`.

mod damage;
mod on_postgres;
mod reports;

use super::*;
use crate::testing::postgres::TestDatabase;
use crate::testing::{Fixture, identity, submit};
use crate::url::PostgresUrl;
use maitred_core::command::{
    ContactEdit, DeleteSource, EraseLead, LeadEdit, MergeLeads, OperatorEdit, SetWeight, SourceEdit, Submit, Transfer,
};
use maitred_core::draw::draw;
use maitred_core::{Command, ContactId, IdentityKind, LeadId, OperatorId, Policy, SourceId, Timestamp};

fn server_of(fixture: &Fixture) -> PostgresUrl {
    let DatabaseUrl::Postgres(url) = fixture.url() else { unreachable!("a fixture on a server") };
    *url
}

fn found_in(url: &DatabaseUrl) -> Report {
    check(url).expect("the database can be read")
}

fn found(report: &Report, severity: Severity) -> Vec<Invariant> {
    report.findings.iter().filter(|f| f.severity == severity).map(|f| f.invariant).collect()
}

#[test]
fn a_lowered_limit_explains_an_overload() {
    let mut fixture = Fixture::new();
    let anna = fixture.operator("Anna", 5);
    let bot = fixture.source("Bot", Policy::LongestIdle, &[(anna, 1)]);
    (0..4).for_each(|n| _ = fixture.contact(bot, &n.to_string()));
    fixture.run(Command::EditOperator(anna, OperatorEdit { max_load: Some(2), ..OperatorEdit::default() }));
    let report = found_in(&fixture.url());
    assert!(report.is_clean(), "{report:#?}");
    assert_eq!(found(&report, Severity::Note), [Invariant::NobodyIsOverloaded]);
}

#[test]
fn what_a_stopped_server_left_to_do_is_a_note() {
    let mut fixture = Fixture::new();
    let anna = fixture.operator("Anna", 0);
    let bot = fixture.source("Bot", Policy::LongestIdle, &[(anna, 1)]);
    (0..300).for_each(|n| _ = fixture.contact(bot, &n.to_string()));
    let room = OperatorEdit { max_load: Some(1_000), ..OperatorEdit::default() };
    fixture.batch(vec![Command::EditOperator(anna, room)]);
    let report = found_in(&fixture.url());
    assert!(report.is_clean(), "{report:#?}");
    assert_eq!(found(&report, Severity::Note), [Invariant::NobodyWaitsInVain], "44 of 300 wait for the next drain");
    fixture.follow_up();
    fixture.batch(vec![Command::DeleteOperator(anna)]);
    let report = found_in(&fixture.url());
    assert!(report.is_clean(), "{report:#?}");
    fixture.follow_up();
    let report = found_in(&fixture.url());
    assert_eq!((report.faults, report.notes), (0, 0), "{report:#?}");
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
            Command::Submit(Submit {
                identities,
                priority: id(10, 3) as i32,
                idempotency_key: once,
                not_before: flag(31).then(|| Fixture::time_of(id(32, 600))),
                ..submit(source, "")
            })
        }
        12..17 => {
            let is_resolved = Some(pick(11, 3) > 0);
            let priority = flag(12).then(|| id(13, 5) as i32);
            let not_before = flag(28).then(|| flag(29).then(|| Fixture::time_of(id(30, 600))));
            let edit = ContactEdit { is_resolved, undo: flag(14), priority, not_before, ..ContactEdit::default() };
            Command::EditContact(contact, edit)
        }
        17..20 => {
            Command::Transfer(Transfer { contact, from: None, to: flag(14).then_some(operator), force: flag(15) })
        }
        20 if flag(33) => Command::Wake(Timestamp(i64::MAX)),
        20 => Command::DeleteContact(contact),
        21..23 => {
            let (max_load, is_active) = (flag(16).then(|| pick(17, 9) as u32), flag(18).then(|| flag(19)));
            Command::EditOperator(operator, OperatorEdit { max_load, is_active, ..OperatorEdit::default() })
        }
        23..25 => Command::SetWeight(SetWeight { source, operator, weight: pick(20, 4) as u32 }),
        25 => Command::RemoveWeight(source, operator),
        26 => {
            let policy = Policy::ALL.get(pick(21, 8) as usize).copied();
            Command::EditSource(source, SourceEdit { policy, sticky: Some(flag(22)), ..SourceEdit::default() })
        }
        27 => Command::MergeLeads(MergeLeads { from: lead, into: LeadId(id(23, 25)) }),
        28 => {
            let identities = vec![identity(IdentityKind::Email, &pick(24, 30).to_string())];
            Command::EditLead(lead, LeadEdit { name: Some(Some(format!("Ä{n}").into())), identities })
        }
        _ if pick(27, 3) == 0 => Command::EraseLead(EraseLead { lead, quiet_since: None }),
        _ if pick(25, 6) == 0 => Command::DeleteSource(DeleteSource { source, force: true }),
        _ if pick(26, 3) == 0 => Command::DeleteOperator(operator),
        _ => Command::RemoveWeight(source, operator),
    }
}

/// Carries out some hundred commands in batches.
fn live(fixture: &mut Fixture, seed: u64) {
    let operators: Vec<_> = (0..5).map(|n| fixture.operator(&format!("Operator {n}"), 3 + n)).collect();
    for (n, policy) in (1u32..).zip(Policy::ALL) {
        let weights: Vec<_> = operators.iter().map(|o| (*o, n)).collect();
        fixture.source(&format!("Source {n}"), policy, &weights);
    }
    let mut done = 0;
    while done < 400 {
        let size = 1 + draw(seed * 1_000 + done, 40);
        let batch = (done..done + size).map(|n| command(seed * 10_000 + n)).collect();
        fixture.batch(batch);
        fixture.follow_up();
        done += size;
    }
}

fn expect_clean(fixture: &Fixture, seed: u64) -> Report {
    let report = found_in(&fixture.url());
    assert!(report.is_clean(), "seed {seed}: {report:#?}");
    assert!(report.checked.contacts > 50 && report.checked.decisions > report.checked.contacts);
    report
}

#[test]
fn whatever_is_done_through_the_write_path_is_found_clean() {
    for seed in 0..12 {
        let mut fixture = Fixture::new();
        live(&mut fixture, seed);
        expect_clean(&fixture, seed);
    }
}

#[test]
fn sqlite_and_postgres_find_the_same() {
    for seed in 20..23 {
        let (mut file, mut server) = (Fixture::new(), Fixture::on(TestDatabase::new()));
        live(&mut file, seed);
        live(&mut server, seed);
        let (of_file, of_server) = (expect_clean(&file, seed), expect_clean(&server, seed));
        assert_eq!(of_server, Report { not_checked: of_server.not_checked, ..of_file });
        assert!(of_server.not_checked.is_some(), "the pages of the server are not ours to check");
    }
}
