//! The loop: take what has queued, make a batch of it, answer. Also the only place that reads the clock for commands
//! and makes their seeds.

use super::batch::{self, Task};
use super::sweep::Sweep;
use super::{Answer, Asked, BATCH_MAX, Committed, Job, Message, Refusal};
use maitred_core::command::FollowUp;
use maitred_core::{Command, Context, World};
use maitred_store::clock::{Clock, Seeds};
use maitred_store::{Engine, StoreError};
use metrics::{counter, histogram};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::mpsc::SyncSender;
use std::time::{Duration, Instant};
use tokio::runtime::Handle;
use tokio::sync::{mpsc, oneshot};

/// The most follow-ups of one batch, so that callers wait behind no more than this many bounded drains.
const FOLLOW_UPS_MAX: usize = 4;

pub(super) struct Loop {
    engine: Engine,
    /// `None` after a failed commit: what was in memory may be ahead of the store, so it is read again.
    world: Option<World>,
    jobs: mpsc::Receiver<Message>,
    committed: Committed,
    clock: Clock,
    seeds: Seeds,
    /// Work that commands left over, carried out before anything newer.
    follow_ups: BTreeSet<FollowUp>,
    /// When left-over work that could not be stored is tried again.
    retry_at: Option<Instant>,
    /// Whether somebody asked to see what other nodes left behind.
    look_around: bool,
    /// Which answers are old, and whether it is time to forget some.
    sweep: Sweep,
    /// Whether the last batch was given up because the store did not answer: the next one does not wait for it.
    is_away: bool,
    stopping: bool,
    /// When left-over work is not gone on with any more.
    leave_at: Option<Instant>,
    /// Where callers run, if the loop was started from there.
    runtime: Option<Handle>,
}

/// The commands of a batch, and who waits for them: nobody for left-over work.
struct Batch {
    commands: Vec<Asked>,
    replies: Option<Vec<oneshot::Sender<Answer>>>,
}

impl Loop {
    /// For the runtime that this is called from.
    pub(super) fn new(
        engine: Engine,
        jobs: mpsc::Receiver<Message>,
        committed: Committed,
        seeds: Seeds,
        answers_kept: Duration,
    ) -> Self {
        Self {
            clock: Clock::starting_at(engine.last_event_at()),
            engine,
            world: None,
            jobs,
            committed,
            seeds,
            follow_ups: BTreeSet::new(),
            retry_at: None,
            look_around: false,
            sweep: Sweep::new(answers_kept),
            is_away: false,
            stopping: false,
            leave_at: None,
            runtime: Handle::try_current().ok(),
        }
    }

    /// Reads what is stored, says whether that went well, and works until it is stopped.
    pub(super) fn run(mut self, ready: &SyncSender<Result<(), StoreError>>) {
        let read = self.engine.world().map(|world| {
            self.follow_ups = unfinished(&world);
            self.world = Some(world);
        });
        let goes_on = read.is_ok();
        // The code that started the loop waits for this word.
        let told = ready.send(read);
        let mut jobs = Vec::with_capacity(BATCH_MAX);
        while goes_on && told.is_ok() && self.gather(&mut jobs) {
            self.carry_out(&mut jobs);
        }
        self.engine.close();
    }

    /// Fills `jobs` with what has queued; sleeps only when there is nothing to do at all. False when all is done,
    /// left-over work included unless its time is up.
    fn gather(&mut self, jobs: &mut Vec<Job>) -> bool {
        if self.follow_ups.is_empty() && !self.sweep.is_due() {
            match self.jobs.blocking_recv() {
                Some(message) => self.accept(message, jobs),
                None => return false,
            }
        }
        while jobs.len() < BATCH_MAX {
            match self.jobs.try_recv() {
                Ok(message) => self.accept(message, jobs),
                Err(_) => break,
            }
        }
        if self.leave_at.is_some_and(|leave_at| leave_at <= Instant::now()) {
            self.follow_ups.clear();
        }
        !(self.stopping && jobs.is_empty() && self.follow_ups.is_empty() && self.jobs.is_empty())
    }

