//! A condition variable: a thread releases a mutex and waits until another thread signals a change of the
//! guarded state. One word, used as a [`Signal`].
//!
//! A waiter is queued before it releases the mutex. So a notification after a change under the mutex reaches
//! every waiter that has seen the earlier state.

use std::time::Instant;

use super::lock::{self, Lock, NotTaken, Taken};
use super::parker::Parker;
use super::parking_lot::{ParkingLot, WaiterId};
use super::signal::Signal;
use super::sync::Arc;
use super::sync::atomic::AtomicU32;

pub struct Condvar<'a> {
    signal: Signal<'a>,
}

/// The wait is over, and the mutex is taken again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Awake {
    pub is_timed_out: bool,
    /// The result for the mutex.
    pub taken: Taken,
}

impl<'a> Condvar<'a> {
    pub fn new(word: &'a AtomicU32, lot: &'a ParkingLot) -> Self {
        Self {
            signal: Signal::new(word, lot),
        }
    }

    /// Blocks until notified. The thread holds the mutex before the call, and after `Ok`; the wait for the
    /// mutex may exceed the deadline. After `Err` the thread is being terminated and does not hold the mutex.
    pub fn wait(
        &self,
        mutex: &dyn Lock,
        holder: u32,
        parker: &Arc<Parker>,
        deadline: Option<Instant>,
    ) -> Result<Awake, NotTaken> {
        let woken = self
            .signal
            .wait(parker, deadline, || true, || mutex.release(0, holder, false));
        let is_timed_out = woken == Err(NotTaken::TimedOut);
        if !is_timed_out {
            woken?;
        }
        match lock::take(mutex, 0, holder, parker, Instant::now(), None) {
            Ok(taken) => Ok(Awake { is_timed_out, taken }),
            Err(reason) => {
                if !is_timed_out {
                    // Only this thread was notified, and it can no longer handle the change.
                    self.notify_one();
                }
                Err(reason)
            }
        }
    }

    /// Queues the thread and releases the mutex; a notification wakes the parker.
    pub fn begin(&self, mutex: &dyn Lock, holder: u32, parker: &Arc<Parker>) -> Option<WaiterId> {
        let id = self.signal.begin(parker, || true);
        mutex.release(0, holder, false);
        id
    }

    /// Wakes the longest waiter.
    pub fn notify_one(&self) {
        self.notify(1);
    }

    /// Wakes the `count` longest waiters.
    pub fn notify(&self, count: u32) {
        self.signal.notify(count);
    }

    #[cfg(all(test, loom))]
    pub fn notify_all(&self) {
        self.signal.notify_all();
    }
}
