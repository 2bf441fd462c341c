//! Waiting for things that are not locks: condition variables, latches and barriers.

use std::time::Duration;

use super::locks::{Asleep, Attempt, Slept};
use super::operations::{Notice, Outcome, Value};
use super::{Agent, Host};
use crate::shared::{
    self, Arrived, Passage, SharedBarrier, SharedCondvar, SharedLatch, SharedLock, SharedSignal, Sleeper,
};

impl<H: Host> Agent<H> {
    /// Releases the mutex, which this thread holds, and blocks until notified; `signal` belongs to the condition
    /// variable. Does not lock the mutex again; [`Agent::keep_notification`] confirms that the caller has. `is_again`:
    /// the wait was interrupted and continues.
    pub fn wait_for_condvar(
        &self,
        condvar: &SharedCondvar,
        signal: &SharedSignal,
        mutex: &SharedLock,
        timeout: Option<Duration>,
        is_again: bool,
    ) -> Attempt {
        let slept = self.locks.sleep(timeout, is_again, |parker| {
            let id = mutex.with(|mutex| condvar.get().begin(mutex, self.holder(), parker));
            let id = id.ok_or(Attempt::Taken)?;
            let (left, notified) = (signal.clone(), signal.clone());
            Ok(Asleep {
                leave: Box::new(move || left.get().cancel(id)),
                pass_on: Box::new(move || notified.get().notify(1)),
            })
        });
        match slept {
            Ok(Slept::Woken(_)) => {
                self.locks.set_notice(Notice::new(signal.clone()));
                Attempt::Taken
            }
            Ok(Slept::TimedOut) => Attempt::TimedOut,
            Ok(Slept::Interrupted) => Attempt::Interrupted,
            Err(attempt) => attempt,
        }
    }

    /// Confirms that the thread has used its notification. If the thread ends before that, the notification passes to
    /// the next waiter.
    pub fn keep_notification(&self) {
        self.locks.keep_notice();
    }

    /// Blocks until the latch is open, or the caller has to check again.
    pub fn wait_for_latch(&self, latch: &SharedLatch, signal: &SharedSignal, timeout: Option<Duration>) -> Attempt {
        let attempt = self.wait_for_signal(signal, timeout, || !latch.get().is_open(), || {});
        // The latch woke all of its waiters.
        self.keep_notification();
        attempt
    }

    /// Blocks until all parties have arrived, or the barrier is known to be broken.
    pub fn wait_at_barrier(&self, barrier: &SharedBarrier, timeout: Option<Duration>, is_again: bool) -> Passage {
        shared::attend(barrier);
        let slept = self.locks.sleep(timeout, is_again, |parker| {
            match barrier.get().arrive(self.holder(), || Sleeper::Thread(parker.clone())) {
                Arrived::Last => Err(Passage::Last),
                Arrived::Broken => Err(Passage::Broken),
                Arrived::Waits(id) => {
                    let barrier = barrier.clone();
                    Ok(Asleep {
                        leave: Box::new(move || barrier.get().leave(id)),
                        // The other parties have passed.
                        pass_on: Box::new(|| {}),
                    })
                }
            }
        });
        match slept {
            Ok(Slept::Woken(wake)) => wake.into(),
            Ok(Slept::TimedOut) => Passage::TimedOut,
            Ok(Slept::Interrupted) => Passage::Interrupted,
            Err(passage) => passage,
        }
    }

    /// Starts an operation that ends with the number of its [`Passage`]. Returns `Err` when there is nothing to wait
    /// for.
    pub fn wait_at_barrier_async(&self, barrier: &SharedBarrier) -> Result<usize, Passage> {
        shared::attend(barrier);
        let completion = self.begin_operation();
        let id = completion.id();
        let on_end = move |passage: Passage| {
            completion.complete(Outcome::Value(Value::Number(passage as i32 as f64)));
        };
        let passage = match barrier.get().arrive_async(self.holder(), on_end) {
            Arrived::Waits(waiter) => {
                let barrier = barrier.clone();
                self.set_waiting(id, move || barrier.get().leave(waiter));
                return Ok(id);
            }
            Arrived::Last => Passage::Last,
            Arrived::Broken => Passage::Broken,
        };
        self.drop_operation(id);
        Err(passage)
    }

    /// This thread leaves the barrier, so that its end breaks nothing.
    pub fn leave_barrier(&self, barrier: &SharedBarrier) {
        barrier.get().forget(self.holder());
    }

    /// Whether the thread has waited at a barrier that it has not left.
    pub(super) fn has_attended(&self) -> bool {
        shared::has_attended()
    }

    /// A task of a pool has ended, and its thread continues with others. A failed task breaks its barriers, as the end
    /// of a thread does.
    pub(super) fn leave_barriers(&self, has_failed: bool) {
        match has_failed {
            true => shared::break_attended_barriers(),
            false => shared::leave_attended_barriers(),
        }
    }
}
