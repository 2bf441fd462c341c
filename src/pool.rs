//! The pool's scheduler: one queue that all workers pull from, so that no worker waits for the event loop of the
//! submitting thread. Isolate-free, as the ports are.
//!
//! # Who wakes whom
//!
//! A worker that finds nothing to do adds itself to the list of resting workers and then looks once more. The
//! submitting thread queues the task and then reads the number of resting workers. Both change `resting`, one atomic,
//! so one of them comes second and sees what the other did before: either the worker sees the task, or the submitting
//! thread sees the worker and wakes it. A worker may be woken for a task that another one has taken meanwhile; then it
//! rests again.
//!
//! # What happens to a task
//!
//! It is taken or cancelled: both move its state away from `QUEUED` in one step, so only one of them succeeds. A
//! cancelled task leaves its shell in the queue, which the next worker that pulls it discards. A task that a worker has
//! taken stays on the worker's list until it is finished. When the worker is gone, that list is what it left
//! unfinished: no task can be lost with it.
//!
//! # A worker that retires
//!
//! A *retired* worker finishes its tasks and takes no more. A wake-up that it received passes to another worker, and so
//! do the tasks of its own queue. The thread that puts a task there checks afterwards whether the worker is retired,
//! and the thread that retires it checks afterwards what is there; one of them comes second.

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

/// The properties of a task besides its payload.
#[derive(Debug, Clone, Copy, Default)]
pub struct TaskOptions {
    /// Higher priorities come first.
    pub priority: i32,
    /// The task can be cancelled, and is timed.
    pub is_cancellable: bool,
}

#[derive(Debug, Clone, Copy, Default)]
pub struct Settings {
    pub order: Order,
    /// Whether to measure how long tasks wait and run.
    pub is_timed: bool,
}

/// A message for all workers, including future ones.
struct Broadcast<T> {
    number: u64,
    name: Option<String>,
    message: Arc<T>,
}

/// Shared by the submitting thread and the workers.
pub struct Pool<T> {
    queue: Queue<Entry<T>>,
    /// Neither taken nor cancelled yet.
    queued: AtomicUsize,
    /// The last worker to rest is woken first: its caches are warm, and the others may end.
    at_rest: Mutex<Vec<(Arc<Member<T>>, Instant)>>,
    resting: AtomicUsize,
    /// Locked before any other lock.
    members: Mutex<Vec<Arc<Member<T>>>>,
    broadcasts: Mutex<Vec<Broadcast<T>>>,
    last_broadcast: AtomicU64,
    timing: Option<Mutex<Timing>>,
    /// The submitting thread polls for results, without notifications.
    is_watched: AtomicBool,
    began: Instant,
    /// When that thread was last notified of results, in nanoseconds since the pool began.
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

    /// Creates a worker, which starts to look for tasks later.
    pub fn join(&self, key: usize, concurrency: usize) -> Arc<Member<T>> {
        let member = Member::new(key, concurrency);
        self.members.lock().unwrap().push(member.clone());
        member
    }

    /// The worker of this key.
    pub fn member(&self, key: usize) -> Option<Arc<Member<T>>> {
        self.find(|member| (member.key == key).then(|| member.clone()))
    }

    /// The first result that one of the workers has for `ask`.
    pub fn find<R>(&self, look: impl FnMut(&Arc<Member<T>>) -> Option<R>) -> Option<R> {
        self.members.lock().unwrap().iter().find_map(look)
    }

    // ---- tasks ----

    /// Queues a task behind all of its priority and before all of lower ones. Any thread; never blocks. Returns the
    /// handle that cancels it, if it is cancellable.
    pub fn submit(&self, id: TaskId, options: TaskOptions, payload: T) -> Option<Arc<Task<T>>> {
        let (entry, task) = self.new_entry(id, options, payload);
        self.enqueue(entry);
        task
    }

    /// The same for a task that only this worker may run, or any worker once that one is gone.
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

    /// Takes a task back. Returns `None` when a worker has it already, or it was cancelled before.
    pub fn cancel(&self, task: &Task<T>) -> Option<T> {
        let payload = task.cancel()?;
        self.queued.fetch_sub(1, AcqRel);
        Some(payload)
    }

