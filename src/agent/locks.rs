//! The locks over shared memory that this thread's JavaScript uses, and what happens to held locks when the thread
//! ends.

use std::cell::{Cell, RefCell};
use std::sync::Arc;
use std::time::{Duration, Instant};

use isothreads_codec::protocol::attempt;
use slab::Slab;

use super::operations::{Grant, Notice, Outcome};
use super::{Agent, Host};
use crate::shared::{self, NotTaken, Parked, Parker, SharedLock, SharedSignal, Taken, Wake};

/// Node terminates the JavaScript of its own workers, but does not interrupt their sleep, so they wake up periodically
/// to check.
const SLICE: Duration = Duration::from_millis(20);

/// How a wait ended. JavaScript receives these numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(i32)]
pub enum Attempt {
    Taken = attempt::TAKEN,
    TakenPoisoned = attempt::TAKEN_POISONED,
    TimedOut = attempt::TIMED_OUT,
    /// The thread must end, or check for other work and continue.
    Interrupted = attempt::INTERRUPTED,
}

impl From<Taken> for Attempt {
    fn from(taken: Taken) -> Self {
        match taken.is_poisoned {
            false => Attempt::Taken,
            true => Attempt::TakenPoisoned,
        }
    }
}

/// A place in a wait queue that is kept while the thread checks for other work.
pub(super) struct Asleep {
    /// Leaves the queue. Returns false when the thread was woken already.
    pub leave: Box<dyn FnOnce() -> bool>,
    /// Passes on a wake-up that the thread does not use.
    pub pass_on: Box<dyn FnOnce()>,
}

impl Asleep {
    fn give_up(self) {
        if !(self.leave)() {
            (self.pass_on)();
        }
    }
}

/// How a sleep with [`Asleep`] ended.
pub(super) enum Slept {
    Woken(Wake),
    TimedOut,
    /// The thread must end, or check for other work and continue.
    Interrupted,
}

pub(super) struct Locks {
    /// One entry per JavaScript object, with the count of what it holds.
    known: RefCell<Slab<SharedLock>>,
    /// What the thread slept in when it was interrupted.
    asleep: RefCell<Option<Asleep>>,
    /// The wake-up that the thread has received and not yet used.
    notice: RefCell<Option<Notice>>,
    /// Whether the thread must wake up periodically.
    is_sliced: Cell<bool>,
    /// When the wait began; it may span several slices.
    since: Cell<Option<Instant>>,
}

impl Locks {
    pub(super) fn new(is_main_thread: bool) -> Self {
        Self {
            known: RefCell::default(),
            asleep: RefCell::default(),
            notice: RefCell::default(),
            is_sliced: Cell::new(!is_main_thread),
            since: Cell::new(None),
        }
    }

    /// The thread ends: its locks pass to other threads, which learn that they are poisoned.
    pub(super) fn abandon(&self) {
        if let Some(asleep) = self.asleep.take() {
            asleep.give_up();
        }
        drop(self.notice.take());
        for (_, known) in self.known.take() {
            known.with(|lock| lock.abandon(shared::holder(), known.count()));
        }
    }

    fn deadline(&self, timeout: Option<Duration>) -> Deadline {
        // A deadline beyond the clock's range never comes.
        let end = timeout.and_then(|timeout| Instant::now().checked_add(timeout));
        let slice = self.is_sliced.get().then(|| Instant::now() + SLICE);
        Deadline { end, slice }
    }

    /// Sleeps in the queue that `begin` enters, unless the thread is still in one since its last slice. `Err` is the
    /// result of `begin` when there is nothing to wait for.
    pub(super) fn sleep<E>(
        &self,
        timeout: Option<Duration>,
        is_again: bool,
        begin: impl FnOnce(&Arc<Parker>) -> Result<Asleep, E>,
    ) -> Result<Slept, E> {
        let parker = shared::parker();
        let asleep = match self.asleep.take() {
            Some(asleep) if is_again => asleep,
            _ => begin(&parker)?,
        };
        let deadline = self.deadline(timeout);
        let parked = parker.park(deadline.of_sleep());
        Ok(match parked {
            Parked::Woken(wake) => Slept::Woken(wake),
            Parked::TimedOut if !deadline.is_over() => {
                self.asleep.replace(Some(asleep));
                Slept::Interrupted
            }
            Parked::TimedOut => match (asleep.leave)() {
                true => Slept::TimedOut,
                false => Slept::Woken(parker.wait_for_wake()),
            },
            Parked::Interrupted => {
                asleep.give_up();
                Slept::Interrupted
            }
        })
    }

    /// This woke the thread, which has not used the wake-up yet.
    pub(super) fn set_notice(&self, notice: Notice) {
        self.notice.replace(Some(notice));
    }

    pub(super) fn keep_notice(&self) {
        if let Some(notice) = self.notice.take() {
            notice.keep();
        }
    }

    fn failed(&self, reason: NotTaken, deadline: &Deadline) -> Attempt {
        match reason {
            NotTaken::TimedOut if deadline.is_over() => Attempt::TimedOut,
            _ => Attempt::Interrupted,
        }
    }
}

/// When a thread stops to wait.
struct Deadline {
    /// `None`: never.
    end: Option<Instant>,
    /// When it only stops to sleep, and lets V8 look.
    slice: Option<Instant>,
}

