//! A condition variable: waiting, without the mutex, until somebody who had it says that what it
//! guards has changed. One word, a [`Signal`]'s.
//!
//! Whoever waits is in the queue before it gives the mutex back. So a change that is made with the
//! mutex held, and announced afterwards, finds everybody who has seen the state before it.

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

/// The waiting is over, and the mutex is taken again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Awake {
    pub is_timed_out: bool,
    /// Of the mutex.
    pub taken: Taken,
}

impl<'a> Condvar<'a> {
    pub fn new(word: &'a AtomicU32, lot: &'a ParkingLot) -> Self {
        Self {
            signal: Signal::new(word, lot),
        }
    }

    /// Blocks until notified. The thread has the mutex; it has it again after `Ok`, for which it waits
    /// beyond the deadline. After `Err`, the thread is to end, and has it not.
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
                    // Nobody else was told, and this thread cannot see any more what has changed.
                    self.notify_one();
                }
                Err(reason)
            }
        }
    }

    /// Gives the mutex back and waits in the queue; the parker is woken when it is notified.
    pub fn begin(&self, mutex: &dyn Lock, holder: u32, parker: &Arc<Parker>) -> Option<WaiterId> {
        let id = self.signal.begin(parker, || true);
        mutex.release(0, holder, false);
        id
    }

    /// Wakes whoever has waited for longest.
    pub fn notify_one(&self) {
        self.notify(1);
    }

    /// Wakes so many of those who have waited for longest.
    pub fn notify(&self, count: u32) {
        self.signal.notify(count);
    }

    pub fn notify_all(&self) {
        self.signal.notify_all();
    }
}
