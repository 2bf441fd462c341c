//! The pool's scheduler: one queue that all its workers pull from, so that no worker waits for the
//! event loop of the thread that submits. Isolate-free, as the ports are.
//!
//! # Who wakes whom
//!
//! A worker that finds nothing to do puts itself on the list of those at rest and then looks once
//! more; who submits puts the task into the queue and then looks at how many rest. Both change
//! `resting`, one atomic, so one of them comes second and sees what the other did before: either
//! the worker sees the task, or the task's thread sees the worker, and wakes it. A worker may be
//! woken for a task that another one has taken meanwhile; then it rests again.
//!
//! # What happens to a task
//!
//! It is taken, or it is cancelled: both move its state away from `QUEUED`, in one step, so one of
//! them has it. A cancelled task leaves its shell in the queue, which whoever pulls throws away.
//! What a worker has taken stays on its list until it has finished it. When the worker is gone, what is
//! on the list is what it left undone: nothing can be lost with it.
//!
//! # A worker that is to go
//!
//! It is *retired*: it finishes what it has and takes nothing more. A wake-up that it got goes to
//! another, and so do the tasks of its own queue. Who puts a task there looks afterwards whether the
//! worker is retired, and who retires it looks afterwards what is there; one of them comes second.

mod member;
mod queue;
mod slot;
mod task;
mod timing;

use std::time::{Duration, Instant};

use crate::event_loop::sync::atomic::{
    AtomicBool, AtomicU64, AtomicUsize,
    Ordering::{AcqRel, Acquire, Relaxed},
};
use crate::event_loop::sync::{Arc, Mutex};
pub use member::{Abort, Member};
pub use queue::Order;
use queue::Queue;
pub use slot::Slot;
use task::Entry;
pub use task::{Task, TaskId};
pub use timing::Timing;

/// What a task is besides its payload.
#[derive(Debug, Clone, Copy, Default)]
pub struct TaskOptions {
    /// The higher ones come first.
    pub priority: i32,
    /// It may be cancelled, and is timed.
    pub is_cancellable: bool,
}

#[derive(Debug, Clone, Copy, Default)]
pub struct Settings {
    pub order: Order,
    /// Whether to measure how long tasks wait and run.
    pub is_timed: bool,
}

/// A message for every worker, those of the future as well.
struct Broadcast<T> {
    number: u64,
    name: Option<String>,
    message: Arc<T>,
}

/// Shared by the thread that submits and the workers.
pub struct Pool<T> {
    queue: Queue<Entry<T>>,
    /// Not yet taken and not cancelled.
    queued: AtomicUsize,
    /// The last to rest is the first to be woken: its caches are warm, and the others may end.
    at_rest: Mutex<Vec<(Arc<Member<T>>, Instant)>>,
    resting: AtomicUsize,
    /// Taken before any other lock.
    members: Mutex<Vec<Arc<Member<T>>>>,
    broadcasts: Mutex<Vec<Broadcast<T>>>,
    last_broadcast: AtomicU64,
    timing: Option<Mutex<Timing>>,
    /// The thread that submits looks for results every now and then, without being told of them.
    is_watched: AtomicBool,
    began: Instant,
    /// When that thread was last told of results, in nanoseconds since the pool began.
    last_told: AtomicU64,
}

impl<T> Pool<T> {
    pub fn new(settings: Settings) -> Self {
        Self {
            queue: Queue::new(settings.order),
            queued: AtomicUsize::new(0),
            at_rest: Mutex::new(Vec::new()),
            resting: AtomicUsize::new(0),
            members: Mutex::new(Vec::new()),
            broadcasts: Mutex::new(Vec::new()),
            last_broadcast: AtomicU64::new(0),
            timing: settings.is_timed.then(|| Mutex::new(Timing::new())),
            is_watched: AtomicBool::new(false),
            began: Instant::now(),
            last_told: AtomicU64::new(0),
        }
    }

    /// A new worker, which begins to look for tasks later.
    pub fn join(&self, key: usize, concurrency: usize) -> Arc<Member<T>> {
        let member = Member::new(key, concurrency);
        self.members.lock().unwrap().push(member.clone());
        member
    }

    /// The worker of this key.
    pub fn member(&self, key: usize) -> Option<Arc<Member<T>>> {
        self.find(|member| (member.key == key).then(|| member.clone()))
    }

    /// The first answer that one of the workers has.
    pub fn find<R>(&self, look: impl FnMut(&Arc<Member<T>>) -> Option<R>) -> Option<R> {
        self.members.lock().unwrap().iter().find_map(look)
    }

    // ---- tasks ----

    /// Puts a task into the queue, behind all of its priority and before all of a lower one. Any
    /// thread; never blocks. Returns the handle that cancels it, if it is cancellable.
    pub fn submit(&self, id: TaskId, options: TaskOptions, payload: T) -> Option<Arc<Task<T>>> {
        let (entry, task) = self.new_entry(id, options, payload);
        self.enqueue(entry);
        task
    }

