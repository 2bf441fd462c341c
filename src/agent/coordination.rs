//! What threads wait for that is not a lock: condition variables, latches, barriers.

use std::time::Duration;

use super::locks::{Asleep, Attempt, Slept};
use super::operations::{Notice, Outcome, Value};
use super::{Agent, Host};
use crate::shared::{
    self, Arrived, Passage, SharedBarrier, SharedCondvar, SharedLatch, SharedLock, SharedSignal, Sleeper,
};

impl<H: Host> Agent<H> {
    /// Gives the mutex back, which this thread has, and blocks until notified: `signal` is the one of the
    /// condition variable. Does not take the mutex again; [`Agent::keep_notification`] says that the thread
    /// has. `is_again`: it was interrupted while it waited, and goes on.
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

    /// The thread has made use of what it was notified of. When it ends before it says so, the next one is
    /// notified.
    pub fn keep_notification(&self) {
        self.locks.keep_notice();
    }

    /// Blocks until the latch is open, or the thread is to look again.
    pub fn wait_for_latch(&self, latch: &SharedLatch, signal: &SharedSignal, timeout: Option<Duration>) -> Attempt {
        let attempt = self.wait_for_signal(signal, timeout, || !latch.get().is_open(), || {});
        // All of them were told.
        self.keep_notification();
        attempt
    }

    /// Blocks until all parties have arrived, or it is known that they never will.
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
                        // The others have passed.
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

    /// An operation that ends with the number of its [`Passage`]; `Err` when there is nothing to wait for.
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

    /// This thread will not come to the barrier any more, and the others know it.
    pub fn leave_barrier(&self, barrier: &SharedBarrier) {
        barrier.get().forget(self.holder());
    }

    /// Whether it has waited at a barrier that it has not left.
    pub(super) fn has_attended(&self) -> bool {
        shared::has_attended()
    }

    /// A task of a pool has ended, whose thread goes on with others. A task that failed leaves its barriers as a thread that ends does.
    pub(super) fn leave_barriers(&self, has_failed: bool) {
        match has_failed {
            true => shared::end_meetings(),
            false => shared::leave_meetings(),
        }
    }
}
