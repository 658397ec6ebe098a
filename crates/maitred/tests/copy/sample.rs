//! A database with something of everything in it, filled through the batcher as a server does, and the commands that
//! move it.

use maitred_app::Requester;
use maitred_app::batcher::{Batcher, Running};
use maitred_core::command::{
    AddNote, ContactEdit, CorrectAccount, DeleteSource, HoursEdit, IntakeEdit, LeadEdit, MergeLeads, NewCalendar,
    NewOperator, NewSource, OperatorEdit, Receive, ReceivedPayload, SetWeight, SourceEdit, Submit, Transfer,
};
use maitred_core::conversation::WhenOpen;
use maitred_core::hours::Hours;
use maitred_core::intake::PayloadState;
use maitred_core::intervals::{Interval, Intervals};
use maitred_core::{
    CalendarId, Command, Contact, ContactId, IdempotencyKey, Identity, IdentityKind, LeadId, OperatorId, Outcome,
    Policy, SourceId, SourceKind, Timestamp,
};
use maitred_store::Engine;
use std::path::Path;
use std::process::Output;
use std::sync::Arc;
use tokio::runtime::{Builder, Runtime};

/// Contacts that [`fill`] submits.
pub(crate) const CONTACTS: u64 = 600;
/// A submission that is marked, so that it may be sent again.
pub(crate) const ONCE: [u8; 16] = *b"\0\xff once and for\0";
/// How many of them have a message of 55 KiB: all together more bytes than a page of a copy.
const LONG_MESSAGES: usize = 200;

/// A database that is open, as a server has it.
pub(crate) struct SampleDatabase {
    batcher: Batcher,
    running: Running,
    runtime: Runtime,
}

impl SampleDatabase {
    pub(crate) fn open(url: &str) -> Self {
        let engine = Engine::open(&url.parse().expect("a URL")).expect("the database opens");
        let (batcher, running) = Batcher::start(engine, 1_024).expect("it starts");
        Self { batcher, running, runtime: Builder::new_current_thread().build().expect("a runtime") }
    }

    pub(crate) fn run(&self, command: Command) -> Outcome {
        self.runtime.block_on(self.batcher.execute(Requester::SYSTEM, command)).expect("the command is valid")
    }

    /// Keeps the answer under a key.
    pub(crate) fn run_once(&self, command: Command, key: u8) -> Outcome {
        let once = IdempotencyKey { digest: [key; 16], fingerprint: [!key; 16], is_event: false };
        self.runtime
            .block_on(self.batcher.execute_idempotent(Requester::SYSTEM, command, vec![once]))
            .expect("the command is valid")
    }

    pub(crate) fn submit(&self, submit: Submit) -> Contact {
        match self.run(Command::Submit(submit)) {
            Outcome::Contact(contact) => contact,
            _ => panic!("there is a contact already"),
        }
    }

    pub(crate) fn close(self) {
        drop(self.batcher);
        self.running.stop().expect("it stops");
    }

    fn operator(&self, name: &str, max_load: u32) -> OperatorId {
        let new = NewOperator { max_load, ..NewOperator::named(name) };
        let Outcome::Operator(operator) = self.run(Command::CreateOperator(new)) else { unreachable!() };
        operator.id
    }

    fn source(&self, name: &str, policy: Policy, weights: &[(OperatorId, u32)]) -> SourceId {
        let new = NewSource {
            description: "Бот «Дом»; 'quotes', \\backslashes\\ and\nlines 🏠".into(),
            kind: SourceKind::Bot,
            policy,
            sticky: policy == Policy::LeastLoaded,
            default_region: (policy == Policy::WeightedRandom).then(|| "RU".into()),
            reply_url: (policy == Policy::WeightedRandom).then(|| "https://t.me/{external_id}".into()),
            short_phones: policy == Policy::WeightedRandom,
            hides_names: policy == Policy::WeightedRandom,
            ..NewSource::named(name)
        };
        let Outcome::Source(source) = self.run(Command::CreateSource(new)) else { unreachable!() };
        self.run(Command::ReplaceWeights(source.id, weights.to_vec()));
        source.id
    }

    fn edit(&self, contact: u64, edit: ContactEdit) {
        self.run(Command::EditContact(ContactId(contact.cast_signed()), edit));
    }
}

