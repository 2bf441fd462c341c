//! Waits for a change of shared state other than a lock. Condition variables, latches, queues and rings use it.
//! One word, which is not 0 while a thread or task waits.
//!
//! The lost wake-up, a thread that falls asleep just after the change, cannot happen. A waiter sets the word,
//! then checks whether it still must wait, then sleeps, all of it under the queue's lock. The other side makes
//! its change, then checks the word. Between the two steps of either side is a sequentially consistent fence
//! (in JavaScript, `Atomics` themselves), so at least one side sees the other.

use std::time::Instant;

use super::lock::NotTaken;
use super::parker::{Parked, Parker, Wake};
use super::parking_lot::{ParkingLot, Queue, Sleeper, Waiter, WaiterId};
use super::sync::Arc;
use super::sync::atomic::Ordering::{Relaxed, SeqCst};
use super::sync::atomic::{AtomicU32, fence};

pub struct Signal<'a> {
    word: &'a AtomicU32,
    lot: &'a ParkingLot,
}

impl<'a> Signal<'a> {
    pub fn new(word: &'a AtomicU32, lot: &'a ParkingLot) -> Self {
        Self { word, lot }
    }

    fn address(&self) -> usize {
        std::ptr::from_ref(self.word).addr()
    }

    /// Blocks until notified; returns at once when `must_wait` is false. `before_sleep` runs after the thread
    /// is queued, so it can be notified meanwhile. After `Ok` the caller checks its condition again.
    pub fn wait(
        &self,
        parker: &Arc<Parker>,
        deadline: Option<Instant>,
        must_wait: impl FnOnce() -> bool,
        before_sleep: impl FnOnce(),
    ) -> Result<(), NotTaken> {
        let Some(id) = self.begin(parker, must_wait) else {
            return Ok(());
        };
        before_sleep();
        let not_woken = match parker.park(deadline) {
            Parked::Woken(_) => return Ok(()),
            Parked::TimedOut => NotTaken::TimedOut,
            Parked::Interrupted => NotTaken::Interrupted,
        };
        if self.cancel(id) {
            return Err(not_woken);
        }
        // Too late: a notification is on its way to this thread, perhaps the only one.
        parker.wait_for_wake();
        match not_woken {
            NotTaken::TimedOut => Ok(()),
            NotTaken::Interrupted => {
                self.notify(1);
                Err(NotTaken::Interrupted)
            }
        }
    }

    /// Queues the thread: a notification wakes its parker. `None` when `must_wait` is false.
    pub fn begin(&self, parker: &Arc<Parker>, must_wait: impl FnOnce() -> bool) -> Option<WaiterId> {
        let id = WaiterId::next();
        self.enqueue(id, must_wait, || Sleeper::Thread(parker.clone()))
            .then_some(id)
    }

    /// Calls `on_notified` when notified. `None`, without a call, when `must_wait` is false.
    pub fn wait_async(
        &self,
        must_wait: impl FnOnce() -> bool,
        on_notified: impl FnOnce() + Send + 'static,
    ) -> Option<WaiterId> {
        let id = WaiterId::next();
        self.enqueue(id, must_wait, || Sleeper::Task(Box::new(|_| on_notified())))
            .then_some(id)
    }

    /// True if it was still waiting.
    pub fn cancel(&self, id: WaiterId) -> bool {
        self.lot.with_queue(self.address(), |queue| {
            let is_cancelled = queue.cancel(id);
            self.clear_if_empty(queue);
            is_cancelled
        })
    }

    /// Whether a thread or task waits. Only reliable after the change and a sequentially consistent fence: a
    /// waiter that is not seen then will see the change.
    pub fn is_awaited(&self) -> bool {
        self.word.load(Relaxed) != 0
    }

    /// Wakes the first `count` waiters. Call it after the change.
    pub fn notify(&self, count: u32) {
        fence(SeqCst);
        if !self.is_awaited() {
            return;
        }
        self.lot.with_queue(self.address(), |queue| {
            let mut left = count;
            while left > 0 && !queue.is_empty() {
                queue.wake_first(Wake::Retry);
                left -= 1;
            }
            self.clear_if_empty(queue);
        });
    }

    pub fn notify_all(&self) {
        self.notify(u32::MAX);
    }

    fn enqueue(&self, id: WaiterId, must_wait: impl FnOnce() -> bool, sleeper: impl FnOnce() -> Sleeper) -> bool {
        self.lot.with_queue(self.address(), |queue| {
            self.word.store(1, Relaxed);
            fence(SeqCst);
            let waits = must_wait();
            if waits {
                queue.push(Waiter {
                    id,
                    request: 0,
                    holder: 0,
                    since: Instant::now(),
                    sleeper: sleeper(),
                });
            }
            self.clear_if_empty(queue);
            waits
        })
    }

    fn clear_if_empty(&self, queue: &Queue) {
        if queue.is_empty() {
            self.word.store(0, Relaxed);
        }
    }
}
