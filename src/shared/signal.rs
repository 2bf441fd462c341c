//! Waiting until something else than a lock has changed: what condition variables, latches,
//! barriers and queues wait with. One word, which is not 0 when somebody waits.
//!
//! The race to fear, somebody who falls asleep just after the change, cannot happen: a waiter sets
//! the word, then looks whether there still is something to wait for, then sleeps, all of it under the
//! queue's lock; whoever changes something looks at the word afterwards. Between the two steps of
//! either side is a sequentially consistent fence (in JavaScript, `Atomics` themselves), so that one
//! of the two sees the other.

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

    /// Blocks until notified; returns at once when `must_wait` is false. `before_sleep` runs when the
    /// thread can be notified already. After `Ok` the caller looks again at what it waits for.
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
        // Too late: somebody has told this thread, and perhaps nobody else.
        parker.wait_for_wake();
        match not_woken {
            NotTaken::TimedOut => Ok(()),
            NotTaken::Interrupted => {
                self.notify(1);
                Err(NotTaken::Interrupted)
            }
        }
    }

    /// From now on the thread can be notified: its parker is woken. `None` when `must_wait` is false.
    pub fn begin(&self, parker: &Arc<Parker>, must_wait: impl FnOnce() -> bool) -> Option<WaiterId> {
        let id = WaiterId::next();
        self.enqueue(id, must_wait, || Sleeper::Thread(parker.clone()))
            .then_some(id)
    }

    /// Has `on_notified` called when notified. `None`, and nothing is called, when `must_wait` is false.
    pub fn wait_async(
        &self,
        must_wait: impl FnOnce() -> bool,
        on_notified: impl FnOnce() + Send + 'static,
    ) -> Option<WaiterId> {
        let id = WaiterId::next();
        self.enqueue(id, must_wait, || Sleeper::Task(Box::new(|_| on_notified())))
            .then_some(id)
    }

    /// True when it waited still.
    pub fn cancel(&self, id: WaiterId) -> bool {
        self.lot.with_queue(self.address(), |queue| {
            let is_cancelled = queue.cancel(id);
            self.clear_if_empty(queue);
            is_cancelled
        })
    }

    /// Whether somebody waits. Right only after a sequentially consistent fence, which comes after the
    /// change: who is not seen then, will see the change.
    pub fn is_awaited(&self) -> bool {
        self.word.load(Relaxed) != 0
    }

    /// Wakes the first `count` of those that wait. Call it after the change.
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