    /// The same for a task that only this worker is to run, or any when that one goes.
    pub fn submit_to(
        &self,
        member: &Arc<Member<T>>,
        id: TaskId,
        options: TaskOptions,
        payload: T,
    ) -> Option<Arc<Task<T>>> {
        let (entry, task) = self.new_entry(id, options, payload);
        member.own.push(entry.priority, entry);
        if member.is_retired() {
            self.give_away_own(member);
        } else if self.stop_resting(member) {
            member.wake();
        }
        task
    }

    fn new_entry(&self, id: TaskId, options: TaskOptions, payload: T) -> (Entry<T>, Option<Arc<Task<T>>>) {
        self.queued.fetch_add(1, AcqRel);
        let since = self.timing.is_some().then(Instant::now);
        Entry::new(id, options.priority, since, options.is_cancellable, payload)
    }

    fn enqueue(&self, entry: Entry<T>) {
        self.queue.push(entry.priority, entry);
        self.wake_one();
    }

    /// Takes a task back. `None` when a worker has it already, or it was cancelled before.
    pub fn cancel(&self, task: &Task<T>) -> Option<T> {
        let payload = task.cancel()?;
        self.queued.fetch_sub(1, AcqRel);
        Some(payload)
    }

    /// Takes every task back that no worker has. Returns them in the order in which they would have
    /// been run.
    pub fn cancel_all(&self) -> Vec<TaskId> {
        // Held, so that nothing is on its way from one queue to another.
        let members = self.members.lock().unwrap();
        let own = members
            .iter()
            .flat_map(|member| std::iter::from_fn(|| member.own.pop()));
        std::iter::from_fn(|| self.queue.pop())
            .chain(own)
            .filter_map(|entry| {
                let id = entry.id;
                entry.take()?;
                self.queued.fetch_sub(1, AcqRel);
                Some(id)
            })
            .collect()
    }

    /// How many tasks wait for a worker.
    pub fn queued(&self) -> usize {
        self.queued.load(Acquire)
    }

    // ---- the worker's thread ----

    /// The next task for this worker; `None` when there is none, the worker runs as many as it
    /// may, or it is retired. Broadcasts come before the task that was just taken.
    pub fn take(&self, member: &Arc<Member<T>>) -> Option<(TaskId, T)> {
        // A worker that is not waiting for a task must not be the one that is woken for it.
        self.stop_resting(member);
        let started = member.start_next(|| self.next(member));
        let Some((started, waited)) = started else {
            if member.is_retired() {
                self.pass_wake_up_on();
            }
            return None;
        };
        self.queued.fetch_sub(1, AcqRel);
        if let (Some(timing), Some(waited)) = (&self.timing, waited) {
            timing.lock().unwrap().add_wait(waited);
        }
        Some(started)
    }

    /// Its own queue and that of all in turns, so that neither waits for the other.
    fn next(&self, member: &Member<T>) -> Option<Entry<T>> {
        if member.own.is_empty() {
            return self.queue.pop();
        }
        let prefers_own = !member.prefers_own.load(Relaxed);
        member.prefers_own.store(prefers_own, Relaxed);
        let pop_own = || {
            let entry = member.own.pop()?;
            // What it was woken for may have been a task of all.
            self.pass_wake_up_on();
            Some(entry)
        };
        if prefers_own {
            pop_own().or_else(|| self.queue.pop())
        } else {
            self.queue.pop().or_else(pop_own)
        }
    }

    /// The worker has nothing to do. False when a task came meanwhile; then it looks again. A worker
    /// that runs as many tasks as it may, or is retired, is woken for none.
    pub fn rest(&self, member: &Arc<Member<T>>) -> bool {
        if !member.has_room() {
            return true;
        }
        {
            let mut at_rest = self.at_rest.lock().unwrap();
            if member.is_retired() {
                return true;
            }
            if !member.is_at_rest.swap(true, AcqRel) {
                at_rest.push((member.clone(), Instant::now()));
                self.resting.fetch_add(1, AcqRel);
            }
        }
        self.queue.is_empty() && member.own.is_empty()
    }

    fn stop_resting(&self, member: &Arc<Member<T>>) -> bool {
        // Only its own thread sets it. Taken from the list meanwhile, it is woken for nothing; and who
        // sees that it was taken also sees the task that it was taken for.
        if !member.is_at_rest.fetch_or(false, AcqRel) {
            return false;
        }
        let mut at_rest = self.at_rest.lock().unwrap();
        if !member.is_at_rest.swap(false, AcqRel) {
            return false;
        }
        at_rest.retain(|(other, _)| !Arc::ptr_eq(other, member));
        self.resting.fetch_sub(1, AcqRel);
        true
    }

    fn wake_one(&self) {
        // Not a load: see above.
        if self.resting.fetch_add(0, AcqRel) == 0 {
            return;
        }
        let woken = {
            let mut at_rest = self.at_rest.lock().unwrap();
            let last = || {
                let (member, _) = at_rest.pop()?;
                member.is_at_rest.swap(false, AcqRel);
                self.resting.fetch_sub(1, AcqRel);
                Some(member)
            };
            // One that was retired while it was at rest may be too busy to pass its wake-up on.
            std::iter::from_fn(last).find(|member| !member.is_retired())
        };
        if let Some(member) = woken {
            member.wake();
        }
    }