/// A submission of a person.
pub(crate) fn submit(source: SourceId, external_id: &str) -> Submit {
    Submit::new(source, vec![Identity::new(IdentityKind::ExternalId, external_id)])
}

/// Hours that are open at all times.
fn always() -> Hours {
    let span = Interval::new(Timestamp(0), Timestamp(i64::MAX / 2));
    Hours {
        calendar_version: 1,
        span,
        open: [span].into_iter().collect(),
        leave: Intervals::default(),
        stamp: "2026e-h1".into(),
    }
}

/// Fills an empty database: every table has rows, every column that may be empty is so in some.
pub(crate) fn fill(url: &str) {
    let database = SampleDatabase::open(url);
    let operators: Vec<_> = (1..=5).map(|n| database.operator(&format!("Анна {n} \u{1f469}"), 20 * n)).collect();
    let weights: Vec<_> = operators.iter().zip([5, 1, 0, 1_000_000_000, 7]).map(|(id, w)| (*id, w)).collect();
    let sources: Vec<_> =
        Policy::ALL.iter().map(|policy| database.source(&format!("Bot {policy:?}"), *policy, &weights)).collect();
    submit_all(&database, &sources);
    let (source, operator, reason) = (sources[0], operators[0], "Три испорченные заявки".into());
    database.run(Command::CorrectAccount(CorrectAccount { source, operator, amount: -3, reason }));
    for contact in (1..=CONTACTS).step_by(3) {
        database.edit(contact, ContactEdit { is_resolved: Some(true), ..ContactEdit::default() });
    }
    for contact in (1..=CONTACTS).step_by(30) {
        database.edit(contact, ContactEdit { is_resolved: Some(false), ..ContactEdit::default() });
    }
    database.edit(2, ContactEdit { message: Some(None), priority: Some(-1_000), ..ContactEdit::default() });
    database.run(Command::Transfer(Transfer {
        contact: ContactId(5),
        from: None,
        to: Some(operators[0]),
        force: true,
    }));
    database.run(Command::AddNote(AddNote { contact: ContactId(5), text: "Call back\nafter lunch".into() }));
    let token = IntakeEdit { token: Some("Token".into()), secret: Some(Some("Secret".into())), settings: None };
    database.run(Command::EditIntake(sources[0], token));
    let payload = |person: Option<&str>| {
        let submit = person.map(|it| Submit::new(sources[0], vec![Identity::new(IdentityKind::Email, it)]));
        let state = PayloadState::Spam;
        let payload = ReceivedPayload::New { state, reason: "why".into(), body: "{\"Ё\":\"\\u0000\"}".into() };
        Command::Receive(Receive { source: sources[0], payload, submit })
    };
    database.run(payload(None));
    database.run(payload(Some("payload@example.com")));
    database.run(Command::DeleteContact(ContactId(8)));
    database.run_once(
        Command::Transfer(Transfer { contact: ContactId(6), from: None, to: Some(operators[1]), force: true }),
        0,
    );
    database.run_once(Command::SetWeight(SetWeight { source: sources[2], operator: operators[1], weight: 3 }), 255);
    database.run(Command::MergeLeads(MergeLeads { from: LeadId(3), into: LeadId(2) }));
    let name = LeadEdit { name: Some(Some("ЁЖИК".into())), identities: Vec::new() };
    database.run(Command::EditLead(LeadId(4), name));
    let off = OperatorEdit { is_active: Some(false), ..OperatorEdit::default() };
    database.run(Command::EditOperator(operators[3], off));
    database.run(Command::DeleteOperator(operators[4]));
    database.run(Command::EditSource(sources[1], SourceEdit { sticky: Some(true), ..SourceEdit::default() }));
    database.run(Command::DeleteSource(DeleteSource { source: sources[3], force: true }));
    database.run(Command::RemoveWeight(sources[0], operators[2]));
    let later = Some(Some(Timestamp(i64::MAX)));
    for contact in [3, 9, 11] {
        database.edit(contact, ContactEdit { not_before: later, ..ContactEdit::default() });
    }
    let calendar =
        NewCalendar { name: "Смены".into(), definition: r#"{"name": "Смены", "zone": "UTC"}"#.into() };
    database.run(Command::CreateCalendar(calendar));
    let hours = HoursEdit {
        revision: 0,
        calendar: Some((CalendarId(1), Arc::new(always()))),
        personal: Some(r#"{"leave": []}"#.into()),
    };
    let works = OperatorEdit { hours: Some(hours), ..OperatorEdit::default() };
    database.run(Command::EditOperator(operators[0], works));
    talk(&database, sources[1]);
    database.close();
}

/// Somebody whose contact is open says more.
fn talk(database: &SampleDatabase, source: SourceId) {
    let append = SourceEdit { when_open: Some(WhenOpen::Append), ..SourceEdit::default() };
    database.run(Command::EditSource(source, append));
    for (message, attributes) in [(Some("And one more\nthing 🏠".into()), None), (None, Some(r#"{"voice": 7}"#.into()))]
    {
        let identities = vec![Identity::new(IdentityKind::Phone, "+79990000005")];
        let said = Submit { message, attributes, ..Submit::new(source, identities) };
        let outcome = database.run(Command::Submit(said));
        assert!(matches!(outcome, Outcome::Appended(..)), "it made a contact");
    }
}

fn submit_all(database: &SampleDatabase, sources: &[SourceId]) {
    for n in 0..CONTACTS {
        let person = n % 250;
        let identity = |kind, value: String| Identity::new(kind, value);
        let mut identities = vec![identity(IdentityKind::Phone, format!("+7999{person:07}"))];
        match n % 5 {
            0 => identities.insert(0, identity(IdentityKind::ExternalId, format!("tg:{person} 'ü'"))),
            1 => identities.push(identity(IdentityKind::Email, format!("p{person}@пример.рф"))),
            // Of two people.
            2 if n > 300 => {
                identities.push(identity(IdentityKind::Email, format!("p{}@пример.рф", person / 5 * 5 + 1)))
            }
            _ => {}
        }
        let is_long = (n as usize) < LONG_MESSAGES;
        let message =
            if is_long { "Длинное письмо. ".repeat(2_000) } else { format!("Hello {n}\r\n\t\u{7f}") };
        database.submit(Submit {
            identities,
            lead_name: (n % 4 == 0).then(|| format!("Ёлка {n}").into()),
            message: (n % 7 != 0).then(|| message.into()),
            priority: (n % 3) as i32 - 1,
            attributes: (n % 2 == 0).then(|| format!("{{\"n\":{n},\"t\":\"\\u0041\"}}").into()),
            idempotency_key: (n % 10 == 0).then(|| if n == 0 { ONCE } else { u128::from(n).to_le_bytes() }),
            ..submit(sources[n as usize % sources.len()], "")
        });
    }
}

/// Fills an empty database with so many contacts of as many people, all of them waiting.
pub(crate) fn fill_fast(url: &str, contacts: u64) {
    let database = SampleDatabase::open(url);
    let anna = database.operator("Anna", 0);
    let source = database.source("Bot", Policy::SmoothWeighted, &[(anna, 1)]);
    let all: Vec<_> = (0..contacts).map(|n| Command::Submit(submit(source, &format!("person {n}")))).collect();
    for some in all.chunks(500) {
        let answers = some.iter().map(|command| database.batcher.execute(Requester::SYSTEM, command.clone()));
        let answers = database.runtime.block_on(futures_util::future::try_join_all(answers));
        answers.expect("the commands are valid");
    }
    database.close();
}

/// The program, apart from whatever the surroundings set.
pub(crate) fn program(arguments: &[&str]) -> std::process::Command {
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_maitred"));
    command.current_dir(std::env::temp_dir()).env_clear().args(arguments);
    command
}

/// Copies to the end.
pub(crate) fn copy(from: &str, to: &str, more: &[&str]) -> Output {
    let output = program(&["copy", "--from", from, "--to", to]).args(more).output();
    output.expect("the program runs")
}

/// Both outputs of a command.
pub(crate) fn said(output: &Output) -> String {
    [&output.stdout[..], &output.stderr[..]].map(String::from_utf8_lossy).concat()
}

#[track_caller]
pub(crate) fn assert_ends(output: &Output, code: i32, words: &[&str]) {
    let said = said(output);
    assert_eq!(output.status.code(), Some(code), "{said}");
    words.iter().for_each(|word| assert!(said.contains(word), "{word:?} is not in: {said}"));
}

/// The URL of a file.
pub(crate) fn url_of(path: &Path) -> String {
    format!("sqlite://{}", path.display())
}