    /// Takes back every task that is still queued. Returns them in the order in which they would have run.
    pub fn cancel_all(&self) -> Vec<TaskId> {
        // Held, so that no task is moving from one queue to another.
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

    /// The number of waiting tasks.
    pub fn queued(&self) -> usize {
        self.queued.load(Acquire)
    }

    // ---- the worker's thread ----

    /// The next task for this worker. `None` when no task is waiting, the worker runs as many as it may, or it is
    /// retired. Broadcasts come before the task that was just taken.
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

    /// Alternates between the worker's own queue and the shared one, so that neither starves.
    fn next(&self, member: &Member<T>) -> Option<Entry<T>> {
        if member.own.is_empty() {
            return self.queue.pop();
        }
        let prefers_own = !member.prefers_own.load(Relaxed);
        member.prefers_own.store(prefers_own, Relaxed);
        let pop_own = || {
            let entry = member.own.pop()?;
            // It may have been woken for a task of the shared queue.
            self.pass_wake_up_on();
            Some(entry)
        };
        if prefers_own {
            pop_own().or_else(|| self.queue.pop())
        } else {
            self.queue.pop().or_else(pop_own)
        }
    }

    /// The worker is idle. Returns false when a task arrived meanwhile; then the worker looks again. A worker that runs
    /// as many tasks as it may, or is retired, is not woken for tasks.
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
        // Only the worker's own thread sets it. If the worker is taken from the list meanwhile, the wake-up is
        // spurious; a thread that sees that it was taken also sees the task that it was taken for.
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
        // A read-modify-write instead of a load: see above.
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
            // A worker that was retired while at rest may be too busy to pass on its wake-up.
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

    /// The worker has finished a task. Returns false when the task is not its own. The worker looks for the next task
    /// afterwards.
    pub fn finish(&self, member: &Member<T>, id: TaskId) -> bool {
        let Some(since) = member.finish(id) else { return false };
        if let (Some(timing), Some(since)) = (&self.timing, since) {
            timing.lock().unwrap().add_run(since.elapsed());
        }
        true
    }

    /// The worker is gone. Returns what it has taken and not finished, in the order taken. Tasks that it was to run and
    /// has not taken pass to other workers.
    pub fn leave(&self, member: &Arc<Member<T>>) -> Vec<TaskId> {
        member.set_retired();
        self.members.lock().unwrap().retain(|other| !Arc::ptr_eq(other, member));
        if !self.stop_resting(member) {
            self.pass_wake_up_on();
        }
        self.give_away_own(member);
        member.finish_all()
    }

    // ---- retiring workers ----

    /// The worker takes no more tasks; it is woken to see that. Returns false when it was retired already. Any thread.
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

    /// How long the worker has been idle; `None` while it is busy. Any thread.
    pub fn rested(&self, member: &Arc<Member<T>>) -> Option<Duration> {
        if !member.is_idle() {
            return None;
        }
        let at_rest = self.at_rest.lock().unwrap();
        let (_, since) = at_rest.iter().find(|(other, _)| Arc::ptr_eq(other, member))?;
        Some(since.elapsed())
    }

    /// Keys of busy workers. Any thread.
    pub fn busy(&self) -> Vec<usize> {
        let members = self.members.lock().unwrap();
        let busy = members.iter().filter(|member| !member.is_idle());
        busy.map(|member| member.key).collect()
    }

    // ---- broadcasts ----

    /// Sends a message to all workers, including future ones. It replaces an earlier one with the same name for workers
    /// that have not received that yet. Any thread.
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

    /// The next broadcast that the worker has not received. Everything that was broadcast before a task was submitted
    /// is available once the task was taken. The worker's thread.
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

    /// The submitting thread was notified of results now. Any thread.
    pub fn note_told(&self) {
        self.last_told.store(self.began.elapsed().as_nanos() as u64, Relaxed);
    }

    /// How long ago it was last notified.
    pub fn since_told(&self) -> Duration {
        let told = Duration::from_nanos(self.last_told.load(Relaxed));
        self.began.elapsed().saturating_sub(told)
    }

    /// The submitting thread polls for results. When it stops, it looks once more after clearing this.
    pub fn set_watched(&self, is_watched: bool) {
        self.is_watched.swap(is_watched, AcqRel);
    }

    /// Whether a result that was just posted will be polled. The worker's thread.
    pub fn is_watched(&self) -> bool {
        // A read-modify-write instead of a load: either this comes second and sees polling off, or the final look comes
        // second and sees the result.
        self.is_watched.fetch_or(false, AcqRel)
    }

    /// The measurements so far, including the time of unfinished tasks.
    pub fn timing(&self) -> Option<Timing> {
        let timing = self.timing.as_ref()?;
        // The order matters: a task that ends meanwhile is counted twice rather than never.
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