impl Deadline {
    fn of_sleep(&self) -> Option<Instant> {
        match (self.end, self.slice) {
            (Some(end), Some(slice)) => Some(end.min(slice)),
            (end, slice) => end.or(slice),
        }
    }

    /// Otherwise a sleep that timed out was a slice, or the thread was nudged.
    fn is_over(&self) -> bool {
        self.end.is_some_and(|end| Instant::now() >= end)
    }
}

/// The result of an asynchronous request.
pub enum Begun {
    /// Granted at once.
    Now(Taken),
    /// The number of the operation.
    Later(usize),
}

impl<H: Host> Agent<H> {
    /// This thread sleeps here, and can be interrupted there.
    pub fn set_parker(&self, parker: Arc<Parker>) {
        shared::sleep_in(parker);
        self.locks.is_sliced.set(false);
    }

    /// The number that identifies this thread in locks.
    pub fn holder(&self) -> u32 {
        shared::holder()
    }

    /// Returns the key of a lock. A held lock is released when the thread ends.
    pub fn add_lock(&self, lock: SharedLock) -> usize {
        self.locks.known.borrow_mut().insert(lock)
    }

    /// The JavaScript object is gone. Returns false when the thread still holds the lock: then the entry stays.
    pub fn forget_lock(&self, key: usize) -> bool {
        let mut locks = self.locks.known.borrow_mut();
        let Some(known) = locks.get(key) else { return true };
        let is_held = known.count() > 0 || known.with(|lock| lock.is_held_by(self.holder()));
        if !is_held {
            locks.remove(key);
        }
        !is_held
    }

    pub fn lock(&self, key: usize) -> Option<SharedLock> {
        self.locks.known.borrow().get(key).cloned()
    }

    /// Blocks. `is_again`: the wait was interrupted and continues.
    pub fn take_lock(&self, lock: &SharedLock, request: u32, timeout: Option<Duration>, is_again: bool) -> Attempt {
        let locks = &self.locks;
        let since = locks.since.take().filter(|_| is_again).unwrap_or_else(Instant::now);
        let deadline = locks.deadline(timeout);
        let parker = shared::parker();
        match lock.with(|lock| shared::take(lock, request, self.holder(), &parker, since, deadline.of_sleep())) {
            Ok(taken) if parker.is_interrupted() => {
                lock.with(|lock| lock.release(request, self.holder(), taken.is_poisoned));
                Attempt::Interrupted
            }
            Ok(taken) => {
                lock.add_to_count(request);
                taken.into()
            }
            Err(reason) => {
                locks.since.set(Some(since));
                locks.failed(reason, &deadline)
            }
        }
    }

    pub fn take_lock_async(&self, lock: &SharedLock, request: u32) -> Begun {
        let holder = self.holder();
        let completion = self.begin_operation();
        let id = completion.id();
        let granted = lock.clone();
        let on_granted = move |taken| {
            completion.complete(Outcome::Taken(Grant::new(granted, request, holder, taken)));
        };
        match lock.with(|lock| shared::take_async(lock, request, holder, on_granted)) {
            Ok(taken) => {
                self.drop_operation(id);
                lock.add_to_count(request);
                Begun::Now(taken)
            }
            Err(waiter) => {
                let lock = lock.clone();
                self.set_waiting(id, move || lock.with(|lock| shared::cancel(lock, waiter)));
                Begun::Later(id)
            }
        }
    }

    /// Releases what the lock's object holds.
    pub fn release_lock(&self, lock: &SharedLock, request: u32) {
        lock.take_from_count(request);
        lock.with(|lock| lock.release(request, self.holder(), false));
    }

    /// Adds permits to a semaphore that nobody had acquired.
    pub fn add_permits(&self, semaphore: &SharedLock, permits: u32) {
        semaphore.with(|lock| lock.release(permits, self.holder(), false));
    }

    /// Blocks until the signal is given; returns at once when `must_wait` is false. [`Attempt::Taken`] means that the
    /// caller must check again and then confirm it, see [`Agent::keep_notification`]. `before_sleep` runs when the
    /// thread can already be notified.
    pub fn wait_for_signal(
        &self,
        signal: &SharedSignal,
        timeout: Option<Duration>,
        must_wait: impl FnOnce() -> bool,
        before_sleep: impl FnOnce(),
    ) -> Attempt {
        let deadline = self.locks.deadline(timeout);
        let parker = shared::parker();
        match signal.get().wait(&parker, deadline.of_sleep(), must_wait, before_sleep) {
            Ok(()) => {
                self.locks.set_notice(Notice::new(signal.clone()));
                Attempt::Taken
            }
            Err(reason) => self.locks.failed(reason, &deadline),
        }
    }

    /// Starts an operation that ends when the signal is given. Returns `None` when `must_wait` is false.
    pub fn wait_for_signal_async(&self, signal: &SharedSignal, must_wait: impl FnOnce() -> bool) -> Option<usize> {
        let completion = self.begin_operation();
        let id = completion.id();
        let notified = signal.clone();
        let waiter = signal.get().wait_async(must_wait, move || {
            completion.complete(Outcome::Notified(Notice::new(notified)));
        });
        match waiter {
            None => {
                self.drop_operation(id);
                None
            }
            Some(waiter) => {
                let signal = signal.clone();
                self.set_waiting(id, move || signal.get().cancel(waiter));
                Some(id)
            }
        }
    }
}