    fn accept(&mut self, message: Message, jobs: &mut Vec<Job>) {
        match message {
            Message::Do(job) => jobs.push(job),
            Message::Stop { leave_at } => {
                self.jobs.close();
                self.leave_at = leave_at;
                self.stopping = true;
            }
            Message::LookAround => self.look_around = true,
            Message::Sweep => self.sweep.now(),
        }
    }

    /// Left-over work first, in a transaction of its own: what cannot be finished must not fail what can.
    fn carry_out(&mut self, jobs: &mut Vec<Job>) {
        if std::mem::take(&mut self.look_around) {
            self.look_around();
        }
        if self.retry_at.is_none_or(|retry_at| retry_at <= Instant::now()) {
            self.go_on();
        } else if jobs.is_empty() {
            std::thread::park_timeout(REST);
        }
        if !jobs.is_empty() {
            self.serve(jobs);
        } else if self.sweep.is_due() {
            self.sweep_alone();
        }
    }

    /// Goes on with left-over work. On a store that fails it is tried again after a rest.
    fn go_on(&mut self) {
        let next: Vec<FollowUp> = self.follow_ups.iter().copied().take(FOLLOW_UPS_MAX).collect();
        if next.is_empty() {
            return;
        }
        next.iter().for_each(|follow_up| _ = self.follow_ups.remove(follow_up));
        self.retry_at = None;
        let commands = next.iter().map(|follow_up| Command::FollowUp(*follow_up).into()).collect();
        if let Err(error) = self.commit(&mut Batch { commands, replies: None }) {
            tracing::error!(%error, "left-over work was not stored; trying again");
            self.retry_at = Some(Instant::now() + REST);
            if !self.stopping {
                self.follow_ups.extend(next);
            }
        }
    }

    /// Forgets old answers in a transaction of their own, for there is no batch to do it in.
    fn sweep_alone(&mut self) {
        if let Err(error) = self.try_to_commit(&mut Batch { commands: Vec::new(), replies: None }) {
            tracing::warn!(%error, "old answers could not be deleted; trying again");
            self.engine.rollback();
            self.sweep.later();
        }
    }

    /// Carries out what callers asked for and answers them. When the store kept nothing of it, every one learns so.
    fn serve(&mut self, jobs: &mut Vec<Job>) {
        let (commands, replies) = jobs.drain(..).map(|job| (job.asked, job.reply)).unzip();
        let mut batch = Batch { commands, replies: Some(replies) };
        let answers = self.commit(&mut batch);
        let replies = batch.replies.unwrap_or_default();
        match answers {
            Ok(answers) => self.reply(replies.into_iter().zip(answers).collect()),
            Err(error) => {
                tracing::error!(%error, commands = replies.len(), "a batch was not stored; its callers got an error");
                let error = Arc::new(error);
                self.reply(replies.into_iter().map(|reply| (reply, Err(Refusal::Store(error.clone())))).collect());
            }
        }
    }

    /// Finds work that a node which is gone left behind.
    fn look_around(&mut self) {
        match self.engine.look_around() {
            Ok(Some(world)) => {
                self.follow_ups.extend(unfinished(&world));
                self.world = Some(world);
                self.committed.announce(self.engine.last_position());
            }
            Ok(None) => {}
            Err(error) => {
                tracing::warn!(%error, "the work of other nodes could not be read; trying again");
                self.engine.rollback();
                self.world = None;
            }
        }
    }

    /// Makes a batch of these commands and says what became of each. Where other nodes may be in the way, or the
    /// database is on another machine, what failed in passing is tried again for a while.
    fn commit(&mut self, batch: &mut Batch) -> Result<Vec<Answer>, StoreError> {
        let began = Instant::now();
        let give_up = began + if self.is_away { Duration::ZERO } else { PATIENCE };
        loop {
            let done = self.try_to_commit(batch);
            histogram!("maitred_batch_seconds").record(began.elapsed());
            let error = match done {
                Ok((answers, left_over)) => {
                    self.is_away = false;
                    self.follow_ups.extend(left_over);
                    self.committed.announce(self.engine.last_position());
                    return Ok(answers);
                }
                Err(error) => error,
            };
            counter!("maitred_batches_failed_total").increment(1);
            self.engine.rollback();
            if !self.engine.is_shared() || !error.is_passing() || Instant::now() >= give_up {
                self.is_away = matches!(error, StoreError::Unreachable(_) | StoreError::OutcomeUnknown);
                return Err(error);
            }
            tracing::warn!(%error, commands = batch.commands.len(), "a batch was not stored; trying again");
            std::thread::park_timeout(RETRY_REST);
        }
    }

