//! A barrier: nobody passes before all parties have arrived, over and over again. When one of those
//! who have arrived leaves (it has waited for too long, or its thread ends), the others can never be
//! complete: the barrier is broken then, which everybody is told until somebody resets it. So it is when
//! a thread ends that passed with the last round ([`Members`]): it is waited for in the next one. When
//! all of those have ended, and nobody has come meanwhile, nobody waits for anybody, and it is as new. After
//! Java's `CyclicBarrier`, <https://docs.oracle.com/en/java/javase/21/docs/api/java.base/java/util/concurrent/CyclicBarrier.html>.
//!
//! Two words: the number of parties plus 1, or 0 before somebody has said it; and how many of them
//! have arrived, or that it is broken. The second one is only changed under the lock of the queue in
//! which the parties wait, together with the queue: it is the queue's length. So there is nothing for
//! a wake-up to race with: who is not in the queue any more has been told already how it went.

use std::time::Instant;

use isothreads_codec::protocol::barrier_state::BROKEN;
use isothreads_codec::protocol::passage;

use super::lock::COUNT;
use super::members::{Members, State};
use super::parker::{Parked, Parker, Wake};
use super::parking_lot::{ParkingLot, Queue, Sleeper, Waiter, WaiterId};
use super::sync::Arc;
use super::sync::atomic::AtomicU32;
use super::sync::atomic::Ordering::{AcqRel, Acquire, Release};

const PASS: Wake = Wake::Granted { is_poisoned: false };
const BREAK: Wake = Wake::Retry;

pub struct Barrier<'a> {
    parties: &'a AtomicU32,
    arrived: &'a AtomicU32,
    members: &'a Members,
    lot: &'a ParkingLot,
}

/// What becomes of a party that arrives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Arrived {
    /// It was the last one: all may pass.
    Last,
    /// It waits for others.
    Waits(WaiterId),
    Broken,
}

/// How waiting at a barrier ended. The numbers are what JavaScript is told; where they mean the same,
/// they are those of locks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(i32)]
pub enum Passage {
    /// All have arrived.
    Passed = passage::PASSED,
    /// All have arrived; this was the last one.
    Last = passage::LAST,
    /// And so it is broken for the others.
    TimedOut = passage::TIMED_OUT,
    /// The same; the thread is to end.
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
    /// The most parties that there can be.
    pub const MAX: u32 = COUNT;

    pub fn new([parties, arrived]: &'a [AtomicU32; 2], members: &'a Members, lot: &'a ParkingLot) -> Self {
        Self {
            parties,
            arrived,
            members,
            lot,
        }
    }

    /// Says how many parties there are: 1 to [`Barrier::MAX`]. False when somebody has said another
    /// number before.
    pub fn set_up(&self, parties: u32) -> bool {
        match self.parties.compare_exchange(0, parties + 1, AcqRel, Acquire) {
            Ok(_) => true,
            Err(seen) => seen == parties + 1,
        }
    }

    pub fn is_broken(&self) -> bool {
        self.arrived.load(Acquire) == BROKEN
    }

    /// Blocks the thread of this number until all parties have arrived.
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

    /// As [`Barrier::wait`], but `on_end` is called later when the party has to wait.
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

    /// The party waits no more. True when it did still: then the barrier is broken.
    pub fn leave(&self, id: WaiterId) -> bool {
        self.with_queue(|queue| {
            let waited = queue.cancel(id);
            if waited {
                self.end(queue, BREAK, BROKEN);
            }
            waited
        })
    }

    /// The thread of this number has ended. When the others wait for it, or will, it is broken.
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

    /// The thread of this number will not come any more, and the others know it: its end breaks nothing.
    pub fn forget(&self, thread: u32) {
        self.with_queue(|_| {
            let mut members = self.members.state();
            if members.remove(thread) && members.is_empty() {
                self.forgive(&mut members);
            }
        });
    }

    /// All are gone that would have heard of the end of one of them.
    fn forgive(&self, members: &mut State) {
        if std::mem::take(&mut members.is_unheard) {
            self.arrived.store(0, Release);
        }
    }

    /// As new. Whoever waits is told that it is broken.
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
