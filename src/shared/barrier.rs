//! A cyclic barrier: no party passes before all parties have arrived. It can be used again and again.
//!
//! A party that leaves while it waits (its time is over, or its thread ends) breaks the barrier, because the
//! others can never be complete. Every party gets the error until the barrier is reset. A thread that took part
//! in the last round ([`Members`]) also breaks the barrier when it ends, because the next round waits for it.
//! When all of these threads have ended and no other thread has arrived, the barrier is as good as new. After
//! Java's `CyclicBarrier`,
//! <https://docs.oracle.com/en/java/javase/21/docs/api/java.base/java/util/concurrent/CyclicBarrier.html>.
//!
//! Two words. The first is the number of parties plus 1, or 0 while it is not set. The second is the number of
//! parties that have arrived, or `BROKEN`. The second word changes only under the lock of the parties' queue,
//! together with the queue, and equals its length. So wake-ups cannot race: a party that is no longer in the
//! queue has its result already.

use std::time::Instant;

use isothreads_codec::protocol::barrier_state::BROKEN;
use isothreads_codec::protocol::passage;

use super::members::{Members, State};
use super::parker::{Parked, Parker, Wake};
use super::parking_lot::{ParkingLot, Queue, Sleeper, Waiter, WaiterId};
use super::sync::Arc;
use super::sync::atomic::AtomicU32;
use super::sync::atomic::Ordering::{Acquire, Release};

const PASS: Wake = Wake::Granted { is_poisoned: false };
const BREAK: Wake = Wake::Retry;

pub struct Barrier<'a> {
    parties: &'a AtomicU32,
    arrived: &'a AtomicU32,
    members: &'a Members,
    lot: &'a ParkingLot,
}

/// The result of an arrival.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Arrived {
    /// This party was the last one: all pass.
    Last,
    /// The party waits for others.
    Waits(WaiterId),
    Broken,
}

/// How waiting at a barrier ended. JavaScript gets the number. Where the meaning is the same, the number is
/// that of locks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(i32)]
pub enum Passage {
    /// All have arrived.
    Passed = passage::PASSED,
    /// All have arrived, and this party was the last one.
    Last = passage::LAST,
    /// This party timed out, and the barrier is broken for the others.
    TimedOut = passage::TIMED_OUT,
    /// This party's thread is being terminated, and the barrier is broken for the others.
    Interrupted = passage::INTERRUPTED,
    Broken = passage::BROKEN,
}

impl From<Wake> for Passage {
    fn from(wake: Wake) -> Self {
        match wake {
            Wake::Granted { .. } => Passage::Passed,
            Wake::Retry => Passage::Broken,
        }
    }
}

impl<'a> Barrier<'a> {
    pub fn new([parties, arrived]: &'a [AtomicU32; 2], members: &'a Members, lot: &'a ParkingLot) -> Self {
        Self {
            parties,
            arrived,
            members,
            lot,
        }
    }

    /// Sets the number of parties, as JavaScript does. False when another number was set before.
    #[cfg(test)]
    pub fn set_up(&self, parties: u32) -> bool {
        match self.parties.compare_exchange(0, parties + 1, Release, Acquire) {
            Ok(_) => true,
            Err(seen) => seen == parties + 1,
        }
    }

    #[cfg(all(test, loom))]
    pub fn is_broken(&self) -> bool {
        self.arrived.load(Acquire) == BROKEN
    }

    /// Blocks until all parties have arrived. `thread` is the number of the calling thread.
    pub fn wait(&self, thread: u32, parker: &Arc<Parker>, deadline: Option<Instant>) -> Passage {
        let id = match self.arrive(thread, || Sleeper::Thread(parker.clone())) {
            Arrived::Last => return Passage::Last,
            Arrived::Broken => return Passage::Broken,
            Arrived::Waits(id) => id,
        };
        let too_early = match parker.park(deadline) {
            Parked::Woken(wake) => return wake.into(),
            Parked::TimedOut => Passage::TimedOut,
            Parked::Interrupted => Passage::Interrupted,
        };
        if self.leave(id) {
            return too_early;
        }
        match (too_early, parker.wait_for_wake()) {
            (Passage::Interrupted, _) => Passage::Interrupted,
            (_, wake) => wake.into(),
        }
    }

    /// As [`Barrier::wait`], but without blocking: `on_end` is called later if the party has to wait.
    pub fn arrive_async(&self, thread: u32, on_end: impl FnOnce(Passage) + Send + 'static) -> Arrived {
        self.arrive(thread, || Sleeper::Task(Box::new(|wake| on_end(wake.into()))))
    }

    /// Never blocks.
    pub fn arrive(&self, thread: u32, sleeper: impl FnOnce() -> Sleeper) -> Arrived {
        self.with_queue(|queue| {
            let arrived = self.arrived.load(Acquire);
            if arrived == BROKEN {
                self.members.state().is_unheard = false;
                return Arrived::Broken;
            }
            if arrived + 2 >= self.parties.load(Acquire) {
                let others = queue.iter().map(|waiter| waiter.holder);
                self.members.state().replace(others.chain([thread]));
                self.end(queue, PASS, 0);
                return Arrived::Last;
            }
            self.arrived.store(arrived + 1, Release);
            let id = WaiterId::next();
            queue.push(Waiter {
                id,
                request: 0,
                holder: thread,
                since: Instant::now(),
                sleeper: sleeper(),
            });
            Arrived::Waits(id)
        })
    }

    /// The party stops waiting. True if it was still waiting: then the barrier is broken.
    pub fn leave(&self, id: WaiterId) -> bool {
        self.with_queue(|queue| {
            let waited = queue.cancel(id);
            if waited {
                self.end(queue, BREAK, BROKEN);
            }
            waited
        })
    }

    /// The thread with this number has ended. If other parties wait for it, or will, the barrier is broken.
    pub fn bury(&self, thread: u32) {
        self.with_queue(|queue| {
            let mut members = self.members.state();
            if !members.remove(thread) {
                return;
            }
            let is_broken = self.arrived.load(Acquire) == BROKEN;
            if members.is_empty() && queue.is_empty() {
                self.forgive(&mut members);
            } else if !is_broken {
                members.is_unheard = queue.is_empty();
                self.end(queue, BREAK, BROKEN);
            }
        });
    }

    /// The thread with this number takes no further part, by agreement: its end does not break the barrier.
    pub fn forget(&self, thread: u32) {
        self.with_queue(|_| {
            let mut members = self.members.state();
            if members.remove(thread) && members.is_empty() {
                self.forgive(&mut members);
            }
        });
    }

    /// Repairs a barrier whose remaining members have all ended before any of them saw it broken.
    fn forgive(&self, members: &mut State) {
        if std::mem::take(&mut members.is_unheard) {
            self.arrived.store(0, Release);
        }
    }

    /// Makes the barrier as good as new. Waiting parties get [`Passage::Broken`].
    pub fn reset(&self) {
        self.with_queue(|queue| {
            *self.members.state() = State::default();
            self.end(queue, BREAK, 0);
        });
    }

    fn end(&self, queue: &mut Queue, wake: Wake, arrived: u32) {
        self.arrived.store(arrived, Release);
        while !queue.is_empty() {
            queue.wake_first(wake);
        }
    }

    fn with_queue<T>(&self, change: impl FnOnce(&mut Queue) -> T) -> T {
        self.lot.with_queue(std::ptr::from_ref(self.arrived).addr(), change)
    }
}
