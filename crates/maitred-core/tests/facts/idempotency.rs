//! Sent once or many times, in one batch or in many, a request with a key has one effect and one answer.

use crate::memory_store::{MemoryStore, Task};
use crate::random::{Step, opening, steps};
use maitred_core::command::{EraseLead, LeadEdit, MergeLeads, NewSource, Submit};
use maitred_core::{
    Actor, Command, ContactId, Context, IdempotencyKey, Identity, IdentityKind, LeadId, Outcome, Rejection, SourceId,
    SourceKind, Timestamp, World, invariants,
};
use proptest::prelude::*;
use std::collections::BTreeMap;

type Answers = Vec<Result<Outcome, Rejection>>;

/// A request as it is sent: perhaps with keys.
type Sent = (Task, Vec<IdempotencyKey>);

fn keyed(key: u8, request: u8) -> IdempotencyKey {
    IdempotencyKey { digest: [key; 16], fingerprint: [request; 16], is_event: false }
}

/// A store, and what it was asked and answered.
#[derive(Default)]
struct Run {
    store: MemoryStore,
    sent: Vec<Sent>,
    answers: Answers,
}

impl Run {
    fn opened() -> Self {
        let mut run = Self::default();
        for command in opening() {
            run.batch(vec![((command, Context { now: Timestamp(0), seed: 1, actor: Actor::System }), Vec::new())]);
        }
        run
    }

    /// One batch, then its follow-ups, as another process than the last would carry them out.
    fn batch(&mut self, sent: Vec<Sent>) {
        let mut world = World::new(self.store.ids);
        let now = sent.last().map_or(Timestamp(0), |((_, context), _)| context.now);
        let (answers, mut left_over) = self.store.batch_with_keys(&mut world, &sent);
        self.answers.extend(answers);
        self.sent.extend(sent);
        for seed in 0..10 {
            let tasks: Vec<Task> = left_over
                .iter()
                .map(|it| (Command::FollowUp(*it), Context { now, seed, actor: Actor::System }))
                .collect();
            if tasks.is_empty() {
                return;
            }
            left_over = self.store.batch(&mut World::new(self.store.ids), &tasks).1;
        }
        panic!("follow-ups have no end");
    }

    fn one(&mut self, command: Command, keys: &[IdempotencyKey]) -> Result<Outcome, Rejection> {
        let context =
            Context { now: Timestamp(self.sent.len() as i64), seed: self.sent.len() as u64, actor: Actor::System };
        self.batch(vec![((command, context), keys.to_vec())]);
        self.answers.pop().expect("an answer to each")
    }
}

/// Random commands; some are sent again later, in the same batch or another, some keys are used for other requests.
fn sent_in_batches(steps: &[Step], repeats: &[(u8, u8)]) -> Run {
    let mut run = Run::opened();
    let mut batch: Vec<Sent> = Vec::new();
    let mut before: Vec<Sent> = Vec::new();
    for (place, (step, (key, back))) in steps.iter().zip(repeats.iter().cycle()).enumerate() {
        let context = step.context(place as i64 + 1);
        let command = match step.command(run.store.ids) {
            // It forgets answers, as `erasing` tests.
            Command::EraseLead(EraseLead { lead, .. }) => Command::EditLead(lead, LeadEdit::default()),
            // What it leaves to do happens at the end of the batch, whose time is that of another command here.
            Command::RemoveDemo(_) => Command::RemoveDemo(Vec::new()),
            command => command,
        };
        let keys = match key {
            0..80 => Vec::new(),
            80..160 => vec![keyed(key % 20, place as u8)],
            _ => vec![keyed(key % 20, place as u8), keyed(100 + key % 10, place as u8)],
        };
        let sent = match before.len().checked_sub(1 + usize::from(*back)) {
            Some(at) if key % 3 == 0 => ((before[at].0.0.clone(), context), before[at].1.clone()),
            _ => ((command, context), keys),
        };
        before.push(sent.clone());
        // As the batcher does: what is due by then happens before.
        batch.push(((Command::Wake(context.now), context), Vec::new()));
        batch.push(sent);
        if step.ends_batch {
            run.batch(std::mem::take(&mut batch));
        }
    }
    run.batch(batch);
    run
}

/// What the answers should be by the plainest of rules: the first success under a key is the answer to the key.
fn check_answers(run: &Run) {
    let mut known: BTreeMap<[u8; 16], (IdempotencyKey, Outcome)> = BTreeMap::new();
    for ((_, keys), answer) in run.sent.iter().zip(&run.answers) {
        let of_other = |one: &&IdempotencyKey| {
            known.get(&one.digest).is_some_and(|(first, _)| first.fingerprint != one.fingerprint)
        };
        if let Some(reused) = keys.iter().find(of_other) {
            assert_eq!(answer, &Err(Rejection::KeyReused(reused.digest)));
            continue;
        }
        let first = keys.iter().find_map(|one| known.get(&one.digest)).map(|(_, outcome)| outcome.clone());
        match (&first, answer) {
            (Some(first), answer) => assert_eq!(answer, &Ok(Outcome::Again(Box::new(first.clone())))),
            (None, answer) => assert!(!matches!(answer, Ok(Outcome::Again(_))), "{answer:?} was never given"),
        }
        if let Ok(outcome) = answer {
            let outcome = if let Outcome::Again(before) = outcome { &**before } else { outcome };
            keys.iter().for_each(|one| _ = known.entry(one.digest).or_insert_with(|| (*one, outcome.clone())));
        }
    }
}

