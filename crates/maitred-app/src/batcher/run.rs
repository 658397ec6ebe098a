//! The loop: take what has queued, make a batch of it, answer. Also the only place that reads the clock for commands
//! and makes their seeds.

use super::batch::{self, Task};
use super::forget::Forgetting;
use super::waking::{self, NextDue, Woken};
use super::{Answer, BATCH_MAX, CommitListener, Committed, ExecuteError, Message, Options, Queued, Request};
use crate::spans::{self, OpenBatch};
use maitred_core::command::FollowUp;
use maitred_core::world::Changes;
use maitred_core::{Actor, Command, Context, Timestamp, World};
use maitred_store::clock::{Clock, Seeds};
use maitred_store::{Engine, StoreError};
use metrics::{counter, histogram};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
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
    queue: mpsc::Receiver<Message>,
    committed: Committed,
    next_due: NextDue,
    listeners: Vec<Box<dyn CommitListener>>,
    clock: Clock,
    seeds: Seeds,
    /// Work that commands left over, carried out before anything newer, each with the actor of its command.
    follow_ups: BTreeMap<FollowUp, Actor>,
    /// When left-over work that could not be stored is tried again.
    retry_at: Option<Instant>,
    /// Whether it is time to see what other nodes left behind.
    find_left_over_work: bool,
    /// Whether it is time to handle what is due, although nobody asked for anything.
    wake_due: bool,
    forgetting: Forgetting,
    /// Whether the store takes nothing, as far as is known.
    is_failing: Arc<AtomicBool>,
    /// Whether to see if that is still so.
    try_to_store: bool,
    /// Whether the last batch was given up because the store did not answer: the next one does not wait for it.
    is_away: bool,
    stopping: bool,
    /// Whether a commit was not confirmed by the disk. Then nothing may be written until the file is opened again: a
    /// later sync that succeeds says nothing of what an earlier one dropped.
    must_end: bool,
    /// When left-over work is not continued any more.
    leave_at: Option<Instant>,
    /// Where callers run, if the loop was started from there.
    runtime: Option<Handle>,
}

/// The commands of a batch, and who waits for them: nobody for left-over work.
struct Batch {
    requests: Vec<Request>,
    replies: Option<Vec<oneshot::Sender<Answer>>>,
}

impl Loop {
    /// For the runtime that this is called from.
    pub(super) fn new(
        engine: Engine,
        queue: mpsc::Receiver<Message>,
        (committed, next_due, is_failing): (Committed, NextDue, Arc<AtomicBool>),
        seeds: Seeds,
        options: Options,
    ) -> Self {
        Self {
            clock: Clock::starting_at(engine.last_event_at()),
            engine,
            world: None,
            queue,
            committed,
            next_due,
            listeners: options.listeners,
            seeds,
            follow_ups: BTreeMap::new(),
            retry_at: None,
            find_left_over_work: false,
            wake_due: false,
            forgetting: Forgetting::new(options.answers_kept),
            is_failing,
            try_to_store: false,
            is_away: false,
            stopping: false,
            must_end: false,
            leave_at: None,
            runtime: Handle::try_current().ok(),
        }
    }

    /// Reads what is stored, says whether that went well, and works until it is stopped.
    pub(super) fn run(mut self, ready: &SyncSender<Result<(), StoreError>>) {
        let read = self.engine.world().map(|mut world| {
            self.follow_ups = unfinished(&mut world, self.engine.last_event_at());
            self.world = Some(world);
        });
        let goes_on = read.is_ok();
        // The starter of the loop waits for this.
        let is_awaited = ready.send(read).is_ok();
        let mut queued = Vec::with_capacity(BATCH_MAX);
        while goes_on && is_awaited && self.gather(&mut queued) {
            self.carry_out(&mut queued);
            if self.must_end {
                return self.engine.abandon();
            }
        }
        self.engine.close();
    }

