//! Taking what can be taken by a few at a time: what mutexes, read-write locks and semaphores have
//! in common.

use std::time::Instant;

pub use isothreads_codec::protocol::lock_word::{COUNT, POISONED, WAITING};

use super::parker::{Parked, Parker, Wake};
use super::parking_lot::{ParkingLot, Queue, Sleeper, Waiter, WaiterId};
use super::sync::{Arc, yield_now};

/// What one gets with a lock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Taken {
    /// A thread that had it is gone, and left what it guards as it was.
    pub is_poisoned: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotTaken {
    TimedOut,
    /// The thread is to end.
    Interrupted,
}

/// Something to be taken. `request` is what is asked for, in its own terms; `holder` is the number
/// of the thread that asks. All of it from any thread.
pub trait Lock {
    fn lot(&self) -> &ParkingLot;

    fn address(&self) -> usize;

    /// Takes it if that can be done now and nobody is passed by who must not be.
    fn try_take(&self, request: u32, holder: u32) -> Option<Taken>;

    /// The same under the queue's lock; after `None` the word says that somebody waits.
    fn take_or_wait(&self, queue: &Queue, request: u32, holder: u32) -> Option<Taken>;

    /// Gives it back. `is_poisoned`: because its holder is gone.
    fn release(&self, request: u32, holder: u32, is_poisoned: bool);

    /// Gives it to those whose turn it is, after somebody before them has left.
    fn grant(&self, queue: &mut Queue);

    /// Whether the number alone tells that this thread has it.
    fn is_held_by(&self, holder: u32) -> bool;

    /// The thread of this number is gone: gives back what it had. `count` says how many it had, of
    /// what its number alone does not tell.
    fn abandon(&self, holder: u32, count: u32);
}

/// Blocks until it is taken. `since` is when the thread first asked.
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
        // Too late: somebody has told this thread, and nobody else.
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

/// Takes it now, or has `on_granted` called when it was given. Does not block.
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

/// True when it waited still, and has been forgotten; else it was given, or is about to be.
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

/// Most locks are held for less time than it takes to fall asleep.
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