    fn pass_wake_up_on(&self) {
        if !self.queue.is_empty() {
            self.wake_one();
        }
    }

    /// The worker is done with a task. False when it does not have it. It looks for the next task
    /// afterwards.
    pub fn finish(&self, member: &Member<T>, id: TaskId) -> bool {
        let Some(since) = member.finish(id) else { return false };
        if let (Some(timing), Some(since)) = (&self.timing, since) {
            timing.lock().unwrap().add_run(since.elapsed());
        }
        true
    }

    /// The worker is gone. Returns what it has taken and not finished, in the order taken. What it was
    /// to do and has not begun goes to others.
    pub fn leave(&self, member: &Arc<Member<T>>) -> Vec<TaskId> {
        member.set_retired();
        self.members.lock().unwrap().retain(|other| !Arc::ptr_eq(other, member));
        if !self.stop_resting(member) {
            self.pass_wake_up_on();
        }
        self.give_away_own(member);
        member.finish_all()
    }

    // ---- workers that go ----

    /// The worker takes no more tasks; it is woken to see that. False when it was retired already. Any
    /// thread.
    pub fn retire(&self, member: &Arc<Member<T>>) -> bool {
        if !member.set_retired() {
            return false;
        }
        if !self.stop_resting(member) {
            self.pass_wake_up_on();
        }
        self.give_away_own(member);
        member.wake();
        true
    }

    fn give_away_own(&self, member: &Member<T>) {
        let _members = self.members.lock().unwrap();
        while let Some(entry) = member.own.pop() {
            self.enqueue(entry);
        }
    }

    /// For how long the worker has had nothing to do; `None` while it has. Any thread.
    pub fn rested(&self, member: &Arc<Member<T>>) -> Option<Duration> {
        if !member.is_idle() {
            return None;
        }
        let at_rest = self.at_rest.lock().unwrap();
        let (_, since) = at_rest.iter().find(|(other, _)| Arc::ptr_eq(other, member))?;
        Some(since.elapsed())
    }

    /// Keys of the workers that have a task. Any thread.
    pub fn busy(&self) -> Vec<usize> {
        let members = self.members.lock().unwrap();
        let busy = members.iter().filter(|member| !member.is_idle());
        busy.map(|member| member.key).collect()
    }

    // ---- broadcasts ----

    /// A message for every worker, those of the future as well. One of the same name that some have
    /// not got yet is got by nobody any more. Any thread.
    pub fn broadcast(&self, name: Option<String>, message: T) {
        let mut broadcasts = self.broadcasts.lock().unwrap();
        let number = self.last_broadcast.load(Acquire) + 1;
        if name.is_some() {
            broadcasts.retain(|broadcast| broadcast.name != name);
        }
        broadcasts.push(Broadcast {
            number,
            name,
            message: Arc::new(message),
        });
        self.last_broadcast.swap(number, AcqRel);
        drop(broadcasts);
        let members = self.members.lock().unwrap().clone();
        members.iter().for_each(|member| member.wake());
    }

    /// The next broadcast that the worker has not got. Everything that was broadcast before a task was
    /// submitted is there once the task was taken. The worker's thread.
    pub fn next_broadcast(&self, member: &Member<T>) -> Option<Arc<T>> {
        let mut last = member.last_broadcast.lock().unwrap();
        if *last == self.last_broadcast.load(Acquire) {
            return None;
        }
        let broadcasts = self.broadcasts.lock().unwrap();
        let next = broadcasts.iter().find(|broadcast| broadcast.number > *last)?;
        *last = next.number;
        Some(next.message.clone())
    }

    // ---- results ----

    /// The thread that submits is told of results now. Any thread.
    pub fn note_told(&self) {
        self.last_told.store(self.began.elapsed().as_nanos() as u64, Relaxed);
    }

    /// For how long it was not told of any.
    pub fn since_told(&self) -> Duration {
        let told = Duration::from_nanos(self.last_told.load(Relaxed));
        self.began.elapsed().saturating_sub(told)
    }

    /// The thread that submits looks for results soon. When it no longer does it looks once more after
    /// having said so.
    pub fn set_watched(&self, is_watched: bool) {
        self.is_watched.swap(is_watched, AcqRel);
    }

    /// Whether a result that was just posted will be looked for. The worker's thread.
    pub fn is_watched(&self) -> bool {
        // Not a load, so that who finds it unwatched, or the one that looks once more, comes second.
        self.is_watched.fetch_or(false, AcqRel)
    }

    /// What was measured until now, with the time that tasks have run for that are not finished.
    pub fn timing(&self) -> Option<Timing> {
        let timing = self.timing.as_ref()?;
        // In this order: a task that ends meanwhile is counted twice rather than never.
        let members = self.members.lock().unwrap();
        let running = members.iter().flat_map(|member| member.since());
        let unfinished: Duration = running.map(|since| since.elapsed()).sum();
        let mut timing = timing.lock().unwrap().clone();
        timing.total_run += unfinished;
        Some(timing)
    }
}

#[cfg(all(test, loom))]
mod loom_tests;
#[cfg(all(test, not(loom)))]
mod tests;