    fn try_to_commit(&mut self, batch: &mut Batch) -> Result<batch::Done, StoreError> {
        let mut world = match self.world.take() {
            Some(world) => world,
            // What is shared is read at the beginning of the transaction.
            None if self.engine.is_shared() => World::default(),
            None => self.engine.world()?,
        };
        self.engine.begin(&mut world)?;
        self.clock.catch_up_with(self.engine.last_event_at());
        let commands = if self.engine.is_shared() {
            self.fill_up(batch);
            // Kept for another try.
            batch.commands.clone()
        } else {
            std::mem::take(&mut batch.commands)
        };
        if !commands.is_empty() {
            histogram!("maitred_batch_commands").record(commands.len() as f64);
        }
        let keyed = commands.iter().filter(|asked| !asked.once.is_empty()).count();
        self.sweep.some(&mut self.engine, self.clock.read(), keyed)?;
        let task = |Asked { by, command, once }: Asked| {
            let context = Context { now: self.clock.read(), seed: self.seeds.take(), actor: by.actor };
            Task { command, once, context, desk: by.desk }
        };
        let tasks = commands.into_iter().map(task).collect();
        let done = batch::carry_out(&mut self.engine, &mut world, tasks)?;
        self.engine.after_batch(&mut world);
        self.world = Some(world);
        Ok(done)
    }

    /// Takes in what queued up while this node waited for its turn.
    fn fill_up(&mut self, batch: &mut Batch) {
        let Some(mut replies) = batch.replies.take() else { return };
        let mut jobs = Vec::new();
        while replies.len() + jobs.len() < BATCH_MAX {
            match self.jobs.try_recv() {
                Ok(message) => self.accept(message, &mut jobs),
                Err(_) => break,
            }
        }
        for job in jobs {
            batch.commands.push(job.asked);
            replies.push(job.reply);
        }
        batch.replies = Some(replies);
    }

    /// Answers callers. Many are answered by a task of their own runtime: waking each from this thread would cost it a
    /// system call a caller, which is time that no batch is made in.
    fn reply(&self, answers: Vec<(oneshot::Sender<Answer>, Answer)>) {
        let send_all = |answers: Vec<(oneshot::Sender<Answer>, Answer)>| {
            // A caller who went away needs no answer.
            answers.into_iter().for_each(|(reply, answer)| _ = reply.send(answer));
        };
        match &self.runtime {
            Some(runtime) if answers.len() > 1 => _ = runtime.spawn(async move { send_all(answers) }),
            _ => send_all(answers),
        }
    }
}

/// How long to wait before left-over work is tried again on a store that fails.
const REST: Duration = Duration::from_millis(500);

/// For how long a batch is tried again before its callers are told.
const PATIENCE: Duration = Duration::from_secs(5);

/// The rest between two such tries.
const RETRY_REST: Duration = Duration::from_millis(50);

/// What a process that ended between a command and its follow-ups left to do.
fn unfinished(world: &World) -> BTreeSet<FollowUp> {
    let drains = world.sources().filter(|s| s.waiting().count() > 0 && s.pool().has_eligible());
    let drains = drains.map(|s| FollowUp::Drain(s.source.id));
    let closings = world.sources().filter(|s| s.source.deleted_at.is_some() && s.open() > 0);
    let closings = closings.map(|s| FollowUp::CloseOut(s.source.id));
    let evacuations = world.operators().filter(|o| o.deleted_at.is_some() && o.current_load > 0);
    let evacuations = evacuations.map(|o| FollowUp::Evacuate(o.id));
    let erasures = world.erasing();
    drains.chain(erasures).chain(closings).chain(evacuations).collect()
}