    /// Fills `queued` with what has queued; sleeps only when there is nothing to do at all. False when all is done,
    /// left-over work included unless its time is up.
    fn gather(&mut self, queued: &mut Vec<Queued>) -> bool {
        let is_idle = self.follow_ups.is_empty() && !self.find_left_over_work;
        if is_idle && !self.forgetting.is_due() && !self.wake_due {
            match self.queue.blocking_recv() {
                Some(message) => self.accept(message, queued),
                None => return false,
            }
        }
        while queued.len() < BATCH_MAX {
            match self.queue.try_recv() {
                Ok(message) => self.accept(message, queued),
                Err(_) => break,
            }
        }
        if self.leave_at.is_some_and(|leave_at| leave_at <= Instant::now()) {
            self.follow_ups.clear();
        }
        !(self.stopping && queued.is_empty() && self.follow_ups.is_empty() && self.queue.is_empty())
    }

    fn accept(&mut self, message: Message, queued: &mut Vec<Queued>) {
        match message {
            Message::Execute(one) => queued.push(one),
            Message::Stop { leave_at } => {
                self.queue.close();
                self.leave_at = leave_at;
                self.stopping = true;
            }
            Message::FindLeftOverWork => self.find_left_over_work = true,
            Message::WakeDue => self.wake_due = true,
            Message::ForgetAnswers => self.forgetting.now(),
            Message::TryToStore => self.try_to_store = self.is_failing.load(Ordering::Relaxed),
        }
    }

    /// Left-over work first, in a transaction of its own: what cannot be finished must not fail what can.
    fn carry_out(&mut self, queued: &mut Vec<Queued>) {
        let is_rested = self.retry_at.is_none_or(|retry_at| retry_at <= Instant::now());
        if is_rested && std::mem::take(&mut self.find_left_over_work) {
            self.find_left_over_work();
        }
        if is_rested {
            self.continue_left_over_work();
        } else if queued.is_empty() {
            std::thread::park_timeout(REST);
        }
        let try_to_store = std::mem::take(&mut self.try_to_store) | std::mem::take(&mut self.wake_due);
        if self.must_end {
            // Who queued learns that nothing was done, because nobody answers.
        } else if !queued.is_empty() {
            self.serve(queued);
        } else if self.forgetting.is_due() || try_to_store {
            self.store_nothing();
        }
    }

    /// On a store that fails it is tried again after a rest.
    fn continue_left_over_work(&mut self) {
        let next: Vec<(FollowUp, Actor)> =
            self.follow_ups.iter().map(|(it, actor)| (*it, *actor)).take(FOLLOW_UPS_MAX).collect();
        if next.is_empty() {
            return;
        }
        next.iter().for_each(|(follow_up, _)| _ = self.follow_ups.remove(follow_up));
        self.retry_at = None;
        let requests = next.iter().map(|(it, actor)| Request::left_over(Command::FollowUp(*it), *actor)).collect();
        if let Err(error) = self.commit(&mut Batch { requests, replies: None }) {
            tracing::error!(%error, "left-over work was not stored; trying again");
            self.retry_at = Some(Instant::now() + REST);
            if !self.stopping {
                self.follow_ups.extend(next);
            }
        }
    }

    /// A batch of no commands: handles what is due and forgets old answers, for there is no batch to do it in, and
    /// shows whether the store takes anything.
    fn store_nothing(&mut self) {
        match self.try_to_commit(&mut Batch { requests: Vec::new(), replies: None }) {
            Ok(done) => _ = self.committed(done),
            Err(error) => {
                tracing::warn!(%error, "nothing could be stored; trying again");
                self.forgetting.later();
                self.note_failure(&error);
            }
        }
    }

    /// After a batch that was not stored.
    fn note_failure(&mut self, error: &StoreError) {
        if error.concerns_all() {
            self.is_failing.store(true, Ordering::Relaxed);
        }
        self.must_end = matches!(error, StoreError::Unconfirmed(_));
        if !self.must_end {
            self.engine.rollback();
        }
    }

