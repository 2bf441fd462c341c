//! The common part of mutexes, read-write locks, semaphores and `Once`: taking, waiting, cancelling.

use std::time::Instant;

pub use isothreads_codec::protocol::lock_word::{COUNT, POISONED, WAITING};

use super::parker::{Parked, Parker, Wake};
use super::parking_lot::{ParkingLot, Queue, Sleeper, Waiter, WaiterId};
use super::sync::{Arc, yield_now};

/// The result of taking a lock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Taken {
    /// A holder has ended without releasing the lock; the guarded state may be half changed.
    pub is_poisoned: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotTaken {
    TimedOut,
    /// The thread is being terminated.
    Interrupted,
}

/// A lock. `request` says what is asked for, as each lock defines it; `holder` is the number of the asking
/// thread. Any thread may call all methods.
pub trait Lock {
    fn lot(&self) -> &ParkingLot;

    fn address(&self) -> usize;

    /// Takes the lock if it is free and its rules let this thread overtake the waiters.
    fn try_take(&self, request: u32, holder: u32) -> Option<Taken>;

    /// The same under the queue's lock; after `None` the word has the waiting flag.
    fn take_or_wait(&self, queue: &Queue, request: u32, holder: u32) -> Option<Taken>;

    /// Releases the lock. `is_poisoned`: its holder has ended.
    fn release(&self, request: u32, holder: u32, is_poisoned: bool);

    /// Hands the lock to the next waiters after a waiter before them has left the queue.
    fn grant(&self, queue: &mut Queue);

    /// Whether the word records this thread as the holder.
    fn is_held_by(&self, holder: u32) -> bool;

    /// The thread with this number has ended: releases what it held. `count` is the number of permits or read
    /// locks that it held.
    fn abandon(&self, holder: u32, count: u32);
}

/// Blocks until the lock is taken. `since` is when the thread first asked.
pub fn take<L: Lock + ?Sized>(
    lock: &L,
    request: u32,
    holder: u32,
    parker: &Arc<Parker>,
    since: Instant,
    deadline: Option<Instant>,
) -> Result<Taken, NotTaken> {
    loop {
        if let Some(taken) = spin(lock, request, holder) {
            return Ok(taken);
        }
        let id = WaiterId::next();
        let sleeper = || Sleeper::Thread(parker.clone());
        if let Some(taken) = enqueue(lock, request, holder, id, since, sleeper) {
            return Ok(taken);
        }
        let parked = parker.park(deadline);
        let not_taken = match parked {
            Parked::Woken(Wake::Granted { is_poisoned }) => return Ok(Taken { is_poisoned }),
            Parked::Woken(Wake::Retry) => continue,
            Parked::TimedOut => NotTaken::TimedOut,
            Parked::Interrupted => NotTaken::Interrupted,
        };
        if cancel(lock, id) {
            return Err(not_taken);
        }
        // Too late: a wake-up is on its way to this thread, and to no other.
        let taken = match parker.wait_for_wake() {
            Wake::Granted { is_poisoned } => Some(Taken { is_poisoned }),
            Wake::Retry => lock.try_take(request, holder),
        };
        return match (taken, not_taken) {
            (None, _) => Err(not_taken),
            (Some(taken), NotTaken::TimedOut) => Ok(taken),
            (Some(taken), NotTaken::Interrupted) => {
                lock.release(request, holder, taken.is_poisoned);
                Err(NotTaken::Interrupted)
            }
        };
    }
}

/// Takes the lock now, or calls `on_granted` once it is granted. Does not block.
pub fn take_async<L: Lock + ?Sized>(
    lock: &L,
    request: u32,
    holder: u32,
    on_granted: impl FnOnce(Taken) + Send + 'static,
) -> Result<Taken, WaiterId> {
    let id = WaiterId::next();
    let sleeper = || {
        Sleeper::Task(Box::new(|wake| {
            if let Wake::Granted { is_poisoned } = wake {
                on_granted(Taken { is_poisoned });
            }
        }))
    };
    enqueue(lock, request, holder, id, Instant::now(), sleeper).ok_or(id)
}

/// True if it was still waiting and has been removed; otherwise the lock was granted, or is about to be.
pub fn cancel<L: Lock + ?Sized>(lock: &L, id: WaiterId) -> bool {
    lock.lot().with_queue(lock.address(), |queue| {
        let is_cancelled = queue.cancel(id);
        if is_cancelled {
            lock.grant(queue);
        }
        is_cancelled
    })
}

fn enqueue<L: Lock + ?Sized>(
    lock: &L,
    request: u32,
    holder: u32,
    id: WaiterId,
    since: Instant,
    sleeper: impl FnOnce() -> Sleeper,
) -> Option<Taken> {
    lock.lot().with_queue(lock.address(), |queue| {
        let taken = lock.take_or_wait(queue, request, holder);
        if taken.is_none() {
            queue.push(Waiter {
                id,
                request,
                holder,
                since,
                sleeper: sleeper(),
            });
        }
        taken
    })
}

/// Most locks are held for less time than falling asleep takes.
fn spin<L: Lock + ?Sized>(lock: &L, request: u32, holder: u32) -> Option<Taken> {
    const ROUNDS: u32 = if cfg!(all(test, loom)) { 0 } else { 10 };
    for round in 0..ROUNDS {
        if let Some(taken) = lock.try_take(request, holder) {
            return Some(taken);
        }
        if round < 4 {
            (0..1 << round).for_each(|_| std::hint::spin_loop());
        } else {
            yield_now();
        }
    }
    None
}