fn check(steps: &[Step], repeats: &[(u8, u8)]) {
    let run = sent_in_batches(steps, repeats);
    let opening = opening().len();
    assert_eq!(run.answers.len(), opening + 2 * steps.len());
    check_answers(&run);
    // The same without keys and without whatever was answered from memory ends in the same state.
    let had_effect = |answer: &Result<Outcome, Rejection>| !matches!(answer, Ok(Outcome::Again(_)) | Err(_));
    let mut plain = Run::opened();
    let mut ends = steps.iter().flat_map(|step| [false, step.ends_batch]);
    let mut batch = Vec::new();
    for ((task, _), answer) in run.sent.iter().zip(&run.answers).skip(opening) {
        if had_effect(answer) {
            batch.push((task.clone(), Vec::new()));
        }
        if ends.next().unwrap_or_default() {
            plain.batch(std::mem::take(&mut batch));
        }
    }
    plain.batch(batch);
    let (keyed, plain) = (run.store, plain.store);
    assert_eq!(keyed.events, plain.events);
    assert_eq!((keyed.contacts, keyed.leads), (plain.contacts, plain.leads));
    assert_eq!((keyed.operators, keyed.sources), (plain.operators, plain.sources));
    assert_eq!((keyed.decisions, keyed.totals), (plain.decisions, plain.totals));
    assert_eq!(keyed.ids, plain.ids);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn repeated_keys_in_random_batches_have_one_effect(
        steps in steps(120),
        repeats in proptest::collection::vec((any::<u8>(), 0u8..30), 1..120),
    ) {
        check(&steps, &repeats);
    }
}

fn submit(message: &str) -> Command {
    Command::Submit(Submit {
        message: Some(message.into()),
        attributes: Some("{}".into()),
        ..Submit::new(SourceId(1), vec![Identity::new(IdentityKind::ExternalId, "a")])
    })
}

#[test]
fn a_contact_that_was_deleted_is_shown_as_it_was() {
    let mut run = Run::opened();
    let first = run.one(submit("Hello!"), &[keyed(1, 1)]).expect("it is taken in");
    run.one(Command::DeleteContact(ContactId(1)), &[]).expect("it is deleted");
    let again = run.one(submit("Hello!"), &[keyed(1, 1)]);
    assert_eq!(again, Ok(Outcome::Again(Box::new(first))));
    assert!(run.store.contacts.is_empty());
    assert_eq!(invariants::check(&run.store.whole()), Vec::<String>::new());
}

#[test]
fn a_rejection_is_not_kept() {
    let mut run = Run::opened();
    let resolve = Command::DeleteContact(ContactId(1));
    let refused = run.one(resolve.clone(), &[keyed(1, 1)]);
    assert_eq!(refused, Err(Rejection::UnknownContact(ContactId(1))));
    run.one(submit("Hello!"), &[]).expect("it is taken in");
    assert_eq!(run.one(resolve, &[keyed(1, 1)]), Ok(Outcome::Done));
}

#[test]
fn a_request_known_by_one_key_is_known_by_its_others() {
    let mut run = Run::opened();
    let first = run.one(submit("Hello!"), &[keyed(1, 1)]).expect("it is taken in");
    let again = Ok(Outcome::Again(Box::new(first)));
    assert_eq!(run.one(submit("Hello!"), &[keyed(2, 2), keyed(1, 1)]), again);
    assert_eq!(run.one(submit("Hello!"), &[keyed(2, 2)]), again);
    assert_eq!(run.one(submit("Bye!"), &[keyed(2, 3)]), Err(Rejection::KeyReused([2; 16])));
    assert_eq!(run.store.contacts.len(), 1);
}

#[test]
fn whatever_is_known_needs_nothing_else() {
    let mut run = Run::opened();
    let bot = NewSource { kind: SourceKind::Bot, ..NewSource::named("Bot") };
    run.one(Command::CreateSource(bot.clone()), &[keyed(1, 1)]).expect("it is added");
    // Its name is taken by now, by itself.
    let again = run.one(Command::CreateSource(bot.clone()), &[keyed(1, 1)]);
    assert!(matches!(again, Ok(Outcome::Again(_))), "{again:?}");
    let mut world = World::new(run.store.ids);
    run.store.batch_with_keys(
        &mut world,
        &[(
            (Command::CreateSource(bot), Context { now: Timestamp(9), seed: 1, actor: Actor::System }),
            vec![keyed(1, 1)],
        )],
    );
    assert!(
        world
            .needs_idempotent([(
                &Command::MergeLeads(MergeLeads { from: LeadId(1), into: LeadId(2) }),
                &[keyed(1, 1)][..]
            )])
            .is_empty()
    );
}