    /// Carries out what callers asked for and answers them. When the store kept nothing of it, every one learns so.
    fn serve(&mut self, queued: &mut Vec<Queued>) {
        let (requests, replies) = queued.drain(..).map(|one| (one.request, one.reply)).unzip();
        let mut batch = Batch { requests, replies: Some(replies) };
        let answers = self.commit(&mut batch);
        let replies = batch.replies.unwrap_or_default();
        match answers {
            Ok(answers) => self.reply(replies.into_iter().zip(answers).collect()),
            Err(error) => {
                tracing::error!(%error, commands = replies.len(), "a batch was not stored; its callers got an error");
                let error = Arc::new(error);
                self.reply(replies.into_iter().map(|reply| (reply, Err(ExecuteError::Store(error.clone())))).collect());
            }
        }
    }

    /// Finds work that a node which is gone left behind.
    fn find_left_over_work(&mut self) {
        match self.engine.find_unfinished() {
            Ok(Some(mut world)) => {
                self.follow_ups.extend(unfinished(&mut world, self.engine.last_event_at()));
                self.world = Some(world);
                self.committed.announce(self.engine.last_position());
            }
            Ok(None) => {}
            Err(error) => {
                tracing::warn!(%error, "the work of other nodes could not be read; trying again");
                self.engine.rollback();
                self.world = None;
                // Nobody asks again where nothing else happens.
                self.find_left_over_work = !self.stopping;
                self.retry_at = Some(Instant::now() + REST);
            }
        }
    }

    /// Makes a batch of these commands and says what became of each. Where other nodes may be in the way, or the
    /// database is on another machine, what failed in passing is tried again for a while.
    fn commit(&mut self, batch: &mut Batch) -> Result<Vec<Answer>, StoreError> {
        let began = Instant::now();
        let mut is_logged = false;
        let give_up = began + if self.is_away { Duration::ZERO } else { PATIENCE };
        loop {
            let done = self.try_to_commit(batch);
            histogram!("maitred_batch_seconds").record(began.elapsed());
            let error = match done {
                Ok(done) => return Ok(self.committed(done)),
                Err(error) => error,
            };
            counter!("maitred_batches_failed_total").increment(1);
            self.note_failure(&error);
            if !self.engine.is_shared() || !error.is_passing() || Instant::now() >= give_up {
                self.is_away = matches!(error, StoreError::Unreachable(_) | StoreError::OutcomeUnknown);
                return Err(error);
            }
            if !std::mem::replace(&mut is_logged, true) {
                tracing::warn!(%error, commands = batch.requests.len(), "a batch was not stored; trying again");
            }
            std::thread::park_timeout(RETRY_REST);
        }
    }

    /// After a batch that was stored: what it leaves over, and who is told. The answers are for its callers.
    fn committed(&mut self, done: batch::Done) -> Vec<Answer> {
        self.is_away = false;
        self.is_failing.store(false, Ordering::Relaxed);
        self.follow_ups.extend(done.left_over);
        waking::measure(&done.changes);
        self.call_listeners(&done.changes);
        self.committed.announce(self.engine.last_position());
        self.next_due.announce(self.engine.next_due());
        done.answers
    }

    fn call_listeners(&self, changes: &[Changes]) {
        for listener in &self.listeners {
            changes.iter().for_each(|changes| listener.committed(changes));
        }
    }

