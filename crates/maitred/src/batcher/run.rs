//! The loop: take what has queued, make a batch of it, answer. Also the only place that reads the clock for commands
//! and makes their seeds.

use super::batch::{self, Task};
use super::{Answer, BATCH_MAX, Job, Message, Refusal};
use crate::clock::{Clock, Seeds};
use crate::store::{Engine, StoreError};
use maitred_core::command::FollowUp;
use maitred_core::{Command, Context, World};
use metrics::{counter, histogram};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Instant;
use tokio::runtime::Handle;
use tokio::sync::{mpsc, oneshot, watch};

/// The most follow-ups of one batch, so that callers wait behind no more than this many bounded drains.
const FOLLOW_UPS_MAX: usize = 4;

pub(super) struct Loop {
    engine: Engine,
    /// `None` after a failed commit: what was in memory may be ahead of the store, so it is read anew.
    world: Option<World>,
    jobs: mpsc::Receiver<Message>,
    announce: watch::Sender<i64>,
    clock: Clock,
    seeds: Seeds,
    /// Work that commands left over, carried out before anything newer.
    follow_ups: BTreeSet<FollowUp>,
    stopping: bool,
    /// When left-over work is not gone on with any more.
    leave_at: Option<Instant>,
    /// Where callers run, if the loop was started from there.
    runtime: Option<Handle>,
}

impl Loop {
    pub(super) fn new(
        engine: Engine,
        world: World,
        jobs: mpsc::Receiver<Message>,
        announce: watch::Sender<i64>,
        (clock, seeds): (Clock, Seeds),
    ) -> Self {
        let follow_ups = unfinished(&world);
        let runtime = Handle::try_current().ok();
        let (world, leave_at) = (Some(world), None);
        Self { engine, world, jobs, announce, clock, seeds, follow_ups, stopping: false, leave_at, runtime }
    }

    pub(super) fn run(mut self) {
        let mut jobs = Vec::with_capacity(BATCH_MAX);
        while self.gather(&mut jobs) {
            self.carry_out(&mut jobs);
        }
        self.engine.close();
    }

    /// Fills `jobs` with what has queued; sleeps only when there is nothing to do at all. False when all is done,
    /// left-over work included unless its time is up.
    fn gather(&mut self, jobs: &mut Vec<Job>) -> bool {
        if self.follow_ups.is_empty() {
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
        }
    }

    fn carry_out(&mut self, jobs: &mut Vec<Job>) {
        let began = Instant::now();
        let follow_ups = self.next_follow_ups();
        let tasks = self.tasks(&follow_ups, jobs);
        match self.commit(&tasks) {
            Ok((answers, left_over)) => {
                self.follow_ups.extend(left_over);
                self.announce.send_replace(self.engine.last_position());
                let of_callers = answers.into_iter().skip(follow_ups.len());
                self.reply(jobs.drain(..).map(|job| job.reply).zip(of_callers).collect());
            }
            Err(error) => self.fail(error, &follow_ups, jobs),
        }
        histogram!("maitred_batch_commands").record(tasks.len() as f64);
        histogram!("maitred_batch_seconds").record(began.elapsed());
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

    fn next_follow_ups(&mut self) -> Vec<FollowUp> {
        let next: Vec<FollowUp> = self.follow_ups.iter().copied().take(FOLLOW_UPS_MAX).collect();
        next.iter().for_each(|follow_up| _ = self.follow_ups.remove(follow_up));
        next
    }

    fn tasks(&mut self, follow_ups: &[FollowUp], jobs: &[Job]) -> Vec<Task> {
        let left_over = follow_ups.iter().map(|follow_up| Command::FollowUp(*follow_up));
        let commands = left_over.chain(jobs.iter().map(|job| job.command.clone()));
        commands
            .map(|command| Task { command, context: Context { now: self.clock.read(), seed: self.seeds.take() } })
            .collect()
    }

    fn commit(&mut self, tasks: &[Task]) -> Result<batch::Done, StoreError> {
        let mut world = match self.world.take() {
            Some(world) => world,
            None => self.engine.world()?,
        };
        let done = batch::carry_out(&mut self.engine, &mut world, tasks)?;
        self.engine.after_batch(&mut world);
        self.world = Some(world);
        Ok(done)
    }

    /// The store kept nothing of the batch: every caller learns so, and left-over work is tried again with the next.
    fn fail(&mut self, error: StoreError, follow_ups: &[FollowUp], jobs: &mut Vec<Job>) {
        tracing::error!(%error, commands = jobs.len(), "a batch was not stored; its callers were told");
        counter!("maitred_batches_failed_total").increment(1);
        self.engine.rollback();
        let error = Arc::new(error);
        jobs.drain(..).for_each(|job| _ = job.reply.send(Err(Refusal::Store(error.clone()))));
        if !self.stopping {
            self.follow_ups.extend(follow_ups);
            self.rest();
        }
    }

    /// Between two tries at left-over work nobody else may be waiting: not a tight loop against a full disk.
    fn rest(&self) {
        if !self.follow_ups.is_empty() && self.jobs.is_empty() {
            std::thread::park_timeout(REST);
        }
    }
}

/// How long to wait before left-over work is tried again on a store that fails.
const REST: std::time::Duration = std::time::Duration::from_millis(500);

/// What a process that ended between a command and its follow-ups left to do.
fn unfinished(world: &World) -> BTreeSet<FollowUp> {
    let drains = world.sources().filter(|s| s.waiting().count() > 0 && s.pool().has_eligible());
    let drains = drains.map(|s| FollowUp::Drain(s.source.id));
    let closings = world.sources().filter(|s| s.source.deleted_at.is_some() && s.open() > 0);
    let closings = closings.map(|s| FollowUp::CloseOut(s.source.id));
    let evacuations = world.operators().filter(|o| o.deleted_at.is_some() && o.current_load > 0);
    let evacuations = evacuations.map(|o| FollowUp::Evacuate(o.id));
    drains.chain(closings).chain(evacuations).collect()
}