    fn try_to_commit(&mut self, batch: &mut Batch) -> Result<batch::Done, StoreError> {
        let began = spans::watch();
        let mut world = match self.world.take() {
            Some(world) => world,
            // What is shared is read at the beginning of the transaction.
            None if self.engine.is_shared() => World::default(),
            None => self.engine.world()?,
        };
        self.engine.begin(&mut world)?;
        self.clock.catch_up_with(self.engine.last_event_at());
        let requests = if self.engine.is_shared() {
            self.fill_up(batch);
            // Kept for another try.
            batch.requests.clone()
        } else {
            std::mem::take(&mut batch.requests)
        };
        if !requests.is_empty() {
            histogram!("maitred_batch_commands").record(requests.len() as f64);
        } else if self.is_failing.load(Ordering::Relaxed) {
            // A trial shows something only if it writes something.
            self.engine.touch()?;
        }
        let keyed = requests.iter().filter(|request| !request.keys.is_empty()).count();
        self.forgetting.some(&mut self.engine, self.clock.peek(), keyed)?;
        let (open, commands) = (OpenBatch::begin(began, requests.iter().map(|it| it.span)), requests.len());
        let task = |Request { actor, condition, command, keys, precondition, as_of, heard, .. }: Request| {
            // What has no time takes that of what happened last: it must not move the clock of the demo, which writes
            // down a day that is over.
            let now = match as_of.or_else(|| command.is_timeless().then(|| self.engine.last_event_at())) {
                Some(at) => self.clock.read_early(at),
                None => self.clock.read(),
            };
            let context = Context { now, seed: self.seeds.take(), actor };
            Task { command, keys, context, condition, precondition, heard: heard.map(|of| Box::new(Command::Beat(of))) }
        };
        let tasks: Vec<Task> = requests.into_iter().map(task).collect();
        let Woken { tasks, wake } = self.woken(tasks);
        let done = batch::carry_out(&mut self.engine, &mut world, tasks);
        if let Some(open) = open {
            open.end(self.engine.is_shared(), commands, done.as_ref().ok().and_then(|done| done.times));
        }
        let mut done = done?;
        wake.into_iter().for_each(|at| _ = done.answers.remove(at));
        self.engine.after_batch(&mut world);
        self.world = Some(world);
        // More may be due than one wake handles.
        self.wake_due = wake.is_some() && self.engine.next_due().is_some_and(|due| due <= self.clock.peek());
        Ok(done)
    }

    /// Tasks with a wake in front of those that come after what is due.
    fn woken(&mut self, tasks: Vec<Task>) -> Woken {
        let due = self.engine.next_due();
        if tasks.is_empty() && due.is_some_and(|due| due <= self.clock.peek()) {
            return Woken::alone(self.clock.read(), self.seeds.take());
        }
        Woken::new(tasks, due, || self.seeds.take())
    }

    /// Takes in what queued up while this node waited for its turn.
    fn fill_up(&mut self, batch: &mut Batch) {
        let Some(mut replies) = batch.replies.take() else { return };
        let mut queued = Vec::new();
        while replies.len() + queued.len() < BATCH_MAX {
            match self.queue.try_recv() {
                Ok(message) => self.accept(message, &mut queued),
                Err(_) => break,
            }
        }
        for one in queued {
            batch.requests.push(one.request);
            replies.push(one.reply);
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

/// For how long a batch is tried again before its callers get an error.
const PATIENCE: Duration = Duration::from_secs(5);

/// The rest between two such tries.
const RETRY_REST: Duration = Duration::from_millis(50);

/// What a process that ended between a command and its follow-ups left to do. That is seen as of the last event: what
/// came by itself since is due, and a wake sees to it.
fn unfinished(world: &mut World, now: Timestamp) -> BTreeMap<FollowUp, Actor> {
    world.advance(now);
    let drains = world.sources().filter(|s| s.waiting().count() > 0 && s.can_give(now) || world.is_to_send_on(s));
    let drains = drains.map(|s| FollowUp::Drain(s.source.id));
    let closings = world.sources().filter(|s| s.source.deleted_at.is_some() && s.open() > 0);
    let closings = closings.map(|s| FollowUp::CloseOut(s.source.id));
    let evacuations = world.operators().filter(|o| o.deleted_at.is_some() && o.current_load > 0);
    let evacuations = evacuations.map(|o| FollowUp::Evacuate(o.id));
    let erasures = world.erasing();
    let markings = world.operators().filter_map(|o| Some(FollowUp::Mark(o.id, o.marking?)));
    // Who caused it is not stored.
    drains.chain(erasures).chain(closings).chain(evacuations).chain(markings).map(|it| (it, Actor::System)).collect()
}
